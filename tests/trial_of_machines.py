"""Machines that keep one record, over IRC and PostgreSQL: made to fail, and what came of it.

Each bot is a process of its own. People say numbered things all the while. What is checked afterwards
is the record and what each of them saw on IRC, not how long something took: nothing is missing,
nothing is there twice, all is in order; nobody spoke while another did; whatever was acknowledged is
on record, and was acknowledged once; no two holders' entries are mixed.

A trial is somewhere: in `Loopback` all is on this machine, and bots are behind wires that can be cut;
trial_over_network.py has machines on a network.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from rig.postgresql import Postgresql
from schemas import validator

from ircbot.network.server import EmbeddedServer, IrcMessage, ServerSettings, Visitor
from ircbot.network.server.settings import CAPABILITIES

TTL = 2.0
PATIENCE = 120.0  # seconds for anything, on a machine with other things to do
_CHANNEL = "#moc"
_DIES_WITH_US = ("setpriv", "--pdeathsig=KILL")

# Who had the lease, and who wrote what with it: kept by the database, whatever the bots believe.
_WITNESS = """
CREATE TABLE IF NOT EXISTS public.turn
    (id serial, unit text, machine text, epoch bigint, at timestamptz, was timestamptz);
CREATE TABLE IF NOT EXISTS public.wrote
    (unit text, seq bigint, machine text, epoch bigint, at timestamptz);
CREATE OR REPLACE FUNCTION public.note_turn() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
AS $$
BEGIN
    INSERT INTO public.turn (unit, machine, epoch, at, was) VALUES (NEW.name,
        CASE WHEN NEW.holder = '' THEN '' ELSE NEW.machine END, NEW.epoch, clock_timestamp(),
        OLD.renewed);
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION public.note_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
AS $$
BEGIN
    INSERT INTO public.wrote SELECT NEW.unit, NEW.seq, current_setting('application_name'), epoch,
        clock_timestamp() FROM ircbot.unit WHERE name = NEW.unit;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER turns AFTER UPDATE OF epoch ON ircbot.unit
    FOR EACH ROW EXECUTE FUNCTION public.note_turn();
CREATE OR REPLACE TRIGGER entries AFTER INSERT ON ircbot.entry
    FOR EACH ROW EXECUTE FUNCTION public.note_entry();
"""


# --- wires ----------------------------------------------------------------------------------------


class Wire:
    """A way to a server that can be cut: then nothing arrives, and nobody is told."""

    def __init__(self, open_there: Callable[[], Any]) -> None:
        self._open_there = open_there
        self._whole = asyncio.Event()
        self._whole.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[Wire]:
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        self._whole.clear()

    def mend(self) -> None:
        self._whole.set()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._whole.wait()
            there, back = await self._open_there()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._carry(reader, back))
                group.create_task(self._carry(there, writer))
        except* (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()
        finally:
            await self._whole.wait()
            writer.transport.abort()
            raise ConnectionResetError


# --- where a trial is -----------------------------------------------------------------------------


class Database(Protocol):
    """What a trial asks of a database."""

    def new_unit(self) -> str:
        """The name of a unit that nobody has used."""

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """What it answers its owner."""


@dataclass
class Place:
    """Where a machine is: how its bot gets to the server and the database, and is cut off."""

    host: str
    port: int
    dsn: str
    cut: Callable[[str], None]  # of what: "all", or what else somewhere can be cut
    mend: Callable[[], None]
    within: tuple[str, ...] = ()  # the command that puts a process there


class Somewhere(Protocol):
    """A server, a database, and places for machines."""

    database: Database
    port: int  # of the server, on loopback, for people

    async def begin(self, stack: AsyncExitStack) -> None:
        """Start what is not there yet."""

    async def place(self, name: str, stack: AsyncExitStack) -> Place:
        """A place for a machine."""


class Loopback:
    """All on this machine."""

    def __init__(self, database: Postgresql, *, msgids: bool = True) -> None:
        self.database = database
        names = () if msgids else ("message-tags", "echo-message")
        capabilities = tuple(name for name in CAPABILITIES if name not in names)
        self._server = EmbeddedServer(ServerSettings(capabilities=capabilities))
        self.port = 0

    async def begin(self, stack: AsyncExitStack) -> None:
        await self._server.start(0)
        stack.push_async_callback(self._server.stop)
        self.port = self._server.port

    async def place(self, name: str, stack: AsyncExitStack) -> Place:
        irc = await stack.enter_async_context(Wire(self._to_irc).laid())
        database = await stack.enter_async_context(Wire(self._to_database).laid())

        def cut(_: str) -> None:
            irc.cut()
            database.cut()

        def mend() -> None:
            irc.mend()
            database.mend()

        dsn = f"host=127.0.0.1 port={database.port} dbname=ircbot user=ircbot"
        return Place("127.0.0.1", irc.port, dsn, cut, mend)

    async def _to_irc(self) -> Any:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def _to_database(self) -> Any:
        socket = self.database.folder / f".s.PGSQL.{self.database.port}"
        return await asyncio.open_unix_connection(str(socket))


# --- a machine ------------------------------------------------------------------------------------


@dataclass
class BotProcess:
    """A machine's bot."""

    name: str
    folder: Path
    place: Place
    process: asyncio.subprocess.Process | None = None

    def write_config(self, unit: str, ttl: float, standby: str, tail: str = "") -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "config.toml").write_text(
            f"""
[irc]
host = "{self.place.host}"
port = {self.place.port}
tls = false
nick = "ilbot"
username = "bot{self.name}"
channels = ["{_CHANNEL}"]
[irc.pace]
limited = false
[store]
path = "{self.folder}/incidents"
engine = "postgresql"
dsn = "{self.place.dsn} application_name={self.name}"
unit = "{unit}"
[report]
directory = "{self.folder}/reports"
[cluster]
machine = "{self.name}"
ttl = {ttl}
standby = "{standby}"
{tail}
"""
        )
        (self.folder / "config.toml").chmod(0o600)

    async def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(*self.place.within, *_DIES_WITH_US, sys.executable, "-m", "ircbot", "run"),
                *("--config", self.folder / "config.toml"),
                stdout=log,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
                cwd=Path(__file__).parent.parent,
            )

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    async def end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.signal(signal.SIGCONT)
            self.signal(number)
            await asyncio.wait_for(self.process.wait(), PATIENCE)
            self.process = None

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""


# --- people ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Voice:
    """Something that a machine said: when it was heard, in seconds since 1970."""

    at: float
    machine: str
    to: str
    text: str


class Person(Visitor):
    """Somebody who remembers what machines said to them, in the order in which the server told it."""

    def __init__(self, nick: str, patience: float = PATIENCE) -> None:
        super().__init__(nick, patience)
        self.voices: list[Voice] = []
        self.on_line: Callable[[str], None] = lambda _: None  # a numbered line of somebody's

    def _take(self, message: IrcMessage) -> None:
        super()._take(message)
        if message.command not in ("PRIVMSG", "NOTICE"):
            return
        user = message.source.partition("!")[2].partition("@")[0].lstrip("~")
        if user in ("bota", "botb"):
            voice = Voice(time.time(), user[3:], message.target, message.text)
            self.voices.append(voice)
        elif message.text.startswith("TL: "):
            self.on_line(message.text[4:])


# --- the trial ------------------------------------------------------------------------------------


@dataclass
class Outcome:
    """What came of a trial."""

    said: int = 0
    acknowledged: int = 0
    turns: list[str] = field(default_factory=list)
    # Seconds until the successor had the lease, and until its first entry or word, by what was done.
    taken: dict[str, list[float]] = field(default_factory=dict)
    answered: dict[str, list[float]] = field(default_factory=dict)
    # Seconds by which something was heard of a machine after it had lost its turn.
    strays: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        took = "; ".join(
            f"{len(times)} × {what}: {median(times):.1f}, at most {max(times):.1f} s"
            for what, times in self.answered.items()
        )
        return f"{self.said} said, {self.acknowledged} acknowledged, none lost or doubled; {took}"

    def add(self, other: Outcome) -> None:
        """Have this be the outcome of both."""
        self.said += other.said
        self.acknowledged += other.acknowledged
        self.turns += other.turns
        self.strays += other.strays
        for mine, theirs in ((self.taken, other.taken), (self.answered, other.answered)):
            for what, times in theirs.items():
                mine.setdefault(what, []).extend(times)


class Trial:
    """Two machines, talkers, and faults."""

    def __init__(
        self,
        somewhere: Somewhere,
        folder: Path,
        *,
        ttl: float = TTL,
        talkers: int = 4,
        every: float = 0.2,
        rests: float = 0.0,
    ) -> None:
        """Each of the `talkers` says something `every` so many seconds. Whoever hangs or is cut off
        comes back so many seconds after another has answered as it `rests`."""
        self.somewhere = somewhere
        self.database = somewhere.database
        self.unit = self.database.new_unit()
        self.ttl = ttl
        self.outcome = Outcome()
        self._folder = folder
        self._talkers = talkers
        self._every = every
        self._rests = rests
        self.bots: dict[str, BotProcess] = {}
        self.said: list[str] = []
        self.people: list[Person] = []
        self._quiet, self._heard = asyncio.Event(), asyncio.Event()

    # --- setting up -------------------------------------------------------------------------

    @asynccontextmanager
    async def going_on(self, standby: str = "always") -> AsyncIterator[Trial]:
        """With both bots there and an incident open, until people fall silent."""
        self.database.ask(_WITNESS)
        async with AsyncExitStack() as stack:
            await self.somewhere.begin(stack)
            boss = await self._arrives("boss", stack)
            boss.on_line = self._was_said
            for name in ("a", "b"):
                place = await self.somewhere.place(name, stack)
                bot = self.bots[name] = BotProcess(name, self._folder / name, place)
                bot.write_config(self.unit, self.ttl, standby)
                stack.push_async_callback(bot.end, signal.SIGKILL)
                await bot.start()
            await self.until(self.is_ready)
            await boss.say(_CHANNEL, "!inc declare the trial")
            await boss.hears("Incident 1 is open", PATIENCE)
            talkers = [await self._arrives(f"t{n}", stack) for n in range(self._talkers)]
            async with asyncio.TaskGroup() as talking:
                for number, talker in enumerate(talkers):
                    after = self._every * number / self._talkers
                    talking.create_task(self._talk(talker, after))
                try:
                    yield self
                finally:
                    self._quiet.set()
            await boss.barrier()
            for bot in self.bots.values():
                bot.place.mend()
                bot.signal(signal.SIGCONT)
            await self.until(lambda: len(self.notes()) >= len(self.said))
            if self._rests:  # what is late may still come
                await self.until(self.is_ready)
            for person in self.people:
                await person.barrier()
            try:
                self._check()
            except AssertionError as error:
                raise AssertionError(f"{error}\n{self.turns()}\n{self._logs()}") from None

    def _logs(self) -> str:
        return "\n".join(f"--- {bot.name}\n{bot.log[-20_000:]}" for bot in self.bots.values())

    async def _arrives(self, nick: str, stack: AsyncExitStack) -> Person:
        person = await Person.arrive(nick, self.somewhere.port, patience=PATIENCE)
        stack.push_async_callback(person.vanish)
        await person.join(_CHANNEL)
        self.people.append(person)
        return person

    async def _talk(self, talker: Person, after: float) -> None:
        number = 0
        await self._pauses(after)
        while not self._quiet.is_set():
            number += 1
            await talker.say(_CHANNEL, f"TL: {talker.nick} says {number}")
            if number % 3 == 0:
                await talker.say(_CHANNEL, "and that is only talk")
            await self._pauses(self._every)
        await talker.barrier()

    async def _pauses(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._quiet.wait()

    def _was_said(self, text: str) -> None:
        self.said.append(text)
        self._heard.set()

    @property
    def announced(self) -> list[str]:
        """What people were told of take-overs."""
        return [v.text for v in self.people[0].voices if v.text.startswith("I take over from")]

    # --- looking ----------------------------------------------------------------------------

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        if not await asyncio.to_thread(self._came, condition):
            raise AssertionError(f"{self.turns()}\n{self.standing()}\n{self._logs()}")

    def _came(self, condition: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                return False
            self.database.ask("SELECT pg_sleep(0.05)")
        return True

    async def people_go_on(self, lines: int = 4) -> None:
        """Wait until so many more lines were said."""
        wanted = len(self.said) + lines
        while len(self.said) < wanted:
            self._heard.clear()
            async with asyncio.timeout(PATIENCE):
                await self._heard.wait()

    def ask(self, sql: str) -> list[Any]:
        return self.database.ask(sql, (self.unit,))

    def holder(self) -> str:
        found = self.ask("SELECT machine FROM ircbot.unit WHERE name = %s AND holder <> ''")
        return found[0][0] if found else ""

    def standing(self) -> list[Any]:
        return self.ask("SELECT machine, ready, now() - seen FROM ircbot.standby WHERE unit = %s")

    def is_ready(self) -> bool:
        """Whether one answers, and the other could take over now."""
        sql = (
            "SELECT machine FROM ircbot.standby WHERE unit = %s AND ready"
            f" AND seen > now() - interval '{self.ttl} s'"
        )
        there = [machine for (machine,) in self.ask(sql)]
        found = self.ask(
            "SELECT machine FROM ircbot.unit WHERE name = %s AND holder <> '' AND until > now()"
        )
        return bool(found) and there != [found[0][0]] and len(there) == 1

    def turns(self) -> list[tuple[str, int, float]]:
        """Who got the lease, in order: machine, epoch, and when."""
        sql = (
            "SELECT machine, epoch, extract(epoch FROM at)::float FROM public.turn WHERE unit = %s"
        )
        return [(m, e, at) for m, e, at in self.ask(f"{sql} ORDER BY id") if m]

    def notes(self) -> list[str]:
        """What is on record, in order."""
        found = self.ask(
            "SELECT body->'event'->>'text' FROM ircbot.entry WHERE unit = %s AND n > 0"
            " AND incident = 1 ORDER BY n"
        )
        return [text for (text,) in found if text and " says " in text]

    # --- faults -----------------------------------------------------------------------------

    async def strike(self, what: str) -> float:
        """Have one thing go wrong with the bot that answers; seconds until the other does. What is
        cut may be named, as "cut irc"."""
        await self.until(self.is_ready)
        before, name = len(self.turns()), self.holder()
        bot = self.bots[name]
        began = time.time()
        what, _, part = what.partition(" ")
        match what:
            case "kill":
                await bot.end(signal.SIGKILL)
            case "stop":
                bot.signal(signal.SIGSTOP)
            case "cut":
                bot.place.cut(part or "all")
            case "leave":
                bot.signal(signal.SIGTERM)
            case "yield":
                config = bot.folder / "config.toml"
                told = json.loads(await self._command("cluster", "yield", "-c", config, "--json"))
                validator("cluster-yield").validate(told)
                assert told["gave_way"] == name
        await self.until(lambda: len(self.turns()) > before)
        machine, epoch, at = self.turns()[before]
        assert machine != name, (what, self.turns(), bot.log[-3000:])
        await self.until(lambda: self._wrote_first(epoch) is not None)  # people go on
        self._note(f"{what} {part}".strip(), began, at, epoch)
        if self._rests and what in ("stop", "cut"):
            await asyncio.sleep(self._rests)
        match what:
            case "kill":
                await bot.start()
            case "leave":
                assert bot.process is not None
                assert await asyncio.wait_for(bot.process.wait(), PATIENCE) == 0, bot.log[-3000:]
                await bot.start()
            case "stop":
                bot.signal(signal.SIGCONT)
            case "cut":
                bot.place.mend()
        return at - began

    def _wrote_first(self, epoch: int) -> float | None:
        """When the first entry of a holder was made."""
        sql = "SELECT extract(epoch FROM min(at))::float FROM public.wrote WHERE unit = %s"
        found = self.database.ask(f"{sql} AND epoch = %s", (self.unit, epoch))
        return found[0][0] if found else None

    def _note(self, what: str, began: float, taken: float, epoch: int) -> None:
        machine = next(m for m, e, _ in self.turns() if e == epoch)
        wrote = self._wrote_first(epoch)
        assert wrote is not None
        spoke = [v.at for p in self.people for v in p.voices if v.machine == machine]
        first = min([wrote, *(at for at in spoke if at >= taken)])
        self.outcome.taken.setdefault(what, []).append(taken - began)
        self.outcome.answered.setdefault(what, []).append(first - began)

    async def _command(self, *arguments: str | Path) -> str:
        """What a command of ours prints."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ircbot", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=Path(__file__).parent.parent,
        )
        told, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode == 0, told.decode()
        return told.decode()

    async def without_database(self, fail_over: Callable[[], float], what: str) -> None:
        """Lose the database; `fail_over` says when another was there. Until entries are made again."""
        await self.until(self.is_ready)
        began = time.time()
        there = await asyncio.to_thread(fail_over)
        sql = "SELECT extract(epoch FROM at)::float FROM public.wrote WHERE unit = %s"
        sql += " AND at > to_timestamp(%s) ORDER BY at LIMIT 1"
        back: list[Any] = []

        def goes_on() -> bool:
            back[:] = self.database.ask(sql, (self.unit, there))
            return bool(back)

        await self.until(goes_on)
        self.outcome.answered.setdefault(what, []).append(back[0][0] - began)
        await self.until(self.is_ready)

    async def restart_database(self, postgresql: Postgresql) -> None:
        """The database is gone for longer than a lease."""
        await self.until(self.is_ready)
        await asyncio.to_thread(postgresql.daemon.crash)
        await self.people_go_on(round(self.ttl * 1.5 / self._every * self._talkers))
        await asyncio.to_thread(postgresql.daemon.start)
        await asyncio.to_thread(postgresql.until_ready)
        await self.until(self.is_ready)

    # --- what came of it --------------------------------------------------------------------

    def _check(self) -> None:
        notes = self.notes()
        assert notes == self.said, _difference(self.said, notes)
        turns = self.turns()
        self.outcome.said = len(self.said)
        self.outcome.turns = [machine for machine, _, _ in turns]
        self._check_voices(self.outcome.turns)
        self._check_acknowledged()
        self._check_writers({epoch: machine for machine, epoch, _ in turns})
        self.outcome.strays = self._strays()

    def _check_voices(self, turns: Sequence[str]) -> None:
        """Who spoke, in the order of who had the lease; some may have had nothing to say. Each
        person by themselves: a server tells several of them in any order."""
        for person in self.people:
            spoke = [machine for machine, _ in groupby(person.voices, lambda v: v.machine)]
            left = list(turns)
            for machine in spoke:
                assert machine in left, self._heard_by(person)
                del left[: left.index(machine) + 1]

    def _heard_by(self, person: Person) -> str:
        """What somebody heard of machines, and whose turn it was."""
        turns = self.turns()
        began = turns[0][2]
        told = [(at - began, f"turn {epoch} of {machine}") for machine, epoch, at in turns]
        told += [(v.at - began, f"{v.machine} to {v.to}: {v.text}") for v in person.voices]
        return "\n".join(f"{at:8.2f} {what}" for at, what in sorted(told))

    def _strays(self) -> list[float]:
        """By how much anything came after its machine's turn."""
        turns = self.turns()
        ends = [at for _, _, at in turns[1:]] + [float("inf")]
        late = []
        for voice in (voice for person in self.people for voice in person.voices):
            mine = [
                max(0.0, voice.at - end)
                for (machine, _, at), end in zip(turns, ends, strict=True)
                if machine == voice.machine and at <= voice.at
            ]
            late.append(min(mine))
        return [seconds for seconds in late if seconds > 0]

    def _check_acknowledged(self) -> None:
        written = {
            (by, n)
            for by, n in self.ask(
                "SELECT body->'by'->>'nick', (body->'event'->>'n')::int FROM ircbot.entry"
                " WHERE unit = %s AND n > 0 AND incident = 1 AND body->'event'->>'n' IS NOT NULL"
            )
        }
        told = Counter(
            (person.nick, n)
            for person in self.people
            for voice in person.voices
            if voice.to == person.nick and "recorded" in voice.text
            for n in _numbers(voice.text)
        )
        assert set(told) <= written, sorted(set(told) - written)
        assert set(told.values()) <= {1}, [one for one, times in told.items() if times > 1]
        self.outcome.acknowledged = len(told)

    def _check_writers(self, whose: dict[int, str]) -> None:
        rows = self.ask("SELECT epoch, machine FROM public.wrote WHERE unit = %s ORDER BY seq")
        epochs = [epoch for epoch, _ in rows]
        assert epochs == sorted(epochs)
        assert all(whose[epoch] == machine for epoch, machine in rows)


def _numbers(text: str) -> set[int]:
    """The numbers of a receipt, as "#3, #5–#7 recorded"."""
    found: set[int] = set()
    for first, last in re.findall(r"#(\d+)(?:[–-]#?(\d+))?", text):
        found.update(range(int(first), int(last or first) + 1))
    return found


def _difference(said: Sequence[str], notes: Sequence[str]) -> str:
    missing = [text for text in said if text not in set(notes)]
    twice = [text for text in set(notes) if notes.count(text) > 1]
    place = next((n for n, (x, y) in enumerate(zip(said, notes, strict=False)) if x != y), -1)
    around = slice(max(0, place - 3), place + 6)
    return f"missing {missing}, twice {twice}, at {place}: {said[around]} but {notes[around]}"
