"""Scales, ticks and axes: dates along the bottom, amounts up the side."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from crossings.charts.markup import Markup, el, join
from crossings.views.language import ENGLISH, Language

LABEL = 52.0  # px between labels of dates
STEPS_DAYS = (1, 2, 7, 14, 28, 56, 91, 182, 365)


def text_width(words: str, size: float = 11.0) -> float:
    """About how wide a line of text is, in px of its own size."""
    return 0.56 * size * len(words)


def fitted(words: str, room: float, size: float = 11.0) -> str:
    """Words cut to about ``room`` px.

    >>> fitted("Raja-Jooseppi", 50)
    'Raja-Jo…'
    """
    most = max(1, int(room / (0.56 * size)))
    return words if len(words) <= most else words[: max(1, most - 1)].rstrip() + "…"


def text(x: float, y: float, words: object, **attributes: object) -> Markup:
    """A line of text at a point."""
    return el("text", words, x=float(x), y=float(y), **attributes)


def round_step(least: float) -> float:
    """The next round number: 1, 2, 2.5 or 5 times a power of ten."""
    scale = 10.0 ** math.floor(math.log10(least))
    return next(m * scale for m in (1, 2, 2.5, 5, 10) if m * scale >= least * (1 - 1e-9))


def amount_ticks(top: float, most: int = 4) -> list[float]:
    """Round numbers from 0 to at least ``top``, at most ``most`` steps.

    >>> amount_ticks(171)
    [0.0, 50.0, 100.0, 150.0, 200.0]
    """
    if not math.isfinite(top) or top <= 0:
        return [0.0, 1.0]
    step = round_step(top / most)
    return [k * step for k in range(math.ceil(top / step - 1e-9) + 1)]


def amount_text(value: float, words: Language) -> str:
    """A tick's label.

    >>> amount_text(2500.0, ENGLISH), amount_text(0.5, ENGLISH)
    ('2,500', '0.5')
    """
    if value >= 1_000_000:
        return f"{words.significant(value / 1e6, 6)} M"
    return words.significant(value, 6)


def date_ticks(
    start: dt.datetime, end: dt.datetime, room: float, words: Language = ENGLISH
) -> list[tuple[dt.datetime, str]]:
    """Midnights (or hours of a short span) with labels that do not touch in ``room`` px."""
    days = max((end - start).total_seconds() / 86_400, 1e-6)
    most = max(1.0, room / LABEL)
    if days <= 2.5:
        step_h = next((h for h in (1, 2, 3, 6, 12, 24) if days * 24 / h <= most), 24)
        first = start.replace(minute=0, second=0)
        times = [first + dt.timedelta(hours=k) for k in range(math.ceil(days * 24) + 2)]
        shown = [t for t in times if start <= t <= end and t.hour % step_h == 0]
        return [(t, words.on(t) if t.hour == 0 else f"{t:%H:%M}") for t in shown]
    step = next((s for s in STEPS_DAYS if days / s <= most), math.ceil(days / most))
    day = dt.datetime(start.year, start.month, start.day)
    if day < start:
        day += dt.timedelta(days=1)
    if step % 7 == 0:
        day += dt.timedelta(days=-day.weekday() % 7)  # Mondays
    out = []
    while day <= end:
        out.append((day, words.on(day, year=(end - start).days > 370)))
        day += dt.timedelta(days=step)
    return out


@dataclass(frozen=True, slots=True)
class Frame:
    """The inner rectangle of a chart in px, the dates across it and the amounts up to ``top``; words: of its labels."""

    left: float
    right: float
    upper: float
    lower: float
    start: dt.datetime
    end: dt.datetime
    top: float = 1.0
    words: Language = ENGLISH

    def x(self, when: dt.datetime) -> float:
        """Where a time falls, kept inside the frame."""
        share = (when - self.start) / max(self.end - self.start, dt.timedelta(seconds=1))
        return self.left + (self.right - self.left) * min(1.0, max(0.0, share))

    def y(self, amount: float) -> float:
        """Where an amount falls."""
        return self.lower - (self.lower - self.upper) * min(1.0, max(0.0, amount / self.top))

    def time_axis(self, title: str, *, grid: bool = False) -> Markup:
        """Ticks and labels along the bottom, with the axis title below them."""
        parts = []
        last = -math.inf
        for when, label in date_ticks(self.start, self.end, self.right - self.left, words=self.words):
            x = self.x(when)
            parts.append(
                el("line", x1=x, x2=x, y1=self.upper if grid else self.lower, y2=self.lower + 4, class_="grid")
            )
            half = text_width(label, 10.5) / 2
            if x - half > last and x + half < self.right + 14:
                parts.append(text(x, self.lower + 15, label, class_="tick", text_anchor="middle"))
                last = x + half + 4
        parts.append(el("line", x1=self.left, x2=self.right, y1=self.lower, y2=self.lower, class_="axis"))
        parts.append(text(self.right, self.lower + 29, title, class_="axis-title", text_anchor="end"))
        return join(parts)

    def amount_axis(self, title: str, ticks: list[float]) -> Markup:
        """Lines across at round amounts, labels at the side, and the axis title above."""
        parts = []
        for tick in ticks:
            y = self.y(tick)
            parts.append(el("line", x1=self.left, x2=self.right, y1=y, y2=y, class_="grid"))
            parts.append(text(self.left - 5, y + 3.5, amount_text(tick, self.words), class_="tick", text_anchor="end"))
        parts.append(text(2, self.upper - 19, title, class_="axis-title"))
        return join(parts)
