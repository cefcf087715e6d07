"""Who gets which edition, and whose requests are refused.

`internal` is for whoever shows the token, or of whom a trusted proxy says who they are. A token is
compared in constant time and never stands in an address. A browser keeps not the token but a mark
made of it, which ends with the token.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from multidict import MultiMapping

from ircbot.hosts import is_loopback
from ircbot.page.settings import LONGEST, PageSettings

COOKIE = "ircbot-page"
_LONGEST = 256  # characters of a name; what is longer is none


class Doorkeeper:
    """Decides who gets in."""

    def __init__(self, settings: PageSettings) -> None:
        self._settings = settings
        self._mark = _mark(settings.token) if settings.token else ""

    def edition(self, peer: str, headers: Mapping[str, str], cookie: str) -> str:
        """The edition that somebody gets, "" if none."""
        if self.is_named(peer, headers) or self._shows_token(headers, cookie):
            return "internal"
        return self._settings.strangers

    def is_named(self, peer: str, headers: Mapping[str, str]) -> bool:
        """Whether a trusted proxy says who asks."""
        header = self._settings.user_header
        named = _all(headers, header) if header else ()
        # Of two one is not the proxy's, which adds its own to what others send.
        if len(named) != 1 or not 0 < len(named[0].strip()) <= _LONGEST:
            return False
        return self.is_proxy(peer)

    def is_proxy(self, peer: str) -> bool:
        """Whether what somebody says of others is believed."""
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._settings.proxies)

    def _shows_token(self, headers: Mapping[str, str], cookie: str) -> bool:
        kind, _, token = headers.get("Authorization", "").partition(" ")
        return (kind.lower() == "bearer" and self.is_token(token.strip())) or self.has_mark(cookie)

    def is_token(self, given: str) -> bool:
        """Whether somebody gives the token."""
        return bool(self._settings.token) and _is_same(given, self._settings.token)

    def has_mark(self, cookie: str) -> bool:
        """Whether a browser has the mark of somebody who gave the token."""
        return bool(self._mark) and _is_same(cookie, self._mark)

    @property
    def mark(self) -> str:
        """What a browser keeps."""
        return self._mark

    def address(self, peer: str, headers: Mapping[str, str]) -> str:
        """Whose request it is: of a trusted proxy's the last that it added."""
        if self.is_proxy(peer):
            given = ",".join(_all(headers, "X-Forwarded-For"))
            with contextlib.suppress(ValueError):
                return str(ip_address(given.rpartition(",")[2].strip()))
        return peer

    def is_ours(self, host: str) -> bool:
        """Whether a request is for us: by a name that nobody gave us, others' scripts would read
        what is on this machine only."""
        name = host_of(host)
        if not name:
            return False
        known = (self._settings.host_name, self._settings.host.lower())
        return name in known or is_loopback(name)


def _all(headers: Mapping[str, str], name: str) -> Sequence[str]:
    """All that is given under a name: a header may come several times."""
    if isinstance(headers, MultiMapping):
        return headers.getall(name, [])
    return (headers[name],) if name in headers else ()


def host_of(host: str) -> str:
    """The name in a Host header, without the port, in lower case."""
    if host.startswith("["):
        return host.partition("]")[0][1:].lower()
    return host.partition(":")[0].lower()


def _mark(token: str) -> str:
    return hmac.new(token.encode(), b"ircbot page, internal edition", hashlib.sha256).hexdigest()


def _is_same(given: str, known: str) -> bool:
    """In constant time, but for the length of what is given."""
    one = given[: LONGEST + 1].encode("utf-8", "surrogateescape")
    return hmac.compare_digest(one, known.encode())
