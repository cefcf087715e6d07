"""Threads in which something waits: for a disk, a database, another process.

All are daemons, as a disk that hangs for ever must not keep the process from ending. Each has the
context of who began it, so that the log says for whom it works.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def started(name: str, work: Callable[..., object], *args: object) -> threading.Thread:
    """A thread that has begun to work."""
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(work, *args), name=name, daemon=True)
    thread.start()
    return thread


async def in_thread(
    name: str, work: Callable[[], T], unwanted: Callable[[T], object] = lambda result: None
) -> T:
    """What `work` returns or raises, done in a thread of its own: asyncio's own are few, and a disk
    that hangs would keep them. `unwanted` takes, in that thread, what comes when nobody waits."""
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
    """Have something called in a loop; false if that has ended."""
    try:
        loop.call_soon_threadsafe(call, *args)
    except RuntimeError:
        return False
    return True
