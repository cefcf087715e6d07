"""The baton and the other roles: claimed, offered, accepted, left behind."""

from __future__ import annotations

from ircbot.incident.events import (
    Heard,
    HolderBack,
    HolderLeft,
    OfferDeclined,
    OfferWithdrawn,
    Reminded,
    Renamed,
    RoleLeft,
    RoleOffered,
    RoleTaken,
)
from ircbot.incident.line import Line, LineKind, Source
from ircbot.incident.people import Person, fold, is_speaker, same_name
from ircbot.incident.process import Role
from ircbot.incident.rules.hearing import Hearing
from ircbot.incident.rules.which import which
from ircbot.incident.sayings import HandOff, TakeRole
from ircbot.incident.state import Incident, Offer


def lead(h: Hearing, named: int | None = None, *, asked: bool = False) -> None:
    """The speaker says that they lead. Granted when nobody does, or they were offered it."""
    incident = which(h, named, ask=asked)
    if incident is None or not incident.live:
        if incident is not None and asked:
            h.answer("not-open", incident, status=incident.status)
        return
    holder = incident.holder()
    offer = incident.offers.get("lead")
    if holder is None:
        _take_lead(h, incident, "claimed")
    elif h.mine(holder):
        if _stands_in(incident, "lead"):
            h.record(incident.id, RoleTaken("lead", h.who))
        elif offer is not None:
            _withdraw(h, incident, offer)
        elif asked:
            term = incident.term()
            h.answer("lead-already", incident, since=h.clock(term.since if term else h.now))
    elif offer is not None and h.mine(offer.to):
        _take_lead(h, incident, "accepted")
    elif why := _forfeited(h, incident, holder):
        _take_lead(h, incident, why)
    elif offer is not None:
        h.answer("lead-offered-to-other", incident, holder=holder.nick, offered=offer.to.nick)
    else:
        h.answer("lead-held", incident, holder=holder.nick, claimant=h.line.nick)


def _forfeited(h: Hearing, incident: Incident, holder: Person) -> str:
    """Why whoever asks may have the baton; "" if they may not.

    Its holder only stood in until somebody claims it, is "gone", or is "silent".
    """
    if _stands_in(incident, "lead"):
        return "claimed"
    baton = h.process_of(incident).baton
    gone = incident.departed(holder)
    if gone and (gone.how != "split" or h.now - gone.at >= baton.split_heals_within):
        return "gone"
    heard = max(incident.led_at or incident.declared_at, incident.declared_at)
    return "silent" if h.now - heard >= baton.silent_after else ""


def _stands_in(incident: Incident, role: str) -> bool:
    """Whether whoever holds a role has it by default, until somebody says that they take it."""
    term = incident.term(role)
    return term is not None and term.how == "default"


def _take_lead(h: Hearing, incident: Incident, how: str) -> None:
    before = incident.term()
    h.record(incident.id, RoleTaken("lead", h.who, how))
    if h.declared == incident.id:
        return  # told with the declaration
    was = ""
    if before is not None:
        was = h.word("lead-before", incident, nick=before.holder.nick, span=h.since(before.since))
    h.announce(incident, "lead-taken", nick=h.line.nick, before=was)


def hand_off(h: Hearing, saying: HandOff, named: int | None = None, *, asked: bool) -> None:
    """The leader offers the baton; whoever is offered it is asked to confirm."""
    incident = which(h, named, ask=asked)
    if incident is None or not incident.live:
        if incident is not None and asked:
            h.answer("not-open", incident, status=incident.status)
        return
    holder = incident.holder()
    to = Person(saying.to)
    if holder is not None and not h.mine(holder):
        h.answer("offer-not-leader", incident, holder=holder.nick)
        return
    if holder is not None and same_name(holder.nick, to.nick):
        if asked:
            h.answer("offer-yourself", incident)
        return
    standing = incident.offers.get("lead")
    if standing is not None and same_name(standing.to.nick, to.nick):
        return
    h.record(incident.id, RoleOffered("lead", to))
    h.announce(incident, "offered", nick=to.nick)


def _withdraw(h: Hearing, incident: Incident, offer: Offer) -> None:
    h.record(incident.id, OfferWithdrawn(offer.role))
    holder = incident.holder(offer.role)
    h.announce(
        incident, "offer-withdrawn", nick=offer.to.nick, holder=holder.nick if holder else "nobody"
    )


def accept(h: Hearing, incident: Incident) -> None:
    """Whoever was offered a role takes it."""
    offer = _offered_to_speaker(h, incident)
    if offer is None:
        h.answer("no-offer", incident)
    elif offer.role == "lead":
        _take_lead(h, incident, "accepted")
    else:
        _take_role(h, incident, h.process_of(incident).roles[offer.role], h.who, "accepted")


def decline(h: Hearing, incident: Incident) -> None:
    """Whoever was offered a role does not want it; who offered it may withdraw it the same way."""
    offer = _offered_to_speaker(h, incident)
    if offer is not None:
        h.record(incident.id, OfferDeclined(offer.role))
        h.announce(incident, "offer-declined", nick=h.line.nick, holder=offer.by.nick)
        return
    own = next((o for o in incident.offers.values() if h.mine(o.by)), None)
    if own is not None:
        _withdraw(h, incident, own)
    else:
        h.answer("no-offer", incident)


def _offered_to_speaker(h: Hearing, incident: Incident) -> Offer | None:
    return next((o for o in incident.offers.values() if h.mine(o.to)), None)


# --- the other roles ------------------------------------------------------------------------


def take_role(h: Hearing, saying: TakeRole, named: int | None = None, *, asked: bool) -> None:
    """Somebody takes, or is given, a role of the process."""
    incident = which(h, named, ask=asked)
    if incident is None or not incident.live:
        return
    role = h.process_of(incident).roles.get(saying.role)
    if role is None:
        return
    if role.key == "lead":
        if not saying.nick or same_name(saying.nick, h.line.nick):
            lead(h, incident.id, asked=asked)
        else:
            hand_off(h, HandOff(saying.nick), incident.id, asked=asked)
        return
    to = Person(saying.nick) if saying.nick else h.who
    mine = is_speaker(to, h.line)
    holders = incident.holders(role.key)
    if any(same_name(p.nick, to.nick) for p in holders):
        if mine and _stands_in(incident, role.key):
            h.record(incident.id, RoleLeft(role.key, to))
            h.record(incident.id, RoleTaken(role.key, h.who))
        elif mine and asked:
            names = ", ".join(p.nick for p in holders)
            h.answer("role-who", incident, role=role.title, nicks=names)
        return
    if clash := _clash(incident, role, to):
        h.answer("role-exclusive", incident, nick=to.nick, other=clash, role=role.title)
        return
    full = role.holders and len(holders) >= role.holders
    if full:
        _contest(h, incident, role, to, holders[0], asked=asked)
        return
    _take_role(h, incident, role, h.who if mine else to, "claimed" if mine else "named")


def _contest(
    h: Hearing, incident: Incident, role: Role, to: Person, holder: Person, *, asked: bool
) -> None:
    """A role that somebody holds: it passes as the process says."""
    offer = incident.offers.get(role.key)
    free = incident.departed(holder) is not None or _stands_in(incident, role.key)
    offered = offer is not None and same_name(offer.to.nick, to.nick) and h.mine(offer.to)
    if offered or free or not role.acknowledged:
        how = "accepted" if offered else "claimed"
        h.record(incident.id, RoleLeft(role.key, holder))
        _take_role(h, h.incident(incident.id), role, to, how)
    elif h.mine(holder):
        h.record(incident.id, RoleOffered(role.key, to))
        h.announce(incident, "role-offered", nick=to.nick, role=role.title)
    elif asked or is_speaker(to, h.line):
        h.answer("role-held", incident, holder=holder.nick, role=role.title)


def _clash(incident: Incident, role: Role, person: Person) -> str:
    """A role that cannot be held together with this one, and that the person holds; "" if none."""
    for other in role.exclusive:
        if any(same_name(p.nick, person.nick) for p in incident.holders(other)):
            return other
    return ""


def _take_role(h: Hearing, incident: Incident, role: Role, to: Person, how: str) -> None:
    if how == "accepted":
        for holder in incident.holders(role.key)[:1] if role.holders else ():
            h.record(incident.id, RoleLeft(role.key, holder))
    h.record(incident.id, RoleTaken(role.key, to, how))
    h.announce(incident, "role-taken", nick=to.nick, role=role.title)


# --- people come and go ---------------------------------------------------------------------


def presence(h: Hearing) -> None:
    """Somebody joined, left or was renamed: what that means for the roles they hold."""
    match h.line.kind:
        case LineKind.NICK:
            _renamed(h)
        case LineKind.JOIN:
            _joined(h)
        case LineKind.QUIT | LineKind.SPLIT | LineKind.PART | LineKind.KICK:
            _gone(h)
        case _:
            pass


def _involved(h: Hearing) -> tuple[Incident, ...]:
    return tuple(i for i in h.desk.open if i.network == h.line.network)


def _roles_of(incident: Incident, line: Line) -> tuple[Person, ...]:
    return tuple(t.holder for t in incident.terms if t.until is None and is_speaker(t.holder, line))


def _renamed(h: Hearing) -> None:
    old, new = h.line.nick, h.line.text
    for incident in _involved(h):
        people = [
            *(t.holder for t in incident.terms if t.until is None),
            *(o.to for o in incident.offers.values()),
            *(o.by for o in incident.offers.values()),
        ]
        if any(same_name(person.nick, old) for person in people):
            h.record(incident.id, Renamed(old, new), by=Person(new, h.line.account or None))


def _gone(h: Hearing) -> None:
    """A holder left the network, or the incident's channel."""
    everywhere = h.line.kind in (LineKind.QUIT, LineKind.SPLIT)
    for incident in _involved(h):
        held = _roles_of(incident, h.line)
        here = everywhere or same_name(incident.channel, h.line.channel)
        if not held or not here or incident.departed(held[0]) is not None:
            continue
        h.record(incident.id, HolderLeft(held[0], h.line.kind.value))
        leads = any(same_name(held[0].nick, p.nick) for p in incident.holders())
        if leads and h.line.kind is not LineKind.SPLIT:
            h.record(incident.id, Reminded(f"gone:{fold(held[0].nick)}"))
            h.announce(incident, "leader-gone", nick=held[0].nick, how=_how(h.line))


def _how(line: Line) -> str:
    match line.kind:
        case LineKind.KICK:
            return "kicked"
        case LineKind.PART:
            return "left the channel"
        case _:
            return "ping timeout" if "ping timeout" in line.text.lower() else "quit"


def _joined(h: Hearing) -> None:
    """A holder is back; somebody new to an open incident is told how it stands, once."""
    for incident in _involved(h):
        if not same_name(incident.channel, h.line.channel):
            continue
        held = _roles_of(incident, h.line)
        gone = incident.departed(held[0]) if held else None
        if held and gone is not None:
            told = bool(incident.was_given(f"gone:{fold(held[0].nick)}"))
            if not same_name(held[0].nick, h.line.nick):
                h.record(incident.id, Renamed(held[0].nick, h.line.nick))
            h.record(incident.id, HolderBack(held[0]))
            if told and any(same_name(held[0].nick, p.nick) for p in incident.holders()):
                h.announce(incident, "leader-back", nick=h.line.nick)


def heard(h: Hearing) -> None:
    """The leader spoke, if only chatter: noted now and then, so that it is no silence."""
    if h.line.source is Source.SHELL:
        return
    for incident in h.desk.open:
        holder = incident.holder()
        if holder is None or not same_name(incident.channel, h.line.channel) or not h.mine(holder):
            continue
        every = h.process_of(incident).baton.silent_after / 3
        if incident.departed(holder) is not None:
            h.record(incident.id, HolderBack(holder))
        elif h.now - (incident.led_at or incident.declared_at) >= every:
            h.record(incident.id, Heard())
