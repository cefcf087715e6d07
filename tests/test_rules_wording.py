"""What is said of an incident is in the words of its process, wherever it is asked."""

from __future__ import annotations

import pytest
from core import Talk, line, process, setting

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
