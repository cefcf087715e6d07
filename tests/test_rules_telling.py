"""Updates, promises of the next one, calls for help."""

from __future__ import annotations

import pytest
from core import LED, MDN, Talk, at, check, line, replies_to, setting

from ircbot.incident.line import Source
from ircbot.incident.setting import FixedPresence, KnownChannel

# --- updates ------------------------------------------------------------------------------------


def test_an_update_goes_to_every_other_channel_and_its_speaker_is_told_where_it_arrived():
    talk = check(
        LED
        + """
        12:01 <metadave> !inc update the ELB is empty, we add listeners
        12:01 #meao-infra #moc -ilbot- Incident 1: the ELB is empty, we add listeners (metadave)
        12:01 -ilbot:metadave- your update reached 2 of 2 channels.
        12:02 #moc <metadave> ilbot: update half of them are back
        12:02 #mozmeao #meao-infra -ilbot- Incident 1: half of them are back (metadave)
        12:02 -ilbot:metadave- your update reached 2 of 2 channels.
        12:03 *metadave* update all are back
        12:03 #mozmeao #meao-infra #moc -ilbot- Incident 1: all are back (metadave)
        12:03 -ilbot:metadave- your update reached 3 of 3 channels.
        """
    )
    assert [update.text for update in talk.incident.updates] == [
        "the ELB is empty, we add listeners",
        "half of them are back",
        "all are back",
    ]


def test_the_comms_channel_is_told_too():
    check(
        LED
        + """
        12:01 <metadave> !inc channel #mdndev
        12:01 #meao-infra #moc -ilbot- Incident 1 (MDN is down): updates are in #mdndev.
        12:01 #mdndev -ilbot- Incident 1 (MDN is down) is worked on here; TL: lines go on record.
        12:02 #moc <metadave> !inc update half of them are back
        12:02 #mozmeao #meao-infra #mdndev -ilbot- Incident 1: half of them are back (metadave)
        12:02 -ilbot:metadave- your update reached 3 of 3 channels.
        """
    )


def test_an_update_that_nobody_else_is_told_of_is_acknowledged():
    assert replies_to("12:00 <metadave> !inc declare MDN is down\n12:01 <metadave> !inc update x",
                      setting(channels=("#mozmeao",))) == [
        "12:01 -ilbot:metadave- your update is recorded; there is no other channel to tell."
    ]  # fmt: skip


def test_what_was_refused_is_told_with_the_reason():
    talk = Talk()
    talk.tell(LED)
    replies = talk.engine.hear([line("12:01", "metadave", "!inc update half of them are back")])
    broadcast = replies[0].broadcast
    told = talk.engine.delivered(broadcast, ["#meao-infra"], {"#moc": "+m", "#x": "banned"})
    assert [(r.to, r.text) for r in told] == [
        ("metadave", "your update reached 1 of 3 channels; #moc refused: +m; #x refused: banned.")
    ]
    assert talk.incident.updates[0].refused == {"#moc": "+m", "#x": "banned"}
    assert talk.incident.updates[0].reaches("#meao-infra")
    assert not talk.incident.updates[0].reaches("#moc")
    assert talk.engine.delivered(broadcast, ["#meao-infra"], {}) == ()


def test_where_the_server_does_not_echo_an_update_was_sent_and_not_more():
    talk = Talk()
    talk.tell(LED)
    replies = talk.engine.hear([line("12:01", "metadave", "!inc update half of them are back")])
    told = talk.engine.delivered(replies[0].broadcast, ["#meao-infra"], {}, confirmed=False)
    assert [r.text for r in told] == ["your update was sent to 1 of 1 channels."]
    assert not talk.incident.updates[0].confirmed


def test_nobody_is_notified_who_does_not_exist():
    talk = Talk()
    talk.tell(LED)
    replies = talk.engine.hear([line("12:01", "metadave", "!inc notify @bob @cat come and look")])
    call = next(reply.broadcast for reply in replies if reply.broadcast)
    talk.engine.delivered(call, ["cat"], {"bob": "no such nick"})
    assert talk.incident.calls[0].reached == ("cat",)
    assert talk.engine.delivered("nonsense", [], {}) == ()
    assert talk.engine.delivered("update:9:1", [], {}) == ()


def test_whoever_was_called_is_known_and_called_again_without_a_sign():
    talk = Talk()
    talk.tell(LED)
    for typed in ("@bob @may come and look", "bob may it is worse"):
        talk.hear(line("12:01", "metadave", f"!inc notify {typed}"))
    first, second = talk.incident.calls
    assert (first.nicks, second.nicks) == (("bob", "may"), ("bob", "may"))


def test_a_promise_is_kept_only_where_it_was_made_and_the_reminder_says_where():
    check(
        LED
        + """
        12:02 #moc <metadave> I'll post an update here in the next 20 minutes
        12:10 <metadave> TL: the ELB is empty
        12:10 -ilbot:metadave- #1 recorded
        12:12 <jgmize> !inc status
        12:12 <ilbot> jgmize: Incident 1 (open): MDN is down. IL: metadave since 12:00 UTC. Comms: #mozmeao.
        12:12 <ilbot> jgmize: Declared 12:00 UTC, 12 minutes ago. Last update 12:10 UTC: the ELB is empty. Next due 12:40 UTC, in #moc 12:22 UTC.
        12:17 -ilbot- metadave: an update is due in 5 minutes in #moc (MDN is down; last 12:02 UTC).
        12:22 -ilbot- metadave: an update is due now in #moc (MDN is down; last 12:02 UTC).
        12:23 <metadave> !inc update we add listeners
        12:23 #meao-infra #moc -ilbot- Incident 1: we add listeners (metadave)
        12:23 -ilbot:metadave- your update reached 2 of 2 channels.
        12:40
        """
    )


def test_whoever_was_called_and_answers_takes_part():
    talk = Talk()
    talk.tell(
        LED
        + """
        12:01 <metadave> ping bob, cat MDN is down
        12:02 <bob> on my way
        12:03 <bystander> good luck
        """
    )
    assert set(talk.incident.writers) == {"metadave", "bob"}


@pytest.mark.parametrize(
    ("typed", "reply"),
    [
        ("update", "!inc update TEXT"),
        ("next", "!inc next 45m"),
        ("next 5/1", '"5/1": 5 Jan 2018 or 1 May 2018? 2026-11-24 and 24 Nov are clear.'),
        ("next 9999-12-31 10:00", "9999-12-31 10:00 is too far away."),
        ("notify", "!inc notify NICK… REASON"),
        ("notify jgmize", "!inc notify NICK… REASON"),
    ],
)
def test_wrong_use_is_answered_with_what_to_type(typed, reply):
    assert replies_to(LED + f"12:01 <metadave> !inc {typed}") == [
        f"12:01 <ilbot> metadave: {reply}"
    ]


def test_what_is_over_takes_no_updates_and_no_calls():
    check(
        LED
        + """
        12:01 <metadave> !inc resolve
        12:01 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 1 minute. The incident report is due 2018-01-12 12:01 UTC from metadave.
        12:02 <metadave> !inc update all is well
        12:02 <ilbot> metadave: incident 1 is resolved. !inc reopen WHY, if it is not over.
        12:03 <metadave> !inc next 30m
        12:03 <ilbot> metadave: incident 1 is resolved. !inc reopen WHY, if it is not over.
        12:04 <metadave> !inc notify jgmize all is well
        12:04 <ilbot> metadave: incident 1 is resolved. !inc reopen WHY, if it is not over.
        12:05 <metadave> ping jgmize all is well
        12:06 <metadave> next update in 30 minutes
        """
    )


# --- the next one -------------------------------------------------------------------------------


def test_the_next_update_is_due_when_somebody_says_and_who_is_on_record():
    talk = check(
        LED
        + """
        12:01 <metadave> !inc next 2h
        12:01 <ilbot> metadave: next update due 14:01 UTC.
        12:02 #moc <metadave> !inc next 14:30
        12:02 #moc <ilbot> metadave: next update due 14:30 UTC.
        12:02 -ilbot- Next update due 14:30 UTC (asked by metadave).
        12:03 *metadave* snooze 45m
        12:03 *ilbot:metadave* metadave: next update due 12:48 UTC.
        """
    )
    here, there = talk.incident.promised("#mozmeao"), talk.incident.promised("#moc")
    assert (here.by.nick, here.due) == ("metadave", at("12:48"))
    assert (there.by.nick, there.due) == ("metadave", at("14:30"))


def test_a_promise_in_plain_words_is_kept_in_mind():
    talk = check(
        LED
        + """
        12:01 <metadave> I'll post an update here in the next 20 minutes
        12:01 <ilbot> metadave: next update due 12:21 UTC.
        12:02 <stranger> I'll post an update here in the next 300 minutes
        12:16 -ilbot- metadave: an update is due in 5 minutes (MDN is down; last 12:00 UTC).
        12:21 -ilbot- metadave: an update is due now (MDN is down; last 12:00 UTC).
        12:21
        """
    )
    assert talk.incident.promised("#mozmeao").due == at("12:21")


def test_a_promise_with_nothing_open_is_chatter():
    assert replies_to("12:00 <metadave> I'll post an update here in the next 20 minutes") == []


# --- calls --------------------------------------------------------------------------------------


def test_a_ping_is_recorded_and_one_without_a_reason_gets_a_private_hint():
    talk = check(
        LED
        + """
        12:01 <metadave> ping jwhitlock rjohnson there is an urgent MDN outage
        12:02 <metadave> ping metadave
        12:02 -ilbot:metadave- a ping says little on a phone: add the reason in the same line (ping metadave WHAT IS WRONG).
        """
    )
    assert [(call.nicks, call.text) for call in talk.incident.calls] == [
        (("jwhitlock", "rjohnson"), "there is an urgent MDN outage"),
        (("metadave",), ""),
    ]


def test_in_quiet_mode_there_are_no_hints():
    assert replies_to(LED + "12:01 <metadave> ping jgmize", setting(quiet=True)) == []


def test_calling_people_tells_them_why_in_the_sameline():
    check(
        LED
        + """
        12:01 <metadave> !inc notify jwhitlock MDN is down, can you look at the ELB
        12:01 *ilbot:jwhitlock* jwhitlock: MDN is down, can you look at the ELB (incident 1, #mozmeao)
        12:01 -ilbot- jwhitlock: MDN is down, can you look at the ELB (incident 1, #mozmeao)
        12:02 <metadave> !inc page @a @b, @c: MDN is down
        12:02 *ilbot:a* a: MDN is down (incident 1, #mozmeao)
        12:02 *ilbot:b* b: MDN is down (incident 1, #mozmeao)
        12:02 *ilbot:c* c: MDN is down (incident 1, #mozmeao)
        12:02 -ilbot- a b c: MDN is down (incident 1, #mozmeao)
        12:03 *metadave* notify jgmize come to #mozmeao
        12:03 *ilbot:jgmize* jgmize: come to #mozmeao (incident 1, #mozmeao)
        12:03 -ilbot- jgmize: come to #mozmeao (incident 1, #mozmeao)
        """
    )


@pytest.mark.parametrize(
    ("typed", "nicks", "reason"),
    [
        ("jwhitlock MDN is down", ("jwhitlock",), "MDN is down"),
        ("jwhitlock rjohnson MDN is down", ("jwhitlock", "rjohnson"), "MDN is down"),
        ("jwhitlock, rjohnson: help", ("jwhitlock", "rjohnson"), "help"),
        ("jwhitlock: rjohnson says it is down", ("jwhitlock",), "rjohnson says it is down"),
        ("unknown kuma is down", ("unknown",), "kuma is down"),
        ("seen1 seen2 look at this", ("seen1", "seen2"), "look at this"),
        ("one two", ("one",), "two"),
        ("jwhitlock jwhitlock twice", ("jwhitlock",), "twice"),
        ("moc-duty oncall what now", ("moc-duty", "oncall"), "what now"),
    ],
)
def test_where_the_nicks_end_and_the_reason_begins(typed, nicks, reason):
    talk = Talk(setting(products={"X": MDN}, duty={"ops": "oncall", "moc": "moc-duty"}))
    talk.tell(LED + "12:01 <seen1> hello\n12:01 <seen2> hello")
    talk.tell(f"12:02 <metadave> !inc notify {typed}")
    call = talk.incident.calls[-1]
    assert (call.nicks, call.text) == (nicks, reason)


def test_a_ping_reaches_only_who_is_there():
    here = KnownChannel(frozenset({"metadave", "jwhitlock"}))
    there = setting(presence=FixedPresence({("", "#mozmeao"): here}))
    talk = check(
        LED
        + """
        12:01 <metadave> ping JWhitlock bob the site is down
        12:01 -ilbot:metadave- not reached: bob (not here).
        12:02 <metadave> ping cat
        12:02 -ilbot:metadave- not reached: cat (not here).
        """,
        there,
    )
    assert [call.reached for call in talk.incident.calls] == [("JWhitlock",), ()]


def test_who_is_there_now_says_nothing_of_a_ping_of_before():
    there = setting(presence=FixedPresence({("", "#mozmeao"): KnownChannel()}))
    talk = Talk(there, source=Source.RECOVERED)
    talk.tell(LED + "12:01 <metadave> ping bob the site is down")
    assert talk.incident.calls[-1].reached == ("bob",)


def test_not_more_than_eight_are_called_at_once():
    nicks = " ".join(f"@n{number}" for number in range(9))
    assert replies_to(LED + f"12:01 <metadave> !inc notify {nicks} help") == [
        "12:01 <ilbot> metadave: at most 8 people at once."
    ]


# --- several networks ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "notify jgmize about the ELB",
        "update it is better",
        "next 30 minutes",
        "handoff jgmize",
        "resolve",
    ],
)
def test_what_is_ordered_from_another_network_is_said_on_the_incident_s(typed):
    talk = Talk(setting(network_channels={"oftc": ("#there",)}, operators=("dave",)))
    talk.hear(line("12:00", "metadave", "!inc declare MDN is down", "#there", network="oftc"))
    order = line("12:01", "boss", f"!inc @1 {typed}", account="dave")
    others = [reply for reply in talk.engine.hear([order]) if reply.to not in ("#mozmeao", "boss")]
    assert {reply.network for reply in others} == {"oftc"}
