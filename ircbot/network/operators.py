"""Notices for the bot's operators: each gets one once, as soon as they are seen.

Outlives the link. Must not know what a notice says. Operators are accounts (`[access] operators`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ircbot.network.people import People

_MOST = 20  # notices; if there are more, the oldest are only in the log


class OperatorNotices:
    """Notices for the operators of one network."""

    def __init__(self, accounts: Sequence[str]) -> None:
        self._accounts = frozenset(account.lower() for account in accounts)
        self._owed: dict[str, set[str]] = {}  # notice → the accounts that have not got it yet
        self._version = -1

    def owe(self, what: str) -> None:
        """Queue a notice, unless it was queued before."""
        if what not in self._owed and self._accounts:
            self._owed[what] = set(self._accounts)
            self._version = -1
            while len(self._owed) > _MOST:
                del self._owed[next(iter(self._owed))]

    def due(self, people: People) -> Iterator[tuple[str, list[str]]]:
        """The notices that can be given now, each with the nicks to give it to."""
        if self._version == people.version or not any(self._owed.values()):
            return
        self._version = people.version
        here: dict[str, list[str]] = {}
        for person in people:
            if person.account and (account := person.account.lower()) in self._accounts:
                here.setdefault(account, []).append(person.nick)
        for what, accounts in self._owed.items():
            if met := accounts & here.keys():
                accounts -= met
                yield what, [nick for account in sorted(met) for nick in here[account]]
