"""GitHub's issues, in a thread, with its rights, pages, limits and refusals.

Every request and every answer is held against GitHub's own description of its API (tests/github);
what does not fit is in `wrong`.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from http_servers import Handler, serving
from jsonschema import Draft4Validator

API: dict[str, Any] = json.loads((Path(__file__).parent / "github" / "api.json").read_text())
TOKEN = "sesame-4711"
LONGEST = 65_536


def _plain(node: Any) -> Any:
    """A schema of OpenAPI 3.0 as one of JSON Schema, which has no `nullable`."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    found = {key: _plain(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [found, {"type": "null"}]} if node.get("nullable") is True else found


COMPONENTS = _plain(API["components"])


def mistakes(schema: dict[str, Any], value: Any) -> list[str]:
    """What of a value is not as a schema has it."""
    whole = {**_plain(schema), "components": COMPONENTS}
    return [f"{list(e.path)}: {e.message}" for e in Draft4Validator(whole).iter_errors(value)]


def filled(schema: dict[str, Any], **given: Any) -> Any:
    """The least that a schema asks for, with what is given."""
    while "$ref" in schema:
        node: Any = API
        for part in schema["$ref"].removeprefix("#/").split("/"):
            node = node[part]
        schema = node
    for word in ("oneOf", "anyOf", "allOf"):
        if word in schema:
            return filled(schema[word][0], **given)
    if schema.get("nullable"):
        return None
    if schema.get("type") == "object":
        known = schema.get("properties", {})
        return {name: filled(known[name]) for name in schema.get("required", ())} | given
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") == "date-time":
        return "2018-01-10T12:00:00Z"
    return {"string": "x", "integer": 1, "number": 1, "boolean": False, "array": []}[schema["type"]]


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


@dataclass
class Refusal(Exception):
    """An answer that is none of what was asked for."""

    status: int
    message: str
    errors: list[dict[str, Any]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class GitHub:
    """A repository, as a user with a token finds it. What is changed here is so from now on."""

    port: int = 0
    repository: str = "acme/ops"
    renamed: str = ""  # what it was called before
    me: str = "ilbot"
    app: bool = False  # the token is an app's
    sees: bool = True  # the token may see the repository
    writes: bool = True  # ... and write issues
    pushes: bool = True  # ... and set labels and assignees
    has_issues: bool = True
    archived: bool = False
    collaborators: tuple[str, ...] = ("ilbot", "ann-gh", "bob-gh")
    token: str = TOKEN
    fault: tuple[int, dict[str, str], bytes] | None = None  # everything is answered with it
    faults: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)  # ... some
    drops: tuple[int, bool] | None = None  # at which write we die; whether it is done all the same
    issues: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)  # of what was asked
    written: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    histories: dict[str, list[str]] = field(default_factory=dict)  # of texts that are there
    now: datetime = datetime(2018, 1, 10, 12, tzinfo=UTC)
    comment_count: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def issue(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in self.issues if one["number"] == number)
        return found

    def titled(self, part: str) -> dict[str, Any]:
        (found,) = (one for one in self.issues if part in one["title"])
        return found

    def close(self, number: int, reason: str = "completed") -> None:
        """A person closes an issue."""
        self.issue(number).update(state="closed", state_reason=reason, updated_at=self._tick())

    def reopen(self, number: int) -> None:
        self.issue(number).update(state="open", state_reason="reopened", updated_at=self._tick())

    def opened(self, title: str, body: str, by: str, **more: Any) -> dict[str, Any]:
        """Somebody opens an issue."""
        at = self._tick()
        number = len(self.issues) + 1
        html = f"{self.html}/issues/{number}"
        issue = filled(
            _ref("issue"),
            number=number,
            id=1000 + number,
            html_url=html,
            url=f"{self.url}/repos/{self.repository}/issues/{number}",
            title=title,
            body=body,
            user=self.user(by),
            state="open",
            state_reason=None,
            labels=[],
            assignees=[],
            created_at=at,
            updated_at=at,
            written=[],
        )
        issue.update(more)
        self.issues.append(issue)
        return issue

    def commented(self, number: int, body: str, by: str) -> dict[str, Any]:
        """Somebody comments."""
        at = self._tick()
        self.comment_count += 1
        comment = filled(
            _ref("issue-comment"),
            id=self.comment_count,
            html_url=f"{self.html}/issues/{number}#issuecomment-{self.comment_count}",
            issue_url=f"{self.url}/repos/{self.repository}/issues/{number}",
            body=body,
            user=self.user(by),
            created_at=at,
            updated_at=at,
        )
        self.issue(number)["written"].append(comment)
        self.histories[f"comment {comment['id']}"] = [body]
        return comment

    @property
    def html(self) -> str:
        return f"https://github.com/{self.repository}"

    def user(self, login: str) -> dict[str, Any]:
        kind = "Bot" if login.endswith("[bot]") else "User"
        user: dict[str, Any] = filled(_ref("simple-user"), login=login, type=kind)
        return user

    def _tick(self) -> str:
        self.now += timedelta(seconds=1)
        return f"{self.now:%Y-%m-%dT%H:%M:%SZ}"

    # --- operations --------------------------------------------------------------------------

    def answer(
        self, method: str, target: str, headers: Any, body: bytes
    ) -> tuple[int, Any, dict[str, str]]:
        """The status, what is told, and headers."""
        parts = urlsplit(target)
        sent = json.loads(body) if body else {}
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        path = parts.path
        if path == "/repositories/7":
            path = f"/repos/{self.repository}"
        operation = self._operation(method, path, asked, sent, headers)
        try:
            status, told, more = self._done(method, path, asked, sent, headers)
        except Refusal as no:
            status, more = no.status, no.headers
            told = {"message": no.message, "documentation_url": "https://docs.github.com/rest",
                    "status": str(no.status)}  # fmt: skip
            told |= {"errors": no.errors} if no.errors else {}
        described = operation.get("responses", {}).get(str(status))
        if described is not None:
            described = _resolved(described)
            schema = described.get("content", {}).get("application/json", {}).get("schema")
            if schema is not None:
                self.wrong += mistakes(schema, told)
        elif status < 400:
            self.wrong.append(f"{method} {path} never answers {status}")
        return status, told, more

    def _operation(
        self, method: str, path: str, asked: dict[str, str], sent: Any, headers: Any
    ) -> dict[str, Any]:
        """What is described of a request, which must be as it says."""
        for described, operations in sorted(API["paths"].items(), key=lambda one: len(one[0])):
            pattern = re.sub(r"\{(\w+)\}", lambda m: r"\d+" if m[1] in ("issue_number", "comment_id") else "[^/]+", described)  # fmt: skip
            if re.fullmatch(pattern, path) and method.lower() in operations:
                found: dict[str, Any] = operations[method.lower()]
                break
        else:
            self.wrong.append(f"there is no {method} {path}")
            return {}
        parameters = {p["name"]: p for p in map(_resolved, found.get("parameters", ()))}
        for name, value in asked.items():
            if parameters.get(name, {}).get("in") != "query":
                self.wrong.append(f"{method} {path} has no {name}")
                continue
            schema = _resolved(parameters[name]["schema"])
            self.wrong += mistakes(schema, int(value) if schema["type"] == "integer" else value)
        content = found.get("requestBody", {}).get("content", {}).get("application/json", {})
        if sent and not content:
            self.wrong.append(f"{method} {path} takes nothing")
        if content:
            self.wrong += mistakes(content["schema"], sent)
            more = sorted({*sent} - {*content["schema"]["properties"]})
            self.wrong += [f"{method} {path} knows no {name}" for name in more]
        if headers["Accept"] != "application/vnd.github+json" or not headers["User-Agent"]:
            self.wrong.append(f"{method} {path}: {headers}")
        return found

    def _done(
        self, method: str, path: str, asked: dict[str, str], sent: Any, headers: Any
    ) -> tuple[int, Any, dict[str, str]]:
        if headers["Authorization"] != f"Bearer {self.token}":
            raise Refusal(401, "Bad credentials")
        if path == "/user":
            if self.app:
                raise Refusal(403, "Resource not accessible by integration")
            return 200, filled(_ref("private-user"), login=self.me), {}
        _, _, owner, name, *rest = path.split("/")
        if self.renamed and f"{owner}/{name}" == self.renamed:
            to = {"Location": f"{self.url}/repositories/7"}
            raise Refusal(301, "Moved Permanently", [], to)
        if f"{owner}/{name}".lower() != self.repository.lower() or not self.sees:
            raise Refusal(404, "Not Found")
        if not rest:
            push = {"admin": False, "push": self.pushes, "triage": self.pushes, "pull": True}
            told = filled(_ref("full-repository"), full_name=self.repository, html_url=self.html,
                          has_issues=self.has_issues, archived=self.archived, permissions=push)  # fmt: skip
            return 200, told, {}
        if not self.has_issues:
            raise Refusal(410, "Issues are disabled for this repo")
        if method != "GET":
            if not self.writes:
                raise Refusal(403, "Resource not accessible by personal access token")
            if self.archived:
                raise Refusal(403, "Repository was archived so is read-only.")
        return self._issues(method, rest[1:], asked, sent)

    def _issues(
        self, method: str, rest: list[str], asked: dict[str, str], sent: Any
    ) -> tuple[int, Any, dict[str, str]]:
        match method, rest:
            case "GET", []:
                return self._paged(self._listed(asked), asked)
            case "POST", []:
                fields = self._checked(sent)
                me = self.me + ("[bot]" if self.app else "")
                return (
                    201,
                    self._told(
                        self.opened(fields.pop("title"), fields.pop("body", None), me, **fields)
                    ),
                    {},
                )
            case "PATCH", ["comments", number]:
                comment = self._comment(int(number))
                comment.update(body=self._text(sent["body"]), updated_at=self._tick())
                self.histories[f"comment {number}"].append(sent["body"])
                return 200, comment, {}
            case "DELETE", ["comments", number]:
                comment = self._comment(int(number))
                for issue in self.issues:
                    issue["written"] = [one for one in issue["written"] if one is not comment]
                del self.histories[f"comment {number}"]
                return 204, None, {}
        issue = next((one for one in self.issues if one["number"] == int(rest[0])), None)
        if issue is None:
            raise Refusal(404, "Not Found")
        if issue.get("deleted"):
            raise Refusal(410, "This issue was deleted")
        if issue.get("moved"):
            raise Refusal(
                301, "Moved Permanently", [], {"Location": f"{self.url}/repositories/8/issues/1"}
            )
        match method, rest[1:]:
            case "GET", []:
                return 200, self._told(issue), {}
            case "PATCH", []:
                issue.update(self._checked(sent), updated_at=self._tick())
                return 200, self._told(issue), {}
            case "GET", ["comments"]:
                return self._paged(issue["written"], asked)
            case "POST", ["comments"]:
                me = self.me + ("[bot]" if self.app else "")
                return 201, self.commented(issue["number"], self._text(sent["body"]), me), {}
        raise Refusal(404, "Not Found")

    def _told(self, issue: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in issue.items() if name != "written"}

    def _listed(self, asked: dict[str, str]) -> list[dict[str, Any]]:
        found = [
            self._told(one)
            for one in self.issues
            if asked.get("state", "open") in ("all", one["state"])
            and one["updated_at"] >= asked.get("since", "")
            and asked.get("creator", one["user"]["login"]) == one["user"]["login"]
            and not one.get("deleted")
        ]
        return found if asked.get("direction") == "asc" else found[::-1]

    def _paged(self, found: list[Any], asked: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        size, page = int(asked.get("per_page", 30)), int(asked.get("page", 1))
        return 200, found[(page - 1) * size : page * size], {}

    def _comment(self, number: int) -> dict[str, Any]:
        for issue in self.issues:
            for comment in issue["written"]:
                if comment["id"] == number:
                    found: dict[str, Any] = comment
                    return found
        raise Refusal(404, "Not Found")

    def _text(self, text: Any) -> Any:
        if text is not None and len(text.encode("utf-16-le")) // 2 > LONGEST:
            long = f"body is too long (maximum is {LONGEST} characters)"
            raise Refusal(422, "Validation Failed", [{"resource": "Issue", "field": "body", "code": "custom", "message": long}])  # fmt: skip
        return text

    def _checked(self, sent: dict[str, Any]) -> dict[str, Any]:
        """What of an issue is set, as GitHub takes it."""
        fields = dict(sent)
        self._text(fields.get("body"))
        if not fields.get("title", "x").strip() or len(fields.get("title", "")) > 256:
            raise Refusal(422, "Validation Failed", [{"resource": "Issue", "field": "title", "code": "invalid"}])  # fmt: skip
        people = fields.pop("assignees", None)
        if people is not None and self.pushes:  # else they are dropped without a word
            for login in people:
                if login not in self.collaborators:
                    raise Refusal(422, "Validation Failed", [{"value": login, "resource": "Issue", "field": "assignees", "code": "invalid"}])  # fmt: skip
            fields["assignees"] = [self.user(login) for login in people]
        labels = fields.pop("labels", None)
        if labels is not None and self.pushes:
            fields["labels"] = [{"name": name} for name in labels]
        return fields


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    found: Any = node
    while "$ref" in found:
        place: Any = API
        for part in found["$ref"].removeprefix("#/").split("/"):
            place = place[part]
        found = place
    resolved: dict[str, Any] = found
    return resolved


@contextmanager
def github() -> Iterator[GitHub]:
    """A server, until it is left. Whoever asked or answered as GitHub would not is told then."""
    state = GitHub()

    class Answering(Handler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with state.news:
                state.asked.append(f"{self.command} {self.path}")
                state.news.notify_all()
            asked = state.asked[-1]
            ours = (one for target, one in state.faults.items() if asked.startswith(target))
            if (fault := state.fault or next(ours, None)) is not None:
                status, headers, content = fault
                self.reply(status, headers, content)
                return
            writes = self.command != "GET"
            dies = writes and state.drops is not None and len(state.written) == state.drops[0]
            if dies and not (state.drops and state.drops[1]):
                state.drops = None
                self.cut()
                return
            status, told, headers = state.answer(self.command, self.path, self.headers, body)
            if writes:
                state.written.append(f"{self.command} {self.path}")
            if dies:
                state.drops = None
                self.cut()
                return
            content = b"" if told is None else json.dumps(told).encode()
            self.reply(status, {"Content-Type": "application/json", **headers}, content)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815

        def reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with serving(Answering) as state.port:
        yield state
    assert not state.wrong, state.wrong
