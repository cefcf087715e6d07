"""Incident → report → text in a format. The only module that imports Jinja.

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
from ircbot.report.content import report_of, subject_of
from ircbot.report.indented import indented
from ircbot.report.inline import inline_for
from ircbot.report.parts import as_text
from ircbot.report.plaintext import columns, fill
from ircbot.report.translated import translated
from ircbot.report.wellformed import check

# Extra blank lines are meaningless in every format, and templates leave many.
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
_BLANKS_BEFORE = re.compile(r"(?<![ \t])[ \t]+(?=\n\n)")
# Formats for pages on which people write their sections, under existing headings.
FOR_WRITING = frozenset({"mana", "mediawiki"})
# Formats that show pictures in the shipped templates.
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

    `templates` is a folder searched before the shipped one, `template` one file to use instead of
    the format's own. The public edition names nobody: `known` are nicks to hide even if they do not
    take part, `public` prefixes of URLs, rooms, hosts, paths and tickets that may be shown. `now`
    decides what is overdue. `compiled` is a folder for a cache of compiled templates. `bare`: of
    HTML, only what follows the title, to be embedded in another page. ReportError if a template is
    wrong.
    """
    if edition == "public":
        from ircbot.report.public import published  # few reports are public

        incident = published(incident, process, known, public)
    if format == "json":
        return "".join((*indented(as_json(incident, process, calendar)), "\n"))
    if edition != "public":
        incident = told_apart(incident)
    own = templates is not None or template is not None
    subject = subject_of(
        incident,
        process,
        zone=zone,
        zone_name=zone_name,
        calendar=calendar,
        public=edition == "public",
        now=now,
        pictures=own or format in WITH_PICTURES,
    )
    report = translated(report_of(subject, for_writing=format in FOR_WRITING), process)
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
    """A page that arrives in pieces, without extra blank lines; never twice in memory."""
    began = False
    for part in _parts(pieces):
        text = _BLANK_LINES.sub("\n\n", part)
        if " \n\n" in text or "\t\n\n" in text:
            text = _BLANKS_BEFORE.sub("", text)
        yield text if began else text.lstrip("\n")
        began = True
    yield "\n"


def _parts(pieces: Iterable[str]) -> Iterator[str]:
    """The same in longer pieces, each cut before whitespace that follows a word."""
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
    """Raise ReportError if a template overrides a block that the shipped one no longer has."""
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
    """The template's file and line that an error came from; Jinja adds them to the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if not f.filename.endswith(".py") and f.filename[0] != "<"]
    return f"{ours[-1].filename}, line {ours[-1].lineno}" if ours else otherwise


# Filters that always return Markup.
_FINAL = frozenset({"inline", "fill", "columns", "safe"})


class _Final(CodeGenerator):
    """Generates code that does not escape the result of `finalize`, which is escaped already, and
    does not call it for what is always Markup."""

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
    """An environment for one format: everything printed is escaped for it, unless it is Markup."""
    inline = inline_for(format)

    # With the context, so that Jinja does not HTML-escape literals while compiling.
    @pass_context
    def finalize(context: Context, value: object) -> str:
        if type(value) is int and value >= 0:  # not special in any format
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
    """An environment for other people's templates, in which they, and ours called by them, can do
    little."""
    return _environment(ImmutableSandboxedEnvironment, format, folders, compiled)


# Cached: the bot writes every format after every change, and compiling takes ten times as long as
# rendering. Not used with an administrator's folder, where a template may appear at any time. Not
# sandboxed, which would take most of the time: these templates are as trusted as this file.
@lru_cache(maxsize=16)
def _shipped(
    format: str,  # noqa: A002
    folders: tuple[Path, ...],
    compiled: Path | None,
) -> Environment:
    """An environment with the shipped templates only."""
    return _environment(Environment, format, folders, compiled)


def _folders(process: Process, templates: Path | None, template: Path | None) -> tuple[Path, ...]:
    """The folders to search: the user's, then ours; in each, the process's own folder first."""
    found = [template.parent] if template else []
    for folder in (templates, shipped_templates()):
        if folder is not None:
            found += [folder / process.name] if _NAME.fullmatch(process.name) else []
            found.append(folder)
    return tuple(found)


def _from_outside(templates: Path | None, template: Path | None) -> Iterator[Path]:
    """An administrator's templates, which nobody else may be able to write to."""
    if template is not None:
        yield template
    if templates is not None:
        yield templates
        yield from templates.rglob("*")


def shipped_templates() -> Path:
    """The folder of the shipped templates: in the installed package, or at the top of a
    checkout."""
    package = Path(__file__).parent.parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"
