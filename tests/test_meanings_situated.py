"""Words that mean something only in an open incident: from whom, and how seldom by chance."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import story
from core import Talk, line, setting
from played import perform

from benchmarks.talk import sentence
from ircbot.handler import BotHandler
from ircbot.incident.line import Line, LineKind, Reply
from ircbot.incident.meanings import BY_NAME, SPOKEN
from ircbot.incident.recognise import understood
from ircbot.incident.relevance import relevance
from ircbot.incident.rules import Context, leading
from ircbot.incident.rules.situations import may_be_of_few, situation_of
from ircbot.incident.rules.which import all_open_here
from ircbot.incident.setting import FixedPresence, KnownChannel
from ircbot.incident.situation import OF_FEW
from ircbot.incident.state import State
from ircbot.logs.playback import MemoryJournal, Playback
from ircbot.processes import load_process

LED = """
    12:00 <ann> I am declaring an incident: NTP is down
    12:00 <ann> I am IL
    12:01 <dan> TL: the clock is late
"""
# By the leader, what is recorded; by a bystander, nothing is.
LEADERS = {
    "dan: would you take over from here?": "RoleOffered",
    "handing this over to dan": "RoleOffered",
    "dan takes it from here at 13:30": "RoleOfferPlanned",
    "dan is the IL": "RoleOffered",
    "I need to step down": "QuestionAsked",
    "ok all, I'm off for today": "QuestionAsked",
    "Update: half of it is rebuilt": "Updated",
    "UPDATE half of it is rebuilt": "Updated",
    "[status] half of it is rebuilt": "Updated",
    "next update 16:45 UTC": "Promised",
    "more in ten minutes": "Promised",
    "let's all move over to #mozmeao": "CommsSet",
    "we've stopped the bleeding": "MilestoneSet",
    "the clock is back to normal": "QuestionAsked",
    "false alarm, sorry": "QuestionAsked",
}
# By anybody who is there.
ANYBODYS = {
    "TODO watch the clock": "ActionAdded",
    "AI: watch the clock": "ActionAdded",
    "[impact] nobody can log in": "ImpactSet",
    "impact: nobody can log in": "ImpactSet",
    "theory: the leap second": "HypothesisAdded",
    "Action item: watch the clock": "ActionAdded",
    "postmortem doc: https://docs.example/x": "Linked",
    "kudos to dan for the graph": "PropsGiven",
}


def recorded(line: str) -> set[str]:
    talk = Talk()
    talk.tell(LED)
    before = len(talk.pages.written)
    talk.tell(f"12:10 {line}")
    return {type(entry.event).__name__ for entry in talk.pages.written[before:]}


@pytest.mark.parametrize("said", LEADERS)
def test_what_the_leader_says_means_nothing_from_a_bystander(said: str) -> None:
    expected = LEADERS[said].replace("CommsSet", "Heard")  # it is there already

    assert expected in recorded(f"<ann> {said}") or said.startswith("let's")
    assert recorded(f"<eve> {said}") == set()


@pytest.mark.parametrize("said", ANYBODYS)
def test_what_anybody_says_counts_unless_it_is_for_somebody(said: str) -> None:
    assert recorded(f"<eve> {said}") == {ANYBODYS[said]}
    assert recorded(f"<eve> dan: {said}") == set()


@pytest.mark.parametrize("said", [*LEADERS, *ANYBODYS])
def test_it_means_nothing_where_nothing_is_open(said: str) -> None:
    talk = Talk()
    talk.tell(f"12:00 <ann> {said}")

    assert not talk.pages.written


def test_ordinary_talk_hardly_ever_means_any_of_it() -> None:
    process = load_process("mozmeao")
    chance = random.Random(14)
    lines = 4000
    meant = Counter(
        phrase.meaning for _ in range(lines) for phrase in understood(sentence(chance), process)
    )
    answers = {name for name in SPOKEN if BY_NAME[name].whole}  # counted only from who was asked

    deeds = ("declare", "lead", "handoff", "offer", "appoint", "resolve")
    assert not any(meant[name] for name in deeds), meant
    assert sum(count for name, count in meant.items() if name not in answers) <= lines / 100, meant


def test_the_page_on_processes_names_every_meaning() -> None:
    page = (Path(__file__).parents[1] / "docs" / "processes.md").read_text()

    for name in SPOKEN:
        assert f"| `{name}` | " in page, f"docs/processes.md needs a line for {name}"


# Who says it: what was said before, by whom, and when they say theirs.
LED_HERE = LED + "12:01 <eve> I see 502s as well\n"
SPEAKERS = {
    "leader": (LED_HERE, "12:06", "ann"),
    "bystander": (LED_HERE, "12:06", "eve"),
    "offered": (LED_HERE + "12:05 <ann> dan: would you take over from here?", "12:06", "dan"),
    "ending": (LED_HERE + "12:05 <ann> the site is back up", "12:06", "ann"),
    "stepped": (LED_HERE + "12:05 <ann> I am stepping down as IL", "12:06", "dan"),
    "over": (LED_HERE + "12:05 <ann> !inc resolve restarted", "12:20", "ann"),
    "none": ("12:00 <dan> morning", "12:06", "eve"),
}
# What becomes of it: an event, or "" if the bot only says something.
BECOMES = {
    "offer": "RoleOffered",
    "planned": "RoleOfferPlanned",
    "accept": "RoleTaken",
    "decline": "OfferDeclined",
    "step-down": "QuestionAsked",
    "update": "Updated",
    "promise": "Promised",
    "impact": "ImpactSet",
    "cause": "ProseWritten",
    "writer": "ReportPromised",
    "mitigated": "MilestoneSet",
    "end": "Resolved",
    "over": "QuestionAsked",
    "again": "QuestionAsked",
    "withdraw": "QuestionAsked",
    "asked-entry": "QuestionAsked",
    "hypothesis": "HypothesisAdded",
    "props": "PropsGiven",
    "action": "ActionAdded",
    "link": "Linked",
    "channel": "CommsSet",
    "timeline": "Noted",
    "answered": "",
    "told": "",
}
CHANNELS = ("#mozmeao", "#meao-infra", "#moc", "#infra")
SURROUNDINGS = setting(load_process("mozmeao"), channels=CHANNELS)
TABLE = (Path(__file__).parent / "situations" / "english.txt").read_text().splitlines()


@pytest.mark.parametrize("row", [row for row in TABLE if not row.startswith(";")])
def test_what_is_said_in_a_situation_becomes_what_the_table_says(row: str) -> None:
    speaker, becomes, text = row.split(" | ", 2)
    before, stamp, nick = SPEAKERS[speaker]
    talk = Talk(SURROUNDINGS)
    talk.tell(before)
    known = len(talk.pages.written)
    told = f"* {nick} {text[4:]}" if text.startswith("/me ") else f"<{nick}> {text}"
    said = talk.tell(f"{stamp} {told}")[1:] + talk.until(f"{stamp}:50")
    events = {type(entry.event).__name__ for entry in talk.pages.written[known:]}

    if becomes == "nothing":
        assert not events - {"Reminded"}
    elif BECOMES[becomes]:
        assert BECOMES[becomes] in events
    else:
        assert said


def test_whoever_is_offered_may_say_to_whom_they_answer() -> None:
    offered = LED + "12:05 <ann> dan: would you take over from here?\n"
    for said, expected in (("sure, ann", ["ann", "dan"]), ("sure, tomorrow", ["ann"])):
        talk = Talk()
        talk.tell(offered)
        heard = line("12:06", "dan", said)
        assert not relevance(talk.state, talk.setting, heard.at).is_small_talk(heard)
        talk.hear(heard)
        assert [t.holder.nick for t in talk.incident.terms if t.role == "lead"] == expected


def test_words_in_capitals_are_labels_only_where_they_are_some() -> None:
    talk = Talk()
    talk.tell(LED)
    for said in ("HTTPS is slow", "[ann] half of it", "Update your clients please"):
        count = len(talk.pages.written)
        talk.tell(f"12:10 <ann> {said}")
        assert len(talk.pages.written) == count


@pytest.mark.parametrize(("nick", "offered"), [("hg", False), ("dan", True), ("bob", True)])
def test_nothing_is_offered_in_passing_to_whom_it_is_known_that_they_are_not_there(
    nick: str, offered: bool
) -> None:
    # bob is in a notified channel, dan wrote an entry and left.
    channels = {
        ("", "#mozmeao"): KnownChannel(frozenset({"ann"})),
        ("", "#moc"): KnownChannel(frozenset({"bob"})),
        ("", "#meao-infra"): KnownChannel(),
    }
    talk = Talk(setting(presence=FixedPresence(channels)))
    talk.tell(LED)
    said = talk.tell(f"12:10 <ann> ok over to {nick}")
    assert ("lead" in talk.incident.offers) is offered
    told = f"{nick} is not here: nothing is offered. !inc handoff {nick} offers it all the same."
    assert any(told in line for line in said) is not offered
    talk.tell(f"12:11 <ann> !inc handoff {nick}")
    assert "lead" in talk.incident.offers


class Watched(BotHandler):
    """Sees of each line of speech whether its speaker may be one of the few, and whether they are."""

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.seen: Counter[tuple[bool, bool]] = Counter()

    def hear(self, lines: Sequence[Line]) -> Sequence[Reply]:
        for said in lines:
            ctx = Context(self.present, said, self.setting, self.memory)
            if said.kind is LineKind.MESSAGE:
                leading.seen(ctx)
            if said.kind is LineKind.MESSAGE and (here := all_open_here(ctx)):
                holds = situation_of(ctx, here[-1])
                self.seen[may_be_of_few(ctx, here[-1]), any(map(holds, OF_FEW))] += 1
        return super().hear(lines)


def test_nobody_of_the_few_is_taken_for_just_anybody() -> None:
    seen: Counter[tuple[bool, bool]] = Counter()
    for path in story.stories():
        told = story.read(path)
        engine = Watched(told.setting, MemoryJournal(), State())
        list(perform(told.items, Playback(engine), story.script_in(told)))
        seen += engine.seen
    assert not seen[False, True]
    assert seen[False, False] > 100, "what only few can mean is searched for in too many lines"
