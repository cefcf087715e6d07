"""Alerts: each group is told once, is taken into a declaration, and is recorded during an incident.

Alerts propose and decide nothing: no incident begins or ends because of them. What people were told
is on record (AlertsTold), so that neither a restart nor a repeated message tells it again. Alerts
that arrive within a minute of the last message are told together when that minute is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from ircbot.incident.alerts import VIA, Alert, Alerts, watcher
from ircbot.incident.events import Alerted, AlertOver, AlertsTold, Entry, Event, MilestoneSet, Noted
from ircbot.incident.find import has_any
from ircbot.incident.line import Reply, Source
from ircbot.incident.masking import mask
from ircbot.incident.people import Person, same_name
from ircbot.incident.process import Process
from ircbot.incident.rules.context import Context, Outcome
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident, State, evolve
from ircbot.incident.state.alerting import AlertGroup
from ircbot.incident.wording import Wording
from ircbot.incident.words import ranges, say

_TOGETHER = timedelta(minutes=1)  # alerts this soon after an announcement are announced together
_MANY = 100  # groups per minute that are distinguished; further ones count as one
_ANEW = timedelta(hours=1)  # after which other alerts of a group that still fires are news
_FRESH = timedelta(hours=6)  # a declaration may be about an alert that began within this time …
_OVER = timedelta(minutes=30)  # … and has not been over for longer than this
_ENTRIES = 5  # timeline entries for groups that are announced together
_NAMED = 2  # groups that a line names after the first
_FLOOD = "flood"  # the key of the group for those above _MANY; no other key is a word


# --- what comes in ----------------------------------------------------------------------------


def alerted(state: State, alerts: Alerts, setting: Setting) -> Outcome:
    """Record alerts that came in: which began and which are over."""
    entries = []
    for alert in alerts.groups:
        if (event := _news(state, alert, alerts.at, setting)) is not None:
            entry = Entry(0, alerts.at, watcher(alert.source), event)
            state = evolve(state, entry)
            entries.append(entry)
    return Outcome(tuple(entries), (), state)


def _news(
    state: State, alert: Alert, now: datetime, setting: Setting
) -> Alerted | AlertOver | None:
    known = state.alerts.get(alert.key)
    if not alert.firing:
        if known is None or known.over_at is not None or not _is_of(alert, known):
            return None
        return AlertOver(known.n, max(alert.latest, known.latest))
    if known is not None and not _begins(alert, known, now):
        return None
    n = state.alert_count + 1
    flood = state.alerts.get(_FLOOD)
    if flood is not None and now - flood.at < _TOGETHER:
        return None
    if sum(now - group.at < _TOGETHER for group in state.alerts.values()) >= _MANY:
        return Alerted(n, now, now, say(setting.process, "alerts-flood"), key=_FLOOD)
    product = setting.product_named(alert.words)
    name = product.name if product else ""
    text = _text(alert, name or alert.about, setting)
    return Alerted(n, alert.since, alert.latest, text, name, alert.key, alert.alerts)


def _is_of(alert: Alert, known: AlertGroup) -> bool:
    """Whether two are the same group; elsewhere another group may have the same name."""
    return not (alert.alerts and known.alerts) or bool({*alert.alerts} & {*known.alerts})


def _begins(alert: Alert, known: AlertGroup, now: datetime) -> bool:
    """Whether a known group fires anew. A message may arrive late, and some sources never say that
    an alert is over.
    """
    if known.over_at is not None:
        return alert.latest > known.latest
    return now - known.at >= _ANEW and alert.since > known.latest


def _text(alert: Alert, about: str, setting: Setting) -> str:
    """A group in a few words."""
    on = f" on {about}" if about and about.casefold() not in alert.name.casefold() else ""
    severity = f", {alert.severity}" if alert.severity else ""
    count = f" ({alert.count} alerts)" if alert.count > 1 else ""
    text = f"{alert.name}{on}{severity}{count}"
    return mask(text)[0] if setting.security.mask else text


# --- telling ----------------------------------------------------------------------------------


def telling_at(state: State, setting: Setting) -> datetime | None:
    """The earliest time to tell people of alerts; None if there is nothing to tell."""
    news = [group.over_at or group.at for group in state.alerts.values() if group.is_news]
    if not news or not setting.told_of_alerts:
        return None
    first = min(news)
    return max(first, state.alerts_told_at + _TOGETHER) if state.alerts_told_at else first


def tell(state: State, now: datetime, setting: Setting) -> Outcome:
    """Tell people of alerts, and add those that an incident may be about to its timeline."""
    at = telling_at(state, setting)
    if at is None or at > now:
        return Outcome()
    entries: list[Entry] = []
    replies: list[Reply] = []

    def record(incident: int, event: Event, channel: str = "") -> None:
        nonlocal state
        entry = Entry(incident, now, Person(setting.nick), event, channel)
        state = evolve(state, entry)
        entries.append(entry)

    together: dict[tuple[int, Person, str], list[AlertGroup]] = {}
    for group in state.alerts.values():
        if group.is_news:
            joined = _joined(state, group, setting)
            together.setdefault((joined, group.by, group.standing), []).append(group)
    for (joined, by, _), groups in together.items():
        numbers = []
        if joined:
            incident = state.incidents[joined]
            for note in _notes(groups, Wording(_process(incident, setting), setting, now)):
                n = state.incidents[joined].next_note
                record(joined, Noted(n, *note), incident.channel)
                numbers.append(n)
        replies += _told(groups, by, state.incidents.get(joined), numbers, now, setting)
        record(0, AlertsTold(tuple(group.n for group in groups), joined))
    return Outcome(tuple(entries), tuple(replies), state)


def _joined(state: State, group: AlertGroup, setting: Setting) -> int:
    """The open incident that a group belongs to, 0 for none: the one that has it already, else one
    of its product, else one that is discussed where alerts are told.
    """
    had = state.incidents.get(group.incident)
    if had is not None and had.live and not had.secured:
        return had.id
    near = [i for i in state.open if _may_be(i, group, setting)]
    return max(near, key=lambda i: (bool(group.product == i.product), i.id)).id if near else 0


def _may_be(incident: Incident, group: AlertGroup, setting: Setting) -> bool:
    """Whether an open incident may be about a group of alerts. A drill never is."""
    if incident.drill or incident.secured or incident.source is not Source.LIVE:
        return False
    here = [channel for network, channel in setting.told_of_alerts if network == incident.network]
    if group.product and incident.product:
        return bool(here) and group.product == incident.product
    own = (incident.channel, incident.declared_in)
    return any(same_name(one, two, incident.casemapping) for one in own for two in here)


def _notes(
    groups: Sequence[AlertGroup], words: Wording
) -> Iterator[tuple[str, datetime | None, Person]]:
    """The timeline entries for groups that are told together, each with its time, if not now, and
    its author.
    """
    for group in groups[:_ENTRIES]:
        if group.over_at is None:
            yield group.text, group.since, group.by
        else:
            yield _over(group, group.text, words), group.over_at, group.by
    if len(groups) > _ENTRIES:
        yield words.word("alerts-note", count=len(groups) - _ENTRIES), None, groups[0].by


def _over(group: AlertGroup, text: str, words: Wording) -> str:
    span = max((group.over_at or words.now) - group.since, timedelta(0))
    return words.word("alert-over", text=text, span=span)


def _told(
    groups: Sequence[AlertGroup],
    by: Person,
    incident: Incident | None,
    numbers: Sequence[int],
    now: datetime,
    setting: Setting,
) -> Iterator[Reply]:
    """What is said of groups in each place; nothing of an incident that is not for everybody."""
    hidden = incident is not None and (incident.private or incident.guarded)
    own = [(incident.network, incident.channel)] if incident is not None else []
    others = [
        place
        for place in setting.told_of_alerts
        if incident is None or not _is_at(incident, *place)
    ]
    for network, channel in (*own, *others):
        here = (network, channel) in own
        process = _process(incident if here else None, setting, channel)
        words = Wording(process, setting, now, None if hidden and not here else incident)
        then = ""
        if here:
            then = words.word("alert-here", numbers=ranges(numbers))
        elif incident is not None and not hidden and network == incident.network:
            then = words.word("alert-there")
        elif groups[0].over_at is None:
            then = words.word("alert-declare")
        text = words.word("alert", source=by.nick, alerts=_listed(groups, words), then=then)
        yield Reply(channel, text, setting.announcement(channel), network)


def _is_at(incident: Incident, network: str, channel: str) -> bool:
    return network == incident.network and same_name(
        channel, incident.channel, incident.casemapping
    )


def _listed(groups: Sequence[AlertGroup], words: Wording) -> str:
    """Groups on one line: the first in full, of the others some names."""
    first, *others = groups
    said = _said(first, words)
    if first.over_at is None:
        said = words.word("alert-since", text=said, at=first.since)
    else:
        said = _over(first, said, words)
    if not others:
        return said
    named = "; ".join(_said(group, words) for group in others[:_NAMED])
    key = "alerts-more" if len(others) <= _NAMED else "alerts-more-many"
    return said + words.word(key, count=len(others), texts=named)


def _said(group: AlertGroup, words: Wording) -> str:
    """A group's text as it may be said publicly."""
    secret = has_any(group.text, words.setting.secret_words(words.process))
    return words.word("alert-hidden") if secret else group.text


def _process(incident: Incident | None, setting: Setting, channel: str = "") -> Process:
    if incident is not None:
        return setting.process_named(incident.process)
    return setting.process_in(channel)


# --- a declaration ----------------------------------------------------------------------------


def take(ctx: Context, number: int) -> None:
    """Take alerts that a new incident may be about as its first entries and its time of
    detection.
    """
    incident = ctx.incident(number)
    found = sorted(_fresh(ctx, incident), key=lambda group: group.since)
    if not found or ctx.line.source is not Source.LIVE:
        return
    words = ctx.wording(incident)
    firing = [group for group in found if group.over_at is None] or found
    for note in _notes(found, words):
        ctx.record(number, Noted(ctx.incident(number).next_note, *note))
    detected = ctx.incident(number).detected_at
    if detected is None or firing[0].since < detected:
        ctx.record(number, MilestoneSet("detected", firing[0].since))
    ctx.record(0, AlertsTold(tuple(group.n for group in found), number))


def _fresh(ctx: Context, incident: Incident) -> Iterable[AlertGroup]:
    for group in ctx.state.alerts.values():
        over = group.over_at
        fresh = ctx.now - group.at <= _FRESH if over is None else ctx.now - over <= _OVER
        had = ctx.state.incidents.get(group.incident)
        free = had is None or had.void
        # An alert of an earlier, ended incident may also be about a new one of the same product.
        again = had is not None and not had.live and group.product in ("", incident.product)
        if fresh and (free or again) and _may_be(incident, group, ctx.setting):
            yield group


def tell_taken(ctx: Context, incident: Incident) -> None:
    """Tell a new incident's channel which alerts it was given."""
    notes = [note for note in incident.notes if note.by.via == VIA]
    if notes and incident.detected_at is not None:
        sources = ", ".join(dict.fromkeys(note.by.nick for note in notes))
        numbers, at = ranges(note.n for note in notes), ctx.clock(incident.detected_at)
        ctx.announce(incident, "alerts-taken", numbers=numbers, sources=sources, at=at)
