"""Words that are to go while the disk is full, refuses, or the process is killed: at every step."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from kept import OUTAGE
from tmpfs import mounted

from hostile.test_erasure import ANN, bot, closed_incidents, holding, told
from ircbot.repository import all_incidents, open_store
from ircbot.store import maintenance
from ircbot.store.disk import Disk

WORDS = ("xyzzy-plugh", "xyzzy-prose")
ORDERS = {
    "redact": ("12:50 <ann> !inc redact 2", ANN),
    "purge": ("12:50 <boss> !inc @1 security purge", {"account": "boss"}),
    "forget": ("12:50 <ann> !inc forget ann", ANN),
}
_CALLS = ("open", "replace", "fsync", "unlink", "fchmod")
_DISK = ("open", "open_through", "write", "write_through", "sync", "rename", "remove", "names")


def one_with_secrets(folder: Path) -> Path:
    """An incident whose report somebody edited."""
    with bot(folder) as engine:
        told(engine, *OUTAGE[:2])
        told(engine, "12:06 <ann> TL: the word is xyzzy-plugh again", **ANN)
        told(engine, "12:30 <metadave> !inc resolve")
        told(engine, "12:40 <boss> !inc security", account="boss")
    report = folder / "reports" / "incident-0001.md"
    report.write_text(report.read_text() + "\nWe quote: the word is xyzzy-plugh again.\n")
    return report


def in_a_child(work: Callable[[], None]) -> int:
    """Do some work in a process of its own; its exit status, 99 if it raised."""
    child = os.fork()
    if not child:
        try:
            work()
        except BaseException:
            os._exit(99)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def at_each_call(nth: int, then: Callable[[], None]) -> None:
    """Have the nth call to the disk from now on, in this process, do something else first."""
    left = nth

    def counted(real: Callable[..., object], *arguments: object, **named: object) -> object:
        nonlocal left
        left -= 1
        if left == -1:
            then()
        return real(*arguments, **named)

    for name in _CALLS:
        setattr(os, name, partial(counted, getattr(os, name)))
    for name in _DISK:
        setattr(Disk, name, _method(counted, getattr(Disk, name)))


def _method(counted: Callable[..., object], real: Callable[..., object]) -> Callable[..., object]:
    def method(self: Disk, *arguments: object, **named: object) -> object:
        return counted(real, self, *arguments, **named)

    return method


def refuse() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def erase(folder: Path, order: str, nth: int, then: Callable[[], None]) -> None:
    """In a child: order an erasure, which dies or is refused at the nth call to the disk. Exit
    status 7 if it was said to be done."""
    line, who = ORDERS[order]
    with bot(folder) as engine:
        at_each_call(nth, then)
        said = told(engine, line, **who)
        if any("on the disk too" in text for text in said) and "not " not in " ".join(said):
            os._exit(7)


@pytest.mark.parametrize("order", sorted(ORDERS))
@pytest.mark.parametrize("fate", ["killed", "refused"])
def test_an_erasure_that_is_stopped_anywhere_can_be_asked_for_again(tmp_path, order, fate):
    one_with_secrets(tmp_path / "first")
    then = (lambda: os._exit(9)) if fate == "killed" else refuse
    line, who = ORDERS[order]
    ended = set()
    for nth in (*range(0, 120, 17), 100_000):  # the last one is after all calls
        folder = tmp_path / str(nth)
        shutil.copytree(tmp_path / "first", folder)
        status = in_a_child(partial(erase, folder, order, nth, then))
        if status == 7:  # it was said to be gone
            assert holding(folder, WORDS[0]) == [], nth
        with bot(folder) as engine:
            assert engine.state.incidents[1].notes[0].text in (
                "",
                "listeners are missing from the ELB",
            )
            told(engine, line, **who)
        assert holding(folder, WORDS[0]) == [], nth
        assert maintenance.check(str(folder / "incidents")).well, nth
        shutil.rmtree(folder)
        ended.add(status)
    assert 99 not in ended
    assert (9 if fate == "killed" else 7) in ended


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 512 KiB."""
    with mounted(tmp_path / "disk", "512k") as disk:
        yield disk


@pytest.mark.parametrize("room", [0, 1, 2, 4, 8])  # pages of 4 KiB
@pytest.mark.parametrize("order", sorted(ORDERS))
def test_on_a_full_file_system_nothing_is_destroyed_and_nothing_said_that_is_not_so(
    small, room, order
):
    one_with_secrets(small)
    line, who = ORDERS[order]
    with bot(small) as engine:
        ballast = small / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                file.truncate(max(0, file.tell() - 4096 * room))
        said = " ".join(told(engine, line, **who))
        if "on the disk too" in said and "not " not in said:
            assert holding(small, WORDS[0]) == []
        assert maintenance.check(str(small / "incidents")).well
        (kept,) = all_incidents(open_store(str(small / "incidents")))
        assert len(kept.notes) == 2
        ballast.unlink()
        told(engine, "12:55 <metadave> hello", line)
        told(engine, line.replace("12:50", "12:56"), **who)
    assert holding(small, WORDS[0]) == []
    assert b"\0\0\0\0" not in (small / "incidents" / "0001.json").read_bytes()


def test_reports_of_a_folder_that_went_away_hold_nobody_up(tmp_path):
    closed_incidents(tmp_path, 2, "12:06 <ann> TL: the words of ann", **ANN)
    with bot(tmp_path) as engine:
        shutil.rmtree(tmp_path / "reports")
        assert "gone" in told(engine, "13:00 <ann> !inc forget ann", **ANN)[0]
        shutil.rmtree(tmp_path / "incidents")
        told(engine, "13:01 <metadave> !inc declare it is down again")
    assert holding(tmp_path, "words of ann") == []
    assert "it is down again" in repr(list(all_incidents(open_store(str(tmp_path / "incidents")))))
