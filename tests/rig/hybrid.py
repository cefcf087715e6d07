"""A real ircd-hybrid: an old family of servers, without SASL and without tags."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rig.certificates import Certificates
from rig.daemon import Daemon, free_ports, program, write


@dataclass(frozen=True, slots=True)
class Hybrid:
    """One running ircd-hybrid. `OPER oper operpw` makes an operator."""

    daemon: Daemon
    port: int
    tls_port: int


def start_hybrid(folder: Path, certificates: Certificates, ping: int = 30) -> Hybrid:
    """Start one on free ports."""
    command = program("ircd-hybrid")
    port, tls_port = free_ports(2)
    modules = Path(command).parents[1] / "lib/ircd-hybrid/modules"
    config = write(
        folder / "hybrid.conf",
        f"""
serverinfo {{
    name = "hybrid.rig.example"; sid = "0RG"; description = "the ircd-hybrid of the tests";
    network_name = "RigHybrid"; default_max_clients = 900; max_nick_length = 16;
    tls_certificate_file = "{certificates.server}"; rsa_private_key_file = "{certificates.server}";
}};
admin {{ name = "tests"; description = "tests"; email = "nobody@rig.example"; }};
class {{
    name = "everybody"; ping_time = {ping} seconds; max_number = 900;
    number_per_ip_local = 900; number_per_ip_global = 900;
    sendq = 1 megabyte; recvq = 2560 bytes; max_channels = 100;
}};
auth {{ user = "*@*"; class = "everybody"; flags = no_tilde; }};
operator {{
    name = "oper"; user = "*@*"; password = "operpw"; encrypted = no; class = "everybody";
    flags = admin, kill, kline, unkline;
}};
listen {{ host = "127.0.0.1"; port = {port}; flags = tls; port = {tls_port}; }};
channel {{ max_bans = 100; max_channels = 100; join_flood_count = 1000; join_flood_time = 1 second; }};
serverhide {{ }};
modules {{ path = "{modules}"; path = "{modules}/autoload"; }};
general {{
    throttle_count = 10000; throttle_time = 1 second; max_targets = 4;
    anti_spam_exit_message_time = 0; pace_wait = 0; pace_wait_simple = 0;
}};
log {{ use_logging = no; }};
""",
    )
    files = {
        name: str(folder / f"hybrid.{name}") for name in ("klines", "dlines", "xlines", "resvs")
    }
    daemon = Daemon(
        "hybrid",
        [
            command,
            "-foreground",
            *("-configfile", str(config)),
            *("-logfile", str(folder / "hybrid.server.log")),
            *("-pidfile", str(folder / "hybrid.pid")),
            *("-klinefile", files["klines"]),
            *("-dlinefile", files["dlines"]),
            *("-xlinefile", files["xlines"]),
            *("-resvfile", files["resvs"]),
        ],
        folder,
        port,
    )
    daemon.start()
    return Hybrid(daemon, port, tls_port)
