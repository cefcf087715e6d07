"""Nicks of every kind: of other scripts, like words, like each other, like the bot's own."""

from __future__ import annotations

import pytest
from core import LED, Talk, line, setting

from ircbot.incident.line import LineKind
from ircbot.incident.people import fold
from ircbot.incident.setting import FixedPresence, KnownChannel

ODD = [
    "Zoë",
    "1bob",
    "carol/discord",
    "a[m]",
    "{x}|",
    "is",
    "check",
    "lead",
    "дима",
    "日本",
    "🦊fox",
]


def talk_with(nick: str) -> Talk:
    """An incident that metadave leads, and somebody called so."""
    there = KnownChannel(frozenset({"metadave", fold(nick)}))
    talk = Talk(setting(presence=FixedPresence({("", "#mozmeao"): there})))
    talk.tell(LED)
    talk.hear(line("12:01", nick, "it is the cache"))
    return talk


def said(talk: Talk, nick: str, text: str) -> str:
    return "\n".join(talk.hear(line("12:02", nick, text)))


@pytest.mark.parametrize("nick", ODD)
def test_whatever_somebody_is_called_commands_name_them(nick):
    talk = talk_with(nick)
    assert f"{nick}: please confirm" in said(talk, "metadave", f"!inc handoff {nick}")
    assert f"{nick} is now IL" in said(talk, nick, "!inc accept")
    assert f"*ilbot:{nick}*" in said(talk, nick, f"!inc notify {nick} NTP is down")
    said(talk, nick, f"!inc tl last {nick}")
    said(talk, nick, f"!inc action watch @{nick}")
    incident = talk.incident
    assert [note.text for note in incident.notes if note.stands] == ["it is the cache"]
    assert incident.actions[0].owners == (nick,)
    assert f"what {nick} wrote is gone" in said(talk, nick, "!inc forget me")
    assert nick not in {note.by.nick for note in talk.incident.notes}


@pytest.mark.parametrize("nick", ["Zoë", "1bob", "carol/discord", "a[m]", "дима", "x-"])
def test_whatever_somebody_is_called_sentences_name_them(nick):
    talk = talk_with(nick)
    assert f"{nick}: please confirm" in said(talk, "metadave", f"handing the baton to {nick}")
    said(talk, "metadave", f"ping {nick} and 2nd: 5xx rates are up")
    assert talk.incident.calls[-1].nicks == (nick,)


@pytest.mark.parametrize("typed", ["42", "-x", "a,b", "a!b@c", "*", "#moc", "$$*", "x.y"])
def test_what_is_no_nick_is_handed_nothing(typed):
    talk = talk_with("bob")
    assert said(talk, "metadave", f"!inc handoff {typed}") == (
        "12:02 <ilbot> metadave: !inc handoff NICK"
    )


def test_me_is_the_speaker_not_whoever_else_had_the_nick():
    talk = Talk()
    talk.tell(LED)
    talk.hear(line("12:01", "ann", "TL: mine", account="ann"))
    talk.hear(line("12:02", "ann", "TL: also ann's", account=""))
    talk.hear(line("12:03", "ann", "!inc forget me", account=""))
    assert [note.text for note in talk.incident.notes] == ["mine", "also ann's"]
    talk.hear(line("12:04", "ann", "!inc forget me", account="ann"))
    assert [note.text for note in talk.incident.notes if note.text] == ["also ann's"]


def test_somebody_who_is_called_me_is_named_with_their_account():
    talk = Talk()
    talk.tell(LED)
    talk.hear(line("12:01", "me", "TL: mine"))
    talk.hear(line("12:02", "boss", "TL: the boss's"))
    talk.hear(line("12:03", "boss", "!inc forget me none", operator=True))
    assert [note.text for note in talk.incident.notes if note.text] == ["the boss's"]


def test_what_me_did_is_the_speakers():
    talk = talk_with("bob")
    said(talk, "bob", "!inc tl last me")
    said(talk, "bob", "!inc action watch the cache @me by friday")
    said(talk, "bob", "!inc action mend the disk")
    said(talk, "bob", "!inc action 2 @me")
    assert talk.incident.notes[0].by.nick == "bob"
    assert [action.owners for action in talk.incident.actions] == [("bob",), ("bob",)]


def test_the_nick_that_stands_for_who_was_forgotten_is_nobodys():
    talk = talk_with("bob")
    said(talk, "bob", "TL: bob's")
    said(talk, "bob", "!inc forget me")
    token = talk.incident.notes[0].by.nick
    assert token.startswith("someone-")
    before = talk.state
    for nick in (token, token.upper()):
        for text in ("!inc lead", "TL: x", "!inc drop 1", f"!inc forget {token}", "status?"):
            assert said(talk, nick, text) == ""
    talk.hear(line("12:03", token, "mallory", kind=LineKind.NICK))
    assert talk.state is before


def test_a_leader_who_is_forgotten_takes_the_lead_anew_and_hands_it_over():
    talk = talk_with("bob")
    told = said(talk, "metadave", "!inc forget me")
    assert "-ilbot- metadave is no longer IL." in told
    assert talk.incident.holder() is None
    assert "someone-" in talk.incident.terms[0].holder.nick
    said(talk, "metadave", "!inc lead")
    assert talk.incident.holder().nick == "metadave"
    said(talk, "metadave", "!inc handoff bob")
    assert "bob is now IL" in said(talk, "bob", "!inc accept")


def test_who_leads_is_still_leading_when_another_is_forgotten():
    talk = talk_with("bob")
    said(talk, "bob", "!inc forget me")
    assert talk.incident.holder().nick == "metadave"
