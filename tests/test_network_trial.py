"""Trying a network out, as `ircbot check --connect` does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from faults import Faults
from hostile.stage import HASTY, network

from ircbot.network.server import EmbeddedServer, ServerSettings
from ircbot.network.settings import Address, SaslSettings
from ircbot.network.trial import try_network

ACCOUNTS = {"ilbot": "secret"}


async def sentences(settings):
    """What a trial says, and whether it is well."""
    return [(tried.sentence, tried.ok) async for tried in try_network(settings)]


async def test_all_that_works_is_said():
    async with EmbeddedServer(ServerSettings(accounts=ACCOUNTS)) as server:
        settings = network(
            server.port, channels=("#moc", "#ops key"), sasl=SaslSettings("ilbot", "secret")
        )
        assert await sentences(settings) == [
            (f"127.0.0.1:{server.port}: registered as ilbot", True),
            ("logged in as ilbot", True),
            ("#moc: joined", True),
            ("#ops: joined", True),
        ]


async def test_what_does_not_work_is_said_with_its_reason():
    async with EmbeddedServer(ServerSettings(accounts=ACCOUNTS)) as server:
        Faults(server).refuse("JOIN", "473", when=lambda user, m: m.param(0) == "#ops")
        settings = network(
            server.port, channels=("#moc", "#ops"), sasl=SaslSettings("ilbot", "wrong")
        )
        said = await sentences(settings)
    assert [ok for _, ok in said] == [True, False, True, False]
    assert "cannot log in to the account ilbot" in said[1][0]
    assert said[3][0] == "#ops: invite-only, and the bot is not invited"


async def test_every_server_is_tried():
    async with EmbeddedServer() as server:
        servers = (Address("127.0.0.1", 1), Address("127.0.0.1", server.port))
        said = await sentences(network(0, servers=servers, timeouts=HASTY))
    assert said == [
        ("127.0.0.1:1 cannot be reached: connection refused", False),
        (f"127.0.0.1:{server.port}: registered as ilbot", True),
    ]


async def test_a_servers_wrong_clock_is_said():
    late = ServerSettings(now=lambda: datetime.now(UTC) - timedelta(minutes=10))
    async with EmbeddedServer(late) as server:
        said = await sentences(network(server.port))
    assert said[1] == (
        f"127.0.0.1:{server.port}: the server's clock is 10 minutes behind ours", False
    )  # fmt: skip
