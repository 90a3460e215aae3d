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

from crossings.calibration.parameter_map import Numbers, with_days, with_numbers
from crossings.calibration.posterior import Fit
from crossings.errors import Fault, InputError, suggest
from crossings.io.atomic_folder import as_text
from crossings.io.disk import UnreadableError, read_json
from crossings.model import Model
from crossings.scenario import Scenario
from crossings.scenario.fit_spec import Parameter
from crossings.store import read_table

__all__ = ["Draws"]

Floats = NDArray[np.float64]
SAID, VALUES = "fit.json", "draws.parquet"
ACTS = (
    "target",
    "how",
    "stream",
    "origin",
    "ids",
    "from_",
    "until",
)  # what a parameter changes; its prior may be another
Ready = tuple[threading.Lock, Numbers]


@dataclass(frozen=True, eq=False, repr=False)
class Draws:
    """Draws of a fit, as `run`, `run_many` and `compare` take them for ``parameters``: seed k has draw k mod D, in every scenario.

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
    _ready: dict[Model, Ready] = field(default_factory=dict, repr=False)

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
        return cls(names, tuple(there[name] for name in names), fit.streams, values, fit.until, seed)

    @property
    def hash(self) -> str:
        """By which the same draws are known again."""
        digest = hashlib.blake2b(self._said().encode(), digest_size=8)
        digest.update(np.ascontiguousarray(self.values).tobytes())
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
        if model not in self._ready:
            days = any(p.target == "noise.day_shape" for p in self.parameters)
            base = with_days(model, self.streams) if days else model
            numbers = Numbers(base, dict(zip(self.names, self.parameters, strict=True)), self.streams)
            self._ready[model] = threading.Lock(), numbers

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
        lock, numbers = self._ready[model]
        with lock:
            return with_numbers(numbers.model, numbers, self.values[seed % len(self.values)])

    def files(self) -> dict[str, bytes | str]:
        """What is kept beside a run, so that it can be made again: files by name."""
        out = io.BytesIO()
        pl.DataFrame({name: self.values[:, i] for i, name in enumerate(self.names)}).write_parquet(out)
        return {f"fit/{SAID}": self._said(), f"fit/{VALUES}": out.getvalue()}

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
            return cls(names, parameters, tuple(said["streams"]), values, said["until"], said["seed"])
        except (KeyError, ValueError, TypeError, OverflowError, UnreadableError, pl.exceptions.PolarsError) as error:
            words = (str(error).splitlines() or [type(error).__name__])[0][:120]
            what = f"cannot be read as draws of a fit: {words}"
            raise InputError(Fault(str(folder), what, "it should hold those of this run")) from None

    def _said(self) -> str:
        shown = [p.model_dump(mode="json", by_alias=True, exclude_defaults=True) for p in self.parameters]
        said = {"names": list(self.names), "parameters": shown, "streams": list(self.streams)}
        return as_text(said | {"until": self.until, "seed": self.seed})

    def __reduce__(self) -> tuple[Any, ...]:
        """What is ready stays in this process."""
        return Draws, (self.names, self.parameters, self.streams, self.values, self.until, self.seed)
