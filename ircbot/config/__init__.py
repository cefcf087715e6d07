"""The configuration: its keys, and the settings that each part of the program gets from it.

Knows no key's purpose: those who are configured define their own settings.

    keys       every key, its kind and its default
    reading    config.toml → Config
    settings   Config → what the core is told
    networks   Config → what the network is told, secrets included
    example    the file as it is written for people
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
