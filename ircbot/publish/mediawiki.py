"""The type `mediawiki`: a page of a MediaWiki (1.35 or later), through its API.

The page is found by the marker in the summaries of our edits: they can be queried at once, before
any search index knows the page, and whatever its title is by now. People's changes are found by
comparing with our last revision, which the wiki keeps (merging.py). A comment at the head of the
page names the revision that ours was based on, and, for sections that people changed, the revision
that has our text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from urllib.parse import urlencode

from ircbot.config.keys import PATH, TEXT, TEXTS, Key
from ircbot.publish.http import Http, HttpResponse, failure, is_base, retry_after
from ircbot.publish.merging import Merged, Sections, merged
from ircbot.publish.protocol import (
    Conflict,
    Publication,
    PublishError,
    Receipt,
    Refused,
    Unavailable,
    Written,
    Wrong,
    diff,
)
from ircbot.publish.wikitext import LINKS, as_written, is_anchor, markdown, sections

_TRIES = 3  # attempts while others edit the page too
_MOST_PAGES = 20  # answers of 500 pages each to search for ours
_MOST_NAMES = 9  # pages with the same title
_AT_ONCE = 50  # revisions to hide in one request
_LONGEST_TITLE = 255  # bytes, some of which are for "/ircbot 2"
_SPARE = 20
_TITLE = "Incidents/{date} Incident {id}"
_BESIDE = "/ircbot"


class MediaWiki:
    """A wiki."""

    keys: ClassVar[tuple[Key, ...]] = (
        Key("url", TEXT, None, "The address of its api.php.", "https://wiki.example/w/api.php"),
        Key(
            "user", TEXT, None, "The name of a bot password, such as Ilbot@ircbot.", "Ilbot@ircbot"
        ),
        Key("password", TEXT, None, "That bot password.", secret=True),
        Key("title", TEXT, _TITLE, "What a page is called, once it is made."),
        Key("categories", TEXTS, [], "The categories it is put into.", ["Incidents"]),
        Key("ca_file", PATH, None, "A certificate authority of your own, PEM.", "ca.pem"),
    )
    formats: tuple[str, ...] = ("mediawiki",)
    each = False
    again = True

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Raises Wrong."""
        for key in ("url", "user", "password"):
            if not values[key]:
                raise Wrong(key, f"a MediaWiki needs `{key}`")
        url = str(values["url"])
        if not is_base(url) or not url.endswith(".php"):
            raise Wrong(
                "url", "write where its api.php is, with https: https://wiki.example/w/api.php"
            )
        self._pattern = _checked(str(values["title"]))
        self._categories = [_legal(str(name)) for name in values["categories"]]
        self._read: dict[int, int] = {}  # the revision of each page that was last read back
        self._wiki = _Wiki(url, str(values["user"]), str(values["password"]), values["ca_file"])

    def check(self) -> str:
        """Log in, and check that we may write."""
        about = self._wiki.ask(action="query", meta="siteinfo", siprop="general")["query"][
            "general"
        ]
        me = self._wiki.me
        if about.get("readonly"):
            raise Unavailable("is read-only just now")
        for right in ("edit", "createpage"):
            if right not in me.rights:
                raise _forbidden(f"{me.name} has no right to {right}")
        return f"{about['sitename']} ({about['generator']}), as {me.name}"

    def publish(self, publication: Publication) -> Receipt:
        """Write the page, or the one beside it."""
        for _ in range(_TRIES):
            try:
                return self._published(_normal(publication))
            except _Overtaken:
                continue
        raise Unavailable("is being edited by somebody else just now")

    def prose(self, publication: Publication) -> Mapping[str, Written]:
        """What people wrote in the sections that are theirs."""
        publication = _normal(publication)
        ours = sections(publication.texts["mediawiki"])
        found: dict[str, Written] = {}
        for page in filter(None, map(self._page, self._ours(publication))):
            left, there = self._left(page, publication), sections(page.text, ours)
            self._read[page.id] = page.revision
            if not left.revision:
                continue  # unknown who wrote what
            for key in publication.prose.keys() & there.keys() - found.keys():
                known = left.sections.get(key)
                before = publication.prose[key] if known is None else markdown(known)
                now = markdown(there[key])
                if now not in (before, markdown(ours.get(key, ""))):  # nor on record
                    found[key] = Written(before, now)
        return found

    def preview(self, publication: Publication) -> str:
        """The change to the page, as a diff."""
        plan = self._plan(_normal(publication))
        if plan.page is None:
            return diff("", plan.text, plan.title)
        return diff(plan.page.text, plan.text, plan.title) if plan.changes else ""

    def _published(self, publication: Publication) -> Receipt:
        plan = self._plan(publication)
        summary = _summary(publication)
        if plan.page is None:
            if plan.gone and publication.erased:
                return publication.previous or Receipt()
            if plan.gone and not publication.force:
                number = publication.incident["id"]
                raise Conflict(
                    "has its page no more, since somebody deleted it",
                    f"`ircbot publish {number} --force` writes it again",
                )
            page = self._created(plan, summary, publication.marker)
        else:
            page = plan.page
            if plan.changes or plan.taken:
                done = self._wiki.edit(
                    pageid=page.id, text=plan.text, baserevid=page.revision, nocreate=1,
                    summary=summary,
                )  # fmt: skip
                page = replace(page, revision=done.get("newrevid", page.revision))
        for other in plan.beside:
            if other.author == self._wiki.me.name and not other.is_redirect:
                remark = _PageRemark(other.revision).written(publication.marker)
                self._wiki.edit(
                    pageid=other.id, text=f"#REDIRECT [[{page.title}]]\n{remark}", nocreate=1,
                    baserevid=other.revision, summary=summary,
                )  # fmt: skip
        caveat = self._hidden(publication, plan, page) if publication.erased else ""
        return Receipt(page.url, str(page.id), str(page.revision), plan.kept, caveat)

    # --- what is to be done -----------------------------------------------------------------------

    def _plan(self, publication: Publication) -> _PagePlan:
        ids = self._ours(publication)
        pages = [page for page in map(self._page, ids) if page is not None]
        lefts = [self._left(page, publication) for page in pages]
        ours = sections(publication.texts["mediawiki"])
        for n, (page, left) in enumerate(zip(pages, lefts, strict=True)):
            there = sections(page.text, ours)
            wanted, before = self._written(page, publication, there, ours, left.sections)
            # What people copied from the page beside counts as our text too.
            for other in lefts[n + 1 :]:
                before |= {k: text for k, text in there.items() if other.sections.get(k) == text}
            result = merged(there, wanted, before, publication.prose, force=publication.force)
            if result.conflicts:
                continue
            # What was read back counts as ours from now on: otherwise it would return after an
            # erasure.
            taken = any(
                there.get(key) != left.sections.get(key)
                for key in publication.prose.keys() & wanted.keys() - result.changed
            )
            changes = result.sections != there
            text = self._text(publication.marker, result, left, page.revision)
            kept = pages[0].title if n else ""
            theirs = bool(result.changed) or result.sections.keys() - {*wanted, LINKS} != set()
            return _PagePlan(
                page, page.title, text, kept, changes, pages[:n], pages[n + 1 :], theirs, taken
            )
        title = f"{pages[0].title}{_BESIDE}" if pages else titled(self._pattern, publication)
        text = self._text(
            publication.marker, Merged(ours, frozenset(), frozenset()), _OurRevision(), 0
        )
        kept = pages[0].title if pages else ""
        gone = bool(ids) and not pages
        return _PagePlan(None, title, text, kept, True, pages, [], gone=gone)

    def _written(
        self,
        page: _WikiPage,
        publication: Publication,
        there: Sections,
        ours: Sections,
        left: Sections,
    ) -> tuple[dict[str, str], dict[str, str]]:
        """What we want on a page and what we left there, with people's sections: these stay as they
        wrote them while they say the same as the record."""
        ours, left = dict(ours), dict(left)
        is_read = self._read.get(page.id) == page.revision
        for key in publication.prose.keys() & ours.keys() & there.keys():
            if markdown(there[key]) == markdown(ours[key]):
                ours[key] = there[key]
                continue
            ours[key] = as_written(ours[key], there[key])
            if is_read:  # and on record
                left[key] = there[key]
        return ours, left

    def _ours(self, publication: Publication) -> list[int]:
        """The pages that we made for an incident, oldest first."""
        found: list[int] = []
        asked: dict[str, Any] = {}
        for _ in range(_MOST_PAGES):
            answer = self._wiki.ask(
                action="query", list="usercontribs", ucuser=self._wiki.me.name, ucshow="new",
                ucprop="ids|comment", uclimit=500, **asked,
            )  # fmt: skip
            found += [
                one["pageid"]
                for one in answer["query"]["usercontribs"]
                if f"({publication.marker})" in one.get("comment", "")
            ]
            asked = answer.get("continue", {})
            if not asked:
                break
        found.sort()
        known = publication.previous.page if publication.previous else ""
        if known.isdigit() and int(known) not in found:
            found.append(int(known))
        return found

    def _page(self, number: int) -> _WikiPage | None:
        found = self._wiki.pages(
            pageids=number, prop="revisions|info", inprop="url", rvprop="ids|user|content",
            rvslots="main",
        )  # fmt: skip
        return _WikiPage.of(found[0]) if found else None

    def _left(self, page: _WikiPage, publication: Publication) -> _OurRevision:
        """Our sections of a page as we left them, using the comment of our last revision."""
        last = self._last(page, publication)
        if last is None:
            return _OurRevision()
        left = dict(sections(last.text))
        remark = _PageRemark.of(last.text, publication.marker)
        kept = dict(remark.kept)
        if remark.base != last.parent:  # the wiki merged our edit with somebody else's
            one, other = (sections(self._text_of(n)) for n in (remark.base, last.parent))
            kept = {key: remark.base for key in left if one.get(key) != other.get(key)} | kept
        for key, number in kept.items():
            text = sections(self._text_of(number)).get(key)
            left.pop(key, None)
            if text is not None:
                left[key] = text
        # A section without an anchor of ours is people's, even after we wrote the page.
        ours = sections(publication.texts["mediawiki"])
        left = {key: text for key, text in left.items() if key in ours or is_anchor(key)}
        return _OurRevision(left, kept, last.id)

    def _last(self, page: _WikiPage, publication: Publication) -> _WikiRevision | None:
        """The last revision of a page that is ours."""
        found = self._wiki.pages(
            pageids=page.id, prop="revisions", rvuser=self._wiki.me.name, rvlimit=5,
            rvprop="ids|comment|content", rvslots="main",
        )  # fmt: skip
        revisions = (
            [_WikiRevision.of(one) for one in found[0].get("revisions", ())] if found else []
        )
        ours = [one for one in revisions if f"({publication.marker})" in one.summary]
        if ours:
            return ours[0]
        previous = publication.previous
        if previous is None or previous.page != str(page.id) or not previous.version.isdigit():
            return None
        # It was written by another account that was ours then.
        found = self._wiki.pages(
            revids=previous.version, prop="revisions", rvprop="ids|comment|content", rvslots="main"
        )
        return _WikiRevision.of(found[0]["revisions"][0]) if found else None

    def _text_of(self, revision: int) -> str:
        """The text of a revision, "" if it is hidden or missing."""
        if not revision:
            return ""
        found = self._wiki.pages(
            revids=revision, prop="revisions", rvprop="ids|content", rvslots="main"
        )
        return _WikiRevision.of(found[0]["revisions"][0]).text if found else ""

    def _text(self, marker: str, result: Merged, left: _OurRevision, base: int) -> str:
        kept = {key: left.kept.get(key, left.revision) for key in sorted(result.changed)}
        remark = _PageRemark(base, kept).written(marker)
        parts = [text for key, text in result.sections.items() if text and key != LINKS]
        links = [result.sections[LINKS]] if LINKS in result.sections else []
        ours = (f"[[Category:{name}]]" for name in self._categories)
        links += [link for link in ours if link not in "\n".join(links)]
        body = "\n\n".join(parts)
        return "\n".join((remark, body, *links))

    def _created(self, plan: _PagePlan, summary: str, marker: str) -> _WikiPage:
        """Create a page, under another title if that title is taken."""
        for n in range(1, _MOST_NAMES + 1):
            title = plan.title if n == 1 else f"{plan.title} ({n})"
            try:
                done = self._wiki.edit(title=title, text=plan.text, createonly=1, summary=summary)
            except _PageExists:
                continue
            page = self._page(done["pageid"])
            assert page is not None, "we just made it"
            return page
        raise Refused(
            f"has {_MOST_NAMES} other pages that are called {plan.title}", "change its `title`"
        )

    # --- what is gone -----------------------------------------------------------------------------

    def _hidden(self, publication: Publication, plan: _PagePlan, now: _WikiPage) -> str:
        """Hide the older revisions of our text; returns a caveat if we may not."""
        told: list[str] = []
        for page in (now, *plan.beside):
            old = self._older(page.id)
            if not old:
                continue
            if not self._wiki.hide(page.title, old, publication.marker):
                told.append(page.at(old[-1]) + (" and before" if len(old) > 1 else ""))
        shown = [page.url for page in plan.edited]
        if plan.theirs:
            shown.append(f"what people changed on {now.url}")
        words = []
        if told:
            words.append(
                f"still has erased words in {' and '.join(told)}: ask whoever may hide revisions"
            )
        if shown:
            words.append(f"may show erased words in {' and '.join(shown)}: look there")
        title = titled(self._pattern, publication)
        if "{title}" in self._pattern and not now.title.startswith(title):
            words.append("may show erased words in the page's title: move it without a redirect")
        return "; it ".join(words)

    def _older(self, number: int) -> list[int]:
        """The earlier revisions of a page whose text is visible, oldest first."""
        found: list[int] = []
        asked: dict[str, Any] = {}
        while True:
            answer = self._wiki.ask(
                action="query", pageids=number, prop="revisions", rvprop="ids|sha1", rvlimit=500,
                **asked,
            )  # fmt: skip
            for page in answer["query"]["pages"]:
                found += [one["revid"] for one in page["revisions"] if not one.get("sha1hidden")]
            asked = answer.get("continue", {})
            if not asked:
                return sorted(found)[:-1]


class _Overtaken(Exception):
    """Somebody edited the page meanwhile."""


class _PageExists(Exception):
    """The title is taken."""


@dataclass(frozen=True, slots=True)
class _WikiUser:
    name: str
    rights: frozenset[str]
    token: str


@dataclass(frozen=True, slots=True)
class _WikiPage:
    """A page as it is now."""

    id: int
    title: str
    url: str
    revision: int
    author: str
    text: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> _WikiPage:
        last = told["revisions"][0]
        url = str(told["canonicalurl"])
        text = _content(last)
        return cls(told["pageid"], told["title"], url, last["revid"], last.get("user", ""), text)

    @property
    def is_redirect(self) -> bool:
        return self.text.lstrip().upper().startswith("#REDIRECT")

    def at(self, revision: int) -> str:
        """The URL of an older revision."""
        return f"{self.url}{'&' if '?' in self.url else '?'}oldid={revision}"


@dataclass(frozen=True, slots=True)
class _WikiRevision:
    id: int
    parent: int
    summary: str
    text: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> _WikiRevision:
        return cls(told["revid"], told["parentid"], told.get("comment", ""), _content(told))


@dataclass(frozen=True, slots=True)
class _OurRevision:
    """A page as our last `revision` left it; `kept` maps sections that people had changed by then
    to the revision that has our text."""

    sections: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)
    revision: int = 0


@dataclass(frozen=True, slots=True)
class _PagePlan:
    """What to do: write a page, or create one. `edited` are the pages that people changed, so that
    ours goes beside them; `beside` those that are no longer needed. `theirs`: the page has words of
    people that are not on record; `taken`: it has some that were recorded since."""

    page: _WikiPage | None
    title: str
    text: str
    kept: str
    changes: bool
    edited: Sequence[_WikiPage]
    beside: Sequence[_WikiPage]
    theirs: bool = False
    taken: bool = False
    gone: bool = False


def _content(revision: Mapping[str, Any]) -> str:
    """The text of a revision, "" if it is hidden."""
    return str(revision.get("slots", {}).get("main", {}).get("content", ""))


# --- the page's text ------------------------------------------------------------------------------

_REMARK = (
    "<!-- {marker} on={base}{kept}: this page is written by ircbot. What you change stays. -->"
)


@dataclass(frozen=True, slots=True)
class _PageRemark:
    """The comment at the head of a page: the revision it was based on, and where our text is of the
    sections that people had changed."""

    base: int = 0
    kept: Mapping[str, int] = field(default_factory=dict)

    def written(self, marker: str) -> str:
        kept = "".join(f" {key}={number}" for key, number in self.kept.items())
        return _REMARK.format(marker=marker, base=self.base, kept=kept)

    @classmethod
    def of(cls, text: str, marker: str) -> _PageRemark:
        found = re.search(rf"<!-- {re.escape(marker)} on=(\d+)((?: [\w-]+=\d+)*):", text)
        if found is None:
            return cls()
        pairs = (pair.split("=") for pair in found[2].split())
        return cls(int(found[1]), {key: int(number) for key, number in pairs})


def _normal(publication: Publication) -> Publication:
    """The publication with a marker that the wiki does not alter."""
    return replace(publication, marker=unicodedata.normalize("NFC", publication.marker))


def _summary(publication: Publication) -> str:
    """The summary of an edit, without people's words, which could not be erased from it."""
    what = publication.note or publication.occasion
    return f"Incident {publication.incident['id']}: {what} ({publication.marker})"


# --- titles ---------------------------------------------------------------------------------------

_FIELDS = ("date", "id", "title", "product", "severity")
_FORBIDDEN = re.compile(r"[#<>\[\]|{}_\x00-\x1f\x7f]|~{3,}|%(?=[0-9A-Fa-f]{2})|&(?=#?\w+;)")


def _checked(pattern: str) -> str:
    try:
        made = pattern.format_map(dict.fromkeys(_FIELDS, "x"))
    except (KeyError, ValueError, IndexError, AttributeError):
        names = ", ".join(f"{{{name}}}" for name in _FIELDS)
        raise Wrong("title", f"a title may have {names}; for braces there is no way") from None
    if _legal(made) != made or not made or len(made.encode()) > _LONGEST_TITLE // 2:
        raise Wrong(
            "title",
            f"not a legal title: at most {_LONGEST_TITLE // 2} bytes, without # < > [ ] | _ and "
            "superfluous blanks",
        )
    return pattern


def _legal(text: str) -> str:
    """A legal title."""
    text = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", text))
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cn", "Co", "Cs"))
    text = text.translate(str.maketrans("[]{}<>_", "()()() "))
    text = " ".join(_FORBIDDEN.sub("-", text).split())
    return "/".join(part if part.strip(".") else "-" * len(part) for part in text.split("/"))


def titled(pattern: str, publication: Publication) -> str:
    """The title of a page. People's words can create neither a namespace nor a subpage."""
    told = publication.incident
    given = {
        "date": str(told.get("declared_at") or publication.at.isoformat())[:10],
        "id": str(told["id"]),
        "title": str(told.get("title") or ""),
        "product": str(told.get("product") or ""),
        "severity": str(told.get("severity") or ""),
    }
    words = {name: _legal(re.sub(r"[:/]", "-", value)) for name, value in given.items()}
    room = _LONGEST_TITLE - _SPARE
    while len((made := _legal(pattern.format_map(words))).encode()) > room:
        longest = max(words, key=lambda name: len(words[name]))
        words[longest] = words[longest][:-1]
    return made.strip("/ ") or f"Incident {told['id']}"


# --- the wiki -------------------------------------------------------------------------------------


class _Wiki:
    """The API, with a session."""

    def __init__(self, url: str, user: str, password: str, ca_file: Any) -> None:
        self._url = url
        self._user = user
        self._password = password
        self._http = Http(ca_file)
        self._me: _WikiUser | None = None

    @property
    def me(self) -> _WikiUser:
        """Our account. Logs in if necessary."""
        if self._me is None:
            self._log_in()
            told = self._asked(
                {"action": "query", "meta": "tokens|userinfo", "uiprop": "rights", "assert": "user"}
            )["query"]
            user = told["userinfo"]
            self._me = _WikiUser(
                user["name"], frozenset(user["rights"]), told["tokens"]["csrftoken"]
            )
        return self._me

    def _log_in(self) -> None:
        self._http.cookies.clear()  # from an expired session
        told = self._asked({"action": "query", "meta": "tokens", "type": "login"})
        done = self._asked(
            {
                "action": "login",
                "lgname": self._user,
                "lgpassword": self._password,
                "lgtoken": told["query"]["tokens"]["logintoken"],
            }
        )["login"]
        if done["result"] != "Success":
            raise _login_refused(done)

    def ask(self, **parameters: Any) -> dict[str, Any]:
        """Query the wiki."""
        self.me  # noqa: B018 - logs in
        return self._asked({**parameters, "assert": "user"})

    def pages(self, **parameters: Any) -> list[dict[str, Any]]:
        """The existing pages that a query returns."""
        found = self.ask(action="query", **parameters)["query"].get("pages", [])
        return [page for page in found if not page.get("missing") and page.get("revisions")]

    def write(self, **parameters: Any) -> dict[str, Any]:
        """Change something; again in a new session if ours has expired."""
        try:
            return self._asked({**parameters, "token": self.me.token, "assert": "user"})
        except _SessionOver:
            self._me = None
            return self._asked({**parameters, "token": self.me.token, "assert": "user"})

    def edit(self, **parameters: Any) -> dict[str, Any]:
        """Write a page."""
        done: dict[str, Any] = self.write(action="edit", watchlist="nochange", **parameters)["edit"]
        if done["result"] != "Success":
            raise _edit_refused(done, self.me.name)
        return done

    def hide(self, title: str, revisions: Sequence[int], reason: str) -> bool:
        """Hide the texts of revisions; False if we may not."""
        if "deleterevision" not in self.me.rights:
            return False
        done = []
        for n in range(0, len(revisions), _AT_ONCE):
            told = self.write(
                action="revisiondelete", type="revision", target=title, hide="content",
                ids="|".join(map(str, revisions[n : n + _AT_ONCE])), reason=reason,
            )  # fmt: skip
            done.append(told["revisiondelete"]["status"] == "Success")
        return all(done)

    def _asked(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        given = {
            **parameters, "format": "json", "formatversion": 2, "errorformat": "plaintext",
            "errorlang": "en", "maxlag": 5,
        }  # fmt: skip
        answer = self._http.request(
            "POST",
            self._url,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(given).encode(),
        )
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        if not (answer.ok or is_json):
            raise failure(answer)
        told = answer.json()
        if not isinstance(told, dict):
            raise Unavailable("answers with something else than its API does")
        for error in told.get("errors", ()):
            name = self._me.name if self._me else self._user
            raise _error(str(error["code"]), str(error.get("text", "")), name, answer)
        return told


class _SessionOver(Unavailable):
    """The session has expired."""


_LATER: tuple[tuple[str, str], ...] = (
    ("maxlag", "is behind with its own copies"),
    ("readonly", "is read-only just now"),
    ("ratelimited", "is asked too often"),
    ("actionthrottled", "is asked too often"),
    ("login-throttled", "lets nobody log in for a while, after too many wrong passwords"),
    ("internal_api_error", "has an internal error"),
)
_NEVER: tuple[tuple[str, str, str], ...] = (
    ("blocked", "has blocked {name}", "ask its administrator to unblock it"),
    ("autoblocked", "has blocked {name}", "ask its administrator to unblock it"),
    ("protected", "protects the page", "ask its administrator to let {name} edit it"),
    ("cascadeprotected", "protects the page", "ask its administrator to let {name} edit it"),
    ("titleblacklist", "forbids the page's title", "change its `title`"),
    ("abusefilter", "has a filter that stops it", "ask its administrator to let {name} through"),
    ("spam", "takes it for spam", "ask its administrator to allow its links"),
    ("captcha", "wants a captcha solved", "ask for the right skipcaptcha for {name}"),
    ("contenttoobig", "accepts no page of this length", "ask its administrator to raise its limit"),
    ("invalidtitle", "takes no page of that title", "change its `title`"),
    ("assertbotfailed", "does not know {name} as a bot", "ask for the bot right"),
)  # fmt: skip
_RIGHTS = (
    "permissiondenied",
    "writeapidenied",
    "cantcreate",
    "noedit",
    "readapidenied",
    "badaccess",
)


def _error(code: str, text: str, name: str, answer: HttpResponse) -> Exception:
    """The exception for an error of the API."""
    if code in ("badtoken", "assertuserfailed", "assertnameduserfailed", "notoken"):
        return _SessionOver("forgets that we are logged in")
    if code in ("editconflict", "missingtitle", "nosuchpageid", "pagedeleted"):
        return _Overtaken()
    if code == "articleexists":
        return _PageExists()
    for start, why in _LATER:
        if code.startswith(start):
            return Unavailable(f"{why} ({code})", retry_after(answer))
    if code.startswith(_RIGHTS):
        return _forbidden(f"lets {name} not do that ({code})")
    for start, why, fix in _NEVER:
        if code.startswith(start):
            return Refused(f"{why.format(name=name)} ({code})", fix.format(name=name))
    said = "".join(c for c in text if c.isprintable())[:200].rstrip(".")
    return Refused(f"refuses it ({code})", said or "look at the bot's log")


def _forbidden(why: str) -> Refused:
    return Refused(
        why, "give the account, and its bot password, the rights to edit and create pages"
    )


def _login_refused(done: Mapping[str, Any]) -> PublishError:
    reason = done.get("reason") or {}
    code = str(reason.get("code") or done["result"])
    if code == "login-throttled" or done["result"] == "Throttled":
        return Unavailable(f"{dict(_LATER)['login-throttled']} ({code})", 300.0)
    if done["result"] in ("NeedToken", "WrongToken"):
        return _SessionOver("forgets that we are logged in")
    fixes: Iterable[tuple[str, str]] = (
        ("botpasswords-restriction", "allow our address at Special:BotPasswords"),
        ("botpasswords-locked", "ask its administrator to unlock the account"),
        ("", "make a bot password at Special:BotPasswords, and configure it with its name"),
    )
    fix = next(fix for start, fix in fixes if code.startswith(start))
    return Refused(f"refuses the login ({code})", fix)


def _edit_refused(done: Mapping[str, Any], name: str) -> PublishError:
    """The error for an edit that failed without an error code: the wiki asks for something
    first."""
    code = "captcha" if "captcha" in done else str(done.get("code") or done["result"])
    error = _error(code, str(done.get("info", "")), name, HttpResponse(200, {}, b""))
    return (
        error if isinstance(error, PublishError) else Refused(f"refuses it ({code})", "look there")
    )
