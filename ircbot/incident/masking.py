"""Masks what must not be recorded: secrets and phone numbers, found by their shape.

Only shapes that are hardly ever anything else: a masked word in a timeline is a lost word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ircbot.incident.find import has_part

MASK = "[masked]"

# The strings before each pattern, in lower case, of which every line that it matches contains one;
# its group 1 is masked. The shapes of tokens are those that their issuers publish.
_SECRETS = tuple(
    (needed, re.compile(pattern, re.IGNORECASE if fold else 0))
    for needed, pattern, fold in (
        (("://",), r"[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{0,64}:([^\s/@]{1,128})@", True),
        (("akia", "asia"), r"\b((?:AKIA|ASIA)[A-Z0-9]{16})\b", False),
        (("gh",), r"\b(gh[pousr]_[A-Za-z0-9]{36,})\b", False),
        (("github_pat_",), r"\b(github_pat_\w{22,})", False),
        (("glpat-",), r"\b(glpat-[\w-]{20,})", False),
        (("xox",), r"\b(xox[abprs]-[\w-]{10,})", False),
        (("aiza",), r"\b(AIza[\w-]{35})", False),
        (("sk_live_",), r"\b(sk_live_\w{16,})", False),
        (("pypi-",), r"\b(pypi-AgE[\w-]{40,})", False),
        (("eyj",), r"\b(eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})", False),
        (("-----",), r"(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----\S*)", False),
        (
            ("pass", "secret", "key", "token"),
            r"\b(?:password|passwd|passphrase|secret|api[_-]?key|access[_-]?token|auth[_-]?token)"
            r"\s?(?:=|:\s|\bis\s)\s?[\"']?((?=[^\s\"']*[0-9!@#$%^&*_+])[^\s\"',;]{6,128})",
            True,
        ),
        (("bearer",), r"\bbearer\s((?=[^\s]*[0-9])[\w.~+/=-]{16,})", True),
    )
)
_PHONES = (
    (
        ("+",),
        re.compile(
            r"(?<![\w+])(\+(?=(?:[ .()-]{0,2}\d){8})[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}"
            r"(?:[ .-]?\d{2,4}){1,3})(?![\w:])"
        ),
    ),
    (("(",), re.compile(r"(?<![\w(])(\([2-9]\d{2}\) ?[2-9]\d{2}-\d{4})(?!\w)")),
    (("-",), re.compile(r"(?<![\w.-])([2-9]\d{2}-[2-9]\d{2}-\d{4})(?![\w.-])")),
)


_DIGIT = re.compile(r"\d")
_OF_PHONES = 8  # digits, at least


def _needed(patterns: Iterable[tuple[tuple[str, ...], re.Pattern[str]]]) -> tuple[str, ...]:
    return tuple(word for needed, _ in patterns for word in needed)


_OF_SECRETS, _OF_NUMBERS = _needed(_SECRETS), _needed(_PHONES)


def mask(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with secrets and phone numbers masked, and the kinds that were found.

    >>> mask("db is at postgres://app:hunter2@db1")
    ('db is at postgres://app:[masked]@db1', ('a secret',))
    """
    low = text.casefold()
    kinds: tuple[str, ...] = ()
    if has_part(low, _OF_SECRETS):
        text, kinds = _masked(text, low, _SECRETS, "a secret")
    if has_part(low, _OF_NUMBERS) and len(_DIGIT.findall(text)) >= _OF_PHONES:
        text, more = _masked(text, low, _PHONES, "a phone number")
        kinds += more
    return text, kinds


def _masked(
    text: str, low: str, patterns: Iterable[tuple[tuple[str, ...], re.Pattern[str]]], kind: str
) -> tuple[str, tuple[str, ...]]:
    masked = text
    for needed, pattern in patterns:
        if has_part(low, needed):
            masked = pattern.sub(_without_group, masked)
    return masked, (kind,) if masked != text else ()


def _without_group(match: re.Match[str]) -> str:
    whole, start = match[0], match.start()
    return whole[: match.start(1) - start] + MASK + whole[match.end(1) - start :]
