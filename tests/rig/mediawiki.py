"""A real MediaWiki of Debian's package: sqlite, and PHP's own server."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from rig.daemon import Daemon, StartError, as_nobody, free_ports, give, needed, program, write

CODE = Path("/usr/share/mediawiki")
BOT, BOT_PASSWORD = "Ilbot@ircbot", "sesame4711" * 3 + "aa"
ADMIN, ADMIN_PASSWORD = "Admin", "swordfish-4711"
_GRANTS = "basic,highvolume,editpage,createeditmovepage"

_SETTINGS = """
$wgCacheDirectory = __DIR__ . '/cache';
$wgJobRunRate = 0;
$wgMainCacheType = CACHE_NONE;
$wgRateLimits = [];
$wgPasswordAttemptThrottle = [];
$wgPasswordConfig['pbkdf2']['cost'] = 1;
$wgEnableEmail = false;
foreach ( glob( __DIR__ . '/more/*.php' ) as $more ) { require $more; }
"""


@dataclass
class MediaWiki:
    """One running wiki. `Ilbot@ircbot` is a bot password without the right to hide revisions,
    `Admin` a person who may do everything."""

    daemon: Daemon
    folder: Path
    port: int
    person: Person = field(repr=False)  # who edits pages

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        """The address of its API."""
        return f"{self.url}/api.php"

    def pages(self) -> dict[str, str]:
        """The text of every page that we did not begin with, by its title. No redirects."""
        told = self.person.ask(
            action="query", generator="allpages", gaplimit=50, gapfilterredir="nonredirects",
            prop="revisions", rvprop="content", rvslots="main",
        )  # fmt: skip
        found = {
            page["title"]: page["revisions"][0]["slots"]["main"]["content"]
            for page in told.get("query", {}).get("pages", ())
        }
        found.pop("Main Page", None)
        return found

    def set(self, name: str, php: str = "") -> None:
        """Have the wiki set differently from now on; as before, without anything."""
        path = self.folder / "more" / f"{name}.php"
        if php:
            write(path, f"<?php\n{php}\n")
        else:
            path.unlink(missing_ok=True)

    def reset(self) -> None:
        """As it was when it was installed."""
        for path in (self.folder / "more").iterdir():
            path.unlink()
        # One request at a time: when this is answered, nobody is at work on the last one.
        urllib.request.urlopen(f"{self.url}/resources/assets/poweredby_mediawiki_88x31.png").close()
        for kept in (self.folder / "kept").iterdir():
            shutil.copyfile(kept, self.folder / "db" / kept.name)
        for path in (self.folder / "db").glob("*-*"):
            path.unlink()  # a journal is of what is no more


class Person:
    """Somebody who uses the API without us."""

    def __init__(self, api: str, name: str = ADMIN, password: str = ADMIN_PASSWORD) -> None:
        self._api = api
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor()).open
        token = self.ask(action="query", meta="tokens", type="login")["query"]["tokens"]
        done = self.ask(
            action="clientlogin", username=name, password=password, loginreturnurl=api,
            logintoken=token["logintoken"],
        )  # fmt: skip
        assert done["clientlogin"]["status"] == "PASS", done
        self._token = self.ask(action="query", meta="tokens")["query"]["tokens"]["csrftoken"]

    def ask(self, **parameters: Any) -> dict[str, Any]:
        """What the API answers."""
        given = {**parameters, "format": "json", "formatversion": 2}
        with self._open(self._api, urlencode(given).encode(), timeout=20) as answer:
            told: dict[str, Any] = json.load(answer)
        assert "error" not in told, told
        return told

    def does(self, action: str, **parameters: Any) -> dict[str, Any]:
        """Something that changes the wiki."""
        told: dict[str, Any] = self.ask(action=action, token=self._token, **parameters)[action]
        return told


def start_mediawiki(folder: Path) -> MediaWiki:
    """Install one, and start it on a free port."""
    php = program("php")
    needed(CODE / "api.php", "mediawiki")
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    for name in ("db", "more", "kept", "cache"):
        (folder / name).mkdir()
        give(folder / name)
    settings = folder / "LocalSettings.php"
    environment = {"MW_CONFIG_FILE": str(settings), "TMPDIR": str(folder)}

    def run(script: str, *arguments: str, env: Mapping[str, str] = environment) -> None:
        done = subprocess.run(
            as_nobody([php, str(CODE / "maintenance" / script), *arguments], env),
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise StartError(f"{script} failed: {(done.stdout + done.stderr)[:4000]}")

    run(
        "install.php", "--dbtype", "sqlite", "--dbpath", str(folder / "db"), "--confpath",
        str(folder), "--scriptpath", "", "--server", url, "--pass", ADMIN_PASSWORD,
        "--extensions", "AbuseFilter", "--skins", "Vector", "Rig", ADMIN,
        env={"TMPDIR": str(folder)},
    )  # fmt: skip
    write(settings, settings.read_text() + _SETTINGS)
    run("createAndPromote.php", "Ilbot", "herring-4711-pike")
    name, _, app = BOT.partition("@")
    run("createBotPassword.php", "--appid", app, "--grants", _GRANTS, name, BOT_PASSWORD)
    command = [php, "-d", "opcache.revalidate_freq=0", "-S", f"127.0.0.1:{port}", "-t", str(CODE)]
    daemon = Daemon("mediawiki", command, folder, port, environment)
    daemon.start()
    try:
        person = Person(f"{url}/api.php")
    except BaseException:
        daemon.stop()
        raise
    for made in (folder / "db").glob("*.sqlite"):
        shutil.copyfile(made, folder / "kept" / made.name)
    return MediaWiki(daemon, folder, port, person)
