"""Changes to what people number: timeline entries and follow-ups."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from ircbot.incident.alerts import VIA
from ircbot.incident.events import (
    ActionChanged,
    ActionDone,
    ActionTicketed,
    Continued,
    Copied,
    Edited,
    Entry,
    Noted,
    Redacted,
    RedactionAsked,
    Restored,
    Retimed,
    Returned,
    Struck,
)
from ircbot.incident.people import same_name
from ircbot.incident.state.changing import quickly_replaced, reminders_without, writers_with
from ircbot.incident.state.incident import Incident
from ircbot.incident.state.parts import Action, Moved, Note, Retiming


def with_note(i: Incident, entry: Entry, noted: Noted) -> Incident:
    """Adds an entry."""
    by = noted.by or entry.by
    at = noted.at or entry.at
    told = noted.origin is None and by.via != VIA and _tells(i, entry)
    note = Note(
        n=noted.n,
        at=at,
        recorded=noted.recorded or entry.at,
        by=by,
        channel=noted.channel or entry.channel,
        text=noted.text,
        source=entry.source,
        told=told,
        origin=noted.origin,
        msgid="" if noted.by else entry.msgid,
    )
    counts = told and (i.clock is None or entry.at >= i.clock)
    return quickly_replaced(
        i,
        notes=i.notes.append(note),
        writers=i.writers if by.via == VIA else writers_with(i, by),
        clock=entry.at if counts else i.clock,
        # An update that was promised here is still owed: an entry is not an update.
        reminders_sent=reminders_without(i, "update")
        if counts and not i.promised(i.channel)
        else i.reminders_sent,
        changed_at=entry.at,
    )


def _tells(i: Incident, entry: Entry) -> bool:
    """Whether an entry counts as telling the comms channel how things stand: it was said there by
    somebody who has or had a role, or, while nobody leads, by the declarer. A bystander's does not.
    """
    if not entry.channel or not same_name(entry.channel, i.channel, i.casemapping):
        return False
    for term in i.terms:
        if i.is_same(term.holder, entry.by):
            return True
    lead = i.term()
    unled = lead is None or i.departed(lead.holder) is not None
    return unled and i.is_same(i.declared_by, entry.by)


_OfNote = (
    Continued | Edited | Retimed | Struck | Restored | Copied | Returned | RedactionAsked | Redacted
)


def note_after(note: Note, entry: Entry, event: _OfNote) -> Note:
    """A timeline entry after an event."""
    match event:
        case Retimed(_, at):
            corrected = Retiming(note.at, entry.by, entry.at)
            return replace(note, at=at, retimed=(*note.retimed, corrected))
        case Continued(_, text):
            return replace(note, text=note.text + text)
        case Edited(_, text):
            return replace(note, text=text, before=(*note.before, note.text))
        case Struck() | RedactionAsked():
            return replace(note, struck=True)
        case Restored():
            return replace(note, struck=False)
        case Copied(_, there, moved, hidden):
            known = there == note.origin or there in note.copies
            copies = note.copies if known else (*note.copies, there)
            now = Moved(there, entry.by, entry.at, hidden)
            if note.moved is not None:  # it was moved on from there
                now = replace(note.moved, to=there, hidden=hidden)
            return replace(note, copies=copies, moved=now if moved else note.moved)
        case Returned():
            return replace(note, moved=None)
        case Redacted():
            return replace(note, text="", before=())
        case _ as unreachable:
            assert_never(unreachable)


def action_after(
    action: Action, event: ActionDone | ActionTicketed | ActionChanged, at: datetime
) -> Action:
    """A follow-up after an event at some time."""
    followed = (event.place, at) if event.place else None
    match event:
        case ActionDone():
            return replace(action, done=True, done_at=at, before=action, followed=followed)
        case ActionTicketed(_, ticket, ""):
            return replace(action, ticket=ticket, before=action)
        case ActionTicketed(_, ticket):
            return _with_ticket(action, ticket)
        case ActionChanged(undone=True):
            return action.before or action
        case ActionChanged(reopened=True):
            again = replace(action, done=False, done_at=None, dropped=False, before=action)
            return replace(again, followed=followed)
        case ActionChanged(_, owners, due, dropped):
            own = action.owners if owners is None else owners
            return replace(
                action,
                owner=own[0] if own else "",
                others=own[1:],
                due=action.due if due is None else due,
                dropped=action.dropped or dropped,
                before=action,
                followed=followed,
            )
        case _ as unreachable:
            assert_never(unreachable)


def _with_ticket(action: Action, ticket: str) -> Action:
    """Adds a ticket that was made automatically, which `undo` must not remove."""
    before = action.before and _with_ticket(action.before, ticket)
    return replace(action, ticket=ticket, before=before)
