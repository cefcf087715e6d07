"""How an incident ends, comes back, and is written up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from difflib import get_close_matches

from ircbot.incident.closing import outstanding, waits_until
from ircbot.incident.deadlines import report_due
from ircbot.incident.events import (
    ActionAdded,
    ActionDone,
    ActionTicketed,
    Closed,
    ImpactSet,
    Linked,
    MilestoneSet,
    Parked,
    PropsGiven,
    Reminded,
    Reopened,
    ReportDelivered,
    ReportPromised,
    Resolved,
    SeveritySet,
    WhyAdded,
    Withdrawn,
)
from ircbot.incident.people import Person, same_name
from ircbot.incident.process import Process
from ircbot.incident.prompts import is_met
from ircbot.incident.rules.guarding import kept, masked
from ircbot.incident.rules.hearing import Hearing
from ircbot.incident.rules.which import live_one, open_at, which
from ircbot.incident.setting import Setting
from ircbot.incident.state import Action, Incident
from ircbot.incident.times import day_named, long, past

WHYS = 5
_ORDER = ("started", "detected", "declared", "mitigated", "resolved")
_GIVEN = ("started", "detected", "mitigated")  # the others are when somebody said so
_ASKED_WITHIN = timedelta(minutes=5)  # a leader is asked no oftener
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+|[\w-]+(?:\.[\w-]+)+(?:[/:?#]\S*)?$", re.IGNORECASE)
_OWNER = re.compile(r"@[^\s@]+")


def owes_report(incident: Incident, process: Process) -> str:
    """Who owes the report: the last holder of the role that does, else who led; "" if nobody."""
    for role in (process.report.by, "lead"):
        held = [t.holder.nick for t in incident.terms if t.role == role]
        if held:
            return held[-1]
    return ""


def resolve(h: Hearing, named: int | None, text: str, *, asked: bool) -> None:
    """Somebody says it is resolved; when that is not theirs to say, the leader is asked."""
    incident = live_one(h, named, asked=asked, unless_one=True)
    if incident is None:
        return
    holder = incident.holder()
    if holder is not None and not h.may("resolve", incident):
        _ask_leader(h, incident, holder, asked=asked)
        return
    h.record(incident.id, Resolved(kept(h, incident, text)))
    now = h.incident(incident.id)
    report = "" if now.drill else _report_words(h, now)
    h.tell_all(now, h.word("resolved", now, span=long(h.now - now.declared_at), report=report))


def _ask_leader(h: Hearing, incident: Incident, holder: Person, *, asked: bool) -> None:
    """Ask the leader whether it is resolved; not again at once, whoever says so."""
    given = incident.given.get("resolve-asked")
    if given is None or h.now - given.at >= _ASKED_WITHIN:
        h.record(incident.id, Reminded("resolve-asked"))
        h.announce(incident, "resolve-asked", nick=holder.nick, speaker=h.line.nick)
        if asked and not same_name(h.line.channel, incident.channel):
            h.answer("resolve-who", incident, holder=holder.nick)
    elif asked:
        h.answer("resolve-who", incident, holder=holder.nick)


def _report_words(h: Hearing, incident: Incident) -> str:
    """When the report is due, from whom, and where the draft is."""
    process = h.process_of(incident)
    due = report_due(incident, process, h.setting.calendar)
    owner = owes_report(incident, process)
    where = report_place(h.setting, incident)
    words = h.word(
        "report-due", incident, at=h.clock(due or h.now), who=f" from {owner}" if owner else ""
    )
    return words + (h.word("report-where", incident, where=where) if where else "")


def report_place(setting: Setting, incident: Incident) -> str:
    """Where people find the report that the bot writes, "" if it writes none."""
    return setting.report_place(incident.id)


def promise_report(h: Hearing) -> None:
    """Somebody said that a report will follow."""
    incident = which(h, ask=False)
    if incident is None or incident.status not in ("open", "resolved"):
        return
    if h.involved(incident):
        h.record(incident.id, ReportPromised())


def reopen(h: Hearing, incident: Incident, reason: str) -> None:
    """It was not over."""
    if incident.live:
        h.answer("not-resolved", incident, status=incident.status)
    elif (other := open_at(h, incident.channel)) is not None:
        h.answer("comms-taken", other, channel=incident.channel, led=h.led(other))
    elif not h.refused("reopen", incident):
        worded = kept(h, incident, reason)
        h.record(incident.id, Reopened(worded))
        now = h.incident(incident.id)
        holder = now.holder()
        leader = h.word("leader-is", now, nick=holder.nick) if holder else ""
        if not holder:
            leader = h.word("leader-asked", now)
        h.tell_all(now, h.word("reopened", now, reason=_because(worded), leader=leader))


def close(h: Hearing, incident: Incident, *, anyway: bool = False) -> None:
    """Nothing more is to be done. `anyway`: whatever the process still waits for."""
    if incident.live:
        h.answer("close-open", incident)
    elif incident.status != "resolved":
        h.answer("not-resolved", incident, status=incident.status)
    elif h.refused("close", incident):
        pass
    elif not anyway and (why := _closes_later(h, incident)):
        h.answer("close-early", incident, why=why)
    else:
        h.record(incident.id, Closed())
        h.answer("closed", incident)


def _closes_later(h: Hearing, incident: Incident) -> str:
    """What the process still waits for before an incident is closed, "" if for nothing."""
    process = h.process_of(incident)
    names = {"report": f"the {process.report.words}"}
    for checklist in process.checklists:
        names |= checklist.items
    waits = [names.get(need, need) for need in outstanding(incident, process)]
    until = waits_until(incident, process, h.setting.calendar)
    if until is not None and until > h.now:
        wanted = " or ".join(names.get(name, name) for name in process.close_when)
        waits.append(f"{wanted} (or {h.clock(until)} comes)")
    return "; ".join(waits)


def withdraw(h: Hearing, incident: Incident, reason: str) -> None:
    """It was a false alarm."""
    if incident.status == "withdrawn":
        h.answer("not-open", incident, status=incident.status)
    elif not h.refused("withdraw", incident):
        worded = kept(h, incident, reason)
        h.record(incident.id, Withdrawn(worded))
        h.tell_all(incident, h.word("withdrawn", incident, reason=_because(worded)))


def report(h: Hearing, incident: Incident, arguments: str) -> None:
    """Where the report is; `done [URL]`: that it is delivered."""
    process = h.process_of(incident)
    verb, _, where = arguments.partition(" ")
    if verb.lower() in ("done", "published"):
        if incident.live:
            h.answer("close-open", incident)
        elif _owes(h, incident, process) or not h.refused("publish", incident):
            h.record(incident.id, ReportDelivered(where.strip()))
            h.answer("report-done", incident)
        return
    due = report_due(incident, process, h.setting.calendar)
    if incident.report_done_at is not None:
        state = f"done {h.clock(incident.report_done_at)}"
    elif incident.drill:
        state = "a drill owes none"
    elif due is not None:
        state = f"due {h.clock(due)}"
    else:
        state = "owed after the resolution"
    published = [r.about for r in incident.published]
    place = published[-1] if published else report_place(h.setting, incident)
    h.answer("report-is", incident, state=state, where=f": {place}" if place else "")


def _owes(h: Hearing, incident: Incident, process: Process) -> bool:
    """Whether the speaker has, or had, the role that owes the report."""
    return any(h.mine(t.holder) for t in incident.terms if t.role == process.report.by)


def _because(reason: str) -> str:
    """A reason as it follows what it is for; a security matter has none on IRC."""
    return f": {reason.rstrip('.')}" if reason else ""


# --- what the report is made of --------------------------------------------------------------


def set_impact(h: Hearing, incident: Incident, text: str) -> None:
    """Who and what it hits."""
    worded = masked(h, text)
    h.record(incident.id, ImpactSet(worded))
    h.answer("set", incident, what="impact", value=worded.rstrip("."))


def set_severity(h: Hearing, incident: Incident, severity: str, *, asked: bool) -> None:
    """How bad it is; any word where the process names no severities."""
    known = h.process_of(incident).severities
    key = next((k for k in known if k.lower() == severity.lower()), "")
    if known and not key:
        if asked:
            names = ", ".join(f"{s.key} {s.title}".strip() for s in known.values())
            h.answer("severity-none", incident, severities=names)
        return
    key = key or severity
    if key == incident.severity:
        if asked:
            h.answer("severity-already", incident, severity=key)
        return
    h.record(incident.id, SeveritySet(key))
    if h.declared == incident.id:
        return  # told with the declaration
    title = known[key].title if key in known else ""
    announced = (
        key in known
        and known[key].announcement
        and not is_met(incident, "link:announcement", h.process_of(incident))
    )
    h.announce(
        incident,
        "severity-free",
        severity=f"{key} ({title})" if title else key,
        announcement=h.word("severity-announced", incident) if announced else "",
    )


def add_action(h: Hearing, incident: Incident, typed: str) -> None:
    """A follow-up: TEXT [@NICK] [by DATE], in any order."""
    said = typed.split()
    due, owner = "", ""
    for place in range(len(said) - 1, 0, -1):
        if said[place - 1].lower() != "by" or len(said) == 2:
            continue
        day = day_named(said[place].rstrip(".,;"), h.now, h.setting.zone)
        if day is not None:
            due = day.isoformat()
            del said[place - 1 : place + 1]
            break
    for place in (0, len(said) - 1):
        if len(said) > 1 and _OWNER.fullmatch(said[place]):
            owner = said.pop(place).strip("@:,")
            break
    text = masked(h, " ".join(said))
    n = incident.next_action
    h.record(incident.id, ActionAdded(n, text, owner, due))
    h.answer("action", incident, n=n, text=text.rstrip("."), **_whose(owner, due))


def _whose(owner: str, due: str) -> Mapping[str, str]:
    return {"owner": f" — {owner}" if owner else "", "due": f", by {due}" if due else ""}


def list_actions(h: Hearing, incident: Incident) -> None:
    """The follow-ups of an incident, the open ones first."""
    if not incident.actions:
        h.answer("no-actions", incident)
        return
    shown = sorted(incident.actions, key=lambda a: (a.done, a.n))
    parts = [
        f"{a.n}{' (done)' if a.done else ''} {a.text.rstrip('.')}{_whose(a.owner, a.due)['owner']}"
        f"{_whose(a.owner, a.due)['due']}"
        for a in shown
    ]
    h.answer("actions", incident, actions="; ".join(parts))


def finish_action(h: Hearing, incident: Incident, number: str) -> None:
    """A follow-up is done."""
    action = _action_named(h, incident, number)
    if action is not None:
        h.record(incident.id, ActionDone(action.n))
        h.answer("action-done", incident, n=action.n, text=action.text)


def _action_named(h: Hearing, incident: Incident, number: str) -> Action | None:
    """The follow-up of a number, None if there is none: the speaker is told."""
    action = incident.action(_number(number))
    if action is None:
        h.answer("no-action", incident, n=number)
    return action


def _number(typed: str) -> int:
    """A number as typed ("3", "#3"), 0 if it is none."""
    digits = typed.strip().removeprefix("#")
    return int(digits) if re.fullmatch(r"[0-9]{1,6}", digits) else 0


def ticket(h: Hearing, incident: Incident, number: str, where: str) -> None:
    """A follow-up has a ticket."""
    action = _action_named(h, incident, number)
    if action is not None:
        h.record(incident.id, ActionTicketed(action.n, where))
        h.answer("linked", incident, url=where)


def add_why(h: Hearing, incident: Incident, text: str) -> None:
    """The next of the five whys."""
    worded = masked(h, text)
    h.record(incident.id, WhyAdded(worded))
    n = len(incident.whys) + 1
    more = f" ({WHYS - n} to go)" if n < WHYS else ""
    h.answer("why", incident, n=n, text=worded, more=more)


def give_props(h: Hearing, incident: Incident, nick: str, reason: str) -> None:
    """Somebody is praised, as the guide asks, aloud."""
    worded = masked(h, re.sub(r"^for\s+", "", reason, flags=re.IGNORECASE))
    h.record(incident.id, PropsGiven(nick, worded))
    h.announce(incident, "props", nick=nick, reason=f" for {worded}" if worded else "")


def add_link(h: Hearing, incident: Incident, url: str, text: str) -> None:
    """A URL that matters."""
    if not _URL.match(url):
        h.answer("link-what", incident)
        return
    worded = masked(h, url)
    h.record(incident.id, Linked(worded, masked(h, text)))
    h.answer("linked", incident, url=worded)


def park(h: Hearing, incident: Incident, text: str) -> None:
    """Kept for the review, out of everybody's way."""
    worded = masked(h, text)
    h.record(incident.id, Parked(worded))
    h.whisper("parked", incident)


def set_milestone(h: Hearing, incident: Incident, name: str, typed: str) -> None:
    """When it started, was detected, was mitigated; disorder is told, never refused."""
    name = name.lower()
    if typed.lower() in ("unknown", "none", "?"):
        h.record(incident.id, MilestoneSet(name, None))
        h.answer("milestone-unknown", incident, name=name)
        return
    at = past(typed, h.now, h.setting.zone) if typed else h.now
    meant = name in _GIVEN or not get_close_matches(name, _ORDER, n=1, cutoff=0.7)
    if at is None or not meant:
        h.answer("milestone-what", incident, names="|".join(_GIVEN))
        return
    h.record(incident.id, MilestoneSet(name, at))
    _tell_milestone(h, h.incident(incident.id), name, at)


def _tell_milestone(h: Hearing, incident: Incident, name: str, at: datetime) -> None:
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
                h.answer(
                    "milestone-order",
                    incident,
                    name=name,
                    at=h.clock(at),
                    relation="before" if number < place else "after",
                    other=other,
                    other_at=h.clock(known),
                )
                return
    h.answer("milestone", incident, name=name, at=h.clock(at))
