"""Prompts that somebody's words trigger ("before restarting anything, save the evidence")."""

from __future__ import annotations

from ircbot.incident.events import Reminded
from ircbot.incident.plain import plain
from ircbot.incident.prompts import (
    destinations,
    for_words,
    is_asked_at,
    is_called_for,
    is_ticked_off,
    worded,
)
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.which import open_here


def prompt(ctx: Context) -> None:
    """Say a process's prompt when somebody mentions its subject, as often as it allows."""
    incident = open_here(ctx)
    if incident is None:
        return
    process = ctx.process_of(incident)
    waiting = for_words(process)
    text = plain(ctx.line.text) if waiting else ""
    for each in waiting:
        if not is_called_for(each, text):
            continue
        subject = f"prompt:{each.key}"
        if each.per_person:
            subject += f"~{incident.key(ctx.who_in(incident))}"
        given = [
            incident.reminders_sent[key]
            for n in range(1, each.times + 1)
            if (key := f"{subject}:{n}") in incident.reminders_sent
        ]
        if len(given) == each.times or not is_asked_at(incident, each, process):
            continue
        if given and ctx.now - given[-1].at < each.every:
            continue
        if is_ticked_off(incident, each, process, ctx.setting, ctx.now):
            continue
        ctx.record(incident.id, Reminded(f"{subject}:{len(given) + 1}"))
        said = worded(incident, each, ctx.wording(incident))
        for to in destinations(incident, each, process, ctx.setting, ctx.now):
            ctx.tell(incident, to, said)
