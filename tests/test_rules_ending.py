"""How an incident ends, comes back, and is written up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core import LED, Talk, at, check, english, process, replies_to, setting

from ircbot.incident.events import ReportPromised
from ircbot.incident.people import Person
from ircbot.incident.process import Role, Severity
from ircbot.incident.setting import Product
from ircbot.incident.times import Deadline
from ircbot.incident.view import as_json, timeline

# --- resolved -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    ["!inc resolve", "!inc resolved", "the MDN outage has been resolved", "incident resolved",
     "ilbot: resolve it was the ELB"],
)  # fmt: skip
def test_the_leader_says_that_it_is_resolved_and_everybody_is_told(said):
    told = replies_to(LED + f"12:10 <metadave> {said}")
    assert told == [
        "12:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 10 minutes. "
        "The incident report is due 2018-01-12 12:10 UTC from metadave."
    ]


def test_an_entry_may_resolve_it():
    talk = check(
        LED
        + """
        12:10 <metadave> TL: the MDN outage has been resolved
        12:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 10 minutes. The incident report is due 2018-01-12 12:10 UTC from metadave.
        12:10 -ilbot:metadave- #1 recorded
        12:10 <metadave> we'll followup with an incident report
        12:11 <stranger> we'll followup with an incident report
        """
    )
    assert talk.incident.note(1).text == "the MDN outage has been resolved"
    assert talk.incident.report_promised_at == at("12:10:05")


def test_who_led_may_say_so_too():
    talk = Talk()
    talk.tell(
        LED
        + """
        12:01 <metadave> !inc handoff jgmize
        12:02 <jgmize> !inc accept
        12:10 <metadave> the MDN outage has been resolved
        """
    )
    assert not talk.incident.live


def test_when_anybody_else_says_so_the_leader_is_asked_and_not_over_and_over():
    check(
        LED
        + """
        12:10 <passerby> the MDN outage has been resolved
        12:10 -ilbot- metadave: passerby says that incident 1 is resolved. Is it? !inc resolve
        12:11 <passerby> !inc resolve
        12:11 <ilbot> passerby: metadave, who is IL, was asked whether it is resolved.
        12:12 #moc <stranger> !inc resolve
        12:12 #moc <ilbot> stranger: metadave, who is IL, was asked whether it is resolved.
        12:16 #moc <stranger> !inc resolve
        12:16 -ilbot- metadave: stranger says that incident 1 is resolved. Is it? !inc resolve
        12:16 #moc <ilbot> stranger: metadave, who is IL, was asked whether it is resolved.
        12:17 <passerby> the outage is over
        """
    )


def test_an_unled_incident_is_resolved_by_anybody():
    check(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident: MDN is down
        12:00 -ilbot- Incident 1 is open: MDN is down. Who leads? Say "I am the incident leader". TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. Comms: #mozmeao.
        12:10 <passerby> !inc resolve it was the ELB
        12:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 10 minutes. The incident report is due 2018-01-12 12:10 UTC.
        12:11 <passerby> !inc resolve
        12:11 <ilbot> passerby: incident 1 is resolved. !inc reopen WHY, if it is not over.
        12:12 <passerby> incident resolved
        """
    )


def test_where_the_report_is_written_is_said():
    surroundings = setting(report_directory="reports", report_url="https://r.example/")
    check(
        LED
        + """
        12:10 <metadave> !inc resolve
        12:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 10 minutes. The incident report is due 2018-01-12 12:10 UTC from metadave. Draft: https://r.example/incident-0001.mana.xml
        12:11 <metadave> !inc report
        12:11 <ilbot> metadave: due 2018-01-12 12:10 UTC: https://r.example/incident-0001.mana.xml
        """,
        surroundings,
    )


def test_who_owes_the_report_is_as_the_process_says():
    roles = {**english().roles, "scribe": Role("scribe", "scribe")}
    duty = replace(english().report, by="scribe", due=Deadline(1, "working days"))
    talk = Talk(setting(process(roles=roles, report=duty)))
    talk.tell(LED + "12:01 <jgmize> !inc role scribe")
    assert talk.tell("12:10 <metadave> !inc resolve")[1:] == [
        "12:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 10 minutes. "
        "The incident report is due 2018-01-11 12:10 UTC from jgmize."
    ]


# --- reopened, closed, withdrawn ----------------------------------------------------------------


def test_a_reopening_needs_a_reason_and_the_right():
    check(
        LED
        + """
        12:01 <metadave> !inc reopen why not
        12:01 <ilbot> metadave: incident 1 is open, not resolved.
        12:10 <metadave> !inc resolve
        12:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 10 minutes. The incident report is due 2018-01-12 12:10 UTC from metadave.
        12:11 <metadave> !inc reopen
        12:11 <ilbot> metadave: !inc reopen REASON
        12:12 <passerby> !inc reopen it is down again
        12:12 <ilbot> passerby: only metadave (IL) or a channel operator may reopen it.
        12:13 <metadave> !inc reopen it is down again.
        12:13 #mozmeao #meao-infra #moc -ilbot- Incident 1 is open again: it is down again. IL: metadave.
        12:14 <metadave> !inc status
        12:14 <ilbot> metadave: Incident 1 (open): MDN is down. IL: metadave since 12:13 UTC. Comms: #mozmeao.
        12:14 <ilbot> metadave: Declared 12:00 UTC, 14 minutes ago. No update yet. Next due 12:43 UTC.
        """
    )


def test_an_unled_one_is_reopened_without_a_leader():
    check(
        """
        --- #mozmeao
        12:00 <metadave> I am declaring an incident: MDN is down
        12:00 -ilbot- Incident 1 is open: MDN is down. Who leads? Say "I am the incident leader". TL: lines here go on record.
        12:00 #meao-infra #moc -ilbot- Incident 1: MDN is down. Comms: #mozmeao.
        12:10 <passerby> !inc resolve
        12:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 10 minutes. The incident report is due 2018-01-12 12:10 UTC.
        12:11 <@chanop> !inc reopen it is down again
        12:11 #mozmeao #meao-infra #moc -ilbot- Incident 1 is open again: it is down again. Who leads? Say "I am the incident leader".
        """
    )


def test_it_is_not_reopened_where_another_one_is_talked_about():
    check(
        LED
        + """
        12:10 <metadave> !inc resolve
        12:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 10 minutes. The incident report is due 2018-01-12 12:10 UTC from metadave.
        12:11 <jgmize> !inc declare kuma is down
        12:11 -ilbot- Incident 2 is open: kuma is down. IL: jgmize. TL: lines here go on record.
        12:11 #meao-infra #moc -ilbot- Incident 2: kuma is down. IL: jgmize. Comms: #mozmeao.
        12:12 <metadave> !inc @1 reopen it is down again
        12:12 <ilbot> metadave: #mozmeao is the comms channel of incident 2 (kuma is down), led by jgmize.
        """
    )


def test_closing_comes_after_resolving():
    check(
        LED
        + """
        12:01 <metadave> !inc close
        12:01 <ilbot> metadave: it is not resolved: !inc resolve first.
        12:10 <metadave> !inc resolve
        12:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 10 minutes. The incident report is due 2018-01-12 12:10 UTC from metadave.
        12:11 <passerby> !inc close
        12:11 <ilbot> passerby: only metadave (IL), whoever has a role in it or a channel operator may close it.
        12:12 <metadave> !inc close
        12:12 <ilbot> metadave: incident 1 is closed.
        12:13 <metadave> !inc close
        12:13 <ilbot> metadave: no incident is open. For incident 1, which is closed: !inc @1 COMMAND. !inc declare SUMMARY opens another one.
        12:14 <metadave> !inc @1 close
        12:14 <ilbot> metadave: incident 1 is closed, not resolved.
        """
    )


def test_a_process_may_say_what_has_to_be_there_before_it_is_closed():
    slow = setting(process(close_after=Deadline(48), close_needs=("report",)))
    check(
        LED
        + """
        12:10 <metadave> !inc resolve
        12:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 10 minutes. The incident report is due 2018-01-12 12:10 UTC from metadave.
        12:11 <metadave> !inc close
        12:11 <ilbot> metadave: not yet; still to come: the incident report; confirmed (or 2018-01-12 12:10 UTC comes). !inc close anyway does not wait.
        12:12 <metadave> !inc report done
        12:12 <ilbot> metadave: the incident report for incident 1 is done. Thank you.
        12:13 <metadave> !inc close
        12:13 <ilbot> metadave: not yet; still to come: confirmed (or 2018-01-12 12:10 UTC comes). !inc close anyway does not wait.
        12:14 <metadave> !inc close anyway
        12:14 <ilbot> metadave: incident 1 is closed.
        """,
        slow,
    )


def test_a_false_alarm_is_withdrawn_by_those_who_may():
    talk = check(
        LED
        + """
        12:01 <passerby> !inc withdraw it is me
        12:01 <ilbot> passerby: only metadave or a channel operator may withdraw it.
        12:02 <metadave> !inc withdraw
        12:02 <ilbot> metadave: !inc withdraw REASON
        12:03 <metadave> !inc withdraw I misread the graph
        12:03 #mozmeao #meao-infra #moc -ilbot- Incident 1 is withdrawn: I misread the graph
        12:04 <metadave> !inc @1 withdraw once more
        12:04 <ilbot> metadave: incident 1 is withdrawn. !inc reopen WHY, if it is not over.
        12:05 <metadave> !inc status
        12:05 <ilbot> metadave: no incident is open. The last was 1 (MDN is down), withdrawn 12:03 UTC.
        """
    )
    assert talk.incident.status == "withdrawn"
    assert talk.tell("--- 2018-01-20\n12:00")[2:] == []


# --- the report ---------------------------------------------------------------------------------


def test_a_report_that_is_promised_where_nothing_is_open_is_talk():
    talk = Talk()
    assert talk.tell("12:00 <metadave> we'll followup with an incident report")[1:] == []
    assert talk.pages.written == []


def test_the_report_is_owed_due_and_delivered():
    talk = check(
        LED
        + """
        12:01 <metadave> !inc report
        12:01 <ilbot> metadave: due once the incident is resolved
        12:02 <metadave> !inc report done https://mana.example/1
        12:02 <ilbot> metadave: it is not resolved: !inc resolve first.
        12:10 <metadave> !inc resolve
        12:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 10 minutes. The incident report is due 2018-01-12 12:10 UTC from metadave.
        12:11 <metadave> !inc report
        12:11 <ilbot> metadave: due 2018-01-12 12:10 UTC
        12:12 <passerby> !inc report done https://evil.example/1
        12:12 <ilbot> passerby: only metadave (IL) or a channel operator may publish the report or say that it is out.
        12:13 <metadave> !inc report done https://mana.example/1
        12:13 <ilbot> metadave: the incident report for incident 1 is done. Thank you.
        12:14 <passerby> !inc report
        12:14 <ilbot> passerby: done 12:13 UTC: https://mana.example/1
        12:15 <passerby> !inc status
        12:15 <ilbot> passerby: Incident 1 (resolved): MDN is down. Comms: #mozmeao.
        12:15 <ilbot> passerby: Resolved 12:10 UTC after 10 minutes. The incident report is done.
        """
    )
    assert talk.incident.published[0].about == "https://mana.example/1"


def test_a_delivery_need_not_say_where():
    talk = Talk()
    talk.tell(LED + "12:10 <metadave> !inc resolve\n12:13 <metadave> !inc report published")
    assert talk.incident.report_done_at == at("12:13")
    assert talk.incident.published == []


# --- severity, impact ---------------------------------------------------------------------------


def test_a_severity_is_announced_once():
    check(
        LED
        + """
        12:01 <metadave> this is a sev 1
        12:01 #mozmeao #meao-infra #moc -ilbot- Incident 1: severity 1.
        12:02 <metadave> !inc severity 1
        12:02 <ilbot> metadave: severity 1 already.
        12:03 <metadave> !inc sev 2
        12:03 #mozmeao #meao-infra #moc -ilbot- Incident 1: severity 2.
        12:04 <metadave> !inc severity
        12:04 <ilbot> metadave: !inc severity S
        """
    )


def test_a_process_names_its_severities():
    severities = {
        "critical": Severity("critical", "all are hit", announcement=True),
        "minor": Severity("minor"),
    }
    check(
        LED
        + """
        12:01 <metadave> !inc severity 1
        12:01 <ilbot> metadave: the severities are: critical all are hit, minor.
        12:02 <metadave> !inc severity CRITICAL
        12:02 #mozmeao #meao-infra #moc -ilbot- Incident 1: severity critical (all are hit). It needs a public announcement: !inc link URL announcement.
        12:03 <metadave> !inc severity minor
        12:03 #mozmeao #meao-infra #moc -ilbot- Incident 1: severity minor.
        """,
        setting(process(severities=severities)),
    )


def test_a_severity_said_with_the_declaration_is_not_announced_again():
    told = replies_to("12:00 <metadave> I am declaring a sev 1 incident: MDN is down")
    assert len(told) == 2


def test_a_severity_said_again_in_passing_is_not_announced_again():
    talk = check(
        LED
        + """
        12:01 <metadave> this is a sev 1
        12:01 #mozmeao #meao-infra #moc -ilbot- Incident 1: severity 1.
        12:02 <jgmize> ugh, this is a sev 1
        12:03 <metadave> !inc severity 1
        12:03 <ilbot> metadave: severity 1 already.
        """
    )
    assert talk.incident.severity == "1"


def test_a_severity_that_the_product_s_process_does_not_have_is_not_kept():
    """A line is understood in the channel's process; what it opens may be in another."""
    small = process(name="small", severities={"minor": Severity("minor")})
    given = setting(processes={"small": small}, products={"MDN": Product("MDN", process="small")})
    talk = Talk(given)
    talk.tell("12:00 <metadave> I am declaring a sev 1 incident: MDN is down")
    assert (talk.incident.process, talk.incident.severity) == ("small", "")


def test_a_severity_said_in_passing_where_nothing_is_open_means_nothing():
    assert replies_to("12:00 <metadave> this is a sev 1") == []


def test_the_impact_is_kept():
    check(
        LED
        + """
        12:01 <metadave> !inc impact nobody can log in.
        12:01 <ilbot> metadave: impact: nobody can log in
        12:02 <metadave> !inc impact
        12:02 <ilbot> metadave: !inc impact TEXT
        """
    )


# --- follow-ups ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "text", "owner", "due"),
    [
        ("watch the ELB", "watch the ELB", "", ""),
        ("watch the ELB @jgmize by friday", "watch the ELB", "jgmize", "2018-01-12"),
        ("watch the ELB by friday @jgmize", "watch the ELB", "jgmize", "2018-01-12"),
        ("watch the ELB by 2018-02-01", "watch the ELB", "", "2018-02-01"),
        ("watch the ELB by tomorrow.", "watch the ELB", "", "2018-01-11"),
        ("@jgmize: watch the ELB", "watch the ELB", "jgmize", ""),
        ("write it by hand", "write it by hand", "", ""),
        ("write it by hand @jgmize", "write it by hand", "jgmize", ""),
        ("watch BY fri the ELB", "watch the ELB", "", "2018-01-12"),
        ("mail @all about it", "mail @all about it", "", ""),
        ("by friday", "by friday", "", ""),
        ("@Everyone: read it @allison", "@Everyone: read it", "allison", ""),
        ("by 2018-99-99 do it", "by 2018-99-99 do it", "", ""),
    ],
)
def test_a_follow_up_has_an_owner_and_a_day_where_they_are_given(typed, text, owner, due):
    talk = Talk()
    talk.tell(LED + f"12:01 <metadave> #action {typed}")
    action = talk.incident.action(1)
    assert (action.text, action.owner, action.due) == (text, owner, due)


def test_follow_ups_are_listed_done_and_ticketed():
    check(
        LED
        + """
        12:01 <metadave> !inc actions
        12:01 <ilbot> metadave: no actions.
        12:02 <metadave> !inc action watch the ELB @jgmize by friday
        12:02 <ilbot> metadave: action 1: watch the ELB — jgmize, by 2018-01-12.
        12:03 <metadave> !inc action write it down.
        12:03 <ilbot> metadave: action 2: write it down.
        12:04 <jgmize> !inc done 1
        12:04 <ilbot> jgmize: action 1 is done: watch the ELB
        12:05 <jgmize> !inc actions
        12:05 <ilbot> jgmize: 2 write it down; 1 (done) watch the ELB — jgmize, by 2018-01-12
        12:06 <jgmize> !inc done #9
        12:06 <ilbot> jgmize: there is no action #9; !inc actions lists them.
        12:07 <jgmize> !inc done everything
        12:07 <ilbot> jgmize: there is no action everything; !inc actions lists them.
        12:08 <metadave> !inc ticket 2 https://bugs.example/7
        12:08 <ilbot> metadave: linked: https://bugs.example/7
        12:09 <jgmize> !inc ticket 9 https://bugs.example/7
        12:09 <ilbot> jgmize: there is no action 9; !inc actions lists them.
        12:10 <jgmize> !inc ticket 2
        12:10 <ilbot> jgmize: !inc ticket N URL
        12:11 <jgmize> !inc action
        12:11 <ilbot> jgmize: !inc action TEXT [@NICK…] [by DATE], or action N @NICK|by DATE|drop|undo
        """
    )


def test_five_whys_are_asked_for_and_more_are_taken():
    talk = Talk()
    talk.tell(LED)
    told = [talk.tell(f"12:0{n} <metadave> !inc why because {n}")[1] for n in range(1, 7)]
    assert told == [
        "12:01 <ilbot> metadave: why 1: because 1 (4 to go)",
        "12:02 <ilbot> metadave: why 2: because 2 (3 to go)",
        "12:03 <ilbot> metadave: why 3: because 3 (2 to go)",
        "12:04 <ilbot> metadave: why 4: because 4 (1 to go)",
        "12:05 <ilbot> metadave: why 5: because 5",
        "12:06 <ilbot> metadave: why 6: because 6",
    ]


def test_praise_is_said_aloud():
    talk = check(
        LED
        + """
        12:01 <metadave> !inc props jgmize for finding the ELB
        12:01 -ilbot- props to jgmize for finding the ELB.
        12:02 <metadave> !inc props to @rjohnson
        12:02 -ilbot- props to rjohnson.
        12:03 <metadave> !inc props
        12:03 <ilbot> metadave: !inc props NICK [FOR]
        12:04 *metadave* props jgmize
        12:04 -ilbot- props to jgmize.
        12:04 *ilbot:metadave* metadave: said in #mozmeao.
        """
    )
    assert [(p.about, p.text) for p in talk.incident.props] == [
        ("jgmize", "finding the ELB"),
        ("rjohnson", ""),
        ("jgmize", ""),
    ]


@pytest.mark.parametrize(
    "url", ["https://graphs.example/mdn", "graphs.example/mdn", "irc://x/#y", "bugs.example"]
)
def test_a_link_is_kept(url):
    talk = Talk()
    talk.tell(LED + f"12:01 <metadave> #link {url} the graph")
    assert (talk.incident.links[0].about, talk.incident.links[0].text) == (url, "the graph")


@pytest.mark.parametrize(
    ("typed", "reply"),
    [
        ("link", "!inc link URL [TEXT]"),
        ("link the dashboard is here", "which link? !inc link URL TEXT"),
        ("later", "!inc later TEXT"),
        ("why", "!inc why TEXT"),
        ("props", "!inc props NICK [FOR]"),
    ],
)
def test_wrong_use_is_answered_with_what_to_type(typed, reply):
    assert replies_to(LED + f"12:01 <metadave> !inc {typed}") == [
        f"12:01 <ilbot> metadave: {reply}"
    ]


def test_what_would_distract_is_kept_for_the_review():
    talk = check(
        LED
        + """
        12:01 <rookie> !inc later this should have been two load balancers
        12:01 -ilbot:rookie- kept for the review, out of the timeline.
        """
    )
    assert talk.incident.parked[0].text == "this should have been two load balancers"
    assert talk.incident.notes == []


# --- milestones ---------------------------------------------------------------------------------


def test_milestones_are_set_unknown_and_out_of_order_and_never_refused_for_that():
    talk = check(
        LED
        + """
        12:01 <metadave> !inc milestone started 11:40
        12:01 <ilbot> metadave: started 11:40 UTC.
        12:02 <metadave> !inc milestone detected -15m
        12:02 <ilbot> metadave: detected 11:47 UTC.
        12:03 <metadave> !inc milestone mitigated
        12:03 <ilbot> metadave: mitigated 12:03 UTC.
        12:04 <metadave> !inc milestone detected 11:30
        12:04 <ilbot> metadave: detected 11:30 UTC; that is before started (11:40 UTC).
        12:05 <metadave> !inc milestone started 12:02
        12:05 <ilbot> metadave: started 12:02 UTC; that is after detected (11:30 UTC).
        12:06 <metadave> !inc milestone detected unknown
        12:06 <ilbot> metadave: detected: unknown.
        12:07 <metadave> !inc milestone ROLLBACK 11:59
        12:07 <ilbot> metadave: rollback 11:59 UTC.
        12:10 <metadave> !inc resolve
        12:10 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 10 minutes. The incident report is due 2018-01-12 12:10 UTC from metadave.
        12:11 <metadave> !inc milestone mitigated 12:11
        12:11 <ilbot> metadave: mitigated 12:11 UTC; that is after resolved (12:10 UTC).
        """
    )
    assert talk.incident.detected_at is None
    assert talk.incident.milestones == {"rollback": at("11:59")}


@pytest.mark.parametrize("typed", ["mitgated", "resolvd 12:00"])
def test_a_milestone_that_is_none_is_answered(typed):
    assert replies_to(LED + f"12:01 <metadave> !inc milestone {typed}") == [
        "12:01 <ilbot> metadave: which? !inc milestone started|detected|declared|mitigated|resolved [TIME]"
    ]


@pytest.mark.parametrize(
    ("typed", "reply"),
    [
        ("23:59 tomorrow", "23:59 tomorrow (tomorrow 23:59 UTC) is still to come."),
        ("at 4", '"at 4": in the morning or in the afternoon? 04:00, 16:00 and 4pm are clear.'),
    ],
)
def test_a_milestone_at_no_such_time_is_answered(typed, reply):
    assert replies_to(LED + f"12:01 <metadave> !inc milestone started {typed}") == [
        f"12:01 <ilbot> metadave: {reply}"
    ]


def test_a_milestone_alone_says_how_it_is_typed():
    assert replies_to(LED + "12:01 <metadave> !inc milestone") == [
        "12:01 <ilbot> metadave: !inc milestone started|detected|declared|mitigated|resolved [TIME]"
    ]


# --- times that are corrected -----------------------------------------------------------------

RESOLVED = (
    LED
    + """
    12:05:00 <metadave> TL: the ELB is back
    12:20:00 <jgmize> TL: still looking
    12:40:00 <metadave> !inc resolve
    """
)


def test_it_was_resolved_earlier_than_somebody_said_so():
    talk = Talk()
    talk.tell(LED + "12:20:00 <jgmize> TL: still looking")
    (told, *_) = talk.tell("12:40:00 <metadave> !inc resolve 12:05 the ELB is back")[-1:]
    assert told == (
        "12:40 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 5 minutes. The "
        "incident report is due 2018-01-12 12:05 UTC from metadave. (Resolved since 12:05 UTC.)"
    )
    incident = talk.incident
    assert incident.resolved_at == at("12:05")
    assert [t.until for t in incident.terms] == [at("12:05")]
    rows = {row.text or row.kind: row for row in timeline(incident)}
    assert rows["still looking"].after_end  # it stays, marked
    assert (rows["the ELB is back"].at, rows["the ELB is back"].recorded) == (
        at("12:05"),
        at("12:40"),
    )


def test_a_time_of_what_is_resolved_already_is_put_right_by_its_milestone():
    check(
        LED
        + """
        12:20 <metadave> !inc resolve it is back
        12:20 #mozmeao #meao-infra #moc -ilbot- Incident 1 is resolved after 20 minutes. The incident report is due 2018-01-12 12:20 UTC from metadave.
        12:21 <metadave> !inc resolve 12:10 it was back
        12:21 <ilbot> metadave: incident 1 is resolved already: !inc milestone resolved 12:10 puts the time right.
        12:22 <metadave> !inc milestone resolved 12:10
        12:22 <ilbot> metadave: resolved: 12:10 UTC. Before: 12:20 UTC. !inc undo C1 takes it back.
        12:23 <metadave> !inc resolve it is back
        12:23 <ilbot> metadave: incident 1 is resolved. !inc reopen WHY, if it is not over.
        """
    )


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("resolve 11:50", "resolved 11:50 UTC would be before it was declared, 12:00 UTC."),
        ("resolve 12:50 it is back", "12:50 is still to come. For the day before, say: yesterday 12:50."),
        ("milestone resolved 12:05", "it is not resolved yet: !inc resolve 12:05 TEXT"),
        ("milestone resolved", "resolved not yet."),
        ("milestone declared", "declared 12:00 UTC."),
    ],
)  # fmt: skip
def test_an_end_that_cannot_be_is_answered_and_nothing_is_resolved(said, reply):
    talk = Talk()
    talk.tell(LED)
    assert talk.tell(f"12:40:00 <metadave> !inc {said}")[-1] == f"12:40 <ilbot> metadave: {reply}"
    assert talk.incident.live


@pytest.mark.parametrize("said", ["resolve 4pm", "resolve yesterday 10:00 it is back"])
def test_a_time_alone_or_with_words_says_since_when(said):
    talk = Talk()
    talk.tell(LED)
    assert "would be before it was declared" in talk.tell(f"12:40:00 <metadave> !inc {said}")[-1]


def test_the_ends_of_an_incident_are_corrected_with_history():
    talk = Talk()
    talk.tell(RESOLVED)
    for said, answer in (
        ("12:41:00 <metadave> !inc milestone resolved 12:10", "resolved: 12:10 UTC. Before: 12:40 UTC. !inc undo C1 takes it back."),
        ("12:42:00 <metadave> !inc milestone declared 11:45", "declared: 11:45 UTC. Before: 12:00 UTC. !inc undo C2 takes it back."),
        ("12:43:00 <passerby> !inc milestone resolved 12:00", "only metadave (IL), whoever has a role in it or a channel operator may say when it was."),
        ("12:44:00 <metadave> !inc milestone resolved 11:40", "resolved 11:40 UTC would be before it was declared, 11:45 UTC."),
        ("12:45:00 <metadave> !inc milestone declared 12:30", "resolved 12:10 UTC would be before it was declared, 12:30 UTC."),
        ("12:46:00 <metadave> !inc milestone resolved soon", '"soon" is not a time. These are: 16:12, 4pm, 16:12 UTC, yesterday 23:10, 2026-11-24 10:00, -10m.'),
    ):  # fmt: skip
        assert answer in talk.tell(said)[-1]
    incident = talk.incident
    assert (incident.declared_at, incident.resolved_at) == (at("11:45"), at("12:10"))
    assert [t.until for t in incident.terms] == [at("12:10")]
    rows = {row.text or row.kind: row for row in timeline(incident)}
    assert (rows["the ELB is back"].after_end, rows["still looking"].after_end) == (False, True)
    assert rows["resolved"].at == at("12:10")
    assert [
        (c["what"], c["from"], c["to"]) for c in as_json(incident, setting().process)["corrections"]
    ] == [
        ("resolved", "2018-01-10T12:40:00Z", "2018-01-10T12:10:00Z"),
        ("declared", "2018-01-10T12:00:00Z", "2018-01-10T11:45:00Z"),
    ]
    talk.tell("12:47 <metadave> !inc undo C1")
    assert talk.incident.resolved_at == at("12:40")


def test_of_a_reopened_incident_each_end_is_that_of_its_stretch():
    talk = Talk()
    talk.tell(RESOLVED + "13:00:00 <metadave> !inc reopen it is down again")
    told = talk.tell("13:20:00 <metadave> !inc resolve 12:50")
    assert told[-1].endswith("resolved 12:50 UTC would be before it began, 13:00 UTC.")
    talk.tell(
        "13:21:00 <metadave> !inc resolve 13:10\n13:22 <metadave> !inc milestone declared 11:30"
    )
    assert [(s.since, s.until) for s in talk.incident.stretches] == [
        (at("11:30"), at("12:40")),
        (at("13:00"), at("13:10")),
    ]


def test_a_delivered_report_that_changes_is_told_once():
    talk = Talk()
    talk.tell(RESOLVED + "12:50 <metadave> !inc report done https://wiki.example.org/1")
    told = "-ilbot- the incident report for incident 1 (MDN is down) changed since it was delivered: https://wiki.example.org/1"
    assert talk.tell("12:51:00 <metadave> TL: one more")[1:] == [
        f"12:51 {told}",
        "12:51 -ilbot:metadave- #3 recorded",
    ]
    assert talk.tell("12:52:00 <metadave> TL: and one")[1:] == [
        "12:52 -ilbot:metadave- #4 recorded"
    ]
    talk.tell("12:53 <metadave> !inc report done")
    assert talk.tell("12:54:00 <metadave> !inc why it broke")[-1].endswith(
        "delivered: https://wiki.example.org/1"
    )


def test_a_closed_incident_takes_entries_corrections_and_actions():
    talk = Talk()
    talk.tell(RESOLVED + "12:50 <metadave> !inc close")
    for said, answer in (
        ("12:51:00 <metadave> TL 1: one more", "12:51 -ilbot:metadave- #3 recorded"),
        ("12:52:00 <metadave> !inc @1 edit 3 another", "12:52 <ilbot> metadave: #3 now says: another"),
        ("12:53:00 <metadave> !inc @1 action watch the ELB", "12:53 <ilbot> metadave: action 1: watch the ELB."),
        ("12:54:00 <metadave> !inc @1 milestone started 11:50", "12:54 <ilbot> metadave: started 11:50 UTC."),
    ):  # fmt: skip
        assert talk.tell(said)[-1] == answer
    assert talk.incident.status == "closed"


def test_a_severity_is_known_by_its_title_too():
    known = {"1": Severity("1", "critical"), "2": Severity("2", "major")}
    talk = Talk(setting(process(severities=known)))
    talk.tell(LED + "12:01 <metadave> !inc severity Major")
    assert talk.incident.severity == "2"


def test_whoever_leads_by_now_is_asked_anew_whether_it_is_over():
    check(
        LED
        + """
        12:05 <metadave> MDN is back up
        12:05 -ilbot- metadave: is incident 1 over? !inc yes, or !inc no
        12:06 <metadave> !inc no
        12:07 <metadave> handing off to jgmize
        12:07 -ilbot- jgmize: please confirm that you are now IL (!inc accept).
        12:08 <jgmize> got it
        12:08 -ilbot- jgmize is now IL (metadave was, for 8 minutes).
        12:08 #meao-infra #moc -ilbot- Incident 1: jgmize is now IL (metadave was, for 8 minutes).
        12:10 <jgmize> all clear
        12:10 -ilbot- jgmize: is incident 1 over? !inc yes, or !inc no
        12:12 <jgmize> search is back up
    """
    )


# --- who writes the report ------------------------------------------------------------------------


def test_who_takes_the_report_after_the_end_writes_it_and_leads_nothing():
    talk = Talk()
    talk.tell(
        RESOLVED
        + """
        12:50 <stranger> I'll take the report
        12:51 <stranger> jgmize writes the report
        12:52 <metadave> carol writes the report
        12:53 <jgmize> hello
        12:54 <metadave> the incident report is with jgmize
        12:55 <metadave> jgmize takes the report
        12:56 <metadave> !inc report
        """
    )
    assert talk.pages.written[-1].event == ReportPromised(Person("jgmize"))
    assert [term.holder.nick for term in talk.incident.terms] == ["metadave"]
    due = talk.incident.report_writer
    assert (due.who.nick, due.since) == ("jgmize", at("12:54"))
    assert talk.tell("12:57 <metadave> !inc status")[-1].endswith("from jgmize.")
    assert talk.tell("12:58 <metadave> I'll write the report")[1:] == [
        "12:58 -ilbot- metadave writes the incident report, due 2018-01-12 12:40 UTC."
    ]
    talk.tell("12:59 <metadave> jgmize takes the report")
    assert "is done" in talk.tell("13:00 <jgmize> !inc report done https://wiki.example.org/1")[1]
    count = len(talk.pages.written)
    talk.tell("13:01 <metadave> I'll write the report")
    assert len(talk.pages.written) == count


def test_who_takes_over_the_role_that_owes_it_later_writes_the_report():
    talk = Talk()
    talk.tell(
        RESOLVED
        + """
        12:50 <jgmize> hello
        12:51 <metadave> jgmize takes the report
        12:52 <metadave> !inc handoff carol
        12:53 <carol> !inc accept
        """
    )
    assert talk.tell("12:54 <metadave> !inc status")[-1].endswith("from carol.")


def test_who_writes_the_report_means_nothing_while_it_is_open_and_in_a_drill():
    said = """
        12:05 <jgmize> I'll take the report
        12:06 <metadave> jgmize takes the report
        12:07 <metadave> jgmize: can you take over the report?
        12:08 <jgmize> yes
    """
    talk = Talk()
    talk.tell(LED)
    written = len(talk.pages.written)
    talk.tell(said)
    assert len(talk.pages.written) == written
    drill = Talk()
    drill.tell("12:00 <metadave> !inc declare MDN is down --drill\n12:01 <metadave> !inc resolve")
    written = len(drill.pages.written)
    drill.tell(said)
    assert len(drill.pages.written) == written
