"""The type `wordpress`, on a real WordPress: what every publisher must do, and a post's own trials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from proxy import Proxy, proxy
from rig.wordpress import WordPress as Server

from ircbot.publish.conformance import Conformance
from ircbot.publish.wordpress import WordPress


class PostWorld:
    def __init__(self, server: Server, between: Proxy) -> None:
        self.server, self.proxy = server, between
        self.password = server.passwords["ilbot"]

    def publisher(self, **more: Any) -> WordPress:
        given = {"url": self.proxy.url, "user": "ilbot", "password": self.password, **more}
        return WordPress({key.name: key.default for key in WordPress.keys} | given)

    def standing(self) -> list[str]:
        return [post["content"]["raw"] for post in self.server.posts()]

    def refuse(self) -> None:
        self.password = "wrong"

    def fail(self) -> None:
        self.server.set("fault", "http_response_code(503); die('<h1>Back soon</h1>');")

    def heal(self) -> None:
        self.server.set("fault")
        self.proxy.heal()

    def lose_answer(self) -> None:
        self.proxy.mute = lambda request: request.method == "POST"

    def edit(self, word: str) -> bool:
        (post,) = self.server.posts()
        text = f"{post['content']['raw']}<p>{word}</p>"
        self.server.ask("POST", f"posts/{post['id']}", content=text)
        return True


@pytest.fixture
def world(wordpress: Server) -> Iterator[PostWorld]:
    wordpress.reset()
    with proxy(wordpress.port) as between:
        yield PostWorld(wordpress, between)


class TestWordPress(Conformance):
    pass
