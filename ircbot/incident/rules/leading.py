"""The lead and the other roles: claimed, offered, accepted, given up."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from ircbot.incident.access import is_led
from ircbot.incident.events import (
    Heard,
    HolderBack,
    HolderLeft,
    OfferDeclined,
    OfferWithdrawn,
    Recognised,
    Reminded,
    Renamed,
    RoleLeft,
    RoleOffered,
    RoleOfferPlanned,
    RoleTaken,
)
from ircbot.incident.line import Line, LineKind, Source
from ircbot.incident.people import Person, same_person
from ircbot.incident.process import Role
from ircbot.incident.prompts import had_roles, has_or_had
from ircbot.incident.relevance import awaited
from ircbot.incident.rules import confirming, questions, standing_in
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.questions import ask, offered_to_speaker, offers_now
from ircbot.incident.rules.standing_in import stands_in
from ircbot.incident.rules.which import all_open_here, is_somebody, near, open_now, which
from ircbot.incident.sayings import HandOff, TakeRole
from ircbot.incident.state import Incident, Offer, PlannedOffer, holds
from ircbot.incident.stretches import filled, total
from ircbot.incident.times import long

_GOES_ON = timedelta(hours=1)  # after a leader's good-bye, in which anybody may claim the lead


def lead(ctx: Context, named: int | None = None, *, asked: bool = False) -> None:
    """The speaker says that they lead. Granted if nobody does, or if they were offered it."""
    incident = _not_closed(ctx, named, asked=asked, unless_one=True)
    if incident is None:
        return
    if not incident.live:
        _pass_on(ctx, incident, ctx.process_of(incident).lead, ctx.who_in(incident), asked=asked)
        return
    holder = incident.holder()
    offer = next((o for o in offers_now(ctx, incident) if o.role == "lead"), None)
    role, who = ctx.process_of(incident).lead, ctx.who_in(incident)
    if clash := _clash(ctx, incident, role, who):
        ctx.answer("role-exclusive", incident, nick=ctx.line.nick, other=clash, role=role.name)
    elif holder is None:
        _take_lead(ctx, incident, who, "claimed")
    elif ctx.mine(holder, incident):
        if stands_in(incident, "lead"):
            ctx.record(incident.id, RoleTaken("lead", who))
        elif offer is not None:
            _withdraw(ctx, incident, offer)
        elif asked:
            term = incident.term()
            ctx.answer("lead-already", incident, since=ctx.clock(term.since if term else ctx.now))
    elif offer is not None and ctx.mine(offer.to, incident):
        _take_lead(ctx, incident, who, "accepted")
    elif why := _forfeited(ctx, incident, holder):
        if _is_there_for(ctx, incident, asked=asked):
            _take_lead(ctx, incident, who, why)
    elif offer is not None:
        held, offered = ctx.called(holder), ctx.called(offer.to)
        ctx.answer("lead-offered-to-other", incident, holder=held, offered=offered)
    else:
        ctx.answer("lead-held", incident, holder=ctx.called(holder), claimant=ctx.line.nick)


def _forfeited(ctx: Context, incident: Incident, holder: Person) -> str:
    """Why the present holder loses the lead to whoever claims it; "" if they keep it.

    They only stood in by default, want to give it away, are "gone", or have been "silent".
    """
    if stands_in(incident, "lead"):
        return "claimed"
    if (question := incident.questions.get("leads")) and ctx.now - question.at < _GOES_ON:
        return "accepted"
    baton = ctx.process_of(incident).baton
    gone = incident.departed(holder)
    if gone and (gone.how != "split" or ctx.now - gone.at >= baton.split_heals_within):
        return "gone"
    heard = max(incident.led_at or incident.declared_at, incident.declared_at)
    return "silent" if ctx.now - heard >= baton.silent_after else ""


def _is_there_for(ctx: Context, incident: Incident, *, asked: bool) -> bool:
    """Whether the speaker may take part in an incident that somebody leads, or led. Roles give
    rights, which nobody gets from outside.
    """
    there = not is_led(incident) or ctx.is_there(incident) or ctx.may("channel", incident)
    if asked and not there:
        ctx.answer("not-there", incident, channel=incident.channel)
    return there


def _take_lead(ctx: Context, incident: Incident, to: Person, how: str) -> None:
    before = incident.term()
    ctx.record(incident.id, RoleTaken("lead", to, how))
    if ctx.declared == incident.id:
        return  # told with the declaration
    was = ""
    if before is not None:
        led = total(filled(before, incident, ctx.process_of(incident), ctx.now))
        nick = ctx.told_apart(before.holder, to)
        was = ctx.word("lead-before", incident, nick=nick, span=long(led))
    nick = to.nick if before is None else ctx.told_apart(to, before.holder)
    ctx.announce(incident, "lead-taken", nick=nick, before=was)
    if before is not None:
        told = ctx.word("lead-passed", incident, nick=nick, before=was)
        ctx.tell_all(incident, told, but=(incident.channel,))


def hand_off(ctx: Context, saying: HandOff, named: int | None = None, *, asked: bool) -> None:
    """The leader offers the lead; whoever is offered it is asked to confirm."""
    incident = _not_closed(ctx, named, asked=asked, unless_one=True)
    if incident is None:
        return
    holder, to = incident.holder(), ctx.somebody(saying.to, incident)
    if not incident.live:
        _pass_on(ctx, incident, ctx.process_of(incident).lead, to, asked=asked)
        return
    led = holder is not None and not _forfeited(ctx, incident, holder)
    if holder is not None and led and not ctx.may("handoff", incident):
        ctx.answer("offer-not-leader", incident, holder=ctx.called(holder))
    elif ctx.same_name(to.nick, ctx.setting.nick):
        ctx.answer("offer-bot", incident)
    elif holder is not None and incident.is_same(holder, to):
        if asked:
            ctx.answer("offer-yourself", incident, nick=to.nick)
    elif _is_offered(incident, "lead", to):
        if asked:
            ctx.answer("offered-already", incident, nick=to.nick)
    elif not _is_there_for(ctx, incident, asked=asked):
        return
    elif not asked and _is_elsewhere(ctx, incident, to):
        ctx.whisper("offer-absent", incident, nick=to.nick)  # "over to hg" may be a program
    elif saying.at:
        if (due := ctx.when_it_is_due(saying.at)) is not None:
            ctx.record(incident.id, RoleOfferPlanned("lead", to, due))
            ctx.announce(incident, "offer-planned", nick=to.nick, at=ctx.clock(due))
    elif not ctx.process_of(incident).lead.acknowledged:
        _take_lead(ctx, incident, to, "named")
    else:
        ctx.record(incident.id, RoleOffered("lead", to))
        ctx.announce(incident, "offered", nick=to.nick)


def _is_elsewhere(ctx: Context, incident: Incident, person: Person) -> bool:
    """Whether somebody is known to be in none of our channels."""
    elsewhere = ctx.setting.is_elsewhere(person.nick, incident.network, incident.channel)
    return elsewhere and not is_somebody(ctx, person.nick)


def _is_offered(incident: Incident, role: str, to: Person) -> bool:
    offer = incident.offers.get(role)
    return offer is not None and same_person(offer.to, to, incident.casemapping)


def _withdraw(ctx: Context, incident: Incident, offer: Offer | PlannedOffer) -> None:
    ctx.record(incident.id, OfferWithdrawn(offer.role))
    ctx.announce(
        incident, "offer-withdrawn", nick=offer.to.nick, stays=_stays(ctx, incident, offer)
    )


def _stays(ctx: Context, incident: Incident, offer: Offer | PlannedOffer) -> str:
    """Who keeps a role after all."""
    role = ctx.process_of(incident).roles.get(offer.role)
    holder = next(iter(has_or_had(incident, offer.role)), None)
    name = role.name if role else offer.role
    if holder is None:
        return ctx.word("stays-nobody", incident, role=name)
    return ctx.word("stays", incident, holder=holder.nick, role=name)


def accept(ctx: Context, incident: Incident) -> None:
    """Somebody who was offered a role takes it."""
    offer = offered_to_speaker(ctx, incident)
    if offer is None:
        ctx.answer("no-offer", incident)
    elif (role := ctx.process_of(incident).roles.get(offer.role)) is None:
        return  # the process knows it no more
    elif not incident.live:
        _pass_on(ctx, incident, role, ctx.who_in(incident), asked=True)
    elif role.key == "lead":
        _take_lead(ctx, incident, ctx.who_in(incident), "accepted")
    else:
        _take_role(ctx, incident, role, ctx.who_in(incident), "accepted")


def decline(ctx: Context, incident: Incident) -> None:
    """Somebody who was offered a role refuses it; whoever offered it may withdraw it
    the same way.
    """
    offer = offered_to_speaker(ctx, incident)
    if offer is not None:
        ctx.record(incident.id, OfferDeclined(offer.role))
        stays = _stays(ctx, incident, offer)
        ctx.announce(incident, "offer-declined", nick=ctx.line.nick, stays=stays)
        return
    open_offers: tuple[Offer | PlannedOffer, ...] = (
        *incident.offers.values(),
        *incident.planned.values(),
    )
    own = next((o for o in open_offers if ctx.mine(o.by, incident)), None)
    if own is not None:
        _withdraw(ctx, incident, own)
    else:
        ctx.answer("no-offer", incident)


def say_so(ctx: Context, incident: Incident, *, yes: bool) -> None:
    """The speaker answers an offer or a question with yes or no."""
    if offered_to_speaker(ctx, incident) is not None:
        (accept if yes else decline)(ctx, incident)
    else:
        questions.answer(ctx, incident, yes=yes)


def step_down(ctx: Context, incident: Incident, *, leaving: bool) -> None:
    """The leader gives up the lead, or says good-bye: the channel is asked for a successor. If the
    process passes the role on by acceptance, they lead until then.
    """
    term, process = incident.term(), ctx.process_of(incident)
    if term is None or incident.offers.get("lead") or incident.planned.get("lead"):
        return
    if not leaving and not process.lead.acknowledged:
        ctx.record(incident.id, RoleLeft("lead", term.holder))
        ctx.announce(incident, "role-left", nick=term.holder.nick, role=process.lead.name)
        incident = ctx.incident(incident.id)
    ask(ctx, incident, "leads", "leaving" if leaving else "stepping-down", of=None)


# --- the other roles ------------------------------------------------------------------------


def take_role(ctx: Context, saying: TakeRole, named: int | None = None, *, asked: bool) -> None:
    """Somebody takes, or is given, a role of the process."""
    incident = _not_closed(ctx, named, asked=asked)
    role = ctx.process_of(incident).roles.get(saying.role) if incident else None
    if incident is None or role is None:
        return
    if role.key == "lead":
        if not saying.nick or ctx.same_name(saying.nick, ctx.line.nick):
            lead(ctx, incident.id, asked=asked)
        else:
            hand_off(ctx, HandOff(saying.nick), incident.id, asked=asked)
        return
    mine = not saying.nick or ctx.same_name(saying.nick, ctx.line.nick)
    who = ctx.who_in(incident)
    to = who if mine else ctx.somebody(saying.nick, incident)
    if not incident.live:
        _pass_on(ctx, incident, role, to, asked=asked)
        return
    holders = incident.holders(role.key)
    if any(incident.is_same(p, to) for p in holders):
        if mine and stands_in(incident, role.key):
            ctx.record(incident.id, RoleTaken(role.key, who))
            standing_in.follow(ctx, incident.id, role.key)
        elif asked:
            names = ", ".join(p.nick for p in holders)
            ctx.answer("role-who", incident, role=role.title, nicks=names)
        return
    if clash := _clash(ctx, incident, role, to):
        ctx.answer("role-exclusive", incident, nick=to.nick, other=clash, role=role.title)
        return
    if not _is_there_for(ctx, incident, asked=asked):
        return
    if role.holders and len(holders) >= role.holders:
        _contest(ctx, incident, role, to, asked=asked)
        return
    _take_role(ctx, incident, role, to, "claimed" if mine else "named")


def _contest(ctx: Context, incident: Incident, role: Role, to: Person, *, asked: bool) -> None:
    """A role whose places are all taken: it passes as the process says; from a holder who is gone
    or is the speaker, else from the one who has had it longest.
    """
    offer, holders = incident.offers.get(role.key), incident.holders(role.key)
    gone = next((p for p in holders if incident.departed(p) is not None), None)
    speaker = next((p for p in holders if ctx.mine(p, incident)), None)
    holder = gone or speaker or holders[0]
    free = gone is not None or stands_in(incident, role.key)
    offered = offer is not None and incident.is_same(offer.to, to) and ctx.mine(offer.to, incident)
    if offered:
        _take_role(ctx, incident, role, to, "accepted")
    elif free or not role.acknowledged:
        ctx.record(incident.id, RoleLeft(role.key, holder))
        _take_role(ctx, ctx.incident(incident.id), role, to, "claimed")
    elif ctx.mine(holder, incident) and not _is_offered(incident, role.key, to):
        ctx.record(incident.id, RoleOffered(role.key, to))
        ctx.announce(incident, "role-offered", nick=to.nick, role=role.title)
    elif ctx.mine(holder, incident):
        ctx.answer("offered-already", incident, nick=to.nick)
    elif asked or ctx.mine(to, incident):
        held = ctx.called(holder)
        ctx.answer("role-held", incident, holder=held, role=role.title, claimant=to.nick)


def _clash(ctx: Context, incident: Incident, role: Role, person: Person) -> str:
    """The role that cannot be combined with this one, and that the person holds; "" if there is
    none.
    """
    for other in ctx.process_of(incident).roles.values():
        apart = other.key in role.exclusive or role.key in other.exclusive
        if apart and any(incident.is_same(p, person) for p in incident.holders(other.key)):
            return other.name
    return ""


def leave_role(ctx: Context, incident: Incident, role: Role) -> None:
    """The speaker gives up a role; the leader may remove somebody's. Some roles cannot
    be given up.
    """
    holders = incident.holders(role.key)
    by_leader = len(holders) == 1 and ctx.mine(incident.holder(), incident)
    leaving = [p for p in holders if ctx.mine(p, incident)] or (
        list(holders[:1]) if by_leader else []
    )
    kept = role.key == "lead" or (role.acknowledged and not stands_in(incident, role.key))
    if not leaving:
        nicks = ", ".join(p.nick for p in holders) or "nobody"
        ctx.answer("role-who", incident, role=role.title, nicks=nicks)
    elif kept:
        ctx.answer("role-kept", incident, role=role.title)
    else:
        ctx.record(incident.id, RoleLeft(role.key, leaving[0]))
        ctx.announce(incident, "role-left", nick=leaving[0].nick, role=role.title)


def _take_role(ctx: Context, incident: Incident, role: Role, to: Person, how: str) -> None:
    holders, offer = incident.holders(role.key), incident.offers.get(role.key)
    if how == "accepted" and role.holders and len(holders) >= role.holders:
        by = (p for p in holders if offer is not None and incident.is_same(p, offer.by))
        ctx.record(incident.id, RoleLeft(role.key, next(by, holders[0])))
    standing_in.make_room(ctx, incident.id, role.key)
    ctx.record(incident.id, RoleTaken(role.key, to, how))
    ctx.announce(incident, "role-taken", nick=to.nick, role=role.title)
    standing_in.follow(ctx, incident.id, role.key)


# --- after the end --------------------------------------------------------------------------


def _not_closed(
    ctx: Context, named: int | None, *, asked: bool, unless_one: bool = False
) -> Incident | None:
    """The incident in which a role is taken or passed on: an open one, or one that is over but not
    closed, where somebody still writes the report.
    """
    incident = which(ctx, named, ask=asked, unless_one=unless_one)
    if incident is not None and not incident.live and incident.status != "resolved":
        ctx.answer("not-open", incident, status=incident.standing)  # it was named
        return None
    return incident


def _pass_on(ctx: Context, incident: Incident, role: Role, to: Person, *, asked: bool) -> None:
    """Pass on a role after the end: from its last holder, or freely if they have left or if the
    process requires no acknowledgement. An unaddressed sentence only does so between those two
    people.
    """
    had = has_or_had(incident, role.key)
    taking, giving = ctx.mine(to, incident), any(ctx.mine(p, incident) for p in had)
    offer = incident.offers.get(role.key)
    offered = taking and offer is not None and ctx.mine(offer.to, incident)
    there = [p for p in had if role.holders and incident.departed(p) is None]
    if not (asked or offered or giving) or not _is_there_for(ctx, incident, asked=asked):
        return
    if any(incident.is_same(p, to) for p in had):
        if asked:
            nicks = ", ".join(p.nick for p in had)
            ctx.answer("role-who", incident, role=role.title, nicks=nicks)
    elif there and not (offered or giving) and (role.acknowledged or not taking):
        held = ctx.called(there[0])
        ctx.answer("role-held", incident, holder=held, role=role.title, claimant=to.nick)
    elif there and role.acknowledged and not taking:
        if not _is_offered(incident, role.key, to):
            ctx.record(incident.id, RoleOffered(role.key, to))
            ctx.announce(incident, "role-offered", nick=to.nick, role=role.title)
    else:
        for before in incident.holders(role.key) if role.holders else ():
            ctx.record(incident.id, RoleLeft(role.key, before))
        how = "accepted" if offered else "claimed" if taking else "named"
        ctx.record(incident.id, RoleTaken(role.key, to, how))
        ctx.announce(incident, "role-taken", nick=to.nick, role=role.title)


# --- people come and go ---------------------------------------------------------------------


def presence(ctx: Context) -> None:
    """Somebody joined, left or changed nick: adjust the roles that they hold."""
    match ctx.line.kind:
        case LineKind.NICK:
            _renamed(ctx)
        case LineKind.JOIN:
            _back_afterwards(ctx)
            seen(ctx)
        case LineKind.ACCOUNT:
            _logged_in(ctx)
        case _:  # QUIT, SPLIT, PART, KICK: speech comes to nobody here
            _gone(ctx)
    confirming.lapse(ctx)


def _people_of(ctx: Context, incident: Incident) -> tuple[Person, ...]:
    """The speaker as recorded among those with a role or an offer; usually one or none."""
    who = ctx.who
    return tuple([person for person in incident.people() if incident.is_same(person, who)])


def _under_this_nick(ctx: Context, incident: Incident, person: Person) -> bool:
    """Whether the speaker may be somebody, judged by nick and, as far as known, account."""
    person = incident.on_record(person)
    if person.via:
        return person.network == ctx.line.network and person.via in ctx.carried
    same = person.network == ctx.line.network and ctx.same_name(person.nick, ctx.line.nick)
    return same and (ctx.line.account is None or not person.account or ctx.mine(person))


def _renamed(ctx: Context) -> None:
    """Follow a change of nick. Somebody who has left is not followed."""
    old, new = ctx.line.nick, ctx.line.text
    for incident in open_now(ctx):
        for person in incident.people():
            here = incident.departed(person) is None
            if here and ctx.same_name(person.nick, old) and _under_this_nick(ctx, incident, person):
                by = replace(person, nick=new)
                ctx.record(incident.id, Renamed(old, new, person), by=by)


def _logged_in(ctx: Context) -> None:
    """An account was announced: people known by nick only are known by it from now on."""
    for incident in open_now(ctx):
        for person in _people_of(ctx, incident):
            if incident.departed(person) is None:
                _recognise(ctx, incident, person)
    if ctx.line.channel:  # where they are was told with it
        seen(ctx)


def _recognise(ctx: Context, incident: Incident, person: Person) -> None:
    """Record the account of somebody who was on record by nick only."""
    if ctx.line.account and not person.account:
        ctx.record(incident.id, Recognised(person, ctx.line.account))


def _gone(ctx: Context) -> None:
    """Somebody with a role or an offer left the network, or the incident's channel.

    They still count as present if another client of theirs, under another nick, is there.
    """
    everywhere = ctx.line.kind in (LineKind.QUIT, LineKind.SPLIT)
    for incident in near(ctx, ctx.state.resolved):
        # Whoever led to the end leads again if it is reopened, provided that they are there; people
        # who are not there are asked for nothing.
        if not everywhere and not ctx.is_at(incident):
            continue
        for person in had_roles(incident):
            if incident.departed(person) is None and _under_this_nick(ctx, incident, person):
                ctx.record(incident.id, HolderLeft(person, ctx.line.kind.value), by=person)
    for incident in open_now(ctx):
        if not everywhere and not ctx.is_at(incident):
            continue
        for person in incident.people():
            if incident.departed(person) is not None or not _under_this_nick(ctx, incident, person):
                continue
            if _is_thrown_out(ctx.line) and not _chose(ctx, incident, person):
                continue
            leads = holds(incident, person)
            ctx.record(incident.id, HolderLeft(person, ctx.line.kind.value), by=person)
            if leads and ctx.line.kind is not LineKind.SPLIT:
                ctx.record(incident.id, Reminded(_gone_key(incident, person)))
                if not questions.is_waiting(ctx, incident, "leads"):  # they said good-bye
                    how = _how(ctx.line)
                    ctx.announce(incident, "leader-gone", nick=person.nick, how=how)


# How InspIRCd and others show a forced leave, which the channel sees as a PART.
_REMOVED = re.compile(r"\"?(?:removed|requested) by ", re.IGNORECASE)


def _is_thrown_out(line: Line) -> bool:
    """Whether somebody was removed against their will."""
    return line.kind is LineKind.KICK or (
        line.kind is LineKind.PART and bool(_REMOVED.match(line.text))
    )


def _chose(ctx: Context, incident: Incident, person: Person) -> bool:
    """Whether being removed from an incident's channel means anything about a person.

    It does if they, or the configuration, chose that channel; not if somebody else moved the
    incident to a channel of their own.
    """
    ours = [*ctx.setting.notified(incident.network)]
    ours += [product.channel for product in ctx.setting.products.values()]
    named = [m.by for m in incident.moments if m.kind == "comms"] or [incident.declared_by]
    return any(ctx.same_name(incident.channel, one) for one in ours) or incident.is_same(
        person, named[-1]
    )


def _gone_key(incident: Incident, person: Person) -> str:
    """The key of the reminder that somebody with a role is gone."""
    return f"gone:{incident.key(person)}"


def _how(line: Line) -> str:
    match line.kind:
        case LineKind.KICK:
            return "kicked"
        case LineKind.PART:
            return "left the channel"
        case _:
            return "ping timeout" if "ping timeout" in line.text.lower() else "quit"


def _back_afterwards(ctx: Context) -> None:
    """Somebody who had a role to the end is back."""
    for incident in near(ctx, ctx.state.resolved):
        if ctx.is_at(incident):
            for departure in incident.away.values():
                if ctx.mine(departure.who, incident):
                    ctx.record(incident.id, HolderBack(departure.who))


def seen(ctx: Context) -> None:
    """Somebody is where an incident is discussed: if they have a role in it, they are there."""
    for incident in all_open_here(ctx):
        for person in incident.people():
            if incident.is_same(person, ctx.who):
                ctx.has_part = True
                _is_there(ctx, ctx.incident(incident.id), person)


def _is_there(ctx: Context, incident: Incident, person: Person) -> None:
    """A holder is there, perhaps after an absence, perhaps under another nick of their account."""
    back = incident.departed(person) is not None
    key = _gone_key(incident, person) if back else ""
    told = back and any(incident.was_sent(f"{key}{stage}") for stage in ("", ":1"))
    if back:
        ctx.record(incident.id, HolderBack(person))
    here = incident.on_record(person).network == ctx.line.network
    if here and not ctx.same_name(person.nick, ctx.line.nick):
        ctx.record(incident.id, Renamed(person.nick, ctx.line.nick, person))
        person = replace(person, nick=ctx.line.nick)
    _recognise(ctx, incident, person)
    if told and holds(incident, person):
        ctx.announce(incident, "leader-back", nick=ctx.line.nick)


def heard(ctx: Context) -> None:
    """Note now and then that the leader spoke, even small talk, so that they do not count as
    silent. Note once that somebody with a role by default, or who was called, is there.
    """
    if ctx.line.source is Source.SHELL:
        return
    for incident in all_open_here(ctx):
        holder = incident.holder()
        every = ctx.process_of(incident).baton.silent_after / 3
        silent = ctx.now - (incident.led_at or incident.declared_at) >= every
        new = any(ctx.mine(person, incident) for person in awaited(incident))
        if new or (silent and ctx.mine(holder, incident)):
            ctx.record(incident.id, Heard())
