"""How a client comes, stays and goes: PASS, NICK, USER, the welcome, PING, QUIT."""

from __future__ import annotations

import re
from typing import Final

from ircbot.network.server.commands import CommandRow
from ircbot.network.server.message import IrcMessage
from ircbot.network.server.modes import CHANNEL_MODES, USER_MODES
from ircbot.network.server.names import CHANNEL_LENGTH, is_nick
from ircbot.network.server.numerics import Numeric
from ircbot.network.server.queries import lusers, motd
from ircbot.network.server.services import is_service
from ircbot.network.server.state import User
from ircbot.network.server.world import ServerWorld

VERSION: Final = "ircbot-embedded"
USERNAME_LENGTH: Final = 20


def password(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """PASS."""
    if user.registered:
        world.refuse(user, Numeric.ERR_ALREADYREGISTERED)
    else:
        user.password = message.target


def nick(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """NICK, at registration or later."""
    wanted = message.target
    if not wanted:
        world.refuse(user, Numeric.ERR_NONICKNAMEGIVEN)
        return
    if is_service(wanted) or not is_nick(wanted, world.settings.nick_length):
        world.refuse(user, Numeric.ERR_ERRONEUSNICKNAME, wanted)
        return
    if world.user(wanted) not in (None, user):
        world.refuse(user, Numeric.ERR_NICKNAMEINUSE, wanted)
        return
    if wanted != user.nick:
        world.rename(user, wanted)
    try_to_welcome(world, user)


def user_details(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """USER."""
    if user.registered:
        world.refuse(user, Numeric.ERR_ALREADYREGISTERED)
        return
    name = re.sub(r"[^A-Za-z0-9~._\[\]\\`^{|}-]", "", message.target)
    user.username = name[:USERNAME_LENGTH] or "user"
    user.realname = message.param(3)
    try_to_welcome(world, user)


def try_to_welcome(world: ServerWorld, user: User) -> None:
    """Register `user` if everything is there and nothing is being negotiated."""
    if user.registered or user.negotiating or not (user.nick and user.username):
        return
    if user.link is not None and world.settings.password not in ("", user.password):
        world.refuse(user, Numeric.ERR_PASSWDMISMATCH)
        user.link.close("Access denied: wrong server password")
        return
    if world.user(user.nick) is not None:
        # Somebody else was faster while this client negotiated.
        world.refuse(user, Numeric.ERR_NICKNAMEINUSE, user.nick)
        user.nick = ""
        return
    world.welcome(user)
    _greet(world, user)


def _greet(world: ServerWorld, user: User) -> None:
    settings = world.settings
    created = world.created.strftime("%Y-%m-%d %H:%M:%S UTC")
    welcome = f"Welcome to the {settings.network} IRC Network {user.mask}"
    modes = "".join(sorted(CHANNEL_MODES))
    world.numeric(user, Numeric.RPL_WELCOME, welcome)
    world.numeric(user, Numeric.RPL_YOURHOST, f"Your host is {settings.name}, running {VERSION}")
    world.numeric(user, Numeric.RPL_CREATED, f"This server was created {created}")
    world.numeric(user, Numeric.RPL_MYINFO, settings.name, VERSION, USER_MODES, modes)
    tokens = isupport(world)
    for start in range(0, len(tokens), 12):
        words = "are supported by this server"
        world.numeric(user, Numeric.RPL_ISUPPORT, *tokens[start : start + 12], words)
    lusers(world, user, IrcMessage("LUSERS"))
    motd(world, user, IrcMessage("MOTD"))


def isupport(world: ServerWorld) -> list[str]:
    """The tokens of 005; those of the settings come last and so count."""
    settings = world.settings
    tokens = [
        "AWAYLEN=300",
        "BOT=B",
        "CASEMAPPING=rfc1459",
        f"CHANLIMIT=#:{settings.channel_limit}",
        "CHANMODES=b,k,l,Rimnst",
        f"CHANNELLEN={CHANNEL_LENGTH}",
        "CHANTYPES=#",
        "ELIST=",
        "KICKLEN=300",
        "MAXLIST=b:100",
        "MODES=20",
        "MONITOR=100",
        f"NETWORK={settings.network}",
        f"NICKLEN={settings.nick_length}",
        "PREFIX=(ov)@+",
        "STATUSMSG=@+",
        "TARGMAX=NAMES:,LIST:,KICK:1,WHOIS:1,PRIVMSG:4,NOTICE:4,JOIN:,PART:",
        "TOPICLEN=390",
        f"USERLEN={USERNAME_LENGTH}",
        "WHOX",
    ]
    if "draft/chathistory" in world.capabilities:
        tokens += [f"CHATHISTORY={settings.history_limit}", "MSGREFTYPES=msgid,timestamp"]
    return [*tokens, *settings.isupport]


def ping(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """PING."""
    if not message.params:
        world.refuse(user, Numeric.ERR_NOORIGIN)
        return
    params = (world.settings.name, message.target)
    world.send(user, IrcMessage("PONG", params, world.settings.name))


def pong(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """PONG: that it came is all there is to know."""


def leave(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """QUIT."""
    reason = f"Quit: {message.text}" if message.params else "Client Quit"
    world.quit(user, reason)
    if user.link is not None:
        user.link.close(reason)


COMMANDS: Final = {
    "PASS": CommandRow(password, least_params=1, before_registration=True),
    "NICK": CommandRow(nick, before_registration=True),
    "USER": CommandRow(user_details, least_params=4, before_registration=True),
    "PING": CommandRow(ping, before_registration=True),
    "PONG": CommandRow(pong, before_registration=True),
    "QUIT": CommandRow(leave, before_registration=True),
}
