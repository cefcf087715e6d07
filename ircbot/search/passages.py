"""The searchable parts of an incident: the words of its current record.

Not what was redacted, struck or withheld, and no former wordings. Knows no index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from ircbot.incident.hits import FoundIncident, Passage
from ircbot.incident.plain import shortened
from ircbot.incident.prose import SECTIONS, prose_of
from ircbot.incident.state import Incident
from ircbot.incident.state.parts import Remark
from ircbot.incident.stretches import open_spans, total
from ircbot.incident.view import one_line

# Hits of an incident are in this order.
KINDS = (
    "summary",
    "product",
    "impact",
    *SECTIONS,
    "hypothesis",
    "why",
    "later",
    "props",
    "link",
    "note",
    "update",
    "message",
    "end",
    "action",
)
# Where to search: what people said, the report, or what is to be done.
PLACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "timeline": ("note", "update", "message", "end"),
        "reports": KINDS[: KINDS.index("note")],
        "actions": ("action",),
    }
)
_ENDS = ("resolved", "withdrawn", "reopened", "duplicate")
_ENOUGH = 300  # characters of how it ended


def place_of(kind: str) -> str:
    """The place that passages of a kind belong to."""
    return next(place for place, kinds in PLACES.items() if kind in kinds)


def found(incident: Incident) -> FoundIncident:
    """An incident as a search result."""
    over = None if incident.live else round(total(open_spans(incident)).total_seconds())
    leaders = [term.holder.nick for term in incident.terms if term.role == "lead"]
    return FoundIncident(
        incident.id,
        one_line(incident.summary),
        incident.status,
        incident.declared_at,
        incident.declared_in,
        incident.channel,
        incident.network,
        incident.private,
        incident.guarded,
        incident.drill,
        one_line(incident.severity),
        one_line(incident.product),
        one_line(leaders[-1]) if leaders else "",
        over,
        "" if incident.live else _what_ended(incident),
    )


def _what_ended(incident: Incident) -> str:
    """How it ended: from the report, the words of whoever resolved it, or the last entry."""
    last = next((n for n in reversed(incident.notes) if n.stands and not n.withheld), None)
    told = prose_of(incident).get("resolution", "").partition("\n\n")[0]
    text = one_line(told or incident.resolution or (last.text if last else ""))
    return shortened(text, _ENOUGH)


def passages(incident: Incident) -> Iterator[Passage]:
    """Everything that people said in an incident and that can be found, without repetitions."""
    at, by = incident.declared_at, incident.declared_by.nick
    said: set[str] = set()
    for passage in (
        Passage("summary", None, at, by, incident.summary),
        Passage("product", None, at, by, incident.product),
        Passage("impact", None, at, by, incident.impact),
        *_prose(incident),
        *(Passage("hypothesis", h.n, h.at, h.by.nick, h.text) for h in incident.hypotheses),
        *_remarks("why", incident.whys),
        *_remarks("later", incident.parked),
        *_remarks("props", incident.props),
        *_remarks("link", incident.links),
        *(
            Passage("note", note.n, note.at, note.by.nick, note.text)
            for note in incident.notes
            if note.stands and not note.withheld
        ),
        *(Passage("update", None, u.at, u.by.nick, u.text) for u in incident.updates),
        *_remarks("message", incident.messages),
        *(
            Passage("end", None, m.at, m.by.nick, m.words)
            for m in incident.moments
            if m.kind in _ENDS
        ),
        *(
            Passage("action", a.n, a.at, a.by.nick, f"{a.text} {a.ticket}")
            for a in incident.actions
            if not a.dropped
        ),
    ):
        text = one_line(passage.text)
        # An update is often an entry as well, and the words of the end are the last one.
        if text and not (passage.kind in ("update", "end") and text in said):
            said.add(text)
            yield Passage(passage.kind, passage.n, passage.at, one_line(passage.nick), text)


def _prose(incident: Incident) -> Iterator[Passage]:
    """The sections of the report, each under its first author."""
    first: dict[str, Remark] = {}
    for piece in incident.prose:
        first.setdefault(piece.key, piece)
    for key, text in prose_of(incident).items():
        if key in SECTIONS:
            yield Passage(key, None, first[key].at, first[key].by.nick, text.replace("\n", " "))


def _remarks(kind: str, remarks: Iterable[Remark]) -> Iterator[Passage]:
    for n, one in enumerate(remarks, 1):
        about = one.url if kind == "link" else ""
        yield Passage(kind, n, one.at, one.by.nick, f"{about} {one.text}")
