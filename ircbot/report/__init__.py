"""The report: an incident → what is to be said of it → each format.

Imports nothing heavy, so that the command line can name the formats and files without Jinja.
"""

from __future__ import annotations

from collections.abc import Mapping

# Format → how its files end. The templates are named the same: report.mana.xml, report.wiki …
FORMATS: Mapping[str, str] = {
    "mana": "mana.xml",
    "wiki": "wiki",
    "markdown": "md",
    "mediawiki": "mediawiki",
    "html": "html",
    "text": "txt",
    "json": "json",
}
EDITIONS = ("internal", "public")


def file_name(incident: int, format: str) -> str:  # noqa: A002
    """What the bot calls a report's file.

    >>> file_name(1, "mana")
    'incident-0001.mana.xml'
    """
    return f"incident-{incident:04}.{FORMATS[format]}"
