"""How each step of the process was met, late or missed: steps, not people.

A function of an incident and a process, which need not be the one it ran under. What a step asks
for is named by its `measure`, one of MEASURES.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from ircbot.incident.deadlines import Calendar, report_due
from ircbot.incident.process import Process, Step
from ircbot.incident.prompts import is_met
from ircbot.incident.spans import between_updates, leaderless, silences, update_limit
from ircbot.incident.state import Incident
from ircbot.incident.times import long


class Verdict(StrEnum):
    """What became of a step."""

    MET = "met"
    LATE = "late"
    MISSED = "missed"
    PENDING = "pending"  # there is still time
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Finding:
    """A step, what became of it, and the entries that show it (their numbers)."""

    step: Step
    verdict: Verdict
    text: str
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Case:
    """An incident under review. `now` is when it is looked at."""

    incident: Incident
    process: Process
    now: datetime
    calendar: Calendar
    zone: tzinfo

    @property
    def end(self) -> datetime:
        """When people stopped working on it, or now."""
        return self.incident.resolved_at or self.incident.closed_at or self.now

    @property
    def open_verdict(self) -> Verdict:
        """What to say of something that has not happened."""
        return Verdict.PENDING if self.incident.live else Verdict.MISSED


def review(
    incident: Incident,
    process: Process,
    now: datetime,
    calendar: Calendar | None = None,
    zone: tzinfo | None = None,
) -> tuple[Finding, ...]:
    """Each step of the process, in its order; times are shown in `zone`, else the calendar's."""
    calendar = calendar or Calendar()
    case = _Case(incident, process, now, calendar, zone or calendar.zone)
    findings = []
    for step in process.steps:
        if step.severities and incident.severity not in step.severities:
            text = f"asked for at severity {', '.join(step.severities)} only"
            findings.append(Finding(step, Verdict.NOT_APPLICABLE, text))
        else:
            findings.append(MEASURES[step.measure](case, step))
    return tuple(findings)


# --- the measures ---------------------------------------------------------------------------


def _leader_within(case: _Case, step: Step) -> Finding:
    first = next((t for t in case.incident.terms if t.role == "lead"), None)
    if first is None:
        return Finding(step, case.open_verdict, "nobody led")
    return _within(case, step, first.since, f"{first.holder.nick} led")


def _role_within(case: _Case, step: Step) -> Finding:
    role = case.process.roles.get(step.name)
    title = role.title if role else step.name
    first = next((t for t in case.incident.terms if t.role == step.name), None)
    if first is None:
        return Finding(step, case.open_verdict, f"nobody was {title}")
    return _within(case, step, first.since, f"{first.holder.nick} was {title}")


def _within(case: _Case, step: Step, at: datetime, what: str) -> Finding:
    """Something that happened at a time, against the step's limit in minutes (0: none)."""
    took = at - case.incident.declared_at
    verdict = Verdict.MET
    if step.limit and took > timedelta(minutes=step.limit):
        verdict = Verdict.LATE
    after = "at once" if took < timedelta(minutes=1) else f"after {long(took)}"
    return Finding(step, verdict, f"{what} {after}")


def _always_led(case: _Case, step: Step) -> Finding:
    gaps = leaderless(case.incident, case.end)
    without = sum((gap.length for gap in gaps), timedelta(0))
    if without <= timedelta(minutes=step.limit):
        return Finding(step, Verdict.MET, f"{long(without)} without")
    return Finding(step, Verdict.MISSED, f"{long(without)} without, of {long(_length(case))}")


def _length(case: _Case) -> timedelta:
    return case.end - case.incident.declared_at


def _updates_kept(case: _Case, step: Step) -> Finding:
    limit = _limit(case, step)
    gaps = between_updates(case.incident, case.end)
    if not gaps:
        return Finding(step, Verdict.PENDING, "nothing told yet")
    longest = max(gaps, key=lambda gap: gap.length)
    over = silences(gaps, limit)
    text = (
        f"longest silence {long(longest.length)} ({longest.begin.astimezone(case.zone):%H:%M}–"
        f"{longest.end.astimezone(case.zone):%H:%M}), {len(over)} of {len(gaps)} over {long(limit)}"
    )
    after = tuple(gap.entry for gap in over if gap.entry is not None)
    return Finding(step, Verdict.LATE if over else Verdict.MET, text, after)


def _limit(case: _Case, step: Step) -> timedelta:
    """The step's own limit, else that of the severity, else that of the process."""
    if step.limit:
        return timedelta(minutes=step.limit)
    return update_limit(case.incident, case.process)


def _notified(case: _Case, step: Step) -> Finding:
    calls = case.incident.calls
    if not calls:
        return Finding(step, case.open_verdict, "nobody was called by name")
    nicks = ", ".join(dict.fromkeys(nick for call in calls for nick in call.nicks))
    return _within(case, step, calls[0].at, f"{nicks} called")


def _reasons_given(case: _Case, step: Step) -> Finding:
    calls = case.incident.calls
    if not calls:
        return Finding(step, Verdict.NOT_APPLICABLE, "nobody was called by name")
    without = sum(not call.text for call in calls)
    if without:
        return Finding(step, Verdict.MISSED, f"{without} of {len(calls)} calls without a reason")
    return Finding(step, Verdict.MET, f"{len(calls)} calls, each with its reason")


def _comms_named(case: _Case, step: Step) -> Finding:
    return _moment(case, step, "comms", "named")


def _severity_set(case: _Case, step: Step) -> Finding:
    return _moment(case, step, "severity", "severity")


def _video_named(case: _Case, step: Step) -> Finding:
    return _moment(case, step, "video", "named")


def _moment(case: _Case, step: Step, kind: str, what: str) -> Finding:
    first = next((m for m in case.incident.moments if m.kind == kind), None)
    if first is None:
        return Finding(step, case.open_verdict, "not named")
    return _within(case, step, first.at, f"{what}: {first.text},")


def _there(case: _Case, step: Step) -> Finding:
    """Something that a prompt's `until` can name, whenever it came."""
    if is_met(case.incident, step.name):
        return Finding(step, Verdict.MET, "done")
    return Finding(step, case.open_verdict, "not on record")


def _afterwards(case: _Case, step: Step) -> Finding:
    """The same for what comes after the resolution."""
    if is_met(case.incident, step.name):
        return Finding(step, Verdict.MET, "done")
    over = case.incident.status in ("closed", "withdrawn")
    return Finding(step, Verdict.MISSED if over else Verdict.PENDING, "not on record")


def _entries_kept(case: _Case, step: Step) -> Finding:
    standing = tuple(n.n for n in case.incident.notes if not n.struck)
    wanted = max(1, round(step.limit))
    verdict = Verdict.MET if len(standing) >= wanted else case.open_verdict
    return Finding(step, verdict, f"{len(standing)} entries", standing)


def _baton_accepted(case: _Case, step: Step) -> Finding:
    passed = [t for t in case.incident.terms if t.role == "lead"][1:]
    if not passed:
        return Finding(step, Verdict.NOT_APPLICABLE, "the lead did not pass on")
    taken = [t for t in passed if t.how not in ("accepted", "reopened")]
    if taken:
        text = f"{len(taken)} of {len(passed)} hand-overs without one"
        return Finding(step, Verdict.MISSED, text)
    return Finding(step, Verdict.MET, f"{len(passed)} hand-overs, each acknowledged")


def _report_in_time(case: _Case, step: Step) -> Finding:
    due = report_due(case.incident, case.process, case.calendar)
    if due is None:
        return Finding(step, Verdict.NOT_APPLICABLE, "not owed yet")
    done = case.incident.report_done_at
    if done is None:
        verdict = Verdict.MISSED if case.now > due else Verdict.PENDING
        return Finding(step, verdict, f"due {due.astimezone(case.zone):%Y-%m-%d %H:%M}")
    took = long(done - (case.incident.resolved_at or done))
    return Finding(step, Verdict.MET if done <= due else Verdict.LATE, f"done after {took}")


def _actions_owned(case: _Case, step: Step) -> Finding:
    actions = case.incident.actions
    if not actions:
        over = case.incident.status in ("closed", "withdrawn")
        return Finding(step, Verdict.MISSED if over else Verdict.PENDING, "no actions on record")
    loose = [a.n for a in actions if not a.owner or not (a.due or a.ticket)]
    if loose:
        listed = ", ".join(map(str, loose))
        return Finding(step, Verdict.MISSED, f"without owner or date: {listed}")
    return Finding(step, Verdict.MET, f"{len(actions)} actions, each with owner and date")


def _secret_kept(case: _Case, step: Step) -> Finding:
    if not case.incident.secured:
        return Finding(step, Verdict.NOT_APPLICABLE, "no security matter")
    return Finding(step, Verdict.MET, "recording was stopped")


MEASURES: Mapping[str, Callable[[_Case, Step], Finding]] = {
    "leader within": _leader_within,
    "role within": _role_within,
    "always led": _always_led,
    "updates kept": _updates_kept,
    "notified": _notified,
    "reasons given": _reasons_given,
    "comms named": _comms_named,
    "video named": _video_named,
    "severity set": _severity_set,
    "there": _there,
    "afterwards": _afterwards,
    "entries kept": _entries_kept,
    "baton accepted": _baton_accepted,
    "report in time": _report_in_time,
    "actions owned": _actions_owned,
    "secret kept": _secret_kept,
}
