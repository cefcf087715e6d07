"""The same organisations on several machines, over a real database: each is one machine's, and what
a machine leaves behind is another's soon."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from hosted import host_config, hosting, is_well, organise, server_with, trouble
from hostile.stage import until
from rig.postgresql import Postgresql
from schemas import validator

from ircbot.checkup import checkup
from ircbot.cli.root import root
from ircbot.cluster.shares import Claim, ClaimSchedule, ClusterView, HeldLease
from ircbot.cluster.tenure import Machine, steady
from ircbot.config import Config
from ircbot.errors import ConfigError, StoreError
from ircbot.health import exposition
from ircbot.host import Host, organisations, owners_of_units
from ircbot.incident.events import Absent
from ircbot.network.server import EmbeddedServer, ServerSettings, Visitor
from ircbot.repository import all_incidents, open_store
from ircbot.sharing import Sharing
from ircbot.store.claims import Claims, Renewal

TTL = 3.0
PATIENCE = 60.0  # seconds


class Fleet:
    """Machines that host the same organisations, each with folders of its own."""

    def __init__(self, cluster: Postgresql, server: EmbeddedServer, folder: Path, count: int):
        self.cluster = cluster
        self._server = server
        self._folder = folder
        self._mark = cluster.new_unit()
        self.names = [f"{self._mark}x{n}" for n in range(count)]
        cluster.ask("DELETE FROM ircbot.machine")

    def machine(self, name: str, ttl: float = TTL) -> Config:
        """A machine's configuration."""
        home = self._folder / name
        home.mkdir()
        store = f'engine = "postgresql"\ndsn = "{self.cluster.dsn}"\n'
        more = f'[store]\n{store}[cluster]\nmachine = "{name}"\nttl = {ttl}\n'
        config = host_config(home, more)
        for unit in self.names:
            own = f'store = {{engine = "postgresql", dsn = "{self.cluster.dsn}", unit = "{unit}"}}'
            organise(home, unit, self._server.port, more=own)
        return config

    def owners(self) -> Counter[str]:
        """How many organisations each machine has, "" for nobody."""
        sql = (
            "SELECT CASE WHEN holder <> '' AND until > now() THEN machine ELSE '' END, name"
            " FROM ircbot.unit WHERE name LIKE %s"
        )
        found = self.cluster.ask(sql, (f"{self._mark}x%",))
        return Counter({"": len(self.names) - len(found)}) + Counter(one[0] for one in found)

    def has(self, **machines: int) -> Callable[[], bool]:
        """Whether machines have so many each."""
        return lambda: self.owners() == machines

    def notes(self, unit: str) -> list[str]:
        """What is on record of the one incident, as the machine has it that answers for it."""
        ((machine,),) = self.cluster.ask("SELECT machine FROM ircbot.unit WHERE name = %s", (unit,))
        path = self._folder / machine / "organisations" / unit / "incidents"
        (incident,) = all_incidents(open_store(str(path)))
        return [note.text for note in incident.notes]

    def holding(self, host: Host) -> list[str]:
        """The organisations whose bots are a host's, and well."""
        return [name for name in self.names if is_well(host, name)]


async def until_all(host: Host, fleet: Fleet, count: int) -> None:
    await until(lambda: len(fleet.holding(host)) == count, PATIENCE)


def shown_machines(folder: Path) -> dict[str, tuple[bool, int]]:
    """Whether each machine is alive, and how many organisations it has, as the command says."""
    file = str(folder / "config.toml")
    shown = CliRunner().invoke(root, ["cluster", "status", "--json", "-c", file])
    told = json.loads(shown.output)
    validator("cluster-status").validate(told)
    return {one["machine"]: (one["alive"], one["units"]) for one in told["machines"]}


async def test_they_are_shared_and_only_idle_ones_move(postgresql, tmp_path):
    names = [f"#{postgresql.new_unit()}"]
    async with server_with(*names) as (server, ann):
        fleet = Fleet(postgresql, server, tmp_path, 4)
        async with hosting(fleet.machine("a")) as first:
            await until_all(first, fleet, 4)
            for name in fleet.names[:3]:
                await ann.join(f"#{name}")
                await ann.say(f"#{name}", "!inc declare it burns")
                await ann.hears("Incident 1 is open", PATIENCE)
            async with hosting(fleet.machine("b")) as second:
                await until_all(second, fleet, 1)
                assert fleet.holding(second) == fleet.names[3:]
                assert fleet.holding(first) == fleet.names[:3]
                await ann.say(f"#{fleet.names[0]}", "!inc resolve")
                await ann.say(f"#{fleet.names[0]}", "!inc close")
                await until_all(second, fleet, 2)
                assert fleet.holding(first) == fleet.names[1:3]
                there = set(fleet.names[1:3])
                await until(lambda: first.vitals().organisations.keys() == there, PATIENCE)
                told = first.vitals()
                assert (told.machines, told.elsewhere) == (2, 2)
                named = f'{{organisation="{fleet.names[1]}"}} 1'
                assert f"ircbot_lease_held{named}" in exposition(told)
                two_each = {"a": (True, 2), "b": (True, 2)}  # as they say with their heartbeats
                await until(lambda: shown_machines(tmp_path / "a") == two_each, PATIENCE)
            await until_all(first, fleet, 4)  # b left in order
    assert fleet.owners() == {"": 4}
    assert postgresql.ask("SELECT name FROM ircbot.machine") == []


async def test_what_a_killed_machine_had_goes_on_without_a_line_lost_or_doubled(
    postgresql, tmp_path
):
    async with server_with() as (server, ann):
        fleet = Fleet(postgresql, server, tmp_path, 12)
        fleet.machine("c")
        command = ["-m", "ircbot", "run", "-c", str(tmp_path / "c" / "config.toml")]
        doomed = await asyncio.create_subprocess_exec(sys.executable, *command)
        try:
            await until(fleet.has(c=12), PATIENCE)
            for name in fleet.names:
                await ann.join(f"#{name}")
            burns = fleet.names[:2]
            for name in burns:
                await ann.hears(
                    lambda m, n=name: n in m.params[0] and m.nick == f"{n}-bot", PATIENCE, since=0
                )
                await ann.say(f"#{name}", "!inc declare it burns")
                await ann.hears("Incident 1 is open", PATIENCE)
                await ann.say(f"#{name}", "TL: before")
                await ann.hears("#1 recorded", PATIENCE)
            a, b = fleet.machine("a"), fleet.machine("b")
            async with hosting(a) as first, hosting(b) as second:
                await until(fleet.has(a=4, b=4, c=4), PATIENCE)
                doomed.kill()
                await doomed.wait()
                for name in burns:
                    await ann.say(f"#{name}", "TL: while nobody is there")
                await until(fleet.has(a=6, b=6), PATIENCE)
                await until_all(first, fleet, 6)
                await until_all(second, fleet, 6)
                for name in burns:
                    await ann.say(f"#{name}", "TL: after")
                told = ["before", "while nobody is there", "after"]
                await until(lambda: all(fleet.notes(n) == told for n in burns), PATIENCE)
        finally:
            if doomed.returncode is None:
                doomed.kill()
                await doomed.wait()


async def test_one_that_breaks_here_is_left_to_another_machine(postgresql, tmp_path):
    async with server_with() as (server, _):
        fleet = Fleet(postgresql, server, tmp_path, 2)
        a = fleet.machine("a")
        file = tmp_path / "a" / "organisations" / fleet.names[0] / "config.toml"
        file.write_text(f'process = "gone.toml"\n{file.read_text()}')
        other = tmp_path / "a" / "organisations" / "double" / "config.toml"
        other.parent.mkdir()
        other.write_text(file.read_text().replace("user=ircbot", "user=ircbot connect_timeout=9"))
        async with hosting(a) as first:
            await until(lambda: "gone.toml" in trouble(first, fleet.names[0]), PATIENCE)
            foreign = "its database is not the host's"
            await until(lambda: foreign in trouble(first, "double"), PATIENCE)
            await until_all(first, fleet, 1)
            late = tmp_path / "a" / "organisations" / "late"
            shutil.copytree(late.with_name(fleet.names[1]), late)
            first.read_again(lambda: a)
            wanted = f"{fleet.names[1]} has the unit"
            await until(lambda: wanted in trouble(first, "late"), PATIENCE)
            async with hosting(fleet.machine("b")) as second:
                await until(lambda: fleet.holding(second) == fleet.names[:1], PATIENCE)


@asynccontextmanager
async def burning(
    fleet: Fleet, ann: Visitor, ttl: float
) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """A machine has all organisations, and in each an incident is open. What is given has ann say
    something in all of them."""

    async def say(text: str) -> None:
        for name in fleet.names:
            await ann.say(f"#{name}", text)

    async with hosting(fleet.machine("a", ttl)) as host:
        await until_all(host, fleet, len(fleet.names))
        for name in fleet.names:
            await ann.join(f"#{name}")
        await say("!inc declare it burns")
        for name in fleet.names:
            await ann.hears(
                lambda m, n=name: m.nick == f"{n}-bot" and "is open" in m.text, PATIENCE, since=0
            )
        yield say


def from_bots(ann: Visitor, words: str) -> list[str]:
    """Which bots said words, each time."""
    return sorted(m.nick for m in ann.traffic.since(0) if m.nick and words in m.text)


@pytest.mark.parametrize("fault", ["crash", "freeze"])
async def test_a_database_that_is_gone_is_told_once_in_each_and_nothing_is_lost(
    postgresql, tmp_path, fault
):
    async with server_with() as (server, ann):
        fleet = Fleet(postgresql, server, tmp_path, 3)
        bots = [f"{name}-bot" for name in fleet.names]
        async with burning(fleet, ann, 12.0) as say:
            await say("TL: before")
            await until(lambda: from_bots(ann, "#1 recorded") == bots, PATIENCE)
            if fault == "crash":
                postgresql.daemon.crash()
            else:
                postgresql.freeze()
            await say("TL: one")
            await until(lambda: from_bots(ann, "I CANNOT RECORD") == bots, PATIENCE)
            await say("TL: two")
            if fault == "crash":
                postgresql.daemon.start()
                postgresql.until_ready()
            else:
                postgresql.thaw()
            await until(lambda: from_bots(ann, "Recording again") == bots, PATIENCE)
            await say("TL: after")
            told = ["before", "one", "two", "after"]
            await until(lambda: all(fleet.notes(n) == told for n in fleet.names), PATIENCE)
        assert from_bots(ann, "I CANNOT RECORD") == from_bots(ann, "Recording again") == bots


async def test_what_is_locked_in_the_database_for_one_stops_no_other(postgresql, tmp_path):
    import psycopg

    async with server_with() as (server, ann):
        fleet = Fleet(postgresql, server, tmp_path, 3)
        stuck, *others = (f"{name}-bot" for name in fleet.names)
        async with burning(fleet, ann, 12.0) as say:
            with psycopg.connect(postgresql.owner) as locker:
                lock = "SELECT 1 FROM ircbot.unit WHERE name = %s FOR UPDATE"
                locker.execute(lock, (fleet.names[0],))
                await say("TL: said")
                await until(lambda: from_bots(ann, "I CANNOT RECORD") == [stuck], PATIENCE)
                await until(lambda: from_bots(ann, "#1 recorded") == others, PATIENCE)
                assert fleet.owners()["a"] == 3
            await until(lambda: from_bots(ann, "Recording again") == [stuck], PATIENCE)
            await until(lambda: all(fleet.notes(n) == ["said"] for n in fleet.names), PATIENCE)


async def test_where_the_network_keeps_no_history_the_record_says_what_it_lacks(
    postgresql, tmp_path
):
    """Of an organisation that nobody stands by for."""
    settings = ServerSettings(capabilities=("message-tags", "server-time", "echo-message"))
    async with server_with(settings=settings) as (server, ann):
        fleet = Fleet(postgresql, server, tmp_path, 1)
        (name,) = fleet.names
        async with burning(fleet, ann, TTL) as say:
            await say("TL: before")
            await ann.hears("#1 recorded", PATIENCE)
        await say("TL: while nobody is there")
        async with hosting(fleet.machine("b")) as host:
            await until_all(host, fleet, 1)
            store = open_store(str(tmp_path / "b" / "organisations" / name / "incidents"))
            await until(
                lambda: any(isinstance(e.event, Absent) for e in store.entries(1)), PATIENCE
            )
            assert fleet.notes(name) == ["before"]


def test_a_machine_needs_a_name_and_a_database(tmp_path):
    with pytest.raises(ConfigError, match="names no machine"):
        Host(host_config(tmp_path, "[cluster]\n"))
    with pytest.raises(ConfigError, match=r"store\.dsn"):
        Host(host_config(tmp_path, '[cluster]\nmachine = "a"\n'))


async def test_check_names_who_has_the_unit_of_another(postgresql, tmp_path):
    async with server_with() as (server, _):
        fleet = Fleet(postgresql, server, tmp_path, 2)
        config = fleet.machine("a")
    one, other = fleet.names
    file = tmp_path / "a" / "organisations" / other / "config.toml"
    assert not [found for found in checkup(config.file.path) if found.status]
    file.write_text(file.read_text().replace(f'unit = "{other}"', f'unit = "{one}"'))
    (found,) = [found for found in checkup(config.file.path) if found.status]
    assert found.part == f"{other}: store"
    assert f"{one} has the unit {one}, too" in found.sentence


async def test_who_has_a_unit_that_several_name_is_no_chance(postgresql, tmp_path):
    async with server_with() as (server, _):
        fleet = Fleet(postgresql, server, tmp_path, 1)
        config = fleet.machine("a")
        (name,) = fleet.names
        folder = tmp_path / "a" / "organisations"
        shutil.copytree(folder / name, folder / "a-copy")
        dsn = postgresql.dsn
        assert owners_of_units(organisations(config), dsn) == {name: name}
        async with hosting(config) as host:
            await until(lambda: f"{name} has the unit" in trouble(host, "a-copy"), PATIENCE)
            await until_all(host, fleet, 1)
        shutil.copytree(folder / "a-copy", folder / "b-copy")
        shutil.rmtree(folder / name)
        assert owners_of_units(organisations(config), dsn) == {name: "a-copy"}


# --- what is asked of the database ----------------------------------------------------------------


@pytest.fixture
def units(postgresql: Postgresql) -> Sequence[str]:
    postgresql.ask("DELETE FROM ircbot.machine")
    mark = postgresql.new_unit()
    return [f"{mark}x{n}" for n in range(3)]


def claims(cluster: Postgresql, machine: str, ttl: float = 60.0) -> Claims:
    return Claims(cluster.dsn, machine, ttl)


def test_a_unit_is_claimed_once_and_renewed_by_who_has_it(postgresql, units):
    a, b = claims(postgresql, "a"), claims(postgresql, "b")
    assert a.beat(0) == (1, None)
    machines, until = b.beat(0)
    assert machines == 2
    assert until is not None
    assert 0 < until <= 60.0
    mine = a.claim(units, 2)
    assert len(mine) == 2
    yours = b.claim(units, 9)
    assert {*mine, *yours} == {*units}
    assert a.claim(units, 9) == {} == b.claim([], 9) == b.claim(units, 0)
    assert a.renew(mine) == {name: Renewal(True, True, 0) for name in mine}
    assert a.renew({}) == {}
    stolen = {name: epoch + 1 for name, epoch in mine.items()}
    assert not any(one.ours for one in b.renew({**stolen, "nobody's": 1}).values())
    a.release(mine)
    assert not any(one.ours or one.renewed for one in a.renew(mine).values())
    assert b.claim(units, 9, free_for=1000.0) == {}
    assert b.claim(units, 9).keys() == mine.keys()
    b.leave(yours)
    assert a.claim(units, 9).keys() == yours.keys()
    a.leave({})


def test_a_unit_that_is_being_written_to_is_renewed_with_the_next_round(postgresql, units):
    a = claims(postgresql, "a")
    mine = a.claim(units, 1)
    (name,) = mine
    import psycopg

    with psycopg.connect(postgresql.owner) as writer:
        writer.execute("SELECT 1 FROM ircbot.unit WHERE name = %s FOR SHARE", (name,))
        assert a.renew(mine)[name] == Renewal(True, False, 0)
    assert a.renew(mine)[name].renewed
    a.leave(mine)


def test_two_processes_of_one_name_are_told(postgresql, units):
    a, again = claims(postgresql, "a"), claims(postgresql, "a")
    a.beat(0)
    with pytest.raises(StoreError, match="another process hosts as machine 'a'"):
        again.beat(0)
    again.leave({})
    assert a.beat(0) == (1, None)
    a.leave({})
    assert again.beat(0) == (1, None)
    again.leave({})


def test_the_status_says_who_is_gone_and_what_nobody_has(postgresql, units, tmp_path):
    a = claims(postgresql, "a")
    a.claim(units, 9)
    a.beat(3)
    postgresql.ask("UPDATE ircbot.machine SET until = now() - interval '1 s'")
    postgresql.ask("UPDATE ircbot.unit SET until = now() WHERE name = %s", (units[0],))
    file = tmp_path / "config.toml"
    file.write_text(f'[store]\nengine = "postgresql"\ndsn = "{postgresql.dsn}"\n')
    told = CliRunner().invoke(root, ["cluster", "status", "-c", str(file)]).output
    assert re.search(r"(?m)^a: GONE, silent for \d+ s", told)
    assert re.search(f"(?m)^  {units[0]} +nobody, renewed [0-9.]+ s ago$", told)
    assert re.search(f"(?m)^  {units[1]} +a, for [0-9.]+ s, renewed [0-9.]+ s ago$", told)
    a.leave({})


@pytest.mark.parametrize(
    ("view", "lacks", "spares"),
    [
        (ClusterView(12, 3, 4), 0, 0),
        (ClusterView(12, 2, 4), 2, 0),
        (ClusterView(13, 3, 5), 0, 0),
        (ClusterView(12, 4, 4), 0, 1),
        (ClusterView(0, 1, 0), 0, 0),
    ],
)
def test_a_fair_share_is_as_many_as_anybody_s(view, lacks, spares):
    assert (view.lacks, view.spares) == (lacks, spares)


def test_who_starts_claims_little_by_little_and_later_all_that_a_dead_machine_had():
    view = ClusterView(1000, 2, 0, 8.0)
    schedule = ClaimSchedule(10.0).next(100.0)
    assert schedule.claim(view, 100.0) == schedule.claim(view, 109.9) == Claim(50)
    assert schedule.claim(view, 110.0) == Claim(500)
    assert schedule.claim(ClusterView(1000, 2, 490), 100.0) == Claim(10)
    assert schedule.claim(ClusterView(1000, 2, 500), 110.0) == Claim(5, 20.0)


def test_a_database_that_was_away_for_long_takes_no_unit_from_who_has_it():
    view = ClusterView(1000, 2, 0)
    schedule = ClaimSchedule(10.0).next(100.0).next(111.0)
    assert schedule.claim(view, 120.9) == Claim(0)
    assert schedule.claim(view, 121.0) == Claim(500)
    hiccup = ClaimSchedule(10.0).next(100.0).next(105.0).next(115.1).next(116.0)
    assert hiccup.claim(view, 116.0) == Claim(0)
    assert ClaimSchedule(10.0).next(100.0).next(105.0).claim(view, 110.0) == Claim(500)


def test_the_next_round_is_when_another_machine_s_time_is_up():
    schedule = ClaimSchedule(10.0).next(100.0)
    assert schedule.pause(ClusterView(1, 1, 1)) == schedule.pause(ClusterView(1, 2, 1, 9.0)) == 1.0
    assert schedule.pause(ClusterView(1, 2, 1, 0.3)) == 0.3
    assert schedule.pause(ClusterView(1, 2, 1, 0.0)) > 0
    assert ClaimSchedule(2.0).next(0.0).pause(ClusterView(1, 1, 1)) == 0.5


class Waiting:
    """An organisation that begins when it is claimed, and is never idle."""

    def __init__(self, unit: str) -> None:
        self.name = self.unit = unit
        self.lease: HeldLease | None = None
        self.is_idle = False

    @property
    def waits(self) -> bool:
        return self.lease is None

    def grant(self, lease: HeldLease) -> None:
        self.lease = lease

    def give_away(self) -> None:
        raise AssertionError("not idle")


async def test_all_that_a_dead_machine_had_is_claimed_in_one_round(postgresql, units):
    """Not some each second, however many: they are to be another's within a second."""
    waiting = [Waiting(f"{units[0]}y{n}") for n in range(130)]
    ours = Sharing(postgresql.dsn, Machine("a", 60.0), lambda: waiting)
    dead = claims(postgresql, "dead")
    dead.claim([one.unit for one in waiting], 130)
    dead.beat(130)
    began = steady()
    await ours.round(began - 61.0)
    await ours.round(began - 31.0)
    assert all(one.waits for one in waiting)
    postgresql.ask("UPDATE ircbot.machine SET until = now() WHERE name = 'dead'")
    postgresql.ask("UPDATE ircbot.unit SET until = now() WHERE machine = 'dead'")
    assert await ours.round(began - 1.0) <= 1.0
    assert not any(one.waits for one in waiting)
    ours.stop()
    await ours.run()
    dead.leave({})


async def test_one_with_machines_of_its_own_is_on_each_and_hears_what_is_said_between(
    postgresql, tmp_path
):
    """Though the network keeps no history. The other organisation is on one machine at a time."""
    settings = ServerSettings(capabilities=("message-tags", "server-time", "echo-message"))
    async with server_with(settings=settings) as (server, ann):
        fleet = Fleet(postgresql, server, tmp_path, 2)
        own = fleet.names[0]
        first, second = fleet.machine("a"), fleet.machine("c")
        for name in ("a", "c"):
            file = tmp_path / name / "organisations" / own / "config.toml"
            file.write_text(f'{file.read_text()}[cluster]\nmachine = "{name}"\nttl = {TTL}\n')
        command = ["-m", "ircbot", "run", "-c", str(second.file.path)]
        doomed = await asyncio.create_subprocess_exec(sys.executable, *command)
        try:
            await ann.join(f"#{own}")
            await ann.hears(
                lambda m: m.command == "NICK" and m.text == f"{own}-bot", PATIENCE, since=0
            )
            await ann.say(f"#{own}", "!inc declare it burns")
            await ann.hears("Incident 1 is open", PATIENCE)
            async with hosting(first) as host:
                await ann.hears(
                    lambda m: m.command == "JOIN" and m.nick == f"{own}-bot-a", PATIENCE
                )
                ready = "SELECT ready FROM ircbot.standby WHERE unit = %s AND machine = 'a'"
                await until(lambda: postgresql.ask(ready, (own,)) == [(True,)], PATIENCE)
                doomed.kill()
                await doomed.wait()
                await ann.say(f"#{own}", "TL: while nobody answers")
                await ann.hears("I take over from", PATIENCE)
                await ann.say(f"#{own}", "TL: after")
                told = ["while nobody answers", "after"]
                await until(lambda: fleet.notes(own) == told, PATIENCE)
                await until(lambda: is_well(host, fleet.names[1]), PATIENCE)
                assert host.hosted[own].lease is None
        finally:
            if doomed.returncode is None:
                doomed.kill()
                await doomed.wait()
