"""A cache of compiled templates: compiling takes longer than all the rest of a report.

What cannot be read is compiled again, and what cannot be written is not cached. The cache contains
code, so it is read only from a folder that we own and nobody else may write to.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from jinja2 import FileSystemBytecodeCache, compiler
from jinja2.bccache import Bucket

_OF_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class Compiled(FileSystemBytecodeCache):
    """A bytecode cache in a folder, which is created when there is something to write."""

    def __init__(self, folder: Path, made_by: str, kind: str) -> None:
        """`made_by` is the source file that decides how templates are compiled. Code of one `kind`
        of environment is not run in another: it may lack the calls that enforce a sandbox."""
        super().__init__(str(folder), "%s.template")
        self._folder = folder
        # Other versions of these compile a template to different code.
        self._kind = kind
        self._versions = [os.stat(file).st_mtime_ns for file in (made_by, compiler.__file__)]

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Identifies a template in this version of ircbot."""
        return super().get_cache_key(f"{name} {self._kind} {self._versions}", filename)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load a bucket, if cached; Jinja compares its source checksum."""
        try:
            if self._is_ours():
                super().load_bytecode(bucket)
        except Exception:  # missing, truncated, from another Python: unpickling may raise anything
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a bucket, if possible."""
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._is_ours():
                super().dump_bytecode(bucket)

    def _is_ours(self) -> bool:
        found = self._folder.stat()
        return found.st_uid == os.geteuid() and not found.st_mode & _OF_OTHERS
