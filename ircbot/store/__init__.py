"""Entries kept in TinyDB, one database per incident, a journal underneath each.

Nothing is acknowledged before it is on disk, and what it costs to get there does not grow.
Only this package imports tinydb; everyone else needs `Store` alone.

    disk       what we ask of a file system, and the few ways we write files
    journal    the file that commits are appended to
    snapshot   the TinyDB file itself
    database   TinyDB over both
    folder     which file is where, and who may write
    codec      entries as documents
    store      the folder of databases as the rest of the program sees it
"""

from ircbot.errors import Behind
from ircbot.store.store import Store

__all__ = ["Behind", "Store"]
