"""How each event changes the state: one case for each.

An entry that is here happened, whoever may have caused it: no rule is consulted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import assert_never

from pyrsistent import pvector

from ircbot.incident.erasing import WithoutPerson, WithoutWords
from ircbot.incident.events import (
    Absent,
    ActionAdded,
    ActionChanged,
    ActionDone,
    ActionTicketed,
    Alerted,
    AlertOver,
    AlertsTold,
    Arrived,
    ChangeUndone,
    ChannelJoined,
    ChannelLeft,
    Closed,
    CommsSet,
    Confirmed,
    Continued,
    Copied,
    DeclarationHeld,
    Declared,
    Duplicated,
    Edited,
    Entry,
    Forgotten,
    Heard,
    HolderBack,
    HolderLeft,
    HypothesisAdded,
    HypothesisJudged,
    ImpactSet,
    Linked,
    LogEnded,
    MeetingSet,
    Messaged,
    MilestoneSet,
    Noted,
    Notified,
    OfferDeclined,
    OfferWithdrawn,
    Parked,
    ProductSet,
    Promised,
    PropsGiven,
    ProseWritten,
    PublishDropped,
    PublishDue,
    Published,
    PublishFailed,
    PublishRetried,
    Purged,
    QuestionAnswered,
    QuestionAsked,
    Recognised,
    Redacted,
    RedactionAsked,
    Related,
    Reminded,
    Renamed,
    Reopened,
    ReportDelivered,
    ReportPromised,
    Resolved,
    Restored,
    Retimed,
    Returned,
    RoleLeft,
    RoleOffered,
    RoleOfferPlanned,
    RoleTaken,
    Secured,
    SeveritySet,
    StatusSet,
    StrayKept,
    StraysGiven,
    Struck,
    Summarised,
    Ticked,
    TopicKept,
    Unconfirmed,
    Updated,
    VideoSet,
    WhyAdded,
    WithdrawalAsked,
    WithdrawalRefused,
    Withdrawn,
)
from ircbot.incident.line import Source
from ircbot.incident.marks import rewritten
from ircbot.incident.people import fold
from ircbot.incident.state.alerting import with_alert, with_alert_over, with_telling
from ircbot.incident.state.changing import (
    moment_of,
    quickly_replaced,
    with_account,
    with_moment,
    with_moment_of,
    with_participant,
    with_remark,
    without_keys,
    without_reminders,
)
from ircbot.incident.state.ending import with_end, with_reopening, with_resolution
from ircbot.incident.state.erased import erased, unseen
from ircbot.incident.state.header import with_change
from ircbot.incident.state.incident import Incident, nick_key, place_of
from ircbot.incident.state.numbered import action_after, note_after, with_note
from ircbot.incident.state.parts import (
    PAST,
    Action,
    Asked,
    Call,
    Departure,
    Gap,
    Hypothesis,
    Offer,
    PlannedOffer,
    PromisedUpdate,
    Question,
    Remark,
    ReportAuthor,
    TimesSent,
    Update,
)
from ircbot.incident.state.publishing import with_delivery, with_staleness
from ircbot.incident.state.roles import (
    holds,
    with_holders_heard,
    with_new_nick,
    with_people,
    with_return,
    with_role_taken,
    with_term_ended,
)
from ircbot.incident.state.state import Held, State, Stray, place, roughly, topic_key
from ircbot.incident.state.telling import promise_subject, with_arrival, with_update


def replay(entries: Iterable[Entry], state: State | None = None) -> State:
    """The state after these entries."""
    state = state or State()
    for entry in entries:
        state = evolve(state, entry)
    return state


def evolve(state: State, entry: Entry) -> State:
    """The state after one more entry."""
    if entry.incident == 0:
        return _state_after(state, entry)
    incident = incident_after(state.incidents.get(entry.incident), entry)
    if incident is None:  # an entry of an incident that was not loaded changes nothing here
        return state
    left, event = state.left, entry.event
    if isinstance(event, CommsSet):
        left = without_keys(left, place(incident.network, event.channel, incident.casemapping))
    return _with_incident(state, incident, left)


def incident_after(before: Incident | None, entry: Entry) -> Incident | None:
    """An incident after one more entry of its own; None while it is not declared."""
    event = entry.event
    if isinstance(event, Declared):
        return _declared(entry, event)
    if before is None:
        return None
    after = with_holders_heard(_changed(before, entry), entry)
    after = with_staleness(after, entry, before) if after.deliveries else after
    if entry.said and event.takes_part and before.live:
        after = with_participant(after, entry.by)
    after = with_account(after, entry.by) if entry.by.account else after
    if after.changed_at != entry.at:
        after = quickly_replaced(after, changed_at=entry.at)
    if after.source is Source.IMPORT and _is_followed(after, entry):
        after = quickly_replaced(after, known_until=max(after.followed_until, entry.at))
    return after


def _is_followed(i: Incident, entry: Entry) -> bool:
    """Whether people, or the log it was imported from, continued with an incident."""
    soon = entry.at - i.followed_until <= PAST
    return soon or entry.source is Source.IMPORT or isinstance(entry.event, Reopened)


def _with_incident(state: State, incident: Incident, left: Mapping[str, tuple[str, str]]) -> State:
    incidents = {**state.incidents, incident.id: incident}
    before = state.incidents.get(incident.id)
    if before is None or left is not state.left or not _stays_open(before, incident):
        highest = max(state.highest, incident.id)
        return replace(state, incidents=incidents, highest=highest, left=left)
    # Every line needs the open incidents, and hardly any entry changes them.
    open_now = tuple([incident if i is before else i for i in state.open])
    places, key = state.open_places, roughly(incident.network, incident.channel)
    here = tuple([incident if i is before else i for i in places[key]])
    return quickly_replaced(
        state, incidents=incidents, open=open_now, open_places={**places, key: here}
    )


def _stays_open(before: Incident, now: Incident) -> bool:
    """Whether an incident is open in the same channel as before."""
    there = before.status, before.comms, before.declared_in, before.network
    return now.live and there == (now.status, now.comms, now.declared_in, now.network)


def _declared(entry: Entry, event: Declared) -> Incident:
    moment = moment_of(entry, fact=event.summary)
    if event.since:
        moment = replace(moment, at=event.since, recorded=entry.at)
    declared = Incident(
        id=entry.incident,
        process=event.process,
        declared_at=event.since or entry.at,
        declared_by=entry.by,
        declared_in=entry.channel,
        summary=event.summary,
        drill=event.drill,
        private=event.private,
        product=event.product,
        network=event.network,
        casemapping=event.casemapping,
        source=entry.source,
        told_at=entry.at if event.since else None,
        clock=entry.at,
        moments=pvector([moment]),
        changed_at=entry.at,
    )
    return with_participant(with_account(declared, entry.by), entry.by)


def _state_after(state: State, entry: Entry) -> State:
    """The state after an entry that belongs to no incident. All other events leave it unchanged."""
    match entry.event:
        case StrayKept(text, at):
            stray = Stray(at or entry.at, entry.by, entry.channel, text, entry.source)
            return replace(state, strays=state.strays.append(stray))
        case StraysGiven():
            return replace(state, strays=pvector())
        case DeclarationHeld(summary, like):
            held = Held(entry.at, entry.by, entry.channel, summary, like)
            return replace(state, held=held)
        case ChannelJoined(channel, network, casemapping):
            key = place(network, channel, casemapping)
            joined = {**state.joined, key: (network, channel)}
            return replace(state, joined=joined, left=without_keys(state.left, key))
        case ChannelLeft(channel, network, casemapping):
            key = place(network, channel, casemapping)
            left = {**state.left, key: (network, channel)}
            return replace(state, joined=without_keys(state.joined, key), left=left)
        case Forgotten(_, nick) as order if nick:
            visitor = WithoutPerson(order)
            incidents = {n: erased(unseen(i, order), visitor) for n, i in state.incidents.items()}
            return replace(rewritten(replace(state, incidents={}), visitor), incidents=incidents)
        case TopicKept(channel, topic):
            key = topic_key(channel)
            kept = (
                without_keys(state.topics, key) if topic is None else {**state.topics, key: topic}
            )
            return replace(state, topics=kept)
        case Alerted() as alerted:
            alerts = with_alert(state.alerts, entry, alerted)
            return replace(state, alerts=alerts, alert_count=max(state.alert_count, alerted.n))
        case AlertOver() as over:
            return replace(state, alerts=with_alert_over(state.alerts, entry, over))
        case AlertsTold() as told:
            alerts = with_telling(state.alerts, told)
            return replace(state, alerts=alerts, alerts_told_at=entry.at)
        case _:
            return state


def _changed(i: Incident, entry: Entry) -> Incident:  # noqa: C901, PLR0915 (a table)
    """An incident after an event."""
    at, by = entry.at, entry.by
    match entry.event:
        case Noted() as noted:  # first: it comes by the thousand
            return with_note(i, entry, noted)
        case Summarised(summary, product):
            named = replace(with_change(i, entry, "summary", summary), product=product or i.product)
            return without_reminders(named, "guarded")
        case ProductSet(product):
            return with_change(i, entry, "product", product)
        case ImpactSet(impact):
            return with_change(with_participant(i, by), entry, "impact", impact)
        case SeveritySet(severity):
            return with_change(i, entry, "severity", severity)
        case StatusSet(status):
            return with_moment(replace(i, stage=status), entry, what=status)
        case CommsSet(channel):
            return with_moment(replace(i, comms=channel), entry, what=channel)
        case VideoSet(where):
            return with_change(i, entry, "video", where)
        case MilestoneSet(name, when):
            return with_change(i, entry, name, when)
        case ChangeUndone(n):
            change = i.change(n)
            if change is None:
                return i
            restored = with_change(i, entry, change.what, change.old, undoes=n)
            return without_reminders(restored, "guarded") if change.what == "summary" else restored
        case Resolved(text, since):
            return with_resolution(i, entry, text, since or at)
        case Reopened(reason):
            return with_reopening(i, entry, reason)
        case Closed():
            return with_moment(replace(i, status="closed", closed_at=at), entry)
        case Withdrawn(reason):
            ended = with_end(replace(i, status="withdrawn", closed_at=at), at)
            return with_moment(ended, entry, words=reason)
        case Duplicated(of):
            ended = with_end(replace(i, status="duplicate", duplicate_of=of, closed_at=at), at)
            return with_moment(ended, entry, what=str(of))
        case Related(to):
            return replace(i, related=(*i.related, to))
        case WithdrawalAsked(reason):
            return replace(i, withdrawal=Asked(by, at, reason))
        case WithdrawalRefused():
            return replace(i, withdrawal=None)
        case QuestionAsked(key, of, text):
            before = i.questions.get(key)
            asked = Question(of, at, by, text, before.times + 1 if before else 1)
            return replace(i, questions={**i.questions, key: asked})
        case QuestionAnswered(key):
            if key not in i.questions:
                return i
            answered = replace(i.questions[key], answered=True)
            return replace(i, questions={**i.questions, key: answered})
        case RoleOfferPlanned(role, to, due):
            planned = PlannedOffer(role, to, by, due)
            waiting = without_reminders(i, f"planned:{role}")
            return replace(waiting, planned={**i.planned, role: planned})
        case RoleOffered(role, to):
            plan = i.planned.get(role)
            # When its time comes, the bot makes the offer in the name of whoever planned it.
            offering = plan.by if plan is not None and plan.to == to else by
            return replace(
                without_reminders(i, f"baton:{role}"),
                offers={**i.offers, role: Offer(role, to, offering, at)},
                planned=without_keys(i.planned, role),
            )
        case OfferDeclined(role) | OfferWithdrawn(role):
            return replace(
                i,
                offers=without_keys(i.offers, role),
                planned=without_keys(i.planned, role),
            )
        case RoleTaken(role, holder, how):
            return with_role_taken(i, entry, role, holder, how)
        case RoleLeft(role, holder):
            return with_moment_of(with_term_ended(i, role, holder, at), entry, holder)
        case HolderLeft(holder, how):
            departure = Departure(holder, at, how)
            gone = replace(i, away={**i.away, i.key(holder): departure})
            # Most splits heal, so a split is no milestone; the next leader's, if any, tells of it.
            leads = how != "split" and holds(i, holder)
            return with_moment_of(gone, entry, holder) if leads else gone
        case HolderBack(holder):
            return without_reminders(with_return(i, holder, at), f"gone:{i.key(holder)}")
        case Renamed(old, new, who):
            return with_new_nick(i, old, new, who)
        case Recognised(who, account):
            known = with_account(i, replace(who, account=account))
            return with_people(known, lambda p: replace(p, account=account) if p == who else p)
        case Confirmed(who):
            key = nick_key(who.network, who.nick, i.casemapping)
            vouched = replace(i, confirmed={**i.confirmed, key: who}) if who.account else i
            return with_moment_of(vouched, entry, who)
        case Unconfirmed(who):
            key = nick_key(who.network, who.nick, i.casemapping)
            return replace(i, confirmed=without_keys(i.confirmed, key))
        case (
            Continued(n)
            | Edited(n)
            | Retimed(n)
            | Struck(n)
            | Restored(n)
            | Copied(n)
            | Returned(n)
            | RedactionAsked(n)
            | Redacted(n)
        ):
            place = place_of(i.notes, n)
            if place is None:
                return i
            if isinstance(entry.event, RedactionAsked):
                i = replace(i, redactions={**i.redactions, n: Asked(by, at)})
            elif isinstance(entry.event, Restored | Redacted) and n in i.redactions:
                left = {number: one for number, one in i.redactions.items() if number != n}
                i = replace(i, redactions=left)
            changed_note = note_after(i.notes[place], entry, entry.event)
            return replace(i, notes=i.notes.set(place, changed_note))
        case Absent(since, until, recovered):
            gap = Gap(entry.channel, since, until, recovered)
            # The person who was vouched for may have left meanwhile.
            return replace(i, gaps=i.gaps.append(gap), confirmed={})
        case Notified(nicks, text):
            # The bot calls whoever is on call, and is not a participant.
            called = replace(i, calls=i.calls.append(Call(at, by, nicks, text)))
            return with_participant(called, by) if entry.said else called
        case Updated(text, channels):
            return with_update(with_participant(i, by), Update(at, by, text, channels))
        case Promised(due):
            channel = entry.channel or i.channel
            promise = PromisedUpdate(channel, due, by, at)
            waiting = replace(i, promises={**i.promises, fold(channel, i.casemapping): promise})
            return without_reminders(waiting, promise_subject(i, channel))
        case Arrived() as arrived:
            return with_arrival(i, arrived)
        case Reminded(key, late):
            given = TimesSent(i.was_sent(key) + 1, at)
            return replace(
                i, reminders_sent={**i.reminders_sent, key: given}, late=i.late + bool(late)
            )
        case Messaged(key, text):
            return with_remark(with_participant(i, by), "messages", Remark(at, by, text, key=key))
        case ReportPromised(who):
            writer = ReportAuthor(who, at) if who is not None else i.report_writer
            return replace(i, report_promised_at=at, report_writer=writer)
        case ReportDelivered(where):
            done = replace(i, report_done_at=i.report_done_at or at)
            done = without_reminders(done, "report-changed")
            return with_remark(done, "published", Remark(at, by, "", url=where))
        case ActionAdded(n, text, owner, due, others):
            action = Action(n, text, by, at, owner, due, others=others)
            return replace(with_participant(i, by), actions=i.actions.append(action))
        case ActionDone(n) | ActionTicketed(n) | ActionChanged(n):
            place = place_of(i.actions, n)
            if place is None:
                return i
            changed = action_after(i.actions[place], entry.event, at)
            return replace(i, actions=i.actions.set(place, changed))
        case WhyAdded(text):
            return with_remark(with_participant(i, by), "whys", Remark(at, by, text))
        case ProseWritten(section, text, whole):
            kept = i.prose if not whole else pvector(p for p in i.prose if p.key != section)
            return with_remark(
                replace(i, prose=kept), "prose", Remark(at, by, text.strip(), key=section)
            )
        case PropsGiven(nick, reason):
            return with_remark(with_participant(i, by), "props", Remark(at, by, reason, who=nick))
        case Linked(url, text):
            return with_remark(with_participant(i, by), "links", Remark(at, by, text, url=url))
        case Parked(text):
            return with_remark(with_participant(i, by), "parked", Remark(at, by, text))
        case Ticked(key):
            return replace(i, ticked={**i.ticked, key: at})
        case HypothesisAdded(n, text):
            guess = Hypothesis(n, text, by, at)
            return replace(with_participant(i, by), hypotheses=i.hypotheses.append(guess))
        case HypothesisJudged(n, proved):
            place = place_of(i.hypotheses, n)
            if place is None:
                return i
            judged = replace(i.hypotheses[place], proved=proved)
            return replace(i, hypotheses=i.hypotheses.set(place, judged))
        case MeetingSet(when):
            return replace(i, meeting_at=when)
        case PublishDue() | Published() | PublishFailed() | PublishRetried() | PublishDropped():
            return with_delivery(i, entry, entry.event)
        case Heard():
            return with_participant(i, by)
        case Secured(lifted):
            kind = Secured.reads[lifted].kind
            return with_moment(replace(i, secured=not lifted), entry, kind)
        case Purged():
            return replace(erased(i, WithoutWords()), purged=True)
        case Forgotten(_, nick) as order:
            return erased(unseen(i, order), WithoutPerson(order)) if nick else i
        case (
            Declared()
            | LogEnded()
            | StrayKept()
            | StraysGiven()
            | DeclarationHeld()
            | ChannelJoined()
            | ChannelLeft()
            | TopicKept()
            | Alerted()
            | AlertOver()
            | AlertsTold()
        ):  # handled elsewhere, or fully described by their entry: nothing changes here
            return i
        case _ as unreachable:
            assert_never(unreachable)
