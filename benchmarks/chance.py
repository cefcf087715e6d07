"""Chance: how often ordinary talk means something, by whoever may mean most.

Lines of made-up talk (talk.py), as the leader of an open incident says them who was just asked
something: every situation holds. Each second line has words of the process's phrases in it, where
the talk had others. Nothing that is told here was meant; what counts is what the bot would *do*.

    python -m benchmarks.chance [LINES]
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Sequence

from benchmarks.talk import sentence
from ircbot.incident.meanings import BY_SAYING
from ircbot.incident.process import Process
from ircbot.incident.recognise import recognise
from ircbot.incident.situation import everywhere
from ircbot.processes import load_process

LINES = 2_000_000
# What makes or ends an incident, or says who leads it, without asking.
GRAVE = ("declare", "lead", "handoff", "resolve", "timeline")
_SHOWN = 3  # lines of each meaning


def vocabulary(process: Process) -> Sequence[str]:
    """The words of a process's phrases, each as often as they have it."""
    sources = " ".join(source for phrase in process.phrases for source in phrase.patterns)
    return re.findall(r"(?<![<\w])[a-z']{2,}(?![\w>])", sources)


def near(chance: random.Random, words: Sequence[str]) -> str:
    """A line of talk in which two words or three are such as stand in phrases."""
    said = sentence(chance).split(" ")
    for _ in range(chance.randrange(2, 4)):
        said[chance.randrange(len(said))] = chance.choice(words)
    return " ".join(said)


def met(lines: int, seed: int = 1) -> tuple[dict[str, Counter[str]], dict[str, list[str]]]:
    """How many of the lines of each kind meant what, and some of those that did."""
    process = load_process("mozmeao")
    chance, words = random.Random(seed), vocabulary(process)
    counted: dict[str, Counter[str]] = {"talk": Counter(), "near": Counter()}
    shown: dict[str, list[str]] = {}
    for n in range(lines):
        kind, text = ("near", near(chance, words)) if n % 2 else ("talk", sentence(chance))
        for saying in recognise(text, process, holds=everywhere):
            name = BY_SAYING[type(saying)].name
            counted[kind][name] += 1
            said = shown.setdefault(name, [])
            if len(said) < _SHOWN:
                said.append(text)
    return counted, shown


def run(quick: bool = False, lines: int = LINES) -> str:
    """The table."""
    lines = lines // 100 if quick else lines
    counted, shown = met(lines)
    rows = [
        f"{lines // 2:,} lines of ordinary talk and as many with words of phrases in them, all "
        "said by whoever leads and was just asked something.",
        "",
        "| meaning | in talk | with words of phrases | such as |",
        "|---|--:|--:|---|",
    ]
    for name in sorted({*GRAVE, *counted["talk"], *counted["near"]}):
        such = shown.get(name, ["–"])[0].replace("|", "/")
        rows.append(f"| {name} | {counted['talk'][name]} | {counted['near'][name]} | {such} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(run(lines=int(sys.argv[1]) if len(sys.argv) > 1 else LINES))
