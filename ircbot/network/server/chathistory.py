"""CHATHISTORY: giving back what was said (IRCv3 draft/chathistory), and playback on join."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ircbot.network.server.commands import CommandRow
from ircbot.network.server.message import IrcMessage
from ircbot.network.server.numerics import Numeric
from ircbot.network.server.state import Channel, User
from ircbot.network.server.world import ServerWorld


class BadReferenceError(ValueError):
    """A message reference that is neither msgid= nor timestamp=, nor * where that is allowed."""


def chathistory(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """CHATHISTORY LATEST, BEFORE, AFTER, AROUND, BETWEEN, TARGETS."""
    if "draft/chathistory" not in world.capabilities:
        world.refuse(user, Numeric.ERR_UNKNOWNCOMMAND, message.command)
        return
    subcommand, *args = message.params
    subcommand = subcommand.upper()
    if len(args) != _ARGUMENTS.get(subcommand, len(args)):
        text = f"{subcommand} takes {_ARGUMENTS[subcommand]} parameters"
        world.fail(user, "CHATHISTORY", "INVALID_PARAMS", subcommand, text=text)
    elif subcommand not in _ARGUMENTS:
        text = "Unknown subcommand"
        world.fail(user, "CHATHISTORY", "INVALID_PARAMS", subcommand, text=text)
    elif not args[-1].isdecimal():
        text = "The limit is no number"
        world.fail(user, "CHATHISTORY", "INVALID_PARAMS", subcommand, text=text)
    else:
        limit = min(int(args[-1]), world.settings.history_limit)
        try:
            if subcommand == "TARGETS":
                _targets(world, user, args[0], args[1], limit)
            else:
                _messages(world, user, subcommand, args[0], args[1:-1], limit)
        except BadReferenceError as error:
            text = f"Bad message reference {error}"
            world.fail(user, "CHATHISTORY", "INVALID_PARAMS", subcommand, text=text)


_ARGUMENTS: Final = {
    "LATEST": 3,
    "BEFORE": 3,
    "AFTER": 3,
    "AROUND": 3,
    "BETWEEN": 4,
    "TARGETS": 3,
}


def _messages(
    world: ServerWorld, user: User, subcommand: str, target: str, references: list[str], limit: int
) -> None:
    channel = world.channel(target)
    if channel is None or user not in channel.members:
        text = "Messages could not be retrieved"
        world.fail(user, "CHATHISTORY", "INVALID_TARGET", subcommand, target, text=text)
        return
    found = select(world.history.of(channel.name), subcommand, references, limit)
    send_batch(world, user, channel.name, found)


def select(
    said: list[IrcMessage], subcommand: str, references: list[str], limit: int
) -> list[IrcMessage]:
    """The messages of `said` (oldest first) that the subcommand asks for, oldest first."""
    if limit == 0:
        return []
    if subcommand == "LATEST" and references == ["*"]:
        return said[-limit:]
    first = references[0]
    match subcommand:
        case "LATEST":
            return _after(said, first)[-limit:]
        case "BEFORE":
            return _before(said, first)[-limit:]
        case "AFTER":
            return _after(said, first)[:limit]
        case "AROUND":
            before = _before(said, first)
            start = max(0, len(before) - limit // 2)
            return said[start : start + limit]
        case _:
            one, other = first, references[1]
            if len(_before(said, one)) <= len(_before(said, other)):
                return [m for m in _after(said, one) if m in _before(said, other)][:limit]
            return [m for m in _before(said, one) if m in _after(said, other)][-limit:]


def _before(said: list[IrcMessage], reference: str) -> list[IrcMessage]:
    name, value = _parse(reference)
    if name == "timestamp":
        return [message for message in said if message.tags["time"] < value]
    found = _position(said, value)
    return [] if found is None else said[:found]


def _after(said: list[IrcMessage], reference: str) -> list[IrcMessage]:
    name, value = _parse(reference)
    if name == "timestamp":
        return [message for message in said if message.tags["time"] > value]
    found = _position(said, value)
    return [] if found is None else said[found + 1 :]


def _parse(reference: str) -> tuple[str, str]:
    name, _, value = reference.partition("=")
    if name not in ("msgid", "timestamp") or not value:
        raise BadReferenceError(reference)
    return name, value


def _position(said: list[IrcMessage], msgid: str) -> int | None:
    ids = [message.tags["msgid"] for message in said]
    return ids.index(msgid) if msgid in ids else None


def _targets(world: ServerWorld, user: User, one: str, other: str, limit: int) -> None:
    since, until = sorted(_time_of(reference) for reference in (one, other))
    times = world.history.last_times()
    found = [
        (times[folded], channel.name)
        for folded, channel in user.channels.items()
        if since < times.get(folded, "") < until
    ]
    with world.batch(user, "draft/chathistory-targets") as tags:
        for time, name in sorted(found)[:limit]:
            params = ("TARGETS", name, time)
            world.send(user, IrcMessage("CHATHISTORY", params, world.settings.name, tags))


def _time_of(reference: str) -> str:
    name, value = _parse(reference)
    if name != "timestamp":
        raise BadReferenceError(reference)
    return value


def send_batch(world: ServerWorld, user: User, channel: str, said: list[IrcMessage]) -> None:
    """Send old messages, each with its own time, as a chathistory batch where that is known."""
    with world.batch(user, "chathistory", channel) as tags:
        for message in said:
            world.send(user, replace(message, tags=dict(message.tags) | tags))


def play_back(world: ServerWorld, user: User, channel: Channel) -> None:
    """Send the last messages to somebody who has just joined, as InspIRCd does in a +H channel.

    Without batches and server times they would pass for new; a notice then announces them.
    """
    said = world.history.of(channel.name)[-world.settings.playback :]
    if not said:
        return
    if not (user.has("batch") and user.has("server-time")):
        words = f"Replaying up to {len(said)} lines of pre-join history"
        source = world.settings.name
        world.send(user, IrcMessage("NOTICE", (channel.name, words), source))
    send_batch(world, user, channel.name, said)


COMMANDS: Final = {"CHATHISTORY": CommandRow(chathistory, least_params=1)}
