"""The log on standard error: one line per event, as text or as JSON.

Times are UTC. If systemd's journal reads it, each line of text begins with its priority, "<4>", as
in sd-daemon(3). Decides nothing about what is logged; secrets must never get this far. An event is
always one line, without terminal control characters, whatever others wrote.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime

from ircbot.config.reading import LogSettings
from ircbot.incident.plain import shown

# The organisation that the current work is for, if a process hosts several; otherwise "".
ORGANISATION: ContextVar[str] = ContextVar("organisation", default="")

# The priorities of syslog(3), from the most severe down.
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))


def set_up_logging(settings: LogSettings, environment: Mapping[str, str] = os.environ) -> None:
    """Send our log to standard error, from `settings.level` up."""
    handler = logging.StreamHandler(sys.stderr)
    journal = _is_read_by_the_journal(environment)
    handler.setFormatter(_JsonFormatter() if settings.format == "json" else _Text(journal=journal))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # of libraries
    logging.getLogger("ircbot").setLevel(settings.level.upper())


def _is_read_by_the_journal(environment: Mapping[str, str]) -> bool:
    """Whether standard error is the stream that systemd names; it may have been redirected."""
    named = environment.get("JOURNAL_STREAM")
    if not named:
        return False
    try:
        there = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):  # closed, or not a file
        return False
    return named == f"{there.st_dev}:{there.st_ino}"


class _Text(logging.Formatter):
    def __init__(self, *, journal: bool) -> None:
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        """ "2018-01-10T12:00:00Z warning irc.example.org: refused"."""
        whose = f"{shown(name)}: " if (name := ORGANISATION.get()) else ""
        lines = [f"{_at(record)} {record.levelname.lower()} {whose}{shown(record.getMessage())}"]
        if record.exc_info:
            lines += map(shown, self.formatException(record.exc_info).split("\n"))
        mark = f"<{_priority(record)}>" if self._journal else ""
        return "\n".join(f"{mark}{line}" for line in lines)


def _priority(record: logging.LogRecord) -> int:
    return next((number for level, number in _PRIORITIES if record.levelno >= level), 7)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """An object with at, level, logger and message; and the traceback of a bug."""
        told = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": shown(record.getMessage()),
        }
        if name := ORGANISATION.get():
            told["organisation"] = name
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
