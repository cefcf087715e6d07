"""Tests may be coroutines: each runs on an event loop of its own.

A test fails as well if the loop met an exception that nobody caught, or a task outlived it.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest

LONGEST = 240.0
"""Seconds after which a coroutine test is given up; tests wait for events with shorter limits."""

PATIENCE = 20.0
"""Seconds until what a test has closed must have come to rest."""


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test; other tests are left to pytest."""
    function = pyfuncitem.obj
    if not inspect.iscoroutinefunction(function):
        return None
    wanted = inspect.signature(function).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in wanted}
    asyncio.run(_watched(function(**arguments)))
    return True


async def _watched(test: Any) -> None:
    uncaught: list[str] = []

    def keep(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        uncaught.append(f"{context['message']}: {context.get('exception')!r}")

    asyncio.get_running_loop().set_exception_handler(keep)
    async with asyncio.timeout(LONGEST):
        await test
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:  # what the test has just closed comes to rest
        _, left = await asyncio.wait(left, timeout=PATIENCE)
    assert not uncaught, f"uncaught in the event loop: {uncaught}"
    assert not left, f"tasks outlived the test: {left}"
