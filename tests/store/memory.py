"""A store that keeps nothing: the example of an engine, for tests and for trying things.

Everything that the protocol promises but safety: what is here is gone with the process.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from ircbot.errors import StoreError
from ircbot.incident.events import Entry
from ircbot.store import secret
from ircbot.store.protocol import NO_INCIDENT, Echo, Erase, ListedIncident, Summarise


class MemoryStore:
    """Entries by incident. Nobody else writes, so nobody is ever behind."""

    left: tuple[str, ...] = ()
    unerased: tuple[str, ...] = ()

    def __init__(
        self,
        summarise: Summarise | None = None,
        erases: Mapping[type, Erase] | None = None,
        echo: Echo = lambda order, lost, entry: entry,
    ) -> None:
        self.damaged: Mapping[int, str] = {}
        self._summarise = summarise or (lambda entries: {})
        self._erases = erases or {}
        self._echo = echo
        self._entries: dict[int, tuple[Entry, ...]] = {}
        self._highest = 0
        self._told: dict[int, int] = {}  # how many entries of an incident the caller has
        self._secret = replace(secret.new(), done=True)
        self._archive: MemoryStore | None = None

    def append(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if self._archive is not None and entry.incident in self._archive._entries:
                self._entries[entry.incident] = self._archive._entries.pop(entry.incident)
            if 0 < entry.incident <= self._highest and entry.incident not in self._entries:
                raise StoreError(f"incident {entry.incident} was there before.")
        orders = [entry for entry in entries if type(entry.event) in self._erases]
        for order in orders:
            self._erase_elsewhere(order)
        for entry in entries:
            number = entry.incident
            keyed = replace(entry, said=self._secret.keyed(entry.said))
            self._entries[number] = (*self.entries(number), keyed)
            self._told[number] = self._told.get(number, 0) + 1
            self._highest = max(self._highest, number)
        for order in orders:
            own = self.entries(order.incident)
            self._entries[order.incident] = tuple(self._left(order, entry) for entry in own)

    def _erase_elsewhere(self, order: Entry) -> None:
        if order.incident != NO_INCIDENT:
            lost = [e for e in self.entries(order.incident) if self._left(order, e) != e]
            rest = self.entries(NO_INCIDENT)
            self._entries[NO_INCIDENT] = tuple(self._echo(order, lost, entry) for entry in rest)
            return
        for number in sorted(self._entries.keys() - {NO_INCIDENT}):
            own, before = replace(order, incident=number), self._entries[number]
            after = tuple(self._left(own, entry) for entry in before)
            if after != before:
                self._entries[number] = (*after, self._left(own, own))
        if self._archive is not None:
            self._archive._erase_elsewhere(order)

    def _left(self, order: Entry, entry: Entry) -> Entry:
        return self._erases[type(order.event)](order, entry)

    def poll(self) -> tuple[Entry, ...]:
        new: list[Entry] = []
        for number in sorted(self._entries):
            had = self._told.get(number, 0)
            new += self.entries(number)[had:]
            self._told[number] = len(self.entries(number))
        return tuple(new)

    def entries(self, incident: int) -> tuple[Entry, ...]:
        archived = self._archive.entries(incident) if self._archive is not None else ()
        return self._entries.get(incident, archived)

    def resume(self) -> tuple[Entry, ...]:
        live = [one.incident for one in reversed(self.incidents()) if one.live]
        return tuple(entry for number in (NO_INCIDENT, *live) for entry in self.entries(number))

    def incidents(self) -> tuple[ListedIncident, ...]:
        numbers = sorted(self._entries.keys() - {NO_INCIDENT}, reverse=True)
        return tuple(map(self._listed, numbers))

    def _listed(self, number: int) -> ListedIncident:
        summary = self._summarise(self.entries(number))
        live = bool(summary.get("live", True))
        return ListedIncident(number, len(self.entries(number)), live, summary)

    def versions(self, of: Collection[int] | None = None) -> Mapping[int, str]:
        archived = self._archive.versions(of) if self._archive is not None else {}
        mine = self._entries.keys() - {NO_INCIDENT}
        wanted = mine if of is None else mine & set(of)
        return {**archived, **{number: repr(self._entries[number]) for number in wanted}}

    def highest_id(self) -> int:
        return self._highest

    def tidy(self) -> None:
        pass

    def recorded_as(self, said: str) -> tuple[str, ...]:
        return self._secret.all_keyed(said)

    def snapshot(self, incident: int) -> None:
        pass

    def retire(self, incident: int, *, erase: bool) -> None:
        retired = self._entries.pop(incident)
        self._told.pop(incident, None)
        if not erase:
            if self._archive is None:
                self._archive = MemoryStore(self._summarise, self._erases, self._echo)
            self._archive._entries[incident] = retired

    def archived(self) -> MemoryStore | None:
        return self._archive

    def compact(self) -> int:
        return 0

    def close(self) -> None:
        pass
