"""Processes in other languages: the words are data, and no Python knows a language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
import story
from click.testing import CliRunner
from core import Talk, at, line, setting
from played import perform

from ircbot.cli.process import process as process_group
from ircbot.cli.root import root
from ircbot.errors import ProcessError
from ircbot.handler import BotHandler
from ircbot.incident.calls import split_call
from ircbot.incident.clauses import fold
from ircbot.incident.language import Language
from ircbot.incident.process import Process
from ircbot.incident.recognise import recognise
from ircbot.incident.relevance import relevance
from ircbot.incident.rules import hear
from ircbot.incident.rules.commands import COMMANDS
from ircbot.incident.sayings import Declare, Lead, Promise, Resolve, Saying, SetVideo
from ircbot.incident.situation import everywhere
from ircbot.incident.state import State
from ircbot.incident.texts import found, own_label, own_text
from ircbot.incident.times import day, future, leading, no_zones, past, read_day
from ircbot.incident.words import WORDS, places
from ircbot.logs.playback import MemoryJournal, Playback
from ircbot.processes import read_process
from ircbot.processes.examples import numbered
from ircbot.processes.untranslated import english, is_foreign, texts_left
from ircbot.report.content import Report, report_of, subject_of
from ircbot.report.render import FORMATS, render
from ircbot.report.translated import _each

LANGUAGES = Path(__file__).with_name("languages")
CORE = Path(__file__).parents[1] / "ircbot" / "incident"
NOW = datetime(2018, 1, 10, 12, tzinfo=UTC)  # a Wednesday


@cache
def process(language: str) -> Process:
    return read_process(LANGUAGES / f"{language}.toml")


@pytest.mark.parametrize("language", ["french", "german", "russian"])
def test_the_examples_of_a_file_in_another_language_are_understood(language: str) -> None:
    assert [sentence for _, sentence in numbered(process(language))] == []


SAID: dict[tuple[str, str], tuple[Saying, ...]] = {
    ("german", "ICH MELDE EINE STÖRUNG"): (Declare(),),
    ("german", "sto\u0308rung behoben"): (Resolve(),),  # each umlaut as two characters
    ("german", "ist die Störung behoben?"): (),
    ("german", "die Störung ist nicht behoben"): (),
    ("german", "nächster Stand in 30 Minuten"): (Promise(30),),
    ("german", "nächster Stand in einer halben Stunde"): (Promise(30),),
    ("german", "nächster Stand spätestens in 1 Stunde"): (),
    ("german", "nächster Lagebericht um 15:30 Uhr"): (Promise(0, "15:30 Uhr"),),
    ("french", "L\u2019INCIDENT EST RÉSOLU"): (Resolve(),),
    ("french", "prochain point à 15h30"): (Promise(0, "à 15h30"),),
    ("french", "prochain point dans 2h"): (Promise(120),),
    ("russian", "Я ТЕПЕРЬ РУКОВОДИТЕЛЬ"): (Lead(),),
    ("russian", "новости через 20 минут"): (Promise(20),),
}


@pytest.mark.parametrize(("language", "line"), SAID)
def test_sentences_are_heard_in_their_language(language: str, line: str) -> None:
    assert recognise(line, process(language), holds=everywhere) == SAID[language, line]


AT = {
    ("german", "um 15:30 Uhr"): (10, 15, 30),
    ("german", "15 Uhr 30"): (10, 15, 30),
    ("german", "MORGEN um 8 UHR"): (11, 8, 0),
    ("german", "übermorgen 10:00"): (12, 10, 0),
    ("german", "am Freitag um 9.15 Uhr"): (12, 9, 15),
    ("german", "15. Januar 9:00"): (15, 9, 0),
    ("german", "nächsten Montag um 9:00"): (15, 9, 0),
    ("german", "in drei Tagen"): (13, 12, 0),
    ("german", "30Min."): (10, 12, 30),
    ("french", "à 15h30"): (10, 15, 30),
    ("french", "demain à 9h"): (11, 9, 0),
    ("french", "vendredi à midi"): (12, 12, 0),
    ("french", "dans une demi-heure"): (10, 12, 30),
    ("russian", "завтра в 10:00"): (11, 10, 0),
    ("russian", "через 20мин"): (10, 12, 20),
}


@pytest.mark.parametrize(("language", "typed"), AT)
def test_times_are_typed_in_words_of_the_language(language: str, typed: str) -> None:
    words = process(language).language
    assert future(typed, NOW, UTC, no_zones, words) == datetime(
        2018, 1, *AT[language, typed], tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("language", "typed", "at"),
    [
        ("german", "vor zehn Minuten", (10, 11, 50)),
        ("german", "gestern um 23:10 Uhr", (9, 23, 10)),
        ("french", "il y a 10 minutes", (10, 11, 50)),
        ("russian", "10 минут назад", (10, 11, 50)),
    ],
)
def test_times_ago_are_typed_in_words_of_the_language(
    language: str, typed: str, at: tuple[int, int, int]
) -> None:
    words = process(language).language
    assert past(typed, NOW, UTC, no_zones, words) == datetime(2018, 1, *at, tzinfo=UTC)
    assert leading(f"{typed} bla bla", language=words) == (typed, "bla bla")


def test_a_language_without_words_for_times_has_the_notation() -> None:
    only_placed = Language(times={"in": ("dans ...",)})
    assert future("dans 2h", NOW, UTC, no_zones, only_placed) == NOW.replace(hour=14)
    assert future("2h", NOW, UTC, no_zones, only_placed) == NOW.replace(hour=14)
    assert read_day("friday", process("german").language) == read_day(
        "Freitag", process("german").language
    )
    assert day("bis morgen", NOW, UTC) != date(2018, 1, 11)


def test_letters_of_any_script_are_folded_one_for_one() -> None:
    assert fold("STÖRUNG İst Ё… „ß“") == 'störung ist ё. "ß"'


def test_a_sharp_s_may_be_two_letters() -> None:
    assert recognise("dreissig", process("german")) == ()
    words = process("german").language
    assert future("in dreissig Minuten", NOW, UTC, no_zones, words) == NOW.replace(minute=30)


# --- what a file may not hold ---------------------------------------------------------------------

ROLE = '[roles.lead]\ntitle = "lead"\n'


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ('[words.times]\nminutes = ["Minuten"]', "did you mean `minute`?"),
        ('[words.times]\nfortnight = ["vierzehn Tage"]', "is not part of a time"),
        ("[words.times]\nminute = []", "`words.times.minute` is empty"),
        ("[words]\nhedges = []", "`words.hedges` is empty"),
        ('[words]\nhedges = "vielleicht"', "must be a list"),
        ('[words]\nhedges = ["vielleicht", "(wohl"]', "`(` is not closed"),
        ('[words]\nhedges = ["[wohl] <nick>"]', "cannot stand here"),
        (f"[words]\nhedges = [\"{' '.join(['(a|b)'] * 12)}\"]", "more than 3000 words"),
    ],
)  # fmt: skip
def test_words_that_are_wrong_are_told_with_their_line(
    tmp_path: Path, words: str, wrong: str
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f"{ROLE}{words}\n")
    with pytest.raises(ProcessError) as told:
        read_process(path)
    assert wrong in str(told.value)
    assert "line " in str(told.value)


def test_words_are_taken_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f'include = ["english"]\n{ROLE}[words]\nretractions = ["c++", "a.c"]\n')
    own = read_process(path)
    assert recognise("I am declaring an incident, a.c", own) == ()
    assert recognise("I am declaring an incident, abc", own)
    assert recognise("I am declaring an incident c++", own) == ()
    # The words of the file stand beside the included ones.
    assert recognise("I am declaring an incident, just kidding", own) == ()


def test_what_a_file_has_no_words_for_is_english(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f'{ROLE}[words]\nhedges = ["vielleicht"]\n')
    own = read_process(path).language
    assert own.hedges == ("vielleicht",)
    assert "who" in own.questions


def test_a_language_may_have_no_name_for_the_usual_room(tmp_path: Path) -> None:
    phrase = '[[phrases]]\nmeans = "meet"\nsay = ["I am <call>", "I am (<call>|<where>)"]\n'
    path = tmp_path / "own.toml"
    path.write_text(f"{ROLE}[words]\ncalls = []\n{phrase}")
    own = read_process(path)
    assert own.language.calls == ()
    assert recognise("I am my video room", own, holds=everywhere) == (SetVideo("my video room"),)
    assert recognise("I am the usual call", own, holds=everywhere) == ()


# --- a whole incident ------------------------------------------------------------------------------


def test_an_incident_is_led_in_german() -> None:
    talk = Talk(setting(process("german"), channels=("#leitstand",)))
    talk.tell(
        """
        --- #leitstand
        12:00 <anna> ich melde eine Störung: das Kundenportal ist nicht erreichbar
        12:01 <anna> ich bin die Einsatzleiterin
        12:02 <Jörg> ZL: der Datenbankserver antwortet nicht mehr
        12:03 <Jörg> TL vor 10 Minuten: erste Meldung von Kunden
        12:04 <Jörg> TL 1 gestern 23:10 Uhr: Wartung am Server
        12:05 <Jörg> TL gestern: Wartung
        12:06 <anna> nächster Stand um 14 Uhr
        12:10 <anna> zoë: kannst du übernehmen?
        12:11 <zoë> mach ich
        12:12 <passant> ist die Störung behoben?
        12:13 <zoë> die Störung ist noch nicht behoben
        12:14 <zoë> !inc action Platte tauschen @bob bis Freitag @eve dringend
        12:15 <zoë> !inc action 1 bis zum 20. Januar
        12:15 <zoë> !inc status
        12:20 <zoë> das Kundenportal läuft wieder
        12:21 <zoë> ja
        """
    )
    assert not [line for line in talk.written if ENGLISH.search(line)]
    [incident] = talk.state.incidents.values()
    assert incident.status == "resolved"
    assert [note.text for note in incident.notes][:3] == [
        "der Datenbankserver antwortet nicht mehr",
        "erste Meldung von Kunden",
        "Wartung am Server",
    ]
    assert incident.notes[1].at == NOW.replace(hour=11, minute=53)
    assert [term.holder.nick for term in incident.terms] == ["anna", "zoë"]
    assert (incident.actions[0].text, incident.actions[0].due) == (
        "Platte tauschen dringend",
        "2018-01-20",
    )
    assert incident.actions[0].owners == ("bob", "eve")
    said = talk.tell("12:21 <zoë> !inc status")
    assert not any(ENGLISH.search(line) for line in said), said
    said = talk.tell("12:22 <zoë> !inc tl gestern 23:10: Wartung begonnen")
    assert said[-1].endswith("aufgezeichnet für gestern 23:10 UTC")
    for form in FORMATS:
        report = render(incident, talk.setting.process, form)
        assert "das Kundenportal" in report
        if form != "json":
            assert "Zusammenfassung" in report
            assert not re.search(r"Summary|Facts|Timeline|not known|To be written", report)


def test_texts_stand_within_texts_and_beside_the_blanks_around_them() -> None:
    own = replace(
        process("french"),
        texts={
            "{} minutes": "{} min",
            "over {}": "plus de {}",
            "a {NAME}": "un {NAME}",
            "no": "non",
        },
    )
    assert own_text(own, " over 30 minutes ") == " plus de 30 min "
    assert own_text(own, "over a {NAME}") == "plus de un {NAME}"
    assert own_text(own, "") == ""
    assert own_text(own, "else") == "else"
    assert own_label(own, "no") == "non"
    assert own_text(process("french"), "no") == "no"


def test_texts_with_other_places_are_told(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f'{ROLE}[texts]\n"{{}} minutes" = "Minuten"\n')
    with pytest.raises(ProcessError, match="must have the same number"):
        read_process(path)


def checked(path: Path) -> str:
    """What `process check` says of a file."""
    told = CliRunner().invoke(process_group, ["check", str(path)])
    assert told.exit_code == 0, told.output
    return told.output


def test_what_is_left_in_english_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    whole = (LANGUAGES / "german.toml").read_text()
    path.write_text(re.sub(r"(?m)^(status-none|Summary|within|NICK) = .*\n", "", whole))
    told = checked(path)
    assert "[words] leaves in English: within." in told
    assert "[replies] leaves in English: status-none." in told
    assert told.endswith('[texts] leaves in English:\n"NICK" = \n"Summary" = \n')
    assert "leaves in English" not in checked(LANGUAGES / "german.toml")


def test_a_short_file_in_another_language_is_told_how_much_it_lacks() -> None:
    told = checked(LANGUAGES / "french.toml")
    assert "[replies] leaves in English: declared, " in told
    assert '"incident report" = \n' in told


def test_an_english_file_is_not_asked_for_words(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        f'include = ["english"]\n{ROLE}[words]\nhedges = ["i dare say"]\n'
        '[texts]\nProps = "Kudos"\n[report]\nwords = "log"\n[meeting]\nwords = "muster"\n'
    )
    own = read_process(path)
    assert not is_foreign(own)
    assert texts_left(own)[-1] == "1 update"
    assert not {"incident report", "review meeting", "Props"} & set(texts_left(own))


# --- nothing is said that a file cannot put otherwise ---------------------------------------------

_LETTER = re.compile(r"\{[^}]*\}|[A-Za-z]")


def veiled(text: str) -> str:
    """A text of ours in no language; its places stay."""
    return _LETTER.sub(lambda found: found[0] if found[0][0] == "{" else "·", text)


@cache
def in_no_language(process: Process) -> Process:
    """A process that has its own words for all that can be put otherwise."""
    replies = {key: veiled(text) for key, text in WORDS.items()}
    return replace(process, replies=replies, texts={text: veiled(text) for text in english()})


def _strings(value: object) -> Iterator[str]:
    """The texts of a process file, but for its phrases and its words for ours."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _strings((*value.keys(), *value.values()))
    elif isinstance(value, tuple | list | frozenset):
        for one in value:
            yield from _strings(one)
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in ("phrases", "replies", "texts", "language"):
                yield from _strings(getattr(value, field.name))


_WORD = re.compile(r"[^\W\d_]{2,}")
# Of whoever speaks through a relay, and in what commands, links and files are called.
_NAMES = {"via", "incident", "mana", "xml", "ics", "adopt", "UTC", "CET", "eve"}


def test_whatever_the_bot_says_in_any_story_can_be_said_in_other_words() -> None:
    commands = {word for command in COMMANDS for word in re.findall("[a-z]{2,}", command.usage)}
    for path in story.stories():
        told = story.read(path)
        surroundings = told.setting
        own = set(_strings(surroundings))
        surroundings = replace(
            surroundings,
            process=in_no_language(surroundings.process),
            processes={
                name: in_no_language(other) for name, other in surroundings.processes.items()
            },
        )
        engine = BotHandler(surroundings, MemoryJournal(), State())
        people = "\n".join(item.raw for item in told.items if not item.bot)
        people += "\n".join(re.findall("(?m)^%.*", path.read_text()))
        named = set(_WORD.findall("\n".join((people, *own))))
        known = commands | _NAMES | named | {name.capitalize() for name in named}
        for one in perform(told.items, Playback(engine), story.script_in(told)):
            if match := re.match(rf".*?[-<*]{surroundings.nick}\S*[->*] (.*)", one):
                left = set(_WORD.findall(match[1])) - known
                assert not left, (path.name, one)
        for incident in engine.state.incidents.values():
            process = engine.process_of(incident)
            said = own | {text[:1].upper() + text[1:] for text in own}
            for text in untranslated(report_of(subject_of(incident, process)), process):
                parts = {text.rstrip(":"), text.strip("()")}
                is_told = said & parts or set(text.split(": ", 1)) <= said
                assert is_told, f"{path.name}: {text!r} is missing in ircbot/processes/texts.toml"


def untranslated(report: Report, process: Process) -> list[str]:
    """Our texts in a report that the process has no words for."""
    lacking: list[str] = []

    def look(text: str) -> str:
        bare = text.strip()
        ours = any(map(str.isalpha, bare)) and bare not in (report.name, report.clock.name)
        if ours and found(process, bare) is None:
            lacking.append(bare)
        return text

    _each((report.sections, report.notices, report.before, report.untitled), look)
    return lacking


def test_no_format_has_a_word_of_ours_that_cannot_be_put_otherwise() -> None:
    told = story.read(story.STORIES / "auf-deutsch.irc")
    engine = BotHandler(told.setting, MemoryJournal(), State())
    for _ in perform(told.items, Playback(engine), story.script_in(told)):
        pass
    [incident] = engine.state.incidents.values()
    names = " ".join((*(item.raw for item in told.items), *_own_words(process("german"))))
    known = {word.lower() for word in _WORD.findall(names)} | {"utc", "tl"}
    for form in sorted(FORMATS.keys() - {"json"}):
        page = render(incident, engine.process_of(incident), form)
        words = {word.lower() for word in _WORD.findall(_MARKUP.sub(" ", page))}
        missing = sorted(words - known)
        assert not missing, f"{form}: german.toml has no words for {missing}"


def _own_words(own: Process) -> list[str]:
    """What a process says in its own words."""
    return [*_strings(own), *own.texts.values(), *own.replies.values()]


_MARKUP = re.compile(
    r"(?s)<style.*?</style>|<ac:parameter.*?</ac:parameter>|<[^<>]*>|\{anchor|class=.wikitable"
    r"|scope=.(?:col|row)"
)


ENGLISH = re.compile(
    r"\b(?:the|is|are|has|have|not|to|of|and|or|it|you|this|that|there|with|from|nobody|since)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("key", WORDS)
def test_every_reply_has_german_words(key: str) -> None:
    own = process("german").replies[key]
    assert places(own) <= places(WORDS[key])
    assert not ENGLISH.search(re.sub(r"\{\w*\}", "", own)), own


def test_the_core_has_no_list_of_english_words_that_a_file_gives() -> None:
    """Four words of a list in one line of code are a copy of it."""
    language = process("french").language
    lists = [getattr(language, field.name) for field in fields(Language) if field.name != "times"]
    heard = ("clauses", "doubts", "grammar", "pattern", "recognise", "relevance", "summary")
    code = {name: (CORE / f"{name}.py").read_text() for name in heard}
    for words in lists:
        known = {word for word in words if len(word) > 3 and word.isalpha()}
        for name, text in code.items():
            for written in text.splitlines():
                found = known.intersection(re.findall(r"[a-z]+", written))
                assert len(found) < 4 or not re.search(r"\|.*\|.*\|", written), (name, written)


def test_a_log_is_rehearsed_in_german(tmp_path: Path) -> None:
    log = tmp_path / "#leitstand.log"
    log.write_text(
        "2018-01-10T12:00:00  <anna> ich melde eine Störung: das Portal steht still\n"
        "2018-01-10T12:01:00  <anna> ich bin die Einsatzleiterin\n"
        "2018-01-10T12:05:00  <anna> die Störung ist behoben\n"
    )
    file = str(LANGUAGES / "german.toml")
    told = CliRunner().invoke(root, ["rehearse", str(log), "--process", file])
    assert "anna ist jetzt EL." in told.output
    assert "Störung 1 ist nach 5 Minuten behoben." in told.output


@pytest.mark.parametrize(
    ("said", "nicks", "reason"),
    [
        ("bob der Server brennt", ("bob",), "der Server brennt"),
        ("bob und eva: Platte voll", ("bob", "eva"), "Platte voll"),
        ("bob wegen der Platte", ("bob",), "wegen der Platte"),
        ("bob Portal ist langsam", ("bob",), "Portal ist langsam"),
    ],
)
def test_who_is_called_is_told_from_why_in_german(
    said: str, nicks: tuple[str, ...], reason: str
) -> None:
    assert split_call(said, process("german").language) == (nicks, reason)


# --- misspelt declarations --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "nearly", "else_said"),
    [
        ("german", "ich melde eine Störrung: das Portal steht still", "ich melde eine Stellung"),
        ("german", "Störung gemedlet", "Störungen gemeldet hat niemand"),
        ("german", "ICH MELDE EINE STO\u0308RUGN", "ich melde keine Störugn"),
        ("french", "je délcare un incident", "je raconte un incident"),
        ("russian", "объявлюя аварию", "объявления"),
    ],
)
def test_misspelt_declarations_are_met_in_their_language(
    language: str, nearly: str, else_said: str
) -> None:
    talk = Talk(setting(process(language), channels=("#info",)))
    now = relevance(talk.state, talk.setting, at("12:00"))
    for text in (else_said, nearly):
        heard = line("12:00", "anna", text, "#info")
        outcome = hear(talk.state, heard, talk.setting, talk.engine.memory)
        assert not outcome.entries
        assert bool(outcome.replies) is (text == nearly), outcome.replies
        assert not (outcome.replies and now.is_small_talk(heard))


@pytest.mark.parametrize("typed", ["übergeben", "Übergeben", "handing over", "handing-over"])
def test_a_situation_is_asked_for_in_the_language_of_the_process(typed):
    talk = Talk(setting(read_process(LANGUAGES / "german.toml")))
    told = [reply.text for reply in talk.engine.hear([line("12:00", "anna", f"!inc help {typed}")])]
    assert told[0].startswith("anna: zum Übergeben: !inc handoff NICK.")
    assert told[1].startswith(
        "anna: mehr: !inc help anfangen, während, übergeben, beenden, danach; "
    )
