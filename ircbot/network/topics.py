"""The topics to set, and whether that succeeded.

Takes the wanted topics and the refusals, compares them with the present ones, says which to set.
Must not know why a topic is wanted. Times are the loop's, in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ircbot.incident.plain import shown
from ircbot.network.isupport import Support
from ircbot.network.message import clean
from ircbot.network.people import People

_AGAIN = 300.0  # seconds before a topic that somebody else changed is set again
_USUAL_LENGTH = 300  # bytes, if the server sends no TOPICLEN


@dataclass(slots=True)
class _WantedTopic:
    text: str
    next_try: float = 0.0
    refused: bool = False


class Topics:
    """The wanted topics of one network's channels."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        self._fold = fold
        self._wanted: dict[str, _WantedTopic] = {}

    def refold(self, fold: Callable[[str], str]) -> None:
        """Compare names as this link's server does."""
        self._fold = fold
        self._wanted = {fold(name): topic for name, topic in self._wanted.items()}

    def want(self, topics: Mapping[str, str]) -> None:
        """Replace the wanted topics."""
        wanted = {}
        for channel, topic in topics.items():
            text = clean(shown(topic))
            had = self._wanted.get(self._fold(channel))
            wanted[self._fold(channel)] = had if had and had.text == text else _WantedTopic(text)
        self._wanted = wanted

    def due(self, people: People, support: Support, now: float) -> Iterator[tuple[str, str]]:
        """The topics to set now: channel and text."""
        for channel, topic in self._wanted.items():
            room = people.room(channel)
            if room is None or room.topic is None or topic.refused or now < topic.next_try:
                continue
            most = support.number("TOPICLEN", _USUAL_LENGTH)
            text = topic.text.encode()[:most].decode("utf-8", "ignore")
            if room.topic != text:
                topic.next_try = now + _AGAIN
                yield room.name, text

    def refused(self, channel: str) -> bool:
        """Take a refusal (482). True if it is new."""
        topic = self._wanted.get(self._fold(channel))
        if topic is None or topic.refused or not topic.next_try:
            return False
        topic.refused = True
        return True
