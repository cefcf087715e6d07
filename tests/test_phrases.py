"""Every line of tests/phrases means what the table says, and nothing else.

A table is a text file: a section names the meanings of the lines below it, `→` adds fields that
must be so. `% process = grafana` names the process from there on. In a table ^B, ^C and the like
stand for mIRC's control characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from ircbot.incident.meanings import ExplainedMeaning, meaning_of
from ircbot.incident.process import Process
from ircbot.incident.recognise import recognise
from ircbot.processes import load_process

TABLES = Path(__file__).parent / "phrases"


@dataclass(frozen=True)
class Row:
    """A line of a table: what is said, and what it must mean."""

    place: str
    process: str
    kinds: tuple[str, ...]
    text: str
    fields: tuple[tuple[str, str], ...]


def rows() -> Iterator[Row]:
    for path in sorted(TABLES.glob("*.txt")):
        process, kinds = "mozmeao", ()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip() or line.startswith("; "):
                continue
            if line.startswith("% process = "):
                process = line.removeprefix("% process = ")
            elif line.startswith("[") and line.endswith("]"):
                kinds = tuple(line[1:-1].split())
            else:
                text, _, fields = line.partition(" → ")
                pairs = [pair.split(": ", 1) for pair in fields.split("; ") if pair]
                place = f"{path.name}:{number}"
                yield Row(
                    place,
                    process,
                    kinds,
                    _raw(text),
                    tuple((name, _raw(value)) for name, value in pairs),
                )


def _raw(text: str) -> str:
    return re.sub(r"\^([A-Z_\]])", lambda match: chr(ord(match[1]) - 64), text)


@cache
def process_named(name: str) -> Process:
    return load_process(name)


def understood(row: Row) -> list[ExplainedMeaning]:
    action = row.text.startswith("/me ")
    text = row.text.removeprefix("/me ") if action else row.text
    found = recognise(text, process_named(row.process), action=action, speaker="metadave")
    return [meaning_of(saying) for saying in found]


@pytest.mark.parametrize("row", list(rows()), ids=lambda row: row.place)
def test_a_line_means_what_its_table_says(row: Row) -> None:
    meanings = understood(row)

    kinds = sorted(str(meaning["kind"]) for meaning in meanings)
    assert kinds == sorted(row.kinds), row.text
    told = {name: _shown(value) for meaning in meanings for name, value in meaning.items()}
    for name, value in row.fields:
        assert told.get(name) == value, row.text


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, list) else str(value)
