"""Each organisation's report: its own words in its own order, in every format, and nothing twice."""

from __future__ import annotations

import re
from functools import cache

import pytest
from core import Talk, setting

from ircbot.incident.state import Incident
from ircbot.processes import load_process
from ircbot.report import FORMATS
from ircbot.report.render import render

# What happens in every one of them.
TOLD = """
    12:00 <ann> I am declaring an incident: the service is down
    12:01 <bob> I am the {lead}
    12:10 <bob> TL: the disk is full
    12:12 <bob> !inc hypothesis the logs were never rotated
    12:13 <bob> !inc hypothesis proved 1
    12:15 <bob> !inc link https://blog.example.org/down announcement
    12:20 <bob> !inc notify eve the disk is full
    12:40 <bob> !inc resolve the disk is larger
    12:50 <bob> !inc why nobody watched the disk
    12:51 <bob> !inc action watch the disk @eve by 2018-02-01
    12:52 <eve> !inc ticket 1 https://issues.example.org/7
"""
OWN = {
    "grafana": "12:25 <bob> !inc impact all\n12:55 <bob> !inc done customers",
    "openverse": "12:11 <bob> !inc severity 1\n12:55 <bob> !inc done edited",
    "2i2c": "12:45 <ann> !inc message resolved NAME=Ada\n12:56 <ann> !inc done confirmed",
    "princeton": "12:55 <bob> !inc done restored",
}
# Headings in their order; what stands between them does not matter.
ORDER = {
    "grafana": [
        "Impact on customers and systems", "Timeline", "Hypotheses", "Root cause and trigger",
        "What stopped the bleeding", "Follow-up actions", "Checklists", "Announcements",
    ],
    "openverse": [
        "Timeline", "Status", "Announcements", "The five whys", "Action items and follow-up issues",
        "What solved it", "Checklists", "Communication",
    ],
    "2i2c": [
        "What the community was told", "Timeline", "Action items: process, technology, team",
        "Communication within the team",
    ],
    "princeton": [
        "Record of events", "WHY it happened", "Tickets: what would prevent it", "Checklists",
        "Communication",
    ],
}  # fmt: skip


@cache
def incident(name: str) -> Incident:
    process = load_process(name)
    talk = Talk(setting(process, channels=("#mozmeao",)))
    script = TOLD.format(lead=process.lead.title).strip() + "\n" + OWN[name]
    talk.tell("\n".join(sorted(line.strip() for line in script.splitlines())))
    return talk.incident


def report(name: str, format_: str = "text", **more: str) -> str:
    return render(incident(name), load_process(name), format_, **more)


@pytest.mark.parametrize("name", ORDER)
def test_a_report_has_the_guides_headings_in_the_guides_order(name):
    headings = re.findall(r"(?m)^(.+)\n-+$", report(name))
    assert [one for one in headings if one in ORDER[name]] == ORDER[name]
    assert len(headings) == len(set(headings))


@pytest.mark.parametrize("format_", [one for one in FORMATS if one != "json"])
@pytest.mark.parametrize("name", ORDER)
def test_what_is_on_record_stands_in_every_format_once(name, format_):
    text = report(name, format_)
    words = ["nobody watched", "watch the disk", "issues", "logs were never rotated"]
    assert [one for one in words if one not in text] == []
    assert len(re.findall(r"nobody watched the disk", text)) <= 1
    if name == "2i2c":
        assert len(re.findall(r"the incident should be over", text)) == 1


@pytest.mark.parametrize("name", ORDER)
def test_statuses_checklists_and_steps_are_for_those_who_worked_on_it(name):
    internal, public = report(name), report(name, edition="public")
    assert "How the process was met" in internal
    assert "How the process was met" not in public
    assert "Checklists" in internal
    assert "Checklists" not in public
    assert "bob" not in public


def test_the_statuses_of_openverse_are_dated():
    rows = re.search(r"(?s)Status\n------\n(.*?)\n\n\n?[A-Z]", report("openverse"))[1]
    assert re.findall(r"(?m)^(\w+) +(\S+)", rows)[-4:] == [
        ("recorded", "12:00"),
        ("triaging", "12:01"),
        ("resolved", "12:40"),
        ("reviewed", "not"),
    ]


def test_an_announcement_that_is_needed_and_missing_is_told():
    process = load_process("openverse")
    talk = Talk(setting(process, channels=("#mozmeao",)))
    talk.tell(
        "12:00 <ann> !inc declare it is down\n12:01 <ann> !inc severity 1\n12:40 <ann> !inc resolve"
    )
    assert "needed at severity 1" in render(talk.incident, process, "text")
    talk.tell("12:50 <ann> !inc severity 3")
    assert "Announcements" not in render(talk.incident, process, "text")
