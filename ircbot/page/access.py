"""Who gets which edition, and which requests are refused.

`internal` is for those who present the token, or whom a trusted proxy has authenticated. Tokens are
compared in constant time and never appear in a URL. The browser's cookie holds a value derived from
the token, not the token, and expires with it.
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
_LONGEST = 256  # characters of a user name


class PageAccess:
    """Decides who may see what."""

    def __init__(self, settings: PageSettings) -> None:
        self._settings = settings
        self._mark = _mark(settings.token) if settings.token else ""

    def edition(self, peer: str, headers: Mapping[str, str], cookie: str) -> str:
        """The edition for a request, "" for none."""
        if self.is_named(peer, headers) or self._shows_token(headers, cookie):
            return "internal"
        return self._settings.strangers

    def is_named(self, peer: str, headers: Mapping[str, str]) -> bool:
        """Whether a trusted proxy names the user."""
        header = self._settings.user_header
        named = _all(headers, header) if header else ()
        # If there are two, one is not the proxy's: a proxy adds its header to the client's.
        if len(named) != 1 or not 0 < len(named[0].strip()) <= _LONGEST:
            return False
        return self.is_proxy(peer)

    def is_proxy(self, peer: str) -> bool:
        """Whether a peer is trusted to name others."""
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
        """Whether it is the token."""
        return bool(self._settings.token) and _is_same(given, self._settings.token)

    def has_mark(self, cookie: str) -> bool:
        """Whether a browser's cookie was derived from the token."""
        return bool(self._mark) and _is_same(cookie, self._mark)

    @property
    def mark(self) -> str:
        """The value of the cookie."""
        return self._mark

    def address(self, peer: str, headers: Mapping[str, str]) -> str:
        """The client's address: behind a trusted proxy, the last one that it added."""
        if self.is_proxy(peer):
            given = ",".join(_all(headers, "X-Forwarded-For"))
            with contextlib.suppress(ValueError):
                return str(ip_address(given.rpartition(",")[2].strip()))
        return peer

    def is_ours(self, host: str) -> bool:
        """Whether a request is for one of our names. Otherwise scripts of a foreign site could read
        what is on this machine only (DNS rebinding)."""
        name = host_of(host)
        if not name:
            return False
        known = (self._settings.host_name, self._settings.host.lower())
        return name in known or is_loopback(name)


def _all(headers: Mapping[str, str], name: str) -> Sequence[str]:
    """All values of a header, which may be repeated."""
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
    """Compare in constant time, except for the length of `given`."""
    one = given[: LONGEST + 1].encode("utf-8", "surrogateescape")
    return hmac.compare_digest(one, known.encode())
