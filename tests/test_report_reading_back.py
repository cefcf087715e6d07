"""Every entry comes out of every format word for word, once, in time order."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report.hostile import TEXTS, texts
from report.reading import JUDGES, READERS, expected
from report.tale import PROCESS, Tale, outage

from ircbot.incident.events import Declared, Resolved
from ircbot.incident.state import Incident
from ircbot.report.render import render

# Real incidents, where somebody has them: not ours to give away.
_REAL = sorted(Path(os.environ.get("IRCBOT_INCIDENTS", "none")).glob("*.json"))


@pytest.mark.parametrize(("format_", "judge"), JUDGES)
def test_hostile_texts_come_out_word_for_word(format_: str, judge: str) -> None:
    incident = outage(*TEXTS)
    page = render(incident, PROCESS, format_)
    assert READERS[format_][judge](page) == expected(incident)


# Few examples, each of many texts: some judges take a tenth of a second to start.
@pytest.mark.parametrize(("format_", "judge"), JUDGES)
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(written=st.lists(texts, min_size=30, max_size=50))
def test_any_texts_come_out_word_for_word(format_: str, judge: str, written: list[str]) -> None:
    incident = outage(*written)
    page = render(incident, PROCESS, format_)
    assert READERS[format_][judge](page) == expected(incident)


if _REAL:

    @pytest.mark.parametrize("format_", READERS)
    def test_real_incidents_with_hostile_text_come_out_word_for_word(format_: str) -> None:
        real = [_told(json.loads(path.read_text()), turn) for turn, path in enumerate(_REAL, 1)]
        pages = [render(incident, PROCESS, format_) for incident in real]
        wanted = [expected(incident) for incident in real]
        for judge, read in READERS[format_].items():
            if judge == "pandoc":  # all at once: it is slow to start
                assert read("\n\n".join(pages)) == [row for rows in wanted for row in rows]
            else:
                assert [read(page) for page in pages] == wanted


def _told(real: dict[str, object], number: int) -> Incident:
    """A real incident as the bot would have it, some hostile text behind every text."""
    entries = real["entries"]
    assert isinstance(entries, list)
    times = [datetime.fromisoformat(entry["time"]).astimezone(UTC) for entry in entries]
    tale = Tale(number).tell(Declared(str(real["title"]), "tale"), min(times))
    for turn, (entry, at) in enumerate(zip(entries, times, strict=True)):
        by = "_".join(str(entry.get("who", "somebody")).split())
        hostile = TEXTS[(number * 7 + turn) % len(TEXTS)]
        tale.note(f"{entry['text']} {hostile}", at, by)
    return tale.tell(Resolved(), max(times)).incident
