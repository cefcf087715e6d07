"""What people are told of the bot's own presence and reach: absences, closed channels, lost
updates.

Must not know how any of it is detected.
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

_WORTH_TELLING = timedelta(minutes=1)  # of absences
_REMEMBERED = 50  # broadcasts whose result is awaited


class PresenceNotices:
    """Tells people, and records the part that belongs on record."""

    def __init__(self, engine: IncidentEngine) -> None:
        self._engine = engine
        self._askers: dict[str, tuple[str, str]] = {}  # broadcast → (network, sender)
        self._alarmed: set[tuple[str, str]] = set()  # channels that cannot be joined

    def absent(
        self, network: str, channel: str, since: datetime, until: datetime
    ) -> Sequence[Reply]:
        """Record that the bot was not in a channel for a while."""
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
        """Record where an update arrived, and tell its sender where it arrived and where not. Of a
        call: tell who was not reached."""
        self._record_delivery(broadcast, arrived, refused, confirmed=confirmed)
        network, asker = self._askers.pop(broadcast, ("", ""))
        if not asker:
            return ()
        incident = self._incident_of(broadcast)
        process = self._engine.process_of(incident) if incident else self._engine.setting.process
        to, name = _where(incident, asker)
        if broadcast.startswith(CALL):
            # That the people who are there were called needs no message.
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
        """Record the result; of a call, only who was not reached."""
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
        """Tell the other channels, once, that an incident's channel cannot be joined."""
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
        """Tell the bot's operators, by NOTICE, of something that only they can fix."""
        where = f"{network}: " if network else ""
        return [Reply(nick, f"{where}{what}", ReplyKind.NOTICE, network) for nick in nicks]

    def expect(self, replies: Iterable[Reply]) -> None:
        """Remember whom to tell the result of each broadcast."""
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
