"""The example configuration: every key, its default, and its purpose.

`config.example.toml` is this without any choices; `ircbot init` adds a few. An optional key follows
"#" without a blank, which tells it from a comment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ircbot.config.keys import ROOT, ConfigSection, Key, variable
from ircbot.tables import Keys, dotted, written

_HEAD = """\
# The configuration of ircbot: every key with its default, what is optional behind a "#".
# A span of time is written "45m", "2h" or "30d". Relative paths are relative to this file.
# A password may stand here, in a file of its own (…_file) or in the environment (IRCBOT_…).
"""
_WIDTH = 100


def example(chosen: Mapping[Keys, Any] | None = None) -> str:
    """The text of a configuration with the values in `chosen`, and the defaults elsewhere.

    None for a key leaves out one that the example would otherwise set.
    """
    return _HEAD + "\n".join(_section(ROOT, (), chosen or {}, "")) + "\n"


def _section(
    section: ConfigSection, place: Keys, chosen: Mapping[Keys, Any], mark: str
) -> Iterator[str]:
    """The lines of a table. `mark` precedes the keys of the table around it."""
    is_chosen = any(one[: len(place)] == place for one in chosen)
    optional = section.optional or section.named or section.many
    mark = "" if is_chosen else "#" if optional else mark
    yield ""
    if place:
        yield from (f"# {line}" for line in section.about.splitlines())
        table = f"[{dotted(place)}]"
        yield f"{mark}[{table}]" if section.many else f"{mark}{table}"
    for key in section.keys:
        if not section.shown or key.name in section.shown:
            yield from _key(key, (*place, key.name), chosen, mark)
    for sub in section.sections:
        if not section.shown:
            here = (*place, sub.name, sub.named) if sub.named else (*place, sub.name)
            yield from _section(sub, here, chosen, mark)


def _key(key: Key, place: Keys, chosen: Mapping[Keys, Any], mark: str) -> Iterator[str]:
    if key.secret:
        yield from _secret(key, place, chosen)
        return
    value = chosen.get(place, key.default if key.sample is None else key.sample)
    if place not in chosen and key.default is None and not key.required:
        mark = "#"
    yield from _line(f"{mark}{key.name} = {written(value)}", key.about)


def _secret(key: Key, place: Keys, chosen: Mapping[Keys, Any]) -> Iterator[str]:
    file_place = (*place[:-1], f"{key.name}_file")
    mark, name = ("", chosen[file_place]) if file_place in chosen else ("#", f"{key.name}.txt")
    yield from _line(f"{mark}{key.name}_file = {written(name)}", key.about)
    yield f"#{key.name} = {written(key.sample or '…')}  # or ${variable(place)}"


def _line(setting: str, about: str) -> Iterator[str]:
    if not about:
        yield setting
    elif len(setting) + len(about) + 4 <= _WIDTH:
        yield f"{setting}  # {about}"
    else:
        yield f"# {about}"
        yield setting
