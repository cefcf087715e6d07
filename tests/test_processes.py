"""Process files: read, refused with place and fix, and checked by their own examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from ircbot.cli.process import process as command
from ircbot.errors import ProcessError
from ircbot.incident.meanings import MEANINGS, SPOKEN
from ircbot.incident.process import Process
from ircbot.incident.recognise import recognise, understood
from ircbot.incident.sayings import Declare, Lead
from ircbot.incident.times import Deadline
from ircbot.processes import SHIPPED, find_process, load_process, read_process, reading_of
from ircbot.processes.examples import lines as written_out
from ircbot.processes.examples import problems

MINIMAL = """
include = ["english"]
title = "Harbour"

[roles.lead]
title = "harbour master"
"""


@cache
def shipped(name: str) -> Process:
    return load_process(name)


def lines(which: str) -> Iterator[tuple[str, str, str]]:
    for name in SHIPPED:
        process = shipped(name)
        for phrase in process.phrases:
            for line in written_out(process, getattr(phrase, which)):
                yield name, phrase.meaning, line


def kinds(name: str, line: str) -> list[str]:
    action = line.startswith("/me ")
    by = understood(line.removeprefix("/me "), shipped(name), action=action)
    return [phrase.meaning for phrase in by]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_parts_of_a_shipped_process_fit_together(name: str) -> None:
    assert reading_of(find_process(name)).process.phrases


@pytest.mark.parametrize("name", SHIPPED)
def test_every_example_of_a_shipped_process_is_understood(name: str) -> None:
    missed = [
        (m, line) for n, m, line in lines("examples") if n == name and m not in kinds(n, line)
    ]

    assert missed == []


def test_phrases_can_mean_everything_that_is_not_known_by_its_shape() -> None:
    names = {meaning.name for meaning in MEANINGS}
    assert set(SPOKEN) == names - {"command"}


@pytest.mark.parametrize("name", SHIPPED)
def test_no_unlike_of_a_shipped_process_is_misunderstood(name: str) -> None:
    taken = [(m, line) for n, m, line in lines("unlike") if n == name and m in kinds(n, line)]

    assert taken == []


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_process_has_nothing_wrong(name: str) -> None:
    assert list(problems(shipped(name))) == []


def test_the_guides_sections_are_named() -> None:
    for name in SHIPPED:
        process = shipped(name)
        parts = [*process.roles.values(), *process.steps, *process.prompts]

        assert [part.key for part in parts if not part.guide] == []


def test_mozmeao_keeps_its_guides_clocks() -> None:
    process = shipped("mozmeao")

    assert process.updates.every == timedelta(minutes=30)
    assert process.report.due == Deadline(48)
    assert process.security_off_irc
    assert process.lead.name == "IL"
    assert process.channels == ("#mozmeao", "#meao-infra", "#moc")


# --- files of one's own ------------------------------------------------------------------------


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "harbour.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_small_file_is_a_process(tmp_path: Path) -> None:
    process = read_process(written(tmp_path, MINIMAL))

    assert process.name == "harbour"
    assert recognise("I'm the harbour master", process) == (Lead(),)


def test_a_process_is_found_by_name_and_by_file(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL)

    assert load_process("harbour.toml", beside=tmp_path).title == "Harbour"
    assert load_process(str(path)).title == "Harbour"
    with pytest.raises(ProcessError, match=r"no process `harbor`; there are mozmeao, grafana"):
        load_process("harbor")
    with pytest.raises(ProcessError, match=r"no process file .*harbor\.toml"):
        load_process("harbor.toml", beside=tmp_path)


def test_phrases_may_come_from_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "sea.toml").write_text(
        '[words]\nman = ["man", "woman"]\n[[phrases]]\nmeans = "declare"\nsay = ["{man} overboard"]\n'
    )
    process = read_process(
        written(tmp_path, 'include = ["sea.toml"]\n[roles.lead]\ntitle = "captain"\n')
    )

    assert recognise("Woman overboard!", process) == (Declare(),)


def test_the_phrases_of_a_shipped_process_may_be_included(tmp_path: Path) -> None:
    text = 'include = ["english", "grafana"]\n[roles.lead]\ntitle = "captain"\n'
    process = read_process(written(tmp_path, text))

    assert recognise("I'm taking command of the incident", process) == (Lead(),)


def test_a_delay_of_nothing_is_written_as_zero(tmp_path: Path) -> None:
    text = MINIMAL + '[prompts.x]\ntext = "x"\nwhen = "led"\nafter = 0\n'

    assert read_process(written(tmp_path, text)).prompts[0].after == timedelta(0)


def test_its_own_words_stand_before_those_it_includes(tmp_path: Path) -> None:
    text = MINIMAL + '[words]\nbroken = ["incident", "shipwreck"]\n'
    process = read_process(written(tmp_path, text))

    assert recognise("I'm declaring a shipwreck", process) == (Declare(),)


PHRASE = MINIMAL + "\n[[phrases]]\n"

WRONG = {
    "title = 5": r"line 1: `title` must be a text, not 5",
    "titel = 'x'": r"line 1: there is no key `titel` at the top; did you mean `title`\?",
    "tips = 'x'\ntips = 'y'": r"not valid TOML: .*line 2",
    "include = 'english'": r"line 1: `include` must be a list of names",
    "include = ['french']": r"line 1: `include` names french, but there is no .*french",
    "title = 'x'": r"`roles` has no `lead`; write \[roles\.lead\]",
    "[roles]\nlead = 1": r"line 2: `roles.lead` must be a table",
    "roles = 1": r"line 1: `roles` must be a table",
    "[roles.lead]\nshort = 'IL'": r"line 1: \[roles.lead\] has no `title`",
    MINIMAL + "[roles.x]\ntitle = 'x'\nexclusive = ['y']": r"line 9: `exclusive` names `y`",
    MINIMAL + "[report]\nby = 'x'": r"line 8: `by` names `x`",
    MINIMAL
    + "[report]\ndue = '3 moons'": r"line 8: `report.due` must be a span such as \"48 hours\"",
    MINIMAL
    + "[updates]\nevery = 'soon'": r"line 8: `updates.every` must be a span of time, such as \"30m\"",
    MINIMAL
    + "[updates]\nevery = 30": r"line 8: `updates.every` must be a span of time, such as \"30m\"",
    MINIMAL
    + "[updates]\nevery = false": r"line 8: `updates.every` must be a span of time, such as \"30m\"",
    MINIMAL
    + "[updates]\nagain_after = 5": r"line 8: `updates.again_after` must be a list of them, each a span of time",
    MINIMAL
    + "[updates]\nothers_after = 'x'": r"line 8: `updates.others_after` must be a whole number",
    MINIMAL + "security_off_irc = 1": r"there is no key `security_off_irc` in \[roles.lead\]",
    "security_off_irc = 1\n" + MINIMAL: r"line 1: `security_off_irc` must be true or false, not 1",
    MINIMAL
    + "[steps.x]\ntitle = 'x'\nmeasure = 'y'\nlimit = 'z'": r"`steps.x.limit` must be a number",
    "words = 5\n" + MINIMAL: r"line 1: `words` must be a table: \[words\]",
    MINIMAL + "[words]\na = 'x'": r"line 8: `words.a` must be a list of them, each a text",
    "phrases = 5\n" + MINIMAL: r"line 1: write each phrase as a table of its own",
    PHRASE
    + "means = 'dance'": r"line 9: `phrases.means` must be one of declare, .*lead, .*not \"dance\"",
    PHRASE
    + "mean = 'lead'": r"line 9: there is no key `mean` in \[phrases\]; did you mean `means`\?",
    PHRASE + "means = 'lead'": r"line 8: a phrase needs `say`",
    PHRASE
    + "means = 'lead'\nsay = 'x'": r"line 10: `phrases.say` must be a list of them, each a text",
    PHRASE + "means = 'lead'\nsay = ['ho {x}']": r"line 10: `\{x\}` is not in \[words\]",
    PHRASE
    + "means = 'lead'\nsay = ['captain (ho']": r"line 10: .*`captain \(ho`: `\(` is not closed",
    PHRASE + "means = 'lead'\nsay = ['captain ho)']": r"`\)` has no opening bracket",
    PHRASE + "means = 'lead'\nsay = ['captain (ho]']": r"`\(` is closed by `\]`",
    PHRASE + "means = 'lead'\nsay = ['captain (ho|)']": r"an alternative of `\(` is empty",
    PHRASE
    + "means = 'lead'\nsay = ['captain <ship>']": r"there is no slot <ship>; there are <anylead>",
    PHRASE + "means = 'lead'\nsay = ['captain <']": r"`<` is not understood; a slot is <name>",
    PHRASE + "means = 'lead'\nsay = ['']": r"it is empty",
    PHRASE + "means = 'lead'\nsay = ['[captain] is']": r"it has no word that must be there",
    PHRASE + "means = 'handoff'\nsay = ['over']": r"line 10: .*`handoff` must hold <nick>",
    PHRASE + "means = 'role'\nsay = ['deck']\nrole = 'x'": r"line 11: `role` names `x`, which the",
    PHRASE + "means = 'role'\nsay = ['deck']\nrole = 5": r"line 11: `phrases.role` must be a text",
    MINIMAL + "[severities.1]\n[[phrases]]\nmeans = 'severity'\nsay = ['storm']\nseverity = '2'": (
        r"line 11: `severity` names `2`, which the process harbour has not"
    ),
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_a_wrong_file_is_refused_with_place_and_fix(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)

    with pytest.raises(ProcessError, match=WRONG[text]) as refused:
        read_process(path)
    assert str(refused.value).startswith(str(path))


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProcessError, match="cannot be read"):
        read_process(tmp_path / "none.toml")


def test_deadlines_and_spans_are_read_as_people_write_them(tmp_path: Path) -> None:
    text = MINIMAL + '[report]\ndue = "1 working day"\nremind_at = ["4h", "90m"]\n'
    process = read_process(written(tmp_path, text))
    other = read_process(written(tmp_path, MINIMAL + '[report]\ndue = "2 days"\n'))

    assert process.report.due == Deadline(1, "working days")
    assert process.report.remind_at == (timedelta(hours=4), timedelta(minutes=90))
    assert other.report.due == Deadline(48, "hours")


# --- ircbot process ----------------------------------------------------------------------------

SUSPECT = {
    "say = ['aye']\nexamples = ['no']": r'phrase 1, which means lead: its example "no" does not',
    "say = ['aye']\nexamples = ['aye']\nunlike = ['aye!']": r'so does "aye!", though it is among',
    "say = ['aye']": r"it has no `examples`",
    "say = ['I am <lead>']\nexamples = ['I am <lead>']": r"other phrases understand all its examples",
}


@pytest.mark.parametrize("text", SUSPECT, ids=range(len(SUSPECT)))
def test_check_says_what_is_wrong_with_a_file_that_can_be_read(tmp_path: Path, text: str) -> None:
    found = list(problems(read_process(written(tmp_path, f"{PHRASE}means = 'lead'\n{text}\n"))))

    assert len(found) == 1
    assert re.search(SUSPECT[text], found[0]), found


def test_process_list_and_show_tell_what_there_is() -> None:
    listed = CliRunner().invoke(command, ["list"])
    shown = CliRunner().invoke(command, ["show", "mozmeao"])

    assert [line.split()[0] for line in listed.output.splitlines()] == list(SHIPPED)
    assert 'short = "IL"' in shown.output


def test_process_check_is_content_with_what_is_right_and_fails_for_what_is_not(
    tmp_path: Path,
) -> None:
    right = CliRunner().invoke(command, ["check", str(written(tmp_path, MINIMAL))])
    text = PHRASE + "means = 'lead'\nsay = ['aye']\nexamples = ['no']"
    wrong = CliRunner().invoke(command, ["check", str(written(tmp_path, text))])

    assert right.exit_code == 0
    assert "all as they should be" in right.output
    assert 'its example "no" does not' in str(wrong.exception)
