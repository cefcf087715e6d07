"""Near misses: what somebody most likely meant to say, and did not say so that it counts.

They are told privately how it would count, once.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache

from ircbot.incident.common import COMMON
from ircbot.incident.plain import plain
from ircbot.incident.process import Process
from ircbot.incident.recognise import recognise
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.questions import ask_once
from ircbot.incident.rules.which import open_here
from ircbot.incident.sayings import Declare

_UNMARKED = re.compile(r"tl[;,.]?[ \t]+(?!dr\b)([^\s;:?-]+[ \t]+[^?]*)", re.IGNORECASE)
_LONG = 6  # letters of a word that may be misspelt
_LIKE = 0.82  # of 1; "decalring" is 0.89 like "declaring"
_LONGEST = 120  # characters of a declaration
_LAST = 20  # lines of the speaker's that are looked through


def meet(ctx: Context) -> None:
    """Tell the speaker how it would count, if the line is a near miss."""
    text = plain(ctx.line.text)
    incident = open_here(ctx)
    if incident is not None:
        found = _UNMARKED.fullmatch(text)
        if found is not None and not incident.secured:
            ask_once(ctx, incident, "entry", "entry-asked", found[1])
        return
    process = ctx.process_of(None)
    if _nearly_declares(process, text) and not any(
        _nearly_declares(process, plain(line.text))
        for line in ctx.said(ctx.line.channel, ctx.line.network, nick=ctx.line.nick, last=_LAST)
    ):
        ctx.whisper("declare-nearly")


def _nearly_declares(process: Process, text: str) -> bool:
    """Whether a line would declare an incident if its words were spelt right."""
    if len(text) > _LONGEST:
        return False
    known = _words(process)
    right = [_spelt(word, known) for word in text.split(" ")]
    if right == text.split(" "):
        return False
    return any(isinstance(saying, Declare) for saying in recognise(" ".join(right), process))


def _spelt(word: str, known: frozenset[str]) -> str:
    bare = word.strip(".,:;!").lower()
    if len(bare) < _LONG or bare in known or bare in COMMON:
        return word
    near = get_close_matches(bare, known, n=1, cutoff=_LIKE)
    return word.lower().replace(bare, near[0]) if near and near[0][0] == bare[0] else word


@lru_cache(maxsize=16)
def _words(process: Process) -> frozenset[str]:
    """The long words by which people declare an incident in this process."""
    return frozenset(
        word
        for phrase in process.phrases
        if phrase.meaning == "declare"
        for pattern in phrase.patterns
        for word in re.findall(r"(?<![<\w])[a-z]{6,}(?![\w>])", pattern)
    )
