"""The process's prompts: when each has its moment, what ticks it off, and its words.

When time alone brings one is reminders.py; when somebody's words do, rules/prompting.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ircbot.incident.find import has_any
from ircbot.incident.process import Process, Prompt
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident


def begins(incident: Incident, prompt: Prompt) -> datetime | None:
    """When a prompt's clock begins, None while its moment has not come or is over."""
    first = next((t.since for t in incident.terms if t.role == "lead"), None)
    match prompt.when:
        case "declared":
            return incident.declared_at if incident.live else None
        case "led":
            return first if incident.live else None
        case "resolved":
            return incident.resolved_at
        case "reported":
            return incident.report_done_at
        case _:
            return None


def is_met(incident: Incident, until: str) -> bool:
    """Whether what a prompt asks for is there: its `until` names it."""
    kind, _, name = until.partition(":")
    match kind:
        case "":
            return False
        case "role":
            return any(t.role == name and t.how != "default" for t in incident.terms)
        case "severity":
            return bool(incident.severity)
        case "comms":
            return bool(incident.comms)
        case "video":
            return bool(incident.video)
        case "impact":
            return bool(incident.impact)
        case "notified":
            return bool(incident.calls)
        case "update":
            return bool(incident.updates)
        case "link":
            return any(not name or name in r.text.lower() for r in incident.links)
        case "action":
            return bool(incident.actions)
        case "why":
            return bool(incident.whys)
        case "hypothesis":
            return bool(incident.hypotheses)
        case "meeting":
            return incident.meeting_at is not None
        case "report":
            return incident.report_done_at is not None
        case "resolved":
            return incident.resolved_at is not None
        case "message":
            return any(not name or r.about == name for r in incident.messages)
        case "status":
            return incident.stage == name
        case _:
            return until in incident.ticked


def addressee(incident: Incident, prompt: Prompt, setting: Setting) -> str:
    """The channel, or the nick, that a prompt goes to; "" when there is nobody, or nothing to say."""
    product = setting.products.get(incident.product)
    if "{runbook}" in prompt.text and not (product and product.runbook):
        return ""
    kind, _, name = prompt.to.partition(":")
    if kind == "private":
        holder = incident.holder(name or "lead")
        return holder.nick if holder else ""
    return incident.channel


def worded(
    incident: Incident, prompt: Prompt, process: Process, setting: Setting, summary: str
) -> str:
    """A prompt's text, beginning with the nick of whose business it is."""
    text = prompt.text.format(**_places(incident, prompt, process, setting), summary=summary)
    role = prompt.to.partition(":")[0]
    nick = _latest_holder(incident, role) if role in process.roles else ""
    return f"{nick}: {text}" if nick else text


def _places(
    incident: Incident, prompt: Prompt, process: Process, setting: Setting
) -> Mapping[str, object]:
    """What a prompt's text may name, beside {summary}."""
    product = setting.products.get(incident.product)
    duty = setting.on_call(incident.product, prompt.on_call) if prompt.on_call else ""
    return {
        "id": incident.id,
        "prefix": setting.prefix,
        "channel": incident.channel,
        "severity": incident.severity,
        "runbook": product.runbook if product else "",
        "duty": duty,
        "duty_is": f" ({duty})" if duty else "",
        "report_words": process.report.words,
        "lead_title": process.lead.title,
        **{role_place(key): _who(incident, process, key) for key in process.roles},
    }


# What a prompt's text may name, beside every role's key.
PLACES = frozenset(
    ("summary", "id", "prefix", "channel", "severity", "runbook", "duty", "duty_is")
) | {"report_words", "lead_title"}


def role_place(key: str) -> str:
    """How a prompt's text names the holders of a role.

    >>> role_place("point-person")
    'point_person'
    """
    return key.replace("-", "_")


def _who(incident: Incident, process: Process, role: str) -> str:
    """Who holds a role, or what it is called while nobody does."""
    return ", ".join(p.nick for p in incident.holders(role)) or process.roles[role].title


def _latest_holder(incident: Incident, role: str) -> str:
    """Who holds a role; once the incident is over, who held it last."""
    holder = incident.holder(role)
    if holder is None and not incident.live:
        held = [term.holder for term in incident.terms if term.role == role]
        holder = held[-1] if held else None
    return holder.nick if holder else ""


def is_called_for(prompt: Prompt, text: str) -> bool:
    """Whether a text has the words that a prompt waits for."""
    return "?" not in text and has_any(text, prompt.said)
