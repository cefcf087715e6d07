"""Config → the settings of the core (incident/setting.py).

Reads the named process files, and no secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ircbot.config.reading import Config
from ircbot.errors import ProcessError
from ircbot.incident.process import Process
from ircbot.incident.relays import RELAYMSG, Relay
from ircbot.incident.rotas import ROTA
from ircbot.incident.setting import Product, Security, Setting, Target
from ircbot.incident.state import Incident
from ircbot.processes import find_process, read_process
from ircbot.report import FORMATS
from ircbot.tables import Keys, dotted, quoted
from ircbot.zones import zone_named


def setting(config: Config) -> Setting:
    """The core's setting, with every named process.

    Raises ConfigError if a process cannot be found, ProcessError if its file is wrong.
    """
    values = config.values
    irc, manners, memory = values["irc"], values["manners"], values["memory"]
    calendar, security = values["calendar"], values["security"]
    channels, products = values["channels"], values["products"]
    access = dict(values["access"])
    operators = access.pop("operators")
    processes = {
        (table, name): _process(config, (table, name, "process"))
        for table in ("channels", "products")
        for name, one in values[table].items()
        if one["process"]
    }
    return Setting(
        process=_process(config, ("process",)),
        processes={process.name: process for process in processes.values()},
        nick=irc["nick"],
        prefix=irc["prefix"],
        help_url=values["help_url"] or "",
        channels=irc["channels"],
        network=irc["name"] or "",
        people=_people(config),
        network_channels={name: one["channels"] for name, one in values["networks"].items()},
        zone=config.zone,
        zones=zone_named,
        channel_process={
            name: process.name
            for (table, name), process in processes.items()
            if table == "channels"
        },
        products={
            name: Product(
                name=name,
                lead=one["lead"] or "",
                engineers=one["engineers"],
                channel=one["channel"] or "",
                process=processes["products", name].name if one["process"] else "",
                runbook=one["runbook"] or "",
                on_call=_rotas_known(config, ("products", name, "on_call")),
                words=one["words"],
                private=one["private"],
            )
            for name, one in products.items()
        },
        duty=_rotas_known(config, ("on_call",)),
        calendar_names={
            calendar.casefold(): name
            for name, one in values["people"].items()
            for calendar in one["calendar"]
            if calendar.strip()
        },
        targets=_targets(config),
        alert_places=_alert_places(config),
        access=access,
        operators=operators,
        private=values["incidents"]["private"],
        private_channels=tuple(name for name, one in channels.items() if one["private"]),
        most_open=values["incidents"]["max_open_per_person"],
        feeders=irc["feeders"],
        relays=_all_relays(config),
        may_join=irc["may_join"],
        security=Security(security["way"] or "", security["words"], security["mask"]),
        topics=tuple(name for name, one in channels.items() if one["topic"]),
        quiet=manners["quiet"],
        announce_as=manners["announce"],
        memory_lines=memory["lines"],
        memory_age=memory["age"],
        greet=manners["greet"],
        commands_only=manners["commands_only"],
        report_directory=str(config.report.directory),
        report_ending=f".{FORMATS[config.report.formats[0]]}",
        report_url=config.report.url,
        working_days=calendar["working_days"],
        working_hours=calendar["working_hours"],
        holidays=calendar["holidays"],
        unwritten=_unwritten,
    )


def _unwritten(incident: Incident, process: Process) -> Sequence[str]:
    from ircbot.report.content import unwritten  # a start has no use for reports

    return unwritten(incident, process)


def _targets(config: Config) -> tuple[Target, ...]:
    """The places that incidents are published to."""
    found = []
    for name, one in config.values["publish"].items():
        if not re.fullmatch(r"[\w-]+", name):
            raise config.wrong(
                ("publish", name),
                f"[publish.{quoted(name)}]: a name has letters, digits and hyphens only.",
            )
        if one["type"] is None:
            raise config.wrong(
                ("publish", name), f'[publish.{name}] says no type; write type = "…" there.'
            )
        found.append(
            Target(
                name=name,
                when=one["when"],
                processes=one["process"],
                products=one["product"],
                severities=one["severity"],
                private=one["private"],
                public=one["edition"] == "public",
            )
        )
    return tuple(found)


def _rotas_known(config: Config, place: Keys) -> Mapping[str, str]:
    """Who is on call, by role. Raises ConfigError if a calendar is named that is not configured."""
    told: Mapping[str, str] = config.at(place)
    for who in told.values():
        name = who.removeprefix(ROTA)
        if who.startswith(ROTA) and name not in config.values["rotas"]:
            table = dotted(("rotas", name))
            raise config.wrong(
                place, f"`{dotted(place)}`: there is no [{table}]; it says which calendar."
            )
    return told


def _alert_places(config: Config) -> tuple[tuple[str, str], ...]:
    """The network ("" is the main one) and channel where people are told of alerts, if
    configured."""
    given = config.values["alerts"]["channels"]
    main, known = config.values["irc"]["name"], config.values["networks"]
    found = []
    for name in given:
        network, slash, channel = name.partition("/")
        if name.startswith(("#", "&", "+", "!")):
            found.append(("", name))
        elif slash and network in (main, *known) and channel.startswith(("#", "&", "+", "!")):
            found.append(("" if network == main else network, channel))
        else:
            raise config.wrong(
                ("alerts", "channels"),
                f"`alerts.channels`: {name!r} is not a channel; write #NAME, or NETWORK/#NAME with "
                "a network of this file.",
            )
    return tuple(dict.fromkeys(found))


def _all_relays(config: Config) -> dict[str, tuple[Relay, ...]]:
    """The relays of each network that has any."""
    places: dict[str, Keys] = {"": ("irc",)}
    places |= {name: ("networks", name) for name in config.values["networks"]}
    found = {name: _relays(config, place) for name, place in places.items()}
    return {name: relays for name, relays in found.items() if relays}


def _relays(config: Config, place: Keys) -> tuple[Relay, ...]:
    """The relays of a network."""
    relays: dict[str, Relay] = {}
    found = []
    for number, one in enumerate(config.at((*place, "relays"))):
        here = (*place, "relays", number)
        relay = Relay(**{key: value or "" for key, value in one.items()})
        if not relay.nick and (not relay.account or relay.format == RELAYMSG):
            raise config.wrong(here, f'[[{dotted(here)}]] names no nick; write nick = "…" there.')
        known = relays.setdefault(relay.via.lower(), relay)
        if (known.authority, known.via) != (relay.authority, relay.via):
            raise config.wrong(
                (*here, "authority"),
                f"`{dotted(here)}`: the people of {relay.via} have another authority already; "
                "give both relays the same one, or each its own network.",
            )
        found.append(relay)
    return tuple(found)


def _people(config: Config) -> dict[str, tuple[tuple[str, str], ...]]:
    """The accounts of people, by network ("" is the main one)."""
    main, known = config.values["irc"]["name"], config.values["networks"]
    people: dict[str, tuple[tuple[str, str], ...]] = {}
    whose: dict[str, str] = {}
    for name, one in config.values["people"].items():
        place = ("people", name, "accounts")
        for account in one["accounts"]:
            network = account.partition("/")[0]
            if network != main and network not in known:
                names = ", ".join(filter(None, (main, *known))) or "none: give [irc] a name"
                raise config.wrong(
                    place,
                    f"`{dotted(place)}`: no network is called {network!r}; there are: {names}.",
                )
            if whose.setdefault(account, name) != name:
                raise config.wrong(
                    place,
                    f"`{dotted(place)}`: {account} is {whose[account]}'s already; "
                    "take it out of one of them.",
                )
        pairs = (account.split("/", 1) for account in one["accounts"])
        people[name] = tuple(("" if net == main else net, account) for net, account in pairs)
    return people


def _process(config: Config, place: Keys) -> Process:
    try:
        path = find_process(config.at(place))
    except ProcessError as error:
        raise config.wrong(place, f"`{dotted(place)}`: {error}") from error
    return read_process(path)
