"""What makes little sense in a process although it fits together.

A role that no sentence gives, a reminder that nothing ends, an announcement nobody asks for. Reads
no file; consistency.py is for errors, examples.py for what phrases understand.
"""

from __future__ import annotations

from collections.abc import Iterator

from ircbot.errors import Misuse
from ircbot.incident.process import Process, Prompt, Role
from ircbot.incident.recognise import recognise
from ircbot.incident.sayings import Declare, Lead, TakeRole
from ircbot.incident.stages import MOMENTS
from ircbot.tables import TomlPlace

# A prompt that nothing ends must not be said more often than this.
_UNANSWERED = 8
_LONG = 200  # an IRC line holds about twice as much, but nobody reads it at three in the morning


def doubts(file: TomlPlace, process: Process) -> Iterator[Misuse]:
    """Everything doubtful, in the order of the file's keys."""
    yield from _declarations(file, process)
    for role in process.roles.values():
        yield from _role(file, process, role)
    for prompt in process.prompts:
        yield from _prompt(file.within("prompts", prompt.key), prompt)
    yield from _announcements(file, process)
    yield from _duties(file, process)
    yield from _security(file, process)


def _role(file: TomlPlace, process: Process, role: Role) -> Iterator[Misuse]:
    """Whether somebody can take a role by saying so, with any of its names."""
    names = [name for name in (role.title, role.short, *role.words) if name]
    if not any(_is_taken(process, role, name) for name in names):
        yield file.within("roles", role.key).wrong(
            f'nobody can take this role by saying "I am the {role.title}"; include "english", or'
            f' give it a phrase of its own: means = "role", role = "{role.key}".'
        )


def _is_taken(process: Process, role: Role, name: str) -> bool:
    wanted = Lead() if role.key == "lead" else TakeRole(role.key)
    said = (f"I am the {name}", f"I am the {name} for this incident")
    own = [
        line.replace("<role>", name).replace("<lead>", name)
        for phrase in process.phrases
        if (phrase.meaning, phrase.role) in (("role", role.key), ("role", ""), ("lead", ""))
        for line in phrase.examples
    ]
    return any(wanted in recognise(line, process) for line in (*said, *own))


def _prompt(place: TomlPlace, prompt: Prompt) -> Iterator[Misuse]:
    endless = prompt.times > 1 and not prompt.until
    if endless and not MOMENTS.get(prompt.when, True):
        yield place.within("times").wrong(
            f"it is said {prompt.times} times and nothing can stop it; give it `until`, what it"
            " asks for."
        )
    elif endless and prompt.times > _UNANSWERED:
        yield place.within("times").wrong(
            f"it is said up to {prompt.times} times, whatever people do; give it `until`, or at"
            f" most {_UNANSWERED} times."
        )
    late = [name for name in prompt.until if name.startswith("role:")]
    if late and not MOMENTS.get(prompt.when, True):
        yield place.within("until").wrong(
            f"once the incident is over no sentence gives a role, only `role ROLE`; ask for"
            f" {late[0]} before its end."
        )
    if len(prompt.text) > _LONG:
        yield place.within("text").wrong(
            f"{len(prompt.text)} characters are much to read in an incident; say it in {_LONG}."
        )


def _declarations(file: TomlPlace, process: Process) -> Iterator[Misuse]:
    """Whether any way to declare says what is wrong."""
    own = [phrase for phrase in process.phrases if phrase.meaning == "declare"]
    said = (saying for p in own for line in p.examples for saying in recognise(line, process))
    if own and not any(isinstance(saying, Declare) and saying.summary for saying in said):
        yield file.within("phrases").wrong(
            "no example of a declaration says what is wrong, so that its summary stays empty; give"
            ' one a place for it, "all hands: <summary>".'
        )


def _announcements(file: TomlPlace, process: Process) -> Iterator[Misuse]:
    for key, severity in process.severities.items():
        asked = any(
            "link:announcement" in prompt.until
            and (not prompt.severities or key in prompt.severities)
            for prompt in process.prompts
        )
        if severity.announcement and not asked:
            yield file.within("severities", key, "announcement").wrong(
                "it needs an announcement, but no prompt asks for one; write one with"
                ' until = "link:announcement".'
            )


def _duties(file: TomlPlace, process: Process) -> Iterator[Misuse]:
    """Whether a duty that only some severities have is owed before anybody names a severity."""
    for key, duty in (("report", process.report), ("meeting", process.meeting)):
        if duty is not None and duty.severities and not process.assumed_severity:
            yield file.within(key, "severities").wrong(
                "while nobody has said the severity, none is owed; give `assumed_severity`,"
                " which applies until then."
            )


def _security(file: TomlPlace, process: Process) -> Iterator[Misuse]:
    key = "security_channel" if process.security_channel else "security_off_irc"
    if getattr(process, key) and not process.security_words:
        yield file.within(key).wrong(
            "nothing is ever taken for a security matter; list `security_words`."
        )
