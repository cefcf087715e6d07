"""The header's facts: what they were, who changed them, and taking a change back by its number."""

from __future__ import annotations

from datetime import timedelta

import pytest
from core import LED, NOON, Talk, check, english, replies_to

from ircbot.incident import events as e
from ircbot.incident.view import as_json, timeline

CHANGED = (
    LED
    + """
    12:01 <metadave> !inc summary the wiki is down
    12:01 <ilbot> metadave: summary: the wiki is down. Before: MDN is down. !inc undo C1 takes it back.
    12:02 <metadave> !inc impact nobody can log in.
    12:02 <ilbot> metadave: impact: nobody can log in
    12:03 <metadave> !inc impact all is well
    12:03 <ilbot> metadave: impact: all is well. Before: nobody can log in. !inc undo C3 takes it back.
"""
)


def test_a_change_says_what_was_before_and_how_to_take_it_back():
    told = check(
        CHANGED
        + """
        12:04 <metadave> !inc undo c3
        12:04 <ilbot> metadave: impact is again: nobody can log in
        12:05 <metadave> !inc undo C1
        12:05 <ilbot> metadave: summary is again: MDN is down
        """
    )
    assert told.incident.impact == "nobody can log in."
    assert told.incident.summary == "MDN is down"
    assert [(c.n, c.what, c.undoes) for c in told.incident.changes] == [
        (1, "summary", 0),
        (2, "impact", 0),
        (3, "impact", 0),
        (4, "impact", 3),
        (5, "summary", 1),
    ]


def test_the_changes_are_listed_newest_first():
    check(
        CHANGED
        + """
        12:04 <metadave> !inc milestone started 11:50
        12:04 <ilbot> metadave: started 11:50 UTC.
        12:05 <metadave> !inc undo C
        12:05 <ilbot> metadave: C4 started: 11:50 UTC (before: not known), by metadave
        12:05 <ilbot> metadave: C3 impact: all is well (before: nobody can log in), by metadave
        12:05 <ilbot> metadave: C2 impact: nobody can log in (before: not known), by metadave, and 1 more
        12:06 <metadave> !inc undo C4
        12:06 <ilbot> metadave: started is again: not known
        """
    )


def test_there_may_be_nothing_to_list_or_no_such_number():
    check(
        LED
        + """
        12:01 <metadave> !inc undo C
        12:01 <ilbot> metadave: the header was not changed.
        12:02 <metadave> !inc undo C7
        12:02 <ilbot> metadave: there is no C7; !inc undo C lists the changes.
        """
    )


def test_a_summary_that_is_not_for_irc_is_not_listed():
    text = LED + "12:01 <metadave> !inc summary a leak of passwords\n12:02 <metadave> !inc undo C"
    assert "leak" in replies_to(text)[-1]
    talk = Talk()
    talk.tell(LED + "12:01 <metadave> !inc summary a leak of passwords")
    talk.tell("12:02 <metadave> !inc security")
    listed = talk.tell("12:03 <metadave> !inc undo C")
    assert (
        listed[-1]
        == "12:03 <ilbot> metadave: C1 summary: not for IRC (before: not for IRC), by metadave"
    )


def test_the_timeline_and_the_json_have_what_was_before():
    talk = check(CHANGED)
    rows = [row for row in timeline(talk.incident) if row.kind == "changed"]
    assert [(row.text, row.before, row.by.nick) for row in rows] == [
        ("C1 summary: the wiki is down", ("MDN is down",), "metadave"),
        ("C3 impact: all is well", ("nobody can log in.",), "metadave"),
    ]
    shown = as_json(talk.incident, english())
    assert [c["undone"] for c in shown["corrections"]] == [False, False]
    assert shown["corrections"][1] == {
        "n": 3,
        "what": "impact",
        "from": "nobody can log in.",
        "to": "all is well",
        "by": "metadave",
        "at": "2018-01-10T12:03:00Z",
        "undone": False,
    }


def test_severities_have_their_times_and_what_they_were():
    talk = check(LED)
    talk.tell("12:10 <metadave> !inc severity 1\n12:20 <metadave> !inc severity 2")
    talk.tell("12:30 <metadave> !inc milestone started unknown\n12:40 <metadave> !inc resolve")
    shown = as_json(talk.incident, english())
    assert shown["severities"] == [
        {"severity": "1", "from": "2018-01-10T12:10:00Z", "to": "2018-01-10T12:20:00Z"},
        {"severity": "2", "from": "2018-01-10T12:20:00Z", "to": "2018-01-10T12:40:00Z"},
    ]
    rows = [row for row in timeline(talk.incident) if row.kind == "severity"]
    assert [(row.text, row.before) for row in rows] == [("1", ()), ("2", ("1",))]
    assert [c["what"] for c in shown["corrections"]] == ["severity"]


@pytest.mark.parametrize(
    ("first", "second", "what", "old"),
    [
        (e.Summarised("one"), e.Summarised("two"), "summary", "one"),
        (e.VideoSet("here"), e.VideoSet("there"), "video", "here"),
        (e.MilestoneSet("started", NOON), e.MilestoneSet("started", None), "started", NOON),
        (e.MilestoneSet("told", NOON), e.MilestoneSet("told", None), "told", NOON),
        (
            e.MilestoneSet("mitigated", NOON),
            e.MilestoneSet("mitigated", NOON + timedelta(minutes=1)),
            "mitigated",
            NOON,
        ),
    ],
)
def test_every_fact_goes_back_to_what_it_was(first, second, what, old):
    from report.tale import Tale

    tale = Tale().tell(e.Declared("", "tale")).tell(first).tell(second)
    assert tale.incident.fact(what) != old
    assert tale.tell(e.ChangeUndone(2)).incident.fact(what) == old
    assert tale.incident.was_undone(2)
    before = tale.incident
    assert tale.tell(e.ChangeUndone(99)).incident.changes == before.changes
