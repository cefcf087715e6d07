"""`ircbot search`: find by its words what was said in any incident."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any, TypeVar

import click

from ircbot.cli.common import config_option, json_option, print_json, warn
from ircbot.cli.filters import filter_options
from ircbot.cli.terminal import is_quiet, print_lines, remark
from ircbot.config import Config
from ircbot.errors import Failed
from ircbot.incident.hits import MARKS, FoundIncident, Hit, SearchFilter
from ircbot.incident.plain import shown
from ircbot.repository import open_store
from ircbot.search.cache import SearchCache, in_memory
from ircbot.search.index import CacheError, SearchIndex
from ircbot.search.passages import PLACES, place_of
from ircbot.search.query import units
from ircbot.selection import begin, end

_FIRST = 20  # hits
_T = TypeVar("_T")


@click.command()
@click.argument("words", nargs=-1, required=True)
@config_option
@filter_options
@click.option("--nick", metavar="N", default="", help="Only what N wrote.")
@click.option("--in", "place", type=click.Choice(list(PLACES)), help="Only there.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=_FIRST,
    metavar="N",
    help=f"At most so many hits, {_FIRST} if not said.",
)
@json_option
def search(
    words: tuple[str, ...],
    config: Config,
    since: str | None,
    until: str | None,
    product: str,
    severity: str,
    nick: str,
    place: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Find what was said in any incident, of the newest first.

    All WORDS must be there; what stands in double quotes (for a shell, '"disk full"') stands
    together, cert* is a beginning. Upper and lower case and accents make no difference.
    """
    typed = " ".join(words)
    if not units(typed):
        raise Failed("there is no word in that to look for.")
    now = datetime.now(UTC)
    wanted = SearchFilter(
        begin(since, now, config.zone),
        end(until, now, config.zone),
        product,
        severity,
        nick,
        place or "",
    )
    found = _found(config, typed, wanted, limit + 1)
    hits, more = found[:limit], len(found) > limit
    if as_json:
        print_json([_as_json(hit) for hit in hits])
    else:
        print_lines(_as_text(hits, config), whole=True)
    if not hits:
        remark(f"ircbot: nothing was found in {config.store.path}.")
    elif more:
        remark(f"ircbot: the first {limit}; more with --limit, or narrow it.")


def _found(config: Config, typed: str, wanted: SearchFilter, most: int) -> Sequence[Hit]:
    """The first hits."""
    return _asked(config, lambda index: list(islice(index.hits(typed, wanted), most)), [])


def with_person(config: Config, nick: str) -> frozenset[int]:
    """The incidents in which somebody took part, the archive's too."""
    return _asked(config, lambda index: index.with_person(nick), frozenset())


def _asked(config: Config, ask: Callable[[SearchIndex], _T], nothing: _T) -> _T:
    """What an up-to-date index finds. Uses an index in memory where none can be written, and
    returns `nothing` where there is no store.
    """
    path = str(config.store.path)
    store = open_store(path)
    if not config.store.path.is_dir():
        return nothing
    try:
        return SearchCache(path).asked(store, ask, _progress)
    except CacheError as error:
        warn(f"{error} This search reads the whole store instead.")
    with in_memory(store) as index:
        return ask(index)


def _progress(done: int, of: int) -> None:
    """Show how far indexing is, if somebody is waiting at a terminal."""
    if sys.stderr.isatty() and of > _FIRST and not is_quiet():
        click.echo(f"\rreading incidents: {done} of {of}", nl=done == of, err=True)


def _as_json(hit: Hit) -> dict[str, Any]:
    incident, passage = hit.incident, hit.passage
    return {
        "incident": incident.id,
        "title": incident.title or None,
        "status": incident.status,
        "drill": incident.drill,
        "private": incident.private,
        "severity": incident.severity or None,
        "product": incident.product or None,
        "declared_at": _time(incident.declared_at),
        "in": place_of(passage.kind),
        "kind": passage.kind,
        "n": passage.n,
        "at": _time(passage.at),
        "nick": passage.nick or None,
        "text": passage.text,
        "around": hit.unmarked,
    }


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _as_text(hits: Iterable[Hit], config: Config) -> Iterator[str]:
    """A line for each incident, and one for each of its hits below."""
    for incident, own in groupby(hits, key=lambda hit: hit.incident):
        yield shown(_headline(incident, config))
        for hit in own:
            one = hit.passage
            at = one.at.astimezone(config.zone)
            what = f"#{one.n}" if one.kind == "note" else one.kind
            said = f"{at:%m-%d %H:%M}  {shown(what):<8} {shown(one.nick)}"
            yield f"      {said}: {_highlighted(hit.around)}"


def _highlighted(around: str) -> str:
    """A text with the words that were searched for in bold; click removes that for
    other programs.
    """
    text = ""
    for part in around.split(MARKS[0]):
        marked, end, rest = part.rpartition(MARKS[1])
        text += (click.style(shown(marked), bold=True) if end else "") + shown(rest)
    return text


def _headline(incident: FoundIncident, config: Config) -> str:
    about = [incident.status]
    about += [f"severity {incident.severity}"] if incident.severity else []
    about += [word for word in ("drill", "private") if getattr(incident, word)]
    day = incident.declared_at.astimezone(config.zone)
    title = incident.title or "no summary"
    return f"{incident.id:>4}  {day:%Y-%m-%d}  {title} ({', '.join(about)})"
