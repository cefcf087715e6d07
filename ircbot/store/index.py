"""What `list` needs of each incident, so that it does not read ten thousand files.

A cache: each line says of which state of the incident's file it is true, and whoever reads it
looks whether the file still has that size and time. The last line of an incident counts. The one
thing that is here alone is the number of an incident whose file somebody removed.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable

from ircbot.store.disk import Disk, FileStat, add_lines, read_file, replace_file, trying
from ircbot.store.protocol import Listed
from ircbot.store.snapshot import dumps
from ircbot.values import dataclass


@dataclass(frozen=True, slots=True)
class Indexed:
    """What the index says of one incident, and the size and the time of the file it is true of."""

    listed: Listed
    size: int
    changed_ns: int

    def describes(self, file: FileStat | None) -> bool:
        """Whether the file is still as it was."""
        return file is not None and (file.size, file.changed_ns) == (self.size, self.changed_ns)

    def line(self) -> bytes:
        """The line of the index."""
        listed = self.listed
        line = {
            "id": listed.incident,
            "live": listed.live,
            "size": self.size,
            "changed_ns": self.changed_ns,
            "entries": listed.entries,
            "summary": listed.summary,
        }
        return dumps(line).encode() + b"\n"


class Index:
    """The index of a store. Missing or torn lines cost time, nothing else."""

    def __init__(self, disk: Disk, path: str) -> None:
        self._disk = disk
        self.path = path

    def read(self) -> dict[int, Indexed]:
        """What the index says."""
        with trying("read", self.path):
            content = read_file(self._disk, self.path) or b""
        found = {}
        for line in content.splitlines():
            with contextlib.suppress(ValueError, KeyError, TypeError):  # damaged: as if not there
                of = json.loads(line)
                listed = Listed(int(of["id"]), of["entries"], of["live"], of["summary"])
                found[listed.incident] = Indexed(listed, of["size"], of["changed_ns"])
        return found

    def add(self, new: Iterable[tuple[Listed, FileStat]]) -> None:
        """Add what is true now. Under the commit lock."""
        lines = [Indexed(listed, file.size, file.changed_ns).line() for listed, file in new]
        if lines:
            with trying("write", self.path):
                add_lines(self._disk, self.path, b"".join(lines))

    def forget(self, incident: int) -> None:
        """Leave nothing of what was said of an incident, not even on the device. Under the
        commit lock."""
        known = self.read()
        known.pop(incident, None)
        if incident:  # its number must not be used again; the state has none
            known[incident] = Indexed(Listed(incident, 0, live=True, summary={}), 0, 0)
        lines = b"".join(known[i].line() for i in sorted(known))
        with trying("write", self.path):
            replace_file(self._disk, self.path, lines, shred=True)
