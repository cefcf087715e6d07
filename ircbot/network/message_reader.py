"""Reads what was said: PRIVMSG and NOTICE become Lines, or answers to CTCP queries.

All lines of one speaker in one channel begin alike, and a known beginning is enough. A line that
begins otherwise, or has tags, is read by one regular expression if it has the usual shape; all
others go through the parser. All three ways give the same Lines. Must not know what a line means.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ircbot.incident.line import Joint, Line, LineKind, Source
from ircbot.network.bouncer import MAY_BE_STAMP, StampedText, is_bouncer, marker, read_stamp
from ircbot.network.ctcp import CtcpQuery, CtcpReplies
from ircbot.network.history import Past
from ircbot.network.irclib import IrcConnection, IrcEvent
from ircbot.network.link_state import LinkState
from ircbot.network.membership import Membership
from ircbot.network.people import account_named

log = logging.getLogger("ircbot.network")

# Tags, sender, target and text.
_SPEECH = re.compile(r"(?:@([^ \\]*) )?(:[^ !]+![^ ]+ PRIVMSG [^ ,]+) :([^\x01].*)")

# An enumeration's member looked up on its class costs as much as a fifth of making a line.
_MESSAGE, _LIVE, _ALONE = LineKind.MESSAGE, Source.LIVE, Joint.NONE

_SPECIAL_TAGS = frozenset(
    {"batch", "bot", "draft/bot", "draft/relaymsg", "label", "inspircd.org/bot"}
)
# First characters of texts that need the slow path: none, a CTCP query, a bouncer's time stamp.
_CAREFUL = frozenset({"", "\x01"}) | MAY_BE_STAMP
_BOT_TAGS = ("bot", "draft/bot", "inspircd.org/bot")

_MULTILINE = ("draft/multiline", "multiline")

_MOST_SPEAKERS = 20_000  # remembered while nothing changes

# A private message this much older than the link was kept by a bouncer. Private messages have no
# JOIN to compare with, and clocks differ.
_OLD = 300.0
_PLAYBACK_TIME = 30.0  # seconds from the link's beginning within which a bouncer plays back


@dataclass(slots=True)
class _Speaker:
    """Somebody in one channel, while nothing about them changes."""

    nick: str
    host: str
    channel: str
    account: str | None
    operator: bool
    past: Past


class MessageReader:
    """Reads the speech of one link."""

    def __init__(self, shared: LinkState, membership: Membership) -> None:
        self._shared = shared
        self._membership = membership
        self._answers = CtcpReplies()
        self._speakers: dict[str, _Speaker | None] = {}  # by how their lines begin
        self._version = -1
        self._began = shared.now
        self._network = shared.settings.name
        self._feeders = {shared.support.fold(nick) for nick in shared.settings.feeders}
        self._relays = {shared.support.fold(name) for name in shared.settings.relays}

    def known(self, lines: Iterable[str]) -> Iterator[str]:
        """Read the lines of known speakers. Any other line is yielded, and must be handled before
        the next is requested."""
        shared = self._shared
        at, now, network = shared.at, shared.now, self._network
        speakers, heard = self._valid_speakers(), shared.heard
        for text in lines:
            head, _, said = text.partition(" :")
            speaker = speakers.get(head)
            if speaker is None or said[:1] in _CAREFUL or now < speaker.past.playing_until:
                yield text
                speakers, heard = self._valid_speakers(), shared.heard
                continue
            # Line(…) takes twice as long.
            line = tuple.__new__(Line, (
                at, speaker.channel, speaker.nick, said, speaker.account, _MESSAGE, speaker.host,
                speaker.operator, _LIVE, "", network, "", _ALONE, "",
            ))  # fmt: skip
            speaker.past.lines.append(line)
            heard.append(line)

    def _valid_speakers(self) -> dict[str, _Speaker | None]:
        """The known speakers, forgotten as soon as anybody changes."""
        if self._version != self._shared.people.version:
            self._speakers.clear()
            self._version = self._shared.people.version
        return self._speakers

    def quick(self, text: str) -> bool:
        """Read a line of the usual shape. False if it has another shape; then nothing is done."""
        shared = self._shared
        speakers = self._valid_speakers()
        match = _SPEECH.fullmatch(text)
        if match is None:
            return False
        tags, head, said = match.groups()
        speaker = speakers.get(head)
        if speaker is None:
            if head in speakers:
                return False
            if len(speakers) >= _MOST_SPEAKERS:
                speakers.clear()
            speaker = speakers[head] = self._speaker(head)
            self._version = shared.people.version
            if speaker is None:
                return False
        at, account, msgid = shared.at, speaker.account, ""
        past = speaker.past
        if shared.now < past.playing_until:
            return False
        if said[0] in MAY_BE_STAMP and shared.pasts.is_fresh(past, shared.now):
            return False
        if tags:
            told = dict([item.partition("=")[::2] for item in tags.split(";")])
            if not _SPECIAL_TAGS.isdisjoint(told):
                return False
            if tag := told.get("time"):
                if shared.pasts.is_fresh(past, shared.now):
                    told_at = shared.clock.told(tag, at)
                    if told_at is not None and shared.pasts.is_old(told_at, past, shared.now):
                        return False
                at = shared.clock.live(tag, at)
            if "account" in told:
                account = account_named(told["account"])
            msgid = told.get("msgid", "")
        line = tuple.__new__(Line, (
            at, speaker.channel, speaker.nick, said, account, _MESSAGE, speaker.host,
            speaker.operator, _LIVE, msgid, self._network, "", _ALONE, "",
        ))  # fmt: skip
        past.lines.append(line)
        shared.heard.append(line)
        return True

    def _speaker(self, head: str) -> _Speaker | None:
        """What all lines with this beginning have in common; None if they need the parser."""
        shared = self._shared
        nick, _, rest = head[1:].partition("!")
        host, _, target = rest.partition(" ")
        target = target.removeprefix("PRIVMSG ")
        channel = shared.support.channel_of(target)
        if not channel or shared.people.room(channel) is None:
            return None
        if shared.is_me(nick) or _is_no_persons(nick):
            return None
        person = shared.people.seen(nick, host)
        operator = shared.people.is_operator(nick, channel)
        past = shared.pasts.past(channel)
        return _Speaker(nick, host, channel, self._account(person.account), operator, past)

    def _account(self, known: str | None) -> str | None:
        """The account of somebody whose line has no account tag."""
        if self._shared.enabled("account-tag"):
            return ""
        return known if self._shared.enabled("account-notify") else None

    def privmsg(self, event: IrcEvent) -> None:
        """PRIVMSG through the parser: a line of any shape."""
        shared = self._shared
        target, said = event.param(0), event.param(1)
        if not event.nick or not target or target.startswith("$"):
            return  # "$$*" addresses everybody on a server
        if shared.support.is_for_some(target):
            return  # what operators tell each other is not for the record
        if (begins := marker(event.nick, said)) is not None:
            shared.pasts.mark(shared.support.channel_of(target), begins, shared.now)
            return
        if shared.is_me(event.nick):
            return  # an echo: ours, or of another client of the same bouncer
        if event.type == "ctcp":
            self._queried(event, target)
        elif said and self._is_person(event):
            is_action = event.type == "action"
            self._hear(event, target, said, LineKind.ACTION if is_action else LineKind.MESSAGE)

    def notice(self, event: IrcEvent) -> None:
        """NOTICE: ignored, unless a feeder sends it."""
        is_feeder = self._shared.support.fold(event.nick) in self._feeders
        target, said = event.param(0), event.param(1)
        to_all = not self._shared.support.is_for_some(target)
        if is_feeder and not self._shared.is_me(event.nick) and said and to_all:
            self._hear(event, target, said, LineKind.MESSAGE)

    def _is_person(self, event: IrcEvent) -> bool:
        nick, fold = event.nick, self._shared.support.fold
        if fold(nick) in self._feeders:
            return True
        tag = account_named(event.tags.get("account", ""))
        if fold(nick) in self._relays or (tag and fold(tag) in self._relays):
            return True
        relayed = "draft/relaymsg" in event.tags
        from_bot = not relayed and any(tag in event.tags for tag in _BOT_TAGS)
        return not from_bot and (relayed or not _is_no_persons(nick))

    def _hear(self, event: IrcEvent, target: str, said: str, kind: LineKind) -> None:
        shared = self._shared
        channel = shared.support.channel_of(target)
        joint = self._joint(event)
        told = shared.told_time(event)
        at = told or shared.at
        name = event.tags.get("batch", "")
        played = shared.batches.is_playback(name)
        if played and (batch := shared.batches.get(name)) is not None:
            batch.lines += 1
            batch.last = at
        elif channel:
            self._membership.heard_in(channel)
        person = shared.people.seen(event.nick, event.userhost) if channel else None
        tag = event.tags.get("account")
        known = person.account if person is not None else None
        past = shared.pasts.past(channel)
        old = played or shared.now < past.playing_until or self._is_old(at, channel, past)
        stamp = self._stamp(said, channel, past) if told is None or not old else None
        if stamp is not None:
            old, at, said = True, stamp.at or at, stamp.text
        elif not old and (time := event.tags.get("time")):
            at = shared.clock.live(time, shared.at)
        line = Line(
            at,
            channel,
            event.nick,
            said,
            account_named(tag) if tag is not None else None if old else self._account(known),
            kind,
            event.userhost,
            bool(channel) and not old and shared.people.is_operator(event.nick, channel),
            Source.RECOVERED if old else Source.LIVE,
            event.tags.get("msgid", ""),
            shared.settings.name,
            event.tags.get("draft/relaymsg", ""),
            joint,
        )
        if old:
            if shared.pasts.knows(line, stamp.within if stamp is not None else None):
                return
            shared.pasts.remember(line)
        else:
            past.lines.append(line)
        shared.heard.append(line)

    def _joint(self, event: IrcEvent) -> Joint:
        """How a line continues the one before it (draft/multiline). The tags of the whole message
        are on the BATCH line: they apply to its first line, and most of them to the others."""
        batch = self._shared.batches.get(event.tags.get("batch", ""))
        if batch is None or batch.kind not in _MULTILINE:
            return Joint.NONE
        first, batch.lines = batch.lines == 0, batch.lines + 1
        for tag, value in batch.tags.items():
            if first or tag != "msgid":  # a msgid identifies one line
                event.tags.setdefault(tag, value)
        if first:
            return Joint.NONE
        cut = any(f"{tag}-concat" in event.tags for tag in _MULTILINE)
        return Joint.CUT if cut else Joint.NEXT

    def redacted(self, _: IrcConnection, event: IrcEvent) -> None:
        """REDACT target msgid reason (draft/message-redaction): a message was deleted."""
        shared = self._shared
        channel, msgid = shared.support.channel_of(event.param(0)), event.param(1)
        if not event.nick or not msgid or (channel and shared.people.room(channel) is None):
            return
        person = shared.people.seen(event.nick, event.userhost)
        tag = event.tags.get("account")
        shared.heard.append(
            Line(
                shared.time_of(event),
                channel,
                event.nick,
                msgid,
                self._account(person.account) if tag is None else account_named(tag),
                LineKind.REDACTION,
                event.userhost,
                bool(channel) and shared.people.is_operator(event.nick, channel),
                network=shared.settings.name,
            )
        )

    def _stamp(self, said: str, channel: str, past: Past) -> StampedText | None:
        """Split off the time that a bouncer wrote before a text; None if there is none, or if the
        text cannot be from a bouncer."""
        shared = self._shared
        if said[:1] not in MAY_BE_STAMP or not (
            shared.now < past.playing_until
            or shared.pasts.is_fresh(past, shared.now)
            or (not channel and shared.now - self._began < _PLAYBACK_TIME)
        ):
            return None
        return read_stamp(said, shared.at, shared.settings.zone)

    def _is_old(self, at: datetime, channel: str, past: Past) -> bool:
        now = self._shared.now
        if channel:
            return self._shared.pasts.is_old(at, past, now)
        return now - self._began < _PLAYBACK_TIME and (self._shared.at - at).total_seconds() > _OLD

    def _queried(self, event: IrcEvent, target: str) -> None:
        shared = self._shared
        if not shared.is_me(target) or not self._is_person(event):
            return  # a query to a channel: answers from a hundred clients are a flood
        query = CtcpQuery(event.param(1), event.param(2))
        if answer := self._answers.answer(query, shared.now, shared.at):
            shared.irc.ctcp_reply(event.nick, answer)


# Channels, server masks and ranks begin with these; nicks do not.
_NO_NICK = tuple("#&+!@%~$:,")


def _is_no_persons(nick: str) -> bool:
    """Whether a nick cannot be a person's: it is a bouncer's own ("*status") or a server's (with a
    dot), or an answer to it would go to a channel or look like a relay's.

    A nick given by a relay (RELAYMSG) has a slash, and may have a dot.
    """
    if nick.startswith(_NO_NICK) or "," in nick or any(map(str.isspace, nick)):
        return True
    return ("." in nick and "/" not in nick) or is_bouncer(nick)
