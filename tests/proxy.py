"""A proxy before a real server, which has the faults that real ones and the lines to them have."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from http_servers import Handler, serving

_OURS = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive", "host"})


@dataclass
class Request:
    """One that came."""

    method: str
    path: str
    body: bytes

    def __contains__(self, text: str) -> bool:
        return text in self.path or text.encode() in self.body


@dataclass
class Fault:
    """An answer in place of the server's."""

    status: int = 200
    body: bytes = b"{}"
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Proxy:
    """What came, and what goes wrong: `fault` answers in place of the server, or does not; of
    requests that are `lost` the server sees nothing, and what it says to those that are `mute`
    never arrives. `rewrite` tells under which path the server has something."""

    port: int = 0
    seen: list[Request] = field(default_factory=list)
    fault: Callable[[Request], Fault | None] = lambda request: None
    lost: Callable[[Request], bool] = lambda request: False
    mute: Callable[[Request], bool] = lambda request: False
    before: Callable[[Request], None] = lambda request: None
    rewrite: Callable[[str], str] = lambda path: path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def heal(self) -> None:
        """From now on nothing goes wrong."""
        self.fault, self.before = (lambda request: None), (lambda request: None)
        self.lost = self.mute = lambda request: False


@contextmanager
def proxy(behind: int) -> Iterator[Proxy]:
    """A proxy before a server on this machine, until it is left."""
    state = Proxy()

    class Answering(Handler):
        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = Request(self.command, self.path, body)
            state.seen.append(request)
            state.before(request)
            if state.lost(request):
                self.cut()
            elif fault := state.fault(request):
                head = {"Content-Type": fault.kind, **fault.headers}
                self._answer(fault.status, list(head.items()), fault.body)
            else:
                given = {k: v for k, v in self.headers.items() if k.lower() not in _OURS}
                there = http.client.HTTPConnection("127.0.0.1", behind, timeout=30)
                there.request(self.command, state.rewrite(self.path), body, given)
                answer = there.getresponse()
                text = answer.read()
                there.close()
                if state.mute(request):
                    self.cut()
                else:
                    self._answer(answer.status, answer.getheaders(), text)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass  # noqa: N815 - the library's

        def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in _OURS:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Answering) as state.port:
        yield state
