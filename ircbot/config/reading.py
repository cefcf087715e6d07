"""config.toml → Config. Each error names file, line, key and fix.

Must not know what a key is for: keys.py lists them, settings.py and networks.py use them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from datetime import timedelta, tzinfo
from pathlib import Path
from typing import Any

from ircbot.cluster.tenure import Machine
from ircbot.config.keys import PATH, PROCESS, ROOT, ConfigSection, Key, Values, written_keys
from ircbot.errors import ConfigError
from ircbot.ownership import must_be_its_owners
from ircbot.tables import (
    Description,
    Keys,
    Kind,
    ListOf,
    NamedTables,
    TableKey,
    TableSchema,
    TomlPlace,
    dotted,
    read,
)
from ircbot.toml import TomlFile, read_toml
from ircbot.values import dataclass

Environment = Mapping[str, str]

SHORTEST_TTL, LONGEST_TTL = 1.0, 120.0  # seconds


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """`[store]`. `keep` is how long closed incidents are kept, None for ever; `erase`: they are
    then erased rather than archived. With the engine "postgresql" a database holds the record, and
    `unit` names our part of it."""

    path: Path
    keep: timedelta | None = None
    erase: bool = False
    engine: str = "folder"
    unit: str = "main"


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
    """A configuration as read. `file` is None if there is none."""

    file: TomlFile | None
    process: str  # a name, or the path of a process file
    zone: tzinfo
    store: StoreSettings
    report: ReportSettings
    log: LogSettings
    health: HealthSettings
    cluster: Machine | None  # None for one that is alone
    values: Values = field(repr=False)  # everything, checked, under its name in the file
    organisations: Path | None = None  # the folder of those to be hosted

    def at(self, place: Keys) -> Any:
        """The value of a key, or the values of a table."""
        found: Any = self.values
        for part in place:
            found = found[part]
        return found

    def read_as(self, place: Keys, section: ConfigSection) -> Values:
        """Read a table of the file as another section describes it. Raises ConfigError."""
        if self.file is None:
            raise self.wrong(place, f"[{dotted(place)}] is not there.")
        given: Any = self.file.values
        for part in place:
            given = given[part]
        where = TomlPlace(self.file).within(*place)
        found: Values = read(where, _table_of(section, self.file.path.absolute().parent), given)
        return found

    def is_given(self, place: Keys) -> bool:
        """Whether a key or table is in the file, whatever its default."""
        return self.file is not None and self.file.has(place)

    def one(self) -> Config:
        """This configuration, if it is one bot's. Raises ConfigError if it hosts organisations."""
        if self.organisations is not None:
            example = self.organisations / "NAME" / "config.toml"
            raise self.wrong(
                ("organisations",), f"this hosts many; name the file of one: -c {example}"
            )
        return self

    def wrong(self, place: Keys, sentence: str) -> ConfigError:
        """The error for a mistake at `place`; the caller raises it."""
        if self.file is None:
            places = ", ".join(map(str, usual_places()))
            return ConfigError(
                f"there is no configuration ({places}): {sentence} `ircbot init` writes one."
            )
        return ConfigError(str(self.file.wrong(place, sentence)))


# --- finding and reading ----------------------------------------------------------------------


def find_config(given: Path | None, environment: Environment = os.environ) -> Path | None:
    """The configuration to use: `given`, else $IRCBOT_CONFIG, else the first of the usual places.

    A file named explicitly is returned whether it exists or not. None if none was named and the
    usual places are empty.
    """
    if given is not None:
        return given
    if named := environment.get("IRCBOT_CONFIG"):
        return Path(named)
    return next((path for path in usual_places(environment) if path.is_file()), None)


def usual_places(environment: Environment = os.environ) -> tuple[Path, ...]:
    """The places in which a configuration is looked for, in order."""
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
    return _config(file, path.absolute().parent)


def default_config(environment: Environment = os.environ) -> Config:
    """The configuration without a file: all defaults, with data in the XDG folders."""
    state = environment.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return _config(None, Path(state, "ircbot"))


def cache_folder(environment: Environment = os.environ) -> Path | None:
    """The folder for what can be rebuilt; None for a user without a home."""
    cache = Path(environment.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    return cache / "ircbot" if cache.is_absolute() else None


def _config(file: TomlFile | None, base: Path) -> Config:
    shown = file or TomlFile(base / "config.toml", "", {}, ConfigError)
    values: Values = read(TomlPlace(shown), _table_of(ROOT, base, _homes), shown.values)
    store, report, log, health = (values[name] for name in ("store", "report", "log", "health"))
    return Config(
        file=file,
        process=values["process"],
        zone=values["timezone"],
        store=StoreSettings(
            store["path"],
            store["keep"],
            store["afterwards"] == "erase",
            store["engine"],
            store["unit"],
        ),
        report=ReportSettings(
            report["directory"],
            report["format"],
            report["templates"],
            report["url"] or "",
            tuple(report["public"]),
        ),
        log=LogSettings(log["level"], log["format"]),
        health=HealthSettings(health["file"], health["metrics_port"]),
        cluster=_cluster(shown, values),
        values=values,
        organisations=values["organisations"],
    )


def _cluster(file: TomlFile, values: Values) -> Machine | None:
    """This machine, if it is one of several for the record."""
    cluster = values["cluster"]
    if cluster["machine"] is None:
        if file.has(("cluster",)):
            sentence = '[cluster] names no machine; write machine = "…" there.'
            raise ConfigError(str(file.wrong(("cluster",), sentence)))
        return None
    if not SHORTEST_TTL <= cluster["ttl"] <= LONGEST_TTL:
        sentence = f"`cluster.ttl`: from {SHORTEST_TTL:g} to {LONGEST_TTL:g} seconds."
        raise ConfigError(str(file.wrong(("cluster", "ttl"), sentence)))
    return Machine(cluster["machine"], cluster["ttl"], cluster["standby"])


# --- what the file may hold -------------------------------------------------------------------


def _table_of(
    section: ConfigSection, base: Path, homes: Callable[[], Mapping[str, str]] = dict
) -> TableSchema:
    """The schema of a section of the file. Paths are relative to `base`."""
    keys = {key.name: _entry(key, base) for key in written_keys(section)}
    tables = {table.name: _inner(table, base) for table in section.sections}
    return TableSchema(keys | tables, homes=homes, further=section.further)


def _entry(key: Key, base: Path) -> TableKey:
    kind = _kind(key.kind, base)

    def missing(place: TomlPlace) -> Any:
        return None if key.default is None else read(place, kind, key.default)

    return TableKey(kind, missing, key.secret)


def _kind(kind: Kind, base: Path) -> Kind:
    if kind is PATH:
        return Kind(kind.wanted, lambda value: base / os.path.expanduser(kind.read(value)))
    if kind is PROCESS:
        return Kind(kind.wanted, lambda value: _process(kind.read(value), base))
    return kind


def _process(name: str, base: Path) -> str:
    return str(base / name) if "/" in name or name.endswith(".toml") else name


def _inner(section: ConfigSection, base: Path) -> TableKey:
    """The schema of a table within another, or of several tables in a list or by name."""
    of: Description = _table_of(section, base, _homes)
    if section.many:
        of = ListOf(of)
    elif section.named:
        of = NamedTables(of, section.named)
    return TableKey(of, lambda place: read(place, of, [] if section.many else {}))


def _homes() -> Mapping[str, str]:
    """The table that each key belongs to; the first of several."""
    return {
        name: dotted(place) for place, keys in reversed([*_all_keys(ROOT, ())]) for name in keys
    }


def _all_keys(section: ConfigSection, place: Keys) -> Iterator[tuple[Keys, set[str]]]:
    if place:
        yield place, {key.name for key in written_keys(section)}
    for sub in section.sections:
        yield from _all_keys(sub, (*place, sub.name, *(["NAME"] if sub.named else [])))
