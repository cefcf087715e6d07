"""`ircbot process`: list, show, check and describe processes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from ircbot.cli.common import json_option, print_json
from ircbot.cli.completing import completing
from ircbot.cli.groups import CommandGroup
from ircbot.errors import Misuse, ReportError
from ircbot.incident.process import Process
from ircbot.processes import (
    LoadedProcess,
    find_process,
    read_process,
    reading_of,
    shipped,
    skeleton,
)
from ircbot.processes.consistency import mistakes
from ircbot.processes.examples import numbered
from ircbot.processes.rivals import beaten
from ircbot.processes.soundness import doubts
from ircbot.processes.trial import TrialLine, trial
from ircbot.processes.untranslated import is_foreign, replies_left, texts_left, words_left
from ircbot.report.sections import sections_of
from ircbot.tables import TomlPlace, quoted

_MOST_TOLD = 20  # problems to print at once
_NAME = re.compile(r"\w[\w-]*")


@click.group(cls=CommandGroup)
def process() -> None:
    """List, show and check processes."""


@process.command("list")
@json_option
def list_(as_json: bool) -> None:
    """The processes that come with ircbot."""
    if as_json:
        known = [(name, read_process(path).title, path) for name, path in shipped().items()]
        print_json([{"name": n, "title": t, "file": str(path)} for n, t, path in known])
        return
    for name, path in shipped().items():
        click.echo(f"{name:<10}  {read_process(path).title}")


@process.command()
@click.argument("name", shell_complete=completing("processes"))
def show(name: str) -> None:
    """Print a process file, to read or to begin one of your own with."""
    click.echo(find_process(name).read_text(encoding="utf-8"), nl=False)


@process.command()
@click.argument("name")
@json_option
def new(name: str, as_json: bool) -> None:
    """Write NAME.toml, the commented beginning of a process of your own."""
    title = name.removesuffix(".toml")
    if not _NAME.fullmatch(title) or title in shipped():
        raise Misuse(
            f"{title}: a name has letters, digits, - and _, does not begin with -, and is "
            f"not one of {', '.join(shipped())}."
        )
    path = Path(f"{title}.toml")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(skeleton(title))
    except FileExistsError:
        raise Misuse(f"{path} is there already; it was left as it is.") from None
    if as_json:
        print_json({"file": str(path)})
        return
    click.echo(
        f'Wrote {path}. Then: ircbot process check {path}; and process = "{path}" in config.toml.'
    )


@process.command()
@click.argument("file", type=click.Path(path_type=Path), shell_complete=completing("processes"))
@click.option("-q", "--quiet", is_flag=True, help="Print problems only.")
@json_option
def check(file: Path, quiet: bool, as_json: bool) -> None:
    """Check a process file: read it, run its examples, play an incident.

    Everything that is wrong is said with its line. Then the incident is told: what people say in
    it, and what the bot would.
    """
    path = file if file.is_file() else find_process(str(file))
    checked = reading_of(path, whole=False)
    problems = _problems(checked)
    if found := [str(one) for one in islice(problems, _MOST_TOLD)]:
        more = ["There are more; fix these first."] if next(problems, None) is not None else []
        raise Misuse("\n".join([*found, *more]))
    phrases = checked.process.phrases
    lines = sum(len(phrase.examples) + len(phrase.unlike) for phrase in phrases)
    if as_json:
        foreign = is_foreign(checked.process)
        print_json(
            {
                "file": str(path),
                "phrases": len(phrases),
                "lines": lines,
                "untranslated": {
                    "words": list(words_left(checked.process)) if foreign else [],
                    "replies": list(replies_left(checked.process)) if foreign else [],
                    "texts": list(texts_left(checked.process)) if foreign else [],
                },
                "trial": [
                    {
                        "at": f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
                        "to": one.to,
                        "nick": one.nick,
                        "text": one.text,
                    }
                    for one in trial(checked.process)
                ],
            }
        )
        return
    click.echo(f"{path}: {len(phrases)} phrases, {lines} lines, all as they should be.")
    if not quiet:
        click.echo("\nA made-up incident, in which people do little of what they are asked for:\n")
        for said in trial(checked.process):
            click.echo(_told(said))
        for sentence in _untranslated(checked.process):
            click.echo(f"\n{sentence}")


def _problems(checked: LoadedProcess) -> Iterator[Misuse]:
    """Contradictions, if any; otherwise doubtful settings and misunderstood examples."""
    wrong = mistakes(TomlPlace(checked.file), checked.process)
    if (first := next(wrong, None)) is not None:
        yield first
        yield from wrong
        return
    try:
        sections_of(checked.process)
    except ReportError as error:
        yield TomlPlace(checked.file).within("report", "sections").wrong(str(error))
    yield from doubts(TomlPlace(checked.file), checked.process)
    yield from beaten(checked.process, checked.places, TomlPlace(checked.file))
    for number, sentence in numbered(checked.process):
        place = checked.places[number]
        if place.file is checked.file:
            yield place.wrong(f"a phrase {sentence}")
        else:  # otherwise this file's mistake is the cause
            by = f'"{checked.process.phrases[number].patterns[0]}" of {place.file.path.name}'
            yield TomlPlace(checked.file, ("include",)).wrong(f"with this file, {by}, {sentence}")


def _untranslated(process: Process) -> Iterator[str]:
    """What people would read in English although the process is in another language."""
    if not is_foreign(process):
        return
    for table, names in (("words", words_left(process)), ("replies", replies_left(process))):
        if names:
            yield f"[{table}] leaves in English: {', '.join(names)}."
    if texts := texts_left(process):
        lines = "\n".join(f"{quoted(text)} = " for text in texts)
        yield f"[texts] leaves in English:\n{lines}"


def _told(said: TrialLine) -> str:
    place = said.to if said.to.startswith("#") else f"{said.to}, in private"
    return f"{said.at:%a %H:%M} {place}: <{said.nick}> {said.text}"


@process.command("schema")
def schema_() -> None:
    """Print the JSON Schema of process files, for editors."""
    from ircbot.processes.schema import schema  # reads source code, which nothing else needs

    click.echo(json.dumps(schema(), indent=2, ensure_ascii=False))
