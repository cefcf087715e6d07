"""`ircbot import` and `ircbot rehearse` from the command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from ircbot.cli.import_ import take_in
from ircbot.cli.root import run
from ircbot.config import load_config
from ircbot.config.settings import setting
from ircbot.engine import IncidentEngine
from ircbot.incident.events import Declared, Entry, Noted
from ircbot.incident.people import Person
from ircbot.incident.setting import Setting
from ircbot.logs.read import Log
from ircbot.repository import open_store, state_of
from ircbot.store import Store

LOG = """\
--- Log opened Wed Jan 10 11:58:00 2018
11:59 -!- metadave [m@moz.example] has joined #mozmeao
12:00 <@metadave> MDN is experiencing an outage
12:00 <@metadave> I am declaring an incident and am incident leader
12:20 < jgmize> TL: listeners are missing
12:21 * metadave sighs
13:10 <@metadave> TL: the MDN outage has been resolved
--- Log closed Wed Jan 10 14:00:00 2018
"""


@dataclass
class Shell:
    """A folder with a configuration, and the command line in it."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def __call__(self, command: str, *arguments: str) -> tuple[int, str, str]:
        """Exit status, standard output, standard error."""
        status = run([command, "--config", str(self.folder / "config.toml"), *arguments])
        shown = self.capsys.readouterr()
        return status, shown.out, shown.err

    def json(self, command: str, *arguments: str) -> dict:
        status, out, _ = self(command, "--json", *arguments)
        assert status == 0
        return json.loads(out)

    def entries(self, incident: int = 1) -> tuple[Entry, ...]:
        return open_store(str(self.folder / "incidents")).entries(incident)

    def notes(self, incident: int = 1) -> list[str]:
        return [e.event.text for e in self.entries(incident) if isinstance(e.event, Noted)]


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    # A zone of the machine that must never show.
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    (tmp_path / "config.toml").write_text(
        '[irc]\nhost = "irc.example.org"\nchannels = ["#mozmeao", "#meao-infra", "#moc"]\n'
        '[store]\npath = "incidents"\n'
    )
    return Shell(tmp_path, capsys)


def test_a_log_becomes_an_incident_and_importing_again_adds_nothing(shell: Shell) -> None:
    log = shell.write("#mozmeao.log", LOG)
    status, out, err = shell("import", log)
    assert (status, err) == (0, "")
    assert out.startswith(
        "Incident 1 (MDN is experiencing an outage), 2018-01-10 12:00 UTC, resolved: new, "
        "with 2 timeline entries"
    )
    assert shell.notes() == ["listeners are missing", "the MDN outage has been resolved"]
    before = shell.entries()
    assert shell("import", log) == (0, "Nothing new in 8 lines.\n", "")
    assert shell.entries() == before


def test_json_says_what_was_found(shell: Shell) -> None:
    log = shell.write("#mozmeao.log", LOG)
    found = shell.json("import", log)
    assert found["incidents"] == [
        {
            "id": 1,
            "title": "MDN is experiencing an outage",
            "status": "resolved",
            "declared_at": "2018-01-10T12:00:00Z",
            "new": True,
            "added": found["added"],
            "notes": 2,
        }
    ]
    assert found["logs"] == [
        {"file": log, "format": "irssi", "channel": "#mozmeao", "lines": 8, "odd_lines": 0}
    ]
    assert shell.json("import", log)["added"] == 0


def test_a_dry_run_writes_nothing(shell: Shell) -> None:
    log = shell.write("#mozmeao.log", LOG)
    status, out, _ = shell("import", "--dry-run", log)
    assert status == 0
    assert "would be new" in out
    assert not (shell.folder / "incidents").exists()
    assert shell.json("import", "--dry-run", log)["dry_run"] is True


def test_times_are_in_the_zone_that_is_given_else_configured(shell: Shell) -> None:
    log = shell.write("#mozmeao.log", LOG)
    shell("import", "--timezone", "America/New_York", log)
    assert shell.entries()[0].at.isoformat() == "2018-01-10T17:00:00+00:00"
    configured = shell.folder / "config.toml"
    configured.write_text('timezone = "Europe/Vienna"\n' + configured.read_text())
    shell("import", log)
    assert shell.entries(2)[0].at.isoformat() == "2018-01-10T11:00:00+00:00"


def test_channel_and_day_can_be_given(shell: Shell) -> None:
    lines = "12:00 <a> !inc declare MDN is down\n12:01 <a> TL: x\n"
    log = shell.write("irc.log", lines)
    shell("import", "--channel", "#moc", "--date", "2020-02-29", log)
    declared = shell.entries()[0]
    assert (declared.channel, declared.at.isoformat()) == ("#moc", "2020-02-29T12:00:00+00:00")


def test_another_process_can_be_named(shell: Shell) -> None:
    log = shell.write("#mozmeao.log", LOG.replace("and am incident leader", ": MDN is down"))
    shell("import", "--process", "grafana", log)
    assert shell.entries()[0].event.process == "grafana"


@pytest.mark.parametrize(
    ("name", "text", "options", "status", "sentence"),
    [
        ("#a.log", None, (), 2, "does not exist"),
        ("#a.log", "no log\n", (), 2, "in no log format known here"),
        ("a.log", "12:00 <a> x\n", ("--date", "2018-01-10"), 2, "--channel '#channel'"),
        ("#a.log", "12:00 <a> x\n", (), 2, "line 1: neither the log nor its name says which day"),
        ("#a.log", LOG, ("--channel", "moc"), 2, "write '#moc'"),
        ("#a.log", LOG, ("--date", "10.1.2018"), 2, "10.1.2018"),
        ("#a.log", LOG, ("--timezone", "Mars/Olympus"), 2, "is not a time zone"),
        ("#a.log", LOG, ("--log-format", "talk"), 2, "talk"),
        ("#a.log", LOG, ("--process", "nasa"), 2, "there is no process `nasa`"),
        ("#a.log.gz", "\x1f\x8b not gzip", (), 1, "cannot be unpacked"),
    ],
)
@pytest.mark.parametrize("command", ["import", "rehearse"])
def test_what_is_wrong_is_said_in_one_sentence(
    shell: Shell,
    command: str,
    name: str,
    text: str | None,
    options: tuple[str, ...],
    status: int,
    sentence: str,
) -> None:
    path = shell.folder / name
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    found, out, err = shell(command, *options, str(path))
    assert (found, out) == (status, "")
    assert err.startswith("ircbot: ")
    assert sentence in err
    assert len(err.strip().splitlines()) <= 2


def test_lines_in_no_format_are_told_with_the_first_of_them(shell: Shell) -> None:
    log = shell.write("#mozmeao.log", LOG.replace("12:21 *", "what is this?\n12:21 *"))
    _, _, err = shell("import", log)
    assert err == (
        f"ircbot: warning: {log}: 1 of 9 lines are not in the irssi format and were left out, "
        "the first: line 6: what is this?\n"
    )


def test_a_second_declaration_that_was_not_taken_is_told(shell: Shell) -> None:
    day = "--- Day changed Wed Jan 10 2018\n"
    one = shell.write("#a.log", day + "09:00 <a> I am declaring an incident: MDN is down\n")
    two = shell.write("#b.log", day + "09:05 <b> I am declaring an incident: mail is down\n")
    status, _, err = shell("import", one, two)
    assert status == 0
    assert "1 declaration was merged with an incident declared less than 15 minutes earlier" in err
    assert "2018-01-10 09:05 UTC #b <b>" in err


def test_entries_without_an_incident_are_told(shell: Shell) -> None:
    log = shell.write(
        "#mozmeao.log",
        "--- Day changed Wed Jan 10 2018\n09:00 <a> TL: x\n",
    )
    status, out, err = shell("import", log)
    assert (status, out) == (0, "Nothing new in 2 lines.\n")
    assert "1 TL: line was not imported" in err
    assert "#mozmeao <a> x" in err


def test_it_works_beside_a_running_bot_which_takes_up_what_it_wrote(shell: Shell) -> None:
    store = open_store(str(shell.folder / "incidents"), "bot")
    try:
        engine = IncidentEngine(_setting(shell), store, state_of(store))
        log = shell.write("#mozmeao.log", LOG)
        assert shell.json("import", log)["incidents"][0]["new"] is True
        assert [entry.incident for entry in store.poll()][:1] == [1]
        assert engine.state.incidents == {}
        assert shell.json("import", log)["added"] == 0
    finally:
        store.close()


def _setting(shell: Shell) -> Setting:
    return setting(load_config(shell.folder / "config.toml"))


class Overtaken:
    """A store to which somebody else writes just before we do, once."""

    def __init__(self, store: Store, path: Path, entry: Entry) -> None:
        self._store = store
        self._path = path
        self._entries = [entry]

    def append(self, entries: Sequence[Entry]) -> None:
        if self._entries:
            other = open_store(str(self._path), "tool")
            other.append([self._entries.pop()])
            other.close()
        self._store.append(entries)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_who_is_overtaken_by_another_writer_looks_again(shell: Shell) -> None:
    path = shell.folder / "incidents"
    other = Entry(1, datetime(2019, 1, 1, tzinfo=UTC), Person("x"), Declared("other", "mozmeao"))
    store = open_store(str(path), "tool")
    log = Log(Path(shell.write("#mozmeao.log", LOG)), UTC)
    overtaken = cast(Store, Overtaken(store, path, other))
    found = take_in([log], overtaken, _setting(shell), force=False, dry_run=False)
    store.close()
    assert {entry.incident for entry in found.entries} == {2}
    assert shell.entries(1) == (other,)
    assert shell.notes(2) == ["listeners are missing", "the MDN outage has been resolved"]


# --- rehearse ---------------------------------------------------------------------------------


def test_a_rehearsal_says_what_the_bot_would_have_said_on_the_logs_clock(shell: Shell) -> None:
    log = shell.write("#mozmeao.log", LOG)
    status, out, err = shell("rehearse", "--json", log)
    assert (status, err) == (0, "")
    said = [json.loads(line) for line in out.splitlines()]
    assert {frozenset(one) for one in said} == {frozenset({"at", "to", "type", "text"})}
    assert said[0]["at"] == "2018-01-10T12:00:00Z"
    assert (said[0]["to"], said[0]["type"]) == ("#mozmeao", "notice")
    due = [one["at"][11:16] for one in said if "an update" in one["text"]]
    assert due == ["12:25", "12:30", "12:40", "13:00"]  # what a bystander notes is no update
    assert {
        "at": "2018-01-10T12:20:00Z",
        "to": "jgmize",
        "type": "notice",
        "text": "#1 recorded",
    } in said
    assert said[-1]["at"].startswith("2018-01-10T13:10")


def test_a_rehearsal_writes_nothing(shell: Shell) -> None:
    log = shell.write("#mozmeao.log", LOG)
    shell("rehearse", log)
    assert sorted(path.name for path in shell.folder.iterdir()) == ["#mozmeao.log", "config.toml"]


def test_the_conversation_is_shown_with_the_bot_in_it_and_can_be_rehearsed_again(
    shell: Shell,
) -> None:
    log = shell.write("#mozmeao.log", LOG)
    _, out, _ = shell("rehearse", log)
    lines = out.splitlines()
    assert lines[0] == "--- 2018-01-10 #mozmeao"
    assert "12:20 <jgmize> TL: listeners are missing" in lines
    assert "12:20 -ilbot:jgmize- #1 recorded" in lines
    assert "12:21 * metadave sighs" in lines
    assert lines[-1].startswith("; Incident 1 (MDN is experiencing an outage), 2018-01-10 12:00")
    again = shell.write("again.irc", out)
    assert shell("rehearse", again)[1] == out


def test_several_logs_are_one_conversation(shell: Shell) -> None:
    one = shell.write(
        "#mozmeao.log",
        "--- Day changed Wed Jan 10 2018\n12:00 <a> !inc declare MDN is down\n12:02 <a> !inc channel #mdndev\n",
    )
    two = shell.write(
        "#mdndev.log", "--- Day changed Wed Jan 10 2018\n12:01 <b> TL: early\n12:03 <b> TL: late\n"
    )
    assert shell.json("import", one, two)["incidents"][0]["notes"] == 2
    _, out, _ = shell("rehearse", one, two)
    said = [line for line in out.splitlines() if " <" in line]
    assert [line[:5] for line in said] == ["12:00", "12:01", "12:02", "12:03"]


# --- logs in another format than they were taken to be in ---------------------------------------

THEMED = LOG + "".join(f"12:30 -!- nick{n} (n@x) joined #mozmeao\n" for n in range(6))


def test_a_log_that_is_rather_in_another_format_is_refused(shell: Shell) -> None:
    log = shell.write("#mozmeao.log", THEMED)
    status, out, err = shell("import", log)
    assert (status, out) == (2, "")
    assert "6 of 14 lines are not in the irssi format" in err
    assert "line 9: 12:30 -!- nick0 (n@x) joined #mozmeao; line 10: " in err
    assert "--log-format" in err
    assert "--force" in err
    assert shell("import", log, "--force")[0] == 0
    assert shell.notes()


def test_the_likely_format_is_named(shell: Shell) -> None:
    log = shell.write(
        "#mozmeao.log", "".join(f"[12:{n:02}:00] *** Joins: n{n}\n" for n in range(9))
    )
    status, _, err = shell("import", log, "--log-format", "irssi", "--date", "2018-01-10")
    assert status == 2
    assert "probably in the znc format: --log-format znc." in err


def test_each_log_of_a_tree_of_days_may_be_given_its_day(shell: Shell) -> None:
    said = "12:00 <metadave> I am declaring an incident: MDN is down\n"
    one, two = shell.write("#a.log", said), shell.write("#b.log", said)
    found = shell.json("import", one, two, "--date", "2018-01-10", "--date", "2018-02-11")
    assert [i["declared_at"][:10] for i in found["incidents"]] == ["2018-01-10", "2018-02-11"]
    status, _, err = shell("import", one, "--date", "2018-01-10", "--date", "2018-02-11")
    assert (status, "given 2 times for 1 log" in err) == (2, True)


def test_lines_with_a_number_that_nobody_explains_are_shown(shell: Shell) -> None:
    log = shell.write("#mozmeao.log", LOG + "12:30 <@metadave> TL 41: of another one\n")
    for command in ("import", "rehearse"):
        _, _, err = shell(command, log)
        assert "1 line names an incident by its number in the log" in err
        assert "<metadave> TL 41: of another one" in err


# --- further networks ---------------------------------------------------------------------------

FURTHER = '[networks.oftc]\nhost = "irc.oftc.example"\nchannels = ["#mozmeao"]\n'


def heard_on(shell: Shell, network: str) -> None:
    """A bot heard the log on a further network; older ones did not say so of the people."""
    log = shell.write("#mozmeao.log", LOG)
    path = shell.folder / "config.toml"
    path.write_text(path.read_text() + FURTHER)
    with closing(open_store(str(shell.folder / "incidents"), writer="tool")) as store:
        logs = [Log(Path(log), UTC, network=network)]
        take_in(logs, store, setting(load_config(path)), force=False, dry_run=False)


@pytest.mark.parametrize("named", [(), ("--network", "oftc")])
def test_a_log_of_a_further_network_is_imported_once(shell, named):
    heard_on(shell, "oftc")
    before = shell.entries()
    assert {entry.by.network for entry in before} == {"oftc"}
    added = shell.json("import", *named, str(shell.folder / "#mozmeao.log"))
    assert added["added"] == 0


def test_the_same_words_on_another_network_are_another_line(shell):
    heard_on(shell, "")
    log = str(shell.folder / "#mozmeao.log")
    added = shell.json("import", "--network", "oftc", log)
    assert [one["notes"] for one in added["incidents"] if one["new"]] == [2]
    assert shell.json("import", "--network", "oftc", log)["added"] == 0
    assert shell.json("import", log)["added"] == 0


def test_a_network_that_is_not_configured_is_refused(shell):
    log = shell.write("#mozmeao.log", LOG)
    status, _, told = shell("import", "--network", "oftc", log)
    assert status == 2
    assert "--network oftc: the configuration knows no such network (none has a name)." in told


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("--- Log opened Wed Jan 10 11:58:00 2018\n11:59 -!- ann [a@h] has joined #moc\n", "2 lines"),
        ("", "0 lines"),
        ("11:59 -!- ann [a@h] has joined #moc", "1 line"),
    ],
)  # fmt: skip
def test_a_log_in_which_nobody_says_anything_is_told(shell, text, lines):
    log = shell.write("#moc.2018-01-10.log", text)
    for command in ("import", "rehearse"):
        status, _, error = shell(command, log)
        assert status == 0
        assert error == f"ircbot: warning: {log}: nobody says anything in its {lines}.\n"
    spoken = shell.write("#moc.2018-01-11.log", "11:59 * ann sighs\n")
    assert shell("import", spoken)[2] == ""


def test_a_day_that_the_log_contradicts_is_told(shell):
    log = shell.write("#mozmeao.log", LOG)
    assert shell("import", "--dry-run", "--date", "2018-01-10", log)[2] == ""
    error = shell("import", "--dry-run", "--date", "2019-05-05", log)[2]
    assert error == (
        f"ircbot: warning: {log}: it is of 2018-01-10 by its own lines or its name, and was read "
        "as of 2019-05-05, as --date says.\n"
    )
    bare = shell.write("#moc.log", "12:00 <ann> hello\n")
    assert shell("import", "--dry-run", "--date", "2019-05-05", bare)[2] == ""
