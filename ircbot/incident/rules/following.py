"""The rule for each saying: the second half of the registry in meanings.py.

A table rather than methods of the sayings: sayings are recognised without any state, rules need all
of it. Whether the speaker may was checked before, by the act in the saying's registry entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from ircbot.incident.line import Source
from ircbot.incident.meanings import MEANINGS, Meaning
from ircbot.incident.rules import (
    declaring,
    ending,
    leading,
    obeying,
    situated,
    telling,
    timeline,
)
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.situated import here
from ircbot.incident.rules.which import open_here
from ircbot.incident.sayings import (
    AddLink,
    Answer,
    Command,
    Declare,
    FollowUp,
    GiveCause,
    Guess,
    HandOff,
    Inquire,
    Lead,
    Mitigate,
    Ping,
    PostUpdate,
    Praise,
    Promise,
    PromiseReport,
    Record,
    Resolve,
    SaidMessage,
    Saying,
    SeemsBack,
    SeemsFalse,
    SeemsOver,
    SetComms,
    SetImpact,
    SetSeverity,
    SetVideo,
    StepDown,
    TakeRole,
    Volunteer,
    WriteReport,
)

_S = TypeVar("_S", contravariant=True)
_T = TypeVar("_T")


class Rules(Generic[_S]):
    """A rule for each class in `_S`. `|` joins tables, so that mypy knows which sayings have a
    rule.
    """

    def __init__(self, by_saying: Mapping[type, Callable[[Context, Any], None]]) -> None:
        self._by_saying = by_saying

    def __or__(self, other: Rules[_T]) -> Rules[_S | _T]:
        return Rules({**self._by_saying, **other._by_saying})

    def follow(self, ctx: Context, saying: _S) -> None:
        """Apply the rule for a saying."""
        self._by_saying[type(saying)](ctx, saying)

    def check(self, meanings: tuple[Meaning, ...]) -> None:
        """Raise TypeError if a meaning has no rule."""
        for meaning in meanings:
            if meaning.saying not in self._by_saying:
                raise TypeError(f"{meaning.saying.__name__} needs a rule in rules/following.py")


def rule(saying: type[_T], follow: Callable[[Context, _T], None]) -> Rules[_T]:
    """The rule for a saying."""
    return Rules({saying: follow})


def _set_severity(ctx: Context, saying: SetSeverity) -> None:
    if (incident := open_here(ctx)) is not None:
        ending.set_severity(ctx, incident, saying.severity, asked=False)


def _obey(ctx: Context, saying: Command) -> None:
    if ctx.line.source is not Source.SHELL:
        obeying.obey(ctx, saying)


_RULES = (
    rule(Declare, lambda ctx, saying: declaring.declare(ctx, saying, asked=False))
    | rule(Record, timeline.record)
    | rule(Lead, lambda ctx, saying: leading.lead(ctx))
    | rule(TakeRole, lambda ctx, saying: leading.take_role(ctx, saying, asked=False))
    | rule(SetSeverity, _set_severity)
    | rule(SetComms, lambda ctx, saying: declaring.set_comms(ctx, saying, asked=False))
    | rule(SetVideo, lambda ctx, saying: declaring.set_video(ctx, saying, asked=False))
    | rule(Ping, telling.ping)
    | rule(Promise, telling.promise)
    | rule(HandOff, lambda ctx, saying: leading.hand_off(ctx, saying, asked=False))
    | rule(Resolve, lambda ctx, saying: ending.resolve(ctx, None, saying.text, asked=False))
    | rule(PromiseReport, lambda ctx, saying: ending.promise_report(ctx))
    | rule(Answer, here(situated.answer))
    | rule(Volunteer, here(situated.volunteer))
    | rule(WriteReport, here(situated.write_report))
    | rule(StepDown, here(situated.step_down))
    | rule(PostUpdate, here(situated.post_update))
    | rule(SetImpact, here(situated.set_impact, aside=True))
    | rule(GiveCause, here(situated.give_cause, aside=True))
    | rule(Mitigate, here(situated.mitigate, aside=True))
    | rule(SeemsOver, here(situated.seems_over))
    | rule(SeemsBack, here(situated.seems_back))
    | rule(SeemsFalse, here(situated.seems_false))
    | rule(Guess, here(situated.guess))
    | rule(Praise, here(situated.praise, aside=True))
    | rule(FollowUp, here(situated.follow_up))
    | rule(AddLink, here(situated.add_link, aside=True))
    | rule(SaidMessage, here(situated.said_message))
    | rule(Inquire, here(situated.inquire))
    | rule(Command, _obey)
)
# Written apart, so that mypy names the saying that has no rule.
RULES: Rules[Saying] = _RULES
RULES.check(MEANINGS)
