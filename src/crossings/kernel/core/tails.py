"""Tails of the negative binomial and of the Poisson number, in time that hardly grows with the numbers.

Summed, P(15,000 ≤ X ≤ 25,000) is ten thousand terms. From a number on, away from the mean, the terms add up to the first times a
hypergeometric series 2F1(1, β; γ; z), which has a continued fraction (Gauss 1813) that is exact after some ten to two hundred
steps.
"""

from __future__ import annotations

from crossings.kernel.core.compiled import inner

MOST_STEPS = 20_000
EXACT = 1e-15


@inner
def above(mean, b, k):
    """P(X ≥ k) over P(X = k), for k at least about the mean; variance mean·b, Poisson for b = 1."""
    q = 1.0 - 1.0 / b
    return _series(mean / b + k * q, q, k + 1.0, 1.0)


@inner
def below(mean, b, k):
    """P(X ≤ k) over P(X = k), for k at most about the mean."""
    if b == 1.0:
        return _series(-k, 1.0, -mean, 0.0)
    r = mean / (b - 1.0)
    return _series((r + k + 1.0) / b, 1.0 / b, r + 1.0, 1.0) * (1.0 - 1.0 / b) * (r + k) / r


@inner
def _series(first, z, c, unit):
    """2F1(1, β; γ; z) for unit 1, with first = βz and c = γ; for unit 0 its limit, 2F0(1, β; z/c) with the same first.

    The fraction 1/(1 − a₁/(1 − a₂/(1 − ...))) is taken from its front (Lentz 1976), two steps at a time.
    """
    whole, up, down = 1.0, 1.0, 0.0
    for n in range(MOST_STEPS):
        at = c + 2.0 * n * unit
        odd = first / at
        if n > 0:
            odd = (first + n * z) * (c + (n - 1.0) * unit) / ((at - unit) * at)
        even = (n + 1.0) * (z * (c + n * unit) - first * unit) / (at * (at + unit))
        up, down = 1.0 - odd / up, 1.0 / (1.0 - odd * down)
        whole *= up * down
        up, down = 1.0 - even / up, 1.0 / (1.0 - even * down)
        whole *= up * down
        if abs(up * down - 1.0) < EXACT:
            break
    return 1.0 / whole
