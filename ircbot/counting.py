"""Computes the facts of every incident in a store, for statistics.

Ties store, report and statistics together; knows no command and no page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ircbot import __version__
from ircbot.config import Config
from ircbot.errors import StoreError
from ircbot.facts_cache import FactsCache
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident
from ircbot.repository import folded, is_inner, open_store, process_of
from ircbot.stats.facts import Facts, facts
from ircbot.stats.measures import StatsClock
from ircbot.store.folder import is_settled
from ircbot.store.protocol import NO_INCIDENT


def facts_of(
    config: Config,
    surroundings: Setting,
    clock: StatsClock,
    edition: str,
    warn: Callable[[str], None],
) -> Iterator[Facts]:
    """The facts of every incident of the store, with one incident at a time in memory. Those of
    incidents that are over come from a cache. `warn` is called with what cannot be counted.
    """
    store = open_store(str(config.store.path))
    processes = (surroundings.process, *surroundings.processes.values())
    made_of = (__version__, processes, surroundings.calendar, str(clock.zone))
    outside = (sorted(surroundings.nicks), config.report.public) if edition == "public" else ()
    cache = FactsCache(str(config.store.path), edition, (made_of, outside))
    kept = cache.read()
    known: dict[int, tuple[str, Facts]] = {}
    now_ns = int(clock.now.timestamp() * 1e9)
    for number, version in sorted(store.versions().items()):
        if number == NO_INCIDENT:
            continue
        had = kept.get(number)
        if had is not None and had[0] == version:
            known[number] = had
            yield had[1]
            continue
        try:
            incident = folded(store.entries(number))
        except StoreError as error:
            warn(f"not counted: {error}")
            continue
        if incident is None or (edition == "public" and is_inner(incident)):
            continue
        one = _facts_of(incident, config, surroundings, clock, edition)
        if one.is_settled and is_settled(version, now_ns):
            known[number] = version, one
        yield one
    if known != kept:
        cache.keep(known, store)


def _facts_of(
    incident: Incident, config: Config, surroundings: Setting, clock: StatsClock, edition: str
) -> Facts:
    process = process_of(incident, surroundings)
    public = edition == "public"
    if public:
        from ircbot.report.public import published

        incident = published(incident, process, surroundings.nicks, config.report.public)
    return facts(incident, process, clock.now, surroundings.calendar, clock.zone, people=not public)
