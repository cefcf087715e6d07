"""The type `mail`, with a real server: what every publisher must do, threads, people, faults."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from mailboxes import PASSWORD, USER, Mailboxes, mailboxes
from test_publish_outbox import configured, running

from ircbot.incident.state import Owed
from ircbot.publish.conformance import Conformance, publication
from ircbot.publish.mail import Mail
from ircbot.publish.protocol import Publication, Refused, Unavailable, Wrong
from ircbot.publish.registry import places, publisher_of
from ircbot.publish.worker import PublishJob

# aiosmtpd asks so, which later Pythons remark.
pytestmark = pytest.mark.filterwarnings("ignore:.asyncio.iscoroutinefunction:DeprecationWarning")


def mail(server: Mailboxes, **more: Any) -> Mail:
    given = {
        "to": ["ops@example.org"],
        "cc": [],
        "from": "Incidents <ilbot@example.org>",
        "host": "127.0.0.1",
        "port": server.port,
        "tls": "starttls",
        "ca_file": server.ca_file,
        "user": USER,
        "password": PASSWORD,
        "report": "body",
    }
    return Mail(given | more)


def text(message: EmailMessage, kind: str = "plain") -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


class MailWorld:
    def __init__(self, server: Mailboxes) -> None:
        self.server = server

    def publisher(self) -> Mail:
        return mail(self.server)

    def standing(self) -> list[str]:
        return [f"{one['Subject']}\n{text(one)}" for one in self.server.once]

    def refuse(self) -> None:
        self.server.answers["AUTH"] = f"535 5.7.8 not with {PASSWORD}"

    def fail(self) -> None:
        self.server.answers["DATA"] = "451 4.3.0 the disk is full"

    def heal(self) -> None:
        self.server.answers.clear()
        self.server.mute = False

    def lose_answer(self) -> None:
        self.server.mute = True

    def edit(self, word: str) -> bool:
        return False


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    with mailboxes(tmp_path) as server:
        yield MailWorld(server)


class TestMail(Conformance):
    pass


NOW = datetime.now(UTC)
UPDATE = {"at": "2018-01-10T12:30:00Z", "nick": "ann", "text": "looking at the cache"}


def about(occasion: str, n: int = 1, **more: Any) -> Publication:
    """Publication `n` on an occasion."""
    return replace(publication(n=n), occasion=occasion, **more)


# --- a thread -----------------------------------------------------------------------------------


def test_an_incident_is_one_thread_whose_ids_never_change(world):
    for n, occasion in enumerate(("declared", "update", "resolved"), 1):
        world.publisher().publish(about(occasion, n, update=UPDATE))
    first, second, third = world.server.mails
    since = "20180110T120000000000Z"
    assert first["Message-ID"] == f"<incident-7.update-1.{since}@example.org>"
    assert (first["References"], first["Subject"]) == (None, "Incident 7: walrus")
    for n, later in ((2, second), (3, third)):
        assert later["Message-ID"] == f"<incident-7.update-{n}.{since}@example.org>"
        assert later["References"] == later["In-Reply-To"] == first["Message-ID"]
        assert later["Subject"] == "Re: Incident 7: walrus"
    assert first["From"] == "Incidents <ilbot@example.org>"
    assert first["To"] == "ops@example.org"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["List-Id"] == "Incidents <incidents.example.org>"
    assert first["Date"].datetime == publication().at
    assert "looking at the cache" in text(second)
    assert "looking at the cache" in text(second, "html")


def test_long_ids_are_left_whole(world):
    marker = f"{publication().marker}-{'mail-' * 8}"
    what = replace(publication(), marker=marker, key=f"{marker}-2")
    mail(world.server, **{"from": f"a@{'long.' * 20}example.org"}).publish(what)
    raw = world.server.raw[0].decode()
    for name, n in (("Message-ID", 2), ("References", 1), ("In-Reply-To", 1)):
        assert f"\r\n{name}: <incident-7.update-{n}.20180110T" in raw
        assert "long.example.org>\r\n" in raw.partition(f"\r\n{name}: ")[2]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (about("declared"), "Declared at 2018-01-10 12:00 UTC."),
        (about("update", update=UPDATE), "ann, 2018-01-10 12:30 UTC: looking at the cache"),
        (about("update", update=UPDATE | {"nick": None}), "Somebody, 2018-01-10 12:30 UTC: looking"),
        (about("notify", called=UPDATE | {"nicks": ["bob", "carol"]}), "ann, 2018-01-10 12:30 UTC, calls bob, carol."),
        (about("resolved"), "Resolved at 2018-01-10 17:00 UTC."),
        (about("resolved", incident=publication().incident | {"resolution": "a purge"}), "17:00 UTC: a purge"),
        (about("reported"), "The report is done."),
        (about("meeting", incident=publication().incident | {"meeting_at": "2018-01-12T15:00:00Z"}), "The review meeting is at 2018-01-12 15:00 UTC."),
        (about("reopened"), "It is open again."),
        (about("withdrawn"), "nothing more will come"),
        (about("asked", note="entries"), "As it was at 2018-01-10 17:01 UTC."),
        (about("asked", note="entries"), "Changed: entries"),
        (about("update", update=UPDATE, erased=True), "Please delete the earlier mails"),
    ],
)  # fmt: skip
def test_each_occasion_has_its_sentence(what, said):
    assert said in mail(Mailboxes()).preview(what)


def test_how_things_are_stands_under_it(world):
    role = {"title": "incident leader", "nick": "ann", "to": None}
    told = publication().incident | {
        "severity": "SEV-1", "product": "MDN", "impact": "no <pages>", "comms_channel": "#moc",
        "roles": [role, role | {"nick": "bob", "to": "2018-01-10T12:10:00Z"}],
    }  # fmt: skip
    world.publisher().publish(about("declared", incident=told))
    facts = text(world.server.mails[0]).split("\n\n")[2].split("\n")
    assert facts == [
        "Status: resolved", "Severity: SEV-1", "Product: MDN", "Impact: no <pages>",
        "incident leader: ann", "Channel: #moc", "",
    ]  # fmt: skip
    assert "no &lt;pages&gt;<br>" in text(world.server.mails[0], "html")


def test_the_report_comes_as_the_configuration_says(world):
    page = "<!DOCTYPE html><html><body class=x><h1>walrus</h1></body></html>"
    texts = dict(publication().texts) | {"text": "THE REPORT\n", "html": page}
    what = replace(publication(), texts=texts)
    for how in ("body", "attached", "no"):
        mail(world.server, report=how).publish(what)
    body, attached, none = world.server.mails
    assert text(body).endswith("\n\nTHE REPORT\n")
    assert "<body class=x>\n<p>Incident 7: walrus</p>" in text(body, "html")
    assert "<h1>walrus</h1></body></html>" in text(body, "html")
    assert [part.get_filename() for part in attached.iter_attachments()] == ["incident-0007.html"]
    (part,) = attached.iter_attachments()
    assert part.get_content().strip() == page
    assert list(none.iter_attachments()) == []
    assert "THE REPORT" not in text(attached) + text(none)


# --- the review meeting -------------------------------------------------------------------------

INVITATION = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//ircbot//incident review//EN
BEGIN:VEVENT
UID:incident-7@ircbot
DTSTAMP:20180110T170000Z
DTSTART:20180112T150000Z
SEQUENCE:{n}
ATTENDEE;CN=ann:irc:ann,isnick
SUMMARY:Review of incident 7\\, walrus
END:VEVENT
END:VCALENDAR
"""


def test_the_meeting_comes_as_an_invitation_that_calendars_take(world):
    for n in (1, 2):
        texts = dict(publication().texts) | {"invitation": INVITATION.format(n=n)}
        world.publisher().publish(about("meeting", n, texts=texts))
    world.publisher().publish(about("update", 3, texts=texts, update=UPDATE))
    for n, one in enumerate(world.server.mails[:2], 1):
        (part,) = one.iter_attachments()
        assert (part.get_content_type(), part.get_param("method")) == ("text/calendar", "PUBLISH")
        calendar = Calendar.from_ical(part.get_content())
        (event,) = calendar.walk("VEVENT")
        assert (calendar["method"], event["uid"], event["sequence"]) == (
            "PUBLISH", "incident-7@ircbot", n,
        )  # fmt: skip
        assert event["organizer"] == "mailto:ilbot@example.org"
        assert event["summary"] == "Review of incident 7, walrus"
        assert "attendee" not in event
    assert list(world.server.mails[2].iter_attachments()) == []


@pytest.mark.parametrize("public", [False, True])
def test_the_public_is_not_invited(tmp_path, public):
    edition = "public" if public else "internal"
    config = configured(
        tmp_path,
        f'[publish.mail]\ntype = "mail"\nto = ["ops@example.org"]\nfrom = "ilbot@example.org"\n'
        f'host = "127.0.0.1"\nwhen = "hand"\nedition = "{edition}"\n',
    )
    with running(config) as bot:
        bot.say(0, "!inc declare MDN is down", "!inc meeting 15:00", "!inc meeting 16:00")
        (place,), given = places(config)[0], bot.setting
        target = given.targets[0]
        job = PublishJob(
            config.store.path, 1, place, target, given.process, given.zone, given.calendar
        )
        incident, entries = bot.engine.state.incidents[1], bot.store.entries(1)
        owed = Owed(1, "meeting", incident.declared_at, incident.declared_by)
        what = job.publication(publisher_of(place), incident, entries, owed)
    assert bool(what.texts["invitation"]) is not public
    assert ("SEQUENCE:1" in what.texts["invitation"]) is not public


# --- words that are gone --------------------------------------------------------------------------


def test_readers_are_asked_once_to_delete_what_cannot_be_unsent(world):
    first = world.publisher().publish(publication())
    gone = replace(publication("[redacted]", 2), occasion="erased", erased=True, previous=first)
    second = world.publisher().publish(gone)
    assert second.caveat.startswith("cannot unsend what it sent: its readers were asked")
    (_, letter) = world.server.mails
    assert letter["References"] == first.page
    assert "Please delete the earlier mails" in text(letter)
    assert "walrus" not in letter.as_string()
    assert list(letter.iter_attachments()) == []
    third = world.publisher().publish(replace(gone, key=f"{gone.marker}-3", previous=second))
    assert (len(world.server.mails), third.caveat, third.page) == (2, "", second.page)


# --- people ---------------------------------------------------------------------------------------


def test_who_is_not_taken_is_named_and_the_others_get_it(world):
    world.server.answers["gone@example.org"] = "550 5.1.1 no such user\x07"
    both = mail(world.server, cc=["Gone <gone@example.org>"])
    receipt = both.publish(publication())
    assert receipt.caveat == (
        "did not reach gone@example.org (550 5.1.1 no such user): correct `to` and `cc`"
    )
    assert world.server.letters[0][1] == ["ops@example.org"]
    assert "takes mail from ircbot for ops@example.org, and not for gone" in both.check()
    world.server.answers["ops@example.org"] = "554 5.7.1 relaying denied"
    with pytest.raises(Refused, match=r"takes no mail for ops@example.org \(554 .*: correct `to`"):
        both.publish(publication())


def test_for_who_may_be_taken_later_everybody_waits_for_an_hour(world):
    world.server.answers["slow@example.org"] = "451 4.7.1 greylisted"
    both = mail(world.server, to=["ops@example.org", "slow@example.org"])
    with pytest.raises(Unavailable, match=r"for slow@example.org \(451 4.7.1 greylisted\)"):
        both.publish(replace(publication(), at=NOW))
    assert world.server.mails == []
    receipt = both.publish(replace(publication(), at=NOW - timedelta(hours=2)))
    assert receipt.caveat.startswith("did not reach slow@example.org (451")
    world.server.answers["ops@example.org"] = "550 no"
    with pytest.raises(Unavailable):
        both.publish(replace(publication(), at=NOW - timedelta(hours=2)))


def test_of_many_who_are_not_taken_some_are_named(world):
    people = [f"p{n}@example.org" for n in range(9)]
    world.server.answers.update(dict.fromkeys(people, "550 " + "x" * 400))
    with pytest.raises(Refused) as refused:
        mail(world.server, to=people).publish(publication())
    assert "p4@example.org" in str(refused.value)
    assert str(refused.value).endswith("x) and 4 others: correct `to` and `cc`")


def test_names_and_addresses_of_all_peoples(tmp_path):
    with mailboxes(tmp_path) as server:
        people = [
            "Müller, Hans <hans@bücher.example>",
            "jörg@example.org",
            '"Ann B." <a@x.example>',
        ]
        mail(server, to=people).publish(publication())
        ((letter, reached),) = server.letters
    assert reached == ["hans@xn--bcher-kva.example", "jörg@example.org", "a@x.example"]
    names = [one.display_name for one in letter["To"].addresses]  # in UTF-8, which the parser left
    assert [name.encode("utf-8", "surrogateescape").decode() for name in names] == [
        "Müller, Hans", "", "Ann B.",
    ]  # fmt: skip


def test_a_server_that_knows_ascii_only_is_not_given_more(tmp_path):
    with mailboxes(tmp_path, utf8=False) as server:
        with pytest.raises(Refused, match="takes ASCII addresses only: use ASCII"):
            mail(server, to=["jörg@example.org"]).publish(publication())
        mail(server, to=["Jörg <j@bücher.example>"]).publish(publication("wälrus"))
        ((letter, reached),) = server.letters
    assert reached == ["j@xn--bcher-kva.example"]
    assert letter["Subject"] == "Incident 7: wälrus"


# --- hostile words --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    [
        "walrus\r\nBcc: everybody@example.org\r\n\r\nwalrus", "walrus\n.\nMAIL FROM:<x>",
        "walrus \x00\x1b[31m\u2028\u202e", "=?utf-8?q?walrus?=", "wal\ud800rus", "walrus " * 500,
        "walrus" + "ü" * 3000, "<script>walrus</script>", "walrus\u0000", "🦭 walrus",
    ],
)  # fmt: skip
def test_no_words_become_a_header_or_a_command(world, word):
    update = UPDATE | {"text": word, "nick": word}
    texts = dict.fromkeys(publication().texts, f"{word}\n.\n..\n")
    what = replace(publication(word), occasion="update", update=update, texts=texts)
    world.publisher().publish(what)
    world.publisher().publish(replace(what, occasion="resolved", key=f"{what.marker}-2"))
    assert len(world.server.mails) == 2
    for letter, raw in zip(world.server.mails, world.server.raw, strict=True):
        assert letter["Bcc"] is None
        assert letter.defects == []
        assert len(letter.get_all("Subject")) == 1
        assert "rus" in letter["Subject"]
        assert "rus" in text(letter)
        assert "<script>" not in text(letter, "html").split("</p>")[0]
        assert max(map(len, raw.split(b"\r\n"))) <= 998
        assert b"\n" not in raw.replace(b"\r\n", b"")
        assert raw.isascii()


ANY_MAIL = mail(Mailboxes())


@given(st.text(max_size=200))
def test_a_subject_says_what_the_title_says(title):
    what = replace(publication(), title=title)
    sent = ANY_MAIL._bytes(what)
    plain = " ".join("".join(c if c.isprintable() else " " for c in title).split())
    assert message_from_bytes(sent, policy=policy.SMTP)["Subject"] == plain


# --- faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["AUTH", "MAIL", "RCPT", "DATA", "after"])
def test_wherever_the_line_is_cut_it_is_sent_again_and_seen_once(world, command):
    world.server.cuts = command
    world.server.mute = command == "after"
    with pytest.raises(Unavailable, match=r"hung up|cannot be reached"):
        world.publisher().publish(publication())
    world.server.cuts, world.server.mute = "", False
    world.publisher().publish(publication())
    assert len(world.server.once) == 1


@pytest.mark.parametrize(
    ("answers", "error", "said"),
    [
        ({"AUTH": "535 5.7.8 no"}, Refused, "refuses the login (535): look at `user` and `password`"),
        ({"AUTH": "454 4.7.0 later"}, Unavailable, "refuses the login (454)"),
        ({"MAIL": "550 5.7.1 not you"}, Refused, "does not let us send (550 5.7.1 not you): look at `from`, or `user`"),
        ({"MAIL": "451 4.7.1 later"}, Unavailable, "does not let us send (451 4.7.1 later)"),
        ({"MAIL": "552 5.3.4 too big"}, Refused, 'accepts no mail of this length (552 5.3.4 too big): write report = "no"'),
        ({"DATA": "554 5.7.1 spam"}, Refused, "does not take the mail (554 5.7.1 spam): ask the administrator of the server"),
        ({"DATA": "452 4.3.1 full"}, Unavailable, "does not take the mail (452 4.3.1 full)"),
        ({"DATA": "421 4.3.2 going down"}, Unavailable, "does not take the mail (421 4.3.2 going down)"),
    ],
)  # fmt: skip
def test_what_a_server_says_is_told_with_the_fix(world, answers, error, said):
    world.server.answers.update(answers)
    with pytest.raises(error) as raised:
        world.publisher().publish(publication())
    assert str(raised.value) == said
    assert raised.value.permanent is (error is Refused)


@contextmanager
def saying(*lines: bytes) -> Iterator[int]:
    """The port of a server that says a line to whatever it hears, and hangs up."""

    class Speaker(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in lines:
                self.wfile.write(line)
                self.rfile.readline()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Speaker) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


HELLO = b"220 hello\r\n", b"250-hello\r\n250 SIZE 1000\r\n"


@pytest.mark.parametrize(
    ("lines", "error", "said"),
    [
        ((b"554 no service\r\n",), Refused, "does not talk to us (554 no service): look at `host`, `port`"),
        ((b"421 busy\r\n",), Unavailable, "does not talk to us (421 busy)"),
        ((b"SSH-2.0-OpenSSH_9.2\r\n",), Unavailable, "does not talk to us"),
        ((), Unavailable, "hung up"),
        (HELLO, Refused, 'offers no STARTTLS: write tls = "tls", or ask'),
        ((HELLO[0], b"250-hello\r\n250 STARTTLS\r\n", b"454 no TLS today\r\n"), Unavailable, "does not talk to us (454 no TLS today)"),
        ((HELLO[0], b"250-hello\r\n250 STARTTLS\r\n", b"220 go\r\n", b"no TLS at all\r\n"), Unavailable, "cannot be reached"),
    ],
)  # fmt: skip
def test_a_server_that_is_none_or_has_no_tls_gets_no_password(lines, error, said):
    with saying(*lines) as port:
        server = Mailboxes(port=port)
        with pytest.raises(error) as raised:
            mail(server, ca_file=None).publish(publication())
    assert said in str(raised.value)


def test_without_a_login_that_we_know_none_is_tried():
    with saying(*HELLO) as port, pytest.raises(Refused, match="offers no login that we know"):
        mail(Mailboxes(port=port), tls="none").publish(publication())


def test_nobody_listens(world):
    port = world.server.port
    with mailboxes(Path(world.server.ca_file).parent) as other:
        port = other.port
    with pytest.raises(Unavailable, match=r"cannot be reached \(Connection refused\)"):
        mail(Mailboxes(port=port), ca_file=None).publish(publication())


def test_a_certificate_of_an_unknown_authority_is_none(world):
    with pytest.raises(Unavailable, match="its certificate is not valid: "):
        mail(world.server, ca_file=None).check()
    assert not world.server.talked


@pytest.mark.parametrize(
    ("tls", "more"),
    [("tls", {}), ("none", {}), ("starttls", {"auth_exclude_mechanism": ["PLAIN"]})],
)
def test_it_is_sent_over_any_kind_of_tls_and_login(tmp_path, tls, more):
    with mailboxes(tmp_path, tls, login=tls != "none", **more) as server:
        known = {} if tls != "none" else {"user": None, "password": ""}
        one = mail(server, tls=tls, **known)
        assert (
            one.check()
            == f"127.0.0.1 takes mail{' from ircbot' if not known else ''} for ops@example.org"
        )
        assert server.mails == []
        one.publish(publication())
        assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"to": []}, "to"),
        ({"to": ["ops"]}, "to"),
        ({"to": ["a@x.example, b@x.example"]}, "to"),
        ({"to": ["a@x.example\r\nBcc: b@x.example"]}, "to"),
        ({"to": ["A\r\nB <a@x.example>"]}, "to"),
        ({"cc": ["<>"]}, "cc"),
        ({"cc": ["a@" + "ü" * 80 + ".example"]}, "cc"),
        ({"from": None}, "from"),
        ({"from": "A <a@x.example> b"}, "from"),
        ({"host": None}, "host"),
        ({"user": None}, "user"),
        ({"password": ""}, "user"),
        ({"tls": "none", "host": "mail.example.org"}, "tls"),
        ({"tls": "none", "host": "192.0.2.1"}, "tls"),
        ({"ca_file": Path("/nowhere.pem")}, "ca_file"),
        ({"ca_file": Path(__file__)}, "ca_file"),
    ],
)
def test_values_that_do_not_fit_are_told_with_the_fix(values, key):
    with pytest.raises(Wrong) as wrong:
        mail(Mailboxes(), **{"ca_file": None, **values})
    assert wrong.value.key == key


# --- the bot --------------------------------------------------------------------------------------


def test_a_bot_sends_a_thread_and_asks_for_what_was_redacted(tmp_path):
    with mailboxes(tmp_path) as server:
        (tmp_path / "password").write_text(PASSWORD)
        (tmp_path / "password").chmod(0o600)
        config = configured(
            tmp_path,
            '[publish.mail]\ntype = "mail"\nto = ["ops@example.org"]\nfrom = "ilbot@example.org"\n'
            f'host = "127.0.0.1"\nport = {server.port}\nuser = "{USER}"\nca_file = "ca.pem"\n'
            'password_file = "password"\nwhen = ["resolved", "meeting"]\n',
        )
        with running(config) as bot:
            bot.say(0, "!inc declare MDN is down", "TL: my number is 4711", "!inc resolve")
            said = bot.records(bot.comes())
            bot.say(1, "!inc meeting 15:00", "!inc redact 1")
            said += [*bot.turn(0), *bot.records(bot.comes())]
    kinds = [text(one).split("\n\n")[1].split()[0] for one in server.mails]
    assert kinds == ["Resolved", "The"]
    assert "4711" in text(server.mails[0])
    assert "4711" not in server.mails[1].as_string()
    assert "Please delete the earlier mails" in text(server.mails[1])
    assert server.mails[1]["References"] == server.mails[0]["Message-ID"]
    (part,) = server.mails[1].iter_attachments()
    assert "DTSTART:20180110T150000Z" in part.get_content()
    assert any(one.startswith("Mail cannot unsend what it sent") for one in said), said
