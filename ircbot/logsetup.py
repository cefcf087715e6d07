"""What operators read on standard error: one line an event, as text or as JSON.

Times are UTC. Where the journal of systemd reads it, each line of text begins with its priority,
"<4>", as sd-daemon(3) has it. Nothing here knows what is worth logging, nor may a secret ever get
this far. A line of the log is one line, and nothing in it is obeyed by a terminal, whatever others
wrote.
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

# Whose work it is in a process that hosts several; "" where there is one.
ORGANISATION: ContextVar[str] = ContextVar("organisation", default="")

# syslog(3)'s, from the gravest level down.
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))


def set_up_logging(settings: LogSettings, environment: Mapping[str, str] = os.environ) -> None:
    """Send our log to standard error, from `settings.level` upwards."""
    handler = logging.StreamHandler(sys.stderr)
    journal = _is_read_by_the_journal(environment)
    handler.setFormatter(_Json() if settings.format == "json" else _Text(journal=journal))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # of libraries
    logging.getLogger("ircbot").setLevel(settings.level.upper())


def _is_read_by_the_journal(environment: Mapping[str, str]) -> bool:
    """Whether standard error is the stream that systemd names: it may have been sent elsewhere."""
    named = environment.get("JOURNAL_STREAM")
    if not named:
        return False
    try:
        there = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):  # closed, or no file
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


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """An object with at, level, logger and message; and the traceback of a mistake of ours."""
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
