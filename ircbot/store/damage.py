"""Files that do not hold what they held."""

from __future__ import annotations

from ircbot.errors import StoreError


class Damaged(StoreError):
    """A file is not as it was written; trying again does not help."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{path} {what}. `ircbot store check` says what can be saved.")
        self.path = path
        self.what = what
