"""What people write in a busy channel, made up: no line twice, and a seed makes it again.

It follows frequencies.json, counted over a million lines of public IRC logs of free-software
projects: how often words occur, which follow which, how long lines are, and how many are
addressed to somebody, ask, name a URL, or have bytes that are not ASCII, two blanks or formatting.
No line of those logs is in it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path

_APART, _LASTS = 50_000, 500  # lines
_SAID = {
    100: "I am declaring an incident: the cluster is down",
    _LASTS: "!inc resolve",
    _LASTS + 1: "!inc close",
}
_NICKS = [f"{name}{n}" for n in range(5) for name in ("dave", "jgm", "pmac", "atopal", "cyl", "r")]
_LONGEST = 40  # words

Draw = tuple[Sequence[str], Sequence[int]]  # what may come, and the weights, summed up


class _Frequencies:
    """How often what was said."""

    def __init__(self, path: Path) -> None:
        counted = json.loads(path.read_text())
        self.words = _draw(counted["words"])
        self.lengths = _draw(counted["length"])
        self.share: Mapping[str, float] = counted["share"]
        self._next: Mapping[str, Sequence[tuple[str, int]]] = counted["next"]
        self._draws: dict[str, Draw] = {}
        self._total = counted["words"]

    def after(self, word: str) -> Draw:
        """What follows a word; "" for any word at all."""
        draw = self._draws.get(word)
        if draw is None:
            following = {one: count for one, count in self._next.get(word, ()) if one != "$"}
            rest = self._total.get(word, 1) - sum(following.values())
            draw = self._draws[word] = _draw(following | {"": max(rest, 1)})
        return draw


def _draw(counts: Mapping[str, int]) -> Draw:
    return tuple(counts), tuple(accumulate(counts.values()))


@cache
def _frequencies() -> _Frequencies:
    return _Frequencies(Path(__file__).parent / "frequencies.json")


def _one(chance: random.Random, draw: Draw) -> str:
    return chance.choices(draw[0], cum_weights=draw[1])[0]


def sentence(chance: random.Random) -> str:
    """A line of talk."""
    frequencies = _frequencies()
    share, words, word = frequencies.share, [], "^"
    for _ in range(min(int(_one(chance, frequencies.lengths)), _LONGEST)):
        word = _one(chance, frequencies.after(word)) or _one(chance, frequencies.words)
        words.append(word)
    if chance.random() < share["url"]:
        words[-1] = f"https://example.org/{word}/{chance.randrange(10**6)}"
    if chance.random() < share["non-ascii"]:
        words[0] += "…"
    text = " ".join(words)
    if chance.random() < share["question"]:
        text += "?"
    if chance.random() < share["double-blank"]:
        text = text.replace(" ", "  ", 1)
    if chance.random() < share["control"]:
        text = f"\x02{text}"
    return f"{chance.choice(_NICKS)}: {text}" if chance.random() < share["addressed"] else text


def irssi_log(lines: int, seed: int) -> Iterator[str]:
    """A log of irssi. Incidents are in it, `_APART` lines from one to the next."""
    chance = random.Random(seed)
    now = datetime(2018, 1, 10)  # noqa: DTZ001 - a log's own time
    day = now.date()
    yield now.strftime("--- Log opened %a %b %d %H:%M:%S %Y")
    for n in range(lines - 1):
        now += timedelta(seconds=chance.randrange(20))
        nick, since = chance.choice(_NICKS), n % _APART
        if now.date() != day:
            day = now.date()
            yield now.strftime("--- Day changed %a %b %d %Y")
        elif since in _SAID:
            yield f"{now:%H:%M} <@dave0> {_SAID[since]}"
        elif 100 < since < _LASTS and n % 5 == 0:
            yield f"{now:%H:%M} < {nick}> TL: {sentence(chance)}"
        elif n % 20 == 7:
            yield f"{now:%H:%M} -!- {nick} [~{nick}@host.example.org] has joined #ops"
        elif n % 20 == 17:
            yield f"{now:%H:%M} -!- {nick} [~{nick}@host.example.org] has quit [Ping timeout]"
        else:
            yield f"{now:%H:%M} < {nick}> {sentence(chance)}"
