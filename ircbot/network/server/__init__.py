"""An IRC server of our own on loopback, and small clients for it.

For `demo`, `run --embedded` and the tests; the bot itself does not use it.
"""

from ircbot.network.server.embedded import EmbeddedServer
from ircbot.network.server.link import FloodLimit
from ircbot.network.server.message import IrcMessage
from ircbot.network.server.settings import CAPABILITIES, DEFAULT_PORT, ServerSettings
from ircbot.network.server.visitor import Visitor

__all__ = [
    "CAPABILITIES",
    "DEFAULT_PORT",
    "EmbeddedServer",
    "FloodLimit",
    "IrcMessage",
    "ServerSettings",
    "Visitor",
]
