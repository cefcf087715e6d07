"""Appendix: every figure with the times it was computed from."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.report import blocks
from ircbot.report.blocks import Block
from ircbot.report.section import Section, Subject


def _blocks(subject: Subject) -> Iterator[Block]:
    yield blocks.figures(subject.figures)


SECTION = Section("appendix", "Appendix: how each figure is computed", _blocks)
