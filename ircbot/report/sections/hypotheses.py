"""Hypotheses: suspected causes, and the outcome of each."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.incident.view import one_line
from ircbot.report.blocks import Block, numbered
from ircbot.report.parts import said
from ircbot.report.section import Section, Subject

_OUTCOMES = {True: "proved", False: "disproved", None: "not tested"}


def _blocks(subject: Subject) -> Iterator[Block]:
    if guesses := subject.incident.hypotheses:
        yield numbered(
            (*said(one_line(guess.text)), f" ({_OUTCOMES[guess.proved]})") for guess in guesses
        )


SECTION = Section("hypotheses", "Hypotheses", _blocks)
