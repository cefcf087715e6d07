"""Servers and people that lie: about the time, about who they are, about what they wrote."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from hostile.talk import PLAIN, Talk, answer, talk
from ircbot.incident.line import Reply, ReplyKind
from ircbot.incident.plain import shown
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
    for kind in ReplyKind:
        made.say(Reply("#moc", text, kind))
        made.wait(5)
    made.topics.want({"#moc": text})
    made.give(":irc.test 331 ilbot #moc :No topic is set")
    made.give(f":eve!e@h PRIVMSG ilbot :\x01PING {text}")
    made.wait(5)
    written = [line for line in made.sent if "evil" in line]
    assert len(written) == len(ReplyKind) + 2
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
    assert made.fates == {"#moc": "the bot is banned there (+b)"}
    made.give(":alice!a@h MODE #moc -b *!~BOT@client.test")
    made.say(Reply("#moc", "over now"))
    made.wait(30)
    assert made.fates == {"#moc": ""}


@pytest.mark.parametrize("numeric", ["404", "442", "477", "415"])
def test_each_refusal_is_told(numeric):
    made = talk("#moc")
    made.say(answer("#moc", "all well"))
    made.give(f":irc.test {numeric} ilbot #moc :no")
    assert made.fates == {"#moc": "no"}


def test_a_channel_that_takes_no_notices_is_spoken_to():
    made = talk("#moc")
    made.say(Reply("#moc", "all well"))
    made.give(":irc.test 404 ilbot #moc :Can't send NOTICE to channel (+T is set)")
    made.wait(5)
    assert made.sent.count("PRIVMSG #moc :all well") == 1
    assert made.fates == {"#moc": ""}


def test_a_channel_that_takes_nothing_is_tried_once_more_and_no_more():
    made = talk("#moc")
    made.say(Reply("#moc", "all well"))
    made.give(":irc.test 404 ilbot #moc :no")
    made.say()
    made.give(":irc.test 404 ilbot #moc :still no")
    made.wait(60)
    tried = ["NOTICE #moc :all well", "PRIVMSG #moc :all well"]
    assert [line for line in made.sent if "all well" in line] == tried
    assert made.fates == {"#moc": "still no"}


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
    before = [*log.filters]
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
        assert sum(isinstance(one, SecretsFilter) for one in log.filters) == 1
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
        log.filters[:] = before
    assert "-pw" not in caplog.text
    assert "… (…) monkeys" in caplog.text
    assert "harmless" in caplog.text
    assert "key" not in repr(settings)
