"""Config → the settings of alerts and calendars.

Secrets are read here; no error may contain one or a part of one.
"""

from __future__ import annotations

import os
import re
from importlib.util import find_spec

from ircbot.config import Config
from ircbot.config.reading import Environment
from ircbot.config.secrets import Secrets
from ircbot.extras import how_to_add
from ircbot.incoming.listener import AlertSettings
from ircbot.incoming.rotas import RotaSettings
from ircbot.tables import quoted


def alert_settings(
    config: Config, environment: Environment = os.environ
) -> tuple[AlertSettings | None, tuple[str, ...]]:
    """Where alerts are taken, None if nowhere, and warnings. Raises ConfigError."""
    listen = config.at(("alerts", "listen"))
    if listen is None:
        return None, ()
    warnings: list[str] = []
    token = Secrets(config, environment, warnings).get(("alerts", "token"))
    if not token:
        raise config.wrong(
            ("alerts",),
            '[alerts] has no token; write token_file = "alerts.token" there, with something long '
            "and random in it: head -c 32 /dev/urandom | base64 >alerts.token",
        )
    host, port = listen
    return AlertSettings(host, port, token), tuple(warnings)


def rota_settings(
    config: Config, environment: Environment = os.environ
) -> tuple[tuple[RotaSettings, ...], tuple[str, ...]]:
    """The on-call calendars, and warnings. Raises ConfigError."""
    warnings: list[str] = []
    secrets = Secrets(config, environment, warnings)
    found = []
    for name in config.at(("rotas",)):
        place = ("rotas", name)
        if not re.fullmatch(r"[\w-]+", name):
            raise config.wrong(
                place, f"[rotas.{quoted(name)}]: a name has letters, digits and hyphens only."
            )
        if find_spec("recurring_ical_events") is None:
            raise config.wrong(
                place, f"[rotas.{name}] needs the extra calendar: {how_to_add('calendar')}"
            )
        source = secrets.get((*place, "calendar"))
        if not source:
            raise config.wrong(place, f'[rotas.{name}] names none; write calendar = "…" there.')
        found.append(RotaSettings(name, _located(config, source)))
    return tuple(found), tuple(warnings)


def _located(config: Config, source: str) -> str:
    """An address as it is; a path relative to the configuration's folder."""
    if re.match(r"\w+://", source) or config.file is None:
        return source
    return str(config.file.path.absolute().parent / os.path.expanduser(source))
