"""`ircbot review`: whether each step of the process was met."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import click

from ircbot.cli.common import config_option, incident_argument, json_option, print_json
from ircbot.cli.completing import completing
from ircbot.cli.terminal import print_lines, when
from ircbot.config import Config
from ircbot.config.settings import setting
from ircbot.incident.plain import shown
from ircbot.incident.review import Finding
from ircbot.incident.review import review as look_at
from ircbot.processes import load_process
from ircbot.repository import incident_named, open_store, process_of


@click.command()
@incident_argument
@click.option(
    "--process",
    "process_name",
    metavar="P",
    shell_complete=completing("processes"),
    help="Another process than its own.",
)
@config_option
@json_option
def review(incident: str, process_name: str | None, config: Config, as_json: bool) -> None:
    """Show how each step of the process was met, late or missed."""
    found = incident_named(open_store(str(config.store.path)), incident)
    surroundings = setting(config)
    process = load_process(process_name) if process_name else process_of(found, surroundings)
    now = datetime.now(UTC)
    findings = look_at(replace(found, process=process.name), process, now, surroundings.calendar)
    if as_json:
        steps = [_as_json(finding) for finding in findings]
        print_json({"incident": found.id, "process": process.name, "steps": steps})
        return
    declared = when(found.declared_at, now, surroundings.zone)
    title = process.title or process.name
    lines = [f"Incident {found.id} (declared {declared}) and the steps of {title}"]
    for finding in findings:
        entries = f" ({', '.join(f'#{n}' for n in finding.entries)})" if finding.entries else ""
        lines.append(f"  {finding.verdict:<14}  {finding.step.title}: {finding.text}{entries}")
    print_lines(map(shown, lines))


def _as_json(finding: Finding) -> dict[str, object]:
    return {
        "key": finding.step.key,
        "title": finding.step.title,
        "verdict": finding.verdict.value,
        "text": finding.text,
        "entries": list(finding.entries),
        "guide": finding.step.guide or None,
    }
