"""Incident → report → text of a format. The only importer of Jinja.

Knows no store and no configuration: it is given the incident, the process and the folders.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    nodes,
    pass_context,
)
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from ircbot.errors import ReportError
from ircbot.incident.process import Process
from ircbot.incident.state import Incident
from ircbot.incident.texts import own_label, own_text
from ircbot.incident.times import Calendar
from ircbot.incident.view import as_json, told_apart
from ircbot.ownership import must_be_its_owners
from ircbot.report import FORMATS
from ircbot.report.compiled import Compiled
from ircbot.report.content import report_of
from ircbot.report.indented import indented
from ircbot.report.inline import inline_for
from ircbot.report.parts import as_text
from ircbot.report.plaintext import columns, fill
from ircbot.report.translated import translated
from ircbot.report.wellformed import check

# Blank lines beyond one mean nothing in any format, and templates leave many.
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
_BLANKS_BEFORE = re.compile(r"(?<![ \t])[ \t]+(?=\n\n)")
# Where people write their part on the page itself, under headings that are there already.
FOR_WRITING = frozenset({"mana", "mediawiki"})
# Which formats show pictures, as they are shipped.
WITH_PICTURES = frozenset({"html"})
_AT_ONCE = 1 << 16  # characters of a page
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


def render(
    incident: Incident,
    process: Process,
    format: str = "mana",  # noqa: A002 - the contract's word
    *,
    zone: tzinfo = UTC,
    zone_name: str = "",
    edition: str = "internal",
    templates: Path | None = None,
    template: Path | None = None,
    calendar: Calendar | None = None,
    known: Collection[str] = (),
    public: Collection[str] = (),
    now: datetime | None = None,
    compiled: Path | None = None,
    bare: bool = False,
) -> str:
    """The report of an incident in a format of FORMATS.

    `templates` is a folder searched before the shipped ones, `template` one file to use instead of
    the format's own. The public edition names nobody; `known` are nicks that it must not show
    though they do not take part, `public` prefixes of URLs, rooms, hosts, paths and tickets that it
    may show. `now` tells what is late by now. `compiled` is a folder that
    may keep compiled templates. `bare`: of HTML only what stands below its title, for a page around
    it. ReportError if a template is wrong.
    """
    if edition == "public":
        from ircbot.report.public import published  # few reports are public

        incident = published(incident, process, known, public)
    if format == "json":
        return "".join((*indented(as_json(incident, process, calendar)), "\n"))
    if edition != "public":
        incident = told_apart(incident)
    own = templates is not None or template is not None
    report = report_of(
        incident,
        process,
        zone=zone,
        zone_name=zone_name,
        calendar=calendar,
        public=edition == "public",
        now=now,
        for_writing=format in FOR_WRITING,
        pictures=own or format in WITH_PICTURES,
    )
    report = translated(report, process)
    for place in _from_outside(templates, template):
        must_be_its_owners(place, ReportError)
    environment_of = _sandbox if own else _shipped
    environment = environment_of(format, _folders(process, templates, template), compiled)
    name = template.name if template else f"report.{FORMATS[format]}"
    name = "page/report.html" if bare else name
    given = {"report": report, "incident": incident, "process": process}
    try:
        if own:
            _refuse_former_blocks(environment)
        form = environment.get_template(f"form.{FORMATS[format]}").make_module(given)
        text = "".join(_squeezed(environment.get_template(name).generate(given, form=form)))
    except TemplateError as error:
        raise _mistake(error) from error
    except Exception as error:
        if not own:
            raise
        raise ReportError(f"the template {_place(error, name)} is wrong: {error}.") from error
    if format == "mana":
        check(text)
    return text


def _squeezed(pieces: Iterable[str]) -> Iterator[str]:
    """A page that comes in pieces, without the blank lines; never twice in memory."""
    began = False
    for part in _parts(pieces):
        text = _BLANK_LINES.sub("\n\n", part)
        if " \n\n" in text or "\t\n\n" in text:
            text = _BLANKS_BEFORE.sub("", text)
        yield text if began else text.lstrip("\n")
        began = True
    yield "\n"


def _parts(pieces: Iterable[str]) -> Iterator[str]:
    """The same in longer parts, each cut before the blanks and line ends that follow a word."""
    waiting: list[str] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _AT_ONCE:
            text = "".join(waiting)
            part = text.rstrip(" \t\n")
            waiting, size = [text[len(part) :]], 0
            yield part
    yield "".join(waiting).rstrip(" \t\n")


def _refuse_former_blocks(environment: Environment) -> None:
    """Say so where an outline changes a block that the shipped one no longer has."""
    assert environment.loader is not None
    source, file, _ = environment.loader.get_source(environment, "outline")
    tree = environment.parse(source)
    blocks = {block.name for block in tree.find_all(nodes.Block)} - {"body"}
    if blocks and tree.find(nodes.Extends):
        raise ReportError(
            f"the template {file} is wrong: the shipped outline has no block `{min(blocks)}`; "
            f"write that section's file, sections/{min(blocks)}, instead."
        )


def _mistake(error: TemplateError) -> ReportError:
    """What is wrong with a template, and where."""
    match error:
        case TemplateSyntaxError(message=message, lineno=line):
            where = f"{error.filename or error.name}, line {line}"
            return ReportError(f"the template {where} is wrong: {message}.")
        case TemplateNotFound():
            return ReportError(f"there is no template {error}.")
        case _:
            return ReportError(f"the template {_place(error, '')} is wrong: {error}.")


def _place(error: Exception, otherwise: str) -> str:
    """The file and the line of a template that an error came from; Jinja puts them among ours."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if not f.filename.endswith(".py") and f.filename[0] != "<"]
    return f"{ours[-1].filename}, line {ours[-1].lineno}" if ours else otherwise


# Filters that give Markup, whatever they are given.
_FINAL = frozenset({"inline", "fill", "columns", "safe"})


class _Final(CodeGenerator):
    """Code that takes what `finalize` gives as it is: it is escaped already. What is Markup in any
    case is not given to it."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or finalize.src is None:
            super()._output_child_pre(node, frame, finalize)
        elif isinstance(node, nodes.Filter) and node.name in _FINAL:
            self.write("((")
        else:
            self.write(f"({finalize.src}")


def _environment(
    kind: type[Environment],
    format: str,  # noqa: A002
    folders: tuple[Path, ...],
    compiled: Path | None,
) -> Environment:
    """Templates of one format: whatever they print is escaped for it, unless it is Markup."""
    inline = inline_for(format)

    # With the context, so that Jinja does not escape a literal as HTML while it compiles.
    @pass_context
    def finalize(context: Context, value: object) -> str:
        if type(value) is int and value >= 0:  # means nothing in any format
            return str(value)
        if isinstance(value, Markup):
            return value
        return inline.escaped(own_label(context["process"], str(value)))

    environment = kind(
        loader=ChoiceLoader(
            [
                *(FileSystemLoader(folder) for folder in folders),
                PrefixLoader({"shipped": FileSystemLoader(shipped_templates())}),
            ]
        ),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=Compiled(compiled, __file__, kind.__name__) if compiled else None,
    )
    environment.code_generator_class = _Final

    @pass_context
    def ours(context: Context, text: str) -> str:
        return own_text(context["process"], text)

    environment.filters["ours"] = ours
    environment.filters["inline"] = inline
    environment.filters["fill"] = fill
    environment.filters["columns"] = columns
    environment.filters["plain"] = as_text
    return environment


def _sandbox(
    format: str,  # noqa: A002
    folders: tuple[Path, ...],
    compiled: Path | None,
) -> Environment:
    """With templates that somebody else wrote: they, and ours that they call, may do little."""
    return _environment(ImmutableSandboxedEnvironment, format, folders, compiled)


# A bot writes every format after every change, and compiling takes ten times as long as printing.
# Not for an administrator's folder, where a template may appear at any time. Without a sandbox,
# which takes longer than all else that a template does: these are as much ours as this file.
@lru_cache(maxsize=16)
def _shipped(
    format: str,  # noqa: A002
    folders: tuple[Path, ...],
    compiled: Path | None,
) -> Environment:
    """With no templates but the shipped ones."""
    return _environment(Environment, format, folders, compiled)


def _folders(process: Process, templates: Path | None, template: Path | None) -> tuple[Path, ...]:
    """Where templates are looked for: the user's, then ours; in each, the process's own first."""
    found = [template.parent] if template else []
    for folder in (templates, shipped_templates()):
        if folder is not None:
            found += [folder / process.name] if _NAME.fullmatch(process.name) else []
            found.append(folder)
    return tuple(found)


def _from_outside(templates: Path | None, template: Path | None) -> Iterator[Path]:
    """What an administrator adds, all of which must be safe from others."""
    if template is not None:
        yield template
    if templates is not None:
        yield templates
        yield from templates.rglob("*")


def shipped_templates() -> Path:
    """The folder of our own templates: inside the installed package, or at a checkout's top."""
    package = Path(__file__).parent.parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"
