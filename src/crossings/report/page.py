"""The page: one HTML file with its style, script and drawings inside; nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
import importlib.resources

from crossings.charts import Markup, clean, el, join
from crossings.report.access import access_section
from crossings.report.claims import claims_section
from crossings.report.components import Section, by_stream
from crossings.report.effects import effect_section
from crossings.report.first_map import first_ground_drawing
from crossings.report.first_screen import first_screen
from crossings.report.flows import affected_days, crossed_section, queue_section
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
    answer = el("section", first_screen(facts, title), id="answer", aria_label="The answer")
    change = by_stream(facts, lambda s: affected_days(facts, s), "h3") if facts.comparison is not None else None
    days = el("section", el("h2", "Day by day", class_="annex-head"), change, id="days") if change else None
    annex = el("h2", "Details, methods and sources", class_="annex-head")
    main = el("main", answer, days, annex, *(_section(s) for s in shown))
    drawings = [_hatches(), first_ground_drawing(facts), ground_drawing(facts)]
    return document(title, join([*drawings, _header(facts, title), main, _footer(facts)]))


def document(title: str, content: Markup) -> str:
    """A whole HTML file, with its style and script inside."""
    style, script = _template("report.css") + _template("answer.css"), _template("report.js")
    # Scripts other than this one are refused by the browser, as is anything from elsewhere.
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'; img-src data:; base-uri 'none'; form-action 'none'"
    head = join(
        [
            el("meta", charset="utf-8"),
            el("meta", http_equiv="Content-Security-Policy", content=policy),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", name="color-scheme", content="light dark"),
            el("meta", name="generator", content="crossings"),
            el("title", title),
            el("style", Markup(style + _running(title))),
        ]
    )
    body = join([content, el("script", Markup(script))])
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>\n'


def _running(title: str) -> str:
    """The title at the foot of each printed page; whatever it says, it stays within its string."""
    shown = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in clean(title)[:120])
    return f'@page {{ @bottom-left {{ content: "{shown}"; }} }}\n'


def _template(name: str) -> str:
    return (importlib.resources.files("crossings") / "templates" / name).read_text(encoding="utf-8")


def _section(section: Section) -> Markup:
    """A part of the annex, folded on the screen."""
    kind = "annex print-open" if section.prints else "annex"
    head = el("summary", el("h3", section.title))
    return el("section", el("details", head, section.body, class_=kind), id=section.id)


def _header(facts: Facts, title: str) -> Markup:
    names = list(facts.streams)
    first = facts.answer() if facts.comparison is not None else None
    chosen = first.stream if first is not None else names[0]
    choices = [
        el(
            "label",
            el("input", type="radio", name="stream", value=str(k), checked=n == chosen),
            el("span", facts.stream_name(n)),
        )
        for k, n in enumerate(names)
    ]
    chooser = el("fieldset", el("legend", "Group"), *choices, class_="chooser") if len(names) > 1 else None
    settings = facts.model.scenario.settings
    what = "What if" if facts.comparison is not None else "Simulation"
    about = [what, *([settings.title] if settings.title and settings.title != title else []), "simulated, not observed"]
    paper = el(
        "p",
        "This printout covers one group of travellers. Other groups are in the HTML file.",
        class_="source paper-only",
    )
    return el(
        "header", el("p", " · ".join(about), class_="kicker"), el("h1", title), chooser, paper if chooser else None
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
