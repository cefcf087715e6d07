"""A message as it stands on the wire: read leniently, written strictly.

Reading never raises: what is not a message is None. Writing lets no value end a line or start a
parameter of its own. Must not know what any command means.

`irc` gives the names of numerics, the nick mask and the unescaping of tags. Its splitting of
parameters is not used: it splits on every Unicode blank, IRC on the ASCII one alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from irc.client import NickMask
from irc.events import Command
from irc.message import Tag

LONGEST_LINE = 512  # bytes with CR LF, tags not counted (RFC 2812 §2.3)

_FORBIDDEN = str.maketrans("\r\n\0", "   ")


@dataclass(slots=True)
class Message:
    """One line from a server.

    `command` is the library's name of a numeric ("nicknameinuse"), its digits if it has none
    ("470"), or the verb in lower case. `source` is "" where the line names none.
    """

    command: str
    params: list[str] = field(default_factory=list)
    source: NickMask = field(default_factory=lambda: NickMask(""))
    tags: dict[str, str] = field(default_factory=dict)
    numeric: int = 0  # 0 for a verb

    def param(self, index: int) -> str:
        """A parameter, "" where there is none."""
        return self.params[index] if -len(self.params) <= index < len(self.params) else ""

    @property
    def nick(self) -> str:
        """Who sent it: a nick, or a server's name."""
        return str(self.source.nick)

    @property
    def userhost(self) -> str:
        """user@host of who sent it, "" if not told."""
        return str(self.source.userhost or "")


def parse(line: str) -> Message | None:
    r"""The message of a line without its line end, None if there is none in it.

    >>> parse(":irc.example 433 * ilbot :in use").command
    'nicknameinuse'
    >>> parse("@time=x :irc.example") is None
    True
    >>> parse("PRIVMSG #c :a\u3000b").params
    ['#c', 'a\u3000b']
    """
    rest = line.strip("\r\n ")
    tags: dict[str, str] = {}
    if rest.startswith("@"):
        raw, _, rest = rest[1:].partition(" ")
        tags = parse_tags(raw)
        rest = rest.lstrip(" ")
    source = ""
    if rest.startswith(":"):
        source, _, rest = rest[1:].partition(" ")
    head, colon, trailing = (" " + rest).partition(" :")
    words = [word for word in head.split(" ") if word]
    if not words:
        return None
    command, *params = words
    if colon:
        params.append(trailing)
    numeric = int(command) if len(command) == 3 and command.isascii() and command.isdigit() else 0
    name = str(Command.lookup(command)) if numeric else command.lower()
    return Message(name, params, NickMask(source), tags, numeric)


def parse_tags(raw: str) -> dict[str, str]:
    r"""Message tags; a tag without a value has "".

    >>> parse_tags(r"time=2018-01-10T12:00:00Z;account;x=a\:b")
    {'time': '2018-01-10T12:00:00Z', 'account': '', 'x': 'a;b'}
    """
    items = (Tag.parse(item) for item in raw.split(";") if item)
    return {item["key"]: item["value"] or "" for item in items}


def compose(command: str, *params: str, tags: Iterable[tuple[str, str]] = ()) -> str:
    r"""A line to send, without its line end.

    Raises ValueError for a parameter that would become two, or none. In the last one, CR, LF and
    NUL become blanks.

    >>> compose("PRIVMSG", "#moc", "all well\r\nQUIT")
    'PRIVMSG #moc :all well  QUIT'
    """
    words = [command]
    for param in params[:-1]:
        if not is_word(param):
            raise ValueError(f"not one parameter: {param!r}")
        words.append(param)
    if params:
        last = clean(params[-1])
        words.append(last if is_word(last) and command != "PRIVMSG" else ":" + last)
    line = " ".join(words)
    prefix = ";".join(f"{key}={value}" for key, value in tags)
    return f"@{prefix} {line}" if prefix else line


def is_word(param: str) -> bool:
    """Whether it can stand as a middle parameter."""
    return bool(param) and param[0] != ":" and not any(ch in " \r\n\0" for ch in param)


def clean(text: str) -> str:
    """`text` without what ends a line, and encodable."""
    return text.translate(_FORBIDDEN).encode("utf-8", "replace").decode("utf-8")


def encode(line: str) -> bytes:
    """A composed line as bytes, cut to what a server takes, on a character's boundary.

    ngIRCd closes the connection on a longer line; the others cut it in mid-character.
    """
    tags, blank, rest = line.partition(" ") if line.startswith("@") else ("", "", line)
    body = clean(rest).encode()
    if len(body) > LONGEST_LINE - 2:
        body = body[: LONGEST_LINE - 2].decode("utf-8", "ignore").encode()
    return (tags + blank).encode() + body + b"\r\n"
