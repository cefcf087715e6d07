"""No process file keeps the bot busy: what is too much is refused at once, with its place."""

from __future__ import annotations

from time import process_time

import pytest

from ircbot.errors import ProcessError
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


def test_the_shipped_ones_are_within():
    assert all(load_process(name) for name in SHIPPED)
