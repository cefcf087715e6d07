"""The channels that we are to be in, and those that we are in: each has a wanted and an actual
state.

Takes the handler's wishes, the server's answers and the time; says what to join, what to leave, and
what is worth an alarm. Outlives the link. Times are the loop's, in seconds.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from ircbot.incident.plain import shown
from ircbot.network.backoff import Backoff
from ircbot.network.line_handler import WantedChannel
from ircbot.network.message import is_word

_LINE_BYTES = 380  # of names and keys in one JOIN
_FEW = 5  # channels that are each joined by a line of their own
_MOST_CHANNELS = 500  # a server that forces us into more is ignored


class Actual(Enum):
    """Where we are, as far as the server has said."""

    OUT = auto()
    JOINING = auto()
    IN = auto()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A kind of refusal: what it means, and when to try again."""

    meaning: str
    first: float = 20.0  # seconds until the second attempt
    most: float = 600.0
    hopeless: bool = False  # no attempt before something changes


INVITE_ONLY = Refusal("invite-only, and the bot is not invited", 60, 900)
BANNED = Refusal("the bot is banned there", 120, 1800)
FULL = Refusal("full", 15, 120)
WRONG_KEY = Refusal("the key is missing or wrong", hopeless=True)
REGISTERED_ONLY = Refusal("for registered nicks only, and the bot is not logged in", 30, 600)
BUSY = Refusal("not to be joined for now", 5, 120)
TOO_MANY = Refusal("the server allows no further channel", 60, 900)
IMPOSSIBLE = Refusal("not a channel on this server", hopeless=True)
FORBIDDEN = Refusal("closed to the bot", 120, 1800)
FORWARDED = Refusal("it sends us to another channel", 60, 900)
IN_WORDS = Refusal("the server refuses it in words of its own, which the log has", 30, 600)
UNANSWERED = Refusal("the server does not answer the JOIN", 10, 120)
KICKED = Refusal("the bot was kicked", 5, 600)
KICKED_FOR_GOOD = Refusal("the bot was kicked and is configured to stay out", hopeless=True)

REFUSALS = {
    "nosuchchannel": IMPOSSIBLE,  # 403
    "toomanychannels": TOO_MANY,  # 405
    "unavailresource": BUSY,  # 437: after a kick (+J), or split from the rest
    "470": FORWARDED,
    "channelisfull": FULL,  # 471
    "inviteonlychan": INVITE_ONLY,  # 473
    "bannedfromchan": BANNED,  # 474
    "badchannelkey": WRONG_KEY,  # 475
    "badchanmask": IMPOSSIBLE,  # 476
    "nochanmodes": REGISTERED_ONLY,  # 477, which has another name in RFC 2812
    "479": IMPOSSIBLE,
    "cannotknock": BUSY,  # 480: on these servers a throttle on joins
    "485": FORBIDDEN,
    "489": FORBIDDEN,  # TLS only
    "495": BUSY,  # InspIRCd's word for +J
    "520": FORBIDDEN,  # operators only
    "609": BUSY,
}


@dataclass(slots=True)
class TrackedChannel:
    """One channel's wanted and actual state, and when to try next if they differ."""

    name: str
    key: str = field(default="", repr=False)
    priority: int = 9
    wanted: bool = False
    has_been_in: bool = False
    actual: Actual = Actual.OUT
    refusal: Refusal | None = None
    backoff: Backoff | None = None
    try_at: float = 0.0  # when OUT: not before; when JOINING: no answer after this
    told: Refusal | None = None  # the refusal that was reported already
    leaving: bool = False  # was wanted, and no longer is; unlike a channel we were forced into


@dataclass(frozen=True, slots=True)
class ChannelCommand:
    """What to send: "join" or "part" of these channels."""

    command: str
    names: tuple[str, ...]
    keys: tuple[str, ...] = field(default=(), repr=False)


@dataclass(slots=True)
class Channels:
    """All channels of one network."""

    fold: Callable[[str], str]
    patience: float  # seconds for an answer to JOIN
    rejoin_after_kick: bool
    chance: random.Random
    _all: dict[str, TrackedChannel] = field(default_factory=dict)
    _keys: dict[str, str] = field(default_factory=dict, repr=False)  # those that were changed
    _names: dict[str, str] = field(default_factory=dict)  # folded former name → the present one
    _troubles: list[tuple[str, Refusal]] = field(default_factory=list)

    def troubles(self) -> list[tuple[str, Refusal]]:
        """The refusals worth an alarm since the last call, each only once."""
        told, self._troubles = self._troubles, []
        return told

    def refold(self, fold: Callable[[str], str]) -> None:
        """Compare names as this link's server does."""
        self.fold = fold
        self._all = {fold(channel.name): channel for channel in self._all.values()}
        self._keys = {fold(name): key for name, key in self._keys.items()}
        self._names = {fold(old): new for old, new in self._names.items()}

    def get(self, name: str) -> TrackedChannel | None:
        """A channel known by this name."""
        return self._all.get(self.fold(name))

    def is_in(self, name: str) -> bool:
        """Whether the server has confirmed that we are in it."""
        channel = self.get(name)
        return channel is not None and channel.actual is Actual.IN

    def is_joining(self, name: str) -> bool:
        """Whether a JOIN is unanswered."""
        channel = self.get(name)
        return channel is not None and channel.actual is Actual.JOINING

    def present_name(self, name: str) -> str:
        """What a channel is called now."""
        return self._names.get(self.fold(name), name)

    def keyed(self, name: str, key: str) -> None:
        """Note the new key of a channel that we are in, "" for none; the next JOIN uses it."""
        channel = self.get(name)
        if channel is None or channel.actual is not Actual.IN or channel.key == key:
            return
        channel.key = self._keys[self.fold(name)] = key

    def renamed(self, old: str, new: str) -> bool:
        """Note the new name of a channel that we are in. Returns whether we want to be in it."""
        channel = self._all.pop(self.fold(old), None)
        if channel is None:
            return False
        channel.name = new
        self._all[self.fold(new)] = channel
        if (key := self._keys.pop(self.fold(old), None)) is not None:
            self._keys[self.fold(new)] = key
        self._names.pop(self.fold(new), None)  # it has a name back that it had before
        for former, now in self._names.items():
            if self.fold(now) == self.fold(old):
                self._names[former] = new
        if self.fold(old) != self.fold(new):
            self._names[self.fold(old)] = new
        while len(self._names) > _MOST_CHANNELS:
            del self._names[next(iter(self._names))]
        return channel.wanted

    def joined_names(self) -> list[str]:
        """The channels we are in."""
        return [c.name for c in self._all.values() if c.actual is Actual.IN]

    def wanted_names(self) -> list[str]:
        """The channels we want to be in."""
        return [c.name for c in self._all.values() if c.wanted]

    def counts(self) -> tuple[int, int]:
        """In how many wanted channels we are, and how many are wanted."""
        wanted = [c for c in self._all.values() if c.wanted]
        return sum(c.actual is Actual.IN for c in wanted), len(wanted)

    @property
    def complete(self) -> bool:
        """Whether we are in every wanted channel, except those that refuse us."""
        return all(
            c.actual is Actual.IN or c.refusal is not None for c in self._all.values() if c.wanted
        )

    @property
    def shut_out(self) -> int:
        """How many wanted channels refuse us that we have been in. A kick alone does not count: we
        come back, or stay away as somebody wished."""
        return sum(
            c.has_been_in and c.refusal not in (None, KICKED, KICKED_FOR_GOOD)
            for c in self._all.values()
            if c.wanted and c.actual is not Actual.IN
        )

    def want(self, wishes: Iterable[WantedChannel]) -> None:
        """Replace the wanted channels."""
        seen = set()
        for one in wishes:
            name = self.present_name(one.channel)
            key = self._keys.get(self.fold(name), one.key)
            wish = replace(one, channel=name, key=key)
            folded = self.fold(wish.channel)
            if folded in seen:  # wanted by its former and by its present name
                continue
            channel = self._all.setdefault(folded, TrackedChannel(wish.channel))
            seen.add(folded)
            if not channel.wanted or channel.key != wish.key:
                channel.wanted, channel.leaving = True, False
                channel.key = wish.key
                self._forgive(channel)
                named = is_word(wish.channel) and shown(wish.channel) == wish.channel
                if not (named and is_word(wish.key or "-")) or "," in wish.channel:
                    self._refuse(channel, IMPOSSIBLE, 0.0)
            channel.priority = wish.priority
        for folded, channel in self._all.items():
            if channel.wanted and folded not in seen:
                channel.wanted, channel.leaving = False, True
                channel.refusal = None

    def due(self, now: float) -> list[ChannelCommand]:
        """What to send now, the most urgent channels first."""
        leaving: list[str] = []
        joining: list[TrackedChannel] = []
        for folded, channel in list(self._all.items()):
            if channel.wanted:
                if self._is_due(channel, now):
                    channel.actual = Actual.JOINING
                    channel.try_at = now + self.patience
                    joining.append(channel)
            elif channel.leaving:
                if channel.actual is Actual.IN:
                    leaving.append(channel.name)
                del self._all[folded]
        # PART last: somebody there may still be told something.
        return _joins(joining) + [ChannelCommand("part", (name,)) for name in leaving]

    def _is_due(self, channel: TrackedChannel, now: float) -> bool:
        if channel.actual is Actual.IN or now < channel.try_at:
            return False
        if channel.actual is Actual.JOINING:
            self._refuse(channel, UNANSWERED, now)
            return False
        return channel.refusal is None or not channel.refusal.hopeless

    def next_at(self) -> float | None:
        """When `due` will next return something because of the time alone; None if never."""
        times = [c.try_at for c in self._all.values() if c.wanted and c.actual is not Actual.IN]
        return min(times, default=None)

    def joined(self, name: str) -> bool:
        """Note that we are in a channel, wanted or forced. False if we were forced into too
        many."""
        channel = self.get(name)
        if channel is None:
            if len(self._all) >= _MOST_CHANNELS:
                return False
            channel = self._all[self.fold(name)] = TrackedChannel(name)
        channel.name = name
        channel.actual = Actual.IN
        channel.has_been_in = True
        channel.refusal = channel.told = None
        return True

    def held(self, name: str) -> None:
        """Note that we stayed in a channel long enough after a kick: the next one has a short delay
        again."""
        if (channel := self.get(name)) is not None:
            channel.backoff = None

    def parted(self, name: str, now: float) -> None:
        """Note that we left a channel without having been kicked."""
        if (channel := self.get(name)) is not None:
            channel.actual = Actual.OUT
            channel.try_at = now
            if not channel.wanted:
                del self._all[self.fold(name)]

    def kicked(self, name: str, now: float) -> None:
        """Note that we were kicked."""
        if (channel := self.get(name)) is None:
            return
        self._refuse(channel, KICKED if self.rejoin_after_kick else KICKED_FOR_GOOD, now)
        if not channel.wanted:
            del self._all[self.fold(name)]

    def refused(self, name: str, refusal: Refusal, now: float) -> None:
        """Note that a JOIN was refused."""
        channel = self.get(name)
        if channel is not None and channel.actual is not Actual.IN and channel.wanted:
            self._refuse(channel, refusal, now)

    def _refuse(self, channel: TrackedChannel, refusal: Refusal, now: float) -> None:
        if channel.backoff is None or channel.refusal is not refusal:
            if channel.backoff is None or refusal is not KICKED:
                channel.backoff = Backoff(refusal.first, refusal.most, self.chance)
            channel.refusal = refusal
        channel.actual = Actual.OUT
        channel.try_at = now + channel.backoff.next()
        if channel.told is not refusal and channel.wanted:
            channel.told = refusal
            self._troubles.append((channel.name, refusal))

    def invited(self, name: str) -> None:
        """Note an invitation: a channel that refused us is tried again at once."""
        if (channel := self.get(name)) is not None and channel.wanted:
            self._forgive(channel)

    def logged_in(self) -> None:
        """Note that we have logged in: channels for registered nicks are tried again."""
        for channel in self._all.values():
            if channel.refusal is REGISTERED_ONLY:
                self._forgive(channel)

    def disconnected(self) -> None:
        """Forget the link's channels and refusals, except a kick for good."""
        for folded, channel in list(self._all.items()):
            channel.actual = Actual.OUT
            if not channel.wanted:
                del self._all[folded]
            elif channel.refusal is not KICKED_FOR_GOOD:
                self._forgive(channel)

    def _forgive(self, channel: TrackedChannel) -> None:
        channel.refusal = channel.backoff = channel.told = None
        if channel.actual is not Actual.IN:
            channel.actual = Actual.OUT
            channel.try_at = 0.0


def _joins(channels: list[TrackedChannel]) -> list[ChannelCommand]:
    """JOIN lines, the urgent channels first. A few go singly, so that nothing delays the first."""
    # Keys are matched to names by position, so channels with a key stand first.
    ordered = sorted(channels, key=lambda c: (c.priority, not c.key))
    if len(ordered) <= _FEW:
        return [_join([channel]) for channel in ordered]
    urgent = [channel for channel in ordered if channel.priority == 0]
    steps = [_join([channel]) for channel in urgent]
    together: list[TrackedChannel] = []
    size = 0
    for channel in ordered[len(urgent) :]:
        cost = len(channel.name.encode()) + len(channel.key.encode()) + 2
        key_after_keyless = bool(channel.key) and bool(together) and not together[-1].key
        if together and (size + cost > _LINE_BYTES or key_after_keyless):
            steps.append(_join(together))
            together, size = [], 0
        together.append(channel)
        size += cost
    return [*steps, _join(together)] if together else steps


def _join(channels: list[TrackedChannel]) -> ChannelCommand:
    return ChannelCommand(
        "join", tuple(c.name for c in channels), tuple(c.key for c in channels if c.key)
    )
