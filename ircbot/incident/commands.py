"""Every chat command, declared once: help, tests and documentation are made from this.

What a command does is rules/orders.py; how one is told from other talk is recognise.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

# "TL 20:30" is a time.
_NAMED = re.compile(
    r"@(\d{1,6})\b|\btl #?(\d{1,6}) ?:(?![0-5]\d(?!\d))"
    r"|\b(?:related|duplicate(?: of)?) #?(\d{1,6})\s*$",
    re.IGNORECASE,
)
_NAMES = ("@", ":", "related", "duplicate")


def numbers_named(text: str) -> tuple[int, ...]:
    """The incidents that a line may name by number.

    >>> numbers_named("TL 7: down"), numbers_named("!inc @12 status"), numbers_named("7 of 9")
    ((7,), (12,), ())
    >>> numbers_named("TL 20:30: first alert"), numbers_named("!inc tl 20:44 rolled back")
    ((), ())
    >>> numbers_named("!inc @9 duplicate of 7")
    (9, 7)
    """
    if not any(sign in text for sign in _NAMES):
        return ()
    return tuple(int(match[1] or match[2] or match[3]) for match in _NAMED.finditer(text))


@dataclass(frozen=True, slots=True)
class ChatCommand:
    """A command. `words` is how many words it needs; `example` is one that works."""

    name: str
    usage: str
    help: str
    example: str
    words: int = 0
    incident: bool = True  # it concerns an incident, which must be clear first
    aliases: tuple[str, ...] = ()
    records: bool = False  # words of the speaker's go on record


COMMANDS: tuple[ChatCommand, ...] = (
    ChatCommand("help", "help [COMMAND]", "what to type", "help tl", incident=False),
    ChatCommand("status", "status", "how the incident stands", "status", incident=False),
    ChatCommand("list", "list", "the newest incidents", "list", incident=False),
    ChatCommand("version", "version", "which bot this is", "version", incident=False),
    ChatCommand(
        "declare",
        "declare SUMMARY [--since TIME] [--at TIME [--resolved TIME]] [--drill] [--private]",
        "opens an incident, which you lead; --since takes in what was said here from then on, "
        "--at is when it began, --resolved when it was over",
        "declare NTP is down",
        words=1,
        incident=False,
    ),
    ChatCommand("lead", "lead", "you lead, if nobody does or you were offered it", "lead"),
    ChatCommand(
        "handoff", "handoff NICK", "offers the lead to somebody, who accepts", "handoff dan", 1
    ),
    ChatCommand("accept", "accept", "you take what you were offered", "accept"),
    ChatCommand("yes", "yes", "to what the bot just asked you", "yes"),
    ChatCommand("no", "no", "to what the bot just asked you", "no"),
    ChatCommand("decline", "decline", "you do not take it; or you take your offer back", "decline"),
    ChatCommand(
        "confirm",
        "confirm NICK [ACCOUNT]",
        "while accounts are not told: NICK is who the record has with that account",
        "confirm ann",
        1,
    ),
    ChatCommand(
        "role",
        "role [ROLE [NICK|none]]",
        "you, or NICK, take a role; alone: who has which",
        "role",
    ),
    ChatCommand("severity", "severity S", "how bad it is", "severity 1", 1, aliases=("sev",)),
    ChatCommand(
        "summary",
        "summary TEXT",
        "what it is about",
        "summary NTP is down",
        1,
        aliases=("title",),
        records=True,
    ),
    ChatCommand(
        "product", "product NAME", "which product it is about", "product Wiki", 1, records=True
    ),
    ChatCommand(
        "impact", "impact TEXT", "who and what it hits", "impact nobody can log in", 1, records=True
    ),
    ChatCommand(
        "stage",
        "stage [STATUS]",
        "how far it is; alone: which statuses there are",
        "stage",
        aliases=("phase",),
    ),
    ChatCommand(
        "channel", "channel #NAME", "the comms channel", "channel #wiki-dev", 1, aliases=("comms",)
    ),
    ChatCommand(
        "video",
        "video WHERE",
        "where people meet",
        "video https://meet.example/wiki",
        1,
        records=True,
    ),
    ChatCommand(
        "tl",
        "tl [-10m|14:55|yesterday 23:10] TEXT, or tl last [N] [NICK]",
        "records an entry, a late one with its true time, or lines already said",
        "tl -10m the disk filled up",
        1,
        incident=False,
        aliases=("log", "info"),
    ),
    ChatCommand(
        "later",
        "later TEXT",
        "keeps a thought for the review",
        "later page sooner",
        1,
        records=True,
    ),
    ChatCommand(
        "undo",
        "undo [N|C3]",
        "takes back your last entry, or entry N, or change C3 of the header (C alone lists them)",
        "undo",
    ),
    ChatCommand(
        "edit", "edit N TEXT", "words an entry anew", "edit 3 the disk was full", 2, records=True
    ),
    ChatCommand(
        "time", "time N TIME", "when entry N happened, if not when it was said", "time 3 11:50", 2
    ),
    ChatCommand("s", "s/OLD/NEW/", "corrects your last entry", "s/disk/log disk/", 1, records=True),
    ChatCommand("drop", "drop N", "takes an entry out", "drop 3", 1),
    ChatCommand("restore", "restore N", "puts an entry back", "restore 3", 1),
    ChatCommand("redact", "redact N", "removes an entry's words, from the disk too", "redact 3", 1),
    ChatCommand(
        "update",
        "update TEXT",
        "tells every notified channel",
        "update logins work again",
        1,
        records=True,
    ),
    ChatCommand(
        "next", "next 45m", "when the next update is due", "next 2h", 1, aliases=("snooze",)
    ),
    ChatCommand(
        "notify",
        "notify NICK… REASON",
        "calls people, with the reason in the same line",
        "notify bob NTP is down",
        2,
        aliases=("ping", "page"),
        records=True,
    ),
    ChatCommand(
        "props", "props NICK [FOR]", "praises somebody", "props dan for the fix", 1, records=True
    ),
    ChatCommand(
        "link",
        "link URL [TEXT]",
        "keeps a link",
        "link https://graphs.example/wiki",
        1,
        records=True,
    ),
    ChatCommand(
        "action",
        "action TEXT [@NICK…] [by DATE], or action N @NICK|by DATE|drop|undo",
        "a follow-up; whose one is, by when, that it is dropped",
        "action watch the cache @dan by friday",
        1,
        records=True,
    ),
    ChatCommand("actions", "actions", "the follow-ups", "actions"),
    ChatCommand("done", "done N", "follow-up N is done", "done 1", 1),
    ChatCommand(
        "ticket",
        "ticket N URL",
        "where follow-up N is",
        "ticket 1 https://bugs.example/7",
        2,
        records=True,
    ),
    ChatCommand(
        "why",
        "why TEXT",
        "the next of the five whys",
        "why nobody watched the cache",
        1,
        records=True,
    ),
    ChatCommand(
        "well",
        "well TEXT",
        "for the report: what went well",
        "well the graphs showed it at once",
        1,
        records=True,
    ),
    ChatCommand(
        "poorly",
        "poorly TEXT",
        "for the report: what went poorly",
        "poorly nobody had the password",
        1,
        records=True,
    ),
    ChatCommand(
        "lucky",
        "lucky TEXT",
        "for the report: where we got lucky",
        "lucky it was a quiet morning",
        1,
        records=True,
    ),
    ChatCommand(
        "cause",
        "cause TEXT",
        "for the report: what set it off, and why it could",
        "cause a load balancer was rebuilt without its listeners",
        1,
        records=True,
    ),
    ChatCommand(
        "detection",
        "detection TEXT",
        "for the report: how it was noticed",
        "detection a visitor wrote to us",
        1,
        records=True,
    ),
    ChatCommand(
        "resolution",
        "resolution TEXT",
        "for the report: what ended it",
        "resolution the listeners are made by the deployment now",
        1,
        records=True,
    ),
    ChatCommand(
        "narrative",
        "narrative TEXT",
        "for the report: what happened, in two or three sentences",
        "narrative the wiki was away for five hours",
        1,
        records=True,
    ),
    ChatCommand(
        "hypothesis",
        "hypothesis [TEXT|proved N|disproved N]",
        "a guess at the cause",
        "hypothesis the cache is cold",
        records=True,
    ),
    ChatCommand(
        "milestone",
        "milestone started|detected|declared|mitigated|resolved [TIME]",
        "when it was; unknown is an answer; the former time is kept",
        "milestone detected 11:50",
        1,
    ),
    ChatCommand("checklist", "checklist [ITEM]", "what is worth doing; ITEM is done", "checklist"),
    ChatCommand(
        "message",
        "message [KEY NAME=… …]",
        "a message for people outside, from the template KEY",
        "message",
        records=True,
    ),
    ChatCommand("meeting", "meeting TIME", "the review meeting", "meeting 2018-01-12 15:00", 1),
    ChatCommand(
        "resolve",
        "resolve [TIME] [TEXT]",
        "it is over; since TIME, if not since now",
        "resolve",
        aliases=("resolved",),
    ),
    ChatCommand("reopen", "reopen REASON", "it was not over", "reopen it is down again", 1),
    ChatCommand("close", "close", "nothing more is to be done", "close"),
    ChatCommand("withdraw", "withdraw REASON", "it was a false alarm", "withdraw a typo", 1),
    ChatCommand("duplicate", "duplicate of N", "it is incident N", "duplicate of 2", 1),
    ChatCommand("related", "related N", "it has to do with incident N", "related 2", 1),
    ChatCommand(
        "report", "report [done [URL]]", "where the report is; that it is delivered", "report"
    ),
    ChatCommand(
        "security",
        "security [purge|off]",
        "stops recording; purge removes what there is, off goes on",
        "security",
    ),
    ChatCommand(
        "forget",
        "forget NICK [ACCOUNT|none]",
        "removes what somebody wrote, from the disk too",
        "forget ann",
        1,
        incident=False,
    ),
    ChatCommand("leave", "leave [#NAME]", "sends me out of a channel", "leave", incident=False),
    ChatCommand("tips", "tips", "one line of calm advice", "tips", incident=False),
)

BY_NAME: dict[str, ChatCommand] = {
    name: command for command in COMMANDS for name in (command.name, *command.aliases)
}


# What people in a hurry try first. These are only proposed, never obeyed.
_MEANT = {
    "accept": "ack confirm confirmed",
    "decline": "refuse",
    "declare": "start open new begin create incident",
    "handoff": "hand handover pass transfer baton",
    "help": "? commands command usage how",
    "lead": "il ic leader take claim i i'm im",
    "next": "remind postpone quiet silence mute",
    "notify": "call alert summon",
    "resolve": "end over fixed finish finished solved",
    "role": "assign roles",
    "status": "who what whats what's where state",
    "tl": "note notes timeline add record entry",
    "withdraw": "cancel abort false delete nevermind",
}
_PROPOSED = {word: name for name, words in _MEANT.items() for word in words.split()}


def nearest(name: str) -> str:
    """The command somebody may have meant, "" if none is near.

    >>> nearest("timeline"), nearest("sttaus"), nearest("xyzzy")
    ('tl', 'status', '')
    """
    name = name.lower()
    if name in _PROPOSED:
        return _PROPOSED[name]
    close = get_close_matches(name, BY_NAME, n=1, cutoff=0.6)
    return close[0] if close else ""
