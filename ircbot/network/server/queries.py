"""Asking: WHO, WHOIS, WHOWAS, USERHOST, ISON, MONITOR, LUSERS, MOTD, VERSION, TIME, INFO."""

from __future__ import annotations

from typing import Final

from ircbot.network.server import services
from ircbot.network.server.commands import CommandRow
from ircbot.network.server.message import IrcMessage
from ircbot.network.server.names import fold, is_channel, matches
from ircbot.network.server.numerics import Numeric
from ircbot.network.server.state import Channel, User
from ircbot.network.server.world import ServerWorld

MONITORED: Final = 100


def who(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """WHO and WHOX (a second parameter that begins with %)."""
    mask, options = message.target or "*", message.param(1)
    fields, _, token = options.partition("%")[2].partition(",")
    for person, channel in _found(world, user, mask):
        if fields:
            values = [
                _who_field(world, user, person, channel, token)[letter]
                for letter in _WHOX_ORDER
                if letter in fields
            ]
            world.numeric(user, Numeric.RPL_WHOSPCRPL, *values)
        else:
            values = [
                _who_field(world, user, person, channel, token)[letter] for letter in "cuhsnf"
            ]
            world.numeric(user, Numeric.RPL_WHOREPLY, *values, f"0 {person.realname}")
    world.numeric(user, Numeric.RPL_ENDOFWHO, mask, "End of /WHO list.")


_WHOX_ORDER: Final = "tcuihsnfdlaor"


def _found(world: ServerWorld, user: User, mask: str) -> list[tuple[User, Channel | None]]:
    if is_channel(mask):
        channel = world.channel(mask)
        if channel is None or ("s" in channel.modes and user not in channel.members):
            return []
        return [(member, channel) for member in channel.members]
    return [
        (person, next(iter(person.channels.values()), None))
        for person in world.users.values()
        if matches(mask, person.nick)
        or matches(mask, person.mask)
        or ("*" in mask and matches(mask, person.host))
    ]


def _who_field(
    world: ServerWorld, user: User, person: User, channel: Channel | None, token: str
) -> dict[str, str]:
    signs = channel.signs(person, every=user.has("multi-prefix")) if channel else ""
    flags = ("G" if person.away else "H") + ("B" if "B" in person.modes else "") + signs
    return {
        "t": token or "0",
        "c": channel.name if channel else "*",
        "u": person.username,
        "i": "255.255.255.255",
        "h": person.host,
        "s": person.server,
        "n": person.nick,
        "f": flags,
        "d": "0",
        "l": _idle(world, person),
        "a": person.account or "0",
        "o": "n/a",
        "r": person.realname,
    }


def _idle(world: ServerWorld, person: User) -> str:
    since = person.spoke_at or person.since
    return str(max(0, int((world.now() - since).total_seconds())))


def whois(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """WHOIS; of two parameters the second is the nick."""
    nick = message.text
    if not nick:
        world.refuse(user, Numeric.ERR_NONICKNAMEGIVEN)
        return
    person = world.user(nick)
    if person is None and services.is_service(nick):
        for numeric, *values in services.description(world):
            world.numeric(user, numeric, *values)
    elif person is None:
        world.refuse(user, Numeric.ERR_NOSUCHNICK, nick)
    else:
        _describe(world, user, person)
    world.numeric(user, Numeric.RPL_ENDOFWHOIS, nick, "End of /WHOIS list.")


def _describe(world: ServerWorld, user: User, person: User) -> None:
    nick = person.nick
    details = (nick, person.username, person.host, "*", person.realname)
    world.numeric(user, Numeric.RPL_WHOISUSER, *details)
    shown = [
        channel.signs(person, every=True) + channel.name
        for channel in person.channels.values()
        if "s" not in channel.modes or user in channel.members
    ]
    if shown:
        world.numeric(user, Numeric.RPL_WHOISCHANNELS, nick, " ".join(shown))
    world.numeric(user, Numeric.RPL_WHOISSERVER, nick, person.server, world.settings.network)
    if person.away:
        world.numeric(user, Numeric.RPL_AWAY, nick, person.away)
    if person.account:
        world.numeric(user, Numeric.RPL_WHOISACCOUNT, nick, person.account, "is logged in as")
    if "B" in person.modes:
        world.numeric(user, Numeric.RPL_WHOISBOT, nick, "is a bot")
    if person.link is not None and person.link.is_secure:
        world.numeric(user, Numeric.RPL_WHOISSECURE, nick, "is using a secure connection")
    times = (_idle(world, person), str(int(person.since.timestamp())))
    world.numeric(user, Numeric.RPL_WHOISIDLE, nick, *times, "seconds idle, signon time")


def whowas(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """WHOWAS."""
    nick = message.target
    past = [person for person in world.gone if fold(person.nick) == fold(nick)]
    for person in past:
        details = (person.nick, person.username, person.host, "*", person.realname)
        world.numeric(user, Numeric.RPL_WHOWASUSER, *details)
    if not past:
        world.refuse(user, Numeric.ERR_WASNOSUCHNICK, nick)
    world.numeric(user, Numeric.RPL_ENDOFWHOWAS, nick, "End of WHOWAS")


def userhost(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """USERHOST, of up to five."""
    people = [person for nick in message.params[:5] if (person := world.user(nick))]
    entries = (f"{p.nick}={'-' if p.away else '+'}{p.username}@{p.host}" for p in people)
    world.numeric(user, Numeric.RPL_USERHOST, " ".join(entries))


def ison(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """ISON."""
    nicks = " ".join(message.params).split()
    present = [person.nick for nick in nicks if (person := world.user(nick))]
    world.numeric(user, Numeric.RPL_ISON, " ".join(present))


def monitor(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """MONITOR + - C L S (IRCv3 monitor)."""
    nicks = [nick for nick in message.param(1).split(",") if nick]
    match message.target.upper():
        case "+":
            taken = nicks[: MONITORED - len(user.monitored)]
            user.monitored |= {fold(nick): nick for nick in taken}
            _presence(world, user, taken)
            if refused := nicks[len(taken) :]:
                limit = (str(MONITORED), ",".join(refused))
                world.refuse(user, Numeric.ERR_MONLISTFULL, *limit)
        case "-":
            for nick in nicks:
                user.monitored.pop(fold(nick), None)
        case "C":
            user.monitored.clear()
        case "S":
            _presence(world, user, list(user.monitored.values()))
        case _:
            if user.monitored:
                world.numeric(user, Numeric.RPL_MONLIST, ",".join(user.monitored.values()))
            world.numeric(user, Numeric.RPL_ENDOFMONLIST, "End of MONITOR list")


def _presence(world: ServerWorld, user: User, nicks: list[str]) -> None:
    for nick in nicks:
        person = world.user(nick)
        if person is not None:
            world.numeric(user, Numeric.RPL_MONONLINE, person.mask)
        else:
            world.numeric(user, Numeric.RPL_MONOFFLINE, nick)


def lusers(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """LUSERS."""
    people = len(world.users)
    words = f"There are {people} users and 0 invisible on 1 servers"
    world.numeric(user, Numeric.RPL_LUSERCLIENT, words)
    channels = str(len(world.channels))
    world.numeric(user, Numeric.RPL_LUSERCHANNELS, channels, "channels formed")
    world.numeric(user, Numeric.RPL_LUSERME, f"I have {people} clients and 0 servers")
    world.numeric(user, Numeric.RPL_LOCALUSERS, f"Current local users: {people}")
    world.numeric(user, Numeric.RPL_GLOBALUSERS, f"Current global users: {people}")


def motd(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """MOTD."""
    settings = world.settings
    if not settings.motd:
        world.refuse(user, Numeric.ERR_NOMOTD)
        return
    world.numeric(user, Numeric.RPL_MOTDSTART, f"- {settings.name} Message of the day - ")
    for line in settings.motd:
        world.numeric(user, Numeric.RPL_MOTD, f"- {line}")
    world.numeric(user, Numeric.RPL_ENDOFMOTD, "End of /MOTD command.")


def version(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """VERSION."""
    world.numeric(user, Numeric.RPL_VERSION, "ircbot-embedded", world.settings.name, "")


def time(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """TIME."""
    now = world.now().strftime("%Y-%m-%d %H:%M:%S UTC")
    world.numeric(user, Numeric.RPL_TIME, world.settings.name, now)


def info(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """INFO."""
    world.numeric(user, Numeric.RPL_INFO, "The IRC server that comes with ircbot.")
    world.numeric(user, Numeric.RPL_ENDOFINFO, "End of /INFO list.")


COMMANDS: Final = {
    "WHO": CommandRow(who),
    "WHOIS": CommandRow(whois),
    "WHOWAS": CommandRow(whowas, least_params=1),
    "USERHOST": CommandRow(userhost, least_params=1),
    "ISON": CommandRow(ison, least_params=1),
    "MONITOR": CommandRow(monitor, least_params=1),
    "LUSERS": CommandRow(lusers),
    "MOTD": CommandRow(motd),
    "VERSION": CommandRow(version),
    "TIME": CommandRow(time),
    "INFO": CommandRow(info),
}
