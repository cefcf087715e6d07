"""Logs into the record: importing again, in parts, in any order, and beside what was heard live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ircbot.incident.events import (
    Copied,
    Edited,
    Entry,
    EntryId,
    HolderBack,
    HolderLeft,
    Noted,
    Redacted,
    Reminded,
    Renamed,
    Reopened,
    Resolved,
    RoleTaken,
)
from ircbot.incident.line import Source
from ircbot.incident.setting import Setting
from ircbot.incident.state import Incident, replay
from ircbot.incident.stretches import end_of
from ircbot.logs.importing import ImportResult, found_in
from ircbot.logs.read import Log
from ircbot.logs.rehearsal import Rehearsal
from ircbot.logs.together import merged
from ircbot.processes import load_process

CHANNELS = ("#mozmeao", "#meao-infra", "#moc")

DAY = "--- Day changed Wed Jan 10 2018\n"
DECLARED = (
    DAY + "12:00 <metadave> MDN is experiencing an outage\n"
    "12:00 <metadave> I am declaring an incident and am incident leader\n"
    "12:00 <metadave> updates will be posted in the #mdndev channel\n"
)
WORKED_ON = (
    DAY + "12:10 <metadave> TL: listeners are missing\n"
    "12:20 <jgmize> TL: listeners are back\n"
    "12:20 <jgmize> TL: still slow\n"
    "12:20 <jgmize> TL: still slow\n"
    "12:30 <metadave> TL: the MDN outage has been resolved\n"
)
NOTES = [
    "listeners are missing",
    "listeners are back",
    "still slow",
    "still slow",
    "the MDN outage has been resolved",
]


@pytest.fixture(scope="module")
def setting() -> Setting:
    return Setting(load_process("mozmeao"), channels=CHANNELS)


class Record:
    """A record that logs are imported into."""

    def __init__(self, setting: Setting, folder: Path) -> None:
        self.setting = setting
        self.entries: list[Entry] = []
        self._folder = folder

    def take(self, **texts: str) -> int:
        """Import logs by channel (without the #); returns how many facts were new."""
        found = self.look(**texts)
        self.entries += found.entries
        return len(found.entries)

    def look(self, **texts: str) -> ImportResult:
        logs = []
        for channel, text in texts.items():
            path = self._folder / f"#{channel}.log"
            path.write_text(text)
            logs.append(Log(path, UTC))
        highest = max((entry.incident for entry in self.entries), default=0)
        return found_in(merged(logs), self.entries, highest, self.setting)

    def hear(self, late: timedelta = timedelta(0), **texts: str) -> None:
        """Have heard it live, some seconds after the full minute."""
        rehearsal = Rehearsal(self.setting)
        for channel, text in texts.items():
            (self._folder / f"#{channel}.log").write_text(text)
        logs = [Log(self._folder / f"#{channel}.log", UTC) for channel in texts]
        list(rehearsal.play(merged(logs)))
        self.entries += [replace(entry, at=entry.at + late) for entry in rehearsal.recorded]

    def incident(self, number: int = 1) -> Incident:
        """An incident as the record has it."""
        return replay(self.entries).incidents[number]

    def notes(self, number: int = 1) -> list[str]:
        """The texts of its notes, in the order of their times."""
        return [note.text for note in sorted(self.incident(number).notes, key=lambda n: n.at)]


@pytest.fixture
def record(setting: Setting, tmp_path: Path) -> Record:
    return Record(setting, tmp_path)


def kinds(entries: Sequence[Entry]) -> list[str]:
    return [type(entry.event).__name__ for entry in entries]


def test_a_log_becomes_an_incident(record: Record) -> None:
    record.take(mozmeao=DECLARED, mdndev=WORKED_ON)
    incident = record.incident()
    assert (incident.summary, incident.comms, incident.status) == (
        "MDN is experiencing an outage",
        "#mdndev",
        "resolved",
    )
    assert record.notes() == NOTES
    assert {entry.source for entry in record.entries} == {Source.IMPORT}


def test_importing_again_adds_nothing(record: Record) -> None:
    assert record.take(mozmeao=DECLARED, mdndev=WORKED_ON) > 0
    assert record.take(mozmeao=DECLARED, mdndev=WORKED_ON) == 0
    assert record.take(mdndev=WORKED_ON) == 0
    assert record.take(mozmeao=DECLARED) == 0


def test_a_log_that_has_grown_adds_what_is_new(record: Record) -> None:
    record.take(mozmeao=DECLARED, mdndev=WORKED_ON.partition("12:30")[0])
    assert record.incident().status == "open"
    record.take(mozmeao=DECLARED, mdndev=WORKED_ON)
    assert record.notes() == NOTES
    assert [note.n for note in record.incident().notes] == [1, 2, 3, 4, 5]
    assert record.incident().status == "resolved"


def test_the_comms_channel_can_be_imported_after_the_one_that_declared(record: Record) -> None:
    record.take(mozmeao=DECLARED)
    record.take(mdndev=WORKED_ON)
    assert record.notes() == NOTES


def test_the_comms_channel_imported_first_is_imported_once_the_incident_is_known(
    record: Record,
) -> None:
    found = record.look(mdndev=WORKED_ON)
    assert found.entries == ()
    assert len(found.strays) == 5
    record.take(mozmeao=DECLARED)
    record.take(mdndev=WORKED_ON)
    assert record.notes() == NOTES


def test_the_next_days_log_goes_on_with_the_incident(record: Record) -> None:
    record.take(mozmeao=DECLARED, mdndev=WORKED_ON.partition("12:30")[0])
    record.take(
        mdndev="--- Log opened Thu Jan 11 00:00:01 2018\n"
        "08:00 <metadave> TL: up again\n08:01 <metadave> the outage has been resolved\n"
    )
    assert record.notes()[-1] == "up again"
    incident = record.incident()
    assert (incident.status, incident.resolved_at) == (
        "resolved",
        datetime(2018, 1, 11, 8, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize("late", [0, 1, 59, -4, 64])
def test_what_was_heard_live_is_not_added_again(record: Record, late: int) -> None:
    record.hear(timedelta(seconds=late), mozmeao=DECLARED, mdndev=WORKED_ON)
    assert record.take(mozmeao=DECLARED, mdndev=WORKED_ON) == 0


def shifted(text: str, seconds: int) -> str:
    """The log of somebody else, whose program writes seconds, by another clock."""
    lines = text.splitlines(keepends=True)
    stamps = (
        datetime.strptime(f"2018-01-10 {line[:5]} +0000", "%Y-%m-%d %H:%M %z") for line in lines[1:]
    )
    moved = ((at + timedelta(seconds=seconds)).strftime("%H:%M:%S") for at in stamps)
    return lines[0] + "".join(at + line[5:] for at, line in zip(moved, lines[1:], strict=True))


@pytest.mark.parametrize("seconds", [-4, 3, 59, 63])
def test_what_another_clock_stamped_in_the_next_minute_is_not_added_again(
    record: Record, seconds: int
) -> None:
    record.take(mozmeao=DECLARED, mdndev=WORKED_ON)
    others = {"mozmeao": shifted(DECLARED, seconds), "mdndev": shifted(WORKED_ON, seconds)}
    assert record.take(**others) == 0
    redact(record, 2)
    assert record.take(**others) == 0
    assert "listeners are back" not in record.notes()


def test_the_same_words_in_another_minute_are_said_again(record: Record) -> None:
    record.take(mozmeao=DECLARED, mdndev=shifted(WORKED_ON, 10))
    again = DAY + "12:31:30 <jgmize> TL: still slow\n"
    assert record.take(mdndev=again) == 1
    assert record.take(mdndev=DAY + "12:32:01 <jgmize> TL: still slow\n") == 1
    assert record.take(mdndev=DAY + "12:33:50 <jgmize> TL: still slow\n") == 1


@pytest.mark.parametrize("stamp", ["0001-01-01 00:00", "1987-12-31 23:59", "9999-12-31 23:59"])
def test_what_nobody_can_have_said_on_irc_is_no_line(record: Record, stamp: str) -> None:
    odd = DECLARED.replace("12:00 <", f"{stamp} <")
    assert record.take(mozmeao=odd + DECLARED) == record.take(mdndev=DECLARED) > 0


def test_a_gap_is_filled_and_numbers_go_on_after_those_given(record: Record) -> None:
    lines = WORKED_ON.splitlines(keepends=True)
    record.hear(timedelta(seconds=7), mozmeao=DECLARED, mdndev="".join(lines[:2] + lines[5:]))
    assert [note.n for note in record.incident().notes] == [1, 2]
    record.take(mozmeao=DECLARED, mdndev=WORKED_ON)
    assert record.notes() == NOTES
    assert [(n.n, n.text) for n in record.incident().notes] == [
        (1, "listeners are missing"),
        (2, "the MDN outage has been resolved"),
        (3, "listeners are back"),
        (4, "still slow"),
        (5, "still slow"),
    ]
    assert record.take(mozmeao=DECLARED, mdndev=WORKED_ON) == 0


def test_corrections_in_a_gap_name_the_notes_they_are_about(record: Record) -> None:
    gap = (
        DAY + "12:10 <metadave> TL: one\n"
        "12:11 <metadave> TL: twoo\n12:12 <metadave> s/twoo/two/\n"
        "12:13 <metadave> TL: three\n"
    )
    heard = DAY + "12:10 <metadave> TL: one\n12:13 <metadave> TL: three\n"
    record.hear(mozmeao=DECLARED, mdndev=heard)
    record.take(mozmeao=DECLARED, mdndev=gap)
    assert record.notes() == ["one", "two", "three"]
    assert record.incident().notes[2].before == ("twoo",)
    assert record.take(mozmeao=DECLARED, mdndev=gap) == 0


def test_a_redaction_asked_for_in_a_gap_hides_the_note_it_names(record: Record) -> None:
    gap = (
        DAY + "12:10 <metadave> TL: one\n"
        "12:11 <jgmize> TL: oops\n12:12 <metadave> !inc redact 2\n"
        "12:13 <metadave> TL: three\n"
    )
    heard = DAY + "12:10 <metadave> TL: one\n12:13 <metadave> TL: three\n"
    record.hear(mozmeao=DECLARED, mdndev=heard)
    record.take(mozmeao=DECLARED, mdndev=gap)
    assert [note.text for note in record.incident().notes if note.struck] == ["oops"]


def test_the_same_words_twice_in_a_minute_are_two_entries_and_stay_two(record: Record) -> None:
    once = DAY + "12:20 <jgmize> TL: still slow\n"
    record.take(mozmeao=DECLARED, mdndev=once)
    assert record.notes() == ["still slow"]
    twice = once + "12:20 <jgmize> TL: still slow\n"
    record.take(mozmeao=DECLARED, mdndev=twice)
    assert record.notes() == ["still slow", "still slow"]
    assert record.take(mozmeao=DECLARED, mdndev=twice) == 0


def redact(record: Record, n: int) -> None:
    """Take the words of an entry from the record."""
    for number, entry in enumerate(record.entries):
        if isinstance(entry.event, Noted) and entry.event.n == n:
            record.entries[number] = replace(entry, event=replace(entry.event, text=""), said="")
            record.entries.append(
                replace(entry, at=entry.at + timedelta(hours=2), event=Redacted(n), said="x")
            )


def test_what_was_redacted_does_not_come_back(record: Record) -> None:
    record.take(mozmeao=DECLARED, mdndev=WORKED_ON)
    redact(record, 2)
    assert record.take(mozmeao=DECLARED, mdndev=WORKED_ON) == 0
    assert "listeners are back" not in record.notes()


def test_chatter_of_the_same_minute_does_not_use_up_a_tombstone(record: Record) -> None:
    chatty = WORKED_ON.replace("12:10 <meta", "12:10 <metadave> hm\n12:10 <meta")
    record.take(mozmeao=DECLARED, mdndev=chatty)
    for number, entry in enumerate(record.entries):
        if isinstance(entry.event, Noted) and entry.event.n == 1:
            record.entries[number] = replace(entry, event=replace(entry.event, text=""), said="")
    assert record.take(mozmeao=DECLARED, mdndev=chatty) == 0


def test_two_incidents_a_week_apart_are_two(record: Record) -> None:
    later = (DECLARED + WORKED_ON.removeprefix(DAY)).replace("Wed Jan 10", "Wed Jan 17")
    record.take(mozmeao=DECLARED, mdndev=WORKED_ON)
    record.take(mozmeao=later.replace("updates will be posted in the #mdndev channel", "hm"))
    assert record.incident(2).declared_at == datetime(2018, 1, 17, 12, tzinfo=UTC)
    assert record.notes(2) == NOTES


def test_an_older_log_gets_the_next_number(record: Record) -> None:
    record.take(mozmeao=DECLARED, mdndev=WORKED_ON)
    older = DECLARED.replace("Wed Jan 10 2018", "Tue Jan 10 2017").replace("MDN", "SUMO")
    record.take(mozmeao=older)
    assert record.incident(2).declared_at.year == 2017
    assert record.take(mozmeao=older) == 0


def test_an_offer_that_nobody_answered_lapses_in_an_old_log_too(record: Record) -> None:
    record.take(
        mozmeao=DECLARED,
        mdndev=DAY + "12:05 <metadave> jgmize has agreed to take over IL\n"
        "13:00 <jgmize> Confirmed, I am now IL\n",
    )
    holders = [t.holder.nick for t in record.incident().terms]
    assert holders == ["metadave"]
    assert "OfferWithdrawn" in kinds(record.entries)


def test_a_hand_over_is_imported(record: Record) -> None:
    record.take(
        mozmeao=DECLARED,
        mdndev=DAY + "12:05 <metadave> jgmize has agreed to take over IL\n"
        "12:06 <jgmize> Confirmed, I am now IL\n",
    )
    taken = [e.event.holder.nick for e in record.entries if isinstance(e.event, RoleTaken)]
    assert taken == ["metadave", "jgmize"]


def test_the_bots_own_lines_in_a_log_are_not_heard(record: Record) -> None:
    log = WORKED_ON.replace("12:20 <jgmize> TL: listeners are back", "12:20 <ilbot> TL: not me")
    record.take(mozmeao=DECLARED, mdndev=log)
    assert "not me" not in record.notes()


def test_of_all_who_come_and_go_only_holders_of_roles_are_on_record(
    setting: Setting, tmp_path: Path
) -> None:
    path = tmp_path / "#mdndev.log"
    path.write_text(
        DECLARED + "12:05 -!- bob [b@host] has joined #mdndev\n"
        "12:06 -!- METADAVE [m@host] has quit [Ping timeout]\n"
        "12:07 -!- bob [b@host] has quit [Quit: so long]\n"
        "12:08 -!- metadave [m@host] has joined #mdndev\n"
        "12:09 -!- metadave is now known as md\n"
        "12:10 -!- md [m@host] has quit [Quit: so long]\n"
    )
    entries = found_in(merged([Log(path, UTC)]), (), 0, setting).entries
    told = [type(entry.event) for entry in entries if entry.at.minute > 4]
    assert told == [HolderLeft, Reminded, HolderBack, Renamed, HolderLeft, Reminded]


def test_a_holder_is_known_by_account_under_any_nick_in_a_log(
    setting: Setting, tmp_path: Path
) -> None:
    path = tmp_path / "#mdndev.jsonl"
    said = [
        ("12:00", "message", "metadave", "I am declaring an incident and am incident leader"),
        ("12:05", "quit", "metadave", "Ping timeout"),
        ("12:06", "join", "somebody", ""),
    ]
    path.write_text(
        "".join(
            f'{{"at": "2018-01-10T{at}:00Z", "channel": "#mdndev", "kind": "{kind}", '
            f'"nick": "{nick}", "account": "dave", "text": "{text}"}}\n'
            for at, kind, nick, text in said
        )
    )
    entries = found_in(merged([Log(path, UTC)]), (), 0, setting).entries
    told = [type(entry.event) for entry in entries if entry.at.minute > 4]
    assert told[0] is HolderLeft
    assert HolderBack in told
    assert Renamed in told


def test_a_quit_in_every_channels_log_is_one_departure(record: Record) -> None:
    gone = "12:15 -!- metadave [m@x] has quit [Ping timeout: 240 seconds]\n"
    mdndev = WORKED_ON.partition("12:20")[0] + gone
    record.take(mozmeao=DECLARED + gone, mdndev=mdndev)
    assert kinds(record.entries).count("HolderLeft") == 1
    assert record.take(mozmeao=DECLARED + gone, mdndev=mdndev) == 0


def test_imported_incidents_never_remind(record: Record) -> None:
    from ircbot.incident.reminders import due, next_due

    record.take(mozmeao=DECLARED, mdndev=WORKED_ON.partition("12:30")[0])
    state = replay(record.entries)
    now = datetime(2018, 1, 10, 13, tzinfo=UTC)
    assert next_due(state, now, record.setting) is None
    assert due(state, now + timedelta(days=3), record.setting).replies == ()


def test_nothing_that_belongs_to_no_incident_is_kept(record: Record) -> None:
    found = record.look(mozmeao=DAY + "12:00 <metadave> TL: lost\n12:01 <metadave> !inc join #x\n")
    assert found.entries == ()
    assert [stray.text for stray in found.strays] == ["lost"]


def test_what_was_said_before_the_declaration_can_be_adopted_from_the_log(record: Record) -> None:
    record.take(
        mozmeao=DAY + "11:40 <metadave> long ago\n11:55 <metadave> elb is red\n"
        "11:56 -!- x [x@x] has joined #mozmeao\n11:57 <jgmize> same here\n"
        "12:00 <metadave> !inc declare --since 11:50 MDN is down\n"
    )
    assert record.notes() == ["elb is red", "same here"]


def test_resolving_is_at_the_time_of_the_log(record: Record) -> None:
    record.take(mozmeao=DECLARED, mdndev=WORKED_ON)
    resolved = [entry for entry in record.entries if isinstance(entry.event, Resolved)]
    assert [entry.at for entry in resolved] == [datetime(2018, 1, 10, 12, 30, tzinfo=UTC)]


# --- numbers that are the log's own -------------------------------------------------------------

OTHER = (
    DAY + "12:00 <metadave> I am declaring an incident and am incident leader. MDN is down\n"
    "12:00 -ilbot:#mozmeao- Incident 7: MDN is down. metadave is IL.\n"
    "12:05 <metadave> TL 7: listeners are missing\n"
    "12:06 <metadave> !inc @7 tl they are back\n"
    "12:07 <metadave> TL 1: of another incident\n"
    "12:08 <metadave> !inc @1 resolve\n"
)


def test_a_logs_numbers_are_its_own(record: Record) -> None:
    record.take(moc=DECLARED.replace("MDN", "the wiki"))
    record.take(mozmeao=OTHER.replace("Jan 10", "Jan 11"))
    assert record.notes(1) == []
    assert record.incident(1).live
    assert record.notes(2) == ["listeners are missing", "they are back"]


def test_what_names_an_unknown_number_is_listed_and_touches_nothing(record: Record) -> None:
    found = record.look(mozmeao=OTHER)
    assert [line.text for line in found.unknown] == [
        "TL 1: of another incident",
        "!inc @1 resolve",
    ]
    assert found.state.incidents[1].live


def test_the_number_is_told_by_the_summary_too(record: Record) -> None:
    record.take(
        mozmeao=DAY
        + "12:00 <metadave> I am declaring an incident and am incident leader. MDN is down\n"
        "14:00 <rookie> !inc status\n"
        "14:00 <ilbot> rookie: Incident 12 (open): MDN is down. metadave is IL.\n"
        "14:01 <metadave> TL 12: still missing\n"
    )
    assert record.notes() == ["still missing"]


def test_a_bot_that_counts_anew_in_a_later_log_means_its_later_incident(record: Record) -> None:
    later = (
        "--- Day changed Sat Feb 10 2018\n"
        "12:00 <ann> I am declaring an incident and am incident leader. Bedrock is down\n"
        "12:00 -ilbot:#moc- Incident 7: MDN is well (metadave)\n"
        "12:00 -ilbot:#moc- Incident 7 is open: Bedrock is down. IL: ann.\n"
        "12:01 -ilbot:#moc- Incident 7: MDN is down, said somebody\n"
        "12:02 <bob> TL 7: of the later one\n"
    )
    first = (
        DAY + "12:00 <metadave> I am declaring an incident and am incident leader. MDN is down\n"
        "12:00 -ilbot:#mozmeao- Incident 7 is open: MDN is down. IL: metadave.\n"
        "12:01 <jgmize> TL 7: of the first one\n12:30 <metadave> the outage has been resolved\n"
    )
    record.take(mozmeao=first, moc=later)
    notes = {i: [note.text for note in record.incident(i).notes] for i in (1, 2)}
    assert notes == {1: ["of the first one"], 2: ["of the later one"]}


def test_a_passer_by_cannot_number_an_incident(record: Record) -> None:
    found = record.look(
        mozmeao=DAY
        + "12:00 <metadave> I am declaring an incident and am incident leader. MDN is down\n"
        "12:00 <ilbot2> Incident 9: MDN is down\n"
        "12:00 <troll> ilbot: Incident 9: MDN is down\n"
        "12:01 <metadave> TL 9: not this one\n"
    )
    assert len(found.unknown) == 1


def test_a_rehearsal_numbers_as_the_log_does(setting: Setting, tmp_path: Path) -> None:
    path = tmp_path / "#mozmeao.log"
    path.write_text(OTHER)
    rehearsal = Rehearsal(setting)
    list(rehearsal.play(merged([Log(path, UTC)])))
    assert [note.text for note in rehearsal.state.incidents[1].notes] == [
        "listeners are missing",
        "they are back",
    ]
    assert [line.text for line in rehearsal.unknown] == [
        "TL 1: of another incident",
        "!inc @1 resolve",
    ]


def test_a_padded_nick_is_the_nick(record: Record) -> None:
    """irssi pads a nick without modes with a blank: `< jgmize> confirmed`."""
    record.take(
        mozmeao=DAY
        + "12:00 <@metadave> I am declaring an incident and am incident leader. MDN is down\n"
        "12:01 <@metadave> jgmize has agreed to take over IL\n"
        "12:01 < jgmize> confirmed\n"
    )
    assert [person.nick for person in record.incident().holders()] == ["jgmize"]


def test_what_an_older_version_recorded_is_of_its_incidents_network(record, tmp_path):
    path = tmp_path / "#mozmeao.log"
    path.write_text(DAY + DECLARED)
    heard = found_in(merged([Log(path, UTC, network="oftc")]), (), 0, record.setting).entries
    assert {entry.by.network for entry in heard} == {"oftc"}
    of_old = [replace(entry, by=replace(entry.by, network="")) for entry in heard]
    for network, anywhere in (("oftc", False), (None, True)):
        again = merged([Log(path, UTC, network=network)])
        assert not found_in(again, of_old, 1, record.setting, anywhere=anywhere).entries
    other = merged([Log(path, UTC, network="")])
    assert len(found_in(other, of_old, 1, record.setting, anywhere=False).entries) == len(heard)


LEFT_BEFORE_IT_CAME_BACK = (
    DAY + "12:00 <ann> I am declaring an incident and am incident leader\n"
    "12:20 <ann> !inc resolve it is up\n"
    "12:30 -!- ann [a@h] has quit [Quit: bye]\n"
    "13:00 <@bob> !inc reopen it is down again\n"
    "13:20 <bob> I am the incident leader\n"
    "13:30 <bob> !inc resolve it is up\n"
)


def test_whoever_left_after_the_resolution_does_not_lead_again(
    record: Record, setting: Setting, tmp_path: Path
) -> None:
    record.take(ops=LEFT_BEFORE_IT_CAME_BACK)
    (tmp_path / "#ops.log").write_text(LEFT_BEFORE_IT_CAME_BACK)
    rehearsal = Rehearsal(replace(setting, greet=False))
    list(rehearsal.play(merged([Log(tmp_path / "#ops.log", UTC)])))
    for state in (replay(record.entries), rehearsal.state):
        terms = state.incidents[1].terms
        assert [(t.holder.nick, f"{t.since:%H:%M}", t.how) for t in terms] == [
            ("ann", "12:00", "claimed"),
            ("bob", "13:20", "claimed"),
        ]


MOVED = (
    DAY + "12:00 <metadave> !inc declare MDN is down\n"
    "12:00 -ilbot:#mozmeao- Incident 4 is open: MDN is down.\n"
    "12:02 <metadave> TL: one\n"
    "12:03 <metadave> TL: two\n"
    "12:04 <metadave> !inc @4 move 1-2 to 5\n"
    "12:05 <metadave> TL: three\n"
)
MOVED_TO = (
    DAY + "12:01 <jgmize> !inc declare the wiki is slow\n"
    "12:01 <jgmize> !inc declare the wiki is slow\n"
    "12:01 -ilbot:#moc- Incident 5 is open: the wiki is slow.\n"
    "12:02 <jgmize> TL: it is\n"
)


def test_entries_that_a_log_moves_are_moved_once(record: Record) -> None:
    assert record.take(mozmeao=MOVED, moc=MOVED_TO)
    one, two = replay(record.entries).incidents.values()
    assert [n.moved is not None for n in one.notes] == [True, True, False]
    assert [(n.text, n.origin and n.origin.n) for n in two.notes] == [
        ("it is", None),
        ("one", 1),
        ("two", 2),
    ]
    assert not record.take(mozmeao=MOVED, moc=MOVED_TO)


def test_entries_moved_in_a_gap_have_the_numbers_of_the_record(record: Record) -> None:
    """The log was recorded but for two lines, an entry and its moving."""
    known = MOVED.replace("12:03 <metadave> TL: two\n", "").replace(
        "12:04 <metadave> !inc @4 move 1-2 to 5\n", ""
    )
    record.take(mozmeao=known, moc=MOVED_TO)
    record.take(mozmeao=MOVED, moc=MOVED_TO)
    one, two = replay(record.entries).incidents.values()
    assert [(n.n, n.text, n.moved and n.moved.to.n) for n in one.notes] == [
        (1, "one", 2),
        (2, "three", None),
        (3, "two", 3),
    ]
    assert [(n.n, n.text, n.origin and n.origin.n) for n in two.notes] == [
        (1, "it is", None),
        (2, "one", 1),
        (3, "two", 3),
    ]
    assert not record.take(mozmeao=MOVED, moc=MOVED_TO)


def test_what_is_put_right_years_later_tells_nothing_of_the_time_since(record: Record) -> None:
    record.take(mozmeao=DAY + "12:00 <metadave> !inc declare MDN is down\n12:10 <metadave> TL: a\n")
    ends = record.incident().followed_until
    years = ends + timedelta(days=3000)
    who = record.incident().declared_by
    for event in (Edited(1, "b"), Copied(1, EntryId(2, 1))):
        record.entries.append(Entry(1, years, who, event, "#mozmeao"))
    assert end_of(record.incident(), years) == ends == record.incident().followed_until
    record.entries.append(Entry(1, years, who, Resolved(at=ends), "#mozmeao"))
    record.entries.append(Entry(1, years, who, Reopened("again"), "#mozmeao"))
    soon = years + timedelta(minutes=50)
    record.entries.append(Entry(1, soon, who, Noted(2, "c"), "#mozmeao"))
    assert end_of(record.incident(), soon + timedelta(days=3)) == soon
