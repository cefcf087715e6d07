"""Keeps out of the record what must not be in it: secrets, security matters, what
people object to.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import blake2b

from ircbot.incident.bounds import LONGEST
from ircbot.incident.events import (
    Forgotten,
    Purged,
    Redacted,
    RedactionAsked,
    Reminded,
    RoleLeft,
    Secured,
    Struck,
)
from ircbot.incident.find import has_any
from ircbot.incident.line import Source
from ircbot.incident.masking import mask
from ircbot.incident.people import Person, fold, is_same, nobody, same_person
from ircbot.incident.plain import plain
from ircbot.incident.rules import copies
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.which import open_here
from ircbot.incident.state import Incident, Note

ERASED_AFTER = timedelta(hours=1)  # what a leader has redacted, if nobody restores it
ASKED_WITHIN = timedelta(minutes=5)  # a leader is asked no oftener


def masked(ctx: Context, text: str, note: int | None = None) -> str:
    """The text with secrets masked. A leading backslash keeps it as it is.

    The speaker is told what was masked after the line is handled; `note` is its entry.
    """
    if text.startswith("\\"):
        return text[1:].lstrip()
    if not ctx.setting.security.mask:
        return text
    worded, kinds = mask(text)
    if kinds:
        ctx.masked |= dict.fromkeys(kinds)
        ctx.masked_note = note
    return worded


def kept(ctx: Context, incident: Incident, text: str) -> str:
    """The text as an incident may keep it: nothing of a security matter."""
    return "" if incident.secured else masked(ctx, text)


def tell_altered(ctx: Context) -> None:
    """Tell the speaker privately that something was masked, and how to record it unmasked; or that
    a text of theirs was too long and was cut.
    """
    what = " and ".join(ctx.masked)
    if what and ctx.masked_note is None:
        ctx.whisper("masked", what=what)
    elif what:
        ctx.whisper("masked-note", what=what, n=ctx.masked_note)
    if ctx.cut:
        ctx.whisper("cut", most=LONGEST)


def looks_secret(ctx: Context, text: str, incident: Incident | None) -> bool:
    """Whether a text is about a security matter, in a process that keeps those off IRC or in a
    separate channel.
    """
    process = ctx.process_of(incident)
    own = process.security_channel
    if own and incident is not None and ctx.same_name(incident.channel, own):
        return False
    return has_any(text, ctx.setting.secret_words(process))


def remark(ctx: Context) -> None:
    """Tell somebody who mentions a security matter in an open incident's channel, privately and
    once.
    """
    if ctx.entries or ctx.replies:
        return
    incident = open_here(ctx)
    if incident is None or incident.secured:
        return
    if looks_secret(ctx, ctx.line.text, incident):
        warn_of_security(ctx, incident)


def takes_entries(ctx: Context, incident: Incident) -> bool:
    """Whether an incident accepts entries; the speaker is told if not."""
    if incident.secured:
        ctx.answer("not-recorded", incident)
    elif incident.void:
        ctx.answer("not-open", incident, status=incident.standing)
    else:
        return True
    return False


def warn_of_security(ctx: Context, incident: Incident) -> None:
    """Tell the speaker privately, once, where security matters belong. Their words are not
    repeated.
    """
    key = f"security:{incident.key(ctx.who_in(incident))}"
    if incident.was_sent(key):
        return
    ctx.record(incident.id, Reminded(key))
    where = _where(ctx, incident)
    ctx.whisper("security", incident, way=_way(ctx, incident), where=where)


def guard_summary(ctx: Context, number: int) -> None:
    """Withhold a summary that looks like a security matter, and tell its speaker."""
    incident = ctx.incident(number)
    if looks_secret(ctx, incident.summary, incident):
        ctx.record(number, Reminded("guarded"))
        warn_of_security(ctx, ctx.incident(number))


def held_back(ctx: Context, incident: Incident, text: str, command: str) -> bool:
    """Whether a text must not be repeated in every channel; its speaker is told why."""
    if text.startswith("\\") or not looks_secret(ctx, text, incident):
        return False
    where = _where(ctx, incident)
    ctx.whisper("security-held", incident, way=_way(ctx, incident), command=command, where=where)
    return True


def _where(ctx: Context, incident: Incident) -> str:
    """Where security matters are discussed."""
    channel = ctx.process_of(incident).security_channel
    key = "security-there" if channel else "security-nowhere"
    return ctx.word(key, incident, channel=channel)


def _way(ctx: Context, incident: Incident) -> str:
    way = ctx.setting.security.way or ctx.process_of(incident).secure_way
    return ctx.word("security-way", incident, way=way) if way else ""


def secure(ctx: Context, incident: Incident) -> None:
    """Stop recording an incident."""
    if incident.secured:
        ctx.answer("secured-again", incident)
    elif not ctx.may("security", incident):
        _ask_leader_to_secure(ctx, incident)
    else:
        ctx.record(incident.id, Secured())
        ctx.memory.drop_channel(incident.channel, incident.network)
        way = _way(ctx, incident)
        ctx.announce(ctx.incident(incident.id), "secured", way=f" {way.strip()}" if way else "")


def _ask_leader_to_secure(ctx: Context, incident: Incident) -> None:
    """Ask the leader: somebody without a part in an incident that is led cannot silence it.

    The speaker is told privately where security matters belong, as always.
    """
    where = _where(ctx, incident)
    ctx.whisper("security", incident, way=_way(ctx, incident), where=where)
    if (holder := incident.holder()) is not None:
        ask_leader(ctx, incident, holder, "security-asked")


def ask_leader(ctx: Context, incident: Incident, holder: Person, key: str) -> bool:
    """Ask the leader on behalf of the speaker, unless that was asked just now, whoever wanted it.
    Whether it was asked."""
    sent = incident.reminders_sent.get(key)
    if sent is not None and ctx.now - sent.at < ASKED_WITHIN:
        return False
    ctx.record(incident.id, Reminded(key))
    speaker = ctx.told_apart(ctx.who_in(incident), holder)
    ctx.announce(incident, key, nick=holder.nick, speaker=speaker)
    return True


def unsecure(ctx: Context, incident: Incident) -> None:
    """Resume recording: it is no security matter after all."""
    if not incident.secured:
        ctx.answer("not-secured", incident)
    elif not ctx.refused("resume", incident):
        ctx.record(incident.id, Secured(lifted=True))
        ctx.announce(ctx.incident(incident.id), "unsecured")


def purge(ctx: Context, incident: Incident) -> None:
    """Stop recording an incident, and erase everything captured of it."""
    if not incident.secured:
        secure(ctx, incident)
    if not ctx.incident(incident.id).secured or ctx.refused(
        "purge", incident, _only_author(incident)
    ):
        return
    if ctx.line.source is Source.LIVE:  # played-back lines erase nothing
        known = copies.families(ctx)
        ctx.record(incident.id, Purged())
        for note in incident.notes:
            at_once = _may_everywhere(ctx, incident, note, known)
            copies.erase(ctx, incident, note, known, at_once=at_once)
        _tell_out_of_reach(ctx, incident)
        ctx.answer_erased("purged", ctx.incident(incident.id))


def _only_author(incident: Incident) -> Person | None:
    """The author of everything captured of an incident, None if there are several."""
    first, *others = incident.everybody()
    mapping = incident.casemapping
    return first if all(same_person(first, one, mapping) for one in others) else None


def redact(ctx: Context, incident: Incident, note: Note) -> None:
    """Erase the words of an entry, from the disk too."""
    if note.redacted:
        ctx.answer("was-redacted", incident, n=note.n)
        return
    if ctx.line.source in (Source.RECOVERED, Source.IMPORT):
        # Played-back lines are recorded, never obeyed, and a log's numbers are its own.
        if ctx.may("drop", incident, note.by) and not note.struck:
            ctx.record(incident.id, Struck(note.n))
        return
    known = copies.families(ctx)
    may = ctx.may("redact", incident, note.by)
    everywhere = may and _may_everywhere(ctx, incident, note, known)
    if not everywhere and (may or ctx.may("drop", incident, note.by)):
        _hide(ctx, incident, note, known)
        return
    if ctx.refused("redact", incident, note.by):
        return
    ctx.record(incident.id, Redacted(note.n))
    copies.erase(ctx, incident, note, known, at_once=True)
    _drop_from_memory(ctx, incident, note)
    ctx.answer_erased("redacted", incident, n=note.n)
    _tell_out_of_reach(ctx, incident)


def _may_everywhere(ctx: Context, incident: Incident, note: Note, known: copies.Families) -> bool:
    """Whether the speaker may redact an entry in every incident that has a copy. Somebody who can
    move it into their own incident must not be able to destroy it there.
    """
    others = copies.elsewhere(ctx, incident.id, note, known)
    return all(ctx.may("redact", other, same.by) for other, same in others)


def _tell_out_of_reach(ctx: Context, incident: Incident) -> None:
    """Name the incidents that have copies of erased words but are not at hand."""
    if gone := copies.out_of_reach(ctx, incident):
        ctx.whisper("out-of-reach", incident, others=", ".join(map(str, gone)))


def _drop_from_memory(ctx: Context, incident: Incident, note: Note) -> None:
    words, by = plain(note.text), note.by
    ctx.memory.drop_if(
        lambda x: words in plain(x.text) and incident.is_same(by, ctx.setting.speaker(x))
    )


def _hide(ctx: Context, incident: Incident, note: Note, known: copies.Families) -> None:
    """Hide an entry at once, and erase its words in an hour: being leader alone
    destroys nothing.
    """
    waits = incident.redactions.get(note.n)
    if waits is not None:
        ctx.answer("redact-waits", incident, n=note.n, at=ctx.clock(waits.at + ERASED_AFTER))
        return
    ctx.record(incident.id, RedactionAsked(note.n))
    copies.erase(ctx, incident, note, known, at_once=False)
    _tell_out_of_reach(ctx, incident)
    _drop_from_memory(ctx, incident, note)
    for where, same in ((incident, note), *copies.elsewhere(ctx, incident.id, note, known)):
        text = ctx.word(
            "redact-asked",
            where,
            nick=ctx.line.nick,
            n=same.n,
            at=ctx.clock(ctx.now + ERASED_AFTER),
            who=ctx.who_may("redact", where, same.by),
        )
        ctx.tell(where, where.channel, text)
        # A leader may have moved the talk to a channel without its author.
        if ctx.setting.presence.is_in(same.by.nick, where.channel, where.network) is False:
            ctx.tell(where, same.by.nick, text + ctx.word("in-incident", where))


def forget(ctx: Context, nick: str, account: str | None = None) -> None:
    """Erase what a person wrote, in every incident; people ask us for this.

    If several people had that nick, the speaker is asked which one; `account` "none" means the one
    without.
    """
    state, mapping = ctx.state, ctx.setting.casemapping
    everybody = [person for i in state.incidents.values() for person in i.everybody()]
    everybody += (stray.by for stray in state.strays)
    everybody += ctx.setting.others()
    called = [
        person
        for person in everybody
        if person.network == ctx.line.network and ctx.same_name(person.nick, nick)
    ]
    meant = {fold(person.account or "", mapping): person for person in reversed(called)}
    if account is not None:
        wanted = "" if account.lower() == "none" else account
        asked = ctx.setting.named(Person(nick, wanted or None, ctx.line.network))
        meant = {wanted: meant.get(fold(wanted, mapping), asked)}
    if len(meant) > 1:
        names = (
            ctx.word("the-account", None, account=person.account) if person.account else "none"
            for person in meant.values()
        )
        ctx.answer("forget-which", nick=nick, accounts=", ".join(sorted(names)))
        return
    person = next(iter(meant.values()), ctx.somebody(nick))
    # If somebody with an account had the nick, only they can ask: nicks are easily taken.
    author = next((p for p in called if p.account), person) if not person.account else person
    if ctx.refused("forget", None, author):
        return
    token = nobody(_digest(nick, ctx.now))
    if ctx.line.source is Source.LIVE:  # from every incident, loaded or not
        _take_roles_from(ctx, person)
        for order in _orders(everybody, person, token, mapping):
            ctx.record(0, order, by=Person(token))
    ctx.memory.drop_if(lambda line: is_same(person, ctx.setting.speaker(line), mapping))
    ctx.answer_erased("forgotten", nick=nick)


def _take_roles_from(ctx: Context, person: Person) -> None:
    """Remove a forgotten person's roles in what is going on: else nobody could lead or hand over.
    They may take them again.
    """
    for incident in ctx.state.open:
        for term in incident.terms:
            held = term.until is None and same_person(term.holder, person, incident.casemapping)
            role = ctx.process_of(incident).roles.get(term.role)
            if held and role is not None:
                ctx.record(incident.id, RoleLeft(term.role, term.holder))
                ctx.announce(incident, "role-left", nick=term.holder.nick, role=role.name)


def _orders(
    everybody: list[Person], person: Person, token: str, mapping: str
) -> Iterator[Forgotten]:
    """The erasure orders that make everything forget a person, under all their nicks, and nobody
    else.
    """
    nicks: dict[tuple[str, str], list[Person]] = {}
    for one in (*everybody, person):
        nicks.setdefault((one.network, fold(one.nick, mapping)), []).append(one)
    for (network, _), people in nicks.items():
        theirs = [one for one in people if same_person(person, one, mapping)]
        if theirs:
            one, shared = theirs[0], len(theirs) < len(people)
            account = one.account or ""
            yield Forgotten(token, one.nick, account, one.name, network, mapping, shared, one.via)


def _digest(nick: str, now: datetime) -> str:
    return blake2b(f"{fold(nick)} {now.isoformat()}".encode(), digest_size=3).hexdigest()
