"""Statistics for programs: as JSON, and as rows of tables.

Durations are in seconds, times ISO 8601 in UTC; unknown, or too few to say, is None, never zero.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from ircbot.incident.times import iso
from ircbot.stats import wording
from ircbot.stats.overview import Distribution, Group, Load, Population, Scored, Share, Statistics

# What a spreadsheet takes for a formula.
_OBEYED = ("=", "+", "-", "@", "\t", "\r")


def as_json(found: Statistics) -> dict[str, Any]:
    """The statistics as JSON."""
    return {
        "since": found.since or None,
        "until": found.until or None,
        "timezone": str(found.clock.zone),
        "edition": found.edition,
        "by": found.by or None,
        "populations": [_population(population) for population in found.populations],
        "not_counted": list(found.void),
        "definitions": wording.DEFINITIONS,
        "how_to_read": wording.HOW_TO_READ,
    }


def _population(found: Population) -> dict[str, Any]:
    debts = found.debts
    return {
        "population": found.key,
        **_group(found.whole),
        "groups": [{"name": g.name or None, **_group(g)} for g in found.groups],
        "scorecard": [_scored(step) for step in found.scorecard],
        "load": [_load(load) for load in found.load],
        "owed": {
            "open": list(debts.open),
            "reports_overdue": list(debts.reports_overdue),
            "reports_to_come": list(debts.reports_to_come),
            **{
                name: [{"incident": incident, "n": n} for incident, n in listed]
                for name, listed in (
                    ("actions_open", debts.actions_open),
                    ("actions_overdue", debts.actions_overdue),
                    ("actions_undated", debts.actions_undated),
                    ("actions_unowned", debts.actions_unowned),
                )
            },
        },
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "incidents": list(group.incidents),
        "figures": [_distribution(each) for each in group.distributions],
        "shares": [_share(each) for each in group.shares],
    }


def _distribution(found: Distribution) -> dict[str, Any]:
    summary = found.summary
    return {
        "key": found.measure.key,
        "title": found.measure.title,
        "unit": found.measure.unit,
        "definition": found.measure.definition,
        "n": len(found.values),
        "too_few": summary is None,
        "least": summary.least if summary else None,
        "lower_quartile": summary.quarter if summary else None,
        "median": summary.median if summary else None,
        "median_95": [summary.low, summary.high] if summary else None,
        "upper_quartile": summary.three_quarters if summary else None,
        "nine_tenths": summary.nine_tenths if summary else None,
        "most": summary.most if summary else None,
        "values": [{"incident": incident, "value": value} for value, incident in found.values],
        "not_known": list(found.unknown),
        "still_open": list(found.still_open),
        "end_before_beginning": list(found.odd),
    }


def _share(found: Share) -> dict[str, Any]:
    return {
        "key": found.measure.key,
        "title": found.measure.title,
        "definition": found.measure.definition,
        "met": found.met,
        "of": found.of,
        "too_few": found.interval is None,
        "share": found.met / found.of if found.interval else None,
        "share_95": list(found.interval) if found.interval else None,
        "incidents": list(found.incidents),
        "not_met_in": list(found.not_met),
    }


def _scored(step: Scored) -> dict[str, Any]:
    return {
        "process": step.process,
        "step": step.key,
        "title": step.title,
        "met": step.met,
        "of": step.of,
        "verdicts": dict(step.verdicts),
        "periods": [{"period": p, "met": met, "of": of} for p, (met, of) in step.periods.items()],
        "not_met_in": list(step.not_met),
    }


def _load(load: Load) -> dict[str, Any]:
    return {
        "name": load.name,
        "incidents": list(load.incidents),
        "seconds_by_hour": list(load.seconds),
        "calls_by_hour": list(load.calls),
        "nights": list(load.nights),
    }


# --- rows -----------------------------------------------------------------------------------


def figures(found: Statistics) -> Iterator[dict[str, Any]]:
    """A row for each figure of each group; the whole population is a group as well."""
    for population in found.populations:
        for by, group in (("", population.whole), *((found.by, g) for g in population.groups)):
            where = {"population": population.key, "by": by or None, "group": group.name or None}
            for each in group.distributions:
                row = _distribution(each)
                low, high = row.pop("median_95") or (None, None)
                del row["values"]
                for out in ("not_known", "still_open", "end_before_beginning"):
                    row[out] = len(row[out])
                kept = {"met": None, "of": None, "share": None, "low_95": low, "high_95": high}
                yield where | row | kept | {"incidents": wording.ranges(each.incidents)}
            for counted in group.shares:
                row = _share(counted)
                low, high = row["share_95"] or (None, None)
                yield where | {
                    "key": row["key"],
                    "title": row["title"],
                    "unit": "share",
                    "definition": row["definition"],
                    "n": len(counted.incidents),
                    "too_few": row["too_few"],
                    "met": row["met"],
                    "of": row["of"],
                    "share": row["share"],
                    "low_95": low,
                    "high_95": high,
                    "incidents": wording.ranges(counted.incidents),
                }


def tables(found: Statistics) -> dict[str, list[dict[str, Any]]]:
    """All statistics as tables."""
    rows = list(figures(found))
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return {
        "figure": [{column: row.get(column) for column in columns} for row in rows],
        "value": [
            {"population": p.key, "figure": d.measure.key, "incident": incident, "value": value}
            for p in found.populations
            for d in p.whole.distributions
            for value, incident in d.values
        ],
        "step": [
            {
                "population": p.key,
                "process": step.process,
                "step": step.key,
                "title": step.title,
                "period": period,
                "met": met,
                "of": of,
            }
            for p in found.populations
            for step in p.scorecard
            for period, (met, of) in step.periods.items()
        ],
        "load": [
            {
                "population": p.key,
                "name": load.name,
                "hour": hour,
                "seconds": seconds,
                "calls": calls,
            }
            for p in found.populations
            for load in p.load
            for hour, (seconds, calls) in enumerate(zip(load.seconds, load.calls, strict=True))
        ],
        "action": [
            {
                "population": p.key,
                "incident": facts.id,
                **{name: _text(value) for name, value in asdict(action).items()},
            }
            for p in found.populations
            for facts in p.facts
            for action in facts.actions
        ],
    }


def _text(value: Any) -> Any:
    """A value as SQLite accepts it; days and UTC times in ISO 8601."""
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, date) else value


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header, without anything that a spreadsheet takes for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    if rows:
        writer.writerow(rows[0])
    writer.writerows([map(cell, row.values()) for row in rows])
    return text.getvalue()


def cell(value: Any) -> Any:
    """A value in CSV: what a spreadsheet would take for a formula gets an apostrophe.

    >>> cell("=1+1"), cell(None), cell(-1), cell(True)
    ("'=1+1", '', -1, 1)
    """
    match value:
        case bool():
            return int(value)
        case None:
            return ""
        case str() if value.startswith(_OBEYED):
            return f"'{value}"
        case _:
            return value
