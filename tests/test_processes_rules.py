"""What a process may ask of an incident: roles that stand in, statuses, closing, messages, meetings."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from core import Talk, at, check, line, process, replies_to, setting
from icalendar import Calendar

from ircbot.incident.process import (
    Baton,
    Checklist,
    Deadline,
    Meeting,
    Message,
    Role,
    Severity,
    Status,
    Updates,
)
from ircbot.incident.review import Verdict, review
from ircbot.incident.stages import stage
from ircbot.processes import read_process
from ircbot.report.invitation import invitation

LEAD = Role("lead", "incident leader", "IL")
DECLARED = "12:00 <ann> I am declaring an incident: MDN is down"


def under(*roles: Role, **more: object):
    """The surroundings under a process with these roles, whose clocks disturb nobody."""
    around = {key: more.pop(key) for key in ("duty", "products") if key in more}
    quiet = {
        "updates": Updates(every=timedelta(hours=11)),
        "baton": Baton(break_after=timedelta(0)),
    }
    found = process(roles={role.key: role for role in (LEAD, *roles)}, **(quiet | more))
    if lead := next((role for role in roles if role.key == "lead"), None):
        found = replace(found, roles={**found.roles, "lead": lead})
    return setting(found, channels=("#mozmeao",), **around)


def told(surroundings, *script: str) -> Talk:
    talk = Talk(surroundings)
    talk.tell("\n".join(script))
    return talk


def holders(talk: Talk, role: str) -> list[str]:
    return [person.nick for person in talk.incident.holders(role)]


# --- roles by default -----------------------------------------------------------------------------


def test_the_first_there_is_of_several_defaults_has_the_role():
    role = Role("support", "steward", default=("on_call:support", "declarer"))
    assert holders(told(under(role), DECLARED), "support") == ["ann"]
    assert holders(told(under(role, duty={"support": "sue"}), DECLARED), "support") == ["sue"]


def test_a_role_can_go_with_another_until_somebody_says_that_they_have_it():
    lead = replace(LEAD, default=("role:support",))
    support = Role("support", "steward of support", holders=0, default=("declarer",))
    talk = told(under(lead, support), DECLARED)
    assert holders(talk, "lead") == ["ann"]
    talk.tell("12:01 <sue> I am the steward of support")
    assert (holders(talk, "support"), holders(talk, "lead")) == (["sue"], ["sue"])
    assert "12:01 -ilbot- sue is IL until somebody else is." in talk.written
    talk.tell("12:02 <bob> I am the incident leader\n12:03 <tom> I am the steward of support")
    assert (holders(talk, "support"), holders(talk, "lead")) == (["sue", "tom"], ["bob"])


def test_who_stands_in_stays_while_the_first_of_those_they_stand_in_for_does():
    lead = replace(LEAD, default=("role:support",))
    support = Role("support", "steward of support", holders=0)
    talk = told(under(lead, support), DECLARED, "12:01 <sue> I am the steward of support")
    assert talk.tell("12:02 <tom> I am the steward of support")[1:] == [
        "12:02 -ilbot- tom is steward of support."
    ]
    assert holders(talk, "lead") == ["sue"]


def test_who_stands_in_from_the_declaration_on_is_told_with_it():
    lead = replace(LEAD, default=("role:support",))
    given = under(lead, Role("support", "steward of support"))
    talk = told(given, f"{DECLARED}. I am the steward of support")
    assert (holders(talk, "support"), holders(talk, "lead")) == (["ann"], ["ann"])
    assert not [line for line in talk.written if "until somebody else is" in line]


def test_who_stands_in_and_says_so_has_one_term():
    role = Role("notes", "note taker", default=("declarer",))
    talk = told(under(role), DECLARED, "12:05 <ann> I am the note taker")
    assert [(t.how, t.since) for t in talk.incident.terms] == [("claimed", at("12:00"))]


def test_whoever_claims_it_takes_the_place_of_who_stands_in():
    role = Role("notes", "note taker", default=("declarer",))
    talk = told(under(role), DECLARED, "12:05 <ned> I am the note taker")
    assert holders(talk, "notes") == ["ned"]


def test_without_acknowledgement_the_lead_passes_at_once():
    lead = replace(LEAD, acknowledged=False)
    talk = told(
        under(lead), "12:00 <ann> !inc declare MDN is down", "12:05 <ann> handing over IL to bob"
    )
    assert holders(talk, "lead") == ["bob"]


@pytest.mark.parametrize("apart", [("lead", "notes"), ("notes", "lead")])
def test_what_may_not_be_held_together_is_refused_in_either_order(apart):
    roles = {"lead": LEAD, "notes": Role("notes", "note taker")}
    roles[apart[0]] = replace(roles[apart[0]], exclusive=(apart[1],))
    given = under(*roles.values())
    started = (
        "12:00 <ann> I am declaring an incident: MDN is down",
        "12:01 <bob> I am the note taker",
    )
    talk = told(given, *started, "12:02 <bob> I am the incident leader")
    assert holders(talk, "lead") == []
    assert "cannot be held together" in talk.written[-1]
    talk = told(
        given, DECLARED, "12:01 <bob> I am the incident leader", "12:02 <bob> I am the note taker"
    )
    assert holders(talk, "notes") == []


def test_a_role_is_given_up_only_where_nobody_has_to_take_it_over():
    cast = Role("cast", "helping hand", holders=0, acknowledged=False)
    notes = Role("notes", "note taker")
    check(
        """
        --- #mozmeao
        12:00 <ann> !inc declare MDN is down
        12:00 -ilbot- Incident 1 is open: MDN is down. IL: ann. TL: lines here go on record.
        12:01 <bob> !inc role cast
        12:01 -ilbot- bob is helping hand.
        12:02 <bob> !inc role notes
        12:02 -ilbot- bob is note taker.
        12:03 <bob> !inc role cast none
        12:03 -ilbot- bob is no longer helping hand.
        12:04 <bob> !inc role notes none
        12:04 <ilbot> bob: note taker passes on when somebody else has taken it: !inc role note taker NICK
        12:05 <ann> !inc role lead none
        12:05 <ilbot> ann: incident leader passes on when somebody else has taken it: !inc role incident leader NICK
        12:06 <cat> !inc role notes none
        12:06 <ilbot> cat: note taker: bob.
        """,
        under(cast, notes),
    )


# --- statuses --------------------------------------------------------------------------------------

STATUSES = {
    "new": Status("new", when="declared"),
    "working": Status("working", when="led"),
    "waiting": Status("waiting", "waiting for others"),
    "better": Status("better", when="mitigated"),
    "over": Status("over", when="resolved"),
    "written-up": Status("written-up", when="reported"),
}


def reached(talk: Talk, now: datetime | None = None) -> str:
    return stage(talk.incident, talk.setting.process, now)


def test_statuses_come_by_themselves():
    talk = told(under(statuses=STATUSES), DECLARED)
    seen = [reached(talk)]
    for then in (
        "12:05 <bob> I am the incident leader",
        "12:10 <bob> !inc milestone mitigated",
        "12:20 <bob> !inc resolve",
        "12:30 <bob> !inc report done",
        "12:40 <bob> !inc reopen it is back",
    ):
        talk.tell(then)
        seen.append(reached(talk))
    assert seen == ["new", "working", "better", "over", "written-up", "working"]


def test_a_status_may_wait_for_a_role():
    notes = Role("notes", "note taker")
    statuses = {"new": Status("new", when="declared"), "noted": Status("noted", when="role:notes")}
    talk = told(under(LEAD, notes, statuses=statuses), DECLARED)
    assert reached(talk) == "new"
    talk.tell("12:05 <bob> I am the note taker")
    assert reached(talk) == "noted"


def test_a_status_may_wait_for_the_end_of_the_meeting():
    statuses = {"over": Status("over", when="resolved"), "learned": Status("learned", when="met")}
    talk = told(
        under(statuses=statuses, meeting=Meeting(length=timedelta(minutes=30))),
        DECLARED,
        "12:10 <bob> !inc resolve",
        "12:11 <bob> !inc meeting 15:00",
    )
    times = [None, at("15:29"), at("15:30"), at("15:31")]
    assert [reached(talk, now) for now in times] == ["over", "over", "learned", "learned"]


def test_of_statuses_of_one_time_the_later_of_the_process_is_it():
    talk = told(under(statuses=STATUSES), DECLARED)
    talk.hear(line("12:05", "ann", "!inc phase better"), line("12:05", "ann", "!inc phase waiting"))
    assert reached(talk) == "better"


def test_a_status_that_the_process_no_longer_has_counts_less_than_any_of_the_same_time():
    talk = told(under(statuses=STATUSES), DECLARED)
    talk.hear(line("12:05", "ann", "!inc phase waiting"), line("12:05", "ann", "!inc phase new"))
    known = {key: status for key, status in STATUSES.items() if key != "waiting"}
    assert reached(talk) == "waiting"
    assert stage(talk.incident, replace(talk.setting.process, statuses=known)) == "new"


def test_a_status_is_said_by_name_and_one_before_it_is_told():
    check(
        """
        --- #mozmeao
        12:00 <ann> !inc declare MDN is down
        12:00 -ilbot- Incident 1 is open: MDN is down. IL: ann. TL: lines here go on record.
        12:01 <ann> !inc phase Waiting for others
        12:01 <ilbot> ann: status: waiting for others
        12:02 <ann> !inc phase working
        12:02 <ilbot> ann: status: working, which comes before waiting for others
        12:03 <ann> !inc phase
        12:03 <ilbot> ann: the statuses are: new, [working], waiting for others, better, over, written-up.
        12:04 <ann> !inc status
        12:04 <ilbot> ann: Incident 1 (working): MDN is down. IL: ann since 12:00 UTC. Comms: #mozmeao.
        12:04 <ilbot> ann: Declared 12:00 UTC, 4 minutes ago. No update yet. Next due 23:00 UTC.
        """,
        under(statuses=STATUSES),
    )


def test_a_status_that_is_the_end_resolves_and_one_that_is_relief_is_dated():
    talk = told(
        under(statuses=STATUSES),
        "12:00 <ann> !inc declare MDN is down",
        "12:10 <ann> !inc phase better",
        "12:20 <ann> !inc phase over",
    )
    assert talk.incident.mitigated_at == at("12:10").replace(second=0)
    assert talk.incident.status == "resolved"


def test_a_passer_by_cannot_end_it_by_naming_its_last_status():
    talk = told(
        under(statuses=STATUSES),
        "12:00 <ann> !inc declare MDN is down",
        "12:20 <eve> !inc phase over",
    )
    assert talk.incident.live


# --- duties by severity ------------------------------------------------------------------------------

DUTIES = """
title = "By severity"
include = ["english"]
assumed_severity = "SEV-2"
[roles.lead]
title = "incident leader"
short = "IL"
[roles.scribe]
title = "scribe"
[severities.SEV-1]
report_due = "24 hours"
[severities.SEV-2]
[severities.SEV-3]
[updates]
every = "12h"
[baton]
break_after = "never"
[report]
due = "5 business days"
words = "postmortem"
severities = ["SEV-1", "SEV-2"]
remind_at = []
overdue_times = 0
[meeting]
words = "review"
due = "10 working days"
by = "scribe"
severities = ["SEV-1"]
[prompts.whys]
when = "resolved"
after = "1m"
severities = ["SEV-1"]
text = "why?"
[steps.review]
title = "A review"
measure = "meeting in time"
severities = ["SEV-1"]
[steps.report]
title = "A postmortem"
measure = "report in time"
"""


@pytest.fixture
def duties(tmp_path):
    path = tmp_path / "duties.toml"
    path.write_text(DUTIES)
    return setting(read_process(path), channels=("#mozmeao",))


GRAVE = "12:00 <ann> I am declaring an incident and am incident leader. MDN is down"


def test_what_a_severity_changes_in_what_is_owed_is_said_once(duties):
    assert (
        told(duties, GRAVE, "12:01 <ann> !inc severity SEV-2")
        .written[-1]
        .endswith("severity SEV-2.")
    )
    talk = told(duties, GRAVE, "12:01 <ann> !inc severity SEV-3")
    assert talk.written[-1].endswith("severity SEV-3. No postmortem is owed at this severity.")
    talk.tell("12:02 <ann> !inc severity SEV-1")
    assert talk.written[-1].endswith(
        "severity SEV-1. Owed afterwards: postmortem within 24 hours, review within 10 working days."
    )
    talk.tell("12:03 <ann> !inc severity SEV-3")
    assert talk.written[-1].endswith("severity SEV-3.")  # it was as grave as that


def test_a_meeting_without_a_date_of_its_own_is_owed_by_name(duties):
    free = replace(duties.process, meeting=replace(duties.process.meeting, due=None))
    talk = told(replace(duties, process=free), GRAVE, "12:01 <ann> !inc severity SEV-1")
    assert talk.written[-1].endswith("Owed afterwards: postmortem within 24 hours, review.")
    talk.tell("12:02 <ann> !inc resolve")
    assert "review" not in talk.written[-1]


def test_the_end_tells_what_is_owed_and_the_meeting_is_asked_for(duties):
    talk = told(duties, GRAVE, "12:01 <bob> I am the scribe for this incident",
                "12:02 <ann> !inc severity SEV-1", "12:03 <ann> !inc severity SEV-3",
                "12:10 <ann> !inc resolve")  # fmt: skip
    assert talk.written[-1].endswith(
        "The postmortem is due 2018-01-11 12:10 UTC from ann."
        " The review is to be by 2018-01-24 12:10 UTC from bob."
    )
    assert "12:11 -ilbot- why?" in talk.until("12:20")
    talk.tell("12:21 <bob> !inc meeting 2018-01-25 10:00")
    findings = {f.step.key: f.verdict for f in review(talk.incident, duties.process, at("12:30"))}
    assert findings == {"review": Verdict.LATE, "report": Verdict.PENDING}
    assert "review" not in " ".join(talk.tell("12:40 <bob> !inc reopen"))


def test_a_meeting_that_nobody_set_is_asked_for_before_it_is_due(duties):
    hours = replace(duties.process.report, remind_at=(timedelta(days=30), timedelta(hours=24)))
    asking = replace(duties, process=replace(duties.process, report=hours))
    begun = (GRAVE, "12:02 <ann> !inc severity SEV-1", "12:10 <ann> !inc resolve")
    due = datetime(2018, 1, 23, 12, 10, tzinfo=UTC)
    asked = (
        "ann: the review of incident 1 (MDN is down) is to be by 2018-01-24 12:10 UTC, and is not"
        " set: !inc meeting TIME"
    )
    assert [line for line in told(asking, *begun).until("12:11", due) if "review" in line] == [
        f"12:10 -ilbot- {asked}"
    ]
    drilled = told(asking, GRAVE.replace("MDN", "drill: MDN"), *begun[1:])
    assert [line for line in drilled.until("12:11", due) if "is to be by" in line] == []


def test_a_lesser_incident_owes_nothing(duties):
    talk = told(duties, GRAVE, "12:02 <ann> !inc severity SEV-3", "12:10 <ann> !inc resolve")
    assert talk.written[-1].endswith("No postmortem is owed at this severity.")
    assert talk.until("23:00") == []
    assert {f.verdict for f in review(talk.incident, duties.process, at("23:30"))} == {
        Verdict.NOT_APPLICABLE
    }


# --- what a process does without -------------------------------------------------------------------

QUIET = """
title = "Quiet"
include = ["english"]
[roles.lead]
title = "incident leader"
short = "IL"
[severities.SEV-1]
[severities.SEV-2]
update_every = "never"
report_due = "never"
[updates]
every = "30m"
warn_before = "never"
again_after = []
[baton]
break_after = "never"
[report]
due = "5 business days"
[meeting]
remind_before = "never"
"""


@pytest.fixture
def quiet(tmp_path):
    path = tmp_path / "quiet.toml"
    path.write_text(QUIET)
    return setting(read_process(path))


def test_what_is_never_is_never_said(quiet):
    talk = told(quiet, "12:00 <ann> I am declaring an incident and am incident leader. MDN is down")
    assert talk.until("12:29") == []
    assert talk.until("12:31") == [
        "12:30 -ilbot- ann: an update is due now (MDN is down; last 12:00 UTC)."
    ]
    talk.tell("12:32 <ann> !inc severity SEV-2")
    assert talk.until("17:00") == []
    assert "Next due" not in " ".join(talk.tell("17:01 <ann> !inc status"))


def test_a_promise_elsewhere_is_kept_to_where_no_update_is_ever_due(quiet):
    talk = told(quiet, "12:00 <ann> I am declaring an incident and am incident leader. MDN is down",
                "12:01 <ann> !inc severity SEV-2", "12:02 #moc <ann> !inc next 10m")  # fmt: skip
    assert "in #moc" in " ".join(talk.until("12:20"))


def test_no_report_is_owed_where_the_severity_asks_for_none(quiet):
    begun = ("12:00 <ann> I am declaring an incident and am incident leader. MDN is down",
             "12:01 <ann> !inc severity SEV-2")  # fmt: skip
    talk = told(quiet, *begun, "12:10 <ann> !inc resolve")
    assert "No incident report is owed at this severity." in talk.written[-1]
    assert "not owed" in " ".join(talk.tell("12:11 <ann> !inc report"))
    assert "due" not in " ".join(talk.tell("12:12 <ann> !inc status"))
    assert talk.until("23:00") == []
    graver = told(quiet, *begun, "12:02 <ann> !inc severity SEV-1", "12:03 <ann> !inc severity SEV-2",
                  "12:10 <ann> !inc resolve")  # fmt: skip
    assert "is due 2018-01-17 12:10 UTC" in graver.written[-1]


def test_nobody_is_told_of_a_meeting_that_is_never_announced(quiet):
    talk = told(quiet, "12:00 <ann> I am declaring an incident and am incident leader. MDN is down",
                "12:01 <ann> !inc severity SEV-2", "12:02 <ann> !inc resolve", "12:03 <ann> !inc meeting 16:00")  # fmt: skip
    assert talk.until("16:30") == []


# --- severities ------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["this is a sev 1", "severity is SEV-1", "severity: one", "!inc severity sev1",
                                  "!inc severity SEV-1", "!inc severity 1", "!inc severity severity one"])  # fmt: skip
def test_a_severity_is_called_as_its_key_is_written_or_by_its_number(said):
    given = under(severities={"SEV-1": Severity("SEV-1"), "severe": Severity("severe")})
    talk = told(given, DECLARED, f"12:01 <ann> {said}")
    assert talk.incident.severity == "SEV-1"


@pytest.mark.parametrize("said", ["severe", "SEVERE", "sev severe"])
def test_a_severity_that_only_begins_like_the_word_is_itself(said):
    given = under(severities={"SEV-1": Severity("SEV-1"), "severe": Severity("severe")})
    assert told(given, DECLARED, f"12:01 <ann> !inc severity {said}").incident.severity == "severe"
    assert (
        told(
            given, f"12:00 <ann> !inc declare it is down --severity {said.split()[-1]}"
        ).incident.severity
        == "severe"
    )


def test_a_declaration_with_a_severity_that_there_is_not_is_answered():
    talk = told(
        under(severities={"SEV-1": Severity("SEV-1")}), "12:00 <ann> !inc declare x --severity 7"
    )
    assert talk.state.incidents == {} or not talk.state.incidents
    assert "SEV-1" in talk.written[-1]


def test_a_severity_that_needs_an_announcement_says_so_until_there_is_one():
    given = under(severities={"1": Severity("1", "down", announcement=True), "2": Severity("2")})
    talk = told(given, DECLARED, "12:01 <ann> !inc severity 1")
    assert talk.written[-1].endswith(
        "severity 1 (down). It needs a public announcement: !inc link URL announcement."
    )
    talk.tell(
        "12:02 <ann> !inc link https://x.example.org announcement\n12:03 <ann> !inc severity 2"
    )
    assert talk.tell("12:04 <ann> !inc severity 1")[-1].endswith("severity 1 (down).")


def test_what_is_unknown_is_taken_for_the_worst_and_status_says_so():
    severities = {"1": Severity("1", update_every=timedelta(minutes=20)), "2": Severity("2")}
    talk = told(
        under(severities=severities, assumed_severity="1"), DECLARED, "12:01 <ann> !inc status"
    )
    assert "(open, severity 1 until it is known)" in talk.written[-2]
    assert "Next due 12:20 UTC" in talk.written[-1]


# --- closing ---------------------------------------------------------------------------------------

CLOSING = {
    "close_after": Deadline(4),
    "checklists": (Checklist("after", "After", {"confirmed": "they say that it works"}),),
    "messages": {"over": Message("over", "Hello {NAME}, it is over.")},
}
RESOLVED = ("12:00 <ann> !inc declare MDN is down", "12:10 <ann> !inc resolve")


def closed_at(talk: Talk, until: str = "20:00") -> str:
    talk.until(until)
    found = talk.incident.closed_at
    return f"{found:%H:%M}" if found else ""


def test_it_closes_by_itself_once_the_report_is_there_and_time_has_passed():
    assert closed_at(told(under(**CLOSING), *RESOLVED)) == ""
    assert closed_at(told(under(**CLOSING), *RESOLVED, "13:00 <ann> !inc report done")) == "16:10"
    assert closed_at(told(under(**CLOSING), *RESOLVED, "17:00 <ann> !inc report done")) == "17:00"


def test_people_have_their_time_from_the_last_message_to_them():
    talk = told(
        under(**CLOSING),
        *RESOLVED,
        "13:00 <ann> !inc message over NAME=Ada",
        "13:01 <ann> !inc report done",
    )
    assert closed_at(talk) == "17:00"


def test_a_confirmation_closes_it_at_once():
    talk = told(
        under(**CLOSING),
        *RESOLVED,
        "13:00 <ann> !inc report done",
        "13:30 <ann> !inc done confirmed",
    )
    assert closed_at(talk) == "13:30"


def test_closing_by_hand_says_what_is_still_to_come():
    given = under(**CLOSING)
    early = replies_to("\n".join([*RESOLVED, "12:20 <ann> !inc close"]), given)
    assert early == [
        "12:20 <ilbot> ann: not yet; still to come: the incident report; they say that it works "
        "(or 16:10 UTC comes). !inc close anyway does not wait."
    ]
    assert told(given, *RESOLVED, "12:20 <ann> !inc close anyway").incident.status == "closed"
    assert told(under(), *RESOLVED, "12:20 <ann> !inc close").incident.status == "closed"


# --- messages --------------------------------------------------------------------------------------

NEWS = {"news": Message("news", "Hello {NAME},\nwe think it is {CAUSE}.", {"XXX": "CAUSE"})}


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("NAME=Ada CAUSE=a full disk", ["Hello Ada,", "we think it is a full disk."]),
        ('CAUSE="a = b" NAME="Ada L."', ["Hello Ada L.,", "we think it is a = b."]),
        ("NAME=Ada XXX=dust", ["Hello Ada,", "we think it is dust."]),
        ("NAME=Ada CAUSE={id}", ["Hello Ada,", "we think it is {id}."]),
        ("NAME=Ada", ['news needs CAUSE: !inc message news NAME="Ada" CAUSE="…"']),
        ("NAME= CAUSE=dust", ['news needs NAME: !inc message news NAME="…" CAUSE="dust"']),
        ("", ['news needs NAME, CAUSE: !inc message news NAME="…" CAUSE="…"']),
        (
            "NAME=Ada CAUSE=dust WHEN=now",
            ['news has no WHEN: !inc message news NAME="Ada" CAUSE="dust"'],
        ),
    ],
)  # fmt: skip
def test_a_message_needs_every_place_filled_and_knows_no_others(typed, answer):
    talk = told(under(messages=NEWS), DECLARED)
    lines = talk.tell(f"12:01 <ann> !inc message news {typed}")[1:]
    assert lines == [f"12:01 <ilbot> ann: {line}" for line in answer]
    assert len(talk.incident.messages) == (answer[0].startswith("Hello"))


def test_which_messages_there_are():
    asked = replies_to(f"{DECLARED}\n12:01 <ann> !inc message", under(messages=NEWS))
    assert asked == ["12:01 <ilbot> ann: which message? There are: news. !inc message KEY"]


# --- hypotheses, checklists ------------------------------------------------------------------------


def test_hypotheses_are_kept_and_settled_in_either_order_of_words():
    talk = told(
        under(), DECLARED, "12:01 <ann> !inc hypothesis the cache is cold",
        "12:02 <ann> !inc hypothesis proved the wrong disk", "12:03 <ann> !inc hypothesis disproved 1",
        "12:04 <ann> !inc hypothesis 2 is confirmed", "12:05 <ann> !inc hypothesis proved 7",
    )  # fmt: skip
    assert [(h.text, h.proved) for h in talk.incident.hypotheses] == [
        ("the cache is cold", False),
        ("proved the wrong disk", True),
    ]
    assert "there is no hypothesis 7" in talk.written[-1]


def test_an_item_of_a_checklist_is_done_like_a_follow_up():
    given = under(checklists=(Checklist("c", "Worth it", {"logs": "what logs say"}),))
    talk = told(given, DECLARED, "12:01 <ann> !inc done Logs", "12:02 <ann> !inc checklist")
    assert talk.written[-2:] == [
        "12:02 <ann> !inc checklist",
        "12:02 <ilbot> ann: Worth it: [x] logs: what logs say",
    ]


# --- the meeting -----------------------------------------------------------------------------------


def meeting(**more: object):
    return Meeting("muster", timedelta(minutes=30), ("the cook",), **more)


def test_the_meeting_is_told_of_again_just_before():
    given = replace(under(meeting=meeting()), report_directory="reports")
    given = replace(given, report_url="https://r.example.org")
    talk = told(given, *RESOLVED, "12:20 <ann> !inc meeting 15:00")
    assert talk.written[-1] == (
        "12:20 <ilbot> ann: muster 15:00 UTC. Invitation: https://r.example.org/incident-0001.ics"
    )
    assert talk.until("15:00") == [
        "14:45 -ilbot- the muster of incident 1 (MDN is down) begins in 15 minutes."
        " Draft: https://r.example.org/incident-0001.mana.xml"
    ]


def test_a_meeting_that_is_moved_is_told_of_once():
    talk = told(
        under(meeting=meeting()),
        *RESOLVED,
        "12:20 <ann> !inc meeting 15:00",
        "12:21 <ann> !inc meeting 16:00",
    )
    assert [line.split()[0] for line in talk.until("18:00")] == ["15:45"]


def test_the_invitation_names_people_guests_and_documents():
    given = under(meeting=meeting(), questions=("Why?",))
    talk = told(
        given, *RESOLVED, "12:15 <ann> !inc link https://docs.example.org/1 document",
        "12:20 <ann> !inc meeting 15:00", "12:30 <ann> !inc report done https://wiki.example.org/1",
    )  # fmt: skip
    text = invitation(talk.incident, given.process, "reports/incident-0001.md", sequence=2)
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    assert event["summary"] == "Muster of incident 1: MDN is down"
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=30)
    assert event["sequence"] == 2
    assert re.split(r"\n", event["description"]) == [
        "incident report: reports/incident-0001.md",
        "incident report: https://wiki.example.org/1",
        "document: https://docs.example.org/1",
        "Also invited: the cook",
        "- Why?",
    ]
    assert event["attendee"].params["CN"] == "ann"


# --- telling ---------------------------------------------------------------------------------------


def test_where_people_meet_is_told_everywhere_where_the_process_says_so():
    given = replace(under(announce_video=True), channels=("#mozmeao", "#moc"))
    told_so = replies_to(
        "12:00 <ann> !inc declare MDN is down\n12:01 <ann> !inc video https://v.example.org", given
    )
    assert told_so == [
        "12:01 #moc -ilbot- Incident 1 (MDN is down): whoever can help meets at https://v.example.org",
        "12:01 <ilbot> ann: video: https://v.example.org",
    ]


def test_whoever_joins_is_welcomed_in_the_processs_words():
    given = under(welcome="Ask what you can do; {prefix} tips helps.")
    lines = replies_to(f"{DECLARED}\n12:05 -!- bob has joined #mozmeao", given)
    assert lines[-1] == "12:05 -ilbot:bob- Ask what you can do; !inc tips helps."


def test_tips_name_commands_as_they_are_typed_here():
    given = replace(under(tips=("say {prefix} later TEXT",)), prefix="!ops")
    assert replies_to("12:00 <ann> !ops tips", given)[-1].endswith("ann: say !ops later TEXT")


def test_who_owes_the_report_may_say_that_it_is_done():
    notes = Role("notes", "note taker")
    given = under(notes)
    found = replace(given.process, report=replace(given.process.report, by="notes"))
    talk = told(
        replace(given, process=found), "12:00 <ann> !inc declare MDN is down",
        "12:01 <ned> I am the note taker", "12:10 <ann> !inc resolve", "12:20 <ned> !inc report done",
    )  # fmt: skip
    assert talk.incident.report_done_at is not None
