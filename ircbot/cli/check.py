"""`ircbot check`: everything that can be found wrong before the bot runs, one finding a line."""

from __future__ import annotations

from pathlib import Path

import click

from ircbot.checkup import checkup
from ircbot.cli.common import config_file_option


@click.command()
@config_file_option
@click.option("--connect", is_flag=True, help="Also try server, account and each channel.")
def check(config_file: Path | None, connect: bool) -> int:
    """Check configuration, processes, templates and store.

    One finding a line. Status 2 if something that was written is wrong, 1 if something else is.
    """
    status = 0
    for finding in checkup(config_file):
        mark = "WRONG" if finding.status else "warning" if finding.warning else "ok"
        click.echo(f"{mark:<8} {finding.part}: {finding.sentence}")
        status = max(status, finding.status)
    return status
