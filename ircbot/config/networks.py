"""Config → the settings of the networks: servers, nick, account, channels.

Secrets are read here, when they are needed: a command that does not connect needs no right to read
them. No error or warning may contain a secret or a part of one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ircbot.config.keys import variable
from ircbot.config.reading import Config, Environment
from ircbot.config.secrets import Secrets
from ircbot.hosts import is_loopback
from ircbot.incident.people import fold
from ircbot.network.settings import Address, NetworkSettings, Pace, SaslSettings, Timeouts
from ircbot.tables import Keys, dotted

# The bot's own keys, rather than the network's: a further network takes them from [irc].
_INHERITED = (
    "nick",
    "username",
    "realname",
    "prefix",
    "feeders",
    "may_join",
    "rejoin_after_kick",
    "bot_mode",
)


def networks(
    config: Config, environment: Environment = os.environ
) -> tuple[tuple[NetworkSettings, ...], tuple[str, ...]]:
    """The networks to join, the main one first, and warnings to print.

    Raises ConfigError if no server is named, or if a secret is missing or cannot be read.
    """
    secrets = Secrets(config, environment, [])
    main = _network(config, ("irc",), "", secrets)
    further = (
        _network(config, ("networks", name), name, secrets) for name in config.values["networks"]
    )
    found = (main, *further)
    return found, (*secrets.warnings, *(w for one in found for w in _in_the_clear(one)))


def _network(config: Config, place: Keys, name: str, secrets: Secrets) -> NetworkSettings:
    link = dict(config.at(place))
    link |= {
        key: config.at(("irc", key)) for key in _INHERITED if not config.is_given((*place, key))
    }
    if link["host"] is None:
        raise config.wrong(place, f'[{dotted(place)}] names no server; write host = "…" there.')
    return NetworkSettings(
        servers=(
            Address(link["host"], link["port"]),
            *(Address(host, port or link["port"]) for host, port in link["servers"]),
        ),
        name=name,
        tls=link["tls"],
        tls_ca_file=_present(config, (*place, "tls_ca_file")),
        tls_fingerprints=link["tls_fingerprints"],
        certificate_file=_present(config, (*place, "certificate_file")),
        proxy=secrets.get((*place, "proxy")),
        bind=link["bind"] or "",
        nick=link["nick"],
        nick_apart=config.cluster.nick(link["nick"]) if config.cluster else "",
        username=link["username"],
        realname=link["realname"],
        password=secrets.get((*place, "password")),
        sasl=_sasl(config, (*place, "sasl"), secrets),
        nickserv_password=secrets.get((*place, "nickserv_password")),
        nickserv_mask=link["nickserv_mask"] or "",
        channels=tuple(_with_key(config, channel, secrets) for channel in link["channels"]),
        prefix=link["prefix"],
        feeders=link["feeders"],
        relays=tuple(
            name for one in link["relays"] for name in (one["nick"], one["account"]) if name
        ),
        may_join=link["may_join"],
        rejoin_after_kick=link["rejoin_after_kick"],
        bot_mode=link["bot_mode"],
        # Beside the store: it must outlive a restart, and the store's folder holds incidents only.
        operators=config.at(("access",))["operators"],
        zone=config.at(("timezone",)),
        sts_file=config.store.path.with_name("sts.json"),
        timeouts=_timeouts(config, link["timeouts"]),
        pace=Pace(**link["pace"]),
    )


def _timeouts(config: Config, given: Mapping[str, float]) -> Timeouts:
    """The timeouts of a connection, shortened where another machine could answer."""
    timeouts = Timeouts(**given)
    if config.cluster is None:
        return timeouts
    ttl = config.cluster.ttl
    return replace(
        timeouts,
        idle=min(timeouts.idle, ttl / 3),
        pong=min(timeouts.pong, ttl),
        doubt=ttl * 2 / 3,
    )


def _sasl(config: Config, place: Keys, secrets: Secrets) -> SaslSettings | None:
    sasl = config.at(place)
    password = secrets.get((*place, "password"))
    if not config.is_given(place) and not password:
        return None
    certificate = _present(config, (*place, "certificate_file"))
    account = sasl["account"] or ""
    for mechanism in sasl["mechanism"]:
        if mechanism == "EXTERNAL":
            if certificate is None:
                raise config.wrong(
                    (*place, "mechanism"),
                    f"EXTERNAL needs a certificate_file in [{dotted(place)}].",
                )
        elif not account:
            raise config.wrong(place, f"{mechanism} needs an account in [{dotted(place)}].")
        elif not password:
            raise config.wrong(
                place,
                f"{mechanism} needs a password; give password_file in [{dotted(place)}] "
                f"or ${variable((*place, 'password'))}.",
            )
    return SaslSettings(account, password, sasl["mechanism"], certificate, sasl["required"])


def _with_key(config: Config, channel: str, secrets: Secrets) -> str:
    """The channel with its key, if it has one."""
    for name in config.values["channels"]:
        if fold(name) == fold(channel):
            return f"{channel} {secrets.get(('channels', name, 'key'))}".rstrip()
    return channel


def _present(config: Config, place: Keys) -> Path | None:
    """The file that a key names, None if it is not set. Raises ConfigError if it cannot be read."""
    path: Path | None = config.at(place)
    if path is not None:
        try:
            path.open("rb").close()
        except OSError as error:
            raise config.wrong(
                place, f"`{dotted(place)}`: {path} cannot be read: {error.strerror}."
            ) from error
    return path


def _in_the_clear(network: NetworkSettings) -> tuple[str, ...]:
    secret = network.password or network.nickserv_password or network.sasl
    if network.tls or not secret or all(is_loopback(one.host) for one in network.servers):
        return ()
    return (f"{network.title}: the password goes over the network in the clear; set tls = true.",)
