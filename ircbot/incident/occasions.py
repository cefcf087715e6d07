"""The occasions on which incidents are published.

Imports nothing, because the configuration names them.
"""

from __future__ import annotations

# On what a place may want an incident; "hand" is only when somebody asks for it.
WHENS = ("resolved", "reported", "update", "declared", "notify", "meeting", "hand")
# Why something is owed: these but the last, what happens to what stands somewhere, and by hand.
WHYS = (*WHENS[:-1], "reopened", "withdrawn", "changed", "erased", "asked")
