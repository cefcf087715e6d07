"""Who may do what. acts.py lists the acts; what follows from being allowed is rules/.

Rules are data (`[access]`). An act may have several rules; any one suffices.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from ircbot.incident.acts import BY_NAME, DEFAULT_ACCESS, includes
from ircbot.incident.line import Line
from ircbot.incident.people import Person, is_same, same_name
from ircbot.incident.process import Process
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident
from ircbot.incident.words import one_of, say

# What cannot be undone, and who somebody is, which may make them an author. The lead is easy to
# get, and a leader can move the talk to a channel of their own, so being its operator gives no
# right to these acts.
_DESTROYS = ("redact", "purge", "forget", "withdraw", "confirm")


def may(
    what: str,
    line: Line,
    incident: Incident | None,
    setting: Setting,
    author: Person | None = None,
) -> bool:
    """Whether the speaker of a line may do `what`, one of acts.ACTS; KeyError for anything else.

    If there are no rules for an act, only the configured operators may do it.
    """
    if line.via and not includes(setting.authority(line), what):
        return False
    rules = _rules(what, setting)
    if "anyone" in rules or is_operator_anywhere(line, setting):
        return True
    return any(
        _meets(rule, line, incident, setting, author)
        and (rule != "operator" or what == "leave" or _is_ours(what, line, incident, setting))
        for rule in rules
    )


def is_anyones(what: str, setting: Setting) -> bool:
    """Whether everybody may do `what`."""
    return "anyone" in _rules(what, setting)


def who(
    what: str,
    incident: Incident | None,
    setting: Setting,
    process: Process,
    author: Person | None = None,
) -> str:
    """Who may do `what`, in words: "ann (IL) or a channel operator"."""
    rules = _rules(what, setting)
    names = {
        name: None for rule in rules for name in _named(rule, incident, setting, process, author)
    }
    if incident is not None and "leader" in rules:
        for leader in _leaders(incident):  # already named as leader
            names.pop(leader.nick, None)
    return one_of(process, tuple(names) or (say(process, "my-operators"),))


def deed(what: str) -> str:
    """The wording of an act after "may"."""
    return BY_NAME[what].deed


def _named(
    rule: str,
    incident: Incident | None,
    setting: Setting,
    process: Process,
    author: Person | None,
) -> list[str]:
    """The people whom a rule names, in words."""
    kind, _, name = rule.partition(":")
    match kind:
        case "leader":
            led = [p.nick for p in _leaders(incident)] if incident is not None else []
            open_to_all = incident is not None and incident.live
            hint = say(process, "any-leader-yet", prefix=setting.prefix) if open_to_all else ""
            return [f"{nick} ({process.lead.name})" for nick in led] or [
                say(process, "any-leader", title=process.lead.title, hint=hint)
            ]
        case "role":
            return [say(process, "any-role")]
        case "declarer":
            known = incident.declared_by.nick if incident is not None else ""
            return [known or say(process, "any-declarer")]
        case "author":
            return [author.nick if author is not None else say(process, "any-author")]
        case "operator":
            return [say(process, "any-operator")]
        case "account":
            return [say(process, "any-account", account=name)]
        case "unled" | "leaderless":
            return []
        case _:
            return [name or "anyone"]


def _rules(what: str, setting: Setting) -> tuple[str, ...]:
    """The rules for `what`, () for nobody."""
    default = DEFAULT_ACCESS[what]
    return setting.access.get(what, default)


def _is_ours(what: str, line: Line, incident: Incident | None, setting: Setting) -> bool:
    """Whether being a channel operator where something is said counts.

    Anybody can create a channel, be its operator, and make it the place to talk. So the channel
    must be configured, or chosen by whoever led or declared the incident. For what cannot be
    undone, and for saying who somebody is, it must be configured or be the channel of the
    declaration.
    """
    channels = [*setting.notified(line.network)]
    if not line.network:
        channels += [product.channel for product in setting.products.values()]
    if incident is not None and incident.network == line.network:
        channels.append(incident.declared_in)
        if what not in _DESTROYS:
            channels += _chosen_channels(incident)
    return any(same_name(line.channel, channel, setting.casemapping) for channel in channels)


def _chosen_channels(incident: Incident) -> Iterator[str]:
    leaders = [term.holder for term in incident.terms if term.role == "lead"]
    named = next((m for m in reversed(incident.moments) if m.kind == "comms"), None)
    if named is not None and any(
        incident.is_same(person, named.by) for person in (incident.declared_by, *leaders)
    ):
        yield incident.comms


def is_operator_anywhere(line: Line, setting: Setting) -> bool:
    """Whether the speaker's account makes them an operator in every channel."""
    return any(_has_account(line, account, setting) for account in setting.operators)


def is_led(incident: Incident) -> bool:
    """Whether somebody leads the incident, or led it until it ended. Somebody who stands in by
    default does not count.
    """
    terms = [term for term in incident.terms if term.role == "lead" and term.how != "default"]
    return any(term.until is None for term in terms) if incident.live else bool(terms)


def _has_account(line: Line, account: str, setting: Setting) -> bool:
    """Whether the speaker is logged in to an account, "NETWORK/ACCOUNT" or the main network's."""
    if not line.account:
        return False
    network, _, name = account.rpartition("/")
    if network == setting.network:
        network = ""
    return network == line.network and same_name(line.account, name, setting.casemapping)


def _meets(
    rule: str, line: Line, incident: Incident | None, setting: Setting, author: Person | None
) -> bool:
    kind, _, name = rule.partition(":")
    somebody = setting.speaker(line)
    match kind:
        case "unled":
            return incident is not None and not is_led(incident)
        case "leaderless":
            return incident is not None and not _leaders(incident)
        case "leader":
            return incident is not None and any(
                incident.is_same(person, somebody) for person in _leaders(incident)
            )
        case "role":
            return incident is not None and any(
                incident.is_same(term.holder, somebody) for term in incident.terms
            )
        case "declarer":
            return incident is not None and incident.is_same(incident.declared_by, somebody)
        case "author":
            if author is None:
                return False
            if incident is not None:
                return incident.is_same(author, somebody)
            return is_same(author, somebody, setting.casemapping)
        case "operator":
            return line.operator
        case "account":
            return _has_account(line, name, setting)
        case "host":
            return bool(line.host) and fnmatchcase(line.host.lower(), name.lower())
        case _:
            return False


def _leaders(incident: Incident) -> tuple[Person, ...]:
    """The leaders; after the end, the last leader."""
    if holders := incident.holders("lead"):
        return holders
    led = [term.holder for term in incident.terms if term.role == "lead"]
    return tuple(led[-1:])
