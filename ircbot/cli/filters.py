"""Which incidents people ask for: the options that `list` and `search` have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

_OPTIONS = (
    click.option("--since", metavar="D", help="Declared then or later: 2025-03-02, 2025-03, 90d."),
    click.option("--until", metavar="D", help="Declared then or earlier; a day counts as a whole."),
    click.option("--product", metavar="P", default="", help="Only of this product."),
    click.option("--severity", metavar="S", default="", help="Only of this severity."),
)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `since`, `until` (as typed: selection.py), `product`, `severity`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
