"""Run the page as a process, or beside a demo."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

from ircbot.config import Config
from ircbot.errors import Failed
from ircbot.page.app import serving
from ircbot.page.library import Library
from ircbot.page.settings import PageSettings
from ircbot.signals import on_signal

log = logging.getLogger("ircbot")


@contextlib.asynccontextmanager
async def page(
    config: Config,
    settings: PageSettings,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncIterator[str]:
    """Run the page for the length of a block; yields its URL. Failed if it cannot be served."""
    library = Library(config, settings, now=now)
    async with contextlib.AsyncExitStack() as stack:
        try:
            port = await stack.enter_async_context(serving(library, settings))
        except OSError as error:
            where = f"{settings.host} port {settings.port}"
            why = error.strerror or error
            raise Failed(f"the page cannot be served on {where}: {why}.") from error
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        yield f"http://{host}:{port}{settings.base}/"


async def until_told(config: Config, settings: PageSettings, told: Callable[[str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C; `told` is called with the URL."""
    gc.freeze()
    stopped = asyncio.Event()
    on_signal(signal.SIGTERM, stopped.set)
    on_signal(signal.SIGINT, stopped.set)
    async with page(config, settings) as address:
        told(address)
        await stopped.wait()
