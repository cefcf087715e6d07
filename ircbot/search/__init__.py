"""Search: find by its words what was said in any incident.

    passages   the parts of an incident that can be found
    query      what people type → an FTS5 query
    index      the index, one SQLite file with FTS5
    cache      the index of a store, kept up to date, and rebuilt when in doubt

The hard part is forgetting. An index is a copy of people's words, and copies outlive their
originals: words that are erased in the store must be gone from the index before anybody is told
that they are gone. Three rules ensure that:

- The index records the version of each incident that it was made from (StoreEngine.versions). Under
  the index's lock, an incident is written only if the store still has the version that was read. An
  erasure first changes the version and then cleans the index; whoever had read the words before, in
  this process or another, cannot put them back.
- If words of an incident were erased, or it is gone, its old rows are not only deleted: the index
  is merged into one segment, which has no deleted word, and SQLite overwrites the space it frees.
  The rollback journal is overwritten after each transaction.
- If anything is wrong with the file (another format, damage, a link in its place), it is
  overwritten, removed and rebuilt. It contains nothing that the store does not have.

The page keeps an index of the public edition beside this one (page/public_index.py), by the same
rules; an erasure removes every changed incident from it, and the page adds them again.

Ruled out: an index in memory (a million entries take 200 MB); updating it with every entry (that
would double the writes for one search a week; instead, a search first reads what changed); ranking
by relevance (people ask when something happened last, and the newest hits can be found without
looking at the others).
"""

from __future__ import annotations

import os

_PUBLIC = "public-"


def place(store: str) -> str:
    """The path of a store's search cache."""
    return os.path.join(store, "cache", "search.sqlite")


def public_place(store: str, name: str) -> str:
    """The path of an index of a store's incidents, made public in one way."""
    return os.path.join(store, "cache", f"{_PUBLIC}{name}.sqlite")


def of_public(store: str) -> tuple[str, ...]:
    """The paths of all such indexes."""
    try:
        names = os.listdir(os.path.join(store, "cache"))
    except OSError:
        return ()
    found = (name for name in names if name.startswith(_PUBLIC) and name.endswith(".sqlite"))
    return tuple(os.path.join(store, "cache", name) for name in sorted(found))
