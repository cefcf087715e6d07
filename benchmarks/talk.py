"""What people write in an operations channel, made up: no line twice, and a seed makes it again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

_TALK = """
the the the the a a and to of in is it on for i you we that this was at not have with be
are they what can so but if do my there just as all from will about one when up out has get
now like think would see some time no been also how then more did had works still looks yeah
ok hmm ah thanks morning lunch coffee back maybe sure probably again already actually
server cluster deploy build branch commit merge review test tests config cache queue worker
node pod logs graph metrics alert alerts latency timeout certificate proxy database replica
backup disk memory traffic requests errors release version patch script docs link page site
admin staging production restart rollback monitoring dashboard ticket bug fix fixed broken
slow down team lead call
"""
_WORDS = _TALK.split()
_LOOKED_FOR = ("incident", "update", "report", "outage", "status", "channel")  # by phrases
_APART, _LASTS = 50_000, 500  # lines
_SAID = {
    100: "I am declaring an incident: the cluster is down",
    _LASTS: "!inc resolve",
    _LASTS + 1: "!inc close",
}
_NICKS = [f"{name}{n}" for n in range(5) for name in ("dave", "jgm", "pmac", "atopal", "cyl", "r")]


def sentence(chance: random.Random) -> str:
    """A line of talk, of 2 to 20 words; in every twentieth is one that phrases look for."""
    words = chance.choices(_WORDS, k=chance.randint(2, 20))
    if chance.random() < 0.05:
        words[-1] = chance.choice(_LOOKED_FOR)
    return " ".join(words)


def irssi_log(lines: int, seed: int) -> Iterator[str]:
    """A log of irssi. Incidents are in it, `_APART` lines from one to the next."""
    chance = random.Random(seed)
    now = datetime(2018, 1, 10)  # noqa: DTZ001 - a log's own time
    day = now.date()
    yield now.strftime("--- Log opened %a %b %d %H:%M:%S %Y")
    for n in range(lines - 1):
        now += timedelta(seconds=chance.randrange(20))
        nick, since = chance.choice(_NICKS), n % _APART
        if now.date() != day:
            day = now.date()
            yield now.strftime("--- Day changed %a %b %d %Y")
        elif since in _SAID:
            yield f"{now:%H:%M} <@dave0> {_SAID[since]}"
        elif 100 < since < _LASTS and n % 5 == 0:
            yield f"{now:%H:%M} < {nick}> TL: {sentence(chance)}"
        elif n % 20 == 7:
            yield f"{now:%H:%M} -!- {nick} [~{nick}@host.example.org] has joined #ops"
        elif n % 20 == 17:
            yield f"{now:%H:%M} -!- {nick} [~{nick}@host.example.org] has quit [Ping timeout]"
        else:
            yield f"{now:%H:%M} < {nick}> {sentence(chance)}"
