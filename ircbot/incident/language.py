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


# Compared by identity: a process is read once, and what is made of its words is kept by them.
@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """Words in lower case, as they are typed, each list for one purpose."""

    # --- what keeps words from meaning what they say
    told: tuple[str, ...] = ()  # somebody tells what was said, or shows it: "says", "for example"
    questions: tuple[str, ...] = ()  # a sentence that begins so asks: "should", "who"
    conditions: tuple[str, ...] = ()  # before or behind what is said: "if", "unless"
    suppositions: tuple[str, ...] = ()  # only before it: "suppose", "until"
    links: tuple[str, ...] = ()  # may stand before those: "but", "only"
    hedges: tuple[str, ...] = ()  # right before it: "maybe", "I think"
    negations: tuple[str, ...] = ()  # the last word before it: "not", "never"
    retractions: tuple[str, ...] = ()  # right behind it: "not", "just kidding", "I guess"
    tags: tuple[str, ...] = ()  # behind it at the end, which makes it a question: "right", "huh"
    another_day: tuple[str, ...] = ()  # behind it: "yesterday", "... days ago"
    long_ago: tuple[str, ...] = ()  # of how things are, anywhere: "earlier", "back in"
    remains: tuple[str, ...] = ()  # behind an end, in the same sentence: not all is over: "still"
    limits: tuple[str, ...] = ()  # behind a "yes" or an end, of which only a part is so: "but"
    within: tuple[str, ...] = ()  # the same with a number behind it: "in 10"
    requests: tuple[str, ...] = ()  # a question that asks somebody to act: "could you"
    other_questions: tuple[str, ...] = ()  # behind a deed, asks something else: "who", "anyone"
    otherwise: tuple[str, ...] = ()  # of something else: "stepping down as treasurer"
    subjects: tuple[str, ...] = ()  # unless one of these follows: "as I …"
    also: tuple[str, ...] = ()  # at the end of a "yes" that answers somebody else: "too"
    titles: tuple[str, ...] = ()  # what is behind their colon is shown: "example", "todo"
    quoting: tuple[str, ...] = ()  # the same, at the beginning of a line: "quote"
    labels: tuple[str, ...] = ()  # need no colon in brackets or capitals: "[update] x", "TODO x"
    # --- where a clause begins and ends
    joints: tuple[str, ...] = ()  # one begins behind these; the first joins nicks: "and", "so"
    fillers: tuple[str, ...] = ()  # before a phrase they carry no meaning: "ok", "folks"
    tails: tuple[str, ...] = ()  # behind a phrase they carry none: "for now", "everyone"
    about: tuple[str, ...] = ()  # "for", which comes first: "for this incident" is a tail as well
    this: tuple[str, ...] = ()  # "this"
    other: tuple[str, ...] = ()  # which it is not of: "last"
    troubles: tuple[str, ...] = ()  # "incident"
    ends: tuple[str, ...] = ()  # a clause ends before these: "because", "and"
    # --- what stands in slots
    no_thing: tuple[str, ...] = ()  # makes something else of <what> and <thing>: "another"
    in_part: tuple[str, ...] = ()  # only a part of <thing>: "most", "only"
    no_label: tuple[str, ...] = ()  # begins no <label>: "what", "see"
    no_nick: tuple[str, ...] = ()  # is no <nick>, beside the usual English words
    openers: tuple[str, ...] = ()  # why people are called begins with these: "about", "can you"
    calls: tuple[str, ...] = ()  # <call>: "the usual bridge"
    nearly: tuple[str, ...] = ()  # before <duration> and <time>: "about"
    # --- what a declaring line says about the incident, where it has no summary of its own
    symptoms: tuple[str, ...] = ()  # the beginnings of words that tell what is wrong: "degrad"
    faults: tuple[str, ...] = ()  # whole words by which a sentence alone says so: "unreachable"
    verbs: tuple[str, ...] = ()  # of a sentence that tells something: "returns"
    talk: tuple[str, ...] = ()  # said to the others rather than of the trouble: "please"
    begins_loosely: tuple[str, ...] = ()  # only joins a summary to the words before: "because"
    ends_loosely: tuple[str, ...] = ()  # or to those behind: "and"
    pointing: tuple[str, ...] = ()  # alone it is no summary: "this"
    # How people say the parts of the notation in which the bot writes times: "minute", "friday".
    times: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


# The words that begin with the same letters, by the next one; "" where one ends.
_Tree = dict[str, "_Tree"]


def one_of(*said: Iterable[str]) -> str:
    """A regular expression for any of some words; it matches nothing if there are none.

    >>> one_of(["in the end", "in time", "... ago"])
    '(?:\\\\w+\\\\ ago|in\\\\ t(?:he\\\\ end|ime))'
    """
    tree: _Tree = {}
    for word in (word for words in said for word in words):
        node = tree
        for letter in re.findall(r"\.\.\.|.", word):
            node = node.setdefault(_letter(letter), {})
        node[""] = {}
    return _branches(tree) if tree else "(?!)"


def _letter(letter: str) -> str:
    # The apostrophe is left out as often as not.
    return {ANY: r"\w+", "'": "'?", "ß": "(?:ß|ss)"}.get(letter) or re.escape(letter)


def _branches(tree: _Tree) -> str:
    said = [f"{letter}{_branches(rest)}" for letter, rest in sorted(tree.items()) if letter]
    if len(said) < 2 and "" not in tree:
        return "".join(said)
    return f"(?:{'|'.join(said)}){'?' if '' in tree else ''}" if said else ""
