"""Write lines and the bot's words as a transcript, which transcript.py can read.

Knows nothing of where it is written to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from itertools import groupby

from ircbot.incident.line import Line, LineKind
from ircbot.logs.playback import TimedReply


class Script:
    """Writes a transcript; keeps track of the current day and channel."""

    def __init__(self, nick: str, zone: tzinfo) -> None:
        """`nick` is the bot's."""
        self._nick = nick
        self._zone = zone
        self._day: date | None = None
        self._channel = ""

    def stands(self, at: datetime | None, channel: str) -> None:
        """Note that the day and the channel were already written by somebody else."""
        self._day = at.astimezone(self._zone).date() if at else self._day
        self._channel = channel

    def written(self, happened: Iterable[Line | TimedReply]) -> Iterator[str]:
        """The transcript's lines; equal words of the bot to several channels become one line."""
        for _, group in groupby(happened, key=_together):
            items = list(group)
            if isinstance(items[0], TimedReply):
                yield from self._said([one for one in items if isinstance(one, TimedReply)])
            else:
                for one in items:
                    assert isinstance(one, Line)
                    yield from self._line(one)

    def _line(self, line: Line) -> Iterator[str]:
        channel = line.channel or self._channel
        turned, moved = self._turns(line.at), channel != self._channel
        if turned or moved:
            yield " ".join(["---", *([str(self._day)] if turned else []), channel]).rstrip()
            self._channel = channel
        yield f"{self._stamp(line.at)} {_words(line)}"

    def _said(self, said: Sequence[TimedReply]) -> Iterator[str]:
        if self._turns(said[0].at):
            yield f"--- {self._day}"
        reply, nick, stamp = said[0].reply, self._nick, self._stamp(said[0].at)
        message = said[0].is_message
        if not said[0].public:
            who = f"*{nick}:{reply.to}*" if message else f"-{nick}:{reply.to}-"
            yield f"{stamp} {who} {reply.text}"
            return
        channels = [one.reply.to for one in said]
        where = "" if channels == [self._channel] else " ".join(channels) + " "
        yield f"{stamp} {where}{f'<{nick}>' if message else f'-{nick}-'} {reply.text}"

    def _turns(self, at: datetime) -> bool:
        day = at.astimezone(self._zone).date()
        turned, self._day = day != self._day, day
        return turned

    def _stamp(self, at: datetime) -> str:
        return at.astimezone(self._zone).strftime("%H:%M")


def _together(item: Line | TimedReply) -> object:
    """Equal for items that can be written as one line, and for people's lines."""
    if isinstance(item, Line):
        return None
    return (item.at, item.reply.text, item.reply.kind) if item.public else id(item)


def _words(line: Line) -> str:
    """What somebody said or did, in irssi's form."""
    nick, text = line.nick, line.text
    reason = f" [{text}]" if text else ""
    match line.kind:
        case LineKind.MESSAGE:
            sign = "@" if line.operator else ""
            return f"<{sign}{nick}> {text}" if line.channel else f"*{nick}* {text}"
        case LineKind.ACTION:
            return f"* {nick} {text}"
        case LineKind.JOIN:
            return f"-!- {nick} has joined {line.channel}"
        case LineKind.PART:
            return f"-!- {nick} has left {line.channel}{reason}"
        case LineKind.KICK:
            return f"-!- {nick} was kicked from {line.channel} by somebody{reason}"
        case LineKind.QUIT | LineKind.SPLIT:
            return f"-!- {nick} has quit{reason}"
        case LineKind.NICK:
            return f"-!- {nick} is now known as {text}"
        case LineKind.ACCOUNT:
            done = f"in to account {line.account}" if line.account else "out of their account"
            return f"-!- {nick} has logged {done}"
        case LineKind.RENAME:
            return f"-!- {line.channel} is called {text} now"
        case LineKind.REDACTION:
            return f"-!- {nick} has deleted a message in {line.channel}"
