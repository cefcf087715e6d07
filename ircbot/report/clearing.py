"""Remove words that were erased from the record from the reports that were made of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ircbot.errors import IrcbotError
from ircbot.incident.events import Entry, Forgotten
from ircbot.incident.marks import rewritten
from ircbot.incident.people import Person
from ircbot.incident.setting import PRIVATE
from ircbot.incident.state import Incident, replay
from ircbot.incident.view import one_line
from ircbot.report.folder import ReportFolder

log = logging.getLogger(__name__)


def clear(
    directory: Path, before: Incident, after: Incident, names: Mapping[str, str]
) -> Iterator[tuple[Path, str]]:
    """Remove from an incident's reports the words and names that it loses; yields the files that
    could not be cleared, with the reason. `names` maps each erased name to its replacement."""
    gone = _Texts.of(before) - _Texts.of(after)
    for folder in (directory, directory / PRIVATE):
        try:
            yield from ReportFolder(folder).erase(before.id, gone, names).left
        except (IrcbotError, OSError) as error:  # a folder that we may not read
            yield folder, str(error)


def clear_followed(directory: Path, before: Sequence[Entry], after: Sequence[Entry]) -> None:
    """The same on a machine that follows an erasure: the incident's entries as they are here, and
    as they already are elsewhere. Files that could not be cleared are logged."""
    for number, was in replay(before).incidents.items():
        now = replay(after).incidents[number]
        tokens = [e.event.token for e in after if isinstance(e.event, Forgotten)]
        names = dict.fromkeys(_names(was) - _names(now), tokens[-1]) if tokens else {}
        for path, why in clear(directory, was, now, names):
            log.error("%s still contains erased words: %s", path, why)


def _names(incident: Incident) -> set[str]:
    everybody = incident.everybody()
    return {name for one in everybody for name in (one.nick, one.account, one.name) if name}


class _Texts:
    """Collects the texts that people wrote in an incident."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    @classmethod
    def of(cls, incident: Incident) -> set[str]:
        """All texts of an incident, as a report shows them."""
        texts = cls()
        rewritten(incident, texts)
        return texts.found

    def words(self, text: str, by: Person | None, *, shared: bool) -> str:
        """Collect a text, unchanged."""
        if text:
            self.found.add(one_line(text))
        return text

    def nick(self, nick: str) -> str:
        """Names are kept as they are."""
        return nick

    def person(self, person: Person) -> Person:
        """People are kept as they are."""
        return person
