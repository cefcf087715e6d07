"""Bytes that are no UTF-8, or not all of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircbot.decoding import decode


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"plain", "plain"),
        ("schön ☃".encode(), "schön ☃"),
        (b"sch\xf6n \x93x\x94 \x81", "schön “x” \x81"),
        (b"caf\xe9", "café"),
        ("grün, ☃".encode()[:-1], "grün, "),
        ("grün, ☃".encode()[:-2], "grün, "),
        (b"three bytes cut: \xe2\x98", "three bytes cut: "),
        ("has quit (grüße, ö".encode()[:-1] + b")", "has quit (grüße, )"),
        (b"x" * 500 + b"\xc3", "x" * 500),
        ("☃ and ".encode() + b"sch\xf6n, all right", "☃ and schön, all right"),
        ("ann: ☃".encode() + b" caf\xe9 caf\xe9 au lait", "ann: ☃ café café au lait"),
        (b"\xff\xfe", "ÿþ"),
    ],
)
def test_a_line_is_text_as_far_as_it_goes(line: bytes, text: str) -> None:
    assert decode(line) == text


@given(st.text(st.characters(codec="utf-8")))
def test_what_is_utf_8_is_taken_as_it_is(text: str) -> None:
    assert decode(text.encode()) == text


@given(st.binary())
def test_any_bytes_are_text_that_can_be_written_again(line: bytes) -> None:
    decode(line).encode()


@given(st.text(st.characters(codec="utf-8", min_codepoint=0x80), min_size=3), st.integers(1, 3))
def test_a_cut_line_keeps_all_but_the_cut_character(text: str, short: int) -> None:
    cut = text.encode()[:-short]
    whole = cut.decode("utf-8", "ignore")
    assert decode(cut) == whole
