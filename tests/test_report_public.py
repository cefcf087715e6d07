"""The public edition names nobody, in any format, and calls everybody by the same words throughout."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report.gossip import NAMES, found_in, gossip
from report.tale import NOON, PROCESS, Tale

from ircbot.incident.events import (
    ActionAdded,
    ActionTicketed,
    CommsSet,
    Declared,
    Edited,
    HypothesisAdded,
    HypothesisJudged,
    ImpactSet,
    Linked,
    MilestoneSet,
    Parked,
    Resolved,
    Retimed,
    Updated,
    Withdrawn,
)
from ircbot.incident.people import Person
from ircbot.incident.state import Incident
from ircbot.report import EDITIONS, FORMATS
from ircbot.report.public import published
from ircbot.report.render import render


@pytest.mark.parametrize("format_", FORMATS)
def test_no_name_account_or_address_is_left(format_):
    page = render(gossip(), PROCESS, format_, edition="public")
    assert found_in(page) == []
    for address in ("moz.example", "ops@", "10.1.2.3", "2001:db8"):
        assert address not in page


@pytest.mark.parametrize("format_", [format_ for format_ in FORMATS if format_ != "mediawiki"])
def test_the_internal_edition_does_name_them(format_):
    page = render(gossip(), PROCESS, format_)
    assert sorted(found_in(page)) == sorted(NAMES)


def test_everybody_is_called_by_role_and_the_same_throughout():
    incident = published(gossip(), PROCESS)
    assert incident.declared_by == Person("incident leader A")
    assert [t.holder.nick for t in incident.terms] == [
        "incident leader A",
        "incident leader B",
        "note taker",
    ]
    assert incident.notes[0].text == "incident leader A and incident leader B looked at it"
    assert incident.notes[0].by == Person("incident leader B")
    assert incident.calls[0].nicks == ("person A", "person B")
    assert incident.actions[0].owner == "person B"
    assert incident.moments[0].text.startswith("MDN is down, says incident leader A")


def test_ordinary_words_stay():
    text = published(gossip(), PROCESS).notes[2].text
    assert text.endswith("'s idea, not bobsled")


def test_where_people_meet_is_nobody_elses_business():
    incident = published(gossip(), PROCESS)
    assert incident.video == ""
    assert {m.text for m in incident.moments if m.kind == "video"} == {""}


def test_nicks_that_the_configuration_names_are_hidden_too():
    tale = Tale().tell(Declared("down", "tale")).note("woke up pdehaan, who is on call", 1)
    hidden = published(tale.incident, PROCESS, known=["pdehaan"])
    assert hidden.notes[0].text == "woke up person, who is on call"


def test_two_nicks_of_one_account_are_one_person():
    tale = Tale().tell(Declared("down", "tale"), 0, Person("ann", "acc"))
    tale.note("a", 1, Person("ann_away", "acc")).note("b", 2, "bert")
    notes = published(tale.incident, PROCESS).notes
    assert [note.by.nick for note in notes] == ["responder A", "responder B"]


def test_a_nick_and_its_understudy_are_one_person():
    tale = Tale().tell(Declared("down", "tale"), 0, "ann").note("a", 1, "ann_").note("b", 2, "bert")
    notes = published(tale.incident, PROCESS).notes
    assert [note.by.nick for note in notes] == ["responder A", "responder B"]


def test_a_label_is_nobodys_nick():
    tale = (
        Tale()
        .tell(Declared("down", "tale"), 0, "responder")
        .note("x", 1, "A")
        .note("y", 2, "person")
    )
    public = published(tale.incident, PROCESS)
    names = {public.declared_by.nick, *(note.by.nick for note in public.notes)}
    assert names == {"somebody B", "somebody C", "somebody D"}


def test_there_are_labels_for_more_people_than_letters():
    tale = Tale().tell(Declared("down", "tale"), 0, "first")
    for number in range(60):
        tale.note(f"x{number}", number, f"person{number:02}")
    nicks = {note.by.nick for note in published(tale.incident, PROCESS).notes}
    assert len(nicks) == 60
    assert "responder AA" in nicks


def test_figures_and_structure_stay():
    before, after = gossip(), published(gossip(), PROCESS)
    assert after.resolved_at == before.resolved_at
    assert [m.kind for m in after.moments] == [m.kind for m in before.moments]
    assert [(t.role, t.since, t.until, t.how) for t in after.terms] == [
        (t.role, t.since, t.until, t.how) for t in before.terms
    ]
    assert after.process == before.process


def test_a_withdrawn_incidents_reason_is_searched():
    tale = Tale().tell(Declared("down", "tale")).tell(Withdrawn("metadave misread it"), 1)
    assert published(tale.incident, PROCESS).reason == "responder misread it"


NICKS = st.from_regex(r"[A-Za-z\[\]\\`_^{|}][A-Za-z0-9\[\]\\`_^{|}-]{5,12}", fullmatch=True).filter(
    lambda nick: nick.strip("_`") == nick
)


@settings(max_examples=40, deadline=None)
@given(st.lists(NICKS, min_size=1, max_size=4, unique_by=str.lower), st.text(max_size=30))
def test_no_nick_of_any_shape_is_left(nicks, filling):
    tale = Tale().tell(Declared(f"{nicks[0]} is down", "tale"), 0, nicks[0])
    for nick in nicks:
        tale.note(f"{filling}{nick.upper()}, {nick}: {filling}", 1, nick)
    page = render(tale.incident, PROCESS, "json", edition="public")
    plain = page.replace("\\\\", "\\").casefold()
    assert [nick for nick in nicks if nick.casefold() in plain] == []


# --- real and hostile incidents, in every format -----------------------------------------------

_REAL = sorted(Path(os.environ.get("IRCBOT_INCIDENTS", "none")).glob("*.json"))
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s<>\"]+", re.IGNORECASE)
_HOST = re.compile(r"(?<![\w.@/-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w-])", re.IGNORECASE)


def leaks(page: str, names: Collection[str], things: Collection[str]) -> list[str]:
    """What stands in a page that must not: names as words, things anywhere."""
    shown = re.sub("[\u200b-\u200f]", "", html.unescape(page).replace("\\", "")).casefold()
    words = set(re.findall(r"[^\W_]+|[^\s\w]+", shown)) | set(re.findall(r"[\w\[\]{}|^-]+", shown))
    return [name for name in names if name.casefold() in words] + [
        thing for thing in things if thing.casefold() in shown
    ]


def things_in(text: str) -> set[str]:
    """The URLs and hosts in a text, as a reader would find them."""
    return {found for pattern in (_URL, _HOST) for found in pattern.findall(text)}


def told(real: dict[str, Any], number: int) -> tuple[Incident, set[str], set[str]]:
    """A real incident as the bot would have it, its nicks, and its URLs and hosts."""
    times = [datetime.fromisoformat(entry["time"]).astimezone(UTC) for entry in real["entries"]]
    tale = Tale(number).tell(Declared(str(real["title"]), "tale"), min(times))
    nicks, things = {"metadave"}, things_in(str(real["title"]))
    for entry, at in zip(real["entries"], times, strict=True):
        nick = "_".join(str(entry.get("who", "metadave")).split())
        tale.note(entry["text"], at, nick)
        nicks.add(nick)
        things |= things_in(entry["text"])
    return tale.tell(Resolved(real["title"]), max(times)).incident, nicks, things


if _REAL:

    @pytest.mark.parametrize("path", _REAL, ids=lambda path: path.stem)
    def test_a_real_incident_tells_no_nick_host_or_url(path):
        incident, nicks, things = told(json.loads(path.read_text()), 1)
        for format_ in FORMATS:
            page = render(incident, PROCESS, format_, edition="public")
            assert leaks(page, nicks, things) == []


@pytest.mark.parametrize("format_", FORMATS)
def test_a_hostile_incident_tells_nothing_either(format_):
    people = ["will", "cache", "ann", "太郎", "[fox]", "x", "w0ts0n", "M{}|^", "Sarika_de_Bruyn",
              "http", "led", "declared"]  # fmt: skip
    things = ["https://intra.example/~x", "db1042.eqiad.wmnet", "10.9.8.7", "#war-room",
              "/home/secret", "OPS-4711", "ops@corp.example", "fe80::17"]  # fmt: skip
    tale = Tale().tell(
        Declared(f"{people[2]} says {things[1]} died", "tale"), 0, "ann", "#war-room"
    )
    at = 0
    for nick in people:
        for other in people:
            for text in ("{0} did it", "@{0}: no", "{0}さん {0}s {0}'s", "{1}/{0} ({0})", "{0}{1}",
                         "x{1} **{0}** `{0}` <{0}>", "[{0}]({1}) |{0}|"):  # fmt: skip
                at += 1
                tale.note(text.format(other, things[at % len(things)]), at, nick)
    tale.tell(ImpactSet(" ".join(things)), at).tell(Updated(" ".join(people)), at)
    tale.tell(HypothesisAdded(1, "it was a disproved guess"), at)
    tale.tell(HypothesisJudged(1, False), at).tell(Parked("for the review alone"), at)
    tale.tell(Linked(things[0], "the wiki"), at).tell(Edited(1, "now said otherwise"), at)
    tale.tell(ActionAdded(1, "call ann", "will"), at).tell(ActionTicketed(1, things[5]), at)
    tale.tell(CommsSet("#war-room"), at).tell(MilestoneSet("ann woke", NOON), at)
    page = render(tale.incident, PROCESS, format_, edition="public")
    # Words of the report itself, and parts of its labels.
    own = {"x", "http", "led", "declared", "will", "cache"}
    assert leaks(page, set(people) - own, [*things, "disproved", "for the review alone"]) == []
    assert "did it" in page
    assert not re.search(r"\bwill did it|\bled did it", page)


def told_by(nicks: Collection[str], text: str) -> str:
    """What the public edition has of an entry."""
    tale = Tale().tell(Declared("down", "tale"), 0, Person("first"))
    for nick in nicks:
        tale.note("looking", 1, nick)
    return published(tale.note(text, 2, "first").incident, PROCESS).notes[-1].text


@pytest.mark.parametrize(
    "text",
    ["Doe, Jane", "Jane Doe", "jane doe", "JANE DOE", "Doe–Jane", "Jane—Doe", "Jane.Doe", "Doe/Jane",
     "doe, jane", "JaneDoe", "DoeJane", "Jane\u00a0Doe", "@Jane_Doe", "Doe", "Jane"],
)  # fmt: skip
@pytest.mark.parametrize("nick", ["Jane_Doe", "JaneDoe", "jane.doe", "jane-doe", "Jane-Doe2"])
def test_a_name_of_several_words_is_met_however_it_is_written(nick, text):
    assert told_by([nick], f"{text} looked") == "responder B looked"
    assert told_by([nick], f"«{text}»’s idea") == "«responder B»’s idea"


@pytest.mark.parametrize(
    ("nicks", "text", "public"),
    [
        (["Will_Smith"], "Smith, Will looked; it will do", "responder B looked; it will do"),
        (["Will_Smith"], "so Will did", "[left out]"),
        (["Jan_van_Eyk"], "Eyk, Jan van and van Eyk, Jan", "responder B and responder B"),
        (["Jan_van_Eyk"], "a van is here, said Eyk", "a van is here, said responder B"),
        (["Jane_Doe", "Jane_Roe"], "Jane and Jane Roe", "somebody and responder C"),
        (["Jane_Doe"], "janes laptop, jane.doe@example.org, /home/jane.doe/x",
         "responder B’s laptop, [address], [path]"),
        (["kube-bot"], "kube is down, the bot said", "kube is down, the bot said"),
        (["on-call"], "who is on call?", "who is on call?"),
        (["MDN_Ops"], "MDN is down", "MDN is down"),
        (["[rolf]", "annika|work", "sarika[m]", "^kuerbis^"], "rolf, annika, sarika and kuerbis",
         "responder B, responder C, responder D and responder E"),
        (["[fox]"], "the quick fox", "[left out]"),
        (["annika42", "web01"], "annika looked at the web", "responder B looked at the web"),
        (["annika42", "annika17"], "annika looked", "somebody looked"),
    ],
)  # fmt: skip
def test_parts_of_a_name_are_met_where_they_are_one(nicks, text, public):
    assert told_by(nicks, text) == public


def test_withheld_entries_are_counted_and_count():
    tale = Tale().tell(Declared("down", "tale"), 0, "will").note("it will take long", 5, "ann")
    tale.note("ann looks", 6, "ann").tell(Resolved(), 60)
    page = render(tale.incident, PROCESS, "text", edition="public")
    assert "1 entry is left out." in " ".join(page.split())
    assert "take long" not in page
    assert "#2" in page
    shown = json.loads(render(tale.incident, PROCESS, "json", edition="public"))
    assert [row["n"] for row in shown["timeline"] if row["n"]] == [2]
    assert shown["withheld"] == [1]
    # The silence ended all the same.
    inside, outside = (render(tale.incident, PROCESS, "text", edition=e) for e in EDITIONS)
    assert [line for line in inside.splitlines() if line.startswith("Longest silence")] == [
        line for line in outside.splitlines() if line.startswith("Longest silence")
    ]


def test_what_is_on_the_list_may_be_shown():
    tale = Tale().tell(Declared("down", "tale"), 0, "ann", "#example")
    tale.note("see https://status.example.org/7 and https://intra.example.org/", 1)
    tale.tell(Linked("https://status.example.org/7", "status"), 2)
    tale.tell(ActionAdded(1, "x"), 3).tell(ActionTicketed(1, "BUG-7"), 3)
    public = published(
        tale.incident, PROCESS, public=["https://status.example.org/", "#example", "BUG-"]
    )
    assert public.notes[0].text == "see https://status.example.org/7 and [link]"
    assert public.links[0].url == "https://status.example.org/7"
    assert (public.actions[0].ticket, public.declared_in) == ("BUG-7", "#example")


def test_a_field_that_nobody_has_thought_about_is_empty():
    """Whatever text an incident gains, the public edition does not have it by itself."""
    known = {"process", "declared_in", "status", "stage", "product", "network", "comms"}
    unmarked = {
        name
        for name, hint in get_type_hints(Incident, include_extras=True).items()
        if hint is str and name not in known
    }
    assert {getattr(published(gossip(), PROCESS), name) for name in unmarked} <= {""}
    assert published(gossip(), PROCESS).network == ""


def test_a_thousand_people_take_no_longer_than_their_words():
    def seconds(count: int, edition: str) -> float:
        tale = Tale().tell(Declared("down", "tale"), 0, "first")
        for number in range(count):
            tale.note(f"person{number} asked person{count - number} about it", 1, f"person{number}")
        incident = tale.incident
        begun = process_time()
        render(incident, PROCESS, "json", edition=edition)
        return process_time() - begun

    few, many = seconds(300, "public"), seconds(1500, "public")
    assert many < 12 * few  # five times as many; each beside each other would be 25


def test_who_corrected_the_time_of_an_entry_is_not_named():
    tale = Tale().tell(Declared("down", "tale"), 0, "first").note("it was", 5, "first")
    tale.tell(Retimed(1, NOON + timedelta(minutes=2)), 9, Person("zedaph", "zed-account"))
    page = render(tale.incident, PROCESS, "text", edition="public")
    assert "time corrected by" in page
    assert "zed" not in page
