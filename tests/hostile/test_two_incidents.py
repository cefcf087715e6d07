"""What concerns two incidents is in both of them or in none, wherever the process dies."""

from __future__ import annotations

import pytest
from core import line, setting
from store.disks import MemoryDisk

from ircbot.engine import IncidentEngine
from ircbot.incident.erasing import ERASES, without_echo
from ircbot.incident.line import Line
from ircbot.repository import state_of, summarise
from ircbot.store import Store

BEGUN = (
    line("12:00", "ann", "!inc declare DNS is down", channel="#moc"),
    line("12:01", "ann", "TL: one", channel="#moc"),
    line("12:02", "bob", "!inc declare the wiki lost its database", channel="#mozmeao"),
    line("12:03", "bob", "!inc declare the wiki lost its database", channel="#mozmeao"),
    line("12:04", "bob", "TL: two", channel="#mozmeao"),
)
DUPLICATE = line("12:10", "bob", "!inc @2 duplicate of 1")
REOPEN = line("12:11", "bob", "!inc @2 reopen it is not")
MOVE = line("12:12", "bob", "!inc @2 move 1 to 1")
REDACT = line("12:13", "bob", "!inc @2 redact 1")


def live(disk: MemoryDisk, *lines: Line) -> tuple[object, ...]:
    """What two incidents are after a bot has heard lines, and has gone or died."""
    store = Store(
        "/s", writer="bot", summarise=summarise, erases=ERASES, echo=without_echo, disk=disk
    )
    engine = IncidentEngine(setting(), store, state_of(store))
    for one in lines:
        engine.hear([one])
    incidents = engine.state.incidents
    store.close()
    disk.die()
    return incidents[1], incidents[2]


def killed(disk: MemoryDisk, where: str, *lines: Line) -> MemoryDisk:
    """What is left of a bot that is killed as it first writes to a file."""
    left: list[MemoryDisk] = []

    def trouble(operation: str, path: str) -> None:
        if operation in ("write", "rename") and path.endswith(where):
            left.append(disk.copy())

    disk.trouble = trouble
    live(disk, *lines)
    return left[0]


@pytest.mark.parametrize(
    ("before", "act"),
    [((), DUPLICATE), ((DUPLICATE,), REOPEN), ((), MOVE), ((DUPLICATE,), REDACT)],
    ids=["duplicate", "reopen", "move", "redact"],
)
@pytest.mark.parametrize("where", ["unfinished.jsonl", "0001.journal", "0002.journal"])
def test_whoever_dies_between_two_incidents_leaves_both_alike(before, act, where):
    disk, other = MemoryDisk(), MemoryDisk()
    as_it_was = live(disk, *BEGUN, *before)
    as_it_will_be = live(other, *BEGUN, *before, act)
    left = killed(disk, where, act)
    assert live(left) == (as_it_was if where == "unfinished.jsonl" else as_it_will_be)
    assert live(left) == live(left)
