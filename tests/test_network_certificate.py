"""The bot's own certificate: what is wrong with its file is said before it is needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from ircbot.cli.root import run
from ircbot.network.certificate import faults

NOW = datetime.now(UTC)
AUTHORITY = trustme.CA()


def issued(until: datetime = NOW + timedelta(days=300)) -> tuple[str, str]:
    """A key and a certificate, PEM."""
    made = AUTHORITY.issue_cert("ilbot.example", not_after=until)
    key, certificate = made.private_key_pem.bytes(), made.cert_chain_pems[0].bytes()
    return key.decode(), certificate.decode()


def written(tmp_path: Path, *parts: str, mode: int = 0o600) -> Path:
    path = tmp_path / "bot.pem"
    path.write_text("".join(parts))
    path.chmod(mode)
    return path


def encrypted(key: str) -> str:
    loaded = load_pem_private_key(key.encode(), None)
    form = PrivateFormat.PKCS8
    return loaded.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"x")).decode()


def test_what_is_well_is_not_spoken_of(tmp_path: Path) -> None:
    assert list(faults(written(tmp_path, *issued()), NOW)) == []
    assert list(faults(written(tmp_path, *reversed(issued())), NOW)) == []


def test_each_fault_is_named(tmp_path: Path) -> None:
    key, certificate = issued()
    other, _ = issued()
    _, old = issued(NOW - timedelta(days=2))
    for parts, said in (
        ((certificate,), "has no key"),
        ((encrypted(key), certificate), "its key is encrypted"),
        ((other, certificate), "its key is another certificate's"),
        (
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",),
            "is not a certificate with its key",
        ),
    ):
        (fault,) = faults(written(tmp_path, *parts), NOW)
        assert str(tmp_path / "bot.pem") in fault
        assert said in fault
    assert old


@pytest.mark.parametrize(("days", "said"), [(-2, "expired"), (3, "expires")])
def test_one_that_is_over_or_soon_is_said_with_its_day(
    tmp_path: Path, days: int, said: str
) -> None:
    until = NOW + timedelta(days=days)
    (fault,) = faults(written(tmp_path, *issued(until)), NOW)
    assert fault == f"{tmp_path / 'bot.pem'} {said} {until:%Y-%m-%d}"


def test_a_key_that_everybody_can_read_is_said_with_the_mend(tmp_path: Path) -> None:
    path = written(tmp_path, *issued(), mode=0o644)
    (fault,) = faults(path, NOW)
    assert fault == f"{path} holds a key and everybody can read it; chmod o-r {path}"


def test_check_warns_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, certificate = issued()
    written(tmp_path, certificate)
    config = tmp_path / "config.toml"
    config.write_text(
        '[irc]\nhost = "irc.example.org"\nchannels = ["#a"]\ncertificate_file = "bot.pem"\n'
    )
    assert run(["check", "--config", str(config)]) in (0, None)
    assert f"warning  network: {tmp_path / 'bot.pem'} has no key" in capsys.readouterr().out
