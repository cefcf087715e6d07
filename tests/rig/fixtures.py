"""The real servers as fixtures: started once for all the tests that use them, stopped at the end.

A test that asks for one is marked `realserver`. Where the package is missing it is skipped with
one sentence, or fails if IRCBOT_REQUIRE_REAL is set.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from rig.certificates import Certificates, make_certificates
from rig.daemon import StartError, new_folder
from rig.hybrid import Hybrid, start_hybrid
from rig.inspircd import InspircdNetwork, start_inspircd
from rig.mediawiki import MediaWiki, start_mediawiki
from rig.ngircd import Ngircd, start_ngircd
from rig.postgresql import Postgresql, start_postgresql
from rig.wordpress import WordPress, start_wordpress
from rig.znc import Znc, start_znc

Server = TypeVar("Server")

_FIXTURES = {"ngircd", "inspircd", "hybrid", "znc", "mediawiki", "wordpress", "postgresql"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that uses a real server."""
    for item in items:
        if _FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.realserver)


def _started(start: Callable[[Path], Server], attempts: int = 3) -> tuple[Server, Path]:
    """Start a server in a folder of its own; again if another process took one of its ports."""
    for left in reversed(range(attempts)):
        folder = new_folder()
        try:
            return start(folder), folder
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if not (isinstance(error, StartError) and left):
                raise
    raise AssertionError("unreachable")


@pytest.fixture(scope="session")
def certificates() -> Iterator[Certificates]:
    """Good and bad certificates, in files that every server may read."""
    folder = new_folder()
    yield make_certificates(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def ngircd(certificates: Certificates) -> Iterator[Ngircd]:
    """A running ngIRCd."""
    server, folder = _started(lambda folder: start_ngircd(folder, certificates))
    yield server
    server.daemon.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def hybrid(certificates: Certificates) -> Iterator[Hybrid]:
    """A running ircd-hybrid."""
    server, folder = _started(lambda folder: start_hybrid(folder, certificates))
    yield server
    server.daemon.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def inspircd(certificates: Certificates) -> Iterator[InspircdNetwork]:
    """A running InspIRCd network with services."""
    network, folder = _started(lambda folder: asyncio.run(start_inspircd(folder, certificates)))
    yield network
    network.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def znc(inspircd: InspircdNetwork) -> Iterator[Znc]:
    """A running ZNC in front of the InspIRCd network."""
    server, folder = _started(lambda folder: asyncio.run(start_znc(folder, inspircd.easy_port)))
    yield server
    server.daemon.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def mediawiki() -> Iterator[MediaWiki]:
    """A running MediaWiki."""
    wiki, folder = _started(start_mediawiki)
    yield wiki
    wiki.daemon.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def wordpress() -> Iterator[WordPress]:
    """A running WordPress."""
    site, folder = _started(start_wordpress)
    yield site
    site.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """A running PostgreSQL with the bot's tables."""
    cluster, folder = _started(start_postgresql)
    yield cluster
    cluster.daemon.crash()
    shutil.rmtree(folder, ignore_errors=True)
