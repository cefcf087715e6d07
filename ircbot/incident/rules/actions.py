"""Follow-ups: what is to be done, by whom, by when, and what became of it."""

from __future__ import annotations

import re
from datetime import date, timedelta

from ircbot.incident.events import ActionAdded, ActionChanged, ActionDone, ActionTicketed, Reminded
from ircbot.incident.people import Person, fold
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.guarding import masked
from ircbot.incident.state import Action, Incident
from ircbot.incident.times import Unclear, Why, day

# A nick, and no mention of everybody, whose action would be nobody's.
_OWNER = re.compile(
    r"@(?!(?:all|channel|everybody|everyone|here)[,:]?$)[^\s@,:]+[,:]?", re.IGNORECASE
)
_MOST_DAY_WORDS = 5  # "by 5th of January, 2018"
# A change to an existing one: "1 @bob by friday", "1 drop".
_OF_ONE = re.compile(r"#?([0-9]{1,6})\s+(\S.*)", re.DOTALL)
_TOLD_AGAIN = timedelta(hours=12)
# For "by WORDS": with these reasons, the words were meant as a date.
_A_DATE = (Why.GONE, Why.ORDER, Why.YEAR, Why.NO_SUCH, Why.FAR)


def action(ctx: Context, incident: Incident, typed: str) -> None:
    """Add a follow-up: TEXT [@NICK…] [by DATE] in any order; or change one: N @NICK, N by DATE, N
    drop, N undo.

    Owners next to the date or at either end are removed from the text; elsewhere they stay in it.
    """
    if re.fullmatch(r"#?[0-9]{1,6}", typed):
        if (found := named(ctx, incident, typed)) is not None:
            _tell(ctx, incident, found.n)
        return
    one = _OF_ONE.fullmatch(typed)
    if one is not None and (one[2].lower() in ("drop", "undo") or _is_change(ctx, one[2])):
        if (found := named(ctx, incident, one[1])) is not None:
            _change(ctx, incident, found, one[2])
        return
    before, after, due, doubt = _due(ctx, typed.split())
    before, owners = _owners(before)
    after, more = _owners(after)
    words = before + after
    within = [word.strip("@:,") for word in words if _OWNER.fullmatch(word)]
    owners = list(dict.fromkeys(map(ctx.nick_of, (*owners, *more, *within))))
    if not words:
        ctx.answer_usage(incident)
        return
    text = masked(ctx, " ".join(words))
    n = incident.next_action
    first, *others = owners or [""]
    ctx.record(incident.id, ActionAdded(n, text, first, due, tuple(others)))
    added = ctx.incident(incident.id).actions[-1]
    ctx.answer("action", incident, n=n, text=text.rstrip("."), whose=_whose(ctx, incident, added))
    if doubt:
        ctx.answer("action-when", incident, n=n, why=doubt)


def _is_change(ctx: Context, said: str) -> bool:
    """Whether the text has nothing but owners and a date."""
    words, _ = _owners(said.split())
    return not words or _by(ctx, words, 0) > 0


def _by(ctx: Context, words: list[str], place: int) -> int:
    """How many words from a position mean "by": "bis", "bis zum"; 0 if none do."""
    known = {"by", *ctx.language.times.get("by", ())}
    for count in (2, 1):
        if " ".join(words[place : place + count]).lower() in known:
            return count
    return 0


def _owners(words: list[str]) -> tuple[list[str], list[str]]:
    """The words without the owners at either end, and the owners."""
    words, owners = list(words), list[str]()
    for place in (0, -1):
        found: list[str] = []
        while words and (_OWNER.fullmatch(words[place]) or (found and words[place] == "and")):
            found.append(words.pop(place).strip("@:,"))
        owners += [nick for nick in (found[::-1] if place else found) if nick != "and"]
    return words, list(dict.fromkeys(owners))


def _due(ctx: Context, words: list[str]) -> tuple[list[str], list[str], str, str]:
    """The text before "by DATE" and after it, and the ISO date; or why the date cannot be used.

    A date that cannot be used stays in the text.
    """
    for place in range(len(words) - 2, -1, -1):
        begin = place + _by(ctx, words, place)
        if begin == place:
            continue
        for count in range(min(_MOST_DAY_WORDS, len(words) - begin), 0, -1):
            end = begin + count
            typed = " ".join(words[begin:end]).rstrip(".,;")
            found = day(typed, ctx.now, ctx.setting.zone, ctx.language)
            if isinstance(found, date) and (place or words[end:]):
                return words[:place], words[end:], found.isoformat(), ""
            if isinstance(found, Unclear) and found.why in _A_DATE:
                before, owners = _owners(words[:place])
                owners = [f"@{nick}" for nick in owners]
                return (
                    [*owners, *before, *words[place:end]],
                    words[end:],
                    "",
                    ctx.unclear_day(typed, found),
                )
    return words, [], "", ""


def _change(ctx: Context, incident: Incident, action: Action, said: str) -> None:
    """Change a follow-up's owners or date, drop it, or undo its last change."""
    if _not_theirs(ctx, incident, action):
        return
    if said.lower() == "undo":
        _take_back(ctx, incident, action)
        return
    if said.lower() == "drop":
        if action.dropped:
            ctx.answer("action-dropped-already", incident, n=action.n)
            return
        ctx.record(incident.id, ActionChanged(action.n, dropped=True))
        text = ctx.repeated(incident, action.text.rstrip("."))
        ctx.answer("action-dropped", incident, n=action.n, text=text)
        return
    words, owners = _owners(said.split())
    due = None
    if words:
        typed = " ".join(words[_by(ctx, words, 0) :])
        found = day(typed, ctx.now, ctx.setting.zone, ctx.language)
        if isinstance(found, Unclear):
            ctx.answer_text(ctx.unclear_day(typed, found))
            return
        due = found.isoformat()
    ctx.record(incident.id, ActionChanged(action.n, tuple(map(ctx.nick_of, owners)) or None, due))
    _tell(ctx, incident, action.n)


def _take_back(ctx: Context, incident: Incident, action: Action) -> None:
    if action.before is None:
        ctx.answer("action-as-it-was", incident, n=action.n)
        return
    ctx.record(incident.id, ActionChanged(action.n, undone=True))
    _tell(ctx, incident, action.n)


def _tell(ctx: Context, incident: Incident, n: int) -> None:
    if not ctx.hears(incident):
        ctx.answer("talk-hidden", incident, channel=incident.channel)
        return
    now = ctx.incident(incident.id).action(n)
    assert now is not None
    text = now.text.rstrip(".")
    ctx.answer(
        "action",
        incident,
        n=n,
        text=text,
        whose=_whose(ctx, incident, now) + _standing(ctx, incident, now),
    )


def _standing(ctx: Context, incident: Incident, action: Action) -> str:
    if action.dropped:
        return ctx.word("action-is-dropped", incident)
    return ctx.word("action-is-done", incident) if action.done else ""


def _whose(ctx: Context, incident: Incident, action: Action) -> str:
    owners = ", ".join(action.owners)
    whose = ctx.word("action-owners", incident, owners=owners) if owners else ""
    if not action.due:
        return whose
    overdue = action.is_overdue(ctx.now.astimezone(ctx.setting.zone).date())
    late = ctx.word("action-late", incident) if overdue else ""
    return whose + ctx.word("action-by", incident, day=action.due, late=late)


def list_actions(ctx: Context, incident: Incident, text: str) -> None:
    """List the follow-ups of an incident, open ones first."""
    if not incident.actions:
        ctx.answer("no-actions", incident)
        return
    shown = sorted(incident.actions, key=lambda a: (a.done or a.dropped, a.n))
    parts = [
        f"{a.n}{_standing(ctx, incident, a)} {a.text.rstrip('.')}{_whose(ctx, incident, a)}"
        for a in shown
    ]
    ctx.answer("actions", incident, actions="; ".join(parts))


def tell_due(ctx: Context) -> None:
    """Tell whoever joins a channel which of their follow-ups are overdue, at most twice a day."""
    today = ctx.now.astimezone(ctx.setting.zone).date()
    for incident in ctx.state.incidents.values():
        if incident.network != ctx.line.network or incident.drill or ctx.setting.quiet:
            continue
        if not ctx.sees(incident):
            continue
        for one in incident.actions:
            key = f"action-joined-{one.n}:{fold(ctx.line.nick)}"
            told = incident.reminders_sent.get(key)
            owned = any(
                ctx.mine(Person(nick, None, incident.network), incident) for nick in one.owners
            )
            of_late = told is not None and ctx.now - told.at < _TOLD_AGAIN
            if owned and one.is_overdue(today) and not of_late:
                ctx.record(incident.id, Reminded(key))
                aloud = ctx.hears(incident) and not (incident.guarded or incident.secured)
                text = f": {one.text.rstrip('.')}" if aloud else ""
                ctx.whisper("action-overdue", incident, n=one.n, text=text, due=one.due)


def finish(ctx: Context, incident: Incident, number: str) -> None:
    """Mark a follow-up as done."""
    found = named(ctx, incident, number)
    if found is None or _not_theirs(ctx, incident, found):
        return
    text = ctx.repeated(incident, found.text)
    if found.done:
        ctx.answer("action-done-already", incident, n=found.n, text=text)
        return
    ctx.record(incident.id, ActionDone(found.n))
    ctx.answer("action-done", incident, n=found.n, text=text)


def ticket(ctx: Context, incident: Incident, number: str, where: str) -> None:
    """Record a follow-up's ticket."""
    found = named(ctx, incident, number)
    if found is not None and not _not_theirs(ctx, incident, found):
        ctx.record(incident.id, ActionTicketed(found.n, where))
        ctx.answer("linked", incident, url=where)


def named(ctx: Context, incident: Incident, number: str) -> Action | None:
    """The follow-up with a number ("3", "#3"); None, and the speaker is told, if there is none."""
    digits = number.strip().removeprefix("#")
    found = incident.action(int(digits)) if re.fullmatch(r"[0-9]{1,6}", digits) else None
    if found is None:
        ctx.answer("no-action", incident, n=number)
    return found


def _not_theirs(ctx: Context, incident: Incident, action: Action) -> bool:
    """Whether the speaker may not change a follow-up; they are told whose it is."""
    owners = [Person(nick, None, incident.network) for nick in action.owners]
    own = next((owner for owner in owners if ctx.mine(owner, incident)), None)
    return ctx.refused("done", incident, own or action.by)
