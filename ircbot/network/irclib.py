"""The `irc` library as we use it: a connection of its asyncio client, a reactor, an event.

What arrives becomes events that go through the reactor's prioritised handlers, what is sent goes
through the connection's command methods. Each override names the fault of irc 20.5 that it fixes
("Fixes: …"), and can go when that is fixed upstream.

These parts of the library are not used: `features`, because a server can overwrite its attributes;
`strings`, and so the keys of `dict`, which fold names by Unicode and one casemapping only; `modes`,
which has one fixed list of modes with an argument (bklvohq), although servers announce their own
(CHANMODES, PREFIX), so that it misreads "+aI nick mask"; and `ctcp.dequote`, which changes what
people said (of `ctcp`, only the delimiter is used).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import irc.client
from irc.client import NickMask
from irc.client_aio import AioConnection, AioReactor
from irc.events import Command
from irc.message import Tag

from ircbot.network.ctcp import read
from ircbot.network.isupport import Support
from ircbot.network.lines import LineBuffer
from ircbot.network.message import clean, is_word
from ircbot.network.secrets import without_secrets

log = logging.getLogger("ircbot.network")

IrcCall = tuple[str, ...]
"""A command method of the connection, and its arguments: ("join", "#moc", "sesame")."""

_SPEECH = {  # the library's event types: to a channel, to us, as CTCP
    "privmsg": ("pubmsg", "privmsg", "ctcp"),
    "notice": ("pubnotice", "privnotice", "ctcpreply"),
}
SPOKEN = frozenset(name for names in _SPEECH.values() for name in names) | {"action"}


class IrcEvent(irc.client.Event):  # type: ignore[misc]
    """An event, with `tags` as a mapping and all parameters together.

    Fixes: a missing parameter is an IndexError; tags are a list to search through.
    """

    def __init__(
        self,
        type: str,  # noqa: A002
        source: NickMask,
        target: str | None,
        arguments: list[str],
        tags: dict[str, str],
        numeric: int = 0,
    ) -> None:
        """`numeric` is 0 for a command with a name."""
        super().__init__(type, source, target, arguments, tags)
        self.numeric = numeric
        self.params: Sequence[str] = arguments if target is None else [target, *arguments]

    def param(self, index: int) -> str:
        """The parameter at `index`, "" if there is none."""
        return self.params[index] if -len(self.params) <= index < len(self.params) else ""

    @property
    def nick(self) -> str:
        """The sender: a nick, or a server's name."""
        return str(self.source.nick)

    @property
    def userhost(self) -> str:
        """The sender's user@host, "" if unknown."""
        return str(self.source.userhost or "")


def parse(line: str, support: Support) -> IrcEvent | None:
    r"""Parse a line without its line end; None if there is no command in it. Never raises.

    `type` is the library's: a numeric's name, "pubmsg", "umode"; digits if it has none ("470").

    >>> parse(":irc.example 433 * ilbot :in use", Support()).type
    'nicknameinuse'
    >>> parse("@time=x :irc.example", Support()) is None
    True
    >>> event = parse("PRIVMSG #c :a\u3000b", Support())
    >>> event.type, event.target, event.arguments
    ('pubmsg', '#c', ['a\u3000b'])
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
    return _event(name, NickMask(source), params, tags, numeric, support)


def _event(
    name: str,
    source: NickMask,
    params: list[str],
    tags: dict[str, str],
    numeric: int,
    support: Support,
) -> IrcEvent:
    """The event that the library creates for a command."""
    if name == "quit":
        return IrcEvent(name, source, None, params[:1], tags)
    target, arguments = (params[0] if params else ""), params[1:]
    if name in _SPEECH:
        text = arguments[0] if arguments else ""
        public, private, ctcp = _SPEECH[name]
        name = public if support.channel_of(target) else private
        if (query := read(text)) is not None:
            name, arguments = ctcp, [query.word, query.rest]
            if ctcp == "ctcp" and query.word == "ACTION":
                name, arguments = "action", [query.rest]
    elif name == "mode" and not support.is_channel(target):
        name = "umode"
    return IrcEvent(name, source, target, arguments, tags, numeric)


def parse_tags(raw: str) -> dict[str, str]:
    r"""Parse message tags; a tag without a value has "".

    >>> parse_tags(r"time=2018-01-10T12:00:00Z;account;x=a\:b")
    {'time': '2018-01-10T12:00:00Z', 'account': '', 'x': 'a;b'}
    """
    items = (Tag.parse(item) for item in raw.split(";") if item)
    return {item["key"]: item["value"] or "" for item in items}


class IrcConnection(AioConnection):  # type: ignore[misc]
    """One link's connection. Lines to be sent wait in `unsent` until the link takes them.

    `connect` and `disconnect` are not used: the former registers before CAP LS, and waits forever
    for a server that does not answer; the latter says QUIT to a peer that is gone (dial.py,
    connection.py).
    """

    buffer_class = LineBuffer  # fixes: raises for a byte that is not UTF-8; keeps an endless line

    def __init__(self, reactor: Reactor) -> None:
        """Create a connection in the state in which `connect` would leave it."""
        super().__init__(reactor)
        self.buffer = self.buffer_class()
        self.features = Support()
        self.handlers: dict[str, list[Callable[..., Any]]] = {}
        self.real_server_name = self.real_nickname = ""
        self.transport: Any = None
        self.unsent: list[str] = []
        self.on_lines: Callable[[list[str]], None] = self.process_lines

    def process_data(self, new_data: bytes) -> None:
        """Pass on the lines of one read. Fixes: each line is parsed, however many come."""
        if lines := self.buffer.feed(new_data):
            if log.isEnabledFor(logging.DEBUG):
                for line in lines:
                    log.debug("<< %s", without_secrets(line))
            self.on_lines(lines)

    def process_lines(self, lines: Iterable[str]) -> None:
        """Handle lines as events."""
        for line in lines:
            self._process_line(line)

    def _process_line(self, line: str) -> None:
        """Parse a line and have its event handled.

        Fixes: raises for blank lines, missing parameters and sources, odd 005 tokens; splits
        parameters at every blank of Unicode.
        """
        event = parse(line, self.features)
        if event is None:
            return
        if event.source and not self.real_server_name:
            self.real_server_name = event.source
        self._handle_event(event)

    def call_all(self, calls: Iterable[IrcCall]) -> None:
        """Call command methods."""
        for name, *arguments in calls:
            getattr(self, name)(*arguments)

    def take(self) -> list[str]:
        """Remove and return the lines to be sent."""
        lines, self.unsent = self.unsent, []
        return lines

    def send_raw(self, string: str) -> None:
        """Queue a line. Fixes: blocks while pacing; sends CR and NUL; counts tags as text."""
        self.unsent.append(clean(string))

    def send_items(self, *items: str | None) -> None:
        """Send a command. ValueError for a parameter that would become two, or none.

        Fixes: a blank or a line end in a parameter splits it, or begins a command of its own.
        """
        given = [item or "" for item in items]
        while not given[-1]:  # omitted optional parameters
            given.pop()
        *words, last = given
        for word in words:
            if not is_word(word):
                raise ValueError(f"not one parameter: {word!r}")
        last = clean(last)
        self.send_raw(" ".join((*words, last if is_word(last) or last[0] == ":" else f":{last}")))

    def pass_(self, password: str) -> None:
        """Send a PASS command. Fixes: a password that has a blank or begins with a colon is cut."""
        self.send_raw(f"PASS {password if is_word(password) else ':' + password}")

    def topic(self, channel: str, new_topic: str | None = None) -> None:
        """Send a TOPIC command. Fixes: clearing a topic requests it instead."""
        self.send_items("TOPIC", channel, None if new_topic is None else f":{new_topic}")

    def label_last(self, label: str) -> None:
        """Add a label (labeled-response) to the line sent last. The library cannot send tags."""
        self.unsent[-1] = f"@label={label} {self.unsent[-1]}"


class Reactor(AioReactor):  # type: ignore[misc]
    """The reactor of one link. Its handlers end with the link, so an old link's are never called.

    We run the loop ourselves; the library's reactor requires a current one, which may not exist.
    """

    connection_class = IrcConnection

    def __init__(self) -> None:
        super().__init__(loop=NotImplemented)
