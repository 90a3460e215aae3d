"""What each draw of a fit expects at each crossing on each day, made once, so that today's counts take moments."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import io
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crossings.calibration.batches import Batches
from crossings.calibration.expected_counts import ExpectedCounts
from crossings.calibration.full_controls import full_shares
from crossings.calibration.levels import moves, states
from crossings.calibration.likelihood import Likelihood, day_factors, days_of
from crossings.calibration.parameter_map import Numbers
from crossings.calibration.posterior import Fit
from crossings.calibration.problem import Problem
from crossings.errors import InputError
from crossings.io.atomic_folder import as_text
from crossings.io.disk import UnreadableError, read_bytes, read_json
from crossings.io.faults import counted
from crossings.kernel.core.noise import log_likelihood
from crossings.model import Model
from crossings.observations.periods import Cell
from crossings.observations.regions import Piece
from crossings.scenario import Scenario
from crossings.store import float_columns, read_table

Floats = NDArray[np.float64]
DAY = dt.timedelta(days=1)
DAYS = 31  # ahead
DRAWS = 500  # where nothing was learned: paths of the levels
ASSUMED_SD = 0.5  # of each level where nothing was learned: two thirds of the days within a factor of 1.6; assumption
NOISE = ("group_size", "day_shape", "supply_sd", "route_sd")
SAID, TABLE = "ahead.json", "ahead.parquet"


@dataclass(frozen=True)
class Ready:
    """What draws expect. D draws, C later counts (one crossing, direction, stream and day each), O counts that they know.

    cells [C], expected [D, C]; known [O], known_expected [D, O]; noise [D]; background: added to
    what is expected of a count at one crossing on one day; told: what it rests on.
    """

    cells: tuple[Cell, ...]
    expected: ExpectedCounts
    known: tuple[Cell, ...]
    known_expected: ExpectedCounts
    noise: tuple[dict[str, float], ...]
    background: float
    told: str

    @property
    def first(self) -> dt.date:
        """The first day that is foretold."""
        return min(c.start for c in self.cells).date()

    @property
    def last(self) -> dt.date:
        """The last day that is foretold."""
        return max(c.start for c in self.cells).date()

    def take(self, rows: NDArray[np.int64]) -> Ready:
        """The same of some of the draws, in that order."""
        noise = tuple(self.noise[int(i)] for i in rows)
        expected, known = self.expected.take(rows), self.known_expected.take(rows)
        return dataclasses.replace(self, expected=expected, known_expected=known, noise=noise)

    def files(self, key: str) -> dict[str, bytes | str]:
        """What is kept in the folder of a fit: files by name. key: of what decides them, see `ahead_key`."""
        out = io.BytesIO()
        columns: dict[str, Floats] = {}
        for when, told in (("ahead", self.expected), ("known", self.known_expected)):
            for i in range(told.mean.shape[1]):
                columns |= {f"{when} {i}": told.mean[:, i], f"{when} full {i}": told.full[:, i]}
        columns |= {name: np.array([n[name] for n in self.noise]) for name in NOISE}
        pl.DataFrame(columns).write_parquet(out, compression="zstd")
        cells = [[c.crossings[0], c.direction, c.streams[0], c.start.date().isoformat()] for c in self.cells]
        said = {"key": key, "table": _digest(out.getvalue()), "cells": cells}
        return {TABLE: out.getvalue(), SAID: as_text(said)}


def prepare(
    scenario: Scenario | Model,
    fit: Fit | None = None,
    problem: Problem | None = None,
    *,
    first: dt.date | None = None,
    days: int = DAYS,
    streams: Sequence[str] = (),
    threads: int | None = None,
) -> Ready:
    """What is expected at each crossing on each day under all orders of a scenario, for `crossings.calibration.today.reweight`.

    Parameters
    ----------
    scenario : Scenario or Model
        With its orders; a model that is there is used again.
    fit, problem : Fit and Problem, optional
        What was learned, and from what; a draw of the fit each. Without them the scenario's own numbers are used, and of the
        levels it is assumed that they move with a standard deviation of 0.5.
    first : date, optional
        The first day; by default the one after the fit's last, or the scenario's first.
    days : int
        How many.
    streams : sequence of str
        Of a scenario without a fit; by default all.
    threads : int, optional
        On which nothing depends but the time.

    Returns
    -------
    Ready
        Seconds of work with a fit, a moment without; keep it, as every set of counts starts from it.

    Raises
    ------
    InputError
        Where the fit has other parameters than the problem.

    Examples
    --------
    >>> ready = prepare(Scenario.read("two-crossings"), days=3)
    >>> len(ready.expected)
    500
    """
    if fit is not None and problem is not None:
        written = scenario.scenario if isinstance(scenario, Model) else scenario
        model = scenario if isinstance(scenario, Model) else Model(problem.given(written))
        start = first or (dt.date.fromisoformat(fit.until) + DAY if fit.until else model.scenario.settings.start.date())
        return _of_fit(model, fit, problem, start, days, threads)
    model = scenario if isinstance(scenario, Model) else Model(scenario)
    chosen = tuple(streams) or tuple(model.scenario.settings.streams)
    cells = _cells(model, chosen, first or model.scenario.settings.start.date(), days)
    likelihood = Likelihood(model, Numbers(model, {}, chosen), cells, 0.0)
    mean = likelihood.mean(np.zeros(0))  # one vector needs no batch, and nothing to be compiled
    noise = likelihood.numbers.noise | {"supply_sd": ASSUMED_SD, "route_sd": ASSUMED_SD}
    told = f"the scenario's own numbers; levels are assumed to move with a standard deviation of {ASSUMED_SD:g}"
    background = model.scenario.settings.fit.background_per_day
    full = full_shares(
        likelihood.numbers.tables,
        likelihood.expectation.plan,
        likelihood.expectation.fluid,
        likelihood.stays,
        mean,
        noise,
    )
    expected = ExpectedCounts(*(np.repeat(a[None, :], DRAWS, 0) for a in (mean, full)))
    return Ready(cells, expected, (), ExpectedCounts.none(DRAWS), (noise,) * DRAWS, background, told)


def _of_fit(model: Model, fit: Fit, problem: Problem, first: dt.date, days: int, threads: int | None) -> Ready:
    cells = _cells(model, problem.streams, first, days)
    with closing(Batches(Likelihood(model, problem.numbers(model), cells, 0.0), threads)) as batches:
        expected, noise = batches.expected(fit.draws), batches.noise(fit.draws)
    return Ready(
        cells,
        expected,
        problem.cells,
        problem.expected(fit.draws, threads),
        tuple(noise),
        problem.background,
        _told(fit),
    )


def ahead_key(fit: Fit, problem: Problem, scenario: Scenario) -> str:
    """Of all that decides what is expected ahead: the draws, what acts on whom, and the scenario with its orders."""
    given = problem.given(scenario)
    plain = dataclasses.replace(given, observations=(), claims=())
    digest = hashlib.blake2b(plain.hash.encode(), digest_size=16)
    digest.update(repr((fit.names, [c.id for c in problem.cells], fit.made_by.get("kernel"), problem.fixed)).encode())
    digest.update(np.ascontiguousarray(fit.draws).tobytes())
    return digest.hexdigest()


def read_ready(directory: str | Path, fit: Fit, problem: Problem) -> Ready | None:
    """What a fit's folder keeps of it; None where there is nothing, or it is of another scenario, fit or version, or damaged."""
    folder = Path(directory)
    try:
        said = read_json(folder / SAID, within=folder)
        data = read_bytes(folder / TABLE, within=folder)
        if said["key"] != ahead_key(fit, problem, problem.scenario) or said["table"] != _digest(data):
            return None
        gates = {(gate.crossing, gate.direction, gate.stream) for gate in problem.model.gates}
        cells = tuple(
            day_cell(where, way, stream, dt.date.fromisoformat(on))
            for where, way, stream, on in said["cells"]
            if (where, way, stream) in gates
        )
        if not cells or len(cells) != len(set(cells)) or len(cells) != len(said["cells"]):
            return None
        table = read_table(folder / TABLE, within=folder)
        expected, known = (
            _read_expected(table, *which) for which in (("ahead", len(cells)), ("known", len(problem.cells)))
        )
        noise = float_columns(table, NOISE, finite=False)
        sound = np.where(
            np.array(NOISE) == "day_shape", noise > 0, (noise >= 0) & np.isfinite(noise)
        )  # it may be infinite
        if len(expected) != len(fit.draws) or not sound.all():
            return None
    except (UnreadableError, InputError, KeyError, ValueError, TypeError, OverflowError, pl.exceptions.PolarsError):
        return None
    told = tuple(dict(zip(NOISE, row, strict=True)) for row in noise.tolist())
    return Ready(cells, expected, problem.cells, known, told, problem.background, _told(fit))


def _read_expected(table: pl.DataFrame, when: str, number: int) -> ExpectedCounts:
    """Raises ValueError for numbers that are none."""
    mean, full = (float_columns(table, [f"{when}{kind} {i}" for i in range(number)]) for kind in ("", " full"))
    if min(mean.min(initial=0.0), full.min(initial=0.0)) < 0 or full.max(initial=0.0) > 1:
        raise ValueError("a number or a share below 0, or a share above 1")
    return ExpectedCounts(mean.reshape(table.height, number), full.reshape(table.height, number))


def _told(fit: Fit) -> str:
    return f"{counted(len(fit.draws), 'draw')} of the fit through {fit.until or 'the last count'}"


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _cells(model: Model, streams: Sequence[str], first: dt.date, days: int) -> tuple[Cell, ...]:
    """One for each crossing, direction and day until the scenario ends."""
    settings = model.scenario.settings
    last = min(first + (days - 1) * DAY, (settings.end - dt.timedelta(microseconds=1)).date())
    return tuple(
        day_cell(gate.crossing, gate.direction, gate.stream, first + k * DAY)
        for gate in model.gates
        if gate.stream in streams and gate.direction == (settings.streams[gate.stream].direction or gate.direction)
        for k in range((last - first).days + 1)
    )


def day_cell(crossing: str, direction: str, stream: str, date: dt.date) -> Cell:
    """Whoever crosses on a local day, to be foretold."""
    start = dt.datetime(date.year, date.month, date.day)
    return Cell(
        id=f"{crossing}-{date}",
        ids=(),
        crossings=(crossing,),
        direction=direction,
        streams=(stream,),
        what="crossed",
        unit="vehicles",
        start=start,
        end=start + DAY,
        low=0.0,
        high=np.inf,
        kind="count",
        minus=(),
        pieces=(Piece(crossing, direction, stream, start, start + DAY),),
        tells=1.0,
        reason="forecast",
    )


def log_probabilities(cells: Sequence[Cell], expected: ExpectedCounts, noise: Sequence[Mapping[str, float]]) -> Floats:
    """[D] ln P of counts, of which each draw expects so many."""
    if not cells:
        return np.zeros(len(expected))
    if any(moves(n) for n in noise):
        return states(expected, cells, noise, ())[1]
    day, lengths = days_of(cells)
    low, high, tells = (np.array([getattr(c, name) for c in cells], float) for name in ("low", "high", "tells"))
    possible = np.ones((lengths.size, 1), np.bool_)
    shapes = np.array([n["day_shape"] for n in noise])
    return np.array(
        [
            log_likelihood(row[None, :], full, possible, low, high, day, tells, factors, max(1.0, n["group_size"]))
            for row, full, factors, n in zip(
                expected.mean, expected.full, day_factors(lengths, shapes), noise, strict=True
            )
        ]
    )
