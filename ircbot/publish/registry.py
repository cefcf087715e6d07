"""The types of places, shipped or from other packages, and the places of a configuration.

A type is the class of a publisher. Another package adds one by an entry point of the group
`ircbot.publishers`; a broken package is reported, and does not affect the others.
"""

from __future__ import annotations

import difflib
import importlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from ircbot.config import Config
from ircbot.config.keys import PUBLISH, ConfigSection, variable
from ircbot.config.reading import Environment
from ircbot.config.secrets import Secrets, one_line
from ircbot.errors import ConfigError
from ircbot.publish.protocol import Place, Publisher, Wrong

GROUP = "ircbot.publishers"
# The shipped types, each with its module and class.
SHIPPED: Mapping[str, str] = {
    "confluence": "ircbot.publish.confluence:Confluence",
    "git": "ircbot.publish.git:Git",
    "github": "ircbot.publish.github:GitHub",
    "mail": "ircbot.publish.mail:Mail",
    "mediawiki": "ircbot.publish.mediawiki:MediaWiki",
    "webhook": "ircbot.publish.webhook:Webhook",
    "wordpress": "ircbot.publish.wordpress:WordPress",
}


def types() -> tuple[str, ...]:
    """The names of all types."""
    return tuple(sorted({*SHIPPED, *(entry.name for entry in entry_points(group=GROUP))}))


def publisher_type(name: str) -> type[Publisher]:
    """The class of a type. LookupError if there is none, ImportError if its package is broken."""
    if name in SHIPPED:
        module, attribute = SHIPPED[name].split(":")
        found: type[Publisher] = getattr(importlib.import_module(module), attribute)
        return found
    for entry in entry_points(group=GROUP, name=name):
        return _loaded(entry)
    raise LookupError(name)


def _loaded(entry: EntryPoint) -> type[Publisher]:
    package = entry.dist.name if entry.dist is not None else entry.value
    try:
        found = entry.load()
    except Exception as error:  # importing a package may raise anything
        raise ImportError(f"the package {package} is broken ({error}); fix or remove it.") from None
    missing = [
        name
        for name in ("keys", "formats", "each", "again", "check", "publish", "preview")
        if not hasattr(found, name)
    ]
    if missing:
        raise ImportError(f"the package {package} has no publisher: {missing[0]} is missing.")
    cls: type[Publisher] = found
    return cls


def places(
    config: Config, environment: Environment = os.environ
) -> tuple[tuple[Place, ...], tuple[str, ...]]:
    """The places of a configuration, and warnings.

    Raises ConfigError for an unknown type, a wrong key, or a secret that cannot be read.
    """
    warnings: list[str] = []
    found = tuple(_place(config, name, environment, warnings) for name in config.at(("publish",)))
    return found, tuple(warnings)


def _place(config: Config, name: str, environment: Environment, warnings: list[str]) -> Place:
    here = ("publish", name)
    kind = str(config.at((*here, "type")))
    try:
        cls = publisher_type(kind)
    except LookupError:
        raise config.wrong((*here, "type"), _unknown(kind)) from None
    except ImportError as error:
        raise config.wrong((*here, "type"), f"type {kind!r}: {error}") from None
    common = {key.name for key in PUBLISH.keys}
    section = ConfigSection(name, keys=(*PUBLISH.keys, *cls.keys))
    values = dict(config.read_as(here, section))
    here_only: Mapping[str, Any] = {**config.values, "publish": {name: values}}
    secrets = Secrets(replace(config, values=here_only), environment, warnings)
    secret = {key.name: secrets.get((*here, key.name)) for key in cls.keys if key.secret}
    own = {n: v for n, v in values.items() if n not in common and n not in _files(secret)} | secret
    try:
        cls(own)
    except Wrong as wrong:
        if config.file is not None and config.file.has((*here, wrong.key)):
            raise config.wrong((*here, wrong.key), wrong.sentence) from None
        raise config.wrong(here, f"[publish.{name}]: {wrong.sentence}") from None
    files = {
        key: values[f"{key}_file"]
        for key, given in secret.items()
        if values.get(f"{key}_file") and not environment.get(variable((*here, key)))
    }
    return Place(name, kind, own, tuple(filter(None, secret.values())), files)


def renewed(place: Place) -> Place:
    """The place with its secrets read again, so that a changed token needs no restart. ConfigError
    if one cannot be read."""
    now: dict[str, str] = {}
    for key, path in place.files.items():
        try:
            now[key] = one_line(path.read_bytes().decode())
        except (OSError, ValueError):
            why = f"[publish.{place.name}] {key}_file: {path} does not hold a secret in one line"
            raise ConfigError(why) from None
    secrets = dict.fromkeys((*place.secrets, *now.values()))
    return replace(place, values={**place.values, **now}, secrets=tuple(secrets))


def _files(secrets: Mapping[str, str]) -> Iterator[str]:
    return (f"{name}_file" for name in secrets)


def _unknown(kind: str) -> str:
    known = types()
    near = difflib.get_close_matches(kind, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}."
    return f"there is no type {kind!r} of places to publish to; {hint}"


def publisher_of(place: Place) -> Publisher:
    """The publisher of a place. ConfigError if its type is gone or its package broken."""
    try:
        return publisher_type(place.type)(place.values)
    except (LookupError, ImportError) as error:
        raise ConfigError(f"[publish.{place.name}]: type {place.type!r}: {error}") from None
