"""The type `webhook`: documented JSON to one URL, signed according to Standard Webhooks.

Each occasion is a message of its own with a `webhook-id` that stays the same when it is sent again:
a receiver that remembers the ids it has seen gets each message once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from ircbot.config.keys import PATH, TEXT, Key
from ircbot.incident.times import iso
from ircbot.publish.http import Http, failure, is_address
from ircbot.publish.protocol import Publication, Receipt, Wrong, diff

_PREFIX = "whsec_"
_SHORTEST = 24  # bytes, as Standard Webhooks requires


class Webhook:
    """A URL that accepts JSON."""

    keys: ClassVar[tuple[Key, ...]] = (
        Key("url", TEXT, None, "Where to send to; whoever knows it can often write.", secret=True),
        Key("secret", TEXT, None, "whsec_…, which the receiver has too: it signs.", secret=True),
        Key("ca_file", PATH, None, "A certificate authority of your own, PEM.", "ca.pem"),
    )
    formats: tuple[str, ...] = ()
    each = True
    again = False

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Raises Wrong."""
        self._url = str(values["url"])
        if not is_address(self._url):
            raise Wrong(
                "url",
                "a webhook needs `url` (or `url_file`), https://… in plain letters, without "
                "blanks or a login",
            )
        self._secret = _key(str(values["secret"])) if values["secret"] else b""
        self._http = Http(values["ca_file"])

    def check(self) -> str:
        """Check that there is a server; whether it accepts a message shows only when one is
        sent."""
        answer = self._http.request("HEAD", self._url)
        return f"{urlsplit(self._url).hostname} answers ({answer.status}); nothing was sent"

    def publish(self, publication: Publication) -> Receipt:
        """Send a message."""
        body = self._body(publication)
        stamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": publication.key,
            "webhook-timestamp": stamp,
        }
        if self._secret:
            headers["webhook-signature"] = _signature(self._secret, publication.key, stamp, body)
        answer = self._http.request("POST", self._url, headers=headers, body=body)
        if not answer.ok:
            raise failure(answer)
        return Receipt(url=_url_in(answer.text), page=publication.key)

    def preview(self, publication: Publication) -> str:
        """The message, as an addition."""
        return diff("", self._body(publication).decode(), "message")

    def _body(self, publication: Publication) -> bytes:
        told = {
            "type": f"incident.{publication.occasion}",
            "timestamp": iso(publication.at),
            "data": {
                "title": publication.title,
                "note": publication.note or None,
                "update": publication.update,
                "called": publication.called,
                "incident": publication.incident,
            },
        }
        return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if len(key) < _SHORTEST:
        raise Wrong(
            "secret",
            f"a webhook's secret is {_PREFIX} and at least {_SHORTEST} bytes in base64: "
            f"echo {_PREFIX}$(head -c 32 /dev/urandom | base64)",
        )
    return key


def _signature(key: bytes, message: str, stamp: str, body: bytes) -> str:
    signed = hmac.new(key, f"{message}.{stamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"


def _url_in(text: str) -> str:
    """The page's URL, if the receiver answers with one: {"url": "https://…"}."""
    try:
        url = json.loads(text).get("url", "")
        is_url = isinstance(url, str) and urlsplit(url).scheme in ("http", "https")
    except (ValueError, AttributeError, RecursionError):  # it has the message all the same
        return ""
    return url if is_url and url.isprintable() and len(url) <= 1000 else ""
