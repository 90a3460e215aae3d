"""The model's forecasts averaged with those of plain rules, where little is known yet.

Quantiles are averaged, so the score is at worst the mean of both; weights depend on what is known at the origin alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from crossings.forecasting.episode import Count, Order, Series, days
from crossings.forecasting.orders import concerns, coverage, touches
from crossings.forecasting.predict import spread_class
from crossings.forecasting.situation import Known, Situation

Floats = NDArray[np.float64]
DAILY = ("closed = 0", "closed = 0", "climatology")
ALONE = 4.0  # counts with which a series' own model weighs as much as the rules
UNTRIED = 0.25  # weight of "as last counted" before the first count under an order that leaves some capacity, or closes
YEAR = 360.0  # days
SOME = 3  # counts from which a series is more than single figures
FELT = 0.02  # share of a period under an order from which it is felt
SHUT = 0.98  # share of a period under an order that closes from which a count is zero by order


def with_rules(
    own: Floats,
    rules: Mapping[str, Floats],
    situation: Situation,
    found: Sequence[Count],
    before: Callable[[Series], bool],
) -> Floats:
    """[R, Q] quantiles ``own`` averaged with those of ``rules``.

    Daily counts: with two rules, the more the fewer counts there are. Before the first count under an order (``before`` says so
    of a series) also with "as last counted": what an order does to capacity, and who goes round, is hardly known by then; how
    many a rule of law keeps away (a deterrent) is known better. Where an order closes a series for the whole period, "closed = 0"
    takes its place.
    """
    known = [situation.known.get(count.series) for count in found]
    plain = np.mean([rules[rule] for rule in DAILY], axis=0)
    out = _averaged(own, plain, [_share_of_rules(k) for k in known])
    orders = situation.episode.orders_known(situation.origin)
    share, shut = np.zeros(len(found)), np.zeros(len(found), dtype=bool)
    for r, count in enumerate(found):
        if before(count.series):
            kinds = _kinds_here(orders, count)
            share[r] = UNTRIED if kinds - {"deterrent"} else 0.0 if kinds else _share_of_last(known[r])
            shut[r] = "closed" in kinds and shut_by(orders, count)
    return _averaged(out, np.where(shut[:, None], rules["closed = 0"], rules["as last counted"]), share)


def shut_by(orders: Sequence[Order], count: Count) -> bool:
    """Whether orders close all crossings of a count for its whole period."""
    a, b = np.array([days(count.start)]), np.array([days(count.end)])
    series = count.series
    return all(
        any(
            o.kind == "closed" and concerns(o, c, series.stream, series.direction) and coverage(o, a, b)[0] >= SHUT
            for o in orders
        )
        for c in series.crossings
    )


def _averaged(own: Floats, other: Floats, share: Sequence[float] | Floats) -> Floats:
    weight = np.asarray(share, dtype=float)[:, None]
    return np.asarray(np.where(np.isfinite(other), (1 - weight) * own + weight * other, own))


def _share_of_rules(known: Known | None) -> float:
    """The weight of plain rules beside the model: of daily counts, the more the fewer there are; of months none."""
    if known is None or spread_class(known.series, known.step) not in ("day", "hour"):
        return 0.0
    return ALONE / (ALONE + known.rows.value.size)


def _share_of_last(known: Known | None) -> float:
    """The weight of "as last counted" where no order acts: of days and weeks over less than a year, the more the fewer there are.

    Of single figures the last one says hardly more than that nobody knows: there the model's wider range stands.
    """
    if known is None or spread_class(known.series, known.step) == "month":  # the season of months is known
        return 0.0
    if known.rows.value.size < SOME or known.rows.end[-1] - known.rows.start[0] >= YEAR:
        return 0.0
    return ALONE / (ALONE + known.rows.value.size)


def _kinds_here(orders: Sequence[Order], count: Count) -> set[str]:
    """Kinds of the orders that act on a count's own crossings in its period."""
    a, b = np.array([days(count.start)]), np.array([days(count.end)])
    series = count.series
    return {o.kind for o in orders if o.kind != "lifted" and touches(o, series) and coverage(o, a, b)[0] > FELT}
