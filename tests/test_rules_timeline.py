"""The timeline: entries, late ones, lines already said, and putting them right afterwards."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from core import LED, NOON, Talk, at, check, line, replies_to, setting

from ircbot.incident.line import Source
from ircbot.incident.people import Person
from ircbot.incident.setting import Security
from ircbot.incident.view import as_json

# --- entries ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    ["TL: the ELB is empty", "tl: the ELB is empty", "ilbot: TL: the ELB is empty",
     "jgmize: TL: the ELB is empty", "TL 1: the ELB is empty", "TL #1: the ELB is empty",
     "\x02TL:\x02 the \x0304ELB\x03 is empty", "!inc tl the ELB is empty", "!inc log the ELB is empty",
     "#info the ELB is empty", "!log the ELB is empty", "!inc @1 tl the ELB is empty"],
)  # fmt: skip
def test_an_entry_is_recorded_word_for_word_and_acknowledged_privately(said):
    talk = Talk()
    talk.tell(LED)
    assert talk.tell(f"12:01 <jgmize> {said}")[1:] == ["12:01 -ilbot:jgmize- #1 recorded"]
    note = talk.incident.note(1)
    assert (note.text, note.at, note.by.nick) == ("the ELB is empty", at("12:01"), "jgmize")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("TL:     raise Boom  # at   once", "    raise Boom  # at   once"),
        ("tl 1:\tid   state", "\tid   state"),
        ("TL 11:58:   late   and indented", "  late   and indented"),
        ("jgmize:   TL:  a  b", " a  b"),
        ("!inc tl   a  b", "  a  b"),
        ("!inc   tl a  b", "a  b"),
        ("ilbot: tl   a  b", "  a  b"),
        ("!inc tl 11:58   a  b", "  a  b"),
        ("!log   a  b ", "  a  b"),
    ],
)
def test_an_entry_keeps_its_indentation_and_its_runs_of_blanks(said, kept):
    talk = Talk()
    talk.tell(f"{LED}\n12:01 <jgmize> {said}")
    assert talk.incident.note(1).text == kept


def test_an_edit_and_a_correction_keep_blanks_too():
    talk = Talk()
    talk.tell(f"{LED}\n12:01 <jgmize> TL: x\n12:02 <jgmize> !inc edit 1   a   b")
    assert talk.incident.note(1).text == "  a   b"
    talk.tell("12:03 <jgmize> s/a   b/c    d/")
    assert talk.incident.note(1).text == "  c    d"


def test_lines_that_are_taken_in_later_keep_their_blanks():
    talk = Talk()
    talk.tell(f"{LED}\n12:01 <jgmize>   id   state\n12:02 <jgmize> !inc tl last")
    assert talk.incident.note(1).text == "  id   state"


def test_what_is_no_entry_is_squeezed():
    talk = Talk()
    talk.tell(f"{LED}\n12:01 <metadave> !inc  summary   NTP    is down")
    assert talk.incident.summary == "NTP is down"


@pytest.mark.parametrize(
    "said", ["TL:", "TL: ", "TL", "tl;dr", "TLS: broken", "#info", "!log", "!log "]
)
def test_what_is_no_entry_is_not_recorded_and_not_answered(said):
    talk = Talk()
    talk.tell(LED)
    assert talk.tell(f"12:01 <jgmize> {said}")[1:] == []
    assert talk.incident.notes == []


def test_a_pasted_block_gets_one_line():
    block = "\n".join(f"12:01:00 <metadave> TL: step {n}" for n in range(1, 11))
    talk = Talk()
    talk.tell(LED + "12:00:57 <metadave> TL: first")
    assert talk.tell(block)[10:] == ["12:01 -ilbot:metadave- #2–#11 recorded"]


def test_what_follows_within_three_seconds_is_acknowledged_together():
    talk = Talk()
    talk.tell(LED)
    told = talk.tell(
        """
        12:01:00 <metadave> TL: one
        12:01:01 <metadave> TL: two
        12:01:01 <jgmize> TL: three
        12:01:02 <metadave> TL: four
        12:01:30 <metadave> TL: five
        """
    )
    assert [raw for raw in told if "-ilbot" in raw] == [
        "12:01 -ilbot:metadave- #1 recorded",
        "12:01 -ilbot:jgmize- #3 recorded",
        "12:01 -ilbot:metadave- #2, #4 recorded",
        "12:01 -ilbot:metadave- #5 recorded",
    ]


def test_in_quiet_mode_nothing_is_acknowledged():
    check(
        LED
        + """
        12:01 <metadave> TL: one
        """,
        setting(quiet=True),
    )


def test_with_several_open_the_acknowledgement_names_the_incident():
    check(
        LED
        + """
        12:16 #moc <jgmize> !inc declare kuma is down
        12:16 #moc -ilbot- Incident 2 is open: kuma is down. IL: jgmize. TL: lines here go on record.
        12:16 #mozmeao #meao-infra -ilbot- Incident 2: kuma is down. IL: jgmize. Comms: #moc.
        12:17 #moc <jgmize> TL: one
        12:17 -ilbot:jgmize- #1 recorded (incident 2)
        12:18 <jgmize> TL: one
        12:18 -ilbot:jgmize- #1 recorded (incident 1)
        12:19 #moc <jgmize> TL 1: two
        12:19 -ilbot:jgmize- #2 recorded (incident 1)
        """
    )


def test_entries_belong_to_the_resolved_incident_until_it_is_closed():
    check(
        LED
        + """
        12:01 <metadave> !inc resolve
        12:01 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 1 minute. The incident report is due 2018-01-12 12:01 UTC from metadave.
        12:02 <metadave> TL: one more thing
        12:02 -ilbot:metadave- #1 recorded
        12:03 <metadave> !inc close
        12:03 <ilbot> metadave: incident 1 is closed.
        12:04 <metadave> TL 1: and another
        12:04 -ilbot:metadave- #2 recorded
        12:05 <metadave> TL: and another
        12:05 -ilbot:metadave- no incident is open. Your line is kept and offered to the next one: !inc declare SUMMARY
        """
    )


def test_a_number_that_is_no_incident_is_answered():
    assert replies_to(LED + "12:01 <jgmize> TL 7: the ELB is empty") == [
        "12:01 <ilbot> jgmize: there is no incident 7; !inc list shows them."
    ]


def test_a_leading_backslash_makes_a_line_literal():
    talk = Talk()
    talk.tell(LED)
    assert talk.tell(r"12:01 <jgmize> \TL: the ELB is empty")[1:] == []
    assert talk.incident.notes == []


@pytest.mark.parametrize("source", [Source.IMPORT, Source.RECOVERED, Source.SHELL])
def test_what_is_not_live_is_recorded_and_not_answered(source):
    talk = Talk()
    talk.tell(LED)
    said = line("12:01", "jgmize", "TL: the ELB is empty", source=source)
    assert talk.hear(said) == []
    assert talk.incident.note(1).source is source


def test_the_shell_gives_no_orders():
    talk = Talk()
    talk.tell(LED)
    talk.hear(line("12:01", "root", "!inc resolve", source=Source.SHELL))
    assert talk.incident.live


# --- late entries -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("-10m the disk filled up", at("11:50")),
        ("-1h30 the disk filled up", at("10:30")),
        ("11:50 the disk filled up", at("11:50")),
        ("11:50:30 the disk filled up", at("11:50:30")),
    ],
)
def test_a_late_entry_has_its_true_time(typed, expected):
    talk = Talk()
    talk.tell(LED)
    talk.hear(line("12:00:30", "metadave", f"!inc tl {typed}"))
    note = talk.incident.note(1)
    assert (note.text, abs(note.at - expected).total_seconds() <= 30) == (
        "the disk filled up",
        True,
    )
    assert note.recorded == at("12:00:30")


def test_a_time_after_tl_is_no_incidents_number():
    talk = check(
        LED
        + """
        12:16 <jgmize> TL 11:55: the first alert
        12:16 -ilbot:jgmize- #1 recorded for 11:55 UTC
        12:17 <jgmize> TL 25:70 the second
        12:17 -ilbot:jgmize- #2 is recorded for 12:17 UTC, as you typed it: there is no such time as 25:70. !inc time 2 TIME puts it right.
        12:17 -ilbot:jgmize- #2 recorded
        """
    )
    first, second = talk.incident.notes
    assert (first.at, first.text) == (at("11:55"), "the first alert")
    assert (second.at, second.text) == (second.recorded, "25:70 the second")


@pytest.mark.parametrize(
    ("said", "when", "text"),
    [
        ("TL 11:55: it broke", "11:55 UTC", "it broke"),
        ("TL 11:55:it broke", "11:55 UTC", "it broke"),
        ("TL 11:55 it broke", "11:55 UTC", "it broke"),
        ("TL 11:55 UTC: it broke", "11:55 UTC", "it broke"),
        ("TL 13:55 CEST it broke", "11:55 UTC", "it broke"),
        ("TL 12:55 Europe/Berlin: it broke", "11:55 UTC", "it broke"),
        ("!inc tl 12:55 europe/berlin it broke", "11:55 UTC", "it broke"),
        ("TL 9am: it broke", "09:00 UTC", "it broke"),
        ("TL 4pm: it broke", "yesterday 16:00 UTC", "it broke"),
        ("TL 4.30 pm it broke", "yesterday 16:30 UTC", "it broke"),
        ("TL yesterday 23:10: it broke", "yesterday 23:10 UTC", "it broke"),
        ("TL 2018-01-08 23:10: it broke", "2018-01-08 23:10 UTC", "it broke"),
        ("TL 2018-01-08T23:10:05Z it broke", "2018-01-08 23:10:05 UTC", "it broke"),
        ("TL -10m: it broke", "12:06 UTC", "it broke"),
        ("TL 10 min ago: it broke", "12:06 UTC", "it broke"),
        ("TL 1 11:55: it broke", "11:55 UTC", "it broke"),
        ("TL #1 11:55 it broke", "11:55 UTC", "it broke"),
        ("metadave: TL 11:55: it broke", "11:55 UTC", "it broke"),
        ("!inc tl 11:55 it broke", "11:55 UTC", "it broke"),
        ("!inc tl 11:55: it broke", "11:55 UTC", "it broke"),
        ("!inc tl yesterday 11:10 pm it broke", "yesterday 23:10 UTC", "it broke"),
        ("!inc @1 tl 11:50Z it broke", "11:50 UTC", "it broke"),
        ("!log 11:55 it broke", "11:55 UTC", "it broke"),
        ("#info 11:55 it broke", "11:55 UTC", "it broke"),
        ("TL 13:30 it broke", "yesterday 13:30 UTC", "it broke"),
        ("TL 11:55 ELB is red", "11:55 UTC", "ELB is red"),
    ],
)
def test_a_late_entry_is_acknowledged_with_its_time(said, when, text):
    talk = Talk()
    talk.tell(LED)
    assert talk.tell(f"12:16:00 <jgmize> {said}")[1:] == [
        f"12:16 -ilbot:jgmize- #1 recorded for {when}"
    ]
    assert talk.incident.note(1).text == text


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("tl 12:20 it broke", "12:20 is still to come. For the day before, say: yesterday 12:20."),
        ("tl tomorrow 10:00 it broke", "tomorrow 10:00 (tomorrow 10:00 UTC) is still to come."),
        ("tl 11:50 CST it broke", '"11:50 CST": that zone is not known here, or means several. +02:00, Europe/Berlin and UTC are clear.'),
        ("tl 11:50 Asia/Atlantis it broke", '"11:50 Asia/Atlantis": that zone is not known here, or means several. +02:00, Europe/Berlin and UTC are clear.'),
        ("tl 11 Jan 10:00 it broke", '"11 Jan 10:00": 11 Jan 2017 or 11 Jan 2018? With the year it is clear.'),
        ("tl -10x it broke", '"-10x" is not a time. These are: 16:12, 4pm, 16:12 UTC, yesterday 23:10, 2026-11-24 10:00, -10m.'),
        ("tl 5/1/2018 10:00 it broke", '"5/1/2018 10:00": 5 Jan 2018 or 1 May 2018? 2026-11-24 and 24 Nov are clear.'),
    ],
)  # fmt: skip
def test_an_entry_whose_time_is_unclear_is_kept_whole_and_asked_about(said, why):
    talk = Talk()
    talk.tell(LED)
    assert talk.tell(f"12:16 <jgmize> !inc {said}")[1:] == [
        f"12:16 -ilbot:jgmize- #1 is recorded for 12:16 UTC, as you typed it: {why} !inc time 1 TIME puts it right.",
        "12:16 -ilbot:jgmize- #1 recorded",
    ]
    assert talk.incident.note(1).text == said.removeprefix("tl ")


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("5/1", '"5/1": 5 Jan 2018 or 1 May 2018? 2026-11-24 and 24 Nov are clear.'),
        ("yesterday", '"yesterday": the day and the time of day are needed, such as yesterday 23:10.'),
        ("2018-01-09", '"2018-01-09": the day and the time of day are needed, such as yesterday 23:10.'),
    ],
)  # fmt: skip
def test_an_entry_of_a_day_alone_is_kept_whole_and_asked_about(day, why):
    talk = Talk()
    talk.tell(LED)
    assert talk.tell(f"12:16 <jgmize> TL {day}: it broke")[1:] == [
        f"12:16 -ilbot:jgmize- #1 is recorded for 12:16 UTC, as you typed it: {why} !inc time 1 TIME puts it right.",
        "12:16 -ilbot:jgmize- #1 recorded",
    ]
    assert talk.incident.note(1).text == f"{day} it broke"


def test_an_entry_that_begins_with_a_time_is_asked_about_once():
    talk = Talk()
    talk.tell(LED)
    assert talk.tell("12:16:00 <jgmize> TL: 11:55 the first alert")[1:] == [
        "12:16 -ilbot:jgmize- #1 is recorded for 12:16 UTC. If it happened at 11:55: !inc time 1 11:55",
        "12:16 -ilbot:jgmize- #1 recorded",
    ]
    assert talk.tell("12:17:00 <jgmize> TL: 11:56 the second alert")[1:] == [
        "12:17 -ilbot:jgmize- #2 recorded"
    ]
    assert talk.tell("12:20:00 <jgmize> TL: 12:20 the third alert")[1:] == [
        "12:20 -ilbot:jgmize- #3 recorded"
    ]


def test_undo_takes_back_the_entry_it_names_and_nothing_that_it_does_not():
    talk = Talk()
    talk.tell(LED + "12:01 <metadave> TL: one\n12:02 <metadave> TL: two")
    assert talk.tell("12:03 <metadave> !inc undo 1")[1:] == [
        "12:03 <ilbot> metadave: #1 is out of the timeline (!inc restore 1 brings it back)."
    ]
    assert talk.tell("12:04 <metadave> !inc undo 7")[1:] == [
        "12:04 <ilbot> metadave: there is no #7; the last is #2."
    ]
    assert talk.tell("12:05 <metadave> !inc undo that")[1:] == [
        "12:05 <ilbot> metadave: !inc undo [N|C3]"
    ]
    assert [note.struck for note in talk.incident.notes] == [True, False]


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("-10m the disk is full", "12:06 UTC"),
        ("yesterday 23:10 the backup failed", "2018-01-09 23:10 UTC"),
        ("23:10 the backup failed", "2018-01-09 23:10 UTC"),
        ("16:12 the backup failed", "2018-01-09 16:12 UTC"),
        ("at 11:55 the disk is full", "11:55"),
        ("[11:55] the disk is full", "11:55"),
        ("(11:55 UTC) the disk is full", "11:55 UTC"),
    ],
)
def test_the_time_that_is_asked_about_is_right_whenever_it_is_answered(said, at):
    assert replies_to(LED + f"12:16 <jgmize> TL: {said}")[0] == (
        "12:16 -ilbot:jgmize- #1 is recorded for 12:16 UTC. "
        f"If it happened at {at}: !inc time 1 {at}"
    )


# --- when it happened -------------------------------------------------------------------------


def test_the_time_of_an_entry_is_corrected_and_its_history_kept():
    talk = Talk()
    talk.tell(LED)
    talk.tell("12:16:00 <jgmize> TL: the first alert")
    for minute, (said, answer) in enumerate((
        ("<jgmize> !inc time 1 11:55", "jgmize: #1 is at 11:55 UTC now (it was at 12:16 UTC)."),
        ("<metadave> !inc time #1 yesterday 23:10", "metadave: #1 is at yesterday 23:10 UTC now (it was at 11:55 UTC)."),
        ("<metadave> !inc time 1 yesterday 23:10", "metadave: #1 is at yesterday 23:10 UTC already."),
        ("<passerby> !inc time 1 11:00", "passerby: only jgmize, metadave (IL) or a channel operator may change it."),
        ("<metadave> !inc time 7 11:00", "metadave: there is no #7; the last is #1."),
        ("<metadave> !inc drop 1", "metadave: #1 is out of the timeline (!inc restore 1 brings it back)."),
        ("<metadave> !inc time 1 11:50", "metadave: #1 is at 11:50 UTC now (it was at yesterday 23:10 UTC); it stays out of the timeline (!inc restore 1 brings it back)."),
        ("<metadave> !inc edit 1 an alert", "metadave: #1 now says: an alert; it stays out of the timeline (!inc restore 1 brings it back)"),
    ), 50):  # fmt: skip
        assert talk.tell(f"12:{minute}:00 {said}")[-1] == f"12:{minute} <ilbot> {answer}"
    note = talk.incident.note(1)
    assert note.at == at("11:50")
    assert [(one.was, one.by.nick) for one in note.retimed] == [
        (at("12:16"), "jgmize"),
        (at("11:55"), "metadave"),
        (at("23:10") - timedelta(days=1), "metadave"),
    ]
    corrections = as_json(talk.incident, setting().process)["corrections"]
    assert [(c["what"], c["from"], c["to"], c["by"]) for c in corrections] == [
        ("entry 1", "2018-01-10T12:16:00Z", "2018-01-10T11:55:00Z", "jgmize"),
        ("entry 1", "2018-01-10T11:55:00Z", "2018-01-09T23:10:00Z", "metadave"),
        ("entry 1", "2018-01-09T23:10:00Z", "2018-01-10T11:50:00Z", "metadave"),
    ]


def test_times_are_in_the_configured_zone():
    talk = Talk(setting(zone=ZoneInfo("Europe/Berlin")))
    talk.tell(LED.replace("UTC", "CET"))
    talk.tell("12:01 <metadave> !inc tl 12:50 the disk filled up")
    assert talk.incident.note(1).at == at("11:50")


# --- lines already said -------------------------------------------------------------------------


def test_lines_already_said_are_promoted_with_their_time_and_author():
    talk = check(
        LED
        + """
        12:01 <jgmize> the ELB has no listeners
        12:02 <metadave> how come
        12:03 <jgmize> somebody ran the old script
        12:03 <metadave> TL: noted already
        12:03 -ilbot:metadave- #1 recorded
        12:04 <metadave> !inc tl last 2 jgmize
        12:04 <ilbot> metadave: #2–#3 recorded
        12:05 <metadave> !inc tl last
        12:05 <ilbot> metadave: #4 recorded
        12:06 <metadave> !inc tl last 9
        12:06 <ilbot> metadave: I remember no such line in #mozmeao. !inc tl 14:55 TEXT records it by hand.
        12:07 <metadave> !inc tl last 2 jgmize
        12:07 <ilbot> metadave: I remember no such line by jgmize in #mozmeao. !inc tl 14:55 TEXT records it by hand.
        12:08 <metadave> !inc tl last 0
        12:08 <ilbot> metadave: I remember no such line in #mozmeao. !inc tl 14:55 TEXT records it by hand.
        12:09 <metadave> !inc tl LAST 1 @nobody:
        12:09 <ilbot> metadave: I remember no such line by nobody in #mozmeao. !inc tl 14:55 TEXT records it by hand.
        """
    )
    promoted = [(n.at, n.by, n.text, n.recorded) for n in talk.incident.notes][1:]
    assert promoted == [
        (at("12:01"), Person("jgmize"), "the ELB has no listeners", at("12:04")),
        (at("12:03"), Person("jgmize"), "somebody ran the old script", at("12:04")),
        (at("12:02"), Person("metadave"), "how come", at("12:05")),
    ]


def test_from_private_the_lines_of_the_comms_channel_are_meant():
    check(
        LED
        + """
        12:01 <jgmize> the ELB has no listeners
        12:02 *metadave* tl last jgmize
        12:02 *ilbot:metadave* metadave: #1 recorded
        """
    )


def test_what_is_not_talk_is_not_promoted():
    talk = Talk()
    talk.tell(LED)
    for text in ("!inc status", "ilbot: status", "ilbot, status", "TL: x", "TL 1: x", "#info x",
                 "!log x", "s/a/b/", "#undo", "[nolog] secret"):  # fmt: skip
        talk.hear(line("12:01", "jgmize", text))
    assert talk.tell("12:02 <metadave> !inc tl last 9")[-1:] == [
        "12:02 <ilbot> metadave: I remember no such line in #mozmeao. !inc tl 14:55 TEXT records it by hand."
    ]


def test_an_entry_may_begin_with_the_word_last():
    talk = Talk()
    talk.tell(LED + "12:01 <metadave> !inc tl last deploy broke it\n12:02 <metadave> !log last 2")
    assert [note.text for note in talk.incident.notes] == ["last deploy broke it", "last 2"]


# --- before there was an incident ---------------------------------------------------------------


def test_an_entry_with_nothing_open_is_kept_and_offered():
    talk = check(
        """
        --- #mozmeao
        11:50 <metadave> TL: the ELB is empty
        11:50 -ilbot:metadave- no incident is open. Your line is kept and offered to the next one: !inc declare SUMMARY
        11:50 <metadave> TL: really empty
        11:51 <jgmize> TL: I see it too
        11:51 -ilbot:jgmize- no incident is open. Your line is kept and offered to the next one: !inc declare SUMMARY
        12:00 <metadave> !inc declare MDN is down
        12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. IL: metadave. Comms: #mozmeao.
        12:00 -ilbot- 3 TL: lines said before the declaration. To record: !inc tl adopt. To drop: !inc tl discard.
        12:01 <metadave> !inc tl adopt
        12:01 <ilbot> metadave: #1–#3 recorded from before the declaration.
        12:02 <metadave> !inc tl adopt
        12:02 <ilbot> metadave: no TL: lines are waiting.
        12:03 <metadave> !inc tl discard
        12:03 <ilbot> metadave: no TL: lines are waiting.
        """
    )
    first = talk.incident.note(1)
    assert (first.at, first.by.nick, first.recorded) == (at("11:50"), "metadave", at("12:01"))


def test_kept_entries_can_be_dropped():
    talk = check(
        """
        --- #mozmeao
        11:50 <metadave> TL: the ELB is empty
        11:50 -ilbot:metadave- no incident is open. Your line is kept and offered to the next one: !inc declare SUMMARY
        12:00 <metadave> !inc declare MDN is down
        12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. IL: metadave. Comms: #mozmeao.
        12:00 -ilbot- 1 TL: line said before the declaration. To record: !inc tl adopt. To drop: !inc tl discard.
        12:01 <metadave> !inc tl discard
        12:01 <ilbot> metadave: the kept TL: lines are dropped (1).
        """
    )
    assert talk.state.strays == []


def test_who_pastes_a_block_while_it_is_unclear_where_it_belongs_is_asked_once():
    talk = check(
        LED
        + """
        12:16 #moc <jgmize> !inc declare kuma is down
        12:16 #moc -ilbot- Incident 2 is open: kuma is down. IL: jgmize. TL: lines here go on record.
        12:16 #mozmeao #meao-infra -ilbot- Incident 2: kuma is down. IL: jgmize. Comms: #moc.
        12:17:00 #meao-infra <passerby> TL: one
        12:17:00 #meao-infra <passerby> TL: two
        12:17:00 #meao-infra <passerby> TL: three
        12:17 #meao-infra <ilbot> passerby: which incident? 1 (MDN is down), 2 (kuma is down). It is kept: !inc @1 tl adopt takes it in. From now on say: TL 1: TEXT
        12:18 #meao-infra <passerby> !inc tl adopt
        12:18 #meao-infra <ilbot> passerby: which incident? 1 (MDN is down), 2 (kuma is down). Say: TL 1: TEXT, or !inc @1 COMMAND
        12:19 #meao-infra <passerby> !inc @2 tl adopt
        12:19 #meao-infra <ilbot> passerby: #1–#3 recorded from before the declaration.
        """
    )
    assert [note.text for note in talk.incident.notes] == ["one", "two", "three"]


def test_what_waits_is_not_adopted_where_nothing_is_recorded():
    check(
        LED
        + """
        12:01 <metadave> !inc resolve
        12:01 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 1 minute. The incident report is due 2018-01-12 12:01 UTC from metadave.
        12:02 <metadave> !inc withdraw a typo
        12:02 #mozmeao #meao-infra #moc -ilbot- Incident 1 is withdrawn: a typo
        12:03 <metadave> TL: too late
        12:03 -ilbot:metadave- no incident is open. Your line is kept and offered to the next one: !inc declare SUMMARY
        12:04 <metadave> !inc @1 tl adopt
        12:04 <ilbot> metadave: incident 1 is withdrawn. !inc reopen WHY, if it is not over.
        12:05 <metadave> !inc @1 tl last
        12:05 <ilbot> metadave: incident 1 is withdrawn. !inc reopen WHY, if it is not over.
        12:06 <metadave> !inc tl adopt
        12:06 <ilbot> metadave: no incident is open. For incident 1, which is withdrawn: !inc @1 COMMAND. !inc declare SUMMARY opens another one.
        """
    )


def test_the_words_others_are_used_to_do_not_adopt():
    talk = Talk()
    talk.tell("11:50 <metadave> TL: one\n12:00 <metadave> !inc declare MDN is down")
    talk.tell("12:01 <metadave> #info adopt\n12:02 <metadave> !log discard")
    assert [note.text for note in talk.incident.notes] == ["adopt", "discard"]
    assert len(talk.state.strays) == 1


def test_declaring_backwards_takes_in_what_was_said():
    talk = check(
        """
        --- #mozmeao
        11:40 <rookie> good morning
        11:52 <jgmize> kuma gives me 503
        11:53 <metadave> TL: looking at it
        11:53 -ilbot:metadave- no incident is open. Your line is kept and offered to the next one: !inc declare SUMMARY
        11:54 <jgmize> !inc help
        11:54 <ilbot> jgmize: to open an incident: "I am declaring an incident", or !inc declare SUMMARY; only to practise: !inc declare --drill SUMMARY
        11:54 <ilbot> jgmize: more: !inc help starting, during, handing over, ending, afterwards; all commands: !inc help commands; one: !inc help COMMAND
        11:55 <metadave> [nolog] my password is silly
        11:56 #moc <moc> load is fine
        12:00 <metadave> !inc declare MDN is down --since 11:50
        12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. IL: metadave. Comms: #mozmeao.
        12:00 <ilbot> metadave: #1–#2 recorded, said since 11:50 UTC; detected 11:50 UTC.
        """
    )
    assert talk.incident.detected_at == at("11:50")
    assert [(n.at, n.by.nick, n.text) for n in talk.incident.notes] == [
        (at("11:52"), "jgmize", "kuma gives me 503"),
        (at("11:53"), "metadave", "looking at it"),
    ]


def test_declaring_backwards_with_nothing_remembered_still_dates_the_detection():
    check(
        """
        --- #mozmeao
        12:00 <metadave> !inc declare MDN is down --since -20m
        12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. IL: metadave. Comms: #mozmeao.
        12:00 <ilbot> metadave: no line is remembered since 11:40 UTC; detected 11:40 UTC.
        """
    )


def test_older_entries_that_wait_are_offered_rather_than_taken():
    check(
        """
        --- #mozmeao
        11:00 <metadave> TL: long ago
        11:00 -ilbot:metadave- no incident is open. Your line is kept and offered to the next one: !inc declare SUMMARY
        11:53 <jgmize> kuma gives me 503
        12:00 <metadave> !inc declare MDN is down --since 11:50
        12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. IL: metadave. Comms: #mozmeao.
        12:00 <ilbot> metadave: #1 recorded, said since 11:50 UTC; detected 11:50 UTC.
        12:00 -ilbot- 1 TL: line said before the declaration. To record: !inc tl adopt. To drop: !inc tl discard.
        """
    )


# --- corrections --------------------------------------------------------------------------------

NOTED = (
    LED
    + """
        12:01 <jgmize> TL: the disk is full
        12:01 -ilbot:jgmize- #1 recorded
        12:02 <metadave> TL: the queue is long
        12:02 -ilbot:metadave- #2 recorded
"""
)


def test_undo_takes_back_ones_own_last_entry():
    talk = check(
        NOTED
        + """
        12:03 <jgmize> #undo
        12:03 <ilbot> jgmize: #1 is out of the timeline (!inc restore 1 brings it back).
        12:04 <jgmize> !inc undo
        12:04 <ilbot> jgmize: you have recorded nothing to take back.
        12:05 <passerby> !inc undo
        12:05 <ilbot> passerby: you have recorded nothing to take back.
        12:06 <metadave> !inc undo
        12:06 <ilbot> metadave: #2 is out of the timeline (!inc restore 2 brings it back).
        """
    )
    assert [note.struck for note in talk.incident.notes] == [True, True]


def test_an_edit_keeps_what_it_said():
    talk = check(
        NOTED
        + """
        12:03 <jgmize> !inc edit 1 the log disk is full
        12:03 <ilbot> jgmize: #1 now says: the log disk is full
        12:04 <metadave> !inc edit #1 the log disk was full
        12:04 <ilbot> metadave: #1 now says: the log disk was full
        12:05 <jgmize> !inc edit 2 never mind
        12:05 <ilbot> jgmize: only metadave (IL) or a channel operator may change it.
        12:06 <jgmize> !inc edit 9 x
        12:06 <ilbot> jgmize: there is no #9; the last is #2.
        12:07 <jgmize> !inc edit one x
        12:07 <ilbot> jgmize: there is no #one; the last is #2.
        12:08 <jgmize> !inc edit 1
        12:08 <ilbot> jgmize: !inc edit N TEXT
        """
    )
    assert talk.incident.note(1).before == ("the disk is full", "the log disk is full")


def test_a_substitution_corrects_ones_own_last_entry():
    talk = check(
        NOTED
        + """
        12:03 <jgmize> s/disk/log disk/
        12:03 <ilbot> jgmize: #1 now says: the log disk is full
        12:04 <jgmize> !inc s/l/L/g
        12:04 <ilbot> jgmize: #1 now says: the Log disk is fuLL
        12:05 <jgmize> ilbot: s/nothing/something/
        12:05 <ilbot> jgmize: "nothing" is not in #1: the Log disk is fuLL
        12:06 <passerby> !inc s/a/b/
        12:06 <ilbot> passerby: you have recorded nothing to take back.
        12:07 <jgmize> !inc s/a
        12:07 <ilbot> jgmize: !inc s/OLD/NEW/
        12:08 <jgmize> !inc s
        12:08 <ilbot> jgmize: !inc s/OLD/NEW/
        """
    )
    assert talk.incident.note(1).text == "the Log disk is fuLL"


def test_people_correct_their_chatter_in_peace():
    check(
        NOTED
        + """
        12:03 <passerby> teh cat
        12:03 <passerby> s/teh/the/
        12:04 <jgmize> s/nothing/something/
        """
    )


def test_a_slash_can_be_written():
    talk = Talk()
    talk.tell(NOTED + r"12:03 <jgmize> s/disk/\/var\/log/")
    assert talk.incident.note(1).text == "the /var/log is full"


def test_entries_are_dropped_and_restored_by_those_who_may():
    talk = check(
        NOTED
        + """
        12:03 <metadave> !inc drop 1
        12:03 <ilbot> metadave: #1 is out of the timeline (!inc restore 1 brings it back).
        12:04 <metadave> !inc drop 1
        12:04 <ilbot> metadave: #1 is out of the timeline already (!inc restore 1 brings it back).
        12:05 <jgmize> !inc restore 1
        12:05 <ilbot> jgmize: #1 is back.
        12:06 <jgmize> !inc restore 1
        12:06 <ilbot> jgmize: #1 is in the timeline.
        12:07 <jgmize> !inc drop 2
        12:07 <ilbot> jgmize: only metadave (IL) or a channel operator may take it out or put it back.
        12:08 <jgmize> !inc restore 2
        12:08 <ilbot> jgmize: only metadave (IL) or a channel operator may take it out or put it back.
        12:09 <jgmize> !inc drop
        12:09 <ilbot> jgmize: !inc drop N
        12:10 <jgmize> !inc drop x
        12:10 <ilbot> jgmize: there is no #x; the last is #2.
        12:11 <@chanop> !inc drop 2
        12:11 <ilbot> chanop: #2 is out of the timeline (!inc restore 2 brings it back).
        """
    )
    assert [note.struck for note in talk.incident.notes] == [False, True]


def test_corrections_where_nothing_is_recorded_yet():
    check(
        LED
        + """
        12:01 <metadave> !inc drop 1
        12:01 <ilbot> metadave: nothing is recorded yet.
        12:02 <metadave> !inc undo
        12:02 <ilbot> metadave: you have recorded nothing to take back.
        12:03 <metadave> !inc s/a/b/
        12:03 <ilbot> metadave: you have recorded nothing to take back.
        """
    )


def test_a_redacted_entry_has_no_words_to_correct():
    talk = check(
        NOTED
        + """
        12:03 <jgmize> !inc redact 1
        12:03 <ilbot> jgmize: #1 is redacted, on the disk too.
        12:05 <metadave> !inc redact 1
        12:05 <ilbot> metadave: #1 was redacted; its words are gone.
        12:06 <metadave> !inc edit 1 x
        12:06 <ilbot> metadave: #1 was redacted; its words are gone.
        12:07 <metadave> !inc restore 1
        12:07 <ilbot> metadave: #1 was redacted; its words are gone.
        12:08 <jgmize> !inc undo
        12:08 <ilbot> jgmize: you have recorded nothing to take back.
        12:09 <jgmize> !inc s/disk/x/
        12:09 <ilbot> jgmize: you have recorded nothing to take back.
        12:10 <metadave> !inc tl last 5 jgmize
        12:10 <ilbot> metadave: I remember no such line by jgmize in #mozmeao. !inc tl 14:55 TEXT records it by hand.
        """
    )
    assert "disk" not in repr(talk.incident)


def test_secrets_of_others_are_not_shown_by_a_wrong_substitution():
    assert replies_to(NOTED + "12:03 <jgmize> !inc s/queue/x/") == [
        '12:03 <ilbot> jgmize: "queue" is not in #1: the disk is full'
    ]


# --- secrets ------------------------------------------------------------------------------------


def test_secrets_are_masked_and_the_author_is_told_how_to_allow_them():
    talk = check(
        LED
        + r"""
        12:01 <jgmize> TL: db is at postgres://app:hunter2@db1, call +49 171 1234567
        12:01 -ilbot:jgmize- masked in #1: a secret and a phone number. If it is not one: !inc edit 1 \TEXT
        12:01 -ilbot:jgmize- #1 recorded
        12:02 <jgmize> !inc edit 1 \db is at postgres://app:hunter2@db1
        12:02 <ilbot> jgmize: #1 now says: db is at postgres://app:hunter2@db1
        12:03 <jgmize> TL: \password=hunter22 is what they typed
        12:03 -ilbot:jgmize- #2 recorded
        12:04 <jgmize> !inc edit 1 password=hunter22
        12:04 <ilbot> jgmize: #1 now says: password=[masked]
        12:04 -ilbot:jgmize- masked in #1: a secret. If it is not one: !inc edit 1 \TEXT
        12:05 <jgmize> !inc later rotate password=hunter22
        12:05 -ilbot:jgmize- kept for the review, out of the timeline.
        12:05 -ilbot:jgmize- masked before it was recorded: a secret. If it is not one, say it again with a backslash: \TEXT
        12:06 <jgmize> ping metadave call 415-555-0123
        12:06 -ilbot:jgmize- masked before it was recorded: a phone number. If it is not one, say it again with a backslash: \TEXT
        12:07 <metadave> please meet in https://x:hunter22@zoom.example/j
        12:07 -ilbot:metadave- masked before it was recorded: a secret. If it is not one, say it again with a backslash: \TEXT
        """
    )
    assert talk.incident.note(2).text == "password=hunter22 is what they typed"
    assert talk.incident.calls[0].text == "call [masked]"
    assert "hunter22" not in talk.incident.video


def test_masking_can_be_off():
    talk = Talk(setting(security=Security(mask=False)))
    talk.tell(LED + r"12:01 <jgmize> TL: password=hunter22")
    assert talk.incident.note(1).text == "password=hunter22"


def test_what_waits_for_an_incident_is_masked_too():
    talk = Talk()
    told = talk.tell("12:00 <jgmize> TL: password=hunter22")
    assert talk.state.strays[0].text == "password=[masked]"
    assert len(told) == 3


def test_a_summary_with_a_secret_is_masked_before_it_is_announced():
    talk = Talk()
    told = talk.tell("12:00 <jgmize> !inc declare password=hunter22 leaked")
    assert not any("hunter22" in raw for raw in told[1:])
    assert told[-1] == (
        "12:00 -ilbot:jgmize- masked before it was recorded: a secret. If it is not one, say it "
        r"again with a backslash: \TEXT"
    )


# --- where a line belongs -----------------------------------------------------------------------


def test_what_a_log_left_open_long_ago_takes_nothing_said_today():
    talk = Talk()
    old = line("12:00", "metadave", "!inc declare an old outage", source=Source.IMPORT)
    talk.engine.hear([old])
    soon = line("12:01", "jgmize", "TL: still there")._replace(at=NOON + timedelta(hours=11))
    late = soon._replace(at=NOON + timedelta(hours=30))
    talk.engine.hear([soon])
    assert [note.text for note in talk.incident.notes] == ["still there"]
    talk.engine.hear([late])
    assert [stray.text for stray in talk.state.strays] == ["still there"]
    talk.engine.hear([late._replace(text="TL 1: named")])
    assert len(talk.incident.notes) == 2


def test_several_that_are_over_are_asked_about():
    check(
        LED
        + """
        12:01 <metadave> !inc resolve
        12:01 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 1 minute. The incident report is due 2018-01-12 12:01 UTC from metadave.
        12:02 #moc <jgmize> !inc declare kuma is down
        12:02 #moc -ilbot- Incident 2 is open: kuma is down. IL: jgmize. TL: lines here go on record.
        12:02 #mozmeao #meao-infra -ilbot- Incident 2: kuma is down. IL: jgmize. Comms: #moc.
        12:03 #moc <jgmize> !inc resolve
        12:03 #mozmeao #meao-infra #moc -ilbot- Incident 2 is resolved after 1 minute. The incident report is due 2018-01-12 12:03 UTC from jgmize.
        12:04 #meao-infra <passerby> !inc report
        12:04 #meao-infra <ilbot> passerby: which incident? 1 (MDN is down), 2 (kuma is down). Say: TL 1: TEXT, or !inc @1 COMMAND
        12:05 #meao-infra <passerby> TL: which one
        12:05 -ilbot:passerby- no incident is open. Your line is kept: !inc @2 tl adopt takes it into incident 2 (kuma is down), which is resolved; !inc declare SUMMARY opens one.
        12:06 #moc <passerby> !inc report
        12:06 #moc <ilbot> passerby: due 2018-01-12 12:03 UTC
        """
    )


def test_a_network_has_incidents_of_its_own():
    talk = Talk(setting(network_channels={"oftc": ("#there",)}))
    talk.tell(LED)
    talk.engine.hear([line("12:01", "jg", "TL: elsewhere", "#there", network="oftc")])
    assert [stray.text for stray in talk.state.strays] == ["elsewhere"]
    assert talk.incident.notes == []
