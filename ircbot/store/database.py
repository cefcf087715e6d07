"""TinyDB over a journal: an insert costs the same however much is stored.

Stock TinyDB rebuilds and rewrites everything for every change; here only the change is committed.
As in stock TinyDB, the caller owns the documents it is handed and may change them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any, cast

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.table import Document, Table

from ircbot.store.snapshot import dumps
from ircbot.store.storage import JournalStorage


class JournalTable(Table):
    """A table that commits only what changed."""

    _searched_at = 0  # the last commit when the query cache was started

    # As in stock TinyDB, which has just read them from the file, documents belong to the caller.

    def search(self, cond: QueryLike) -> list[Document]:
        if self._searched_at != self._journaled.last:  # another process may have committed
            self.clear_cache()
            self._searched_at = self._journaled.last
        return [_own(document) for document in super().search(cond)]

    def get(self, *args: Any, **kwargs: Any) -> Any:  # the overloads of Table.get hold
        found = super().get(*args, **kwargs)
        if isinstance(found, list):
            return [_own(document) for document in found]
        return None if found is None else _own(found)

    def __iter__(self) -> Iterator[Document]:
        for key, document in list(self._read_table().items()):
            yield _own(self.document_class(document, self.document_id_class(key)))

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        return cast("dict[str, Mapping[str, Any]]", self._journaled.table(self.name))

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        overlay = _Overlay(self._journaled.table(self.name), self.document_id_class)
        updater(cast("dict[int, Mapping[str, Any]]", overlay))
        changes = overlay.changes()
        if changes or self.name not in (self._journaled.read() or {}):
            self._journaled.commit(dumps({self.name: changes}))
        self.clear_cache()

    @property
    def _journaled(self) -> JournalStorage:
        return cast(JournalStorage, self._storage)


class Database(TinyDB):
    """TinyDB over a journal."""

    table_class = JournalTable
    default_storage_class = JournalStorage  # type: ignore[assignment]

    @property
    def journaled(self) -> JournalStorage:
        """The storage, with its own type."""
        return cast(JournalStorage, self.storage)


class _Overlay(MutableMapping[Any, Any]):
    """A table as an updater sees it. Changes are collected here; the table itself stays as it
    is."""

    def __init__(self, table: Mapping[str, Any], id_class: Callable[[str], Any]) -> None:
        self._table = table
        self._id_class = id_class
        self._changed: dict[str, Any] = {}  # None: removed. What was read is here too

    def __getitem__(self, key: Any) -> Any:
        name = str(key)
        if name not in self._changed:
            self._changed[name] = _copied(self._table[name])
        document = self._changed[name]
        if document is None:
            raise KeyError(key)
        return document

    def __setitem__(self, key: Any, document: Any) -> None:
        self._changed[str(key)] = document

    def __delitem__(self, key: Any) -> None:
        if key not in self:
            raise KeyError(key)
        self._changed[str(key)] = None

    def __contains__(self, key: object) -> bool:
        name = str(key)
        if name in self._changed:
            return self._changed[name] is not None
        return name in self._table

    def __iter__(self) -> Iterator[Any]:
        for name in self._table:
            if self._changed.get(name, name) is not None:
                yield self._id_class(name)
        for name, document in self._changed.items():
            if name not in self._table and document is not None:
                yield self._id_class(name)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def changes(self) -> dict[str, Any]:
        """The documents that differ from before. They are compared as JSON, where 1 is not true."""
        return {
            name: document
            for name, document in self._changed.items()
            if document is None or name not in self._table or _differ(document, self._table[name])
        }


def _differ(one: Any, other: Any) -> bool:
    return dumps(one) != dumps(other)


def _own(document: Document) -> Document:
    return Document(_copied(document), document.doc_id)


def _copied(value: Any) -> Any:
    """A copy of a JSON value that shares no list or dict with it."""
    if isinstance(value, dict):
        return {key: _copied(content) for key, content in value.items()}
    if isinstance(value, list):
        return [_copied(content) for content in value]
    return value
