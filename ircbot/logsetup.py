"""What operators read on standard error: one line an event, as text or as JSON.

Times are UTC. Nothing here knows what is worth logging, nor may a secret ever get this far. A line
of the log is one line, and nothing in it is obeyed by a terminal, whatever others wrote.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from ircbot.config.reading import LogSettings
from ircbot.incident.plain import shown


def set_up_logging(settings: LogSettings) -> None:
    """Send our log to standard error, from `settings.level` upwards."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if settings.format == "json" else _Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # of libraries
    logging.getLogger("ircbot").setLevel(settings.level.upper())


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """ "2018-01-10T12:00:00Z warning irc.example.org: refused"."""
        text = f"{_at(record)} {record.levelname.lower()} {shown(record.getMessage())}"
        if not record.exc_info:
            return text
        return "\n".join([text, *map(shown, self.formatException(record.exc_info).split("\n"))])


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """An object with at, level, logger and message; and the traceback of a mistake of ours."""
        told = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": shown(record.getMessage()),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
