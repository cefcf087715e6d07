"""Who speaks through a relay: never anybody on IRC, whatever the lines look like."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core import Talk, at, line, setting

from ircbot.incident.line import LineKind, ReplyKind, Source
from ircbot.incident.people import Person, is_same, key_of
from ircbot.incident.relays import Relay, as_said, is_by_itself, is_format
from ircbot.incident.view import as_json
from ircbot.report.render import render

BRIDGE = Relay("bridge", network="discord", authority="full")


def surroundings(*relays, **more):
    return setting(relays={"": relays or (BRIDGE,)}, **more)


def replies(talk, stamp, nick, text, **more):
    return list(talk.engine.hear([line(stamp, nick, text, **more)]))


def said(talk, stamp, nick, text, **more):
    """What the bot answers to one line."""
    return [reply.text for reply in replies(talk, stamp, nick, text, **more)]


def read(text, relay=BRIDGE, **more):
    """Who says a line, and what."""
    one = as_said(line("12:00", "bridge", text, **more), (relay,), "")
    return (one.nick, one.text)


@pytest.mark.parametrize(
    ("form", "text", "nick", "words"),
    [
        ("angles", "<carol> hi", "carol", "hi"),
        ("angles", "[m] <carol> hi", "carol", "hi"),
        ("angles", "[discord]<carol> hi", None, None),
        ("angles", "**<carol>** hi", "carol", "hi"),
        ("angles", "<Carol Danvers> hi", "Carol Danvers", "hi"),
        ("angles", "<\x0304carol\x0f> hi", "carol", "hi"),
        ("angles", "<c\u200barol> hi", "carol", "hi"),
        ("angles", "<\u202ecarol\u2066\ufe0f> hi", "carol", "hi"),
        ("angles", "\u200b<carol> hi", "carol", "hi"),
        ("angles", "<a> <b> TL: x", "a", "<b> TL: x"),
        ("angles", "<a> [m] <b> TL: x", "a", "[m] <b> TL: x"),
        ("angles", "<carol>  indented", "carol", " indented"),
        ("angles", "<\u200b\u200b> TL: x", None, None),
        ("angles", "< > TL: x", None, None),
        ("angles", f"<{'n' * 65}> hi", None, None),
        ("angles", "<carol>", None, None),
        ("angles", "carol joined", None, None),
        ("angles", "TL: x <carol> hi", None, None),
        ("brackets", "[carol] hi", "carol", "hi"),
        ("colon", "carol: TL: x", "carol", "TL: x"),
        ("colon", "Carol D: a: b", "Carol D", "a: b"),
        ("angles", "(discord) <carol> hi", "carol", "hi"),
        ("matterbridge", "[irc] <carol> hi", "carol", "hi"),
        ("matterbridge", "[slack] carol: TL: x", "carol", "TL: x"),
        ("matterbridge", "**carol**: hi", "carol", "hi"),
        ("{nick} ({any}) | {text}", "carol (she) | hi", "carol", "hi"),
        ("relaymsg", "<carol> hi", None, None),
    ],
)
def test_a_format_says_who_speaks(form, text, nick, words):
    expected = ("bridge", text) if nick is None else (f"{nick} via discord", words)
    assert read(text, replace(BRIDGE, format=form)) == expected


@pytest.mark.parametrize(
    ("relay", "more", "is_it"),
    [
        (Relay("bridge"), {}, True),
        (Relay("Bridge"), {}, True),
        (Relay("other"), {}, False),
        (Relay("bridge", "bridge"), {"account": "bridge"}, True),
        (Relay("bridge", "bridge"), {"account": "mallory"}, False),
        (Relay("bridge", "bridge"), {"account": ""}, False),
        (Relay("bridge", "bridge"), {"account": None}, False),
        (Relay("", "bridge"), {"account": "BRIDGE"}, True),
        (Relay("", "bridge"), {"account": None, "source": Source.IMPORT}, False),
        (Relay("bridge", "bridge"), {"account": None, "source": Source.IMPORT}, True),
        (Relay("bridge", "bridge"), {"account": "mallory", "source": Source.IMPORT}, False),
        (Relay("bridge", host="*@relay.example"), {"host": "b@Relay.example"}, True),
        (Relay("bridge", host="*@relay.example"), {"host": "b@home.example"}, False),
        (Relay("bridge", host="*@relay.example"), {"host": ""}, False),
        (Relay("bridge", host="*@relay.example"), {"source": Source.IMPORT}, True),
        (Relay("bridge"), {"network": "oftc"}, False),
        (Relay("bridge"), {"relayed_by": "bridge"}, True),
        (Relay("bridge"), {"relayed_by": "mallory"}, False),
        (Relay("", "bridge"), {"relayed_by": "bridge"}, False),
    ],
)
def test_whoever_has_the_nick_and_not_the_account_is_not_the_relay(relay, more, is_it):
    where = setting(relays={"": (relay,)})
    one = where.as_said(line("12:00", "bridge", "<carol> hi", **more))
    assert (one.via == relay.via) is is_it


def test_what_a_server_says_of_a_relayed_nick_counts():
    relay = replace(BRIDGE, format="relaymsg")
    one = as_said(line("12:00", "mo.gad/discord", "hi", relayed_by="bridge"), (relay,), "")
    assert (one.nick, one.via, one.account) == ("mo.gad via discord", "discord", "")
    unknown = as_said(line("12:00", "carol/discord", "hi", relayed_by="discord"), (), "")
    assert (unknown.nick, unknown.via) == ("carol via unknown discord", "unknown discord")


def test_a_line_is_read_once_and_only_speech_in_channels_is():
    one = as_said(line("12:00", "bridge", "<a> <b> hi"), (BRIDGE,), "")
    assert as_said(one, (BRIDGE,), "") is one
    quit_ = line("12:00", "bridge", "<a> gone", kind=LineKind.QUIT)
    assert as_said(quit_, (BRIDGE,), "") is quit_
    assert is_by_itself(as_said(line("12:00", "bridge", "<a> hi", channel=""), (BRIDGE,), ""))


def test_somebody_behind_a_relay_is_nobody_on_irc():
    carol, relayed = Person("carol"), Person("carol via discord", via="discord")
    assert not is_same(carol, relayed)
    assert not is_same(relayed, carol)
    assert not is_same(relayed, replace(relayed, via="slack"))
    assert key_of(relayed) == ">carol via discord"


def test_a_relayed_person_called_as_the_leader_is_not_the_leader():
    talk = Talk(surroundings())
    said(talk, "12:00", "carol", "!inc declare MDN is down")
    answer = said(talk, "12:01", "bridge", "<carol> !inc handoff mallory")
    assert answer == ["carol via discord: only carol, who is IL, can hand over."]
    assert not talk.engine.state.incidents[1].offers


def test_a_spoofed_relay_speaks_for_itself_only():
    talk = Talk(surroundings(replace(BRIDGE, account="bridge")))
    said(talk, "12:00", "bridge", "<carol> !inc declare MDN is down", account="mallory")
    assert not talk.engine.state.incidents
    said(talk, "12:00", "bridge", "<carol> !inc declare MDN is down", account="bridge")
    assert talk.engine.state.incidents[1].declared_by == Person("carol via discord", via="discord")


def test_nothing_is_obeyed_without_authority_and_all_is_remembered():
    talk = Talk(surroundings(replace(BRIDGE, authority="none")))
    said(talk, "12:00", "ann", "!inc declare MDN is down")
    assert said(talk, "12:01", "bridge", "<carol> TL: it was a deploy") == []
    assert said(talk, "12:01", "bridge", "<carol> I saw a deploy") == []
    assert said(talk, "12:02", "ann", "!inc tl last 1 carol via discord") == ["ann: #1 recorded"]
    note = talk.engine.state.incidents[1].notes[0]
    assert (note.by.nick, note.text) == ("carol via discord", "I saw a deploy")


def test_whoever_may_write_entries_can_do_nothing_else():
    talk = Talk(surroundings(replace(BRIDGE, authority="entries")))
    refusal = "carol via discord: people on discord may only write entries here."
    assert said(talk, "12:00", "bridge", "<carol> !inc declare MDN is down") == [refusal]
    said(talk, "12:00", "ann", "!inc declare MDN is down")
    assert said(talk, "12:01", "bridge", "<carol> TL: one") == ["carol via discord: #1 recorded"]
    assert said(talk, "12:02", "bridge", "<carol> s/one/two/") != []
    for order in ("resolve", "summary x", "severity 1", "handoff dave", "lead"):
        assert said(talk, "12:03", "bridge", f"<carol> !inc {order}") == [refusal]
    assert said(talk, "12:04", "bridge", "<carol> I am the incident leader") == []
    assert said(talk, "12:05", "bridge", "<carol> !inc frobnicate")[0].startswith("carol via")
    assert said(talk, "12:06", "bridge", "<dave> !inc drop 1")[0].startswith(
        "dave via discord: only"
    )
    incident = talk.engine.state.incidents[1]
    assert [note.text for note in incident.notes] == ["two"]
    assert incident.holder() == Person("ann")


def test_a_baton_goes_to_somebody_behind_a_relay_by_either_name():
    talk = Talk(surroundings())
    said(talk, "12:00", "ann", "!inc declare MDN is down")
    said(talk, "12:01", "bridge", "<dave> hello")
    said(talk, "12:02", "ann", "!inc handoff to dave")
    incident = talk.engine.state.incidents[1]
    assert incident.offers["lead"].to == Person("dave via discord", via="discord")
    said(talk, "12:03", "dave", "hello, another dave")
    said(talk, "12:04", "ann", "!inc handoff to dave")
    assert talk.engine.state.incidents[1].offers["lead"].to == Person("dave")
    said(talk, "12:05", "ann", "!inc handoff dave via discord")
    assert talk.engine.state.incidents[1].offers["lead"].to.via == "discord"
    said(talk, "12:06", "ann", "!inc handoff eve via discord")
    assert talk.engine.state.incidents[1].offers["lead"].to == Person("eve")


def test_a_command_that_a_relay_announces_is_its_senders():
    talk = Talk(surroundings())
    said(talk, "12:00:00", "bridge", "Command sent from Discord by mallory:")
    said(talk, "12:00:01", "bridge", "!inc declare MDN is down")
    assert talk.engine.state.incidents[1].declared_by.nick == "mallory via discord"
    said(talk, "12:00:01", "bridge", "!inc declare MDN is down again")
    said(talk, "12:05:00", "bridge", "Command sent from Discord by mallory:")
    said(talk, "12:05:03", "bridge", "!inc resolve")
    assert talk.engine.state.incidents[1].live
    assert len(talk.engine.state.incidents) == 1


def test_the_people_of_a_relay_leave_with_it():
    talk = Talk(surroundings())
    said(talk, "12:00", "bridge", "<carol> !inc declare MDN is down")
    assert said(talk, "12:01", "bob", "", kind=LineKind.QUIT, channel="") == []
    left = said(talk, "12:01", "bridge", "", kind=LineKind.QUIT, channel="")
    assert left[0].startswith("carol via discord, who is IL, has left")
    assert said(talk, "12:02", "bridge", "", kind=LineKind.JOIN) == []
    assert said(talk, "12:03", "bridge", "<carol> hi") == [
        "carol via discord is back, and still IL."
    ]


def test_a_relayed_person_is_told_in_the_channel_what_others_are_told_in_private():
    talk = Talk(surroundings())
    got = replies(talk, "12:00", "bridge", "<carol> TL: one")
    assert [(reply.to, reply.kind) for reply in got] == [("#mozmeao", ReplyKind.NOTICE)]
    assert got[0].text.startswith("carol via discord: ")


def test_json_says_through_which_relay_somebody_spoke():
    talk = Talk(surroundings())
    said(talk, "12:00", "bridge", "<carol> !inc declare MDN is down")
    said(talk, "12:01", "bridge", "<carol> TL: one")
    said(talk, "12:01", "ann", "TL: two")
    told = as_json(talk.engine.state.incidents[1], talk.engine.setting.process)
    assert told["roles"][0]["nick"] == "carol via discord"
    assert told["roles"][0]["relay"] == "discord"
    assert [(row["nick"], row["relay"]) for row in told["timeline"] if row["n"]] == [
        ("carol via discord", "discord"),
        ("ann", None),
    ]


def test_somebody_behind_a_relay_can_be_forgotten():
    talk = Talk(surroundings())
    said(talk, "12:00", "ann", "!inc declare MDN is down")
    said(talk, "12:01", "bridge", "<carol> TL: one")
    said(talk, "12:01", "carol", "TL: two")
    gone = said(talk, "12:02", "bridge", "<carol> !inc forget carol via discord")
    assert gone == [
        "carol via discord: what carol via discord wrote is gone, on the disk too. "
        "Titles, impact and actions stay, without the name."
    ]
    incident = talk.engine.state.incidents[1]
    assert [note.text for note in incident.notes] == ["", "two"]
    assert "carol via discord" not in {person.nick for person in incident.everybody()}


def test_the_public_edition_names_nobody_behind_a_relay():
    talk = Talk(surroundings())
    said(talk, "12:00", "bridge", "<Xanthippe> !inc declare MDN is down")
    said(talk, "12:01", "bridge", "<Xanthippe> TL: one")
    said(talk, "12:02", "ann", "TL: xanthippe said so, and Xanthippe via discord too")
    incident, process = talk.engine.state.incidents[1], talk.engine.setting.process
    for form in ("json", "text"):
        page = render(incident, process, form, edition="public")
        assert "anthippe" not in page


# --- relays that nobody configured -----------------------------------------------------------


def for_operators(talk, stamp, nick, text, **more):
    found = replies(talk, stamp, nick, text, **more)
    return [reply.text for reply in found if reply.kind is ReplyKind.OPERATORS]


def test_operators_are_told_once_of_a_nick_that_says_what_others_want():
    talk = Talk(setting())
    assert for_operators(talk, "12:00", "bridge", "<carol> TL: one") == []
    told = for_operators(talk, "12:01", "bridge", "<dave> TL: two", account="bridge")
    assert told == [
        "bridge in #mozmeao seems to be a bridge that nobody configured; nothing that is said "
        'through it is obeyed. To configure it, in [irc]: relays = [{nick = "bridge", format = '
        '"angles", network = "NAME", authority = "entries", account = "bridge"}]'
    ]
    again = for_operators(talk, "12:02", "bridge", "<dave> !inc resolve", account="bridge")
    assert again == []


def test_a_person_who_quotes_is_no_relay():
    talk = Talk(setting())
    said(talk, "12:00", "ann", "hello")
    for minute, text in enumerate(("<bob> TL: one", "<bob> is it down?", "<bob> yes")):
        said(talk, f"12:0{minute + 1}", "ann", text)
    said(talk, "12:05", "ann", "!inc declare MDN is down")
    assert talk.engine.state.incidents[1].holder() == Person("ann")


@pytest.mark.parametrize(
    "lines",
    [
        ["<carol> hi", "<dave> hello", "[m] <carol> down"],
        ["Command sent from Discord by mallory:"],
        ["carol: hi", "dave: hello", "carol: it is down"],
    ],
)
@pytest.mark.parametrize("order", ["I am declaring an incident: MDN is down", "!inc declare MDN"])
def test_an_unconfigured_relay_never_leads(lines, order):
    talk = Talk(setting())
    for text in lines:
        said(talk, "12:00:00", "bridge", text)
    if ":" in lines[-1] and "by" not in lines[-1]:
        order = f"carol: {order}"
    found = replies(talk, "12:00:01", "bridge", order)
    assert not talk.engine.state.incidents
    assert ReplyKind.OPERATORS in [reply.kind for reply in found]


def test_what_an_unconfigured_relay_records_is_not_lost():
    talk = Talk(setting())
    said(talk, "11:59", "ann", "!inc declare MDN is down")
    for text in ("carol: hi", "dave: hello", "carol: it is down", "carol: TL: the disk is full"):
        said(talk, "12:00", "bridge", text)
    said(talk, "12:00", "bridge", "carol: I am the incident leader")
    assert talk.engine.state.incidents[1].holder() == Person("ann")
    assert talk.engine.state.incidents[1].notes[0].text == "the disk is full"


def test_who_speaks_to_people_that_are_here_is_no_relay():
    talk = Talk(setting())
    said(talk, "11:58", "bob", "hi")
    said(talk, "11:59", "ann", "hi")
    for text in ("bob: look at db1", "carol: and you at db2", "bob: thanks"):
        said(talk, "12:00", "dave", text)
    said(talk, "12:01", "dave", "bob: I am declaring an incident: MDN is down")
    assert talk.engine.state.incidents[1].declared_by == Person("dave")


def test_who_writes_words_and_hosts_before_colons_is_no_relay():
    talk = Talk(setting())
    for text in ("UPDATE: db1", "impact: all", "TL: one", "* TL: one", "db1: up", "db2: up"):
        assert for_operators(talk, "12:00", "ann", text) == []
    talk = Talk(setting())
    for text in ("db1: up", "db2: up", "db1: down"):
        said(talk, "12:00", "ann", text)
    said(talk, "12:01", "ann", "!inc declare db1 is down")
    assert talk.engine.state.incidents[1].holder() == Person("ann")


def test_relaymsg_of_an_unconfigured_relay_is_not_obeyed():
    talk = Talk(setting())
    told = for_operators(talk, "12:00", "carol/discord", "!inc declare x", relayed_by="bridge")
    assert 'nick = "bridge", format = "relaymsg"' in told[0]
    assert not talk.engine.state.incidents


# --- what happens seldom ---------------------------------------------------------------------


def test_only_who_may_lead_is_offered_the_baton_by_their_name_there():
    writer = Relay("matrix", network="matrix", authority="entries")
    talk = Talk(surroundings(BRIDGE, writer))
    said(talk, "12:00", "ann", "!inc declare MDN is down")
    said(talk, "12:01", "matrix", "<dave> hello")
    said(talk, "12:02", "ann", "!inc handoff dave")
    assert talk.engine.state.incidents[1].offers["lead"].to == Person("dave")


def test_a_role_goes_to_somebody_behind_a_relay():
    talk = Talk(surroundings())
    said(talk, "12:00", "ann", "!inc declare MDN is down")
    said(talk, "12:01", "bridge", "<Carol Danvers> hello")
    said(talk, "12:02", "ann", "!inc role lead Carol Danvers via discord")
    offer = talk.engine.state.incidents[1].offers["lead"]
    assert offer.to == Person("Carol Danvers via discord", via="discord")
    assert "role" in said(talk, "12:03", "ann", "!inc role lead 1x via discord")[0]


def test_a_relay_that_joins_is_not_greeted():
    talk = Talk(surroundings())
    said(talk, "12:00", "ann", "!inc declare MDN is down")
    assert said(talk, "12:01", "bridge", "", kind=LineKind.JOIN) == []
    assert said(talk, "12:01", "eve", "", kind=LineKind.JOIN) != []


def test_of_a_log_nobody_is_told_and_everything_is_read_the_same():
    talk = Talk(setting())
    for stamp in ("12:00", "12:01"):
        told = for_operators(talk, stamp, "bridge", "<c> TL: one", source=Source.IMPORT)
        assert told == []
    talk = Talk(surroundings(replace(BRIDGE, account="bridge")))
    for text in ("<carol> !inc declare MDN is down", "<carol> TL: one"):
        said(talk, "12:00", "bridge", text, source=Source.IMPORT)
    incident = talk.engine.state.incidents[1]
    assert incident.holder() == Person("carol via discord", via="discord")
    assert incident.notes[0].text == "one"


def test_operators_are_told_of_a_hundred_matters_at_most():
    talk = Talk(setting())
    told = 0
    for number in range(120):
        for text in ("<carol> TL: one", "<carol> TL: two"):
            told += len(for_operators(talk, "12:00", f"bridge{number}", text))
    assert told == 100


def test_a_bridge_in_private_is_nobody():
    talk = Talk(surroundings())
    assert said(talk, "12:00", "bridge", "<carol> declare MDN is down", channel="") == []
    assert not talk.engine.state.incidents


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("angles", True), ("{nick}: {text}", True), ("{nick}", False), ("{text}{nick}", False)],
)
def test_a_format_of_ones_own_names_who_speaks_and_what(text, is_one):
    assert is_format(text) is is_one


def test_acknowledgements_of_relayed_people_are_gathered_in_the_channel():
    talk = Talk(surroundings())
    said(talk, "12:00:00", "ann", "!inc declare MDN is down")
    lines = [line("12:01:00", "bridge", f"<{who}> TL: {n}") for n, who in enumerate("cdc")]
    (receipt,) = talk.engine.hear(lines)
    assert receipt.to == "#mozmeao"
    assert receipt.text == "c via discord: #1, #3 recorded; d via discord: #2 recorded"
    assert replies(talk, "12:01:01", "bridge", "<e> TL: 4") == []
    (later,) = talk.engine.tick(at("12:01:05"))
    assert later.text == "e via discord: #4 recorded"


def test_the_later_lines_of_a_message_are_its_speakers():
    # As heisenbridge sends them.
    talk = Talk(surroundings())
    said(talk, "12:00", "ann", "!inc declare MDN is down")
    for text in ("<dave> TL: one", "  two", "three", "and so on", "TL: four", "  five"):
        said(talk, "12:01", "bridge", text)
    said(talk, "12:02", "bridge", "<dave> > <@carol:matrix.example> TL: is it over?")
    said(talk, "12:02", "bridge", "TL: it is over")
    said(talk, "12:02:02", "bridge", "TL: nobody's")
    incident = talk.engine.state.incidents[1]
    assert [note.text for note in incident.notes] == [
        "one two three and so on",
        "four five",
        "it is over",
    ]
    assert {note.by.nick for note in incident.notes} == {"dave via discord"}
    said(talk, "12:03", "bridge", "<dave> hello")
    said(talk, "12:03", "carol", "hello")
    said(talk, "12:03", "bridge", "!inc summary it is the disk")
    assert talk.engine.state.incidents[1].summary == "MDN is down"


def test_an_edited_word_is_corrected_as_heisenbridge_tells_of_it():
    talk = Talk(surroundings())
    said(talk, "12:00", "ann", "!inc declare MDN is down")
    said(talk, "12:01", "bridge", "<dave> TL: it was a deploi of the tree")
    said(talk, "12:02", "bridge", "<dave> * deploy")
    note = talk.engine.state.incidents[1].notes[0]
    assert note.text == "it was a deploy of the tree"
    said(talk, "12:03", "bridge", "<dave> * trees")
    assert talk.engine.state.incidents[1].notes[0] == note  # the last line was no entry
    for entry, word in (
        ("TL: tree trees", "* treee"),
        ("TL: the disk", "* printer"),
        ("TL: the disk", "* disk"),
    ):
        said(talk, "12:04", "bridge", f"<dave> {entry}")
        said(talk, "12:05", "bridge", f"<dave> {word}")
        assert talk.engine.state.incidents[1].notes[-1].text == entry.removeprefix("TL: ")
    said(talk, "12:06", "bridge", "<dave> TL: the disk")
    said(talk, "14:06", "bridge", "<dave> * disks")
    assert talk.engine.state.incidents[1].notes[-1].text == "the disk"
