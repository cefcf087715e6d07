"""Update the search cache in a process of its own, when there is much to read.

    python -m ircbot.search.worker    reads a pickled path

In a thread it would hold the interpreter's lock when an answer needs it.
"""

from __future__ import annotations

import sys

from ircbot.apart import answer
from ircbot.repository import open_store
from ircbot.search.cache import SearchCache


def update(path: str) -> None:
    """Update the search cache of a store."""
    SearchCache(path).update(open_store(path))


if __name__ == "__main__":
    sys.exit(answer(update))
