"""MODE, of channels and of users."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ircbot.network.server.commands import CommandRow
from ircbot.network.server.message import IrcMessage
from ircbot.network.server.names import fold, full_mask, is_channel
from ircbot.network.server.numerics import Numeric
from ircbot.network.server.state import PREFIXES, Ban, Channel, User
from ircbot.network.server.world import ServerWorld

FLAGS: Final = "Rimnst"
"""Channel modes without an argument; R lets in only who is logged in."""

CHANNEL_MODES: Final = FLAGS + "bklov"
USER_MODES: Final = "Biw"
_NEEDS_ARGUMENT: Final = {"+": "bklov", "-": "bkov"}
BANS_KEPT: Final = 100
KEY_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class ModeChange:
    """One letter of a MODE command."""

    sign: str
    mode: str
    argument: str | None = None


def changes_in(
    letters: str, arguments: tuple[str, ...], takes: dict[str, str]
) -> Iterator[ModeChange]:
    """The changes in "+o-v", each with its argument where the mode takes one and it is there."""
    rest = iter(arguments)
    sign = "+"
    for letter in letters:
        if letter in "+-":
            sign = letter
        else:
            yield ModeChange(sign, letter, next(rest, None) if letter in takes[sign] else None)


def written(changes: list[ModeChange]) -> tuple[str, list[str]]:
    """Changes as letters and arguments: "+ov-n", ["a", "b"]."""
    letters, sign = "", ""
    for change in changes:
        letters += (change.sign if change.sign != sign else "") + change.mode
        sign = change.sign
    return letters, [change.argument for change in changes if change.argument is not None]


def mode(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """MODE."""
    if not is_channel(message.target):
        _user_mode(world, user, message)
        return
    channel = world.channel(message.target)
    if channel is None:
        world.refuse(user, Numeric.ERR_NOSUCHCHANNEL, message.target)
    elif len(message.params) == 1:
        _show(world, user, channel)
    else:
        _change(world, user, channel, message)


def _show(world: ServerWorld, user: User, channel: Channel) -> None:
    letters, arguments = "".join(sorted(channel.modes)), []
    if channel.key:
        letters += "k"
        arguments.append(channel.key if user in channel.members else "*")
    if channel.limit:
        letters += "l"
        arguments.append(str(channel.limit))
    world.numeric(user, Numeric.RPL_CHANNELMODEIS, channel.name, f"+{letters}", *arguments)
    created = str(int(channel.created.timestamp()))
    world.numeric(user, Numeric.RPL_CREATIONTIME, channel.name, created)


def _change(world: ServerWorld, user: User, channel: Channel, message: IrcMessage) -> None:
    done = []
    for change in changes_in(message.param(1), message.params[2:], _NEEDS_ARGUMENT):
        if change.mode == "b" and change.argument is None:
            _show_bans(world, user, channel)
        elif change.mode not in CHANNEL_MODES:
            world.refuse(user, Numeric.ERR_UNKNOWNMODE, change.mode)
        elif not channel.is_operator(user):
            world.refuse(user, Numeric.ERR_CHANOPRIVSNEEDED, channel.name)
            break
        else:
            made = _apply(world, user, channel, change)
            if made is not None:
                done.append(made)
    if done:
        letters, arguments = written(done)
        world.show_modes(user.mask, channel, letters, *arguments)


def _apply(
    world: ServerWorld, user: User, channel: Channel, change: ModeChange
) -> ModeChange | None:
    """Make `change`; what was really changed, None if nothing was."""
    adding = change.sign == "+"
    match change.mode:
        case "o" | "v":
            return _rank(world, user, channel, change)
        case "b":
            return _ban(world, user, channel, change)
        case "k" if adding:
            key = (change.argument or "").replace(",", "")[:KEY_LENGTH]
            if not key or key == channel.key:
                return None
            channel.key = key
            return ModeChange("+", "k", key)
        case "k":
            had, channel.key = channel.key, ""
            return ModeChange("-", "k", had) if had else None
        case "l" if adding:
            limit = _number(change.argument)
            if limit in (0, channel.limit):
                return None
            channel.limit = limit
            return ModeChange("+", "l", str(limit))
        case "l":
            had_limit, channel.limit = channel.limit, 0
            return ModeChange("-", "l") if had_limit else None
        case flag if (flag in channel.modes) is adding:
            return None
        case flag:
            channel.modes ^= {flag}
            return ModeChange(change.sign, flag)


def _number(text: str | None) -> int:
    """The positive number in `text`, else 0."""
    return int(text) if text is not None and text.isascii() and text.isdecimal() else 0


def _rank(
    world: ServerWorld, user: User, channel: Channel, change: ModeChange
) -> ModeChange | None:
    if not change.argument:
        return None
    member = world.user(change.argument)
    if member is None:
        world.refuse(user, Numeric.ERR_NOSUCHNICK, change.argument)
        return None
    if member not in channel.members:
        world.refuse(user, Numeric.ERR_USERNOTINCHANNEL, member.nick, channel.name)
        return None
    return set_rank(channel, member, change.sign, change.mode)


def set_rank(channel: Channel, member: User, sign: str, rank: str) -> ModeChange | None:
    """Give `member` a rank or take it; None if that changes nothing."""
    ranks = channel.members[member]
    if rank not in PREFIXES or (rank in ranks) is (sign == "+"):
        return None
    ranks ^= {rank}
    return ModeChange(sign, rank, member.nick)


def _ban(world: ServerWorld, user: User, channel: Channel, change: ModeChange) -> ModeChange | None:
    mask = full_mask(change.argument or "*")
    folded = fold(mask)
    if (folded in channel.bans) is (change.sign == "+"):
        return None
    if change.sign == "-":
        del channel.bans[folded]
    elif len(channel.bans) >= BANS_KEPT:
        world.refuse(user, Numeric.ERR_BANLISTFULL, channel.name, "b")
        return None
    else:
        channel.bans[folded] = Ban(mask, user.nick, world.now())
    return ModeChange(change.sign, "b", mask)


def _show_bans(world: ServerWorld, user: User, channel: Channel) -> None:
    for ban in channel.bans.values():
        at = str(int(ban.at.timestamp()))
        world.numeric(user, Numeric.RPL_BANLIST, channel.name, ban.mask, ban.by, at)
    world.numeric(user, Numeric.RPL_ENDOFBANLIST, channel.name, "End of channel ban list")


def _user_mode(world: ServerWorld, user: User, message: IrcMessage) -> None:
    if world.user(message.target) is not user:
        known = world.user(message.target)
        if known is None:
            world.refuse(user, Numeric.ERR_NOSUCHNICK, message.target)
        else:
            world.refuse(user, Numeric.ERR_USERSDONTMATCH)
        return
    if len(message.params) == 1:
        world.numeric(user, Numeric.RPL_UMODEIS, "+" + "".join(sorted(user.modes)))
        return
    done, unknown = [], False
    for change in changes_in(message.param(1), (), {"+": "", "-": ""}):
        if change.mode not in USER_MODES:
            unknown = True
        elif (change.mode in user.modes) is not (change.sign == "+"):
            user.modes ^= {change.mode}
            done.append(change)
    if unknown:
        world.refuse(user, Numeric.ERR_UMODEUNKNOWNFLAG)
    if done:
        letters, _ = written(done)
        world.send(user, world.event(user, "MODE", user.nick, letters))


COMMANDS: Final = {"MODE": CommandRow(mode, least_params=1)}
