"""The embedded server, as clients on real sockets see it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ircbot.errors import Misuse, NetworkError
from ircbot.network.server import EmbeddedServer, FloodLimit, ServerSettings, Visitor

ACCOUNTS = {"bot": "botpw-äöü", "ann": "annpw"}


@asynccontextmanager
async def serving(**changes):
    """A server on a free port."""
    async with EmbeddedServer(replace(ServerSettings(), **changes)) as server:
        yield server


@asynccontextmanager
async def room(*nicks, capabilities=(), channel="#moc", **changes):
    """A server and a visitor for each nick, all of them in one channel; the first is operator."""
    async with serving(**changes) as server:
        visitors = [await Visitor.arrive(n, server.port, capabilities=capabilities) for n in nicks]
        for visitor in visitors:
            await visitor.join(channel)
        for visitor in visitors:
            await visitor.barrier()
            visitor.heard_up_to = visitor.traffic.mark
        yield server, *visitors
        for visitor in visitors:
            await visitor.vanish()


async def answers(visitor, line):
    """What the server answers to one line, as it stands on the wire."""
    since = visitor.traffic.mark
    await visitor.send(line)
    await visitor.barrier()
    return [str(message) for message in visitor.traffic.since(since)][:-1]


async def test_it_refuses_to_serve_other_machines():
    with pytest.raises(Misuse, match="this machine only"):
        await EmbeddedServer().start(port=0, host="0.0.0.0")


async def test_a_port_in_use_is_told_with_the_way_out():
    async with serving() as server:
        with pytest.raises(NetworkError, match=f"Port {server.port} .* in use: .* --port"):
            await EmbeddedServer().start(port=server.port)


async def test_a_visitor_is_welcomed_with_everything_clients_rely_on():
    async with serving() as server, await Visitor.arrive("ann", server.port) as ann:
        commands = [message.command for message in ann.traffic.since()]
        assert commands[:5] == ["001", "002", "003", "004", "005"]
        assert commands[-1] == "422"
        tokens = " ".join(" ".join(m.params) for m in ann.traffic.since() if m.command == "005")
        assert "CASEMAPPING=rfc1459" in tokens
        assert "PREFIX=(ov)@+" in tokens
        assert "NICKLEN=30" in tokens


async def test_what_one_says_the_others_hear():
    async with room("ann", "bob") as (_, ann, bob):
        await ann.say("#moc", "MDN is experiencing an outage")
        heard = await bob.hears("outage")
        assert str(heard) == ":ann!ann@127.0.0.1 PRIVMSG #moc :MDN is experiencing an outage"
        await ann.barrier()
        assert not [m for m in ann.traffic.since(ann.heard_up_to) if m.command == "PRIVMSG"]


async def test_bytes_that_are_no_utf8_pass_through_unharmed():
    async with room("ann", "bob") as (_, ann, bob):
        await ann.send(b"PRIVMSG #moc :caf\xe9 \xff\x01\x02")
        heard = await bob.hears("caf")
        assert heard.text.encode("utf-8", "surrogateescape") == b"caf\xe9 \xff\x01\x02"


async def test_a_line_is_cut_at_510_bytes_with_the_prefix():
    async with room("ann", "bob") as (_, ann, bob):
        await ann.say("#moc", "x" * 600)
        heard = await bob.hears("xxx")
        assert len(str(heard)) == 510


@pytest.mark.parametrize("name", ["#my-chan", "#ümlaut", "#a.b", "#"])
async def test_channels_may_be_called(name):
    async with serving() as server, await Visitor.arrive("nick|x", server.port) as visitor:
        await visitor.join(name)
        await visitor.say(name, "hello")


async def test_names_are_the_same_by_rfc1459():
    async with room("ann[x]", "bob", channel="#Moc") as (_, ann, bob):
        await bob.say("ANN{X}", "hi")
        assert (await ann.hears("hi")).target == "ann[x]"
        await ann.say("#mOC", "ho")
        assert (await bob.hears("ho")).target == "#Moc"


async def test_a_nick_in_use_is_refused_and_another_is_taken():
    async with serving() as server, await Visitor.arrive("ann", server.port):
        with pytest.raises(NetworkError, match="433"):
            await Visitor.arrive("ANN", server.port)
        async with await Visitor.arrive("ann_", server.port) as other:
            assert other.nick == "ann_"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("NICK", ":irc.localhost 431 ann :No nickname given"),
        ("NICK 9lives", ":irc.localhost 432 ann 9lives :Erroneous nickname"),
        ("JOIN", ":irc.localhost 461 ann JOIN :Not enough parameters"),
        ("JOIN moc", ":irc.localhost 476 ann moc :Invalid channel name"),
        ("PART #nowhere", ":irc.localhost 403 ann #nowhere :No such channel"),
        ("PRIVMSG", ":irc.localhost 411 ann :No recipient given"),
        ("PRIVMSG #moc", ":irc.localhost 412 ann :No text to send"),
        ("PRIVMSG nobody :hi", ":irc.localhost 401 ann nobody :No such nick/channel"),
        ("WHOIS nobody", ":irc.localhost 401 ann nobody :No such nick/channel"),
        ("FNORD", ":irc.localhost 421 ann FNORD :Unknown command"),
        ("USER a 0 * :a", ":irc.localhost 462 ann :You are already registered"),
        ("MODE #moc +q x", ":irc.localhost 472 ann q :is an unknown mode to this server"),
        ("MODE #moc", ":irc.localhost 324 ann #moc :+nt"),
        ("MODE ann", ":irc.localhost 221 ann :+"),
        ("TOPIC #moc", ":irc.localhost 331 ann #moc :No topic is set."),
        ("NAMES #moc", ":irc.localhost 353 ann = #moc :@ann"),
        ("WHO #moc", ":irc.localhost 352 ann #moc ann 127.0.0.1 irc.localhost ann H@ :0 ann"),
        ("WHO #moc %tnaf,42", ":irc.localhost 354 ann 42 ann H@ :0"),
        ("WHOIS ann", ":irc.localhost 311 ann ann ann 127.0.0.1 * :ann"),
        ("USERHOST ann nobody", ":irc.localhost 302 ann :ann=+ann@127.0.0.1"),
        ("ISON ann nobody", ":irc.localhost 303 ann :ann"),
        ("LIST", ":irc.localhost 321 ann Channel :Users Name"),
        ("WHOWAS nobody", ":irc.localhost 406 ann nobody :There was no such nickname"),
        ("VERSION", ":irc.localhost 351 ann ircbot-embedded irc.localhost :"),
        ("AWAY lunch", ":irc.localhost 306 ann :You have been marked as being away"),
        ("CAP FNORD", ":irc.localhost 410 ann FNORD :Invalid CAP subcommand"),
        ("AUTHENTICATE PLAIN", ":irc.localhost 421 ann AUTHENTICATE :Unknown command"),
        ("MONITOR + bob,ann", ":irc.localhost 731 ann :bob"),
    ],
)
async def test_the_answer_begins_with(line, answer):
    async with room("ann") as (_, ann):
        assert (await answers(ann, line))[0] == answer


async def test_who_is_not_registered_is_told_so():
    async with serving() as server:
        ann = Visitor("ann")
        await ann.connect(server.port)
        await ann.send("JOIN #moc")
        assert (await ann.hears("451")).target == "*"
        await ann.vanish()


async def test_a_kick_a_topic_and_modes_are_seen_by_all():
    async with room("ann", "bob") as (_, ann, bob):
        await bob.send("TOPIC #moc :mine")
        await bob.hears("482")
        await ann.send("TOPIC #moc :MDN outage, IL is ann")
        await bob.hears(":ann!ann@127.0.0.1 TOPIC #moc :MDN outage, IL is ann")
        await ann.send("MODE #moc +ovm bob bob")
        await bob.hears("MODE #moc +ovm bob bob")
        await bob.send("MODE #moc -o+l ann 5")
        await ann.hears(":bob!bob@127.0.0.1 MODE #moc -o+l ann 5")
        await bob.send("KICK #moc ann :out")
        await ann.hears(":bob!bob@127.0.0.1 KICK #moc ann out")
        assert (await answers(ann, "PRIVMSG #moc :still here?"))[0].split()[1] == "404"


@pytest.mark.parametrize(
    ("modes", "numeric"),
    [
        ("+i", "473"),
        ("+k secret", "475"),
        ("+l 1", "471"),
        ("+b *!*@127.0.0.1", "474"),
        ("+R", "477"),
    ],
)
async def test_a_closed_door_says_why(modes, numeric):
    async with room("ann") as (server, ann), await Visitor.arrive("bob", server.port) as bob:
        await ann.send(f"MODE #moc {modes}")
        await ann.barrier()
        assert (await answers(bob, "JOIN #moc"))[0].split()[1] == numeric


async def test_an_invitation_and_a_key_open_the_door():
    async with room("ann") as (server, ann), await Visitor.arrive("bob", server.port) as bob:
        await ann.send("MODE #moc +ik secret")
        await ann.send("INVITE bob #moc")
        await bob.hears(":ann!ann@127.0.0.1 INVITE bob #moc")
        await bob.join("#moc")
        await bob.part("#moc", "bye")
        await ann.send("MODE #moc -i")
        await ann.barrier()
        await bob.join("#moc", "secret")


async def test_the_ban_list_is_shown():
    async with room("ann") as (_, ann):
        await ann.send("MODE #moc +b mallory")
        shown = await answers(ann, "MODE #moc +b")
        assert " 367 ann #moc mallory!*@* ann " in shown[1]
        assert shown[2].split()[1] == "368"


async def test_nick_changes_parts_and_quits_are_followed():
    async with room("ann", "bob") as (_, ann, bob):
        await ann.rename("anna")
        await bob.hears(":ann!ann@127.0.0.1 NICK anna")
        await ann.part("#moc", "lunch")
        await bob.hears(":anna!ann@127.0.0.1 PART #moc lunch")
        await ann.join("#moc")
        await ann.quit("bye")
        await bob.hears("QUIT :Quit: bye")


async def test_a_lost_link_is_a_quit_with_a_reason():
    async with room("ann", "bob") as (_, ann, bob):
        await ann.vanish()
        assert "QUIT :" in str(await bob.hears("QUIT"))


async def test_what_is_stamped_carries_the_given_clock():
    times = iter(datetime(2018, 1, 10, 12, tzinfo=UTC) + timedelta(seconds=n) for n in range(10**6))
    start = datetime(2018, 1, 10, 12, tzinfo=UTC)
    async with room("ann", "bob", capabilities=("server-time",), now=lambda: next(times)) as (
        _,
        ann,
        bob,
    ):
        await ann.say("#moc", "hello")
        heard = await bob.hears("hello")
        at = datetime.fromisoformat(heard.tags["time"])
        assert start <= at <= start + timedelta(minutes=5)


async def test_an_observer_sees_everything_that_happens_once():
    async with serving() as server:
        seen = []
        stop = server.watch(seen.append)
        async with await Visitor.arrive("ann", server.port) as ann:
            async with await Visitor.arrive("bob", server.port) as bob:
                await ann.join("#moc")
                await bob.join("#moc")
                await ann.say("#moc", "TL: it broke")
                await ann.send("MODE #moc +m")
                await ann.barrier()
            await ann.hears("QUIT")
        assert [(m.command, m.nick) for m in seen[:5]] == [
            ("JOIN", "ann"),
            ("JOIN", "bob"),
            ("PRIVMSG", "ann"),
            ("MODE", "ann"),
            ("QUIT", "bob"),
        ]
        assert seen[2].tags["time"].endswith("Z")
        stop()


async def test_the_server_can_be_asked_what_it_was_sent():
    async with room("ann") as (server, ann):
        since = server.traffic.mark
        await ann.send("PRIVMSG #moc :one")
        assert (await server.seen("one", since=since)).nick == "ann"
        with pytest.raises(TimeoutError, match="waited for 'two'"):
            await server.seen("two", patience=0.01)


async def test_stopping_tells_everybody_and_frees_the_port():
    server = EmbeddedServer()
    await server.start(port=0)
    ann = await Visitor.arrive("ann", server.port)
    await server.stop("maintenance")
    assert "maintenance" in (await ann.hears("ERROR")).text
    with pytest.raises(ConnectionError):
        await ann.hears("never said")
    with pytest.raises(NetworkError, match="There is no IRC server"):
        await Visitor.arrive("ann", server.port)


async def test_a_flood_is_slowed_like_on_inspircd():
    async with room("ann", "bob", flood=FloodLimit(burst=20, rate=100.0)) as (_, ann, bob):
        for number in range(40):
            await ann.say("#moc", f"line {number}")
        await bob.hears("line 39")


async def test_a_flood_ends_the_link_like_on_ngircd():
    async with room("bob", flood=None) as (server, bob):
        server.flood = FloodLimit(burst=10, rate=0.1, action="disconnect")
        ann = await Visitor.arrive("ann", server.port)
        for number in range(40):
            ann._writer.write(f"PRIVMSG bob :{number}\r\n".encode())
        assert "Excess Flood" in (await ann.hears("ERROR")).text
        await ann.vanish()
        assert bob.nick == "bob"


async def test_passwords_are_asked_for():
    async with serving(password="secret") as server:
        async with await Visitor.arrive("ann", server.port, password="secret"):
            pass
        with pytest.raises(NetworkError, match="464"):
            await Visitor.arrive("bob", server.port, password="wrong")
        with pytest.raises(NetworkError, match="464"):
            await Visitor.arrive("bob", server.port)
