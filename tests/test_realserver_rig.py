"""The real servers of the rig: people come, log in, talk and are heard on each of them."""

from __future__ import annotations

import asyncio
import fcntl
import itertools
import os
import shutil

import pytest
from rig import znc as bouncer
from rig.certificates import fingerprint
from rig.daemon import Daemon, StartError, give, new_folder, program
from rig.inspircd import ACCOUNTS

from ircbot.errors import NetworkError
from ircbot.network.server import Visitor

_numbers = itertools.count()


async def two_talk(port, *, channel="#rig", tls=None, host="127.0.0.1", other_port=None):
    """Two people meet in a channel and hear each other."""
    number = next(_numbers)
    ann, bob = await asyncio.gather(
        Visitor.arrive(f"ann{number}", port, host, tls=tls, patience=20),
        Visitor.arrive(f"bob{number}", other_port or port, host, tls=tls, patience=20),
    )
    async with ann, bob:
        await ann.join(channel)
        await bob.join(channel)
        await ann.hears(lambda m: m.command == "JOIN" and m.nick == bob.nick)
        await ann.say(channel, "TL: die Störung beginnt")
        assert (await bob.hears("PRIVMSG")).text == "TL: die Störung beginnt"
        await bob.act(channel, "nods")
        assert (await ann.hears("ACTION")).nick == bob.nick
        await ann.barrier()
        await ann.quit("done")
        await bob.hears(lambda m: m.command == "QUIT" and m.nick == ann.nick)


async def test_people_talk_on_ngircd(ngircd):
    await two_talk(ngircd.port)


async def test_people_talk_on_ngircd_by_tls(ngircd, certificates):
    context = certificates.client_context()
    await two_talk(ngircd.tls_port, tls=context, host="localhost")


async def test_people_talk_on_ircd_hybrid(hybrid):
    await two_talk(hybrid.port)


async def test_people_talk_on_ircd_hybrid_by_tls(hybrid, certificates):
    context = certificates.client_context()
    await two_talk(hybrid.tls_port, tls=context, host="localhost")


async def test_people_talk_on_inspircd(inspircd):
    await two_talk(inspircd.port)


async def test_people_talk_between_hub_and_leaf(inspircd):
    await two_talk(inspircd.easy_port, other_port=inspircd.leaf_port)


async def test_people_talk_on_inspircd_by_tls(inspircd, certificates):
    context = certificates.client_context()
    await two_talk(inspircd.tls_port, tls=context, host="localhost")


@pytest.mark.parametrize("account", ACCOUNTS)
async def test_services_log_people_in(inspircd, account):
    login = (account, ACCOUNTS[account])
    async with await Visitor.arrive("carol", inspircd.easy_port, account=login) as carol:
        await carol.send("WHOIS carol")
        assert account in (await carol.hears(" 330 ")).params


async def test_services_refuse_a_wrong_password(inspircd):
    with pytest.raises(NetworkError, match="refused to log"):
        await Visitor.arrive("carol", inspircd.easy_port, account=("human", "wrong"))


async def test_a_client_certificate_reaches_the_server(inspircd, certificates):
    context = certificates.client_context(certificates.client)
    async with await Visitor.arrive(
        "carol", inspircd.tls_port, "localhost", tls=context, patience=20
    ) as carol:
        await carol.send("WHOIS carol carol")
        await carol.hears(fingerprint(certificates.client))


async def test_a_netsplit_takes_people_away(inspircd):
    async with await Visitor.arrive("dave", inspircd.easy_port, patience=20) as dave:
        await dave.join("#split")
        async with await Visitor.arrive("erin", inspircd.leaf_port, patience=20) as erin:
            await erin.join("#split")
            await dave.hears(lambda m: m.command == "JOIN" and m.nick == "erin")
            async with inspircd.netsplit():
                left = await dave.hears(lambda m: m.command == "QUIT" and m.nick == "erin")
                assert "rig.example" in left.text


async def test_frozen_services_leave_a_login_unanswered(inspircd):
    with inspircd.frozen_services(), pytest.raises(TimeoutError):
        await Visitor.arrive(
            "carol", inspircd.easy_port, account=("human", ACCOUNTS["human"]), patience=0.5
        )
    async with await Visitor.arrive(
        "carol", inspircd.easy_port, account=("human", ACCOUNTS["human"]), patience=20
    ):
        pass


async def test_services_go_and_come_back(inspircd):
    async with (
        inspircd.no_services(),
        await Visitor.arrive("carol", inspircd.easy_port) as carol,
    ):
        await carol.say("NickServ", "INFO human")
        await carol.hears(" 401 ")
    async with await Visitor.arrive(
        "carol", inspircd.easy_port, account=("human", ACCOUNTS["human"]), patience=20
    ):
        pass


async def test_people_talk_through_a_bouncer(inspircd, znc):
    async with (
        await Visitor.arrive("dave", inspircd.easy_port, patience=20) as dave,
        await Visitor.arrive("behind", znc.port, password=znc.login, patience=20) as behind,
    ):
        await dave.join(bouncer.CHANNEL)
        await behind.hears(lambda m: m.command == "JOIN" and m.nick == "dave")
        await dave.say(bouncer.CHANNEL, "hello behind")
        await behind.hears("hello behind")
        await behind.say(bouncer.CHANNEL, "hello before")
        assert (await dave.hears("hello before")).nick == bouncer.NICK


def test_what_is_not_installed_is_skipped_with_a_sentence(monkeypatch):
    monkeypatch.delenv("IRCBOT_REQUIRE_REAL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-ircd is not installed"):
        program("no-such-ircd")


def test_what_is_not_installed_fails_where_it_is_required(monkeypatch):
    monkeypatch.setenv("IRCBOT_REQUIRE_REAL", "1")
    with pytest.raises(pytest.fail.Exception, match="run tests/rig/install"):
        program("no-such-ircd")


def test_a_daemon_that_dies_is_quoted(tmp_path):
    daemon = Daemon("false", [program("sh"), "-c", "echo no such option; exit 3"], tmp_path, 1)
    with pytest.raises(StartError, match="false died: no such option"):
        daemon.start()


def test_a_power_failure_ends_what_a_daemon_started_too():
    folder = new_folder()
    ready, held = folder / "ready", folder / "held"
    os.mkfifo(ready)
    give(ready)
    command = f"exec 9>{held}; flock 9; sleep 1000 & echo >{ready}; wait"
    daemon = Daemon("parent", [program("sh"), "-c", command], folder)
    try:
        daemon.start()
        ready.read_text()  # the lock is passed on, as PostgreSQL's shared memory is
        daemon.crash()
        with held.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        daemon.stop()
        shutil.rmtree(folder)
