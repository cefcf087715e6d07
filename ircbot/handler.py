"""The network's line handler: combines the engine, the topics and the notices about presence.

Decides nothing itself. `network/line_handler.py` defines the protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ircbot.engine import IncidentEngine
from ircbot.incident.line import Line, Reply, Source
from ircbot.network.line_handler import WantedChannel
from ircbot.notices import PresenceNotices
from ircbot.topics import IncidentTopics


class BotHandler(IncidentEngine):
    """The engine on networks."""

    def __init__(self, *args: Any, **named: Any) -> None:
        """Takes the engine's arguments."""
        super().__init__(*args, **named)
        self._topics = IncidentTopics(self)
        self._notices = PresenceNotices(self)
        # Called by the network.
        self.absent = self._notices.absent
        self.delivered = self._notices.delivered
        self.trouble = self._notices.trouble
        self.for_operators = self._notices.for_operators
        self.topics = self._topics.wanted
        self.topic = self._topics.told
        self._begin_from_record()

    def _begin_from_record(self) -> None:
        """Find the end of the record that an earlier process left; the network is asked for what
        was said since."""
        live = tuple(i for i in self.state.open if i.source is Source.LIVE)
        self._heard_until = {i.id: i.changed_at for i in live}
        self._expected = {
            i.id: tuple(p.nick for p in i.people() if p.network == i.network) for i in live
        }

    def hear(self, lines: Sequence[Line]) -> Sequence[Reply]:
        """Hear all lines of one read; send the replies in the order returned."""
        return self._followed(super().hear(lines))

    def tick(self, now: datetime) -> Sequence[Reply]:
        """Do what time alone causes."""
        return self._followed(super().tick(now))

    def _followed(self, replies: Sequence[Reply]) -> Sequence[Reply]:
        self._notices.expect(replies)
        if self.present is self.state:  # otherwise nothing can be recorded now
            self._topics.keep()
        return replies

    def wanted(self) -> Sequence[WantedChannel]:
        """The channels to be in: the incidents' first, then those that people invited us to."""
        state = self.present
        wanted = {
            self.place(network, channel): WantedChannel(channel, network=network)
            for network, channels in self.setting.all_channels()
            for channel in channels
        }
        for network, channel in self.setting.alert_places:
            key = self.place(network, channel)
            wanted.setdefault(key, WantedChannel(channel, network=network))
        expected: dict[tuple[str, str], dict[str, None]] = {}
        for incident in sorted(state.incidents.values(), key=lambda i: (not i.live, i.id)):
            if incident.status in ("open", "resolved") and incident.source is not Source.IMPORT:
                # A channel named while we were away is recorded, but not joined.
                recovered = incident.was_recovered("comms")
                channel = incident.declared_in if recovered else incident.channel
                key = self.place(incident.network, channel)
                who = dict.fromkeys(self._expected.get(incident.id, ()))
                expected.setdefault(key, {}).update(who)
                if key not in wanted or wanted[key].priority > 5:
                    wanted[key] = WantedChannel(
                        channel,
                        network=incident.network,
                        priority=0 if incident.live else 5,
                        heard_until=self._heard_until.get(incident.id),
                    )
        for key, nicks in expected.items():
            wanted[key] = replace(wanted[key], expected=tuple(nicks))
        for network, channel in state.joined.values():
            key = self.place(network, channel)
            wanted.setdefault(key, WantedChannel(channel, network=network))
        left = {self.place(network, channel) for network, channel in state.left.values()}
        return tuple(want for key, want in wanted.items() if want.channel and key not in left)
