"""`ircbot import`: existing IRC logs into the store, through the same core as the live bot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import click

from ircbot import exchange
from ircbot.cli.common import json_option, print_json, warn
from ircbot.cli.logs import (
    ChosenLogs,
    log_options,
    progress,
    refuse_odd_lines,
    warn_of_odd_lines,
    warn_of_silence,
    warn_of_unknown_numbers,
)
from ircbot.config import Config
from ircbot.errors import Behind, Misuse, StoreError
from ircbot.incident.events import Declared, Entry, Noted
from ircbot.incident.plural import number_of
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident, Stray
from ircbot.logs.importing import ImportResult, found_in
from ircbot.logs.read import Log
from ircbot.logs.together import merged
from ircbot.record import open_to_write
from ircbot.repository import open_store, with_archived
from ircbot.store import StoreEngine

_TRIES = 5  # repeated if a bot writes meanwhile


@click.command(name="import")
@log_options
@json_option
@click.option("--force", is_flag=True, help="Even if many lines are not in the log's format.")
@click.option("--dry-run", is_flag=True, help="Only say what would be added.")
def import_(chosen: ChosenLogs, as_json: bool, force: bool, dry_run: bool) -> None:
    """Take existing IRC logs, or what `store export` wrote, into the store.

    Several logs are merged by time. Importing again adds nothing.
    """
    config, paths = chosen.config, chosen.paths
    exports = [path for path in paths if exchange.is_exported(path)]
    if exports:
        if len(exports) != len(paths):
            raise Misuse("import exports of a store and logs separately.")
        _take_in_exports(exports, config, as_json=as_json, dry_run=dry_run)
        return
    logs = chosen.opened()
    store = open_store(str(config.store.path)) if dry_run else open_to_write(config)
    try:
        found = take_in(logs, store, chosen.setting(), force=force, dry_run=dry_run)
    finally:
        store.close()
    warn_of_odd_lines(logs)
    warn_of_silence(logs)
    _warn_of_strays(found.strays)
    _warn_of_held(found.held)
    warn_of_unknown_numbers(found.unknown)
    additions = _additions(found)
    if as_json:
        print_json(_as_json(additions, logs, dry_run=dry_run))
    else:
        click.echo("\n".join(_as_text(additions, logs, dry_run=dry_run)))


def _take_in_exports(paths: list[Path], config: Config, *, as_json: bool, dry_run: bool) -> None:
    """Take in what `store export` wrote."""
    incidents = [exchange.read(path) for path in paths]
    store = open_store(str(config.store.path)) if dry_run else open_to_write(config)
    try:
        taken = [
            one for each in incidents for one in exchange.take_in(store, each, dry_run=dry_run)
        ]
    finally:
        store.close()
    for one in taken:
        if one.other:
            warn(
                f"incident {one.exported} went on differently here ({one.incident}): left as it is."
            )
    if as_json:
        print_json(
            {
                "added": sum(one.added for one in taken),
                "dry_run": dry_run,
                "incidents": [
                    {"id": t.incident, "exported_as": t.exported, "new": t.new, "added": t.added}
                    for t in taken
                ],
            }
        )
        return
    would = "would be " if dry_run else ""
    for one in taken:
        if one.added:
            was = "" if one.incident == one.exported else f" (exported as {one.exported})"
            what = "new" if one.new else "continued"
            count = number_of(one.added, "entry", "entries")
            click.echo(f"Incident {one.incident}{was}: {would}{what}, with {count}.")
    if not any(one.added for one in taken):
        click.echo("Nothing new.")


def take_in(
    logs: list[Log], store: StoreEngine, setting: Setting, *, force: bool, dry_run: bool
) -> ImportResult:
    """Add what the logs hold to the store; start over if another process wrote meanwhile."""
    for _ in range(_TRIES):
        found = _look(logs, store, setting)
        if not force:
            refuse_odd_lines(logs)
        if dry_run or not found.entries:
            return found
        try:
            store.append(found.entries)
        except Behind:
            continue
        return found
    raise StoreError("a bot keeps writing to the incidents of these logs; try again later.")


def _look(logs: list[Log], store: StoreEngine, setting: Setting) -> ImportResult:
    with progress(logs, "Reading") as tell:
        runs = merged(logs, tell)
        first = next(runs, None)
        if first is None:
            return found_in((), (), 0, setting)
        recorded = _recorded(store, first.time)
        return found_in(
            chain((first,), runs),
            recorded,
            store.highest_id(),
            setting,
            store.recorded_as,
            anywhere=first.log.network is None,
        )


def _recorded(store: StoreEngine, since: datetime) -> Iterator[Entry]:
    """The entries of no incident, and those of every incident, archived or not, that was not closed
    before `since`.
    """
    yield from store.entries(0)
    for listed in sorted(with_archived(store), key=lambda listed: listed.incident):
        if not _was_over(listed.summary, since):
            yield from store.entries(listed.incident)


def _was_over(summary: Any, moment: datetime) -> bool:
    closed = summary.get("closed_at")
    return closed is not None and datetime.fromisoformat(closed) < moment


@dataclass(frozen=True, slots=True)
class Addition:
    """The new entries of one incident."""

    incident: Incident
    new: bool
    entries: int
    notes: int


def _additions(found: ImportResult) -> list[Addition]:
    return [
        Addition(
            incident=found.state.incidents[number],
            new=any(isinstance(entry.event, Declared) for entry in group),
            entries=len(group),
            notes=sum(isinstance(entry.event, Noted) for entry in group),
        )
        for number, group in _by_incident(found.entries).items()
    ]


def _warn_of_strays(strays: Sequence[Stray]) -> None:
    """Name the entries that belong to no incident, so that none is dropped silently."""
    if strays:
        first = strays[0]
        count = "1 TL: line was" if len(strays) == 1 else f"{len(strays)} TL: lines were"
        warn(
            f"{count} not imported, because no incident was open or several were; the "
            f"first: {first.at:%Y-%m-%d %H:%M} UTC {first.channel} <{first.by.nick}> {first.text}"
        )


def _warn_of_held(held: Sequence[Entry]) -> None:
    """Name the declarations that were merged into an open incident: in a log nobody can
    be asked.
    """
    if held:
        first = held[0]
        count = "1 declaration was" if len(held) == 1 else f"{len(held)} declarations were"
        warn(
            f"{count} merged with an incident declared less than 15 minutes earlier; the first: "
            f"{first.at:%Y-%m-%d %H:%M} UTC {first.channel} <{first.by.nick}>. If it was a "
            "separate incident, import its log into a separate store."
        )


def _by_incident(entries: Iterable[Entry]) -> dict[int, list[Entry]]:
    groups: dict[int, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.incident, []).append(entry)
    return dict(sorted(groups.items()))


def _as_json(additions: list[Addition], logs: list[Log], *, dry_run: bool) -> dict[str, Any]:
    return {
        "added": sum(one.entries for one in additions),
        "dry_run": dry_run,
        "incidents": [
            {
                "id": one.incident.id,
                "title": one.incident.summary or None,
                "status": one.incident.status,
                "declared_at": one.incident.declared_at.astimezone(UTC).strftime(
                    "%Y-%m-%dT%H:%M:%SZ"
                ),
                "new": one.new,
                "added": one.entries,
                "notes": one.notes,
            }
            for one in additions
        ],
        "logs": [
            {
                "file": str(log.path),
                "format": log.format.name,
                "channel": log.channel,
                "lines": log.tally.lines,
                "odd_lines": log.tally.odd,
            }
            for log in logs
        ],
    }


def _as_text(additions: list[Addition], logs: list[Log], *, dry_run: bool) -> Iterator[str]:
    for one in additions:
        incident = one.incident
        would = "would be " if dry_run else ""
        notes = number_of(one.notes, "timeline entry", "timeline entries")
        others = one.entries - one.notes
        yield (
            f"Incident {incident.id} ({incident.summary or 'no summary'}), "
            f"{incident.declared_at:%Y-%m-%d %H:%M} UTC, {incident.status}: "
            f"{would}{'new' if one.new else 'continued'}, with {notes} and "
            f"{number_of(others, 'other fact')}."
        )
    if not additions:
        lines = sum(log.tally.lines for log in logs)
        yield f"Nothing new in {number_of(lines, 'line')}."
