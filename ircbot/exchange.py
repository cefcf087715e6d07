"""Entries as JSON lines, from any store and into any: what `store export` writes, `import` reads.

One object a line, with the incident, the position in it, and the entry by the names of its fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ircbot.repository import with_archived
from ircbot.store import StoreEngine
from ircbot.store.codec import encode
from ircbot.store.protocol import NO_INCIDENT


def exported(store: StoreEngine) -> Iterator[dict[str, Any]]:
    """Every entry of a store, incident by incident; first what belongs to none, and the archive's
    among the others."""
    numbers = sorted(listed.incident for listed in with_archived(store))
    for incident in (NO_INCIDENT, *numbers):
        for position, entry in enumerate(store.entries(incident), 1):
            yield {"incident": incident, "position": position} | json.loads(encode(entry))
