"""Python in a process of its own, for work that must not hinder the bot's.

Both ends are the bot's own: what they pickle for each other, nobody else ever reads.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import ircbot

NICER = 10  # than the bot: an answer comes first


def command(module: str) -> list[str]:
    """What runs a module of ours; -P: not what lies in our folder."""
    return [sys.executable, "-P", "-m", module]


def environment() -> dict[str, str]:
    """In which it finds us, and whatever we find."""
    path = [str(Path(ircbot.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
