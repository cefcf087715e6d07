"""What networks do that are set up differently: nicks, accounts, names, refusals, ways there."""

from __future__ import annotations

import asyncio
import struct
from contextlib import asynccontextmanager

import pytest
from rig.certificates import fingerprint
from scripted import ScriptedServer

from hostile.stage import HASTY, Notebook, network, running, scene, until
from ircbot.incident.line import Joint, LineKind, Reply, ReplyKind
from ircbot.network.dial import in_turn
from ircbot.network.line_handler import WantedChannel
from ircbot.network.link_state import End
from ircbot.network.nick import NickKeeper
from ircbot.network.settings import Address, SaslSettings


def nick(name):
    return lambda m: m.command == "NICK" and m.target == name


# --- nicks ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "asked"),
    [
        ("Nickname too long, max. 9 characters", "incidents"),
        ("Nickname too long (limit: 12)", "incidents-bo"),
        ("Erroneous nickname", "incidents"),
    ],
)
async def test_a_nick_that_is_too_long_is_cut_as_the_server_says(sentence, asked):
    async with scene(nick="incidents-bot") as (server, _, bot):
        link = await server.next_link()
        await link.negotiate()
        link.send(f":irc.scripted 432 * incidents-bot :{sentence}")
        await link.expect(nick(asked))
        link.greet()
        await until(lambda: bot.connections[""].nick == asked)
        await link.barrier()
        assert not [m for m in link.traffic.since(link.heard_up_to) if m.command == "NICK"]


async def test_a_nick_that_no_server_takes_makes_room_for_a_neutral_one():
    async with scene(nick="ilböt") as (server, _, _bot):
        link = await server.next_link()
        await link.negotiate()
        for asked, then in (("ilböt", "ilböt_"), ("ilböt_", "ircbot"), ("ircbot", "ircbot1")):
            kind = "433" if asked == "ircbot" else "432"
            link.send(f":irc.scripted {kind} * {asked} :Erroneous Nickname")
            await link.expect(nick(then))
        link.greet()


@pytest.mark.parametrize("refusal", ["400 * NICK :Could not process it", "FAIL NICK INVALID :No"])
async def test_a_nick_is_refused_in_other_words_too(refusal):
    async with scene() as (server, _, bot):
        link = await server.next_link()
        await link.negotiate()
        link.send(f":irc.scripted {refusal}")
        await link.expect(nick("ilbot_"))
        link.greet()
        link.send(":irc.scripted 400 ilbot_ WHO :Could not process it")
        await link.barrier()
        assert bot.connections[""].nick == "ilbot_"


def test_a_known_limit_is_kept_from_the_start():
    keeper = NickKeeper("incidents-bot", str.lower, 9)
    assert keeper.current == "incidents"
    assert keeper.refused() == [("nick", "incident_")]
    keeper.welcomed("incident_", 0.0)
    assert keeper.poll(100.0, logged_in=False) == [("nick", "incidents")]


# --- accounts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        ["ERROR :Closing Link: 1.2.3.4 (SASL access only)"],
        ["FAIL * ACCOUNT_REQUIRED :Authentication required", "ERROR :Closing Link: bye"],
        ["NOTICE * :*** Notice -- You need to identify via SASL to use this server",
         "ERROR :Closing Link: 1.2.3.4 (Policy)"],
        ["465 * :You must log in to a registered account to connect from here"],
    ],
)  # fmt: skip
async def test_a_network_that_requires_an_account_says_so_and_is_left_alone_for_long(lines):
    async with scene() as (server, handler, bot):
        link = await server.next_link()
        await link.negotiate()
        link.send(*(f":irc.scripted {one}" if one[0].isdigit() else one for one in lines))
        await until(lambda: bot.connections[""].last_ending is not None)
        assert bot.connections[""].last_ending.end is End.NO_ACCOUNT
        await handler.until(lambda: handler.troubles)
        assert "an account is required on this network" in handler.troubles[0][1]
        assert "[irc.sasl]" in handler.troubles[0][1]


async def test_with_an_account_that_did_not_do_it_says_that():
    async with scene(sasl=SaslSettings("ilbot", "wrong")) as (server, handler, bot):
        link = await server.next_link()
        await link.negotiate()
        link.send("FAIL * ACCOUNT_REQUIRED :Authentication required")
        await until(lambda: bot.connections[""].last_ending is not None)
        await handler.until(lambda: handler.troubles)
        assert "cannot log in to the account ilbot" in handler.troubles[0][1]


@pytest.mark.parametrize("numeric", ["463", "464", "465", "466"])
async def test_numerics_of_bans_are_no_ban_on_the_network(numeric):
    async with scene("#moc") as (server, _, bot):
        link = await server.next_link()
        await link.welcome()
        link.reply(numeric, "You are not welcome")
        link.send("FAIL * ACCOUNT_REQUIRED :to speak")
        await link.barrier()
        assert bot.connections[""].registered


# --- addresses ------------------------------------------------------------------------------


async def test_an_address_that_says_error_is_the_last_of_its_name_to_be_tried_again():
    async with scene() as (server, _, bot):
        link = await server.next_link()
        await link.expect(lambda m: m.command == "USER")
        link.send("ERROR :Closing Link: no more connections")
        link = await server.next_link()
        assert bot.connections[""].turned_away == {"127.0.0.1": ["127.0.0.1"]}
        await link.welcome()
        link.send("ERROR :Closing Link: bye")
        await server.next_link()
        assert bot.connections[""].turned_away == {"127.0.0.1": []}
    found = [(2, 1, 6, "", (host, 6697)) for host in ("192.0.2.1", "192.0.2.2", "192.0.2.3")]
    hosts = [one[4][0] for one in in_turn(found, ["192.0.2.2", "192.0.2.1"])]
    assert hosts == ["192.0.2.3", "192.0.2.2", "192.0.2.1"]


async def test_it_connects_from_the_address_it_is_told_to():
    async with scene(bind="127.0.0.7") as (server, _, _bot):
        link = await server.next_link()
        await link.welcome()
        assert link.link._transport.get_extra_info("peername")[0] == "127.0.0.7"


async def test_an_address_that_is_not_ours_is_said():
    async with scene(bind="192.0.2.1", timeouts=HASTY) as (_, _handler, bot):
        await until(lambda: bot.connections[""].last_ending is not None)
        assert "cannot be reached" in bot.connections[""].last_ending.why


@asynccontextmanager
async def socks_proxy(target, *, user=b"", password=b"", refuses=False):
    """A SOCKS5 proxy (RFC 1928, 1929) that leads to one port, whatever it is asked for."""
    wanted = []

    async def pipe(reader, writer):
        while data := await reader.read(4096):
            writer.write(data)
        writer.close()

    async def serve(reader, writer):
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        writer.write(b"\x05\x02" if 2 in methods and user else b"\x05\x00")
        if user:
            _, length = await reader.readexactly(2)
            given = await reader.readexactly(length)
            (length,) = await reader.readexactly(1)
            ok = (given, await reader.readexactly(length)) == (user, password)
            writer.write(b"\x01\x00" if ok else b"\x01\x01")
            if not ok:
                writer.close()
                return
        _, _, _, kind = await reader.readexactly(4)
        length = (await reader.readexactly(1))[0] if kind == 3 else 4
        host = await reader.readexactly(length)
        (port,) = struct.unpack("!H", await reader.readexactly(2))
        wanted.append((host.decode() if kind == 3 else host, port))
        if refuses:
            writer.write(b"\x05\x05\x00\x01" + bytes(6))
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer))

    proxy = await asyncio.start_server(serve, "127.0.0.1")
    try:
        yield proxy.sockets[0].getsockname()[1], wanted
    finally:
        proxy.close()


async def test_a_proxy_leads_to_the_server_and_looks_up_its_name(certificates):
    pytest.importorskip("python_socks")
    async with (
        ScriptedServer(certificates.server_context()) as server,
        socks_proxy(server.port, user=b"ann", password=b"sesame") as (port, wanted),
    ):
        settings = network(
            0,
            servers=(Address("irc.example", 6697),),
            tls=True,
            tls_fingerprints=(fingerprint(certificates.server),),
            proxy=f"socks5://ann:sesame@127.0.0.1:{port}",
        )
        async with running(Notebook(), settings) as bot:
            link = await server.next_link()
            await link.welcome()
            await until(lambda: bot.connections[""].registered)
            assert not bot.connections[""]._session.shared.loopback
    assert wanted == [("irc.example", 6697)]


async def test_a_proxy_that_refuses_is_said_and_shows_no_password(caplog):
    pytest.importorskip("python_socks")
    async with socks_proxy(0, refuses=True) as (port, _):
        where = (Address("irc.example", 6667),)
        settings = network(0, servers=where, proxy=f"socks5://127.0.0.1:{port}")
        async with running(Notebook(), settings) as bot:
            await until(lambda: bot.connections[""].last_ending is not None)
            assert "by the proxy" in bot.connections[""].last_ending.why
    settings = network(0, servers=where, proxy="socks9://ann:sesame@127.0.0.1:1")
    async with running(Notebook(), settings) as bot:
        await until(lambda: bot.connections[""].last_ending is not None)
        assert "[irc] proxy" in bot.connections[""].last_ending.why
    assert "sesame" not in caplog.text


# --- channels -------------------------------------------------------------------------------


async def test_a_key_that_changes_is_remembered():
    async with scene(channels=("#moc sesame",)) as (server, handler, _bot):
        handler.channels.append(WantedChannel("#moc"))
        link = await server.next_link()
        await link.welcome()
        await link.let_join("#moc", "@op")
        link.send(":op!u@h MODE #moc +k new-key")
        link.send(":irc.scripted 324 ilbot #moc +ntk *")
        await link.barrier()
        link.close()
        link = await server.next_link()
        await link.welcome()
        joined = await link.expect(lambda m: m.command == "JOIN")
        assert list(joined.params) == ["#moc", "new-key"]
        await link.let_join("#moc", "@op")
        link.send(":op!u@h MODE #moc -k new-key")
        await link.barrier()
        link.close()
        link = await server.next_link()
        await link.welcome()
        joined = await link.expect(lambda m: m.command == "JOIN")
        assert list(joined.params) == ["#moc"]


async def test_a_renamed_channel_is_followed():
    async with scene("#old", channels=("#old",), operators=("op",)) as (server, handler, bot):
        link = await server.next_link()
        granted = await link.welcome(["draft/channel-rename", "account-tag", "extended-join"])
        assert "draft/channel-rename" in granted
        await link.let_join("#old", "@op")
        link.send(":op!u@h RENAME #old #new :a better name")
        link.send(":op!u@h RENAME #elsewhere #other :not ours", ":op!u@h RENAME #old nonsense :x")
        await handler.until(lambda: any(x.kind is LineKind.RENAME for x in handler.lines))
        assert bot.connections[""].is_in("#new")
        handler.pending.append(Reply("#old", "on it"))
        said = await link.expect(lambda m: m.command == "NOTICE")
        assert said.target == "#new"
        link.send("@account=op :op!u@h PRIVMSG #new :hello")
        await handler.until(lambda: "hello" in handler.said)
        assert handler.lines[-1].channel == "#new"
        assert handler.lines[-1].operator
        link.send(":op!u@h JOIN #new op :Op")
        await handler.until(lambda: handler.operators_told)
        assert "#old is called #new now" in handler.operators_told[0][1]
        link.close()
        link = await server.next_link()
        await link.welcome()
        joined = await link.expect(lambda m: m.command == "JOIN")
        assert joined.target == "#new"


@pytest.mark.parametrize(
    "refusal",
    [
        ":irc.scripted NOTICE ilbot :*** You cannot join #moc: it is closed",
        ":irc.scripted FAIL JOIN NOT_NOW #moc :Come back later",
    ],
)
async def test_a_join_that_is_refused_in_words_is_refused(refusal):
    async with scene("#moc") as (server, handler, _bot):
        link = await server.next_link()
        await link.welcome()
        await link.expect(lambda m: m.command == "JOIN")
        link.send(refusal)
        await handler.until(lambda: handler.troubles)
        assert handler.troubles[0][0] == "#moc"


async def test_what_a_server_says_it_does_not_send_on_has_not_arrived():
    async with scene("#moc") as (server, handler, _bot):
        link = await server.next_link()
        await link.welcome()
        await link.let_join("#moc")
        handler.pending.append(Reply("#moc", "an update", ReplyKind.NOTICE, broadcast="update:1:1"))
        await link.expect(lambda m: m.command == "NOTICE")
        link.send(":irc.scripted NOTICE ilbot :*** Message to #moc blocked: you cannot send here")
        await handler.until(lambda: "update:1:1" in handler.results)
        assert handler.results["update:1:1"][0] == []
        link.send(":irc.scripted NOTICE ilbot :*** #moc has a nice topic")
        await link.barrier()


# --- what is said ---------------------------------------------------------------------------


async def test_the_lines_of_one_message_belong_together():
    async with scene("#moc") as (server, handler, _bot):
        link = await server.next_link()
        await link.welcome(["batch", "draft/multiline", "account-tag", "message-tags"])
        await link.let_join("#moc", "ann")
        link.send(
            "@msgid=m1;account=ann :ann!u@h BATCH +b draft/multiline #moc",
            "@batch=b :ann!u@h PRIVMSG #moc :TL: one",
            "@batch=b :ann!u@h PRIVMSG #moc :two",
            "@batch=b;draft/multiline-concat :ann!u@h PRIVMSG #moc :three",
            "BATCH -b",
            ":ann!u@h PRIVMSG #moc :by itself",
        )
        await handler.until(lambda: "by itself" in handler.said)
        lines = [x for x in handler.lines if x.kind is LineKind.MESSAGE]
        assert [x.joint for x in lines] == [Joint.NONE, Joint.NEXT, Joint.CUT, Joint.NONE]
        assert [x.account for x in lines] == ["ann", "ann", "ann", ""]
        assert [x.msgid for x in lines] == ["m1", "", "", ""]


async def test_a_message_that_is_deleted_is_told():
    async with scene("#moc") as (server, handler, _bot):
        link = await server.next_link()
        await link.welcome(["draft/message-redaction", "message-tags"])
        await link.let_join("#moc", "ann @op")
        link.send(
            ":op!u@h REDACT #moc",
            ":op!u@h REDACT #elsewhere m0 :no",
            ":op!u@h REDACT #moc m1 :a secret",
        )
        await handler.until(lambda: any(x.kind is LineKind.REDACTION for x in handler.lines))
        (line,) = [x for x in handler.lines if x.kind is LineKind.REDACTION]
        assert (line.channel, line.nick, line.text, line.operator) == ("#moc", "op", "m1", True)


async def test_who_speaks_through_a_relay_is_told_by_the_server():
    async with scene("#moc", relays=("bridge",)) as (server, handler, _bot):
        link = await server.next_link()
        await link.welcome(["message-tags"])
        await link.let_join("#moc", "bridge")
        link.send(
            "@draft/relaymsg=bridge :mo.gad/discord!r@relay PRIVMSG #moc :one",
            "@bot :bridge!u@h PRIVMSG #moc :<carol> two",
            "@bot :other!u@h PRIVMSG #moc :not heard",
            ":irc.example!u@h PRIVMSG #moc :not heard either",
            ":bridge!u@h PRIVMSG #moc :<carol> three",
        )
        await handler.until(lambda: len(handler.said) == 3)
        lines = [x for x in handler.lines if x.kind is LineKind.MESSAGE]
        assert [(x.nick, x.relayed_by) for x in lines] == [
            ("mo.gad/discord", "bridge"),
            ("bridge", ""),
            ("bridge", ""),
        ]
