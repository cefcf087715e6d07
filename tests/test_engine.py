"""The scribe: it records, then moves, then speaks; and what it does when it cannot record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from core import LED, Pages, Talk, at, line, process, setting

from ircbot.errors import Behind, StoreError, Superseded
from ircbot.handler import BotHandler
from ircbot.incident.events import (
    Absent,
    ChannelJoined,
    Declared,
    Entry,
    Noted,
    Purged,
    Resolved,
    TopicKept,
)
from ircbot.incident.line import LineKind, Reply, ReplyKind, Source
from ircbot.incident.people import Person
from ircbot.incident.state import Incident, State, replay

ALICE = Person("alice")


def full(entries: Sequence[Entry]) -> None:
    raise StoreError("No space left on the disk. Make room.")


def works(entries: Sequence[Entry]) -> None:
    pass


def led(pages: Pages | None = None, **changes: object) -> Talk:
    """A bot with incident 1, which metadave leads in #mozmeao."""
    talk = Talk(setting(**changes), pages=pages)
    talk.tell(LED)
    return talk


def texts(replies: Sequence[Reply]) -> list[tuple[str, str]]:
    return [(reply.to, reply.text) for reply in replies]


def entry(event: object, stamp: str = "12:00", incident: int = 1) -> Entry:
    """What another process wrote."""
    return Entry(incident, at(stamp), ALICE, event, "#mozmeao")  # type: ignore[arg-type]


# --- record, then move, then speak --------------------------------------------------------------


def test_nothing_has_moved_before_it_is_on_disk():
    pages, moved = Pages(), []
    seen: list[tuple[int, int]] = []

    def changed(incident: Incident) -> None:
        moved.append((incident.id, len(pages.written)))

    engine = BotHandler(setting(), pages, State(), changed=changed)
    pages.refuse = lambda entries: seen.append((len(engine.state.incidents), len(moved)))
    replies = engine.hear([line("12:00", "metadave", "!inc declare MDN is down")])
    assert seen == [(0, 0)]
    assert moved == [(1, len(pages.written))]
    assert replies
    assert replay(pages.written) == engine.state


def test_the_lines_of_one_read_are_recorded_together_and_answered_in_order():
    talk, batches = led(), []
    talk.pages.refuse = lambda entries: batches.append(len(entries))
    replies = talk.engine.hear(
        [
            line("12:01", "metadave", "TL: one"),
            line("12:01", "jgmize", "good luck"),
            line("12:01", "jgmize", "!inc version"),
            line("12:01", "metadave", "TL: two"),
        ]
    )
    assert batches == [2]
    assert [reply.to for reply in replies] == ["#mozmeao", "metadave"]
    assert replies[-1].text == "#1–#2 recorded"


def test_a_big_read_comes_to_the_same_as_its_lines_one_by_one():
    talked = ["hm", "TL: one", "any news?", "!inc version", "tl 1: two", "ilbot: status", "#info x"]
    talked += ["   !inc version", "\t!inc version", "  ilbot, version", "ok"]
    together, single = led(), led()
    for stamp in ("12:01", "12:03"):
        lines = [line(stamp, "rookie", text) for text in talked * 2]
        replies = together.engine.hear(lines)
        one_by_one = [reply for each in lines for reply in single.engine.hear([each])]
        answers = [reply for reply in replies if reply.kind is ReplyKind.ANSWER]
        assert answers == [reply for reply in one_by_one if reply.kind is ReplyKind.ANSWER]
    assert together.pages.written == single.pages.written
    assert len(together.incident.notes) == 12


def test_what_could_not_be_read_is_told_once_where_somebody_speaks():
    engine = BotHandler(setting(), Pages(), State(), damaged=[3, 7])
    assert engine.tick(at("12:00")) == []
    (told,) = engine.hear([line("12:01", "ann", "hello")])
    assert (told.to, told.kind) == ("#mozmeao", ReplyKind.ALARM)
    assert told.text.startswith("I cannot read incidents 3, 7: the store is damaged")
    assert engine.hear([line("12:02", "ann", "hello")]) == ()


def test_what_says_nothing_writes_nothing():
    talk = led()
    talk.pages.refuse = full
    assert talk.engine.hear([]) == ()
    assert talk.engine.hear([line("12:01", "jgmize", "good morning")]) == ()
    assert texts(talk.engine.hear([line("12:01", "jgmize", "!inc version")]))[0][0] == "#mozmeao"
    assert list(talk.engine.tick(at("12:02"))) == []


def test_what_is_counted():
    talk = led()
    heard, recorded = talk.engine.heard, talk.engine.recorded
    texts = ("hm", "TL: one", "TL: two")
    talk.engine.hear([line("12:02", "jgmize", text) for text in texts])
    assert (talk.engine.heard, talk.engine.recorded) == (heard + 3, recorded + 2)
    assert talk.engine.recorded_at == at("12:02")


def test_an_incident_that_ends_is_written_for_others_to_read():
    talk = led()
    assert talk.pages.snapshots == []
    talk.engine.hear([line("12:10", "metadave", "!inc resolve")])
    assert talk.pages.snapshots == [1]


def test_a_snapshot_that_cannot_be_written_stops_nothing(caplog):
    class Unreadable(Pages):
        def snapshot(self, incident: int) -> None:
            full(())

    engine = BotHandler(setting(), Unreadable(), State())
    engine.hear([line("12:00", "metadave", "!inc declare MDN is down")])
    replies = engine.hear([line("12:10", "metadave", "!inc resolve")])
    assert replies[0].text.startswith("Incident 1 is resolved")
    assert "not in the TinyDB file yet: No space left" in caplog.text


def test_of_what_is_over_the_last_few_stay_in_memory_and_the_others_can_be_named():
    talk = Talk()
    troubles = [
        "mail bounces",
        "DNS timeouts",
        "wiki errors",
        "LDAP rejects",
        "no search",
        "a fire",
    ]
    for number, trouble in enumerate(troubles, 1):
        talk.tell(f"12:0{number} #part{number} <metadave> !inc declare {trouble}")
        talk.tell(f"12:0{number}:30 <metadave> !inc @{number} withdraw a false alarm")
    talk.tell("12:09")
    assert sorted(talk.state.incidents) == [4, 5, 6]
    talk.tell("12:10 <metadave> !inc @1 status")
    assert "(withdrawn): mail bounces" in talk.written[-2]


def test_a_closed_incident_that_is_named_is_read_from_the_journal():
    talk = led()
    talk.tell("12:10 <metadave> !inc resolve\n12:11 <metadave> !inc close")
    engine = BotHandler(setting(), talk.pages, State(highest=1))
    replies = engine.hear([line("13:00", "rookie", "!inc @1 status")])
    assert replies[0].text == "rookie: Incident 1 (closed): MDN is down. Comms: #mozmeao."
    replies = engine.hear([line("13:01", "rookie", "!inc @2 status")])
    assert replies[0].text == "rookie: there is no incident 2; !inc list shows them."


def test_a_closed_incident_that_cannot_be_read_is_not_known(caplog):
    class Damaged(Pages):
        def entries(self, incident: int) -> tuple[Entry, ...]:
            raise StoreError("Incident 1 is damaged.")

    engine = BotHandler(setting(), Damaged(), State(highest=1))
    replies = engine.hear([line("13:00", "rookie", "!inc @1 status")])
    assert replies[0].text == "rookie: there is no incident 1; !inc list shows them."
    assert "Incident 1 is damaged." in caplog.text


# --- when nothing can be recorded ---------------------------------------------------------------


def test_when_the_disk_is_full_the_channel_is_told_once_and_people_are_still_answered():
    talk = led()
    talk.pages.refuse = full
    replies = talk.engine.hear([line("12:01", "metadave", "TL: the ELB is empty")])
    assert texts(replies) == [
        (
            "#mozmeao",
            "I CANNOT RECORD (No space left on the disk). Please take notes; "
            "what I hear waits in memory (1).",
        )
    ]
    assert replies[0].kind is ReplyKind.ALARM
    assert talk.engine.hear([line("12:02", "metadave", "TL: we add listeners")]) == ()
    replies = talk.engine.hear([line("12:03", "rookie", "!inc status")])
    assert "Last update 12:02 UTC: we add listeners." in replies[1].text
    assert len(talk.engine.present.incidents[1].notes) == 2
    assert len(talk.state.incidents[1].notes) == 0


def test_of_a_read_only_what_is_to_be_recorded_waits():
    talk = led()
    talk.pages.refuse = full
    note = line("12:01", "metadave", "TL: the ELB is empty")
    talk.engine.hear(
        [
            line("12:01", "rookie", kind=LineKind.JOIN, channel="#moc"),
            line("12:01", "jgmize", "hm"),
            note,
            line("12:01", "jgmize", "!inc version"),
        ]
    )
    assert talk.engine.unrecorded() == (note,)


def test_before_any_incident_the_configured_channels_are_told():
    talk = Talk()
    talk.pages.refuse = full
    replies = talk.engine.hear([line("12:00", "metadave", "TL: looking at it")])
    alarms = [reply.to for reply in replies if reply.kind is ReplyKind.ALARM]
    assert alarms == ["#mozmeao", "#meao-infra", "#moc"]


def test_a_declaration_that_cannot_be_recorded_is_made_and_told_in_its_channel():
    talk = Talk()
    talk.pages.refuse = full
    replies = talk.engine.hear([line("12:00", "metadave", "!inc declare MDN is down")])
    assert [(reply.to, reply.text.split(" ")[0]) for reply in replies] == [
        ("#mozmeao", "I"),
        ("#mozmeao", "Incident"),
        ("#meao-infra", "Incident"),
        ("#moc", "Incident"),
    ]
    assert next(want.channel for want in talk.engine.wanted()) == "#mozmeao"


def test_what_waited_is_recorded_in_order_with_its_own_times_once_it_can_be():
    talk = led()
    already = len(talk.pages.written)
    talk.pages.refuse = full
    talk.engine.hear([line("12:01", "metadave", "TL: the ELB is empty")])
    talk.engine.hear([line("12:01", "jgmize", "nice weather")])
    talk.engine.hear([line("12:02", "jgmize", "TL: we add listeners")])
    assert list(talk.engine.tick(at("12:02:01"))) == []
    assert len(talk.pages.written) == already
    talk.pages.refuse = works
    replies = talk.engine.tick(at("12:04"))
    assert texts(replies) == [
        ("#mozmeao", "Recording again; what waited is on disk (2)."),
        ("metadave", "#1 recorded"),
        ("jgmize", "#2 recorded"),
    ]
    assert [(e.at, e.by.nick, e.event.text) for e in talk.pages.written[already:]] == [
        (at("12:01"), "metadave", "the ELB is empty"),
        (at("12:02"), "jgmize", "we add listeners"),
    ]
    assert talk.engine.present is talk.state
    assert talk.engine.unrecorded() == ()
    assert texts(talk.engine.hear([line("12:05", "metadave", "TL: three")])) == [
        ("metadave", "#3 recorded")
    ]


def test_what_was_acknowledged_while_waiting_comes_to_the_same_on_disk():
    talk = Talk()
    talk.pages.refuse = full
    talk.engine.hear([line("12:00", "metadave", "kuma gives me 503")])
    talk.engine.hear([line("12:01", "metadave", "I am declaring an incident")])
    talk.engine.hear([line("12:02", "jgmize", "I am the incident leader")])
    talk.engine.hear([line("12:03", "jgmize", "TL: the ELB is empty")])
    talk.engine.hear([line("12:20", "jgmize", "!inc resolve")])
    waited = talk.engine.present
    talk.pages.refuse = works
    talk.engine.tick(at("12:21"))
    assert talk.state == waited == replay(talk.pages.written)


def test_a_reminder_that_cannot_be_recorded_is_given_once_and_recorded_at_its_time():
    talk = led()
    talk.pages.refuse = full
    replies = talk.engine.tick(at("12:25"))
    assert [reply.text.partition(" ")[0] for reply in replies] == ["I", "metadave:"]
    assert list(talk.engine.tick(at("12:25:01"))) == []
    assert talk.engine.unrecorded() == ()
    talk.pages.refuse = works
    assert texts(talk.engine.tick(at("12:26"))) == [
        ("#mozmeao", "Recording again; what waited is on disk (0).")
    ]
    assert talk.pages.written[-1].at == at("12:25")


class Elsewhere(Pages):
    """A journal on another machine: it has what it could not confirm, and knows it again."""

    def __init__(self) -> None:
        super().__init__()
        self.unsure: tuple[Entry, ...] = ()

    def append(self, entries: Sequence[Entry]) -> None:
        if self.unsure and self.unsure == tuple(entries):
            self.refuse(entries)
            self.unsure = ()
            return
        try:
            super().append(entries)
        except StoreError:
            self.written += entries
            self.unsure = tuple(entries)
            raise


def test_what_is_on_record_though_nobody_could_say_so_is_not_recorded_twice():
    talk = led(Elsewhere())
    already = len(talk.pages.written)
    talk.pages.refuse = full
    talk.engine.hear(
        [line("12:01", "jgmize", "nice weather"), line("12:01", "metadave", "TL: the ELB is empty")]
    )
    talk.engine.hear([line("12:02", "jgmize", "TL: we add listeners")])
    assert list(talk.engine.tick(at("12:02:01"))) == []  # nobody can say so yet
    talk.pages.refuse = works
    assert texts(talk.engine.tick(at("12:04"))) == [
        ("#mozmeao", "Recording again; what waited is on disk (2)."),
        ("metadave", "#1 recorded"),
        ("jgmize", "#2 recorded"),
    ]
    assert [(e.event.n, e.event.text) for e in talk.pages.written[already:]] == [
        (1, "the ELB is empty"),
        (2, "we add listeners"),
    ]
    assert talk.state == replay(talk.pages.written)


def test_what_was_tried_is_decided_anew_once_somebody_else_wrote():
    talk = led()
    talk.pages.refuse = full
    talk.engine.hear([line("12:01", "metadave", "TL: the ELB is empty")])
    by_shell = Entry(1, at("12:01"), Person("root"), Noted(1, "by hand"), "#mozmeao", Source.SHELL)

    def behind(entries: Sequence[Entry]) -> None:
        talk.pages.others = [by_shell]
        talk.pages.refuse = works
        raise Behind("another process wrote.")

    talk.pages.refuse = behind
    talk.engine.tick(at("12:04"))
    assert [(e.event.n, e.event.text) for e in talk.pages.written[-2:]] == [
        (1, "by hand"),
        (2, "the ELB is empty"),
    ]


def test_who_is_superseded_says_nothing_more_and_keeps_what_is_not_on_record():
    told: list[str] = []

    def superseded(entries: Sequence[Entry]) -> None:
        raise Superseded("b answers now.")

    for waits in (works, full):
        pages = Pages()
        engine = BotHandler(setting(), pages, State(), superseded=told.append)
        engine.hear([line("12:00", "metadave", "!inc declare MDN is down")])
        pages.refuse = waits
        engine.hear([line("12:01", "metadave", "TL: one")])
        pages.refuse = superseded
        if waits is works:
            assert engine.hear([line("12:02", "metadave", "TL: two")]) == ()
        else:
            assert list(engine.tick(at("12:02"))) == []
        assert engine.hear([line("12:03", "metadave", "!inc status")]) == ()
        assert list(engine.tick(at("12:30"))) == []
        waiting = ["TL: two"] if waits is works else ["TL: one"]
        assert [one.text for one in engine.unrecorded()] == waiting
    assert told == ["b answers now.", "b answers now."]


def test_a_poll_that_fails_is_no_different():
    class Unreachable(Pages):
        def poll(self) -> tuple[Entry, ...]:
            raise StoreError("The disk is gone.")

    engine = BotHandler(setting(), Unreachable(), State())
    replies = engine.hear([line("12:00", "metadave", "TL: looking at it")])
    assert "I CANNOT RECORD (The disk is gone)" in replies[0].text


# --- what would be lost -------------------------------------------------------------------------


def test_at_the_end_it_names_the_lines_that_would_be_lost_and_no_small_talk():
    talk = led()
    talk.pages.refuse = full
    waits = line("12:01", "metadave", "TL: the ELB is empty")
    talk.engine.hear([waits])
    talk.engine.tick(at("12:25"))
    unheard = line("12:26", "jgmize", "TL: we add listeners")
    assert talk.engine.unrecorded([unheard, line("12:27", "jgmize", "hm")]) == (waits, unheard)


# --- other processes ----------------------------------------------------------------------------


def test_what_another_process_wrote_is_part_of_the_state_and_of_the_reports():
    moved: list[tuple[int, str]] = []
    pages = Pages()
    engine = BotHandler(setting(), pages, State(), changed=lambda i: moved.append((i.id, i.status)))
    pages.others = [
        entry(Declared("MDN is down", "english")),
        entry(Resolved("it was DNS"), "12:10"),
    ]
    assert list(engine.tick(at("12:11"))) == []
    assert engine.state.incidents[1].status == "resolved"
    assert moved == [(1, "resolved")]
    assert pages.snapshots == [1]


def test_who_was_faster_is_reckoned_with():
    talk = led()

    def behind_once(entries: Sequence[Entry]) -> None:
        talk.pages.refuse = works
        talk.pages.others = [entry(Noted(1, "from the shell"), "12:01")]
        raise Behind("somebody else wrote.")

    talk.pages.refuse = behind_once
    assert texts(talk.engine.hear([line("12:01", "metadave", "TL: the ELB is empty")])) == [
        ("metadave", "#2 recorded")
    ]
    assert [note.text for note in talk.state.incidents[1].notes] == [
        "from the shell",
        "the ELB is empty",
    ]
    assert replay(talk.pages.written) == talk.state


def test_what_was_in_doubt_and_comes_back_as_news_is_not_recorded_again():
    talk, on_record = led(), []

    def unsure(entries: Sequence[Entry]) -> None:
        talk.pages.refuse = works
        on_record.extend(entries)
        raise StoreError("the answer was lost.")

    talk.pages.refuse = unsure
    talk.engine.hear([line("12:01", "metadave", "TL: the ELB is empty")])
    talk.pages.others = on_record
    talk.engine.absent("", "#mozmeao", at("12:05"), at("12:09"))  # looks, as it has an entry
    told = texts(talk.engine.tick(at("12:10")))
    assert ("metadave", "#1 recorded") in told
    assert [note.text for note in talk.incident.notes] == ["the ELB is empty"]
    assert replay(talk.pages.written) == talk.state


def test_if_others_are_always_faster_people_are_told():
    talk, tries = led(), []

    def behind(entries: Sequence[Entry]) -> None:
        tries.append(entries)
        raise Behind("somebody else wrote.")

    talk.pages.refuse = behind
    replies = talk.engine.hear([line("12:01", "metadave", "TL: the ELB is empty")])
    assert len(tries) == 5
    assert "I CANNOT RECORD (other processes keep writing to the store)" in replies[0].text


def test_after_a_purge_the_state_is_what_the_disk_still_holds():
    class Purging(Pages):
        def append(self, entries: Sequence[Entry]) -> None:
            super().append(entries)
            if any(isinstance(one.event, Purged) for one in entries):
                self.written = [e for e in self.written if not isinstance(e.event, Noted)]

    pages = Purging()
    engine = BotHandler(setting(), pages, State())
    for text in (
        "!inc declare MDN is down",
        "TL: a secret",
        "!inc security",
        "!inc security purge",
    ):
        engine.hear([line("12:00", "metadave", text)])
    assert engine.state.incidents[1] == replay(pages.written).incidents[1]
    assert len(engine.state.incidents[1].notes) == 0


# --- topics -------------------------------------------------------------------------------------

SHOWN = "Incident 1: MDN is down | IL: metadave | #mozmeao"


def kept(talk: Talk) -> list[str | None]:
    """What is on disk of topics, in order."""
    return [e.event.topic for e in talk.pages.written if isinstance(e.event, TopicKept)]


def test_a_topic_is_kept_before_it_shows_the_incident_and_is_put_back_afterwards():
    talk = Talk(setting(topics=("#mozmeao",)))
    talk.engine.topic("", "#MozMEAO", "welcome")
    assert talk.engine.topics() == {}
    talk.tell(LED)
    assert kept(talk) == ["welcome"]
    assert talk.engine.topics() == {("", "#mozmeao"): SHOWN}
    talk.engine.topic("", "#mozmeao", SHOWN)
    assert kept(talk) == ["welcome"]
    talk.tell("12:10 <metadave> !inc resolve")
    assert talk.engine.topics() == {("", "#mozmeao"): "welcome"}
    talk.engine.topic("", "#mozmeao", SHOWN)
    assert talk.engine.topics() == {("", "#mozmeao"): "welcome"}
    talk.engine.topic("", "#mozmeao", "welcome")
    assert kept(talk) == ["welcome", None]
    assert talk.engine.topics() == {}


def test_an_empty_topic_is_put_back_too():
    talk = Talk(setting(topics=("#mozmeao",)))
    talk.engine.topic("", "#mozmeao", "")
    talk.tell(LED + "12:10 <metadave> !inc resolve")
    assert talk.engine.topics() == {("", "#mozmeao"): ""}


def test_a_topic_that_somebody_sets_meanwhile_is_the_one_to_put_back():
    talk = Talk(setting(topics=("#mozmeao",)))
    talk.engine.topic("", "#mozmeao", "welcome")
    talk.tell(LED)
    talk.engine.topic("", "#mozmeao", "all hands please")
    assert kept(talk) == ["welcome", "all hands please"]
    talk.engine.topic("", "#mozmeao", "all hands please")
    assert kept(talk) == ["welcome", "all hands please"]
    talk.tell("12:10 <metadave> !inc resolve")
    assert talk.engine.topics() == {("", "#mozmeao"): "all hands please"}


def test_a_topic_that_is_not_known_yet_is_not_overwritten():
    talk = led(topics=("#mozmeao", "#moc"))
    talk.engine.topic("", "#moc", "on call: pmac")
    assert talk.engine.topics() == {("", "#moc"): SHOWN}


def test_a_topic_whose_own_is_not_on_disk_is_left_alone(caplog):
    talk = led(topics=("#mozmeao",))
    talk.pages.refuse = full
    talk.engine.topic("", "#mozmeao", "welcome")
    assert "Not recorded: No space left" in caplog.text
    assert talk.engine.topics() == {}
    talk.pages.refuse = works
    talk.engine.hear([line("12:01", "metadave", "TL: the ELB is empty")])
    assert talk.engine.topics() == {("", "#mozmeao"): SHOWN}
    assert kept(talk) == ["welcome"]


@pytest.mark.parametrize(("network", "channel"), [("oftc", "#mozmeao"), ("", "#kitchen")])
def test_other_topics_are_nobodys_business(network, channel):
    talk = led(topics=("#mozmeao",))
    talk.engine.topic(network, channel, "welcome")
    assert kept(talk) == []


def test_an_incident_of_another_network_shows_in_no_topic_here():
    talk = Talk(setting(topics=("#mozmeao",), network_channels={"oftc": ("#mozmeao",)}))
    talk.engine.topic("", "#mozmeao", "welcome")
    talk.hear(line("12:00", "metadave", "!inc declare MDN is down", network="oftc"))
    assert talk.state.open
    assert talk.engine.topics() == {}


def test_a_topic_says_nothing_that_is_not_for_irc():
    guarded = process(security_off_irc=True, security_words=("exploit",))
    talk = Talk(setting(guarded, topics=("#mozmeao",)))
    talk.engine.topic("", "#mozmeao", "welcome")
    talk.tell("12:00 <metadave> !inc declare an exploit in MDN")
    assert talk.engine.topics() == {("", "#mozmeao"): "Incident 1: — | IL: metadave | #mozmeao"}


def test_a_topic_shows_who_is_missing_and_that_it_is_a_drill():
    talk = Talk(setting(topics=("#mozmeao",)))
    talk.engine.topic("", "#mozmeao", "welcome")
    talk.tell("12:00 <metadave> I am declaring a drill incident")
    assert talk.engine.topics() == {("", "#mozmeao"): "Incident 1: — | IL: — | #mozmeao (drill)"}


# --- away, refused, renamed ---------------------------------------------------------------------


def test_an_absence_is_on_record_and_the_channel_is_told_what_may_be_missing():
    talk = led()
    replies = talk.engine.absent("", "#MozMEAO", at("12:05"), at("12:09"))
    assert texts(replies) == [
        (
            "#MozMEAO",
            "I was not in #MozMEAO 12:05–12:09 UTC; what was said there may be missing.",
        )
    ]
    assert talk.pages.written[-1].event == Absent(at("12:05"), at("12:09"))
    assert [gap.since for gap in talk.incident.gaps] == [at("12:05")]


def test_a_moment_s_absence_is_on_record_and_no_word_is_lost_about_it():
    talk = led()
    assert list(talk.engine.absent("", "#mozmeao", at("12:05"), at("12:05:59"))) == []
    assert talk.pages.written[-1].event == Absent(at("12:05"), at("12:05:59"))


@pytest.mark.parametrize(("network", "channel"), [("oftc", "#mozmeao"), ("", "#moc")])
def test_where_no_incident_is_talked_about_nothing_was_missed(network, channel):
    talk = led()
    already = len(talk.pages.written)
    assert list(talk.engine.absent(network, channel, at("12:05"), at("12:09"))) == []
    assert len(talk.pages.written) == already


def test_an_absence_is_recorded_although_others_write_too():
    talk = led()

    def behind_once(entries: Sequence[Entry]) -> None:
        talk.pages.refuse = works
        raise Behind("somebody else wrote.")

    talk.pages.refuse = behind_once
    talk.engine.absent("", "#mozmeao", at("12:05"), at("12:09"))
    assert len(talk.incident.gaps) == 1


def test_if_others_are_always_faster_an_absence_is_in_the_log(caplog):
    talk, tries = led(), []

    def behind(entries: Sequence[Entry]) -> None:
        tries.append(entries)
        raise Behind("somebody else wrote.")

    talk.pages.refuse = behind
    assert talk.engine.absent("", "#mozmeao", at("12:05"), at("12:09"))
    assert len(tries) == 5
    assert "Not recorded: somebody else wrote." in caplog.text


def test_a_channel_that_cannot_be_joined_is_told_to_the_others_once_until_it_can_be():
    talk = led()
    talk.tell("12:01 <metadave> !inc channel #mdndev")
    why = "you are banned"
    told = [(to, f"I cannot join #mdndev (incident 1): {why}") for to in talk.setting.channels]
    replies = talk.engine.trouble("", "#mdndev", why)
    assert texts(replies) == told
    assert {reply.kind for reply in replies} == {ReplyKind.ALARM}
    assert list(talk.engine.trouble("", "#MDNdev", why)) == []
    talk.engine.absent("", "#mdndev", at("12:02"), at("12:03"))
    assert texts(talk.engine.trouble("", "#mdndev", why)) == told


@pytest.mark.parametrize(("network", "channel"), [("", "#kitchen"), ("oftc", "#mozmeao"), ("", "")])
def test_trouble_that_concerns_no_incident_is_in_the_log_only(network, channel, caplog):
    assert list(led().engine.trouble(network, channel, "no account")) == []
    assert "no account" in caplog.text


def test_it_answers_to_the_nick_that_the_server_gave_it():
    talk = led()
    talk.engine.known_as("", "ilbot_")
    for _ in range(2):
        (reply,) = talk.engine.hear([line("12:01", "rookie", "ilbot_: version")])
        assert reply.text.startswith("rookie: ircbot")
    assert talk.engine.hear([line("12:02", "rookie", "ilbot: version")]) == ()
    assert talk.engine.hear([line("12:03", "ilbot_", "TL: myself")]) == ()
    talk.engine.absent("", "#mozmeao", at("12:05"), at("12:09"))
    assert talk.pages.written[-1].by == Person("ilbot_")
    talk.engine.known_as("", "ilbot")
    assert talk.engine.hear([line("12:10", "rookie", "ilbot: version")])


# --- broadcasts ---------------------------------------------------------------------------------


def sent(talk: Talk, text: str = "half of them are back", stamp: str = "12:01") -> str:
    """An update's broadcast."""
    replies = talk.engine.hear([line(stamp, "metadave", f"!inc update {text}")])
    return replies[0].broadcast


def test_whoever_sent_an_update_is_told_once_where_it_arrived():
    talk = led()
    broadcast = sent(talk)
    (told,) = talk.engine.delivered(broadcast, ["#moc"], {"#meao-infra": "moderated"})
    assert (told.to, told.kind) == ("metadave", ReplyKind.NOTICE)
    assert told.text == "your update reached 1 of 2 channels; #meao-infra refused: moderated."
    assert talk.engine.delivered(broadcast, ["#moc"], {}) == ()


def test_what_became_of_an_update_is_told_also_while_nothing_can_be_recorded():
    talk = led()
    talk.pages.refuse = full
    replies = talk.engine.hear([line("12:01", "metadave", "!inc update half of them are back")])
    broadcast = replies[-1].broadcast
    assert broadcast
    assert talk.engine.delivered(broadcast, ["#moc"], {})


def test_of_those_who_are_called_only_who_is_not_there_is_told():
    talk = led()
    ask = line("12:01", "metadave", "!inc notify bob gohst the db is down")
    called = {reply.broadcast for reply in talk.engine.hear([ask])} - {""}
    (told,) = talk.engine.delivered(called.pop(), ["bob"], {"gohst": "No such nick"})
    assert (told.to, told.text) == ("metadave", "not reached: gohst (No such nick).")
    ask = line("12:02", "metadave", "!inc notify bob the db is still down")
    called = {reply.broadcast for reply in talk.engine.hear([ask])} - {""}
    assert talk.engine.delivered(called.pop(), ["bob"], {}) == ()


def test_broadcasts_whose_outcome_never_comes_are_forgotten_the_oldest_first():
    talk = led()
    broadcasts = [sent(talk, f"update {n}", f"12:{n // 10:02}:{n % 10:02}") for n in range(51)]
    assert len(set(broadcasts)) == 51
    assert talk.engine.delivered(broadcasts[0], ["#moc"], {}) == ()
    assert talk.engine.delivered(broadcasts[1], ["#moc"], {})
    assert talk.engine.delivered(broadcasts[50], ["#moc"], {})


# --- receipts -----------------------------------------------------------------------------------


def test_the_first_receipt_comes_at_once_and_what_follows_soon_comes_together():
    talk = led()
    assert texts(talk.engine.hear([line("12:01", "metadave", "TL: one")])) == [
        ("metadave", "#1 recorded")
    ]
    assert talk.engine.hear([line("12:01:01", "metadave", "TL: two")]) == ()
    assert texts(talk.engine.hear([line("12:01:01", "jgmize", "TL: three")])) == [
        ("jgmize", "#3 recorded")
    ]
    assert talk.engine.hear([line("12:01:02", "metadave", "TL: four")]) == ()
    assert list(talk.engine.tick(at("12:01:02"))) == []
    assert texts(talk.engine.tick(at("12:01:03"))) == [("metadave", "#2, #4 recorded")]
    assert list(talk.engine.tick(at("12:01:09"))) == []


def test_a_server_s_clock_that_is_behind_ours_delays_no_receipt_for_ever():
    talk = led()
    talk.engine.tick(at("12:30:30"))
    talk.engine.hear([line("12:30:31", "metadave", "TL: one")])
    assert talk.engine.hear([line("12:20", "metadave", "TL: two")])


def test_while_several_are_open_a_receipt_says_of_which():
    talk = led()
    talk.tell("12:16 #moc <jgmize> !inc declare kuma is down")
    assert texts(talk.engine.hear([line("12:17", "metadave", "TL: one")])) == [
        ("metadave", "#1 recorded (incident 1)")
    ]


def test_what_is_not_acknowledged_when_it_is_quiet_is_not_later_either():
    talk = led(quiet=True)
    assert talk.engine.hear([line("12:01", "metadave", "TL: one")]) == ()
    talk.engine.setting = setting()
    assert list(talk.engine.tick(at("12:02"))) == []


# --- one person's flood -------------------------------------------------------------------------


def asked(talk: Talk, times: int, stamp: str = "12:01", nick: str = "rookie") -> int:
    """How often somebody is answered who asks so many times."""
    lines = [line(stamp, nick, "!inc version") for _ in range(times)]
    return sum(len(talk.engine.hear([one])) for one in lines)


def test_one_person_is_answered_thirty_times_a_minute():
    talk = led()
    assert asked(talk, 100) == 30
    assert asked(talk, 1, "12:01:59") == 0
    assert asked(talk, 1, "12:01:59", "ROOKIE") == 0
    assert asked(talk, 3, "12:01:59", "jgmize") == 3
    assert asked(talk, 100, "12:02") == 30


def test_a_flood_is_recorded_and_acknowledged_and_reminders_come_all_the_same():
    talk = led()
    asked(talk, 100)
    assert talk.engine.hear([line("12:01:30", "rookie", "TL: the ELB is empty")])
    assert talk.engine.hear([line("12:01:31", "metadave", "!inc update half of them are back")])
    assert talk.engine.hear([line("12:01:31", "metadave", "!inc notify jgmize MDN is down")])
    assert len(talk.incident.notes) == 1
    assert len(talk.incident.updates) == 1


def test_a_clock_that_was_put_back_silences_nobody():
    talk = led()
    assert asked(talk, 30, "12:10") == 30
    assert asked(talk, 1, "12:05") == 1


def test_of_a_thousand_people_no_count_is_kept_for_ever():
    talk = led()
    assert asked(talk, 30) == 30
    for number in range(1000):
        assert asked(talk, 1, "12:01:01", f"rookie{number}") == 1
    assert asked(talk, 1, "12:01:02") == 1


def test_the_flood_is_bounded_while_nothing_can_be_recorded():
    talk = led()
    talk.pages.refuse = full
    talk.engine.hear([line("12:01", "metadave", "TL: one")])
    assert asked(talk, 100) == 30


# --- where it wants to be -----------------------------------------------------------------------


def wanted(engine: BotHandler) -> dict[str, int]:
    return {want.channel: want.priority for want in engine.wanted()}


def test_the_channels_of_open_incidents_come_first_then_those_just_resolved():
    talk = led()
    talk.tell("12:01 <metadave> !inc channel #mdndev")
    assert wanted(talk.engine) == {"#mozmeao": 9, "#meao-infra": 9, "#moc": 9, "#mdndev": 0}
    talk.tell("12:10 <metadave> !inc resolve")
    assert wanted(talk.engine)["#mdndev"] == 5
    talk.tell("12:11 <metadave> !inc close")
    assert wanted(talk.engine) == {"#mozmeao": 9, "#meao-infra": 9, "#moc": 9}


def test_what_was_said_since_the_record_ends_is_asked_of_the_network():
    talk = led()
    talk.tell("12:05 <metadave> TL: the ELB is empty")
    assert {want.heard_until for want in talk.engine.wanted()} == {None}
    again = BotHandler(setting(), talk.pages, replay(talk.pages.written))
    (here,) = [want for want in again.wanted() if want.channel == "#mozmeao"]
    assert (here.heard_until, here.priority) == (at("12:05"), 0)
    assert here.expected == ("metadave",)


def test_a_leader_who_left_while_the_bot_was_down_is_missed():
    talk = led()
    gone = line("12:20", "metadave", channel="", kind=LineKind.SPLIT, source=Source.RECOVERED)
    assert talk.hear(gone) == []
    assert talk.incident.away["metadave"].how == "split"
    told = talk.until("12:40")
    assert any("metadave" in one and "split" in one for one in told), told


def test_an_incident_that_is_open_keeps_its_place_before_one_that_is_over_there():
    talk = led()
    talk.tell("12:10 <metadave> !inc resolve\n12:30 <metadave> !inc declare kuma is down")
    assert wanted(talk.engine)["#mozmeao"] == 0


def test_it_goes_where_the_record_says_that_it_was_sent():
    talk = led()
    talk.pages.others = [entry(ChannelJoined("#kitchen"), incident=0)]
    talk.engine.tick(at("12:01"))
    assert wanted(talk.engine)["#kitchen"] == 9
    talk.engine.hear([line("12:03", "chef", "!inc leave", channel="#kitchen", operator=True)])
    assert "#kitchen" not in wanted(talk.engine)


def test_where_somebody_sent_it_away_it_does_not_go_by_itself():
    talk = led()
    talk.tell("12:01 <metadave> !inc channel #mdndev\n12:02 <metadave> !inc resolve")
    assert "#mdndev" in wanted(talk.engine)
    talk.engine.hear([line("12:03", "chef", "!inc leave", channel="#mdndev", operator=True)])
    assert "#mdndev" not in wanted(talk.engine)


def test_nobody_is_followed_into_a_channel_that_was_named_while_it_was_away():
    talk = led()
    named = line("12:01", "metadave", "!inc channel #mdndev", source=Source.RECOVERED)
    talk.engine.hear([named])
    assert talk.incident.channel == "#mdndev"
    assert "#mdndev" not in wanted(talk.engine)


def test_what_a_log_tells_of_moves_it_nowhere_and_shows_in_no_topic():
    talk = Talk(setting(topics=("#mozmeao",)))
    talk.engine.topic("", "#mozmeao", "welcome")
    declared = entry(Declared("MDN is down", "english"), "11:00")
    talk.pages.others = [replace(declared, channel="#mdndev", source=Source.IMPORT)]
    talk.engine.tick(at("12:00"))
    assert talk.state.open
    assert "#mdndev" not in wanted(talk.engine)
    assert talk.engine.topics() == {}


# --- what is remembered -------------------------------------------------------------------------


def test_where_a_security_matter_is_talked_about_nothing_is_remembered():
    talk = led()
    talk.engine.hear([line("12:02", "metadave", "!inc security")])
    talk.engine.hear(
        [line("12:03", "jgmize", "secret"), line("12:03", "jgmize", "lunch?", channel="#moc")]
    )
    remembered = [said.text for said in talk.engine.memory.said("#mozmeao", "")]
    assert "secret" not in remembered
    assert [said.text for said in talk.engine.memory.said("#moc", "")] == ["lunch?"]


def test_an_incident_that_cannot_be_ticked_is_named_and_stops_no_other(caplog):
    talk = led()
    (incident,) = talk.engine.state.open
    wrong = replace(
        incident, id=7, comms="#moc", clock=datetime.max.replace(tzinfo=UTC)
    )  # a span more, and it overflows
    talk.engine.state = replace(talk.engine.state, incidents={7: wrong, 1: incident})
    for minute in ("45", "46", "50"):
        replies = talk.engine.tick(at(f"12:{minute}"))
        assert all(reply.to != "#moc" for reply in replies)
    reminded = [e for e in talk.pages.written if type(e.event).__name__ == "Reminded"]
    assert {e.incident for e in reminded} == {1}
    assert caplog.text.count("incident 7: its reminders fail") == 1
    assert talk.engine.hear([line("12:51", "metadave", "TL: all others go on")])


def test_the_log_has_a_reason_once_however_long_it_lasts(caplog):
    talk = led()
    talk.pages.refuse = full
    for minute in range(1, 9):
        talk.engine.hear([line(f"12:0{minute}", "metadave", "TL: what happened")])
        talk.engine.tick(at(f"12:0{minute}"))
    assert caplog.text.count("No space left") == 1

    def other(entries: Sequence[Entry]) -> None:
        raise StoreError("The disk is gone.")

    talk.pages.refuse = other
    for _ in range(3):
        talk.engine.tick(at("12:10"))
    assert caplog.text.count("Still cannot record: The disk is gone.") == 1


# --- several bots in a process ------------------------------------------------------------------


class Interrupting(dict[str, str]):
    """Channels of no other process; somebody else tries to prepare while they are looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.other: list[bool] = []
        self.engine = BotHandler(setting(), Pages(), State())

    def values(self):  # type: ignore[no-untyped-def]
        self.other.append(self.engine.prepare())
        return super().values()


def test_one_bot_compiles_phrases_at_a_time_and_others_leave_it_to_it():
    channels = Interrupting()
    engine = BotHandler(replace(setting(), channel_process=channels), Pages(), State())
    assert engine.prepare() is True
    assert channels.other == [False]
    assert channels.engine.prepare() is True  # its turn
