"""Groups of alerts: which are firing, and what people were told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from ircbot.incident.events import Alerted, AlertOver, AlertsTold, Entry
from ircbot.incident.marks import SharedWords, Words
from ircbot.incident.people import Person
from ircbot.values import dataclass

_MOST = 500  # groups
_KEPT = timedelta(days=1)  # those that are over


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """A group of alerts that is firing, or was recently.

    `since` is when it began, `latest` when its youngest alert did, `at` when we heard of it; `key`
    and `alerts` are as in the event. `told` is the state that people were told last: "", "firing"
    or "over". `incident` is the one whose timeline has it, 0 for none.
    """

    n: int
    key: str
    by: Person
    text: Words
    since: datetime
    latest: datetime
    at: datetime
    product: SharedWords = ""
    alerts: tuple[str, ...] = ()
    over_at: datetime | None = None
    told: str = ""
    incident: int = 0

    @property
    def standing(self) -> str:
        """Whether it is firing."""
        return "firing" if self.over_at is None else "over"

    @property
    def is_news(self) -> bool:
        """Whether people must still be told its state."""
        return self.told != self.standing


Groups = Mapping[str, AlertGroup]


def with_alert(groups: Groups, entry: Entry, event: Alerted) -> Groups:
    """A group is firing. One whose words were erased is dropped."""
    kept = {
        key: group
        for key, group in groups.items()
        if key != event.key and (group.over_at is None or entry.at - group.over_at <= _KEPT)
    }
    while len(kept) >= _MOST:  # they are in the order in which they came
        del kept[next(iter(kept))]
    if event.text:
        kept[event.key] = AlertGroup(
            event.n,
            event.key,
            entry.by,
            event.text,
            event.since,
            event.latest,
            entry.at,
            event.product,
            event.alerts,
        )
    return kept


def with_alert_over(groups: Groups, entry: Entry, event: AlertOver) -> Groups:
    """A group is no longer firing."""
    return {
        key: replace(group, over_at=entry.at, latest=event.latest) if group.n == event.n else group
        for key, group in groups.items()
    }


def with_telling(groups: Groups, event: AlertsTold) -> Groups:
    """People were told of some groups, or an incident's timeline has them."""
    told = frozenset(event.groups)
    return {
        key: replace(group, told=group.standing, incident=event.incident)
        if group.n in told
        else group
        for key, group in groups.items()
    }
