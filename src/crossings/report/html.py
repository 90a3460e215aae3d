"""HTML of tables, figures and running text; everything that a scenario says is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from markdown_it import MarkdownIt

from crossings.charts import Figure, Markup, el, join
from crossings.charts.markup import clean
from crossings.measures.units import amount, spread, whole

__all__ = [
    "Column",
    "amount",
    "banded",
    "figure",
    "folded",
    "linked",
    "panels",
    "rendered",
    "short",
    "table",
    "typeset",
    "whole",
]


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading, its unit, and whether its cells are numbers."""

    heading: str
    unit: str = ""
    number: bool = True


def table(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[object]], note: object = "") -> Markup:
    """A table with a caption; the first cell of each row is its heading. On a narrow page each row becomes a card."""
    heads = []
    labels = []
    for column in columns:
        unit = el("span", column.unit, class_="unit") if column.unit else None
        kind = "number" if column.number else None
        heads.append(
            el("th", column.heading, unit and join([" ", unit]), scope="col", role="columnheader", class_=kind)
        )
        labels.append(column.heading + (f", {column.unit}" if column.unit else ""))
    body = []
    for row in rows:
        cells = [el("th", row[0], scope="row", role="rowheader")]
        for column, label, cell in zip(columns[1:], labels[1:], row[1:], strict=True):
            empty = "empty" if cell in ("", None) else ""
            kinds = " ".join(k for k in ("number" if column.number else "", empty) if k)
            shown = el("div", cell) if isinstance(cell, Markup) else "" if cell is None else cell
            cells.append(el("td", shown, role="cell", data_label=label, class_=kinds or None))
        body.append(el("tr", *cells, role="row"))
    if not body:
        body.append(el("tr", el("td", "nothing to show", colspan=len(columns), role="cell"), role="row"))
    return join(
        [
            el(
                "table",
                el("caption", caption),
                el("thead", el("tr", *heads, role="row"), role="rowgroup"),
                el("tbody", *body, role="rowgroup"),
                role="table",
                class_="slim" if len(columns) < 4 else None,
            ),
            el("p", note, class_="source") if note else None,
        ]
    )


def figure(drawing: Figure | Sequence[Figure], source: str, legend: Markup | None = None, title: str = "") -> Markup:
    """A figure with its title, legend and source line; of two drawings one is for wide and one for narrow pages."""
    drawings = [drawing] if isinstance(drawing, Figure) else list(drawing)
    return el(
        "figure",
        el("figcaption", title or drawings[0].title),
        legend,
        *(d.svg for d in drawings),
        el("p", source, class_="source"),
    )


def panels(
    title: str,
    drawings: Sequence[Figure | tuple[str, Sequence[Figure]]],
    source: str,
    legend: Markup | None = None,
    kind: str = "",
) -> Markup:
    """Many small drawings (or titled groups, one above the other) side by side under one title and source line."""
    groups = [(d.title, [d]) if isinstance(d, Figure) else d for d in drawings]
    cells = [el("div", el("h4", name), *(d.svg for d in some), class_="panel") for name, some in groups]
    return el(
        "figure",
        el("figcaption", title),
        legend,
        el("div", *cells, class_=f"panels {kind}".strip()),
        el("p", source, class_="source"),
    )


def folded(summary: str, *children: object, print_it: bool = False) -> Markup:
    """A part that opens on demand; ``print_it``: it is opened for printing."""
    return el("details", el("summary", summary), *children, class_="print-open" if print_it else None)


_URL = re.compile(r"https?://[^\s<>\"'`;|]+[^\s<>\"'`;|.,)]")


def linked(text: str) -> Markup:
    """Text in which web addresses are links; nothing is loaded from them."""
    parts: list[object] = []
    last = 0
    for match in _URL.finditer(text):
        parts += [text[last : match.start()], _link(match[0])]
        last = match.end()
    return join([*parts, text[last:]])


def _link(url: str) -> Markup:
    site = url.split("/", 3)[2]
    shown = url if len(url) <= 48 else site + "/…"
    return el("a", shown, href=url, rel="noopener noreferrer", title=url)


def rendered(text: str) -> Markup:
    """Markdown to HTML: no raw HTML, no images (they would be fetched), links to http and https only."""
    reader = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")
    tokens = reader.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 3)}"
        for child in token.children or ():
            href = child.attrGet("href") if child.type == "link_open" else None
            if href is not None:
                child.attrSet("rel", "noopener noreferrer")
                if not re.match(r"https?://", str(href)):
                    child.attrs.pop("href", None)
    # A heading cell without a heading is no heading.
    shown = reader.renderer.render(tokens, reader.options, {})
    return Markup(re.sub(r"<th( [^>]*)?></th>", "<td></td>", shown))


def banded(row: Mapping[str, Any], name: str = "", factor: float = 1.0) -> str:
    """'mean (5th-95th percentile)' of a column's band; the mean alone where nothing varies.

    >>> banded({"x_mean": 68.2, "x_p05": 59.0, "x_p95": 79.0}, "x")
    '68 (59–79)'
    """
    return spread({b: row.get(f"{name}_{b}" if name else b) for b in ("mean", "p05", "p95")}, factor=factor)


def short(name: str) -> str:
    """A name without what stands in brackets after it.

    >>> short("Kuusamo (Kortesalmi)")
    'Kuusamo'
    """
    return name.split(" (")[0].strip() or name


def typeset(text: str) -> Markup:
    """Text with minus signs, and signs of comparison that stay with their number."""
    shown = re.sub(r"(?<!\w)-(?=\d)", "−", clean(text)).replace("<= ", "≤ ").replace(">= ", "≥ ")
    return Markup(re.sub(r"(&lt;|&gt;|≤|≥) ", r"\1&nbsp;", escape(shown)))
