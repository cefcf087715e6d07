"""Who is where, for whoever listens: the live view of all links, read from another thread.

Answers with one look-up of a dictionary, which needs no lock. Must not know what it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

from ircbot.network.connection import Connection
from ircbot.network.people import People


class NetworkPresence:
    """What incident/setting.py asks of a presence, of the links as they are now."""

    def __init__(self, connections: Mapping[str, Connection]) -> None:
        self._connections = connections

    def is_known(self, network: str) -> bool:
        """Whether it is a network of ours. While we are in no channel, nobody is seen in one."""
        return self._people(network) is not None

    def is_in(self, nick: str, channel: str, network: str) -> bool | None:
        """Whether somebody is in a channel, None where we are not or its names are not told yet."""
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
