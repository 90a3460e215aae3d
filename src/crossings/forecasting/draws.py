"""Random numbers that depend on names alone, so that a row more or less elsewhere moves no digit."""

from __future__ import annotations

import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special  # scipy.stats has the same formulas, and takes half a second to import

Floats = NDArray[np.float64]
N = 400  # draws
TAIL = 4.0  # degrees of freedom of what is left over


def uniform(name: str) -> Floats:
    """[N] numbers from 0 to 1, one in each N-th, in an order that hangs on the name."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    return (rng.permutation(N) + 0.5) / N


def normal(name: str) -> Floats:
    """[N] standard normal numbers."""
    return np.asarray(special.ndtri(uniform(name)))


@lru_cache(maxsize=1)
def _student() -> Floats:
    return np.asarray(special.stdtrit(TAIL, (np.arange(N) + 0.5) / N))


def student(name: str) -> Floats:
    """[N] numbers of a Student t with `TAIL` degrees of freedom."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    return _student()[rng.permutation(N)]


def student_log_density(x: Floats, freedom: float) -> Floats:
    """Logarithm of the density of a Student t with so many degrees of freedom."""
    highest = np.log(special.poch(0.5 * freedom, 0.5)) - 0.5 * (np.log(freedom) + np.log(np.pi))
    return np.asarray(highest - (freedom + 1) / 2 * np.log1p(x * x / freedom))


def logistic(x: Floats) -> Floats:
    """From the real line to shares between 0 and 1."""
    return np.asarray(special.expit(x))
