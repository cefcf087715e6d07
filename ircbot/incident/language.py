"""The words of a language around phrases: how people ask, doubt, deny and name times.

Values only. A process file gives them in [words]; english.toml has the shipped ones. doubts.py uses
them to judge clauses, clauses.py to find clauses, times/ to read times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field

from ircbot.values import dataclass

# A word of any kind, within what is listed: "vor ... Tagen".
ANY = "..."


# Compared by identity: a process is read once, and its language is the key of caches.
@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """Words in lower case, as they are typed. The comment on a list says what its words do.

    "The phrase" is the one that was found in a line.
    """

    # --- what keeps the phrase from counting
    told: tuple[str, ...] = ()  # report or show what was said: "says", "for example"
    questions: tuple[str, ...] = ()  # begin a question: "should", "who"
    # Make the phrase conditional, before or after it: "if", "unless"
    conditions: tuple[str, ...] = ()
    suppositions: tuple[str, ...] = ()  # do so only before it: "suppose", "until"
    # May precede these, and `tags`, `retractions` and `limits`: "but", "only"
    links: tuple[str, ...] = ()
    hedges: tuple[str, ...] = ()  # cast doubt, right before the phrase: "maybe", "I think"
    negations: tuple[str, ...] = ()  # negate the phrase, as the last word before it: "not", "never"
    # Take the phrase back, right after it: "not", "just kidding", "I guess"
    retractions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()  # end a sentence and make it a question: "right", "huh"
    # Are about another day, right after the phrase: "yesterday", "... days ago"
    another_day: tuple[str, ...] = ()
    # Are about the past, anywhere in a sentence that describes something: "earlier"
    long_ago: tuple[str, ...] = ()
    # Tell, in a sentence that says it is over, that a part is not: "still"
    remains: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()  # exclude a part, after a "yes" or after what ended: "but"
    within: tuple[str, ...] = ()  # do so before a number: "in 10"
    requests: tuple[str, ...] = ()  # ask somebody to act: "could you"
    # Begin a question of their own after the phrase: "who", "anyone"
    other_questions: tuple[str, ...] = ()
    # After the phrase, make it about something else: "stepping down as treasurer"
    otherwise: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()  # cancel that if they follow: "as I …"
    also: tuple[str, ...] = ()  # show, at the end of a "yes", that it answers somebody else: "too"
    # Introduce an example or a quotation with a colon: "example", "todo"
    titles: tuple[str, ...] = ()
    quoting: tuple[str, ...] = ()  # do so at the beginning of a line only: "quote"
    labels: tuple[str, ...] = ()  # need no colon if in brackets or capitals: "[update] x", "TODO x"
    # --- where a clause begins and ends
    # May be followed by a new clause; the first also joins nicks: "and", "so"
    joints: tuple[str, ...] = ()
    fillers: tuple[str, ...] = ()  # mean nothing before a phrase: "ok", "folks"
    tails: tuple[str, ...] = ()  # mean nothing after a phrase: "for now", "everyone"
    about: tuple[str, ...] = ()  # begin a tail such as "for this incident": "for"
    this: tuple[str, ...] = ()  # are its second word: "this"
    other: tuple[str, ...] = ()  # cannot be its third word ("for the last incident"): "last"
    troubles: tuple[str, ...] = ()  # are its last word: "incident"
    ends: tuple[str, ...] = ()  # may follow the end of a clause: "because", "and"
    # --- what stands in slots
    no_thing: tuple[str, ...] = ()  # cannot be part of <what> and <thing>: "another"
    # Cannot precede <thing>, as they mean a part of it: "most", "only"
    in_part: tuple[str, ...] = ()
    no_label: tuple[str, ...] = ()  # cannot begin a <label>: "what", "see"
    no_nick: tuple[str, ...] = ()  # are not a <nick>, and neither are the usual English words
    openers: tuple[str, ...] = ()  # begin the reason why people are called: "about", "can you"
    calls: tuple[str, ...] = ()  # match <call>: "the usual bridge"
    nearly: tuple[str, ...] = ()  # may precede <duration> and <time>: "about"
    # --- what a declaration says about the incident if it has no summary of its own
    symptoms: tuple[str, ...] = ()  # begin words that describe a fault: "degrad"
    faults: tuple[str, ...] = ()  # are enough, as whole words, to report a fault: "unreachable"
    verbs: tuple[str, ...] = ()  # are the verb of a sentence that describes a fault: "returns"
    talk: tuple[str, ...] = ()  # mark a sentence as talk among people: "please"
    begins_loosely: tuple[str, ...] = ()  # are dropped from the beginning of a summary: "because"
    ends_loosely: tuple[str, ...] = ()  # are dropped from its end: "and"
    pointing: tuple[str, ...] = ()  # are not a summary by themselves: "this"
    # How people say the parts of the notation in which the bot writes times: "minute", "friday".
    times: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


# A trie: words by their next letter; "" marks the end of a word.
_WordTree = dict[str, "_WordTree"]


def one_of(*said: Iterable[str]) -> str:
    """A regular expression for any of some words; it matches nothing if there are none.

    >>> one_of(["in the end", "in time", "... ago"])
    '(?:\\\\w+\\\\ ago|in\\\\ t(?:he\\\\ end|ime))'
    """
    tree: _WordTree = {}
    for word in (word for words in said for word in words):
        node = tree
        for letter in re.findall(r"\.\.\.|.", word):
            node = node.setdefault(_letter(letter), {})
        node[""] = {}
    return _branches(tree) if tree else "(?!)"


def _letter(letter: str) -> str:
    # The apostrophe is often left out.
    return {ANY: r"\w+", "'": "'?", "ß": "(?:ß|ss)"}.get(letter) or re.escape(letter)


def _branches(tree: _WordTree) -> str:
    said = [f"{letter}{_branches(rest)}" for letter, rest in sorted(tree.items()) if letter]
    if len(said) < 2 and "" not in tree:
        return "".join(said)
    return f"(?:{'|'.join(said)}){'?' if '' in tree else ''}" if said else ""
