"""The bot's sentences about an incident: a process's words, with times and durations filled in.

Answers and reminders are worded by the same object; a reminder only when it is said. Knows neither
what is said when nor to whom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta

from ircbot.incident.process import Process
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident
from ircbot.incident.texts import own_text
from ircbot.incident.times import clock, long
from ircbot.incident.words import say
from ircbot.values import dataclass

# The places of replies that are filled with the program's own words, never with people's.
_OURS = frozenset(
    (
        *("at", "begun", "ended", "now", "other_at", "since", "silence", "span", "was"),
        *("help", "how", "name", "other", "section", "status", "meeting", "what"),
    )
)


@dataclass(frozen=True, slots=True)
class Since:
    """How long ago something was; never shown as less than `at_least`."""

    at: datetime
    at_least: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Until:
    """How long it is until something; never shown as more than `at_most`."""

    at: datetime
    at_most: timedelta


@dataclass(frozen=True, slots=True)
class Unwritten:
    """The unwritten sections of the report, determined when the text is said."""


_NAMED = 12  # sections, on one line
_TIMES = (datetime, timedelta, Since, Until)


@dataclass(frozen=True, slots=True)
class NestedText:
    """A text within another."""

    key: str
    named: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for an incident, or for none, at one time."""

    process: Process
    setting: Setting
    now: datetime
    incident: Incident | None = None

    def word(self, key: str, **named: object) -> str:
        """A text in the process's words. The names that every text may use are added here.

        A time among the values is shown as people here read it, a duration in words.
        """
        lead = self.process.lead
        common: dict[str, object] = {
            "prefix": self.setting.prefix,
            "lead": lead.name,
            "Lead": lead.name[:1].upper() + lead.name[1:],
            "title": lead.title,
            "report": own_text(self.process, self.process.report.words),
        }
        if self.incident is not None:
            common |= {"id": self.incident.id, "summary": self.summary}
        return say(self.process, key, **(common | {n: self._put(n, v) for n, v in named.items()}))

    def _put(self, name: str, value: object) -> object:
        said = self._as_said(value)
        ours = isinstance(value, _TIMES) or (name in _OURS and isinstance(value, str))
        return own_text(self.process, str(said)) if ours else said

    def _as_said(self, value: object) -> object:
        match value:
            case datetime():
                return self.clock(value)
            case timedelta():
                return long(value)
            case Since(at, at_least):
                return long(max(at_least, self.now - at))
            case Until(at, at_most):
                return long(min(at_most, at - self.now))
            case NestedText(key, named):
                return self.word(key, **named)
            case Unwritten():
                return self._unwritten()
            case _:
                return value

    def _unwritten(self) -> str:
        assert self.incident is not None
        titles = self.setting.unwritten(self.incident, self.process)
        if not titles:
            return ""
        left = len(titles) - _NAMED
        more = self.word("report-unwritten-more", count=left) if left > 0 else ""
        return self.word("report-unwritten", titles=", ".join(titles[:_NAMED]), more=more)

    @property
    def summary(self) -> str:
        """The summary as it may be said aloud."""
        assert self.incident is not None
        if self.incident.guarded:
            return say(self.process, "guarded")
        return self.incident.summary.rstrip(".") or say(self.process, "no-summary")

    def clock(self, moment: datetime) -> str:
        """A time of day as people here read it."""
        return own_text(self.process, clock(moment, self.now, self.setting.zone))
