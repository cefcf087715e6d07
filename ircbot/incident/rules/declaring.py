"""Opening an incident, what it is about, and where it is discussed."""

from __future__ import annotations

import re
from datetime import timedelta
from fnmatch import fnmatchcase

from ircbot.incident.common import COMMON
from ircbot.incident.events import (
    CommsSet,
    DeclarationHeld,
    Declared,
    MilestoneSet,
    ProductSet,
    Reminded,
    Resolved,
    RoleTaken,
    SeveritySet,
    Summarised,
    VideoSet,
)
from ircbot.incident.line import Line, Source
from ircbot.incident.people import fold, is_same
from ircbot.incident.plain import plain
from ircbot.incident.rules import alerting, correcting, standing_in
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.ending import report_words
from ircbot.incident.rules.guarding import guard_summary, masked
from ircbot.incident.rules.recalling import adopt
from ircbot.incident.rules.which import live_one, open_at, open_here, open_now
from ircbot.incident.sayings import Declare, SetComms, SetVideo
from ircbot.incident.setting import Product
from ircbot.incident.shapes import read_entry
from ircbot.incident.state import Incident
from ircbot.incident.stretches import open_spans, total
from ircbot.incident.summary import tells
from ircbot.incident.times import long
from ircbot.incident.wording import NestedText

_SAME_WITHIN = timedelta(minutes=15)  # a second declaration this soon is asked about
_SUMMARY_WITHIN = timedelta(minutes=5)  # what the declarer said this near is the summary
_ALERT_WITHIN = timedelta(minutes=30)  # a feeder's line this near is the detection


def declare(ctx: Context, saying: Declare, *, asked: bool) -> None:
    """Open an incident, unless one is open here or this may be the same. `asked`: by command.

    Whoever declares by command leads, unless the incident is already over; then nobody is called to
    it.
    """
    summary = masked(ctx, saying.summary)
    channel = ctx.line.channel or next(iter(ctx.setting.notified(ctx.line.network)), "")
    if not ctx.may_speak_in(channel):
        ctx.answer("not-there", channel=channel)
        return
    here = open_at(ctx, channel)
    over = saying.resolved is not None
    if here is not None and not over:
        _declared_again(ctx, here, summary, asked=asked)
        return
    said = summary or _said_before(ctx, channel)
    product = ctx.setting.product_named(f"{saying.product} {said}")
    private = _is_private(ctx, saying, channel, product)
    if not over and (
        _has_too_many(ctx) or _is_asked_about(ctx, summary, drill=saying.drill, private=private)
    ):
        return
    summary = said
    process = ctx.process_of(None)
    if product and product.process:
        process = ctx.setting.process_named(product.process)
    number = ctx.state.highest + 1
    ctx.record(
        number,
        Declared(
            summary=summary,
            process=process.name,
            drill=saying.drill,
            private=private,
            product=product.name if product else "",
            network=ctx.line.network,
            casemapping=ctx.setting.casemapping,
            since=saying.at,
        ),
        channel=channel,
    )
    ctx.declared = number
    ctx.adopting = saying.since
    if asked and not over:
        ctx.record(number, RoleTaken("lead", ctx.who))
    if not over:
        standing_in.fill(ctx, number)
    if saying.severity in process.severities:
        ctx.record(number, SeveritySet(saying.severity))
    if saying.at is None:  # so it is not over
        _date_detection(ctx, number, channel)
        alerting.take(ctx, number)
    guard_summary(ctx, number)
    if over:
        ctx.record(number, Resolved(at=saying.resolved))


def _declared_again(ctx: Context, here: Incident, summary: str, *, asked: bool) -> None:
    """A declaration where an incident is open: it is either repeated by the declarer,
    or refused.
    """
    again = ctx.mine(here.declared_by, here) and ctx.now - here.declared_at <= _SAME_WITHIN
    if again and summary and not here.summary:
        _summarise(ctx, here, summary)
    elif asked or not again or _is_another(here, summary):
        holder = here.holder()
        ctx.stopped = holder is not None and not ctx.mine(holder, here)
        if asked:
            ctx.answer("already-open", here, led=ctx.led(here))
        elif not here.was_sent(key := f"second:{here.key(ctx.who)}"):
            ctx.record(here.id, Reminded(key))
            ctx.whisper("second-one", here, led=ctx.led(here))


def _is_another(here: Incident, summary: str) -> bool:
    """Whether a summary has nothing in common with an incident's."""
    words, known = (set(text.lower().split()) for text in (summary, here.summary))
    return bool(words) and not words & known - COMMON


def _is_private(ctx: Context, saying: Declare, channel: str, product: Product | None) -> bool:
    """Whether an incident is neither announced beyond its channel nor shown to outsiders."""
    here = any(ctx.same_name(channel, one) for one in ctx.setting.private_channels)
    return saying.private or ctx.setting.private or here or bool(product and product.private)


def _has_too_many(ctx: Context) -> bool:
    """Whether the speaker has as many incidents open as one person may; they are told which."""
    own = [i for i in ctx.state.open if i.network == ctx.line.network and ctx.mine(i.declared_by)]
    most = ctx.setting.most_open
    if not most or len(own) < most or ctx.line.source is not Source.LIVE:
        return False
    ctx.stopped = True
    ctx.answer("declared-many", count=len(own), incidents=", ".join(str(i.id) for i in own[:most]))
    return True


def _is_asked_about(ctx: Context, summary: str, *, drill: bool, private: bool) -> bool:
    """Whether a declaration must wait because another was made a moment ago; its speaker is asked
    about it.

    A private one never waits: what is said until the answer comes would be recorded in the other,
    public incident.
    """
    recent = [
        i
        for i in open_now(ctx)
        if timedelta(0) <= ctx.now - i.declared_at <= _SAME_WITHIN
        and i.drill == drill
        and i.private >= private
        and ctx.sees(i)
    ]
    held = ctx.state.held
    said_again = held is not None and ctx.mine(held.by) and ctx.now - held.at <= _SAME_WITHIN
    if not recent or said_again:
        return False
    ctx.record(0, DeclarationHeld(summary, recent[-1].id))
    ctx.stopped = True
    ctx.answer("same-as", recent[-1])
    return True


def _said_before(ctx: Context, channel: str) -> str:
    """The declarer's last words about the trouble, "" if there are none."""
    for line in reversed(ctx.said(channel, ctx.line.network, since=ctx.now - _SUMMARY_WITHIN)):
        said_by = ctx.setting.speaker(line)
        if is_same(said_by, ctx.who, ctx.setting.casemapping) and (text := _trouble(ctx, line)):
            return text
    return ""


def _trouble(ctx: Context, line: Line) -> str:
    """What a line says is wrong, "" if it says nothing of the kind."""
    text = plain(line.text)
    if (entry := read_entry(text, ctx.language)) is not None:
        text = entry.entry
    if "?" in text or len(text) > 200 or not tells(text, ctx.language) or _is_order(ctx, text):
        return ""
    return masked(ctx, text)


def _is_order(ctx: Context, text: str) -> bool:
    """Whether a line is addressed to the bot: a command is no title."""
    nick = ctx.setting.nick.lower()
    orders = (ctx.setting.prefix.lower(), f"{nick}:", f"{nick},", "s/", "#", "!")
    return text.lower().startswith(orders)


def said_after(ctx: Context) -> None:
    """Take the summary from what the declarer says right after declaring."""
    here = open_here(ctx)
    if (
        here is not None
        and not here.summary
        and ctx.mine(here.declared_by, here)
        and ctx.now - here.declared_at <= _SUMMARY_WITHIN
        and (text := _trouble(ctx, ctx.line))
    ):
        _summarise(ctx, here, text)


def _date_detection(ctx: Context, number: int, channel: str) -> None:
    """Date the detection by an alert that a feeder relayed here just before."""
    if not ctx.setting.feeders:
        return
    for line in ctx.said(channel, ctx.line.network, since=ctx.now - _ALERT_WITHIN):
        if any(ctx.same_name(line.nick, feeder) for feeder in ctx.setting.feeders):
            ctx.record(number, MilestoneSet("detected", line.at))
            return


def announce_declared(ctx: Context, incident: Incident) -> None:
    """Announce a declaration once everything in its line is known."""
    if incident.live:
        _announce_open(ctx, incident)
        alerting.tell_taken(ctx, incident)
    else:
        ended = incident.stretches[-1].until or ctx.now
        span = long(total(open_spans(incident)))
        ctx.announce(
            incident,
            "declared-over",
            begun=ctx.told(incident.declared_at),
            ended=ctx.told(ended),
            span=span,
            report="" if incident.drill else report_words(ctx, incident),
        )
    if ctx.adopting is not None:
        adopt(ctx, incident, ctx.adopting)
    if count := sum(stray.by.network == incident.network for stray in ctx.state.strays):
        lines = NestedText("stray-line" if count == 1 else "stray-lines", {"count": count})
        ctx.announce(incident, "strays", lines=lines, adopt=f"{ctx.setting.prefix} tl adopt")


def _announce_open(ctx: Context, incident: Incident) -> None:
    holder = incident.holder()
    leader = ctx.word("leader-is", incident, nick=holder.nick) if holder else ""
    asked = leader or ctx.word("leader-asked", incident)
    if not holder:
        ctx.record(incident.id, Reminded("leader"))
    began = ctx.word("began", incident, at=ctx.told(incident.declared_at))
    began = began if incident.told_at else ""
    ctx.announce(incident, "declared-here", began=began, leader=asked)
    comms = ctx.word("comms-is", incident, channel=incident.channel)
    ctx.tell_all(
        incident,
        ctx.word("declared", incident, began=began, leader=leader, comms=comms),
        but=(incident.channel,),
    )
    _propose_product(ctx, incident)


def _propose_product(ctx: Context, incident: Incident) -> None:
    product = ctx.setting.products.get(incident.product)
    if product is None or incident.guarded:
        return
    nicks = [nick for nick in (product.lead, *product.engineers) if nick]
    if nicks:
        elsewhere = product.channel and not ctx.same_name(product.channel, incident.channel)
        lead = ctx.word("product-lead", incident, lead=product.lead) if product.lead else ""
        place = ctx.word("product-channel", incident, channel=product.channel) if elsewhere else ""
        people = " ".join(nicks)
        ctx.announce(
            incident, "product", product=product.name, lead=lead, channel=place, nicks=people
        )
    if product.runbook:
        ctx.announce(incident, "product-runbook", product=product.name, url=product.runbook)


def set_comms(ctx: Context, saying: SetComms, named: int | None = None, *, asked: bool) -> None:
    """Name the comms channel. `asked`: by command, so that every refusal is answered."""
    incident = live_one(ctx, named, asked=False)
    if incident is None:
        led = _led_by_speaker(ctx) if named is None else None
        incident = led or live_one(ctx, named, asked=asked)
    if incident is None:
        return
    if ctx.same_name(incident.comms, saying.channel) and not incident.was_recovered("comms"):
        if asked:
            ctx.answer("comms-already", incident, channel=incident.comms)
        return
    if not ctx.may("channel", incident):
        if asked:
            ctx.refused("channel", incident)
        return
    other = _other_at(ctx, incident, saying.channel)
    if other is not None:
        tell_taken(ctx, other, saying.channel)
        return
    if not _may_go(ctx, saying.channel):
        patterns = " ".join(ctx.setting.may_join)
        ctx.answer("comms-forbidden", incident, channel=saying.channel, patterns=patterns)
        return
    before = incident.channel
    ctx.record(incident.id, CommsSet(saying.channel))
    if ctx.declared == incident.id:
        return  # told with the declaration
    now = ctx.incident(incident.id)
    text = ctx.word("comms-set", now, channel=saying.channel)
    told = ctx.tell_all(now, text, but=(saying.channel, ctx.line.channel))
    if not ctx.same_name(before, saying.channel):
        ctx.announce(now, "comms-here")
    if saying.everybody or (asked and not told and ctx.same_name(before, saying.channel)):
        ctx.answer("comms-already", now, channel=saying.channel)


def follow_channel(ctx: Context) -> None:
    """A channel was renamed: the incidents discussed there move with it."""
    old, new = ctx.line.channel, ctx.line.text
    for incident in ctx.state.incidents.values():
        if incident.status in ("open", "resolved") and ctx.is_at(incident, old):
            ctx.record(incident.id, CommsSet(new))


def tell_taken(ctx: Context, other: Incident, channel: str) -> None:
    """Say that another incident is discussed there; outsiders learn no more."""
    key = "comms-taken" if ctx.sees(other) else "comms-taken-unseen"
    ctx.answer(key, other, channel=channel, led=ctx.led(other))


def _led_by_speaker(ctx: Context) -> Incident | None:
    """The only open incident that the speaker leads: the bot may have been moved elsewhere."""
    led = [i for i in open_now(ctx) if any(ctx.mine(p, i) for p in i.holders())]
    return led[0] if len(led) == 1 else None


def _other_at(ctx: Context, incident: Incident, channel: str) -> Incident | None:
    """Another open incident that is discussed in a channel."""
    found = open_at(ctx, channel)
    return found if found is not None and found.id != incident.id else None


def _may_go(ctx: Context, channel: str) -> bool:
    mapping = ctx.setting.casemapping
    known = any(ctx.same_name(channel, c) for c in ctx.setting.notified(ctx.line.network))
    folded = fold(channel, mapping)
    return known or any(fnmatchcase(folded, fold(p, mapping)) for p in ctx.setting.may_join)


def set_video(ctx: Context, saying: SetVideo, named: int | None = None, *, asked: bool) -> None:
    """Record where people meet. "my room" is the speaker's."""
    incident = live_one(ctx, named, asked=asked)
    if incident is None or incident.secured or not (asked or ctx.involved(incident)):
        return
    where = re.sub(r"^(?:my|our)\b", f"{ctx.line.nick}'s", saying.where, flags=re.IGNORECASE)
    where = masked(ctx, where)
    changed = where != incident.video
    if changed:
        ctx.record(incident.id, VideoSet(where))
        _announce_video(ctx, ctx.incident(incident.id))
    if asked and changed:
        correcting.tell_set(ctx, incident.id, "video")
    elif asked:
        ctx.answer("set", incident, what="video", value=where)


def _announce_video(ctx: Context, incident: Incident) -> None:
    """If the process wants it, tell everybody who was told of the incident where people meet."""
    told = not (incident.guarded or ctx.is_hidden(incident))
    if told and ctx.process_of(incident).announce_video:
        text = ctx.word("video-set", incident, where=incident.video)
        ctx.tell_all(incident, text, but=(ctx.line.channel,))


def set_summary(ctx: Context, incident: Incident, text: str) -> None:
    """Say what the incident is about."""
    summary = masked(ctx, text)
    _summarise(ctx, incident, summary)
    if ctx.incident(incident.id).guarded:
        ctx.answer("summary-held", incident)
    else:
        correcting.tell_set(ctx, incident.id, "summary")


def set_product(ctx: Context, incident: Incident, text: str) -> None:
    """Record which product the incident is about: one of ours, or any if none is configured."""
    known = ctx.setting.products
    product = next((p for name, p in known.items() if name.lower() == text.lower()), None)
    if known and product is None:
        ctx.answer("product-none", incident, products=", ".join(known))
        return
    name = product.name if product else masked(ctx, text)
    if name == incident.product:
        ctx.answer("set", incident, what="product", value=name)
        return
    ctx.record(incident.id, ProductSet(name))
    correcting.tell_set(ctx, incident.id, "product")
    _propose_product(ctx, ctx.incident(incident.id))


def _summarise(ctx: Context, incident: Incident, summary: str) -> None:
    """The summary is known, or improved: tell those who were told without it."""
    untold = not incident.summary or incident.guarded
    product = None if incident.product else ctx.setting.product_named(summary)
    ctx.record(incident.id, Summarised(summary, product.name if product else ""))
    guard_summary(ctx, incident.id)
    now = ctx.incident(incident.id)
    if untold and now.live and not now.guarded and ctx.declared != now.id:
        text = ctx.word("declared", now, began="", leader="", comms="")
        ctx.tell_all(now, text, but=(now.channel, ctx.line.channel))
    if product:
        _propose_product(ctx, now)
