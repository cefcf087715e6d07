"""Who is speaking: accounts and nicks, networks and casemappings, people who leave and thieves."""

from __future__ import annotations

import pytest
from core import Talk, at, line, setting

from ircbot.incident.line import LineKind
from ircbot.incident.people import Person, fold, is_same, key_of, same_person, speaker
from ircbot.incident.view import as_json, called, told_apart
from ircbot.report.render import render

ALICE = {"account": "alice"}


def said(talk, stamp, nick, text, **more):
    """What the bot answers to one line."""
    return [reply.text for reply in talk.engine.hear([line(stamp, nick, text, **more)])]


def does(talk, stamp, nick, kind, text="", channel="", **more):
    """Something that is not speech."""
    return said(talk, stamp, nick, text, channel=channel, kind=kind, **more)


def led(surroundings=None, **more):
    """An incident that alice leads, with the account alice."""
    talk = Talk(surroundings)
    said(talk, "12:00", "alice", "!inc declare MDN is down", **(more or ALICE))
    return talk


@pytest.mark.parametrize(
    ("casemapping", "one", "other", "same"),
    [
        ("ascii", "a[b]", "a{b}", False),
        ("ascii", "A[b]", "a[B]", True),
        ("rfc1459", "a[b]\\~", "A{B}|^", True),
        ("strict-rfc1459", "a[b]\\", "A{B}|", True),
        ("strict-rfc1459", "a~", "a^", False),
        ("", "a~", "a^", True),
        ("rfc7613", "Ärger", "ärger", True),
    ],
)
def test_names_are_compared_as_the_network_does(casemapping, one, other, same):
    assert (fold(one, casemapping) == fold(other, casemapping)) is same


@pytest.mark.parametrize(
    ("known", "somebody", "same"),
    [
        (Person("alice", "alice"), Person("al", "ALICE"), True),
        (Person("alice", "alice"), Person("alice"), False),
        (Person("alice", "alice"), Person("alice", "mallory"), False),
        (Person("alice"), Person("alice", "alice"), True),
        (Person("alice", "alice"), Person("alice", "alice", "oftc"), False),
        (Person("a", "a", "", "ann"), Person("b", "b", "oftc", "ann"), True),
        (Person("a", "a", "", "ann"), Person("a", "a", "", "bob"), False),
        # What the configuration calls only one of them settles nothing.
        (Person("alice", "alice", "", "ann"), Person("alice", "alice"), True),
        (Person("alice", "alice"), Person("bob", "bob", "", "ann"), False),
        # The people of a relay are nobody here, nor those of another relay.
        (Person("carol", via="discord"), Person("carol"), False),
        (Person("carol", via="discord"), Person("carol", via="slack"), False),
        (Person("carol", via="discord"), Person("Carol", via="discord"), True),
    ],
)
def test_an_account_on_record_decides(known, somebody, same):
    assert is_same(known, somebody) is same


def test_two_on_record_are_one_by_accounts_or_by_nicks():
    assert same_person(Person("a", "x"), Person("b", "X"))
    assert not same_person(Person("a"), Person("a", "a"))


def test_accounts_and_nicks_are_compared_as_the_network_compares_them():
    for one, other in (
        (Person("a[b]"), Person("a{b}")),
        (Person("x", "a[b]"), Person("x", "a{b}")),
    ):
        assert is_same(one, other)
        assert same_person(one, other)
        assert key_of(one) == key_of(other)
        assert not is_same(one, other, "ascii")
        assert not same_person(one, other, "ascii")
        assert key_of(one, "ascii") != key_of(other, "ascii")


def test_who_speaks_through_a_relay_has_a_key_of_their_own():
    assert key_of(Person("carol via discord", via="discord")) == ">carol via discord"
    assert speaker(line("12:00", "carol via discord", via="discord")).via == "discord"


def test_a_key_has_no_colon_and_names_the_network():
    assert key_of(Person("a", "x:y", "oftc")) == "oftc @x y"
    assert key_of(Person("a", None, "", "a:b")) == "=a b"


def test_the_same_nick_on_another_network_is_somebody_else():
    talk = led()
    oftc = {"network": "oftc", "account": "alice"}
    assert "only alice" in said(talk, "12:01", "alice", "!inc @1 handoff bob", **oftc)[0]
    said(talk, "12:02", "alice", "!inc @1 drop 1", **oftc)
    assert talk.incident.holder().network == ""


def test_who_is_one_on_two_networks_by_the_configuration_is_one():
    people = {"alice": (("", "alice"), ("oftc", "al"))}
    talk = led(setting(people=people, network_channels={"oftc": ("#mozmeao",)}))
    said(talk, "12:01", "alix", "!inc @1 handoff bob", network="oftc", account="al")
    assert talk.incident.offers["lead"].to.nick == "bob"


def test_a_thief_of_a_nick_does_not_lead_though_nobody_saw_the_owner_leave():
    talk = led()
    for account in ("", None, "mallory"):
        answer = said(talk, "12:03", "alice", "!inc handoff mallory", account=account)
        assert "alice (account alice)" in answer[0]
    assert not talk.incident.offers


def test_who_comes_back_under_the_nick_without_the_account_is_not_back():
    talk = led()
    does(talk, "12:01", "alice", LineKind.QUIT, **ALICE)
    does(talk, "12:02", "alice", LineKind.JOIN, channel="#mozmeao", account="")
    assert talk.incident.departed(talk.incident.holder())
    does(talk, "12:03", "alice_", LineKind.JOIN, channel="#mozmeao", **ALICE)
    assert not talk.incident.departed(talk.incident.holder())
    assert talk.incident.holder().nick == "alice_"


def test_an_offer_is_to_the_account_that_the_nick_was_seen_with():
    talk = led()
    does(talk, "12:01", "bob", LineKind.JOIN, channel="#mozmeao", account="bob")
    said(talk, "12:02", "alice", "bob has agreed to take over IL", **ALICE)
    assert talk.incident.offers["lead"].to == Person("bob", "bob")
    does(talk, "12:03", "bob", LineKind.QUIT, account="bob")
    said(talk, "12:04", "bob", "Confirmed, I am now IL", account="")
    assert talk.incident.holder().nick == "alice"
    said(talk, "12:05", "robert", "Confirmed, I am now IL", account="bob")
    assert talk.incident.holder() == Person("robert", "bob")


def test_an_account_told_after_the_offer_is_the_offer_s():
    talk = led()
    said(talk, "12:01", "alice", "bob has agreed to take over IL", **ALICE)
    assert talk.incident.offers["lead"].to.account is None
    does(talk, "12:02", "bob", LineKind.ACCOUNT, account="bob")
    assert talk.incident.offers["lead"].to.account == "bob"


def test_a_passer_by_renames_nobody_who_has_left():
    talk = Talk()
    said(talk, "12:00", "ann", "!inc declare MDN is down")
    said(talk, "12:01", "ann", "bob has agreed to take over IL")
    does(talk, "12:02", "bob", LineKind.QUIT)
    does(talk, "12:03", "eve", LineKind.NICK, "bob")
    does(talk, "12:04", "bob", LineKind.NICK, "mallory")
    assert talk.incident.offers["lead"].to.nick == "bob"
    does(talk, "12:05", "ann", LineKind.NICK, "annie")
    assert talk.incident.holder().nick == "annie"


def test_an_operator_vouches_while_accounts_are_not_told():
    talk = led()
    does(talk, "12:01", "alice", LineKind.QUIT, **ALICE)
    assert "channel operator" in said(talk, "12:02", "alice", "!inc confirm alice", account="")[0]
    told = said(talk, "12:03", "op", "!inc confirm alice", account="", operator=True)
    assert "account alice" in told[0]
    said(talk, "12:04", "alice", "!inc handoff bob", account="")
    assert talk.incident.offers["lead"].to.nick == "bob"
    does(talk, "12:05", "alice", LineKind.PART, channel="#mozmeao", account="")
    assert not talk.incident.confirmed
    assert (
        "nobody with an account"
        in (said(talk, "12:06", "op", "!inc confirm zoe", operator=True)[0])
    )


def test_nobody_is_vouched_for_once_the_bot_was_away():
    talk = led()
    said(talk, "12:03", "op", "!inc confirm alix alice", account="", operator=True)
    assert talk.incident.is_confirmed("alix")
    talk.engine.absent("", "#mozmeao", at("12:04"), at("12:05"))
    assert not talk.incident.is_confirmed("alix")


def test_casemapping_ascii_tells_brackets_apart():
    talk = Talk()
    talk.engine.compared_by("", "ascii")
    said(talk, "12:00", "a[x]", "!inc declare MDN is down")
    assert talk.incident.casemapping == "ascii"
    said(talk, "12:01", "a{x}", "!inc handoff bob")
    assert not talk.incident.offers
    does(talk, "12:02", "a{x}", LineKind.QUIT)
    assert not talk.incident.away
    said(talk, "12:03", "A[X]", "!inc handoff bob")
    assert talk.incident.offers


@pytest.mark.parametrize("kind", ["mana", "wiki", "markdown", "mediawiki", "html", "text"])
def test_words_of_a_thief_never_read_as_the_owner_s(kind):
    talk = led()
    said(talk, "12:01", "alice", "TL: mine", **ALICE)
    does(talk, "12:02", "alice", LineKind.QUIT, **ALICE)
    said(talk, "12:03", "alice", "TL: not mine", account="")
    said(talk, "12:04", "alice", "TL: nor this", account="mallory")
    text = render(talk.incident, talk.setting.process, kind)
    assert "no account known" in text
    assert "account mallory" in text
    public = render(talk.incident, talk.setting.process, kind, edition="public")
    assert "mallory" not in public


def test_json_says_who_by_account_and_network():
    talk = led()
    said(talk, "12:01", "alice", "TL: x", account="mallory")
    shown = as_json(talk.incident, talk.setting.process)
    assert shown["identified_by"] == "account"
    assert [row["account"] for row in shown["timeline"] if row["n"]] == ["mallory"]
    assert shown["roles"][0]["account"] == "alice"


def test_somebody_of_another_network_is_shown_as_such():
    talk = led()
    said(talk, "12:01", "alice", "TL 1: x", network="oftc", account="alice")
    note = talk.incident.notes[0]
    assert called(talk.incident, note.by) == "alice (on oftc)"
    assert told_apart(talk.incident).notes[0].by.nick == "alice (on oftc)"


def test_where_several_had_a_nick_the_bot_asks_whom_to_forget():
    talk = led()
    said(talk, "12:01", "alice", "TL: mine", **ALICE)
    said(talk, "12:02", "alice", "TL: stolen", account="mallory")
    asked = said(talk, "12:03", "alice", "!inc forget alice", **ALICE)
    assert "account alice, account mallory" in asked[0]
    said(talk, "12:04", "alice", "!inc forget alice mallory", account="mallory")
    assert [note.text for note in talk.incident.notes] == ["mine", ""]
    assert talk.incident.holder().nick == "alice"


def test_who_has_the_leaders_nick_is_told_apart_from_the_leader():
    talk = Talk(accounts={"ann": "ann", "bob": "bob"})
    talk.tell("--- #mozmeao\n12:00 <ann> !inc declare MDN is down")
    for stamp, words, told in (
        ("12:02", "!inc resolve", "ann: ann (no account known) says that incident 1 is resolved."),
        (
            "12:03",
            "!inc security",
            "ann: ann (no account known) says that incident 1 is a security",
        ),
        ("12:04", "!inc lead", "ann: ann (account ann) is IL."),
    ):
        assert told in " ".join(talk.hear(line(stamp, "ann", words, account="")))
    talk.hear(line("12:05", "ann", "bye", account="ann", kind=LineKind.QUIT, channel=""))
    taken = talk.hear(line("12:06", "ann", "!inc lead", account=""))
    assert taken[0] == (
        "12:06 -ilbot- ann (no account known) is now IL (ann (account ann) was, for 5 minutes)."
    )
