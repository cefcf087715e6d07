"""Who tries to speak as somebody else, to get at what is not theirs, or to hear what is not."""

from __future__ import annotations

import pytest
from core import LED, Talk, at, english, line, process, setting

from ircbot.incident.events import ActionAdded, RoleTaken
from ircbot.incident.line import LineKind
from ircbot.incident.process import Role
from ircbot.incident.setting import FixedPresence, KnownChannel
from ircbot.network.isupport import Support
from ircbot.network.people import People
from ircbot.network.presence import NetworkPresence

SCRIBE = process(roles={**english().roles, "scribe": Role("scribe", "scribe", acknowledged=False)})


def where(*, hidden: bool = False, **more: object):
    """ann and bob are in #sec, eve only in #moc."""
    channels = {
        ("", "#sec"): KnownChannel(frozenset({"ann", "bob"}), hidden=hidden),
        ("", "#moc"): KnownChannel(frozenset({"eve"})),
    }
    return setting(presence=FixedPresence(channels), **more)


def led(surroundings, options: str = "") -> Talk:
    talk = Talk(surroundings)
    talk.tell(f"--- #sec\n12:00 <ann> !inc declare {options}MDN is down")
    return talk


def eve(talk: Talk, stamp: str, text: str, **more: object) -> list[str]:
    return talk.hear(line(stamp, "eve", text, **{"channel": "#moc", **more}))


# --- a role is a right --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more", [{}, {"channel": ""}, {"network": "oftc"}, {"network": "oftc", "channel": "#sec"}]
)
def test_nobody_takes_a_role_from_outside(more):
    talk = led(where_with(SCRIBE))
    for text in ("!inc @1 role scribe", "!inc @1 role scribe eve", "@1 role scribe"):
        eve(talk, "12:05", text, **more)
    assert [t.role for t in talk.incident.terms] == ["lead"]
    assert not eve(talk, "12:06", "I am the scribe", **more) or not more.get("channel", "#moc")
    assert [t.role for t in talk.incident.terms] == ["lead"]
    eve(talk, "12:07", "!inc @1 resolve", **more)
    assert talk.incident.live


def where_with(chosen):
    known = where().presence
    return setting(chosen, presence=known)


def test_who_is_there_takes_a_role():
    talk = led(where_with(SCRIBE))
    talk.hear(line("12:05", "bob", "role scribe", channel=""))
    assert talk.incident.holder("scribe").nick == "bob"
    told = eve(talk, "12:06", "!inc @1 role scribe")
    assert told == ["12:06 #moc <ilbot> eve: say it in #sec; you are not there."]


# --- who confirms whom --------------------------------------------------------------------------


def test_an_operator_of_a_channel_that_a_leader_chose_vouches_for_nobody():
    talk = Talk(accounts={"ann": "ann", "bob": "bob"})
    talk.tell(LED.replace("metadave", "ann") + "12:01 <ann> TL: the key is 1234")
    talk.tell("12:02 <ann> !inc handoff bob\n12:02 <bob> !inc accept")
    talk.tell("12:03 <bob> !inc channel #bobs")
    talk.hear(line("12:04", "bobby", "!inc @1 confirm bobby ann", channel="#bobs", operator=True))
    talk.hear(line("12:05", "bobby", "!inc @1 redact 1", channel="#bobs", operator=True))
    assert not talk.incident.confirmed
    assert talk.incident.note(1).text == "the key is 1234"
    talk.hear(line("12:06", "op", "!inc @1 confirm bobby ann", channel="#mozmeao", operator=True))
    assert talk.incident.confirmed


# --- what is not told elsewhere -----------------------------------------------------------------


@pytest.mark.parametrize("text", ["action 1", "action #1", "@1 action 1", "actions"])
@pytest.mark.parametrize("channel", ["#moc", ""])
def test_a_follow_up_of_a_hidden_channel_is_not_read_out_elsewhere(text, channel):
    talk = led(where(hidden=True))
    talk.tell("12:01 <ann> !inc action revoke the key of carol")
    told = eve(talk, "12:05", f"!inc {text}" if channel else text, channel=channel)
    assert told
    assert "carol" not in " ".join(told)


@pytest.mark.parametrize("options", ["", "--private "])
def test_an_overdue_follow_up_is_not_told_to_its_owner_in_another_channel(options):
    talk = led(where(hidden=True), options)
    talk.tell("12:01 <ann> !inc action revoke the key of carol @eve by 2018-01-11")
    talk.tell("--- 2018-01-15")
    told = talk.hear(
        line("12:00", "eve", channel="#moc", kind=LineKind.JOIN)._replace(
            at=at("12:00").replace(day=15)
        )
    )
    assert any(isinstance(e.event, ActionAdded) for e in talk.pages.written)
    own = [one for one in told if ":eve-" in one]
    assert bool(own) != bool(options), told
    assert "carol" not in " ".join(own)
    assert ("MDN" in " ".join(own)) != bool(options)


def test_the_channel_of_a_private_incident_is_taken_and_no_more_is_said():
    talk = led(where(), "--private ")
    told = eve(talk, "12:20", "!inc declare the CDN is slow")
    told = eve(talk, "12:21", "!inc channel #sec")
    assert told == [
        "12:21 #moc <ilbot> eve: #sec is taken; name another channel: !inc channel #NAME"
    ]


# --- before the names are told ------------------------------------------------------------------


def test_while_the_bot_is_in_no_channel_a_private_question_tells_nothing():
    class Connection:
        """A link that has just been made."""

        people = People(Support())

    presence = NetworkPresence({"": Connection()})  # type: ignore[dict-item]
    assert presence.is_known("")
    assert not presence.is_known("oftc")
    talk = Talk(setting())
    talk.tell(LED)
    talk.engine.setting = setting(presence=presence)
    for text in ("status", "@1 actions", "@1 update lies", "list"):
        told = talk.hear(line("12:05", "eve", text, channel=""))
        assert "MDN" not in " ".join(told)
    assert not talk.incident.updates
    assert not any(isinstance(e.event, RoleTaken) for e in talk.pages.written[2:])


# --- lines that wait for an incident ------------------------------------------------------------


def waiting(hidden: bool = True) -> Talk:
    talk = Talk(where(hidden=hidden, network_channels={"oftc": ("#moc",)}))
    talk.hear(line("11:50", "ann", "TL: the key of carol", channel="#sec"))
    talk.hear(line("11:51", "bob", "TL: all of oftc", channel="#moc", network="oftc"))
    talk.hear(line("11:52", "bob", "TL: for all to read", channel="#moc"))
    talk.hear(line("11:53", "bob", "tl between us", channel=""))
    assert len(talk.state.strays) == 4
    return talk


def test_what_waits_is_taken_only_where_it_may_be_read():
    talk = waiting()
    eve(talk, "12:00", "!inc declare mine")
    eve(talk, "12:01", "!inc tl adopt")
    assert [note.text for note in talk.incident.notes] == ["for all to read"]
    assert [s.text for s in talk.state.strays] == [
        "the key of carol", "all of oftc", "between us"
    ]  # fmt: skip
    assert [s.at for s in talk.state.strays] == [at("11:50"), at("11:51"), at("11:53")]
    assert [s.by.nick for s in talk.state.strays] == ["ann", "bob", "bob"]
    assert "no TL: lines are waiting" in eve(talk, "12:02", "!inc tl adopt")[0]


def test_what_waits_is_taken_in_its_own_channel_and_by_who_said_it():
    talk = waiting()
    talk.hear(line("12:00", "bob", "!inc declare --since 11:45 MDN is down", channel="#sec"))
    assert sorted(note.text for note in talk.incident.notes) == [
        "between us", "for all to read", "the key of carol"
    ]  # fmt: skip


def test_nobody_discards_what_was_said_on_another_network():
    talk = waiting()
    eve(talk, "12:01", "!inc tl discard", network="oftc")
    assert "all of oftc" not in [stray.text for stray in talk.state.strays]
    assert len(talk.state.strays) == 3
