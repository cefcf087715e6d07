"""What is due at a given time: everything that time alone causes.

A function of state and time. What was said is an event, so that a restart neither forgets nor
repeats it; after an absence each subject is spoken of once, at its latest stage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ircbot.incident.deadlines import due as deadline
from ircbot.incident.deadlines import report_due
from ircbot.incident.events import Closed, Entry, Event, OfferWithdrawn, Reminded
from ircbot.incident.line import Reply, Source
from ircbot.incident.people import Person, fold, same_name
from ircbot.incident.process import Process
from ircbot.incident.prompts import addressee, begins, is_met, worded
from ircbot.incident.rules.ending import owes_report, report_place
from ircbot.incident.rules.hearing import Outcome
from ircbot.incident.setting import Setting
from ircbot.incident.state import Desk, Incident, Offer, evolve
from ircbot.incident.times import clock, long
from ircbot.incident.words import say

_LATE = timedelta(minutes=2)  # a tick comes every second
# An open incident that nobody touches is asked about after these, then left in peace.
_STILL_OPEN = (timedelta(hours=12), timedelta(hours=36), timedelta(hours=84))


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is due at a time. Later stages of a subject stand for the earlier ones.

    `event` is recorded besides the reminder itself; `to` and `text` are what is said, if anything.
    """

    at: datetime
    subject: str
    stage: int
    to: str = ""
    text: str = ""
    event: Event | None = None


def due(desk: Desk, now: datetime, setting: Setting) -> Outcome:
    """What is to be recorded and said at `now`."""
    entries: list[Entry] = []
    replies: list[Reply] = []
    bot = Person(setting.nick)
    for incident in desk.incidents.values():
        for item in _latest(_schedule(incident, now, setting), incident, now):
            late = (now - item.at) if now - item.at >= _LATE else timedelta(0)
            key = f"{item.subject}:{item.stage}"
            events: list[Event] = [Reminded(key, round(late.total_seconds()))]
            if item.event is not None:
                events.append(item.event)
            for event in events:
                entry = Entry(incident.id, now, bot, event, incident.channel)
                entries.append(entry)
                desk = evolve(desk, entry)
            if item.text:
                kind = setting.announcement(item.to)
                replies.append(Reply(item.to, item.text, kind, incident.network))
    return Outcome(tuple(entries), tuple(replies), desk)


def next_due(desk: Desk, now: datetime, setting: Setting) -> datetime | None:
    """The next time after `now` at which something may be due, None if nothing ever will."""
    times = [
        item.at
        for incident in desk.incidents.values()
        for item in _schedule(incident, now, setting)
        if item.at > now
    ]
    return min(times, default=None)


def update_due(incident: Incident, process: Process) -> datetime | None:
    """When the next status update is due, None when nobody waits for one.

    A promise counts until it is kept by an update; entries can put it off, not bring it forward.
    """
    if not incident.live or incident.secured:
        return None
    every = process.updates.every
    severity = process.severities.get(incident.severity)
    if severity is not None and severity.update_every is not None:
        every = severity.update_every
    start = incident.clock or incident.declared_at
    if incident.promised is None:
        return start + every
    made = incident.promised_at or start
    return incident.promised if made >= start else max(incident.promised, start + every)


def _latest(items: Iterator[Item], incident: Incident, now: datetime) -> list[Item]:
    """Of each subject the last stage that has come and was not spoken of."""
    found: dict[str, Item] = {}
    for item in items:
        if item.at <= now and item.stage > _reached(incident, item.subject):
            before = found.get(item.subject)
            if before is None or item.stage > before.stage:
                found[item.subject] = item
    return sorted(found.values(), key=lambda item: (item.at, item.subject))


def _reached(incident: Incident, subject: str) -> int:
    """The last stage of a subject that was spoken of, 0 for none."""
    prefix = subject + ":"
    return max(
        (
            int(key[len(prefix) :])
            for key in incident.given
            if key.startswith(prefix) and key[len(prefix) :].isdigit()
        ),
        default=0,
    )


def _schedule(incident: Incident, now: datetime, setting: Setting) -> Iterator[Item]:
    """Everything that time will cause for an incident, as things stand."""
    if incident.source is Source.IMPORT or incident.status in ("closed", "withdrawn"):
        return
    voice = _Voice(incident, setting.process_named(incident.process), setting, now)
    if incident.live:
        yield from _updates(voice)
        yield from _baton(voice)
        yield from _splits(voice)
        yield from _breaks(voice)
        yield from _still_open(voice)
    else:
        yield from _report(voice)
        yield from _close(voice)
    yield from _prompts(voice)


@dataclass(frozen=True, slots=True)
class _Voice:
    """An incident, and the words for it."""

    incident: Incident
    process: Process
    setting: Setting
    now: datetime

    def word(self, key: str, **named: object) -> str:
        """A text in the process's words."""
        incident, process = self.incident, self.process
        common: dict[str, object] = {
            "id": incident.id,
            "prefix": self.setting.prefix,
            "summary": self.summary,
            "lead": process.lead.name,
            "title": process.lead.title,
            "report": process.report.words,
        }
        return say(process, key, **(common | named))

    @property
    def summary(self) -> str:
        """The summary as it may be said aloud."""
        if self.incident.guarded:
            return "—"
        return self.incident.summary.rstrip(".") or say(self.process, "no-summary")

    def clock(self, moment: datetime) -> str:
        """A time of day as people here read it."""
        return clock(moment, self.now, self.setting.zone)


def _named(person: Person | None) -> str:
    return f"{person.nick}: " if person else ""


def _updates(v: _Voice) -> Iterator[Item]:
    incident, updates = v.incident, v.process.updates
    due_at = update_due(incident, v.process)
    if due_at is None:
        return
    start = incident.clock or incident.declared_at
    if incident.promised is not None and incident.promised_at is not None:
        start = max(start, incident.promised_at)
    holder = incident.holder()
    told = {
        "nick": _named(holder),
        "last": v.clock(incident.clock or incident.declared_at),
    }
    to = incident.channel
    soon = due_at - updates.warn_before
    if soon > start:
        text = v.word("update-soon", span=long(updates.warn_before), **told)
        yield Item(soon, "update", 1, to, text)
    yield Item(due_at, "update", 2, to, v.word("update-due", **told))
    late_at = due_at
    for number, pause in enumerate(updates.again_after):
        late_at += pause
        span = long(max(late_at, min(v.now, late_at + pause)) - due_at)
        text = v.word("update-late", span=span, **told)
        others = _others(incident, holder)
        if number + 1 >= updates.others_after and others:
            text = v.word(
                "update-others",
                nicks=", ".join(others),
                span=long(late_at - start),
                leader=holder.nick if holder else v.process.lead.title,
            )
        yield Item(late_at, "update", 3 + number, to, text)


def _others(incident: Incident, holder: Person | None) -> tuple[str, ...]:
    """Who was notified, the leader left out; the next to ask."""
    nicks = dict.fromkeys(nick for call in incident.calls for nick in call.nicks)
    return tuple(n for n in nicks if holder is None or not same_name(n, holder.nick))[:5]


def _baton(v: _Voice) -> Iterator[Item]:
    for offer in v.incident.offers.values():
        yield from _offer(v, offer)


def _offer(v: _Voice, offer: Offer) -> Iterator[Item]:
    baton, to = v.process.baton, v.incident.channel
    role = v.process.roles.get(offer.role)
    named = {
        "nick": offer.to.nick,
        "holder": offer.by.nick,
        "lead": role.name if role else offer.role,
    }
    subject = f"baton:{offer.role}"
    holder = v.incident.holder(offer.role)
    key = "stays" if holder else "stays-nobody"
    stays = v.word(key, role=named["lead"], holder=holder.nick if holder else "")
    yield Item(offer.at + baton.confirm_after, subject, 1, to, v.word("offer-again", **named))
    yield Item(
        offer.at + baton.withdraw_after,
        subject,
        2,
        to,
        v.word("offer-timeout", span=long(baton.withdraw_after), stays=stays, **named),
        OfferWithdrawn(offer.role, "timeout"),
    )


def _splits(v: _Voice) -> Iterator[Item]:
    """A leader on the other side of a split that does not heal is gone."""
    holder = v.incident.holder()
    departure = v.incident.departed(holder) if holder else None
    if holder is not None and departure is not None and departure.how == "split":
        heals = v.process.baton.split_heals_within
        text = v.word("leader-split", nick=holder.nick, span=long(heals))
        yield Item(departure.at + heals, f"gone:{fold(holder.nick)}", 1, v.incident.channel, text)


def _breaks(v: _Voice) -> Iterator[Item]:
    term = v.incident.term()
    every = v.process.baton.break_after
    if term is None or every <= timedelta(0):
        return
    for number in range(1, 13):
        text = v.word("break", span=long(every * number))
        yield Item(term.since + every * number, "break", number, term.holder.nick, text)


def _still_open(v: _Voice) -> Iterator[Item]:
    incident = v.incident
    heard = max(
        moment
        for moment in (incident.clock, incident.led_at, incident.promised, incident.declared_at)
        if moment is not None
    )
    for number, pause in enumerate(_STILL_OPEN, 1):
        text = v.word(
            "still-open",
            nick=_named(incident.holder()),
            span=long(heard + pause - incident.declared_at),
            silence=long(pause),
        )
        subject = f"still-open-{int(heard.timestamp())}"
        yield Item(heard + pause, subject, number, incident.channel, text)


def _report(v: _Voice) -> Iterator[Item]:
    incident, duty = v.incident, v.process.report
    due_at = report_due(incident, v.process, v.setting.calendar)
    if due_at is None or incident.report_done_at is not None or incident.drill:
        return
    owner, place = owes_report(incident, v.process), report_place(v.setting, incident)
    named = {
        "nick": f"{owner}: " if owner else "",
        "where": v.word("report-where", where=place) if place else "",
    }
    to = incident.channel
    for number, before in enumerate(duty.remind_at, 1):
        if incident.resolved_at is not None and due_at - before > incident.resolved_at:
            text = v.word("report-soon", span=long(before), **named)
            yield Item(due_at - before, "report", number, to, text)
    stage = len(duty.remind_at) + 1
    yield Item(due_at, "report", stage, to, v.word("report-now", **named))
    for number in range(1, duty.overdue_times + 1):
        late = duty.overdue_every * number
        text = v.word("report-late", span=long(late), **named)
        yield Item(due_at + late, "report", stage + number, to, text)


def _close(v: _Voice) -> Iterator[Item]:
    """Closed when the report is done and the process's time for objections has passed."""
    incident, wait = v.incident, v.process.close_after
    if wait is None or incident.resolved_at is None or incident.report_done_at is None:
        return
    calendar = v.setting.calendar
    at = deadline(
        incident.resolved_at,
        wait,
        calendar.zone,
        calendar.working_days,
        calendar.working_hours,
        calendar.holidays,
    )
    if "confirmed" in incident.ticked:
        at = incident.ticked["confirmed"]
    at = max(at, incident.report_done_at)
    yield Item(at, "close", 1, incident.channel, v.word("closed"), Closed())


# --- what the process has the bot say of itself ----------------------------------------------


def _prompts(v: _Voice) -> Iterator[Item]:
    for prompt in v.process.prompts:
        begin = begins(v.incident, prompt)
        if begin is None or is_met(v.incident, prompt.until):
            continue
        if prompt.severities and v.incident.severity not in prompt.severities:
            continue
        to = addressee(v.incident, prompt, v.setting)
        if not to:
            continue
        for number in range(1, prompt.times + 1):
            pause = prompt.every * (number - 1) if prompt.every else timedelta(0)
            at = begin + prompt.after + pause
            yield Item(
                at,
                f"prompt:{prompt.key}",
                number,
                to,
                worded(v.incident, prompt, v.process, v.setting, v.summary),
            )
