"""Text without what only a terminal or a client would understand.

Knows no meaning. What is recorded, quoted or matched has been through here.
"""

from __future__ import annotations

import re

_ACTION = "\x01ACTION "

# mIRC's colours (with their numbers) and hexadecimal colours go with their arguments; bold,
# italics and the like are single characters. https://modern.ircdocs.horse/formatting
_COLOURS = re.compile(r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?")
# What XML 1.0 forbids (§2.2); vertical tab and form feed are among it.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BLANKS = re.compile(r"[ \t\n\r]+")


def plain(text: str) -> str:
    """The text word for word: formatting and what XML forbids removed, runs of blanks as one.

    >>> plain("\\x02TL:\\x02  \\x0304,12red\\x03 alert")
    'TL: red alert'
    """
    if text.isprintable():
        if "  " not in text:
            return text.strip(" ")
    else:
        if text.startswith(_ACTION):
            text = text[len(_ACTION) :]
        text = _FORBIDDEN.sub("", _COLOURS.sub("", text))
    return _BLANKS.sub(" ", text).strip(" ")


def is_action(text: str) -> bool:
    """Whether a raw message is a CTCP ACTION, which clients show for /me."""
    return text.startswith(_ACTION)
