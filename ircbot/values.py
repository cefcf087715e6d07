"""Frozen dataclasses with slots, whose methods are created when they are first needed.

`dataclasses` generates and compiles six functions for each class. The program has four hundred such
classes, a command uses a few dozen, and this took a fifth of the time of most commands. Here each
class has one generated function, `__init__`, compiled when its first instance is made; the other
methods are shared. Type checkers and readers see the standard library's decorator.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

_T = TypeVar("_T")
_MADE = object()  # a default that is created for each instance

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:  # so that mypy sees the real decorator

    def dataclass(*, frozen: bool, slots: bool, eq: bool = True) -> Callable[[type[_T]], type[_T]]:
        """Like dataclasses.dataclass, for frozen classes with slots."""
        if not (frozen and slots):
            raise TypeError("dataclasses has a decorator for what can be changed")

        def made(cls: type[_T]) -> type[_T]:
            value = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
            own = cls.__dict__
            for name, method in _methods(value, eq=eq):
                if name not in own:
                    setattr(value, name, method)
            return value

        return made


def _methods(cls: type, *, eq: bool) -> list[tuple[str, Any]]:
    """The methods of a class, by name."""

    methods: list[tuple[str, Any]] = [
        ("__init__", _Init(cls)),
        ("__repr__", _repr),
        ("__setattr__", _refuse),
        ("__delattr__", _refuse),
        ("__getstate__", _getstate),
        ("__setstate__", _setstate),
    ]
    if not eq:
        return methods
    names = [field.name for field in dataclasses.fields(cls) if field.compare]
    values: Callable[[Any], Any] = attrgetter(*names) if names else lambda self: ()

    def equals(self: Any, other: Any) -> Any:
        same = other.__class__ is self.__class__
        return values(self) == values(other) if same else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    return [*methods, ("__eq__", equals), ("__hash__", hashed)]


class _Init:
    """The `__init__` of a class, until it is needed."""

    __slots__ = ("_of",)

    def __init__(self, of: type) -> None:
        self._of = of

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        init: Any = _init(self._of)
        self._of.__init__ = init  # type: ignore[misc]
        return init.__get__(instance, owner)


def _init(cls: type) -> Callable[..., None]:
    """Compile the constructor of a class, like dataclasses, which sets each slot."""
    parameters, body, names = [], [], {"_MADE": _MADE}
    for field in dataclasses.fields(cls):
        name = value = field.name
        names[f"_set_{name}"] = getattr(cls, name).__set__
        if field.default is not MISSING:
            names[f"_default_{name}"] = field.default
            parameters.append(f"{name}=_default_{name}")
        elif field.default_factory is not MISSING:
            names[f"_make_{name}"] = field.default_factory
            parameters.append(f"{name}=_MADE")
            value = f"_make_{name}() if {name} is _MADE else {name}"
        else:
            parameters.append(name)
        body.append(f"  _set_{name}(self, {value})\n")
    text = (
        f"def make({', '.join(names)}):\n"
        f" def __init__({', '.join(['self', *parameters])}):\n"
        f"{''.join(body) or '  pass'}\n"
        " return __init__"
    )
    made: dict[str, Any] = {}
    exec(text, vars(sys.modules[cls.__module__]), made)  # its module knows the fields' types
    init: Any = made["make"](**names)
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__annotations__ = {field.name: field.type for field in dataclasses.fields(cls)}
    return init  # type: ignore[no-any-return]


def _repr(self: Any) -> str:
    shown = [f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr]
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse(self: Any, name: str, value: Any = None) -> None:
    raise FrozenInstanceError(f"cannot assign to or delete field {name!r}")


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _setstate(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
