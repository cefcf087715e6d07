"""What a place that incidents are published to does to the bot, and what it must not get to see."""

from __future__ import annotations

import pytest

from ircbot.publish.http import HttpResponse, failure
from ircbot.publish.protocol import Place, Wrong
from ircbot.publish.webhook import Webhook


@pytest.mark.parametrize(
    "location",
    [
        "https://hooks.example/services/sesame",
        "https://hooks.example:8443/sesame/?key=sesame#sesame",
        "//hooks.example/sesame",
        "https://sesame:sesame@hooks.example/",
    ],
)
def test_a_redirect_does_not_tell_the_secret_that_it_repeats(location):
    told = str(failure(HttpResponse(301, {"location": location}, b"")))
    assert told.startswith("sends us to hooks.example (301)")
    assert "sesame" not in told


@pytest.mark.parametrize(
    "location", ["", "/sesame", "https://[sesame", "https://\u202esesame/", "sesame"]
)
def test_a_redirect_to_nowhere_is_told_as_such(location):
    told = str(failure(HttpResponse(301, {"location": location}, b"")))
    assert told.startswith("sends us to another address (301)")


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example/sesame 4711",
        "https://hooks.example/sésame",
        "https://bot:sesame@hooks.example/x",
        "https://hooks.example:sesame/",
        "https://hooks.example:0/sesame",
        "https://[hooks/sesame",
        "https:///sesame",
        "file:///etc/sesame",
        "https://hooks.example/sesame\x7f",
    ],
)
def test_an_address_that_an_error_would_quote_is_refused_without_a_word_of_it(url):
    with pytest.raises(Wrong) as wrong:
        Webhook({"url": url, "secret": "", "ca_file": None})
    assert "sesame" not in wrong.value.sentence.casefold()


def test_the_path_of_a_secret_address_is_hidden_by_itself():
    place = Place("x", "webhook", {}, ("https://hooks.example/T0/sesame-4711/", "a/b"))
    told = place.hidden("moved: https://other.example/T0/sesame-4711?x (was /T0/sesame-4711/)")
    assert told == "moved: https://other.example/…?x (was /…/)"
    assert Place("x", "webhook", {}, ("https://h/hook",)).hidden("the hook") == "the hook"
