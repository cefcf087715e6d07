"""Signals that call a function in an event loop, without getting lost.

asyncio's own way (`loop.add_signal_handler`) sends each signal through the pipe that wakes the
loop. Threads with results use the same pipe, and can fill it while the loop is busy: then a SIGTERM
is dropped, and the program does not end. Python's own signal handlers, used here, run in any case.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from types import FrameType


def on_signal(number: signal.Signals, call: Callable[[], object]) -> None:
    """Call a function in the running loop whenever a signal arrives, until the loop ends. For the
    main thread."""
    loop = asyncio.get_running_loop()

    def handle(_number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(call)

    signal.signal(number, handle)
