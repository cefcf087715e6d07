"""What the server announces in 005 (ISUPPORT), and how it compares names.

Defaults are RFC 1459's; a malformed token leaves the default. The library's FeatureSet is not used:
it keeps each token as an attribute of its own object, so that a server could overwrite its methods,
and it forgets tokens without a value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ircbot.incident.people import folding

_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_PREFIX = re.compile(r"\(([A-Za-z]*)\)(\S*)")


class Support:
    """One link's tokens of 005, and what follows from them.

    >>> support = Support()
    >>> support.load(["ilbot", "CASEMAPPING=ascii", "PREFIX=(ov)@+", "are supported"])
    >>> support.fold("A[B]"), support.modes_of("@+")
    ('a[b]', 'ov')
    """

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}
        self._work_out()

    def load(self, params: Sequence[str]) -> None:
        """Take one 005 line: our nick, tokens, and a sentence at the end."""
        for token in params[1:]:
            if not token or " " in token:  # the sentence, or an empty token
                continue
            name, _, value = token.partition("=")
            name = name.upper()
            if name.startswith("-"):
                self._tokens.pop(name[1:], None)
            else:
                self._tokens[name] = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), value)
        self._work_out()

    def _work_out(self) -> None:
        tokens = self._tokens
        self.casemapping = tokens.get("CASEMAPPING", "").lower()
        self.fold = folding(self.casemapping)
        self.channel_types = tokens.get("CHANTYPES") or "#&"
        modes, symbols = "ov", "@+"
        if (match := _PREFIX.fullmatch(tokens.get("PREFIX", ""))) and len(match[1]) == len(
            match[2]
        ):
            modes, symbols = match[1], match[2]
        self._mode_of = dict(zip(symbols, modes, strict=True))
        self.member_modes = modes
        # Ranks are listed highest first, and everything from "o" up is an operator.
        self.operator_modes = frozenset(modes[: modes.index("o") + 1] if "o" in modes else "o")
        kinds = tokens.get("CHANMODES", "").split(",")
        known = len(kinds) >= 4
        # Lists of masks: bans, exceptions. On some servers "q" is a rank, and no list.
        self.list_modes = frozenset(kinds[0] if known else "beI") - frozenset(modes)
        self._with_value = frozenset((kinds[0] + kinds[1] if known else "beIk") + modes)
        self._with_value_to_set = frozenset(kinds[2] if known else "l")

    def has(self, name: str) -> bool:
        """Whether a token was sent, with or without a value."""
        return name in self._tokens

    def text(self, name: str) -> str:
        """A token's value, "" if it has none."""
        return self._tokens.get(name, "")

    def number(self, name: str, default: int) -> int:
        """A token's value as a positive number; `default` if it has none."""
        value = self._tokens.get(name, "")
        usable = value.isascii() and value.isdigit() and len(value) < 7 and int(value) > 0
        return int(value) if usable else default

    def is_channel(self, name: str) -> bool:
        """Whether a target is a channel, as this server names them."""
        return bool(name) and name[0] in self.channel_types

    def channel_of(self, target: str) -> str:
        """The channel that a message was sent to, "" for a person or for part of a channel."""
        # A server passes on a message to several targets as one for each.
        return target if self.is_channel(target) and "," not in target else ""

    def is_for_some(self, target: str) -> bool:
        """Whether a message to `target` is for some of a channel's members (STATUSMSG): `@#c`."""
        return not self.is_channel(target) and target.startswith(tuple(self._mode_of))

    def modes_of(self, symbols: str) -> str:
        """The member modes that a run of symbols before a nick stands for."""
        return "".join(self._mode_of.get(symbol, "") for symbol in symbols)

    def split_symbols(self, entry: str) -> tuple[str, str]:
        """A NAMES entry as its symbols and the rest (multi-prefix: there may be several)."""
        bare = entry.lstrip("".join(self._mode_of))
        return entry[: len(entry) - len(bare)], bare

    def mode_changes(self, modes: str, values: Sequence[str]) -> list[tuple[bool, str, str]]:
        """The changes in a channel's MODE: (given, mode, value).

        Each mode comes with its own value: in `+eo mask nick` the mask belongs to "e".
        """
        changes = []
        left = list(values)
        given = True
        for mode in modes:
            if mode in "+-":
                given = mode == "+"
                continue
            takes = mode in self._with_value or (given and mode in self._with_value_to_set)
            changes.append((given, mode, left.pop(0) if takes and left else ""))
        return changes
