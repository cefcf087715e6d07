"""The bot with something added to it, as somebody would who follows CONTRIBUTING's table."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import ircbot
from ircbot.report.render import shipped_templates

# A file, from ircbot/incident, a text that stands in it once, and what is added before that.
Added = tuple[str, str, str]


class Copy:
    """The bot in a folder of its own, with things added to it, and a process file."""

    def __init__(self, folder: Path, added: Iterable[Added]) -> None:
        self.folder = folder
        shutil.copytree(Path(ircbot.__file__).parent, folder / "ircbot")
        if not (folder / "templates").exists():
            shutil.copytree(shipped_templates(), folder / "templates")
        for name, before, text in added:
            path = folder / "ircbot" / "incident" / name
            whole = path.read_text(encoding="utf-8")
            assert whole.count(before) == 1, f"{name} has moved on: {before!r}"
            path.write_text(whole.replace(before, text + before), encoding="utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of the shell."""
        return self.python("-m", "ircbot", *arguments)

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Python, for which `ircbot` is this copy."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
