"""The store's secret, by which the fingerprints of lines are keyed.

A fingerprint tells whether a line of a log is on record already, also when its words were masked or
cannot be read from it. Without a key, whoever has the file could try all phone numbers. The secret
stands in a file of its own beside the incidents; a backup carries it, or importing again after a
restore would double everything. A store that was restored into has the other's as well: the first
is used to write, all of them to compare.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from hashlib import blake2b

from ircbot.errors import StoreError
from ircbot.store.disk import Disk, read_file, replace_file, trying
from ircbot.values import dataclass

SECRET = "secret"
_KEYED = "k"  # begins a fingerprint that is keyed; others are of hexadecimal digits


@dataclass(frozen=True, slots=True)
class Secret:
    """The keys, hexadecimal. `done` is false while fingerprints may be on disk without one."""

    keys: tuple[str, ...] = ()
    done: bool = False

    def keyed(self, said: str) -> str:
        """A fingerprint as it is stored: keyed, unless it is so already or there is no key."""
        return _with_key(said, self.keys[0]) if self.keys else said

    def all_keyed(self, said: str) -> tuple[str, ...]:
        """Everything that a fingerprint may be stored as."""
        keyed = tuple(_with_key(said, key) for key in self.keys)
        return keyed if self.done else (*keyed, said)


def is_keyed(said: str) -> bool:
    """Whether a fingerprint is keyed; one that is not there needs no key."""
    return not said or said.startswith(_KEYED)


def _with_key(said: str, key: str) -> str:
    if is_keyed(said):
        return said
    digest = blake2b(said.encode(), key=bytes.fromhex(key), digest_size=8)
    return _KEYED + digest.hexdigest()


def new() -> Secret:
    """A secret that was never there before, 256 bits."""
    return Secret((os.urandom(32).hex(),))


def load(disk: Disk, path: str) -> Secret:
    """The secret in a file; one without keys if there is none."""
    with trying("read", path):
        content = read_file(disk, path)
    if content is None:
        return Secret()
    try:
        found = json.loads(content)
        return Secret(tuple(map(_checked, found["keys"])), bool(found["done"]))
    except (ValueError, KeyError, TypeError):
        raise StoreError(
            f"{path} is damaged. Restore it from a backup; or remove it, and importing a log again "
            "adds everything a second time."
        ) from None


def checked(keys: Iterable[str]) -> tuple[str, ...]:
    """The keys of a backup; ValueError or TypeError if those cannot be any."""
    return tuple(map(_checked, keys))


def _checked(key: str) -> str:
    if len(bytes.fromhex(key)) != 32:
        raise ValueError(key)
    return key


def save(disk: Disk, path: str, secret: Secret) -> None:
    """Keep the secret, for the owner alone."""
    content = json.dumps({"keys": secret.keys, "done": secret.done}).encode() + b"\n"
    with trying("write", path):
        replace_file(disk, path, content)


def merged(ours: Secret, theirs: Iterable[str]) -> Secret:
    """Ours with the keys of a backup; what it holds may be without any."""
    keys = tuple(dict.fromkeys((*ours.keys, *theirs)))
    return Secret(keys, done=False)
