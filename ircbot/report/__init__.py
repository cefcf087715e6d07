"""The report: an incident → what is to be said of it → each format.

Imports nothing heavy, so that the command line can name the formats without Jinja.
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
