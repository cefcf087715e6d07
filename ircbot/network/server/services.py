"""NickServ, as small as will do: IDENTIFY, LOGOUT, GHOST, REGAIN and RELEASE.

Answers in the words of Atheme. An account's name is also the nick it may free from others.
"""

from __future__ import annotations

from typing import Final

from ircbot.network.server.names import fold
from ircbot.network.server.numerics import Numeric
from ircbot.network.server.state import User
from ircbot.network.server.world import ServerWorld

NICKSERV: Final = "NickServ"
_HOST: Final = "services.localhost"
_SOURCE: Final = f"{NICKSERV}!{NICKSERV}@{_HOST}"


def is_service(nick: str) -> bool:
    """Whether a message to `nick` is for the services; "NickServ@host" is as good."""
    return fold(nick.partition("@")[0]) == fold(NICKSERV)


def description(world: ServerWorld) -> tuple[tuple[Numeric, *tuple[str, ...]], ...]:
    """What WHOIS says of NickServ: each numeric with its parameters."""
    return (
        (Numeric.RPL_WHOISUSER, NICKSERV, NICKSERV, _HOST, "*", "Nickname Services"),
        (Numeric.RPL_WHOISSERVER, NICKSERV, _HOST, world.settings.network),
        (Numeric.RPL_WHOISOPERATOR, NICKSERV, "is a Network Service"),
    )


def answer(world: ServerWorld, user: User, text: str) -> None:
    """Do what `text` asks of NickServ, and say so."""
    command, *args = text.split() or [""]
    match command.upper(), args:
        case "IDENTIFY", [password]:
            _identify(world, user, user.nick, password)
        case "IDENTIFY", [account, password]:
            _identify(world, user, account, password)
        case "LOGOUT", []:
            world.log_in(user, "")
            world.notice(user, _SOURCE, "You have been logged out.")
        case "GHOST" | "REGAIN" | "RELEASE", [nick, *password]:
            _free(world, user, command.upper(), nick, password)
        case _:
            words = f"Invalid command. {NICKSERV} knows IDENTIFY, LOGOUT, GHOST, REGAIN, RELEASE."
            world.notice(user, _SOURCE, words)


def _identify(world: ServerWorld, user: User, account: str, password: str) -> None:
    known = account_called(world, account)
    if known is None:
        world.notice(user, _SOURCE, f"\x02{account}\x02 is not a registered nickname.")
    elif world.settings.accounts[known] != password:
        world.notice(user, _SOURCE, f"Invalid password for \x02{known}\x02.")
    else:
        world.log_in(user, known)
        world.notice(user, _SOURCE, f"You are now identified for \x02{known}\x02.")


def account_called(world: ServerWorld, name: str) -> str | None:
    """The account that is called `name`, in any spelling."""
    return next((known for known in world.settings.accounts if fold(known) == fold(name)), None)


def _free(world: ServerWorld, user: User, command: str, nick: str, password: list[str]) -> None:
    owner = account_called(world, nick)
    right = owner is not None and (
        fold(user.account) == fold(owner) or password == [world.settings.accounts[owner]]
    )
    if not right:
        world.notice(user, _SOURCE, f"You cannot {command.lower()} \x02{nick}\x02.")
        return
    holder = world.user(nick)
    if holder is not None and holder is not user:
        reason = f"{command} command used by {user.nick}"
        world.quit(holder, f"Killed ({NICKSERV} ({reason}))")
        if holder.link is not None:
            holder.link.close(f"Killed ({NICKSERV} ({reason}))")
    world.notice(user, _SOURCE, f"\x02{nick}\x02 has been {_DONE[command]}.")
    if command == "REGAIN" and user.nick != nick:
        world.rename(user, nick)


_DONE: Final = {"GHOST": "ghosted", "REGAIN": "regained", "RELEASE": "released"}
