"""The configuration: its keys, and the settings that each part of the program gets from it.

Knows no key's purpose: each part of the program defines its own settings.

    keys       every key, its kind and its default
    reading    config.toml → Config
    settings   Config → the core's settings
    networks   Config → the network's settings, secrets included
    example    the example file
"""

from __future__ import annotations

from ircbot.config.reading import (
    Config,
    HealthSettings,
    LogSettings,
    ReportSettings,
    StoreSettings,
    cache_folder,
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
    "cache_folder",
    "default_config",
    "find_config",
    "load_config",
    "usual_places",
]
