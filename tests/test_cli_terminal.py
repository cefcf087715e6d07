"""The command line as people know it: short options, help, completion, pages, colours, widths."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import struct
import subprocess
import sys
import termios
from pathlib import Path

import click
import pytest
from click.shell_completion import BashComplete
from kept import OUTAGE, keep

from ircbot.cli import COMMANDS
from ircbot.cli.root import root, run
from ircbot.cli.terminal import fitted, print_pages

LONGEST = 24  # lines of the terminal below
REQUIRED = bool(os.environ.get("IRCBOT_REQUIRE_REAL"))


@pytest.fixture(scope="module")
def kept_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = tmp_path_factory.mktemp("kept")
    (kept / "config.toml").write_text('[irc]\nchannels = ["#mozmeao"]\n')
    keep(kept / "incidents", *OUTAGE)
    return kept


@pytest.fixture
def folder(kept_once: Path, tmp_path: Path) -> Path:
    """A store with one incident, and its configuration."""
    shutil.copytree(kept_once, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def ask(folder: Path, capsys: pytest.CaptureFixture[str]):
    """Run a command on the store; its status, standard output and standard error."""

    def run_it(*arguments: str) -> tuple[int, str, str]:
        status = run([*arguments, "-c", str(folder / "config.toml")])
        out, err = capsys.readouterr()
        return status, out, err

    return run_it


def commands() -> list[tuple[str, click.Command]]:
    """Every command that does something, by its full name."""
    found = []
    for name in COMMANDS:
        command = root.get_command(click.Context(root), name)
        if isinstance(command, click.Group):
            found += [(f"{name} {below}", command.commands[below]) for below in command.commands]
        else:
            found.append((name, command))
    return found


def option_names(command: click.Command) -> dict[str, set[str]]:
    return {param.opts[-1]: set(param.opts) for param in command.params if param.opts[0][0] == "-"}


@pytest.mark.parametrize(("name", "command"), commands(), ids=lambda one: str(one))
def test_every_option_that_people_know_has_its_letter(name, command):
    short = {"--config": "-c", "--output": "-o", "--format": "-f", "--quiet": "-q"}
    options = option_names(command)
    for long, letter in {**short, "--verbose": "-v"}.items():
        if long in options:
            assert letter in options[long], long
    assert {"--quiet", "--verbose", "--no-pager"} <= set(options)
    letters = [one for names in options.values() for one in names if len(one) == 2]
    assert len(letters) == len(set(letters))


@pytest.mark.parametrize(("name", "command"), commands(), ids=lambda one: str(one))
def test_help_says_what_h_says(name, command, capsys):
    assert run(["help", *name.split()]) == 0
    asked = capsys.readouterr().out
    assert run([*name.split(), "-h"]) == 0
    assert capsys.readouterr().out == asked
    assert asked.startswith(f"Usage: ircbot {name} ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["help", "lisst"], "there is no command `lisst`; did you mean `list`?"),
        (["store", "chekc"], "there is no command `store chekc`; did you mean `store check`?"),
        (["help", "store", "bakup"], "there is no command `store bakup`; did you mean `store"),
        (["help", "list", "all"], "there is no command `list all`; `ircbot list --help` lists"),
        (["report", "--fromat", "html"], "No such option '--fromat'. Did you mean '--format'?"),
        (["explain", "--process", "grafanna", "x"], "did you mean `grafana`?"),
    ],
)
def test_what_was_mistyped_is_met_with_what_was_meant(arguments, sentence, capsys):
    assert run(arguments) == 2
    assert sentence in capsys.readouterr().err


def proposed(words: list[str], begun: str, *, cwd: Path, monkeypatch) -> set[str]:
    monkeypatch.chdir(cwd)
    found = BashComplete(root, {}, "ircbot", "_IRCBOT_COMPLETE").get_completions(words, begun)
    return {one.value for one in found}


@pytest.mark.parametrize(
    ("words", "begun", "wanted"),
    [
        ([], "re", {"report", "review", "rehearse"}),
        ([], "--v", {"--version"}),
        (["store"], "ba", {"backup"}),
        (["help"], "sh", {"show"}),
        (["help", "store"], "ba", {"backup"}),
        (["show"], "", {"last", "1"}),
        (["publish", "last", "--to"], "w", {"wiki"}),
        (["explain", "--process"], "gr", {"grafana", "gr"}),  # or a file that begins so
        (["completion"], "", {"bash", "zsh", "fish"}),
        (["report", "last", "--form"], "--form", {"--format"}),
    ],
)
def test_a_shell_is_told_how_a_line_may_go_on(words, begun, wanted, folder, monkeypatch):
    with (folder / "config.toml").open("a") as file:
        file.write('[publish.wiki]\ntype = "webhook"\nurl = "https://wiki.example.org/x"\n')
    assert proposed(words, begun, cwd=folder, monkeypatch=monkeypatch) == wanted


def test_a_wrong_configuration_leaves_a_shell_without_proposals(folder, monkeypatch):
    (folder / "config.toml").write_text("nonsense = 1\n")
    assert proposed(["show"], "", cwd=folder, monkeypatch=monkeypatch) == set()


def test_the_configuration_that_is_named_is_the_one_that_is_asked(folder, monkeypatch):
    other = folder / "elsewhere"
    other.mkdir()
    (other / "c.toml").write_text("")
    words = ["show", "-c", str(other / "c.toml")]
    assert proposed(words, "", cwd=folder, monkeypatch=monkeypatch) == {"last"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_completes_commands_is_printed(shell, capsys):
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_IRCBOT_COMPLETE={shell}_complete" in script


@pytest.fixture
def program(folder, tmp_path):
    """Runs a program where `ircbot` is on the PATH; what it prints."""
    here = tmp_path / "bin"
    here.mkdir()
    (here / "ircbot").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ircbot "$@"\n')
    (here / "ircbot").chmod(0o755)

    def run_it(*arguments):
        done = subprocess.run(
            arguments,
            capture_output=True,
            text=True,
            cwd=Path(__file__).parent.parent,
            timeout=120,
            env={**os.environ, "HOME": str(tmp_path), "PATH": f"{here}:{os.environ['PATH']}"},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run_it


def test_bash_completes_what_the_program_proposes(folder):
    """The whole way: the script is read by bash, and its function asks the program."""
    program = folder / "ircbot"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ircbot "$@"\n')
    program.chmod(0o755)
    lines = (
        "source <(ircbot completion bash)",
        "COMP_WORDS=(ircbot sho); COMP_CWORD=1; _ircbot_completion ircbot",
        'echo "${COMPREPLY[*]}"',
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
        timeout=60,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
    )
    assert done.stdout == "show\n", done.stderr


ZSH = r"""
zmodload zsh/zpty
zpty -b z zsh -f -i
zpty -w z "fpath=($1 \$fpath); autoload -U compinit; compinit -u -d $1/dump; print ready"
zpty -r -m z told $'*\nready*'
zpty -n -w z $'ircbot store ba\t'
zpty -r -m z told '*ircbot store backup*' && print completed
"""


@pytest.mark.skipif(not shutil.which("zsh") and not REQUIRED, reason="zsh is not installed")
def test_zsh_completes_at_its_prompt_what_the_program_proposes(program, tmp_path):
    (tmp_path / "_ircbot").write_text(program("ircbot", "completion", "zsh"))
    (tmp_path / "try").write_text(ZSH)
    assert program("zsh", "-f", str(tmp_path / "try"), str(tmp_path)) == "completed\n"


@pytest.mark.skipif(not shutil.which("fish") and not REQUIRED, reason="fish is not installed")
def test_fish_completes_what_the_program_proposes(program):
    told = program(
        "fish",
        "--no-config",
        "-c",
        'ircbot completion fish | source; complete -C "ircbot store "; complete -C "ircbot sto"',
    )
    assert "backup\tWrite the whole store to FILE" in told
    assert "store\tCheck, compact, back up, restore and export the store." in told


def test_nothing_says_where_it_was_looked_for(ask, folder, tmp_path, capsys):
    status, out, err = ask("list", "--status", "open")
    where = f"in {folder / 'incidents'} (configured by {folder / 'config.toml'})"
    assert (status, out, err) == (0, "", f"ircbot: there are no such incidents {where}.\n")
    (tmp_path / "empty.toml").write_text('[store]\npath = "nothing"\n')
    run(["list", "-c", str(tmp_path / "empty.toml")])
    assert f"there are no incidents in {tmp_path / 'nothing'} " in capsys.readouterr().err


def test_quiet_is_quiet_and_verbose_says_more(ask, folder):
    assert ask("list", "--status", "open", "-q") == (0, "", "")
    assert f"the store is {folder / 'incidents'}." in ask("list", "-v")[2]


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": ""}, False),
    ],
)
def test_colours_are_there_where_they_are_wanted(ask, monkeypatch, variables, coloured):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[1m" in ask("search", "elb")[1]) == coloured


class Terminal:
    """A terminal of some width, on which programs run."""

    def __init__(self, columns: int) -> None:
        self.main, self.terminal = os.openpty()
        size = struct.pack("HHHH", LONGEST, columns, 0, 0)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, size)

    def shown(self, program: str, **variables: str) -> str:
        """What a program in Python shows on it."""
        unset = ("COLUMNS", "LINES", "PAGER", "NO_COLOR", "FORCE_COLOR")
        known = {key: value for key, value in os.environ.items() if key not in unset}
        subprocess.run(
            [sys.executable, "-c", program],
            stdin=self.terminal,
            stdout=self.terminal,
            check=True,
            timeout=60,
            env={**known, "TERM": "xterm", **variables},
        )
        os.close(self.terminal)
        told = b""
        try:
            while chunk := os.read(self.main, 1 << 16):
                told += chunk
        except OSError:  # nobody has it open for writing any more
            pass
        os.close(self.main)
        return told.decode().replace("\r\n", "\n")


PROGRAM = "import sys; from ircbot.cli.root import run; sys.exit(run({arguments!r}))"


def test_a_long_output_goes_to_the_pager_of_a_terminal(folder):
    arguments = ["report", "last", "-f", "text", "-c", str(folder / "config.toml")]
    program = PROGRAM.format(arguments=arguments)
    paged = Terminal(90).shown(program, PAGER="sed s/^/paged:/")
    assert all(line.startswith("paged:") for line in paged.splitlines())
    program = PROGRAM.format(arguments=[*arguments, "--no-pager"])
    assert "paged:" not in Terminal(90).shown(program, PAGER="sed s/^/paged:/")


def test_what_fits_a_terminal_is_not_paged_and_no_line_is_wider(folder):
    keep(folder / "incidents", f"13:00 <ann> !inc declare {'the wiki is away ' * 9}")
    arguments = ["show", "last", "-c", str(folder / "config.toml")]
    shown = Terminal(60).shown(PROGRAM.format(arguments=arguments), PAGER="sed s/^/paged:/")
    assert "paged:" not in shown
    assert max(map(len, shown.splitlines())) <= 60
    assert re.sub(r"\s+", " ", shown).count("the wiki is away") == 18  # nothing is cut away


def test_elsewhere_nothing_is_fitted_or_paged(capsys):
    print_pages("one\n" * 100)
    assert capsys.readouterr().out == "one\n" * 100
    assert list(fitted("x" * 500, 0)) == ["x" * 500]
