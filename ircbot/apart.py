"""Runs Python work in a separate process, so that it cannot hold up the bot: `ask` is what the bot
calls, `answer` what such a process does.

Both ends are ours: nobody else reads the pickles that they exchange.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import ircbot
from ircbot.errors import IrcbotError

NICER = 10  # relative to the bot: acknowledgements come first


Begun = Callable[[subprocess.Popen[bytes] | None], None]


class ChildOutput(NamedTuple):
    """A process's standard output, its standard error (stripped) and its exit status."""

    output: bytes
    said: str
    status: int


def ask(
    module: str,
    question: object,
    *,
    patience: float | None = None,
    begun: Begun = lambda process: None,
) -> ChildOutput:
    """Run one of our modules as a process, and return its answer.

    The module unpickles the question from its standard input. After `patience` seconds it is
    killed, and subprocess.TimeoutExpired is raised. `begun` is called with the process once it
    runs, and with None once it has ended. Raises OSError if no process can be started.
    """
    with subprocess.Popen(
        [sys.executable, "-P", "-m", module],  # -P: ignore modules in the current folder
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
    return ChildOutput(output, said.decode("utf-8", "replace").strip(), process.returncode)


def answer(work: Callable[[Any], object]) -> int:
    """Unpickle a question, lower our priority, and write the pickled result of `work` to standard
    output. Returns the exit status: 1 if it raised an IrcbotError, which is printed on standard
    error."""
    os.nice(NICER)
    question = pickle.load(sys.stdin.buffer)
    try:
        result = work(question)
    except IrcbotError as error:
        print(error, file=sys.stderr)
        return 1
    sys.stdout.buffer.write(pickle.dumps(result))
    return 0


def _environment() -> dict[str, str]:
    """The environment of the process: it must find this package, and everything this
    process finds.
    """
    path = [str(Path(ircbot.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
