# mypy: ignore-errors
"""Sopel's rule: write down the text of TL: lines."""

import os

from sopel import plugin

entries = open(os.environ["ENTRIES"], "a", buffering=1)  # noqa: SIM115


@plugin.rule(r"^TL: (.+)")
@plugin.unblockable
def record(bot, trigger):
    entries.write(trigger.group(1) + "\n")
    if "ACKNOWLEDGE" in os.environ:
        bot.notice("recorded", trigger.nick)
