"""Recognises lines by their shape rather than their words: commands and TL: entries.

rules/orders.py parses the arguments of commands.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from ircbot.incident.language import Language
from ircbot.incident.people import same_name
from ircbot.incident.plain import plain
from ircbot.incident.sayings import Command, Record
from ircbot.incident.times import NO_WORDS, leading, read_day

ENTRY = ("TL:", "tl:")  # nearly every entry begins with one of these
# Every line that this matches contains one of relevance.py's strings: change both together.
_ENTRY = re.compile(
    r"(?:(?!tl\b)@?[^\s:,<>]{1,32}[:,][ \t]*)?"  # an address
    r"tl(?=[ \t:#@0-9])[ \t]*(.+)",
    re.IGNORECASE,
)
# Other signs than a colon, and Markdown around it: "TL- x", "*TL:* x", "TL：x".
_VARIANT = re.compile(
    r"(?:([*_]{1,2})tl(?:[:\uff1a]\1|\1[:\uff1a])|tl(?:\uff1a| ?[-\u2013\u2014](?=[ \t])))[ \t]?",
    re.IGNORECASE,
)
# After "TL", without a time: "TL:", "TL 2:". More than one blank after it is the entry's
# indentation.
_FOR_NOW = re.compile(r"(?:[#@]?([0-9]{1,6})[ \t]*(?!:[0-9]{2}\b))?:(?!dr\b) ?(.*)", re.IGNORECASE)
# A late entry with the incident's number: "TL 2 14:55 …".
_NUMBERED = re.compile(r"[#@]?([0-9]{1,6}) (.+)")
# A day alone, which the speaker is asked about: "TL 5/1: …", "TL yesterday: …".
_DATED = re.compile(r"([^:]{1,40}): ?(.*\S.*)")
# A time with its colon glued to what follows: "TL 14:55:the first alert".
_GLUED = re.compile(r"([0-9]{1,2}:[0-9]{2}(?: ?[ap]m)?):(?=[^\s0-9])", re.IGNORECASE)
# Commands known from MeetBot and from Wikimedia's stashbot.
_BORROWED = re.compile(r"(?:#(info|action|link|undo)|!(log))(?: (.*))?", re.IGNORECASE)
_SUBSTITUTION = re.compile(
    r"s(/(?:[^/\\]|\\.)+/(?:[^/\\]|\\.)*/g?"
    r"(?:, s/(?:[^/\\]|\\.)+/(?:[^/\\]|\\.)*/g?){0,20})"
)
_INCIDENT = re.compile(r"@(\d{1,6})(?: |$)")
_CORRECTED = re.compile(r"\* (?=\S)")  # how a Matrix bridge begins a message that was edited
# Lines that continue an entry: indented, numbered, or items of a list.
_GOES_ON = re.compile(r"(?:[ \t]+(?=\S)|\d{1,2}[.)] (?=\S)|[-*\u2022] (?=\S))")
GO_ON = frozenset(" \t0123456789-*\u2022")  # their first characters
# Lines of one message, or of one paste.
AT_ONCE = timedelta(seconds=1)  # the longest time from one line to the next
MOST_LINES = 100
# A reply, as a Matrix bridge writes it: the quoted author, the quotation, and the answer.
_REPLY = re.compile(r"<[^<>]{1,64}> [\"\u201c].*?(?:[\"\u201d]|\u2026|\.\.\.) <- (?=\S)", re.DOTALL)


def goes_on(text: str, language: Language = NO_WORDS) -> bool:
    """Whether a line looks like a continuation of the line before.

    >>> [goes_on(text) for text in ("  at db1", "2. restart", "- item", "2 servers", "-1", "  ")]
    [True, True, True, False, False, False]
    """
    if _GOES_ON.match(text) is None:
        return False
    entry = read_entry(text.lstrip(" \t"), language) or read_corrected(text, language)
    return entry is None


def without_quotation(text: str) -> str:
    """A reply without the quotation that it answers.

    >>> without_quotation('<bob> "is it the disk?" <- TL: it is the disk')
    'TL: it is the disk'
    """
    if not text.startswith("<") or " <- " not in text:
        return text
    return _REPLY.sub("", text, count=1)


def read_corrected(text: str, language: Language = NO_WORDS) -> Record | None:
    """Parse an edited message that is an entry; None for others."""
    if _CORRECTED.match(text) is None:
        return None
    entry = read_entry(_CORRECTED.sub("", text, count=1), language)
    return replace(entry, again=True) if entry is not None else None


def read_entry(text: str, language: Language = NO_WORDS) -> Record | None:
    """Parse a line that is an entry, with its blanks as typed; None for other lines and for an
    empty entry. `language` has words for times.
    """
    match = _ENTRY.fullmatch(_VARIANT.sub("TL: ", text, count=1) if _VARIANT.match(text) else text)
    if match is None:
        return None
    said = match[1]
    if not said.startswith(":"):  # otherwise there is no time before the colon
        if (glued := _GLUED.match(said)) is not None:
            said = f"{glued[1]}: {said[glued.end() :]}"
        if late := leading(said, language=language):
            return Record(late[1].rstrip(), None, late[0])
    if now := _FOR_NOW.fullmatch(match[1]):
        number = int(now[1]) if now[1] else None
        return Record(now[2].rstrip(), number, "") if now[2].strip() else None
    if (dated := _DATED.fullmatch(match[1])) and read_day(dated[1], language):
        return Record(dated[2].rstrip(), None, dated[1])
    numbered = _NUMBERED.fullmatch(match[1])
    if numbered and (late := leading(numbered[2], language=language)):
        return Record(late[1].rstrip(), int(numbered[1]), late[0])
    return None


def command_in(text: str, prefix: str) -> Command | None:
    """Parse a line that is a command by its prefix or its shape; None for other lines."""
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


def after_address(text: str, nick: str, casemapping: str = "") -> str | None:
    """The text addressed to the bot by name; None if the line is not addressed to it."""
    length = len(nick)
    if text[length : length + 1] in (":", ",") and same_name(text[:length], nick, casemapping):
        return text[length + 1 :].strip()
    return None


# The arguments of these are kept as entries, with indentation and runs of blanks.
_WORDED = frozenset({"tl", "log", "info", "edit", "s"})


def _arguments(name: str, text: str) -> str:
    return text.rstrip() if name in _WORDED else plain(text)


def read_command(request: str) -> Command:
    """Parse a request to the bot: `[@N] NAME ARGUMENTS`, `s/OLD/NEW/`, or nothing."""
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
