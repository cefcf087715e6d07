"""What many incidents say together, computed again here from the JSON of each by other means."""

from __future__ import annotations

import csv
import io
import json
import re
import statistics as reference
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import combinations, pairwise
from math import comb
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import madeup
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report.tale import NOON, PROCESS, Tale

from ircbot.cli.root import run
from ircbot.config.reading import load_config
from ircbot.config.settings import setting
from ircbot.counting import facts_of as facts_in
from ircbot.facts_cache import FactsCache
from ircbot.finder import Finder
from ircbot.incident.events import (
    Declared,
    Entry,
    MilestoneSet,
    Notified,
    Resolved,
    RoleTaken,
    SeveritySet,
    Updated,
)
from ircbot.incident.people import Person
from ircbot.incident.state import Incident, replay
from ircbot.incident.times import Calendar
from ircbot.incident.view import as_json
from ircbot.processes import load_process
from ircbot.repository import open_store
from ircbot.stats import rows, wording
from ircbot.stats.facts import Facts, facts
from ircbot.stats.measures import MEASURES, SHARES, StatsClock
from ircbot.stats.overview import Population, Statistics, statistics
from ircbot.stats.plots import NARROW, WIDE, Plot, plots
from ircbot.stats.sample import median_interval, quantile, share_interval, summary
from ircbot.store.journal import body_of, line

MOZMEAO = load_process("mozmeao")
CLOCK = StatsClock(madeup.NOW, UTC)
EVERY = [replay(entries).incidents[entries[0].incident] for entries in madeup.incidents(40)]
JSON = [as_json(incident, MOZMEAO, Calendar()) for incident in EVERY]


def facts_of(incident: Incident, **how: Any) -> Facts:
    return facts(incident, MOZMEAO, madeup.NOW, Calendar(), UTC, **how)


def of_all(**how: Any) -> Statistics:
    return statistics(map(facts_of, EVERY), CLOCK, **how)


def population(found: Statistics, key: str) -> Population:
    return next(one for one in found.populations if one.key == key)


# --- again, from the JSON ---------------------------------------------------------------------


def when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def lasted(begin: str | None, end: str | None) -> float | None:
    """From one time to another, as the minutes of the two are shown, in seconds below a minute."""
    one, two = when(begin), when(end)
    if one is None or two is None:
        return None
    seconds = (two - one).total_seconds()
    if one.second == two.second or abs(seconds) < 60:
        return seconds
    return (two.replace(second=0) - one.replace(second=0)).total_seconds()


def led(one: dict[str, Any]) -> list[dict[str, Any]]:
    return [role for role in one["roles"] if role["role"] == "lead"]


def over(one: dict[str, Any], value: float | None) -> float | None:
    return None if one["status"] == "open" else value


def leaderless(one: dict[str, Any]) -> float:
    """Each minute of it in which no role was held."""
    begin, end = when(one["declared_at"]), when(one["resolved_at"])
    assert begin is not None
    spans = [(when(r["from"]), when(r["to"])) for r in led(one)]
    minute, without = begin, 0
    while end and minute < end:
        without += not any(a <= minute and (b is None or minute < b) for a, b in spans if a)
        minute += timedelta(minutes=1)
    return without * 60.0


def silent(one: dict[str, Any]) -> list[float]:
    """The silences of the comms channel: who has or had a role breaks them, whoever declared while
    nobody leads, and every update."""
    begin, end = when(one["declared_at"]), when(one["resolved_at"])
    signs = {when(update["at"]) for update in one["updates"]}
    for row in one["timeline"]:
        at = when(row["recorded_at"])
        held = any(r["nick"] == row["nick"] and when(r["from"]) <= at for r in one["roles"])
        unled = not any(when(r["from"]) <= at < when(r["to"]) for r in led(one))
        if row["kind"] == "note" and (held or (unled and row["nick"] == one["declared_by"])):
            signs.add(at)
    times = sorted({begin, *(at for at in signs if begin <= at <= end), end})
    return [(b - a).total_seconds() for a, b in pairwise(times)]


AGAIN: dict[str, Callable[[dict[str, Any]], float | None]] = {
    "detect": lambda one: lasted(one["started_at"], one["detected_at"]),
    "declare": lambda one: lasted(one["detected_at"], one["declared_at"]),
    "lead": lambda one: lasted(one["declared_at"], led(one)[0]["from"]) if led(one) else None,
    "mitigate": lambda one: lasted(one["declared_at"], one["mitigated_at"]),
    "resolve": lambda one: lasted(one["declared_at"], one["resolved_at"]),
    "impact": lambda one: lasted(one["started_at"], one["mitigated_at"] or one["resolved_at"]),
    "leaderless": lambda one: over(one, leaderless(one)),
    "silence": lambda one: over(one, max(silent(one)) if one["resolved_at"] else None),
    "handovers": lambda one: over(one, max(len(led(one)) - 1, 0)),
    "updates": lambda one: over(one, len(one["updates"])),
}
KINDS: dict[str, Callable[[int], bool]] = {
    "drill": lambda n: n % 13 == 0,
    "imported": lambda n: n % 7 == 0 and n % 13 and n % 11,
    "live": lambda n: n % 7 and n % 13 and n % 11,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", AGAIN)
def test_each_figure_is_what_the_json_of_the_incidents_says(key: str, kind: str):
    mine = [(AGAIN[key](one), one["id"]) for one in JSON if KINDS[kind](one["id"])]
    known = sorted((value, n) for value, n in mine if value is not None)
    found = population(of_all(), kind).whole.distributions[list(AGAIN).index(key)]
    assert found.measure.key == key
    assert list(found.values) == known
    assert len(found.unknown) + len(found.still_open) == len(mine) - len(known)
    values = [value for value, _ in known]
    if len(values) < 5:
        assert found.summary is None
        return
    told = found.summary
    assert told is not None
    quarter, half, three = reference.quantiles(values, n=4, method="inclusive")
    assert (told.least, told.most) == (values[0], values[-1])
    assert (told.quarter, told.median, told.three_quarters) == pytest.approx((quarter, half, three))
    assert told.median == reference.median(values)
    assert told.low <= told.median <= told.high
    if len(values) >= 10:
        tenths = reference.quantiles(values, n=10, method="inclusive")
        assert told.nine_tenths == pytest.approx(tenths[-1])
    else:
        assert told.nine_tenths is None


@pytest.mark.parametrize("kind", KINDS)
def test_each_share_is_what_the_json_of_the_incidents_says(kind: str):
    mine = [one for one in JSON if KINDS[kind](one["id"])]
    updates, silences, reports, actions = population(of_all(), kind).whole.shares
    ended = [one for one in mine if one["resolved_at"]]
    limit = 30 * 60  # the process's, at every severity
    kept = [max(silent(one)) <= limit for one in ended]
    assert (updates.met, updates.of) == (sum(kept), len(ended))
    every = [gap <= limit for one in ended for gap in silent(one)]
    assert (silences.met, silences.of) == (sum(every), len(every))
    due = [(one["report_done_at"], one["report_due_at"]) for one in ended]
    known = [pair for pair in due if pair[0] or kind != "imported"]
    assert (reports.met, reports.of) == (sum(bool(a and a <= b) for a, b in known), len(known))
    today = "2026-01-31"
    dated = [a for one in mine for a in one["actions"] if a["due"] and a["due"] < today]
    done = [a for a in dated if a["done_at"] and a["done_at"][:10] <= a["due"]]
    assert (actions.met, actions.of) == (len(done), len(dated))


def test_the_void_count_nowhere_and_drills_and_imports_stand_apart():
    found = of_all()
    assert found.void == (11, 22, 33)
    ids = {one.key: one.whole.incidents for one in found.populations}
    assert ids["drill"] == (13, 26, 39)
    assert ids["imported"] == (7, 14, 21, 28, 35)
    assert not {11, 13, 14} & set(ids["live"])
    assert sorted(n for each in (*ids.values(), found.void) for n in each) == list(range(1, 41))


def test_what_is_owed_is_what_the_json_says():
    debts = population(of_all(), "live").debts
    mine = [one for one in JSON if KINDS["live"](one["id"])]
    open_actions = [(o["id"], a["n"]) for o in mine for a in o["actions"] if not a["done"]]
    assert list(debts.actions_open) == list(debts.actions_overdue) == open_actions
    assert debts.open == tuple(one["id"] for one in mine if one["status"] == "open")
    late = [one["id"] for one in mine if one["report_due_at"] and not one["report_done_at"]]
    assert list(debts.reports_overdue) == late
    assert (debts.actions_undated, debts.actions_unowned, debts.reports_to_come) == ((), (), ())


def test_a_groups_figures_are_those_of_its_incidents_alone():
    whole = population(of_all(by="severity"), "live")
    assert [group.name for group in whole.groups] == ["1", "2", "3"]
    for group in whole.groups:
        mine = [facts_of(i) for i in EVERY if i.id in group.incidents]
        assert {each.severity for each in mine} == {group.name}
        alone = population(statistics(mine, CLOCK), "live").whole
        assert (group.distributions, group.shares) == (alone.distributions, alone.shares)


def test_severities_stand_in_their_processes_order_and_others_by_number():
    graver = (("low", 3), ("blocker", 0), ("sev 10", None), ("sev 2", None), ("", None), ("odd", 1))
    some = [
        replace(facts_of(EVERY[0]), id=n, severity=name, gravity=place, took={"resolve": 60.0})
        for n, (name, place) in enumerate(graver, 1)
    ]
    live = population(statistics(some, CLOCK, by="severity"), "live")
    right = ["blocker", "odd", "low", "sev 2", "sev 10", ""]
    assert [group.name for group in live.groups] == right
    (plot,) = (plot for plot in plots(live, CLOCK) if plot.key == "severity")
    told = re.findall(r"severity (.+?) \(n 1\)", plot.words)
    assert told == ["blocker", "odd", "low", "sev 2", "sev 10", "not known"]


def test_the_worst_of_several_severities_is_the_processs_own():
    grafana = load_process("grafana")
    for had, worst, gravity in (
        ("3 strange 2 3", "2", 1),
        ("strange", "strange", None),
        ("", "", None),
    ):
        tale = Tale().tell(Declared("down", "grafana"), 0)
        for minute, severity in enumerate(had.split(), 1):
            tale.tell(SeveritySet(severity), minute)
        known = facts(tale.incident, grafana, madeup.NOW)
        assert (known.severity, known.gravity) == (worst, gravity)


def test_hours_and_months_are_those_of_the_zone():
    tokyo = StatsClock(madeup.NOW, ZoneInfo("Asia/Tokyo"))
    late = Tale().tell(Declared("down", "tale"), datetime(2025, 3, 31, 15, 30, tzinfo=UTC)).incident
    for clock, month, hour in ((CLOCK, "2025-03", "15"), (tokyo, "2025-04", "00")):
        known = facts(late, PROCESS, madeup.NOW, zone=clock.zone)
        for by, name in (("month", month), ("hour", hour)):
            (group,) = population(statistics([known], clock, by=by), "live").groups
            assert group.name == name


# --- the scorecard, the load --------------------------------------------------------------------


def test_a_step_is_met_as_often_as_its_review_says_so():
    live = population(of_all(), "live")
    step = next(step for step in live.scorecard if step.key == "report")
    met = [f.id for f in live.facts if ("report", "met") in [(s.key, s.verdict) for s in f.steps]]
    assert step.met == len(met) == step.verdicts["met"]
    assert sum(of for _, of in step.periods.values()) == step.of
    assert sum(met for met, _ in step.periods.values()) == step.met
    assert len(step.not_met) == step.of - step.met
    assert not any(person in wording.verdicts(step) for person in madeup.PEOPLE)


@pytest.mark.parametrize("kind", KINDS)
def test_load_is_what_the_json_says_of_roles_and_calls(kind: str):
    seconds: dict[str, dict[int, int]] = {}
    calls: dict[str, dict[int, int]] = {}
    nights: dict[str, set[int]] = {}
    for one in (o for o in JSON if KINDS[kind](o["id"]) and o["status"] != "open"):
        begin, end = when(one["declared_at"]), when(one["resolved_at"])
        had: set[tuple[str, datetime]] = set()  # each minute that somebody had some role
        for role in one["roles"]:
            at, until = max(when(role["from"]), begin), min(when(role["to"]) or end, end)
            while at < until:
                had.add((role["nick"], at))
                at += timedelta(minutes=1)
        called = [(nick, when(n["at"])) for n in one["notified"] for nick in n["nicks"]]
        for of, amount, some in ((seconds, 60, had), (calls, 1, called)):
            for nick, at in some:
                hours = of.setdefault(nick, dict.fromkeys(range(24), 0))
                hours[at.hour] += amount
                if at.hour >= 22 or at.hour < 6:
                    nights.setdefault(nick, set()).add(one["id"])
    load = population(of_all(), kind).load
    assert {one.name for one in load} == seconds.keys() | calls.keys()
    nothing = dict.fromkeys(range(24), 0)
    for one in load:
        assert dict(enumerate(one.seconds)) == seconds.get(one.name, nothing)
        assert dict(enumerate(one.calls)) == calls.get(one.name, nothing)
        assert set(one.nights) == nights.get(one.name, set())


def test_load_is_counted_by_the_hour_once_however_many_roles():
    tale = Tale().tell(Declared("down", "tale"), 0).tell(RoleTaken("lead", Person("ann")), 0)
    tale.tell(RoleTaken("scribe", Person("ann")), 30).tell(Notified(("bob",), "help"), 40)
    known = facts(
        tale.tell(Resolved(), 90).incident, PROCESS, madeup.NOW, zone=ZoneInfo("Etc/GMT-10")
    )
    ann, bob = population(statistics([known], CLOCK), "live").load
    assert (ann.name, ann.seconds[22], ann.seconds[23], sum(ann.seconds)) == (
        "ann",
        3600,
        1800,
        5400,
    )
    assert (ann.nights, ann.by_night) == ((1,), 5400)
    assert (bob.name, bob.calls[22], sum(bob.calls), bob.nights) == ("bob", 1, 1, (1,))


def test_what_goes_on_still_is_in_no_figure_that_ends_and_in_nobodys_load():
    tale = Tale().tell(Declared("down", "tale"), 0).tell(RoleTaken("lead", Person("ann")), 5)
    known = facts(tale.incident, PROCESS, NOON + timedelta(days=9))
    only = population(statistics([known], CLOCK), "live")
    of = {d.measure.key: d for d in only.whole.distributions}
    assert [value for value, _ in of["lead"].values] == [300]
    assert not of["leaderless"].values
    assert of["resolve"].still_open == of["leaderless"].still_open == (1,)
    assert (only.load, only.debts.open) == ((), (1,))


def test_an_end_before_its_beginning_is_a_mistake_and_no_value():
    tale = Tale().tell(Declared("down", "tale"), 0)
    tale.tell(MilestoneSet("started", NOON)).tell(
        MilestoneSet("detected", NOON - timedelta(hours=1))
    )
    (detect, *_) = population(
        statistics([facts(tale.incident, PROCESS, NOON)], CLOCK), "live"
    ).whole.distributions
    assert (detect.values, detect.odd, detect.unknown) == ((), (1,), ())
    assert wording.left_out(detect) == "1 with its end before its beginning"


# --- the arithmetic -----------------------------------------------------------------------------


def exactly(size: int) -> tuple[int, int]:
    """The places between which the medians of 95 % of all bootstrap samples lie, of odd size."""
    middle = (size + 1) // 2

    def reached(place: int) -> float:  # at least half of a sample lies at or below this place
        share = (place + 1) / size
        return sum(
            comb(size, k) * share**k * (1 - share) ** (size - k) for k in range(middle, size + 1)
        )

    low = next(place for place in range(size) if reached(place) >= 0.025)
    return low, next(place for place in range(size) if reached(place) >= 0.975)


@pytest.mark.parametrize("size", [5, 11, 21, 35, 49])
def test_the_bootstrap_finds_what_the_binomial_distribution_says(size: int):
    low, high = median_interval(list(range(size)))
    exact = exactly(size)
    assert abs(low - exact[0]) <= 1
    assert abs(high - exact[1]) <= 1
    assert median_interval(list(range(size))) == (low, high)


def test_many_values_have_an_interval_by_rank():
    assert median_interval(list(range(101))) == (40, 60)


@given(st.lists(st.floats(0, 1e6), min_size=5, max_size=60))
def test_a_summary_is_in_order_and_inside_of_its_values(values: list[float]):
    told = summary(values)
    assert told is not None
    least, most = min(values), max(values)
    assert least == told.least <= told.quarter <= told.median <= told.three_quarters <= told.most
    assert told.most == most
    assert least <= told.low <= told.high <= most


@given(st.lists(st.floats(0, 1e6), max_size=4))
def test_of_fewer_than_five_nothing_is_said(values: list[float]):
    assert summary(values) is None


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_quantile_lies_among_the_values(values: list[float], share: float):
    ordered = sorted(values)
    assert ordered[0] <= quantile(ordered, share) <= ordered[-1] + 1e-6


@pytest.mark.parametrize(("met", "of"), [(1, 5), (3, 9), (8, 10), (40, 41)])
def test_the_interval_of_a_share_is_where_its_own_error_reaches_what_was_seen(met: int, of: int):
    """Wilson's, by its definition: the shares of which this would be 1.96 errors away."""
    for bound in share_interval(met, of, of):
        error = (bound * (1 - bound) / of) ** 0.5
        assert abs(met / of - bound) / error == pytest.approx(1.959964, abs=1e-6)


@pytest.mark.parametrize(("met", "of"), [(0, 7), (7, 7), (3, 9)])
def test_a_share_is_never_sure_and_less_so_of_fewer_incidents(met: int, of: int):
    low, high = share_interval(met, of, of)
    assert 0 <= low <= met / of <= high <= 1
    assert low < high
    wide = share_interval(met, of, 5)
    assert wide[1] - wide[0] > high - low


# --- the command --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("stats")
    (top / "config.toml").write_text('[irc]\nchannels = ["#mdndev"]\n')
    madeup.keep(top / "incidents", madeup.incidents(40))
    secret = Tale(41).tell(Declared("the merger", "mozmeao", private=True), madeup.BEGIN)
    madeup.keep(top / "incidents", iter([secret.entries]))
    return top


@pytest.fixture
def ask(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Any]:
    def run_it(*arguments: str, status: int = 0) -> str:
        assert run(["stats", "--config", str(folder / "config.toml"), *arguments]) == status
        out, err = capfdbinary.readouterr()
        return (err if status else out).decode()

    return run_it


def test_text_tells_every_figure_what_it_is_and_what_it_rests_on(ask):
    told = ask()
    for title, definition in wording.DEFINITIONS.items():
        assert title in told
        assert " ".join(definition.split()[:3]) in " ".join(told.split())
    assert "Drills: 3" in told
    assert "Not counted: 3 withdrawn or duplicates." in told
    assert "too few to say" in told


def test_json_is_what_python_says_of_the_same_store(ask):
    given = json.loads(ask("--format", "json", "--by", "severity"))
    live = next(one for one in given["populations"] if one["population"] == "live")
    resolve = next(one for one in live["figures"] if one["key"] == "resolve")
    values = [each["value"] for each in resolve["values"]]
    assert resolve["median"] == reference.median(values)
    assert [group["name"] for group in live["groups"]] == ["1", "2", "3", None]
    assert given["not_counted"] == [11, 22, 33]
    assert resolve["definition"] == given["definitions"]["Time to resolve"]


def test_json_is_asked_for_as_of_every_command_and_is_one_line(ask):
    printed = ask("--json")
    assert printed == ask("--format", "json")
    assert printed.count("\n") == 1
    assert "give one of them" in ask("--json", "--format", "html", status=2)


def test_csv_has_a_row_for_each_figure_and_no_formula(ask):
    table = list(csv.DictReader(io.StringIO(ask("--format", "csv", "--by", "product"))))
    resolve = next(row for row in table if (row["population"], row["key"]) == ("live", "resolve"))
    assert resolve["group"] == ""
    assert float(resolve["median"]) > 0
    groups = {row["group"] for row in table}
    assert {"MDN", "Bedrock", "'=1+1<script>"} <= groups


def test_since_and_until_take_days_months_years_and_days_ago(ask):
    def live(*arguments: str) -> list[int]:
        given = json.loads(ask("--format", "json", *arguments))
        return [i for one in given["populations"] for i in one["incidents"]]

    spring = [one["id"] for one in JSON if "2025-03" <= one["declared_at"][:7] <= "2025-05"]
    spring = [n for n in spring if n % 11]
    assert sorted(live("--since", "2025-03", "--until", "2025-05")) == spring
    assert sorted(live("--since", "2025-03-01", "--until", "2025-05-31")) == spring
    assert live("--until", "2024") == []
    assert live("--since", "1d") == []


@pytest.mark.parametrize("wrong", ["2025-13", "2025-02-30", "spring", "0000"])
def test_what_is_no_day_is_said(ask, wrong: str):
    assert f"{wrong!r} is not a day" in ask("--since", wrong, status=2)


def test_the_public_edition_names_nobody_and_knows_nothing_private(ask):
    shown = [ask("--edition", "public", "--format", kind) for kind in ("text", "json")]
    for text_ in shown:
        assert not set(re.findall(r"\w+", text_)) & set(madeup.PEOPLE)
        assert "41" not in [word.strip(",.[]") for word in text_.split()]
    inner = ask("--format", "json")
    assert set(re.findall(r"\w+", inner)) >= set(madeup.PEOPLE)
    assert 41 in json.loads(inner)["populations"][0]["incidents"]
    told = ask("--edition", "public", "--by", "leader", status=2)
    assert "names nobody" in told


def test_the_public_figures_are_the_internal_ones(ask):
    inner, outer = (
        json.loads(ask("--format", "json", "--since", "2025-02", "--edition", edition))
        for edition in ("internal", "public")
    )
    for one, other in zip(inner["populations"], outer["populations"], strict=True):
        assert one["figures"] == other["figures"]
        assert one["shares"] == other["shares"]
        assert one["scorecard"] == other["scorecard"]
        assert other["load"] == []


def test_an_empty_store_has_statistics_too(tmp_path: Path, capfdbinary):
    (tmp_path / "config.toml").write_text("")
    assert run(["stats", "--config", str(tmp_path / "config.toml")]) == 0
    assert b"Incidents: 0" in capfdbinary.readouterr()[0]


def test_a_damaged_incident_is_named_and_the_others_are_counted(tmp_path: Path, capfdbinary):
    (tmp_path / "config.toml").write_text("")
    madeup.keep(tmp_path / "incidents", madeup.incidents(3))
    for path in (tmp_path / "incidents").glob("0002.j*"):
        path.write_bytes(path.read_bytes()[:-40].replace(b"outage", b"0utage"))
    run(["stats", "--config", str(tmp_path / "config.toml")])
    out, err = capfdbinary.readouterr()
    assert b"Incidents: 2" in out
    assert b"0002" in err


# --- the page and its plots ---------------------------------------------------------------------


def drawn(plot: Plot, width: int) -> ElementTree.Element:
    return ElementTree.fromstring(plot.svg(width))


def all_plots() -> dict[str, Plot]:
    return {plot.key: plot for plot in plots(population(of_all(), "live"), CLOCK)}


SVG = "{http://www.w3.org/2000/svg}"


def test_each_plot_shows_as_many_things_as_there_are():
    live = population(of_all(), "live")
    found = all_plots()
    assert list(found) == ["weeks", "severity", "hours", "stages", "actions"]
    resolved = [f for f in live.facts if f.took["resolve"] is not None]
    assert len(drawn(found["severity"], WIDE).findall(f"{SVG}circle")) == len(resolved)
    assert len(drawn(found["hours"], WIDE).findall(f"{SVG}rect")) == 24
    heights = [float(r.get("height", 0)) for r in drawn(found["weeks"], WIDE).findall(f"{SVG}rect")]
    assert sum(height > 0 for height in heights) == len(live.facts)  # one a week at most
    kept = [a for f in live.facts for a in f.actions]
    assert f"{len(kept)} follow-ups" in found["actions"].words
    assert f"{sum(a.done for a in kept)} of them done" in found["actions"].words
    assert found["severity"].words.count("median ") == 3


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_nothing_is_drawn_outside_of_a_plot_and_no_two_labels_lie_on_each_other(width: int):
    for plot in all_plots().values():
        root = drawn(plot, width)
        high = float(root.get("viewBox", "").split()[3])
        boxes = []
        for text_ in root.findall(f"{SVG}text"):
            x, y, wide = (
                float(text_.get("x", 0)),
                float(text_.get("y", 0)),
                len(text_.text or "") * 6,
            )
            left = x - {"start": 0, "middle": wide / 2, "end": wide}[text_.get("text-anchor", "")]
            assert left >= -3, (plot.key, text_.text)
            assert left + wide <= width + 4, (plot.key, text_.text)
            boxes.append((y, left, left + wide))
        for circle in root.findall(f"{SVG}circle"):
            assert 0 <= float(circle.get("cx", 0)) <= width
            assert 0 <= float(circle.get("cy", 0)) <= high
        for one, other in combinations(boxes, 2):
            beside = one[2] <= other[1] or other[2] <= one[1]
            assert beside or abs(one[0] - other[0]) >= 9, plot.key


def test_of_very_many_dots_some_are_drawn_and_that_is_said():
    many = [replace(facts_of(EVERY[0]), id=n, took={"resolve": n * 60.0}) for n in range(1, 1201)]
    (plot,) = (
        p for p in plots(population(statistics(many, CLOCK), "live"), CLOCK) if p.key == "severity"
    )
    drawn = re.findall(r"<title>incident (\d+):", plot.svg(WIDE))
    assert len(drawn) == len(set(drawn)) == 500
    assert (drawn[0], drawn[-1]) == ("1", "1200")
    assert (
        "(n 1200): median 10 h 00 min, from 1 min to 20 h 00 min, 500 of them drawn" in plot.words
    )


def test_where_weeks_are_too_many_months_are_shown():
    days = [timedelta(days=40 * n) for n in range(60)]
    known = [
        facts(Tale(n).tell(Declared("down", "tale"), NOON + day).incident, PROCESS, madeup.NOW)
        for n, day in enumerate(days, 1)
    ]
    weekly = plots(population(statistics(known, CLOCK), "live"), CLOCK)[0]
    root = drawn(weekly, NARROW)
    assert root.get("aria-label") == "Incidents per month"
    assert len(root.findall(f"{SVG}rect")) == 78
    assert "60 incidents in 338 weeks" in weekly.words


def test_the_page_is_whole_and_harmless(ask):
    page = ask("--format", "html", "--by", "product")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|url)\s*[=(]|href=.(?!#)", page)
    for title in wording.DEFINITIONS:
        assert title in page
    markup = re.search(r"(?s)<main>.*</main>", page)
    assert markup is not None
    root = ElementTree.fromstring(markup[0])
    assert len(root.findall(".//figure")) == len(root.findall(".//figcaption")) == 15
    ids = [figure.get("id") for figure in root.findall(".//figure")]
    assert len(set(ids)) == len(ids)
    every = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(set(every)) == len(every)
    assert {link.get("href") for link in root.iter("a")} <= {f"#{each}" for each in every}


def test_each_figure_leads_to_the_incidents_behind_it(ask, folder):
    page = ask("--format", "html")
    root = ElementTree.fromstring(re.search(r"(?s)<main>.*</main>", page)[0])
    titles = [link.text for link in root.iter("a") if "behind" in link.get("href")]
    assert titles == 3 * [one.title for one in (*MEASURES, *SHARES)]
    linked = folder / "linked.toml"
    linked.write_text(
        '[irc]\nchannels = ["#mdndev"]\n[page]\nbase_url = "https://status.example/x/"\n'
    )
    page = ask("--format", "html", "--config", str(linked))
    assert '<a href="https://status.example/x/incident/1">1</a>' in page
    assert "#incident-" not in page


def test_a_title_says_days_that_somebody_can_read_later():
    clock = StatsClock(madeup.NOW, ZoneInfo("Asia/Tokyo"))

    def title(since: str) -> str:
        return wording.asked_for(statistics((), clock, since=since))

    assert title("90d") == "Incidents declared since 2025-11-02 (JST)"
    assert title("6h") == "Incidents declared since 2026-01-31 15:00 (JST)"
    assert title("2025-03") == "Incidents declared since 2025-03 (JST)"


def test_the_public_page_names_nobody(ask):
    page = ask("--format", "html", "--edition", "public")
    assert not set(re.findall(r"\w+", page)) & set(madeup.PEOPLE)


# --- what is kept -------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, Callable[..., str]]:
    (tmp_path / "config.toml").write_text('[irc]\nchannels = ["#mdndev"]\n')
    madeup.keep(tmp_path / "incidents", madeup.incidents(6))

    config = load_config(tmp_path / "config.toml")

    def told(edition: str = "internal", zone: tzinfo = UTC) -> str:
        # Later than now: what was written a moment ago is not kept.
        clock = StatsClock(datetime.now(UTC) + timedelta(minutes=1), zone)
        found = facts_in(config, setting(config), clock, edition, pytest.fail)
        return json.dumps(rows.as_json(statistics(found, clock, edition=edition)))

    return tmp_path / "incidents", told


def test_what_is_kept_says_what_the_incidents_say(kept):
    folder, told = kept
    first = told()
    cache = folder / "cache" / "facts-internal.jsonl"
    assert cache.stat().st_mode & 0o777 == 0o600
    before = cache.read_bytes()
    assert [row[0] for row in _kept_rows(folder)] == [1, 2, 3, 4, 5, 6]
    assert told() == first
    assert cache.read_bytes() == before


def test_what_is_kept_is_used_and_made_anew_when_in_doubt(kept):
    folder, told = kept
    first = told()
    cache = folder / "cache" / "facts-internal.jsonl"
    content = cache.read_bytes()
    head, first_line, *rest = content.split(b"\n")
    steps, known = json.loads(body_of(first_line))
    known[0][3 + [field.name for field in fields(Facts)].index("updates")] = 77
    wrong = line(json.dumps([steps, known]).encode()).rstrip()
    changed = b"\n".join([head, wrong, *rest])
    cache.write_bytes(changed)
    assert json.loads(told())["populations"][0]["figures"][-1]["most"] == 77
    for spoilt in (
        content[:-50],
        content.replace(b"{", b"["),
        b"",
        content.replace(b"facts", b"other"),
        content.replace(b"null", b"true"),
    ):
        cache.write_bytes(spoilt)
        assert told() == first
    cache.write_bytes(changed)
    tokyo = json.loads(told(zone=ZoneInfo("Asia/Tokyo")))
    assert tokyo["populations"][0]["figures"][-1]["most"] == 1


def test_an_incident_that_changed_is_read_again(kept):
    folder, told = kept
    told()
    entries = madeup.incident(5)
    at = madeup.NOW - timedelta(days=1)
    madeup.keep(folder, iter([[Entry(5, at, Person("zoe"), Updated("again"), "#mdndev")]]))
    live = json.loads(told())["populations"][0]
    updates = {v["incident"]: v["value"] for v in live["figures"][-1]["values"]}
    assert updates[5] == 1 + sum(isinstance(e.event, Updated) for e in entries)


def test_what_still_goes_on_is_not_kept(kept):
    folder, told = kept
    madeup.keep(folder, iter([madeup.incident(19)]))
    told()
    assert [row[0] for row in _kept_rows(folder)] == [1, 2, 3, 4, 5, 6]


def _kept_rows(folder: Path) -> list[Any]:
    lines = (folder / "cache" / "facts-internal.jsonl").read_bytes().splitlines()[1:]
    return [row for one in lines for row in json.loads(body_of(one))[1]]


def test_of_more_than_a_line_of_incidents_each_is_kept(tmp_path: Path):
    store = str(tmp_path)
    first = facts_of(EVERY[0])
    many = {n: ("", replace(first, id=n, steps=first.steps[n % 2 :])) for n in range(1, 251)}
    FactsCache(store, "internal", None).keep(many, Unchanged(many))
    assert FactsCache(store, "internal", None).read() == many
    assert FactsCache(store, "internal", "other").read() == {}


class Unchanged:
    """A store in which everything is as it was when the facts were made."""

    def __init__(self, known) -> None:
        self._known = known

    def versions(self, of):
        return {number: self._known[number][0] for number in of}


def test_an_erasure_leaves_nothing_of_what_is_kept(kept):
    folder, told = kept
    told()
    told("public")
    assert len(list((folder / "cache").glob("facts-*"))) == 2
    finder = Finder(str(folder), lambda found: None)
    assert finder.erased() == ()
    assert not list((folder / "cache").glob("facts-*"))
    assert finder.erased() == ()


def test_who_wrote_what_was_erased_meanwhile_takes_it_away(kept):
    folder, told = kept
    told()
    known = FactsCache(str(folder), "internal", None)
    facts_ = {5: ("an older version", facts_of(EVERY[4]))}
    known.keep(facts_, open_store(str(folder)))
    assert not list((folder / "cache").glob("facts-*"))


def test_where_nothing_can_be_kept_statistics_are_told_all_the_same(kept):
    folder, told = kept
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    (folder / "cache").symlink_to(elsewhere)
    assert json.loads(told())["populations"]
    assert not list(elsewhere.iterdir())
    (folder / "cache").unlink()
    (folder / "cache").write_text("in the way")
    assert json.loads(told())["populations"]
