"""Registers with the server: capabilities, login, nick, and what to do if one of them is refused.

The first line is always `CAP LS 302`; PASS, NICK and USER follow at once, so that a server without
capabilities registers us without delay. Knows of channels only that they wait for us.
"""

from __future__ import annotations

import logging
import random
import re

from ircbot.network.backoff import Backoff
from ircbot.network.irclib import IrcConnection, IrcEvent
from ircbot.network.link_state import End, LinkState, NickChanged, Trouble
from ircbot.network.sasl import LoginState, Sasl
from ircbot.network.services import ServiceCheck
from ircbot.network.sts import StsValue, read_offer

log = logging.getLogger("ircbot.network")

_MOTD_PATIENCE = 5.0  # seconds after 001 for the end of the message of the day
_NICKSERV = "NickServ"
_NICKSERV_PATIENCE = 8.0  # seconds for services to answer before channels are joined
_LOGIN_AGAIN = (300.0, 3600.0)  # seconds between later attempts: the first pause, and the longest

_THROTTLE = re.compile(r"throttl|too fast|too many|reconnect|try again|limit", re.IGNORECASE)
_BAN = re.compile(
    r"\bbanned\b|[kgzd]-?lined?\b|akill|autokill|dnsbl|black ?list|not welcome|suspended",
    re.IGNORECASE,
)
_NEEDS_ACCOUNT = re.compile(
    r"\bsasl access only\b|\b(?:need|must|required?|have)\b.{0,40}"
    r"\b(?:sasl|log(?:ged)? ?in|identif(?:y|ied)|authenticate|(?:an |registered )account)\b"
    r"|\b(?:sasl|account|login|authentication) (?:is )?required\b",
    re.IGNORECASE,
)
_ACCOUNT_REQUIRED = ("ACCOUNT_REQUIRED", "ACCOUNT_REQUIRED_TO_CONNECT", "SASL_REQUIRED")
_TAKEN = ("nicknameinuse", "nickcollision", "unavailresource")
_FLOOD = re.compile(r"excess flood|flooding|recvq|sendq", re.IGNORECASE)


def reason_to_end(sentence: str) -> End:
    """What the text of an ERROR says about reconnecting."""
    if _FLOOD.search(sentence):
        return End.FLOODED
    if _BAN.search(sentence):
        return End.BANNED
    return End.THROTTLED if _THROTTLE.search(sentence) else End.LOST


class Registration:
    """One link's registration, and its login later on."""

    def __init__(self, shared: LinkState, chance: random.Random) -> None:
        self._shared = shared
        self._timeouts = shared.settings.timeouts
        self._sasl: Sasl | None = None
        self._ended_cap = False
        self._started = shared.now
        self._motd_until = 0.0
        self._nickserv_until: float | None = None
        self._services: ServiceCheck | None = None  # the latest WHOIS of NickServ
        self._login_told = False
        self._needs_account = ""  # the server's notice that an account is required
        self._again = Backoff(*_LOGIN_AGAIN, chance)
        self._again_at: float | None = None
        self._server_knows_cap = False
        self.ready = False  # whether channels may be joined
        self.sts: StsValue | None = None

    @property
    def wants_account(self) -> bool:
        """Whether an account is configured and we are not logged in."""
        settings = self._shared.settings
        configured = settings.sasl is not None or bool(settings.nickserv_password)
        return configured and not self._shared.account

    def begin(self) -> None:
        """Send the first lines of registration."""
        shared, settings = self._shared, self._shared.settings
        shared.irc.call_all([shared.capabilities.begin()])
        if settings.password:
            shared.irc.pass_(settings.password)
        shared.irc.nick(shared.nick.current)
        shared.irc.user(settings.username, settings.realname)

    # What the server says

    def capability(self, _: IrcConnection, event: IrcEvent) -> None:
        """CAP."""
        shared = self._shared
        self._server_knows_cap = True
        had_sasl = "sasl" in shared.capabilities.enabled
        shared.irc.call_all(shared.capabilities.take(event.params))
        if self._note_strict_transport():
            return
        shared.people.version += 1  # other tags may be in force now
        has_sasl = "sasl" in shared.capabilities.enabled
        if had_sasl and not has_sasl and self._sasl is not None:
            self._sasl.withdraw("the server has taken the capability away")
        if has_sasl and not had_sasl and shared.registered and self.wants_account:
            self._log_in()
        self._advance()

    def _note_strict_transport(self) -> bool:
        """Note an offer of strict transport. True if this link ends because of it."""
        shared = self._shared
        if (value := shared.capabilities.offered.get("sts")) is None:
            return False
        self.sts = read_offer(value)
        if shared.secure or self.sts.port is None:
            return False
        shared.irc.take()
        shared.end(End.SECURE, f"the server asks for TLS on port {self.sts.port}")
        return True

    def unknown_command(self, _: IrcConnection, event: IrcEvent) -> None:
        """421 or 410: the server has no capabilities, or no NICKSERV command."""
        shared = self._shared
        word = event.param(1).upper()
        if (word == "CAP" or event.type == "invalidcapcmd") and not self._ended_cap:
            shared.capabilities.give_up()
            self._advance()
        elif word == "NICKSERV" and self._services is not None and self._services.is_service:
            shared.irc.privmsg(_NICKSERV, self._identify())

    def whois(self, _: IrcConnection, event: IrcEvent) -> None:
        """The numerics of WHOIS, and 401: whether NickServ is the network's services."""
        services, shared = self._services, self._shared
        if services is None or self._nickserv_until is None:
            return
        if not services.take(event.type, event.params):
            return
        if services.is_service:
            # Somebody who takes the nick just now does not receive the server's own command. If
            # there is none (421), a message is sent to the nick.
            shared.irc.send_raw(f"NICKSERV {self._identify()}")
            return
        self._services = None
        self._nickserv_until = shared.now  # nobody to wait for
        self._tell_login(
            "the password is not sent: NickServ is a user, or the server does not mark it as "
            "services (nickserv_mask)"
            if services.is_there
            else "the password is not sent: there is no NickServ"
        )

    def sasl_answer(self, _: IrcConnection, event: IrcEvent) -> None:
        """AUTHENTICATE, and the numerics from 900 to 908."""
        shared = self._shared
        if event.type == "loggedout":
            shared.account = ""
            self._plan_another_login()
        if self._sasl is not None:
            shared.irc.call_all(self._sasl.take(event.type, event.params, shared.now))
        if event.type == "loggedin":
            self.logged_in(event.param(2))
        self._advance()

    def logged_in(self, account: str) -> None:
        """Note our account, from SASL, NickServ or ACCOUNT; "" if we were logged out."""
        shared = self._shared
        if not account:
            shared.account = ""
            self._plan_another_login()
        elif shared.account != account:
            log.info("%s: logged in as %s", shared.settings.title, account)
            shared.account = account
            self._again_at = self._nickserv_until = None
            self._again.reset()
            self._login_told = False
            shared.channels.logged_in()

    def nick_refused(self, _: IrcConnection, event: IrcEvent) -> None:
        """431, 432, 433, 436, 437, and 400 or FAIL of NICK: the nick was refused."""
        shared = self._shared
        if not shared.registered:
            log.info("%s: the nick %s is refused: %s", shared.settings.title, shared.nick.current,
                     event.param(-1))  # fmt: skip
        taken = event.type in _TAKEN
        shared.irc.call_all(shared.nick.refused(None if taken else event.param(-1)))

    def unknown_error(self, connection: IrcConnection, event: IrcEvent) -> None:
        """400: a command of ours failed. Only NICK matters."""
        if event.param(1).upper() == "NICK":
            self.nick_refused(connection, event)
        else:
            log.warning("%s: %s", self._shared.settings.title, " ".join(event.params[1:]))

    def failed(self, connection: IrcConnection, event: IrcEvent) -> bool:
        """FAIL of something that registration needs. False if it is about something else."""
        if event.param(1).upper() in _ACCOUNT_REQUIRED:
            self.account_required(event.param(-1))
        elif event.param(0).upper() == "NICK":
            self.nick_refused(connection, event)
        else:
            return False
        return True

    def account_required(self, sentence: str) -> None:
        """The server accepts nobody without an account."""
        shared = self._shared
        if shared.registered:
            log.warning("%s: %s", shared.settings.title, sentence)
            return
        self._tell_login(
            f"an account is required on this network: {sentence.rstrip('.')}; "
            + (
                "the login did not succeed"
                if shared.settings.sasl is not None
                else "give it in [irc.sasl]"
            )
        )
        shared.end(End.NO_ACCOUNT, f"an account is required: {sentence}")

    def welcome(self, _: IrcConnection, event: IrcEvent) -> None:
        """001."""
        shared = self._shared
        if shared.registered:
            return
        shared.registered = True
        shared.server = event.nick
        shared.nick.welcomed(event.param(0), shared.now)
        shared.irc.real_nickname = shared.nick.current
        if mask := re.search(r"\S+!(\S+@\S+)$", event.param(-1)):
            shared.userhost = mask[1]
        self._ended_cap = True
        self._motd_until = shared.now + _MOTD_PATIENCE
        if self._sasl is not None:
            self._sasl.withdraw("the server registered us before the login was over")
        shared.tell(NickChanged(shared.nick.current))
        log.info("%s: registered as %s on %s", shared.settings.title, shared.nick.current,
                 shared.server or "a server without a name")  # fmt: skip
        self._after_registration()

    def end_of_motd(self, _: IrcConnection, event: IrcEvent) -> None:
        """376 or 422: the server has introduced itself completely."""
        self._motd_until = self._shared.now
        self._get_ready()

    def services_said(self, event: IrcEvent) -> None:
        """A NOTICE. One from NickServ ends the wait for it; one from the server may say, before it
        closes the link, that it accepts nobody without an account."""
        shared = self._shared
        if not shared.registered and not event.userhost and _NEEDS_ACCOUNT.search(event.param(-1)):
            self._needs_account = event.param(-1)
        if event.nick.lower() == "nickserv" and self._nickserv_until is not None:
            self._nickserv_until = self._shared.now

    def ended(self, sentence: str) -> None:
        """ERROR: the server closes the link."""
        if not self._shared.registered:
            for said in (sentence, self._needs_account):
                if _NEEDS_ACCOUNT.search(said):
                    self.account_required(said)
        self._shared.end(reason_to_end(sentence), sentence)

    def password_refused(self, _: IrcConnection, event: IrcEvent) -> None:
        """464: the password is wrong. After registration it is about OPER, and only logged."""
        if self._shared.registered:
            log.warning("%s: %s", self._shared.settings.title, event.param(-1))
            return
        self._shared.tell(Trouble("", "the server does not accept the password"))
        self._shared.end(End.BANNED, f"the server password is refused: {event.param(-1)}")

    def banned(self, _: IrcConnection, event: IrcEvent) -> None:
        """463, 465, 466: we are banned. After registration only logged: for a ban, an ERROR
        follows."""
        if self._shared.registered:
            log.warning("%s: %s", self._shared.settings.title, event.param(-1))
            return
        if _NEEDS_ACCOUNT.search(event.param(-1)):
            self.account_required(event.param(-1))
            return
        self._shared.end(End.BANNED, event.param(-1) or "banned")

    # What time alone causes

    def tick(self) -> None:
        """Give up waiting for what is overdue."""
        shared, now = self._shared, self._shared.now
        if self._sasl is not None:
            shared.irc.call_all(self._sasl.expire(now))
        if not shared.registered:
            if shared.capabilities.deciding and now - self._started >= self._timeouts.capabilities:
                shared.capabilities.give_up()
            self._advance(late=now - self._started >= self._timeouts.capabilities)
            if now - self._started >= self._timeouts.registration:
                shared.end(End.LOST, f"not registered within {self._timeouts.registration:g} s")
            return
        self._advance()
        if self._again_at is not None and now >= self._again_at and self.wants_account:
            self._log_in()
        self._get_ready()

    def _get_ready(self) -> None:
        """Allow channels to be joined, once registration is complete and services had their
        time."""
        now = self._shared.now
        if self.ready or not self._shared.registered or now < self._motd_until:
            return
        if self._nickserv_until is None or now >= self._nickserv_until:
            self.ready = True
            if self._shared.settings.bot_mode and (mode := self._shared.support.text("BOT")):
                self._shared.irc.mode(self._shared.nick.current, f"+{mode[0]}")

    # What follows

    def _advance(self, late: bool = False) -> None:
        """Continue as far as possible: log in once, then send CAP END once."""
        shared = self._shared
        if shared.ending is not None:
            return
        if shared.registered:
            if self._sasl is not None and self._sasl.outcome is not LoginState.RUNNING:
                self._judge()
        elif (shared.capabilities.settled or late) and not self._ended_cap and self._login_over():
            self._ended_cap = True
            if self._server_knows_cap or late:
                shared.irc.cap("END")

    def _login_over(self) -> bool:
        """Whether the login is over, so that registration may continue; begins it if necessary."""
        shared = self._shared
        if shared.settings.sasl is None:
            return True
        if self._sasl is None and "sasl" in shared.capabilities.enabled:
            self._log_in()
        if self._sasl is not None and self._sasl.outcome is LoginState.RUNNING:
            return False
        self._judge()
        return shared.ending is None

    def _log_in(self) -> None:
        shared, settings = self._shared, self._shared.settings
        self._again_at = None
        if settings.sasl is not None and "sasl" in shared.capabilities.enabled:
            if self._sasl is None:
                self._sasl = Sasl(settings.sasl, self._timeouts.sasl)
                offered = shared.capabilities.offered.get("sasl", "")
                shared.irc.call_all(self._sasl.begin(offered, shared.now))
        else:
            self._plan_another_login()
            if settings.nickserv_password and shared.registered:
                self._ask_nickserv()

    def _judge(self) -> None:
        """Act on the result of a login that is over, or that was not possible."""
        shared, settings = self._shared, self._shared.settings
        sasl, self._sasl = self._sasl, None
        if settings.sasl is None:
            return
        if sasl is not None and sasl.outcome is LoginState.DONE:
            self.logged_in(sasl.account or settings.sasl.account)
            return
        why = sasl.why if sasl is not None else "the server does not offer SASL"
        shared.account = ""
        if settings.sasl.required:
            self._tell_login(f"cannot log in to the account {settings.sasl.account}, which is "
                             f"required: {why}")  # fmt: skip
            shared.end(End.NO_ACCOUNT, f"the account is required: {why}")
            return
        self._tell_login(
            f"cannot log in to the account {settings.sasl.account}: {why}; "
            + ("asking NickServ" if settings.nickserv_password else "going on without it")
        )
        self._plan_another_login()
        if shared.registered and settings.nickserv_password:
            self._ask_nickserv()

    def _tell_login(self, why: str) -> None:
        log.warning("%s: %s", self._shared.settings.title, why)
        if not self._login_told:
            self._login_told = True
            self._shared.tell(Trouble("", why))
            self._shared.notices.owe(why)

    def _plan_another_login(self) -> None:
        self._again_at = self._shared.now + self._again.next()

    def _after_registration(self) -> None:
        if not self.wants_account:
            return
        if self._again_at is None:
            self._plan_another_login()
        if self._shared.settings.nickserv_password:
            self._ask_nickserv()

    def _ask_nickserv(self) -> None:
        shared = self._shared
        if self._nickserv_until is not None and shared.now < self._nickserv_until:
            return
        if not (shared.secure or shared.loopback):
            self._tell_login("the password is not sent to NickServ without TLS")
            return
        self._nickserv_until = shared.now + _NICKSERV_PATIENCE
        mask = shared.settings.nickserv_mask
        self._services = ServiceCheck(_NICKSERV, mask, shared.server, shared.support.fold)
        shared.irc.whois(_NICKSERV)

    def _identify(self) -> str:
        settings = self._shared.settings
        account = settings.sasl.account if settings.sasl is not None else settings.nick
        return f"IDENTIFY {account} {settings.nickserv_password}"
