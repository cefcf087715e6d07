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
    Noted,
    Reminded,
    RoleTaken,
    SeveritySet,
    StraysGiven,
    Summarised,
    VideoSet,
)
from ircbot.incident.line import Line
from ircbot.incident.people import Person, fold, is_speaker, same_name, speaker
from ircbot.incident.plain import plain
from ircbot.incident.rules.guarding import looks_secret, masked, warn_of_security
from ircbot.incident.rules.hearing import Hearing
from ircbot.incident.rules.which import open_here, which
from ircbot.incident.sayings import Declare, SetComms, SetVideo
from ircbot.incident.state import Incident
from ircbot.incident.times import past

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


def declare(h: Hearing, saying: Declare, *, leads: bool) -> None:
    """Open an incident, unless one is open here or may be the same. `leads`: the speaker does."""
    summary, kinds = masked(saying.summary)
    here = open_here(h)
    if here is not None:
        _declared_again(h, here, summary, asked=leads)
        return
    if _held(h, summary):
        return
    number = h.desk.highest + 1
    channel = h.line.channel or next(iter(h.setting.notified(h.line.network)), "")
    product = h.setting.product_named(f"{saying.product} {summary}")
    process = h.process_of(None)
    if product and product.process:
        process = h.setting.process_named(product.process)
    h.record(
        number,
        Declared(
            summary=summary or _said_before(h, channel),
            process=process.name,
            drill=saying.drill,
            product=product.name if product else "",
            network=h.line.network,
        ),
        channel=channel,
    )
    h.declared = number
    if leads:
        h.record(number, RoleTaken("lead", h.who))
    _fill_defaults(h, number)
    if saying.severity in process.severities:
        h.record(number, SeveritySet(saying.severity))
    _date_detection(h, number, channel)
    if saying.since:
        adopt(h, number, saying.since)
    if looks_secret(h, h.incident(number).summary, h.incident(number)):
        h.record(number, Reminded("guarded"))
        warn_of_security(h, h.incident(number))
    if kinds:
        h.whisper("masked-summary", h.incident(number), what=" and ".join(kinds))


def _declared_again(h: Hearing, here: Incident, summary: str, *, asked: bool) -> None:
    """A declaration where one is open: the declarer said it twice, or it is refused."""
    again = h.mine(here.declared_by) and h.now - here.declared_at <= _SAME_WITHIN
    if again and not asked:
        if summary and not here.summary:
            h.record(here.id, Summarised(summary))
        return
    h.answer("already-open", here, led=h.led(here))


def _held(h: Hearing, summary: str) -> bool:
    """Whether a declaration waits because another was made a moment ago; its speaker is asked."""
    recent = [
        i
        for i in h.desk.open
        if timedelta(0) <= h.now - i.declared_at <= _SAME_WITHIN and i.network == h.line.network
    ]
    if not recent:
        return False
    held = h.desk.held
    if held is not None and h.mine(held.by) and h.now - held.at <= _SAME_WITHIN:
        return False
    h.record(0, DeclarationHeld(summary, recent[-1].id))
    h.answer("same-as", recent[-1])
    return True


def _said_before(h: Hearing, channel: str) -> str:
    """What the declarer last said of the trouble, "" if nothing."""
    since = h.now - _SUMMARY_WITHIN
    for line in reversed(h.memory.said(channel, h.line.network, since=since)):
        if is_speaker(speaker(line), h.line) and (text := _trouble(line)):
            return text
    return ""


def _trouble(line: Line) -> str:
    """What a line says is wrong, "" if it says nothing of the kind."""
    text = plain(line.text)
    if "?" in text or len(text) > 200 or not _TROUBLE.search(text):
        return ""
    return masked(text)[0]


def said_after(h: Hearing) -> None:
    """Take the summary from what the declarer says just after declaring."""
    here = open_here(h)
    if (
        here is not None
        and not here.summary
        and h.mine(here.declared_by)
        and h.now - here.declared_at <= _SUMMARY_WITHIN
        and (text := _trouble(h.line))
    ):
        h.record(here.id, Summarised(text))


def _fill_defaults(h: Hearing, number: int) -> None:
    """Give the roles that somebody has until they are taken."""
    incident = h.incident(number)
    process = h.process_of(incident)
    for role in process.roles.values():
        if h.incident(number).holder(role.key) is not None:
            continue
        kind, _, name = role.default.partition(":")
        if kind == "declarer":
            h.record(number, RoleTaken(role.key, h.who, "default"))
        elif kind == "on_call" and (nick := h.setting.on_call(incident.product, name or role.key)):
            h.record(number, RoleTaken(role.key, Person(nick), "default"))


def _date_detection(h: Hearing, number: int, channel: str) -> None:
    """An alert that a feeder relayed here just before is when it was detected."""
    for line in h.memory.said(channel, h.line.network, since=h.now - _ALERT_WITHIN):
        if any(same_name(line.nick, feeder) for feeder in h.setting.feeders):
            h.record(number, MilestoneSet("detected", line.at))
            return


def adopt(h: Hearing, number: int, since: str) -> None:
    """Take what was said here since then into the timeline, with its times and authors."""
    moment = past(since, h.now, h.setting.zone)
    if moment is None:
        h.answer("late-when")
        return
    incident = h.incident(number)
    h.record(number, MilestoneSet("detected", moment))
    said = [
        line
        for line in h.memory.said(incident.channel, incident.network, since=moment)
        if not line.text.startswith(h.setting.prefix) and plain(line.text)
    ]
    first = len(incident.notes) + 1
    for line in said:
        promote(h, number, line)
    last = len(h.incident(number).notes)
    key = "adopted" if said else "adopted-none"
    h.answer(key, incident, count=len(said), since=h.clock(moment), numbers=numbers(first, last))


def promote(h: Hearing, number: int, line: Line) -> int:
    """Record a line already said, with its own time and author; its number."""
    n = h.incident(number).next_note
    text, _ = masked(plain(line.text))
    h.record(number, Noted(n, text, line.at, speaker(line), line.channel))
    return n


def numbers(first: int, last: int) -> str:
    """ "#7", or "#7–#16"."""
    return f"#{first}" if last <= first else f"#{first}–#{last}"


def announce_declared(h: Hearing) -> None:
    """Tell of a declaration once everything its line said is known."""
    if h.declared is None:
        return
    incident = h.incident(h.declared)
    drill = h.word("drill", incident) if incident.drill else ""
    holder = incident.holder()
    leader = h.word("leader-is", incident, nick=holder.nick) if holder else ""
    asked = leader or h.word("leader-asked", incident)
    if not holder:
        h.record(incident.id, Reminded("leader"))
    h.announce(incident, "declared-here", leader=asked, drill=drill)
    comms = h.word("comms-is", incident, channel=incident.channel)
    h.tell_all(
        incident,
        h.word("declared", incident, leader=leader, comms=comms, drill=drill),
        but=(incident.channel,),
    )
    _propose_product(h, incident)
    if h.desk.strays:
        h.announce(incident, "strays", count=len(h.desk.strays))


def _propose_product(h: Hearing, incident: Incident) -> None:
    product = h.setting.products.get(incident.product)
    if product is None:
        return
    nicks = [nick for nick in (product.lead, *product.engineers) if nick]
    if nicks:
        channel = (
            h.word("product-channel", incident, channel=product.channel)
            if product.channel and not same_name(product.channel, incident.channel)
            else ""
        )
        engineers = f", engineers {' '.join(product.engineers)}" if product.engineers else ""
        named = h.word(
            "product",
            incident,
            product=product.name,
            lead=product.lead,
            engineers=engineers,
            nicks=" ".join(nicks),
            channel=channel,
        )
        h.tell(incident.channel, named)
    if product.runbook:
        h.announce(incident, "product-runbook", product=product.name, url=product.runbook)


def take_strays(h: Hearing, incident: Incident | None, *, keep: bool) -> None:
    """Give the lines that waited for an incident to one, or drop them."""
    strays = h.desk.strays
    if not strays:
        h.answer("no-strays")
        return
    if not keep:
        h.record(0, StraysGiven(0))
        h.answer("strays-discarded", count=len(strays))
        return
    if incident is None:
        return
    first = len(incident.notes) + 1
    for stray in strays:
        n = len(h.incident(incident.id).notes) + 1
        h.record(incident.id, Noted(n, stray.text, stray.at, stray.by, stray.channel))
    h.record(0, StraysGiven(incident.id))
    last = len(h.incident(incident.id).notes)
    h.answer("strays-adopted", incident, numbers=numbers(first, last))


def set_comms(h: Hearing, saying: SetComms, named: int | None = None, *, asked: bool) -> None:
    """Name the comms channel. `asked`: by command, so that every refusal is answered."""
    incident = which(h, named, ask=asked)
    if incident is None or not incident.live:
        if incident is not None and asked:
            h.answer("not-open", incident, status=incident.status)
        return
    if same_name(incident.comms, saying.channel):
        return
    if not asked and not (h.mine(incident.holder()) or h.mine(incident.declared_by)):
        return
    other = next(
        (
            i
            for i in h.desk.open
            if i.id != incident.id
            and i.network == incident.network
            and same_name(i.channel, saying.channel)
        ),
        None,
    )
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
    h.tell_all(now, text, but=(saying.channel, h.line.channel))
    if not same_name(before, saying.channel):
        h.announce(now, "comms-here")


def _may_go(h: Hearing, channel: str) -> bool:
    known = any(same_name(channel, c) for c in h.setting.notified(h.line.network))
    return known or any(fnmatchcase(fold(channel), fold(p)) for p in h.setting.may_join)


def set_video(h: Hearing, saying: SetVideo, named: int | None = None, *, asked: bool) -> None:
    """Say where people meet. "my room" is the speaker's."""
    incident = which(h, named, ask=asked)
    if incident is None or not incident.live:
        return
    if not asked and incident.video and not h.involved(incident):
        return
    where = re.sub(r"^(?:my|our)\b", f"{h.line.nick}'s", saying.where, flags=re.IGNORECASE)
    if where == incident.video:
        return
    h.record(incident.id, VideoSet(where))
    if asked:
        h.answer("set", incident, what="video", value=where)


def set_summary(h: Hearing, incident: Incident, text: str) -> None:
    """Say what the incident is about; a summary that was held back is told now."""
    summary, _ = masked(text)
    guarded = incident.guarded and not incident.secured
    h.record(incident.id, Summarised(summary))
    h.answer("set", incident, what="summary", value=summary)
    if guarded:
        h.tell_all(
            h.incident(incident.id),
            h.word("declared", h.incident(incident.id), leader="", comms="", drill=""),
            but=(incident.channel,),
        )
