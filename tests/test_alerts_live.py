"""Alerts over real sockets: the listener, the bot behind it, and a real Alertmanager before it."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from rig.alertmanager import start_alertmanager
from rig.daemon import new_folder, program
from test_health import asked
from test_service import PATIENCE, at_work, crowd, service_of

from ircbot.checkup import checkup
from ircbot.cli.root import run
from ircbot.config import load_config
from ircbot.config.settings import setting
from ircbot.errors import ConfigError
from ircbot.incident.alerts import Alerts
from ircbot.incoming.listener import AlertSettings, listening
from ircbot.incoming.settings import alert_settings
from ircbot.network.clock import utc_now
from ircbot.service import taking as taking_beside

TOKEN = "sésame-4711"
NOON = datetime(2018, 1, 10, 12, tzinfo=UTC)


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(
        f"""
        [irc]
        host = "127.0.0.1"
        channels = ["#moc"]
        [store]
        path = "{tmp_path}/incidents"
        [report]
        directory = "{tmp_path}/reports"
        [alerts]
        listen = "127.0.0.1:9095"
        token = "{TOKEN}"
        """
    )
    path.chmod(0o600)
    return load_config(path)


@asynccontextmanager
async def taking(receive, **more):
    async with listening(AlertSettings("127.0.0.1", 0, TOKEN), receive, utc_now, **more) as port:
        yield port


class Record:
    """Takes what it is given; `answers` are whether it is on disk, then it always is."""

    def __init__(self, *answers: bool | None) -> None:
        self.answers = list(answers)
        self.taken: list[Alerts] = []

    def __call__(self, alerts: Alerts) -> Future[bool]:
        done: Future[bool] = Future()
        done.set_running_or_notify_cancel()
        answer = self.answers.pop(0) if self.answers else True
        if answer is not None:
            done.set_result(answer)
        self.taken += [alerts] if answer else []
        return done


def request(body: bytes | str, *headers: str, token: str = TOKEN, method: str = "POST") -> bytes:
    body = body if isinstance(body, bytes) else body.encode()
    told = [f"Authorization: Bearer {token}", *headers]
    if not any(name.lower().startswith(("content-length", "transfer")) for name in headers):
        told.append(f"Content-Length: {len(body)}")
    head = "".join(f"{line}\r\n" for line in told)
    return f"{method} /?x=y HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode() + body


FIRES = json.dumps({"name": "ELBDown", "on": "MDN"})


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (request(FIRES), "200 OK"),
        (request(FIRES, token="sesame"), "401 Unauthorized"),
        (request(FIRES, token=""), "401 Unauthorized"),
        (request(FIRES).replace(b"Bearer", b"Basic"), "401 Unauthorized"),
        (b"POST / HTTP/1.1\r\n\r\n", "401 Unauthorized"),
        (request("", method="GET"), "405 Method Not Allowed"),
        (request("{"), "400 Bad Request"),
        (request("["[:1] * 5000), "400 Bad Request"),
        (request("", "Content-Length: 8000001"), "413"),
        (request("", f"Content-Length: {'9' * 4000}"), "413"),
        (request("", "Content-Length: -1"), "400 Bad Request"),
        (request(FIRES, "Content-Length: 3", "Content-Length: 4"), "400 Bad Request"),
        (request("0\r\n\r\n", "Transfer-Encoding: chunked"), "411 Length Required"),
        (request(FIRES, "Expect: 100-continue"), "100 Continue"),
        (b"EHLO x\r\n\r\n", "400 Bad Request"),
        (b"POST / HTTP/1.1\r\nno colon\r\n\r\n", "400 Bad Request"),
        (b"POST / HTTP/1.1\r\nA: b\r\n : c\r\n\r\n", "400 Bad Request"),
    ],
)
async def test_what_is_asked_badly_is_refused_with_the_right_status(sent, status):
    record = Record()
    async with taking(record) as port:
        answer = await asked(port, sent)
        assert answer.startswith(f"HTTP/1.1 {status}")
        assert len(record.taken) == (status in ("200 OK", "100 Continue"))
        assert answer.count("HTTP/1.1 200 OK") == len(record.taken)
        assert (await asked(port, request(FIRES))).startswith("HTTP/1.1 200")


async def test_what_is_not_on_disk_is_refused_until_it_is():
    record = Record(False, None)
    async with taking(record, patience=0.05) as port:
        for _ in range(2):
            answer = await asked(port, request(FIRES))
            assert answer.startswith("HTTP/1.1 503 ")
            assert "Retry-After: 10" in answer
        assert (await asked(port, request(FIRES))).startswith("HTTP/1.1 200")
    assert len(record.taken) == 1


async def test_whoever_is_slow_or_comes_in_a_crowd_hinders_nobody():
    async with taking(Record(), patience=0.2) as port:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(12)]
        idle[0][1].write(request(FIRES)[:-3])
        idle[1][1].write(b"POST / HT")
        assert (await asked(port, request(FIRES))).startswith("HTTP/1.1 200")
        crowd_ = [await asyncio.open_connection("127.0.0.1", port) for _ in range(12)]
        for reader, writer in (*idle, *crowd_):
            with suppress(ConnectionError):
                assert b"200" not in await reader.read()
            writer.close()
        assert (await asked(port, request(FIRES))).startswith("HTTP/1.1 200")


async def test_a_port_that_is_taken_costs_the_alerts_and_not_the_bot(config, caplog):
    async with crowd() as (server, _):
        with service_of(config, server) as service:
            async with taking_beside(AlertSettings("127.0.0.1", server.port, TOKEN), service):
                pass
    assert f"Alerts cannot be taken on 127.0.0.1 port {server.port}: " in caplog.text


async def test_an_alert_is_on_disk_once_it_is_answered_and_restarts_say_nothing_twice(config):
    told = json.dumps({"name": "ELBDown", "on": "MDN", "since": "2018-01-10T11:52:00Z"})
    async with crowd() as (server, ann):
        for life in range(2):
            with service_of(config, server, now=lambda: NOON) as service:
                async with at_work(service, ann), taking_for(service) as port:
                    for _ in range(2):
                        assert (await asked(port, request(told))).startswith("HTTP/1.1 200")
                        kept = [p.read_bytes() for p in config.store.path.rglob("*.j*")]
                        assert any(b"ELBDown on MDN" in one for one in kept)
                    await ann.say("#moc", "!inc help tips")
                    lines = await heard_until(ann, "advice")
                    assert sum("ELBDown" in line for line in lines) == (life == 0)


@asynccontextmanager
async def taking_for(service):
    settings = AlertSettings("127.0.0.1", 0, TOKEN)
    async with listening(settings, service.receive, service.now) as port:
        yield port


async def heard_until(ann, word):
    lines = []
    while True:
        message = await ann.hears(lambda m: m.command in ("NOTICE", "PRIVMSG"), PATIENCE)
        lines.append(message.text)
        if word in message.text:
            return lines


# --- a real Alertmanager ----------------------------------------------------------------------


@pytest.mark.realserver
async def test_a_real_alertmanager_is_heard_after_refusals_and_says_when_it_is_over(config):
    program("prometheus-alertmanager")  # else nothing is begun
    refusals = [False, False]
    folder = new_folder()
    async with crowd() as (server, ann):
        with service_of(config, server) as service:

            def receive(alerts: Alerts) -> Future[bool]:
                if refusals:
                    return Record(refusals.pop())(alerts)
                return service.receive(alerts)

            async with at_work(service, ann):
                settings = AlertSettings("127.0.0.1", 0, "sesame")
                async with listening(settings, receive, service.now) as port:
                    manager = await asyncio.to_thread(
                        start_alertmanager, folder, f"http://127.0.0.1:{port}/", "sesame"
                    )
                    try:
                        begun = datetime.now(UTC) - timedelta(minutes=8)
                        await post(manager.port, begun, None)
                        at = rf"(?:{begun:%Y-%m-%d} )?{begun:%H:%M} UTC\."  # or it was yesterday
                        # It sends both at once, or the first alone and both when it sends again.
                        said = rf"ELBDown on mdn-web, critical(?: \(2 alerts\))? since {at}"
                        await ann.hears(
                            lambda m: re.fullmatch(f"Alertmanager: {said} !inc declare\\?", m.text),
                            PATIENCE,
                        )
                        assert refusals == []
                        await ann.say("#moc", "!inc declare MDN is down")
                        detected = f"#1 from Alertmanager; detected {at}"
                        await ann.hears(lambda m: re.search(detected, m.text) is not None, PATIENCE)
                        await post(manager.port, begun, datetime.now(UTC))
                        incident = await until_over(service)
                    finally:
                        manager.daemon.stop()
                        shutil.rmtree(folder)
    assert incident.detected_at is not None
    assert abs(incident.detected_at - begun) < timedelta(seconds=1)


async def post(port: int, begun: datetime, over: datetime | None) -> None:
    """Have two alerts of one name fire, or be over."""
    alerts = [
        {
            "labels": {
                "alertname": "ELBDown", "service": "mdn-web", "instance": name,
                "severity": "critical",
            },
            "startsAt": begun.isoformat(),
            **({"endsAt": over.isoformat()} if over else {}),
        }
        for name in ("elb-1", "elb-2")
    ]  # fmt: skip
    body = json.dumps(alerts)
    head = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close"
    sent = f"POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n{body}"
    assert "200 OK" in await asked(port, sent.encode())


async def until_over(service):
    """The incident, once Alertmanager has said that its alerts are over."""
    async with asyncio.timeout(PATIENCE):
        while True:
            groups = service.engine.present.alerts.values()
            if groups and all(group.over_at for group in groups):
                return service.engine.present.incidents[1]
            await asyncio.sleep(0.01)


# --- the configuration ------------------------------------------------------------------------


def test_a_configuration_says_where_alerts_come_in(config):
    settings, warnings = alert_settings(config, {})
    assert settings == AlertSettings("127.0.0.1", 9095, TOKEN)
    assert warnings == ()
    assert setting(config).told_of_alerts == (("", "#moc"),)
    found = [f.sentence for f in checkup(config.file.path) if f.part == "alerts"]
    assert found == ["127.0.0.1 port 9095, told in #moc"]


@pytest.mark.parametrize(
    ("alerts", "told"),
    [
        ('listen = "127.0.0.1:9095"', "[alerts] has no token; write token_file"),
        ('listen = "0.0.0.0:9095"\ntoken = "x"', "must be a loopback address with a port"),
        ('listen = "irc.example:9095"\ntoken = "x"', "must be a loopback address with a port"),
        ('listen = "127.0.0.1"\ntoken = "x"', "must be a loopback address with a port"),
        ('channels = ["moc"]', "'moc' is not a channel; write #NAME, or NETWORK/#NAME"),
        ('channels = ["moon/#moc"]', "'moon/#moc' is not a channel"),
        ('channels = ["backup/moc"]', "'backup/moc' is not a channel"),
    ],
)
def test_what_is_wrong_there_is_told_with_the_fix(tmp_path, alerts, told):
    path = tmp_path / "config.toml"
    path.write_text(f'[irc]\nhost = "x"\n[networks.backup]\nhost = "y"\n[alerts]\n{alerts}\n')
    path.chmod(0o600)

    def build() -> None:
        config = load_config(path)
        setting(config)
        alert_settings(config, {})

    with pytest.raises(ConfigError) as wrong:
        build()
    assert told in str(wrong.value)
    assert run(["check", "--config", str(path)]) == 2


def test_channels_of_several_networks_are_told(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(
        '[irc]\nhost = "x"\nname = "main"\n[networks.backup]\nhost = "y"\n[alerts]\n'
        'listen = "localhost:1"\ntoken_file = "t"\nchannels = ["#a", "main/#b", "backup/#c", "#a"]\n'
    )
    path.chmod(0o600)
    (tmp_path / "t").write_text("sesame\n")
    (tmp_path / "t").chmod(0o644)
    config = load_config(path)
    assert setting(config).alert_places == (("", "#a"), ("", "#b"), ("backup", "#c"))
    settings, warnings = alert_settings(config, {})
    assert settings == AlertSettings("localhost", 1, "sesame")
    assert "everybody can read it" in warnings[0]
    found = [f for f in checkup(path) if f.part == "alerts"]
    assert [f.warning for f in found] == [False, True]
