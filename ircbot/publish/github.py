"""The type `github`: an issue for each incident, a comment for each update, a ticket for each
follow-up.

The issue contains the current report, and is rewritten when the incident changes. Each of our texts
carries a hidden mark (marked.py), by which it is found before another is created: we list our own
issues and comments, because GitHub's search takes minutes to find new ones. What people write
around our part stays. If they edit our part, that stays too, and our text goes into a comment.

Closing a ticket there marks the follow-up as done here, and the other way round. The receipt's
version, "closed 1:open 2:closed", records the states of the issue and the tickets at our last
write; a state that differs was changed by a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from ircbot.config.keys import NAMES, PATH, TEXT, TEXTS, Key, one_of
from ircbot.publish import marked
from ircbot.publish.github_api import Api, Gone, Invalid
from ircbot.publish.http import JsonObject, is_base
from ircbot.publish.protocol import Publication, Receipt, Refused, Ticket, Wrong, diff
from ircbot.tables import FLAG

LONGEST = 65_536  # characters of a text on GitHub
_ROOM = 1_000  # characters reserved for marks and sentences of ours
_LONGEST_TITLE = 256
_SLACK = timedelta(days=1)  # between our clock and GitHub's
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
# Linking to another repository's issue would show there who links to it; a link through this host
# leads to the same page without that.
_ELSEWHERE = re.compile(r"https?://(?:www\.)?github\.com/(?=[^\s/]+/[^\s/]+/)", re.IGNORECASE)
_QUIET = "https://redirect.github.com/"
# Parts a word that GitHub would act on in a title.
_NO_WIDTH = "\u200b"
_MENTION = re.compile(r"(@(?=\w)|#(?=\d)|\bGH-(?=\d))", re.IGNORECASE)


class GitHub:
    """A repository's issues."""

    keys: ClassVar[tuple[Key, ...]] = (
        Key("repository", TEXT, None, "Whose issues they are.", "acme/incidents"),
        Key("token", TEXT, None, "Of a user or an app that may write issues there.", secret=True),
        Key("url", TEXT, "https://api.github.com", "Its API; Enterprise: https://HOST/api/v3"),
        Key("labels", TEXTS, [], "Of an incident's issue.", ["incident"]),
        Key("close", one_of("resolved", "closed"), "resolved", "When its issue is closed."),
        Key("actions", FLAG, True, "Each follow-up is an issue of its own."),
        Key("action_labels", TEXTS, [], "Of a follow-up's issue.", ["follow-up"]),
        Key("owners", NAMES, {}, "Who is who there, by nick.", {"ann": "ann-gh"}),
        Key(
            "assign", FLAG, True, "Whom follow-ups are assigned to there: their owners, or nobody."
        ),
        Key("ca_file", PATH, None, "A certificate authority of your own, PEM.", "ca.pem"),
    )
    formats: tuple[str, ...] = ("markdown",)
    each = False
    again = True

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Raises Wrong."""
        repository, url = str(values["repository"] or ""), str(values["url"])
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository, re.ASCII):
            raise Wrong("repository", 'say whose issues: repository = "acme/incidents"')
        if not values["token"] or not str(values["token"]).isascii():
            raise Wrong(
                "token", "GitHub needs `token` (or `token_file`): Settings, Developer settings"
            )
        if not is_base(url):
            raise Wrong(
                "url", "write the address of the API, such as https://github.example/api/v3"
            )
        self._owners = {nick.casefold(): login for nick, login in values["owners"].items()}
        for login in self._owners.values():
            if not _LOGIN.fullmatch(login):
                raise Wrong("owners", f"{login!r} is not a GitHub login; write it without @")
        self._assigns = bool(values["assign"])
        self._close = str(values["close"])
        self.actions = bool(values["actions"])
        self.labels, self.action_labels = list(values["labels"]), list(values["action_labels"])
        self._api = partial(Api, url, repository, str(values["token"]), values["ca_file"])

    def check(self) -> str:
        """Which account would write, and to which repository."""
        api = self._api()
        who = api.me or "an app"
        rights = api.repository.get("permissions", {})
        bare = "; labels and assignees need the right to triage"
        lacking = bare if api.me and not (rights.get("triage") or rights.get("push")) else ""
        return f"{who} sees {api.repository['full_name']}, which has issues{lacking}"

    def publish(self, publication: Publication) -> Receipt:
        """Bring the issue, its comments and the tickets up to date."""
        return _IssuePublication(self, self._api(), publication, writes=True).perform()

    def tickets(self, publication: Publication) -> Mapping[int, Ticket]:
        """The tickets, and which of them people closed or reopened."""
        return dict(_IssuePublication(self, self._api(), publication, writes=False).tickets())

    def preview(self, publication: Publication) -> str:
        """What would change in each text."""
        run = _IssuePublication(self, self._api(), publication, writes=False)
        run.perform()
        return "\n".join(run.changes)

    def logins(self, owners: Sequence[str]) -> list[str]:
        """The GitHub logins for the owners of a follow-up."""
        found = [self._owners.get(nick.casefold(), "") for nick in owners]
        return list(dict.fromkeys(filter(None, found))) if self._assigns else []

    def closes(self, status: str) -> bool:
        """Whether an incident with that status closes its issue."""
        return status not in ("open", "resolved") or status == self._close


class _IssuePublication:
    """One publication, or a preview of one."""

    def __init__(self, settings: GitHub, api: Api, told: Publication, writes: bool) -> None:
        self._settings = settings
        self._api = api
        self._told = told
        self._writes = writes
        self._erases = told.erased
        self._known: dict[str, JsonObject] | None = None
        self._caveats: list[str] = []
        self.changes: list[str] = []

    def perform(self) -> Receipt:
        """Write everything; returns the receipt."""
        told = self._told
        before = _states(told.previous.version if told.previous else "")
        issue = self._issue()
        first, *more = pieces(self._quiet(told.texts["markdown"]), self._room(issue))
        new = {"labels": self._settings.labels}
        issue, ours = self._put(issue, told.marker, _title(told.title), first, new, {})
        texts = [*more] if ours else [first, *more]
        where = self._comments(
            issue,
            {f"update-{n}": _update(one) for n, one in enumerate(told.incident["updates"], 1)}
            | {f"report-{n}": text for n, text in enumerate(texts, 1 + ours)},
        )
        states = {"": self._state_of_issue(issue, before.get("", "open"))}
        for action in told.incident["actions"] if self._settings.actions else ():
            states |= self._ticket(issue, action, before)
        url = str(issue["html_url"])
        return Receipt(
            url if ours else where.get("report-1", url),
            f"{self._api.repository['full_name']}#{issue['number']}",
            _version(states),
            "" if ours else url,
            "; ".join(dict.fromkeys(self._caveats)),
        )

    def tickets(self) -> Iterator[tuple[int, Ticket]]:
        """The existing tickets by the number of their follow-up. Writes nothing."""
        before = _states(self._told.previous.version if self._told.previous else "")
        for action in self._told.incident["actions"] if self._settings.actions else ():
            ticket = self._ticket_of(action)
            if ticket is None:
                continue
            there, here = ticket["state"], _state(action)
            moved = there != here and before.get(str(action["n"]), "open") == here
            void = ticket.get("state_reason") in ("not_planned", "duplicate")
            closed = "dropped" if void else "done"
            became = "open" if there == "open" else closed
            yield action["n"], Ticket(str(ticket["html_url"]), became if moved else "")

    # --- what is there ---------------------------------------------------------------------

    def _issue(self) -> JsonObject | None:
        """The incident's issue, None if there is none yet."""
        told, here = self._told, self._api.repository["full_name"]
        where, _, number = (told.previous.page if told.previous else "").rpartition("#")
        if not number.isdigit():
            return self._listed(told.marker)
        try:
            issue = self._api.issue(int(number))
        except Gone as gone:
            if told.force or where != here:
                return self._listed(told.marker)
            fix = "`ircbot publish ID --force` opens another"
            raise Refused(f"has no issue {number} any more", fix) from gone
        part = marked.read(_body(issue))
        is_it = where == here or (part is not None and part.key == told.marker)
        return issue if is_it else self._listed(told.marker)

    def _listed(self, key: str) -> JsonObject | None:
        """Our item with that mark, None if there is none."""
        if self._known is None:
            told = datetime.fromisoformat(self._told.incident["declared_at"])
            since = min(told, self._told.at).astimezone(UTC) - _SLACK
            self._known = {}
            for one in self._api.issues(f"{since:%Y-%m-%dT%H:%M:%SZ}"):
                part = marked.read(_body(one))
                if part is not None:
                    self._known.setdefault(part.key, one)
        return self._known.get(key)

    def _room(self, issue: JsonObject | None) -> int:
        """How many characters of the report fit into the issue beside what people wrote there."""
        part = marked.read(_body(issue)) if issue is not None else None
        taken = _length(part.before + part.after) if part is not None else 0
        return max(LONGEST - _ROOM - taken, _ROOM)

    def _quiet(self, text: str) -> str:
        """A text whose links leave no trace on other issues."""
        home = f"{self._api.repository['html_url']}/"
        return _ELSEWHERE.sub(
            lambda found: found[0] if text.startswith(home, found.start()) else _QUIET, text
        )

    # --- what is written -------------------------------------------------------------------

    def _put(
        self,
        issue: JsonObject | None,
        key: str,
        title: str,
        text: str,
        new: JsonObject,
        changed: JsonObject,
    ) -> tuple[JsonObject, bool]:
        """Bring an issue up to date, with the fields `new` if it must be created, or else
        `changed`.

        Returns the issue, and False if our part was left alone because somebody edited it.
        """
        if issue is None:
            return self._created(
                {"title": title, "body": marked.written(key, _unparted(title), text), **new}
            ), True
        force, body = self._told.force, _body(issue)
        part = marked.read(body)
        if part is not None and part.key != key:
            part = None
        wanted = marked.written(key, _unparted(title), text, part)
        there = _unparted(issue["title"])
        named = part is not None and marked.digest(there) != part.title
        title = issue["title"] if named and not force else title
        if (wanted, _unparted(title)) == (body, there):
            return issue, True
        same = part is not None and part.text == marked.plain(text)
        if not (force or same or (part is not None and not part.edited)):
            if self._erases:
                self._caveats.append(f"keeps {issue['html_url']}, which somebody edited")
            return issue, False
        return self._edited(issue, {"title": title, "body": wanted, **changed}), True

    def _created(self, fields: JsonObject) -> JsonObject:
        if not self._writes:
            self._change("", f"{fields['title']}\n{fields['body']}", "a new issue")
            home = self._api.repository["html_url"]
            return {"number": 0, "html_url": home, "state": "open", "assignees": [], **fields}
        return self._assigned(fields, lambda given: self._api.create(**given))

    def _edited(self, issue: JsonObject, fields: JsonObject) -> JsonObject:
        now = {"title": issue["title"], "body": _body(issue)}
        then = {name: fields[name] for name in now}
        number = issue["number"]
        if not self._writes:
            self._change("\n".join(now.values()), "\n".join(then.values()), f"issue {number}")
            return {**issue, **then}
        if self._erases and now != then:
            self._caveats.append(
                f"keeps the old words in the history of {issue['html_url']}, where only a person "
                "can delete them"
            )
        return self._assigned(fields, lambda given: self._api.edit(number, **given))

    def _assigned(
        self, fields: JsonObject, write: Callable[[JsonObject], JsonObject]
    ) -> JsonObject:
        """Write an issue with as many assignees as GitHub accepts; the others are named in a
        caveat."""
        wanted = fields.get("assignees", [])
        try:
            issue = write(fields)
        except Invalid:
            if not wanted:
                raise
            issue, able = write({**fields, "assignees": []}), list[str]()
            for login in wanted if len(wanted) > 1 else ():
                try:
                    issue = self._api.edit(issue["number"], assignees=[*able, login])
                except Invalid:
                    continue
                able.append(login)
        there = {str(one["login"]).casefold() for one in issue.get("assignees") or ()}
        if missing := [login for login in wanted if login.casefold() not in there]:
            self._caveats.append(f"cannot assign issue {issue['number']} to {', '.join(missing)}")
        return issue

    def _comments(self, issue: JsonObject, wanted: Mapping[str, str]) -> dict[str, str]:
        """Make our comments match `wanted`, removing any others; returns their URLs."""
        there: dict[str, tuple[JsonObject, marked.MarkedPart]] = {}
        for comment in self._api.comments(issue["number"]) if issue["number"] else ():
            part = marked.read(_body(comment))
            if part is not None and part.key.startswith(f"{self._told.marker}-"):
                there.setdefault(part.key.removeprefix(f"{self._told.marker}-"), (comment, part))
        where = {}
        for name in [*there, *(name for name in wanted if name not in there)]:
            known, part = there.get(name, (None, None))
            now = self._comment(issue, name, known, part, wanted.get(name, ""))
            if now is not None:
                where[name] = str(now["html_url"])
        return where

    def _comment(
        self,
        issue: JsonObject,
        name: str,
        known: JsonObject | None,
        part: marked.MarkedPart | None,
        text: str,
    ) -> JsonObject | None:
        """Write a comment, or remove it if `text` is empty (returns None)."""
        body = marked.written(f"{self._told.marker}-{name}", "", text, part) if text else ""
        old = _body(known) if known is not None else ""
        if body == old:
            return known
        if part is not None and part.edited and not self._told.force and known is not None:
            if self._erases:
                self._caveats.append(f"keeps {known['html_url']}, which somebody edited")
            return known
        if not self._writes:
            self._change(old, body, f"comment {name}")
            return known or {"html_url": issue["html_url"]}
        if known is not None and text and not self._erases:
            return self._api.edit_comment(known["id"], body)
        if known is not None:  # its edit history goes too
            self._api.delete_comment(known["id"])
        return self._api.comment(issue["number"], body) if text else None

    # --- open and closed -------------------------------------------------------------------

    def _state_of_issue(self, issue: JsonObject, last: str) -> str:
        """Close or reopen the issue with the incident, unless a person decided otherwise."""
        status = self._told.incident["status"]
        here = "closed" if self._settings.closes(status) else "open"
        if issue["state"] != here and (last != here or self._told.force):
            void = status in ("withdrawn", "duplicate")
            self._set_state(issue, here, "not_planned" if void else "completed")
        return here

    def _set_state(self, issue: JsonObject, state: str, reason: str) -> None:
        if not self._writes:
            self._change(issue["state"], state, f"state of issue {issue['number'] or 'anew'}")
            return
        reason = reason if state == "closed" else "reopened"
        self._api.edit(issue["number"], state=state, state_reason=reason)

    def _ticket(
        self, issue: JsonObject, action: JsonObject, before: Mapping[str, str]
    ) -> dict[str, str]:
        """Bring a follow-up's ticket up to date; returns its state, by number."""
        here, ticket = _state(action), self._ticket_of(action)
        if ticket is None and (action["ticket"] or here == "closed" or not action["text"]):
            return {}
        if ticket is None or self._api.wrote(ticket):
            ticket = self._put_ticket(issue, action, ticket)
        last = before.get(str(action["n"]), "open")
        if ticket["state"] != here and last == here:  # somebody changed it since it was read
            return {str(action["n"]): last}
        if ticket["state"] != here:
            self._set_state(ticket, here, "not_planned" if action["dropped"] else "completed")
        return {str(action["n"]): here}

    def _ticket_of(self, action: JsonObject) -> JsonObject | None:
        """The ticket of a follow-up, None if it has none, or one in another repository."""
        url = action["ticket"]
        if not url:
            return self._listed(f"{self._told.marker}-action-{action['n']}")
        number = url.removeprefix(f"{self._api.repository['html_url']}/issues/")
        if not (number.isascii() and number.isdigit()):  # anybody may have written it
            return None
        try:
            return self._api.issue(int(number))
        except Gone:
            return None

    def _put_ticket(
        self, issue: JsonObject, action: JsonObject, ticket: JsonObject | None
    ) -> JsonObject:
        n, told = action["n"], self._told
        owners = ", ".join(action["owners"])
        text = _follow_up(action, told.incident["id"], issue["number"])
        title = _title(action["text"] or f"Follow-up {n} of incident {told.incident['id']}")
        people = {"assignees": self._settings.logins(action["owners"])}
        new = {"labels": self._settings.action_labels, **people}
        part = marked.read(_body(ticket)) if ticket is not None else None
        same = part is None or _owner_line(owners) in part.text.split("\n")
        key = f"{told.marker}-action-{n}"
        return self._put(ticket, key, title, text, new, {} if same else people)[0]

    def _change(self, before: str, after: str, name: str) -> None:
        self.changes.append(diff(before, after, name))


def _body(item: JsonObject) -> str:
    """The text of an issue or a comment, with CRLF, which browsers send, as LF."""
    return (item.get("body") or "").replace("\r\n", "\n")


def _state(action: JsonObject) -> str:
    """The state that a follow-up's ticket should have."""
    return "closed" if action["done"] or action["dropped"] else "open"


def _states(version: str) -> dict[str, str]:
    """Parse a receipt's version: "closed 1:open" → states of the issue and the tickets."""
    found = (one.rpartition(":") for one in version.split())
    return {number: state for number, _, state in found}


def _version(states: Mapping[str, str]) -> str:
    return " ".join(f"{number}:{state}" if number else state for number, state in states.items())


def _title(text: str) -> str:
    """A title: one line, shortened, mentioning nobody."""
    line = _MENTION.sub(rf"\1{_NO_WIDTH}", " ".join(text.split()))
    return line if len(line) <= _LONGEST_TITLE else f"{line[: _LONGEST_TITLE - 1]}…"


def _unparted(title: str) -> str:
    """A title without the zero-width spaces, which not every server keeps."""
    return title.replace(_NO_WIDTH, "")


def _update(update: JsonObject) -> str:
    """The text of a status update, "" if it was erased."""
    from ircbot.report.escape import markdown

    if not update["text"]:
        return ""
    at, by = update["at"], update["nick"]
    who = f", {markdown(by)}" if by else ""
    return f"**Update {at[:10]} {at[11:16]} UTC**{who}: {markdown(update['text'])}"


def _owner_line(owners: str) -> str:
    from ircbot.report.escape import markdown

    return f"- Owner: {markdown(owners) if owners else 'nobody yet'}"


def _follow_up(action: JsonObject, incident: int, issue: int) -> str:
    """The text of a ticket."""
    from ircbot.report.escape import markdown

    due = f"- Due: {markdown(action['due'])}" if action["due"] else "- Due: no day set"
    back = f"#{issue}" if issue else "its issue"
    lines = (_owner_line(", ".join(action["owners"])), due,
             f"- Follow-up {action['n']} of incident {incident}: {back}")  # fmt: skip
    return f"{markdown(action['text'])}\n\n" + "\n".join(lines)


def _length(text: str) -> int:
    """An upper bound of a text's length on GitHub: a character outside the BMP may count as two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def pieces(text: str, first: int, more: int = LONGEST - _ROOM) -> list[str]:
    """Split a text into pieces that GitHub accepts: the `first` piece, then those that follow.

    A table that is split gets its head again.
    """
    found, piece, room = [], list[str](), first
    head: tuple[str, ...] = ()
    lines = [part for line in text.split("\n") for part in _cut(line, min(first, more) // 2)]
    for n, line in enumerate(lines):
        if not line.startswith("|"):
            head = ()
        elif not head:
            head = tuple(lines[n : n + 2])
        if _length(line) + 1 > room and piece:
            found.append("\n".join(piece))
            piece = [*head] if head and line not in head else []
            room = more - sum(_length(one) + 1 for one in piece)
        piece.append(line)
        room -= _length(line) + 1
    return [*found, "\n".join(piece)]


def _cut(line: str, length: int) -> Iterator[str]:
    """A line, split if it is too long."""
    half = length // 2  # characters, each of which may count as two
    for begin in range(0, max(len(line), 1), half) if len(line) > half else ():
        yield line[begin : begin + half]
    if len(line) <= half:
        yield line
