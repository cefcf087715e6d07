"""Leading is easy to get, so leading destroys nothing; and nobody is led away from their incident."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core import LED, Talk, check, line, process, replies_to, setting

from ircbot.incident.process import Role
from ircbot.incident.setting import FixedPresence, KnownChannel

NOTED = (
    LED
    + """
    12:01 <jgmize> TL: customer Jane Doe cannot log in
    12:01 -ilbot:jgmize- #1 recorded
"""
)
HIDDEN = (
    NOTED
    + """
    12:03 <metadave> !inc redact 1
    12:03 -ilbot- metadave asked that #1 be redacted: it is hidden, and its words are gone for good at 13:03 UTC. jgmize or a channel operator can bring it back: !inc restore 1
"""
)


def kinds(talk):
    return [type(entry.event).__name__ for entry in talk.pages.written]


def test_a_leaders_redaction_hides_at_once_and_erases_after_an_hour():
    talk = Talk()
    talk.tell(HIDDEN)
    assert talk.incident.notes[0].struck
    assert talk.incident.notes[0].text
    assert talk.until("13:02:59")[-1:] != ["13:03 -ilbot- #1 is redacted, on the disk too."]
    assert talk.incident.notes[0].text
    assert "13:03 -ilbot- #1 is redacted, on the disk too." in talk.until("13:04")
    assert talk.incident.notes[0].redacted
    assert not talk.incident.redactions


@pytest.mark.parametrize("who", ["jgmize", "@pmac"])
def test_its_author_or_an_operator_brings_it_back(who):
    nick = who.strip("@")
    talk = check(
        HIDDEN
        + f"""
        12:04 <metadave> !inc restore 1
        12:04 <ilbot> metadave: only jgmize or a channel operator may redact entries.
        12:05 <metadave> !inc redact 1
        12:05 <ilbot> metadave: #1 is hidden; its words are gone for good at 13:03 UTC.
        12:06 <{who}> !inc restore 1
        12:06 <ilbot> {nick}: #1 is back.
        """
    )
    talk.until("14:00")
    assert talk.incident.notes[0].text == "customer Jane Doe cannot log in"
    assert not talk.incident.notes[0].struck


def test_the_hour_goes_on_when_the_incident_is_over_and_after_a_restart():
    talk = Talk(restarts=True)
    talk.tell(HIDDEN + "12:10 <metadave> !inc withdraw it was me")
    talk.until("13:04")
    assert talk.incident.notes[0].redacted


def test_of_many_incidents_that_are_over_one_with_words_to_erase_is_kept_in_mind():
    talk = Talk()
    talk.tell(HIDDEN + "12:10 <metadave> !inc withdraw it was me")
    for minute in range(11, 20):
        talk.hear(line(f"12:{minute}", "metadave", "!inc declare another"))
        talk.hear(line(f"12:{minute}:30", "metadave", "!inc withdraw again"))
    talk.until("13:05")
    assert "Redacted" in kinds(talk)


def test_what_somebody_wrote_themselves_is_redacted_at_once():
    assert replies_to(NOTED + "12:02 <jgmize> !inc redact 1") == [
        "12:02 <ilbot> jgmize: #1 is redacted, on the disk too."
    ]


def test_whoever_takes_a_default_holders_baton_cannot_redact():
    lead = Role("lead", "incident commander", default=("on_call:lead",))
    stood_in = setting(process(roles={"lead": lead}), duty={"lead": "ann"})
    talk = Talk(stood_in)
    talk.tell("12:00 <eve> I am declaring an incident: MDN is down\n12:01 <ann> TL: one")
    talk.tell("12:02 <eve> !inc lead")
    assert talk.incident.holder().nick == "eve"
    talk.tell("12:03 <eve> !inc redact 1")
    assert talk.incident.notes[0].text == "one"
    assert "Redacted" not in kinds(talk)


# --- withdrawing -------------------------------------------------------------------------------

DECLARED = """
    --- #mozmeao
    12:00 <ann> I am declaring an incident: MDN is down
    12:00 -ilbot- Incident 1 is open: MDN is down. Who leads? Say "I am the incident leader". TL: lines here go on record.
    12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. Comms: #mozmeao.
    12:01 <bob> I am the incident leader
    12:01 -ilbot- bob is now IL.
    12:02 <bob> !inc withdraw it is only me
    12:02 -ilbot- ann: bob says that incident 1 (MDN is down) is a false alarm. Is it? !inc yes, or !inc no
"""


@pytest.mark.parametrize("said", ["yes", "!inc yes", "ilbot: yes", "confirmed"])
def test_a_leaders_withdrawal_asks_whoever_declared(said):
    talk = check(
        DECLARED
        + f"""
        12:03 <bob> !inc yes
        12:03 <ilbot> bob: I asked you nothing.
        12:03 <bob> !inc withdraw it is only me
        12:03 <ilbot> bob: ann was asked.
        12:04 <ann> {said}
        12:04 #mozmeao #meao-infra #moc -ilbot- Incident 1 is withdrawn: it is only me
        """
    )
    assert talk.incident.status == "withdrawn"


@pytest.mark.parametrize("said", ["no", "!inc no", "nope"])
def test_whoever_declared_may_say_that_it_is_no_false_alarm(said):
    talk = check(
        DECLARED
        + f"""
        12:04 <ann> {said}
        12:04 -ilbot- ann says that incident 1 is no false alarm.
        12:05 <ann> !inc yes
        12:05 <ilbot> ann: I asked you nothing.
        """
    )
    assert talk.incident.live


def test_an_offer_is_answered_in_a_word_as_ever():
    talk = check(
        LED
        + """
        12:01 <metadave> !inc handoff jgmize
        12:01 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        12:02 <jgmize> !inc no
        12:02 -ilbot- jgmize declines; metadave stays IL.
        12:03 <metadave> !inc handoff jgmize
        12:03 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        12:04 <jgmize> what is that
        12:05 <jgmize> !inc yes
        12:05 -ilbot- jgmize is now IL (metadave was, for 5 minutes).
        12:05 #meao-infra #moc -ilbot- Incident 1: jgmize is now IL (metadave was, for 5 minutes).
        """
    )
    assert talk.incident.holder().nick == "jgmize"


def test_a_question_nobody_answered_is_forgotten_after_an_hour():
    talk = Talk()
    talk.tell(DECLARED)
    assert talk.tell("13:30 <ann> !inc yes")[-1] == "13:30 <ilbot> ann: I asked you nothing."


def test_whoever_declared_and_is_not_there_need_not_be_asked():
    here = KnownChannel(frozenset({"bob"}))
    away = replace(setting(), presence=FixedPresence({("", "#mozmeao"): here}))
    talk = Talk(away)
    talk.tell(DECLARED)
    assert talk.incident.status == "withdrawn"


# --- where the talk is -----------------------------------------------------------------------------

UNLED = """
    12:00 <ann> I am declaring an incident: MDN is down
    12:00 -ilbot- Incident 1 is open: MDN is down. Who leads? Say "I am the incident leader". TL: lines here go on record.
    12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. Comms: #mozmeao.
"""


def test_before_anybody_leads_only_who_declared_names_the_channel():
    talk = check(
        UNLED
        + """
        12:01 <eve> !inc channel #evil
        12:01 <ilbot> eve: only the incident leader (nobody is yet: !inc lead), whoever has a role in it, ann or a channel operator may move it.
        12:02 <ann> updates will be posted in the #mdndev channel
        12:02 #meao-infra #moc -ilbot- Incident 1 (MDN is down): updates are in #mdndev.
        12:02 #mdndev -ilbot- Incident 1 (MDN is down) is worked on here; TL: lines go on record.
        """
    )
    assert talk.incident.comms == "#mdndev"


def test_a_bot_that_was_moved_follows_the_leaders_word_back():
    talk = Talk()
    talk.tell(UNLED + "12:01 <ann> updates will be posted in the #hideout channel")
    talk.tell("12:02 <bob> I am the incident leader")
    talk.tell(
        "12:03 #moc <carol> !inc declare NTP is down\n12:03 #moc <carol> !inc declare NTP is down"
    )
    assert len(talk.state.open) == 2
    talk.tell("12:04 <bob> updates will be posted in the #mozmeao channel")
    assert talk.state.incidents[1].comms == "#mozmeao"


@pytest.mark.parametrize(
    "thrown",
    [
        "12:03 -!- bob was kicked from #hideout by ann [bye]",
        '12:03 -!- bob [b@x] has left #hideout ["Requested by ann (bye)"]',
    ],
)
def test_being_thrown_out_of_somebody_elses_channel_is_not_leaving(thrown):
    talk = Talk()
    talk.tell(UNLED + "12:01 <ann> updates will be posted in the #hideout channel")
    talk.tell("12:02 #hideout <bob> I am the incident leader")
    talk.tell(thrown)
    assert talk.incident.holder().nick == "bob"
    assert not talk.incident.away
    talk.tell("12:04 #hideout <ann> I am the incident leader")
    assert talk.incident.holder().nick == "bob"


def test_leaving_by_oneself_is_leaving():
    talk = Talk()
    talk.tell(UNLED + "12:01 <ann> updates will be posted in the #hideout channel")
    talk.tell("12:02 #hideout <bob> I am the incident leader")
    talk.tell('12:03 -!- bob [b@x] has left #hideout ["bye"]')
    assert talk.incident.away


# --- bounds of one person ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "$$*",
        "*!*@*",
        "#a,#b",
        "@#a",
        "$*.example",
        "a!b@c",
        "NickServ",
        "ChanServ:",
        "a,b@services.",
    ],
)
@pytest.mark.parametrize("command", ["notify {} NTP is down", "role lead {}", "handoff {}"])
def test_only_nicks_are_called_and_given_roles(target, command):
    talk = Talk()
    talk.tell(LED)
    before = len(talk.pages.written)
    talk.engine.hear([line("12:01", "metadave", "!inc " + command.format(target))])
    written = [type(entry.event).__name__ for entry in talk.pages.written[before:]]
    assert "Notified" not in written or "serv" not in target.lower()
    for entry in talk.pages.written[before:]:
        assert target not in repr(entry.event) or command.startswith(("role", "handoff"))
        assert not any(sign in repr(entry.event) for sign in "$*!,@") or "serv" in target.lower()


def test_one_person_has_so_many_incidents_open():
    talk = Talk(setting(most_open=2))
    for minute, channel in enumerate(("#a", "#a", "#b", "#b", "#c", "#c"), 1):
        told = talk.tell(f"12:{minute:02} {channel} <eve> !inc declare it is down")
    assert told[-1] == (
        "12:06 #c <ilbot> eve: you have 2 incidents open, the most that one person may: 1, 2."
    )
    assert len(talk.state.open) == 2
    talk.tell("12:30 #c <ann> !inc declare it is down")
    assert len(talk.state.open) == 3
    unbounded = Talk(setting(most_open=0))
    for number in range(12):
        unbounded.tell(f"12:{number * 2:02} #c{number} <eve> !inc declare it is down")
        unbounded.tell(f"12:{number * 2 + 1:02} #c{number} <eve> !inc declare it is down")
    assert len(unbounded.state.open) == 12
