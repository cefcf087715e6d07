"""The parts of Confluence's REST API that a page needs: v1 for Server and Data Center, v2 for
Cloud.

Knows nothing of incidents. Follows https://developer.atlassian.com/server/confluence/rest and
https://developer.atlassian.com/cloud/confluence/rest/v2; for what v2 lacks (labels, the current
user, old versions) Cloud still has v1.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from ircbot.publish.http import Http, HttpResponse, JsonObject, failure
from ircbot.publish.protocol import Refused, Unavailable

PROPERTY = "irc-incident-id"
_PAGE = 100  # items; both APIs accept it
_PAGES = 20  # pages of items to look through
_SHOWN = 200  # characters of Confluence's own message to quote
_OLD = 100  # versions to remove at a time


class TitleTaken(Exception):
    """The space already has a page of that title."""


class Stale(Unavailable):
    """Somebody else wrote a version meanwhile."""


class ConfluencePage(NamedTuple):
    """A version of a page; `message` is its version message."""

    id: str
    title: str
    number: int
    message: str = ""
    body: str = ""


@dataclass(frozen=True)
class Login:
    """The server and the account; a `user` means Cloud."""

    url: str
    token: str
    user: str = ""
    ca_file: Path | None = None

    @property
    def is_cloud(self) -> bool:
        """Whether it is Cloud, which needs the account's mail address."""
        return bool(self.user)

    def client(self, space: str) -> Client:
        """A client for a space."""
        return (Cloud if self.is_cloud else Server)(self, space)


class Client:
    """A space, as seen by the owner of the token. The APIs' differences are in Server and Cloud."""

    v1 = "/rest/api"  # the older API, which all have
    _versions = "/rest/experimental"  # where the older API keeps old versions

    def __init__(self, login: Login, space: str) -> None:
        self._login = login
        self._space = space
        self._base = login.url.rstrip("/")
        if login.is_cloud and not urlsplit(self._base).path:
            self._base += "/wiki"
        self._http = Http(login.ca_file)

    # --- what both do alike ---------------------------------------------------------------

    @cached_property
    def me(self) -> str:
        """Our account. With a wrong token the server treats us as anonymous, without an error."""
        found = self._asked("GET", f"{self.v1}/user/current")
        if found.get("type") == "anonymous" or not (name := _name(found)):
            raise Refused("takes the token for nobody's", "ask the owner of its token")
        return name

    def property_of(self, page: str) -> JsonObject | None:
        """Our property of a page, with value and version; None if there is none."""
        raise NotImplementedError

    def page(self, number: str) -> ConfluencePage | None:
        """A page by its id; None if there is none, or it is in the trash."""
        raise NotImplementedError

    def version(self, number: str, version: int) -> ConfluencePage | None:
        """An older version of a page."""
        raise NotImplementedError

    def titled(self, title: str) -> ConfluencePage | None:
        """The page of that title in the space."""
        raise NotImplementedError

    def is_taken(self, title: str, but: str = "") -> bool:
        """Whether another page has that title, even an archived one."""
        raise NotImplementedError

    def candidates(self, parent: str) -> Iterator[ConfluencePage]:
        """The pages below another (or at the top of the space), without their bodies."""
        raise NotImplementedError

    def create(self, title: str, body: str, parent: str) -> ConfluencePage:
        """Create a page. Raises TitleTaken."""
        raise NotImplementedError

    def update(self, page: ConfluencePage, title: str, body: str, message: str) -> ConfluencePage:
        """Write the next version. Raises TitleTaken, or Stale if somebody else wrote it."""
        raise NotImplementedError

    def keep(self, page: str, value: JsonObject) -> None:
        """Set our property of a page."""
        raise NotImplementedError

    def address(self, page: str) -> str:
        """A URL of a page that survives renaming."""
        raise NotImplementedError

    def look(self) -> str:
        """The name of the space. Refused if we cannot see it."""
        raise NotImplementedError

    def remove(self, page: str) -> None:
        """Move a page to the trash."""
        raise NotImplementedError

    def label(self, page: str, labels: Sequence[str]) -> None:
        """Add labels, through v1: v2 cannot."""
        send = [{"prefix": "global", "name": name} for name in labels]
        self._asked("POST", f"{self.v1}/content/{page}/label", send=send)

    def without_history(self, page: ConfluencePage) -> bool:
        """Remove the older versions of a page, newest first, because removing one may renumber the
        later ones. Returns whether that worked."""
        for number in range(page.number - 1, max(page.number - 1 - _OLD, 0), -1):
            path = f"{self._versions}/content/{page.id}/version/{number}"
            answer = self._request("DELETE", path)
            if answer.status == 429 or answer.status >= 500:
                raise self._failure(answer)
            if not answer.ok and not (answer.status == 404 and not self.version(page.id, number)):
                return False
        return page.number <= _OLD

    # --- requests -------------------------------------------------------------------------

    def _request(self, method: str, path: str, **more: Any) -> HttpResponse:
        headers = {"Accept": "application/json", "Authorization": self._authorization}
        return self._http.request(method, self._base + path, headers=headers, **more)

    @property
    def _authorization(self) -> str:
        if self._login.is_cloud:
            pair = f"{self._login.user}:{self._login.token}".encode()
            return f"Basic {b64encode(pair).decode()}"
        return f"Bearer {self._login.token}"

    def _asked(self, method: str, path: str, **more: Any) -> Any:
        answer = self._request(method, path, **more)
        if not answer.ok:
            raise self._failure(answer)
        return answer.json() if answer.body.strip() else {}

    def _found(self, path: str) -> Any:
        """The JSON at a path, None if it does not exist."""
        answer = self._request("GET", path)
        if answer.status == 404:
            return None
        if not answer.ok:
            raise self._failure(answer)
        return answer.json()

    def _failure(self, answer: HttpResponse) -> Exception:
        if answer.status == 400:
            said = f"refuses the page (400: {said_in(answer)})" if said_in(answer) else ""
            return Refused(said or "refuses the page (400)", "look at the bot's log")
        other = "leave `user` out: Server and Data Center take a token alone"
        if not self._login.is_cloud:
            other = "it is Cloud: give `user`, the mail address of the token's account"
        fix = {
            403: f"let {self._login.user or 'the token'} see and write pages in the space",
            404: f"look at `url`, `space` and `parent` in its configuration, or {other}",
            410: other,
        }
        return failure(answer, fix=fix)

    def _written(
        self, answer: HttpResponse, title: str, page: ConfluencePage | None = None
    ) -> ConfluencePage:
        """The page that was written: a new one, or the next version of `page`. Servers report a
        taken title in three ways, and not always in words."""
        if answer.ok:
            return _page(answer.json())
        said = said_in(answer).casefold()
        about_title = "title" in said and "exist" in said
        if answer.status == 409 and page and (now := self.page(page.id)) and now != page:
            raise Stale("was edited just now (409)")
        if answer.status in (400, 409) and about_title:
            raise TitleTaken
        if answer.status in (409, 500) and self.is_taken(title, but=page.id if page else ""):
            raise TitleTaken
        if answer.status == 409:
            raise Stale("was written to just now (409)")
        raise self._failure(answer)

    def _each(self, path: str) -> Iterator[JsonObject]:
        """The items of a listing, page by page."""
        for _ in range(_PAGES):
            found = self._found(path)
            if found is None:
                return
            yield from found.get("results", ())
            more = found.get("_links", {}).get("next", "")
            if not more:
                return
            path = str(more).removeprefix("/wiki") if self._login.is_cloud else str(more)


class Server(Client):
    """Server and Data Center, by v1."""

    def look(self) -> str:
        return str(self._asked("GET", f"/rest/api/space/{quote(self._space)}").get("name", ""))

    def address(self, page: str) -> str:
        return f"{self._base}/pages/viewpage.action?pageId={page}"

    def page(self, number: str) -> ConfluencePage | None:
        found = self._found(f"/rest/api/content/{quote(number)}?expand=version,body.storage")
        return _page(found) if found and found.get("status", "current") == "current" else None

    def version(self, number: str, version: int) -> ConfluencePage | None:
        query = {"status": "historical", "version": version, "expand": "version,body.storage"}
        found = self._found(f"/rest/api/content/{quote(number)}?{urlencode(query)}")
        return _page(found) if found else None

    def titled(self, title: str) -> ConfluencePage | None:
        found = self._found(self._named(title, "current"))
        return next(map(_page, (found or {}).get("results", ())), None)

    def is_taken(self, title: str, but: str = "") -> bool:
        if (page := self.titled(title)) and page.id != but:
            return True
        answer = self._request("GET", self._named(title, "archived"))
        return bool(answer.ok and answer.json().get("results"))  # older versions have no archive

    def _named(self, title: str, status: str) -> str:
        query = {"spaceKey": self._space, "title": title, "type": "page", "status": status}
        return f"/rest/api/content?{urlencode({**query, 'expand': 'version,body.storage'})}"

    def candidates(self, parent: str) -> Iterator[ConfluencePage]:
        path = f"/rest/api/space/{quote(self._space)}/content/page?depth=root&"
        if parent:
            path = f"/rest/api/content/{quote(parent)}/child/page?"
        return map(_page, self._each(f"{path}limit={_PAGE}&expand=version"))

    def create(self, title: str, body: str, parent: str) -> ConfluencePage:
        send: dict[str, Any] = {
            "type": "page",
            "title": title,
            "space": {"key": self._space},
            "body": {"storage": {"value": body, "representation": "storage"}},
        }
        if parent:
            send["ancestors"] = [{"id": parent}]
        answer = self._request("POST", "/rest/api/content", send=send)
        return self._written(answer, title)

    def update(self, page: ConfluencePage, title: str, body: str, message: str) -> ConfluencePage:
        send = {
            "id": page.id,
            "type": "page",
            "title": title,
            "version": {"number": page.number + 1, "message": message},
            "body": {"storage": {"value": body, "representation": "storage"}},
        }
        answer = self._request("PUT", f"/rest/api/content/{page.id}", send=send)
        return self._written(answer, title, page)

    def property_of(self, page: str) -> JsonObject | None:
        found: JsonObject | None = self._found(f"/rest/api/content/{page}/property/{PROPERTY}")
        return found

    def keep(self, page: str, value: JsonObject) -> None:
        before = self.property_of(page)
        path, send = f"/rest/api/content/{page}/property", {"key": PROPERTY, "value": value}
        if before is None:
            self._asked("POST", path, send=send)
        elif before.get("value") != value:
            number = int(before["version"]["number"]) + 1
            self._asked("PUT", f"{path}/{PROPERTY}", send={**send, "version": {"number": number}})

    def remove(self, page: str) -> None:
        answer = self._request("DELETE", f"/rest/api/content/{page}")
        if not answer.ok and answer.status != 404:
            raise self._failure(answer)


class Cloud(Client):
    """Cloud, by v2."""

    v2 = "/api/v2"
    _versions = "/rest/api"

    @cached_property
    def _space_id(self) -> str:
        found = self._asked("GET", f"{self.v2}/spaces?{urlencode({'keys': self._space})}")
        for space in found.get("results", ()):
            return str(space["id"])
        raise Refused(
            f"has no space {self._space}, or does not let us see it",
            f"look at `space`, or let {self._login.user} see it",
        )

    def look(self) -> str:
        return str(self._asked("GET", f"{self.v2}/spaces/{self._space_id}").get("name", ""))

    def address(self, page: str) -> str:
        return f"{self._base}/spaces/{quote(self._space)}/pages/{page}"

    def page(self, number: str) -> ConfluencePage | None:
        found = self._found(f"{self.v2}/pages/{quote(number)}?body-format=storage")
        return _page(found) if found and found.get("status", "current") == "current" else None

    def version(self, number: str, version: int) -> ConfluencePage | None:
        query = urlencode({"body-format": "storage", "version": version})
        found = self._found(f"{self.v2}/pages/{quote(number)}?{query}")
        return _page(found) if found else None

    def titled(self, title: str) -> ConfluencePage | None:
        return next(map(_page, self._named(title, "current")), None)

    def is_taken(self, title: str, but: str = "") -> bool:
        return any(str(one["id"]) != but for one in self._named(title, "current,archived"))

    def _named(self, title: str, status: str) -> Sequence[JsonObject]:
        query = {"space-id": self._space_id, "title": title, "status": status}
        path = f"{self.v2}/pages?{urlencode({**query, 'body-format': 'storage'})}"
        found: Sequence[JsonObject] = self._asked("GET", path).get("results", ())
        return found

    def candidates(self, parent: str) -> Iterator[ConfluencePage]:
        path = f"{self.v2}/spaces/{self._space_id}/pages?sort=-created-date&"
        if parent:
            path = f"{self.v2}/pages/{quote(parent)}/children?"
        return map(_page, self._each(f"{path}limit={_PAGE}"))

    def create(self, title: str, body: str, parent: str) -> ConfluencePage:
        send = {
            "spaceId": self._space_id,
            "status": "current",
            "title": title,
            "body": {"representation": "storage", "value": body},
        }
        if parent:
            send["parentId"] = parent
        answer = self._request("POST", f"{self.v2}/pages", send=send)
        return self._written(answer, title)

    def update(self, page: ConfluencePage, title: str, body: str, message: str) -> ConfluencePage:
        send = {
            "id": page.id,
            "status": "current",
            "title": title,
            "body": {"representation": "storage", "value": body},
            "version": {"number": page.number + 1, "message": message},
        }
        answer = self._request("PUT", f"{self.v2}/pages/{page.id}", send=send)
        return self._written(answer, title, page)

    def property_of(self, page: str) -> JsonObject | None:
        found = self._found(f"{self.v2}/pages/{page}/properties?key={PROPERTY}")
        return next(iter((found or {}).get("results", ())), None)

    def keep(self, page: str, value: JsonObject) -> None:
        before = self.property_of(page)
        path, send = f"{self.v2}/pages/{page}/properties", {"key": PROPERTY, "value": value}
        if before is None:
            self._asked("POST", path, send=send)
        elif before.get("value") != value:
            number = int(before["version"]["number"]) + 1
            send["version"] = {"number": number}
            self._asked("PUT", f"{path}/{before['id']}", send=send)

    def remove(self, page: str) -> None:
        answer = self._request("DELETE", f"{self.v2}/pages/{page}")
        if not answer.ok and answer.status != 404:
            raise self._failure(answer)


def _page(found: Any) -> ConfluencePage:
    """Parse a page as either API describes it. Unavailable if it is malformed."""
    try:
        version = found.get("version") or {}
        storage = (found.get("body") or {}).get("storage") or {}
        return ConfluencePage(
            str(found["id"]),
            str(found["title"]),
            int(version.get("number", 0)),
            str(version.get("message") or ""),
            str(storage.get("value") or ""),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Unavailable("answers with something that is not a page") from None


def _name(found: JsonObject) -> str:
    names = ("displayName", "username", "publicName", "accountId", "userKey")
    return next((str(found[name]) for name in names if found.get(name)), "")


def said_in(answer: HttpResponse) -> str:
    """Confluence's own message in a refusal, on one line; "" if there is none."""
    try:
        found = answer.json()
        words = found.get("message") or found["errors"][0]["title"]
    except (Unavailable, AttributeError, KeyError, IndexError, TypeError):
        return ""
    return " ".join(str(words).split())[:_SHOWN]
