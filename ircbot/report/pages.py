"""The templates of the live page, `templates/page/`: a name and values → HTML.

Knows nothing of what stands on a page. Whatever a template prints is escaped unless it is Markup;
what it is not given is an error, never a blank.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ircbot.report.render import shipped_templates


def draw(name: str, **given: object) -> str:
    """A page, or a feed, made by the template of that name."""
    return _environment().get_template(f"page/{name}").render(given)


def as_it_is(html: str) -> Markup:
    """HTML that we made ourselves, whose words are escaped already."""
    return Markup(html)


def static_files() -> Iterator[Path]:
    """The files that pages load from us, the reports' style among them."""
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
