"""Cases 23 to 33: bytes, lines and numerics as no server should send them, and some do."""

from __future__ import annotations

import asyncio
import random
import threading
from datetime import timedelta

import pytest
from scripted import ScriptedServer

from hostile.stage import Notebook, network, repeat, running, scene
from hostile.talk import NOON, talk
from ircbot.incident.line import LineKind, Reply
from ircbot.network.lines import LineBuffer

AFTER = ":alice!a@h PRIVMSG #moc :still here"
"""What must be heard after whatever came before."""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b":alice!a@h PRIVMSG #moc :caf\xe9 \x93quoted\x94", "café “quoted”"),
        (":alice!a@h PRIVMSG #moc :ganz gewöhnlich".encode(), "ganz gewöhnlich"),
        (":alice!a@h PRIVMSG #moc :Störung: 10 €".encode()[:-1], "Störung: 10 "),
        (b":alice!a@h PRIVMSG #moc :a\0b", "ab"),
        (b":alice!a@h PRIVMSG #moc :\x81\x8d", "\x81\x8d"),
        (b":b\xf6b!a@h PRIVMSG #moc :hi", "hi"),
    ],
)
def test_case_23_bytes_that_are_no_utf_8_cost_nothing(line, said):
    made = talk("#moc")
    made.give(*LineBuffer().feed(line + b"\r\n" + AFTER.encode() + b"\r\n"))
    assert made.said == [said, "still here"]


BROKEN = [
    "",
    " ",
    ":",
    "::",
    "@",
    "@ ",
    ":irc.test",
    ":irc.test ",
    "@time=2018-01-10T12:00:00Z",
    "@time=2018-01-10T12:00:00Z :irc.test",
    "@a=b;c;;=;\\ PRIVMSG",
    "PING",
    "PONG",
    "PRIVMSG",
    "PRIVMSG #moc",
    ":alice!a@h PRIVMSG",
    ":alice!a@h PRIVMSG #moc",
    ":alice!a@h PRIVMSG #moc :",
    ":alice!a@h PRIVMSG  :",
    ":alice!a@h NOTICE",
    ":alice!a@h NICK",
    ":alice!a@h NICK :",
    "NICK newnick",
    ":ilbot NICK",
    "QUIT",
    ":alice!a@h QUIT",
    "JOIN",
    "JOIN #moc",
    ":ilbot!b@h JOIN",
    ":ilbot!b@h JOIN :",
    ":ilbot!b@h JOIN ,,,",
    "PART",
    ":alice!a@h PART",
    "KICK",
    ":alice!a@h KICK #moc",
    ":alice!a@h KICK",
    "MODE",
    "MODE #moc",
    "MODE #moc +o",
    "MODE #moc +ooo alice",
    "MODE #moc oo+ alice bob",
    "TOPIC",
    "INVITE",
    "INVITE ilbot",
    "AWAY",
    "ACCOUNT",
    ":alice!a@h ACCOUNT",
    "CHGHOST a b",
    ":ilbot!b@h CHGHOST",
    "BATCH",
    "BATCH +",
    "BATCH -",
    "BATCH -unknown",
    "CAP",
    "CAP *",
    "CAP * ACK",
    "CAP * LS",
    "CAP * XYZZY :a",
    "AUTHENTICATE",
    "FAIL",
    "FAIL PRIVMSG",
    "005",
    "005 ilbot",
    "353",
    "353 ilbot = #moc",
    "366",
    "433",
    "437",
    "437 ilbot",
    "900",
    "908",
    "\x01",
    "é",
    "\ufeffPING :x",
    "𝟘𝟘𝟙 ilbot",
    "٠٠١ ilbot",
]


def test_case_24_lines_with_nothing_in_them_are_passed_over():
    made = talk("#moc")
    for line in BROKEN:
        made.give(line, AFTER)
    assert made.said == ["still here"] * len(BROKEN)
    assert made.ending is None


def test_case_24_nothing_of_it_was_a_mistake_of_ours(caplog):
    made = talk("#moc")
    made.give(*BROKEN)
    assert not [r for r in caplog.records if r.exc_info]


@pytest.mark.parametrize(
    "stamp",
    ["notatime", "", "2018-13-40T99:99:99Z", "2016-12-31T23:59:60.000Z", "12:00", "9" * 500],
)
def test_case_25_a_time_that_is_none_is_the_time_of_arrival(stamp):
    made = talk("#moc", capabilities="server-time")
    made.give(f"@time={stamp} :alice!a@h PRIVMSG #moc :down")
    assert made.lines[-1].at == made.at


def test_case_25_many_tags_are_read():
    tags = ";".join(f"vendor.test/key{n}=value" for n in range(300))
    assert len(tags) > 7000
    made = talk("#moc")
    made.give(f"@{tags};msgid=x1 :alice!a@h PRIVMSG #moc :down", AFTER)
    assert [(line.text, line.msgid) for line in made.lines] == [("down", "x1"), ("still here", "")]


def test_case_25_a_line_without_an_end_is_not_kept():
    buffer = LineBuffer()
    for _ in range(1000):
        assert buffer.feed(b"x" * 65536) == []
        assert len(buffer._rest) < 100_000
    assert buffer.feed(b"the end of it\r\nPING :a\r\n") == ["PING :a"]


STREAM = (
    ":irc.test NOTICE ilbot :hello\r\n:alice!a@h PRIVMSG #moc :one\r\n"
    "@time=2018-01-10T12:00:01.000Z;msgid=2 :bob!b@h PRIVMSG #moc :zwö ✓\r\n"
    ":alice!a@h PRIVMSG #moc :\x01ACTION looks\x01\r\n:bob!b@h PART #moc :bye\r\n"
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r\r\n"])
def test_case_26_the_same_bytes_in_any_pieces_are_the_same_lines(size, end):
    made = talk("#moc", capabilities="server-time")
    whole = talk("#moc", capabilities="server-time")
    data = STREAM.replace("\r\n", end).encode()
    buffer = LineBuffer()
    for start in range(0, len(data), size):
        made.give(*buffer.feed(data[start : start + size]))
    whole.give(*LineBuffer().feed(STREAM.encode()))
    assert made.lines == whole.lines
    assert made.said == ["one", "zwö ✓", "looks"]


def test_case_26_a_carriage_return_within_a_line_does_not_end_it():
    made = talk("#moc")
    made.give(
        *LineBuffer().feed(b":alice!a@h PRIVMSG #moc :a\rPING :b\r\n" + AFTER.encode() + b"\n")
    )
    assert made.said == ["a PING :b", "still here"]
    assert made.sent == []


@pytest.mark.parametrize(
    "token",
    [
        "PREFIX=@+",
        "PREFIX=(ov)@",
        "PREFIX=",
        "-PREFIX",
        "CHANMODES=a",
        "-CHANMODES",
        "CHANTYPES=",
        "-CHANTYPES",
        "MAXLIST=b",
        "NICKLEN=x",
        "NICKLEN=-5",
        "NICKLEN=99999999999999",
        "CASEMAPPING=klingon",
        "LOAD=1",
        "SET=1 FOLD=2 __CLASS__=3",
        "TARGMAX=:::",
        "=",
        "-",
        "STATUSMSG=\\x",
        "NETWORK=\\xZZ\\x20",
    ],
)
def test_case_27_tokens_that_make_no_sense_leave_the_defaults(token):
    made = talk("#moc", isupport=token)
    made.give(":alice!a@h MODE #moc +o bob", ":bob!b@h PRIVMSG #MOC :I am operator now")
    assert made.said == ["I am operator now"]
    assert made.lines[-1].operator
    assert made.ending is None


def test_case_27_what_a_server_says_of_itself_is_forgotten_with_the_link():
    made = talk("#a[b]", isupport="CASEMAPPING=ascii PREFIX=(Yqo)!~@")
    assert not made.channels.is_in("#a{b}")
    made.disconnect()
    made.connect()
    made.register()
    made.wait(1)
    made.enter("#a[b]", "@alice")
    assert made.channels.is_in("#a{b}")
    made.give(":alice!a@h PRIVMSG #a[b] :hi")
    assert made.lines[-1].operator


def test_case_28_every_numeric_with_odd_parameters_is_survived(caplog):
    made = talk("#moc")
    harmless = [n for n in range(1, 999) if n not in (1, 463, 464, 465, 466)]
    for numeric in harmless:
        for params in ("", " ilbot", " * * *", " ilbot #moc", " ilbot bob :x", " ilbot :", " : "):
            made.give(f":irc.test {numeric:03}{params}", f"{numeric:03}{params}")
    made.enter("#moc", "@alice")
    made.give(AFTER)
    assert made.said[-1] == "still here"
    assert not [record for record in caplog.records if record.exc_info]
    assert made.ending is None


@pytest.mark.parametrize(
    "line",
    [
        ":stranger!s@h PART #moc",
        ":stranger!s@h QUIT :bye",
        ":stranger!s@h NICK other",
        ":alice!a@h KICK #moc stranger :out",
        ":alice!a@h KICK #elsewhere bob",
        ":alice!a@h PART #elsewhere",
        ":alice!a@h JOIN #elsewhere",
        ":irc.test MODE #elsewhere +o alice",
        ":irc.test MODE #moc +o stranger",
        ":irc.test 353 ilbot = #elsewhere :a b c",
        ":irc.test 366 ilbot #elsewhere :End",
        ":irc.test TOPIC #elsewhere :x",
        "MODE #moc +o alice",
        "KICK #moc bob :out",
        "PART #moc",
        "TOPIC #moc :x",
        ":ilbot!b@h PART #elsewhere",
        ":alice!a@h KICK #elsewhere ilbot",
    ],
)
def test_case_29_what_concerns_nobody_we_know_changes_nothing(line):
    made = talk("#moc")
    made.give(line, AFTER)
    assert made.said == ["still here"]
    assert made.channels.is_in("#moc")
    assert made.lines[-1].operator


def test_case_29_a_channel_in_which_people_speak_is_one_we_are_in():
    made = talk()
    assert "NAMES #lost" in made.give(":alice!a@h PRIVMSG #lost :hello?")
    made.give(":irc.test 353 ilbot = #lost :@alice ilbot", ":alice!a@h PRIVMSG #lost :hello!")
    assert made.said == ["hello?", "hello!"]
    assert made.lines[-1].operator


def test_case_29_a_channel_we_only_believe_to_be_in_is_joined_again():
    made = talk("#moc")
    assert made.give(":irc.test 442 ilbot #moc :You're not on that channel") == ["JOIN #moc"]


def test_case_30_queries_of_clients_are_answered_or_passed_over():
    made = talk("#moc")
    assert made.give(":bob!b@h PRIVMSG ilbot :\x01VERSION\x01")[0].startswith(
        "NOTICE bob :\x01VERSION ircbot "
    )
    assert made.give(":bob!b@h PRIVMSG ilbot :\x01PING 123 456\x01") == [
        "NOTICE bob :\x01PING 123 456\x01"
    ]
    for query in ("DCC", "DCC SEND x 1 2 3", "", "\x01", "FINGER", "ACTION", "ACTION "):
        for text in (f"\x01{query}\x01", f"\x01{query}"):
            assert made.give(f":bob!b@h PRIVMSG ilbot :{text}") == []
            assert made.give(f":bob!b@h PRIVMSG #moc :{text}") == []
    assert made.said == []


def test_case_30_answers_to_queries_are_few_and_short():
    made = talk("#moc")
    sent = made.give(*[":bob!b@h PRIVMSG ilbot :\x01PING " + "x" * 400 + "\x01"] * 50)
    assert len(sent) == 3
    assert all(len(line) < 120 for line in sent)


def test_case_30_a_query_to_a_whole_channel_is_not_answered():
    assert talk("#moc").give(":bob!b@h PRIVMSG #moc :\x01VERSION\x01") == []


def test_case_30_an_action_is_speech_with_its_end_or_without():
    made = talk("#moc")
    made.give(
        ":bob!b@h PRIVMSG #moc :\x01ACTION nods\x01", ":bob!b@h PRIVMSG #moc :\x01ACTION nods"
    )
    assert made.said == ["nods", "nods"]
    assert {line.kind for line in made.lines} == {LineKind.ACTION}


def test_case_31_operators_are_known_by_any_rank_from_operator_up():
    made = talk(capabilities="multi-prefix userhost-in-names", isupport="PREFIX=(qaohv)~&@%+")
    made.want("#moc")
    made.enter("#moc", "~&@+own!o@h", "@+op!o@h", "%+half!h@h", "+voice!v@h", "plain!p@h")
    for nick in ("own", "op", "half", "voice", "plain"):
        made.give(f":{nick}!x@h PRIVMSG #moc :me")
    assert [line.operator for line in made.lines] == [True, True, False, False, False]


def test_case_31_a_mask_is_not_taken_for_an_operator():
    made = talk("#moc", isupport="CHANMODES=beI,k,l,imnpst")
    made.give(":alice!a@h MODE #moc +eo-o+l *!*@trusted bob alice 5")
    made.give(":bob!b@h PRIVMSG #moc :mine", ":alice!a@h PRIVMSG #moc :was mine")
    assert [line.operator for line in made.lines] == [True, False]


@pytest.mark.parametrize(
    ("mapping", "same"), [("rfc1459", True), ("ascii", False), ("strict-rfc1459", True)]
)
def test_case_31_names_are_compared_as_the_server_does(mapping, same):
    made = talk("#moc", isupport=f"CASEMAPPING={mapping}")
    made.give(":irc.test MODE #moc +o bob", ":bob!b@h NICK b[o]b", ":b{o}b!b@h PRIVMSG #moc :x")
    assert made.lines[-1].operator is same


def test_case_32_only_the_ascii_blank_parts_parameters():
    made = talk("#moc")
    made.give(":alice!a@h PRIVMSG #moc :a\u3000b\u00a0c", ":alice!a@h PRIVMSG #moc d\u3000e")
    assert made.said == ["a\u3000b\u00a0c", "d\u3000e"]


async def test_case_33_ears_that_block_delay_no_pong():
    async with scene("#moc") as (server, handler, _):
        link = await server.next_link()
        await link.welcome()
        await link.let_join("#moc")
        busy, free = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def dawdle(line):
            loop.call_soon_threadsafe(busy.set)
            free.wait()
            return repeat(line)

        handler.answer = dawdle
        link.send(":alice!a@h PRIVMSG #moc :TL: down")
        await asyncio.wait_for(busy.wait(), 5)
        await link.barrier()
        free.set()
        await link.expect("heard: TL: down")


async def test_case_33_ears_that_raise_cost_one_line():
    def answer(line):
        if "raise" in line.text:
            raise RuntimeError("a mistake of ours")
        return repeat(line)

    async with ScriptedServer() as server:
        handler = Notebook("#moc", answer=answer)
        async with running(handler, network(server.port)):
            link = await server.next_link()
            await link.welcome()
            await link.let_join("#moc")
            link.send(
                ":alice!a@h PRIVMSG #moc :one",
                ":alice!a@h PRIVMSG #moc :raise",
                ":alice!a@h PRIVMSG #moc :two",
            )
            await link.expect("heard: one")
            await link.expect("heard: two")
            await link.barrier()


def test_case_33_a_line_that_we_fail_at_costs_no_other(caplog):
    made = talk("#moc")

    class Bad(str):
        def startswith(self, *_: object) -> bool:
            raise RuntimeError("a mistake of ours")

        def strip(self, *_: object) -> str:
            return self

    made.give(AFTER, Bad("PING :x"), AFTER)
    assert made.said == ["still here"] * 2
    assert [r for r in caplog.records if r.exc_info]


def test_mutated_lines_raise_nothing_and_leave_nothing_behind(caplog):
    """A short form of the soak: seeded mutations of what servers send."""
    chance = random.Random(20180110)
    seeds = [
        *BROKEN,
        *STREAM.split("\r\n"),
        AFTER,
        ":ilbot!b@h JOIN #x",
        ":irc.test 353 ilbot = #moc :@a",
    ]
    seeds += ["@batch=1 :a!b@c PRIVMSG #moc :x", "BATCH +1 chathistory #moc", ":a!b@c JOIN #moc"]
    made = talk("#moc", capabilities="batch server-time message-tags echo-message account-tag")
    alphabet = ":@!# ,\\=;\x01\x02*+-o0123é\u3000abcilbot"
    for _ in range(20_000):
        line = list(chance.choice(seeds))
        for _ in range(chance.randrange(4)):
            place = chance.randrange(len(line) + 1)
            line[place : place + chance.randrange(2)] = chance.choice(alphabet)
        made.give("".join(line))
        made.network_events.clear()
        made.sent.clear()
        if made.ending is not None:
            made = talk("#moc", capabilities="batch server-time message-tags")
    assert not [record for record in caplog.records if record.exc_info]
    assert len(made.session.shared.people) < 5000


def test_a_reply_may_come_from_the_ticking_of_the_clock():
    made = talk("#moc")
    made.at = NOON + timedelta(hours=1)
    assert made.say(Reply("#moc", "an update is due")) == [
        "NOTICE #moc :an update is due",
        "PING ircbot-1",
    ]
