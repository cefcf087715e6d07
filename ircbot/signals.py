"""Signals that call something in an event loop, none of which is lost.

asyncio's own way (`loop.add_signal_handler`) sends each signal down the pipe that wakes the loop.
Threads that have results use the same pipe, and fill it while the loop is busy: then a SIGTERM is
dropped, and the program does not end. These are Python's handlers, which run however full it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from types import FrameType


def on_signal(number: signal.Signals, call: Callable[[], object]) -> None:
    """Have the running loop call something each time a signal comes, until it has ended. For the
    main thread."""
    loop = asyncio.get_running_loop()

    def handle(_number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(call)

    signal.signal(number, handle)
