"""Calendars as they are exported, read in a process apart; and what becomes of those that are not."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from http_servers import Handler, serving
from test_service import crowd, service_of

from ircbot.checkup import checkup
from ircbot.cli.check import CheckOutput, _try_out
from ircbot.config import load_config
from ircbot.config.settings import setting
from ircbot.errors import ConfigError
from ircbot.incident.rotas import Rota
from ircbot.incoming.calendars import CalendarRequest, Unreadable, shifts
from ircbot.incoming.rotas import RotaReader, RotaSettings, read_apart
from ircbot.incoming.settings import rota_settings
from ircbot.service import Service

NOON = datetime(2018, 1, 10, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
PATIENCE = 60.0


def calendar(*events: str, more: str = "") -> bytes:
    """A calendar of these events."""
    told = "".join(
        f"BEGIN:VEVENT\nUID:{n}@x\n{event.strip()}\nEND:VEVENT\n" for n, event in enumerate(events)
    )
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{more}{told}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


BOB = "DTSTART:20180110T080000Z\nDTEND:20180110T200000Z\nSUMMARY:bob"


def on_call(read: bytes, now: datetime = NOON, zone: ZoneInfo | None = None) -> str:
    shift = Rota(tuple(shifts(read, zone or UTC, now))).shift(now)
    return shift.who if shift else ""


# --- as others export it ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "who", "names"),
    [
        # PagerDuty, Opsgenie, Grafana OnCall, a calendar of one's own.
        ("SUMMARY:On Call - Bob Baker - Ops\nATTENDEE;CN=Bob Baker:mailto:bob@example.org",
         "Bob Baker", ("On Call - Bob Baker - Ops", "bob@example.org")),
        ("SUMMARY:bob@example.org", "bob@example.org", ()),
        ("SUMMARY:[L1] bob", "bob", ("[L1] bob",)),
        ("SUMMARY:Bob is on call", "Bob", ("Bob is on call",)),
        ("SUMMARY:On-call: bob", "bob", ("On-call: bob",)),
        ("ATTENDEE:mailto:bob@example.org\nATTENDEE:mailto:x@example.org",
         "bob@example.org", ("x@example.org",)),
        ("SUMMARY:On call", "On call", ()),
        ("SUMMARY:\\u202ebob\x02 \x1b[2J\nATTENDEE:tel:1", "\\u202ebob [2J", ()),
        (f"SUMMARY:{'x' * 5000}", "x" * 80, ()),
    ],
)  # fmt: skip
def test_a_shift_has_whoever_the_calendar_names(event, who, names):
    (found,) = shifts(
        calendar(f"DTSTART:20180110T080000Z\nDTEND:20180110T200000Z\n{event}"), UTC, NOON
    )
    assert (found.who, found.names) == (who, names)


def test_times_are_of_their_zone_of_the_calendars_or_of_ours():
    there = "DTSTART;TZID=America/New_York:20180110T070000\nDTEND;TZID=America/New_York:20180110T080000\nSUMMARY:a"
    floating = "DTSTART:20180110T130000\nDTEND:20180110T140000\nSUMMARY:a"
    for read, zone in (
        (calendar(there), UTC),
        (calendar(floating), BERLIN),
        (calendar(floating, more="X-WR-TIMEZONE:Europe/Berlin\n"), UTC),
    ):
        (found,) = shifts(read, zone, NOON)
        assert (found.begin, found.end) == (NOON, NOON + timedelta(hours=1))
    day = "DTSTART;VALUE=DATE:20180110\nDTEND;VALUE=DATE:20180111\nSUMMARY:a"
    (found,) = shifts(calendar(day), BERLIN, NOON)
    assert (found.begin, found.end) == (NOON - timedelta(hours=13), NOON + timedelta(hours=11))


def test_shifts_recur_across_a_change_of_the_clock_and_one_of_them_is_given_away():
    weekly = (
        "DTSTART;TZID=Europe/Berlin:20180301T090000\nDTEND;TZID=Europe/Berlin:20180301T170000\n"
        "RRULE:FREQ=DAILY\nEXDATE;TZID=Europe/Berlin:20180327T090000\nSUMMARY:bob"
    )
    given = (
        "RECURRENCE-ID;TZID=Europe/Berlin:20180326T090000\nDTSTART;TZID=Europe/Berlin:20180326T100000\n"
        "DTEND;TZID=Europe/Berlin:20180326T170000\nSUMMARY:carol"
    )
    read = calendar(weekly, given).replace(b"UID:1@x", b"UID:0@x")
    at = datetime(2018, 3, 23, 7, 30, tzinfo=UTC)
    told = {day: on_call(read, at + timedelta(days=day)) for day in range(6)}
    # Clocks went forward on the 25th: 9 o'clock is 7 UTC from then on, and was 8 before.
    assert told == {0: "", 1: "", 2: "bob", 3: "", 4: "", 5: "bob"}
    assert on_call(read, datetime(2018, 3, 26, 8, 30, tzinfo=UTC)) == "carol"


def test_what_is_cancelled_or_has_no_time_or_nobody_is_no_shift():
    read = calendar(
        BOB + "\nSTATUS:CANCELLED",
        "DTSTART:20180110T080000Z\nSUMMARY:x",
        "DTSTART:20180110T080000Z\nDTEND:20180110T070000Z\nSUMMARY:x",
        "DTSTART:20180110T080000Z\nDTEND:20180110T200000Z",
    )
    assert on_call(read) == ""


@pytest.mark.parametrize(
    "read",
    [b"", b"<html>", b"\xff" * 100, calendar(*[BOB] * 600),
     calendar("DTSTART:20180110T110000Z\nDTEND:20180110T110100Z\nRRULE:FREQ=HOURLY\nSUMMARY:x"),
     calendar("DTSTART:nonsense\nDTEND:20180110T110100Z\nSUMMARY:x")],
)  # fmt: skip
def test_what_is_no_calendar_or_too_much_of_one_is_unreadable(read):
    with pytest.raises(Unreadable):
        list(shifts(read, UTC, NOON))


# --- fetched ----------------------------------------------------------------------------------


class Web:
    """What a server answers."""

    def __init__(self) -> None:
        self.status, self.body, self.location, self.asked = 200, calendar(BOB), "", 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sesame-4711.ics"


@contextmanager
def web() -> Iterator[Web]:
    state = Web()

    class Calendars(Handler):
        def do_GET(self) -> None:  # noqa: N802 - the library's
            state.asked += 1
            self.send_response(302 if state.location else state.status)
            if state.location:
                self.send_header("Location", state.location)
                state.location = ""
            self.end_headers()
            self.wfile.write(state.body)

    with serving(Calendars) as state.port:
        yield state


def request(source: str, folder: Path, now: datetime = NOON, **more: bool) -> CalendarRequest:
    return CalendarRequest("ops", source, folder / "rotas" / "ops.ics", UTC, now, **more)


def test_the_last_good_copy_is_used_with_its_age(tmp_path):
    with web() as server:
        good = request(server.url, tmp_path).done()
        assert (good.shift(NOON).who, good.read_at, good.why) == ("bob", NOON, "")
        copy = tmp_path / "rotas" / "ops.ics"
        assert copy.read_bytes() == server.body
        assert copy.stat().st_mode & 0o777 == 0o600
        later = NOON + timedelta(hours=3)
        for server.status, server.body, why in (
            (404, b"", "is refused (404)"),
            (200, b"<html>", "is no iCalendar that can be read (ValueError)"),
            (200, b"x" * 5_000_001, "is longer than 5 MB"),
        ):
            kept = request(server.url, tmp_path, later).done()
            assert (kept.shift(later).who, kept.why) == ("bob", why)
            assert kept.age(later) == timedelta(hours=3)
    gone = request(server.url, tmp_path, later).done()
    assert gone.shift(later).who == "bob"
    assert "cannot be reached" in gone.why
    assert "sesame" not in gone.why
    assert [path.name for path in copy.parent.iterdir()] == ["ops.ics"]


def test_a_redirect_is_followed_but_not_into_our_files(tmp_path):
    with web() as server:
        server.location = server.url
        assert request(server.url, tmp_path).done().why == ""
        server.location = f"file://{tmp_path}/rotas/ops.ics"
        assert request(server.url, tmp_path).done().why.startswith(("is refused", "cannot be"))


def test_a_file_is_read_and_without_a_copy_nobody_is_on_call(tmp_path):
    path = tmp_path / "ops.ics"
    assert request(str(path), tmp_path).done() == Rota(
        why="cannot be read (No such file or directory)"
    )
    path.write_bytes(calendar(BOB))
    assert request(str(path), tmp_path).done().shift(NOON).who == "bob"


def test_a_disk_that_is_full_costs_the_copy_alone(tmp_path, capfd):
    (tmp_path / "rotas").write_text("in the way")
    path = tmp_path / "ops.ics"
    path.write_bytes(calendar(BOB))
    assert request(str(path), tmp_path).done().shift(NOON).who == "bob"
    assert "no copy is kept" in capfd.readouterr().err


def test_a_calendar_without_end_costs_its_process_and_the_copy_stands_in(tmp_path):
    path = tmp_path / "ops.ics"
    path.write_bytes(calendar(BOB))
    assert read_apart(request(str(path), tmp_path)).shift(NOON).who == "bob"
    endless = "DTSTART:00010101T000000Z\nDTEND:00010101T000001Z\nRRULE:FREQ=SECONDLY\nSUMMARY:x"
    path.write_bytes(calendar(endless))
    found = read_apart(request(str(path), tmp_path), patience=1.5)
    assert found.shift(NOON).who == "bob"
    assert found.why == "is not read within 1.5 s"


def test_a_calendar_that_never_arrives_is_given_up(tmp_path):
    os.mkfifo(tmp_path / "ops.ics")
    found = read_apart(request(str(tmp_path / "ops.ics"), tmp_path), patience=1.0)
    assert found == Rota(why="is not read within 1 s")


def test_a_process_that_dies_is_told_in_words(tmp_path):
    def killed(process) -> None:
        if process is not None:
            process.kill()

    found = read_apart(request("x", tmp_path), begun=killed)
    assert found == Rota(why="takes too long to read, or too much memory")


# --- kept up ----------------------------------------------------------------------------------


def until(what) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end
        threading.Event().wait(0.01)


def test_calendars_are_read_again_and_those_that_are_gone_forgotten(tmp_path):
    with web() as server:
        ops, moon = RotaSettings("ops", server.url), RotaSettings("moon", str(tmp_path / "none"))
        reader = RotaReader([ops, moon], tmp_path / "rotas", UTC, lambda: NOON, every=0.05)
        try:
            until(lambda: len(reader.known) == 2)
            assert reader.known["ops"].shift(NOON).who == "bob"
            assert reader.known["moon"].why == "cannot be read (No such file or directory)"
            server.body = calendar(BOB.replace("bob", "carol"))
            until(lambda: reader.known["ops"].shift(NOON).who == "carol")
            reader.use([ops], UTC)
            until(lambda: "moon" not in reader.known)
            asked = server.asked
            until(lambda: server.asked > asked)
            assert set(reader.known) == {"ops"}
        finally:
            reader.finish()
    assert "sesame" not in repr(ops)


def test_it_stops_though_nothing_is_to_be_read_any_more(tmp_path):
    reader = RotaReader([RotaSettings("moon", str(tmp_path / "none"))], tmp_path, UTC, lambda: NOON)
    until(lambda: reader.known)
    reader.use([], UTC)
    reader.finish()
    assert "rotas" not in [thread.name for thread in threading.enumerate()]


def test_no_calendar_is_no_thread(tmp_path):
    reader = RotaReader([], tmp_path, UTC, lambda: NOON)
    reader.finish()
    assert reader.known == {}


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(
        'on_call = {ops = "rota:ops"}\n[irc]\nhost = "127.0.0.1"\nchannels = ["#moc"]\n'
        '[store]\npath = "incidents"\n[report]\ndirectory = "reports"\n'
        '[rotas.ops]\ncalendar = "ops.ics"\n'
    )
    path.chmod(0o600)
    (tmp_path / "ops.ics").write_bytes(calendar(BOB))
    return load_config(path)


async def test_check_tries_each_calendar(config, capfd):
    async with crowd() as (server, _):
        where = f'host = "127.0.0.1"\nport = {server.port}\ntls = false'
        text = config.file.path.read_text().replace('host = "127.0.0.1"', where)
        config.file.path.write_text(f'{text}[rotas.moon]\ncalendar = "moon.ics"\n')
        findings = CheckOutput()
        await _try_out(config.file.path, findings)
    assert findings.status == 1
    told = capfd.readouterr().out
    assert "ok       rota ops: 0 shifts in three weeks" in told
    assert "WRONG    rota moon: its calendar cannot be read (No such file or directory)" in told


async def test_the_bot_knows_who_is_on_call(config):
    async with crowd() as (server, _):
        service = service_of(config, server, rotas=rota_settings(config, {})[0], now=lambda: NOON)
        with service:
            until(lambda: service.engine.setting.on_call("", "ops", NOON) == "bob")
            service.use(setting(config), (), ())
            assert service.engine.setting.on_call("", "ops", NOON) == ""
    assert (config.store.path.parent / "rotas" / "ops.ics").is_file()
    assert isinstance(service, Service)


def test_check_names_calendars_and_what_is_wrong_with_them(config):
    found = [f.sentence for f in checkup(config.file.path) if f.part == "rotas"]
    assert found == ["ops"]
    (settings,), warnings = rota_settings(config, {})
    assert settings.source == str(config.file.path.parent / "ops.ics")
    assert warnings == ()
    (other,), _ = rota_settings(config, {"IRCBOT_ROTAS_OPS_CALENDAR": "webcal://x.example/1"})
    assert other.source == "webcal://x.example/1"
    text = config.file.path.read_text()
    for new, told in (
        ("[rotas.ops]", "[rotas.ops] names none; write calendar"),
        (
            '[rotas."a b"]\ncalendar = "x"\n[rotas.ops]\ncalendar = "x"',
            "a name has letters, digits",
        ),
    ):
        config.file.path.write_text(text.replace('[rotas.ops]\ncalendar = "ops.ics"', new))
        with pytest.raises(ConfigError) as wrong:
            rota_settings(load_config(config.file.path), {})
        assert told in str(wrong.value)


def test_without_the_extra_the_sentence_names_it(config):
    code = (
        "import sys; sys.modules['recurring_ical_events'] = None\n"
        "from ircbot.config import load_config\n"
        "from ircbot.incoming.settings import rota_settings\n"
        "from pathlib import Path\n"
        f"rota_settings(load_config(Path({str(config.file.path)!r})), {{}})\n"
    )
    failed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert "needs the extra calendar: " in failed.stderr
    assert "-m pip install 'recurring-ical-events" in failed.stderr
