"""The report: an incident, its content as format-independent values, and those in each format.

Imports nothing heavy, so that the command line can name formats and files without Jinja.
"""

from __future__ import annotations

from collections.abc import Mapping

# Format → file extension. Templates have the same names: report.mana.xml, report.wiki …
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
    """The name under which the bot writes a report.

    >>> file_name(1, "mana")
    'incident-0001.mana.xml'
    """
    return f"incident-{incident:04}.{FORMATS[format]}"
