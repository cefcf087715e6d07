"""Organisations on servers of ours, as files, and hosts of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hostile.stage import until

from ircbot.config import Config, load_config
from ircbot.host import Host
from ircbot.network.server import EmbeddedServer, ServerSettings, Visitor

PATIENCE = 20.0
QUICK = (0.02, 0.05)  # seconds between tries


def host_config(folder: Path, more: str = "") -> Config:
    """The configuration of a host, in a file."""
    folder.joinpath("organisations").mkdir(exist_ok=True)
    file = folder / "config.toml"
    file.write_text(f'organisations = "organisations"\n{more}')
    return load_config(file)


def organise(folder: Path, name: str, port: int, *, nick: str = "", more: str = "") -> Path:
    """The configuration of an organisation, whose channel is called as it is."""
    home = folder / "organisations" / name
    home.mkdir(parents=True, exist_ok=True)
    file = home / "config.toml"
    file.write_text(
        f"""{more}
[irc]
host = "127.0.0.1"
port = {port}
tls = false
nick = "{nick or name + "-bot"}"
channels = ["#{name}"]
pace = {{limited = false}}
"""
    )
    return file


@asynccontextmanager
async def hosting(config: Config, **how: object) -> AsyncIterator[Host]:
    """A host at work, ended afterwards."""
    options: dict[str, object] = {"tick": 0.02, "retries": QUICK, "ends_within": PATIENCE}
    host = Host(config, **{**options, **how})  # type: ignore[arg-type]
    running = asyncio.create_task(host.run())
    try:
        yield host
    finally:
        host.stop()
        await asyncio.wait_for(running, PATIENCE)


@asynccontextmanager
async def server_with(
    *channels: str, settings: ServerSettings | None = None
) -> AsyncIterator[tuple[EmbeddedServer, Visitor]]:
    """A server with ann in some channels."""
    server = EmbeddedServer(settings or ServerSettings())
    await server.start(0)
    try:
        async with await Visitor.arrive("ann", server.port, patience=PATIENCE) as ann:
            for channel in channels:
                await ann.join(channel)
            yield server, ann
    finally:
        await server.stop()


def is_well(host: Host, name: str) -> bool:
    """Whether an organisation's bot is where it is to be."""
    vitals = host.hosted[name].vitals if name in host.hosted else ""
    return (
        vitals is not None
        and not isinstance(vitals, str)
        and vitals.well
        and all(one.wanted and one.joined == one.wanted for one in vitals.networks)
    )


def trouble(host: Host, name: str) -> str:
    """Why an organisation has no bot, "" if it has one."""
    vitals = host.hosted[name].vitals if name in host.hosted else ""
    return vitals if isinstance(vitals, str) else ""


async def until_well(host: Host, *names: str) -> None:
    """Wait until the bots of organisations are in their channels."""
    await until(lambda: all(is_well(host, name) for name in names), PATIENCE)
