"""Opening an incident, what it is about, and where it is talked about."""

from __future__ import annotations

import re
from datetime import timedelta
from fnmatch import fnmatchcase

from ircbot.incident.events import (
    CommsSet,
    DeclarationHeld,
    Declared,
    MilestoneSet,
    Reminded,
    RoleTaken,
    SeveritySet,
    Summarised,
    VideoSet,
)
from ircbot.incident.line import Line
from ircbot.incident.people import fold, is_speaker, same_name, speaker
from ircbot.incident.plain import plain
from ircbot.incident.rules import standing_in
from ircbot.incident.rules.guarding import looks_secret, masked, warn_of_security
from ircbot.incident.rules.hearing import Hearing
from ircbot.incident.rules.recalling import adopt
from ircbot.incident.rules.which import live_one, open_at, open_here, open_now
from ircbot.incident.sayings import Declare, SetComms, SetVideo
from ircbot.incident.state import Incident

_SAME_WITHIN = timedelta(minutes=15)  # a second declaration this soon is asked about
_SUMMARY_WITHIN = timedelta(minutes=5)  # what the declarer said this near is the summary
_ALERT_WITHIN = timedelta(minutes=30)  # a feeder's line this near is the detection
# A sentence with one of these, by who declares, says what the incident is about.
_TROUBLE = re.compile(
    r"\b(?:outage|down|fail(?:s|ed|ing|ures?)?|errors?|degrad\w+|unreachable|unavailable|broken"
    r"|offline|timeouts?|timing out|timed out|not (?:work|respond|load|serv)\w*|unresponsive"
    r"|slow(?:ness)?|latency|5\d\ds?|4\d\ds|crash\w*|disk full|no space|packet loss|on fire"
    r"|stuck|hung|hanging|flapping|overload\w*|exhausted|expired|lost|leak\w*|data loss"
    r"|(?:can'?t|cannot|unable to) (?:reach|connect|log ?in|push|deploy|load))\b",
    re.IGNORECASE,
)


def declare(h: Hearing, saying: Declare, *, asked: bool) -> None:
    """Open an incident, unless one is open here or may be the same. `asked`: by command.

    Whoever declares by command leads.
    """
    summary = masked(h, saying.summary)
    channel = h.line.channel or next(iter(h.setting.notified(h.line.network)), "")
    here = open_at(h, channel)
    if here is not None:
        _declared_again(h, here, summary, asked=asked)
        return
    if _is_asked_about(h, saying, summary):
        return
    summary = summary or _said_before(h, channel)
    product = h.setting.product_named(f"{saying.product} {summary}")
    process = h.process_of(None)
    if product and product.process:
        process = h.setting.process_named(product.process)
    number = h.desk.highest + 1
    h.record(
        number,
        Declared(
            summary=summary,
            process=process.name,
            drill=saying.drill,
            product=product.name if product else "",
            network=h.line.network,
        ),
        channel=channel,
    )
    h.declared = number
    h.adopting = saying.since
    if asked:
        h.record(number, RoleTaken("lead", h.who))
    standing_in.fill(h, number)
    if saying.severity in process.severities:
        h.record(number, SeveritySet(saying.severity))
    _date_detection(h, number, channel)
    _guard(h, number)


def _declared_again(h: Hearing, here: Incident, summary: str, *, asked: bool) -> None:
    """A declaration where one is open: the declarer says it once more, or it is refused."""
    again = h.mine(here.declared_by) and h.now - here.declared_at <= _SAME_WITHIN
    if again and summary and not here.summary:
        _summarise(h, here, summary)
    elif asked or not again:
        holder = here.holder()
        h.stopped = holder is not None and not h.mine(holder)
        h.answer("already-open", here, led=h.led(here))


def _is_asked_about(h: Hearing, saying: Declare, summary: str) -> bool:
    """Whether a declaration waits because another was made a moment ago; its speaker is asked."""
    recent = [
        i
        for i in open_now(h)
        if timedelta(0) <= h.now - i.declared_at <= _SAME_WITHIN and i.drill == saying.drill
    ]
    held = h.desk.held
    said_again = held is not None and h.mine(held.by) and h.now - held.at <= _SAME_WITHIN
    if not recent or said_again:
        return False
    h.record(0, DeclarationHeld(summary, recent[-1].id))
    h.stopped = True
    h.answer("same-as", recent[-1])
    return True


def _guard(h: Hearing, number: int) -> None:
    """A summary that looks like a security matter is not said aloud; its speaker is told."""
    incident = h.incident(number)
    if looks_secret(h, incident.summary, incident):
        h.record(number, Reminded("guarded"))
        warn_of_security(h, h.incident(number))


def _said_before(h: Hearing, channel: str) -> str:
    """What the declarer last said of the trouble, "" if nothing."""
    for line in reversed(h.said(channel, h.line.network, since=h.now - _SUMMARY_WITHIN)):
        if is_speaker(speaker(line), h.line) and (text := _trouble(h, line)):
            return text
    return ""


def _trouble(h: Hearing, line: Line) -> str:
    """What a line says is wrong, "" if it says nothing of the kind."""
    text = plain(line.text)
    if "?" in text or len(text) > 200 or not _TROUBLE.search(text):
        return ""
    return masked(h, text)


def said_after(h: Hearing) -> None:
    """Take the summary from what the declarer says just after declaring."""
    here = open_here(h)
    if (
        here is not None
        and not here.summary
        and h.mine(here.declared_by)
        and h.now - here.declared_at <= _SUMMARY_WITHIN
        and (text := _trouble(h, h.line))
    ):
        _summarise(h, here, text)


def _date_detection(h: Hearing, number: int, channel: str) -> None:
    """An alert that a feeder relayed here just before is when it was detected."""
    if not h.setting.feeders:
        return
    for line in h.said(channel, h.line.network, since=h.now - _ALERT_WITHIN):
        if any(same_name(line.nick, feeder) for feeder in h.setting.feeders):
            h.record(number, MilestoneSet("detected", line.at))
            return


def announce_declared(h: Hearing) -> None:
    """Tell of a declaration once everything its line said is known."""
    if h.declared is None:
        return
    incident = h.incident(h.declared)
    holder = incident.holder()
    leader = h.word("leader-is", incident, nick=holder.nick) if holder else ""
    asked = leader or h.word("leader-asked", incident)
    if not holder:
        h.record(incident.id, Reminded("leader"))
    h.announce(incident, "declared-here", leader=asked)
    comms = h.word("comms-is", incident, channel=incident.channel)
    h.tell_all(
        incident,
        h.word("declared", incident, leader=leader, comms=comms),
        but=(incident.channel,),
    )
    _propose_product(h, incident)
    if h.adopting is not None:
        adopt(h, incident, h.adopting)
    if count := len(h.desk.strays):
        lines = "1 TL: line" if count == 1 else f"{count} TL: lines"
        h.announce(incident, "strays", lines=lines, adopt=f"{h.setting.prefix} tl adopt")


def _propose_product(h: Hearing, incident: Incident) -> None:
    product = h.setting.products.get(incident.product)
    if product is None or incident.guarded:
        return
    nicks = [nick for nick in (product.lead, *product.engineers) if nick]
    if nicks:
        elsewhere = product.channel and not same_name(product.channel, incident.channel)
        lead = h.word("product-lead", incident, lead=product.lead) if product.lead else ""
        place = h.word("product-channel", incident, channel=product.channel) if elsewhere else ""
        people = " ".join(nicks)
        h.announce(
            incident, "product", product=product.name, lead=lead, channel=place, nicks=people
        )
    if product.runbook:
        h.announce(incident, "product-runbook", product=product.name, url=product.runbook)


def set_comms(h: Hearing, saying: SetComms, named: int | None = None, *, asked: bool) -> None:
    """Name the comms channel. `asked`: by command, so that every refusal is answered."""
    incident = live_one(h, named, asked=asked)
    if incident is None:
        return
    if same_name(incident.comms, saying.channel) and not incident.was_recovered("comms"):
        if asked:
            h.answer("comms-already", incident, channel=incident.comms)
        return
    if not asked and not (h.mine(incident.holder()) or h.mine(incident.declared_by)):
        return
    if incident.comms and incident.holder() is not None and h.refused("channel", incident):
        return
    other = _other_at(h, incident, saying.channel)
    if other is not None:
        h.answer("comms-taken", other, channel=saying.channel, led=h.led(other))
        return
    if not _may_go(h, saying.channel):
        patterns = " ".join(h.setting.may_join)
        h.answer("comms-forbidden", incident, channel=saying.channel, patterns=patterns)
        return
    before = incident.channel
    h.record(incident.id, CommsSet(saying.channel))
    if h.declared == incident.id:
        return  # told with the declaration
    now = h.incident(incident.id)
    text = h.word("comms-set", now, channel=saying.channel)
    told = h.tell_all(now, text, but=(saying.channel, h.line.channel))
    if not same_name(before, saying.channel):
        h.announce(now, "comms-here")
    elif asked and not told:
        h.answer("comms-already", now, channel=saying.channel)


def _other_at(h: Hearing, incident: Incident, channel: str) -> Incident | None:
    """Another open incident that is talked about in a channel."""
    found = open_at(h, channel)
    return found if found is not None and found.id != incident.id else None


def _may_go(h: Hearing, channel: str) -> bool:
    known = any(same_name(channel, c) for c in h.setting.notified(h.line.network))
    return known or any(fnmatchcase(fold(channel), fold(p)) for p in h.setting.may_join)


def set_video(h: Hearing, saying: SetVideo, named: int | None = None, *, asked: bool) -> None:
    """Say where people meet. "my room" is the speaker's."""
    incident = live_one(h, named, asked=asked)
    if incident is None or incident.secured:
        return
    if not asked and incident.video and not h.involved(incident):
        return
    where = re.sub(r"^(?:my|our)\b", f"{h.line.nick}'s", saying.where, flags=re.IGNORECASE)
    where = masked(h, where)
    if where != incident.video:
        h.record(incident.id, VideoSet(where))
        _announce_video(h, h.incident(incident.id))
    if asked:
        h.answer("set", incident, what="video", value=where)


def _announce_video(h: Hearing, incident: Incident) -> None:
    """Where the process says so, everybody who was told of it is told where people meet."""
    if h.process_of(incident).announce_video and not incident.guarded:
        text = h.word("video-set", incident, where=incident.video)
        h.tell_all(incident, text, but=(h.line.channel,))


def set_summary(h: Hearing, incident: Incident, text: str) -> None:
    """Say what the incident is about."""
    summary = masked(h, text)
    _summarise(h, incident, summary)
    if h.incident(incident.id).guarded:
        h.answer("summary-held", incident)
    else:
        h.answer("set", incident, what="summary", value=summary.rstrip("."))


def _summarise(h: Hearing, incident: Incident, summary: str) -> None:
    """What it is about is known, or better known; who was told without it is told now."""
    untold = not incident.summary or incident.guarded
    product = None if incident.product else h.setting.product_named(summary)
    h.record(incident.id, Summarised(summary, product.name if product else ""))
    _guard(h, incident.id)
    now = h.incident(incident.id)
    if untold and now.live and not now.guarded and h.declared != now.id:
        text = h.word("declared", now, leader="", comms="")
        h.tell_all(now, text, but=(now.channel, h.line.channel))
    if product:
        _propose_product(h, now)
