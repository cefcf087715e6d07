"""Process files: what does not fit together is refused with line and fix; `check` finds the rest."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from ircbot.cli.process import process as command
from ircbot.config import load_config
from ircbot.config.settings import setting
from ircbot.errors import Misuse, ProcessError
from ircbot.incident.process import Process
from ircbot.processes import SHIPPED, find_process, load_process, read_process
from ircbot.processes.consistency import mistakes
from ircbot.processes.schema import schema
from ircbot.processes.soundness import doubts
from ircbot.processes.trial import TrialLine, trial
from ircbot.tables import TomlPlace
from ircbot.toml import read_toml

TOP = Path(__file__).parent.parent

HARBOUR = """
include = ["english"]
title = "Harbour"
assumed_severity = "storm"

[roles.lead]
title = "harbour master"

[roles.radio]
title = "radio operator"

[severities.storm]
announcement = true

[statuses.moored]
when = "resolved"

[checklists.deck]
title = "On deck"
[checklists.deck.items]
log = "the log is saved"

[messages.delay]
text = "Dear {NAME}"

[prompts.signal]
text = "signal it"
when = "led"
until = "link:announcement"
"""
BEGIN = HARBOUR.count("\n") + 1


def written(folder: Path, text: str) -> Path:
    path = folder / "harbour.toml"
    path.write_text(text, encoding="utf-8")
    return path


# --- what does not fit together -------------------------------------------------------------------


def prompt(*lines: str) -> str:
    return "\n".join(["[prompts.x]", 'text = "x"', 'when = "led"', *lines])


# What is added to the harbour → the line of it that is at fault, and what is said of it.
WRONG = {
    "[roles.cook]\ntitle = 'cook'\nexclusive = ['captain']": (
        3, "`exclusive` names `captain`, which is not known here; there are lead, radio.",
    ),
    "[roles.cook]\ntitle = 'cook'\ndefault = 'captain'": (3, "must be declarer, role:KEY or on_call:KEY"),
    "[roles.cook]\ntitle = 'cook'\ndefault = 'role:captain'": (3, "`default` names `captain`"),
    "[roles.cook]\ntitle = 'cook'\nholders = -1": (3, "0 for any number"),
    "[roles.cook]\ntitle = 'Radio operator'": (1, "`radio operator` names both [roles.radio] and [roles.cook]"),
    "[statuses.x]\nwhen = 'later'": (2, "`when` names `later`, which is not known here; there are declared"),
    "[updates]\nevery = '5m'\nwarn_before = '5m'": (3, "must be shorter than `every`"),
    "[report]\nby = 'cook'": (2, "`by` names `cook`"),
    "[audiences.x]\nevery = 0": (2, "longer than 0"),
    "[audiences.x]\nevery = '1h'\nby = 'cook'": (3, "`by` names `cook`"),
    "[audiences.x]\nevery = '1h'\ntold = 'lunch'": (3, "`told` names `lunch`"),
    "[audiences.x]\nevery = '1h'\ntold = 'message:news'": (3, "there are message:delay, message:x"),
    "[audiences.x]\nevery = '1h'\nat = {calm = '2h'}": (3, "`at` names `calm`"),
    "[audiences.delay]\nevery = '1h'": (1, "has the same name"),
    "[audiences.x]\nevery = '1h'\n[steps.x]\ntitle = 'x'\nmeasure = 'audience told'\nname = 'y'": (6, "`name` names `y`"),
    prompt("at = '25:00'"): (4, "a time of day such as"),
    "[prompts.x]\nwhen = 'said'\nsaid = 'x'\nat = '17:00'\ntext = 'x'": (4, "leave `at` out"),
    prompt("per_person = true"): (4, "is for prompts whose `when` is"),
    "[report]\nseverities = 'calm'": (2, "`severities` names `calm`"),
    "[meeting]\nby = 'cook'": (2, "`by` names `cook`"),
    "[meeting]\ndue = 'never'": (2, "leave `due` out"),
    "[meeting]\nseverities = 'calm'": (2, "`severities` names `calm`"),
    "[steps.x]\ntitle = 'x'\nmeasure = 'meeting in time'": (3, "in [meeting]"),
    "[checklists.x]\ntitle = 'x'\n[checklists.x.items]\nlog = 'again'": (4, "`log` is also in [checklists.deck]"),
    "[checklists.x]\ntitle = 'x'\n[checklists.x.items]\nvideo = 'x'": (4, "`video` cannot be ticked off"),
    "[checklists.x]\ntitle = 'x'\n[checklists.x.items]\nLog2 = 'x'": (4, "a word in small letters"),
    prompt("to = 'cook'"): (4, "`to` names `cook`, which is not known here; there are channel, on_call, lead"),
    prompt("to = ['radio', 'private:lead']"): (4, "must come first"),
    prompt("to = 'on_call'"): (4, "needs `on_call`: who is on call as what?"),
    prompt("to = []"): (4, "names nobody"),
    prompt("until = 'lunch'"): (4, "`until` names `lunch`"),
    prompt("until = 'role:cook'"): (4, "`until` names `role:cook`, which is not known here; there are role:lead"),
    prompt("until = 'role'"): (4, "`role` must say which: role:KEY"),
    prompt("until = 'link:'"): (4, "must say which: link:WORD"),
    prompt("until = 'video:room'"): (4, "takes nothing after a colon"),
    prompt("until = 'message:news'"): (4, "there are message:delay"),
    prompt("until = 'status:x'"): (4, "there are status:moored"),
    prompt("until = 'action:done'"): (4, "there are action:ticketed"),
    prompt("until = 'called'"): (4, "needs `on_call`: who is to be called?"),
    prompt("again = 'lunch'"): (4, "`again` names `lunch`"),
    prompt("again = 'message:news'"): (4, "there are message:delay"),
    prompt("severities = ['calm']"): (4, "`severities` names `calm`, which is not known here; there are storm"),
    prompt("times = 0"): (4, "at least 1"),
    prompt("times = 3"): (4, "needs `every`"),
    prompt("said = ['x']"): (4, "only listened for"),
    "[prompts.x]\nwhen = 'said'\ntext = 'x'": (2, "`said` says nothing to listen for"),
    "[prompts.x]\nwhen = 'noon'\ntext = 'x'": (2, "`when` names `noon`"),
    "[prompts.x]\nwhen = 'met'\ntext = 'x'": (2, "needs a [meeting]"),
    "[prompts.x]\nwhen = 'role:cook'\ntext = 'x'": (2, "there are role:lead, role:radio"),
    "[prompts.x]\nwhen = 'led'\ntext = '{cook}'": (3, "`{cook}` has no value in `prompts.x.text`; it may name {channel}"),
    "[prompts.x]\nwhen = 'led'\ntext = '{cook'": (3, "a brace out of place"),
    "[messages.x]\ntext = '{name}'": (2, "in capitals, {NAME}"),
    "[messages.x]\ntext = '{NAME}'\n[messages.x.also]\nWHO = 'NICK'": (4, "there are NAME"),
    "[steps.x]\ntitle = 'x'\nmeasure = 'depth'": (3, "`measure` names `depth`, which is not known here; there are leader within"),
    "[steps.x]\ntitle = 'x'\nmeasure = 'there'": (1, "needs `name`"),
    "[steps.x]\ntitle = 'x'\nmeasure = 'there'\nname = 'lunch'": (4, "`name` names `lunch`"),
    "[steps.x]\ntitle = 'x'\nmeasure = 'role within'\nname = 'cook'": (4, "`name` names `cook`"),
    "[steps.x]\ntitle = 'x'\nmeasure = 'always led'\nname = 'radio'": (4, "looks for nothing by `name`"),
    "[steps.x]\ntitle = 'x'\nmeasure = 'notified'\nseverities = ['calm']": (4, "`severities` names `calm`"),
    "[replies]\nahoy = 'x'": (2, "`replies` names `ahoy`"),
    "[replies]\nrecorded = '{depth}'": (2, "`{depth}` has no value in `replies.recorded`; it may name {numbers}."),
}  # fmt: skip


@pytest.mark.parametrize("added", WRONG, ids=range(len(WRONG)))
def test_what_does_not_fit_together_is_refused_with_line_and_fix(tmp_path, added):
    line, sentence = WRONG[added]
    path = written(tmp_path, HARBOUR + added)
    with pytest.raises(ProcessError) as refused:
        read_process(path)
    assert sentence in str(refused.value)
    assert str(refused.value).startswith(f"{path}, line {BEGIN + line - 1}: ")


@pytest.mark.parametrize(
    ("top", "sentence"),
    [
        ("tips = ['{nick}']", "`{nick}` has no value in `tips`; it may name {prefix}."),
        ("welcome = '{nick}'", "`{nick}` has no value in `welcome`"),
        ("close_after = '2 days'\nclose_when = 'lunch'", "`close_when` names `lunch`"),
    ],
)
def test_so_are_the_keys_of_the_file_itself(tmp_path, top, sentence):
    with pytest.raises(ProcessError, match=re.escape(sentence)):
        read_process(written(tmp_path, f"{top}\n{HARBOUR}"))


@pytest.mark.parametrize("many", [0, 2])
def test_several_leads_are_refused_with_what_to_write_instead(tmp_path, many):
    text = HARBOUR.replace(
        'title = "harbour master"', f'title = "harbour master"\nholders = {many}'
    )
    with pytest.raises(
        ProcessError, match=r"line 8: one person leads at a time.*\[roles\.deputy\]"
    ):
        read_process(written(tmp_path, text))


def test_an_assumed_severity_must_be_one(tmp_path):
    with pytest.raises(ProcessError, match="line 4: `assumed_severity` names `calm`"):
        read_process(written(tmp_path, HARBOUR.replace('= "storm"', '= "calm"')))


def test_one_text_may_stand_for_a_list_of_one(tmp_path):
    given = HARBOUR + prompt("to = 'radio'", "until = ['video', 'log']")
    (_, found) = read_process(written(tmp_path, given)).prompts
    assert (found.to, found.until) == (("radio",), ("video", "log"))


# --- check ----------------------------------------------------------------------------------------


def run(*arguments: object):
    return CliRunner().invoke(command, [str(one) for one in arguments])


def test_check_says_everything_that_is_wrong_at_once(tmp_path):
    given = HARBOUR + prompt("to = 'cook'", "until = 'lunch'") + "\n[replies]\nahoy = 'x'"
    found = run("check", written(tmp_path, given))
    sentences = str(found.exception).splitlines()
    assert [re.search(r"`(\w+)` names", one)[1] for one in sentences] == ["to", "until", "replies"]
    assert found.exception.exit_status == 2


CALM = "[severities.calm]\ntitle = 'no wind'\n"


def severe(severity, say):
    return (
        f"[[phrases]]\nmeans = 'severity'\nseverity = '{severity}'\nsay = ['{say}']\n"
        f"examples = ['it is blowing']\n"
    )


DOUBTFUL = {
    HARBOUR.replace('include = ["english"]', ""): (6, 'nobody can take this role by saying "I am the harbour master"'),
    HARBOUR.replace('"link:announcement"', '"video"'): (13, "no prompt asks for one"),
    HARBOUR + prompt("every = '1h'", "times = 9"): (BEGIN + 4, "whatever people do"),
    HARBOUR + prompt("every = '1h'", "times = 2").replace("led", "resolved"): (BEGIN + 4, "nothing can stop it"),
    HARBOUR + prompt().replace('"x"', f'"{"x" * 201}"'): (BEGIN + 1, "201 characters are much to read"),
    HARBOUR.replace('assumed_severity = "storm"', "") + "[report]\nseverities = 'storm'": (
        BEGIN + 1, "none is owed; give `assumed_severity`",
    ),
    HARBOUR.replace('include = ["english"]', "").replace(
        '[roles.lead]', '[[phrases]]\nmeans = "declare"\nsay = ["all hands"]\nexamples = ["all hands"]\n[roles.lead]'
    ): (6, "summary stays empty"),
    HARBOUR + prompt("until = 'role:radio'").replace("led", "resolved"): (BEGIN + 3, "once the incident is over"),
    HARBOUR + severe("storm", "[it is] blowing") + severe("calm", "it is blowing") + CALM: (BEGIN + 8, '"it is blowing" means severity storm already, by "[it is] blowing"'),
    HARBOUR + "[[phrases]]\nmeans = 'update'\nsay = ['TL: <text>']\nexamples = ['TL: x']\n": (
        BEGIN + 2, "is an entry of the timeline",
    ),
    "security_channel = '#sec'\n" + HARBOUR: (1, "list `security_words`"),
    "security_off_irc = true\n" + HARBOUR: (1, "list `security_words`"),
}  # fmt: skip


@pytest.mark.parametrize("text", DOUBTFUL, ids=range(len(DOUBTFUL)))
def test_check_finds_what_makes_little_sense(tmp_path, text):
    path = written(tmp_path, text)
    read_process(path)
    line, sentence = DOUBTFUL[text]
    first = str(run("check", path).exception).splitlines()[0]
    assert sentence in first
    assert first.startswith(f"{path}, line {line}: ")


def test_check_finds_a_section_of_the_report_that_there_is_not(tmp_path):
    path = written(tmp_path, HARBOUR + "\n[report.sections.impcat]\nhint = 'x'\n")
    told = str(run("check", path).exception)
    assert told.startswith(f"{path}, line ")
    assert "the section `impcat`, unknown here; did you mean `impact`?" in told


def test_check_names_the_line_of_a_phrase_that_is_misunderstood(tmp_path):
    phrase = "[[phrases]]\nmeans = 'lead'\nsay = ['aye aye']\nexamples = ['no']\n"
    path = written(tmp_path, HARBOUR + phrase)
    assert str(run("check", path).exception).startswith(
        f'{path}, line {BEGIN}: a phrase which means lead: its example "no" does not.'
    )


def test_what_a_file_spoils_of_an_included_one_is_told_of_the_file_itself(tmp_path):
    path = written(tmp_path, HARBOUR + "[words]\nquestions = ['I']\n")
    told = str(run("check", path).exception).splitlines()
    spoilt = [one for one in told if "of english.toml, which means" in one]
    assert spoilt
    assert all(f"{path}, line 2: with this file, " in one for one in spoilt)
    assert "english.toml, line" not in "".join(told)


def test_a_list_stands_beside_that_of_an_included_file(tmp_path):
    given = HARBOUR + "[words]\nmedia = ['the galley']\n"
    process = read_process(written(tmp_path, given))
    assert process.media[-1] == "the galley"
    assert len(process.media) > 1


@pytest.mark.parametrize(
    "say",
    [
        "it is (blowing|calm)",  # some of it is won
        " ".join(["(it|that)"] * 9),  # more than can be tried
        "it was blowing",  # the past means nothing: its examples say so
    ],
)
def test_check_does_not_complain_of_what_may_be_won(tmp_path, say):
    path = written(
        tmp_path, HARBOUR + severe("storm", "it is blowing") + severe("calm", say) + CALM
    )
    assert "can never count" not in str(run("check", path).exception)


def test_phrases_that_are_included_hold_for_whatever_severities_there_are(tmp_path):
    assert run("check", "--quiet", written(tmp_path, HARBOUR)).exception is None


def test_check_tells_what_the_bot_would_say(tmp_path):
    lines = run("check", written(tmp_path, HARBOUR)).output.splitlines()
    assert "all as they should be" in lines[0]
    assert "Wed 12:05 #incidents: <ilbot> cat is radio operator." in lines
    assert len(run("check", "--quiet", written(tmp_path, HARBOUR)).output.splitlines()) == 1


@cache
def played(name: str) -> tuple[TrialLine, ...]:
    return tuple(trial(load_process(name)))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_process_has_nothing_doubtful(name):
    file = read_toml(find_process(name), ProcessError)
    place, process = TomlPlace(file), load_process(name)
    assert [str(one) for one in (*mistakes(place, process), *doubts(place, process))] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_every_role_is_taken_in_the_made_up_incident(name):
    process = load_process(name)
    told = [said.text for said in played(name) if said.nick == "ilbot"]
    others = [role for role in process.roles.values() if role.key != "lead"]
    assert [r.title for r in others if not any(f" is {r.title}." in text for text in told)] == []
    assert any(f"bob is now {process.lead.name}" in text.replace(" the ", " ") for text in told)


@pytest.mark.parametrize("name", SHIPPED)
def test_prompts_leave_people_a_minute(name):
    # What somebody's words call for is answered at once.
    waiting = [one for one in load_process(name).prompts if one.when != "said"]
    telling = [max(re.split(r"{.*?}", one.text), key=len) for one in waiting]
    at = [
        said.at
        for said in played(name)
        if said.nick == "ilbot" and any(words in said.text for words in telling)
    ]
    assert len(at) > 3 or name == "mozmeao"
    assert all(two - one >= timedelta(minutes=1) for one, two in pairwise(at))


# --- every rule has its source --------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_every_part_of_a_shipped_process_names_the_guides_section(name):
    process = load_process(name)
    parts = [
        *process.roles.values(), *process.severities.values(), *process.statuses.values(),
        *process.prompts, *process.checklists, *process.messages.values(), *process.steps,
    ]  # fmt: skip
    assert [part.key for part in parts if not part.guide] == []
    assert process.updates.guide
    assert process.report.guide
    assert process.meeting is None or process.meeting.guide


def guides() -> dict[str, list[str]]:
    """What docs/guides.md names of each process."""
    page = (TOP / "docs" / "guides.md").read_text()
    sections = re.split(r"(?m)^## (\S+)$", page)[1:]
    return {
        name: re.findall(r"`([a-z_]+(?:\.[\w-]+)?)`", " ".join(columns(text, 1)))
        for name, text in zip(sections[::2], sections[1::2], strict=True)
    }


def columns(text: str, number: int) -> list[str]:
    rows = [row.strip("| ").split(" | ") for row in text.splitlines() if row.startswith("| ")]
    return [row[number] for row in rows[1:]]


TABLES = ("roles", "severities", "statuses", "prompts", "checklists", "messages", "steps")


@pytest.mark.parametrize("name", SHIPPED)
def test_the_page_of_the_guides_names_every_part_of_a_process_and_no_other(name):
    values = read_toml(find_process(name), ProcessError).values
    parts = {f"{table}.{key}" for table in TABLES for key in values.get(table, {})}
    named = guides()[name]
    assert parts - set(named) == set(), "parts of the file that the page does not name"
    assert {one for one in named if "." in one} - parts == set(), "parts that there are not"
    assert [one for one in named if "." not in one and one not in values] == []


# --- the schema -----------------------------------------------------------------------------------

EDITOR = Draft202012Validator(schema())


@pytest.mark.parametrize("name", SHIPPED)
def test_an_editor_has_nothing_to_say_of_a_shipped_process(name):
    values = read_toml(find_process(name), ProcessError).values
    assert [error.message for error in EDITOR.iter_errors(values)] == []


@pytest.mark.parametrize(
    "added",
    [
        "titel = 'x'", "title = 5", "tips = 5", "close_after = 'soon'", "announce_video = 'yes'",
        "[roles.x]\nshort = 'X'", "[roles.x]\ntitle = 'x'\nholder = 2", "[prompts.x]\ntext = 'x'",
        "[updates]\nevery = 30", "[steps.x]\ntitle = 'x'\nmeasure = 'depth'",
        "[[phrases]]\nmeans = 'dance'\nsay = ['x']", "[[phrases]]\nmeans = 'lead'", "[words]\na = 'x'",
    ],
)  # fmt: skip
def test_an_editor_and_the_bot_refuse_the_same(tmp_path, added):
    text = f"{added}\n{HARBOUR}" if "[" not in added else HARBOUR + added
    text = text.replace('title = "Harbour"', "") if added.startswith("title") else text
    path = written(tmp_path, text)
    assert list(EDITOR.iter_errors(read_toml(path, ProcessError).values))
    with pytest.raises(ProcessError):
        read_process(path)


def test_the_schema_is_printed_for_editors():
    printed = json.loads(run("schema").output)
    Draft202012Validator.check_schema(printed)
    assert printed == json.loads((TOP / "docs" / "process.schema.json").read_text())


def test_the_schema_has_every_key_with_its_meaning():
    printed = schema()
    roles = printed["$defs"]["Role"]["properties"]
    assert roles["holders"]["description"] == "at most; 0 for any number"
    assert roles["default"]["description"].startswith("Who holds it until somebody takes it")
    given = {"name", "phrases", "media", "language"}
    assert {f.name for f in fields(Process)} - given <= set(printed["properties"])
    assert is_dataclass(Process)


# --- a process of one's own -----------------------------------------------------------------------


@pytest.fixture
def worked_example(tmp_path) -> Path:
    """The file of docs/processes.md, as somebody would copy it."""
    page = (TOP / "docs" / "processes.md").read_text()
    path = tmp_path / "harbour.toml"
    path.write_text(re.search(r"(?s)```toml\n(.*?)```", page)[1])
    return path


def test_the_worked_example_of_the_page_passes_every_check(worked_example):
    found = run("check", worked_example)
    assert found.exception is None
    assert "<ilbot> cat: a storm is signalled to all ships" in found.output
    values = read_toml(worked_example, ProcessError).values
    assert [error.message for error in EDITOR.iter_errors(values)] == []


def test_a_made_up_organisation_needs_one_line_of_configuration(worked_example, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('process = "harbour.toml"\n[irc]\nhost = "irc.example.org"\n')
    assert setting(load_config(config)).process.lead.title == "harbour master"


# --- no name of one organisation in the core ------------------------------------------------------

# "mana" is a format of reports, after the wiki it was first written for.
NAMES = re.compile(
    r"(?i)mozilla|moz\b|mozmeao|meao|vidyo|grafana|openverse|2i2c|princeton|\bmana\b"
)
ALLOWED = {("setting.py", "mana")}


def test_the_core_names_no_organisation():
    core = TOP / "ircbot" / "incident"
    found = {
        (path.name, match[0].lower())
        for path in core.rglob("*.py")
        for match in NAMES.finditer(path.read_text())
    }
    assert found - ALLOWED == set()


def test_a_process_of_one_s_own_is_begun_from_a_file_that_is_right(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "process check wharf.toml" in run("new", "wharf").output
    assert run("check", "wharf.toml").exception is None
    begun = (tmp_path / "wharf.toml").read_text()
    uncommented = re.sub(r"(?m)^#(?=[a-z\[])", "", begun)
    (tmp_path / "all.toml").write_text(uncommented)
    assert run("check", "all.toml").exception is None
    assert "is there already" in str(run("new", "wharf").exception)
    assert (tmp_path / "wharf.toml").read_text() == begun


@pytest.mark.parametrize("name", ["grafana", "../x", "", "a b"])
def test_a_process_is_not_called_anything(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert isinstance(run("new", name).exception, Misuse)
    assert list(tmp_path.iterdir()) == []
