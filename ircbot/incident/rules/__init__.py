"""What follows from a saying. `hear` decides about one line; each module handles one subject."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ircbot.incident.access import is_anyones
from ircbot.incident.acts import BY_NAME
from ircbot.incident.line import Line, LineKind
from ircbot.incident.meanings import BY_SAYING
from ircbot.incident.memory import Memory, is_unheard
from ircbot.incident.people import is_nobody, same_name
from ircbot.incident.recognise import recognise
from ircbot.incident.rules import (
    actions,
    asking,
    declaring,
    ending,
    guarding,
    leading,
    near_misses,
    prompting,
    publishing,
    relaying,
    searching,
    timeline,
)
from ircbot.incident.rules.context import Context, Outcome
from ircbot.incident.rules.following import RULES
from ircbot.incident.rules.situations import may_be_of_few, situation_of
from ircbot.incident.rules.which import all_open_here, is_somebody, over_here, which
from ircbot.incident.sayings import Command, Record, Saying
from ircbot.incident.setting import Setting
from ircbot.incident.state import State

__all__ = ["Context", "Outcome", "hear"]

_SPEECH = (LineKind.MESSAGE, LineKind.ACTION)
NOTHING = Outcome()


def hear(  # noqa: C901 (the order of the rules, to be read from top to bottom)
    state: State, line: Line, setting: Setting, memory: Memory
) -> Outcome:
    """What to record and what to say after one line.

    Lines that are not LIVE change the state at their time and are never answered.
    """
    if same_name(line.nick, setting.nick, setting.casemapping):
        return NOTHING
    if is_nobody(line.nick):
        return NOTHING  # they would be taken for somebody who was forgotten
    ctx = Context(state, relaying.by_whom(line, memory) if line.via else line, setting, memory)
    ctx.heard = line
    if line.kind is LineKind.RENAME:
        declaring.follow_channel(ctx)
        return ctx.outcome()
    if line.kind is LineKind.REDACTION:
        timeline.hide(ctx)
        return ctx.outcome()
    if line.kind not in _SPEECH:
        leading.presence(ctx)
        if line.kind is LineKind.JOIN:
            asking.greet(ctx)
            actions.tell_due(ctx)
        return ctx.outcome()
    if is_unheard(line.text) or (setting.feeders and _is_feeder(ctx)):
        return NOTHING  # another bot's lines are remembered, never obeyed
    suspected = relaying.suspect(ctx)
    if line.via and not relaying.is_anybodys(ctx):
        return ctx.outcome()
    leading.seen(ctx)
    if timeline.go_on(ctx):
        return ctx.outcome()
    timeline.correct_word(ctx)
    for saying in _meanings(ctx):
        if (not ctx.stopped or isinstance(saying, Record | Command)) and _is_theirs(ctx, saying):
            if not suspected or isinstance(saying, Record):
                RULES.follow(ctx, saying)
            elif isinstance(saying, Command):
                relaying.refuse(ctx)
    if ctx.declared is not None:
        declaring.announce_declared(ctx, ctx.incident(ctx.declared))
    ending.tell_report_changed(ctx)
    if ctx.masked or ctx.cut:
        guarding.tell_altered(ctx)
    if line.channel:
        guarding.remark(ctx)
        prompting.prompt(ctx)
    if not (ctx.entries or ctx.replies or setting.commands_only or suspected) and line.channel:
        near_misses.meet(ctx)
    if not ctx.entries and line.channel:
        leading.heard(ctx)
        declaring.said_after(ctx)
    publishing.owe(ctx)
    searching.remind_leader(ctx)
    return ctx.outcome()


def _is_feeder(ctx: Context) -> bool:
    """Whether another bot speaks, whose lines are heard."""
    return any(ctx.same_name(ctx.line.nick, bot) for bot in ctx.setting.feeders)


def _meanings(ctx: Context) -> tuple[Saying, ...]:
    line, setting = ctx.line, ctx.setting
    here = all_open_here(ctx)
    over = None if here else over_here(ctx)
    incident = here[-1] if here else over
    said = recognise(
        line.text,
        ctx.process_of(here[0] if here else over),
        nick=setting.nick,
        prefix=setting.prefix,
        private=not line.channel,
        action=line.kind is LineKind.ACTION,
        speaker=line.nick,
        casemapping=setting.casemapping,
        holds=None if incident is None else situation_of(ctx, incident),
        few=incident is None or may_be_of_few(ctx, incident),
        known=partial(is_somebody, ctx),
    )
    if setting.commands_only:
        said = tuple(s for s in said if isinstance(s, Command | Record))
    if setting.log_numbers is not None:
        said = tuple(_in_our_numbers(s, setting) for s in said)
    return said


def _in_our_numbers(saying: Saying, setting: Setting) -> Saying:
    if isinstance(saying, Command | Record) and saying.incident is not None:
        return replace(saying, incident=setting.our_number(saying.incident))
    return saying


def _is_theirs(ctx: Context, saying: Saying) -> bool:
    """Whether the speaker may cause what a sentence asks for; otherwise the sentence
    means nothing.
    """
    act = BY_NAME.get(BY_SAYING[type(saying)].act)
    if ctx.line.via and not relaying.has_authority(ctx, saying):
        return False
    if act is None or act.by_rule or is_anyones(act.name, ctx.setting):
        return True
    named = saying.incident if isinstance(saying, Record) else None
    return ctx.may(act.name, which(ctx, named, ask=False))
