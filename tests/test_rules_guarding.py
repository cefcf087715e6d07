"""Security matters, and what people ask to have forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core import LED, MDN, Talk, check, line, process, replies_to, setting

from ircbot.incident.line import Source
from ircbot.incident.process import Role
from ircbot.incident.setting import Security

WORDS = ("vulnerability", "exploit")


@pytest.fixture
def guarded():
    rules = process(security_off_irc=True, security_words=WORDS, secure_way="the security team")
    return setting(rules)


# --- noticed ------------------------------------------------------------------------------------


def test_a_declaration_that_looks_like_one_is_not_repeated_and_its_speaker_is_told(guarded):
    talk = check(
        """
        --- #mozmeao
        12:00 <metadave> !inc declare an XSS exploit in MDN
        12:00 -ilbot:metadave- this looks like a security matter, which is not discussed on IRC. Go to the security team. !inc security stops recording here; !inc security purge also removes what is captured.
        12:00 -ilbot- Incident 1 is open: not for IRC. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: not for IRC. IL: metadave. Comms: #mozmeao.
        12:01 <metadave> !inc status
        12:01 <ilbot> metadave: Incident 1 (open): not for IRC. IL: metadave since 12:00 UTC. Comms: #mozmeao.
        12:01 <ilbot> metadave: Declared 12:00 UTC, 1 minute ago. No update yet. Next due 12:30 UTC.
        12:02 <metadave> !inc list
        12:02 <ilbot> metadave: 1 open: not for IRC (12:00 UTC, 2 min, led by metadave)
        12:03 <metadave> !inc channel #mdndev
        12:03 #meao-infra #moc -ilbot- Incident 1 (not for IRC): updates are in #mdndev.
        12:03 #mdndev -ilbot- Incident 1 (not for IRC) is worked on here; TL: lines go on record.
        12:25 #mdndev -ilbot- metadave: an update is due in 5 minutes (not for IRC; last 12:00 UTC).
        12:25
        12:26 #mdndev <metadave> !inc summary MDN has a problem
        12:26 #mozmeao #meao-infra #moc -ilbot- Incident 1: MDN has a problem.
        12:26 #mdndev <ilbot> metadave: summary: MDN has a problem. Before: not for IRC. !inc undo C1 takes it back.
        """,
        replace(guarded, products={"MDN": MDN}),
    )
    assert talk.incident.summary == "MDN has a problem"


def test_a_summary_that_still_looks_like_one_is_held_back_still(guarded):
    check(
        """
        --- #mozmeao
        12:00 <metadave> !inc declare an exploit in MDN
        12:00 -ilbot:metadave- this looks like a security matter, which is not discussed on IRC. Go to the security team. !inc security stops recording here; !inc security purge also removes what is captured.
        12:00 -ilbot- Incident 1 is open: not for IRC. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: not for IRC. IL: metadave. Comms: #mozmeao.
        12:01 <metadave> !inc summary a vulnerability in MDN
        12:01 <ilbot> metadave: kept, and not said aloud.
        """,
        guarded,
    )


def test_a_summary_said_afterwards_is_held_back_too(guarded):
    check(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident and am incident leader
        12:00 -ilbot- Incident 1 is open: no summary yet. IL: metadave. TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: no summary yet. IL: metadave. Comms: #mozmeao.
        12:01 <metadave> the exploit is down on MDN
        12:01 -ilbot:metadave- this looks like a security matter, which is not discussed on IRC. Go to the security team. !inc security stops recording here; !inc security purge also removes what is captured.
        """,
        guarded,
    )


def test_an_entry_that_looks_like_one_is_met_with_a_private_word_once(guarded):
    check(
        LED
        + """
        12:01 <jgmize> TL: found the EXPLOIT in the logs
        12:01 -ilbot:jgmize- this looks like a security matter, which is not discussed on IRC. Go to the security team. !inc security stops recording here; !inc security purge also removes what is captured.
        12:01 -ilbot:jgmize- #1 recorded
        12:02 <jgmize> TL: another exploit
        12:02 -ilbot:jgmize- #2 recorded
        12:03 <pmac> TL: exploited twice
        12:03 -ilbot:pmac- #3 recorded
        """,
        guarded,
    )


def test_an_update_or_a_call_that_looks_like_one_is_not_sent(guarded):
    talk = check(
        LED
        + r"""
        12:01 <metadave> !inc update it is an exploit
        12:01 -ilbot:metadave- not sent: this looks like a security matter, which is not discussed on IRC. Go to the security team. If it is not: !inc update \TEXT
        12:02 <metadave> !inc notify jgmize it is an exploit
        12:02 -ilbot:metadave- not sent: this looks like a security matter, which is not discussed on IRC. Go to the security team. If it is not: !inc notify jgmize \TEXT
        12:03 <metadave> !inc update \the exploit scanner is down
        12:03 #meao-infra #moc -ilbot- Incident 1: the exploit scanner is down (metadave)
        12:03 -ilbot:metadave- your update reached 2 of 2 channels.
        """,
        guarded,
    )
    assert [update.text for update in talk.incident.updates] == ["the exploit scanner is down"]
    assert talk.incident.calls == []


def test_other_processes_may_have_it_off():
    assert replies_to(LED + "12:01 <jgmize> TL: an exploit") == ["12:01 -ilbot:jgmize- #1 recorded"]


def test_the_configuration_adds_words_and_names_the_way(guarded):
    own = replace(guarded, security=Security("+call the CISO", ("leak",)))
    assert replies_to(LED + "12:01 <jgmize> TL: a leak", own) == [
        "12:01 -ilbot:jgmize- this looks like a security matter, which is not discussed on IRC. "
        "Go to +call the CISO. !inc security stops recording here; !inc security purge also removes "
        "what is captured.",
        "12:01 -ilbot:jgmize- #1 recorded",
    ]
    nowhere = setting(process(security_off_irc=True, security_words=WORDS))
    assert replies_to(LED + "12:01 <jgmize> TL: exploit", nowhere)[0] == (
        "12:01 -ilbot:jgmize- this looks like a security matter, which is not discussed on IRC. "
        "!inc security stops recording here; !inc security purge also removes what is captured."
    )


# --- recording stops ----------------------------------------------------------------------------


def test_recording_stops_and_nothing_said_afterwards_is_kept(guarded):
    talk = check(
        LED
        + """
        12:01 <jgmize> TL: before
        12:01 -ilbot:jgmize- #1 recorded
        12:02 <metadave> !inc security
        12:02 -ilbot- Recording has stopped here. Go to the security team.
        12:03 <jgmize> TL: after
        12:03 <ilbot> jgmize: incident 1 is a security matter: nothing is recorded here.
        12:04 <jgmize> !inc tl after
        12:04 <ilbot> jgmize: incident 1 is a security matter: nothing is recorded here.
        12:05 <jgmize> !inc tl last
        12:05 <ilbot> jgmize: incident 1 is a security matter: nothing is recorded here.
        12:06 <jgmize> #info after
        12:06 <ilbot> jgmize: incident 1 is a security matter: nothing is recorded here.
        12:07 <metadave> !inc update after
        12:07 <ilbot> metadave: incident 1 is a security matter: nothing is recorded here.
        12:08 <jgmize> !inc later after
        12:08 <ilbot> jgmize: incident 1 is a security matter: nothing is recorded here.
        12:09 <metadave> !inc edit 1 after
        12:09 <ilbot> metadave: incident 1 is a security matter: nothing is recorded here.
        12:10 <jgmize> s/before/after/
        12:10 <ilbot> jgmize: incident 1 is a security matter: nothing is recorded here.
        12:11 <jgmize> ping pmac after
        12:12 <metadave> please meet in after
        12:13 <jgmize> !inc action after
        12:13 <ilbot> jgmize: incident 1 is a security matter: nothing is recorded here.
        12:14 <jgmize> !inc why after
        12:14 <ilbot> jgmize: incident 1 is a security matter: nothing is recorded here.
        12:15 <jgmize> !inc status
        12:15 <ilbot> jgmize: Incident 1 (open): not for IRC. IL: metadave since 12:00 UTC. Comms: #mozmeao.
        12:15 <ilbot> jgmize: Declared 12:00 UTC, 15 minutes ago. Last entry 12:01 UTC.
        12:16 <metadave> !inc security
        12:16 <ilbot> metadave: nothing is recorded here. !inc security purge removes what was, !inc security off resumes recording.
        12:17 <metadave> !inc drop 1
        12:17 <ilbot> metadave: #1 is out of the timeline (!inc restore 1 brings it back).
        12:18 <metadave> !inc resolve after
        12:18 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 18 minutes. The incident report is due 2018-01-12 12:18 UTC from metadave.
        12:19 <metadave> !inc reopen after
        12:19 #mozmeao #meao-infra #moc -ilbot- Incident 1 is open again. IL: metadave.
        """,
        guarded,
    )
    assert "after" not in repr(talk.incident)
    assert "after" not in repr(talk.engine.memory.said("#mozmeao"))


def test_recording_may_go_on_if_it_was_none(guarded):
    check(
        LED
        + """
        12:01 <metadave> !inc security
        12:01 -ilbot- Recording has stopped here. Go to the security team.
        12:02 <passerby> !inc security off
        12:02 <ilbot> passerby: only metadave (IL) or a channel operator may have the recording go on.
        12:03 <metadave> !inc security off
        12:03 -ilbot- Recording resumes here; TL: lines go on record again.
        12:04 <metadave> !inc security off
        12:04 <ilbot> metadave: recording goes on here: it was not stopped.
        12:05 <metadave> TL: a false alarm
        12:05 -ilbot- metadave: was incident 1 (MDN is down) a false alarm? !inc yes withdraws it.
        12:05 -ilbot:metadave- #1 recorded
        """,
        guarded,
    )


def test_nobody_is_reminded_of_updates_in_a_security_matter(guarded):
    talk = Talk(guarded)
    talk.tell(LED + "12:01 <metadave> !inc security")
    assert talk.tell("15:00")[:-1] == [
        "14:00 -ilbot:metadave- you have led for 2 h 00 min. A break is all right: "
        '"NICK has agreed to take over IL", or !inc handoff NICK.'
    ]


def test_a_purge_removes_what_there_is(guarded):
    talk = check(
        LED
        + """
        12:01 <jgmize> TL: secret plans
        12:01 -ilbot:jgmize- #1 recorded
        12:02 <jgmize> !inc security purge
        12:02 -ilbot:jgmize- this looks like a security matter, which is not discussed on IRC. Go to the security team. !inc security stops recording here; !inc security purge also removes what is captured.
        12:02 -ilbot- metadave: jgmize says that incident 1 is a security matter. Is it? !inc security stops the recording here.
        12:03 <metadave> !inc security purge now
        12:03 -ilbot- Recording has stopped here. Go to the security team.
        12:03 <ilbot> metadave: only who wrote it or a channel operator may purge it.
        12:04 <@pmac> !inc security purge
        12:04 <ilbot> pmac: what was captured of incident 1 is gone, on the disk too.
        """,
        guarded,
    )
    assert talk.incident.purged
    assert "secret" not in repr(talk.incident)
    assert talk.incident.holder().nick == "metadave"


def test_who_may_not_stop_the_recording_has_its_leader_asked_once():
    check(
        LED
        + """
        12:01 <jgmize> !inc security purge
        12:01 -ilbot:jgmize- this looks like a security matter, which is not discussed on IRC. !inc security stops recording here; !inc security purge also removes what is captured.
        12:01 -ilbot- metadave: jgmize says that incident 1 is a security matter. Is it? !inc security stops the recording here.
        12:02 <pmac> !inc security
        12:02 -ilbot:pmac- this looks like a security matter, which is not discussed on IRC. !inc security stops recording here; !inc security purge also removes what is captured.
        12:07 <pmac> !inc security
        12:07 -ilbot:pmac- this looks like a security matter, which is not discussed on IRC. !inc security stops recording here; !inc security purge also removes what is captured.
        12:07 -ilbot- metadave: pmac says that incident 1 is a security matter. Is it? !inc security stops the recording here.
        """
    )


def test_while_nobody_leads_anybody_stops_the_recording_unless_the_configuration_says_otherwise():
    unled = "12:00 <metadave> I am declaring an incident: MDN is down\n12:01 <jgmize> !inc security"
    assert Talk().tell(unled)[-1] == "12:01 -ilbot- Recording has stopped here."
    strict = Talk(setting(access={"security": ()})).tell(unled)
    assert strict[-1].startswith("12:01 -ilbot:jgmize- this looks like a security matter")


@pytest.mark.parametrize("order", ["!inc security purge", "!inc forget metadave"])
def test_what_is_played_back_removes_nothing(order, guarded):
    talk = Talk(guarded)
    talk.tell(LED + "12:01 <metadave> TL: kept")
    talk.hear(line("12:02", "metadave", order, source=Source.RECOVERED))
    assert talk.incident.note(1).text == "kept"
    assert not talk.incident.purged


# --- forgotten ----------------------------------------------------------------------------------


def test_who_asks_is_forgotten_in_every_incident():
    talk = check(
        LED
        + """
        12:01 <jgmize> TL: my words
        12:01 -ilbot:jgmize- #1 recorded
        12:02 <jgmize> more of my words
        12:03 <pmac> !inc forget jgmize
        12:03 <ilbot> pmac: only jgmize or a channel operator may have that forgotten.
        12:04 <jgmize> !inc forget jgmize
        12:04 <ilbot> jgmize: what jgmize wrote is gone, on the disk too. Titles, impact and actions stay, without the name.
        12:05 <jgmize> !inc forget jgmize
        12:05 <ilbot> jgmize: what jgmize wrote is gone, on the disk too. Titles, impact and actions stay, without the name.
        12:06 <metadave> !inc tl last 9 jgmize
        12:06 <ilbot> metadave: I remember no such line by jgmize in #mozmeao. !inc tl 14:55 TEXT records it by hand.
        12:07 <jgmize> !inc forget
        12:07 <ilbot> jgmize: !inc forget NICK|me [ACCOUNT|none]
        """
    )
    assert "jgmize" not in repr(talk.incident)
    assert [note.redacted for note in talk.incident.notes] == [True]


def test_only_the_owner_of_the_account_can_ask():
    check(
        LED
        + """
        12:01 <jgmize> TL: my words
        12:01 -ilbot:jgmize- #1 recorded
        12:02 -!- jgmize is now known as jg
        12:03 -!- thief is now known as jgmize
        12:04 <jgmize> !inc forget jgmize
        12:04 <ilbot> jgmize: only jgmize or a channel operator may have that forgotten.
        12:05 <jg> !inc forget jgmize
        12:05 <ilbot> jg: what jgmize wrote is gone, on the disk too. Titles, impact and actions stay, without the name.
        """,
        accounts={"jgmize": "jg", "thief": ""},
    )


@pytest.mark.parametrize(
    "did",
    ["!inc update x", "ping pmac x", "!inc later x", "!inc role scribe", "!inc why x"],
)
def test_anything_that_is_kept_of_somebody_is_found(did):
    scribe = process(roles={**process().roles, "scribe": Role("scribe", "scribe")})
    talk = Talk(setting(scribe))
    talk.tell(LED + f"12:01 <jgmize> {did}")
    talk.tell("12:02 <jgmize> !inc forget jgmize")
    assert "jgmize" not in repr(talk.incident)


def test_who_declared_is_forgotten_too():
    talk = Talk()
    talk.tell(
        "12:00 <jgmize> I am declaring an incident: MDN is down\n12:02 <jgmize> !inc forget jgmize"
    )
    assert "jgmize" not in repr(talk.incident)


@pytest.mark.parametrize("source", [Source.RECOVERED, Source.IMPORT])
def test_a_redaction_that_is_played_back_hides_and_erases_nothing(source):
    talk = Talk(source=source)
    talk.tell(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident and am incident leader. MDN is down
        12:01 <jgmize> TL: the password is on the wall
        12:02 <@metadave> !inc redact 1
        12:03 <@metadave> !inc redact 1
        12:04 <passerby> TL: another
        12:05 <rookie> !inc redact 2
        """
    )
    one, two = talk.incident.notes
    assert (one.struck, one.redacted, one.text) == (True, False, "the password is on the wall")
    assert not two.struck
    assert not talk.incident.redactions


# --- talked of ------------------------------------------------------------------------------------


def test_talk_of_one_in_an_incident_s_channel_is_remarked_on_privately_once(guarded):
    check(
        LED
        + """
        12:01 <bob> this is an exploit, look at the logs
        12:01 -ilbot:bob- this looks like a security matter, which is not discussed on IRC. Go to the security team. !inc security stops recording here; !inc security purge also removes what is captured.
        12:02 <bob> the exploit is in the login form
        12:03 <ann> coffee?
        12:04 <metadave> !inc security
        12:04 -ilbot- Recording has stopped here. Go to the security team.
        12:05 <ann> an exploit, really?
        """,
        guarded,
    )
    assert Talk(guarded).tell("12:01 <bob> this is an exploit") == [
        "12:01 <bob> this is an exploit"
    ]


def test_a_channel_of_their_own_is_pointed_to(guarded):
    rules = replace(
        guarded.process, security_off_irc=False, secure_way="", security_channel="#mozsec"
    )
    there = replace(guarded, process=rules, channels=("#mozmeao", "#mozsec"))
    talk = Talk(there)
    talk.tell(LED.replace("#meao-infra #moc", "#mozsec"))
    assert talk.tell("12:01 <bob> this is an exploit")[1:] == [
        "12:01 -ilbot:bob- this looks like a security matter, which is talked about in #mozsec alone."
        " !inc security stops recording here; !inc security purge also removes what is captured."
    ]
    held = talk.tell("12:02 <metadave> !inc update an exploit of MDN")[1]
    assert (
        "not sent: this looks like a security matter, which is talked about in #mozsec alone"
        in held
    )
    own = Talk(there)
    own.tell("12:00 #mozsec <metadave> !inc declare an odd login")
    assert own.tell("12:01 #mozsec <bob> this is an exploit")[1:] == []
