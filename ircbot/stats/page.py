"""Statistics as one HTML page: no script, nothing loaded from elsewhere, light and dark.

It has everything that the text has, and the plots with their descriptions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from html import escape

from ircbot.stats import wording
from ircbot.stats.measures import MEASURES, SHARES
from ircbot.stats.overview import Group, Population, Statistics
from ircbot.stats.plots import NARROW, WIDE, Plot, plots
from ircbot.stats.text import HEAD, behind_of, counted, owed, scorecard

STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--paper:#fff;--soft:#5b6675;--rule:#d9dee5;
--bar:#2f6fb3;--night:#7b3fa0;--half:#c9dcf0;--dot:#2f6fb3;--median:#b3261e;--done:#1f7a4d}
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf2;--paper:#14181e;--soft:#a3adba;
--rule:#333c48;--bar:#6fb0f2;--night:#c59bf0;--half:#27405b;--dot:#6fb0f2;--median:#ff8a80;
--done:#5fd39b}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:60rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;line-height:1.2}h2{margin-top:2.5rem;border-bottom:2px solid var(--rule)}
h3{margin:2rem 0 .4rem}
.table{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%}
a{color:inherit;text-decoration-color:var(--soft);text-underline-offset:.15em}
th,td{padding:.3rem .7rem .3rem 0;text-align:left;vertical-align:top;
border-bottom:1px solid var(--rule)}
th{font-weight:600}thead th{color:var(--soft);font-weight:400}td{min-width:3.5rem}
.many td,.many thead th{white-space:nowrap}
figure{margin:1.2rem 0 2rem}figcaption,.soft{color:var(--soft);font-size:.92rem}
svg{display:block;width:100%;height:auto;margin:.4rem 0}
svg text{font:12px system-ui,sans-serif;fill:var(--soft)}
.narrow{display:none}
.grid{stroke:var(--rule)}.bar{fill:var(--bar)}.night{fill:var(--night)}.half{fill:var(--half)}
.dot{fill:var(--dot);fill-opacity:.75;stroke:var(--paper);stroke-width:.6}
.median{stroke:var(--median);stroke-width:2.5}
.opened,.done{fill:none;stroke:var(--bar);stroke-width:2}
.done{stroke:var(--done);stroke-dasharray:6 3}
@media (max-width:38rem){.wide{display:none}.narrow{display:block}body{padding:.7rem}}
@media print{.narrow{display:none}.wide{display:block}details{display:block}}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


IN_HERE = "#incident-"  # where links to incidents lead if these have no page
_LISTED = 1500  # characters of a list of numbers in a URL


class _Html(str):
    """A cell that is already HTML."""


def as_page(found: Statistics, to: str = IN_HERE) -> str:
    """The statistics as an HTML document; see `body`."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(wording.asked_for(found))}</title><style>{STYLE}</style></head>\n"
        f"<body><main>{body(found, to)}</main></body></html>\n"
    )


def body(found: Statistics, to: str = IN_HERE) -> str:
    """The content of the page. `to` is the URL of an incident's page without its number; if there
    are no such pages, this page lists the incidents."""
    return "\n".join(_body(found, to))


def _body(found: Statistics, to: str) -> Iterator[str]:
    yield f"<h1>{escape(wording.asked_for(found))}</h1>"
    if found.edition == "public":
        yield f"<p>{escape(wording.PUBLIC)}</p>"
    for population in found.populations:
        yield from _population(population, found, to)
    if found.void:
        yield f"<p>{escape(wording.not_counted(found))}</p>"
    yield "<h2>What the figures are</h2><dl>"
    for title, definition in wording.DEFINITIONS.items():
        yield f"<dt><strong>{escape(title)}</strong></dt><dd>{escape(definition)}.</dd>"
    yield f"</dl><h2>How to read this</h2><p>{escape(wording.HOW_TO_READ)}</p>"


def _population(found: Population, of: Statistics, to: str) -> Iterator[str]:
    yield f"<h2>{escape(wording.counted(found))}</h2>"
    if not found.facts:
        return
    for plot in plots(found, of.clock):
        yield _figure(plot, found.key)
    yield "<h3>Figures</h3>"
    rows = [wording.row(each.measure.title, each) for each in found.whole.distributions]
    yield _table(HEAD, [(_to_behind(found, name), *cells) for name, *cells in rows])
    yield _table(
        ("", "met"), [(_to_behind(found, name), met) for name, met in counted(found.whole)]
    )
    if of.by:
        yield from _groups(found.groups, of.by)
    if found.scorecard:
        yield "<h3>How each step of the process was met</h3>"
        yield _table(*scorecard(found))
    if found.load:
        yield "<h3>Load</h3>"
        yield _table(wording.LOAD, [(load.name, *wording.loaded(load)) for load in found.load])
    yield "<h3>Still owed</h3>"
    debts = [(title, _Html(where)) for title, where in owed(found.debts, _links(to))]
    yield _table(("", "how much, and where"), debts)
    yield "<h3>The incidents behind each figure</h3>"
    sets = {one.measure.title: one.incidents for one in found.whole.distributions}
    sets |= {one.measure.title: one.incidents for one in found.whole.shares}
    yield _table(
        ("figure", "what it is", "incidents"),
        [
            (
                _Html(f'<span id="{_anchor(found, title)}">{escape(title)}</span>'),
                f"{wording.DEFINITIONS[title]}.",
                _Html(behind + _to_set(sets[title], to)),
            )
            for title, behind in behind_of(found.whole, _links(to))
        ],
    )
    if to == IN_HERE:
        yield from _listed(found, of)


def _listed(found: Population, of: Statistics) -> Iterator[str]:
    """The list of incidents, for readers without pages of them."""
    yield f"<h3>{escape(found.title)}, each of them</h3>"
    resolve = next(measure for measure in MEASURES if measure.key == "resolve")
    rows = []
    for facts in found.facts:
        took = resolve.value(facts)
        rows.append(
            (
                _Html(f'<span id="{IN_HERE[1:]}{facts.id}">{facts.id}</span>'),
                f"{of.clock.day(facts.declared_at)}",
                facts.severity,
                facts.product,
                wording.value(resolve, took) if took is not None and took >= 0 else "",
                facts.status,
            )
        )
    yield _table(("incident", "declared", "severity", "product", "until resolved", "status"), rows)


def _anchor(found: Population, title: str) -> str:
    return f"{found.key}-behind-{title.lower().replace(' ', '-')}"


def _to_behind(found: Population, title: str) -> str:
    """The name of a figure, linked to its definition and incidents."""
    return _Html(f'<a href="#{_anchor(found, title)}">{escape(title)}</a>')


def _to_set(numbers: Collection[int], to: str) -> str:
    """The URL of a list of some incidents, if there are pages; of very many, the newest."""
    if not numbers or to == IN_HERE:
        return ""
    ordered = sorted(numbers)
    while len(named := wording.ranges(ordered).replace(", ", ",").replace("–", "-")) > _LISTED:
        ordered = ordered[len(ordered) // 10 + 1 :]
    some = "as a list" if len(ordered) == len(numbers) else f"the newest {len(ordered)} as a list"
    address = f"{to.removesuffix('incident/')}history?incidents={named}"
    return f' (<a href="{escape(address)}">{some}</a>)'


def _links(to: str) -> wording.ShowNumber:
    return lambda number: f'<a href="{escape(to)}{number}">{number}</a>'


def _groups(groups: Sequence[Group], by: str) -> Iterator[str]:
    named = [(group.name or wording.UNKNOWN, group) for group in groups]
    for place, measure in enumerate(MEASURES):
        yield f"<h3>{escape(f'{measure.title} by {by}')}</h3>"
        yield _table(HEAD, [wording.row(name, group.distributions[place]) for name, group in named])
    for place, share in enumerate(SHARES):
        yield f"<h3>{escape(f'{share.title} by {by}')}</h3>"
        yield _table(
            ("", "met"), [(name, wording.share(group.shares[place])) for name, group in named]
        )


def _figure(plot: Plot, population: str) -> str:
    drawn = "".join(
        f'<div class="{kind}">{plot.svg(width)}</div>'
        for kind, width in (("wide", WIDE), ("narrow", NARROW))
    )
    return (
        f'<figure id="{population}-{plot.key}"><h3>{escape(plot.title)}</h3>{drawn}'
        f"<figcaption>{escape(plot.words)}</figcaption></figure>"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    named = "".join(
        f'<th scope="col">{escape(cell)}</th>' if cell else "<td></td>" for cell in head
    )
    lines = "".join(
        f'<tr><th scope="row">{_cell(row[0])}</th>'
        f"{''.join(f'<td>{_cell(cell)}</td>' for cell in row[1:])}</tr>"
        for row in rows
    )
    kind = "table many" if len(head) > 2 else "table"
    return (
        f'<div class="{kind}" tabindex="0" role="group" aria-label="table"><table><thead><tr>'
        f"{named}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _cell(text: str) -> str:
    return text if isinstance(text, _Html) else escape(text)
