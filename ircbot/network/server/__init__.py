"""An IRC server of our own on loopback, and small clients for it.

The bot does not import this to be a bot: it serves `demo`, `run --embedded` and the tests.
"""

from ircbot.network.server.embedded import EmbeddedServer
from ircbot.network.server.link import FloodLimit
from ircbot.network.server.message import Message
from ircbot.network.server.settings import CAPABILITIES, DEFAULT_PORT, ServerSettings
from ircbot.network.server.visitor import Visitor

__all__ = [
    "CAPABILITIES",
    "DEFAULT_PORT",
    "EmbeddedServer",
    "FloodLimit",
    "Message",
    "ServerSettings",
    "Visitor",
]
