"""What people are told of the bot's own presence and reach: away, not let in, not heard.

Must not know how any of it is found out.
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
from ircbot.incident.texts import own_text
from ircbot.incident.times import clock
from ircbot.incident.words import say

log = logging.getLogger(__name__)

_WORTH_TELLING = timedelta(minutes=1)  # of absences
_REMEMBERED = 50  # broadcasts whose outcome is still to be told


class PresenceNotices:
    """What is told, and what of it goes on record."""

    def __init__(self, engine: IncidentEngine) -> None:
        self._engine = engine
        self._askers: dict[str, tuple[str, str]] = {}  # broadcast → (network, who asked)
        self._alarmed: set[tuple[str, str]] = set()  # places that cannot be joined

    def absent(
        self, network: str, channel: str, since: datetime, until: datetime
    ) -> Sequence[Reply]:
        """The bot was not in a channel for a while: that is part of the record."""
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
        """What became of an update: it goes on record, and whoever sent it is told where it
        arrived and where not. And of a call: of those whom it did not reach.
        """
        self._record_delivery(broadcast, arrived, refused, confirmed=confirmed)
        network, asker = self._askers.pop(broadcast, ("", ""))
        if not asker:
            return ()
        process = self._engine.setting.process
        to, name = self._where(broadcast, asker)
        if broadcast.startswith(CALL):
            # Whoever is there was called; that goes without saying.
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

    def _where(self, broadcast: str, asker: str) -> tuple[str, str]:
        """Where somebody is told what became of a broadcast of theirs, and how it begins: in the
        incident's channel, if they have no private window."""
        number = re.search(r":(\d+):", broadcast)
        incident = self._engine.present.incidents.get(int(number[1])) if number else None
        if is_target(asker) or incident is None:
            return asker, ""
        return incident.channel, f"{asker}: "

    def _record_delivery(
        self,
        broadcast: str,
        arrived: Sequence[str],
        refused: Mapping[str, str],
        *,
        confirmed: bool,
    ) -> None:
        """Of a call only who was not reached is worth a place on record."""
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
        """An incident's channel cannot be joined: the other channels are told, once."""
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
        """Something is wrong that only the bot's operators can mend: they are told by NOTICE."""
        where = f"{network}: " if network else ""
        return [Reply(nick, f"{where}{what}", ReplyKind.NOTICE, network) for nick in nicks]

    def expect(self, replies: Iterable[Reply]) -> None:
        """Remember who is to be told what becomes of a broadcast."""
        for reply in replies:
            if reply.broadcast:
                self._askers[reply.broadcast] = (reply.network, reply.asker)
        while len(self._askers) > _REMEMBERED:
            del self._askers[next(iter(self._askers))]
