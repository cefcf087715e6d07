"""`ircbot selftest`: check this installation by playing a whole incident in a temporary folder."""

from __future__ import annotations

import asyncio

import click

from ircbot.cli.common import config_option, json_option, print_json, say
from ircbot.config import Config
from ircbot.selftest import SelftestResult
from ircbot.selftest import selftest as check_all


@click.command()
@config_option
@json_option
def selftest(config: Config, as_json: bool) -> int:
    """Play a whole incident on a server of its own, with the configured process; some five seconds.

    For after an upgrade, as the user that runs the bot. Neither the store nor the network of the
    configuration is touched, and nothing is left. Status 1 if something does not work.
    """
    return asyncio.run(_told(config, as_json))


async def _told(config: Config, as_json: bool) -> int:
    found: list[SelftestResult] = []
    async for one in check_all(config):
        found.append(one)
        if not as_json:
            say(f"{'ok' if one.ok else 'WRONG':<8} {one.part}: {one.sentence}")
    ok = all(one.ok for one in found)
    if as_json:
        checks = [{"part": o.part, "sentence": o.sentence, "ok": o.ok} for o in found]
        print_json({"ok": ok, "checks": checks})
    elif ok:
        say("All is well; nothing was left behind.")
    return 0 if ok else 1
