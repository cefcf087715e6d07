"""Recognition: what a line costs before anybody knows whether it means something.

With the process that has the most phrases. Beside it one regular expression for the same line,
which is about the least that Python can do with it; and lines that were made to be expensive.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence

from benchmarks.talk import sentence
from ircbot.incident.grammar import grammar_of, restricted
from ircbot.incident.process import Process
from ircbot.incident.recognise import recognise
from ircbot.incident.relevance import LineWords
from ircbot.processes import load_process, shipped

LINES = 50_000
MEANT = (
    "TL: {}",
    "I am declaring an incident: {}",
    "I am the incident leader",
    "the comms channel is #mdndev",
    "!inc status",
    "this incident is resolved",
)
_LONG = 8_000  # characters
HOSTILE = {
    "a declaration, over and over": "I am declaring an incident " * 300,
    "one word of a phrase": "incident " * 900,
    "every word of the phrases": "outage il #x vidyo update ping report sev declaring " * 160,
    "quotation marks": '"' * (_LONG - 9) + " incident",
    "a word without end": "ping " + "a" * _LONG,
    "digits": "next update in " + "1" * _LONG,
    "colours": "\x03" + "4" * _LONG + " incident",
}
_ORDINARY = "there is an MDN outage, we are looking at the ELB and the update of it"
_BARE = re.compile(r"\b(?:tl:|incident|outage|update|report)", re.IGNORECASE)


def _seconds(hear: Callable[[str], object], texts: Sequence[str], turns: int = 5) -> float:
    """The least processor time for one of the lines."""
    best = float("inf")
    for _ in range(turns):
        began = time.process_time()
        for text in texts:
            hear(text)
        best = min(best, time.process_time() - began)
    return best / len(texts)


def most_phrases() -> Process:
    """The shipped process with the most phrases."""
    return max(map(load_process, shipped()), key=lambda process: len(process.phrases))


def run(quick: bool = False) -> str:
    """The tables."""
    process = most_phrases()
    chance = random.Random(1)
    talk = [sentence(chance) for _ in range(LINES // 10 if quick else LINES)]
    meant = [chance.choice(MEANT).format(sentence(chance)) for _ in range(len(talk) // 10)]

    def hear(text: str) -> object:
        return recognise(text, process)

    everywhere = restricted(grammar_of(process), lambda phrase: not phrase.situated)
    ask = LineWords([everywhere], ["!inc", "ilbot"]).matter

    means = sum(bool(hear(text)) for text in meant) / len(meant)
    rows = [
        f"{process.name}, {len(process.phrases)} phrases. Of the lines that are meant, "
        f"{means:.0%} were understood.",
        "",
        "| | lines/s | µs/line | against the regular expression |",
        "|---|--:|--:|--:|",
    ]
    bare = _seconds(_BARE.search, talk)
    for title, seconds in {
        "talk, a regular expression": bare,
        "talk, might it mean anything?": _seconds(ask, talk),
        "talk, recognised": _seconds(hear, talk),
        "lines that are meant, recognised": _seconds(hear, meant),
    }.items():
        rows.append(
            f"| {title} | {1 / seconds:,.0f} | {seconds * 1e6:.1f} | {seconds / bare:.1f} |"
        )
    ordinary = _seconds(hear, [_ORDINARY] * 100)
    rows += [
        "",
        f"Hostile lines of {_LONG / 1000:.0f} kB, against an ordinary one of {len(_ORDINARY)} "
        f"characters ({ordinary * 1e6:.0f} µs):",
        "",
        "| | µs | times an ordinary one |",
        "|---|--:|--:|",
    ]
    for title, text in HOSTILE.items():
        seconds = _seconds(hear, [text[:_LONG]] * 10)
        rows.append(f"| {title} | {seconds * 1e6:,.0f} | {seconds / ordinary:.0f} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(run())
