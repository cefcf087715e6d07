"""Compare a log with the record: what is on record already, and what is new.

Pure. Lines are identified by minute, network, channel, nick and text, and counted, because a log
has minutes where the record has seconds. Clocks differ a little, so a line at the end of a minute
may be on record at the start of the next. While the log is read, recorded entries take effect at
their own times, so that each line is heard in the state of its time, whichever log of that day was
imported first. The ImportReconciler is mutable, and lives as long as one import.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from ircbot.incident.events import Copied, Declared, Entry, EntryId, Event, Forgotten
from ircbot.incident.line import Line, fingerprint
from ircbot.incident.marks import Numbered, number_in
from ircbot.incident.people import fold
from ircbot.incident.plain import plain
from ircbot.incident.state import State, evolve
from ircbot.logs.stamp import CLOCKS_DIFFER

_ONE_SECOND, _ONE_MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_CLOCKS_DIFFER = timedelta(seconds=CLOCKS_DIFFER)

OccurrenceKey = tuple[datetime, str, str]  # a minute, a network and a fingerprint
RecordedAs = Callable[[str], Sequence[str]]
Grave = tuple[str, str, str, type]  # network, channel, nick; class of the erased event


def as_it_is(said: str) -> Sequence[str]:
    """The fingerprint in a record that does not key fingerprints."""
    return (said,)


class ImportReconciler:
    """Follows the record in time, and collects what a log adds to it."""

    def __init__(
        self,
        entries: Iterable[Entry],
        highest: int,
        recorded_as: RecordedAs = as_it_is,
        *,
        anywhere: bool = True,
    ) -> None:
        """`entries` are those of each incident, in the record's order; `highest` is the highest id
        ever used.

        `recorded_as` returns the fingerprints that a line may have in the record: a store keys
        them. `anywhere`: the log's network is unknown, so a line recorded on any network is not
        new.
        """
        self._recorded_as = recorded_as
        self.state = State(highest=highest)
        self.added: list[Entry] = []
        recorded = tuple(entries)
        self._recorded = sorted(recorded, key=lambda entry: entry.at)
        self._reached = 0  # the number of entries that have taken effect
        self._numbers = _Numbers(recorded)
        self._networks = _networks(recorded)
        self._lines = _occurrences(self._recorded, self._networks)
        minutes = {minute for minute, _, _ in self._lines}
        self._minutes = {near for minute in minutes for near in _near(minute)}
        self._elsewhere = {network for _, network, _ in self._lines} if anywhere else set()
        self._graves = _graves(recorded, self._networks)

    @property
    def waits(self) -> bool:
        """Whether any recorded entry has not yet taken effect."""
        return self._reached < len(self._recorded)

    def reach(self, at: datetime) -> None:
        """Apply what was recorded before that minute."""
        minute = _minute(at)
        while self.waits:
            entry = self._recorded[self._reached]
            # Entries that nobody said were caused by time, which is known to the second.
            if entry.at >= minute and (entry.said or entry.at > at):
                break
            self._take_effect()

    def pass_time(self, at: datetime) -> None:
        """Apply what time alone has caused by then, unless somebody spoke before."""
        while self.waits:
            entry = self._recorded[self._reached]
            if entry.said or entry.at > at:
                break
            self._take_effect()

    def knows(self, line: Line) -> bool:
        """Whether the line is on record; if so, it takes effect."""
        minute = _minute(line.at)
        if minute not in self._minutes:
            return False
        said = self._recorded_as(fingerprint(line, plain(line.text)))
        networks = (line.network, *sorted(self._elsewhere))
        for when in _near(minute):
            for where in networks:
                for each in said:
                    places = self._lines.get((when, where, each), ())
                    for number, place in enumerate(places):
                        if when == minute or _meet(line.at, self._recorded[place - 1].at):
                            self._lines[when, where, each].pop(number)
                            for _ in range(self._reached, place):
                                self._take_effect()
                            return True
        return False

    def add(self, entries: Sequence[Entry]) -> None:
        """Add what a line that is not on record leads to, unless its words were erased.

        Entries that belong to no incident affect the lines that follow, but are not recorded: the
        bot must not join the channels of ten years ago, or offer their stray lines.
        """
        graves = [grave for entry in entries if (grave := self._grave_of(entry)) is not None]
        if graves:
            for where, number in graves:
                self._graves[where].pop(number)
            return
        for entry in entries:
            self.state = evolve(self.state, entry)
            if entry.incident:
                self.added.append(replace(entry, event=self._numbers.as_recorded(entry)))

    def _take_effect(self) -> None:
        entry = self._recorded[self._reached]
        self._reached += 1
        event = self._numbers.as_heard(entry, self.state)
        if event is not None:
            self.state = evolve(self.state, replace(entry, event=event))

    def _grave_of(self, entry: Entry) -> tuple[Grave, int] | None:
        """The tombstone of the entry that this one would bring back, and its number among equal
        ones; None if there is none."""
        for nick in (fold(entry.by.nick), ""):
            grave = (entry.by.network, fold(entry.channel), nick, type(entry.event))
            times = self._graves.get(grave, ())
            found = [n for n, at in enumerate(times) if _minute(at) == _minute(entry.at)]
            found += (n for n, at in enumerate(times) if _meet(at, entry.at))
            if found:
                return grave, found[0]
        return None


class _Numbers:
    """Translates numbers between the record and the state while a log is read.

    A new note gets a number after all recorded ones, although in the state of its time it is simply
    the next.
    """

    def __init__(self, recorded: Iterable[Entry]) -> None:
        self._last: Counter[tuple[int, str]] = Counter()
        self._heard: dict[tuple[int, str, int], int] = {}  # as recorded → as on the state
        self._recorded: dict[tuple[int, str, int], int] = {}  # and back
        for entry in recorded:
            name, mark = _numbered(entry.event)
            if mark.new:
                counted = (entry.incident, mark.what)
                self._last[counted] = max(self._last[counted], getattr(entry.event, name))

    def as_heard(self, entry: Entry, state: State) -> Event | None:
        """A recorded event with the state's numbers; None if it is about something that is not
        there."""
        name, mark = _numbered(entry.event)
        if not name:
            return entry.event
        kind, number = mark.what, getattr(entry.event, name)
        if mark.new:
            incident = state.incidents.get(entry.incident)
            if incident is None:
                return None
            held = {
                "note": len(incident.notes),
                "action": len(incident.actions),
                "hypothesis": len(incident.hypotheses),
            }
            self._match(entry.incident, kind, number, held[kind] + 1)
        heard = self._heard.get((entry.incident, kind, number))
        return None if heard is None else _with(entry.event, name, heard, self._heard)

    def as_recorded(self, entry: Entry) -> Event:
        """A new event with the record's numbers."""
        name, mark = _numbered(entry.event)
        if not name:
            return entry.event
        kind, number = mark.what, getattr(entry.event, name)
        if mark.new:
            self._last[entry.incident, kind] += 1
            self._match(entry.incident, kind, self._last[entry.incident, kind], number)
        given = self._recorded[entry.incident, kind, number]
        return _with(entry.event, name, given, self._recorded)

    def _match(self, incident: int, kind: str, recorded: int, heard: int) -> None:
        self._heard[incident, kind, recorded] = heard
        self._recorded[incident, kind, heard] = recorded


_NO_NUMBER = ("", Numbered(""))


def _numbered(event: Event) -> tuple[str, Numbered]:
    """The field of an event that has a number, "" for none, and what is numbered."""
    kind: Any = type(event)
    return number_in(kind) or _NO_NUMBER


def _with(event: Event, name: str, number: int, known: Mapping[tuple[int, str, int], int]) -> Event:
    """The event with that number, and with the known numbers of entries of other incidents."""
    changes: dict[str, Any] = {name: number}
    for field in fields(event):
        if isinstance(there := getattr(event, field.name), EntryId):
            n = known.get((there.incident, "note", there.n), there.n)
            changes[field.name] = replace(there, n=n)
    return replace(event, **changes)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _near(minute: datetime) -> tuple[datetime, ...]:
    """A minute and its neighbours, the likeliest first."""
    return minute, minute - _ONE_MINUTE, minute + _ONE_MINUTE


def _meet(one: datetime, other: datetime) -> bool:
    """Whether two stamps may be of one moment, by different clocks. A whole minute may or may not
    have seconds."""
    first, then = sorted((one, other))
    return then - first <= (_ONE_SECOND if first.second else _ONE_MINUTE) + _CLOCKS_DIFFER


def _networks(recorded: Iterable[Entry]) -> dict[int, str]:
    """The additional network of each incident. Older versions did not record it for the people who
    speak."""
    declared = ((entry.incident, entry.event) for entry in recorded)
    return {n: event.network for n, event in declared if isinstance(event, Declared)}


def _occurrences(
    recorded: Sequence[Entry], networks: Mapping[int, str]
) -> dict[OccurrenceKey, list[int]]:
    """For each line, the number of entries that have taken effect after its first occurrence, its
    second …

    A line may lead to several entries but rarely to two of one class, so the entries of one class
    tell how often it occurs. The exception is a line that moves entries, which does nothing when
    repeated.
    """
    places: dict[OccurrenceKey, list[int]] = {}
    sorts: Counter[tuple[OccurrenceKey, int, type]] = Counter()
    for place, entry in enumerate(recorded, 1):
        if entry.said:
            key = (_minute(entry.at), _network(entry, networks), entry.said)
            places.setdefault(key, []).append(place)
            sorts[key, entry.incident, type(entry.event)] += 1
    often: Counter[OccurrenceKey] = Counter()
    moving = {key for key, _, kind in sorts if kind is Copied}
    for (key, _, _), count in sorts.items():
        often[key] = 1 if key in moving else max(often[key], count)
    return {
        key: [found[len(found) * nth // often[key] - 1] for nth in range(1, often[key] + 1)]
        for key, found in places.items()
    }


def _network(entry: Entry, networks: Mapping[int, str]) -> str:
    return entry.by.network or networks.get(entry.incident, "")


def _graves(recorded: Sequence[Entry], networks: Mapping[int, str]) -> dict[Grave, list[datetime]]:
    """What was said and then erased from the record, with its times. For a forgotten person not
    even the nick is left."""
    tokens = {entry.event.token for entry in recorded if isinstance(entry.event, Forgotten)}
    graves: dict[Grave, list[datetime]] = {}
    for entry in recorded:
        if not entry.said and not entry.event.of_time:
            nick = "" if entry.by.nick in tokens else fold(entry.by.nick)
            where = (_network(entry, networks), fold(entry.channel))
            graves.setdefault((*where, nick, type(entry.event)), []).append(entry.at)
    return graves
