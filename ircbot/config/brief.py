"""Writes a configuration with only what differs from the defaults, and lists what a new one
changes.

Knows the table of keys and nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ircbot.config.keys import ROOT, ConfigSection, Values
from ircbot.tables import Keys, dotted, written
from ircbot.values import dataclass

_HEAD = """\
# The configuration of ircbot: what differs from the defaults. Every key there is, with its default:
# config.example.toml. Relative paths are relative to this file.
"""


def brief(values: Values) -> str:
    """The text of a configuration with these values, without those that equal the default."""
    return _HEAD + "\n".join(_lines(_differing(values, ROOT), (), _about(ROOT))) + "\n"


def _differing(values: Values, section: ConfigSection | None) -> dict[str, Any]:
    """The values that differ from their defaults. Tables with user-chosen names are kept whole."""
    if section is None or section.named or section.many:
        return dict(values)
    defaults = {key.name: key.default for key in section.keys}
    below = {one.name: one for one in section.sections}
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and name not in defaults:
            under = below.get(name)
            inner = _differing(value, under)
            # An optional table has an effect by being present, whatever it says.
            if inner or (under is not None and under.optional):
                found[name] = inner
        elif name not in defaults or value != defaults[name]:
            found[name] = value
    return found


def _about(section: ConfigSection, place: Keys = ()) -> dict[Keys, str]:
    """The comments on keys, by the key's place."""
    found = {(*place, key.name): key.about for key in section.keys}
    for one in section.sections:
        if not one.named:
            found |= _about(one, (*place, one.name))
    return found


def _lines(values: Values, place: Keys, about: Mapping[Keys, str]) -> Iterator[str]:
    tables = {}
    for name, value in values.items():
        key = (*place, name)
        if isinstance(value, Mapping) and key not in about:
            tables[name] = [value]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            tables[name] = value
        else:
            said = f"  # {about[key]}" if about.get(key) else ""
            line = f"{dotted((name,))} = {written(value)}"
            yield line + said if len(line + said) <= 100 else line
    for name, several in tables.items():
        for one in several:
            key = (*place, name)
            yield ""
            yield f"[[{dotted(key)}]]" if isinstance(values[name], list) else f"[{dotted(key)}]"
            yield from _lines(one, key, about)


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One key's old and new value; None where there is none."""

    key: Keys
    before: Any
    after: Any

    @property
    def is_secret(self) -> bool:
        """Whether a key's values must not be shown."""
        return any(word in str(self.key[-1]) for word in ("password", "token", "secret", "dsn"))


def changes(before: Values, after: Values) -> tuple[KeyChange, ...]:
    """What differs between two configurations, key by key."""
    old, new = dict(_flat(before)), dict(_flat(after))
    return tuple(
        KeyChange(key, old.get(key), new.get(key))
        for key in dict.fromkeys((*old, *new))
        if old.get(key) != new.get(key)
    )


def _flat(values: Values, place: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (*place, name))
        else:
            yield (*place, name), value
