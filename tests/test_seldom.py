"""What happens seldom: branches that no story comes by."""

from __future__ import annotations

from datetime import timedelta

import pytest
from core import LED, NOON, Talk, at, line, process, setting

from ircbot.incident import events as e
from ircbot.incident import memory as module
from ircbot.incident.access import may
from ircbot.incident.erasing import _Heard, _Without
from ircbot.incident.line import LineKind
from ircbot.incident.memory import Memory
from ircbot.incident.people import Person
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.ending import promise_report
from ircbot.incident.setting import Setting
from ircbot.incident.state import State, replay
from ircbot.incident.view import timeline


def test_a_right_of_the_main_network_s_account_may_be_written_with_its_name():
    surroundings = setting(network="libera", access={"resolve": ("account:libera/dave",)})
    dave, eve = (line("12:00", "x", account=name) for name in ("dave", "eve"))
    assert may("resolve", dave, None, surroundings)
    assert not may("resolve", eve, None, surroundings)


def test_a_visitor_of_words_leaves_names_as_they_are():
    for visitor in (_Heard(set()), _Without(frozenset({"x"}))):
        assert visitor.nick("ann") == "ann"
        assert visitor.person(Person("ann")) == Person("ann")


def test_what_is_remembered_is_found_under_the_casemapping_that_comes_later():
    memory = Memory(10, timedelta(hours=1))
    memory.keep(line("12:00", "ann", "one", "#A[1]"))
    memory.keep(line("12:00", "ann", "there", "#A[1]", network="oftc"))
    for n in range(module._MOST_KNOWN + 2):
        memory.keep(line("12:00", f"n{n}", account="ann", kind=LineKind.JOIN))
    assert len(memory._accounts) == module._MOST_KNOWN
    memory.compare_by("", "ascii")
    assert [x.text for x in memory.said("#a[1]")] == ["one"]
    memory.compare_by("", "ascii")


def test_a_configured_name_is_for_its_accounts_alone():
    surroundings = Setting(process(), people={"Ann": (("", "ann"),)})
    assert surroundings.named(Person("x", "ann")).name == "Ann"
    assert surroundings.named(Person("x", "bob")).name == ""


def test_a_report_promised_where_nothing_is_open_is_nobody_s():
    said = line("12:00", "metadave", "we'll followup with an incident report")
    ctx = Context(State(), said, setting(), Memory(10, timedelta(hours=1)))
    promise_report(ctx)
    assert ctx.outcome().entries == ()


def test_the_same_severity_said_again_in_passing_is_passed_over():
    talk = Talk(setting(process(severities={})))
    talk.tell(LED + "12:01 <metadave> this is a sev 1\n12:02 <metadave> this is a sev 1")
    assert talk.incident.severity == "1"


def test_a_mitigation_of_an_earlier_stretch_stays_in_the_timeline():
    ann = Person("ann")
    told = [
        e.Declared("x", "english"), e.RoleTaken("lead", ann), e.MilestoneSet("mitigated", at("12:02")),
        e.Resolved(), e.Reopened("again"),
    ]  # fmt: skip
    entries = [e.Entry(1, NOON + timedelta(minutes=n), ann, one) for n, one in enumerate(told)]
    incident = replay(entries).incidents[1]
    assert "mitigated" in [row.kind for row in timeline(incident)]


def test_chatter_while_nobody_leads_ends_no_silence():
    talk = Talk()
    talk.tell("12:00 <metadave> I am declaring an incident\n13:40 <metadave> hm")
    assert talk.incident.holder() is None
    assert talk.incident.live


def test_who_may_not_resolve_is_told_so_where_nobody_leads():
    talk = Talk(setting(access={"resolve": ("account:boss",)}))
    talk.tell("12:00 <metadave> I am declaring an incident")
    assert talk.tell("12:01 <rookie> the incident has been resolved")[1:] == []
    told = talk.tell("12:02 <rookie> !inc resolve")
    assert talk.incident.live
    assert any("boss" in one for one in told)


def test_what_was_due_before_it_was_asked_for_is_told_the_day_after():
    talk = Talk()
    talk.tell(LED + "12:01 <metadave> !inc action watch it @jgmize by today")
    assert not any("watch it" in one for one in talk.until("23:00"))


def test_whoever_is_confirmed_stays_so_when_they_leave_another_channel():
    talk = Talk(setting(operators=("root",)))
    talk.tell(LED)
    talk.hear(line("12:01", "boss", "!inc confirm jgmize jg", account="root"))
    talk.hear(line("12:02", "jgmize", channel="#moc", kind=LineKind.PART))
    assert talk.incident.is_confirmed("jgmize")


@pytest.mark.parametrize(
    "said",
    ["12:01 #elsewhere <metadave> this is a sev 1", "12:01 <metadave> !inc resolve\n12:02 <metadave> this is a sev 1"],
    ids=["elsewhere", "over"],
)  # fmt: skip
def test_a_severity_said_where_nothing_is_open_is_passed_over(said):
    talk = Talk(setting(process(severities={})))
    talk.tell(LED + said)
    assert talk.incident.severity == ""
