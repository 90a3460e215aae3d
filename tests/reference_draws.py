"""The draws of docs/model.md, section 2, in plain Python: Philox, uniforms, laws and names."""

from __future__ import annotations

import hashlib
import math

MASK = 0xFFFFFFFF
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

NUMBER, MINUTE, HAZARD, KNOW, TASTE, JOURNEY, SERVICE = 1, 2, 3, 4, 5, 6, 7
PATIENCE, GIVE_UP, BROUGHT, STAY, DAY, SETUP, GROUP, CONCERNED, MOVED, RETURN = 8, 9, 10, 11, 12, 13, 14, 15, 16, 17


def philox4x32(counter4: tuple[int, int, int, int], key2: tuple[int, int]) -> tuple[int, int, int, int]:
    """Philox4x32-10: ten rounds of two 32x32 bit products, the key bumped between rounds."""
    c0, c1, c2, c3 = counter4
    k0, k1 = key2
    for _ in range(10):
        product0 = 0xD2511F53 * c0
        product1 = 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (
            (product1 >> 32) ^ c1 ^ k0,
            product1 & MASK,
            (product0 >> 32) ^ c3 ^ k1,
            product0 & MASK,
        )
        k0 = (k0 + 0x9E3779B9) & MASK
        k1 = (k1 + 0xBB67AE85) & MASK
    return c0, c1, c2, c3


def uniform_of(high: int, low: int) -> float:
    """u = (((high * 2**32 + low) >> 12) + 0.5) * 2**-52."""
    return float((((high << 32) | low) >> 12) + 0.5) * 2.0**-52


def uniforms(seed: int, ident: int, item: int, purpose: int, count: int = 0) -> tuple[float, float]:
    """The two uniforms of one block."""
    counter = (ident & MASK, (ident >> 32) & MASK, item, (purpose << 24) + count)
    w0, w1, w2, w3 = philox4x32(counter, (seed & MASK, (seed >> 32) & MASK))
    return uniform_of(w1, w0), uniform_of(w3, w2)


def uniform(seed: int, ident: int, item: int, purpose: int, count: int = 0) -> float:
    """The first uniform of the block."""
    return uniforms(seed, ident, item, purpose, count)[0]


def exponential(u: float) -> float:
    """Exp(1) from a uniform."""
    return -math.log(u)


def gumbel(u: float) -> float:
    """The standard Gumbel law from a uniform."""
    return -math.log(-math.log(u))


# --- the normal quantile: algorithm AS 241, PPND16 -----------------------------------------------

_A = (
    3.3871328727963666080e0,
    1.3314166789178437745e2,
    1.9715909503065514427e3,
    1.3731693765509461125e4,
    4.5921953931549871457e4,
    6.7265770927008700853e4,
    3.3430575583588128105e4,
    2.5090809287301226727e3,
)
_B = (
    1.0,
    4.2313330701600911252e1,
    6.8718700749205790830e2,
    5.3941960214247511077e3,
    2.1213794301586595867e4,
    3.9307895800092710610e4,
    2.8729085735721942674e4,
    5.2264952788528545610e3,
)
_C = (
    1.42343711074968357734e0,
    4.63033784615654529590e0,
    5.76949722146069140550e0,
    3.64784832476320460504e0,
    1.27045825245236838258e0,
    2.41780725177450611770e-1,
    2.27238449892691845833e-2,
    7.74545014278341407640e-4,
)
_D = (
    1.0,
    2.05319162663775882187e0,
    1.67638483018380384940e0,
    6.89767334985100004550e-1,
    1.48103976427480074590e-1,
    1.51986665636164571966e-2,
    5.47593808499534494600e-4,
    1.05075007164441684324e-9,
)
_E = (
    6.65790464350110377720e0,
    5.46378491116411436990e0,
    1.78482653991729133580e0,
    2.96560571828504891230e-1,
    2.65321895265761230930e-2,
    1.24266094738807843860e-3,
    2.71155556874348757815e-5,
    2.01033439929228813265e-7,
)
_F = (
    1.0,
    5.99832206555887937690e-1,
    1.36929880922735805310e-1,
    1.48753612908506148525e-2,
    7.86869131145613259100e-4,
    1.84631831751005468180e-5,
    1.42151175831644588870e-7,
    2.04426310338993978564e-15,
)


def _polynomial(coefficients: tuple[float, ...], x: float) -> float:
    value = 0.0
    for coefficient in reversed(coefficients):
        value = value * x + coefficient
    return value


def normal_quantile(p: float) -> float:
    """The inverse of the standard normal distribution function (Wichura 1988)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * _polynomial(_A, r) / _polynomial(_B, r)
    r = math.sqrt(-math.log(min(p, 1.0 - p)))
    if r <= 5.0:
        value = _polynomial(_C, r - 1.6) / _polynomial(_D, r - 1.6)
    else:
        value = _polynomial(_E, r - 5.0) / _polynomial(_F, r - 5.0)
    return value if q > 0 else -value


def gamma(shape: float, seed: int, ident: int, item: int, purpose: int, count: int = 0) -> float:
    """Gamma(shape, scale 1) by Marsaglia & Tsang; blocks count, count + 1, ... and count + 255 for shape < 1."""
    if shape < 1.0:
        u = uniform(seed, ident, item, purpose, count + 255)
        return float(gamma(shape + 1.0, seed, ident, item, purpose, count) * u ** (1.0 / shape))
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    i = 0
    while True:
        u1, u2 = uniforms(seed, ident, item, purpose, count + i)
        z = normal_quantile(u1)
        v = (1.0 + c * z) ** 3
        if v > 0.0 and math.log(u2) < z * z / 2.0 + d - d * v + d * math.log(v):
            return d * v
        i += 1


def poisson_quantile(mean: float, u: float) -> int:
    """The smallest n with P(Poisson(mean) <= n) >= u."""
    if mean <= 0.0:
        return 0
    # Weights relative to the mode's, down and up until nothing more can count; then their sum is 1.
    mode = math.floor(mean)
    low, down = mode, [1.0]
    while low > 0 and down[-1] > 1e-30:
        down.append(down[-1] * low / mean)
        low -= 1
    up = [mean / (mode + 1)]
    while up[-1] > 1e-30:
        up.append(up[-1] * mean / (mode + 1 + len(up)))
    weights = [*reversed(down), *up]
    target, below = u * math.fsum(weights), 0.0
    for n, weight in enumerate(weights, start=low):
        below += weight
        if below >= target:
            return n
    return low + len(weights) - 1


# --- names ---------------------------------------------------------------------------------------


def item_hash(name: str) -> int:
    """BLAKE2b with four bytes, little-endian."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "little")


def long_hash(name: str) -> int:
    """BLAKE2b with eight bytes, little-endian."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def base_id(stream: str, origin: str, destination: str = "", date: str = "") -> int:
    """The id of traveller j = 0 of a (stream, origin, destination, date)."""
    return long_hash(f"{stream}|{origin}|{destination}|{date}")


def traveller_id(base: int, j: int) -> int:
    """The id of traveller j."""
    return (base + j) % 2**64


def day_factor(shape: float | None, seed: int, stream: str, date: str) -> float:
    """F = Gamma(shape)/shape of a stream on a local date; 1 where no shape is given."""
    if shape is None:
        return 1.0
    return gamma(shape, seed, long_hash(f"{stream}|{date}"), 0, DAY) / shape


def group_number(b: float, u: float) -> int:
    """Quantile of the logarithmic series with p = 1 - 1/b: the smallest k at which the sum of p**k / (k ln b) reaches u."""
    p = 1.0 - 1.0 / b
    k, term = 1, p / math.log(b)
    total = term
    while total < u and k < 65536:
        term *= p * k / (k + 1)
        k += 1
        total += term
    return k


def journey_factor(cv: float, seed: int, ident: int) -> float:
    """The traveller's lognormal factor with mean 1."""
    variance = math.log(1.0 + cv * cv)
    z = normal_quantile(uniform(seed, ident, 0, JOURNEY))
    return math.exp(math.sqrt(variance) * z - variance / 2.0)


def service_factor(cv: float, seed: int, ident: int, queue: str, n: int) -> float:
    """X, the service time over its mean, for the queue that is the traveller's (n+1)-th."""
    item = item_hash(f"queue:{queue}")
    if cv == 0.0:
        return 1.0
    if cv == 1.0:
        return exponential(uniform(seed, ident, item, SERVICE, 256 * n))
    return gamma(1.0 / cv**2, seed, ident, item, SERVICE, 256 * n) * cv**2
