"""`ircbot run`: the bot, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import click

from ircbot.cli.common import config_file_option, warn
from ircbot.cli.terminal import is_quiet, is_verbose, remark
from ircbot.config import Config, load_config
from ircbot.config.networks import networks
from ircbot.config.settings import setting
from ircbot.errors import Failed, Misuse
from ircbot.incident.setting import Setting
from ircbot.incoming.settings import alert_settings, rota_settings
from ircbot.logsetup import set_up_logging
from ircbot.network.server import EmbeddedServer
from ircbot.network.settings import Address, NetworkSettings, Pace
from ircbot.publish.registry import places
from ircbot.service import Service, save_lines, share_one_heap, until_told

log = logging.getLogger("ircbot")


@click.command()
@config_file_option
@click.option("--embedded", is_flag=True, help="Bring an IRC server of its own, on loopback.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=6667,
    show_default=True,
    help="Of the embedded server; 0 for any that is free.",
)
def run(config_file: Path | None, embedded: bool, port: int) -> None:
    """Run the bot. SIGTERM and Ctrl-C end it in order, SIGHUP reads the configuration again."""
    config = load_config(config_file)
    level = "debug" if is_verbose() else "warning" if is_quiet() else config.log.level
    set_up_logging(replace(config.log, level=level))
    share_one_heap()
    asyncio.run(_run(config, config_file, embedded, port))


async def _run(config: Config, config_file: Path | None, embedded: bool, port: int) -> None:
    server = EmbeddedServer() if embedded else None
    try:
        if server is not None:
            await server.start(port)
            log.info("An IRC server listens on 127.0.0.1 port %d; join it.", server.port)
        surroundings = setting(config)
        if server is not None and not surroundings.channels:
            surroundings = replace(surroundings, channels=surroundings.process.channels)
        if server is not None:
            for sentence in how_to_join(server.port, surroundings.channels):
                remark(sentence)
        wanted = _networks(config, server, surroundings.channels)
        await _serve(config, config_file, surroundings, wanted)
    finally:
        if server is not None:
            await server.stop()


def how_to_join(port: int, channels: tuple[str, ...]) -> tuple[str, ...]:
    """How people join an embedded server with the two clients that run in a terminal."""
    channel = channels[0].split()[0] if channels else "#CHANNEL"
    return (
        "Join it from another terminal, with a nick of your own:",
        f"  irssi --connect=127.0.0.1 --port={port} --nick=ann    and there: /join {channel}",
        f"  weechat 'irc://ann@127.0.0.1:{port}/{channel}'",
        f"Then say in {channel}: I am declaring an incident and am incident leader",
    )


def _networks(
    config: Config, server: EmbeddedServer | None, channels: tuple[str, ...]
) -> tuple[NetworkSettings, ...]:
    """The networks of the configuration, or the embedded one with the bot as it says."""
    if server is not None:
        return (on_own_server(config, server.port, channels),)
    found, warnings = networks(config)
    for warning in warnings:
        warn(warning)
    return found


def on_own_server(config: Config, port: int, channels: tuple[str, ...]) -> NetworkSettings:
    """How to be on an embedded server."""
    irc = config.values["irc"]
    return NetworkSettings(
        servers=(Address("127.0.0.1", port),),
        tls=False,
        nick=irc["nick"],
        username=irc["username"],
        realname=irc["realname"],
        channels=channels,
        prefix=irc["prefix"],
        pace=Pace(limited=False),
    )


async def _serve(
    config: Config,
    config_file: Path | None,
    surroundings: Setting,
    wanted: tuple[NetworkSettings, ...],
) -> None:
    others = {one.name: tuple(c.split()[0] for c in one.channels) for one in wanted if one.name}
    surroundings = replace(surroundings, network_channels=others)
    to, warnings = places(config)
    for warning in warnings:
        warn(warning)
    alerts, warnings = alert_settings(config)
    for warning in warnings:
        warn(warning)
    rotas, warnings = rota_settings(config)
    for warning in warnings:
        warn(warning)
    service = Service(config, surroundings, wanted, places=to, rotas=rotas)

    def reload() -> None:
        try:
            read = load_config(config_file)
            again, to, rotas = setting(read), places(read)[0], rota_settings(read)[0]
        except Misuse as error:
            log.error("The configuration stays as it was: %s", error)
        else:
            channels = again.channels or surroundings.channels
            service.use(replace(again, channels=channels, network_channels=others), to, rotas)
            log.info("The configuration was read again; networks change with a restart.")

    with service:
        await until_told(service, config.health, reload, alerts)
    lost = service.lost()
    save_lines(lost)
    if service.superseded:
        raise Failed(f"{service.superseded} This bot has ended.")
    if lost:
        raise Failed(f"{len(lost)} line(s) could not be recorded; they are above.")
