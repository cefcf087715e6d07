"""The parts of GitHub's REST API that issues need: requests, paging, and what refusals mean.

Knows nothing of incidents. Follows https://docs.github.com/rest, version 2022-11-28.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ircbot.publish.http import Http, HttpResponse, JsonObject, failure, retry_after
from ircbot.publish.protocol import PublishError, Refused, Unavailable

_VERSION = "2022-11-28"
_PAGE = 100  # items, GitHub's maximum
_PAUSE = 60.0  # seconds to wait if a rate limit does not say
_LONGEST_PAUSE = 3600.0  # seconds
_LIMITS = ("rate limit", "abuse detection")  # how a refusal mentions a rate limit
_MOVED = (301, 302, 307, 308)
# What a 404 may mean, and the fix.
_UNSEEN = {
    404: (
        "shows no such repository (404)",
        "look at `repository`, and whether the token may see it and write its issues",
    ),
    410: ("has no issues there (410)", "switch them on in the repository's settings"),
}
_REPOSITORY = ("full_name", "html_url")
_ISSUE = ("number", "html_url", "state", "title")
_COMMENT = ("id", "html_url")
_LONGEST_VALUE = 1000  # characters
_SHOWN = 120  # characters of GitHub's own message to quote


class Gone(Refused):
    """The item was deleted, or moved to another repository."""


class Invalid(Refused):
    """GitHub does not accept something in the request."""


class Api:
    """A repository's issues, as seen by the owner of the token."""

    def __init__(self, url: str, repository: str, token: str, ca_file: Path | None) -> None:
        """`url` is the API's, `repository` is owner/name."""
        self._url = url.rstrip("/")
        self._named = repository
        self._token = token
        self._http = Http(ca_file)
        self._repository: JsonObject | None = None
        self._me: str | None = None
        self._by_mark = False  # our account is unknown: only marks tell what is ours

    @property
    def repository(self) -> JsonObject:
        """The repository, requested once. Refused if we may not write to its issues."""
        if self._repository is None:
            path = f"/repos/{quote(self._named)}"
            answer = self._request("GET", self._url + path)
            if answer.status in _MOVED:
                answer = self._request("GET", self._moved(answer))
            found = _taken(answer, *_REPOSITORY)
            name = str(found["full_name"])
            if name.casefold() != self._named.casefold():
                print(f"{self._named} is called {name} now; write that as `repository`.",
                      file=sys.stderr)  # fmt: skip
            if found.get("archived"):
                raise Refused(f"has archived {name}", "unarchive it, or write another `repository`")
            if not found.get("has_issues", True):
                raise Refused(f"has no issues in {name}", "switch them on in its settings")
            self._repository = found
        return self._repository

    def _moved(self, answer: HttpResponse) -> str:
        """The new URL of a repository. Refused if it is on another server, which must not get the
        token."""
        to, ours = urlsplit(answer.headers.get("location", "")), urlsplit(self._url)
        if (to.scheme, to.netloc) != (ours.scheme, ours.netloc):
            raise failure(answer)
        return to.geturl()

    @property
    def me(self) -> str:
        """Our login, "" for an app, which is not a user."""
        if self._me is None:
            answer = self._request("GET", f"{self._url}/user")
            app = answer.status in (403, 404) and not isinstance(_failure(answer), Unavailable)
            self._me = "" if app else str(_taken(answer, "login")["login"])
            self._by_mark = answer.status == 404  # GitHub itself always knows the user
        return self._me

    def wrote(self, item: JsonObject) -> bool:
        """Whether we wrote an issue or a comment: anybody can imitate our marks."""
        user = item.get("user") or {}
        if not self.me:
            return self._by_mark or user.get("type") == "Bot"
        return str(user.get("login", "")).casefold() == self.me.casefold()

    def issue(self, number: int) -> JsonObject:
        """An issue. Gone if it was deleted, or moved to another repository."""
        answer = self._request("GET", self._path(f"/{number}"))
        if answer.status in (404, 410, *_MOVED):
            raise Gone(f"has issue {number} no more ({answer.status})", "it was deleted or moved")
        return _taken(answer, *_ISSUE)

    def issues(self, since: str) -> Iterator[JsonObject]:
        """The issues that we opened and that changed since a time (ISO 8601), oldest first."""
        ours = {"creator": self.me} if self.me else {}
        asked = {"state": "all", "sort": "created", "direction": "asc", "since": since, **ours}
        for one in self._pages("", asked, _ISSUE):
            if "pull_request" not in one and self.wrote(one):
                yield one

    def comments(self, number: int) -> Iterator[JsonObject]:
        """Our comments on an issue, oldest first."""
        return filter(self.wrote, self._pages(f"/{number}/comments", {}, _COMMENT))

    def create(self, **fields: Any) -> JsonObject:
        """Create an issue."""
        return self._sent("POST", "", fields, _ISSUE)

    def edit(self, number: int, **fields: Any) -> JsonObject:
        """Change an issue."""
        return self._sent("PATCH", f"/{number}", fields, _ISSUE)

    def comment(self, number: int, body: str) -> JsonObject:
        """Create a comment."""
        return self._sent("POST", f"/{number}/comments", {"body": body}, _COMMENT)

    def edit_comment(self, number: int, body: str) -> JsonObject:
        """Change a comment."""
        return self._sent("PATCH", f"/comments/{number}", {"body": body}, _COMMENT)

    def delete_comment(self, number: int) -> None:
        """Delete a comment. No error if it is gone."""
        answer = self._request("DELETE", self._path(f"/comments/{number}"))
        if not answer.ok and answer.status != 404:
            raise _failure(answer)

    def _path(self, path: str) -> str:
        return f"{self._url}/repos/{quote(self.repository['full_name'])}/issues{path}"

    def _pages(
        self, path: str, asked: Mapping[str, str], needs: Sequence[str]
    ) -> Iterator[JsonObject]:
        page = 1
        while True:
            query = urlencode({**asked, "per_page": _PAGE, "page": page})
            found = _told(self._request("GET", f"{self._path(path)}?{query}"))
            if not isinstance(found, list):
                raise _strange()
            yield from (_having(one, needs) for one in found)
            if len(found) < _PAGE:
                return
            page += 1

    def _sent(self, method: str, path: str, fields: JsonObject, needs: Sequence[str]) -> JsonObject:
        return _taken(self._request(method, self._path(path), fields), *needs)

    def _request(self, method: str, url: str, fields: JsonObject | None = None) -> HttpResponse:
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": _VERSION,
            "Authorization": f"Bearer {self._token}",
        }
        return self._http.request(method, url, headers=headers, send=fields)


def _told(answer: HttpResponse) -> Any:
    """The JSON of an answer; raises a PublishError for a refusal."""
    if not answer.ok:
        raise _failure(answer)
    return answer.json()


def _taken(answer: HttpResponse, *needs: str) -> JsonObject:
    """The item in an answer, checked to have these fields."""
    return _having(_told(answer), needs)


def _having(found: Any, needs: Sequence[str]) -> JsonObject:
    if not isinstance(found, dict) or not all(_is_sound(name, found.get(name)) for name in needs):
        raise _strange()
    return found


def _is_sound(name: str, value: Any) -> bool:
    """Whether a value is plausible: some values are shown to people."""
    if name in ("number", "id"):
        return type(value) is int and value > 0
    if name == "title":
        return isinstance(value, str)
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= _LONGEST_VALUE


def _strange() -> Unavailable:
    return Unavailable("answers with JSON that is not GitHub's")


def _failure(answer: HttpResponse) -> PublishError:
    """The error for an answer."""
    said = _said(answer)
    if answer.status in (403, 429) and (pause := _pause(answer, said)) is not None:
        return Unavailable(f"is asked too often ({answer.status})", pause)
    if sso := answer.headers.get("x-github-sso", "").partition("url=")[2]:
        return Refused("wants single sign-on (403)", f"authorise the token at {sso[:_SHOWN]}")
    if answer.status == 422:
        return Invalid("refuses it (422)", said or "look at the bot's log")
    if answer.status in _UNSEEN:
        return Refused(*_UNSEEN[answer.status])
    return failure(answer, fix={403: "give the token the right to write issues there"})


def _pause(answer: HttpResponse, said: str) -> float | None:
    """How many seconds a rate limit lasts, None if this is not a rate limit."""
    given = answer.headers
    if "retry-after" in given:
        return retry_after(answer)
    reset = given.get("x-ratelimit-reset", "")
    if given.get("x-ratelimit-remaining") == "0" and reset.isascii() and reset.isdigit():
        seconds = float(reset[:20]) - _clock(given.get("date", ""))
        return min(max(seconds, 1.0), _LONGEST_PAUSE)
    limited = answer.status == 429 or any(one in said.lower() for one in _LIMITS)
    return _PAUSE if limited else None


def _clock(date: str) -> float:
    """A server's time, or ours, in seconds since 1970."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError):
        return time.time()


def _said(answer: HttpResponse) -> str:
    """GitHub's message in a refusal, "" if the answer is not GitHub's."""
    try:
        told = answer.json()
        errors = [
            str(one.get("message") or f"{one.get('field')} {one.get('code')}")
            for one in told.get("errors") or ()
            if isinstance(one, dict)
        ]
        words = ": ".join(filter(None, (str(told["message"]), ", ".join(errors))))
    except (Unavailable, KeyError, AttributeError, TypeError):
        return ""
    return words[:_SHOWN]
