"""Nicks, channel names and masks: which are allowed, which are the same, which match.

Pure. Names are the same if they fold to the same text under rfc1459 casemapping, where {}|^ are
the lower case of []\\~ (RFC 2812 §2.2).
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Final

_FOLD: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ[]\\~", "abcdefghijklmnopqrstuvwxyz{}|^")
_NICK: Final = re.compile(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]*")
_CHANNEL: Final = re.compile(r"#[^\x00\x07\r\n ,]*")

CHANNEL_LENGTH: Final = 64


def fold(name: str) -> str:
    """The form in which two spellings of one name are equal.

    >>> fold("Nick[away]") == fold("nick{AWAY}")
    True
    """
    return name.translate(_FOLD)


def is_nick(text: str, longest: int) -> bool:
    """Whether `text` may be a nick of at most `longest` characters."""
    return len(text) <= longest and _NICK.fullmatch(text) is not None


def is_channel(text: str) -> bool:
    """Whether `text` may be a channel's name."""
    return len(text) <= CHANNEL_LENGTH and _CHANNEL.fullmatch(text) is not None


def full_mask(mask: str) -> str:
    """`mask` with what was left out filled in, as a server shows bans.

    >>> full_mask("bob"), full_mask("bob!x"), full_mask("*@host")
    ('bob!*@*', 'bob!x@*', '*!*@host')
    """
    nick, bang, rest = mask.partition("!")
    if not bang and "@" in mask:
        nick, rest = "", mask
    user, _, host = rest.partition("@")
    return f"{nick or '*'}!{user or '*'}@{host or '*'}"


def matches(mask: str, name: str) -> bool:
    """Whether `name` fits `mask`, in which * stands for any text and ? for any character."""
    # fnmatch's only other special character, [, folds to {.
    return fnmatchcase(fold(name), fold(mask))
