"""The situations in which words mean something that they do not mean elsewhere.

"search is back up" is small talk until the leader of an open incident says it in its channel. Each
meaning names the situations in which it counts (meanings.MEANINGS). Recognition only asks whether
one holds; rules/situations.py knows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum


class Situation(StrEnum):
    """Where a line is said, and by whom. The value completes "it counts …"."""

    HERE = "in the channel of an open incident"
    LEADER = "said by whoever leads, or declared while nobody leads"
    ROLE = "said by whoever has a role"
    DECLARER = "said by whoever declared"
    INVOLVED = "said by whoever has a role, declared, or wrote an entry"
    APPOINTS = "said by whoever declared or has a role, while nobody leads"
    ASKED = "said by whoever was offered a role, or asked something"
    FIRST = "said by them as the first thing since"
    CHANNEL_ASKED = "said right after the bot asked the channel for somebody"
    JUST = "said by the same person just after a declaration or the end"
    OVER = "in the channel of an incident that was over within a day"


# The situations that only few people are in; all their lines are examined (relevance.py).
OF_FEW = frozenset((Situation.LEADER, Situation.ROLE, Situation.ASKED, Situation.FIRST))

SEARCH_LASTS = timedelta(minutes=3)  # after the bot asked the channel for somebody
QUESTION_LASTS = timedelta(hours=1)  # it is forgotten then

# Whether a line is said in a situation.
Holds = Callable[[Situation], bool]


def everywhere(situation: Situation) -> bool:
    """Assumes that every situation holds, to find what a line could mean at most."""
    return True
