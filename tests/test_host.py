"""Many organisations in one process: what is wrong with one costs nobody else anything."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hosted import PATIENCE, host_config, hosting, organise, server_with, trouble, until_well
from hostile.stage import until
from tmpfs import mounted

import ircbot.processes
from ircbot.cli.root import run
from ircbot.errors import ConfigError
from ircbot.health import HostVitals, LeaseVitals, Vitals, as_json, exposition
from ircbot.host import Host, organisations
from ircbot.repository import all_incidents, open_store
from ircbot.threads import in_thread

FLOOD = 1_000
SHIPPED = Path(ircbot.processes.__file__).with_name("mozmeao.toml")


def titles(folder: Path, name: str) -> list[str]:
    """What the incidents of an organisation are about."""
    store = open_store(str(folder / "organisations" / name / "incidents"))
    return [incident.summary for incident in all_incidents(store)]


async def test_flood_broken_process_and_dead_network_of_some_touch_no_other(tmp_path, caplog):
    async with server_with("#acme", "#hooli") as (server, ann):
        config = host_config(tmp_path)
        organise(tmp_path, "acme", server.port)
        organise(tmp_path, "globex", server.port, more='process = "own/broken.toml"')
        organise(tmp_path, "hooli", server.port)
        organise(tmp_path, "initech", 1)  # where nobody listens
        async with hosting(config) as host:
            await until_well(host, "acme", "hooli")
            await ann.say("#acme", "!inc declare acme burns")
            await ann.hears("Incident 1 is open: acme burns.")
            for number in range(FLOOD):
                await ann.say("#acme", f"TL: flood {number}")
            await ann.say("#hooli", "!inc declare hooli burns")
            await ann.hears("Incident 1 is open: hooli burns.")
            await until(lambda: "broken.toml" in trouble(host, "globex"), PATIENCE)
            await until(lambda: isinstance(host.hosted["initech"].vitals, Vitals), PATIENCE)
            assert not host.hosted["initech"].vitals.networks[0].connected
            await until(
                lambda: isinstance(v := host.hosted["acme"].vitals, Vitals) and v.recorded > FLOOD,
                PATIENCE,
            )
    assert titles(tmp_path, "acme") == ["acme burns"]
    assert titles(tmp_path, "hooli") == ["hooli burns"]
    (flooded,) = all_incidents(open_store(str(tmp_path / "organisations" / "acme" / "incidents")))
    assert [note.text for note in flooded.notes] == [f"flood {n}" for n in range(FLOOD)]
    named = [r.getMessage() for r in caplog.records if "Does not run" in r.getMessage()]
    assert len(named) == 1  # once, however often it was tried


async def test_what_is_mended_runs_without_a_word(tmp_path):
    async with server_with("#acme") as (server, ann):
        config = host_config(tmp_path)
        file = organise(tmp_path, "acme", server.port, more='process = "own.toml"')
        async with hosting(config) as host:
            await until(lambda: "own.toml" in trouble(host, "acme"), PATIENCE)
            file.with_name("own.toml").write_text("this is no toml")
            await until(lambda: "line 1" in trouble(host, "acme"), PATIENCE)
            shutil.copy(SHIPPED, file.with_name("own.toml"))
            await until_well(host, "acme")
            await ann.hears("JOIN #acme")


async def test_a_disk_that_hangs_holds_up_its_own_organisation_only(tmp_path, caplog):
    async with server_with("#hooli") as (server, _):
        config = host_config(tmp_path)
        for name in ("a", "b", "c", "d", "e"):
            file = organise(tmp_path, name, server.port)
            file.unlink()
            os.mkfifo(file)
        organise(tmp_path, "hooli", server.port)
        async with hosting(config, is_slow=0.05, ends_within=0.1) as host:
            await until_well(host, "hooli")
            assert "has not begun" in trouble(host, "a")
            host.hosted["a"].read_again()
    assert "a does not end, and is abandoned." in caplog.text
    for name in ("a", "b", "c", "d", "e"):  # the disks answer at last
        (tmp_path / "organisations" / name / "config.toml").open("w").close()


async def test_a_network_that_never_answers_a_full_disk_and_a_process_that_broke_touch_no_other(
    tmp_path, caplog
):
    with mounted(tmp_path / "full", "1m") as disk, socket.create_server(("127.0.0.1", 0)) as mute:
        async with server_with("#full", "#broke", "#hooli") as (server, ann):
            config = host_config(tmp_path)
            organise(tmp_path, "mute", mute.getsockname()[1])
            organise(tmp_path, "full", server.port, more=f'store = {{path = "{disk}/incidents"}}')
            own = organise(tmp_path, "broke", server.port, more='process = "own.toml"')
            shutil.copy(SHIPPED, own.with_name("own.toml"))
            organise(tmp_path, "hooli", server.port)
            async with hosting(config) as host:
                await until_well(host, "full", "broke", "hooli")
                for name in ("full", "broke", "hooli"):
                    await ann.say(f"#{name}", f"!inc declare {name} burns")
                    await ann.hears(f"Incident 1 is open: {name} burns.")
                with (disk / "rest").open("wb", buffering=0) as rest, contextlib.suppress(OSError):
                    while rest.write(bytes(1024)):
                        pass
                own.with_name("own.toml").write_text("this is no toml")
                host.read_again(lambda: config)
                await until(lambda: "stays as it was" in caplog.text, PATIENCE)
                for _ in range(400):
                    await ann.say("#full", f"TL: {'x' * 300}")
                await ann.hears("I CANNOT RECORD")
                for name in ("broke", "hooli"):
                    await ann.say(f"#{name}", "TL: all is well here")
                    await ann.hears(lambda m, n=name: m.nick == f"{n}-bot" and "#1" in m.text)
                vitals = {name: one.vitals for name, one in host.hosted.items()}
                waiting = [n for n, v in vitals.items() if isinstance(v, Vitals) and v.waiting]
                assert waiting == ["full"]
                assert isinstance(vitals["mute"], Vitals)
                assert not vitals["mute"].networks[0].connected
                (disk / "rest").unlink()
                await ann.hears("Recording again")


async def test_two_that_name_one_store_are_told_so(tmp_path):
    async with server_with("#acme", "#hooli") as (server, _):
        config = host_config(tmp_path)
        organise(tmp_path, "acme", server.port, more='store = {path = "../both"}')
        async with hosting(config) as host:
            await until_well(host, "acme")
            organise(tmp_path, "hooli", server.port, more='store = {path = "../both"}')
            host.read_again(lambda: config)
            await until(lambda: "hooli" in host.hosted, PATIENCE)
            await until(lambda: "in use by another bot" in trouble(host, "hooli"), PATIENCE)
            await until_well(host, "acme")


async def test_reading_again_takes_in_puts_out_and_changes_what_changed(tmp_path, caplog):
    caplog.set_level("INFO")
    async with server_with("#acme", "#hooli", "#other") as (server, ann):
        config = host_config(tmp_path)
        file = organise(tmp_path, "acme", server.port)
        organise(tmp_path, "hooli", server.port)
        async with hosting(config) as host:
            await until_well(host, "acme", "hooli")

            organise(tmp_path, "other", server.port)
            organise(tmp_path, "acme", server.port, more="manners = {quiet = true}")
            (tmp_path / "organisations" / "hooli" / "config.toml").unlink()
            host.read_again(lambda: config)
            await until_well(host, "other", "acme")
            await ann.hears(lambda m: m.command == "QUIT" and m.nick == "hooli-bot")
            assert "hooli" not in host.hosted
            await until(lambda: "The configuration was read again." in caplog.text, PATIENCE)

            file.write_text("[irc")
            host.read_again(lambda: config)
            await until(lambda: "stays as it was" in caplog.text, PATIENCE)
            await until_well(host, "acme")

            organise(tmp_path, "acme", server.port, nick="renamed")
            host.read_again(lambda: config)
            await ann.hears(lambda m: m.command == "QUIT" and m.nick == "acme-bot")
            await ann.hears(lambda m: m.command == "JOIN" and m.nick == "renamed")

            (tmp_path / "organisations").rename(tmp_path / "elsewhere")
            host.read_again(lambda: config)
            await until(lambda: "The organisations stay as they were" in caplog.text, PATIENCE)
            assert sorted(host.hosted) == ["acme", "other"]


async def test_no_password_of_the_environment_is_told_to_organisations(tmp_path, monkeypatch):
    monkeypatch.setenv("IRCBOT_IRC_PASSWORD", "the host's")
    async with server_with("#acme") as (server, _):
        config = host_config(tmp_path)
        organise(tmp_path, "acme", server.port)
        async with hosting(config) as host:
            await until_well(host, "acme")
            service = host.hosted["acme"].service
            assert service is not None
            assert [one.settings.password for one in service.bot.connections.values()] == [""]


def test_an_organisation_is_a_folder_with_a_configuration(tmp_path):
    config = host_config(tmp_path)
    organise(tmp_path, "acme", 1)
    organise(tmp_path, ".away", 1)
    (tmp_path / "organisations" / "empty").mkdir()
    (tmp_path / "organisations" / "README").touch()
    assert list(organisations(config)) == ["acme"]
    (tmp_path / "organisations").chmod(0o777)
    with pytest.raises(ConfigError, match="others can write to"):
        Host(config)


def test_a_host_has_no_network_of_its_own(tmp_path):
    config = host_config(tmp_path, '[irc]\nhost = "irc.example.org"\n')
    with pytest.raises(ConfigError, match="has no \\[irc\\]"):
        Host(config)


async def test_one_that_is_hosted_hosts_nobody(tmp_path):
    config = host_config(tmp_path)
    home = tmp_path / "organisations" / "acme"
    home.mkdir()
    (home / "config.toml").write_text('organisations = "further"\n')
    async with hosting(config) as host:
        await until(lambda: "this hosts many" in trouble(host, "acme"), PATIENCE)


# --- from outside -----------------------------------------------------------------------------


async def test_the_program_hosts_says_whose_each_line_is_and_ends_in_order(tmp_path):
    async with server_with("#acme", "#hooli") as (server, ann):
        host_config(tmp_path, '[health]\nfile = "health.json"\n')
        organise(tmp_path, "acme", server.port)
        organise(tmp_path, "hooli", server.port)
        organise(tmp_path, "globex", server.port, more='process = "broken.toml"')
        command = [sys.executable, "-m", "ircbot", "run", "-c", str(tmp_path / "config.toml")]
        running = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        try:
            for name in ("acme", "hooli"):
                joined = f"{name}-bot"
                await ann.hears(lambda m, n=joined: m.command == "JOIN" and m.nick == n, since=0)
            running.send_signal(signal.SIGHUP)
            await ann.say("#acme", "!inc declare acme burns")
            await ann.hears("Incident 1 is open")
        finally:
            running.send_signal(signal.SIGTERM)
            _, said = await asyncio.wait_for(running.communicate(), PATIENCE)
    assert running.returncode == 0, said.decode()
    assert titles(tmp_path, "acme") == ["acme burns"]
    lines = said.decode().splitlines()
    assert any("error globex: Does not run: " in line for line in lines)
    assert any("info acme: 127.0.0.1: " in line for line in lines)
    health = json.loads((tmp_path / "health.json").read_text())
    assert health["ok"] is False
    assert sorted(health["organisations"]) == ["acme", "globex", "hooli"]


def test_other_commands_want_one_organisation(tmp_path, capsys):
    host_config(tmp_path)
    file = organise(tmp_path, "acme", 1)
    assert run(["list", "-c", str(tmp_path / "config.toml")]) == 2
    assert "name the file of one: -c" in capsys.readouterr().err
    assert run(["list", "-c", str(file)]) == 0
    assert run(["run", "--embedded", "-c", str(tmp_path / "config.toml")]) == 2


def test_check_looks_at_each_organisation(tmp_path, capsys):
    host_config(tmp_path)
    organise(tmp_path, "acme", 1)
    organise(tmp_path, "globex", 1, more='process = "gone.toml"')
    assert run(["check", "-c", str(tmp_path / "config.toml")]) == 2
    told = capsys.readouterr().out
    assert "ok       acme: network: acme-bot on 127.0.0.1:1" in told
    assert "WRONG    globex: configuration: " in told
    (tmp_path / "organisations").chmod(0o777)
    assert run(["check", "-c", str(tmp_path / "config.toml")]) == 2
    assert "WRONG    organisations: others can write to" in capsys.readouterr().out


def test_vitals_are_told_by_organisation():
    well = Vitals((), 2, 10, 5, 0)
    host = HostVitals({"acme": well, 'say "hi"': "its process is broken."})
    assert host.sentence() == '1 of 2 organisations are well; say "hi": its process is broken.'
    told = json.loads(as_json(host, datetime(2026, 1, 1, tzinfo=UTC)))
    assert told["organisations"]['say "hi"'] == {"ok": False, "trouble": "its process is broken."}
    assert told["organisations"]["acme"]["open_incidents"] == 2
    text = exposition(host)
    assert 'ircbot_organisation_up{organisation="acme"} 1\n' in text
    assert 'ircbot_organisation_up{organisation="say \\"hi\\""} 0\n' in text
    assert 'ircbot_open_incidents{organisation="acme"} 2\n' in text
    assert "ircbot_machines" not in text


def test_vitals_of_several_machines_say_how_many_are_there_and_whose_lease_it_is():
    shared = Vitals((), 0, 0, 0, 0, lease=LeaseVitals(True, 3, None, 0.5))
    assert shared.sentence() == "0 open; answering"
    host = HostVitals({"acme": shared}, machines=5, elsewhere=7)
    text = exposition(host)
    assert "ircbot_machines 5\n" in text
    assert "ircbot_organisations_elsewhere 7\n" in text
    assert 'ircbot_lease_epoch{organisation="acme"} 3\n' in text
    assert "ircbot_lease_backed" not in text
    told = json.loads(as_json(host, datetime(2026, 1, 1, tzinfo=UTC)))
    assert (told["machines"], told["elsewhere"]) == (5, 7)


# --- threads ----------------------------------------------------------------------------------


async def test_what_comes_when_nobody_waits_is_put_away():
    free, away = threading.Event(), threading.Event()

    def work() -> str:
        free.wait()
        return "late"

    waiting = asyncio.create_task(in_thread("slow", work, lambda late: away.set()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    free.set()
    assert await asyncio.to_thread(away.wait, PATIENCE)


def test_what_comes_after_the_loop_is_put_away_too():
    free, away = threading.Event(), threading.Event()

    def work() -> str:
        free.wait()
        return "late"

    async def leave() -> None:
        task = asyncio.create_task(in_thread("slow", work, lambda late: away.set()))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(leave())
    free.set()
    assert away.wait(PATIENCE)


async def test_what_fails_when_nobody_waits_is_nobody_s():
    free = threading.Event()

    def work() -> None:
        free.wait()
        raise OSError("late")

    waiting = asyncio.create_task(in_thread("slow", work))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    free.set()
    with pytest.raises(OSError, match="in time"):
        await in_thread("quick", fail_in_time)


def fail_in_time() -> None:
    raise OSError("in time")
