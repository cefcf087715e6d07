"""A real ZNC bouncer in front of another server of the rig."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ircbot.network.server import IrcMessage, Visitor
from rig.daemon import Daemon, free_ports, give, program, write

USER, NETWORK, PASSWORD = "bot", "rig", "zncpw"
NICK, CHANNEL = "bouncer", "#bounced"


@dataclass(frozen=True, slots=True)
class Znc:
    """One running ZNC, in CHANNEL of the server behind it. `PASS login` lets a client in."""

    daemon: Daemon
    port: int

    @property
    def login(self) -> str:
        """What a client gives as the server's password."""
        return f"{USER}/{NETWORK}:{PASSWORD}"


async def start_znc(folder: Path, behind: int) -> Znc:
    """Start one on a free port, in front of the server on port `behind`; it is in CHANNEL."""
    command = program("znc")
    (port,) = free_ports(1)
    data = folder / "znc"
    configs = data / "configs"
    configs.mkdir(parents=True)
    write(
        configs / "znc.conf",
        f"""
Version = 1.8.2
AnonIPLimit = 100
ConnectDelay = 1
ServerThrottle = 1
MaxBufferSize = 500
<Listener plain>
    Host = 127.0.0.1
    Port = {port}
    IPv4 = true
    IPv6 = false
    SSL = false
    AllowIRC = true
    AllowWeb = false
</Listener>
<User {USER}>
    Nick = {NICK}
    AltNick = {NICK}_
    Ident = bouncer
    RealName = bouncer
    Buffer = 50
    AutoClearChanBuffer = true
    MultiClients = true
    <Pass password>
        Method = plain
        Hash = {PASSWORD}
    </Pass>
    <Network {NETWORK}>
        Server = 127.0.0.1 {behind}
        IRCConnectEnabled = true
        JoinDelay = 0
        FloodRate = 2.00
        FloodBurst = 9
        <Chan {CHANNEL}>
        </Chan>
    </Network>
</User>
""",
    )
    give(data, configs)
    daemon = Daemon("znc", [command, "--foreground", "--datadir", str(data)], folder, port)
    daemon.start()
    try:
        async with await Visitor.arrive("lookout", behind, patience=20) as lookout:
            await lookout.join(CHANNEL)
            await lookout.hears(_bouncer_is_in, since=0)
    except BaseException:
        daemon.stop()
        raise
    return Znc(daemon, port)


def _bouncer_is_in(message: IrcMessage) -> bool:
    joined = message.command == "JOIN" and message.nick == NICK
    listed = message.command == "353" and NICK in message.text.replace("@", "").split()
    return joined or listed
