"""The baton and the other roles: claimed, offered, accepted, declined, lost, followed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core import LED, Talk, at, check, english, line, process, replies_to, setting

from ircbot.incident.events import Event, RoleTaken
from ircbot.incident.line import LineKind, Source
from ircbot.incident.people import Person
from ircbot.incident.process import Baton, Role
from ircbot.incident.state import replay
from ircbot.incident.stretches import lead_terms, leaderless

# --- claimed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said", ["I am the incident leader", "Confirmed, I am now IL", "!inc lead", "ilbot: lead"]
)
def test_whoever_says_that_they_lead_an_unled_incident_does(said):
    talk = Talk()
    talk.tell("12:00 <metadave> I am declaring an incident: MDN is down")
    assert talk.tell(f"12:01 <jgmize> {said}")[1:] == ["12:01 -ilbot- jgmize is now IL."]
    assert talk.incident.holder().nick == "jgmize"


def test_a_passer_bys_claim_is_answered_and_not_granted():
    talk = check(
        LED
        + """
        12:01 <passerby> I am the incident leader
        12:01 <ilbot> passerby: metadave is IL. The baton passes when metadave offers it ("passerby has agreed to take over IL").
        12:02 <passerby> !inc lead
        12:02 <ilbot> passerby: metadave is IL. The baton passes when metadave offers it ("passerby has agreed to take over IL").
        """
    )
    assert talk.incident.holder().nick == "metadave"


def test_who_leads_already_is_told_so_only_if_they_ask():
    check(
        LED
        + """
        12:01 <metadave> I am the incident leader
        12:02 <metadave> !inc lead
        12:02 <ilbot> metadave: you are IL, since 12:00 UTC.
        """
    )


def test_nobody_leads_what_is_over_or_what_was_never_there():
    check(
        LED
        + """
        12:01 <metadave> !inc resolve
        12:01 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 1 minute. The incident report is due 2018-01-12 12:01 UTC from metadave.
        12:02 <jgmize> I am the incident leader
        12:03 <jgmize> !inc lead
        12:03 <ilbot> jgmize: metadave is incident leader; it passes when metadave offers it (!inc role incident leader jgmize).
        12:04 <jgmize> !inc handoff metadave
        12:04 <ilbot> jgmize: incident leader: metadave.
        12:05 <jgmize> jgmize has agreed to take over IL
        """
    )
    assert replies_to("12:00 <jgmize> I am the incident leader") == []
    assert replies_to("12:00 <jgmize> !inc lead") == [
        "12:00 <ilbot> jgmize: no incident is open. !inc declare SUMMARY opens one."
    ]


def test_where_several_are_open_a_claim_is_asked_about():
    check(
        LED
        + """
        12:16 #moc <jgmize> !inc declare kuma is down
        12:16 #moc -ilbot- Incident 2 is open: kuma is down. IL: jgmize. TL: lines here go on record.
        12:16 #mozmeao #meao-infra -ilbot- Incident 2: kuma is down. IL: jgmize. Comms: #moc.
        12:17 #meao-infra <passerby> I am the incident leader
        12:17 #meao-infra <ilbot> passerby: which incident? 1 (MDN is down), 2 (kuma is down). Say: TL 1: TEXT, or !inc @1 COMMAND
        12:18 #meao-infra <passerby> !inc @2 lead
        12:18 #meao-infra <ilbot> passerby: jgmize is IL. The baton passes when jgmize offers it ("passerby has agreed to take over IL").
        """
    )


# --- offered ------------------------------------------------------------------------------------


def test_the_guides_own_example():
    talk = check(
        LED
        + """
        12:20 <metadave> TL: listeners appear to be missing from the MDN ELB
        12:20 -ilbot:metadave- #1 recorded
        12:45 -ilbot- metadave: an update is due in 5 minutes (MDN is down; last 12:20 UTC).
        12:50 -ilbot- metadave: an update is due now (MDN is down; last 12:20 UTC).
        13:00 -ilbot- metadave: an update has been due for 10 minutes (MDN is down; last 12:20 UTC). !inc update TEXT, or !inc next 30m
        13:01 <metadave> I need a few minutes of downtime
        13:01 <metadave> jgmize has agreed to take over IL
        13:01 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        13:01 <passerby> I am the incident leader
        13:01 <ilbot> passerby: metadave is IL and has offered it to jgmize.
        13:01 <jgmize> Confirmed, I am now IL
        13:01 -ilbot- jgmize is now IL (metadave was, for 61 minutes).
        13:01 #meao-infra #moc -ilbot- Incident 1: jgmize is now IL (metadave was, for 61 minutes).
        """
    )
    before, now = talk.incident.terms
    assert (before.holder.nick, before.until) == ("metadave", now.since)
    assert (now.holder.nick, now.how) == ("jgmize", "accepted")


@pytest.mark.parametrize(
    "typed",
    ["handoff jgmize", "handoff @jgmize", "handoff to jgmize.", "handoff the baton to jgmize",
     "HANDOFF jgmize", "role lead jgmize", "role IL jgmize", "role incident leader jgmize"],
)  # fmt: skip
def test_a_hand_over_is_typed_in_many_ways(typed):
    assert replies_to(LED + f"12:01 <metadave> !inc {typed}") == [
        "12:01 -ilbot- jgmize: please confirm that you are now IL (!inc accept)."
    ]


@pytest.mark.parametrize("typed", ["handoff", "handoff to", "handoff #mdndev"])
def test_a_hand_over_to_nobody_says_how_it_is_typed(typed):
    assert replies_to(LED + f"12:01 <metadave> !inc {typed}") == [
        "12:01 <ilbot> metadave: !inc handoff NICK"
    ]


def test_who_was_offered_it_may_accept_or_decline_by_command():
    check(
        LED
        + """
        12:01 <metadave> !inc handoff jgmize
        12:01 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        12:02 <jgmize> !inc decline
        12:02 -ilbot- jgmize declines; metadave stays IL.
        12:03 <metadave> !inc handoff jgmize
        12:03 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        12:04 <jgmize> !inc accept
        12:04 -ilbot- jgmize is now IL (metadave was, for 4 minutes).
        12:04 #meao-infra #moc -ilbot- Incident 1: jgmize is now IL (metadave was, for 4 minutes).
        """
    )


def test_only_the_one_who_was_offered_it_may_answer():
    check(
        LED
        + """
        12:01 <metadave> !inc handoff jgmize
        12:01 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        12:02 <passerby> !inc accept
        12:02 <ilbot> passerby: you were offered nothing; !inc lead asks for the lead.
        12:03 <passerby> !inc decline
        12:03 <ilbot> passerby: you were offered nothing; !inc lead asks for the lead.
        12:04 <passerby> Confirmed, I am now IL
        12:04 <ilbot> passerby: metadave is IL and has offered it to jgmize.
        """
    )


_OFFER = (
    LED
    + """
        12:01 <metadave> jgmize has agreed to take over IL
        12:01 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        """
)


@pytest.mark.parametrize(
    "said",
    ["confirmed", "Confirmed!", "ok, confirmed", "I accept", "accept", "metadave: yes", "yes I am"],
)
def test_whoever_is_asked_to_confirm_may_answer_in_a_word(said):
    talk = check(_OFFER)
    talk.tell("12:01:30 <passerby> confirmed")
    assert talk.incident.holder().nick == "metadave"
    assert talk.tell(f"12:02 <jgmize> {said}")[1:] == [
        "12:02 -ilbot- jgmize is now IL (metadave was, for 2 minutes).",
        "12:02 #meao-infra #moc -ilbot- Incident 1: jgmize is now IL (metadave was, for 2 minutes).",
    ]


@pytest.mark.parametrize(
    "said", ["no", "no way", "sorry, can't", "I decline", "no, I can’t", "declined"]
)
def test_whoever_is_asked_to_confirm_may_say_no_in_a_word(said):
    talk = check(_OFFER)
    assert talk.tell(f"12:02 <jgmize> {said}")[1:] == [
        "12:02 -ilbot- jgmize declines; metadave stays IL."
    ]


@pytest.mark.parametrize("said", ["yes", "ok", "no", "confirmed?", "confirmed that dns is fine"])
def test_a_word_that_may_answer_something_else_leaves_the_baton_where_it_is(said):
    talk = check(_OFFER)
    talk.tell("12:02 <jgmize> the load balancer is back")
    assert talk.tell(f"12:03 <jgmize> {said}")[1:] == []
    assert talk.incident.holder().nick == "metadave"
    talk.tell("12:04 <jgmize> confirmed")
    assert talk.incident.holder().nick == "jgmize"


@pytest.mark.parametrize("said", ["!inc decline", "I am the incident leader", "!inc lead"])
def test_the_leader_may_take_an_offer_back(said):
    talk = Talk()
    talk.tell(LED + "12:01 <metadave> !inc handoff jgmize")
    assert talk.tell(f"12:02 <metadave> {said}")[1:] == [
        "12:02 -ilbot- the offer to jgmize is withdrawn; metadave stays IL."
    ]
    assert talk.incident.offers == {}


def test_only_the_leader_can_hand_over():
    check(
        LED
        + """
        12:01 <passerby> jgmize has agreed to take over IL
        12:01 <ilbot> passerby: only metadave, who is IL, can hand over.
        12:02 <passerby> !inc handoff jgmize
        12:02 <ilbot> passerby: only metadave, who is IL, can hand over.
        """
    )


def test_offers_that_make_no_sense_are_answered():
    check(
        LED
        + """
        12:01 <metadave> !inc handoff metadave
        12:01 <ilbot> metadave: metadave is IL already.
        12:02 <metadave> !inc handoff ilbot
        12:02 <ilbot> metadave: I cannot be IL; I only take notes.
        12:03 <metadave> !inc handoff jgmize
        12:03 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        12:04 <metadave> !inc handoff jgmize
        12:04 <ilbot> metadave: jgmize was asked already, and has not answered yet.
        12:05 <metadave> jgmize has agreed to take over IL
        12:06 <metadave> metadave is taking over as IL
        12:06 -ilbot- the offer to jgmize is withdrawn; metadave stays IL.
        """
    )


def test_an_offer_made_again_in_passing_is_left_alone():
    check(
        LED
        + """
        12:05 <metadave> handing over IL to jgmize
        12:05 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        12:06 <metadave> so, handing over IL to jgmize
        12:07 <metadave> !inc handoff jgmize
        12:07 <ilbot> metadave: jgmize was asked already, and has not answered yet.
        """
    )


def test_a_new_offer_takes_the_place_of_the_old():
    talk = check(
        LED
        + """
        12:01 <metadave> !inc handoff jgmize
        12:01 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        12:02 <metadave> !inc handoff pmac
        12:02 -ilbot- pmac: please confirm that you are now IL (!inc accept).
        12:03 <jgmize> Confirmed, I am now IL
        12:03 <ilbot> jgmize: metadave is IL and has offered it to pmac.
        12:04 <pmac> Confirmed, I am now IL
        12:04 -ilbot- pmac is now IL (metadave was, for 4 minutes).
        12:04 #meao-infra #moc -ilbot- Incident 1: pmac is now IL (metadave was, for 4 minutes).
        """
    )
    assert talk.incident.holder().nick == "pmac"


def test_who_does_not_answer_is_reminded_and_then_the_offer_is_withdrawn():
    talk = check(
        LED
        + """
        12:01 <metadave> !inc handoff jgmize
        12:01 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        12:06 -ilbot- jgmize: metadave offered you IL. accept or decline? ("Confirmed, I am now IL" will do.)
        12:16 -ilbot- metadave: jgmize has not answered for 15 minutes; metadave stays IL.
        12:16
        12:17 <jgmize> Confirmed, I am now IL
        12:17 <ilbot> jgmize: metadave is IL. The baton passes when metadave offers it ("jgmize has agreed to take over IL").
        """
    )
    assert talk.incident.holder().nick == "metadave"


def test_an_unled_incident_can_be_offered_by_anybody():
    check(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident: MDN is down
        12:00 -ilbot- Incident 1 is open: MDN is down. Who leads? Say "I am the incident leader". TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. Comms: #mozmeao.
        12:01 <passerby> jgmize has agreed to take over IL
        12:01 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        12:02 <jgmize> !inc decline
        12:02 -ilbot- jgmize declines; nobody is IL.
        12:03 <passerby> !inc handoff pmac
        12:03 -ilbot- pmac: please confirm that you are now IL (!inc accept).
        12:08 -ilbot- pmac: passerby offered you IL. accept or decline? ("Confirmed, I am now IL" will do.)
        12:18 -ilbot- passerby: pmac has not answered for 15 minutes; nobody is IL.
        12:18
        """
    )


def test_a_process_may_hand_over_without_an_acknowledgement():
    lead = Role("lead", "incident leader", "IL", acknowledged=False)
    talk = check(
        LED
        + """
        12:01 <metadave> !inc handoff jgmize
        12:01 -ilbot- jgmize is now IL (metadave was, for 1 minute).
        12:01 #meao-infra #moc -ilbot- Incident 1: jgmize is now IL (metadave was, for 1 minute).
        """,
        setting(process(roles={"lead": lead})),
    )
    assert talk.incident.term().how == "named"


def test_the_configuration_says_who_may_hand_over():
    check(
        LED
        + """
        12:01 <boss> !inc handoff jgmize
        12:01 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        """,
        setting(access={"handoff": ("leader", "account:boss")}),
        accounts={"boss": "boss"},
    )


def test_who_orders_from_elsewhere_is_told_where_it_was_said():
    check(
        LED
        + """
        12:01 *metadave* handoff jgmize
        12:01 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        12:01 *ilbot:metadave* metadave: said in #mozmeao.
        12:02 #moc <jgmize> !inc accept
        12:02 -ilbot- jgmize is now IL (metadave was, for 2 minutes).
        12:02 #meao-infra #moc -ilbot- Incident 1: jgmize is now IL (metadave was, for 2 minutes).
        """
    )


# --- the leader vanishes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("leaves", "how"),
    [
        ("-!- metadave has quit [Quit: bye]", "quit"),
        ("-!- metadave has quit [Ping timeout: 240 seconds]", "ping timeout"),
        ("-!- metadave has left #mozmeao [bye]", "left the channel"),
        ("-!- metadave was kicked from #mozmeao by chanop [oops]", "kicked"),
    ],
)
def test_the_channel_is_told_that_the_leader_is_gone_and_whoever_claims_next_leads(leaves, how):
    talk = Talk()
    talk.tell(LED)
    assert talk.tell(f"12:01 {leaves}")[1:] == [
        f"12:01 -ilbot- metadave, who is IL, has left ({how}). "
        'Whoever says "I am the incident leader" takes over.'
    ]
    assert talk.tell("12:02 <passerby> I am the incident leader")[1:] == [
        "12:02 -ilbot- passerby is now IL (metadave was, for 1 minute).",
        "12:02 #meao-infra #moc -ilbot- Incident 1: passerby is now IL (metadave was, for 1 minute).",
    ]
    assert talk.incident.term().how == "gone"


def test_leaving_another_channel_is_no_departure():
    check(
        LED
        + """
        12:01 -!- metadave has left #moc [bye]
        12:02 -!- metadave was kicked from #moc by chanop
        12:03 <passerby> I am the incident leader
        12:03 <ilbot> passerby: metadave is IL. The baton passes when metadave offers it ("passerby has agreed to take over IL").
        """
    )


def test_who_has_no_part_in_it_may_leave_unnoticed():
    check(
        LED
        + """
        12:01 -!- passerby has quit [bye]
        12:02 -!- metadave has quit [bye]
        12:02 -ilbot- metadave, who is IL, has left (quit). Whoever says "I am the incident leader" takes over.
        12:03 -!- metadave has quit [bye]
        """
    )


def test_a_leader_who_comes_back_still_leads():
    check(
        LED
        + """
        12:01 -!- metadave has quit [Ping timeout]
        12:01 -ilbot- metadave, who is IL, has left (ping timeout). Whoever says "I am the incident leader" takes over.
        12:02 -!- metadave has joined #moc
        12:03 -!- metadave has joined #mozmeao
        12:03 -ilbot- metadave is back, and still IL.
        12:04 <passerby> I am the incident leader
        12:04 <ilbot> passerby: metadave is IL. The baton passes when metadave offers it ("passerby has agreed to take over IL").
        """
    )


def test_a_leader_whose_return_was_not_seen_is_back_with_their_first_word():
    check(
        LED
        + """
        12:01 -!- metadave has quit [Ping timeout]
        12:01 -ilbot- metadave, who is IL, has left (ping timeout). Whoever says "I am the incident leader" takes over.
        12:02 <metadave> TL: back on another machine
        12:02 -ilbot- metadave is back, and still IL.
        12:02 -ilbot:metadave- #1 recorded
        12:03 <passerby> I am the incident leader
        12:03 <ilbot> passerby: metadave is IL. The baton passes when metadave offers it ("passerby has agreed to take over IL").
        """
    )


def test_a_leader_who_comes_back_too_late_leads_no_more():
    check(
        LED
        + """
        12:01 -!- metadave has quit [Ping timeout]
        12:01 -ilbot- metadave, who is IL, has left (ping timeout). Whoever says "I am the incident leader" takes over.
        12:02 <jgmize> I am the incident leader
        12:02 -ilbot- jgmize is now IL (metadave was, for 1 minute).
        12:02 #meao-infra #moc -ilbot- Incident 1: jgmize is now IL (metadave was, for 1 minute).
        12:03 -!- metadave has joined #mozmeao
        """
    )


def test_somebody_gone_is_not_reminded():
    check(
        LED
        + """
        12:01 -!- metadave has quit [Ping timeout]
        12:01 -ilbot- metadave, who is IL, has left (ping timeout). Whoever says "I am the incident leader" takes over.
        12:25 -ilbot- an update is due in 5 minutes (MDN is down; last 12:00 UTC).
        12:30 -ilbot- an update is due now (MDN is down; last 12:00 UTC).
        12:30
        """
    )


def test_the_others_are_told_when_the_one_who_was_offered_it_is_all_there_is():
    talk = check(
        LED
        + """
        12:01 <metadave> !inc handoff jgmize
        12:01 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        12:02 -!- metadave has quit [bye]
        12:02 -ilbot- metadave, who is IL, has left (quit). Whoever says "I am the incident leader" takes over.
        12:03 <jgmize> Confirmed, I am now IL
        12:03 -ilbot- jgmize is now IL (metadave was, for 2 minutes).
        12:03 #meao-infra #moc -ilbot- Incident 1: jgmize is now IL (metadave was, for 2 minutes).
        """
    )
    assert talk.incident.term().how == "accepted"


def test_while_the_leader_is_gone_anybody_may_name_another():
    check(
        LED
        + """
        12:01 -!- metadave has quit [bye]
        12:01 -ilbot- metadave, who is IL, has left (quit). Whoever says "I am the incident leader" takes over.
        12:02 <passerby> jgmize has agreed to take over IL
        12:02 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        """
    )


# --- netsplits ----------------------------------------------------------------------------------


def test_naming_the_one_who_leads_already_changes_nothing():
    check(
        LED
        + """
        12:05 -!- metadave has quit [bye]
        12:05 -ilbot- metadave, who is IL, has left (quit). Whoever says "I am the incident leader" takes over.
        12:06 <jgmize> handing over IL to metadave
        12:07 <jgmize> !inc handoff metadave
        12:07 <ilbot> jgmize: metadave is IL already.
        """
    )


def test_a_split_that_heals_in_time_is_nobodys_business():
    talk = check(
        LED
        + """
        12:01 -!- Netsplit irc1.moz <-> irc2.moz quits: metadave, jgmize
        12:03 <passerby> I am the incident leader
        12:03 <ilbot> passerby: metadave is IL. The baton passes when metadave offers it ("passerby has agreed to take over IL").
        12:05 -!- Netsplit over, joins: metadave, jgmize
        12:05 -ilbot:jgmize- Incident 1 (open): MDN is down. IL: metadave since 12:00 UTC. Comms: #mozmeao.
        12:05 -ilbot:jgmize- Declared 12:00 UTC, 5 minutes ago. No update yet. Next due 12:30 UTC.
        12:10
        """
    )
    assert talk.incident.away == {}


def test_a_split_that_lasts_is_told_and_may_be_claimed():
    check(
        LED
        + """
        12:01 -!- Netsplit irc1.moz <-> irc2.moz quits: metadave
        12:06 -ilbot- metadave, who is IL, is on the other side of a netsplit for 5 minutes. Whoever says "I am the incident leader" takes over.
        12:06
        12:07 <passerby> I am the incident leader
        12:07 -ilbot- passerby is now IL (metadave was, for 1 minute).
        12:07 #meao-infra #moc -ilbot- Incident 1: passerby is now IL (metadave was, for 1 minute).
        """
    )


def test_a_leader_who_comes_back_after_a_long_split_is_announced():
    check(
        LED
        + """
        12:01 -!- Netsplit irc1.moz <-> irc2.moz quits: metadave
        12:06 -ilbot- metadave, who is IL, is on the other side of a netsplit for 5 minutes. Whoever says "I am the incident leader" takes over.
        12:06
        12:08 -!- Netsplit over, joins: metadave
        12:08 -ilbot- metadave is back, and still IL.
        """
    )


def test_a_split_is_not_told_twice():
    check(
        LED
        + """
        12:01 -!- Netsplit irc1.moz <-> irc2.moz quits: metadave
        12:02 -!- metadave has quit [Ping timeout]
        12:06 -ilbot- metadave, who is IL, is on the other side of a netsplit for 5 minutes. Whoever says "I am the incident leader" takes over.
        12:20
        """
    )


# --- silence ------------------------------------------------------------------------------------


def test_a_silent_leader_may_be_succeeded():
    talk = check(
        LED
        + """
        12:25 -ilbot- metadave: an update is due in 5 minutes (MDN is down; last 12:00 UTC).
        12:30 -ilbot- metadave: an update is due now (MDN is down; last 12:00 UTC).
        12:40 -ilbot- metadave: an update has been due for 10 minutes (MDN is down; last 12:00 UTC). !inc update TEXT, or !inc next 30m
        13:00 -ilbot- metadave: an update has been due for 30 minutes (MDN is down; last 12:00 UTC). !inc update TEXT, or !inc next 30m
        13:29 <passerby> I am the incident leader
        13:29 <ilbot> passerby: metadave is IL. The baton passes when metadave offers it ("passerby has agreed to take over IL").
        13:30 <passerby> I am the incident leader
        13:30 -ilbot- passerby is now IL (metadave was, for 90 minutes).
        13:30 #meao-infra #moc -ilbot- Incident 1: passerby is now IL (metadave was, for 90 minutes).
        """
    )
    assert talk.incident.term().how == "silent"


@pytest.mark.parametrize(
    "sign",
    ["any news from the ELB team", "TL: looking", "!inc next 2h", "!inc action watch the ELB",
     "!inc status"],
)  # fmt: skip
def test_a_leader_who_does_anything_is_not_silent(sign):
    talk = Talk()
    talk.tell(LED + f"13:00 <metadave> {sign}")
    told = talk.tell("14:00 <passerby> I am the incident leader")
    assert told[-1].startswith("14:00 <ilbot> passerby: metadave is IL. The baton passes when")


def test_chatter_of_the_leader_is_recorded_no_oftener_than_needed():
    talk = Talk()
    talk.tell(LED)
    before = len(talk.pages.written)
    for minute in range(1, 59):
        talk.hear(line(f"12:{minute:02}", "metadave", "hm, let me see"))
        talk.hear(line(f"12:{minute:02}", "jgmize", "hm"))
    written = [entry.event for entry in talk.pages.written[before:]]
    assert [type(event).__name__ for event in written].count("Heard") == 1


def test_chatter_elsewhere_is_no_sign():
    check(
        LED
        + """
        12:25 -ilbot- metadave: an update is due in 5 minutes (MDN is down; last 12:00 UTC).
        12:30 -ilbot- metadave: an update is due now (MDN is down; last 12:00 UTC).
        12:40 -ilbot- metadave: an update has been due for 10 minutes (MDN is down; last 12:00 UTC). !inc update TEXT, or !inc next 30m
        13:00 -ilbot- metadave: an update has been due for 30 minutes (MDN is down; last 12:00 UTC). !inc update TEXT, or !inc next 30m
        13:20 #moc <metadave> lunch was good
        13:30 <passerby> I am the incident leader
        13:30 -ilbot- passerby is now IL (metadave was, for 90 minutes).
        13:30 #meao-infra #moc -ilbot- Incident 1: passerby is now IL (metadave was, for 90 minutes).
        """
    )


# --- names and accounts -------------------------------------------------------------------------


def test_a_leader_is_followed_through_their_nicks():
    check(
        LED
        + """
        12:01 -!- metadave is now known as metadave|food
        12:02 <passerby> I am the incident leader
        12:02 <ilbot> passerby: metadave|food is IL. The baton passes when metadave|food offers it ("passerby has agreed to take over IL").
        12:03 -!- passerby is now known as metadave
        12:04 <metadave> I am the incident leader
        12:04 <ilbot> metadave: metadave|food is IL. The baton passes when metadave|food offers it ("metadave has agreed to take over IL").
        12:25 -ilbot- metadave|food: an update is due in 5 minutes (MDN is down; last 12:00 UTC).
        12:25
        12:26 <metadave|food> jgmize has agreed to take over IL
        12:26 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        12:27 -!- jgmize is now known as jg
        12:28 <jg> Confirmed, I am now IL
        12:28 -ilbot- jg is now IL (metadave|food was, for 28 minutes).
        12:28 #meao-infra #moc -ilbot- Incident 1: jg is now IL (metadave|food was, for 28 minutes).
        """
    )


def test_who_has_no_part_in_it_may_change_their_nick_unnoticed():
    talk = Talk()
    talk.tell(LED)
    before = len(talk.pages.written)
    talk.tell("12:01 -!- passerby is now known as passenger")
    assert len(talk.pages.written) == before


def test_the_same_account_under_another_nick_is_the_same_person():
    talk = check(
        LED
        + """
        12:01 <dave_phone> TL: on my way
        12:01 -ilbot:dave_phone- #1 recorded
        12:02 <passerby> I am the incident leader
        12:02 <ilbot> passerby: dave_phone is IL. The baton passes when dave_phone offers it ("passerby has agreed to take over IL").
        12:03 <dave_phone> !inc handoff jgmize
        12:03 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        """,
        accounts={"metadave": "dave", "dave_phone": "dave", "passerby": "", "jgmize": ""},
    )
    assert talk.incident.holder().nick == "dave_phone"


def test_a_taken_nick_is_not_its_owner():
    talk = Talk(accounts={"metadave": "dave"})
    talk.tell(LED)
    thief = {"account": ""}
    assert talk.hear(line("12:01", "metadave", "!inc withdraw lol", **thief)) == [
        "12:01 <ilbot> metadave: only metadave or a channel operator may withdraw it."
    ]
    assert talk.hear(line("12:02", "metadave", "jgmize has agreed to take over IL", **thief)) == [
        "12:02 <ilbot> metadave: only metadave (account dave), who is IL, can hand over."
    ]


def test_a_second_client_that_leaves_is_no_departure():
    check(
        LED
        + """
        12:01 -!- dave_phone has quit [Ping timeout]
        12:02 -!- dave_phone has joined #mozmeao [account dave]
        12:02 <dave_phone> TL: on my phone now
        12:02 -ilbot:dave_phone- #1 recorded
        12:03 -!- metadave has quit [Ping timeout]
        12:04 <passerby> I am the incident leader
        12:04 <ilbot> passerby: dave_phone is IL. The baton passes when dave_phone offers it ("passerby has agreed to take over IL").
        """,
        accounts={"metadave": "dave", "dave_phone": "dave"},
    )


def test_a_leader_back_under_another_nick_is_back():
    check(
        LED
        + """
        12:01 -!- metadave has quit [Ping timeout]
        12:01 -ilbot- metadave, who is IL, has left (ping timeout). Whoever says "I am the incident leader" takes over.
        12:02 -!- metadave_ has joined #mozmeao
        12:02 -ilbot- metadave_ is back, and still IL.
        12:03 <passerby> I am the incident leader
        12:03 <ilbot> passerby: metadave_ is IL. The baton passes when metadave_ offers it ("passerby has agreed to take over IL").
        12:25 -ilbot- metadave_: an update is due in 5 minutes (MDN is down; last 12:00 UTC).
        12:25
        """,
        accounts={"metadave": "dave", "metadave_": "dave"},
    )


# --- the other roles ----------------------------------------------------------------------------

ROLES = {
    **english().roles,
    "scribe": Role("scribe", "scribe"),
    "comms": Role("comms", "communications lead", "CL", words=("comms lead",), acknowledged=False),
    "helper": Role("helper", "helper", holders=0),
    "twins": Role("twins", "twin", holders=2),
    "judge": Role("judge", "judge", exclusive=("scribe", "lead")),
}


@pytest.fixture
def roles():
    return setting(process(roles=ROLES))


def test_alone_it_says_who_has_which(roles):
    check(
        LED
        + """
        12:01 <jgmize> !inc role scribe
        12:01 -ilbot- jgmize is scribe.
        12:02 <jgmize> !inc role
        12:02 <ilbot> jgmize: incident leader metadave; scribe jgmize; communications lead nobody; helper nobody; twin nobody; judge nobody
        12:03 <jgmize> !inc role juggler
        12:03 <ilbot> jgmize: no such role here; there are: incident leader, scribe, communications lead, helper, twin, judge.
        """,
        roles,
    )


def test_a_role_is_taken_or_given(roles):
    check(
        LED
        + """
        12:01 <jgmize> !inc role CL me
        12:01 -ilbot- jgmize is communications lead.
        12:02 <metadave> !inc role comms lead @pmac
        12:02 -ilbot- pmac is communications lead.
        12:03 <jgmize> !inc role communications lead
        12:03 -ilbot- jgmize is communications lead.
        12:04 <jgmize> !inc role comms lead
        12:04 <ilbot> jgmize: communications lead: jgmize.
        """,
        roles,
    )


def test_the_lead_is_a_role_too(roles):
    check(
        LED
        + """
        12:01 <jgmize> !inc role IL
        12:01 <ilbot> jgmize: metadave is IL. The baton passes when metadave offers it ("jgmize has agreed to take over IL").
        12:02 <metadave> !inc role incident leader metadave
        12:02 <ilbot> metadave: you are IL, since 12:00 UTC.
        12:03 <metadave> !inc role lead jgmize
        12:03 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        """,
        roles,
    )


def test_a_role_is_not_argued_about_in_passing(roles):
    talk = check(
        LED
        + """
        12:01 <jgmize> I am the scribe
        12:01 -ilbot- jgmize is scribe.
        12:02 <jgmize> yes, I am the scribe
        12:03 <jgmize> !inc role scribe
        12:03 <ilbot> jgmize: scribe: jgmize.
        12:04 <rookie> pmac is the scribe
        12:05 <rookie> !inc role scribe pmac
        12:05 <ilbot> rookie: jgmize is scribe; it passes when jgmize offers it (!inc role scribe pmac).
        """,
        roles,
    )
    assert [person.nick for person in talk.incident.holders("scribe")] == ["jgmize"]


def test_a_role_with_an_acknowledgement_is_offered_by_who_has_it(roles):
    check(
        LED
        + """
        12:01 <jgmize> !inc role scribe
        12:01 -ilbot- jgmize is scribe.
        12:02 <passerby> !inc role scribe
        12:02 <ilbot> passerby: jgmize is scribe; it passes when jgmize offers it (!inc role scribe passerby).
        12:03 <jgmize> !inc role scribe pmac
        12:03 -ilbot- pmac: please confirm that you are now scribe (!inc accept).
        12:04 <jgmize> !inc role scribe pmac
        12:04 <ilbot> jgmize: pmac was asked already, and has not answered yet.
        12:05 <pmac> !inc accept
        12:05 -ilbot- pmac is scribe.
        12:06 <pmac> !inc role scribe jgmize
        12:06 -ilbot- jgmize: please confirm that you are now scribe (!inc accept).
        12:07 <jgmize> !inc decline
        12:07 -ilbot- jgmize declines; pmac stays scribe.
        """,
        roles,
    )


def test_what_was_offered_may_be_taken_in_the_same_words(roles):
    check(
        LED
        + """
        12:01 <jgmize> !inc role scribe
        12:01 -ilbot- jgmize is scribe.
        12:02 <jgmize> !inc role scribe pmac
        12:02 -ilbot- pmac: please confirm that you are now scribe (!inc accept).
        12:03 <pmac> !inc role scribe
        12:03 -ilbot- pmac is scribe.
        """,
        roles,
    )


def test_a_role_of_somebody_gone_is_free(roles):
    check(
        LED
        + """
        12:01 <jgmize> !inc role scribe
        12:01 -ilbot- jgmize is scribe.
        12:02 -!- jgmize has quit [bye]
        12:03 <pmac> !inc role scribe
        12:03 -ilbot- pmac is scribe.
        """,
        roles,
    )


def test_a_role_may_have_several_holders(roles):
    check(
        LED
        + """
        12:01 <jgmize> !inc role helper
        12:01 -ilbot- jgmize is helper.
        12:02 <pmac> !inc role helper
        12:02 -ilbot- pmac is helper.
        12:03 <jgmize> !inc role twin
        12:03 -ilbot- jgmize is twin.
        12:04 <pmac> !inc role twin
        12:04 -ilbot- pmac is twin.
        12:05 <rookie> !inc role twin
        12:05 <ilbot> rookie: jgmize is twin; it passes when jgmize offers it (!inc role twin rookie).
        """,
        roles,
    )


def test_some_roles_cannot_be_held_together(roles):
    check(
        LED
        + """
        12:01 <jgmize> !inc role scribe
        12:01 -ilbot- jgmize is scribe.
        12:02 <jgmize> !inc role judge
        12:02 <ilbot> jgmize: jgmize is scribe, which cannot be held together with judge.
        12:03 <metadave> !inc role judge
        12:03 <ilbot> metadave: metadave is IL, which cannot be held together with judge.
        12:04 <pmac> !inc role judge
        12:04 -ilbot- pmac is judge.
        12:05 <metadave> !inc handoff pmac
        12:05 -ilbot- pmac: please confirm that you are now IL (!inc accept).
        12:06 <pmac> !inc accept
        12:06 -ilbot- pmac is now IL (metadave was, for 6 minutes).
        12:06 #meao-infra #moc -ilbot- Incident 1: pmac is now IL (metadave was, for 6 minutes).
        12:07 <pmac> I am the incident leader
        12:07 <ilbot> pmac: pmac is judge, which cannot be held together with IL.
        """,
        roles,
    )


def test_a_role_can_be_given_up(roles):
    check(
        LED
        + """
        12:01 <jgmize> !inc role helper
        12:01 -ilbot- jgmize is helper.
        12:02 <jgmize> !inc role helper none
        12:02 <ilbot> jgmize: helper passes on when somebody else has taken it: !inc role helper NICK
        12:03 <jgmize> !inc role helper none
        12:03 <ilbot> jgmize: helper passes on when somebody else has taken it: !inc role helper NICK
        12:04 <jgmize> !inc role scribe
        12:04 -ilbot- jgmize is scribe.
        12:05 <jgmize> !inc role scribe none
        12:05 <ilbot> jgmize: scribe passes on when somebody else has taken it: !inc role scribe NICK
        12:06 <pmac> !inc role CL
        12:06 -ilbot- pmac is communications lead.
        12:07 <metadave> !inc role CL nobody
        12:07 -ilbot- pmac is no longer communications lead.
        12:08 <metadave> !inc role lead none
        12:08 <ilbot> metadave: incident leader passes on when somebody else has taken it: !inc role incident leader NICK
        """,
        roles,
    )


def test_roles_are_not_taken_in_passing_in_what_is_over_nor_when_it_is_closed(roles):
    check(
        LED
        + """
        12:01 <metadave> !inc resolve
        12:01 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 1 minute. The incident report is due 2018-01-12 12:01 UTC from metadave.
        12:02 <jgmize> I am the scribe
        12:03 <metadave> !inc close
        12:03 <ilbot> metadave: incident 1 is closed.
        12:04 <jgmize> !inc @1 role scribe
        12:04 <ilbot> jgmize: incident 1 is closed. !inc reopen WHY, if it is not over.
        """,
        roles,
    )


def test_a_role_that_a_process_does_not_know_any_more_is_accepted_by_nobody(roles):
    talk = Talk(roles)
    talk.tell(
        LED
        + """
        12:01 <jgmize> !inc role scribe
        12:02 <jgmize> !inc role scribe pmac
        """
    )
    talk.engine.setting = setting()
    assert talk.hear(line("12:03", "pmac", "!inc accept")) == []
    assert talk.hear(line("12:04", "pmac", "!inc decline")) == [
        "12:04 -ilbot- pmac declines; jgmize stays scribe."
    ]


# --- default roles ------------------------------------------------------------------------------

STAND_IN = {
    "lead": Role("lead", "incident leader", "IL", default=("declarer",)),
    "comms": Role("comms", "communicator", default=("on_call:comms", "role:lead")),
    "ops": Role("ops", "operator on call", default=("on_call",)),
    "none": Role("none", "nothing", default=("nonsense",)),
}


def test_who_only_stands_in_makes_room_for_whoever_says_that_they_lead():
    talk = check(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident: MDN is down
        12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. IL: metadave. Comms: #mozmeao.
        12:01 <jgmize> I am the incident leader
        12:01 -ilbot- jgmize is now IL (metadave was, for 1 minute).
        12:01 #meao-infra #moc -ilbot- Incident 1: jgmize is now IL (metadave was, for 1 minute).
        12:02 <pmac> I am the incident leader
        12:02 <ilbot> pmac: jgmize is IL. The baton passes when jgmize offers it ("pmac has agreed to take over IL").
        12:03 <pmac> !inc role communicator
        12:03 -ilbot- pmac is communicator.
        12:04 <pmac> !inc handoff metadave
        12:04 <ilbot> pmac: only jgmize, who is IL, can hand over.
        """,
        setting(process(roles=STAND_IN)),
    )
    assert [t.how for t in talk.incident.terms if t.role == "lead"] == ["default", "claimed"]


def test_who_stands_in_may_say_that_they_mean_it():
    talk = check(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident: MDN is down
        12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. IL: metadave. Comms: #mozmeao.
        12:01 <metadave> I am the incident leader
        12:02 <metadave> !inc role communicator
        12:03 <passerby> I am the incident leader
        12:03 <ilbot> passerby: metadave is IL. The baton passes when metadave offers it ("passerby has agreed to take over IL").
        """,
        setting(process(roles=STAND_IN)),
    )
    assert talk.incident.term().how == "claimed"
    assert talk.incident.term("comms").how == "claimed"


def test_who_is_on_call_has_a_role_from_the_beginning():
    talk = Talk(setting(process(roles=STAND_IN), duty={"comms": "carla", "ops": "oscar"}))
    talk.tell("12:00 <metadave> I am declaring an incident: MDN is down")
    assert talk.incident.holder("comms").nick == "carla"
    assert talk.incident.holder("ops").nick == "oscar"


# --- replayed ------------------------------------------------------------------------------------


def test_what_is_played_back_moves_the_baton_at_its_time_without_a_word():
    talk = Talk(source=Source.RECOVERED)
    told = talk.tell(
        """
        12:00 <metadave> !inc declare MDN is down
        12:01 <metadave> !inc handoff jgmize
        12:02 <jgmize> Confirmed, I am now IL
        """
    )
    assert len(told) == 3
    assert talk.incident.term().since == at("12:02")


def test_the_shells_entries_are_no_sign_of_the_leader():
    talk = Talk()
    talk.tell(LED)
    talk.hear(line("13:00", "metadave", "hello", source=Source.SHELL))
    assert talk.incident.led_at == at("12:00")


def test_a_split_heals_within_what_the_process_allows():
    slow = setting(process(baton=Baton(split_heals_within=at("12:30") - at("12:00"))))
    talk = Talk(slow)
    talk.tell(LED + "12:01 -!- Netsplit irc1.moz <-> irc2.moz quits: metadave")
    assert talk.tell("12:20 <passerby> I am the incident leader")[1].startswith(
        "12:20 <ilbot> passerby: metadave is IL."
    )


def test_who_led_and_left_once_it_was_over_does_not_lead_when_it_is_reopened():
    talk = Talk()
    talk.tell(
        LED
        + """
        12:10 <metadave> !inc resolve
        12:20 -!- metadave has quit [bye]
        12:30 <@jgmize> !inc reopen it is back
        """
    )
    assert talk.incident.holder() is None


def test_who_led_and_came_back_before_it_was_reopened_leads_again():
    talk = Talk()
    talk.tell(
        LED
        + """
        12:10 <metadave> !inc resolve
        12:20 -!- metadave has quit [bye]
        12:21 -!- stranger has quit [bye]
        12:25 -!- metadave has joined #mozmeao
        12:26 -!- stranger has joined #mozmeao
        12:30 <@jgmize> !inc reopen it is back
        """
    )
    assert talk.incident.holder().nick == "metadave"


def test_who_has_a_role_by_default_is_there_once_they_speak():
    roles = {**english().roles, "lead": Role("lead", "incident leader", default=("on_call",))}
    talk = Talk(setting(process(roles=roles), duty={"lead": "dan"}))
    talk.tell("12:00 <ann> I am declaring an incident: MDN is down")
    assert talk.incident.term().began is None
    assert "dan" not in talk.incident.writers
    talk.tell("12:04 <dan> looking")
    assert talk.incident.term().began == at("12:04")
    assert "dan" in talk.incident.writers


def test_reminders_go_to_who_is_there_where_the_leader_by_default_is_not():
    roles = {**english().roles, "lead": Role("lead", "incident leader", default=("on_call",))}
    talk = Talk(setting(process(roles=roles), duty={"lead": "dan"}))
    talk.tell("12:00 <ann> I am declaring an incident: MDN is down")
    assert [text for text in talk.until("12:30") if "an update" in text] == [
        "12:25 -ilbot- ann: an update is due in 5 minutes (MDN is down; last 12:00 UTC).",
        "12:30 -ilbot- ann: an update is due now (MDN is down; last 12:00 UTC).",
    ]


def test_where_nobody_with_a_role_is_there_whoever_declared_it_ends_it():
    talk = Talk()
    talk.tell(
        """
        12:00 <ann> I am declaring an incident: MDN is down
        12:01 <metadave> I am the incident leader
        12:05 -!- metadave has quit [bye]
        12:06 <bob> !inc resolve
        """
    )
    assert talk.incident.live
    talk.tell("12:07 <ann> !inc resolve")
    assert talk.incident.status == "resolved"


def test_who_comes_to_another_channel_is_not_back_where_it_was_worked_on():
    talk = Talk()
    talk.tell(
        """
        12:00 <metadave> !inc declare MDN is down
        12:10 <metadave> !inc resolve
        12:20 -!- metadave has quit [bye]
        --- #moc
        12:25 -!- metadave has joined #moc
        --- #mozmeao
        12:26 -!- stranger has joined #mozmeao
        """
    )
    assert set(talk.incident.away) == {"metadave"}


def test_whose_account_is_told_where_the_incident_is_is_there_under_another_nick():
    talk = Talk(accounts={"metadave": "dave", "dave_": "dave"})
    talk.tell(LED)
    talk.hear(line("12:10", "metadave", channel="", kind=LineKind.SPLIT, source=Source.RECOVERED))
    assert talk.incident.departed(talk.incident.holder()) is not None
    talk.hear(line("12:11", "dave_", channel="#moc", kind=LineKind.ACCOUNT, account="dave"))
    assert talk.incident.departed(talk.incident.holder()) is not None
    talk.hear(line("12:11", "dave_", kind=LineKind.ACCOUNT, account="dave"))
    holder = talk.incident.holder()
    assert (holder.nick, talk.incident.departed(holder)) == ("dave_", None)


def led_on_oftc_by_an_older_version() -> Talk:
    """An incident on a further network, of whose people no network was recorded."""
    talk = Talk(setting(network_channels={"oftc": ("#mozmeao",)}))
    talk.hear(line("12:00", "ann", "!inc declare MDN is down", network="oftc"))
    old = [
        replace(e, by=replace(e.by, network=""), event=_without_network(e.event))
        for e in talk.pages.written
    ]
    talk.pages.written = old
    talk.engine.state = replay(old)
    return talk


def _without_network(event: Event) -> Event:
    if isinstance(event, RoleTaken):
        return replace(event, holder=replace(event.holder, network=""))
    return event


def test_who_leads_an_older_versions_incident_is_of_its_network():
    talk = led_on_oftc_by_an_older_version()
    told = talk.hear(line("12:01", "ann", "!inc @1 update all is well"))  # of the main network
    assert "only ann (IL)" in told[0]
    assert not talk.incident.updates
    talk.hear(line("12:02", "ann", "!inc update all is well", network="oftc"))
    assert [update.by.network for update in talk.incident.updates] == ["oftc"]
    talk.hear(line("12:03", "ann", "anna", channel="", kind=LineKind.NICK, network="oftc"))
    assert talk.incident.holder().nick == "anna"
    talk.hear(line("12:04", "anna", channel="", kind=LineKind.QUIT, network="oftc"))
    assert talk.incident.departed(talk.incident.holder()).how == "quit"
    talk.hear(line("12:05", "bob", "!inc lead", network="oftc"))
    assert talk.incident.holder().nick == "bob"


def test_two_of_one_nick_on_two_networks_are_two_in_one_incident():
    talk = Talk(setting(network_channels={"oftc": ("#mozmeao",)}))
    talk.hear(line("12:00", "ann", "!inc declare MDN is down", network="oftc"))
    incident = talk.incident
    both = [Person("ann", None, "oftc"), Person("ann")]
    assert len({incident.key(person) for person in both}) == 2
    assert incident.key(both[0]) == "ann"


# --- roles that several hold ----------------------------------------------------------------


def pair():
    """Two may take notes, and neither goes before somebody has taken over."""
    roles = {"lead": LEAD_OF_TWO, "notes": Role("notes", "note taker", holders=2)}
    return setting(process(roles=roles))


LEAD_OF_TWO = Role("lead", "incident leader", "IL")
BOTH = (
    LED
    + """
    12:01 <ann> !inc role notes
    12:01 -ilbot- ann is note taker.
    12:02 <bob> !inc role notes
    12:02 -ilbot- bob is note taker.
"""
)


def test_of_two_who_hold_a_role_the_one_who_offers_it_passes_it_on():
    talk = check(BOTH + """
        12:03 <cat> !inc role notes
        12:03 <ilbot> cat: ann is note taker; it passes when ann offers it (!inc role note taker cat).
        12:04 <bob> !inc role notes cat
        12:04 -ilbot- cat: please confirm that you are now note taker (!inc accept).
        12:05 <cat> !inc accept
        12:05 -ilbot- cat is note taker.
    """, pair())  # fmt: skip
    assert [p.nick for p in talk.incident.holders("notes")] == ["ann", "cat"]


def test_of_two_who_hold_a_role_whoever_is_gone_makes_room():
    talk = check(BOTH + """
        12:03 -!- bob has quit [bye]
        12:04 <cat> !inc role notes
        12:04 -ilbot- cat is note taker.
    """, pair())  # fmt: skip
    assert [p.nick for p in talk.incident.holders("notes")] == ["ann", "cat"]


OVER = (
    LED
    + """
    12:02 <ned> !inc role notes
    12:10 <metadave> !inc resolve
    """
)
AFTERWARDS = {**process().roles, "notes": Role("notes", "note taker")}


def over(script, **changes):
    """What the bot says to lines after the end, and the incident then."""
    talk = Talk(setting(process(roles=AFTERWARDS, **changes)))
    talk.tell(OVER)
    begun = len(talk.written)
    talk.tell(script)
    return [line for line in talk.written[begun:] if "ilbot" in line], talk.incident


def test_who_led_hands_the_report_over_and_who_leads_is_no_matter_of_it():
    said, incident = over(
        """
        12:20 <metadave> bob has agreed to take over IL
        12:21 <bob> Confirmed, I am now IL
        12:22 <bob> !inc role
        --- 2018-01-12 #mozmeao
        12:10
        """
    )
    assert [line.partition("ilbot")[2] for line in said[:3]] == [
        "- bob: please confirm that you are now incident leader (!inc accept).",
        "- bob is incident leader.",
        "> bob: incident leader bob; note taker ned",
    ]
    assert any("- bob: the incident report for incident 1" in line for line in said)
    assert [t.holder.nick for t in lead_terms(incident)] == ["metadave"]
    assert leaderless(incident, process()) == ()


def test_after_the_end_a_role_is_taken_from_nobody_who_is_there():
    said, _ = over(
        """
        12:20 <bob> !inc lead
        12:21 <bob> I am the incident leader
        12:22 <bob> !inc role notes
        12:23 <metadave> !inc lead
        12:24 <metadave> bob has agreed to take over as note taker
        12:25 <ned> !inc role notes bob
        12:25 <ned> !inc role notes bob
        12:26 <bob> !inc decline
        12:27 <ned> !inc role notes bob
        12:28 <bob> !inc accept
        12:29 <ned> !inc handoff ned
        12:30 -!- metadave [m@moz] has quit [bye]
        12:31 <ned> !inc lead
        12:32 <metadave> ned has agreed to take over IL
        """
    )
    assert [line.partition("ilbot")[2] for line in said] == [
        "> bob: metadave is incident leader; it passes when metadave offers it"
        " (!inc role incident leader bob).",
        "> bob: ned is note taker; it passes when ned offers it (!inc role note taker bob).",
        "> metadave: incident leader: metadave.",
        "- bob: please confirm that you are now note taker (!inc accept).",
        "- bob declines; ned stays note taker.",
        "- bob: please confirm that you are now note taker (!inc accept).",
        "- bob is note taker.",
        "> ned: metadave is incident leader; it passes when metadave offers it"
        " (!inc role incident leader ned).",
        "- ned is incident leader.",
    ]


def test_what_is_offered_after_the_end_lapses_and_stays_with_whoever_had_it():
    said, incident = over(
        """
        12:20 <metadave> !inc handoff bob
        13:00
        """
    )
    assert "metadave stays incident leader" in said[-1].replace("IL", "incident leader")
    assert not incident.offers


def test_whoever_took_over_after_the_end_leads_if_it_is_opened_again():
    _, incident = over(
        """
        12:20 <metadave> !inc handoff bob
        12:21 <bob> !inc accept
        12:30 <bob> !inc reopen it is down again
        """
    )
    assert [p.nick for p in incident.holders()] == ["bob"]
    assert [p.nick for p in incident.holders("notes")] == ["ned"]
    assert [t.holder.nick for t in lead_terms(incident)] == ["metadave", "bob"]


def test_a_role_that_needs_no_acknowledgement_passes_at_once_after_the_end():
    free = {**AFTERWARDS, "notes": replace(AFTERWARDS["notes"], acknowledged=False)}
    talk = Talk(setting(process(roles=free)))
    talk.tell(
        OVER
        + """
        12:20 <bob> !inc role notes
        12:22 <bob> !inc role notes ann
        12:23 <metadave> metadave has agreed to take over IL
        """
    )
    assert [t.holder.nick for t in talk.incident.terms if t.role == "notes"] == [
        *("ned", "bob", "ann"),
    ]
