"""The review meeting as an iCalendar file (RFC 5545), for whoever took part.

icalendar does the format: line folding and escaping are easy to get nearly right.
"""

from __future__ import annotations

from datetime import timedelta

from icalendar import Calendar, Event, vCalAddress, vText

from ircbot.errors import ReportError
from ircbot.incident.process import Process
from ircbot.incident.state import Incident
from ircbot.incident.view import one_line, participants

_LENGTH = timedelta(hours=1)


def invitation(incident: Incident, process: Process, place: str = "") -> str:
    """The meeting of an incident, for calendars. `place` is where its report is.

    ReportError if no meeting was set. Setting it again gives the same event, with another time.
    """
    if incident.meeting_at is None:
        raise ReportError(
            f"incident {incident.id} has no review meeting; `meeting TIME` in its channel sets one."
        )
    event = Event()
    event.add("uid", f"incident-{incident.id}-{incident.declared_at:%Y%m%dT%H%M%S}@ircbot")
    event.add("dtstamp", incident.changed_at or incident.declared_at)
    event.add("dtstart", incident.meeting_at)
    event.add("dtend", incident.meeting_at + _LENGTH)
    event.add("summary", f"Review of incident {incident.id}: {one_line(incident.summary)}")
    agenda = [f"{process.report.words}: {place}"] if place else []
    agenda += [f"- {question}" for question in process.questions]
    event.add("description", "\n".join(agenda))
    for nick in participants(incident):
        # A nick is no mail address; RFC 5545 §3.3.3 takes any URI.
        person = vCalAddress(f"irc:{nick},isnick")
        person.params["CN"] = vText(nick)
        event.add("attendee", person)
    calendar = Calendar()
    calendar.add("prodid", "-//ircbot//incident review//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return str(calendar.to_ical().decode())
