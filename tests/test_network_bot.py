"""The bot on a network, from connecting to leaving, over real sockets."""

from __future__ import annotations

import base64
import threading
from datetime import UTC, datetime

from hostile.stage import HASTY, Notebook, network, repeat, running, scene, until
from scripted import ScriptedServer

from ircbot.incident.line import LineKind, Reply
from ircbot.network.line_handler import WantedChannel
from ircbot.network.settings import SaslSettings


async def test_it_registers_joins_hears_and_answers():
    async with scene("#moc") as (server, handler, _):
        handler.answer = repeat
        link = await server.next_link()
        granted = await link.welcome(["server-time", "account-tag", "unheard-of"])
        assert granted == {"server-time", "account-tag"}
        await link.let_join("#moc", "@alice")
        said_at = datetime.now(UTC).replace(microsecond=0)
        tags = f"@time={said_at:%Y-%m-%dT%H:%M:%S}.000Z;account=al"
        link.send(f"{tags} :alice!a@host.example PRIVMSG #moc :TL: down")
        await link.expect("PRIVMSG #moc :heard: TL: down")
        line = next(line for line in handler.lines if line.kind is LineKind.MESSAGE)
        assert (line.nick, line.account, line.host) == ("alice", "al", "a@host.example")
        assert line.operator
        assert line.at == said_at


async def test_it_comes_back_after_the_server_has_gone():
    async with scene("#moc") as (server, handler, _):
        link = await server.next_link()
        await link.welcome()
        await link.let_join("#moc")
        await link.barrier()
        link.close()
        link = await server.next_link()
        await link.welcome()
        await link.let_join("#moc")
        await handler.until(lambda: bool(handler.gaps))
        channel, since, until = handler.gaps[0]
        assert channel == "#moc"
        assert since < until


async def test_it_says_quit_when_it_is_stopped():
    async with scene("#moc") as (server, _, bot):
        link = await server.next_link()
        await link.welcome()
        await link.let_join("#moc")
        bot.stop("back soon")
        await link.expect("QUIT :back soon")


async def test_no_secret_is_in_the_log_however_much_is_logged(caplog):
    caplog.set_level("DEBUG")
    sasl = SaslSettings("ilbot", "pässword")
    changes = {"password": "server-secret", "nickserv_password": "services-secret"}
    async with scene("#moc", sasl=sasl, timeouts=HASTY, **changes) as (server, _, _):
        link = await server.next_link()
        await link.expect("USER")
        link.send("CAP * LS :sasl echo-message", "CAP * ACK :sasl echo-message")
        await link.expect("AUTHENTICATE PLAIN")
        link.send("AUTHENTICATE +")
        await link.expect("AUTHENTICATE")
        link.send(":irc.scripted 904 * :no")
        await link.expect("CAP :END")
        link.greet()
        await link.expect("WHOIS NickServ")
        link.send(":irc.scripted 311 ilbot NickServ services services.x * :Services")
        link.send(":irc.scripted 313 ilbot NickServ :is a Network Service")
        link.send(":irc.scripted 318 ilbot NickServ :End of /WHOIS list.")
        await link.expect("NICKSERV")
        link.send(":irc.scripted 421 ilbot NICKSERV :Unknown command")
        await link.expect("PRIVMSG NickServ")
        link.send(":ilbot!b@h PRIVMSG NickServ :IDENTIFY ilbot services-secret")
        await link.barrier()
    assert ">> PASS …" in caplog.text
    assert ">> AUTHENTICATE …" in caplog.text
    assert "<< :ilbot!b@h PRIVMSG NickServ …" in caplog.text
    encoded = base64.b64encode("ilbot\0ilbot\0pässword".encode()).decode()
    for secret in ("server-secret", "services-secret", "pässword", encoded):
        assert secret not in caplog.text


async def test_a_broadcast_over_two_networks_is_told_as_one():
    async with ScriptedServer() as one, ScriptedServer() as other:
        handler = Notebook()
        handler.channels = [WantedChannel("#a"), WantedChannel("#b", network="second")]
        networks = (network(one.port), network(other.port, name="second"))
        async with running(handler, *networks):
            for server, channel in ((one, "#a"), (other, "#b")):
                link = await server.next_link()
                await link.welcome()
                await link.let_join(channel)
                await link.barrier()
            handler.pending += [
                Reply("#a", "down", broadcast="1"),
                Reply("#b", "down", network="second", broadcast="1"),
                Reply("#c", "down", network="third", broadcast="1"),
            ]
            for server in (one, other):
                link = server.links[0]
                await link.expect("NOTICE")
                token = (await link.expect("PING ircbot-")).target
                if server is other:
                    link.send(":irc.scripted 404 ilbot #b :Cannot send to channel")
                    await link.expect("PRIVMSG")
                    link.send(":irc.scripted 404 ilbot #b :Cannot send to channel")
                link.send(f":irc.scripted PONG irc.scripted :{token}")
            await handler.until(lambda: bool(handler.results))
    assert handler.results["1"] == (
        ["#a"],
        {"#b": "Cannot send to channel", "#c": "the network is not configured"},
    )


async def test_the_servers_wait_when_the_ears_are_far_behind(caplog):
    free = threading.Event()

    def dawdle(line):
        if line.text == "wait":
            free.wait()
        return repeat(line) if line.text == "last" else []

    async with scene("#moc") as (server, handler, bot):
        handler.answer = dawdle
        link = await server.next_link()
        await link.welcome()
        await link.let_join("#moc", "alice")
        link.send(":alice!a@h PRIVMSG #moc :wait")
        flood = [":alice!a@h PRIVMSG #moc :flood"] * 10_000
        for _ in range(11):
            link.send(*flood)
        link.send(":alice!a@h PRIVMSG #moc :last")
        await until(lambda: "no more are read until then" in caplog.text)
        free.set()
        await link.expect("heard: last")
        assert len(handler.said) == 110_002
        assert bot.connections[""].registered


async def test_the_bot_learns_what_it_is_called():
    async with scene("#moc") as (server, handler, _):
        link = await server.next_link()
        await link.negotiate()
        link.greet(nick="Guest7")
        await handler.until(lambda: handler.names == ["Guest7"])
        link.send(":Guest7!b@h NICK ilbot")
        await handler.until(lambda: handler.names == ["Guest7", "ilbot"])


async def test_topics_come_and_go():
    async with scene("#moc") as (server, handler, _):
        handler.wanted_topics = {("", "#moc"): "Incident 1: MDN is down"}
        link = await server.next_link()
        await link.welcome()
        link.reply("332", "#moc", "not joined yet")
        await link.expect("JOIN")
        link.send(":ilbot!u@h JOIN #moc")
        link.reply("332", "#moc", "welcome")
        link.reply("366", "#moc", "End of /NAMES list.")
        assert (await link.expect("TOPIC")).text == "Incident 1: MDN is down"
        link.send(":ilbot!u@h TOPIC #moc :Incident 1: MDN is down")
        await handler.until(lambda: len(handler.known_topics) == 2)
        assert handler.known_topics == [("#moc", "welcome"), ("#moc", "Incident 1: MDN is down")]
