"""Questions to the bot: how things stand, what there is, what to type."""

from __future__ import annotations

from datetime import datetime, timedelta

from ircbot.incident.audiences import due_to
from ircbot.incident.closing import report_due
from ircbot.incident.events import Reminded
from ircbot.incident.plain import shortened
from ircbot.incident.rotas import Rota, Shift, nick_of
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.ending import due_words, owes_report
from ircbot.incident.rules.publishing import owed_words
from ircbot.incident.rules.which import open_now
from ircbot.incident.stages import stage
from ircbot.incident.state import Incident
from ircbot.incident.stretches import open_spans, total
from ircbot.incident.times import length, long
from ircbot.incident.wording import NestedText, Since

_LISTED = 3  # an answer is at most three lines
_LONGEST = 160  # characters of an entry, for a newcomer
_GREETED = 10  # people in ten minutes: after a netsplit, everybody joins again
_RECENT = timedelta(hours=1)


def on_call(ctx: Context, product: str) -> None:
    """Answer who is on call for a product, or for everything."""
    duties = ctx.setting.duties(product)
    if not duties:
        ctx.answer("oncall-none")
        return
    roles = ctx.process_of(None).roles
    said = []
    for key, who in duties.items():
        title = roles[key].title if key in roles else key
        rota = ctx.setting.rota(who)
        if rota is None:
            said.append(ctx.word("oncall-is", None, role=title, nick=who))
        else:
            said.append(_by_calendar(ctx, rota, title))
    ctx.answer("oncall", who="; ".join(said))


def _by_calendar(ctx: Context, rota: Rota, role: str) -> str:
    """Who is on call according to a calendar, and how old that information is."""
    until = rota.next_change(ctx.now)
    nick = _whose(ctx, rota.shift(ctx.now))
    if until is None:
        said = ctx.word("oncall-is", None, role=role, nick=nick)
    else:
        after = _whose(ctx, rota.shift(until))
        said = ctx.word("oncall-until", None, role=role, nick=nick, until=until, next=after)
    age = rota.age(ctx.now)
    if age is not None:
        said += ctx.word("oncall-stale", None, age=age, why=rota.why)
    elif rota.read_at is None and rota.why:
        said += ctx.word("oncall-never", None, why=rota.why)
    return said


def _whose(ctx: Context, shift: Shift | None) -> str:
    if shift is None:
        return ctx.word("oncall-nobody", None)
    return nick_of(shift, ctx.setting.calendar_names) or shift.who


def status_lines(ctx: Context, incident: Incident, *, newcomer: bool = False) -> tuple[str, ...]:
    """How an incident stands, in at most three lines. A newcomer is not asked to lead it."""
    holder = incident.holder()
    term = incident.term()
    leader = ""
    if holder is not None and term is not None:
        since = ctx.clock(term.since)
        held_since = ctx.word("leader-since", incident, nick=holder.nick, since=since)
        leader = ctx.word("leader-is", incident, nick=held_since)
    elif incident.live:
        leader = ctx.word("leader-none" if newcomer else "leader-asked", incident)
    for role in ctx.process_of(incident).roles.values():
        if role.key != "lead" and (held := incident.holders(role.key)):
            nicks = ", ".join(person.nick for person in held)
            title = role.title[:1].upper() + role.title[1:]
            leader += ctx.word("role-is", incident, role=title, nicks=nicks)
    meets = incident.video and ctx.hears(incident)
    first = ctx.word(
        "status",
        incident,
        status=_standing(ctx, incident),
        drill=ctx.word("status-drill", incident) if incident.drill else "",
        leader=leader,
        comms=ctx.word("comms-is", incident, channel=incident.channel),
        video=ctx.word("status-video", incident, where=incident.video) if meets else "",
    ).rstrip()
    return (first, _clock_line(ctx, incident) if incident.live else _ended_line(ctx, incident))


def _standing(ctx: Context, incident: Incident) -> str:
    """The status and severity."""
    process = ctx.process_of(incident)
    reached = stage(incident, process, ctx.now)
    words = process.statuses[reached].name if reached in process.statuses else incident.status
    severity = incident.severity
    if not severity and process.assumed_severity and incident.live:
        assumed = process.assumed_severity
        severity = ctx.word("severity-assumed", incident, severity=assumed)
    if not severity:
        return words
    return ctx.word("status-severity", incident, status=words, severity=severity)


def _clock_line(ctx: Context, incident: Incident) -> str:
    from ircbot.incident.reminders import update_due

    latest = max((n for n in incident.notes if n.stands), key=lambda n: n.at, default=None)
    told = incident.updates[-1] if incident.updates else None
    if told is not None and (latest is None or told.at >= latest.at):
        last = ctx.word("status-last", incident, last=_worded(ctx, incident, told.at, told.text))
    elif latest is not None:
        key = "status-last" if latest.told else "status-entry"
        last = ctx.word(key, incident, last=_worded(ctx, incident, latest.at, latest.text))
    else:
        last = ctx.word("status-none", incident)
    due = update_due(incident, ctx.process_of(incident))
    begun = incident.declared_at
    return ctx.word(
        "status-clock",
        incident,
        since=NestedText("status-since", {"at": begun, "span": Since(begun)}),
        last=last,
        due=(_next(ctx, incident, due) if due else "") + _audiences(ctx, incident),
    ) + _absence(ctx, incident)


def _audiences(ctx: Context, incident: Incident) -> str:
    """When each audience must be told next."""
    process = ctx.process_of(incident)
    waiting = ((each, due_to(incident, each, process)) for each in process.audiences)
    return "".join(
        ctx.word("status-audience", incident, audience=audience.name, at=ctx.clock(due))
        for audience, due in waiting
        if due is not None
    )


def _next(ctx: Context, incident: Incident, due: datetime) -> str:
    """When the next update is due, or how long it is overdue."""
    elsewhere = _elsewhere(ctx, incident)
    if due < ctx.now:
        return ctx.word("status-overdue", incident, span=long(ctx.now - due), elsewhere=elsewhere)
    return ctx.word("status-next", incident, at=due, elsewhere=elsewhere)


def _elsewhere(ctx: Context, incident: Incident) -> str:
    """Updates promised in other channels."""
    here = incident.promised(incident.channel)
    others = [each for each in incident.promises.values() if each is not here]
    return "".join(
        ctx.word("status-elsewhere", incident, channel=each.channel, at=each.due) for each in others
    )


def _worded(ctx: Context, incident: Incident, at: datetime, text: str) -> datetime | str:
    """The last update and its time; only the time if its text may not be said publicly."""
    if incident.guarded or not text or not ctx.hears(incident):
        return at
    return f"{ctx.wording(incident).clock(at)}: {shortened(text, _LONGEST).rstrip('.')}"


def _absence(ctx: Context, incident: Incident) -> str:
    """Mentions the gap in the bot's record to a newcomer, "" if there was none of late."""
    recent = [gap for gap in incident.gaps if ctx.now - gap.until <= _RECENT]
    if not recent:
        return ""
    away = sum((gap.until - gap.since for gap in recent), timedelta(0))
    late = ctx.word("late-reminders", incident, count=incident.late) if incident.late else ""
    return ctx.word("away", incident, span=long(away), late=late)


def _ended_line(ctx: Context, incident: Incident) -> str:
    withdrawn = incident.status == "withdrawn"
    over = incident.closed_at if withdrawn else incident.resolved_at
    at, span = ctx.clock(over or ctx.now), long(total(open_spans(incident, ctx.now)))
    if incident.duplicate_of:
        return ctx.word("status-duplicate", incident, of=incident.duplicate_of)
    if withdrawn:
        return ctx.word("status-withdrawn", incident, at=at, span=span)
    process = ctx.process_of(incident)
    due = report_due(incident, process, ctx.setting.calendar)
    if incident.report_done_at is not None:
        report = ctx.word("report-delivered", incident)
    elif due is not None and not incident.drill:
        report = due_words(ctx, incident, "report-due", due, owes_report(incident, process))
    else:
        report = ""
    told = ctx.word("status-ended", incident, at=at, report=report, span=span).rstrip()
    return told + owed_words(ctx, incident)


def status(ctx: Context, incident: Incident | None) -> None:
    """Answer how it stands."""
    seen = [i for i in ctx.state.open if ctx.sees(i)]
    if incident is not None:
        for line in status_lines(ctx, incident):
            ctx.answer_text(line)
    elif len(seen) > 1:
        names = ", ".join(ctx.word("status-one", i, channel=i.channel) for i in seen)
        ctx.answer("status-several", count=len(seen), incidents=names)
    else:
        latest = ctx.state.latest
        words = ""
        if latest is not None and ctx.sees(latest):
            ended = latest.closed_at or latest.resolved_at or latest.declared_at
            words = ctx.word("status-latest", latest, status=latest.standing, at=ctx.clock(ended))
        ctx.answer("status-nothing", latest=words)


def who_leads(ctx: Context, incident: Incident) -> None:
    """Answer who leads."""
    term = incident.term()
    if term is None:
        ctx.answer("lead-nobody", incident)
    else:
        ctx.answer("lead-is", incident, nick=ctx.called(term.holder), since=ctx.clock(term.since))


def greet(ctx: Context) -> None:
    """Tell somebody who joins an open incident's channel how it stands, privately and once."""
    nick = ctx.line.nick
    if not ctx.setting.greet or ctx.setting.quiet:
        return
    if any(ctx.same_name(nick, feeder) for feeder in ctx.setting.feeders):
        return
    if ctx.carried:
        return
    for incident in open_now(ctx):
        key = f"greet:{incident.key(ctx.who)}"
        new = not incident.was_sent(key) and not ctx.involved(incident)
        if new and ctx.is_at(incident) and _greeted_of_late(ctx, incident) < _GREETED:
            ctx.record(incident.id, Reminded(key))
            for line in status_lines(ctx, incident, newcomer=True):
                ctx.whisper_text(line)
            if welcome := ctx.process_of(incident).welcome:
                ctx.whisper_text(welcome.format(prefix=ctx.setting.prefix))


def _greeted_of_late(ctx: Context, incident: Incident) -> int:
    late = timedelta(minutes=10)
    given = (at.at for key, at in incident.reminders_sent.items() if key.startswith("greet:"))
    return sum(ctx.now - at < late for at in given)


def list_incidents(ctx: Context) -> None:
    """List the newest incidents, one per line."""
    newest = sorted(filter(ctx.sees, ctx.state.incidents.values()), key=lambda i: -i.id)
    if not newest:
        ctx.answer("none-known")
    left = len(newest) - _LISTED
    for place, incident in enumerate(newest[:_LISTED], 1):
        last = left > 0 and place == _LISTED
        more = ctx.word("list-more", incident, count=left) if last else ""
        drill = ctx.word("drill", incident) if incident.drill else ""
        terms = [term for term in incident.terms if term.role == "lead"]
        ctx.answer(
            "list",
            incident,
            status=incident.standing + drill,
            severity=severity_listed(ctx, incident.severity),
            at=ctx.clock(incident.declared_at),
            span=length(total(open_spans(incident, ctx.now))),
            led=leader_listed(ctx, ctx.called(terms[-1].holder) if terms else ""),
            more=more,
        )


def severity_listed(ctx: Context, severity: str) -> str:
    """The severity as `list` shows it, "" if unknown."""
    return ctx.word("list-severity", None, severity=severity) if severity else ""


def leader_listed(ctx: Context, nick: str) -> str:
    """The last leader as `list` shows them, "" if there was none."""
    return ctx.word("list-led", None, nick=nick) if nick else ""


def tip(ctx: Context, incident: Incident | None) -> None:
    """One line of the guide's calm advice, a different one each time."""
    tips = ctx.process_of(incident).tips
    if tips:
        turn = int(ctx.now.timestamp()) // 60
        ctx.answer("tip", incident, tip=tips[turn % len(tips)].format(prefix=ctx.setting.prefix))
    else:
        ctx.answer("no-tips", incident)
