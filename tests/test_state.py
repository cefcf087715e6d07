"""What each event does to an incident and to the state; and that no order of them is too much."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from core import NOON, at
from hypothesis import given, settings
from hypothesis import strategies as st

from ircbot.incident import events as e
from ircbot.incident.line import Source
from ircbot.incident.people import Person
from ircbot.incident.state import State, replay

DAVE = Person("metadave", "dave")
JG = Person("jgmize")
PASSER = Person("passer")
DECLARED = e.Declared("MDN is down", "mozmeao")


def entry(event, stamp="12:00", by=DAVE, incident=1, channel="#mozmeao", source=Source.LIVE):
    return e.Entry(incident, at(stamp), by, event, channel, source)


def incident_after(*entries):
    """Incident 1 after its declaration and these; events happen a minute apart from 12:01 on."""
    listed = [
        each
        if isinstance(each, e.Entry)
        else replace(entry(each), at=NOON + timedelta(minutes=number))
        for number, each in enumerate(entries, 1)
    ]
    return replay([entry(DECLARED), *listed]).incidents[1]


def moments(incident):
    return [(moment.kind, moment.text) for moment in incident.moments]


LEADS = e.RoleTaken("lead", DAVE)


# --- declared, described, ended ----------------------------------------------------------------


def test_a_declaration_opens_an_incident():
    state = replay([entry(e.Declared("MDN is down", "mozmeao", True, "MDN", "oftc"))])
    incident = state.incidents[1]
    assert (incident.id, incident.summary, incident.status) == (1, "MDN is down", "open")
    assert (incident.drill, incident.product, incident.network) == (True, "MDN", "oftc")
    assert (incident.declared_at, incident.declared_by) == (NOON, DAVE)
    assert incident.channel == "#mozmeao"
    assert incident.comms == ""
    assert incident.writers == {"@dave": DAVE}
    assert state.highest == 1
    assert state.latest is incident
    assert state.open == (incident,)


def test_ids_are_the_highest_ever_not_the_number_of_incidents():
    state = replay([entry(DECLARED, incident=7), entry(DECLARED, incident=3)])
    assert state.highest == 7
    assert [i.id for i in state.open] == [3, 7]
    assert state.latest.id == 7
    assert State().latest is None


@pytest.mark.parametrize(
    ("event", "field", "value"),
    [
        (e.Summarised("kuma is down"), "summary", "kuma is down"),
        (e.Summarised("kuma is down", "MDN"), "product", "MDN"),
        (e.ImpactSet("nobody can log in"), "impact", "nobody can log in"),
        (e.SeveritySet("1"), "severity", "1"),
        (e.StatusSet("investigating"), "stage", "investigating"),
        (e.CommsSet("#mdndev"), "comms", "#mdndev"),
        (e.CommsSet("#mdndev"), "channel", "#mdndev"),
        (e.VideoSet("my room"), "video", "my room"),
        (e.MilestoneSet("started", NOON), "started_at", NOON),
        (e.MilestoneSet("detected", NOON), "detected_at", NOON),
        (e.MilestoneSet("mitigated", NOON), "mitigated_at", NOON),
        (e.MilestoneSet("mitigated", None), "mitigated_at", None),
        (e.MilestoneSet("rolled back", NOON), "milestones", {"rolled back": NOON}),
        (e.MilestoneSet("rolled back", None), "milestones", {}),
        (e.Resolved("by hand"), "resolution", "by hand"),
        (e.Resolved(), "resolved_at", at("12:01")),
        (e.Resolved(), "status", "resolved"),
        (e.Closed(), "status", "closed"),
        (e.Closed(), "closed_at", at("12:01")),
        (e.Withdrawn("a typo"), "status", "withdrawn"),
        (e.Withdrawn("a typo"), "reason", "a typo"),
        (e.ReportPromised(), "report_promised_at", at("12:01")),
        (e.ReportDelivered(), "report_done_at", at("12:01")),
        (e.ReportDelivered(), "published", []),
        (e.MeetingSet(NOON), "meeting_at", NOON),
        (e.Secured(), "secured", True),
        (e.Secured(lifted=True), "secured", False),
        (e.Purged(), "purged", True),
        (e.Ticked("lead"), "ticked", {"lead": at("12:01")}),
        (e.Heard(), "changed_at", at("12:01")),
    ],
    ids=lambda value: getattr(type(value), "__name__", None) if hasattr(value, "__slots__") else "",
)
def test_a_fact_is_kept_in_its_place(event, field, value):
    assert getattr(incident_after(event), field) == value


def test_milestones_of_the_timeline_are_in_the_order_in_which_they_happened():
    incident = incident_after(
        LEADS,
        e.CommsSet("#mdndev"),
        e.VideoSet("my room"),
        e.SeveritySet("1"),
        e.StatusSet("fixing"),
        e.RoleTaken("scribe", JG),
        e.RoleLeft("scribe", JG),
        e.Secured(),
        e.Secured(lifted=True),
        e.Resolved("it works"),
        e.Reopened("it does not"),
        e.Resolved(),
        e.Closed(),
        e.Withdrawn("a typo"),
    )
    assert moments(incident) == [
        ("declared", "MDN is down"),
        ("lead", "metadave"),
        ("comms", "#mdndev"),
        ("video", "my room"),
        ("severity", "1"),
        ("status", "fixing"),
        ("scribe", "jgmize"),
        ("left", "jgmize"),
        ("security", ""),
        ("security lifted", ""),
        ("resolved", "it works"),
        ("reopened", "it does not"),
        ("resolved", ""),
        ("closed", ""),
        ("withdrawn", "a typo"),
    ]


def test_roles_end_and_offers_lapse_when_it_is_over():
    for end in (e.Resolved(), e.Withdrawn("a typo")):
        incident = incident_after(
            LEADS, e.RoleOffered("lead", JG), e.HolderLeft(DAVE, "quit"), e.Promised(NOON), end
        )
        assert incident.holder() is None
        assert incident.terms[0].until == at("12:05")
        assert incident.offers == {}
        assert set(incident.away) == {"@dave"}  # and is not there should it be re-opened
        assert incident.promises == {}


def test_who_led_leads_again_after_a_reopening_and_nobody_who_had_stopped_before():
    incident = incident_after(
        LEADS, e.RoleTaken("lead", JG), e.Resolved(), e.ReportDelivered(), e.Reopened("no")
    )
    assert incident.holders() == (JG,)
    assert [term.how for term in incident.terms] == ["claimed", "claimed", "reopened"]
    assert incident.live
    assert incident.resolved_at is None
    assert incident.report_done_at is None
    assert incident.clock == at("12:05")


def test_a_withdrawn_incident_is_reopened_without_a_leader():
    assert incident_after(LEADS, e.Withdrawn("no"), e.Reopened("yes")).holder() is None


# --- roles --------------------------------------------------------------------------------------


def test_the_one_lead_makes_room_for_the_next():
    incident = incident_after(LEADS, e.RoleOffered("lead", JG), e.RoleTaken("lead", JG, "accepted"))
    assert incident.holders() == (JG,)
    assert incident.terms[0].until == at("12:03")
    assert incident.offers == {}
    assert incident.term().how == "accepted"


def test_another_role_may_have_several_holders_until_they_leave_it():
    incident = incident_after(e.RoleTaken("scribe", JG), e.RoleTaken("scribe", DAVE))
    assert incident.holders("scribe") == (JG, DAVE)
    incident = incident_after(
        e.RoleTaken("scribe", JG), e.RoleTaken("scribe", DAVE), e.RoleLeft("scribe", JG)
    )
    assert incident.holders("scribe") == (DAVE,)
    assert incident.term("scribe").holder == DAVE
    assert incident.term("none") is None


@pytest.mark.parametrize("end", [e.OfferDeclined("lead"), e.OfferWithdrawn("lead")])
def test_an_offer_stands_until_it_is_declined_or_withdrawn(end):
    offered = incident_after(LEADS, e.RoleOffered("lead", JG))
    assert (offered.offers["lead"].to, offered.offers["lead"].by) == (JG, DAVE)
    assert incident_after(LEADS, e.RoleOffered("lead", JG), end).offers == {}


def test_an_offer_made_again_is_reminded_of_again():
    incident = incident_after(
        LEADS, e.RoleOffered("lead", JG), e.Reminded("baton:lead:1"), e.RoleOffered("lead", JG)
    )
    assert not incident.was_sent("baton:lead:1")


def test_a_leader_who_left_is_away_and_the_timeline_says_so():
    incident = incident_after(LEADS, e.HolderLeft(DAVE, "quit"))
    departure = incident.departed(Person("METADAVE_", "Dave"))
    assert (departure.how, departure.at) == ("quit", at("12:02"))
    assert moments(incident)[-1] == ("gone", "metadave")
    assert incident_after(LEADS, e.HolderLeft(DAVE, "quit"), e.HolderBack(DAVE)).away == {}


@pytest.mark.parametrize(
    "entries", [(LEADS, e.HolderLeft(DAVE, "split")), (e.HolderLeft(JG, "quit"),)]
)
def test_the_timeline_is_silent_of_splits_and_of_others_who_leave(entries):
    assert "gone" not in [kind for kind, _ in moments(incident_after(*entries))]


def test_a_leader_who_takes_a_role_is_not_away_any_more():
    assert incident_after(LEADS, e.HolderLeft(DAVE, "quit"), LEADS).away == {}


def test_a_nick_is_followed_through_roles_offers_and_absences():
    incident = incident_after(
        LEADS,
        e.RoleOffered("lead", JG),
        e.HolderLeft(DAVE, "quit"),
        e.Renamed("METADAVE", "dave|away"),
        e.Renamed("jgmize", "jg"),
    )
    assert incident.holder() == Person("dave|away", "dave")
    assert incident.offers["lead"].to == Person("jg")
    assert incident.offers["lead"].by.nick == "dave|away"
    assert incident.departed(Person("dave|away", "dave"))


def test_a_term_that_is_over_keeps_its_nick():
    incident = incident_after(LEADS, e.RoleTaken("lead", JG), e.Renamed("metadave", "dave"))
    assert incident.terms[0].holder == DAVE


@pytest.mark.parametrize(
    ("event", "by", "heard"),
    [
        (e.Heard(), DAVE, True),
        (e.Noted(1, "x"), DAVE, True),
        (e.Promised(NOON), DAVE, True),  # who puts off an update is not silent
        (e.ActionAdded(1, "x"), Person("dave_phone", "dave"), True),
        (e.Noted(1, "x"), JG, False),
        (e.Noted(1, "x"), Person("metadave", "thief"), False),
        (e.HolderLeft(DAVE, "quit"), DAVE, False),
    ],
)
def test_whatever_the_leader_has_recorded_ends_their_silence(event, by, heard):
    incident = incident_after(LEADS, entry(event, "12:30", by))
    assert (incident.led_at == at("12:30")) is heard


def test_what_the_leader_did_before_does_not_make_them_more_silent():
    late = incident_after(LEADS, entry(e.Heard(), "12:30"), entry(e.Noted(1, "x"), "12:10"))
    assert late.led_at == at("12:30")


# --- the timeline -------------------------------------------------------------------------------


def test_a_note_has_its_own_time_author_and_place_or_those_of_its_entry():
    plain, late = incident_after(
        e.Noted(1, "one"), e.Noted(2, "two", at("11:50"), JG, "#moc")
    ).notes
    assert (plain.at, plain.recorded, plain.by, plain.channel) == (
        at("12:01"),
        at("12:01"),
        DAVE,
        "#mozmeao",
    )
    assert (late.at, late.recorded, late.by, late.channel) == (at("11:50"), at("12:02"), JG, "#moc")


def test_a_note_keeps_its_earlier_wordings():
    note = incident_after(e.Noted(1, "one"), e.Edited(1, "two"), e.Edited(1, "three")).note(1)
    assert (note.text, note.before) == ("three", ("one", "two"))


def test_a_struck_note_comes_back_and_a_redacted_one_has_no_words_left():
    noted = (e.Noted(1, "one"), e.Edited(1, "two"))
    assert incident_after(*noted, e.Struck(1)).note(1).struck
    assert not incident_after(*noted, e.Struck(1), e.Restored(1)).note(1).struck
    bare = incident_after(*noted, e.Redacted(1)).note(1)
    assert (bare.text, bare.before, bare.redacted) == ("", (), True)


@pytest.mark.parametrize(
    "event",
    [
        e.Edited(2, "x"),
        e.Struck(0),
        e.Restored(-1),
        e.Redacted(9),
        e.ActionDone(1),
        e.ActionTicketed(1, "x"),
        e.HypothesisJudged(1, True),
    ],
)
def test_what_names_something_that_is_not_there_changes_nothing(event):
    before = incident_after(e.Noted(1, "one"))
    after = incident_after(e.Noted(1, "one"), event)
    assert replace(after, changed_at=None) == replace(before, changed_at=None)


def test_numbers_are_those_given_even_where_some_were_lost():
    incident = incident_after(e.Noted(1, "one"), e.Noted(4, "four"), e.Struck(4))
    assert incident.note(4).struck
    assert incident.note(2) is None
    assert incident.next_note == 5
    empty = incident_after()
    assert (empty.next_note, empty.next_action, empty.next_hypothesis) == (1, 1, 1)


def test_the_update_clock_runs_from_entries_and_updates_and_never_backwards():
    assert incident_after().clock == NOON
    assert incident_after(e.Noted(1, "x")).clock == at("12:01")
    assert incident_after(e.Updated("x")).clock == at("12:01")
    assert incident_after(entry(e.Noted(1, "x"), "11:00")).clock == NOON


def test_a_promise_stands_until_an_update_keeps_it():
    promised = (e.Promised(at("13:00")),)
    incident = incident_after(*promised)
    promise = incident.promised(incident.channel)
    assert (promise.due, promise.by, promise.at) == (at("13:00"), DAVE, at("12:01"))
    after = incident_after(*promised, e.Noted(1, "x"))
    assert after.promised(incident.channel) == promise
    assert incident_after(*promised, e.Updated("x")).promises == {}
    assert incident_after(*promised, e.Updated("x", ("#elsewhere",))).promises != {}


def test_what_was_said_about_updates_may_be_said_again_after_one():
    said = (e.Reminded("update:1"), e.Reminded("update"), e.Reminded("updates"))
    for news in (e.Noted(1, "x"), e.Updated("x"), e.Promised(NOON)):
        assert set(incident_after(*said, news).reminders_sent) == {"updates"}


def test_how_often_something_was_said_is_counted():
    incident = incident_after(e.Reminded("x"), e.Reminded("x"))
    assert incident.was_sent("x") == 2
    assert incident.reminders_sent["x"].at == at("12:02")


# --- around it ----------------------------------------------------------------------------------


def test_what_people_add_is_kept_with_who_and_when():
    incident = incident_after(
        e.Notified(("jwhitlock",), "MDN is down"),
        e.Updated("looking"),
        e.ActionAdded(1, "watch it", "jgmize", "2018-01-12"),
        e.WhyAdded("nobody watched"),
        e.PropsGiven("jgmize", "the fix"),
        e.Linked("https://x", "graph"),
        e.Parked("page sooner"),
        e.Messaged("outage", "we know"),
        e.HypothesisAdded(1, "the cache"),
        e.ReportDelivered("https://mana"),
        entry(e.Absent(at("12:03"), at("12:09"), 4), "12:20"),
    )
    assert (incident.calls[0].nicks, incident.calls[0].text) == (("jwhitlock",), "MDN is down")
    assert incident.updates[0].text == "looking"
    action = incident.action(1)
    assert (action.text, action.owner, action.due, action.done) == (
        "watch it",
        "jgmize",
        "2018-01-12",
        False,
    )
    assert incident.whys[0].text == "nobody watched"
    assert (incident.props[0].about, incident.props[0].text) == ("jgmize", "the fix")
    assert (incident.links[0].about, incident.links[0].text) == ("https://x", "graph")
    assert incident.parked[0].text == "page sooner"
    assert (incident.messages[0].about, incident.messages[0].text) == ("outage", "we know")
    assert incident.hypothesis(1).proved is None
    assert incident.published[0].about == "https://mana"
    gap = incident.gaps[0]
    assert (gap.channel, gap.since, gap.until, gap.recovered) == (
        "#mozmeao",
        at("12:03"),
        at("12:09"),
        4,
    )


def test_follow_ups_and_guesses_are_settled():
    incident = incident_after(
        e.ActionAdded(1, "a"),
        e.ActionAdded(2, "b"),
        e.ActionDone(2),
        e.ActionTicketed(1, "https://bug"),
        e.HypothesisAdded(1, "x"),
        e.HypothesisAdded(2, "y"),
        e.HypothesisJudged(2, False),
    )
    assert [a.done for a in incident.actions] == [False, True]
    assert incident.action(1).ticket == "https://bug"
    assert [h.proved for h in incident.hypotheses] == [None, False]
    assert (incident.next_action, incident.next_hypothesis) == (3, 3)


def test_a_delivered_report_is_dated_by_its_first_delivery():
    incident = incident_after(e.ReportDelivered("https://one"), e.ReportDelivered("https://two"))
    assert incident.report_done_at == at("12:01")
    assert [place.about for place in incident.published] == ["https://one", "https://two"]


def test_a_summary_given_anew_may_be_said_aloud_again():
    assert incident_after(e.Reminded("guarded")).guarded
    assert not incident_after(e.Reminded("guarded"), e.Summarised("harmless")).guarded
    assert incident_after(e.Secured()).guarded


def test_whether_a_milestone_was_heard_live_is_known():
    recovered = entry(e.CommsSet("#a"), "12:01", source=Source.RECOVERED)
    live = entry(e.CommsSet("#a"), "12:02")
    assert incident_after(recovered).was_recovered("comms")
    assert not incident_after(recovered, live).was_recovered("comms")
    assert not incident_after().was_recovered("comms")


# --- what must not be kept ----------------------------------------------------------------------

EVERYTHING = (
    LEADS,
    e.RoleTaken("scribe", JG),
    e.Noted(1, "secret one"),
    e.Edited(1, "secret two"),
    e.Noted(2, "secret three", by=JG),
    e.ImpactSet("secret"),
    e.VideoSet("secret"),
    e.Notified(("x",), "secret"),
    e.Updated("secret"),
    e.ActionAdded(1, "secret"),
    e.ActionTicketed(1, "secret"),
    e.HypothesisAdded(1, "secret"),
    e.WhyAdded("secret"),
    e.PropsGiven("x", "secret"),
    e.Linked("secret", "secret"),
    e.Parked("secret"),
    e.Messaged("x", "secret"),
    e.ReportDelivered("secret"),
    e.Resolved("secret"),
    e.Reopened("secret"),
)


def test_nothing_that_anybody_wrote_survives_a_purge():
    declared = replay([entry(e.Declared("secret", "mozmeao"))])
    listed = [
        replace(entry(event), at=NOON + timedelta(minutes=n)) for n, event in enumerate(EVERYTHING)
    ]
    before = replay(listed, declared).incidents[1]
    assert "secret" in repr(before)
    after = replay([entry(e.Purged(), "13:00")], replay(listed, declared)).incidents[1]
    assert "secret" not in repr(after)
    assert after.purged
    assert after.holder() == DAVE
    assert [note.redacted for note in after.notes] == [True, True]


def test_what_one_person_wrote_is_gone_and_what_others_wrote_stays():
    theirs = tuple(entry(event, "12:10") for event in EVERYTHING)
    others = (
        entry(e.RoleOffered("lead", JG), "12:20"),
        entry(e.HolderLeft(DAVE, "quit"), "12:20"),
        entry(e.Promised(NOON), "12:20"),
        entry(e.Reminded("gone:metadave"), "12:20"),
        entry(e.Reminded("greet:metadave:1"), "12:20"),
        entry(e.ActionAdded(2, "kept", "metadave"), "12:20", JG),
        entry(e.PropsGiven("Metadave", "kept"), "12:20", JG),
        entry(e.Notified(("x", "metadave"), "kept"), "12:20", JG),
        entry(e.Noted(3, "kept"), "12:20", JG),
        entry(e.WhyAdded("kept"), "12:20", JG),
        entry(e.Updated("kept"), "12:20", JG),
        entry(e.Notified(("x",), "kept"), "12:20", JG),
        entry(e.Resolved("kept"), "12:20", JG),
    )
    forgotten = entry(e.Forgotten("someone-1", "METADAVE"), "13:00", Person("someone-1"))
    after = incident_after(*theirs, *others, forgotten)
    assert "dave" not in repr(after)
    assert after.declared_by == Person("someone-1")
    assert [note.text for note in after.notes] == ["", "secret three", "kept"]
    assert [why.text for why in after.whys] == ["kept"]
    assert [update.text for update in after.updates] == ["", "kept"]
    assert [call.text for call in after.calls] == ["", "kept", "kept"]
    assert [call.nicks for call in after.calls] == [("x",), ("x", "someone-1"), ("x",)]
    assert [(p.about, p.text) for p in after.props][-1] == ("someone-1", "kept")
    assert [(a.text, a.owner) for a in after.actions] == [("secret", ""), ("kept", "someone-1")]
    assert "gone:someone-1" in after.reminders_sent
    assert "resolved" in [moment.kind for moment in after.moments]
    assert after.resolution == "kept"
    assert "metadave" not in after.writers
    assert "jgmize" in after.writers


def test_a_person_is_forgotten_in_offers_promises_and_absences():
    after = incident_after(
        LEADS,
        e.RoleOffered("lead", JG),
        e.Promised(NOON),
        entry(e.Promised(NOON), "12:04", JG),
        e.HolderLeft(DAVE, "quit"),
        entry(e.Forgotten("someone-1", "metadave"), "13:00", Person("someone-1")),
        entry(e.Forgotten("someone-2", "jgmize"), "13:00", Person("someone-2")),
    )
    offer = after.offers["lead"]
    assert (offer.by.nick, offer.to.nick) == ("someone-1", "someone-2")
    assert {promise.by.nick for promise in after.promises.values()} == {"someone-2"}
    assert set(after.away) == {"someone-1"}
    assert "dave" not in repr(after)
    assert "jgmize" not in repr(after)


# --- the state -----------------------------------------------------------------------------------


def of_state(event, stamp="12:00", by=DAVE):
    return entry(event, stamp, by, incident=0)


def test_lines_wait_on_the_state_until_they_are_given():
    state = replay([of_state(e.StrayKept("one")), of_state(e.StrayKept("two"), "12:01", JG)])
    assert [(s.text, s.by, s.at) for s in state.strays] == [
        ("one", DAVE, NOON),
        ("two", JG, at("12:01")),
    ]
    assert replay([of_state(e.StraysGiven(1))], state).strays == []


def test_a_held_declaration_is_on_the_state():
    held = replay([of_state(e.DeclarationHeld("MDN", 1))]).held
    assert (held.summary, held.like, held.by, held.channel) == ("MDN", 1, DAVE, "#mozmeao")


def test_channels_people_sent_us_to_and_from_are_on_the_state():
    joined = replay([of_state(e.ChannelJoined("#A"))])
    assert joined.joined == {"#a": ("", "#A")}
    left = replay([of_state(e.ChannelLeft("#a"))], joined)
    assert (left.joined, left.left) == ({}, {"#a": ("", "#a")})
    assert replay([of_state(e.ChannelJoined("#a"))], left).left == {}


def test_a_channel_we_were_sent_from_is_wanted_again_when_an_incident_moves_there():
    left = replay([entry(DECLARED), of_state(e.ChannelLeft("#MDNdev"))])
    assert replay([entry(e.CommsSet("#mdndev"))], left).left == {}


def test_a_topic_is_kept_until_it_was_put_back():
    kept = replay([of_state(e.TopicKept("#Moc", "welcome"))])
    assert kept.topics == {"#moc": "welcome"}
    assert replay([of_state(e.TopicKept("#moc", None))], kept).topics == {}


def test_entries_of_incidents_that_are_not_loaded_change_nothing():
    state = replay([entry(DECLARED)])
    assert replay([entry(e.Noted(1, "x"), incident=2)], state) == state
    assert replay([of_state(e.Noted(1, "x"))], state) == state


# --- any order ----------------------------------------------------------------------------------

TIMES = st.datetimes(
    NOON.replace(year=2017, tzinfo=None),
    NOON.replace(year=2019, tzinfo=None),
    timezones=st.just(UTC),
)
NICKS = st.sampled_from(["metadave", "jgmize", "METADAVE", "ilbot", "someone-1"])
PEOPLE = st.builds(Person, NICKS, st.sampled_from([None, "dave", "jg"]))
SMALL = st.integers(-1, 5)
ROLES = st.sampled_from(["lead", "scribe"])
KINDS = {datetime: TIMES, Person: PEOPLE, int: SMALL}


def events_of(kind):
    """Any event of one class; roles and nicks are few, so that they meet."""
    names = kind.__dataclass_fields__
    known = {
        "role": ROLES,
        "nick": NICKS,
        "old": NICKS,
        "new": NICKS,
        "key": st.sampled_from("abc"),
    }
    given_fields = {name: known[name] for name in names if name in known}
    for name in names:
        hint = kind.__annotations__[name]
        if name not in given_fields and hint in ("int", "datetime", "Person"):
            given_fields[name] = {"int": SMALL, "datetime": TIMES, "Person": PEOPLE}[hint]
        elif name not in given_fields and hint in ("datetime | None", "Person | None"):
            of = TIMES if hint.startswith("datetime") else PEOPLE
            given_fields[name] = st.none() | of
        elif hint == "str" and name not in given_fields:
            given_fields[name] = st.text(max_size=5)
    return st.builds(kind, **given_fields)


EVENTS = st.one_of([events_of(kind) for kind in get_args(e.Event)])
ENTRIES = st.lists(
    st.builds(
        e.Entry,
        st.sampled_from([0, 1, 1, 1, 2]),
        TIMES,
        PEOPLE,
        EVENTS,
        st.sampled_from(["#mozmeao", "#moc", ""]),
        st.sampled_from(list(Source)),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(ENTRIES)
def test_no_order_of_entries_is_too_much(entries):
    state = replay([entry(DECLARED), entry(DECLARED, incident=2), *entries])
    for incident in state.incidents.values():
        assert len(incident.holders()) <= 1


@settings(max_examples=100, deadline=None)
@given(ENTRIES, st.integers(0, 40))
def test_a_state_can_be_made_in_parts(entries, cut):
    entries = [entry(DECLARED), *entries]
    assert replay(entries[cut:], replay(entries[:cut])) == replay(entries)


def test_a_ticket_may_have_the_last_word_on_a_follow_up_and_people_after_it():
    told = [
        e.ActionAdded(1, "a", "bob"),
        e.ActionChanged(1, ("eve",)),
        e.ActionTicketed(1, "https://bug", "github"),
    ]
    ticketed = incident_after(*told).action(1)
    assert (ticketed.ticket, ticketed.followed) == ("https://bug", None)
    taken_back = incident_after(*told, e.ActionChanged(1, undone=True)).action(1)
    assert (taken_back.owner, taken_back.ticket) == ("bob", "https://bug")
    for event, done, dropped in (
        (e.ActionDone(1, "github"), True, False),
        (e.ActionChanged(1, dropped=True, place="github"), False, True),
    ):
        action = incident_after(*told, event).action(1)
        assert (action.done, action.dropped, action.followed[0]) == (done, dropped, "github")
        again = incident_after(*told, event, e.ActionChanged(1, reopened=True, place="github"))
        assert again.action(1).is_open
        assert again.action(1).before == action
        assert incident_after(*told, event, e.ActionDone(1)).action(1).followed is None


def test_an_incident_is_awaited_while_a_follow_up_with_a_ticket_is_open_that_is_somewhere():
    added, ticketed = e.ActionAdded(1, "a"), e.ActionTicketed(1, "https://bug", "github")
    out = (e.PublishDue("github", 1, "resolved"), e.Published("github", 1, seen=99))
    assert not incident_after(added, ticketed).is_awaited
    assert not incident_after(added, *out).is_awaited
    assert incident_after(added, ticketed, *out).is_awaited
    assert not incident_after(added, ticketed, e.ActionDone(1), *out).is_awaited
