"""Being in channels: JOIN, PART, NAMES, TOPIC, INVITE, KICK, LIST."""

from __future__ import annotations

from typing import Final

from ircbot.network.server.chathistory import play_back
from ircbot.network.server.commands import CommandRow
from ircbot.network.server.message import BODY_LIMIT, IrcMessage
from ircbot.network.server.names import is_channel, matches
from ircbot.network.server.numerics import Numeric
from ircbot.network.server.state import Channel, User
from ircbot.network.server.world import ServerWorld

TOPIC_LENGTH: Final = 390


def join(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """JOIN, of one channel or several; "0" leaves all."""
    if message.target == "0":
        for channel in list(user.channels.values()):
            world.part(user, channel, "Left all channels")
        return
    keys = message.param(1).split(",")
    for index, name in enumerate(filter(None, message.target.split(","))):
        _join_one(world, user, name, keys[index] if index < len(keys) else "")


def _join_one(world: ServerWorld, user: User, name: str, key: str) -> None:
    if not is_channel(name):
        world.refuse(user, Numeric.ERR_BADCHANMASK, name)
        return
    channel = world.channel(name)
    if channel is not None and user in channel.members:
        return
    if len(user.channels) >= world.settings.channel_limit:
        world.refuse(user, Numeric.ERR_TOOMANYCHANNELS, name)
        return
    refusal = _refusal(channel, user, key) if channel else None
    if refusal is not None:
        world.refuse(user, refusal, name)
        return
    joined = world.join(user, name)
    show_new_member(world, user, joined)


def _refusal(channel: Channel, user: User, key: str) -> Numeric | None:
    """Why `user` may not come in; an invitation opens every door but a ban's."""
    if any(matches(mask, user.mask) for mask in channel.bans):
        return Numeric.ERR_BANNEDFROMCHAN
    if user in channel.invited:
        return None
    if "i" in channel.modes:
        return Numeric.ERR_INVITEONLYCHAN
    if channel.key and channel.key != key:
        return Numeric.ERR_BADCHANNELKEY
    if channel.limit and len(channel.members) >= channel.limit:
        return Numeric.ERR_CHANNELISFULL
    if "R" in channel.modes and not user.account:
        return Numeric.ERR_NEEDREGGEDNICK
    return None


def show_new_member(world: ServerWorld, user: User, channel: Channel) -> None:
    """Send `user`, who has just joined, what a server sends then."""
    if channel.topic:
        _show_topic(world, user, channel)
    _show_names(world, user, channel)
    if world.settings.playback:
        play_back(world, user, channel)


def part(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """PART, of one channel or several."""
    for name in filter(None, message.target.split(",")):
        channel = _own_channel(world, user, name)
        if channel is not None:
            world.part(user, channel, message.param(1))


def _own_channel(world: ServerWorld, user: User, name: str) -> Channel | None:
    """The channel called `name` if `user` is in it; else they are refused."""
    channel = world.channel(name)
    if channel is None:
        world.refuse(user, Numeric.ERR_NOSUCHCHANNEL, name)
        return None
    if user not in channel.members:
        world.refuse(user, Numeric.ERR_NOTONCHANNEL, channel.name)
        return None
    return channel


def may_see(user: User, channel: Channel) -> bool:
    """Whether `user` may know of `channel`."""
    return user in channel.members or "s" not in channel.modes


def names(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """NAMES."""
    for name in filter(None, message.target.split(",")):
        channel = world.channel(name)
        if channel is not None and may_see(user, channel):
            _show_names(world, user, channel)
        else:
            world.numeric(user, Numeric.RPL_ENDOFNAMES, name, "End of /NAMES list.")
    if not message.target:
        world.numeric(user, Numeric.RPL_ENDOFNAMES, "*", "End of /NAMES list.")


def _show_names(world: ServerWorld, user: User, channel: Channel) -> None:
    symbol = "@" if "s" in channel.modes else "="
    every = user.has("multi-prefix")
    entries = [
        channel.signs(member, every=every)
        + (member.mask if user.has("userhost-in-names") else member.nick)
        for member in channel.members
    ]
    overhead = f":{world.settings.name} 353 {user.nick} {symbol} {channel.name} :"
    room = BODY_LIMIT - len(overhead.encode())
    line = ""
    for entry in entries:
        if line and len(line) + 1 + len(entry) > room:
            world.numeric(user, Numeric.RPL_NAMREPLY, symbol, channel.name, line)
            line = ""
        line = f"{line} {entry}".lstrip()
    world.numeric(user, Numeric.RPL_NAMREPLY, symbol, channel.name, line)
    world.numeric(user, Numeric.RPL_ENDOFNAMES, channel.name, "End of /NAMES list.")


def topic(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """TOPIC, shown or set."""
    channel = _own_channel(world, user, message.target)
    if channel is None:
        return
    if len(message.params) == 1:
        _show_topic(world, user, channel)
    elif "t" in channel.modes and not channel.is_operator(user):
        world.refuse(user, Numeric.ERR_CHANOPRIVSNEEDED, channel.name)
    else:
        world.set_topic(user.mask, channel, message.param(1)[:TOPIC_LENGTH])


def _show_topic(world: ServerWorld, user: User, channel: Channel) -> None:
    if not channel.topic or channel.topic_at is None:
        world.numeric(user, Numeric.RPL_NOTOPIC, channel.name, "No topic is set.")
        return
    at = str(int(channel.topic_at.timestamp()))
    world.numeric(user, Numeric.RPL_TOPIC, channel.name, channel.topic)
    world.numeric(user, Numeric.RPL_TOPICWHOTIME, channel.name, channel.topic_by, at)


def invite(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """INVITE."""
    invited, name = world.user(message.target), message.param(1)
    if invited is None:
        world.refuse(user, Numeric.ERR_NOSUCHNICK, message.target)
        return
    channel = _own_channel(world, user, name)
    if channel is None:
        return
    if "i" in channel.modes and not channel.is_operator(user):
        world.refuse(user, Numeric.ERR_CHANOPRIVSNEEDED, channel.name)
    elif invited in channel.members:
        world.refuse(user, Numeric.ERR_USERONCHANNEL, invited.nick, channel.name)
    else:
        channel.invited.add(invited)
        world.numeric(user, Numeric.RPL_INVITING, invited.nick, channel.name)
        notified = [m for m in channel.members if m is not user and m.has("invite-notify")]
        event = world.event(user, "INVITE", invited.nick, channel.name)
        world.happen([invited, *notified], event)


def kick(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """KICK, of one member or several."""
    channel = _own_channel(world, user, message.target)
    if channel is None:
        return
    if not channel.is_operator(user):
        world.refuse(user, Numeric.ERR_CHANOPRIVSNEEDED, channel.name)
        return
    for nick in filter(None, message.param(1).split(",")):
        kicked = world.user(nick)
        if kicked is None:
            world.refuse(user, Numeric.ERR_NOSUCHNICK, nick)
        elif kicked not in channel.members:
            world.refuse(user, Numeric.ERR_USERNOTINCHANNEL, nick, channel.name)
        else:
            world.kick(user.mask, channel, kicked, message.param(2) or user.nick)


def list_channels(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """LIST, of all channels or of those that fit the masks."""
    masks = [mask for mask in message.target.split(",") if mask]
    world.numeric(user, Numeric.RPL_LISTSTART, "Channel", "Users Name")
    for channel in world.channels.values():
        wanted = not masks or any(matches(mask, channel.name) for mask in masks)
        if wanted and may_see(user, channel):
            members = str(len(channel.members))
            world.numeric(user, Numeric.RPL_LIST, channel.name, members, channel.topic)
    world.numeric(user, Numeric.RPL_LISTEND, "End of /LIST")


COMMANDS: Final = {
    "JOIN": CommandRow(join, least_params=1),
    "PART": CommandRow(part, least_params=1),
    "NAMES": CommandRow(names),
    "TOPIC": CommandRow(topic, least_params=1),
    "INVITE": CommandRow(invite, least_params=2),
    "KICK": CommandRow(kick, least_params=2),
    "LIST": CommandRow(list_channels),
}
