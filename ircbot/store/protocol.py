"""What the program asks of a store, whatever keeps it: the seam for another engine.

docs/engines.md explains it with an example; tests/test_store_engines.py holds every engine to it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from ircbot.incident.events import Entry
from ircbot.values import dataclass

NO_INCIDENT = 0  # the number of what belongs to no incident

Summarise = Callable[[Sequence[Entry]], Mapping[str, Any]]
# Of an entry that orders it, and of another: the other without the words that must go.
Erase = Callable[[Entry, Entry], Entry]
# Of an order, the entries of its incident that lose words by it, and an entry that belongs to no
# incident: that one without the same words.
Echo = Callable[[Entry, Sequence[Entry], Entry], Entry]


@dataclass(frozen=True, slots=True)
class Listed:
    """An incident as `list` shows it. `summary` is what the caller's function made of it."""

    incident: int
    entries: int
    live: bool
    summary: Mapping[str, Any]


class StoreEngine(Protocol):
    """Entries in, entries out. Not for several threads at once."""

    def append(self, entries: Sequence[Entry], /) -> None:
        """Add entries, all or none; they are safe on return. StoreError if not, and it can be tried
        again; Behind if another process wrote to one of the incidents: `poll`, then decide again.

        Orders among them have words erased, beyond their own incident first. An archived incident
        that something is added to is archived no more.
        """

    def poll(self) -> tuple[Entry, ...]:
        """What others added since the caller was last told; all of an incident new to it."""

    def entries(self, incident: int, /) -> tuple[Entry, ...]:
        """The entries of an incident in order, of an archived one too; () if there is none. 0 is
        what belongs to none."""

    def resume(self) -> tuple[Entry, ...]:
        """The entries that a starting bot needs: incident 0's and those of every live incident."""

    def incidents(self) -> tuple[Listed, ...]:
        """All incidents, newest first."""

    def versions(self, of: Collection[int] | None = None, /) -> Mapping[int, str]:
        """What tells one state of an incident from every other, of each there is, the archive's
        too, or of those asked for. Without reading them; an erasure changes it before it is done.
        """

    def highest_id(self) -> int:
        """The highest number that an incident ever had, 0 if there was none. Never used again."""

    @property
    def damaged(self) -> Mapping[int, str]:
        """The incidents that could not be read, and why."""

    @property
    def left(self) -> tuple[str, ...]:
        """Where words are out of reach that were erased last."""

    @property
    def unerased(self) -> tuple[str, ...]:
        """Why words that were to be erased are still there; `tidy` tries again."""

    def tidy(self) -> None:
        """Try again to erase what could not be."""

    def recorded_as(self, said: str, /) -> tuple[str, ...]:
        """What the fingerprint of a line may be in here; an engine keys them with a secret."""

    def snapshot(self, incident: int, /) -> None:
        """Make an incident readable by other programs; StoreError if that failed."""

    def retire(self, incident: int, /, *, erase: bool) -> None:
        """Put an incident that is over into the archive, or remove it; its number stays used."""

    def archived(self) -> StoreEngine | None:
        """The incidents in the archive, to read; None if there are none."""

    def compact(self) -> int:
        """Put what is written for speed into what is kept; how many incidents that were."""

    def close(self) -> None:
        """Leave it to others."""
