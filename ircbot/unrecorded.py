"""What was heard but could not be recorded yet; and the alarms about the disk.

People must know when they have to take notes themselves. Knows nothing of why the disk fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from ircbot.errors import StoreError
from ircbot.incident.alerts import Alerts
from ircbot.incident.deliveries import PublishResult
from ircbot.incident.line import Line, Reply, ReplyKind, Source
from ircbot.incident.setting import Setting
from ircbot.incident.state import State
from ircbot.incident.words import say

# What the rules decide on: a line, a tick of the clock, the result of a publication, or alerts.
Happening = Line | datetime | PublishResult | Alerts


class Unrecorded:
    """The pending happenings in order, and the state that includes them."""

    def __init__(self) -> None:
        self.waiting: list[Happening] = []
        self.state: State | None = None  # None while nothing is pending

    def begin(self, state: State) -> None:
        """From now on nothing can be recorded."""
        self.state = state

    def take(self, state: State, moving: Iterable[Happening]) -> None:
        """Add what leads to a state."""
        self.state = state
        self.waiting += moving

    def took(self, moving: Sequence[Happening]) -> None:
        """These are on disk now, together with what was pending before them."""
        places = [n for n, item in enumerate(self.waiting) if item is moving[-1]]
        del self.waiting[: places[0] + 1 if places else 0]

    def end(self) -> None:
        """Everything is on disk."""
        self.waiting.clear()
        self.state = None

    def lines(self) -> tuple[Line, ...]:
        """The pending lines."""
        return tuple(item for item in self.waiting if isinstance(item, Line))


def alarm(setting: Setting, state: State, key: str, **named: object) -> tuple[Reply, ...]:
    """Tell the channel of every open incident, or the notified ones if none is open."""
    text = say(setting.process, key, **named)
    places = dict.fromkeys((i.network, i.channel) for i in state.open)
    if not places:
        places = dict.fromkeys(("", channel) for channel in setting.notified(""))
    return tuple(Reply(channel, text, ReplyKind.ALARM, network) for network, channel in places)


def why_in_short(error: StoreError) -> str:
    """The first sentence of an error, for a channel."""
    return str(error).partition(". ")[0].rstrip(".")


def damage(setting: Setting, damaged: Sequence[int], lines: Sequence[Line]) -> tuple[Reply, ...]:
    """Tell people what could not be read; () if there is nobody to tell."""
    where = next((line for line in lines if line.channel and line.source is Source.LIVE), None)
    if where is None:
        return ()
    numbers = ", ".join(str(number) for number in damaged if number)
    what = f"incidents {numbers}" if numbers else "what belongs to no incident"
    text = say(setting.process, "damaged", what=what)
    return (Reply(where.channel, text, ReplyKind.ALARM, where.network),)
