"""Existing logs into the record, through the same core as live.

Knows neither the store nor the command line: it is given what is recorded, and returns what is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from ircbot.incident.closing import closes_at
from ircbot.incident.events import Closed, DeclarationHeld, Entry, LogEnded, OfferWithdrawn
from ircbot.incident.line import Line, Source
from ircbot.incident.people import Person, fold
from ircbot.incident.rules import hear
from ircbot.incident.rules.relaying import by_whom
from ircbot.incident.setting import Setting
from ircbot.incident.state import State, Stray
from ircbot.logs.merge import ImportReconciler, RecordedAs, as_it_is
from ircbot.logs.numbers import LogNumbers
from ircbot.logs.read import Log, Run
from ircbot.logs.recall import Recall
from ircbot.logs.together import RelevantLines

_AT = attrgetter("at")
LogPlace = tuple[str, str]  # network and folded channel


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What logs add to the record. `state` is the state at their end."""

    entries: tuple[Entry, ...]
    state: State
    strays: tuple[Stray, ...]  # `TL:` lines said while no incident was open
    held: tuple[
        Entry, ...
    ]  # declarations that follow another closely; the live bot asks about these
    unknown: tuple[Line, ...]  # lines that name an incident which the logs do not explain


def found_in(
    runs: Iterable[Run],
    recorded: Iterable[Entry],
    highest: int,
    setting: Setting,
    recorded_as: RecordedAs = as_it_is,
    *,
    anywhere: bool = True,
) -> ImportResult:
    """What these runs add to the recorded entries; `highest` is the highest incident id ever used.

    `recorded_as` returns the fingerprints that a line may have in the record. `anywhere`: the logs'
    network is unknown, so a line recorded on any network is not new.
    """
    ledger = ImportReconciler(recorded, highest, recorded_as, anywhere=anywhere)
    relevant = RelevantLines(setting, Source.IMPORT, everybody=False)
    recall = Recall(setting, Source.IMPORT)
    numbers = LogNumbers(setting.nick)
    setting = replace(setting, log_numbers=numbers.known)
    held: list[Entry] = []
    last: dict[tuple[Log, str], Run] = {}  # the last lines of each channel in each log

    def state() -> State:
        return ledger.state

    for run in runs:
        if ledger.waits:
            ledger.reach(run.time)
        for number, raw in relevant.within(run, state):
            if numbers.learn(run, raw, ledger.state):
                setting = replace(setting, log_numbers=numbers.known)
            for line in relevant.lines(run, raw):
                recall.pass_by(run, number)
                numbers.miss(line)
                heard = _take(ledger, line, setting, recall)
                held += (entry for entry in heard if isinstance(entry.event, DeclarationHeld))
        recall.pass_by(run, len(run.raws))
        last[run.log, run.channel] = run
    if last:
        ends = {
            (run.log.network or "", fold(run.channel)): run.time
            for run in sorted(last.values(), key=_AT)
        }
        ledger.reach(max(ends.values()))
        ledger.add(tuple(_lapsed(ledger.state, max(ends.values()), setting)))
        ledger.add(tuple(_cut_off(ledger.state, ends, setting)))
    strays = tuple(stray for stray in ledger.state.strays if stray.source is Source.IMPORT)
    return ImportResult(
        tuple(ledger.added), ledger.state, strays, tuple(held), tuple(numbers.unknown)
    )


def _take(
    ledger: ImportReconciler, line: Line, setting: Setting, recall: Recall
) -> tuple[Entry, ...]:
    """Hear a line; returns what to record."""
    line = by_whom(line, recall)
    if ledger.knows(line):
        return ()
    ledger.pass_time(line.at)
    lapsed = tuple(_lapsed(ledger.state, line.at, setting))
    if lapsed:
        ledger.add(lapsed)
    recall.forget(line.at)
    heard = hear(ledger.state, line, setting, recall).entries
    ledger.add(heard)
    return heard


def _lapsed(state: State, now: datetime, setting: Setting) -> Iterator[Entry]:
    """What time alone changes in an old incident: offers that expire, and incidents that the
    process closes automatically."""
    bot = Person(setting.nick)
    for incident in state.open:
        baton = setting.process_named(incident.process).baton
        for offer in incident.offers.values():
            at = offer.at + baton.withdraw_after
            if at <= now:
                event = OfferWithdrawn(offer.role, "timeout")
                yield Entry(incident.id, at, bot, event, incident.channel, Source.IMPORT)
    for incident in state.resolved:
        process = setting.process_named(incident.process)
        closed = closes_at(incident, process, setting.calendar)
        if closed is not None and closed <= now and incident.source is Source.IMPORT:
            yield Entry(incident.id, closed, bot, Closed(), incident.channel, Source.IMPORT)


def _cut_off(state: State, ends: Mapping[LogPlace, datetime], setting: Setting) -> Iterator[Entry]:
    """Notes on incidents still open: the log ends here, so that what followed is unknown."""
    for incident in state.open:
        at = ends.get((incident.network, fold(incident.channel)))
        told = incident.followed_until
        if incident.source is Source.IMPORT and at is not None and at > told:
            bot = Person(setting.nick, network=incident.network)
            yield Entry(incident.id, at, bot, LogEnded(), incident.channel, Source.IMPORT)
