"""The command line as a whole: quick, quiet, and never a traceback for what a user did."""

import errno
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from ircbot import __version__
from ircbot.cli import COMMANDS, UNREAD, root_help
from ircbot.cli.root import Root, root, run
from ircbot.errors import ConfigError, StoreError

TOP = Path(__file__).parent.parent


def ircbot(*arguments, **options):
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "ircbot", *arguments],
        capture_output=True,
        text=True,
        cwd=TOP,
        timeout=60,
        **options,
    )


def failing(error):
    """A command that meets an error."""

    @click.command()
    def command():
        raise error

    return command


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_is_there_and_explains_itself(name, capsys):
    assert run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"Usage: ircbot {name} ")
    assert "Options:" in shown


def test_the_help_names_every_command_once():
    for name, (_, text) in COMMANDS.items():
        assert len(re.findall(rf"(?m)^  {name} +{re.escape(text)}$", root_help())) == 1


def test_the_help_fits_a_narrow_terminal():
    assert max(map(len, root_help().splitlines())) <= 80


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_the_help_is_the_same_however_it_is_asked_for(arguments):
    done = ircbot(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, root_help() + "\n", "")


def test_the_version_is_told():
    done = ircbot("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"ircbot {__version__}\n", "")


def test_version_and_help_also_work_beside_other_options(capsys):
    assert run(["--version", "list"]) == 0
    assert run(["--help", "list"]) == 0
    assert capsys.readouterr().out == f"ircbot {__version__}\n{root_help()}\n"


@pytest.mark.parametrize("question", ["--version", "--help"])
def test_version_and_help_import_next_to_nothing(question):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ircbot", question],
        capture_output=True,
        text=True,
        cwd=TOP,
        timeout=60,
        env={key: value for key, value in os.environ.items() if "COVERAGE" not in key},
    )
    imported = {line.rsplit("|")[-1].strip() for line in done.stderr.splitlines()}
    ours = {name for name in imported if name.split(".")[0] == "ircbot"}
    assert ours == {"ircbot", "ircbot.cli"}
    assert not imported & {"click", "irc", "jinja2", "tinydb", "asyncio", "dataclasses", "typing"}


def test_a_command_imports_no_other_command():
    code = (
        "import sys; from ircbot.cli.root import run; run(['init', '--help']); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=TOP, timeout=60
    )
    imported = {name for name in done.stdout.split() if name.startswith("ircbot.cli.")}
    assert imported <= {
        f"ircbot.cli.{name}"
        for name in ("root", "groups", "common", "completing", "terminal", "init")
    }
    assert not set(done.stdout.split()) & {"irc", "jinja2", "tinydb"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["lisst"], "ircbot: there is no command `lisst`; did you mean `list`?\n"),
        (["frobnicate"], "ircbot: there is no command `frobnicate`; `ircbot --help` lists them.\n"),
        (["--frob"], "ircbot: No such option '--frob'.\n"),
        (["check", "--frob"], "ircbot: No such option '--frob'. Try `ircbot check --help`.\n"),
        (
            ["list", "--config", "/nowhere/c.toml"],
            "ircbot: /nowhere/c.toml cannot be read: No such file or directory.\n",
        ),
    ],
)
def test_wrong_use_is_one_sentence_and_status_2(arguments, sentence, capsys):
    assert run(arguments) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", sentence)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StoreError("the store is locked by process 12."), 1),
        (ConfigError("the store is locked by process 12."), 2),
        (click.ClickException("the store is locked by process 12."), 1),
    ],
)
def test_what_could_not_be_done_is_one_sentence_and_its_status(error, status, capsys):
    assert run([], failing(error)) == status
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "ircbot: the store is locked by process 12.\n")


def test_a_file_that_cannot_be_used_is_named(capsys):
    assert run([], failing(PermissionError(13, "Permission denied", "/etc/x"))) == 1
    assert capsys.readouterr().err == "ircbot: /etc/x: Permission denied\n"


@pytest.mark.parametrize("error", [ZeroDivisionError(), OSError("no file in this one")])
def test_our_own_mistake_is_not_hidden(error):
    with pytest.raises(type(error)):
        run([], failing(error))


def test_a_command_s_own_status_is_the_program_s():
    @click.command()
    def command():
        return 1

    assert run([], command) == 1


def test_ctrl_c_ends_a_command_with_one_line(capsys):
    assert run([], failing(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err.strip() == "ircbot: interrupted."


def test_a_full_disk_is_one_sentence(capsys):
    assert run([], failing(OSError(errno.ENOSPC, "No space left on device"))) == 1
    assert capsys.readouterr().err == "ircbot: the disk is full; make room and try again.\n"


def test_text_that_no_terminal_can_show_is_shown_all_the_same(capsys):
    @click.command()
    def command():
        click.echo("a\udcffb")

    assert run([], command) == 0
    assert capsys.readouterr().out == "a\\udcffb\n"


@pytest.mark.parametrize("arguments", [["--help"], ["process", "list"]])
def test_a_reader_that_has_gone_is_no_reason_to_complain(arguments):
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as nobody:
        done = subprocess.run(
            [sys.executable, "-m", "ircbot", *arguments],
            stdout=nobody,
            stderr=subprocess.PIPE,
            cwd=TOP,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (UNREAD, b"")


def test_a_reader_of_both_streams_that_has_gone_is_nobody_to_complain_to():
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as nobody:
        done = subprocess.run(
            [sys.executable, "-m", "ircbot", "frobnicate"],
            stdout=nobody,
            stderr=nobody,
            cwd=TOP,
            timeout=60,
        )
    assert done.returncode == UNREAD


def test_ctrl_c_while_waiting_for_input_ends_quietly():
    program = subprocess.Popen(
        # What a shell runs in the background ignores the signal, and so would its children.
        ["env", "--default-signal=INT", sys.executable, "-m", "ircbot", "init"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
    )
    with program:
        program.stdout.read(1)  # it has begun to ask
        program.send_signal(signal.SIGINT)
        # A signal that comes just before the reading begins is only seen when that ends.
        program.stdin.close()
        error = program.stderr.read()
    assert program.returncode == 130
    assert error.strip() == b"ircbot: interrupted."


def test_a_checkout_without_the_packages_it_needs_says_so():
    done = subprocess.run(
        [sys.executable, "-S", "-m", "ircbot", "list"],  # -S: without site-packages
        capture_output=True,
        text=True,
        cwd=TOP,
        env={"PATH": os.environ["PATH"]},
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("ircbot: the Python package click is missing; `pip install .`")
    assert done.stderr.count("\n") == 1


def test_the_root_lists_its_commands_in_the_order_of_the_table():
    assert isinstance(root, Root)
    assert root.list_commands(click.Context(root)) == list(COMMANDS)
