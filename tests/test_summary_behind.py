"""What an incident is about may stand behind the full stop of the line that declares it."""

from __future__ import annotations

import pytest

from ircbot.incident.recognise import recognise
from ircbot.incident.sayings import Declare
from ircbot.processes import load_process


@pytest.mark.parametrize(
    ("line", "summary"),
    [
        ("I am declaring an incident and am incident leader. CDN is returning garbage",
         "CDN is returning garbage"),
        ("I am declaring an incident. Search shows stale results", "Search shows stale results"),
        ("I am declaring an incident. I am the incident leader. The login page serves old news",
         "The login page serves old news"),
        ("I am declaring an incident. Bear with me", ""),
        ("I am declaring an incident. Everybody is welcome to help", ""),
        ("I am declaring an incident. Is search showing stale results?", ""),
        ("I am declaring an incident", ""),
    ],
)  # fmt: skip
def test_the_title_is_what_something_does(line, summary):
    declared = recognise(line, load_process("mozmeao"))[0]
    assert isinstance(declared, Declare)
    assert declared.summary == summary
