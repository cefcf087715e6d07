"""Config → the database that holds the record, if there is one, with its password."""

from __future__ import annotations

import os
from dataclasses import field
from pathlib import Path

from ircbot.config.reading import Config, Environment
from ircbot.config.secrets import Secrets
from ircbot.values import dataclass


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """`[store] dsn` and `unit`. The connection string may hold a password, and is never shown."""

    dsn: str = field(repr=False)
    unit: str = "main"
    warnings: tuple[str, ...] = ()
    reports: Path | None = None  # which lose what is erased elsewhere


def journal_of(config: Config, environment: Environment = os.environ) -> JournalSettings | None:
    """The database that holds the record, None for a folder. Raises ConfigError for one of several
    machines that share none."""
    if config.store.engine == "postgresql":
        return settings(config, environment)
    if config.cluster is not None:
        raise config.wrong(
            ("cluster", "machine"),
            '[cluster] needs a record that machines share: [store] engine = "postgresql".',
        )
    return None


def settings(config: Config, environment: Environment = os.environ) -> JournalSettings:
    """The database's settings whatever the configured engine, for commands that move the store."""
    secrets = Secrets(config, environment, [])
    dsn = secrets.get(("store", "dsn"))
    if not dsn:
        raise config.wrong(("store", "dsn"), "`store.dsn` or `store.dsn_file` is missing.")
    return JournalSettings(dsn, config.store.unit, tuple(secrets.warnings), config.report.directory)
