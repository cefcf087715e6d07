"""Questions that the bot asks because somebody's words make something likely, and their answers.

Asking is limited: not while a question is open, not for the same words twice, a few times at most.
A question that nobody answers lapses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from ircbot.incident.events import QuestionAnswered, QuestionAsked
from ircbot.incident.people import Person
from ircbot.incident.rules import ending, timeline
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.guarding import kept
from ircbot.incident.sayings import Record
from ircbot.incident.situation import QUESTION_LASTS
from ircbot.incident.state import WAITS, Asked, Incident, Offer, PlannedOffer, Question
from ircbot.values import dataclass

_APART = timedelta(minutes=30)
_MOST = 3  # until it is over, or open again


@dataclass(frozen=True, slots=True)
class _Matter:
    """A subject for a question: what follows from yes, and the act that an answerer must be allowed
    if nobody in particular was asked.
    """

    yes: Callable[[Context, Incident, str], None]
    may: str


def ask(
    ctx: Context, incident: Incident, key: str, word: str, *, of: Person | None, text: str = ""
) -> bool:
    """Ask a question, unless it was asked recently, often enough, or for the same words; returns
    whether it was asked.
    """
    before = incident.questions.get(key)
    words = kept(ctx, incident, text)
    if before is not None and (
        before.times >= _MOST
        or (ctx.now - before.at < _APART and not _is_another(incident, before.of, of))
        or (words and before.text == words)
    ):
        return False
    ctx.record(incident.id, QuestionAsked(key, of, words))
    nick = of.nick if of is not None else ""
    ctx.announce(ctx.incident(incident.id), word, nick=f"{nick}: " if nick else "")
    return True


def _is_another(incident: Incident, one: Person | None, other: Person | None) -> bool:
    return one is not None and other is not None and incident.key(one) != incident.key(other)


def ask_once(ctx: Context, incident: Incident, kind: str, word: str, text: str) -> None:
    """Ask the speaker privately, once per incident."""
    key = f"{kind}:{incident.key(ctx.who)}"
    if key not in incident.questions:
        ctx.record(incident.id, QuestionAsked(key, ctx.who_in(incident), text))
        ctx.whisper(word, ctx.incident(incident.id), text=text)


def offers_now(ctx: Context, incident: Incident) -> Iterator[Offer | PlannedOffer]:
    """The offers, including planned ones whose time has come: a log does not show those."""
    yield from incident.offers.values()
    yield from (planned for planned in incident.planned.values() if planned.due <= ctx.now)


def offered_to_speaker(ctx: Context, incident: Incident) -> Offer | PlannedOffer | None:
    """The offer that the speaker has not answered."""
    return next((o for o in offers_now(ctx, incident) if ctx.mine(o.to, incident)), None)


def asked_speaker(ctx: Context, incident: Incident) -> Asked | Question | None:
    """The last question that the speaker has not answered."""
    if ending.asked_to_withdraw(ctx, incident):
        return incident.withdrawal
    return max(
        (question for _, question in _asked(ctx, incident)), key=lambda q: q.at, default=None
    )


def _asked(ctx: Context, incident: Incident) -> list[tuple[str, Question]]:
    return [
        (key, question)
        for key, question in incident.questions.items()
        if not question.answered
        and ctx.now - question.at < QUESTION_LASTS
        and (matter := _MATTERS.get(key.partition(":")[0])) is not None
        and (
            ctx.may(matter.may, incident)
            if question.of is None
            else ctx.mine(question.of, incident)
        )
    ]


def answer(ctx: Context, incident: Incident, *, yes: bool) -> None:
    """The speaker answers their last question with yes or no."""
    if ending.asked_to_withdraw(ctx, incident):
        ending.answer_withdrawal(ctx, incident, yes=yes)
        return
    asked = _asked(ctx, incident)
    if not asked:
        ctx.answer("nothing-asked", incident)
        return
    key, question = max(asked, key=lambda one: one[1].at)
    ctx.record(incident.id, QuestionAnswered(key, yes))
    if yes:
        _MATTERS[key.partition(":")[0]].yes(ctx, ctx.incident(incident.id), question.text)


def is_waiting(ctx: Context, incident: Incident, key: str) -> bool:
    """Whether a question was asked a moment ago and is unanswered."""
    question = incident.questions.get(key)
    return question is not None and not question.answered and ctx.now - question.at < WAITS


def _resolve(ctx: Context, incident: Incident, text: str) -> None:
    ending.resolve(ctx, incident.id, text, asked=True)


def _record(ctx: Context, incident: Incident, text: str) -> None:
    timeline.record(ctx, Record(text), incident.id)


# By the first part of a question's key.
_MATTERS: Mapping[str, _Matter] = {
    "over": _Matter(_resolve, "resolve"),
    "reopen": _Matter(ending.reopen, "reopen"),
    "withdraw": _Matter(ending.withdraw, "withdraw"),
    "entry": _Matter(_record, "entry"),
}
