"""`ircbot list`: the incidents, newest first.

Imports little: the store's index has the answers. The core is imported only for --json, or to
rebuild the index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from ircbot.cli.common import config_option, json_option, print_json, where_from
from ircbot.cli.filters import filter_options
from ircbot.cli.terminal import print_lines, remark, when, width
from ircbot.config import Config
from ircbot.incident.plain import shown
from ircbot.incident.times import length
from ircbot.selection import IndexSummary, begin, end, is_selected
from ircbot.store import Store, StoreEngine

if TYPE_CHECKING:
    from ircbot.incident.events import Entry

_STATUSES = click.Choice(["open", "resolved", "closed", "withdrawn", "duplicate", "all"])
_LEADER = 16  # characters; longer names are cut
_TITLE = 20  # characters of a title at least, however narrow the terminal
_SHOWN = ("leader", "seconds", "product")  # missing from the index of an older version


@click.command("list")
@config_option
@click.option("--status", type=_STATUSES, default="all", help="Only these. The default is all.")
@filter_options
@click.option("--nick", metavar="N", default="", help="Only those in which N took part.")
@click.option("--archived", is_flag=True, help="Those that were moved to the archive instead.")
@json_option
def list_(
    config: Config,
    status: str,
    since: str | None,
    until: str | None,
    product: str,
    severity: str,
    nick: str,
    archived: bool,
    as_json: bool,
) -> None:
    """List the incidents, newest first: severity, when declared, how long, who led, what it was."""
    now = datetime.now(UTC)
    first, last = begin(since, now, config.zone), end(until, now, config.zone)
    store: StoreEngine = Store(str(config.store.path), summarise=_summarise, shows=_SHOWN)
    numbers = _with_person(config, nick) if nick else None
    if archived:
        store = store.archived() or Store(str(config.store.path / "archive"))

    def is_wanted(summary: IndexSummary) -> bool:
        return is_selected(summary, status, first, last, product, severity) and (
            numbers is None or summary["id"] in numbers
        )

    wanted = [one.summary for one in store.incidents() if is_wanted(one.summary)]
    if as_json:
        _list_json(config, store, wanted)
    else:
        if not wanted:
            where = f"{config.store.path}{'/archive' if archived else ''}"
            narrowed = status != "all" or any((since, until, product, severity, nick))
            such = "such incidents" if narrowed else "incidents"
            remark(f"ircbot: there are no {such} in {where} ({where_from(config)}).")
        print_lines(map(shown, _rows(wanted, config, now)), whole=True)


def _rows(wanted: Sequence[IndexSummary], config: Config, now: datetime) -> Iterator[str]:
    """A line for each incident; on a terminal none is wider than the terminal."""
    room = width()
    table = [_cells(summary, config, now) for summary in wanted]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for *cells, title in table:
        # A column without any value takes no room.
        shown = [f"{c:<{w}}" for c, w in zip(cells, widths, strict=False) if w]
        before = "  ".join(shown)
        left = max(room - len(before) - 2, _TITLE)
        yield f"{before}  {_cut(title, left) if room else title}"


def _cells(summary: IndexSummary, config: Config, now: datetime) -> list[str]:
    declared = datetime.fromisoformat(summary["declared_at"])
    seconds = summary["seconds"]
    # A negative duration, or one of years, is not shown.
    lasted = max(timedelta(0), now - declared) if seconds is None else timedelta(seconds=seconds)
    severity = summary["severity"]
    return [
        f"{summary['id']:>4}",
        f"{summary['status']:<9}",
        f"sev {severity}" if severity else "",
        when(declared, now, config.zone),
        length(lasted),
        _cut(summary["leader"] or "", _LEADER),
        (summary["title"] or "no summary") + (" (drill)" if summary["drill"] else ""),
    ]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _with_person(config: Config, nick: str) -> Collection[int]:
    """The incidents in which somebody took part."""
    from ircbot.cli.search import with_person

    return with_person(config, nick)


def _list_json(config: Config, store: StoreEngine, wanted: Iterable[IndexSummary]) -> None:
    from ircbot.cli.incidents import told
    from ircbot.config.settings import setting
    from ircbot.repository import folded

    surroundings = setting(config)
    found = (folded(store.entries(summary["id"])) for summary in wanted)
    print_json([told(incident, surroundings) for incident in found if incident is not None])


def _summarise(entries: Sequence[Entry]) -> Mapping[str, Any]:
    from ircbot.repository import summarise

    return summarise(entries)
