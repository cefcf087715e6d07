"""Compiled templates, kept for the next process: compiling them takes longer than all else of a
report.

Only a shortcut: what cannot be read is compiled anew, and what cannot be written is not. Compiled
code is code, so it is taken from a folder only if that is ours and nobody else may write to it.
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
    """The compiled templates in a folder, which is made when there is something to keep."""

    def __init__(self, folder: Path, made_by: str, kind: str) -> None:
        """`made_by` is the file of whoever says how templates are compiled; code of one `kind` of
        environment is not run in another: it may lack the calls that make a sandbox."""
        super().__init__(str(folder), "%s.template")
        self._folder = folder
        # Another version of either compiles another code of the same template.
        self._kind = kind
        self._versions = [os.stat(file).st_mtime_ns for file in (made_by, compiler.__file__)]

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """What tells a template from others, and from the same in another version."""
        return super().get_cache_key(f"{name} {self._kind} {self._versions}", filename)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket, if there is anything for it; Jinja compares it with the source."""
        try:
            if self._is_ours():
                super().load_bytecode(bucket)
        except Exception:  # absent, torn, of another Python: whatever unpickling may come upon
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled, if that can be done."""
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._is_ours():
                super().dump_bytecode(bucket)

    def _is_ours(self) -> bool:
        found = self._folder.stat()
        return found.st_uid == os.geteuid() and not found.st_mode & _OF_OTHERS
