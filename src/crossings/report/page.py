"""The page: one HTML file with its style, script and drawings inside; nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
import importlib.resources

from crossings.charts import Markup, el, join
from crossings.report.access import access_section
from crossings.report.claims import claims_section
from crossings.report.components import Section
from crossings.report.effects import effect_section
from crossings.report.flows import crossed_section, queue_section
from crossings.report.headcounts import heads_section
from crossings.report.maps import ground_drawing, map_section
from crossings.report.observations import seen_section
from crossings.report.orders import timeline_section
from crossings.report.posterior import learnt_section
from crossings.report.provenance import making_section
from crossings.report.summary import summary_section
from crossings.report.view_model import Facts

__all__ = ["document", "page"]


def page(facts: Facts, title: str) -> str:
    """The whole report as text."""
    sections = [
        summary_section(facts),
        map_section(facts),
        timeline_section(facts),
        heads_section(facts),
        crossed_section(facts) if facts.runs else None,
        queue_section(facts) if facts.runs else None,
        effect_section(facts),
        access_section(facts),
        seen_section(facts),
        claims_section(facts),
        learnt_section(facts),
        making_section(facts),
    ]
    shown = [s for s in sections if s is not None]
    main = el("main", *(_section(k, s) for k, s in enumerate(shown, 1)))
    return document(
        title, join([_hatches(), ground_drawing(facts), _header(facts, title, shown), main, _footer(facts)])
    )


def document(title: str, content: Markup) -> str:
    """A whole HTML file, with its style and script inside."""
    style, script = _template("report.css"), _template("report.js")
    # Scripts other than this one are refused by the browser, as is anything from elsewhere.
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    head = join(
        [
            el("meta", charset="utf-8"),
            el("meta", http_equiv="Content-Security-Policy", content=policy),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", name="color-scheme", content="light dark"),
            el("meta", name="generator", content="crossings"),
            el("title", title),
            el("style", Markup(style)),
        ]
    )
    body = join([content, el("script", Markup(script))])
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>\n'


def _template(name: str) -> str:
    return (importlib.resources.files("crossings") / "templates" / name).read_text(encoding="utf-8")


def _section(number: int, section: Section) -> Markup:
    return el("section", el("h2", el("span", f"{number}", class_="no"), section.title), section.body, id=section.id)


def _header(facts: Facts, title: str, sections: list[Section]) -> Markup:
    links = [el("a", s.title, href=f"#{s.id}") for s in sections]
    names = list(facts.streams)
    choices = [
        el(
            "label",
            el("input", type="radio", name="stream", value=str(k), checked=k == 0),
            el("span", facts.stream_name(n)),
        )
        for k, n in enumerate(names)
    ]
    chooser = el("fieldset", el("legend", "Stream"), *choices, class_="chooser") if len(names) > 1 else None
    nav = el("nav", *links, aria_label="Parts of the report")
    paper = el(
        "p",
        "On paper: the stream that was chosen on the screen. The file holds the others.",
        class_="source paper-only",
    )
    return join(
        [
            el("header", el("h1", title), nav, paper if chooser else None),
            el("div", chooser, class_="bar-top") if chooser else None,
        ]
    )


def _footer(facts: Facts) -> Markup:
    return el("footer", facts.source("Synthetic travellers only; no row stands for a real person."))


def _hatches() -> Markup:
    """Patterns that drawings share, so that they differ without colour."""
    lines = [
        ("hatch-shut", "M-1 1l2 -2M0 6l6 -6M5 7l2 -2"),
        ("hatch-lost", "M-1 5l6 6M-1 -1l8 8M3 -3l6 6"),
    ]
    patterns = [
        el(
            "pattern",
            el("rect", width="6", height="6", class_=f"{name}-ground"),
            el("path", d=d, class_=name),
            id=name,
            width="6",
            height="6",
            patternUnits="userSpaceOnUse",
        )
        for name, d in lines
    ]
    return el("svg", el("defs", *patterns), width="0", height="0", class_="shared", aria_hidden="true")
