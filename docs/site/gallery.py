"""The gallery of the site: six incidents, each by another process.

Each as people said it, and as a report. They are stories of the tests, so that what is shown is
what happens; each is taken in as a log is, and reported by `ircbot report`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from ircbot.cli.root import root
from ircbot.report import FORMATS

TOP = Path(__file__).parent.parent.parent
STORIES = TOP / "tests" / "stories"


@dataclass(frozen=True)
class Exhibit:
    """One incident: the story it is, whose way it goes, and what is to be seen in it."""

    story: str
    title: str
    organisation: str
    about: str


EXHIBITS = (
    Exhibit(
        "mdn-outage",
        "The outage of MDN",
        "MozMEAO",
        "The guide's own example: a baton that is passed on, updates every half hour.",
    ),
    Exhibit(
        "grafana-checkout",
        "The checkout fails",
        "Grafana",
        "Made up. Commander and investigator, a severity, hypotheses, a PIR within a working day.",
    ),
    Exhibit(
        "openverse-api-down",
        "The search returns 503",
        "Openverse",
        "Made up. A point person, posts that have to be written, hourly updates, five whys.",
    ),
    Exhibit(
        "2i2c-hub-down",
        "A hub does not start",
        "2i2c",
        "Made up. Letters to a community, a call for help after 30 minutes, and a confirmation.",
    ),
    Exhibit(
        "princeton-catalog-out",
        "The catalog is down",
        "Princeton University Library",
        "Made up. A note taker, a video room, somebody who tells the users, tickets that matter.",
    ),
    Exhibit(
        "auf-deutsch",
        "Das Kundenportal ist nicht erreichbar",
        "one in German",
        "Made up. A process file of one's own, in a language of one's own, report included.",
    ),
)

_NAMES = {
    "mana": ("report.mana.xml", "Confluence, storage format"),
    "wiki": ("report.wiki.txt", "Confluence and Jira, wiki markup"),
    "markdown": ("report.md.txt", "Markdown"),
    "mediawiki": ("report.mediawiki.txt", "MediaWiki"),
    "html": ("report.html", "HTML"),
    "text": ("report.txt", "plain text"),
    "json": ("report.json", "JSON"),
}


def files() -> Mapping[str, str]:
    """Every file of the gallery, by its place in it."""
    found = {"index.md": "\n".join(_index())}
    for exhibit in EXHIBITS:
        reported = reports(exhibit)
        found[f"{exhibit.story}.md"] = "\n".join(_page(exhibit))
        found |= {f"{exhibit.story}/{name}": text for name, text in reported.items()}
    return found


def reports(exhibit: Exhibit) -> dict[str, str]:
    """Its reports in every format, and its public edition, by the names of their files."""
    with tempfile.TemporaryDirectory() as name:
        config = _configured(exhibit, Path(name))
        log = Path(name) / "story.log"
        log.write_text("\n".join(_said(exhibit)) + "\n")
        _run("import", "--config", str(config), "--timezone", "UTC", str(log))
        wanted: dict[str, tuple[str, ...]] = {
            _NAMES[form][0]: ("--format", form) for form in FORMATS
        }
        wanted["public.html"] = ("--format", "html", "--edition", "public")
        return {
            file: _run("report", "last", "--config", str(config), *options)
            for file, options in wanted.items()
        }


def _configured(exhibit: Exhibit, folder: Path) -> Path:
    own = [line[2:] for line in _lines(exhibit) if line.startswith("% ")]
    if not any(line.startswith("[irc]") for line in own):
        own += ["[irc]", 'host = "irc.example.org"']
    own += ["[store]", 'path = "incidents"', ""]
    languages = TOP / "tests" / "languages"
    path = folder / "config.toml"
    path.write_text("\n".join(own).replace('"german.toml"', f'"{languages}/german.toml"'))
    return path


def _lines(exhibit: Exhibit) -> list[str]:
    return (STORIES / f"{exhibit.story}.irc").read_text().splitlines()


def _said(exhibit: Exhibit) -> list[str]:
    return [line for line in _lines(exhibit) if not line.startswith(("%", ";"))]


def _run(*arguments: str) -> str:
    done = CliRunner().invoke(root, arguments, catch_exceptions=False)
    assert done.exit_code == 0, f"ircbot {' '.join(arguments)}: {done.output}"
    return done.stdout


def _index() -> list[str]:
    cards = [
        f"- **[{one.title}]({one.story}.md)** ({one.organisation}) · {one.about}"
        f" [The report]({one.story}/report.html)"
        for one in EXHIBITS
    ]
    return [
        "# Gallery",
        "",
        "Six incidents, each by another organisation's process: what was said on IRC, and the",
        "report that the bot made of it, in every format.",
        "",
        *cards,
        "",
    ]


def _page(exhibit: Exhibit) -> list[str]:
    formats = [f"[{about}]({exhibit.story}/{file})" for file, about in _NAMES.values()]
    return [
        f"# {exhibit.title}",
        "",
        f"{exhibit.about} The process: {exhibit.organisation}.",
        "",
        "## The report",
        "",
        f"As {' · '.join(formats)} · [the public edition]({exhibit.story}/public.html).",
        "",
        f'<iframe class="report" src="{exhibit.story}/report.html" title="The report"></iframe>',
        "",
        "## The conversation",
        "",
        "`<nick>` said something; `-ilbot-` is the bot's notice to the channel, `-ilbot:nick-` to",
        "one person alone.",
        "",
        "```text",
        *_said(exhibit),
        "```",
        "",
    ]
