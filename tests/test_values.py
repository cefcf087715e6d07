"""Frozen values: as the standard library's dataclasses are, in all that anybody asks of them."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import field
from typing import Any

import pytest

from ircbot.values import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """A place, with a note that says nothing about which it is."""

    x: int
    y: int = 0
    near: dict[str, int] = field(default_factory=dict)
    note: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Peak(Point):
    """A place with a height."""

    height: int = 0


@dataclass(frozen=True, slots=True)
class Nothing:
    """What has no fields."""


@dataclass(frozen=True, slots=True, eq=False)
class Itself:
    """What equals itself alone."""

    x: int

    def __repr__(self) -> str:
        return "itself"


@dataclasses.dataclass(frozen=True, slots=True)
class Other:
    """The same fields as a point's, of the standard library."""

    x: int
    y: int = 0


def test_it_is_made_as_a_dataclass_is() -> None:
    assert (Point(1).x, Point(1, 2).y, Point(x=1, y=2).y, Point(1).near) == (1, 2, 2, {})
    assert Point(1).near is not Point(1).near
    assert Peak(1, height=8).height == 8


@pytest.mark.parametrize("given", [(), (1, 2, {}, "", 5)])
def test_what_does_not_fit_is_refused(given: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match="__init__"):
        Point(*given)


def test_it_is_compared_by_its_fields() -> None:
    assert Point(1, 2) == Point(1, 2, note="here") != Point(2, 1)
    assert Point(1) != Other(1)
    assert Point(1) != Peak(1)
    assert hash(Other(1)) == hash(Other(1))
    assert {Nothing(), Nothing()} == {Nothing()}
    same = Itself(1)
    assert same == same
    assert Itself(1) != Itself(1)
    assert len({Itself(1), Itself(1)}) == 2


def test_its_hash_is_of_what_it_is_compared_by() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Point(1))  # as its dictionary
    assert len({Nothing()}) == 1


def test_it_is_shown_as_a_dataclass_is() -> None:
    assert repr(Point(1, note="here")) == "Point(x=1, y=0, near={})"
    assert repr(Itself(1)) == "itself"


def test_it_cannot_be_changed() -> None:
    point: Any = Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="x"):
        point.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="x"):
        del point.x
    with pytest.raises((AttributeError, TypeError)):
        point.other = 2
    assert not hasattr(point, "__dict__")


def test_it_is_replaced_and_matched_and_copied() -> None:
    point = Point(1, 2, note="here")
    assert dataclasses.replace(point, x=3) == Point(3, 2)
    match point:
        case Point(x, y):
            assert (x, y) == (1, 2)
    assert [one.name for one in dataclasses.fields(point)] == ["x", "y", "near", "note"]
    for same in (copy.copy(point), copy.deepcopy(point), pickle.loads(pickle.dumps(point))):
        assert same == point
        assert same.note == "here"


def test_what_can_be_changed_is_made_by_the_standard_library() -> None:
    with pytest.raises(TypeError, match="dataclasses"):
        dataclass(frozen=False, slots=True)
