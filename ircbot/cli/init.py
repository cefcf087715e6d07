"""`ircbot init`: asks a few questions, or takes answers from a file, and writes a configuration.

Knows no key's rules; the answers are checked by the same table as the file.
"""

from __future__ import annotations

import asyncio
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ircbot.cli.common import as_called, json_option, print_json, say
from ircbot.config import load_config
from ircbot.config.brief import KeyChange, brief, changes
from ircbot.config.keys import CHANNELS, NICK, PROCESS, SERVERS, WORD, ZONE
from ircbot.errors import ConfigError, Failed, Misuse, ProcessError
from ircbot.tables import Keys, Kind, dotted, written

_SASL_PASSWORD = "sasl-password"
_PLAIN_PORT = 6667
_TLS_PORT = 6697
# Where a service has its configuration and its data, as in packaging/ircbot.service.
_SYSTEM, _STATE = Path("/etc/ircbot"), Path("/var/lib/ircbot")
_PATIENCE = 10.0  # seconds for a server to answer


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
@click.option(
    "--answers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Ask nothing: FILE has the keys of a configuration. The same answers change nothing.",
)
@click.option("--offline", is_flag=True, help="Do not check that the server responds.")
@click.option("--dry-run", is_flag=True, help="With --answers: only say what would change.")
@json_option
def init(output: Path, answers: Path | None, offline: bool, dry_run: bool, as_json: bool) -> None:
    """Ask a few questions and write a configuration that says what differs from the defaults.

    Enter accepts the default in brackets. A file that exists is overwritten only if you agree, or
    by --answers, which prints each key that it changed.
    """
    if str(output) == "-":
        raise Misuse("a configuration is a file: name one with --output.")
    if answers is not None:
        _by_answers(answers, output, dry_run, as_json)
        return
    if dry_run or as_json:
        raise Misuse("--dry-run and --json are for --answers.")
    if output.exists() and not _ask(f"{output} is there already. Overwrite it", _YES_OR_NO, "no"):
        raise Failed(f"{output} is left as it is; name another file with --output.")
    click.echo(f"Some questions; Enter accepts the default in brackets. {output} is written last.")
    chosen, answers_now = _questions(output, offline)
    _write(output, brief(_nested(chosen)), _has_secret(_nested(chosen)))
    click.echo(f"Wrote {output}. Every other key is as config.example.toml has it.")
    if answers_now:
        _register(chosen)
    if ("irc", "sasl", "account") in chosen:
        click.echo(f"Put the account's password into {output.with_name(_SASL_PASSWORD)}, mode 600.")
    program, there = as_called(), "" if str(output) == "config.toml" else f" --config {output}"
    click.echo(f"Next: {program} check --connect{there}")
    click.echo(f"Then: {program} run{there}")


# --- answers from a file ----------------------------------------------------------------------


def _by_answers(answers: Path, output: Path, dry_run: bool, as_json: bool) -> None:
    """Change the configuration to match the answers; nothing is written if nothing differs."""
    read = load_config(answers)  # reports a mistake with its line
    assert read.file is not None
    wanted = dict(read.file.values)
    text = brief(wanted)
    try:
        before = output.read_text(encoding="utf-8")
        had = tomllib.loads(before)
    except FileNotFoundError:
        before, had = "", {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        had = {}  # it was not a valid configuration
    # Compared as it will be read: stating a default is not a change.
    found = changes(had, tomllib.loads(text))
    is_changed = bool(found) or not output.exists()
    if is_changed and not dry_run:
        _write(output, text, _has_secret(wanted))
    if as_json:
        print_json(
            {
                "file": str(output),
                "changed": is_changed,
                "dry_run": dry_run,
                "changes": [_as_json(one) for one in found],
            }
        )
        return
    would = "would be " if dry_run else ""
    say(f"{output}: {would}{'changed' if is_changed else 'unchanged'}")
    for one in found:
        say(f"  {dotted(one.key)}: {_shown(one, one.before)} -> {_shown(one, one.after)}")


def _as_json(change: KeyChange) -> dict[str, Any]:
    hidden = change.is_secret
    return {
        "key": dotted(change.key),
        "from": None if hidden else _plain(change.before),
        "to": None if hidden else _plain(change.after),
        "secret": hidden,
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | list | None) else str(value)


def _shown(change: KeyChange, value: Any) -> str:
    if value is None:
        return "(not set)"
    return "(secret)" if change.is_secret else written(value)


# --- questions --------------------------------------------------------------------------------


def _questions(output: Path, offline: bool) -> tuple[dict[Keys, Any], bool]:
    """The answers by configuration key, and whether the server could be reached."""
    host, port, tls, answers_now = _server_that_is_there(offline)
    chosen: dict[Keys, Any] = {
        ("process",): "",  # keys outside tables come first
        ("timezone",): "",
        ("irc", "host"): host,
        ("irc", "port"): port,
        ("irc", "tls"): tls,
        ("irc", "nick"): _ask("The bot's nick", NICK, "ilbot"),
        ("irc", "channels"): list(_ask("Channels to watch and to notify", _CHANNEL_NAMES)),
    }
    if account := _ask("Its services account, - for none", WORD, "-").strip("-"):
        chosen[("irc", "sasl", "account")] = account
        chosen[("irc", "sasl", "password_file")] = _SASL_PASSWORD
    chosen[("process",)] = _process(output.parent)
    chosen[("timezone",)] = str(_ask("Time zone for showing times", ZONE, "UTC"))
    if output.absolute().parent == _SYSTEM and _STATE.is_dir():  # the service's user owns that
        chosen[("store", "path")] = str(_STATE / "incidents")
        chosen[("report", "directory")] = str(_STATE / "reports")
    return chosen, answers_now


def _server_that_is_there(offline: bool) -> tuple[str, int, bool, bool]:
    """Ask for a server until one answers, or the user insists on one that does not."""
    while True:
        host, port = _ask("IRC server (HOST or HOST:PORT)", _SERVER)
        tls = _ask("TLS", _YES_OR_NO, "no" if port == _PLAIN_PORT else "yes")
        port = port or (_TLS_PORT if tls else _PLAIN_PORT)
        if offline:
            return host, port, tls, False
        trouble = asyncio.run(server_trouble(host, port, tls=tls))
        if not trouble:
            click.echo(
                f"  {host} port {port} answers{', and its certificate is good' if tls else ''}."
            )
            return host, port, tls, True
        say(f"  {trouble}")
        if tls and not asyncio.run(server_trouble(host, _PLAIN_PORT, tls=False)):
            say(f"  Without TLS port {_PLAIN_PORT} answers: no here, and no to TLS, take that.")
        if _ask("Use it anyway (no: enter another)", _YES_OR_NO, "yes"):
            return host, port, tls, False


async def server_trouble(host: str, port: int, *, tls: bool) -> str:
    """Why a server does not respond, "" if it does."""
    import ssl

    try:
        async with asyncio.timeout(_PATIENCE):
            await asyncio.get_running_loop().getaddrinfo(host, port)
    except OSError as error:
        return f"{host} cannot be resolved: {error.strerror or error}."
    except TimeoutError:
        return f"{host} was not resolved within {_PATIENCE:.0f} seconds: is there a network?"
    try:
        async with asyncio.timeout(_PATIENCE):
            context = ssl.create_default_context() if tls else None
            _, writer = await asyncio.open_connection(host, port, ssl=context)
            writer.transport.abort()
    except ssl.SSLCertVerificationError as error:
        from ircbot.network.dial import untrusted

        return f"{untrusted(host, error)}."
    except ssl.SSLError as error:
        return f"{host} port {port} does not speak TLS ({error.reason}); TLS is mostly on 6697."
    except (OSError, EOFError) as error:
        return f"{host} port {port} does not answer: {getattr(error, 'strerror', None) or error}."
    except TimeoutError:
        return f"{host} port {port} does not answer within {_PATIENCE:.0f} seconds."
    return ""


def _register(chosen: Mapping[Keys, Any]) -> None:
    """Register on the server as the bot would, and print the result; joins nothing."""
    from ircbot.network.settings import Address, NetworkSettings

    settings = NetworkSettings(
        servers=(Address(chosen[("irc", "host")], chosen[("irc", "port")]),),
        tls=chosen[("irc", "tls")],
        nick=chosen[("irc", "nick")],
    )
    asyncio.run(_say_how_it_went(settings, chosen[("irc", "nick")]))


async def _say_how_it_went(settings: Any, nick: str) -> None:
    from ircbot.network.trial import try_network

    async for tried in try_network(settings):
        say(f"  {tried.sentence}")
        if tried.ok and not tried.sentence.endswith(f" {nick}"):
            say(f"  {nick} is taken there, or longer than that server takes.")


def _process(folder: Path) -> str:
    """Ask for a process until it exists."""
    from ircbot.processes import SHIPPED, find_process

    while True:
        name: str = _ask(f"Process: {', '.join(SHIPPED)}, or a file", PROCESS, "mozmeao")
        try:
            find_process(name, beside=folder)
        except ProcessError as error:
            say(f"  {error}")
        else:
            return name


def _ask(question: str, kind: Kind, default: str | None = None) -> Any:
    """Ask until the answer is valid; at the end of input, use the default."""
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
    # In a shell a "#" is easily forgotten, or taken for a comment.
    return CHANNELS.read([name if name[0] in "#&+!" else f"#{name}" for name in names])


def _yes_or_no(answer: Any) -> bool:
    return {"y": True, "yes": True, "n": False, "no": False}[answer.lower()]


_SERVER = Kind("a server, such as irc.example.org or irc.example.org:6697", _server)
_CHANNEL_NAMES = Kind("names of channels, such as #incidents #ops", _channel_names)
_YES_OR_NO = Kind("yes or no", _yes_or_no)


def _nested(chosen: Mapping[Keys, Any]) -> dict[str, Any]:
    """The answers as tables."""
    found: dict[str, Any] = {}
    for keys, value in chosen.items():
        table = found
        for key in keys[:-1]:
            table = table.setdefault(str(key), {})
        table[str(keys[-1])] = value
    return found


def _has_secret(values: Mapping[str, Any]) -> bool:
    return any(
        one.is_secret and not str(one.key[-1]).endswith("_file") for one in changes({}, values)
    )


def _write(path: Path, text: str, secret: bool) -> None:
    """Write a configuration atomically, after checking that it loads. Only its owner may read it if
    it holds a secret; otherwise it keeps the permissions of the file it replaces.
    """
    from ircbot.config.settings import setting

    new = path.with_name(f"{path.name}.new")
    try:
        mode = path.stat().st_mode & 0o777
    except OSError:
        mode = 0o644
    try:
        handle = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        new.chmod(0o600 if secret else mode)
        try:
            setting(load_config(new))
        except Misuse as error:
            raise ConfigError(str(error).replace(str(new), str(path))) from None
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
