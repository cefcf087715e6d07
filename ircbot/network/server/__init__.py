"""An IRC server of our own on loopback, small clients for it, and the faults that networks have.

The bot does not import this to be a bot: it serves `demo`, `run --embedded` and the tests.
"""

from ircbot.network.server.embedded import EmbeddedServer
from ircbot.network.server.faults import Fault, Faults, every_numeric, unanswering_port
from ircbot.network.server.link import FloodLimit
from ircbot.network.server.message import Message
from ircbot.network.server.script import ScriptedLink, ScriptedServer
from ircbot.network.server.settings import CAPABILITIES, DEFAULT_PORT, ServerSettings
from ircbot.network.server.visitor import Visitor

__all__ = [
    "CAPABILITIES",
    "DEFAULT_PORT",
    "EmbeddedServer",
    "Fault",
    "Faults",
    "FloodLimit",
    "Message",
    "ScriptedLink",
    "ScriptedServer",
    "ServerSettings",
    "Visitor",
    "every_numeric",
    "unanswering_port",
]
