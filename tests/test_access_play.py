"""Random play: nobody without a part in a led incident can do it harm, whatever they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from core import NOON, Pages, setting
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from ircbot.engine import IncidentEngine
from ircbot.incident import events as e
from ircbot.incident.line import Line, LineKind
from ircbot.incident.people import fold
from ircbot.incident.setting import FixedPresence, KnownChannel, Target
from ircbot.incident.state import State
from ircbot.processes import load_process

# ann leads; eve and mallory are the strangers, on two
# networks, with and without accounts, and under nicks that look like the leader's.
CHANNELS = {"": ("#mozmeao", "#moc"), "oftc": ("#there",)}
STRANGERS = (
    ("", "eve", ""), ("", "mallory", "mal"), ("", "ann_", ""), ("oftc", "ann", ""),
    ("oftc", "ann", "ann"), ("oftc", "eve", "eve"), ("", "ANN-", None),
)  # fmt: skip
SAID = (
    "!inc {n}resolve", "!inc {n}withdraw mine", "!inc {n}close anyway", "!inc {n}drop 1",
    "!inc {n}redact 1", "!inc {n}edit 1 nonsense", "!inc {n}restore 1", "!inc {n}security",
    "!inc {n}security purge", "!inc {n}security off", "!inc forget ann", "!inc {n}summary lies",
    "!inc {n}impact none", "!inc {n}severity 3", "!inc {n}phase resolved",
    "!inc {n}milestone started 11:00", "!inc {n}undo C1", "!inc {n}channel #evil",
    "!inc {n}video https://evil.example", "!inc {n}update all is well", "!inc {n}next 12h",
    "!inc {n}notify bob come to evil.example", "!inc {n}lead", "!inc {n}accept",
    "!inc {n}handoff eve", "!inc {n}yes", "!inc {n}reopen x", "!inc {n}done 1", "!inc leave",
    "!inc {n}role lead eve", "!inc {n}meeting 15:00", "!inc {n}report done https://evil.example", "!inc {n}publish",
    "I am the incident leader", "the MDN outage has been resolved", "yes", "confirmed",
    "updates will be posted in the #evil channel", "eve has agreed to take over IL",
    "this is a sev 3", "please meet in my Vidyo room", "I'll post an update here in 90 minutes",
    "TL: an entry", "s/queue/quiz/", "!inc {n}undo", "!inc {n}status", "!inc list",
    "!inc {n}actions", "!inc {n}props ann for it", "!inc tl last 3 ann", "!inc declare NTP is down",
)  # fmt: skip
HARM = (
    e.Resolved, e.Withdrawn, e.WithdrawalAsked, e.Closed, e.Redacted, e.RedactionAsked, e.Purged,
    e.Forgotten, e.Secured, e.Edited, e.Struck, e.Summarised, e.ImpactSet, e.SeveritySet,
    e.StatusSet, e.CommsSet, e.VideoSet, e.MilestoneSet, e.ChangeUndone, e.Updated, e.Promised,
    e.Reopened, e.RoleTaken, e.RoleOffered, e.RoleLeft, e.ChannelLeft, e.MeetingSet,
    e.ReportDelivered, e.PublishDue,
)  # fmt: skip


class Play(RuleBasedStateMachine):
    """One incident that ann leads, and whatever strangers do about it."""

    weak = ""  # an act that the table leaves to anyone

    @initialize(hidden=st.booleans())
    def begin(self, hidden: bool) -> None:
        known = {
            ("", fold("#mozmeao")): KnownChannel(frozenset({"ann", "bob"}), hidden=hidden),
            ("", fold("#moc")): KnownChannel(frozenset({"carol"})),
            ("oftc", fold("#there")): KnownChannel(frozenset({"ann", "eve"})),
        }
        surroundings = replace(
            setting(load_process("mozmeao"), channels=CHANNELS[""]),
            network_channels={"oftc": CHANNELS["oftc"]},
            presence=FixedPresence(known),
            targets=(Target("wiki", ("hand",)),),
        )
        if self.weak:
            weakened = {**surroundings.access, self.weak: ("anyone",)}
            surroundings = replace(surroundings, access=weakened)
        self.now = NOON
        self.pages = Pages()
        self.engine = IncidentEngine(surroundings, self.pages, State())
        for text in ("!inc declare MDN is down", "TL: the queue is long", "!inc action watch it",
                     "!inc impact nobody can read", "!inc severity 1"):  # fmt: skip
            self.hear("", "#mozmeao", "ann", "ann", text)
        self.before = self.incident

    @property
    def incident(self):
        return self.engine.state.incidents[1]

    def hear(self, network, channel, nick, account, text, **more):
        self.now += timedelta(seconds=20)
        said = Line(self.now, channel, nick, text, account, network=network, **more)
        return self.engine.hear([said])

    @rule(
        who=st.sampled_from(STRANGERS),
        said=st.lists(st.sampled_from(SAID), min_size=1, max_size=4),
        place=st.integers(0, 2),
        named=st.booleans(),
        operator=st.booleans(),
    )
    def a_stranger_speaks(self, who, said, place, named, operator):
        network, nick, account = who
        own = (*CHANNELS[network], "#evil", "")
        channel = own[place % len(own)]
        for text in said:
            already = len(self.pages.written)
            replies = self.hear(
                network, channel, nick, account, text.format(n="@1 " if named else ""),
                operator=operator and channel == "#evil",
            )  # fmt: skip
            new = [x for x in self.pages.written[already:] if x.incident == 1]
            own_notes = {n.n for n in self.incident.notes if n.by.nick != "ann"}
            for entry in new:
                mine = getattr(entry.event, "n", None) in own_notes
                assert not isinstance(entry.event, HARM) or (
                    mine and isinstance(entry.event, e.Struck | e.Edited | e.Redacted)
                ), (who, channel, text, entry.event)
            for reply in replies:
                about_it = "evil.example" in reply.text and "incident 1" in reply.text
                assert channel or not about_it or reply.to == nick

    @rule(kind=st.sampled_from([LineKind.JOIN, LineKind.PART]), who=st.sampled_from(STRANGERS))
    def a_stranger_comes_or_goes(self, kind, who):
        network, nick, account = who
        self.hear(network, CHANNELS[network][0], nick, account, "", kind=kind)

    @rule()
    def ann_works_on(self):
        self.hear("", "#mozmeao", "ann", "ann", "TL: still at it")

    @invariant()
    def the_incident_is_anns(self):
        now, then = self.incident, self.before
        assert now.live
        assert not now.secured
        assert now.holder().nick == "ann"
        assert now.channel == then.channel
        assert (now.summary, now.impact, now.severity) == (
            then.summary, then.impact, then.severity,
        )  # fmt: skip
        assert now.notes[0] == then.notes[0]


TestPlay = Play.TestCase
TestPlay.settings = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.hypothesis
@pytest.mark.parametrize("act", ["channel", "severity", "resolve", "update", "drop", "security"])
def test_the_play_finds_a_table_that_is_too_weak(act):
    weak = type("Weak", (Play,), {"weak": act})
    with pytest.raises((AssertionError, BaseExceptionGroup)):
        run_state_machine_as_test(
            weak,
            settings=settings(
                max_examples=200, stateful_step_count=20, deadline=None, database=None,
                phases=[Phase.generate], suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
