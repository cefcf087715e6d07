"""Updates the index of the public edition in a process of its own: with years of incidents that
takes minutes, and a thread would hold the interpreter's lock.

    python -m ircbot.page.worker    reads a pickled PublicEditor
"""

from __future__ import annotations

import sys

from ircbot.apart import answer
from ircbot.page.public_index import fill_all

if __name__ == "__main__":
    sys.exit(answer(fill_all))
