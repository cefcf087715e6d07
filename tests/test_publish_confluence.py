"""The type `confluence`, on Server and on Cloud: what every publisher must do, and its own faults."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from atlassian import Confluence as Judge
from fake_confluence import SPACE, TOKEN, USER, Confluence, Fault, confluence

from ircbot.cli.root import run
from ircbot.publish.confluence import Confluence as Publisher
from ircbot.publish.conformance import WritableConformance, page
from ircbot.publish.prose import put_together
from ircbot.publish.protocol import (
    Conflict,
    Publication,
    Receipt,
    Refused,
    Unavailable,
    Written,
    Wrong,
)
from ircbot.publish.storage_format import is_same

FLAVOURS = ("server", "cloud")


def publisher(there: Confluence, **more: object) -> Publisher:
    user = USER if there.cloud else ""
    values = {"url": there.url, "space": SPACE, "parent": "", "labels": [], "user": user}
    return Publisher({**values, "token": TOKEN, "ca_file": None, **more})


def write(there: Confluence, anchor: str, markup: str, title: str = "Incident 7: walrus") -> None:
    """A person writes into a section, in place of what asks for it."""

    def change(body: str) -> str:
        heading = rf'(<h[23]>(?:(?!</h).)*ac:name="">{anchor}<.*?</h[23]>\s*)'
        return re.sub(rf"{heading}<p>.*?</p>(?=\s*<)", rf"\1{markup}", body, flags=re.DOTALL)

    found = there.titled(title)
    assert markup in change(found.now.body)
    there.edit(found, change)


class World:
    def __init__(self, there: Confluence) -> None:
        self.there = there

    def publisher(self) -> Publisher:
        return publisher(self.there)

    def standing(self) -> list[str]:
        return [p.now.body for p in self.there.current]

    def refuse(self) -> None:
        self.there.reads_anonymously = False
        self.there.faults.append(Fault(401, methods=("GET", "POST", "PUT"), times=99))

    def fail(self) -> None:
        self.there.faults.append(Fault(503, times=99))

    def heal(self) -> None:
        self.there.faults.clear()

    def lose_answer(self) -> None:
        self.there.faults.append(Fault(0, done=True, mute=True))

    def edit(self, word: str) -> bool:
        self.there.edit(self.there.current[0], lambda body: f"{body}<p>{word}</p>")
        return True

    def write(self, anchor: str, text: str) -> None:
        write(self.there, anchor, f"<p>{text}</p>")


@pytest.fixture(params=FLAVOURS)
def there(request: pytest.FixtureRequest) -> Iterator[Confluence]:
    with confluence(cloud=request.param == "cloud") as one:
        yield one


@pytest.fixture
def world(there: Confluence) -> World:
    return World(there)


class TestConfluence(WritableConformance):
    pass


# --- what stands there --------------------------------------------------------------------------


def told(there: Confluence, word: str = "walrus", n: int = 1, **more: Any) -> Publication:
    """Publication `n` of a real report in which `word` stands."""
    found = page(publisher(there), more.pop("prose", {}), n)
    text = found.texts["mana"].replace("it was the cache", f"it was the {word}")
    return replace(found, texts={"mana": text}, **more)


def test_the_page_has_its_place_its_labels_and_what_it_is_known_by(there):
    parent = there.make("Incidents")
    ours = publisher(there, parent="Incidents", labels=["incident", "ops"])
    receipt = ours.publish(told(there))
    made = there.titled("Incident 7: walrus")
    assert made.parent == parent.id
    assert made.labels == ["incident", "ops"]
    assert made.properties["irc-incident-id"]["value"]["id"] == told(there).marker
    assert receipt.url.endswith(made.id)
    made.labels.remove("ops")
    by_number = publisher(there, parent=parent.id, labels=["incident", "ops"])
    by_number.publish(told(there, "mouse", 2, previous=receipt))
    assert made.labels == ["incident"], "what a person took away comes back"
    assert made.now.message == f"entries [{told(there).marker}]"
    assert "as whom" not in ours.check()
    assert ours.check() == "Incident bot sees the space Operations and the parent page"


def test_nothing_is_written_where_nothing_changed(there):
    first = publisher(there).publish(told(there))
    publisher(there).publish(told(there, n=2, previous=first))
    assert there.titled("Incident 7: walrus").number == 1


def test_a_new_title_is_the_pages_and_one_that_a_person_gave_stays(there):
    first = publisher(there).publish(told(there))
    again = told(there, n=2, previous=first, title="Incident 7: MDN is down")
    assert publisher(there).preview(again).startswith("--- Incident 7: walrus now")
    assert publisher(there).publish(again).url == first.url
    made = there.titled("Incident 7: MDN is down")
    there.edit(made, lambda body: body, "The outage of January")
    for n, title in ((3, "Incident 7: MDN is slow"), (4, "Incident 7: walrus")):
        receipt = publisher(there).publish(told(there, f"x{n}", n, previous=first, title=title))
        assert (receipt.url, receipt.kept) == (first.url, "")
        assert there.titled("The outage of January") is made
    assert "it was the x4" in made.now.body


@pytest.mark.parametrize("status", [400, 409, 500])
@pytest.mark.parametrize("archived", [False, True])
def test_a_title_that_is_taken_gets_a_number(there, status, archived):
    there.taken_as = status
    other = there.make("Incident 7: walrus")
    other.status = "archived" if archived else "current"
    first = publisher(there).publish(told(there))
    made = there.titled("Incident 7: walrus (2)")
    second = publisher(there).publish(told(there, "mouse", 2, previous=first))
    assert first.url == second.url
    assert (made.number, other.number) == (2, 1)
    there.make("Incident 7: taken")
    third = told(there, "mouse", 3, previous=second, title="Incident 7: taken")
    assert publisher(there).publish(third).url == first.url
    assert made.now.title == "Incident 7: taken (2)"


def test_a_server_without_an_archive_is_only_asked_for_what_there_is(there):
    there.has_archive, there.taken_as = False, 500
    there.faults.append(Fault(500))
    with pytest.raises(Unavailable, match="cannot do it now"):
        publisher(there).publish(told(there))


def test_a_page_that_somebody_threw_away_is_made_again(there):
    first = publisher(there).publish(told(there))
    there.titled("Incident 7: walrus").status = "trashed"
    assert publisher(there).publish(told(there, n=2, previous=first)).url != first.url
    assert len(there.current) == 1


# --- killed, at every step ----------------------------------------------------------------------


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("retitled", [False, True])
@pytest.mark.parametrize("step", range(6))
def test_whoever_dies_at_any_step_publishes_once(there, step, done, retitled):
    parent = there.make("Incidents")
    there.make("Incident 70", parent=parent.id)
    there.make("Incident 7: by hand", parent=parent.id)
    ours = publisher(there, parent="Incidents", labels=["incident"])
    first = ours.publish(told(there)) if step > 2 else None
    passing = Passing(there, step % 3, done)
    title = "Incident 7: narwhal" if retitled else "Incident 7: walrus"
    what = told(there, "mouse", 2, previous=first)
    with passing:
        try:
            publisher(there, parent="Incidents", labels=["incident"]).publish(what)
        except Unavailable:
            assert passing.died
    last = told(there, "mole", 3, previous=first, title=title)
    receipt = publisher(there, parent="Incidents", labels=["incident"]).publish(last)
    (made,) = [p for p in there.current if "it was the" in p.now.body]
    assert receipt.kept == ""
    assert receipt.url.endswith(made.id)
    assert "it was the mole" in made.now.body
    assert made.now.title == title
    assert made.labels == ["incident"]
    assert made.properties["irc-incident-id"]["value"]["title"] == title


class Passing:
    """The connection dies at the write after some others, which is done or not."""

    def __init__(self, there: Confluence, after: int, done: bool) -> None:
        self.there, self.after = there, after
        self.fault = Fault(0, done=done, mute=True)

    def __enter__(self) -> None:
        self.there.faults.append(replace(self.fault, passes=self.after))
        self.fault = self.there.faults[0]

    def __exit__(self, *_: object) -> None:
        self.there.faults.clear()

    @property
    def died(self) -> bool:
        return self.fault.times == 0


# --- people on the page -------------------------------------------------------------------------


def read_and_published(
    there: Confluence, n: int, previous: Receipt, prose: dict[str, str], **more: Any
) -> Receipt:
    """As the worker does it: what people wrote goes on record first."""
    ours = publisher(there)
    before = told(there, n=n, previous=previous, prose=prose, **more)
    prose |= put_together(ours.prose(before), before.prose, masked=True)
    return ours.publish(told(there, f"x{n}", n, previous=previous, prose=prose, **more))


MARKUP = (
    "<p>The <strong>pager</strong> rang, see <a href=\"https://x.example/\">the graph</a>.</p>"
    "<ul><li>first<ul><li>within</li></ul></li></ul><table><tbody><tr><th>who</th><td>Ann</td></tr>"
    '</tbody></table><p><ac:image><ri:attachment ri:filename="a.png" /></ac:image></p>'
)  # fmt: skip


def test_what_people_made_of_their_part_stays_as_they_made_it(there):
    prose: dict[str, str] = {}
    receipt = publisher(there).publish(told(there))
    write(there, "well", MARKUP)
    for n in (2, 3, 4):
        receipt = read_and_published(there, n, receipt, prose)
        made = there.titled("Incident 7: walrus")
        assert receipt.kept == ""
        assert "<strong>pager</strong>" in made.now.body
        assert 'ri:filename="a.png"' in made.now.body
        assert f"it was the x{n}" in made.now.body
    assert prose == {
        "well": "The pager rang, see the graph (https://x.example/).\n\n- first\n- within\n- who | "
        "Ann\n\n[a.png]"
    }
    prose["well"] = "Nothing."  # somebody wrote it anew, elsewhere
    read_and_published(there, 5, receipt, prose)
    assert "pager" not in there.titled("Incident 7: walrus").now.body


def test_a_person_may_write_round_what_is_computed_and_leave_what_asks(there):
    prose: dict[str, str] = {}
    receipt = publisher(there).publish(told(there))
    made = there.titled("Incident 7: walrus")
    there.edit(
        made,
        lambda body: re.sub(
            r'(<h2>(?:(?!</h2>).)*"">well<.*?</h2>)', r"<p>It was long.</p>\1<p>Bold.</p>", body
        ),
    )
    receipt = read_and_published(there, 2, receipt, prose)
    assert receipt.kept == ""
    assert prose == {"resolution": "It was long.", "well": "Bold."}
    assert "what helped" not in made.now.body


def test_an_edit_elsewhere_stays_and_ours_goes_below_until_it_is_gone(there):
    prose: dict[str, str] = {}
    first = publisher(there).publish(told(there))
    made = there.titled("Incident 7: walrus")
    there.edit(made, lambda body: body.replace("it was the walrus", "it was Ann"))
    write(there, "well", "<p>The pager rang.</p>")
    beside = read_and_published(there, 2, first, prose)
    assert (beside.kept, made.number) == (first.url, 3)
    below = there.titled("Incident 7: walrus (as recorded)")
    assert (below.parent, beside.url.endswith(below.id)) == (made.id, True)
    assert "The pager rang." in below.now.body
    prose["well"] = "The phone rang."  # on record it is put right; the page's is not read anew
    third = read_and_published(there, 3, beside, prose)
    assert (third.url, third.kept) == (beside.url, first.url)
    assert prose == {"well": "The phone rang."}
    assert "The pager" not in below.now.body
    write(there, "poorly", "<p>Nobody heard it.</p>")
    fourth = read_and_published(there, 4, third, prose)
    assert prose == {"well": "The phone rang.", "poorly": "Nobody heard it."}
    there.edit(made, lambda body: body.replace("it was Ann", "it was the walrus"))
    fifth = read_and_published(there, 5, fourth, prose)
    assert (fifth.url, fifth.kept, below.status) == (first.url, "", "trashed")
    assert "it was the x5" in made.now.body


def test_force_writes_over_and_takes_away_what_stood_beside(there):
    first = publisher(there).publish(told(there))
    made = there.titled("Incident 7: walrus")
    there.edit(made, lambda body: f"{body}<p>mine</p>")
    beside = publisher(there).publish(told(there, "mouse", 2, previous=first))
    lost = publisher(there).publish(told(there, "mole", 3, previous=first))  # never recorded
    assert (lost.url, len(there.current)) == (beside.url, 2)
    below = there.titled("Incident 7: walrus (as recorded)")
    there.edit(below, lambda body: f"{body}<p>mine too</p>")
    with pytest.raises(Conflict, match="edits of people on both pages"):
        publisher(there).publish(told(there, "mole", 4, previous=beside))
    forced = told(there, "mole", 5, previous=beside, force=True)
    assert "-<p>mine</p>" in publisher(there).preview(forced)
    receipt = publisher(there).publish(forced)
    assert (receipt.url, receipt.kept, below.status) == (first.url, "", "trashed")
    assert "mine" not in made.now.body


def test_a_dry_run_shows_what_would_go_below(there):
    first = publisher(there).publish(told(there))
    there.edit(there.titled("Incident 7: walrus"), lambda body: f"{body}<p>mine</p>")
    again = told(there, "mouse", 2, previous=first)
    assert "it was the mouse" in publisher(there).preview(again)
    beside = publisher(there).publish(again)
    assert publisher(there).preview(told(there, "mouse", 3, previous=beside)) == ""
    assert len(there.current) == 2


def test_who_edits_while_we_write_wins(there):
    first = publisher(there).publish(told(there))
    made = there.titled("Incident 7: walrus")
    there.before_put = lambda: there.edit(made, lambda body: f"{body}<p>mine</p>")
    with pytest.raises(Unavailable, match=r"was edited just now \(409\)"):
        publisher(there).publish(told(there, "mouse", 2, previous=first))
    there.before_put = lambda: None
    assert publisher(there).publish(told(there, "mouse", 2, previous=first)).kept == first.url
    assert "mine" in made.now.body


def test_what_was_written_after_it_was_read_is_not_written_over(there):
    first = publisher(there).publish(told(there))
    ours = publisher(there)
    what = told(there, "mouse", 2, previous=first)
    assert not ours.prose(what)
    write(there, "well", "<p>The pager rang.</p>")
    with pytest.raises(Unavailable, match="is being edited just now"):
        ours.publish(what)
    unread = publisher(there).publish(what)
    assert unread.kept == first.url


def test_a_page_that_is_none_of_ours_any_more_is_left(there):
    first = publisher(there).publish(told(there))
    made = there.titled("Incident 7: walrus")
    there.edit(made, lambda body: "<p>all mine</p>")
    del made.versions[1]
    made.versions = {5: made.versions[2]}
    beside = publisher(there).publish(told(there, "mouse", 2, previous=first))
    assert beside.kept == first.url
    assert made.now.body == "<p>all mine</p>"


# --- words that have to go ----------------------------------------------------------------------


def test_what_was_erased_is_in_no_version(there):
    first = publisher(there).publish(told(there))
    second = publisher(there).publish(told(there, "secret", 2, previous=first))
    write(there, "well", "<p>a <strong>secret</strong></p>")
    third = publisher(there)
    third.prose(told(there, n=3, previous=second))
    receipt = third.publish(told(there, "rest", 3, previous=second, erased=True))
    made = there.titled("Incident 7: walrus")
    assert receipt.caveat == ""
    assert [v for v in made.versions.values() if "secret" in v.body] == []
    assert "it was the rest" in made.now.body
    again = publisher(there).publish(told(there, "more", 4, previous=receipt))
    assert (again.url, again.kept) == (first.url, "")


def test_where_erased_words_stay_is_said(there):
    there.keeps_history = True
    first = publisher(there).publish(told(there, "secret"))
    second = publisher(there).publish(told(there, "rest", 2, previous=first, erased=True))
    assert second.caveat == f"still has erased words in older versions of {first.url}"
    made = there.titled("Incident 7: walrus")
    there.edit(made, lambda body: f"{body}<p>mine</p>")
    third = publisher(there).publish(told(there, "less", 3, previous=second, erased=True))
    assert third.caveat == (
        "has a page that somebody edited, which is left as it is (Incident 7: walrus)"
    )


# --- what servers answer ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (Fault(429, headers={"Retry-After": "7"}), Unavailable, "is asked too often (429)"),
        (Fault(503), Unavailable, "cannot do it now (503)"),
        (Fault(500), Unavailable, "cannot do it now (500)"),
        (Fault(409), Unavailable, "was written to just now (409)"),
        (Fault(413), Refused, "accepts no text of this length (413): ask its administrator to take longer texts"),
        (Fault(403), Refused, "does not let us write (403): let "),
        (Fault(401), Refused, "refuses the login (401): ask the owner of its token"),
        (Fault(302, headers={"Location": "https://sso.example/?x=sesame"}), Refused, "sends us to sso.example (302): write its new address there"),
        (Fault(400, b'{"message": "Error parsing xhtml at\\n [row,col]: [1,5]"}'), Refused, "refuses the page (400: Error parsing xhtml at [row,col]: [1,5]): look at the bot's log"),
        (Fault(400, b"<p>no</p>"), Refused, "refuses the page (400): look at the bot's log"),
        (Fault(200, b"<p>log in</p>", {"Content-Type": "text/html"}), Unavailable, "answers with text/html instead of JSON (200)"),
        (Fault(200, b"[]"), Unavailable, "answers with something that is not a page"),
        (Fault(0, mute=True), Unavailable, "cannot be reached"),
    ],
)  # fmt: skip
def test_every_fault_is_told_in_words_and_hurts_nothing(there, fault, error, words):
    there.faults.append(replace(fault))
    with pytest.raises(error) as raised:
        publisher(there).publish(told(there))
    assert str(raised.value).startswith(words)
    assert TOKEN not in str(raised.value)
    assert raised.value.retry_after == (7 if fault.status == 429 else 0)
    publisher(there).publish(told(there))
    assert len(there.current) == 1


def test_a_server_that_made_the_page_and_says_that_it_failed_has_one(there):
    there.faults.append(Fault(500, done=True))
    first = publisher(there).publish(told(there))
    there.faults.append(Fault(500, done=True))
    with pytest.raises(Unavailable):
        publisher(there).publish(told(there, "mouse", 2, previous=first))
    last = publisher(there).publish(told(there, "mouse", 2, previous=first))
    assert (last.url, last.kept, len(there.current)) == (first.url, "", 1)


def test_a_token_that_is_nobodys_is_found_out_before_anything_is_read(there):
    wrong = publisher(there, token="sesame-0815")
    with pytest.raises(Refused, match=r"takes the token for nobody's: ask the owner of its token"):
        wrong.publish(told(there))
    there.reads_anonymously = False
    with pytest.raises(Refused, match=r"refuses the login \(401\)"):
        wrong.check()


@pytest.mark.parametrize("cloud", [False, True])
def test_a_configuration_for_the_other_kind_is_told_which_it_is(cloud):
    with confluence(cloud=cloud) as there:
        user = "" if cloud else USER
        pair = f"{USER}:{TOKEN}".encode()
        there.faults.append(Fault(410 if cloud else 404, methods=("GET",)))
        with pytest.raises(Refused) as raised:
            publisher(there, user=user).check()
        assert ("it is Cloud: give `user`" if cloud else "leave `user` out") in str(raised.value)
        assert base64.b64encode(pair).decode() not in str(raised.value)


def test_a_space_and_a_parent_that_are_not_there_are_named(there):
    with pytest.raises(Refused, match=r"`space`"):
        publisher(there, space="NONE").check()
    for parent in ("Nowhere", "4711"):
        with pytest.raises(Refused, match=f"has no page '{parent}' to put it below"):
            publisher(there, parent=parent).publish(told(there))
    there.writes = False
    with pytest.raises(Refused, match=r"\(403\)"):
        publisher(there).publish(told(there))


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"url": ""}, "url"),
        ({"url": "http://mana.example"}, "url"),
        ({"url": "https://x.example/?a=b"}, "url"),
        ({"url": "https://[x"}, "url"),
        ({"space": ""}, "space"),
        ({"token": ""}, "token"),
        ({"token": "a\nb"}, "token"),
        ({"user": "a:b"}, "user"),
        ({"labels": ["two words"]}, "labels"),
    ],
)
def test_values_that_do_not_fit_are_told_with_the_fix(values, key):
    given = {"url": "https://x.example", "space": "A", "parent": "", "labels": [], "user": ""}
    with pytest.raises(Wrong) as wrong:
        Publisher({**given, "token": "x", "ca_file": None, **values})
    assert wrong.value.key == key


# --- an independent client ----------------------------------------------------------------------


def test_another_client_finds_the_server_as_it_should_be_and_the_page_as_it_is():
    with confluence() as there:
        judge = Judge(there.url, token=TOKEN, cloud=False)
        parent = judge.create_page(SPACE, "Incidents", "<p>all of them</p>")
        ours = publisher(there, parent="Incidents", labels=["incident"])
        ours.publish(told(there))
        (found,) = judge.get_page_child_by_type(parent["id"])
        number = found["id"]
        read = judge.get_page_by_id(number, expand="body.storage,version")
        assert "it was the walrus" in read["body"]["storage"]["value"]
        kept = judge.get_page_property(number, "irc-incident-id")["value"]
        assert kept["id"] == told(there).marker
        (label,) = judge.get_page_labels(number)["results"]
        assert label["name"] == "incident"
        judge.update_page(
            number, found["title"], read["body"]["storage"]["value"] + "<p>mine</p>",
            always_update=True,
        )  # fmt: skip
        receipt = ours.publish(told(there, "mouse", 2, previous=Receipt("", number, "1")))
        assert receipt.kept
        with pytest.raises(Exception, match="xhtml"):
            judge.create_page(SPACE, "Broken", "<p>&nbsp;<br></p>")
        with pytest.raises(Exception, match="already exists"):
            judge.create_page(SPACE, "Incidents", "<p>again</p>")


# --- beside a bot -------------------------------------------------------------------------------


def test_a_shell_publishes_reads_back_and_takes_away(tmp_path, capfd):
    with confluence() as there:
        (tmp_path / "mana.token").write_text(f"{TOKEN}\n")
        (tmp_path / "mana.token").chmod(0o600)
        path = tmp_path / "config.toml"
        path.write_text(
            '[irc]\nhost = "irc.example"\nchannels = ["#moc"]\n[store]\npath = "incidents"\n'
            f'[publish.mana]\ntype = "confluence"\nurl = "{there.url}"\nspace = "OPS"\n'
            'token_file = "mana.token"\n'
        )
        path.chmod(0o600)
        log = tmp_path / "#moc.log"
        log.write_text(
            "2018-01-10T12:00:00  <ann> !inc declare walrus\n"
            "2018-01-10T12:01:00  <ann> TL: <b>it</b> & ]]> was the secret\n"
            "2018-01-10T12:02:00  <ann> !inc resolve\n"
        )

        def said(*arguments: str) -> str:
            run([*arguments, "--config", str(path)])
            out, err = capfd.readouterr()
            assert TOKEN not in out + err
            return out + err

        said("import", str(log))
        assert "was the secret" in said("publish", "1", "--dry-run")
        assert there.current == []
        assert said("publish", "1").startswith(f"mana: published: {there.url}/pages/viewpage")
        assert "nothing would change" in said("publish", "1", "--dry-run")
        title = "Incident 1: walrus"
        write(there, "well", "<p>The <em>pager</em> rang.</p>", title)
        assert "nothing would change" in said("publish", "1", "--dry-run")  # there it stands
        assert "is left as it is" not in said("publish", "1")
        assert "The pager rang." in said("edit", "1", "--print")
        body = there.titled(title).now.body
        assert "<em>pager</em>" in body
        assert "&lt;b&gt;it&lt;/b&gt; &amp; ]]&gt; was the secret" in body


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a<br />b</p><p> </p>", "a\nb"),
        ("<h3>Why</h3><ol><li><p>a</p></li><li>b</li></ol>", "### Why\n\n1. a\n2. b"),
        ('<p><a href="https://x.example/">https://x.example/</a></p>', "https://x.example/"),
        ('<p><time datetime="2018-01-10" /></p>', "2018-01-10"),
        ('<p>by <ac:link><ri:user ri:userkey="ff80" /></ac:link></p>', "by [ff80]"),
        ('<p><ac:emoticon ac:emoji-fallback="🔥" /></p>', "🔥"),
        (
            "<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>complete"
            "</ac:task-status><ac:task-body>a</ac:task-body></ac:task></ac:task-list>",
            "- [x] a",
        ),
        (
            '<ac:structured-macro ac:name="info"><ac:rich-text-body><p>a</p><p>b</p>'
            "</ac:rich-text-body></ac:structured-macro>",
            "a\n\nb",
        ),
        (
            '<ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[x < y\n\nz]]>'
            "</ac:plain-text-body></ac:structured-macro>",
            "x < y\nz",
        ),
        (
            '<p><ac:structured-macro ac:name="status"><ac:parameter ac:name="title">DONE'
            "</ac:parameter></ac:structured-macro> it is</p>",
            "DONE it is",
        ),
        ("<blockquote><p>a</p></blockquote>&nbsp;&eacute;", "a\n\né"),
    ],
)
def test_whatever_the_editor_has_is_read_as_text(there, markup, text):
    receipt = publisher(there).publish(told(there))
    write(there, "well", markup)
    found = publisher(there).prose(told(there, n=2, previous=receipt))
    assert found == {"well": Written("", text)}


@pytest.mark.parametrize("broken", ["<p>", "<p>&unknown;</p>", "</x>"])
def test_a_page_that_cannot_be_read_is_told_so(broken):
    with pytest.raises(ValueError, match=r"."):
        is_same(broken, "<p>a</p>")
