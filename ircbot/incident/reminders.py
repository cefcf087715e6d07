"""Everything that time alone causes: what is due at a given time.

A function of state and time. What was said is an event, so that a restart neither forgets nor
repeats it; after an absence each subject is mentioned once, at its latest stage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime, time, timedelta

from ircbot.incident.audiences import due_to, waits_since
from ircbot.incident.closing import closes_at, meeting_due, report_due
from ircbot.incident.deliveries import caused, rewriting, told_at
from ircbot.incident.events import (
    Arrived,
    Closed,
    Entry,
    Event,
    Notified,
    OfferWithdrawn,
    Redacted,
    Reminded,
    RoleOffered,
    RoleTaken,
)
from ircbot.incident.line import Reply, Source
from ircbot.incident.people import Person, fold, same_name
from ircbot.incident.process import Audience, Meeting, Process, Prompt
from ircbot.incident.prompts import (
    count,
    destinations,
    first_there,
    has_or_had,
    is_asked_at,
    is_private,
    is_ticked_off,
    leader_there,
    moments,
    on_duty,
    spoken_to,
    there,
    worded,
)
from ircbot.incident.rotas import Shift, nick_of
from ircbot.incident.rules import alerting
from ircbot.incident.rules.context import Outcome
from ircbot.incident.rules.ending import owing_meeting, owing_report, report_place
from ircbot.incident.rules.guarding import ERASED_AFTER
from ircbot.incident.setting import Setting
from ircbot.incident.state import WAITS, Action, Incident, Offer, State, evolve
from ircbot.incident.stretches import next_due as next_due_by_clock
from ircbot.incident.stretches import open_time
from ircbot.incident.times import NEVER
from ircbot.incident.wording import NestedText, Since, Until, Unwritten, Wording
from ircbot.incident.words import marked
from ircbot.values import dataclass

_LATE = timedelta(minutes=2)  # a tick comes every second
# The process's prompts keep this distance from each other, and from these.
_APART = timedelta(minutes=1)
_ALOUD = ("prompt:", "audience:", "update:", "promise:", "baton:", "report:")
# The bot asks about an open incident without activity after these spans, then no more.
_STILL_OPEN = (timedelta(hours=12), timedelta(hours=36), timedelta(hours=84))
_LONGEST_PAUSE = timedelta(hours=4)  # between reminders of an update that is overdue
_NEWS = timedelta(hours=1)  # after which a change of who is on call is not announced any more
_BREAKS = 3  # suggestions of a break; after three, the person has decided


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder and the time when it is due. Later stages of a subject replace earlier ones.

    It is data until it is due, and worded once, when it is said: `key` is the key of a text in
    words.py, whose places `named` fills, "" if nothing is said; or `prompt` is one of the
    process's. It is said in `to` and in the further channels `also`. `event` is recorded besides
    the reminder itself; `called` are those whom a prompt calls.
    """

    at: datetime
    subject: str
    stage: int
    to: str = ""
    key: str = ""
    named: Mapping[str, object] = field(default_factory=dict)
    event: Event | None = None
    prompt: Prompt | None = None
    called: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def is_prompt(self) -> bool:
        """Whether the process asks for it, so that it can wait a minute."""
        return self.prompt is not None


def due(state: State, now: datetime, setting: Setting) -> Outcome:
    """What to record and say at `now`."""
    told = alerting.tell(state, now, setting)
    state = told.state or state
    entries, replies = list(told.entries), list(told.replies)
    bot = Person(setting.nick)
    for incident in state.incidents.values():
        for at, rewritten in rewriting(incident, setting):
            if at <= now:
                entry = Entry(incident.id, now, bot, rewritten, incident.channel)
                entries.append(entry)
                state = evolve(state, entry)
        for item in _latest(_schedule(incident, now, setting), incident, now):
            words = Wording(setting.process_named(incident.process), setting, now, incident)
            late = (now - item.at) if now - item.at >= _LATE else timedelta(0)
            events: list[Event] = [
                Reminded(f"{item.subject}:{item.stage}", round(late.total_seconds()))
            ]
            if item.event is not None:
                events.append(item.event)
            if item.called:
                events += _called(state.incidents[incident.id], item, words)
            for event in events:
                entry = Entry(incident.id, now, bot, event, incident.channel)
                entries.append(entry)
                state = evolve(state, entry)
                events += caused(event, state.incidents[incident.id], setting)
            if text := _worded(item, words):
                text = marked(words.process, text, drill=incident.drill)
                replies += (
                    Reply(to, text, setting.announcement(to), incident.network)
                    for to in (item.to, *item.also)
                )
    return Outcome(tuple(entries), tuple(replies), state)


def _called(incident: Incident, item: Reminder, words: Wording) -> Iterator[Event]:
    """The people whom a prompt calls, and those of them who are in none of the channels that hear
    it.
    """
    yield Notified(item.called, words.summary)
    presence, channels = words.setting.presence, (item.to, *item.also)
    absent = tuple(
        nick
        for nick in item.called
        if all(presence.is_in(nick, where, incident.network) is False for where in channels)
    )
    if absent:
        why = words.word("not-here")
        yield Arrived("call", len(incident.calls) + 1, (), absent, (why,) * len(absent))


def _worded(item: Reminder, words: Wording) -> str:
    """The text of an item, "" if nothing is said."""
    if item.prompt is not None and words.incident is not None:
        return worded(words.incident, item.prompt, words)
    return words.word(item.key, **item.named) if item.key else ""


def next_due(state: State, now: datetime, setting: Setting) -> datetime | None:
    """The next time after `now` at which something may be due, None if nothing ever will be."""
    times = [
        item.at
        for incident in state.incidents.values()
        for item in _schedule(incident, now, setting)
        if item.at > now
    ]
    times += [
        at
        for incident in state.incidents.values()
        for at, _ in rewriting(incident, setting)
        if at > now
    ]
    times += [at for at in (alerting.telling_at(state, setting),) if at is not None and at > now]
    return min(times, default=None)


def update_due(incident: Incident, process: Process) -> datetime | None:
    """When the next update is due in the comms channel (UTC), None if nobody waits for one.

    It follows the severity's clock. Entries and updates by holders of a role restart the clock, and
    a new leader gets the full interval. A promise made in that channel takes precedence until an
    update keeps it.
    """
    if not incident.live or incident.secured:
        return None
    promise = incident.promised(incident.channel)
    if promise is not None:
        due_at = promise.due
    else:
        due_at = next_due_by_clock(incident, process)
        if (handed := _handed_over(incident)) is not None:
            due_at = max(due_at, handed + process.update_every(incident.severity))
    if due_at - incident.declared_at >= NEVER:
        return None
    asked = incident.questions.get("over")
    if asked is not None and not asked.answered:
        return max(due_at, asked.at + WAITS)  # the answer may be that it is over
    return due_at


def _handed_over(incident: Incident) -> datetime | None:
    """When the present leader took over from somebody else (UTC), None if they did not."""
    led = [term for term in incident.terms if term.role == "lead" and term.how != "default"]
    passed = len(led) > 1 and led[-1].until is None and led[-1].how != "reopened"
    return led[-1].since if passed else None


def _latest(items: Iterator[Reminder], incident: Incident, now: datetime) -> list[Reminder]:
    """For each subject, the latest stage that has come and was not mentioned yet."""
    found: dict[str, Reminder] = {}
    for item in items:  # each subject's in the order of its stages
        if item.at <= now and item.stage > _reached(incident, item.subject):
            found[item.subject] = item
    # Prompts of the same time stay in the process's order.
    now_due = sorted(
        found.values(), key=lambda i: (i.at, i.is_prompt, "" if i.is_prompt else i.subject)
    )
    others = [item for item in now_due if not item.is_prompt]
    if any(f"{item.subject}:".startswith(_ALOUD) for item in others):
        return others
    first = next((item for item in now_due if item.is_prompt), None)
    return [item for item in now_due if item is first or not item.is_prompt]


def _reached(incident: Incident, subject: str) -> int:
    """The last stage of a subject that was mentioned, 0 for none."""
    prefix = subject + ":"
    return max(
        (
            int(key[len(prefix) :])
            for key in incident.reminders_sent
            if key.startswith(prefix) and key[len(prefix) :].isdigit()
        ),
        default=0,
    )


def _schedule(incident: Incident, now: datetime, setting: Setting) -> Iterator[Reminder]:
    """Everything that time will cause for an incident in its present state."""
    case = _ReminderCase(incident, setting.process_named(incident.process), setting, now)
    yield from _redactions(case)
    if incident.source is not Source.IMPORT:
        yield from _publications(case)
    if incident.source is Source.IMPORT or incident.void:
        return
    yield from _actions(case)
    yield from _followed(case)
    if incident.status == "closed":
        yield from _prompts(case, only="reported")
        return
    yield from _baton(case)
    if incident.live:
        yield from _updates(case)
        yield from _audiences(case)
        yield from _splits(case)
        yield from _breaks(case)
        yield from _still_open(case)
        yield from _shifts(case)
    else:
        yield from _report(case)
        yield from _close(case)
    yield from _meeting(case)
    yield from _prompts(case)


def _redactions(c: _ReminderCase) -> Iterator[Reminder]:
    """Words that a leader had hidden are erased after an hour, unless they were restored."""
    for n, asked in c.incident.redactions.items():
        subject = f"redact-{n}-{int(asked.at.timestamp())}"
        at, to = asked.at + ERASED_AFTER, c.incident.channel
        yield Reminder(at, subject, 1, to, "redact-done", {"n": n}, event=Redacted(n))


def _publications(c: _ReminderCase) -> Iterator[Reminder]:
    """What arrived at a place, and what fails to arrive, each told once."""
    to = c.incident.channel
    for target in c.setting.targets:
        known = c.incident.deliveries.get(target.name)
        if known is None:
            continue
        places: dict[str, object] = {"Target": target.title, "target": target.name}
        if known.at is not None and known.told and known.url:
            named = {**places, "url": known.url}
            yield Reminder(known.at, f"published-{target.name}", 1, to, "published", named)
        if known.at is not None and known.kept and known.url:
            named = {**places, "url": known.url, "kept": known.kept}
            yield Reminder(known.at, f"beside-{target.name}", 1, to, "published-beside", named)
        if known.at is not None and known.caveat:
            named = {**places, "caveat": known.caveat}
            yield Reminder(known.at, f"caveat-{target.name}", 1, to, "published-but", named)
        if (at := told_at(known)) is not None:
            key, stage = ("unpublished", 2) if known.permanent else ("unpublished-yet", 1)
            named = {**places, "why": known.why, "where": _written(c)}
            yield Reminder(at, f"unpublished-{target.name}", stage, to, key, named)


def _written(c: _ReminderCase) -> NestedText | str:
    """Where the bot keeps the report meanwhile, if it has one."""
    place = c.setting.report_place(c.incident.id, private=c.incident.private)
    written = place and not c.incident.live and not c.incident.void
    return NestedText("unpublished-where", {"place": place}) if written else ""


def _actions(c: _ReminderCase) -> Iterator[Reminder]:
    """A follow-up that is due is told to its owners at the start of the working day, and again on
    the next one.
    """
    for action in c.incident.actions:
        if not action.is_open or action.due_on is None or c.incident.drill:
            continue
        begin = time(c.setting.working_hours[0])
        due_at = datetime.combine(action.due_on, begin, c.setting.zone)
        late_at = due_at + timedelta(days=1)
        for nick in action.owners:
            subject = f"action-{action.n}-{action.due}:{fold(nick)}"
            outside = _is_outside(c, nick)
            if outside and c.incident.private:
                continue
            named = _action_places(c.incident, action, silent=outside)
            if action.at < due_at:
                yield Reminder(due_at.astimezone(UTC), subject, 1, nick, "action-due", named)
            yield Reminder(late_at.astimezone(UTC), subject, 2, nick, "action-overdue", named)


def _followed(c: _ReminderCase) -> Iterator[Reminder]:
    """Changes to follow-ups that were made in their tickets."""
    titles = {target.name: target.title for target in c.setting.targets}
    for action in c.incident.actions:
        if action.followed is None or action.followed[0] not in titles:
            continue
        place, at = action.followed
        named = {**_action_places(c.incident, action, silent=False), "Target": titles[place]}
        key = "dropped" if action.dropped else "done" if action.done else "open"
        subject = f"followed-{action.n}-{int(at.timestamp())}"
        yield Reminder(at, subject, 1, c.incident.channel, f"action-there-{key}", named)


def _is_outside(c: _ReminderCase, nick: str) -> bool:
    """Whether telling somebody who is not in the channel would leak what is not for everybody."""
    incident, presence = c.incident, c.setting.presence
    if not incident.private and not presence.is_hidden(incident.channel, incident.network):
        return False
    return presence.is_in(nick, incident.channel, incident.network) is False


def _action_places(incident: Incident, action: Action, *, silent: bool) -> Mapping[str, object]:
    """What is said of a follow-up that is due; people who may not read it only learn that there is
    one.
    """
    silent = silent or incident.guarded or incident.secured
    text = "" if silent else f": {action.text.rstrip('.')}"
    return {"n": action.n, "text": text, "due": action.due}


@dataclass(frozen=True, slots=True)
class _ReminderCase:
    """An incident, and the channel where it is discussed now."""

    incident: Incident
    process: Process
    setting: Setting
    now: datetime


def _named(person: Person | None) -> str:
    return f"{person.nick}: " if person else ""


def _there(c: _ReminderCase, owner: Person | None) -> Person | None:
    """The person to address for what somebody owes: they themselves, else whoever leads or led, if
    they are there. Somebody who left is not called by name again and again.
    """
    if owner is not None and c.incident.departed(owner) is None:
        return owner
    return next(iter(there(c.incident, "lead", c.process, c.now)), None)


def _updates(c: _ReminderCase) -> Iterator[Reminder]:
    """Reminders of the next update in the comms channel, and of updates promised elsewhere."""
    incident = c.incident
    if not incident.live or incident.secured:
        return
    due_at = update_due(incident, c.process)
    start = incident.clock or incident.declared_at
    promise = incident.promised(incident.channel)
    if promise is not None:
        start = max(start, promise.at)
    elif (handed := _handed_over(incident)) is not None:
        start = max(start, handed)
    last = incident.clock or incident.declared_at
    leader = leader_there(incident, c.process, c.now)
    if due_at is not None:
        yield from _update(c, "update", due_at, start, leader, last, "")
    for each in incident.promises.values():
        if each is not promise:
            where = NestedText("update-in", {"channel": each.channel})
            subject = f"promise:{fold(each.channel)}"
            # One update keeps both, and somebody who is late already needs no warning. Nothing was
            # said there since the promise: an update would have kept it.
            start = each.at if due_at is None or each.due < due_at else each.due
            by = each.by if incident.departed(each.by) is None else leader
            yield from _update(c, subject, each.due, start, by, each.at, where)


def _update(
    c: _ReminderCase,
    subject: str,
    due_at: datetime,
    start: datetime,
    holder: Person | None,
    last: datetime,
    where: NestedText | str,
) -> Iterator[Reminder]:
    """The reminders of one update: before it is due, when it is, and afterwards. `last` is when its
    channel was told something.
    """
    incident, updates = c.incident, c.process.updates
    told = {"nick": _named(holder), "last": last, "where": where}
    to = incident.channel
    soon = due_at - updates.warn_before
    if soon > start:
        span = Until(due_at, updates.warn_before)
        yield Reminder(soon, subject, 1, to, "update-soon", {"span": span, **told})
    yield Reminder(due_at, subject, 2, to, "update-due", told)
    late_at = due_at
    others = _others(incident, holder, due_at)
    for number, pause in enumerate(_pauses(updates.again_after)):
        if late_at > c.now:  # one future reminder is enough
            return
        late_at += pause
        if number + 1 >= updates.others_after and others:
            key = "update-others"
            told = {"nicks": ", ".join(others), "span": Since(last, late_at - last), "where": where}
        else:
            key, told = "update-late", {**told, "span": Since(due_at, late_at - due_at)}
        yield Reminder(late_at, subject, 3 + number, to, key, told)


def _audiences(c: _ReminderCase) -> Iterator[Reminder]:
    """The reminders for each audience: shortly before it must be told, and when that is late."""
    if c.incident.secured:
        return
    for audience in c.process.audiences:
        due_at = due_to(c.incident, audience, c.process)
        if due_at is None:
            continue
        last = waits_since(c.incident, audience)
        nicks = first_there(c.incident, audience.by, c.process, c.now)
        told = {
            "nick": f"{', '.join(nicks)}: " if nicks else "",
            "audience": audience.name,
            "at": due_at,
            "last": last,
            "way": _way(c, audience),
        }
        # The count of reminders restarts each time they are told something.
        subject, to = f"audience:{audience.key}~{int(last.timestamp())}", c.incident.channel
        before = c.process.updates.warn_before
        soon = due_at if before == NEVER else max(due_at - before, last + _LATE)
        yield Reminder(min(soon, due_at), subject, 1, to, "audience-due", told)
        late_at = due_at
        for number, pause in enumerate(_pauses(c.process.updates.again_after), 2):
            late_at += pause
            named = {**told, "span": Since(due_at, late_at - due_at)}
            yield Reminder(late_at, subject, number, to, "audience-late", named)
            if late_at > c.now:
                break


def _way(c: _ReminderCase, audience: Audience) -> str:
    """The command that tells an audience something."""
    kind, _, key = audience.ways[0].partition(":")
    if kind == "message":
        rest = "…" if key in c.process.messages else "TEXT"
        return f"{c.setting.prefix} message {key or audience.key} {rest}"
    if kind == "link":
        return f"{c.setting.prefix} link URL {key}".rstrip()
    return f"{c.setting.prefix} {kind} TEXT"


def _pauses(listed: Sequence[timedelta]) -> Iterator[timedelta]:
    """The process's pauses between reminders, followed without end by ever longer ones."""
    yield from listed
    pause = listed[-1] if listed else timedelta(0)
    while pause:
        pause = max(pause, min(pause * 2, _LONGEST_PAUSE))
        yield pause


def _others(incident: Incident, holder: Person | None, due_at: datetime) -> tuple[str, ...]:
    """The people who were notified, one of whom to ask next. A leader who was asked before is left
    out; one who took over since comes first.
    """
    nicks = dict.fromkeys(nick for call in incident.calls for nick in call.reached)
    mapping, term = incident.casemapping, incident.term()
    others = tuple(n for n in nicks if holder is None or not same_name(n, holder.nick, mapping))
    if others and term is not None and term.holder == holder and term.since > due_at:
        others = (term.holder.nick, *others)
    return others[:5]


def _baton(c: _ReminderCase) -> Iterator[Reminder]:
    for offer in c.incident.offers.values():
        yield from _offer(c, offer)
    for planned in c.incident.planned.values():
        acknowledged = c.process.roles[planned.role].acknowledged
        yield Reminder(
            planned.due,
            f"planned:{planned.role}",
            1,
            c.incident.channel,
            "offered" if acknowledged else "lead-taken",
            {"nick": planned.to.nick, "before": ""},
            RoleOffered(planned.role, planned.to)
            if acknowledged
            else RoleTaken(planned.role, planned.to, "named"),
        )


def _offer(c: _ReminderCase, offer: Offer) -> Iterator[Reminder]:
    baton, to = c.process.baton, c.incident.channel
    role = c.process.roles.get(offer.role)
    name = role.name if role else offer.role
    named = {"nick": offer.to.nick, "holder": offer.by.nick, "lead": name}
    subject = f"baton:{offer.role}"
    holder = next(iter(has_or_had(c.incident, offer.role)), None)
    stays = NestedText(
        "stays" if holder else "stays-nobody",
        {"role": name, "holder": holder.nick if holder else "", "lead": name},
    )
    yield Reminder(offer.at + baton.confirm_after, subject, 1, to, "offer-again", named)
    span = Since(offer.at, baton.withdraw_after)
    lapsed = OfferWithdrawn(offer.role, "timeout")
    told = {**named, "span": span, "stays": stays}
    at = offer.at + baton.withdraw_after
    yield Reminder(at, subject, 2, to, "offer-timeout", told, lapsed)


def _splits(c: _ReminderCase) -> Iterator[Reminder]:
    """A leader on the other side of a split that does not heal counts as gone."""
    holder = c.incident.holder()
    departure = c.incident.departed(holder) if holder else None
    if holder is not None and departure is not None and departure.how == "split":
        heals = c.process.baton.split_heals_within
        named = {"nick": holder.nick, "span": heals}
        subject = f"gone:{c.incident.key(holder)}"
        yield Reminder(departure.at + heals, subject, 1, c.incident.channel, "leader-split", named)


def _breaks(c: _ReminderCase) -> Iterator[Reminder]:
    term = c.incident.term()
    every = c.process.baton.break_after
    if term is None or term.began is None or every <= timedelta(0) or c.setting.quiet:
        return
    there = c.setting.presence.is_in(term.holder.nick, c.incident.channel, c.incident.network)
    if c.incident.departed(term.holder) is not None or there is False:
        return
    for number in range(1, _BREAKS + 1):
        named = {"span": Since(term.began, every * number)}
        yield Reminder(
            term.began + every * number, "break", number, term.holder.nick, "break", named
        )


def _shifts(c: _ReminderCase) -> Iterator[Reminder]:
    """A change of who is on call, told to the leader while it is news."""
    incident, setting = c.incident, c.setting
    for key, who in setting.duties(incident.product).items():
        rota = setting.rota(who)
        if rota is None:
            continue
        since = max(incident.declared_at, c.now - _NEWS)
        ahead = c.now + timedelta(days=1)
        for at in rota.changes(since, ahead):
            new, old = rota.shift(at), rota.shift(at - timedelta(microseconds=1))
            named: dict[str, object] = {
                "nick": _named(leader_there(incident, c.process, c.now)),
                "role": c.process.roles[key].title if key in c.process.roles else key,
                "new": _on_call(new, setting) or NestedText("oncall-nobody"),
                "old": NestedText("shift-old", {"old": _on_call(old, setting)}) if old else "",
            }
            stage = int(at.timestamp())
            yield Reminder(at, f"shift-{key}", stage, incident.channel, "shift", named)


def _on_call(shift: Shift | None, setting: Setting) -> str:
    """The person on shift, by the nick that people here use if it is known."""
    return (nick_of(shift, setting.calendar_names) or shift.who) if shift else ""


def _still_open(c: _ReminderCase) -> Iterator[Reminder]:
    incident = c.incident
    heard = max(
        moment
        for moment in (
            incident.clock,
            incident.led_at,
            *(promise.due for promise in incident.promises.values()),
            incident.declared_at,
        )
        if moment is not None
    )
    for number, pause in enumerate(_STILL_OPEN, 1):
        at = heard + pause
        named = {
            "nick": _named(leader_there(incident, c.process, c.now)),
            "span": open_time(incident, incident.declared_at, at, at),
            "silence": pause,
        }
        subject = f"still-open-{int(heard.timestamp())}"
        yield Reminder(at, subject, number, incident.channel, "still-open", named)


def _report(c: _ReminderCase) -> Iterator[Reminder]:
    incident, duty = c.incident, c.process.report
    due_at = report_due(incident, c.process, c.setting.calendar)
    if due_at is None or incident.report_done_at is not None or incident.drill:
        return
    owner, place = owing_report(incident, c.process), report_place(c.setting, incident)
    where = NestedText("report-where", {"where": place}) if place else ""
    named: dict[str, object] = {
        "nick": _named(_there(c, owner)),
        "where": where,
        "unwritten": Unwritten(),
    }
    to = incident.channel
    for number, before in enumerate(duty.remind_at, 1):
        if incident.resolved_at is not None and due_at - before > incident.resolved_at:
            span = Until(due_at, before)
            yield Reminder(
                due_at - before, "report", number, to, "report-soon", {**named, "span": span}
            )
    stage = len(duty.remind_at) + 1
    yield Reminder(due_at, "report", stage, to, "report-now", named)
    for number in range(1, duty.overdue_times + 1):
        late = duty.overdue_every * number
        told = {**named, "span": Since(due_at, late)}
        yield Reminder(due_at + late, "report", stage + number, to, "report-late", told)


def _close(c: _ReminderCase) -> Iterator[Reminder]:
    """The incident is closed when its report is done and the time for objections has passed."""
    at = closes_at(c.incident, c.process, c.setting.calendar)
    if at is not None:
        yield Reminder(at, "close", 1, c.incident.channel, "closed", event=Closed())


def _meeting(c: _ReminderCase) -> Iterator[Reminder]:
    """Shortly before the review meeting, everybody who took part is told where the report is."""
    incident, meeting = c.incident, c.process.meeting
    if meeting is None or incident.drill or incident.secured:
        return
    due_at = meeting_due(incident, c.process, c.setting.calendar)
    if due_at is not None and incident.meeting_at is None:
        yield from _meeting_owed(c, meeting, due_at)
    if incident.meeting_at is None or meeting.remind_before == NEVER:
        return
    place = c.setting.readable_report(incident.id, private=incident.private)
    named = {
        "meeting": meeting.words,
        "span": Until(incident.meeting_at, meeting.remind_before),
        "where": NestedText("report-where", {"where": place}) if place else "",
    }
    key = "meeting-soon" if c.now < incident.meeting_at else ""  # "": it is too late to say so
    subject = f"meeting-{int(incident.meeting_at.timestamp())}"
    at = incident.meeting_at - meeting.remind_before
    yield Reminder(at, subject, 1, incident.channel, key, named)


def _meeting_owed(c: _ReminderCase, meeting: Meeting, due_at: datetime) -> Iterator[Reminder]:
    """A review meeting that nobody has set is asked for, like the report, before it is late."""
    owner = _there(c, owing_meeting(c.incident, c.process))
    named = {"nick": _named(owner), "meeting": meeting.words, "at": due_at}
    for number, before in enumerate(c.process.report.remind_at, 1):
        at = due_at - before
        if c.incident.resolved_at is not None and at > c.incident.resolved_at:
            yield Reminder(at, "report:meeting", number, c.incident.channel, "meeting-owed", named)


# --- the process's prompts -------------------------------------------------------------------


def _prompts(c: _ReminderCase, only: str = "") -> Iterator[Reminder]:
    """The process's prompts; `only` those of one moment, if given. Closing an incident at once does
    not suppress the news that the report is there.
    """
    incident, process, setting = c.incident, c.process, c.setting
    if incident.secured or (incident.drill and not incident.live):
        return
    aloud = [given.at for key, given in incident.reminders_sent.items() if key.startswith(_ALOUD)]
    earliest = max(aloud) + _APART if aloud else incident.declared_at
    for prompt in process.prompts:
        counted = count(incident, prompt, process) if only in ("", prompt.when) else None
        if counted is None or not is_asked_at(incident, prompt, process):
            continue
        channels = destinations(incident, prompt, process, setting, c.now)
        if not channels or is_ticked_off(incident, prompt, process, setting, c.now):
            continue
        subject = f"prompt:{prompt.key}" + (f"~{counted.round}" if counted.round else "")
        called: tuple[str, ...] = ()
        if "on_call" in prompt.to:
            called = spoken_to(incident, prompt, process, setting, c.now)
            if called != on_duty(incident, prompt, setting, c.now)[: len(called)]:
                called = ()
        for number, at in enumerate(moments(prompt, counted.begin, setting.zone), 1):
            yield Reminder(
                at if is_private(prompt) and channels[0] != incident.channel else max(at, earliest),
                subject,
                number,
                channels[0],
                prompt=prompt,
                called=called,
                also=channels[1:],
            )
