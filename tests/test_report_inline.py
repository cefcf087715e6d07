"""Links, code, blanks and directions, in every format, read back."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote

import pytest
from report.tale import PROCESS as TALE
from report.tale import Tale, outage

from ircbot.incident.events import Declared, Resolved, SeveritySet
from ircbot.report.inline import balanced, inline_for, isolated
from ircbot.report.parts import Code, Hyperlink, UserText, said
from ircbot.report.render import render

PAGES = ("html", "mana", "markdown", "wiki", "mediawiki", "text")
URLS = [
    "https://example.org/wiki/Zürich_(Stadt)",
    "https://example.org/a|b{c}[d]^e`f",
    "https://example.org/日本語?q=ü&x={y}|z",
    "http://example.org:8080/(a(b)c)/~user/x~~~y",
    "https://user@example.org/a",
    "https://example.org/?a='b'&c=*d*_e_!f",
    "HTTPS://EXAMPLE.ORG/A%20B%7C",
    "https://bücher.example/ä",
]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("before_after", [("see ", "."), ("(", ")"), ("「", "」"), ("", ", and")])
def test_a_link_is_whole(url, before_after):
    before, after = before_after
    words = said(f"{before}{url}{after}")
    link = next(part for part in words if isinstance(part, Hyperlink))
    assert link.text == url
    assert link.url.isascii()
    assert not set(link.url) & set("|{}[]()^`<>\" '")
    same = url.replace("bücher.example", "xn--bcher-kva.example")
    assert unquote(link.url).lower() == unquote(same).lower()


@pytest.mark.parametrize("format_", PAGES)
@pytest.mark.parametrize("url", URLS)
def test_every_format_has_the_same_address(format_, url):
    page = render(outage(f"see {url} now"), TALE, format_)
    found = {
        "html": r'<a href="(http[^"]*)"',
        "mana": r'<a href="(http[^"]*)"',
        "markdown": r"\]\(<(http[^>]*)>\)",
        "wiki": r"\|(http[^\]|]*)\]",
        "mediawiki": r"\[(http\S*) ",
        "text": r"see (\S+) now",
    }[format_]
    same = url.replace("bücher.example", "xn--bcher-kva.example")
    shown = unescape(re.findall(found, page, re.IGNORECASE)[0])
    assert unquote(shown).lower() in (unquote(same).lower(), unquote(url).lower())


@pytest.mark.parametrize("text", ["https://", "http://./", "https://a..b", "https://ü" + "a" * 70])
def test_what_only_looks_like_a_link_stays_text(text):
    assert "".join(part.text for part in said(text)) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("run `ls -l` now", (UserText("run `"), Code("ls -l"), UserText("` now"))),
        ("```x = 1```", (UserText("```"), Code("x = 1"), UserText("```"))),
        ("it`s and its", (UserText("it`s and its"),)),
        ('  File "x.py", line 1', (Code('  File "x.py", line 1'),)),
        ("id   name   state", (Code("id   name   state"),)),
        ("One.  Two.", (UserText("One.  Two."),)),
    ],
)
def test_code_and_what_is_aligned_is_code(text, words):
    assert said(text) == words


@pytest.mark.parametrize(
    ("format_", "shown"),
    [
        ("html", "<code><bdi>    raise   Boom</bdi></code>"),
        ("mana", "&#160;&#160;&#160;&#160;<code>raise&#160;&#160; Boom</code>"),
        ("markdown", "&#160;&#160;&#160;&#160;<code>raise&#160;&#160; Boom</code>"),
        ("wiki", "&#160;&#160;&#160;&#160;{{raise&#160;&#160; Boom}}"),
        ("mediawiki", "&#160;&#160;&#160;&#160;<code>raise&#160;&#160; Boom</code>"),
        ("text", "    raise   Boom"),
    ],
)
def test_indentation_and_runs_of_blanks_stay(format_, shown):
    assert inline_for(format_)(said("    raise   Boom")) == shown
    assert shown in render(outage("    raise   Boom"), TALE, format_)


def test_a_tab_is_as_wide_as_people_saw_it():
    assert inline_for("text")(said("a\tb")) == "a       b"


HEBREW = "שלום"


@pytest.mark.parametrize("format_", [page for page in PAGES if page != "html"])
def test_a_text_that_turns_is_isolated(format_):
    assert f"\u2068{HEBREW} 1\u2069" in render(outage(f"{HEBREW} 1"), TALE, format_)
    assert "\u2068" not in render(outage("abc"), TALE, format_)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("a\u2067b", "a\u2067b\u2069"),
        ("a\u2069b", "\u2068a\u2069b"),
        ("a\u2067b\u2069c\u2069\u2066", "\u2068a\u2067b\u2069c\u2069\u2066\u2069"),
        ("abc", "abc"),
    ],
)
def test_no_isolate_reaches_beyond_a_text(text, ends):
    assert balanced(text) == ends
    assert f"<bdi>{ends}</bdi>" == inline_for("html")((UserText(text),))


def test_plain_texts_are_left_alone():
    assert isolated("abc é 火") == "abc é 火"


def test_a_severity_is_no_link_to_an_entry_that_holds_its_digit():
    tale = Tale().tell(Declared("down", "none")).note("1 of 3 is up", 1).note("1", 1)
    tale.tell(SeveritySet("1"), 1).tell(Resolved("ok"), 2).note("token broke", 2)
    page = render(tale.incident, TALE, "markdown")
    assert "Severity: 1" in page
    assert "[entry " not in page


def test_what_resolved_it_is_a_link_where_an_entry_says_it():
    tale = Tale().tell(Declared("down", "none"))
    tale.note("a load balancer was replaced at last", 1)
    tale.tell(Resolved("A load balancer was replaced"), 1)
    assert "Incident resolved: [entry 1](#tl-0001)" in render(tale.incident, TALE, "markdown")
