"""The reference pages of the site, from the tables that the program itself reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from ircbot.cli import COMMANDS
from ircbot.cli.root import root
from ircbot.config.keys import ROOT, ConfigSection, Key, variable
from ircbot.processes.schema import schema
from ircbot.tables import Keys, dotted, written

DOCS = Path(__file__).parent.parent


def pages() -> Mapping[str, str]:
    """Each page's text, by its name."""
    incident = json.loads((DOCS / "incident.schema.json").read_text())
    return {
        "command-line": "\n".join(_command_line()),
        "configuration": "\n".join(_configuration()),
        "process-file": "\n".join([_PROCESS_FILE, *_schema(schema(), schema(), "", 2, set())]),
        "incident-json": "\n".join([_INCIDENT, *_schema(incident, incident, "", 2, set())]),
    }


_COMMAND_LINE = """\
# The command line

`ID` is an incident's number, or `last`. What programs read goes to standard output, all else to
standard error. Exit status: 0 done, 1 it could not be done, 2 wrong usage or a wrong configuration.
"""
_CONFIGURATION = """\
# Configuration

A TOML file, looked for in `--config FILE`, `$IRCBOT_CONFIG`, `./config.toml`,
`$XDG_CONFIG_HOME/ircbot/config.toml` and `/etc/ircbot/config.toml`. A span of time is written
`"45m"`, `"2h"` or `"30d"`; relative paths are relative to the file. A *secret* may also be in a
file of its own, named by `KEY_file`, or in the environment. `ircbot check` names whatever is wrong,
with its line. The whole file with all defaults:
[config.example.toml](../files/config.example.toml).
"""
_PROCESS_FILE = """\
# Process files

Every key of a process file. [Processes of one's own](../processes.md) shows a whole one and says
what the keys do. For editors there is a schema: [process.schema.json](../process.schema.json).
"""
_INCIDENT = """\
# Incidents as JSON

What `ircbot show ID --json`, `ircbot list --json`, `ircbot report ID --format json` and webhooks
tell of an incident. Times are UTC, ISO 8601, ending in `Z`; what is not known is `null`, never
zero. More keys may be added. The schema: [incident.schema.json](../incident.schema.json).
"""


def cell(text: str) -> str:
    """A text as it may stand in a table: on one line, no cell of its own, no markup."""
    for character in "\\|<>*_[]":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


def code(text: str) -> str:
    """A text as code in a table, "" if there is none."""
    return f"`{text}`".replace("|", "\\|") if text else ""


# --- the command line -------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with the words before its options: "store check"."""
    for name in COMMANDS:
        yield from _with_subcommands(name, click.Context(root), root)


def _with_subcommands(
    name: str, context: click.Context, group: click.Group
) -> Iterator[tuple[str, click.Command]]:
    command = group.get_command(context, name.rsplit(" ", 1)[-1])
    assert command is not None, name
    yield name, command
    if isinstance(command, click.Group):
        for sub in command.list_commands(context):
            for further, one in _with_subcommands(sub, context, command):
                yield f"{name} {further}", one


def _command_line() -> Iterator[str]:
    yield _COMMAND_LINE
    for name, command in commands():
        context = click.Context(command, info_name=f"ircbot {name}", **root.context_settings)
        usage = " ".join([f"ircbot {name}", *command.collect_usage_pieces(context)])
        yield f"{'#' * (2 + name.count(' '))} ircbot {name}"
        yield from ("", f"    {usage}", "")
        for paragraph in (command.help or "").replace("\b", "").split("\n\n"):
            yield from (cell(paragraph), "")
        rows = [
            record
            for parameter in command.get_params(context)
            if isinstance(parameter, click.Option) and "--help" not in parameter.opts
            if (record := parameter.get_help_record(context)) is not None
        ]
        if rows:
            yield from ("| option | |", "|---|---|")
            yield from (f"| {code(option)} | {cell(about)} |" for option, about in rows)
            yield ""


# --- the configuration ------------------------------------------------------------------------


def _configuration() -> Iterator[str]:
    yield _CONFIGURATION
    yield from _section(ROOT, ())


def _section(section: ConfigSection, place: Keys) -> Iterator[str]:
    if place:
        name = f"[{dotted(place)}]"
        yield from (f"## {cell(f'[{name}]' if section.many else name)}", "")
        if section.about:
            yield from (cell(section.about), "")
    if section.keys:
        yield from ("| key | default | |", "|---|---|---|")
        yield from (_key(key, (*place, key.name)) for key in section.keys)
        yield ""
    for sub in section.sections:
        yield from _section(sub, (*place, sub.name, *(["NAME"] if sub.named else [])))


def _key(key: Key, place: Keys) -> str:
    default = "" if key.default is None else written(key.default)
    about = cell(key.about)
    if key.secret:
        about = f"{about} *Secret*: `{key.name}_file` or `${variable(place)}`.".strip()
    elif key.sample is not None:
        about = f"{about} For example {code(written(key.sample))}.".strip()
    return f"| `{key.name}` | {code(default)} | {about} |"


# --- schemas ----------------------------------------------------------------------------------


def _schema(
    node: Mapping[str, Any], top: Mapping[str, Any], place: str, level: int, seen: set[str]
) -> Iterator[str]:
    """A table of an object's keys, then one for each object within it."""
    node = _resolved(node, top)
    within = []
    if properties := node.get("properties"):
        if place:
            yield from ("#" * level + f" {cell(place)}", "")
        yield from ("| key | value | |", "|---|---|---|")
        for key, value in properties.items():
            about = _resolved(value, top).get("description", "")
            yield f"| `{key}` | {cell(_kind(value, top))} | {cell(about)} |"
            within.append((f"{place}.{key}".lstrip("."), value))
        yield ""
    for key, value in within:
        for suffix, inner in _objects(value, top):
            name = f"{key}{suffix}"
            if name not in seen and name.count(".") + name.count("NAME") < 6:
                seen.add(name)
                yield from _schema(inner, top, name, level, seen)


def _objects(
    node: Mapping[str, Any], top: Mapping[str, Any], suffix: str = ""
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    node = _resolved(node, top)
    for one in (node, *node.get("anyOf", ()), *node.get("oneOf", ())):
        one = _resolved(one, top)
        if "properties" in one:
            yield suffix, one
        if isinstance(one.get("items"), dict):
            yield from _objects(one["items"], top, f"{suffix}[]")
        if isinstance(one.get("additionalProperties"), dict):
            yield from _objects(one["additionalProperties"], top, f"{suffix}.NAME")


def _resolved(node: Any, top: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(node, dict):
        return {}
    found: Any
    while "$ref" in node:
        found = top
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = {**found, **{key: value for key, value in node.items() if key != "$ref"}}
    return dict(node)


def _kind(node: Any, top: Mapping[str, Any]) -> str:
    node = _resolved(node, top)
    if "const" in node:
        return json.dumps(node["const"])
    if "enum" in node:
        return ", ".join("null" if one is None else str(one) for one in node["enum"])
    for several in ("anyOf", "oneOf"):
        if several in node:
            return " or ".join(dict.fromkeys(_kind(one, top) for one in node[several]))
    kinds = node.get("type", "object")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(
        f"list of {_kind(node['items'], top)}" if kind == "array" and "items" in node else kind
        for kind in kinds
    )
