"""Priors: from a point of the unit cube to parameters, and how wide a belief is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, ndtri

from crossings.scenario.fit_spec import Parameter, parse_prior

Floats = NDArray[np.float64]
FARTHEST = 7.0  # standard deviations: beyond, a quantile is as good as 0 or 1


class Priors:
    """The priors of parameters, in their order.

    ``width``: a factor on the standard deviation of normal and lognormal priors, and on how far uniform and beta priors
    spread; for sensitivity.

    >>> from crossings.scenario.fit_spec import Parameter
    >>> Priors([Parameter(prior="lognormal(9, 0.4)", set="behaviour.gamma")]).at(np.array([0.5]))
    array([9.])
    """

    def __init__(self, parameters: Sequence[Parameter], width: float = 1.0) -> None:
        self.parsed = [_wider(parse_prior(p.prior), width) for p in parameters]
        self.ranges = [p.range for p in parameters]  # a widened prior may reach beyond what the number can be

    def __len__(self) -> int:
        return len(self.parsed)

    def at(self, cube: Floats) -> Floats:
        """Parameters at the quantiles ``cube``: [..., n] in (0, 1) to [..., n]."""
        cube = np.clip(cube, 1e-12, 1 - 1e-12)
        out = np.empty_like(cube)
        for i, (kind, a, b, plus) in enumerate(self.parsed):
            u = cube[..., i]
            if kind == "normal":
                value = a + b * ndtri(u)
            elif kind == "lognormal":
                value = a * np.exp(b * ndtri(u))
            elif kind == "beta":
                value = betaincinv(a, b, u)
            else:
                value = a + (b - a) * u
            out[..., i] = np.clip(plus + value, *self.ranges[i])
        return out

    def normal(self, values: Floats) -> Floats:
        """[..., n] where parameters lie on the normal scale of their priors: 0 is the median, 1 a standard deviation above."""
        out = np.empty_like(values)
        with np.errstate(divide="ignore", invalid="ignore"):
            for i, (kind, a, b, plus) in enumerate(self.parsed):
                x = values[..., i] - plus
                if kind == "normal":
                    out[..., i] = (x - a) / b
                elif kind == "lognormal":
                    out[..., i] = np.log(x / a) / b
                else:
                    out[..., i] = ndtri(betainc(a, b, x) if kind == "beta" else (x - a) / (b - a))
        return np.nan_to_num(np.clip(out, -FARTHEST, FARTHEST))

    def draws(self, number: int, seed: int) -> Floats:
        """[number, n] parameters from the prior alone."""
        return self.at(np.random.default_rng(seed).random((number, len(self))))

    def spread(self) -> Floats:
        """[n] standard deviations of the priors."""
        grid = (np.arange(4000) + 0.5) / 4000
        return np.asarray(self.at(np.repeat(grid[:, None], len(self), axis=1)).std(axis=0))


def _wider(prior: tuple[str, float, float, float], width: float) -> tuple[str, float, float, float]:
    kind, a, b, plus = prior
    if width == 1.0:
        return prior
    if kind in ("normal", "lognormal"):
        return kind, a, b * width, plus
    if kind == "beta":  # the variance times width², as far as the ends allow
        mean, total = a / (a + b), max(1.2, (a + b + 1) / width**2 - 1)
        return kind, mean * total, (1 - mean) * total, plus
    middle, half = (a + b) / 2, (b - a) / 2 * width
    return kind, middle - half, middle + half, plus
