"""What was said of late, in memory only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from core import NOON, at, line

from ircbot.incident.line import LineKind
from ircbot.incident.memory import Memory, is_unheard


def texts(lines):
    return [one.text for one in lines]


def test_what_is_said_in_a_channel_is_remembered_in_order():
    memory = Memory()
    memory.keep(line("12:00", "metadave", "one"))
    memory.keep(line("12:01", "jgmize", "two", kind=LineKind.ACTION))
    memory.keep(line("12:02", "metadave", "three", channel="#MOZMEAO"))
    assert texts(memory.said("#mozmeao")) == ["one", "two", "three"]
    assert texts(memory.said("#mozmeao", nick="METADAVE")) == ["one", "three"]
    assert texts(memory.said("#mozmeao", since=at("12:01"))) == ["two", "three"]
    assert memory.said("#moc") == ()


def test_the_same_channel_of_another_network_is_another_channel():
    memory = Memory()
    memory.keep(line("12:00", "metadave", "here"))
    memory.keep(line("12:00", "metadave", "there", network="oftc"))
    assert texts(memory.said("#mozmeao")) == ["here"]
    assert texts(memory.said("#mozmeao", "oftc")) == ["there"]


def test_where_nothing_is_to_be_remembered_channels_without_end_are_no_trouble():
    memory = Memory(0)
    for number in range(1500):
        memory.keep(line("12:00", "metadave", "once", channel=f"#made-up-{number}"))
    assert memory.said("#made-up-1499") == ()


def test_of_very_many_channels_those_that_fell_silent_are_forgotten():
    memory = Memory()
    for number in range(1500):
        memory.keep(line("12:00", "metadave", "once", channel=f"#made-up-{number}"))
        memory.keep(line("12:01", "metadave", f"line {number}"))
    memory.drop_if(lambda said: said.channel == "#made-up-1499")
    memory.keep(line("12:02", "metadave", "still here"))
    assert texts(memory.said("#mozmeao"))[-2:] == ["line 1499", "still here"]
    kept = [number for number in range(1500) if memory.said(f"#made-up-{number}")]
    assert len(kept) <= 1000


@pytest.mark.parametrize(
    "unkept",
    [
        line("12:00", "metadave", "[nolog] my number is 12345"),
        line("12:00", "metadave", "  [NoLog] really"),
        line("12:00", "metadave", "\x02[nolog]\x02 really"),
        line("12:00", "metadave", "in private", channel=""),
        line("12:00", "metadave", "bye", kind=LineKind.PART),
    ],
)
def test_what_is_private_or_not_speech_or_not_to_be_kept_is_not(unkept):
    memory = Memory()
    memory.keep(unkept)
    assert memory.said(unkept.channel) == ()


def test_a_line_that_speaks_of_nolog_is_kept():
    assert not is_unheard("use [nolog] in front of it")


def test_it_keeps_so_many_lines_of_each_channel():
    memory = Memory(lines=3)
    for number in range(10):
        memory.keep(line("12:00", "metadave", str(number)))
        memory.keep(line("12:00", "metadave", f"moc {number}", channel="#moc"))
    assert texts(memory.said("#mozmeao")) == ["7", "8", "9"]
    assert len(memory.said("#moc")) == 3


def test_no_lines_are_kept_where_it_is_off():
    memory = Memory(lines=0)
    memory.keep(line("12:00", "metadave", "one"))
    assert memory.said("#mozmeao") == ()


def test_what_is_too_old_is_forgotten():
    memory = Memory(age=timedelta(hours=1))
    memory.keep(line("12:00", "metadave", "old"))
    memory.keep(line("12:30", "metadave", "new"))
    memory.forget(at("13:10"))
    assert texts(memory.said("#mozmeao")) == ["new"]
    memory.forget(NOON + timedelta(days=1))
    assert memory.said("#mozmeao") == ()
    memory.keep(line("12:30", "metadave", "again"))
    assert texts(memory.said("#mozmeao")) == ["again"]


def test_a_channel_or_any_lines_can_be_dropped():
    memory = Memory(lines=5)
    for number in range(4):
        memory.keep(line("12:00", "metadave", f"{number}"))
        memory.keep(line("12:00", "jgmize", f"{number}", channel="#moc"))
    memory.keep(line("12:00", "jgmize", "untouched", channel="#meao-infra"))
    memory.drop_if(lambda one: one.text in ("1", "2"))
    assert texts(memory.said("#mozmeao")) == ["0", "3"]
    assert texts(memory.said("#meao-infra")) == ["untouched"]
    memory.drop_channel("#MOC")
    memory.drop_channel("#never")
    assert memory.said("#moc") == ()
    for number in range(9):
        memory.keep(line("12:00", "metadave", f"{number}"))
    assert len(memory.said("#mozmeao")) == 5, "the bound outlives the dropping"
