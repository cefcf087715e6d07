"""The search cache brought up to date in a process of its own, when there is much to read.

    python -m ircbot.search.worker    a pickled path comes in

In a thread it would hold the interpreter's lock whenever an answer wants it.
"""

from __future__ import annotations

import os
import pickle
import sys

from ircbot.apart import NICER
from ircbot.errors import IrcbotError
from ircbot.repository import open_store
from ircbot.search.cache import SearchCache


def main() -> int:
    """Do it for a store."""
    os.nice(NICER)
    store: str = pickle.load(sys.stdin.buffer)
    try:
        SearchCache(store).update(open_store(store))
    except IrcbotError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
