"""Searches of all incidents: requesting them, and telling the results.

The core has no index: it requests a search (`Context.seek`), and whoever runs it returns the
result. Who may see a result is checked twice, when it is selected and when it is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from ircbot.incident.events import RoleTaken
from ircbot.incident.filters import FilterError, filters
from ircbot.incident.hits import (
    STATUSES,
    AccessFacts,
    FoundIncident,
    Hit,
    SearchFilter,
    SearchResult,
)
from ircbot.incident.line import Source
from ircbot.incident.plain import shortened
from ircbot.incident.rules import asking
from ircbot.incident.rules.context import Context
from ircbot.incident.sayings import Command
from ircbot.incident.state import Incident
from ircbot.incident.times import length

TOLD = 3  # an answer is at most three lines
_TITLE, _ENDED = 80, 160  # characters


def search(ctx: Context, order: Command) -> None:
    """Search all incidents, or some, for words."""
    asked = _asked(ctx, order.name, order.arguments)
    if asked is not None and asked[1]:
        ctx.seek(asked[1], wanted=asked[0])
    elif asked is not None:
        ctx.answer_usage()


def list_incidents(ctx: Context, order: Command) -> None:
    """List the newest incidents in memory, or those of all that match a filter."""
    if not order.arguments.strip():
        asking.list_incidents(ctx)
        return
    asked = _asked(ctx, order.name, order.arguments)
    if asked is None:
        return
    wanted, rest = asked
    if rest.lower() in STATUSES:
        wanted, rest = replace(wanted, status=rest.lower()), ""
    if rest:
        ctx.answer_usage()
    else:
        ctx.seek("", wanted=wanted)


def _asked(ctx: Context, name: str, typed: str) -> tuple[SearchFilter, str] | None:
    """The filter, and the rest of the text; the speaker is told what cannot be used."""
    try:
        return filters(typed, ctx.now, ctx.setting.zone)
    except FilterError as error:
        ctx.answer("filter-none", typed=str(error), name=name)
        return None


def similar(ctx: Context, incident: Incident, arguments: str) -> None:
    """Find incidents that resemble one. If its talk may not be repeated here, neither may this."""
    if incident.guarded or not ctx.hears(incident):
        ctx.answer("talk-hidden", incident, channel=incident.channel)
        return
    ctx.seek(_words_of(incident), like=incident.id)


def remind_leader(ctx: Context) -> None:
    """Tell the first leader of an incident which earlier ones it resembles, if any."""
    for entry in ctx.entries if ctx.line.source is Source.LIVE else ():
        incident = ctx.state.incidents.get(entry.incident)
        if (
            incident is not None
            and isinstance(entry.event, RoleTaken)
            and entry.event.role == "lead"
            and not ctx.setting.quiet
            and not incident.guarded
            and sum(term.role == "lead" for term in incident.terms) == 1
            and incident.live
            and any(ctx.mine(holder, incident) for holder in incident.holders())
        ):
            ctx.seek(_words_of(incident), like=incident.id, aside=True)


def _words_of(incident: Incident) -> str:
    return f"{incident.summary} {incident.product}"


def shows(ctx: Context, found: FoundIncident, kind: str = "") -> bool:
    """Whether a passage of a kind, or with "" anything said in an incident, may be told to the
    person who asked, where they asked: the same rule as for `status` and `list`, and nothing of a
    security matter.
    """
    incident: AccessFacts = ctx.state.incidents.get(found.id) or found
    if incident.guarded or not ctx.sees(incident):
        return False
    return kind == "summary" or ctx.hears(incident)


def tell(ctx: Context, findings: SearchResult) -> None:
    """Tell a search's result to the person who asked."""
    sought = findings.sought
    hits = [hit for hit in findings.hits if shows(ctx, hit.incident, hit.passage.kind)]
    alike = [found for found in findings.alike if shows(ctx, found)]
    if sought.aside:
        for found in alike[:1]:
            ctx.whisper_text(_likeness(ctx, found))
    elif findings.trouble:
        ctx.answer("search-fails", why=findings.trouble)
    elif sought.lists:
        _tell_listed(ctx, findings)
    elif not hits and not alike:
        ctx.answer("similar-none" if sought.like else "search-none")
    else:
        lines = [*_passages(ctx, hits), *(_likeness(ctx, found) for found in alike)]
        lines[-1] += ctx.word("search-more", None) if findings.more else ""
        for line in lines:
            ctx.answer_text(line)


def lists(ctx: Context, found: FoundIncident, wanted: SearchFilter) -> bool:
    """Whether an incident that matches may be listed to the person who asked, where they asked; who
    took part is known only from its talk.
    """
    return shows(ctx, found, "" if wanted.nick else "summary")


def _tell_listed(ctx: Context, findings: SearchResult) -> None:
    listed = [found for found in findings.listed if lists(ctx, found, findings.sought.wanted)]
    if not listed:
        ctx.answer("search-none")
    for place, found in enumerate(listed, 1):
        lasted = timedelta(seconds=found.seconds or 0)
        if found.seconds is None:
            lasted = max(ctx.now - found.declared_at, lasted)
        left = findings.more if place == len(listed) else 0
        ctx.answer(
            "list",
            None,
            id=found.id,
            status=f"{found.status}{ctx.word('drill', None) if found.drill else ''}",
            severity=asking.severity_listed(ctx, found.severity),
            summary=shortened(found.title.rstrip("."), _TITLE) or ctx.word("no-summary", None),
            at=_day(ctx, found),
            span=length(lasted),
            led=asking.leader_listed(ctx, found.leader),
            more=ctx.word("list-more", None, count=left) if left else "",
        )


def _passages(ctx: Context, hits: list[Hit]) -> Iterator[str]:
    for hit in hits:
        incident, passage = hit.incident, hit.passage
        yield ctx.word(
            "search-hit",
            None,
            id=incident.id,
            day=_day(ctx, incident),
            summary=shortened(incident.title.rstrip("."), _TITLE) or ctx.word("no-summary", None),
            what=f"#{passage.n}" if passage.kind == "note" else passage.kind,
            nick=passage.nick,
            text=hit.unmarked,
        )


def _likeness(ctx: Context, found: FoundIncident) -> str:
    return ctx.word(
        "similar-ended" if found.ended else "similar",
        None,
        id=found.id,
        day=_day(ctx, found),
        span=length(timedelta(seconds=found.seconds or 0)),
        summary=shortened(found.title.rstrip("."), _TITLE) or ctx.word("no-summary", None),
        text=shortened(found.ended.rstrip("."), _ENDED),
    )


def _day(ctx: Context, found: FoundIncident) -> str:
    return found.declared_at.astimezone(ctx.setting.zone).date().isoformat()
