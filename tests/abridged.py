"""The list of all commands, in expectations: a transcript has EVERY where the bot names them all.

So a new command changes no transcript.
"""

from __future__ import annotations

from ircbot.incident.rules.commands import COMMANDS

EVERY = "(every command)"
_NAMES = " ".join(command.name for command in COMMANDS)


def spelled_out(text: str) -> str:
    """A transcript as the bot says it."""
    return text.replace(EVERY, _NAMES)


def abridged(text: str) -> str:
    """A transcript as it is kept."""
    return text.replace(_NAMES, EVERY)
