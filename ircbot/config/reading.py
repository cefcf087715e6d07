"""config.toml → Config. Each error names file, line, key and fix.

Must not know what a key is for: keys.py lists them, settings.py gives them to whom they concern.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from pathlib import Path
from typing import Any

from ircbot.config.keys import (
    PATH,
    PROCESS,
    ROOT,
    Key,
    Place,
    Section,
    Values,
    dotted,
    written,
    written_keys,
)
from ircbot.errors import ConfigError, Misuse
from ircbot.ownership import must_be_its_owners
from ircbot.toml import TomlFile, read_toml

Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """`[store]`. `keep` is how long closed incidents are kept, None for ever; `erase` whether they
    are erased then rather than put into the archive."""

    path: Path
    keep: timedelta | None = None
    erase: bool = False


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """`[report]`. `templates` is searched before the shipped ones."""

    directory: Path
    formats: tuple[str, ...] = ("mana",)
    templates: Path | None = None
    url: str = ""
    public: tuple[str, ...] = ()  # prefixes of what a public edition may show


@dataclass(frozen=True, slots=True)
class LogSettings:
    """`[log]`."""

    level: str = "info"
    format: str = "text"


@dataclass(frozen=True, slots=True)
class HealthSettings:
    """`[health]`. No metrics are served on port 0."""

    file: Path | None = None
    metrics_port: int = 0


@dataclass(frozen=True, slots=True)
class Config:
    """What an administrator decided. `file` is None where there is no configuration."""

    file: TomlFile | None
    process: str  # a name, or the path of a process file
    zone: tzinfo
    store: StoreSettings
    report: ReportSettings
    log: LogSettings
    health: HealthSettings
    values: Values = field(repr=False)  # everything, checked, under its name in the file

    def at(self, place: Place) -> Any:
        """The value of a key, or the values of a table."""
        found: Any = self.values
        for part in place:
            found = found[part]
        return found

    def is_given(self, place: Place) -> bool:
        """Whether a key or table stands in the file, whatever its default is."""
        return self.file is not None and self.file.has(place)

    def wrong(self, place: Place, sentence: str) -> ConfigError:
        """The error for a mistake at `place`; raise it."""
        if self.file is None:
            places = ", ".join(map(str, usual_places()))
            return ConfigError(
                f"there is no configuration ({places}): {sentence} `ircbot init` writes one."
            )
        return ConfigError(str(self.file.wrong(place, sentence)))


# --- finding and reading ----------------------------------------------------------------------


def find_config(given: Path | None, environment: Environment = os.environ) -> Path | None:
    """The configuration to use: `given`, else $IRCBOT_CONFIG, else the usual places.

    What was asked for by name is returned whether it exists or not; None if nothing was, and the
    usual places are empty.
    """
    if given is not None:
        return given
    if named := environment.get("IRCBOT_CONFIG"):
        return Path(named)
    return next((path for path in usual_places(environment) if path.is_file()), None)


def usual_places(environment: Environment = os.environ) -> tuple[Path, ...]:
    """Where a configuration is looked for unless one is named, first to last."""
    home = environment.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return (
        Path("config.toml"),
        Path(home, "ircbot", "config.toml"),
        Path("/etc/ircbot/config.toml"),
    )


def load_config(given: Path | None = None, environment: Environment = os.environ) -> Config:
    """The configuration, or the defaults where there is none. Raises ConfigError."""
    path = find_config(given, environment)
    if path is None:
        return default_config(environment)
    file = read_toml(path, ConfigError)
    must_be_its_owners(path, ConfigError)
    # In a sticky folder (/tmp) others can add files, but not replace this one.
    must_be_its_owners(path.absolute().parent, ConfigError, sticky=True)
    return _config(_Checker(file, path.absolute().parent))


def default_config(environment: Environment = os.environ) -> Config:
    """The configuration of somebody who has none: everything as it comes, kept in XDG's place."""
    state = environment.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return _config(_Checker(None, Path(state, "ircbot")))


def cache_folder(environment: Environment = os.environ) -> Path | None:
    """Where may be kept what can be made anew; None for somebody without a home."""
    cache = Path(environment.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    return cache / "ircbot" if cache.is_absolute() else None


def _config(checker: _Checker) -> Config:
    values = checker.section(ROOT, checker.file.values if checker.file else {}, ())
    store, report, log, health = (values[name] for name in ("store", "report", "log", "health"))
    return Config(
        file=checker.file,
        process=values["process"],
        zone=values["timezone"],
        store=StoreSettings(store["path"], store["keep"], store["afterwards"] == "erase"),
        report=ReportSettings(
            report["directory"],
            report["format"],
            report["templates"],
            report["url"] or "",
            tuple(report["public"]),
        ),
        log=LogSettings(log["level"], log["format"]),
        health=HealthSettings(health["file"], health["metrics_port"]),
        values=values,
    )


# --- checking ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Checker:
    """What a file gives, checked against the keys there are. Paths are relative to `base`."""

    file: TomlFile | None
    base: Path

    def section(self, section: Section, given: Values, place: Place) -> Values:
        """Every key of a section with our value, the default's where nothing is given."""
        keys = {key.name: key for key in written_keys(section)}
        tables = {table.name: table for table in section.sections}
        for name in given:
            if name not in keys and name not in tables:
                raise self._wrong((*place, name), _unknown(section, place, name))
        return {
            **{
                name: self._value(key, given.get(name, key.default), (*place, name))
                for name, key in keys.items()
            },
            **{
                name: self._tables(table, given.get(name, {}), (*place, name))
                for name, table in tables.items()
            },
        }

    def _tables(self, table: Section, given: Any, place: Place) -> Any:
        """A table, or the list of them that there may be."""
        if not table.many:
            return self._table(table, given, place)
        given = given or []
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise self._wrong(
                place, f"`{dotted(place)}` must be a list of tables: [[{dotted(place)}]]."
            )
        return [self.section(table, one, (*place, n)) for n, one in enumerate(given)]

    def _table(self, table: Section, given: Any, place: Place) -> Values:
        if not isinstance(given, dict):
            raise self._wrong(place, f"`{dotted(place)}` must be a table: [{dotted(place)}].")
        if not table.named:
            return self.section(table, given, place)
        for name, one in given.items():
            if not isinstance(one, dict):
                whole = f"[{dotted((*place, table.named))}]"
                raise self._wrong(
                    (*place, name),
                    f"`{dotted((*place, name))}` must be a table with a name, such as {whole}.",
                )
        return {name: self.section(table, one, (*place, name)) for name, one in given.items()}

    def _value(self, key: Key, given: Any, place: Place) -> Any:
        if given is None:
            return None
        try:
            value = key.kind.read(given)
        except (ValueError, TypeError) as error:
            # What a secret holds is never shown, not even when it is of the wrong type.
            found = "" if key.secret else f", not {written(given)}"
            raise self._wrong(
                place, f"`{dotted(place)}` must be {key.kind.wanted}{found}."
            ) from error
        if key.kind is PATH:
            return self.base / os.path.expanduser(value)
        if key.kind is PROCESS and ("/" in value or value.endswith(".toml")):
            return str(self.base / value)
        return value

    def _wrong(self, place: Place, sentence: str) -> Misuse:
        assert self.file is not None, f"the default is wrong: {sentence}"
        return self.file.wrong(place, sentence)


def _unknown(section: Section, place: Place, name: str) -> str:
    """The sentence about a key that does not exist: the nearest there is, or where it belongs."""
    import difflib  # only for mistakes

    known = [key.name for key in written_keys(section)] + [sub.name for sub in section.sections]
    there = f"in [{dotted(place)}]" if place else "at the top"
    if near := difflib.get_close_matches(name, known, n=1):
        return f"there is no key `{name}` {there}; did you mean `{near[0]}`?"
    if homes := [dotted(path) for path, keys in _all_keys(ROOT, ()) if name in keys]:
        return f"there is no key `{name}` {there}; it belongs in [{homes[0]}]."
    return f"there is no key `{name}` {there}; there are {', '.join(sorted(known))}."


def _all_keys(section: Section, place: Place) -> Iterator[tuple[Place, set[str]]]:
    if place:
        yield place, {key.name for key in written_keys(section)}
    for sub in section.sections:
        yield from _all_keys(sub, (*place, sub.name, *(["NAME"] if sub.named else [])))
