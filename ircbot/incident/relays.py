"""Relays: nicks on IRC through which people of another network speak.

A line that a relay says becomes the line of its author, `carol via discord`, who is nobody on IRC.
What a relay says by itself (joins, leaves, a command without its author) is nobody's: it is
remembered and never obeyed. The same goes for a nick that is not configured but whose lines look
like a relay's; the operators are told once what to write into the configuration.

Knows no meaning and no state. acts.py says what relayed people may do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import lru_cache

from ircbot.incident.line import Joint, Line, LineKind, Source
from ircbot.incident.people import same_name
from ircbot.incident.plain import worded
from ircbot.incident.shapes import AT_ONCE, ENTRY, MOST_LINES
from ircbot.values import dataclass

_SPEECH = (LineKind.MESSAGE, LineKind.ACTION)
_LONGEST_NAME = 64  # characters
_NAME = rf"[^<>\x00-\x1f]{{1,{_LONGEST_NAME}}}?"

# How bridges write the author of a line. {any} is the network's name, or anything short.
_ANGLES = (
    "<{nick}> {text}",
    "[{any}] <{nick}> {text}",
    "({any}) <{nick}> {text}",
    "**<{nick}>** {text}",
)
SHAPES: Mapping[str, tuple[str, ...]] = {
    "angles": _ANGLES,
    "brackets": ("[{nick}] {text}",),
    "colon": ("{nick}: {text}",),
    "matterbridge": (*_ANGLES, "[{any}] {nick}: {text}", "**{nick}**: {text}"),
    "discord-irc": _ANGLES,
    "heisenbridge": _ANGLES,
    "teleirc": _ANGLES,
    "slack-irc": _ANGLES,
}
RELAYMSG = "relaymsg"  # the server itself says who speaks: a nick such as "carol/discord"
FORMATS = (*SHAPES, RELAYMSG)

# Invisible marks: bridges put them into a name so that it highlights nobody on IRC, other people so
# that it looks like somebody else's.
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
                     "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]")  # fmt: skip
# The command follows in a line of its own, so that other bots obey it (discord-irc, slack-irc).
_ANNOUNCEMENT = re.compile(rf"Command sent from .{{1,64}}? by ({_NAME}):?")
_FOLLOWS_WITHIN = timedelta(seconds=2)  # from the announcement of a command to the command
LOOKED_AT = 10  # of a nick's last lines
_FEW = 3  # if so many lines of a nick all look relayed, its own words are not obeyed
_SEVERAL = 2  # different names in them, if "name:" may just as well address somebody


@dataclass(frozen=True, slots=True)
class Relay:
    """A relay, as configured. `nick`, `account` or both identify it; `host` is a pattern for
    user@host. `network` is the name for its people, `authority` one of acts.AUTHORITIES.
    """

    nick: str = ""
    account: str = ""
    host: str = ""
    format: str = "angles"
    network: str = ""
    authority: str = "none"

    @property
    def via(self) -> str:
        """The name for its people."""
        return self.network or self.nick or self.account

    def is_by(self, line: Line, casemapping: str) -> bool:
        """Whether the relay itself said a line. Somebody with its nick but not its account is not
        the relay.

        A log has no accounts and mostly no hosts, nor do joins and leaves: there the nick alone
        decides.
        """
        nick = line.relayed_by or line.nick
        untold = line.source is Source.IMPORT or line.kind not in _SPEECH
        if self.nick and not same_name(self.nick, nick, casemapping):
            return False
        if line.relayed_by:  # the server says so
            return bool(self.nick)
        if (
            self.host
            and not (untold and not line.host)
            and not fnmatchcase(line.host.lower(), self.host.lower())
        ):
            return False
        if not self.account or (untold and line.account is None and self.nick):
            return True
        return same_name(self.account, line.account or "", casemapping)

    def read(self, line: Line) -> tuple[str, str] | None:
        """The author and the text of a line that the relay said; None if it spoke for itself."""
        if line.relayed_by or self.format == RELAYMSG:
            name = shown_name(line.nick.rpartition("/")[0] or line.nick)
            return (name, line.text) if line.relayed_by and name else None
        return _read(line.text, SHAPES.get(self.format, (self.format,)))


def is_format(text: str) -> bool:
    """Whether a text is a format: the name of a shipped one, or a line with {nick} and {text}.

    >>> is_format("angles"), is_format("{nick} | {text}"), is_format("{nick}{text}")
    (True, True, False)
    """
    once = all(text.count(place) == 1 for place in ("{nick}", "{text}"))
    return text in FORMATS or (once and "}{" not in text)


def shown_name(name: str) -> str:
    r"""A name as people see it, "" if nothing is visible.

    >>> shown_name("c\u200barol  \ufe0f Danvers")
    'carol Danvers'
    """
    return " ".join(_UNSEEN.sub("", name).split())


def _read(text: str, shapes: Collection[str]) -> tuple[str, str] | None:
    text = worded(text).lstrip("\u200b\u200e\ufeff")
    for shape in shapes:
        if (match := _pattern(shape).fullmatch(text)) and (name := shown_name(match["nick"])):
            return name, match["text"]
    return None


def _read_angles(text: str) -> tuple[str, str] | None:
    return _read(text, _ANGLES) if "<" in text else None


@lru_cache(maxsize=64)
def _pattern(shape: str) -> re.Pattern[str]:
    slots = {
        "{nick}": f"(?P<nick>{_NAME})",
        "{text}": "(?P<text>.*)",
        "{any}": r"[^<>\[\]]{0,40}",
    }
    parts = re.split(r"(\{nick\}|\{text\}|\{any\})", shape)
    return re.compile("".join(slots.get(part) or re.escape(part) for part in parts), re.DOTALL)


# --- what a relay says -----------------------------------------------------------------------


def as_said(line: Line, relays: Sequence[Relay], casemapping: str) -> Line:
    """A relay's line as its author's; if the relay spoke for itself, marked as its own.

    Any other line, and one that was converted before, is returned unchanged.
    """
    if line.via or (not relays and not line.relayed_by):
        return line
    if line.kind not in _SPEECH:
        return line
    relay = next((relay for relay in relays if relay.is_by(line, casemapping)), None)
    if relay is None:
        if not line.relayed_by:
            return line
        # No configured network has such a name.
        relay = Relay(line.relayed_by, format=RELAYMSG, network=f"unknown {line.relayed_by}")
    own = line._replace(via=relay.via, account="", operator=False, host="")
    said = relay.read(line) if line.channel else None
    return own if said is None else _said_by(own, *said)


def _said_by(line: Line, name: str, text: str) -> Line:
    return line._replace(nick=f"{name[:_LONGEST_NAME]} via {line.via}", text=text)


def is_by_itself(line: Line) -> bool:
    """Whether a relay spoke for itself."""
    return bool(line.via) and not line.nick.endswith(f" via {line.via}")


def continued(line: Line, before: Sequence[Line]) -> Line:
    """A relay's own line as that of the author whose message it continues, or whose command it
    announced: some bridges name the author only in a message's first line. `before` are the earlier
    lines of the relay and its people.
    """
    at = line.at
    for one in reversed(before[-MOST_LINES:]):
        author = _announced_author(one)
        if author and one is before[-1] and at - one.at <= _FOLLOWS_WITHIN:
            return _said_by(line, author, line.text)
        if at - one.at > AT_ONCE:
            break
        if not is_by_itself(one):
            return line._replace(nick=one.nick, joint=Joint.NEXT)
        at = one.at
    return line


def _announced_author(line: Line) -> str:
    """The author of the command that a relay announces, "" if it announces none."""
    match = _ANNOUNCEMENT.fullmatch(worded(line.text)) if is_by_itself(line) else None
    return shown_name(match[1]) if match else ""


def carried(relays: Sequence[Relay], line: Line, casemapping: str) -> frozenset[str]:
    """The name for the relayed people that join and leave with the nick of a line."""
    return frozenset(relay.via for relay in relays if relay.is_by(line, casemapping))


# --- what looks like a relay -----------------------------------------------------------------


def quoted(text: str) -> str:
    """The text that a line quotes with its author's name, as bridges do; else "".

    >>> [quoted(text) for text in ("<carol> hi", "[m] <carol> hi", "bob: hi", "<- look")]
    ['hi', 'hi', '', '']
    """
    found = _read_angles(text)
    return found[1] if found else ""


def seems_relay(
    line: Line, before: Callable[..., Sequence[Line]], is_known: Callable[[str], bool]
) -> str:
    """The format in which a speaker seems to relay others, "" if they do not seem to.

    Judged by the `last` lines that the same nick said `before`: either it just announced the author
    of a command, or it always quotes others. Anything may stand before a colon, so a colon suggests
    a relay only if the line holds a command or an entry as well, and if the text before it is not
    known (`is_known`): people on IRC, or words that people begin sentences with.
    """
    newest = before(last=1)
    if not newest:
        return ""
    if line.at - newest[-1].at <= _FOLLOWS_WITHIN and _ANNOUNCEMENT.fullmatch(
        worded(newest[-1].text)
    ):
        return "angles"
    angles = "<" in newest[-1].text
    spoken = _named(line)
    colon = spoken != "" and not is_known(spoken)
    last = before(last=LOOKED_AT) if angles or colon else ()
    if len(last) < _FEW:
        return ""
    if angles and all(_read_angles(one.text) for one in reversed(last)):
        return "angles"
    if not colon:
        return ""
    names = {spoken}
    for one in reversed(last):
        spoken = _named(one)
        if not spoken or (spoken not in names and is_known(spoken)):
            return ""
        names.add(spoken)
    return "colon" if len(names) >= _SEVERAL else ""


def _named(line: Line) -> str:
    """The text before a line's colon, "" if it has none or is an entry."""
    named = ":" in line.text and not line.text.startswith(ENTRY)
    spoken = _read(line.text, SHAPES["colon"]) if named else None
    return spoken[0] if spoken else ""
