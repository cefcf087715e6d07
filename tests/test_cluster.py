"""A standby and the one who answers, on a real database, with clocks of the test's own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rig.postgresql import Postgresql
from store.machines import Machines
from test_page import ask

from ircbot.cluster.handler import ClusterHandler
from ircbot.cluster.overheard import Overheard
from ircbot.cluster.tenure import Machine
from ircbot.config import load_config
from ircbot.errors import StoreError
from ircbot.incident.alerts import Alerts
from ircbot.incident.events import Entry, Noted, RoleTaken
from ircbot.incident.line import Line, LineKind, Reply, ReplyKind
from ircbot.incident.people import Person
from ircbot.incident.setting import Setting
from ircbot.page.running import page
from ircbot.page.settings import PageSettings
from ircbot.processes import load_process
from ircbot.repository import state_of, summarise
from ircbot.store.disk import REAL_DISK, Disk
from ircbot.store.shared import SharedStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TTL = 60.0


@dataclass
class Around:
    """Where a handler is put: on all networks and in all channels, unless a test says otherwise."""

    connected: bool = True
    complete: bool = True
    doubtful: bool = False
    unsent: int = 0
    shut_out: int = 0
    turns: list[bool] = field(default_factory=list)
    there: bool = False

    def turned(self, *, answers: bool) -> None:
        self.turns.append(answers)

    def be_there(self, wanted: bool) -> None:
        self.there = wanted


class Bot:
    """A machine's bot, without networks."""

    def __init__(
        self, machines: Machines, name: str, standby: str, disk: Disk = REAL_DISK, **setting: Any
    ) -> None:
        self.machine = Machine(name, TTL, standby)
        self.clock = 1000.0
        self.around = Around()
        self.store: SharedStore = machines.open(
            name, machine=self.machine, summarise=summarise, disk=disk
        )
        self.handler = ClusterHandler(
            replace(Setting(process=load_process("mozmeao"), channels=("#moc",)), **setting),
            self.store,
            state_of(self.store),
            store=self.store,
            machine=self.machine,
            around=self.around,
            nicks={"": "ilbot"},
            clock=lambda: self.clock,
        )
        assert self.store.tenure is not None
        self.store.tenure._clock = lambda: self.clock
        self.tenure = self.store.tenure

    def tick(self, after: float = 0.0) -> list[str]:
        """What it says with the next tick, `after` seconds."""
        self.clock += after
        return [reply.text for reply in self.handler.tick(now_at(self.clock))]

    def get_ready(self) -> None:
        """Hear everything for long enough."""
        self.tick()
        self.tick(2 * TTL)
        self.tick(TTL)

    def hear(self, *lines: Line) -> list[Reply]:
        return list(self.handler.hear(lines))

    def notes(self, incident: int = 1) -> list[str]:
        found = self.handler.state.incidents.get(incident)
        return [note.text for note in found.notes] if found else []


def now_at(clock: float) -> datetime:
    """The wall clock, which goes slowly here: nothing is to be due."""
    return NOON + timedelta(seconds=10 + clock / 1000)


@dataclass
class Pair:
    """Two machines on one record."""

    machines: Machines

    def bot(self, name: str, standby: str = "always", **setting: Any) -> Bot:
        return Bot(self.machines, name, standby, **setting)

    def both(self, **setting: Any) -> tuple[Bot, Bot]:
        """One that answers, and one that is ready to."""
        one, other = self.bot("a", **setting), self.bot("b", **setting)
        one.tick()
        assert one.handler.answers
        other.get_ready()
        assert not other.handler.answers
        return one, other


@pytest.fixture
def pair(postgresql: Postgresql, tmp_path: Path) -> Iterator[Pair]:
    machines = Machines(postgresql, tmp_path)
    yield Pair(machines)
    machines.close()


def said(text: str, nick: str = "ann", second: float = 0, msgid: str = "", **more: Any) -> Line:
    at = NOON + timedelta(seconds=second)
    return Line(at, more.pop("channel", "#moc"), nick, text, msgid=msgid, **more)


def texts(replies: Sequence[Reply]) -> str:
    return "\n".join(reply.text for reply in replies)


DECLARE = said("!inc declare MDN is down", msgid="m0")


# --- taking over ----------------------------------------------------------------------------------


def test_the_first_one_answers_at_once_and_says_nothing_of_it(pair: Pair) -> None:
    one = pair.bot("a")
    assert one.tick() == []
    assert (one.around.turns, one.handler.answers) == ([True], True)
    assert "Incident 1 is open" in texts(one.hear(DECLARE))
    assert one.tenure.may_speak()
    one.clock += TTL * 2 / 3
    assert not one.tenure.may_speak()


def test_a_standby_is_silent_and_knows_what_is_on_record(pair: Pair) -> None:
    one, other = pair.both()
    assert other.hear(DECLARE) == []
    one.hear(DECLARE)
    assert other.hear(said("!inc status"), said("TL: one", msgid="m1")) == []
    one.hear(said("!inc status"), said("TL: one", msgid="m1"))
    assert other.tick(1) == []
    assert other.notes() == ["one"]
    assert not other.tenure.may_speak()
    assert other.handler.topics() == {}
    assert other.handler.absent("", "#moc", NOON, NOON + timedelta(hours=1)) == ()
    other.handler.record([Entry(1, NOON, Person("ilbot"), Noted(9, "of its own"))])
    assert one.tick(1) == []
    assert one.notes() == ["one"]
    alerts = Alerts(NOON, ())
    done = other.handler.receive(alerts)
    other.tick(1)
    assert done.result(0) is False  # whoever sends them goes to the other one


def test_who_is_not_told_that_it_has_the_lease_says_from_whom_all_the_same(
    pair: Pair,
) -> None:
    one, other = pair.both()
    one.hear(DECLARE)
    other.tick(1)
    pair.machines.expire()
    journal = other.store._journal
    journal.be_patient(1.0)
    os.kill(journal._backend.pid, signal.SIGSTOP)
    try:
        assert other.tick(1) == []
    finally:
        os.kill(journal._backend.pid, signal.SIGCONT)
    pair.machines.until_idle()
    told = other.tick(1)
    assert other.handler.answers
    assert told[0].startswith("I take over from ilbot (machine a is silent since")


@pytest.mark.parametrize("msgids", [True, False])
def test_what_nobody_recorded_is_heard_when_it_takes_over(pair: Pair, msgids: bool) -> None:
    one, other = pair.both()
    lines = [
        said(text, nick, n, f"m{n}" if msgids else "")
        for n, (nick, text) in enumerate(
            [
                ("ann", "!inc declare MDN is down"),
                ("ann", "TL: again"),
                ("bob", "TL: again"),
                ("ann", "TL: again"),
                ("bob", "only talk"),
                ("ann", "TL: last that was recorded"),
                ("ann", "TL: again"),
                ("bob", "!inc status"),
                ("bob", "TL: of bob"),
            ]
        )
    ]
    other.hear(*lines[:3])
    for line in lines[:6]:
        one.hear(line)
    other.hear(*lines[3:])
    assert other.tick(1) == []
    pair.machines.expire()
    replies = list(other.handler.tick(now_at(other.clock)))
    announced, *rest = replies
    assert announced.kind is ReplyKind.ALARM
    assert announced.text.startswith("I take over from ilbot (machine a is silent since ")
    assert announced.text.endswith("UTC). On record up to #4.")
    receipts = [(r.to, r.text) for r in rest if r.kind is ReplyKind.RECEIPT]
    assert receipts == [("ann", "#5 recorded"), ("bob", "#6 recorded")]
    assert all(reply.kind is ReplyKind.RECEIPT for reply in rest)  # nobody waits for the status
    assert other.notes() == [
        *("again", "again", "again", "last that was recorded", "again", "of bob")
    ]
    assert other.around.turns == [True]
    assert other.tick(1) == []  # it is said once


def test_who_comes_back_can_neither_record_nor_speak_and_stands_by(pair: Pair) -> None:
    one, other = pair.both()
    one.hear(DECLARE)
    other.hear(DECLARE)
    one.clock += TTL  # it stands still
    pair.machines.expire()
    other.tick(1)
    assert other.handler.answers
    assert not one.tenure.may_speak()
    line = said("TL: heard by both", msgid="m1")
    assert one.hear(line) == []
    assert (one.handler.answers, one.around.turns) == (False, [True, False])
    assert "#1 recorded" in texts(other.hear(line))
    assert one.tick(1) == []
    assert one.notes() == ["heard by both"]
    pair.machines.expire()
    one.get_ready()  # and again the other way: nothing is heard twice
    assert one.handler.answers
    assert one.notes() == ["heard by both"]


@pytest.mark.parametrize("msgids", [True, False])
def test_who_does_not_know_yet_that_another_answers_hears_nothing_twice(
    pair: Pair, msgids: bool
) -> None:
    one, other = pair.both()
    one.hear(DECLARE)
    other.hear(DECLARE)
    pair.machines.expire()  # one is cut off for a while, and does not know
    other.tick(1)
    lines = [said("TL: again", second=n, msgid=f"m{n}" if msgids else "") for n in (1, 2)]
    other.hear(*lines)
    one.tick()  # reads what is on record, before it has to ask for more time
    assert (one.handler.answers, one.notes()) == (True, ["again", "again"])
    assert one.hear(*lines) == []  # its network is back
    one.tick(TTL / 4)
    assert not one.handler.answers
    pair.machines.expire()
    one.get_ready()
    assert (one.handler.answers, one.notes()) == (True, ["again", "again"])


def test_what_the_database_did_not_take_is_recorded_by_whoever_answers_then(pair: Pair) -> None:
    one, other = pair.both()
    one.hear(DECLARE)
    other.hear(DECLARE)
    pair.machines.cluster.ask("REVOKE INSERT ON ircbot.entry FROM ircbot")
    try:
        line = said("TL: while nothing works", msgid="m1")
        assert "I CANNOT RECORD" in texts(one.hear(line))
        other.hear(line)
        assert other.tick(1) == []
    finally:
        pair.machines.cluster.ask("GRANT INSERT ON ircbot.entry TO ircbot")
    pair.machines.expire()
    other.tick(1)
    assert other.notes() == ["while nothing works"]
    assert one.tick(1) == []  # it finds that another has the lease
    assert not one.handler.answers
    assert (one.handler.waiting, one.notes()) == ([], ["while nothing works"])


def test_a_database_that_does_not_answer_is_no_reason_to_forget(pair: Pair) -> None:
    one, other = pair.both()
    one.hear(DECLARE)
    other.tick(1)
    pair.machines.cluster.ask("REVOKE SELECT ON ircbot.entry FROM ircbot")
    try:
        other.hear(said("TL: kept", msgid="m1"))
        assert other.tick(100 * TTL) == []
    finally:
        pair.machines.cluster.ask("GRANT SELECT ON ircbot.entry TO ircbot")
    pair.machines.expire()
    other.tick(1)
    assert other.notes() == ["kept"]


# --- given away -----------------------------------------------------------------------------------


def test_who_is_asked_to_gives_the_lease_away_silently(pair: Pair) -> None:
    one, other = pair.both()
    one.hear(DECLARE)
    pair.machines.journal().ask_to_leave()
    one.around.unsent = 1
    assert one.tick(TTL / 4) == []
    assert one.handler.answers  # what it has to say goes first
    one.around.unsent = 0
    assert one.tick() == []
    assert (one.handler.answers, one.tenure.may_speak()) == (False, False)
    with pytest.raises(StoreError):
        one.store.append([Entry(1, NOON, Person("ann"), Noted(1, "too late"))])
    assert other.tick() == []  # nobody needs to know
    assert other.handler.answers
    assert "#1 recorded" in texts(other.hear(said("TL: on the other one")))


def test_who_is_called_does_not_wait_for_its_next_renewal(pair: Pair) -> None:
    one, other = pair.both()
    one.tick(TTL / 4)  # and so knows that it is backed
    pair.machines.journal().ask_to_leave()
    for _ in range(3):  # the call comes with an answer of the database
        one.tick()
    assert not one.handler.answers
    other.tick()
    assert other.handler.answers


@pytest.mark.parametrize("msgids", [True, False])
def test_what_was_recorded_before_it_reached_the_next_is_recorded_once(
    pair: Pair, msgids: bool
) -> None:
    def line(text: str, second: float) -> Line:
        return said(text, second=second, msgid=f"{text}{second}" if msgids else "")

    one, other = pair.both()
    for bot in (one, other):
        bot.hear(DECLARE)
    one.hear(line("TL: slow on its way", 20), line("TL: slow on its way", 20.5))
    pair.machines.journal().ask_to_leave()
    one.tick(TTL / 4)
    one.tick()
    other.tick()
    assert other.handler.answers
    other.hear(line("TL: slow on its way", 20), line("only talk", 20.2))
    other.hear(line("TL: slow on its way", 20.5), line("TL: said after that", 21))
    assert other.notes() == ["slow on its way", "slow on its way", "said after that"]


def test_who_does_not_send_what_it_has_to_say_goes_all_the_same(pair: Pair) -> None:
    one, _ = pair.both()
    pair.machines.journal().ask_to_leave()
    one.around.unsent = 9
    one.tick(TTL / 4)
    one.tick()
    one.tick(0.5)
    assert one.handler.answers
    one.tick(0.5)
    assert not one.handler.answers


def test_nobody_leaves_where_nobody_takes_over(pair: Pair) -> None:
    one = pair.bot("a")
    one.tick()
    pair.machines.journal().ask_to_leave()
    one.around.connected = False
    one.tick(TTL / 4)
    one.tick(TTL / 4)
    assert one.handler.answers


def test_who_lost_its_network_leaves_it_to_who_has_one(pair: Pair) -> None:
    one, other = pair.both()
    one.hear(DECLARE)
    other.hear(DECLARE)
    one.tick(TTL / 4)
    one.around.connected = False
    other.hear(said("TL: heard by one of them", msgid="m1"))
    one.tick()
    assert not one.handler.answers
    other.tick()
    assert other.notes() == ["heard by one of them"]


def test_who_hears_nothing_of_its_server_leaves_it_to_who_does(pair: Pair) -> None:
    one, other = pair.both()
    other.around.doubtful = True  # the server itself is slow: no reason to turn
    other.tick(TTL / 3)
    one.around.doubtful = True
    one.tick(TTL / 2)
    one.tick(1)
    assert one.handler.answers
    other.around.doubtful = False
    other.tick(TTL / 3)
    one.around.unsent = 5  # which does not arrive
    one.tick(TTL / 3)
    one.tick()
    assert (one.handler.answers, one.tenure.may_speak()) == (False, False)
    other.tick(1)
    assert other.handler.answers


def test_who_has_just_come_leaves_it_to_who_has_heard_everything(pair: Pair) -> None:
    one, other = pair.both()
    one.hear(DECLARE)
    other.hear(DECLARE, said("TL: one was dead then", msgid="m1"))
    other.tick(TTL / 4)
    pair.machines.end(one.store)  # it died, and is back at once
    pair.machines.expire()
    again = pair.bot("a")
    again.tick()
    assert not again.handler.answers
    other.tick()
    assert other.notes() == ["one was dead then"]


# --- where it is ----------------------------------------------------------------------------------


def test_it_is_in_the_channels_when_the_configuration_says_so(pair: Pair) -> None:
    one = pair.bot("a", "never")
    incident, never = pair.bot("b", "incident"), pair.bot("c", "never")
    one.tick()
    incident.tick()
    never.tick()
    assert (one.around.there, incident.around.there, never.around.there) == (True, False, False)
    one.hear(DECLARE)
    incident.tick(1)
    incident.tick(1)
    never.tick(1)
    assert (incident.around.there, never.around.there) == (True, False)
    never.around.complete = False
    pair.machines.expire()
    assert never.tick(1) == []  # it cannot be told yet
    assert (never.handler.answers, never.around.there) == (True, True)
    heard_until = [want.heard_until for want in never.handler.wanted()]
    assert heard_until == [DECLARE.at]  # what was said since is asked of the network
    never.around.complete = True
    assert never.tick(1)[0].startswith("I take over from ilbot")


def test_machines_are_nobody_to_each_other_and_one_name_to_people(pair: Pair) -> None:
    one = pair.bot("a")
    one.tick()
    one.hear(DECLARE)
    one.handler.known_as("", "ilbot-a")
    assert (
        one.hear(said("TL: not by a bot", "ilbot-b"), said("", "ILBOT-b", kind=LineKind.JOIN)) == []
    )
    for name in ("ilbot", "ilbot-a", "ilbot-b"):
        assert "Incident 1 (open)" in texts(one.hear(said(f"{name}: status")))
    one.handler.known_as("", "guest77")
    assert "Incident 1 (open)" in texts(one.hear(said("guest77: status")))
    assert one.notes() == []


# --- the page -------------------------------------------------------------------------------------


async def test_the_page_of_a_standby_sends_people_on(pair: Pair, tmp_path: Path) -> None:
    one, _ = pair.both()
    text = f"""
        [store]
        path = "{pair.machines.path("b")}"
        engine = "postgresql"
        dsn = "{pair.machines.cluster.dsn}"
        unit = "{pair.machines.unit}"
        [cluster]
        ttl = {TTL}
        machine = """
    assert one.handler.answers
    for name, status in (("a", 200), ("b", 503)):
        file = tmp_path / f"{name}.toml"
        file.write_text(f'{text}"{name}"')
        file.chmod(0o600)
        async with page(load_config(file), PageSettings(port=0)) as address:
            port = int(address.rstrip("/").rpartition(":")[2])
            answers = [(await ask(port, path)).status for path in ("/", "/healthz")]
            assert answers == [status, status]


# --- what was overheard ---------------------------------------------------------------------------


def entry(line: Line, event: Any = None, said_as: str = "") -> Entry:
    from ircbot.incident.line import fingerprint

    said_as = said_as or fingerprint(line, line.text)
    event = event or Noted(1, line.text)
    return Entry(1, line.at, Person(line.nick), event, line.channel, said=said_as, msgid=line.msgid)


def overheard(keeps: float = 100, lag: float = 10) -> Overheard:
    return Overheard(keeps, lag, lambda said: (said,))


def test_each_line_on_record_answers_for_one() -> None:
    heard = overheard()
    lines = [said("TL: x", second=n) for n in range(3)]
    heard.hear(lines, 0)
    heard.on_record([entry(lines[0]), entry(lines[0], RoleTaken("lead", Person("ann")))], 1)
    assert heard.take() == tuple(lines[1:])


def test_lines_of_one_read_that_are_alike_are_several() -> None:
    heard = overheard()
    lines = [said("TL: x")] * 3
    heard.hear(lines, 0)
    heard.on_record([entry(lines[0]), entry(lines[1])], 1)
    assert len(heard) == 1


def test_an_entry_may_come_before_its_line() -> None:
    heard = overheard()
    plain, marked = said("TL: x"), said("TL: y", msgid="m1")
    heard.on_record([entry(plain), entry(marked)], 0)
    heard.hear([plain, marked, plain, marked], 1)
    assert heard.take() == (plain,)
    heard.on_record([entry(plain)], 20)  # whoever recorded that heard what we did not
    heard.forget(31)
    heard.hear([plain], 31)
    assert heard.take() == (plain,)


def test_what_went_well_before_a_recorded_line_was_heard_by_who_recorded_it() -> None:
    heard = overheard()
    early, near, late = said("early"), said("near"), said("TL: x")
    elsewhere = said("early", network="other")
    heard.hear([early, elsewhere], 0)
    heard.hear([near], 9)
    heard.hear([late], 10)
    heard.on_record([entry(late)], 11)
    assert heard.take() == (elsewhere, near)


def test_what_is_old_is_talk() -> None:
    heard = overheard(keeps=100)
    heard.hear([said("one")], 0)
    heard.hear([said("two")], 50)
    heard.forget(120)
    assert [line.text for line in heard.take()] == ["two"]
    heard.on_record([Entry(0, NOON, Person("ilbot"), Noted(1, "by time alone"))], 130)
    assert len(heard) == 0


def test_a_flood_drops_the_oldest() -> None:
    from ircbot.cluster.overheard import MOST

    heard = overheard()
    line = said("x")
    heard.hear([said("first"), *[line] * MOST], 0)
    assert len(heard) == MOST
    assert heard.take()[0] == line
