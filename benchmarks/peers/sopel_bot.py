# mypy: ignore-errors
"""Sopel, from the configuration named: what `sopel start` does, which refuses to be root."""

import sys

from sopel.bot import Sopel
from sopel.config import Config

settings = Config(sys.argv[1])
bot = Sopel(settings)
bot.setup()
bot.run(settings.core.host, settings.core.port)
