"""The process's prompts: when each comes, what ticks it off, whom it addresses, how it is worded.

reminders.py handles those that come with time, rules/prompting.py those that somebody's words call
for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import islice

from ircbot.incident.find import has_any
from ircbot.incident.people import Person, fold
from ircbot.incident.process import Process, Prompt
from ircbot.incident.setting import Setting
from ircbot.incident.stages import MOMENTS, moment, stage
from ircbot.incident.state import Incident
from ircbot.incident.stretches import open_time, peak
from ircbot.incident.texts import own_text
from ircbot.incident.times import long
from ircbot.incident.wording import Wording
from ircbot.incident.words import say
from ircbot.values import dataclass

_AT_ONCE = timedelta(seconds=5)  # no prompt comes between lines that follow each other this fast
_NAMED = 3  # holders of a role to address by name


@dataclass(frozen=True, slots=True)
class Count:
    """The time from which a prompt counts; `round` is how often the count restarted."""

    begin: datetime
    round: int


def count(incident: Incident, prompt: Prompt, process: Process) -> Count | None:
    """The time from which a prompt counts; None before its moment and after its end."""
    begin = moment(incident, prompt.when, process) or met_at(incident, prompt.when, process)
    if begin is None or incident.live != MOMENTS.get(prompt.when, True):
        return None
    anew = [at for at in occurrences(incident, prompt.again) if at >= begin]
    return Count(max([begin, *anew]), len(anew))


def moments(prompt: Prompt, begin: datetime, zone: tzinfo) -> Iterator[datetime]:
    """The times (UTC) at which a prompt comes if it counts from `begin`."""
    first = begin + max(prompt.after, timedelta(0) if is_private(prompt) else _AT_ONCE)
    if not prompt.at:
        yield from (first + prompt.every * number for number in range(prompt.times))
        return
    clock = sorted(time.fromisoformat(each) for each in prompt.at)
    days = (first.astimezone(zone).date() + timedelta(days=n) for n in range(prompt.times + 1))
    times = (datetime.combine(day, each, zone).astimezone(UTC) for day in days for each in clock)
    yield from islice((at for at in times if at >= first), prompt.times)


def occurrences(incident: Incident, name: str) -> list[datetime]:
    """The times of what a prompt's `again` names."""
    kind, _, key = name.partition(":")
    match kind:
        case "role":
            return [t.since for t in incident.terms if t.role == key and t.how != "default"]
        case "comms" | "video" | "severity":
            return [moment.at for moment in incident.moments if moment.kind == kind]
        case "link":
            return [link.at for link in incident.links if key in link.text.lower()]
        case "action":
            return [action.at for action in incident.actions]
        case "why":
            return [why.at for why in incident.whys]
        case "message":
            return [m.at for m in incident.messages if not key or m.about == key]
        case "update":
            return [update.at for update in incident.updates]
        case "notified":
            return [call.at for call in incident.calls if call.reached]
        case "hypothesis":
            return [guess.at for guess in incident.hypotheses]
        case _:
            return []


# What a prompt's `until` may name besides an item of a checklist, and what may follow its colon.
UNTIL: Mapping[str, str] = {
    "role": "KEY",
    "apart": "KEY",
    "severity": "",
    "comms": "",
    "video": "",
    "impact": "",
    "notified": "",
    "called": "",
    "update": "",
    "link": "[WORD]",
    "action": "[ticketed]",
    "why": "",
    "hypothesis": "[proved|settled]",
    "meeting": "",
    "mitigated": "",
    "resolved": "",
    "report": "",
    "message": "[KEY]",
    "status": "KEY",
    "closed": "",
}
# Those of them that may be a prompt's `when` or `again`, because their times are known.
TIMED = frozenset(
    ("role", "comms", "video", "severity", "link", "action", "why", "message", "update", "notified")
) | {"hypothesis"}


def is_met(  # noqa: C901 (a table)
    incident: Incident, name: str, process: Process, *, called: Sequence[str] = ()
) -> bool:
    """Whether what a prompt's `until` names has happened. `called` are those on call for it."""
    kind, _, key = name.partition(":")
    match kind:
        case "role":
            return any(t.role == key and t.how != "default" for t in incident.terms)
        case "apart":
            lead, others = incident.holder(), incident.holders(key)
            return lead is None or not any(incident.is_same(lead, p) for p in others)
        case "severity":
            return bool(incident.severity)
        case "comms":
            return bool(incident.comms)
        case "video":
            return bool(incident.video)
        case "impact":
            return bool(incident.impact)
        case "notified":
            return any(call.reached for call in incident.calls)
        case "called":
            mapping = incident.casemapping
            named = {fold(nick, mapping) for call in incident.calls for nick in call.reached}
            return bool(called) and {fold(nick, mapping) for nick in called} <= named
        case "update":
            return bool(incident.updates)
        case "link":
            return any(key in link.text.lower() for link in incident.links)
        case "action":
            wanted = [action.ticket for action in incident.actions]
            return bool(wanted) and (not key or all(wanted))
        case "why":
            return bool(incident.whys)
        case "hypothesis":
            return _is_settled([guess.proved for guess in incident.hypotheses], key)
        case "meeting":
            return incident.meeting_at is not None
        case "mitigated":
            return incident.mitigated_at is not None
        case "resolved":
            return incident.resolved_at is not None
        case "report":
            return incident.report_done_at is not None
        case "message":
            return any(not key or sent.about == key for sent in incident.messages)
        case "status":
            return stage(incident, process) == key
        case "closed":
            return incident.status == "closed"
        case _:
            return name in incident.ticked


def met_at(incident: Incident, name: str, process: Process) -> datetime | None:
    """When what `is_met` names happened, None if that is unknown or it has not."""
    kind = name.partition(":")[0]
    match kind:
        case "mitigated" | "resolved" | "reported":
            taken = [at for at in (moment(incident, kind, process),) if at is not None]
        case _ if kind in TIMED:
            taken = occurrences(incident, name)
        case _:
            taken = [at for at in (incident.ticked.get(name),) if at is not None]
    return min(taken, default=None)


def _is_settled(proved: Sequence[bool | None], wanted: str) -> bool:
    match wanted:
        case "proved":
            return True in proved
        case "settled":
            return bool(proved) and None not in proved
        case _:
            return bool(proved)


def is_ticked_off(
    incident: Incident, prompt: Prompt, process: Process, setting: Setting, now: datetime
) -> bool:
    """Whether nothing is left for a prompt to ask for."""
    called = on_duty(incident, prompt, setting, now)
    return any(is_met(incident, name, process, called=called) for name in prompt.until)


def is_asked_at(incident: Incident, prompt: Prompt, process: Process) -> bool:
    """Whether a prompt applies at an incident's severity, known or assumed; after the end, at its
    worst.
    """
    severity = incident.severity if incident.live else peak(incident, process)
    return process.is_for(prompt.severities, severity)


# --- whom it speaks to ------------------------------------------------------------------------


def on_duty(incident: Incident, prompt: Prompt, setting: Setting, now: datetime) -> tuple[str, ...]:
    """The people on call for a prompt's subject, without repetition; for a prompt that repeats,
    only those who may be there to hear it.
    """
    nicks = (setting.on_call(incident.product, key, now) for key in prompt.on_call)
    again = prompt.times > 1
    return tuple(
        dict.fromkeys(
            nick
            for nick in nicks
            if nick
            and not (again and setting.is_elsewhere(nick, incident.network, incident.channel))
        )
    )


def destinations(
    incident: Incident, prompt: Prompt, process: Process, setting: Setting, now: datetime
) -> tuple[str, ...]:
    """The channels, or the nick, that a prompt goes to; none if there is nothing to say."""
    product = setting.products.get(incident.product)
    if "{runbook}" in prompt.text and not (product and product.runbook):
        return ()
    if is_private(prompt):
        if who := _in_private(incident, prompt, process, now):
            return (who.nick,)
        if len(prompt.to) == 1:
            return ()
    if prompt.to == ("on_call",) and not on_duty(incident, prompt, setting, now):
        return ()
    if not prompt.everywhere:
        return (incident.channel,)
    told = (incident.channel, *setting.told(incident.network, private=incident.private))
    mapping = incident.casemapping
    return tuple({fold(channel, mapping): channel for channel in reversed(told)}.values())[::-1]


def is_private(prompt: Prompt) -> bool:
    """Whether a prompt is for one person only, and that person is there."""
    return prompt.to[0].startswith("private")


def _in_private(
    incident: Incident, prompt: Prompt, process: Process, now: datetime
) -> Person | None:
    """The recipient of a private prompt; None if nobody is there or the prompt is not private."""
    kind, _, role = prompt.to[0].partition(":")
    if kind != "private":
        return None
    role = role or "lead"
    who = there(incident, role, process, now) or _instead(incident, (role,))
    return next(iter(who), None)


def spoken_to(
    incident: Incident, prompt: Prompt, process: Process, setting: Setting, now: datetime
) -> tuple[str, ...]:
    """The nicks in front of a prompt: those of the first in `to` who are there; none if it goes to
    one person privately.
    """
    if _in_private(incident, prompt, process, now):
        return ()
    duty = on_duty(incident, prompt, setting, now)
    return first_there(incident, prompt.to, process, now, duty=duty)


def first_there(
    incident: Incident,
    roles: Sequence[str],
    process: Process,
    now: datetime,
    *,
    duty: Sequence[str] = (),
) -> tuple[str, ...]:
    """The nicks of the first role whose holders are there; `duty` stands for "on_call"."""
    for to in roles:
        held = there(incident, to, process, now)
        nicks = duty if to == "on_call" else tuple(person.nick for person in held)
        if nicks:
            return tuple(nicks[:_NAMED])
    return tuple(person.nick for person in _instead(incident, roles))


def there(incident: Incident, role: str, process: Process, now: datetime) -> tuple[Person, ...]:
    """The holders of a role who are there; after the end, the last holders who have not left.

    A holder by default is waited for as long as somebody who was offered the role.
    """
    if not incident.live:
        had = has_or_had(incident, role)
        return tuple(person for person in had if incident.departed(person) is None)
    held = (t for t in incident.terms if t.role == role and t.until is None)
    return tuple(
        t.holder
        for t in held
        if incident.departed(t.holder) is None
        and (t.began is not None or now - t.since < process.baton.withdraw_after)
    )


def _instead(incident: Incident, roles: Sequence[str]) -> tuple[Person, ...]:
    """The declarer, addressed in place of a holder by default who was never heard."""
    unheard = any(t.role in roles and t.until is None and t.began is None for t in incident.terms)
    return (incident.declared_by,) if unheard and incident.live else ()


def leader_there(incident: Incident, process: Process, now: datetime) -> Person | None:
    """The leader to address, None if nobody is there."""
    who = there(incident, "lead", process, now) or _instead(incident, ("lead",))
    return next(iter(who), None)


def has_or_had(incident: Incident, role: str) -> tuple[Person, ...]:
    """The holders of a role; after the end, the last holders."""
    if holders := incident.holders(role):
        return holders
    ended = [t for t in incident.terms if t.role == role and t.until is not None]
    if incident.live or not ended:
        return ()
    last = max(term.until for term in ended if term.until is not None)
    return tuple(term.holder for term in ended if term.until == last)


def had_roles(incident: Incident) -> tuple[Person, ...]:
    """Everybody who has a role, had one to the end or last, or writes the report."""
    roles = dict.fromkeys(term.role for term in incident.terms)
    people = [person for role in roles for person in has_or_had(incident, role)]
    if incident.report_writer is not None:
        people.append(incident.report_writer.who)
    return tuple(dict.fromkeys(people))


# --- its words --------------------------------------------------------------------------------

# The places that a prompt's text may have, besides every role's key.
PLACES = frozenset(
    ("summary", "id", "prefix", "channel", "severity", "runbook", "duty", "duty_is")
) | {"report", "report_words", "meeting", "lead_title", "elapsed"}


def worded(incident: Incident, prompt: Prompt, words: Wording) -> str:
    """A prompt's text, with the nicks of those it addresses in front."""
    process, setting = words.process, words.setting
    named = _places(incident, prompt, process, setting, words.now)
    elapsed = own_text(
        process, long(open_time(incident, incident.declared_at, words.now, words.now))
    )
    text = prompt.text.format(**named, summary=words.summary, elapsed=elapsed)
    nicks = spoken_to(incident, prompt, process, setting, words.now)
    return f"{', '.join(nicks)}: {text}" if nicks else text


def _places(
    incident: Incident, prompt: Prompt, process: Process, setting: Setting, now: datetime
) -> Mapping[str, object]:
    """The values for a prompt's text, without {summary}."""
    product = setting.products.get(incident.product)
    duty = on_duty(incident, prompt, setting, now)
    published = [place.about for place in incident.published]
    return {
        "id": incident.id,
        "prefix": setting.prefix,
        "channel": incident.channel,
        "severity": incident.severity or process.assumed_severity or say(process, "unknown-fact"),
        "runbook": product.runbook if product else "",
        "duty": " ".join(duty),
        "duty_is": f" ({', '.join(duty)})" if duty else "",
        "report": published[-1]
        if published
        else setting.readable_report(incident.id, private=incident.private),
        "report_words": own_text(process, process.report.words),
        "meeting": own_text(process, process.meeting_words),
        "lead_title": process.lead.title,
        **{role_place(key): _who(incident, process, key) for key in process.roles},
    }


def role_place(key: str) -> str:
    """The place in a prompt's text that stands for the holders of a role.

    >>> role_place("point-person")
    'point_person'
    """
    return key.replace("-", "_")


def _who(incident: Incident, process: Process, role: str) -> str:
    """The holders of a role, or its name while nobody holds it."""
    held = has_or_had(incident, role)
    nicks = ", ".join(person.nick for person in held)
    return nicks or say(process, "role-holder", role=process.roles[role].title)


@lru_cache(maxsize=1024)  # of as many organisations as a host may have
def for_words(process: Process) -> tuple[Prompt, ...]:
    """The prompts that somebody's words call for."""
    return tuple(prompt for prompt in process.prompts if prompt.when == "said")


def is_called_for(prompt: Prompt, text: str) -> bool:
    """Whether a text has the words that trigger a prompt."""
    return bool(prompt.said) and "?" not in text and has_any(text, prompt.said)


def searches(incident: Incident, process: Process) -> list[tuple[str, datetime]]:
    """The roles for which the bot has asked a channel for a volunteer, and when."""
    found: list[tuple[str, datetime]] = []
    given = incident.reminders_sent
    if incident.holder() is None and "leader" in given:
        found.append(("lead", given["leader"].at))
    question = incident.questions.get("leads")
    if question is not None and not question.answered:
        found.append(("lead", question.at))
    found += [("lead", sent.at) for key, sent in given.items() if key.startswith("gone:")]
    for prompt in process.prompts:
        for until in prompt.until:
            kind, _, role = until.partition(":")
            if kind == "role" and not incident.holders(role):
                said = (f"prompt:{prompt.key}:{n}" for n in range(1, prompt.times + 1))
                found += [(role, given[key].at) for key in said if key in given]
    return found
