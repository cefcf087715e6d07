"""A real ngIRCd: strict, small, and without IRCv3 but multi-prefix."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rig.certificates import Certificates
from rig.daemon import Daemon, free_ports, program, write


@dataclass(frozen=True, slots=True)
class Ngircd:
    """One running ngIRCd. `OPER oper operpw` makes an operator."""

    daemon: Daemon
    port: int
    tls_port: int


def start_ngircd(folder: Path, certificates: Certificates, ping: int = 30) -> Ngircd:
    """Start one on free ports; it pings a client that has been silent for `ping` seconds."""
    command = program("ngircd")
    port, tls_port = free_ports(2)
    config = write(
        folder / "ngircd.conf",
        f"""
[Global]
Name = ngircd.rig.example
Info = the ngIRCd of the tests
Network = RigNg
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = welcome
[Limits]
MaxConnections = 1000
MaxConnectionsIP = 0
MaxJoins = 100
MaxNickLength = 16
PingTimeout = {ping}
PongTimeout = 20
[Options]
DNS = no
Ident = no
PAM = no
OperCanUseMode = yes
[SSL]
CertFile = {certificates.server}
KeyFile = {certificates.server}
Ports = {tls_port}
[Operator]
Name = oper
Password = operpw
""",
    )
    daemon = Daemon("ngircd", [command, "--nodaemon", "--config", str(config)], folder, port)
    daemon.start()
    return Ngircd(daemon, port, tls_port)
