"""Checks before the bot runs: configuration, processes, templates and store.

Changes nothing and connects to nothing. Every part is checked even if an earlier one failed, so
that one run lists everything that needs mending.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ircbot.config import Config, ReportSettings, load_config
from ircbot.config.journal import journal_of, settings
from ircbot.config.networks import networks
from ircbot.config.settings import setting
from ircbot.errors import IrcbotError, ProcessError
from ircbot.incident.events import (
    ActionAdded,
    CommsSet,
    Declared,
    Entry,
    Event,
    Noted,
    Resolved,
    RoleTaken,
    Updated,
)
from ircbot.incident.people import Person
from ircbot.incident.process import Process
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident, replay
from ircbot.incoming.settings import alert_settings, rota_settings
from ircbot.network.certificate import faults
from ircbot.publish.registry import places
from ircbot.report import FORMATS
from ircbot.repository import open_store


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check. `status` is an exit status, 0 if all is well."""

    part: str
    sentence: str
    status: int = 0
    warning: bool = False


def checkup(config_file: Path | None) -> Iterator[CheckResult]:
    """Check everything that `config_file` names, or the configuration that is found without it."""
    try:
        config = load_config(config_file)
    except IrcbotError as error:
        yield _wrong("configuration", error)
        return
    yield CheckResult(
        "configuration", str(config.file.path) if config.file else "none; all defaults"
    )
    if config.organisations is not None:
        yield from _organisations(config)
        return
    yield from _network(config)
    try:
        surroundings = setting(config)
    except IrcbotError as error:
        yield _wrong("process" if isinstance(error, ProcessError) else "configuration", error)
    else:
        for process in {p.name: p for p in _processes(surroundings)}.values():
            yield CheckResult("process", f"{process.name}, {len(process.phrases)} phrases")
            yield from _templates(process, config.report)
        yield from _places(config)
        yield from _alerts(config, surroundings)
        yield from _rotas(config)
    yield from _folder("reports", config.report.directory)
    yield from _store(config)


def _organisations(config: Config) -> Iterator[CheckResult]:
    """Check the configuration of each hosted organisation."""
    from ircbot.host import organisations  # only needed here

    try:
        found = organisations(config)
    except IrcbotError as error:
        yield _wrong("organisations", error)
        return
    if config.cluster is not None:
        yield from _journal(config)
    units: dict[tuple[str, str], str] = {}
    for name, file in found.items():
        for result in (*checkup(file), *_unit(name, file, units)):
            yield replace(result, part=f"{name}: {result.part}")


def _unit(name: str, file: Path, units: dict[tuple[str, str], str]) -> Iterator[CheckResult]:
    """See that no other organisation has the same part of the same database; `units` are those of
    the organisations before it."""
    try:
        config = load_config(file)
        journal = journal_of(config)
    except IrcbotError:
        return  # `checkup` says why
    if journal is None:
        return
    first = units.setdefault((journal.dsn, journal.unit), name)
    if first != name:
        why = f"{first} has the unit {journal.unit}, too. Give each organisation one of its own."
        yield _wrong("store", config.wrong(("store", "unit"), why))


def _wrong(part: str, error: IrcbotError) -> CheckResult:
    return CheckResult(part, str(error), error.exit_status)


def _network(config: Config) -> Iterator[CheckResult]:
    if config.file is None:
        yield CheckResult("network", "none; only `ircbot run --embedded` will do", warning=True)
        return
    try:
        found, warnings = networks(config)
    except IrcbotError as error:
        yield _wrong("network", error)
        return
    for network in found:
        as_whom = f" as {network.sasl.account or 'its certificate says'}" if network.sasl else ""
        servers = ", ".join(map(str, network.servers))
        yield CheckResult("network", f"{network.nick} on {servers}{as_whom}")
        own = (network.certificate_file, network.sasl.certificate_file if network.sasl else None)
        for path in dict.fromkeys(path for path in own if path is not None):
            for fault in faults(path, datetime.now(UTC)):
                yield CheckResult("network", fault, warning=True)
        if not network.channels:
            yield CheckResult("network", f"{network.title}: no channels are watched", warning=True)
    for warning in warnings:
        yield CheckResult("network", warning, warning=True)


def _places(config: Config) -> Iterator[CheckResult]:
    """Check the places that incidents are published to."""
    try:
        found, warnings = places(config)
    except IrcbotError as error:
        yield _wrong("publishing", error)
        return
    for place in found:
        yield CheckResult("publishing", f"{place.name}, {place.type}")
    for warning in warnings:
        yield CheckResult("publishing", warning, warning=True)


def _alerts(config: Config, surroundings: Setting) -> Iterator[CheckResult]:
    """Check where alerts come in, if they are configured."""
    try:
        found, warnings = alert_settings(config)
    except IrcbotError as error:
        yield _wrong("alerts", error)
        return
    if found is not None:
        told = ", ".join(
            f"{net}/{name}" if net else name for net, name in surroundings.told_of_alerts
        )
        yield CheckResult(
            "alerts", f"{found.host} port {found.port}, told in {told or 'no channel'}"
        )
    for warning in warnings:
        yield CheckResult("alerts", warning, warning=True)


def _rotas(config: Config) -> Iterator[CheckResult]:
    """Check the calendars of who is on call."""
    try:
        found, warnings = rota_settings(config)
    except IrcbotError as error:
        yield _wrong("rotas", error)
        return
    if found:
        yield CheckResult("rotas", ", ".join(one.name for one in found))
    for warning in warnings:
        yield CheckResult("rotas", warning, warning=True)


def _processes(setting: Setting) -> Iterator[Process]:
    yield setting.process
    yield from setting.processes.values()


def _templates(process: Process, report: ReportSettings) -> Iterator[CheckResult]:
    """Render a made-up incident in every format: nothing less shows that the templates work."""
    from ircbot.report.render import render

    if report.templates is not None and not report.templates.is_dir():
        yield CheckResult("templates", f"there is no folder {report.templates}.", 2)
    incident = _made_up(process)
    wrong = []
    for form in FORMATS:
        try:
            render(incident, process, form, templates=report.templates)
        except IrcbotError as error:
            # Administrators write templates: status 2.
            wrong.append(CheckResult("templates", f"{process.name}, {form}: {error}", 2))
    yield from wrong or [CheckResult("templates", f"{process.name}, {len(FORMATS)} formats")]


def _made_up(process: Process) -> Incident:
    """A short incident that fills every part of a report."""
    alice = Person("alice")
    events: tuple[Event, ...] = (
        Declared("the shop is down", process.name),
        RoleTaken("lead", alice),
        CommsSet("#shop"),
        Noted(1, "the basket is empty"),
        Updated("we are looking at the basket"),
        ActionAdded(1, "watch the basket", "alice"),
        Resolved(),
    )
    start = datetime(2018, 1, 10, 12, tzinfo=UTC)
    entries = [
        Entry(1, start + timedelta(minutes=10 * number), alice, event, "#shop")
        for number, event in enumerate(events)
    ]
    return replay(entries).incidents[1]


def _folder(part: str, path: Path) -> Iterator[CheckResult]:
    """Check that a folder can be written to, or created where it is wanted."""
    there = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    if not there.is_dir():
        yield CheckResult(part, f"{there} is not a folder; move it away or configure another.", 1)
    elif not os.access(there, os.W_OK | os.X_OK):
        yield CheckResult(part, f"{there} cannot be written to by this user.", 1)
    else:
        yield CheckResult(part, str(path))


def _journal(config: Config) -> Iterator[CheckResult]:
    """Check the settings of the database that the store follows, without connecting to it."""
    from ircbot.store.postgresql import PostgresJournal

    try:
        wanted = settings(config)
        where = PostgresJournal(wanted.dsn, wanted.unit).where
    except IrcbotError as error:
        yield _wrong("store", error)
    else:
        hosts = config.organisations is not None
        told = "organisations are shared in" if hosts else "recorded in"
        unit = "" if hosts else f", as {wanted.unit}"
        yield CheckResult("store", f"{told} {where}{unit}")
        for warning in wanted.warnings:
            yield CheckResult("store", warning, warning=True)


def _store(config: Config) -> Iterator[CheckResult]:
    yield from _folder("store", config.store.path)
    if config.store.engine == "postgresql":
        yield from _journal(config)
    if not config.store.path.is_dir():
        return
    try:
        listed = open_store(str(config.store.path)).incidents()
    except IrcbotError as error:
        yield _wrong("store", error)
    else:
        yield CheckResult("store", f"{len(listed)} incidents")
