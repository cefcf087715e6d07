"""Every act that people can ask of the bot, and who may do it by default.

The one table behind `[access]`, behind every refusal, and behind docs/access.md. Knows no state:
access.py decides whether somebody meets a rule.
"""

from __future__ import annotations

from collections.abc import Mapping

from ircbot.values import dataclass

# Rules, any one of which suffices: "anyone"; "unled" (anyone, while nobody leads the incident);
# "leaderless" (anyone, while nobody has the lead, not even by default);
# "leader"; "role" (holds or held one in it); "declarer" (declared it); "author" (wrote what it is
# about); "operator" (of the channel); "account:NAME"; "host:PATTERN" (user@host with * and ?).
ANYONE = ("anyone",)
# Once somebody leads, the header is theirs and of those who have to do with the incident.
INVOLVED = ("unled", "leader", "role", "declarer", "operator")


@dataclass(frozen=True, slots=True)
class Act:
    """Something done to the record, or that the bot is made to do or say.

    Which sentences and commands do it is in meanings.MEANINGS and rules/commands.py. `about`
    describes it in the configuration; `deed` completes "only … may". With `by_rule` the rule itself
    checks, because it must first find out whose words are concerned, or can ask somebody else
    instead.
    """

    name: str
    rules: tuple[str, ...]
    about: str
    deed: str
    by_rule: bool = False


ACTS: tuple[Act, ...] = (
    # Asking and writing down.
    Act(
        "ask",
        ANYONE,
        "ask how it stands, and what to type",
        "ask",
    ),
    Act(
        "search",
        ANYONE,
        "search what was said in all incidents, as far as they may be shown it where they ask",
        "search",
    ),
    Act(
        "declare",
        ANYONE,
        "declare an incident",
        "declare an incident",
    ),
    Act(
        "entry",
        ANYONE,
        "write entries, guesses, whys, follow-ups, links and thoughts, and take back their own",
        "write on record",
    ),
    Act(
        "prose",
        ANYONE,
        "write into the report's sections; nothing there is replaced by it",
        "write the report",
    ),
    Act("props", ANYONE, "praise somebody aloud", "praise people"),
    Act(
        "ping",
        ANYONE,
        'have it on record that they called people ("ping bob NTP is down")',
        "call people",
    ),
    # Roles.
    Act(
        "lead",
        ANYONE,
        "lead an incident that nobody leads, or take what they were offered",
        "lead the incident",
    ),
    Act(
        "handoff",
        ("leader",),
        "offer the baton",
        "hand over",
        by_rule=True,
    ),
    Act(
        "confirm",
        ("operator",),
        "say who somebody is while accounts are not told",
        "say who somebody is",
        by_rule=True,
    ),
    Act("role", ANYONE, "take, give or give up a role", "take a role"),
    # The header.
    Act("summary", INVOLVED, "say what it is about", "say what it is about"),
    Act("product", INVOLVED, "say which product it is about", "say what it hits"),
    Act("related", INVOLVED, "say what it has to do with", "relate it"),
    Act("impact", INVOLVED, "say whom it hits", "say whom it hits"),
    Act(
        "severity",
        INVOLVED,
        "say how bad it is",
        "say how bad it is",
    ),
    Act("stage", INVOLVED, "say how far it is", "say how far it is"),
    Act("milestone", INVOLVED, "say when things happened", "say when it was"),
    Act(
        "video",
        INVOLVED,
        "say where people meet",
        "say where people meet",
    ),
    Act("meeting", INVOLVED, "set the review meeting", "set the meeting"),
    Act(
        "channel",
        ("leader", "role", "declarer", "operator"),
        "name or move the comms channel; before anybody leads, who declared",
        "move it",
        by_rule=True,
    ),
    # Telling people.
    Act("update", INVOLVED, "post an update to every channel", "post updates"),
    Act(
        "next",
        INVOLVED,
        "say when the next update is due, or that a report will follow",
        "say when the next update is due",
    ),
    Act("notify", INVOLVED, "have people called by the bot", "have people called"),
    Act("message", INVOLVED, "make messages for people outside", "write messages"),
    Act(
        "done",
        ("author", *INVOLVED),
        "say that a follow-up is done or has a ticket; tick off a checklist",
        "say that it is done",
        by_rule=True,
    ),
    # Correcting and erasing.
    Act(
        "edit",
        ("author", "leader", "operator"),
        "word an entry anew, or say when it happened; what was first said is kept",
        "change it",
        by_rule=True,
    ),
    Act(
        "drop",
        ("author", "leader", "operator"),
        "take an entry out of the timeline and put it back",
        "take it out or put it back",
        by_rule=True,
    ),
    Act(
        "move",
        ("author", "leader", "operator"),
        "move an entry to another incident, or back",
        "move it",
        by_rule=True,
    ),
    Act(
        "redact",
        ("author", "operator"),
        "remove an entry's words for good, at once",
        "redact entries",
        by_rule=True,
    ),
    Act(
        "forget",
        ("author", "operator"),
        "have a person's words removed for good",
        "have that forgotten",
        by_rule=True,
    ),
    Act(
        "security",
        INVOLVED,
        "stop the recording: it is a matter of security",
        "stop the recording",
        by_rule=True,
    ),
    Act(
        "resume",
        ("leader", "operator"),
        "have the recording go on",
        "have the recording go on",
        by_rule=True,
    ),
    Act(
        "purge",
        ("author", "operator"),
        "remove for good what was captured of an incident",
        "purge it",
        by_rule=True,
    ),
    # The end.
    Act(
        "resolve",
        ("leaderless", "leader", "role", "operator"),
        "say that an incident is resolved; when others do, the leader is asked",
        "resolve it",
        by_rule=True,
    ),
    Act(
        "reopen",
        ("leader", "operator"),
        "open it again",
        "reopen it",
        by_rule=True,
    ),
    Act(
        "close",
        ("leader", "role", "operator"),
        "close an incident",
        "close it",
        by_rule=True,
    ),
    Act(
        "withdraw",
        ("declarer", "operator"),
        "end a false alarm at once; a leader's word asks whoever declared",
        "withdraw it",
        by_rule=True,
    ),
    Act(
        "duplicate",
        ("leader", "declarer", "operator"),
        "end an incident that is another one",
        "say which one it is",
    ),
    Act(
        "publish",
        ("leader", "operator"),
        "have it published, or say that the report is out, besides whoever owes it",
        "publish the report or say that it is out",
        by_rule=True,
    ),
    # The bot.
    Act(
        "leave",
        ("operator",),
        "send the bot out of a channel",
        "send me away",
        by_rule=True,
    ),
)

# What the people of a relay may do: nothing, write entries and put their own right, or what anybody
# may. They have no account, and are operators of no channel: what needs that is never theirs.
AUTHORITIES = ("none", "entries", "full")
_BY_AUTHORITY = {
    "none": frozenset[str](),
    "entries": frozenset(("ask", "search", "entry", "edit", "drop")),
}


def includes(authority: str, act: str) -> bool:
    """Whether people with an authority may do an act, provided that its rules allow it.

    >>> includes("entries", "entry"), includes("entries", "lead"), includes("full", "lead")
    (True, False, True)
    """
    return authority not in _BY_AUTHORITY or act in _BY_AUTHORITY[authority]


BY_NAME: Mapping[str, Act] = {act.name: act for act in ACTS}
DEFAULT_ACCESS: Mapping[str, tuple[str, ...]] = {act.name: act.rules for act in ACTS}
