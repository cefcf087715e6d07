"""A short made-up incident under a process: all that the bot would say, up to the report.

Writes nothing. The people do little of what they are asked for, so that the prompts are seen. It
finds texts that cannot be worded and roles that cannot be taken.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta

from ircbot.incident.line import Line
from ircbot.incident.memory import Memory
from ircbot.incident.process import Process
from ircbot.incident.recognise import recognise
from ircbot.incident.reminders import due, next_due
from ircbot.incident.rules import hear
from ircbot.incident.sayings import Declare
from ircbot.incident.setting import Setting
from ircbot.incident.state import State
from ircbot.values import dataclass

_BEGIN = datetime(2018, 1, 10, 12, tzinfo=UTC)  # a Wednesday
_END = 9 * 24 * 60  # minutes
_BOT, _DECLARER, _LEADER = "ilbot", "ann", "bob"
_OTHERS = ("cat", "dan", "eve", "fay", "gus", "hal", "ivy", "jim", "kim", "lou")


@dataclass(frozen=True, slots=True)
class TrialLine:
    """Something said in the trial. `to` is a channel or a nick."""

    at: datetime
    nick: str
    to: str
    text: str


def trial(process: Process) -> Generator[TrialLine, None, State]:
    """Play the incident, reporting every line, people's and the bot's. Returns the state at its
    end."""
    channel = process.channels[0] if process.channels else "#incidents"
    setting = Setting(process, _BOT, channels=(channel,))
    state, memory, now = State(), Memory(), _BEGIN
    for minutes, nick, text in (*_script(process), (_END, "", "")):
        at = _BEGIN + timedelta(minutes=minutes)
        while (tick := next_due(state, now, setting)) is not None and tick <= at:
            now = tick
            outcome = due(state, now, setting)
            state = outcome.state or state
            yield from (TrialLine(now, _BOT, r.to, r.text) for r in outcome.replies)
        now = at
        if nick:
            yield TrialLine(at, nick, channel, text)
            line = Line(at, channel, nick, text)
            outcome = hear(state, line, setting, memory)
            memory.keep(line)
            state = outcome.state or state
            yield from (TrialLine(now, _BOT, r.to, r.text) for r in outcome.replies)
    return state


def _declaration(process: Process) -> str:
    """The first example that declares and names a problem; else a command."""
    declaring = (phrase for phrase in process.phrases if phrase.meaning == "declare")
    for line in (line for phrase in declaring for line in phrase.examples if "<" not in line):
        heard = recognise(line, process)
        if any(isinstance(saying, Declare) and saying.summary for saying in heard):
            return line
    return "!inc declare the example service is down"


def _script(process: Process) -> Iterator[tuple[int, str, str]]:
    """Who says what, in minutes from the beginning."""
    yield 0, _DECLARER, _declaration(process)
    others = [role for role in process.roles.values() if role.key != "lead"]
    for minute, (role, nick) in enumerate(zip(others, _OTHERS, strict=False), 5):
        said = f"I am the {role.title} for this incident"
        yield minute, nick, said if recognise(said, process) else f"!inc role {role.key}"
    if process.severities:
        yield 20, _DECLARER, f"!inc severity {next(iter(process.severities))}"
    yield 25, _DECLARER, "TL: the example service was restarted"
    for prompt in process.prompts:
        if prompt.when == "said":
            yield 30, _LEADER, f"{prompt.said[0]} now"
    said = f"{_LEADER} has agreed to take over as {process.lead.name}"
    in_english = bool(recognise(said, process))
    yield 40, _DECLARER, said if in_english else f"!inc handoff {_LEADER}"
    said = f"Confirmed, I am now {process.lead.name}"
    yield 41, _LEADER, said if in_english else "!inc accept"
    yield 100, _LEADER, "!inc update the example service answers again"
    yield 110, _LEADER, "!inc milestone mitigated"
    yield 120, _LEADER, "!inc resolve"
    yield 130, _LEADER, "!inc why nobody watched the example service"
    if process.meeting is not None:
        yield 140, _LEADER, "!inc meeting tomorrow 15:00"
    yield 3 * 24 * 60, _LEADER, "!inc report done https://reports.example.org/1"
