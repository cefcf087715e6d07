"""What a process adds: statuses, checklists, hypotheses, messages, the review meeting."""

from __future__ import annotations

from core import LED, at, check, process, replies_to, setting

from ircbot.incident.process import Checklist, Message, Status

ALONE = """
    --- #mozmeao
    12:00 <metadave> !inc declare MDN is down
    12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
"""


def under(**changes: object):
    """The surroundings under a process with these things, in one channel."""
    return setting(process(**changes), channels=("#mozmeao",))


def test_a_status_it_has_already_is_confirmed_and_not_recorded_twice():
    statuses = {"known": Status("known", "cause known"), "open": Status("open", "open")}
    talk = check(
        ALONE
        + """
        12:01 <metadave> !inc phase known
        12:01 <ilbot> metadave: status: cause known
        12:02 <metadave> !inc phase Cause Known
        12:02 <ilbot> metadave: status: cause known
        """,
        under(statuses=statuses),
    )
    assert [m.at for m in talk.incident.moments if m.kind == "status"] == [at("12:01")]


def test_a_checklist_shows_what_is_done_and_takes_only_its_items():
    lists = (Checklist("first", "At first", {"page": "page somebody", "room": "open a room"}),)
    talk = check(
        ALONE
        + """
        12:01 <metadave> !inc checklist dance
        12:01 <ilbot> metadave: no such item; there are: page, room.
        12:02 <metadave> !inc checklist PAGE
        12:02 <ilbot> metadave: page somebody: done.
        12:03 <metadave> !inc done page
        12:03 <ilbot> metadave: page somebody: done.
        12:04 <metadave> !inc checklist
        12:04 <ilbot> metadave: At first: [x] page: page somebody; [ ] room: open a room
        """,
        under(checklists=lists),
    )
    assert dict(talk.incident.ticked) == {"page": at("12:02")}


def test_without_a_checklist_it_says_so():
    assert replies_to(LED + "12:01 <metadave> !inc checklist page") == [
        "12:01 <ilbot> metadave: this process has no checklist."
    ]


def test_hypotheses_are_listed_with_what_became_of_them():
    check(
        LED
        + """
        12:01 <metadave> !inc hypothesis
        12:01 <ilbot> metadave: no hypotheses.
        12:02 <metadave> !inc hypothesis the cache is cold
        12:02 <ilbot> metadave: hypothesis 1: the cache is cold
        12:03 <jgmize> !inc hypothesis the ELB is empty
        12:03 <ilbot> jgmize: hypothesis 2: the ELB is empty
        12:04 <jgmize> !inc hypothesis a squirrel
        12:04 <ilbot> jgmize: hypothesis 3: a squirrel
        12:05 <metadave> !inc hypothesis disproved 1
        12:05 <ilbot> metadave: hypothesis 1 is disproved.
        12:06 <metadave> !inc hypothesis 2 is confirmed
        12:06 <ilbot> metadave: hypothesis 2 is proved.
        12:07 <metadave> !inc hypothesis
        12:07 <ilbot> metadave: 1 (disproved) the cache is cold; 2 (proved) the ELB is empty; 3 (open) a squirrel
        """
    )


def test_the_blank_lines_of_a_message_are_not_said():
    news = Message("news", "Hello {NAME},\n\nMDN is down.\n")
    talk = check(
        ALONE
        + """
        12:01 <metadave> !inc message news NAME=Ada
        12:01 <ilbot> metadave: Hello Ada,
        12:01 <ilbot> metadave: MDN is down.
        """,
        under(messages={"news": news}),
    )
    assert [sent.text for sent in talk.incident.messages] == ["Hello Ada,\n\nMDN is down.\n"]


def test_a_meeting_needs_a_time_that_is_to_come():
    talk = check(
        LED
        + """
        12:01 <metadave> !inc meeting soon
        12:01 <ilbot> metadave: "soon" is not a time. These are: 16:12, 4pm, 16:12 UTC, yesterday 23:10, 2026-11-24 10:00, -10m.
        12:02 <metadave> !inc meeting 2018-01-09 15:00
        12:02 <ilbot> metadave: 2018-01-09 15:00 has passed.
        12:03 <metadave> !inc meeting 2018-01-12 15:00
        12:03 <ilbot> metadave: review meeting 2018-01-12 15:00 UTC.
        """
    )
    assert talk.incident.meeting_at == at("15:00").replace(day=12)
