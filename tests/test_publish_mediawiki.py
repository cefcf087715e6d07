"""The type `mediawiki`, on a real MediaWiki: what every publisher must do, and a page's own trials."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from proxy import Fault, Proxy, Request, proxy
from rig.mediawiki import ADMIN, ADMIN_PASSWORD, BOT, BOT_PASSWORD
from rig.mediawiki import MediaWiki as Server
from test_publish_outbox import configured, running

from ircbot.cli.root import run
from ircbot.incident.events import Declared, Entry, Noted
from ircbot.incident.people import Person
from ircbot.incident.state import replay
from ircbot.processes import load_process
from ircbot.publish.conformance import WritableConformance, publication
from ircbot.publish.conformance import page as prose_page
from ircbot.publish.mediawiki import MediaWiki, titled
from ircbot.publish.protocol import Conflict, Publication, Receipt, Refused, Unavailable, Wrong
from ircbot.publish.wikitext import REMARK
from ircbot.report.render import render


def values(url: str, **more: Any) -> dict[str, Any]:
    plain = {key.name: key.default for key in MediaWiki.keys}
    given = {"url": f"{url}/api.php", "user": BOT, "password": BOT_PASSWORD, "categories": ()}
    return {**plain, **given, **more}


class WikiWorld:
    def __init__(self, server: Server, between: Proxy) -> None:
        self.server, self.proxy, self.password = server, between, BOT_PASSWORD

    def publisher(self, **more: Any) -> MediaWiki:
        return MediaWiki(values(self.proxy.url, **{"password": self.password, **more}))

    def standing(self) -> list[str]:
        return list(self.server.pages().values())

    def refuse(self) -> None:
        self.password = "wrong"

    def fail(self) -> None:
        self.server.set("fault", "$wgReadOnly = 'copying the disk';")

    def heal(self) -> None:
        self.server.set("fault")
        self.proxy.heal()

    def lose_answer(self) -> None:
        self.proxy.mute = lambda request: "action=edit" in request

    def edit(self, word: str) -> bool:
        (title,) = self.server.pages()
        self.server.person.does("edit", title=title, appendtext=f" {word}")
        return True

    def write(self, anchor: str, text: str) -> None:
        ((title, page),) = self.server.pages().items()
        begin = f'<span id="{anchor}"></span>'
        written, n = re.subn(rf"({begin}.*?==\n\n)'''.*", rf"\1{text}", page)
        assert n == 1, page
        self.server.person.does("edit", title=title, text=written)


@pytest.fixture
def world(mediawiki: Server) -> Iterator[WikiWorld]:
    mediawiki.reset()
    with proxy(mediawiki.port) as between:
        yield WikiWorld(mediawiki, between)


class TestMediaWiki(WritableConformance):
    pass


# --- a page that people write on, too ---------------------------------------------------------


def page(**parts: str) -> str:
    """A report with some sections."""
    return "= Incident =\n\n" + "\n\n".join(
        f'== <span id="{key}"></span>{key.capitalize()} ==\n\n{text}' for key, text in parts.items()
    )


def told(
    n: int = 1, previous: Receipt | None = None, more: Any = None, **parts: str
) -> Publication:
    """Publication `n` of an incident, with these sections."""
    given = {"n": n, "incident": 7}
    made = replace(publication(**given), texts={"mediawiki": page(**parts)}, previous=previous)
    return replace(made, **(more or {}))


def until_it_is_there(world: WikiWorld, what: Publication) -> Receipt:
    """Publish, and die after each write in turn; questions leave nothing behind."""
    for n in range(9):
        writes = count()
        world.proxy.mute = lambda one, at=n, to=writes: "action=edit" in one and next(to) == at  # type: ignore[misc]
        try:
            return world.publisher().publish(what)
        except Unavailable:
            continue
    raise AssertionError("it was never published")


def test_who_dies_at_each_step_makes_nothing_twice_and_loses_nothing(world):
    first = until_it_is_there(world, told(a="one", b="two"))
    ((title, text),) = world.server.pages().items()
    assert title == "Incidents/2018-01-10 Incident 7"
    world.server.person.does("edit", title=title, text=text.replace("two", "two, I think"))
    second = until_it_is_there(world, told(2, first, a="1", b="two"))
    assert (second.url, second.kept) == (first.url, "")
    beside = until_it_is_there(world, told(3, second, a="1", b="2"))
    assert beside.kept == title
    assert [*world.server.pages()] == [title, f"{title}/ircbot"]
    world.server.person.does("edit", title=title, text=page(a="1", b="2"))
    again = until_it_is_there(world, told(4, beside, a="1", b="3"))
    assert (again.url, again.kept) == (first.url, "")
    ((_, text),) = world.server.pages().items()
    assert REMARK.sub("", text) == page(a="1", b="3")


def test_what_people_wrote_stays_while_ours_goes_on(world):
    first = world.publisher(categories=("Incidents",)).publish(told(a="one", b="two", c="three"))
    ((title, text),) = world.server.pages().items()
    assert text.endswith("\n[[Category:Incidents]]")
    theirs = text.replace("two", "deux").replace(
        "== <span id", "== Notes ==\n\nmine\n\n== <span id", 1
    )
    theirs = theirs.replace(page(c="three").partition("\n\n")[2], "") + "\n[[Category:Mine]]"
    world.server.person.does("edit", title=title, text=theirs)
    for n in (2, 3):
        ours = told(n, first, a=f"one, {n}", b="two", c="three")
        assert f"+one, {n}" in world.publisher().preview(ours)
        assert not world.publisher().publish(ours).kept
        assert not world.publisher().preview(ours)
        (text,) = world.standing()
        assert f'== Notes ==\n\nmine\n\n== <span id="a"></span>A ==\n\none, {n}' in text
        assert "deux" in text
        assert "three" not in text
        assert text.endswith("[[Category:Incidents]]\n[[Category:Mine]]")
    assert world.publisher().publish(told(4, first, a="one", b="zwei", c="three")).kept == title
    forced = told(5, first, {"force": True}, a="one", b="zwei", c="three")
    assert not world.publisher().publish(forced).kept
    (text,) = world.standing()
    assert "zwei" in text
    assert "deux" not in text
    assert "mine" in text


def test_a_persons_edit_in_the_same_moment_is_neither_lost_nor_written_over(world):
    first = world.publisher().publish(told(a="one", b="two", c="three", d="four"))
    ((title, text),) = world.server.pages().items()

    def meanwhile(old: str, new: str) -> None:
        def edit(request: Request) -> None:
            if "action=edit" in request and b"pageid" in request.body:
                world.proxy.heal()
                person.does("edit", title=title, text=text.replace(old, new))

        person = world.server.person
        world.proxy.before = edit

    meanwhile("four", "vier")
    second = world.publisher().publish(told(2, first, a="1", b="two", c="three", d="four"))
    (text,) = world.standing()
    assert "\n1\n" in text
    assert "vier" in text
    third = world.publisher().publish(told(3, second, a="2", b="two", c="three", d="four"))
    (text,) = world.standing()
    assert "\n2\n" in text
    assert "vier" in text
    meanwhile("\n2\n", "\nzwei\n")
    fourth = world.publisher().publish(told(4, third, a="3", b="two", c="three", d="four"))
    assert fourth.kept == title
    assert "zwei" in world.server.pages()[title]


def test_a_page_is_found_wherever_it_is(world):
    first = world.publisher().publish(told(a="one"))
    ((title, _),) = world.server.pages().items()
    world.server.person.does("move", **{"from": title, "to": "Moved", "reason": "x"})
    second = world.publisher().publish(told(2, a="two"))
    assert second.url.endswith("/Moved")
    assert second.page == first.page
    other = world.publisher(user=ADMIN, password=ADMIN_PASSWORD)
    assert not other.publish(told(3, second, a="three")).kept
    assert [*world.server.pages()] == ["Moved"]
    world.server.person.does("delete", title="Moved")
    with pytest.raises(Conflict, match=r"deleted it: `ircbot publish 7 --force` writes it again"):
        world.publisher().publish(told(4, second, a="four"))
    gone = told(4, second, {"erased": True}, a="four")
    assert world.publisher().publish(gone) == second
    assert world.standing() == []
    world.publisher().publish(told(5, second, {"force": True}, a="five"))
    assert len(world.standing()) == 1


def test_another_page_of_that_title_is_left_alone(world):
    world.server.person.does("edit", title="MDN/walrus", text="an animal")
    world.publisher(title="MDN/{title}").publish(told(a="one"))
    assert world.server.pages()["MDN/walrus"] == "an animal"
    assert "MDN/walrus (2)" in world.server.pages()


def test_what_was_read_back_and_erased_then_does_not_come_back(world):
    publisher = world.publisher()
    first = publisher.publish(prose_page(publisher, {}))
    world.write("well", "The secret rang.")
    assert publisher.prose(prose_page(publisher, {}, 2, first))
    second = publisher.publish(prose_page(publisher, {"well": "The secret rang."}, 2, first))
    erased = replace(prose_page(world.publisher(), {}, 3, second), erased=True)
    assert world.publisher().prose(erased) == {}
    assert "look there" not in world.publisher().publish(erased).caveat
    assert "secret" not in str(world.standing())


def test_a_place_of_any_name_finds_its_own(world):
    for name in ("u\u0308_x--z", "y" * 180):
        marker = f"{publication().marker}-{name}"
        first = world.publisher().publish(replace(told(a="one"), marker=marker))
        again = world.publisher().publish(replace(told(2, a="two"), marker=marker))
        assert (first.page, again.kept) == (again.page, "")
    assert len(world.standing()) == 2


# --- words that are gone ----------------------------------------------------------------------


def readable(world: WikiWorld) -> list[str]:
    """All revisions that somebody without rights can read."""
    asked = "action=query&prop=revisions&rvprop=content&rvslots=main&rvlimit=50&format=json"
    found = []
    for title in world.server.pages():
        url = f"{world.server.api}?{asked}&formatversion=2&titles={quote(title)}"
        with urlopen(url) as answer:
            pages = json.load(answer)["query"]["pages"]
        for each in pages:
            found += [one["slots"]["main"].get("content", "") for one in each["revisions"]]
    return found


def test_erased_words_leave_the_history_or_people_hear_where_they_are(world):
    first = world.publisher().publish(told(a="secret", b="two"))
    second = world.publisher().publish(told(2, first, a="secret!", b="two"))
    erased = told(3, second, {"erased": True, "note": "words removed"}, a="…", b="two")
    third = world.publisher().publish(erased)
    assert third.caveat == (
        f"still has erased words in {third.url}?oldid={second.version} and before: ask whoever "
        "may hide revisions"
    )
    world.server.set("hide", "$wgGroupPermissions['sysop']['deleterevision'] = true;")
    able = world.publisher(user=ADMIN, password=ADMIN_PASSWORD)
    assert any("secret" in text for text in readable(world))
    assert not able.publish(replace(erased, previous=third)).caveat
    assert not any("secret" in text for text in readable(world))


def test_erased_words_that_somebody_wrote_around_are_told(world):
    first = world.publisher().publish(told(a="secret", b="two"))
    ((title, text),) = world.server.pages().items()
    world.server.person.does("edit", title=title, text=text.replace("secret", "the secret"))
    second = world.publisher().publish(told(2, first, {"erased": True}, a="…", b="two"))
    assert second.kept == title
    assert f"may show erased words in {first.url}: look there" in second.caveat


def test_an_erased_word_in_a_pages_title_is_told(world):
    world.publisher(title="MDN/{title}").publish(told(a="one"))
    renamed = {"incident": {**publication().incident, "title": "…"}, "erased": True}
    receipt = world.publisher(title="MDN/{title}").publish(told(2, None, renamed, a="two"))
    assert "in the page's title: move it without a redirect" in receipt.caveat


# --- what a wiki may say ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        ("maxlag", Unavailable, "is behind with its own copies (maxlag)"),
        ("ratelimited", Unavailable, "is asked too often (ratelimited)"),
        ("internal_api_error_DBQueryError", Unavailable, "has an internal error"),
        ("badtoken", Unavailable, "forgets that we are logged in"),
        ("blocked", Refused, "has blocked Ilbot (blocked): ask its administrator to unblock it"),
        (
            "protectedpage",
            Refused,
            "protects the page (protectedpage): ask its administrator to let",
        ),
        (
            "permissiondenied",
            Refused,
            "lets Ilbot not do that (permissiondenied): give the account",
        ),
        ("abusefilter-disallowed", Refused, "has a filter that stops it"),
        ("spamblacklist", Refused, "takes it for spam"),
        ("titleblacklist-forbidden", Refused, "forbids the page's title"),
        ("contenttoobig", Refused, "accepts no page of this length"),
        ("hookaborted", Refused, "refuses it (hookaborted): no such luck"),
    ],
)
def test_every_refusal_is_told_in_words(world, code, error, said):
    body = json.dumps({"errors": [{"code": code, "text": "no such\x02 luck."}]}).encode()
    answer = Fault(body=body, headers={"Retry-After": "7"})
    world.proxy.fault = lambda request: answer if "action=edit" in request else None
    with pytest.raises(error) as raised:
        world.publisher().publish(told(a="one"))
    assert str(raised.value).startswith(said)
    assert world.standing() == []


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        (Fault(502, b"<h1>Bad gateway</h1>", "text/html"), Unavailable, "cannot do it now (502)"),
        (Fault(200, b"<h1>Hello</h1>", "text/html"), Unavailable, "answers with text/html instead"),
        (Fault(200, b"[]"), Unavailable, "answers with something else than its API does"),
        (Fault(401, b"", "text/html"), Refused, "refuses the login (401)"),
        (Fault(404, b"", "text/html"), Refused, "has no such page (404): look at its address"),
    ],
)
def test_what_is_no_wiki_is_told(world, fault, error, said):
    world.proxy.fault = lambda request: fault
    with pytest.raises(error) as raised:
        world.publisher().check()
    assert str(raised.value).startswith(said)


def test_a_session_that_is_over_is_begun_anew(world):
    answers = [Fault(body=b'{"errors": [{"code": "badtoken", "text": "x"}]}')]
    world.proxy.fault = lambda one: answers.pop() if answers and "action=edit" in one else None
    world.publisher().publish(told(a="one"))
    assert len(world.standing()) == 1


def test_a_real_wiki_refuses_as_told(world):
    person = world.server.person
    first = world.publisher().publish(told(a="one"))
    changed = told(2, first, a="two")
    ((title, _),) = world.server.pages().items()
    person.does("protect", title=title, protections="edit=sysop")
    with pytest.raises(Refused, match=r"protects the page \(protectedpage\)"):
        world.publisher().publish(changed)
    person.does("protect", title=title, protections="edit=all")
    world.server.set(
        "captcha",
        "wfLoadExtensions( [ 'ConfirmEdit' ] ); $wgCaptchaTriggers['edit'] = true;",
    )
    with pytest.raises(Refused, match=r"wants a captcha solved \(captcha\)"):
        world.publisher().publish(changed)
    world.server.set("captcha")
    world.server.set("limits", "$wgRateLimits = [ 'edit' => [ 'user' => [ 0, 60 ] ] ];"
                     "$wgMainCacheType = CACHE_DB;")  # fmt: skip
    with pytest.raises(Unavailable, match=r"is asked too often \(ratelimited\)"):
        world.publisher().publish(changed)
    world.server.set("limits")
    person.does("block", user="Ilbot", expiry="never")
    with pytest.raises(Refused, match=r"has blocked Ilbot \(blocked\)"):
        world.publisher().publish(changed)
    person.does("unblock", user="Ilbot")
    world.server.set("throttle", "$wgPasswordAttemptThrottle = [[ 'count' => 1, 'seconds' => 300 ]];"
                     "$wgMainCacheType = CACHE_DB;")  # fmt: skip
    with pytest.raises(
        Refused, match=r"refuses the login \(wrongpassword\): make a bot password at"
    ):
        world.publisher(password="b" * 32).check()
    with pytest.raises(Unavailable, match=r"after too many wrong passwords \(login-") as raised:
        world.publisher(password="b" * 32).check()
    assert raised.value.retry_after == 300
    world.server.set("throttle")
    world.server.set("read", "$wgGroupPermissions['user']['edit'] = false;"
                     "$wgGroupPermissions['*']['edit'] = false;")  # fmt: skip
    with pytest.raises(Refused, match="has no right to edit"):
        world.publisher().check()
    world.server.set("read", "$wgReadOnly = 'x';")
    with pytest.raises(Unavailable, match="read-only"):
        world.publisher().check()


# --- hostile texts ----------------------------------------------------------------------------

HOSTILE = (
    "[[File:x.png]] {{boom}} '''b''' <script>alert(1)</script> ~~~~ <nowiki> == a == &amp; &#91; "
    '__TOC__ <!-- ircbot-7-x on=9: --> {| |- | a |} RFC 1234 ISBN 1234567890 <span id="b"></span>'
)


def test_what_was_said_is_shown_as_it_was_said(world):
    incident = Declared("walrus", "mozmeao"), Noted(1, HOSTILE), Noted(2, f"* {HOSTILE}")
    at, by = datetime(2018, 1, 10, 12, tzinfo=UTC), Person("ann")
    state = replay([Entry(7, at, by, event) for event in incident]).incidents[7]
    text = render(state, load_process("mozmeao"), "mediawiki")
    world.publisher().publish(replace(publication(), texts={"mediawiki": text}))
    ((title, _),) = world.server.pages().items()
    shown = world.server.person.ask(action="parse", page=title, prop="text|templates|images")
    words = html.unescape(re.sub(r"<[^>]*>", "", shown["parse"]["text"]))
    assert words.count(HOSTILE) == 2
    assert shown["parse"]["templates"] == shown["parse"]["images"] == []
    changed = replace(publication(n=2), texts={"mediawiki": text.replace("walrus", "seal")})
    assert not world.publisher().publish(changed).kept


@pytest.mark.parametrize(
    ("pattern", "title", "made"),
    [
        ("{title}", "MDN is down", "MDN is down"),
        ("Incidents/{date} {title}", "User:Foo/bar is down", "Incidents/2018-01-10 User-Foo-bar is down"),
        ("{title}", "[[a]] {b} <c> #1 | _x_", "((a)) (b) (c) -1 - x"),
        ("{title}", "100%41 &amp; ~~~~ \u202eabc\x02", "100-41 -amp; - abc"),
        ("I/{title}", "..", "I/--"),
        ("{title}", "", "Incident 7"),
        ("{id}/{title}", "ä" * 300, "7/" + "ä" * 116),
    ],
)  # fmt: skip
def test_a_title_is_one_that_a_page_may_have(pattern, title, made):
    incident = {**publication().incident, "title": title}
    assert titled(pattern, replace(publication(), incident=incident)) == made


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"url": ""}, "url"),
        ({"url": "https://wiki.example/"}, "url"),
        ({"url": "http://wiki.example/w/api.php"}, "url"),
        ({"user": ""}, "user"),
        ({"password": ""}, "password"),
        ({"title": "{nick}"}, "title"),
        ({"title": "{"}, "title"),
        ({"title": "a#b"}, "title"),
        ({"title": "x" * 200}, "title"),
    ],
)
def test_values_that_do_not_fit_are_told(more, key):
    with pytest.raises(Wrong) as wrong:
        MediaWiki({**values("https://wiki.example/w"), **more})
    assert wrong.value.key == key


# --- with the whole bot -----------------------------------------------------------------------


def test_what_people_write_is_on_record_and_what_is_erased_leaves_the_page(world, tmp_path, capfd):
    (tmp_path / "password").write_text(BOT_PASSWORD)
    (tmp_path / "password").chmod(0o600)
    config = configured(
        tmp_path,
        f'[publish.wiki]\ntype = "mediawiki"\nurl = "{world.proxy.url}/api.php"\nuser = "{BOT}"\n'
        'password_file = "password"\n',
    )

    def said(*arguments: str) -> str:
        assert run([*arguments, "--config", str(tmp_path / "config.toml")]) == 0
        return capfd.readouterr().out

    written = "The [https://pager.example pager] '''rang'''.\n\n* at once\n* loudly"
    with running(config) as bot:
        bot.say(0, "!inc declare MDN is down", "TL: my number is 4711", "!inc resolve")
        (told,) = bot.records(bot.comes())
        url = told.split()[1]
        world.write("well", written)
        shown = said("publish", "1", "--dry-run").splitlines()
        assert not [line for line in shown if line[:1] in "+-" and "pager" in line]
        bot.say(5, "!inc poorly nobody heard it", "!inc redact 1")
        bot.turn(0)
        (caveat,) = bot.records(bot.comes())
        assert re.fullmatch(rf"Wiki still has erased words in {re.escape(url)}\?oldid=\d+ and "
                            "before: ask whoever may hide revisions", caveat)  # fmt: skip
        (text,) = world.standing()
        assert written in text
        assert "nobody heard it" in text
        assert "4711" not in text
        bot.turn(5)
        report = said("report", "1", "--format", "text")
        assert "The pager (https" in report
        assert "loudly" in report
        bot.say(20, "!inc well and everybody came")
        bot.turn(5)
        assert bot.records(bot.comes()) == []
    (text,) = world.standing()
    assert written in text
    assert "everybody came" in text
    seen = "".join(p.read_text(errors="replace") for p in tmp_path.rglob("*") if p.is_file())
    assert seen.count(BOT_PASSWORD) == 1
