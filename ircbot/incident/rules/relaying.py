"""People who speak through a relay, and unconfigured nicks that seem to be relays."""

from __future__ import annotations

import re
from functools import partial

from ircbot.incident.acts import includes
from ircbot.incident.common import COMMON
from ircbot.incident.line import Line
from ircbot.incident.meanings import BY_SAYING
from ircbot.incident.memory import Memory
from ircbot.incident.relays import LOOKED_AT, RELAYMSG, continued, is_by_itself, quoted, seems_relay
from ircbot.incident.rules.commands import BY_NAME
from ircbot.incident.rules.context import Context
from ircbot.incident.sayings import Command, Saying
from ircbot.incident.shapes import command_in, read_entry


def by_whom(line: Line, memory: Memory) -> Line:
    """A relay's own line as its author's, if the relay's earlier lines tell who that is."""
    if not is_by_itself(line) or not line.channel:
        return line
    said = memory.said(line.channel, line.network, before=line)
    return continued(line, [one for one in said if one.via == line.via])


def is_anybodys(ctx: Context) -> bool:
    """Whether a line may make the bot act: not what a relay says by itself, nor what relayed people
    without rights say. It is remembered all the same, so that others can promote it.
    """
    line = ctx.line
    return not line.via or (not is_by_itself(line) and ctx.setting.authority(line) != "none")


def has_authority(ctx: Context, saying: Saying) -> bool:
    """Whether a relayed speaker may; if they gave a command, they are told why not."""
    act = BY_SAYING[type(saying)].act
    if isinstance(saying, Command):
        command = BY_NAME.get(saying.name.lower())
        act = command.act_of(saying.arguments).name if command is not None else "ask"
    allowed = includes(ctx.setting.authority(ctx.line), act)
    if not allowed and isinstance(saying, Command):
        ctx.answer("relayed-entries", via=ctx.line.via)
    return allowed


def suspect(ctx: Context) -> bool:
    """Whether the speaker seems to be an unconfigured relay. The operators are told, and also of a
    nick that twice says what would have been obeyed from its authors.
    """
    line = ctx.line
    if line.via:
        if line.relayed_by and ctx.setting.authority(line) == "none":
            _tell(ctx, line.relayed_by, RELAYMSG)
        return False
    if not line.channel:
        return False
    before = partial(ctx.said, line.channel, line.network, nick=line.nick)
    form = seems_relay(line, before, partial(_is_known, ctx))
    asking = not form and _is_asking(ctx, line)
    if asking and any(_is_asking(ctx, one) for one in before(last=LOOKED_AT)):
        _tell(ctx, line.nick, "angles")
    elif form:
        _tell(ctx, line.nick, form)
    return bool(form)


def refuse(ctx: Context) -> None:
    """Say that a command is not obeyed because its speaker seems to be a relay."""
    ctx.answer("relay-refused")


def _is_asking(ctx: Context, line: Line) -> bool:
    """Whether a line quotes somebody's entry or command, as bridges do."""
    if "<" not in line.text or not (text := quoted(line.text)):
        return False
    is_command = command_in(text, ctx.setting.prefix) is not None
    return is_command or read_entry(text, ctx.language) is not None


def _is_known(ctx: Context, name: str) -> bool:
    """Whether somebody in the channel has that name on IRC, or it is a word used before a colon."""
    word = name.lower()
    if word in BY_NAME or word in COMMON or re.match(r"\W*tl\b", word):
        return True
    channel, network = ctx.line.channel, ctx.line.network
    spoke = ctx.said(channel, network, nick=name)
    here = ctx.setting.presence.is_in(name, channel, network)
    return bool(here) or any(not line.via for line in spoke)


def _tell(ctx: Context, nick: str, form: str) -> None:
    line, table = ctx.line, f"networks.{ctx.line.network}" if ctx.line.network else "irc"
    keys = {"nick": nick, "format": form, "network": "NAME", "authority": "entries"}
    if line.account:
        keys["account"] = line.account
    told = ", ".join(f"{key} = {_quoted(value)}" for key, value in keys.items())
    ctx.tell_operators(
        ctx.word("relay-unknown", None, nick=nick, channel=line.channel, table=table, keys=told)
    )


def _quoted(name: str) -> str:
    """A name in TOML's notation; nicks may have backslashes."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
