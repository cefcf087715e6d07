"""Machines that keep one record, over IRC and PostgreSQL: made to fail, and what came of it.

Each bot is a process of its own, behind a wire to the server and one to the database that can be
cut: what is sent then waits, as it does on a network. People say numbered things all the while. What
is checked afterwards is the record and what was seen on IRC, not how long something took: nothing
is missing, nothing is there twice, all is in order; nobody spoke while another did; whatever was
acknowledged is on record; no two holders' entries are mixed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from rig.postgresql import Postgresql
from schemas import validator

from ircbot.network.server import EmbeddedServer, IrcMessage, ServerSettings, Visitor
from ircbot.network.server.settings import CAPABILITIES

TTL = 2.0
PATIENCE = 120.0  # seconds for anything, on a machine with other things to do
_CHANNEL = "#moc"

# Who had the lease, and who wrote what with it: kept by the database, whatever the bots believe.
_WITNESS = """
CREATE TABLE IF NOT EXISTS public.turn
    (id serial, unit text, machine text, epoch bigint, at timestamptz, was timestamptz);
CREATE TABLE IF NOT EXISTS public.wrote (unit text, seq bigint, machine text, epoch bigint);
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
    INSERT INTO public.wrote SELECT NEW.unit, NEW.seq, current_setting('application_name'), epoch
    FROM ircbot.unit WHERE name = NEW.unit;
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


# --- a machine ------------------------------------------------------------------------------------


@dataclass
class BotProcess:
    """A machine's bot."""

    name: str
    folder: Path
    irc: Wire
    database: Wire
    process: asyncio.subprocess.Process | None = None

    def write_config(self, unit: str, ttl: float, standby: str, tail: str = "") -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "config.toml").write_text(
            f"""
[irc]
host = "127.0.0.1"
port = {self.irc.port}
tls = false
nick = "ilbot"
username = "bot{self.name}"
channels = ["{_CHANNEL}"]
[irc.pace]
limited = false
[store]
path = "{self.folder}/incidents"
engine = "postgresql"
dsn = "host=127.0.0.1 port={self.database.port} dbname=ircbot user=ircbot \
application_name={self.name}"
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
                *(sys.executable, "-m", "ircbot", "run", "--config", self.folder / "config.toml"),
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

    def cut(self) -> None:
        self.irc.cut()
        self.database.cut()

    def mend(self) -> None:
        self.irc.mend()
        self.database.mend()

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""


# --- the trial ------------------------------------------------------------------------------------


@dataclass
class Outcome:
    """What came of a trial."""

    said: int = 0
    acknowledged: int = 0
    turns: list[str] = field(default_factory=list)
    takeovers: dict[str, list[float]] = field(default_factory=dict)  # seconds, by what was done

    def __str__(self) -> str:
        took = "; ".join(
            f"{len(times)} × {what}: at most {max(times):.1f} s"
            for what, times in self.takeovers.items()
        )
        return f"{self.said} said, {self.acknowledged} acknowledged, none lost or doubled; {took}"


class Trial:
    """Two machines, talkers, and faults."""

    def __init__(
        self,
        postgresql: Postgresql,
        folder: Path,
        *,
        ttl: float = TTL,
        talkers: int = 4,
        every: float = 0.2,
        msgids: bool = True,
    ) -> None:
        """Each of the `talkers` says something `every` so many seconds."""
        self.postgresql = postgresql
        self.unit = postgresql.new_unit()
        self.ttl = ttl
        self.outcome = Outcome()
        self._folder = folder
        self._talkers = talkers
        self._every = every
        capabilities = (
            CAPABILITIES
            if msgids
            else tuple(
                name for name in CAPABILITIES if name not in ("message-tags", "echo-message")
            )
        )
        self.server = EmbeddedServer(ServerSettings(capabilities=capabilities))
        self.bots: dict[str, BotProcess] = {}
        self.said: list[str] = []
        self.voices: list[tuple[str, str, str]] = []  # machine, to whom, what
        self._quiet, self._heard = asyncio.Event(), asyncio.Event()

    # --- setting up -------------------------------------------------------------------------

    @asynccontextmanager
    async def going_on(self, standby: str = "always") -> AsyncIterator[Trial]:
        """With both bots there and an incident open, until people fall silent."""
        self.postgresql.ask(_WITNESS)
        async with AsyncExitStack() as stack:
            await self.server.start(0)
            stack.push_async_callback(self.server.stop)
            stack.callback(self.server.watch(self._watch))
            for name in ("a", "b"):
                irc = await stack.enter_async_context(Wire(self._to_irc).laid())
                database = await stack.enter_async_context(Wire(self._to_database).laid())
                bot = self.bots[name] = BotProcess(name, self._folder / name, irc, database)
                bot.write_config(self.unit, self.ttl, standby)
                stack.push_async_callback(bot.end, signal.SIGKILL)
                await bot.start()
            boss = await Visitor.arrive("boss", self.server.port)
            stack.push_async_callback(boss.vanish)
            await boss.join(_CHANNEL)
            await self.until(self.is_ready)
            await boss.say(_CHANNEL, "!inc declare the trial")
            await boss.hears("Incident 1 is open", PATIENCE)
            async with asyncio.TaskGroup() as talking:
                for number in range(self._talkers):
                    talking.create_task(self._talk(f"t{number}"))
                try:
                    yield self
                finally:
                    self._quiet.set()
            for bot in self.bots.values():
                bot.mend()
                bot.signal(signal.SIGCONT)
            await self.until(lambda: len(self.notes()) >= len(self.said))
            self._check()

    async def _to_irc(self) -> Any:
        return await asyncio.open_connection("127.0.0.1", self.server.port)

    async def _to_database(self) -> Any:
        socket = self.postgresql.folder / f".s.PGSQL.{self.postgresql.port}"
        return await asyncio.open_unix_connection(str(socket))

    async def _talk(self, nick: str) -> None:
        visitor = await Visitor.arrive(nick, self.server.port)
        await visitor.join(_CHANNEL)
        number = 0
        while not self._quiet.is_set():
            number += 1
            await visitor.say(_CHANNEL, f"TL: {nick} says {number}")
            if number % 3 == 0:
                await visitor.say(_CHANNEL, "and that is only talk")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._quiet.wait()
        await visitor.barrier()

    def _watch(self, message: IrcMessage) -> None:
        if message.command not in ("PRIVMSG", "NOTICE"):
            return
        user = message.source.partition("!")[2].partition("@")[0].lstrip("~")
        if user in ("bota", "botb"):
            self.voices.append((user[3:], message.target, message.text))
        elif message.text.startswith("TL: "):
            self.said.append(message.text[4:])
            self._heard.set()

    @property
    def announced(self) -> list[str]:
        """What people were told of take-overs."""
        return [text for _, _, text in self.voices if text.startswith("I take over from")]

    # --- looking ----------------------------------------------------------------------------

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        if not await asyncio.to_thread(self._came, condition):
            logs = "\n".join(f"--- {bot.name}\n{bot.log[-6000:]}" for bot in self.bots.values())
            raise AssertionError(f"{self.turns()}\n{self.standing()}\n{logs}")

    def _came(self, condition: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                return False
            self.postgresql.ask("SELECT pg_sleep(0.05)")
        return True

    async def people_go_on(self, lines: int = 4) -> None:
        """Wait until so many more lines were said."""
        wanted = len(self.said) + lines
        while len(self.said) < wanted:
            self._heard.clear()
            async with asyncio.timeout(PATIENCE):
                await self._heard.wait()

    def ask(self, sql: str) -> list[Any]:
        return self.postgresql.ask(sql, (self.unit,))

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
        """Have one thing go wrong with the bot that answers; seconds until the other does."""
        await self.until(self.is_ready)
        before, name = len(self.turns()), self.holder()
        bot = self.bots[name]
        began = time.time()
        match what:
            case "kill":
                await bot.end(signal.SIGKILL)
            case "stop":
                bot.signal(signal.SIGSTOP)
            case "cut":
                bot.cut()
            case "leave":
                bot.signal(signal.SIGTERM)
            case "yield":
                config = bot.folder / "config.toml"
                told = json.loads(await self._command("cluster", "yield", "-c", config, "--json"))
                validator("cluster-yield").validate(told)
                assert told["gave_way"] == name
        await self.until(lambda: len(self.turns()) > before)
        machine, _, at = self.turns()[before]
        assert machine != name, (what, self.turns(), bot.log[-3000:])
        self.outcome.takeovers.setdefault(what, []).append(at - began)
        await self.people_go_on()  # and so does whoever took over
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
                bot.mend()
        return at - began

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

    async def restart_database(self) -> None:
        """The database is gone for longer than a lease."""
        await self.until(self.is_ready)
        await asyncio.to_thread(self.postgresql.daemon.crash)
        await self.people_go_on(round(self.ttl * 1.5 / self._every * self._talkers))
        await asyncio.to_thread(self.postgresql.daemon.start)
        await asyncio.to_thread(self.postgresql.until_ready)
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

    def _check_voices(self, turns: Sequence[str]) -> None:
        """Who spoke, in the order of who had the lease; some may have had nothing to say."""
        spoke = [machine for machine, _ in groupby(self.voices, lambda voice: voice[0])]
        left = list(turns)
        for machine in spoke:
            assert machine in left, (spoke, turns)
            del left[: left.index(machine) + 1]

    def _check_acknowledged(self) -> None:
        written = {
            (by, n)
            for by, n in self.ask(
                "SELECT body->'by'->>'nick', (body->'event'->>'n')::int FROM ircbot.entry"
                " WHERE unit = %s AND n > 0 AND incident = 1 AND body->'event'->>'n' IS NOT NULL"
            )
        }
        told = {
            (to, n)
            for _, to, text in self.voices
            if to.startswith("t") and "recorded" in text
            for n in _numbers(text)
        }
        assert told <= written, sorted(told - written)
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
