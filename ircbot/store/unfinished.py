"""A write to several incidents at once, until every one of them has it.

Moving an entry removes it from one incident and adds it to another; a crash between the two commits
must not leave half of that. So the whole write is first put into one file, atomically; if that is
still there, the next writer finishes what is missing.

Knows nothing of how an incident is written; `Store` does that.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence

from ircbot.errors import StoreError
from ircbot.incident.events import Entry
from ircbot.store.codec import decode, encode
from ircbot.store.disk import Disk, read_file, replace_file, shred_file, trying

log = logging.getLogger(__name__)

Part = tuple[int, Sequence[Entry]]
"""Entries of one incident, and how many it had before."""


class Unfinished:
    """The file of the write under way. Under the commit lock."""

    def __init__(self, disk: Disk, path: str) -> None:
        self._disk = disk
        self.path = path
        self.ours = False  # the file is our own write, which nobody else need finish

    def begin(self, parts: Iterable[Part]) -> None:
        """Write down what is to be written. After a StoreError none of it counts."""
        self.ours = True
        lines = [
            f'{{"after":{after},"entry":{encode(entry)}}}\n'
            for after, entries in parts
            for entry in entries
        ]
        with trying("write", self.path):
            replace_file(self._disk, self.path, "".join(lines).encode())

    def end(self) -> None:
        """Remove the file: the write is in every incident, or in none. If that fails it does no
        harm, and is tried again."""
        self.ours = True
        try:
            with trying("remove", self.path):
                shred_file(self._disk, self.path)
        except StoreError as error:
            log.warning("%s", error)
        else:
            self.ours = False

    def parts(self) -> tuple[Part, ...]:
        """What a process that died was writing; () if there is nothing. A file that cannot be read
        is removed: nothing in it was acknowledged."""
        with trying("read", self.path):
            if self._disk.look(self.path) is None:
                return ()
            content = read_file(self._disk, self.path) or b""
        found: dict[int, tuple[int, list[Entry]]] = {}
        try:
            for line in content.splitlines():
                document = json.loads(line)
                entry = decode(document["entry"], self.path)
                found.setdefault(entry.incident, (int(document["after"]), []))[1].append(entry)
        except (StoreError, ValueError, KeyError, TypeError):
            log.error("%s cannot be read, and is removed.", self.path)
            self.end()
            return ()
        return tuple(found.values())
