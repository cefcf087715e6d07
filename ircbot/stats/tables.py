"""Incidents as tables, for `store export --sqlite` and `--csv`, one incident at a time.

Made of the contract's JSON and of facts; docs/statistics.md describes the tables. Values are as in
the JSON: times in UTC, ISO 8601; unknown is None. Lists are joined with commas, booleans are 1 and
0. `from` and `to`, reserved in SQL, are `since` and `until` (`was` and `became` for a correction).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ircbot.stats.facts import Facts

_RENAMED = {"since": "from", "until": "to", "was": "from", "became": "to"}

# name: (its key in the JSON, its columns after the incident's number).
_OF_JSON: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "role": (
        "roles",
        ("role", "title", "nick", "account", "network", "relay", "since", "until", "how"),
    ),
    "entry": (
        "timeline",
        (
            *("n", "at", "recorded_at", "kind", "nick", "account", "network", "relay", "channel"),
            *("text", "edited", "redacted", "source"),
        ),
    ),
    "update_": ("updates", ("at", "nick", "text", "channels", "confirmed")),
    "notified": ("notified", ("at", "nick", "nicks", "not_reached", "text")),
    "message": ("messages", ("at", "nick", "message", "text")),
    "action": (
        "actions",
        ("n", "text", "owner", "owners", "due", "done", "dropped", "ticket", "added_at", "done_at"),
    ),
    "why": ("whys", ("n", "at", "nick", "text")),
    "hypothesis": ("hypotheses", ("n", "text", "proved")),
    "prop": ("props", ("at", "nick", "for", "by")),
    "later": ("later", ("at", "nick", "text")),
    "link": ("links", ("at", "nick", "url", "text")),
    "published": ("published", ("where", "at")),
    "severity_": ("severities", ("severity", "since", "until")),
    "stretch": ("stretches", ("since", "until", "resolution", "mitigated_at")),
    "correction": ("corrections", ("n", "what", "was", "became", "by", "at", "undone")),
    "gap": ("gaps", ("channel", "since", "until", "recovered")),
}

_INCIDENT = (
    *("id", "title", "process", "status", "duplicate_of", "stage", "drill", "private", "product"),
    *("severity", "impact", "declared_by", "declared_in", "network", "comms_channel", "video"),
    *("started_at", "detected_at", "declared_at", "mitigated_at", "resolved_at", "closed_at"),
    *("resolution", "reason", "report_due_at", "report_done_at", "meeting_due_at", "meeting_at"),
    *("secured", "purged", "participants", "related"),
)

# Every table and its columns.
TABLES: Mapping[str, tuple[str, ...]] = {
    "incident": (*_INCIDENT, "population", "worst_severity"),
    **{name: ("incident", *columns) for name, (_, columns) in _OF_JSON.items()},
    "milestone": ("incident", "milestone", "at"),
    "prose": ("incident", "section", "text"),
    "figure": ("incident", "figure", "value"),
    "step": ("incident", "step", "title", "verdict"),
}


def rows_of(shown: Mapping[str, Any], facts: Facts) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The rows of an incident, each with its table."""
    number = shown["id"]
    own = (_value(shown[column]) for column in _INCIDENT)
    yield "incident", (*own, facts.population, facts.severity or None)
    for name, (key, columns) in _OF_JSON.items():
        keys = tuple(_RENAMED.get(column, column) for column in columns)
        for one in shown[key]:
            yield name, (number, *(_value(one[each]) for each in keys))
    for milestone, at in shown["milestones"].items():
        yield "milestone", (number, milestone, at)
    for section, texts in shown["prose"].items():
        for text in [texts] if isinstance(texts, str) else texts or ():
            yield "prose", (number, section, _value(text))
    for figure, value in facts.took.items():
        yield "figure", (number, figure, value)
    counts = (("handovers", facts.handovers), ("updates", facts.updates))
    silences = (("silences", facts.silences), ("silences too long", facts.too_long))
    for figure, value in (*counts, *silences, ("silence", facts.longest)):
        yield "figure", (number, figure, value)
    for step in facts.steps:
        yield "step", (number, step.key, step.title, step.verdict)


def _value(value: Any) -> Any:
    match value:
        case bool():
            return int(value)
        case list():
            return ", ".join(map(str, value)) or None
        case dict():
            return ", ".join(f"{key}: {each}" for key, each in value.items()) or None
        case _:
            return value
