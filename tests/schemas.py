"""The schemas of docs/json, as what is printed must be: with no further keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

DOCS = Path(__file__).parent.parent / "docs"


def strict(schema: Any) -> Any:
    """The schema, with no further keys."""
    match schema:
        case {"properties": dict()}:
            closed = {"additionalProperties": False, **schema}
            return {key: strict(value) for key, value in closed.items()}
        case dict():
            return {key: strict(value) for key, value in schema.items()}
        case list():
            return [strict(one) for one in schema]
        case _:
            return schema


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((DOCS / "json" / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    incident = json.loads((DOCS / "incident.schema.json").read_text("utf-8"))
    known = Registry().with_resource("../incident.schema.json", Resource.from_contents(incident))
    return Draft202012Validator(strict(schema), registry=known)
