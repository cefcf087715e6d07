"""What `list` shows of each incident, so that it need not read ten thousand files.

It is a cache. Each line records the size and time of the incident's file that it describes; readers
compare them with the file. The last line of an incident counts. Only one thing is stored nowhere
else: the number of an incident whose file somebody removed.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable

from ircbot.store.disk import Disk, FileStat, add_lines, read_file, replace_file, trying
from ircbot.store.protocol import ListedIncident
from ircbot.store.snapshot import dumps
from ircbot.values import dataclass


@dataclass(frozen=True, slots=True)
class Indexed:
    """An incident's line of the index, with the size and time of the file that it describes."""

    listed: ListedIncident
    size: int
    changed_ns: int

    def describes(self, file: FileStat | None) -> bool:
        """Whether the file is unchanged."""
        return file is not None and (file.size, file.changed_ns) == (self.size, self.changed_ns)

    def line(self) -> bytes:
        """The line as it is written."""
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


class StoreIndex:
    """The index of a store. Missing or torn lines only cost time."""

    def __init__(self, disk: Disk, path: str) -> None:
        self._disk = disk
        self.path = path

    def read(self) -> dict[int, Indexed]:
        """Read the index."""
        with trying("read", self.path):
            content = read_file(self._disk, self.path) or b""
        found = {}
        for line in content.splitlines():
            with contextlib.suppress(ValueError, KeyError, TypeError):  # damaged: as if missing
                of = json.loads(line)
                listed = ListedIncident(int(of["id"]), of["entries"], of["live"], of["summary"])
                found[listed.incident] = Indexed(listed, of["size"], of["changed_ns"])
        return found

    def add(self, new: Iterable[tuple[ListedIncident, FileStat]]) -> None:
        """Add lines. Under the commit lock."""
        lines = [Indexed(listed, file.size, file.changed_ns).line() for listed, file in new]
        if lines:
            with trying("write", self.path):
                add_lines(self._disk, self.path, b"".join(lines))

    def forget(self, incident: int) -> None:
        """Remove every trace of an incident, also from the device. Under the commit lock."""
        known = self.read()
        known.pop(incident, None)
        if incident:  # an incident's number must not be used again; the state has none
            known[incident] = Indexed(ListedIncident(incident, 0, live=True, summary={}), 0, 0)
        lines = b"".join(known[i].line() for i in sorted(known))
        with trying("write", self.path):
            replace_file(self._disk, self.path, lines, shred=True)
