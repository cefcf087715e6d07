"""Phrases that can never win, because another phrase always matches first.

Reads no file. Phrases that cannot be said at all are consistency.py's subject, examples are
examples.py's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from ircbot.errors import Misuse
from ircbot.incident.pattern import sentences
from ircbot.incident.process import Phrase, Process
from ircbot.incident.recognise import first_understood
from ircbot.incident.shapes import read_entry
from ircbot.tables import TomlPlace

_MOST = 300  # sentences of one pattern that are tried; of more it is not known whether all lose
_SAID = {
    **dict.fromkeys(("nick", "they"), "bob"),
    **dict.fromkeys(("summary", "text", "what", "thing"), "the example service"),
    "people": "bob the example service is down",
    "channel": "#example",
    "duration": "20 min",
    "time": "15:30",
    "url": "https://example.org/x",
    "where": "https://example.org/x",
    "label": "log",
    "report": "report",
    "media": "video",
}


def beaten(process: Process, places: Sequence[TomlPlace], file: TomlPlace) -> Iterator[Misuse]:
    """The patterns of this file that never count, because another always matches first."""
    slots = _slots(process)
    placed = zip(process.phrases, places, strict=True)
    own = [(phrase, place) for phrase, place in placed if place.file is file.file]
    for phrase, place in own:
        # These words have several meanings on purpose; the state decides: "yes", "I accept".
        rivals = [one for one, _ in own if one.meaning == phrase.meaning and one is not phrase]
        for index, source in enumerate(phrase.patterns):
            if (why := _beaten(process, phrase, source, slots, rivals)) is not None:
                yield place.within("say", index).wrong(why)


def _slots(process: Process) -> dict[str, str]:
    """Words for each slot, as the process's people use them."""
    others = [role.title for key, role in process.roles.items() if key != "lead"] or ["helper"]
    level = next(iter(process.severities), "1")
    return _SAID | {
        **dict.fromkeys(("lead", "anylead"), process.lead.title),
        **dict.fromkeys(("role", "anyrole"), others[0]),
        "severity": level if level.lower().startswith("sev") else f"sev {level}",
        "level": level,
        "call": next(iter(process.language.calls), "the usual call"),
    }


def _beaten(
    process: Process, phrase: Phrase, source: str, slots: dict[str, str], rivals: Sequence[Phrase]
) -> str | None:
    """Why one pattern of a phrase can never count; None if it can, or if that is unknown."""
    why = None
    for number, sentence in enumerate(islice(sentences(source, slots), _MOST + 1)):
        if number == _MOST:
            return None
        said = sentence.replace(" ,,", ",").replace(" :", ":")
        if read_entry(said, process.language) is not None:
            why = why or f'"{said}" is an entry of the timeline, whatever else it might mean.'
            continue
        by = first_understood(said, process)
        if phrase in by or not (first := [one for one in by if one in rivals]):
            return None
        why = why or (
            f'it can never count: "{said}" means {_meaning(first[0])} already, by'
            f' "{first[0].patterns[0]}". Say it in one of the two.'
        )
    return why


def _meaning(phrase: Phrase) -> str:
    return " ".join(filter(None, (phrase.meaning, phrase.role, phrase.severity, phrase.message)))
