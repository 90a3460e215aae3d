"""From figures to words (docs/model.md, section "Claims"): which verdict a claim has, and what it depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crossings.calibration.posterior import PRIOR_DRIVEN as CONTRACTED
from crossings.claims.message import Exact, Message, Share, Term
from crossings.scenario.measures import holds
from crossings.simulation.reduction import Floats

CONSISTENT = "consistent with the measure"
INCONSISTENT = "inconsistent"
NOT_SETTLED = "not settled"
NOT_TESTABLE = "not testable here"
PRIOR_DRIVEN = "not settled (prior-driven)"
VERDICTS = (CONSISTENT, INCONSISTENT, NOT_SETTLED, PRIOR_DRIVEN, NOT_TESTABLE)

HIGH, LOW = 0.95, 0.05
LEAST_PAIRS = 20  # fewer cannot tell 0.95 from 1
ERRORS = 3.0  # standard errors by which two halves must differ: a dozen parameters are looked at


@dataclass(frozen=True, slots=True)
class PriorSensitivity:
    """A parameter that the verdict depends on: support in the half of the draws with its lowest, and its highest values."""

    parameter: str
    contraction: float
    lower: float
    upper: float


def chance(figures: Floats, comparison: str, value: float) -> float | None:
    """Support: the share of pairs of runs in which the claim holds; None where no pair has a figure.

    >>> chance(np.array([1.0, 2.0, 3.0, np.nan]), ">=", 2.0)
    0.6666666666666666
    """
    known = figures[np.isfinite(figures)]
    return float(np.mean([holds(x, comparison, value) for x in known.tolist()])) if known.size else None


def _word(p: float) -> str:
    return CONSISTENT if p >= HIGH else INCONSISTENT if p <= LOW else NOT_SETTLED


def verdict(
    chances: Mapping[str, float], pairs: int, sensitivities: Sequence[PriorSensitivity] = ()
) -> tuple[str, Message]:
    """The verdict and its reason, from support by setting (the first: as written) and the parameters that it depends on.

    >>> verdict({"as written": 1.0, "no rush": 0.4}, 20)
    ('not settled', 'it holds in 100 % of runs as written, but in 40 % with: no rush')
    """
    (_, p), *rest = chances.items()
    if pairs < LEAST_PAIRS:
        return NOT_SETTLED, Message(
            "too few pairs of runs ({pairs}) to tell 95 % from 100 %; at least {least} are needed",
            pairs=pairs,
            least=LEAST_PAIRS,
        )
    if sensitivities:
        worst = max(sensitivities, key=lambda h: abs(h.upper - h.lower))
        return PRIOR_DRIVEN, Message(
            "it holds in {low} of runs with low and {high} with high values of {parameter}, of which the counts say little (contraction {contraction})",
            low=Share(worst.lower),
            high=Share(worst.upper),
            parameter=worst.parameter,
            contraction=Exact(worst.contraction),
        )
    least, most, number = Share(min(chances.values())), Share(max(chances.values())), len(chances)
    if _word(least) == CONSISTENT:
        why = Message("it holds in at least {share} of runs under all settings ({number})", share=least, number=number)
        return CONSISTENT, why
    if _word(most) == INCONSISTENT:
        why = Message("it holds in at most {share} of runs under all settings ({number})", share=most, number=number)
        return INCONSISTENT, why
    if _word(p) == NOT_SETTLED:
        return NOT_SETTLED, Message("it holds in {share} of runs as written", share=Share(p))
    other = [(name, x) for name, x in rest if _word(x) != _word(p)]
    name, x = max(other, key=lambda item: abs(item[1] - p))
    why = Message(
        "it holds in {share} of runs as written, but in {other} with: {setting}",
        share=Share(p),
        other=Share(x),
        setting=Term(name),
    )
    if len(other) > 1:
        why = Message("{why} (and {number} more)", why=why, number=len(other) - 1)
    return NOT_SETTLED, why


def sensitive_to(
    figures: Floats, comparison: str, value: float, names: Sequence[str], values: Floats, contraction: Floats
) -> list[PriorSensitivity]:
    """The parameters contracted by less than 0.2 that a verdict depends on.

    figures [pairs] as written; values [pairs, n]: the draw of each pair; contraction [n]. A verdict depends on a parameter
    if support in the half of the pairs with its lowest values and in the half with its highest are on different sides of
    0.05 or 0.95, and differ by more than three standard errors of their difference.
    """
    known = np.isfinite(figures)
    true = np.array([holds(x, comparison, value) for x in figures[known].tolist()], float)
    out = []
    for i, name in enumerate(names):
        column = values[known, i]
        if contraction[i] >= CONTRACTED or true.size < LEAST_PAIRS or column.min() == column.max():
            continue
        order = np.argsort(column, kind="stable")
        half = true.size // 2
        low, high = float(true[order[:half]].mean()), float(true[order[-half:]].mean())
        both = (low + high) / 2
        error = np.sqrt(2 * both * (1 - both) / half)
        if _word(low) != _word(high) and abs(high - low) > ERRORS * error:
            out.append(PriorSensitivity(name, float(contraction[i]), low, high))
    return out
