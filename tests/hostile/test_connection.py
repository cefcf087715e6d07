"""Cases 1 to 10: links that do not come, do not last, or lead to the wrong place."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import time
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from faults import unanswering_port
from rig.certificates import fingerprint
from rig.daemon import free_ports
from scripted import ScriptedServer

from hostile.stage import HASTY, PATIENCE, Notebook, network, running, scene, until
from hostile.talk import PLAIN, Talk, talk
from ircbot.network.link_state import End
from ircbot.network.settings import Address, SaslSettings, Timeouts
from ircbot.network.sts import Policies

END = "CAP :END"
"""The end of the negotiation, as traffic is shown."""


async def test_case_01_an_unanswered_syn_is_given_up_and_the_next_server_tried():
    async with unanswering_port() as port, ScriptedServer() as server:
        servers = (Address("127.0.0.1", port), Address("127.0.0.1", server.port))
        quick = replace(HASTY, connect=0.3)
        async with running(Notebook(), network(port, servers=servers, timeouts=quick)):
            link = await server.next_link()
            await link.welcome()


async def test_case_01_a_silent_tls_peer_is_given_up(certificates):
    async with scene(tls_ca_file=certificates.ca, timeouts=HASTY, tls=None) as (server, _, bot):
        link = await server.next_link()
        await link.ended()
        await server.next_link()
        assert not bot.connections[""].registered


def test_case_01_the_usual_patience_is_under_thirty_seconds():
    assert Timeouts().connect + Timeouts().handshake <= 30


async def test_case_02_a_refusing_port_is_tried_until_it_opens():
    (port,) = free_ports(1)
    async with running(Notebook("#moc"), network(port)):
        await asyncio.sleep(1.5)  # refused meanwhile
        server = ScriptedServer()
        await server.start(port)
        link = await server.next_link(patience=8)
        await link.welcome()
        await server.stop()


async def test_case_02_a_name_that_does_not_exist_ends_nothing():
    async with ScriptedServer() as server:
        servers = (Address("no-such-host.invalid"), Address("127.0.0.1", server.port))
        async with running(Notebook(), network(0, servers=servers)):
            await (await server.next_link(patience=10)).welcome()


def test_case_03_silence_is_asked_about_twice_and_then_ended():
    made = talk("#moc")
    made.give(":irc.test NOTICE ilbot :hello")
    times = PLAIN.timeouts
    assert made.wait(times.idle - 1, silent=True) == []
    assert made.wait(1, silent=True) == ["PING ircbot-1"]
    assert made.wait(times.pong - 1, silent=True) == []
    assert made.wait(1, silent=True) == ["PING ircbot-2"]
    assert made.wait(times.pong - 1, silent=True) == []
    assert made.ending is None
    made.wait(1, silent=True)
    assert made.ending is not None
    assert made.ending.end is End.LOST


def test_case_03_any_line_is_a_sign_of_life():
    made = talk("#moc")
    for _ in range(30):
        made.give(":irc.test NOTICE ilbot :still here")
        made.wait(50, silent=True)
    assert made.ending is None
    assert made.sent == []


def test_case_03_a_server_that_talks_but_does_not_answer_is_given_up():
    made = talk("#moc")
    made.wait(61, silent=True)
    for _ in range(30):
        made.give(":alice!a@h PRIVMSG #moc :hello?")
        made.wait(10, silent=True)
    assert made.ending is not None


async def test_case_03_a_silent_link_is_replaced():
    async with scene("#moc", timeouts=HASTY) as (server, _, _):
        link = await server.next_link()
        await link.welcome()
        await link.ended()
        assert sum(line.startswith(b"PING") for line in link.lines) == 2
        await (await server.next_link()).welcome()


async def test_case_04_the_late_end_of_an_old_link_leaves_the_new_one_alone():
    async with scene("#moc") as (server, handler, bot):
        old = await server.next_link()
        await old.welcome()
        await old.let_join("#moc")
        await old.barrier()
        connection = bot.connections[""]
        old_link = connection._link
        old.send("ERROR :Closing Link: (moving)")
        new = await server.next_link()
        await new.welcome()
        await new.let_join("#moc")
        await new.barrier()
        assert connection._link is not old_link
        connection._lost(old_link, "reset by peer")
        connection._heard(old_link, ["ERROR :too late", ":alice!a@h PRIVMSG #moc :late"])
        old.close()
        await new.barrier()
        assert connection.registered
        assert handler.said == []


async def test_case_05_an_error_without_an_end_is_an_end():
    async with scene("#moc") as (server, _, _):
        link = await server.next_link()
        await link.welcome()
        link.send("ERROR :Closing Link: (restarting)")
        await link.ended()
        await (await server.next_link()).welcome()


@pytest.mark.parametrize(
    ("line", "end"),
    [
        ("ERROR :Closing Link: (Ping timeout)", End.LOST),
        ("ERROR", End.LOST),
        ("ERROR :Closing Link: x (K-Lined)", End.BANNED),
        ("ERROR :Closing Link: x (You are banned from this server: spam)", End.BANNED),
        (":irc.test 465 ilbot :You are banned", End.BANNED),
        ("ERROR :Trying to reconnect too fast.", End.THROTTLED),
        ("ERROR :Your host is trying to (re)connect too fast -- throttled", End.THROTTLED),
        ("ERROR :Closing Link: x (Excess Flood)", End.FLOODED),
    ],
)
def test_case_05_the_reason_decides_how_soon_to_come_back(line, end):
    made = Talk()
    made.give(line)
    assert made.ending is not None
    assert made.ending.end is end


async def test_case_05_a_ban_is_followed_by_a_long_wait_and_its_reason_told(caplog):
    caplog.set_level("INFO")
    async with scene("#moc") as (server, _, _):
        link = await server.next_link()
        link.send(":irc.test 465 * :No incidents here", "ERROR :Closing Link (K-Lined)")
        await link.ended()
        with pytest.raises(TimeoutError):
            await server.next_link(patience=3)
        assert "No incidents here; again in" in caplog.text


async def test_case_06_timers_keep_time_after_session_tickets(certificates):
    context = certificates.server_context()
    context.num_tickets = 4
    async with (
        ScriptedServer(context) as server,
        running(Notebook(), network(server.port, **secure(certificates))),
    ):
        link = await server.next_link()
        await link.welcome()
        await asyncio.wait_for(asyncio.sleep(0.25), PATIENCE)


def secure(certificates, **changes):
    """Settings for a TLS server of the certificates' authority."""
    return {"tls": True, "tls_ca_file": certificates.ca, **changes}


@asynccontextmanager
async def tls_scene(certificates, certificate, *, tls=True, timeouts=HASTY, **changes):
    """A TLS server with a certificate, and a bot on its way there."""
    async with ScriptedServer(certificates.server_context(certificate)) as server:
        changes = secure(certificates, timeouts=timeouts, **changes)
        changes["tls"] = tls
        handler = Notebook("#moc")
        settings = network(server.port, **changes)
        async with running(handler, settings) as bot:
            yield server, handler, bot


async def test_case_07_a_good_certificate_is_accepted(certificates):
    async with tls_scene(certificates, certificates.server) as (server, _, _):
        await (await server.next_link()).welcome()


@pytest.mark.parametrize("name", ["wrong", "expired", "stranger"])
async def test_case_07_a_bad_certificate_is_refused_and_nothing_sent(certificates, name, caplog):
    async with tls_scene(certificates, getattr(certificates, name)) as (server, _, _):
        await until(lambda: "is not accepted" in caplog.text)
        assert ("(set tls_ca_file " in caplog.text) == (name == "stranger")
        assert not [line for link in server.links for line in link.lines]


async def test_case_07_a_pin_accepts_an_expired_certificate(certificates):
    pins = (fingerprint(certificates.expired).upper(),)
    scene = tls_scene(certificates, certificates.expired, tls_fingerprints=pins)
    async with scene as (server, _, _):
        await (await server.next_link()).welcome()


async def test_case_07_a_wrong_pin_ends_the_link_before_a_byte_is_sent(certificates, caplog):
    pins = (fingerprint(certificates.client),)
    scene = tls_scene(certificates, certificates.server, tls_fingerprints=pins)
    async with scene as (server, _, _):
        await until(lambda: "none of tls_fingerprints" in caplog.text)
        for link in server.links:
            await link.ended()
            assert link.lines == []


async def test_a_client_certificate_is_shown(certificates):
    sasl = SaslSettings("ilbot", mechanisms=("EXTERNAL",), certificate_file=certificates.client)
    async with tls_scene(certificates, certificates.server, sasl=sasl) as (server, _, _):
        link = await server.next_link()
        await link.expect("CAP LS")
        assert link.link.fingerprint == fingerprint(certificates.client)


async def test_case_08_strict_transport_leads_to_tls_at_once_and_is_kept(certificates, tmp_path):
    kept = tmp_path / "sts.json"
    async with (
        ScriptedServer() as plain,
        ScriptedServer(certificates.server_context()) as secured,
    ):
        changes = secure(certificates, tls=False, sts_file=kept, timeouts=HASTY)
        settings = network(plain.port, **changes)
        async with running(Notebook("#moc"), settings):
            link = await plain.next_link()
            await link.expect("CAP LS")
            link.send(f"CAP * LS :sts=port={secured.port},duration=1")
            await link.ended()
            link = await secured.next_link()
            await link.expect("CAP LS")
            link.send("CAP * LS :sts=duration=300,port=1")
            await link.expect(END)
            link.greet()
            await link.barrier()
            link.close()
            await secured.next_link()
        assert json.loads(kept.read_text())["127.0.0.1"]["port"] == secured.port
        assert len(plain.links) == 1
        async with running(Notebook("#moc"), settings):
            await secured.next_link()
        assert len(plain.links) == 1


async def test_case_08_a_failing_upgrade_is_no_reason_to_go_on_in_the_clear(certificates):
    async with (
        ScriptedServer() as plain,
        ScriptedServer(certificates.server_context(certificates.wrong)) as secured,
    ):
        settings = network(plain.port, **secure(certificates, tls=False, timeouts=HASTY))
        async with running(Notebook("#moc"), settings):
            for _ in range(2):
                link = await plain.next_link()
                await link.expect("USER")
                link.send(f"CAP * LS :sts=port={secured.port}")
                await link.ended()
                assert b"CAP END" not in link.lines
        assert not [line for link in secured.links for line in link.lines]


def test_case_08_a_policy_expires_and_can_be_ended(tmp_path):
    now = [1000.0]
    path = tmp_path / "deep" / "sts.json"
    Policies(path, lambda: now[0]).keep("IRC.example", 6697, 60)
    policies = Policies(path, lambda: now[0])
    assert policies.port("irc.EXAMPLE") == 6697
    now[0] += 59
    policies.prolong("irc.example")
    now[0] += 59
    assert policies.port("irc.example") == 6697
    now[0] += 2
    assert policies.port("irc.example") is None
    policies.keep("irc.example", 6697, 60)
    policies.keep("irc.example", 6697, 0)
    assert Policies(path, lambda: now[0]).port("irc.example") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"a": {"port": "x"}}'])
def test_case_08_a_damaged_policy_file_is_said_and_replaced(tmp_path, text, caplog):
    path = tmp_path / "sts.json"
    path.write_text(text)
    policies = Policies(path, time.time)
    assert "is not readable" in caplog.text or not text.strip("[]")
    policies.keep("irc.example", 6697, 60)
    assert Policies(path, time.time).port("irc.example") == 6697


async def test_case_09_a_peer_that_stops_reading_is_left():
    async with scene("#moc", timeouts=HASTY) as (server, _, bot):
        link = await server.next_link()
        await link.welcome()
        await link.let_join("#moc")
        await link.barrier()
        link.stop_reading()
        flood = [f":bob!b@h PRIVMSG ilbot :\x01PING {n}\x01" for n in range(10)]
        pings = [f"PING :{'x' * 400}"] * 2000

        async def talk_on():
            while not link.link.ended.is_set():
                link.send(*flood, *pings)
                await asyncio.sleep(0.05)

        talking = asyncio.create_task(talk_on())
        connection = bot.connections[""]
        first = connection._link
        await until(lambda: connection._link is not first, patience=20)
        talking.cancel()
        link.reset()
        await (await server.next_link()).welcome()


@pytest.mark.parametrize(
    "stage", ["look-up", "syn", "handshake", "capabilities", "login", "joined"]
)
async def test_case_10_stopping_takes_a_moment_at_any_stage(certificates, stage):
    loop = asyncio.get_running_loop()
    async with unanswering_port() as nowhere, ScriptedServer() as server:
        port = nowhere if stage == "syn" else server.port
        tls = {"tls": True} if stage == "handshake" else {}
        sasl = {"sasl": SaslSettings("ilbot", "x")} if stage == "login" else {}
        async with running(Notebook("#moc"), network(port, **tls, **sasl)) as bot:
            quits = False
            if stage not in ("look-up", "syn"):
                link = await server.next_link()
                if stage == "login":
                    await link.expect("CAP LS")
                    link.send("CAP * LS :sasl", "CAP * ACK :sasl")
                    await link.expect("AUTHENTICATE PLAIN")
                elif stage == "joined":
                    await link.welcome()
                    await link.let_join("#moc")
                    await link.barrier()
                elif stage == "capabilities":
                    await link.expect("CAP LS")
                quits = stage != "handshake"
            begun = loop.time()
            bot.stop("bye")
            if quits:
                await link.expect("QUIT :bye")
        assert loop.time() - begun < 2


async def test_case_10_stopping_while_waiting_to_come_back_takes_a_moment(caplog):
    async with scene() as (server, _, _):
        link = await server.next_link()
        link.send(":irc.test 465 * :No incidents here", "ERROR :Closing Link (K-Lined)")
        await until(lambda: "; again in" in caplog.text)  # minutes; no scene waits for so long


async def test_case_43_a_network_that_flaps_leaves_the_other_alone():
    async with ScriptedServer() as steady, ScriptedServer() as flapping:
        handler = Notebook()
        handler.channels = [
            replace(wish, network=name)
            for name in ("", "second")
            for wish in Notebook("#moc").channels
        ]
        networks = (network(steady.port), network(flapping.port, name="second"))
        async with running(handler, *networks):
            link = await steady.next_link()
            await link.welcome()
            await link.let_join("#moc")
            for _ in range(2):
                other = await flapping.next_link()
                await other.welcome()
                await other.let_join("#moc")
                other.send(":alice!a@h PRIVMSG #moc :there")
                await handler.until(lambda: "there" in handler.said)
                link.send(":alice!a@h PRIVMSG #moc :here")
                await link.barrier()
                other.reset()
            assert len(steady.links) == 1
            assert {line.network for line in handler.lines if line.text == "there"} == {"second"}
            assert {line.network for line in handler.lines if line.text == "here"} == {""}


def test_case_44_clocks_may_jump():
    made = talk("#moc", capabilities="server-time")
    for hours in (1, -2, 1):
        made.at = made.at.replace(hour=made.at.hour + hours)
        made.give(":alice!a@h PRIVMSG #moc :hello")
        made.wait(30)
    assert made.ending is None
    assert made.said == ["hello"] * 3
    assert not any(line.source != "live" for line in made.lines)


async def test_ipv6_and_ipv4_are_raced():
    if not socket.has_ipv6:
        pytest.skip("there is no IPv6 here")
    async with ScriptedServer() as server:
        # "localhost" is ::1 as well, where nobody listens.
        servers = (Address("localhost", server.port),)
        async with running(Notebook(), network(0, servers=servers)):
            await (await server.next_link()).welcome()


def test_tls_is_at_least_1_2(certificates):
    from ircbot.network.dial import tls_context

    context = tls_context(replace(PLAIN, tls_ca_file=certificates.ca))
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


async def test_after_a_good_session_the_first_server_is_tried_first():
    async with ScriptedServer() as first, ScriptedServer() as second:
        servers = tuple(Address("127.0.0.1", server.port) for server in (first, second))
        async with running(Notebook(), network(0, servers=servers, timeouts=HASTY)):
            (await first.next_link()).reset()
            link = await second.next_link()
            await link.welcome()
            for _ in range(3):  # long enough to count as good
                await asyncio.sleep(0.15)
                await link.barrier()
            link.send("ERROR :Closing Link: (Excess Flood)")
            await (await first.next_link()).welcome()
        assert len(second.links) == 1
