"""How long it was open, without a leader, without a word, of impact."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from report.tale import NOON, PROCESS, Tale, outage, unresolved

from ircbot.incident.events import (
    Arrived,
    ChangeUndone,
    Closed,
    Declared,
    HolderBack,
    HolderLeft,
    LogEnded,
    MilestoneSet,
    Noted,
    Promised,
    Reopened,
    Resolved,
    RoleLeft,
    RoleTaken,
    SeveritySet,
    Struck,
    Updated,
    Withdrawn,
)
from ircbot.incident.line import Source
from ircbot.incident.people import Person
from ircbot.incident.process import Process, Severity, Updates
from ircbot.incident.state import Incident
from ircbot.incident.stretches import (
    Silence,
    Span,
    end_of,
    filled,
    handovers,
    impact,
    leaderless,
    mitigated_after,
    next_due,
    open_spans,
    open_time,
    peak,
    severities,
    silences,
    total,
    untold,
)

DAVE, JOSH, ANN = Person("metadave"), Person("jgmize"), Person("ann")

# Every hour by itself, every quarter at severity 1, every two hours at 3.
GRADED: Process = replace(
    PROCESS,
    updates=Updates(every=timedelta(hours=1)),
    severities={
        "1": Severity("1", update_every=timedelta(minutes=15)),
        "3": Severity("3", update_every=timedelta(hours=2)),
    },
)


def since(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def minutes(spans: tuple[Span, ...] | None) -> list[tuple[int, int]]:
    assert spans is not None
    return [
        (round((s.begin - NOON) / timedelta(minutes=1)), round((s.end - NOON).total_seconds() / 60))
        for s in spans
    ]


def judged(found: tuple[Silence, ...]) -> list[tuple[int, int, int, bool]]:
    """From when to when, how long it may be, whether it was longer; in minutes."""
    return [(*minutes((s.span,))[0], round(s.limit.total_seconds() / 60), s.over) for s in found]


def declared(*, led: bool = True) -> Tale:
    tale = Tale().tell(Declared("down", "tale"))
    return tale.tell(RoleTaken("lead", DAVE)) if led else tale


def thrice() -> Tale:
    """Open from 0 to 60, from 4000 to 4018 and from 9000 to 9030."""
    tale = declared().note("a", 30).tell(Resolved("restarted"), 60)
    tale.tell(Reopened("again"), 4000).note("b", 4003).tell(Resolved("really"), 4018)
    return tale.tell(Reopened("and again"), 9000).tell(Resolved("for good"), 9030)


# --- when people worked on it -------------------------------------------------------------------


def test_open_time_is_that_of_the_stretches():
    incident = thrice().incident
    assert minutes(open_spans(incident)) == [(0, 60), (4000, 4018), (9000, 9030)]
    assert total(open_spans(incident)) == timedelta(minutes=108)
    assert open_time(incident, since(50), since(4010)) == timedelta(minutes=20)


def test_what_was_said_at_each_resolution_is_kept():
    said = [stretch.resolution for stretch in thrice().incident.stretches]
    assert said == ["restarted", "really", "for good"]


def test_of_a_closed_incident_that_is_reopened_the_time_in_between_is_left_out():
    tale = declared().tell(Resolved(), 20).tell(Closed(), 500).tell(Reopened("x"), 900)
    assert minutes(open_spans(tale.incident, since(910))) == [(0, 20), (900, 910)]


def test_a_withdrawn_incident_that_is_reopened_has_two_stretches():
    tale = declared().tell(Withdrawn("a drill"), 7).tell(Reopened("it was none"), 30)
    assert minutes(open_spans(tale.incident, since(40))) == [(0, 7), (30, 40)]
    assert [s.resolution for s in tale.incident.stretches] == ["a drill", ""]


def test_an_open_incident_ends_now_or_when_it_last_changed():
    incident = unresolved("a", "b")
    assert end_of(incident) == since(2)
    assert end_of(incident, since(540)) == since(540)


def test_an_imported_one_that_is_open_ends_with_its_log():
    tale = Tale().tell(Declared("down", "tale"), source=Source.IMPORT)
    tale.tell(LogEnded(), 25, source=Source.IMPORT)
    assert end_of(tale.incident, since(500_000)) == since(25)


def test_a_withdrawn_incident_ended_when_it_was_withdrawn():
    tale = declared().tell(Withdrawn("a drill nobody knew of"), 7)
    assert end_of(tale.incident, since(540)) == since(7)


def test_a_length_is_the_difference_of_the_times_as_they_are_shown():
    begin = NOON + timedelta(seconds=50)
    assert Span(begin, NOON + timedelta(minutes=30, seconds=10)).length == timedelta(minutes=30)
    assert Span(begin, NOON + timedelta(seconds=70)).length == timedelta(seconds=20)


# --- impact -------------------------------------------------------------------------------------


def test_impact_lasts_until_it_is_mitigated_or_else_resolved():
    tale = declared().tell(MilestoneSet("started", since(-10)))
    assert impact(tale.incident) is None
    assert minutes(impact(tale.tell(MilestoneSet("mitigated", since(20)), 20).incident)) == [
        (-10, 20)
    ]
    assert minutes(impact(tale.tell(Resolved(), 60).incident)) == [(-10, 20)]


def test_impact_that_went_on_is_not_over_because_it_was_mitigated_once():
    tale = declared().tell(MilestoneSet("started", NOON)).tell(MilestoneSet("mitigated", since(20)))
    tale.tell(Resolved(), 60).tell(Reopened("again"), 4000)
    assert impact(tale.incident) is None
    assert mitigated_after(tale.incident) is None
    tale.tell(Resolved(), 4018)
    assert minutes(impact(tale.incident)) == [(0, 20), (4000, 4018)]
    assert mitigated_after(tale.incident) is None
    tale.tell(MilestoneSet("mitigated", since(4010)))
    assert minutes(impact(tale.incident)) == [(0, 20), (4000, 4010)]
    assert mitigated_after(tale.incident) == timedelta(minutes=70)


def test_the_time_to_mitigate_runs_from_the_declaration():
    tale = declared().tell(MilestoneSet("mitigated", since(20)), 25)
    assert mitigated_after(tale.incident) == timedelta(minutes=20)


def test_a_false_alarm_had_no_impact():
    tale = declared().tell(MilestoneSet("started", NOON)).tell(Withdrawn("nothing"), 5)
    assert impact(tale.incident) is None


# --- how bad it was -----------------------------------------------------------------------------


def test_the_severities_and_the_worst_of_them():
    tale = (
        declared().tell(SeveritySet("3"), 10).tell(SeveritySet("1"), 20).tell(SeveritySet("3"), 30)
    )
    incident = tale.tell(Resolved(), 40).incident
    held = [(r.severity, *minutes((Span(r.since, r.until),))[0]) for r in severities(incident)]
    assert held == [("", 0, 10), ("3", 10, 20), ("1", 20, 30), ("3", 30, 40)]
    assert peak(incident, GRADED) == "1"
    assert peak(declared().incident, GRADED) == ""
    assert peak(declared().tell(SeveritySet("odd")).incident, GRADED) == "odd"


def test_a_severity_that_was_taken_back_never_held():
    tale = declared().tell(SeveritySet("3")).tell(SeveritySet("1"), 10).tell(ChangeUndone(2), 11)
    assert peak(tale.incident, GRADED) == "3"
    assert [r.severity for r in severities(tale.incident)] == ["3"]


# --- how long nobody said anything --------------------------------------------------------------


def test_entries_and_updates_are_signs_of_life():
    tale = declared().note("a", 10).tell(Updated("b"), 25).note("c", 70)
    found = silences(tale.tell(Resolved(), 90).incident, PROCESS)
    assert judged(found) == [
        (0, 10, 30, False),
        (10, 25, 30, False),
        (25, 70, 30, True),
        (70, 90, 30, False),
    ]
    assert [silence.span.entry for silence in found] == [1, None, 2, None]


def test_what_a_bystander_says_or_somebody_says_elsewhere_or_in_private_is_none():
    tale = declared().note("a", 10, "ann")
    tale.tell(Noted(2, "b"), 20, channel="#moc").tell(Noted(3, "c"), 30, channel="")
    assert judged(silences(tale.tell(Resolved(), 40).incident, PROCESS)) == [(0, 40, 30, True)]


def test_while_nobody_leads_whoever_declared_it_tells_how_things_stand():
    tale = declared(led=False).note("a", 10).tell(RoleTaken("lead", JOSH), 15).note("b", 20)
    assert judged(silences(tale.tell(Resolved(), 30).incident, PROCESS)) == [
        (0, 10, 30, False),
        (10, 30, 30, False),
    ]


def test_a_struck_entry_and_one_after_the_end_are_no_signs():
    incident = declared().note("a", 10).tell(Struck(1), 11).tell(Resolved(), 40).note("b", 60)
    assert judged(silences(incident.incident, PROCESS)) == [(0, 40, 30, True)]


def test_a_late_entry_counts_when_it_was_written_down():
    tale = declared().tell(Noted(1, "earlier", at=since(5)), 50)
    assert [x[:2] for x in judged(silences(tale.tell(Resolved(), 60).incident, PROCESS))] == [
        (0, 50),
        (50, 60),
    ]


def test_the_time_between_two_stretches_is_nobodys_silence():
    tale = declared().note("a", 15).tell(Resolved(), 30).tell(Reopened("again"), 4022)
    incident = tale.note("b", 4030).tell(Resolved(), 4040).incident
    assert max(s.length for s in silences(incident, PROCESS)) == timedelta(minutes=15)
    assert leaderless(incident, PROCESS) == ()


def test_a_silence_is_judged_by_the_severity_of_its_time():
    tale = declared().tell(SeveritySet("3"), 0).note("a", 90).tell(SeveritySet("1"), 91)
    tale.note("b", 111).tell(SeveritySet("3"), 112).tell(Resolved(), 120)
    assert judged(silences(tale.incident, GRADED)) == [
        (0, 90, 120, False),
        (90, 111, 15, True),
        (111, 120, 120, False),
    ]


def test_a_silence_in_which_it_was_graver_for_a_while_is_judged_by_that():
    tale = declared().tell(SeveritySet("3")).tell(SeveritySet("1"), 20).tell(SeveritySet("3"), 40)
    assert judged(silences(tale.tell(Resolved(), 50).incident, GRADED)) == [(0, 50, 15, True)]


def test_who_makes_it_graver_has_the_time_of_the_new_clock_from_then_on():
    tale = declared().tell(SeveritySet("3")).tell(SeveritySet("1"), 60)
    assert next_due(tale.incident, GRADED) == since(75)
    assert judged(silences(tale.tell(Resolved(), 75).incident, GRADED)) == [(0, 75, 15, False)]


def test_who_makes_it_less_grave_has_more_time():
    tale = declared().tell(SeveritySet("1")).tell(SeveritySet("3"), 10)
    assert next_due(tale.incident, GRADED) == since(120)
    assert judged(silences(tale.tell(Resolved(), 100).incident, GRADED)) == [(0, 100, 120, False)]


def test_a_clock_that_was_over_stays_over_whatever_comes_afterwards():
    tale = declared().tell(SeveritySet("1")).tell(SeveritySet("3"), 20)
    assert judged(silences(tale.tell(Resolved(), 30).incident, GRADED)) == [(0, 30, 15, True)]


def test_whoever_asks_may_have_a_limit_of_their_own():
    incident = declared().tell(SeveritySet("1")).tell(Resolved(), 50).incident
    own = silences(incident, GRADED, limit=timedelta(minutes=60))
    assert judged(own) == [(0, 50, 60, False)]


def test_the_notified_channels_have_a_silence_of_their_own():
    tale = declared().note("a", 10).tell(Updated("b", ("#mdndev", "#moc")), 25)
    tale.tell(Updated("only here", ("#mdndev",)), 30).tell(Resolved(), 60)
    assert minutes(untold(tale.incident)) == [(0, 25), (25, 60)]


def test_an_update_that_the_comms_channel_refused_tells_nothing_there():
    tale = declared().tell(Updated("b", ("#mdndev", "#moc")), 20)
    tale.tell(Arrived("update", 1, ("#moc",), ("#mdndev",), ("moderated",), True), 20)
    assert [x[:2] for x in judged(silences(tale.tell(Resolved(), 40).incident, PROCESS))] == [
        (0, 40)
    ]


def test_a_promise_stands_where_the_update_did_not_arrive():
    tale = declared().tell(Promised(since(30)), 1, channel="#moc")
    tale.tell(Updated("b", ("#mdndev", "#moc")), 20)
    assert tale.incident.promised("#moc") is None
    tale.tell(Arrived("update", 1, ("#mdndev",), ("#moc",), ("banned",), True), 20)
    assert tale.incident.promised("#moc").due == since(30)


def test_what_became_of_nothing_on_record_changes_nothing():
    before = declared().incident
    for arrived in (Arrived("update", 1), Arrived("call", 1), Arrived("other", 1)):
        after = declared().tell(arrived).incident
        assert (after.updates, after.calls) == (before.updates, before.calls)


# --- how long nobody led ------------------------------------------------------------------------


def test_nobody_leads_before_between_and_after_leaders():
    tale = declared(led=False).tell(RoleTaken("lead", DAVE), 5)
    tale.tell(RoleLeft("lead", DAVE), 20).tell(RoleTaken("lead", JOSH), 30)
    incident = tale.tell(RoleLeft("lead", JOSH), 50).tell(Resolved(), 60).incident
    assert minutes(leaderless(incident, PROCESS)) == [(0, 5), (20, 30), (50, 60)]


def test_somebody_led_throughout():
    assert leaderless(outage("a"), PROCESS) == ()


def test_whoever_has_left_does_not_lead():
    tale = declared().tell(HolderLeft(DAVE, "quit"), 10).tell(RoleTaken("lead", JOSH, "gone"), 70)
    incident = tale.tell(Resolved(), 80).incident
    assert minutes(leaderless(incident, PROCESS)) == [(10, 70)]
    assert minutes(filled(incident.terms[0], incident, PROCESS)) == [(0, 10)]


def test_whoever_comes_back_leads_again():
    tale = declared().tell(HolderLeft(DAVE, "part"), 10).tell(HolderBack(DAVE), 25)
    assert minutes(leaderless(tale.tell(Resolved(), 40).incident, PROCESS)) == [(10, 25)]


def test_whoever_is_still_away_does_not_lead():
    incident = declared().tell(HolderLeft(DAVE, "quit"), 10).incident
    assert minutes(leaderless(incident, PROCESS, since(30))) == [(10, 30)]


def test_a_split_that_heals_keeps_nobody_from_leading_and_one_that_lasts_does():
    healed = declared().tell(HolderLeft(DAVE, "split"), 10).tell(HolderBack(DAVE), 13)
    assert leaderless(healed.tell(Resolved(), 40).incident, PROCESS) == ()
    lasts = declared().tell(HolderLeft(DAVE, "split"), 10).tell(RoleTaken("lead", JOSH), 20)
    assert minutes(leaderless(lasts.tell(Resolved(), 40).incident, PROCESS)) == [(10, 20)]


def test_whoever_has_the_lead_by_default_leads_from_when_they_are_heard():
    tale = declared(led=False).tell(RoleTaken("lead", ANN, "default"))
    incident = tale.incident
    assert minutes(leaderless(incident, PROCESS, since(9))) == [(0, 9)]
    tale.note("here", 10, ANN)
    assert minutes(leaderless(tale.tell(Resolved(), 30).incident, PROCESS)) == [(0, 10)]


def test_a_leader_who_left_while_it_was_over_does_not_lead_once_it_is_reopened():
    tale = declared().tell(Resolved(), 20).tell(HolderLeft(DAVE, "quit"), 30)
    tale.tell(Reopened("again"), 60, by="ann")
    assert tale.incident.holder() is None
    assert minutes(leaderless(tale.incident, PROCESS, since(70))) == [(60, 70)]
    tale.tell(RoleTaken("lead", ANN), 65).tell(Resolved(), 90)
    assert minutes(leaderless(tale.incident, PROCESS)) == [(60, 65)]


def test_whoever_goes_on_after_a_reopening_hands_nothing_over():
    assert handovers(thrice().incident) == ()


def test_another_leader_after_a_reopening_took_over():
    tale = declared().tell(Resolved(), 20).tell(Reopened("again"), 60)
    tale.tell(RoleTaken("lead", ANN, "accepted"), 65)
    passed = [(a.holder.nick, b.holder.nick) for a, b in handovers(tale.incident)]
    assert passed == [("metadave", "ann")]


def test_nobody_hands_over_what_ended_with_a_resolution():
    tale = declared().tell(Resolved(), 20).tell(HolderLeft(DAVE, "quit"), 30)
    tale.tell(Reopened("again"), 60).tell(RoleTaken("lead", ANN, "claimed"), 65)
    assert handovers(tale.incident) == ()
    assert minutes(leaderless(tale.incident, PROCESS)) == [(60, 65)]


def test_an_incident_of_no_length_has_no_figures():
    incident: Incident = declared(led=False).incident
    assert silences(incident, PROCESS) == ()
    assert untold(incident) == ()
    assert leaderless(incident, PROCESS) == ()
