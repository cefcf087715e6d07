"""Logging in to the services account: PLAIN, EXTERNAL, SCRAM-SHA-256, each tried once.

Takes AUTHENTICATE and numerics, returns what to send; the consequences of failure are decided
elsewhere. Never logs. https://ircv3.net/specs/extensions/sasl-3.2
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, Protocol

from ircbot.network.irclib import IrcCall
from ircbot.network.settings import SaslSettings

_CHUNK = 400  # bytes of base64 in one AUTHENTICATE
_LONGEST_CHALLENGE = 16_384  # characters of base64, in case the server never ends

# Ten million rounds, which scramp would accept, block the bot for seconds. Services use 4,096 to
# 64,000.
_MOST_ROUNDS = 400_000


class LoginState(Enum):
    """Where the login stands."""

    IDLE = "idle"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class _LoginRefused(Exception):
    """The server's message shows that it does not know the password, or is malformed."""


class _Mechanism(Protocol):
    def answer(self, challenge: bytes) -> bytes: ...
    def proven(self) -> bool: ...


class _Plain:
    def __init__(self, settings: SaslSettings) -> None:
        account = settings.account.encode()
        self._response = b"\0".join((account, account, settings.password.encode()))

    def answer(self, challenge: bytes) -> bytes:
        return self._response

    def proven(self) -> bool:
        return True


class _External:
    def __init__(self, settings: SaslSettings) -> None:
        self._response = settings.account.encode()

    def answer(self, challenge: bytes) -> bytes:
        return self._response

    def proven(self) -> bool:
        return True


class _Scram:
    """RFC 7677, by the scramp package: the server also proves that it knows the password."""

    def __init__(self, settings: SaslSettings) -> None:
        from scramp import ScramClient

        self._client: Any = ScramClient(["SCRAM-SHA-256"], settings.account, settings.password)
        self._step = 0

    def answer(self, challenge: bytes) -> bytes:
        self._step += 1
        text = challenge.decode("utf-8", "replace")
        match self._step:
            case 1:
                first: str = self._client.get_client_first()
                return first.encode()
            case 2:
                rounds = re.search(r"(?:^|,)i=(\d{1,9})(?:,|$)", text)
                if rounds is None or int(rounds[1]) > _MOST_ROUNDS:
                    raise _LoginRefused(
                        f"{rounds[1] if rounds else 'no'} rounds of hashing asked for"
                    )
                self._client.set_server_first(text)
                final: str = self._client.get_client_final()
                return final.encode()
            case 3:
                self._client.set_server_final(text)
                return b""
            case _:
                raise _LoginRefused("a challenge too many")

    def proven(self) -> bool:
        return self._step >= 3


_MECHANISMS: dict[str, type[_Plain] | type[_External] | type[_Scram]] = {
    "PLAIN": _Plain,
    "EXTERNAL": _External,
    "SCRAM-SHA-256": _Scram,
}


class Sasl:
    """One link's login. `deadline` is when to give up, in the loop's time."""

    def __init__(self, settings: SaslSettings, patience: float) -> None:
        self._settings = settings
        self._patience = patience
        self._untried: list[str] = []
        self._mechanism: _Mechanism | None = None
        self._challenge = ""
        self._offered: frozenset[str] | None = None
        self._aborting = False
        self.outcome = LoginState.IDLE
        self.deadline: float | None = None
        self.why = ""  # of the last failure
        self.account = ""  # from 900

    def begin(self, offered: str, now: float) -> list[IrcCall]:
        """Start, with the value of the `sasl` capability ("" if the server names none)."""
        self._untried = [m for m in self._settings.mechanisms if m in _MECHANISMS]
        self._offered = frozenset(offered.upper().split(",")) if offered else None
        self.deadline = now + self._patience
        self.outcome = LoginState.RUNNING
        return self._try_next("no mechanism is configured")

    def take(self, command: str, params: Sequence[str], now: float) -> list[IrcCall]:
        """Take an AUTHENTICATE or a numeric of SASL and return what to send."""
        if self.outcome is not LoginState.RUNNING:
            return []
        sentence = params[-1] if params else ""
        match command:
            case "authenticate":
                return self._authenticate(sentence)
            case "loggedin":
                self.account = params[2] if len(params) > 2 else ""
            case "saslsuccess":
                return self._succeeded()
            case "saslalready":  # logged in already: by certificate, or by the bouncer
                self._end(LoginState.DONE)
            case "saslmechs":  # lists the mechanisms; 904 follows
                self._offered = frozenset((params[1] if len(params) > 1 else "").upper().split(","))
                self._untried = [m for m in self._untried if m in self._offered]
                if not self._untried:
                    return self._try_next(f"the server offers {', '.join(sorted(self._offered))}")
            case "nicklocked" | "saslfail" | "sasltoolong" | "saslaborted":
                self._aborting = False
                return self._try_next(sentence or command)
        return []

    def expire(self, now: float) -> list[IrcCall]:
        """Give up if the deadline has passed."""
        if (
            self.outcome is LoginState.RUNNING
            and self.deadline is not None
            and now >= self.deadline
        ):
            self._fail(f"no answer within {self._patience:g} s")
            return [("send_items", "AUTHENTICATE", "*")]
        return []

    def withdraw(self, why: str) -> None:
        """Give up: the server withdrew the capability, or the link is registered."""
        if self.outcome is LoginState.RUNNING:
            self._fail(why)

    def _try_next(self, why: str) -> list[IrcCall]:
        self._mechanism, self._challenge = None, ""
        while self._untried:
            name = self._untried.pop(0)
            if self._offered is not None and name not in self._offered:
                why = f"{name} is not offered, only {', '.join(sorted(self._offered))}"
                continue
            try:
                self._mechanism = _MECHANISMS[name](self._settings)
            except Exception as error:  # scramp refuses what SASLprep forbids in a password
                why = f"{name} cannot be used with this account and password: {error}"
                continue
            return [("send_items", "AUTHENTICATE", name)]
        self._fail(why)
        return []

    def _authenticate(self, chunk: str) -> list[IrcCall]:
        if self._mechanism is None or self._aborting:
            return []
        if chunk != "+":
            self._challenge += chunk
            if len(self._challenge) > _LONGEST_CHALLENGE:
                return self._abort("an endless challenge")
            if len(chunk) >= _CHUNK:
                return []
        gathered, self._challenge = self._challenge, ""
        try:
            challenge = base64.b64decode(gathered, validate=True)
            return list(_chunks(self._mechanism.answer(challenge)))
        except (binascii.Error, ValueError) as error:
            return self._abort(f"not base64: {error}")
        except _LoginRefused as error:
            return self._abort(str(error))
        except Exception as error:  # scramp raises its own errors, and those of its dependencies
            return self._abort(f"the server's proof is wrong ({type(error).__name__})")

    def _abort(self, why: str) -> list[IrcCall]:
        # The answer to "*" is 906, which then moves on to the next mechanism.
        self._aborting = True
        self._challenge = ""
        self.why = why
        return [("send_items", "AUTHENTICATE", "*")]

    def _succeeded(self) -> list[IrcCall]:
        if self._mechanism is not None and not self._mechanism.proven():
            self._fail("the server claimed success without proving that it knows the password")
        else:
            self._end(LoginState.DONE)
        return []

    def _fail(self, why: str) -> None:
        self.why = why
        self._end(LoginState.FAILED)

    def _end(self, outcome: LoginState) -> None:
        self.outcome = outcome
        self.deadline = None
        self._mechanism = None


def _chunks(response: bytes) -> Iterator[IrcCall]:
    """The AUTHENTICATE lines for a response. After one of exactly 400 bytes, an empty one ends it.

    >>> [len(chunk) for _, _, chunk in _chunks(b"x" * 300)]
    [400, 1]
    """
    text = base64.b64encode(response).decode()
    for start in range(0, len(text), _CHUNK):
        yield ("send_items", "AUTHENTICATE", text[start : start + _CHUNK])
    if len(text) % _CHUNK == 0:
        yield ("send_items", "AUTHENTICATE", "+")
