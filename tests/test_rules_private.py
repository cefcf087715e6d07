"""What is not for everybody: questions in private, the talk of hidden channels, private incidents."""

from __future__ import annotations

import stat

import pytest
from core import LED, MDN, Talk, check, english, line, process, setting

from ircbot.incident.setting import FixedPresence, KnownChannel
from ircbot.incident.view import as_json
from ircbot.report.worker import RenderJob
from ircbot.report_writer import ReportWriter

EVERYBODY = ("ann", "bob", "metadave", "jgmize")


def where(*, hidden: bool = False, notified: str = "carol", **more: object):
    """Surroundings in which it is known who is where: only carol is in #moc and #meao-infra."""
    folk = frozenset(EVERYBODY)
    others = KnownChannel(frozenset({notified}))
    channels = {
        ("", "#mozmeao"): KnownChannel(folk, hidden=hidden),
        ("", "#moc"): others,
        ("", "#meao-infra"): others,
    }
    return setting(presence=FixedPresence(channels), **more)


def answers(talk: Talk, text: str) -> list[str]:
    return talk.tell(text)[1:]


NOTHING_KNOWN = "*ilbot:eve* eve: no incident is open. !inc declare SUMMARY opens one."


@pytest.mark.parametrize(
    "command",
    ["update all is well", "@1 update all is well", "tl it was me", "@1 resolve", "@1 actions",
     "impact none", "@1 edit 1 x", "notify ann come here", "list", "status", "status 1", "lead"],
)  # fmt: skip
def test_a_stranger_in_private_is_told_nothing_and_moves_nothing(command):
    talk = Talk(where())
    talk.tell(LED + "12:01 <ann> TL: the queue is long")
    before = len(talk.pages.written)
    told = answers(talk, f"12:05 *eve* {command}")
    assert not [one for one in told if "MDN" in one or "queue" in one or "metadave" in one], told
    assert {type(e.event).__name__ for e in talk.pages.written[before:]} <= {"StrayKept"}


def test_a_stranger_cannot_have_the_bot_declare_where_they_are_not():
    told = answers(Talk(where()), "12:00 *eve* declare BUY THIS NOW")
    assert told == ["12:00 *ilbot:eve* eve: say it in #mozmeao; you are not there."]


@pytest.mark.parametrize("nick", ["ann", "carol"])
def test_who_is_in_one_of_its_channels_is_answered(nick):
    talk = Talk(where())
    talk.tell(LED)
    told = answers(talk, f"12:05 *{nick}* status")
    assert told[0].startswith(f"12:05 *ilbot:{nick}* {nick}: Incident 1 (open): MDN is down.")
    assert answers(talk, f"12:06 *{nick}* list")[0].endswith(
        "MDN is down (12:00 UTC, 6 min, led by metadave)"
    )


def test_operators_of_the_configuration_are_answered_wherever_they_are():
    talk = Talk(where(operators=("root",)))
    talk.tell(LED)
    talk.hear(line("12:05", "r", "update all is well", channel="", account="root"))
    assert talk.incident.updates


@pytest.mark.parametrize("own", [True, False])
def test_the_talk_of_a_hidden_channel_is_shown_there_only(own):
    talk = Talk(where(hidden=True))
    talk.tell(LED + "12:01 <ann> TL: the queue is long\n12:02 <ann> !inc action drain the queue")
    channel = "#mozmeao" if own else "#moc"
    for minute, command in enumerate(("status", "actions"), 5):
        told = " ".join(answers(talk, f"12:0{minute} {channel} <carol> !inc {command}"))
        assert ("queue" in told) is own
    told = " ".join(answers(talk, f"12:07 *{'ann' if own else 'carol'}* status"))
    assert ("queue" in told) is own
    assert "MDN is down" in told  # that it goes on is announced all the same


def test_declaration_updates_and_the_end_of_a_hidden_channels_incident_are_announced():
    talk = Talk(where(hidden=True))
    told = talk.tell(
        LED + "12:01 <metadave> !inc update half of it works\n12:02 <metadave> !inc resolve"
    )
    assert any("#moc" in one and "half of it works" in one for one in told)
    assert any("#moc" in one and "is resolved" in one for one in told)


def test_where_a_hidden_channels_report_is_and_where_its_people_meet_is_told_there_only():
    talk = Talk(where(hidden=True, report_directory="r", report_url="https://r.example"))
    told = talk.tell(
        LED
        + """
        12:01 <metadave> !inc video https://meet.example/x
        12:02 #moc <carol> !inc status
        12:03 #moc <carol> !inc report
        12:04 #moc <carol> !inc @1 meeting tomorrow 15:00
        12:05 <metadave> !inc meeting tomorrow 15:00
        12:06 <metadave> !inc status
        12:07 <metadave> !inc resolve
        12:08 #moc <carol> !inc report
        12:09 <metadave> !inc report
        """
    )
    secret = ("meet.example", "r.example")
    outside = [one for one in told if "#moc" in one and "ilbot" in one]
    assert outside
    assert not [one for one in outside if any(word in one for word in secret)]
    assert sum("meet.example" in one for one in told if "<ilbot>" in one) == 2
    assert any("is resolved" in one and "#moc" not in one and secret[1] in one for one in told)
    assert any("is resolved" in one and "#moc" in one and "due" in one for one in told)
    assert secret[1] in told[-1]


def test_where_people_meet_is_announced_beyond_a_hidden_channel_by_no_process():
    for hidden in (True, False):
        talk = Talk(where(hidden=hidden, process=process(announce_video=True)))
        talk.tell(LED)
        told = answers(talk, "12:01 <metadave> !inc video https://meet.example/x")
        assert any("#moc" in one for one in told) is not hidden


@pytest.mark.parametrize("words", ["!inc lead", "!inc handoff carol", "I am the incident leader"])
def test_nobody_outside_a_hidden_channel_takes_the_lead_that_its_holder_left(words):
    for hidden in (True, False):
        talk = Talk(where(hidden=hidden, notified="carol"))
        talk.tell("--- #moc\n12:00 <metadave> !inc declare MDN is down")
        talk.tell("12:01 <metadave> !inc channel #mozmeao\n12:02 -!- metadave has quit [bye]")
        told = answers(talk, f"12:03 <carol> {words}")
        taken = talk.incident.offers or len(talk.incident.terms) > 1
        assert bool(taken) is not hidden
        assert any("#mozmeao -ilbot-" in one for one in told) is not hidden
        if hidden and words.startswith("!inc"):
            assert told == ["12:03 <ilbot> carol: say it in #mozmeao; you are not there."]


def test_who_wrote_an_entry_hears_that_it_is_to_go_wherever_the_talk_was_moved():
    talk = Talk(where())
    talk.tell("--- #mozmeao\n12:00 <carol> !inc declare MDN is down\n12:01 <bob> TL: it was eve")
    told = answers(talk, "12:02 <carol> !inc redact 1")
    assert [one for one in told if "1 be redacted" in one and "-ilbot:" in one] == []
    talk.tell("12:03 <bob> !inc restore 1\n12:04 <carol> !inc channel #moc")
    told = answers(talk, "12:05 #moc <carol> !inc redact 1")
    assert [one.split(" asked")[0] for one in told] == [
        "12:05 #moc -ilbot- carol",
        "12:05 -ilbot:bob- carol",
    ]
    assert told[1].endswith("!inc restore 1 (incident 1)")


# Everything that answers with what was said before, beside those that list it.
REPEATS = (
    "undo C", "undo C2", "impact others", "done 1", "action 1 drop", "action 1 undo", "s/nothing/x/",
    "action 1 by tomorrow", "status", "role", "report", "hypothesis", "list", "actions",
)  # fmt: skip


@pytest.mark.parametrize("command", REPEATS)
@pytest.mark.parametrize("place", ["#moc <carol> !inc @1", "*carol* @1"])
def test_nothing_said_in_a_hidden_channel_is_repeated_elsewhere(command, place):
    channels = {
        ("", "#mozmeao"): KnownChannel(frozenset(EVERYBODY), hidden=True),
        ("", "#moc"): KnownChannel(frozenset({"carol"})),
    }
    talk = Talk(setting(presence=FixedPresence(channels)))
    talk.tell(
        """
        --- #mozmeao
        12:00 <carol> !inc declare MDN is down
        12:01 <carol> TL: hushed words
        12:02 <carol> !inc impact hushed users
        12:03 <carol> !inc impact hushed buyers
        12:04 <carol> !inc action hushed work @carol
        12:05 <carol> !inc hypothesis hushed guess
        12:06 <carol> !inc action 1 by 2018-02-01
        """
    )
    told = answers(talk, f"12:10 {place} {command}")
    assert told
    assert "hushed" not in " ".join(told)
    again = answers(talk, f"12:11 {place} {command}")
    assert "hushed" not in " ".join(again)


# --- private incidents ---------------------------------------------------------------------------

PRIVATE = """
    12:00 <metadave> !inc declare MDN is down --private
    12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
"""


def test_a_private_incident_is_announced_in_its_own_channel_only():
    talk = check(
        PRIVATE
        + """
        12:01 <metadave> !inc update half of it works
        12:01 -ilbot:metadave- your update is recorded; there is no other channel to tell.
        12:02 #moc <carol> !inc status
        12:02 #moc <ilbot> carol: no incident is open.
        12:03 #moc <carol> !inc list
        12:03 #moc <ilbot> carol: no incident is known.
        12:04 #moc <carol> !inc @1 status
        12:04 #moc <ilbot> carol: there is no incident 1; !inc list shows them.
        12:05 *carol* status
        12:05 *ilbot:carol* carol: no incident is open.
        12:06 #moc <carol> !inc declare MDN is down
        12:06 #moc -ilbot- Incident 2 is open: MDN is down. IL: carol. TL: lines here go on record.
        12:06 #mozmeao #meao-infra -ilbot- Incident 2: MDN is down. IL: carol. Comms: #moc.
        12:07 #moc <carol> !inc channel #mozmeao
        12:07 #moc <ilbot> carol: #mozmeao is taken; name another channel: !inc channel #NAME
        """,
        where(),
    )
    assert as_json(talk.state.incidents[1], english())["private"] is True
    assert not talk.state.incidents[2].private


@pytest.mark.parametrize(
    "more",
    [
        {"private": True},
        {"private_channels": ("#MozMEAO",)},
        {"products": {"MDN": type(MDN)("MDN", private=True)}},
    ],
)
def test_the_configuration_makes_incidents_private(more):
    talk = Talk(where(**more))
    talk.tell("12:00 <metadave> !inc declare MDN is down")
    assert talk.incident.private


def test_its_reports_go_to_a_folder_of_their_own(tmp_path):
    talk = Talk(where())
    talk.tell(PRIVATE + "12:10 <metadave> !inc resolve")
    surroundings = setting(report_directory=str(tmp_path))
    assert surroundings.report_place(1, private=True).startswith(f"{tmp_path}/private/")
    writer = ReportWriter(surroundings, tmp_path, ["text"], rendered=RenderJob.rendered)
    writer.catch_up(talk.incident)
    writer.finish(30)
    folder = tmp_path / "private"
    assert (folder / "incident-0001.txt").is_file()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not (tmp_path / "incident-0001.txt").exists()


def test_what_nobody_has_told_is_not_known():
    nothing = FixedPresence()
    assert nothing.is_in("ann", "#mozmeao", "") is None
    assert not nothing.is_known("")
    assert not nothing.is_hidden("#mozmeao", "")


@pytest.mark.parametrize("private", ["", "--private "])
def test_who_is_in_no_channel_any_more_is_noticed_all_the_same(private):
    talk = Talk(where())
    talk.tell(f"12:00 <metadave> !inc declare {private}MDN is down")
    gone = FixedPresence({("", "#mozmeao"): KnownChannel(frozenset({"ann", "bob"}))})
    talk.engine.setting = setting(presence=gone)  # the network has seen the QUIT already
    told = answers(talk, "12:01 -!- metadave has quit [Ping timeout: 240 seconds]")
    assert talk.incident.away["metadave"].how == "quit"
    assert "metadave, who is IL, has left (ping timeout)" in told[0], told


def test_who_goes_by_another_nick_by_now_is_followed():
    talk = Talk(where())
    talk.tell("12:00 <metadave> !inc declare MDN is down")
    renamed = FixedPresence({("", "#mozmeao"): KnownChannel(frozenset({"ann", "dave"}))})
    talk.engine.setting = setting(presence=renamed)
    answers(talk, "12:01 -!- metadave is now known as dave")
    assert talk.incident.holder().nick == "dave"


def test_one_that_is_to_be_private_is_not_asked_about_where_all_may_see():
    """Until it was answered, what is said there would be on the public one's record."""
    talk = Talk()
    talk.tell(LED)
    talk.tell("12:01 #moc <bob> !inc declare the keys leaked --private")
    talk.tell("12:01 #moc <bob> TL: by a laptop")
    first, second = talk.state.open
    assert (first.private, len(first.notes)) == (False, 0)
    assert (second.private, [note.text for note in second.notes]) == (True, ["by a laptop"])
    talk.tell("12:02 #mozmeao <bob> !inc declare the keys leaked --private")
    assert len(talk.state.open) == 2
