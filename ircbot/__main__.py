"""Where `ircbot` and `python -m ircbot` begin.

Must stay quick: what the two commonest questions, --version and --help, need is imported here and
nothing else; click alone would cost three times what Python itself does.
"""

from __future__ import annotations

import sys

from ircbot.cli import root_help, version_line


def main() -> int:
    """Run the command line; returns the exit status."""
    match sys.argv[1:]:
        case ["--version"]:
            print(version_line())
        case [] | ["--help"] | ["-h"]:
            print(root_help())
        case arguments:
            from ircbot.cli.root import run  # click is slow to import

            return run(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
