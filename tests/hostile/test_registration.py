"""Cases 11 to 22: capabilities, login and nick, against servers that answer as they please."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from scramp import ScramMechanism

from hostile.talk import PLAIN, Talk, talk
from ircbot.network.channels import REGISTERED_ONLY
from ircbot.network.link_state import End
from ircbot.network.settings import SaslSettings

SASL = SaslSettings(account="ilbot", password="pässword")


def login(**changes: object) -> Talk:
    """A conversation of a bot with an account, whose server has just been reached."""
    sasl = replace(SASL, **changes.pop("sasl", {}))
    return Talk(replace(PLAIN, sasl=sasl, **changes))


def asked(talk: Talk, capabilities: str = "sasl") -> list[str]:
    """Offer SASL and grant it; returns what we send upon that."""
    talk.give(f"CAP * LS :{capabilities}")
    return talk.give("CAP * ACK :sasl")


def decoded(lines: list[str]) -> bytes:
    """What AUTHENTICATE lines say together."""
    chunks = [line.removeprefix("AUTHENTICATE ") for line in lines]
    return base64.b64decode("".join(chunk for chunk in chunks if chunk != "+"))


def test_the_first_line_is_cap_ls_302_whatever_is_configured():
    assert Talk(replace(PLAIN, password="secret", sasl=SASL)).sent[:2] == [
        "CAP LS 302",
        "PASS secret",
    ]
    assert Talk().sent == ["CAP LS 302", "NICK ilbot", "USER ilbot 0 * :incident bot"]


def test_case_11_a_list_of_several_lines_is_decided_upon_once_after_the_last():
    talk = Talk()
    assert talk.give("CAP * LS * :server-time batch  ", ":s CAP * LS * :unknown=a,b  ") == []
    (request,) = talk.give("CAP * LS :message-tags   ")
    assert set(request.removeprefix("CAP REQ :").split(" ")) == {
        "server-time",
        "batch",
        "message-tags",
    }
    assert talk.give(f"CAP * ACK :{request.removeprefix('CAP REQ :')}  ") == ["CAP END"]


def test_case_11_an_empty_list_is_answered_with_the_end():
    assert Talk().give("CAP * LS :") == ["CAP END"]


def test_case_11_a_list_without_its_last_line_does_not_hold_us_up():
    talk = Talk()
    talk.give("CAP * LS * :server-time")
    assert talk.wait(PLAIN.timeouts.capabilities) == ["CAP END"]


@pytest.mark.parametrize(
    "answer",
    [
        ":irc.test 421 ilbot CAP :Unknown command",
        ":irc.test 421 * CAP :Unknown command",
        ":irc.test 451 CAP :You have not registered",
        ":irc.test 410 * LS :Invalid CAP command",
        "",
    ],
)
def test_case_12_a_server_without_capabilities_registers_us_all_the_same(answer):
    talk = Talk()
    talk.give(answer)
    talk.give(":irc.test 001 ilbot :Welcome")
    assert talk.session.shared.registered
    assert talk.ending is None


def test_case_12_silence_upon_cap_is_ended_by_us():
    assert "CAP END" in Talk().wait(PLAIN.timeouts.capabilities)


def test_case_13_a_refused_request_is_made_again_one_by_one():
    talk = Talk()
    (request,) = talk.give("CAP * LS :server-time batch echo-message")
    names = request.removeprefix("CAP REQ :").split(" ")
    singly = talk.give(f"CAP * NAK :{' '.join(names)}")
    assert sorted(singly) == sorted(f"CAP REQ :{name}" for name in names)
    talk.give("CAP * ACK :server-time", "CAP * NAK :batch")
    assert talk.give("CAP * ACK :echo-message") == ["CAP END"]
    assert talk.session.shared.capabilities.enabled == {"server-time", "echo-message"}


def test_case_13_a_refusal_that_is_cut_short_is_understood():
    talk = Talk()
    (request,) = talk.give("CAP * LS :server-time batch echo-message account-notify")
    assert len(talk.give(f"CAP * NAK :{request.removeprefix('CAP REQ :')[:14]}")) == 4


def test_case_14_capabilities_come_and_go_and_the_link_stays():
    talk = Talk()
    talk.give(":znc CAP ilbot NEW :server-time")
    talk.give(":znc CAP ilbot LS :batch")
    talk.give("CAP * ACK :server-time", "CAP * ACK :batch")
    talk.give(":znc 001 ilbot :Welcome")
    assert talk.session.shared.capabilities.enabled == {"server-time", "batch"}
    talk.give(":znc CAP ilbot DEL :batch")
    assert talk.session.shared.capabilities.enabled == {"server-time"}
    assert talk.give(":znc CAP ilbot NEW :batch") == ["CAP REQ :batch"]
    assert talk.ending is None


def test_case_14_services_that_come_later_log_us_in_later():
    talk = login().register()
    assert [why for _, why in talk.troubles] == [
        "cannot log in to the account ilbot: the server does not offer SASL; going on without it"
    ]
    assert talk.give(":s CAP ilbot NEW :sasl=PLAIN") == ["CAP REQ :sasl"]
    assert talk.give(":s CAP ilbot ACK :sasl") == ["AUTHENTICATE PLAIN"]
    assert decoded(talk.give("AUTHENTICATE +")) == "ilbot\0ilbot\0pässword".encode()
    talk.give(":s 900 ilbot ilbot!b@h ilbot :You are now logged in", ":s 903 ilbot :ok")
    assert talk.session.shared.account == "ilbot"
    talk.give(":s CAP ilbot DEL :sasl")
    assert talk.ending is None


def test_case_15_an_unanswered_login_is_given_up_and_people_are_told():
    talk = login()
    assert asked(talk) == ["AUTHENTICATE PLAIN"]
    sent = talk.wait(PLAIN.timeouts.sasl)
    assert sent == ["AUTHENTICATE *", "CAP END"]
    ((channel, why),) = talk.troubles
    assert channel == ""
    assert "no answer within 12 s" in why
    assert talk.ending is None


def test_case_15_without_the_account_it_stays_off_where_that_is_configured():
    talk = login(sasl={"required": True})
    asked(talk)
    talk.wait(PLAIN.timeouts.sasl)
    assert talk.ending is not None
    assert talk.ending.end is End.NO_ACCOUNT
    assert "CAP END" not in talk.sent


def test_case_15_nickserv_is_asked_where_that_is_configured():
    talk = login(nickserv_password="other secret")
    asked(talk)
    talk.wait(PLAIN.timeouts.sasl)
    sent = talk.give(":irc.test 001 ilbot :Welcome", ":irc.test 376 ilbot :End of MOTD")
    assert sent == ["WHOIS NickServ"]
    assert talk.give(
        ":irc.test 311 ilbot NickServ services services.test * :Nickname Services",
        ":irc.test 313 ilbot NickServ :is a Network Service",
        ":irc.test 318 ilbot NickServ :End of /WHOIS list.",
    ) == ["NICKSERV IDENTIFY ilbot other secret"]
    assert talk.give(":irc.test 421 ilbot NICKSERV :Unknown command") == [
        "PRIVMSG NickServ :IDENTIFY ilbot other secret"
    ]


def test_case_15_the_login_is_tried_again_later():
    talk = login()
    asked(talk)
    talk.wait(PLAIN.timeouts.sasl)
    talk.give(":irc.test 001 ilbot :Welcome", ":irc.test 376 ilbot :End of MOTD")
    assert "AUTHENTICATE PLAIN" in talk.wait(400)


@pytest.mark.parametrize("numeric", ["902", "904", "905", "906"])
def test_case_16_each_mechanism_is_tried_once(numeric):
    talk = login(sasl={"mechanisms": ("EXTERNAL", "SCRAM-SHA-256", "PLAIN")})
    assert asked(talk) == ["AUTHENTICATE EXTERNAL"]
    assert talk.give(f":s {numeric} * :no") == ["AUTHENTICATE SCRAM-SHA-256"]
    assert talk.give(f":s {numeric} * :no") == ["AUTHENTICATE PLAIN"]
    assert talk.give(f":s {numeric} * :no") == ["CAP END"]
    assert talk.give(f":s {numeric} * :no") == []


def test_case_16_mechanisms_that_the_server_does_not_have_are_passed_over():
    talk = login(sasl={"mechanisms": ("EXTERNAL", "SCRAM-SHA-256", "PLAIN")})
    assert asked(talk) == ["AUTHENTICATE EXTERNAL"]
    assert talk.give(":s 908 * PLAIN,ECDSA :are available", ":s 904 * :failed") == [
        "AUTHENTICATE PLAIN"
    ]


def test_case_16_a_list_without_ours_is_the_end_of_it():
    talk = login()
    asked(talk)
    assert talk.give(":s 908 * EXTERNAL :are available", ":s 904 * :failed") == ["CAP END"]


def test_case_16_a_mechanism_that_is_not_offered_is_not_tried():
    assert asked(login(), "sasl=EXTERNAL") == ["CAP END"]


def test_case_16_being_logged_in_already_is_a_success():
    talk = login()
    asked(talk)
    assert talk.give(":s 907 * :You have already authenticated") == ["CAP END"]
    assert talk.session.shared.account == "ilbot"


def test_case_17_a_long_password_goes_in_pieces():
    password = "é" * 450
    talk = login(sasl={"password": password})
    asked(talk)
    sent = talk.give("AUTHENTICATE +")
    assert all(len(line) == 13 + 400 for line in sent[:-1])
    assert len(sent[-1]) < 13 + 400
    assert decoded(sent) == f"ilbot\0ilbot\0{password}".encode()


def test_case_17_a_password_that_fills_the_last_piece_is_followed_by_an_empty_one():
    password = "x" * (600 - len("ilbot\0ilbot\0"))
    talk = login(sasl={"password": password})
    asked(talk)
    sent = talk.give("AUTHENTICATE +")
    assert [len(line) - 13 for line in sent] == [400, 400, 1]
    assert sent[-1] == "AUTHENTICATE +"


def test_case_17_secrets_are_in_no_log(caplog):
    caplog.set_level("DEBUG")
    talk = login(password="server-secret", nickserv_password="services-secret")
    asked(talk)
    talk.give("AUTHENTICATE +")
    talk.wait(PLAIN.timeouts.sasl)
    talk.register("echo-message")
    talk.give(":ilbot!b@h PRIVMSG NickServ :IDENTIFY ilbot services-secret")
    secrets = ["server-secret", "services-secret", "pässword"]
    secrets.append(base64.b64encode("ilbot\0ilbot\0pässword".encode()).decode())
    assert not any(secret in caplog.text for secret in secrets)
    assert not any(secret in repr(talk.settings) for secret in secrets)


def test_the_account_is_asked_for_by_certificate():
    talk = login(sasl={"mechanisms": ("EXTERNAL",)})
    asked(talk)
    assert decoded(talk.give("AUTHENTICATE +")) == b"ilbot"


class ScramServer:
    """The other side of SCRAM-SHA-256, which may know another password."""

    def __init__(self, password: str) -> None:
        mechanism = ScramMechanism("SCRAM-SHA-256")
        information = mechanism.make_auth_info(password)
        self._server = mechanism.make_server(lambda _: information)

    def first(self, sent: list[str]) -> str:
        """The answer to the client's first message."""
        self._server.set_client_first(decoded(sent).decode())
        return "AUTHENTICATE " + encoded(self._server.get_server_first())

    def final(self, sent: list[str]) -> str:
        """The answer to the client's last message."""
        self._server.set_client_final(decoded(sent).decode())
        return "AUTHENTICATE " + encoded(self._server.get_server_final())


def encoded(text: str) -> str:
    """Base64."""
    return base64.b64encode(text.encode()).decode()


def test_scram_logs_in_and_the_server_proves_itself():
    talk = login(sasl={"mechanisms": ("SCRAM-SHA-256",)})
    assert asked(talk) == ["AUTHENTICATE SCRAM-SHA-256"]
    server = ScramServer("pässword")
    challenge = server.first(talk.give("AUTHENTICATE +"))
    final = server.final(talk.give(challenge))
    assert talk.give(final) == ["AUTHENTICATE +"]
    talk.give(":s 900 * * ilbot :logged in")
    assert talk.give(":s 903 * :ok") == ["CAP END"]
    assert talk.session.shared.account == "ilbot"


@pytest.mark.parametrize("payload", ["", "+", "AAAA", encoded("v=bm90IHRoZSBwcm9vZg=="), "ünicode"])
def test_case_18_a_false_proof_is_answered_with_a_star(payload):
    talk = login(sasl={"mechanisms": ("SCRAM-SHA-256",)})
    asked(talk)
    talk.give(ScramServer("pässword").first(talk.give("AUTHENTICATE +")))
    assert talk.give(f"AUTHENTICATE :{payload}") == ["AUTHENTICATE *"]
    assert talk.give(":s 906 * :aborted") == ["CAP END"]
    assert talk.session.shared.account == ""


def test_case_18_success_without_proof_is_no_success():
    talk = login(sasl={"mechanisms": ("SCRAM-SHA-256",)})
    asked(talk)
    talk.give(ScramServer("pässword").first(talk.give("AUTHENTICATE +")))
    talk.give(":s 903 * :of course")
    assert "without proving" in talk.troubles[0][1]
    assert talk.session.shared.account == ""


@pytest.mark.parametrize("rounds", ["i=999999999", "i=2000000", "", "i=x"])
def test_case_18_a_server_cannot_keep_us_busy_with_hashing(rounds):
    talk = login(sasl={"mechanisms": ("SCRAM-SHA-256",)})
    asked(talk)
    first = decoded(talk.give("AUTHENTICATE +")).decode()
    nonce = first.rsplit("r=", 1)[1] + "more"
    challenge = encoded(f"r={nonce},s=c2FsdHNhbHQ=,{rounds}")
    assert talk.give(f"AUTHENTICATE {challenge}") == ["AUTHENTICATE *"]


def test_case_18_an_endless_challenge_is_not_gathered():
    talk = login(sasl={"mechanisms": ("SCRAM-SHA-256",)})
    asked(talk)
    talk.give("AUTHENTICATE +")
    assert "AUTHENTICATE *" in talk.give(*["AUTHENTICATE " + "A" * 400] * 60)


def test_case_19_channels_wait_for_services_where_they_are_asked():
    talk = Talk(replace(PLAIN, nickserv_password="secret")).register()
    assert talk.want("#secret") == []
    talk.give(":irc.test 900 ilbot ilbot!b@h ilbot :You are now logged in")
    assert "JOIN #secret" in talk.wait(1)


def test_case_19_channels_do_not_wait_for_ever():
    talk = Talk(replace(PLAIN, nickserv_password="secret")).register()
    talk.want("#secret")
    assert "JOIN #secret" in talk.wait(10)


def test_case_19_a_channel_for_registered_nicks_is_tried_again_after_the_login():
    talk = login().register()
    assert talk.want("#secret") == ["JOIN #secret"]
    talk.give(":irc.test 477 ilbot #secret :You need a registered nick")
    assert ("#secret", REGISTERED_ONLY.meaning) in talk.troubles
    assert talk.give(":irc.test 900 ilbot ilbot!b@h ilbot :logged in") == ["JOIN #secret"]


def test_case_20_a_taken_nick_is_replaced_by_others_that_the_server_takes():
    talk = Talk()
    talk.give("CAP * LS :")
    nicks = ["ilbot"]
    for _ in range(8):
        (line,) = talk.give(f":irc.test 433 * {nicks[-1]} :Nickname is already in use")
        nicks.append(line.removeprefix("NICK "))
    assert len({nick.lower() for nick in nicks}) == 9
    assert all(len(nick) <= 9 for nick in nicks)


def test_case_20_a_long_nick_stays_within_the_limit():
    talk = Talk(replace(PLAIN, nick="incidentbot"))
    nicks = {talk.give(":irc.test 433 * x :in use")[0].removeprefix("NICK ") for _ in range(120)}
    assert len(nicks) == 120
    assert all(len(nick) <= len("incidentbot") for nick in nicks)


@pytest.mark.parametrize(
    "refusal", ["432 * ilbot :Erroneous", "437 * ilbot :unavailable", "436 * ilbot :collision"]
)
def test_case_21_a_nick_that_is_held_is_replaced(refusal):
    talk = Talk()
    talk.give("CAP * LS :")
    assert talk.give(f":irc.test {refusal}") == ["NICK ilbot_"]


def test_case_21_the_wanted_nick_is_asked_for_until_it_is_free():
    talk = Talk().register(nick="ilbot_")
    assert "NICK ilbot" in talk.wait(61)
    talk.give(":irc.test 433 ilbot_ ilbot :in use")
    assert "NICK ilbot" in talk.wait(61)
    talk.give(":ilbot_!b@h NICK ilbot")
    assert not any(line.startswith("NICK") for line in talk.wait(200))


def test_case_21_services_are_asked_where_we_have_an_account():
    talk = login()
    asked(talk)
    talk.give(":irc.test 433 * ilbot :in use", "AUTHENTICATE +")
    talk.give(":s 900 * * ilbot :logged in", ":s 903 * :ok")
    talk.give(":s 001 ilbot_ :Welcome")
    sent = talk.give(":s 376 ilbot_ :End of MOTD")
    assert "PRIVMSG NickServ :REGAIN ilbot" in sent


@pytest.mark.parametrize("leaving", ["QUIT :Ping timeout", "NICK ghost", "PART #moc"])
def test_case_21_a_ghost_that_leaves_is_followed_at_once(leaving):
    talk = Talk().register(nick="ilbot_")
    talk.want("#moc")
    talk.enter("#moc", "ilbot")
    assert "NICK ilbot" in talk.give(f":ilbot!b@h {leaving}")


def test_case_22_the_nick_is_what_the_server_says():
    talk = Talk().register(nick="Guest1234")
    assert talk.nick == "Guest1234"
    talk.give(":Guest1234!b@h NICK ILBOT")
    assert talk.nick == "ILBOT"
    talk.give(":ilbot!b@h NICK renamed")
    assert talk.nick == "renamed"
    assert talk.names == ["Guest1234", "ILBOT", "renamed"]


def test_case_22_another_case_of_the_wanted_nick_will_do():
    talk = Talk().register(nick="ILBOT")
    assert not any(line.startswith("NICK") for line in talk.wait(200))


def test_a_wrong_server_password_is_no_reason_to_try_every_minute():
    talk = Talk(replace(PLAIN, password="wrong"))
    talk.give(":irc.test 464 * :Password incorrect", "ERROR :Closing link (Bad password)")
    assert talk.ending is not None
    assert talk.ending.end is End.BANNED


def test_bot_mode_is_set_where_there_is_one():
    assert "MODE ilbot +B" in Talk().register(isupport="BOT=B").sent
    assert not any(line.startswith("MODE") for line in Talk().register(isupport="NICKLEN=16").sent)


def test_nothing_is_joined_before_the_server_has_said_everything():
    made = Talk()
    made.give("CAP * LS :", ":irc.test 001 ilbot :Welcome")
    assert made.want("#moc") == []
    assert made.give(":irc.test 376 ilbot :End of MOTD") == ["JOIN #moc"]
    made = Talk()
    made.give("CAP * LS :", ":irc.test 001 ilbot :Welcome")
    made.want("#moc")
    assert "JOIN #moc" in made.wait(6)


def test_talk_is_registered():
    assert talk("#moc").channels.is_in("#moc")
