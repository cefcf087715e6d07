"""The state: everything known about all incidents, folded from the entries of the journal.

The hard part is that the past changes. Words are erased, entries get another time, facts in the
header are undone, people turn out to be somebody else. None of this edits an entry: another entry
says so, and the state after it is a new value.

What always holds:
  * `replay(entries)` gives the same state as applying `evolve` one by one: a restart is a replay.
  * A value of the state never changes. It can be kept, and compared by identity.
  * The state knows no rule: an entry that is here happened, whoever may have caused it.
  * After an erasure, the state is the `replay` of the entries that are left.

parts.py has the parts of an incident, incident.py the incident and its queries, state.py all
incidents together. evolve.py has a case for each event; header.py, roles.py, numbered.py,
telling.py, ending.py, publishing.py and erased.py hold what takes more than a line.

Ruled out: mutable objects (the state would move before the journal has the entry), and figures
stored in the state (stretches.py computes them from it).
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
