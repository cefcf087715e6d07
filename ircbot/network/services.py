"""Checks by WHOIS that a nick is the network's services, before a password is sent to it.

Anybody may take the nick NickServ while services are away. The server is believed if it says that
the nick is a network service, or that it is on a server of its own name, as only services are. Must
not know the password.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

# InspIRCd says it in 310, hybrid, Solanum, UnrealIRCd in 313, ngIRCd in 310 ("an IRC service").
# A person may be "a Services Administrator".
_MARKS = ("310", "whoisoperator")
_IS_SERVICE = re.compile(r"\b(?:network|irc) service\b", re.IGNORECASE)

# Facts that a server reports only for somebody with a connection: idle time, address, TLS.
_MARKS_OF_PEOPLE = ("whoisidle", "338", "378", "671")


class ServiceCheck:
    """The WHOIS of one nick."""

    def __init__(self, nick: str, mask: str, own_server: str, fold: Callable[[str], str]) -> None:
        """`mask` is the configured nick!user@host; if not "", it alone decides."""
        self.nick = nick
        self._mask = mask
        self._own_server = own_server
        self._fold = fold
        self._prefix = ""
        self._host = ""
        self._server = ""
        self._marked = False
        self._is_person = False

    def take(self, command: str, params: Sequence[str]) -> bool:
        """Take a numeric; True when the answer is complete."""
        if len(params) < 2 or self._fold(params[1]) != self._fold(self.nick):
            return False
        if command == "whoisuser" and len(params) > 3:
            self._prefix = f"{params[1]}!{params[2]}@{params[3]}"
            self._host = params[3]
        elif command == "whoisserver" and len(params) > 2:
            self._server = params[2]
        elif command in _MARKS:
            self._marked |= _IS_SERVICE.search(params[-1]) is not None
        elif command in _MARKS_OF_PEOPLE:
            self._is_person = True
        return command in ("endofwhois", "nosuchnick")

    @property
    def is_there(self) -> bool:
        """Whether somebody has the nick."""
        return bool(self._prefix)

    @property
    def is_service(self) -> bool:
        """Whether the server marks the nick as services."""
        if not self._prefix:
            return False
        if self._mask:
            pattern = self._fold(self._mask).replace("[", "[[]")
            return fnmatchcase(self._fold(self._prefix), pattern)
        host, server = self._host.lower(), self._server.lower()
        own_host = host == server and "." in server and server != self._own_server.lower()
        return self._marked or (own_host and not self._is_person)
