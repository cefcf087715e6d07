"""The type `webhook`: what every publisher must do, and its own JSON and signature."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hooks import Hooks, hooks
from standardwebhooks import Webhook as Judge
from standardwebhooks.webhooks import WebhookVerificationError

from ircbot.publish.conformance import Conformance, publication
from ircbot.publish.http import Http, HttpResponse, failure, retry_after
from ircbot.publish.protocol import Receipt, Refused, Unavailable, Wrong
from ircbot.publish.webhook import Webhook

SECRET = "whsec_" + base64.b64encode(b"sesame-4711-sesame-4711-sesame").decode()


class HookWorld:
    def __init__(self, server: Hooks) -> None:
        self.server = server

    def publisher(self) -> Webhook:
        return Webhook({"url": self.server.url, "secret": SECRET, "ca_file": None})

    def standing(self) -> list[str]:
        return [message.body.decode() for message in self.server.once.values()]

    def refuse(self) -> None:
        self.server.status = 401

    def fail(self) -> None:
        self.server.status = 503

    def heal(self) -> None:
        self.server.status, self.server.mute = 200, False

    def lose_answer(self) -> None:
        self.server.mute = True

    def edit(self, word: str) -> bool:
        return False


@pytest.fixture
def world() -> Iterator[HookWorld]:
    with hooks() as server:
        yield HookWorld(server)


class TestWebhook(Conformance):
    pass


def test_a_receiver_finds_the_signature_right_and_the_incident_in_the_contracts_json(world):
    world.publisher().publish(replace(publication(), update={"text": "walrus"}))
    (message,) = world.server.messages
    told = Judge(SECRET).verify(message.body, message.headers)
    assert told["type"] == "incident.resolved"
    assert told["timestamp"] == "2018-01-10T17:01:00Z"
    assert told["data"] == {
        "title": "Incident 7: walrus",
        "note": None,
        "update": {"text": "walrus"},
        "called": None,
        "incident": publication().incident,
    }
    with pytest.raises(WebhookVerificationError):
        Judge(SECRET).verify(message.body + b" ", message.headers)


def test_without_a_secret_nothing_is_signed(world):
    Webhook({"url": world.server.url, "secret": "", "ca_file": None}).publish(publication())
    assert "webhook-signature" not in world.server.messages[0].headers


@pytest.mark.parametrize(
    ("answer", "url"),
    [
        (b'{"url": "https://status.example/1"}', "https://status.example/1"),
        (b'{"url": "javascript:x"}', ""),
        (b'{"url": 1}', ""),
        (b'{"url": "https://[status.example/1"}', ""),
        (b"[" * 100_000, ""),
        (b"[]", ""),
        (b"ok", ""),
        (b'{"url": "https://a\\nb"}', ""),
    ],
)
def test_a_receiver_may_say_where_it_stands(world, answer, url):
    world.server.answer = answer
    receipt = world.publisher().publish(publication())
    assert receipt == Receipt(url, publication().key)


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (302, Refused, "sends us to x.example (302): write its new address there"),
        (400, Refused, "refuses it (400): look at the bot's log"),
        (401, Refused, "refuses the login (401): ask the owner of its token"),
        (404, Refused, "has no such page (404): look at its address in the configuration"),
        (413, Refused, "accepts no text of this length (413): ask its administrator to take longer texts"),
        (429, Unavailable, "is asked too often (429)"),
        (500, Unavailable, "cannot do it now (500)"),
    ],
)  # fmt: skip
def test_every_refusal_is_told_in_words(world, status, error, words):
    world.server.status = status
    world.server.headers = {
        "Location": "https://x.example/hook/sesame?key=sesame",
        "Retry-After": "7",
    }
    with pytest.raises(error) as raised:
        world.publisher().publish(publication())
    assert str(raised.value) == words
    assert raised.value.retry_after == (0 if error is Refused else 7)
    assert world.server.asked == 1


def test_somebody_who_is_not_there_may_be_there_later():
    with hooks() as server:
        url = server.url
    with pytest.raises(Unavailable, match="cannot be reached"):
        Http().request("GET", url)
    with pytest.raises(Unavailable, match="cannot be reached"):
        Http().request("GET", "http://[::1/")


NOW = datetime(2018, 1, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("", 0), ("120", 120), ("9223372036854775807", 86400), ("-5", 0), ("soon", 0),
        ("Wed, 10 Jan 2018 12:01:00 GMT", 60), ("Wed, 10 Jan 2018 12:01:00 -0000", 60),
        ("Wed, 10 Jan 2018 11:00:00 GMT", 0), ("Fri, 10 Jan 2048 12:00:00 GMT", 86400),
    ],
)  # fmt: skip
def test_how_long_to_wait_is_read_in_all_its_forms(said, seconds):
    assert retry_after(HttpResponse(429, {"retry-after": said}, b""), NOW) == seconds


def test_a_page_in_place_of_json_is_no_answer():
    answer = HttpResponse(200, {"content-type": "text/html; charset=utf-8"}, b"<p>log in</p>")
    assert (answer.ok, answer.text) == (True, "<p>log in</p>")
    with pytest.raises(Unavailable, match="text/html instead of JSON"):
        answer.json()
    assert HttpResponse(200, {}, b"[1]").json() == [1]


def test_a_publisher_may_say_itself_what_to_do_about_a_status():
    error = failure(HttpResponse(503, {}, b""), fix={503: "switch it on"})
    assert str(error) == "refuses it (503): switch it on"


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"url": ""}, "url"),
        ({"url": "ftp://x"}, "url"),
        ({"secret": "whsec_short"}, "secret"),
        ({"secret": "whsec_###"}, "secret"),
    ],
)
def test_values_that_do_not_fit_are_told_with_the_fix(values, key):
    with pytest.raises(Wrong) as wrong:
        Webhook({"url": "https://x.example", "secret": "", "ca_file": None} | values)
    assert wrong.value.key == key


# --- the document's receivers -------------------------------------------------------------------

BLOCKS = re.findall(
    r"```python\n(.*?)```",
    (Path(__file__).parent.parent / "docs" / "publishing" / "webhook.md").read_text(),
    re.DOTALL,
)


def received(recipe: str, sink: Hooks, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have the document's receiver with one of its recipes take three messages, the last of which
    is not signed by us; what it answered."""
    for name in ("CHAT_URL", "PAGER_URL", "JIRA_URL"):
        monkeypatch.setenv(name, sink.url)
    for name in ("ROUTING_KEY", "JIRA_PROJECT", "JIRA_TOKEN"):
        monkeypatch.setenv(name, "OPS")
    monkeypatch.setenv("SECRET", SECRET)
    there: dict[str, Any] = {}
    exec(BLOCKS[0] + recipe, there)
    there["Receiver"].log_message = lambda *args: None
    server = HTTPServer(("127.0.0.1", 0), there["Receiver"])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    answers = []
    try:
        for secret in (SECRET, SECRET, other):
            try:
                Webhook({"url": url, "secret": secret, "ca_file": None}).publish(publication())
                answers.append(200)
            except Refused as error:
                answers.append(401 if "refuses the login (401)" in str(error) else 0)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    return answers


def test_a_call_pages(monkeypatch):
    call = {"at": "…", "nick": "ann", "nicks": ["bob"], "not_reached": [], "text": "NTP is down"}
    with hooks() as sink:
        monkeypatch.setenv("PAGER_URL", sink.url)
        monkeypatch.setenv("ROUTING_KEY", "OPS")
        monkeypatch.setenv("SECRET", SECRET)
        there: dict[str, Any] = {}
        exec(BLOCKS[0] + BLOCKS[2], there)
        called = replace(publication(), occasion="notify", called=call)
        Webhook({"url": sink.url, "secret": "", "ca_file": None}).publish(called)
        there["forward"](sink.messages[0].told)
        told = sink.messages[1].told
    assert (told["event_action"], told["dedup_key"]) == ("trigger", "ircbot-7")
    assert told["payload"]["summary"] == "Incident 7: walrus: NTP is down"


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        (1, {"text": "Incident 7: walrus: resolved"}),
        (
            2,
            {
                "routing_key": "OPS",
                "event_action": "resolve",
                "dedup_key": "ircbot-7",
                "payload": {
                    "summary": "Incident 7: walrus", "source": "ircbot", "severity": "critical",
                },
            },
        ),
        (
            3,
            {
                "fields": {
                    "project": {"key": "OPS"},
                    "issuetype": {"name": "Task"},
                    "summary": "Review of Incident 7: walrus",
                    "description": "",
                }
            },
        ),
    ],
)  # fmt: skip
def test_the_documents_receiver_hands_each_message_on_once(monkeypatch, recipe, told):
    with hooks() as sink:
        assert received(BLOCKS[recipe], sink, monkeypatch) == [200, 200, 401]
        assert [message.told for message in sink.messages] == [told]
