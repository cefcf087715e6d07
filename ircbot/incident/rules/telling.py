"""Telling people: updates, promises of the next one, calls for help."""

from __future__ import annotations

from datetime import datetime, timedelta

from ircbot.incident.events import Notified, Promised, Ticked, Updated
from ircbot.incident.people import same_name
from ircbot.incident.plain import plain
from ircbot.incident.rules.guarding import held_back, masked
from ircbot.incident.rules.hearing import Hearing
from ircbot.incident.rules.which import which
from ircbot.incident.sayings import Ping, Promise
from ircbot.incident.state import Incident
from ircbot.incident.times import future

CALL = "call:"  # how the broadcast to those who are called begins
_MOST_CALLED = 8  # at once: each of them gets a private message


def update(h: Hearing, incident: Incident, text: str) -> None:
    """A status update, told to every notified channel; the network tells where it arrived."""
    if not incident.live:
        h.answer("not-open", incident, status=incident.status)
        return
    if held_back(h, incident, text, "update"):
        return
    worded = masked(h, text)
    h.record(incident.id, Updated(worded))
    told = h.word("update", incident, text=worded, nick=h.line.nick)
    channels = h.tell_all(
        incident,
        told,
        but=(h.line.channel,),
        broadcast=f"update:{incident.id}:{len(h.incident(incident.id).updates)}",
    )
    if not channels:
        h.whisper("update-alone", incident)


def promise(h: Hearing, saying: Promise) -> None:
    """Somebody said when the next update comes."""
    incident = which(h, ask=False)
    if incident is None or not incident.live or saying.minutes <= 0:
        return
    if h.involved(incident):
        h.record(incident.id, Promised(h.now + timedelta(minutes=saying.minutes)))


def put_off(h: Hearing, incident: Incident, typed: str) -> None:
    """The next update is due when the speaker says, and who said so is on the record."""
    due = future(typed, h.now, h.setting.zone)
    if not incident.live:
        h.answer("not-open", incident, status=incident.status)
    elif due is None:
        h.answer("next-what", incident)
    else:
        h.record(incident.id, Promised(due))
        _tell_due(h, incident, due)


def _tell_due(h: Hearing, incident: Incident, due: datetime) -> None:
    at = h.clock(due)
    h.answer("promised", incident, at=at)
    if h.line.channel and not same_name(h.line.channel, incident.channel):
        h.announce(incident, "promised-out", at=at, nick=h.line.nick)


def ping(h: Hearing, saying: Ping) -> None:
    """People were called in plain words."""
    incident = which(h, ask=False)
    if incident is None or not incident.live or incident.secured:
        return
    h.record(incident.id, Notified(saying.nicks, masked(h, plain(saying.reason))))
    _tick_lead(h, incident, saying.nicks)
    if not saying.reason and not h.setting.quiet:
        h.whisper("ping-why", incident, nicks=" ".join(saying.nicks))


def notify(h: Hearing, incident: Incident, nicks: tuple[str, ...], reason: str) -> None:
    """Call people by name, with the reason in the same line, here and in private."""
    if not incident.live:
        h.answer("not-open", incident, status=incident.status)
        return
    if len(nicks) > _MOST_CALLED:
        h.answer("notify-many", incident, most=_MOST_CALLED)
        return
    if held_back(h, incident, reason, f"notify {' '.join(nicks)}"):
        return
    worded = masked(h, reason)
    h.record(incident.id, Notified(nicks, worded))
    _tick_lead(h, incident, nicks)
    called = f"{CALL}{incident.id}:{len(h.incident(incident.id).calls)}"
    for nick in nicks:
        text = h.word("notify", incident, nicks=nick, reason=worded, channel=incident.channel)
        h.call(incident, nick, text, called)
    text = h.word(
        "notify", incident, nicks=" ".join(nicks), reason=worded, channel=incident.channel
    )
    h.tell(incident, incident.channel, text)


def _tick_lead(h: Hearing, incident: Incident, nicks: tuple[str, ...]) -> None:
    """The product's lead was notified, as the guide asks."""
    product = h.setting.products.get(incident.product)
    called = product is not None and any(same_name(nick, product.lead) for nick in nicks)
    if called and "notify-lead" not in incident.ticked:
        h.record(incident.id, Ticked("notify-lead"))
