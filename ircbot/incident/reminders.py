"""What is due at a given time: everything that time alone causes.

A function of state and time. What was said is an event, so that a restart neither forgets nor
repeats it; after an absence each subject is spoken of once, at its latest stage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ircbot.incident.closing import closes_at, report_due
from ircbot.incident.events import Closed, Entry, Event, Notified, OfferWithdrawn, Reminded
from ircbot.incident.line import Reply, Source
from ircbot.incident.people import Person, fold, same_name
from ircbot.incident.process import Process
from ircbot.incident.prompts import (
    count,
    destinations,
    is_asked_at,
    is_ticked_off,
    on_duty,
    spoken_to,
    worded,
)
from ircbot.incident.rules.context import Outcome
from ircbot.incident.rules.ending import owes_report, report_place
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident, Offer, State, evolve
from ircbot.incident.times import clock, long
from ircbot.incident.words import marked, say

_LATE = timedelta(minutes=2)  # a tick comes every second
# The process's prompts leave people this much time after each other, and after these.
_APART = timedelta(minutes=1)
_AT_ONCE = timedelta(seconds=5)  # no prompt stands between people's lines of one moment
_ALOUD = ("prompt:", "update:", "baton:", "report:")
# An open incident that nobody touches is asked about after these, then left in peace.
_STILL_OPEN = (timedelta(hours=12), timedelta(hours=36), timedelta(hours=84))
_BREAKS = 3  # suggestions of a break; who has heard three has decided


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is due at a time. Later stages of a subject stand for the earlier ones.

    `event` is recorded besides the reminder itself; `to` and `text` are what is said, if anything;
    `also` are further channels.
    """

    at: datetime
    subject: str
    stage: int
    to: str = ""
    text: str = ""
    event: Event | None = None
    also: tuple[str, ...] = ()

    @property
    def is_prompt(self) -> bool:
        """Whether the process asks for it, so that it can wait a minute."""
        return self.subject.startswith("prompt:")


def due(state: State, now: datetime, setting: Setting) -> Outcome:
    """What is to be recorded and said at `now`."""
    entries: list[Entry] = []
    replies: list[Reply] = []
    bot = Person(setting.nick)
    for incident in state.incidents.values():
        for item in _latest(_schedule(incident, now, setting), incident, now):
            late = (now - item.at) if now - item.at >= _LATE else timedelta(0)
            key = f"{item.subject}:{item.stage}"
            events: list[Event] = [Reminded(key, round(late.total_seconds()))]
            if item.event is not None:
                events.append(item.event)
            for event in events:
                entry = Entry(incident.id, now, bot, event, incident.channel)
                entries.append(entry)
                state = evolve(state, entry)
            if item.text:
                process = setting.process_named(incident.process)
                text = marked(process, item.text, drill=incident.drill)
                replies += (
                    Reply(to, text, setting.announcement(to), incident.network)
                    for to in (item.to, *item.also)
                )
    return Outcome(tuple(entries), tuple(replies), state)


def next_due(state: State, now: datetime, setting: Setting) -> datetime | None:
    """The next time after `now` at which something may be due, None if nothing ever will."""
    times = [
        item.at
        for incident in state.incidents.values()
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
    every = process.update_every(incident.severity)
    start = incident.clock or incident.declared_at
    if incident.promised is None:
        return start + every
    made = incident.promised_at or start
    return incident.promised if made >= start else max(incident.promised, start + every)


def _latest(items: Iterator[Item], incident: Incident, now: datetime) -> list[Item]:
    """Of each subject the last stage that has come and was not spoken of."""
    found: dict[str, Item] = {}
    for item in items:  # of each subject in the order of its stages
        if item.at <= now and item.stage > _reached(incident, item.subject):
            found[item.subject] = item
    # Prompts of one time stay in the order of the process.
    now_due = sorted(
        found.values(), key=lambda i: (i.at, i.is_prompt, "" if i.is_prompt else i.subject)
    )
    others = [item for item in now_due if not item.is_prompt]
    if any(f"{item.subject}:".startswith(_ALOUD) for item in others):
        return others
    first = next((item for item in now_due if item.is_prompt), None)
    return [item for item in now_due if item is first or not item.is_prompt]


def _reached(incident: Incident, subject: str) -> int:
    """The last stage of a subject that was spoken of, 0 for none."""
    prefix = subject + ":"
    return max(
        (
            int(key[len(prefix) :])
            for key in incident.reminders_sent
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
    yield from _meeting(voice)
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
            return say(self.process, "guarded")
        return self.incident.summary.rstrip(".") or say(self.process, "no-summary")

    def clock(self, moment: datetime) -> str:
        """A time of day as people here read it."""
        return clock(moment, self.now, self.setting.zone)

    def since(self, moment: datetime, at_least: timedelta) -> str:
        """How long ago it was, in words; what comes late says so."""
        return long(max(at_least, self.now - moment))

    def until(self, moment: datetime, at_most: timedelta) -> str:
        """How long it still is, in words."""
        return long(min(at_most, moment - self.now))


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
    if holder is not None and incident.departed(holder) is not None:
        holder = None  # there is nobody there to remind
    told = {
        "nick": _named(holder),
        "last": v.clock(incident.clock or incident.declared_at),
    }
    to = incident.channel
    soon = due_at - updates.warn_before
    if soon > start:
        text = v.word("update-soon", span=v.until(due_at, updates.warn_before), **told)
        yield Item(soon, "update", 1, to, text)
    yield Item(due_at, "update", 2, to, v.word("update-due", **told))
    late_at = due_at
    for number, pause in enumerate(updates.again_after):
        late_at += pause
        text = v.word("update-late", span=v.since(due_at, late_at - due_at), **told)
        others = _others(incident, holder)
        if number + 1 >= updates.others_after and others:
            last = incident.clock or incident.declared_at
            span = v.since(last, late_at - last)
            text = v.word("update-others", nicks=", ".join(others), span=span)
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
        v.word("offer-timeout", span=v.since(offer.at, baton.withdraw_after), stays=stays, **named),
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
    if term is None or every <= timedelta(0) or v.setting.quiet:
        return
    for number in range(1, _BREAKS + 1):
        text = v.word("break", span=v.since(term.since, every * number))
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
            text = v.word("report-soon", span=v.until(due_at, before), **named)
            yield Item(due_at - before, "report", number, to, text)
    stage = len(duty.remind_at) + 1
    yield Item(due_at, "report", stage, to, v.word("report-now", **named))
    for number in range(1, duty.overdue_times + 1):
        late = duty.overdue_every * number
        text = v.word("report-late", span=v.since(due_at, late), **named)
        yield Item(due_at + late, "report", stage + number, to, text)


def _close(v: _Voice) -> Iterator[Item]:
    """Closed when the report is done and the process's time for objections has passed."""
    at = closes_at(v.incident, v.process, v.setting.calendar)
    if at is not None:
        yield Item(at, "close", 1, v.incident.channel, v.word("closed"), Closed())


def _meeting(v: _Voice) -> Iterator[Item]:
    """Just before the review meeting, whoever took part is told where its report is."""
    incident, meeting = v.incident, v.process.meeting
    if incident.meeting_at is None or meeting is None or incident.drill or incident.secured:
        return
    place = v.setting.report_place(incident.id)
    text = v.word(
        "meeting-soon",
        meeting=meeting.words,
        span=v.until(incident.meeting_at, meeting.remind_before),
        where=v.word("report-where", where=place) if place else "",
    )
    if v.now >= incident.meeting_at:
        text = ""  # too late to say so
    subject = f"meeting-{int(incident.meeting_at.timestamp())}"
    yield Item(incident.meeting_at - meeting.remind_before, subject, 1, incident.channel, text)


# --- what the process has the bot say of itself ----------------------------------------------


def _prompts(v: _Voice) -> Iterator[Item]:
    incident, process, setting = v.incident, v.process, v.setting
    if incident.secured or (incident.drill and not incident.live):
        return
    aloud = [given.at for key, given in incident.reminders_sent.items() if key.startswith(_ALOUD)]
    earliest = max(aloud) + _APART if aloud else incident.declared_at
    for prompt in process.prompts:
        counted = count(incident, prompt, process)
        if counted is None or not is_asked_at(incident, prompt, process):
            continue
        channels = destinations(incident, prompt, setting)
        if not channels or is_ticked_off(incident, prompt, process, setting):
            continue
        subject = f"prompt:{prompt.key}" + (f"~{counted.round}" if counted.round else "")
        text = worded(incident, prompt, process, setting, v.summary)
        called = spoken_to(incident, prompt, setting) if "on_call" in prompt.to else ()
        named = called and called == on_duty(incident, prompt, setting)[: len(called)]
        event = Notified(called, v.summary) if named else None
        for number in range(1, prompt.times + 1):
            after = max(prompt.after, _AT_ONCE) + prompt.every * (number - 1)
            at = max(counted.begin + after, earliest)
            yield Item(at, subject, number, channels[0], text, event, channels[1:])
