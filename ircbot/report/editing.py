"""The report's prose as one text for an editor, and back: each writable section under its heading.

Knows no file and no store.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ircbot.incident.process import Process
from ircbot.incident.prose import SECTIONS
from ircbot.report.sections import sections_of
from ircbot.report.sections.questions import question_keys

_NOTE = (
    "The prose of the report: Markdown, of which paragraphs and lists mean something.\n"
    "What stands under a heading goes into that section. Remarks like this one are not kept;\n"
    "leave the headings as they are."
)
_HEADING = re.compile(r"## .*\{#([\w-]+)\}\s*")
_LIKE_HEADING = re.compile(r"^(?=\\*## .*\{#[\w-]+\}\s*$)", re.MULTILINE)


def writable(process: Process, prose: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The sections that people write: key → heading and hint."""
    found = {s.prose: (s.title, s.hint) for s in sections_of(process) if s.hint}
    found |= {key: (question, "the answer") for key, question in question_keys(process).items()}
    return found | {k: (SECTIONS.get(k, k).capitalize(), "") for k in prose if k not in found}


def anchors(process: Process, prose: Mapping[str, str]) -> dict[str, str]:
    """The same sections by the anchor of their heading on a page: anchor → key."""
    own = {section.prose: section.key for section in sections_of(process)}
    return {own.get(key, key): key for key in writable(process, prose)}


def as_text(process: Process, prose: Mapping[str, str]) -> str:
    """The text to edit."""
    parts = [_remark(_NOTE)]
    for key, (title, hint) in writable(process, prose).items():
        parts.append(f"## {title} {{#{key}}}")
        if hint:
            parts.append(_remark(hint))
        if key in prose:
            parts.append(_LIKE_HEADING.sub(r"\\", prose[key]))
    return "\n\n".join(parts) + "\n"


def _remark(text: str) -> str:
    return f"<!-- {text} -->"


def sections_in(text: str, process: Process) -> dict[str, str]:
    """Parse an edited text: what is under each heading, "" for nothing.

    Text before the first heading is under "". Our own comments are removed, people's stay.
    """
    text = text.replace("\r\n", "\n")
    for hint in (_NOTE, *(hint for _, hint in writable(process, {}).values())):
        text = text.replace(f"{_remark(hint)}\n", "")
    found: dict[str, list[str]] = {"": []}
    key = ""
    for line in text.split("\n"):
        if heading := _HEADING.fullmatch(line):
            key = heading[1]
            found.setdefault(key, [])
        else:
            quoted = line.startswith("\\") and _HEADING.fullmatch(line.lstrip("\\"))
            found[key].append((line[1:] if quoted else line).rstrip())
    return {key: "\n".join(lines).strip("\n") for key, lines in found.items()}
