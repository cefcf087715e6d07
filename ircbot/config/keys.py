"""Every key of config.toml: its kind, its default, and its description.

The one table from which a configuration is checked, the example file is written and `ircbot init`
works. Builds nothing from the values; that is reading.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta, tzinfo
from typing import Any

from ircbot.hosts import is_loopback
from ircbot.incident.acts import ACTS, AUTHORITIES
from ircbot.incident.occasions import WHENS
from ircbot.incident.relays import FORMATS as RELAY_FORMATS
from ircbot.incident.relays import is_format
from ircbot.report import EDITIONS, FORMATS
from ircbot.tables import FLAG, SPAN, Keys, Kind, of_type, read_span
from ircbot.values import dataclass
from ircbot.zones import zone_named

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `default` is written as in TOML; None if there is none.

    `sample` is what the example shows if that is not the default. A `required` key is shown as set.
    A secret may also come from a file (`NAME_file`) or from the environment.
    """

    name: str
    kind: Kind
    default: Any = None
    about: str = ""
    sample: Any = None
    required: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class ConfigSection:
    """A table of the file.

    A `named` section holds tables that the user names, and gives a name for the example. A `many`
    section is an array of tables: [[irc.relays]]. An `optional` section has an effect by being
    present. `shown` are the keys that the example shows here because the others are shown
    elsewhere; () for all. With `further`, other keys are allowed: the part of the program that uses
    the section checks them.
    """

    name: str
    about: str = ""
    keys: tuple[Key, ...] = ()
    sections: tuple[ConfigSection, ...] = ()
    named: str = ""
    many: bool = False
    optional: bool = False
    shown: tuple[str, ...] = ()
    further: bool = False


def written_keys(section: ConfigSection) -> Iterator[Key]:
    """The keys as the file may have them: a secret may be given as the path of a file."""
    for key in section.keys:
        yield key
        if key.secret:
            yield Key(f"{key.name}_file", PATH)


def variable(place: Keys) -> str:
    """The environment variable that may hold the secret at `place`.

    >>> variable(("irc", "sasl", "password"))
    'IRCBOT_IRC_SASL_PASSWORD'
    """
    return "IRCBOT_" + "_".join(
        re.sub(r"[^A-Z0-9]+", "_", str(part).upper()).strip("_") for part in place
    )


# --- kinds ------------------------------------------------------------------------------------


def _matching(pattern: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError
        return value

    return read


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise ValueError
        return value

    return read


def _host(value: Any) -> str:
    if isinstance(value, str) and ":" in value:
        from ipaddress import ip_address

        return str(ip_address(value))
    return _matching(r"[^\s:/\[\]]+")(value)


def _address(value: Any) -> str:
    from ipaddress import ip_address

    return str(ip_address(of_type(str)(value)))


def _server(value: Any) -> tuple[str, int | None]:
    """A host and its port, None if no port is given."""
    found = re.fullmatch(r"\[([0-9A-Fa-f:]+)\](?::(\d{1,5}))?|([^\s:/\[\]]+)(?::(\d{1,5}))?", value)
    if not found:
        raise ValueError
    six, six_port, host, host_port = found.groups()
    port = six_port or host_port
    return _host(six or host), _whole(1, 65535)(int(port)) if port else None


def _loopback(value: Any) -> tuple[str, int]:
    host, port = _server(value)
    if port is None or not is_loopback(host):
        raise ValueError
    return host, port


def _listen(value: Any) -> tuple[str, int]:
    host, port = _server(value)
    if port is None:
        raise ValueError
    return host, port


def _addresses(value: Any) -> str:
    from ipaddress import ip_network

    return str(ip_network(of_type(str)(value)))


def _above_zero(value: Any) -> float:
    number = float(of_type(int, float)(value))
    if not 0 < number < float("inf"):
        raise ValueError
    return number


def _many(read_one: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError
        return tuple(read_one(item) for item in value)

    return read


def _zone(value: Any) -> tzinfo:
    zone = zone_named(value) if isinstance(value, str) else None
    if zone is None:
        raise ValueError
    return zone


def _span_or_ever(value: Any) -> timedelta | None:
    return None if value == "forever" else read_span(value)


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _weekday(value: Any) -> int:
    return _DAYS.index(value)


def _format(value: Any) -> str:
    if not isinstance(value, str) or not is_format(value):
        raise ValueError
    return value


def _hours(value: Any) -> tuple[int, int]:
    begin, end = _many(_whole(0, 24))(value)
    if begin >= end:
        raise ValueError
    return begin, end


def _day(value: Any) -> str:
    return (value if type(value) is date else date.fromisoformat(of_type(str)(value))).isoformat()


def _names(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise ValueError
    return dict(value)


def _fingerprint(value: Any) -> str:
    digits = of_type(str)(value).replace(":", "").lower()
    return _matching("[0-9a-f]{64}")(digits)


def one_of(*choices: str) -> Kind:
    """A kind: one of a few words."""
    return Kind(
        "one of " + ", ".join(f'"{word}"' for word in choices), _matching("|".join(choices))
    )


def some_of(*choices: str) -> Kind:
    """A kind: one of a few words, or a list of them."""
    read_one = _matching("|".join(choices))

    def read(value: Any) -> tuple[str, ...]:
        if value == []:
            raise ValueError
        return _many(read_one)(value if isinstance(value, list) else [value])

    words = ", ".join(f'"{word}"' for word in choices)
    return Kind(f"one of {words}, or a list of them", read)


# RFC 2812's nicks, and what today's servers allow beyond: anything but blanks, control characters
# and the characters that would end a nick on the wire.
_NICK = r"(?!\d+$|-)[^\s\x00-\x1f:#&@!*,?]+"
_CHANNEL = r"[#&+!][^\s\x00-\x1f,]+"
_RULE = r"anyone|unled|leaderless|leader|role|declarer|author|operator|account:\S+|host:\S+"

# Much of this is sent to servers, where a line break would begin another command.
TEXT = Kind("a text in quotes, in one line", _matching(r"[^\x00-\x1f\x7f]*"))
MACHINE = Kind("a name of letters and digits", _matching(r"[A-Za-z0-9]{1,20}"))
WORD = Kind("a text without blanks", _matching(r"\S+"))
TEXTS = Kind('a list of texts, such as ["one", "two"]', _many(of_type(str)))
NAMES = Kind('a table of texts, such as {lead = "alice"}', _names)
NICK = Kind("an IRC nick: no blanks, no digit or sign first", _matching(r"(?!\d)" + _NICK))
ANY_NICK = Kind("an IRC nick: no blanks, no number, no sign first", _matching(_NICK))
NICKS = Kind('a list of IRC nicks, such as ["alice", "bob"]', _many(_matching(_NICK)))
NETWORK = Kind("the name of a network: no blank, no slash", _matching(r"[^\s/]+"))
ACCOUNTS = Kind(
    'a list of accounts, each with its network, such as ["libera/alice", "oftc/alice"]',
    _many(_matching(r"[^\s/]+/[^\s/]+")),
)
CHANNEL = Kind('an IRC channel, such as "#incidents"', _matching(_CHANNEL))
CHANNELS = Kind(
    'a list of IRC channels, such as ["#incidents", "#ops"]', _many(_matching(_CHANNEL))
)
HOST = Kind('a host name or address without a port, such as "irc.example.org"', _host)
SERVERS = Kind(
    'a list of servers, such as ["irc2.example.org", "[2001:db8::1]:6697"]', _many(_server)
)
LOOPBACK = Kind(
    'a loopback address with a port, such as "127.0.0.1:9095"; a proxy of yours lets others in',
    _loopback,
)
LISTEN = Kind('an address with a port, such as "127.0.0.1:8080"', _listen)
HELP_URL = Kind(
    'where a page is, such as "https://docs.example.org"', _matching(r"https?://\S{1,200}")
)
BASE_URL = Kind(
    'where people find it, such as "https://status.example.org/incidents"',
    _matching(r"https?://(?:[^\s/?#@\[\]]+|\[[0-9a-fA-F:]+\](?::\d{1,5})?)(?:/[\w.~/-]*)?"),
)
HEADER = Kind("the name of a header", _matching(r"[A-Za-z0-9][A-Za-z0-9-]*"))
ADDRESSES = Kind(
    'a list of addresses or networks, such as ["127.0.0.1", "10.0.0.0/8"]', _many(_addresses)
)
PORT = Kind("a whole number from 1 to 65535", _whole(1, 65535))
PORT_OR_OFF = Kind("a whole number from 0 (off) to 65535", _whole(0, 65535))
NUMBER = Kind("a number above 0", _above_zero)
COUNT = Kind("a whole number, 0 or more", _whole(0, 1_000_000))
PROCESS = Kind("the name of a process or of a process file", _matching(r"[^\0]+"))
PATH = Kind("a path in quotes", _matching(r"[^\0]+"))
SPAN_OR_EVER = Kind('a span of time, such as "365d", or "forever"', _span_or_ever)
ZONE = Kind('a time zone, such as "UTC" or "Europe/Berlin"', _zone)
WEEKDAYS = Kind('a list of days, such as ["mon", "tue"]', _many(_weekday))
PROXY = Kind(
    'a SOCKS5 proxy, such as "socks5://127.0.0.1:9050"',
    _matching(r"socks5h?://(?:[^\s/]*@)?(?:[^\s:/@]+|\[[0-9a-fA-F:]+\]):\d{1,5}"),
)
ADDRESS = Kind('an IP address, such as "192.0.2.7"', _address)
FORMAT = Kind(
    f"one of {', '.join(RELAY_FORMATS)}, or a line of your own with {{nick}} and {{text}}", _format
)
HOURS = Kind("two hours from 0 to 24, such as [9, 17]", _hours)
DATES = Kind("a list of dates, such as [2026-12-25]", _many(_day))
PINS = Kind("a list of SHA-256 fingerprints, each of 64 hexadecimal digits", _many(_fingerprint))
RULES = Kind(
    'a list of "anyone", "unled", "leaderless", "leader", "role", "declarer", "author", '
    '"operator", "account:NAME" or "host:user@host" (* and ? stand for anything)',
    _many(_matching(_RULE)),
)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- the keys ---------------------------------------------------------------------------------

_SASL = ConfigSection(
    "sasl",
    "How the bot logs in to services. Without an account, leave this out.",
    (
        Key(
            "mechanism",
            some_of("PLAIN", "EXTERNAL", "SCRAM-SHA-256"),
            "PLAIN",
            "PLAIN, EXTERNAL, SCRAM-SHA-256, or a list to be tried in order.",
        ),
        Key("account", WORD, None, "The account's name.", "ilbot"),
        Key("password", TEXT, None, "The account's password.", secret=True),
        Key("certificate_file", PATH, None, "For EXTERNAL: certificate and key, PEM.", "bot.pem"),
        Key("required", FLAG, False, "true: do not join without the account."),
    ),
    optional=True,
)

_PACE = ConfigSection(
    "pace",
    "How fast the bot may speak at first; it learns what the server accepts.",
    (
        Key("burst", NUMBER, 4.0, "Lines at once."),
        Key("rate", NUMBER, 1.0, "Lines a second after that."),
        Key("between_targets", NUMBER, 2.0, "Seconds between announcements to several channels."),
        Key("limited", FLAG, True, "false: no limit, for a server of your own."),
    ),
)

_TIMEOUTS = ConfigSection(
    "timeouts",
    "Time limits, in seconds.",
    (
        Key("connect", NUMBER, 14.0, "All addresses of a name together."),
        Key("handshake", NUMBER, 14.0, "TLS."),
        Key("capabilities", NUMBER, 8.0, "An answer to CAP LS."),
        Key("sasl", NUMBER, 12.0),
        Key("registration", NUMBER, 60.0),
        Key("idle", NUMBER, 60.0, "Silence before the bot sends a PING."),
        Key("pong", NUMBER, 30.0, "Silence after a PING; after the second, the bot disconnects."),
        Key("blocked", NUMBER, 60.0, "A server that does not read."),
        Key("join", NUMBER, 30.0, "An answer to JOIN."),
        Key("stable", NUMBER, 60.0, "A session that lasts this long counts as successful."),
        Key("quit", NUMBER, 0.5, "Sending the last lines before disconnecting."),
    ),
)

_RELAYS = ConfigSection(
    "relays",
    "A bridge, through which people of another network speak; any number. They are called\n"
    '"carol via discord", and are never taken for anybody on IRC. docs/bridges.md',
    (
        Key("nick", ANY_NICK, None, "Its nick; or its account, or both.", "bridge"),
        Key("account", WORD, None, "Its account; its nick alone is not enough then.", "bridge"),
        Key("host", WORD, None, "user@host, where there are no accounts.", "*@bridge.example.org"),
        Key(
            "format",
            FORMAT,
            "angles",
            f'{", ".join(RELAY_FORMATS)}; or a line such as "<{{nick}}> {{text}}".',
        ),
        Key("network", NETWORK, None, "What its people are called.", "discord"),
        Key(
            "authority",
            one_of(*AUTHORITIES),
            "none",
            "What they may do: nothing, write entries, or all that people without an account may.",
        ),
    ),
    many=True,
)

_LINK = (
    Key("host", HOST, None, "The server.", "irc.example.org", required=True),
    Key("port", PORT, 6697),
    Key(
        "servers", SERVERS, [], 'More servers of the same network, in order: "host" or "host:port".'
    ),
    Key("tls", FLAG, True, "Certificates are always verified."),
    Key("tls_ca_file", PATH, None, "A certificate authority of your own, PEM.", "ca.pem"),
    Key("tls_fingerprints", PINS, [], "SHA-256 pins; any one of them replaces a valid chain."),
    Key("certificate_file", PATH, None, "The bot's own certificate, with its key, PEM.", "bot.pem"),
    Key(
        "proxy",
        PROXY,
        None,
        "A SOCKS5 proxy, socks5://[user:password@]host:port (the extra `socks`).",
        "socks5://127.0.0.1:9050",
        secret=True,
    ),
    Key("bind", ADDRESS, None, "The local address to connect from.", "192.0.2.7"),
    Key("nick", NICK, "ilbot"),
    Key("username", WORD, "ilbot"),
    Key("realname", TEXT, "incident bot"),
    Key("password", TEXT, None, "The server's password (PASS), if it has one.", secret=True),
    Key("nickserv_password", TEXT, None, "For NickServ, where there is no SASL.", secret=True),
    Key(
        "nickserv_mask",
        WORD,
        None,
        "NickServ's mask, where the server does not mark services; * and ? work.",
        "NickServ!*@services.example.org",
    ),
    Key(
        "channels",
        CHANNELS,
        [],
        "The channels to watch, where incidents are announced; by default none.",
        ["#incidents", "#ops"],
    ),
    Key("rejoin_after_kick", FLAG, True, "Some networks forbid it."),
    Key("bot_mode", FLAG, True, "Set the bot mode, where the server has one."),
    Key("prefix", WORD, "!inc", "How commands begin in a channel."),
    Key("feeders", NICKS, [], "Other bots whose lines count, such as an alerting relay."),
    Key("may_join", TEXTS, ["*"], "Channels that people may send the bot to; * and ? work."),
)

IRC = ConfigSection(
    "irc",
    "The network.",
    (
        Key("name", NETWORK, None, "Its name, as in NETWORK/ACCOUNT.", "libera"),
        *_LINK,
    ),
    (_SASL, _PACE, _TIMEOUTS, _RELAYS),
)

NETWORKS = ConfigSection(
    "networks",
    "A further network; any number. Every key and table of [irc] is allowed here; nick, username,\n"
    "realname and manners are by default those of [irc].",
    _LINK,
    (_SASL, _PACE, _TIMEOUTS, _RELAYS),
    named="backup",
    shown=("host", "port", "nick", "channels"),
)

PRODUCTS = ConfigSection(
    "products",
    "Something that can break, and who is responsible for it; any number. Optional.",
    (
        Key("lead", ANY_NICK, None, "Who is told first.", "alice"),
        Key("engineers", NICKS, [], "Who can repair it.", ["bob", "carol"]),
        Key("channel", CHANNEL, None, "Where its incidents are usually handled.", "#shop"),
        Key("process", PROCESS, None, "Its own process, where it has one.", "grafana"),
        Key("runbook", TEXT, None, "Where its runbook is.", "https://wiki.example.org/shop"),
        Key("words", TEXTS, [], "Other names that people use for it.", ["checkout", "basket"]),
        Key("private", FLAG, False, "Its incidents are private: [incidents] private."),
        Key("on_call", NAMES, {}, "Who is on call, by role.", {"investigator": "bob"}),
    ),
    named="Shop",
)

PEOPLE = ConfigSection(
    "people",
    "A person with accounts on several networks; any number. The same nick on two networks is two\n"
    "people unless it is listed here. A network's name is [irc] name, or its [networks.NAME].",
    (
        Key(
            "accounts",
            ACCOUNTS,
            [],
            'The accounts: "NETWORK/ACCOUNT".',
            ["libera/alice", "backup/alice"],
        ),
        Key(
            "calendar",
            TEXTS,
            [],
            "Their names and mail addresses in calendars of who is on call.",
            ["Alice Smith", "alice@example.org"],
        ),
    ),
    named="alice",
)

CHANNELS_OF_OWN = ConfigSection(
    "channels",
    "What is different in one channel; any number. Optional.",
    (
        Key("process", PROCESS, None, "Its own process.", "openverse"),
        Key("topic", FLAG, False, "Show the open incident in the topic, and put the old one back."),
        Key("private", FLAG, False, "Incidents declared there are private: [incidents] private."),
        Key("key", WORD, None, "The channel's key (+k).", secret=True),
    ),
    named="#shop",
)

STORE = ConfigSection(
    "store",
    "Where the incidents are kept.",
    (
        Key(
            "path", PATH, "incidents", "A folder: one TinyDB file per incident, journal beside it."
        ),
        Key("keep", SPAN_OR_EVER, "forever", "How long closed incidents are kept."),
        Key(
            "afterwards",
            one_of("archive", "erase"),
            "archive",
            'What happens then: they are moved to the folder "archive" in the store, or erased.',
        ),
        Key(
            "engine",
            one_of("folder", "postgresql"),
            "folder",
            "What holds the record: the folder, or a database that the folder follows.",
        ),
        Key(
            "dsn",
            TEXT,
            None,
            'For "postgresql": "host=db.example.org dbname=ircbot user=ircbot password=…".',
            secret=True,
        ),
        Key("unit", TEXT, "main", "The name of the record in the database; each bot has its own."),
    ),
)

CLUSTER = ConfigSection(
    "cluster",
    "Several machines for one record in a database: one is active, the others stand by. All have\n"
    "the same configuration except for the machine's name. docs/several-machines.md",
    (
        Key("machine", MACHINE, None, "This machine's name: letters and digits.", "a"),
        Key("ttl", NUMBER, 10.0, "Seconds until another machine takes over from a dead one."),
        Key(
            "standby",
            one_of("always", "incident", "never"),
            "always",
            "When a standby is in the channels; always: nothing is missed.",
        ),
    ),
    optional=True,
)

REPORT = ConfigSection(
    "report",
    "The bot writes the report of a resolved incident, and again after every later change.",
    (
        Key("directory", PATH, "reports"),
        Key("format", some_of(*FORMATS), "mana", f"One or a list of: {', '.join(FORMATS)}."),
        Key(
            "templates",
            PATH,
            None,
            "A folder searched before the shipped templates.",
            "my-templates",
        ),
        Key("url", TEXT, None, "Where people can read the folder.", "https://reports.example.org/"),
        Key(
            "public",
            TEXTS,
            [],
            "Prefixes of URLs, rooms, hosts, paths and tickets that a public edition may show.",
        ),
    ),
)

PUBLISH = ConfigSection(
    "publish",
    "A place that the bot publishes incidents to; any number. Each type has keys of its own:\n"
    "docs/publishing.md",
    (
        Key("type", WORD, None, "What kind of place it is.", "webhook"),
        Key(
            "when",
            some_of(*WHENS),
            "resolved",
            'One or a list of: resolved, reported ("report done"), update, declared, notify '
            "(people were called), meeting (its time is set); hand: only when asked.",
        ),
        Key("edition", one_of(*EDITIONS), "internal", "public: the edition that names nobody."),
        Key("private", FLAG, False, "Private and security incidents go there too."),
        Key("process", TEXTS, [], "Only incidents of these processes, unless asked."),
        Key("product", TEXTS, [], "Only those of these products."),
        Key("severity", TEXTS, [], "Only those of these severities."),
    ),
    named="status",
    further=True,
)

MANNERS = ConfigSection(
    "manners",
    "How much the bot says, and how.",
    (
        Key("announce", one_of("notice", "privmsg"), "notice", "How it announces and reminds."),
        Key("quiet", FLAG, False, "true: no acknowledgement of entries, no hints."),
        Key("greet", FLAG, True, "Tell people who join an open incident's channel its state."),
        Key("commands_only", FLAG, False, "true: sentences mean nothing, only commands do."),
    ),
)

MEMORY = ConfigSection(
    "memory",
    "The last lines of each channel, for `declare --since` and `tl last`; never on disk.",
    (
        Key("lines", COUNT, 200, "For each channel; 0: nothing is remembered."),
        Key("age", SPAN, "2h"),
    ),
)

CALENDAR = ConfigSection(
    "calendar",
    "When people work, in the time zone above: for deadlines in working hours or days.",
    (
        Key("working_days", WEEKDAYS, ["mon", "tue", "wed", "thu", "fri"]),
        Key("working_hours", HOURS, [9, 17]),
        Key("holidays", DATES, []),
    ),
)

ACCESS = ConfigSection(
    "access",
    "Who may do what: docs/access.md. [] leaves it to the operators named here.",
    (
        Key(
            "operators",
            TEXTS,
            [],
            "Accounts that are operators everywhere; of other networks: NETWORK/NAME.",
        ),
        *(Key(act.name, RULES, list(act.rules), f"{_capital(act.about)}.") for act in ACTS),
    ),
)

INCIDENTS = ConfigSection(
    "incidents",
    "",
    (
        Key(
            "private",
            FLAG,
            False,
            "Announced and shown in their own channel only, with reports in a separate folder.",
        ),
        Key(
            "max_open_per_person",
            COUNT,
            10,
            "Incidents that one person may have open; 0: any number.",
        ),
    ),
)

SECURITY = ConfigSection(
    "security",
    "Incidents that must not be discussed on IRC.",
    (
        Key("way", TEXT, None, "Where to report one; by default the process's.", "call 4711"),
        Key("words", TEXTS, [], "Words that identify one, besides the process's."),
        Key("mask", FLAG, True, "Mask phone numbers, passwords and tokens in entries."),
    ),
)

LOG = ConfigSection(
    "log",
    "What operators see, on standard error.",
    (
        Key("level", one_of("debug", "info", "warning", "error"), "info"),
        Key("format", one_of("text", "json"), "text"),
    ),
)

HEALTH = ConfigSection(
    "health",
    "For supervisors. systemd needs no setting (Type=notify, WatchdogSec).",
    (
        Key(
            "file",
            PATH,
            None,
            "Written when the state changes, and every 30 seconds.",
            "health.json",
        ),
        Key("metrics_port", PORT_OR_OFF, 0, "Prometheus metrics on 127.0.0.1; 0: off."),
    ),
)

ROTAS = ConfigSection(
    "rotas",
    'A calendar of who is on call; any number. on_call names it as "rota:NAME". docs/alerts.md',
    (
        Key(
            "calendar",
            TEXT,
            None,
            "Its address (https, webcal) or file, iCalendar.",
            sample="https://example.org/ops.ics",
            secret=True,
        ),
    ),
    named="ops",
)

ALERTS = ConfigSection(
    "alerts",
    "Incoming alerts: Alertmanager's webhook, or plain JSON. docs/alerts.md",
    (
        Key("listen", LOOPBACK, None, "Where they are received, by HTTP.", "127.0.0.1:9095"),
        Key("token", TEXT, None, "The Bearer token that senders must give.", secret=True),
        Key(
            "channels",
            TEXTS,
            [],
            "Where people are told; of other networks: NETWORK/#NAME. []: in those of [irc].",
        ),
    ),
)

PAGE = ConfigSection(
    "page",
    "The live page, `ircbot page`: a separate process, behind your proxy. docs/page.md",
    (
        Key("listen", LISTEN, "127.0.0.1:8080", "Where it is served, by HTTP."),
        Key(
            "base_url",
            BASE_URL,
            None,
            "Its public URL; requests for other hosts are refused.",
            "https://status.example.org",
        ),
        Key(
            "edition",
            one_of("public", "internal"),
            "public",
            "What strangers get: the edition that names nobody, or (internal) nothing.",
        ),
        Key(
            "user_header",
            HEADER,
            None,
            "The header in which your proxy names people who logged in: they get the internal one.",
            "X-Remote-User",
        ),
        Key(
            "proxies",
            ADDRESSES,
            ["127.0.0.1", "::1"],
            "Whose user_header and X-Forwarded-For are believed.",
        ),
        Key(
            "token",
            TEXT,
            None,
            "Whoever gives this token gets the internal edition.",
            secret=True,
        ),
        Key("streams", COUNT, 1000, "How many browsers may follow it at a time."),
        Key("streams_per_address", COUNT, 100, "The same, from one address."),
    ),
)

ROOT = ConfigSection(
    "",
    "",
    (
        Key(
            "process",
            PROCESS,
            "mozmeao",
            "mozmeao, grafana, openverse, 2i2c, princeton, or a file of your own.",
        ),
        Key("timezone", ZONE, "UTC", "How times are shown; inside, everything is UTC."),
        Key(
            "help_url",
            HELP_URL,
            None,
            "Where people can read more, shown by `!inc help`.",
            "https://docs.example.org/incidents",
        ),
        Key(
            "on_call",
            NAMES,
            {},
            'Who is on call for everything, as the process calls it: {secondary = "bob"}.',
        ),
        Key(
            "organisations",
            PATH,
            None,
            "A folder with a folder for each organisation to host: docs/hosting.md",
            "organisations",
        ),
    ),
    (
        IRC,
        STORE,
        CLUSTER,
        REPORT,
        PUBLISH,
        PRODUCTS,
        PEOPLE,
        CHANNELS_OF_OWN,
        NETWORKS,
        MANNERS,
        MEMORY,
        CALENDAR,
        ACCESS,
        INCIDENTS,
        SECURITY,
        LOG,
        HEALTH,
        ALERTS,
        ROTAS,
        PAGE,
    ),
)
