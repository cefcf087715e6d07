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
from ircbot.errors import Failed, Misuse
from ircbot.logsetup import set_up_logging
from ircbot.network.server import EmbeddedServer
from ircbot.network.settings import Address, NetworkSettings, Pace
from ircbot.service import Service, save_lines, share_one_heap, supervised, until_told
from ircbot.service_settings import ServiceSettings, service_settings

log = logging.getLogger("ircbot")


@click.command()
@config_file_option
@click.option("--embedded", is_flag=True, help="Run on an embedded IRC server, on loopback only.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=6667,
    show_default=True,
    help="Of the embedded server; 0 for any that is free.",
)
def run(config_file: Path | None, embedded: bool, port: int) -> None:
    """Run the bot, or the bots of all organisations that the configuration hosts. SIGTERM and
    Ctrl-C end them in order, SIGHUP reads the configuration again."""
    config = load_config(config_file)
    level = "debug" if is_verbose() else "warning" if is_quiet() else config.log.level
    set_up_logging(replace(config.log, level=level))
    share_one_heap()
    if config.organisations is not None:
        if embedded:
            raise Misuse("--embedded is for one bot; organisations have networks of their own.")
        asyncio.run(_host(config, config_file))
    else:
        asyncio.run(_run(config, config_file, embedded, port))


async def _host(config: Config, config_file: Path | None) -> None:
    """Run the bots of many organisations."""
    from ircbot.host import Host

    host = Host(config)

    def reload() -> None:
        host.read_again(lambda: load_config(config_file))

    await supervised(host.run, host.stop, host.vitals, config.health, reload)


async def _run(config: Config, config_file: Path | None, embedded: bool, port: int) -> None:
    server = EmbeddedServer() if embedded else None
    try:
        if server is not None:
            await server.start(port)
            log.info("An IRC server listens on 127.0.0.1 port %d; join it.", server.port)
        settings = service_settings(config, elsewhere=None if server is None else ())
        if server is not None:
            channels = settings.setting.channels or settings.setting.process.channels
            for sentence in how_to_join(server.port, channels):
                remark(sentence)
            settings = replace(
                settings,
                setting=replace(settings.setting, channels=channels),
                networks=(on_own_server(config, server.port, channels),),
            )
        await _serve(settings, config_file)
    finally:
        if server is not None:
            await server.stop()


def how_to_join(port: int, channels: tuple[str, ...]) -> tuple[str, ...]:
    """How people can join an embedded server with two common terminal clients."""
    channel = channels[0].split()[0] if channels else "#CHANNEL"
    return (
        "Join it from another terminal, with a nick of your own:",
        f"  irssi --connect=127.0.0.1 --port={port} --nick=ann    and there: /join {channel}",
        f"  weechat 'irc://ann@127.0.0.1:{port}/{channel}'",
        f"Then say in {channel}: I am declaring an incident and am incident leader",
    )


def on_own_server(config: Config, port: int, channels: tuple[str, ...]) -> NetworkSettings:
    """The settings for a connection to an embedded server."""
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


async def _serve(settings: ServiceSettings, config_file: Path | None) -> None:
    for warning in settings.warnings:
        warn(warning)
    service = Service.of(settings)

    def reload() -> None:
        try:
            again = service_settings(load_config(config_file), elsewhere=settings.networks)
        except Misuse as error:
            log.error("The configuration stays as it was: %s", error)
        else:
            channels = again.setting.channels or settings.setting.channels
            service.use(replace(again.setting, channels=channels), again.places, again.rotas)
            log.info(
                "The configuration was read again; networks, store, machines and alerts change "
                "with a restart."
            )

    with service:
        await until_told(service, settings.config.health, reload, settings.alerts)
    lost = service.lost()
    save_lines(lost)
    if service.superseded:
        raise Failed(f"{service.superseded} This bot has ended.")
    if lost:
        raise Failed(f"{len(lost)} line(s) could not be recorded; they are above.")
