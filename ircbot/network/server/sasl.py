"""AUTHENTICATE: logging in to an account (IRCv3 sasl; RFC 4616, RFC 4422, RFC 5802).

Mechanisms know nothing of IRC: each is a conversation that takes what the client sent and gives
what the server says next. SCRAM is the scramp package's.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Final

from scramp import ScramException, ScramMechanism

from ircbot.network.server.commands import CommandRow
from ircbot.network.server.message import IrcMessage
from ircbot.network.server.numerics import Numeric
from ircbot.network.server.settings import ServerSettings
from ircbot.network.server.state import Conversation, Exchange, User
from ircbot.network.server.world import ServerWorld

CHUNK: Final = 400
LONGEST: Final = 8192


class RefusedError(Exception):
    """The client has not shown that the account is its own."""


def authenticate(world: ServerWorld, user: User, message: IrcMessage) -> None:
    """AUTHENTICATE: a mechanism first, then what it asks for, in chunks of 400."""
    if not user.has("sasl"):
        world.refuse(user, Numeric.ERR_UNKNOWNCOMMAND, message.command)
    elif message.target == "*":
        user.exchange = None
        world.refuse(user, Numeric.ERR_SASLABORTED)
    elif user.exchange is None:
        _begin(world, user, message.target.upper())
    else:
        _go_on(world, user, user.exchange, message.target)


def _begin(world: ServerWorld, user: User, mechanism: str) -> None:
    settings = world.settings
    if user.account and not user.registered:
        world.refuse(user, Numeric.ERR_SASLALREADY)
        return
    if mechanism not in settings.mechanisms or mechanism not in MECHANISMS:
        offered = ",".join(settings.mechanisms)
        world.numeric(user, Numeric.RPL_SASLMECHS, offered, "are available SASL mechanisms")
        world.refuse(user, Numeric.ERR_SASLFAIL)
        return
    fingerprint = user.link.fingerprint if user.link else ""
    user.exchange = Exchange(MECHANISMS[mechanism](settings, fingerprint))
    _say(world, user, next(user.exchange.conversation))


def _go_on(world: ServerWorld, user: User, exchange: Exchange, chunk: str) -> None:
    exchange.received += "" if chunk == "+" else chunk
    if len(chunk) > CHUNK or len(exchange.received) > LONGEST:
        user.exchange = None
        world.refuse(user, Numeric.ERR_SASLTOOLONG)
        return
    if len(chunk) == CHUNK:
        return
    received, exchange.received = exchange.received, ""
    try:
        answer = exchange.conversation.send(base64.b64decode(received, validate=True))
    except StopIteration as finished:
        user.exchange = None
        world.log_in(user, finished.value)
        world.numeric(user, Numeric.RPL_SASLSUCCESS, "SASL authentication successful")
    except (RefusedError, ScramException, binascii.Error, UnicodeDecodeError):
        user.exchange = None
        world.refuse(user, Numeric.ERR_SASLFAIL)
    else:
        _say(world, user, answer)


def _say(world: ServerWorld, user: User, answer: bytes) -> None:
    text = base64.b64encode(answer).decode()
    chunks = [text[start : start + CHUNK] for start in range(0, len(text), CHUNK)]
    if not chunks or len(chunks[-1]) == CHUNK:
        chunks.append("+")
    for chunk in chunks:
        world.send(user, IrcMessage("AUTHENTICATE", (chunk,)))


def _plain(settings: ServerSettings, fingerprint: str) -> Conversation:
    answer = yield b""
    authzid, _, rest = answer.decode().partition("\0")
    name, _, password = rest.partition("\0")
    account = _known(settings, name)
    if authzid not in ("", name) or settings.accounts[account] != password:
        raise RefusedError
    return account


def _external(settings: ServerSettings, fingerprint: str) -> Conversation:
    answer = yield b""
    account = settings.certificates.get(fingerprint)
    if account is None or answer.decode() not in ("", account):
        raise RefusedError
    return account


def _scram(settings: ServerSettings, fingerprint: str) -> Conversation:
    mechanism = ScramMechanism("SCRAM-SHA-256")
    account = ""

    def secrets_of(name: str) -> tuple[bytes, bytes, bytes, int]:
        nonlocal account
        account = _known(settings, name)
        password = settings.accounts[account]
        return mechanism.make_auth_info(password)  # type: ignore[no-any-return]

    server = mechanism.make_server(secrets_of)
    answer = yield b""
    server.set_client_first(answer.decode())
    answer = yield server.get_server_first().encode()
    server.set_client_final(answer.decode())
    yield server.get_server_final().encode()
    return account


def _known(settings: ServerSettings, name: str) -> str:
    for account in settings.accounts:
        if account.lower() == name.lower():
            return account
    raise RefusedError


MECHANISMS: Final[dict[str, Callable[[ServerSettings, str], Conversation]]] = {
    "PLAIN": _plain,
    "EXTERNAL": _external,
    "SCRAM-SHA-256": _scram,
}

COMMANDS: Final = {
    "AUTHENTICATE": CommandRow(authenticate, least_params=1, before_registration=True),
}
