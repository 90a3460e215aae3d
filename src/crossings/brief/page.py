"""The brief as one HTML file that fetches nothing."""

from __future__ import annotations

import importlib.resources
from html import escape

from crossings.views.document import Brief, Section, Table, TableCell

__all__ = ["page"]

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(brief: Brief) -> bytes:
    """The brief as HTML, for a screen, a phone and paper."""
    style = (importlib.resources.files("crossings.brief") / "brief.css").read_text(encoding="utf-8")
    body = "\n".join(_section(section) for section in brief.sections)
    return f"""<!doctype html>
<html lang="{brief.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(brief.title)}</title>
<style>
{style}</style>
</head>
<body>
<main>
<p class="muted">{escape(brief.scenario)}</p>
<h1>{escape(brief.title)}</h1>
<p class="muted">{escape(brief.about)}</p>
{body}
</main>
<footer>{escape(brief.footer)}</footer>
</body>
</html>
""".encode()


def _section(section: Section) -> str:
    marked = section.name in ("alerts", "access")
    lines = "\n".join(
        f'<p class="line {line.level}">{escape(line.text)}</p>' if marked else f"<p>{escape(line.text)}</p>"
        for line in section.lines
    )
    table = _table(section.table, section.heading) if section.table is not None else ""
    note = f'<p class="note">{escape(section.note)}</p>' if section.note else ""
    return f'<h2>{escape(section.heading)}</h2>\n<div class="{section.name}">{lines}{table}{note}</div>'


def _table(table: Table, name: str) -> str:
    heads = "".join(f'<th scope="col"{_number(numeric)}>{escape(heading)}</th>' for heading, numeric in table.columns)
    rows = "\n".join(
        "<tr>" + "".join(_cell(at, cell, table.columns[at][1]) for at, cell in enumerate(row)) + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(name)}"><table>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>{rows}</tbody></table></div>"
    )


def _number(numeric: bool) -> str:
    return ' class="n"' if numeric else ""


def _cell(at: int, cell: TableCell, numeric: bool) -> str:
    text = escape(cell.text)
    if at == 0:
        return f'<th scope="row">{text}</th>'
    names = " ".join(name for name in ("n" if numeric else "", cell.level) if name)
    return f'<td class="{names}">{f"<b>{text}</b>" if cell.strong else text}</td>'
