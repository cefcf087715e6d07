"""Stories: transcripts in which the bot's own lines are the expectation.

The notation is that of ircbot/logs/transcript.py. Its settings are a configuration here, as in
config.toml, and a table `[story]`:

    % process = "grafana"
    % [story]
    % ways = ["straight", "restarted"]

`ways` are those in which the story can be told, where it cannot be told in all of them: "straight",
"restarted", "imported", "served"; a remark says why.

`make goldens` writes the bot's lines as they are now, and the sections of reports beside the
stories (golden.py). Read the difference before it is committed.
"""

from __future__ import annotations

import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from abridged import spelled_out

from ircbot.config import load_config
from ircbot.config.settings import setting
from ircbot.incident.rotas import Rota
from ircbot.incident.setting import Setting
from ircbot.incoming.calendars import shifts
from ircbot.logs.formats import plain
from ircbot.logs.script import Script
from ircbot.logs.stamp import width
from ircbot.logs.transcript import TranscriptLine, TranscriptReader

STORIES = Path(__file__).parent / "stories"
LANGUAGES = Path(__file__).parent / "languages"
WAYS = ("straight", "restarted", "imported", "served")

# What a story is configured with where it does not say.
_IRC = '[irc]\nhost = "irc.example.org"\nchannels = ["#mozmeao", "#meao-infra", "#moc"]\n'
_REPORT = '[report]\nurl = "https://reports.example.org/"\n'


@dataclass(frozen=True)
class Story:
    """A story as read. `setting` is the core's."""

    path: Path
    items: tuple[TranscriptLine, ...]
    setting: Setting

    @property
    def told(self) -> list[str]:
        """Whom the bot tells something in private."""
        nick = re.escape(self.setting.nick)
        found = (re.search(rf" [-*]{nick}:([^\s#]+)[-*] ", i.raw) for i in self.items if i.bot)
        return list(dict.fromkeys(match[1] for match in found if match))


def stories() -> list[Path]:
    """All stories there are."""
    return sorted(STORIES.glob("*.irc"))


# --- reading ----------------------------------------------------------------------------------


def read(path: Path) -> Story:
    """The story in a file; AssertionError where it is not understood."""
    raws = spelled_out(path.read_text()).splitlines()
    toml, _ = _configuration(raws)
    surroundings = _setting(toml)
    return Story(path, tuple(_items(surroundings, raws)), surroundings)


def _items(surroundings: Setting, raws: Sequence[str]) -> Iterator[TranscriptLine]:
    return TranscriptReader(surroundings.nick, surroundings.zone).read(raws)


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
        for own in LANGUAGES.glob("*.toml"):
            Path(folder, own.name).write_bytes(own.read_bytes())
        config = load_config(path)
        return replace(setting(config), rotas=_rotas(config.at(("rotas",))))


def _rotas(tables: Mapping[str, Mapping[str, str]]) -> dict[str, Rota]:
    """The calendars that a story names, which are beside it; the day of their shifts is known."""
    found = {}
    for name, one in tables.items():
        read = (STORIES / one["calendar"]).read_bytes()
        told = tuple(shifts(read, UTC, datetime(2018, 1, 10, tzinfo=UTC)))
        found[name] = Rota(told, datetime(2018, 1, 10, tzinfo=UTC))
    return found


# --- telling ----------------------------------------------------------------------------------


def script_in(story: Story) -> Script:
    """Writes what happens as this story would."""
    return Script(story.setting.nick, story.setting.zone)


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
        if item.is_heading and item.at is not None:
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


def _channels_of(item: TranscriptLine) -> list[str]:
    """The channels in whose logs a line stands by itself; none for what stands in all of them."""
    if item.at is None or item.is_heading or item.private:
        return []
    channels, said = plain.place(item.raw[width(item.raw) :])
    if not said or any(not line.channel for line in item.lines):
        return []
    return list(channels) or [item.lines[0].channel if item.lines else item.channel]


def in_any_order(story: Story, script: Sequence[str]) -> list[str]:
    """A script in which the bot's lines between two of people are sorted, and to one place each.

    On a network what is urgent goes first, and what is said to many places takes its time.
    """
    bot = [item.bot for item in _items(story.setting, script)]
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
