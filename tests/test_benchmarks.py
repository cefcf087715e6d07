"""The benchmarks measure what they say: small ones, with nothing from elsewhere."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module

import pytest

from benchmarks import chance, wire
from benchmarks.__main__ import BENCHMARKS
from benchmarks.contestants import IRCBOT, Contestant
from benchmarks.stage import OutOfPlay, on_stage


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_can_be_run_small(name: str) -> None:
    run = import_module(f"benchmarks.{name}").run

    assert "quick" in run.__annotations__


def test_who_cannot_start_is_told_by_its_last_words() -> None:
    command = [sys.executable, "-c", "raise SystemExit('no root here')"]
    contestant = Contestant("a bot", lambda folder, port: command)

    async def start() -> None:
        async with on_stage(contestant):
            pytest.fail("it has joined")

    with pytest.raises(OutOfPlay, match="did not join: no root here"):
        asyncio.run(start())


@pytest.mark.slow
def test_a_flood_is_counted_from_the_disk_and_in_order() -> None:
    result = asyncio.run(wire.measure(IRCBOT, 200))

    assert result.recorded == "10 of 10"


def test_ordinary_talk_never_makes_ends_or_leads_an_incident() -> None:
    counted, _ = chance.met(2000)

    assert not {*chance.GRAVE} & {*counted["talk"]}
    assert counted["near"]  # the words of phrases do mean something now and then
