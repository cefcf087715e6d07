"""Transcripts in tests of the core: what people say, what the bot says to it, the clock between.

    --- #mozmeao                              the channel from here on; --- 2018-01-12 #moc: the day too
    12:00 <metadave> MDN is down              said there; <@metadave> is an operator
    12:00:10 <metadave> TL: one               with seconds: said just then, and all of one second
    12:00:10 <metadave> TL: two               in one read, as when somebody pastes a block
    12:01 #moc <metadave> MDN is down         said elsewhere
    12:02 *metadave* status                   said to the bot in private
    12:03 -!- jgmize has joined #mdndev       people come and go, as irssi writes it
    12:30                                     time has passed
    12:30 -ilbot- an update is due            the bot: a NOTICE to the channel
    12:30 #moc #mozmeao -ilbot- …             to several
    12:30 -ilbot:metadave- #1 recorded        to somebody
    12:30 <ilbot> metadave: …                 a PRIVMSG
    12:30 *ilbot:metadave* …                  in private

What people say in one minute is said five seconds apart. The notation is that of tests/stories; a
story is for what a team lives through, a transcript here for one rule.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest
from abridged import spelled_out

from ircbot.handler import BotHandler
from ircbot.incident.events import Entry
from ircbot.incident.line import Line, LineKind, Reply, ReplyKind, Source
from ircbot.incident.memory import Memory
from ircbot.incident.people import fold
from ircbot.incident.process import Process
from ircbot.incident.reminders import next_due
from ircbot.incident.setting import Product, Setting
from ircbot.incident.state import Incident, State, replay
from ircbot.logs.formats import plain
from ircbot.processes import read_process
from ircbot.zones import zone_named

NOON = datetime(2018, 1, 10, 12, tzinfo=UTC)  # a Wednesday
MDN = Product("MDN", "jwhitlock", ("rjohnson",), "#mdndev")

# How most incidents begin.
LED = """
    --- #mozmeao
    12:00 <metadave> !inc declare MDN is down
    12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
    12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. IL: metadave. Comms: #mozmeao.
"""

_APART = timedelta(seconds=5)
_RECEIPTS = timedelta(seconds=3)


@cache
def english() -> Process:
    """A process with the guide's phrases and one role, and nothing else a process may have."""
    return read_process(Path(__file__).with_name("core.toml"))


def process(**changes: object) -> Process:
    """That process with some things otherwise."""
    return replace(english(), **changes)  # type: ignore[arg-type]


def setting(process: Process | None = None, **changes: object) -> Setting:
    """The surroundings of most tests: the guide's channels, and nothing configured."""
    named = {
        "channels": ("#mozmeao", "#meao-infra", "#moc"),
        "zones": zone_named,
        **changes,
    }
    return Setting(process or english(), **named)  # type: ignore[arg-type]


@dataclass
class Pages:
    """A journal in memory. `refuse` makes it fail, `others` is what other processes wrote."""

    written: list[Entry] = field(default_factory=list)
    others: list[Entry] = field(default_factory=list)
    snapshots: list[int] = field(default_factory=list)
    refuse: Callable[[Sequence[Entry]], None] = lambda entries: None

    def append(self, entries: Sequence[Entry]) -> None:
        self.refuse(entries)
        self.written += entries

    def poll(self) -> tuple[Entry, ...]:
        taken, self.others = tuple(self.others), []
        self.written += taken
        return taken

    @property
    def left(self) -> tuple[str, ...]:
        """Nothing is kept elsewhere."""
        return ()

    @property
    def unerased(self) -> tuple[str, ...]:
        """Nothing is on a disk."""
        return ()

    def tidy(self) -> None:
        """There is nothing to erase."""

    def snapshot(self, incident: int) -> None:
        self.snapshots.append(incident)

    def entries(self, incident: int) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.written if entry.incident == incident)


def at(stamp: str, day: datetime = NOON) -> datetime:
    """A time of that day: "12:05", "12:05:10"."""
    hour, minute, second = (int(part) for part in f"{stamp}:00".split(":")[:3])
    return day.replace(hour=hour, minute=minute, second=second)


def line(stamp: str, nick: str, text: str = "", channel: str = "#mozmeao", **more: object) -> Line:
    """Something said that day; `operator`, `account` and the like as in a Line."""
    return Line(at(stamp), channel, nick, text, **more)  # type: ignore[arg-type]


class Talk:
    """A bot that is told a transcript, on the transcript's clock."""

    def __init__(
        self,
        surroundings: Setting | None = None,
        *,
        accounts: Mapping[str, str] | None = None,
        restarts: bool = False,
        source: Source = Source.LIVE,
    ) -> None:
        """With `accounts` the server knows of everybody; with `restarts` each line is a new life."""
        self.setting = surroundings or setting()
        self.pages = Pages()
        self.engine = BotHandler(self.setting, self.pages, State())
        self.written: list[str] = []
        self._accounts = {fold(nick): name for nick, name in (accounts or {}).items()}
        self._restarts = restarts
        self._source = source
        self._day = NOON
        self._channel = "#mozmeao"
        self._now = datetime.min.replace(tzinfo=UTC)
        self._receipts_at: datetime | None = None

    @property
    def state(self) -> State:
        return self.engine.state

    @property
    def incident(self) -> Incident:
        """The incident declared last."""
        assert self.state.latest, "no incident was declared"
        return self.state.latest

    def hear(self, *lines: Line) -> list[str]:
        """What the bot says to lines of one read, as a transcript has it."""
        already = len(self.written)
        self._until(lines[0].at)
        self._receipts_at = lines[0].at + _RECEIPTS
        self._says(lines[0].at, self.engine.hear(lines))
        if self._restarts:
            self._restart()
        return self.written[already:]

    def until(self, stamp: str, day: datetime | None = None) -> list[str]:
        """What the bot says of itself up to a time."""
        already = len(self.written)
        self._until(at(stamp, day or self._day))
        return self.written[already:]

    def tell(self, text: str) -> list[str]:
        """Play a transcript; its lines, with what this bot says in place of its own."""
        already = len(self.written)
        for _, group in groupby(self._acts(text), key=lambda act: act[0]):
            acts = list(group)
            moment = acts[0][2]
            if moment is not None:
                self._until(moment)
            self.written += [raw for _, raw, _, _ in acts]
            lines = [one for _, _, _, said in acts for one in said]
            if lines:
                self.hear(*lines)
        if self._receipts_at is not None:
            self._until(self._receipts_at)
        return self.written[already:]

    # --- reading ---------------------------------------------------------------------------

    def _acts(self, text: str) -> Iterator[tuple[object, str, datetime | None, list[Line]]]:
        """What people do: a key that lines of one read share, the raw line, when, the lines."""
        minute, count, last = "", 0, self._now
        for number, raw in enumerate(_lines(text)):
            if raw.startswith("---"):
                self._head(raw)
                minute = ""
                yield number, raw, None, []
                continue
            stamp, _, rest = raw.partition(" ")
            if self._is_bots(rest):
                continue
            moment = at(stamp, self._day)
            if not rest:
                yield number, raw, moment, []
                continue
            count = count + 1 if stamp == minute else 0
            minute = stamp
            exact = stamp.count(":") > 1
            moment += timedelta(0) if exact else _APART * count
            assert moment >= last, f"earlier than the line before it: {raw}"
            last = moment
            yield moment if exact else number, raw, moment, list(self._said(moment, rest))

    def _head(self, raw: str) -> None:
        for word in raw.split()[1:]:
            if word[0] in "#&":
                self._channel = word
            else:
                self._day = datetime.fromisoformat(word).replace(tzinfo=UTC)

    def _is_bots(self, said: str) -> bool:
        nick = re.escape(self.setting.nick)
        body = plain.place(said)[1]
        return bool(re.fullmatch(rf"(?:-{nick}(?::\S+)?-|<{nick}>|\*{nick}:\S+\*) .*", body))

    def _said(self, moment: datetime, said: str) -> Iterator[Line]:
        if match := re.fullmatch(r"\*(\S+)\* (.*)", said):
            yield self._line(moment, LineKind.MESSAGE, match[1], match[2], "")
            return
        rows = plain.rows(said)
        assert rows, f"nobody says or does anything: {said}"
        for row in rows:
            nowhere = row.kind in (LineKind.QUIT, LineKind.SPLIT, LineKind.NICK, LineKind.ACCOUNT)
            channel = "" if nowhere else row.channel or plain.place(said)[0][:1] or self._channel
            channel = channel if isinstance(channel, str) else channel[0]
            if row.kind is LineKind.NICK and fold(row.nick) in self._accounts:
                self._accounts[fold(row.text)] = self._accounts[fold(row.nick)]
            if row.account is not None:
                self._accounts[fold(row.nick)] = row.account
            one = self._line(moment, row.kind, row.nick, row.text, channel)
            yield one._replace(operator=row.operator, host=row.host)

    def _line(self, moment: datetime, kind: LineKind, nick: str, text: str, channel: str) -> Line:
        account = self._accounts.get(fold(nick), "") if self._accounts else None
        return Line(moment, channel, nick, text, account, kind, source=self._source)

    # --- the clock -------------------------------------------------------------------------

    def _until(self, moment: datetime) -> None:
        while (tick := self._next_tick()) is not None and tick <= moment:
            self._now = tick
            if self._receipts_at is not None and tick >= self._receipts_at:
                self._receipts_at = None
            self._says(tick, self.engine.tick(tick))
        self._now = max(self._now, moment)

    def _next_tick(self) -> datetime | None:
        if self._now.year == 1:
            return None
        due = next_due(self.engine.present, self._now, self.setting)
        return min((one for one in (due, self._receipts_at) if one is not None), default=None)

    def _restart(self) -> None:
        """A new bot, from what is on disk. What was said a moment ago is remembered by people."""
        if self._receipts_at is not None:
            self._until(self._receipts_at)
        memory: Memory = self.engine.memory
        self.engine = BotHandler(
            self.setting, self.pages, replay(self.pages.written), memory=memory
        )

    # --- writing ---------------------------------------------------------------------------

    def _says(self, moment: datetime, replies: Iterable[Reply]) -> None:
        replies = list(replies)
        for _, group in groupby(replies, key=lambda r: (r.text, r.kind, _is_channel(r.to))):
            together = list(group)
            if _is_channel(together[0].to):
                self.written.append(self._written(moment, together))
            else:
                self.written += [self._written(moment, [one]) for one in together]
        arrived: dict[str, list[str]] = {}
        for reply in replies:
            if reply.broadcast:
                arrived.setdefault(reply.broadcast, []).append(reply.to)
        for broadcast, channels in arrived.items():
            self._says(moment, self.engine.delivered(broadcast, channels, {}))

    def _written(self, moment: datetime, replies: Sequence[Reply]) -> str:
        reply, nick = replies[0], self.setting.nick
        message = reply.kind in (ReplyKind.ANSWER, ReplyKind.ALARM) and _is_channel(reply.to)
        message = message or reply.kind is ReplyKind.ANSWER
        if not _is_channel(reply.to):
            voice = f"*{nick}:{reply.to}*" if message else f"-{nick}:{reply.to}-"
            return f"{moment:%H:%M} {voice} {reply.text}"
        channels = [one.to for one in replies]
        where = "" if channels == [self._channel] else " ".join(channels) + " "
        return f"{moment:%H:%M} {where}{f'<{nick}>' if message else f'-{nick}-'} {reply.text}"


def check(text: str, surroundings: Setting | None = None, **more: Mapping[str, str]) -> Talk:
    """Play a transcript and compare the bot's lines; a restart after every line changes none."""
    expected = _lines(text)
    for restarts in (True, False):
        talk = Talk(surroundings, restarts=restarts, **more)
        _compare(expected, talk.tell(text), "with restarts" if restarts else "straight")
    assert replay(talk.pages.written) == talk.state, "the journal and the state disagree"
    return talk


def replies_to(text: str, surroundings: Setting | None = None) -> list[str]:
    """What the bot says to the last line of a transcript."""
    talk = Talk(surroundings)
    *before, last = _lines(text)
    talk.tell("\n".join(before))
    return talk.tell(last)[1:]


def _compare(expected: list[str], performed: list[str], how: str) -> None:
    if performed != expected:
        lines = difflib.unified_diff(expected, performed, "expected", how, lineterm="", n=3)
        pytest.fail("\n" + "\n".join(lines), pytrace=False)


def _lines(text: str) -> list[str]:
    return [raw.strip() for raw in spelled_out(text).strip().splitlines() if raw.strip()]


def _is_channel(name: str) -> bool:
    return name.startswith(("#", "&"))
