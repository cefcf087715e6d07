"""The same figures, whoever computes them: the report, the review, a rehearsal and an import."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import story

from ircbot.incident.closing import closes_at
from ircbot.incident.events import Entry
from ircbot.incident.people import fold
from ircbot.incident.process import Process
from ircbot.incident.review import review
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident, State, replay
from ircbot.incident.stretches import (
    end_of,
    handovers,
    impact,
    leaderless,
    open_spans,
    severities,
    silences,
    total,
    untold,
)
from ircbot.incident.times import ReportClock, long
from ircbot.incident.view import participants
from ircbot.logs.importing import found_in
from ircbot.logs.read import Log
from ircbot.logs.rehearsal import Rehearsal
from ircbot.logs.together import merged
from ircbot.processes import load_process
from ircbot.report.figures import figures

# Real incidents as JSON, where a folder of them is given: {"title", "entries": [{"time", "text"}]}.
REAL = sorted(Path(os.environ.get("REAL_INCIDENTS", "no-incidents")).glob("*.json"))
STORIES = [path for path in story.stories() if "imported" in story.ways_of(path)]
MOZMEAO = Setting(load_process("mozmeao"), channels=("#ops",))


def computed(incident: Incident, process: Process, now: datetime) -> dict[str, object]:
    """Every figure of an incident."""
    clock = ReportClock.of([incident.declared_at, end_of(incident, now)], UTC)
    return {
        "status": incident.status,
        "end": end_of(incident, now),
        "open": open_spans(incident, now),
        "silences": [
            (s.span.begin, s.span.end, s.limit, s.over) for s in silences(incident, process, now)
        ],
        "untold": untold(incident, now),
        "leaderless": leaderless(incident, process, now),
        "handed over": [(a.holder.nick, b.holder.nick) for a, b in handovers(incident)],
        "impact": impact(incident),
        "severities": severities(incident, now),
        "participants": set(participants(incident)),
        "figures": figures(incident, process, clock, now),
    }


def rehearsed(logs: Sequence[Log], setting: Setting) -> tuple[State, dict[str, datetime]]:
    """How things stand after a rehearsal, and when the log of each channel ended."""
    rehearsal = Rehearsal(setting)
    runs = list(merged(logs))
    for _ in rehearsal.play(iter(runs)):
        pass
    return rehearsal.state, {fold(run.channel): run.time for run in runs}


def imported(logs: Sequence[Log], setting: Setting) -> tuple[State, tuple[Entry, ...]]:
    """How things stand after an import, and what it recorded."""
    found = found_in(merged(logs), (), 0, setting)
    again = found_in(merged(logs), found.entries, len(found.state.incidents), setting)
    assert again.entries == ()
    return replay(found.entries), found.entries


def agree(logs: Sequence[Log], setting: Setting) -> Iterable[tuple[Incident, Process, datetime]]:
    played, ends = rehearsed(logs, setting)
    taken, _ = imported(logs, setting)
    assert set(played.incidents) == set(taken.incidents)
    for number, one in played.incidents.items():
        process = setting.process_named(one.process)
        other, now = taken.incidents[number], ends[fold(one.channel)]
        # Ten years later nothing of it is otherwise.
        later = now + timedelta(days=3650)
        assert computed(other, process, later) == computed(one, process, now)
        yield other, process, now


@pytest.mark.parametrize("path", STORIES, ids=[path.stem for path in STORIES])
def test_a_rehearsal_and_an_import_of_a_story_agree(path, tmp_path):
    told = story.read(path)
    setting = replace(told.setting, greet=False)
    logs = [Log(each, told.setting.zone) for each in story.logs_of(told, tmp_path)]
    list(agree(logs, setting))


@pytest.mark.parametrize("path", REAL, ids=[path.stem for path in REAL])
def test_report_review_rehearsal_and_import_of_a_real_incident_agree(path, tmp_path):
    log = Log(_as_log(json.loads(path.read_text("utf-8")), tmp_path), UTC)
    for incident, process, now in agree([log], MOZMEAO):
        _review_says_the_same(incident, process, now)


def _as_log(known: dict[str, object], folder: Path) -> Path:
    """A real timeline as a log: declared by its first line, the rest as entries of the leader."""
    file = folder / "#ops.log"
    entries = known["entries"]
    assert isinstance(entries, list)
    lines, day = [], ""
    for at, text in sorted(_dated(entries)):
        if f"{at:%Y-%m-%d}" != day:
            day = f"{at:%Y-%m-%d}"
            lines.append(f"--- Day changed {at:%a %b %d %Y}")
        if len(lines) == 1:
            lines.append(f"{at:%H:%M} <ann> !inc declare {known['title']}")
        lines.append(f"{at:%H:%M} <ann> TL: {text}")
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def _dated(entries: Iterable[dict[str, str]]) -> Iterable[tuple[datetime, str]]:
    for entry in entries:
        try:
            at = datetime.fromisoformat(str(entry.get("time")))
        except ValueError:
            continue
        yield (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC), entry["text"]


def _review_says_the_same(incident: Incident, process: Process, now: datetime) -> None:
    found = {f.step.measure: f.text for f in review(incident, process, now)}
    longest = max((s.length for s in silences(incident, process, now)), default=timedelta(0))
    assert f"longest silence {long(longest)}" in found.get(
        "updates kept", f"longest silence {long(longest)}"
    )
    without = long(total(leaderless(incident, process, now)))
    assert found.get("always led", f"{without} without").startswith(f"{without} without")


# --- how an incident of a log ends ----------------------------------------------------------------

HUB = """--- Day changed Wed Jan 10 2018
12:00 <ann> I am declaring an incident: the hub is down, I am the incident commander
12:10 <ann> TL: it restarts
12:20 <ann> !inc resolve
12:30 <ann> !inc report done https://example.org/report
"""


def test_what_a_process_closes_by_itself_is_closed_in_an_import_too(tmp_path):
    setting = Setting(load_process("2i2c"), channels=("#hub",))
    file = tmp_path / "#hub.log"
    file.write_text(HUB + "--- Day changed Mon Jan 29 2018\n12:00 <bob> hello\n")
    for incident, process, _ in agree([Log(file, UTC)], setting):
        assert incident.status == "closed"
        assert incident.closed_at is not None
        resolved = replace(incident, status="resolved", closed_at=None)
        assert incident.closed_at == closes_at(resolved, process, setting.calendar)


def test_a_log_that_ends_in_the_middle_ends_what_is_known(tmp_path):
    file = tmp_path / "#ops.log"
    file.write_text(
        "--- Day changed Wed Jan 10 2018\n12:00 <ann> !inc declare MDN is down\n"
        "12:10 <ann> TL: it restarts\n12:25 <bob> hello\n"
    )
    ((incident, process, _),) = agree([Log(file, UTC)], MOZMEAO)
    assert end_of(incident, datetime(2026, 11, 25, tzinfo=UTC)).strftime("%H:%M") == "12:25"
    assert max(s.length for s in silences(incident, process)) == timedelta(minutes=15)
