"""Keeps the on-call calendars up to date: in a thread, each read in a process of its own.

The bot does not wait for it. The result is a mapping that the core reads; its values are replaced,
never changed. A calendar that hangs or eats memory costs one process for a minute.
"""

from __future__ import annotations

import logging
import pickle
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from pathlib import Path

from ircbot.apart import Begun, ask
from ircbot.incident.rotas import Rota
from ircbot.incoming.calendars import CalendarRequest
from ircbot.threads import started

log = logging.getLogger(__name__)

_EVERY = 300.0  # seconds
_PATIENCE = 60.0  # seconds for one calendar


@dataclass(frozen=True, slots=True)
class RotaSettings:
    """`[rotas.NAME]`. A calendar's address is often all that is needed to read it, so it is a
    secret."""

    name: str
    source: str = field(repr=False)


class RotaReader:
    """Reads calendars again and again. `known` holds the latest shifts."""

    def __init__(
        self,
        settings: Sequence[RotaSettings],
        folder: Path,
        zone: tzinfo,
        now: Callable[[], datetime],
        *,
        every: float = _EVERY,
        patience: float = _PATIENCE,
    ) -> None:
        """`folder` is where copies are kept; `every` and `patience` are in seconds."""
        self.known: dict[str, Rota] = {}
        self._folder = folder
        self._now = now
        self._every = every
        self._patience = patience
        self._news = threading.Condition()
        self._over = False
        self._rounds = 0  # counts calls of `use`
        self._working: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self.use(settings, zone)

    def use(self, settings: Sequence[RotaSettings], zone: tzinfo) -> None:
        """Replace the calendars to read."""
        with self._news:
            self._settings, self._zone = tuple(settings), zone
            self._rounds += 1
            self._news.notify_all()
        names = {one.name for one in settings}
        for name in [name for name in self.known if name not in names]:
            del self.known[name]
        if settings and self._thread is None:
            self._thread = started("rotas", self._work)

    def finish(self) -> None:
        """Stop at once."""
        with self._news:
            self._over = True
            self._news.notify_all()
            if self._working is not None:
                self._working.kill()
        if self._thread is not None:
            self._thread.join(1)

    def _work(self) -> None:
        while True:
            with self._news:
                settings, zone, rounds = self._settings, self._zone, self._rounds
            for one in settings:
                if self._over:
                    return
                self._read(one, zone)
            with self._news:
                if self._over:
                    return
                if self._rounds == rounds:
                    self._news.wait(self._every)

    def _read(self, one: RotaSettings, zone: tzinfo) -> None:
        copy = self._folder / f"{one.name}.ics"
        request = CalendarRequest(one.name, one.source, copy, zone, self._now())
        before = self.known.get(one.name, Rota())
        try:
            rota = read_apart(request, self._patience, self._begun)
        except Exception as error:  # one failure must not end the thread
            log.exception("the calendar of %s is not read", one.name)
            rota = replace(before, why=f"cannot be read ({type(error).__name__})")
        if self._over or all(one is not kept for kept in self._settings):
            return
        if rota.why and rota.why != before.why:
            log.warning("[rotas.%s]: its calendar %s", one.name, rota.why)
        self.known[one.name] = rota

    def _begun(self, process: subprocess.Popen[bytes] | None) -> None:
        with self._news:
            self._working = process
            if process is not None and self._over:
                process.kill()


def read_apart(
    request: CalendarRequest,
    patience: float = _PATIENCE,
    begun: Begun = lambda process: None,
) -> Rota:
    """The shifts of a calendar, read in a process of its own; those of its copy if that process
    dies.

    `patience` with the calendar is in seconds. `begun` is given the process, and None once it is
    over.
    """
    rota = _performed(request, patience, begun)
    if isinstance(rota, Rota):
        return rota
    kept = _performed(replace(request, at_hand=True), _PATIENCE, begun)
    return replace(kept if isinstance(kept, Rota) else Rota(), why=rota)


def _performed(request: CalendarRequest, patience: float, begun: Begun) -> Rota | str:
    """The result of a request; if there is none, the reason, which follows "its calendar"."""
    try:
        answer = ask("ircbot.incoming.calendars", request, patience=patience, begun=begun)
    except subprocess.TimeoutExpired:
        return f"is not read within {patience:g} s"
    if answer.said:
        log.debug("the calendar of %s: %s", request.name, answer.said)
    try:
        rota: Rota = pickle.loads(answer.output)
    except (EOFError, pickle.UnpicklingError):
        return "takes too long to read, or too much memory"
    return rota
