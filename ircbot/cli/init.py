"""`ircbot init`: asks a few questions and writes a commented configuration.

Knows no key's rules; the answers are checked by the same table as the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ircbot.config import load_config
from ircbot.config.example import example
from ircbot.config.keys import CHANNELS, NICK, PROCESS, SERVERS, WORD, ZONE
from ircbot.errors import Failed
from ircbot.tables import Keys, Kind

_SASL_PASSWORD = "sasl-password"
_PLAIN_PORT = 6667
_TLS_PORT = 6697


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("config.toml"),
    show_default=True,
    metavar="FILE",
    help="Where to write it.",
)
def init(output: Path) -> None:
    """Ask a few questions and write a commented configuration.

    Enter takes what stands in brackets. Nothing that is there is overwritten unasked.
    """
    if output.exists() and not _ask(f"{output} is there already. Overwrite it", _YES_OR_NO, "no"):
        raise Failed(f"{output} is left as it is; name another file with --output.")
    chosen = _questions()
    _write(output, example(chosen))
    click.echo(f"Wrote {output}. What it does not say is in it, with its default.")
    if ("irc", "sasl", "account") in chosen:
        click.echo(f"Put the account's password into {output.with_name(_SASL_PASSWORD)}, mode 600.")
    click.echo(f"Next: ircbot check --connect --config {output}")
    click.echo(f"Then: ircbot run --config {output}")


def _questions() -> dict[Keys, Any]:
    """The answers, by the key they are for."""
    host, port = _ask("IRC server", _SERVER)
    tls = _ask("TLS", _YES_OR_NO, "no" if port == _PLAIN_PORT else "yes")
    chosen: dict[Keys, Any] = {
        ("irc", "host"): host,
        ("irc", "port"): port or (_TLS_PORT if tls else _PLAIN_PORT),
        ("irc", "tls"): tls,
        ("irc", "nick"): _ask("The bot's nick", NICK, "ilbot"),
        ("irc", "channels"): _ask("Channels to watch and to tell", _CHANNEL_NAMES),
    }
    if account := _ask("Its services account, - for none", WORD, "-").strip("-"):
        chosen[("irc", "sasl", "account")] = account
        chosen[("irc", "sasl", "password_file")] = _SASL_PASSWORD
    chosen[("process",)] = _ask(
        "Process: mozmeao, grafana, openverse, 2i2c, princeton, or a file", PROCESS, "mozmeao"
    )
    chosen[("timezone",)] = str(_ask("Time zone for showing times", ZONE, "UTC"))
    return chosen


def _ask(question: str, kind: Kind, default: str | None = None) -> Any:
    """The answer, asked for again until it is of its kind; at the input's end, the default."""
    prompt = f"{question}: " if default is None else f"{question} [{default}]: "
    while True:
        try:
            answer = input(prompt).strip() or default
        except EOFError:
            click.echo()
            if default is None:
                raise Failed(f"the input ended before “{question}” was answered.") from None
            answer = default
        try:
            return kind.read(answer or "")
        except (LookupError, TypeError, ValueError):
            click.echo(f"That must be {kind.wanted}.")


def _server(answer: Any) -> Any:
    return SERVERS.read([answer])[0]


def _channel_names(answer: Any) -> Any:
    names = answer.replace(",", " ").split()
    if not names:
        raise ValueError("a bot in no channel hears nothing")
    # In a shell a "#" is easily forgotten, or eaten.
    return CHANNELS.read([name if name[0] in "#&+!" else f"#{name}" for name in names])


def _yes_or_no(answer: Any) -> bool:
    return {"y": True, "yes": True, "n": False, "no": False}[answer.lower()]


_SERVER = Kind("a server, such as irc.example.org or irc.example.org:6697", _server)
_CHANNEL_NAMES = Kind("names of channels, such as #incidents #ops", _channel_names)
_YES_OR_NO = Kind("yes or no", _yes_or_no)


def _write(path: Path, text: str) -> None:
    """Put a configuration at `path`, whole and loadable or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text, encoding="utf-8")
    load_config(new)
    new.replace(path)
