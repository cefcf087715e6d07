"""The chat commands, one row each: how it is typed, who may use it, and its rule.

Help, tests, docs/commands.md and docs/access.md are made from this table. shapes.py recognises
commands, orders.py parses their arguments, obeying.py executes the row. A row without its act or
its rule fails at import and in mypy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from difflib import get_close_matches

from ircbot.incident.acts import BY_NAME as ACTS
from ircbot.incident.acts import Act
from ircbot.incident.rules import (
    actions,
    declaring,
    ending,
    guarding,
    helping,
    orders,
    procedure,
    publishing,
    relating,
    searching,
    telling,
    timeline,
)
from ircbot.incident.rules.context import Context
from ircbot.incident.sayings import Command
from ircbot.incident.state import Incident


@dataclass(frozen=True, slots=True)
class ChatCommand:
    """What every chat command has. `usage` is how it is typed, `example` a line that works.

    `act` is the row of acts.ACTS that says who may. `acts` names another act for certain first
    words of the arguments, "" for the command alone.
    """

    name: str
    usage: str
    help: str
    example: str
    act: str
    _: KW_ONLY
    words: int = 0  # how many it needs
    aliases: tuple[str, ...] = ()
    acts: Mapping[str, str] = field(default_factory=dict)
    tried: str = ""  # what people in a hurry try first: it is proposed, never obeyed

    def act_of(self, arguments: str) -> Act:
        """The act that the command performs with these arguments."""
        first = arguments.split(maxsplit=1)[:1]
        return ACTS[self.acts.get(first[0].lower() if first else "", self.act)]


@dataclass(frozen=True, slots=True)
class GeneralCommand(ChatCommand):
    """A command that needs no incident."""

    rule: Callable[[Context, Command], None]


@dataclass(frozen=True, slots=True)
class IncidentCommand(ChatCommand):
    """A command about an incident, which must be determined first; its rule gets the arguments."""

    rule: Callable[[Context, Incident, str], None]
    _: KW_ONLY
    records: bool = False  # words of the speaker's go on record
    repeats: bool = False  # asked alone, it answers with what was said


def tell_unknown(ctx: Context, name: str) -> None:
    """Tell somebody who typed an unknown command which one they may have meant."""
    if near := nearest(name):
        ctx.answer("unknown", near=near)
    else:
        ctx.answer("unknown-far")


_AnyCommand = GeneralCommand | IncidentCommand


def _help(ctx: Context, order: Command) -> None:
    words = order.arguments.lower().split()
    name = words[0].removeprefix(ctx.setting.prefix.lower()) if words else ""
    command = BY_NAME.get(name)
    if command is not None:
        ctx.answer("help", usage=ctx.typed(command.usage), help=command.help)
        criteria = ctx.process_of(None).criteria
        if command.name == "declare" and criteria:
            ctx.answer("criteria", criteria="; ".join(criteria))
    elif name in ("commands", "all"):
        ctx.answer("help-all", commands=" ".join(c.name for c in COMMANDS))
    elif not name:
        helping.tell_what_fits(ctx, order.incident)
    elif not helping.tell_situation(ctx, " ".join(words)):
        tell_unknown(ctx, name)


COMMANDS: tuple[_AnyCommand, ...] = (
    GeneralCommand(
        "help",
        "help [starting|during|handing over|ending|afterwards|commands|COMMAND]",
        "what to type",
        "help handing over",
        "ask",
        _help,
        tried="? commands command usage how starting during ending afterwards",
    ),
    GeneralCommand(
        "status",
        "status",
        "how the incident stands",
        "status",
        "ask",
        orders.status,
        tried="who what whats what's where state",
    ),
    GeneralCommand(
        "list",
        "list [open|closed|all] [since:90d] [until:D] [product:P] [severity:S] [nick:N]",
        "the newest incidents, or of all incidents those that you want",
        "list severity:1 since:90d",
        "ask",
        searching.list_incidents,
    ),
    GeneralCommand(
        "search",
        "search WORDS",
        'finds what was said in any incident: "disk full" together, cert* a beginning; '
        "narrowed by since:90d, until:, product:, severity:, nick:, in:timeline|reports|actions",
        "search disk",
        "search",
        searching.search,
        words=1,
        tried="find grep when",
    ),
    IncidentCommand(
        "similar",
        "similar",
        "which incidents were like this one, and what ended them",
        "similar",
        "search",
        searching.similar,
    ),
    GeneralCommand("version", "version", "which bot this is", "version", "ask", orders.version),
    GeneralCommand(
        "declare",
        "declare SUMMARY [--since TIME] [--at TIME [--resolved TIME]] [--drill] [--private]",
        "opens an incident, which you lead; --since takes in what was said here from then on, "
        "--at is when it began, --resolved when it was over",
        "declare NTP is down",
        "declare",
        orders.declare,
        words=1,
        tried="start open new begin create incident",
    ),
    IncidentCommand(
        "lead",
        "lead",
        "you lead, if nobody does or you were offered it",
        "lead",
        "lead",
        orders.lead,
        tried="il ic leader take claim i i'm im",
    ),
    IncidentCommand(
        "handoff",
        "handoff NICK",
        "offers the lead to somebody, who accepts",
        "handoff dan",
        "handoff",
        orders.handoff,
        words=1,
        tried="hand handover pass transfer baton",
    ),
    IncidentCommand(
        "accept",
        "accept",
        "you take what you were offered",
        "accept",
        "lead",
        orders.accept,
        tried="ack confirm confirmed",
    ),
    IncidentCommand("yes", "yes", "to what the bot just asked you", "yes", "lead", orders.yes),
    IncidentCommand("no", "no", "to what the bot just asked you", "no", "lead", orders.no),
    IncidentCommand(
        "decline",
        "decline",
        "you do not take it; or you take your offer back",
        "decline",
        "lead",
        orders.decline,
        tried="refuse",
    ),
    IncidentCommand(
        "confirm",
        "confirm NICK [ACCOUNT]",
        "while accounts are not told: NICK is who the record has with that account",
        "confirm ann",
        "confirm",
        orders.confirm,
        words=1,
    ),
    IncidentCommand(
        "role",
        "role [ROLE [NICK|none]]",
        "you, or NICK, take a role; alone: who has which",
        "role",
        "role",
        orders.role,
        acts={"": "ask"},
        tried="assign roles",
    ),
    IncidentCommand(
        "severity",
        "severity S",
        "how bad it is",
        "severity 1",
        "severity",
        orders.severity,
        words=1,
        aliases=("sev",),
    ),
    IncidentCommand(
        "summary",
        "summary TEXT",
        "what it is about",
        "summary NTP is down",
        "summary",
        declaring.set_summary,
        words=1,
        aliases=("title",),
        records=True,
    ),
    IncidentCommand(
        "product",
        "product NAME",
        "which product it is about",
        "product Wiki",
        "product",
        declaring.set_product,
        words=1,
        records=True,
    ),
    IncidentCommand(
        "impact",
        "impact TEXT",
        "who and what it hits",
        "impact nobody can log in",
        "impact",
        ending.set_impact,
        words=1,
        records=True,
    ),
    IncidentCommand(
        "stage",
        "stage [STATUS]",
        "how far it is; alone: which statuses there are",
        "stage",
        "stage",
        procedure.set_stage,
        aliases=("phase",),
        acts={"": "ask"},
    ),
    IncidentCommand(
        "channel",
        "channel #NAME",
        "the comms channel",
        "channel #wiki-dev",
        "channel",
        orders.channel,
        words=1,
        aliases=("comms",),
    ),
    IncidentCommand(
        "video",
        "video WHERE",
        "where people meet",
        "video https://meet.example/wiki",
        "video",
        orders.video,
        words=1,
        records=True,
    ),
    GeneralCommand(
        "tl",
        "tl [-10m|14:55|yesterday 23:10] TEXT, or tl last [N] [NICK]",
        "records an entry, a late one with its true time, or lines already said",
        "tl -10m the disk filled up",
        "entry",
        orders.tl,
        words=1,
        aliases=("log", "info"),
        tried="note notes timeline add record entry",
    ),
    IncidentCommand(
        "later",
        "later TEXT",
        "keeps a thought for the review",
        "later page sooner",
        "entry",
        ending.park,
        words=1,
        records=True,
    ),
    IncidentCommand(
        "undo",
        "undo [N|C3]",
        "takes back your last entry, or entry N, or change C3 of the header (C alone lists them)",
        "undo",
        "entry",
        orders.undo,
        acts={"c": "ask"},
        repeats=True,
    ),
    IncidentCommand(
        "edit",
        "edit N TEXT",
        "words an entry anew",
        "edit 3 the disk was full",
        "edit",
        orders.edit,
        words=2,
        records=True,
    ),
    IncidentCommand(
        "time",
        "time N TIME",
        "when entry N happened, if not when it was said",
        "time 3 11:50",
        "edit",
        orders.time,
        words=2,
    ),
    IncidentCommand(
        "s",
        "s/OLD/NEW/",
        "corrects your last entry",
        "s/disk/log disk/",
        "edit",
        orders.substitute,
        words=1,
        records=True,
    ),
    IncidentCommand(
        "drop",
        "drop N",
        "takes an entry out",
        "drop 3",
        "drop",
        orders.on_entry(timeline.drop, timeline.standing),
        words=1,
    ),
    IncidentCommand(
        "restore",
        "restore N",
        "puts an entry back",
        "restore 3",
        "drop",
        orders.on_entry(timeline.restore),
        words=1,
    ),
    IncidentCommand(
        "redact",
        "redact N",
        "removes an entry's words, from the disk too",
        "redact 3",
        "redact",
        orders.on_entry(guarding.redact),
        words=1,
    ),
    IncidentCommand(
        "update",
        "update TEXT",
        "tells every notified channel",
        "update logins work again",
        "update",
        telling.update,
        words=1,
        records=True,
    ),
    IncidentCommand(
        "next",
        "next 45m",
        "when the next update is due",
        "next 2h",
        "next",
        telling.put_off,
        words=1,
        aliases=("snooze",),
        tried="remind postpone quiet silence mute",
    ),
    IncidentCommand(
        "notify",
        "notify NICK… REASON",
        "calls people, with the reason in the same line",
        "notify bob NTP is down",
        "notify",
        orders.notify,
        words=2,
        aliases=("ping", "page"),
        records=True,
        tried="call alert summon",
    ),
    IncidentCommand(
        "props",
        "props NICK [FOR]",
        "praises somebody",
        "props dan for the fix",
        "props",
        orders.props,
        words=1,
        records=True,
    ),
    IncidentCommand(
        "link",
        "link URL [TEXT]",
        "keeps a link",
        "link https://graphs.example/wiki",
        "entry",
        orders.link,
        words=1,
        records=True,
    ),
    IncidentCommand(
        "action",
        "action TEXT [@NICK…] [by DATE], or action N @NICK|by DATE|drop|undo",
        "a follow-up; whose one is, by when, that it is dropped",
        "action watch the cache @dan by friday",
        "entry",
        actions.action,
        words=1,
        records=True,
    ),
    IncidentCommand(
        "actions", "actions", "the follow-ups", "actions", "ask", actions.list_actions, repeats=True
    ),
    IncidentCommand(
        "done", "done N", "follow-up N is done", "done 1", "done", orders.done, words=1
    ),
    IncidentCommand(
        "ticket",
        "ticket N URL",
        "where follow-up N is",
        "ticket 1 https://bugs.example/7",
        "done",
        orders.ticket,
        words=2,
        records=True,
    ),
    IncidentCommand(
        "why",
        "why TEXT",
        "the next of the five whys",
        "why nobody watched the cache",
        "entry",
        ending.add_why,
        words=1,
        records=True,
    ),
    IncidentCommand(
        "well",
        "well TEXT",
        "for the report: what went well",
        "well the graphs showed it at once",
        "prose",
        orders.prose("well"),
        words=1,
        records=True,
    ),
    IncidentCommand(
        "poorly",
        "poorly TEXT",
        "for the report: what went poorly",
        "poorly nobody had the password",
        "prose",
        orders.prose("poorly"),
        words=1,
        records=True,
    ),
    IncidentCommand(
        "lucky",
        "lucky TEXT",
        "for the report: where we got lucky",
        "lucky it was a quiet morning",
        "prose",
        orders.prose("lucky"),
        words=1,
        records=True,
    ),
    IncidentCommand(
        "cause",
        "cause TEXT",
        "for the report: what set it off, and why it could",
        "cause a load balancer was rebuilt without its listeners",
        "prose",
        orders.prose("cause"),
        words=1,
        records=True,
    ),
    IncidentCommand(
        "detection",
        "detection TEXT",
        "for the report: how it was noticed",
        "detection a visitor wrote to us",
        "prose",
        orders.prose("detection"),
        words=1,
        records=True,
    ),
    IncidentCommand(
        "resolution",
        "resolution TEXT",
        "for the report: what ended it",
        "resolution the listeners are made by the deployment now",
        "prose",
        orders.prose("resolution"),
        words=1,
        records=True,
    ),
    IncidentCommand(
        "narrative",
        "narrative TEXT",
        "for the report: what happened, in two or three sentences",
        "narrative the wiki was away for five hours",
        "prose",
        orders.prose("narrative"),
        words=1,
        records=True,
    ),
    IncidentCommand(
        "hypothesis",
        "hypothesis [TEXT|proved N|disproved N]",
        "a guess at the cause",
        "hypothesis the cache is cold",
        "entry",
        procedure.hypothesis,
        acts={"": "ask"},
        records=True,
        repeats=True,
    ),
    IncidentCommand(
        "milestone",
        "milestone started|detected|declared|mitigated|resolved [TIME]",
        "when it was; unknown is an answer; the former time is kept",
        "milestone detected 11:50",
        "milestone",
        orders.milestone,
        words=1,
    ),
    IncidentCommand(
        "checklist",
        "checklist [ITEM]",
        "what is worth doing; ITEM is done",
        "checklist",
        "done",
        procedure.checklist,
        acts={"": "ask"},
    ),
    IncidentCommand(
        "message",
        "message [KEY NAME=… …|KEY TEXT]",
        "a message for people outside, from the template KEY, or what the audience KEY is told",
        "message",
        "message",
        orders.message,
        acts={"": "ask"},
        records=True,
    ),
    IncidentCommand(
        "meeting",
        "meeting TIME",
        "the review meeting",
        "meeting 2018-01-12 15:00",
        "meeting",
        procedure.meet,
        words=1,
    ),
    IncidentCommand(
        "resolve",
        "resolve [TIME] [TEXT]",
        "it is over; since TIME, if not since now",
        "resolve",
        "resolve",
        orders.resolve,
        aliases=("resolved",),
        tried="end over fixed finish finished solved",
    ),
    IncidentCommand(
        "reopen",
        "reopen REASON",
        "it was not over",
        "reopen it is down again",
        "reopen",
        ending.reopen,
        words=1,
    ),
    IncidentCommand("close", "close", "nothing more is to be done", "close", "close", orders.close),
    IncidentCommand(
        "withdraw",
        "withdraw REASON",
        "it was a false alarm",
        "withdraw a typo",
        "withdraw",
        ending.withdraw,
        words=1,
        tried="cancel abort false delete nevermind",
    ),
    IncidentCommand(
        "duplicate",
        "duplicate of N",
        "it is incident N",
        "duplicate of 2",
        "duplicate",
        relating.duplicate,
        words=1,
    ),
    IncidentCommand(
        "move",
        "move N… to INCIDENT",
        "entries belong to another incident: move 3-5, 8 to 7",
        "move 3 to 2",
        "move",
        relating.move,
        words=3,
    ),
    IncidentCommand(
        "related",
        "related N",
        "it has to do with incident N",
        "related 2",
        "related",
        relating.relate,
        words=1,
    ),
    IncidentCommand(
        "report",
        "report [done [URL]]",
        "where the report is; that it is delivered",
        "report",
        "ask",
        ending.report,
        acts={"done": "publish", "published": "publish"},
    ),
    IncidentCommand(
        "publish",
        "publish [NAME]",
        "sends it to the place NAME of the configuration, or to all of them",
        "publish",
        "publish",
        publishing.publish,
        tried="post upload",
    ),
    IncidentCommand(
        "security",
        "security [purge|off]",
        "stops recording; purge removes what there is, off goes on",
        "security",
        "security",
        orders.security,
        acts={"off": "resume", "purge": "purge"},
    ),
    GeneralCommand(
        "forget",
        "forget NICK|me [ACCOUNT|none]",
        "removes what somebody wrote, from the disk too",
        "forget ann",
        "forget",
        orders.forget,
        words=1,
    ),
    GeneralCommand(
        "leave", "leave [#NAME]", "sends me out of a channel", "leave", "leave", orders.leave
    ),
    GeneralCommand(
        "oncall",
        "oncall [PRODUCT]",
        "who is on call, until when, and who is next",
        "oncall",
        "ask",
        orders.oncall,
        tried="on-call duty rota",
    ),
    GeneralCommand("tips", "tips", "one line of calm advice", "tips", "ask", orders.tips),
)


def by_name(commands: Sequence[_AnyCommand]) -> Mapping[str, _AnyCommand]:
    """The commands by all their names. TypeError if two share a name, or if one names an unknown
    act.
    """
    found: dict[str, _AnyCommand] = {}
    for command in commands:
        for name in (command.name, *command.aliases):
            if found.setdefault(name, command) is not command:
                raise TypeError(f"two chat commands are called {name}")
        for act in (command.act, *command.acts.values()):
            if act not in ACTS:
                raise TypeError(f"the chat command {command.name} names no act of acts.ACTS: {act}")
    return found


BY_NAME = by_name(COMMANDS)
_PROPOSED = {word: command.name for command in COMMANDS for word in command.tried.split()}


def nearest(name: str) -> str:
    """The command that was probably meant, "" if none is close.

    >>> nearest("timeline"), nearest("sttaus"), nearest("xyzzy")
    ('tl', 'status', '')
    """
    name = name.lower()
    if name in _PROPOSED:
        return _PROPOSED[name]
    close = get_close_matches(name, BY_NAME, n=1, cutoff=0.6)
    return close[0] if close else ""
