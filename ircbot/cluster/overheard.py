"""The lines that a standby has heard and not yet seen on record.

The holder hears the same lines and records those that matter. A standby drops a line once it is on
record, recognised by its msgid, or else by its fingerprint; a fingerprint on record accounts for
one line only, since people repeat themselves. It also drops lines that arrived from the same
network well before a recorded one: the holder records in order, so it has decided on these too.
Lines that stay unrecorded for long were mere talk, and are dropped as well. A standby that takes
over hears what is left.

Times are seconds of this machine's clock, at arrival; no server's or other machine's clock matters.
Not thread-safe.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ircbot.incident.events import Entry
from ircbot.incident.line import Line, fingerprint
from ircbot.incident.plain import plain

MOST = 100_000  # lines, and as many entries whose lines are still to come
_MARGIN = 2.0  # seconds by which the order of lines may differ between two servers


@dataclass(frozen=True, slots=True)
class _OverheardLine:
    at: float
    line: Line
    said: tuple[str, ...]  # the fingerprints that it may have on record


class Overheard:
    """Lines in order of arrival."""

    def __init__(
        self, keeps: float, lag: float, recorded_as: Callable[[str], tuple[str, ...]]
    ) -> None:
        """A line is kept for at least `keeps` seconds, and may arrive up to `lag` seconds after the
        entry that was made from it."""
        self._keeps = keeps
        self._lag = lag
        self._recorded_as = recorded_as
        self._number = 0
        self._heard: OrderedDict[int, _OverheardLine] = OrderedDict()
        self._by_mark: dict[str, list[int]] = {}  # msgid or fingerprint → numbers, oldest first
        # Entries that arrived before their lines, by msgid ("m") or fingerprint ("f"): the times.
        self._ahead: dict[str, OrderedDict[tuple[str, int], float]] = {
            "m": OrderedDict(),
            "f": OrderedDict(),
        }
        self._ahead_of: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self._heard)

    def hear(self, lines: Iterable[Line], now: float) -> None:
        """Keep lines, except those that are on record."""
        for line in lines:
            heard = self._overheard(line, now)
            if self._is_on_record(heard):
                continue
            self._number += 1
            self._heard[self._number] = heard
            for mark in self._marks(heard):
                self._by_mark.setdefault(mark, []).append(self._number)
        while len(self._heard) > MOST:
            self._drop(next(iter(self._heard)))

    def not_on_record(self, lines: Sequence[Line], now: float) -> tuple[Sequence[Line], list[Line]]:
        """Divide lines: those without an entry that arrived before them, and the others. For a new
        holder: the former one may have recorded lines that reach us only now."""
        if not self._ahead_of:
            return lines, []
        left: list[Line] = []
        recorded: list[Line] = []
        for line in lines:
            (recorded if self._is_on_record(self._overheard(line, now)) else left).append(line)
        return left, recorded

    def on_record(self, entries: Sequence[Entry], now: float) -> None:
        """Drop the lines that entries were made from, and those that arrived well before them."""
        until: dict[str, float] = {}  # network → the time before which the holder heard everything
        for entry, count in _lines_of(entries):
            for _ in range(count):
                number = self._find(entry)
                if number is None:
                    self._expect(f"m{entry.msgid}" if entry.msgid else f"f{entry.said}", now)
                    continue
                found = self._heard[number]
                until[found.line.network] = found.at - _MARGIN
                self._drop(number)
        for network, at in until.items():
            decided = [
                n for n, one in self._heard.items() if one.at < at and one.line.network == network
            ]
            for number in decided:
                self._drop(number)

    def forget(self, now: float) -> None:
        """Drop old lines. Only for a caller that has read the journal to its end."""
        while self._heard:
            number, oldest = next(iter(self._heard.items()))
            if now - oldest.at <= self._keeps:
                break
            self._drop(number)
        for keeps, ahead in ((self._keeps, self._ahead["m"]), (self._lag, self._ahead["f"])):
            while ahead:
                (mark, number), at = next(iter(ahead.items()))
                if now - at <= keeps and len(ahead) <= MOST:
                    break
                ahead.popitem(last=False)
                _take_from(self._ahead_of, mark, number)

    def take(self) -> tuple[Line, ...]:
        """Remove and return all lines that are not on record."""
        lines = tuple(one.line for one in self._heard.values())
        self._heard.clear()
        self._by_mark.clear()
        return lines

    def _overheard(self, line: Line, now: float) -> _OverheardLine:
        return _OverheardLine(now, line, self._recorded_as(fingerprint(line, plain(line.text))))

    def _is_on_record(self, heard: _OverheardLine) -> bool:
        return any(self._was_ahead(mark) for mark in self._marks(heard))

    # --- marks ----------------------------------------------------------------------------------

    def _marks(self, heard: _OverheardLine) -> tuple[str, ...]:
        """What identifies a line: its msgid alone, if it has one."""
        if heard.line.msgid:
            return (f"m{heard.line.msgid}",)
        return tuple(f"f{said}" for said in heard.said)

    def _find(self, entry: Entry) -> int | None:
        """The oldest line that an entry may have been made from."""
        mark = f"m{entry.msgid}" if entry.msgid else f"f{entry.said}"
        numbers = self._by_mark.get(mark)
        return numbers[0] if numbers else None

    def _expect(self, mark: str, now: float) -> None:
        self._number += 1
        self._ahead[mark[0]][mark, self._number] = now
        self._ahead_of.setdefault(mark, []).append(self._number)

    def _was_ahead(self, mark: str) -> bool:
        """Whether the entry of a line came before it; that entry is then accounted for."""
        numbers = self._ahead_of.get(mark)
        if not numbers:
            return False
        number = numbers[0]
        if mark.startswith("f"):  # a msgid is one line's for ever
            del self._ahead["f"][mark, number]
            _take_from(self._ahead_of, mark, number)
        return True

    def _drop(self, number: int) -> None:
        for mark in self._marks(self._heard.pop(number)):
            _take_from(self._by_mark, mark, number)


def _take_from(numbers: dict[str, list[int]], mark: str, number: int) -> None:
    numbers[mark].remove(number)
    if not numbers[mark]:
        del numbers[mark]


def _lines_of(entries: Sequence[Entry]) -> Iterable[tuple[Entry, int]]:
    """One entry for each line that entries were made of, and how many lines were alike: a line may
    lead to several entries, but hardly to several of the same kind at the same time."""
    told = [entry for entry in entries if entry.msgid or entry.said]
    for _, together in groupby(told, lambda entry: (entry.at, entry.msgid or entry.said)):
        of_one = list(together)
        kinds = Counter(type(entry.event) for entry in of_one)
        yield of_one[0], 1 if of_one[0].msgid else max(kinds.values())
