"""Executes a chat command by its row of commands.py, if the speaker may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ircbot.incident.acts import Act
from ircbot.incident.line import Reply
from ircbot.incident.people import fold
from ircbot.incident.rules import asking
from ircbot.incident.rules.commands import (
    BY_NAME,
    IncidentCommand,
    tell_unknown,
)
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.which import which
from ircbot.incident.sayings import Command
from ircbot.incident.state import FACTS, Incident

# Said to a bot that helped; not to be met with "no such command".
_COURTESIES = {"thanks", "thank", "thx", "ty", "cheers", "good", "nice", "well", "botsnack"}


def obey(ctx: Context, order: Command) -> None:
    """Execute a command; if that is not possible, tell the speaker what to type."""
    name = order.name.lower()
    if len(name) > 1 and name.endswith("?") and order.addressed and not order.arguments:
        _inquire(ctx, replace(order, name=name.rstrip("?")))
        return
    command = BY_NAME.get(name)
    if command is None:
        if name.strip("!.,:;)(") not in _COURTESIES:
            tell_unknown(ctx, name)
        return
    if not order.addressed and not _during(ctx, order):
        return
    ctx.usage, ctx.addressed = command.usage, order.addressed
    if len(order.arguments.split()) < command.words:
        if order.addressed:
            ctx.answer_usage()
        return
    act = command.act_of(order.arguments)
    if isinstance(command, IncidentCommand):
        _obey_about(ctx, command, act, order)
    elif act.by_rule or not ctx.refused(act.name, None):
        command.rule(ctx, order)


def _inquire(ctx: Context, order: Command) -> None:
    """Answer a question about a command's subject: "!inc lead?"."""
    command = BY_NAME.get(order.name)
    if command is None:
        tell_unknown(ctx, order.name)
        return
    act = command.act_of("")
    if act.name == "ask" and command.words == 0:
        obey(ctx, order)
        return
    incident = which(ctx, order.incident, ask=False)
    if incident is not None and act.name == "lead":
        asking.who_leads(ctx, incident)
    elif incident is not None and order.name in FACTS and ctx.hears(incident):
        value = incident.fact(order.name)
        ctx.answer("set", incident, what=order.name, value=value or ctx.word("unknown-fact", None))
    elif incident is not None and act.name in ("next", "channel"):
        asking.status(ctx, incident)
    else:
        ctx.answer("help", usage=ctx.typed(command.usage), help=command.help)


def _obey_about(ctx: Context, command: IncidentCommand, act: Act, order: Command) -> None:
    """Execute a command about an incident."""
    incident = which(ctx, order.incident, ask=order.addressed)
    if incident is None:
        return
    if not act.by_rule and not _allowed(ctx, incident, act, order):
        return
    if command.repeats and act.name == "ask" and not ctx.hears(incident):
        ctx.answer("talk-hidden", incident, channel=incident.channel)
    elif command.records and incident.secured:
        ctx.answer("not-recorded", incident)
    else:
        before = len(ctx.replies)
        command.rule(ctx, incident, order.arguments.strip())
        _say_where(ctx, incident, ctx.replies[before:])


def _allowed(ctx: Context, incident: Incident, act: Act, order: Command) -> bool:
    """Whether the speaker may; if they addressed the bot, they are told who may."""
    if not order.addressed:
        return ctx.may(act.name, incident)
    return not ctx.refused(act.name, incident)


def _say_where(ctx: Context, incident: Incident, replies: Sequence[Reply]) -> None:
    """Tell somebody who spoke elsewhere that the reply was posted where it belongs."""
    mapping = ctx.setting.casemapping
    places = {fold(reply.to, mapping) for reply in replies}
    near = {fold(ctx.line.channel, mapping), fold(ctx.line.nick, mapping)}
    if any(reply.network != ctx.line.network for reply in replies):
        near = set()
    if len(places) == 1 and not places & near and not replies[0].broadcast:
        ctx.answer("told-there", incident, channel=replies[0].to)


def _during(ctx: Context, order: Command) -> bool:
    """Whether there is an incident for something that was said without addressing the bot."""
    incident = which(ctx, order.incident, ask=False, over=False)
    return incident is not None and incident.status in ("open", "resolved")
