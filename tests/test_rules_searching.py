"""What is looked for in all incidents: what is sought, and who is told what was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from core import LED, NOON, Talk, line, setting
from test_rules_private import where

from ircbot.incident.hits import (
    FoundIncident,
    Hit,
    Passage,
    SearchFilter,
    SearchRequest,
    SearchResult,
)
from ircbot.incident.line import Source
from ircbot.incident.memory import Memory
from ircbot.incident.rules import hear
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.searching import tell


def at(clock: str, *, day: int = 10, year: int = 2018) -> datetime:
    return datetime.fromisoformat(f"{year}-01-{day:02}T{clock}:00+00:00")


OLD = FoundIncident(
    41, "certificate of the ELB", "closed", NOON, "#mozmeao", "#mozmeao",
    seconds=4200, ended="it was renewed",
)  # fmt: skip


def hit(
    found: FoundIncident = OLD, kind: str = "note", text: str = "the \x01cert\x02 is old"
) -> Hit:
    return Hit(found, Passage(kind, 7, NOON, "bob", text), text)


def sought(talk: Talk, text: str, nick: str = "ann", channel: str = "#mozmeao", **more: object):
    said = line("12:30", nick, text, channel, **more)
    return hear(talk.state, said, talk.engine.setting, Memory()).sought


def told(talk: Talk, of: SearchRequest, **found: object) -> list[tuple[str, str]]:
    """To whom what is said of what was found."""
    ctx = Context(talk.state, of.line, talk.engine.setting, Memory())
    tell(ctx, SearchResult(of, **found))  # type: ignore[arg-type]
    return [(reply.to, reply.text) for reply in ctx.outcome().replies]


def asked(talk: Talk, nick: str = "ann", channel: str = "#mozmeao", like: int = 0, **more: object):
    return SearchRequest(line("12:30", nick, "!inc search cert", channel, **more), "cert", like)


def test_a_search_is_of_its_words():
    (one,) = sought(Talk(), '!inc search "no listeners" ELB')
    assert (one.words, one.like, one.aside) == ('"no listeners" ELB', 0, False)
    (one,) = sought(Talk(), "search ELB", channel="")
    assert one.words == "ELB"


def test_a_search_for_nothing_is_told_how_to():
    assert Talk().tell("12:00 <ann> !inc search")[1:] == ["12:00 <ilbot> ann: !inc search WORDS"]


def test_what_a_log_asked_is_not_looked_up():
    assert sought(Talk(), "!inc search ELB", source=Source.IMPORT) == ()
    assert sought(Talk(), "!inc declare MDN is down", source=Source.RECOVERED) == ()


def test_a_search_is_narrowed():
    (one,) = sought(
        Talk(),
        '!inc search since:2018-01 until:2018-01-12 "no listeners" IN:timeline --nick bob ELB',
    )
    assert one.words == '"no listeners" ELB'
    assert one.wanted == SearchFilter(
        at("00:00", day=1), at("00:00", day=13), nick="bob", place="timeline"
    )


@pytest.mark.parametrize(
    "typed",
    ["search since:soon ELB", "search in:attic ELB", "list status:late", "list until=2018-13"],
)
def test_a_filter_that_is_none_is_said(typed):
    talk = Talk()
    assert sought(talk, f"!inc {typed}") == ()
    said = talk.tell(f"12:00 <ann> !inc {typed}")[-1]
    assert said.endswith(f"; !inc help {typed.split()[0]} shows how to type it.")


def test_a_search_that_is_all_filters_and_a_list_that_has_other_words_are_told_how_to():
    assert " !inc search WORDS" in Talk().tell("12:00 <ann> !inc search nick:bob")[-1]
    assert " !inc list [open" in Talk().tell("12:00 <ann> !inc list the old ones")[-1]


def test_a_list_of_all_incidents_is_looked_up():
    (one,) = sought(Talk(), '!inc list closed product:"Open verse" severity:1 since:7d until:2018')
    assert one.lists
    assert one.wanted == SearchFilter(
        at("12:30", day=3), at("00:00", day=1, year=2019), "Open verse", "1", status="closed"
    )
    assert sought(Talk(), "!inc list") == ()


def test_incidents_are_listed_in_few_lines():
    of = replace(asked(Talk()), words="")
    still = replace(OLD, id=42, status="open", seconds=None, title="", drill=True)
    whole = replace(OLD, severity="1", leader="bob")
    assert told(Talk(), of, listed=(still, whole), more=12) == [
        ("#mozmeao", "ann: 42 open (drill): no summary yet (2018-01-10, 30 min)"),
        (
            "#mozmeao",
            "ann: 41 closed, severity 1: certificate of the ELB (2018-01-10, 1 h 10 min, "
            "led by bob) and 12 more",
        ),
    ]
    assert told(Talk(), of)[0][1].startswith("ann: nothing found, as far")


def test_a_list_shows_what_may_be_shown_and_who_took_part_to_who_hears_the_talk():
    talk = Talk(where(hidden=True))
    of = replace(asked(talk, "carol", "#moc"), words="")
    assert len(told(talk, of, listed=(OLD, replace(OLD, id=40)))) == 2
    for hidden in ({"private": True}, {"guarded": True}):
        (said,) = told(talk, of, listed=(replace(OLD, **hidden),))
        assert said[1].startswith("carol: nothing found, as far")
    (said,) = told(talk, replace(of, wanted=SearchFilter(nick="bob")), listed=(OLD,))
    assert said[1].startswith("carol: nothing found, as far")


def test_who_may_search_is_in_the_table():
    talk = Talk(setting(access={"search": ()}))
    assert sought(talk, "!inc search ELB") == ()
    assert (
        "only the operators in my configuration may search"
        in talk.tell("12:00 <ann> !inc search ELB")[-1]
    )


def test_similar_is_of_an_incidents_header():
    talk = Talk()
    talk.tell(LED)
    (one,) = sought(talk, "!inc similar")
    assert (one.words.strip(), one.like, one.aside) == ("MDN is down", 1, False)


def test_similar_tells_nothing_of_a_hidden_channels_talk():
    talk = Talk(where(hidden=True))
    talk.tell(LED)
    assert sought(talk, "!inc @1 similar", "carol", "#moc") == ()
    assert "#mozmeao" in talk.tell("12:31 #moc <carol> !inc @1 similar")[-1]


# --- a leader is told -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "!inc declare MDN is down",
        "I am declaring an incident: MDN is down. I am the incident leader",
    ],
)
def test_who_declares_and_leads_is_told_what_it_is_like(text):
    (one,) = sought(Talk(), text)
    assert (one.words.strip(), one.like, one.aside) == ("MDN is down", 1, True)


def test_who_leads_first_is_told_and_nobody_after_them():
    talk = Talk()
    talk.tell("12:00 <ann> I am declaring an incident: MDN is down")
    assert [one.aside for one in sought(talk, "I am the incident leader", "bob")] == [True]
    talk.tell("12:01 <bob> I am the incident leader\n12:02 <bob> !inc handoff ann")
    assert sought(talk, "!inc accept") == ()


def test_of_a_security_matter_nothing_is_looked_up():
    talk = Talk()
    talk.tell("12:00 <ann> I am declaring an incident: MDN is down\n12:01 <ann> !inc security")
    assert sought(talk, "I am the incident leader", "bob") == ()


def test_where_the_bot_is_quiet_nothing_is_looked_up_unasked():
    talk = Talk(setting(quiet=True))
    assert sought(talk, "!inc declare MDN is down") == ()


def test_another_role_is_no_lead():
    talk = Talk()
    talk.tell(LED)
    assert sought(talk, "!inc role scribe ann") == ()


def test_what_it_is_like_is_one_private_line():
    aside = replace(asked(Talk(), like=42), aside=True)
    stopped = replace(OLD, title=f"{OLD.title}.", ended=f"{OLD.ended}.")
    assert told(Talk(), aside, alike=(stopped, replace(OLD, id=40))) == [
        (
            "ann",
            "like 41 (2018-01-10, 1 h 10 min): certificate of the ELB; what ended it: it was renewed",
        )
    ]
    assert told(Talk(), aside) == []
    assert told(Talk(), aside, trouble="the disk is full") == []


# --- what is told, and to whom ----------------------------------------------------------------------


def test_a_hit_shows_the_incident_the_day_and_the_words_around():
    of = asked(Talk())
    summary = hit(replace(OLD, title=""), "summary")
    assert told(Talk(), of, hits=(hit(), summary), more=True) == [
        ("#mozmeao", "ann: 41 (2018-01-10): certificate of the ELB — #7 bob: the cert is old"),
        (
            "#mozmeao",
            "ann: 41 (2018-01-10): no summary yet — summary bob: the cert is old (and more)",
        ),
    ]


def test_what_is_like_an_incident_is_told_where_it_was_asked():
    of = asked(Talk(), like=42)
    long = replace(OLD, ended="", title="word " * 40, seconds=None)
    assert told(Talk(), of, alike=(long,)) == [
        ("#mozmeao", f"ann: like 41 (2018-01-10, 0 s): {'word ' * 15}word … "[:-1])
    ]
    assert told(Talk(), of)[0][1].startswith("ann: I know of none like it")


def test_nothing_found_and_nothing_looked_up_are_said():
    of = asked(Talk())
    assert told(Talk(), of)[0][1].startswith("ann: nothing found, as far")
    assert told(Talk(), of, trouble="the disk is full.") == [
        ("#mozmeao", "ann: I cannot search now: the disk is full.")
    ]


HIDDEN_TALK = {"kind": "note"}


@pytest.mark.parametrize(
    ("nick", "channel", "found", "hidden", "kinds"),
    [
        ("carol", "#moc", {}, False, ["note", "summary"]),
        ("carol", "#moc", {"private": True}, False, []),
        ("ann", "#mozmeao", {"private": True}, False, ["note", "summary"]),
        ("ann", "#mozmeao", {"guarded": True}, False, []),
        ("carol", "#moc", {}, True, ["summary"]),
        ("ann", "#mozmeao", {}, True, ["note", "summary"]),
        ("ann", "", {}, True, ["note", "summary"]),
        ("carol", "", {}, True, ["summary"]),
        ("carol", "", {"private": True}, False, []),
        ("eve", "", {}, False, []),
        ("ann", "#mozmeao", {"network": "other"}, False, ["note", "summary"]),
        ("ann", "#mozmeao", {"network": "other", "private": True}, False, []),
    ],
)
def test_who_may_be_shown_it_is_shown_it(nick, channel, found, hidden, kinds):
    talk = Talk(where(hidden=hidden))
    old = replace(OLD, **found)
    hits = tuple(hit(old, kind) for kind in ("note", "summary"))
    said = [text for _, text in told(talk, asked(talk, nick, channel), hits=hits)]
    shown = [kind for kind in ("note", "summary") if any({"note": "#7 bob"}.get(kind, "summary bob")
             in text for text in said)]  # fmt: skip
    assert shown == kinds
    alike = told(talk, asked(talk, nick, channel, like=42), alike=(old,))
    assert any("it was renewed" in text for _, text in alike) is ("note" in kinds)


def test_an_incident_is_shown_as_it_is_now_whatever_was_found():
    talk = Talk(where())
    talk.tell(LED)
    before = FoundIncident(1, "MDN is down", "open", at("12:00"), "#mozmeao", "#mozmeao")
    assert "cert" in told(talk, asked(talk, "carol", "#moc"), hits=(hit(before),))[0][1]
    talk.tell("12:01 <metadave> !inc security")
    said = told(talk, asked(talk, "carol", "#moc"), hits=(hit(before),))
    assert said[0][1].startswith("carol: nothing found, as far")
