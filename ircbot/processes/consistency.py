"""What in a process file does not fit together: unknown names, texts with places that nothing
fills, phrases that cannot be compiled.

Knows the file's keys only to say where a mistake is; their purpose is in incident/process.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from ircbot.errors import Misuse
from ircbot.incident.grammar import faults
from ircbot.incident.process import Audience, Meeting, Message, Process, Prompt, Step
from ircbot.incident.prompts import PLACES, TIMED, UNTIL, role_place
from ircbot.incident.review import MEASURES
from ircbot.incident.stages import MOMENTS
from ircbot.incident.texts import misfits
from ircbot.incident.times import NEVER
from ircbot.incident.words import WORDS, places
from ircbot.tables import TomlPlace
from ircbot.values import dataclass

# The places allowed in texts that are about no incident.
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_GENERAL = frozenset(("prefix",))


def mistakes(file: TomlPlace, process: Process) -> Iterator[Misuse]:
    """Every mistake in how the parts of a process fit together, in the order of the file's keys."""
    yield from _ProcessCheck(file, process).mistakes()


def phrase_mistakes(process: Process, places: Sequence[TomlPlace]) -> Iterator[Misuse]:
    """Every mistake in the phrases of a process: what they name, and how they are written."""
    for phrase, place in zip(process.phrases, places, strict=True):
        if phrase.role and phrase.role not in process.roles:
            yield place.within("role").wrong(
                f"`role` names `{phrase.role}`, which the process {process.name} has not."
            )
        if phrase.message and phrase.message not in (*process.messages, *_audiences(process)):
            yield place.within("message").wrong(
                f"`message` names `{phrase.message}`, which is neither in [messages] nor in"
                f" [audiences] of the process {process.name}."
            )
        if phrase.severity and process.severities and phrase.severity not in process.severities:
            yield place.within("severity").wrong(
                f"`severity` names `{phrase.severity}`, which the process {process.name} has not."
            )
    for number, index, error in faults(process):
        pattern = process.phrases[number].patterns[index]
        yield places[number].within("say", index).wrong(f"the phrase `{pattern}`: {error}.")


def _named(kinds: Iterable[str]) -> list[str]:
    """The kinds of things that a prompt may name."""
    return [f"{kind}:…" if UNTIL[kind] else kind for kind in sorted(kinds)]


def _audiences(process: Process) -> tuple[str, ...]:
    return tuple(audience.key for audience in process.audiences)


@dataclass(frozen=True, slots=True)
class _ProcessCheck:
    """Checks a process; `file` is where it was read from."""

    file: TomlPlace
    process: Process

    def mistakes(self) -> Iterator[Misuse]:
        if "lead" not in self.process.roles:
            yield self.at("roles").wrong(
                "`roles` has no `lead`; write [roles.lead] for the role that leads."
            )
            return
        yield from self._roles()
        yield from self._severities()
        yield from self._statuses()
        yield from self._clocks()
        yield from self._report()
        yield from self._closing()
        yield from self._checklists()
        for prompt in self.process.prompts:
            yield from self._prompt(prompt)
        for message in self.process.messages.values():
            yield from self._message(message)
        for audience in self.process.audiences:
            yield from self._audience(audience)
        for step in self.process.steps:
            yield from self._step(step)
        yield from self._words()

    def at(self, *keys: str | int) -> TomlPlace:
        """A place in the file, as deep as the file goes."""
        for length in range(len(keys), 0, -1):
            if self.file.file.has(keys[:length]):
                return self.file.within(*keys[:length])
        return self.file

    def unknown(self, place: TomlPlace, key: str, name: str, known: Iterable[str]) -> Misuse:
        """The error for an unknown name."""
        listed = ", ".join(known) or "none"
        return place.wrong(f"`{key}` names `{name}`, which is not known here; there are {listed}.")

    # --- roles, severities, statuses, clocks ------------------------------------------------

    def _roles(self) -> Iterator[Misuse]:
        roles = self.process.roles
        said: dict[str, str] = {}  # what a role is called → its key
        for key, role in roles.items():
            for other in role.exclusive:
                if other not in roles or other == key:
                    place = self.at("roles", key, "exclusive")
                    yield self.unknown(place, "exclusive", other, (k for k in roles if k != key))
            for default in role.default:
                yield from self._default(key, default)
            place = self.at("roles", key, "holders")
            if key == "lead" and role.holders != 1:
                yield place.wrong(
                    "one person leads at a time; leave `holders` out here, and write a further role"
                    ' for who leads beside them, such as [roles.deputy] with title = "deputy".'
                )
            elif role.holders < 0:
                yield place.wrong("`holders` is how many there may be, 0 for any number.")
            for name in dict.fromkeys(n.lower() for n in (role.title, role.short, *role.words)):
                if name and said.setdefault(name, key) != key:
                    yield self.at("roles", key).wrong(
                        f"`{name}` names both [roles.{said[name]}] and [roles.{key}]; people"
                        " would always get the same one. Give one of them another name."
                    )

    def _default(self, key: str, default: str) -> Iterator[Misuse]:
        kind, _, name = default.partition(":")
        place = self.at("roles", key, "default")
        if kind not in ("declarer", "role", "on_call") or (kind == "role" and not name):
            yield place.wrong(
                f"`default` must be declarer, role:KEY or on_call:KEY, not `{default}`."
            )
        elif kind == "role" and (name not in self.process.roles or name == key):
            others = [other for other in self.process.roles if other != key]
            yield self.unknown(place, "default", name, others)

    def _severities(self) -> Iterator[Misuse]:
        assumed, known = self.process.assumed_severity, self.process.severities
        if assumed and assumed not in known:
            place = self.at("assumed_severity")
            yield self.unknown(place, "assumed_severity", assumed, known)

    def _severities_of(self, table: Sequence[str], named: Iterable[str]) -> Iterator[Misuse]:
        known = self.process.severities
        for name in named:
            if name not in known:
                place = self.at(*table, "severities")
                yield self.unknown(place, "severities", name, known)

    def _statuses(self) -> Iterator[Misuse]:
        for key, status in self.process.statuses.items():
            if status.when and status.when not in MOMENTS:
                place = self.at("statuses", key, "when")
                yield self.unknown(place, "when", status.when, MOMENTS)

    def _clocks(self) -> Iterator[Misuse]:
        updates = self.process.updates
        if updates.every <= timedelta(0):
            yield self.at("updates", "every").wrong("`every` must be longer than 0.")
        if updates.every <= updates.warn_before < NEVER:
            place = self.at("updates", "warn_before")
            yield place.wrong(
                "`warn_before` must be shorter than `every`, or the bot would warn at once."
            )

    def _report(self) -> Iterator[Misuse]:
        report, meeting, roles = self.process.report, self.process.meeting, self.process.roles
        if report.by not in roles:
            yield self.unknown(self.at("report", "by"), "by", report.by, roles)
        yield from self._severities_of(("report",), report.severities)
        if meeting is None:
            return
        if meeting.by and meeting.by not in roles:
            yield self.unknown(self.at("meeting", "by"), "by", meeting.by, roles)
        if meeting.due and meeting.due.unit == "never":
            yield self.at("meeting", "due").wrong("leave `due` out for a meeting at any time.")
        yield from self._severities_of(("meeting",), meeting.severities)

    def _closing(self) -> Iterator[Misuse]:
        for key in ("close_when", "close_needs"):
            if self.process.close_after is not None:
                for name in getattr(self.process, key):
                    yield from self._until(self.at(key), key, name)

    # --- what is asked for ------------------------------------------------------------------

    def _items(self) -> Mapping[str, str]:
        """The items of the checklists, each with its checklist."""
        return {item: each.key for each in self.process.checklists for item in each.items}

    def _checklists(self) -> Iterator[Misuse]:
        seen: dict[str, str] = {}
        for each in self.process.checklists:
            for item in each.items:
                place = self.at("checklists", each.key, "items", item)
                if item in UNTIL or item.isdigit() or item != item.lower() or " " in item:
                    yield place.wrong(
                        f"`{item}` cannot be ticked off: an item's key is a word in small letters,"
                        f" and none of {', '.join(UNTIL)}."
                    )
                if seen.setdefault(item, each.key) != each.key:
                    yield place.wrong(f"`{item}` is also in [checklists.{seen[item]}].")

    def _until(self, place: TomlPlace, key: str, name: str) -> Iterator[Misuse]:
        """Check that an ending condition can be met at all."""
        kind, colon, wanted = name.partition(":")
        process = self.process
        if kind not in UNTIL:
            if name not in self._items():
                known = [*(f"{k}:…" if v else k for k, v in UNTIL.items()), *self._items()]
                yield self.unknown(place, key, name, known)
            return
        takes = UNTIL[kind]
        named: Mapping[str, Iterable[str]] = {
            "role": process.roles,
            "apart": [role for role in process.roles if role != "lead"],
            "message": [*process.messages, *_audiences(process)],
            "status": process.statuses,
            "action": ["ticketed"],
            "hypothesis": ["proved", "settled"],
        }
        if wanted and not takes:
            yield place.wrong(f"`{kind}` takes nothing after a colon; write `{kind}`.")
        elif not wanted and (colon or takes == "KEY"):
            yield place.wrong(f"`{name}` must say which: {kind}:{takes.strip('[]')}.")
        elif wanted and kind in named and wanted not in named[kind]:
            yield self.unknown(place, key, name, (f"{kind}:{one}" for one in named[kind]))

    def _prompt(self, prompt: Prompt) -> Iterator[Misuse]:
        def at(key: str) -> TomlPlace:
            return self.at("prompts", prompt.key, key)

        yield from self._when(prompt, at("when"))
        yield from self._to(prompt, at("to"))
        yield from self._severities_of(("prompts", prompt.key), prompt.severities)
        yield from self._ending(prompt, at)
        yield from self._repetition(prompt, at)
        if prompt.per_person and prompt.when != "said":
            yield at("per_person").wrong('`per_person` is for prompts whose `when` is "said".')
        roles = {role_place(key) for key in self.process.roles}
        yield from self._text(at("text"), prompt.text, PLACES | roles)

    def _ending(self, prompt: Prompt, at: Callable[[str], TomlPlace]) -> Iterator[Misuse]:
        for name in prompt.until:
            yield from self._until(at("until"), "until", name)
        if "called" in prompt.until and not prompt.on_call:
            yield at("until").wrong("`called` needs `on_call`: who is to be called?")
        if prompt.again and prompt.again.partition(":")[0] not in TIMED:
            yield self.unknown(at("again"), "again", prompt.again, _named(TIMED))
        elif prompt.again:
            yield from self._until(at("again"), "again", prompt.again)

    def _repetition(self, prompt: Prompt, at: Callable[[str], TomlPlace]) -> Iterator[Misuse]:
        if prompt.times < 1:
            yield at("times").wrong("`times` is how often it is said, at least 1.")
        for each in prompt.at:
            if not _CLOCK.fullmatch(each):
                yield at("at").wrong(f'`at` is a time of day such as "17:00", not `{each}`.')
        if prompt.at and prompt.when == "said":
            yield at("at").wrong("what somebody says is answered at once; leave `at` out.")
        waits = prompt.every > timedelta(0) or prompt.at or prompt.when == "said"
        if prompt.times > 1 and not waits:
            yield at("times").wrong('`times` needs `every`: how long between them, such as "1h"?')

    def _when(self, prompt: Prompt, place: TomlPlace) -> Iterator[Misuse]:
        kind = prompt.when.partition(":")[0]
        if prompt.when == "said":
            if not prompt.said:
                yield place.wrong('`when` is "said", but `said` says nothing to listen for.')
            return
        if prompt.said:
            said = self.at("prompts", prompt.key, "said")
            yield said.wrong('`said` is only listened for when `when` is "said".')
        if prompt.when == "met" and self.process.meeting is None:
            yield place.wrong("`met` needs a [meeting]; nobody would ever have met.")
        elif prompt.when not in MOMENTS and kind not in TIMED:
            known = ["said", *MOMENTS, *_named(TIMED)]
            yield self.unknown(place, "when", prompt.when, known)
        elif kind in TIMED:
            yield from self._until(place, "when", prompt.when)

    def _to(self, prompt: Prompt, place: TomlPlace) -> Iterator[Misuse]:
        roles = self.process.roles
        known = ["channel", "on_call", *roles, *(f"private:{key}" for key in roles)]
        if not prompt.to:
            yield place.wrong("`to` names nobody; leave it out for the channel.")
        for to in prompt.to:
            if to not in known:
                yield self.unknown(place, "to", to, known)
            elif to.startswith("private:") and to in prompt.to[1:]:
                yield place.wrong(f"`{to}` must come first: a private prompt goes to one person.")
            elif to == "on_call" and not prompt.on_call:
                yield place.wrong("`on_call` in `to` needs `on_call`: who is on call as what?")

    def _message(self, message: Message) -> Iterator[Misuse]:
        place = self.at("messages", message.key, "text")
        yield from self._text(place, message.text, None)
        try:
            needed = places(message.text)
        except ValueError:
            return
        for other, name in message.also.items():
            also = self.at("messages", message.key, "also", other)
            if name not in needed or other in needed:
                yield self.unknown(also, "also", name, sorted(needed))

    def _audience(self, audience: Audience) -> Iterator[Misuse]:
        def at(key: str) -> TomlPlace:
            return self.at("audiences", audience.key, key)

        if audience.key in self.process.messages:
            yield self.at("audiences", audience.key).wrong(
                f"[messages.{audience.key}] has the same name; give one of them another."
            )
        if min((audience.every, *audience.at.values())) <= timedelta(0):
            yield at("every").wrong("`every` must be longer than 0.")
        for role in audience.by:
            if role not in self.process.roles:
                yield self.unknown(at("by"), "by", role, self.process.roles)
        for name in audience.told:
            if name.partition(":")[0] not in TIMED:
                yield self.unknown(at("told"), "told", name, _named(TIMED))
            else:
                yield from self._until(at("told"), "told", name)
        yield from self._severities_of(("audiences", audience.key), audience.severities)
        for name in audience.at:
            if name not in self.process.severities:
                yield self.unknown(at("at"), "at", name, self.process.severities)

    def _step(self, step: Step) -> Iterator[Misuse]:
        if step.measure not in MEASURES:
            place = self.at("steps", step.key, "measure")
            yield self.unknown(place, "measure", step.measure, MEASURES)
            return
        yield from self._severities_of(("steps", step.key), step.severities)
        place = self.at("steps", step.key, "name")
        if step.measure in ("there", "afterwards"):
            if not step.name:
                yield place.wrong(f"the measure `{step.measure}` needs `name`: what is looked for?")
            for name in step.name:
                yield from self._until(place, "name", name)
        elif step.measure == "meeting in time" and not (self.process.meeting or Meeting()).due:
            yield self.at("steps", step.key, "measure").wrong(
                '`meeting in time` needs a time: due = "5 working days" in [meeting].'
            )
        elif step.measure in ("audience told", "role within"):
            told = step.measure == "audience told"
            known = _audiences(self.process) if told else self.process.roles
            if len(step.name) != 1 or step.name[0] not in known:
                yield self.unknown(place, "name", ", ".join(step.name) or "nothing", known)
        elif step.name:
            yield place.wrong(f"the measure `{step.measure}` looks for nothing by `name`.")

    # --- words ------------------------------------------------------------------------------

    def _words(self) -> Iterator[Misuse]:
        for index, tip in enumerate(self.process.tips):
            yield from self._text(self.at("tips", index), tip, _GENERAL)
        yield from self._text(self.at("welcome"), self.process.welcome, _GENERAL)
        for text in misfits(self.process.texts):
            yield self.at("texts", text).wrong(
                f"`{text}` and its replacement must have the same number of {{}}."
            )
        for key, text in self.process.replies.items():
            place = self.at("replies", key)
            if key not in WORDS:
                yield self.unknown(place, "replies", key, sorted(WORDS))
            else:
                yield from self._text(place, text, places(WORDS[key]))

    def _text(
        self, place: TomlPlace, text: str, known: frozenset[str] | set[str] | None
    ) -> Iterator[Misuse]:
        """Check that every place in a text has a value. `known` is None if people fill the
        places."""
        try:
            named = places(text)
        except ValueError as error:
            yield place.wrong(
                f"`{place.name}` has a brace out of place ({error}); write {{{{ for {{."
            )
            return
        for name in sorted(named):
            if known is None:
                if (
                    not name.isascii()
                    or not name.replace("_", "A").isalpha()
                    or name != name.upper()
                ):
                    yield place.wrong(
                        f"`{{{name}}}`: write a place for people in capitals, {{NAME}}."
                    )
            elif name not in known:
                listed = ", ".join(f"{{{one}}}" for one in sorted(known)) or "none"
                yield place.wrong(
                    f"`{{{name}}}` has no value in `{place.name}`; it may name {listed}."
                )
