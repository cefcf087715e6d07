"""Every command and every sentence is in the table of acts, and asks it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from core import Talk, line, setting

from ircbot.incident.acts import ACTS, BY_NAME
from ircbot.incident.meanings import MEANINGS
from ircbot.incident.rules.commands import COMMANDS, by_name
from ircbot.processes import load_process

# Something that each command and each sentence would do in an incident that ann leads.
BEGINNING = """
    12:00 <ann> !inc declare MDN is down
    12:01 <ann> TL: one
    12:02 <ann> !inc action watch it
    12:03 <ann> TL: two
    12:04 <eve> TL: the disk is full
    12:05 <ann> TL: four
    12:06 <ann> !inc drop 4
    12:07 <ann> !inc impact nobody can read
"""
COMMANDED = [
    *(command.example for command in COMMANDS),
    "action watch the cache",
    "hypothesis the cache is cold",
    "message maintenance",
    "phase Resolved",
    "report done https://x.example",
    "role scribe",
    "security off",
    "security purge",
]
SAID = {
    "declare": "I am declaring an incident: NTP is down",
    "lead": "I am the incident leader",
    "handoff": "dan has agreed to take over IL",
    "channel": "updates will be posted in the #evil channel",
    "video": "please meet in my Vidyo room",
    "ping": "ping bob there is an urgent MDN outage",
    "timeline": "TL: the queue is long",
    "promise": "I'll post an update here in the next 30 minutes",
    "resolve": "the MDN outage has been resolved",
    "report": "we'll followup with an incident report",
    "report-writer": "I'll take the incident report",
    "role": "I am the investigator",
    "severity": "this is a sev 1",
    "offer": "dan: can you take over?",
    "appoint": "dan is the IL",
    "accept": "confirmed",
    "decline": "declined",
    "yes": "on it",
    "no": "nope",
    "refuse": "sorry, I can't",
    "volunteer": "I will",
    "step-down": "I am stepping down as IL",
    "good-bye": "good night all",
    "move": "everybody please move to #evil",
    "meet": "I'm in the usual call",
    "update": "UPDATE: all is well",
    "next": "next update at 12:30 UTC",
    "impact": "impact: nobody can write",
    "cause": "because of the cache",
    "root-cause": "root cause: the cache",
    "mitigated": "the bleeding has stopped",
    "over": "everything is green again",
    "back": "it's down again",
    "withdraw": "false alarm, sorry",
    "hypothesis": "hypothesis: the cache is cold",
    "props": "props to bob for the fix",
    "action": "TODO: watch the cache",
    "link": "doc: https://docs.example/x",
    "message": "the community was told",
    "ask-lead": "who is leading?",
    "ask-status": "status?",
}


def test_a_command_names_acts_that_there_are_and_no_name_is_two_commands():
    first, second, *_ = COMMANDS
    for wrong in (
        (replace(first, act="juggle"),),
        (replace(first, acts={"off": "juggle"}),),
        (first, replace(second, name=first.name)),
        (first, replace(second, aliases=(first.name,))),
    ):
        with pytest.raises(TypeError, match=first.name):
            by_name(wrong)


def test_every_sentence_is_in_the_table():
    assert {meaning.name for meaning in MEANINGS if meaning.act} == set(SAID)
    assert [meaning.name for meaning in MEANINGS if not meaning.act] == ["command"]


def test_an_act_is_one_and_something_does_it():
    assert len(BY_NAME) == len(ACTS)
    commanded = {act for command in COMMANDS for act in (command.act, *command.acts.values())}
    assert {act.name for act in ACTS} == commanded | {m.act for m in MEANINGS if m.act}


def nobody_may(process: str) -> Talk:
    """A bot in an incident that ann leads, where nobody but the configured operators may anything."""
    loaded = load_process(process)
    talk = Talk(setting(loaded, operators=("root",), channels=("#mozmeao",)))
    talk.tell(BEGINNING)
    talk.engine.setting = setting(
        loaded,
        operators=("root",),
        channels=("#mozmeao",),
        access={act.name: () for act in ACTS},
    )
    return talk


@pytest.mark.parametrize("command", COMMANDED)
def test_every_command_asks_the_table(command):
    talk = nobody_may("grafana")
    before = len(talk.pages.written)
    if command.split()[0] in ("reopen", "close", "report"):
        talk.hear(line("12:09", "root", "!inc resolve", account="root"))
        before = len(talk.pages.written)
    told = talk.tell(f"12:10 <eve> !inc {command}")
    kinds = {type(entry.event).__name__ for entry in talk.pages.written[before:]}
    assert kinds <= {"Reminded"}, f"{command}: {kinds}"
    # Where somebody else can be asked instead, they are; everything else says who may.
    refused = "the operators in my configuration" in told[-1]
    asked = any("is it?" in one.lower() for one in told)
    leader = any("only ann" in one or "was not stopped" in one for one in told)
    assert refused or asked or leader, told


def test_an_item_of_a_checklist_and_a_change_of_the_header_ask_the_table():
    talk = nobody_may("2i2c")
    item = next(key for each in load_process("2i2c").checklists for key in each.items)
    commands = (f"checklist {item}", f"done {item}", "undo C1")
    told = talk.tell("\n".join(f"12:10 <eve> !inc {command}" for command in commands))
    assert sum("only the operators in my configuration" in one for one in told) == 3
    assert not talk.incident.ticked
    assert not talk.incident.was_undone(1)


@pytest.mark.parametrize("kind", sorted(SAID))
def test_every_sentence_asks_the_table(kind):
    talk = nobody_may("mozmeao" if kind != "role" else "grafana")
    before = len(talk.pages.written)
    talk.tell(f"12:10 <eve> {SAID[kind]}")
    assert {type(entry.event).__name__ for entry in talk.pages.written[before:]} <= {"Reminded"}


def test_the_page_on_access_names_every_act_with_its_rules():
    page = (Path(__file__).parents[1] / "docs" / "access.md").read_text()
    for act in ACTS:
        assert f"| `{act.name}` | {', '.join(act.rules)} |" in page
