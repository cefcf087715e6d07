"""The expected report beside a story: the sections that the story is about, as plain text.

A file names its sections by holding them: to hold a further one, write its heading, underlined,
anywhere in the file, and run `make goldens`. A file that does not exist yet gets the timeline.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_SECTION = re.compile(r"(?:\A|(?<=\n\n))(\S[^\n]*)\n(-+)\n", re.MULTILINE)
_ALWAYS = "Timeline"


def shown(reports: Sequence[str], kept: str, *, whole: bool = False) -> str:
    """What the file beside a story is to hold, which now holds `kept`."""
    if whole:
        return "\n\n".join(reports)
    wanted = [heading for heading, _ in sections(kept)] or [_ALWAYS]
    return "\n\n".join(_of_one(report, wanted) for report in reports)


def _of_one(report: str, wanted: Sequence[str]) -> str:
    title = report.partition("\n\n")[0]
    held = [text for heading, text in sections(report) if heading in wanted]
    return "\n\n".join([title, *held]) + "\n"


def sections(text: str) -> list[tuple[str, str]]:
    """The sections of a plain text report, or of a part of one: headings, and the whole text."""
    found = [m for m in _SECTION.finditer(text) if len(m[1]) == len(m[2])]
    ends = [*(match.start() for match in found[1:]), len(text)]
    return [
        (m[1], _before_title(text[m.start() : end])) for m, end in zip(found, ends, strict=False)
    ]


def _before_title(section: str) -> str:
    """A section without the title of the next report."""
    return re.split(r"\n\n[^\n]+\n=+\n", section)[0].strip("\n")
