"""What follows from a saying. `hear` decides about one line; a module per subject does the work."""

from __future__ import annotations

from typing import assert_never

from ircbot.incident.line import Line, LineKind, Source
from ircbot.incident.memory import Memory, is_unheard
from ircbot.incident.people import same_name
from ircbot.incident.recognise import recognise
from ircbot.incident.rules import (
    asking,
    declaring,
    ending,
    guarding,
    leading,
    orders,
    prompting,
    telling,
    timeline,
)
from ircbot.incident.rules.hearing import Hearing, Outcome
from ircbot.incident.rules.which import open_here
from ircbot.incident.sayings import (
    Command,
    Declare,
    HandOff,
    Lead,
    Ping,
    Promise,
    PromiseReport,
    Record,
    Resolve,
    Saying,
    SetComms,
    SetSeverity,
    SetVideo,
    TakeRole,
)
from ircbot.incident.setting import Setting
from ircbot.incident.state import Desk

__all__ = ["Hearing", "Outcome", "hear"]

_SPEECH = (LineKind.MESSAGE, LineKind.ACTION)
NOTHING = Outcome()


def hear(desk: Desk, line: Line, setting: Setting, memory: Memory) -> Outcome:
    """What follows from one line: what to record, then what to say.

    Lines that are not LIVE change the state at their time and are answered by nothing.
    """
    if same_name(line.nick, setting.nick):
        return NOTHING
    h = Hearing(desk, line, setting, memory)
    if line.kind not in _SPEECH:
        leading.presence(h)
        if line.kind is LineKind.JOIN:
            asking.greet(h)
        return h.outcome()
    if is_unheard(line.text) or any(same_name(line.nick, feeder) for feeder in setting.feeders):
        return NOTHING  # what a relay says is remembered, never obeyed
    leading.seen(h)
    for saying in _meanings(h):
        if not h.stopped or isinstance(saying, Record | Command):
            _follow(h, saying)
    declaring.announce_declared(h)
    guarding.tell_masked(h)
    if line.channel:
        prompting.prompt(h)
    if not h.entries and line.channel and not setting.commands_only:
        leading.replied(h)
    if not h.entries and line.channel:
        leading.heard(h)
        declaring.said_after(h)
    return h.outcome()


def _meanings(h: Hearing) -> tuple[Saying, ...]:
    line, setting = h.line, h.setting
    said = recognise(
        line.text,
        h.process_of(open_here(h)),
        nick=setting.nick,
        prefix=setting.prefix,
        private=not line.channel,
        action=line.kind is LineKind.ACTION,
        speaker=line.nick,
    )
    if setting.commands_only:
        return tuple(s for s in said if isinstance(s, Command | Record))
    return said


def _follow(h: Hearing, saying: Saying) -> None:
    match saying:
        case Declare():
            declaring.declare(h, saying, asked=False)
        case Lead():
            leading.lead(h)
        case HandOff():
            leading.hand_off(h, saying, asked=False)
        case SetComms():
            declaring.set_comms(h, saying, asked=False)
        case SetVideo():
            declaring.set_video(h, saying, asked=False)
        case Ping():
            telling.ping(h, saying)
        case Record():
            timeline.record(h, saying)
        case Promise():
            telling.promise(h, saying)
        case Resolve(text):
            ending.resolve(h, None, text, asked=False)
        case PromiseReport():
            ending.promise_report(h)
        case TakeRole():
            leading.take_role(h, saying, asked=False)
        case SetSeverity(severity):
            if (incident := open_here(h)) is not None:
                ending.set_severity(h, incident, severity, asked=False)
        case Command():
            if h.line.source is not Source.SHELL:
                orders.obey(h, saying)
        case _ as unreachable:
            assert_never(unreachable)
