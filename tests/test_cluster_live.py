"""Two bots as processes on a server, with a real database: one dies, hangs, is cut off, leaves.

The long form is in `make soak`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from rig.postgresql import Postgresql
from trial_of_machines import Loopback, Trial


@pytest.mark.slow
async def test_one_that_dies_or_hangs_is_missed_by_nobody(
    postgresql: Postgresql, tmp_path: Path
) -> None:
    trial = Trial(Loopback(postgresql), tmp_path)
    async with trial.going_on():
        await trial.strike("kill")
        await trial.strike("stop")
    first, second, third = trial.outcome.turns[:3]
    assert first == third != second
    assert trial.outcome.acknowledged > 0
    assert trial.announced[0].startswith(f"I take over from ilbot (machine {first} is")


@pytest.mark.slow
async def test_one_that_is_cut_off_or_leaves_is_missed_by_nobody(
    postgresql: Postgresql, tmp_path: Path
) -> None:
    trial = Trial(Loopback(postgresql, msgids=False), tmp_path)
    async with trial.going_on():
        await trial.strike("cut")
        await trial.until(lambda: bool(trial.announced))
        await trial.strike("yield")  # in order, and nobody needs to know
        await trial.strike("leave")
    assert len(trial.announced) == 1
    assert trial.outcome.acknowledged > 0
