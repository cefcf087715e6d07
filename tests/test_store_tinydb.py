"""The same operations on stock TinyDB and on ours give the same results and the same file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.disks import MemoryDisk
from tinydb import Query, TinyDB, operations, where
from tinydb.table import Document

from ircbot.errors import StoreError
from ircbot.store.database import Database

KEYS = st.sampled_from(["a", "b", "n"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.text(max_size=3)
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=4,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=3)
IDS = st.integers(1, 8)
CONDITIONS = st.one_of(
    st.builds(lambda k, v: where(k) == v, KEYS, VALUES),
    st.builds(lambda k: where(k).exists(), KEYS),
    st.builds(lambda k, v: ~(where(k) == v), KEYS, VALUES),
    st.builds(lambda k: where(k).test(lambda value: isinstance(value, int)), KEYS),
    st.just(Query().noop()),
)
TABLES = st.sampled_from(["_default", "other"])
Operation = Callable[[TinyDB], Any]


def on(table: str, act: Callable[[Any], Any]) -> Operation:
    return lambda db: act(db.table(table))


def operation(name: str, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Operation]:
    return st.builds(
        lambda table, given: on(table, lambda t: getattr(t, name)(**given)),
        TABLES,
        st.fixed_dictionaries(arguments),
    )


OPERATIONS = st.one_of(
    operation("insert", document=DOCUMENTS),
    operation("insert", document=st.builds(Document, DOCUMENTS, IDS)),
    operation("insert_multiple", documents=st.lists(DOCUMENTS, max_size=3)),
    operation(
        "insert_multiple", documents=st.lists(st.builds(Document, DOCUMENTS, IDS), max_size=3)
    ),
    operation("update", fields=DOCUMENTS, cond=CONDITIONS),
    operation("update", fields=DOCUMENTS, doc_ids=st.lists(IDS, max_size=3)),
    operation("update", fields=DOCUMENTS),
    operation("update", fields=st.builds(operations.set, KEYS, VALUES), cond=CONDITIONS),
    operation("update", fields=st.builds(operations.delete, KEYS), cond=CONDITIONS),
    operation("update", fields=st.builds(operations.increment, KEYS)),
    operation(
        "update",
        fields=st.builds(operations.add, KEYS, st.just([1])),
        doc_ids=st.lists(IDS, max_size=2),
    ),
    operation("update_multiple", updates=st.lists(st.tuples(DOCUMENTS, CONDITIONS), max_size=2)),
    operation("upsert", document=DOCUMENTS, cond=CONDITIONS),
    operation("upsert", document=st.builds(Document, DOCUMENTS, IDS)),
    operation("remove", cond=CONDITIONS),
    operation("remove", doc_ids=st.lists(IDS, max_size=3)),
    operation("truncate"),
    operation("search", cond=CONDITIONS),
    operation("get", cond=CONDITIONS),
    operation("get", doc_id=IDS),
    operation("get", doc_ids=st.lists(IDS, max_size=3)),
    operation("contains", cond=CONDITIONS),
    operation("contains", doc_id=IDS),
    operation("count", cond=CONDITIONS),
    operation("all"),
    st.builds(lambda table: on(table, len), TABLES),
    st.builds(lambda table: on(table, lambda t: [d.doc_id for d in t]), TABLES),
    st.just(lambda db: db.tables()),
    st.just(lambda db: db.drop_tables()),
    st.builds(lambda table: lambda db: db.drop_table(table), TABLES),
)


def outcome(act: Operation, db: TinyDB) -> Any:
    """What an operation returns, with the ids of documents, or which error it ends in."""
    try:
        found = act(db)
    except Exception as error:  # whatever stock TinyDB raises, ours must
        return type(error), str(error)
    if isinstance(found, Document):
        return found.doc_id, found
    if isinstance(found, list):
        return [(getattr(one, "doc_id", None), one) for one in found]
    return found


def documents(path: Path) -> Any:
    content = path.read_text()
    tables = json.loads(content) if content else {}
    tables.pop("ircbot", None)
    return {name: list(table.items()) for name, table in tables.items()}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(OPERATIONS, st.integers(0, 9)), max_size=14))
def test_random_operations_do_the_same_as_in_stock_tinydb(
    story: list[tuple[Operation, int]],
) -> None:
    with TemporaryDirectory() as folder:
        stock_path, our_path = Path(folder) / "stock.json", Path(folder) / "ours.json"
        disk = MemoryDisk()  # which waits for no device
        disk.create_folder(folder)
        stock, ours = TinyDB(stock_path), Database(str(our_path), disk=disk)
        for act, chance in story:
            assert outcome(act, ours) == outcome(act, stock)
            if chance == 0:  # as if both processes were started anew
                stock.close()
                stock = TinyDB(stock_path)
                ours.close()
                ours = Database(str(our_path), disk=disk)
            elif chance == 1:  # ours without being closed
                stock.close()
                stock = TinyDB(stock_path)
                ours.journaled.let_go()
                ours = Database(str(our_path), disk=disk)
        stock.close()
        ours.close()
        for path, content in disk.files().items():
            Path(path).write_bytes(content)
        assert documents(our_path if our_path.exists() else stock_path) == documents(stock_path)
        with TinyDB(our_path) as reopened:  # stock TinyDB goes on with our file
            reopened.insert({"a": 1})
        with Database(str(our_path)) as back:
            assert back.contains(where("a") == 1)


def test_what_is_handed_out_is_the_callers_own(tmp_path: Path) -> None:
    db = Database(str(tmp_path / "db.json"))
    db.insert({"a": {"b": [1]}})
    for found in (db.search(where("a").exists())[0], db.get(doc_id=1), db.all()[0], next(iter(db))):
        assert isinstance(found, Document)
        found["a"]["b"].append(2)
    given = {"a": [1]}
    db.insert(given)
    given["a"].append(2)
    assert db.all() == [{"a": {"b": [1]}}, {"a": [1]}]


def test_a_table_may_be_changed_while_going_through_it(tmp_path: Path) -> None:
    db = Database(str(tmp_path / "db.json"))
    db.insert_multiple({"n": n} for n in range(3))
    for document in db:
        db.remove(doc_ids=[document.doc_id])
    assert len(db) == 0


def test_an_update_that_fails_changes_nothing(tmp_path: Path) -> None:
    db = Database(str(tmp_path / "db.json"))
    db.insert_multiple([{"n": 1}, {"n": "x"}])
    with pytest.raises(TypeError):
        db.update(operations.increment("n"))
    with pytest.raises(TypeError):
        db.insert({"n": object()})
    assert db.all() == [{"n": 1}, {"n": "x"}]


def test_true_and_one_are_not_the_same(tmp_path: Path) -> None:
    path = tmp_path / "db.json"
    db = Database(str(path))
    db.insert({"n": 1})
    db.update({"n": True})
    db.close()
    with TinyDB(path) as stock:
        assert stock.all()[0]["n"] is True


def test_half_a_character_is_kept(tmp_path: Path) -> None:
    db = Database(str(tmp_path / "db.json"))
    db.insert({"text": "\udcff é"})
    db.journaled.let_go()
    assert Database(str(tmp_path / "db.json")).all() == [{"text": "\udcff é"}]
    Database(str(tmp_path / "db.json")).close()
    with TinyDB(tmp_path / "db.json") as stock:
        assert stock.all() == [{"text": "\udcff é"}]


def test_a_database_opened_for_reading_refuses_to_write(tmp_path: Path) -> None:
    path = str(tmp_path / "db.json")
    with Database(path) as db:
        db.insert({"n": 1})
    reading = Database(path, writable=False)
    assert reading.all() == [{"n": 1}]
    for act in (lambda: reading.insert({"n": 2}), reading.drop_tables):
        with pytest.raises(StoreError, match="was opened for reading only"):
            act()
    reading.close()
