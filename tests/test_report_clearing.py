"""Reports on a machine that only follows an erasure, with a real PostgreSQL between two."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from rig.postgresql import Postgresql
from store.machines import Machines
from store.samples import ANN, NOON, declared, note

from ircbot.config.journal import JournalSettings
from ircbot.incident.events import Entry, Forgotten, Redacted
from ircbot.incident.people import Person
from ircbot.record import open_record
from ircbot.report.clearing import clear_followed
from ircbot.report.folder import ReportFolder
from ircbot.repository import open_store
from ircbot.search import place
from ircbot.search.cache import SearchCache

NAME = "incident-0001.md"
STORY = [declared(1), Entry(1, NOON, Person("bob"), note(1, 1, "the word is xyzzy").event, "#moc")]
TEXT = "# down\n\n- 12:00 bob: the word is xyzzy\n"


@pytest.fixture
def machines(postgresql: Postgresql, tmp_path: Path) -> Iterator[Machines]:
    machines = Machines(postgresql, tmp_path)
    yield machines
    machines.close()


def test_reports_lose_what_another_machine_erased(machines: Machines, tmp_path: Path) -> None:
    lost = partial(clear_followed, tmp_path / "reports")
    bot = machines.open("a")
    bot.append(STORY)
    machines.end(machines.open("b", "tool", lost=lost))
    report = ReportFolder(tmp_path / "reports").write(NAME, TEXT).path
    bot.append([Entry(1, NOON, ANN, Redacted(1))])
    machines.end(machines.open("b", "tool", lost=lost))
    assert "xyzzy" not in report.read_text()
    assert "bob" in report.read_text()
    report.write_text(report.read_text() + "\nAsk bob.\n")  # somebody goes on with it
    bot.append([Entry(0, NOON, Person("someone-1"), Forgotten("someone-1", "bob"))])
    tool = machines.open("b", "tool", lost=lost)
    assert "bob:" not in report.read_text()
    assert "someone-1" in report.read_text()
    assert tool.entries(1) == bot.entries(1)


def test_who_dies_over_a_report_clears_it_the_next_time(machines: Machines, tmp_path: Path) -> None:
    bot = machines.open("a")
    bot.append(STORY)
    machines.end(machines.open("b", "tool"))
    report = ReportFolder(tmp_path / "reports").write(NAME, TEXT).path
    bot.append([Entry(1, NOON, ANN, Redacted(1))])

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        machines.open("b", "tool", lost=dies)
    machines.open("b", "tool", lost=partial(clear_followed, tmp_path / "reports"))
    assert "xyzzy" not in report.read_text()


def test_a_report_that_cannot_be_cleared_is_named_and_holds_nothing_up(
    machines: Machines, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / NAME).write_text(TEXT)  # the bot did not write that one
    (tmp_path / "reports" / "private").write_text("no folder")
    bot = machines.open("a")
    bot.append(STORY)
    lost = partial(clear_followed, tmp_path / "reports")
    machines.end(machines.open("b", "tool", lost=lost))
    bot.append([Entry(1, NOON, ANN, Redacted(1))])
    tool = machines.open("b", "tool", lost=lost)
    assert tool.entries(1) == bot.entries(1)
    assert f"{NAME} still contains erased words: it is not mine" in caplog.text


def test_caches_lose_what_another_machine_erased(machines: Machines) -> None:
    bot = machines.open("a")
    bot.append(STORY)
    journal = JournalSettings(machines.cluster.dsn, machines.unit)
    path = machines.path("b")

    open_record(path, "tool", journal).close()
    SearchCache(path).update(open_store(path))
    facts = Path(path) / "cache" / "facts-internal.jsonl"
    facts.write_text("whatever bob did")
    assert b"xyzzy" in Path(place(path)).read_bytes()
    bot.append([Entry(1, NOON, ANN, Redacted(1))])
    open_record(path, "tool", journal).close()
    assert b"xyzzy" not in Path(place(path)).read_bytes()
    assert not facts.exists()
