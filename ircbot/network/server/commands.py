"""What a command is to the server: who may use it, how much it needs, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ircbot.network.server.message import Message
from ircbot.network.server.state import User
from ircbot.network.server.world import World


@dataclass(frozen=True, slots=True)
class CommandRow:
    """One row of a command table."""

    run: Callable[[World, User, Message], None]
    least_params: int = 0
    before_registration: bool = False
