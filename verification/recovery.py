"""Do parameters put in come back out? Simulation-based calibration (Talts et al. 2018) of the fit, on made-up counts.

Parameters are drawn from the prior, counts of the scenario's own design are made from them (expected flows, groups,
day factors and levels that last as in the likelihood), and fitted. Over many repeats the rank of the truth among the posterior draws must be
uniform, so that a 90% interval holds it nine times in ten. Counts after the cut-off are made as well and predicted: the
coverage out of sample when the model is right.

Run:  .venv/bin/python verification/recovery.py --repeats 60
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from crossings import Model, Observations, Scenario
from crossings.calibration.fit import fit
from crossings.calibration.levels import states
from crossings.calibration.likelihood import Likelihood
from crossings.calibration.predictive import predict, scatter
from crossings.calibration.problem import Problem
from crossings.observations import Cell
from crossings.simulation.ensemble import available_cores

RANKS = 10


def once(scenario: str, until: str, points: int, repeat: int) -> dict[str, Any]:
    """One set of made-up counts, fitted: the rank of each true parameter, and coverage out of sample."""
    problem = Problem(Scenario.read(scenario), until=until)
    later = Model(problem.given(problem.scenario))
    ahead = tuple(
        c
        for c in Observations.read(problem.scenario).after(until).cells(problem.streams)
        if np.isfinite(c.high) and c.tells >= 1
    )
    rng = np.random.default_rng([repeat, 23])
    truth = problem.priors.at(rng.random(len(problem.priors)))
    known = problem.likelihood()
    beyond = Likelihood(later, problem.numbers(later), ahead, problem.background)
    expected = known.mean(truth)[None, :], beyond.mean(truth)[None, :]
    noise = [{name: value for name, value in known.numbers.noise.items() if name != "switched"}]
    # One path of the levels through all days, as nothing is known of them beforehand.
    start, _ = states(np.zeros((1, 0)), (), noise, (*known.cells, *ahead))
    moved = start.factors((*known.cells, *ahead), repeat)
    counts = scatter(expected[0] * moved[:, : len(known.cells)], known.cells, noise, 7 * repeat + 1)[0]
    seen = scatter(expected[1] * moved[:, len(known.cells) :], ahead, noise, 7 * repeat + 2)[0]
    cells = tuple(_reported(c, float(n), rng) for c, n in zip(known.cells, counts, strict=True))
    made_up = dataclasses.replace(problem)
    made_up.__dict__["cells"] = cells
    found = fit(made_up, seed=repeat, points=points, draws=200, threads=1)
    ranks = (found.draws < truth[None, :]).mean(axis=0)
    low, high = (predict(found, made_up, ahead, later, draws=150, seed=repeat).quantile(q) for q in (0.05, 0.95))
    return {
        "ranks": dict(zip(found.names, ranks.tolist(), strict=True)),
        "contraction": dict(zip(found.names, found.contraction.tolist(), strict=True)),
        "coverage_90": float(np.mean((low <= seen) & (seen <= high))),
        "seconds": found.seconds,
    }


def _reported(cell: Cell, count: float, rng: np.random.Generator) -> Cell:
    """A made-up count in the form of the real one: an interval as wide, with the number anywhere in it."""
    width = cell.high - cell.low if np.isfinite(cell.high) else 0.0
    low = max(0.0, count - float(rng.integers(0, int(width) + 1)))
    return dataclasses.replace(cell, low=low, high=low + width)


def draw(result: dict[str, Any], target: Path) -> None:
    """The ranks of all parameters: one line each, within the band in which uniform ranks would lie."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    matplotlib.rcParams["svg.hashsalt"] = "crossings"
    names = list(result["inside_90"])
    n = result["repeats"]
    figure, axis = plt.subplots(figsize=(7.5, 0.3 * len(names) + 1.6))
    spread = 1.96 * np.sqrt(0.9 * 0.1 / n)
    axis.axvspan(0.9 - spread, min(1.0, 0.9 + spread), color="#bbbbbb", alpha=0.5, label="if calibrated (95%)")
    axis.axvline(0.9, color="#444444", linewidth=1)
    axis.plot([result["inside_90"][k] for k in names], range(len(names)), "o", color="#1b4b72", label="parameters")
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    axis.set_xlim(0.5, 1.01)
    axis.set_xlabel(f"share of {n} made-up data sets whose 90% interval holds the true value")
    axis.legend(loc="lower left", frameon=False)
    axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenario", default="finland-2023")
    parser.add_argument("--until", default="2023-11-17")
    parser.add_argument("--repeats", type=int, default=60)
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures/recovery.svg"))
    parser.add_argument("--json", type=Path, default=Path("verification/recovery.json"))
    given = parser.parse_args()
    began = time.perf_counter()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(available_cores(), context) as pool:
        jobs = [pool.submit(once, given.scenario, given.until, given.points, k + 1) for k in range(given.repeats)]
        each = [job.result() for job in jobs]
    names = list(each[0]["ranks"])
    ranks = {name: [r["ranks"][name] for r in each] for name in names}
    inside = {name: float(np.mean([0.05 <= r <= 0.95 for r in ranks[name]])) for name in names}
    chi = {
        name: float(
            ((np.histogram(ranks[name], RANKS, (0, 1))[0] - given.repeats / RANKS) ** 2).sum() / (given.repeats / RANKS)
        )
        for name in names
    }
    result = {
        "scenario": given.scenario,
        "until": given.until,
        "repeats": given.repeats,
        "points": given.points,
        "inside_90": inside,
        "inside_90_all": float(np.mean(list(inside.values()))),
        "chi_square_of_ranks": chi,
        "contraction": {n: float(np.mean([r["contraction"][n] for r in each])) for n in names},
        "coverage_90_out_of_sample": float(np.mean([r["coverage_90"] for r in each])),
        "seconds": time.perf_counter() - began,
    }
    given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    draw(result, given.out)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
