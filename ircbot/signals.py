"""Signals that call a function in an event loop; none is lost.

asyncio's own way (`loop.add_signal_handler`) sends each signal through the pipe that wakes the
loop. Threads that deliver results use the same pipe and fill it while the loop is busy; a SIGTERM
is then dropped and the program does not end. These are Python's own handlers, which do not depend
on the pipe.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from types import FrameType


def on_signal(number: signal.Signals, call: Callable[[], object]) -> None:
    """Call a function in the running loop each time a signal comes, until the loop has ended. Only
    for the main thread."""
    loop = asyncio.get_running_loop()

    def handle(_number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(call)

    signal.signal(number, handle)
