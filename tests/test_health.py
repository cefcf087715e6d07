"""How the bot is, as systemd, a file and Prometheus are told it: over real sockets."""

import asyncio
import contextlib
import json
import os
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ircbot.config import HealthSettings
from ircbot.health import (
    HealthFile,
    NetworkVitals,
    Supervisor,
    Vitals,
    as_json,
    exposition,
    metrics,
    watch,
)

NOON = datetime(2018, 1, 10, 12, tzinfo=UTC)
WELL = Vitals((NetworkVitals("irc.example.org", True, 3, 3, 0),), 1, 100, 7, 0, NOON)
ILL = Vitals(
    (NetworkVitals("irc.example.org", True, 2, 3, 1), NetworkVitals('odd"\\name', False, 0, 1, 4)),
    0,
    100,
    0,
    5,
)


@pytest.fixture
def systemd(tmp_path):
    """systemd's end of the notify socket, and how a service finds it."""
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        ours.bind(path)
        ours.settimeout(10)
        yield ours, {"NOTIFY_SOCKET": path}


def told(ours, count):
    return [ours.recv(4096).decode() for _ in range(count)]


# --- systemd ----------------------------------------------------------------------------------


def test_systemd_is_told_what_it_understands(systemd):
    ours, environment = systemd
    supervisor = Supervisor(environment)
    supervisor.ready()
    supervisor.alive()
    supervisor.status(WELL.sentence())
    supervisor.stopping()
    assert told(ours, 4) == [
        "READY=1",
        "WATCHDOG=1",
        "STATUS=irc.example.org: in 3 of 3 channels; 1 open",
        "STOPPING=1",
    ]


def test_systemd_is_told_when_reading_again_begins(systemd):
    ours, environment = systemd
    Supervisor(environment).reloading()
    first, second = told(ours, 1)[0].split("\n")
    assert first == "RELOADING=1"
    assert second.startswith("MONOTONIC_USEC=")
    assert int(second.split("=")[1]) > 0


def test_an_abstract_socket_is_found():
    name = f"ircbot-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        ours.bind(f"\0{name}")
        ours.settimeout(10)
        Supervisor({"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert told(ours, 1) == ["READY=1"]


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nowhere/notify"}])
def test_without_systemd_nothing_happens(environment):
    supervisor = Supervisor(environment)
    supervisor.ready()
    supervisor.stopping()


@pytest.mark.parametrize(
    ("variables", "every"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_fed_twice_in_its_time_if_it_is_ours(systemd, variables, every):
    _, environment = systemd
    assert Supervisor({**environment, **variables}).watchdog_every == every


def test_a_bot_that_cannot_record_says_so_in_its_status():
    assert ILL.sentence() == (
        'irc.example.org: in 2 of 3 channels; odd"\\name: not connected; 0 open; '
        "CANNOT RECORD, 5 lines waiting"
    )


# --- a file -----------------------------------------------------------------------------------


def written():
    """Wait for the threads that write."""
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and thread.daemon:
            thread.join(10)


def test_the_file_tells_how_the_bot_is(tmp_path):
    path = tmp_path / "health.json"
    HealthFile(path).tell(WELL, 0)
    written()
    said = json.loads(path.read_text())
    assert said["ok"] is True
    assert said["networks"][0] == {
        "name": "irc.example.org",
        "connected": True,
        "joined": 3,
        "wanted": 3,
        "unsent": 0,
    }
    assert (said["heard"], said["recorded"], said["recorded_at"]) == (
        100,
        7,
        "2018-01-10T12:00:00Z",
    )
    assert datetime.fromisoformat(said["at"]).tzinfo is not None


def test_the_file_is_ours_alone_and_made_through_no_link(tmp_path):
    path, victim = tmp_path / "health.json", tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "health.json.new").symlink_to(victim)
    path.symlink_to(victim)
    HealthFile(path).tell(WELL, 0)
    written()
    assert victim.read_text() == "mine"
    assert not path.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(list(tmp_path.iterdir())) == 3


def test_what_cannot_record_or_is_not_connected_is_not_well():
    assert json.loads(as_json(ILL, NOON))["ok"] is False
    assert json.loads(as_json(ILL, NOON))["recorded_at"] is None
    deaf = Vitals(WELL.networks, 0, 0, 0, waiting=1)
    assert json.loads(as_json(deaf, NOON))["ok"] is False


def test_the_file_is_written_when_something_changes_and_every_half_minute(tmp_path):
    path = tmp_path / "health.json"
    file = HealthFile(path)

    def is_written(vitals, now):
        path.unlink(missing_ok=True)
        file.tell(vitals, now)
        written()
        return path.exists()

    assert is_written(WELL, 0)
    assert not is_written(WELL, 29)
    assert is_written(ILL, 29)
    assert not is_written(ILL, 58)
    assert is_written(ILL, 59)


def test_a_file_that_cannot_be_written_is_told_once(tmp_path, caplog):
    file = HealthFile(tmp_path / "nowhere" / "health.json")
    file.tell(WELL, 0)
    written()
    file.tell(ILL, 1)
    written()
    assert [record.message for record in caplog.records] == [
        f"The health file {tmp_path / 'nowhere' / 'health.json'} cannot be written: "
        "No such file or directory"
    ]


# --- Prometheus -------------------------------------------------------------------------------


def test_the_metrics_are_read_back_by_prometheus_s_own_parser():
    parser = pytest.importorskip("prometheus_client.parser")
    families = {
        family.name: family for family in parser.text_string_to_metric_families(exposition(ILL))
    }
    samples = {
        (sample.name, sample.labels.get("network", "")): sample.value
        for family in families.values()
        for sample in family.samples
    }
    assert samples == {
        ("ircbot_connected", "irc.example.org"): 1,
        ("ircbot_connected", 'odd"\\name'): 0,
        ("ircbot_channels_joined", "irc.example.org"): 2,
        ("ircbot_channels_joined", 'odd"\\name'): 0,
        ("ircbot_channels_wanted", "irc.example.org"): 3,
        ("ircbot_channels_wanted", 'odd"\\name'): 1,
        ("ircbot_unsent", "irc.example.org"): 1,
        ("ircbot_unsent", 'odd"\\name'): 4,
        ("ircbot_open_incidents", ""): 0,
        ("ircbot_lines_heard_total", ""): 100,
        ("ircbot_entries_recorded_total", ""): 0,
        ("ircbot_lines_waiting", ""): 5,
        ("ircbot_publications_owed", ""): 0,
        ("ircbot_publications_failing", ""): 0,
    }
    assert all(family.documentation for family in families.values())
    assert f"ircbot_recorded_timestamp_seconds {NOON.timestamp():.0f}\n" in exposition(WELL)
    owing = replace(WELL, owed=3, failing=1, owed_since=NOON)
    assert "ircbot_publications_owed 3\n" in exposition(owing)
    since = f"ircbot_publication_owed_timestamp_seconds {NOON.timestamp():.0f}\n"
    assert since in exposition(owing)
    assert owing.sentence().endswith("; 1 cannot be published")


async def asked(port, request):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = b""
    with contextlib.suppress(ConnectionError):  # what it did not care to read is thrown back
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    return answer.decode()


async def test_the_metrics_are_served_on_loopback():
    async with metrics(0, lambda: WELL) as port:
        head, _, body = (await asked(port, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")).partition(
            "\r\n\r\n"
        )
        assert head.startswith("HTTP/1.1 200 OK\r\n")
        assert f"Content-Length: {len(body)}" in head
        assert body == exposition(WELL)
        assert (await asked(port, b"HEAD /metrics HTTP/1.1\r\n\r\n")).endswith("\r\n\r\n")
        assert "404 Not Found" in await asked(port, b"GET / HTTP/1.1\r\n\r\n")
        assert "404 Not Found" in await asked(port, b"POST /metrics HTTP/1.1\r\n\r\n")


async def test_whoever_asks_for_metrics_badly_hurts_nobody():
    async with metrics(0, lambda: WELL) as port:
        assert await asked(port, b"x" * 20_000) == ""
        _, hasty = await asyncio.open_connection("127.0.0.1", port)
        hasty.close()
        await hasty.wait_closed()
        assert "200 OK" in await asked(port, b"GET /metrics HTTP/1.1\r\n\r\n")


async def test_whoever_asks_and_says_nothing_takes_one_of_few_places():
    async with metrics(0, lambda: WELL) as port:
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(16)]
        assert await asked(port, b"GET /metrics HTTP/1.1\r\n\r\n") == ""
        for _, writer in silent:
            writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
        for reader, writer in silent:
            assert b"200 OK" in await reader.read()
            writer.close()
        assert "200 OK" in await asked(port, b"GET /metrics HTTP/1.1\r\n\r\n")


async def test_whoever_asks_and_does_not_read_holds_up_no_end():
    vast = replace(WELL, networks=(NetworkVitals("n" * 1000, True, 1, 1, 0),) * 10_000)
    async with metrics(0, lambda: vast) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 OK")
    read = 0
    with contextlib.suppress(ConnectionError):
        while part := await reader.read(1 << 20):
            read += len(part)
    assert read < len(exposition(vast))
    writer.transport.abort()


# --- all of them ------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def watching(look, settings, supervisor):
    task = asyncio.create_task(watch(look, settings, supervisor))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_watched_bot_tells_everybody(systemd, tmp_path):
    ours, environment = systemd
    supervisor = Supervisor({**environment, "WATCHDOG_USEC": "1000000"})
    file = tmp_path / "health.json"
    async with watching(lambda: WELL, HealthSettings(file), supervisor):
        first = await asyncio.to_thread(told, ours, 4)
    assert first == [
        "READY=1",
        "STATUS=irc.example.org: in 3 of 3 channels; 1 open",
        "WATCHDOG=1",
        "WATCHDOG=1",
    ]
    assert json.loads(file.read_text())["ok"] is True


async def test_a_port_that_is_taken_does_not_keep_the_bot_from_running(systemd, caplog):
    ours, environment = systemd
    async with (
        metrics(0, lambda: WELL) as port,
        watching(lambda: WELL, HealthSettings(None, port), Supervisor(environment)),
    ):
        assert (await asyncio.to_thread(told, ours, 1)) == ["READY=1"]
    assert f"Metrics cannot be served on 127.0.0.1 port {port}" in caplog.text
