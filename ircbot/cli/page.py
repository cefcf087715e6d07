"""`ircbot page`: the live page, a process of its own beside the bot."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import click

from ircbot.cli.common import host_option, warn
from ircbot.config import Config, default_config
from ircbot.logsetup import set_up_logging
from ircbot.page.settings import PageSettings, must_have_library, page_settings

_NICER = 5  # niceness relative to the bot: acknowledgements come first


@click.command()
@host_option
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of [page] listen's.")
@click.option("--embedded-demo", is_flag=True, help="With the demo's store, while it is played.")
@click.option("--speed", type=click.FloatRange(0.1, 100), default=1.0, help="Of the demo.")
def page(config: Config, port: int | None, embedded_demo: bool, speed: float) -> None:
    """Serve the live page: what is open, every report, search and statistics. Reads only.

    With the configuration of many organisations: which machine answers for which.

    SIGTERM and Ctrl-C end it.
    """
    must_have_library()
    from ircbot.page.running import until_told

    if embedded_demo:
        settings = PageSettings(strangers="internal", port=8080 if port is None else port)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_with_demo(settings, speed))
        return
    settings, warnings = page_settings(config)
    for warning in warnings:
        warn(warning)
    if port is not None:
        settings = replace(settings, port=port)
    set_up_logging(config.log)
    with contextlib.suppress(OSError):
        os.nice(_NICER)
    asyncio.run(until_told(config, settings, lambda address: click.echo(f"The page: {address}")))
    os._exit(0)  # without waiting for a thread that still computes statistics


async def _with_demo(settings: PageSettings, speed: float) -> None:
    """Serve the page with a demo, and keep serving when the demo is over."""
    from ircbot.cli.demo import show
    from ircbot.demo import Play
    from ircbot.page.running import page as serve

    with tempfile.TemporaryDirectory(prefix="ircbot-demo-") as folder:
        play = Play(default_config(), Path(folder), Path(folder, "reports"), speed)
        async with serve(play.config, settings, play.now) as address:
            click.echo(f"The page: {address}\n")
            await play.perform(show)
            click.echo(f"\nThe demo is over; the page stays until Ctrl-C: {address}")
            await asyncio.Event().wait()
