"""Reports rendered in another process: the same texts, and the same faults."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from core import LED, NOON, Talk

from ircbot.errors import ReportError
from ircbot.report.worker import RenderJob


def job() -> RenderJob:
    talk = Talk()
    talk.tell(LED + "12:01 <metadave> TL: the queue is long — ünïcödé, too")
    around = talk.setting
    return RenderJob(
        talk.incident, around.process, ("text", "html"), UTC, around.calendar, None, NOON
    )


def test_another_process_renders_the_same() -> None:
    texts = job().rendered_apart()
    assert texts == job().rendered()
    assert "the queue is long — ünïcödé, too" in texts["text"]


def test_what_is_wrong_with_a_template_is_told_as_here(tmp_path: Path) -> None:
    (tmp_path / "outline").write_text("{{ nobody.knows.this }}")
    wrong = replace(job(), templates=tmp_path)
    with pytest.raises(ReportError) as here:
        wrong.rendered()
    with pytest.raises(ReportError) as apart:
        wrong.rendered_apart()
    assert str(apart.value) == str(here.value)


def test_a_package_of_our_name_in_the_folder_of_the_bot_is_not_taken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ircbot").mkdir()
    (tmp_path / "ircbot" / "__init__.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    assert job().rendered_apart() == job().rendered()
