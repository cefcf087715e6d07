"""What MkDocs is told beside docs/: pages made from the program's tables, and the gallery.

The repository's own documents are pages too. Links that lead out of what the site has become plain
text: the site does not know where the repository can be looked at.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

import gallery
import reference
from mkdocs.structure.files import File, Files

TOP = Path(__file__).parent.parent.parent

# What the site shows of the repository outside docs/: the file there, and its place on the site.
OUTSIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/results.md": "measurements.md",
    "config.example.toml": "files/config.example.toml",
    "packaging/ircbot.service": "files/ircbot.service",
    "packaging/Containerfile": "files/Containerfile.txt",
    "packaging/prometheus/ircbot.rules.yml": "files/ircbot.rules.yml",
    "LICENSE": "files/LICENSE.txt",
}
_INSIDE = {there: here for here, there in OUTSIDE.items()}
_LINK = re.compile(
    r"(?<!!)\[([^\[\]]*(?:!?\[[^\]]*\][^\[\]]*)*)\]\(([^()\s]+)\)|!\[([^\]]*)\]\(([^()\s]+)\)"
)
_CODE = re.compile(r"(?ms)^```.*?^```$")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are not files of docs/."""
    for here, there in OUTSIDE.items():
        files.append(File.generated(config, there, content=(TOP / here).read_text()))
    for page, text in reference.pages().items():
        files.append(File.generated(config, f"reference/{page}.md", content=text))
    for name, text in gallery.files().items():
        files.append(File.generated(config, f"gallery/{name}", content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Lead every link to where its target is on the site."""
    place = page.file.src_uri
    here = _INSIDE.get(place, f"docs/{place}")
    known = {file.src_uri for file in files}
    at, parts = 0, []
    for block in _CODE.finditer(markdown):
        parts += [_linked(markdown[at : block.start()], here, place, known), block[0]]
        at = block.end()
    return "".join([*parts, _linked(markdown[at:], here, place, known)])


def _linked(text: str, here: str, place: str, known: set[str]) -> str:
    def lead(found: re.Match[str]) -> str:
        label, target = (found[1], found[2]) if found[2] else (found[3], found[4])
        path, _, anchor = target.partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return found[0]
        inside = posixpath.normpath(posixpath.join(posixpath.dirname(here), path))
        there = OUTSIDE.get(inside, inside.removeprefix("docs/"))
        if (TOP / inside).is_dir() and inside.startswith("docs/"):
            there = next((f for n in ("README", "index") if (f := f"{there}/{n}.md") in known), "")
        if there not in known:
            return label
        new = posixpath.relpath(there, posixpath.dirname(place) or ".") + (anchor and f"#{anchor}")
        return found[0].replace(f"]({target})", f"]({new})")

    return _LINK.sub(lead, text)
