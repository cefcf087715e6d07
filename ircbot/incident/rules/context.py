"""Context: what a rule gets to answer one line: look-ups, recording, and replies.

Knows no rule itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from ircbot.incident.access import deed, is_operator_anywhere, may, who
from ircbot.incident.bounds import bounded
from ircbot.incident.events import Entry, Event, Noted
from ircbot.incident.hits import ANY, AccessFacts, SearchFilter, SearchRequest
from ircbot.incident.language import Language
from ircbot.incident.line import (
    Line,
    LineKind,
    Reply,
    ReplyKind,
    Source,
    fingerprint,
    is_target,
)
from ircbot.incident.memory import Memory
from ircbot.incident.people import Person, is_same, same_name, same_person
from ircbot.incident.plain import plain
from ircbot.incident.process import Process
from ircbot.incident.relays import carried
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident, State, evolve
from ircbot.incident.texts import own_usage
from ircbot.incident.times import Unclear, clock, future, leading, may_lead, names, past, told
from ircbot.incident.wording import Wording
from ircbot.incident.words import marked, unclear_day, unclear_time
from ircbot.values import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to record, then to say, then to look up. `state` is the state afterwards, None if it did
    not change.
    """

    entries: tuple[Entry, ...] = ()
    replies: tuple[Reply, ...] = ()
    state: State | None = None
    sought: tuple[SearchRequest, ...] = ()


class Context:
    """One line on its way through the rules: the state so far, what to record, what to say."""

    def __init__(self, state: State, line: Line, setting: Setting, memory: Memory) -> None:
        self.state = state
        self.line = self.heard = line  # `heard` is as it arrived, before its author was determined
        self.who = setting.speaker(line)
        self.now = line.at
        self.setting = setting
        self.memory = memory
        self.entries: list[Entry] = []
        self.replies: list[Reply] = []
        self.sought: list[SearchRequest] = []
        self.declared: int | None = None  # announced once the whole line is understood
        # Its declaration takes in earlier lines from this time on.
        self.adopting: datetime | None = None
        self.stopped = False  # its declaration waits or was refused, and so does the rest of it
        self.masked: dict[str, None] = {}  # the kinds of secrets that were masked in it
        self.masked_note: int | None = None  # the entry in which they were masked
        self.cut = False  # whether a text in it was too long to be recorded whole
        # The usage of the command being obeyed, and whether the bot was addressed.
        self.usage = ""
        self.addressed = True
        self.aside = False  # whether answers go to the speaker alone
        # The incidents open where the line was said, None until they are needed (which.py).
        self.here: tuple[Incident, ...] | None = None
        # Whether the speaker has, or was offered, a role there (leading.seen).
        self.has_part = False
        self._said = ""

    # --- looking up ---------------------------------------------------------------------

    @property
    def carried(self) -> frozenset[str]:
        """The name for the people of a relay, if the line's nick is a relay that joins
        or leaves.
        """
        relays = self.setting.relays.get(self.line.network, ())
        return carried(relays, self.line, self.setting.casemapping)

    def who_in(self, incident: Incident) -> Person:
        """The speaker, identified as far as an incident knows them."""
        return incident.identified(self.who)

    def somebody(self, nick: str, incident: Incident | None = None) -> Person:
        """The person with a nick, with the account they were seen with."""
        if self.same_name(nick, self.line.nick):
            return self.who if incident is None else self.who_in(incident)
        network = self.line.network if incident is None else incident.network
        if relayed := self._relayed(nick, network):
            return relayed
        seen = incident.account_of(nick) if incident is not None else ""
        account = seen or self.memory.account_of(nick, network) or None
        return self.setting.named(Person(nick, account, network))

    def nick_of(self, typed: str) -> str:
        """The nick that a word means: "me" is the speaker's."""
        return self.line.nick if typed.lower() in ("me", "myself") else typed

    def split_nick(self, text: str) -> tuple[str, str]:
        """The nick at the beginning of a text, and the rest. It is one word, except for "carol via
        discord" where a relay has that name.
        """
        for relay in self.setting.relays.get(self.line.network, ()):
            name, via, rest = f"{text} ".partition(f" via {relay.via} ")
            if via and name.strip():
                return f"{name.strip()} via {relay.via}", rest.strip()
        nick, _, rest = text.strip().partition(" ")
        return nick, rest.strip()

    def _relayed(self, nick: str, network: str) -> Person | None:
        """The person of that name behind a relay, if they may do what others may; None if somebody
        on IRC is or may be meant. "carol via discord" is unambiguous.
        """
        if not self.setting.relays.get(network):
            return None
        near: dict[Person, None] = {}
        here = self.setting.presence.is_in(nick, self.line.channel, network)
        for line in self.said(self.line.channel, network):
            if not line.via and self.same_name(line.nick, nick):
                here = True
            elif line.via and self.setting.authority(line) == "full":
                near[self.setting.speaker(line)] = None
        whole = (p for p in near if self.same_name(p.nick, nick))
        named = () if here else (p for p in near if self.same_name(p.own_name, nick))
        return next(iter((*whole, *named)), None)

    def process_of(self, incident: Incident | None) -> Process:
        """The process of an incident, or without one that of the channel."""
        if incident is not None:
            return self.setting.process_named(incident.process)
        return self.setting.process_in(self.line.channel)

    @property
    def language(self) -> Language:
        """The words of the language in the line's channel."""
        return self.setting.process_in(self.line.channel).language

    def incident(self, number: int) -> Incident:
        """An incident in its present state."""
        return self.state.incidents[number]

    def mine(self, person: Person | None, incident: Incident | None = None) -> bool:
        """Whether the speaker is `person`, who is on record, in an incident if one is given."""
        if person is None:
            return False
        if incident is not None:
            return incident.is_same(person, self.who)
        return is_same(person, self.who, self.setting.casemapping)

    def same_name(self, one: str, other: str) -> bool:
        """Whether two names are the same on the line's network."""
        return same_name(one, other, self.setting.casemapping)

    def is_at(self, incident: AccessFacts, channel: str | None = None) -> bool:
        """Whether an incident is discussed in a channel of its own network, which is the line's."""
        if incident.network != self.line.network:
            return False
        return self.same_name(incident.channel, self.line.channel if channel is None else channel)

    def called(self, person: Person) -> str:
        """The name of somebody for the speaker, with the account if both have the same nick."""
        return self.told_apart(person, self.who)

    def told_apart(self, person: Person, other: Person) -> str:
        """The name of somebody next to somebody else, with the account if both have the same nick
        and are not one person.
        """
        same = self.same_name(person.nick, other.nick)
        if not same or same_person(person, other, self.setting.casemapping):
            return person.nick
        key = "with-account" if person.account else "without-account"
        return self.word(key, None, nick=person.nick, account=person.account)

    def involved(self, incident: Incident) -> bool:
        """Whether the speaker is involved in an incident: by role, declaration or entry."""
        roles = (term.holder for term in incident.terms)
        people = (incident.declared_by, *roles, *incident.writers.values())
        return any(self.mine(person, incident) for person in people)

    def sees(self, incident: AccessFacts) -> bool:
        """Whether the speaker may be shown an incident here.

        In private only people in one of its channels, and operators, may see it; a private incident
        is shown nowhere else at all.
        """
        own = [incident.channel, incident.declared_in]
        if self.line.source is not Source.LIVE or self._of_no_channel:
            return True
        if self.line.channel:
            here = self.line.network == incident.network
            return not incident.private or (
                here and any(self.same_name(self.line.channel, channel) for channel in own)
            )
        told = self.setting.told(incident.network, private=incident.private)
        return is_operator_anywhere(self.line, self.setting) or (
            self.line.network == incident.network and self._is_in_any(*own, *told)
        )

    @property
    def _of_no_channel(self) -> bool:
        """Whether somebody quit, changed nick or logged in. Nothing is shown to them: by now they
        may be in no channel, or have another nick.
        """
        return not self.line.channel and self.line.kind not in (LineKind.MESSAGE, LineKind.ACTION)

    def hears(self, incident: AccessFacts) -> bool:
        """Whether the talk of an incident's channel may be repeated here. That of a +s, +p or +i
        channel may only be repeated there, and privately to its members.
        """
        if not incident.private and not self.is_hidden(incident):
            return True
        if self.line.channel:
            return self.is_at(incident)
        return self._is_in_any(incident.channel)

    def repeated(self, incident: Incident, text: str) -> str:
        """Somebody's words about an incident, as they may be repeated here."""
        return text if self.hears(incident) else self.word("private", incident)

    def is_hidden(self, incident: AccessFacts) -> bool:
        """Whether an incident is discussed in a +s, +p or +i channel."""
        return self.setting.presence.is_hidden(incident.channel, incident.network)

    def is_there(self, incident: Incident) -> bool:
        """Whether the speaker is where an incident is discussed; or where it was declared, if
        everybody may read that channel.
        """
        own = (incident.channel, *(() if self.is_hidden(incident) else (incident.declared_in,)))
        here = self.line.network == incident.network
        return self.is_at(incident) or (here and self._is_in_any(*own))

    def may_speak_in(self, channel: str) -> bool:
        """Whether the speaker is in a channel where they ask us to speak."""
        return bool(self.line.channel) or self._is_in_any(channel)

    def _is_in_any(self, *channels: str) -> bool:
        """Whether the speaker is in one of these channels; True if nothing is known."""
        presence, network = self.setting.presence, self.line.network
        return not presence.is_known(network) or any(
            presence.is_in(self.line.nick, channel, network) for channel in channels
        )

    def said(
        self,
        channel: str,
        network: str,
        *,
        since: datetime | None = None,
        nick: str = "",
        last: int = 0,
    ) -> tuple[Line, ...]:
        """The remembered lines of a channel up to this line, oldest first; with `last` only so many
        of the latest.
        """
        return self.memory.said(
            channel, network, since=since, nick=nick, last=last, before=self.heard
        )

    def may(self, what: str, incident: Incident | None, author: Person | None = None) -> bool:
        """Whether the speaker may do `what`."""
        return may(what, self.line, incident, self.setting, author)

    def refused(self, what: str, incident: Incident | None, author: Person | None = None) -> bool:
        """Whether the speaker may not do `what`; if so they are told who may."""
        if self.may(what, incident, author):
            return False
        self.answer(
            "not-yours", incident, who=self.who_may(what, incident, author), what=deed(what)
        )
        return True

    def who_may(self, what: str, incident: Incident | None, author: Person | None = None) -> str:
        """Who may do `what`, in words."""
        return who(what, incident, self.setting, self.process_of(incident), author)

    def clock(self, moment: datetime) -> str:
        """A time of day as people here read it."""
        return clock(moment, self.now, self.setting.zone)

    def past(self, typed: str, *, later: timedelta = timedelta(0)) -> datetime | Unclear:
        """When something happened, as the speaker typed it; `later`: as if they had
        typed it then.
        """
        setting, language = self.setting, self.language
        return past(typed, self.now + later, setting.zone, setting.zones, language)

    def when_it_was(self, typed: str) -> datetime | None:
        """When something happened, as the speaker typed it; None if unclear, and they
        are told why.
        """
        return self._clear(typed, self.past(typed))

    def when_it_is_due(self, typed: str) -> datetime | None:
        """When something is due, as the speaker typed it; None if unclear, and they are
        told why.
        """
        setting, language = self.setting, self.language
        found = future(typed, self.now, setting.zone, setting.zones, language)
        return self._clear(typed, found)

    def timed(self, text: str) -> tuple[str, str] | None:
        """The time at the beginning of a text, as typed, and the rest; None if there is none."""
        if not may_lead(text, self.language):
            return None
        return leading(text, frozenset(names(self.setting.zone, self.now)), self.language)

    def _clear(self, typed: str, found: datetime | Unclear) -> datetime | None:
        if isinstance(found, Unclear):
            self.answer_text(self.unclear(typed, found))
            return None
        return found

    def unclear(self, typed: str, found: Unclear) -> str:
        """Why a typed time cannot be used, and what to type."""
        return unclear_time(self.process_of(None), typed, found, self.now, self.setting.zone)

    def unclear_day(self, typed: str, found: Unclear) -> str:
        """Why a typed day cannot be used, and what to type."""
        return unclear_day(self.process_of(None), typed, found, self.now, self.setting.zone)

    def told(self, moment: datetime) -> str:
        """A time that somebody typed, as it is repeated to them."""
        return told(moment, self.now, self.setting.zone)

    # --- recording ----------------------------------------------------------------------

    def record(
        self,
        incident: int,
        event: Event,
        *,
        by: Person | None = None,
        channel: str | None = None,
        source: Source | None = None,
    ) -> None:
        """Record an event; from here on the state shows it. Texts are cut off at bounds.LONGEST."""
        if not self._said:
            self._said = fingerprint(self.line, plain(self.line.text))
        kept = bounded(event)
        self.cut = self.cut or kept is not event
        entry = Entry(
            incident=incident,
            at=self.now,
            by=by or self._author(incident),
            event=kept,
            channel=self.line.channel if channel is None else channel,
            source=source or self.line.source,
            said=self._said,
            msgid=self.line.msgid,
        )
        self.state = evolve(self.state, entry)
        self.entries.append(entry)
        if self.here and type(kept) is Noted:  # which moves no incident
            now = self.state.incidents
            self.here = tuple([now[there.id] for there in self.here])
        else:
            self.here = None

    def _author(self, incident: int) -> Person:
        known = self.state.incidents.get(incident)
        return self.who if known is None else known.identified(self.who)

    # --- saying -------------------------------------------------------------------------

    def word(self, key: str, incident: Incident | None, **named: object) -> str:
        """A text in the process's words; see Wording.word."""
        if incident is not None and incident.private:
            named = {"summary": self.summary(incident), **named}
        return self.wording(incident).word(key, **named)

    def summary(self, incident: Incident) -> str:
        """The summary as the speaker may hear it."""
        if not self.sees(incident):
            return self.word("private", None)
        return self.wording(incident).summary

    def wording(self, incident: Incident | None) -> Wording:
        """The words for an incident, in its process's language; without one, in the channel's."""
        return Wording(self.process_of(incident), self.setting, self.now, incident)

    def answer(self, key: str, incident: Incident | None = None, **named: object) -> None:
        """Answer the speaker where they spoke."""
        self.answer_text(self.word(key, incident, **named))

    def answer_usage(self, incident: Incident | None = None) -> None:
        """Answer with the usage of the command that was tried."""
        self.answer_text(self.typed(self.usage, incident))

    def typed(self, usage: str, incident: Incident | None = None) -> str:
        """The usage of a command, in the process's words."""
        return self.word("usage", incident, usage=own_usage(self.process_of(incident), usage))

    def answer_erased(self, key: str, incident: Incident | None = None, **named: object) -> None:
        """Answer that words are gone from the disk; the engine drops it if they are not."""
        self.answer(key, incident, **named)
        if self.replies:
            self.replies[-1] = replace(self.replies[-1], erased=True)

    def answer_text(self, text: str) -> None:
        """Answer the speaker where they spoke, with this text."""
        if self.aside:
            self.whisper_text(text)
            return
        nick = self.line.nick
        where = self.line.channel or nick
        self._say(where, f"{nick}: {text}", ReplyKind.ANSWER, self.line.network, asker=nick)

    def whisper(self, key: str, incident: Incident | None = None, **named: object) -> None:
        """Tell the speaker something privately."""
        self.whisper_text(self.word(key, incident, **named))

    def whisper_text(self, text: str) -> None:
        """Tell the speaker something privately; where they spoke, if they have no
        private window.
        """
        nick = self.line.nick
        to, text = (self.line.channel, f"{nick}: {text}") if self.line.via else (nick, text)
        self._say(to, text, ReplyKind.NOTICE, self.line.network, asker=nick)

    def tell_operators(self, text: str) -> None:
        """Tell the bot's operators something, once ever."""
        if self.line.source is Source.LIVE:
            self.replies.append(Reply("", text, ReplyKind.OPERATORS, self.line.network))

    def tell(self, incident: Incident, to: str, text: str, *, broadcast: str = "") -> None:
        """Announce something about an incident to a channel, or tell it to a nick privately."""
        text = marked(self.process_of(incident), text, drill=incident.drill)
        kind, asker = self.setting.announcement(to), self.line.nick if broadcast else ""
        self._say(to, text, kind, incident.network, broadcast, asker)

    def call(self, incident: Incident, nick: str, text: str, broadcast: str) -> None:
        """Call somebody privately. By PRIVMSG, because clients ring for it, and because a server
        refuses it visibly if nobody has that nick; it must not answer a NOTICE (RFC 2812 §3.3.2).
        """
        text = marked(self.process_of(incident), text, drill=incident.drill)
        self._say(nick, text, ReplyKind.ANSWER, incident.network, broadcast, asker=self.line.nick)

    def announce(self, incident: Incident, key: str, **named: object) -> None:
        """Announce it where the incident is discussed."""
        self.tell(incident, incident.channel, self.word(key, incident, **named))

    def tell_all(
        self,
        incident: Incident,
        text: str,
        *,
        but: Iterable[str] = (),
        broadcast: str = "",
    ) -> tuple[str, ...]:
        """Tell every notified channel and the comms channel, each once; returns those told."""
        told = self.places(incident, but=but)
        for channel in told:
            self.tell(incident, channel, text, broadcast=broadcast)
        return told

    def places(self, incident: Incident, *, but: Iterable[str] = ()) -> tuple[str, ...]:
        """Every notified channel and the comms channel, each once, except `but`."""
        found: list[str] = []
        skipped = tuple(but)
        for channel in (
            *self.setting.told(incident.network, private=incident.private),
            incident.channel,
        ):
            if not any(self.same_name(channel, other) for other in (*found, *skipped)):
                found.append(channel)
        return tuple(found)

    def _say(
        self,
        to: str,
        text: str,
        kind: ReplyKind,
        network: str,
        broadcast: str = "",
        asker: str = "",
    ) -> None:
        if self.line.source is not Source.LIVE or not is_target(to):
            return
        reply = Reply(to, text.rstrip(), kind, network, broadcast, asker, by=self.line.nick)
        self.replies.append(reply)

    def seek(
        self, words: str, *, like: int = 0, aside: bool = False, wanted: SearchFilter = ANY
    ) -> None:
        """Request a search of all incidents; see SearchRequest."""
        if self.line.source is Source.LIVE:
            self.sought.append(SearchRequest(self.line, words, like, aside, wanted))

    # --- phrases that several rules use ---------------------------------------------------

    def led(self, incident: Incident) -> str:
        """ "led by NICK", or that nobody leads."""
        if holder := incident.holder():
            return self.word("led-by", incident, nick=self.called(holder))
        return self.word("led-by-nobody", incident)

    def outcome(self) -> Outcome:
        """The result of the line."""
        replies = self.replies
        if replies and self._leads:
            replies = [replace(reply, leads=True) for reply in replies]
        return Outcome(tuple(self.entries), tuple(replies), self.state, tuple(self.sought))

    @property
    def _leads(self) -> bool:
        """Whether the speaker leads an open incident."""
        return any(
            self.mine(holder, incident)
            for incident in self.state.open
            for holder in incident.holders()
        )
