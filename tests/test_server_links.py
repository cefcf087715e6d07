"""The embedded server's links: TLS, long lines, slow and silent clients, and names as such."""

from __future__ import annotations

import asyncio
import logging
import socket

import pytest
from faults import Faults
from rig.certificates import fingerprint
from scripted import ScriptedServer
from test_server import answers, room, serving

from ircbot.errors import NetworkError
from ircbot.network.server import (
    EmbeddedServer,
    FloodLimit,
    ServerSettings,
    Visitor,
)
from ircbot.network.server.link import ByteLines
from ircbot.network.server.message import IrcMessage, parse
from ircbot.network.server.names import fold, full_mask, matches


async def test_visitors_come_by_tls_and_log_in_by_certificate(certificates):
    known = {fingerprint(certificates.client): "bot"}
    server = EmbeddedServer(ServerSettings(certificates=known))
    await server.start(port=0, tls=certificates.server_context())
    context = certificates.client_context(certificates.client)
    async with await Visitor.arrive("ann", server.port, "localhost", tls=context) as ann:
        await ann.send("CAP REQ sasl")
        await ann.send("AUTHENTICATE EXTERNAL")
        await ann.hears("AUTHENTICATE +")
        await ann.send("AUTHENTICATE +")
        await ann.hears("903")
        shown = await answers(ann, "WHOIS ann")
        assert ":irc.localhost 330 ann ann bot :is logged in as" in shown
        assert ":irc.localhost 671 ann ann :is using a secure connection" in shown
        await ann.send("AUTHENTICATE EXTERNAL")
        await ann.hears("AUTHENTICATE +")
        await ann.send("AUTHENTICATE c29tZWJvZHk=")
        await ann.hears(" 904 ")
    await server.stop()


@pytest.mark.parametrize("name", ["wrong", "expired", "stranger"])
async def test_bad_certificates_are_refused_by_who_looks(certificates, name):
    server = EmbeddedServer()
    await server.start(port=0, tls=certificates.server_context(getattr(certificates, name)))
    with pytest.raises(NetworkError, match="certificate"):
        await Visitor.arrive("ann", server.port, "localhost", tls=certificates.client_context())
    await server.stop()


async def test_a_script_can_leave_a_tls_client_waiting(certificates):
    async with ScriptedServer() as server:
        arriving = asyncio.create_task(
            Visitor.arrive("ann", server.port, "localhost", tls=certificates.client_context())
        )
        await server.next_link()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await arriving


def loopback():
    """::1, or 127.0.0.1 on a machine without IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return "127.0.0.1"
    return "::1"


async def test_it_serves_ipv6_as_well():
    server = EmbeddedServer()
    await server.start(port=0, host=loopback())
    async with await Visitor.arrive("ann", server.port, loopback()) as ann:
        await ann.join("#moc")
    await server.stop()


async def test_a_port_that_may_not_be_used_is_told():
    with pytest.raises(NetworkError, match=r"cannot listen on 127\.0\.0\.1 port 99999"):
        await EmbeddedServer().start(port=99999)


async def test_too_many_tags_are_refused_and_the_link_goes_on():
    async with room("ann", capabilities=("message-tags",)) as (_, ann):
        await ann.send("@+x=" + "y" * 5000 + " PRIVMSG #moc :hello")
        await ann.hears(" 417 ")
        await ann.send("@+x=" + "y" * 4000 + " PRIVMSG #moc :hello")
        await ann.barrier()
        assert not [m for m in ann.traffic.since(ann.heard_up_to) if m.command == "417"]


async def test_empty_lines_and_prefixes_alone_are_passed_over():
    async with room("ann") as (_, ann):
        assert await answers(ann, "\r\n:x\r\n@a\r\n   ") == []


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([b"a\r\nb\nc"], [b"a", b"b"]),
        ([b"a", b"b\r", b"\nc\r\n"], [b"ab", b"c"]),
        ([b"x" * 600 + b"\r\ny\r\n"], [b"x" * 510, b"y"]),
        ([b"x" * 9000, b"x" * 9000, b"xx\r\ny\r\n"], [b"x" * 510, b"y"]),
        ([b"@" + b"t" * 9000 + b" PING\r\n"], [None]),
        (
            [b"@" + b"t" * 4000 + b" " + b"x" * 600 + b"\n"],
            [b"@" + b"t" * 4000 + b" " + b"x" * 510],
        ),
    ],
)
def test_bytes_become_lines(pieces, lines):
    buffer = ByteLines()
    assert [line for piece in pieces for line in buffer.feed(piece)] == lines


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("PING", IrcMessage("PING")),
        (":s ping  a  b :c d", IrcMessage("PING", ("a", "b", "c d"), "s")),
        (
            "@a=\\:\\s\\\\\\r\\n\\b;b;;c= X",
            IrcMessage("X", (), "", {"a": "; \\\r\nb", "b": "", "c": ""}),
        ),
        ("@a=x\\ X", IrcMessage("X", (), "", {"a": "x"})),
        ("X :", IrcMessage("X", ("",))),
        ("X a\u3000b :", IrcMessage("X", ("a\u3000b", ""))),
    ],
)
def test_lines_become_messages_and_back(line, message):
    assert parse(line) == message
    assert parse(str(message)) == message


def test_nothing_is_no_message():
    assert [parse(line) for line in ("", "   ", ":source", "@tag", "@tag :source ")] == [None] * 5


@pytest.mark.parametrize(
    ("mask", "name", "expected"),
    [
        ("*!*@host", "a!b@host", True),
        ("A[B!*@*", "a{b!x@y", True),
        ("a?c!*@*", "abc!x@y", True),
        ("a?c!*@*", "ac!x@y", False),
        ("a.c!*@*", "abc!x@y", False),
        ("*a" * 40 + "b", "a" * 80, False),
    ],
)
def test_masks_match(mask, name, expected):
    assert matches(mask, name) is expected


def test_masks_are_filled_in():
    assert full_mask("nick") == "nick!*@*"
    assert full_mask("nick!user") == "nick!user@*"
    assert full_mask("user@host") == "*!user@host"
    assert fold("A[\\]~") == "a{|}^"


def deaf_client(port, more=b""):
    """A client that registers and never reads."""
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", port))
    deaf.sendall(b"NICK deaf\r\nUSER deaf 0 * :deaf\r\n" + more)
    return deaf


async def test_who_does_not_read_is_disconnected_in_the_end():
    async with room("ann") as (server, ann):
        deaf = deaf_client(server.port, b"JOIN #moc\r\n")
        await ann.hears(lambda m: m.command == "JOIN" and m.nick == "deaf")
        faults = Faults(server)
        while server.world.user("deaf") is not None:
            faults.inject_bytes("deaf", b":x PRIVMSG #moc :" + b"y" * 400_000 + b"\r\n")
            await asyncio.sleep(0)
        await ann.hears("QUIT :SendQ exceeded")
        deaf.close()


async def test_stopping_does_not_wait_for_who_does_not_read():
    async with serving() as server:
        deaf = deaf_client(server.port)
        await server.seen("USER")
        Faults(server).inject_bytes("deaf", b"y" * 3_900_000)
        await server.stop(patience=0.05)
        deaf.close()


async def test_a_silent_client_is_pinged_and_then_given_up():
    async with room("ann", ping_after=0.1, ping_patience=1.0) as (server, ann):
        await ann.hears("PING irc.localhost")
        await server.seen("PONG")
        silent = socket.create_connection(("127.0.0.1", server.port))
        silent.sendall(b"NICK silent\r\nUSER silent 0 * :silent\r\nJOIN #moc\r\n")
        await ann.hears(lambda m: m.command == "QUIT" and m.nick == "silent" and "Ping" in m.text)
        silent.close()


async def test_who_never_registers_is_given_up():
    async with serving(registration_patience=0.5) as server:
        ann = Visitor("ann")
        await ann.connect(server.port)
        await ann.send("CAP LS 302")
        await ann.hears("ERROR :Closing Link: (Registration timed out)")
        await ann.vanish()


async def test_a_flood_beyond_the_queue_ends_the_link():
    async with serving(flood=FloodLimit(burst=10, rate=0.1, queue=1000)) as server:
        ann = await Visitor.arrive("ann", server.port)
        for number in range(100):
            await ann.send(f"PRIVMSG #moc :line {number} {'x' * 100}")
        await ann.hears("RecvQ exceeded")
        await ann.vanish()


async def test_one_bad_line_costs_neither_the_next_nor_the_others(caplog):
    async with room("ann", "bob") as (server, ann, bob):

        def stumble(user, message):
            if message.command == "STUMBLE":
                raise RuntimeError("a mistake of the server's")

        server.world.incoming.append(stumble)
        with caplog.at_level(logging.CRITICAL, logger="ircbot.network.server.embedded"):
            await ann.send("STUMBLE")
            await ann.hears(" 400 ann STUMBLE ")
        await ann.say("#moc", "still here")
        await bob.hears("still here")
