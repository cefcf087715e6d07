"""JSON like `json.dumps(…, ensure_ascii=False, indent=2)`, in a quarter of the time.

With `indent`, `json` does not use its C encoder. Here it is used for every flat value, such as a
row of the timeline, with the indentation as the item separator.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

_STEP = "  "
_HOLDS = (dict, list, tuple)


def indented(value: Any, level: int = 0) -> Iterator[str]:
    """The text of a value, in pieces. Keys are strings.

    >>> print("".join(indented({"a": [], "b": [1, {}]})))
    {
      "a": [],
      "b": [
        1,
        {}
      ]
    }
    """
    if not isinstance(value, _HOLDS) or not value:
        yield _encoder(level)(value)
        return
    values = value.values() if isinstance(value, dict) else value
    before = f"\n{_STEP * (level + 1)}"
    behind = f"\n{_STEP * level}"
    if not any(isinstance(one, _HOLDS) and one for one in values):
        text = _encoder(level)(value)
        yield f"{text[0]}{before}{text[1:-1]}{behind}{text[-1]}"
        return
    keys = [f"{_encoder(0)(key)}: " for key in value] if isinstance(value, dict) else ()
    mark, end = "{}" if isinstance(value, dict) else "[]"
    for place, one in enumerate(values):
        yield f"{mark}{before}{keys[place] if keys else ''}"
        yield from indented(one, level + 1)
        mark = ","
    yield f"{behind}{end}"


@cache
def _encoder(level: int) -> Callable[[Any], str]:
    """An encoder for flat values at that level, which puts each item on its own line."""
    between = f",\n{_STEP * (level + 1)}"
    return json.JSONEncoder(ensure_ascii=False, separators=(between, ": ")).encode
