"""CAP: which extensions the server offers and a client asks for (IRCv3 capability-negotiation)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ircbot.network.server.commands import CommandRow
from ircbot.network.server.message import IrcMessage
from ircbot.network.server.numerics import Numeric
from ircbot.network.server.registration import try_to_welcome
from ircbot.network.server.state import User
from ircbot.network.server.world import ServerWorld


def cap(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """CAP LS, LIST, REQ, END."""
    subcommand = message.target.upper()
    match subcommand:
        case "LS":
            _begin(user)
            if message.param(1).isdecimal():
                user.cap_version = max(user.cap_version, int(message.param(1)))
            if user.cap_version >= 302:
                # Version 302 implies cap-notify.
                user.capabilities |= {"cap-notify"} & set(world.capabilities)
            _list(world, user, "LS", _described(world, user))
        case "LIST":
            _list(world, user, "LIST", sorted(user.capabilities))
        case "REQ":
            _begin(user)
            _request(world, user, message.param(1))
        case "END":
            user.negotiating = False
            try_to_welcome(world, user)
        case _:
            world.refuse(user, Numeric.ERR_INVALIDCAPCMD, message.target)


def _begin(user: User) -> None:
    if not user.registered:
        user.negotiating = True


def _described(world: ServerWorld, user: User) -> list[str]:
    if user.cap_version < 302:
        return list(world.capabilities)
    return [f"{name}={value}" if value else name for name, value in world.capabilities.items()]


def _list(world: ServerWorld, user: User, subcommand: str, names: Iterable[str]) -> None:
    *more, last = _lines(names, world.cap_line_room)
    for line in more if user.cap_version >= 302 else []:
        _say(world, user, subcommand, "*", line)
    if user.cap_version < 302:
        last = " ".join([*more, last])
    _say(world, user, subcommand, last)


def _lines(names: Iterable[str], room: int) -> list[str]:
    lines = [""]
    for name in names:
        if lines[-1] and len(lines[-1]) + len(name) >= room:
            lines.append("")
        lines[-1] = f"{lines[-1]} {name}".lstrip()
    return lines


def _request(world: ServerWorld, user: User, wanted: str) -> None:
    """All of it or nothing."""
    adding = {name for name in wanted.split() if not name.startswith("-")}
    removing = {name.removeprefix("-") for name in wanted.split() if name.startswith("-")}
    if not adding | removing <= world.capabilities.keys():
        _say(world, user, "NAK", wanted)
        return
    user.capabilities = (user.capabilities | adding) - removing
    _say(world, user, "ACK", wanted)


def _say(world: ServerWorld, user: User, subcommand: str, *params: str) -> None:
    world.send(user, IrcMessage("CAP", (user.called, subcommand, *params), world.settings.name))


def offer(world: ServerWorld, name: str, value: str = "") -> None:
    """Offer one more capability, and tell the clients (CAP NEW)."""
    world.capabilities[name] = value
    described = f"{name}={value}" if value else name
    for user in _notified(world):
        _say(world, user, "NEW", described)


def withdraw(world: ServerWorld, name: str) -> None:
    """Offer a capability no longer, and tell the clients (CAP DEL)."""
    world.capabilities.pop(name, None)
    for user in _notified(world):
        _say(world, user, "DEL", name)
        user.capabilities.discard(name)


def _notified(world: ServerWorld) -> list[User]:
    everyone = [*world.users.values(), *world.connecting]
    return [user for user in everyone if user.has("cap-notify")]


COMMANDS: Final = {"CAP": CommandRow(cap, least_params=1, before_registration=True)}
