"""JSON exports, converted to the lines of a log.

An export is one document, or one object per line. Its format says what each object means (an
`ExportedLine`); here that becomes a line like any other: a stamp, then a JSON list instead of angle
brackets and arrows. Readers of logs need to know nothing of exports. Knows no particular program.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import astuple, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from ircbot.errors import Failed
from ircbot.incident.line import LineKind
from ircbot.incident.times import iso
from ircbot.logs.rows import Export, ExportedLine, Format, Heading, LogRow, NumberedObject, Speech

_PIECE = 1000  # lines
_MESSAGE = f'["{LineKind.MESSAGE}",'
_EVENTS = tuple(
    f'["{kind}",' for kind in LineKind if kind not in (LineKind.MESSAGE, LineKind.ACTION)
)
_HEADING = "--- "
# A text log may begin with "[12:00]".
_JSON = re.compile(r"\s*[\[{]\s*(?:[\[{\"\]}]|$)")


def export_format(name: str, export: Export, *, rank: int = 1) -> Format:
    """The format of a program's export."""
    return Format(name, _EVENTS, _speech, _rows, _heading, rank, _MESSAGE, export=export)


def is_json(first: str) -> bool:
    """Whether a file with this first line is JSON rather than a text log.

    >>> is_json('[{"ts": "1"}]'), is_json("{"), is_json("[12:00] <ann> hello")
    (True, True, False)
    """
    return bool(_JSON.match(first))


def objects(pieces: Iterator[list[str]], path: Path) -> Iterator[NumberedObject]:
    """The objects of a file: of its list, or of its lines; or else the document itself.

    Raises Failed if the file is not JSON at all. A malformed line among others is yielded as text.
    """
    lines = enumerate(chain.from_iterable(pieces), 1)
    for number, line in lines:
        if not line.strip():
            continue
        try:
            first = json.loads(line)
        except ValueError:
            yield from _document("\n".join([line, *(more for _, more in lines)]), path)
        except RecursionError:
            raise _broken(path, "it is nested too deeply") from None
        else:
            yield from enumerate(first, 1) if isinstance(first, list) else [(number, first)]
            yield from _each(lines)
        return


def _each(lines: Iterable[tuple[int, str]]) -> Iterator[NumberedObject]:
    for number, line in lines:
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, line


def _document(text: str, path: Path) -> Iterator[NumberedObject]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise _broken(path, f"line {error.lineno}: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise _broken(path, str(error)) from None
    yield from enumerate(document if isinstance(document, list) else [document], 1)


def _broken(path: Path, why: str) -> Failed:
    return Failed(f"{path} is not a complete JSON file: {why}.")


def transcribed(
    found: Iterator[NumberedObject], path: Path, export: Export, channel: str = ""
) -> Iterator[list[str]]:
    """An export as lines of a log, in batches; of one channel, if one is given."""
    current = ""
    piece: list[str] = []
    for told in export.told(found, path):
        if isinstance(told, ExportedLine):
            row = replace(told.row, channel=channel or told.row.channel)
            if row.channel and row.channel != current:
                current = row.channel
                piece.append(f"{_HEADING}{current}")
            piece += _lines(told.at, row)
        else:
            piece.append(json.dumps(told, ensure_ascii=False))
        if len(piece) >= _PIECE:
            yield piece
            piece = []
    yield piece


def _lines(at: datetime, row: LogRow) -> Iterator[str]:
    row = replace(row, nick="_".join(row.nick.split()))
    texts = [text for text in row.text.split("\n") if text.strip()] or [""]
    stamp = iso(at)
    for text in texts:
        yield f"{stamp} {json.dumps(astuple(replace(row, text=text)), ensure_ascii=False)}"


def numbered(raw: str) -> NumberedObject:
    """The object that was not understood, from a line made for it."""
    number, found = json.loads(raw)
    return number, found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _speech(raw: str, start: int) -> Speech | None:
    if not raw.startswith(_MESSAGE, start):
        return None
    _, nick, text, *_ = json.loads(raw[start:])
    return nick, text


def _rows(body: str) -> tuple[LogRow, ...] | None:
    if not body.startswith('["'):
        return None
    kind, *fields = json.loads(body)
    return (LogRow(LineKind(kind), *fields),)


def _heading(raw: str) -> Heading | None:
    return Heading(None, raw[len(_HEADING) :]) if raw.startswith(_HEADING) else None


def at_seconds(since_1970: object) -> datetime | None:
    """The time for a number of seconds since 1970, or its text; None if it is malformed."""
    try:
        return datetime.fromtimestamp(float(str(since_1970)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def at_milliseconds(since_1970: object) -> datetime | None:
    """The time for a number of milliseconds since 1970; None if it is malformed."""
    return at_seconds(since_1970 / 1000) if isinstance(since_1970, int | float) else None


def by_time(
    told: Iterable[ExportedLine | NumberedObject],
) -> Iterator[ExportedLine | NumberedObject]:
    """Sort an export by time; what was not understood comes first."""
    found = list(told)
    yield from (one for one in found if not isinstance(one, ExportedLine))
    yield from sorted(
        (one for one in found if isinstance(one, ExportedLine)), key=lambda one: one.at
    )
