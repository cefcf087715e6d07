"""Prompts: each at its moment, to who is there, and not at all for what is done already."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from core import LED, MDN, NOON, Talk, at, check, line, process, setting

from ircbot.incident.process import (
    Baton,
    Checklist,
    Message,
    Prompt,
    Role,
    Severity,
    Status,
    Updates,
)
from ircbot.incident.prompts import is_called_for
from ircbot.incident.setting import FixedPresence, KnownChannel
from ircbot.processes import load_process

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
LEAD = Role("lead", "incident leader", "IL")
ROLES = {
    "lead": LEAD,
    "notes": Role("notes", "note taker"),
    "cast": Role("cast", "helper of many", holders=0, acknowledged=False),
}


def asking(*prompts: Prompt, **more: object):
    """The surroundings in which these prompts are given; the clocks do not disturb them."""
    around = {key: more.pop(key) for key in ("duty", "products") if key in more}
    quiet = {"updates": Updates(every=11 * HOUR), "baton": Baton(break_after=timedelta(0))}
    asked = process(roles=ROLES, prompts=prompts, **(quiet | more))
    return setting(asked, channels=("#mozmeao", "#moc"), **around)


def said(talk: Talk) -> list[str]:
    """What the bot said of itself, without what a declaration always brings."""
    return [line for line in talk.written if "-ilbot" in line and "Incident 1" not in line]


def heard(surroundings, *script: str, until: str = "18:00") -> list[str]:
    """What the bot says of itself in an incident that metadave leads."""
    talk = Talk(surroundings)
    talk.tell("\n".join(["12:00 <metadave> !inc declare MDN is down", *script, until]))
    return said(talk)


def test_a_prompt_comes_once_after_its_time_and_begins_with_whose_it_is():
    prompt = Prompt("room", "a room, please.", "led", to=("lead",), after=5 * MINUTE)
    assert heard(asking(prompt)) == ["12:05 -ilbot- metadave: a room, please."]


def test_no_prompt_stands_between_peoples_lines_of_one_moment():
    talk = Talk(asking(Prompt("x", "who?", "declared")))
    talk.tell("12:00 <metadave> !inc declare MDN is down")
    assert [len(talk.engine.tick(at(f"12:00:0{second}"))) for second in (4, 5)] == [0, 1]


def test_a_prompt_is_not_given_for_what_is_there():
    prompt = Prompt("room", "a room, please.", "led", after=5 * MINUTE, until=("video",))
    assert heard(asking(prompt), "12:03 <metadave> !inc video https://v.example.org") == []


def test_any_one_of_several_things_ends_it():
    prompt = Prompt("x", "an issue?", "led", after=5 * MINUTE, until=("link:issue", "none"))
    lists = (Checklist("c", "c", {"none": "none is needed"}),)
    given = asking(prompt, checklists=lists)
    assert heard(given) == ["12:05 -ilbot- an issue?"]
    assert heard(given, "12:03 <metadave> !inc link https://x.example.org the issue") == []
    assert heard(given, "12:03 <metadave> !inc done none") == []


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("comms", "!inc channel #moc"),
        ("severity", "!inc severity 2"),
        ("impact", "!inc impact nobody can log in"),
        ("role:notes", "!inc role notes"),
        ("action", "!inc action look at the disk"),
        ("why", "!inc why because the disk was full"),
        ("hypothesis", "!inc hypothesis the deploy did it"),
        ("update", "!inc update half of them are back"),
        ("mitigated", "!inc milestone mitigated"),
        ("status:known", "!inc phase known"),
    ],
)
def test_it_is_not_given_once_this_is_there(until, said):
    prompt = Prompt("x", "well?", "led", after=5 * MINUTE, until=(until,))
    given = asking(prompt, statuses={"known": Status("known"), "fixed": Status("fixed")})
    assert "12:05 -ilbot- well?" in heard(given, "12:04 <metadave> !inc phase fixed")
    assert [line for line in heard(given, f"12:04 <metadave> {said}") if "well?" in line] == []


def test_it_is_repeated_as_often_as_it_says_and_no_more():
    prompt = Prompt("x", "who?", "declared", after=MINUTE, every=10 * MINUTE, times=3)
    times = [line.split()[0] for line in heard(asking(prompt))]
    assert times == ["12:01", "12:11", "12:21"]


def test_prompts_of_one_time_come_a_minute_apart_in_the_files_order():
    prompts = [Prompt(key, f"{key}?", "led", after=5 * MINUTE) for key in ("b", "a", "c")]
    assert heard(asking(*prompts)) == ["12:05 -ilbot- b?", "12:06 -ilbot- a?", "12:07 -ilbot- c?"]


def test_after_an_absence_prompts_still_come_one_by_one():
    prompts = [Prompt(key, f"{key}?", "led", after=5 * MINUTE) for key in ("a", "b")]
    talk = Talk(asking(*prompts))
    talk.tell("12:00 <metadave> !inc declare MDN is down")
    told = [[r.text for r in talk.engine.tick(at(now))] for now in ("13:00", "13:00:30", "13:01")]
    assert told == [["a?"], [], ["b?"]]


def test_it_speaks_to_the_first_who_is_there():
    prompt = Prompt("x", "how?", "declared", to=("notes", "lead"), after=5 * MINUTE)
    assert heard(asking(prompt)) == ["12:05 -ilbot- metadave: how?"]
    taken = heard(asking(prompt), "12:02 <ned> !inc role notes")
    assert taken[-1] == "12:05 -ilbot- ned: how?"


def test_a_role_of_many_is_spoken_to_by_name():
    prompt = Prompt("x", "how?", "declared", to=("cast",), after=5 * MINUTE)
    script = [f"12:02 <{nick}> !inc role cast" for nick in ("ann", "bob", "cat", "dan")]
    assert heard(asking(prompt), *script)[-1] == "12:05 -ilbot- ann, bob, cat: how?"


def test_what_is_private_goes_to_the_channel_if_nobody_has_the_role_and_the_file_says_so():
    prompt = Prompt("x", "{notes}: well?", "led", to=("private:notes", "lead"), after=5 * MINUTE)
    assert heard(asking(prompt)) == ["12:05 -ilbot- metadave: the note taker: well?"]
    private = heard(asking(prompt), "12:02 <ned> !inc role notes")
    assert private[-1] == "12:05 -ilbot:ned- ned: well?"


def test_whoever_closes_at_once_keeps_nobody_from_hearing_that_the_report_is_there():
    prompts = [
        Prompt("ready", "ready: {report}", "reported", to=("private:notes", "channel")),
        Prompt("over", "over?", "resolved", after=5 * MINUTE),
    ]
    talk = Talk(asking(*prompts))
    talk.tell(
        """
        12:00 <metadave> !inc declare MDN is down
        12:02 <ned> !inc role notes
        12:10 <metadave> !inc resolve
        12:11 <metadave> !inc report done https://r.example.org
        12:11 <metadave> !inc close
        12:20
        """
    )
    assert said(talk)[-1] == "12:11 -ilbot:ned- ready: https://r.example.org"


def test_whoever_left_after_the_end_is_asked_for_nothing_until_they_are_back():
    prompts = [
        Prompt("a", "all told?", "resolved", to=("notes", "lead"), after=5 * MINUTE),
        Prompt("b", "all well?", "resolved", to=("private:notes",), after=7 * MINUTE),
    ]
    script = [
        "12:02 <ned> !inc role notes",
        "12:10 <metadave> !inc resolve",
        "12:11 -!- ned [n@m] has quit [bye]",
    ]
    gone = heard(asking(*prompts), *script, until="12:30")
    assert gone[-1] == "12:15 -ilbot- metadave: all told?"
    back = heard(
        asking(*prompts), *script, "12:14 -!- ned [n@m] has joined #mozmeao", until="12:30"
    )
    assert back[-2:] == ["12:15 -ilbot- ned: all told?", "12:17 -ilbot:ned- all well?"]


def test_what_is_private_goes_to_the_holder_or_to_nobody():
    prompt = Prompt("x", "all well?", "led", to=("private:notes",), after=5 * MINUTE)
    assert heard(asking(prompt)) == []
    private = heard(asking(prompt), "12:02 <ned> !inc role notes")
    assert private[-1] == "12:05 -ilbot:ned- all well?"


def test_after_the_end_it_speaks_to_who_held_the_role_to_the_end():
    prompt = Prompt("x", "write it up.", "resolved", to=("notes",), after=MINUTE)
    script = ["12:02 <ned> !inc role notes", "12:10 <metadave> !inc resolve"]
    assert heard(asking(prompt), *script)[-1] == "12:11 -ilbot- ned: write it up."


def test_who_is_on_call_is_called_and_that_counts_as_a_call():
    prompt = Prompt(
        "x", "help.", "declared", to=("on_call",), after=30 * MINUTE, on_call=("eng", "pam"),
        everywhere=True, until=("called",),
    )  # fmt: skip
    given = asking(prompt, duty={"eng": "eve", "pam": "pat"})
    talk = Talk(given)
    talk.tell("12:00 <metadave> !inc declare MDN is down\n12:40")
    assert said(talk) == ["12:30 #mozmeao #moc -ilbot- eve, pat: help."]
    assert [call.nicks for call in talk.incident.calls] == [("eve", "pat")]
    called = heard(given, "12:10 <metadave> !inc notify eve pat MDN is down")
    assert [line for line in called if "help." in line] == []
    assert heard(asking(prompt)) == []
    # Who does not exist was not called; nor is who is in none of the channels.
    talk = Talk(given)
    talk.tell("12:00 <metadave> !inc declare MDN is down")
    replies = talk.engine.hear([line("12:10", "metadave", "!inc notify eve pat MDN is down")])
    talk.engine.delivered(replies[0].broadcast, ["eve"], {"pat": "no such nick"})
    assert talk.until("12:40")[-1] == "12:30 #mozmeao #moc -ilbot- eve, pat: help."
    there = FixedPresence(
        {("", "#mozmeao"): KnownChannel(frozenset({"eve"})), ("", "#moc"): KnownChannel()}
    )
    talk = Talk(replace(given, presence=there))
    talk.tell("12:00 <metadave> !inc declare MDN is down\n12:40")
    assert said(talk) == ["12:30 #mozmeao #moc -ilbot- eve, pat: help."]
    (call,) = talk.incident.calls
    assert (call.nicks, call.reached, call.refused) == (
        ("eve", "pat"),
        ("eve",),
        {"pat": "not here"},
    )


def test_what_comes_again_names_of_those_on_call_only_who_may_hear_it():
    prompt = Prompt(
        "x", "help.", "declared", to=("on_call", "lead"), after=30 * MINUTE, every=30 * MINUTE,
        times=3, until=("called",), on_call=("eng", "pam"),
    )  # fmt: skip
    there = {
        ("", "#mozmeao"): KnownChannel(frozenset({"eve", "metadave"})),
        ("", "#moc"): KnownChannel(),
    }
    for duty, nick in (({"eng": "eve", "pam": "pat"}, "eve"), ({"pam": "pat"}, "metadave")):
        talk = Talk(replace(asking(prompt, duty=duty), presence=FixedPresence(there)))
        talk.tell("12:00 <metadave> !inc declare MDN is down\n12:40")
        assert said(talk) == [f"12:30 -ilbot- {nick}: help."]


def test_a_product_has_its_own_people_on_call():
    product = replace(MDN, on_call={"eng": "ulf"}, lead="", engineers=(), channel="")
    prompt = Prompt("x", "help.", "declared", to=("on_call",), after=MINUTE, on_call=("eng",))
    given = asking(prompt, duty={"eng": "eve"}, products={"MDN": product})
    assert heard(given) == ["12:01 -ilbot- ulf: help."]


@pytest.mark.parametrize(
    ("again", "said"), [("update", "update no change"), ("notified", "notify ulf MDN is down")]
)
def test_its_clock_begins_anew_with_what_it_names(again, said):
    prompt = Prompt("x", "a word?", "declared", after=HOUR, again=again)
    lines = heard(asking(prompt), f"12:30 <metadave> !inc {said}")
    assert [line.split()[0] for line in lines if "a word?" in line] == ["13:30"]


def test_its_clock_begins_anew_with_each_message():
    prompt = Prompt(
        "x", "a word?", "declared", after=HOUR, every=HOUR, times=2, again="message:news"
    )
    given = asking(prompt, messages={"news": Message("news", "Hello {NAME}")})
    script = [
        "12:30 <metadave> !inc message news NAME=Ada",
        "15:00 <metadave> !inc message news NAME=Bo",
    ]
    times = [line.split()[0] for line in heard(given, *script, until="19:00") if "a word?" in line]
    assert times == ["13:30", "14:30", "16:00", "17:00"]


def test_it_can_begin_with_what_another_may_end_with():
    prompt = Prompt("x", "a post, please.", "severity", after=5 * MINUTE, severities=("1",))
    severities = {"1": Severity("1"), "2": Severity("2")}
    given = asking(prompt, severities=severities)
    assert heard(given) == []
    assert heard(given, "12:10 <metadave> !inc severity 2") == []
    assert heard(given, "12:10 <metadave> !inc severity 1") == ["12:15 -ilbot- a post, please."]


def test_until_it_is_known_an_incident_counts_as_the_assumed_severity():
    prompt = Prompt("x", "post.", "declared", after=5 * MINUTE, severities=("1",))
    severities = {"1": Severity("1", update_every=HOUR), "2": Severity("2")}
    given = asking(prompt, severities=severities, assumed_severity="1")
    assert heard(given, until="12:30") == ["12:05 -ilbot- post."]
    assert heard(given, "12:02 <metadave> !inc severity 2", until="12:30")[1:] == []
    assert heard(given, until="13:00")[-1].startswith(
        "13:00 -ilbot- metadave: an update is due now"
    )


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("I'm restarting the ELB", True),
        ("RESTARTING it now", True),
        ("should we be restarting it?", False),
        ("the restartings of old", False),
        ("let's wait", False),
    ],
)
def test_what_somebody_says_can_call_for_one(line, asked):
    prompt = Prompt("x", "evidence?", "said", said=("restarting",))
    assert (heard(asking(prompt), f"12:10 <bob> {line}") != []) is asked


def test_what_somebody_says_can_call_for_one_in_private():
    prompt = Prompt("x", "evidence?", "said", said=("restarting",), to=("private:notes",))
    asked = heard(asking(prompt), "12:02 <ned> !inc role notes", "12:10 <bob> restarting it")
    assert asked[-1] == "12:10 -ilbot:ned- evidence?"


def test_what_is_said_of_something_done_calls_for_nothing():
    prompt = Prompt("x", "evidence?", "said", said=("restarting",), until=("saved",))
    given = asking(prompt, checklists=(Checklist("c", "c", {"saved": "save the evidence"}),))
    assert heard(given, "12:09 <metadave> !inc done saved", "12:10 <bob> restarting it") == []


def test_what_is_said_twice_is_prompted_once():
    prompt = Prompt("x", "evidence?", "said", said=("restarting",))
    script = ["12:10 <bob> restarting it", "12:20 <bob> restarting it again"]
    assert heard(asking(prompt), *script) == ["12:10 -ilbot- evidence?"]


def test_without_a_runbook_nobody_is_sent_to_one():
    prompt = Prompt("x", "see {runbook}", "declared", after=5 * MINUTE)
    product = replace(MDN, lead="", engineers=(), channel="", runbook="https://r.example.org")
    assert heard(asking(prompt)) == []
    with_one = heard(asking(prompt, products={"MDN": product}))
    assert with_one[-1] == "12:05 -ilbot- see https://r.example.org"


def test_a_drill_owes_nothing_afterwards_and_a_security_matter_is_left_in_peace():
    after = Prompt("x", "customers?", "resolved", after=MINUTE)
    during = Prompt("y", "impact?", "declared", after=20 * MINUTE)
    talk = Talk(asking(after, during))
    talk.tell(
        "12:00 <metadave> !inc declare MDN is down --drill\n12:30 <metadave> !inc resolve\n14:00"
    )
    assert [line for line in said(talk) if "impact?" in line]
    assert not [line for line in said(talk) if "customers?" in line]
    assert not [
        line
        for line in heard(asking(after, during), "12:05 <metadave> !inc security")
        if "impact?" in line
    ]


def test_texts_name_people_or_what_they_are_called():
    prompt = Prompt(
        "x", "{lead} waits for {notes}; {channel}, {id}: {summary}", "led", after=MINUTE
    )
    assert heard(asking(prompt)) == [
        "12:01 -ilbot- metadave waits for the note taker; #mozmeao, 1: MDN is down"
    ]


def test_a_prompt_that_came_is_not_repeated_by_a_restart():
    prompt = Prompt("x", "a room?", "led", after=5 * MINUTE)
    check(
        LED.replace(" #moc", "").replace("#meao-infra", "#moc")
        + """
    12:05 -ilbot- a room?
    12:10 <metadave> TL: the ELB is empty
    12:10 -ilbot:metadave- #1 recorded
    12:20
    """,
        asking(prompt),
    )


@pytest.mark.parametrize("name", ["grafana", "openverse"])
@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("about to restart the workers", True),
        ("gonna reboot db1", True),
        ("let me delete that pod", True),
        ("are you about to restart the workers?", False),
        ("I was about to reboost it", False),
    ],
)
def test_whoever_is_about_to_destroy_evidence_is_asked_to_keep_it(name, text, asked):
    (prompt,) = [p for p in load_process(name).prompts if p.key == "evidence"]
    assert is_called_for(prompt, text) is asked


# --- times of day, people one by one --------------------------------------------------------------


def test_a_prompt_may_come_at_times_of_day_here():
    prompt = Prompt("shift", "so far {elapsed}.", "led", at=("17:00", "09:30"), times=3)
    around = replace(asking(prompt), zone=timezone(2 * HOUR))
    talk = Talk(around)
    talk.tell("12:00 <metadave> !inc declare MDN is down")
    talk.until("16:00", NOON + timedelta(days=1))
    assert [one for one in said(talk) if "so far" in one] == [
        "15:00 -ilbot- so far 3 h 00 min.",
        "07:30 -ilbot- so far 19 h 30 min.",
        "15:00 -ilbot- so far 27 h 00 min.",
    ]


def test_what_is_said_may_be_answered_to_each_and_again_after_a_while():
    prompt = Prompt(
        "crane", "save its log.", "said", said=("restart",), per_person=True, times=2, every=HOUR
    )
    script = [
        f"12:{n:02} <{nick}> I restart it" for n, nick in ((1, "ann"), (2, "ann"), (3, "bob"))
    ]
    asked = heard(asking(prompt), *script, "13:05 <ann> I restart it", "14:50 <ann> I restart it")
    assert asked == [f"{at} -ilbot- save its log." for at in ("12:01", "12:03", "13:05")]


def test_a_prompt_may_begin_anew_with_each_who_takes_a_role():
    prompt = Prompt(
        "notes", "the link?", "role:notes", to=("notes",), after=5 * MINUTE, again="role:notes"
    )
    script = [
        "12:01 <ann> !inc role notes",
        "12:20 <ann> !inc role notes bob",
        "12:21 <bob> !inc accept",
    ]
    asked = [one for one in heard(asking(prompt), *script) if "the link" in one]
    assert asked == ["12:06 -ilbot- ann: the link?", "12:26 -ilbot- bob: the link?"]
