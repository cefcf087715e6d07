"""The type `wordpress`, on a real WordPress: what every publisher must do, and a post's own trials."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from proxy import Fault, Proxy, Request, proxy
from rig.wordpress import WordPress as Server
from test_publish_outbox import configured, running

from ircbot.incident.events import Declared, Entry, Noted, Updated
from ircbot.incident.people import Person
from ircbot.incident.state import replay
from ircbot.processes import load_process
from ircbot.publish.conformance import Conformance, publication
from ircbot.publish.posting import posted
from ircbot.publish.protocol import Conflict, Publication, Receipt, Refused, Unavailable, Wrong
from ircbot.publish.wordpress import WordPress
from ircbot.report.render import render


class PostWorld:
    def __init__(self, server: Server, between: Proxy) -> None:
        self.server, self.proxy = server, between
        self.password = server.passwords["ilbot"]

    def publisher(self, **more: Any) -> WordPress:
        given = {"url": self.proxy.url, "user": "ilbot", "password": self.password, **more}
        return WordPress({key.name: key.default for key in WordPress.keys} | given)

    def standing(self) -> list[str]:
        return [post["content"]["raw"] for post in self.server.posts()]

    def refuse(self) -> None:
        self.password = "wrong"

    def fail(self) -> None:
        self.server.set("fault", "http_response_code(503); die('<h1>Back soon</h1>');")

    def heal(self) -> None:
        self.server.set("fault")
        self.proxy.heal()

    def lose_answer(self) -> None:
        self.proxy.mute = lambda request: request.method == "POST"

    def edit(self, word: str) -> bool:
        (post,) = self.server.posts()
        text = f"{post['content']['raw']}<p>{word}</p>"
        self.server.ask("POST", f"posts/{post['id']}", content=text)
        return True


@pytest.fixture
def world(wordpress: Server) -> Iterator[PostWorld]:
    wordpress.reset()
    with proxy(wordpress.port) as between:
        yield PostWorld(wordpress, between)


class TestWordPress(Conformance):
    pass


def told(
    n: int = 1, text: str = "<p>one</p>", previous: Receipt | None = None, **more: Any
) -> Publication:
    """Publication `n` of an incident, as this page."""
    return replace(publication(n=n), texts={"html": text}, previous=previous, **more)


def until_it_is_there(world: PostWorld, what: Publication) -> Receipt:
    """Publish, and die after each write in turn; questions leave nothing behind."""
    for n in range(9):
        writes = count()
        world.proxy.mute = lambda one, at=n, to=writes: one.method != "GET" and next(to) == at  # type: ignore[misc]
        try:
            return world.publisher().publish(what)
        except Unavailable:
            continue
    raise AssertionError("it was never published")


def test_who_dies_at_each_step_makes_nothing_twice_and_loses_nothing(world):
    first = until_it_is_there(world, told())
    (post,) = world.server.posts()
    assert (post["status"], post["title"]["raw"]) == ("publish", "Resolved: Incident 7: walrus")
    second = until_it_is_there(world, told(2, "<p>two</p>", first))
    assert (second.url, second.kept) == (first.url, "")
    world.server.ask("POST", f"posts/{post['id']}", content="mine")
    beside = until_it_is_there(world, told(3, "<p>three</p>", second))
    assert beside.kept == first.url
    assert [one["title"]["raw"] for one in world.server.posts()] == [
        "Resolved: Incident 7: walrus",
        "Resolved: Incident 7: walrus (ircbot)",
    ]
    again = until_it_is_there(world, told(4, "<p>four</p>", beside, force=True))
    assert (again.url, again.kept) == (first.url, "")
    (text,) = world.standing()
    assert "four" in text


def test_a_post_is_retitled_unless_a_person_did(world):
    begun = {**publication().incident, "status": "open"}
    first = world.publisher().publish(told(incident=begun))
    (post,) = world.server.posts()
    assert post["title"]["raw"] == "Incident 7: walrus"
    second = world.publisher().publish(told(2, previous=first))
    (post,) = world.server.posts()
    assert post["title"]["raw"] == "Resolved: Incident 7: walrus"
    world.server.ask("POST", f"posts/{post['id']}", title="Walruses!")
    third = world.publisher().publish(told(3, "<p>three</p>", second, incident=begun))
    (post,) = world.server.posts()
    assert post["title"]["raw"] == "Walruses!"
    assert "three" in post["content"]["raw"]
    assert third.kept == ""


def test_what_people_make_of_a_post_stays(world):
    publisher = world.publisher(status="draft", categories=("incidents", "R & D"), tags=("mdn",))
    with pytest.raises(
        Refused, match=r"no categories named incidents: make it there, or take it o"
    ):
        publisher.publish(told())
    for name in ("Incidents", "R & D", "Incidents too"):
        world.server.ask("POST", "categories", name=name)
    first = publisher.publish(told())
    (post,) = world.server.posts()
    chosen = ",".join(map(str, post["categories"]))
    names = {c["name"] for c in world.server.ask("GET", "categories", include=chosen)}
    assert names == {"Incidents", "R &amp; D"}
    assert (post["status"], len(post["tags"])) == ("draft", 1)
    changes = {"status": "publish", "slug": "walruses", "categories": [1]}
    world.server.ask("POST", f"posts/{post['id']}", **changes)
    second = publisher.publish(told(2, "<p>two</p>", first))
    (now,) = world.server.posts()
    assert {key: now[key] for key in changes} == changes
    assert (second.page, second.kept) == (first.page, "")


def test_a_post_that_is_gone_is_not_made_again_unless_it_is_forced(world):
    first = world.publisher().publish(told())
    world.server.ask("DELETE", f"posts/{first.page}")
    with pytest.raises(Conflict, match=r"deleted it: `ircbot publish 7 --force` writes it again"):
        world.publisher().publish(told(2, "<p>two</p>", first))
    assert world.publisher().publish(told(2, "", first, erased=True)).page == first.page
    world.server.ask("DELETE", f"posts/{first.page}", force=True)
    with pytest.raises(Conflict):
        world.publisher().publish(told(2, "<p>two</p>", first))
    world.publisher().publish(told(3, "<p>two</p>", first, force=True))
    assert len(world.standing()) == 1


def test_an_edit_in_the_same_moment_is_told(world):
    first = world.publisher().publish(told())

    def meanwhile(request: Request) -> None:
        if request.method == "POST":
            world.proxy.heal()
            world.server.ask("POST", f"posts/{first.page}", content="mine")

    world.proxy.before = meanwhile
    second = world.publisher().publish(told(2, "<p>two</p>", first))
    assert re.fullmatch(
        r"was changed by somebody while it was written to; that is in \S+revision=\d+",
        second.caveat,
    )
    assert not world.publisher().publish(told(3, "<p>three</p>", second)).caveat


def test_a_preview_is_what_happens(world):
    first = world.publisher().publish(told(text="<p>one</p><p>two</p>"))
    changed = told(2, "<p>one</p><p>three</p>", first)
    shown = [line for line in world.publisher().preview(changed).splitlines() if line[0] in "+-"]
    assert shown[2:] == ["-<p>two</p>", "+<p>three</p>"]
    world.publisher().publish(changed)
    assert world.publisher().preview(changed) == ""


def test_erased_words_leave_older_revisions_or_people_hear_where_they_are(world):
    first = world.publisher().publish(told(text="<p>secret</p>"))
    second = world.publisher().publish(told(2, "<p>secret too</p>", first))
    third = world.publisher().publish(told(3, "<p>…</p>", second, erased=True))
    assert "secret" not in str(world.standing())
    begin, end = (
        "keeps erased words in older revisions (",
        "): ask its administrator to delete them",
    )
    assert re.fullmatch(rf"{re.escape(begin)}\S+/wp-admin/revision.php\?revision=\d+{re.escape(end)}",
                        third.caveat)  # fmt: skip
    (post,) = world.server.posts()
    world.server.ask("POST", f"posts/{post['id']}", content="mine")
    fourth = world.publisher().publish(told(4, "<p>, …</p>", third, erased=True))
    assert f"may show erased words in {first.url}, which somebody edited" in fourth.caveat


HOSTILE = (
    "\"q\" 's' -- --- ... 9x9 3 x 4 (tm) :) 8) 8O :mrgreen: [gallery] [caption]x[/caption] Wordpress "
    "<script>alert(1)</script> <b>b</b> &amp; &#91; http://x.example/a--b?c=d&e='f' ``r'' 5'10\" "
    "<!-- wp:html --> <!--more--> [embed]https://youtu.be/x[/embed] don't \U0001f525 \u05d0\u05d1"
)


def test_what_was_said_is_shown_as_it_was_said(world):
    events = Declared(HOSTILE, "mozmeao"), Noted(1, HOSTILE), Updated(f"* {HOSTILE}")
    at, by = datetime(2018, 1, 10, 12, tzinfo=UTC), Person("ann")
    state = replay([Entry(7, at, by, event) for event in events]).incidents[7]
    text = render(state, load_process("mozmeao"), "html")
    incident = {**publication().incident, "title": HOSTILE}
    what = told(text=text, incident=incident, title=f"Incident 7: {HOSTILE}")
    first = world.publisher().publish(what)
    (post,) = world.server.posts()
    words = html.unescape(re.sub(r"<[^>]*>", "", post["content"]["rendered"]))
    assert "<script" not in post["title"]["rendered"]
    assert words.count(HOSTILE) >= 3, words
    assert (
        world.publisher().preview(told(2, text, first, incident=incident, title=what.title)) == ""
    )


# --- what a site may say ----------------------------------------------------------------------


def refusal(code: str, status: int) -> Fault:
    """As WordPress says it."""
    told = {"code": code, "message": "No such &quot;luck&quot;\x02.", "data": {"status": status}}
    return Fault(status, json.dumps(told).encode(), headers={"Retry-After": "7"})


PAGE = b"<h1>There has been a critical error on this website.</h1>"


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        (
            refusal("incorrect_password", 401),
            Refused,
            "refuses the login (incorrect_password): make",
        ),
        (
            refusal("rest_not_logged_in", 401),
            Refused,
            "refuses the login (rest_not_logged_in): it m",
        ),
        (
            refusal("rest_cannot_create", 401),
            Refused,
            "does not let ilbot write there (rest_cannot_crea",
        ),
        (
            refusal("rest_cannot_edit", 403),
            Refused,
            "does not let ilbot write there (rest_cannot_edit)",
        ),
        (refusal("rest_no_route", 404), Refused, "has no REST interface for posts (404)"),
        (
            refusal("rest_invalid_param", 400),
            Refused,
            'refuses it (rest_invalid_param): No such "lu',
        ),
        (refusal("db_insert_error", 500), Unavailable, "cannot do it now (db_insert_error)"),
        (refusal("too_many_requests", 429), Unavailable, "cannot do it now (too_many_requests)"),
        (Fault(500, PAGE, "text/html"), Unavailable, "cannot do it now (500)"),
        (Fault(503, b"", "text/html"), Unavailable, "cannot do it now (503)"),
        (Fault(403, PAGE, "text/html"), Refused, "does not let us write (403)"),
        (Fault(404, PAGE, "text/html"), Refused, "has no such page (404): look at its address"),
        (
            Fault(200, PAGE, "text/html"),
            Unavailable,
            "answers with text/html instead of JSON (200)",
        ),
        (Fault(301, b"", "text/html"), Refused, "sends us to another address (301)"),
        (Fault(400, b"[]"), Refused, "refuses it (400)"),
    ],
)
def test_every_refusal_is_told_in_words(world, fault, error, said):
    world.proxy.fault = lambda request: fault if request.method == "POST" else None
    with pytest.raises(error) as raised:
        world.publisher().publish(told())
    assert str(raised.value).startswith(said)
    assert world.standing() == []


def test_who_may_not_write_is_told_before_anything_is_due(world):
    assert world.publisher().check() == "127.0.0.1, as ilbot (author)"
    world.password = world.server.passwords["sub"]
    with pytest.raises(Refused, match=r"does not let sub write there \(edit_posts\): ask"):
        world.publisher(user="sub").check()
    with pytest.raises(Refused, match=r"does not let sub write there \(edit_posts\)"):
        world.publisher(user="sub").publish(told())


def test_the_other_address_of_the_interface_does_too(world):
    world.proxy.rewrite = lambda path: path.replace("/wp-json/", "/?rest_route=/").replace("?", "&", 2).replace("&", "?", 1)  # fmt: skip
    first = world.publisher(url=f"{world.proxy.url}/wp-json").publish(told())
    assert (
        world.publisher(url=f"{world.proxy.url}/").publish(told(2, "<p>2</p>", first)).url
        == first.url
    )


@pytest.mark.parametrize(
    ("more", "key"),
    [({"url": ""}, "url"), ({"url": "p2.example"}, "url"), ({"url": "http://p2.example"}, "url"), ({"url": "https://p2.example/?a=b"}, "url"),
     ({"user": ""}, "user"), ({"password": ""}, "password")],
)  # fmt: skip
def test_values_that_do_not_fit_are_told(more, key):
    given = {"url": "https://p2.example", "user": "ilbot", "password": "x"}
    with pytest.raises(Wrong) as wrong:
        WordPress({one.name: one.default for one in WordPress.keys} | given | more)
    assert wrong.value.key == key


# --- what a page becomes ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "blocks"),
    [
        ("one <b>two", ["<p>one <b>two</b></p>"]),
        ("<h1>no</h1><h3>a</h3><div><p>b</p>c</div>", ["<h3>a</h3>", "<p>b</p>", "<p>c</p>"]),
        ("<script>x</script><p onclick=x>a<svg><text>b</text></svg></p>", ["<p>a</p>"]),
        ('<a href="javascript:x">a</a> <a href="//[">b</a> <a href="#t">c</a>', ['<p>a b <a href="#t">c</a></p>']),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", ["<ul><li>a<ul><li>b</li></ul></li></ul>"]),
        ("<ol><li id=x>a</li></ol>", ['<ol><li><span id="x"></span>a</li></ol>']),
        ("<pre>a\n  b</pre>", ['<pre class="wp-block-preformatted">a\n  b</pre>']),
        ("<p>a<br>b</p></p></div>", ["<p>a<br>b</p>"]),
        ("<p></p><table></table><div class=chart>x</div>", []),
        ("<p><bdi>a</bdi> <bdi>\u05d0</bdi></p>", ['<p>a <span dir="auto">\u05d0</span></p>']),
        ("<dl><div><dt>a</dt><dd>b</dd></div></dl>", ["<tr><th>a</th><td>b</td></tr>"]),
        ("<table><caption>x</caption><tr><th>a</th><td>b</td></tr></table>", ["<tr><th>a</th><td>b</td></tr>"]),
    ],
)  # fmt: skip
def test_a_page_becomes_blocks_that_the_editor_knows(page, blocks):
    marks = r"<!-- /?wp:[^>]*-->\n?|</?figure[^>]*>|</?t(?:able|body)>"
    found = re.sub(marks, "", posted(page)).split("\n\n")
    assert [block.strip("\n") for block in found if block] == blocks


def test_a_place_of_any_name_finds_its_own(world):
    for name in ("u\u0308_x--z", "y" * 180):
        marker = f"{publication().marker}-{name}"
        first = world.publisher().publish(replace(told(), marker=marker))
        again = world.publisher().publish(replace(told(2, "<p>two</p>"), marker=marker))
        assert (first.page, again.kept) == (again.page, "")
    assert len(world.standing()) == 2


# --- with the whole bot -----------------------------------------------------------------------


def test_a_post_goes_on_from_the_declaration_to_the_end(world, tmp_path):
    (tmp_path / "password").write_text(world.password)
    (tmp_path / "password").chmod(0o600)
    config = configured(
        tmp_path,
        f'[publish.p2]\ntype = "wordpress"\nurl = "{world.proxy.url}"\nuser = "ilbot"\n'
        'password_file = "password"\nwhen = ["declared", "update", "resolved"]\n',
    )
    with running(config) as bot:
        seen = []
        for minute, text in enumerate(
            ("!inc declare MDN is down [gallery]", "!inc update looking at it", "!inc resolve")
        ):
            bot.say(minute, text)
            seen += bot.records(bot.comes())
            (post,) = world.server.posts()
            seen.append(post["title"]["raw"])
    url = f"{world.server.url}/?p={post['id']}"
    assert seen == [
        f"Published: {url} (incident 1, p2)",
        "Incident 1: MDN is down [gallery]",
        "Incident 1: MDN is down [gallery]",
        f"Published: {url} (incident 1, p2)",
        "Resolved: Incident 1: MDN is down [gallery]",
    ]
    assert "looking at it" in post["content"]["raw"]
    assert "MDN is down [gallery]" in html.unescape(post["content"]["rendered"])
    kept = "".join(p.read_text(errors="replace") for p in tmp_path.rglob("*") if p.is_file())
    assert kept.count(world.password) == 1
