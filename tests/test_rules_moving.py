"""Entries that belong to another incident: moved there, brought back, gone from both."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core import LED, Talk, at, check, english, line, replies_to
from kept import keep, lines, surroundings
from test_erasing import on_disk
from test_rules_related import TWO

from ircbot.engine import IncidentEngine
from ircbot.incident.events import EntryId, Redacted
from ircbot.incident.line import Source
from ircbot.incident.numbers import numbers_named
from ircbot.incident.state import Moved, replay
from ircbot.incident.stretches import silences
from ircbot.incident.view import as_json, timeline
from ircbot.report.render import render
from ircbot.repository import open_store, state_of

SAID = (
    TWO
    + """
    12:02 <metadave> TL: one
    12:03 <jgmize> TL: zwei
    12:04 <jgmize> TL: three
"""
)
USAGE = "!inc move N… to INCIDENT"


def told(more: str, *, restarts: bool = False, **named: object) -> Talk:
    talk = Talk(restarts=restarts, **named)
    talk.tell(SAID + more)
    assert replay(talk.pages.written) == talk.state
    return talk


def standing(talk: Talk, incident: int) -> list[str]:
    """The entries of an incident's timeline, by their words."""
    return [row.text for row in timeline(talk.state.incidents[incident]) if row.n is not None]


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("2 to 2", [2]),
        ("#2, #3 to #2", [2, 3]),
        ("1-3 to 2", [1, 2, 3]),
        ("#1\u2013#2 and 3 to @2", [1, 2, 3]),
        ("3 1 to 2", [3, 1]),
        ("2,2 to 2", [2]),
        ("2-40 to 2", [2, 3]),
    ],
)
def test_entries_are_named_as_people_name_them(typed, numbers):
    one, two = told(f"12:10 <metadave> !inc @1 move {typed}").state.incidents.values()
    assert [n.origin for n in two.notes] == [EntryId(1, n) for n in numbers]
    assert sorted(n.n for n in one.notes if n.moved) == sorted(numbers)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("2 2 2", USAGE),
        ("two to 2", USAGE),
        ("1 to #moc", USAGE),
        ("9 to 2", "there is no #9; the last is #3."),
        ("5-9 to 2", "there is no #5; the last is #3."),
        ("2 to 9", "there is no incident 9; !inc list shows them."),
        ("2 to 1", "1 is the incident itself."),
    ],
)
def test_what_is_not_understood_moves_nothing(typed, answer):
    assert replies_to(SAID + f"12:10 <metadave> !inc @1 move 1, {typed}")[-1].endswith(answer)


def test_a_moved_entry_keeps_its_author_its_account_its_times_and_its_wordings():
    talk = told(
        """
        12:05 <jgmize> !inc @1 edit 2 the second
        12:06 <jgmize> !inc @1 time 2 11:50
        12:07 <metadave> !inc @1 move 2 to 2
        """,
        accounts={"jgmize": "josh", "metadave": "dave"},
    )
    one, two = talk.state.incidents.values()
    there, here = two.notes[0], one.notes[1]
    assert there.by.account == "josh"
    for name in ("by", "channel", "recorded", "text", "before", "source"):
        assert getattr(there, name) == getattr(here, name)
    assert there.at == at("11:50")
    assert not there.told
    assert here.moved == Moved(EntryId(2, 1), one.notes[0].by, at("12:07"))
    assert standing(talk, 1) == ["one", "three"]
    assert standing(talk, 2) == ["the second"]


def test_the_author_moves_their_own_and_the_leader_any_and_a_passer_by_none():
    talk = told("")
    assert "moved to incident 2" in talk.tell("12:10 <jgmize> !inc @1 move 2 to 2")[1]
    assert "only metadave (IL)" in talk.tell("12:11 <jgmize> !inc @1 move 1 to 2")[1]
    assert "moved to incident 2" in talk.tell("12:12 <metadave> !inc @1 move 3 to 2")[1]
    assert "may move it" in talk.tell("12:13 #moc <passerby> !inc @2 move 1 to 1")[1]


def test_a_moved_entry_is_corrected_where_it_stands():
    check(
        SAID.replace("12:02 <metadave> TL: one", "").replace("12:03 <jgmize> TL: zwei", "")
        + """
        12:04 -ilbot:jgmize- #1 recorded (incident 1)
        12:05 <jgmize> !inc @1 move 1 to 2
        12:05 <ilbot> jgmize: moved to incident 2: #1, there #1.
        12:05 #moc -ilbot- jgmize moved #1 here from incident 1.
        12:06 <jgmize> !inc @1 edit 1 the third
        12:06 <ilbot> jgmize: #1 was moved to incident 2, where it is #1.
        12:06 <jgmize> !inc @1 drop 1
        12:06 <ilbot> jgmize: #1 was moved to incident 2, where it is #1.
        12:06 <jgmize> !inc @1 undo 1
        12:06 <ilbot> jgmize: #1 was moved to incident 2, where it is #1.
        12:06 <jgmize> !inc @1 move 1 to 2
        12:06 <ilbot> jgmize: #1 was moved to incident 2, where it is #1.
        12:06 <jgmize> s/three/four/
        12:07 #moc <jgmize> !inc @2 edit 1 the third
        12:07 #moc <ilbot> jgmize: #1 now says: the third
        12:08 #moc <jgmize> !inc @2 move 1 to 1
        12:08 #moc <ilbot> jgmize: moved to incident 1: #1, there #1.
        12:08 -ilbot- jgmize moved #1 here from incident 2.
        """
    )


def test_what_goes_there_and_back_is_copied_once():
    talk = told(
        """
        12:05 <metadave> !inc @1 move 2 to 2
        12:06 #moc <jgmize> !inc @2 edit 1 the second
        12:06 #moc <jgmize> !inc @2 time 1 11:50
        12:07 #moc <jgmize> !inc @2 move 1 to 1
        12:08 <metadave> !inc @1 move 2 to 2
        12:09 #moc <jgmize> !inc @2 move 1 to 1
        """,
        restarts=True,
    )
    one, two = talk.state.incidents.values()
    assert (len(one.notes), len(two.notes)) == (3, 1)
    assert standing(talk, 1) == ["the second", "one", "three"]
    assert standing(talk, 2) == []
    assert one.notes[1].at == at("11:50")


THREE = """
    12:20 #meao-infra <ann> !inc declare nobody can log in
    12:21 #meao-infra <ann> !inc declare nobody can log in
"""


def test_an_entry_that_goes_on_to_a_third_incident_comes_back_from_there():
    talk = told(
        THREE
        + """
        12:22 <metadave> !inc @1 move 2 to 2
        12:23 #moc <jgmize> !inc @2 move 1 to 3
        """
    )
    assert [standing(talk, n) for n in (1, 2, 3)] == [["one", "three"], [], ["zwei"]]
    one, two, three = talk.state.incidents.values()
    assert three.notes[0].origin == EntryId(1, 2)
    assert one.notes[1].moved.to == two.notes[0].moved.to == EntryId(3, 1)
    talk.tell("12:24 #moc <jgmize> !inc @2 undo")
    assert [standing(talk, n) for n in (1, 2, 3)] == [["one", "three"], ["zwei"], []]
    talk.tell("12:25 <metadave> !inc @1 restore 2")
    assert [standing(talk, n) for n in (1, 2, 3)] == [["one", "zwei", "three"], [], []]
    assert len(talk.state.incidents[3].notes) == 1


def test_undo_takes_back_the_last_that_the_speaker_did():
    talk = told(
        """
        12:05 <jgmize> !inc @1 move 2 to 2
        12:06 <jgmize> TL: four
        12:07 <jgmize> !inc @1 undo
        """
    )
    assert standing(talk, 1) == ["one", "three"]
    assert talk.tell("12:08 #moc <jgmize> !inc @2 undo")[1:] == [
        "12:08 #moc <ilbot> jgmize: back in incident 1: #2."
    ]
    assert standing(talk, 1) == ["one", "zwei", "three"]
    assert standing(talk, 2) == []


def test_a_correction_of_the_last_entry_means_none_that_came_from_elsewhere():
    said = told("12:05 <jgmize> !inc @1 move 2 to 2").tell("12:06 #moc <jgmize> !inc @2 s/zwei/2/")
    assert said[1:] == ["12:06 #moc <ilbot> jgmize: you have recorded nothing to take back."]


def test_what_is_out_of_the_timeline_or_has_no_words_stays():
    talk = told("12:05 <jgmize> !inc @1 drop 2\n12:06 <jgmize> !inc @1 redact 3")
    assert "is out of the timeline" in talk.tell("12:07 <jgmize> !inc @1 move 2 to 2")[1]
    assert "was redacted" in talk.tell("12:08 <jgmize> !inc @1 move 3 to 2")[1]


def test_an_entry_comes_back_though_it_was_taken_out_there():
    talk = told(
        """
        12:05 <jgmize> !inc @1 move 2 to 2
        12:06 #moc <jgmize> !inc @2 drop 1
        12:07 <jgmize> !inc @1 restore 2
        12:08 <jgmize> !inc @1 move 2 to 2
        """
    )
    assert standing(talk, 2) == ["zwei"]


def test_an_incident_that_takes_no_entries_takes_none_of_others():
    talk = told("12:05 #moc <@jgmize> !inc @2 withdraw a typo")
    assert "incident 2 is withdrawn" in talk.tell("12:06 <metadave> !inc @1 move 1 to 2")[1]


def test_what_is_for_few_comes_into_nothing_that_is_for_all():
    talk = Talk()
    talk.tell(
        LED
        + """
        12:01 <metadave> TL: one
        12:20 #moc <jgmize> !inc declare a secret matter --private
        12:21 #moc <jgmize> TL: the key is known
        """
    )
    said = talk.tell("12:22 #moc <jgmize> !inc @2 move 1 to 1")
    assert said[1:] == [
        "12:22 #moc <ilbot> jgmize: what incident 2 says is for fewer people than incident 1: "
        "no entry is moved."
    ]
    said = talk.tell("12:23 #moc <jgmize> !inc @2 duplicate of 1")
    assert "Its entries stay where they are." in said[-1]
    assert standing(talk, 1) == ["one"]


def test_where_an_entry_went_is_not_said_of_what_is_private():
    talk = Talk()
    talk.tell(
        LED
        + """
        12:01 <metadave> TL: the key is abc
        12:20 #moc <jgmize> !inc declare a secret matter --private
        12:21 #moc <@metadave> !inc @1 move 1 to 2
        12:22 #moc <jgmize> !inc @2 edit 1 the key of the vault
        """
    )
    said = talk.tell("12:23 <metadave> !inc @1 drop 1")
    assert said[1:] == [
        "12:23 <ilbot> metadave: #1 was moved to another incident (!inc restore 1 brings it back)."
    ]
    one = talk.state.incidents[1]
    assert as_json(one, english())["moved"] == [
        {"n": 1, "to": None, "by": "metadave", "at": "2018-01-10T12:21:00Z"}
    ]
    assert "Moved to another incident: entry 1." in render(one, english(), "text")
    talk.tell("12:24 <metadave> !inc @1 restore 1")
    assert standing(talk, 1) == ["the key is abc"]


def test_a_security_matter_keeps_its_entries():
    talk = told("12:05 <metadave> !inc @1 security")
    assert "no entry is moved" in talk.tell("12:06 <metadave> !inc @1 move 1 to 2")[1]
    talk.tell("12:07 #moc <jgmize> TL 2: four")
    assert "nothing is recorded" in talk.tell("12:08 #moc <jgmize> !inc @2 move 1 to 1")[1]


def test_an_entry_from_elsewhere_tells_nobody_how_things_stand():
    before = told("12:20 <metadave> TL: four")
    after = told("12:20 <metadave> TL: four\n12:20 <jgmize> !inc @1 move 2 to 2")
    for number in (1, 2):
        one, other = (
            silences(t.state.incidents[number], english(), at("13:00")) for t in (before, after)
        )
        assert one == other


def test_the_report_says_where_entries_come_from_and_went():
    talk = told("12:05 <metadave> !inc @1 move 2-3 to 2")
    one, two = talk.state.incidents.values()
    assert "Moved to incident 2: entries 2, 3." in render(one, english(), "text")
    assert "(from incident 1)" in render(two, english(), "text")
    row = next(row for row in as_json(two, english())["timeline"] if row["n"] == 1)
    assert (row["origin"], row["nick"]) == ({"incident": 1, "n": 2}, "jgmize")
    assert as_json(one, english())["moved"][0]["to"] == {"incident": 2, "n": 1}
    assert "(from incident 1)" in render(two, english(), "text", edition="public")


def test_a_delivered_report_that_loses_an_entry_is_told():
    talk = told("12:05 <metadave> !inc @1 resolve\n12:06 <metadave> !inc @1 report done")
    said = talk.tell("12:07 <metadave> !inc @1 move 2 to 2")
    assert any("changed since it was delivered" in one for one in said)


# --- a duplicate's -----------------------------------------------------------------------------

DUPLICATE = "12:05 #moc <jgmize> TL 2: four\n12:06 #moc <jgmize> !inc @2 duplicate of 1\n"


def test_the_entries_of_a_duplicate_stand_in_the_other_too():
    talk = told(DUPLICATE)
    assert [standing(talk, n) for n in (1, 2)] == [["one", "zwei", "three", "four"], ["four"]]
    talk.tell("12:07 #moc <jgmize> !inc @2 reopen it is another one")
    assert [standing(talk, n) for n in (1, 2)] == [["one", "zwei", "three"], ["four"]]
    # That was no move of theirs to be taken back.
    assert "#1 is out" in talk.tell("12:08 #moc <jgmize> !inc @2 undo")[1]


def test_an_entry_of_a_duplicate_that_goes_on_is_known_there():
    talk = told(DUPLICATE + THREE)
    talk.tell("12:23 <metadave> !inc @1 move 4 to 3")
    _, two, three = talk.state.incidents.values()
    assert set(two.notes[0].copies) == {EntryId(1, 4), EntryId(3, 1)}
    assert two.notes[0].moved is None
    assert three.notes[0].origin == EntryId(2, 1)
    talk.tell("12:24 #moc <jgmize> !inc @2 redact 1")
    assert [i.notes[-1].text for i in talk.state.incidents.values()] == ["", "", ""]


# --- words that have to go ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "order"),
    [
        ("move 2 to 2", "12:10 <jgmize> !inc @1 redact 2"),
        ("move 2 to 2", "12:10 #moc <jgmize> !inc @2 redact 1"),
        ("duplicate of 2", "12:10 <jgmize> !inc @1 redact 2"),
        ("duplicate of 2", "12:10 #moc <jgmize> !inc @2 redact 2"),
    ],
)
def test_redacted_in_one_is_gone_from_the_other(how, order):
    talk = told(f"12:05 <metadave> !inc @1 {how}")
    talk.tell(order)
    assert "zwei" not in repr(talk.state)
    assert "on the disk too" in talk.written[-1]
    assert sum(isinstance(e.event, Redacted) for e in talk.pages.written) == 2


def test_what_a_leader_has_redacted_goes_everywhere_in_an_hour():
    talk = told("12:05 <metadave> !inc @1 move 2-3 to 2")
    said = talk.tell("12:10 #moc <jgmize> TL 2: five\n12:11 <metadave> !inc @1 redact 2")
    assert any("#2 be redacted" in one and "#moc" not in one for one in said)
    assert any("#1 be redacted" in one and "#moc" in one for one in said)
    assert standing(talk, 2) == ["three", "five"]
    talk.tell("12:12 <metadave> !inc @1 redact 3")
    talk.tell("12:13 #moc <jgmize> !inc @2 restore 2")  # its author
    talk.until("13:30")
    assert [n.text for n in talk.state.incidents[1].notes] == ["one", "", "three"]
    assert [n.text for n in talk.state.incidents[2].notes] == ["", "three", "five"]
    assert standing(talk, 2) == ["three", "five"]
    assert replay(talk.pages.written) == talk.state


def test_redaction_asked_twice_is_asked_once_elsewhere():
    talk = told(DUPLICATE.replace("@2 duplicate of 1", "@2 undo"))
    talk.tell("12:07 <metadave> !inc @1 move 2 to 2\n12:08 <metadave> !inc @1 redact 2")
    talk.tell("12:09 #moc <jgmize> !inc @2 redact 2")
    assert "zwei" not in repr(talk.state)
    talk.tell("12:10 #moc <@root> !inc @2 redact 2")
    assert "was redacted" in talk.written[-1]


def test_whoever_moves_an_entry_to_an_incident_of_their_own_destroys_nothing():
    talk = told(
        """
        12:20 #evil <eve> !inc declare my own
        12:21 #evil <eve> !inc declare my own
        12:22 #moc <jgmize> TL 2: four
        12:23 #moc <jgmize> !inc @2 handoff eve
        12:24 #moc <eve> !inc @2 accept
        12:25 #moc <eve> !inc @2 move 1 to 3
        """
    )
    assert standing(talk, 3) == ["four"]
    said = talk.tell("12:26 #evil <@eve> !inc @3 redact 1")
    assert not any(isinstance(e.event, Redacted) for e in talk.pages.written)
    assert any("eve asked that #1 be redacted" in one for one in said if "#moc" in one)
    talk.tell("12:27 #evil <@eve> !inc @3 security\n12:28 #evil <@eve> !inc @3 security purge")
    assert talk.state.incidents[2].notes[0].text == "four"
    talk.tell("12:29 #moc <jgmize> !inc @2 restore 1")
    talk.until("14:00")
    assert talk.state.incidents[2].notes[0].text == "four"


@pytest.mark.parametrize("purged", [1, 2])
def test_a_purge_of_one_takes_the_words_from_the_other(purged):
    talk = told("12:05 <metadave> !inc @1 move 2 to 2\n12:06 <metadave> !inc @1 move 3 to 2")
    channel = {1: "#mozmeao", 2: "#moc"}[purged]
    talk.tell(f"12:10 {channel} <@root> !inc @{purged} security")
    talk.tell(f"12:11 {channel} <@root> !inc @{purged} security purge")
    assert "zwei" not in repr(talk.state)
    assert "three" not in repr(talk.state)
    assert (talk.state.incidents[1].notes[0].text == "one") == (purged == 2)


def test_a_redaction_played_back_moves_nothing_elsewhere():
    talk = told("12:05 <metadave> !inc @1 move 2 to 2")
    said = line("12:06", "jgmize", "!inc @2 redact 1", "#moc", source=Source.RECOVERED)
    talk.hear(said)
    assert standing(talk, 2) == []
    assert talk.state.incidents[1].notes[1].text == "zwei"


def test_who_is_forgotten_is_gone_from_both():
    talk = told("12:05 <metadave> !inc @1 move 2 to 2\n12:06 <jgmize> !inc forget jgmize")
    assert "zwei" not in repr(talk.state)
    assert "jgmize" not in repr(talk.state)


def test_every_trace_of_a_moved_entry_goes_from_the_disk(tmp_path):
    """Also of one that is in an incident which was over before the bot was started."""
    keep(
        tmp_path,
        "12:00 <metadave> !inc declare MDN is down",
        "12:01 <metadave> TL: the word is xyzzy",
        "12:02 <metadave> !inc edit 1 the word is xyzzy-plugh",
        "12:03 <metadave> !inc resolve",
        "12:04 <metadave> !inc report done",
        "12:05 <@metadave> !inc close",
        "12:20 <metadave> !inc declare it is the other one",
        "12:21 <metadave> !inc @1 move 1 to 2",
    )
    assert on_disk(tmp_path).count(b"xyzzy-plugh") >= 2
    keep(tmp_path, "12:30 <metadave> !inc @2 redact 1")
    assert b"xyzzy" not in on_disk(tmp_path)
    store = open_store(str(tmp_path), writer="bot")
    engine = IncidentEngine(surroundings(), store, state_of(store))
    assert engine.state.incidents.keys() == {2}
    (reply,) = engine.hear(lines("12:40 <metadave> !inc @2 move 1 to 1"))
    assert "was redacted" in reply.text
    store.close()


MOVED_FROM_WHAT_IS_CLOSED = (
    "12:00 <metadave> !inc declare MDN is down",
    "12:01 <metadave> TL: the word is xyzzy",
    "12:03 <metadave> !inc resolve",
    "12:04 <metadave> !inc report done",
    "12:05 <@metadave> !inc close",
    "12:20 <metadave> !inc declare it is the other one",
    "12:21 <metadave> !inc @1 move 1 to 2",
)


def test_copies_that_are_not_here_any_more_are_named(tmp_path):
    keep(tmp_path, *MOVED_FROM_WHAT_IS_CLOSED)
    store = open_store(str(tmp_path), writer="bot")
    store.retire(1, erase=True)
    engine = IncidentEngine(surroundings(), store, state_of(store))
    replies = engine.hear(lines("12:40 <metadave> !inc @2 redact 1"))
    assert any("incident 1 shares entries with incident 2" in r.text for r in replies)
    (reply,) = engine.hear(lines("12:41 <metadave> !inc @2 undo"))
    assert "nothing" in reply.text
    store.close()


def test_what_is_in_the_archive_loses_its_words_too(tmp_path):
    keep(tmp_path, *MOVED_FROM_WHAT_IS_CLOSED)
    store = open_store(str(tmp_path), writer="bot")
    store.retire(1, erase=False)
    engine = IncidentEngine(surroundings(), store, state_of(store))
    engine.hear(lines("12:40 <metadave> !inc @2 redact 1"))
    store.close()
    assert b"xyzzy" not in on_disk(tmp_path)


def test_a_line_names_the_incident_that_entries_go_to():
    assert numbers_named("!inc @9 move 3-5, 8 and 9 to #7") == (9, 7)
    assert numbers_named("!inc move 3 to 7") == (7,)
    assert numbers_named("move it to 7") == ()


def test_a_copy_whose_origin_does_not_know_it_is_found_all_the_same():
    """As when the process died between the two."""
    talk = told("12:05 <metadave> !inc @1 move 2 to 2")
    half = replay([e for e in talk.pages.written if type(e.event).__name__ != "Copied"])
    talk.pages.written = [e for e in talk.pages.written if type(e.event).__name__ != "Copied"]
    talk.engine.state = half
    talk.tell("12:06 <metadave> !inc @1 move 2 to 2")
    assert len(talk.state.incidents[2].notes) == 1
    assert standing(talk, 1) == ["one", "three"]


def test_an_entry_comes_back_from_an_incident_that_is_not_here_any_more():
    talk = told("12:05 <metadave> !inc @1 move 2 to 2")
    talk.pages.written = [e for e in talk.pages.written if e.incident != 2]
    talk.engine.state = replace(talk.state, incidents={1: talk.state.incidents[1]})
    talk.tell("12:06 <metadave> !inc restore 2")
    assert standing(talk, 1) == ["one", "zwei", "three"]


def test_what_is_redacted_already_is_not_redacted_again():
    talk = told("12:05 <metadave> !inc @1 move 2 to 2\n12:06 <jgmize> !inc @1 redact 2")
    talk.tell("12:10 #moc <@root> !inc @2 security\n12:11 #moc <@root> !inc @2 security purge")
    assert sum(isinstance(e.event, Redacted) for e in talk.pages.written) == 2
