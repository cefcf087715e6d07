"""The state: everything that is known of all incidents, folded from the entries of the journal.

The hard part is that the past changes. Words are erased, entries get another time, facts of the
header are taken back, people turn out to be somebody else. None of it edits an entry: another entry
says so, and the state after it is a new value.

What always holds:
  * `replay(entries)` gives the same state as `evolve` gave one by one; so a restart is a replay.
  * A value of the state never changes. Who holds one may keep it, and compare by identity.
  * The state knows no rule: an entry that is here happened, whoever may have done it.
  * An event that erases leaves what `replay` makes of the entries that are left.

parts.py has what an incident is made of, incident.py an incident and what can be asked of it,
state.py all of them together; evolve.py has a case for each event, with header.py, roles.py,
numbered.py, telling.py, ending.py, publishing.py and erased.py for what takes more than a line.

Ruled out: objects that change themselves (the state would move before the journal has the entry),
and figures kept in the state: they are computed from it, in stretches.py.
"""

from ircbot.incident.state.evolve import evolve, incident_after, replay
from ircbot.incident.state.incident import Incident
from ircbot.incident.state.parts import (
    FACTS,
    PAST,
    WAITS,
    Absence,
    Action,
    Asked,
    Call,
    Change,
    Delivery,
    Moment,
    Moved,
    Note,
    Offer,
    Owed,
    PlannedOffer,
    Question,
    Remark,
    Retiming,
    Term,
    Update,
)
from ircbot.incident.state.roles import holds
from ircbot.incident.state.state import State, Stray, topic_key

__all__ = [
    "FACTS",
    "PAST",
    "WAITS",
    "Absence",
    "Action",
    "Asked",
    "Call",
    "Change",
    "Delivery",
    "Incident",
    "Moment",
    "Moved",
    "Note",
    "Offer",
    "Owed",
    "PlannedOffer",
    "Question",
    "Remark",
    "Retiming",
    "State",
    "Stray",
    "Term",
    "Update",
    "evolve",
    "holds",
    "incident_after",
    "replay",
    "topic_key",
]
