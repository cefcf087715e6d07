"""Threads for work that waits: for a disk, a database, another process.

All are daemons, because a disk that hangs forever must not keep the process from ending. Each has
its creator's context, so that the log says which organisation it works for.
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
    """Run `work` in a new thread and return its result or raise its error: asyncio's own threads
    are few, and a hanging disk would block them. `unwanted` is called in that thread with a result
    that nobody waits for any more."""
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
    """Call a function in a loop; False if the loop has ended."""
    try:
        loop.call_soon_threadsafe(call, *args)
    except RuntimeError:
        return False
    return True
