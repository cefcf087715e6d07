"""A real InspIRCd network: a hub, a leaf whose loss is a netsplit, and Atheme's services."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ircbot.network.server import IrcMessage, Visitor
from rig.certificates import Certificates
from rig.daemon import Daemon, free_ports, give, program, write

ACCOUNTS = {"botacct": "botpw-äöü", "human": "humanpw"}
"""The accounts that NickServ knows."""

HUB, LEAF, SERVICES = "hub.rig.example", "leaf.rig.example", "services.rig.example"
LINK_PASSWORD = "linkpw"


@dataclass(frozen=True, slots=True)
class InspircdNetwork:
    """A running network. `port` has the limits of public networks, `easy_port` has none.

    `OPER oper operpw` makes an operator who may SAJOIN, SANICK, KILL and the like.
    """

    hub: Daemon
    leaf: Daemon
    services: Daemon
    port: int
    easy_port: int
    tls_port: int
    leaf_port: int

    @asynccontextmanager
    async def netsplit(self) -> AsyncIterator[None]:
        """Without the leaf: who is on it is lost. Afterwards it is linked again.

        Asked to end, it would sometimes come to say that everybody on it has quit.
        """
        self.leaf.crash()
        try:
            yield
        finally:
            self.leaf.start()
            await self.leaf_is_linked()

    @contextmanager
    def frozen_services(self) -> Iterator[None]:
        """With services that are there and never answer."""
        self.services.freeze()
        try:
            yield
        finally:
            self.services.thaw()

    @asynccontextmanager
    async def no_services(self) -> AsyncIterator[None]:
        """With services gone. Afterwards they are back."""
        self.services.stop()
        try:
            yield
        finally:
            self.services.start()
            await self.is_present("NickServ")

    async def leaf_is_linked(self) -> None:
        """Wait until those on the hub can see those on the leaf."""
        async with await Visitor.arrive("beacon", self.leaf_port, patience=20) as beacon:
            await self.is_present(beacon.nick)

    async def is_present(self, nick: str) -> None:
        """Wait until the hub knows `nick`."""
        async with await Visitor.arrive(f"awaits-{nick}", self.easy_port, patience=20) as lookout:
            await lookout.send(f"MONITOR + {nick}")
            await lookout.hears(_is_online(nick))

    async def register_accounts(self) -> None:
        """Make the accounts, each by a visitor of its name."""

        async def register(account: str, password: str) -> None:
            async with await Visitor.arrive(account, self.easy_port, patience=20) as owner:
                await owner.say("NickServ", f"REGISTER {password} {account}@rig.example")
                await owner.hears(" 900 ")

        await asyncio.gather(*(register(*item) for item in ACCOUNTS.items()))

    def stop(self) -> None:
        """Stop it all."""
        for daemon in (self.services, self.leaf, self.hub):
            daemon.stop()


def _is_online(nick: str):
    def question(message: IrcMessage) -> bool:
        return message.command == "730" and message.text.partition("!")[0] == nick

    return question


async def start_inspircd(
    folder: Path, certificates: Certificates, ping: int = 30, also: str = ""
) -> InspircdNetwork:
    """Start hub, leaf and services on free ports and make the accounts. `also` is an address other
    than loopback on which the easy port is."""
    command, services_command = program("inspircd"), program("atheme-services")
    port, easy_port, tls_port, leaf_port, link_port, services_port = free_ports(6)
    clients = f"""
<bind address="127.0.0.1" port="{port}" type="clients">
<bind address="127.0.0.1" port="{easy_port}" type="clients">
<bind address="127.0.0.1" port="{tls_port}" type="clients" sslprofile="tls">
<bind address="127.0.0.1" port="{link_port}" type="servers">
<bind address="127.0.0.1" port="{services_port}" type="servers">
<connect name="easy" allow="*" port="{easy_port}" timeout="30" pingfreq="{ping}" threshold="100000"
  fakelag="no" commandrate="1000000" recvq="1048576" softsendq="4194304" hardsendq="8388608"
  localmax="1000" globalmax="1000" maxconnwarn="no" resolvehostnames="no" useident="no" modes="+x">
"""
    if also:
        clients += f'<bind address="{also}" port="{easy_port}" type="clients">'
    links = _link(SERVICES, services_port) + _link(LEAF, link_port)
    hub_config = _config("hub", "1RG", HUB, clients + links, certificates, folder, ping)
    leaf_clients = f'<bind address="127.0.0.1" port="{leaf_port}" type="clients">'
    leaf_links = _link(HUB, link_port) + f'<autoconnect period="1" server="{HUB}">'
    leaf_config = _config(
        "leaf", "2RG", LEAF, leaf_clients + leaf_links, certificates, folder, ping
    )
    network = InspircdNetwork(
        Daemon("hub", [command, "--nofork", "--config", str(hub_config)], folder, port),
        Daemon("leaf", [command, "--nofork", "--config", str(leaf_config)], folder, leaf_port),
        _services(services_command, services_port, folder),
        port,
        easy_port,
        tls_port,
        leaf_port,
    )
    try:
        for daemon in (network.hub, network.leaf, network.services):
            daemon.start()
        await asyncio.gather(network.is_present("NickServ"), network.leaf_is_linked())
        await network.register_accounts()
    except BaseException:
        network.stop()
        raise
    return network


MODULES = """
    alias allowinvite banexception botmode callerid cap chanhistory chghost cloaking commonchans
    customprefix cycle deaf ircv3 ircv3_accounttag ircv3_batch ircv3_capnotify ircv3_chghost
    ircv3_ctctags ircv3_echomessage ircv3_invitenotify ircv3_labeledresponse ircv3_msgid
    ircv3_servertime joinflood kicknorejoin knock md5 messageflood monitor muteban namesx noctcp
    nonotice redirect remove sajoin sakick samode sanick sapart saquit sasl services_account
    sethost setname sha256 ssl_gnutls sslinfo sslmodes svshold timedbans uhnames spanningtree
"""


def _config(
    name: str,
    sid: str,
    server: str,
    own: str,
    certificates: Certificates,
    folder: Path,
    ping: int,
) -> Path:
    modules = "\n".join(f'<module name="{module}">' for module in MODULES.split())
    return write(
        folder / f"{name}.conf",
        f"""
<server name="{server}" description="{name}" network="RigInsp" id="{sid}">
<admin name="tests" nick="tests" email="nobody@rig.example">
<pid file="{folder}/{name}.pid">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{folder}/{name}.server.log">
<dns server="127.0.0.1" timeout="1">
<options defaultmodes="not" casemapping="rfc1459" cyclehostsfromuser="no">
<performance clonesonconnect="no" somaxconn="512" softlimit="4096">
<security maxtargets="20" announceinvites="dynamic">
<class name="everything" commands="*" privs="*" usermodes="*" chanmodes="*">
<type name="tester" classes="everything">
<oper name="oper" password="operpw" host="*@*" type="tester">
{own}
<connect name="everybody" allow="*" timeout="30" pingfreq="{ping}" threshold="10" fakelag="yes"
  commandrate="1000" recvq="8192" softsendq="8192" hardsendq="1048576" localmax="1000"
  globalmax="1000" maxconnwarn="no" resolvehostnames="no" useident="no" modes="+x">
{modules}
<sslprofile name="tls" provider="gnutls" cafile="{certificates.ca}" certfile="{certificates.server}"
  keyfile="{certificates.server}" requestclientcert="yes" hash="sha256">
<sasl target="{SERVICES}" requiressl="no">
<cloak mode="half" key="not-secret-not-secret-not-secret" prefix="rig-">
<chanhistory bots="yes" maxlines="50" prefixmsg="yes" enableumode="no">
<alias text="NICKSERV" replace="PRIVMSG $requirement :$2-" requires="NickServ" uline="yes">
<alias text="NS" replace="PRIVMSG $requirement :$2-" requires="NickServ" uline="yes">
<uline server="{SERVICES}" silent="yes">
""",
    )


def _link(server: str, port: int) -> str:
    return (
        f'<link name="{server}" ipaddr="127.0.0.1" port="{port}" allowmask="127.0.0.1"'
        f' sendpass="{LINK_PASSWORD}" recvpass="{LINK_PASSWORD}">\n'
    )


SERVICE_MODULES = """
    protocol/inspircd backend/opensex crypto/pbkdf2v2 nickserv/main nickserv/set_core
    nickserv/cert nickserv/drop nickserv/enforce nickserv/ghost nickserv/group nickserv/identify
    nickserv/info nickserv/logout nickserv/register nickserv/status chanserv/main chanserv/flags
    chanserv/info chanserv/invite chanserv/op chanserv/register chanserv/topic chanserv/unban_self
    saslserv/main saslserv/plain saslserv/external operserv/main
"""


def _services(command: str, port: int, folder: Path) -> Daemon:
    data = folder / "atheme"
    data.mkdir()
    give(data)
    modules = "\n".join(f'loadmodule "modules/{module}";' for module in SERVICE_MODULES.split())
    people = "\n".join(
        f'{nick.lower()} {{ nick = "{nick}"; user = "{nick}"; host = "{SERVICES}"; real = "{nick}"; }};'
        for nick in ("NickServ", "ChanServ", "SaslServ", "OperServ")
    )
    config = write(
        folder / "atheme.conf",
        f"""
{modules}
serverinfo {{
    name = "{SERVICES}"; desc = "services of the tests"; numeric = "00A"; netname = "RigInsp";
    adminname = "tests"; adminemail = "nobody@rig.example"; registeremail = "nobody@rig.example";
    auth = none; casemapping = rfc1459; mta = "/bin/true"; maxfailed = 0; recontime = 1;
    loglevel = {{ error; info; network; }};
}};
uplink "{HUB}" {{
    host = "127.0.0.1"; port = {port};
    send_password = "{LINK_PASSWORD}"; receive_password = "{LINK_PASSWORD}";
}};
{people}
general {{ commit_interval = 5; default_clone_limit = 0; flood_msgs = 1000; flood_time = 1; }};
""",
    )
    return Daemon(
        "atheme",
        [
            command,
            "-n",
            *("-c", str(config)),
            *("-l", str(folder / "atheme.server.log")),
            *("-p", str(folder / "atheme.pid")),
            *("-D", str(data)),
        ],
        folder,
    )
