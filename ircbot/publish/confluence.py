"""The type `confluence`: the report as a page in a space of Confluence Server, Data Center or
Cloud.

Our page is recognised by a content property or, if we died before that was set, by a hidden anchor
in its text. A version is ours if its message contains the marker; the author does not tell, since
the account may be a person's own. People's edits are found by comparing the page with our latest
version, which Confluence keeps: what they wrote in their sections is read back (`prose`); if they
edited anything else, our text goes to a page below theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, islice
from typing import Any, ClassVar, NamedTuple

from ircbot.config.keys import PATH, TEXT, TEXTS, Key
from ircbot.incident.plain import plain
from ircbot.publish.confluence_api import Client, ConfluencePage, Login, TitleTaken
from ircbot.publish.http import is_base
from ircbot.publish.protocol import (
    Conflict,
    Publication,
    Receipt,
    Refused,
    Unavailable,
    Written,
    Wrong,
    diff,
)
from ircbot.publish.storage_format import Edits, edits, is_same, with_theirs
from ircbot.report.wellformed import check as check_page

_LONGEST_TITLE = 255
_LONGEST_NOTE = 150  # characters of a version's message
_TITLES = 20  # titles to try if one is taken
_VERSIONS = 100  # versions by people to look back through
_LABEL = re.compile(r"[^\s,:;.?&\[\]()#^*@!A-Z]{1,255}")


class Confluence:
    """A space."""

    keys: ClassVar[tuple[Key, ...]] = (
        Key("url", TEXT, None, "Its address.", "https://mana.example.org"),
        Key("space", TEXT, None, "The key of the space.", "OPS"),
        Key("parent", TEXT, "", "Below which page: its title, or its number.", "Incidents"),
        Key("labels", TEXTS, [], "Labels of the page.", ["incident"]),
        Key("user", TEXT, "", "On Cloud: the mail address of the token's account.", "a@b.example"),
        Key("token", TEXT, None, "A personal access token; on Cloud an API token.", secret=True),
        Key("ca_file", PATH, None, "A certificate authority of your own, PEM.", "ca.pem"),
    )
    formats: tuple[str, ...] = ("mana",)
    each = False
    again = True

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Raises Wrong."""
        url, token, user = (str(values[name] or "") for name in ("url", "token", "user"))
        if not is_base(url):
            raise Wrong("url", 'write its address: url = "https://mana.example.org"')
        self._space, self._parent = str(values["space"] or ""), str(values["parent"] or "")
        if not self._space:
            raise Wrong("space", 'say which space: space = "OPS" (its key)')
        if not (token.isascii() and token.isprintable() and token):
            raise Wrong(
                "token", "Confluence needs `token` (or `token_file`): its settings make one"
            )
        if ":" in user or not user.isprintable():
            raise Wrong("user", "write the account's mail address")
        self._labels = list(values["labels"])
        for label in self._labels:
            if not _LABEL.fullmatch(label):
                raise Wrong("labels", f"{label!r} cannot be one: small letters, digits, hyphens")
        self._login = Login(url, token, user, values["ca_file"])
        self._read: dict[str, int] = {}  # version at which the prose of each page was last read

    def check(self) -> str:
        """Which account would write, and to which space."""
        client = self._client()
        name, me = client.look(), client.me
        below = self._parent_id(client)
        return f"{me} sees the space {name or self._space}{' and the parent page' * bool(below)}"

    def prose(self, publication: Publication) -> Mapping[str, Written]:
        """What people wrote in the sections that are theirs."""
        client = self._client()
        page = self._found(client, publication)
        if page is None:
            return {}
        self._read[page.id] = page.number
        # If the page was edited, what was read of it is on record, whatever has happened to it
        # since.
        known = _LastReceipt.of(publication)
        if known.read and known.beside and (before := client.version(page.id, known.read)):
            return _edits(before, page, publication).written
        ours = self._ours(client, page, publication)
        return _edits(ours, page, publication).written if ours else {}

    def publish(self, publication: Publication) -> Receipt:
        """Bring the page up to date."""
        client = self._client()
        page = self._found(client, publication)
        if page is not None and self._read.get(page.id, page.number) != page.number:
            raise Unavailable("is being edited just now")
        known = _LastReceipt.of(publication)
        written, kept = self._put(client, publication, page), ""
        if written is None:
            assert page is not None  # only somebody's edit prevents it
            written, kept = self._put_beside(client, publication, page), client.address(page.id)
        elif known.beside:
            client.remove(known.beside)
        caveats = list(self._left(client, publication, written, page if kept else None))
        if publication.previous is None and self._labels:
            client.label(written.id, self._labels)
        read = self._read.get(page.id, page.number) if page is not None and kept else 0
        where = f"{page.id} {written.id} {read}" if page is not None and kept else written.id
        return Receipt(
            client.address(written.id), where, str(written.number), kept, " and ".join(caveats)
        )

    def preview(self, publication: Publication) -> str:
        """What would change on the page, or on the one below it."""
        client = self._client()
        page, title = self._found(client, publication), _title(publication)
        if page is None:
            return diff("", f"{title}\n{self._body(publication)}")
        ours = self._ours(client, page, publication)
        if not publication.force and self._is_in_the_way(ours, page, publication):
            marker = f"{publication.marker}-beside"
            body, where = self._body(publication, marker), f"beside {page.title}"
            found = self._beside(client, publication, page)
            return _change(found, _beside_title(publication), body, where)
        body = self._with_theirs(publication, ours or page, page)
        titles, _ = self._titles(client, page, title)
        return _change(page, titles[0], body, page.title)

    # --- what stands there ----------------------------------------------------------------

    def _client(self) -> Client:
        client = self._login.client(self._space)
        client.me  # noqa: B018 - a token that is nobody's is found before anything else
        return client

    def _found(self, client: Client, publication: Publication) -> ConfluencePage | None:
        """Our page, if there is one: as recorded, or created by a run that died before recording
        it."""
        known = _LastReceipt.of(publication)
        if known.page and (page := client.page(known.page)):
            return page
        titled = client.titled(_title(publication))
        if titled and self._is_known(client, titled, publication.marker):
            return client.page(titled.id) or titled
        return self._among(client, publication, publication.marker, self._parent_id(client))

    def _among(
        self, client: Client, publication: Publication, marker: str, parent: str
    ) -> ConfluencePage | None:
        """Our page among those below another, whatever its title."""
        stem = f"Incident {publication.incident['id']}"
        for one in client.candidates(parent):
            rest = one.title.removeprefix(stem)
            is_about = rest != one.title and not rest[:1].isdigit()
            if is_about and (page := client.page(one.id)) and self._is_known(client, page, marker):
                return page
        return None

    def _is_known(self, client: Client, page: ConfluencePage, marker: str) -> bool:
        kept = client.property_of(page.id)
        if kept is not None:
            return _value(kept).get("id") == marker
        return page.number == 1 and _has(page, marker)

    def _beside(
        self, client: Client, publication: Publication, page: ConfluencePage
    ) -> ConfluencePage | None:
        """Our page below one that somebody edited."""
        known = _LastReceipt.of(publication)
        if known.beside and (beside := client.page(known.beside)):
            return beside
        return self._among(client, publication, f"{publication.marker}-beside", page.id)

    def _ours(
        self, client: Client, page: ConfluencePage, publication: Publication
    ) -> ConfluencePage | None:
        """Our latest version of a page; None if none is visible."""
        marker = publication.marker
        versions = (client.version(page.id, n) for n in range(page.number - 1, 0, -1))
        for version in (page, *islice(versions, _VERSIONS)) if page.number else ():
            if version and _is_ours(version, marker):
                return version
        return None

    def _is_in_the_way(
        self, ours: ConfluencePage | None, page: ConfluencePage, publication: Publication
    ) -> bool:
        """Whether somebody edited anything outside their sections, or anything that was not read
        back."""
        if ours is None:
            return True
        found = _edits(ours, page, publication)
        return found.elsewhere or bool(found.written and page.id not in self._read)

    # --- writing --------------------------------------------------------------------------

    def _put(
        self, client: Client, publication: Publication, page: ConfluencePage | None
    ) -> ConfluencePage | None:
        """Bring our page up to date; None if somebody's edit prevents it."""
        marker, title = publication.marker, _title(publication)
        if page is None:
            return self._made(client, publication, marker, title, self._parent_id(client))
        ours = page if _is_ours(page, marker) else self._ours(client, page, publication)
        if not publication.force and self._is_in_the_way(ours, page, publication):
            return None
        body = self._with_theirs(publication, ours or page, page)
        return self._written(client, publication, page, marker, title, body)

    def _with_theirs(
        self, publication: Publication, ours: ConfluencePage, page: ConfluencePage
    ) -> str:
        """The new text with people's sections as they left them, except where words must be
        erased."""
        body = self._body(publication)
        if publication.erased:
            return body
        try:
            body = with_theirs(body, ours.body, page.body, publication.prose)
        except ValueError:
            return body
        check_page(body)
        return body

    def _put_beside(
        self, client: Client, publication: Publication, page: ConfluencePage
    ) -> ConfluencePage:
        """Bring our page below an edited page up to date."""
        marker, title = f"{publication.marker}-beside", _beside_title(publication)
        beside = self._beside(client, publication, page)
        if beside is None:
            return self._made(client, publication, marker, title, page.id)
        if not _is_ours(beside, marker) and not publication.force:
            raise Conflict(
                f"has edits of people on both pages ({client.address(page.id)}, "
                f"{client.address(beside.id)})",
                f"`ircbot publish {publication.incident['id']} --force` writes over the first",
            )
        body = self._body(publication, marker)
        return self._written(client, publication, beside, marker, title, body)

    def _made(
        self, client: Client, publication: Publication, marker: str, title: str, parent: str
    ) -> ConfluencePage:
        body = self._body(publication, marker)
        for one in _titles(title):
            try:
                page = client.create(one, body, parent)
            except TitleTaken:  # by ourselves, where the server did it and said otherwise
                known = client.titled(one)
                if known is None or not self._is_known(client, known, marker):
                    continue
                page = known
            client.keep(page.id, {"id": marker, "title": one})
            return page
        raise _no_title(title)

    def _written(
        self,
        client: Client,
        publication: Publication,
        page: ConfluencePage,
        marker: str,
        title: str,
        body: str,
    ) -> ConfluencePage:
        """Write the next version of a page, if the text changed. A title that a person gave it is
        kept."""
        titles, renamed = self._titles(client, page, title)
        for one in titles:
            if one == page.title and _is_ours(page, marker) and is_same(body, page.body):
                break
            try:
                page = client.update(page, one, body, _said_of(publication, marker))
            except TitleTaken:
                continue
            break
        else:
            raise _no_title(title)
        if not renamed:
            client.keep(page.id, {"id": marker, "title": page.title})
        return page

    def _titles(
        self, client: Client, page: ConfluencePage, title: str
    ) -> tuple[Sequence[str], bool]:
        """Titles for a page, the preferred one first; whether a person renamed the page."""
        given = str(_value(client.property_of(page.id) or {}).get("title", page.title))
        renamed = page.title not in (given, title)
        # A title that was taken is not tried again until it changes.
        if renamed or title == _without_number(given):
            return (page.title,), renamed
        return (*_titles(title), page.title), False

    def _left(
        self,
        client: Client,
        publication: Publication,
        page: ConfluencePage,
        edited: ConfluencePage | None,
    ) -> Iterator[str]:
        """Where words that had to be erased may still be readable."""
        if not publication.erased:
            return
        if page.number > 1 and not client.without_history(page):
            yield f"still has erased words in older versions of {client.address(page.id)}"
        if edited is not None:
            yield f"has a page that somebody edited, which is left as it is ({edited.title})"

    def _body(self, publication: Publication, marker: str = "") -> str:
        """The body, with a hidden anchor to recognise it by."""
        return f"{publication.texts['mana'].rstrip()}\n{_hidden(marker or publication.marker)}\n"

    def _parent_id(self, client: Client) -> str:
        if not self._parent:
            return ""
        is_number = self._parent.isascii() and self._parent.isdigit()
        page = client.page(self._parent) if is_number else client.titled(self._parent)
        if page is None:
            raise Refused(
                f"has no page {self._parent!r} to put it below",
                "write another `parent`, or make it",
            )
        return page.id


class _LastReceipt(NamedTuple):
    """From the last receipt: our page, the one below it, and the version of the first at which its
    prose was read."""

    page: str = ""
    beside: str = ""
    read: int = 0

    @classmethod
    def of(cls, publication: Publication) -> _LastReceipt:
        page, beside, read, *_ = (*(publication.previous or Receipt()).page.split(), "", "", "")
        return cls(page, beside, int(read) if read.isdigit() else 0)


def _edits(ours: ConfluencePage, page: ConfluencePage, publication: Publication) -> Edits:
    """What people changed; if a page cannot be read, everything counts as changed outside their
    sections."""
    try:
        return edits(ours.body, page.body, publication.prose)
    except ValueError:
        return Edits({}, ours.body != page.body)


def _is_ours(page: ConfluencePage, marker: str) -> bool:
    said = f"[{marker}]" in page.message
    return said or (page.number == 1 and not page.message and _has(page, marker))


def _has(page: ConfluencePage, marker: str) -> bool:
    """Whether a page contains the anchor. The server adds ids to macros."""
    return f">{marker}</ac:parameter>" in page.body


def _hidden(marker: str) -> str:
    return (
        '<p><ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">'
        f"{marker}</ac:parameter></ac:structured-macro></p>"
    )


def _said_of(publication: Publication, marker: str) -> str:
    note = plain(publication.note or publication.occasion)
    return f"{note[:_LONGEST_NOTE]} [{marker}]"


def _title(publication: Publication) -> str:
    return plain(publication.title)[: _LONGEST_TITLE - 20].rstrip()


def _beside_title(publication: Publication) -> str:
    return f"{_title(publication)} (as recorded)"


def _change(page: ConfluencePage | None, title: str, body: str, name: str) -> str:
    """The change to a page, as a diff."""
    if page is None:
        return diff("", f"{title}\n{body}", name)
    if page.title == title and is_same(body, page.body):
        return ""
    return diff(f"{page.title}\n{page.body}", f"{title}\n{body}", name)


def _titles(title: str) -> Iterator[str]:
    """The title, and alternatives if it is taken."""
    yield title
    yield from (f"{title} ({n})" for n in islice(count(2), _TITLES))


def _without_number(title: str) -> str:
    return re.sub(r" \(\d+\)$", "", title)


def _no_title(title: str) -> Refused:
    return Refused(f"has pages called {title!r} already", "rename those that are not needed")


def _value(kept: Mapping[str, Any]) -> Mapping[str, Any]:
    value = kept.get("value")
    return value if isinstance(value, Mapping) else {}
