"""The pictures of the HTML report: what they show, and that they say it in words as well."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from report.tale import NOON, PROCESS, Tale, outage

from ircbot.incident.events import Declared, MilestoneSet, Reopened, Resolved, RoleTaken, Updated
from ircbot.incident.people import Person
from ircbot.incident.stretches import end_of, silences
from ircbot.incident.times import ReportClock
from ircbot.report.charts import PAGE, SIZES, TELEPHONE, cadence, lanes
from ircbot.report.content import report_of, subject_of
from ircbot.report.render import render

DAVE, JOSH = Person("metadave"), Person("jgmize")


def outage_with_hand_over() -> Tale:
    tale = Tale().tell(Declared("MDN is down", "tale")).tell(RoleTaken("lead", DAVE))
    tale.tell(MilestoneSet("started", NOON - timedelta(minutes=30)))
    tale.tell(MilestoneSet("mitigated", NOON + timedelta(minutes=180)))
    tale.note("early", -300).note("one", 10).note("two", 60).tell(Updated("on it"), 40)
    tale.tell(RoleTaken("lead", JOSH, "accepted"), 120, JOSH)
    tale.tell(RoleTaken("scribe", DAVE), 130)
    return tale.tell(Resolved(), 240).note("late", 600)


def chart(incident, size=PAGE):
    return lanes(incident, PROCESS, ReportClock.of([incident.declared_at], NOON.tzinfo), size=size)


def test_who_led_stands_side_by_side_over_time():
    picture = chart(outage_with_hand_over().incident)
    dave, josh, scribe = picture.terms
    assert (dave.label, josh.label) == ("metadave", "jgmize")
    assert dave.x + dave.width == josh.x
    assert dave.y == josh.y < scribe.y
    assert dave.width == pytest.approx(josh.width, abs=0.2)
    assert [lane.name for lane in picture.lanes] == [
        "incident leader",
        "note taker",
        "updates",
        "entries",
    ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("minutes", [2, 27, 300, 4320])
def test_an_incident_fills_its_picture(size, minutes):
    tale = Tale().tell(Declared("MDN is down", "tale")).tell(RoleTaken("lead", DAVE))
    picture = chart(tale.note("a", 1).tell(Resolved(), minutes).incident, size)
    (term,) = picture.terms
    assert term.width / (size.width - size.label) > (0.8 if minutes > 2 else 0.4)
    assert term.x + term.width <= size.width
    assert len(picture.ticks) <= size.ticks + 1
    assert all(lane.name_y <= lane.y + 20 for lane in picture.lanes)


def test_on_a_telephone_a_lane_has_its_name_above_it():
    picture = chart(outage_with_hand_over().incident, TELEPHONE)
    (lead, *_) = picture.lanes
    assert lead.name_y < picture.terms[0].y + 6
    assert picture.left < 60


def test_what_happened_outside_stands_in_the_end_zones():
    picture = chart(outage_with_hand_over().incident)
    early, one, two, late = sorted(picture.entries, key=lambda mark: mark.x)
    assert early.x < picture.left <= one.x < two.x < picture.right < late.x
    assert (picture.before, picture.after) == (1, 1)
    assert [mark.anchor for mark in (early, one, two, late)] == [
        "tl-0001",
        "tl-0002",
        "tl-0003",
        "tl-0004",
    ]


def test_intervals_follow_one_another():
    picture = chart(outage_with_hand_over().incident)
    assert [interval.title[:9].strip() for interval in picture.intervals] == [
        "unnoticed",
        "declared",
        "mitigated",
    ]
    for one, two in pairwise(picture.intervals):
        assert one.x + one.width == pytest.approx(two.x, abs=0.2)


def test_everything_stays_inside_the_picture():
    picture = chart(outage_with_hand_over().incident)
    places = [mark.x for mark in (*picture.entries, *picture.updates)]
    places += [place for bar in picture.terms for place in (bar.x, bar.x + bar.width)]
    places += [tick.x for tick in picture.ticks]
    assert min(places) >= 0
    assert max(places) <= PAGE.width


def test_crowded_entries_keep_their_place_and_lose_their_number():
    picture = chart(outage(*map(str, range(200))))
    labels = [mark.x for mark in picture.entries if mark.label]
    assert len(picture.entries) == 200
    assert 5 < len(labels) < 60
    assert all(two - one >= 17 for one, two in pairwise(labels))


@pytest.mark.parametrize("minutes", [1, 23, 240, 1440, 26_000])
def test_the_scale_has_few_and_round_times(minutes):
    tale = Tale().tell(Declared("MDN is down", "tale")).note("a", 0)
    picture = chart(tale.tell(Resolved(), minutes).incident)
    assert 2 <= len(picture.ticks) <= 9
    assert all(re.fullmatch(r"\d\d:\d\d|\d\d-\d\d", tick.label) for tick in picture.ticks)


def test_an_incident_of_no_length_has_no_picture():
    incident = Tale().tell(Declared("MDN is down", "tale")).incident
    assert chart(incident) is None
    assert "<svg" not in render(incident, PROCESS, "html")


def test_gaps_over_the_limit_stand_out_and_say_how_long_they_were():
    tale = Tale().tell(Declared("MDN is down", "tale")).note("a", 10).note("b", 100)
    incident = tale.tell(Resolved(), 115).incident
    picture = cadence(silences(incident, PROCESS), ReportClock.of([NOON], NOON.tzinfo), "In words.")
    short, long, last = picture.gaps
    assert [gap.over for gap in picture.gaps] == [False, True, False]
    assert (short.label, long.label, last.label) == ("", "1 h 30 min", "")
    assert long.y < picture.limit_y < short.y
    assert long.title == "1 h 30 min: 12:10 to 13:40"
    assert (picture.limit, picture.description) == ("limit 30 min", "In words.")


def test_the_longest_of_very_many_gaps_are_shown():
    incident = outage(*map(str, range(300)))
    picture = cadence(silences(incident, PROCESS), ReportClock.of([NOON], NOON.tzinfo), "")
    assert len(picture.gaps) == 100
    assert picture.gaps[-1].over
    assert picture.gaps[-1].x + picture.gaps[-1].width <= PAGE.width
    assert end_of(incident) == incident.resolved_at


def test_the_pictures_are_well_formed_named_and_described():
    page = render(outage_with_hand_over().incident, PROCESS, "html")
    pictures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(pictures) == 2 * len(SIZES)
    assert len(set(re.findall(r'\bid="([^"]+)"', page))) == page.count(' id="')
    for source in pictures:
        picture = ElementTree.fromstring(source)
        ids = {element.get("id"): element for element in picture.iter() if element.get("id")}
        named = (picture.get("aria-labelledby") or "").split()
        # What an image holds nobody can reach: one with links in it is a group.
        links = [element for element in picture.iter() if element.tag.endswith("a")]
        assert picture.get("role") == ("group" if links else "img")
        assert [ids[name].tag for name in named] == ["title", "desc"]
        assert all(ids[name].text for name in named)
    assert "Incident leader: metadave from 12:00 to 14:00, jgmize from 14:00 to 16:00." in page


def test_a_hostile_nick_stays_text_in_the_picture():
    tale = Tale().tell(Declared("down", "tale")).tell(RoleTaken("lead", Person("<b>|[x]\\")))
    page = render(tale.note("a", 30).tell(Resolved(), 60).incident, PROCESS, "html")
    assert "<b>|" not in page
    assert "&lt;b&gt;|[x]\\" in page


def test_pictures_are_drawn_where_somebody_sees_them():
    incident = outage("a", "b")
    kinds = {
        pictures: {
            block.kind
            for section in report_of(subject_of(incident, PROCESS, pictures=pictures)).sections
            for block in section.blocks
        }
        for pictures in (True, False)
    }
    assert kinds[True] - kinds[False] == {"lanes", "cadence"}


def reopened_after(days: int) -> Tale:
    tale = Tale().tell(Declared("MDN is down", "tale")).tell(RoleTaken("lead", DAVE)).note("a", 10)
    later = days * 1440
    tale.tell(Resolved(), 120).tell(Reopened("again"), later).note("b", later + 9)
    return tale.tell(Resolved(), later + 18)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("days", [1, 3, 40])
def test_the_axis_is_broken_where_nobody_worked_on_it(size, days):
    picture = chart(reopened_after(days).incident, size)
    (left_out,) = picture.breaks
    first, second = picture.terms
    assert first.x + first.width <= left_out.x
    assert left_out.x + left_out.width <= second.x
    assert first.width / second.width == pytest.approx(120 / 18, rel=0.01)
    assert first.width + second.width > 0.6 * (size.width - size.label)
    assert left_out.label == {1: "22 h", 3: "3 d", 40: "40 d"}[days]
    places = [tick.x for tick in picture.ticks]
    assert all(two - one >= 40 for one, two in pairwise(places))
    assert f"{NOON + timedelta(days=days):%m-%d}" in [tick.label for tick in picture.ticks]
    assert "; " in picture.description


def test_a_short_gap_is_shown_as_long_as_it_was():
    tale = Tale().tell(Declared("MDN is down", "tale")).note("a", 10).tell(Resolved(), 120)
    picture = chart(tale.tell(Reopened("again"), 130).tell(Resolved(), 200).incident)
    assert not picture.breaks
    tale = Tale().tell(Declared("MDN is down", "tale")).note("a", 10).tell(Resolved(), 60)
    picture = chart(tale.tell(Reopened("again"), 100).tell(Resolved(), 200).incident)
    assert [each.label for each in picture.breaks] == []
    tale = Tale().tell(Declared("MDN is down", "tale")).note("a", 2).tell(Resolved(), 6)
    picture = chart(tale.tell(Reopened("again"), 30).tell(Resolved(), 40).incident)
    assert [each.label for each in picture.breaks] == ["22 min"]
    assert "12-" not in repr(picture.ticks)


def test_a_break_is_drawn_and_says_what_is_left_out():
    html = render(reopened_after(3).incident, PROCESS, "html")
    assert html.count('class="break"') == len(SIZES)
    assert "not shown: 2018-01-10" in html
