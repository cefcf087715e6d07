"""Search: what was said in any incident, found by its words in a moment.

    passages   what of an incident can be found
    query      what people type → what SQLite is asked
    index      the index, one SQLite file with FTS5: put incidents in, ask it
    cache      the index of a store: kept up to date with it, made anew when in doubt

The hard part is what an index must not know. It is a copy of people's words, and a copy outlives
what it was made of: so words that are erased in the store must be gone from it before anybody is
told that they are gone. Three rules see to that:

- Every incident in the index has the version of what it was made of (StoreEngine.versions). Under
  the index's lock, an incident is written only if the store still has the version that was read.
  An erasure changes the version first and cleans the index then; so whoever had read the words
  before, in this process or another, cannot put them back.
- Where an incident was erased from, or is gone, its old rows are not only deleted: the index is
  merged into one segment, in which no deleted word is left, and SQLite overwrites what it frees.
  Its rollback journal is overwritten after each transaction.
- Whatever is wrong with the file (another format, damage, a link in its place), it is overwritten,
  removed and made anew. Nothing is in it that the store has not.

The page keeps an index of the public edition beside this one (page/publicly.py), by the same rules;
an erasure takes out of it whatever has changed, and the page puts it in again.

Ruled out: an index in memory (a million entries take 200 MB), one that is kept up to date at every
entry (it would write twice what the journal writes, for one search a week: what is stale is read
when somebody asks), ranking by relevance (who asks wants to know when it was last, and the newest
hundred thousandth of all that is found comes at once).
"""

from __future__ import annotations

import os

_PUBLIC = "public-"


def place(store: str) -> str:
    """Where the search cache of the store in a folder is."""
    return os.path.join(store, "cache", "search.sqlite")


def public_place(store: str, name: str) -> str:
    """Where an index is of the incidents of a store as they are made public in one way."""
    return os.path.join(store, "cache", f"{_PUBLIC}{name}.sqlite")


def of_public(store: str) -> tuple[str, ...]:
    """The files of all such indexes."""
    try:
        names = os.listdir(os.path.join(store, "cache"))
    except OSError:
        return ()
    found = (name for name in names if name.startswith(_PUBLIC) and name.endswith(".sqlite"))
    return tuple(os.path.join(store, "cache", name) for name in sorted(found))
