"""What the sections share: a section with its reading, a part for each stream, legends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crossings.charts import STATES, Markup, el, join, mark_shape, state_shape
from crossings.report.view_model import Facts

__all__ = ["Section", "by_stream", "camps_legend", "counts_legend", "heads_legend", "key", "reading", "states_legend"]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the annex; prints: it is opened for printing."""

    id: str
    title: str
    body: Markup
    prints: bool = False


def reading(*sentences: object) -> Markup:
    """The one thing to take from a section, in plain words."""
    return el("p", *sentences, class_="reading")


def by_stream(facts: Facts, make: Callable[[str], Markup | None], level: str = "h4") -> Markup:
    """The same part once for each stream, under a heading of a level; the page shows one at a time."""
    parts = []
    for k, name in enumerate(facts.streams):
        made = make(name)
        if made is not None:
            parts.append(
                el(
                    "div",
                    el(level, facts.stream_name(name), class_="group"),
                    made,
                    class_="for-stream",
                    data_stream=str(k),
                )
            )
    return join(parts)


def key(shape: Markup, words: str) -> Markup:
    """A line of a legend: a symbol and what it stands for."""
    picture = el("svg", shape, viewbox="0 0 26 14", class_="key", aria_hidden="true")
    return el("li", picture, " " + words)


def counts_legend(*, base: bool, came: bool, marks: bool, shut: bool) -> Markup:
    """What the lines and marks of the panels by day stand for."""
    band = el("rect", x=1.0, y=1.0, width=24.0, height=12.0, class_="band")
    rows = [
        key(
            join([band, el("path", d="M1 7H25", class_="sim")]),
            "simulated: median, and the 5th to 95th percentile of runs",
        )
    ]
    if base:
        rows.append(key(el("path", d="M1 7H25", class_="base"), "simulated without the orders: median"))
    if came:
        rows.append(key(el("path", d="M1 7H25", class_="came"), "came to the crossing: median"))
    if marks:
        line = el("path", d="M1 7H25", class_="seen-line")
        ring = el("circle", cx=13.0, cy=7.0, r=6.3, class_="miss")
        rows += [
            key(mark_shape(13, 7, "firm"), "counted (final or derived); a bar across: mean per day of a longer period"),
            key(mark_shape(13, 7.5, "at_least"), "counted, at least so many (lower bound, or part of the day)"),
            key(mark_shape(13, 7, "conflict"), "counted, contradicts other counts"),
            key(join([line, ring, mark_shape(13, 7, "firm")]), "outside the simulated band"),
        ]
    if shut:
        rows.append(key(el("rect", x=1.0, y=1.0, width=24.0, height=12.0, class_="shut"), "closed by orders"))
    return el("ul", *rows, class_="legend")


def camps_legend() -> Markup:
    """What the lines of the panels of camps stand for."""
    band = el("rect", x=1.0, y=1.0, width=24.0, height=12.0, class_="band")
    simulated = join([band, el("path", d="M1 7H25", class_="sim")])
    rows = [
        key(
            simulated,
            "simulated, and the 90 % range of counts by the errors of other cases",
        ),
        key(el("path", d="M1 7H25", class_="base"), "counted, straight between records"),
    ]
    return el("ul", *rows, class_="legend")


def heads_legend() -> Markup:
    """What the lines and marks of the panels of places with head counts stand for."""
    band = el("rect", x=1.0, y=1.0, width=24.0, height=12.0, class_="band")
    rows = [
        key(
            join([band, el("path", d="M1 7H25", class_="sim")]),
            "simulated, and the 90 % range of counts by the errors of other cases",
        ),
        key(mark_shape(13, 7, "firm"), "counted"),
    ]
    return el("ul", *rows, class_="legend")


def states_legend(shown: set[str]) -> Markup:
    """The symbols of the map."""
    rows = [key(state_shape(13, 7, s), words) for s, words in STATES.items() if s in shown]
    rows.append(key(el("path", d="M1 7H25", class_="flow", stroke_width=4.0), "on the way, as wide as many"))
    return el("ul", *rows, class_="legend")
