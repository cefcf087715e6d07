"""Strict transport security: a server that once asked for TLS is never contacted without it.

Policies are kept in a file, because they outlive the process, and expire by the wall clock.
https://ircv3.net/specs/extensions/sts
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger("ircbot.network")

_LONGEST = 10 * 365 * 86_400  # seconds; the longest duration that a server may ask for


@dataclass(frozen=True, slots=True)
class StsValue:
    """The value of the `sts` capability; None for a part that is missing."""

    port: int | None
    duration: int | None


def read_offer(value: str) -> StsValue:
    """The offer of a capability's value.

    >>> read_offer("port=6697,duration=300,preload")
    StsValue(port=6697, duration=300)
    >>> read_offer("port=no")
    StsValue(port=None, duration=None)
    """
    keys = dict(item.partition("=")[::2] for item in value.split(","))
    port = _number(keys.get("port", ""), most=65_535)
    return StsValue(port or None, _number(keys.get("duration", ""), most=_LONGEST))


def _number(text: str, most: int) -> int | None:
    return min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 19 else None


class Policies:
    """The policies in force, by host name. `clock` gives the time in seconds since 1970."""

    def __init__(self, path: Path | None, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._by_host = self._read()

    def port(self, host: str) -> int | None:
        """The TLS port that must be used for a host, None if there is no such policy."""
        policy = self._by_host.get(host.lower())
        return policy[0] if policy and policy[1] > self._clock() else None

    def keep(self, host: str, port: int, duration: int) -> None:
        """Take a policy received over TLS; a duration of 0 ends it."""
        if duration:
            self._by_host[host.lower()] = (port, self._clock() + duration, duration)
        elif self._by_host.pop(host.lower(), None) is None:
            return
        self._write()

    def prolong(self, host: str) -> None:
        """Restart a policy's duration now, as the secure link has ended."""
        if self.port(host) is not None:
            port, _, duration = self._by_host[host.lower()]
            self.keep(host, port, duration)

    def _read(self) -> dict[str, tuple[int, float, int]]:
        if self._path is None or not self._path.exists():
            return {}
        try:
            rows = json.loads(self._path.read_text("utf-8"))
            return {
                str(host): (int(row["port"]), float(row["until"]), int(row["duration"]))
                for host, row in rows.items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("%s is not readable and will be replaced: %s", self._path, error)
            return {}

    def _write(self) -> None:
        if self._path is None:
            return
        rows = {
            host: {"port": port, "until": until, "duration": duration}
            for host, (port, until, duration) in self._by_host.items()
        }
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(rows, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self._path)
        except OSError as error:
            log.error("cannot keep the strict transport policy: %s", error)
