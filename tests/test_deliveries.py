"""What is owed to the places that incidents are published to, and what becomes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from core import LED, MDN, NOON, Pages, Talk, at, process, setting

from ircbot.handler import BotHandler
from ircbot.incident import events as e
from ircbot.incident.deliveries import PublishResult, looks_at, next_try
from ircbot.incident.line import Source
from ircbot.incident.occasions import WHYS
from ircbot.incident.people import Person
from ircbot.incident.process import Prompt
from ircbot.incident.reminders import next_due
from ircbot.incident.setting import Product, Target
from ircbot.incident.state import replay

WIKI = Target("wiki")
NEWS = Target("news", ("declared", "update", "resolved"))
URL = "https://wiki.example/1"


def talk(*targets: Target, source: Source = Source.LIVE, **changes: object) -> Talk:
    """A bot that publishes to these, with incident 1 led by metadave."""
    one = Talk(setting(targets=targets, **changes), source=source)
    one.tell(LED)
    return one


def owed(one: Talk, name: str = "wiki", number: int = 0) -> list[str]:
    incident = one.state.incidents[number] if number else one.incident
    known = incident.deliveries.get(name)
    return [each.why for each in known.owed] if known else []


def becomes(
    one: Talk, event: e.Published | e.PublishFailed | e.PublishDropped, stamp: str
) -> list[str]:
    """What the bot says once it is told what became of what was owed."""
    one.engine.sent(PublishResult(1, event))
    replies = one.engine.tick(at(stamp))
    assert replay(one.pages.written) == one.state
    return [f"{reply.to} {reply.text}" for reply in replies]


def there(n: int = 1, name: str = "wiki", **more: object) -> e.Published:
    return e.Published(name, n, **{"url": URL, "page": "7", "again": True, **more})  # type: ignore[arg-type]


# --- what is owed -------------------------------------------------------------------------------


def test_a_place_is_owed_what_it_wants_and_nothing_else():
    one = talk(WIKI, NEWS)
    assert (owed(one), owed(one, "news")) == ([], ["declared"])
    one.tell("12:10 <metadave> !inc update looking\n12:20 <metadave> !inc resolve")
    assert (owed(one), owed(one, "news")) == (["resolved"], ["declared", "update", "resolved"])
    assert [each.about for each in one.incident.deliveries["news"].owed] == [0, 1, 0]
    assert [each.n for each in one.incident.deliveries["news"].owed] == [1, 2, 3]
    assert set(owed(one, "news")) < set(WHYS)


def test_people_who_are_called_are_an_occasion_whoever_calls_them():
    pager = Target("pager", ("notify",), products=("MDN",), severities=("1",))
    bob = Prompt(
        "x", "help.", "declared", to=("on_call",), after=timedelta(minutes=9), on_call=("a",)
    )
    rules = process(prompts=(bob,))
    one = Talk(setting(rules, targets=(pager,), products={"MDN": MDN}, duty={"a": "bob"}))
    one.tell(LED + "12:01 <metadave> !inc notify jgmize NTP too")
    assert owed(one, "pager") == []
    one.tell("12:02 <metadave> !inc severity 1\n12:03 <metadave> !inc notify jgmize NTP too")
    one.tell("12:04 <metadave> ping rjohnson the queue is long\n12:10")
    assert owed(one, "pager") == ["notify"] * 3
    assert [each.about for each in one.incident.deliveries["pager"].owed] == [2, 3, 4]
    assert one.incident.calls[3].nicks == ("bob",)
    assert replay(one.pages.written) == one.state


def test_a_report_that_is_out_and_the_end_of_what_was_published_are_occasions_too():
    one = talk(Target("wiki", ("reported",)), NEWS)
    one.tell("12:20 <metadave> !inc resolve\n12:21 <metadave> !inc report done")
    assert owed(one) == ["reported"]
    one.tell("12:22 <metadave> !inc reopen it is down again")
    assert owed(one) == ["reported", "reopened"]
    other = talk(WIKI, NEWS)
    other.tell("12:20 <metadave> !inc withdraw a typo")
    assert (owed(other), owed(other, "news")) == ([], ["declared", "withdrawn"])


def test_a_place_may_want_the_meeting_each_time_that_it_is_set():
    one = talk(Target("mail", ("meeting",)), WIKI)
    for hour in (15, 16):
        one.tell(f"12:20 <metadave> !inc meeting {hour}:00")
    assert (owed(one, "mail"), owed(one)) == (["meeting", "meeting"], [])


@pytest.mark.parametrize(
    ("target", "goes"),
    [
        (Target("wiki", processes=("CORE",)), True),
        (Target("wiki", processes=("other",)), False),
        (Target("wiki", products=("mdn", "x")), True),
        (Target("wiki", products=("x",)), False),
        (Target("wiki", severities=("1", "2")), True),
        (Target("wiki", severities=("3",)), False),
        (Target("wiki", public=True), True),
    ],
)
def test_only_what_a_place_is_for_goes_there(target, goes):
    products = {"MDN": Product("MDN")}
    rules = process(name="core")
    one = Talk(setting(rules, targets=(target,), products=products))
    one.tell(LED + "12:01 <metadave> !inc severity 1\n12:20 <metadave> !inc resolve")
    assert owed(one) == (["resolved"] if goes else [])


def test_what_turns_out_to_be_for_a_place_is_declared_there_once():
    one = talk(Target("wiki", ("declared",), severities=("1",)))
    assert owed(one) == []
    one.tell("12:01 <metadave> !inc severity 1\n12:02 <metadave> !inc severity 2")
    one.tell("12:03 <metadave> !inc severity 1")
    assert owed(one) == ["declared"]


@pytest.mark.parametrize("private", [False, True])
def test_private_and_security_incidents_go_where_they_may(private):
    target = Target("wiki", ("declared", "hand"), private=private)
    one = Talk(setting(targets=(target,)))
    told = one.tell(
        "12:00 <metadave> !inc declare MDN is down --private\n12:01 <metadave> !inc publish wiki"
    )
    assert owed(one) == (["declared", "asked"] if private else [])
    said = "incident 1 goes to wiki." if private else "wiki takes no private incidents"
    assert said in told[-1]


def test_the_public_hears_of_no_drill():
    one = Talk(setting(targets=(Target("wiki", ("declared",), public=True),)))
    one.tell("12:00 <metadave> !inc declare MDN is down --drill")
    assert owed(one) == []


def test_a_log_is_no_news():
    one = talk(NEWS, source=Source.IMPORT)
    assert owed(one, "news") == []


# --- by hand ------------------------------------------------------------------------------------


def test_who_leads_has_it_published_and_is_told_of_what_cannot_be():
    assert "I know no place" in talk().tell("12:05 <metadave> !inc publish")[-1]
    one = talk(WIKI, NEWS)
    assert "only metadave" in one.tell("12:05 <jgmize> !inc publish")[-1]
    assert (
        "no place moon; there are: wiki, news."
        in one.tell("12:05 <metadave> !inc publish moon")[-1]
    )
    assert one.tell("12:06 <metadave> !inc publish WIKI")[-1].endswith("incident 1 goes to wiki.")
    assert one.tell("12:07 <metadave> !inc publish")[-1].endswith("incident 1 goes to wiki, news.")
    assert owed(one) == ["asked", "asked"]


def test_what_is_not_there_yet_is_told_with_the_report_and_why_where_it_may_be():
    one = talk(WIKI)
    one.tell("12:20 <metadave> !inc resolve")
    assert one.tell("12:21 <jgmize> !inc report")[-1].endswith(". Not at Wiki yet.")
    becomes(one, e.PublishFailed("wiki", "refuses the login (401)", permanent=True), "12:22")
    assert one.tell("12:23 <jgmize> !inc status")[-1].endswith(
        " Not at Wiki yet: it refuses the login (401)."
    )
    becomes(one, there(), "12:24")
    assert one.tell("12:25 <jgmize> !inc report")[-1].endswith(f": {URL}")


# --- what becomes of it -------------------------------------------------------------------------


def test_that_it_arrived_is_said_once_and_is_on_record():
    one = talk(WIKI)
    one.tell("12:20 <metadave> !inc resolve")
    assert becomes(one, there(), "12:21") == [f"#mozmeao Published: {URL} (incident 1, wiki)"]
    assert owed(one) == []
    assert not one.incident.owes
    assert [place.url for place in one.incident.published] == [URL]
    assert one.engine.tick(at("12:22")) == []
    again = BotHandler(one.setting, Pages(), replay(one.pages.written))
    assert again.tick(at("12:23")) == []


def test_what_has_no_url_is_not_spoken_of():
    one = talk(NEWS)
    assert becomes(one, there(1, "news", url="", again=False), "12:01") == []
    assert list(one.incident.published) == []


def test_an_update_that_arrived_is_not_spoken_of_after_the_first_word():
    one = talk(NEWS)
    assert len(becomes(one, there(1, "news"), "12:01")) == 1
    one.tell("12:10 <metadave> !inc update looking")
    assert becomes(one, there(2, "news"), "12:11") == []
    assert [place.url for place in one.incident.published] == [URL]


def test_that_a_persons_edit_was_left_is_said():
    one = talk(WIKI)
    one.tell("12:20 <metadave> !inc resolve")
    becomes(one, there(), "12:21")
    one.tell("12:30 <metadave> TL: it was the cache")
    one.until("12:33")
    assert owed(one) == ["changed"]
    beside = there(2, url="https://wiki.example/2", kept="MDN is down", seen=1)
    assert becomes(one, beside, "12:34") == [
        "#mozmeao Wiki: somebody edited MDN is down, which is left as it is. Ours is beside it: "
        "https://wiki.example/2"
    ]


def test_what_people_must_know_though_it_arrived_is_said_each_time():
    one = talk(NEWS)
    some = "did not reach bob@x.example (550): correct `to`"
    said = becomes(one, there(1, "news", url="", caveat=some), "12:01")
    assert said == [f"#mozmeao News {some}"]
    assert one.engine.tick(at("12:02")) == []
    for n, caveat, told in ((2, some, said), (3, "", [])):
        one.tell(f"12:1{n} <metadave> !inc update looking")
        assert becomes(one, there(n, "news", url="", caveat=caveat), f"12:2{n}") == told


def test_a_refusal_is_told_at_once_and_waits_for_a_person():
    one = talk(WIKI, report_directory="reports", report_ending=".txt")
    one.tell("12:20 <metadave> !inc resolve")
    why = "refuses the login (401): ask the owner of its token"
    said = becomes(one, e.PublishFailed("wiki", why, permanent=True), "12:21")
    assert said == [f"#mozmeao Wiki {why}; the report is in reports/incident-0001.txt"]
    known = one.incident.deliveries["wiki"]
    assert next_try(known) is None
    retried = e.Entry(1, at("12:30"), Person("op"), e.PublishRetried("wiki"))
    one.engine.record([retried])
    assert next_try(one.incident.deliveries["wiki"]) == at("12:20")
    assert becomes(one, e.PublishFailed("wiki", why, permanent=True), "12:31") == said


def test_pauses_grow_and_have_an_end_and_people_hear_after_an_hour():
    one = talk(WIKI)
    one.tell("12:20 <metadave> !inc resolve")
    assert next_try(one.incident.deliveries["wiki"]) == at("12:20")
    pauses = []
    for minute in range(40):
        stamp = f"13:{minute:02}"
        said = becomes(one, e.PublishFailed("wiki", "does not answer"), stamp)
        assert said == []
        pauses.append(next_try(one.incident.deliveries["wiki"]) - at(stamp))
    minutes = [pause.total_seconds() / 60 for pause in pauses]
    assert minutes[:4] == [1, 2, 4, 8]
    assert minutes[-1] == 240
    assert [reply.text for reply in one.engine.tick(at("14:00"))] == [
        "Wiki does not answer; it is tried again"
    ]
    assert one.engine.tick(at("14:01")) == []


def test_a_place_is_left_alone_as_long_as_it_wants_up_to_a_day():
    one = talk(WIKI)
    one.tell("12:20 <metadave> !inc resolve")
    becomes(one, e.PublishFailed("wiki", "is asked too often", after=600), "12:21")
    assert next_try(one.incident.deliveries["wiki"]) == at("12:31")
    becomes(one, e.PublishFailed("wiki", "is asked too often", after=10**9), "12:22")
    assert next_try(one.incident.deliveries["wiki"]) == at("12:22") + timedelta(days=1)


def test_what_is_dropped_is_owed_no_more():
    one = talk(WIKI)
    one.tell("12:20 <metadave> !inc resolve")
    one.engine.record([e.Entry(1, at("12:30"), Person("op"), e.PublishDropped("wiki"))])
    assert not one.incident.owes
    assert next_try(one.incident.deliveries["wiki"]) is None
    one.tell("12:31 <metadave> TL: it was the cache")
    assert not one.incident.owes
    assert becomes(one, e.PublishFailed("wiki", "too late"), "12:32") == []
    assert one.incident.deliveries["wiki"].attempts == 0


def test_a_place_that_was_dropped_owes_no_change_from_before_either():
    one = talk(WIKI)
    one.tell("12:20 <metadave> !inc resolve")
    becomes(one, there(), "12:21")
    one.tell("12:22 <metadave> TL: it was the cache")
    assert one.incident.owes
    one.engine.record([e.Entry(1, at("12:23"), Person("op"), e.PublishDropped("wiki"))])
    assert not one.incident.owes
    one.until("13:00")
    assert owed(one) == []


def test_what_became_of_what_nobody_owes_changes_nothing():
    one = talk(WIKI)
    before = one.incident
    assert becomes(one, there(), "12:01") == []
    one.engine.sent(PublishResult(9, there()))
    one.engine.tick(at("12:02"))
    one.engine.record([e.Entry(1, at("12:03"), Person("op"), e.PublishRetried("wiki"))])
    assert one.incident.deliveries == before.deliveries


# --- what changed since -------------------------------------------------------------------------


def test_what_changed_is_written_again_when_people_have_said_the_rest():
    one = talk(WIKI)
    one.tell("12:20 <metadave> !inc resolve")
    becomes(one, there(), "12:21")
    one.tell("12:30 <metadave> TL: it was the cache\n12:31 <metadave> TL: and the disk")
    assert (one.incident.owes, owed(one)) == (True, [])
    one.until("12:32")
    assert owed(one) == ["changed"]
    becomes(one, there(2, seen=2), "12:33")
    assert not one.incident.owes
    one.until("12:50")
    assert owed(one) == []


def test_when_it_is_written_again_is_known_beforehand():
    one = talk(WIKI)
    one.tell("12:20 <metadave> !inc resolve")
    becomes(one, there(), "12:21")
    one.tell("12:30 <metadave> TL: it was the cache")
    assert next_due(one.state, at("12:30"), one.setting) == at("12:32")
    assert next_due(one.state, at("12:33"), one.setting) != at("12:32")


def test_what_changed_while_it_was_sent_is_sent_again():
    one = talk(WIKI)
    one.tell("12:20 <metadave> !inc resolve\n12:21 <metadave> TL: it was the cache")
    becomes(one, there(seen=0), "12:22")
    one.until("12:24")
    assert owed(one) == ["changed"]


def test_of_an_open_incident_less_is_written_again():
    one = talk(Target("wiki", ("declared",)))
    becomes(one, there(), "12:01")
    one.tell("12:10 <metadave> TL: it is the cache")
    one.until("12:24")
    assert owed(one) == []
    one.until("12:25")
    assert owed(one) == ["changed"]


def test_what_cannot_be_written_again_is_not():
    one = talk(NEWS)
    becomes(one, there(1, "news", again=False), "12:01")
    one.tell("12:10 <metadave> TL: it is the cache")
    one.until("13:00")
    assert owed(one, "news") == []


def test_what_is_erased_here_goes_there_at_once_whatever_may_go_there():
    one = talk(Target("wiki", ("declared",)))
    becomes(one, there(), "12:01")
    one.tell("12:10 <metadave> TL: my number is 4711\n12:11 <metadave> !inc redact 1")
    one.until("12:12")
    assert owed(one) == ["erased"]
    assert becomes(one, there(2, seen=2), "12:13") == []  # people know where it is
    assert not one.incident.deliveries["wiki"].erased


def test_a_second_page_beside_an_edited_one_is_told_again():
    one = talk(Target("wiki", ("declared",)))
    for minute, kept, told in ((1, "", 1), (2, "A", 1), (3, "A", 0), (4, "", 0), (5, "A", 1)):
        assert len(becomes(one, there(minute, kept=kept), f"12:0{minute}")) == told


def test_a_page_on_which_people_write_is_read_before_they_are_reminded():
    one = talk(Target("wiki", ("declared",)))
    becomes(one, there(writable=True), "12:01")
    one.tell("12:20 <metadave> !inc resolve")
    one.until("12:23")
    becomes(one, there(2, writable=True, seen=9), "12:24")
    one.until("12:24", NOON + timedelta(days=1))
    assert owed(one) == ["changed"]
    for n, (stamp, days) in enumerate((("12:25", 1), ("12:24", 2), ("12:24", 5)), 3):
        seen = one.incident.deliveries["wiki"].changes
        one.engine.sent(PublishResult(1, there(n, writable=True, seen=seen)))
        one.until(stamp, NOON + timedelta(days=days))
    assert owed(one) == []  # it is late, and people know
    done = talk(Target("wiki", ("declared",)))
    becomes(done, there(writable=True), "12:01")
    done.tell("12:20 <metadave> !inc resolve\n12:21 <metadave> !inc report done")
    becomes(done, there(2, writable=True, seen=9), "12:24")
    done.until("12:24", NOON + timedelta(days=2))
    assert owed(done) == []
    other = talk(Target("wiki", ("declared",)))
    becomes(other, there(), "12:01")
    other.tell("12:20 <metadave> !inc resolve")
    other.until("12:23")
    becomes(other, there(2, seen=9), "12:24")
    other.until("12:24", NOON + timedelta(days=1))
    assert owed(other) == []


@pytest.mark.parametrize("private", [False, True])
def test_only_a_page_where_it_may_stand_is_read(private):
    one = talk(Target("wiki", ("declared",)))
    becomes(one, there(writable=True), "12:01")
    one.tell("12:20 <metadave> !inc resolve")
    one.until("12:23")
    becomes(one, there(2, writable=True, seen=9), "12:24")
    if private:
        one.tell("12:25 <metadave> !inc @1 security")
        assert owed(one) == ["erased"]
        becomes(one, there(3, writable=True, seen=99), "12:26")
    one.until("12:24", NOON + timedelta(days=1))
    assert owed(one) == ([] if private else ["changed"])


@pytest.mark.parametrize("said", ["security", "summary a secret matter"])
@pytest.mark.parametrize("private", [False, True])
def test_of_a_matter_of_security_the_words_are_taken_away_once(said, private):
    rules = process(security_off_irc=True, security_words=("secret matter",))
    one = Talk(setting(rules, targets=(Target("wiki", ("declared",), private=private),)))
    one.tell(LED)
    becomes(one, there(), "12:01")
    one.tell(f"12:10 <metadave> !inc {said}")
    one.until("12:11")
    assert owed(one) == ([] if private else ["erased"])
    if not private:
        becomes(one, there(2, seen=one.incident.deliveries["wiki"].changes), "12:11")
    one.tell("12:12 <metadave> !inc severity 1")
    one.until("13:00")
    assert owed(one) == (["changed"] if private else [])


def test_what_is_no_matter_of_security_after_all_stands_there_again():
    one = talk(Target("wiki", ("declared",)))
    becomes(one, there(), "12:01")
    one.tell("12:10 <metadave> !inc security\n12:11 <metadave> !inc security off")
    becomes(one, there(2, seen=one.incident.deliveries["wiki"].changes - 1), "12:12")
    one.until("12:40")
    assert owed(one) == ["changed"]


def test_what_need_not_go_there_any_more_is_owed_no_more():
    one = talk(Target("wiki", ("declared",)))
    assert becomes(one, e.PublishDropped("wiki"), "12:01") == []
    assert owed(one) == []
    one.tell("12:10 <metadave> !inc security")
    one.until("13:00")
    assert not one.incident.owes


@pytest.mark.parametrize(
    "event", [e.Heard(), e.QuestionAsked("over"), e.QuestionAnswered("over", True), e.Reminded("x")]
)
def test_what_no_report_shows_is_no_change(event):
    one = talk(Target("wiki", ("declared",)))
    becomes(one, there(), "12:01")
    one.engine.record([e.Entry(1, at("12:02"), Person("ann"), event)])
    assert not one.incident.owes


def test_that_it_is_closed_is_a_change():
    one = talk(WIKI)
    one.tell("12:20 <metadave> !inc resolve")
    becomes(one, there(), "12:21")
    one.tell("12:30 <metadave> !inc close anyway")
    assert one.incident.owes


def test_that_its_report_changed_is_not_told_where_it_is_written_again():
    one = talk(WIKI)
    one.tell("12:20 <metadave> !inc resolve\n12:21 <metadave> !inc report done")
    becomes(one, there(), "12:22")
    told = one.tell("12:30 <metadave> TL: it was the cache")
    assert not [raw for raw in told if "changed since" in raw]


# --- over ---------------------------------------------------------------------------------------


def test_an_incident_that_is_over_is_kept_while_it_owes_something():
    one = talk(WIKI)
    one.tell("12:20 <metadave> !inc resolve\n12:21 <metadave> !inc close anyway")
    for hour in range(13, 18):
        one.tell(
            f"{hour}:00 <metadave> !inc declare it is down again\n{hour}:01 <metadave> !inc resolve"
            f"\n{hour}:02 <metadave> !inc close anyway"
        )
    one.until("18:00")
    assert 1 in one.state.incidents
    assert one.state.incidents[1].status == "closed"


# --- who must not be named ----------------------------------------------------------------------


def test_everybody_whom_the_configuration_names_is_known():
    products = {
        "MDN": Product("MDN", "jwhitlock", ("rjohnson",), on_call={"secondary": "bob"}),
        "NTP": Product("NTP"),
    }
    assert setting(products=products).nicks == {"jwhitlock", "rjohnson", "bob"}
    assert setting().nicks == frozenset()


# --- what comes back --------------------------------------------------------------------------------


def test_tickets_are_looked_at_while_a_follow_up_is_open_and_for_a_week_after():
    one = talk(WIKI)
    assert looks_at(one.incident, "wiki", None) is None
    one.tell("12:10 <metadave> !inc action write a test\n12:20 <metadave> !inc publish")
    assert looks_at(one.incident, "wiki", None) is None
    becomes(one, there(), "12:21")
    assert looks_at(one.incident, "wiki", None) == at("12:21")
    much_later = at("12:21") + timedelta(days=99)
    assert looks_at(one.incident, "wiki", much_later) == much_later + timedelta(minutes=15)
    one.tell("12:30 <metadave> !inc done 1")
    assert looks_at(one.incident, "wiki", at("12:40")) == at("12:55")
    assert looks_at(one.incident, "wiki", much_later) is None


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (e.ActionDone(1, "wiki"), "is done: write a test"),
        (e.ActionChanged(1, dropped=True, place="wiki"), "is dropped: write a test"),
        (e.ActionChanged(1, reopened=True, place="wiki"), "is open again: write a test"),
        (e.ActionDone(1, "elsewhere"), None),
    ],
)
def test_what_a_ticket_says_is_told_once(event, said):
    one = talk(WIKI)
    one.tell("12:10 <metadave> !inc action write a test")
    entry = e.Entry(1, at("12:20"), Person("wiki"), event, "#mozmeao", Source.SHELL)
    one.engine.record([entry])
    told = [reply.text for reply in one.engine.tick(at("12:21"))]
    assert told == ([f"Wiki: action 1 of incident 1 {said}"] if said else [])
    assert not one.engine.tick(at("12:22"))
