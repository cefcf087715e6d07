"""What people read in English under a process in another language.

Our texts are in texts.toml, the replies in incident/words.py; commands' usage and help, and the
names of acts, in their tables. Knows no language.
"""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from pathlib import Path

from ircbot.errors import ProcessError
from ircbot.incident.acts import ACTS
from ircbot.incident.language import Language
from ircbot.incident.process import Meeting, Process, ReportDuty
from ircbot.incident.rules.commands import COMMANDS
from ircbot.incident.texts import found, places_in
from ircbot.incident.words import WORDS
from ircbot.processes import english_language
from ircbot.toml import read_toml

_LISTS = tuple(one.name for one in fields(Language) if one.name != "times")
_FILE = Path(__file__).with_name("texts.toml")


@lru_cache(maxsize=1)
def english() -> tuple[str, ...]:
    """Every text of ours that [texts] can replace, each once."""
    listed = read_toml(_FILE, ProcessError).values
    acts = (act.deed for act in ACTS)
    helps = (command.help for command in COMMANDS)
    typed = (place for command in COMMANDS for place in places_in(command.usage))
    return tuple(dict.fromkeys((*listed["chat"], *acts, *helps, *typed, *listed["report"])))


def is_foreign(process: Process) -> bool:
    """Whether a process is in another language: one of its word lists lacks English words."""
    ours, own = english_language(), process.language
    return any(not set(getattr(ours, name)) <= set(getattr(own, name)) for name in _LISTS)


def words_left(process: Process) -> tuple[str, ...]:
    """The lists of [words] that are English."""
    ours, own = english_language(), process.language
    return tuple(name for name in _LISTS if getattr(ours, name) == getattr(own, name))


def replies_left(process: Process) -> tuple[str, ...]:
    """The keys of the replies that are English."""
    return tuple(key for key in WORDS if key not in process.replies)


def texts_left(process: Process) -> tuple[str, ...]:
    """The English texts, without those that the process replaced itself."""
    unused = set()
    if process.report.words != ReportDuty().words:
        unused.add(ReportDuty().words)
    if process.meeting_words != Meeting().words:
        unused.add(Meeting().words)
    return tuple(t for t in english() if t not in unused and found(process, t) is None)
