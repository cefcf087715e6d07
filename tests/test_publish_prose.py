"""What people write on a published page comes back, and the page and the record never fight."""

from __future__ import annotations

from itertools import product

import pytest

from ircbot.incident.bounds import LONGEST
from ircbot.incident.prose import as_kept, prose_of, writing
from ircbot.publish.prose import put_together
from ircbot.publish.protocol import Written


def becomes(before: str, now: str, ours: str, *, masked: bool = True) -> str:
    """What a section is, once what people wrote is on record."""
    found = dict(put_together({"well": Written(before, now)}, {"well": ours}, masked=masked))
    return found.get("well", ours)


@pytest.mark.parametrize(
    ("before", "now", "ours", "then"),
    [
        ("", "The pager rang.", "", "The pager rang."),
        ("", "- theirs", "- ours", "- theirs\n- ours"),
        ("One.", "One.\n\nTwo.", "One.\n\nThree.", "One.\n\nTwo.\n\nThree."),
        ("- a\n- b", "- a", "- a\n- b", "- a"),  # they took it out
        ("- a\n- b", "- a\n- b\n- c", "- a", "- a\n- c"),  # we did: it was erased
        ("Ann did it.", "Ann did it!", "", "Ann did it!"),
        ("One.", "", "One.", ""),
        ("One.", "", "One.\n\nTwo.", "Two."),
        ("", "call +1 (650) 253-0000", "", "call [masked]"),
        ("", " One.\n \n\n Two. ", "One.\n\nTwo.", "One.\n\nTwo."),
    ],
)
def test_what_either_side_changed_is_kept(before, now, ours, then):
    assert becomes(before, now, ours) == then
    assert becomes(before, now, then) == then


def test_a_secret_may_stay_where_nothing_is_masked():
    assert becomes("", "call +1 (650) 253-0000", "", masked=False) == "call +1 (650) 253-0000"


def test_putting_it_together_again_changes_nothing():
    texts = ["", "a", "a\n\nb", "b\n\na", "- a\n- b", "a\n\na", "- a", "a\nb"]
    for before, now, ours in product(texts, texts, texts):
        then = becomes(before, now, ours)
        assert becomes(before, now, then) == then


@pytest.mark.parametrize(
    "text", ["word " * LONGEST, "x" * (LONGEST + 1), "- " + "item " * LONGEST + "\n- b", "a\n\n\nb"]
)
def test_a_text_of_any_length_is_on_record_as_it_is_kept(text):
    from datetime import UTC, datetime

    from ircbot.incident.events import Declared, Entry
    from ircbot.incident.people import Person
    from ircbot.incident.state import replay

    kept = as_kept(text)
    assert as_kept(kept) == kept
    at, by = datetime(2018, 1, 10, 12, tzinfo=UTC), Person("ann")
    events = [Declared("walrus", "mozmeao"), *writing("well", kept)]
    assert all(len(event.text) <= LONGEST for event in writing("well", kept))
    incident = replay([Entry(1, at, by, event) for event in events]).incidents[1]
    assert prose_of(incident) == {"well": kept}
