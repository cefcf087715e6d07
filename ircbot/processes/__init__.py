"""The processes: data files that say how an organisation runs an incident.

Finds and reads them; what they mean is ircbot/incident. The hard part is that anybody may write
one, so that each mistake must be named with its place and fix, and no file may keep the bot busy:

    bounds         how much a file may hold
    tables         the file's tables → the classes of incident/process.py
    phrases        [words] and [[phrases]], with included files
    consistency    what does not fit together: an error
    soundness      what fits together but makes little sense: a warning
    examples       each phrase understands its examples, and not its counterexamples; rivals
    trial          a made-up incident played under the process
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from ircbot.errors import ProcessError
from ircbot.incident.language import Language
from ircbot.incident.process import Process
from ircbot.processes import bounds
from ircbot.processes.phrases import (
    LISTS,
    Included,
    language_of,
    read_language,
    read_phrases,
    read_words,
)
from ircbot.processes.tables import read_table
from ircbot.tables import TomlPlace, check_keys
from ircbot.toml import TomlFile, read_toml
from ircbot.values import dataclass

SHIPPED = ("mozmeao", "grafana", "openverse", "2i2c", "princeton")

_HERE = Path(__file__).parent


def load_process(name: str, *, beside: Path | None = None) -> Process:
    """The process of that name, or in that file. Raises ProcessError.

    A relative file is looked for in `beside`, or in the current folder.
    """
    return read_process(find_process(name, beside=beside))


def find_process(name: str, *, beside: Path | None = None) -> Path:
    """The file of a process. Raises ProcessError."""
    if name in SHIPPED:
        return _HERE / f"{name}.toml"
    path = (beside or Path()) / name
    if path.is_file():
        return path
    if path.suffix == ".toml" or len(Path(name).parts) > 1:
        raise ProcessError(f"there is no process file {path}.")
    near = get_close_matches(name.lower(), SHIPPED, n=1)
    meant = f"did you mean `{near[0]}`? There" if near else "there"
    raise ProcessError(
        f"there is no process `{name}`; {meant} are {', '.join(SHIPPED)}, or name a file (my.toml)."
    )


@dataclass(frozen=True, slots=True)
class LoadedProcess:
    """A process as read: its file, and the place of each phrase."""

    file: TomlFile
    process: Process
    places: tuple[TomlPlace, ...]


def read_process(path: Path) -> Process:
    """The process in a file. Raises ProcessError.

    The shipped ones are not checked again each time: tests and `ircbot process check` do that.
    """
    return _shipped(path) if path.parent == _HERE else reading_of(path).process


@lru_cache(maxsize=len(SHIPPED))
def _shipped(path: Path) -> Process:
    return _read(path).process


def reading_of(path: Path, *, whole: bool = True) -> LoadedProcess:
    """The process in a file, and the places of its parts. Raises ProcessError.

    Unless `whole`, its parts need not fit together.
    """
    from ircbot.processes import consistency  # slow to import, and most processes are shipped

    reading = _read(path)
    if whole:
        for mistake in consistency.mistakes(TomlPlace(reading.file), reading.process):
            raise mistake
    for mistake in consistency.phrase_mistakes(reading.process, reading.places):
        raise mistake
    return reading


def _read(path: Path) -> LoadedProcess:
    file = read_toml(path, ProcessError)
    bounds.check(file)
    values = dict(file.values)
    included = [_included(file, index, name) for index, name in _includes(file, values)]
    words: dict[str, tuple[str, ...]] = {}
    own = values.pop("words", {})
    for given in (*(other.words for other in included), read_words(file, own)):
        # A list adds to those of the same name in included files.
        for name, said in given.items():
            words[name] = tuple(dict.fromkeys((*words.get(name, ()), *said)))
    phrases = read_phrases(file, values.pop("phrases", []), words)
    for other in included:
        phrases += read_phrases(other.file, other.phrases, words)
    process = read_table(
        TomlPlace(file),
        Process,
        values,
        given={
            "name": path.stem,
            "phrases": tuple(found.phrase for found in phrases),
            "media": words.get("media", ()),
            "language": _language(included, read_language(file, own)),
        },
    )
    return LoadedProcess(file, process, tuple(found.place for found in phrases))


def _includes(file: TomlFile, values: dict[str, Any]) -> Iterator[tuple[int, str]]:
    names = values.pop("include", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise file.wrong(["include"], '`include` must be a list of names, such as ["english"].')
    yield from enumerate(names)


def _included(file: TomlFile, index: int, name: str) -> Included:
    """The phrases of another file: a shipped one by name, else a file in the same folder."""
    shipped = _HERE / f"{name}.toml"
    path = shipped if Path(name).name == name and shipped.is_file() else file.path.parent / name
    if not path.is_file():
        raise file.wrong(["include", index], f"`include` names {name}, but there is no {path}.")
    other = read_toml(path, ProcessError)
    bounds.check(other)
    if name not in SHIPPED:
        check_keys(TomlPlace(other), other.values, ["words", "phrases"])
    said = other.values.get("words", {})
    words, language = read_words(other, said), read_language(other, said)
    return Included(other, words, language, other.values.get("phrases", []))


def _language(included: list[Included], own: dict[str, Any]) -> Language:
    """The words of a file and those it includes; English words for lists that are missing."""
    lists = [*(other.language for other in included), own]
    lacking = LISTS.difference(*lists)
    return language_of([{name: _english()[name] for name in lacking}, *lists])


@lru_cache(maxsize=1)
def english_language() -> Language:
    """The shipped words."""
    return language_of([_english()])


@lru_cache(maxsize=1)
def _english() -> dict[str, Any]:
    file = read_toml(_HERE / "english.toml", ProcessError)
    return read_language(file, file.values["words"])


def shipped() -> Mapping[str, Path]:
    """The processes that come with ircbot, and their files."""
    return {name: _HERE / f"{name}.toml" for name in SHIPPED}


def skeleton(name: str) -> str:
    """A commented process file of that name, to begin with."""
    return (_HERE / "skeleton.toml").read_text(encoding="utf-8").replace("NAME", name)
