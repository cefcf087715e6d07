"""The configuration: keys.py says what there is, reading.py reads it, settings.py hands it on.

Nothing here knows what a key is for; those who are configured define their own settings.
"""

from __future__ import annotations

from ircbot.config.reading import (
    Config,
    HealthSettings,
    LogSettings,
    ReportSettings,
    StoreSettings,
    default_config,
    find_config,
    load_config,
    usual_places,
)

__all__ = [
    "Config",
    "HealthSettings",
    "LogSettings",
    "ReportSettings",
    "StoreSettings",
    "default_config",
    "find_config",
    "load_config",
    "usual_places",
]
