"""What the embedded server's capabilities do: negotiation, tags, SASL, labels, history."""

from __future__ import annotations

import base64

import pytest
from scramp import ScramClient
from test_server import ACCOUNTS, answers, room, serving

from ircbot.errors import NetworkError
from ircbot.network.server import CAPABILITIES, Visitor


@pytest.fixture
def everything():
    return tuple(name for name in CAPABILITIES if name != "sasl")


async def newcomer(server, *lines):
    """A client that has only connected, and sent these lines."""
    visitor = Visitor("ann")
    await visitor.connect(server.port)
    for line in lines:
        await visitor.send(line)
    return visitor


async def test_everything_is_offered_with_values_to_clients_of_302():
    async with serving(accounts=ACCOUNTS) as server:
        ann = await newcomer(server, "CAP LS 302")
        offered = (await ann.hears("CAP")).text.split()
        assert "sasl=PLAIN,EXTERNAL,SCRAM-SHA-256" in offered
        assert {item.partition("=")[0] for item in offered} == set(CAPABILITIES)
        await ann.vanish()


async def test_older_clients_see_names_only():
    async with serving(accounts=ACCOUNTS) as server:
        ann = await newcomer(server, "CAP LS")
        assert "sasl" in (await ann.hears("CAP")).text.split()
        await ann.vanish()


async def test_without_accounts_there_is_no_sasl():
    async with serving() as server:
        ann = await newcomer(server, "CAP LS 302")
        assert "sasl" not in (await ann.hears("CAP")).text
        await ann.vanish()


async def test_a_request_is_granted_whole_or_not_at_all():
    async with serving() as server:
        ann = await newcomer(server, "CAP REQ :server-time fnord", "CAP LIST")
        assert str(await ann.hears("NAK")).endswith("CAP * NAK :server-time fnord")
        assert (await ann.hears("LIST")).text == ""
        await ann.send("CAP REQ :server-time batch")
        await ann.hears("ACK :server-time batch")
        await ann.send("CAP REQ :-server-time")
        await ann.hears("ACK")
        await ann.send("CAP LIST")
        assert (await ann.hears("LIST")).text == "batch"
        await ann.vanish()


async def test_registration_waits_for_the_end_of_negotiation():
    async with serving() as server:
        ann = await newcomer(server, "CAP LS 302", "NICK ann", "USER ann 0 * :Ann")
        await ann.barrier()
        assert not [m for m in ann.traffic.since() if m.command == "001"]
        await ann.send("CAP END")
        await ann.hears("001")
        await ann.vanish()


@pytest.mark.parametrize("password", ["annpw", "annp\xfc" * 100, "x" * 292, "x" * 293])
async def test_plain_logs_in_at_any_length(password):
    async with (
        serving(accounts={"ann": password}) as server,
        await Visitor.arrive("ann", server.port, account=("ann", password)) as ann,
    ):
        shown = await answers(ann, "WHOIS ann")
        assert ":irc.localhost 330 ann ann ann :is logged in as" in shown


async def test_a_wrong_password_is_refused():
    async with serving(accounts=ACCOUNTS) as server:
        with pytest.raises(NetworkError, match="refused to log ann in"):
            await Visitor.arrive("ann", server.port, account=("ann", "wrong"))


async def test_scram_logs_in_and_proves_itself():
    async with serving(accounts=ACCOUNTS) as server:
        ann = await newcomer(server, "CAP REQ sasl", "AUTHENTICATE SCRAM-SHA-256")
        client = ScramClient(["SCRAM-SHA-256"], "bot", ACCOUNTS["bot"])
        await ann.hears("AUTHENTICATE +")
        await ann.send("AUTHENTICATE " + _coded(client.get_client_first()))
        client.set_server_first(_plain((await ann.hears("AUTHENTICATE")).text))
        await ann.send("AUTHENTICATE " + _coded(client.get_client_final()))
        client.set_server_final(_plain((await ann.hears("AUTHENTICATE")).text))
        await ann.send("AUTHENTICATE +")
        await ann.hears("900 * !@127.0.0.1 bot")
        await ann.hears("903")
        await ann.vanish()


def _coded(text):
    return base64.b64encode(text.encode()).decode()


def _plain(chunk):
    return base64.b64decode(chunk).decode()


@pytest.mark.parametrize(
    ("lines", "numerics"),
    [
        (["AUTHENTICATE FNORD"], ["908", "904"]),
        (["AUTHENTICATE EXTERNAL", "AUTHENTICATE +"], ["904"]),
        (["AUTHENTICATE PLAIN", "AUTHENTICATE *"], ["906"]),
        (["AUTHENTICATE PLAIN", "AUTHENTICATE " + "x" * 401], ["905"]),
        (["AUTHENTICATE PLAIN", "AUTHENTICATE !!!"], ["904"]),
        (["AUTHENTICATE PLAIN", "AUTHENTICATE " + _coded("ann\0bot\0annpw")], ["904"]),
        (["AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE " + _coded("n,,n=no,r=x")], ["904"]),
        (["AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE " + _coded("rubbish")], ["904"]),
    ],
)
async def test_sasl_fails_with(lines, numerics):
    async with serving(accounts=ACCOUNTS) as server:
        ann = await newcomer(server, "CAP REQ sasl", *lines)
        await ann.barrier()
        got = [m.command for m in ann.traffic.since() if m.command.isdigit()]
        assert got == numerics
        await ann.vanish()


async def test_nickserv_logs_in_and_frees_nicks():
    async with room("ann", "bob", accounts=ACCOUNTS) as (_, ann, bob):
        await bob.say("NickServ", "IDENTIFY bot wrong")
        await bob.hears("Invalid password for \x02bot\x02")
        await bob.send(f"NS IDENTIFY bot {ACCOUNTS['bot']}")
        await bob.hears("900 bob bob!bob@127.0.0.1 bot")
        await bob.say("NickServ", "GHOST ann")
        await bob.hears("You cannot ghost")
        await bob.say("NickServ", "REGAIN ann annpw")
        await bob.hears(":bob!bob@127.0.0.1 NICK ann")
        assert "REGAIN command used by bob" in (await ann.hears("ERROR")).text


async def test_an_echo_comes_back_with_everything_the_others_get(everything):
    async with room("ann", "bob", capabilities=everything, accounts=ACCOUNTS) as (_, ann, bob):
        await ann.send(f"NS IDENTIFY ann {ACCOUNTS['ann']}")
        await bob.hears(":ann!ann@127.0.0.1 ACCOUNT ann")
        await ann.send("@+draft/reply=1;typing=x PRIVMSG #moc :hello")
        echo, heard = await ann.hears("hello"), await bob.hears("hello")
        assert echo == heard
        assert heard.tags.keys() == {"time", "account", "msgid", "+draft/reply"}
        assert heard.tags["account"] == "ann"


async def test_tags_go_to_those_who_asked_for_them():
    async with (
        room("ann", "bob", accounts=ACCOUNTS) as (server, ann, bob),
        await Visitor.arrive("eve", server.port, capabilities=("message-tags",)) as eve,
    ):
        await eve.join("#moc")
        await ann.say("#moc", "hello")
        assert (await bob.hears("hello")).tags == {}
        assert (await eve.hears("hello")).tags.keys() == {"msgid"}
        await eve.send("@+typing=active TAGMSG #moc")
        await eve.barrier()
        assert not [m for m in bob.traffic.since() if m.command == "TAGMSG"]


async def test_a_label_comes_back_on_one_answer_several_and_none(everything):
    async with room("ann", capabilities=everything) as (_, ann):
        await ann.send("@label=a PING x")
        assert (await ann.hears("PONG")).tags["label"] == "a"
        await ann.send("@label=b PONG x")
        assert (await ann.hears("ACK")).tags["label"] == "b"
        await ann.send("@label=c WHOIS ann")
        opening = await ann.hears("BATCH +")
        assert (opening.tags["label"], opening.param(1)) == ("c", "labeled-response")
        assert (await ann.hears("311")).tags["batch"] == opening.target.removeprefix("+")
        await ann.hears(f"BATCH {opening.target.replace('+', '-')}")
        await ann.send("@label=d PRIVMSG #moc :hello")
        assert (await ann.hears("hello")).tags["label"] == "d"


async def test_changes_of_person_are_told_to_those_who_asked(everything):
    async with room("ann", "bob", capabilities=everything) as (server, ann, bob):
        await ann.send("AWAY :lunch")
        await bob.hears("AWAY lunch")
        await ann.send("AWAY")
        await bob.hears(lambda m: m.command == "AWAY" and not m.params)
        await ann.send("SETNAME :Ann of IT")
        await bob.hears(":ann!ann@127.0.0.1 SETNAME :Ann of IT")
        server.world.set_host(server.world.user("ann"), "ann", "cloak.example")
        await bob.hears(":ann!ann@127.0.0.1 CHGHOST ann cloak.example")
        await ann.hears("396 ann cloak.example")
        async with await Visitor.arrive("eve", server.port, realname="Eve E.") as eve:
            await ann.send("INVITE eve #moc")
            await bob.hears(":ann!ann@cloak.example INVITE eve #moc")
            await eve.join("#moc")
            await bob.hears(":eve!eve@127.0.0.1 JOIN #moc * :Eve E.")
        await ann.send("MODE #moc +v ann")
        await ann.send("NAMES #moc")
        await ann.hears("353 ann = #moc :@+ann!ann@cloak.example")


async def test_a_bot_is_marked(everything):
    async with room("ann", "bob", capabilities=everything) as (_, ann, bob):
        await ann.send("MODE ann +B")
        await ann.say("#moc", "I am a bot")
        assert "bot" in (await bob.hears("I am a bot")).tags
        assert any(" 335 bob ann " in line for line in await answers(bob, "WHOIS ann"))


async def test_what_was_missed_can_be_asked_for(everything):
    async with room("ann", "bob", capabilities=everything) as (_, ann, bob):
        for number in range(10):
            await ann.say("#moc", f"line {number}")
        last = await bob.hears("line 9")
        said = [m for m in bob.traffic.since() if m.command == "PRIVMSG"]
        ids = [f"msgid={m.tags['msgid']}" for m in said]

        async def got(arguments):
            since = ann.traffic.mark
            await ann.send(f"CHATHISTORY {arguments}")
            await ann.barrier()
            batch, *lines, _ = ann.traffic.since(since)[:-1]
            assert batch.params[1:] == ("chathistory", "#moc")
            assert all(m.tags["batch"] == batch.target[1:] for m in lines)
            return [int(m.text.split()[1]) for m in lines]

        assert await got("LATEST #moc * 3") == [7, 8, 9]
        assert await got(f"LATEST #moc {ids[7]} 100") == [8, 9]
        assert await got(f"AFTER #moc {ids[3]} 2") == [4, 5]
        assert await got(f"BEFORE #moc {ids[3]} 2") == [1, 2]
        assert await got(f"BETWEEN #moc {ids[3]} {ids[6]} 9") == [4, 5]
        assert await got(f"BETWEEN #moc {ids[6]} {ids[3]} 9") == [4, 5]
        assert await got(f"AROUND #moc {ids[5]} 3") == [4, 5, 6]
        assert await got(f"AFTER #moc timestamp={last.tags['time']} 9") == []
        assert await got("AFTER #moc timestamp=2000-01-01T00:00:00.000Z 2") == [0, 1]
        assert await got("AFTER #moc msgid=unknown 2") == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("LATEST #nowhere * 5", "INVALID_TARGET"),
        ("LATEST #moc * many", "INVALID_PARAMS"),
        ("LATEST #moc fnord 5", "INVALID_PARAMS"),
        ("LATEST #moc *", "INVALID_PARAMS"),
        ("FNORD #moc * 5", "INVALID_PARAMS"),
    ],
)
async def test_bad_requests_for_history_fail_with(arguments, code):
    async with room("ann") as (_, ann):
        assert (await answers(ann, f"CHATHISTORY {arguments}"))[0].split()[1:4] == [
            "FAIL",
            "CHATHISTORY",
            code,
        ]


async def test_a_channel_may_play_back_on_join(everything):
    async with room("ann", playback=2) as (server, ann):
        for word in ("one", "two", "three"):
            await ann.say("#moc", word)
        await ann.barrier()
        async with await Visitor.arrive("bob", server.port, capabilities=everything) as bob:
            await bob.join("#moc")
            await bob.hears("BATCH +")
            assert (await bob.hears("PRIVMSG")).text == "two"
            assert (await bob.hears("PRIVMSG")).text == "three"
        async with await Visitor.arrive("eve", server.port) as eve:
            await eve.join("#moc")
            await eve.hears("Replaying up to 2 lines")
            assert (await eve.hears("PRIVMSG")).text == "two"
