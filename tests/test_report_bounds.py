"""What hostile texts cost a report: four times as long takes about four times the time."""

from __future__ import annotations

import json
import time

import pytest

from ircbot.report.discretion import Discretion
from ircbot.report.indented import indented
from ircbot.report.inline import inline_for
from ircbot.report.parts import Code, UserText, said
from ircbot.report.render import _squeezed


@pytest.mark.parametrize(
    ("before", "mark"),
    [
        ("", "`"),
        ("", "`a"),
        ("https://example.org/", ")"),
        ("ssh ", "a"),
    ],
)
def test_the_time_that_a_text_takes_grows_with_its_length(before: str, mark: str) -> None:
    short, long = (f"{before}{mark * length}.b" for length in (8_000, 32_000))

    once, fourfold = (min(_taken(text) for _ in range(3)) for text in (short, long))

    assert fourfold < 10 * once  # where it grows with the square, sixteen times


def _taken(text: str) -> float:
    began = time.process_time()
    inline_for("markdown")(said(text))
    Discretion({"zedaph": "responder"}).text(text)
    return time.process_time() - began


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("``a`", (UserText("``"), Code("a"), UserText("`"))),
        ("`a``", (UserText("`a``"),)),
        ("`a``b``c", (UserText("`a``"), Code("b"), UserText("``c"))),
        ("`a`b`c`", (UserText("`"), Code("a"), UserText("`b`"), Code("c"), UserText("`"))),
        ("```", (UserText("```"),)),
    ],
)
def test_code_stands_between_ticks_and_no_more_of_them(text: str, parts: tuple[object]) -> None:
    assert said(text) == parts


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        "é\n",
        None,
        {"a": {}, "b": [], "c": "x, y: z"},
        {"a": [1, None, "x"], "b": {"c": [{"d": 1}, {}]}, "e": "f"},
        [[], [[1]], {"n": None}],
    ],
)
def test_json_is_indented_as_its_library_does(value: object) -> None:
    assert "".join(indented(value)) == json.dumps(value, ensure_ascii=False, indent=2)


def test_names_that_begin_alike_are_told_from_a_word_that_only_begins_so() -> None:
    discretion = Discretion({"zedaph1": "A", "zedaphora": "B"})

    assert discretion.text("xzedaphorax is here") is None
    assert discretion.text("zedaphone is here") == "zedaphone is here"


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
def test_a_page_without_its_blank_lines_is_the_same_however_it_came(size: int) -> None:
    page = "\n\n" + "one \n \n\t\n\n  two\n\n\n three\t\n\nfour\n" * 10_000 + " \n\n"
    pieces = [page[begin : begin + size] for begin in range(0, len(page), size)]

    shown = "".join(_squeezed(pieces))

    assert shown == "one\n\n  two\n\n three\n\nfour\n" * 10_000
