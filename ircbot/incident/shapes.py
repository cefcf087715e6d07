"""What is known by its shape rather than by its words: commands and TL: entries.

What a command's arguments mean is commands.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ircbot.incident.people import same_name
from ircbot.incident.plain import plain
from ircbot.incident.sayings import Command

# One of these is in every line that _ENTRY matches, in lower case.
ENTRY_NEEDS = ("tl:", "tl ", "tl#", "tl@", *(f"tl{digit}" for digit in range(10)))
_ENTRY = re.compile(
    r"(?:(?!tl\b)@?[^\s:,<>]{1,32}[:,][ \t]*)?"  # somebody it is said to
    # For now, for an incident, or late with its time: "TL:", "TL 2:", "TL 14:55". One blank more
    # than that belongs to the entry: it is indented.
    r"tl[ \t]*(?:([0-9]{1,2}:[0-9]{2}(?:[ap]m)?)(?:: ?|[ \t])"
    r"|(?:[#@]?([0-9]{1,6})[ \t]*)?:(?!dr\b) ?)(.*)",
    re.IGNORECASE,
)
# What people know from MeetBot and from Wikimedia's stashbot.
_BORROWED = re.compile(r"(?:#(info|action|link|undo)|!(log))(?: (.*))?", re.IGNORECASE)
_SUBSTITUTION = re.compile(r"s(/(?:[^/\\]|\\.)+/(?:[^/\\]|\\.)*/g?)")
_INCIDENT = re.compile(r"@(\d{1,6})(?: |$)")


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A TL: line: its text, the incident that it names, else None, and its time as typed."""

    text: str
    incident: int | None
    at: str


def read_entry(text: str) -> EntryLine | None:
    """The entry that a line is, with its blanks as typed; None if it is none or has no text."""
    match = _ENTRY.fullmatch(text)
    if match is None or not match[3].strip():
        return None
    return EntryLine(match[3].rstrip(), int(match[2]) if match[2] else None, match[1] or "")


def command_in(text: str, prefix: str) -> Command | None:
    """The command that a line is by its prefix or its shape, None if it is none."""
    text = text.strip()
    head, _, rest = text.partition(" ")
    if head.lower() == prefix.lower():
        return read_command(rest)
    if match := _BORROWED.fullmatch(text):
        name = (match[1] or match[2]).lower()
        return Command(name, _arguments(name, match[3] or ""), addressed=False)
    if match := _SUBSTITUTION.fullmatch(text):
        return Command("s", match[1], addressed=False)
    return None


def after_address(text: str, nick: str) -> str | None:
    """What is said to the bot by name; None if the line is not."""
    length = len(nick)
    if text[length : length + 1] in (":", ",") and same_name(text[:length], nick):
        return text[length + 1 :].strip()
    return None


# What they are told is kept as an entry, with its indentation and its runs of blanks.
_WORDED = frozenset({"tl", "log", "info", "edit", "s"})


def _arguments(name: str, text: str) -> str:
    return text.rstrip() if name in _WORDED else plain(text)


def read_command(request: str) -> Command:
    """The command in what the bot was asked: `[@N] NAME ARGUMENTS`, `s/OLD/NEW/`, or nothing."""
    incident = None
    request = request.strip()
    if match := _INCIDENT.match(request):
        incident = int(match[1])
        request = request[match.end() :].strip()
    if request[:2].lower() == "s/":
        return Command("s", request[1:], incident)
    name, _, arguments = request.partition(" ")
    name = name.lower()
    if len(name) > 1:
        name = name.removesuffix(":")  # "!inc tl: the cache is empty"
    return Command(name or "help", _arguments(name, arguments), incident)
