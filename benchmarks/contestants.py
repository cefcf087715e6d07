"""Who is measured: ourselves, bare clients, and two bots, each started the way its users start it.

The peers come from PyPI, in an environment of their own beside this file; nobody's code is here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENT = HERE / ".peers"
PEERS = ("irc==20.5.0", "sopel==8.0.4", "limnoria==2026.10.4")


@dataclass(frozen=True)
class Contestant:
    """A program that takes part.

    `start` is its command line, from its folder and the server's port. `written` is what it has
    written down so far, from its folder; None for one that throws everything away.
    """

    name: str
    start: Callable[[Path, int], list[str]]
    written: Callable[[Path], bytes] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def install_peers() -> Path:
    """The Python of the peers' environment, which is made if need be."""
    python = ENVIRONMENT / "bin" / "python"
    stamp = ENVIRONMENT / "installed"
    if not stamp.exists() or stamp.read_text() != " ".join(PEERS):
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PEERS], check=True)
        stamp.write_text(" ".join(PEERS))
    return python


def _script(name: str) -> Callable[[Path, int], list[str]]:
    def start(folder: Path, port: int) -> list[str]:
        return [str(ENVIRONMENT / "bin" / "python"), str(HERE / "peers" / name), str(port)]

    return start


def _ircbot(folder: Path, port: int) -> list[str]:
    (folder / "config.toml").write_text(
        f'[irc]\nhost = "127.0.0.1"\nport = {port}\ntls = false\nchannels = ["#ops"]\n'
        "[irc.pace]\nlimited = false\n"
    )
    return [sys.executable, "-m", "ircbot", "run", "--config", str(folder / "config.toml")]


def _on_disk(folder: Path) -> bytes:
    """The files of the incident, read without help of the bot."""
    return b"".join(file.read_bytes() for file in sorted((folder / "incidents").glob("0001*")))


def _sopel(folder: Path, port: int) -> list[str]:
    (folder / "default.cfg").write_text(
        "[core]\nnick = bot\nhost = 127.0.0.1\nuse_ssl = false\n"
        f'port = {port}\nowner = boss\nchannels =\n    "#ops"\n'
        f"extra = {HERE / 'peers'}\nenable =\n    sopel_tl\n    coretasks\n"
        f"homedir = {folder}\nflood_max_wait = 0\nflood_burst_lines = 100000\n"
        "flood_refill_rate = 100000\nantiloop_threshold = 0\nlogging_level = ERROR\n"
    )
    python = str(ENVIRONMENT / "bin" / "python")
    return [python, str(HERE / "peers" / "sopel_bot.py"), str(folder / "default.cfg")]


def _limnoria(folder: Path, port: int) -> list[str]:
    (folder / "bot.conf").write_text(
        "supybot.nick: bot\nsupybot.ident: bot\nsupybot.networks: local\n"
        f"supybot.networks.local.servers: 127.0.0.1:{port}\n"
        "supybot.networks.local.channels: #ops\nsupybot.networks.local.ssl: False\n"
        f"supybot.directories.plugins: {HERE / 'peers'}\n"
        f"supybot.directories.data: {folder / 'data'}\n"
        f"supybot.directories.conf: {folder / 'conf'}\n"
        f"supybot.directories.log: {folder / 'log'}\n"
        "supybot.plugins: limnoria_tl\nsupybot.plugins.limnoria_tl: True\n"
        "supybot.log.level: CRITICAL\nsupybot.log.stdout: False\n"
        "supybot.protocols.irc.throttleTime: 0.0\nsupybot.abuse.flood.command: False\n"
    )
    return [str(ENVIRONMENT / "bin" / "limnoria"), "--allow-root", str(folder / "bot.conf")]


def _entries(folder: Path) -> bytes:
    file = folder / "entries"
    return file.read_bytes() if file.exists() else b""


ASYNCIO = Contestant("bare asyncio, reads only", _script("bare_asyncio.py"))
IRC = Contestant("bare irc library, throws away", _script("bare_irc.py"))
IRCBOT = Contestant("ircbot, every entry on disk", _ircbot, _on_disk)
SOPEL = Contestant("Sopel, entries to a file", _sopel, _entries)
LIMNORIA = Contestant("Limnoria, entries to a file", _limnoria, _entries)


def environment_of(contestant: Contestant, folder: Path) -> dict[str, str]:
    """What a contestant finds in its environment."""
    own = {"ENTRIES": str(folder / "entries"), "HOME": str(folder)}
    return {**os.environ, **own, **contestant.environment}
