"""The review meeting as an iCalendar file (RFC 5545), for the participants.

Uses icalendar, because line folding and escaping are easy to get slightly wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from icalendar import Calendar, Event, vCalAddress, vText

from ircbot.errors import ReportError
from ircbot.incident.process import Meeting, Process
from ircbot.incident.state import Incident
from ircbot.incident.view import one_line, participants


def invitation(incident: Incident, process: Process, place: str = "", *, sequence: int = 0) -> str:
    """The meeting of an incident. `place` is where its report is, `sequence` how often the meeting
    was changed before.

    ReportError if no meeting was set. A change of the meeting gives the same event with a new time.
    """
    if incident.meeting_at is None:
        raise ReportError(
            f"incident {incident.id} has no review meeting; `meeting TIME` in its channel sets one."
        )
    event = Event()
    event.add("uid", f"incident-{incident.id}-{incident.declared_at:%Y%m%dT%H%M%S}@ircbot")
    event.add("dtstamp", incident.changed_at or incident.declared_at)
    event.add("sequence", sequence)
    event.add("dtstart", incident.meeting_at)
    meeting = process.meeting or Meeting()
    event.add("dtend", incident.meeting_at + meeting.length)
    title = f"{meeting.words[:1].upper()}{meeting.words[1:]} of incident {incident.id}"
    told = "" if incident.guarded else one_line(incident.summary)
    event.add("summary", f"{title}: {told}" if told else title)
    event.add("description", "\n".join(_agenda(incident, process, meeting, place)))
    for nick in participants(incident):
        # A nick is not a mail address; RFC 5545 §3.3.3 accepts any URI.
        person = vCalAddress(f"irc:{nick},isnick")
        person.params["CN"] = vText(nick)
        event.add("attendee", person)
    calendar = Calendar()
    calendar.add("prodid", "-//ircbot//incident review//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return str(calendar.to_ical().decode())


def from_organiser(text: str, address: str) -> str:
    """An invitation to be sent by mail (RFC 5546, PUBLISH): with an organiser, without attendees,
    and not to be answered."""
    calendar = Calendar.from_ical(text)
    calendar.add("method", "PUBLISH")
    for event in calendar.walk("VEVENT"):
        event.pop("attendee", None)
        event.add("organizer", vCalAddress(f"mailto:{address}"))
    return str(calendar.to_ical().decode())


def _agenda(incident: Incident, process: Process, meeting: Meeting, place: str) -> Iterator[str]:
    """Where the report and its documents are, other invited people, and the agenda."""
    for where in dict.fromkeys([place, *(report.about for report in incident.published)]):
        if where:
            yield f"{process.report.words}: {one_line(where)}"
    for link in incident.links:
        yield f"{one_line(link.text) or 'link'}: {one_line(link.about)}"
    if meeting.invite:
        yield f"Also invited: {', '.join(meeting.invite)}"
    yield from (f"- {question}" for question in process.questions)
