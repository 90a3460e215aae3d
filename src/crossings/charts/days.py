"""A panel of amounts by day: the median over seeds as a line, the 5th to 95th percentile of runs, what was counted, and when it
was shut.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossings.charts.axes import Frame, amount_text, amount_ticks, text, text_width
from crossings.charts.figure import Chart, csv_of, drawing
from crossings.charts.markup import Markup, el, join, num
from crossings.views.language import ENGLISH, Language

DAY = dt.timedelta(days=1)
Floats = NDArray[np.float64]
Spans = Sequence[tuple[dt.datetime, dt.datetime]]


@dataclass(frozen=True, slots=True)
class DaySeries:
    """An amount per local day: median and 5th to 95th percentile over seeds, [days]; nan where there is none."""

    days: tuple[dt.datetime, ...]
    mid: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Mark:
    """What was counted: ``low`` to ``high`` over [start, end); for more than a day, the mean per day.

    kind: firm, at_least or conflict. outside: the simulated band misses it.
    """

    start: dt.datetime
    end: dt.datetime
    low: float
    high: float
    kind: str = "firm"
    outside: bool = False
    words: str = ""


WIDTH, HEIGHT = 380.0, 220.0
LEFT, RIGHT, UPPER, LOWER = 44.0, 14.0, 32.0, 38.0


def day_panel(
    title: str,
    series: DaySeries,
    *,
    unit: str,
    clock: str,
    span: tuple[dt.datetime, dt.datetime],
    base: Floats | None = None,
    came: Floats | None = None,
    shut: Spans = (),
    marks: Sequence[Mark] = (),
    at_end: bool = False,
    base_words: str = "",
    words: Language = ENGLISH,
) -> Chart:
    """One panel.

    ``base``: what is drawn beside, by ``base_words`` the median without the orders; ``came``: that of those who came; ``at_end``:
    amounts at the end of each day, not over it; words: of its labels.
    """
    base_words = base_words or words.say("without the orders")
    inside = [k for k, day in enumerate(series.days) if day < span[1] and day + DAY > span[0]]
    if len(inside) < len(series.days):
        few = slice(inside[0], inside[-1] + 1) if inside else slice(0)
        series = DaySeries(series.days[few], series.mid[few], series.low[few], series.high[few])
        base, came = (None if a is None else a[few] for a in (base, came))
    finite = [a[np.isfinite(a)] for a in (series.high, series.mid, *(a for a in (base, came) if a is not None))]
    highest = [float(a.max()) for a in finite if a.size]
    highest += [m.high for m in marks if m.start < span[1] and m.end > span[0]]
    ticks = amount_ticks(max([1.0, *highest]))
    left = max(LEFT, 5.0 + 6.4 * max(len(amount_text(tick, words)) for tick in ticks))
    frame = Frame(left, WIDTH - RIGHT, UPPER, HEIGHT - LOWER, span[0], span[1], ticks[-1], words)
    parts = [
        join(_shut_area(frame, a, b) for a, b in shut),
        frame.amount_axis(unit, ticks),
        _band(frame, series, at_end),
        None if base is None else el("path", d=_line(frame, series.days, base, at_end), class_="base"),
        None if came is None else el("path", d=_line(frame, series.days, came, at_end), class_="came"),
        el("path", d=_line(frame, series.days, series.mid, at_end), class_="sim"),
        _peak(frame, series, at_end),
        join(_mark(frame, m) for m in marks),
        frame.time_axis(words.say("date ({zone})", zone=clock)),
        el("line", x1=0.0, x2=0.0, y1=frame.upper, y2=frame.lower, class_="cursor"),
    ]
    tips = json.dumps(_tips(series, base, base_words, came, marks, unit, at_end, words), ensure_ascii=False)
    at = " ".join(num(frame.x(d + DAY / 2)) for d in series.days)
    csv = _csv(series, base, base_words, came, unit, words)
    return drawing(title, f"{title}, {unit}", parts, (WIDTH, HEIGHT), csv, data_tips=tips, data_at=at)


def _csv(
    series: DaySeries, base: Floats | None, base_words: str, came: Floats | None, unit: str, words: Language
) -> str:
    say = words.say
    columns = {
        f"{say('median')}, {unit}": series.mid,
        say("5th percentile"): series.low,
        say("95th percentile"): series.high,
    }
    columns |= {} if base is None else {base_words: base}
    columns |= {} if came is None else {say("arrived"): came}
    rows = zip(*(np.asarray(values, float).tolist() for values in columns.values()), strict=True)
    return csv_of(
        (say("day"), *columns), ((day.date().isoformat(), *row) for day, row in zip(series.days, rows, strict=True))
    )


def _steps(frame: Frame, days: Sequence[dt.datetime], values: Floats, at_end: bool) -> list[list[tuple[float, float]]]:
    """Runs of points without gaps: a step for each day, or a point at its end."""
    runs: list[list[tuple[float, float]]] = [[]]
    for day, value in zip(days, values, strict=True):
        if not np.isfinite(value):
            if runs[-1]:
                runs.append([])
            continue
        y = frame.y(float(value))
        if at_end:
            runs[-1].append((frame.x(day + DAY), y))
        else:
            runs[-1] += [(frame.x(day), y), (frame.x(day + DAY), y)]
    return [run for run in runs if run]


def _path(points: list[tuple[float, float]]) -> str:
    """A path as short as it can be: points on one level or one upright make one line."""
    kept = points[:1]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        level = abs(before[1] - here[1]) < 0.05 and abs(here[1] - after[1]) < 0.05
        if not level:
            kept.append(here)
    kept += points[-1:] if len(points) > 1 else []
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in kept)


def _line(frame: Frame, days: Sequence[dt.datetime], values: Floats, at_end: bool) -> str:
    return "".join(_path(run) for run in _steps(frame, days, values, at_end))


def _band(frame: Frame, series: DaySeries, at_end: bool) -> Markup:
    upper = _steps(frame, series.days, series.high, at_end)
    lower = _steps(frame, series.days, series.low, at_end)
    pairs = zip(upper, lower, strict=False)
    d = "".join(_path(a) + "L" + _path(b[::-1])[1:] + "Z" for a, b in pairs if len(a) == len(b))
    return el("path", d=d, class_="band")


def _peak(frame: Frame, series: DaySeries, at_end: bool) -> Markup | None:
    if not np.isfinite(series.mid).any() or np.nanmax(series.mid) < 1:
        return None
    k = int(np.nanargmax(series.mid))
    label = frame.words.number(float(series.mid[k]))
    x = frame.x(series.days[k] + (DAY if at_end else DAY / 2))
    half = text_width(label) / 2 + 2
    x = min(max(x, frame.left + half), frame.right - half)
    return text(x, frame.y(float(series.high[k])) - 4, label, class_="peak", text_anchor="middle")


def _shut_area(frame: Frame, begin: dt.datetime, end: dt.datetime) -> Markup:
    x = frame.x(begin)
    return el(
        "rect", x=x, y=frame.upper, width=max(0.0, frame.x(end) - x), height=frame.lower - frame.upper, class_="shut"
    )


def mark_shape(x: float, y: float, kind: str, r: float = 3.4) -> Markup:
    """A count's symbol: a disc, a triangle for at least so many, a ring for one that others contradict."""
    if kind == "at_least":
        d = f"M{num(x)} {num(y - 1.35 * r)}L{num(x + 1.25 * r)} {num(y + r)}H{num(x - 1.25 * r)}Z"
        return el("path", d=d, class_="seen")
    return el("circle", cx=x, cy=y, r=r, class_="seen hollow" if kind == "conflict" else "seen")


def _mark(frame: Frame, mark: Mark) -> Markup | None:
    if mark.start >= frame.end or mark.end <= frame.start:
        return None
    x = frame.x(mark.start + (mark.end - mark.start) / 2)
    y = frame.y((mark.low + mark.high) / 2)
    parts = []
    if mark.end - mark.start > DAY * 1.1:
        parts.append(el("line", x1=frame.x(mark.start), x2=frame.x(mark.end), y1=y, y2=y, class_="seen-line"))
    if mark.high > mark.low:
        parts.append(el("line", x1=x, x2=x, y1=frame.y(mark.low), y2=frame.y(mark.high), class_="seen-line"))
    if mark.outside:
        parts.append(el("circle", cx=x, cy=y, r=6.6, class_="miss"))
    parts.append(mark_shape(x, y, mark.kind))
    return el("g", *parts)


def _tips(
    series: DaySeries,
    base: Floats | None,
    base_words: str,
    came: Floats | None,
    marks: Sequence[Mark],
    unit: str,
    at_end: bool,
    words: Language,
) -> list[str]:
    """What is told at each day; empty where there is nothing to tell."""
    said: list[list[str]] = [[] for _ in series.days]
    for mark in marks:
        for k, day in enumerate(series.days):
            if day < mark.end and mark.start < day + DAY:
                said[k].append(mark.words)
    out = []
    for k, (day, mid, low, high) in enumerate(zip(series.days, series.mid, series.low, series.high, strict=True)):
        before = 0.0 if base is None else float(base[k])
        if not np.isfinite(mid) or not (mid or high or (np.isfinite(before) and before) or said[k]):
            out.append("\n".join([words.on(day, year=True), *said[k]]) if said[k] else "")
            continue
        when = words.on(day, year=True)
        number = f"{words.number(mid)} ({words.number(low)}–{words.number(high)})"
        lines = [
            words.say("end of {day}", day=when) if at_end else when,
            words.say("simulated {number} {unit}", number=number, unit=unit),
        ]
        if came is not None and came[k] != mid:
            lines.append(words.say("came to the crossing {number}", number=words.number(float(came[k]))))
        if base is not None and np.isfinite(before):
            lines.append(f"{base_words} {words.number(before)}")
        out.append("\n".join([*lines, *said[k]]))
    return out
