"""The HTML report: one file, no script, no request, readable by everybody."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from report.hostile import TEXTS
from report.tale import PROCESS, outage

from ircbot.processes import load_process
from ircbot.report.render import render

CSS = (Path(__file__).parent.parent / "templates" / "report.css").read_text("utf-8")


class Elements(HTMLParser):
    """Every element that begins, with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        assert len({name for name, _ in attrs}) == len(attrs)
        self.all.append((tag, {name: value or "" for name, value in attrs}))

    def named(self, *tags: str) -> list[dict[str, str]]:
        """The attributes of the elements of these names."""
        return [attributes for tag, attributes in self.all if tag in tags]


@pytest.fixture(scope="module")
def page() -> str:
    return render(outage(*TEXTS), PROCESS, "html")


@pytest.fixture(scope="module")
def elements(page: str) -> Elements:
    return Elements(page)


def test_it_is_one_file_that_asks_for_nothing(page, elements):
    assert not elements.named("script", "link", "iframe", "object", "embed", "img", "form", "base")
    assert not re.search(r"url\(|@import", page[: page.index("</style>")])
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    metas = elements.named("meta")
    assert {"http-equiv": "Content-Security-Policy", "content": policy} in metas
    assert {"charset": "utf-8"} in metas
    assert not [name for _, given in elements.all for name in given if name.startswith("on")]


def test_it_begins_as_a_page_should(page, elements):
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert len(elements.named("h1")) == 1
    assert len(elements.named("main")) == 1
    assert "<title>Incident report 1: MDN is experiencing an outage</title>" in page


def test_headings_leave_out_no_level(elements):
    levels = [int(tag[1]) for tag, _ in elements.all if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(two <= one + 1 for one, two in pairwise(levels))


def test_the_first_link_skips_to_the_report(elements):
    first = elements.named("a")[0]
    assert first["class"] == "skip"
    assert first["href"] == "#" + elements.named("main")[0]["id"]


def test_every_anchor_is_there_once_and_every_pointer_leads_somewhere(elements):
    ids = [given["id"] for _, given in elements.all if "id" in given]
    assert len(set(ids)) == len(ids)
    assert {f"tl-{n:04}" for n in range(1, len(TEXTS) + 1)} <= set(ids)
    pointers = {a["href"][1:] for a in elements.named("a") if a["href"].startswith("#")}
    assert pointers <= set(ids)


def test_links_lead_only_to_the_web(elements):
    targets = [a["href"] for a in elements.named("a") if not a["href"].startswith("#")]
    assert targets
    assert all(re.fullmatch(r"https?://[!-~]+", target) for target in targets)


def test_tables_say_what_they_are(elements):
    tables = len(elements.named("table"))
    assert tables == len(elements.named("caption")) == len(elements.named("thead"))
    assert all(th.get("scope") in ("col", "row") for th in elements.named("th"))


def test_every_time_is_readable_by_machines(elements):
    times = elements.named("time")
    assert times
    shape = r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?"
    assert all(re.fullmatch(shape, time["datetime"]) for time in times)


def test_a_printed_table_repeats_its_head_and_nothing_is_torn():
    printed = CSS[CSS.index("@media print") :]
    assert "thead { display: table-header-group; }" in printed
    assert "break-inside: avoid" in printed


def luminance(colour: str) -> float:
    """WCAG 2.1's relative luminance of #rgb or #rrggbb."""
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def schemes() -> dict[str, dict[str, str]]:
    """The colours of each scheme: what it does not set is as in the light one."""
    light, dark, paper = (
        dict(re.findall(r"--([\w-]+): (#\w+);", block))
        for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    )
    return {"light": light, "dark": light | dark, "print": light | paper}


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("ink", "paper"),
        ("ink", "raised"),
        ("ink", "mark"),
        ("ink", "warn-paper"),
        ("muted", "paper"),
        ("muted", "raised"),
        ("muted", "mark"),
        ("accent", "paper"),
        ("accent", "raised"),
        ("accent", "mark"),
    ],
)
def test_everything_can_be_read(scheme, ink, paper):
    colours = schemes()[scheme]
    dark, light = sorted((luminance(colours[ink]), luminance(colours[paper])))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("name", ["mozmeao", "grafana", "openverse", "2i2c", "princeton"])
def test_the_reports_of_all_processes_keep_to_this(name):
    elements = Elements(render(outage("a"), load_process(name), "html"))
    assert len(elements.named("h1")) == 1
    assert len(elements.named("table")) == len(elements.named("caption"))
