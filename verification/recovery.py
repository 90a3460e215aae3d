"""Do parameters put in come back out? Simulation-based calibration (Talts et al. 2018) of the fit, on made-up counts.

Parameters are drawn from the prior, counts of the scenario's own design are made from them (expected flows, groups,
day factors and levels that last, as the likelihood has them), and fitted. Over many repeats the rank of the truth among the
posterior's draws must be uniform for each parameter, and so must that of its likelihood, which hangs on parameters and counts
together (Modrák et al. 2023). Counts after the cut-off are made as well and foretold: how many the ranges hold when the
model is right.

Run:  .venv/bin/python verification/recovery.py [small|finland] [--repeats 300]     # one case into verification/recovery.json
      .venv/bin/python verification/recovery.py --draw                              # docs/pictures/recovery.svg from it
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import json
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, chi2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import counted_border
import tiny
from crossings import Model, Observations, Scenario
from crossings.calibration.batches import Batches
from crossings.calibration.expected_counts import ExpectedCounts
from crossings.calibration.fit import fit
from crossings.calibration.levels import states
from crossings.calibration.likelihood import Likelihood
from crossings.calibration.predictive import predict, scatter
from crossings.calibration.problem import Problem
from crossings.network.threads import available_cores
from crossings.observations.periods import Cell
from crossings.scenario.fit_spec import Parameter

HERE = Path(__file__).resolve().parent
BINS = 10
LIKELIHOOD = "likelihood"
NOISE = {
    "days": Parameter(prior="lognormal(10, 0.5)", set="noise.day_shape"),
    "supply": Parameter(prior="lognormal(0.3, 0.5)", set="noise.supply_sd"),
    "route": Parameter(prior="lognormal(0.3, 0.5)", set="noise.route_sd"),
}
Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Case:
    """What is made up again and again: what is learned, the model under later orders, and the later counts."""

    problem: Problem
    later: Model
    ahead: tuple[Cell, ...]


@cache
def case_of(name: str) -> Case:
    """The small border of the tests, the same with a control that is full, or finland-2023 to 17 November."""
    problem = _finland() if name == "finland" else Problem(_small(full=name == "full"), until="2024-01-04")
    _ = problem.cells, problem.parameters, problem.model
    later = Model(problem.given(problem.scenario))
    counts = Observations.read(problem.scenario).after(str(problem.until)).cells(problem.streams)
    return Case(problem, later, tuple(c for c in counts if np.isfinite(c.high) and c.tells >= 1))


def _finland() -> Problem:
    return Problem(Scenario.read("finland-2023"), until="2023-11-17")


def _small(*, full: bool = False) -> Scenario:
    """Two crossings, without controls, or with one in the north for 60 of the 70 or so who come a day.

    Single counts, the sum of both as a range, and a lower bound on four days, then two days to be foretold.
    """
    one = counted_border.count
    rows = [one(f"{where}-{day}", where, day, 50) for day in (0, 1, 4, 5) for where in ("north", "south")]
    rows += [one("both-2", "north;south", 2, 90, count_max=99)]
    rows += [one("north-3", "north", 3, 40, status="lower_bound"), one("south-3", "south", 3, 30)]
    parameters = counted_border.PARAMETERS | counted_border.NOISE | NOISE
    if not full:
        return counted_border.border(tuple(rows), parameters)
    pace = Parameter(prior="lognormal(2.5, 0.3)", set="lanes.per_hour", ids=("north*",))
    lanes = (tiny.lane("north", 24.0, cv=1.0), tiny.lane("south", 10.0, cv=1.0))
    return counted_border.border(tuple(rows), parameters | {"pace": pace}, lanes=lanes)


def once(name: str, points: int, repeat: int) -> dict[str, Any]:
    """One set of made-up counts, fitted: the rank of each true parameter, and which later counts the ranges hold."""
    case = case_of(name)
    problem, ahead = case.problem, case.ahead
    rng = np.random.default_rng([repeat, 23])
    truth = problem.priors.at(rng.random(len(problem.priors)))
    known = problem.likelihood()
    beyond = Likelihood(case.later, problem.numbers(case.later), ahead, problem.background)
    expected = [
        ExpectedCounts(mean[None, :], one.full(mean)[None, :]) for one in (known, beyond) for mean in [one.mean(truth)]
    ]
    noise = [{key: value for key, value in known.numbers.noise.items() if key != "switched"}]
    # One path of the levels through all days, as nothing is known of them beforehand.
    start, _ = states(ExpectedCounts.none(1), (), noise, (*known.cells, *ahead))
    moved = start.factors((*known.cells, *ahead), expected[0].beside(expected[1]).full, repeat)
    split = len(known.cells)
    counts = scatter(expected[0].times(moved[:, :split]), known.cells, noise, 7 * repeat + 1)[0]
    seen = scatter(expected[1].times(moved[:, split:]), ahead, noise, 7 * repeat + 2)[0]
    made_up = copy.copy(problem)  # with what it has worked out already
    made_up.__dict__["cells"] = tuple(_reported(c, float(n)) for c, n in zip(known.cells, counts, strict=True))
    found = fit(made_up, seed=repeat, points=points, draws=points, threads=1)
    there = Batches(made_up.likelihood(), 1).log_likelihoods(truth[None, :])[0]
    ranks = dict(zip(found.names, (found.draws < truth[None, :]).mean(axis=0).tolist(), strict=True))
    foretold = predict(found, made_up, ahead, case.later, draws=200, seed=repeat)
    inside = {}
    for level in (50, 90):
        low, high = (foretold.quantile(q) for q in (0.5 - level / 200, 0.5 + level / 200))
        inside[str(level)] = float(np.mean((low <= seen) & (seen <= high)))
    return {
        "ranks": ranks | {LIKELIHOOD: float((found.log_likelihood < there).mean())},
        "contraction": dict(zip(found.names, found.contraction.tolist(), strict=True)),
        "inside": inside,
    }


def _reported(cell: Cell, count: float) -> Cell:
    """A made-up count in the form of the real one: a number, or in which range as wide it lies, or whether it reaches the bound.

    Ranges and bounds are drawn before the count, so that its chance is that of the range.
    """
    if not np.isfinite(cell.high):
        reached = count >= cell.low
        return dataclasses.replace(cell, low=cell.low if reached else 0.0, high=np.inf if reached else cell.low - 1)
    width = np.floor(cell.high - cell.low) + 1.0
    low = np.floor(count / width) * width
    return dataclasses.replace(cell, low=low, high=low + width - 1.0)


def summarise(name: str, points: int, each: list[dict[str, Any]]) -> dict[str, Any]:
    """What is kept of a case: ranks as counts a bin, and how likely such are if they are uniform."""
    n = len(each)
    ranks = {key: np.array([r["ranks"][key] for r in each]) for key in each[0]["ranks"]}
    bins = {key: np.histogram(r, BINS, (0.0, 1.0))[0] for key, r in ranks.items()}
    chance = {k: float(chi2.sf(((b - n / BINS) ** 2).sum() / (n / BINS), BINS - 1)) for k, b in bins.items()}
    return {
        "case": name,
        "repeats": n,
        "points": points,
        "bins": {key: b.tolist() for key, b in bins.items()},
        "chance_if_uniform": chance,
        "mean_rank": {key: float(r.mean()) for key, r in ranks.items()},
        "inside_50": {key: float(np.mean((r >= 0.25) & (r <= 0.75))) for key, r in ranks.items()},
        "inside_90": {key: float(np.mean((r >= 0.05) & (r <= 0.95))) for key, r in ranks.items()},
        "contraction": {k: float(np.mean([r["contraction"][k] for r in each])) for k in each[0]["contraction"]},
        "ahead_inside": {level: float(np.mean([r["inside"][level] for r in each])) for level in ("50", "90")},
    }


def repeated(name: str, repeats: int, points: int, workers: int = 1, first: int = 1) -> dict[str, Any]:
    """A case, so many times, on so many processes; the same whatever their number."""
    numbers = range(first, first + repeats)
    if workers == 1:
        return summarise(name, points, [once(name, points, k) for k in numbers])
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        jobs = [pool.submit(once, name, points, k) for k in numbers]
        return summarise(name, points, [job.result() for job in jobs])


def draw(results: list[dict[str, Any]], target: Path) -> None:
    """A histogram of ranks for each parameter of each case, in the band in which 99% of bins lie where ranks are uniform."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    matplotlib.rcParams["svg.hashsalt"] = "crossings"
    columns = 8
    rows = [-(-len(r["bins"]) // columns) for r in results]
    height = 1.05 * sum(rows) + 0.45 * len(rows) + 0.1
    figure = plt.figure(figsize=(9.5, height))
    top = height
    for result, n_rows in zip(results, rows, strict=True):
        n = result["repeats"]
        figure.text(0.02, (top - 0.22) / height, f"{TITLES[result['case']]}: {n} made-up sets of counts", fontsize=9)
        low, high = binom.ppf([0.005, 0.995], n, 1.0 / BINS)
        most = max(high, *(max(counts) for counts in result["bins"].values()))
        for k, (key, counts) in enumerate(result["bins"].items()):
            bottom = top - 0.45 - 1.05 * (k // columns + 1) + 0.2
            axis = figure.add_axes((0.03 + 0.122 * (k % columns), bottom / height, 0.1, 0.62 / height))
            axis.axhspan(low, high, color="#cccccc")
            axis.axhline(n / BINS, color="#666666", linewidth=0.8)
            axis.bar((np.arange(BINS) + 0.5) / BINS, counts, 0.8 / BINS, color="#1b4b72")
            axis.set_title(key, fontsize=8, pad=2)
            axis.tick_params(labelsize=6)
            axis.set(xlim=(0, 1), ylim=(0, most), xticks=[0, 1])
            axis.spines[["top", "right"]].set_visible(False)
        top -= 0.45 + 1.05 * n_rows
    figure.savefig(target, metadata={"Date": None})


TITLES = {"small": "Two crossings", "full": "Two crossings, one of them full", "finland": "finland-2023 to 17 November"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case", nargs="?", choices=list(TITLES))
    parser.add_argument("--repeats", type=int, default=300)
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=available_cores())
    parser.add_argument("--draw", action="store_true", help="the picture, from what is kept")
    parser.add_argument("--json", type=Path, default=HERE / "recovery.json")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "pictures" / "recovery.svg")
    given = parser.parse_args()
    kept = json.loads(given.json.read_text(encoding="utf-8")) if given.json.exists() else []
    if given.case:
        began = time.perf_counter()
        found = repeated(given.case, given.repeats, given.points, given.workers)
        kept = sorted([*(r for r in kept if r["case"] != given.case), found], key=lambda r: -r["repeats"])
        given.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(found, indent=1))
        print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr)
    if given.draw:
        draw(kept, given.out)


if __name__ == "__main__":
    main()
