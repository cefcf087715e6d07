"""The index of the public edition brought up to date, in a process of its own: it takes minutes
when there are years to read, and in a thread it would hold the interpreter's lock.

    python -m ircbot.page.worker    a pickled Publisher comes in
"""

from __future__ import annotations

import os
import pickle
import sys

from ircbot.apart import NICER
from ircbot.errors import IrcbotError
from ircbot.page.publicly import Publisher, fill_all


def main() -> int:
    """Do it for a store."""
    os.nice(NICER)
    publisher: Publisher = pickle.load(sys.stdin.buffer)
    try:
        fill_all(publisher)
    except IrcbotError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
