"""What closures teach one another: what orders take, what turns up elsewhere, the rush before, the return after, how long they
last, the rule that does best.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crossings.forecasting.atlas import held
from crossings.forecasting.backtest import backtest, origins_of
from crossings.forecasting.episode import Count, Episode, Order, Series, days, distance_km
from crossings.forecasting.known import by_series, disjoint
from crossings.forecasting.orders import concerns, coverage, mode_of, touches
from crossings.forecasting.predict import errors_under_orders, spread_ahead
from crossings.forecasting.priors import FILE, logit, pooled
from crossings.forecasting.reopening import after_the_end
from crossings.forecasting.scores import by_rule
from crossings.forecasting.situation import look
from crossings.io.disk import write_file

WITHIN = dt.timedelta(days=100)  # after an order has begun
LEAST_COVER = 0.15
MOST_NOISE = 0.6
MANY = 20.0  # counted in a usual period under orders from which errors there are more than those of small numbers
NOTICED = 0.5  # share of a period between announcement and start from which it tells of a rush
TELLING = 200.0  # counts lost at most by a crossing from which its share is taken


@dataclass(frozen=True)
class _Cell:
    """A count under an order: what was expected without it, what came, how much of the time the order covers."""

    series: Series
    expected: float
    counted: float
    cover: float


def learn(episodes: Sequence[Episode], said: dict[str, Any] | None = None) -> dict[str, Any]:
    """The content of ``priors.json`` with the evidence of these episodes, each on its own, so that any can be left out."""
    kept = dict(said or json.loads(FILE.read_text(encoding="utf-8")))
    kept["evidence"] = {}
    kept["provenance"] = (
        "made by: crossings atlas --learn; each episode of the atlas is under evidence, with the days of its counts"
    )
    base = pooled(kept)
    for episode in episodes:
        kept["evidence"][episode.id] = evidence_of(episode, base)
    for episode in episodes:
        priors = pooled(kept, *held(episode))
        table = backtest(episode, origins_of(episode), None, priors)
        kept["evidence"][episode.id]["rules"] = by_rule(table)
    return kept


def evidence_of(episode: Episode, priors: dict[str, Any]) -> dict[str, Any]:
    """Shares lost and moved under each order of an episode, by stream: ``lost``, ``moved``, lists of what was found."""
    lost: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    counts = by_series(episode.counts)
    for order in episode.orders:
        cells = _cells(episode, counts, order, priors)
        for stream in sorted({c.series.stream for c in cells}):
            mine = [c for c in cells if c.series.stream == stream]
            under = [c for c in mine if c.cover >= LEAST_COVER]
            weight = sum(c.expected * c.cover for c in under)
            if weight <= 0:
                continue
            share = sum(c.expected - c.counted for c in under) / weight
            found = {
                "order": order.id,
                "kind": order.kind,
                "mode": mode_of(stream),
                "share": round(float(np.clip(share, -0.5, 1.2)), 3),
            }
            apart = _apart(under)
            if apart is not None:
                found["apart"] = apart
            lost.append(found)
            round_by = _moved(episode, order, mine, under)
            if round_by is not None:
                moved.append({"order": order.id, "mode": mode_of(stream), **round_by})
    return {
        "lost": lost,
        "moved": moved,
        "notice": [found for order in episode.orders for found in _before_the_start(episode, counts, order, priors)],
        "after": [found for order in episode.orders for found in after_the_end(episode, counts, order, priors)],
        "lasted": _lasted(episode),
        "restless": _restless(episode, counts, priors),
        "counted": [f"{f(episode.counts):%Y-%m-%d}" for f in (_first, _last)],
    }


def _first(counts: Sequence[Count]) -> dt.datetime:
    return min(c.start for c in counts)


def _last(counts: Sequence[Count]) -> dt.datetime:
    return max(c.end for c in counts)


def _before_the_start(
    episode: Episode, counts: dict[Series, list[Count]], order: Order, priors: dict[str, Any]
) -> list[dict[str, Any]]:
    """By class, the logarithm of how many times ordinary traffic went between the announcement of a closure and its start."""
    if order.kind != "closed" or order.known >= order.start:
        return []
    early = {s: [c for c in rows if c.end <= order.known] for s, rows in counts.items()}
    situation = look(episode, early, order.known, priors)
    notice = (days(order.known), days(order.start))
    sums: dict[str, list[tuple[float, float]]] = {}
    for series, rows in counts.items():
        known = situation.known.get(series)
        touched = touches(order, series)
        if series.quantity != "flow" or known is None or not touched or not known.quiet.any():
            continue
        level = float(np.exp(np.mean(known.x[known.quiet][-4:])))
        for count in disjoint(rows):
            a, b = days(count.start), days(count.end)
            inside = min(b, notice[1]) - max(a, notice[0])
            if b > a and b <= notice[1] + 1e-9 and inside / (b - a) >= NOTICED:
                ordinary = level * float(known.profile.size(np.array([a]), np.array([b]))[0])
                sums.setdefault(mode_of(series.stream), []).append((count.value, ordinary))
    found = []
    for mode, cells in sorted(sums.items()):
        counted, ordinary = (sum(values) for values in zip(*cells, strict=True))
        if counted > 0 and ordinary >= TELLING:
            factor = round(float(np.log(counted / ordinary)), 3)
            found.append({"order": order.id, "mode": mode, "factor": factor, "days": round(notice[1] - notice[0], 2)})
    return found


def _lasted(episode: Episode) -> list[dict[str, Any]]:
    """How many days each order lasted: to its end, or to the last count where no end is known.

    Not of orders that began before the counts: who counts what comes after an end looks at those that lasted long.
    """
    found = []
    for order in episode.orders:
        end = order.end or _last(episode.counts)
        if order.kind != "lifted" and end > order.start >= _first(episode.counts):
            kind = order.kind if order.announced else "unannounced"
            length = round((end - order.start) / dt.timedelta(days=1), 1)
            found.append({"order": order.id, "kind": kind, "days": length, "ended": order.end is not None})
    return found


def _restless(episode: Episode, counts: dict[Series, list[Count]], priors: dict[str, Any]) -> list[float]:
    """By series, the mean square of its errors under orders over what is usual."""
    situation = look(episode, counts, max(c.published for c in episode.counts), priors)
    found = []
    for series, known in situation.known.items():
        own = errors_under_orders(known, situation.group_of(series), spread_ahead(known, priors))
        if series.quantity == "flow" and own.size and np.median(known.rows.value[~known.quiet]) >= MANY:
            found.append(round(float(own @ own) / own.size, 3))
    return found


def _apart(under: Sequence[_Cell]) -> float | None:
    """Standard deviation between crossings of the logit of the share lost; None for fewer than three that can be told."""
    shares = []
    for series in dict.fromkeys(c.series for c in under):
        mine = [c for c in under if c.series == series]
        weight = sum(c.expected * c.cover for c in mine)
        if weight >= TELLING:
            shares.append(logit(sum(c.expected - c.counted for c in mine) / weight))
    return round(float(np.std(shares, ddof=1)), 3) if len(shares) >= 3 else None


def _cells(episode: Episode, counts: dict[Series, list[Count]], order: Order, priors: dict[str, Any]) -> list[_Cell]:
    """Counts of the first weeks under an order, beside what the counts before it lead one to expect."""
    early = {s: [c for c in rows if c.end <= order.start] for s, rows in counts.items()}
    situation = look(episode, early, order.start, priors)
    out = []
    for series, rows in counts.items():
        known = situation.known.get(series)
        touched = any(concerns(order, c, series.stream, series.direction) for c in order.crossings)
        if series.quantity != "flow" or known is None or not touched or not known.quiet.any():
            continue
        level = float(np.mean(known.x[known.quiet][-4:]))
        own = touches(order, series)
        for count in disjoint(rows):
            if count.end <= order.start or count.start > order.start + WITHIN:
                continue
            a, b = np.array([days(count.start)]), np.array([days(count.end)])
            cover = float(coverage(order, a, b)[0])
            expected = float(np.exp(level) * known.profile.size(a, b)[0])
            if cover >= LEAST_COVER:
                out.append(_Cell(series, expected, count.value, cover if own else 0.0))
    return out


def _moved(episode: Episode, order: Order, cells: Sequence[_Cell], under: Sequence[_Cell]) -> dict[str, Any] | None:
    """The share of what was lost that turned up at other crossings, its noise, and how far the nearest of them is."""
    others = [c for c in cells if c.cover == 0.0]
    gone = sum(c.expected - c.counted for c in under)
    if not others or gone <= 0:
        return None
    noise = 0.1 * float(np.sqrt(sum(c.expected**2 for c in others))) / gone
    if noise > MOST_NOISE:
        return None
    km = min(
        (
            distance_km(episode.sites[a], episode.sites[b])
            for a in order.crossings
            for c in others
            for b in c.series.crossings
        ),
        default=float("nan"),
    )
    share = sum(c.counted - c.expected for c in others) / gone
    return {
        "share": round(float(np.clip(share, 0.0, 1.0)), 3),
        "noise": round(noise, 3),
        "km": round(km, 1) if km == km else None,
    }


def write(found: dict[str, Any], path: Path) -> None:
    """Write priors as JSON that is readable and the same each time."""
    write_file(path, json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
