"""The sieve: nothing that could mean something is passed over, whatever it is written in."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ircbot.incident.grammar import grammar_of
from ircbot.incident.recognise import might_mean, recognise
from ircbot.incident.setting import Setting
from ircbot.logs.importing import found_in
from ircbot.logs.read import Log
from ircbot.logs.together import merged
from ircbot.processes import load_process
from ircbot.sieve import ALL, sieve_for

pytest.importorskip("re2", reason="google-re2, the extra `fast`, is not installed")

PROCESS = load_process("mozmeao")
SETTING = Setting(PROCESS, channels=("#mozmeao",))
SIEVE = sieve_for(SETTING, r"[>\t*]")
BARE = sieve_for(SETTING, ALL, ["ilbot_"])
STAMPS = ("12:00 <@nick> {}", "[12:00:00] <nick> {}", "2018-01-10 12:00:00\tnick\t{}")

examples = [line for phrase in PROCESS.phrases for line in (*phrase.examples, *phrase.unlike)]
words = st.sampled_from(
    [
        *("hello", "we", "!inc", "ilbot:", "s/a/b/", "#moc", "\x02", "é", "\t", "IL", " ", "tl :"),
        *grammar_of(PROCESS).triggers,
    ]
)
said = st.one_of(
    st.sampled_from(examples),
    st.lists(words, max_size=4).map(" ".join),
    st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=20),
)


@settings(deadline=None, max_examples=300)  # the first line compiles the grammar
@given(st.lists(said, min_size=1, max_size=6), st.sampled_from(STAMPS))
def test_what_might_mean_something_passes(texts: list[str], stamp: str) -> None:
    assert SIEVE is not None
    piece = "\n".join(stamp.format(text) for text in texts).encode()
    passed = SIEVE(piece)
    assert passed == sorted(set(passed))
    for number, text in enumerate(texts):
        if might_mean(text, PROCESS) and recognise(text, PROCESS):
            assert number in passed, text


@settings(deadline=None, max_examples=300)
@given(st.lists(said, min_size=1, max_size=6))
def test_so_it_does_without_a_nick_before_it(texts: list[str]) -> None:
    assert BARE is not None
    passed = BARE("\n".join(texts).encode())
    for number, text in enumerate(texts):
        if might_mean(text, PROCESS) and recognise(text, PROCESS):
            assert number in passed, text


def test_what_is_said_to_another_nick_of_ours_passes() -> None:
    assert BARE is not None
    assert BARE(b"hello\nilbot_: status\nask-ilbot_\nILBOT, help") == [1, 3]


def test_a_word_that_a_blank_belongs_to_may_be_the_first() -> None:
    assert BARE is not None
    assert BARE(b"hello\nIL: me\n IL: me\nbob,\tIL is bob\nbottle\nnil") == [1, 2, 3]


def test_what_is_said_to_a_nick_passes_however_the_server_spells_it() -> None:
    sieve = sieve_for(SETTING, ALL, ["Bot[x]"])
    assert sieve is not None
    assert sieve(b"bot{X}: status\nBOT[x]: status\nbot: status") == [0, 1]


def test_small_talk_does_not_pass() -> None:
    assert SIEVE is not None
    assert SIEVE(b"12:00 <nick> hello\n12:00 <nick> TL: x\n12:01 <nick> ok\n12:01 <x> !inc") == [
        1,
        3,
    ]
    assert SIEVE(b"") == []
    assert SIEVE(b"\n\n\n") == []


def test_with_the_sieve_and_without_it_the_same_is_found(tmp_path: Path) -> None:
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
    found = [
        found_in(merged([Log(path, UTC)], None, sieve), (), 0, SETTING).entries
        for sieve in (None, SIEVE)
    ]
    assert found[0] == found[1]
    assert len(found[0]) > 4
