"""Types of places, shipped and from other packages; and docs/publishing.md's own, which works."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from added import Copy
from schemas import validator

from ircbot.config import load_config
from ircbot.config.settings import setting
from ircbot.errors import ConfigError
from ircbot.publish.conformance import Conformance
from ircbot.publish.protocol import Place, Publisher
from ircbot.publish.registry import SHIPPED, places, publisher_of, publisher_type, types

DOCUMENT = Path(__file__).parent.parent / "docs" / "publishing.md"


def package(site: Path, code: str, name: str = "folder") -> None:
    """A package, installed in a folder."""
    (site / f"incident_{name}.py").write_text(code)
    info = site / f"incident_{name}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: incident-{name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        f"[ircbot.publishers]\n{name} = incident_{name}:Folder\n"
    )


def blocks() -> list[str]:
    """The code in the document: the publisher, its test, …"""
    return re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)


def example() -> str:
    """The publisher that the document shows."""
    return blocks()[0]


@pytest.fixture
def config_of(tmp_path):
    def write(toml: str):
        path = tmp_path / "config.toml"
        path.write_text(toml)
        path.chmod(0o600)
        return load_config(path)

    return write


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_type_is_a_publisher(name):
    cls = publisher_type(name)
    assert name in types()
    assert isinstance(cls.formats, tuple)
    assert {"each", "again", "check", "publish", "preview", "keys"} <= set(dir(cls))


# --- the configuration --------------------------------------------------------------------------

HOOK = '[publish.status]\ntype = "webhook"\nurl = "https://hooks.example/x"\n'


def test_a_place_is_read_with_its_secrets_which_are_shown_nowhere(config_of, tmp_path):
    (tmp_path / "url").write_text("https://hooks.example/sesame\n")
    (tmp_path / "url").chmod(0o644)
    config = config_of('[publish.status]\ntype = "webhook"\nurl_file = "url"\n')
    (place,), warnings = places(config, {})
    assert place.values["url"] == "https://hooks.example/sesame"
    assert "sesame" not in repr(place)
    assert place.hidden("GET https://hooks.example/sesame failed") == "GET … failed"
    assert [one.endswith(f"chmod o-r {tmp_path / 'url'}") for one in warnings] == [True]
    given = {"IRCBOT_PUBLISH_STATUS_URL": "https://other.example"}
    assert places(config, given)[0][0].values["url"] == "https://other.example"
    assert isinstance(publisher_of(place), Publisher)


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[publish.x]\ntype = "webbook"\n', "line 2: there is no type 'webbook' of places to publish to; did you mean 'webhook'?"),
        ('[publish.x]\ntype = "moon"\n', "there are: "),
        (HOOK + "urll = 1\n", "line 4: there is no key `urll` in [publish.status]; did you mean `url`?"),
        (HOOK + "secret = 1\n", "line 4: `publish.status.secret` must be a text"),
        (HOOK + 'secret = "x"\n', "line 4: a webhook's secret is whsec_"),
        (HOOK + 'url_file = "x"\n', "give `publish.status.url` or `publish.status.url_file`, not both"),
        ('[publish.x]\ntype = "webhook"\n', "line 1: [publish.x]: a webhook needs `url`"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_the_fix(config_of, toml, said):
    with pytest.raises(ConfigError) as wrong:
        places(config_of(toml), {})
    assert said in str(wrong.value)
    assert "hooks.example" not in str(wrong.value)


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[publish.x]\n", 'says no type; write type = "…" there'),
        ('[publish."a b"]\ntype = "webhook"\n', "a name has letters, digits and hyphens only"),
        (HOOK + 'when = "never"\n', "`publish.status.when` must be one of"),
        (HOOK + "when = []\n", "`publish.status.when` must be one of"),
        (HOOK + 'edition = "secret"\n', "`publish.status.edition` must be one of"),
    ],
)
def test_what_all_places_have_is_checked_with_the_rest(config_of, toml, said):
    with pytest.raises(ConfigError) as wrong:
        setting(config_of(toml))
    assert said in str(wrong.value)


def test_without_a_configuration_there_is_no_place(config_of):
    assert places(config_of(""), {}) == ((), ())


# --- other packages -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise OSError('no such library')", "the package incident-broken is broken (no such library)"),
        ("Folder = object", "the package incident-broken has no publisher: keys is missing"),
    ],
)  # fmt: skip
def test_a_broken_package_is_named_and_no_other_suffers(
    config_of, tmp_path, monkeypatch, code, said
):
    (tmp_path / "site").mkdir()
    package(tmp_path / "site", code, "broken")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert len(places(config_of(HOOK), {})[0]) == 1
    with pytest.raises(ConfigError, match=re.escape(said)):
        places(config_of('[publish.x]\ntype = "broken"\n'), {})
    sys.modules.pop("incident_broken", None)
    with pytest.raises(ConfigError, match="incident-broken"):
        publisher_of(Place("x", "broken", {}))
    with pytest.raises(ConfigError, match="gone"):
        publisher_of(Place("x", "gone", {}))
    sys.modules.pop("incident_broken", None)


LOG = """\
2018-01-10T12:00:00  <ann> !inc declare NTP is down
2018-01-10T12:01:00  <ann> TL: the clock is wrong
2018-01-10T12:02:00  <ann> !inc resolve
"""


def test_the_documents_type_is_found_and_published_to(tmp_path, monkeypatch):
    bot = Copy(tmp_path, [])
    site = tmp_path / "site"
    site.mkdir()
    package(site, example())
    monkeypatch.setenv("PYTHONPATH", str(site))
    (tmp_path / "pages").mkdir()
    (tmp_path / "config.toml").write_text(
        '[irc]\nhost = "irc.example"\nchannels = ["#ntp"]\n[store]\npath = "store"\n'
        '[publish.wiki]\ntype = "folder"\nfolder = "pages"\n'
    )
    (tmp_path / "ntp.log").write_text(LOG)
    assert bot.run("import", "ntp.log", "--channel", "#ntp").returncode == 0
    shown = bot.run("publish", "1", "--dry-run")
    assert "+NTP is down" in shown.stdout or "the clock is wrong" in shown.stdout, shown.stderr
    assert list((tmp_path / "pages").iterdir()) == []
    for _ in range(2):
        done = bot.run("publish", "last", "--to", "wiki")
        assert re.fullmatch(r"wiki: published: file:///\S+\.md\n", done.stdout), done.stderr
    (page,) = (tmp_path / "pages").iterdir()
    assert "the clock is wrong" in page.read_text()
    page.write_text("mine")
    beside = bot.run("publish", "1")
    assert "was edited, and is left as it is" in beside.stdout, beside.stderr
    assert page.read_text() == "mine"
    os.chmod(tmp_path / "pages", 0o700)
    (tmp_path / "pages").rename(tmp_path / "away")
    failed = bot.run("publish", "1", "--force")
    assert failed.returncode == 1
    assert "Wiki cannot be read (No such file or directory)" in failed.stderr
    owed = bot.run("outbox")
    assert "1 attempt," in owed.stdout, owed.stderr
    order = json.loads(bot.run("outbox", "retry", "1", "--json").stdout)
    validator("outbox-order").validate(order)
    assert order == {"incident": 1, "order": "retry", "targets": ["wiki"]}
    assert bot.run("outbox", "retry", "1").stdout == "1 is tried again: wiki\n"
    assert bot.run("outbox", "drop", "1", "--to", "wiki").stdout == "1 is dropped: wiki\n"
    assert bot.run("outbox").stdout == "nothing is owed.\n"
    assert "owes nothing" in bot.run("outbox", "drop", "1").stderr


class FolderWorld:
    """A folder on which the document's publisher is tried."""

    def __init__(self, folder: Path, cls: Any) -> None:
        self.folder, self.cls, self.lost = folder / "pages", cls, False
        self.folder.mkdir()

    def publisher(self) -> Publisher:
        made: Publisher = self.cls({"folder": self.folder})
        if self.lost:
            self.lost = False
            return Losing(made)  # type: ignore[return-value]
        return made

    def standing(self) -> Sequence[str]:
        return [path.read_text() for path in sorted(self.folder.glob("*.md"))]

    def refuse(self) -> None:
        self.folder.rename(self.folder.with_name("away"))
        self.folder.write_text("no folder")

    def fail(self) -> None:
        self.folder.rename(self.folder.with_name("away"))

    def heal(self) -> None:
        if not self.folder.exists():
            self.folder.with_name("away").rename(self.folder)

    def lose_answer(self) -> None:
        self.lost = True

    def edit(self, word: str) -> bool:
        (path,) = self.folder.glob("*.md")
        path.write_text(path.read_text() + word)
        return True


class Losing:
    """A publisher that dies when it has written."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher

    def publish(self, publication: Any) -> None:
        from ircbot.publish.protocol import Unavailable

        self.publisher.publish(publication)
        raise Unavailable("died")


class TestTheDocumentsType(Conformance):
    @pytest.fixture
    def world(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderWorld:
        (tmp_path / "incident_folder_example.py").write_text(example())
        monkeypatch.syspath_prepend(str(tmp_path))
        sys.modules.pop("incident_folder_example", None)
        return FolderWorld(tmp_path, import_module("incident_folder_example").Folder)
