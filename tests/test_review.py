"""How each step of a process was met: one table, a small incident for each verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from kept import NOON, lines, surroundings
from report.tale import Tale

from ircbot.incident.events import Declared, HolderLeft, Resolved, RoleTaken
from ircbot.incident.line import Source
from ircbot.incident.memory import Memory
from ircbot.incident.people import Person
from ircbot.incident.process import Process, Role, Severity, Step, Updates
from ircbot.incident.review import MEASURES, Finding, Verdict, review
from ircbot.incident.rules import hear
from ircbot.incident.state import Incident, State, replay

DECLARED = "12:00 <ann> !inc declare MDN is down"
UNLED = "12:00 <ann> I am declaring an incident: MDN is down"

# (measure, limit, name, what is said, verdict, text, entries)
CASES = [
    ("leader within", 5, "", [DECLARED], "met", "at once (ann)", ()),
    ("leader within", 5, "", [UNLED], "pending", "no incident leader on record", ()),
    (
        "leader within",
        5,
        "",
        [UNLED, "12:09 <bob> !inc resolve"],
        "missed",
        "no incident leader on record",
        (),
    ),
    (
        "leader within",
        5,
        "",
        [UNLED, "12:09 <bob> I am the incident leader"],
        "late",
        "after 9 minutes (bob)",
        (),
    ),
    ("role within", 5, "notes", [DECLARED], "pending", "no note taker on record", ()),
    (
        "role within",
        5,
        "notes",
        [DECLARED, "12:02 <bob> !inc role notes"],
        "met",
        "after 2 minutes (bob)",
        (),
    ),
    ("role within", 5, "cook", [DECLARED], "pending", "no cook on record", ()),
    ("always led", 5, "", [DECLARED, "13:00 <ann> !inc resolve"], "met", "always", ()),
    (
        "always led",
        5,
        "",
        [UNLED, "12:20 <bob> I am the incident leader", "13:00 <bob> !inc resolve"],
        "missed",
        "20 minutes without, of 60 minutes",
        (),
    ),
    (
        "updates kept",
        0,
        "",
        [DECLARED, "12:20 <ann> TL: a", "12:40 <ann> !inc update b", "13:00 <ann> !inc resolve"],
        "met",
        "longest silence 20 minutes (12:00–12:20 UTC), 0 of 3 over 30 minutes",
        (),
    ),
    (
        "updates kept",
        0,
        "",
        [DECLARED, "12:20 <ann> TL: a", "13:00 <ann> TL: b", "13:10 <ann> !inc resolve"],
        "late",
        "longest silence 40 minutes (12:20–13:00 UTC), 1 of 3 over 30 minutes",
        (2,),
    ),
    (
        "updates kept",
        0,
        "",
        [DECLARED, "12:01 <ann> !inc severity 1", "12:20 <ann> TL: a", "12:30 <ann> !inc resolve"],
        "late",
        "longest silence 20 minutes (12:00–12:20 UTC), 1 of 2 over 10 minutes",
        (1,),
    ),
    (
        "updates kept",
        60,
        "",
        [DECLARED, "12:50 <ann> !inc resolve"],
        "met",
        "longest silence 50 minutes (12:00–12:50 UTC), 0 of 1 over 60 minutes",
        (),
    ),
    ("notified", 15, "", [DECLARED], "pending", "no call by name on record", ()),
    (
        "notified",
        15,
        "",
        [DECLARED, "12:03 <ann> ping bob, cat MDN is down"],
        "met",
        "after 3 minutes (bob, cat)",
        (),
    ),
    ("reasons given", 0, "", [DECLARED], "not applicable", "no call by name on record", ()),
    (
        "reasons given",
        0,
        "",
        [DECLARED, "12:03 <ann> ping bob"],
        "missed",
        "in 0 of 1 call",
        (),
    ),
    (
        "reasons given",
        0,
        "",
        [DECLARED, "12:03 <ann> ping bob MDN is down"],
        "met",
        "in 1 of 1 call",
        (),
    ),
    ("escalated", 300, "", [DECLARED], "pending", "not yet 5 h 00 min", ()),
    ("escalated", 30, "", [DECLARED, "12:20 <ann> !inc resolve"], "not applicable", None, ()),
    ("escalated", 30, "", [DECLARED, "12:40 <ann> !inc resolve"], "missed", None, ()),
    (
        "escalated",
        30,
        "",
        [DECLARED, "12:34 <ann> ping bob MDN is down"],
        "met",
        "after 34 minutes (bob)",
        (),
    ),
    (
        "escalated",
        30,
        "",
        [DECLARED, "12:36 <ann> ping bob MDN is down"],
        "late",
        "after 36 minutes (bob)",
        (),
    ),
    ("comms named", 10, "", [DECLARED], "pending", "not on record", ()),
    (
        "comms named",
        10,
        "",
        [DECLARED, "12:12 <ann> !inc channel #mdndev"],
        "late",
        "after 12 minutes (#mdndev)",
        (),
    ),
    ("severity set", 0, "", [DECLARED, "12:12 <ann> !inc severity 1"], "met", None, ()),
    ("video named", 0, "", [DECLARED, "12:12 <ann> !inc video https://v.example"], "met", None, ()),
    ("there", 0, "notified", [DECLARED], "pending", "not on record", ()),
    ("there", 0, "resolved", [DECLARED, "12:12 <ann> !inc resolve"], "met", "done", ()),
    (
        "there",
        10,
        "link",
        [DECLARED, "12:12 <ann> !inc link https://x.example post"],
        "late",
        "after 12 minutes",
        (),
    ),
    ("afterwards", 0, "why", [DECLARED, "12:12 <ann> !inc resolve"], "pending", None, ()),
    (
        "afterwards",
        10,
        "why",
        [DECLARED, "12:12 <ann> !inc resolve", "12:20 <ann> !inc why the disk"],
        "met",
        "after 8 minutes",
        (),
    ),
    (
        "afterwards",
        0,
        "why",
        [DECLARED, "12:12 <ann> !inc resolve", "12:13 <ann> !inc close"],
        "missed",
        "not on record",
        (),
    ),
    ("afterwards", 0, "why", [DECLARED, "12:12 <ann> !inc why the disk"], "met", "done", ()),
    ("entries kept", 2, "", [DECLARED, "12:12 <ann> TL: a"], "pending", "1 entry, not yet 2", (1,)),
    (
        "entries kept",
        2,
        "",
        [DECLARED, "12:12 <ann> TL: a", "12:13 <ann> TL: b"],
        "met",
        "2 entries",
        (1, 2),
    ),
    ("baton accepted", 0, "", [DECLARED], "not applicable", "no hand-over on record", ()),
    (
        "baton accepted",
        0,
        "",
        [DECLARED, "12:12 <ann> !inc handoff bob", "12:13 <bob> !inc accept"],
        "met",
        "in 1 of 1 hand-over",
        (),
    ),
    (
        "baton accepted",
        0,
        "",
        [DECLARED, "15:12 <bob> I am the incident leader"],
        "missed",
        "in 0 of 1 hand-over",
        (),
    ),
    # Nobody is silent while it is over, nor without a leader.
    (
        "updates kept",
        0,
        "",
        [
            DECLARED,
            "12:15 <ann> TL: a",
            "12:20 <ann> !inc resolve",
            "19:02 <ann> !inc reopen again",
            "19:10 <ann> TL: b",
            "19:20 <ann> !inc resolve",
        ],
        "met",
        "longest silence 15 minutes (12:00–12:15 UTC), 0 of 4 over 30 minutes",
        (),
    ),
    (
        "baton accepted",
        0,
        "",
        [DECLARED, "12:20 <ann> !inc resolve", "19:02 <ann> !inc reopen again"],
        "not applicable",
        "no hand-over on record",
        (),
    ),
    ("report in time", 0, "", [DECLARED], "not applicable", "not owed yet", ()),
    (
        "report in time",
        0,
        "",
        [DECLARED, "12:12 <ann> !inc resolve"],
        "pending",
        "due 2018-01-12 12:12 UTC",
        (),
    ),
    (
        "report in time",
        0,
        "",
        [DECLARED, "12:12 <ann> !inc resolve", "12:42 <ann> !inc report done"],
        "met",
        "done after 30 minutes",
        (),
    ),
    ("meeting in time", 0, "", [DECLARED], "not applicable", "not owed yet", ()),
    ("audience told", 0, "nobody", [DECLARED], "pending", "nothing told yet", ()),
    ("actions owned", 0, "", [DECLARED], "pending", "no actions on record", ()),
    (
        "actions owned",
        0,
        "",
        [DECLARED, "12:12 <ann> !inc resolve", "12:13 <ann> !inc close"],
        "missed",
        "no actions on record",
        (),
    ),
    (
        "actions owned",
        0,
        "",
        [DECLARED, "12:12 <ann> !inc action a", "12:13 <ann> !inc action b @bob by friday"],
        "missed",
        "without owner or date: 1",
        (),
    ),
    (
        "actions owned",
        0,
        "",
        [DECLARED, "12:12 <ann> !inc action b @bob by friday"],
        "met",
        "1 action, with owner and date",
        (),
    ),
    ("secret kept", 0, "", [DECLARED], "not applicable", "no security matter", ()),
    ("secret kept", 0, "", [DECLARED, "12:01 <ann> !inc security"], "met", None, ()),
]


def process_with(*steps: Step) -> Process:
    """A process with these steps, a note taker, and a severity with a shorter clock."""
    lead = Role("lead", "incident leader", "IL")
    return Process(
        "small",
        roles={"lead": lead, "notes": Role("notes", "note taker")},
        severities={"1": Severity("1", update_every=timedelta(minutes=10))},
        updates=Updates(every=timedelta(minutes=30)),
        phrases=surroundings().process.phrases,
        language=surroundings().process.language,
        steps=steps,
    )


def told(*script: str, process: Process) -> Incident:
    """The incident these lines make."""
    setting = surroundings()
    setting = type(setting)(process, channels=setting.channels)
    state, memory = State(), Memory()
    for line in lines(*script):
        state = replay(hear(state, line, setting, memory).entries, state)
    return state.incidents[1]


def look(step: Step, script: list[str], now: datetime) -> Finding:
    process = process_with(step)
    (finding,) = review(told(*script, process=process), process, now)
    return finding


@pytest.mark.parametrize(("measure", "limit", "name", "script", "verdict", "text", "shown"), CASES)
def test_a_step_is_judged_by_what_is_on_record(measure, limit, name, script, verdict, text, shown):
    step = Step("step", "A step", measure, limit, (name,) if name else ())
    finding = look(step, script, NOON + timedelta(hours=4))
    assert (finding.step, finding.verdict) == (step, verdict)
    assert text is None or finding.text == text
    assert finding.entries == shown


def test_a_report_that_is_overdue_is_missed():
    step = Step("step", "A step", "report in time")
    finding = look(step, [DECLARED, "12:12 <ann> !inc resolve"], NOON + timedelta(days=9))
    assert finding.verdict is Verdict.MISSED


def test_whether_a_report_came_after_the_end_of_a_log_is_not_known():
    process = process_with(Step("step", "A step", "report in time"))
    incident = told(DECLARED, "12:12 <ann> !inc resolve", process=process)
    imported = replace(incident, source=Source.IMPORT)
    (finding,) = review(imported, process, NOON + timedelta(days=9))
    assert (finding.verdict, finding.text) == ("not known", "due 2018-01-12 12:12 UTC")
    (finding,) = review(imported, process, NOON + timedelta(days=1))
    assert finding.verdict is Verdict.PENDING


def test_a_silence_has_its_day_unless_all_was_over_on_the_first():
    process = process_with(Step("step", "A step", "updates kept"))
    incident = told(DECLARED, "12:10 <ann> TL: a", "12:20 <ann> TL: b", process=process)
    zone = ZoneInfo("Pacific/Auckland")

    def said(hours: float, where: tzinfo | None = None) -> str:
        return review(incident, process, NOON + timedelta(hours=hours), zone=where)[0].text

    assert "(12:20–15:00 UTC)" in said(3)
    assert "(2018-01-10 12:20–2018-01-11 12:00 UTC)" in said(24)
    assert "(01:20–04:00 NZDT)" in said(3, zone)
    assert "(2018-01-11 01:20–2018-01-12 00:00 NZDT)" in said(23, zone)
    of_old = told(DECLARED, "12:10 <ann> TL: a", "23:50 <ann> TL: b", process=process)
    text = review(of_old, process, NOON + timedelta(hours=12.1))[0].text
    assert "(2018-01-10 12:10–23:50 UTC)" in text


def test_a_step_for_other_severities_does_not_apply():
    step = Step("step", "A step", "notified", severities=("1", "2"))
    finding = look(step, [DECLARED], NOON)
    assert (finding.verdict, finding.text) == ("not applicable", "asked for at severity 1, 2 only")


def test_every_measure_is_tried():
    assert {case[0] for case in CASES} == set(MEASURES)


def test_a_role_by_default_whose_holder_was_never_heard_is_not_met():
    roles = {"lead": Role("lead", "incident leader", default=("on_call",))}
    step = Step("led", "A leader within five minutes", "leader within", 5)
    own = Process("own", roles=roles, steps=(step,))
    tale = Tale().tell(Declared("down", "own")).tell(RoleTaken("lead", Person("dan"), "default"))
    (found,) = review(tale.incident, own, NOON)
    assert (found.verdict, found.text) == (Verdict.DEFAULT, "dan, never heard")
    (heard,) = review(tale.note("here", 3, "dan").incident, own, NOON + timedelta(hours=1))
    assert (heard.verdict, heard.text) == (Verdict.MET, "after 3 minutes (dan, by default)")


def test_a_take_over_that_the_bot_asked_for_is_no_missed_step():
    steps = (Step("led", "Always led", "always led", 5), Step("passed", "Baton", "baton accepted"))
    own = Process("own", roles={"lead": Role("lead", "incident leader")}, steps=steps)
    ann, bob = Person("ann"), Person("bob")
    tale = Tale().tell(Declared("down", "own"), by=ann).tell(RoleTaken("lead", ann), by=ann)
    tale.tell(HolderLeft(ann, "quit"), 10, ann).tell(RoleTaken("lead", bob, "gone"), 70, bob)
    led, passed = review(tale.tell(Resolved(), 90, bob).incident, own, NOON)
    assert (led.verdict, led.text) == (Verdict.MISSED, "60 minutes without, of 90 minutes")
    assert passed.verdict is Verdict.NOT_APPLICABLE


def test_of_an_incident_just_declared_no_silence_is_judged():
    step = Step("updates", "Updates", "updates kept")
    own = Process("own", roles={"lead": Role("lead", "incident leader")}, steps=(step,))
    (found,) = review(Tale().tell(Declared("down", "own")).incident, own, NOON)
    assert (found.verdict, found.text) == (Verdict.PENDING, "nothing told yet")


def test_a_silence_over_days_is_shown_with_its_days():
    step = Step("step", "A step", "updates kept")
    finding = look(step, [DECLARED], NOON + timedelta(days=1))
    assert "(2018-01-10 12:00–2018-01-11 12:00 UTC)" in finding.text
