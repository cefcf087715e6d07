"""Who may do what. What follows from being allowed is rules/.

Rules are data (`[access]`): several may be given for one thing, any one suffices.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from ircbot.incident.line import Line
from ircbot.incident.people import Person, fold, is_speaker, same_name, same_person
from ircbot.incident.process import Process
from ircbot.incident.setting import DEFAULT_ACCESS, Setting
from ircbot.incident.state import Incident


def may(
    what: str,
    line: Line,
    incident: Incident | None,
    setting: Setting,
    author: Person | None = None,
) -> bool:
    """Whether the speaker of a line may do `what`. Anybody may do what no rule speaks of.

    A rule that is there and names nobody leaves it to the operators in the configuration.
    """
    rules = _rules(what, setting)
    if rules is None or is_operator_anywhere(line, setting):
        return True
    trusted = what == "leave" or _is_ours(line, incident, setting)
    return any(
        _meets(rule, line, incident, author) and (rule != "operator" or trusted) for rule in rules
    )


def who(
    what: str,
    incident: Incident | None,
    setting: Setting,
    process: Process,
    author: Person | None = None,
) -> str:
    """Who may do `what`, in words: "ann (IL) or a channel operator"."""
    names = []
    leaders = _leaders(incident) if incident is not None else ()
    for rule in _rules(what, setting) or ():
        kind, _, name = rule.partition(":")
        match kind:
            case "leader":
                led = [f"{person.nick} ({process.lead.name})" for person in leaders]
                open_to_all = incident is not None and incident.live
                hint = f" (nobody is yet: {setting.prefix} lead)" if open_to_all else ""
                names += led or [f"the {process.lead.title}{hint}"]
            case "role":
                names.append("whoever has a role in it")
            case "author":
                if author is None or not any(same_person(author, one) for one in leaders):
                    names.append(author.nick if author else "who wrote it")
            case "operator":
                names.append("a channel operator")
            case "account":
                names.append(f"the account {name}")
            case _:
                names.append(name or "anyone")
    *others, last = dict.fromkeys(names) or ("the operators in my configuration",)
    return f"{', '.join(others)} or {last}" if others else last


def _rules(what: str, setting: Setting) -> tuple[str, ...] | None:
    """The rules for `what`, () for nobody; None where anybody may."""
    return setting.access.get(what, DEFAULT_ACCESS.get(what))


def _is_ours(line: Line, incident: Incident | None, setting: Setting) -> bool:
    """Whether an operator of the channel where something is said counts.

    Anybody can make a channel, be its operator, and name it as the place to talk: so it has to be
    one that is configured, or that whoever led or declared the incident chose.
    """
    channels = [*setting.notified(line.network)]
    channels += [product.channel for product in setting.products.values()]
    if incident is not None:
        channels += _chosen_channels(incident)
    return any(same_name(line.channel, channel) for channel in channels)


def _chosen_channels(incident: Incident) -> Iterator[str]:
    yield incident.declared_in
    leaders = [term.holder for term in incident.terms if term.role == "lead"]
    named = next((m for m in reversed(incident.moments) if m.kind == "comms"), None)
    if named is not None and any(
        same_person(named.by, person) for person in (incident.declared_by, *leaders)
    ):
        yield incident.comms


def is_operator_anywhere(line: Line, setting: Setting) -> bool:
    """Whether the speaker's account counts as a channel operator everywhere."""
    return bool(line.account) and any(
        fold(line.account or "") == fold(account) for account in setting.operators
    )


def _meets(rule: str, line: Line, incident: Incident | None, author: Person | None) -> bool:
    kind, _, name = rule.partition(":")
    match kind:
        case "anyone":
            return True
        case "leader":
            return incident is not None and any(
                is_speaker(person, line) for person in _leaders(incident)
            )
        case "role":
            return incident is not None and any(
                is_speaker(term.holder, line) for term in incident.terms
            )
        case "author":
            return author is not None and is_speaker(author, line)
        case "operator":
            return line.operator
        case "account":
            return bool(line.account) and fold(line.account or "") == fold(name)
        case "host":
            return bool(line.host) and fnmatchcase(line.host.lower(), name.lower())
        case _:
            return False


def _leaders(incident: Incident) -> tuple[Person, ...]:
    """Who leads; once it is over, who led last."""
    if holders := incident.holders("lead"):
        return holders
    led = [term.holder for term in incident.terms if term.role == "lead"]
    return tuple(led[-1:])
