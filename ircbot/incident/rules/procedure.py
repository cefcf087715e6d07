"""What a process adds to an incident: statuses, checklists, hypotheses, messages for people
outside, and the review meeting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ircbot.incident.events import (
    HypothesisAdded,
    HypothesisJudged,
    MeetingSet,
    Messaged,
    MilestoneSet,
    StatusSet,
    Ticked,
)
from ircbot.incident.process import Audience
from ircbot.incident.rules import actions, ending
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.guarding import held_back, masked
from ircbot.incident.stages import stage
from ircbot.incident.state import Incident
from ircbot.incident.wording import NestedText
from ircbot.incident.words import places


def set_stage(ctx: Context, incident: Incident, typed: str) -> None:
    """List the statuses, or set one; the status of a resolution resolves the incident."""
    process = ctx.process_of(incident)
    known = process.statuses
    now = stage(incident, process, ctx.now)
    named = next(
        (key for key in known if typed.lower() in (key.lower(), known[key].name.lower())), ""
    )
    if not named:
        listed = [f"[{known[key].name}]" if key == now else known[key].name for key in known]
        which = "statuses" if listed else "statuses-none"
        ctx.answer(which, incident, statuses=", ".join(listed))
        return
    if known[named].when == "resolved" and incident.live:
        ending.resolve(ctx, incident.id, "", asked=True)
        return
    if known[named].when == "mitigated" and incident.mitigated_at is None:
        ctx.record(incident.id, MilestoneSet("mitigated", ctx.now))
    if named != now:
        ctx.record(incident.id, StatusSet(named))
    order = list(known)
    back = now in order and order.index(named) < order.index(now)
    said = {"what": "status", "value": known[named].name}
    if back:
        ctx.answer("stage-back", incident, before=known[now].name, **said)
    else:
        ctx.answer("set", incident, **said)


# --- checklists -------------------------------------------------------------------------------


def checklist(ctx: Context, incident: Incident, item: str) -> None:
    """Show a checklist; ITEM ticks one off."""
    items = _items(ctx, incident)
    if not items:
        ctx.answer("no-checklist", incident)
    elif not item:
        for each in ctx.process_of(incident).checklists:
            marks = "; ".join(
                f"[{'x' if key in incident.ticked else ' '}] {key}: {text}"
                for key, text in each.items.items()
            )
            ctx.answer("checklist", incident, title=each.title, items=marks)
    elif item.lower() not in items:
        ctx.answer("no-item", incident, items=", ".join(items))
    elif not ctx.refused("done", incident):
        key = item.lower()
        if key not in incident.ticked:
            ctx.record(incident.id, Ticked(key))
        ctx.answer("ticked", incident, item=items[key])


def done(ctx: Context, incident: Incident, name: str) -> None:
    """Tick off an item of a checklist, or finish a follow-up."""
    if name.lower() in _items(ctx, incident):
        checklist(ctx, incident, name)
    else:
        actions.finish(ctx, incident, name)


def _items(ctx: Context, incident: Incident) -> Mapping[str, str]:
    lists = ctx.process_of(incident).checklists
    return {key: text for each in lists for key, text in each.items.items()}


# --- hypotheses -------------------------------------------------------------------------------

_PROVED = ("proved", "proven", "confirmed")
_JUDGEMENTS = (*_PROVED, "disproved", "refuted")
_OUTCOMES = {None: "hypothesis-open", True: "hypothesis-proved", False: "hypothesis-disproved"}
_JUDGED = re.compile(
    rf"(?P<verb>{'|'.join(_JUDGEMENTS)}) #?(?P<n>\d{{1,6}})"
    rf"|#?(?P<first>\d{{1,6}}) (?:is )?(?P<late>{'|'.join(_JUDGEMENTS)})",
    re.IGNORECASE,
)


def hypothesis(ctx: Context, incident: Incident, typed: str) -> None:
    """Handle guesses at the cause: TEXT adds one; `proved N` and `disproved N` judge one; nothing
    lists them.
    """
    if match := _JUDGED.fullmatch(typed):
        n = int(match["n"] or match["first"])
        if incident.hypothesis(n) is None:
            ctx.answer("no-hypothesis", incident, n=n)
            return
        proved = (match["verb"] or match["late"]).lower() in _PROVED
        ctx.record(incident.id, HypothesisJudged(n, proved))
        outcome = NestedText("hypothesis-proved" if proved else "hypothesis-disproved")
        ctx.answer("hypothesis-judged", incident, n=n, outcome=outcome)
    elif typed.lower() in _JUDGEMENTS:
        ctx.answer_usage(incident)
    elif typed:
        add_hypothesis(ctx, incident, typed)
    else:
        listed = "; ".join(
            f"{g.n} ({ctx.word(_OUTCOMES[g.proved], incident)}) {g.text}"
            for g in incident.hypotheses
        )
        nothing = NestedText("hypotheses-none")
        ctx.answer("hypotheses", incident, hypotheses=listed or nothing)


def add_hypothesis(ctx: Context, incident: Incident, text: str) -> None:
    """Add a guess at the cause."""
    n = incident.next_hypothesis
    worded = masked(ctx, text)
    ctx.record(incident.id, HypothesisAdded(n, worded))
    ctx.answer("hypothesis", incident, n=n, text=worded)


# --- messages for people outside --------------------------------------------------------------

_VALUE = re.compile(r'([A-Z][A-Z_]*)=("[^"]*"|.*?(?=\s+[A-Z][A-Z_]*=|$))')


def message(ctx: Context, incident: Incident, key: str, typed: str) -> None:
    """Say a message from the process's template, with every place filled and no other named; or a
    free text to an audience.
    """
    process = ctx.process_of(incident)
    templates = process.messages
    template = templates.get(key.lower())
    audience = next((each for each in process.audiences if each.key.lower() == key.lower()), None)
    if template is None and audience is not None and typed:
        _tell_audience(ctx, incident, audience, typed)
        return
    if template is None:
        known = (*templates, *(each.key for each in process.audiences))
        which = "message-which" if known else "message-none"
        ctx.answer(which, incident, messages=", ".join(known))
        return
    given = {name: value.strip('"').strip() for name, value in _VALUE.findall(typed)}
    values = {template.also.get(name, name): value for name, value in given.items()}
    needed = sorted(places(template.text), key=lambda name: template.text.index(f"{{{name}}}"))
    missing = [name for name in needed if not values.get(name)]
    unknown = [name for name in values if name not in needed]
    if missing or unknown:
        example = " ".join(f'{name}="{values.get(name) or "…"}"' for name in needed)
        ctx.answer(
            "message-missing" if missing else "message-unknown",
            incident,
            template=key.lower(),
            missing=", ".join(missing),
            unknown=", ".join(unknown),
            example=example,
        )
        return
    text = template.text.format(**{name: masked(ctx, value) for name, value in values.items()})
    ctx.record(incident.id, Messaged(key.lower(), text))
    for line in text.splitlines():
        if line.strip():
            ctx.answer_text(line.strip())


def _tell_audience(ctx: Context, incident: Incident, audience: Audience, text: str) -> None:
    """Record what an audience is told, and say it in the audience's channels."""
    if held_back(ctx, incident, text, f"message {audience.key}"):
        return
    worded = masked(ctx, text)
    ctx.record(incident.id, Messaged(audience.key, worded))
    channels = () if incident.private else audience.channels
    for channel in channels:
        told = ctx.word("update", incident, text=worded, nick=ctx.line.nick)
        ctx.tell(incident, channel, told)
    if not any(ctx.same_name(channel, ctx.line.channel) for channel in channels):
        ctx.answer("audience-told", incident, audience=audience.name)


# --- the review meeting -----------------------------------------------------------------------


def meet(ctx: Context, incident: Incident, typed: str) -> None:
    """Set the review meeting."""
    if (at := ctx.when_it_is_due(typed)) is None:
        return
    ctx.record(incident.id, MeetingSet(at))
    place = ctx.setting.readable_report(incident.id, private=incident.private)
    place = re.sub(r"\.[^/]*$", ".ics", place) if ctx.hears(incident) else ""
    words = ctx.process_of(incident).meeting_words
    invitation = ctx.word("meeting-where", incident, where=place) if place else ""
    ctx.answer("meeting", incident, at=ctx.clock(at), meeting=words, where=invitation)
