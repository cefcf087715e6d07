"""What becomes owed to published places, automatically or by command."""

from __future__ import annotations

from ircbot.incident.deliveries import asked, caused, not_there, takes
from ircbot.incident.line import Source
from ircbot.incident.people import same_name
from ircbot.incident.rules.context import Context
from ircbot.incident.state import Incident
from ircbot.incident.wording import NestedText


def owe(ctx: Context) -> None:
    """Record the publications that follow from what was just recorded. Imported logs cause none."""
    for entry in tuple(ctx.entries) if ctx.setting.targets else ():
        incident = ctx.state.incidents.get(entry.incident)
        if incident is None or entry.source not in (Source.LIVE, Source.SHELL):
            continue
        for due in caused(entry.event, incident, ctx.setting):
            ctx.record(incident.id, due)


def publish(ctx: Context, incident: Incident, name: str) -> None:
    """Publish an incident at a place, or at all of them, by command."""
    if not may_publish(ctx, incident):
        return
    targets = ctx.setting.targets
    if not targets:
        ctx.answer("publish-nowhere", incident)
        return
    named = [target for target in targets if not name or same_name(target.name, name)]
    if not named:
        ctx.answer(
            "publish-unknown", incident, name=name, targets=", ".join(t.name for t in targets)
        )
        return
    taking = [target for target in named if takes(target, incident)]
    for target in taking:
        ctx.record(incident.id, asked(target, incident))
    if taking:
        ctx.answer("publish-due", incident, targets=", ".join(t.name for t in taking))
    else:
        ctx.answer("publish-private", incident, targets=named[0].name)


def owed_words(ctx: Context, incident: Incident) -> str:
    """Where an incident is still to be published, "" if nowhere; with the reasons, for people who
    may see its talk.
    """
    return "".join(
        ctx.word(
            "publish-owed",
            incident,
            targets=title,
            why=NestedText("publish-owed-why", {"why": why}) if why and ctx.hears(incident) else "",
        )
        for title, why in not_there(incident, ctx.setting).items()
    )


def may_publish(ctx: Context, incident: Incident) -> bool:
    """Whether the speaker may: they have or had the role that owes the report, write it, or have
    the right to publish; if not, they are told who may.
    """
    by = ctx.process_of(incident).report.by
    owing = [t.holder for t in incident.terms if t.role == by]
    if incident.report_writer is not None:
        owing.append(incident.report_writer.who)
    owes = any(ctx.mine(holder, incident) for holder in owing)
    return owes or not ctx.refused("publish", incident)
