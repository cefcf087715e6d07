"""Entries kept in TinyDB, one database per incident, a journal underneath each.

Nothing is acknowledged before it is on disk, and what it costs to get there does not grow.
Three layers, each of which knows only the one below:

    the database that people open with TinyDB
        store        the folder of databases as the rest of the program sees it: an engine
        ledger       one incident's entries, chained (hash_chain), as documents (codec)
        database     TinyDB over the journal
        unfinished   what is being written to several databases at once
        folder, locks, index, secret    which file is where, who may write, what stands beside
    the journal
        storage      a database's tables in memory, and how they get to its two files:
        journal      the file that commits are appended to
        snapshot     the TinyDB file that they are moved to
    the disk
        disk         what we ask of a file system, and the few ways we write files

Beside them: `maintenance` (check, back up, restore). On top of them, for several machines: `shared`
has a folder follow `postgresql`, and `migration` moves a store from one to the other.

The hard part is that nothing acknowledged is lost and nothing erased is left, whenever the process
dies and whatever the disk says. What always holds:

- A commit is one checksummed, numbered line of the journal; it counts when it is whole and synced.
- A file is replaced by a whole and synced new one, or stays as it is.
- A failed write is never taken for done, and what was half written is taken back.
- Entries are only ever added. An erasure is a commit too, after which the files are written anew,
  at the next start if need be; a tombstone keeps the place.
- Damage is named, with the file and the last good copy; nothing is repaired by guessing.
- One process is the bot; others write beside it, one at a time. Who is behind is told (Behind).

Ruled out: changing documents in place, one file for everything, TinyDB's own storage (each change
rewrites the file), repairing what is damaged by guessing.

The rest of the program asks for a `StoreEngine` (protocol.py) and opens one in repository.py.
"""

from ircbot.errors import Behind
from ircbot.store.protocol import StoreEngine
from ircbot.store.store import Store

__all__ = ["Behind", "Store", "StoreEngine"]
