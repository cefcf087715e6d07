"""Checks the file of the bot's own certificate before it is needed.

Never asks for a password: nobody is there to type one when the bot reconnects at 3 a.m.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ircbot.ownership import is_read_by_others

_SOON = timedelta(days=14)
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_ENCRYPTED = ("BEGIN ENCRYPTED PRIVATE KEY", "Proc-Type: 4,ENCRYPTED")
# DER (X.690 §8): the tags of the two ways to write a time (RFC 5280 §4.1.2.5).
_TIMES = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}


def refuse_password() -> str:
    """OpenSSL's password callback. Always raises ValueError."""
    raise ValueError("its key is encrypted")


def faults(path: Path, now: datetime) -> Iterator[str]:
    """What is wrong with a PEM file of certificate and key, a sentence for each fault."""
    text = path.read_text("ascii", "replace")
    if "PRIVATE KEY" not in text:
        yield f"{path} has no key; put the certificate's key into the same file"
        return
    if is_read_by_others(path):
        yield f"{path} holds a key and everybody can read it; chmod o-r {path}"
    if any(mark in text for mark in _ENCRYPTED):
        yield (
            f"{path}: its key is encrypted, and nobody is there to type the password; "
            "keep it unencrypted in a file for the bot's user alone"
        )
        return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_cert_chain(path, password=refuse_password)
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", "") or ""
        mismatch = "VALUES_MISMATCH" in reason
        yield (
            f"{path}: its key is another certificate's; put the two that belong together there"
            if mismatch
            else f"{path} is not a certificate with its key, PEM ({reason or error})"
        )
        return
    until = _valid_until(ssl.PEM_cert_to_DER_cert(_CERTIFICATE.findall(text)[0]))
    if until is not None and until < now + _SOON:
        when = f"{until:%Y-%m-%d}"
        yield f"{path} expired {when}" if until < now else f"{path} expires {when}"


def _valid_until(der: bytes) -> datetime | None:
    """The end of a certificate's validity, None if it is not where RFC 5280 §4.1 has it."""
    _, certificate, _ = _element(der)
    _, inner, _ = _element(certificate)
    tag, _, rest = _element(inner)
    if tag == 0xA0:  # the version, which may be missing
        _, _, rest = _element(rest)
    for _ in range(2):  # algorithm, issuer
        _, _, rest = _element(rest)
    _, validity, _ = _element(rest)
    _, _, rest = _element(validity)
    tag, end, _ = _element(rest)
    if tag not in _TIMES:
        return None
    return datetime.strptime(end.decode("ascii"), _TIMES[tag]).replace(tzinfo=UTC)


def _element(der: bytes) -> tuple[int, bytes, bytes]:
    """The first element of DER: its tag, its content, and what follows it."""
    length, begin = der[1], 2
    if length & 0x80:
        begin += length & 0x7F
        length = int.from_bytes(der[2:begin])
    return der[0], der[begin : begin + length], der[begin + length :]
