"""What closures teach one another: how much each kind of order takes, how much turns up elsewhere, which rule does best."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crossings.forecasting.backtest import backtest, origins_of
from crossings.forecasting.episode import Count, Episode, Order, Series, days, distance_km
from crossings.forecasting.known import by_series, disjoint
from crossings.forecasting.orders import concerns, coverage, mode_of
from crossings.forecasting.priors import FILE, logit, pooled
from crossings.forecasting.scores import by_rule
from crossings.forecasting.situation import look
from crossings.io.disk import write_file

__all__ = ["evidence_of", "learn"]

WITHIN = dt.timedelta(days=100)  # after an order has begun
LEAST_COVER = 0.15
MOST_NOISE = 0.6
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
    base = pooled(kept)
    for episode in episodes:
        kept["evidence"][episode.id] = evidence_of(episode, base)
    for episode in episodes:
        priors = pooled(kept, without=episode.id)
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
    return {"lost": lost, "moved": moved}


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
        own = any(concerns(order, c, series.stream, series.direction) for c in series.crossings)
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
