"""What happens seldom: branches that no story comes by."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from core import LED, NOON, Talk, at, english, line, process, setting

from ircbot.incident import events as e
from ircbot.incident import memory as module
from ircbot.incident.access import may
from ircbot.incident.erasing import _Without, _WordCollector
from ircbot.incident.line import LineKind, Source
from ircbot.incident.memory import Memory
from ircbot.incident.people import Person
from ircbot.incident.process import Role
from ircbot.incident.recognise import may_mean, understood
from ircbot.incident.relevance import _anybodys, _lasting
from ircbot.incident.rules.context import Context
from ircbot.incident.rules.ending import promise_report
from ircbot.incident.rules.leading import hand_off, take_role
from ircbot.incident.sayings import HandOff, TakeRole
from ircbot.incident.setting import FixedPresence, KnownChannel, Setting
from ircbot.incident.situation import Situation
from ircbot.incident.state import State, replay
from ircbot.incident.state.changing import with_clock_reset
from ircbot.incident.state.parts import Question
from ircbot.incident.view import timeline
from ircbot.processes import read_process


def test_a_right_of_the_main_network_s_account_may_be_written_with_its_name():
    surroundings = setting(network="libera", access={"resolve": ("account:libera/dave",)})
    dave, eve = (line("12:00", "x", account=name) for name in ("dave", "eve"))
    assert may("resolve", dave, None, surroundings)
    assert not may("resolve", eve, None, surroundings)


def test_a_visitor_of_words_leaves_names_as_they_are():
    for visitor in (_WordCollector(set()), _Without(frozenset({"x"}))):
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


def heard(talk: Talk, *written: str) -> str:
    """What the bot says to these lines."""
    return "\n".join(one for said in written for one in talk.tell(said) if "ilbot" in one)


EVERYBODY = FixedPresence(
    {("", "#mozmeao"): KnownChannel(frozenset({"metadave", "jgmize"})), ("", "#moc"): KnownChannel(frozenset({"carol"}))}
)  # fmt: skip
ANN_LED = """
    --- #mozmeao
    12:00 <ann> !inc declare MDN is down
    12:00:30 <ann> metadave has agreed to take over IL
    12:00:50 <metadave> Confirmed, I am now IL
"""


def unlike_the_guide(tmp_path: Path, more: str) -> Setting:
    """The surroundings of a process with something of its own."""
    path = tmp_path / "own.toml"
    path.write_text(
        f'include = ["english"]\n[roles.lead]\ntitle = "incident leader"\nshort = "IL"\n{more}'
    )
    return setting(read_process(path))  # fmt: skip


def test_whoever_speaks_through_a_relay_that_nobody_knows_may_do_nothing():
    assert not may("resolve", line("12:00", "x", via="bridge"), None, setting(operators=("x",)))


def test_nobody_is_asked_to_take_over_from_themselves():
    talk = Talk()
    talk.tell(LED)
    assert heard(talk, "12:01 <metadave> metadave: can you take over?") == ""
    assert talk.incident.offers == {}


def test_a_process_has_a_prefix_of_its_own_for_entries(tmp_path):
    own = '[[phrases]]\nmeans = "timeline"\nsay = ["logbook: <text>"]\nexamples = ["logbook: it rained"]\n'
    talk = Talk(unlike_the_guide(tmp_path, own))
    talk.tell("--- #mozmeao\n12:00 <metadave> !inc declare MDN is down")
    talk.tell("12:01 <jgmize> logbook: the crane is stuck")
    assert [note.text for note in talk.incident.notes] == ["the crane is stuck"]


def test_words_whose_free_text_is_missing_say_nothing(tmp_path):
    own = "".join(
        f'[[phrases]]\nmeans = "{meaning}"\nsay = ["{words} [: <text>]"]\nexamples = ["{words}: x"]\n'
        for meaning, words in {"timeline": "logbook page", "impact": "ships hindered"}.items()
    )
    talk = Talk(unlike_the_guide(tmp_path, own))
    talk.tell("--- #mozmeao\n12:00 <metadave> !inc declare MDN is down")
    assert heard(talk, "12:01 <metadave> logbook page", "12:02 <metadave> ships hindered") == ""
    assert (talk.incident.notes, talk.incident.impact) == ([], "")


def test_a_process_knows_by_its_words_that_the_people_outside_were_told(tmp_path):
    own = (
        '[[phrases]]\nmeans = "message"\nmessage = "delay"\nsay = ["the ships were told"]\n'
        'examples = ["the ships were told"]\n[messages.delay]\ntext = "Your ship is late, {NAME}."\n'
    )
    talk = Talk(unlike_the_guide(tmp_path, own))
    talk.tell(
        "--- #mozmeao\n12:00 <metadave> !inc declare MDN is down\n12:01 <metadave> the ships were told"
    )
    assert [message.key for message in talk.incident.messages] == ["delay"]


def test_an_entry_is_looked_through_for_what_it_says_besides():
    assert [p.meaning for p in understood("TL: I am the incident leader", english())] == ["lead"]


def test_the_owner_of_an_action_of_a_private_incident_is_told_only_in_its_channel():
    talk = Talk(setting(presence=EVERYBODY))
    talk.tell("--- #mozmeao\n12:00 <metadave> !inc declare MDN is down --private")
    talk.tell("12:01 <metadave> !inc action watch it @carol by tomorrow")
    assert not any("carol" in one for one in talk.until("23:00", NOON + timedelta(days=3)))


def test_whoever_joins_is_not_told_of_what_they_may_not_see():
    talk = Talk(setting(presence=EVERYBODY))
    talk.tell("--- #mozmeao\n12:00 <metadave> !inc declare MDN is down --private")
    talk.tell("12:01 <metadave> !inc action watch it @carol by tomorrow")
    told = talk.hear(line("12:02", "carol", channel="#moc", kind=LineKind.JOIN))
    assert not told


def test_who_leads_where_nobody_does_is_answered():
    talk = Talk()
    told = heard(
        talk,
        "--- #mozmeao\n12:00 <metadave> I am declaring an incident",
        "12:01 <jgmize> who's leading?",
    )
    assert "nobody" in told.lower()


def test_whoever_declared_is_asked_once_whether_it_was_a_false_alarm():
    talk = Talk()
    talk.tell(ANN_LED)
    first = heard(talk, "12:02 <metadave> false alarm, sorry")
    assert "ann" in first
    assert "ann" not in heard(talk, "12:03 <metadave> false alarm, sorry")


def test_the_leader_is_asked_where_whoever_declared_has_left():
    talk = Talk()
    talk.tell(ANN_LED)
    talk.engine.setting = replace(talk.engine.setting, presence=EVERYBODY)
    assert "!inc yes" in heard(talk, "12:02 <metadave> false alarm, sorry")


def test_a_time_that_is_none_plans_no_hand_over():
    talk = Talk()
    talk.tell(LED)
    ctx = Context(
        talk.state, line("12:01", "metadave", "x"), setting(), Memory(10, timedelta(hours=1))
    )
    hand_off(ctx, HandOff("jgmize", "25:00"), asked=False)
    assert talk.incident.planned == {}


def test_who_has_offered_the_lead_already_asks_nobody_else():
    talk = Talk()
    talk.tell(LED + "12:01 <metadave> jgmize has agreed to take over IL")
    assert heard(talk, "12:02 <metadave> I am stepping down as IL") == ""


def test_who_steps_down_is_free_at_once_where_nobody_need_accept():
    roles = {**english().roles, "lead": replace(english().lead, acknowledged=False)}
    talk = Talk(setting(process(roles=roles)))
    talk.tell(LED)
    assert heard(talk, "12:01 <metadave> I am stepping down as IL")
    assert talk.incident.holder() is None


def test_nobody_takes_a_role_from_outside():
    roles = {**english().roles, "radio": Role("radio", "radio operator")}
    talk = Talk(setting(process(roles=roles), presence=EVERYBODY))
    talk.tell(LED)
    ctx = Context(
        talk.state,
        line("12:01", "carol", "x", "#moc"),
        talk.engine.setting,
        Memory(10, timedelta(hours=1)),
    )
    take_role(ctx, TakeRole("radio", ""), 1, asked=False)
    assert ctx.outcome().entries == ()


def test_a_long_line_is_no_misspelt_declaration():
    assert (
        heard(Talk(), "--- #mozmeao\n12:00 <ann> I am decalring an incident" + " and so on" * 20)
        == ""
    )


def test_a_command_with_a_question_mark_is_explained():
    talk = Talk()
    talk.tell(LED)
    assert heard(talk, "12:01 <metadave> !inc frobnicate?")
    assert "redact" in heard(talk, "12:02 <metadave> !inc redact?")
    assert not talk.incident.notes


def test_lines_that_wait_on_another_network_go_on_waiting():
    talk = Talk(setting(network_channels={"oftc": ("#there",)}))
    talk.hear(line("12:00", "jg", "TL: elsewhere", "#there", network="oftc"))
    talk.hear(line("12:01", "metadave", "TL: here"))
    talk.tell(
        "--- #mozmeao\n12:02 <metadave> !inc declare MDN is down\n12:03 <metadave> !inc tl adopt"
    )
    assert [stray.text for stray in talk.state.strays] == ["elsewhere"]


def test_plain_words_say_nothing_of_what_is_kept_secret():
    talk = Talk()
    talk.tell(LED + "12:01 <metadave> !inc security")
    assert heard(talk, "12:02 <metadave> impact: everybody") == ""
    assert talk.incident.impact == ""


def test_i_will_takes_the_role_that_a_prompt_asked_for(tmp_path):
    own = (
        '[roles.radio]\ntitle = "radio operator"\n[prompts.radio]\nwhen = "declared"\nafter = "10m"\n'
        'until = "role:radio"\ntext = "who tells the customers?"\n'
    )
    talk = Talk(unlike_the_guide(tmp_path, own))
    talk.tell(
        "--- #mozmeao\n12:00 <metadave> I am declaring an incident and am incident leader. MDN is down"
    )
    talk.until("12:11")
    talk.tell("12:11:30 <jgmize> I will")
    assert [p.nick for p in talk.incident.holders("radio")] == ["jgmize"]


def test_no_report_is_anywhere_where_none_is_written():
    assert setting(report_url="https://r.example.org").report_place(1) == ""


def test_in_a_log_whoever_was_to_take_over_at_a_time_says_so_when_it_has_come():
    talk = Talk()
    for said in (
        line("12:00", "metadave", "!inc declare MDN is down", source=Source.IMPORT),
        line("12:01", "metadave", "handing over to jgmize at 12:05", source=Source.IMPORT),
        line("12:06", "jgmize", "got it", source=Source.IMPORT),
    ):
        talk.hear(said)
    assert talk.incident.holder().nick == "jgmize"


def test_thanks_to_the_bot_are_no_order():
    talk = Talk()
    assert talk.tell(LED + "12:01 <metadave> !inc thanks!")[-1] == "12:01 <metadave> !inc thanks!"


def test_the_channels_that_are_remembered_have_an_end():
    memory = Memory(10, timedelta(hours=1))
    for n in range(module._MOST + 1):
        memory.keep(line("12:01" if n else "12:00", "ann", "one", f"#c{n}"))
    assert memory.said("#c0") == ()
    assert [said.text for said in memory.said(f"#c{module._MOST}")] == ["one"]


def test_the_clock_of_updates_never_goes_back():
    talk = Talk()
    talk.tell(LED)
    incident = replace(talk.incident, clock=at("12:10"))
    assert with_clock_reset(incident, at("12:05")) is incident
    assert with_clock_reset(incident, at("12:15")).clock == at("12:15")


def test_a_change_is_undone_by_whoever_may_make_it():
    talk = Talk()
    talk.tell(LED + "12:01 <metadave> !inc summary CDN is down")
    said = talk.tell("12:02 <eve> !inc undo C1")
    assert said[-1].startswith("12:02 <ilbot> eve: only metadave (IL)")
    assert talk.incident.summary == "CDN is down"


def test_what_somebody_does_may_mean_something():
    assert may_mean("\x01ACTION takes a look\x01", ())
    assert not may_mean("takes a look", ())


def test_who_speaks_for_themselves_on_irc_may_do_whatever_a_relay_might():
    assert setting().authority(line("12:00", "ann", "x")) == "full"


def test_an_incident_that_asks_the_channel_may_be_answered_by_anybody():
    talk = Talk()
    talk.tell(LED)
    assert Situation.ASKED not in _anybodys(talk.state, _lasting(talk.state, talk.setting))
    asking = Question(None, NOON, Person("metadave"))
    asked = replace(talk.incident, questions={"over": asking})
    state = replace(talk.state, incidents={**talk.state.incidents, asked.id: asked})
    assert Situation.ASKED in _anybodys(state, _lasting(state, talk.setting))


def test_a_lead_handed_over_where_nothing_is_open_is_nobodys():
    said = line("12:00", "metadave", "x")
    ctx = Context(State(), said, setting(), Memory(10, timedelta(hours=1)))
    hand_off(ctx, HandOff("bob"), asked=False)
    assert ctx.outcome().entries == ()


def test_who_leaves_another_channel_after_the_end_has_not_left():
    talk = Talk()
    talk.tell(LED + "12:30 <metadave> !inc resolve\n")
    (metadave,) = {term.holder for term in talk.incident.terms}
    talk.hear(line("12:40", "metadave", "", "#elsewhere", kind=LineKind.PART))
    assert talk.incident.departed(metadave) is None
    talk.hear(line("12:41", "metadave", "", kind=LineKind.PART))
    assert talk.incident.departed(metadave) is not None
