"""What coverage measures is measured in each process of the tests, to the end of the session.

A measurement that is lost looks like code that nothing tests: here it fails, and says where.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

_MEASURED = pytest.StashKey[Any]()
_LOST = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Note whether coverage measures this process."""
    coverage = sys.modules.get("coverage")
    config.stash[_MEASURED] = coverage and coverage.Coverage.current()
    config.stash[_LOST] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    """Random examples count for no branch: what covers one is a test, never luck."""
    measured = item.config.stash[_MEASURED]
    if not measured or not item.get_closest_marker("hypothesis"):
        return (yield)
    measured.stop()
    try:
        return (yield)
    finally:
        measured.start()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Any:
    """Whatever a test did, its process is still measured."""
    result = yield
    measured = item.config.stash[_MEASURED]
    if measured and (measured.current() is not measured or not _traced()):
        measured.stop()
        measured.start()
        pytest.fail("what ran since coverage was stopped in this test was not measured")
    return result


def _traced() -> bool:
    return sys.version_info >= (3, 12) or sys.gettrace() is not None


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Any:
    """Write what was measured now: a worker that is slow to end is killed."""
    result = yield
    config = session.config
    measured = config.stash[_MEASURED]
    if measured:
        measured.stop()
        measured.save()
        if hasattr(config, "workeroutput"):
            config.workeroutput["measured"] = measured.get_data().data_filename()
    if config.stash[_LOST]:
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
    return result


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Whether a worker has left what it measured."""
    if not node.config.stash[_MEASURED]:
        return
    kept = getattr(node, "workeroutput", {}).get("measured")
    if not kept or not Path(kept).is_file():
        node.config.stash[_LOST].append(node.gateway.id)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say whose measurement was lost."""
    for worker in config.stash[_LOST]:
        terminalreporter.write_line(f"ERROR: what {worker} measured is lost", red=True)
