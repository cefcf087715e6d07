"""What the record's database says of itself, in sentences, for `ircbot check --connect`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ircbot.cluster.lease import Standing
from ircbot.cluster.tenure import Machine
from ircbot.errors import StoreError
from ircbot.store.postgresql import PostgresJournal
from ircbot.store.shared import LEASE

_CLOCKS_MAY_DIFFER = 2.0  # seconds
_BEHIND = 16 << 20  # bytes of the write-ahead log: a segment

OK, WARNING, WRONG = "ok", "warning", "WRONG"

ConditionSentences = Iterator[tuple[str, str]]
"""How bad something is, and what: what is WRONG keeps the bot from recording."""


def condition(
    journal: PostgresJournal, clock: Callable[[], float] = time.time
) -> ConditionSentences:
    """What there is to know of a database. Raises StoreError if it does not answer."""
    before = clock()
    facts = journal.facts()
    after = clock()
    yield OK, f"{journal.where}, PostgreSQL {facts['version']}"
    if not facts["durable"]:
        yield WARNING, "fsync or full_page_writes is off: a power failure loses what was recorded"
    yield from _rights(facts)
    yield from _clocks(facts["clock"] - (before + after) / 2, (after - before) / 2)
    yield from standby_sentences(facts)
    if facts["waiting"]:
        yield WRONG, f"{_several(facts['waiting'], 'commit')} waiting for a standby to confirm"
    elif not facts["missing"] and (facts["standbys"] or not facts["names"]):
        yield from _confirmed(journal)


def _rights(facts: Mapping[str, Any]) -> ConditionSentences:
    if facts["missing"]:
        missing = ", ".join(facts["missing"])
        yield WRONG, f"the role lacks rights: {missing}. `ircbot store schema` gives them"
    if facts["is_superuser"]:
        yield WARNING, "the role is a superuser, and may do anything; give the bot another"
    elif facts["may_drop"]:
        yield WARNING, "the role owns the tables, or could drop or empty them; give the bot another"
    elif not facts["missing"]:
        yield OK, "the role may record and erase entries, and drop nothing"


def _clocks(ahead: float, unsure: float) -> ConditionSentences:
    if abs(ahead) <= _CLOCKS_MAY_DIFFER + unsure:
        yield OK, "its clock is this machine's"
        return
    way = "ahead of" if ahead > 0 else "behind"
    yield (
        WARNING,
        f"its clock is {abs(ahead):.0f} s {way} this machine's; see to the time service",
    )


def who_answers(journal: PostgresJournal, machine: Machine | None) -> ConditionSentences:
    """What there is to know of the bots of its unit, for one of several machines if `machine` is
    given. Raises StoreError if it does not answer."""
    standing = journal.standing(machine.ttl if machine else LEASE)
    if standing.machine:
        yield OK, f"{standing.machine} answers, and renewed its lease {standing.age or 0:.0f} s ago"
    else:
        yield OK, "no bot answers"
    for one in standing.standbys:
        yield OK, f"{one.machine} stands by{'' if one.ready else ', and is not ready'}"
    if machine is not None:
        yield from _settings(standing, machine)


def _settings(standing: Standing, ours: Machine) -> ConditionSentences:
    """Mistakes in the settings of the machines that share a unit."""
    ttl = standing.ttl
    if ttl is None:
        return
    if abs(ttl - ours.ttl) > 0.001:
        yield (
            WARNING,
            f"the ttl of {standing.machine} is {ttl:g} s, and this machine's is {ours.ttl:g} s; "
            "give [cluster] the same ttl on all",
        )
    # Only of late: a machine that died and came back stands by until its own lease runs out.
    ages = [one.age for one in standing.standbys if one.machine == standing.machine]
    if any(max(age, standing.age or 0) < ttl / 2 for age in ages):
        yield (
            WARNING,
            f"two machines are called {standing.machine}; give each another name in [cluster]",
        )


def standby_sentences(facts: Mapping[str, Any]) -> ConditionSentences:
    """What is known of the database's own standbys."""
    standbys = facts["standbys"]
    if not facts["names"]:
        yield OK, "no synchronous standby is asked for: what is recorded is on one machine"
        return
    if not facts["sees_standbys"]:
        yield (
            OK if standbys else WRONG,
            f"{_several(len(standbys), 'standby')} connected; GRANT pg_read_all_stats to the role "
            "to see whether they confirm",
        )
        return
    confirming = [one for one in standbys if one["state"] in ("sync", "quorum")]
    if not confirming:
        yield WRONG, "no synchronous standby is there, and nothing can be recorded"
    for one in standbys:
        behind = one["bytes"] or 0
        what = "confirms" if one in confirming else f"follows ({one['state']})"
        told = f"standby {one['name']} {what}, {behind} bytes behind"
        yield OK if behind < _BEHIND else WARNING, told
    if len(confirming) == 1 and len(standbys) == 1:
        yield OK, "commits wait when that one is gone: a second standby would help (ANY 1)"


def _confirmed(journal: PostgresJournal) -> ConditionSentences:
    began = time.perf_counter()
    try:
        tried = journal.confirm()
    except StoreError as error:
        yield WRONG, f"nothing can be recorded: {error}"
        return
    if tried:
        yield OK, f"a commit is confirmed in {(time.perf_counter() - began) * 1000:.1f} ms"


def _several(number: int, what: str) -> str:
    plural = "standbys" if what == "standby" else f"{what}s"
    return f"{number} {what} is" if number == 1 else f"{number} {plural} are"
