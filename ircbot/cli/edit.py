"""`ircbot edit`: write the prose of an incident's report in $EDITOR, beside a running bot."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click

from ircbot.cli.common import (
    config_option,
    for_stdout,
    incident_argument,
    json_option,
    print_json,
)
from ircbot.config import Config
from ircbot.config.settings import setting
from ircbot.errors import Behind, Failed
from ircbot.incident.bounds import LONGEST
from ircbot.incident.events import Entry
from ircbot.incident.line import Source
from ircbot.incident.masking import mask
from ircbot.incident.people import Person
from ircbot.incident.prose import pieces, prose_of, writing
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident
from ircbot.record import open_to_write
from ircbot.report.editing import as_text, sections_in, writable
from ircbot.repository import incident_named, process_of
from ircbot.store import StoreEngine

_TRIES = 5  # while other processes keep writing


@click.command()
@incident_argument
@config_option
@click.option(
    "--from",
    "source",
    type=click.File("r", encoding="utf-8"),
    metavar="FILE",
    help="Take the text from FILE (- is standard input) instead of an editor.",
)
@click.option("--print", "print_", is_flag=True, help="Print the text as it would be edited.")
@json_option
def edit(
    incident: str, config: Config, source: IO[str] | None, print_: bool, as_json: bool
) -> None:
    """Write the prose of an incident's report, in $EDITOR, as Markdown.

    ID is the incident's number, or `last`.
    """
    store = open_to_write(config)
    try:
        surroundings = setting(config)
        found = incident_named(store, incident)
        before = prose_of(found)
        text = as_text(process_of(found, surroundings), before)
        if print_:
            if as_json:
                print_json({"incident": found.id, "changed": [], "text": text})
            else:
                click.echo(for_stdout(text), nl=False)
            return
        edited = source.read() if source else _edited(text)
        try:
            changed = _changed(edited, before, found, surroundings) if edited is not None else {}
            _record(store, found, before, changed)
        except Failed as error:
            kept = None if source or edited is None else _keep(edited, found)
            raise Failed(f"{error} What you wrote is in {kept}." if kept else str(error)) from None
        if as_json:
            print_json({"incident": found.id, "changed": list(changed), "text": edited})
            return
        told = ", ".join(changed) or "nothing"
        click.echo(f"{told} was changed." if len(changed) < 2 else f"{told} were changed.")
    finally:
        store.close()


def _edited(text: str) -> str | None:
    """The text after an editor has run, None if nothing was saved."""
    try:
        return click.edit(text, extension=".md")
    except click.ClickException as error:
        raise Failed(
            f"the editor failed ({error.message}); nothing was changed. "
            "$VISUAL or $EDITOR names another one."
        ) from None


def _changed(
    edited: str, before: Mapping[str, str], incident: Incident, surroundings: Setting
) -> dict[str, str]:
    """The sections that were changed. Raises Failed if the text cannot be accepted as it is."""
    process = process_of(incident, surroundings)
    known = writable(process, before)
    found = sections_in(edited, process)
    if found.pop("", ""):
        raise Failed("there is text above the first heading; it belongs to no section.")
    for key in found:
        if key not in known:
            raise Failed(f"there is no section {{#{key}}}; there are {', '.join(known)}.")
    changed = {key: text for key, text in found.items() if text != before.get(key, "")}
    if incident.secured and changed:
        raise Failed(f"incident {incident.id} is a security matter; nothing more is recorded.")
    for key, text in changed.items():
        if any(len(piece) > LONGEST for piece in pieces(text)):
            raise Failed(f"a paragraph in {{#{key}}} has more than {LONGEST:,} characters.")
    if surroundings.security.mask:
        changed = {key: mask(text)[0] for key, text in changed.items()}
    return changed


def _record(
    store: StoreEngine, incident: Incident, before: Mapping[str, str], changed: Mapping[str, str]
) -> None:
    """Record what was changed; raises Failed if somebody else changed one of these sections
    meanwhile.
    """
    entries = [
        Entry(
            incident.id,
            datetime.now(UTC),
            Person(getpass.getuser()),
            event,
            incident.channel,
            Source.SHELL,
        )
        for key, text in changed.items()
        for event in writing(key, text)
    ]
    for _ in range(_TRIES):
        store.poll()
        now = prose_of(incident_named(store, str(incident.id)))
        if lost := [key for key in changed if now.get(key, "") != before.get(key, "")]:
            raise Failed(f"somebody else changed {', '.join(lost)} meanwhile; nothing is changed.")
        try:
            if entries:
                store.append(entries)
        except Behind:
            continue
        return
    raise Failed("other processes keep writing to the store; try again.")


def _keep(edited: str, incident: Incident) -> Path | None:
    """Save the text in a private file rather than lose it; None if there is nowhere to save it, and
    it is printed.
    """
    path = Path(f"incident-{incident.id:04d}.edited-{datetime.now(UTC):%H%M%S}.md").absolute()
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(edited)
    except OSError:
        sys.stderr.write(edited)
        return None
    return path
