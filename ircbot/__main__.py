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
        # Here rather than at exit, where Python could only complain of a closed pipe.
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone (`ircbot list | head`): there is nobody to say anything to. Python
        # flushes once more at exit, and must find something that takes it. Standard error may well
        # be the same pipe (`2>&1`), and so is that of whatever process of ours still ends.
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
        # A bare checkout, most likely.
        print(
            f"ircbot: the Python package {error.name} is missing; `pip install .` where ircbot's "
            "setup.cfg is installs all that it needs.",
            file=sys.stderr,
        )
        return 1
    return status


def _answer(arguments: list[str]) -> int:
    if "_IRCBOT_COMPLETE" in os.environ:  # a shell asks how a line may go on
        from ircbot.cli.completion import answer

        return answer(os.environ["_IRCBOT_COMPLETE"])
    match arguments:
        case ["--version"]:
            print(version_line())
        case [] | ["--help"] | ["-h"] | ["help"]:
            print(root_help())
        case _:
            # The garbage collector looks for cycles, of which neither loading modules nor hearing
            # lines makes any, after every 700 objects that are kept: an eighth of a command's time
            # even at 20,000.
            gc.set_threshold(100_000, 20, 20)
            if arguments[0] == "run":
                import signal

                gc.set_threshold(20_000, 20, 20)  # to look at more at once would be felt
                signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # told so before it has begun
            from ircbot.cli.root import run  # click is slow to import

            return run(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
