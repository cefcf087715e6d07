"""A machine that may not speak any more: what it had sent, and what it makes of a silent server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from hostile.stage import HASTY, Notebook, network, repeat, until
from scripted import ScriptedLink, ScriptedServer

from ircbot.network.bot import Bot
from ircbot.network.heartbeat import Heartbeat
from ircbot.network.settings import Timeouts

MANY = 100
LONG = "x" * 400


@asynccontextmanager
async def speaking(voice: list[bool]) -> AsyncIterator[tuple[ScriptedServer, ScriptedLink, Bot]]:
    """A bot in a channel that may speak while `voice` says so."""
    async with ScriptedServer() as server:
        assert server._listener is not None
        # Whoever does not read is soon sent no more.
        server._listener.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        settings = network(server.port, nick_apart="ilbot-a")
        bot = Bot(
            Notebook("#moc", answer=repeat), [settings], tick=0.1, may_speak=lambda: voice[-1]
        )
        running = asyncio.create_task(bot.run())
        try:
            link = await arrived(server)
            await until(lambda: bot._drops_in > 0)  # it has noticed that it may speak
            yield server, link, bot
        finally:
            bot.stop("the test is over")
            await running


async def arrived(server: ScriptedServer) -> ScriptedLink:
    link = await server.next_link()
    await link.welcome(offered=("echo-message",))
    await link.let_join("#moc", names="alice")
    await link.barrier()
    return link


def said(link: ScriptedLink) -> list[str]:
    return [m.text for m in link.traffic.since() if m.command == "PRIVMSG"]


async def test_what_has_not_arrived_when_a_machine_loses_its_voice_never_does() -> None:
    voice = [True]
    async with speaking(voice) as (server, link, bot):
        connection = bot.connections[""]
        link.listen(False)
        link.send(*(f":alice!u@h PRIVMSG #moc :{n} {LONG}" for n in range(MANY)))
        await until(lambda: connection.unconfirmed > MANY * 300)
        voice.append(False)
        await until(lambda: connection.unconfirmed == 0)
        link.listen(True)  # the way to the server is whole again
        await link.ended()
        assert len(said(link)) < MANY / 2
        bot.turned(answers=False)  # another machine had its turn meanwhile
        voice.append(True)
        await (await arrived(server)).barrier()
        assert said(server.links[-1]) == []


async def test_what_was_sent_is_not_said_again_by_who_has_lost_its_turn() -> None:
    async with speaking([True]) as (server, link, bot):
        link.send(":alice!u@h PRIVMSG #moc :hello")
        await link.expect("heard: hello")  # which is not echoed
        bot.turned(answers=False)
        link.send(":alice!u@h PRIVMSG #moc :said after that")
        await link.expect("said after that")
        link.close()
        again = await arrived(server)
        await again.expect("said after that")
        assert said(again) == ["heard: said after that"]


async def test_who_has_sent_all_keeps_its_link_when_it_loses_its_voice() -> None:
    voice = [True]
    async with speaking(voice) as (_, link, bot):
        link.send(":alice!u@h PRIVMSG #moc :hello")
        await link.expect("heard: hello")
        voice.append(False)
        await until(lambda: not bot._drops_in)
        await link.barrier()
        assert bot.connections[""].registered


def test_a_server_that_answers_no_ping_is_in_doubt_until_it_says_something() -> None:
    heart = Heartbeat(replace(HASTY, idle=20.0, pong=60.0, doubt=40.0), 1000.0)
    assert heart.check(1019.0) == []
    assert not heart.is_doubtful(1045.0)  # it was not asked
    assert heart.check(1020.0) != []
    assert (heart.is_doubtful(1039.0), heart.is_doubtful(1040.0)) == (False, True)
    heart.heard(1041.0)
    assert not heart.is_doubtful(1041.0)
    alone = Heartbeat(Timeouts(), 0.0)
    alone.check(60.0)
    assert not alone.is_doubtful(1e9)


async def test_a_silent_server_is_in_doubt_unless_we_do_not_listen() -> None:
    async with ScriptedServer() as server:
        times = replace(HASTY, idle=0.2, pong=60.0, doubt=0.3)
        bot = Bot(Notebook("#moc"), [network(server.port, timeouts=times)], tick=0.02)
        running = asyncio.create_task(bot.run())
        link = await arrived(server)
        await until(lambda: bot.doubtful)
        connection = bot.connections[""]
        connection.listen(False)
        await until(lambda: not bot.doubtful)
        connection.listen(True)
        await until(lambda: bot.doubtful)
        await link.barrier()
        await until(lambda: not bot.doubtful)
        bot.stop("the test is over")
        await running
