"""What `list` needs of each incident, so that it does not read ten thousand files.

A cache: each line says of which state of the incident's file it is true, and whoever reads it
looks whether the file still has that size and time. The last line of an incident counts. The one
thing that is here alone is the number of an incident whose file somebody removed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ircbot.store.disk import (
    Disk,
    FileStat,
    opened,
    own_file,
    read_file,
    replace_file,
    trying,
    write_all,
)
from ircbot.store.snapshot import dumps

# Not "^": a fixed beginning is what the regular expression engine is quick to find.
_HEAD = re.compile(rb'\n\{"id":(\d+),"live":(true|false),')
_LINE = re.compile(rb'^\{"id":(\d+),"live":(true|false),.*\}$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Indexed:
    """What the index says of one incident. `live` is false once nothing more is expected."""

    incident: int
    live: bool
    size: int
    changed_ns: int
    entries: int
    summary: Mapping[str, Any]

    def describes(self, file: FileStat | None) -> bool:
        """Whether the file is still as it was."""
        return file is not None and (file.size, file.changed_ns) == (self.size, self.changed_ns)

    def line(self) -> bytes:
        """The line of the index."""
        return b'{"id":%d,"live":%b,%b\n' % (
            self.incident,
            b"true" if self.live else b"false",
            dumps(
                {
                    "size": self.size,
                    "changed_ns": self.changed_ns,
                    "entries": self.entries,
                    "summary": self.summary,
                }
            )[1:].encode(),
        )


class Index:
    """The index of a store. Missing or torn lines cost time, nothing else."""

    def __init__(self, disk: Disk, path: str) -> None:
        self._disk = disk
        self.path = path

    def live(self) -> dict[int, bool]:
        """The incidents that the index knows, and whether they are live."""
        return {
            int(number): live == b"true" for number, live in _HEAD.findall(b"\n" + self._content())
        }

    def read(self) -> dict[int, Indexed]:
        """What the index says."""
        lines = {int(m[1]): m[0] for m in _LINE.finditer(self._content())}
        found = {}
        for incident, line in lines.items():
            try:
                found[incident] = _parsed(line)
            except (ValueError, KeyError, TypeError):
                continue  # damaged: as if it were not there
        return found

    def add(self, new: Iterable[Indexed]) -> None:
        """Add what is true now. Under the commit lock."""
        content = b"".join(indexed.line() for indexed in new)
        if not content:
            return
        own_file(self._disk, self.path)
        with opened(self._disk, self.path, create=True) as handle:
            size = self._disk.size(handle)
            torn = size and self._disk.read(handle, 1, size - 1) != b"\n"
            write_all(self._disk, handle, b"\n" + content if torn else content, size)

    def forget(self, incident: int) -> None:
        """Leave nothing of what was said of an incident, not even on the device. Under the
        commit lock."""
        known = self.read()
        known.pop(incident, None)
        if incident:  # its number must not be used again; the state has none
            known[incident] = Indexed(incident, True, 0, 0, 0, {})
        lines = b"".join(known[i].line() for i in sorted(known))
        with trying("write", self.path):
            replace_file(self._disk, self.path, lines, shred=True)

    def _content(self) -> bytes:
        with trying("read", self.path):
            return read_file(self._disk, self.path) or b""


def _parsed(line: bytes) -> Indexed:
    value = json.loads(line)
    return Indexed(
        value["id"],
        value["live"],
        value["size"],
        value["changed_ns"],
        value["entries"],
        value["summary"],
    )
