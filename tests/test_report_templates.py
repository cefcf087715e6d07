"""Templates of one's own: where they are looked for, what they may print, how they fail."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from report.tale import PROCESS, outage

from ircbot.errors import ReportError
from ircbot.incident.process import ReportDuty, SectionWish
from ircbot.processes import load_process
from ircbot.report import FORMATS
from ircbot.report.render import render
from ircbot.report.wellformed import check

HOSTILE = "*a* <b> | [c] {d} & \\e #12 @here"
PAGES = tuple(format_ for format_ in FORMATS if format_ != "json")


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_folder_of_ones_own_is_searched_first(tmp_path):
    put(tmp_path, "report.md", "# Ours: {{ report.title }}\n")
    page = render(outage("a"), PROCESS, "markdown", templates=tmp_path)
    assert page == "# Ours: MDN is experiencing an outage\n"
    assert "Ours" not in render(outage("a"), PROCESS, "wiki", templates=tmp_path)


def test_a_template_that_appears_or_changes_is_taken_up(tmp_path):
    for text in ("one", "two"):
        put(tmp_path, "report.md", text)
        assert render(outage("a"), PROCESS, "markdown", templates=tmp_path) == f"{text}\n"
    assert "Summary" in render(outage("a"), PROCESS, "markdown")


def test_a_process_may_have_its_own_in_that_folder(tmp_path):
    put(tmp_path, "report.md", "everybody's")
    put(tmp_path, "other/report.md", "the other process's")
    other = replace(PROCESS, name="other")
    assert render(outage("a"), PROCESS, "markdown", templates=tmp_path) == "everybody's\n"
    assert render(outage("a"), other, "markdown", templates=tmp_path) == "the other process's\n"


def test_one_section_of_ones_own_changes_all_formats(tmp_path):
    put(tmp_path, "sections/impact", '{{ form.heading("Who & what was hit") }}\n')
    for format_ in PAGES:
        page = render(outage("a"), PROCESS, format_, templates=tmp_path)
        assert page.replace("&amp;", "&").count("Who & what was hit") == 1
        assert "Summary" in page


def test_a_made_up_section_is_a_file_and_a_line_of_the_process(tmp_path):
    process = tmp_path / "ours.toml"
    process.write_text(
        '[roles.lead]\ntitle = "lead"\n'
        '[report.sections.weather]\ntitle = "The weather"\nafter = "impact"\n'
        "[report.sections.steps]\ndrop = true\n"
    )
    put(
        tmp_path,
        "sections/weather",
        "{{ form.heading(section.title, section.key) }}\n"
        '{{ form.paragraph(("It rained on " ~ incident.notes|length ~ " entries.",)) }}\n',
    )
    ours = load_process(str(process))
    for format_ in PAGES:
        page = render(outage("a", "b"), ours, format_, templates=tmp_path)
        assert (
            0
            < page.find("The weather")
            < page.find("It rained on 2 entries")
            < page.find("Timeline")
        )
        assert "How the process was met" not in page


def test_a_section_that_only_people_write_needs_no_file(tmp_path):
    wish = SectionWish("weather", "The weather", "whether it rained", after="well")
    ours = replace(PROCESS, report=ReportDuty(sections=(wish,)))
    assert "- The weather: whether it rained" in render(outage("a"), ours, "text")
    page = render(outage("a"), ours, "mana")
    assert page.find("What went well") < page.find("whether it rained") < page.find("went poorly")


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (SectionWish("impcat", hint="x"), "`impcat`, unknown here; did you mean `impact`?"),
        (SectionWish("zzz", hint="x"), "`zzz`, unknown here; there are summary, impact"),
        (SectionWish("impact", after="sumary"), "`sumary`, unknown here; did you mean `summary`?"),
        (SectionWish("impact", after="impact"), "`impact`, unknown here"),
    ],
)
def test_a_section_that_there_is_not_is_told(wish, told):
    ours = replace(PROCESS, report=ReportDuty(sections=(wish,)))
    with pytest.raises(ReportError, match=re.escape(told)):
        render(outage("a"), ours, "text")


def test_an_outline_that_changes_a_former_block_is_told_what_to_write(tmp_path):
    old = '{% extends "shipped/outline" %}{% block impact %}ours{% endblock %}'
    path = put(tmp_path, "outline", old)
    with pytest.raises(ReportError, match=rf"{path} is wrong: .* sections/impact, instead"):
        render(outage("a"), PROCESS, "text", templates=tmp_path)


def test_a_template_may_build_on_the_shipped_one(tmp_path):
    put(
        tmp_path,
        "outline",
        '{% extends "shipped/outline" %}{% block body %}'
        '{% for section in report.sections if section.key == "timeline" %}'
        '{% include "section" %}{% endfor %}{% endblock %}',
    )
    page = render(outage("hear this"), PROCESS, "text", templates=tmp_path)
    assert "hear this" in page
    assert "Summary" not in page


def test_the_example_of_the_documentation_asks_one_question_more(tmp_path):
    page = (Path(__file__).parent.parent / "docs" / "reports.md").read_text("utf-8")
    lines = page[page.index("    {% include") :].split("\n\nA template")[0].splitlines()
    put(tmp_path, "sections/impact", "\n".join(line.removeprefix("    ") for line in lines))
    for format_ in PAGES:
        before = render(outage("a"), PROCESS, format_)
        after = render(outage("a"), PROCESS, format_, templates=tmp_path)
        assert after.count("o be written") == before.count("o be written") + 1
        assert "how many visitors saw an error page" in after


def test_a_single_file_takes_the_place_of_the_formats(tmp_path):
    path = put(
        tmp_path, "mine.txt", "{{ report.id }} {{ incident.notes|length }} {{ process.name }}"
    )
    assert render(outage("a", "b"), PROCESS, "text", template=path) == "1 2 tale\n"


@pytest.mark.parametrize(
    ("format_", "printed"),
    [
        ("html", "*a* &lt;b&gt; | [c] {d} &amp; \\e #12 @here"),
        ("mana", "*a* &lt;b&gt; | [c] {d} &amp; \\e #12 @here"),
        ("text", HOSTILE),
        (
            "markdown",
            "\\*a\\* &lt;b&gt; &#124; \\[c\\] \\{d\\} &amp; &#92;e #<span></span>12 @<span></span>here",
        ),
        ("wiki", "\\*a\\* &lt;b&gt; &#124; \\[c\\] \\{d\\} &amp; &#92;e \\#12 \\@here"),
        (
            "mediawiki",
            "&#42;a&#42; &lt;b&gt; &#124; &#91;c&#93; &#123;d&#125; &amp; &#92;e &#35;12 @here",
        ),
    ],
)
def test_what_a_template_prints_is_escaped_without_being_asked(tmp_path, format_, printed):
    path = put(tmp_path, "mine", "{{ incident.notes[0].text }}")
    assert render(outage(HOSTILE), PROCESS, format_, template=path) == f"{printed}\n"


@pytest.mark.parametrize("format_", PAGES)
def test_a_literal_in_a_template_is_escaped_once(tmp_path, format_):
    literal = put(tmp_path, "literal", '{{ "a & b" }}')
    variable = put(tmp_path, "variable", '{% set x = "a & b" %}{{ x }}')
    pages = {render(outage("a"), PROCESS, format_, template=path) for path in (literal, variable)}
    assert len(pages) == 1
    assert "amp;amp;" not in pages.pop()


def test_a_mistake_in_a_template_is_told_with_its_place(tmp_path):
    path = put(tmp_path, "report.md", "fine\n{% if %}\n")
    with pytest.raises(ReportError, match=rf"the template {path}, line 2 is wrong"):
        render(outage("a"), PROCESS, "markdown", templates=tmp_path)


def test_a_name_that_a_template_does_not_know_is_told(tmp_path):
    path = put(tmp_path, "report.md", "\n{{ report.moon }}")
    with pytest.raises(ReportError, match=rf"{path}, line 2 is wrong: .*moon"):
        render(outage("a"), PROCESS, "markdown", templates=tmp_path)


def test_a_template_that_asks_for_one_that_is_not_there_is_told(tmp_path):
    put(tmp_path, "report.md", '{% include "nowhere" %}')
    with pytest.raises(ReportError, match="there is no template nowhere"):
        render(outage("a"), PROCESS, "markdown", templates=tmp_path)


def test_an_error_inside_a_template_is_one_sentence(tmp_path):
    path = put(tmp_path, "report.md", "\n\n{{ 1 // (report.id - report.id) }}")
    with pytest.raises(ReportError, match=rf"{path}, line 3 is wrong: .*zero"):
        render(outage("a"), PROCESS, "markdown", templates=tmp_path)


def test_a_template_that_is_no_text_is_told(tmp_path):
    (tmp_path / "report.md").write_bytes(b"\xff\xfe")
    with pytest.raises(ReportError, match=r"report\.md is wrong: 'utf-8' codec"):
        render(outage("a"), PROCESS, "markdown", templates=tmp_path)


def test_a_process_cannot_lead_out_of_the_folder(tmp_path):
    put(tmp_path, "report.md", "outside")
    folder = tmp_path / "templates"
    folder.mkdir()
    sly = replace(PROCESS, name="../")
    assert "outside" not in render(outage("a"), sly, "markdown", templates=folder)


# --- the storage format is checked before anybody sees it -------------------------------------


@pytest.mark.parametrize(
    "page",
    [
        "<p>plain</p>",
        "<p>&nbsp;&eacute;&hellip;&lt;&amp;&gt;&quot;</p>",
        '<ac:structured-macro ac:name="toc" /><ri:user ri:userkey="x" /><at:var at:name="x" />',
        "<ac:plain-text-body><![CDATA[<x>]]></ac:plain-text-body>",
        "",
    ],
)
def test_a_well_formed_page_passes(page):
    check(page)


@pytest.mark.parametrize(
    ("page", "where"),
    [
        ("<p>unclosed", "line 2, column 3"),
        ("<p>\n<b>\n</p></b>", "line 3, column 3"),
        ("<p>&bogus;</p>", "line 1, column 4"),
        ("<p>a bell \x07</p>", "line 1, column 11"),
        ("<p>a surrogate \ud800</p>", "line 1, column 16"),
        ("<p>\ufffe</p>", "line 1, column 4"),
        ("<x:p/>", "line 1, column 1"),
        ("</page><page>", "line 1, column"),
        ("<!-- -- -->", "line 1"),
    ],
)
def test_a_page_that_confluence_would_refuse_is_refused(page, where):
    with pytest.raises(ReportError, match=where):
        check(page)


def test_the_entry_at_fault_is_named(tmp_path):
    form = (Path(__file__).parent.parent / "templates" / "form.mana.xml").read_text("utf-8")
    raw = '{{ row.words[0].text|safe if row.n else "" }}'
    put(tmp_path, "form.mana.xml", form.replace("{{ row.words|inline }}", raw))
    with pytest.raises(ReportError, match=r"\(entry 2\): mismatched tag"):
        render(outage("fine", "<b>not fine", "fine"), PROCESS, "mana", templates=tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "{{ incident.__class__.__mro__ }}",
        "{{ report.__init__.__globals__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ form.heading.__globals__ }}",
        "{{ range(10**9)|list }}",
    ],
)
def test_a_template_reaches_nothing_but_what_it_is_given(tmp_path, text):
    put(tmp_path, "report.md", text)
    with pytest.raises(ReportError, match=r"report\.md"):
        render(outage("a"), PROCESS, "markdown", templates=tmp_path)


def test_a_folder_or_template_that_others_can_write_to_is_refused(tmp_path):
    place = put(tmp_path, "sections/impact", "x")
    for path in (place, place.parent, tmp_path):
        mode = path.stat().st_mode & 0o777
        path.chmod(mode | 0o020)
        with pytest.raises(ReportError, match=f"others can write to {path}: chmod go-w {path}"):
            render(outage("a"), PROCESS, "markdown", templates=tmp_path)
        path.chmod(mode)
    assert "Timeline" in render(outage("a"), PROCESS, "markdown", templates=tmp_path)
