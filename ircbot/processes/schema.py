"""The JSON Schema of process files, for editors: made from the classes that the files become.

Says what is allowed where; whether it fits together is consistency.py, which sees the whole file.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from ircbot.incident.language import Language
from ircbot.incident.meanings import SPOKEN
from ircbot.incident.process import Process, Prompt, Status, Step
from ircbot.incident.review import MEASURES
from ircbot.incident.stages import MOMENTS
from ircbot.incident.times import NOTATION, NUMBERED, Deadline
from ircbot.incident.times.calendar import DEADLINE
from ircbot.processes.tables import has_key

_SPAN = r"^\d+(\.\d+)?\s*(s|m|h|d|w|[a-z]+)(\s*\d+\s*[a-z]*)*$|^never$"
_TEXTS = {"type": "array", "items": {"type": "string"}}
_LIST = {"anyOf": [{"type": "string"}, _TEXTS]}
_PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number"}
# What the classes do not say of a field.
_MORE: dict[tuple[type, str], dict[str, Any]] = {
    (Step, "measure"): {"enum": list(MEASURES)},
    (Status, "when"): {"enum": ["", *MOMENTS]},
    (Prompt, "when"): {"examples": ["said", *MOMENTS]},
}
_PHRASE = {
    "type": "object",
    "description": "Ways to say one thing, in the phrase language of docs/processes.md.",
    "properties": {
        "means": {"enum": list(SPOKEN), "description": "what the line then means"},
        "say": {**_TEXTS, "minItems": 1, "description": "ways to say it"},
        "examples": {**_TEXTS, "description": "lines that it must understand"},
        "unlike": {**_TEXTS, "description": "lines close by that must not mean this"},
        "role": {"type": "string", "description": 'the role, where `means` is "role"'},
        "severity": {"type": "string", "description": "the severity that the phrase itself names"},
        "message": {"type": "string", "description": "the message or audience that was told"},
    },
    "required": ["means", "say"],
    "additionalProperties": False,
}


def schema() -> dict[str, Any]:
    """The schema of a process file."""
    tables: dict[str, Any] = {}
    whole = _table(Process, tables, {"name", "phrases", "media", "language"})
    whole["properties"] = {
        "include": {**_TEXTS, "description": 'files whose phrases apply here too: "english"'},
        **whole["properties"],
        "words": _words(),
        "phrases": {"type": "array", "items": {"$ref": "#/$defs/Phrase"}},
    }
    whole["required"] = ["roles"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A process of ircbot",
        **whole,
        "$defs": {"Phrase": _PHRASE, **dict(sorted(tables.items()))},
    }


def _words() -> dict[str, Any]:
    """The lists that belong to the language, and those that phrases share."""
    said = _remarks(Language)
    known: dict[str, Any] = {name: {**_TEXTS, "description": said[name]} for name in said}
    known["times"] = {
        "type": "object",
        "properties": dict.fromkeys(sorted(NOTATION), _TEXTS),
        "patternProperties": {f"^{NUMBERED.pattern}$": _TEXTS},
        "additionalProperties": False,
        "description": said["times"],
    }
    return {
        "type": "object",
        "properties": known,
        "additionalProperties": _TEXTS,
        "description": "lists that phrases share, {name} in a phrase stands for any of them; and"
        " the words of a language",
    }


def _table(shape: type, tables: dict[str, Any], given: set[str]) -> dict[str, Any]:
    """The schema of a class's table; classes that it refers to are added to `tables`."""
    assert is_dataclass(shape)
    hints, said = get_type_hints(shape), _remarks(shape)
    properties, required = {}, []
    for field in fields(shape):
        if field.name in given:
            continue
        value = _value(hints[field.name], tables) | _MORE.get((shape, field.name), {})
        if field.name in said:
            value["description"] = said[field.name]
        properties[field.name] = value | _default(field)
        if field.default is MISSING and field.default_factory is MISSING:
            required.append(field.name)
    text = inspect.getdoc(shape) or ""
    return {
        "type": "object",
        "description": " ".join(text.split("\n\n")[0].split()),
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _value(hint: Any, tables: dict[str, Any]) -> dict[str, Any]:
    if isinstance(hint, UnionType):
        hint = next(one for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        if item is str:
            return dict(_LIST)
        if has_key(item):
            return _named(item, tables)
        return {"type": "array", "items": _value(item, tables)}
    if get_origin(hint) is not None:
        return _named(get_args(hint)[1], tables)
    if hint is timedelta:
        return {"anyOf": [{"type": "string", "pattern": _SPAN}, {"const": 0}]}
    if hint is Deadline:
        return {"type": "string", "pattern": f"^({DEADLINE.pattern}|never)$"}
    if is_dataclass(hint):
        assert isinstance(hint, type)
        if hint.__name__ not in tables:
            tables[hint.__name__] = {}  # reserved, in case the class refers to itself
            tables[hint.__name__] = _table(hint, tables, {"key"})
        return {"$ref": f"#/$defs/{hint.__name__}"}
    return {"type": _PLAIN[hint]}


def _named(item: Any, tables: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": _value(item, tables)}


def _default(field: Field[Any]) -> dict[str, Any]:
    if type(field.default) in _PLAIN:
        return {"default": field.default}
    return {}


_REMARKED = re.compile(r"    (\w+): .*?  # (.*)")


def _remarks(shape: type) -> dict[str, str]:
    """The comments on a class's fields, on the same line or in the lines above."""
    found, above = {}, []
    for line in inspect.getsource(shape).splitlines():
        if line.startswith("    # "):
            above.append(line.removeprefix("    # "))
            continue
        if match := _REMARKED.fullmatch(line):
            found[match[1]] = match[2]
        elif above and (match := re.match(r"    (\w+): ", line)):
            found[match[1]] = " ".join(above)
        above = []
    return found
