"""Notices about the bot's own presence and reach: it was away, cannot join, or was not heard.

Knows nothing of how any of this is detected.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from ircbot.engine import IncidentEngine
from ircbot.incident.events import Absent, Arrived, Entry
from ircbot.incident.line import Reply, ReplyKind, is_target
from ircbot.incident.people import Person
from ircbot.incident.rules.telling import CALL
from ircbot.incident.state import Incident
from ircbot.incident.texts import own_text
from ircbot.incident.times import clock
from ircbot.incident.words import say

log = logging.getLogger(__name__)

_WORTH_TELLING = timedelta(minutes=1)  # absences worth mentioning
_REMEMBERED = 50  # broadcasts whose result is still awaited


class PresenceNotices:
    """What is said about presence, and what of it is recorded."""

    def __init__(self, engine: IncidentEngine) -> None:
        self._engine = engine
        self._askers: dict[str, tuple[str, str]] = {}  # broadcast → (network, sender)
        self._alarmed: set[tuple[str, str]] = set()  # channels that cannot be joined

    def absent(
        self, network: str, channel: str, since: datetime, until: datetime
    ) -> Sequence[Reply]:
        """Record that the bot was not in a channel for a while, and say so."""
        replies: list[Reply] = []
        self._alarmed.discard(self._engine.place(network, channel))
        for incident in self._engine.present.open:
            if incident.network == network and self._engine.is_same(
                incident.channel, channel, network
            ):
                bot = Person(self._engine.nick_on(network), network=network)
                self._engine.record([Entry(incident.id, until, bot, Absent(since, until), channel)])
                if until - since < _WORTH_TELLING:
                    continue
                zone = self._engine.setting.zone
                process = self._engine.process_of(incident)
                text = say(
                    process,
                    "was-away",
                    channel=channel,
                    since=own_text(process, clock(since, until, zone, named=False)),
                    until=own_text(process, clock(until, until, zone)),
                )
                replies.append(Reply(channel, text, ReplyKind.NOTICE, network))
        return replies

    def delivered(
        self,
        broadcast: str,
        arrived: Sequence[str],
        refused: Mapping[str, str],
        *,
        confirmed: bool = True,
    ) -> Sequence[Reply]:
        """Record the result of an update, and tell its sender which channels it reached. For a
        call, name the people that it did not reach."""
        self._record_delivery(broadcast, arrived, refused, confirmed=confirmed)
        network, asker = self._askers.pop(broadcast, ("", ""))
        if not asker:
            return ()
        incident = self._incident_of(broadcast)
        process = self._engine.process_of(incident) if incident else self._engine.setting.process
        to, name = _where(incident, asker)
        if broadcast.startswith(CALL):
            # Reaching those who are present goes without saying.
            nicks = ", ".join(f"{nick} ({why})" for nick, why in refused.items())
            text = name + say(process, "not-reached", nicks=nicks)
            return (Reply(to, text, ReplyKind.NOTICE, network),) if refused else ()
        text = say(
            process,
            "update-arrived",
            reached=own_text(process, "reached" if confirmed else "was sent to"),
            arrived=len(arrived),
            wanted=len(arrived) + len(refused),
            refused="".join(
                say(process, "update-refused", channel=channel, why=why)
                for channel, why in refused.items()
            ),
        )
        return (Reply(to, name + text, ReplyKind.NOTICE, network),)

    def _incident_of(self, broadcast: str) -> Incident | None:
        """The incident that a broadcast is about."""
        number = re.search(r":(\d+):", broadcast)
        return self._engine.present.incidents.get(int(number[1])) if number else None

    def _record_delivery(
        self,
        broadcast: str,
        arrived: Sequence[str],
        refused: Mapping[str, str],
        *,
        confirmed: bool,
    ) -> None:
        """For a call, only the people who were not reached are recorded."""
        what, *numbers = broadcast.split(":")
        if len(numbers) != 2 or not all(map(str.isdecimal, numbers)):
            return
        number, n = map(int, numbers)
        incident = self._engine.present.incidents.get(number)
        if incident is None or (what == "call" and not refused):
            return
        event = Arrived(what, n, tuple(arrived), tuple(refused), tuple(refused.values()), confirmed)
        at = max(self._engine.now, incident.changed_at or self._engine.now)
        bot = Person(self._engine.nick_on(incident.network))
        self._engine.record([Entry(number, at, bot, event, incident.channel)])

    def trouble(self, network: str, channel: str, why: str) -> Sequence[Reply]:
        """An incident's channel cannot be joined: tell the other channels, once."""
        log.warning("%s%s: %s", network and f"{network} ", channel or "the network", why)
        replies: list[Reply] = []
        for incident in self._engine.present.open:
            same = self._engine.is_same(incident.channel, channel, network)
            place = self._engine.place(network, channel)
            if incident.network != network or not same or place in self._alarmed:
                continue
            self._alarmed.add(place)
            text = say(
                self._engine.process_of(incident),
                "cannot-join",
                channel=channel,
                id=incident.id,
                why=why,
            )
            replies += [
                Reply(other, text, ReplyKind.ALARM, network)
                for other in self._engine.setting.told(network, private=incident.private)
                if not self._engine.is_same(other, channel, network)
            ]
        return replies

    def for_operators(self, network: str, nicks: Sequence[str], what: str) -> Sequence[Reply]:
        """Tell the bot's operators, by NOTICE, about something that only they can fix."""
        where = f"{network}: " if network else ""
        return [Reply(nick, f"{where}{what}", ReplyKind.NOTICE, network) for nick in nicks]

    def expect(self, replies: Iterable[Reply]) -> None:
        """Remember who sent each broadcast, to be told the result."""
        for reply in replies:
            if reply.broadcast:
                self._askers[reply.broadcast] = (reply.network, reply.asker)
        while len(self._askers) > _REMEMBERED:
            del self._askers[next(iter(self._askers))]


def _where(incident: Incident | None, asker: str) -> tuple[str, str]:
    """Where to tell somebody the result of their broadcast, and how the message begins: in the
    incident's channel, if they have no private window."""
    if is_target(asker) or incident is None:
        return asker, ""
    return incident.channel, f"{asker}: "
