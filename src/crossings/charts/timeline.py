"""The timeline of orders: a row a crossing, a bar an order, from announcement to what ended it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from crossings.charts.axes import Frame, fitted, text, text_width
from crossings.charts.figure import Chart, csv_of, drawing
from crossings.charts.markup import Markup, el, num
from crossings.views.language import ENGLISH, Language

HUES = 7  # classes hue-0 to hue-6 of the style sheet
LANE = 13.0
LETTER = 16.0  # px beside a bar that its letter takes


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
    words: Language = ENGLISH,
) -> Chart:
    """Draw the orders; rows: (crossing, its bars), top to bottom; words: of its labels."""
    longest = max((text_width(name, 12) for name, _ in rows), default=0.0)
    narrow = width < 600
    left = 8.0 if narrow else min(longest + 16, 190.0)
    across = Frame(left, width - 14, 0.0, 0.0, *span)
    packed = [(name, _lanes(bars, across)) for name, bars in rows]
    head = 17.0 if narrow else 0.0
    heights = [head + max(1, len(lanes)) * LANE + 9 for _, lanes in packed]
    upper = 10.0
    lower = upper + sum(heights)
    frame = Frame(left, width - 14, upper, lower, *span, words=words)
    parts = [frame.time_axis(words.say("date ({zone})", zone=clock), grid=True)]
    y = upper
    for (name, lanes), height in zip(packed, heights, strict=True):
        parts.append(el("line", x1=0.0, x2=width, y1=y, y2=y, class_="rule"))
        if narrow:
            parts.append(text(2, y + 13, fitted(name, width - 8, 12), class_="label"))
        else:
            parts.append(
                text(left - 8, y + height / 2 + 4, fitted(name, left - 12, 12), class_="label", text_anchor="end")
            )
        for k, lane in enumerate(lanes):
            middle = y + head + 5 + k * LANE + LANE / 2 - 0.5
            parts += [_order(frame, order, middle) for order in lane]
        y += height
    return drawing(title, title, parts, (width, lower + 36), _csv(rows, words), "narrow" if narrow else "wide")


def _lanes(bars: Sequence[Bar], frame: Frame) -> list[list[list[Bar]]]:
    """Orders (the bars of each in time) in as few lanes as hold them without touching, letters and paper ends included."""
    orders: dict[str, list[Bar]] = {}
    for bar in sorted(bars, key=lambda b: b.start):
        orders.setdefault(bar.letter, []).append(bar)
    lanes: list[list[list[Bar]]] = []
    free: list[float] = []
    for order in sorted(orders.values(), key=lambda o: (o[0].announced, o[0].start)):
        first, last = _extent(frame, order)
        for k, at in enumerate(free):
            if at <= first:
                lanes[k].append(order)
                free[k] = last
                break
        else:
            lanes.append([order])
            free.append(last)
    return lanes


def _extent(frame: Frame, bars: list[Bar]) -> tuple[float, float]:
    """From where to where an order is drawn, px: with its diamond, its letter and its end on paper."""
    first = frame.x(bars[0].announced) - (5.5 if bars[0].announced < bars[0].start else 0.0)
    last = max(frame.x(bar.end) for bar in bars)
    for bar in bars:
        paper = frame.end if bar.planned is None else bar.planned
        if bar.replaced and paper > bar.end:
            last = max(last, frame.x(paper), frame.x(bar.end) + 4)
    return first, max(last, 0.0 if _letter_within(frame, bars) else frame.x(bars[-1].end) + LETTER)


def _letter_within(frame: Frame, bars: list[Bar]) -> bool:
    """Whether the first bar has room for the letter."""
    return frame.x(bars[0].end) - frame.x(bars[0].start) > 11


def _order(frame: Frame, bars: list[Bar], y: float) -> Markup:
    """One order: its announcement, its bars, and its letter in the first bar or, where that is too small, after the last."""
    first, last = bars[0], bars[-1]
    hue = f"hue-{first.number % HUES}"
    told, begin = frame.x(first.announced), frame.x(first.start)
    parts: list[Markup] = []
    if first.announced < first.start and first.announced < frame.end:
        parts.append(el("line", x1=told, x2=begin, y1=y, y2=y, class_=f"lead {hue}"))
        if first.announced >= frame.start:
            diamond = f"M{num(told)} {num(y - 5.5)}l5.5 5.5l-5.5 5.5l-5.5 -5.5Z"
            parts.append(el("path", d=diamond, class_=f"told {hue}", data_say=first.words))
    parts += [_bar(frame, bar, y, hue) for bar in bars]
    if first.start < frame.end:
        within = _letter_within(frame, bars)
        at = (begin + min(frame.x(first.end), begin + 26)) / 2 if within else frame.x(last.end) + 9
        parts.append(text(at, y + 3.6, first.letter, class_="letter", text_anchor="middle"))
    return el("g", *parts)


def _bar(frame: Frame, bar: Bar, y: float, hue: str) -> Markup:
    x0, x1 = frame.x(bar.start), frame.x(bar.end)
    parts: list[Markup] = []
    if bar.start < frame.end and bar.end > frame.start:
        shape = "in-force" if bar.kind == "closed" else "in-force limited"
        parts.append(el("rect", x=x0, y=y - 5, width=max(2.5, x1 - x0), height=10.0, class_=f"{shape} {hue}"))
        paper = frame.end if bar.planned is None else bar.planned
        if bar.replaced and paper > bar.end and bar.end < frame.end:
            parts.append(el("line", x1=x1 + 4, x2=frame.x(paper), y1=y, y2=y, class_=f"on-paper {hue}"))
        if bar.replaced and frame.start < bar.end < frame.end:
            parts.append(el("path", d=f"M{num(x1 - 2.5)} {num(y - 3)}l6 6m0 -6l-6 6", class_="ended"))
    return el("g", *parts, data_say=bar.words, class_="bar")


def _csv(rows: Sequence[tuple[str, Sequence[Bar]]], words: Language) -> str:
    say = words.say
    what = say("crossing"), say("letter"), say("kind")
    when = say("announced"), say("in force from"), say("until"), say("on paper until")

    def times(bar: Bar) -> list[str]:
        return ["" if t is None else t.isoformat() for t in (bar.announced, bar.start, bar.end, bar.planned)]

    cells = ((name, bar.letter, words.name(bar.kind), *times(bar)) for name, bars in rows for bar in bars)
    return csv_of((*what, *when), cells)
