"""What somebody said or did (Line), and what we answer (Reply).

Knows nothing of meanings; a Line is the same whether it came from a socket, a log or a story.
"""

from __future__ import annotations

import re
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

from ircbot.values import dataclass


class LineKind(StrEnum):
    """What sort of thing somebody did. Only MESSAGE and ACTION carry speech."""

    MESSAGE = "message"
    ACTION = "action"  # /me, which is speech (CTCP ACTION)
    JOIN = "join"
    PART = "part"
    KICK = "kick"  # nick is who was kicked, text the reason
    QUIT = "quit"  # channel is "": a QUIT leaves every channel
    SPLIT = "split"  # a QUIT because two servers lost each other; they may come back
    NICK = "nick"  # text is the new nick; channel is ""
    ACCOUNT = "account"  # account-notify: account is the new one
    RENAME = "rename"  # the channel has another name, text
    REDACTION = "redaction"  # a message was deleted: text is its msgid


class Source(StrEnum):
    """How a line reached us. Only LIVE lines are obeyed; all others are recorded only."""

    LIVE = "live"
    RECOVERED = "recovered"  # chathistory, +H or bouncer playback after a gap
    IMPORT = "import"  # an existing log
    SHELL = "shell"  # `ircbot tl` and other commands of the command line


class Joint(StrEnum):
    """How a line continues the one before it, as parts of one message."""

    NONE = ""  # it is a message of its own
    NEXT = "next"  # the message's next line
    CUT = "cut"  # the rest of the same line, which was too long


class Line(NamedTuple):
    """One thing somebody said or did.

    A tuple, because one is created for everything that anybody says: creating a frozen dataclass
    of this size takes eight times as long, longer than all the rest of the work on a line.
    `at` is aware and UTC: the server's time if it sent one, else the time of arrival.
    `channel` is as the server writes it, "" for a private message and for what has no channel.
    `account` is the services account: None when it cannot be known, "" when the speaker is
    known not to be logged in.
    """

    at: datetime
    channel: str
    nick: str
    text: str = ""
    account: str | None = None
    kind: LineKind = LineKind.MESSAGE
    host: str = ""  # user@host, "" if unknown
    operator: bool = False  # a channel operator where it was said
    source: Source = Source.LIVE
    msgid: str = ""  # IRCv3 msgid, "" if the server sends none
    network: str = ""  # the name of a further network, "" for the main one
    relayed_by: str = ""  # the nick of the relay that it came through, if the server says so
    joint: Joint = Joint.NONE
    via: str = ""  # the relay's name for its people, if it came through a relay (relays.py)


class ReplyKind(StrEnum):
    """How a reply is sent: answers as PRIVMSG, announcements and reminders as NOTICE."""

    ANSWER = "answer"  # to the person who asked
    NOTICE = "notice"  # an announcement or a reminder
    RECEIPT = "receipt"  # a private acknowledgement that something is on disk
    ALARM = "alarm"  # cannot record, cannot join: sent before everything else
    OPERATORS = "operators"  # for the bot's operators, wherever they are; `to` is ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One line for the network to send.

    `to` is a nick or a channel. `broadcast` names a group of replies whose deliveries are counted;
    the result is told to `asker` ("3 of 4; #ops refused"). Otherwise `asker` is the person
    answered, "" if nobody asked.
    """

    to: str
    text: str
    kind: ReplyKind = ReplyKind.NOTICE
    network: str = ""
    broadcast: str = ""
    asker: str = ""
    erased: bool = False  # it says that words are gone from the disk
    by: str = field(default="", compare=False)  # whose line caused it, "" if time alone did
    leads: bool = field(default=False, compare=False)  # whether that person leads an open incident


UPDATE = "update:"  # how the broadcast of a status update begins
# Neither masks, nor lists, nor server masks ("$*", "a,b", "nick!user@host", "@#channel").
_TARGET = re.compile(
    r"[#&+!][^\s,*?\x00-\x20\x7f]*"
    r"|[^\s#&+!@$:~%.,*?\x00-\x20][^\s,*?!@$\x00-\x20\x7f]*"
)


def is_target(name: str) -> bool:
    """Whether a name stands for exactly one channel or one person, so that text may be sent there.

    >>> [is_target(name) for name in ("#ops", "ann[m]", "$$*", "*!*@*", "#a,#b", "x@services.")]
    [True, True, False, False, False, False]
    """
    return _TARGET.fullmatch(name) is not None


def fingerprint(line: Line, text: str) -> str:
    """Identifies a line among those of the same minute and network, by channel, nick and `text`.

    `text` is without formatting. Eight bytes suffice, since lines are compared within a minute.
    Names are not folded, because a log does not name the casemapping: log and server spell names
    alike, and if two people's fingerprints collide, the line just counts twice.
    """
    said = "\0".join((line.channel.lower(), line.nick.lower(), text))
    return blake2b(said.encode("utf-8", "replace"), digest_size=8).hexdigest()
