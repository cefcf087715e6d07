"""Every story, told in every way: straight, restarted, through an import, over a real socket."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest
import story

from ircbot.incident.state import Desk
from ircbot.logs.playback import Notebook, Playback
from ircbot.scribe import Scribe

REWRITE = os.environ.get("STORIES") == "rewrite"


def told_in(way: str) -> pytest.MarkDecorator:
    """The stories that can be told in this way."""
    found = [path for path in story.stories() if way in story.read(path).ways]
    return pytest.mark.parametrize("path", found, ids=[path.stem for path in found])


def compare(told: story.Story, performed: list[str]) -> None:
    """Fail with the difference, as the file would have to be changed."""
    script = story.script_of(told)
    if performed == script:
        return
    lines = difflib.unified_diff(script, performed, "the story", "what happens", lineterm="", n=2)
    pytest.fail(f"{told.path.name}\n" + "\n".join(lines), pytrace=False)


@told_in("straight")
def test_the_bot_says_what_the_story_says(path: Path) -> None:
    told = story.read(path)
    scribe = Scribe(told.setting, Notebook(), Desk())
    performed = story.perform(told, Playback(scribe))
    if REWRITE:
        path.write_text(story.rewritten(told, performed))
        return
    compare(told, performed)
