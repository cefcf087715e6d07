"""What takes a sentence's meaning away, what does not, and what a hostile line may cost."""

from __future__ import annotations

import itertools
import string
from functools import cache
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircbot.incident.plain import plain
from ircbot.incident.process import Phrase, Process, Role
from ircbot.incident.recognise import might_mean, recognise
from ircbot.incident.sayings import (
    Command,
    Declare,
    HandOff,
    Lead,
    Promise,
    Record,
    Resolve,
    SetSeverity,
    TakeRole,
)
from ircbot.processes import load_process


@cache
def mozmeao() -> Process:
    return load_process("mozmeao")


SENTENCES = {
    "I am declaring an incident": Declare,
    "an incident has been declared": Declare,
    "incident declared": Declare,
    "I am the incident leader": Lead,
    "I'm IL": Lead,
    "taking over as IL": Lead,
    "I have the baton": Lead,
    "jgmize has agreed to take over IL": HandOff,
    "handing off IL to jgmize": HandOff,
    "passing the baton to jgmize": HandOff,
    "the MDN outage has been resolved": Resolve,
    "incident resolved": Resolve,
    "next update in 30 minutes": Promise,
    "this is a sev 1": SetSeverity,
}

# Around a sentence: it is said all the same.
SAID = (
    "{}.",
    "{}!",
    "  {}  ",
    "ok, {}",
    "ok {}",
    "OK: {}",
    "alright, {}",
    "alright - {}",
    "hey all, {}",
    "hi everyone, {}",
    "fyi {}",
    "heads up: {}",
    "so, {}",
    "thanks. {}",
    "done. {}",
    "@rjohnson {}",
    "rjohnson: {}",
    "rjohnson, jwhitlock: {}",
    "\x02{}\x02",
    "\x0304{}\x0f",
    "*{}*",
    "{} :)",
    "{} \\o/",
    "{}, thanks everyone",
    "{}, folks",
    "(ok) {}",
    "MDN serves errors. {}",
    "MDN serves errors, {}",
    "MDN serves errors and {}",
    "it is not the disk, so {}",
    "{}. Who is around?",
    "{} - more soon",
    "{}, more soon",
)

# Around a sentence: it means nothing then.
NOT_SAID = (
    "{}?",
    "{} ?",
    "{}, right?",
    "{}, isn't it?",
    "> {}",
    ">{}",
    ">> {}",
    "| {}",
    "<rjohnson> {}",
    "<@rjohnson> {}",
    "rjohnson> {}",
    "12:00 <rjohnson> {}",
    "[12:00] <rjohnson> {}",
    "[12:00:01] <+rjohnson> {}",
    "2018-01-10 12:00 rjohnson: {}",
    '"{}"',
    "“{}”",
    "«{}»",
    "'{}'",
    "`{}`",
    "``{}``",
    'rjohnson said "{}"',
    "rjohnson said: {}",
    "rjohnson said, {}",
    "rjohnson says: {}",
    "he wrote: {}",
    "she told me, {}",
    "somebody typed: {}",
    "{}, said rjohnson",
    "{}, he said",
    "the guide says: {}",
    "according to the guide, {}",
    "the IL writes: {}",
    "you say: {}",
    "just say: {}",
    "you type: {}",
    "for example: {}",
    "for example, {}",
    "e.g. {}",
    "example: {}",
    "title: {}",
    "topic: {}",
    "template: {}",
    "something like: {}",
    "imagine, {}",
    "suppose, {}",
    "if nobody objects, {}",
    "if it fails again, {}",
    "when it fails again, {}",
    "once it is back, {}",
    "unless it recovers, {}",
    "as soon as it fails, {}",
    "should it fail again, {}",
    "{} if it fails again",
    "{} unless it recovers",
    "{}, if nobody objects",
    "{} once it fails again",
    "{}, I think",
    "{}, maybe",
    "{}, I guess",
    "maybe, {}",
    "maybe {}",
    "perhaps {}",
    "I think {}",
    "I guess {}",
    "apparently, {}",
    "{}, jk",
    "{}, just kidding",
    "{} lol",
    "{} ;)",
    "{} :P",
    "// {}",
    "# {}",
    "$ echo {}",
    "/* {} */",
    'echo "{}"',
    "\\{}",
    "\\ {}",
    "why do you say {}",
    "did rjohnson say {}",
    "it is not true that {}",
    "I do not believe that {}",
    "nobody said {}",
    "wait, {}?",
    "I dreamt: {}",
    "in my dream, {}",
    "https://example.org/?q={}",
)


def meanings(text: str, process: Process | None = None) -> list[type]:
    return [type(saying) for saying in recognise(text, process or mozmeao())]


@pytest.mark.parametrize("frame", SAID)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_means_the_same_with_the_usual_words_around_it(
    sentence: str, frame: str
) -> None:
    assert SENTENCES[sentence] in meanings(frame.format(sentence))


@pytest.mark.parametrize("frame", NOT_SAID)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_questions_conditions_quotations_and_jokes_mean_nothing(sentence: str, frame: str) -> None:
    assert meanings(frame.format(sentence)) == []


@pytest.mark.parametrize("sentence", SENTENCES)
def test_case_and_typographic_signs_make_no_difference(sentence: str) -> None:
    assert SENTENCES[sentence] in meanings(sentence.upper())
    assert SENTENCES[sentence] in meanings(sentence.replace("'", "’").replace(" ", "  "))
