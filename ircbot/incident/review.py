"""Checks how each step of the process was met, late or missed: steps, not people.

A function of an incident and a process, which need not be the one it ran under. A step's `measure`,
one of MEASURES, says what is checked. Sentences say what is on record and what is not; a name
appears only beside what was done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from ircbot.incident.audiences import kept
from ircbot.incident.closing import meeting_due, report_due
from ircbot.incident.line import Source
from ircbot.incident.plural import number_of
from ircbot.incident.process import Process, Step
from ircbot.incident.prompts import is_met, met_at
from ircbot.incident.state import Incident, Term
from ircbot.incident.stretches import (
    Silence,
    Span,
    end_of,
    handovers,
    leaderless,
    open_spans,
    open_time,
    peak,
    silences,
    total,
    worked_terms,
)
from ircbot.incident.times import NEVER, Calendar, long
from ircbot.values import dataclass

_FOR_A_CALL = timedelta(minutes=5)  # allowed for calling people


class Verdict(StrEnum):
    """The result for a step."""

    MET = "met"
    LATE = "late"
    MISSED = "missed"
    DEFAULT = "by default"  # somebody was on call for it, and never heard
    PENDING = "pending"  # there is still time
    UNKNOWN = "not known"  # the log ends earlier
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Finding:
    """A step, its result, and the numbers of the entries that show it."""

    step: Step
    verdict: Verdict
    text: str
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _ReviewCase:
    """An incident under review. `now` is the time of the review."""

    incident: Incident
    process: Process
    now: datetime
    calendar: Calendar
    zone: tzinfo

    @property
    def end(self) -> datetime:
        """When people stopped working on it, or now."""
        return end_of(self.incident, self.now)

    def after(self, at: datetime) -> timedelta:
        """How long people had worked on it by then."""
        return open_time(self.incident, self.incident.declared_at, at, self.now)

    @property
    def open_verdict(self) -> Verdict:
        """The result for something that has not happened."""
        return Verdict.PENDING if self.incident.live else Verdict.MISSED


def review(
    incident: Incident,
    process: Process,
    now: datetime,
    calendar: Calendar | None = None,
    zone: tzinfo | None = None,
) -> tuple[Finding, ...]:
    """The finding for each step of the process, in its order; times are in `zone`, else in the
    calendar's.
    """
    calendar = calendar or Calendar()
    case = _ReviewCase(incident, process, now, calendar, zone or calendar.zone)
    severity = peak(incident, process)
    findings = []
    for step in process.steps:
        if not process.is_for(step.severities, severity):
            text = f"asked for at severity {', '.join(step.severities)} only"
            findings.append(Finding(step, Verdict.NOT_APPLICABLE, text))
        else:
            findings.append(MEASURES[step.measure](case, step))
    return tuple(findings)


# --- the measures ---------------------------------------------------------------------------


def _leader_within(case: _ReviewCase, step: Step) -> Finding:
    return _held(case, step, "lead")


def _role_within(case: _ReviewCase, step: Step) -> Finding:
    return _held(case, step, next(iter(step.name), "lead"))


def _held(case: _ReviewCase, step: Step, key: str) -> Finding:
    """Who first held a role and was there, and when."""
    terms = [t for t in worked_terms(case.incident) if t.role == key]
    began = [(t.began, t) for t in terms if t.began is not None]
    if began:
        at, first = min(began, key=lambda each: each[0])
        default = ", by default" if first.how == "default" else ""
        return _within(case, step, at, f"({first.holder.nick}{default})")
    if terms:
        return Finding(step, Verdict.DEFAULT, f"{terms[0].holder.nick}, never heard")
    role = case.process.roles.get(key)
    return Finding(step, case.open_verdict, f"no {role.title if role else key} on record")


def _within(case: _ReviewCase, step: Step, at: datetime, what: str) -> Finding:
    """The finding for something that happened, against the step's limit in minutes (0: none)."""
    took = case.after(at)
    late = bool(step.limit) and took > timedelta(minutes=step.limit)
    verdict = Verdict.LATE if late else Verdict.MET
    return Finding(step, verdict, f"{_after(took)} {what}".rstrip())


def _after(took: timedelta) -> str:
    return "at once" if took < timedelta(minutes=1) else f"after {long(took)}"


def _always_led(case: _ReviewCase, step: Step) -> Finding:
    without = total(leaderless(case.incident, case.process, case.now))
    if without <= timedelta(minutes=step.limit):
        return Finding(step, Verdict.MET, f"{long(without)} without" if without else "always")
    length = total(open_spans(case.incident, case.now))
    return Finding(step, Verdict.MISSED, f"{long(without)} without, of {long(length)}")


def _updates_kept(case: _ReviewCase, step: Step) -> Finding:
    # The step's own limit, else the limit of the severity at that time, else the process's.
    limit = timedelta(minutes=step.limit) or None
    return _kept(case, step, silences(case.incident, case.process, case.now, limit))


def _audience_told(case: _ReviewCase, step: Step) -> Finding:
    audience = next((each for each in case.process.audiences if each.key in step.name), None)
    gaps = kept(case.incident, audience, case.process, case.now) if audience else ()
    if gaps and not any(gap.limit < NEVER for gap in gaps):
        return Finding(step, Verdict.NOT_APPLICABLE, "not owed at this severity")
    return _kept(case, step, gaps)


def _kept(case: _ReviewCase, step: Step, gaps: Sequence[Silence]) -> Finding:
    """Whether nobody waited too long for a message."""
    if not gaps:
        return Finding(step, Verdict.PENDING, "nothing told yet")
    longest = max(gaps, key=lambda gap: gap.length)
    over = [gap for gap in gaps if gap.over]
    limits = sorted({gap.limit for gap in gaps})
    allowed = " to ".join(map(long, dict.fromkeys((limits[0], limits[-1]))))
    when = _when(longest.span, case)
    text = (
        f"longest silence {long(longest.length)} ({when}), "
        f"{len(over)} of {len(gaps)} over {allowed}"
    )
    after = tuple(gap.span.entry for gap in over if gap.span.entry is not None)
    return Finding(step, Verdict.LATE if over else Verdict.MET, text, after)


def _when(span: Span, case: _ReviewCase) -> str:
    """A span as text; with dates if there are several."""
    begin, end = span.begin.astimezone(case.zone), span.end.astimezone(case.zone)
    worked = open_spans(case.incident, case.now)
    times = (worked[0].begin, worked[-1].end, begin, end)
    if len({at.astimezone(case.zone).date() for at in times}) == 1:
        return f"{begin:%H:%M}–{end:%H:%M %Z}"
    if begin.date() == end.date():
        return f"{begin:%Y-%m-%d %H:%M}–{end:%H:%M %Z}"
    return f"{begin:%Y-%m-%d %H:%M}–{end:%Y-%m-%d %H:%M %Z}"


def _notified(case: _ReviewCase, step: Step) -> Finding:
    calls = [call for call in case.incident.calls if call.reached]
    if not calls:
        return Finding(step, case.open_verdict, "no call by name on record")
    nicks = ", ".join(dict.fromkeys(nick for call in calls for nick in call.reached))
    return _within(case, step, calls[0].at, f"({nicks})")


def _escalated(case: _ReviewCase, step: Step) -> Finding:
    """Help must be called once the incident has lasted as long as the limit, within
    five minutes.
    """
    lasted = total(open_spans(case.incident, case.now))
    limit = timedelta(minutes=step.limit)
    calls = [call for call in case.incident.calls if call.reached]
    if not calls and lasted < limit:
        if case.incident.live:
            return Finding(step, Verdict.PENDING, f"not yet {long(limit)}")
        return Finding(step, Verdict.NOT_APPLICABLE, f"over after {long(lasted)}")
    finding = _notified(case, step)
    if finding.verdict is Verdict.LATE:
        took = case.after(calls[0].at)
        verdict = Verdict.LATE if took > limit + _FOR_A_CALL else Verdict.MET
        return Finding(step, verdict, finding.text)
    return finding


def _reasons_given(case: _ReviewCase, step: Step) -> Finding:
    calls = case.incident.calls
    if not calls:
        return Finding(step, Verdict.NOT_APPLICABLE, "no call by name on record")
    given = sum(bool(call.text) for call in calls)
    verdict = Verdict.MET if given == len(calls) else Verdict.MISSED
    return Finding(step, verdict, f"in {given} of {number_of(len(calls), 'call')}")


def _comms_named(case: _ReviewCase, step: Step) -> Finding:
    return _moment(case, step, "comms")


def _severity_set(case: _ReviewCase, step: Step) -> Finding:
    return _moment(case, step, "severity")


def _video_named(case: _ReviewCase, step: Step) -> Finding:
    return _moment(case, step, "video")


def _moment(case: _ReviewCase, step: Step, kind: str) -> Finding:
    first = next((m for m in case.incident.moments if m.kind == kind), None)
    if first is None:
        return Finding(step, case.open_verdict, "not on record")
    return _within(case, step, first.at, f"({first.text})")


def _there(case: _ReviewCase, step: Step) -> Finding:
    """Something that a prompt's `until` can name, whenever it happened."""
    return _named(case, step, case.incident.declared_at, case.open_verdict)


def _afterwards(case: _ReviewCase, step: Step) -> Finding:
    """The same for what follows the resolution; its limit counts from there."""
    over = case.incident.status == "closed" or case.incident.void
    begin = case.incident.resolved_at or case.end
    return _named(case, step, begin, Verdict.MISSED if over else Verdict.PENDING)


def _named(case: _ReviewCase, step: Step, begin: datetime, otherwise: Verdict) -> Finding:
    met = [name for name in step.name if is_met(case.incident, name, case.process)]
    if not met:
        return Finding(step, otherwise, "not on record")
    times = [at for name in met if (at := met_at(case.incident, name, case.process))]
    if not times or not step.limit:
        return Finding(step, Verdict.MET, "done")
    took = max(min(times) - begin, timedelta(0))
    late = took > timedelta(minutes=step.limit)
    return Finding(step, Verdict.LATE if late else Verdict.MET, _after(took))


def _entries_kept(case: _ReviewCase, step: Step) -> Finding:
    standing = tuple(n.n for n in case.incident.notes if n.stands)
    least = max(1, round(step.limit))
    counted = number_of(len(standing), "entry", "entries")
    if len(standing) >= least:
        return Finding(step, Verdict.MET, counted, standing)
    return Finding(step, case.open_verdict, f"{counted}, not yet {least}", standing)


def _baton_accepted(case: _ReviewCase, step: Step) -> Finding:
    passed = [after for before, after in handovers(case.incident) if _is_passed(before, after)]
    if not passed:
        return Finding(step, Verdict.NOT_APPLICABLE, "no hand-over on record")
    accepted = sum(t.how == "accepted" for t in passed)
    verdict = Verdict.MET if accepted == len(passed) else Verdict.MISSED
    return Finding(step, verdict, f"in {accepted} of {number_of(len(passed), 'hand-over')}")


def _is_passed(before: Term, after: Term) -> bool:
    """Whether the lead should have been handed over. A holder by default makes room without a word,
    and when somebody has left, the bot invites others.
    """
    return before.how != "default" and after.how not in ("gone", "reopened")


def _report_in_time(case: _ReviewCase, step: Step) -> Finding:
    due = report_due(case.incident, case.process, case.calendar)
    done = case.incident.report_done_at
    return _in_time(case, step, due, done)


def _meeting_in_time(case: _ReviewCase, step: Step) -> Finding:
    due = meeting_due(case.incident, case.process, case.calendar)
    return _in_time(case, step, due, case.incident.meeting_at)


def _in_time(case: _ReviewCase, step: Step, due: datetime | None, done: datetime | None) -> Finding:
    """The finding for something owed after the end, against its deadline; None if it is
    not owed.
    """
    verdict = timely(case.incident, due, done, case.now)
    if due is None:
        owed = "not owed yet" if case.incident.live else "not owed at this severity"
        return Finding(step, verdict, owed)
    if done is None:
        return Finding(step, verdict, f"due {due.astimezone(case.zone):%Y-%m-%d %H:%M %Z}")
    took = long(done - (case.incident.resolved_at or done))
    return Finding(step, verdict, f"done after {took}")


def timely(
    incident: Incident, due: datetime | None, done: datetime | None, now: datetime
) -> Verdict:
    """The result for something owed after the end; None for its deadline if it is not owed."""
    if due is None:
        return Verdict.NOT_APPLICABLE
    if done is not None:
        return Verdict.MET if done <= due else Verdict.LATE
    missed = Verdict.UNKNOWN if incident.source is Source.IMPORT else Verdict.MISSED
    return missed if now > due else Verdict.PENDING


def _actions_owned(case: _ReviewCase, step: Step) -> Finding:
    actions = tuple(case.incident.actions)
    if not actions:
        over = case.incident.status == "closed" or case.incident.void
        return Finding(step, Verdict.MISSED if over else Verdict.PENDING, "no actions on record")
    actions = tuple(a for a in actions if not a.dropped)
    loose = [a.n for a in actions if not a.owner or not (a.due or a.ticket)]
    if loose:
        listed = ", ".join(map(str, loose))
        return Finding(step, Verdict.MISSED, f"without owner or date: {listed}")
    return Finding(step, Verdict.MET, f"{number_of(len(actions), 'action')}, with owner and date")


def _secret_kept(case: _ReviewCase, step: Step) -> Finding:
    if not case.incident.secured:
        return Finding(step, Verdict.NOT_APPLICABLE, "no security matter")
    return Finding(step, Verdict.MET, "recording was stopped")


MEASURES: Mapping[str, Callable[[_ReviewCase, Step], Finding]] = {
    "leader within": _leader_within,
    "role within": _role_within,
    "always led": _always_led,
    "updates kept": _updates_kept,
    "audience told": _audience_told,
    "notified": _notified,
    "escalated": _escalated,
    "reasons given": _reasons_given,
    "comms named": _comms_named,
    "video named": _video_named,
    "severity set": _severity_set,
    "there": _there,
    "afterwards": _afterwards,
    "entries kept": _entries_kept,
    "baton accepted": _baton_accepted,
    "report in time": _report_in_time,
    "meeting in time": _meeting_in_time,
    "actions owned": _actions_owned,
    "secret kept": _secret_kept,
}
