"""Tests that every publisher must pass, for use by any publisher's own test suite.

Subclass Conformance in a test module, with a fixture `world` that returns a fresh World; pytest
finds the tests. docs/publishing.md has an example. Knows no type of place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from ircbot.incident.events import Declared, Entry, Event, Noted, Resolved
from ircbot.incident.people import Person
from ircbot.incident.prose import writing
from ircbot.incident.state import replay
from ircbot.processes import load_process
from ircbot.publish.protocol import (
    Conflict,
    HasTickets,
    Publication,
    Publisher,
    ReadsProse,
    Receipt,
    Refused,
    Unavailable,
    Written,
)
from ircbot.report import FORMATS
from ircbot.report.editing import anchors
from ircbot.report.render import render

_SECRET = "sesame-4711"  # a World should use this as its token


class World(Protocol):
    """A place to test a publisher with: a real server, or a fake that behaves like one."""

    def publisher(self) -> Publisher:
        """A new publisher for the place."""
        ...

    def standing(self) -> Sequence[str]:
        """The text of everything published there, one item for each page or message."""
        ...

    def refuse(self) -> None:
        """Refuse our login from now on."""
        ...

    def fail(self) -> None:
        """Fail from now on, in a way that is temporary."""
        ...

    def heal(self) -> None:
        """Work again."""
        ...

    def lose_answer(self) -> None:
        """Carry out the next write, but lose the answer."""
        ...

    def edit(self, word: str) -> bool:
        """Have a person write a word into our text; False if nobody can."""
        ...


class WritableWorld(World, Protocol):
    """A World for a publisher that reads back what people write on its pages."""

    def write(self, anchor: str, text: str) -> None:
        """Have a person write a paragraph under the heading with that anchor, replacing our request
        to write there."""
        ...


class TrackerWorld(World, Protocol):
    """A World for a publisher that keeps tickets for follow-ups."""

    def close(self, n: int) -> None:
        """Have a person close the ticket of follow-up `n`."""
        ...

    def reopen(self, n: int) -> None:
        """Have a person reopen it."""
        ...

    def is_closed(self, n: int) -> bool:
        """Whether it is closed."""
        ...


def publication(word: str = "walrus", n: int = 1, incident: int = 7) -> Publication:
    """Publication `n` of an incident, with `word` in every text."""
    title = f"Incident {incident}: {word}"
    marker = f"ircbot-{incident}-20180110T120000000000Z"
    texts = dict.fromkeys(FORMATS, f"<p>{word}</p>\n") | {"json": f'{{"title": "{word}"}}\n'}
    update = {"at": "2018-01-10T12:30:00Z", "nick": "ann", "text": word}
    told = {
        "id": incident,
        "title": word,
        "status": "resolved",
        "process": "mozmeao",
        "declared_at": "2018-01-10T12:00:00Z",
        "resolved_at": "2018-01-10T17:00:00Z",
        "updates": [update],
        "timeline": [],
        "actions": [],
    }
    return Publication(
        incident=told,
        title=title,
        texts=texts,
        marker=marker,
        key=f"{marker}-{n}",
        occasion="resolved" if n == 1 else "changed",
        at=datetime(2018, 1, 10, 17, n, tzinfo=UTC),
        note="" if n == 1 else "entries",
    )


def _fails(publisher: Publisher, what: Publication) -> Exception:
    try:
        publisher.publish(what)
    except Exception as error:
        return error
    raise AssertionError("it was published")


class Conformance:
    """The tests for every publisher."""

    def test_it_checks_and_previews_without_writing(self, world: World) -> None:
        publisher = world.publisher()
        assert publisher.check()
        assert "walrus" in publisher.preview(publication())
        assert not world.standing()

    def test_what_is_published_twice_stands_there_once(self, world: World) -> None:
        first = world.publisher().publish(publication())
        second = world.publisher().publish(replace(publication(), previous=first))
        assert (first.url, first.page, first.kept) == (second.url, second.page, "")
        (text,) = world.standing()
        assert "walrus" in text

    def test_what_was_sent_and_never_recorded_stands_there_once(self, world: World) -> None:
        first = world.publisher().publish(publication())
        again = world.publisher().publish(publication())
        assert (first.url, first.page, again.kept) == (again.url, again.page, "")
        assert len(world.standing()) == 1

    def test_what_was_written_without_an_answer_stands_there_once(self, world: World) -> None:
        world.lose_answer()
        assert isinstance(_fails(world.publisher(), publication()), Unavailable)
        world.heal()
        assert not world.publisher().publish(publication()).kept
        assert len(world.standing()) == 1

    def test_a_change_whose_answer_was_lost_is_ours(self, world: World) -> None:
        first = world.publisher().publish(publication())
        changed = replace(publication("narwhal", 2), previous=first)
        world.lose_answer()
        assert isinstance(_fails(world.publisher(), changed), Unavailable)
        world.heal()
        assert not world.publisher().publish(changed).kept
        assert len(world.standing()) == (2 if world.publisher().each else 1)

    def test_what_changed_is_written_again(self, world: World) -> None:
        publisher = world.publisher()
        first = publisher.publish(publication())
        changed = replace(publication("narwhal", 2), previous=first)
        if publisher.again:
            assert "narwhal" in publisher.preview(changed)
        second = world.publisher().publish(changed)
        assert any("narwhal" in text for text in world.standing())
        if publisher.again:
            assert second.url == first.url
            assert not any("walrus" in text for text in world.standing()), "what was erased stands"
            settled = replace(publication("narwhal", 3), previous=second)
            assert not publisher.preview(settled)

    def test_two_incidents_are_two_pages(self, world: World) -> None:
        world.publisher().publish(publication())
        world.publisher().publish(publication("narwhal", incident=8))
        assert len(world.standing()) == 2

    def test_what_a_person_wrote_is_left_unless_it_is_forced(self, world: World) -> None:
        first = world.publisher().publish(publication())
        if not world.edit("penguin"):
            return
        changed = replace(publication("narwhal", 2), previous=first)
        second = first
        try:
            second = world.publisher().publish(changed)
        except Conflict:
            pass
        else:
            assert any("narwhal" in text for text in world.standing())
            merged = any("narwhal" in t and "penguin" in t for t in world.standing())
            assert second.kept or merged
        assert any("penguin" in text for text in world.standing())
        forced = replace(publication("narwhal", 3), previous=second, force=True)
        assert not world.publisher().publish(forced).kept
        assert any("narwhal" in text for text in world.standing())

    def test_a_refusal_says_what_to_do_and_no_secret(self, world: World) -> None:
        world.refuse()
        error = _fails(world.publisher(), publication())
        assert isinstance(error, Refused)
        assert ": " in str(error)
        assert _SECRET not in str(error)
        assert not world.standing()

    def test_what_passes_is_tried_again(self, world: World) -> None:
        world.fail()
        assert isinstance(_fails(world.publisher(), publication()), Unavailable)
        world.heal()
        assert isinstance(world.publisher().publish(publication()), Receipt)
        assert len(world.standing()) == 1


def page(
    publisher: Publisher, prose: Mapping[str, str], n: int = 1, previous: Receipt | None = None
) -> Publication:
    """Publication `n` of an incident whose report contains `prose`, by anchor."""
    texts, keys = _report(publisher.formats, tuple(prose.items()))
    written = {anchor: prose.get(anchor, "") for anchor in keys}
    return replace(publication(n=n), texts=texts, prose=written, previous=previous)


@lru_cache(maxsize=64)
def _report(
    formats: tuple[str, ...], prose: tuple[tuple[str, str], ...]
) -> tuple[Mapping[str, str], Collection[str]]:
    """A report in some formats, and the anchors of the sections that people write."""
    begin, by = datetime(2018, 1, 10, 12, tzinfo=UTC), Person("ann")
    process = load_process("mozmeao")
    keys = anchors(process, {})
    events: list[Event] = [Declared("walrus", process.name), Noted(1, "it was the cache")]
    events += [each for anchor, text in prose for each in writing(keys[anchor], text)]
    entries = [Entry(7, begin + timedelta(minutes=i), by, each) for i, each in enumerate(events)]
    entries.append(Entry(7, begin + timedelta(hours=5), by, Resolved("walrus")))
    incident = replay(entries).incidents[7]
    return {form: render(incident, process, form) for form in formats}, tuple(keys)


class WritableConformance(Conformance):
    """The tests for a publisher that reads back what people write on its pages."""

    def test_what_people_write_under_a_heading_is_read_back_and_stays(
        self, world: WritableWorld
    ) -> None:
        publisher = world.publisher()
        assert isinstance(publisher, ReadsProse)
        first = publisher.publish(page(publisher, {}))
        assert not publisher.prose(page(publisher, {}, 2, first))
        world.write("well", "The pager rang.")
        assert publisher.prose(page(publisher, {}, 2, first)) == {
            "well": Written("", "The pager rang.")
        }
        second = publisher.publish(page(publisher, {"well": "The pager rang."}, 2, first))
        assert (second.url, second.kept) == (first.url, "")
        (text,) = world.standing()
        assert "The pager rang." in text
        assert not publisher.prose(page(publisher, {"well": "The pager rang."}, 3, second))

    def test_what_people_write_elsewhere_is_left_all_the_same(self, world: WritableWorld) -> None:
        publisher = world.publisher()
        assert isinstance(publisher, ReadsProse)
        first = publisher.publish(page(publisher, {}))
        world.write("well", "The pager rang.")
        assert world.edit("penguin")
        assert publisher.prose(page(publisher, {}, 2, first))["well"].now == "The pager rang."
        ours = {"well": "The pager rang.", "poorly": "Nobody heard it."}
        with suppress(Conflict):
            publisher.publish(page(publisher, ours, 2, first))
        assert any("penguin" in text for text in world.standing())


def followed(*done: bool, n: int = 1, previous: Receipt | None = None) -> Publication:
    """Publication `n` of an incident with as many follow-ups, each done or not."""
    actions = [
        {
            "n": number,
            "text": f"follow-up {number}",
            "owner": "ann",
            "owners": ["ann"],
            "due": "2018-02-01",
            "done": is_done,
            "dropped": False,
            "ticket": None,
        }
        for number, is_done in enumerate(done, 1)
    ]
    base = publication(n=n)
    return replace(base, incident={**base.incident, "actions": actions}, previous=previous)


class TrackerConformance(Conformance):
    """The tests for a publisher that keeps tickets for follow-ups."""

    def test_each_follow_up_has_one_ticket(self, world: TrackerWorld) -> None:
        publisher = world.publisher()
        assert isinstance(publisher, HasTickets)
        assert not publisher.tickets(followed(False, False))
        first = publisher.publish(followed(False, False))
        stands = list(world.standing())
        publisher.publish(followed(False, False))
        assert world.standing() == stands
        tickets = publisher.tickets(followed(False, False, previous=first))
        assert [(n, ticket.became) for n, ticket in tickets.items()] == [(1, ""), (2, "")]
        assert len({ticket.url for ticket in tickets.values()}) == 2

    def test_what_people_make_of_a_ticket_comes_back_until_it_is_on_record(
        self, world: TrackerWorld
    ) -> None:
        publisher = world.publisher()
        assert isinstance(publisher, HasTickets)
        last = publisher.publish(followed(False, False))
        for change, became, done in ((world.close, "done", True), (world.reopen, "open", False)):
            change(2)
            for _ in range(2):
                tickets = publisher.tickets(followed(False, not done, n=2, previous=last))
                assert [tickets[1].became, tickets[2].became] == ["", became]
            last = publisher.publish(followed(False, done, n=3, previous=last))
            assert not publisher.tickets(followed(False, done, n=4, previous=last))[2].became
            assert world.is_closed(2) is done

    def test_what_people_do_here_is_done_there(self, world: TrackerWorld) -> None:
        publisher = world.publisher()
        assert isinstance(publisher, HasTickets)
        last = publisher.publish(followed(False))
        for done in (True, False):
            told = followed(done, n=2, previous=last)
            assert not publisher.tickets(told)[1].became
            last = publisher.publish(told)
            assert world.is_closed(1) is done
