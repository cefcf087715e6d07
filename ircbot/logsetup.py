"""What operators read on standard error: one line an event, as text or as JSON.

Times are UTC. Nothing here knows what is worth logging, nor may a secret ever get this far.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from ircbot.config.reading import LogSettings


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
        text = f"{_at(record)} {record.levelname.lower()} {record.getMessage()}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """An object with at, level, logger and message; and the traceback of a mistake of ours."""
        told = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
