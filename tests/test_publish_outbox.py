"""The outbox: what is owed arrives once, whoever dies when; and nothing of the bot waits for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import pytest
from hooks import Hooks, hooks

from ircbot.config import Config, load_config
from ircbot.config.settings import setting
from ircbot.engine import IncidentEngine
from ircbot.incident.deliveries import PublishResult
from ircbot.incident.events import Published, PublishFailed
from ircbot.incident.line import Line
from ircbot.incident.prose import prose_of
from ircbot.incident.state import State
from ircbot.publish.outbox import Outbox
from ircbot.publish.registry import places
from ircbot.repository import incident_named, open_store, owing_anywhere, retire, state_of
from ircbot.store import StoreEngine

NOON = datetime(2018, 1, 10, 12, tzinfo=UTC)
PATIENCE = 60.0

# A type that writes files, and dies where it is told to.
FOLDER = """
import os, signal
from pathlib import Path
from ircbot.config.keys import PATH, Key
from ircbot.publish.protocol import Receipt, Written, diff

class Folder:
    keys = (Key("folder", PATH),)
    formats = ("text",)
    each = False
    again = True

    def __init__(self, values):
        self.folder = values["folder"]

    def check(self):
        return "it is there"

    def publish(self, publication):
        self._die("before")
        (self.folder / "prose").write_text(publication.prose.get("well", "nothing to write"))
        print("whatever a publisher prints")
        (self.folder / publication.marker).write_text(publication.texts["text"])
        with (self.folder / "log").open("a") as log:
            gone = "old words go: " * publication.erased
            log.write(gone + publication.occasion + " " + publication.note + "\\n")
        self._die("after")
        return Receipt("https://wiki.example/" + publication.marker, publication.marker)

    def preview(self, publication):
        page = self.folder / publication.marker
        return diff(page.read_text() if page.exists() else "", publication.texts["text"])

    def prose(self, publication):
        self._die("reading")
        page = self.folder / "written"
        return {"well": Written("", page.read_text())} if page.exists() else {}

    def _die(self, when):
        told = self.folder / "die"
        if told.exists() and told.read_text() == when:
            told.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def types(tmp_path_factory, monkeypatch) -> None:
    """Another package, installed: its type is `folder`."""
    site = tmp_path_factory.mktemp("site")
    (site / "incident_folder.py").write_text(FOLDER)
    info = site / "incident_folder-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: incident-folder\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[ircbot.publishers]\nfolder = incident_folder:Folder\n")
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.syspath_prepend(str(site))


class Bot:
    """A bot without a network: a store, an engine and an outbox, on a clock that is turned."""

    def __init__(self, config: Config, patience: float = PATIENCE) -> None:
        self.now = NOON
        self.results: SimpleQueue[PublishResult] = SimpleQueue()
        self.store: StoreEngine = open_store(str(config.store.path), writer="bot")
        self.setting = setting(config)
        state: State = state_of(self.store)
        self.outbox = Outbox(
            self.setting,
            places(config)[0],
            config.store.path,
            self.results.put,
            lambda: self.now,
            patience=patience,
        )
        self.engine = IncidentEngine(
            self.setting,
            self.store,
            state,
            changed=self.outbox.changed,
            owing=partial(owing_anywhere, str(config.store.path)),
        )
        for incident in state.incidents.values():
            self.outbox.changed(incident)

    def say(self, minute: int, *texts: str) -> None:
        self.now = NOON + timedelta(minutes=minute)
        self.engine.hear([Line(self.now, "#moc", "ann", text) for text in texts])

    def comes(self) -> PublishResult:
        """What became of the next thing that is sent."""
        return self.results.get(timeout=PATIENCE)

    def records(self, sent: PublishResult) -> list[str]:
        self.engine.sent(sent)
        return [reply.text for reply in self.engine.tick(self.now)]

    def turn(self, minutes: int) -> list[str]:
        self.now += timedelta(minutes=minutes)
        replies = [reply.text for reply in self.engine.tick(self.now)]
        self.outbox.use(self.setting, tuple(self.outbox._places.values()))  # wakes up
        return replies

    def close(self) -> None:
        self.outbox.finish()
        self.store.close()


def configured(folder: Path, table: str) -> Config:
    path = folder / "config.toml"
    path.write_text(
        f'[irc]\nhost = "irc.example"\nchannels = ["#moc"]\n[store]\npath = "incidents"\n{table}'
    )
    path.chmod(0o600)
    (folder / "pages").mkdir(exist_ok=True)
    return load_config(path)


@contextmanager
def running(config: Config, **more: float) -> Iterator[Bot]:
    bot = Bot(config, **more)
    try:
        yield bot
    finally:
        bot.close()


@pytest.fixture
def server() -> Iterator[Hooks]:
    with hooks() as one:
        yield one


def webhook(folder: Path, server: Hooks, **more: str) -> Config:
    keys = "".join(f"{name} = {value}\n" for name, value in more.items())
    return configured(folder, f'[publish.status]\ntype = "webhook"\nurl = "{server.url}"\n{keys}')


OVER = ("!inc declare MDN is down", "TL: it was the cache", "!inc resolve")


def test_what_is_owed_is_sent_in_order_and_each_thing_by_itself(tmp_path, server):
    config = webhook(tmp_path, server, when='["declared", "update", "notify", "resolved"]')
    with running(config) as bot:
        bot.say(0, "!inc declare MDN is down", "!inc update looking", "!inc notify bob NTP too")
        bot.say(1, "!inc resolve")
        for _ in range(4):
            assert bot.records(bot.comes()) == []
    told = [message.told for message in server.messages]
    assert [one["type"] for one in told] == [
        "incident.declared",
        "incident.update",
        "incident.notify",
        "incident.resolved",
    ]
    assert [one["data"]["update"] and one["data"]["update"]["text"] for one in told] == [
        None,
        "looking",
        None,
        None,
    ]
    called = [one["data"]["called"] for one in told]
    assert (called[2]["nicks"], called[2]["text"]) == (["bob"], "NTP too")
    assert [called[0], called[1], called[3]] == [None, None, None]
    assert len(server.once) == 4


def test_two_places_of_one_server_are_told_apart(tmp_path, server):
    tables = (f'[publish.{name}]\ntype = "webhook"\nurl = "{server.url}"\n' for name in ("a", "b"))
    with running(configured(tmp_path, "".join(tables))) as bot:
        bot.say(0, *OVER)
        bot.comes()
        bot.comes()
    assert len(server.once) == 2


def test_what_failed_is_tried_again_when_its_time_has_come_and_not_before(tmp_path, server):
    server.status = 503
    with running(webhook(tmp_path, server)) as bot:
        bot.say(0, *OVER)
        failed = bot.comes()
        assert failed.event == PublishFailed("status", "cannot do it now (503)")
        assert bot.records(failed) == []
        bot.turn(0)
        server.status = 200
        assert server.asked == 1
        bot.turn(1)
        assert isinstance(bot.comes().event, Published)


def test_a_run_that_ended_before_it_was_on_record_sends_the_same_again(tmp_path, server):
    config = webhook(tmp_path, server)
    with running(config) as bot:
        bot.say(0, *OVER)
        bot.comes()  # it arrived, and the bot dies
    with running(config) as bot:
        assert bot.records(bot.comes()) == []
    with running(config) as bot:
        assert bot.engine.state.incidents[1].owes is False
    assert (len(server.messages), len(server.once)) == (2, 1)


def test_while_nothing_can_be_recorded_nothing_is_sent_twice(tmp_path, server):
    with running(webhook(tmp_path, server)) as bot:
        bot.say(0, *OVER)
        sent = bot.comes()
        path, aside = tmp_path / "incidents", tmp_path / "aside"
        path.rename(aside)
        path.touch()
        bot.engine.sent(sent)
        bot.turn(1)
        bot.turn(10)
        path.unlink()
        aside.rename(path)
        bot.turn(1)
        assert bot.engine.state.incidents[1].deliveries["status"].at is not None
    assert len(server.messages) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_publisher_that_dies_is_called_again_and_has_published_once(tmp_path, types, when):
    config = configured(tmp_path, '[publish.wiki]\ntype = "folder"\nfolder = "pages"\n')
    (tmp_path / "pages" / "die").write_text(when)
    with running(config) as bot:
        bot.say(0, *OVER)
        failed = bot.comes()
        assert failed.event == PublishFailed("wiki", "could not be written to (status -9)")
        bot.records(failed)
        bot.turn(1)
        (told,) = bot.records(bot.comes())
        assert told.startswith("Published: https://wiki.example/ircbot-1-")
    (page,) = (tmp_path / "pages").glob("ircbot-1-*")
    assert "it was the cache" in page.read_text()


def test_a_redaction_goes_out_at_once_and_what_changed_when_it_settles(tmp_path, types):
    config = configured(tmp_path, '[publish.wiki]\ntype = "folder"\nfolder = "pages"\n')
    with running(config) as bot:
        bot.say(0, *OVER)
        bot.records(bot.comes())
        bot.say(1, "TL: my number is 4711", "!inc redact 1")
        bot.turn(0)
        bot.records(bot.comes())
        (page,) = (tmp_path / "pages").glob("ircbot-1-*")
        assert "cache" not in page.read_text()
        bot.say(5, "TL: and the disk")
        bot.turn(2)
        assert bot.records(bot.comes()) == []
        assert "and the disk" in page.read_text()
    log = (tmp_path / "pages" / "log").read_text()
    assert log.splitlines() == [
        "resolved ",
        "old words go: erased words removed, entries",
        "changed entries",
    ]


@pytest.mark.parametrize("dies", ["", "reading", "before", "after"])
def test_what_people_wrote_on_a_page_is_on_record_before_it_is_written_again(tmp_path, types, dies):
    config = configured(tmp_path, '[publish.wiki]\ntype = "folder"\nfolder = "pages"\n')
    pages = tmp_path / "pages"
    (pages / "written").write_text("The pager rang.\n\nCall +1 (650) 253-0000.")
    with running(config) as bot:
        bot.say(0, *OVER)
        bot.records(bot.comes())
        bot.say(1, "!inc well the phone rang too")
        (pages / "die").write_text(dies)
        for _ in range(2 if dies else 1):
            bot.turn(2)
            bot.records(bot.comes())
        bot.turn(0)
        then = "The pager rang.\n\nCall [masked].\n\n- the phone rang too"
        assert prose_of(bot.engine.state.incidents[1]) == {"well": then}
        assert (pages / "prose").read_text() == then
    log = (pages / "log").read_text().splitlines()
    assert log == ["resolved ", "changed prose", *(["changed prose"] if dies == "after" else [])]


def test_nothing_is_read_back_from_a_page_for_the_public(tmp_path, types):
    config = configured(
        tmp_path, '[publish.wiki]\ntype = "folder"\nfolder = "pages"\nedition = "public"\n'
    )
    (tmp_path / "pages" / "written").write_text("The pager rang.")
    with running(config) as bot:
        bot.say(0, *OVER)
        bot.records(bot.comes())
        assert prose_of(bot.engine.state.incidents[1]) == {}
    assert (tmp_path / "pages" / "prose").read_text() == "nothing to write"


@pytest.mark.parametrize("died", [False, True])
@pytest.mark.parametrize("archived", [False, True])
def test_the_page_of_an_old_incident_is_rewritten_when_somebody_is_forgotten(
    tmp_path, types, archived, died
):
    config = configured(tmp_path, '[publish.wiki]\ntype = "folder"\nfolder = "pages"\n')
    with running(config) as bot:
        bot.say(0, "!inc declare MDN is down", "TL: it was the cache", "!inc resolve", "!inc close")
        bot.records(bot.comes())
        (page,) = (tmp_path / "pages").glob("ircbot-1-*")
        for minute in range(10, 50, 10):
            bot.say(minute, "!inc declare NTP is down", "!inc withdraw not so")
    if archived:
        store = open_store(str(config.store.path), writer="bot")
        assert retire(store, NOON + timedelta(days=1), (), erase=False) == (5, 4, 3, 2, 1)
        store.close()
    with running(config) as bot:
        assert 1 not in bot.engine.state.incidents
        bot.say(60, "!inc forget ann")
        assert "the cache" in page.read_text()
        if not died:
            bot.turn(0)
            bot.records(bot.comes())
    if died:
        with running(config) as bot:
            bot.turn(61)
            bot.records(bot.comes())
    assert "the cache" not in page.read_text()
    assert (tmp_path / "pages" / "log").read_text() == (
        "resolved \nold words go: erased words removed\n"
    )
    assert not incident_named(open_store(str(config.store.path)), "1").owes


def test_a_secret_that_is_changed_beside_the_bot_is_the_next_one(tmp_path, server):
    url = tmp_path / "hook.url"
    url.write_text(f"{server.url}\n")
    config = configured(tmp_path, '[publish.status]\ntype = "webhook"\nurl_file = "hook.url"\n')
    with running(config) as bot:
        url.write_text("")
        bot.say(0, *OVER)
        failed = bot.comes()
        assert isinstance(failed.event, PublishFailed)
        assert "hook.url does not hold a secret in one line" in failed.event.why
        bot.records(failed)
        url.write_text("http://127.0.0.1:1/other-secret")
        bot.turn(1)
        failed = bot.comes()
        assert isinstance(failed.event, PublishFailed)
        assert "cannot be reached" in failed.event.why
        bot.records(failed)
        url.write_text(server.url)
        bot.turn(2)
        assert isinstance(bot.comes().event, Published)


def test_who_hangs_is_killed_and_tried_again(tmp_path, server):
    config = webhook(tmp_path, server)
    with running(config, patience=0.0) as bot:
        bot.say(0, *OVER)
        assert bot.comes().event == PublishFailed("status", "does not answer within 0 s")


def test_a_private_incident_that_was_public_leaves_an_empty_page(tmp_path, types):
    config = configured(
        tmp_path, '[publish.wiki]\ntype = "folder"\nfolder = "pages"\nwhen = "declared"\n'
    )
    with running(config) as bot:
        bot.say(0, "!inc declare MDN is down", "TL: it was the cache")
        bot.records(bot.comes())
        bot.say(1, "!inc security")
        bot.turn(0)
        bot.records(bot.comes())
        bot.say(2, "!inc close")
        bot.turn(60)
        assert not bot.engine.state.incidents[1].deliveries["wiki"].owed
    (page,) = (tmp_path / "pages").glob("ircbot-1-*")
    assert "cache" not in page.read_text()
    assert "MDN" not in page.read_text()
    assert (tmp_path / "pages" / "log").read_text().startswith("declared \nold words go: erased ")


@pytest.mark.parametrize("page", [False, True])
def test_what_became_private_before_it_was_there_does_not_go_there(tmp_path, types, page):
    config = configured(
        tmp_path, '[publish.wiki]\ntype = "folder"\nfolder = "pages"\nwhen = "declared"\n'
    )
    (tmp_path / "pages" / "die").write_text("after" if page else "before")
    with running(config) as bot:
        bot.say(0, "!inc declare MDN is down", "TL: it was the cache")
        bot.records(bot.comes())  # it died
        bot.say(1, "!inc security")
        bot.turn(2)
        bot.records(bot.comes())
        assert not bot.engine.state.incidents[1].deliveries["wiki"].is_open
    left = [one.read_text() for one in (tmp_path / "pages").glob("ircbot-1-*")]
    assert len(left) == page
    assert "cache" not in "".join(left)


def test_a_page_is_no_way_to_fill_the_record_nor_to_keep_words_that_must_go(tmp_path, types):
    config = configured(tmp_path, '[publish.wiki]\ntype = "folder"\nfolder = "pages"\n')
    with running(config) as bot:
        bot.say(0, *OVER)
        bot.records(bot.comes())
        (tmp_path / "pages" / "written").write_text("walrus\n\n" * 30_000)
        bot.say(1, "!inc well the phone rang too")
        bot.turn(2)
        failed = bot.comes()
        bot.records(failed)
        assert isinstance(failed.event, PublishFailed)
        assert failed.event.why == "has a section of more than 200,000 characters; shorten it"
        bot.say(5, "!inc redact 1", "!inc publish")
        assert isinstance(bot.comes().event, Published)
        assert len(prose_of(bot.engine.state.incidents[1])["well"]) < 100
    (page,) = (tmp_path / "pages").glob("ircbot-1-*")
    assert "cache" not in page.read_text()


def test_what_people_wrote_loses_nothing_when_the_page_is_emptied(tmp_path, types):
    config = configured(tmp_path, '[publish.wiki]\ntype = "folder"\nfolder = "pages"\n')
    with running(config) as bot:
        bot.say(0, *OVER)
        bot.records(bot.comes())
        bot.say(1, "!inc well the phone rang too")
        (tmp_path / "pages" / "written").write_text("The pager rang.")
        bot.say(1, "!inc summary 1 an XSS vulnerability in MDN")
        bot.turn(0)
        bot.records(bot.comes())
        bot.turn(0)
        recorded = prose_of(bot.engine.state.incidents[1])["well"]
    assert recorded == "The pager rang.\n\n- the phone rang too"
    (page,) = (tmp_path / "pages").glob("ircbot-1-*")
    assert "rang" not in page.read_text()
    assert "XSS" not in page.read_text()


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import test_publish_outbox as t
config = t.load_config(Path(sys.argv[1]))
bot = t.Bot(config)
bot.now = t.datetime.now(t.UTC)
bot.outbox.use(bot.setting, tuple(bot.outbox._places.values()))
sent = bot.comes()
print("sent", flush=True)
sys.stdin.read()
"""


def test_a_bot_that_is_killed_after_sending_leaves_it_owed(tmp_path, server):
    config = webhook(tmp_path, server)
    with running(config) as bot:
        server.status = 503
        bot.say(0, *OVER)
        bot.records(bot.comes())
    server.status = 200
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "config.toml"), str(Path(__file__).parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "sent\n"
        os.kill(process.pid, signal.SIGKILL)
    store = open_store(str(config.store.path))
    assert incident_named(store, "1").owes
    with running(config) as bot:
        bot.now = NOON + timedelta(hours=1)
        bot.turn(0)
        bot.records(bot.comes())
    assert (len(server.messages), len(server.once)) == (2, 1)


def test_two_processes_publish_one_after_the_other(tmp_path, server):
    from ircbot.publish.worker import PublishJob

    config = webhook(tmp_path, server)
    with running(config) as bot:
        bot.say(0, *OVER)
        bot.records(bot.comes())
        (place,) = places(config)[0]
        job = PublishJob(
            config.store.path, 1, place, bot.setting.targets[0], bot.setting.process,
            bot.setting.zone, bot.setting.calendar,
        )  # fmt: skip
        with job.alone():
            assert job.performed() is None  # whoever waited finds it done
            bot.say(5, "!inc publish")
            assert bot.results.empty()
        bot.records(bot.comes())
    assert len(server.once) == 2


def test_what_goes_wrong_in_the_outbox_itself_ends_nothing(tmp_path, server):
    config = webhook(tmp_path, server)
    with running(config) as bot:
        bot.outbox.use(replace(bot.setting, targets=()), places(config)[0])
        bot.say(0, *OVER)
        assert bot.comes().event == PublishFailed("status", "fails (StopIteration)")
