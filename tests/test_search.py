"""Search: what was said is found by its words, and nothing is found that was erased."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import NOON, OUTAGE, keep, lines, surroundings
from tmpfs import mounted

from ircbot.cli.root import run
from ircbot.engine import IncidentEngine
from ircbot.incident.events import (
    ActionAdded,
    Closed,
    Declared,
    Entry,
    Event,
    Forgotten,
    Noted,
    ProductSet,
    ProseWritten,
    Purged,
    Redacted,
    Resolved,
    SeveritySet,
    Struck,
)
from ircbot.incident.hits import SearchFilter
from ircbot.incident.people import Person
from ircbot.repository import open_store, retire, state_of
from ircbot.search.cache import SearchCache, erase_in_cache, in_memory
from ircbot.search.index import CacheError, SearchIndex
from ircbot.search.query import units
from ircbot.store import Store

ANN, BOB = Person("ann"), Person("bob")
SECRET = "xyzzyplugh"
ALL = SearchFilter()


def told(store: Store, number: int, *events: Event | tuple[Person, Event], summary: str = "down"):
    """Add an incident, a day after the one before, an entry a minute."""
    entries = []
    for minute, event in enumerate([Declared(summary, "mozmeao"), *events]):
        by, what = event if isinstance(event, tuple) else (ANN, event)
        at = NOON + timedelta(days=number, minutes=minute)
        entries.append(Entry(number, at, by, what, "#moc"))
    store.append(entries)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "incidents"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    opened = open_store(str(folder), writer="bot")
    yield opened
    opened.close()


def found(store: Store, folder: Path, typed: str, wanted: SearchFilter = ALL) -> list[tuple]:
    """What is found: incident, kind, number; the newest first."""
    hits = SearchCache(str(folder)).search(store, typed, wanted, 20)
    return [(hit.incident.id, hit.passage.kind, hit.passage.n) for hit in hits]


def test_a_hit_shows_the_incident_the_time_and_the_words_around(store, folder):
    far = " ".join(["before"] * 40)
    told(store, 1, (BOB, Noted(1, f"{far} the certificate of the ELB {far}")), summary="MDN down")
    (hit,) = SearchCache(str(folder)).search(store, "CERTIFICATE", SearchFilter(), 20)
    assert (hit.incident.id, hit.incident.title) == (1, "MDN down")
    assert hit.passage.at == NOON + timedelta(days=1, minutes=1)
    assert hit.passage.nick == "bob"
    assert "the \x01certificate\x02 of the ELB" in hit.around
    assert len(hit.unmarked) < 140 < len(hit.passage.text)


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("Das Überprüfen der Größe", "uberprufen große"),
        ("naïve café", "CAFE NAIVE"),
        ("l'été à Orléans", "ete orleans"),
        ("ΑΘΗΝΑ", "αθηνα"),
        ("web-01.example.org:8443 fails", "web-01.example.org"),
        ("10.0.0.17 does not answer", "10.0.0.17"),
        ("see https://bugs.example/7?x=1&y=2", '"https://bugs.example/7"'),
        ("certificates expired", "cert*"),
        ("disk full on db3", "full disk"),
        ("Сервер упал", "СЕРВЕР"),
        ('it said "can\'t" again', "can't"),
    ],
)
def test_case_accents_and_punctuation_make_no_difference(store, folder, said, typed):
    told(store, 1, Noted(1, said), Noted(2, "something else entirely"))
    assert found(store, folder, typed) == [(1, "note", 1)]


@pytest.mark.parametrize(
    ("said", "typed", "around"),
    [
        ("der Größe wegen", "GROSSE", "der [Größe] wegen"),
        ("STRASSE zu", "straße", "[STRASSE] zu"),
        ("ὁ ὀδυσσεύς ἦλθε", "οδυσσευς", "ὁ [ὀδυσσεύς] ἦλθε"),
        ("\ufb01le lost", "file", "[\ufb01le] lost"),
        ("\uff25\uff2c\uff22 gone", "elb", "[\uff25\uff2c\uff22] gone"),
        ("本日の障害が発生", "障害", "本日の[障害]が発生"),
        ("本日の障害が発生", '"障害が" 発生', "本日の[障害が]発生"),
        ("ระบบล่ม", "ระบบ", "[ระบบ]ล่ม"),
        ("데이터베이스 장애", "장애", "데이터베이스 [장애]"),
        ("a " * 300 + "日本語の" + " b" * 300, "本語", f"… {'a ' * 29} 日[本語]の{' b' * 29} …"),
    ],
)
def test_words_of_every_alphabet_are_found_and_marked(store, folder, said, typed, around):
    told(store, 1, Noted(1, said))
    (hit,) = SearchCache(str(folder)).search(store, typed, ALL, 20)
    assert hit.passage.text == said.strip()
    shown = hit.around.replace("\x01", "[").replace("\x02", "]")
    assert " ".join(shown.split()) == " ".join(around.split())


@pytest.mark.parametrize(
    ("said", "typed"), [("害障", "障害"), ("はか", "ばか"), ("größer", "grosse")]
)
def test_letters_in_another_order_and_other_sounds_are_not_found(store, folder, said, typed):
    told(store, 1, Noted(1, said))
    assert found(store, folder, typed) == []


def test_words_in_quotes_stand_together(store, folder):
    told(store, 1, Noted(1, "disk full"), Noted(2, "full of the disk"))
    assert found(store, folder, '"disk full"') == [(1, "note", 1)]
    assert found(store, folder, "disk full") == [(1, "note", 1), (1, "note", 2)]


def test_words_that_stand_apart_in_an_incident_are_found_together(store, folder):
    told(store, 1, Noted(1, "the certificate is old"), Noted(2, "the ELB is new"))
    told(store, 2, Noted(1, "the certificate is fine"))
    assert found(store, folder, "elb certificate") == [(1, "note", 1), (1, "note", 2)]
    assert found(store, folder, "elb certificate nowhere") == []


def test_of_the_newest_incident_first_and_in_it_as_it_was_said(store, folder):
    for number in (1, 2, 3):
        told(store, number, Noted(1, "disk a"), Noted(2, "disk b"), summary="the disk")
    assert found(store, folder, "disk") == [
        (number, kind, n)
        for number in (3, 2, 1)
        for kind, n in (("summary", None), ("note", 1), ("note", 2))
    ]


def test_a_search_is_narrowed(store, folder):
    told(store, 1, Noted(1, "disk"), (BOB, Noted(2, "disk")), SeveritySet("1"))
    told(store, 2, ProductSet("Wiki"), ActionAdded(1, "watch the disk"), Noted(1, "disk"))
    told(store, 3, ProseWritten("cause", "the disk was small"), Resolved("a new disk"))

    def only(**wanted: object) -> list[tuple]:
        return found(store, folder, "disk", SearchFilter(**wanted))  # type: ignore[arg-type]

    assert only(nick="BOB") == [(1, "note", 2)]
    assert only(severity="1") == [(1, "note", 1), (1, "note", 2)]
    assert only(product="wiki") == [(2, "note", 1), (2, "action", 1)]
    assert only(place="actions") == [(2, "action", 1)]
    assert only(place="reports") == [(3, "cause", None)]
    assert only(place="timeline", since=NOON + timedelta(days=3)) == [(3, "end", None)]
    assert only(until=NOON + timedelta(days=2)) == [(1, "note", 1), (1, "note", 2)]
    assert only(since=NOON + timedelta(days=2), until=NOON + timedelta(days=3), nick="bob") == []


def test_what_was_taken_out_is_not_found(store, folder):
    told(store, 1, Noted(1, "disk"), Noted(2, "disk"), Struck(1))
    assert found(store, folder, "disk") == [(1, "note", 2)]


def test_what_an_update_or_the_end_repeats_is_found_once(store, folder):
    told(store, 1, Noted(1, "all is well"), Resolved("all is well"))
    assert found(store, folder, "well") == [(1, "note", 1)]


NASTY = (
    '"', '""', '"a', 'a"b', "*", "a*", "ab**", "AND", "OR NOT", "NEAR(a b, 2)", "text:a", "{a}:b",
    "-a", "^a", "(", ")", "a AND", "'; DROP TABLE passage; --", "\x00", "a\x00b", "\ud800", "�",
    "%", "?1", ":a", "🔥", "e\u0301", "\u200b", "ﷺ", "a" * 5000, "a " * 500, "日本語",
)  # fmt: skip


@pytest.mark.parametrize("typed", NASTY)
def test_what_people_type_is_never_an_error(store, folder, typed):
    told(store, 1, Noted(1, "disk"))
    assert found(store, folder, f"{typed} disk") in ([], [(1, "note", 1)])
    assert found(store, folder, typed) == []
    for wanted in (
        SearchFilter(product=typed),
        SearchFilter(severity=typed),
        SearchFilter(nick=typed),
    ):
        assert found(store, folder, "disk", wanted) == []


@settings(max_examples=150, deadline=None)
@given(typed=st.text(st.characters() | st.sampled_from('"*()-^:{}ab'), max_size=20))
def test_nothing_typed_is_an_error_for_sqlite(typed):
    with SearchIndex() as index:
        assert list(index.hits(typed)) == []
        for unit in units(typed):
            assert list(index.hits(unit)) == []


# --- the cache follows the store ----------------------------------------------------------------


def test_the_cache_is_for_its_owner_alone(store, folder):
    told(store, 1, Noted(1, "disk"))
    found(store, folder, "disk")
    files = sorted(path.name for path in (folder / "cache").iterdir())
    assert files == ["search.sqlite", "search.sqlite.lock"]
    for name in files:
        assert stat.S_IMODE((folder / "cache" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "cache").stat().st_mode) == 0o700


def a_minute_later() -> int:
    """A clock by which every file has been there long enough."""
    return time.time_ns() + 60 * 10**9


class Counting:
    """A store that counts how often an incident was read."""

    def __init__(self, store: Store) -> None:
        self.read: list[int] = []
        self._store = store
        self.versions = store.versions

    def entries(self, incident: int):
        self.read.append(incident)
        return self._store.entries(incident)


def test_only_what_changed_is_read_again(store, folder):
    cache, counting = SearchCache(str(folder), a_minute_later), Counting(store)
    for number in (1, 2, 3):
        told(store, number, Noted(1, "disk"))
    cache.update(counting)
    assert sorted(counting.read) == [1, 2, 3]
    store.append([Entry(2, NOON + timedelta(days=2), ANN, Noted(2, "disk two"), "#moc")])
    cache.update(counting)
    assert counting.read[3:] == [2]
    assert found(store, folder, "two") == [(2, "note", 2)]
    store.compact()
    cache.update(counting)
    assert sorted(counting.read[4:]) == [1, 2, 3]  # it is another file, with the same words
    assert len(found(store, folder, "disk")) == 4


def test_a_file_that_was_changed_by_hand_is_read_again_whatever_its_time_says(store, folder):
    told(store, 1, Noted(1, "disk"))
    store.compact()
    cache, file = SearchCache(str(folder), a_minute_later), folder / "0001.json"
    cache.update(open_store(str(folder)))
    before, told_before = file.stat(), file.read_bytes()
    with file.open("r+b") as opened:  # in its place: as long as before, no name is changed
        opened.write(told_before[:-1] + b" ")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert cache.stale(open_store(str(folder))) == (1,)


def test_what_a_coarse_clock_may_hide_is_read_again(store, folder):
    counting = Counting(store)
    told(store, 1, Noted(1, "disk"))
    written = (folder / "0001.journal").stat().st_ctime_ns
    for after, reads in ((10**9, 1), (10**9, 2), (3 * 10**9, 3), (3 * 10**9, 3)):
        SearchCache(str(folder), lambda after=after: written + after).update(counting)
        assert len(counting.read) == reads
    ahead = SearchCache(str(folder), lambda: written - 3600 * 10**9)  # the clock was set back
    ahead.update(counting)
    assert len(counting.read) == 3


def test_the_archive_is_searched_too(store, folder):
    told(store, 1, Noted(1, "disk"), Closed())
    told(store, 2, Noted(1, "disk"))
    store.retire(1, erase=False)
    assert found(store, folder, "disk") == [(2, "note", 1), (1, "note", 1)]


def test_an_incident_that_cannot_be_read_hides_no_other(store, folder):
    told(store, 1, Noted(1, "disk"), Closed())
    told(store, 2, Noted(1, "disk"))
    store.compact()
    found(store, folder, "disk")
    (folder / "0001.json").write_text("{broken")
    assert found(open_store(str(folder)), folder, "disk") == [(2, "note", 1)]


def _overwrite(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[200:4000] = os.urandom(3800)
    path.write_bytes(content)


def _of_another_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")


def _of_another_program(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE incident(id)")


def _without_a_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE person")


def _a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"no database at all" * 100),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        _overwrite,
        _of_another_version,
        _of_another_program,
        _without_a_table,
        _a_link,
    ],
    ids=["empty", "other", "cut", "random", "version", "program", "table", "link"],
)
def test_a_cache_in_doubt_is_made_anew(store, folder, harm):
    told(store, 1, Noted(1, "disk"))
    found(store, folder, "disk")
    harm(folder / "cache" / "search.sqlite")
    assert found(store, folder, "disk") == [(1, "note", 1)]
    assert not (folder / "cache" / "search.sqlite").is_symlink()
    told(store, 2, Noted(1, "disk"))
    assert found(store, folder, "disk") == [(2, "note", 1), (1, "note", 1)]


def test_another_stores_cache_is_no_harm(store, folder, tmp_path):
    with closing(open_store(str(tmp_path / "other"), writer="bot")) as other:
        told(other, 1, Noted(1, SECRET))
        found(other, tmp_path / "other", SECRET)
    told(store, 1, Noted(1, "disk"))
    (tmp_path / "other" / "cache").rename(folder / "cache")
    assert found(store, folder, "disk") == [(1, "note", 1)]
    assert found(store, folder, SECRET) == []


# --- what is erased is gone from here too ---------------------------------------------------------


def indexed(folder: Path) -> str:
    """Every byte of the cache, and every word that its index knows, deleted ones too."""
    kept = b"".join(path.read_bytes() for path in (folder / "cache").iterdir())
    with closing(sqlite3.connect(folder / "cache" / "search.sqlite")) as db:
        db.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, passage, instance)")
        words = [word for (word,) in db.execute("SELECT term FROM words")]
    return kept.decode("latin-1") + " ".join(words)


def _forgotten(number: int) -> list[Entry]:
    order = Forgotten("someone-1", "bob", "")
    return [Entry(number, NOON + timedelta(days=30), ANN, order, "#moc")]


ORDERS = {
    "redact": [Entry(1, NOON + timedelta(days=30), ANN, Redacted(2), "#moc")],
    "purge": [Entry(1, NOON + timedelta(days=30), ANN, Purged(), "#moc")],
    "forget": _forgotten(0),
}


@pytest.mark.parametrize("orders", ORDERS.values(), ids=ORDERS)
def test_an_erased_word_is_nowhere_in_the_cache(store, folder, orders):
    told(store, 1, Noted(1, "disk"), (BOB, Noted(2, f"the password is {SECRET}")))
    told(store, 2, Noted(1, "aardvark"), Noted(2, f"zebra {SECRET}a"))
    assert found(store, folder, SECRET) == [(1, "note", 2)]
    assert SECRET in indexed(folder)
    store.append(orders)
    SearchCache(str(folder)).erase(store)
    assert SECRET not in indexed(folder).replace(f"{SECRET}a", "")
    assert found(store, folder, SECRET) == []
    assert found(store, folder, "aardvark") == [(2, "note", 1)]
    assert found(store, folder, "password", SearchFilter(nick="bob")) == []


def test_an_incident_that_was_kept_long_enough_leaves_nothing(store, folder):
    told(store, 1, Noted(1, SECRET), Closed(), summary=f"a{SECRET}")
    told(store, 2, Noted(1, "disk"))
    found(store, folder, "disk")
    assert retire(store, NOON + timedelta(days=99), (2,), erase=True) == (1,)
    SearchCache(str(folder)).erase(store)
    assert SECRET not in indexed(folder)
    assert found(store, folder, "disk") == [(2, "note", 1)]


def test_whoever_read_the_words_before_cannot_put_them_back(store, folder):
    told(store, 1, Noted(1, "disk"), Noted(2, SECRET))
    found(store, folder, "disk")
    store.append([Entry(1, NOON + timedelta(days=2), ANN, Noted(3, "more"), "#moc")])

    class Slow(Counting):
        """One who read the incident before words were erased, and writes afterwards."""

        def entries(self, incident: int):
            entries = store.entries(incident)
            store.append(ORDERS["redact"])
            SearchCache(str(folder)).erase(store)
            return entries

    assert found(Slow(store), folder, SECRET) == []  # type: ignore[arg-type]
    assert SECRET not in indexed(folder)
    assert found(store, folder, "more") == [(1, "note", 3)]


def test_a_death_between_erasing_and_here_is_made_up_for_by_the_next(store, folder):
    told(store, 1, Noted(1, "disk"), Noted(2, SECRET))
    found(store, folder, "disk")
    store.append(ORDERS["redact"])
    assert SECRET in indexed(folder)  # whoever was to erase here died
    assert found(store, folder, "disk") == [(1, "note", 1)]
    assert SECRET not in indexed(folder)


def test_without_a_cache_there_is_nothing_to_erase(store, folder):
    told(store, 1, Noted(1, SECRET))
    SearchCache(str(folder)).erase(store)
    assert not (folder / "cache").exists()


def test_a_cache_that_cannot_be_cleaned_is_removed(store, folder):
    told(store, 1, Noted(1, SECRET))
    found(store, folder, "disk")
    path = folder / "cache" / "search.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE person")
    store.append([Entry(1, NOON + timedelta(days=30), ANN, Redacted(1), "#moc")])
    SearchCache(str(folder)).erase(store)
    assert SECRET not in indexed(folder)


def redact(folder: Path) -> list[str]:
    """Have a bot redact an entry; what it tells whoever asked for it."""
    with closing(open_store(str(folder), writer="bot")) as store:
        erased = partial(erase_in_cache, str(folder))
        engine = IncidentEngine(surroundings(), store, state_of(store), erased=erased)
        return [reply.text for reply in engine.hear(lines("12:40 <metadave> !inc redact 1"))]


def test_a_redaction_in_the_channel_reaches_the_cache(folder):
    keep(folder, *OUTAGE)
    SearchCache(str(folder)).update(open_store(str(folder)))
    assert "listeners" in indexed(folder)
    assert redact(folder) == ["metadave: #1 is redacted, on the disk too."]
    assert "listeners" not in indexed(folder)


def test_a_cache_that_cannot_be_cleaned_nor_removed_is_named(folder):
    keep(folder, *OUTAGE)
    SearchCache(str(folder)).update(open_store(str(folder)))
    path = folder / "cache" / "search.sqlite"
    path.unlink()
    path.mkdir()
    assert str(path) in redact(folder)[-1]


# --- where nothing can be kept --------------------------------------------------------------------


def fill(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def test_a_full_disk_loses_no_word_and_keeps_none_that_is_erased(tmp_path):
    with mounted(tmp_path / "disk", "600k") as disk:
        folder = disk / "incidents"
        with closing(open_store(str(folder), writer="bot")) as store:
            told(store, 1, Noted(1, "disk"), Noted(2, SECRET))
            assert found(store, folder, SECRET) == [(1, "note", 2)]
            told(store, 2, *(Noted(n, f"word{n} " * 40) for n in range(1, 300)))
            fill(disk / "filler")
            with pytest.raises(CacheError, match=r"full|No space"):
                found(store, folder, "word7")
            with in_memory(store) as index:
                assert [hit.passage.n for hit in index.hits("word7")] == [7]
            (disk / "filler").unlink()
            assert found(store, folder, "word7") == [(2, "note", 7)]


def test_a_folder_that_cannot_be_made_is_said(store, folder):
    told(store, 1, Noted(1, "disk"))
    (folder / "cache").write_text("a file")
    with pytest.raises(CacheError, match="cannot make the folder"):
        found(store, folder, "disk")
    (folder / "cache").unlink()
    (folder / "cache").symlink_to("elsewhere")
    with pytest.raises(CacheError, match="is a link"):
        found(store, folder, "disk")


# --- `ircbot search` ------------------------------------------------------------------------------


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Search a store; the status, standard output and standard error."""
    (tmp_path / "config.toml").write_text('[irc]\nchannels = ["#mozmeao"]\n')

    def run_it(*arguments: str) -> tuple[int, str, str]:
        status = run(["search", "--config", str(tmp_path / "config.toml"), *arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return run_it


def test_search_shows_each_incident_once_and_its_hits_below(ask, folder):
    keep(folder, *OUTAGE)
    assert ask("elb") == (
        0,
        "   1  2018-01-10  MDN is down (resolved)\n"
        "      01-10 12:05  #1       metadave: listeners are missing from the ELB\n"
        "      01-10 12:07  action   metadave: watch the ELB\n",
        "",
    )


def test_search_as_json(ask, folder):
    keep(folder, *OUTAGE)
    status, out, _ = ask("LISTENERS missing", "--json", "--in", "timeline")
    (hit,) = json.loads(out)
    assert status == 0
    assert {key: hit[key] for key in ("incident", "title", "in", "kind", "n", "at", "nick")} == {
        "incident": 1,
        "title": "MDN is down",
        "in": "timeline",
        "kind": "note",
        "n": 1,
        "at": "2018-01-10T12:05:00Z",
        "nick": "metadave",
    }
    assert hit["text"] == hit["around"] == "listeners are missing from the ELB"


def test_a_search_of_which_more_was_found_says_so(ask, folder):
    keep(folder, *OUTAGE)
    status, out, err = ask("elb", "--limit", "1")
    assert (status, len(out.splitlines())) == (0, 2)
    assert err == "ircbot: the first 1; more with --limit, or narrow it.\n"


def test_a_search_that_finds_nothing_says_so(ask, folder):
    nothing = f"ircbot: nothing was found in {folder}.\n"
    assert ask("elb") == (0, "", nothing)
    assert not folder.exists()
    keep(folder, *OUTAGE)
    assert ask("elb", "--since", "2018-02") == (0, "", nothing)
    assert ask("elb", "--until", "2017", "--json") == (0, "[]\n", nothing)
    assert ask("elb", "--since", "2018-01-10", "--until", "2018-01-10")[2] == ""
    assert ask("elb", "--since", "30d") == (0, "", nothing)


@pytest.mark.parametrize("day", ["soon", "2018-13", "2018-02-30", "10/1", "0000", "99999d"])
def test_what_is_no_day_is_one_sentence(ask, day):
    status, out, err = ask("elb", "--since", day)
    assert (status, out) == (2, "")
    assert err.startswith(f"ircbot: --since '{day}' is not a day: write 2025-03-02")


def test_words_that_are_none_are_one_sentence(ask):
    assert ask("--", "--", "!!!") == (1, "", "ircbot: there is no word in that to look for.\n")


def test_what_others_wrote_is_not_obeyed_by_a_terminal(ask, folder, store):
    told(store, 1, Noted(1, "disk \x9b2J\u202e full"), summary="the \x9b2Jsummary")
    assert "\x9b" not in ask("disk")[1]
    assert "\u202e" not in ask("disk")[1]


def test_a_cache_that_cannot_be_written_makes_a_search_slower(ask, folder):
    keep(folder, *OUTAGE)
    (folder / "cache").write_text("a file")
    status, out, err = ask("listeners")
    assert (status, len(out.splitlines())) == (0, 2)
    assert err.startswith("ircbot: warning: cannot make the folder ")
    assert err.endswith("This search reads the whole store instead.\n")
