"""Signals reach the event loop, however busy it and its threads are."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from ircbot.signals import on_signal

FULL = 10_000  # wake-ups: many times what the pipe of a loop holds


@pytest.fixture
def handled():
    before = signal.getsignal(signal.SIGUSR1)
    yield
    signal.signal(signal.SIGUSR1, before)


async def raised_while_busy() -> None:
    """A signal comes while the loop is busy, and threads have told it of much."""
    loop = asyncio.get_running_loop()
    for _ in range(FULL):
        loop.call_soon_threadsafe(int)
    os.kill(os.getpid(), signal.SIGUSR1)
    for _ in range(3):
        await asyncio.sleep(0)


async def test_a_signal_is_heeded_however_full_the_pipe_of_the_loop_is(handled):
    heard = []
    on_signal(signal.SIGUSR1, lambda: heard.append(asyncio.get_running_loop()))
    await raised_while_busy()
    assert heard == [asyncio.get_running_loop()]
    await raised_while_busy()
    assert len(heard) == 2


def test_a_signal_after_the_loop_has_ended_is_nothing(handled):
    heard = []

    async def run() -> None:
        on_signal(signal.SIGUSR1, lambda: heard.append(1))

    asyncio.run(run())
    os.kill(os.getpid(), signal.SIGUSR1)
    assert heard == []


@pytest.mark.filterwarnings("ignore")  # what the interpreter says of it
async def test_the_way_of_asyncio_loses_it(handled):
    """Why there is a way of our own; it can go on the day this fails."""
    heard = []
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, heard.append, 1)
    try:
        await raised_while_busy()
        assert heard == []
        os.kill(os.getpid(), signal.SIGUSR1)  # the pipe is empty now
        for _ in range(3):
            await asyncio.sleep(0)
        assert heard == [1]
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGUSR1)
