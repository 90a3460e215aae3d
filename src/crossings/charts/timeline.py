"""The timeline of orders: a row a crossing, a bar an order, from announcement to what ended it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from crossings.charts.axes import Frame, text, text_width
from crossings.charts.figure import Figure
from crossings.charts.markup import Markup, el, join, num

__all__ = ["Bar", "order_timeline"]

HUES = 7  # classes hue-0 to hue-6 of the style sheet
LANE = 13.0


@dataclass(frozen=True, slots=True)
class Bar:
    """An order at one crossing: in force over [start, end); ``planned`` is its end on paper, None = until further notice.

    letter: what the order goes by in the drawing; number: for its colour; kind: closed, hours or quota; replaced: another
    order ended it.
    """

    letter: str
    number: int
    kind: str
    announced: dt.datetime
    start: dt.datetime
    end: dt.datetime
    planned: dt.datetime | None
    replaced: bool
    words: str


def order_timeline(
    title: str,
    rows: Sequence[tuple[str, Sequence[Bar]]],
    *,
    span: tuple[dt.datetime, dt.datetime],
    clock: str,
    width: float = 1100.0,
) -> Figure:
    """Draw the orders; rows: (crossing, its bars), top to bottom."""
    longest = max((text_width(name, 12) for name, _ in rows), default=0.0)
    narrow = width < 600
    left = 8.0 if narrow else min(longest + 16, 190.0)
    packed = [(name, _lanes(bars)) for name, bars in rows]
    head = 17.0 if narrow else 0.0
    heights = [head + max(1, len(lanes)) * LANE + 9 for _, lanes in packed]
    upper = 10.0
    lower = upper + sum(heights)
    frame = Frame(left, width - 14, upper, lower, *span)
    parts = [frame.time_axis(f"date ({clock})", grid=True)]
    y = upper
    for (name, lanes), height in zip(packed, heights, strict=True):
        parts.append(el("line", x1=0.0, x2=width, y1=y, y2=y, class_="rule"))
        if narrow:
            parts.append(text(2, y + 13, name, class_="label"))
        else:
            parts.append(text(left - 8, y + height / 2 + 4, name, class_="label", text_anchor="end"))
        for k, lane in enumerate(lanes):
            middle = y + head + 5 + k * LANE + LANE / 2 - 0.5
            parts += [_bar(frame, bar, middle) for bar in lane]
        y += height
    svg = el(
        "svg",
        el("title", title),
        *parts,
        viewbox=f"0 0 {num(width)} {num(lower + 36)}",
        role="img",
        class_="chart narrow" if narrow else "chart wide",
    )
    return Figure(title, svg)


def _lanes(bars: Sequence[Bar]) -> list[list[Bar]]:
    """Bars in as few lanes as hold them without touching, paper ends included."""
    lanes: list[list[Bar]] = []
    free: list[dt.datetime] = []
    for bar in sorted(bars, key=lambda b: (b.announced, b.start)):
        last = dt.datetime.max if bar.planned is None and not bar.replaced else max(bar.end, bar.planned or bar.end)
        for k, at in enumerate(free):
            if at <= bar.announced:
                lanes[k].append(bar)
                free[k] = last
                break
        else:
            lanes.append([bar])
            free.append(last)
    return lanes


def _bar(frame: Frame, bar: Bar, y: float) -> Markup:
    x0, x1, told = frame.x(bar.start), frame.x(bar.end), frame.x(bar.announced)
    hue = f"hue-{bar.number % HUES}"
    parts: list[Markup] = []
    if bar.start < frame.end:
        if bar.announced < bar.start:
            parts.append(el("line", x1=told, x2=x0, y1=y, y2=y, class_=f"lead {hue}"))
        if bar.end > frame.start:
            shape = "in-force" if bar.kind == "closed" else "in-force limited"
            parts.append(el("rect", x=x0, y=y - 5, width=max(2.5, x1 - x0), height=10.0, class_=f"{shape} {hue}"))
        paper = frame.end if bar.planned is None else bar.planned
        if bar.replaced and paper > bar.end and bar.end < frame.end:
            parts.append(el("line", x1=x1 + 4, x2=frame.x(paper), y1=y, y2=y, class_=f"on-paper {hue}"))
        if bar.replaced and frame.start < bar.end < frame.end:
            d = f"M{num(x1 - 2.5)} {num(y - 3)}l6 6m0 -6l-6 6"
            parts.append(el("path", d=d, class_="ended"))
    if frame.start <= bar.announced < frame.end and bar.start > bar.announced:
        d = f"M{num(told)} {num(y - 5.5)}l5.5 5.5l-5.5 5.5l-5.5 -5.5Z"
        parts.append(el("path", d=d, class_=f"told {hue}"))
    if x1 - x0 > 11 and bar.start < frame.end:
        parts.append(text((x0 + min(x1, x0 + 26)) / 2, y + 3.6, bar.letter, class_="letter", text_anchor="middle"))
    return el("g", join(parts), data_say=bar.words, class_="bar")
