"""The interface of a store engine.

docs/engines.md explains it with an example; tests/test_store_engines.py runs the same tests on
every engine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from ircbot.incident.events import Entry
from ircbot.values import dataclass

NO_INCIDENT = 0  # the number under which entries that belong to no incident are kept

Summarise = Callable[[Sequence[Entry]], Mapping[str, Any]]
# Given the entry that orders an erasure, and another entry: that entry without the erased words.
Erase = Callable[[Entry, Entry], Entry]
# Given an erasure order, the entries of its incident that lose words by it, and an entry that
# belongs to no incident: that last entry without the same words.
Echo = Callable[[Entry, Sequence[Entry], Entry], Entry]


@dataclass(frozen=True, slots=True)
class ListedIncident:
    """An incident as `list` shows it. `summary` was made by the caller's function."""

    incident: int
    entries: int
    live: bool
    summary: Mapping[str, Any]


class StoreEngine(Protocol):
    """A store. Not thread-safe."""

    def append(self, entries: Sequence[Entry], /) -> None:
        """Add entries, all or none; they are durable on return. After a StoreError, try again.
        After Behind (another process wrote to one of the incidents), `poll` and decide again.

        Orders to erase are carried out, first in other incidents, then in their own. Adding to an
        archived incident takes it out of the archive.
        """

    def poll(self) -> tuple[Entry, ...]:
        """The entries that others added since the caller was last told, including all entries of
        incidents that are new to it."""

    def entries(self, incident: int, /) -> tuple[Entry, ...]:
        """The entries of an incident, archived or not, in order; () if there is none. 0 is for
        entries that belong to no incident."""

    def resume(self) -> tuple[Entry, ...]:
        """The entries that a starting bot needs: those of incident 0 and of every live incident."""

    def incidents(self) -> tuple[ListedIncident, ...]:
        """All incidents, newest first."""

    def versions(self, of: Collection[int] | None = None, /) -> Mapping[int, str]:
        """A version for each incident, archived ones too, or for those asked for; it differs
        whenever the incident does. Does not read the incidents. An erasure changes the version
        before it begins."""

    def highest_id(self) -> int:
        """The highest number that an incident ever had, 0 if there was none. No number is used
        twice."""

    @property
    def damaged(self) -> Mapping[int, str]:
        """The incidents that could not be read, each with the reason."""

    @property
    def left(self) -> tuple[str, ...]:
        """Where the words of the last erasure may remain, out of our reach."""

    @property
    def unerased(self) -> tuple[str, ...]:
        """Why words that should be erased are still there; `tidy` tries again."""

    def tidy(self) -> None:
        """Retry the erasures that failed."""

    def recorded_as(self, said: str, /) -> tuple[str, ...]:
        """The fingerprints that a line may have here; an engine keys them with a secret."""

    def snapshot(self, incident: int, /) -> None:
        """Make an incident readable by other programs. StoreError if that failed."""

    def retire(self, incident: int, /, *, erase: bool) -> None:
        """Archive a finished incident, or remove it. Its number stays used."""

    def archived(self) -> StoreEngine | None:
        """The archived incidents, read-only; None if there are none."""

    def compact(self) -> int:
        """Move journals into TinyDB files (or the like); returns for how many incidents."""

    def close(self) -> None:
        """Release files, locks and connections."""
