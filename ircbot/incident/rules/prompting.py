"""Prompts that somebody's words call for ("before restarting anything, save the evidence")."""

from __future__ import annotations

from ircbot.incident.events import Reminded
from ircbot.incident.plain import plain
from ircbot.incident.prompts import addressee, is_called_for, is_met, worded
from ircbot.incident.rules.hearing import Hearing
from ircbot.incident.rules.which import open_here


def prompt(h: Hearing) -> None:
    """Say what the process says when somebody speaks of this, as often as it says so."""
    incident = open_here(h)
    if incident is None:
        return
    process = h.process_of(incident)
    waiting = [p for p in process.prompts if p.when == "said"]
    text = plain(h.line.text) if waiting else ""
    for each in waiting:
        number = sum(incident.was_given(f"prompt:{each.key}:{n}") for n in range(1, each.times + 1))
        due = number < each.times and not is_met(incident, each.until)
        if due and is_called_for(each, text):
            h.record(incident.id, Reminded(f"prompt:{each.key}:{number + 1}"))
            to = addressee(incident, each, h.setting)
            h.tell(incident, to, worded(incident, each, process, h.setting, h.summary(incident)))
