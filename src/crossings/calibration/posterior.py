"""What was learned: draws of the parameters, how far the counts narrowed the priors, and how it was made."""

from __future__ import annotations

import datetime as dt
import io
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crossings.calibration.known_levels import KnownLevels
from crossings.errors import InputError
from crossings.io.atomic_folder import ASKED, as_text, working_folder
from crossings.io.disk import UnreadableError, lies_in, read_json
from crossings.io.faults import counted
from crossings.scenario.fit_spec import Parameter
from crossings.store import float_columns, read_table

Floats = NDArray[np.float64]
FILES = ("fit.json", "draws.parquet", "trace.parquet")
# Of a step of the sampling: power of the likelihood, evidence so far, share of moves taken, quantiles of ln likelihood.
TRACE = ("power", "evidence", "moved", "p05", "p50", "p95")
LEVELS = "levels.parquet"
MAKE_AGAIN = "make the fit again with crossings fit --out"
PRIOR_DRIVEN = 0.2  # contraction below which a parameter stays what the prior says


@dataclass(frozen=True, repr=False)
class Fit:
    """A posterior. n parameters, D draws of equal weight.

    Attributes
    ----------
    names : tuple of str
        The n parameters.
    parameters : tuple of Parameter
        The same, with priors and targets.
    idle : tuple of str
        Parameters of the scenario that act only on rows that were not known yet.
    streams : tuple of str
        Groups that were learned.
    draws, prior_draws : array [D, n]
        Of the posterior, and of the prior.
    log_likelihood : array [D]
        Of each draw.
    prior_sd : array [n]
        Standard deviation before any count.
    trace : array [steps, 6]
        A row a step of the sampling.
    evidence, evidence_error : float
        Natural logarithm of the probability of the counts, and its standard error.
    evaluations : int
        Likelihoods computed.
    effective : float
        Effective sample size.
    information : float
        From prior to posterior, in nats.
    seconds : float
        How long it took.
    made_by : dict
        What made it.
    levels : KnownLevels, optional
        What the counts told of levels that last, for each draw; None where there are none.

    Examples
    --------
    >>> import crossings as cx
    >>> fit = cx.fit(cx.Problem(cx.Scenario.read("finland-2023"), until="2023-11-17"))  # doctest: +SKIP
    >>> fit.frame()  # doctest: +SKIP
    """

    names: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    idle: tuple[str, ...]
    streams: tuple[str, ...]
    draws: Floats
    log_likelihood: Floats
    trace: Floats
    evidence: float
    evidence_error: float
    evaluations: int
    effective: float
    information: float
    prior_sd: Floats
    prior_draws: Floats
    seconds: float
    made_by: dict[str, Any] = field(default_factory=dict)
    levels: KnownLevels | None = None

    def __repr__(self) -> str:
        return f"<Fit of {self.made_by.get('scenario', 'a scenario')}: {', '.join(self.names)}; {counted(len(self.draws), 'draw')}>"

    @property
    def contraction(self) -> Floats:
        """[n] 1 − posterior sd / prior sd: near 1 where the counts speak, near 0 where the prior stays."""
        return np.asarray(1.0 - self.draws.std(axis=0) / self.prior_sd)

    @property
    def verdicts(self) -> tuple[str, ...]:
        """[n] what the counts say of each parameter: *counts speak*, *prior stays*, or that they move it off its prior.

        A posterior no narrower than its prior need not be its prior: *counts move it* where its median lies beyond the
        prior's quartiles, *outside its prior* where it lies beyond the prior's 90% interval.
        """
        middle = np.median(self.draws, axis=0)
        lowest, low, high, highest = np.quantile(self.prior_draws, [0.05, 0.25, 0.75, 0.95], axis=0)
        outside, moved = (middle < lowest) | (middle > highest), (middle < low) | (middle > high)
        speaks = self.contraction >= PRIOR_DRIVEN
        found = np.select(
            [outside, speaks, moved], ["outside its prior", "counts speak", "counts move it"], "prior stays"
        )
        return tuple(str(word) for word in found)

    @property
    def until(self) -> str | None:
        """The last local day whose counts were used."""
        found = self.made_by.get("until")
        return None if found is None else str(found)

    def column(self, name: str) -> Floats:
        """The draws of one parameter.

        Parameters
        ----------
        name : str
            The parameter.

        Returns
        -------
        array [D]
            In the unit of the parameter.
        """
        return np.asarray(self.draws[:, self.names.index(name)])

    def table(self) -> pl.DataFrame:
        """A row a parameter: prior and posterior median and 90% interval, contraction, verdict."""
        rows, verdicts = [], self.verdicts
        for i, (name, parameter) in enumerate(zip(self.names, self.parameters, strict=True)):
            before, after = (np.quantile(d[:, i], [0.05, 0.5, 0.95]) for d in (self.prior_draws, self.draws))
            rows.append(
                {
                    "parameter": name,
                    "unit": parameter.unit,
                    "prior": parameter.prior,
                    **dict(zip(("prior_p05", "prior_p50", "prior_p95"), before.tolist(), strict=True)),
                    **dict(zip(("p05", "p50", "p95"), after.tolist(), strict=True)),
                    "contraction": float(self.contraction[i]),
                    "verdict": verdicts[i],
                    "meaning": parameter.meaning,
                }
            )
        return pl.DataFrame(rows)

    def frame(self) -> pl.DataFrame:
        """A table in long form: a row for each number.

        Returns
        -------
        polars.DataFrame
            scenario, parameter, measure ("prior", "posterior"), statistic ("p05", "p50", "p95"), value.
        """
        rows = []
        for row in self.table().iter_rows(named=True):
            for measure, head in (("prior", "prior_"), ("posterior", "")):
                for statistic in ("p05", "p50", "p95"):
                    at = {
                        "scenario": self.made_by.get("scenario", ""),
                        "parameter": row["parameter"],
                        "measure": measure,
                    }
                    rows.append(at | {"statistic": statistic, "value": row[f"{head}{statistic}"]})
        return pl.DataFrame(rows)

    def to_json(self) -> dict[str, Any]:
        """Everything but the draws."""
        return {
            "made_by": self.made_by,
            "streams": list(self.streams),
            "idle": list(self.idle),
            "evidence": self.evidence,
            "evidence_error": self.evidence_error,
            "evaluations": self.evaluations,
            "effective": self.effective,
            "information": self.information,
            "parameters": self.table().to_dicts(),
        }

    def write(
        self,
        directory: str | os.PathLike[str],
        extra: Mapping[str, bytes | str] | None = None,
        *,
        force: bool = False,
    ) -> None:
        """Write to a folder: fit.json, draws.parquet, trace.parquet, made_by.json; whole, or not at all.

        Parameters
        ----------
        directory : str or path
            A new folder, or one that holds the same fit.
        extra : mapping of str to bytes or str, optional
            Further files, by name.
        force : bool
            Replace a finished result of anything but the same fit.

        Raises
        ------
        InputError
            Where the folder holds something else, or cannot be written.
        """
        with working_folder(Path(directory), asked=asked_of(self.made_by), force=force) as work:
            for name, data in (self.files() | dict(extra or {})).items():
                work.write(name, data)
            work.publish(self.made_by)

    def files(self) -> dict[str, bytes | str]:
        """What is kept of it beside made_by.json: files by name. They hold no times, so the same fit has the same bytes."""
        written = self.to_json() | {
            "names": list(self.names),
            "priors": [p.model_dump(mode="json", by_alias=True, exclude_defaults=True) for p in self.parameters],
            "prior_sd": self.prior_sd.tolist(),
        }
        if self.levels is not None:
            written["levels"] = self.levels.said()
        draws = {n: self.draws[:, i] for i, n in enumerate(self.names)}
        before = {f"prior {n}": self.prior_draws[:, i] for i, n in enumerate(self.names)}
        return {
            "fit.json": as_text(written),
            "draws.parquet": _parquet(draws | {"log_likelihood": self.log_likelihood} | before),
            "trace.parquet": _parquet({c: self.trace[:, i] for i, c in enumerate(TRACE)}),
            **({} if self.levels is None else {LEVELS: self.levels.table()}),
        }

    @classmethod
    def read(cls, directory: str | os.PathLike[str]) -> Fit:
        """Read a folder that `write` wrote.

        Parameters
        ----------
        directory : str or path
            The folder.

        Returns
        -------
        Fit
            As it was written.

        Raises
        ------
        InputError
            If it is not such a folder, or not whole.
        """
        folder = Path(directory)
        missing = [f for f in (*FILES, "made_by.json") if not (folder / f).is_file()]
        if not missing:
            missing = [f for f in (*FILES, "made_by.json") if not lies_in(folder / f, folder)]
        if missing:
            raise InputError(
                str(directory), f"is not a fit folder: {missing[0]} is missing", "make one with crossings fit --out"
            )
        try:
            said = read_json(folder / "fit.json")
            draws, trace = (read_table(folder / f, instead=MAKE_AGAIN) for f in FILES[1:])
            names = _texts(said["names"])
            parameters = tuple(Parameter.model_validate(p) for p in said["priors"])
            prior_sd = np.array([float(x) for x in said["prior_sd"]])
            if not len(names) == len(parameters) == len(prior_sd):
                raise ValueError("names, priors and prior_sd are not of the same parameters")
            levels = None
            if "levels" in said:
                if not (folder / LEVELS).is_file():
                    raise ValueError(f"{LEVELS} is missing")
                table = read_table(folder / LEVELS, within=folder, instead=MAKE_AGAIN)
                levels = KnownLevels.read(said["levels"], table, draws.height)
            return cls(
                names=names,
                parameters=parameters,
                idle=_texts(said["idle"]),
                streams=_texts(said["streams"]),
                draws=float_columns(draws, names),
                log_likelihood=float_columns(draws, ["log_likelihood"], finite=False)[:, 0],
                trace=float_columns(trace, TRACE, finite=False),
                evidence=float(said["evidence"]),
                evidence_error=float(said["evidence_error"]),
                evaluations=int(said["evaluations"]),
                effective=float(said["effective"]),
                information=float(said["information"]),
                prior_sd=prior_sd,
                prior_draws=float_columns(draws, [f"prior {n}" for n in names]),
                seconds=0.0,
                made_by=_checked(said["made_by"]),
                levels=levels,
            )
        except (
            KeyError,
            ValueError,
            TypeError,
            AttributeError,
            RecursionError,
            OverflowError,
            UnreadableError,
            pl.exceptions.PolarsError,
        ) as error:
            words = str(error).splitlines()[0][:120]
            raise InputError(str(directory), f"cannot be read as a fit: {words}", MAKE_AGAIN) from None


def asked_of(made_by: Mapping[str, Any]) -> dict[str, Any]:
    """What a person asked for when this fit was made, as `crossings.io.atomic_folder.check_folder` takes it."""
    return {key: made_by.get(key) for key in (*ASKED, "until", "points", "width", "fixed")}


def _texts(given: Any) -> tuple[str, ...]:
    """A list of names, each once; raises ValueError or TypeError where it is none."""
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given) or len(set(given)) != len(given):
        raise ValueError("names are to be a list of texts, each once")
    return tuple(given)


def _finite(given: Any) -> float:
    """A number; raises ValueError, TypeError or OverflowError where it is none."""
    if not math.isfinite(number := float(given)):
        raise ValueError("a number that is none")
    return number


def _checked(made: dict[str, Any]) -> dict[str, Any]:
    """What made a fit, each thing of its kind; raises ValueError, TypeError or AttributeError where it is not."""
    until = made.get("until")
    return made | {
        "until": None if until is None else dt.date.fromisoformat(until).isoformat(),
        "by": str(made.get("by", "period")),
        "width": _finite(made.get("width", 1.0)),
        "fixed": {str(name): _finite(value) for name, value in made.get("fixed", {}).items()},
        "without": [str(name) for name in made.get("without", [])],
    }


def _parquet(columns: Mapping[str, Floats]) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(dict(columns)).write_parquet(out, compression="zstd")
    return out.getvalue()
