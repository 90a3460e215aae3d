"""How counts scatter about what is expected: people come in groups, and days differ (docs/model.md, section 10).

Given the day's factor F a count is negative binomial with mean μF and variance μF·b (groups of mean size b); F is gamma with mean
1 and shape κ, shared by all counts of a day. Together: variance μb + μ²/κ. Of a count that controls decide by a share f this is
the noise of the rest, (1 − f)μ; that share itself, fμ, has the variance fμ of what a busy server lets through.
"""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.compiled import entry, inner
from crossings.kernel.core.tails import above, below

LEAST = -690.0  # ln of the least chance that is told from none
MANY = 300.0  # numbers in a row, from which on their chances are not added up one by one


@inner
def _log_of(mean, r, b, x):
    """ln P(X = x); r: mean / (b − 1), 0 for a Poisson number."""
    if r == 0.0:
        return -mean + x * math.log(mean) - math.lgamma(x + 1.0)
    rise = math.lgamma(x + r) - math.lgamma(x + 1.0) - math.lgamma(r)
    return rise - r * math.log(b) + x * math.log(1.0 - 1.0 / b)


@inner
def log_between(mean, b, low, high):
    """ln P(low ≤ X ≤ high); of one number exact however small, so that its slope leads back to where it is likely."""
    first = max(0.0, math.ceil(low))
    if mean > 0.0 and first == math.floor(high):
        return _log_of(mean, 0.0 if b < 1.000001 else mean / (b - 1.0), b, first)
    return max(LEAST, math.log(max(_between(mean, b, low, high), 1e-300)))


@inner
def _between(mean, b, low, high):
    """P(low ≤ X ≤ high) of the negative binomial with this mean and variance mean·b; Poisson for b = 1."""
    if mean <= 0.0:
        return 1.0 if low <= 0.0 else 0.0
    first = max(0.0, math.ceil(low))
    if first > high:
        return 0.0
    poisson = b < 1.000001
    r = 0.0 if poisson else mean / (b - 1.0)
    q = 0.0 if poisson else 1.0 - 1.0 / b
    if high == np.inf:
        start, last = 0.0, first - 1.0
        if last < 0.0:
            return 1.0
    else:
        start, last = first, math.floor(high)
    if last - start > MANY:
        return _of_tails(mean, r, 1.0 if poisson else b, first, high if high == np.inf else last)
    p = math.exp(_log_of(mean, r, b, start))
    total, x = p, start
    while x < last:
        p *= mean / (x + 1.0) if poisson else (x + r) / (x + 1.0) * q
        x += 1.0
        total += p
    return max(0.0, 1.0 - total) if high == np.inf else total


@inner
def _of_tails(mean, r, b, first, last):
    """P(first ≤ X ≤ last) as the difference of two tails, or what two tails leave."""
    inside, before, after = first <= mean <= last, 0.0, 0.0
    if first <= mean:
        before = 0.0 if first == 0.0 else math.exp(_log_of(mean, r, b, first - 1.0)) * below(mean, b, first - 1.0)
    else:
        before = math.exp(_log_of(mean, r, b, first)) * above(mean, b, first)
    if last < mean:
        after = math.exp(_log_of(mean, r, b, last)) * below(mean, b, last)
    elif last < np.inf:
        after = math.exp(_log_of(mean, r, b, last + 1.0)) * above(mean, b, last + 1.0)
    return max(0.0, 1.0 - before - after if inside else abs(before - after))


@inner
def size_of(full, factor, b):
    """The variance of a count over its mean, where controls decide the share ``full`` of it, and the day's factor is so much."""
    if full == 0.0:
        return b
    rest = (1.0 - full) * factor
    return (rest * b + full) / (rest + full)


@entry
def log_likelihood(mean, full, possible, low, high, day, tells, factors, b):
    """ln P of counts in [low, high], [C], given the expected means [H, C] in H hidden states of a day, equally likely, of which
    controls decide the shares ``full`` [C].

    possible [days, H]: which states a day may have; day [C]: which row of ``factors`` [days, nodes], equally likely values
    of the day's factor, is theirs; tells [C]: the chance that a number tells anything, else any number up to four times it
    is as likely; b: mean size of groups. A day's factor and state are shared by its counts.
    """
    total = 0.0
    nodes, states = factors.shape[1], mean.shape[0]
    each = np.empty(nodes * states)
    for d in range(factors.shape[0]):
        n = 0
        used = False
        for h in range(states):
            if not possible[d, h]:
                continue
            for i in range(nodes):
                each[n] = 0.0
                for c in range(low.size):
                    if day[c] != d:
                        continue
                    used = True
                    factor = factors[d, i]
                    moved = mean[h, c] * (full[c] + (1.0 - full[c]) * factor)
                    p = _between(moved, size_of(full[c], factor, b), low[c], high[c])
                    if tells[c] < 1.0:
                        top = high[c] if high[c] < np.inf else 2.0 * low[c]
                        p = tells[c] * p + (1.0 - tells[c]) * (top - low[c] + 1.0) / (4.0 * top + 1.0)
                    each[n] += math.log(max(p, 1e-300))
                n += 1
        if used:
            best = each[:n].max()
            total += best + math.log(np.exp(each[:n] - best).mean())
    return total
