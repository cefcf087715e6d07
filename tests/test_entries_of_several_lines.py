"""One message, one entry: pastes, messages of several lines, edits, replies, what was deleted."""

from __future__ import annotations

import pytest
from core import Talk, line, process, setting

from ircbot.incident.line import Joint, LineKind, Source
from ircbot.incident.recognise import recognise
from ircbot.incident.sayings import Record


@pytest.fixture
def talk():
    talk = Talk()
    talk.engine.hear([line("12:00", "ann", "!inc declare MDN is down")])
    return talk


def says(talk, stamp, nick, *texts, **more):
    """What the bot answers to lines of one read."""
    return [r.text for r in talk.engine.hear([line(stamp, nick, t, **more) for t in texts])]


def notes(talk):
    return [note.text for note in talk.incident.notes if not note.struck]


def test_what_is_indented_or_numbered_right_after_an_entry_is_part_of_it(talk):
    told = says(talk, "12:01:00", "bob", "TL: the steps are", "  1. drain", "2) restart", "- look")
    assert told == ["#1 recorded"]
    says(talk, "12:01:01", "bob", "\tdone")
    assert notes(talk) == ["the steps are 1. drain 2) restart - look done"]
    assert not talk.incident.notes[0].before


@pytest.mark.parametrize(
    ("stamp", "nick", "text"),
    [
        ("12:01:02", "bob", "  too late"),
        ("12:01:01", "eve", "  by somebody else"),
        ("12:01:01", "bob", "not marked"),
        ("12:01:01", "bob", "2 servers are down"),
        ("12:01:01", "bob", "   "),
    ],
)
def test_what_else_is_said_is_not(talk, stamp, nick, text):
    says(talk, "12:01:00", "bob", "TL: one")
    says(talk, stamp, nick, text)
    assert notes(talk) == ["one"]


def test_an_entry_a_command_or_a_correction_in_a_paste_is_what_it_is(talk):
    says(talk, "12:01", "bob", "TL: one", "  TL: two", " !inc status", "  s/two/three/")
    assert notes(talk) == ["one", "three"]
    says(talk, "12:02", "bob", "hello", "  there")
    assert notes(talk) == ["one", "three"]


def test_nothing_goes_on_where_nothing_is_recorded(talk):
    says(talk, "12:01", "ann", "!inc security")
    says(talk, "12:02", "bob", "TL: one", "  two")
    assert notes(talk) == []


def test_what_is_too_long_for_one_entry_is_not_part_of_it(talk):
    says(talk, "12:01", "bob", "TL: " + "word " * 799, "  " + "more " * 10)
    assert len(notes(talk)) == 1
    assert "more" not in notes(talk)[0]


def test_a_secret_in_a_later_line_is_masked(talk):
    says(talk, "12:01", "bob", "TL: one", "  password=hunter2-x9")
    assert "hunter2" not in notes(talk)[0]


def test_a_later_line_about_a_security_matter_is_remarked_on():
    talk = Talk(setting(process(security_off_irc=True, security_words=("breach",))))
    says(talk, "12:00", "ann", "!inc declare MDN is down")
    told = says(talk, "12:01", "bob", "TL: one", "  we have a data breach, credentials leaked")
    assert any("security" in one for one in told)


def test_the_lines_of_one_message_are_one_entry(talk):
    talk.engine.hear(
        [
            line("12:01", "bob", "TL: the log says"),
            line("12:01", "bob", "no space left on de", joint=Joint.NEXT),
            line("12:01", "bob", "vice", joint=Joint.CUT),
            line("12:01", "bob", "TL: another", joint=Joint.NEXT),
        ]
    )
    assert notes(talk) == ["the log says no space left on device", "another"]


def test_entries_of_several_lines_are_imported_as_they_were_heard():
    live, imported = Talk(), Talk()
    for one, source in ((live, Source.LIVE), (imported, Source.IMPORT)):
        one.engine.hear([line("12:00", "ann", "!inc declare MDN is down", source=source)])
        for text in ("TL: one", "  two"):
            one.engine.hear([line("12:01", "bob", text, source=source)])
    assert notes(live) == notes(imported) == ["one two"]


def test_an_edited_message_changes_the_entry_that_it_is(talk):
    says(talk, "12:01", "bob[m]", "TL: the load balanser has no listeners")
    says(talk, "12:02", "bob[m]", "TL: something else altogether")
    says(talk, "12:03", "bob[m]", "* TL: the load balancer has no listeners")
    assert notes(talk) == [
        "the load balancer has no listeners",
        "something else altogether",
    ]
    assert says(talk, "12:04", "bob[m]", "* TL: the load balancer has no listeners") == []
    says(talk, "12:05", "bob[m]", "* TL: quite new, it was no entry before")
    says(talk, "14:05", "bob[m]", "* TL: something else altogether")
    assert len(notes(talk)) == 4
    says(talk, "14:06", "eve[m]", "* TL: something else altogether!")
    assert len(notes(talk)) == 5


def test_an_edit_is_recognised():
    assert recognise("* TL: one", setting().process) == (Record("one", again=True),)
    assert recognise("* one", setting().process) == ()


def test_a_correction_of_words_tries_whole_words_first(talk):
    says(talk, "12:01", "bob", "TL: a street with a tree and a fife")
    says(talk, "12:02", "bob", "s/tree/three/, s/fife/five/")
    assert notes(talk) == ["a street with a three and a five"]
    says(talk, "12:03", "bob", "s/a/the/g, s/stre/STRE/")
    assert notes(talk) == ["the STREet with the three and the five"]
    says(talk, "12:04", "bob", "s/five/six/, s/nothing/x/")
    assert notes(talk) == ["the STREet with the three and the five"]
    asked = says(talk, "12:05", "bob", "!inc s/nothing/x/")
    assert asked[0].startswith("bob: ")
    assert says(talk, "12:06", "eve", "s/five/six/") == []
    assert says(talk, "12:06", "eve", "!inc s/five/six/")[0].startswith("eve: ")
    says(talk, "12:07", "bob", "!inc s/five/six")
    assert notes(talk)[0].endswith("six")
    assert "s/" in says(talk, "12:08", "bob", "!inc s/six")[0]


def test_a_reply_is_stripped_of_its_quotation(talk):
    says(talk, "12:01", "bob[m]", '<ann> "TL: is it the disk?" <- TL: it is the disk')
    says(talk, "12:02", "bob[m]", '<ann> "the quoted text is long…" <- TL: it is')
    says(talk, "12:03", "bob[m]", "<ann> TL: only quoted")
    says(talk, "12:03", "bob[m]", "> <ann> TL: only quoted")
    assert notes(talk) == ["it is the disk", "it is"]


def test_a_yes_in_reply_to_a_quotation_is_a_yes(talk):
    says(talk, "12:01", "ann", "!inc handoff bob")
    says(talk, "12:02", "bob", '<ann> "please confirm" <- yes')
    assert talk.incident.holder().nick == "bob"


def deleted(talk, stamp, nick, msgid, **more):
    return says(talk, stamp, nick, msgid, kind=LineKind.REDACTION, **more)


def test_what_was_deleted_is_hidden_and_not_remembered(talk):
    says(talk, "12:01", "bob", "TL: one", msgid="a1")
    says(talk, "12:02", "bob", "a remark", msgid="a2")
    assert deleted(talk, "12:03", "bob", "a1") == [
        "#1 is taken out of the timeline, as its message was deleted. !inc restore 1 puts it back."
    ]
    assert notes(talk) == []
    assert deleted(talk, "12:03", "bob", "a1") == []
    assert deleted(talk, "12:03", "bob", "a1", network="oftc") == []
    deleted(talk, "12:04", "bob", "a2")
    assert says(talk, "12:05", "ann", "!inc tl last 1 bob")[0].startswith("ann: ")
    assert len(talk.incident.notes) == 1
    says(talk, "12:06", "bob", "!inc restore 1")
    assert notes(talk) == ["one"]


def test_an_incident_follows_its_channel_to_its_new_name(talk):
    talk.engine.hear([line("12:01", "op", "#mdn", kind=LineKind.RENAME)])
    assert talk.incident.channel == "#mdn"
    assert says(talk, "12:02", "bob", "TL: one", channel="#mdn") == ["#1 recorded"]
    talk.engine.hear([line("12:03", "op", "#x", kind=LineKind.RENAME, network="oftc")])
    assert talk.incident.channel == "#mdn"


def test_what_goes_on_with_nothing_recorded_is_nothing():
    talk = Talk()
    says(talk, "12:00", "bob", "TL: one", "  two")
    assert len(talk.state.strays) == 1
    says(talk, "12:01", "ann", "!inc declare MDN is down")
    says(talk, "12:02", "bob", "TL: one")
    says(talk, "12:02", "bob", "!inc undo")
    says(talk, "12:02", "bob", "  two")
    assert notes(talk) == []
    says(talk, "12:03:00", "bob", "TL: one")
    says(talk, "12:03:01", "bob", "!inc tl -5m two", "  three")
    assert "three" not in " ".join(notes(talk))


def test_an_edit_of_an_old_or_erased_entry_is_a_new_one(talk):
    says(talk, "12:01", "bob", "TL: one two")
    says(talk, "12:02", "bob", "!inc redact 1")
    says(talk, "12:03", "bob", "* TL: one two three")
    assert notes(talk)[-1] == "one two three"
    says(talk, "12:04", "bob", "* TL: one two three four")
    assert notes(talk)[-1] == "one two three four"


def test_a_channel_of_a_closed_incident_is_not_followed(talk):
    says(talk, "12:01", "ann", "!inc resolve")
    says(talk, "12:02", "ann", "!inc close anyway")
    talk.engine.hear([line("12:03", "op", "#new", kind=LineKind.RENAME)])
    assert talk.incident.channel == "#mozmeao"


def test_nothing_goes_on_with_an_entry_that_was_just_taken_out(talk):
    says(talk, "12:01", "bob", "TL: one")
    says(talk, "12:01", "ann", "!inc drop 1")
    says(talk, "12:01", "bob", "  two")
    assert talk.incident.notes[0].text == "one"


@pytest.mark.parametrize("order", ["move 1 to 2", "duplicate of 2"])
def test_what_goes_on_with_an_entry_goes_where_that_stands_by_now(talk, order):
    says(talk, "12:01:00", "eve", "!inc declare the wiki is slow", channel="#moc")
    says(talk, "12:01:01", "eve", "!inc declare the wiki is slow", channel="#moc")
    says(talk, "12:02:00", "bob", "TL: the steps are", "  1. drain")
    says(talk, "12:02:00", "ann", f"!inc @1 {order}")
    says(talk, "12:02:01", "bob", "  2. restart")
    assert notes(talk) == ["the steps are 1. drain 2. restart"]
    assert talk.incident.id == 2
    says(talk, "12:02:02", "eve", "!inc @2 redact 1", channel="#moc", operator=True)
    says(talk, "12:02:02", "bob", "  3. look")
    assert notes(talk) == [""]


def test_what_goes_on_with_an_entry_that_came_back_is_part_of_it(talk):
    says(talk, "12:02:00", "bob", "TL: one")
    says(talk, "12:02:00", "bob", "!inc undo")
    says(talk, "12:02:01", "bob", "  two")
    assert notes(talk) == []


def test_a_word_is_corrected_in_what_stands_here(talk):
    says(talk, "12:01:00", "eve", "!inc declare the wiki is slow", channel="#moc")
    says(talk, "12:01:01", "eve", "!inc declare the wiki is slow", channel="#moc")
    says(talk, "12:02:00", "bob", "TL: the stepts are long")
    says(talk, "12:02:05", "bob", "* steps")
    says(talk, "12:02:10", "bob", "TL: the steps are long")
    says(talk, "12:02:15", "bob", "* zebra")
    says(talk, "12:02:20", "bob", "!inc undo")
    says(talk, "12:03:00", "bob", "TL: the ordre is wrong")
    says(talk, "12:03:01", "ann", "!inc @1 move 1, 3 to 2")
    says(talk, "12:03:05", "bob", "* order")
    assert notes(talk) == ["the steps are long", "the ordre is wrong"]
