"""No text on record is longer than its bound, whichever way it comes in."""

from __future__ import annotations

import pytest
from core import Talk
from hypothesis import given
from hypothesis import strategies as st

from ircbot.incident.bounds import LONGEST, bounded, pieces, replaced
from ircbot.incident.events import ImpactSet, MilestoneSet, Noted

LED = """12:00 <metadave> I am declaring an incident: MDN is down
12:00 <metadave> I am the incident leader"""


def led(*lines: str) -> Talk:
    """What comes of these lines in an incident that metadave leads."""
    talk = Talk()
    talk.tell("\n".join((LED, *lines)))
    return talk


@given(st.text(st.sampled_from("ab  "), max_size=60).map(lambda text: text * 300))
def test_pieces_are_short_and_leave_out_nothing_but_blanks(text):
    found = list(pieces(text))
    assert all(len(piece) <= LONGEST for piece in found)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")


def test_a_long_entry_becomes_consecutive_entries():
    words = " ".join(f"word{number}" for number in range(1200))
    talk = led(f"12:01 <metadave> TL: {words}")
    texts = [note.text for note in talk.incident.notes]
    assert [len(text) <= LONGEST for text in texts] == [True] * 3
    assert " ".join(texts) == words
    assert talk.written[-1] == "12:01 -ilbot:metadave- #1–#3 recorded"


def test_a_long_line_that_waits_for_an_incident_is_kept_whole():
    words = "x" * 9000
    talk = Talk()
    talk.tell(f"11:59 <metadave> TL: {words}\n{LED}\n12:01 <metadave> !inc tl adopt")
    assert "".join(note.text for note in talk.incident.notes) == words
    assert len(talk.incident.notes) == 3


def test_a_long_line_that_is_promoted_becomes_consecutive_entries():
    talk = led(f"12:01 <metadave> {'x' * 5000}", "12:02 <metadave> !inc tl last")
    assert [len(note.text) for note in talk.incident.notes] == [4000, 1000]
    assert talk.written[-1].endswith("#1–#2 recorded")


def test_a_correction_cannot_make_an_entry_longer_than_its_bound():
    talk = led(
        f"12:01 <metadave> TL: {'a' * 400}",
        f"12:02 <metadave> s/a/{'b' * 300}/g",
        f"12:03 <metadave> !inc edit 1 {'c' * 4001}",
    )
    assert talk.incident.note(1).text == "a" * 400
    assert talk.written[-1].endswith(
        "metadave: #1 would be longer than 4000 characters; nothing is changed."
    )


def test_a_correction_within_the_bound_is_made():
    assert replaced("aa", "a", "bb", everywhere=True) == "bbbb"
    assert replaced("aa", "a", "bb", everywhere=False) == "bba"
    assert replaced("a" * LONGEST, "a", "b", everywhere=True) == "b" * LONGEST
    assert replaced("a" * LONGEST, "a", "bb", everywhere=False) is None


@pytest.mark.parametrize(
    "command",
    ["summary", "impact", "why", "later", "action", "hypothesis", "update", "link https://x.y/",
     "props dan", "ticket 1", "video", "resolve", "severity", "notify dan"],
)  # fmt: skip
def test_no_command_sets_a_longer_text(command):
    talk = led("12:01 <metadave> !inc action x", f"12:02 <metadave> !inc {command} {'x' * 9000}")
    assert max(map(longest, talk.pages.written)) == LONGEST
    assert any(line.endswith("only the first 4000 characters of that are kept.")
               for line in talk.written)  # fmt: skip


def longest(entry):
    """The length of the longest text of an entry's event."""
    return max((len(v) for n in entry.event.__slots__
                if isinstance(v := getattr(entry.event, n), str)), default=0)  # fmt: skip


def test_an_event_within_its_bounds_is_itself():
    short = Noted(1, "x")
    assert bounded(short) is short
    assert bounded(ImpactSet("x" * 4001)) == ImpactSet("x" * 4000)
    assert bounded(MilestoneSet("x" * 4001, None)) == MilestoneSet("x" * 4000, None)
