"""The type `wordpress`: a post of a WordPress (5.6 or later), through its REST API.

A post is created as a draft with only a name (slug), derived from the marker, and its content is
written right after. So it is found again whatever happens in between, and its first revision is
ours. The revisions tell who changed it last; the content is ours while it equals our last revision.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from ircbot.config.keys import PATH, TEXT, TEXTS, Key, one_of
from ircbot.publish.http import Http, HttpResponse, failure, is_base, retry_after
from ircbot.publish.posting import escaped, posted
from ircbot.publish.protocol import (
    Conflict,
    Publication,
    Receipt,
    Refused,
    Unavailable,
    Wrong,
    diff,
)

_MOST_BESIDE = 5
_LONGEST_NAME = 150  # characters, of 200
_STATUSES = ("publish", "draft", "private", "pending")
_REVISIONS = 100  # revisions of a post to look through


class WordPress:
    """A WordPress site."""

    keys: ClassVar[tuple[Key, ...]] = (
        Key("url", TEXT, None, "The site's address; ending in /wp-json, if that is to be used.",
            "https://p2.example"),
        Key("user", TEXT, None, "Whose posts they are.", "ilbot"),
        Key("password", TEXT, None, "An application password of theirs.", secret=True),
        Key("status", one_of(*_STATUSES), "publish", "What a new post is."),
        Key("categories", TEXTS, [], "Names of categories of a new post.", ["Incidents"]),
        Key("tags", TEXTS, [], "Names of its tags.", ["incident"]),
        Key("ca_file", PATH, None, "A certificate authority of your own, PEM.", "ca.pem"),
    )  # fmt: skip
    formats: tuple[str, ...] = ("html",)
    each = False
    again = True

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Raises Wrong."""
        for key in ("url", "user", "password"):
            if not values[key]:
                raise Wrong(key, f"a WordPress needs `{key}`")
        url = str(values["url"])
        if not is_base(url):
            raise Wrong("url", "write the site's address, with https: https://p2.example")
        self._site = _RestApi(url, str(values["user"]), str(values["password"]), values["ca_file"])
        self._status = str(values["status"])
        self._terms = {"categories": values["categories"], "tags": values["tags"]}

    def check(self) -> str:
        """Log in, and check that we may write."""
        me = self._able()
        return f"{urlsplit(self._site.url).hostname}, as {me.name} ({', '.join(me.roles)})"

    def publish(self, publication: Publication) -> Receipt:
        """Write the post, or the one beside it."""
        plan = self._plan(publication)
        if plan.gone and not publication.force:
            if publication.erased:
                return publication.previous or Receipt()
            number = publication.incident["id"]
            raise Conflict(
                "has its post no more, since somebody deleted it",
                f"`ircbot publish {number} --force` writes it again",
            )
        post = plan.post or self._created(plan)
        if plan.changes:
            fresh = self._fresh() if post.is_begun else {}
            post = self._site.written(post.id, {**plan.changes, **fresh})
        words = [self._written_over(plan.post, post)] if plan.post and plan.changes else []
        for other in plan.beside:
            self._site.ask("DELETE", f"posts/{other.id}")
        if publication.erased:
            words += self._forgotten(plan, post)
        caveat = "; it ".join(filter(None, words))
        return Receipt(post.url, str(post.id), str(post.revision), plan.kept, caveat)

    def preview(self, publication: Publication) -> str:
        """The change to the post, as a diff."""
        plan = self._plan(publication)
        before = plan.post.text if plan.post else ""
        title = plan.post.title if plan.post else ""
        after = (plan.changes.get("title", title), plan.changes.get("content", before))
        return diff(f"{title}\n\n{before}", "\n\n".join(after), plan.changes.get("title", title))

    def _able(self) -> _SiteUser:
        """Our account, which may write. Raises Refused if it may not."""
        me = self._site.me
        for right in ("edit_posts", *(("publish_posts",) if self._status == "publish" else ())):
            if right not in me.rights:
                raise _forbidden(self._site.user, right)
        return me

    # --- what is to be done -----------------------------------------------------------------------

    def _plan(self, publication: Publication) -> _PostPlan:
        content = f"{posted(publication.texts['html'])}\n\n<!-- {publication.marker} -->"
        title = _title(publication)
        posts, gone = self._ours(publication)
        changed: list[_Post] = []
        for n, post in enumerate(posts):
            left = self._left(post, publication)
            is_ours = left is not None and left.text == post.text
            if not (is_ours or post.text == content or publication.force):
                changed.append(post)
                continue
            changes = {} if post.text == content else {"content": content}
            ours = _titled(title, beside=bool(changed))
            named_by_us = left is None or left.title in (post.title, "")
            if post.title != ours and (named_by_us or publication.force):
                changes["title"] = ours
            beside = [one for one in posts[n + 1 :] if self._is_left(one, publication)]
            kept = changed[0].url if changed else ""
            return _PostPlan(post, post.slug, changes, kept, changed, beside)
        slugs = (slug for slug in _slugs(publication.marker) if slug not in [p.slug for p in posts])
        changes = {"title": _titled(title, beside=bool(changed)), "content": content}
        kept = changed[0].url if changed else ""
        return _PostPlan(None, next(slugs), changes, kept, changed, [], gone and not changed)

    def _ours(self, publication: Publication) -> tuple[list[_Post], bool]:
        """The posts that we made for an incident, oldest first; and whether they are gone."""
        found = self._site.ask(
            "GET", "posts", context="edit", slug=",".join(_slugs(publication.marker)),
            author=self._able().id, status="publish,future,draft,pending,private", per_page=20,
        )  # fmt: skip
        posts = {post.id: post for post in map(_Post.of, found)}
        known = publication.previous.page if publication.previous else ""
        gone = False
        if known.isdigit() and int(known) not in posts:
            post = self._site.post(int(known))
            gone = post is None or post.status == "trash"
            if post is not None and not gone:
                posts[post.id] = post
        return [posts[number] for number in sorted(posts)], gone and not posts

    def _left(self, post: _Post, publication: Publication) -> _PostRevision | None:
        """A post as we left it, None if unknown."""
        if post.is_begun:
            return _PostRevision(0, self._site.me.id, post.title, post.text)
        revisions = self._site.revisions(post.id)
        ours = [one for one in revisions if one.author == self._site.me.id]
        if ours:
            return ours[0]
        previous = publication.previous
        if previous and previous.page == str(post.id) and previous.version == str(post.revision):
            return _PostRevision(0, self._site.me.id, post.title, post.text)
        return None

    def _is_left(self, post: _Post, publication: Publication) -> bool:
        left = self._left(post, publication)
        return publication.force or (left is not None and left.text == post.text)

    # --- writing ----------------------------------------------------------------------------------

    def _created(self, plan: _PostPlan) -> _Post:
        """Create a post with a name and without content."""
        begun = {"slug": plan.slug, "title": plan.changes["title"], "status": "draft"}
        return _Post.of(self._site.ask("POST", "posts", {"context": "edit", **begun}))

    def _fresh(self) -> dict[str, Any]:
        """Fields that only a new post is given; people may change them."""
        terms = {
            kind: [self._site.term(kind, str(name)) for name in names]
            for kind, names in self._terms.items()
            if names
        }
        return {"status": self._status, **terms}

    def _written_over(self, before: _Post, after: _Post) -> str:
        """A caveat if somebody changed a post between our reading and our writing: the API cannot
        refuse that."""
        for one in self._site.revisions(before.id):
            if before.revision < one.id < after.revision and one.author != self._site.me.id:
                where = self._site.admin(f"revision.php?revision={one.id}")
                return f"was changed by somebody while it was written to; that is in {where}"
        return ""

    def _forgotten(self, plan: _PostPlan, post: _Post) -> list[str]:
        """Remove the older revisions of our text; returns caveats if we may not."""
        said = []
        for one in (post, *plan.changed):
            old = self._site.revisions(one.id)[1:]
            try:
                for revision in old:
                    self._site.ask(
                        "DELETE", f"posts/{one.id}/revisions/{revision.id}", force="true"
                    )
            except Refused:
                said.append(self._site.admin(f"revision.php?revision={old[0].id}"))
        words = []
        if said:
            words.append(
                f"keeps erased words in older revisions ({' and '.join(said)}): ask its "
                "administrator to delete them"
            )
        if plan.changed:
            urls = " and ".join(one.url for one in plan.changed)
            words.append(f"may show erased words in {urls}, which somebody edited: look there")
        return words


def _title(publication: Publication) -> str:
    """The title of a post, as HTML; it says when the incident is over."""
    over = {"resolved": "Resolved: ", "closed": "Resolved: ", "withdrawn": "False alarm: "}
    status = over.get(str(publication.incident.get("status")), "")
    return escaped(f"{status}{publication.title}")


def _titled(title: str, *, beside: bool) -> str:
    return f"{title} (ircbot)" if beside else title


def _slugs(marker: str) -> Iterator[str]:
    """The names of an incident's posts: the main one, and those beside it. They are in WordPress's
    own form: it would alter others, and then they would not be found again."""
    plain = re.sub(r"[^a-z0-9]+", "-", marker.lower())[:_LONGEST_NAME]
    if plain != marker.lower():
        plain += f"-{hashlib.sha256(marker.encode()).hexdigest()[:12]}"
    yield plain
    yield from (f"{plain}-beside-{n}" for n in range(1, _MOST_BESIDE + 1))


def _forbidden(user: str, right: str) -> Refused:
    return Refused(
        f"does not let {user} write there ({right})",
        "ask its administrator for the role of an author",
    )


@dataclass(frozen=True, slots=True)
class _SiteUser:
    id: int
    name: str
    rights: frozenset[str]
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Post:
    """A post as it is now; `revision` is the number of its last one, 0 for none."""

    id: int
    slug: str
    url: str
    status: str
    title: str
    text: str
    revision: int

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> _Post:
        last = told.get("_links", {}).get("predecessor-version", [{}])
        return cls(
            told["id"], told["slug"], told["link"], told["status"], told["title"]["raw"],
            told["content"]["raw"], int(last[0].get("id", 0)),
        )  # fmt: skip

    @property
    def is_begun(self) -> bool:
        """Whether it was created but never written."""
        return not self.text and self.status == "draft"


@dataclass(frozen=True, slots=True)
class _PostRevision:
    id: int
    author: int
    title: str
    text: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> _PostRevision:
        return cls(told["id"], told["author"], told["title"]["raw"], told["content"]["raw"])


@dataclass(frozen=True, slots=True)
class _PostPlan:
    """What to do: change a post, or create one with a name. `changed` are the posts that people
    edited, so that ours goes beside them; `beside` those that are no longer needed."""

    post: _Post | None
    slug: str
    changes: Mapping[str, str]
    kept: str
    changed: Sequence[_Post]
    beside: Sequence[_Post]
    gone: bool = False


class _RestApi:
    """The REST API, as one of its users."""

    def __init__(self, url: str, user: str, password: str, ca_file: Any) -> None:
        self.url = url.rstrip("/")
        self.user = user
        login = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {login}", "Accept": "application/json"}
        self._http = Http(ca_file)
        self._me: _SiteUser | None = None

    @property
    def me(self) -> _SiteUser:
        """Our account."""
        if self._me is None:
            told = self.ask("GET", "users/me", context="edit")
            rights = (name for name, has in told["capabilities"].items() if has)
            self._me = _SiteUser(told["id"], told["name"], frozenset(rights), tuple(told["roles"]))
        return self._me

    def post(self, number: int) -> _Post | None:
        """A post, None if there is none."""
        try:
            return _Post.of(self.ask("GET", f"posts/{number}", context="edit"))
        except _Missing:
            return None

    def written(self, number: int, changes: Mapping[str, Any]) -> _Post:
        """Change a post."""
        return _Post.of(self.ask("POST", f"posts/{number}", {"context": "edit", **changes}))

    def revisions(self, number: int) -> list[_PostRevision]:
        """The revisions of a post, the last one first, without autosaves."""
        try:
            found = self.ask(
                "GET", f"posts/{number}/revisions", context="edit", per_page=_REVISIONS
            )
        except _Missing:
            return []  # the site keeps none
        return [_PostRevision.of(one) for one in found if "-autosave-" not in one["slug"]]

    def term(self, kind: str, name: str) -> int:
        """The number of a category or a tag, which is created if missing."""
        wanted = html.escape(name).casefold()
        for one in self.ask("GET", kind, search=html.escape(name, quote=False), per_page=100):
            if html.escape(html.unescape(one["name"])).casefold() == wanted:
                return int(one["id"])
        try:
            return int(self.ask("POST", kind, {"name": name})["id"])
        except _Exists as there:
            return there.number
        except Refused:
            raise Refused(
                f"has no {kind} named {name}", f"make it there, or take it out of `{kind}`"
            ) from None

    def admin(self, page: str) -> str:
        """The URL of a page of the site's administration."""
        return f"{self.url.removesuffix('/wp-json')}/wp-admin/{page}"

    def ask(self, method: str, path: str, send: Any = None, **query: Any) -> Any:
        """Send a request. Raises a PublishError."""
        if self.url.endswith("/wp-json"):
            url = f"{self.url}/wp/v2/{path}" + (f"?{urlencode(query)}" if query else "")
        else:
            url = f"{self.url}/?{urlencode({'rest_route': f'/wp/v2/{path}', **query})}"
        answer = self._http.request(method, url, headers=self._headers, send=send)
        if not answer.ok:
            raise self._refused(answer)
        return answer.json()

    def _refused(self, answer: HttpResponse) -> Exception:
        """The exception for an error of the site."""
        try:
            told = answer.json()
            code, data = str(told["code"]), told.get("data") or {}
        except (Unavailable, KeyError, TypeError, AttributeError):
            return failure(answer)  # not WordPress's: a proxy's, or a page for people
        if answer.status == 401 and code not in _LATER_THAN_LOGIN:
            return Refused(f"refuses the login ({code})", _LOGINS.get(code, _LOGIN))
        if answer.status in (401, 403):
            return _forbidden(self.user, code)
        if code in ("rest_post_invalid_id", "rest_post_invalid_parent"):
            return _Missing("has no such post", "look there")
        if code == "term_exists":
            return _Exists(int(data["term_id"] if isinstance(data, Mapping) else data))
        if code == "rest_no_route":
            return Refused("has no REST interface for posts (404)", "ask its administrator for it")
        if answer.status >= 500 or answer.status == 429:
            return Unavailable(f"cannot do it now ({code})", retry_after(answer))
        said = "".join(c for c in str(told.get("message", "")) if c.isprintable())[:200]
        return Refused(f"refuses it ({code})", html.unescape(said).rstrip(".") or "look there")


class _Missing(Refused):
    """It does not exist."""


class _Exists(Exception):
    """There is a term of that name already."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


_LOGIN = "make an application password in that user's profile, and configure it with their name"
_ALLOW = "ask its administrator to allow application passwords"
_LOGINS: Mapping[str, str] = {
    "rest_not_logged_in": "it may not see the login: application passwords need https, and the "
    "server has to hand on the Authorization header",
    "application_passwords_disabled": _ALLOW,
    "application_passwords_disabled_for_user": _ALLOW,
}
# WordPress answers these with 401 although it knows who we are: the login is not at fault.
_LATER_THAN_LOGIN = frozenset({"rest_cannot_create", "rest_cannot_edit", "rest_cannot_delete"})
