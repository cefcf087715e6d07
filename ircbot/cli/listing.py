"""`ircbot list`: the incidents, newest first.

Imports little: the store's index answers, and the core is wanted only for --json, or where the
index has to be made anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from ircbot.cli.common import config_option, json_option, print_json, say
from ircbot.config import Config
from ircbot.store import Store, StoreEngine

if TYPE_CHECKING:
    from ircbot.incident.events import Entry

_STATUSES = click.Choice(["open", "resolved", "closed", "withdrawn", "duplicate", "all"])


@click.command("list")
@config_option
@click.option("--status", type=_STATUSES, default="all", help="Only these. The default is all.")
@click.option("--archived", is_flag=True, help="Those that were moved to the archive instead.")
@json_option
def list_(config: Config, status: str, archived: bool, as_json: bool) -> None:
    """List the incidents, newest first."""
    store: StoreEngine = Store(str(config.store.path), summarise=_summarise)
    if archived:
        store = store.archived() or Store(str(config.store.path / "archive"))
    if as_json:
        _list_json(config, store, status)
        return
    for listed in store.incidents():
        summary = listed.summary
        if status in ("all", summary["status"]):
            declared = datetime.fromisoformat(summary["declared_at"]).astimezone(config.zone)
            drill = " (drill)" if summary["drill"] else ""
            title = summary["title"] or "no summary"
            say(
                f"{summary['id']:>4}  {summary['status']:<9}  "
                f"{declared:%Y-%m-%d %H:%M %Z}  {title}{drill}"
            )


def _list_json(config: Config, store: StoreEngine, status: str) -> None:
    from ircbot.cli.incidents import told
    from ircbot.config.settings import setting
    from ircbot.repository import all_incidents

    surroundings = setting(config)
    wanted = (i for i in all_incidents(store) if status in ("all", i.status))
    print_json([told(incident, surroundings) for incident in wanted])


def _summarise(entries: Sequence[Entry]) -> Mapping[str, Any]:
    from ircbot.repository import summarise

    return summarise(entries)
