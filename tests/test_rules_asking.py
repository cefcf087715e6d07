"""Questions people ask the bot: how it stands, what there is, what to type."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from core import LED, NOON, Talk, check, english, line, process, replies_to, setting

from ircbot import __version__
from ircbot.incident.process import Severity, Status
from ircbot.incident.setting import Setting

# --- status -------------------------------------------------------------------------------------


def test_a_newcomer_is_told_who_leads_where_and_what_was_last():
    check(
        LED
        + """
        12:01 <metadave> !inc channel #mdndev
        12:01 #meao-infra #moc -ilbot- Incident 1 (MDN is down): updates are in #mdndev.
        12:01 #mdndev -ilbot- Incident 1 (MDN is down) is worked on here; TL: lines go on record.
        12:02 <metadave> please meet in my Vidyo room
        12:03 #mdndev <metadave> TL: the ELB is empty.
        12:03 -ilbot:metadave- #1 recorded
        12:10 #moc <rookie> !inc status
        12:10 #moc <ilbot> rookie: Incident 1 (open): MDN is down. IL: metadave since 12:00 UTC. Comms: #mdndev. Video: metadave's Vidyo room
        12:10 #moc <ilbot> rookie: Declared 12:00 UTC, 10 minutes ago. Last update 12:03 UTC: the ELB is empty. Next due 12:33 UTC.
        12:11 #mdndev <metadave> !inc update we add listeners
        12:11 #mozmeao #meao-infra #moc -ilbot- Incident 1: we add listeners (metadave)
        12:11 -ilbot:metadave- your update reached 3 of 3 channels.
        12:12 *rookie* status
        12:12 *ilbot:rookie* rookie: Incident 1 (open): MDN is down. IL: metadave since 12:00 UTC. Comms: #mdndev. Video: metadave's Vidyo room
        12:12 *ilbot:rookie* rookie: Declared 12:00 UTC, 12 minutes ago. Last update 12:11 UTC: we add listeners. Next due 12:41 UTC.
        """
    )


def test_an_unled_incident_says_so():
    check(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident
        12:00 -ilbot- Incident 1 is open: no summary yet. Who leads? Say "I am the incident leader". TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: no summary yet. Comms: #mozmeao.
        12:01 <rookie> !inc status
        12:01 <ilbot> rookie: Incident 1 (open): no summary yet. Who leads? Say "I am the incident leader". Comms: #mozmeao.
        12:01 <ilbot> rookie: Declared 12:00 UTC, 1 minute ago. No update yet. Next due 12:30 UTC.
        """
    )


def test_a_long_entry_is_cut_for_a_newcomer():
    talk = Talk()
    talk.tell(LED + f"12:01 <metadave> TL: {'very ' * 60}long")
    answer = talk.tell("12:02 <rookie> !inc status")[-1]
    assert len(answer) < 300
    assert "very …" in answer


def test_a_struck_or_redacted_entry_is_not_the_last_word():
    check(
        LED
        + """
        12:01 <metadave> TL: one
        12:01 -ilbot:metadave- #1 recorded
        12:02 <metadave> TL: two
        12:02 -ilbot:metadave- #2 recorded
        12:03 <metadave> !inc undo
        12:03 <ilbot> metadave: #2 is out of the timeline (!inc restore 2 brings it back).
        12:04 <metadave> !inc redact 1
        12:04 <ilbot> metadave: #1 is redacted, on the disk too.
        12:05 <metadave> !inc status
        12:05 <ilbot> metadave: Incident 1 (open): MDN is down. IL: metadave since 12:00 UTC. Comms: #mozmeao.
        12:05 <ilbot> metadave: Declared 12:00 UTC, 5 minutes ago. Last update 12:01 UTC. Next due 12:32 UTC.
        """
    )


def test_what_is_over_says_since_when_and_what_is_owed():
    check(
        LED
        + """
        12:10 <metadave> !inc resolve
        12:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 10 minutes. The incident report is due 2018-01-12 12:10 UTC from metadave.
        12:11 <rookie> !inc status
        12:11 <ilbot> rookie: Incident 1 (resolved): MDN is down. Comms: #mozmeao.
        12:11 <ilbot> rookie: Resolved 12:10 UTC after 10 minutes. The incident report is due 2018-01-12 12:10 UTC from metadave.
        12:12 <metadave> !inc close
        12:12 <ilbot> metadave: incident 1 is closed.
        12:13 <rookie> !inc status
        12:13 <ilbot> rookie: no incident is open. The last was 1 (MDN is down), closed 12:12 UTC.
        12:14 <rookie> !inc @1 status
        12:14 <ilbot> rookie: Incident 1 (closed): MDN is down. Comms: #mozmeao.
        12:14 <ilbot> rookie: Resolved 12:10 UTC after 10 minutes. The incident report is due 2018-01-12 12:10 UTC from metadave.
        12:15 <rookie> !inc @9 status
        12:15 <ilbot> rookie: there is no incident 9; !inc list shows them.
        """
    )


def test_neither_a_false_alarm_nor_a_drill_owes_a_report():
    told = replies_to(
        LED
        + """
        12:02 <metadave> !inc resolve
        12:03 <metadave> !inc withdraw I misread the graph
        12:04 <rookie> !inc @1 status
        """
    )
    assert told == [
        "12:04 <ilbot> rookie: Incident 1 (withdrawn): MDN is down. Comms: #mozmeao.",
        "12:04 <ilbot> rookie: Withdrawn 12:03 UTC after 2 minutes.",
    ]
    told = replies_to(
        """
        12:00 <metadave> !inc declare MDN is down --drill
        12:03 <metadave> !inc resolve
        12:04 <rookie> !inc status
        """
    )
    assert told[-1] == "12:04 <ilbot> rookie: Resolved 12:03 UTC after 3 minutes."


def test_several_are_told_in_one_line_where_none_is_nearer():
    check(
        LED
        + """
        12:16 #moc <jgmize> !inc declare kuma is down
        12:16 #moc -ilbot- Incident 2 is open: kuma is down. IL: jgmize. TL: lines here go on record.
        12:16 #mozmeao #meao-infra -ilbot- Incident 2: kuma is down. IL: jgmize. Comms: #moc.
        12:17 #meao-infra <rookie> !inc status
        12:17 #meao-infra <ilbot> rookie: 2 incidents are open: 1 (MDN is down) in #mozmeao, 2 (kuma is down) in #moc
        12:18 #moc <rookie> !inc status
        12:18 #moc <ilbot> rookie: Incident 2 (open): kuma is down. IL: jgmize since 12:16 UTC. Comms: #moc.
        12:18 #moc <ilbot> rookie: Declared 12:16 UTC, 2 minutes ago. No update yet. Next due 12:46 UTC.
        """
    )


def test_before_anything_there_is_nothing_to_say():
    assert replies_to("12:00 <rookie> !inc status") == [
        "12:00 <ilbot> rookie: no incident is open."
    ]


def test_a_drill_and_a_severity_and_a_phase_are_part_of_how_it_stands():
    rules = process(
        severities={"1": Severity("1", "critical")},
        assumed_severity="1",
        statuses={"triage": Status("triage", "being triaged", "declared")},
    )
    check(
        """
        --- #mozmeao
        12:00 <metadave> !inc declare MDN is down --drill
        12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record. (drill)
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. IL: metadave. Comms: #mozmeao. (drill)
        12:01 <metadave> !inc status
        12:01 <ilbot> metadave: Incident 1 (being triaged, severity 1 until it is known, drill): MDN is down. IL: metadave since 12:00 UTC. Comms: #mozmeao.
        12:01 <ilbot> metadave: Declared 12:00 UTC, 1 minute ago. No update yet. Next due 12:30 UTC.
        12:02 <metadave> !inc severity 1
        12:02 #mozmeao #meao-infra #moc -ilbot- Incident 1: severity 1 (critical). (drill)
        12:03 <metadave> !inc status
        12:03 <ilbot> metadave: Incident 1 (being triaged, severity 1, drill): MDN is down. IL: metadave since 12:00 UTC. Comms: #mozmeao.
        12:03 <ilbot> metadave: Declared 12:00 UTC, 3 minutes ago. No update yet. Next due 12:30 UTC.
        """,
        setting(rules),
    )


def test_that_the_bot_was_away_is_told_for_an_hour():
    talk = Talk()
    talk.tell(LED)
    at = NOON + timedelta(minutes=10)
    talk.engine.absent("", "#mozmeao", at, at + timedelta(minutes=6))
    assert talk.tell("12:20 <rookie> !inc status")[-1].endswith("I was away for 6 minutes.")
    assert "away" in talk.tell("13:16:00 <rookie> !inc status")[-1]
    assert "away" not in talk.tell("13:16:01 <rookie> !inc status")[-1]


def test_reminders_that_came_late_are_counted():
    talk = Talk()
    talk.tell(LED)
    back = NOON + timedelta(minutes=50)
    talk.engine.tick(back)
    talk.engine.absent("", "#mozmeao", NOON + timedelta(minutes=10), back)
    answer = talk.engine.hear([line("12:51", "rookie", "!inc status")])[-1].text
    assert answer.endswith("I was away for 40 minutes, reminders that came late: 1.")


# --- greetings ----------------------------------------------------------------------------------


def test_whoever_joins_the_comms_channel_is_told_how_it_stands_once():
    check(
        LED
        + """
        12:01 -!- rookie has joined #mozmeao
        12:01 -ilbot:rookie- Incident 1 (open): MDN is down. IL: metadave since 12:00 UTC. Comms: #mozmeao.
        12:01 -ilbot:rookie- Declared 12:00 UTC, 1 minute ago. No update yet. Next due 12:30 UTC.
        12:02 -!- rookie has left #mozmeao
        12:03 -!- rookie has joined #mozmeao
        12:04 -!- passerby has joined #moc
        12:05 <jgmize> TL: one
        12:05 -ilbot:jgmize- #1 recorded
        12:06 -!- jgmize has joined #mozmeao
        12:07 -!- metadave has joined #mozmeao
        12:08 -!- ilbot has joined #mozmeao
        """
    )


@pytest.mark.parametrize("surroundings", [setting(greet=False), setting(quiet=True)])
def test_greetings_can_be_off(surroundings):
    assert replies_to(LED + "12:01 -!- rookie has joined #mozmeao", surroundings) == []


def test_a_process_may_welcome_people():
    told = replies_to(
        LED + "12:01 -!- rookie has joined #mozmeao",
        setting(process(welcome="Welcome. {prefix} role says who does what.")),
    )
    assert told[-1] == "12:01 -ilbot:rookie- Welcome. !inc role says who does what."


def test_a_netsplit_that_heals_is_no_flood_of_greetings():
    talk = Talk()
    talk.tell(LED)
    joins = ", ".join(f"n{number}" for number in range(50))
    told = talk.tell(f"12:01 -!- Netsplit over, joins: {joins}")
    assert len(told) == 1 + 2 * 10
    assert len(talk.tell("12:10:59 -!- n40 has joined #mozmeao")) == 1
    assert len(talk.tell("12:11:00 -!- n40 has joined #mozmeao")) == 1 + 2


# --- lists, help, advice ------------------------------------------------------------------------


def test_the_newest_three_are_listed():
    talk = Talk()
    talk.tell(LED + "12:01 <metadave> !inc resolve")
    assert talk.tell("12:02 <rookie> !inc list")[1:] == [
        "12:02 <ilbot> rookie: 1 resolved: MDN is down (12:00 UTC, 1 min, led by metadave)"
    ]
    for number in range(2, 6):
        talk.tell(f"12:{number * 10} <metadave> !inc declare number {number} is down --drill")
        talk.tell(f"12:{number * 10 + 1} <metadave> !inc resolve")
    told = talk.tell("--- 2018-01-11\n10:00 <rookie> !inc list")
    assert told[-3:] == [
        "10:00 <ilbot> rookie: 5 resolved (drill): number 5 is down (2018-01-10 12:50 UTC, 1 min, led by metadave)",
        "10:00 <ilbot> rookie: 4 resolved (drill): number 4 is down (2018-01-10 12:40 UTC, 1 min, led by metadave)",
        "10:00 <ilbot> rookie: 3 resolved (drill): number 3 is down (2018-01-10 12:30 UTC, 1 min, led by metadave) and 2 more",
    ]


def test_without_any_there_is_no_list():
    assert replies_to("12:00 <rookie> !inc list") == ["12:00 <ilbot> rookie: no incident is known."]


def test_the_version_is_told():
    assert replies_to("12:00 *rookie* version") == [
        f"12:00 *ilbot:rookie* rookie: ircbot {__version__}"
    ]


def test_advice_is_another_each_minute():
    calm = setting(process(tips=("breathe", "smile")))
    told = [replies_to(f"12:0{n} <rookie> !inc tips", calm)[0][-7:].strip(" :") for n in range(3)]
    assert told == ["breathe", "smile", "breathe"]
    assert replies_to("12:00 <rookie> !inc tips") == ["12:00 <ilbot> rookie: take a breath."]


def test_help_is_at_most_three_lines():
    criteria = setting(process(criteria=("data is lost", "users cannot log in")))
    check(
        """
        --- #mozmeao
        12:00 <rookie> !inc help
        12:00 <ilbot> rookie: to open an incident: "I am declaring an incident", or !inc declare SUMMARY; only to practise: !inc declare --drill SUMMARY
        12:00 <ilbot> rookie: more: !inc help starting, during, handing over, ending, afterwards; all commands: !inc help commands; one: !inc help COMMAND
        12:01 <rookie> !inc
        12:01 <ilbot> rookie: to open an incident: "I am declaring an incident", or !inc declare SUMMARY; only to practise: !inc declare --drill SUMMARY
        12:01 <ilbot> rookie: more: !inc help starting, during, handing over, ending, afterwards; all commands: !inc help commands; one: !inc help COMMAND
        12:02 <rookie> ilbot: help tl
        12:02 <ilbot> rookie: !inc tl [-10m|14:55|yesterday 23:10] TEXT, or tl last [N] [NICK] — records an entry, a late one with its true time, or lines already said
        12:03 <rookie> !inc help !inc
        12:03 <ilbot> rookie: to open an incident: "I am declaring an incident", or !inc declare SUMMARY; only to practise: !inc declare --drill SUMMARY
        12:03 <ilbot> rookie: more: !inc help starting, during, handing over, ending, afterwards; all commands: !inc help commands; one: !inc help COMMAND
        12:04 <rookie> !inc help declare
        12:04 <ilbot> rookie: !inc declare SUMMARY [--since TIME] [--at TIME [--resolved TIME]] [--drill] [--private] — opens an incident, which you lead; --since takes in what was said here from then on, --at is when it began, --resolved when it was over
        12:04 <ilbot> rookie: An incident is any of: data is lost; users cannot log in
        12:05 <rookie> !inc help delcare
        12:05 <ilbot> rookie: no such command; did you mean !inc declare?
        12:06 *rookie* help xyzzy
        12:06 *ilbot:rookie* rookie: no such command. !inc help commands lists them.
        """,
        criteria,
    )


def test_times_are_told_in_the_configured_zone():
    berlin: Setting = replace(setting(english()), zone=ZoneInfo("Europe/Berlin"))
    talk = Talk(berlin)
    talk.tell(LED)
    assert "IL: metadave since 13:00 CET" in talk.tell("12:01 <rookie> !inc status")[1]


# --- questions of the bot -----------------------------------------------------------------------


def test_a_question_to_somebody_is_nobody_else_s_and_one_to_all_names_nobody():
    talk = check(
        LED
        + """
        12:10 <metadave> !inc resolve
        12:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 10 minutes. The incident report is due 2018-01-12 12:10 UTC from metadave.
        12:20 <jgmize> it's down again
        12:20 -ilbot- metadave: is incident 1 (MDN is down) not over? !inc yes opens it again.
        12:21 <@boss> !inc yes
        12:21 <ilbot> boss: I asked you nothing.
        12:22 -!- metadave has quit [bye]
        12:51 <jgmize> it's down again, really
        12:51 -ilbot- is incident 1 (MDN is down) not over? !inc yes opens it again.
        12:52 <@boss> !inc yes
        12:52 #mozmeao #meao-infra #moc -ilbot- Incident 1 is open again: it's down again, really. Who leads? Say "I am the incident leader".
        """
    )
    assert talk.incident.live
