"""Removes formatting and control characters from texts.

Knows no meaning. Whatever is recorded, quoted or matched has been through `plain`; other people's
text that is displayed, through `shown`.
"""

from __future__ import annotations

import re

_ACTION = "\x01ACTION "

# mIRC's colours and hexadecimal colours, with their arguments; bold, italics and the like are
# single characters. https://modern.ircdocs.horse/formatting
_COLOUR = r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?"
_COLOURS = re.compile(f"(?:{_COLOUR})+")
# The same, and the characters that XML 1.0 forbids (§2.2), including vertical tab and form feed.
_FORBIDDEN = re.compile(
    rf"(?:{_COLOUR}|[\x00-\x02\x05-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff])+"
)
_BLANKS = re.compile(r"[ \t\n\r]+")
_BREAKS = re.compile(r"[ \t]*[\r\n\x85\u2028\u2029]+")

# Control characters (C0, DEL, C1) and those that change the direction of text: embeddings,
# overrides, isolates. Line ends of any kind become blanks, so that no words run together.
_LINE_ENDS = "\t\n\v\f\r\x85\u2028\u2029"
_UNSHOWN = dict.fromkeys(
    [*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
) | dict.fromkeys(map(ord, _LINE_ENDS), " ")


def plain(text: str) -> str:
    """The text without formatting and without characters that XML forbids; runs of blanks become
    one.

    >>> plain("\\x02TL:\\x02  \\x0304,12red\\x03 alert")
    'TL: red alert'
    """
    if text.isprintable():
        if "  " not in text:
            return text.strip(" ")
    else:
        text = _FORBIDDEN.sub("", text)
    return _BLANKS.sub(" ", text).strip(" ")


def shortened(text: str, longest: int) -> str:
    """A text of at most `longest` characters, cut at a blank and marked as cut.

    >>> shortened("the disk was full", 10), shortened("full", 10)
    ('the disk …', 'full')
    """
    return text if len(text) <= longest else text[:longest].rpartition(" ")[0] + " …"


def shown(text: str) -> str:
    """Other people's text, made safe for a terminal, the log, or IRC.

    Formatting, control characters and bidirectional overrides are removed; blanks stay. Joiners and
    direction marks for single characters stay, since some scripts need them.

    >>> shown("\\x1b[2J\\x0304all\\x0f well\\r\\nQUIT \\u202egnp.exe")
    '[2Jall well  QUIT gnp.exe'
    """
    if text.isprintable():
        return text
    return _COLOURS.sub("", text).translate(_UNSHOWN)


def shown_lines(text: str) -> str:
    """A text of several lines, each treated by `shown`.

    >>> shown_lines("one\\x1b[2J\\ntwo")
    'one[2J\\ntwo'
    """
    return "\n".join(map(shown, text.split("\n")))


def worded(text: str) -> str:
    """The text as an entry keeps it: like `plain`, but with its indentation and runs of blanks.

    It is one line; only trailing blanks are removed.

    >>> worded("  \\x02File\\x02   line ")
    '  File   line'
    """
    if not text.isprintable():
        text = _FORBIDDEN.sub("", text)
        text = _BREAKS.sub(" ", text)
    return text.rstrip(" \t")


def action(text: str) -> str | None:
    """The text of a CTCP ACTION (/me); None if a raw message is not one. Only a whole message can
    be: within an entry, the same characters are somebody's words.

    >>> action("\\x01ACTION waves\\x01"), action("waves")
    ('waves', None)
    """
    return text[len(_ACTION) :].removesuffix("\x01") if text.startswith(_ACTION) else None
