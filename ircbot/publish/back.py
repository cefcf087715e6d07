"""Turn what people did at a place into events: words that they wrote on our page, and what became
of follow-ups in their tickets."""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.incident.events import ActionChanged, ActionDone, ActionTicketed, Event
from ircbot.incident.process import Process
from ircbot.incident.prose import prose_of, writing
from ircbot.incident.state import Incident
from ircbot.publish.prose import put_together
from ircbot.publish.protocol import HasTickets, Publication, Publisher, ReadsProse, Unavailable
from ircbot.report.editing import anchors

_LONGEST_URL = 1000
_LONGEST = 200_000  # characters of a section; anybody may write there, again and again


def written(
    publisher: Publisher,
    publication: Publication,
    incident: Incident,
    process: Process,
    *,
    masked: bool,
) -> Iterator[Event]:
    """The events for what people wrote on the page. Raises PublishError."""
    if not (publication.prose and isinstance(publisher, ReadsProse)):
        return
    recorded = prose_of(incident)
    keys = anchors(process, recorded)
    # Not `publication.prose`, which may lack words that must be erased from this place only.
    ours = {anchor: recorded.get(keys[anchor], "") for anchor in publication.prose}
    there = publisher.prose(publication)
    for anchor, text in put_together(there, ours, masked=masked):
        if len(text) <= _LONGEST:
            yield from writing(keys[anchor], text)
        elif not publication.erased:  # an erasure must not wait for anybody
            raise Unavailable(f"has a section of more than {_LONGEST:,} characters; shorten it")


def followed(
    publisher: Publisher, publication: Publication, incident: Incident, place: str
) -> Iterator[Event]:
    """The events for what became of the follow-ups' tickets. Raises PublishError."""
    if not (incident.actions and isinstance(publisher, HasTickets)):
        return
    for n, ticket in publisher.tickets(publication).items():
        action = incident.action(n)
        if action is None:
            continue
        if not action.ticket and ticket.url.isprintable() and len(ticket.url) <= _LONGEST_URL:
            yield ActionTicketed(n, ticket.url, place)
        match ticket.became:
            case "done" if action.is_open:
                yield ActionDone(n, place)
            case "dropped" if action.is_open:
                yield ActionChanged(n, dropped=True, place=place)
            case "open" if not action.is_open:
                yield ActionChanged(n, reopened=True, place=place)
