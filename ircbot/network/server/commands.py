"""What a command is to the server: who may use it, how many parameters it needs, what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ircbot.network.server.message import IrcMessage
from ircbot.network.server.state import User
from ircbot.network.server.world import ServerWorld


@dataclass(frozen=True, slots=True)
class CommandRow:
    """One row of a command table."""

    run: Callable[[ServerWorld, User, IrcMessage], None]
    least_params: int = 0
    before_registration: bool = False
