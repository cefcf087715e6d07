"""No process file keeps the bot busy: what is too much is refused at once, with its place."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest

from ircbot.cli.process import process
from ircbot.config import load_config
from ircbot.errors import ConfigError, Misuse, ProcessError
from ircbot.processes import SHIPPED, load_process
from ircbot.processes.examples import numbered

LEAD = '[roles.lead]\ntitle = "leader"\n'


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("".join(f'[roles.r{n}]\ntitle = "r {n}"\n' for n in range(5000)), "5001 entries"),
        ("".join(f'[roles.r{n}]\ntitle = "r {n}"\n' for n in range(150)), "302 names"),
        (
            "[roles.r]\ntitle = 'r'\nwords = [" + ", ".join(f"'w {n}'" for n in range(900)) + "]\n",
            "904 names",
        ),
        (f'[[phrases]]\nmeans = "lead"\nsay = ["{"(a|" * 9}x{")" * 9}"]\n', "9 deep"),
        (f'[[phrases]]\nmeans = "lead"\nsay = ["lead {"[a] " * 60}"]\n', "60 choices"),
        (f'[[phrases]]\nmeans = "lead"\nsay = ["{"lead " * 300}"]\n', "1000 characters"),
        ('[replies]\nrecorded = "{numbers:>900000000}"\n', "width"),
        ('[messages.customers]\ntext = "{impact:>900000000}"\n', "width"),
        ('[[prompts]]\nkey = "x"\nwhen = "declared"\ntext = "{summary!r:>9000000}"\n', "width"),
        ('welcome = "{prefix:>900000000}"\n', "width"),
        (f'[replies]\nrecorded = "{"x" * 5000}"\n', "5000 characters"),
        ("".join('[[phrases]]\nmeans = "lead"\nsay = ["lead"]\n' for _ in range(1001)), "1001"),
    ],
)
def test_what_is_too_much_is_refused_at_once_with_its_line(tmp_path, more, told):
    path = tmp_path / "mine.toml"
    path.write_text(LEAD + more)
    begun = process_time()
    with pytest.raises(ProcessError, match=rf"mine\.toml, line \d+: .*{told}"):
        load_process(str(path))
    assert process_time() - begun < 1.0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("x = " + "[" * 5000 + "]" * 5000, "nests more than 20 deep"),
        ("x = " + "{a=" * 3000 + "1" + "}" * 3000, "nests more than 20 deep"),
        ("[" + ".".join("a" * 3000) + "]\nb = 1", "nests more than 20 deep"),
        ("x = " + "9" * 5000, "is not valid TOML"),
        ("#" * 2_000_000, "has more than 1,000,000 bytes"),
    ],
    ids=["lists", "inline", "dotted", "digits", "long"],
)
@pytest.mark.parametrize("read", ["process", "configuration"])
def test_a_file_that_is_made_to_exhaust_whoever_reads_it_is_a_mistake(
    tmp_path, content, told, read
):
    path = tmp_path / "mine.toml"
    path.write_text(LEAD + content + "\n")
    with pytest.raises((ProcessError, ConfigError), match=rf"mine\.toml {told}"):
        load_process(str(path)) if read == "process" else load_config(path)


def test_a_configuration_without_end_is_a_mistake():
    with pytest.raises(ConfigError, match="more than"):
        load_config(Path("/dev/zero"))


def lead_and(more: str, folder: Path) -> Path:
    """A process file that has a leader, taken by saying so, and more."""
    path = folder / "mine.toml"
    path.write_text('include = ["english"]\n[roles.lead]\ntitle = "incident leader"\n' + more)
    return path


def test_the_phrases_of_a_file_are_checked_in_time_by_their_number(tmp_path):
    def phrase(n: int) -> str:
        return f'[[phrases]]\nmeans = "resolve"\nsay = ["zork the wib{n} now"]\nexamples = ["zork the wib{n} now"]\n'

    def seconds(count: int) -> float:
        path = lead_and("".join(map(phrase, range(count))), tmp_path)
        begun = process_time()
        assert [*numbered(load_process(str(path)))] == []
        return process_time() - begun

    few, many = seconds(60), seconds(300)
    assert many < 12 * few  # five times as many; each beside each other would be 25


@pytest.mark.parametrize(
    "more",
    [
        "".join(f'[messages.m{n}]\ntext = "to {{name}}"\n' for n in range(1000)),
        f'[replies]\nrecorded = """{"a" * 3}\n' + "\n" * 3000 + '{nobody}"""\n',
        "tips = [\n" + "'a',\n" * 990 + "'{nobody}']\n",
    ],
    ids=["mistakes", "lines", "items"],
)
def test_the_mistakes_of_a_file_are_told_soon_however_many(tmp_path, more):
    path = lead_and(more, tmp_path)
    with pytest.raises(Misuse) as caught:
        process.main(["check", str(path)], standalone_mode=False)
    told = str(caught.value).splitlines()
    assert str(path) in told[0]
    assert len(told) <= 21


def test_the_shipped_ones_are_within():
    assert all(load_process(name) for name in SHIPPED)
