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
from ircbot.incident.recognise import recognise
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


# --- the bot, its name, private talk -----------------------------------------------------------


def test_what_is_said_to_the_bot_by_name_is_a_command_unless_it_begins_as_a_sentence() -> None:
    process = mozmeao()

    assert recognise("ilbot: status", process) == (Command("status"),)
    assert recognise("scribe: status", process, nick="scribe") == (Command("status"),)
    assert recognise("ilbot: status", process, nick="scribe") == ()
    assert recognise("ilbot: ok, I'm IL", process) == (Lead(),)
    assert recognise("ilbot: update we fixed it, I'm IL", process) == (
        Command("update", "we fixed it, I'm IL"),
    )


def test_in_private_everything_that_is_no_sentence_is_a_command() -> None:
    process = mozmeao()

    assert recognise("status", process, private=True) == (Command("status"),)
    assert recognise("@2 tl it is back", process, private=True) == (Command("tl", "it is back", 2),)
    assert recognise("I'm IL", process, private=True) == (Lead(),)
    assert recognise("TL: it is back", process, private=True) == (Record("it is back"),)
    assert recognise("!inc status", process, private=True) == (Command("status"),)
    assert recognise("", process, private=True) == (Command("help"),)


def test_the_prefix_is_configurable_and_ends_at_a_blank() -> None:
    process = mozmeao()

    assert recognise("?inc status", process, prefix="?inc") == (Command("status"),)
    assert recognise("!inc status", process, prefix="?inc") == ()
    assert recognise("!incident status", process) == ()


def test_words_that_others_are_used_to_are_not_addressed_to_the_bot() -> None:
    process = mozmeao()

    assert recognise("#info it is back", process) == (
        Command("info", "it is back", addressed=False),
    )
    assert recognise("s/ELB/CLB/", process) == (Command("s", "/ELB/CLB/", addressed=False),)


def test_an_action_is_what_somebody_does() -> None:
    process = mozmeao()

    assert recognise("is taking IL", process, action=True) == (Lead(),)
    assert recognise("\x01ACTION is taking IL\x01", process) == (Lead(),)
    assert recognise("is taking IL", process) == ()
    assert recognise("hereby declares an incident", process, action=True) == (Declare(),)
    assert recognise("now", process, action=True) == ()
    assert recognise("I am the incident leader", process, action=True) == ()


def test_who_hands_over_to_himself_takes_over() -> None:
    process = mozmeao()

    assert recognise("jgmize is taking over as IL", process, speaker="JGmize") == (Lead(),)
    assert recognise("jgmize is taking over as IL", process, speaker="metadave") == (
        HandOff("jgmize"),
    )


def test_a_drill_is_known_by_its_name() -> None:
    (declared,) = recognise("I'm declaring an incident, this is a drill", mozmeao())

    assert declared == Declare(drill=True)


def test_a_resolution_may_say_how() -> None:
    sayings = recognise("the outage has been resolved by adding the listeners again", mozmeao())

    assert sayings == (Resolve("adding the listeners again"),)


def test_sayings_come_in_the_order_in_which_they_are_to_be_followed() -> None:
    said = meanings("TL: incident resolved. I am declaring an incident and I'm IL")

    assert said == [Declare, Record, Lead, Resolve]


def test_one_line_means_each_thing_once() -> None:
    assert meanings("I'm IL, I am the incident leader, I'm IL") == [Lead]


# --- a process of one's own --------------------------------------------------------------------


def ship() -> Process:
    return Process(
        "ship",
        language=load_process("mozmeao").language,
        roles={
            "lead": Role("lead", "harbour master", words=("captain",)),
            "radio": Role("radio", "radio operator"),
            "look-out": Role("look-out", "look-out", words=("expert",)),
        },
        phrases=(
            Phrase("declare", ("all hands [: <summary>]",)),
            Phrase("lead", ("I am [the] <lead>",)),
            Phrase("role", ("I am [the] <role>", "I am the <anyrole> on (watch|duty)")),
            Phrase("role", ("<nick> has the watch",), role="look-out"),
            Phrase("severity", ("storm",), severity="1"),
            Phrase("severity", ("severity <level>",)),
        ),
    )


def test_a_process_says_things_in_words_of_its_own() -> None:
    process = ship()

    assert recognise("All hands!", process) == (Declare(),)
    assert recognise("all hands: the crane is stuck", process) == (Declare("the crane is stuck"),)
    assert recognise("I'm the harbour master", process) == (Lead(),)
    assert recognise("I'm the radio operator", process) == (TakeRole("radio"),)
    assert recognise("I am the look out", process) == (TakeRole("look-out"),)
    assert recognise("jack has the watch", process) == (TakeRole("look-out", "jack"),)
    assert recognise("jack has the watch", process, speaker="jack") == (TakeRole("look-out"),)
    assert recognise("storm", process) == (SetSeverity("1"),)
    assert recognise("severity two", process) == (SetSeverity("2"),)


def test_a_word_of_every_day_names_a_role_only_where_a_phrase_says_so() -> None:
    process = ship()

    assert recognise("I am the expert", process) == ()
    assert recognise("I am the expert on watch", process) == (TakeRole("look-out"),)
    assert recognise("I am the captain", process) == ()


def test_two_roles_may_be_taken_in_one_line() -> None:
    said = recognise("I am the radio operator and I am the look-out", ship())

    assert said == (TakeRole("radio"), TakeRole("look-out"))


def test_a_nick_is_nobody_by_the_name_of_an_everyday_word() -> None:
    assert recognise("somebody has the watch", ship()) == ()


# --- what it costs -----------------------------------------------------------------------------

HOSTILE = (
    "I am declaring an incident " * 300,
    "ok, " * 2000 + "I am the incident leader",
    "incident " * 900,
    "outage il #x vidyo update ping report sev declaring " * 160,
    "the a b c d e f g h outage on a b c d with e f g h " * 160,
    "ping " + "a" * 8000,
    "ping " + "aa, " * 2000,
    "'" * 8000,
    '"' * 7999 + "incident",
    "i am " * 1600 + "il",
    "next update in " + "1" * 8000,
    "updates in #" + "a" * 8000,
    "please meet in my " + "a" * 8000 + " vidyo room",
    "TL: " + "I'm IL, " * 1000,
    "\x03" + "4" * 8000 + " incident",
    "\x03" * 8000,
    "!inc " + "a" * 8000,
    "s/" + "\\/" * 4000,
    "https://" + "zoom" * 2000,
    ": " * 4000 + "incident declared",
    "e.g. " * 1600 + "incident resolved",
)


def cost(text: str, process: Process) -> float:
    """The processor's seconds for one line: the best of a few, which no other load can improve."""
    best = float("inf")
    for _ in range(5):
        begun = process_time()
        for _ in range(10):
            recognise(text, process)
        best = min(best, process_time() - begun)
    return best / 10


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_line_costs_not_much_more_than_an_ordinary_one(text: str) -> None:
    process = mozmeao()
    ordinary = cost(  # which may be a phrase
        "the outage of MDN is over for now, we are looking at the ELB and the update of it", process
    )

    # 8 kB are a hundred times as long. Without the bound on what is looked at, or with a regular
    # expression that tries every way to divide a line, it would be thousands of times.
    assert cost(text[:8000], process) < 50 * ordinary


# --- lines of any kind -------------------------------------------------------------------------

ANY_LINE = st.text(
    st.sampled_from(
        string.ascii_letters + string.digits + " .,:;'\"#@!?-/\\<>()[]|\x02\x03\x0f\ud800"
    )
)
PIECES = st.lists(
    st.sampled_from([
        "I am", "I'm", "the incident leader", "IL", "declaring", "an incident", "has been", "declared",
        "TL:", "ping", "jgmize", ",", ".", "?", "and", "ok", "update", "in", "30 minutes", "#mdndev",
        "!inc", "ilbot:", "sev 1", "resolved", "the", "outage", "\"", "'", ">", "if", "said", ":",
    ])
).map(" ".join)  # fmt: skip


@given(st.one_of(ANY_LINE, PIECES, st.text()))
def test_no_line_is_an_error(text: str) -> None:
    process = mozmeao()
    found = recognise(f"{text}\x02", process)  # formatting is always looked at closely

    for saying in found:
        if isinstance(saying, Record):
            assert saying.entry == plain(saying.entry)
            assert saying.entry


@given(PIECES)
def test_formatting_never_changes_the_meaning(text: str) -> None:
    process = mozmeao()

    bold = "".join(itertools.chain.from_iterable((letter, "\x02") for letter in text))
    assert recognise(bold, process) == recognise(text, process)
