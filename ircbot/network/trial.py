"""Tries a network: each server, the account, each channel; then leaves again.

For `ircbot check --connect`. It uses the bot's own Connection, so that what works here works for
the bot. Nothing is said and nothing recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from ircbot.network.connection import Connection
from ircbot.network.line_handler import WantedChannel
from ircbot.network.link_state import NetworkEvent, Trouble
from ircbot.network.settings import Address, NetworkSettings

_PATIENCE = 45.0  # seconds for one server and all channels
_FEW = 3.0  # seconds for a PONG with the server's time


@dataclass(frozen=True, slots=True)
class TrialResult:
    """The result of one attempt."""

    sentence: str
    ok: bool = True


@dataclass(slots=True)
class _Watch:
    """What happens on a trial's connection."""

    troubles: dict[str, str] = field(default_factory=dict)  # by channel; "" for the network
    happened: asyncio.Event = field(default_factory=asyncio.Event)

    def happen(self, _: Connection, network_events: Sequence[NetworkEvent]) -> None:
        for network_event in network_events:
            if isinstance(network_event, Trouble):
                self.troubles.setdefault(network_event.channel, network_event.why)
        self.happened.set()


async def try_network(settings: NetworkSettings) -> AsyncIterator[TrialResult]:
    """Try every server of a network; on the first that accepts us, try account and channels."""
    channels = [wish(channel, settings.name) for channel in settings.channels]
    for address in settings.servers:
        watch = _Watch()
        connection = Connection(replace(settings, servers=(address,)), watch.happen)
        connection.want(channels)
        task = asyncio.create_task(connection.run())
        try:
            async for tried in _try_server(connection, address, watch, channels):
                yield tried
                if tried.ok and connection.registered:
                    channels = []  # once is enough
        finally:
            connection.stop("only trying")
            await task


async def _try_server(
    connection: Connection, address: Address, watch: _Watch, channels: Sequence[WantedChannel]
) -> AsyncIterator[TrialResult]:
    await _until(lambda: connection.registered or connection.last_ending is not None, watch)
    if not connection.registered:
        ending = connection.last_ending
        yield TrialResult(
            ending.why if ending is not None else f"{address} does not let us in", ok=False
        )
        return
    yield TrialResult(f"{address}: registered as {connection.nick}")
    sasl = connection.settings.sasl
    if sasl is not None and not connection.account:
        yield TrialResult(watch.troubles.get("", f"not logged in as {sasl.account}"), ok=False)
    elif sasl is not None:
        yield TrialResult(f"logged in as {connection.account}")
    await _until(
        lambda: all(connection.is_in(w.channel) or w.channel in watch.troubles for w in channels),
        watch,
    )
    await _until(lambda: not connection.clock.is_doubted, watch, _FEW)
    if connection.clock.is_wrong:
        yield TrialResult(f"{address}: {connection.clock.verdict}", ok=False)
    for wanted in channels:
        ok = connection.is_in(wanted.channel)
        why = "joined" if ok else watch.troubles.get(wanted.channel, "no answer")
        yield TrialResult(f"{wanted.channel}: {why}", ok)


async def _until(condition: Callable[[], bool], watch: _Watch, patience: float = _PATIENCE) -> None:
    """Wait until a condition holds, or `patience` ends."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    while not condition() and loop.time() < end:
        watch.happened.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await watch.happened.wait()


def wish(channel: str, network: str) -> WantedChannel:
    """The wish for a configured channel; a key may follow its name.

    >>> wish("#moc sesame", "").key
    'sesame'
    """
    name, _, key = channel.partition(" ")
    return WantedChannel(name, key, network)
