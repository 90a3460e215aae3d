"""Trade-offs: each option a point, what it reaches against what it costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from crossings.charts.axes import amount_text, amount_ticks, text, text_width
from crossings.charts.days import mark_shape
from crossings.charts.figure import Chart, csv_of, drawing
from crossings.charts.markup import Markup, el, join
from crossings.views.language import ENGLISH, Language

WIDTH, HEIGHT = 420.0, 330.0
LEFT, RIGHT, UPPER, LOWER = 60.0, 26.0, 34.0, 44.0


@dataclass(frozen=True, slots=True)
class Option:
    """An option: the number by which its table has it, what it costs and reaches, whether another beats it, and its words."""

    number: int
    x: float
    y: float
    beaten: bool
    words: str


def tradeoff_panel(
    title: str, options: Sequence[Option], x_title: str, y_title: str, words: Language = ENGLISH
) -> Chart:
    """Points of all options; those that nothing else beats are filled and numbered, others hollow.

    x_title, y_title: names and units of the axes; words: in which numbers are written.
    """
    across, up = _ticks([o.x for o in options]), _ticks([o.y for o in options])
    right, lower = WIDTH - RIGHT, HEIGHT - LOWER

    def x_of(value: float) -> float:
        return LEFT + (right - LEFT) * (value - across[0]) / (across[-1] - across[0])

    def y_of(value: float) -> float:
        return lower - (lower - UPPER) * (value - up[0]) / (up[-1] - up[0])

    parts: list[Markup] = []
    for tick in up:
        y = y_of(tick)
        parts.append(el("line", x1=LEFT, x2=right, y1=y, y2=y, class_="grid"))
        parts.append(text(LEFT - 6, y + 3.5, amount_text(tick, words), class_="tick", text_anchor="end"))
    for tick in across:
        x = x_of(tick)
        parts.append(el("line", x1=x, x2=x, y1=lower, y2=lower + 4, class_="grid"))
        parts.append(text(x, lower + 16, amount_text(tick, words), class_="tick", text_anchor="middle"))
    parts.append(el("line", x1=LEFT, x2=right, y1=lower, y2=lower, class_="axis"))
    parts.append(text(2, UPPER - 20, y_title, class_="axis-title"))
    parts.append(text(right, lower + 34, x_title, class_="axis-title", text_anchor="end"))
    at = [((x_of(o.x), y_of(o.y)), o) for o in sorted(options, key=lambda o: not o.beaten)]
    parts += [_point(*xy, o) for xy, o in at]
    parts += _numbers([(xy, o.number) for xy, o in at if not o.beaten])
    csv = csv_of(
        (words.say("option"), y_title, x_title, words.say("beaten by another")),
        ((o.number, o.y, o.x, words.say("yes") if o.beaten else words.say("no")) for o in options),
    )
    return drawing(title, f"{title}: {y_title}, {x_title}", parts, (WIDTH, HEIGHT), csv)


def _ticks(values: list[float]) -> list[float]:
    """Round numbers around some values; from 0 where they come near it, or hardly differ: else they would lie on one
    another, or a difference that is none would fill the chart."""
    least, most = min(values, default=0.0), max(values, default=1.0)
    if least < 0.4 * most or most - least < 0.02 * most:
        return amount_ticks(most, 5)
    step = amount_ticks(most - least, 4)[1]
    return [k * step for k in range(math.floor(least / step), math.ceil(most / step) + 1)]


def _point(x: float, y: float, option: Option) -> Markup:
    shape = mark_shape(x, y, "conflict" if option.beaten else "firm", 4.6)
    # Something to point at that is larger than the mark.
    near = el("circle", cx=x, cy=y, r=10.0, fill="transparent", stroke="none")
    return el("g", shape, near, data_say=option.words)


def _numbers(points: list[tuple[tuple[float, float], int]]) -> list[Markup]:
    """Numbers beside the points; those of points that lie on one another stand in one label, and none covers another."""
    groups: list[tuple[float, float, list[int]]] = []
    for (x, y), number in sorted(points):
        for gx, gy, some in groups:
            if abs(gx - x) < 9 and abs(gy - y) < 9:
                some.append(number)
                break
        else:
            groups.append((x, y, [number]))
    out: list[Markup] = []
    taken: list[tuple[float, float, float]] = []
    for x, y, some in groups:
        label = ", ".join(map(str, some[:4])) + ("…" if len(some) > 4 else "")
        wide = text_width(label, 11)
        left = x + 8 + wide > WIDTH - 4
        at = x - 8 if left else x + 8
        begin = at - wide if left else at
        low = y - 6
        while any(abs(low - ty) < 11 and begin < tx + tw and tx < begin + wide for tx, ty, tw in taken):
            low += 11 if low < y + 60 else 0
            if low >= y + 60:
                break
        taken.append((begin, low, wide))
        out.append(text(at, low, label, class_="label strong", text_anchor="end" if left else "start"))
    return [join(out)]
