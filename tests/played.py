"""Transcripts played to a bot in this process: straight, or restarted after every line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from ircbot.handler import BotHandler
from ircbot.incident.line import Line
from ircbot.incident.memory import Memory
from ircbot.incoming.alerts import read
from ircbot.logs.playback import Playback, TimedReply
from ircbot.logs.script import Script
from ircbot.logs.transcript import TranscriptLine, TranscriptStep, steps


def perform(items: Sequence[TranscriptLine], bot: Playback, script: Script) -> Iterator[str]:
    """A transcript without remarks, with what this bot says in place of its own lines."""
    for step in steps(items, bot.clock):
        match step:
            case datetime():
                yield from script.written(bot.tick(step))
            case TranscriptStep():
                yield from copied(step, script)
                if step.lines:
                    yield from script.written(bot.hear(step.lines))
                if step.posted and step.at is not None:
                    yield from script.written(bot.receive(read(step.posted.encode(), step.at)))


def copied(act: TranscriptStep, script: Script) -> Iterator[str]:
    """A transcript's own lines."""
    for item in act.items:
        yield item.raw
        if item.is_heading:
            script.stands(item.at, item.channel)


class Restarting(Playback):
    """A bot that is started anew, from what it has recorded, after every line it heard."""

    def __init__(self, begin: Callable[[Memory | None], BotHandler]) -> None:
        """`begin` is given what the last one remembered of lines that are in no record.

        That those are lost is no secret, so transcripts that need them are told with them.
        """
        self._begin = begin
        super().__init__(begin(None))

    def hear(self, lines: Sequence[Line]) -> Iterator[TimedReply]:
        """What the bot says to these lines, in its last breath too."""
        yield from super().hear(lines)
        yield from self.end()
        self.clock.engine = self._begin(self.engine.memory)
