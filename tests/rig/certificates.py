"""A certificate authority of our own, and the good and bad certificates that tests need.

Made by trustme, which is made for tests and knows the dates and names that make one bad.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import trustme

from rig.daemon import give

NAMES = ("localhost", "127.0.0.1", "::1", "irc.rig.example")


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in PEM. A server's and a client's file hold key and certificate both.

    `server` is good; `wrong` is another host's, `expired` ended in 2020, `stranger` is from an
    authority that nobody knows. `client` is for SASL EXTERNAL.
    """

    ca: Path
    server: Path
    wrong: Path
    expired: Path
    stranger: Path
    client: Path

    def server_context(self, certificate: Path | None = None) -> ssl.SSLContext:
        """TLS for a server of ours; it asks for a client certificate and does without one."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(self.ca))
        context.load_cert_chain(certificate or self.server)
        context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def client_context(self, certificate: Path | None = None) -> ssl.SSLContext:
        """TLS for a client that trusts our authority alone."""
        context = ssl.create_default_context(cafile=str(self.ca))
        if certificate is not None:
            context.load_cert_chain(certificate)
        return context


def fingerprint(certificate: Path) -> str:
    """The SHA-256 fingerprint of the certificate in a file, in lower-case hex."""
    pem = certificate.read_text(encoding="ascii")
    begin = pem.index("-----BEGIN CERTIFICATE-----")
    end = pem.index("-----END CERTIFICATE-----", begin) + len("-----END CERTIFICATE-----")
    return sha256(ssl.PEM_cert_to_DER_cert(pem[begin:end])).hexdigest()


def make_certificates(folder: Path) -> Certificates:
    """Make them all in `folder`."""
    authority = trustme.CA()
    ended = datetime(2020, 2, 1, tzinfo=UTC)
    begun = datetime(2020, 1, 1, tzinfo=UTC)
    files = Certificates(*(folder / f"{name}.pem" for name in Certificates.__slots__))
    authority.cert_pem.write_to_path(str(files.ca))
    for path, certificate in (
        (files.server, authority.issue_cert(*NAMES)),
        (files.wrong, authority.issue_cert("other.example")),
        (files.expired, authority.issue_cert(*NAMES, not_before=begun, not_after=ended)),
        (files.stranger, trustme.CA().issue_cert(*NAMES)),
        (files.client, authority.issue_cert("bot@rig.example", common_name="bot")),
    ):
        certificate.private_key_and_cert_chain_pem.write_to_path(str(path))
    give(*(getattr(files, name) for name in Certificates.__slots__))
    return files
