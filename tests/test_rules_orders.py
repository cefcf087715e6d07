"""Commands: what is no command, commands alone, several people called, the bot sent away."""

from __future__ import annotations

import pytest
from core import LED, Talk, at, check, line, replies_to, setting


@pytest.mark.parametrize("said", ["!inc", "!inc help", "ilbot: help", "ilbot:"])
def test_the_bot_called_for_nothing_tells_what_to_type(said):
    told = replies_to(f"12:00 <rookie> {said}")
    assert told[0].startswith("12:00 <ilbot> rookie: to open an incident: ")
    assert told[1].startswith("12:00 <ilbot> rookie: more: !inc help starting, ")


def test_every_command_is_named_to_who_asks_for_all():
    told = replies_to("12:00 <rookie> !inc help commands")
    assert told[0].startswith("12:00 <ilbot> rookie: help status list")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("starting", "!inc declare SUMMARY"),
        ("during", "!inc update TEXT"),
        ("handing over", "!inc handoff NICK"),
        ("handing-over", "!inc accept"),
        ("Ending", "!inc resolve"),
        ("afterwards", "!inc report done"),
    ],
)
def test_a_situation_that_is_named_is_met_with_the_words_to_type(typed, words):
    told = replies_to(f"12:00 <rookie> !inc help {typed}")
    assert len(told) == 2
    assert words in told[0]


def test_help_says_where_more_is_written_if_that_is_configured():
    told = replies_to(
        "12:00 <rookie> !inc help ending", setting(help_url="https://docs.example.org/incidents")
    )
    assert told[-1].endswith("; in full: https://docs.example.org/incidents")


def test_where_only_commands_count_sentences_mean_nothing():
    check(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident: MDN is down
        12:01 <metadave> !inc declare MDN is down
        12:01 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
        12:02 <metadave> incident resolved
        12:03 <metadave> TL: incident resolved
        12:03 -ilbot:metadave- #1 recorded
        12:04 <metadave> !inc resolve
        12:04 -ilbot- Incident 1 is resolved after 3 minutes. The incident report is due 2018-01-12 12:04 UTC from metadave.
        """,
        setting(channels=("#mozmeao",), commands_only=True),
    )


@pytest.mark.parametrize(
    ("typed", "nicks", "reason"),
    [
        ("@jgmize @pmac", ("jgmize",), "@pmac"),
        ("@jgmize @pmac down", ("jgmize", "pmac"), "down"),
    ],
)
def test_the_last_word_of_a_call_is_always_its_reason(typed, nicks, reason):
    told = replies_to(LED + f"12:01 <metadave> !inc notify {typed}")
    private = [f"12:01 *ilbot:{nick}* {nick}: {reason} (incident 1, #mozmeao)" for nick in nicks]
    assert [one for one in told if one.startswith("12:01 *ilbot:")] == private


def test_nothing_is_taken_in_where_nothing_is_open():
    check(
        """
        --- #mozmeao
        12:00 <jgmize> TL: the ELB is empty
        12:00 -ilbot:jgmize- no incident is open. Your line is kept and offered to the next one: !inc declare SUMMARY
        12:01 <jgmize> !inc tl adopt
        12:01 <ilbot> jgmize: no incident is open. !inc declare SUMMARY opens one.
        12:02 <jgmize> !inc tl last 2
        12:02 <ilbot> jgmize: no incident is open. !inc declare SUMMARY opens one.
        """
    )


# --- sent away ----------------------------------------------------------------------------------


def test_an_operator_sends_the_bot_out_of_a_channel_that_is_not_configured():
    talk = check(
        """
        --- #kitchen
        12:00 <rookie> !inc leave
        12:00 <ilbot> rookie: only a channel operator may send me away.
        12:01 <@chef> !inc leave kitchen
        12:01 <ilbot> chef: !inc leave [#NAME]
        12:02 <@chef> !inc leave #mozmeao
        12:02 <ilbot> chef: say it in #mozmeao.
        12:03 <@chef> !inc leave
        12:03 <ilbot> chef: leaving #kitchen.
        """
    )
    assert talk.state.left


def test_it_does_not_leave_where_it_is_configured_to_be_nor_an_open_incident():
    check(
        LED
        + """
        12:01 <@metadave> !inc leave
        12:01 <ilbot> metadave: #mozmeao is in my configuration; take it out of [irc] channels.
        12:02 <metadave> !inc channel #mdndev
        12:02 #meao-infra #moc -ilbot- Incident 1 (MDN is down): updates are in #mdndev.
        12:02 #mdndev -ilbot- Incident 1 (MDN is down) is worked on here; TL: lines go on record.
        12:03 #mdndev <@metadave> !inc leave #mdndev
        12:03 #mdndev <ilbot> metadave: incident 1 (MDN is down) is talked about in #mdndev; !inc channel #NAME moves it.
        """
    )


def test_an_operator_of_the_configuration_sends_it_away_from_anywhere():
    talk = Talk(setting(operators=("boss",)))
    (told,) = talk.hear(line("12:00", "boss", "!inc leave #kitchen", channel="", account="boss"))
    assert told == "12:00 *ilbot:boss* boss: leaving #kitchen."
    (told,) = talk.hear(line("12:01", "boss", "!inc leave", channel="", account="boss"))
    assert told == "12:01 *ilbot:boss* boss: !inc leave [#NAME]"


@pytest.mark.parametrize(
    "typed", ["-10m", "14:55", "11:50:", "11:50pm", "last 2000", "last 2000 jgmize"]
)
def test_half_an_entry_is_none(typed):
    told = replies_to(LED + f"12:01 <metadave> !inc tl {typed}")
    assert told == [
        "12:01 <ilbot> metadave: !inc tl [-10m|14:55|yesterday 23:10] TEXT, or tl last [N] [NICK]",
    ]


def test_a_late_entry_may_have_its_time_with_am_or_pm():
    talk = Talk()
    talk.tell(LED + "12:01 <metadave> !inc tl 11:50am the first alert")
    (note,) = talk.incident.notes
    assert (note.at, note.text) == (at("11:50"), "the first alert")


def test_nobody_is_called_the():
    told = replies_to(LED + "12:01 <metadave> !inc notify the database is down")
    assert told == ["12:01 <ilbot> metadave: !inc notify NICK… REASON"]
    assert "12:02 *ilbot:the* the: it is down (incident 1, #mozmeao)" in replies_to(
        LED + "12:02 <metadave> !inc notify @the it is down"
    )


@pytest.mark.parametrize("typed", ["proved", "Disproved"])
def test_a_judgement_of_no_hypothesis_is_no_hypothesis(typed):
    talk = Talk()
    told = talk.tell(LED + f"12:01 <metadave> !inc hypothesis {typed}")
    assert told[-1] == "12:01 <ilbot> metadave: !inc hypothesis [TEXT|proved N|disproved N]"
    assert not talk.incident.hypotheses


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("timeline", "tl"),
        ("note foo", "tl"),
        ("cancel", "withdraw"),
        ("who leads", "status"),
        ("hand off bob", "handoff"),
        ("handover bob", "handoff"),
        ("I am the incident leader", "lead"),
        ("fixed", "resolve"),
        ("?", "help"),
    ],
)
def test_what_people_try_first_is_answered_with_what_there_is(typed, near):
    told = replies_to(LED + f"12:01 <rookie> !inc {typed}")
    assert told == [f"12:01 <ilbot> rookie: no such command; did you mean !inc {near}?"]
