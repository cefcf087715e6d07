"""What comes back from a place, as it goes on record: words that people wrote on a page of ours,
and what became of follow-ups where their tickets are."""

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
_LONGEST = (
    200_000  # characters of a section that is taken; anybody may write there, again and again
)


def written(
    publisher: Publisher,
    publication: Publication,
    incident: Incident,
    process: Process,
    *,
    masked: bool,
) -> Iterator[Event]:
    """What people wrote on the page. Raises a PublishError."""
    if not (publication.prose and isinstance(publisher, ReadsProse)):
        return
    recorded = prose_of(incident)
    keys = anchors(process, recorded)
    # Not as `publication` has it: its words may have to go from the place alone.
    ours = {anchor: recorded.get(keys[anchor], "") for anchor in publication.prose}
    there = publisher.prose(publication)
    for anchor, text in put_together(there, ours, masked=masked):
        if len(text) <= _LONGEST:
            yield from writing(keys[anchor], text)
        elif not publication.erased:  # words that must go wait for nobody
            raise Unavailable(f"has a section of more than {_LONGEST:,} characters; shorten it")


def followed(
    publisher: Publisher, publication: Publication, incident: Incident, place: str
) -> Iterator[Event]:
    """What became of the tickets of follow-ups. Raises a PublishError."""
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
