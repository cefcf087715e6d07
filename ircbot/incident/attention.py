"""Whose small talk matters: nearly all lines of a busy channel mean nothing, and must cost nothing.

Decides nothing: what it lets pass, `hear` would find nothing in. A test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ircbot.incident.line import Line, LineKind
from ircbot.incident.people import Person, fold
from ircbot.incident.process import Process
from ircbot.incident.recognise import might_mean
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident, State

_MESSAGE = LineKind.MESSAGE  # a member of an enumeration takes its time to be looked up


@dataclass(frozen=True, slots=True)
class Attention:
    """What has to be looked at closely, with this setting and any state that it `is_for`."""

    open: tuple[Incident, ...]
    setting: Setting
    processes: tuple[Process, ...]
    # Who has a role, and is there; who is offered one; who declared and said not yet what.
    nicks: frozenset[str]
    accounts: frozenset[str]
    channels: frozenset[str]  # where somebody's words may call for a prompt

    def is_for(self, state: State) -> bool:
        """Whether it is as good for another state: entries of a timeline change nothing of it."""
        return state.open is self.open or (
            len(state.open) == len(self.open)
            and all(
                i.id == was.id
                and i.terms is was.terms
                and i.offers == was.offers
                and i.summary == was.summary
                and i.withdrawal == was.withdrawal
                and i.comms == was.comms
                and i.calls is was.calls
                for i, was in zip(state.open, self.open, strict=True)
            )
        )

    def is_small_talk(self, line: Line, telling: bool = True) -> bool:
        """Whether nothing follows from a line; not `telling` if its words are known to be none."""
        if line.kind is not _MESSAGE or not line.channel:
            return False
        if fold(line.nick) in self.nicks:
            return False
        if self.channels and fold(line.channel) in self.channels:
            return False
        if line.account and fold(line.account) in self.accounts:
            return False
        if not telling:
            return True
        nick, prefix = self.setting.nick, self.setting.prefix
        # any() would take twice the time, and this is asked of every line of every channel.
        for process in self.processes:
            if might_mean(line.text, process, nick=nick, prefix=prefix):
                return False
        return True


def awaited(incident: Incident) -> Iterator[Person]:
    """Those of whom it is news that they are there at all: who has a role by default, who was
    called."""
    yield from (t.holder for t in incident.terms if t.until is None and t.began is None)
    called = dict.fromkeys(nick for call in incident.calls for nick in call.nicks)
    yield from (Person(nick) for nick in called if fold(nick) not in incident.writers)


def attention(state: State, setting: Setting) -> Attention:
    """Whose small talk matters now."""
    processes = {setting.process.name: setting.process}
    for name in setting.channel_process.values():
        processes[name] = setting.process_named(name)
    people: list[Person] = []
    channels: set[str] = set()
    for incident in state.open:
        process = setting.process_named(incident.process)
        processes[process.name] = process
        people += (term.holder for term in incident.terms if term.until is None)
        people += (offer.to for offer in incident.offers.values())
        people += awaited(incident)
        if not incident.summary or incident.withdrawal is not None:
            people.append(incident.declared_by)
        if any(prompt.when == "said" for prompt in process.prompts):
            channels.add(fold(incident.channel))
    return Attention(
        state.open,
        setting,
        tuple(processes.values()),
        frozenset(fold(person.nick) for person in people),
        frozenset(fold(person.account) for person in people if person.account),
        frozenset(channels),
    )
