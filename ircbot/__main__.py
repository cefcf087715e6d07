"""The entry point of `ircbot` and `python -m ircbot`.

Must stay quick. It imports only what --version and --help need: importing click alone takes three
times as long as starting Python.
"""

from __future__ import annotations

import gc
import os
import sys

from ircbot.cli import INTERRUPTED, UNREAD, root_help, version_line


def main() -> int:
    """Run the command line; returns the exit status."""
    try:
        status = _answer(sys.argv[1:])
        # Here rather than at exit, where Python could only complain about a closed pipe.
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader is gone (`ircbot list | head`), so there is nobody to tell. Python flushes
        # again at exit, and must find something that accepts it. Standard error may be the same
        # pipe (`2>&1`), and so may that of our child processes.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
        return UNREAD
    except KeyboardInterrupt:
        print("ircbot: interrupted.", file=sys.stderr)
        return INTERRUPTED
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "ircbot":
            raise
        # Probably a checkout that is not installed.
        print(
            f"ircbot: the Python package {error.name} is missing; `pip install .` where ircbot's "
            "setup.cfg is installs all that it needs.",
            file=sys.stderr,
        )
        return 1
    return status


def _answer(arguments: list[str]) -> int:
    if "_IRCBOT_COMPLETE" in os.environ:  # a shell wants to complete a line
        from ircbot.cli.completion import answer

        return answer(os.environ["_IRCBOT_COMPLETE"])
    match arguments:
        case ["--version"]:
            print(version_line())
        case [] | ["--help"] | ["-h"] | ["help"]:
            print(root_help())
        case _:
            # By default, the garbage collector looks for cycles after every 700 new objects.
            # Neither loading modules nor hearing lines creates any, and this costs an eighth of a
            # command's time even at 20,000.
            gc.set_threshold(100_000, 20, 20)
            if arguments[0] == "run":
                import signal

                gc.set_threshold(20_000, 20, 20)  # a longer collection would be noticeable
                signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # terminated before it began
            from ircbot.cli.root import run  # click is slow to import

            return run(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
