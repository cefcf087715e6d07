"""What is said of an incident is in the words of its process, wherever it is asked."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from core import Talk, line, process, setting

from ircbot.incident.process import Role
from ircbot.incident.rules.commands import COMMANDS, IncidentCommand
from ircbot.incident.words import WORDS

# Every text of this process begins with a sign of its own; elsewhere the usual ones are said.
OURS = process(name="ours", replies={key: f"\N{SECTION SIGN}{text}" for key, text in WORDS.items()})
SETTING = setting(channel_process={"#mozmeao": "ours"}, processes={"ours": OURS})
OPEN = """
    12:00 <metadave> !inc declare MDN is down
    12:01 <metadave> TL: the disk is full
    12:02 <bob> TL: and so is the other
"""
OVER = OPEN + "12:03 <metadave> !inc resolve\n"
# Not about the incident: how a command is typed, and that there is no other incident.
ELSEWHERE = ("!inc ", "there is no incident ")


def said_elsewhere(before: str, said: str) -> list[str]:
    """What the bot says to somebody in another channel, without whom it is said to."""
    talk = Talk(SETTING)
    talk.tell(before)
    heard = talk.hear(line("12:05", "metadave", said, "#moc"))
    texts = (text.partition("> " if "<ilbot> " in text else "- ")[2] for text in heard)
    return [text.removeprefix("metadave: ") for text in texts]


@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if isinstance(c, IncidentCommand)], ids=lambda c: c.name
)
def test_an_answer_is_in_the_words_of_the_incidents_process(command):
    typed = (command.example, f"!inc {command.name}", f"!inc {command.name} 1")
    answers = [text for said in typed for text in said_elsewhere(OPEN, said)]
    answers += said_elsewhere(OVER, command.example)
    for text in answers:
        assert (
            text.startswith(("\N{SECTION SIGN}", *ELSEWHERE)) or text == "incident leader metadave"
        )


@pytest.mark.parametrize(
    ("stamp", "said"),
    [("13:05", "!inc status"), ("12:05", "!inc role judge"), ("12:05", "!inc @1 role judge")],
)
def test_what_is_late_or_refused_is_in_those_words_too(stamp, said):
    judge = Role("judge", "judge", exclusive=("lead",))
    ours = replace(OURS, roles={**OURS.roles, "judge": judge})
    talk = Talk(replace(SETTING, processes={"ours": ours}))
    talk.tell(OPEN)
    *_, answer = talk.hear(line(stamp, "metadave", said, "#moc"))
    parts = [text for text in re.split(r"(?<=\.) ", answer.partition("metadave: ")[2]) if text]
    assert all("\N{SECTION SIGN}" in text for text in parts)


# Each with the full stop that people type.
STOPPED = """
    12:00 <metadave> !inc declare MDN is down.
    12:01 <metadave> !inc action watch the ELB. @jgmize by friday
    12:01 <metadave> !inc action 1
    12:02 <metadave> !inc actions
    12:02 <metadave> !inc done 1
    12:02 <metadave> !inc done 1
    12:02 <metadave> !inc action 1 drop
    12:03 <metadave> !inc impact nobody can log in.
    12:03 <metadave> !inc impact all is well.
    12:03 <metadave> !inc undo C2
    12:04 <metadave> !inc hypothesis the deploy did it.
    12:04 <metadave> !inc hypothesis 1 disproved.
    12:04 <metadave> TL: the disk is full.
    12:05 <metadave> !inc update we are looking.
    12:05 <rookie> !inc status
    12:06 <metadave> !inc summary MDN is slow.
    12:06 <metadave> !inc list
    12:06 <bob> !inc declare MDN is slow.
    12:07 <metadave> !inc resolve restarted.
    12:07 <metadave> !inc status
    12:08 <metadave> !inc reopen it is down again.
    12:09 <metadave> !inc withdraw a test.
"""


def test_no_full_stop_that_people_type_is_followed_by_another_sign():
    talk = Talk()
    talk.tell(STOPPED)
    said = [text for text in talk.written if "ilbot" in text]
    assert len(said) > 20
    assert [text for text in said if re.search(r"\.(?:[.,:;)]| — | \(\d)", text)] == []
