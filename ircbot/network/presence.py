"""Who is where on all links now, for the handler's thread.

Each answer is a single look-up in a dictionary, which needs no lock. Must not know what it is used
for.
"""

from __future__ import annotations

from collections.abc import Mapping

from ircbot.network.connection import Connection
from ircbot.network.people import People


class NetworkPresence:
    """The presence of incident/setting.py, as the links are now."""

    def __init__(self, connections: Mapping[str, Connection]) -> None:
        self._connections = connections

    def is_known(self, network: str) -> bool:
        """Whether it is one of our networks. While we are in no channel, nobody is seen on it."""
        return self._people(network) is not None

    def is_in(self, nick: str, channel: str, network: str) -> bool | None:
        """Whether somebody is in a channel; None if we are not, or its names have not arrived."""
        people = self._people(network)
        room = people.room(channel) if people is not None else None
        if people is None or room is None:
            return None
        return people.in_channel(nick, channel) or (False if room.names_told else None)

    def is_hidden(self, channel: str, network: str) -> bool:
        """Whether a channel is +s, +p or +i."""
        people = self._people(network)
        room = people.room(channel) if people is not None else None
        return room is not None and room.hidden

    def _people(self, network: str) -> People | None:
        connection = self._connections.get(network)
        return connection.people if connection is not None else None
