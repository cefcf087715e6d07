"""Opening an incident, what it is about, where it is talked about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core import LED, MDN, Talk, at, check, line, process, replies_to, setting

from ircbot.incident.process import Role, Severity
from ircbot.incident.setting import Product

# --- declared -----------------------------------------------------------------------------------


def test_a_title_is_never_a_command():
    talk = Talk()
    talk.tell(
        "12:00 <ann> !inc notify bob the site is down\n12:01 <ann> I am declaring an incident\n"
        "12:02 <ann> ilbot: tips, it is down"
    )
    assert talk.incident.summary == ""


def test_an_entry_said_before_is_the_title_without_its_mark():
    talk = Talk()
    talk.tell("12:00 <ann> TL: the wiki is down\n12:01 <ann> I am declaring an incident")
    assert talk.incident.summary == "the wiki is down"


def test_a_sentence_declares_and_what_was_said_before_it_is_the_summary():
    incident = check(
        """
        --- #mozmeao
        11:50 <metadave> MDN is slow
        11:58 <jgmize> kuma gives 503
        11:59 <metadave> MDN is experiencing an outage
        11:59 <metadave> oh dear
        12:00 <metadave> I am declaring an incident
        12:00 -ilbot- Incident 1 is open: MDN is experiencing an outage. Who leads? Say "I am the incident leader". TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is experiencing an outage. Comms: #mozmeao.
        12:00 <metadave> I am the incident leader
        12:00 -ilbot- metadave is now IL.
        """
    ).incident
    assert incident.summary == "MDN is experiencing an outage"
    assert incident.declared_at == at("12:00")


@pytest.mark.parametrize(
    "before",
    [
        "11:50 <metadave> MDN is down",  # too long ago
        "11:59 <jgmize> MDN is down",  # somebody else
        "11:59 <metadave> is MDN down?",
        "11:59 <metadave> lunch was good",
        "11:59 <metadave> MDN is down " + "x" * 200,
        "11:59 #moc <metadave> MDN is down",
        "11:59 <metadave> [nolog] MDN is down",
    ],
)
def test_what_was_not_said_just_before_by_who_declares_is_no_summary(before):
    talk = Talk()
    talk.tell(f"{before}\n12:00 <metadave> I am declaring an incident")
    assert talk.incident.summary == ""


def test_a_pasted_block_is_understood_line_by_line():
    incident = check(
        """
        --- #mozmeao
        12:00:00 <metadave> MDN is experiencing an outage
        12:00:00 <metadave> I am declaring an incident and am incident leader
        12:00:00 <metadave> updates will be posted in the #mdndev channel
        12:00:00 <metadave> TL: first
        12:00 -ilbot- Incident 1 is open: MDN is experiencing an outage. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is experiencing an outage. IL: metadave. Comms: #mozmeao.
        12:00 #meao-infra #moc -ilbot- Incident 1 (MDN is experiencing an outage): updates are in #mdndev.
        12:00 #mdndev -ilbot- Incident 1 (MDN is experiencing an outage) is worked on here; TL: lines go on record.
        12:00 -ilbot:metadave- #1 recorded (incident 1)
        """
    ).incident
    assert incident.summary == "MDN is experiencing an outage"
    assert [note.text for note in incident.notes] == ["first"]


def test_without_a_leader_the_bot_asks_once_who_leads():
    check(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident: MDN is down
        12:00 -ilbot- Incident 1 is open: MDN is down. Who leads? Say "I am the incident leader". TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. Comms: #mozmeao.
        12:01 <jgmize> I am the incident leader
        12:01 -ilbot- jgmize is now IL.
        """
    )


def test_who_declares_by_command_leads():
    incident = check(
        """
        --- #mozmeao
        12:00 <metadave> !inc declare MDN is down
        12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. IL: metadave. Comms: #mozmeao.
        """
    ).incident
    assert incident.holder().nick == "metadave"


@pytest.mark.parametrize("order", ["{}", "!inc {}", "ilbot: {}", "ILBOT, {}", "!INC {}"])
def test_a_declaration_in_private_is_told_in_the_first_channel(order):
    talk = Talk()
    told = talk.tell(f"12:00 *metadave* {order.format('declare MDN is down')}")
    assert told[1:] == [
        "12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.",
        "12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. IL: metadave. Comms: #mozmeao.",
    ]


def test_a_sentence_said_to_the_bot_in_private_is_meant():
    check(
        """
        --- #mozmeao
        12:00 *metadave* I am declaring an incident: MDN is down
        12:00 -ilbot- Incident 1 is open: MDN is down. Who leads? Say "I am the incident leader". TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. Comms: #mozmeao.
        12:01 *metadave* I am the incident leader
        12:01 -ilbot- metadave is now IL.
        """
    )


# --- described later ----------------------------------------------------------------------------


def test_what_is_said_just_after_is_the_summary_and_others_are_told():
    check(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident and am incident leader
        12:00 -ilbot- Incident 1 is open: no summary yet. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: no summary yet. IL: metadave. Comms: #mozmeao.
        12:01 <metadave> give me a second
        12:02 <jgmize> kuma is down
        12:03 <metadave> MDN gives 503s
        12:03 #meao-infra #moc -ilbot- Incident 1: MDN gives 503s.
        12:04 <metadave> DNS is down as well
        """
    )


def test_after_five_minutes_nothing_said_in_passing_is_the_summary():
    talk = check(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident and am incident leader
        12:00 -ilbot- Incident 1 is open: no summary yet. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: no summary yet. IL: metadave. Comms: #mozmeao.
        12:06 <metadave> MDN gives 503s
        """
    )
    assert talk.incident.summary == ""


def test_saying_it_again_with_more_words_gives_the_summary():
    check(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident and am incident leader
        12:00 -ilbot- Incident 1 is open: no summary yet. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: no summary yet. IL: metadave. Comms: #mozmeao.
        12:01 <metadave> I am declaring an incident: MDN is down
        12:01 #meao-infra #moc -ilbot- Incident 1: MDN is down.
        12:02 <metadave> I am declaring an incident: MDN is down
        12:03 <metadave> !inc declare MDN is down
        12:03 <ilbot> metadave: incident 1 (MDN is down) is open here, led by metadave. Another one needs another channel.
        """
    )


def test_the_summary_can_be_set_at_any_time():
    check(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident and am incident leader
        12:00 -ilbot- Incident 1 is open: no summary yet. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: no summary yet. IL: metadave. Comms: #mozmeao.
        12:10 <metadave> !inc summary MDN is down.
        12:10 #meao-infra #moc -ilbot- Incident 1: MDN is down.
        12:10 <ilbot> metadave: summary: MDN is down
        12:11 <metadave> !inc title kuma is down
        12:11 <ilbot> metadave: summary: kuma is down. Before: MDN is down. !inc undo C2 takes it back.
        """
    )


# --- again, elsewhere ---------------------------------------------------------------------------


def test_where_one_is_open_a_declaration_is_refused_and_takes_no_lead_with_it():
    talk = check(
        LED
        + """
        12:01 <jgmize> I am declaring an incident and am incident leader
        12:01 -ilbot:jgmize- a second one? Incident 1 (MDN is down) is open here, led by metadave. Another one needs another channel.
        12:20 <jgmize> !inc declare kuma is down
        12:20 <ilbot> jgmize: incident 1 (MDN is down) is open here, led by metadave. Another one needs another channel.
        """
    )
    assert talk.incident.holder().nick == "metadave"


def test_where_one_is_open_and_unled_who_declares_it_again_leads():
    check(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident: MDN is down
        12:00 -ilbot- Incident 1 is open: MDN is down. Who leads? Say "I am the incident leader". TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. Comms: #mozmeao.
        12:01 <jgmize> I am declaring an incident and am incident leader
        12:01 -ilbot:jgmize- a second one? Incident 1 (MDN is down) is open here, without a leader. Another one needs another channel.
        12:01 -ilbot- jgmize is now IL.
        """
    )


def test_a_private_declaration_cannot_put_two_in_one_channel():
    check(
        LED
        + """
        12:25 -ilbot- metadave: an update is due in 5 minutes (MDN is down; last 12:00 UTC).
        12:30 -ilbot- metadave: an update is due now (MDN is down; last 12:00 UTC).
        12:30 *jgmize* declare kuma is down
        12:30 *ilbot:jgmize* jgmize: incident 1 (MDN is down) is open here, led by metadave. Another one needs another channel.
        """
    )


def test_a_second_one_soon_after_is_asked_about_and_opened_when_it_is_said_again():
    talk = check(
        LED
        + """
        12:05 #moc <jgmize> I am declaring an incident and am incident leader: kuma is down
        12:05 #moc <ilbot> jgmize: the same as incident 1 (MDN is down)? If not, say it again: !inc declare SUMMARY
        12:06 #moc <jgmize> !inc declare kuma is down
        12:06 #moc -ilbot- Incident 2 is open: kuma is down. IL: jgmize. TL: lines here go on record.
        12:06 #mozmeao #meao-infra -ilbot- Incident 2: kuma is down. IL: jgmize. Comms: #moc.
        """
    )
    assert [i.summary for i in talk.state.open] == ["MDN is down", "kuma is down"]


def test_saying_it_again_later_than_a_quarter_of_an_hour_needs_no_asking():
    check(
        LED
        + """
        12:16 #moc <jgmize> !inc declare kuma is down
        12:16 #moc -ilbot- Incident 2 is open: kuma is down. IL: jgmize. TL: lines here go on record.
        12:16 #mozmeao #meao-infra -ilbot- Incident 2: kuma is down. IL: jgmize. Comms: #moc.
        """
    )


def test_the_entry_of_a_declaring_line_is_not_dropped_with_it():
    talk = check(
        LED
        + """
        12:05 #moc <jgmize> TL: I am declaring an incident
        12:05 #moc <ilbot> jgmize: the same as incident 1 (MDN is down)? If not, say it again: !inc declare SUMMARY
        12:05 -ilbot:jgmize- #1 recorded (incident 1)
        """
    )
    assert [note.text for note in talk.incident.notes] == ["I am declaring an incident"]


def test_a_drill_and_a_real_incident_are_not_the_same():
    check(
        LED
        + """
        12:05 #moc <jgmize> !inc declare kuma is down --drill
        12:05 #moc -ilbot- Incident 2 is open: kuma is down. IL: jgmize. TL: lines here go on record. (drill)
        12:05 #mozmeao #meao-infra -ilbot- Incident 2: kuma is down. IL: jgmize. Comms: #moc. (drill)
        """
    )


# --- options ------------------------------------------------------------------------------------


def test_a_drill_is_marked_in_everything_that_is_announced():
    check(
        """
        --- #mozmeao
        12:00 <metadave> !inc declare --drill MDN is down
        12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record. (drill)
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. IL: metadave. Comms: #mozmeao. (drill)
        12:01 <metadave> !inc channel #mdndev
        12:01 #meao-infra #moc -ilbot- Incident 1 (MDN is down): updates are in #mdndev. (drill)
        12:01 #mdndev -ilbot- Incident 1 (MDN is down) is worked on here; TL: lines go on record. (drill)
        12:02 #mdndev <metadave> !inc update looking
        12:02 #mozmeao #meao-infra #moc -ilbot- Incident 1: looking (metadave) (drill)
        12:02 -ilbot:metadave- your update reached 3 of 3 channels.
        12:03 #mdndev <metadave> !inc notify jwhitlock come and look
        12:03 *ilbot:jwhitlock* jwhitlock: come and look (incident 1, #mdndev) (drill)
        12:03 #mdndev -ilbot- jwhitlock: come and look (incident 1, #mdndev) (drill)
        12:04 #mdndev <metadave> !inc handoff jgmize
        12:04 #mdndev -ilbot- jgmize: please confirm that you are now IL (!inc accept). (drill)
        12:05 #mdndev <jgmize> !inc accept
        12:05 #mdndev -ilbot- jgmize is now IL (metadave was, for 5 minutes). (drill)
        12:05 #mozmeao #meao-infra #moc -ilbot- Incident 1: jgmize is now IL (metadave was, for 5 minutes). (drill)
        12:06 -!- rookie has joined #mdndev
        12:06 -ilbot:rookie- Incident 1 (open, drill): MDN is down. IL: jgmize since 12:05 UTC. Comms: #mdndev.
        12:06 -ilbot:rookie- Declared 12:00 UTC, 6 minutes ago. Last update 12:02 UTC: looking. Next due 12:35 UTC.
        12:30 #mdndev -ilbot- jgmize: an update is due in 5 minutes (MDN is down; last 12:02 UTC). (drill)
        12:32
        12:33 #mdndev <jgmize> !inc resolve
        12:33 #mozmeao #meao-infra #moc #mdndev -ilbot- Incident 1 is resolved after 33 minutes. (drill)
        12:34 #mdndev <jgmize> !inc report
        12:34 #mdndev <ilbot> jgmize: not owed for a drill
        """
    )


def test_a_drill_owes_no_report_and_is_not_reminded_of_one():
    talk = Talk()
    talk.tell("12:00 <metadave> !inc declare --drill MDN is down\n12:10 <metadave> !inc resolve")
    assert talk.tell("--- 2018-01-20\n12:00")[2:] == []


@pytest.mark.parametrize(
    ("typed", "usage"),
    [
        (
            "declare",
            "declare SUMMARY [--since TIME] [--at TIME [--resolved TIME]] [--drill] [--private]",
        ),
        (
            "declare --drill",
            "declare SUMMARY [--since TIME] [--at TIME [--resolved TIME]] [--drill] [--private]",
        ),
        (
            "declare --dril MDN is down",
            "declare SUMMARY [--since TIME] [--at TIME [--resolved TIME]] [--drill] [--private]",
        ),
        (
            "declare MDN is down --since",
            "declare SUMMARY [--since TIME] [--at TIME [--resolved TIME]] [--drill] [--private]",
        ),
    ],
)
def test_a_mistyped_declaration_opens_nothing_and_says_how(typed, usage):
    assert replies_to(f"12:00 <metadave> !inc {typed}") == [f"12:00 <ilbot> metadave: !inc {usage}"]


def test_a_since_that_is_no_time_opens_nothing_and_says_how():
    assert replies_to("12:00 <metadave> !inc declare MDN is down --since yesterdayish") == [
        '12:00 <ilbot> metadave: "yesterdayish" is not a time. These are: 16:12, 4pm, 16:12 UTC, yesterday 23:10, 2026-11-24 10:00, -10m.'
    ]


def test_a_phones_dash_is_two_hyphens():
    talk = Talk()
    talk.tell("12:00 <metadave> !inc declare MDN is down —drill")
    assert talk.incident.drill
    assert talk.incident.summary == "MDN is down"


def test_a_severity_can_be_given_with_the_declaration():
    severe = setting(process(severities={"1": Severity("1", "critical")}))
    talk = Talk(severe)
    talk.tell("12:00 <metadave> !inc declare MDN is down --severity 1")
    assert talk.incident.severity == "1"
    assert replies_to("12:00 <metadave> !inc declare MDN is down --severity 9", severe) == [
        "12:00 <ilbot> metadave: the severities are: 1."
    ]


# --- products -----------------------------------------------------------------------------------


def test_a_declaration_that_names_a_product_proposes_its_people_and_channel():
    check(
        """
        --- #mozmeao
        12:00 <metadave> MDN is experiencing an outage
        12:00 <metadave> I am declaring an incident and am incident leader
        12:00 -ilbot- Incident 1 is open: MDN is experiencing an outage. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is experiencing an outage. IL: metadave. Comms: #mozmeao.
        12:00 -ilbot- MDN, lead jwhitlock, usual channel #mdndev. To call its people: !inc notify jwhitlock rjohnson MDN is experiencing an outage
        """,
        setting(products={"MDN": MDN}),
    )


def test_a_product_is_found_by_its_other_words_and_may_have_a_runbook_only():
    kuma = Product("Kuma", runbook="https://runbooks.example/kuma", words=("the wiki",))
    check(
        """
        --- #mozmeao
        12:00 <metadave> !inc declare The Wiki is down
        12:00 -ilbot- Incident 1 is open: The Wiki is down. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: The Wiki is down. IL: metadave. Comms: #mozmeao.
        12:00 -ilbot- Kuma: runbook https://runbooks.example/kuma
        """,
        setting(products={"Kuma": kuma}),
    )
    lead = replace(kuma, lead="jwhitlock", runbook="")
    check(
        """
        --- #mozmeao
        12:00 <metadave> !inc declare kuma is down
        12:00 -ilbot- Incident 1 is open: kuma is down. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: kuma is down. IL: metadave. Comms: #mozmeao.
        12:00 -ilbot- Kuma, lead jwhitlock. To call its people: !inc notify jwhitlock kuma is down
        """,
        setting(products={"Kuma": lead}),
    )


def test_a_product_named_only_later_is_proposed_then_and_once():
    talk = check(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident and am incident leader
        12:00 -ilbot- Incident 1 is open: no summary yet. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: no summary yet. IL: metadave. Comms: #mozmeao.
        12:01 <metadave> MDN gives 503s
        12:01 #meao-infra #moc -ilbot- Incident 1: MDN gives 503s.
        12:01 -ilbot- MDN, lead jwhitlock, usual channel #mdndev. To call its people: !inc notify jwhitlock rjohnson MDN gives 503s
        12:02 <metadave> !inc summary MDN and kuma give 503s
        12:02 <ilbot> metadave: summary: MDN and kuma give 503s. Before: MDN gives 503s. !inc undo C2 takes it back.
        """,
        setting(products={"MDN": MDN}),
    )
    assert talk.incident.product == "MDN"


def test_a_product_may_have_a_process_of_its_own():
    other = process(name="other")
    own = replace(MDN, process="other")
    surroundings = setting(products={"MDN": own}, processes={"other": other})
    talk = Talk(surroundings)
    talk.tell("12:00 <metadave> !inc declare MDN is down")
    assert talk.incident.process == "other"


# --- what was there before ----------------------------------------------------------------------


def test_a_relayed_alert_just_before_is_the_detection():
    surroundings = setting(feeders=("alerts",))
    for stamp, expected in (("11:35", at("11:35")), ("11:29", None)):
        talk = Talk(surroundings)
        talk.tell(
            f"11:34 <cturra> what is it?\n{stamp} <alerts> FIRING: MDN 503\n"
            "11:40 <Alerts> FIRING: MDN 504"
            if expected
            else f"{stamp} <alerts> FIRING: MDN 503"
        )
        talk.tell("12:00 <metadave> !inc declare MDN is down")
        assert talk.incident.detected_at == expected


def test_what_a_relay_says_is_never_obeyed_nor_greeted():
    check(
        LED
        + """
        12:01 <alerts> I am declaring an incident
        12:02 <alerts> TL: an alert
        12:03 <alerts> !inc resolve
        12:04 -!- alerts has joined #mozmeao
        """,
        setting(feeders=("alerts",)),
    )


# --- roles from the start -----------------------------------------------------------------------


def test_a_role_that_the_declarer_has_by_default_is_theirs():
    lead = Role("lead", "incident leader", "IL", default=("declarer",))
    talk = Talk(setting(process(roles={"lead": lead})))
    talk.tell("12:00 <metadave> I am declaring an incident: MDN is down")
    assert talk.incident.term().how == "default"


# --- the comms channel --------------------------------------------------------------------------


def test_the_comms_channel_is_told_everywhere_and_begins_with_a_notice():
    check(
        LED
        + """
        12:01 <metadave> updates will be posted in the #mdndev channel
        12:01 #meao-infra #moc -ilbot- Incident 1 (MDN is down): updates are in #mdndev.
        12:01 #mdndev -ilbot- Incident 1 (MDN is down) is worked on here; TL: lines go on record.
        12:02 #moc <metadave> we are working on it in #mdndev
        12:03 <metadave> !inc channel #mdndev
        12:03 <ilbot> metadave: the comms channel is #mdndev.
        """
    )


def test_in_a_declaring_line_the_channel_is_told_with_the_declaration():
    check(
        """
        --- #mozmeao
        12:00 <metadave> MDN is down, I am declaring an incident, updates will be posted in #mdndev
        12:00 #mdndev -ilbot- Incident 1 is open: MDN is down. Who leads? Say "I am the incident leader". TL: lines here go on record.
        12:00 #mozmeao #meao-infra #moc -ilbot- Incident 1: MDN is down. Comms: #mdndev.
        """
    )


def test_a_channel_named_for_the_place_where_it_is_talked_about_already():
    check(
        LED
        + """
        12:01 <metadave> !inc channel #mozmeao
        12:01 #meao-infra #moc -ilbot- Incident 1 (MDN is down): updates are in #mozmeao.
        12:02 <metadave> !inc channel #mozmeao
        12:02 <ilbot> metadave: the comms channel is #mozmeao.
        """
    )


@pytest.mark.parametrize(
    ("typed", "reply"),
    [
        ("channel", "!inc channel #NAME"),
        ("channel mdndev", "which channel? !inc channel #NAME"),
        ("channel #a,#b", "which channel? !inc channel #NAME"),
        ("channel 0", "which channel? !inc channel #NAME"),
    ],
)
def test_what_is_no_channel_is_not_gone_to(typed, reply):
    assert replies_to(LED + f"12:01 <metadave> !inc {typed}") == [
        f"12:01 <ilbot> metadave: {reply}"
    ]


def test_where_no_other_channel_is_told_the_one_who_names_it_is():
    check(
        """
        --- #mozmeao
        12:00 <metadave> !inc declare MDN is down
        12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
        12:01 <metadave> !inc channel #mozmeao
        12:01 <ilbot> metadave: the comms channel is #mozmeao.
        """,
        setting(channels=("#mozmeao",)),
    )


def test_the_bot_goes_only_where_it_may():
    check(
        LED
        + """
        12:01 <metadave> !inc channel #elsewhere
        12:01 <ilbot> metadave: #elsewhere is not among the channels I may be sent to ([irc] may_join): #mdn*.
        12:02 <metadave> !inc channel #mdn-war
        12:02 #meao-infra #moc -ilbot- Incident 1 (MDN is down): updates are in #mdn-war.
        12:02 #mdn-war -ilbot- Incident 1 (MDN is down) is worked on here; TL: lines go on record.
        """,
        setting(may_join=("#mdn*",)),
    )


@pytest.mark.parametrize(("casemapping", "goes"), [("ascii", False), ("rfc1459", True)])
def test_where_it_may_go_is_compared_as_the_network_does(casemapping, goes):
    talk = Talk(setting(may_join=("#mdn{*",)))
    talk.engine.compared_by("", casemapping)
    talk.tell(LED)
    talk.tell("12:01 <metadave> !inc channel #MDN[war")
    assert (talk.incident.channel == "#MDN[war") == goes


def test_two_incidents_are_not_talked_about_in_one_channel():
    check(
        LED
        + """
        12:16 #moc <jgmize> !inc declare kuma is down
        12:16 #moc -ilbot- Incident 2 is open: kuma is down. IL: jgmize. TL: lines here go on record.
        12:16 #mozmeao #meao-infra -ilbot- Incident 2: kuma is down. IL: jgmize. Comms: #moc.
        12:17 #moc <jgmize> !inc channel #mozmeao
        12:17 #moc <ilbot> jgmize: #mozmeao is the comms channel of incident 1 (MDN is down), led by metadave.
        """
    )


def test_a_led_incident_is_moved_by_those_with_a_part_in_it():
    check(
        LED
        + """
        12:01 <stranger> updates will be posted in #evil
        12:02 <stranger> !inc channel #evil
        12:02 <ilbot> stranger: only metadave (IL), whoever has a role in it or a channel operator may move it.
        12:03 <stranger> !inc channel #worse
        12:03 <ilbot> stranger: only metadave (IL), whoever has a role in it or a channel operator may move it.
        12:04 <metadave> !inc channel #mdndev
        12:04 #meao-infra #moc -ilbot- Incident 1 (MDN is down): updates are in #mdndev.
        12:04 #mdndev -ilbot- Incident 1 (MDN is down) is worked on here; TL: lines go on record.
        """
    )


def test_a_closed_incident_is_moved_nowhere():
    check(
        LED
        + """
        12:01 <metadave> !inc resolve
        12:01 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 1 minute. The incident report is due 2018-01-12 12:01 UTC from metadave.
        12:02 <metadave> !inc channel #mdndev
        12:02 <ilbot> metadave: incident 1 is resolved. !inc reopen WHY, if it is not over.
        12:03 <metadave> updates will be posted in #mdndev
        """
    )


def test_nobody_is_asked_about_a_channel_while_nothing_is_open():
    assert replies_to("12:00 <metadave> updates will be posted in #mdndev") == []
    assert replies_to("12:00 <metadave> !inc channel #mdndev") == [
        "12:00 <ilbot> metadave: no incident is open. !inc declare SUMMARY opens one."
    ]


# --- where people meet --------------------------------------------------------------------------


def test_where_people_meet_is_kept_with_whose_room_it_is():
    talk = check(
        LED
        + """
        12:01 <metadave> please meet in my Vidyo room
        12:02 <stranger> join https://evil.example/room
        12:03 <metadave> !inc status
        12:03 <ilbot> metadave: Incident 1 (open): MDN is down. IL: metadave since 12:00 UTC. Comms: #mozmeao. Video: metadave's Vidyo room
        12:03 <ilbot> metadave: Declared 12:00 UTC, 3 minutes ago. No update yet. Next due 12:30 UTC.
        12:04 <metadave> !inc video https://zoom.example/j/1
        12:04 <ilbot> metadave: video: https://zoom.example/j/1. Before: metadave's Vidyo room. !inc undo C2 takes it back.
        12:05 <metadave> !inc video https://zoom.example/j/1
        12:05 <ilbot> metadave: video: https://zoom.example/j/1
        """
    )
    assert talk.incident.video == "https://zoom.example/j/1"


# --- on other networks --------------------------------------------------------------------------


def test_where_people_meet_is_not_changed_in_passing_by_who_has_no_part_in_it():
    talk = Talk()
    talk.tell(
        """
        --- #mozmeao
        12:00 <jgmize> please meet in my Vidyo room
        12:01 <metadave> !inc declare MDN is down
        12:02 <metadave> please meet in my Vidyo room
        12:03 <passerby> let us meet in my Vidyo room
        """
    )
    assert talk.incident.video == "metadave's Vidyo room"
    talk.tell("12:04 <metadave> !inc security\n12:05 <metadave> meet in our Vidyo room")
    assert talk.incident.video == "metadave's Vidyo room"


def test_an_incident_of_another_network_is_announced_there():
    talk = Talk(setting(network_channels={"oftc": ("#there", "#also")}, operators=("dave",)))
    talk.engine.hear(
        [line("12:00", "metadave", "!inc declare x is down", "#there", network="oftc")]
    )
    update = "!inc @1 update still down"
    (refusal,) = talk.engine.hear([line("12:01", "metadave", update, "#moc")])  # somebody else here
    assert (refusal.network, refusal.to) == ("", "#moc")
    replies = talk.engine.hear([line("12:02", "metadave", update, "#moc", account="dave")])
    assert [(r.network, r.to) for r in replies] == [("oftc", "#there"), ("oftc", "#also")]
