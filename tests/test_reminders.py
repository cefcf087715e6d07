"""What time alone causes, where it is not told by a subject's own tests."""

from __future__ import annotations

from datetime import timedelta

import pytest
from core import LED, NOON, Talk, at, check, process, setting

from ircbot.incident.process import Meeting


def test_an_update_promised_sooner_than_the_warning_has_none():
    check(
        LED
        + """
        12:01 <metadave> !inc next 4m
        12:01 <ilbot> metadave: next update due 12:05 UTC.
        12:05 -ilbot- metadave: an update is due now (MDN is down; last 12:00 UTC).
        12:06
        """
    )


def test_of_a_meeting_that_has_begun_the_bot_says_nothing_when_it_comes_back():
    given = setting(process(meeting=Meeting()), channels=("#mozmeao",))
    talk = Talk(given)
    talk.tell(
        """
        12:00 <metadave> !inc declare MDN is down
        12:10 <metadave> !inc resolve
        12:11 <metadave> !inc meeting 15:00
        """
    )
    assert list(talk.engine.tick(at("15:00"))) == []
    assert talk.incident.was_sent(f"meeting-{int(at('15:00').timestamp())}:1")
    assert list(talk.engine.tick(at("15:01"))) == []


def test_nobody_who_left_is_reminded_by_name_of_what_they_owe_or_promised():
    talk = Talk()
    talk.tell(
        LED
        + """
        12:05 <metadave> jgmize has agreed to take over IL
        12:06 <jgmize> Confirmed, I am now IL
        --- #moc
        12:10 <metadave> !inc next 15m
        12:11 -!- metadave [m@moz] has quit [bye]
        --- #mozmeao
        12:25
        12:28 <jgmize> !inc resolve
        12:29 -!- jgmize [j@moz] has quit [bye]
        --- 2018-01-12 #mozmeao
        12:40
        """
    )
    spoken = [line.partition(" -ilbot- ")[2] for line in talk.written]
    assert any(line.startswith("jgmize: an update is due now in #moc") for line in spoken)
    assert any(line.startswith("the incident report for incident 1") for line in spoken)
    assert not any(line.startswith("metadave: ") and "due" in line for line in spoken)


@pytest.mark.parametrize(
    ("titles", "said"),
    [
        ((), "when it is out."),
        (("Impact", "Cause"), "out. Still to be written: Impact, Cause."),
        (tuple("abcdefghijklmn"), "to be written: a, b, c, d, e, f, g, h, i, j, k, l, and 2 more."),
    ],
)
def test_whoever_owes_the_report_hears_what_is_still_empty(titles, said):
    one = Talk(setting(unwritten=lambda incident, process: titles))
    one.tell(LED + "12:20 <metadave> !inc resolve")
    told = one.until("12:20", NOON + timedelta(days=2))
    assert said in next(line for line in told if "is due now" in line)
