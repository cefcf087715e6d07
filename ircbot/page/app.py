"""The page's server: routes, headers, access, and an immediate shutdown.

aiohttp's server without its router: the table of paths below is complete, and anything else is
refused with a page of our own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import resource
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from ircbot.page.access import COOKIE, PageAccess
from ircbot.page.library import HTML, Busy, Library, PageResponse
from ircbot.page.settings import PageSettings
from ircbot.report.pages import static_files

log = logging.getLogger(__name__)

_LONGEST_LINE = 4096  # bytes of a request line, and of each header
_LONGEST_FORM = 4096
_LONGEST_QUERY = 500  # characters of a value …
_LONGEST_NUMBERS = 2000  # … and of the numbers of incidents
_PATIENCE = 10.0  # seconds for a request to arrive, and for a reader who stopped reading
_SLOWEST = 4096  # bytes to be read in that time
_GONE = 45.0  # seconds without a sign of life
_CONNECTIONS = 500  # at a time, not counting followers of the page
_FILES = 100  # file descriptors reserved for other purposes
_ASKED = 32  # pipelined requests before the first is answered
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Server": "ircbot",
}
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class PageQuery:
    """A request: the parts of the path, and the query's values, each given once."""

    edition: str
    parts: tuple[str, ...]
    asked: Mapping[str, str]

    def number(self, place: int = 0) -> int:
        """A number in the path."""
        return int(self.parts[place])

    def count(self, name: str, otherwise: int) -> int:
        """A number in the query. ValueError if it is malformed."""
        text = self.asked.get(name, "")
        if not text:
            return otherwise
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise ValueError(f"{name} is a number.")
        return int(text)


PageResponder = Callable[[Library, PageQuery], Awaitable[PageResponse]]
_N = r"([1-9]\d{0,8})"
_PAGES: tuple[tuple[str, PageResponder], ...] = (
    (r"/", lambda lib, q: lib.overview(q.edition)),
    (rf"/incident/{_N}", lambda lib, q: lib.incident(q.edition, q.number())),
    (r"/history", lambda lib, q: lib.history(q.edition, q.asked, max(1, q.count("page", 1)))),
    (r"/search", lambda lib, q: lib.search(q.edition, q.asked)),
    (r"/stats", lambda lib, q: lib.stats(q.edition, q.asked)),
    (r"/wall", lambda lib, q: lib.wall(q.edition)),
    (r"/feed\.atom", lambda lib, q: lib.feed(q.edition)),
    (
        r"/api/incidents(?:\.json)?",
        lambda lib, q: lib.incidents_json(q.edition, q.count("before", 0), q.count("limit", 0)),
    ),
    (rf"/api/incidents/{_N}(?:\.json)?", lambda lib, q: lib.incident_json(q.edition, q.number())),
)
_MACHINES: tuple[tuple[str, PageResponder], ...] = (
    (r"/machines", lambda lib, q: lib.machines(q.edition, "/machines")),
    (r"/api/machines(?:\.json)?", lambda lib, q: lib.machines_json(q.edition)),
)
_OF_HOST: tuple[tuple[str, PageResponder], ...] = (
    (r"/", lambda lib, q: lib.machines(q.edition, "/")),
    *_MACHINES,
)


def _compiled(
    pages: tuple[tuple[str, PageResponder], ...],
) -> tuple[tuple[re.Pattern[str], PageResponder], ...]:
    return tuple((re.compile(pattern, re.ASCII), answer) for pattern, answer in pages)


_ROUTES, _HOST_ROUTES = _compiled((*_PAGES, *_MACHINES)), _compiled(_OF_HOST)
_FORMS = ("/login", "/logout")


class App:
    """Answers requests from a library."""

    def __init__(self, library: Library, settings: PageSettings) -> None:
        self._library = library
        self._settings = settings
        self._routes = _HOST_ROUTES if library.hosts else _ROUTES
        self._access = PageAccess(settings)
        self._files = {path.name: _file(path.name, path.read_bytes()) for path in static_files()}

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer any request."""
        peer = request.remote or ""
        edition = self._access.edition(peer, request.headers, request.cookies.get(COOKIE, ""))
        try:
            return await self._answer(request, peer, edition)
        except Busy:
            made = self._library.error(edition or "public", 503)
            made = replace(made, headers={"Retry-After": "5", "Refresh": "5"})
            return self._sent(request, made, edition)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("A request fails")
            return self._sent(request, self._library.error(edition or "public", 500), edition)

    async def _answer(
        self, request: web.BaseRequest, peer: str, edition: str
    ) -> web.StreamResponse:
        shown = edition or "public"
        path = self._path(request)
        if path == "/healthz" and request.method in ("GET", "HEAD"):
            return self._sent(request, self._health(), "public")
        is_static = (path or "").startswith("/static/")
        if not is_static and not await self._library.may_answer():
            made = self._library.error(shown, 503, "Another machine answers at the moment.")
            return self._sent(request, replace(made, headers={"Retry-After": "5"}), edition)
        if not self._access.is_ours(request.headers.get("Host", "")):
            return self._sent(request, self._library.error(shown, 421), edition)
        if path in _FORMS and self._settings.token:
            return await self._form(request, path, shown)
        is_page = path is not None and any(one.fullmatch(path) for one, _ in self._routes)
        if request.method not in ("GET", "HEAD"):
            there = is_page or path == "/events" or (path or "").startswith("/static/")
            made = self._library.error(shown, 405 if there else 404)
            allow = {"Allow": "GET, HEAD"} if there else {}
            return self._sent(request, replace(made, headers=allow), edition)
        if path is None:
            return self._sent(request, self._library.error(shown, 404), edition)
        if path.startswith("/static/"):
            made = self._files.get(path.removeprefix("/static/")) or self._library.error(shown, 404)
            return self._sent(request, made, "public")
        if not edition:
            return self._sent(request, self._stranger(request), edition)
        if path == "/events":
            return await self._events(request, peer, edition)
        return self._sent(request, await self._page(request, path, edition), edition)

    def _path(self, request: web.BaseRequest) -> str | None:
        """The path without our base path, whether or not the proxy removed that. None if it is
        elsewhere."""
        path = request.raw_path.partition("?")[0]
        base = self._settings.base
        if base and (path == base or path.startswith(f"{base}/")):
            path = path[len(base) :] or "/"
        return path if path.startswith("/") and len(path) < 200 else None

    async def _page(self, request: web.BaseRequest, path: str, edition: str) -> PageResponse:
        for pattern, answer in self._routes:
            if (found := pattern.fullmatch(path)) is None:
                continue
            try:
                question = PageQuery(edition, found.groups(), _query(request.raw_path))
                return await answer(self._library, question)
            except ValueError as error:
                return self._library.error(edition, 400, str(error))
        return self._library.error(edition, 404)

    def _stranger(self, request: web.BaseRequest) -> PageResponse:
        """The answer to somebody who must log in first."""
        if not self._settings.token:
            return self._library.error("public", 403)
        back = request.raw_path.partition("?")[0].removeprefix(self._settings.base)
        made = self._library.login("public", "", _back(back), 401)
        return replace(made, headers={"WWW-Authenticate": "Bearer"})

    def _health(self) -> PageResponse:
        well = self._library.is_well and self._library.answers
        trouble = "standing by" if self._library.is_well else "the store cannot be read"
        text = "ok\n" if well else f"{trouble}\n"
        return replace(
            PageResponse.of(text, "text/plain; charset=utf-8", 200 if well else 503), etag=""
        )

    # --- the token ------------------------------------------------------------------------------

    async def _form(self, request: web.BaseRequest, path: str, edition: str) -> web.StreamResponse:
        if request.method in ("GET", "HEAD") and path == "/login":
            return self._sent(request, self._library.login(edition, "", "/", 200), "internal")
        if request.method != "POST":
            made = replace(self._library.error(edition, 405), headers={"Allow": "GET, POST"})
            return self._sent(request, made, edition)
        if not self._is_from_here(request):
            return self._sent(request, self._library.error(edition, 403), edition)
        if path == "/logout":
            return self._gone_to("/", "")
        form = await _form(request)
        if form is None:
            return self._sent(request, self._library.error(edition, 413), edition)
        back = _back(form.get("back", "/"))
        if not self._access.is_token(form.get("token", "").strip()):
            log.warning("Somebody at %s gave a wrong token.", self._who(request))
            mistake = "That is not the token."
            return self._sent(request, self._library.login(edition, mistake, back, 403), "internal")
        return self._gone_to(back, self._access.mark)

    def _is_from_here(self, request: web.BaseRequest) -> bool:
        """Whether a form was sent by a page of ours, as far as browsers tell."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return False
        origin = request.headers.get("Origin")
        return origin is None or self._access.is_ours(urlsplit(origin).netloc)

    def _gone_to(self, path: str, mark: str) -> web.Response:
        response = web.Response(status=303, headers={**_ALWAYS, "Cache-Control": "no-store"})
        response.headers["Location"] = f"{self._settings.base}{path}"
        response.set_cookie(
            COOKIE,
            mark,
            path=f"{self._settings.base}/",
            max_age=30 * 86400 if mark else 0,
            httponly=True,
            samesite="Strict",
            secure=self._settings.base_url.startswith("https:"),
        )
        return response

    # --- what is sent ---------------------------------------------------------------------------

    def _sent(self, request: web.BaseRequest, made: PageResponse, edition: str) -> web.Response:
        """A page with its headers; shared caches must not store the internal edition."""
        named = self._settings.user_header
        headers = {
            **_ALWAYS,
            "Cache-Control": "no-cache" if edition == "public" else "private, no-store",
            "Vary": ", ".join(filter(None, ("Cookie", "Authorization", named))),
            **made.headers,
        }
        if made.status == 200 and made.etag:
            headers["ETag"] = made.etag
            known = [tag.strip() for tag in request.headers.get("If-None-Match", "").split(",")]
            if made.etag in known or f"W/{made.etag}" in known:
                return web.Response(status=304, headers=headers)
        headers["Content-Type"] = made.type
        return web.Response(body=made.body, status=made.status, headers=headers)

    def _who(self, request: web.BaseRequest) -> str:
        return self._access.address(request.remote or "", request.headers)

    # --- who follows ----------------------------------------------------------------------------

    async def _events(
        self, request: web.BaseRequest, peer: str, edition: str
    ) -> web.StreamResponse:
        if request.method == "HEAD":
            return self._sent(request, PageResponse(b"", "text/event-stream"), edition)
        after = request.headers.get("Last-Event-ID", "") or _query(request.raw_path).get(
            "after", ""
        )
        await self._library.be_ready()
        subscribers = self._library.subscribers
        reader = subscribers.enter(self._access.address(peer, request.headers), after)
        if reader is None:
            made = self._library.error(edition, 503, "Too many follow the page at the moment.")
            return self._sent(request, replace(made, headers={"Retry-After": "30"}), edition)
        response = web.StreamResponse(
            headers={
                **_ALWAYS,
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        try:
            await response.prepare(request)
            async for text in reader.texts():
                async with asyncio.timeout(_PATIENCE):
                    await response.write(text)
        except (TimeoutError, ConnectionError):
            reader.drop()
        finally:
            subscribers.leave(reader)
            if reader.is_dropped and request.transport is not None:
                request.transport.abort()
        return response


def _file(name: str, content: bytes) -> PageResponse:
    etag = f'"{blake2b(content, digest_size=12).hexdigest()}"'
    return PageResponse(
        content, _TYPES.get(name.rpartition(".")[2], "application/octet-stream"), etag=etag
    )


def _query(raw_path: str) -> dict[str, str]:
    """Parse the query string. ValueError if it is malformed."""
    pairs = parse_qsl(raw_path.partition("?")[2], keep_blank_values=True, max_num_fields=20)
    for name, value in pairs:
        most = _LONGEST_NUMBERS if name == "incidents" else _LONGEST_QUERY
        if len(value) > most:
            raise ValueError(f"No value is longer than {most} characters.")
    return dict(pairs)


async def _form(request: web.BaseRequest) -> dict[str, str] | None:
    """Read a form; None if it is too long or too slow."""
    read = b""
    with contextlib.suppress(TimeoutError, web.RequestPayloadError):
        async with asyncio.timeout(_PATIENCE):
            async for chunk in request.content.iter_any():
                read += chunk
                if len(read) > _LONGEST_FORM:
                    return None
            with contextlib.suppress(ValueError):
                return dict(parse_qsl(read.decode("utf-8", "replace"), max_num_fields=10))
    return None


def _back(path: str) -> str:
    """Where to go after the login: a page of ours."""
    is_page = any(one.fullmatch(path) for one, _ in _ROUTES)
    return path if is_page else "/"


# --- the server -----------------------------------------------------------------------------------


class _PageConnection(RequestHandler):
    """A connection that must send a request soon, and gets our own error pages."""

    _late: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client connected."""
        server: Any = self._manager
        if server is not None and len(server.connections) >= server.most:
            transport.close()
            return
        super().connection_made(transport)
        assert isinstance(transport, asyncio.Transport)
        self._late = asyncio.get_running_loop().call_later(_PATIENCE, transport.abort)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # notices a client that vanished
            with contextlib.suppress(OSError):
                transport.get_extra_info("socket").setsockopt(
                    socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(_GONE * 1000)
                )

    def connection_lost(self, exc: BaseException | None) -> None:
        """The client disconnected."""
        for timer in (self._late, self._stuck):
            if timer is not None:
                timer.cancel()
        self._late = self._stuck = None
        if self.transport is not None:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """The client sent something."""
        super().data_received(data)
        if len(self._messages) > _ASKED and self.transport is not None:
            self.transport.abort()  # or it fills our memory; newer aiohttp prevents that
        if self._late is not None and (self._messages or self._current_request is not None):
            self._late.cancel()
            self._late = None

    def pause_writing(self) -> None:
        """The client does not read."""
        super().pause_writing()
        self._see_whether_they_read(None)

    def _see_whether_they_read(self, before: int | None) -> None:
        """Drop a client that reads too slowly."""
        if not isinstance(self.transport, asyncio.Transport):
            return
        left = self.transport.get_write_buffer_size()
        if before is not None and before - left < _SLOWEST:
            self.transport.abort()
            return
        loop = asyncio.get_running_loop()
        self._stuck = loop.call_later(_PATIENCE, self._see_whether_they_read, left)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a request that aiohttp refuses by itself."""
        if exc is not None and status >= 500:
            log.error("A request fails", exc_info=exc)
        sentence = HTTPStatus(status).phrase
        text = f"<!DOCTYPE html>\n<title>{status}</title>\n<p>{status}: {sentence}.</p>\n"
        headers = {**_ALWAYS, "Content-Type": HTML, "Cache-Control": "no-store"}
        response = web.Response(text=None, body=text.encode(), status=status, headers=headers)
        response.force_close()
        return response


class _PageServer(web.Server):
    """A server with our connections."""

    def __init__(self, answer: Any, most: int, **settings: Any) -> None:
        super().__init__(answer)
        self.most = most
        self._given = settings

    def __call__(self) -> RequestHandler:
        """Create a connection."""
        return _PageConnection(self, loop=asyncio.get_running_loop(), **self._given)


def _room() -> int:
    """How many connections the system allows, after raising the limit if possible."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = min(hard, 65_536) if hard != resource.RLIM_INFINITY else 65_536
    if soft < most:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    return max(soft - _FILES, 1)


@contextlib.asynccontextmanager
async def serving(library: Library, settings: PageSettings) -> AsyncIterator[int]:
    """Serve within a block; yields the port. OSError if it cannot listen. Leaving the block closes
    every connection at once."""
    app = App(library, settings)
    server = _PageServer(
        app.answer,
        min(settings.streams + _CONNECTIONS, _room()),
        access_log=None,
        auto_decompress=False,
        keepalive_timeout=30.0,
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
        lingering_time=1.0,
    )
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(server, settings.host, settings.port, backlog=512)
    following = asyncio.create_task(library.follow())
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        following.cancel()
        library.close()
        await server.shutdown(0.2)
        with contextlib.suppress(asyncio.CancelledError):
            await following
