"""How likely counts are where levels that last, of supply and of each route, move what is expected (docs/model.md, section 10).

Count c has the mean μ_c exp(x_c − K_cc/2) and the noise of groups; x is normal with mean 0 and covariance K [C, C]. The integral
over x is by Laplace's method: at its highest point, with the curvature there. Of a count that controls decide by a share f, only
1 − f follows the levels of days and supply; that of its route moves all of it.
"""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.compiled import entry, inner
from crossings.kernel.core.noise import log_between, size_of

STEP = 1e-3  # of the differences by which slope and curvature are found
ROUNDS, CLOSE = 60, 1e-9
FLATTEST = 1e-8  # curvature: where the number tells nothing, or bends the other way


@inner
def covariance(likeness, full, day, supply, route, found):
    """Into ``found`` [C, C]: the three parts of ``likeness`` [3, C, C], of days, supply and routes, each with its variance; full
    [C]: the shares that controls decide.
    """
    for i in range(found.shape[0]):
        for j in range(found.shape[0]):
            come = day * likeness[0, i, j] + supply * likeness[1, i, j]
            found[i, j] = (1.0 - full[i]) * (1.0 - full[j]) * come + route * likeness[2, i, j]


@inner
def _one(mean, b, low, high, tells):
    """ln P of one count, which may tell nothing."""
    found = log_between(mean, b, low, high)
    if tells < 1.0:
        top = high if high < np.inf else 2.0 * low
        found = math.log(tells * math.exp(found) + (1.0 - tells) * (top - low + 1.0) / (4.0 * top + 1.0))
    return found


@inner
def _sum(mean, full, low, high, tells, size, k, x):
    total = 0.0
    for c in range(mean.size):
        b = size_of(full[c], 1.0, size)
        total += _one(mean[c] * math.exp(x[c] - 0.5 * k[c, c]), b, low[c], high[c], tells[c])
    return total


@inner
def _bend(mean, full, low, high, tells, size, k, x, slope, curve):
    """Slope and (minus) curvature of ln P of each count in x; what bends the other way is taken as flat."""
    for c in range(mean.size):
        b = size_of(full[c], 1.0, size)
        at = mean[c] * math.exp(x[c] - 0.5 * k[c, c])
        here = _one(at, b, low[c], high[c], tells[c])
        less = _one(at * math.exp(-STEP), b, low[c], high[c], tells[c])
        more = _one(at * math.exp(STEP), b, low[c], high[c], tells[c])
        slope[c] = (more - less) / (2.0 * STEP)
        curve[c] = max(FLATTEST, (2.0 * here - less - more) / STEP**2)


@inner
def _factor(k, root, chol):
    """Into ``chol`` the lower root of I + W½ K W½; returns the sum of the logarithms of its diagonal."""
    n, total = root.size, 0.0
    for i in range(n):
        for j in range(i + 1):
            value = root[i] * k[i, j] * root[j] + (1.0 if i == j else 0.0)
            for m in range(j):
                value -= chol[i, m] * chol[j, m]
            if i == j:
                chol[i, i] = math.sqrt(max(value, 1e-12))
                total += math.log(chol[i, i])
            else:
                chol[i, j] = value / chol[j, j]
    return total


@inner
def _solve(chol, y):
    """``y`` in place: the inverse of what ``chol`` is a root of, times y."""
    n = y.size
    for i in range(n):
        for m in range(i):
            y[i] -= chol[i, m] * y[m]
        y[i] /= chol[i, i]
    for i in range(n - 1, -1, -1):
        for m in range(i + 1, n):
            y[i] -= chol[m, i] * y[m]
        y[i] /= chol[i, i]


@inner
def integrate(mean, full, low, high, tells, size, k, x, slope, curve):
    """ln P of all counts; leaves in x [C] where the levels most likely stand, and slope and curvature of ln P there."""
    n = mean.size
    chol, root, weighed = np.empty((n, n)), np.empty(n), np.empty(n)
    a, new, y = np.zeros(n), np.empty(n), np.empty(n)
    for c in range(n):
        x[c] = 0.0
    best = _sum(mean, full, low, high, tells, size, k, x)
    for _ in range(ROUNDS):
        _bend(mean, full, low, high, tells, size, k, x, slope, curve)
        for c in range(n):
            root[c] = math.sqrt(curve[c])
            weighed[c] = curve[c] * x[c] + slope[c]
        _factor(k, root, chol)
        for c in range(n):
            y[c] = 0.0
            for m in range(n):
                y[c] += k[c, m] * weighed[m]
            y[c] *= root[c]
        _solve(chol, y)
        for c in range(n):
            y[c] = weighed[c] - root[c] * y[c]  # K⁻¹ x of the next x
        part, gain, reached = 1.0, 0.0, best
        for _ in range(20):
            for c in range(n):
                weighed[c] = a[c] + part * (y[c] - a[c])
            reached = 0.0
            for c in range(n):
                new[c] = 0.0
                for m in range(n):
                    new[c] += k[c, m] * weighed[m]
                reached -= 0.5 * weighed[c] * new[c]
            reached += _sum(mean, full, low, high, tells, size, k, new)
            gain = reached - best
            if gain > -CLOSE:
                break
            part *= 0.5
        if gain < -CLOSE:
            break
        for c in range(n):
            x[c], a[c] = new[c], weighed[c]
        best = reached
        if gain < CLOSE:
            break
    _bend(mean, full, low, high, tells, size, k, x, slope, curve)
    for c in range(n):
        root[c] = math.sqrt(curve[c])
    return best - _factor(k, root, chol)


@entry
def integrate_many(mean, full, low, high, tells, likeness, variances, sizes, out, x, slope, curve):
    """`integrate` for each row of ``mean`` and ``full`` [n, C]: variances [n, 3] of days, supply and routes; sizes [n] of groups.

    Into out [n], and x, slope, curve [n, C].
    """
    k = np.empty((mean.shape[1], mean.shape[1]))
    for i in range(mean.shape[0]):
        covariance(likeness, full[i], variances[i, 0], variances[i, 1], variances[i, 2], k)
        out[i] = integrate(mean[i], full[i], low, high, tells, sizes[i], k, x[i], slope[i], curve[i])
