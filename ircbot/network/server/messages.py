"""Talking: PRIVMSG, NOTICE, TAGMSG, AWAY."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ircbot.network.server import services
from ircbot.network.server.commands import CommandRow
from ircbot.network.server.message import IrcMessage
from ircbot.network.server.names import is_channel, matches
from ircbot.network.server.numerics import Numeric
from ircbot.network.server.state import PREFIXES, Channel, User
from ircbot.network.server.world import ServerWorld

TARGETS: Final = 4
"""Receivers of one message (TARGMAX in 005)."""


def talk(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """PRIVMSG, NOTICE or TAGMSG. A NOTICE is never answered (RFC 1459 §4.4.2)."""
    quiet = message.command == "NOTICE"
    if not message.target:
        if not quiet:
            world.refuse(user, Numeric.ERR_NORECIPIENT)
        return
    if message.command != "TAGMSG" and not message.param(1):
        if not quiet:
            world.refuse(user, Numeric.ERR_NOTEXTTOSEND)
        return
    targets = [target for target in message.target.split(",") if target]
    if len(targets) > TARGETS:
        world.refuse(user, Numeric.ERR_TOOMANYTARGETS, targets[TARGETS])
    user.spoke_at = world.now()
    for target in targets[:TARGETS]:
        said = _as_seen(world, user, message, target)
        if is_channel(target.lstrip("@+")):
            _to_channel(world, user, said, quiet=quiet)
        else:
            _to_user(world, user, said, quiet=quiet)


def _as_seen(world: ServerWorld, user: User, message: IrcMessage, target: str) -> IrcMessage:
    """What the receivers will see: server's tags, and of the client's only those with a +."""
    tags = world.tags_of(user) | {"msgid": world.new_msgid()}
    tags |= {name: value for name, value in message.tags.items() if name.startswith("+")}
    text = message.params[1:2] if message.command != "TAGMSG" else ()
    return IrcMessage(message.command, (target, *text), user.mask, tags)


def _to_channel(world: ServerWorld, user: User, said: IrcMessage, *, quiet: bool) -> None:
    name = said.target.lstrip("@+")
    sign = said.target[: len(said.target) - len(name)][:1]
    channel = world.channel(name)
    if channel is None:
        if not quiet:
            world.refuse(user, Numeric.ERR_NOSUCHCHANNEL, name)
        return
    if not _may_talk(channel, user):
        if not quiet:
            world.refuse(user, Numeric.ERR_CANNOTSENDTOCHAN, channel.name)
        return
    said = replace(said, params=(sign + channel.name, *said.params[1:]))
    ranks = [rank for rank, shown in PREFIXES.items() if shown <= sign] if sign else []
    receivers = [
        member
        for member in channel.members
        if member is not user
        and (not ranks or channel.members[member] & set(ranks))
        and _understands(member, said)
    ]
    _echo(world, user, said)
    world.happen(receivers, said)
    if said.command != "TAGMSG" and not sign:
        world.history.add(channel.name, said)


def _may_talk(channel: Channel, user: User) -> bool:
    member = user in channel.members
    if "n" in channel.modes and not member:
        return False
    if channel.members.get(user):
        return True
    banned = any(matches(mask, user.mask) for mask in channel.bans)
    return not banned and "m" not in channel.modes


def _to_user(world: ServerWorld, user: User, said: IrcMessage, *, quiet: bool) -> None:
    if services.is_service(said.target):
        _echo(world, user, said)
        if said.command == "PRIVMSG":
            services.answer(world, user, said.text)
        return
    receiver = world.user(said.target)
    if receiver is None:
        if not quiet:
            world.refuse(user, Numeric.ERR_NOSUCHNICK, said.target)
        return
    said = replace(said, params=(receiver.nick, *said.params[1:]))
    _echo(world, user, said)
    world.happen([receiver] if _understands(receiver, said) else [], said)
    if receiver.away and said.command == "PRIVMSG":
        world.numeric(user, Numeric.RPL_AWAY, receiver.nick, receiver.away)


def _understands(receiver: User, said: IrcMessage) -> bool:
    return said.command != "TAGMSG" or receiver.has("message-tags")


def _echo(world: ServerWorld, user: User, said: IrcMessage) -> None:
    if user.has("echo-message") and _understands(user, said):
        world.send(user, said)


def away(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """AWAY, with a reason or back again."""
    world.set_away(user, message.text[:300])
    if user.away:
        world.numeric(user, Numeric.RPL_NOWAWAY, "You have been marked as being away")
    else:
        world.numeric(user, Numeric.RPL_UNAWAY, "You are no longer marked as being away")


def setname(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """SETNAME (IRCv3 setname)."""
    world.set_realname(user, message.target)


def nickserv(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """NICKSERV and NS, short for a PRIVMSG to NickServ."""
    services.answer(world, user, " ".join(message.params))


COMMANDS: Final = {
    "PRIVMSG": CommandRow(talk),
    "NOTICE": CommandRow(talk),
    "TAGMSG": CommandRow(talk),
    "AWAY": CommandRow(away),
    "SETNAME": CommandRow(setname, least_params=1),
    "NICKSERV": CommandRow(nickserv, least_params=1),
    "NS": CommandRow(nickserv, least_params=1),
}
