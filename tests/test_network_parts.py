"""The small parts of the network: what their docstrings show, and what no hostile case touches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hostile.talk import NOON, talk
from irc.client_aio import AioConnection, AioReactor

from ircbot.incident.line import LineKind, Reply
from ircbot.network.broadcasts import Broadcasts
from ircbot.network.clock import ServerClock
from ircbot.network.delivery import DeliveryResult
from ircbot.network.irclib import Reactor
from ircbot.network.message import encode
from ircbot.network.pace import TokenBucket


def test_only_the_last_parameter_may_hold_blanks():
    connection = Reactor().server()
    connection.kick("#moc", "bob", "a b")
    connection.send_items("AWAY", "back soon\r\nQUIT")
    assert connection.take() == ["KICK #moc bob :a b", "AWAY :back soon  QUIT"]
    for bad in ("", "a b", ":a", "a\n"):
        with pytest.raises(ValueError, match="not one parameter"):
            connection.kick(bad, "bob")
    assert connection.take() == []


def test_a_password_is_sent_as_it_is():
    connection = Reactor().server()
    for password in ("plain", "two words", ":colon"):
        connection.pass_(password)
    assert connection.take() == ["PASS plain", "PASS :two words", "PASS ::colon"]


def test_a_topic_can_be_cleared_and_asked_for():
    connection = Reactor().server()
    connection.topic("#moc", "")
    connection.topic("#moc", "all well")
    connection.topic("#moc")
    assert connection.take() == ["TOPIC #moc :", "TOPIC #moc :all well", "TOPIC #moc"]


def test_it_is_a_client_of_the_library():
    made = talk("#moc")
    connection = made.session.shared.irc
    assert isinstance(connection, AioConnection)
    assert isinstance(connection.reactor, AioReactor)
    assert connection.get_nickname() == "ilbot"
    assert connection.get_server_name() == "irc.test"
    seen = []
    for name in ("pubmsg", "privmsg", "action", "ctcp", "pubnotice", "umode", "mode", "welcome"):
        connection.add_global_handler(
            name, lambda _, event: seen.append((event.type, event.target))
        )
    connection.add_global_handler("pubmsg", lambda *_: "NO MORE", -5)
    made.give(
        "@a=b :ann!a@h PRIVMSG #moc \x01ACTION waves\x01",
        ":ann!a@h PRIVMSG ilbot :hello",
        ":ann!a@h PRIVMSG ilbot :\x01VERSION\x01",
        ":ann!a@h NOTICE #moc :psst",
        ":ilbot MODE ilbot :+i",
        ":ann!a@h MODE #moc +t",
        "@odd=1;x :ann!a@h PRIVMSG @#moc :for operators",
    )
    assert seen == [
        ("action", "#moc"),
        ("privmsg", "ilbot"),
        ("ctcp", "ilbot"),
        ("pubnotice", "#moc"),
        ("umode", "ilbot"),
        ("mode", "#moc"),
        ("privmsg", "@#moc"),
    ]


def test_a_line_too_long_is_cut_between_characters():
    sent = encode("@label=1 PRIVMSG #moc :" + "é" * 400)
    assert sent.endswith(b"\r\n")
    assert len(sent.removeprefix(b"@label=1 ")) in (511, 512)
    assert sent.decode()


def test_accounts_are_known_from_extended_join_and_account_notify():
    made = talk("#moc", capabilities="extended-join account-notify")
    made.give(
        ":carol!c@h JOIN #moc cc :Carol",
        ":dave!d@h JOIN #moc * :Dave",
        ":carol!c@h PRIVMSG #moc :hi",
        ":dave!d@h PRIVMSG #moc :hi",
        ":alice!a@h PRIVMSG #moc :hi",
        ":dave!d@h ACCOUNT dd",
        ":carol!c@h ACCOUNT *",
        ":dave!d@h PRIVMSG #moc :hi",
        ":carol!c@h PRIVMSG #moc :hi",
    )
    assert [(line.nick, line.account) for line in made.lines] == [
        ("carol", "cc"),
        ("dave", ""),
        ("carol", "cc"),
        ("dave", ""),
        ("alice", None),
        ("dave", "dd"),
        ("carol", ""),
        ("dave", "dd"),
        ("carol", ""),
    ]


def test_accounts_are_asked_for_where_no_tag_tells_them():
    made = talk("#moc", capabilities="account-notify", isupport="WHOX")
    made.enter("#other", "alice")
    made.wait(10)
    assert "WHO #other %tcuhnfa,152" in made.sent
    made.give(
        ":irc.test 354 ilbot 152 #other al host.test alice H@ account",
        ":irc.test 354 ilbot 999 #other x host.test bob H nonsense",
        ":irc.test 354 ilbot 152 #other u host.test stranger G 0",
        ":alice!al@host.test PRIVMSG #other :hi",
    )
    assert made.lines[-1].account == "account"


def test_an_account_tag_that_is_missing_means_that_there_is_no_account():
    made = talk("#moc", capabilities="account-tag message-tags")
    made.give(
        "@account=aa :alice!a@h PRIVMSG #moc :hi",
        ":alice!a@h PRIVMSG #moc :hi",
        ":alice!a@h PRIVMSG ilbot :hi",
    )
    assert [line.account for line in made.lines] == ["aa", "", ""]


def test_without_any_of_that_an_account_cannot_be_known():
    made = talk("#moc")
    made.give("@account=no :alice!a@h PRIVMSG ilbot :hi", ":alice!a@h PRIVMSG #moc :hi")
    assert made.lines[-1].account is None


def test_hosts_and_absences_change():
    made = talk("#moc", capabilities="chghost away-notify")
    made.give(":alice!a@h AWAY :lunch", ":alice!a@h CHGHOST al new.host", ":alice!al@new.host QUIT")
    assert (made.lines[-1].kind, made.lines[-1].host) == (LineKind.QUIT, "al@new.host")


def test_a_server_that_wants_slower_changes_of_target_gets_them():
    made = talk("#a", "#b")
    made.say(Reply("#a", "one"))
    made.give(":irc.test 439 ilbot #a :Target change too fast")
    made.wait(10)
    sent = [line for line in made.sent if line.startswith("NOTICE")]
    assert sent == ["NOTICE #a :one"] * 2


def test_a_flood_that_was_punished_is_remembered():
    bucket = TokenBucket(8, 4)
    bucket.flooded()
    assert (bucket.rate, bucket.burst) == (2, 4)
    for _ in range(50):
        bucket.answered(0.1)
    assert bucket.rate <= 4 * 0.7


def test_a_broadcast_whose_end_is_not_known_is_told_all_the_same():
    broadcasts = Broadcasts()
    replies = [Reply(to, "down", broadcast="1") for to in ("#a", "#b")]
    broadcasts.begin(replies, 0.0)
    assert broadcasts.settle([DeliveryResult(replies[0])]) == []
    assert broadcasts.expire(60.0) == []
    (result,) = broadcasts.expire(200.0)
    assert (result.arrived, result.refused) == (("#a",), {"#b": "not known"})
    assert broadcasts.settle([DeliveryResult(replies[1])]) == []


def test_a_gap_after_a_kick_is_known():
    made = talk("#moc")
    made.give(":alice!a@h KICK #moc ilbot :out")
    made.wait(20)
    made.enter("#moc")
    (gap,) = made.gaps
    assert timedelta(seconds=19) < gap.until - gap.since < timedelta(seconds=21)
    assert gap.since > NOON


# --- the server's clock -------------------------------------------------------------------------


@pytest.mark.parametrize("odd", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_stamp_at_the_end_of_all_time_harms_no_later_one(odd):
    clock, at = ServerClock(), datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert clock.live(odd, at) == at
    for tag in ("2018-01-10T12:00:00Z", odd, "2026-11-25T12:00:00Z"):
        told = clock.told(tag, at)
        assert told is None or told <= at + timedelta(days=1)
    assert clock.live("2026-11-25T12:00:00Z", at) == at
    assert clock.told("2026-11-25T11:59:00Z", at) == at - timedelta(minutes=1)
