"""An incident that has everybody's name in every place that can hold one."""

from __future__ import annotations

import re
from datetime import timedelta

from ircbot.incident.events import (
    ActionAdded,
    Declared,
    Edited,
    HypothesisAdded,
    ImpactSet,
    Linked,
    Messaged,
    MilestoneSet,
    Notified,
    Parked,
    PropsGiven,
    ReportDelivered,
    Resolved,
    RoleOffered,
    RoleTaken,
    Updated,
    VideoSet,
    WhyAdded,
)
from ircbot.incident.people import Person
from ircbot.incident.state import Incident
from report.tale import NOON, Tale

DAVE = Person("metadave", "dave-account")
JOSH = Person("jgmize", "josh")
NAMES = (
    "metadave",
    "dave-account",
    "jgmize",
    "josh",
    "jwhitlock",
    "rjohnson",
    "atoll",
    "philor",
    "bob",
    "w0ts0n",
    "[fox]",
    "lonely",
)


def gossip() -> Incident:
    """Everybody's name in every place that can hold one."""
    return gossips().incident


def gossips(number: int = 1) -> Tale:
    """The same, as it is told."""
    all_names = " ".join(NAMES)
    tale = Tale(number).tell(
        Declared(f"MDN is down, says {all_names}", "tale"), 0, DAVE, "#metadave-room"
    )
    tale.tell(RoleTaken("lead", DAVE), 0, DAVE).tell(VideoSet("metadave's Vidyo room"), 1, DAVE)
    tale.tell(Notified(("jwhitlock", "rjohnson"), f"ask {all_names}"), 1, DAVE)
    tale.tell(Updated(f"update by {all_names}"), 2, Person("philor"))
    tale.note("METADAVE and JgMize looked at it", 3, JOSH)
    tale.note("metadave: rjohnson's laptop (rjohnson-laptop.local) is fine, @atoll", 4, "w0ts0n")
    tale.note("metadave_ is metadave|away now, said bob. Bob's idea, not bobsled", 5, "bob")
    tale.note(
        "ping m\u200betadave and {FOX}, and dave-account!md@moz.example.org (10.1.2.3)", 6, "[fox]"
    )
    tale.note(f"write to ops@example.org, 2001:db8::1, https://example.org/~jgmize; {all_names}", 7)
    tale.tell(Edited(2, f"once more with {all_names}"), 8, DAVE)
    tale.tell(RoleOffered("lead", JOSH), 9, DAVE).tell(RoleTaken("lead", JOSH, "accepted"), 9, JOSH)
    tale.tell(RoleTaken("scribe", Person("lonely"), "named"), 9, JOSH)
    tale.tell(ImpactSet(f"{all_names} cannot work"), 10).tell(WhyAdded(f"because {all_names}"), 11)
    tale.tell(ActionAdded(1, f"thank {all_names}", "rjohnson", "soon, says bob"), 12)
    tale.tell(PropsGiven("atoll", f"and {all_names}"), 13).tell(Parked(f"{all_names} say"), 14)
    tale.tell(HypothesisAdded(1, f"it was {all_names}"), 15)
    tale.tell(Linked("https://example.org/~metadave", f"graphs by {all_names}"), 16)
    tale.tell(Messaged("sorry", f"{all_names} are sorry"), 17)
    tale.tell(MilestoneSet("metadave woke up", NOON + timedelta(minutes=18)), 18)
    tale.tell(Resolved(f"fixed by {all_names}"), 60, Person("philor"))
    return tale.tell(ReportDelivered("https://example.org/by/jgmize"), 61)


def found_in(page: str, names: tuple[str, ...] = NAMES) -> list[str]:
    """The names that stand in a page as words of their own; long ones wherever they stand."""
    shown = re.sub("[\u200b-\u200f]", "", page).replace("\\", "").casefold()
    return [
        name
        for name in names
        if re.search(
            re.escape(name) if len(name) > 5 else rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", shown
        )
    ]
