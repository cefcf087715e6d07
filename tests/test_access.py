"""Who may do what: every rule alone, several at once, other nicks, taken nicks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core import MDN, at, check, english, line, setting
from pyrsistent import pvector

from ircbot.incident.access import is_led, may, who
from ircbot.incident.acts import DEFAULT_ACCESS
from ircbot.incident.people import Person
from ircbot.incident.relays import Relay
from ircbot.incident.state import Moment, Term

LED = """
    --- #mozmeao
    12:00 <metadave> !inc declare MDN is down
    12:00 -ilbot- Incident 1 is open: MDN is down. IL: metadave. TL: lines here go on record.
    12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. IL: metadave. Comms: #mozmeao.
"""
METADAVE = Person("metadave", "dave")


@pytest.fixture
def incident():
    return check(LED, accounts={"metadave": "dave"}).incident


def allowed(what, said, incident=None, author=None, **surroundings):
    return may(what, said, incident, setting(**surroundings), author)


@pytest.mark.parametrize(
    ("rule", "said", "expected"),
    [
        ("anyone", line("12:01", "passer"), True),
        ("leader", line("12:01", "metadave", account="dave"), True),
        ("leader", line("12:01", "dave_on_phone", account="DAVE"), True),
        ("leader", line("12:01", "metadave", account=""), False),  # the nick was taken
        ("leader", line("12:01", "metadave"), False),  # whose account is known, and now not told
        ("leader", line("12:01", "passer", account="passer"), False),
        ("role", line("12:01", "metadave", account="dave"), True),
        ("role", line("12:01", "passer", account="passer"), False),
        ("author", line("12:01", "jgmize", account="jg"), True),
        ("author", line("12:01", "jgmize", account=""), False),
        ("operator", line("12:01", "chanop", operator=True), True),
        ("operator", line("12:01", "chanop"), False),
        ("account:boss", line("12:01", "b", account="BOSS"), True),
        ("account:boss", line("12:01", "boss", account=""), False),
        ("account:boss", line("12:01", "boss"), False),
        ("host:*@*.moz.example", line("12:01", "x", host="u@HOST.moz.example"), True),
        ("host:*@*.moz.example", line("12:01", "x", host="u@moz.example.evil"), False),
        ("host:*", line("12:01", "x"), False),
        ("nonsense", line("12:01", "metadave", account="dave"), False),
    ],
)
def test_each_rule_looks_at_one_thing(rule, said, expected, incident):
    author = Person("jgmize", "jg")
    assert allowed("redact", said, incident, author, access={"redact": (rule,)}) is expected


def test_any_of_several_rules_suffices(incident):
    access = {"redact": ("account:boss", "operator", "leader")}
    for said in (
        line("12:01", "x", account="boss"),
        line("12:01", "x", account="x", operator=True),
        line("12:01", "metadave", account="dave"),
    ):
        assert allowed("redact", said, incident, access=access)
    assert not allowed("redact", line("12:01", "x", account="x"), incident, access=access)


def test_an_act_that_is_not_in_the_table_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        allowed("hum a tune", line("12:01", "passer"))


def test_a_rule_that_names_nobody_leaves_it_to_the_operators_of_the_configuration(incident):
    nobody = {"access": {"redact": ()}, "operators": ("boss",)}
    assert not allowed("redact", line("12:01", "metadave", account="dave"), incident, **nobody)
    assert allowed("redact", line("12:01", "x", account="boss"), incident, **nobody)
    words = who("redact", incident, setting(**nobody), english())
    assert words == "the operators in my configuration"


def test_what_the_configuration_leaves_out_is_as_by_default(incident):
    operator = line("12:01", "chanop", operator=True)
    assert allowed("redact", operator, incident, access={"close": ("leader",)})


@pytest.mark.parametrize(
    ("authority", "entry", "forget"),
    [("full", True, True), ("entries", True, False), ("none", False, False)],
)
def test_a_relays_people_may_at_most_what_their_relay_may(authority, entry, forget, incident):
    said = line("12:01", "carol", via="discord")
    anyone = {"entry": ("anyone",), "forget": ("anyone",)}
    relays = {"": (Relay("bridge", network="discord", authority=authority),)}
    assert allowed("entry", said, incident, access=anyone, relays=relays) is entry
    assert allowed("forget", said, incident, access=anyone, relays=relays) is forget


@pytest.mark.parametrize("what", sorted(DEFAULT_ACCESS))
def test_a_configured_operator_may_do_everything_everywhere(what, incident):
    said = line("12:01", "boss", channel="#elsewhere", account="boss")
    assert allowed(what, said, incident, operators=("Boss",))
    assert not allowed("leave", line("12:01", "boss", account=""), incident, operators=("boss",))


@pytest.mark.parametrize(
    ("what", "by_leader", "by_author", "by_operator", "by_passer"),
    [
        ("resolve", True, False, True, False),
        ("reopen", True, False, True, False),
        ("redact", False, True, True, False),
        ("drop", True, True, True, False),
        ("edit", True, True, True, False),
        ("security", True, False, True, False),
        ("resume", True, False, True, False),
        ("purge", False, True, True, False),
        ("publish", True, False, True, False),
        ("channel", True, False, True, False),
        ("close", True, False, True, False),
        ("withdraw", True, False, True, False),
        ("handoff", True, False, False, False),
        ("leave", False, False, True, False),
        ("forget", False, True, True, False),
        ("ask", True, True, True, True),
        ("entry", True, True, True, True),
        ("summary", True, False, True, False),
        ("update", True, False, True, False),
        ("done", True, True, True, False),
    ],
)
def test_by_default(what, by_leader, by_author, by_operator, by_passer, incident):
    author = Person("jgmize")
    people = [
        line("12:01", "metadave", account="dave"),
        line("12:01", "jgmize"),
        line("12:01", "chanop", operator=True),
        line("12:01", "passer"),
    ]
    expected = [by_leader, by_author, by_operator, by_passer]
    assert [allowed(what, said, incident, author) for said in people] == expected


def test_who_led_last_may_still_speak_for_it_once_it_is_over():
    over = check(
        LED
        + """
        12:10 <metadave> !inc resolve
        12:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 10 minutes. The incident report is due 2018-01-12 12:10 UTC from metadave.
        """
    ).incident
    assert allowed("reopen", line("12:11", "metadave"), over)
    assert not allowed("reopen", line("12:11", "jgmize"), over)


def test_the_author_of_what_belongs_to_no_incident_may():
    author = Person("ann[m]", "")
    assert allowed("redact", line("12:01", "ann{m}"), None, author)
    assert not allowed("redact", line("12:01", "bob"), None, author)
    assert not allowed("redact", line("12:01", "ann{m}"), None, author, casemapping="ascii")


def test_nobody_is_the_leader_of_no_incident():
    assert not allowed("reopen", line("12:01", "metadave"))
    assert not allowed("resolve", line("12:01", "metadave"))


ANN, BOB = Person("ann"), Person("bob")


def with_terms(incident, *terms, status="open"):
    """The incident, with these terms of (role, holder, whether it has ended, how)."""
    told = [
        Term(role, holder, at("12:00"), at("12:05") if ended else None, how)
        for role, holder, ended, how in terms
    ]
    return replace(incident, terms=pvector(told), status=status)


@pytest.mark.parametrize(
    ("terms", "status", "led", "leaderless"),
    [
        ([], "open", False, True),
        ([("lead", ANN, False, "claimed")], "open", True, False),
        ([("lead", ANN, False, "default")], "open", False, False),  # nobody took it yet
        ([("lead", ANN, True, "claimed")], "open", False, False),  # who led last speaks for it
        ([("lead", ANN, True, "claimed")], "resolved", True, False),
        ([("comms", ANN, False, "claimed")], "open", False, True),
        ([], "resolved", False, True),
    ],
)
def test_anybody_may_only_while_nobody_leads(terms, status, led, leaderless, incident):
    one = with_terms(incident, *terms, status=status)
    passer = line("12:06", "passer")
    assert is_led(one) is led
    assert allowed("summary", passer, one, access={"summary": ("unled",)}) is not led
    assert allowed("summary", passer, one, access={"summary": ("leaderless",)}) is leaderless
    for rule in ("unled", "leaderless"):
        assert not allowed("summary", passer, None, access={"summary": (rule,)})


def test_who_leads_is_who_holds_the_lead_now_and_afterwards_who_held_it_last(incident):
    terms = [("lead", ANN, True, "claimed"), ("lead", BOB, True, "accepted")]
    access = {"access": {"reopen": ("leader",)}}
    assert not allowed("reopen", line("12:06", "ann"), with_terms(incident, *terms), **access)
    assert allowed("reopen", line("12:06", "bob"), with_terms(incident, *terms), **access)
    back = with_terms(incident, *terms, ("lead", ANN, False, "claimed"))
    assert allowed("reopen", line("12:06", "ann"), back, **access)
    assert not allowed("reopen", line("12:06", "bob"), back, **access)


def test_several_who_lead_at_once_all_speak_for_it(incident):
    both = with_terms(incident, ("lead", ANN, False, "claimed"), ("lead", BOB, False, "claimed"))
    access = {"reopen": ("leader",)}
    assert allowed("reopen", line("12:06", "ann"), both, access=access)
    assert allowed("reopen", line("12:06", "bob"), both, access=access)
    assert who("reopen", both, setting(access=access), english()) == "ann (IL) or bob (IL)"


@pytest.mark.parametrize(
    ("account", "network", "logged_in", "counts"),
    [
        ("boss", "", "Boss", True),
        ("boss", "oftc", "boss", False),  # another network's boss is somebody else
        ("oftc/boss", "oftc", "boss", True),
        ("oftc/boss", "", "boss", False),
        ("libera/boss", "", "boss", True),  # the main network, by its name
        ("libera/boss", "libera", "boss", False),
        ("boss[m]", "", "boss{m}", False),  # its CASEMAPPING is ascii
        ("XXXX", "", None, False),
        ("", "", None, False),
    ],
)
def test_an_account_counts_on_its_own_network(account, network, logged_in, counts):
    said = line("12:01", "x", account=logged_in, network=network)
    surroundings = {"network": "libera", "casemapping": "ascii"}
    assert allowed("leave", said, operators=(account,), **surroundings) is counts


def test_a_holder_of_another_role_chooses_no_channel(incident):
    moments = incident.moments.append(Moment(at("12:02"), "comms", BOB, "#evil"))
    for role, counts in (("comms", False), ("lead", True)):
        one = with_terms(incident, (role, BOB, False, "claimed"))
        one = replace(one, moments=moments, comms="#evil")
        assert allowed("close", operator_in("#evil"), one) is counts


# --- operators of which channel ---------------------------------------------------------------


def operator_in(channel, **more):
    return line("12:01", "chanop", channel=channel, operator=True, **more)


@pytest.mark.parametrize(
    ("channel", "counts"),
    [
        ("#mozmeao", True),  # configured, and declared in
        ("#MOC", True),
        ("#mdndev", True),  # a product's
        ("#evil", False),
    ],
)
def test_an_operator_counts_in_channels_that_are_known(channel, counts, incident):
    assert allowed("redact", operator_in(channel), incident, products={"MDN": MDN}) is counts


@pytest.mark.parametrize(("casemapping", "counts"), [("rfc1459", True), ("ascii", False)])
def test_which_channels_are_the_same_is_for_the_network_to_say(casemapping, counts, incident):
    named = {"channels": ("#ops[m]",), "casemapping": casemapping}
    assert allowed("redact", operator_in("#ops{m}"), incident, **named) is counts


def test_an_operator_counts_where_the_leader_took_the_talk_but_not_to_destroy():
    moved = check(
        LED
        + """
        12:01 <metadave> !inc channel #hideout
        12:01 #meao-infra #moc -ilbot- Incident 1 (MDN is down): updates are in #hideout.
        12:01 #hideout -ilbot- Incident 1 (MDN is down) is worked on here; TL: lines go on record.
        """
    ).incident
    assert allowed("close", operator_in("#hideout"), moved)
    for what in ("redact", "purge", "forget", "withdraw"):
        assert not allowed(what, operator_in("#hideout"), moved)
        assert allowed(what, operator_in("#mozmeao"), moved)


def test_an_operator_does_not_count_where_another_operator_took_the_talk():
    moved = check(
        LED
        + """
        12:02 <@stranger> !inc channel #evil
        12:02 #meao-infra #moc -ilbot- Incident 1 (MDN is down): updates are in #evil.
        12:02 #evil -ilbot- Incident 1 (MDN is down) is worked on here; TL: lines go on record.
        """
    ).incident
    assert not allowed("close", operator_in("#evil"), moved)
    assert allowed("close", operator_in("#mozmeao"), moved)


def test_an_operator_may_always_send_the_bot_out_of_their_own_channel():
    assert allowed("leave", operator_in("#evil"))


def test_the_channels_of_another_network_are_known_there_only():
    networks = {"network_channels": {"oftc": ("#there",)}}
    assert allowed("forget", operator_in("#there", network="oftc"), **networks)
    assert not allowed("forget", operator_in("#there"), **networks)


# --- in words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (("leader", "operator"), "metadave (IL) or a channel operator"),
        (("leader", "role"), "metadave (IL) or whoever has a role in it"),
        (("author",), "jgmize"),
        (("author", "leader", "operator"), "jgmize, metadave (IL) or a channel operator"),
        (("account:boss", "account:boss"), "the account boss"),
        (("host:*@moz", "anyone"), "*@moz or anyone"),
    ],
)
def test_a_refusal_says_who_can(rules, words, incident):
    surroundings = setting(access={"redact": rules})
    assert who("redact", incident, surroundings, english(), Person("jgmize")) == words


def test_without_an_incident_or_an_author_the_words_are_general():
    surroundings = setting(access={"redact": ("leader", "author")})
    assert who("redact", None, surroundings, english()) == "the incident leader or who wrote it"
    surroundings = setting(access={"redact": ("declarer", "unled", "leaderless")})
    assert who("redact", None, surroundings, english()) == "who declared it"


def test_a_leader_who_is_the_author_is_named_once(incident):
    surroundings = setting(access={"redact": ("author", "leader", "operator")})
    words = who("redact", incident, surroundings, english(), METADAVE)
    assert words == "metadave (IL) or a channel operator"


def test_while_nobody_leads_a_refusal_says_how_to():
    unled = check("""\
12:00 <metadave> I am declaring an incident: MDN is down
12:00 -ilbot- Incident 1 is open: MDN is down. Who leads? Say "I am the incident leader". \
TL: lines here go on record.
12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. Comms: #mozmeao.
""").incident
    words = who("reopen", unled, setting(), english())
    assert words == "the incident leader (nobody is yet: !inc lead) or a channel operator"
    assert who("withdraw", unled, setting(), english()) == "metadave or a channel operator"
