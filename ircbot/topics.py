"""The channels' topics while an incident is open, and their original topics.

The original topic is on disk before it is replaced, so that whichever run ends the incident can
restore it. Knows nothing of how a topic is set (network/topics.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from ircbot.engine import IncidentEngine
from ircbot.incident.events import Entry, Event, TopicKept
from ircbot.incident.line import Source
from ircbot.incident.people import Person
from ircbot.incident.state import topic_key
from ircbot.incident.words import marked, say


class IncidentTopics:
    """The topics of the channels for which it is configured."""

    def __init__(self, engine: IncidentEngine) -> None:
        self._engine = engine
        self._known: dict[str, str] = {}  # folded channel → its current topic, if known

    def wanted(self) -> Mapping[tuple[str, str], str]:
        """The topics to set: the open incident's, or the original one. Only channels whose original
        topic is on disk."""
        shown = self._shown()
        return {
            ("", channel): shown or self._engine.state.topics[topic_key(channel)]
            for channel in self._engine.setting.topics
            if topic_key(channel) in self._engine.state.topics
        }

    def told(self, network: str, channel: str, topic: str) -> None:
        """Take note of a channel's topic; a foreign one is kept, to be restored."""
        if not (channel := self.seen(network, channel, topic)):
            return
        shown, kept = self._shown(), self._engine.state.topics.get(topic_key(channel))
        if not shown and kept is not None and kept == topic:
            self._engine.record([self._of_the_state(TopicKept(channel, None), channel)])
        elif shown and topic != shown and topic != kept:
            self._engine.record([self._of_the_state(TopicKept(channel, topic), channel)])

    def seen(self, network: str, channel: str, topic: str) -> str:
        """Record a channel's topic. Returns the name of our channel, "" if it is none."""
        wanted = (
            each for each in self._engine.setting.topics if self._engine.is_same(each, channel, "")
        )
        channel = "" if network else next(wanted, "")
        if channel:
            self._known[topic_key(channel)] = topic
        return channel

    def keep(self) -> None:
        """Write the original topics to disk, before they are replaced."""
        if not self._known or not self._shown():
            return
        for channel in self._engine.setting.topics:
            known = self._known.get(topic_key(channel))
            if known is not None and topic_key(channel) not in self._engine.state.topics:
                self._engine.record([self._of_the_state(TopicKept(channel, known), channel)])

    def _shown(self) -> str:
        """The topic during an incident, "" if none is open."""
        heard = (Source.LIVE, Source.SHELL)
        shown = [
            i
            for i in self._engine.state.open
            if not i.network and not i.private and i.source in heard
        ]
        if not shown:
            return ""
        incident, holder = shown[-1], shown[-1].holder()
        process = self._engine.process_of(incident)
        text = say(
            process,
            "topic",
            id=incident.id,
            summary="—" if incident.guarded else incident.summary or "—",
            lead=process.lead.name,
            nick=holder.nick if holder else "—",
            channel=incident.channel,
        )
        return marked(process, text, drill=incident.drill)

    def _of_the_state(self, event: Event, channel: str) -> Entry:
        return Entry(0, self._engine.now, Person(self._engine.nick_on("")), event, channel)
