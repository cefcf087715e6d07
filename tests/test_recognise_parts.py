"""The parts of recognition: plain text, phrases, calls, durations, the quick look."""

from __future__ import annotations

import doctest
import importlib

import pytest

from ircbot.incident.calls import split_call
from ircbot.incident.common import COMMON, USUAL
from ircbot.incident.find import has_any
from ircbot.incident.meanings import meaning_of
from ircbot.incident.pattern import PatternError, compile_pattern, compiled
from ircbot.incident.plain import plain
from ircbot.incident.process import Process, Role
from ircbot.incident.recognise import recognise
from ircbot.incident.sayings import (
    Command,
    Declare,
    HandOff,
    Ping,
    Record,
    Resolve,
    SetVideo,
    TakeRole,
)
from ircbot.incident.times import NO_WORDS, minutes
from ircbot.processes import SHIPPED, english_language, load_process

PARTS = ("calls", "grammar", "meanings", "people", "plain")


@pytest.mark.parametrize("part", PARTS)
def test_what_the_docstrings_show_is_so(part: str) -> None:
    tried = doctest.testmod(importlib.import_module(f"ircbot.incident.{part}"))

    assert tried.attempted
    assert not tried.failed


PLAIN = {
    "as it is": "as it is",
    "  blanks   around  ": "blanks around",
    "a\ttab": "a tab",
    "\x02bold\x02 \x1ditalic\x1d \x1funder\x1f \x1estruck\x1e \x11mono\x11 \x16reverse\x16\x0f": (
        "bold italic under struck mono reverse"
    ),
    "\x034red\x03 \x0304,12both\x03 \x03,5 \x0399,99x": "red both ,5 x",
    "\x04ff0000hex\x04 \x0400ff00,0000FFboth\x04": "hex both",
    "\x01ACTION is what was written\x01": "ACTION is what was written",
    "\x01VERSION\x01": "VERSION",
    "\x00nul\x00 \x0bvt\x0cff x": "nul vtff x",
    "\ud800surrogate\ufffe\uffff": "surrogate",
    "soft\xa0space stays": "soft\xa0space stays",
    "\u3042\U0001f600 stays": "\u3042\U0001f600 stays",
    "": "",
    "\x02\x02": "",
}


@pytest.mark.parametrize("raw", PLAIN, ids=range(len(PLAIN)))
def test_plain_text_is_what_was_written_without_formatting(raw: str) -> None:
    assert plain(raw) == PLAIN[raw]
    assert plain(plain(raw)) == plain(raw)


CALLS = {
    "metadave": (("metadave",), ""),
    "metadave,": (("metadave",), ""),
    "metadave: MDN is down": (("metadave",), "MDN is down"),
    "ann, bob and cat: it hangs": (("ann", "bob", "cat"), "it hangs"),
    "ann and the others": (("ann",), "and the others"),
    "ann or bob": (("ann", "bob"), ""),
    "ann &": (("ann",), "&"),
    "ann and 10.0.0.1": (("ann",), "and 10.0.0.1"),
    "@server it hangs": (("server",), "it hangs"),
    "server it hangs": ((), "server it hangs"),
    "MDN is down": ((), "MDN is down"),
    "ann @bob is down": (("ann", "bob"), "is down"),
    "ann bob, is it up?": (("ann", "bob"), "is it up?"),
    "ann kuma is down": (("ann",), "kuma is down"),
    "ann bob there is smoke": (("ann", "bob"), "there is smoke"),
    "^": ((), "^"),
    "ann :)": (("ann",), ""),
    "1": ((), "1"),
}


@pytest.mark.parametrize("text", CALLS)
def test_a_call_is_split_into_nicks_and_reason(text: str) -> None:
    nicks, reason = split_call(text, english_language())

    assert nicks == CALLS[text][0]
    if nicks:
        assert reason == CALLS[text][1]


MINUTES = {
    "30": 30,
    "30 minutes": 30,
    "2h": 120,
    "1h30": 90,
    "1.5 hours": 90,
    "1 hour and 30 minutes": 90,
    "an hour and a half": 90,
    "an hour": 60,
    "the hour": 60,
    "one hour": 60,
    "a couple of hours": 120,
    "half an hour": 30,
    "thirty minutes": 30,
    "forty five minutes": 45,
    "forty-five minutes": 45,
    "15-20 minutes": 20,
    "15 to 20 min": 20,
    "0 minutes": None,
}


@pytest.mark.parametrize("said", MINUTES)
def test_a_duration_is_read_as_it_is_said(said: str) -> None:
    assert minutes(said) == MINUTES[said]


WRONG_PATTERNS = {
    "": "it is empty",
    "ho )": "`)` has no opening bracket",
    "(ho": "`(` is not closed",
    "(ho]": "`(` is closed by `]`",
    "[ho|]": "an alternative of `[` is empty",
    "ho <Slot>": "`<Slot>` is not understood",
    "ho <slot>": "there is no slot <slot>",
    "[ho] (ho|<duration>)": "no word that must be there",
}


@pytest.mark.parametrize("source", WRONG_PATTERNS)
def test_a_pattern_that_is_none_is_refused(source: str) -> None:
    with pytest.raises(PatternError) as refused:
        compile_pattern(source, {}, USUAL, NO_WORDS)

    assert WRONG_PATTERNS[source] in str(refused.value)


def test_a_pattern_is_looked_for_by_its_rarest_word() -> None:
    pattern = compile_pattern("I am (declaring|calling) the incident", {}, USUAL, NO_WORDS)
    place = compile_pattern("come to <where>", {"media": ["vidyo"]}, USUAL, NO_WORDS)
    address = compile_pattern("<url>", {}, USUAL, NO_WORDS)

    assert pattern.needs[0] == {" incident "}
    assert "vidyo" in place.needs[0]
    assert address.needs == (frozenset(["://"]),)


def test_what_a_language_has_no_words_for_asks_nothing_of_the_other_ways_to_say_it() -> None:
    place = compile_pattern("(I am|we are) on (<call>|<where>)", {}, USUAL, NO_WORDS)
    severity = compile_pattern(
        "it is a (<severity>|catastrophe)", {"severity": ()}, USUAL, NO_WORDS
    )
    never = compile_pattern("I am on <call>", {}, USUAL, NO_WORDS)

    assert "video" in place.needs[0]
    assert compiled(place.regex).match(" i am on the video call")
    assert severity.needs[0] == {" catastrophe "}
    assert not any(need in " i am on the usual call" for need in never.needs[0])


def test_contractions_need_no_phrase_of_their_own() -> None:
    pattern = compile_pattern("I am sure that it is the server", {}, USUAL, NO_WORDS)

    for said in ("i am sure that it is", "i'm sure that it's", "im sure that its"):
        assert compiled(pattern.regex).match(f" {said} the server"), said


def test_a_comma_in_a_pattern_is_any_pause_or_none() -> None:
    pattern = compile_pattern("aye , captain : <summary>", {}, USUAL, NO_WORDS)

    for said in ("aye captain: x", "aye, captain = x", "aye. captain - x", "aye - captain -> x"):
        assert compiled(pattern.regex).match(f" {said}"), said


def test_a_process_without_words_for_a_slot_never_fills_it() -> None:
    pattern = compile_pattern("aye <level> captain", {"level": []}, USUAL, NO_WORDS)

    assert compiled(pattern.regex).match(" aye 1 captain") is None


def test_common_words_are_no_nicks() -> None:
    assert {"somebody", "you", "incident", "the"} <= COMMON
    assert not {"jgmize", "metadave", "bob", "ann"} & COMMON


@pytest.mark.parametrize(("text", "word"), [("ilk", "\u0130LK"), ("skype", "\u017fkype")])
def test_a_word_is_found_in_either_case_of_any_alphabet(text: str, word: str) -> None:
    assert has_any(text, (word,))


# --- blanks and names ---------------------------------------------------------------------------


def test_a_blank_before_what_is_no_sentence_changes_nothing() -> None:
    process = load_process("mozmeao")

    for line in ("!inc status", "#info x", "s/a/b/", "ILBOT: hi", "tl: x", "\x02T\x02L: x"):
        assert recognise(f" {line}", process) == recognise(line, process) != (), line
    assert recognise("SCRIBE{Moz}: status", process, nick="Scribe[moz]") == (Command("status"),)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_war_room_is_a_place_to_meet(name: str) -> None:
    assert recognise("we're in the war room", load_process(name)) == (SetVideo("the war room"),)


# --- as `ircbot explain` tells it --------------------------------------------------------------


def test_meanings_hold_the_contracts_fields_and_no_empty_ones() -> None:
    assert meaning_of(Declare()) == {"kind": "declare"}
    assert meaning_of(Declare("MDN is down", drill=True)) == {
        "kind": "declare",
        "summary": "MDN is down",
        "drill": True,
    }
    assert meaning_of(HandOff("jgmize")) == {"kind": "handoff", "to": "jgmize"}
    assert meaning_of(Ping(("jgmize",))) == {"kind": "ping", "nicks": ["jgmize"], "reason": ""}
    assert meaning_of(Record("x", 2)) == {"kind": "timeline", "entry": "x", "incident": 2}
    assert meaning_of(Resolve("by a restart")) == {"kind": "resolve"}
    assert meaning_of(TakeRole("scribe")) == {"kind": "role", "role": "scribe"}
    assert meaning_of(TakeRole("scribe", "ann")) == {
        "kind": "role",
        "role": "scribe",
        "nick": "ann",
    }
    assert meaning_of(Command("tl", "x", 2)) == {
        "kind": "command",
        "name": "tl",
        "arguments": "x",
        "incident": 2,
    }


def test_a_process_with_one_role_and_no_phrases_understands_commands_alone() -> None:
    process = Process("bare", roles={"lead": Role("lead", "captain")})

    assert recognise("I am the captain", process) == ()
    assert recognise("!inc status", process) == (Command("status"),)
    assert recognise("TL: x", process) == (Record("x"),)
