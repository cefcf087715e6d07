"""Near misses: lines that almost mean something.

Their speakers are told privately, once, what would have counted.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from ircbot.incident.misspelt import spelt_right
from ircbot.incident.plain import plain
from ircbot.incident.process import Process
from ircbot.incident.recognise import recognise
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.questions import ask_once
from ircbot.incident.rules.which import open_here
from ircbot.incident.sayings import Declare

_UNMARKED = re.compile(r"tl[;,.]?[ \t]+(?!dr\b)([^\s;:?-]+[ \t]+[^?]*)", re.IGNORECASE)
_LONGEST = 120  # characters of a declaration
_LAST = 20  # lines of the speaker's that are looked through


def meet(ctx: Context) -> None:
    """Tell the speaker what would have counted, if the line is a near miss."""
    text = normalize("NFC", plain(ctx.line.text))
    incident = open_here(ctx)
    if incident is not None:
        found = _UNMARKED.fullmatch(text)
        if found is not None and not incident.secured:
            ask_once(ctx, incident, "entry", "entry-asked", found[1])
        return
    process = ctx.process_of(None)
    if _nearly_declares(process, text) and not any(
        _nearly_declares(process, normalize("NFC", plain(line.text)))
        for line in ctx.said(ctx.line.channel, ctx.line.network, nick=ctx.line.nick, last=_LAST)
    ):
        ctx.whisper("declare-nearly")


def _nearly_declares(process: Process, text: str) -> bool:
    """Whether a line would declare an incident if its words were spelt correctly."""
    if len(text) > _LONGEST:
        return False
    right = spelt_right(text, process)
    if right == text:
        return False
    return any(isinstance(saying, Declare) for saying in recognise(right, process))
