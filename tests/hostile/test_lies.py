"""Servers and people that lie: about the time, about who they are, about what they wrote."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hostile.talk import NOON, PLAIN, Talk, answer, talk
from ircbot.incident.line import Line, Reply, ReplyKind, Source
from ircbot.incident.people import fold
from ircbot.incident.plain import shown
from ircbot.network.bouncer import marker, read_stamp
from ircbot.network.link_state import ForOperators
from ircbot.network.secrets import SecretsFilter, keep_out_of_the_log, without_secrets
from ircbot.network.settings import SaslSettings

# What others wrote


@pytest.mark.parametrize(
    ("written", "is_shown"),
    [
        ("plain words, naïve café, 日本語, 👩‍👩‍👧", "plain words, naïve café, 日本語, 👩‍👩‍👧"),
        ("\x1b]0;owned\x07 title", "]0;owned title"),
        ("\x9b31mred\x7f", "31mred"),
        ("\x02bold\x02 \x0304,01red\x03 \x04ff0000hex", "bold red hex"),
        ("abc\u202etxt.exe\u202c", "abctxt.exe"),
        ("\u2066a\u2067b\u2068c\u2069d", "abcd"),
        ("one\ntwo\u2028three\x85four\tfive", "one two three four five"),
        ("\u200fעברית\u200e", "\u200fעברית\u200e"),
    ],
)
def test_what_others_wrote_is_shown_without_what_is_obeyed_somewhere(written, is_shown):
    assert shown(written) == is_shown


def test_no_control_character_reaches_irc():
    made = talk("#moc", capabilities="server-time")
    text = "last entry: \x1b[2J\u202eevil\x01 \x9b1m"
    kinds = set(ReplyKind) - {ReplyKind.OPERATORS}  # which go out as notices
    for kind in kinds:
        made.say(Reply("#moc", text, kind))
        made.wait(5)
    made.topics.want({"#moc": text})
    made.give(":irc.test 331 ilbot #moc :No topic is set")
    made.give(f":eve!e@h PRIVMSG ilbot :\x01PING {text}")
    made.wait(5)
    written = [line for line in made.sent if "evil" in line]
    assert len(written) == len(kinds) + 2
    for line in written:
        bare = line.replace(":\x01PING", ":PING").removesuffix("\x01")  # CTCP's own marks
        assert shown(bare) == bare


@pytest.mark.parametrize("name", ["#a\x1b[2J", "#\u202eevil", "#bell\x07", "#c1\x9b"])
def test_a_channel_named_with_control_characters_is_none(name):
    made = talk()
    made.want(name)
    assert not [line for line in made.sent if line.startswith("JOIN")]
    assert made.troubles == [(name, "not a channel on this server")]
    assert made.say(answer(name, "hello")) == []


# What a channel takes


def test_a_channels_modes_are_known():
    made = talk("#moc")
    made.give(":irc.test 324 ilbot #moc +inlk 30 key")
    room = made.session.shared.people.room("#moc")
    assert room.modes == set("inlk")
    assert room.hidden
    made.give(":alice!a@h MODE #moc -i+s-s+m")
    assert room.modes == set("nlkm")
    assert not room.hidden


def test_a_ban_on_us_is_known_before_a_silent_server_swallows_what_we_say():
    made = talk("#moc", isupport="CHANMODES=beI,k,l,imnpst PREFIX=(ov)@+")
    made.give(":alice!a@h MODE #moc +b IL[bot]!*@*")
    made.give(":alice!a@h MODE #moc +b *!~bot@client.test")
    made.say(Reply("#moc", "the outage is over"))
    made.answer_pings()
    assert made.results == {"#moc": "the bot is banned there (+b)"}
    made.give(":alice!a@h MODE #moc -b *!~BOT@client.test")
    made.say(Reply("#moc", "over now"))
    made.wait(30)
    assert made.results == {"#moc": ""}


@pytest.mark.parametrize("numeric", ["404", "442", "477", "415"])
def test_each_refusal_is_told(numeric):
    made = talk("#moc")
    made.say(answer("#moc", "all well"))
    made.give(f":irc.test {numeric} ilbot #moc :no")
    assert made.results == {"#moc": "no"}


def test_a_channel_that_takes_no_notices_is_spoken_to():
    made = talk("#moc")
    made.say(Reply("#moc", "all well"))
    made.give(":irc.test 404 ilbot #moc :Can't send NOTICE to channel (+T is set)")
    made.wait(5)
    assert made.sent.count("PRIVMSG #moc :all well") == 1
    assert made.results == {"#moc": ""}


def test_a_channel_that_takes_nothing_is_tried_once_more_and_no_more():
    made = talk("#moc")
    made.say(Reply("#moc", "all well"))
    made.give(":irc.test 404 ilbot #moc :no")
    made.say()
    made.give(":irc.test 404 ilbot #moc :still no")
    made.wait(60)
    tried = ["NOTICE #moc :all well", "PRIVMSG #moc :all well"]
    assert [line for line in made.sent if "all well" in line] == tried
    assert made.results == {"#moc": "still no"}


# Who is called NickServ

ASKED = replace(PLAIN, nickserv_password="s3same")
USER = ":irc.test 311 ilbot NickServ {user} {host} * :{real}"
SERVER = ":irc.test 312 ilbot NickServ {server} :somewhere"
END = ":irc.test 318 ilbot NickServ :End of /WHOIS list."


def whois(user="services", host="services.test", real="Nickname Services", server="services.test"):
    """The first lines of an answer to WHOIS NickServ."""
    return [
        USER.format(user=user, host=host, real=real),
        SERVER.format(server=server),
    ]


def identified(*lines: str, settings=ASKED, **changes) -> bool:
    """Whether the password is sent, after these lines of WHOIS."""
    made = Talk(settings, **changes).register()
    made.give(*lines, END)
    made.give(":irc.test 421 ilbot NICKSERV :Unknown command")
    made.wait(700)
    return any("s3same" in line for line in made.sent)


@pytest.mark.parametrize(
    "mark",
    [
        ":irc.test 313 ilbot NickServ :is a Network Service",
        ":irc.test 310 ilbot NickServ :is a Network Service on Testnet",
        ":irc.test 310 ilbot NickServ :is an IRC service",
    ],
)
def test_the_password_goes_to_what_the_server_calls_a_service(mark):
    assert identified(*whois(host="a.test", server="b.test"), mark)


def test_the_password_goes_to_who_is_on_a_server_of_its_own_name():
    assert identified(*whois())


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(whois(host="dsl.example", server="irc.test"), id="a user"),
        pytest.param(whois(host="irc.test", server="irc.test"), id="of our server's name"),
        pytest.param(whois(host="localhost", server="localhost"), id="a host without a dot"),
        pytest.param(
            [*whois(), ":irc.test 317 ilbot NickServ 3 1500000000 :seconds idle"], id="who is idle"
        ),
        pytest.param(
            [*whois(), ":irc.test 378 ilbot NickServ :is connecting from *@1.2.3.4"], id="connected"
        ),
        pytest.param(
            [*whois(host="x.test"), ":irc.test 313 ilbot NickServ :is a Services Administrator"],
            id="an administrator",
        ),
        pytest.param(
            [*whois(host="x.test"), ":irc.test 313 ilbot eve :is a Network Service"],
            id="of another",
        ),
        pytest.param(
            [*whois(host="x.test"), ":irc.test 320 ilbot NickServ :is a Network Service"],
            id="a title that people can have",
        ),
        pytest.param(
            whois(host="x.test", real="is a Network Service"), id="a real name of that kind"
        ),
        pytest.param([":irc.test 401 ilbot NickServ :No such nick"], id="nobody"),
        pytest.param([":irc.test 313 ilbot NickServ :is a Network Service"], id="without a host"),
        pytest.param([":NickServ!n@x NOTICE ilbot :This nickname is registered"], id="a demand"),
    ],
)
def test_the_password_never_goes_to_a_user_who_is_called_nickserv(lines):
    assert not identified(*lines)


def test_the_password_waits_for_an_answer():
    made = Talk(ASKED).register()
    made.give(":irc.test 421 ilbot NICKSERV :Unknown command")
    made.wait(700)
    assert not any("s3same" in line for line in made.sent)


def test_a_mask_says_who_is_nickserv():
    settings = replace(ASKED, nickserv_mask="NickServ!*@Services.example")
    assert identified(*whois(host="services.example"), settings=settings)
    marked = ":irc.test 313 ilbot NickServ :is a Network Service"
    assert not identified(*whois(host="evil.example"), marked, settings=settings)


def test_the_password_is_never_sent_in_the_clear_to_another_machine():
    marked = ":irc.test 313 ilbot NickServ :is a Network Service"
    assert not identified(*whois(), marked, loopback=False)


def test_services_that_come_back_are_asked_later():
    made = Talk(ASKED).register()
    made.give(":irc.test 401 ilbot NickServ :No such nick", END)
    assert made.troubles == [("", "the password is not sent: there is no NickServ")]
    assert "WHOIS NickServ" in made.wait(700)
    assert any("s3same" in line for line in made.give(*whois(), END))


# The log


@pytest.mark.parametrize(
    "line",
    [
        "PASS s3same",
        "AUTHENTICATE s3same",
        "OPER me s3same",
        "NS IDENTIFY s3same",
        "CS identify #c s3same",
        "CHANSERV IDENTIFY #c s3same",
        "PRIVMSG NickServ@services.test :IDENTIFY s3same",
        "@label=x PRIVMSG Q@CServe.quakenet.org :AUTH me s3same",
        ":me!u@h PRIVMSG AuthServ :auth s3same",
        "JOIN #a,#b s3same,other",
        "MODE #c +lk 5 s3same",
        "@time=x :op!u@h MODE #c -k+o s3same me",
        ":irc.test 324 me #c +ntk s3same",
        "REGISTER me * s3same",
    ],
)
def test_a_line_with_a_secret_is_logged_without_it(line):
    assert "s3same" not in without_secrets(line)


@pytest.mark.parametrize(
    "line",
    [
        ":a!b@h JOIN #c account :Real Name",
        "JOIN #c",
        ":a!b@h MODE #c +o friend",
        "PRIVMSG #c :pass s3same",
        ":a!b@h PRIVMSG #c :NickServ is down",
        ":irc.test 353 me = #c :me you",
    ],
)
def test_other_lines_are_logged_as_they_are(line):
    assert without_secrets(line) == line


def test_a_secret_is_in_no_log_whatever_repeats_it(caplog):
    caplog.set_level("DEBUG")
    log = logging.getLogger("ircbot.network")
    others = [
        logging.getLogger(name) for name in ("ircbot", "ircbot.health", "asyncio", "irc.client")
    ]
    handlers = [*logging.getLogger().handlers, logging.lastResort]
    before = [[*each.filters] for each in handlers]
    settings = replace(
        PLAIN,
        password="server-pw",
        nickserv_password="nick-pw",
        sasl=SaslSettings("me", "sasl-pw"),
        channels=("#a key", "#b"),
    )
    try:
        keep_out_of_the_log(settings)
        keep_out_of_the_log(replace(settings, password="other-pw"))
        for each in handlers:
            assert sum(isinstance(one, SecretsFilter) for one in each.filters) == 1
        for other in others:
            other.error("server-pw, other-pw: %s", "sasl-pw")
        log.warning("the server says: %s", "no server-pw, no other-pw, no sasl-pw, no nick-pw")
        log.info("key (key) monkeys")
        try:
            raise ValueError("not one parameter: server-pw")
        except ValueError:
            log.exception("a mistake")
        try:
            raise ValueError("harmless")
        except ValueError:
            log.exception("another")
    finally:
        for each, filters in zip(handlers, before, strict=True):
            each.filters[:] = filters
    assert "-pw" not in caplog.text
    assert "… (…) monkeys" in caplog.text
    assert "harmless" in caplog.text
    assert "key" not in repr(settings)


# The server's clock

CLOCK = {"capabilities": "server-time account-tag batch", "operators": ("Boss", "chief")}


def stamp(at: datetime) -> str:
    """A server-time tag."""
    return f"time={at:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def speak(made: Talk, off: timedelta, text: str = "TL: down", tags: str = "") -> Line:
    """What is heard of a line that the server stamps with a time so far from ours."""
    made.give(f"@{stamp(made.at + off)}{tags} :alice!a@h PRIVMSG #moc :{text}")
    return made.lines[-1]


def told(made: Talk) -> list[tuple[str, ...]]:
    """Whom of the operators we tell, each time."""
    return [tuple(h.nicks) for h in made.network_events if isinstance(h, ForOperators)]


def test_a_clock_that_is_right_counts():
    made = talk("#moc", **CLOCK)
    for seconds in (0, -3, 50, -59):
        assert speak(made, timedelta(seconds=seconds)).at == made.at + timedelta(seconds=seconds)
        made.wait(5)
    assert not made.clock.is_wrong


@pytest.mark.parametrize(
    "off",
    [
        timedelta(minutes=10),
        timedelta(minutes=-10),
        timedelta(hours=-5),
        timedelta(days=400),
        timedelta(days=-40 * 365),
        timedelta(seconds=61),
        timedelta(seconds=-130),
    ],
)
def test_a_clock_that_is_wrong_counts_no_more(off, caplog):
    made = talk("#moc", **CLOCK)
    made.wait(10, step=1)
    made.give(":irc.test NOTICE ilbot :no silence before it")
    made.wait(5)
    line = speak(made, off)
    made.answer_pings()
    assert line.source is Source.LIVE
    assert line.at == made.at
    made.wait(5)
    assert speak(made, off).at == made.at
    assert caplog.text.count("the server's clock is") == 1


def test_operators_are_told_of_it_once_wherever_they_turn_up():
    made = talk("#moc", **CLOCK)
    made.give(":irc.test NOTICE ilbot :hello")
    speak(made, timedelta(hours=2))
    assert told(made) == []
    made.give(":Ann!a@h ACCOUNT boss")  # in no channel of ours
    assert told(made) == []
    made.give("@account=boss :Ann!a@h JOIN #moc")
    assert told(made) == [("Ann",)]
    made.disconnect()
    made.connect()
    made.register("server-time account-notify")
    made.want("#moc")
    made.enter("#moc", "@alice", "bob")
    made.give(":bob!b@h ACCOUNT CHIEF", ":alice!a@h ACCOUNT boss")
    made.wait(2)
    speak(made, timedelta(hours=2))
    assert told(made) == [("Ann",), ("bob",)]


def test_a_link_that_was_held_up_is_no_wrong_clock():
    made = talk("#moc", **CLOCK)
    made.wait(300, silent=True)
    for late in (280, 200, 90, 30):
        assert speak(made, timedelta(seconds=-late)).at == made.at - timedelta(seconds=late)
    assert not made.clock.is_wrong


def test_a_machine_that_slept_does_not_blame_the_server():
    made = talk("#moc", **CLOCK)
    made.give(":irc.test NOTICE ilbot :hello")
    made.at += timedelta(hours=3)  # the loop's time stands still meanwhile
    line = speak(made, timedelta(hours=-2))
    assert line.at == made.at - timedelta(hours=2)
    assert not made.clock.is_wrong


def test_a_pong_decides_what_a_quiet_channel_leaves_open():
    made = talk("#moc", **CLOCK)
    made.wait(59)
    speak(made, timedelta(seconds=-70))
    assert made.sent[-1].startswith("PING")
    assert not made.clock.is_wrong
    off = stamp(made.at - timedelta(seconds=70))
    made.give(f"@{off} :irc.test PONG irc.test :{made.sent[-1].removeprefix('PING ')}")
    assert made.clock.is_wrong
    assert speak(made, timedelta(seconds=-70)).at == made.at


def test_the_clock_is_asked_for_as_soon_as_we_are_on():
    made = Talk().register("server-time")
    made.wait(1, silent=True)
    assert "PING ircbot-1" in made.sent
    made.give(f"@{stamp(made.at + timedelta(days=3))} :irc.test PONG irc.test :ircbot-1")
    assert made.clock.is_wrong


def test_a_clock_that_is_put_right_is_not_wronged():
    made = talk("#moc", **CLOCK)
    speak(made, timedelta(hours=1))
    made.wait(5)
    speak(made, timedelta(0))
    assert abs(made.clock.difference) < timedelta(seconds=1)


def test_playback_is_never_used_for_it():
    made = talk("#moc", **CLOCK)
    made.give("BATCH +h chathistory #moc")
    line = speak(made, timedelta(hours=-3), tags=";batch=h")
    made.give("BATCH -h")
    assert line.source is Source.RECOVERED
    assert line.at == made.at - timedelta(hours=3)
    made.enter("#moc", "alice", tags=f"@{stamp(made.at)} ")
    assert speak(made, timedelta(hours=-4)).source is Source.RECOVERED
    assert not made.clock.is_wrong


def test_what_a_wrong_clock_says_of_the_past_is_corrected():
    made = talk("#moc", **CLOCK)
    made.give(":irc.test NOTICE ilbot :hello")
    hour = timedelta(hours=1)
    heard = speak(made, -hour, "heard live")
    made.wait(10)
    made.give("BATCH +h chathistory #moc")
    speak(made, -hour - timedelta(seconds=10), "heard live", ";batch=h")
    missed = speak(made, -hour - timedelta(minutes=5), "missed", ";batch=h")
    made.give("BATCH -h")
    assert made.said == ["heard live", "missed"]
    assert heard.at == made.at - timedelta(seconds=10)
    assert missed.at == made.at - timedelta(minutes=5)


@pytest.mark.parametrize(
    "tag",
    ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "1979-12-31T23:59:59Z", "2018-01-12T13:00:00Z",
     "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1e9", "", "2018-13-01T00:00:00Z"],
)  # fmt: skip
@pytest.mark.parametrize("batch", ["", ";batch=h"])
def test_a_time_that_cannot_be_is_not_believed(tag, batch):
    made = talk("#moc", **CLOCK)
    made.give("BATCH +h chathistory #moc")
    made.give(f"@time={tag}{batch} :alice!a@h PRIVMSG #moc :TL: down")
    assert made.lines[-1].at == made.at
    made.give(f"@time={tag} :eve!e@h JOIN #moc", f"@time={tag} :ilbot!i@h JOIN #moc")
    made.give(f"@time={tag} :irc.test PONG irc.test :ircbot-1")
    assert made.lines[-1].at == made.at
    made.disconnect()


# Playback without a batch


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("[11:01] TL: down", "TL: down"),
        ("[11:01:22] TL: down", "TL: down"),
        ("11:01:22> TL: down", "TL: down"),
        ("11:01> TL: down", "TL: down"),
        ("(11:01) TL: down", "TL: down"),
        ("[2018-01-10 11:01:22] TL: down", "TL: down"),
        ("[2018-01-10T11:01:22.123] TL: down", "TL: down"),
        ("[11:01:22 AM] TL: down", "TL: down"),
        ("<11:01> TL: down", "TL: down"),
    ],
)
def test_a_text_stamp_upon_our_join_is_playback(text, rest):
    made = talk("#moc")
    made.enter("#moc", "@alice")
    made.give(f":alice!a@h PRIVMSG #moc :{text}")
    line = made.lines[-1]
    assert (line.text, line.source) == (rest, Source.RECOVERED)
    assert line.at.replace(second=0) == NOON.replace(hour=11, minute=1)
    assert not line.operator
    made.wait(31)
    made.give(f":alice!a@h PRIVMSG #moc :{text}")
    assert (made.lines[-1].text, made.lines[-1].source) == (text, Source.LIVE)


@pytest.mark.parametrize(
    "text",
    ["11:01 it went down", "[link] look", "[11:61] TL: x", "12 hosts are down", "(1) first", "[11:01]",
     "10:30-11:00> wait"],
)  # fmt: skip
def test_other_texts_upon_our_join_are_live(text):
    made = talk("#moc")
    made.enter("#moc", "@alice")
    made.give(f":alice!a@h PRIVMSG #moc :{text}")
    line = made.lines[-1]
    if line.source is Source.RECOVERED:  # a stamp whose time there is not
        assert line.at == made.at
    else:
        assert line.text == text


def test_a_text_stamp_is_of_the_configured_zone_and_yesterday_if_need_be():
    berlin = ZoneInfo("Europe/Berlin")
    assert read_stamp("[12:30] x", NOON, berlin).at == NOON.replace(hour=11, minute=30)
    assert read_stamp("[14:30] x", NOON, berlin).at == datetime(2018, 1, 9, 13, 30, tzinfo=UTC)


def test_what_was_heard_is_not_taken_twice_for_its_text_stamp():
    made = talk("#moc")
    made.give(":alice!a@h PRIVMSG #moc :the shop is down")
    made.wait(600)
    made.enter("#moc", "@alice")
    made.give(
        ":alice!a@h PRIVMSG #moc :[14:00] the shop is down",  # of a bouncer two zones away
        ":alice!a@h PRIVMSG #moc :[14:05] and the basket too",
    )
    assert made.said == ["the shop is down", "and the basket too"]


def test_an_old_stamp_upon_a_join_without_one_is_playback():
    made = talk("#moc", **CLOCK)
    made.enter("#moc", "@alice")
    assert speak(made, timedelta(minutes=-20), "!inc declare it is down").source is Source.RECOVERED
    assert speak(made, timedelta(seconds=-3), "!inc declare too").source is Source.RECOVERED
    assert speak(made, timedelta(seconds=-1), "!inc status").source is Source.LIVE
    assert not made.clock.is_wrong


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (":***!znc@znc.in PRIVMSG #moc :Buffer Playback...",
         ":***!znc@znc.in PRIVMSG #moc :Playback Complete."),
        (":-psyBNC!psyBNC@x PRIVMSG #moc :Start of backlog",
         ":-psyBNC!psyBNC@x PRIVMSG #moc :End of backlog"),
    ],
)  # fmt: skip
def test_what_stands_between_a_bouncers_markers_is_playback(begin, end):
    made = talk("#moc", capabilities="server-time")
    made.wait(60)
    made.give(
        begin, ":alice!a@h PRIVMSG #moc :[11:01:22] !inc declare down", ":bob!b@h PRIVMSG #moc :yes"
    )
    made.give(f"@{stamp(made.at)} :bob!b@h PRIVMSG #moc :stamped anew", end)
    assert [line.source for line in made.lines] == [Source.RECOVERED] * 3
    assert made.said == ["!inc declare down", "yes", "stamped anew"]
    made.give(":alice!a@h PRIVMSG #moc :!inc declare now")
    assert made.lines[-1].source is Source.LIVE


def test_a_marker_without_an_end_does_not_make_us_deaf():
    made = talk("#moc")
    made.give(":***!znc@znc.in PRIVMSG #moc :Buffer Playback...")
    made.wait(121)
    made.give(":alice!a@h PRIVMSG #moc :!inc status")
    assert made.lines[-1].source is Source.LIVE


@pytest.mark.parametrize("nick", ["eve", "znc", "bip", "a***", "status"])
def test_people_cannot_mark_playback(nick):
    assert marker(nick, "Buffer Playback...") is None
    made = talk("#moc")
    made.give(
        f":{nick}!e@h PRIVMSG #moc :Buffer Playback...", ":alice!a@h PRIVMSG #moc :!inc status"
    )
    assert made.lines[-1].source is Source.LIVE


def test_private_playback_of_a_bouncer_is_recognised_by_its_stamp():
    made = Talk().register()
    made.give(":alice!a@h PRIVMSG ilbot :[11:01:22] declare it is down")
    assert made.lines[-1].source is Source.RECOVERED
    made.wait(31)
    made.give(":alice!a@h PRIVMSG ilbot :[11:01:22] declare it is down")
    assert made.lines[-1].source is Source.LIVE


# No account


@pytest.mark.parametrize("none", ["*", "0", "", "two\\swords"])
@pytest.mark.parametrize("known", ["ann", ""])
@pytest.mark.parametrize(
    "said",
    [
        ":bob!b@h PRIVMSG #moc :hello",
        ":bob!b@h PRIVMSG #moc :\x01ACTION waves\x01",
        ":bob!b@h PART #moc :bye",
        ":bob!b@h JOIN #other",
        ":bob!b@h NICK bobby",
    ],
)
def test_an_account_tag_that_names_nobody_is_no_account(said, known, none):
    made = talk("#moc", capabilities="account-tag account-notify")
    made.give(f":bob!b@h ACCOUNT {known or '*'}")
    made.network_events.clear()
    made.give(f"@account={none} {said}")
    assert [line.account for line in made.lines] == [""]


def test_who_joins_without_an_account_has_none():
    made = talk("#moc", capabilities="extended-join")
    for nick, told in (("cat", "*"), ("dan", "0"), ("eve", "eve")):
        made.give(f":{nick}!x@h JOIN #moc {told} :Name")
    accounts = [made.session.shared.people.person(nick).account for nick in ("cat", "dan", "eve")]
    assert accounts == ["", "", "eve"]


# Who can be nobody, and what is said to nobody


@pytest.mark.parametrize(
    "nick", ["#moc", "@alice", "+bob", "&x", "$x", "~bob", "a,b", "carol\u00a0via\u00a0discord"]
)
@pytest.mark.parametrize("to", ["#moc", "ilbot"])
def test_a_name_that_no_person_can_have_is_not_heard_and_not_answered(nick, to):
    made = talk("#moc", "#other")
    made.give(f":{nick}!b@h PRIVMSG {to} :!inc help", f":{nick}!b@h PRIVMSG {to} :\x01PING 1\x01")
    made.give(f":{nick}!b@h PRIVMSG {to} :\x01ACTION declares\x01")
    made.wait(1)
    assert not made.lines
    assert not made.sent


@pytest.mark.parametrize("target", ["$$*", "$irc.test", "#moc,#other", "#a,b"])
def test_what_is_said_to_a_server_or_to_several_is_said_to_no_channel(target):
    made = talk("#moc")
    made.give(f":bob!b@h PRIVMSG {target} :!inc help")
    made.wait(1)
    assert not [line for line in made.lines if line.channel]
    assert not made.sent


@pytest.mark.parametrize("mapping", ["rfc7613", "rfc8265", "precis", "utf8"])
def test_nicks_that_a_server_may_tell_apart_are_two_people(mapping):
    assert fold("ZOË", mapping) == fold("Zoë", mapping)
    assert fold("straße", mapping) != fold("strasse", mapping)
    assert fold("аnn", mapping) != fold("ann", mapping)  # the first is Cyrillic
