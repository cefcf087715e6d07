"""The templates of the live page, `templates/page/`: a name and values → HTML.

Knows nothing of a page's content. Everything that a template prints is escaped unless it is Markup;
an undefined variable is an error, never a blank.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ircbot.report.render import shipped_templates


def draw(name: str, **given: object) -> str:
    """Render the template of that name."""
    return _environment().get_template(f"page/{name}").render(given)


def as_it_is(html: str) -> Markup:
    """Mark HTML of ours, which is escaped already."""
    return Markup(html)


def static_files() -> Iterator[Path]:
    """The static files of our pages, including the reports' style sheet."""
    yield shipped_templates() / "report.css"
    yield from sorted((shipped_templates() / "page" / "static").iterdir())


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(shipped_templates()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
