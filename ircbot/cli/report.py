"""`ircbot report`: an incident's report, to standard output or into a file."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from pathlib import Path

import click

from ircbot.cli.common import (
    config_option,
    incident_argument,
    json_option,
    output_option,
    print_json,
    write_out,
    zone_option,
)
from ircbot.config import Config, cache_folder
from ircbot.config.settings import setting
from ircbot.errors import Misuse
from ircbot.report import EDITIONS, FORMATS
from ircbot.repository import incident_named, open_store, process_of

# The status of `--check` if something is missing: not an error, but what a script wants to know.
INCOMPLETE = 1


@click.command()
@incident_argument
@config_option
@click.option(
    "-f", "--format", "format_", type=click.Choice(list(FORMATS)), help="Default: as configured."
)
@output_option
@zone_option("Times are shown in it.")
@click.option("--edition", type=click.Choice(EDITIONS), default="internal", show_default=True)
@click.option(
    "--template",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="A template of your own, instead of the format's.",
)
@click.option("--check", is_flag=True, help="Say what is missing instead; status 1 if anything is.")
@json_option
def report(
    incident: str,
    config: Config,
    format_: str | None,
    output: Path | None,
    zone: tzinfo | None,
    edition: str,
    template: Path | None,
    check: bool,
    as_json: bool,
) -> int | None:
    """Write an incident's report: its number, or `last`."""
    if as_json and format_ not in (None, "json"):
        raise Misuse(f"--json and --format {format_} are two formats; choose one.")
    format_ = "json" if as_json else format_
    found = incident_named(open_store(str(config.store.path)), incident)
    surroundings = setting(config)
    process = process_of(found, surroundings)
    if check:
        from ircbot.report.content import lacking

        sentences = lacking(found, process)
        if as_json:
            print_json({"incident": found.id, "lacking": list(sentences)})
        for sentence in () if as_json else sentences:
            click.echo(sentence)
        return INCOMPLETE if sentences else None

    from ircbot.report.files import save
    from ircbot.report.folder import ReportFolder
    from ircbot.report.render import render  # last, because importing Jinja is slow

    text = render(
        found,
        process,
        format_ or config.report.formats[0],
        zone=zone or surroundings.zone,
        edition=edition,
        templates=config.report.templates,
        template=template,
        calendar=surroundings.calendar,
        known=surroundings.nicks,
        public=config.report.public,
        now=datetime.now(UTC),
        compiled=cache_folder(),
    )
    if output is None or str(output) == "-":
        write_out(text)
    elif is_report_of(output, config.report.directory):
        written = ReportFolder(output.parent).write(output.name, text)
        if written.kept is not None:
            click.echo(
                f"{written.kept} was changed by hand and is left as it is;"
                f" the new report is {written.path}.",
                err=True,
            )
    else:
        save(output, text)
    return None


def is_report_of(path: Path, directory: Path) -> bool:
    """Whether a file is one of the bot's reports, which people may have edited."""
    return path.name.startswith("incident-") and path.parent.resolve() == directory.resolve()
