"""The index of the public edition brought up to date, in a process of its own: it takes minutes
when there are years to read, and in a thread it would hold the interpreter's lock.

    python -m ircbot.page.worker    a pickled Publisher comes in
"""

from __future__ import annotations

import sys

from ircbot.apart import answer
from ircbot.page.publicly import fill_all

if __name__ == "__main__":
    sys.exit(answer(fill_all))
