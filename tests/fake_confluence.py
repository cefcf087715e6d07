"""Confluence, in a thread: Server and Data Center (v1) or Cloud (v2), as far as pages need it.

It behaves like the real ones where that matters: a body is parsed as storage format and kept as the
server keeps it (macros get ids), titles are unique in a space, pages in the archive included, a
version is the next one or refused, a token that is wrong is an anonymous reader's, Cloud has no v1
pages any more. A person edits with an editor, which changes more than they do.
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.entities import name2codepoint
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

from http_servers import Handler, serving

TOKEN = "sesame-4711"
USER = "bot@ops.example"
SPACE, SPACE_ID = "OPS", "98306"
_DTD = "".join(f'<!ENTITY {name} "&#38;#{code};">' for name, code in name2codepoint.items())
_HEAD = f'<!DOCTYPE x [{_DTD}]><x xmlns:ac="urn:a" xmlns:ri="urn:r" xmlns:at="urn:t">'
_LONGEST_BODY = 2_000_000


@dataclass
class Version:
    title: str
    body: str
    by: str
    message: str = ""


@dataclass
class Page:
    id: str
    parent: str
    status: str = "current"
    versions: dict[int, Version] = field(default_factory=dict)
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)

    @property
    def number(self) -> int:
        return max(self.versions)

    @property
    def now(self) -> Version:
        return self.versions[self.number]


@dataclass
class Fault:
    """What is answered in place of what was to be; `done`: after it was done all the same."""

    status: int
    body: bytes = b'{"message": "a fault"}'
    headers: dict[str, str] = field(default_factory=dict)
    methods: tuple[str, ...] = ("POST", "PUT", "DELETE")
    path: str = ""
    done: bool = False
    times: int = 1
    passes: int = 0  # requests before it
    mute: bool = False


class Refusal(Exception):
    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status, self.said = status, said


@dataclass
class Confluence:
    """What stands there, and how it is answered."""

    cloud: bool = False
    port: int = 0
    pages: dict[str, Page] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    taken_as: int = 400  # the status for a title that is taken
    reads_anonymously: bool = True  # a wrong token is nobody's, else refused
    writes: bool = True
    has_archive: bool = True
    keeps_history: bool = False  # old versions cannot be removed
    asked: list[str] = field(default_factory=list)
    before_put: Callable[[], None] = lambda: None  # what happens just before a page is written
    next_id: int = 65537

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # --- what people do -----------------------------------------------------------------

    def titled(self, title: str) -> Page:
        return next(p for p in self.current if p.now.title == title)

    @property
    def current(self) -> list[Page]:
        return [p for p in self.pages.values() if p.status == "current"]

    def make(self, title: str, body: str = "<p>by hand</p>", parent: str = "") -> Page:
        page = Page(str(self.next_id), parent)
        self.next_id += 1
        page.versions[1] = Version(title, kept(body), "ann")
        self.pages[page.id] = page
        return page

    def edit(self, page: Page, change: Callable[[str], str], title: str = "") -> None:
        """A person edits a page in the editor."""
        body = change(page.now.body)
        well_formed(body)
        page.versions[page.number + 1] = Version(title or page.now.title, edited(body), "ann")

    # --- what the server does -----------------------------------------------------------

    def wants(self, title: str, but: str = "") -> None:
        if not title.strip() or len(title) > 255:
            raise Refusal(400, "Title cannot be longer than 255 characters.")
        for page in self.pages.values():
            if page.status == "trashed" or page.id == but:
                continue
            if page.now.title.casefold() == title.casefold():
                said = (
                    "A page with this title already exists: A page already exists with the title "
                    f"{title} in the space with key {SPACE}"
                )
                raise Refusal(self.taken_as, said if self.taken_as == 400 else "Conflict")

    def create(self, title: str, body: str, parent: str) -> Page:
        well_formed(body)
        self.wants(title)
        if parent and (parent not in self.pages or self.pages[parent].status != "current"):
            raise Refusal(400, f"No parent page with id {parent} found")
        page = Page(str(self.next_id), parent)
        self.next_id += 7
        page.versions[1] = Version(title, kept(body), "bot")
        self.pages[page.id] = page
        return page

    def update(self, page: Page, sent: dict[str, Any], body: str) -> Page:
        number = sent.get("version", {}).get("number")
        if number != page.number + 1:
            raise Refusal(
                409,
                f"Version must be incremented on update. Current version is: {page.number}",
            )
        well_formed(body)
        self.wants(sent["title"], but=page.id)
        message = sent["version"].get("message", "")
        page.versions[number] = Version(sent["title"], kept(body), "bot", message)
        return page

    def page_of(self, number: str, status: str = "current") -> Page:
        page = self.pages.get(number)
        if page is None or page.status not in status.split(","):
            raise Refusal(404, f"No content found with id: ContentId{{id={number}}}")
        return page


def well_formed(body: str) -> None:
    if len(body) > _LONGEST_BODY:
        raise Refusal(413, "too large")
    try:
        ElementTree.fromstring(f"{_HEAD}{body}</x>")
    except ElementTree.ParseError as error:
        row, column = error.position
        raise Refusal(
            400,
            "com.atlassian.confluence.api.service.exceptions.BadRequestException: Error parsing "
            f"xhtml: {error.msg} at [row,col {{unknown-source}}]: [{row},{column}]",
        ) from None


def kept(body: str) -> str:
    """A body as the server keeps it."""

    def named(match: re.Match[str]) -> str:
        if "ac:macro-id" in match[0]:
            return match[0]
        return f'<ac:structured-macro ac:schema-version="1" ac:macro-id="{uuid.uuid4()}"{match[1]}>'

    return re.sub(r"<ac:structured-macro((?: [^>]*)?)>", named, body)


def edited(body: str) -> str:
    """A body as the editor gives it back: it wraps, widens and moves the cursor."""
    body = re.sub(r"<t([hd])>(?!<p>)(.*?)</t\1>", r"<t\1><p>\2</p></t\1>", body, flags=re.DOTALL)
    body = body.replace(
        "<table><tbody>", '<table class="wrapped"><colgroup><col /><col /></colgroup><tbody>'
    )
    body = body.replace("\n<h2>", '\n<p class="auto-cursor-target"><br /></p><h2>')
    return kept(re.sub(r">\s*\n\s*\n\s*<", "><", body))


# --- over HTTP ----------------------------------------------------------------------------------


class _Answer(Exception):
    """What is answered, as soon as it is known."""

    def __init__(self, value: Any = None, status: int = 200) -> None:
        super().__init__()
        self.value, self.status = value, status


class _Request:
    def __init__(self, there: Confluence, method: str, path: str, body: bytes, me: str) -> None:
        self.there, self.method, self.me = there, method, me
        parts = urlsplit(path)
        self.path = unquote(parts.path).rstrip("/")
        self.query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self.sent: Any = json.loads(body) if body else {}

    def answer(self) -> tuple[int, Any]:
        path, cloud = self.path, self.there.cloud
        try:
            if cloud:
                if not path.startswith("/wiki/"):
                    raise Refusal(404, "no such page")
                path = path.removeprefix("/wiki")
                if path.startswith("/api/v2/"):
                    self.v2(path.removeprefix("/api/v2/"))
            if path.startswith("/rest/"):
                self.v1(path.removeprefix("/rest/"))
            raise Refusal(404, "null for uri")
        except _Answer as found:
            return found.status, found.value
        except Refusal as refusal:
            return refusal.status, self.refused(refusal)

    def refused(self, refusal: Refusal) -> Any:
        if "/api/v2/" in self.path:
            error = {"status": refusal.status, "code": "INVALID_REQUEST_PARAMETER",
                     "title": refusal.said, "detail": None}  # fmt: skip
            return {"errors": [error]}
        data = {
            "authorized": refusal.status != 403,
            "valid": False,
            "errors": [],
            "successful": False,
        }
        return {"statusCode": refusal.status, "data": data, "message": refusal.said}

    def route(self, method: str, pattern: str, path: str) -> re.Match[str] | None:
        return re.fullmatch(pattern, path) if method == self.method else None

    def must_write(self) -> None:
        if not self.there.writes or not self.me:
            raise Refusal(403, "User not permitted to do that")

    # --- v1 -------------------------------------------------------------------------------

    def v1(self, path: str) -> None:
        there = self.there
        if self.route("GET", "api/user/current", path):
            self.current_user()
        if m := self.route("DELETE", r"(?:api|experimental)/content/(\d+)/version/(\d+)", path):
            if path.startswith("experimental") is there.cloud:
                raise Refusal(404, "null for uri")
            self.drop(m[1], int(m[2]))
        if m := self.route("POST", r"api/content/(\d+)/label", path):
            self.must_write()
            page = there.page_of(m[1])
            new = [one["name"] for one in self.sent if one["prefix"] == "global"]
            if any(re.search(r"[\sA-Z,]", name) for name in new):
                raise Refusal(400, "invalid label")
            page.labels += [name for name in new if name not in page.labels]
            raise _Answer({"results": self.labels(page)})
        if m := self.route("GET", r"api/content/(\d+)/label", path):
            raise _Answer({"results": self.labels(there.page_of(m[1]))})
        if there.cloud:
            raise Refusal(410, "This deprecated endpoint has been removed.")
        self.server(path)

    def labels(self, page: Page) -> list[dict[str, str]]:
        return [{"prefix": "global", "name": name} for name in page.labels]

    def current_user(self) -> None:
        if not self.me:
            raise _Answer({"type": "anonymous", "displayName": "Anonymous", "profilePicture": {}})
        name = {"accountId": "557058:bot"} if self.there.cloud else {"username": "bot"}
        raise _Answer({"type": "known", "displayName": "Incident bot", **name})

    def drop(self, number: str, version: int) -> None:
        self.must_write()
        page = self.there.page_of(number)
        if self.there.keeps_history:
            raise Refusal(403, "User not permitted to remove versions")
        if version == page.number or version not in page.versions:
            raise Refusal(404 if version not in page.versions else 400, "no such version")
        del page.versions[version]
        left = [page.versions[n] for n in sorted(page.versions)]
        page.versions = dict(enumerate(left, 1))
        raise _Answer(None, 204)

    def server(self, path: str) -> None:
        there = self.there
        if m := self.route("GET", r"api/space/(\w+)", path):
            if m[1] != SPACE:
                raise Refusal(404, f"No space with key : {m[1]}")
            raise _Answer({"id": int(SPACE_ID), "key": SPACE, "name": "Operations"})
        if self.route("GET", r"api/space/OPS/content/page", path):
            self.listed([p for p in there.current if not p.parent])
        if m := self.route("GET", r"api/content/(\d+)/child/page", path):
            there.page_of(m[1])
            self.listed([p for p in there.current if p.parent == m[1]])
        if self.route("GET", "api/content", path):
            self.by_title()
        if self.route("POST", "api/content", path):
            self.must_write()
            sent = self.sent
            if sent.get("type") != "page" or sent.get("space", {}).get("key") != SPACE:
                raise Refusal(404, "No space or no content type setup for ContentType")
            parent = str(sent.get("ancestors", [{"id": ""}])[-1]["id"])
            raise _Answer(self.shown(there.create(sent["title"], self.storage(), parent)))
        if m := self.route("GET", r"api/content/(\d+)/history", path):
            page = there.page_of(m[1])
            raise _Answer({"latest": True, "lastUpdated": self.version(page.number, page.now)})
        if m := self.route("GET", r"api/content/(\d+)", path):
            self.one(m[1])
        if m := self.route("PUT", r"api/content/(\d+)", path):
            self.must_write()
            page = there.page_of(m[1])
            raise _Answer(self.shown(there.update(page, self.sent, self.storage())))
        if m := self.route("DELETE", r"api/content/(\d+)", path):
            self.must_write()
            there.page_of(m[1]).status = "trashed"
            raise _Answer(None, 204)
        self.properties(path)
        raise Refusal(404, "null for uri")

    def storage(self) -> str:
        storage = self.sent["body"]["storage"]
        assert storage["representation"] == "storage"
        return str(storage["value"])

    def by_title(self) -> None:
        status = self.query.get("status", "current")
        if status != "current" and not self.there.has_archive:
            raise Refusal(400, f"Invalid status: {status}")
        if self.query["spaceKey"] != SPACE:
            raise Refusal(404, "No space")
        found = [p for p in self.there.pages.values() if p.status in (status, "current"[:0])]
        found = [p for p in found if p.now.title.casefold() == self.query["title"].casefold()]
        raise _Answer({"results": [self.shown(p) for p in found], "size": len(found), "_links": {}})

    def listed(self, pages: list[Page]) -> None:
        start, limit = int(self.query.get("start", 0)), int(self.query.get("limit", 25))
        limit = min(limit, 2)  # the server gives as many as it likes
        links = {}
        if start + limit < len(pages):
            links["next"] = f"{self.path}?expand=version&start={start + limit}&limit={limit}"
        shown = [self.shown(p) for p in pages[start : start + limit]]
        raise _Answer({"results": shown, "start": start, "_links": links})

    def one(self, number: str) -> None:
        if self.query.get("status") == "historical":
            page, n = self.there.page_of(number), int(self.query["version"])
            if n not in page.versions:
                raise Refusal(404, "no such version")
            raise _Answer({**self.shown(page, n), "status": "historical"})
        raise _Answer(self.shown(self.there.page_of(number)))

    def version(self, number: int, version: Version) -> dict[str, Any]:
        return {"number": number, "message": version.message, "minorEdit": False,
                "by": {"type": "known", "username": version.by}}  # fmt: skip

    def shown(self, page: Page, number: int = 0) -> dict[str, Any]:
        number = number or page.number
        version = page.versions[number]
        found: dict[str, Any] = {
            "id": page.id,
            "type": "page",
            "status": page.status,
            "title": version.title,
            "_links": {"webui": f"/display/{SPACE}/x", "self": ""},
        }
        expanded = self.query.get("expand", "").split(",")
        if self.method != "GET" or "version" in expanded:
            found["version"] = self.version(number, version)
        if self.method != "GET" or "body.storage" in expanded:
            found["body"] = {"storage": {"value": version.body, "representation": "storage"}}
        return found

    def properties(self, path: str) -> None:
        if m := self.route("GET", r"api/content/(\d+)/property/([\w-]+)", path):
            kept_ = self.there.page_of(m[1]).properties.get(m[2])
            if kept_ is None:
                raise Refusal(404, "no such property")
            raise _Answer(kept_)
        if m := self.route("POST", r"api/content/(\d+)/property", path):
            self.must_write()
            self.add_property(self.there.page_of(m[1]))
        if m := self.route("PUT", r"api/content/(\d+)/property/([\w-]+)", path):
            self.must_write()
            self.set_property(self.there.page_of(m[1]).properties.get(m[2]))

    def add_property(self, page: Page) -> None:
        key = self.sent["key"]
        if key in page.properties:
            raise Refusal(409, "Property exists already")
        page.properties[key] = {"id": str(900 + len(page.properties)), "key": key,
                                "value": self.sent["value"], "version": {"number": 1}}  # fmt: skip
        raise _Answer(page.properties[key])

    def set_property(self, known: dict[str, Any] | None) -> None:
        if known is None:
            raise Refusal(404, "no such property")
        if self.sent["version"]["number"] != known["version"]["number"] + 1:
            raise Refusal(409, "version")
        known |= {"value": self.sent["value"], "version": self.sent["version"]}
        raise _Answer(known)

    # --- v2 -------------------------------------------------------------------------------

    def v2(self, path: str) -> None:
        there = self.there
        if not self.me:
            raise Refusal(401, "Unauthorized")
        if self.route("GET", "spaces", path):
            known = [{"id": SPACE_ID, "key": SPACE, "name": "Operations"}]
            raise _Answer({"results": known if self.query["keys"] == SPACE else []})
        if self.route("GET", f"spaces/{SPACE_ID}", path):
            raise _Answer({"id": SPACE_ID, "key": SPACE, "name": "Operations"})
        if self.route("GET", f"spaces/{SPACE_ID}/pages", path):
            self.listed_v2(sorted(there.current, key=lambda p: -int(p.id)))
        if m := self.route("GET", r"pages/(\d+)/children", path):
            there.page_of(m[1])
            self.listed_v2([p for p in there.current if p.parent == m[1]])
        if self.route("GET", "pages", path):
            status = self.query.get("status", "current").split(",")
            found = [
                p for p in there.pages.values()
                if p.status in status and p.now.title.casefold() == self.query["title"].casefold()
            ]  # fmt: skip
            raise _Answer({"results": [self.shown_v2(p) for p in found], "_links": {}})
        if self.route("POST", "pages", path):
            self.must_write()
            self.must_have("spaceId", "title", "body")
            if self.sent["spaceId"] != SPACE_ID:
                raise Refusal(400, "Provided spaceId is invalid")
            page = there.create(
                self.sent["title"], self.storage_v2(), str(self.sent.get("parentId", ""))
            )
            raise _Answer(self.shown_v2(page))
        if m := self.route("GET", r"pages/(\d+)", path):
            page = there.page_of(m[1], "current,archived")
            number = int(self.query.get("version", page.number))
            if number not in page.versions:
                raise Refusal(404, "Not Found")
            raise _Answer(self.shown_v2(page, number))
        if m := self.route("PUT", r"pages/(\d+)", path):
            self.must_write()
            self.must_have("id", "status", "title", "body", "version")
            if self.sent["id"] != m[1] or self.sent["status"] != "current":
                raise Refusal(400, "id and status must fit")
            page = there.page_of(m[1])
            raise _Answer(self.shown_v2(there.update(page, self.sent, self.storage_v2())))
        if m := self.route("DELETE", r"pages/(\d+)", path):
            self.must_write()
            there.page_of(m[1]).status = "trashed"
            raise _Answer(None, 204)
        if m := self.route("GET", r"pages/(\d+)/properties", path):
            known_ = there.page_of(m[1]).properties.get(self.query["key"])
            raise _Answer({"results": [known_] if known_ else [], "_links": {}})
        if m := self.route("POST", r"pages/(\d+)/properties", path):
            self.must_write()
            self.add_property(there.page_of(m[1]))
        if m := self.route("PUT", r"pages/(\d+)/properties/(\d+)", path):
            self.must_write()
            kept_ = there.page_of(m[1]).properties
            self.set_property(next((p for p in kept_.values() if p["id"] == m[2]), None))
        raise Refusal(404, "Not Found")

    def must_have(self, *names: str) -> None:
        for name in names:
            if name not in self.sent:
                raise Refusal(400, f"'{name}' is required")

    def storage_v2(self) -> str:
        if self.sent["body"].get("representation") != "storage":
            raise Refusal(400, "body.representation is required")
        return str(self.sent["body"]["value"])

    def listed_v2(self, pages: list[Page]) -> None:
        cursor = int(self.query.get("cursor", 0))
        links = {}
        if cursor + 2 < len(pages):
            links["next"] = f"{self.path}?cursor={cursor + 2}"
        shown = [self.shown_v2(p) for p in pages[cursor : cursor + 2]]
        raise _Answer({"results": shown, "_links": links})

    def shown_v2(self, page: Page, number: int = 0) -> dict[str, Any]:
        number = number or page.number
        version = page.versions[number]
        body = {"storage": {"value": version.body, "representation": "storage"}}
        with_body = self.method != "GET" or self.query.get("body-format") == "storage"
        return {
            "id": page.id,
            "status": page.status,
            "title": version.title,
            "spaceId": SPACE_ID,
            "parentId": page.parent or None,
            "authorId": version.by,
            "version": {"number": number, "message": version.message, "minorEdit": False},
            "body": body if with_body else {},
            "_links": {"webui": f"/spaces/{SPACE}/pages/{page.id}/x"},
        }


def _me(there: Confluence, header: str) -> str | None:
    """Who asks: "" for nobody, None if they are refused."""
    pair = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
    if header == (f"Basic {pair}" if there.cloud else f"Bearer {TOKEN}"):
        return "bot"
    return "" if there.reads_anonymously else None


@contextmanager
def confluence(*, cloud: bool = False) -> Iterator[Confluence]:
    """A server, until it is left."""
    there = Confluence(cloud)

    class Answering(Handler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            there.asked.append(f"{self.command} {self.path}")
            fault = next(
                (f for f in there.faults
                 if self.command in f.methods and f.path in self.path and f.times), None
            )  # fmt: skip
            if fault and fault.passes:
                fault.passes, fault = fault.passes - 1, None
            if fault:
                fault.times -= 1
            if fault is None or fault.done:
                if self.command == "PUT" and "propert" not in self.path:
                    there.before_put()
                status, value = self.answered(body)
                content = b"" if value is None else json.dumps(value).encode()
                headers = {"Content-Type": "application/json"}
            if fault is not None:
                status, content, headers = fault.status, fault.body, fault.headers
            if fault is not None and fault.mute:
                self.cut()
                return
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def answered(self, body: bytes) -> tuple[int, Any]:
            me = _me(there, self.headers.get("Authorization", ""))
            if me is None:
                return 401, {"message": "Client must be authenticated to access this resource."}
            return _Request(there, self.command, self.path, body, me).answer()

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

    with serving(Answering) as there.port:
        yield there
