"""CONTRIBUTING's table "you add … it goes to": what is put there, and nowhere else, works.

Beside these: a meaning in test_meanings.py, a section of a process's own in
test_report_templates.py, a type of place in test_publish_types.py, an engine for the store in
test_store_engines.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from added import Copy

LOG = """\
2018-01-10T12:00:00  <ann> !inc declare NTP is down
2018-01-10T12:01:00  <ann> {}
"""


def test_another_way_to_say_the_same_is_a_phrase(tmp_path: Path) -> None:
    bot = Copy(tmp_path, [])
    (tmp_path / "ours.toml").write_text(
        'include = ["english"]\n[roles.lead]\ntitle = "lead"\n'
        '[[phrases]]\nmeans = "resolve"\nsay = ["all quiet on the wire"]\n'
        'examples = ["all quiet on the wire"]\nunlike = ["is all quiet on the wire?"]\n'
    )
    assert bot.run("process", "check", "ours.toml").returncode == 0
    said = bot.run("explain", "--process", "ours.toml", "all quiet on the wire")
    assert said.stdout == "resolve\n"


BEFORE = '    IncidentCommand(\n        "lead",'
MOON = """\
    IncidentCommand(
        "moon", "moon", "how the moon stands", "moon", "ask",
        lambda ctx, incident, text: ctx.answer_text("it is full"),
        aliases=("luna",), tried="la_lune",
    ),
"""


def test_a_chat_command_is_a_row_with_its_rule(tmp_path: Path) -> None:
    bot = Copy(tmp_path, [("rules/commands.py", BEFORE, MOON)])
    for typed, told in (
        ("moon", "ann: it is full"),
        ("luna", "ann: it is full"),
        ("la_lune", "ann: no such command; did you mean !inc moon?"),
        ("help moon", "ann: !inc moon — how the moon stands"),
    ):
        (tmp_path / "ntp.log").write_text(LOG.format(f"!inc {typed}"))
        played = bot.run("rehearse", "ntp.log", "--channel", "#ntp")
        assert played.stdout.count(told) == 1, played.stdout + played.stderr


@pytest.mark.parametrize(
    ("stands", "wrong", "told"),
    [
        ('lambda ctx, incident, text: ctx.answer_text("it is full"),', "", "'rule'"),
        ('"moon", "ask"', '"moon", "lunacy"', "no act"),
        ('"luna"', '"lead"', "called lead"),
    ],
)
def test_a_chat_command_without_its_rule_or_act_fails_at_import(
    stands: str, wrong: str, told: str, tmp_path: Path
) -> None:
    row = MOON.replace(stands, wrong)
    assert row != MOON
    bot = Copy(tmp_path, [("rules/commands.py", BEFORE, row)])
    failed = bot.python("-c", "import ircbot.incident.rules")
    assert "TypeError" in failed.stderr
    assert told in failed.stderr


def test_a_log_format_is_a_module(tmp_path: Path) -> None:
    bot = Copy(tmp_path, [])
    (tmp_path / "ircbot" / "logs" / "formats" / "quill.py").write_text(
        "from ircbot.incident.line import LineKind\n"
        "from ircbot.logs.rows import Format, LogRow\n"
        "def speech(raw, start):\n"
        "    nick, said, text = raw[start:].partition(' said: ')\n"
        "    return (nick.strip(), text) if said else None\n"
        "def rows(body):\n"
        "    found = speech(body, 0)\n"
        "    return (LogRow(LineKind.MESSAGE, *found),) if found else None\n"
        "FORMAT = Format('quill', '***', speech, rows)\n"
    )
    (tmp_path / "ntp.log").write_text(
        "2018-01-10T12:00:00 ann said: !inc declare NTP is down\n"
        "2018-01-10T12:01:00 ann said: TL: the clock is wrong\n"
    )
    played = bot.run("rehearse", "ntp.log", "--channel", "#ntp")
    assert "; Incident 1 (NTP is down)" in played.stdout, played.stdout + played.stderr
    assert "1 timeline entry." in played.stdout


RELIEF = """\
def _relief(c: _ReminderCase) -> Iterator[Reminder]:
    after, term = c.process.baton.relief_after, c.incident.term()
    if term is not None:
        named = {"nick": term.holder.nick, "span": Since(term.since, after)}
        yield Reminder(term.since + after, "relief", 1, c.incident.channel, "relief", named)


"""


def test_a_reminder_is_a_function_its_words_and_a_key_of_process_files(tmp_path: Path) -> None:
    bot = Copy(
        tmp_path,
        [
            ("reminders.py", "def _others(", RELIEF),
            (
                "reminders.py",
                "        yield from _breaks(case)\n",
                "        yield from _relief(case)\n",
            ),
            (
                "words.py",
                '    "break": ',
                '    "relief": "{nick} has led for {span}. Who is next?",\n',
            ),
            (
                "process.py",
                "    break_after: ",
                "    relief_after: timedelta = timedelta(hours=8)\n",
            ),
        ],
    )
    (tmp_path / "ours.toml").write_text(
        'include = ["english"]\n[roles.lead]\ntitle = "lead"\n[baton]\nrelief_after = "3h"\n'
    )
    (tmp_path / "ntp.log").write_text(
        LOG.format("TL: the clock is wrong") + "2018-01-10T15:30:00  <ann> still wrong\n"
    )
    played = bot.run("rehearse", "ntp.log", "--channel", "#ntp", "--process", "ours.toml")
    assert played.stdout.count("15:00 -ilbot- ann has led for 3 h 00 min. Who is next?") == 1, (
        played.stdout + played.stderr
    )


CONFIG = """\
[irc]
servers = ["irc.example"]
nick = "ilbot"
channels = ["#ntp"]
[store]
path = "store"
"""
WEATHER = """\
from ircbot.report.blocks import paragraph
from ircbot.report.section import Section


def _blocks(subject):
    yield paragraph((f"It rained on {len(subject.incident.notes)} entries.",))


SECTION = Section("weather", "The weather", _blocks)
"""


def test_a_section_of_the_report_is_a_file_and_its_place(tmp_path: Path) -> None:
    sections = "../report/sections/__init__.py"
    bot = Copy(
        tmp_path,
        [
            (sections, "    timeline,\n)", "    weather,\n"),
            (sections, "    timeline.SECTION,\n", "    weather.SECTION,\n"),
        ],
    )
    (tmp_path / "ircbot" / "report" / "sections" / "weather.py").write_text(WEATHER)
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "ntp.log").write_text(LOG.format("TL: the clock is wrong"))
    assert bot.run("import", "ntp.log", "--config", "config.toml", "--channel", "#ntp").stderr == ""
    for format_, heading in (("markdown", "## The weather"), ("html", "The weather</h2>")):
        report = bot.run("report", "1", "--config", "config.toml", "--format", format_)
        assert report.stdout.count(heading) == 1, report.stderr
        assert "It rained on 1 entries." in report.stdout


STORE = """
from datetime import UTC, datetime

from ircbot.incident.events import Declared, Entry, Purged, WindTurned
from ircbot.incident.people import Person
from ircbot.repository import open_store

store = open_store("store", "tool")
now, ann = datetime(2018, 1, 10, 12, tzinfo=UTC), Person("ann")
"""
TURN = (
    STORE
    + """
store.append([
    Entry(1, now, ann, Declared("NTP is down", "mozmeao")),
    Entry(1, now, ann, WindTurned("xyzzy")),
])
store.close()
"""
)
PURGE = (
    STORE
    + """
assert store.entries(1)
store.append([Entry(1, now, ann, Purged())])
print(store.entries(1)[1].event)
store.close()
"""
)


def test_an_event_with_peoples_words_is_a_class_and_a_case(tmp_path: Path) -> None:
    bot = Copy(
        tmp_path,
        [
            (
                "events.py",
                "Event = (\n",
                "@dataclass(frozen=True, slots=True)\nclass WindTurned(_EventTraits):\n"
                '    """The wind turned."""\n\n'
                '    reads = (MilestoneText("wind", "The wind turned", "The wind is "),)\n\n'
                "    wind: Words\n\n\n",
            ),
            ("events.py", "    | ImpactSet\n", "    | WindTurned\n"),
            ("state/evolve.py", "    ImpactSet,\n", "    WindTurned,\n"),
            (
                "state/evolve.py",
                "        case ImpactSet(impact):\n",
                "        case WindTurned(wind):\n"
                "            return with_moment(i, entry, words=wind)\n",
            ),
        ],
    )
    (tmp_path / "config.toml").write_text(CONFIG)
    assert bot.python("-c", TURN).stderr == ""
    report = bot.run("report", "1", "--config", "config.toml", "--format", "markdown")
    assert "The wind is xyzzy" in report.stdout, report.stderr
    told = bot.python("-c", PURGE)
    assert told.stdout.splitlines() == ["WindTurned(wind='')"], told.stderr
    kept = [path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file()]
    assert kept
    assert not [content for content in kept if b"xyzzy" in content]
