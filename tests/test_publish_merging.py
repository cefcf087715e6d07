"""Pages on which people write, without a server: sections put together, and wikitext as Markdown."""

from __future__ import annotations

import time

import pytest

from ircbot.incident.prose import as_kept
from ircbot.publish.conformance import page
from ircbot.publish.mediawiki import MediaWiki
from ircbot.publish.merging import merged
from ircbot.publish.prose import put_together
from ircbot.publish.protocol import Written
from ircbot.publish.storage_format import edits
from ircbot.publish.wikitext import as_written, markdown, sections

BEFORE = {"": "head", "a": "1", "b": "2", "c": "3"}


def read(text: str) -> dict[str, str]:
    """Sections, such as `a=1 b=2`."""
    return dict(part.split("=") for part in text.split())


@pytest.mark.parametrize(
    ("there", "ours", "then", "conflicts"),
    [
        ("a=1 b=2 c=3", "a=1 b=2 c=4", "a=1 b=2 c=4", ""),
        ("a=1 b=x c=3", "a=1 b=2 c=4", "a=1 b=x c=4", ""),
        ("a=1 b=x c=3", "a=1 b=4 c=3", "a=1 b=x c=3", "b"),
        ("a=1 b=4 c=3", "a=1 b=4 c=3", "a=1 b=4 c=3", ""),
        ("a=1 c=3", "a=1 b=2 c=4", "a=1 c=4", ""),  # they took it out
        ("a=1 c=3", "a=1 b=4 c=3", "a=1 c=3", "b"),
        ("a=1 n=x b=2 c=3", "a=1 b=2 c=4", "a=1 n=x b=2 c=4", ""),  # they put it in
        ("n=x a=1 b=2 c=3 m=y o=z", "a=4 b=2 c=3", "a=4 b=2 c=3 n=x m=y o=z", ""),
        ("a=1 b=2 c=3", "a=1 c=3", "a=1 c=3", ""),  # we have no more to say there
        ("a=1 b=x c=3", "a=1 c=3", "a=1 b=x c=3", ""),  # nor they
        ("a=1 b=2 c=3", "a=1 n=0 b=2 c=3", "a=1 n=0 b=2 c=3", ""),
    ],
)
def test_each_sides_changes_are_kept(there, ours, then, conflicts):
    result = merged(read(there), read(ours), BEFORE, force=False)
    assert (dict(result.sections), "".join(result.conflicts)) == (read(then), conflicts)


def test_what_is_peoples_to_write_is_never_a_conflict_and_force_writes_over_the_rest():
    there, ours = read("a=1 b=x c=y"), read("a=1 b=4 c=4")
    assert merged(there, ours, BEFORE, ("b", "c"), force=False).sections == there
    forced = merged(there, ours, BEFORE, ("b",), force=True)
    assert (forced.sections, forced.changed) == (read("a=1 b=x c=4"), {"b"})


@pytest.mark.parametrize(
    "text",
    [
        "One.",
        "One.\n\nTwo.\n\n- a\n- b\n\nThree.",
        "1. first\n2. second\n\nand",
        "[[a]] {{b}} '''c''' <d> &amp; ~~~~ == e == | f [g] #1 `code` *h* _i_ :j ;k",
        "see https://x.example/a_b?c=d&e=[f] and http://y.example/.",
        "ä \u05d0 \U0001f525",
        "### Head\n\nafter",
        "- only",
    ],
)
def test_what_is_on_record_is_read_from_the_page_as_it_is_on_record(text):
    shown = page(MediaWiki, {"well": text, "question-2": text}).texts["mediawiki"]  # type: ignore[arg-type]
    found = sections(shown)
    assert as_kept(markdown(found["well"])) == as_kept(text)
    assert as_kept(markdown(found["question-2"])) == as_kept(text)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("'''To be written&#58;''' what helped", ""),
        ("'''Mine:''' what helped", "Mine: what helped"),
        ("[[Pager|the ''pager'']] and [[Phone]]<ref>x</ref>", "the pager and Phonex"),
        ("[https://x.example a page]<br>[https://x.example https://x.example]", "a page (https://x.example)https://x.example"),
        ("* a\n** b\nc\n# d\n# e\n\n:f\n; g", "- a\n- b\n\nc\n\n1. d\n2. e\n\nf\ng"),
        ("<!-- note -->a <span id=\"x\"></span>b", "a b"),
    ],
)  # fmt: skip
def test_what_people_write_is_read_as_they_meant_it(written, read):
    assert markdown(f'== <span id="well"></span>Well ==\n\n{written}') == read


def test_a_section_is_found_by_its_anchor_and_its_heading():
    text = (
        'head\n== <span id="a"></span>A ==\none\n=== <span id="q-1"></span>Why? ===\ntwo\n'
        '=== their own ===\nthree\n<span id="a-end"></span>\nfour\n== B ==\nfive\n== B ==\nsix\n'
        "[[Category:X]]\n\n[[de:Y]]\n"
    )
    found = sections(text)
    assert [*found] == ["", "a", "q-1", "a-end", "== B", "== B'2", "links"]
    assert found["links"] == "[[Category:X]]\n\n[[de:Y]]"
    bare = text.replace('<span id="a"></span>', "").replace('<span id="q-1"></span>', "")
    assert [*sections(bare, found)] == [*found]
    assert sections("") == {"": ""}


def test_lines_that_say_the_same_stay_as_people_wrote_them():
    theirs = "== A ==\n\n''one''\n\n* [[B|two]]\n\n'''Write&#58;''' it"
    assert as_written("== A ==\n\none\n\n* two\n* new", theirs) == (
        "== A ==\n\n''one''\n\n* [[B|two]]\n* new"
    )


_MANY = 20_000
_HEAD = (
    '<h2>Well<ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">well</ac:parameter>'
    "</ac:structured-macro></h2>"
)
_ITEMS = "\n".join(f"- {n}" for n in range(_MANY))


@pytest.mark.parametrize(
    "read",
    [
        lambda: markdown("<!-- " * _MANY),
        lambda: markdown("[http://a " * _MANY),
        lambda: markdown("[http://a[" * _MANY),
        lambda: sections("== Mine ==\n" * _MANY),
        lambda: merged({str(n): "x" for n in range(_MANY)}, {"0": "a"}, {"0": "x"}, force=False),
        lambda: [*put_together({"a": Written(_ITEMS, _ITEMS + "\n- x")}, {"a": ""}, masked=True)],
        lambda: edits(_HEAD, _HEAD * _MANY, {"well"}),
    ],
    ids=["remarks", "links", "links in links", "headings", "sections", "items", "anchors"],
)
def test_no_page_keeps_who_reads_it_busy(read):
    begin = time.process_time()
    read()
    assert time.process_time() - begin < 10  # what grows with the square takes more


def test_a_page_of_elements_without_end_is_none_that_can_be_read():
    with pytest.raises(ValueError, match="without end"):
        edits(_HEAD, _HEAD + "<b>" * _MANY + "</b>" * _MANY, {"well"})


def test_sections_of_one_heading_stay_apart_whatever_others_are_called():
    found = sections("== A ==\n1\n== A'2 ==\n2\n== A ==\n3")
    assert [text[-1] for text in found.values() if text] == ["1", "2", "3"]
