"""What all tests share."""

from __future__ import annotations

import sys

import pytest

pytest_plugins = ["coroutines", "rig.fixtures"]


@pytest.fixture(autouse=True, scope="session")
def nothing_in_the_home_folder(tmp_path_factory):
    """What commands keep to be faster goes into a folder of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Random examples count for no branch: what covers one is a test, never luck."""
    coverage = sys.modules.get("coverage")
    measured = coverage and coverage.Coverage.current()
    if not measured or not item.get_closest_marker("hypothesis"):
        return (yield)
    measured.stop()
    try:
        return (yield)
    finally:
        measured.start()
