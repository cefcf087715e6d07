"""Connects to a server: tries its addresses, negotiates TLS, and verifies the certificate.

Every step can be cancelled and has a time limit; nothing is sent before the certificate is
accepted. Must not know IRC.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Any

import aiohappyeyeballs

from ircbot.errors import NetworkError
from ircbot.extras import how_to_add
from ircbot.network.certificate import refuse_password
from ircbot.network.link import Link
from ircbot.network.settings import Address, NetworkSettings
from ircbot.threads import in_thread

_STAGGER = 0.25  # seconds before the next address is tried beside the first (RFC 8305)

_BAD_PROXY = "[irc] proxy must be such as socks5://127.0.0.1:9050"

# OpenSSL's codes for a chain that ends in no authority that is known here.
_UNKNOWN_AUTHORITY = (18, 19, 20, 21)

_AddrInfo = tuple[Any, Any, int, str, Any]


async def dial(
    address: Address,
    settings: NetworkSettings,
    *,
    secure: bool,
    link: Callable[[], Link],
    last: Sequence[str] = (),
) -> Link:
    """A link to a server. Raises NetworkError with a sentence that names server and reason.

    Addresses in `last` are tried after the others.
    """
    patience = settings.timeouts
    try:
        async with asyncio.timeout(patience.connect):
            if settings.proxy:
                connected = await _through_proxy(address, settings)
            else:
                connected = await _straight(address, settings, last)
    except TimeoutError:
        raise NetworkError(f"{address} does not answer within {patience.connect:g} s") from None
    except OSError as error:
        raise NetworkError(f"{address} cannot be reached: {_plain(error)}") from error
    try:
        return await _begin(connected, address, settings, secure, link)
    except BaseException:
        connected.close()
        raise


async def _straight(
    address: Address, settings: NetworkSettings, last: Sequence[str]
) -> socket.socket:
    return await aiohappyeyeballs.start_connection(
        in_turn(await _resolve(address), last),
        local_addr_infos=_local(settings.bind),
        happy_eyeballs_delay=_STAGGER,
        interleave=0 if last else 1,
    )


def in_turn(found: Sequence[_AddrInfo], last: Sequence[str]) -> list[_AddrInfo]:
    """The addresses in the order of attempts: those in `last` come last."""
    return sorted(found, key=lambda one: last.index(one[4][0]) + 1 if one[4][0] in last else 0)


def _local(bind: str) -> list[_AddrInfo] | None:
    """The address to connect from, None to let the system choose."""
    if not bind:
        return None
    return list(socket.getaddrinfo(bind, 0, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST))


async def _through_proxy(address: Address, settings: NetworkSettings) -> socket.socket:
    """A connection through a SOCKS5 proxy, which also resolves the server's name."""
    try:
        from python_socks import ProxyError  # an extra
        from python_socks.async_.asyncio import Proxy
    except ImportError:
        raise NetworkError(f"[irc] proxy needs the extra socks: {how_to_add('socks')}") from None
    host = settings.bind
    try:
        proxy = Proxy.from_url(settings.proxy, rdns=True)
        made: socket.socket = await proxy.connect(
            address.host, address.port, local_addr=(host, 0) if host else None
        )
    except ValueError:  # its message may contain a password
        raise NetworkError(_BAD_PROXY) from None
    except ProxyError as error:
        raise NetworkError(f"{address} cannot be reached by the proxy: {error}") from None
    return made


async def _begin(
    connected: socket.socket,
    address: Address,
    settings: NetworkSettings,
    secure: bool,
    link: Callable[[], Link],
) -> Link:
    loop = asyncio.get_running_loop()
    patience = settings.timeouts.handshake
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        if not secure:
            return (await loop.create_connection(link, sock=connected))[1]
        async with asyncio.timeout(patience):
            _, made = await loop.create_connection(
                link,
                sock=connected,
                ssl=tls_context(settings),
                server_hostname=address.host,
                ssl_handshake_timeout=patience + 1,
            )
    except TimeoutError:
        raise NetworkError(f"{address} does not answer in TLS within {patience:g} s") from None
    except ssl.SSLCertVerificationError as error:
        raise NetworkError(untrusted(address, error)) from error
    except OSError as error:  # ssl.SSLError is one
        raise NetworkError(f"no TLS with {address}: {_plain(error)}") from error
    await _check_pin(made, address, settings)
    return made


def untrusted(server: object, error: ssl.SSLCertVerificationError) -> str:
    """Why a server's certificate is not accepted, and what may help."""
    why = error.verify_message or str(error)
    if error.verify_code in _UNKNOWN_AUTHORITY:
        why += " (set tls_ca_file if its authority is your own)"
    return f"the certificate of {server} is not accepted: {why}"


def tls_context(settings: NetworkSettings) -> ssl.SSLContext:
    """How certificates are verified: by authorities, or by the pins alone."""
    context = ssl.create_default_context(cafile=settings.tls_ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.tls_fingerprints:
        # A pin identifies one certificate; its issuer and validity do not matter.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    sasl = settings.sasl
    ours = settings.certificate_file or (sasl.certificate_file if sasl is not None else None)
    if ours is not None:
        context.load_cert_chain(ours, password=refuse_password)
    return context


async def _check_pin(link: Link, address: Address, settings: NetworkSettings) -> None:
    if not settings.tls_fingerprints:
        return
    digest = hashlib.sha256(link.certificate or b"").hexdigest()
    pins = (pin.replace(":", "").strip().lower() for pin in settings.tls_fingerprints)
    if link.certificate is None or not any(hmac.compare_digest(digest, pin) for pin in pins):
        await link.leave()
        raise NetworkError(
            f"the certificate of {address} is none of tls_fingerprints (its SHA-256: {digest})"
        )


async def _resolve(address: Address) -> list[_AddrInfo]:
    """The addresses of a name.

    In a thread that nobody waits for: the loop's own pool would delay the end of the process for as
    long as the name server is silent.
    """

    def look_up() -> list[_AddrInfo]:
        try:
            return list(socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM))
        except UnicodeError:
            raise OSError("not a host name") from None

    return await in_thread("look-up", look_up)


def _plain(error: OSError) -> str:
    """An error's message, to end a sentence."""
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).replace("_", " ").lower()
    if error.errno is not None and error.errno > 0:  # the numbers of look-ups are negative
        return os.strerror(error.errno).lower()
    return (error.strerror or str(error) or type(error).__name__).rstrip(".").lower()
