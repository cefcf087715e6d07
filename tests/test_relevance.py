"""Can this line matter? Nothing that could mean something is passed over, however it is written."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterable
from datetime import UTC, date
from functools import cache
from pathlib import Path

import pytest
from core import LED, Talk, at, line, setting
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.talk import sentence
from ircbot.incident import relevance as module
from ircbot.incident.grammar import Grammar, Way, grammar_of, restricted
from ircbot.incident.language import Language
from ircbot.incident.line import LineKind, Source
from ircbot.incident.memory import Memory
from ircbot.incident.pattern import Pattern
from ircbot.incident.people import beginnings
from ircbot.incident.process import Phrase, Process
from ircbot.incident.recognise import recognise
from ircbot.incident.relevance import LineWords, relevance
from ircbot.incident.rules import hear
from ircbot.incident.shapes import goes_on
from ircbot.incident.state import State
from ircbot.logs.importing import found_in
from ircbot.logs.read import Log, Run
from ircbot.logs.stamp import width
from ircbot.logs.together import RelevantLines, merged
from ircbot.processes import load_process, shipped


@cache
def process_named(name: str) -> Process:
    return load_process(name)


def everywhere_of(process: Process) -> Grammar:
    """The phrases that count in every situation."""
    return restricted(grammar_of(process), lambda phrase: not phrase.situated)


@cache
def words_of(name: str, nick: str = "ilbot", prefix: str = "!inc") -> LineWords:
    return LineWords([everywhere_of(process_named(name))], [prefix, *beginnings(nick)])


def parts(processes: Iterable[str]) -> list[str]:
    named = [process_named(name) for name in processes]
    ways = (way for process in named for way in everywhere_of(process).ways)
    return sorted({word for way in ways for need in way.pattern.needs[:1] for word in need})


PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "hello",
                "we",
                "!inc",
                "ilbot:",
                "s/a/b/",
                "#moc",
                "\x02",
                "é",
                "\t",
                "IL",
                " ",
                "tl :",
            ),
            *("TL:", "bob:TL", "2:", "*", "_", "(", "’", "\u00a0", "…", "war", "room", "?"),
            *parts(["mozmeao", "grafana"]),
        ]
    ),
    max_size=5,
).flatmap(lambda words: st.sampled_from([" ", "  ", ""]).map(lambda between: between.join(words)))
STARTS = ("ok, ", "so I guess: ", "dan: ", "*", "hm, the disk was full and ", "thanks all, sure. ")
SAID = st.one_of(PIECES, st.text(max_size=30))


@settings(deadline=None, max_examples=500)  # the first line compiles the grammar
@given(SAID, st.sampled_from(["mozmeao", "grafana"]), st.booleans())
def test_what_means_something_matters(text: str, name: str, action: bool) -> None:
    if recognise(text, process_named(name), action=action):
        assert words_of(name).matter(text), text


@pytest.mark.parametrize("name", sorted(shipped()))
def test_no_example_of_a_process_is_missed_said_or_done(name: str) -> None:
    process = process_named(name)
    for phrase in process.phrases:
        for said in phrase.examples:
            for text in (said, f"  {said}", f"*{said}*", f"{said}\x02", said.replace(" ", "  ")):
                for action in (False, True):
                    if recognise(text, process, action=action):
                        assert words_of(name).matter(text), text


def test_what_is_no_sentence_matters() -> None:
    for text in (
        "!inc status",
        "#info x",
        "s/a/b/",
        "ILBOT: hi",
        "tl: x",
        "\x02T\x02L: x",
        "bob:tl 2: x",
    ):
        assert words_of("mozmeao").matter(text), text
    assert words_of("mozmeao", nick="Scribe").matter("scribe: hi")
    assert words_of("mozmeao", nick="Bot[x]").matter("bot{X}: status")
    assert words_of("mozmeao", prefix=".Inc").matter(".inc status")


@pytest.mark.parametrize("name", sorted(shipped()))
def test_ordinary_talk_does_not_matter(name: str) -> None:
    talk = (
        "so I tried to install the driver and now the screen is black",
        "has anybody seen bob today?",
        "works  for me",
        "",
        "https://example.org/a-long-address?with=arguments",
    )
    for _ in range(2):  # once looked at, once known
        assert [text for text in talk if words_of(name).matter(text)] == []


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("[UPDATE] x", 1),
        ("*update* x", 1),
        ("\u00a1update! x", 1),
        ("updates", 0),
        ("fixupdate", 0),
    ],
)
def test_a_word_is_found_as_it_begins_and_ends(text: str, there: int) -> None:
    way = Way(Phrase("ask-status", ("update",)), Pattern("", "", (), (frozenset([" update "]),)))
    words = LineWords([Grammar([way], {}, {}, Language())], ["!inc"])
    assert words.may_matter(text) == bool(there)


@pytest.mark.parametrize(
    ("text", "matters"),
    [
        ("[impact] nobody can log in", True),
        ("the runbook is at https://example.org", True),
        ("the runbook's here: https://example.org", True),
        ("the runbook -> https://example.org", True),
        ("the runbook is somewhere https://example.org", False),
        ("ann: https://example.org is the runbook", False),
        ("impact: nobody can log in", True),
        ("IMPACT nobody can log in", True),
        ("the impact nobody can log in", False),
        ("any news?", True),
        ("any news ??", True),
        ("any news", False),
    ],
)
def test_signs_and_what_stands_before_a_url_are_looked_for_first(text: str, matters: bool) -> None:
    talk = Talk(setting(process_named("mozmeao")))
    talk.tell("12:00 <ann> !inc declare the wiki is down")
    there = relevance(talk.state, talk.setting, at("12:03")).words_there
    assert there.matter(text) is matters


def test_of_many_lines_those_that_mean_nothing_are_passed_over() -> None:
    talk = Talk(setting(process_named("mozmeao")))
    talk.tell("12:00 <ann> !inc declare the wiki is down")
    now = relevance(talk.state, talk.setting, at("12:03"))
    said = [line("12:01", "passerby", text) for text in ("oh", "it is", "TL: it is back", "good")]
    assert [now.pass_over(said, "", at) for at in range(5)] == [2, 2, 2, 4, 4]
    assert now.pass_over(said, "oftc") == 0
    assert now.pass_over([at("12:01"), *said], "") == 0
    ours = line("12:01", "passerby", "oh", account="metadave")
    assert now.pass_over([ours], "") == 1


def test_of_many_lines_those_of_words_known_to_be_quiet_are_told_apart() -> None:
    words = LineWords([everywhere_of(process_named("mozmeao"))], ["!inc"])
    talk = ["12:00 <b> oh well", "12:00 b\toh well", "12:00 <b> ", "12:00 <b> oh"]
    assert words.telling(talk, 6) == [0, 1, 2, 3]  # nothing is known yet
    assert not any(words.may_matter(raw[6:]) for raw in talk)
    assert words.telling(talk, 6) == []
    assert words.telling(talk) == [0, 1, 2, 3]  # stamps are not
    unlike = ("TL: oh", "oh\x02 well", "o\x1fh", "oh\u00a0well", "!inc", "oh declare", "oh war")
    assert words.telling(["oh", *unlike]) == [*range(1, 8)]


def test_what_is_known_of_words_is_bounded() -> None:
    words = LineWords([everywhere_of(process_named("mozmeao"))], ["!inc"])
    for number in range(module._MOST_WORDS + 10):
        words.matter(f"word-{number}")
    assert len(words._known) <= module._MOST_WORDS
    assert words.telling(["word-1", "word-1 word-2", f"word-{module._MOST_WORDS - 1}"]) == [2]
    words.matter("x" * 1000)
    assert "x" * 1000 not in words._known


def test_whoever_leads_or_is_offered_something_is_listened_to() -> None:
    surroundings = setting()
    nobody = relevance(State(), surroundings, at("12:00"))
    assert nobody.words_alone
    assert nobody.is_small_talk(line("12:00", "metadave", "yes"))
    assert not nobody.is_small_talk(line("12:00", "metadave", "yes", ""))  # in private
    assert not nobody.is_small_talk(line("12:00", "metadave", kind=LineKind.JOIN))
    assert nobody.is_for(State(), at("13:00"))


def test_in_an_incident_what_only_its_leader_can_mean_is_small_talk_of_others() -> None:
    talk = Talk(setting(process_named("mozmeao")))
    talk.tell(LED)
    now = relevance(talk.state, talk.setting, at("12:03"))
    end = "all of the pages are back up and running again"
    assert now.is_small_talk(line("12:01", "passerby", end))
    assert not now.is_small_talk(line("12:01", "metadave", end))
    assert not now.is_small_talk(line("12:01", "passerby", "so, how are we doing?"))
    talk.tell("12:02 <metadave> !inc resolve")
    now = relevance(talk.state, talk.setting, at("12:03"))
    assert not now.is_small_talk(line("12:03", "passerby", "MDN is down again"))
    assert now.is_small_talk(line("12:03", "passerby", "so, how are we doing?"))


DECLARED = "12:00 <metadave> I am declaring an incident: MDN is down"
OFFERED = "12:01 <metadave> jgmize has agreed to take over IL"
SITUATIONS = {
    "nothing is open": "",
    "nobody leads": DECLARED,
    "it is led": LED,
    "it was offered": f"{LED}\n{OFFERED}",
    "it is over": f"{LED}\n12:01 <metadave> !inc resolve",
    "it may not be over": f"{LED}\n12:01 <metadave> !inc resolve\n12:02 <eve> MDN is down again",
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_whoever_says_what_means_something_there_is_heard(situation: str) -> None:
    talk = Talk(setting(process_named("mozmeao")))
    talk.tell(SITUATIONS[situation])
    now = relevance(talk.state, talk.setting, at("12:03"))
    chance = random.Random(situation)
    phrases = process_named("mozmeao").phrases
    said = [example for phrase in phrases for example in phrase.examples]
    said = [chance.choice(("", *STARTS)) + text for text in said]
    said += [sentence(chance) for _ in range(100)]
    passed_over = 0
    for text in said:
        for nick in ("passerby", "metadave", "jgmize"):
            heard = line("12:03", nick, text)
            if now.is_small_talk(heard):
                passed_over += 1
                outcome = hear(talk.state, heard, talk.setting, talk.engine.memory)
                assert not outcome.entries, (nick, text)
                assert not outcome.replies, (nick, text)
    assert passed_over > 50


def test_what_is_said_by_whoever_was_asked_matters_for_as_long_as_an_answer_counts() -> None:
    talk = Talk(setting(process_named("mozmeao")))
    talk.tell(f"{LED}\n12:01 <metadave> !inc resolve\n12:02 <eve> MDN is down again")
    asked = relevance(talk.state, talk.setting, at("12:02"))
    assert not asked.is_small_talk(line("13:01", "metadave", "yes"))
    assert asked.is_for(talk.state, at("13:02"))
    assert not asked.is_for(talk.state, at("13:03"))
    later = relevance(talk.state, talk.setting, at("13:03"))
    assert later.is_small_talk(line("13:03", "metadave", "yes"))
    assert not later.is_for(talk.state, at("13:02"))  # as lines of history are
    assert not later.is_small_talk(line("13:02", "passerby", "oh"))


def test_in_an_incident_hardly_more_of_ordinary_talk_is_looked_at_than_else() -> None:
    talk = Talk(setting(process_named("mozmeao")))
    before = relevance(talk.state, talk.setting, at("12:03"))
    talk.tell(LED)
    now = relevance(talk.state, talk.setting, at("12:03"))
    chance = random.Random(3)
    said = [line("12:01", "passerby", sentence(chance)) for _ in range(2000)]
    assert sum(not before.is_small_talk(one) for one in said) < 40
    assert sum(not now.is_small_talk(one) for one in said) < 60


def test_in_a_log_the_same_is_found_whatever_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "#mozmeao.log"
    path.write_text(
        "--- Day changed Wed Jan 10 2018\n"
        + "11:00 <a> small talk\n" * 50
        + "12:00 <metadave> MDN is unreachable\n"
        "12:00 <metadave> I am declaring an incident and am incident leader\n"
        + "12:01 <b> oh\n12:02 <metadave> on it\n"
        * 50
        + "13:40 <metadave> yes\n"
        "14:00 <metadave> TL: back\n14:01 <metadave> the incident has been resolved\n"
        + "15:00 <a> small talk\n"
        * 50
    )
    found = found_in(merged([Log(path, UTC)]), (), 0, setting(process_named("mozmeao")))
    assert [note.text for note in found.state.incidents[1].notes] == ["back"]
    assert found.state.incidents[1].resolved_at is not None


FORMS = {"irssi": "12:00 < {}> {}", "weechat": "2018-01-10 12:00:05\t{}\t{}"}


@cache
def log_of(name: str) -> Log:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "#mozmeao.log"
        path.write_text(FORMS[name].format("ann", "hello") + "\n")
        return Log(path, UTC, day=date(2018, 1, 10))


@settings(deadline=None, max_examples=300)
@given(st.sampled_from([*FORMS]), st.lists(st.one_of(SAID, st.just("so what")), max_size=8))
def test_of_a_log_the_same_lines_are_relevant_together_as_one_by_one(
    name: str, said: list[str]
) -> None:
    surroundings = setting(process_named("mozmeao"))
    now = relevance(State(), surroundings, at("12:00"))
    talk = [sentence(random.Random(text)) for text in said]
    texts = [text for pair in zip(said, talk, strict=True) for text in pair]
    raws = [FORMS[name].format("bob", text) for text in texts]
    log = log_of(name)
    run = Run(int(at("12:00").timestamp()), log, "#mozmeao", width(raws[0]) if raws else 0, raws)
    found = RelevantLines(surroundings, Source.IMPORT, everybody=False).within(run, State)
    together = {number for number, _ in found}
    one_by_one = {n for n, text in enumerate(texts) if now.speech_matters("#mozmeao", "bob", text)}
    assert together <= one_by_one
    for number in one_by_one - together:  # it would go on with an entry, and there is none
        assert goes_on(texts[number]), texts[number]
        heard = line("12:00", "bob", texts[number])
        assert not hear(State(), heard, surroundings, Memory()).entries


@pytest.mark.parametrize(
    ("text", "shows"),
    [
        ("is that a CVE?", True),
        ("there is an ExPloit for it", True),
        ("un café: a CVE", True),
        ("an explo\u0131t", True),
        ("an sql injection", True),
        ("an injection", False),
        ("the source of it", False),
        ("un café", False),
    ],
)
def test_what_shows_a_security_matter_is_heard_where_an_incident_is(text: str, shows: bool) -> None:
    talk = Talk(setting(process_named("mozmeao")))
    talk.tell("12:00 <ann> !inc declare the wiki is down")
    now = relevance(talk.state, talk.setting, at("12:03"))
    assert now.is_small_talk(line("12:01", "passerby", text)) is not shows
    assert now.is_small_talk(line("12:01", "passerby", text, "#elsewhere"))
