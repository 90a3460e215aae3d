"""The last counts of a series: how likely each draw of what orders do makes them, and the ordinary level without the orders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crossings.forecasting.draws import N, student_log_density
from crossings.forecasting.situation import QUIET, Known

Floats = NDArray[np.float64]
LAST = 8  # rows that set the level
SAME = 0.15  # difference of coverage up to which two periods are under the same orders
FAINT = 1e-4  # share of ordinary flow at least, where its logarithm is taken
SHORT = 0.05  # what a row is worth at least, however short it is beside the others
# Variance of a logarithm by which those who still pass under an order vary, where it leaves all; by 1 / share more where it
# leaves less (0.45 of the logarithm where a tenth is left): few decide it, each for reasons of their own. Assumed.
FEW_VARY = 0.02
FOLLOWS = 0.5  # how far a level follows each error
# Times the variance of one period ahead that errors of such a level have: it follows slowly, and weekday and season err as well.
MISSES = 1.3**2
TAIL = 4.0  # degrees of freedom of these errors


class Past:
    """The last rows of a series, and what each draw makes of them. K rows, O orders, N draws.

    known, x [K], start [K], end [K]: the rows, logarithms of their rate, and their periods; cover [O, K]: share of them under
    each order; factor [K, N]: share of the ordinary flow in each draw; spread [2]: see `spread_ahead`; restless: how many times
    larger variances are under orders; kind: see `spread_class`.

    fit [N]: log likelihood of each draw. left [K, N]: the share that the orders leave. worth [K, N]: how well a row then
    tells of the ordinary level, over a whole period without orders: as much as its length and its noise allow.
    """

    def __init__(
        self,
        known: Known,
        x: Floats,
        start: Floats,
        end: Floats,
        cover: Floats,
        factor: Floats,
        spread: Floats,
        restless: float,
        kind: str,
    ) -> None:
        self.known, self.x, self.start, self.end, self.cover = known, x, start, end, cover
        self.factor, self.spread, self.kind, self.restless = factor, spread, kind, restless
        # A figure for two days among those of weeks says less of the level.
        long = end - start
        median = float(np.median(long))
        self.length = np.clip(long / median, SHORT, 1.0) if median > 0 else np.ones(x.size)
        self.disturbed = np.asarray((cover > QUIET).any(axis=0)) if cover.size else np.zeros(x.size, dtype=bool)
        self.speaks = bool(self.disturbed.any() and not self.disturbed[0])
        self.left = np.maximum(factor, FAINT)
        self._blur = self._blurred()
        self.worth = self.length[:, None] * np.minimum(1.0, (self._ordinary_variance() + FEW_VARY) / self._blur**2)
        self.fit = self._fit()

    def _ordinary_variance(self) -> float:
        """Of an error of the level without orders: not with the noise of the few that are counted on closed days."""
        quiet = self.known.quiet
        counts = self.known.rows.value
        noise = counting_noise(counts[quiet]) if quiet.any() else counting_noise(counts)
        return MISSES * float(self.spread.sum() - counting_noise(counts) + noise)

    def _blurred(self) -> Floats:
        """[K, N] standard deviation of a row's error: wide where next to nothing is expected, so that 3 instead of 1 is no
        surprise.
        """
        return np.asarray(np.sqrt(self._ordinary_variance() + FEW_VARY / self.left))

    def _fit(self) -> Floats:
        """[N] log likelihood of each draw: how little the level has to jump."""
        total = np.zeros(N)
        if not self.speaks:
            return total
        x = self.x[:, None] - np.log(self.left)
        level = x[0]
        for k in range(1, self.x.size):
            apart = x[k] - level
            if self.disturbed[k]:
                total = total + student_log_density(apart / self._blur[k], TAIL) - np.log(self._blur[k])
            level = level + FOLLOWS * self.worth[k] * apart
        return np.asarray(total)

    def same(self, cover: Floats) -> NDArray[np.bool_]:
        """[K] which rows are under the same orders as a period with coverage [O]."""
        return np.asarray((np.abs(self.cover - cover[:, None]) < SAME).all(axis=0))

    def ordinary(self, pick: NDArray[np.int64], memory: Floats, before: Floats | None = None) -> Floats:
        """[N] level without the orders, of draws ``pick`` [N]; memory [N]: share of the level that a whole row has.

        A row weighs what it is worth, and makes older ones forgotten by as much: a closure holds the last level without it.
        before [N]: what was carried before rows that are all under orders.
        """
        x, worth = self.x[:, None] - np.log(self.left[:, pick]), self.worth[:, pick]
        kept = 1.0 - memory * worth
        newer = np.vstack([np.cumprod(kept[:0:-1], axis=0)[::-1], np.ones_like(memory)])
        weight = memory * worth * newer
        total, level = weight.sum(axis=0), (weight * x).sum(axis=0)
        if before is not None:
            held = newer[0] * kept[0] ** (1 + self._older())
            total, level = total + held, level + held * before
        return np.asarray(level / np.maximum(total, 1e-12))

    def _older(self) -> int:
        """Rows under orders since the last without, older than these."""
        older = self.known.quiet[: self.known.x.size - self.x.size]
        return int(np.argmax(older[::-1])) if older.any() else 0


def counting_noise(counts: Floats) -> float:
    """Variance of the logarithm of counts as small as the last ones of ``counts`` [K]."""
    return 1.0 / (float(np.median(counts[-LAST:])) + 1.0)


def level_of(x: Floats, worth: Floats, memory: Floats) -> Floats:
    """[N] level of rows [K] under the same orders, each weighed by what it is worth, older ones less by ``memory`` [N] each."""
    weight = np.power.outer(1.0 - memory, np.arange(x.size)[::-1]) * worth
    return np.asarray(weight @ x / weight.sum(axis=1))
