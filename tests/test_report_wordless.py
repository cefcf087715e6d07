"""Words taken out of a written report: those, in every format, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import pytest
from report.hostile import TEXTS
from report.reading import JUDGES, READERS, expected
from report.tale import PROCESS, Tale, outage

from ircbot.incident.events import Declared, Resolved
from ircbot.report import FORMATS
from ircbot.report.render import render
from ircbot.report.wellformed import check
from ircbot.report.wordless import Wordless

SECRETS = (
    "the password is hunter2 & nobody knows",
    "see https://example.org/a_(b)?token=s3cret for the token",
    "https://example.org/s3cret/first then words",
    "words, then https://example.org/s3cret/last",
    "a <b> c|d *e* _f_ `g` [h](i) {j} é ü 火 &amp; k",
    "hunter2",
)


@pytest.mark.parametrize(("format_", "judge"), JUDGES)
@pytest.mark.parametrize("secret", SECRETS)
def test_the_words_of_one_entry_go_and_all_others_stay(format_, judge, secret):
    kept = [text for text in TEXTS if len(text) > 40]
    incident = outage(*kept[:3], secret, *kept[3:])
    page = Wordless([secret], {}).of(render(incident, PROCESS, format_))
    wanted = [replace(row, text="[redacted]") if row.n == 4 else row for row in expected(incident)]
    found = READERS[format_][judge](page)
    assert [row.text for row in found if "redacted" in row.text] != []
    assert "hunter2" not in page
    assert "s3cret" not in page
    assert [row for row in found if row.n != 4] == [row for row in wanted if row.n != 4]
    if format_ == "mana":
        check(page)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_short_text_goes_where_it_stands_alone(format_):
    page = render(outage("no", "there is no doubt", "no"), PROCESS, format_)
    assert Wordless(["no"], {}).of(page).count("[redacted]") == 2
    assert "there is no doubt" in Wordless(["no"], {}).of(page)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_name_gives_way_to_what_stands_for_it(format_):
    page = render(outage("ask jgmize", "jgmizes"), PROCESS, format_)
    page = Wordless([], {"jgmize": "somebody-1", "x[y]\\z": "-"}).of(page)
    assert page.replace("&#45;", "-").replace("\\-", "-").count("ask somebody-1") == 1
    assert "jgmizes" in page
    assert "jgmize<" not in page.replace("jgmizes", "")


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_a_nick_that_is_an_ordinary_word_goes_where_it_can_only_be_the_nick(format_):
    tale = Tale(1).tell(Declared("down", "tale"))
    tale.note("it will be back and we will see", 1, "will")
    wordless = Wordless([], {"will": "someone-1"})
    page = wordless.of(render(tale.tell(Resolved(), 60).incident, PROCESS, format_))
    assert page.count("it will be back and we will see") == page.count("it will be back")
    assert "it will be back" in page
    assert "someone-1" in page
    assert wordless.may_name("We will ask Will.")
    assert wordless.of("We will ask @will.") == "We will ask @someone-1."
    assert not Wordless([], {"jgmize": "x"}).may_name("jgmize will")


def test_what_people_wrote_around_it_stays():
    page = "## Ours\n\nWe think that\nthe password  is *hunter2* & nobody\nknows, which is bad.\n"
    left = "## Ours\n\nWe think that\n[redacted], which is bad.\n"
    assert Wordless([SECRETS[0]], {}).of(page) == left


def test_a_text_of_signs_alone_takes_nothing_with_it():
    assert Wordless(["...", ""], {"": "x"}).of("a ... b") == "a ... b"


def test_no_text_makes_it_slow():
    page = "a " + "<[&|" * 50_000 + " b"
    begun = process_time()
    Wordless(["a " + "<[&|" * 50 + "c", "a b c d"], {}).of(page)
    assert process_time() - begun < 2
