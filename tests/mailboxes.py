"""A mail server, in a thread: aiosmtpd, which takes the mail of whoever logs in, and can be told to
do otherwise."""

from __future__ import annotations

import asyncio
import queue
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as HOUSE_STYLE
from functools import cache
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "ircbot", "sesame-4711-ü"


@dataclass
class Mailboxes:
    """What was received. What a command is answered stands in `answers` ("MAIL", "DATA", an
    address), else it is done; with `mute` a mail is taken and the line cut."""

    port: int = 0
    ca_file: Path | None = None
    answers: dict[str, str] = field(default_factory=dict)
    mute: bool = False
    cuts: str = ""  # the command at which the line is cut
    letters: list[tuple[EmailMessage, list[str]]] = field(default_factory=list)  # and for whom
    raw: list[bytes] = field(default_factory=list)
    talked: bool = False

    @property
    def mails(self) -> list[EmailMessage]:
        return [mail for mail, _ in self.letters]

    @property
    def once(self) -> list[EmailMessage]:
        """Each mail once, as whoever reads it sees it."""
        return list({str(mail["Message-ID"]): mail for mail in self.mails}.values())

    # --- what aiosmtpd asks

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.talked = True
        self._cut("MAIL", server)
        if "MAIL" not in self.answers:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._cut("RCPT", server)
        if address not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get(address, "250 OK")

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self._cut("DATA", server)
        if "DATA" in self.answers:
            return self.answers["DATA"]
        content = envelope.content
        assert isinstance(content, bytes)
        self.raw.append(content)
        mail = message_from_bytes(content, policy=HOUSE_STYLE)
        assert isinstance(mail, EmailMessage)
        self.letters.append((mail, list(envelope.rcpt_tos)))
        if self.mute:
            server.transport.abort()
        return "250 OK"

    def _cut(self, command: str, server: SMTP) -> None:
        if self.cuts == command:
            server.transport.abort()
            raise ConnectionResetError

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self._cut("AUTH", server)
        right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        if right and "AUTH" not in self.answers:
            return AuthResult(success=True, auth_data=data.login)
        return AuthResult(success=False, handled=False, message=self.answers.get("AUTH"))


@cache
def _certificates() -> tuple[trustme.CA, trustme.LeafCert]:
    authority = trustme.CA()
    return authority, authority.issue_cert("127.0.0.1")


@contextmanager
def mailboxes(
    folder: Path, tls: str = "starttls", *, login: bool = True, utf8: bool = True, **more: Any
) -> Iterator[Mailboxes]:
    """A server, until it is left; its certificate is that of an authority of its own."""
    state = Mailboxes()
    authority, certificate = _certificates()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    state.ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(state.ca_file))
    if login:
        more = {"authenticator": state.authenticate, "auth_required": tls == "starttls", **more}
    started: queue.SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = (
        queue.SimpleQueue()
    )

    async def serve() -> None:
        loop, over, connections = asyncio.get_running_loop(), asyncio.Event(), []

        def connection() -> SMTP:
            connections.append(
                SMTP(
                    state,
                    enable_SMTPUTF8=utf8,
                    tls_context=context if tls == "starttls" else None,
                    require_starttls=tls == "starttls",
                    auth_require_tls=tls == "starttls",
                    hostname="mail.example.org",
                    loop=loop,
                    **more,
                )
            )
            return connections[-1]

        server = await loop.create_server(
            connection, "127.0.0.1", 0, ssl=context if tls == "tls" else None
        )
        state.port = server.sockets[0].getsockname()[1]
        started.put((loop, over))
        await over.wait()
        server.close()
        for one in connections:
            if one.transport is not None:
                one.transport.abort()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    loop, over = started.get(timeout=20)
    try:
        yield state
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
