"""The type `github`: against a GitHub that is held against its own description."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_github import LONGEST, TOKEN, GitHub, github, mistakes
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ircbot.publish import marked
from ircbot.publish.conformance import Conformance, TrackerConformance, publication
from ircbot.publish.github import GitHub as Publisher
from ircbot.publish.github import pieces
from ircbot.publish.protocol import Publication, Receipt, Refused, Ticket, Unavailable, Wrong

KEYS: dict[str, Any] = {
    "repository": "acme/ops", "token": TOKEN, "labels": ["incident"], "close": "resolved",
    "actions": True, "action_labels": ["follow-up"], "assign": True, "ca_file": None,
    "owners": {"Ann": "ann-gh", "bob": "bob-gh", "eve": "eve-gh"},
}  # fmt: skip


PULL = dict.fromkeys(("url", "html_url", "diff_url", "patch_url"), "https://x.example")


class World:
    def __init__(self, server: GitHub, within: bool = True) -> None:
        self.server, self.within = server, within

    def publisher(self, **more: Any) -> Publisher:
        return Publisher({**KEYS, "url": self.server.url, **more})

    def standing(self) -> list[str]:
        return [
            "\n".join([one["title"], one["body"], *(c["body"] for c in one["written"])])
            for one in self.server.issues
        ]

    def refuse(self) -> None:
        self.server.token = "another"

    def fail(self) -> None:
        self.server.fault = (502, {}, b"<html>Unicorn!</html>")

    def heal(self) -> None:
        self.server.fault = self.server.drops = None

    def lose_answer(self) -> None:
        self.server.drops = (len(self.server.written), True)

    def edit(self, word: str) -> bool:
        issue = self.server.issues[0]
        body = issue["body"].replace("\n", "\r\n")  # as a browser sends it
        issue["body"] = body.replace("<p>", f"<p>{word} ") if self.within else f"{body}{word}"
        return True

    def close(self, n: int) -> None:
        self.server.close(n + 1)

    def reopen(self, n: int) -> None:
        self.server.reopen(n + 1)

    def is_closed(self, n: int) -> bool:
        return self.server.issue(n + 1)["state"] == "closed"


@pytest.fixture
def server() -> Iterator[GitHub]:
    with github() as one:
        yield one


@pytest.fixture
def world(server: GitHub) -> World:
    return World(server)


class TestGitHub(TrackerConformance):
    pass


class TestWhatPeopleWriteAround(Conformance):
    @pytest.fixture
    def world(self, server: GitHub) -> World:
        return World(server, within=False)


def follow_up(n: int, text: str = "write a test", *owners: str, **more: Any) -> dict[str, Any]:
    told = {"n": n, "text": text, "owner": owners[0] if owners else None, "owners": [*owners],
            "dropped": False, "due": "2018-02-01", "done": False, "ticket": None}  # fmt: skip
    return {**told, **more}


def told(
    *actions: dict[str, Any], previous: Receipt | None = None, n: int = 1, **more: Any
) -> Publication:
    """A publication of an incident with follow-ups."""
    base = publication(n=n)
    words = {
        name: more.pop(name) for name in list(more) if name in ("force", "erased", "texts", "title")
    }
    incident = {**base.incident, "actions": list(actions), **more}
    return replace(base, incident=incident, previous=previous, **words)


def standing(server: GitHub) -> list[tuple[str, str, list[str], list[str], list[str]]]:
    return [
        (one["title"], one["state"], [label["name"] for label in one["labels"]],
         [user["login"] for user in one["assignees"]], [c["body"].split("\n")[2] for c in one["written"]])
        for one in server.issues
    ]  # fmt: skip


BOTH = (follow_up(1, "write a test", "ann"), follow_up(2, "tell people", "zoe"))


def test_an_incident_is_an_issue_and_each_follow_up_a_ticket_that_links_back(world, server):
    receipt = world.publisher().publish(told(*BOTH))
    assert receipt == Receipt(
        "https://github.com/acme/ops/issues/1", "acme/ops#1", "closed 1:open 2:open"
    )
    assert standing(server) == [
        ("Incident 7: walrus", "closed", ["incident"], [],
         ["**Update 2018-01-10 12:30 UTC**, ann: walrus"]),
        ("write a test", "open", ["follow-up"], ["ann-gh"], []),
        ("tell people", "open", ["follow-up"], [], []),
    ]  # fmt: skip
    assert (
        "- Owner: ann\n- Due: 2018-02-01\n- Follow-up 1 of incident 7: #1\n"
        in server.issue(2)["body"]
    )
    assert server.issue(1)["state_reason"] == "completed"
    before = list(server.written)
    assert world.publisher().publish(told(*BOTH, previous=receipt)) == receipt
    assert server.written == before, "nothing changed, and something was written"


def test_an_issue_is_open_while_the_incident_is_and_opened_again_with_it(world, server):
    first = world.publisher().publish(told(status="open", updates=[]))
    assert (server.issue(1)["state"], first.version) == ("open", "open")
    for status, state, reason in (
        ("resolved", "closed", "completed"),
        ("open", "open", "reopened"),
        ("withdrawn", "closed", "not_planned"),
    ):
        first = world.publisher().publish(told(status=status, updates=[], previous=first))
        issue = server.issue(1)
        assert (issue["state"], issue["state_reason"], first.version) == (state, reason, state)


def test_a_place_may_close_it_only_when_the_incident_is_closed(world, server):
    publisher = world.publisher(close="closed")
    first = publisher.publish(told())
    assert server.issue(1)["state"] == "open"
    publisher.publish(told(status="closed", previous=first))
    assert server.issue(1)["state"] == "closed"


def test_who_opens_or_closes_it_there_has_the_last_word_until_the_incident_moves(world, server):
    first = world.publisher().publish(told())
    server.reopen(1)
    second = world.publisher().publish(told(previous=first))
    assert server.issue(1)["state"] == "open"
    world.publisher().publish(told(previous=second, force=True))
    assert server.issue(1)["state"] == "closed"


def test_a_follow_up_that_is_done_or_dropped_here_is_closed_there_and_opened_again(world, server):
    last = world.publisher().publish(told(*BOTH))
    for changes, states in (
        (({"done": True}, {"dropped": True}), [("closed", "completed"), ("closed", "not_planned")]),
        (({}, {}), [("open", "reopened"), ("open", "reopened")]),
    ):
        actions = [{**one, **change} for one, change in zip(BOTH, changes, strict=True)]
        last = world.publisher().publish(told(*actions, previous=last))
        there = [(one["state"], one["state_reason"]) for one in server.issues[1:]]
        assert there == states


def test_what_is_over_before_it_has_a_ticket_needs_none_nor_does_what_has_one_elsewhere(
    world, server
):
    world.publisher().publish(
        told(follow_up(1, done=True), follow_up(2, dropped=True), follow_up(3, text=""),
             follow_up(4, ticket="https://jira.example/X-1"),
             follow_up(5, ticket="https://github.com/acme/ops/issues/99"),
             follow_up(6, ticket="https://github.com/acme/ops/issues/\N{SUPERSCRIPT TWO}"))
    )  # fmt: skip
    world.publisher(actions=False).publish(
        replace(told(*BOTH), marker="ircbot-8-20180110T120000000000Z")
    )
    assert len(server.issues) == 2


def test_a_follow_up_that_changed_is_written_again_and_goes_to_its_new_owner(world, server):
    first = world.publisher().publish(told(follow_up(1, "write a test", "ann")))
    server.issue(2)["assignees"] = [server.user("carl-gh")]  # as somebody there has it
    later = told(follow_up(1, "write a test", "ann", due="2018-03-01"), previous=first)
    world.publisher().publish(later)
    assert standing(server)[1][3] == ["carl-gh"]
    assert "- Due: 2018-03-01" in server.issue(2)["body"]
    world.publisher().publish(told(follow_up(1, "write two", "bob", due=None), previous=first))
    assert standing(server)[1][:4] == ("write two", "open", ["follow-up"], ["bob-gh"])
    assert "- Due: no day set" in server.issue(2)["body"]


def test_the_ticket_on_record_is_the_ticket_whoever_opened_it(world, server):
    theirs = server.opened("flaky", "please", "carl")
    url = theirs["html_url"]
    last = world.publisher().publish(told(follow_up(1, "write a test", ticket=url)))
    assert (theirs["title"], theirs["body"], len(server.issues)) == ("flaky", "please", 2)
    world.publisher().publish(
        told(follow_up(1, "write a test", ticket=url, done=True), previous=last)
    )
    assert theirs["state"] == "closed"


def test_what_looks_like_ours_and_is_a_strangers_is_left(world, server):
    mark = marked.written(f"{told().marker}-action-1", "write a test", "x")
    server.opened("write a test", mark, "mallory", state="closed")
    server.opened("a pull", marked.written(told().marker, "x", "y"), "ilbot", pull_request=PULL)
    first = world.publisher().publish(told(BOTH[0]))
    assert first.page == "acme/ops#3"
    assert (server.issue(4)["title"], server.issue(4)["state"]) == ("write a test", "open")
    server.commented(3, marked.written(f"{told().marker}-update-1", "", "lies"), "mallory")
    world.publisher().publish(told(BOTH[0], previous=first))
    assert [c["user"]["login"] for c in server.issue(3)["written"]] == ["ilbot", "mallory"]


def test_an_app_finds_what_it_wrote(world, server):
    server.app = True
    first = world.publisher().publish(told(*BOTH))
    assert world.publisher().publish(told(*BOTH)) == first
    assert len(server.issues) == 3
    assert world.publisher().check() == "an app sees acme/ops, which has issues"


def test_where_nobody_knows_who_asks_the_mark_tells_what_is_ours(world, server):
    server.faults["GET /user"] = (404, {}, b"{}")
    first = world.publisher().publish(told(*BOTH))
    assert world.publisher().publish(told(*BOTH)) == first
    assert len(server.issues) == 3


def test_what_is_looked_for_is_found_behind_a_hundred_others(world, server):
    first = world.publisher().publish(told(*BOTH))
    for n in range(120):
        server.opened(f"other {n}", "x", "ilbot")
        server.commented(1, "x", "carl")
    issue = server.issues.pop(0)
    server.issues.append(issue)
    assert world.publisher().publish(told(*BOTH)) == first
    assert len(server.issues) == 123


# --- whoever dies when --------------------------------------------------------------------------


LATER = (
    {**BOTH[0], "done": True},
    {**BOTH[1], "text": "tell everybody", "owners": ["bob"]},
    follow_up(3, "more"),
)


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("later", [False, True])
def test_killed_at_every_step_everything_stands_there_once(applied, later):
    def runs(drops: tuple[int, bool] | None) -> tuple[list[Any], int]:
        with github() as server:
            world = World(server)
            first = world.publisher().publish(told(*BOTH, status="open")) if later else None
            done = len(server.written)
            updates = [
                *told().incident["updates"],
                {"at": "2018-01-10T13:00:00Z", "nick": None, "text": "ok"},
            ]
            now = told(*LATER, previous=first, updates=updates) if later else told(*BOTH)
            server.drops = (done + drops[0], drops[1]) if drops else None
            if drops:
                with pytest.raises(Unavailable):
                    world.publisher().publish(now)
            world.publisher().publish(now)
            return standing(server), len(server.written) - done

    whole, writes = runs(None)
    assert writes >= 5
    for step in range(writes):
        assert runs((step, applied))[0] == whole, step


def test_a_preview_shows_what_publishing_then_does_and_writes_nothing(world, server):
    shown = world.publisher().preview(told(*BOTH))
    assert not server.written
    for line in ("+Incident 7: walrus", "+write a test", "-open", "+closed", "+- Owner: zoe"):
        assert line in shown.splitlines()
    assert "+**Update 2018-01-10 12:30 UTC**, ann: walrus" in shown
    first = world.publisher().publish(told(*BOTH))
    assert world.publisher().preview(told(*BOTH, previous=first)) == ""
    server.written.clear()
    gone = [{"at": "2018-01-10T12:30:00Z", "nick": "ann", "text": ""}]
    shown = world.publisher().preview(told(*LATER, previous=first, updates=gone, status="open"))
    for line in ("-tell people", "+tell everybody", "-closed", "+open", "+more"):
        assert line in shown.splitlines()
    assert "-**Update 2018-01-10 12:30 UTC**, ann: walrus" in shown
    assert not server.written


# --- people's words there -------------------------------------------------------------------------


def test_a_title_that_somebody_gave_stays_unless_it_is_forced(world, server):
    first = world.publisher().publish(told())
    server.issue(1)["title"] = "ours"
    world.publisher().publish(told(title="Incident 7: narwhal", previous=first))
    assert server.issue(1)["title"] == "ours"
    world.publisher().publish(told(title="Incident 7: narwhal", previous=first, force=True))
    assert server.issue(1)["title"] == "Incident 7: narwhal"


def test_beside_what_somebody_edited_ours_is_a_comment_and_the_receipt_says_both(world, server):
    first = world.publisher().publish(told())
    world.edit("penguin")
    second = world.publisher().publish(told(previous=first))
    assert (second.url, second.kept) == (f"{first.url}#issuecomment-2", first.url)
    third = world.publisher().publish(told(previous=second, texts={"markdown": "narwhal"}))
    assert (third.url, len(server.issue(1)["written"])) == (second.url, 2)
    assert "narwhal" in server.issue(1)["written"][1]["body"]
    server.issue(1)["body"] = "all mine"
    fourth = world.publisher().publish(told(previous=third))
    assert (fourth.kept, server.issue(1)["body"]) == (first.url, "all mine")
    forced = world.publisher().publish(told(previous=fourth, force=True))
    assert (forced.kept, len(server.issue(1)["written"])) == ("", 1)
    assert "all mine" not in server.issue(1)["body"]


def test_an_update_and_a_ticket_that_somebody_edited_are_left(world, server):
    first = world.publisher().publish(told(BOTH[0]))
    server.issue(1)["written"][0]["body"] = server.issue(1)["written"][0]["body"].replace(
        "ann:", "Ann:"
    )
    server.issue(2)["body"] = server.issue(2)["body"].replace("- Owner: ann", "- Owner: Ann")
    updates = [{"at": "2018-01-10T12:30:00Z", "nick": "ann", "text": "narwhal"}]
    action = follow_up(1, "write two", "ann")
    second = world.publisher().publish(told(action, updates=updates, previous=first))
    assert "Ann: walrus" in server.issue(1)["written"][0]["body"]
    assert server.issue(2)["title"] == "write a test"
    assert second.caveat == ""
    third = world.publisher().publish(told(action, updates=updates, previous=first, erased=True))
    assert third.caveat.count("which somebody edited") == 2


def test_an_issue_that_was_deleted_or_moved_is_opened_again_only_by_force(world, server):
    first = world.publisher().publish(told())
    for what in ("deleted", "moved"):
        server.issues[-1][what] = True
        server.issues[-1]["user"] = server.user("carl")
        with pytest.raises(Refused, match=r"has no issue \d any more: `ircbot publish ID --force`"):
            world.publisher().publish(told(previous=first))
        first = world.publisher().publish(told(previous=first, force=True))
    assert first.page == "acme/ops#3"


def test_another_repository_than_the_receipts_has_an_issue_of_its_own(world, server):
    theirs = server.opened("a stranger's", "x", "carl")
    for page in ("acme/old#1", "acme/old#99", "whatever"):
        receipt = world.publisher().publish(told(previous=Receipt("", page, "")))
        assert receipt.page == "acme/ops#2"
    assert theirs["title"] == "a stranger's"


# --- words that are gone ----------------------------------------------------------------------------


def test_erased_words_leave_comments_with_their_history_and_where_they_stay_is_told(world, server):
    secret = told(follow_up(1, "call 4711", "ann"), texts={"markdown": "4711"})
    updates = [{"at": "2018-01-10T12:30:00Z", "nick": "ann", "text": "4711"}] * 2
    secret = replace(secret, incident={**secret.incident, "updates": updates})
    first = world.publisher().publish(secret)
    left = [{**updates[0], "text": ""}, {**updates[1], "text": "call …"}]
    action = follow_up(1, "", "ann")
    after = told(action, updates=left, previous=first, texts={"markdown": "-"}, erased=True)
    second = world.publisher().publish(after)
    assert "4711" not in "".join(world.standing())
    assert "4711" not in str(server.histories)
    assert server.issue(2)["title"] == "Follow-up 1 of incident 7"
    assert second.caveat == (
        "keeps the old words in the history of https://github.com/acme/ops/issues/1, where only a "
        "person can delete them; keeps the old words in the history of "
        "https://github.com/acme/ops/issues/2, where only a person can delete them"
    )
    assert world.publisher().publish(replace(after, previous=second)).caveat == ""


# --- hostile words ------------------------------------------------------------------------------------

HOSTILE = "@torvalds Fixes #1 acme/ops#2 GH-3 <!-- /ircbot-7 --> <img src=x> [x](https://github.com/a/b/issues/1) `@x`"


def test_no_word_pings_links_closes_or_ends_our_part(world, server):
    from ircbot.report.escape import markdown

    report = (
        f"{markdown(HOSTILE)}\n<!-- /{told().marker} -->\n[x](<https://github.com/a/b/issues/1>)"
    )
    action = follow_up(1, HOSTILE, "@ann")
    updates = [{"at": "2018-01-10T12:30:00Z", "nick": "@torvalds", "text": HOSTILE}]
    words = told(action, title=HOSTILE, updates=updates, texts={"markdown": report})
    first = world.publisher().publish(words)
    for issue in server.issues:
        texts = [issue["body"], *(one["body"] for one in issue["written"])]
        for text in texts:
            part = marked.read(text)
            assert part is not None
            assert not part.edited
            assert not part.after.strip()
            rendered = MarkdownIt("commonmark").render(part.text).replace("#1\n", "")
            said = re.sub(r"Follow-up 1 of incident 7: #1", "", rendered)
            assert not re.search(r"@\w|#\d|GH-\d|<img|<!--", said)
            assert 'href="https://github.com' not in said
        assert not re.search(r"@\w|#\d|GH-\d", issue["title"])
    assert world.publisher().publish(replace(words, previous=first)) == first


def test_links_to_our_own_repository_are_links(world, server):
    text = "[x](<https://github.com/acme/ops/issues/9>) [y](<https://github.com/Other/x/issues/9>)"
    world.publisher().publish(told(texts={"markdown": text}))
    assert "<https://github.com/acme/ops/issues/9>" in server.issue(1)["body"]
    assert "<https://redirect.github.com/Other/x/issues/9>" in server.issue(1)["body"]


def test_a_title_whose_blanks_of_no_width_are_lost_is_still_ours(world, server):
    first = world.publisher().publish(told(title="Incident 7: ask @bob"))
    server.issue(1)["title"] = "Incident 7: ask @bob"
    written = list(server.written)
    second = world.publisher().publish(told(title="Incident 7: ask @bob", previous=first))
    assert server.written == written
    world.publisher().publish(told(title="Incident 7: …", previous=second, erased=True))
    assert server.issue(1)["title"] == "Incident 7: …"


@given(st.text(), st.text(), st.text().filter(lambda one: "<!--" not in one))
def test_our_part_is_found_whatever_is_in_it_and_around_it(title, text, around):
    whole = around + marked.written("ircbot-7", title, text) + around
    part = marked.read(whole)
    assert (part.key, part.edited, part.before, part.after) == ("ircbot-7", False, around, around)
    assert part.title == marked.digest(title)
    assert marked.written("ircbot-7", title, text, part) == whole
    assert marked.read(whole.replace(" -->\n\n", " -->\n\nx", 1)).edited


def test_the_documents_tickets_tell_who_changed_them_last():
    document = (Path(__file__).parent.parent / "docs" / "publishing.md").read_text()
    (code,) = re.findall(r"```python\n(    def tickets.*?)```", document, re.DOTALL)
    there = {"json": json, "Ticket": Ticket}
    exec(f"class Tracker:\n{code}", there)
    tracker = there["Tracker"]()
    at = {1: True, 2: False, 3: True, 4: False}
    tracker._find = lambda key: (
        SimpleNamespace(url=key[-1], closed=at[int(key[-1])]) if int(key[-1]) in at else None
    )
    actions = [
        follow_up(1),
        follow_up(2, done=True),
        follow_up(3, done=True),
        follow_up(4),
        follow_up(5),
    ]
    last = Receipt("", "", '{"1": false, "2": true, "3": false, "4": true}')
    assert tracker.tickets(told(*actions, previous=last)) == {
        1: Ticket("1", "done"), 2: Ticket("2", "open"), 3: Ticket("3"), 4: Ticket("4"),
    }  # fmt: skip
    assert tracker.tickets(told(*actions))[1].became == "done"


def test_a_long_title_is_cut(world, server):
    world.publisher().publish(told(title="walrus " * 60))
    assert len(server.issue(1)["title"]) == 256


def test_a_report_that_is_too_long_goes_on_in_comments_whose_tables_have_heads(world, server):
    rows = [f"| {n} | " + "é😀" * 400 + " |" for n in range(120)]
    text = "\n".join(["# Report", "| n | what |", "| --- | --- |", *rows, "", "end"])
    first = world.publisher().publish(told(texts={"markdown": text}))
    issue = server.issue(1)
    whole = [issue["body"], *(one["body"] for one in issue["written"])]
    assert len(whole) > 3
    for body in whole[2:]:
        assert body.split("\n")[2:4] == ["| n | what |", "| --- | --- |"]
    assert all(any(row in body for body in whole) for row in rows)
    assert world.publisher().publish(told(texts={"markdown": text}, previous=first)) == first
    issue["body"] += "x" * 3000
    world.publisher().publish(told(texts={"markdown": text + "!"}, previous=first))
    assert len(issue["body"].encode("utf-16-le")) // 2 <= LONGEST
    assert issue["body"].endswith("x" * 3000)
    world.publisher().publish(told(texts={"markdown": "short"}, previous=first))
    assert len(issue["written"]) == 1


@pytest.mark.parametrize(
    "text", ["", "x", "x" * 5000, "a\n" * 2000, "| a |\n| - |\n" + "| b |\n" * 900]
)
def test_pieces_hold_all_of_a_text_and_none_is_too_long(text):
    found = pieces(text, 500, 1000)
    assert all(len(one) <= (1000 if n else 500) for n, one in enumerate(found))
    letters = [sum(one.count(letter) for one in found) for letter in "xb"]
    assert letters == [text.count(letter) for letter in "xb"]


# --- who may not ----------------------------------------------------------------------------------------


def test_who_cannot_be_assigned_is_told_and_the_ticket_is_there_all_the_same(world, server):
    receipt = world.publisher().publish(
        told(follow_up(1, "a", "eve"), follow_up(2, "b", "eve", "BOB"))
    )
    assert [one[3] for one in standing(server)] == [[], [], ["bob-gh"]]
    assert receipt.caveat == ("cannot assign issue 2 to eve-gh; cannot assign issue 3 to eve-gh")
    server.pushes = False
    receipt = world.publisher().publish(told(follow_up(3, "c", "ann")))
    assert receipt.caveat == "cannot assign issue 4 to ann-gh"
    assert world.publisher().check() == (
        "ilbot sees acme/ops, which has issues; labels and assignees need the right to triage"
    )


def test_nobody_is_assigned_where_that_is_not_wanted(world, server):
    world.publisher(assign=False).publish(told(follow_up(1, "a", "ann")))
    assert standing(server)[1][3] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sees": False}, "shows no such repository (404): look at `repository`, and whether the token may see it and write its issues"),
        ({"token": "another"}, "refuses the login (401): ask the owner of its token"),
        ({"writes": False}, "does not let us write (403): give the token the right to write issues there"),
        ({"has_issues": False}, "has no issues in acme/ops: switch them on in its settings"),
        ({"archived": True}, "has archived acme/ops: unarchive it, or write another `repository`"),
    ],
)  # fmt: skip
def test_a_refusal_says_who_can_end_it(world, server, change, words):
    for name, value in change.items():
        setattr(server, name, value)
    with pytest.raises(Refused) as raised:
        world.publisher().publish(told(*BOTH))
    assert str(raised.value) == words
    assert not server.issues


RESET = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1515585900",
         "Date": "Wed, 10 Jan 2018 12:00:00 GMT"}  # fmt: skip
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("fault", "error", "words", "after"),
    [
        ((403, {"Retry-After": "30"}, b"{}"), Unavailable, "is asked too often (403)", 30),
        ((429, {}, b""), Unavailable, "is asked too often (429)", 60),
        ((403, RESET, b"{}"), Unavailable, "is asked too often (403)", 300),
        ((403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, b""), Unavailable, "is asked too often (403)", 1),
        ((403, {}, b'{"message": "You have exceeded a secondary rate limit."}'), Unavailable, "is asked too often (403)", 60),
        ((403, {}, b'{"message": "Must have admin rights"}'), Refused, "does not let us write (403): give the token", 0),
        ((403, {"X-GitHub-SSO": "required; url=https://github.com/orgs/acme/sso?x=1"}, b""), Refused, "wants single sign-on (403): authorise the token at https://github.com/orgs/acme/sso?x=1", 0),
        ((422, {}, b'{"message": "Validation Failed", "errors": [{"field": "labels", "code": "invalid"}, {"message": "odd"}]}'), Refused, "refuses it (422): Validation Failed: labels invalid, odd", 0),
        ((422, {}, b"[]"), Refused, "refuses it (422): look at the bot's log", 0),
        ((410, {}, b"{}"), Refused, "has no issues there (410): switch them on", 0),
        ((302, {"Location": "https://elsewhere.example/login"}, b""), Refused, "sends us to elsewhere.example (302)", 0),
        ((500, {}, b""), Unavailable, "cannot do it now (500)", 0),
        ((503, {"Retry-After": "7"}, b""), Unavailable, "cannot do it now (503)", 7),
        ((200, {"Content-Type": "text/html"}, b"<html>log in</html>"), Unavailable, "answers with text/html instead of JSON (200)", 0),
        ((200, JSON, b"[]"), Unavailable, "answers with JSON that is not GitHub's", 0),
        ((200, JSON, b"{}"), Unavailable, "answers with JSON that is not GitHub's", 0),
    ],
)  # fmt: skip
def test_every_fault_is_told_in_words_and_waited_for_as_long_as_it_wants(
    world, server, fault, error, words, after
):
    status, headers, body = fault
    server.fault = (status, headers, body)
    with pytest.raises(error) as raised:
        world.publisher().publish(told())
    assert str(raised.value).startswith(words)
    assert TOKEN not in str(raised.value)
    assert raised.value.retry_after == after
    server.fault = None
    world.publisher().publish(told())
    assert len(server.issues) == 1


def test_a_repository_that_was_renamed_is_followed_on_the_same_server_only(world, server, capsys):
    server.renamed, server.repository = "acme/ops", "acme/operations"
    receipt = world.publisher().publish(told())
    assert receipt.page == "acme/operations#1"
    assert (
        "acme/ops is called acme/operations now; write that as `repository`"
        in capsys.readouterr().err
    )


def test_a_redirect_to_another_server_is_not_followed_with_the_token(world, server):
    server.fault = (301, {"Location": "https://elsewhere.example/repositories/7"}, b"")
    with pytest.raises(Refused, match=r"sends us to elsewhere.example \(301\)"):
        world.publisher().publish(told())
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("target", "answer", "words"),
    [
        ("POST /repos/acme/ops/issues", (422, b'{"message": "Validation Failed"}'), "refuses it (422): Validation Failed"),
        ("DELETE", (403, b"{}"), "does not let us write (403)"),
        ("GET /repos/acme/ops/issues/1/comments", (200, b"{}"), "answers with JSON that is not GitHub's"),
        ("GET /repos/acme/ops/issues/1/comments", (200, b'[{"id": "x", "html_url": "https://x.example"}]'), "answers with JSON that is not GitHub's"),
        ("GET /repos/acme/ops/issues/1/comments", (200, b'[{"id": 1, "html_url": "https://x\\nQUIT"}]'), "answers with JSON that is not GitHub's"),
        ("GET /repos/acme/ops/issues/1/comments", (200, b"[1]"), "answers with JSON that is not GitHub's"),
    ],
)  # fmt: skip
def test_what_fails_in_the_middle_is_told_as_well(world, server, target, answer, words):
    first = None if target.startswith("POST") else world.publisher().publish(told())
    server.faults[target] = (answer[0], {}, answer[1])
    gone = [{"at": "2018-01-10T12:30:00Z", "nick": "ann", "text": ""}]
    with pytest.raises((Refused, Unavailable)) as raised:
        world.publisher().publish(told(previous=first, updates=gone, erased=True))
    assert str(raised.value).startswith(words)


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"repository": None}, "repository"), ({"repository": "acme"}, "repository"),
        ({"repository": "a/b/c"}, "repository"), ({"token": ""}, "token"), ({"token": "é"}, "token"),
        ({"url": "http://api.github.example"}, "url"), ({"url": "ftp://127.0.0.1"}, "url"),
        ({"url": "https://"}, "url"), ({"url": "https://[x"}, "url"), ({"url": "https://a b"}, "url"),
        ({"owners": {"ann": "@ann"}}, "owners"),
    ],
)  # fmt: skip
def test_values_that_do_not_fit_are_told_with_the_fix(values, key):
    with pytest.raises(Wrong) as wrong:
        Publisher({**KEYS, "url": "https://api.github.com", **values})
    assert wrong.value.key == key
    assert TOKEN not in wrong.value.sentence


def test_the_description_finds_what_is_wrong():
    schema = {"$ref": "#/components/schemas/issue"}
    assert mistakes(schema, {"number": "x"})
