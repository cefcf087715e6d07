"""The occasions on which incidents are published.

Imports nothing, because the configuration names them.
"""

from __future__ import annotations

# The occasions on which a place may want an incident; "hand": only if somebody asks for it.
WHENS = ("resolved", "reported", "update", "declared", "notify", "meeting", "hand")
# Why a publication is owed: the same except "hand", changes to what was published, and on request.
WHYS = (*WHENS[:-1], "reopened", "withdrawn", "changed", "erased", "asked")
