"""How an incident ends, is reopened, and is written up."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from difflib import get_close_matches

from ircbot.incident.closing import meeting_due, outstanding, report_due, waits_until
from ircbot.incident.events import (
    ActionAdded,
    ActionChanged,
    ActionDone,
    ActionTicketed,
    ChangeUndone,
    Closed,
    Copied,
    Edited,
    HypothesisAdded,
    HypothesisJudged,
    ImpactSet,
    Linked,
    MilestoneSet,
    Noted,
    Parked,
    ProductSet,
    PropsGiven,
    ProseWritten,
    Redacted,
    Reminded,
    Reopened,
    ReportDelivered,
    ReportPromised,
    Resolved,
    Restored,
    Retimed,
    Returned,
    SeveritySet,
    Struck,
    Summarised,
    WhyAdded,
    WithdrawalAsked,
    WithdrawalRefused,
    Withdrawn,
)
from ircbot.incident.grammar import grammar_of, severity_called
from ircbot.incident.people import Person
from ircbot.incident.process import Meeting, Process
from ircbot.incident.prompts import had_roles, is_met
from ircbot.incident.prose import LISTS, SECTIONS
from ircbot.incident.rules import copies, correcting
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.guarding import ASKED_WITHIN, ask_leader, kept, masked
from ircbot.incident.rules.publishing import may_publish, owed_words
from ircbot.incident.rules.which import live_one, open_at, which
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident
from ircbot.incident.stretches import open_spans, peak, total
from ircbot.incident.times import long
from ircbot.incident.wording import NestedText
from ircbot.incident.words import one_of

WHYS = 5
_ORDER = ("started", "detected", "declared", "mitigated", "resolved")
_GIVEN = ("started", "detected", "mitigated")
_ENDS = ("declared", "resolved")  # by default, the times at which these were said
_ANSWERED_WITHIN = timedelta(hours=1)  # a question is forgotten after that
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+|[\w-]+(?:\.[\w-]+)+(?:[/:?#]\S*)?$", re.IGNORECASE)


def owes_report(incident: Incident, process: Process) -> str:
    """The nick of whoever owes the report: the last holder of the role for it, else the last
    leader; for an incident that was recorded afterwards, whoever recorded it; "" if nobody does.
    """
    return nick_of(owing_report(incident, process))


def owing_report(incident: Incident, process: Process) -> Person | None:
    """The same as a person; somebody who has taken the report since comes first."""
    writer = incident.report_writer
    passed = (t.since for t in incident.terms if t.role == process.report.by)
    if writer is not None and all(since <= writer.since for since in passed):
        return writer.who
    return _owing(incident, process.report.by)


def owes_meeting(incident: Incident, process: Process) -> str:
    """The nick of whoever must set the review meeting, found in the same way."""
    return nick_of(owing_meeting(incident, process))


def owing_meeting(incident: Incident, process: Process) -> Person | None:
    """The same as a person."""
    meeting = process.meeting or Meeting()
    return _owing(incident, meeting.by or process.report.by)


def _owing(incident: Incident, role: str) -> Person | None:
    for owing in (role, "lead"):
        held = [t.holder for t in incident.terms if t.role == owing]
        if held:
            return held[-1]
    return incident.declared_by if incident.told_at else None


def nick_of(person: Person | None) -> str:
    """A nick, "" if nobody is meant."""
    return person.nick if person else ""


def resolve(
    ctx: Context, named: int | None, text: str, *, asked: bool, since: datetime | None = None
) -> None:
    """Somebody says that it is resolved, `since` a time if not now. If it is not theirs to say, the
    leader is asked.
    """
    incident = live_one(ctx, named, asked=asked, unless_one=True)
    if incident is None:
        return
    if not ctx.may("resolve", incident) and not _is_left_to(ctx, incident):
        if (holder := incident.holder()) is not None:
            _ask_to_resolve(ctx, incident, holder, asked=asked)
        elif asked:
            ctx.refused("resolve", incident)
        return
    begun = incident.stretches[-1].since
    if since is not None and since < begun:
        _tell_backwards(ctx, incident, begun, since)
        return
    ctx.record(incident.id, Resolved(kept(ctx, incident, text), since))
    now = ctx.incident(incident.id)
    # Only people in a hidden channel are told where its report is.
    apart = (now.channel,) if ctx.is_hidden(now) else ()
    for channel in ctx.places(now, but=apart):
        ctx.tell(now, channel, _resolved_words(ctx, now, since, place=not apart))
    for channel in apart:
        ctx.tell(now, channel, _resolved_words(ctx, now, since, place=True))


def _resolved_words(
    ctx: Context, incident: Incident, since: datetime | None, *, place: bool
) -> str:
    report = "" if incident.drill else report_words(ctx, incident, place=place)
    text = ctx.word("resolved", incident, span=long(total(open_spans(incident))), report=report)
    if since is not None:
        text = ctx.word("resolved-since", incident, at=ctx.told(since), resolved=text)
    return text


def _tell_backwards(ctx: Context, incident: Incident, begun: datetime, ended: datetime) -> None:
    key = "resolved-before" if not incident.past else "resolved-before-again"
    ctx.answer(key, incident, at=ctx.told(ended), begun=ctx.told(begun))


def _is_left_to(ctx: Context, incident: Incident) -> bool:
    """Whether the declarer may end it, because nobody with a role is there."""
    held = (term for term in incident.terms if term.until is None)
    there = any(t.began is not None and incident.departed(t.holder) is None for t in held)
    return not there and ctx.mine(incident.declared_by)


def _ask_to_resolve(ctx: Context, incident: Incident, holder: Person, *, asked: bool) -> None:
    """Ask the leader whether it is resolved; not again right away, whoever says so."""
    told_here = ask_leader(ctx, incident, holder, "resolve-asked") and ctx.is_at(incident)
    if asked and not told_here:
        ctx.answer("resolve-who", incident, holder=ctx.called(holder))


def report_words(ctx: Context, incident: Incident, *, place: bool = True) -> str:
    """When the report is due, from whom, and where its draft is, if that is announced."""
    process = ctx.process_of(incident)
    due = report_due(incident, process, ctx.setting.calendar)
    where = report_place(ctx.setting, incident) if place else ""
    words = ctx.word("report-not-owed", incident)
    if due is not None:
        words = due_words(ctx, incident, "report-due", due, owes_report(incident, process))
    return (
        words
        + meeting_words(ctx, incident)
        + (ctx.word("report-where", incident, where=where) if where else "")
    )


def meeting_words(ctx: Context, incident: Incident) -> str:
    """When the review meeting must take place, and who must set it; "" once it is set."""
    process = ctx.process_of(incident)
    due = meeting_due(incident, process, ctx.setting.calendar)
    if due is None or process.meeting is None or incident.meeting_at is not None:
        return ""
    owner, words = owes_meeting(incident, process), process.meeting.words
    return due_words(ctx, incident, "meeting-due", due, owner, meeting=words)


def due_words(
    ctx: Context, incident: Incident, key: str, due: datetime, owner: str, **named: str
) -> str:
    """When something is due, and from whom."""
    who = NestedText("owed-by", {"role": owner}) if owner else ""
    return ctx.word(key, incident, at=ctx.clock(due), who=who, **named)


def report_place(setting: Setting, incident: Incident) -> str:
    """Where people find the report that the bot writes, "" if it writes none."""
    return setting.readable_report(incident.id, private=incident.private)


def promise_report(ctx: Context) -> None:
    """Somebody said that a report will follow."""
    incident = which(ctx, ask=False)
    if incident is None or incident.status not in ("open", "resolved"):
        return
    ctx.record(incident.id, ReportPromised())


def give_report(ctx: Context, incident: Incident, to: Person) -> None:
    """Assign the report that is still owed: whoever owes it says who writes it; anybody who had a
    role or declared may take it. None of their other duties change.
    """
    process = ctx.process_of(incident)
    due = report_due(incident, process, ctx.setting.calendar)
    owner = owing_report(incident, process)
    if due is None or incident.report_done_at is not None or incident.drill:
        return
    had_part = (*had_roles(incident), incident.declared_by)
    takes = ctx.mine(to, incident) and any(incident.is_same(p, to) for p in had_part)
    same = owner is not None and incident.is_same(owner, to)
    if (takes or ctx.mine(owner, incident)) and not same:
        ctx.record(incident.id, ReportPromised(to))
        ctx.announce(incident, "report-taken", nick=to.nick, at=ctx.clock(due))


def reopen(ctx: Context, incident: Incident, reason: str) -> None:
    """It was not over."""
    if incident.live:
        ctx.answer("not-resolved", incident, status=incident.standing)
    elif (other := open_at(ctx, incident.channel)) is not None:
        ctx.answer("comms-taken", other, channel=incident.channel, led=ctx.led(other))
    elif not ctx.refused("reopen", incident):
        worded = kept(ctx, incident, reason)
        ctx.record(incident.id, Reopened(worded))
        if (other := ctx.state.incidents.get(incident.duplicate_of)) is not None:
            copies.take_back(ctx, incident, other)
        now = ctx.incident(incident.id)
        holder = now.holder()
        leader = ctx.word("leader-is", now, nick=holder.nick) if holder else ""
        if not holder:
            leader = ctx.word("leader-asked", now)
        ctx.tell_all(now, ctx.word("reopened", now, reason=_because(worded), leader=leader))


def close(ctx: Context, incident: Incident, *, anyway: bool = False) -> None:
    """Close it: nothing is left to be done. `anyway`: whatever the process still waits for."""
    if incident.live:
        ctx.answer("close-open", incident)
    elif incident.status != "resolved":
        ctx.answer("not-resolved", incident, status=incident.standing)
    elif ctx.refused("close", incident):
        pass
    elif not anyway and (why := _closes_later(ctx, incident)):
        ctx.answer("close-early", incident, why=why)
    else:
        ctx.record(incident.id, Closed())
        ctx.answer("closed", incident)


def _closes_later(ctx: Context, incident: Incident) -> str:
    """What the process still waits for before an incident is closed, "" if nothing."""
    process = ctx.process_of(incident)
    names = {"report": ctx.word("closes-report", incident)}
    for checklist in process.checklists:
        names |= checklist.items
    waits = [names.get(need, need) for need in outstanding(incident, process)]
    until = waits_until(incident, process, ctx.setting.calendar)
    if until is not None and until > ctx.now:
        wanted = one_of(process, [names.get(name, name) for name in process.close_when])
        waits.append(ctx.word("closes-after", incident, wanted=wanted, at=until))
    return "; ".join(waits)


def withdraw(ctx: Context, incident: Incident, reason: str) -> None:
    """It was a false alarm."""
    if incident.void:
        ctx.answer("not-open", incident, status=incident.standing)
    elif not ctx.may("withdraw", incident) and any(
        ctx.mine(holder, incident) for holder in incident.holders()
    ):
        if is_there(ctx, incident.declared_by, incident):
            ask_declarer(ctx, incident, reason, asked=True)
        else:
            _withdraw(ctx, incident, kept(ctx, incident, reason))
    elif not ctx.refused("withdraw", incident):
        _withdraw(ctx, incident, kept(ctx, incident, reason))


def _withdraw(ctx: Context, incident: Incident, reason: str) -> None:
    ctx.record(incident.id, Withdrawn(reason))
    ctx.tell_all(incident, ctx.word("withdrawn", incident, reason=_because(reason)))


def is_there(ctx: Context, person: Person, incident: Incident) -> bool:
    """Whether somebody can be asked; True as long as nothing is known."""
    there = ctx.setting.presence.is_in(person.nick, incident.channel, incident.network)
    return incident.departed(person) is None if there is None else there


def ask_declarer(ctx: Context, incident: Incident, reason: str, *, asked: bool) -> None:
    """Ask the declarer whether it was a false alarm, since becoming leader is easy. `asked`: by
    command, so that the leader is told if they were asked already.
    """
    declarer = incident.declared_by.nick
    before = incident.withdrawal
    if before is not None and ctx.now - before.at < ASKED_WITHIN:
        if asked:
            ctx.answer("withdraw-waits", incident, declarer=declarer)
        return
    ctx.record(incident.id, WithdrawalAsked(kept(ctx, incident, reason)))
    ctx.announce(incident, "withdraw-asked", declarer=declarer, nick=ctx.line.nick)


def asked_to_withdraw(ctx: Context, incident: Incident) -> bool:
    """Whether the speaker was recently asked if it was a false alarm."""
    asked = incident.withdrawal
    recent = asked is not None and ctx.now - asked.at < _ANSWERED_WITHIN
    return recent and ctx.mine(incident.declared_by)


def answer_withdrawal(ctx: Context, incident: Incident, *, yes: bool) -> None:
    """The declarer has said whether it was a false alarm."""
    if yes:
        _withdraw(ctx, incident, incident.withdrawal.text if incident.withdrawal else "")
    else:
        ctx.record(incident.id, WithdrawalRefused())
        ctx.announce(incident, "withdraw-refused", nick=ctx.line.nick)


def report(ctx: Context, incident: Incident, arguments: str) -> None:
    """Answer where the report is; `done [URL]` records that it is delivered."""
    process = ctx.process_of(incident)
    verb, _, where = arguments.partition(" ")
    if verb.lower() in ("done", "published"):
        if incident.live:
            ctx.answer("close-open", incident)
        elif may_publish(ctx, incident):
            ctx.record(incident.id, ReportDelivered(where.strip()))
            ctx.answer("report-done", incident)
        return
    due = report_due(incident, process, ctx.setting.calendar)
    if incident.report_done_at is not None:
        state = NestedText("report-state-done", {"at": incident.report_done_at})
    elif incident.drill:
        state = NestedText("report-state-drill")
    elif due is not None:
        state = NestedText("report-state-due", {"at": due})
    elif incident.resolved_at is not None:
        state = NestedText("report-state-never")
    else:
        state = NestedText("report-state-later")
    published = [r.about for r in incident.published]
    place = published[-1] if published else report_place(ctx.setting, incident)
    place = place if ctx.hears(incident) else ""
    where = f": {place}" if place else ""
    owed = owed_words(ctx, incident)
    ctx.answer("report-is", incident, state=state, where=f"{where}.{owed}" if owed else where)


# The events that a report shows.
_IN_REPORT = (
    Noted | Edited | Retimed | Struck | Restored | Copied | Returned | Redacted
    | Summarised | ProductSet | ImpactSet | SeveritySet
    | MilestoneSet | ChangeUndone | WhyAdded | PropsGiven | Linked | Parked | ActionAdded
    | ActionDone | ActionChanged | ActionTicketed | ProseWritten | HypothesisAdded
    | HypothesisJudged
)  # fmt: skip


def tell_report_changed(ctx: Context) -> None:
    """Tell the channel, once, that a delivered report changed afterwards."""
    for entry in tuple(ctx.entries):
        incident = ctx.state.incidents.get(entry.incident)
        if incident is None or incident.report_done_at is None:
            continue
        if not isinstance(entry.event, _IN_REPORT) or incident.was_sent("report-changed"):
            continue
        if any(known.stale_at and known.again for known in incident.deliveries.values()):
            continue  # it is published again automatically
        ctx.record(incident.id, Reminded("report-changed"))
        place = next((r.url for r in reversed(incident.published) if r.url), "")
        where = place or report_place(ctx.setting, incident)
        ctx.announce(incident, "report-changed", where=f": {where}" if where else ".")


def _because(reason: str) -> str:
    """A reason, as it follows a statement; a security matter has none on IRC."""
    return f": {reason.rstrip('.')}" if reason else ""


# --- what the report is made of --------------------------------------------------------------


def set_impact(ctx: Context, incident: Incident, text: str) -> None:
    """Record who is affected and how."""
    worded = masked(ctx, text)
    ctx.record(incident.id, ImpactSet(worded))
    correcting.tell_set(ctx, incident.id, "impact")


def set_severity(ctx: Context, incident: Incident, severity: str, *, asked: bool) -> None:
    """Record the severity; any word if the process names no severities."""
    process = ctx.process_of(incident)
    known = process.severities
    key = severity_called(grammar_of(process), severity) if known else ""
    if known and not key:
        if asked:
            names = ", ".join(f"{s.key} {s.title}".strip() for s in known.values())
            ctx.answer("severity-none", incident, severities=names)
        return
    key = key or severity
    if key == incident.severity:
        if asked:
            ctx.answer("severity-already", incident, severity=key)
        return
    duties = _duties(ctx, incident)
    ctx.record(incident.id, SeveritySet(key))
    now_owed = _duties(ctx, ctx.incident(incident.id))
    if ctx.declared == incident.id:
        return  # told with the declaration
    title = known[key].title if key in known else ""
    announced = (
        key in known
        and known[key].announcement
        and not is_met(incident, "link:announcement", ctx.process_of(incident))
    )
    told = ctx.word(
        "severity-free",
        incident,
        severity=f"{key} ({title})" if title else key,
        announcement=ctx.word("severity-announced", incident) if announced else "",
        duties=now_owed if now_owed != duties else "",
    )
    ctx.tell_all(incident, told)


def _duties(ctx: Context, incident: Incident) -> str:
    """What is owed after an incident of this severity."""
    process, worst = ctx.process_of(incident), peak(incident, ctx.process_of(incident))
    due, meeting = process.report_due(worst), process.meeting_owed(worst)
    owed = [ctx.word("owed-report", incident, span=due)] if due else []
    if meeting is not None:
        key = "owed-meeting-due" if meeting.due else "owed-meeting"
        owed.append(ctx.word(key, incident, meeting=meeting.words, span=meeting.due))
    if not owed:
        return f" {ctx.word('report-not-owed', incident)}"
    return ctx.word("owed", incident, duties=", ".join(owed))


def add_why(ctx: Context, incident: Incident, text: str) -> None:
    """Record the next of the five whys."""
    worded = masked(ctx, text)
    ctx.record(incident.id, WhyAdded(worded))
    n = len(incident.whys) + 1
    more = NestedText("whys-more", {"count": WHYS - n}) if n < WHYS else ""
    ctx.answer("why", incident, n=n, text=worded, more=more)


def write_prose(ctx: Context, incident: Incident, section: str, text: str) -> None:
    """Record text for a section of the report."""
    worded = masked(ctx, text)
    ctx.record(incident.id, ProseWritten(section, f"- {worded}" if section in LISTS else worded))
    ctx.answer("prose", incident, section=SECTIONS[section])


def give_props(
    ctx: Context, incident: Incident, nick: str, reason: str, *, aloud: bool = True
) -> None:
    """Praise somebody publicly, as the guide asks; we say it, unless somebody just did."""
    before, _, rest = reason.partition(" ")
    for_what = ctx.process_of(incident).language.about[:1]  # "for", which the answer repeats
    worded = masked(ctx, rest.lstrip() if before.lower() in for_what and rest else reason)
    ctx.record(incident.id, PropsGiven(nick, worded))
    reason = ctx.word("props-for", incident, reason=worded) if worded else ""
    if aloud and (ctx.is_at(incident) or ctx.may("next", incident)):
        ctx.announce(incident, "props", nick=nick, reason=reason)
    else:  # nobody can make us speak where they are not
        ctx.answer("props", incident, nick=nick, reason=reason)


def add_link(ctx: Context, incident: Incident, url: str, text: str) -> None:
    """Record a relevant URL."""
    if not _URL.match(url):
        ctx.answer("link-what", incident)
        return
    worded = masked(ctx, url)
    ctx.record(incident.id, Linked(worded, masked(ctx, text)))
    ctx.answer("linked", incident, url=worded)


def park(ctx: Context, incident: Incident, text: str) -> None:
    """Keep something for the review, out of the way."""
    worded = masked(ctx, text)
    ctx.record(incident.id, Parked(worded))
    ctx.whisper("parked", incident)


def set_milestone(ctx: Context, incident: Incident, name: str, typed: str) -> None:
    """Record when it started, was detected, was mitigated; times out of order are mentioned, never
    refused.
    """
    name = name.lower()
    if name in _ENDS:
        _set_end(ctx, incident, name, typed)
        return
    if typed.lower() in ("unknown", "none", "?"):
        ctx.record(incident.id, MilestoneSet(name, None))
        ctx.answer("milestone-unknown", incident, name=name)
        return
    if name not in _GIVEN and get_close_matches(name, _ORDER, n=1, cutoff=0.7):
        ctx.answer("milestone-what", incident, names="|".join(_ORDER))
        return
    at = ctx.when_it_was(typed) if typed else ctx.now
    if at is None:
        return
    ctx.record(incident.id, MilestoneSet(name, at))
    _tell_milestone(ctx, ctx.incident(incident.id), name, at)


def _set_end(ctx: Context, incident: Incident, name: str, typed: str) -> None:
    """Correct when it was declared or resolved."""
    if not typed:
        at = incident.declared_at if name == "declared" else incident.resolved_at
        ctx.answer(
            "milestone",
            incident,
            name=name,
            at=ctx.told(at) if at else NestedText("milestone-not-yet"),
        )
        return
    if name == "resolved" and incident.resolved_at is None:
        ctx.answer("milestone-open", incident, typed=typed)
        return
    if ctx.refused("resolve", incident) or (at := ctx.when_it_was(typed)) is None:
        return
    begun, ended = at, incident.stretches[0].until
    if name == "resolved":
        begun, ended = incident.stretches[-1].since, at
    if ended is not None and ended < begun:
        _tell_backwards(ctx, incident, begun, ended)
        return
    ctx.record(incident.id, MilestoneSet(name, at))
    correcting.tell_set(ctx, incident.id, name)


def _tell_milestone(ctx: Context, incident: Incident, name: str, at: datetime) -> None:
    times = {
        "started": incident.started_at,
        "detected": incident.detected_at,
        "declared": incident.declared_at,
        "mitigated": incident.mitigated_at,
        "resolved": incident.resolved_at,
    }
    if name in times:
        place = _ORDER.index(name)
        for number, other in enumerate(_ORDER):
            known = times[other]
            if known is None or number == place:
                continue
            if (number < place and at < known) or (number > place and at > known):
                ctx.answer(
                    "milestone-order",
                    incident,
                    name=name,
                    at=ctx.clock(at),
                    relation=NestedText(
                        "milestone-before" if number < place else "milestone-after"
                    ),
                    other=other,
                    other_at=ctx.clock(known),
                )
                return
    ctx.answer("milestone", incident, name=name, at=ctx.clock(at))
