"""The store: every entry of every incident, in TinyDB files that are written through a journal.

Nothing is acknowledged before it is on disk, and the cost of an append does not grow with what is
stored. There are three layers, and each knows only the one below:

    the database that people open with TinyDB
        store        the engine: the folder of databases as the rest of the program sees it
        ledger       one incident's entries, chained (hash_chain), as documents (codec)
        database     TinyDB over the journal
        unfinished   a write to several databases that is under way
        folder, locks, index, secret    file names, writers' locks, and the files beside
    the journal
        storage      a database's tables in memory, and how they reach its two files:
        journal      the file that commits are appended to
        snapshot     the TinyDB file that they are moved to
    the disk
        disk         the file operations we need, and the few ways we write files

`maintenance` checks, backs up and restores a store. For several machines, `shared` keeps a folder
in step with `postgresql`, `migration` moves a store from one to the other, and `condition` says how
the database is.

The hard part: nothing acknowledged is lost and nothing erased remains, whenever the process dies
and whatever the disk does. The invariants:

- A commit is one numbered line of the journal with a checksum; it counts once it is whole and
  synced.
- A file is replaced by a complete, synced new one, or stays as it is.
- A failed write never counts as done, and what it wrote is taken back.
- Entries are only ever added. An erasure is a commit too, and rewrites the files afterwards, at the
  next start if necessary; a tombstone takes the place of the erased entry.
- Damage is reported with the file and the last good copy. Nothing is repaired by guessing.
- One process is the bot. Others may write beside it, one at a time; a writer that has not seen the
  latest entries gets `Behind`.

Ruled out: changing documents in place, one file for everything, TinyDB's own storage (which
rewrites the file for each change), repair by guessing.

The rest of the program uses the `StoreEngine` protocol (protocol.py); repository.py opens one.
"""

from ircbot.errors import Behind
from ircbot.store.protocol import StoreEngine
from ircbot.store.store import Store

__all__ = ["Behind", "Store", "StoreEngine"]
