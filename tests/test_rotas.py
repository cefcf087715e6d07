"""Who is on call by a calendar: asked for, called, given roles; and whose shift is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from core import MDN, Talk, at, check, english, process, replies_to, setting

from ircbot.config import load_config
from ircbot.config.settings import setting as read_setting
from ircbot.errors import ConfigError
from ircbot.incident.process import Prompt, Role
from ircbot.incident.reminders import next_due
from ircbot.incident.rotas import Rota, Shift, nick_of
from ircbot.incident.setting import Product

BOB = Shift(at("08:00"), at("14:00"), "Bob Baker", ("bob@example.org",))
CAROL = Shift(at("14:00"), at("20:00"), "carol")
WEEK = Shift(at("00:00"), at("23:00"), "dan")
KNOWN = {"bob@example.org": "bob", "bob baker": "bob"}


def rostered(*shifts: Shift, why: str = "", read: datetime | None = None, **changes: object):
    """The surroundings of a team whose ops are on call by a calendar."""
    rota = Rota(shifts, read or at("11:30"), why)
    named = {"duty": {"ops": "rota:ops"}, "rotas": {"ops": rota}, "calendar_names": KNOWN}
    return setting(**{**named, **changes})


# --- shifts -----------------------------------------------------------------------------------


def test_the_shortest_shift_counts_as_an_override_does():
    rota = Rota((WEEK, BOB, Shift(at("09:00"), at("10:00"), "eve")))
    told = [rota.shift(at(stamp)) for stamp in ("07:00", "08:00", "09:59", "10:00", "23:00")]
    assert [shift and shift.who for shift in told] == ["dan", "Bob Baker", "eve", "Bob Baker", None]
    late, early = Shift(at("09:00"), at("11:00"), "late"), Shift(at("08:00"), at("10:00"), "early")
    assert Rota((early, late)).shift(at("09:30")) is late


def test_a_change_is_when_somebody_else_is_on_call():
    same = Shift(at("20:00"), at("22:00"), "carol")
    rota = Rota((BOB, CAROL, same))
    assert list(rota.changes(at("07:00"), at("23:00"))) == [at("08:00"), at("14:00"), at("22:00")]
    assert rota.next_change(at("14:00")) == at("22:00")
    assert rota.next_change(at("22:00")) is None
    assert Rota().next_change(at("22:00")) is None


@pytest.mark.parametrize(
    ("who", "names", "nick"),
    [
        ("Bob Baker", (), "bob"),
        ("x", ("BOB@example.org",), "bob"),
        ("Ops: Bob Baker (phone)", (), "bob"),
        ("Bob Bakerman", (), ""),
        ("jbob@example.org", (), ""),
        ("carol", (), "carol"),
        ("Carol Cook", (), ""),
    ],
)
def test_a_shift_is_somebodys_by_name_by_mail_or_as_they_are_called(who, names, nick):
    assert nick_of(Shift(at("08:00"), at("09:00"), who, names), KNOWN) == nick


# --- asked for --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "ops: bob until 14:00 UTC, then carol"),
        ({"duty": {"ops": "rota:ops", "lead": "ann"}},
         "ops: bob until 14:00 UTC, then carol; incident leader: ann"),
        ({"duty": {"ops": "rota:moon"}}, "ops: nobody"),
        ({"duty": {}}, "my configuration names nobody on call; [rotas.NAME] reads a calendar."),
        ({"why": "is refused (404)"}, "ops: bob until 14:00 UTC, then carol"),
        ({"why": "is refused (404)", "read": at("09:00")},
         "ops: bob until 14:00 UTC, then carol (as of 3 h 00 min ago: its calendar is refused (404))"),
    ],
)  # fmt: skip
def test_who_is_on_call_is_told_with_the_age_of_what_is_known(changes, told):
    surroundings = rostered(BOB, CAROL, **changes)
    assert replies_to("12:00 <eve> !inc oncall", surroundings) == [f"12:00 <ilbot> eve: {told}"]


def test_a_calendar_that_was_never_read_says_why():
    never = rostered(rotas={"ops": Rota(why="cannot be reached (refused)")})
    assert replies_to("12:00 <eve> !inc oncall", never) == [
        "12:00 <ilbot> eve: ops: nobody (its calendar cannot be reached (refused))"
    ]


def test_a_product_has_its_own_and_an_incident_is_of_one():
    own = replace(MDN, on_call={"ops": "jim", "lead": ""})
    surroundings = rostered(BOB, products={"MDN": own, "SUMO": Product("SUMO")})
    check(
        """
        11:50 <eve> !inc oncall mdn
        11:50 <ilbot> eve: ops: jim
        11:51 <eve> !inc oncall sumo
        11:51 <ilbot> eve: ops: bob until 14:00 UTC, then nobody
        11:52 <eve> !inc oncall moon
        11:52 <ilbot> eve: no such product here; there are: MDN, SUMO.
        """,
        surroundings,
    )
    talk = Talk(surroundings)
    talk.tell("12:00 <eve> !inc declare MDN is down")
    assert talk.tell("12:01 <eve> !inc oncall")[-1] == "12:01 <ilbot> eve: ops: jim"


def test_whoever_is_on_call_by_a_calendar_is_named_in_no_public_edition():
    surroundings = rostered(products={"MDN": replace(MDN, on_call={"ops": "rota:ops"})})
    assert surroundings.nicks == {"jwhitlock", "rjohnson", "bob"}


# --- called, and given roles ------------------------------------------------------------------


def test_a_role_has_whoever_is_on_call_when_it_is_declared():
    roles = {**english().roles, "ops": Role("ops", "operator", default=("on_call",))}
    talk = Talk(rostered(BOB, CAROL, process=process(roles=roles)))
    talk.tell("12:00 <eve> !inc declare NTP is down")
    assert [person.nick for person in talk.incident.holders("ops")] == ["bob"]


def test_a_prompt_calls_whoever_is_on_call_by_then():
    prompt = Prompt(
        "x", "{duty}, help.", "declared", to=("on_call",), after=timedelta(minutes=10),
        on_call=("ops",), until=("called",),
    )  # fmt: skip
    talk = Talk(rostered(BOB, CAROL, process=process(prompts=(prompt,))))
    talk.tell("13:55 <eve> !inc declare NTP is down\n14:05")
    assert talk.incident.calls[-1].nicks == ("carol",)
    assert "14:05 -ilbot- carol: carol, help." in talk.written


def test_people_on_call_are_known_by_nick_before_they_say_a_word():
    talk = Talk(rostered(BOB, Shift(at("08:00"), at("10:00"), "gone")))
    talk.tell("12:00 <eve> !inc declare NTP is down\n12:01 <eve> !inc notify bob the queue is long")
    assert (talk.incident.calls[-1].nicks, talk.incident.calls[-1].text) == (
        ("bob",),
        "the queue is long",
    )


# --- handing over -----------------------------------------------------------------------------


def test_a_leader_is_told_once_when_a_shift_ends():
    talk = Talk(rostered(BOB, CAROL, process=process(roles=english().roles)))
    talk.tell("13:30 <eve> !inc declare NTP is down")
    talk.until("21:00")
    told = [line for line in talk.written if "on call" in line]
    assert told == [
        "14:00 -ilbot- eve: on call (ops) is carol from now on, no longer bob.",
        "20:00 -ilbot- eve: on call (ops) is nobody from now on, no longer carol.",
    ]


def test_what_was_long_ago_or_is_of_a_nick_is_not_told():
    talk = Talk(rostered(duty={"ops": "ann"}))
    talk.tell("13:30 <eve> !inc declare NTP is down\n15:30")
    assert not any("on call" in line for line in talk.written)
    talk.setting.rotas.clear()  # a calendar that came too late
    late = rostered(BOB, CAROL)
    talk.engine.setting = late
    talk.until("16:00")
    assert not any("on call" in line for line in talk.written)
    assert next_due(talk.state, at("16:00"), late) is not None


def test_of_a_calendar_that_comes_late_the_last_hour_is_told():
    for stamp, told in (("14:59:59", 1), ("15:00", 0)):
        talk = Talk(rostered())
        talk.tell("13:30 <eve> !inc declare NTP is down")
        talk.engine.setting = rostered(BOB, CAROL)
        said = [reply.text for reply in talk.engine.tick(at(stamp))]
        assert sum("on call (ops) is carol from now on" in text for text in said) == told


def test_the_first_of_a_calendar_is_told_without_one_before():
    talk = Talk(rostered(CAROL))
    talk.tell("13:30 <eve> !inc declare NTP is down\n14:00")
    assert "14:00 -ilbot- eve: on call (ops) is carol from now on." in talk.written


# --- the configuration ------------------------------------------------------------------------


def test_a_calendar_is_named_where_somebody_is(tmp_path):
    path = tmp_path / "config.toml"
    text = (
        'on_call = {secondary = "rota:ops"}\n[irc]\nhost = "x"\n[rotas.ops]\ncalendar = "o.ics"\n'
        '[products.MDN]\non_call = {lead = "rota:ops"}\n[people.bob]\ncalendar = ["Bob Baker", " "]\n'
    )
    path.write_text(text)
    path.chmod(0o600)
    read = read_setting(load_config(path))
    assert read.calendar_names == {"bob baker": "bob"}
    assert read.duties("MDN") == {"secondary": "rota:ops", "lead": "rota:ops"}
    for wrong in ("secondary", "lead"):
        path.write_text(text.replace(f'{wrong} = "rota:ops"', f'{wrong} = "rota:moon"'))
        with pytest.raises(ConfigError, match=r"there is no \[rotas.moon\]"):
            read_setting(load_config(path))
