"""Publishing as people and operators see it: the whole bot on a server, and the shell beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hooks import hooks
from schemas import validator
from test_service import PATIENCE, at_work, crowd, there

from ircbot.checkup import checkup
from ircbot.cli.root import run
from ircbot.config import load_config
from ircbot.config.settings import setting
from ircbot.publish.registry import places
from ircbot.service import Service


def configured(folder: Path, url: str) -> Path:
    path = folder / "config.toml"
    path.write_text(
        '[irc]\nhost = "127.0.0.1"\nchannels = ["#moc"]\n[store]\npath = "incidents"\n'
        f'[report]\ndirectory = "reports"\nformat = "text"\n'
        f'[publish.status]\ntype = "webhook"\nurl = "{url}"\n'
    )
    path.chmod(0o600)
    return path


async def test_the_channel_hears_that_it_cannot_be_published_and_then_that_it_is(tmp_path, capfd):
    with hooks() as hook:
        hook.status = 401
        hook.answer = b'{"url": "https://status.example/1"}'
        path = configured(tmp_path, hook.url)
        config = load_config(path)
        async with crowd() as (server, ann):
            service = Service(
                config,
                setting(config),
                [there(server.port)],
                places=places(config)[0],
                tick=0.01,
                ends_within=PATIENCE,
            )
            with service:
                async with at_work(service, ann):
                    await ann.say("#moc", "!inc declare MDN is down")
                    await ann.say("#moc", "!inc resolve")
                    await ann.hears(
                        "Status refuses the login (401): ask the owner of its token; the report "
                        f"is in {tmp_path}/reports/incident-0001.txt",
                        PATIENCE,
                    )
                    assert service.vitals().failing == 1
                    hook.status = 200
                    assert run(["outbox", "retry", "1", "--config", str(path)]) == 0
                    await ann.hears(
                        "Published: https://status.example/1 (incident 1, status)", PATIENCE
                    )
                    assert service.vitals().owed == 0
                    service.use(setting(config), ())
    assert "1 is tried again: status" in capfd.readouterr().out
    assert len(hook.once) == 1


def test_a_shell_shows_sends_and_tends_what_is_owed(tmp_path, capfd):
    with hooks() as hook:
        config = configured(tmp_path, hook.url)
        path = str(config)

        def said(*arguments: str) -> tuple[int, str, str]:
            status = run([*arguments, "--config", path])
            return (status, *capfd.readouterr())

        log = tmp_path / "#moc.log"
        log.write_text("2018-01-10T12:00:00  <ann> !inc declare NTP is down --private\n")
        assert said("import", str(log))[0] == 0
        assert said("publish", "1") == (
            1,
            "",
            "ircbot: Status takes no private incidents ([publish.status] private).\n",
        )
        log = tmp_path / "#ntp.log"
        log.write_text("2018-01-11T12:00:00  <ann> !inc declare the queue is long\n")
        said("import", str(log))
        assert said("publish", "2", "--dry-run")[1].startswith(
            "status: a separate message, whatever was sent before:\n--- message now\n"
        )
        assert hook.asked == 0
        with config.open("a") as more:
            more.write('[publish.attic]\ntype = "git"\nurl = "/there/is/none"\n')
            more.write('author = "a <a@example.org>"\npath = "{id}.md"\n')
        status, shown, problem = said("publish", "2", "--dry-run")
        assert status == 1
        assert shown.startswith("status: a separate message")
        assert problem.startswith("ircbot: Attic ")
        config.write_text(config.read_text().partition("[publish.attic]")[0])
        hook.status = 400
        assert said("publish", "2") == (
            1, "", "ircbot: Status refuses it (400): look at the bot's log.\n",
        )  # fmt: skip
        (item,) = json.loads(said("outbox", "--json")[1])
        assert (item["n"], item["target"], item["permanent"]) == (2, "status", True)
        assert "waits for `retry`" in said("outbox", "--to", "status")[1]
        assert said("outbox", "--to", "moon")[1] == "nothing is owed.\n"
        hook.status = 200
        assert said("publish", "last") == (0, "status: published\n", "")
        assert said("outbox")[1] == "nothing is owed.\n"
        assert said("publish", "2", "--to", "moon")[0] == 2
        done = json.loads(said("publish", "2", "--to", "status", "--force", "--json")[1])
        validator("publish").validate(done)
        assert [one["ok"] for one in done["places"]] == [True]
        assert said("outbox", "burn", "2")[0] == 2
        assert said("outbox", "drop")[0] == 2
    bare = tmp_path / "bare.toml"
    bare.write_text('[irc]\nhost = "irc.example"\n')
    assert run(["publish", "1", "--config", str(bare)]) == 2
    assert "write a table [publish.NAME]" in capfd.readouterr().err


async def test_check_tries_each_place_without_writing(tmp_path, capfd):
    from ircbot.cli.check import CheckOutput, _try_out

    with hooks() as hook:
        path = configured(tmp_path, hook.url)
        found = [f.sentence for f in checkup(path) if f.part == "publishing"]
        assert found == ["status, webhook"]
        async with crowd() as (server, _):
            text = path.read_text().replace(
                'host = "127.0.0.1"', f'host = "127.0.0.1"\nport = {server.port}\ntls = false'
            )
            path.write_text(text)
            findings = CheckOutput()
            await _try_out(path, findings)
            assert findings.status == 0
            assert (
                "ok       status: 127.0.0.1 answers (405); nothing was sent"
                in capfd.readouterr().out
            )
        assert hook.asked == 0


@pytest.mark.parametrize("type_", ["webbook", "webhook"])
def test_a_place_that_is_wrong_is_found_before_the_bot_runs(tmp_path, type_):
    path = tmp_path / "config.toml"
    path.write_text(f'[irc]\nhost = "irc.example"\n[publish.x]\ntype = "{type_}"\n')
    path.chmod(0o600)
    (found,) = [f for f in checkup(path) if f.part == "publishing"]
    assert found.status == 2
