"""Threads for work that waits: for a disk, a database, another process.

All are daemons, since a disk that hangs must not keep the process from ending. Each inherits the
context of its starter, so that the log says for whom it works.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def started(name: str, work: Callable[..., object], *args: object) -> threading.Thread:
    """Start a thread."""
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(work, *args), name=name, daemon=True)
    thread.start()
    return thread


async def in_thread(
    name: str, work: Callable[[], T], unwanted: Callable[[T], object] = lambda result: None
) -> T:
    """What `work` returns or raises, run in a thread of its own: asyncio's pool is small, and a
    hanging disk would use it up. `unwanted` receives the result, in that thread, if nobody waits
    for it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def give(result: T) -> None:
        if done.done():
            started(name, unwanted, result)
        else:
            done.set_result(result)

    def fail(error: BaseException) -> None:
        if not done.done():
            done.set_exception(error)

    def listen() -> None:
        try:
            result = work()
        except BaseException as error:
            _in_loop(loop, fail, error)
            return
        if not _in_loop(loop, give, result):
            unwanted(result)

    started(name, listen)
    return await done


def _in_loop(loop: asyncio.AbstractEventLoop, call: Callable[..., object], *args: object) -> bool:
    """Call something in a loop. False if the loop has ended."""
    try:
        loop.call_soon_threadsafe(call, *args)
    except RuntimeError:
        return False
    return True
