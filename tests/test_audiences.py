"""People outside who are to hear by a clock of their own: reminded of, told, and counted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core import Talk, at, setting

from ircbot.incident.audiences import kept
from ircbot.incident.review import review
from ircbot.incident.times import NEVER
from ircbot.processes import read_process
from ircbot.report.render import render

USERS = """
title = "Two clocks"
include = ["english"]
assumed_severity = "2"
[roles.lead]
title = "incident leader"
short = "IL"
[roles.press]
title = "press officer"
[severities.1]
[severities.2]
[severities.3]
[updates]
every = "11h"
again_after = ["10m"]
[baton]
break_after = "never"
[messages.notice]
text = "Dear {NAME}"
[audiences.users]
title = "users"
every = "60m"
at = {1 = "30m", 3 = "never"}
by = ["press", "lead"]
told = ["link:status"]
channels = ["#users"]
[audiences.partners]
every = "5h"
told = ["message:notice"]
severities = ["1"]
[audiences.board]
every = "8h"
told = ["update"]
[steps.users]
title = "Users hear"
measure = "audience told"
name = "users"
[[phrases]]
means = "message"
message = "users"
say = ["users: <text>"]
examples = ["users: mail is slow"]
"""
DECLARED = "12:00 <ann> I am declaring an incident and am incident leader. Mail is down"


@pytest.fixture
def users(tmp_path):
    path = tmp_path / "users.toml"
    path.write_text(USERS)
    return setting(read_process(path), channels=("#mozmeao", "#users"))


def told(surroundings, *script: str) -> Talk:
    talk = Talk(surroundings)
    talk.tell("\n".join((DECLARED, *script)))
    return talk


def test_who_is_to_hear_is_told_of_just_before_and_until_they_have_heard(users):
    talk = told(users)
    assert talk.until("13:20") == [
        "12:55 -ilbot- ann: users: a word on incident 1 (Mail is down) is due 13:00 UTC;"
        " last 12:00 UTC. !inc link URL status",
        "13:10 -ilbot- ann: users: a word on incident 1 (Mail is down) has been due for 10 minutes;"
        " last 12:00 UTC. !inc link URL status",
    ]
    talk.tell("13:21 <bob> I am the press officer")
    assert talk.tell("13:25 <bob> users: we look into it") == ["13:25 <bob> users: we look into it"]
    assert [line[:30] for line in talk.until("14:22")] == ["14:20 -ilbot- bob: users: a wo"]


def test_what_is_told_them_is_said_in_their_channels_and_kept(users):
    talk = told(users)
    assert talk.tell("12:10 <ann> !inc message users Mail is slow") == [
        "12:10 <ann> !inc message users Mail is slow",
        "12:10 #users -ilbot- Incident 1: Mail is slow (ann)",
        "12:10 <ilbot> ann: users: told.",
    ]
    assert [sent.text for sent in talk.incident.messages] == ["Mail is slow"]
    assert talk.tell("12:11 #users <ann> !inc message users better now")[1:] == [
        "12:11 #users -ilbot- Incident 1: better now (ann)"
    ]
    which = talk.tell("12:12 <ann> !inc message users")[1:]
    assert which == [
        "12:12 <ilbot> ann: which message? There are: notice, users, partners, board. !inc message KEY"
    ]


def test_a_text_that_looks_like_a_security_matter_is_not_sent(users):
    wary = replace(users.process, security_off_irc=True, security_words=("breach",))
    talk = told(replace(users, process=wary), "12:10 <ann> !inc message users there was a breach")
    assert not talk.incident.messages
    assert "not sent" in talk.written[-1]


def test_the_clock_is_that_of_the_severity(users):
    assert "due 12:31 UTC" in told(users, "12:01 <ann> !inc severity 1").until("12:26")[0]
    assert told(users, "12:01 <ann> !inc severity 3").until("18:00") == []


def test_an_audience_of_a_graver_severity_is_told_of_there_alone(users):
    talk = told(users, "12:01 <ann> !inc severity 1")
    lines = [line for line in talk.until("17:30") if "partners" in line]
    assert "is due 17:01 UTC; last 12:00 UTC. !inc message notice …" in lines[0]


def test_of_a_security_matter_nobody_outside_is_to_hear(users):
    assert told(users, "12:01 <ann> !inc security").until("18:00") == []


def test_status_tells_when_each_is_to_hear(users):
    (line,) = [one for one in told(users).tell("12:01 <bob> !inc status") if "Declared" in one]
    assert line.endswith(
        "No update yet. Next due 23:00 UTC. users: due 13:00 UTC. board: due 20:00 UTC."
    )


def test_without_a_warning_the_word_comes_when_it_is_due(users):
    late = replace(users.process, updates=replace(users.process.updates, warn_before=NEVER))
    board = [line for line in told(replace(users, process=late)).until("20:01") if "board" in line]
    assert board == [
        "20:00 -ilbot- ann: board: a word on incident 1 (Mail is down) is due 20:00 UTC;"
        " last 12:00 UTC. !inc update TEXT"
    ]


def test_reports_and_reviews_count_each_audience(users):
    talk = told(users, "12:30 <ann> !inc message users we look", "14:00 <ann> !inc resolve")
    audience = users.process.audiences[0]
    assert [gap.over for gap in kept(talk.incident, audience, users.process)] == [False, True]
    (finding,) = review(talk.incident, users.process, at("15:00"))
    assert finding.text.startswith("longest silence 90 minutes (12:30–14:00 UTC), 1 of 2 over 60")
    text = render(talk.incident, users.process, "text", now=at("15:00"))
    assert "Users: told 1 time; longest silence" in text
    assert "Partners: told 0 times." in text


def test_a_step_about_them_asks_for_nothing_where_nobody_is_to_hear(users):
    talk = told(users, "12:00 <ann> !inc severity 3", "14:00 <ann> !inc resolve")
    (finding,) = review(talk.incident, users.process, at("15:00"))
    assert finding.text == "not owed at this severity"


def test_where_nothing_is_said_again_they_are_spoken_of_once(tmp_path):
    (tmp_path / "once.toml").write_text(USERS.replace('again_after = ["10m"]', "again_after = []"))
    talk = told(setting(read_process(tmp_path / "once.toml")))
    said = "\n".join(talk.until("23:00"))
    assert said.count("users") == 1
