"""What is being written to several incidents at once, until it is in each of them.

An entry that was moved is taken from one incident and stands in another: whoever dies between the
two commits must not leave half of it. So all of it is put into one file first, by one step that is
done or not; whoever writes to the store next finishes what is not in its incident yet.

Must not know how an incident is written to; `Store` does that.
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
    """The file of what is being written. Under the commit lock."""

    def __init__(self, disk: Disk, path: str) -> None:
        self._disk = disk
        self.path = path
        self.ours = False  # what may stand there is what we write: nobody else need finish it

    def begin(self, parts: Iterable[Part]) -> None:
        """Put down what is to be written. StoreError if that failed; then nothing of it counts."""
        self.ours = True
        lines = [
            f'{{"after":{after},"entry":{encode(entry)}}}\n'
            for after, entries in parts
            for entry in entries
        ]
        with trying("write", self.path):
            replace_file(self._disk, self.path, "".join(lines).encode())

    def end(self) -> None:
        """It is everywhere, or nowhere. What cannot be removed does no harm, and is tried again."""
        self.ours = True
        try:
            with trying("remove", self.path):
                shred_file(self._disk, self.path)
        except StoreError as error:
            log.warning("%s", error)
        else:
            self.ours = False

    def parts(self) -> tuple[Part, ...]:
        """What somebody who died was writing, () if nobody did. What cannot be read is removed: it
        was promised to nobody."""
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
