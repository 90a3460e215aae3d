"""Keyed draws: Philox4x32-10 and the distributions made from it (docs/model.md, section 2).

A draw is fixed by (seed, traveller id, item, purpose, count); there is no generator state anywhere.
"""

from __future__ import annotations

import math

import numpy as np

from crossings.kernel.core.compiled import entry, numbered, within

(
    NUMBER, MINUTE, HAZARD, KNOW, TASTE, JOURNEY, SERVICE, PATIENCE, GIVE_UP, BROUGHT, STAY, DAY, SETUP, PARTY, CONCERNED, MOVED,
    RETURN, LEVEL,
) = numbered(1, 19)  # fmt: skip
ONCE = np.int64(0)  # the count of a draw that is made once

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_24 = np.uint64(24)
_12 = np.uint64(12)
_2_52 = 2.0**-52


@within
def philox(c0, c1, c2, c3, k0, k1):
    """Ten rounds of Philox4x32 (Salmon et al. 2011) on 32-bit words held in uint64."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@within
def uniform_here(seed, who, item, purpose, count):
    """As ``uniform``, for a loop over items, which the compiler then makes wide."""
    tag = (np.uint64(purpose) << _24) | np.uint64(count)
    w0, w1, _w2, _w3 = philox(who & _LOW, who >> _32, item, tag, seed & _LOW, seed >> _32)
    return (np.float64(np.int64(((w1 << _32) | w0) >> _12)) + 0.5) * _2_52


@entry
def uniform(seed, who, item, purpose, count):
    """The first uniform in (0, 1) of a block. All arguments uint64 but purpose and count (int)."""
    return uniform_here(seed, who, item, purpose, count)


@entry
def uniforms(seed, who, item, purpose, count):
    """Both uniforms of a block."""
    tag = (np.uint64(purpose) << _24) | np.uint64(count)
    w0, w1, w2, w3 = philox(who & _LOW, who >> _32, item, tag, seed & _LOW, seed >> _32)
    first = (np.float64(np.int64(((w1 << _32) | w0) >> _12)) + 0.5) * _2_52
    second = (np.float64(np.int64(((w3 << _32) | w2) >> _12)) + 0.5) * _2_52
    return first, second


@entry
def normal_quantile(p):
    """The standard normal quantile, algorithm AS 241 (Wichura 1988), PPND16: about 1 part in 10¹⁶."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        num = (
            (
                (
                    (
                        ((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                        + 45921.953931549871457
                    )
                    * r
                    + 13731.693765509461125
                )
                * r
                + 1971.5909503065514427
            )
            * r
            + 133.14166789178437745
        ) * r + 3.387132872796366608
        den = (
            (
                (
                    (
                        ((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                        + 21213.794301586595867
                    )
                    * r
                    + 5394.1960214247511077
                )
                * r
                + 687.1870074920579083
            )
            * r
            + 42.313330701600911252
        ) * r + 1.0
        return q * num / den
    r = p if q < 0.0 else 1.0 - p
    r = math.sqrt(-math.log(r))
    if r <= 5.0:
        r -= 1.6
        num = (
            (
                (
                    (
                        ((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
                        + 1.27045825245236838258
                    )
                    * r
                    + 3.64784832476320460504
                )
                * r
                + 5.7694972214606914055
            )
            * r
            + 4.6303378461565452959
        ) * r + 1.42343711074968357734
        den = (
            (
                (
                    (
                        ((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
                        + 0.14810397642748007459
                    )
                    * r
                    + 0.68976733498510000455
                )
                * r
                + 1.6763848301838038494
            )
            * r
            + 2.05319162663775882187
        ) * r + 1.0
    else:
        r -= 5.0
        num = (
            (
                (
                    (
                        ((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
                        + 0.026532189526576123093
                    )
                    * r
                    + 0.29656057182850489123
                )
                * r
                + 1.7848265399172913358
            )
            * r
            + 5.4637849111641143699
        ) * r + 6.6579046435011037772
        den = (
            (
                (
                    (
                        ((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
                        + 7.868691311456132591e-4
                    )
                    * r
                    + 0.0148753612908506148525
                )
                * r
                + 0.13692988092273580531
            )
            * r
            + 0.59983220655588793769
        ) * r + 1.0
    value = num / den
    return -value if q < 0.0 else value


@entry
def gamma(seed, who, item, purpose, count, shape):
    """A gamma draw of the given shape and scale 1 (Marsaglia & Tsang 2000)."""
    a = shape if shape >= 1.0 else shape + 1.0
    d = a - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    value = d
    for i in range(255):
        u1, u2 = uniforms(seed, who, item, purpose, count + i)
        z = normal_quantile(u1)
        v = (1.0 + c * z) ** 3
        if v > 0.0 and math.log(u2) < 0.5 * z * z + d - d * v + d * math.log(v):
            value = d * v
            break
    if shape < 1.0:
        value *= uniform(seed, who, item, purpose, count + 255) ** (1.0 / shape)
    return value


@entry
def poisson_quantile(u, mu):
    """The smallest n with P(Poisson(mu) ≤ n) ≥ u, from weights relative to the mode so that no mu underflows."""
    if mu <= 0.0:
        return 0
    mode = math.floor(mu)
    below, weight, n = 0.0, 1.0, mode
    while n > 0 and weight > 1e-18:
        weight *= n / mu
        n -= 1
        below += weight
    above, weight, n = 0.0, 1.0, mode
    while weight > 1e-18:
        n += 1
        weight *= mu / n
        above += weight
    target = u * (below + 1.0 + above)
    cdf, weight, n = below + 1.0, 1.0, mode
    if target <= cdf:
        while n > 0 and cdf - weight >= target and weight > 1e-18:
            cdf -= weight
            weight *= n / mu
            n -= 1
        return n
    while cdf < target and weight > 1e-18:
        n += 1
        weight *= mu / n
        cdf += weight
    return n


@entry
def journey_factor(seed, who, sigma):
    """The traveller's factor on journey hours: lognormal with mean 1."""
    if sigma == 0.0:
        return 1.0
    return math.exp(sigma * normal_quantile(uniform(seed, who, np.uint64(0), JOURNEY, ONCE)) - 0.5 * sigma * sigma)


@entry
def service_ms(seed, who, item, joins, mean_ms, cv):
    """Service time in whole ms: fixed (cv 0), exponential (cv 1) or gamma."""
    if cv == 0.0:
        return np.int64(np.rint(mean_ms))
    if cv == 1.0:
        return np.int64(np.rint(-math.log(uniform(seed, who, item, SERVICE, 256 * joins)) * mean_ms))
    return np.int64(np.rint(gamma(seed, who, item, SERVICE, 256 * joins, 1.0 / (cv * cv)) * cv * cv * mean_ms))


@entry
def uniform_array(seed, first, n, item, purpose, count):
    """n uniforms for ids first, first+1, ...; the generator alone, for tests and for the speed limit."""
    out = np.empty(n)
    for j in range(n):
        out[j] = uniform(seed, first + np.uint64(j), item, purpose, count)
    return out
