"""What is to be gone, in the store and in the reports, when people and programs do their worst."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from kept import NOON, OUTAGE, lines, surroundings

from ircbot.cli.root import run
from ircbot.engine import IncidentEngine
from ircbot.errors import StoreError
from ircbot.incident.line import Reply
from ircbot.incident.state import Incident, State
from ircbot.report import FORMATS
from ircbot.report.worker import RenderJob
from ircbot.report_writer import ReportWriter
from ircbot.repository import (
    OnRecord,
    all_incidents,
    incident_named,
    open_store,
    retire,
    state_of,
    with_archived,
)
from ircbot.store import maintenance

ANN = {"account": "ann"}
OVER = ("12:40 <metadave> !inc report done", "12:50 <boss> !inc close")


@contextmanager
def bot(folder: Path, formats: Sequence[str] = ("markdown", "json")) -> Iterator[IncidentEngine]:
    """A bot without networks: store, engine and reports as they are put together to run."""
    setting = surroundings(operators=("boss",))
    path = str(folder / "incidents")
    store = open_store(path, writer="bot")
    writer = ReportWriter(setting, folder / "reports", formats, rendered=RenderJob.rendered)
    try:
        engine = IncidentEngine(
            setting,
            store,
            state_of(store),
            changed=writer.changed,
            erase=lambda orders: writer.erase(path, orders),
            others=OnRecord(path).besides,
        )
        for incident in engine.state.incidents.values():
            writer.catch_up(incident)
        yield engine
    finally:
        store.close()
        writer.finish(30)


def told(engine: IncidentEngine, *script: str, **more: str) -> list[str]:
    """The bot's words after these lines."""
    replies: list[Reply] = []
    for line in lines(*script):
        replies += engine.hear([line._replace(**more)])
    if script:
        engine.tick(line.at)
    return [reply.text for reply in replies]


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def holding(folder: Path, *words: str) -> list[str]:
    """The files that hold one of some words."""
    return [
        name for name, content in files(folder).items() if any(w.encode() in content for w in words)
    ]


def closed_incidents(folder: Path, many: int, *script: str, **more: str) -> None:
    """Incidents that are over; the last three of them stay in a bot's memory."""
    for _ in range(many):
        with bot(folder) as engine:
            told(engine, *OUTAGE[:2])
            told(engine, *script, **more)
            told(engine, *OUTAGE[4:], *OVER, account="boss")


# --- whom an erasure means --------------------------------------------------------------------


def test_a_nick_that_only_a_closed_incident_ties_to_an_account_is_nobody_elses(tmp_path):
    closed_incidents(tmp_path, 1, "12:06 <ann> TL: the words of ann", **ANN)
    closed_incidents(tmp_path, 4)
    before = files(tmp_path / "incidents")["0001.json"]
    with bot(tmp_path) as engine:
        assert 1 not in engine.state.incidents
        (refused,) = told(engine, "13:00 <ann> !inc forget ann")
        assert refused == "ann: only ann or a channel operator may have that forgotten."
        (refused,) = told(engine, "13:00 <ann> !inc forget ann", account="mallory")
        assert refused == "ann: only ann or a channel operator may have that forgotten."
        assert files(tmp_path / "incidents")["0001.json"] == before
        assert "gone" in told(engine, "13:01 <ann_> !inc forget ann", **ANN)[0]
    assert holding(tmp_path, "words of ann", '"ann"') == []


def test_where_closed_incidents_show_that_several_had_a_nick_it_is_asked_which(tmp_path):
    closed_incidents(tmp_path, 1, "12:06 <ann> TL: the words of ann", **ANN)
    closed_incidents(tmp_path, 1, "12:06 <ann> TL: the words of mallory", account="mallory")
    closed_incidents(tmp_path, 1, "12:06 <ann> TL: the words of nobody")
    closed_incidents(tmp_path, 3)
    with bot(tmp_path) as engine:
        (asked,) = told(engine, "13:00 <boss> !inc forget ann", account="boss")
        assert "account ann, account mallory, none" in asked
        told(engine, "13:01 <boss> !inc forget ann mallory", account="boss")
    assert holding(tmp_path, "words of mallory", '"mallory"') == []
    assert len(holding(tmp_path, "words of ann")) == 3  # the incident and its two reports
    assert len(holding(tmp_path, "words of nobody")) == 3


def test_an_account_that_nobody_had_is_not_somebody_else(tmp_path):
    closed_incidents(tmp_path, 1, "12:06 <ann> TL: the words of ann", **ANN)
    with bot(tmp_path) as engine:
        told(engine, "13:00 <boss> !inc forget ann none", account="boss")
        told(engine, "13:00 <boss> !inc forget ann nobody", account="boss")
        (refused,) = told(engine, "13:00 <ann> !inc forget ann nobody", **ANN)
        assert refused.startswith("ann: only ")
    assert len(holding(tmp_path, "words of ann")) == 3


def test_who_shared_a_nick_keeps_it_in_the_reports_that_were_written(tmp_path):
    closed_incidents(tmp_path, 1, "12:06 <ann> TL: the words of ann", **ANN)
    closed_incidents(tmp_path, 1, "12:06 <ann> TL: the words of mallory", account="mallory")
    report = tmp_path / "reports" / "incident-0001.md"
    report.write_text(report.read_text() + "\nWe thank ann for this.\n")
    closed_incidents(tmp_path, 3)
    with bot(tmp_path) as engine:
        told(engine, "13:01 <boss> !inc forget ann mallory", account="boss")
    assert "We thank ann for this." in report.read_text()
    assert "the words of ann" in report.read_text()


# --- the archive ----------------------------------------------------------------------------


def archived(folder: Path) -> None:
    """All incidents that are over go to the archive."""
    store = open_store(str(folder / "incidents"), writer="bot")
    retire(store, NOON + timedelta(days=900), (), erase=False)
    store.close()
    assert not (folder / "incidents" / "0001.json").exists()


@pytest.mark.parametrize(
    "order",
    ["!inc @1 redact 2", "!inc @1 security purge", "!inc forget ann"],
)
def test_what_is_erased_is_gone_from_the_archive(tmp_path, order):
    closed_incidents(tmp_path, 5, "12:06 <ann> TL: the words of ann", **ANN)
    report = tmp_path / "reports" / "incident-0001.md"
    report.write_text(report.read_text() + "\nOur own sentence.\n")
    (tmp_path / "incidents" / "0001.json.damaged").write_text("the words of ann")
    archived(tmp_path)
    (tmp_path / "incidents" / "archive" / "0001.json.format1").write_text("the words of ann")
    (tmp_path / "incidents" / "0001.postmortem.txt").write_text("the words of ann")
    with bot(tmp_path) as engine:
        engine.state = State(highest=5)  # as after a restart some weeks later
        said = " ".join(told(engine, f"13:01 <ann> {order}", account="ann", operator=True))
        assert "gone" in said or "the disk too" in said
        if "forget" not in order:
            assert "0001.postmortem.txt, which is not the store's" in said
    theirs = ["incidents/0001.postmortem.txt"]
    everywhere = [name for name in holding(tmp_path, "words of ann") if "0001" in name]
    assert everywhere == theirs
    assert "Our own sentence." in report.read_text()
    (kept,) = (i for i in all_incidents_and_archived(tmp_path) if i.id == 1)
    assert len(kept.notes) == 2
    assert maintenance.check(str(tmp_path / "incidents")).well


def all_incidents_and_archived(folder: Path) -> list[Incident]:
    store = open_store(str(folder / "incidents"))
    return [incident_named(store, str(one.incident)) for one in with_archived(store)]


def test_an_archived_incident_is_shown_and_written_to_and_goes_back(tmp_path, capsys):
    closed_incidents(tmp_path, 2, "12:06 <ann> TL: the words of ann", **ANN)
    archived(tmp_path)
    (tmp_path / "config.toml").write_text("")
    where = ["--config", str(tmp_path / "config.toml")]
    for command in (["show", "1"], ["report", "1"], ["report", "last"], ["actions", "1"]):
        assert run([*command, *where]) in (0, None)
    assert "the words of ann" in capsys.readouterr().out
    with bot(tmp_path) as engine:
        assert "closed" in " ".join(told(engine, "13:00 <boss> !inc @1 status"))
        assert not (tmp_path / "incidents" / "0001.json").exists()
        told(engine, "13:01 <metadave> !inc @1 action write to the press @ann")
    assert (tmp_path / "incidents" / "0001.json").exists()
    archived(tmp_path)
    assert "write to the press" in repr(all_incidents_and_archived(tmp_path))


# --- reports ------------------------------------------------------------------------------------


def test_the_reports_of_incidents_that_are_not_in_memory_are_cleared(tmp_path):
    closed_incidents(tmp_path, 5, "12:06 <ann> TL: the words of ann", **ANN)
    prose = tmp_path / "reports" / "incident-0001.md"
    prose.write_text(prose.read_text() + "\nWhat ann told us: *the words of ann*.\n")
    with bot(tmp_path) as engine:
        told(engine, "13:01 <ann> !inc forget ann", **ANN)
    assert holding(tmp_path, "words of ann") == []
    assert "What someone-" in prose.read_text()
    assert "listeners are missing" in prose.read_text()


def test_the_reports_are_cleared_before_the_words_are_forgotten(tmp_path, monkeypatch):
    """Whoever is killed in between still has the words on record, and can be asked again."""
    closed_incidents(tmp_path, 5, "12:06 <ann> TL: the words of ann", **ANN)
    prose = tmp_path / "reports" / "incident-0001.md"
    prose.write_text(prose.read_text() + "\nWhat we learnt: the words of ann.\n")
    with bot(tmp_path) as engine, monkeypatch.context() as patched:
        patched.setattr(engine, "_journal", FullJournal(engine._journal))
        told(engine, "13:01 <ann> !inc forget ann", **ANN)
        assert "words of ann" not in prose.read_text()
    assert "words of ann" in repr(list(all_incidents(open_store(str(tmp_path / "incidents")))))
    with bot(tmp_path) as engine:
        told(engine, "13:01 <ann> !inc forget ann", **ANN)
    assert holding(tmp_path, "words of ann") == []


class FullJournal:
    """A journal on a full disk."""

    def __init__(self, journal: object) -> None:
        self._journal = journal

    def append(self, entries: object) -> None:
        raise StoreError("cannot write: no space left on device.")

    def __getattr__(self, name: str) -> object:
        return getattr(self._journal, name)


@pytest.mark.parametrize("kind", sorted(FORMATS))
@pytest.mark.parametrize(
    "secret",
    [
        "the <token> is `a_b*c` & \\d|e",
        "see https://wiki.example.org/a_(b)?c=1&d=2#e for the token",
        "käse & brot — „geheim“ <script>alert('x')</script>",
        "token " + "very " * 80 + "long",
        "[[User:ann]] {{secret}} ~~~~ h2. {code}x{code}",
    ],
)
def test_in_every_format_the_words_go_out_of_what_somebody_edited(tmp_path, kind, secret):
    with bot(tmp_path, (kind,)) as engine:
        told(engine, *OUTAGE[:3], f"12:08 <jgmize> TL: {secret}", *OUTAGE[4:])
    (report,) = (tmp_path / "reports").glob("incident-0001.*")
    text = report.read_text()
    report.write_text(text + "\n")  # somebody's editor
    with bot(tmp_path, (kind,)) as engine:
        told(engine, "12:20 <jgmize> !inc redact 3")
    left = report.read_text()
    for piece in (
        "token",
        "a_b",
        "wiki.example.org/a",
        "geheim",
        "alert('",
        "very very",
        "{secret",
    ):
        if piece in secret:
            assert piece not in left
    assert "they were added back" in left


def test_a_report_that_a_version_without_a_record_wrote_is_named(tmp_path):
    closed_incidents(tmp_path, 1, "12:06 <ann> TL: the words of ann", **ANN)
    (tmp_path / "reports" / ".written.json").unlink()
    report = tmp_path / "reports" / "incident-0001.md"
    report.write_text(report.read_text() + "\nours\n")
    other = tmp_path / "reports" / "incident-0001.postmortem.docx"
    other.write_bytes(b"PK the words of ann \xff")
    with bot(tmp_path) as engine:
        said = told(engine, "13:01 <ann> !inc forget ann", **ANN)
    assert any(str(report) in text and "not mine" in text for text in said)
    assert "words of ann" in report.read_text()
    assert other.read_bytes() == b"PK the words of ann \xff"


def test_a_record_that_cannot_be_written_is_named_and_holds_nobody_up(tmp_path):
    closed_incidents(tmp_path, 1, "12:06 <ann> TL: the words of ann", **ANN)
    record = tmp_path / "reports" / ".written.json"
    record.rename(tmp_path / "elsewhere")
    record.symlink_to(tmp_path / "elsewhere")
    with bot(tmp_path) as engine:
        said = " ".join(told(engine, "13:01 <ann> !inc forget ann", **ANN))
    assert str(record) in said or "not mine" in said
    assert "words of ann" not in repr(list(all_incidents(open_store(str(tmp_path / "incidents")))))


def test_a_private_folder_that_is_a_link_is_not_followed(tmp_path, caplog):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "private").symlink_to(elsewhere)
    with bot(tmp_path) as engine:
        told(engine, "12:00 <metadave> !inc declare --private MDN is down")
        assert engine.state.incidents[1].private
        told(engine, *OUTAGE[1:])
    assert list(elsewhere.iterdir()) == []
    assert os.stat(elsewhere).st_mode & 0o777 == 0o755
    assert "is a link" in caplog.text
