"""One IRC message, and its way to and from the wire (RFC 1459, IRCv3 message tags).

Pure: knows no socket, no clock and no meaning of a command. Bytes that are not UTF-8 are carried
through unharmed as surrogate escapes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

BODY_LIMIT: Final = 510
"""Bytes of a line without tags and without CR LF (RFC 1459 §2.3)."""

TAGS_LIMIT: Final = 4094
"""Bytes a client may spend on tags, "@" and the blank not counted (IRCv3 message-tags)."""

_ESCAPES: Final = str.maketrans({";": r"\:", " ": r"\s", "\\": r"\\", "\r": r"\r", "\n": r"\n"})
_UNESCAPES: Final = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}


@dataclass(frozen=True, slots=True)
class IrcMessage:
    """One line of IRC, taken apart. A tag without a value has the value ""."""

    command: str
    params: tuple[str, ...] = ()
    source: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def nick(self) -> str:
        """Who sent it: the nick, or the server's name."""
        return self.source.partition("!")[0]

    @property
    def text(self) -> str:
        """The last parameter, "" if there is none."""
        return self.params[-1] if self.params else ""

    @property
    def target(self) -> str:
        """The first parameter, "" if there is none."""
        return self.params[0] if self.params else ""

    def param(self, index: int) -> str:
        """The parameter at `index`, "" if there is none."""
        return self.params[index] if index < len(self.params) else ""

    def __str__(self) -> str:
        """The line as it stands on the wire, uncut and without its end."""
        return " ".join(filter(None, (render_tags(self.tags), render_body(self))))


def decode(line: bytes) -> str:
    """The text of a line; bytes that are no UTF-8 become surrogate escapes."""
    return line.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes that `decode` was given."""
    return text.encode("utf-8", "surrogateescape")


def parse(line: str) -> IrcMessage | None:
    """The message in `line`, which has no line end; None if there is no command in it."""
    tags: dict[str, str] = {}
    source = ""
    rest = line.lstrip(" ")
    if rest.startswith("@"):
        head, _, rest = rest[1:].partition(" ")
        tags = parse_tags(head)
        rest = rest.lstrip(" ")
    if rest.startswith(":"):
        source, _, rest = rest[1:].partition(" ")
        rest = rest.lstrip(" ")
    command, _, rest = rest.partition(" ")
    if not command:
        return None
    return IrcMessage(command.upper(), _parse_params(rest), source, tags)


def _parse_params(rest: str) -> tuple[str, ...]:
    params = []
    while rest := rest.lstrip(" "):
        if rest.startswith(":"):
            params.append(rest[1:])
            break
        param, _, rest = rest.partition(" ")
        params.append(param)
    return tuple(params)


def parse_tags(text: str) -> dict[str, str]:
    """The tags in `text`, which has no "@"; the last of several with one name counts."""
    tags = {}
    for tag in filter(None, text.split(";")):
        name, _, value = tag.partition("=")
        tags[name] = _unescape(value)
    return tags


def _unescape(value: str) -> str:
    if "\\" not in value:
        return value
    characters = iter(value)
    return "".join(
        _UNESCAPES.get(escaped := next(characters, ""), escaped) if character == "\\" else character
        for character in characters
    )


def render_tags(tags: Mapping[str, str]) -> str:
    """The tags as they stand on the wire, "@" included; "" for none."""
    if not tags:
        return ""
    parts = []
    for name, value in tags.items():
        escaped = value.translate(_ESCAPES)
        parts.append(f"{name}={escaped}" if escaped else name)
    return "@" + ";".join(parts)


def render_body(message: IrcMessage) -> str:
    """Source, command and parameters as they stand on the wire.

    The last parameter gets its colon wherever it could be misread without one.
    """
    parts = [f":{message.source}"] if message.source else []
    parts.append(message.command)
    if message.params:
        *middle, last = message.params
        parts += middle
        needs_colon = not last or " " in last or last.startswith(":") or _is_speech(message)
        parts.append(f":{last}" if needs_colon else last)
    return " ".join(parts)


def _is_speech(message: IrcMessage) -> bool:
    # Real servers always write text with a colon, and simple clients rely on it.
    return message.command in {"PRIVMSG", "NOTICE", "TOPIC", "QUIT", "ERROR", "CAP"} or (
        message.command.isdigit() and len(message.params) > 1
    )


def to_wire(message: IrcMessage, tags: Mapping[str, str]) -> bytes:
    """The line for one receiver, with those `tags` it may see, cut at 510 bytes like InspIRCd."""
    body = encode(render_body(message))[:BODY_LIMIT]
    head = encode(render_tags(tags))
    return b" ".join(filter(None, (head, body))) + b"\r\n"
