"""Whether this machine is the active one, for the page of one of several machines.

The database is asked, because a bot that was suspended may have lost the lease without noticing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ircbot.config import Config
from ircbot.config.journal import journal_of
from ircbot.errors import StoreError

log = logging.getLogger(__name__)

_EVERY = 1.0  # seconds


class ActiveCheck:
    """What the database says about this machine, at most a second old."""

    def __init__(self, config: Config, clock: Callable[[], float] = time.monotonic) -> None:
        """`config` is of one of several machines."""
        from ircbot.store.postgresql import PostgresJournal  # only needed here

        journal = journal_of(config)
        assert config.cluster is not None
        assert journal is not None
        self._machine = config.cluster
        patience = config.cluster.patience
        self._journal = PostgresJournal(journal.dsn, journal.unit, patience=patience)
        self._clock = clock
        self._looked = float("-inf")
        self._answers = False
        self._looking = threading.Lock()
        self._over = False

    def look(self) -> bool:
        """Whether this machine is the active one. False while that is unknown."""
        if self._clock() - self._looked < _EVERY:
            return self._answers
        self._looked = self._clock()
        with self._looking:
            if not self._over:
                self._look()
        if self._over:
            self._journal.drop()
        return self._answers

    def _look(self) -> None:
        was = self._answers
        try:
            standing = self._journal.standing(self._machine.ttl)
        except StoreError as error:
            self._answers = False
            if was:
                log.warning("%s", error)
        else:
            self._answers = standing.machine == self._machine.name

    def close(self) -> None:
        """Close the connection. From any thread; does not block."""
        self._over = True
        if self._looking.acquire(blocking=False):  # otherwise the thread that looks closes it
            self._journal.drop()
            self._looking.release()
