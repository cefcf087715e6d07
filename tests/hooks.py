"""A server that takes webhooks, in a thread; and the bot's configuration for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from http_servers import Handler, serving


@dataclass
class Message:
    """One that was sent, with its headers in lower case."""

    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Hooks:
    """What was received. `status`, `answer` and `headers` are answered; with `mute`, nothing is."""

    port: int = 0
    status: int = 200
    answer: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    mute: bool = False
    messages: list[Message] = field(default_factory=list)  # those that were taken
    asked: int = 0
    came: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def once(self) -> dict[str, Message]:
        """Each message once, as a receiver has it that keeps the ids."""
        return {message.headers["webhook-id"]: message for message in self.messages}


@contextmanager
def hooks() -> Iterator[Hooks]:
    """A server, until it is left."""
    state = Hooks()

    class Answering(Handler):
        def do_HEAD(self) -> None:  # noqa: N802 - the library's
            self.send_response(405)
            self.end_headers()

        def do_POST(self) -> None:  # noqa: N802 - the library's
            state.asked += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if state.status < 300 or state.mute:
                given = {name.lower(): value for name, value in self.headers.items()}
                state.messages.append(Message(given, body))
            state.came.set()
            if state.mute:
                self.cut()
                return
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(state.answer)

    with serving(Answering) as state.port:
        yield state
