"""CAP negotiation, version 302: what is offered, requested, and in force.

Takes CAP messages, returns what to send. What to request is decided once, after the last line of
LS; NEW and DEL may come at any time, even before 001 (ZNC). Must not know what a capability does.
https://ircv3.net/specs/extensions/capability-negotiation
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ircbot.network.irclib import IrcCall

WANTED = (
    "message-tags",
    "server-time",
    "batch",
    "cap-notify",
    "account-tag",
    "account-notify",
    "extended-join",
    "away-notify",
    "chghost",
    "setname",
    "echo-message",
    "labeled-response",
    "multi-prefix",
    "userhost-in-names",
    "invite-notify",
    "standard-replies",
    "draft/channel-rename",
    "draft/message-redaction",
    "draft/multiline",
    "chathistory",
    "draft/chathistory",
    "znc.in/playback",
    "znc.in/self-message",
    "znc.in/server-time-iso",
)

_REQUEST_BYTES = 400  # of names in one REQ, so that the echoing ACK fits into 512


class Capabilities:
    """One link's capabilities. `deciding` until CAP END may be sent."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self._wanted = frozenset(wanted)
        self.offered: dict[str, str] = {}
        self.enabled: set[str] = set()
        self.deciding = True
        self._requests: list[list[str]] = []  # unanswered, in order
        self._listing: dict[str, str] = {}

    @property
    def settled(self) -> bool:
        """Whether the offer is known and every request is answered."""
        return not self.deciding and not self._requests

    def begin(self) -> IrcCall:
        """The first command of every link."""
        return ("cap", "LS", "302")

    def give_up(self) -> None:
        """Go on with what is known: the server does not answer, or not completely."""
        self.offered.update(self._listing)
        self.deciding = False
        self._requests.clear()

    def take(self, params: Sequence[str]) -> list[IrcCall]:
        """Take one CAP message (its parameters) and return what to send."""
        subcommand = params[1].upper() if len(params) > 1 else ""
        names = params[-1].split(" ") if len(params) > 2 else []
        listed = dict(_named(name) for name in names if name)
        match subcommand:
            case "LS":
                return self._listed(listed, more=len(params) > 3 and params[2] == "*")
            case "ACK":
                self._acknowledged(names)
            case "NAK":
                return self._refused(set(listed))
            case "NEW":
                self.offered.update(listed)
                return self._request(listed)
            case "DEL":
                for name in listed:
                    self.offered.pop(name, None)
                    self.enabled.discard(name)
        return []

    def _listed(self, listed: dict[str, str], more: bool) -> list[IrcCall]:
        self._listing.update(listed)
        if more:
            return []
        self.offered, self._listing = self._listing, {}
        if not self.deciding:  # an unrequested LS
            return []
        self.deciding = False
        return self._request(self.offered)

    def _request(self, names: Iterable[str]) -> list[IrcCall]:
        asked = {name for request in self._requests for name in request}
        missing = [n for n in names if n in self._wanted and n not in self.enabled | asked]
        lines = []
        for request in _batches(missing):
            self._requests.append(request)
            lines.append(_ask(request))
        return lines

    def _acknowledged(self, names: Sequence[str]) -> None:
        told = [name.lstrip("~=") for name in names if name]
        for name in told:
            if name.startswith("-"):
                self.enabled.discard(name[1:])
            else:
                self.enabled.add(name)
        self._answered(set(told))

    def _refused(self, names: set[str]) -> list[IrcCall]:
        request = self._answered(names)
        if request is None or len(request) == 1:
            return []
        # The server refuses the whole list for one capability: request each alone.
        lines = []
        for name in request:
            self._requests.append([name])
            lines.append(_ask([name]))
        return lines

    def _answered(self, names: set[str]) -> list[str] | None:
        """Remove and return the request that was answered. Some servers truncate the echo in a
        long NAK."""
        for request in self._requests:
            if names & set(request) or not names:
                self._requests.remove(request)
                return request
        if self._requests and not names <= self.enabled:
            return self._requests.pop(0)
        return None


def _named(token: str) -> tuple[str, str]:
    """A capability and its value; the modifiers of version 301 are ignored."""
    name, _, value = token.lstrip("-~=").partition("=")
    return name, value


def _ask(names: Sequence[str]) -> IrcCall:
    return ("cap", "REQ", ":" + " ".join(names))


def _batches(names: Sequence[str]) -> Iterable[list[str]]:
    batch: list[str] = []
    size = 0
    for name in names:
        if batch and size + len(name) + 1 > _REQUEST_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(name)
        size += len(name) + 1
    if batch:
        yield batch
