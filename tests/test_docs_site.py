"""What the documentation's site shows of the program: the gallery's reports, the tables' pages."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from report import reading

from ircbot.config.keys import ROOT

TOP = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def site():
    """The modules of docs/site."""
    sys.path.insert(0, str(TOP / "docs" / "site"))
    try:
        import gallery
        import reference
    finally:
        sys.path.remove(str(TOP / "docs" / "site"))
    return gallery, reference


READERS = {
    "report.mana.xml": reading.mana,
    "report.wiki.txt": reading.wiki,
    "report.md.txt": reading.markdown_it,
    "report.mediawiki.txt": reading.mediawiki,
    "report.html": reading.html,
    "report.txt": reading.text,
}


def test_every_format_of_a_report_in_the_gallery_has_each_entry(site):
    gallery, _ = site
    (exhibit,) = [one for one in gallery.EXHIBITS if one.story == "2i2c-hub-down"]
    reports = gallery.reports(exhibit)
    entries = reading.as_json(reports["report.json"])
    assert [one.text for one in entries] == [
        "the NFS disk is full",
        "old backups are being removed",
    ]
    for file, read in READERS.items():
        assert [(one.n, one.text) for one in read(reports[file])] == [
            (one.n, one.text) for one in entries
        ], file
    assert set(reports) == {*READERS, "report.json", "public.html"}
    assert "sue" in reports["report.html"]
    assert "sue" not in reports["public.html"]


def test_every_exhibit_is_a_story_of_a_process_of_its_own(site):
    gallery, _ = site
    stories = [one.story for one in gallery.EXHIBITS]
    assert [one for one in stories if not (gallery.STORIES / f"{one}.irc").exists()] == []
    assert len({one.organisation for one in gallery.EXHIBITS}) == len(stories) == 6


def test_the_reference_has_every_key_command_and_field(site):
    _, reference = site
    pages = reference.pages()
    for section in ROOT.sections:
        assert f"## \\[{section.name}" in pages["configuration"] or section.named or section.many
        for key in section.keys:
            assert f"| `{key.name}` |" in pages["configuration"]
    for name, _command in reference.commands():
        assert f"# ircbot {name}\n" in pages["command-line"]
    assert "## roles.NAME" in pages["process-file"]
    assert "| `timeline` | list of object |" in pages["incident-json"]


def test_every_page_of_the_documentation_is_in_the_site_s_menu():
    menu = set(re.findall(r"(?m)^ +- (?:[^:\n]*: )?(\S+\.md)$", (TOP / "mkdocs.yml").read_text()))
    docs = TOP / "docs"
    pages = {str(page.relative_to(docs)) for page in docs.rglob("*.md")}
    decisions = {page for page in pages if page.startswith("decisions/")}  # listed by their index
    assert pages - menu == decisions - {"decisions/README.md"}
    index = (docs / "decisions" / "README.md").read_text()
    assert [page for page in decisions if page.split("/")[1] not in index + "README.md"] == []
