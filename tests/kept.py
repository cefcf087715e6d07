"""A store with an incident in it, as a bot would have left it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from ircbot.engine import IncidentEngine
from ircbot.incident.line import Line
from ircbot.incident.setting import Setting
from ircbot.processes import load_process
from ircbot.repository import open_store, state_of

NOON = datetime(2018, 1, 10, 12, 0, tzinfo=UTC)

OUTAGE = (
    "12:00 <metadave> I am declaring an incident: MDN is down, and I am the incident leader",
    "12:05 <metadave> TL: listeners are missing from the ELB",
    "12:06 <jgmize> TL: they were added back",
    "12:07 <metadave> !inc action watch the ELB @jgmize by friday",
    "12:30 <metadave> !inc resolve",
)


def lines(*script: str, channel: str = "#mozmeao") -> list[Line]:
    """Lines as "12:05 <nick> text", on 2018-01-10; <@nick> is an operator."""
    found = []
    for one in script:
        clock, nick, text = one.split(" ", 2)
        hours, minutes = map(int, clock.split(":"))
        at = NOON.replace(hour=0) + timedelta(hours=hours, minutes=minutes)
        found.append(Line(at, channel, nick.strip("<>@"), text, operator="@" in nick))
    return found


def surroundings(**more: object) -> Setting:
    """The core's surroundings, with the guide's channels."""
    process = load_process("mozmeao")
    return Setting(process, channels=process.channels, **more)  # type: ignore[arg-type]


def keep(folder: Path, *script: str) -> None:
    """Have a bot hear these lines and go away again.

    Where nothing was yet, it is heard once for all the tests of this process that want the same.
    """
    if folder.exists():
        _hear(folder, *script)
    else:
        shutil.copytree(_heard(script), folder)


@cache
def _heard(script: tuple[str, ...]) -> Path:
    parent = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, parent)
    _hear(parent / "kept", *script)
    return parent / "kept"


def _hear(folder: Path, *script: str) -> None:
    store = open_store(str(folder), writer="bot")
    try:
        engine = IncidentEngine(surroundings(), store, state_of(store))
        for line in lines(*script):
            engine.hear([line])
    finally:
        store.close()
