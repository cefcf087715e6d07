"""Every act that people can have the bot do, declared once: which commands do it, and who may by
default.

The one table behind `[access]`, behind every refusal, and behind docs/access.md. Knows no state:
whether somebody meets a rule is access.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Rules, any one of which suffices: "anyone"; "unled" (anyone, while nobody leads the incident);
# "leaderless" (anyone, while nobody has the lead, not even by default);
# "leader"; "role" (holds or held one in it); "declarer" (declared it); "author" (wrote what it is
# about); "operator" (of the channel); "account:NAME"; "host:PATTERN" (user@host with * and ?).
ANYONE = ("anyone",)
# Once somebody leads, the header is theirs and of those who have to do with the incident.
INVOLVED = ("unled", "leader", "role", "declarer", "operator")


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done to the record, or that the bot is made to do or say.

    `commands` are chat commands: "role" is the command alone, "role …" with anything after it,
    "report done" with that first word. Which sentences do it, the meanings say (meanings.MEANINGS).
    `about` says what it is in the configuration, `deed` completes "only … may". With `by_rule` the
    rule itself asks: it must know whose words they are, or somebody can be asked instead.
    """

    name: str
    rules: tuple[str, ...]
    about: str
    deed: str
    commands: tuple[str, ...] = ()
    by_rule: bool = False


ACTS: tuple[Act, ...] = (
    # Asking and writing down.
    Act(
        "ask",
        ANYONE,
        "ask how it stands, and what to type",
        "ask",
        (
            "help",
            "status",
            "list",
            "version",
            "tips",
            "actions",
            "role",
            "stage",
            "hypothesis",
            "checklist",
            "message",
            "report",
            "report …",
            "undo c",
        ),
    ),
    Act(
        "declare",
        ANYONE,
        "declare an incident",
        "declare an incident",
        ("declare …",),
    ),
    Act(
        "entry",
        ANYONE,
        "write entries, guesses, whys, follow-ups, links and thoughts, and take back their own",
        "write on record",
        ("tl …", "later …", "why …", "hypothesis …", "action …", "link …", "undo"),
    ),
    Act(
        "prose",
        ANYONE,
        "write into the report's sections; nothing there is replaced by it",
        "write the report",
        tuple(
            f"{section} …"
            for section in (
                "well",
                "poorly",
                "lucky",
                "cause",
                "detection",
                "resolution",
                "narrative",
            )
        ),
    ),
    Act("props", ANYONE, "praise somebody aloud", "praise people", ("props …",)),
    Act(
        "ping",
        ANYONE,
        'have it on record that they called people ("ping bob NTP is down")',
        "call people",
        (),
    ),
    # Roles.
    Act(
        "lead",
        ANYONE,
        "lead an incident that nobody leads, or take what they were offered",
        "lead",
        ("lead", "accept", "decline", "yes", "no"),
    ),
    Act(
        "handoff",
        ("leader",),
        "offer the baton",
        "hand over",
        ("handoff …",),
        by_rule=True,
    ),
    Act(
        "confirm",
        ("operator",),
        "say who somebody is while accounts are not told",
        "say who somebody is",
        ("confirm …",),
        by_rule=True,
    ),
    Act("role", ANYONE, "take, give or give up a role", "take a role", ("role …",)),
    # The header.
    Act("summary", INVOLVED, "say what it is about", "say what it is about", ("summary …",)),
    Act("product", INVOLVED, "say which product it is about", "say what it hits", ("product …",)),
    Act("related", INVOLVED, "say what it has to do with", "relate it", ("related …",)),
    Act("impact", INVOLVED, "say whom it hits", "say whom it hits", ("impact …",)),
    Act(
        "severity",
        INVOLVED,
        "say how bad it is",
        "say how bad it is",
        ("severity …",),
    ),
    Act("stage", INVOLVED, "say how far it is", "say how far it is", ("stage …",)),
    Act("milestone", INVOLVED, "say when things happened", "say when it was", ("milestone …",)),
    Act(
        "video",
        INVOLVED,
        "say where people meet",
        "say where people meet",
        ("video …",),
    ),
    Act("meeting", INVOLVED, "set the review meeting", "set the meeting", ("meeting …",)),
    Act(
        "channel",
        ("leader", "role", "declarer", "operator"),
        "name or move the comms channel; before anybody leads, who declared",
        "move it",
        ("channel …",),
        by_rule=True,
    ),
    # Telling people.
    Act("update", INVOLVED, "post an update to every channel", "post updates", ("update …",)),
    Act(
        "next",
        INVOLVED,
        "say when the next update is due, or that a report will follow",
        "say when the next update is due",
        ("next …",),
    ),
    Act("notify", INVOLVED, "have people called by the bot", "have people called", ("notify …",)),
    Act("message", INVOLVED, "make messages for people outside", "write messages", ("message …",)),
    Act(
        "done",
        ("author", *INVOLVED),
        "say that a follow-up is done or has a ticket; tick off a checklist",
        "say that it is done",
        ("done …", "ticket …", "checklist …"),
        by_rule=True,
    ),
    # Correcting and erasing.
    Act(
        "edit",
        ("author", "leader", "operator"),
        "word an entry anew, or say when it happened; what was first said is kept",
        "change it",
        ("edit …", "s …", "time …"),
        by_rule=True,
    ),
    Act(
        "drop",
        ("author", "leader", "operator"),
        "take an entry out of the timeline and put it back",
        "take it out or put it back",
        ("drop …", "restore …"),
        by_rule=True,
    ),
    Act(
        "redact",
        ("author", "operator"),
        "remove an entry's words for good, at once",
        "redact entries",
        ("redact …",),
        by_rule=True,
    ),
    Act(
        "forget",
        ("author", "operator"),
        "have a person's words removed for good",
        "have that forgotten",
        ("forget …",),
        by_rule=True,
    ),
    Act(
        "security",
        INVOLVED,
        "stop the recording: it is a matter of security",
        "stop the recording",
        ("security", "security …"),
        by_rule=True,
    ),
    Act(
        "resume",
        ("leader", "operator"),
        "have the recording go on",
        "have the recording go on",
        ("security off",),
        by_rule=True,
    ),
    Act(
        "purge",
        ("author", "operator"),
        "remove for good what was captured of an incident",
        "purge it",
        ("security purge",),
        by_rule=True,
    ),
    # The end.
    Act(
        "resolve",
        ("leaderless", "leader", "role", "operator"),
        "say that an incident is resolved; when others do, the leader is asked",
        "resolve it",
        ("resolve", "resolve …"),
        by_rule=True,
    ),
    Act(
        "reopen",
        ("leader", "operator"),
        "open it again",
        "reopen it",
        ("reopen …",),
        by_rule=True,
    ),
    Act(
        "close",
        ("leader", "role", "operator"),
        "close an incident",
        "close it",
        ("close", "close …"),
        by_rule=True,
    ),
    Act(
        "withdraw",
        ("declarer", "operator"),
        "end a false alarm at once; a leader's word asks whoever declared",
        "withdraw it",
        ("withdraw …",),
        by_rule=True,
    ),
    Act(
        "duplicate",
        ("leader", "declarer", "operator"),
        "end an incident that is another one",
        "say which one it is",
        ("duplicate …",),
    ),
    Act(
        "publish",
        ("leader", "operator"),
        "say that the report is out, besides whoever owes it",
        "say that the report is out",
        ("report done", "report published"),
        by_rule=True,
    ),
    # The bot.
    Act(
        "leave",
        ("operator",),
        "send the bot out of a channel",
        "send me away",
        ("leave", "leave …"),
        by_rule=True,
    ),
)

BY_NAME: Mapping[str, Act] = {act.name: act for act in ACTS}
BY_COMMAND: Mapping[str, Act] = {command: act for act in ACTS for command in act.commands}
DEFAULT_ACCESS: Mapping[str, tuple[str, ...]] = {act.name: act.rules for act in ACTS}


def act_of(command: str, arguments: str) -> Act:
    """What a chat command does with these arguments; KeyError if the table does not know it.

    >>> act_of("report", "").name, act_of("report", "done https://x.example").name
    ('ask', 'publish')
    """
    words = arguments.split()
    keys = (f"{command} {words[0].lower()}", f"{command} …") if words else ()
    found = next((BY_COMMAND[key] for key in (*keys, command) if key in BY_COMMAND), None)
    return found or BY_COMMAND[f"{command} …"]
