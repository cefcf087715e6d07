"""`ircbot show`, `tl` and `actions`: what is in the store, and one more entry into it."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime
from typing import Any

import click

from ircbot.cli.common import config_option, json_option, print_json
from ircbot.config import Config
from ircbot.config.settings import setting
from ircbot.errors import Failed, StoreError
from ircbot.incident.line import Line, Source
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident, replay
from ircbot.incident.times import clock
from ircbot.incident.view import as_json, timeline
from ircbot.repository import all_incidents, incident_named, open_store, process_of


@click.command()
@click.argument("incident", metavar="ID")
@config_option
@json_option
def show(incident: str, config: Config, as_json: bool) -> None:
    """Show one incident: its number, or `last`."""
    found = incident_named(open_store(str(config.store.path)), incident)
    surroundings = setting(config)
    if as_json:
        click.echo(json.dumps(told(found, surroundings), ensure_ascii=False, indent=2))
        return
    for line in _shown(found, surroundings):
        click.echo(line)


def told(incident: Incident, surroundings: Setting) -> dict[str, Any]:
    """An incident as the contract's JSON."""
    process = process_of(incident, surroundings)
    return as_json(incident, process, surroundings.calendar)


def _shown(incident: Incident, surroundings: Setting) -> list[str]:
    """An incident for a terminal: how it stands, then its timeline."""
    process, zone = process_of(incident, surroundings), surroundings.zone
    now = incident.changed_at or incident.declared_at
    drill = " (drill)" if incident.drill else ""
    lines = [f"Incident {incident.id}: {incident.summary or 'no summary'}{drill}"]
    facts = {
        "status": incident.status,
        "declared": f"{clock(incident.declared_at, now, zone)} in {incident.declared_in}",
        "resolved": clock(incident.resolved_at, now, zone) if incident.resolved_at else "",
        "severity": incident.severity,
        "impact": incident.impact,
        "comms": incident.comms,
        "video": incident.video,
    }
    lines += [f"  {name:<10}{value}" for name, value in facts.items() if value]
    for term in incident.terms:
        role = process.roles.get(term.role)
        until = clock(term.until, now, zone) if term.until else "now"
        title = role.name if role else term.role
        lines.append(f"  {title:<10}{term.holder.nick}, {clock(term.since, now, zone)} to {until}")
    lines.append("")
    for row in timeline(incident):
        number = f"#{row.n}" if row.n is not None else row.kind
        lines.append(
            f"  {row.at.astimezone(zone):%m-%d %H:%M}  {number:<9} {row.by.nick}: {row.text}"
        )
    return lines


@click.command()
@click.argument("incident", metavar="ID")
@click.argument("text", nargs=-1, required=True)
@config_option
def tl(incident: str, text: tuple[str, ...], config: Config) -> None:
    """Add an entry to an incident's timeline while IRC is down; a running bot takes it up."""
    from ircbot.engine import IncidentEngine  # all rules; nothing else here needs them

    store = open_store(str(config.store.path), writer="tool")
    try:
        found = incident_named(store, incident)
        state = replay(store.entries(found.id))
        engine = IncidentEngine(setting(config), store, state)
        line = Line(
            datetime.now(UTC),
            found.channel,
            getpass.getuser(),
            f"TL {found.id}: {' '.join(text)}",
            source=Source.SHELL,
            network=found.network,
        )
        engine.hear([line])
        if engine.waiting:
            raise StoreError("the entry could not be recorded.")
        notes = engine.state.incidents[found.id].notes
        if len(notes) == len(found.notes):
            why = "a security matter" if found.secured else found.status
            raise Failed(f"incident {found.id} is {why}; it takes no more entries.")
        click.echo(f"#{len(notes)} recorded")
    finally:
        store.close()


@click.command()
@click.argument("incident", metavar="[ID]", required=False)
@config_option
@json_option
def actions(incident: str | None, config: Config, as_json: bool) -> None:
    """List the action items of one incident, or of all."""
    store = open_store(str(config.store.path))
    found = [incident_named(store, incident)] if incident else list(all_incidents(store))
    items = [
        {
            "incident": i.id,
            "n": action.n,
            "text": action.text,
            "owner": action.owner or None,
            "due": action.due or None,
            "done": action.done,
            "ticket": action.ticket or None,
        }
        for i in found
        for action in i.actions
    ]
    if as_json:
        print_json(items)
        return
    for item in items:
        mark = "x" if item["done"] else " "
        owner = f" — {item['owner']}" if item["owner"] else ""
        due = f", by {item['due']}" if item["due"] else ""
        ticket = f" <{item['ticket']}>" if item["ticket"] else ""
        click.echo(f"[{mark}] {item['incident']}.{item['n']} {item['text']}{owner}{due}{ticket}")
