"""How traffic comes back after an order: what the closures of the atlas show of it, and the range that they leave.

When an order ends, a share A of what it kept away goes again at once, the rest after a time that differs from one to the next,
with mean T days. A count of a period tells of both together: of two or three months after a closure often hardly more than that
most were back. So nothing is fitted to one closure; the likelihood of (A, T) is kept whole, on a grid, and pooled (an empirical
Bayes estimate by expectation maximization).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossings.forecasting.draws import logistic
from crossings.forecasting.episode import Count, Episode, Order, Series, days
from crossings.forecasting.known import disjoint
from crossings.forecasting.orders import coverage, mode_of, touches
from crossings.forecasting.ordinary import Profile
from crossings.forecasting.predict import spread_class
from crossings.forecasting.situation import Known, look

Floats = NDArray[np.float64]
BEFORE_END, AFTER_END = 62.0, 125.0  # days about the end of an order of which counts are looked at
EDGES = (
    -BEFORE_END,
    -16.0,
    0.0,
    2.0,
    4.0,
    8.0,
    16.0,
    32.0,
    64.0,
    AFTER_END,
)  # in which days and weeks are put together
FEWEST = 100.0  # ordinary counts in a window from which it tells anything
FELT = 0.02  # share of a period under another order from which it tells of that one
SHARED = 0.5  # part of a movement of all traffic that one crossing may share more or less of
UNKNOWN = 2.0  # standard deviation of the logarithm of a level of which nothing was counted before the order
AT_ONCE = np.linspace(-4.0, 6.0, 31)  # logit of A
DAYS = np.linspace(np.log(0.5), np.log(400.0), 27)  # logarithm of T
LOSSES = np.linspace(-4.0, 6.0, 21)  # logit of the share lost under the order
STEPS = 60  # of the maximization; it has settled long before


def after_the_end(
    episode: Episode, counts: Mapping[Series, list[Count]], order: Order, priors: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What was counted about the end of an order, by class, as shares of ordinary traffic: a finding each, with its windows.

    A window is (first day and last day after the end, share of it under the order, share of ordinary traffic counted, its noise
    as a standard deviation of the logarithm). ``level``: that of what ordinary traffic is taken to be. Traffic that grows or
    falls at crossings without any order, in the same class and window, is taken out: it is no return.
    """
    if order.end is None or order.kind == "lifted":
        return []
    early = {s: [c for c in rows if c.end <= order.start] for s, rows in counts.items()}
    situation = look(episode, early, order.start, priors)
    found: dict[tuple[str, bool], list[_Row]] = {}
    beside: dict[str, list[_Row]] = {}
    for series, rows in counts.items():
        known, mode = situation.known.get(series), mode_of(series.stream)
        if series.quantity != "flow":
            continue
        mine = _rows_of(episode, order, series, disjoint(rows), known, priors)
        if touches(order, series):
            found.setdefault((mode, known is not None), []).extend(mine)
        elif known is not None:
            beside.setdefault(mode, []).extend(mine)
    out = []
    for (mode, known_before), some in sorted(found.items()):
        windows = _windows(some, beside.get(mode, []) if known_before else [])
        if any(w[0] >= 0 for w in windows) and (known_before or len(windows) > 2):
            level = max(r.level for r in some) if known_before else UNKNOWN
            out.append(
                {
                    "order": order.id,
                    "kind": order.kind,
                    "mode": mode,
                    "ended": order.end.date().isoformat(),
                    "lasted": round((order.end - order.start) / dt.timedelta(days=1), 1),
                    "level": round(level, 3),
                    "windows": windows,
                }
            )
    return out


@dataclass(frozen=True, slots=True)
class _Row:
    """A count about the end of an order: days after it, share under it, what ordinary traffic would have been."""

    start: float
    end: float
    cover: float
    counted: float
    ordinary: float
    noise: float
    level: float


def _rows_of(
    episode: Episode,
    order: Order,
    series: Series,
    rows: Sequence[Count],
    known: Known | None,
    priors: Mapping[str, Any],
) -> list[_Row]:
    """Rows of a series about the end of an order, up to the first that another order touches."""
    assert order.end is not None
    end = days(order.end)
    others = [o for o in episode.orders if o is not order and o.kind != "lifted" and touches(o, series)]
    kept = []
    for count in rows:
        a, b = np.array([days(count.start)]), np.array([days(count.end)])
        if b[0] <= end - BEFORE_END or a[0] >= end + AFTER_END or count.end <= order.start:
            continue
        if any(coverage(o, a, b)[0] > FELT for o in others):
            if a[0] >= end:
                break
            continue
        kept.append((count, a, b))
    after = [(c, a, b) for c, a, b in kept if a[0] >= end]
    if not after or (known is not None and not known.quiet.any()):
        return []
    profile = known.profile if known is not None else Profile(np.zeros(12), np.zeros(7))
    if known is not None:
        rate, old = float(np.exp(np.mean(known.x[known.quiet][-4:]))), float(known.rows.end[known.quiet][-1])
    else:
        rate, old = sum(c.value for c, _, _ in after) / sum(float(profile.size(a, b)[0]) for _, a, b in after), end
    if rate <= 0:
        return []
    step = float(np.median([b[0] - a[0] for _, a, b in kept]))
    spread = priors["ordinary"]["spread"][spread_class(series, step)]
    # Months tell by themselves, and with more months gone the level is less sure; of days the noise is averaged in the windows.
    level = float(np.hypot(spread["constant"], spread["growing"] * np.sqrt(max(1.0, (end - old) / max(step, 1.0)))))
    return [
        _Row(
            float(a[0]) - end,
            float(b[0]) - end,
            float(coverage(order, a, b)[0]) if touches(order, series) else 0.0,
            c.value,
            rate * float(profile.size(a, b)[0]),
            spread["constant"],
            level,
        )
        for c, a, b in kept
    ]


def _by_window(rows: Sequence[_Row]) -> dict[tuple[float, float], list[_Row]]:
    """Long rows by their period, short ones by the windows between `EDGES`."""
    found: dict[tuple[float, float], list[_Row]] = {}
    for row in rows:
        key = (row.start, row.end)
        if row.end - row.start < 16.0:
            at = int(np.searchsorted(EDGES, row.start, side="right"))
            if not 0 < at < len(EDGES) or row.end > EDGES[at] + 1e-6:
                continue
            key = (EDGES[at - 1], EDGES[at])
        found.setdefault(key, []).append(row)
    return found


def _windows(rows: Sequence[_Row], beside: Sequence[_Row]) -> list[list[float]]:
    """The rows of a finding put together, over what the crossings ``beside`` carried in the same windows."""
    trend = {}
    for window, others in _by_window(beside).items():
        ordinary, counted = sum(r.ordinary for r in others), sum(r.counted for r in others)
        if ordinary >= FEWEST and counted > 0:
            trend[window] = counted / ordinary
    out = []
    for (start, end), mine in sorted(_by_window(rows).items()):
        moved = trend.get((start, end), 1.0)
        ordinary, counted = sum(r.ordinary for r in mine), sum(r.counted for r in mine) / moved
        if ordinary < FEWEST:
            continue
        cover = sum(r.ordinary * r.cover for r in mine) / ordinary
        periods = len({(r.start, r.end) for r in mine})
        # Where all traffic moves much, nobody knows how much of it a crossing would have shared.
        doubt = SHARED * np.log(moved)
        noise = np.sqrt(np.mean([r.noise for r in mine]) ** 2 / min(periods, 4) + 1.0 / ordinary + doubt**2)
        out.append([round(float(v), 3) for v in (start, end, cover, counted / ordinary, noise)])
    return out


def recovery(
    before: Mapping[str, float],
    kinds: Mapping[str, Mapping[str, float]],
    evidence: Sequence[Sequence[Mapping[str, Any]]],
    modes: Sequence[str],
    worth: float,
) -> dict[str, dict[str, float]]:
    """Distributions of A and T by class: normal on the logit of A and on the logarithm of T, from the findings of each episode.

    before: what was believed before (at_once, at_once_spread, days, days_spread), worth so many episodes. First the closures of
    all classes are pooled, then each class is pooled towards that. ``episodes``: how many have any of the class.
    """
    likely = [[(f["mode"], _likelihood(f, kinds[f["kind"]])) for f in found] for found in evidence]
    start = np.array([before["at_once"], before["at_once_spread"], np.log(before["days"]), before["days_spread"]])
    common = _pool(start, [[each for _, each in found] for found in likely], worth)
    out = {}
    for mode in modes:
        mine = [[each for m, each in found if m == mode] for found in likely]
        a, a_spread, t, t_spread = _pool(common, mine, worth)
        out[mode] = {
            "at_once": float(a),
            "at_once_spread": float(a_spread),
            "days": float(np.exp(t)),
            "days_spread": float(t_spread),
            "episodes": sum(1 for found in mine if found),
        }
    return out


def _pool(start: Floats, episodes: Sequence[Sequence[Floats]], worth: float) -> Floats:
    """Centre and spread of the logit of A and of the logarithm of T.

    An episode counts as one, and one that tells nothing changes nothing.
    """
    some = [found for found in episodes if found]
    now = start
    for _ in range(STEPS if some else 0):
        moments = []
        a, t = -0.5 * ((AT_ONCE - now[0]) / now[1]) ** 2, -0.5 * ((DAYS - now[2]) / now[3]) ** 2
        for found in some:
            each = []
            for likelihood in found:
                weight = np.exp(np.log(np.maximum(likelihood, 1e-300)) + a[:, None] + t[None])
                weight /= weight.sum()
                each.append(
                    [
                        weight.sum(axis=1) @ AT_ONCE,
                        weight.sum(axis=1) @ AT_ONCE**2,
                        weight.sum(axis=0) @ DAYS,
                        weight.sum(axis=0) @ DAYS**2,
                    ]
                )
            moments.append(np.mean(each, axis=0))
        n, total = len(some), np.sum(moments, axis=0)
        centre = [(worth * start[k] + total[k]) / (worth + n) for k in (0, 2)]
        apart = [total[k + 1] - 2 * c * total[k] + n * c**2 for k, c in zip((0, 2), centre, strict=True)]
        spread = [
            np.sqrt((worth * start[k] ** 2 + max(0.0, v)) / (worth + n)) for k, v in zip((1, 3), apart, strict=True)
        ]
        now = np.array([centre[0], spread[0], centre[1], spread[1]])
    return now


def _likelihood(finding: Mapping[str, Any], kind: Mapping[str, float]) -> Floats:
    """[A, T] likelihood of the windows of a finding, up to a factor; the share lost under the order and the level are integrated
    out.
    """
    start, end, cover, share, noise = np.array(finding["windows"], dtype=float).T
    low, high = np.maximum(start, 0.0), np.maximum(end, 0.0)
    tau = np.exp(DAYS)[:, None]
    rest = tau * (np.exp(-low / tau) - np.exp(-high / tau)) / np.maximum(end - start, 1e-9)
    away = 1.0 - logistic(AT_ONCE)
    still = np.minimum(
        1.0, cover + away[:, None, None] * rest[None]
    )  # [A, T, W] share of what was lost that is still away
    lost = logistic(LOSSES)
    expected = np.log(np.maximum(1.0 - lost[:, None, None, None] * still[None], 0.02))
    apart = np.log(np.maximum(share, 0.005)) - expected  # [L, A, T, W]
    # Where next to nothing is left, shares rather than logarithms are sure.
    covariance = np.diag(noise**2) + float(finding["level"]) ** 2
    blur = 0.02 / np.exp(expected)
    inverse = np.linalg.inv(covariance)
    apart = apart / np.sqrt(1.0 + (blur / noise) ** 2)
    log = -0.5 * np.einsum("...i,ij,...j->...", apart, inverse, apart)
    log -= 0.5 * ((LOSSES - kind["centre"]) / kind["spread"])[:, None, None] ** 2
    out = np.exp(log - log.max()).sum(axis=0)
    return np.asarray(out / out.max())
