"""Rules for words that mean something only while an incident is open, or was recently.

The effects are those of the corresponding commands. What concerns only the speaker is told
privately, since their words are in the channel already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ircbot.incident.events import Messaged, MilestoneSet
from ircbot.incident.rules import actions, asking, declaring, ending, leading, procedure, telling
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.guarding import masked
from ircbot.incident.rules.questions import ask
from ircbot.incident.rules.situations import wanted
from ircbot.incident.rules.timeline import record
from ircbot.incident.rules.which import is_somebody, open_here, over_here
from ircbot.incident.sayings import (
    AddLink,
    Answer,
    FollowUp,
    GiveCause,
    Guess,
    Inquire,
    Mitigate,
    PostUpdate,
    Praise,
    Record,
    SaidMessage,
    SeemsBack,
    SeemsFalse,
    SeemsOver,
    SetImpact,
    StepDown,
    TakeRole,
    Volunteer,
    WriteReport,
)
from ircbot.incident.state import Incident

_S = TypeVar("_S")


def here(
    follow: Callable[[Context, Incident, _S], None], *, aside: bool = False
) -> Callable[[Context, _S], None]:
    """The rule for a saying about the channel's incident; with `aside` nothing is said in the
    channel.
    """

    def rule(ctx: Context, saying: _S) -> None:
        incident = open_here(ctx) or over_here(ctx)
        if incident is not None and not incident.secured:
            ctx.aside = aside
            follow(ctx, incident, saying)
            ctx.aside = False

    return rule


def answer(ctx: Context, incident: Incident, saying: Answer) -> None:
    """The speaker answers an offer or a question with yes or no."""
    leading.say_so(ctx, incident, yes=saying.yes)


def volunteer(ctx: Context, incident: Incident, saying: Volunteer) -> None:
    """The speaker takes the role for which the bot just asked the channel."""
    leading.take_role(ctx, TakeRole(wanted(ctx, incident)), incident.id, asked=False)


def step_down(ctx: Context, incident: Incident, saying: StepDown) -> None:
    """The leader gives up the lead."""
    leading.step_down(ctx, incident, leaving=saying.leaving)


def write_report(ctx: Context, incident: Incident, saying: WriteReport) -> None:
    """Somebody takes the report after the end, or whoever owes it assigns it to somebody here."""
    if not saying.nick or is_somebody(ctx, saying.nick):
        to = ctx.somebody(saying.nick or ctx.line.nick, incident)
        ending.give_report(ctx, incident, to)


def post_update(ctx: Context, incident: Incident, saying: PostUpdate) -> None:
    """Post a status update to every channel."""
    telling.update(ctx, incident, saying.text)


def set_impact(ctx: Context, incident: Incident, saying: SetImpact) -> None:
    """Record who is affected. If an impact is known and the speaker may not change it, it becomes
    an entry.
    """
    if ctx.may("impact", incident) or not incident.impact:
        ending.set_impact(ctx, incident, saying.text)
    else:
        record(ctx, Record(f"impact: {saying.text}"), incident.id)


def give_cause(ctx: Context, incident: Incident, saying: GiveCause) -> None:
    """Record the reason: as the summary while there is none, else as the cause."""
    if incident.live and not incident.summary:
        declaring.set_summary(ctx, incident, saying.text)
    else:
        ending.write_prose(ctx, incident, "cause", saying.text)


def mitigate(ctx: Context, incident: Incident, saying: Mitigate) -> None:
    """Record that the impact has ended; the first time counts."""
    if incident.mitigated_at is None:
        ctx.record(incident.id, MilestoneSet("mitigated", ctx.now))
        ctx.answer("milestone", incident, name="mitigated", at=ctx.clock(ctx.now))


def seems_over(ctx: Context, incident: Incident, saying: SeemsOver) -> None:
    """Something works again: ask the leader, if they say so, whether it is over."""
    ask(ctx, incident, "over", "over-asked", of=ctx.who_in(incident), text=saying.text)


def seems_back(ctx: Context, incident: Incident, saying: SeemsBack) -> None:
    """It may not have been over: ask whoever led, else whoever may reopen it."""
    led = [term.holder for term in incident.terms if term.role == "lead"][-1:]
    there = next((p for p in led if ending.is_there(ctx, p, incident)), None)
    ask(ctx, incident, "reopen", "reopen-asked", of=there, text=saying.text)


def seems_false(ctx: Context, incident: Incident, saying: SeemsFalse) -> None:
    """It may have been a false alarm: ask the declarer, or the leader if they say so."""
    declarer = incident.declared_by
    if not ctx.mine(declarer, incident) and ending.is_there(ctx, declarer, incident):
        ending.ask_declarer(ctx, incident, saying.text, asked=False)
    else:
        ask(ctx, incident, "withdraw", "false-asked", of=ctx.who_in(incident), text=saying.text)


def guess(ctx: Context, incident: Incident, saying: Guess) -> None:
    """Record a hypothesis."""
    procedure.add_hypothesis(ctx, incident, saying.text)


def praise(ctx: Context, incident: Incident, saying: Praise) -> None:
    """Record praise."""
    ending.give_props(ctx, incident, saying.nick, saying.reason, aloud=False)


def follow_up(ctx: Context, incident: Incident, saying: FollowUp) -> None:
    """Record a follow-up."""
    actions.action(ctx, incident, saying.text)


def add_link(ctx: Context, incident: Incident, saying: AddLink) -> None:
    """Record a URL, unless it is meant for one person."""
    if not is_somebody(ctx, saying.text):
        ending.add_link(ctx, incident, saying.url, saying.text)


def said_message(ctx: Context, incident: Incident, saying: SaidMessage) -> None:
    """Record that the people outside were told."""
    ctx.record(incident.id, Messaged(saying.key, masked(ctx, saying.text)))


def inquire(ctx: Context, incident: Incident, saying: Inquire) -> None:
    """Answer who leads, or how it stands."""
    if saying.about == "lead":
        asking.who_leads(ctx, incident)
    else:
        asking.status(ctx, incident)
