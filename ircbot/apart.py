"""Python in a process of its own, for work that must not hinder the bot's.

Both ends are the bot's own: what they pickle for each other, nobody else ever reads.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import ircbot

NICER = 10  # than the bot: an answer comes first


Begun = Callable[[subprocess.Popen[bytes] | None], None]


class Answer(NamedTuple):
    """What a process printed, what it said beside (stripped), and the status it ended with."""

    output: bytes
    said: str
    status: int


def ask(
    module: str,
    question: object,
    *,
    patience: float | None = None,
    begun: Begun = lambda process: None,
) -> Answer:
    """What a module of ours answers, run by itself, that unpickles the question from its input.

    `patience` is in seconds; then it is killed, and this raises subprocess.TimeoutExpired. `begun`
    is told of the process, and with None that it is over. OSError if none can be started.
    """
    with subprocess.Popen(
        [sys.executable, "-P", "-m", module],  # -P: not what lies in our folder
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
        start_new_session=True,  # Ctrl-C is for the bot
    ) as process:
        begun(process)
        try:
            output, said = process.communicate(pickle.dumps(question), timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        finally:
            begun(None)
    return Answer(output, said.decode("utf-8", "replace").strip(), process.returncode)


def _environment() -> dict[str, str]:
    """In which it finds us, and whatever we find."""
    path = [str(Path(ircbot.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
