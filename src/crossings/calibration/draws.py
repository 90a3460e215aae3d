"""Runs over what was learned: for each seed, the model with one draw of the posterior."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crossings.calibration.known_levels import KnownLevels, Paths
from crossings.calibration.moved_tables import Moving
from crossings.calibration.parameter_map import Numbers, with_days, with_numbers
from crossings.calibration.posterior import Fit
from crossings.errors import Fault, InputError, suggest
from crossings.io.atomic_folder import as_text
from crossings.io.disk import UnreadableError, read_json
from crossings.model import Model
from crossings.scenario import Scenario
from crossings.scenario.fit_spec import Parameter
from crossings.store import read_table

Floats = NDArray[np.float64]
SAID, VALUES, LEVELS = "fit.json", "draws.parquet", "levels.parquet"
ACTS = (
    "target",
    "how",
    "stream",
    "origin",
    "ids",
    "from_",
    "until",
)  # what a parameter changes; its prior may be another


@dataclass(frozen=True, eq=False)
class _Ready:
    """What draws need of one model. written: of the model of all orders as written; paths: of levels, where they last."""

    lock: threading.Lock
    numbers: Numbers
    written: Numbers | None = None
    moving: Moving | None = None
    paths: Paths | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Draws:
    """Draws of a fit, as `run`, `run_many` and `compare` take them for ``parameters``: seed k has draw k mod D, in every
    scenario.

    Attributes
    ----------
    names : tuple of str
        The n parameters, with those that the fit held at a value.
    parameters : tuple of Parameter
        The same, with priors and targets.
    streams : tuple of str
        Groups that were learned; all others keep the scenario's numbers.
    values : array [D, n]
        One draw a row.
    until, seed : str
        Of the fit.
    levels : KnownLevels, optional
        What the counts of the fit told of levels that last; each seed has a path of its own. None where no level moves.

    Examples
    --------
    >>> import crossings as cx
    >>> draws = cx.Draws.of(fit, scenario)  # doctest: +SKIP
    >>> runs = cx.run_many(scenario, seeds=range(1, 101), parameters=draws)  # doctest: +SKIP
    """

    names: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    streams: tuple[str, ...]
    values: Floats
    until: str | None
    seed: str
    levels: KnownLevels | None = None
    _ready: dict[Model, _Ready] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"<Draws of {', '.join(self.names)}: {len(self.values):,}>"

    @classmethod
    def of(cls, fit: Fit, scenario: Scenario) -> Draws:
        """The draws of a fit, for a scenario.

        Parameters
        ----------
        fit : Fit
            What was learned.
        scenario : Scenario
            The scenario that is run over it.

        Returns
        -------
        Draws
            All draws of the fit.

        Raises
        ------
        InputError
            Where the scenario does not have the parameters of the fit.
        """
        held = {str(name): float(value) for name, value in dict(fit.made_by.get("fixed") or {}).items()}
        there = dict(scenario.settings.fit.parameters)
        faults = []
        for name in (*fit.names, *held):
            if name not in there:
                instead = suggest(name, list(there)) if there else "fit this scenario"
                what = f"was made with parameter '{name}', which scenario {scenario.settings.name} does not have"
                faults.append(Fault("fit", what, instead))
        for name, parameter in zip(fit.names, fit.parameters, strict=True):
            if name in there and any(getattr(there[name], a) != getattr(parameter, a) for a in ACTS):
                what = f"was made when parameter '{name}' changed something else than it does in the scenario now"
                faults.append(Fault("fit", what, "fit again"))
        for stream in fit.streams:
            if stream not in scenario.settings.streams:
                accepted = suggest(stream, list(scenario.settings.streams))
                faults.append(Fault("fit", f"was made for stream '{stream}', which is not there", accepted))
        if faults:
            raise InputError(faults)
        names = tuple(name for name in there if name in held or name in fit.names)  # in the order in which they act
        one = np.ones(len(fit.draws))
        values = np.column_stack([held[name] * one if name in held else fit.column(name) for name in names])
        seed = str(fit.made_by.get("seeds", ""))
        parameters = tuple(there[name] for name in names)
        levels = fit.levels or KnownLevels.nothing(_variances(parameters, values))
        return cls(names, parameters, fit.streams, values, fit.until, seed, levels if levels.moves else None)

    @property
    def hash(self) -> str:
        """By which the same draws are known again."""
        digest = hashlib.blake2b(self._said().encode(), digest_size=8)
        digest.update(np.ascontiguousarray(self.values).tobytes())
        if self.levels is not None:
            for array in (self.levels.slope, self.levels.curve, self.levels.variances):
                digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    @property
    def made_by(self) -> dict[str, Any]:
        """What is added to ``made_by`` of a run over these draws."""
        until = {} if self.until is None else {"fit_until": self.until}
        return {"fit": self.hash, **until, "fit_seed": self.seed, "fit_draws": len(self.values)}

    def prepare(self, model: Model) -> None:
        """Build what `draw` needs, once, before threads share it.

        Parameters
        ----------
        model : Model
            The model that is run.

        Raises
        ------
        InputError
            Where nothing in the model is changed by a parameter.
        """
        _ = model.tables, model.people
        if model in self._ready:
            return
        days = self.levels is not None or any(p.target == "noise.day_shape" for p in self.parameters)
        base = with_days(model, self.streams) if days else model
        parameters = dict(zip(self.names, self.parameters, strict=True))
        numbers = Numbers(base, parameters, self.streams)
        if self.levels is None:
            self._ready[model] = _Ready(threading.Lock(), numbers)
            return
        as_written = model.scenario.closures == model.written.closures
        written = base if as_written else Model(model.written)
        moving = Moving(base, written, self.streams)
        paths = Paths(self.levels, self.streams, moving.routes, *moving.days)
        _ = moving.ways, moving.rows, moving.paces
        others = None if as_written else Numbers(written, parameters, self.streams)
        self._ready[model] = _Ready(threading.Lock(), numbers, others, moving, paths)

    def draw(self, model: Model, seed: int) -> Model:
        """The model with the draw of a seed.

        Parameters
        ----------
        model : Model
            The model that is run.
        seed : int
            Of the run.

        Returns
        -------
        Model
            The same model with other numbers.
        """
        self.prepare(model)
        ready, row = self._ready[model], seed % len(self.values)
        values = self.values[row]
        with ready.lock:
            drawn = with_numbers(ready.numbers.model, ready.numbers, values)
            if ready.moving is None or ready.paths is None:
                return drawn
            weights = drawn.tables.journeys["weight"]
            if ready.written is not None:
                weights = ready.written.apply(values)[0].journeys["weight"].copy()
        return ready.moving.moved(drawn, weights, *ready.paths.factors(row, seed))

    def files(self) -> dict[str, bytes | str]:
        """What is kept beside a run, so that it can be made again: files by name."""
        out = io.BytesIO()
        pl.DataFrame({name: self.values[:, i] for i, name in enumerate(self.names)}).write_parquet(out)
        more = {} if self.levels is None else {f"fit/{LEVELS}": self.levels.table()}
        return {f"fit/{SAID}": self._said(), f"fit/{VALUES}": out.getvalue(), **more}

    @classmethod
    def read(cls, directory: str | os.PathLike[str]) -> Draws:
        """Read what a run over draws kept of them.

        Parameters
        ----------
        directory : str or path
            A folder that `crossings run --fit --out` wrote.

        Returns
        -------
        Draws
            Those of the run.

        Raises
        ------
        InputError
            Where they cannot be read.
        """
        folder = Path(directory)
        try:
            said = read_json(folder / SAID, within=folder)
            names = tuple(map(str, said["names"]))
            parameters = tuple(Parameter.model_validate(p) for p in said["parameters"])
            values = read_table(folder / VALUES, within=folder).select(names).to_numpy()
            levels = None
            if "levels" in said:
                levels = KnownLevels.read(said["levels"], read_table(folder / LEVELS, within=folder), len(values))
            return cls(names, parameters, tuple(said["streams"]), values, said["until"], said["seed"], levels)
        except (KeyError, ValueError, TypeError, OverflowError, UnreadableError, pl.exceptions.PolarsError) as error:
            words = (str(error).splitlines() or [type(error).__name__])[0][:120]
            what = f"cannot be read as draws of a fit: {words}"
            raise InputError(str(folder), what, "it should hold those of this run") from None

    def _said(self) -> str:
        shown = [p.model_dump(mode="json", by_alias=True, exclude_defaults=True) for p in self.parameters]
        said = {"names": list(self.names), "parameters": shown, "streams": list(self.streams)}
        more = {} if self.levels is None else {"levels": self.levels.said()}
        return as_text(said | {"until": self.until, "seed": self.seed} | more)

    def __reduce__(self) -> tuple[Any, ...]:
        """What is ready stays in this process."""
        return Draws, (self.names, self.parameters, self.streams, self.values, self.until, self.seed, self.levels)


def _variances(parameters: tuple[Parameter, ...], values: Floats) -> Floats:
    """[D, 3] of levels of a fit that keeps nothing of them: of supply and routes; days have factors of their own in a run."""
    out = np.zeros((len(values), 3))
    for i, parameter in enumerate(parameters):
        if parameter.target in ("noise.supply_sd", "noise.route_sd"):
            out[:, 1 if parameter.target == "noise.supply_sd" else 2] = values[:, i] ** 2
    return out
