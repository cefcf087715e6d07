"""The waits and windows of the rules, to the second: what is still so, and what is a second later."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from core import LED, NOON, Talk, at

from ircbot.incident.events import Reminded
from ircbot.incident.line import Line

DECLARED = "12:00 <metadave> !inc declare MDN is down\n"
OVER = DECLARED + "12:01 <metadave> !inc resolve\n"
HANDED = DECLARED + "12:01 <metadave> !inc handoff jgmize\n12:02 <jgmize> !inc accept\n"
FALSE = HANDED + "12:10 <jgmize> !inc withdraw it was a test\n"
NOTED = LED + "12:01 <metadave> TL: the disk is ful\n"


def moment(stamp: str) -> datetime:
    """A time of NOON's day, or "1+12:00:00" of the next one."""
    days, _, clock = stamp.rpartition("+")
    return at(clock, NOON + timedelta(days=int(days or 0)))


def until(talk: Talk, when: datetime) -> list[str]:
    """What the bot says of itself up to a time."""
    return talk.until(when.strftime("%H:%M:%S"), when)


def told(
    before: str, stamp: str, nick: str, said: str, channel: str = "#mozmeao", *, later: int = 0
) -> str:
    """What the bot says to a line, so many seconds later."""
    talk = Talk()
    talk.tell(before)
    when = moment(stamp) + timedelta(seconds=later)
    return "\n".join(talk.hear(Line(when, channel, nick, said)))


# What was before, who says what, when it is still so, and what it is a second later; "" where the
# other of the two is not said.
ROWS = {
    "the leader is asked again whether it is resolved": (
        LED + "12:10 <passerby> the MDN outage has been resolved\n",
        ("passerby", "the outage is over"),
        ("12:14:59", ""),
        "passerby says that incident 1 is resolved. Is it?",
    ),
    "the leader is asked again whether it is a security matter": (
        DECLARED + "12:10 <passerby> !inc security\n",
        ("passerby", "!inc security"),
        ("12:14:59", ""),
        "passerby says that incident 1 is a security matter. Is it?",
    ),
    "the declarer is asked again whether it was a false alarm": (
        FALSE,
        ("jgmize", "!inc withdraw it was a test"),
        ("12:14:59", "metadave was asked."),
        "is a false alarm. Is it?",
    ),
    "the declarer has answered too late": (
        FALSE,
        ("metadave", "yes"),
        ("13:09:59", "Incident 1 is withdrawn: it was a test"),
        "",
    ),
    "the same words declare another incident": (
        DECLARED,
        ("bob", "!inc declare MDN is down", "#moc"),
        ("12:15:00", "the same as incident 1 (MDN is down)?"),
        "Incident 2 is open: MDN is down.",
    ),
    "what the declarer said before is no summary": (
        "11:55 <metadave> MDN is down for everybody\n",
        ("metadave", "I am declaring an incident"),
        ("12:00:00", "open: MDN is down for everybody."),
        "open: no summary yet.",
    ),
    "a good-bye is forgotten": (
        LED + "12:01 <metadave> I have to go, bye\n",
        ("bob", "I am the incident leader"),
        ("13:00:59", "bob is now IL"),
        "metadave is IL.",
    ),
    "a leader has been silent for too long": (
        LED,
        ("bob", "!inc lead"),
        ("13:29:59", "metadave is IL."),
        "bob is now IL",
    ),
    "an incident was over for a day": (
        OVER,
        ("metadave", "it is down again"),
        ("1+12:01:00", "is incident 1 (MDN is down) not over?"),
        "",
    ),
    "what was asked is forgotten": (
        OVER + "12:05 <metadave> it is down again\n",
        ("metadave", "yes"),
        ("13:04:59", "Incident 1 is open again: it is down again."),
        "",
    ),
    "it is asked again": (
        OVER + "12:05 <metadave> it is down again\n12:06 <metadave> no\n",
        ("metadave", "it is down again, really"),
        ("12:34:59", ""),
        "is incident 1 (MDN is down) not over?",
    ),
    "the channel was asked who leads": (
        LED + "12:05 <metadave> I am stepping down as IL\n",
        ("bob", "I can do it"),
        ("12:08:00", "bob is now IL"),
        "",
    ),
    "a because is no cause any more": (
        OVER,
        ("metadave", "because the disk was full"),
        ("12:06:00", "that is in the report now, under the cause."),
        "",
    ),
    "a word corrects no entry any more": (
        NOTED,
        ("metadave", "* full"),
        ("13:01:00", "#1 now says: the disk is full"),
        "",
    ),
    "an entry names a time that is not now": (
        LED,
        ("metadave", "TL: 12:08 the disk is full"),
        ("12:10:00", ""),
        "If it happened at 12:08: !inc time 1 12:08",
    ),
    "whoever pastes is told again that nothing is open": (
        "12:01 <metadave> TL: the disk is full\n",
        ("metadave", "TL: and so is the other"),
        ("12:06:00", ""),
        "no incident is open. Your line is kept",
    ),
    "a time of day is the next day's": (
        LED,
        ("metadave", "next update at 06:05"),
        ("12:04:59", "06:05 has passed."),
        "next update due 2018-01-11 06:05 UTC.",
    ),
}


@pytest.mark.parametrize(("before", "said", "last", "then"), ROWS.values(), ids=ROWS)
def test_a_wait_ends_at_its_second(before, said, last, then):
    stamp, still = last
    within = told(before, stamp, *said)
    beyond = told(before, stamp, *said, later=1)
    assert still in within
    assert then in beyond
    assert not still or still not in beyond
    assert not then or then not in within


# What was before, when the bot still says nothing, and what it says a second later.
BY_ITSELF = {
    "words that a leader had hidden are erased": (
        NOTED + "12:02 <bob> TL: a word too many\n12:03 <metadave> !inc redact 2\n",
        "13:02:59",
        "13:03 -ilbot- #2 is redacted, on the disk too.",
    ),
    "an update is due soon": (LED, "12:24:59", "an update is due in 5 minutes"),
    "an update is due": (LED, "12:29:59", "an update is due now"),
    "it is late": (LED, "12:39:59", "an update has been due for 10 minutes"),
    "it is later": (LED, "12:59:59", "an update has been due for 30 minutes"),
    "the pauses grow": (LED, "13:39:59", "an update has been due for 70 minutes"),
    "and grow to four hours": (LED, "17:39:59", "an update has been due for 5 h 10 min"),
    "never longer ones": (LED, "21:39:59", "an update has been due for 9 h 10 min"),
    "a break": (LED, "13:59:59", "you have led for 2 h 00 min."),
    "another": (LED, "15:59:59", "you have led for 4 h 00 min."),
    "the last": (LED, "17:59:59", "you have led for 6 h 00 min."),
    "nothing was heard": (LED, "23:59:59", "open for 12 h 00 min, silent for 12 h 00 min."),
    "of old": (LED, "1+23:59:59", "open for 36 h 00 min, silent for 36 h 00 min."),
    "and for the last time": (LED, "3+23:59:59", "open for 3 d 12 h, silent for 3 d 12 h."),
}


@pytest.mark.parametrize(("before", "stamp", "then"), BY_ITSELF.values(), ids=BY_ITSELF)
def test_what_is_due_is_said_at_its_second(before, stamp, then):
    talk = Talk()
    talk.tell(before)
    when = moment(stamp)
    assert not any(then in line for line in until(talk, when))
    assert then in until(talk, when + timedelta(seconds=1))[-1]


def test_a_break_is_suggested_three_times_and_an_open_incident_asked_about_as_often():
    talk = Talk()
    talk.tell(LED)
    said = talk.until("12:00", NOON + timedelta(days=5))
    assert sum("A break is all right" in line for line in said) == 3
    assert sum("Still going on?" in line for line in said) == 3


def test_what_is_said_two_minutes_late_is_recorded_as_late():
    for seconds, late in ((119, 0), (120, 120)):
        talk = Talk()
        talk.tell(LED)
        talk.engine.tick(at("12:25") + timedelta(seconds=seconds))
        reminded = [e.event for e in talk.pages.written if isinstance(e.event, Reminded)]
        assert reminded == [Reminded("update:1", late)]
