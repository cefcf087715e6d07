"""No process file keeps the bot busy: what is too much is refused at once, with its place."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest

from ircbot.config import load_config
from ircbot.errors import ConfigError, ProcessError
from ircbot.processes import SHIPPED, load_process

LEAD = '[roles.lead]\ntitle = "leader"\n'


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("".join(f'[roles.r{n}]\ntitle = "r {n}"\n' for n in range(5000)), "5001 entries"),
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


def test_the_shipped_ones_are_within():
    assert all(load_process(name) for name in SHIPPED)
