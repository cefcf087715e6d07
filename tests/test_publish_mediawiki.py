"""The type `mediawiki`, on a real MediaWiki: what every publisher must do, and a page's own trials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from proxy import Proxy, proxy
from rig.mediawiki import BOT, BOT_PASSWORD
from rig.mediawiki import MediaWiki as Server

from ircbot.publish.conformance import Conformance
from ircbot.publish.mediawiki import MediaWiki


def values(url: str, **more: Any) -> dict[str, Any]:
    plain = {key.name: key.default for key in MediaWiki.keys}
    given = {"url": f"{url}/api.php", "user": BOT, "password": BOT_PASSWORD, "categories": ()}
    return {**plain, **given, **more}


class WikiWorld:
    def __init__(self, server: Server, between: Proxy) -> None:
        self.server, self.proxy, self.password = server, between, BOT_PASSWORD

    def publisher(self, **more: Any) -> MediaWiki:
        return MediaWiki(values(self.proxy.url, password=self.password, **more))

    def standing(self) -> list[str]:
        return list(self.server.pages().values())

    def refuse(self) -> None:
        self.password = "wrong"

    def fail(self) -> None:
        self.server.set("fault", "$wgReadOnly = 'copying the disk';")

    def heal(self) -> None:
        self.server.set("fault")
        self.proxy.heal()

    def lose_answer(self) -> None:
        self.proxy.mute = lambda request: "action=edit" in request

    def edit(self, word: str) -> bool:
        (title,) = self.server.pages()
        self.server.person.does("edit", title=title, appendtext=f" {word}")
        return True


@pytest.fixture
def world(mediawiki: Server) -> Iterator[WikiWorld]:
    mediawiki.reset()
    with proxy(mediawiki.port) as between:
        yield WikiWorld(mediawiki, between)


class TestMediaWiki(Conformance):
    pass
