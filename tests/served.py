"""A story on a server: the bot over a real socket, people as clients, the story's clock for both.

Nobody waits for a while to pass: after each line a sentinel is sent, and once the bot has heard
that, all it said before is waited for by number.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import story
from faults import Faults
from played import copied

from ircbot.handler import BotHandler
from ircbot.incident.line import Line, LineKind, Reply, ReplyKind
from ircbot.incident.people import fold
from ircbot.incident.recognise import recognise
from ircbot.incident.sayings import Ping
from ircbot.logs.playback import PlaybackClock, TimedReply
from ircbot.logs.transcript import TranscriptStep, steps
from ircbot.network.bot import Bot
from ircbot.network.server import EmbeddedServer, IrcMessage, ServerSettings, Visitor
from ircbot.network.settings import Address, NetworkSettings, Pace
from ircbot.repository import open_store, state_of

SENTINEL = "sentinel"
_PATIENCE = 20.0


class StoryEars:
    """The engine on the story's clock: it ticks when the story says so, and counts what is said."""

    def __init__(self, engine: BotHandler) -> None:
        self.engine = engine
        self.replies = 0
        self.sentinels = 0
        self.awaited: set[str] = set()  # broadcasts whose outcome is not told yet
        self.changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._tick_at: datetime | None = None
        self._lock = threading.Lock()

    def order_tick(self, at: datetime) -> None:
        """Have the next tick be at that time."""
        with self._lock:
            self._tick_at = at

    @property
    def ticked(self) -> bool:
        """Whether the ordered tick has been."""
        return self._tick_at is None

    def hear(self, lines: Sequence[Line]) -> Sequence[Reply]:
        told = [line for line in lines if line.nick != SENTINEL]
        replies = self._counted(self.engine.hear(told) if told else ())
        self.sentinels += len(lines) - len(told)
        self._tell()
        return replies

    def tick(self, now: datetime) -> Sequence[Reply]:
        with self._lock:
            at, self._tick_at = self._tick_at, None
        replies = self._counted(self.engine.tick(at) if at else ())
        self._tell()
        return replies

    def absent(
        self, network: str, channel: str, since: datetime, until: datetime
    ) -> Sequence[Reply]:
        return ()  # the bot arrives when the story has begun

    def delivered(
        self,
        broadcast: str,
        arrived: Sequence[str],
        refused: Mapping[str, str],
        *,
        confirmed: bool = True,
    ) -> Sequence[Reply]:
        replies = self._counted(
            self.engine.delivered(broadcast, arrived, refused, confirmed=confirmed)
        )
        self.awaited.discard(broadcast)
        self._tell()
        return replies

    def trouble(self, network: str, channel: str, why: str) -> Sequence[Reply]:
        return self._counted(self.engine.trouble(network, channel, why))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def _counted(self, replies: Sequence[Reply]) -> Sequence[Reply]:
        self.awaited |= {reply.broadcast for reply in replies if reply.broadcast}
        self.replies += len(replies)
        return replies

    def _tell(self) -> None:
        self._loop.call_soon_threadsafe(self.changed.set)


class Stage:
    """A server with everybody on it."""

    def __init__(self, told: story.Story, folder: Path) -> None:
        self._told = told
        self._folder = folder
        self._clock = PlaybackClock(next(item.at for item in told.items if item.at is not None))
        self._people: dict[str, Visitor] = {}
        self._heard: list[TimedReply] = []
        self._sentinels = 0
        self._count = 0
        self._changed = asyncio.Event()

    async def perform(self) -> list[str]:
        """The lines of the story, with what the bot said on the server in place of its own."""
        script = story.script_in(self._told)
        written: list[str] = []
        async with AsyncExitStack() as stack:
            await self._set(stack)
            for step in steps(self._told.items, self._clock):
                match step:
                    case datetime():
                        await self._tick(step)
                    case TranscriptStep():
                        written += copied(step, script)
                        if step.lines:
                            await self._play(step.lines)
                written += script.written(self._taken())
        return written

    async def _set(self, stack: AsyncExitStack) -> None:
        store = open_store(str(self._folder), "bot")
        stack.callback(store.close)
        self._handler = StoryEars(BotHandler(self._told.setting, store, state_of(store)))
        self._clock.engine = self._handler.engine
        self._server = EmbeddedServer(ServerSettings(now=self._now))
        await self._server.start(port=0)
        stack.push_async_callback(self._server.stop)
        self._faults = Faults(self._server)
        self._split = self._faults.split(())
        stack.push_async_callback(self._all_quit)
        for nick, channels in _cast(self._told).items():
            await self._arrive(nick)
            for channel in channels:
                await self._people[fold(nick)].join(channel)
        self._faults.phantom(SENTINEL, self._told.setting.channels[0])
        stack.callback(self._server.watch(self._watch))
        network = NetworkSettings(
            servers=(Address("127.0.0.1", self._server.port),),
            tls=False,
            nick=self._told.setting.nick,
            pace=Pace(limited=False),
        )
        bot = Bot(self._handler, [network], tick=0.002, now=self._now)
        engine = self._handler.engine
        engine.setting = replace(engine.setting, presence=bot.presence)
        running = asyncio.create_task(bot.run())
        stack.push_async_callback(_ended, bot, running)
        await self._settled()

    async def _arrive(self, nick: str) -> None:
        self._people[fold(nick)] = await Visitor.arrive(nick, self._server.port)

    async def _all_quit(self) -> None:
        for visitor in self._people.values():
            await visitor.vanish()

    def _watch(self, message: IrcMessage) -> None:
        if message.nick == self._told.setting.nick and message.command in ("PRIVMSG", "NOTICE"):
            kind = ReplyKind.ANSWER if message.command == "PRIVMSG" else ReplyKind.RECEIPT
            self._heard.append(TimedReply(self._now(), Reply(message.target, message.text, kind)))
            self._count += 1
        self._changed.set()

    # --- time ---------------------------------------------------------------------------

    def _now(self) -> datetime:
        return self._clock.now

    async def _tick(self, at: datetime) -> None:
        self._handler.order_tick(at)
        await self._wait(lambda: self._handler.ticked)
        await self._settled()

    async def _play(self, lines: Sequence[Line]) -> None:
        """Have people say and do these, and the bot hear and answer."""
        if lines[0].kind is LineKind.SPLIT:
            self._split = self._faults.split(line.nick for line in lines)
        elif lines[0].nick in {user.nick for user in self._split.away}:
            self._faults.heal(self._split)
            self._split = self._faults.split(())
        else:
            for line in lines:
                await self._do(line)
        await self._settled()

    async def _do(self, line: Line) -> None:
        if line.kind is LineKind.JOIN and fold(line.nick) not in self._people:
            await self._arrive(line.nick)
        who = self._people[fold(line.nick)]
        match line.kind:
            case LineKind.MESSAGE:
                if line.operator:
                    self._give_rank(line.nick, line.channel)
                await who.say(line.channel or self._told.setting.nick, line.text)
            case LineKind.ACTION:
                await who.act(line.channel, line.text)
            case LineKind.JOIN:
                if line.account:
                    self._faults.log_in(line.nick, line.account)
                await who.join(line.channel)
            case LineKind.PART:
                await who.part(line.channel, line.text)
            case LineKind.KICK:
                self._faults.kick(line.channel, line.nick, line.text)
            case LineKind.NICK:
                await who.rename(line.text)
                self._people[fold(line.text)] = self._people.pop(fold(line.nick))
            case LineKind.ACCOUNT:
                self._faults.log_in(line.nick, line.account or "")
            case LineKind.QUIT | LineKind.SPLIT:
                self._faults.kill(line.nick, line.text)
                await self._people.pop(fold(line.nick)).vanish()
                return
        await who.barrier()

    def _give_rank(self, nick: str, channel: str) -> None:
        world = self._server.world
        user, there = world.user(nick), world.channel(channel)
        assert user is not None
        assert there is not None
        if "o" not in there.members[user]:
            there.members[user].add("o")
            self._faults.mode(channel, "+o", nick)

    # --- waiting ------------------------------------------------------------------------

    async def _settled(self) -> None:
        """Wait until the bot has heard all that was said, and said all it had to say."""
        await self._wait(self._is_everywhere)
        self._sentinels += 1
        self._faults.phantom_says(SENTINEL, self._told.setting.channels[0], "all said")
        await self._wait(lambda: self._handler.sentinels == self._sentinels)
        await self._wait(lambda: not self._handler.awaited and self._count >= self._handler.replies)
        await self._wait(self._is_everywhere)

    def _is_everywhere(self) -> bool:
        """Whether the bot is in every channel it wants to be in."""
        bot = self._server.world.user(self._told.setting.nick)
        here = {fold(name) for name in bot.channels} if bot else set()
        return bot is not None and here >= {fold(w.channel) for w in self._handler.wanted()}

    async def _wait(self, done: object) -> None:
        assert callable(done)
        async with asyncio.timeout(_PATIENCE):
            while not done():
                self._changed.clear()
                self._handler.changed.clear()
                waits = [
                    asyncio.ensure_future(self._changed.wait()),
                    asyncio.ensure_future(self._handler.changed.wait()),
                ]
                try:
                    if not done():
                        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for wait in waits:
                        wait.cancel()

    def _taken(self) -> list[TimedReply]:
        heard, self._heard = self._heard, []
        return heard


async def _ended(bot: Bot, running: asyncio.Task[None]) -> None:
    bot.stop()
    await running


def _cast(told: story.Story) -> dict[str, list[str]]:
    """Who is there from the beginning, and in which channels: wherever they are without joining."""
    called: dict[str, str] = {}  # folded, as they are called by now → as they were at first
    there: dict[str, list[str]] = {}
    away: set[str] = set()  # who quit, or is yet to come
    for line in (line for item in told.items for line in item.lines):
        now = fold(line.nick)
        if now not in called:
            called[now] = line.nick
            there[line.nick] = []
            if line.kind is LineKind.JOIN:
                away.add(line.nick)
        nick = called[now]
        returns = line.kind is LineKind.JOIN and any(
            line.nick == gone.nick and gone.kind is LineKind.SPLIT
            for item in told.items
            for gone in item.lines
        )
        spoke = line.channel and line.kind is not LineKind.JOIN
        if nick not in away and (spoke or returns) and line.channel not in there[nick]:
            there[nick].append(line.channel)
        if line.kind is LineKind.NICK:
            called[fold(line.text)] = called.pop(now)
        if line.kind is LineKind.QUIT:
            away.add(nick)
    for nick, channel in _reached(told):  # a word said in a channel reaches who is there
        known = called.get(fold(nick), nick)
        if channel not in there.setdefault(known, []):
            there[known].append(channel)
        called.setdefault(fold(nick), nick)
    arriving = {line.nick for line in _first_lines(told) if line.kind is LineKind.JOIN}
    spoken_to = {nick: [] for nick in told.told if nick not in called.values()}
    return spoken_to | {nick: channels for nick, channels in there.items() if nick not in arriving}


def _reached(told: story.Story) -> Iterator[tuple[str, str]]:
    """Who is called, by a sentence or being on call, and where they hear it."""
    yield from ((nick, told.setting.channels[0]) for nick in told.setting.duty.values())
    for line in (line for item in told.items for line in item.lines):
        if line.kind is LineKind.MESSAGE and line.channel:
            for saying in recognise(line.text, told.setting.process_in(line.channel)):
                if isinstance(saying, Ping):
                    yield from ((nick, line.channel) for nick in saying.nicks)


def _first_lines(told: story.Story) -> Iterable[Line]:
    """The first line of each person."""
    seen: set[str] = set()
    for line in (line for item in told.items for line in item.lines):
        if fold(line.nick) not in seen:
            yield line
        seen |= {fold(line.nick), fold(line.text) if line.kind is LineKind.NICK else ""}
