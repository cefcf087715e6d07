"""HTTP for publishers: one request, its answer, and what its status means.

urllib is enough: a publisher has a process of its own and may block. Certificates are verified. No
redirect is followed, because what was sent must not go anywhere that is not configured.
"""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.cookiejar import CookieJar
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from ircbot import __version__
from ircbot.hosts import is_loopback
from ircbot.publish.protocol import PublishError, Refused, Unavailable

JsonObject = Mapping[str, Any]

_PATIENCE = 30.0  # seconds, for each step of an answer
_LONGEST = 20_000_000  # bytes of an answer
_LONGEST_PAUSE = 24 * 3600.0  # seconds that a server may ask us to wait
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524})


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A server's answer. The names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Whether the request succeeded."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON. Unavailable if it is something else (a proxy's page, a login form)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            kind = self.headers.get("content-type", "nothing").partition(";")[0]
            raise Unavailable(f"answers with {kind} instead of JSON ({self.status})") from None


def is_address(url: str) -> bool:
    """Whether a URL can be requested; error messages may quote it."""
    try:
        parts = urlsplit(url)
        known = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and not any(map(str.isspace, url))
    return known and plain and parts.scheme in ("http", "https") and "@" not in parts.netloc


def is_base(url: str) -> bool:
    """Whether a URL can be requested, extended by a path, and sent a token: only in plain text if
    it leads to this machine."""
    if not is_address(url):
        return False
    parts = urlsplit(url)
    safe = parts.scheme == "https" or is_loopback(parts.hostname or "")
    return safe and not (parts.query or parts.fragment)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: Any, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Leave redirects to the caller."""


@lru_cache(maxsize=8)
def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    """A context with one more certificate authority. The system's take 0.1 s to read."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


class Http:
    """Requests to one server."""

    def __init__(self, ca_file: Path | None = None, patience: float = _PATIENCE) -> None:
        """`ca_file` is an authority to trust beside the system's; `patience` is in seconds."""
        self.cookies = CookieJar()  # for servers with sessions
        self._open = urllib.request.build_opener(
            _NoRedirect(),
            urllib.request.HTTPSHandler(context=_trusting(ca_file)),
            urllib.request.HTTPCookieProcessor(self.cookies),
        ).open
        self._patience = patience

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        send: Any = None,
    ) -> HttpResponse:
        """Send a request and return the answer, whatever its status. `send` is sent as JSON.

        Raises Unavailable if there is no answer: unknown host, no connection, timeout.
        """
        given = {"User-Agent": f"ircbot/{__version__}", **(headers or {})}
        if send is not None:
            body = json.dumps(send, ensure_ascii=False).encode()
            given.setdefault("Content-Type", "application/json")
        try:
            asked = urllib.request.Request(url, body, given, method=method)
            with self._open(asked, timeout=self._patience) as answer:
                return _read(answer.status, answer.headers, answer)
        except urllib.error.HTTPError as answer:
            with answer:
                return _read(answer.code, answer.headers, answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable(f"cannot be reached ({_why(error)})") from None


def _read(status: int, headers: Message, body: IO[bytes]) -> HttpResponse:
    found = body.read(_LONGEST + 1)
    if len(found) > _LONGEST:
        raise Unavailable(f"answers with more than {_LONGEST // 1_000_000} MB")
    return HttpResponse(status, {name.lower(): value for name, value in headers.items()}, found)


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {reason.verify_message}"
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__


def failure(answer: HttpResponse, *, fix: Mapping[int, str] | None = None) -> PublishError:
    """The error for an answer, to be raised. `fix` maps statuses to what to do about them.

    >>> print(failure(HttpResponse(401, {}, b"")))
    refuses the login (401): ask the owner of its token
    >>> failure(HttpResponse(503, {"retry-after": "120"}, b"")).retry_after
    120.0
    """
    status = answer.status
    todo = {
        401: "ask the owner of its token",
        403: "ask its administrator for the right to write there",
        404: "look at its address in the configuration",
        410: "look at its address in the configuration",
        413: "ask its administrator to take longer texts",
    } | dict(fix or {})
    if status in _LATER and status not in (fix or {}):
        said = "is asked too often" if status == 429 else "cannot do it now"
        return Unavailable(f"{said} ({status})", retry_after(answer))
    if 300 <= status < 400:
        where = _server(answer.headers.get("location", ""))
        return Refused(f"sends us to {where} ({status})", "write its new address there")
    said = {
        401: "refuses the login",
        403: "does not let us write",
        404: "has no such page",
        410: "is gone",
        413: "accepts no text of this length",
    }.get(status, "refuses it")
    return Refused(f"{said} ({status})", todo.get(status, "look at the bot's log"))


def _server(url: str) -> str:
    """The scheme and host of a URL. The rest is often the secret itself."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return host if host and host.isprintable() else "another address"


def retry_after(answer: HttpResponse, now: datetime | None = None) -> float:
    """How many seconds a server asks us to wait; 0 if it does not say, a day at most.

    >>> retry_after(HttpResponse(429, {"retry-after": "9223372036854775807"}, b""))
    86400.0
    """
    given = answer.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return min(float(given[:20]), _LONGEST_PAUSE)
    try:
        at = parsedate_to_datetime(given)
    except (ValueError, TypeError):
        return 0.0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    seconds = (at - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_PAUSE)
