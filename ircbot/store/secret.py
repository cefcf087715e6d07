"""The secret that keys the fingerprints of lines.

A fingerprint tells whether a line of a log is already on record, even if its words were masked or
erased. Without a key, anybody with the file could try all phone numbers. The secret is a file of
its own beside the incidents. A backup includes it, or importing a log again after a restore would
duplicate everything. After a restore the store has the backup's key as well: the first key is used
to write, all of them to compare.
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
_KEYED = "k"  # prefix of a keyed fingerprint; unkeyed ones are hexadecimal


@dataclass(frozen=True, slots=True)
class Secret:
    """The keys, hexadecimal. `done` is false while unkeyed fingerprints may be on disk."""

    keys: tuple[str, ...] = ()
    done: bool = False

    def keyed(self, said: str) -> str:
        """A fingerprint as it is stored: keyed, unless it already is or there is no key."""
        return _with_key(said, self.keys[0]) if self.keys else said

    def all_keyed(self, said: str) -> tuple[str, ...]:
        """Every form in which a fingerprint may be stored."""
        keyed = tuple(_with_key(said, key) for key in self.keys)
        return keyed if self.done else (*keyed, said)


def _with_key(said: str, key: str) -> str:
    if not said or said.startswith(_KEYED):  # what is not there needs no key
        return said
    digest = blake2b(said.encode(), key=bytes.fromhex(key), digest_size=8)
    return _KEYED + digest.hexdigest()


def new() -> Secret:
    """A new secret of 256 random bits."""
    return Secret((os.urandom(32).hex(),))


def load(disk: Disk, path: str) -> Secret:
    """The secret in a file; one without keys if there is no file."""
    with trying("read", path):
        content = read_file(disk, path)
    if content is None:
        return Secret()
    try:
        found = json.loads(content)
        return Secret(tuple(map(_checked, found["keys"])), bool(found["done"]))
    except (ValueError, KeyError, TypeError):
        raise StoreError(
            f"{path} is damaged. Restore it from a backup. If you remove it, importing a log again "
            "adds everything a second time."
        ) from None


def checked(keys: Iterable[str]) -> tuple[str, ...]:
    """The keys of a backup. ValueError or TypeError if they are malformed."""
    return tuple(map(_checked, keys))


def _checked(key: str) -> str:
    if len(bytes.fromhex(key)) != 32:
        raise ValueError(key)
    return key


def save(disk: Disk, path: str, secret: Secret) -> None:
    """Write the secret, readable to the owner only."""
    content = json.dumps({"keys": secret.keys, "done": secret.done}).encode() + b"\n"
    with trying("write", path):
        replace_file(disk, path, content)


def merged(ours: Secret, theirs: Iterable[str]) -> Secret:
    """Our secret with the keys of a backup added; fingerprints in a backup may be unkeyed."""
    keys = tuple(dict.fromkeys((*ours.keys, *theirs)))
    return Secret(keys, done=False)
