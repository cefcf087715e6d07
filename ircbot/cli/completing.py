"""Complete words for shells: incidents, processes, places to publish to, channels.

A shell asks at every TAB. If anything goes wrong, there are simply no proposals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from ircbot.errors import IrcbotError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ircbot.config import Config

Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def completing(what: str) -> Complete:
    """For click's `shell_complete`: "incidents", "processes", "places" or "channels"."""

    def complete(
        context: click.Context, _parameter: click.Parameter, begun: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        try:
            found = [
                CompletionItem(word, help=about.replace("\n", " "))
                for word, about in _PROPOSED[what](context)
                if word.startswith(begun)
            ]
        except (IrcbotError, OSError):
            return []
        if what == "processes":  # a file of one's own is a process too
            found.append(CompletionItem(begun, type="file"))
        return found

    return complete


def _config(context: click.Context) -> Config:
    from ircbot.config import load_config

    given = context.params.get("config") or context.params.get("config_file")
    return load_config(given) if given is None or not hasattr(given, "store") else given


def _incidents(context: click.Context) -> Iterator[tuple[str, str]]:
    from ircbot.incident.plain import shown
    from ircbot.repository import open_store

    yield "last", "the latest"
    for listed in open_store(str(_config(context).store.path)).incidents():
        about = f"{listed.summary['title'] or 'no summary'} ({listed.summary['status']})"
        yield str(listed.incident), shown(about)


def _processes(_context: click.Context) -> Iterator[tuple[str, str]]:
    from ircbot.processes import shipped

    for name in shipped():
        yield name, ""


def _places(context: click.Context) -> Iterator[tuple[str, str]]:
    from ircbot.publish.registry import places

    for place in places(_config(context))[0]:
        yield place.name, ""


_PROPOSED = {"incidents": _incidents, "processes": _processes, "places": _places}
