"""Tables of rolling forecasts as scores: CRPS, interval score, coverage and PIT, beside every rule, with the interval of each
skill.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.forecasting.backtest import BacktestTable, crps_of
from crossings.forecasting.opponents import LEVELS, RULES

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
RESAMPLES = 400
_DAY = dt.timedelta(days=1)


def at_levels(quantiles: Floats, levels: Sequence[float]) -> Floats:
    """[R, L] quantiles at any levels, between those at `LEVELS`."""
    if not quantiles.size:
        return np.zeros((quantiles.shape[0], len(levels)))
    place = np.clip(np.interp(levels, LEVELS, np.arange(LEVELS.size)), 0, LEVELS.size - 1)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, LEVELS.size - 1)
    return np.asarray(quantiles[:, low] + (place - low) * (quantiles[:, high] - quantiles[:, low]))


def mask_scored(table: BacktestTable) -> Mask:
    """[R] which rows count: not those that an order makes zero, which everybody gets right."""
    return np.array([not row.closed for row in table.rows], dtype=bool)


def best_rule(priors: Mapping[str, Any], episode: str | None = None, phase: str = "all") -> str:
    """The rule with the lowest mean CRPS on the atlas, without the episode that is judged: chosen before it is looked at."""
    scores = priors["rules"].get("scores", {})
    found = {
        rule: [by[phase][rule] for name, by in scores.items() if name != episode and rule in by.get(phase, {})]
        for rule in RULES
    }
    # Episodes differ by how hard they are: ratios count, so the mean is that of the logarithms.
    known = {rule: float(np.mean(np.log(np.maximum(values, 1e-6)))) for rule, values in found.items() if values}
    return min(known, key=lambda rule: known[rule]) if known else "as last counted"


def by_rule(table: BacktestTable) -> dict[str, dict[str, float]]:
    """CRPS of each rule as a share of the mean count: of all rows that count, and before and after the first count under an
    order.
    """
    scored = mask_scored(table)
    before = np.array([row.before for row in table.rows], dtype=bool)
    out = {}
    for phase, mask in (("all", scored), ("before", scored & before), ("after", scored & ~before)):
        if mask.any() and (mean := float(table.counts[mask].mean())) > 0:
            out[phase] = {
                rule: round(float(crps_of(values[mask], table.counts[mask]).mean()) / mean, 4)
                for rule, values in table.rules.items()
            }
    return out


def summary(table: BacktestTable, mask: Mask, rule: str) -> dict[str, Any]:
    """The scores of some rows; CRPS as shares of their mean count."""
    counts = table.counts[mask]
    n = int(mask.sum())
    if n == 0:
        return {"n": 0}
    mean = float(counts.mean())
    scale = mean if mean > 0 else 1.0
    q = table.quantiles[mask]
    mine = crps_of(q, counts)
    naive = {name: crps_of(values[mask], counts) for name, values in table.rules.items()}
    low50, high50, low90, high90 = at_levels(q, (0.25, 0.75, 0.05, 0.95)).T
    width = high90 - low90
    penalty = 20.0 * (np.maximum(0.0, low90 - counts) + np.maximum(0.0, counts - high90))
    best = naive[rule]
    return {
        "n": n,
        "mean_count": mean,
        "crps": float(mine.mean() / scale),
        "crps_naive": {name: float(values.mean() / scale) for name, values in naive.items()},
        "best_naive": rule,
        "skill": _skill(mine, best),
        "skill_interval": _bootstrap(mine, best, [row.origin for row, m in zip(table.rows, mask, strict=True) if m]),
        "interval_score_90": float((width + penalty).mean() / scale),
        "coverage": {"50": _share(counts, low50, high50), "90": _share(counts, low90, high90)},
        "pit": _pit(q, counts),
    }


def _skill(mine: Floats, other: Floats) -> float | None:
    return float(1.0 - mine.sum() / other.sum()) if other.sum() > 0 else None


def _share(counts: Floats, low: Floats, high: Floats) -> float:
    return float(np.mean((counts >= low - 1e-9) & (counts <= high + 1e-9)))


def _pit(q: Floats, counts: Floats) -> list[float]:
    """Share of the counts in each tenth of what was forecast; even tenths are an honest forecast."""
    below = (q < counts[:, None]).mean(axis=1)
    same = (q == counts[:, None]).mean(axis=1)
    place = np.clip(below + 0.5 * same, 0.0, 1.0 - 1e-9)
    return [float(v) for v in np.bincount((place * 10).astype(int), minlength=10)[:10] / counts.size]


def _bootstrap(mine: Floats, other: Floats, origins: Sequence[dt.datetime]) -> list[float] | None:
    """The 90% interval of a skill, origins drawn again as wholes; None where there are too few to tell."""
    names = sorted(set(origins))
    if len(names) < 4 or other.sum() <= 0:
        return None
    index = np.searchsorted(np.array(names, dtype="datetime64[s]"), np.array(origins, dtype="datetime64[s]"))
    a, b = np.bincount(index, mine, len(names)), np.bincount(index, other, len(names))
    pick = np.random.default_rng(17).integers(0, len(names), (RESAMPLES, len(names)))
    skills = 1.0 - a[pick].sum(axis=1) / np.maximum(b[pick].sum(axis=1), 1e-12)
    return [float(v) for v in np.quantile(skills, (0.05, 0.95))]


def shown_origin(origin: dt.datetime) -> str:
    """An origin as written: a date stands for the end of that day."""
    if origin.time() == dt.time(0):
        return (origin - _DAY).date().isoformat()
    return origin.isoformat(timespec="minutes")


def as_json(table: BacktestTable, priors: Mapping[str, Any]) -> dict[str, Any]:
    """One episode: scores in all, by lead, before and after the first count under the orders, and a row a forecast."""
    episode = table.episode.id
    scored = mask_scored(table)
    before = np.array([row.before for row in table.rows], dtype=bool)
    lead = np.array([row.lead for row in table.rows], dtype=int)
    rule = best_rule(priors, episode)
    found = {"id": episode, **summary(table, scored, rule)}
    found["coverage_closed"] = summary(table, ~scored, rule).get("coverage")
    found["n_closed"] = int((~scored).sum())
    found["phases"] = {
        name: summary(table, scored & mask, best_rule(priors, episode, name))
        for name, mask in (("before", before), ("after", ~before))
    }
    found["by_lead"] = [
        {"lead": int(k), **summary(table, scored & (lead == k), rule)} for k in sorted(set(lead[scored].tolist()))
    ]
    found["notes"] = list(table.episode.notes)
    found["rows"] = rows_of(table)
    return found


def rows_of(table: BacktestTable) -> list[dict[str, Any]]:
    """A row a forecast: of what, for when, from when, and quantiles beside the count."""
    q = at_levels(table.quantiles, tuple(QUANTILES.values()))
    out = []
    for row, values in zip(table.rows, q, strict=True):
        count = row.count
        out.append(
            {
                "origin": shown_origin(row.origin),
                "crossing": ";".join(count.series.crossings),
                "stream": count.series.stream,
                "direction": count.series.direction,
                "unit": count.series.unit,
                "from": count.written[0] or count.start.isoformat(timespec="minutes"),
                "until": count.written[1] or count.end.isoformat(timespec="minutes"),
                "lead_days": round((count.end - row.origin) / _DAY, 3),
                "lead": row.lead,
                "closed": row.closed,
                "count": count.value,
                **{name: float(f"{v:.6g}") for name, v in zip(QUANTILES, values, strict=True)},
            }
        )
    return out
