"""The type `mail`: an incident as one thread of mails, each as text and as HTML.

A sent mail cannot be looked up. One that may or may not have arrived is sent again with the same
Message-ID, which mail programs and lists show once. TLS and login are never skipped because a
server does not offer them.
"""

from __future__ import annotations

import base64
import html
import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from pathlib import Path
from typing import Any, ClassVar

from ircbot.config.keys import HOST, PATH, PORT, TEXT, TEXTS, Key, one_of
from ircbot.hosts import is_loopback
from ircbot.publish.protocol import (
    Publication,
    PublishError,
    Receipt,
    Refused,
    Unavailable,
    Wrong,
    diff,
    one_line,
)
from ircbot.report import file_name

_PATIENCE = 30.0  # seconds, for each step
_PLAIN = SMTP.clone(cte_type="7bit")  # not every server accepts 8bit
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_WITH_REPORT = frozenset({"resolved", "reported", "asked"})
_WITH_MEETING = _WITH_REPORT | {"meeting"}
# If one recipient's server says "try later", the others wait so long, counted from when it is due.
_WAITS = timedelta(hours=1)
_SUBJECT = 250  # characters
_SAID = 100  # characters of a server's message to quote
_NAMED = 5  # unreached people to list
_ADDRESS = re.compile(
    r"""\s*(?:"?(?P<name>[^<>"\x00-\x1f\x7f]{0,60})"?\s*<(?P<one>[^<>]+)>|(?P<other>[^<>]+?))\s*"""
)
_PARTS = re.compile(r"""([^\s<>()\[\]\\,:;@"\x00-\x1f\x7f]{1,64})@([^\s<>()\[\]\\,:;@"/]{1,250})""")


class Mail:
    """A mailing list or a group of people."""

    keys: ClassVar[tuple[Key, ...]] = (
        Key("to", TEXTS, [], "Who gets it.", ["ops@example.org"]),
        Key("cc", TEXTS, [], "Who gets a copy."),
        Key("from", TEXT, None, "Who it is from.", "ircbot <ircbot@example.org>"),
        Key("host", HOST, None, "The server that takes the bot's mail.", "mail.example.org"),
        Key("port", PORT, None, "587, 465 or 25, as `tls` says.", 587),
        Key("tls", one_of(*_PORTS), "starttls", "none: only on a network of your own."),
        Key("ca_file", PATH, None, "A certificate authority of your own, PEM.", "ca.pem"),
        Key("user", TEXT, None, "Whom the bot logs in as; else it does not.", "ircbot"),
        Key("password", TEXT, None, "The user's.", secret=True),
        Key("report", one_of("body", "attached", "no"), "body", "How the report comes with it."),
    )
    formats: tuple[str, ...] = ("text", "html", "invitation")
    each = True
    again = False

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Raises Wrong."""
        self._from = _address("from", values["from"] or "")
        self._to = [_address("to", one) for one in values["to"]]
        self._cc = [_address("cc", one) for one in values["cc"]]
        if not self._to:
            raise Wrong("to", 'say who gets the mail: to = ["ops@example.org"]')
        if values["host"] is None:
            raise Wrong("host", 'say which server takes the mail: host = "mail.example.org"')
        self._host, self._tls = str(values["host"]), str(values["tls"])
        self._port = values["port"] or _PORTS[self._tls]
        self._user, self._password = values["user"] or "", str(values["password"] or "")
        if bool(self._user) != bool(self._password):
            raise Wrong("user", "a login is a `user` and a `password`: give both, or neither")
        if self._user and self._tls == "none" and not is_loopback(self._host):
            raise Wrong("tls", 'a password goes over TLS only: tls = "starttls"')
        self._context = _context(values["ca_file"])
        self._report = str(values["report"])

    def check(self) -> str:
        """Log in, and ask whether the recipients are accepted; sends nothing."""
        with self._server() as server:
            refused = self._envelope(server, 0, patient=True)
            server.rset()
        who = f" from {self._user}" if self._user else ""
        return f"{self._host} takes mail{who} for {self._people(refused)}"

    def publish(self, publication: Publication) -> Receipt:
        """Send a mail."""
        page, previous = self._id(publication, publication.key), publication.previous
        if publication.occasion == "erased" and previous and previous.version == "erased":
            return Receipt(page=previous.page, version="erased")  # they were asked already
        message = self._bytes(publication)
        waited = datetime.now(UTC) - publication.at
        with self._server() as server:
            refused = self._envelope(server, len(message), patient=waited < _WAITS)
            code, said = server.data(message)
            if code != 250:
                raise _failure(
                    "does not take the mail", code, said, "ask the administrator of the server"
                )
        caveats = [f"did not reach {_listed(refused)}: correct `to` and `cc`"] if refused else []
        if publication.erased:
            caveats.append(
                "cannot unsend what it sent: its readers were asked to delete it, and backups "
                "and lists may have it"
            )
        return Receipt("", page, publication.occasion, "", "; it ".join(caveats))

    def preview(self, publication: Publication) -> str:
        """The mail, as an addition."""
        message = self._message(publication)
        body = message.get_body(("plain",))
        headers = f"To: {message['To']}\n" + (f"Cc: {message['Cc']}\n" if self._cc else "")
        headers += f"Subject: {_subject(publication)}"
        return diff("", f"{headers}\n\n{body.get_content() if body else ''}", "mail")

    # --- the mail -----------------------------------------------------------------------------

    def _bytes(self, publication: Publication) -> bytes:
        """The mail as it is sent."""
        # EmailMessage loses spaces where it folds non-ASCII text, and encodes long ids.
        subject, first = _subject(publication), _first(publication)
        plain = subject.isascii() and "=?" not in subject
        header = Header(subject, None if plain else "utf-8", header_name="Subject")
        headers = {
            "Subject": header.encode(linesep=SMTP.linesep),
            "Message-ID": self._id(publication, publication.key),
            "List-Id": f"Incidents <incidents.{self._from.domain}>",
        }
        if publication.key != first:
            headers |= dict.fromkeys(("In-Reply-To", "References"), self._id(publication, first))
        head = "".join(f"{name}: {value}{SMTP.linesep}" for name, value in headers.items())
        return head.encode() + self._message(publication).as_bytes()

    def _message(self, publication: Publication) -> EmailMessage:
        """The mail without its subject and ids."""
        message = EmailMessage(policy=SMTPUTF8 if self._is_international() else _PLAIN)
        message["Date"] = publication.at
        message["From"] = self._from
        message["To"] = self._to
        if self._cc:
            message["Cc"] = self._cc
        message["Auto-Submitted"] = "auto-generated"
        told = list(_told(publication))
        text = "\n\n".join(told) + "\n"
        page = "".join(f"<p>{_as_html(one)}</p>\n" for one in told)
        report = self._report if publication.occasion in _WITH_REPORT else "no"
        if report == "body":
            text += f"\n{publication.texts['text']}"
            page = _in_page(page, publication.texts["html"])
        else:
            title = _as_html(_subject(publication))
            page = f'<!DOCTYPE html>\n<meta charset="utf-8">\n<title>{title}</title>\n{page}'
        message.set_content(_encodable(text))
        message.add_alternative(_encodable(page), subtype="html")
        if report == "attached":
            name = file_name(publication.incident["id"], "html")
            content = _encodable(publication.texts["html"])
            message.add_attachment(content, subtype="html", filename=name)
        invitation = publication.texts.get("invitation", "")
        if invitation and publication.occasion in _WITH_MEETING:
            from ircbot.report.invitation import from_organiser  # importing icalendar is slow

            message.add_attachment(
                from_organiser(invitation, self._from.addr_spec),
                subtype="calendar",
                params={"method": "PUBLISH"},
                filename="review.ics",
            )
        return message

    def _id(self, publication: Publication, key: str) -> str:
        """The Message-ID of one of an incident's publications."""
        number = publication.incident["id"]
        since = publication.marker.removeprefix(f"ircbot-{number}-")
        n = key.removeprefix(f"{publication.marker}-")
        return f"<incident-{number}.update-{n}.{since}@{self._from.domain}>"

    def _is_international(self) -> bool:
        return not all(one.addr_spec.isascii() for one in (self._from, *self._to, *self._cc))

    # --- the server ---------------------------------------------------------------------------

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        """A connection to the server, logged in. Any failure within the block becomes a
        PublishError."""
        try:
            if self._tls == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    self._host, self._port, timeout=_PATIENCE, context=self._context
                )
            else:
                server = smtplib.SMTP(self._host, self._port, timeout=_PATIENCE)
            try:
                server.ehlo_or_helo_if_needed()
                if self._tls == "starttls":
                    server.starttls(context=self._context)
                    server.ehlo_or_helo_if_needed()
                if self._user:
                    self._log_in(server)
                yield server
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()  # the mail is delivered, whatever the answer
            finally:
                server.close()
        except smtplib.SMTPNotSupportedError:
            raise Refused(
                "offers no STARTTLS", 'write tls = "tls", or ask the administrator of the server'
            ) from None
        except smtplib.SMTPServerDisconnected:
            raise Unavailable("hung up") from None
        except smtplib.SMTPResponseException as error:
            raise _failure(
                "does not talk to us", error.smtp_code, error.smtp_error, "look at `host`, `port`"
            ) from None
        except (OSError, UnicodeError) as error:
            raise Unavailable(f"cannot be reached ({_why(error)})") from None

    def _log_in(self, server: smtplib.SMTP) -> None:
        # smtplib's own login accepts ASCII only.
        offered = server.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            login = _base64(f"\0{self._user}\0{self._password}")
            code, _ = server.docmd("AUTH", f"PLAIN {login}")
        elif "LOGIN" in offered:
            code, _ = server.docmd("AUTH", "LOGIN")
            for one in (self._user, self._password):
                if code == 334:
                    code, _ = server.docmd(_base64(one))
        else:
            raise Refused("offers no login that we know", "look at `port`, or leave `user` out")
        if code != 235:
            # The server's own words may repeat the password.
            raise _failure("refuses the login", code, "", "look at `user` and `password`")

    def _envelope(
        self, server: smtplib.SMTP, size: int, *, patient: bool
    ) -> Sequence[_RefusedRecipient]:
        """Name the sender and all recipients; returns those whom the server refuses, unless that is
        all of them. With `patient`, sends to nobody while it wants to accept some later."""
        options = []
        if self._is_international():
            if not server.has_extn("smtputf8"):
                raise Refused(
                    "takes ASCII addresses only", "use ASCII addresses in `from`, `to` and `cc`"
                )
            options += ["SMTPUTF8", "BODY=8BITMIME"]
        if size and server.has_extn("size"):
            options.append(f"SIZE={size}")
        code, said = server.mail(self._from.addr_spec, options)
        if code == 552:
            raise _failure("accepts no mail of this length", code, said, 'write report = "no"')
        if code != 250:
            raise _failure("does not let us send", code, said, "look at `from`, or `user`")
        people = dict.fromkeys(one.addr_spec for one in (*self._to, *self._cc))
        refused = []
        for person in people:
            code, said = server.rcpt(person)
            if code not in (250, 251, 252):
                refused.append(_RefusedRecipient(person, code, said))
        later = [one for one in refused if one.code < 500]
        if later and (patient or len(refused) == len(people)):
            raise Unavailable(f"cannot take mail now for {_listed(later)}")
        if len(refused) == len(people):
            raise Refused(f"takes no mail for {_listed(refused)}", "correct `to` and `cc`")
        return refused

    def _people(self, refused: Sequence[_RefusedRecipient]) -> str:
        gone = {one.person for one in refused}
        people = dict.fromkeys(one.addr_spec for one in (*self._to, *self._cc))
        taken = ", ".join(one for one in people if one not in gone)
        return taken + (f", and not for {_listed(refused)}" if refused else "")


@dataclass(frozen=True, slots=True)
class _RefusedRecipient:
    """A recipient whom the server refuses, and its answer."""

    person: str
    code: int
    said: bytes


def _listed(refused: Sequence[_RefusedRecipient]) -> str:
    named = [f"{one.person} ({_words(one.code, one.said)})" for one in refused[:_NAMED]]
    more = len(refused) - len(named)
    return ", ".join(named) + (f" and {more} others" if more else "")


def _failure(what: str, code: int, said: bytes | str, fix: str) -> PublishError:
    why = f"{what} ({_words(code, said)})"
    return Refused(why, fix) if code >= 500 else Unavailable(why)


def _words(code: int, said: bytes | str) -> str:
    """A server's answer, shortened."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {one_line(text)[:_SAID]}".strip()


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# --- what the configuration says -----------------------------------------------------------------


def _address(key: str, text: str) -> Address:
    """An address, with or without a name. Raises Wrong."""
    found = _ADDRESS.fullmatch(text)
    parts = _PARTS.fullmatch((found["one"] or found["other"]).strip()) if found else None
    if found is None or parts is None:
        raise Wrong(
            key, f"{text!r} is not an address; write ann@example.org or Ann <ann@example.org>"
        )
    try:
        domain = parts[2] if parts[2].isascii() else parts[2].encode("idna").decode()
    except UnicodeError:
        raise Wrong(key, f"{text!r} is at no domain") from None
    return Address((found["name"] or "").strip(), parts[1], domain)


def _context(ca_file: Path | None) -> ssl.SSLContext:
    """A TLS context that trusts an authority beside the system's. Raises Wrong."""
    context = ssl.create_default_context()
    try:
        if ca_file is not None:
            context.load_verify_locations(ca_file)
    except OSError as error:
        raise Wrong("ca_file", f"{ca_file} is not a certificate authority: {_why(error)}") from None
    return context


# --- what is told --------------------------------------------------------------------------------


def _told(publication: Publication) -> Iterator[str]:
    """What happened, and the current state, as paragraphs."""
    told = publication.incident
    yield one_line(publication.title)
    if publication.occasion != "erased":
        yield _happened(publication)
    if publication.erased:
        yield (
            "Words were removed from the record of this incident. Please delete the earlier mails "
            "of this thread, which may hold them, and what you copied from them."
        )
    if publication.occasion == "erased":
        return
    facts = [
        ("Status", told["status"]),
        ("Severity", told.get("severity")),
        ("Product", told.get("product")),
        ("Impact", told.get("impact")),
        *((one["title"], one["nick"]) for one in told.get("roles", ()) if one["to"] is None),
        ("Channel", told.get("comms_channel")),
        ("Changed", publication.note),
    ]
    yield "\n".join(f"{name}: {one_line(str(value))}" for name, value in facts if value)


def _first(publication: Publication) -> str:
    """The key of the first mail of the thread."""
    return f"{publication.marker}-1"


def _subject(publication: Publication) -> str:
    """The subject, the same for the whole thread: some mail programs go by it."""
    title = one_line(publication.title)
    title = title if len(title) <= _SUBJECT else f"{title[:_SUBJECT]}…"
    return title if publication.key == _first(publication) else f"Re: {title}"


def _happened(publication: Publication) -> str:
    told, update, called = publication.incident, publication.update, publication.called
    match publication.occasion:
        case "update" if update:
            return f"{_by(update)}, {_time(update['at'])}: {one_line(update['text'])}"
        case "notify" if called:
            nicks = one_line(", ".join(called["nicks"]))
            return f"{_by(called)}, {_time(called['at'])}, calls {nicks}."
        case "declared":
            return f"Declared at {_time(told['declared_at'])}."
        case "resolved" if told["resolved_at"]:
            how = f": {one_line(told['resolution'])}" if told.get("resolution") else "."
            return f"Resolved at {_time(told['resolved_at'])}{how}"
        case "reported":
            return "The report is done."
        case "meeting" if told.get("meeting_at"):
            return f"The review meeting is at {_time(told['meeting_at'])}."
        case "reopened":
            return "It is open again."
        case "withdrawn":
            return "It was none, or is handled elsewhere: nothing more will come."
        case _:
            return f"As it was at {publication.at:%Y-%m-%d %H:%M} UTC."


def _by(told: Mapping[str, Any]) -> str:
    return one_line(told["nick"] or "") or "Somebody"


def _time(stamp: str) -> str:
    return f"{datetime.fromisoformat(stamp).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _as_html(text: str) -> str:
    return html.escape(text).replace("\n", "<br>\n")


def _in_page(told: str, page: str) -> str:
    """A page with a text inserted at the beginning."""
    body = re.search(r"<body\b[^>]*>", page)
    at = body.end() if body else 0
    return f"{page[:at]}\n{told}{page[at:]}"


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
