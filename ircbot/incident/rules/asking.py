"""Questions people ask the bot: how it stands, what there is, what to type."""

from __future__ import annotations

from datetime import datetime, timedelta

from ircbot.incident.deadlines import report_due
from ircbot.incident.events import Reminded
from ircbot.incident.people import fold, same_name
from ircbot.incident.rules.ending import owes_report
from ircbot.incident.rules.hearing import Hearing
from ircbot.incident.rules.which import open_now
from ircbot.incident.stages import stage
from ircbot.incident.state import Incident
from ircbot.incident.times import long

_LISTED = 3  # an answer is at most three lines
_LONGEST = 160  # characters of an entry, for a newcomer
_GREETED = 5  # in a minute: after a netsplit all who were there come in again
_RECENT = timedelta(hours=1)


def status_lines(h: Hearing, incident: Incident) -> tuple[str, ...]:
    """How an incident stands, for a newcomer, in at most three lines."""
    holder = incident.holder()
    term = incident.term()
    leader = ""
    if holder is not None and term is not None:
        leader = h.word("leader-is", incident, nick=f"{holder.nick} since {h.clock(term.since)}")
    elif incident.live:
        leader = h.word("leader-asked", incident)
    for role in h.process_of(incident).roles.values():
        if role.key != "lead" and (held := incident.holders(role.key)):
            nicks = ", ".join(person.nick for person in held)
            title = role.title[:1].upper() + role.title[1:]
            leader += h.word("role-is", incident, role=title, nicks=nicks)
    first = h.word(
        "status",
        incident,
        status=_standing(h, incident),
        drill=", drill" if incident.drill else "",
        leader=leader,
        comms=h.word("comms-is", incident, channel=incident.channel),
        video=f"Video: {incident.video}" if incident.video else "",
    ).rstrip()
    return (first, _clock_line(h, incident) if incident.live else _ended_line(h, incident))


def _standing(h: Hearing, incident: Incident) -> str:
    """How far it is, and how bad."""
    process = h.process_of(incident)
    reached = stage(incident, process, h.now)
    words = process.statuses[reached].name if reached in process.statuses else incident.status
    severity = incident.severity
    if not severity and process.assumed_severity and incident.live:
        severity = f"{process.assumed_severity} until it is known"
    return f"{words}, severity {severity}" if severity else words


def _clock_line(h: Hearing, incident: Incident) -> str:
    from ircbot.incident.reminders import update_due

    latest = max((n for n in incident.notes if not n.struck), key=lambda n: n.at, default=None)
    told = incident.updates[-1] if incident.updates else None
    if told is not None and (latest is None or told.at >= latest.at):
        last = h.word("status-last", incident, last=_worded(h, incident, told.at, told.text))
    elif latest is not None:
        last = h.word("status-last", incident, last=_worded(h, incident, latest.at, latest.text))
    else:
        last = h.word("status-none", incident)
    due = update_due(incident, h.process_of(incident))
    return h.word(
        "status-clock",
        incident,
        since=f"Declared {h.clock(incident.declared_at)}, {h.since(incident.declared_at)} ago",
        last=last,
        due=f" Next due {h.clock(due)}." if due else "",
    ) + _absence(h, incident)


def _worded(h: Hearing, incident: Incident, at: datetime, text: str) -> str:
    """What was said last and when; the time alone where it is not said aloud."""
    if incident.guarded or not text:
        return h.clock(at)
    if len(text) > _LONGEST:
        text = text[:_LONGEST].rpartition(" ")[0] + " …"
    return f"{h.clock(at)}: {text.rstrip('.')}"


def _absence(h: Hearing, incident: Incident) -> str:
    """What a newcomer cannot find here because the bot was away of late, "" if it was not."""
    recent = [gap for gap in incident.gaps if h.now - gap.until <= _RECENT]
    if not recent:
        return ""
    away = sum((gap.until - gap.since for gap in recent), timedelta(0))
    late = h.word("late-reminders", incident, count=incident.late) if incident.late else ""
    return h.word("away", incident, span=long(away), late=late)


def _ended_line(h: Hearing, incident: Incident) -> str:
    withdrawn = incident.status == "withdrawn"
    ended = (None if withdrawn else incident.resolved_at) or incident.closed_at or h.now
    at, span = h.clock(ended), long(ended - incident.declared_at)
    if withdrawn:
        return h.word("status-withdrawn", incident, at=at, span=span)
    process = h.process_of(incident)
    due = report_due(incident, process, h.setting.calendar)
    if incident.report_done_at is not None:
        report = f"The {process.report.words} is done."
    elif due is not None and not incident.drill:
        owner = owes_report(incident, process)
        report = h.word(
            "report-due", incident, at=h.clock(due), who=f" from {owner}" if owner else ""
        )
    else:
        report = ""
    return h.word("status-ended", incident, at=at, report=report, span=span).rstrip()


def status(h: Hearing, incident: Incident | None) -> None:
    """Answer how it stands."""
    if incident is not None:
        for line in status_lines(h, incident):
            h.answer_text(line)
    elif len(h.desk.open) > 1:
        names = ", ".join(f"{i.id} ({h.summary(i)}) in {i.channel}" for i in h.desk.open)
        h.answer("status-several", count=len(h.desk.open), incidents=names)
    else:
        latest = h.desk.latest
        words = ""
        if latest is not None:
            ended = latest.closed_at or latest.resolved_at or latest.declared_at
            words = h.word("status-latest", latest, status=latest.status, at=h.clock(ended))
        h.answer("status-nothing", latest=words)


def greet(h: Hearing) -> None:
    """Tell somebody who joins an open incident's channel how it stands, privately and once."""
    nick = h.line.nick
    if not h.setting.greet or h.setting.quiet:
        return
    if any(same_name(nick, feeder) for feeder in h.setting.feeders):
        return
    for incident in open_now(h):
        key = f"greet:{fold(nick)}"
        new = not incident.was_given(key) and not h.involved(incident)
        here = same_name(incident.channel, h.line.channel)
        if new and here and _greeted_of_late(h, incident) < _GREETED:
            h.record(incident.id, Reminded(key))
            for line in status_lines(h, incident):
                h.whisper_text(line)
            if welcome := h.process_of(incident).welcome:
                h.whisper_text(welcome.format(prefix=h.setting.prefix))


def _greeted_of_late(h: Hearing, incident: Incident) -> int:
    minute = timedelta(minutes=1)
    given = (at.at for key, at in incident.given.items() if key.startswith("greet:"))
    return sum(h.now - at < minute for at in given)


def list_incidents(h: Hearing) -> None:
    """The newest incidents, a line each."""
    newest = sorted(h.desk.incidents.values(), key=lambda i: -i.id)
    if not newest:
        h.answer("none-known")
    left = len(newest) - _LISTED
    for place, incident in enumerate(newest[:_LISTED], 1):
        more = f" and {left} more" if left > 0 and place == _LISTED else ""
        drill = h.word("drill", incident) if incident.drill else ""
        status, at = incident.status + drill, h.clock(incident.declared_at)
        h.answer("list", incident, status=status, at=at, more=more)


def tip(h: Hearing, incident: Incident | None) -> None:
    """One line of the guide's calm advice, another each time."""
    tips = h.process_of(incident).tips
    if tips:
        turn = int(h.now.timestamp()) // 60
        h.answer("tip", incident, tip=tips[turn % len(tips)].format(prefix=h.setting.prefix))
    else:
        h.answer("no-tips", incident)
