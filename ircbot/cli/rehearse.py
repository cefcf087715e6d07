"""`ircbot rehearse`: what the bot would have said and recorded, on a log's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

import click

from ircbot.cli.common import json_option, print_json
from ircbot.cli.logs import (
    ChosenLogs,
    log_options,
    progress,
    warn_of_odd_lines,
    warn_of_silence,
    warn_of_unknown_numbers,
)
from ircbot.incident.line import Line
from ircbot.incident.plain import shown
from ircbot.incident.plural import number_of
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident
from ircbot.incident.times import iso
from ircbot.logs.playback import TimedReply
from ircbot.logs.rehearsal import Rehearsal
from ircbot.logs.script import Script
from ircbot.logs.together import merged


@click.command()
@log_options
@json_option
def rehearse(chosen: ChosenLogs, as_json: bool) -> None:
    """Play a log and show what the bot would have said; write nothing."""
    logs, setting = chosen.opened(), chosen.setting()
    rehearsal = Rehearsal(setting)
    with progress(logs, "Playing") as tell:
        runs = merged(logs, tell)
        played = rehearsal.play(runs, whole=not as_json)
        if as_json:
            _print_json(played)
        else:
            _print_text(played, setting, chosen.zone or chosen.config.zone)
    warn_of_odd_lines(logs)
    warn_of_silence(logs)
    warn_of_unknown_numbers(rehearsal.unknown)
    if not as_json:
        for incident in rehearsal.state.incidents.values():
            click.echo(_recorded(incident))


def _print_json(played: Iterator[Line | TimedReply]) -> None:
    for one in played:
        if isinstance(one, TimedReply):
            print_json(_as_json(one))


def _as_json(said: TimedReply) -> dict[str, Any]:
    return {
        "at": iso(said.at),
        "to": said.reply.to,
        "type": "privmsg" if said.is_message else "notice",
        "text": said.reply.text,
    }


def _print_text(played: Iterator[Line | TimedReply], setting: Setting, zone: tzinfo) -> None:
    script = Script(setting.nick, zone)
    for line in script.written(played):
        click.echo(shown(line))


def _recorded(incident: Incident) -> str:
    """What the bot would have recorded of an incident, as a comment after the transcript."""
    ended = incident.resolved_at or incident.closed_at
    same_day = ended is not None and ended.date() == incident.declared_at.date()
    shape = "%H:%M" if same_day else "%Y-%m-%d %H:%M"
    spans = f"{incident.declared_at:%Y-%m-%d %H:%M}" + (f" to {ended:{shape}}" if ended else "")
    notes = number_of(len(incident.notes), "timeline entry", "timeline entries")
    return (
        f"; Incident {incident.id} ({incident.summary or 'no summary'}), {spans} UTC, "
        f"{incident.status}: {notes}."
    )
