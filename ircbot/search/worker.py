"""The search cache brought up to date in a process of its own, when there is much to read.

    python -m ircbot.search.worker    a pickled path comes in

In a thread it would hold the interpreter's lock whenever an answer wants it.
"""

from __future__ import annotations

import sys

from ircbot.apart import answer
from ircbot.repository import open_store
from ircbot.search.cache import SearchCache


def update(path: str) -> None:
    """Do it for a store."""
    SearchCache(path).update(open_store(path))


if __name__ == "__main__":
    sys.exit(answer(update))
