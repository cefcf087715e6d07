"""Config → what comes in, and how.

Secrets are read here; neither they nor a part of them may stand in an error.
"""

from __future__ import annotations

import os

from ircbot.config import Config
from ircbot.config.reading import Environment
from ircbot.config.secrets import Secrets
from ircbot.incoming.listener import AlertSettings


def alert_settings(
    config: Config, environment: Environment = os.environ
) -> tuple[AlertSettings | None, tuple[str, ...]]:
    """Where alerts are taken, None if nowhere, and what is to be warned of. Raises ConfigError."""
    listen = config.at(("alerts", "listen"))
    if listen is None:
        return None, ()
    warnings: list[str] = []
    token = Secrets(config, environment, warnings).get(("alerts", "token"))
    if not token:
        raise config.wrong(
            ("alerts",),
            '[alerts] has no token; write token_file = "alerts.token" there, with something long '
            "and random in it: head -c 32 /dev/urandom | base64 >alerts.token",
        )
    host, port = listen
    return AlertSettings(host, port, token), tuple(warnings)
