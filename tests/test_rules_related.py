"""Incidents put on record afterwards, what they are about, and what they have to do with others."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from core import LED, MDN, NOON, Talk, check, english, process, replies_to, setting

from ircbot.cli.incidents import _shown
from ircbot.incident.numbers import numbers_named
from ircbot.incident.process import Severity
from ircbot.incident.stretches import leaderless, open_spans, silences, total, untold
from ircbot.incident.view import as_json
from ircbot.report.missing import missing
from ircbot.report.render import render

# --- what is over already ---------------------------------------------------------------------

USAGE = "declare SUMMARY [--since TIME] [--at TIME [--resolved TIME]] [--drill] [--private]"


def at(hour: int, minute: int = 0) -> datetime:
    return NOON.replace(hour=hour, minute=minute)


def test_one_that_is_over_has_its_own_times_and_calls_nobody():
    told = check(
        """
        --- #mozmeao
        10:00 <metadave> !inc declare --at 08:30 --resolved 09:10 the CDN gave 503
        10:00 -ilbot- Incident 1 is on record: the CDN gave 503, from 08:30 UTC to 09:10 UTC (40 minutes). The incident report is due 2018-01-12 09:10 UTC from metadave.
        """
    )
    incident = told.incident
    assert (incident.declared_at, incident.resolved_at) == (at(8, 30), at(9, 10))
    assert incident.status == "resolved"
    assert not incident.terms
    assert not incident.calls
    assert total(open_spans(incident)) == timedelta(minutes=40)


def test_what_nobody_saw_is_nobodys_silence():
    talk = Talk()
    talk.tell("10:00 <metadave> !inc declare the CDN gave 503 --at 08:30 --resolved 09:10")
    assert not leaderless(talk.incident, english())
    assert not silences(talk.incident, english())
    assert not untold(talk.incident)


def test_one_that_began_a_while_ago_goes_on():
    told = check(
        """
        --- #mozmeao
        10:00 <metadave> !inc declare MDN is down --at 08:30
        10:00 -ilbot- Incident 1 is open: MDN is down. It began 08:30 UTC. IL: metadave. TL: lines here go on record.
        10:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. It began 08:30 UTC. IL: metadave. Comms: #mozmeao.
        10:10 <metadave> !inc resolve
        10:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 100 minutes. The incident report is due 2018-01-12 10:10 UTC from metadave.
        """
    )
    assert total(open_spans(told.incident)) == timedelta(minutes=100)
    assert not leaderless(told.incident, english())
    assert [s.length for s in silences(told.incident, english())] == [timedelta(minutes=10)]


def test_one_that_is_over_stands_beside_one_that_is_open():
    talk = Talk()
    talk.tell(LED)
    said = talk.tell("12:05 <jgmize> !inc declare a cron job failed --at 03:00 --resolved 04:00")
    assert "Incident 2 is on record" in said[-1]
    assert [i.id for i in talk.state.open] == [1]


@pytest.mark.parametrize(
    ("typed", "since", "rest"),
    [
        ("--since yesterday 23:10 MDN is down", at(23, 10) - timedelta(days=1), "MDN is down"),
        ("MDN is down --since -10m", at(11, 50), "MDN is down"),
        ("MDN is \u2014since 10 min ago down", at(11, 50), "MDN is down"),
    ],
)
def test_a_time_may_be_of_several_words(typed, since, rest):
    talk = Talk()
    talk.tell(f"12:00 <metadave> !inc declare {typed}")
    assert (talk.incident.detected_at, talk.incident.summary) == (since, rest)


def test_every_option_goes_with_the_others():
    surroundings = setting(process(severities={"1": Severity("1", "bad")}))
    talk = Talk(surroundings)
    talk.tell(
        "12:00 <metadave> !inc declare --drill --at 08:30 --severity 1 we practised --private"
        " --since 11:50 --resolved 09:10"
    )
    incident = talk.incident
    assert (incident.summary, incident.severity) == ("we practised", "1")
    assert incident.drill
    assert incident.private
    assert incident.detected_at == at(11, 50)
    assert incident.resolved_at == at(9, 10)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("--at", USAGE),
        ("MDN --resolved 09:10", USAGE),
        ("MDN --severity", USAGE),
        ("--at 08:30", USAGE),
        ("MDN --when 08:30", USAGE),
    ],
)
def test_what_is_not_understood_opens_nothing(typed, answer):
    assert replies_to(f"12:00 <metadave> !inc declare {typed}") == [
        f"12:00 <ilbot> metadave: !inc {answer}"
    ]


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("--at 09:10 --resolved 08:30", "would be before it was declared"),
        ("--at noonish", "is not a time"),
        ("--at 08:30 --resolved 12:10", "is still to come"),
    ],
)
def test_times_that_cannot_be_are_told(typed, answer):
    [said] = replies_to(f"12:00 <metadave> !inc declare MDN was down {typed}")
    assert answer in said


# --- which product it is about ----------------------------------------------------------------


def test_the_product_is_put_right_and_its_people_are_named():
    bugs = MDN.__class__("Bugzilla", "dylan", channel="#bugs")
    told = check(
        LED.replace("MDN", "it")
        + """
        12:01 <metadave> !inc product mdn
        12:01 <ilbot> metadave: product: MDN
        12:01 -ilbot- MDN, lead jwhitlock, usual channel #mdndev. To call its people: !inc notify jwhitlock rjohnson it is down
        12:02 <metadave> !inc product Bugzilla
        12:02 <ilbot> metadave: product: Bugzilla. Before: MDN. !inc undo C2 takes it back.
        12:02 -ilbot- Bugzilla, lead dylan, usual channel #bugs. To call its people: !inc notify dylan it is down
        12:03 <metadave> !inc product Bugzilla
        12:03 <ilbot> metadave: product: Bugzilla
        12:04 <metadave> !inc product Thunderbird
        12:04 <ilbot> metadave: no such product here; there are: MDN, Bugzilla.
        12:05 <passerby> !inc product MDN
        12:05 <ilbot> passerby: only metadave (IL), whoever has a role in it or a channel operator may say what it hits.
        12:06 <metadave> !inc undo C2
        12:06 <ilbot> metadave: product is again: MDN
        """,
        setting(products={"MDN": MDN, "Bugzilla": bugs}),
    )
    assert told.incident.product == "MDN"


def test_where_no_product_is_known_any_will_do():
    talk = Talk()
    talk.tell(LED + "12:01 <metadave> !inc product the wiki")
    assert talk.incident.product == "the wiki"


# --- other incidents ---------------------------------------------------------------------------

TWO = (
    LED
    + """
    12:00 #moc <jgmize> !inc declare the wiki is slow
    12:00 #moc <ilbot> jgmize: the same as incident 1 (MDN is down)? If not, say it again: !inc declare SUMMARY
    12:01 #moc <jgmize> !inc declare the wiki is slow
    12:01 #moc -ilbot- Incident 2 is open: the wiki is slow. IL: jgmize. TL: lines here go on record.
    12:01 #mozmeao #meao-infra -ilbot- Incident 2: the wiki is slow. IL: jgmize. Comms: #moc.
"""
)


def test_related_incidents_each_name_the_other_once():
    told = check(
        TWO
        + """
        12:02 #moc <jgmize> !inc related 1
        12:02 #moc <ilbot> jgmize: incident 2 and incident 1 are related.
        12:03 #moc <jgmize> !inc related #1
        12:03 #moc <ilbot> jgmize: incident 2 and incident 1 are related.
        12:04 #moc <jgmize> !inc related 2
        12:04 #moc <ilbot> jgmize: 2 is the incident itself.
        12:05 #moc <jgmize> !inc related it
        12:05 #moc <ilbot> jgmize: !inc related N
        12:06 #moc <jgmize> !inc related 9
        12:06 #moc <ilbot> jgmize: there is no incident 9; !inc list shows them.
        """
    )
    assert [i.related for i in told.state.incidents.values()] == [(2,), (1,)]


def test_a_duplicate_ends_as_such_and_comes_back():
    told = check(
        TWO
        + """
        12:01 #moc <passerby> !inc duplicate of 1
        12:01 #moc <ilbot> passerby: only jgmize (IL) or a channel operator may say which one it is.
        12:02 #moc <jgmize> !inc duplicate of 1
        12:02 #mozmeao #meao-infra #moc -ilbot- Incident 2 (the wiki is slow) is a duplicate of incident 1.
        12:03 #moc <jgmize> !inc @2 duplicate 1
        12:03 #moc <ilbot> jgmize: incident 2 is a duplicate of 1. !inc reopen WHY, if it is not over.
        12:03 #moc <jgmize> TL 2: more
        12:03 #moc <ilbot> jgmize: incident 2 is a duplicate of 1. !inc reopen WHY, if it is not over.
        12:04 <metadave> !inc duplicate of 2
        12:04 <ilbot> metadave: incident 2 is a duplicate of 1.
        12:05 #moc <jgmize> !inc status 2
        12:05 #moc <ilbot> jgmize: Incident 2 (duplicate): the wiki is slow. Comms: #moc.
        12:05 #moc <ilbot> jgmize: A duplicate of incident 1.
        12:06 #moc <jgmize> !inc list
        12:06 #moc <ilbot> jgmize: 2 a duplicate of 1: the wiki is slow (12:01 UTC, 1 min, led by jgmize)
        12:06 #moc <ilbot> jgmize: 1 open: MDN is down (12:00 UTC, 6 min, led by metadave)
        """
    )
    incident = told.state.incidents[2]
    assert (incident.status, incident.related) == ("duplicate", (1,))
    assert as_json(incident, english())["duplicate_of"] == 1
    assert as_json(incident, english())["report_due_at"] is None
    assert not missing(incident, english())
    assert stretches_of(incident) == [(at(12, 1), at(12, 2))]
    told.tell("12:07 #moc <jgmize> !inc @2 reopen it is not")
    assert told.state.incidents[2].live
    assert told.state.incidents[2].duplicate_of == 0


def stretches_of(incident):
    return [(s.since.replace(second=0), s.until.replace(second=0)) for s in incident.stretches]


def test_what_is_not_private_says_nothing_of_what_is():
    talk = Talk()
    talk.tell(LED)
    talk.tell("12:20 #moc <jgmize> !inc declare a secret matter --private")
    said = talk.tell("12:21 <metadave> !inc related 2")
    assert said[1:] == ["12:21 <ilbot> metadave: there is no incident 2; !inc list shows them."]
    assert talk.state.incidents[1].related == ()
    said = talk.tell("12:23 #moc <@jgmize> !inc @1 duplicate of 2")
    assert said[1:] == ["12:23 #moc <ilbot> jgmize: incident 2 is private, and incident 1 is not."]
    talk.tell("12:24 #moc <jgmize> !inc @2 related 1")
    assert [i.related for i in talk.state.incidents.values()] == [(), (1,)]
    said = talk.tell("12:25 #moc <jgmize> !inc @2 duplicate of 1")
    assert said[-1:] == [
        "12:25 #moc -ilbot- Incident 2 (a secret matter) is a duplicate of incident 1."
    ]


def test_the_report_names_what_it_has_to_do_with():
    talk = Talk()
    talk.tell(TWO + "12:02 #moc <jgmize> !inc duplicate of 1")
    one, two = (render(talk.state.incidents[n], english(), "text") for n in (1, 2))
    assert "incident 2" in one
    assert "This was a duplicate of incident 1" in two


def test_a_closed_incident_is_found_by_what_a_line_ends_with():
    assert numbers_named("!inc @9 duplicate of #7") == (9, 7)
    assert numbers_named("!inc related 7 ") == (7,)
    assert numbers_named("related 7 pods") == ()


def test_a_duplicate_of_nothing_is_told():
    assert replies_to(LED + "12:02 <metadave> !inc duplicate of it") == [
        "12:02 <ilbot> metadave: !inc duplicate of N"
    ]


def test_show_names_the_incidents_that_it_has_to_do_with():
    talk = Talk()
    talk.tell(TWO + "12:02 #moc <jgmize> !inc duplicate of 1")
    shown = _shown(talk.state.incidents[2], setting(), NOON)
    assert "  status    a duplicate of 1" in shown
    assert "  related   1" in shown
