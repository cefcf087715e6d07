"""What a report says: figures with their formulas, and everything there is to know of an entry."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from core import LED, Talk
from report.tale import NOON, PROCESS, Tale, outage, unresolved

from ircbot.incident.events import (
    Absent,
    ActionAdded,
    Arrived,
    CommsSet,
    Declared,
    Edited,
    ImpactSet,
    MilestoneSet,
    Noted,
    Notified,
    Parked,
    PropsGiven,
    Purged,
    Redacted,
    Reopened,
    Resolved,
    RoleTaken,
    Secured,
    SeveritySet,
    Struck,
    Updated,
    WhyAdded,
    Withdrawn,
)
from ircbot.incident.line import Source
from ircbot.incident.people import Person
from ircbot.incident.process import Process
from ircbot.incident.state import Incident
from ircbot.processes import load_process
from ircbot.report import FORMATS
from ircbot.report.content import lacking, unwritten
from ircbot.report.missing import missing
from ircbot.report.render import render

PAGES = tuple(format_ for format_ in FORMATS if format_ != "json")
DAVE, JOSH = Person("metadave"), Person("jgmize", "josh")


def text(incident: Incident, process: Process = PROCESS, **options: object) -> str:
    """The plain report, its lines unwrapped."""
    page = render(incident, process, "text", **options)  # type: ignore[arg-type]
    return " ".join(page.split())


def declared(*, drill: bool = False) -> Tale:
    return Tale().tell(Declared("MDN is down", "tale", drill=drill), channel="#mozmeao")


# What people are asked to write, as long as nothing is known.
UNWRITTEN = (
    "Summary",
    "Impact",
    "Detection",
    "Root cause and trigger",
    "Resolution",
    "What went well",
    "What went poorly",
    "Where we got lucky",
    "Action items",
)
FOR_WRITING = ("mana", "mediawiki")


def headings(page: str) -> list[str]:
    """The headings of a plain report."""
    return re.findall(r"(?m)^(.+)\n-+$\n\n", page)


def test_a_report_opens_with_what_somebody_in_a_hurry_reads():
    tale = declared().tell(ImpactSet("all of MDN")).tell(RoleTaken("lead", DAVE), 3)
    tale.tell(Updated("we are on it"), 4)
    page = render(tale.tell(Resolved(), 300).incident, PROCESS, "text")
    assert headings(page)[:4] == ["Summary", "Impact", "Timeline", "Facts"]
    before, _, after = page.partition("Timeline\n--------\n")
    assert "all of MDN\n\nTo lead 3 min · To mitigate not known · To resolve 5 h 00 min\n" in before
    assert "12:04        metadave: Update: we are on it\n" in after
    assert page.count("we are on it") == 1


@pytest.mark.parametrize("format_", [f for f in PAGES if f not in FOR_WRITING])
def test_what_nobody_has_written_is_one_list_at_the_end_of_a_file(format_):
    page = render(declared().incident, PROCESS, format_).replace("\\-", "-")
    before, _, after = page.partition("Still to be written")
    items = [f"{title}: " for title in UNWRITTEN]
    after = after.replace("&#58;", ":")
    assert [after.count(item) for item in items] == [1] * len(items)
    assert "o be written" not in before
    assert "What went well" not in before


@pytest.mark.parametrize("format_", FOR_WRITING)
def test_pages_on_which_people_write_have_anchored_headings_for_it(format_):
    page = render(declared().incident, PROCESS, format_)
    for key in ("summary", "impact", "detection", "cause", "resolution", "well", "poorly", "lucky"):
        anchor = f'ac:name="">{key}<' if format_ == "mana" else f'<span id="{key}">'
        assert page.count(anchor) == 1
    assert page.count("To be written") == len(UNWRITTEN)


@pytest.mark.parametrize("format_", FOR_WRITING)
def test_what_people_write_ends_where_something_computed_begins(format_):
    asking = replace(PROCESS, questions=("Who was hit?",))
    page = render(declared().tell(ImpactSet("all of MDN")).incident, asking, format_)
    heading, end = ('ac:name="">', "<") if format_ == "mana" else ('<span id="', '"')
    begin = page.index(f"{heading}impact{end}")
    assert begin < page.index(f"{heading}impact-end{end}") < page.index("all of MDN", begin)
    assert f"{heading}well-end{end}" not in page
    assert f"{heading}question-1{end}" in page
    assert "-end" not in render(outage("a"), PROCESS, format_, edition="public")


@pytest.mark.parametrize("format_", PAGES)
def test_nobody_is_asked_to_write_about_a_false_alarm_or_in_public(format_):
    withdrawn = declared().tell(Withdrawn("a typo"), 5).incident
    assert "o be written" not in render(withdrawn, PROCESS, format_)
    assert "o be written" not in render(outage("a"), PROCESS, format_, edition="public")


def test_what_is_to_be_written_is_named_section_by_section():
    asked = [s.split(" is to be written")[0] for s in lacking(declared().incident, PROCESS)]
    assert asked[: len(UNWRITTEN)] == list(UNWRITTEN)
    told = declared().tell(ImpactSet("all of MDN")).tell(WhyAdded("because")).incident
    asked = [s.split(" is to be written")[0] for s in lacking(told, PROCESS)]
    assert not {"Impact", "Root cause and trigger"} & set(asked)
    assert lacking(declared().tell(Withdrawn("a typo"), 5).incident, PROCESS) == ()
    assert unwritten(told, PROCESS) == tuple(t for t in UNWRITTEN if t in asked)


@pytest.mark.parametrize("format_", PAGES)
def test_a_drill_is_marked(format_):
    page = render(declared(drill=True).incident, PROCESS, format_)
    assert "Drill: Incident report 1" in page.replace("&#58;", ":")
    assert "This was a drill" in page
    assert "drill" not in render(declared().incident, PROCESS, format_).lower()


def test_a_number_is_printed_with_its_formula_and_its_two_times():
    tale = declared().tell(MilestoneSet("started", NOON - timedelta(minutes=20)))
    tale.tell(MilestoneSet("detected", NOON - timedelta(minutes=5)))
    tale.tell(RoleTaken("lead", DAVE), 3)
    tale.tell(MilestoneSet("mitigated", NOON + timedelta(minutes=40)))
    page = text(tale.tell(Resolved(), 300).incident)
    assert "Time to detect 15 min (started 11:40 → detected 11:55)" in page
    assert "Time to declare 5 min (detected 11:55 → declared 12:00)" in page
    assert "Time to a leader 3 min (declared 12:00 → first leader 12:03)" in page
    assert "Time to mitigate 40 min (declared 12:00 → mitigated 12:40)" in page
    assert "Time to resolve 5 h 00 min (declared 12:00 → resolved 17:00)" in page
    assert "Time of impact 1 h 00 min (started 11:40 → mitigated 12:40)" in page
    assert "Without a leader: 3 min" in page


def test_a_figure_that_cannot_be_computed_says_what_is_not_known():
    page = text(outage("a"))
    assert "Time to detect: not known started → detected: started and detected not known" in page
    assert "Time to mitigate: not known declared → mitigated: mitigated not known" in page


def test_durations_freeze_at_resolution():
    page = text(outage("a"), now=NOON + timedelta(days=400))
    assert "Time to resolve 1 h 01 min (declared 12:00 → resolved 13:01)" in page


def test_an_open_incident_has_no_time_to_resolve():
    page = text(unresolved("a", "b"))
    assert "*** This incident is still open; this is what was known at 2018-01-10 12:02." in page
    assert "Time to resolve (" not in page
    assert "Report due once it is resolved" in page


def test_a_reopened_incident_is_open_again():
    tale = declared().tell(RoleTaken("lead", DAVE)).tell(Resolved("done"), 60)
    page = text(tale.tell(Reopened("it is back"), 90).incident)
    assert "still open" in page
    assert "Incident reopened: it is back" in page
    assert "again, once reopened" in page


def test_the_zone_is_said_once_and_a_single_day_has_no_heading():
    page = text(outage("a"))
    assert page.count("UTC") == 1
    assert "All times are UTC." in page
    assert "Wednesday" not in page


def test_two_days_have_headings_and_whole_dates():
    tale = declared().note("late at night", 11 * 60).note("after midnight", 13 * 60)
    page = text(tale.tell(Resolved(), 27 * 60).incident)
    night = "Wednesday 2018-01-10 12:00 metadave: Incident declared: MDN is down 23:00 #1"
    assert night in page
    assert "Thursday 2018-01-11 01:00 #2 metadave: after midnight" in page
    assert "1 d 3 h 00 min (declared 2018-01-10 12:00 → resolved 2018-01-11 15:00)" in page


def test_times_are_shown_in_the_zone_that_is_asked_for():
    page = text(outage("a"), zone=ZoneInfo("America/Los_Angeles"))
    assert "All times are America/Los_Angeles (UTC-08:00)." in page
    assert "04:01 #1 jgmize: a" in page


def test_times_say_their_offset_when_the_clocks_were_changed_meanwhile():
    before = datetime(2018, 10, 28, 0, 30, tzinfo=UTC)  # 02:30 in Berlin, twice
    tale = Tale().tell(Declared("MDN is down", "tale"), before)
    tale.note("an hour later", before + timedelta(hours=1))
    page = text(tale.incident, zone=ZoneInfo("Europe/Berlin"))
    assert "All times are Europe/Berlin; each says its offset from UTC." in page
    assert "02:30+02:00 metadave: Incident declared" in page
    assert "02:30+01:00 #1 metadave: an hour later" in page


def test_an_edited_entry_shows_what_it_said_before():
    tale = declared().note("first", 1).tell(Edited(1, "second"), 2).tell(Edited(1, "third"), 3)
    page = text(tale.incident)
    assert "#1 metadave: third (edited; first: “first”) (then: “second”)" in page


def test_a_struck_entry_is_mentioned_and_not_shown():
    page = text(declared().note("a slip", 1).note("kept", 2).tell(Struck(1), 3).incident)
    assert "a slip" not in page
    assert "Taken out by hand: entry 1." in page


def test_a_redacted_entry_leaves_its_place():
    page = text(declared().note("a secret", 1).tell(Redacted(1), 2).incident)
    assert "secret" not in page
    assert "#1 metadave: [redacted]" in page
    assert "Redacted, the words are not kept: entry 1." in page


def test_a_late_entry_shows_both_times():
    late = Noted(1, "they were gone by then", at=NOON + timedelta(minutes=5))
    page = text(declared().tell(late, 45).incident)
    assert "12:05 #1 metadave: they were gone by then" in page
    assert "(written down later: 2018-01-10 12:45)" in page


def test_a_recovered_entry_among_others_is_marked():
    tale = declared().note("heard", 1).tell(Noted(2, "missed"), 2, source=Source.RECOVERED)
    page = text(tale.incident)
    assert "missed (recovered after a gap)" in page
    assert "heard (" not in page


def test_entries_that_all_come_from_a_log_say_so_once():
    tale = declared().tell(Noted(1, "one"), 1, source=Source.IMPORT)
    page = text(tale.tell(Noted(2, "two"), 2, source=Source.IMPORT).incident)
    assert page.count("taken from a log") == 1
    assert "All entries were taken from a log." in page


def test_a_gap_stands_in_the_timeline():
    gap = Absent(NOON + timedelta(minutes=3), NOON + timedelta(minutes=9), 4)
    page = text(declared().note("before", 1).tell(gap, 9).note("after", 10).incident)
    assert (
        "12:03 Not in #mdndev from 12:03 to 12:09: what was said there may be missing; "
        "4 lines came in later 12:10 #2" in page
    )


@pytest.mark.parametrize("format_", PAGES)
def test_what_an_entry_says_is_not_said_again_by_the_resolution(format_):
    words = "listeners are back since noon"
    tale = declared().note(f"the outage is over: {words}", 59).tell(Resolved(words), 60)
    page = render(tale.incident, PROCESS, format_)
    assert page.count("listeners are back") == 1
    assert "entry 1" in page


def test_a_hand_over_says_how_and_how_long():
    tale = declared().tell(RoleTaken("lead", DAVE), 0, DAVE)
    tale.tell(RoleTaken("lead", JOSH, "accepted"), 241, JOSH)
    page = text(tale.tell(Resolved(), 300).incident)
    assert (
        "16:01: jgmize (account josh) is incident leader (accepted the baton); "
        "metadave was, for 4 h 01 min"
    ) in page
    assert "16:01 jgmize (account josh): now incident leader" in page
    assert "Who: jgmize (account josh)" in page
    assert "Led by metadave, then jgmize (account josh)." in page


def test_updates_and_silences_are_measured_against_the_limit():
    tale = declared().tell(CommsSet("#mdndev")).tell(Updated("working on it"), 20)
    tale.note("found it", 70)
    page = text(tale.tell(Resolved(), 80).incident)
    sentence = (
        "1 update and 1 entry; longest silence 50 min (12:20 → 13:10), 1 of 3 gaps over 30 min."
    )
    assert sentence in page
    assert "Silences over 30 min: From To For ----- ----- ------ 12:20 13:10 50 min" in page


def test_of_very_many_silences_the_longest_are_listed_in_order_of_time():
    tale = declared().tell(RoleTaken("lead", DAVE)).tell(CommsSet("#mdndev"))
    for number in range(1, 21):
        tale.note("still at it", 31 * number + number * number)
    page = render(tale.incident, PROCESS, "text")
    rows = page.partition("The 12 longest of 20 silences over 30 min:")[2].partition(
        "Participants"
    )[0]
    begins = re.findall(r"(?m)^(\d{4}-\d\d-\d\d \d\d:\d\d) ", rows)
    assert begins == sorted(begins)
    assert len(begins) == 12


def test_a_severity_is_named_as_the_process_names_it():
    page = text(declared().tell(SeveritySet("1"), 1).tell(SeveritySet("odd"), 2).incident)
    assert "Severity odd" in page
    assert "Severity: 1 (everything is down)" in page


def test_people_who_helped_are_named():
    tale = declared().tell(Notified(("jwhitlock", "rjohnson"), "MDN is on fire"), 1)
    tale.tell(PropsGiven("atoll", "the graphs"), 2).tell(Parked("poor design"), 3)
    page = text(tale.incident)
    assert "12:01 metadave jwhitlock, rjohnson MDN is on fire" in page
    assert "- atoll: the graphs (metadave)" in page
    assert "Kept for the review" in page


def test_a_withdrawn_incident_is_a_false_alarm():
    incident = declared().tell(Withdrawn("a typo in the monitor"), 5).incident
    page = text(incident)
    assert "*** This was a false alarm and has been withdrawn: a typo in the monitor" in page
    assert "Report due" not in page
    assert missing(incident, PROCESS) == []


def test_a_security_matter_says_that_the_record_stops():
    assert "the record stops early" in text(declared().tell(Secured(), 5).incident)


def test_a_purged_incident_says_so_and_no_more():
    page = text(declared().note("what was seen", 1).tell(Purged(), 5).incident)
    assert "What was captured of this incident has been removed." in page
    assert "what was seen" not in page


def test_nothing_is_missing_from_a_complete_record():
    tale = declared().tell(RoleTaken("lead", DAVE)).tell(SeveritySet("1")).tell(ImpactSet("all"))
    tale.tell(MilestoneSet("started", NOON - timedelta(minutes=2)))
    tale.tell(MilestoneSet("detected", NOON - timedelta(minutes=1)))
    tale.tell(CommsSet("#mdndev")).note("found", 10)
    tale.tell(MilestoneSet("mitigated", NOON + timedelta(minutes=12)))
    tale.tell(WhyAdded("because")).tell(ActionAdded(1, "watch", "metadave", "2018-02-01"))
    assert missing(tale.tell(Resolved(), 20).incident, PROCESS) == []


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ([], "There is no severity."),
        ([], "It is not known when it was detected, nor by whom or by what."),
        ([], "It is not resolved."),
        ([], "Nobody was incident leader."),
        ([], "The timeline has no entry."),
        ([(ActionAdded(1, "watch"), 1)], "Action item 1 has no owner and no date."),
        ([(ActionAdded(1, "watch", "ann"), 1)], "Action item 1 has no date."),
        (
            [(MilestoneSet("mitigated", NOON - timedelta(minutes=1)), 1)],
            "The times are out of order: mitigated is before declared.",
        ),
        (
            [(CommsSet("#mdndev"), 1), (Resolved(), 45)],
            "Nobody said how things stand for more than 30 min once; the longest silence was 45 min.",
        ),
        (
            [(RoleTaken("lead", DAVE), 20), (Resolved(), 25)],
            "Nobody led for 20 min at a stretch.",
        ),
    ],
)
def test_what_is_missing_is_said(told, sentence):
    tale = declared()
    for event, at in told:
        tale.tell(event, at)
    assert sentence in missing(tale.incident, PROCESS)
    assert sentence in text(tale.incident)


@pytest.mark.parametrize("name", ["mozmeao", "grafana", "openverse", "2i2c", "princeton"])
@pytest.mark.parametrize("format_", PAGES)
def test_every_process_has_its_report_in_every_format(name, format_):
    process = load_process(name)
    page = render(outage("listeners are missing"), process, format_)
    page = page.replace("\\-", "-").replace("&#45;", "-")
    assert page.count("listeners are missing") == 1
    assert process.report.words[1:] in page


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("grafana", "What stopped the bleeding"),
        ("openverse", "The five whys"),
        ("2i2c", "Impact on the community"),
        ("princeton", "Why it happened"),
    ],
)
def test_a_process_has_sections_of_its_own(name, section):
    assert section in text(outage("a"), load_process(name))
    assert section not in text(outage("a"), load_process("mozmeao"))


def test_the_steps_of_the_process_are_in_the_report():
    page = text(outage("a"), load_process("mozmeao"))
    assert "How the process was met" in page
    assert "Was: met" in page


def test_plain_text_keeps_to_72_columns_but_never_breaks_a_word():
    url = "https://example.org/" + "x" * 90
    page = render(outage("word " * 60, f"see {url} and on", "火" * 30 + " and 火"), PROCESS, "text")
    assert [line.strip() for line in page.splitlines() if len(line) > 72] == [url]


def test_a_report_of_ten_thousand_entries_is_whole():
    page = render(outage(*(f"entry of thousands {n}" for n in range(10_000))), PROCESS, "markdown")
    assert page.count("entry of thousands") == 10_000
    assert '<a id="tl-10000"></a>10000 |' in page


def test_an_update_that_did_not_arrive_says_where():
    tale = declared().tell(Updated("working on it", ("#mdndev", "#moc")), 20)
    tale.tell(Arrived("update", 1, ("#mdndev",), ("#moc", "#x"), ("moderated", ""), True), 20)
    page = text(
        tale.tell(Notified(("bob", "cat")), 21)
        .tell(Arrived("call", 1, (), ("bob",), ("no such nick",)), 21)
        .tell(Notified(("dan",)), 22)
        .tell(Arrived("call", 2, (), ("dan",), ("no such nick",)), 22)
        .incident
    )
    assert "not delivered in #moc: moderated" in page
    assert "cat; not reached: bob" in page
    assert "not reached: dan" in page


def test_a_report_tells_each_resolution_and_the_worst_severity():
    tale = declared().tell(SeveritySet("1")).tell(SeveritySet("odd"), 5)
    tale.tell(Resolved("restarted"), 10).tell(Reopened("again"), 20).tell(Resolved(), 30)
    page = text(tale.tell(Reopened("and again"), 40).tell(Resolved("for good"), 50).incident)
    assert "Severity odd; at its worst 1 (everything is down)" in page
    assert "First resolved at 12:10: restarted" in page
    assert "Resolved again at 12:30." in page
    assert "the time between a resolution and a re-opening left out" in page


def test_silences_of_several_clocks_say_what_each_was_allowed():
    tale = declared().tell(CommsSet("#mdndev")).note("a", 40).tell(SeveritySet("1"), 41)
    page = text(tale.note("b", 42).tell(Resolved(), 80).incident)
    assert "Silences longer than allowed" in page
    assert "over 15 min to 30 min, as the severity of the time allowed" in page


def test_it_says_where_people_were_told_apart_by_nick_alone():
    told = "People are told apart by nick: no account was known here."
    came_back = """
        12:05 -!- metadave has quit [Quit]
        12:07 -!- metadave has joined #mozmeao
    """
    for accounts, lines, says in (
        (None, came_back, True), (None, "", False), ({"metadave": "dave"}, came_back, False)
    ):  # fmt: skip
        talk = Talk(accounts=accounts)
        talk.tell(LED + lines + "12:10 <metadave> !inc resolve")
        process = talk.setting.process
        for edition in ("internal", "public"):
            report = render(talk.incident, process, "text", edition=edition)
            assert (told in report) == (says and edition == "internal")


AGAIN = (
    LED
    + """
    12:10 <metadave> TL: listeners are missing
    14:00 <metadave> !inc resolve the listeners are back
    --- 2018-01-13
    09:02 <metadave> !inc reopen it is down again
    09:05 <metadave> TL: they are gone again
"""
)


def summary_of(text: str) -> str:
    talk = Talk()
    talk.tell(text)
    page = " ".join(render(talk.incident, PROCESS, "text").split())
    return page[page.index("Declared by") : page.index("Led by")].strip()


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        (
            LED + "14:00 <metadave> !inc resolve",
            "Declared by metadave at 2018-01-10 12:00 and resolved at 14:00, after 2 h 00 min.",
        ),
        (
            AGAIN,
            "Declared by metadave at 2018-01-10 12:00, and open again since 2018-01-13 09:02.",
        ),
        (
            AGAIN + "09:20 <metadave> !inc resolve",
            "Declared by metadave at 2018-01-10 12:00 and resolved at 2018-01-13 09:20; open for "
            "2 h 18 min in all (2018-01-10 12:00 → 14:00; 2018-01-13 09:02 → 09:20), within "
            "2 d 21 h 20 min.",
        ),
    ],
)
def test_the_summary_says_each_time_that_it_was_open(text, summary):
    assert summary_of(text) == summary


def test_what_it_was_taken_for_is_no_resolution():
    talk = Talk()
    talk.tell(LED + "12:10 <metadave> !inc withdraw a typo\n12:11 <metadave> !inc @1 reopen no")
    page = render(talk.incident, PROCESS, "text")
    assert "Taken for a false alarm at 12:10: a typo" in page
    assert "First resolved" not in page


def facts_of(incident) -> dict[str, str]:
    page = render(incident, PROCESS, "text")
    rows = page[page.index("Facts\n") : page.index("All times are")].splitlines()
    return dict(row.split("  ", 1) for row in rows[3:] if "  " in row)


def test_the_facts_have_one_row_for_what_is_not_known():
    talk = Talk()
    talk.tell(LED)
    facts = facts_of(talk.incident)
    assert facts["Not known"].split() == [
        "severity,",
        "when",
        "it",
        "started,",
        "when",
        "it",
        "was",
        "detected",
    ]
    assert not {"Severity", "Started", "Detected", "Mitigated", "Resolved"} & facts.keys()
    talk.tell("12:10 <metadave> !inc milestone detected 11:50\n12:11 <metadave> !inc resolve")
    facts = facts_of(talk.incident)
    assert facts["Not known"].strip() == "severity, when it started, when it was mitigated"
    assert facts["Detected"].strip() == "2018-01-10 11:50"


def test_the_report_of_a_private_incident_says_so():
    talk = Talk()
    talk.tell("12:00 <metadave> !inc declare a secret matter --private")
    assert "This incident is private" in render(talk.incident, PROCESS, "text")
    assert "private" not in render(talk.incident, PROCESS, "text", edition="public")
