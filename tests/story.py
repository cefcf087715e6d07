"""Stories: transcripts in which the bot's own lines are the expectation.

    ; a remark
    % process = "grafana"                     configuration, as in config.toml
    % [story]                                 and what the story itself needs (below)
    --- 2018-01-10 #mozmeao                   the day, and the channel from here on
    12:00 <metadave> MDN is down              said there; <@metadave> is an operator
    12:01 #moc <metadave> MDN is down         said elsewhere
    12:02 *metadave* status                   said to the bot in private
    12:03 -!- jgmize has joined #mdndev       people come and go, as irssi writes it
    12:30                                     time has passed
    12:30 -ilbot- an update is due            the bot: a NOTICE to the channel
    12:30 #moc #mozmeao -ilbot- …             to several
    12:30 -ilbot:metadave- #1 recorded        to somebody
    12:30 <ilbot> metadave: …                 a PRIVMSG
    12:30 *ilbot:metadave* …                  in private

What people say in one minute is said five seconds apart. With seconds (`12:00:10`) it is said just
then, and all of one second in one read, as when somebody pastes a block.

`[story]` may hold `ways`, a list of the ways in which the story can be told, where it cannot be
told in all of them: "straight", "restarted", "imported", "served"; a remark says why.

`make goldens` writes the bot's lines as they are now, and the sections of reports beside the
stories (golden.py). Read the difference before it is committed.
"""

from __future__ import annotations

import re
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Protocol

from abridged import spelled_out

from ircbot.config import load_config
from ircbot.config.settings import setting
from ircbot.incident.line import Line, LineKind
from ircbot.incident.people import fold
from ircbot.incident.setting import Setting
from ircbot.logs.formats import plain
from ircbot.logs.playback import Said
from ircbot.logs.rows import Row
from ircbot.logs.script import Script
from ircbot.logs.stamp import parse, width

STORIES = Path(__file__).parent / "stories"
WAYS = ("straight", "restarted", "imported", "served")

# What a story is configured with where it does not say.
_IRC = '[irc]\nhost = "irc.example.org"\nchannels = ["#mozmeao", "#meao-infra", "#moc"]\n'
_REPORT = '[report]\nurl = "https://reports.example.org/"\n'

_APART = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the file. `at` is None for remarks and settings."""

    raw: str
    at: datetime | None = None
    channel: str = ""
    line: Line | None = None  # what somebody said
    others: tuple[Line, ...] = ()  # further ones of a netsplit
    bot: bool = False
    read: tuple[datetime, int] | None = None  # lines of one read share it

    @property
    def private(self) -> bool:
        """Whether no channel saw it."""
        said = plain.place(self.raw[width(self.raw) :])[1]
        return re.match(r"\*\S+\* |-\S+:[^#]\S*- ", said) is not None

    @property
    def is_script(self) -> bool:
        """Whether it is more than a remark or a setting."""
        return self.at is not None or self.raw.startswith("--- ")

    @property
    def lines(self) -> tuple[Line, ...]:
        """What somebody said or did."""
        return (self.line, *self.others) if self.line else ()


@dataclass(frozen=True)
class Story:
    """A story as read. `setting` is the core's."""

    path: Path
    items: tuple[Item, ...]
    setting: Setting

    @property
    def name(self) -> str:
        """The story's name."""
        return self.path.stem

    @property
    def told(self) -> list[str]:
        """Whom the bot tells something in private."""
        nick = re.escape(self.setting.nick)
        found = (re.search(rf" [-*]{nick}:([^\s#]+)[-*] ", i.raw) for i in self.items if i.bot)
        return list(dict.fromkeys(match[1] for match in found if match))

    @cached_property
    def end(self) -> datetime:
        """The last time it tells of."""
        return max(item.at for item in self.items if item.at is not None)


def stories() -> list[Path]:
    """All stories there are."""
    return sorted(STORIES.glob("*.irc"))


# --- reading ----------------------------------------------------------------------------------


def read(path: Path) -> Story:
    """The story in a file; AssertionError where it is not understood."""
    raws = spelled_out(path.read_text()).splitlines()
    toml, _ = _configuration(raws)
    surroundings = _setting(toml)
    items = tuple(_Reader(path, surroundings).read(raws))
    return Story(path, items, surroundings)


def ways_of(path: Path) -> tuple[str, ...]:
    """The ways in which a story can be told; cheap, so that tests can be collected by it."""
    _, own = _configuration(path.read_text().splitlines())
    ways = own.get("ways", list(WAYS))
    assert set(ways) <= set(WAYS), f"{path.name}: unknown ways {ways}"
    return tuple(ways)


def _configuration(raws: list[str]) -> tuple[str, dict[str, list[str]]]:
    """The configuration as TOML, and the story's own table out of it."""
    lines = [raw[1:].removeprefix(" ") for raw in raws if raw.startswith("%")]
    table = ""
    kept: list[str] = []
    own: list[str] = []
    for line in lines:
        if match := re.match(r"\s*\[([^\[\]]+)\]", line):
            table = match[1]
        (own if table == "story" else kept).append(line)
    toml = "\n".join(kept) + "\n"
    for name, default in (("irc", _IRC), ("report", _REPORT)):
        if name not in tomllib.loads(toml):
            toml += default
    return toml, tomllib.loads("\n".join(own)).get("story", {})


@lru_cache(maxsize=8)  # most stories have the same
def _setting(toml: str) -> Setting:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "config.toml")
        path.write_text(toml)
        return setting(load_config(path))


class _Reader:
    """Reads the lines of one file, following day, channel, accounts and nicks."""

    def __init__(self, path: Path, surroundings: Setting) -> None:
        self._path = path
        self._setting = surroundings
        nick = re.escape(surroundings.nick)
        self._bot = re.compile(rf"(?:-{nick}(?::\S+)?-|<{nick}>|\*{nick}:\S+\*) .*")
        self._private = re.compile(r"\*(\S+)\* (.*)")
        self._day: date | None = None
        self._channel = ""
        self._last = datetime.min.replace(tzinfo=UTC)
        self._accounts: dict[str, str] = {}
        self._known = False  # whether the server tells accounts

    def read(self, raws: Sequence[str]) -> Iterator[Item]:
        crowd = self._crowd(raws)
        for number, raw in enumerate(raws, 1):
            try:
                yield self._item(raw, number, crowd.get(number, 0))
            except AssertionError as error:
                raise AssertionError(f"{self._path.name}, line {number}: {error}: {raw}") from None

    def _crowd(self, raws: Sequence[str]) -> dict[int, int]:
        """Which line of its minute each line of people is, counted from 0."""
        order: dict[int, int] = {}
        stamp, count = "", 0
        for number, raw in enumerate(raws, 1):
            size = width(raw)
            if raw.startswith("---"):
                stamp = ""
            if not size or self._bot.fullmatch(plain.place(raw[size:])[1]) or not raw[size:]:
                continue
            stamp, count = raw[:size], count + 1 if raw[:size] == stamp else 0
            order[number] = count
        return order

    def _item(self, raw: str, number: int, crowd: int) -> Item:
        if not raw.strip() or raw.startswith((";", "%")):
            return Item(raw)
        if raw.startswith("--- "):
            return self._headed(raw)
        size = width(raw)
        stamp = parse(raw[:size])
        assert stamp, "no time"
        assert self._day, "no day yet: --- YYYY-MM-DD #channel"
        at = datetime(self._day.year, self._day.month, self._day.day, tzinfo=self._setting.zone)
        at = (at + timedelta(seconds=stamp.second)).astimezone(UTC)
        channels, said = plain.place(raw[size:])
        channel = channels[0] if channels else self._channel
        if self._bot.fullmatch(said):
            return Item(raw, at, channel, bot=True)
        assert at >= self._last.replace(second=0), "earlier than the line before it"
        if not said:
            self._last = max(at, self._last)
            return Item(raw, at, channel)
        exact = raw[:size].count(":") > 1
        if not exact:
            at += _APART * crowd
            assert crowd * _APART < timedelta(minutes=1), "too many lines in a minute: add seconds"
        self._last = at
        line, *others = self._lines(said, at, channel)
        read = (at, 0 if exact else number)
        return Item(raw, at, channel, line, tuple(others), read=read)

    def _headed(self, raw: str) -> Item:
        heading = plain.heading(raw)
        assert heading, "no heading"
        self._channel = heading.channel or self._channel
        if heading.at is None:
            return Item(raw, None, self._channel)
        self._day = heading.at.date()
        return Item(
            raw, heading.at.replace(tzinfo=self._setting.zone).astimezone(UTC), self._channel
        )

    def _lines(self, said: str, at: datetime, channel: str) -> list[Line]:
        if match := self._private.fullmatch(said):
            return [self._line(Row(LineKind.MESSAGE, match[1], match[2]), at, "")]
        rows = plain.rows(said)
        assert rows, "nobody says or does anything"
        return [self._line(row, at, row.channel or channel) for row in rows]

    def _line(self, row: Row, at: datetime, channel: str) -> Line:
        everywhere = row.kind in (LineKind.QUIT, LineKind.SPLIT, LineKind.NICK, LineKind.ACCOUNT)
        account = self._account(row)
        return Line(
            at=at,
            channel="" if everywhere else channel,
            nick=row.nick,
            text=row.text,
            account=account,
            kind=row.kind,
            host=row.host,
            operator=row.operator,
        )

    def _account(self, row: Row) -> str | None:
        """The account of whoever does this; None in a story in which no accounts are known."""
        nick = fold(row.nick)
        if row.account is not None:
            self._known = True
            self._accounts[nick] = row.account
        account = self._accounts.get(nick, "" if self._known else None)
        if row.kind in (LineKind.QUIT, LineKind.SPLIT, LineKind.NICK):
            self._accounts.pop(nick, None)
        if row.kind is LineKind.NICK and account:
            self._accounts[fold(row.text)] = account
        return account


# --- telling ----------------------------------------------------------------------------------


class Cast(Protocol):
    """Whoever plays the bot, on the story's clock."""

    def until(self, moment: datetime, /) -> Iterable[Said]:
        """What the bot says of itself up to a time."""

    def hear(self, lines: Sequence[Line], /) -> Iterable[Said]:
        """What it says to lines of one read."""

    def end(self) -> Iterable[Said]:
        """What it had still to say."""


@dataclass(frozen=True, slots=True)
class Act:
    """What happens together: lines of one read, a heading, or time that passes until `at`."""

    items: tuple[Item, ...]
    at: datetime | None

    @property
    def lines(self) -> tuple[Line, ...]:
        """What people say or do."""
        return tuple(line for item in self.items for line in item.lines)


def acts(story: Story) -> Iterator[Act]:
    """The story without the bot's lines and without remarks; the last act is that it ends."""
    own = [item for item in story.items if not item.bot and item.is_script]
    for _, together in groupby(own, key=lambda item: item.read or id(item)):
        items = tuple(together)
        at = items[0].at
        # What is due at midnight belongs below the heading of the new day.
        if at is not None and items[0].raw.startswith("--- "):
            at -= timedelta(seconds=1)
        yield Act(items, at)
    yield Act((), story.end)


class Scroll:
    """Writes a performance down."""

    def __init__(self, story: Story) -> None:
        surroundings = story.setting
        self.written: list[str] = []
        self._script = Script(surroundings.nick, surroundings.zone, surroundings.announce_as)

    def says(self, said: Iterable[Said]) -> None:
        """The bot's lines."""
        self.written += self._script.written(said)

    def takes(self, act: Act) -> None:
        """The story's own lines."""
        for item in act.items:
            self.written.append(item.raw)
            if item.raw.startswith("--- "):
                self._script.stands(item.at, item.channel)


def perform(story: Story, cast: Cast) -> list[str]:
    """The lines of the story, remarks left out, with what this bot says in place of its own."""
    scroll = Scroll(story)
    for act in acts(story):
        if act.at is not None:
            scroll.says(cast.until(act.at))
        scroll.takes(act)
        if act.lines:
            scroll.says(cast.hear(act.lines))
    scroll.says(cast.end())
    return scroll.written


def script_of(story: Story) -> list[str]:
    """The lines of the story, remarks left out, as it stands in the file."""
    return [item.raw for item in story.items if item.is_script]


def rewritten(story: Story, performed: Sequence[str]) -> str:
    """The story's text with these lines; its remarks stay where they are.

    A remark above what somebody says stays above it; one among lines of the bot keeps its place
    among them.
    """
    left = list(performed)
    text: list[str] = []
    among: list[tuple[int, str]] = []  # remarks since the last line of the story's own
    bots = 0

    def act(raw: str | None) -> None:
        """Write what the bot now says up to a line of the story's own, then that line."""
        nonlocal bots
        new = [left.pop(0) for _ in range(left.index(raw) if raw is not None else len(left))]
        for number, line in enumerate(new):
            text.extend(remark for place, remark in among if place == number and place < bots)
            text.append(line)
        text.extend(r for place, r in among if place >= min(len(new), bots))
        if raw is not None:
            text.append(left.pop(0))
        among.clear()
        bots = 0

    for item in story.items:
        if item.bot:
            bots += 1
        elif item.is_script:
            act(item.raw)
        else:
            among.append((bots, item.raw))
    act(None)
    return "\n".join(text) + "\n"


# --- as logs ----------------------------------------------------------------------------------


def logs_of(story: Story, folder: Path) -> list[Path]:
    """The logs that irssi would have kept of a story, those first where it begins.

    They know the minute and no accounts, and hold nothing that was said in private.
    """
    texts: dict[str, list[str]] = {}
    for item in story.items:
        for channel in _channels_of(item):
            texts.setdefault(channel, [])
    for item in story.items:
        if item.raw.startswith("--- ") and item.at is not None:
            day = item.at.astimezone(story.setting.zone)
            for text in texts.values():
                text.append(f"--- Day changed {day:%a %b %d %Y}")
        elif item.at is not None:
            body = plain.place(item.raw[width(item.raw) :])[1]
            stamp = item.at.astimezone(story.setting.zone).strftime("%H:%M")
            for channel in _channels_of(item) or ([] if item.private else texts):
                texts[channel].append(f"{stamp} {body}")
    for channel, text in texts.items():
        (folder / f"{channel}.log").write_text("\n".join(text) + "\n")
    return [folder / f"{channel}.log" for channel in texts]


def _channels_of(item: Item) -> list[str]:
    """The channels in whose logs a line stands by itself; none for what stands in all of them."""
    if item.at is None or item.raw.startswith("--- ") or item.private:
        return []
    channels, said = plain.place(item.raw[width(item.raw) :])
    if (item.line is not None and not item.line.channel) or not said:
        return []
    named = item.line.channel if item.line else item.channel
    return list(channels) or [named]


def in_any_order(story: Story, script: Sequence[str]) -> list[str]:
    """A script in which the bot's lines between two of people are sorted, and to one place each.

    On a network what is urgent goes first, and what is said to many places takes its time.
    """
    reader = _Reader(story.path, story.setting)
    bot = [item.bot for item in reader.read(script)]
    written: list[str] = []
    together: list[str] = []
    for raw, by_bot in zip(script, bot, strict=True):
        if by_bot:
            stamp = raw[: width(raw)]
            channels, said = plain.place(raw[width(raw) :])
            together += [f"{stamp}{channel} {said}" for channel in channels or ("",)]
        else:
            written += [*sorted(together), raw]
            together.clear()
    return written + sorted(together)
