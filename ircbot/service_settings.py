"""Everything that a bot is made of, from a configuration: read at the start and at SIGHUP."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from ircbot.config import Config
from ircbot.config.networks import networks
from ircbot.config.reading import Environment
from ircbot.config.settings import setting
from ircbot.incident.setting import Setting
from ircbot.incoming.listener import AlertSettings
from ircbot.incoming.rotas import RotaSettings
from ircbot.incoming.settings import alert_settings, rota_settings
from ircbot.network.settings import NetworkSettings
from ircbot.publish.protocol import Place
from ircbot.publish.registry import places


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """The arguments of `Service`. `warnings` are sentences for the administrator."""

    config: Config
    setting: Setting
    networks: tuple[NetworkSettings, ...]
    places: tuple[Place, ...]
    rotas: tuple[RotaSettings, ...]
    alerts: AlertSettings | None
    warnings: tuple[str, ...] = ()


def service_settings(
    config: Config,
    environment: Environment = os.environ,
    *,
    elsewhere: tuple[NetworkSettings, ...] | None = None,
) -> ServiceSettings:
    """Read a configuration; with `elsewhere`, on those networks instead of its own.

    Raises ConfigError or ProcessError. Secrets may also be in the `environment`.
    """
    found, warned = (elsewhere, ()) if elsewhere is not None else networks(config, environment)
    to, warned_of_places = places(config, environment)
    alerts, warned_of_alerts = alert_settings(config, environment)
    rotas, warned_of_rotas = rota_settings(config, environment)
    others = {one.name: tuple(c.split()[0] for c in one.channels) for one in found if one.name}
    return ServiceSettings(
        config,
        replace(setting(config), network_channels=others),
        found,
        to,
        rotas,
        alerts,
        (*warned, *warned_of_places, *warned_of_alerts, *warned_of_rotas),
    )
