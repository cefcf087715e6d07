"""Alerts that come in: said once, whoever sends them how often, and on record where they belong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from core import LED, MDN, Pages, Talk, at, check, line, process, setting

from ircbot.errors import StoreError
from ircbot.handler import BotHandler
from ircbot.incident.alerts import Alerts
from ircbot.incident.events import Alerted, AlertOver, AlertsTold, Entry
from ircbot.incident.people import Person
from ircbot.incident.reminders import next_due
from ircbot.incident.rules.alerting import telling_at
from ircbot.incident.setting import Product, Security
from ircbot.incident.state import State, replay
from ircbot.incoming.alerts import read
from ircbot.report.render import render
from ircbot.repository import open_store, state_of

HERE = (("", "#mozmeao"),)
ELB = {"name": "ELBDown", "on": "MDN", "severity": "critical", "source": "Alertmanager"}


def watched(**changes: object):
    """The surroundings of a team that is told of alerts."""
    products = {"MDN": MDN, "SUMO": Product("SUMO")}
    return setting(**{"alert_places": HERE, "products": products, **changes})


def elb(status: str = "firing", **more: object) -> str:
    return json.dumps({**ELB, "status": status, **more})


def message(*alerts: tuple[str, str, str], key: str = '{}:{alertname="ELBDown"}', **more: object):
    """One of Alertmanager's, as 0.25 sends it: each alert's status, fingerprint and beginning."""
    told = [
        {
            "status": status,
            "labels": {"alertname": "ELBDown", "instance": name, "severity": "critical"},
            "annotations": {"summary": "MDN is away"},
            "startsAt": f"2018-01-10T{begun}:00.123456789Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": name,
        }
        for status, name, begun in alerts
    ]
    return {
        "version": "4",
        "receiver": "ircbot",
        "status": "firing" if any(one["status"] == "firing" for one in told) else "resolved",
        "groupKey": key,
        "groupLabels": {"alertname": "ELBDown"},
        "commonLabels": {"alertname": "ELBDown", "severity": "critical"},
        "commonAnnotations": {"summary": "MDN is away"},
        "externalURL": "http://alerts.example",
        "truncatedAlerts": 0,
        "alerts": told,
        **more,
    }


class Watch(Talk):
    """A bot that is told of alerts as well."""

    def get(self, stamp: str, *told: object) -> list[str]:
        """What it says when these come together."""
        groups = [g for one in told for g in read(json.dumps(one).encode(), at(stamp)).groups]
        said = self._bot.receive(Alerts(at(stamp), tuple(groups)))
        lines = self._wrote(self._script.written(said))
        assert replay(self.pages.written) == self.state
        return lines


def events(one: Talk) -> list[Alerted | AlertOver]:
    told = (entry.event for entry in one.pages.written)
    return [event for event in told if isinstance(event, Alerted | AlertOver)]


# --- said once --------------------------------------------------------------------------------


def test_a_group_is_said_once_and_once_that_it_is_over():
    check(
        f"""
        11:53 {elb(since="2018-01-10T11:52:00Z")}
        11:53 -ilbot- Alertmanager: ELBDown on MDN, critical since 11:52 UTC. !inc declare?
        11:54 {elb(since="2018-01-10T11:52:00Z")}
        12:31 {elb("resolved")}
        12:31 -ilbot- Alertmanager: ELBDown on MDN, critical, resolved after 39 minutes.
        12:32 {elb("resolved")}
        12:33 {elb(since="2018-01-10T11:52:00Z")}
        12:34 {elb(since="2018-01-10T12:34:00Z")}
        12:34 -ilbot- Alertmanager: ELBDown on MDN, critical since 12:34 UTC. !inc declare?
        """,
        watched(),
    )


def test_alertmanagers_groups_are_told_apart_by_key_fingerprint_and_beginning():
    one = Watch(watched())
    fires = "11:53 -ilbot- Alertmanager: ELBDown on MDN, critical since 11:52 UTC. !inc declare?"
    assert one.get("11:53", message(("firing", "a", "11:52"))) == [fires]
    # More of the same group, one of it over, the same again: nothing new.
    assert one.get("11:55", message(("firing", "a", "11:52"), ("firing", "b", "11:54"))) == []
    assert one.get("11:57", message(("resolved", "a", "11:52"), ("firing", "b", "11:54"))) == []
    # Another cluster's group of that name is over: not this one.
    assert one.get("11:58", message(("resolved", "z", "11:00"))) == []
    over = message(("resolved", "a", "11:52"), ("resolved", "b", "11:54"))
    assert one.get("12:00", over) == [
        "12:00 -ilbot- Alertmanager: ELBDown on MDN, critical, resolved after 8 minutes."
    ]
    # What was sent before comes late.
    assert one.get("12:01", message(("firing", "a", "11:52"), ("firing", "b", "11:54"))) == []
    assert len(one.get("12:05", message(("firing", "a", "12:04")))) == 1
    assert len(one.get("12:06", message(("firing", "a", "12:04"), key="other"))) == 1
    assert len(events(one)) == 4


def test_where_nobody_tells_that_alerts_are_over_others_of_the_group_are_news_in_an_hour():
    one = Watch(watched())
    assert len(one.get("11:00", message(("firing", "a", "11:00")))) == 1
    assert one.get("11:30", message(("firing", "b", "11:30"))) == []
    assert one.get("12:01", message(("firing", "a", "11:00"))) == []
    assert len(one.get("12:02", message(("firing", "b", "12:01")))) == 1
    # To the second, of one that began after what is known of the group.
    for stamp, lines in (("11:59:59", 0), ("12:00", 1)):
        one = Watch(watched())
        one.get("11:00", message(("firing", "a", "11:00")))
        assert len(one.get(stamp, message(("firing", "b", "11:30")))) == lines


def test_ten_thousand_alerts_of_a_group_are_one_line_and_one_entry():
    one = Watch(watched())
    many = message(*[("firing", f"host-{n}", "11:52") for n in range(10_000)])
    assert one.get("11:53", many) == [
        "11:53 -ilbot- Alertmanager: ELBDown on MDN, critical (10000 alerts) since 11:52 UTC. "
        "!inc declare?"
    ]
    assert one.get("11:54", many) == []
    assert [type(entry.event) for entry in one.pages.written] == [Alerted, AlertsTold]
    assert len(events(one)[0].alerts) == 50


def test_ten_thousand_groups_at_once_are_one_line_and_bounded_on_disk():
    one = Watch(watched())
    (line,) = one.get("11:53", *[{"name": f"Host{n}Down"} for n in range(10_000)])
    told = "Monitoring: Host0Down since 11:53 UTC, and 100 more. !inc declare?"
    assert line == f"11:53 -ilbot- {told}"
    assert len(one.pages.written) == 102
    assert events(one)[-1].text == "more alerts than can be told apart"
    assert one.get("11:53", {"name": "Last"}) == []
    assert one.until("11:54") == []
    assert len(one.get("11:55", {"name": "Calm"})) == 1


def test_groups_are_too_many_that_begin_within_a_minute_and_are_so_for_a_minute():
    for stamp, last in (("11:53:59", "more alerts than can be told apart"), ("11:54", "Calm")):
        one = Watch(watched())
        one.get("11:53", *[{"name": f"Host{n}Down"} for n in range(100)])
        one.get(stamp, {"name": "Calm"})
        assert events(one)[-1].text == last
    for stamp, known in (("11:54:58", 101), ("11:54:59", 102)):
        one = Watch(watched())
        one.get("11:53", *[{"name": f"Host{n}Down"} for n in range(100)])
        one.get("11:53:59", {"name": "Last"})
        one.get(stamp, {"name": "Calm"})
        assert len(events(one)) == known


def test_what_comes_within_a_minute_is_told_together():
    one = Watch(watched())
    assert len(one.get("11:53:00", {"name": "A"})) == 1
    assert one.get("11:53:10", {"name": "B"}) == []
    assert one.get("11:53:20", {"name": "C", "severity": "low"}) == []
    assert one.get("11:53:30", {"name": "A", "status": "resolved"}) == []
    assert next_due(one.state, at("11:53:30"), one.setting) == at("11:54")
    assert one.until("11:54") == [
        "11:54 -ilbot- Monitoring: A, resolved after less than a minute.",
        "11:54 -ilbot- Monitoring: B since 11:53 UTC, and 1 more: C, low. !inc declare?",
    ]
    assert one.until("12:54") == []


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("A", "A"),
        ("AB", "A, and 1 more: B"),
        ("ABC", "A, and 2 more: B; C"),
        ("ABCD", "A, and 3 more"),
    ],
)
def test_of_groups_told_together_three_are_named(names, told):
    one = Watch(watched())
    (line,) = one.get("11:53", *[{"name": name} for name in names])
    assert line.replace(" since 11:53 UTC", "").split(": ", 1)[1] == f"{told}. !inc declare?"


def test_a_group_that_is_over_before_anybody_was_told_is_told_as_over():
    one = Watch(watched())
    one.get("11:53:00", {"name": "A"})
    one.get("11:53:10", {"name": "B"})
    one.get("11:53:20", {"name": "B", "status": "resolved"})
    assert one.until("11:54") == ["11:54 -ilbot- Monitoring: B, resolved after less than a minute."]


def test_groups_that_are_over_are_named_together_too():
    one = Watch(watched())
    one.get("11:53", *[{"name": name} for name in "ABCD"])
    assert one.get("11:55", *[{"name": name, "status": "resolved"} for name in "ABCD"]) == [
        "11:55 -ilbot- Monitoring: A, resolved after 2 minutes, and 3 more."
    ]


def test_what_nobody_is_to_be_told_waits_for_nothing():
    one = Watch(watched(alert_places=(), channels=()))
    assert one.get("11:53", ELB) == []
    assert telling_at(one.state, one.setting) is None
    assert next_due(one.state, at("11:53"), one.setting) is None


def test_the_bot_is_where_it_tells_of_alerts():
    bot = BotHandler(watched(alert_places=(("", "#ops"), ("", "#MOC"))), Pages(), State())
    assert [one.channel for one in bot.wanted()] == ["#mozmeao", "#meao-infra", "#moc", "#ops"]


def test_where_nothing_is_said_the_channels_of_incidents_are_told():
    one = Watch(watched(alert_places=()))
    (line,) = one.get("11:53", ELB)
    assert line.startswith("11:53 #mozmeao #meao-infra #moc -ilbot- Alertmanager")


# --- where people are -------------------------------------------------------------------------


def test_each_network_is_told_and_knows_its_own_incidents():
    places = (*HERE, ("backup", "#ops"))
    one = Watch(watched(alert_places=places, network_channels={"backup": ("#ops",)}))
    one.tell(LED + "12:01 <metadave> !inc product MDN")
    assert one.get("12:05", ELB) == [
        "12:05 -ilbot- Alertmanager: ELBDown on MDN, critical since 12:05 UTC. #1",
        "12:05 #ops -ilbot- Alertmanager: ELBDown on MDN, critical since 12:05 UTC. !inc declare?",
    ]


def test_a_private_incident_has_its_alerts_and_nobody_else_hears_of_it():
    one = Watch(watched())
    one.tell("""
        --- #mdndev
        12:00 <ann> !inc declare MDN is down --private
    """)
    assert one.get("12:05", ELB) == [
        "12:05 -ilbot- Alertmanager: ELBDown on MDN, critical since 12:05 UTC. #1",
        "12:05 #mozmeao -ilbot- Alertmanager: ELBDown on MDN, critical since 12:05 UTC. "
        "!inc declare?",
    ]
    assert one.get("12:15", {**ELB, "status": "resolved"}) == [
        "12:15 -ilbot- Alertmanager: ELBDown on MDN, critical, resolved after 10 minutes. #2",
        "12:15 #mozmeao -ilbot- Alertmanager: ELBDown on MDN, critical, resolved after 10 minutes.",
    ]


@pytest.mark.parametrize(
    ("said", "has"),
    [
        ("declare MDN is down", True),
        ("declare the queue is long", True),
        ("declare SUMO is down", False),
        ("declare MDN is down --drill", False),
    ],
)
def test_an_incident_has_the_alerts_that_it_may_be_about(said, has):
    one = Watch(watched())
    one.tell(f"12:00 <ann> !inc {said}")
    line = one.get("12:05", ELB)[-1]
    assert bool(one.incident.notes) == has
    assert line.endswith(" #1" if has else " !inc declare?")


def test_one_that_is_secured_has_none_any_more():
    one = Watch(watched())
    one.tell(LED)
    one.get("12:01", ELB)
    one.tell("12:02 <metadave> !inc security")
    assert one.get("12:05", {**ELB, "status": "resolved"})[-1].endswith("resolved after 4 minutes.")
    assert len(one.incident.notes) == 1


def test_of_several_incidents_the_one_of_the_product_has_it():
    one = Watch(watched())
    one.tell("""
        --- #mdndev
        12:00 <ann> !inc declare MDN is down
        --- #mozmeao
        12:20 <bob> !inc declare the queue is long
    """)
    one.get("12:25", ELB, {"name": "QueueLong"})
    notes = {n: [note.text for note in i.notes] for n, i in one.state.incidents.items()}
    assert notes == {1: ["ELBDown on MDN, critical"], 2: ["QueueLong"]}


def test_many_groups_are_a_few_entries():
    one = Watch(watched())
    one.tell(LED)
    one.get("12:05", *[{"name": f"Host{n}Down"} for n in range(40)])
    texts = [note.text for note in one.incident.notes]
    assert texts == [*(f"Host{n}Down" for n in range(5)), "35 more groups of alerts"]
    assert {note.by for note in one.incident.notes} == {Person("Monitoring", via="alerts")}
    assert [writer.nick for writer in one.incident.writers.values()] == ["metadave"]
    one = Watch(watched())
    one.tell(LED)
    one.get("12:05", *[{"name": f"Host{n}Down"} for n in range(5)])
    assert [note.text for note in one.incident.notes] == [f"Host{n}Down" for n in range(5)]


def test_an_alert_of_a_security_matter_is_not_said_aloud():
    rules = process(security_off_irc=True, security_words=("breach",))
    one = Watch(watched(process=rules))
    assert one.get("11:53", {"name": "Breach of MDN"}) == [
        "11:53 -ilbot- Monitoring: an alert that is not for IRC since 11:53 UTC. !inc declare?"
    ]


@pytest.mark.parametrize(("mask", "kept"), [(True, "[masked]"), (False, "hunter22")])
def test_secrets_in_an_alert_are_masked(mask, kept):
    one = Watch(watched(security=Security(mask=mask)))
    (line,) = one.get("11:53", {"name": "password=hunter22"})
    assert kept in line


def test_a_public_edition_calls_a_monitoring_system_so():
    one = Watch(watched())
    one.tell(LED)
    one.get("12:05", {"name": "QueueLong", "source": "Nagios"})
    text = render(one.incident, one.setting.process, "text", edition="public")
    assert "monitoring: QueueLong" in text
    assert "Nagios" not in text


# --- a declaration ----------------------------------------------------------------------------


def test_a_declaration_takes_what_it_may_be_about_and_no_more():
    one = Watch(watched())
    one.get("01:00", {"name": "Chronic", "on": "MDN"})
    one.get("11:20", {"name": "Blip", "on": "MDN"})
    one.get("11:25", {"name": "Blip", "on": "MDN", "status": "resolved"})
    one.get("11:50", {"name": "Other", "on": "SUMO"}, {**ELB, "since": "2018-01-10T11:40:00Z"})
    one.get("11:55", {"name": "Brief", "on": "MDN", "since": "2018-01-10T11:30:00Z"})
    one.get("11:57", {"name": "Brief", "on": "MDN", "status": "resolved"})
    said = one.tell("12:00 <ann> !inc declare MDN is down")
    assert "12:00 -ilbot- #1–#2 from Monitoring, Alertmanager; detected 11:40 UTC." in said
    assert [note.text for note in one.incident.notes] == [
        "Brief on MDN, resolved after 27 minutes",
        "ELBDown on MDN, critical",
    ]
    assert one.incident.detected_at == at("11:40")
    # They tell nobody how things stand, though whoever declares takes them.
    assert "Last entry 11:57 UTC: Brief on MDN" in one.tell("12:01 <ann> !inc status")[-1]
    # A second incident has none of them.
    one.tell("--- #moc\n12:30 <bob> !inc declare MDN again --drill\n12:31 <bob> !inc withdraw x")
    one.tell("--- #moc\n12:50 <bob> !inc declare MDN once more")
    assert one.state.incidents[3].notes == one.state.incidents[2].notes


@pytest.mark.parametrize(
    ("stamp", "over", "taken"),
    [
        ("06:00:00", "", 1),
        ("05:59:59", "", 0),
        ("11:00:00", "11:30:00", 1),
        ("11:00:00", "11:29:59", 0),
    ],
)
def test_an_alert_is_old_after_six_hours_or_half_an_hour_after_its_end(stamp, over, taken):
    one = Watch(watched())
    one.get(stamp, ELB)
    if over:
        one.get(over, {**ELB, "status": "resolved"})
    one.tell("12:00 <ann> !inc declare MDN is down")
    assert len(one.incident.notes) == taken


def test_what_an_incident_of_its_product_had_begins_none_of_another():
    one = Watch(watched())
    one.get("11:40", ELB)
    one.tell("12:00 <ann> !inc declare MDN is down\n12:10 <ann> !inc resolve")
    one.tell("12:20 <bob> !inc declare the badge printer is stuck\n12:21 <bob> !inc resolve")
    assert (len(one.state.incidents[2].notes), one.state.incidents[2].detected_at) == (0, None)
    one.tell("12:30 <ann> !inc declare MDN is down again")
    assert [note.text for note in one.state.incidents[3].notes] == ["ELBDown on MDN, critical"]


def test_what_was_over_before_is_what_was_detected_if_nothing_fires():
    one = Watch(watched())
    one.get("11:40", ELB)
    one.get("11:50", {**ELB, "status": "resolved"})
    one.tell("12:00 <ann> !inc declare MDN is down")
    assert one.incident.detected_at == at("11:40")


def test_a_feeders_line_that_is_older_stays_the_detection():
    one = Watch(watched(feeders=("nagios",)))
    one.tell("11:45 <nagios> PROBLEM MDN is away")
    one.get("11:50", ELB)
    one.tell("12:00 <ann> !inc declare MDN is down")
    assert (one.incident.detected_at, len(one.incident.notes)) == (at("11:45"), 1)


@pytest.mark.parametrize("option", ["--at 10:00 --resolved 11:00", "--at 11:58"])
def test_a_declaration_afterwards_knows_itself_when_it_began(option):
    one = Watch(watched())
    one.get("11:50", ELB)
    one.tell(f"12:00 <ann> !inc declare MDN was down {option}")
    assert (one.incident.detected_at, len(one.incident.notes)) == (None, 0)


# --- the disk ---------------------------------------------------------------------------------


class Full(Pages):
    """A disk that is full, or not."""

    full = True

    def append(self, entries):
        if self.full:
            raise StoreError("the disk is full.")
        super().append(entries)


def test_nothing_is_acknowledged_that_is_not_on_disk_and_nothing_said_twice():
    pages = Full()
    bot = BotHandler(watched(), pages, State())
    fires = read(json.dumps(ELB).encode(), at("11:53"))

    def sent(stamp: str) -> tuple[bool, list[str]]:
        done = bot.receive(replace(fires, at=at(stamp)))
        said = [reply.text for reply in bot.tick(at(stamp))]
        return done.result(0), said

    on_disk, said = sent("11:53")
    assert not on_disk
    assert any("CANNOT RECORD" in text for text in said)
    assert said[-1].startswith("Alertmanager: ELBDown on MDN")
    assert sent("11:54") == (False, [])
    pages.full = False
    on_disk, said = sent("11:55")
    assert on_disk
    assert not any("ELBDown" in text for text in said)
    assert sent("11:56") == (True, [])
    again = BotHandler(watched(), pages, replay(pages.written))
    assert again.state == bot.state


def test_whoever_waits_is_told_even_if_we_fail():
    class Broken(Pages):
        def append(self, entries):
            raise ZeroDivisionError

    bot = BotHandler(watched(), Broken(), State())
    done = bot.receive(read(json.dumps(ELB).encode(), at("11:53")))
    with pytest.raises(ZeroDivisionError):
        bot.tick(at("11:53"))
    assert done.result(0) is False


def test_what_is_erased_with_an_incident_is_erased_of_its_alerts(tmp_path):
    store = open_store(str(tmp_path), "bot")
    bot = BotHandler(watched(), store, State())
    bot.receive(read(json.dumps({"name": "xyzzy"}).encode(), at("11:53")))
    bot.tick(at("11:53"))
    bot.hear([line("12:00", "ann", "!inc declare MDN is down")])
    assert [note.text for note in bot.state.incidents[1].notes] == ["xyzzy"]
    bot.hear([line("12:01", "ann", "!inc redact 1", operator=True)])
    bot.hear([line("12:02", "ann", "!inc security purge", operator=True)])
    assert bot.state.alerts == {}
    store.close()
    assert all(b"xyzzy" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    again = state_of(open_store(str(tmp_path), "bot"))
    assert (again.alerts, again.alert_count) == ({}, 1)
    (kept,) = [
        e.event for e in open_store(str(tmp_path)).entries(0) if isinstance(e.event, Alerted)
    ]
    assert (kept.text, kept.key, kept.alerts) == ("", "", ())


def test_a_store_of_years_holds_what_is_new(tmp_path):
    who = Person("x", via="alerts")

    def fires(n: int) -> Alerted:
        return Alerted(n, at("00:00"), at("00:00"), "x", key=f"k{n}")

    entries = [Entry(0, at("00:00") + timedelta(minutes=n), who, fires(n)) for n in range(600)]
    state = replay(entries)
    assert (len(state.alerts), min(state.alerts)) == (500, "k100")
    for n in (598, 1):  # of which one is known no more
        over = Entry(0, at("12:00"), who, AlertOver(n, at("00:00")))
        state = replay([over], state)
    later = Entry(0, at("12:01") + timedelta(days=1), who, fires(600))
    kept = replay([later], state).alerts
    assert "k598" not in kept
    assert "k599" in kept
    unheard = Entry(0, at("12:00"), who, AlertsTold((0, 599)))
    assert [g.key for g in replay([unheard], state).alerts.values() if not g.is_news] == ["k599"]


# --- hostile ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "\r\nQUIT :gone",
        "\x02bold\x03",
        "\u202egnp",
        "<script>",
        "x" * 100_000,
        "a\0b",
        "\ud800",
        "%s {0}",
    ],
)
def test_what_stands_in_labels_is_one_short_line_of_plain_text(text):
    one = Watch(watched())
    hostile = message(("firing", text, "11:52"), key=text)
    hostile["commonLabels"] |= {"alertname": f"n{text}", "severity": text, "service": text}
    lines = one.get("11:53", hostile)
    lines += one.get("11:58", {"name": f"n{text}", "on": text, "source": text, "key": text})
    for said in lines:
        assert said.isprintable()
        assert len(said) < 400
    assert len(lines) == 2


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"[1]", b"{}", b'{"name": 7}', b'{"name": ""}', b"[" * 100_000, b"null",
     b'{"alerts": {}}', b"9" * 5000],
)  # fmt: skip
def test_what_is_no_alert_is_refused_in_a_sentence(body):
    with pytest.raises(ValueError, match=r"."):
        read(body, at("12:00"))


@pytest.mark.parametrize(
    "odd",
    [
        {"alerts": []},
        {"alerts": ["x", None, 7]},
    ],
)
def test_a_message_without_alerts_says_nothing(odd):
    assert read(json.dumps(odd).encode(), at("12:00")).groups == ()


def test_what_is_odd_in_a_message_is_left_out():
    odd = {"alerts": [{"startsAt": 7, "labels": [], "fingerprint": {}}], "groupKey": 7,
           "commonLabels": "x", "commonAnnotations": None}  # fmt: skip
    (found,) = read(json.dumps(odd).encode(), at("12:00")).groups
    assert (found.name, found.since, found.firing) == ("an alert without a name", at("12:00"), True)


@pytest.mark.parametrize(
    "since",
    ["0001-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "soon", 7, None, "9999-12-31T23:59:59-23:00"],
)
def test_a_beginning_that_makes_no_sense_is_now(since):
    (found,) = read(json.dumps({"name": "A", "since": since}).encode(), at("12:00")).groups
    assert found.since == at("12:00")


def test_keys_differ_where_anything_that_tells_groups_apart_does():
    told = [ELB, {**ELB, "on": "SUMO"}, {**ELB, "key": "x"}, {**ELB, "source": "Nagios"}]
    keys = [read(json.dumps(one).encode(), at("12:00")).groups[0].key for one in told]
    assert all(one != other for one, other in pairwise(sorted(keys)))
