"""`ircbot show`, `tl` and `actions`: what is in the store, and one more entry into it."""

from __future__ import annotations

import getpass
import re
from datetime import UTC, datetime
from typing import Any

import click

from ircbot.cli.common import config_option, incident_argument, json_option, print_json
from ircbot.cli.completing import completing
from ircbot.cli.terminal import print_lines, remark, when
from ircbot.config import Config
from ircbot.config.settings import setting
from ircbot.errors import Failed, Misuse, StoreError
from ircbot.incident.line import Line, Source
from ircbot.incident.people import same_name
from ircbot.incident.plain import shown
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident, replay
from ircbot.incident.times import Unclear, leading, leading_day, names, past
from ircbot.incident.times import told as told_time
from ircbot.incident.view import as_json, called, timeline
from ircbot.incident.words import ranges, unclear_time
from ircbot.record import open_to_write
from ircbot.repository import all_incidents, incident_named, open_store, process_of


@click.command()
@incident_argument
@config_option
@json_option
def show(incident: str, config: Config, as_json: bool) -> None:
    """Show one incident: its number, or `last`."""
    found = incident_named(open_store(str(config.store.path)), incident)
    surroundings = setting(config)
    if as_json:
        print_json(told(found, surroundings), indent=2)
        return
    print_lines(shown(line) for line in _shown(found, surroundings, datetime.now(UTC)))


def told(incident: Incident, surroundings: Setting) -> dict[str, Any]:
    """An incident as the contract's JSON."""
    process = process_of(incident, surroundings)
    return as_json(incident, process, surroundings.calendar)


def _shown(incident: Incident, surroundings: Setting, now: datetime) -> list[str]:
    """An incident for a terminal: its state, then its timeline."""
    process, zone = process_of(incident, surroundings), surroundings.zone

    def full(at: datetime) -> str:
        return when(at, now, zone)

    drill = " (drill)" if incident.drill else ""
    lines = [f"Incident {incident.id}: {incident.summary or 'no summary'}{drill}"]
    facts = {
        "status": incident.standing,
        "related": ", ".join(map(str, incident.related)),
        "declared": f"{full(incident.declared_at)} in {incident.declared_in}",
        "resolved": full(incident.resolved_at) if incident.resolved_at else "",
        "severity": incident.severity,
        "impact": incident.impact,
        "comms": incident.comms,
        "video": incident.video,
    }
    lines += [f"  {name:<10}{value}" for name, value in facts.items() if value]
    for term in incident.terms:
        role = process.roles.get(term.role)
        until = full(term.until) if term.until else "now"
        title = role.name if role else term.role
        who, since = called(incident, term.holder), full(term.since)
        lines.append(f"  {title:<10}{who}, {since} to {until}")
    lines.append("")
    for row in timeline(incident):
        number = f"#{row.n}" if row.n is not None else row.kind
        at, who = row.at.astimezone(zone), called(incident, row.by)
        text = "[redacted]" if row.redacted else row.text
        text += f" (from incident {row.origin.incident})" if row.origin else ""
        if row.n is None and text == who:  # they took a role themselves
            text = ""
        said = ": ".join(filter(None, (who, text)))
        lines.append(f"  {at:%Y-%m-%d %H:%M %Z}  {number:<9} {said}".rstrip())
    return lines


class _WithTimes(click.Command):
    """A command that takes "-10m" and "-1h" as times rather than options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take a word that looks like a time as an argument."""
        return super().parse_args(ctx, [f"{_WORD}{a}" if _TIME.match(a) else a for a in args])


_WORD = "\0"  # cannot occur in arguments
_TIME = re.compile(r"-\d")


@click.command(cls=_WithTimes)
@incident_argument
@click.argument("text", nargs=-1, required=True)
@config_option
@json_option
def tl(incident: str, text: tuple[str, ...], config: Config, as_json: bool) -> None:
    """Add an entry to an incident's timeline while IRC is down; a running bot takes it up.

    TEXT may begin with when it happened: 16:12, -10m, yesterday 23:10.
    """
    text = tuple(word.removeprefix(_WORD) for word in text)
    from ircbot.engine import IncidentEngine  # loads all rules, which only this command needs

    store = open_to_write(config)
    try:
        found = incident_named(store, incident)
        state = replay(store.entries(found.id))
        surroundings = setting(config)
        engine = IncidentEngine(surroundings, store, state)
        now = datetime.now(UTC)
        typed, rest = _when(" ".join(text), now, surroundings)
        line = Line(
            now,
            found.channel,
            getpass.getuser(),
            f"TL {found.id}{f' {typed}' if typed else ''}: {rest}",
            source=Source.SHELL,
            network=found.network,
        )
        engine.hear([line])
        if engine.waiting:
            raise StoreError("the entry could not be recorded.")
        notes = engine.state.incidents[found.id].notes[len(found.notes) :]
        if not notes:
            why = "a security matter" if found.secured else found.status
            raise Failed(f"incident {found.id} is {why}; it takes no more entries.")
        if as_json:
            print_json(
                {
                    "incident": found.id,
                    "entries": [
                        {"n": note.n, "at": f"{note.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
                        for note in notes
                    ],
                }
            )
            return
        at = f" for {told_time(notes[0].at, now, surroundings.zone)}" if typed else ""
        click.echo(f"{ranges(note.n for note in notes)} recorded{at}")
    finally:
        store.close()


def _when(text: str, now: datetime, surroundings: Setting) -> tuple[str, str]:
    """The time that an entry begins with, as typed ("" for none), and the rest of the text."""
    zone = surroundings.zone
    found = leading(text, frozenset(names(zone, now)))
    typed = found[0] if found else leading_day(text)
    at = past(typed, now, zone, surroundings.zones) if typed else now
    if isinstance(at, Unclear):
        why = unclear_time(surroundings.process, typed, at, now, zone)
        raise Misuse(why if found else f"{why} If it is not a day, put another word before it.")
    return found or ("", text)


@click.command()
@click.argument("incident", metavar="[ID]", required=False, shell_complete=completing("incidents"))
@click.option("--overdue", is_flag=True, help="Only what should have been done before today.")
@click.option("--owner", metavar="NICK", help="Only actions that NICK owns.")
@config_option
@json_option
def actions(
    incident: str | None, overdue: bool, owner: str | None, config: Config, as_json: bool
) -> None:
    """List the action items of one incident, or of all, the archive's too."""
    store = open_store(str(config.store.path))
    if incident:
        found = [incident_named(store, incident)]
    else:
        found = list(all_incidents(store, archived=True))
    today = datetime.now(config.zone).date()
    items: list[dict[str, Any]] = [
        {
            "incident": i.id,
            "n": action.n,
            "text": action.text,
            "owner": action.owner or None,
            "owners": list(action.owners),
            "due": action.due or None,
            "done": action.done,
            "dropped": action.dropped,
            "overdue": action.is_overdue(today),
            "ticket": action.ticket or None,
        }
        for i in found
        for action in i.actions
        if (action.is_overdue(today) or not overdue)
        and (owner is None or any(same_name(nick, owner) for nick in action.owners))
    ]
    if as_json:
        print_json(items)
        return
    if not items:
        remark("ircbot: there are no such action items.")
    print_lines(map(_as_line, items))


def _as_line(item: dict[str, Any]) -> str:
    """An action item for a terminal."""
    mark = "x" if item["done"] else "-" if item["dropped"] else " "
    whose = f" — {', '.join(item['owners'])}" if item["owners"] else ""
    late = " (overdue)" if item["overdue"] else ""
    due = f", by {item['due']}{late}" if item["due"] else ""
    ticket = f" <{item['ticket']}>" if item["ticket"] else ""
    return shown(f"[{mark}] {item['incident']}.{item['n']} {item['text']}{whose}{due}{ticket}")
