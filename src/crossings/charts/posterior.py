"""What was learned, drawn: a parameter's prior and posterior on one scale, and the way of the sampling."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from crossings.charts.axes import round_step, text, text_width
from crossings.charts.figure import Chart, csv_of, drawing
from crossings.charts.markup import Markup, el, join, num
from crossings.views.language import ENGLISH, Language

Floats = NDArray[np.float64]
Interval = tuple[float, float, float]
WIDTH, HEIGHT, LEFT, RIGHT = 330.0, 74.0, 8.0, 8.0
MIDDLE, FLOOR = 18.0, 38.0
THICK, THIN = 22.0, 9.0
DEPTH = 80.0  # nats below the top that are shown


def span_ticks(low: float, high: float) -> list[float]:
    """Round numbers within [low, high], at most six of them.

    >>> span_ticks(-0.2, 0.21)
    [-0.2, -0.1, 0.0, 0.1, 0.2]
    """
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        return [low] if math.isfinite(low) else []
    step = round_step((high - low) / 5)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{k * step:.12g}") + 0.0 for k in range(first, last + 1)]


def learned_shape(x: float, y: float, kind: str) -> Markup:
    """A legend's symbol: prior, told (the counts speak) or stays (the prior stays)."""
    if kind == "prior":
        return el("rect", x=x - 12, y=y - 6, width=24.0, height=12.0, class_="prior")
    return _bar(x - 12, x + 12, x, y, kind == "told")


def interval_panel(
    title: str, prior: Interval, posterior: Interval, *, unit: str, told: bool, words: Language = ENGLISH
) -> Chart:
    """5th, 50th, 95th percentile of what was believed before (pale, wide) and of what is now (dark, narrow).

    told: whether the counts speak to it; where they do not, the dark bar is hollow. unit: the title of the axis.
    """
    least, most = min(prior[0], posterior[0]), max(prior[2], posterior[2])
    room = 0.06 * (most - least) or 0.5
    low, high = least - room, most + room
    if 0 <= least < 0.35 * most:
        low = 0.0

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low)

    parts: list[object] = []
    last = -math.inf
    for tick in span_ticks(low, high):
        label = words.significant(tick, 6)
        half = text_width(label, 10.5) / 2
        at = min(max(x(tick), half), WIDTH - half)
        parts.append(el("line", x1=x(tick), x2=x(tick), y1=2.0, y2=FLOOR + 4, class_="grid"))
        if at - half > last:
            parts.append(text(at, FLOOR + 15, label, class_="tick", text_anchor="middle"))
            last = at + half + 4
    parts += [
        el("line", x1=LEFT, x2=WIDTH - RIGHT, y1=FLOOR, y2=FLOOR, class_="axis"),
        text(WIDTH - RIGHT, FLOOR + 30, unit, class_="axis-title", text_anchor="end"),
        el("rect", x=x(prior[0]), y=MIDDLE - THICK / 2, width=x(prior[2]) - x(prior[0]), height=THICK, class_="prior"),
        _stroke(x(prior[1]), MIDDLE, THICK, "prior-mid"),
        _bar(x(posterior[0]), x(posterior[2]), x(posterior[1]), MIDDLE, told),
    ]
    before, now = _three(prior, words), _three(posterior, words)
    told_in = words.say("{title}: before {before}, now {now} {unit}", title=title, before=before, now=now, unit=unit)
    csv = csv_of(
        ("", words.say("5th percentile"), words.say("median"), words.say("95th percentile")),
        ((words.say("before"), *prior), (words.say("now"), *posterior)),
    )
    return drawing(title, told_in, parts, (WIDTH, HEIGHT), csv)


def _three(interval: Interval, words: Language) -> str:
    low, mid, high = (words.significant(v) for v in interval)
    return f"{mid} ({words.say('{low} to {high}', low=low, high=high)})"


def _stroke(x: float, y: float, height: float, kind: str) -> Markup:
    return el("line", x1=x, x2=x, y1=y - height / 2, y2=y + height / 2, class_=kind)


def _bar(left: float, right: float, mid: float, y: float, told: bool) -> Markup:
    width = max(1.5, right - left)
    kind = "post" if told else "post hollow"
    bar = el("rect", x=left, y=y - THIN / 2, width=width, height=THIN, rx=1.5, class_=kind)
    return join([bar, _stroke(mid, y, THIN, "post-mid" if told else "post-mid hollow")])


def trace_panel(title: str, trace: Floats, *, narrow: bool = False, words: Language = ENGLISH) -> Chart:
    """The sampling: ln likelihood of the points, median and 5% to 95%, step by step from the prior to the posterior.

    trace: as a `Fit` has it; its first column is the power of the likelihood at each step, 0 to 1.
    """
    power, low, middle, high = (trace[:, k] for k in (0, 3, 4, 5))
    width, height = (380.0, 250.0) if narrow else (700.0, 250.0)
    left, right, upper, lower = 52.0, width - 10.0, 30.0, height - 40.0
    top = float(high.max())
    bottom = max(float(low.min()), top - DEPTH)
    steps = max(1, power.size - 1)

    def x(step: float) -> float:
        return left + (right - left) * step / steps

    def y(v: float) -> float:
        return lower - (lower - upper) * (max(v, bottom) - bottom) / ((top - bottom) * 1.04 or 1.0)

    parts: list[object] = []
    for tick in span_ticks(bottom, top + 0.04 * (top - bottom)):
        parts.append(el("line", x1=left, x2=right, y1=y(tick), y2=y(tick), class_="grid"))
        parts.append(text(left - 5, y(tick) + 3.5, words.significant(tick, 6), class_="tick", text_anchor="end"))
    every = max(1, -(-power.size // (4 if narrow else 9)))
    for k in range(steps, -1, -every):
        parts.append(el("line", x1=x(k), x2=x(k), y1=lower, y2=lower + 4, class_="grid"))
        parts.append(text(x(k), lower + 15, words.significant(power[k], 2), class_="tick", text_anchor="middle"))

    def line(values: Floats) -> list[str]:
        return [f"{num(x(k))} {num(y(v))}" for k, v in enumerate(values.tolist())]

    along = words.say("power of the likelihood, step by step")
    parts += [
        text(2, upper - 17, words.say("ln likelihood"), class_="axis-title"),
        text(right, lower + 31, along, class_="axis-title", text_anchor="end"),
        el("path", d="M" + "L".join(line(high) + line(low)[::-1]) + "Z", class_="prior"),
        el("line", x1=left, x2=right, y1=lower, y2=lower, class_="axis"),
        el("path", d="M" + "L".join(line(middle)), class_="sim"),
    ]
    csv = csv_of(
        (along, words.say("5th percentile"), words.say("median"), words.say("95th percentile")),
        zip(*(a.tolist() for a in (power, low, middle, high)), strict=True),
    )
    return drawing(title, title, parts, (width, height), csv, "narrow" if narrow else "wide")
