"""What comes out: counts per period, crossing and stream with their bands over seeds, and what made them.

A `Runs` holds one scenario's ensemble as arrays with a row per seed; its tables are polars frames made on demand.
"""

from __future__ import annotations

import datetime as dt
import io
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crossings.io.atomic_folder import ASKED, working_folder
from crossings.io.faults import counted
from crossings.kernel.agents.tally import COUNTS
from crossings.kernel.core.layout import STATES
from crossings.scenario.entities import Observation
from crossings.store.display import drawn
from crossings.store.endings import endings
from crossings.store.tidy import long_form

__all__ = [
    "BAND",
    "COUNTS",
    "PICKS",
    "STATES",
    "Runs",
    "Tallies",
    "Tally",
    "as_parquet",
    "band",
    "nested",
    "write_directory",
]

Array = NDArray[Any]
BAND = ("mean", "p05", "p50", "p95")
WAITS = ("mean", "p50", "p95")
ROOM = 2**23  # numbers that a band may hold in memory at once


def band(values: Array) -> dict[str, Array]:
    """Mean, 5th, 50th and 95th percentile over the first axis (seeds); nan where no seed has a value."""
    values = np.asarray(values, float)
    if values.size == 0:
        empty = np.full(values.shape[1:], np.nan)
        return dict.fromkeys(BAND, empty)
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    number = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.sum(axis=0) / number
    ordered = np.sort(values, axis=0)  # nan last
    low, mid, high = (_quantile(ordered, number, q) for q in (0.05, 0.5, 0.95))
    return {"mean": mean, "p05": low, "p50": mid, "p95": high}


def _quantile(ordered: Array, number: Array, q: float) -> Array:
    """Linear interpolation between order statistics; the first ``number`` of each column [...] count, nan where none."""
    at = q * np.maximum(number - 1, 0)
    below = at.astype(np.int64)
    above = np.minimum(below + 1, np.maximum(number - 1, 0))
    a, b = (np.take_along_axis(ordered, index[None], axis=0)[0] for index in (below, above))
    return np.asarray(a + (b - a) * (at - below))


@dataclass(frozen=True, slots=True)
class Tally:
    """One seed's counts. P periods, G gates, Q = (stream, origin) cells, D sites.

    counts [P, G, 5] (arrived, crossed, turned away, reneged, waiting at the period's end); waits [P, G, 3] hours (mean, median,
    p95); servers [P, G]; totals [Q, 8] travellers by state; present [P, D] persons at the first step from the period's end on and
    over [P, D] arrivals that found the place full; seen [O] the simulated counterpart of each observation.
    """

    seed: int
    counts: Array
    waits: Array
    servers: Array
    totals: Array
    present: Array
    over: Array
    seen: Array = field(default_factory=lambda: np.zeros(0))


def _pick(name: str, k: int) -> Callable[[Tally], Array]:
    return lambda tally: getattr(tally, name)[..., k]


# Table -> column -> where a seed's tally holds it; the rows of a table are the flattened cells.
PICKS: dict[str, dict[str, Callable[[Tally], Array]]] = {
    "flows": {name: _pick("counts", k) for k, name in enumerate(COUNTS)}
    | {f"wait_{name}_h": _pick("waits", k) for k, name in enumerate(WAITS)}
    | {"servers_needed": lambda tally: tally.servers},
    "totals": {"created": lambda tally: tally.totals.sum(axis=1)}
    | {name: _pick("totals", k) for k, name in enumerate(STATES)},
    "places": {"present": lambda tally: tally.present, "over": lambda tally: tally.over},
    "observations": {"simulated": lambda tally: tally.seen},
}


class Tallies(Sequence[Tally]):
    """Tallies that are not held in memory: read one by one, or a column of all seeds at a time."""

    @property
    @abstractmethod
    def seeds(self) -> list[int]:
        """The seeds, in order."""

    @abstractmethod
    def column(self, table: str, name: str, start: int, stop: int) -> Array:
        """[K, stop − start]: one column of a table, for every seed, of the rows from ``start``."""


@dataclass(frozen=True, repr=False)
class Runs:
    """An ensemble of one scenario: K runs of the same model, one a seed.

    Tables: `flows`, `totals`, `places`; each figure as mean, p05, p50, p95 over runs. Units: travellers in the group's
    unit for counts, hours for waits, persons for places.

    Attributes
    ----------
    name, scenario : str
        As in a comparison, and of the scenario.
    by : {"day", "hour"}
        Length of the P periods.
    periods : tuple of datetime [P]
        Local times at which they begin.
    gates : tuple of (str, str, str) [G]
        Crossing, direction, group.
    cells : tuple of (str, str)
        Group and origin, the rows of `totals`.
    sites : tuple of str
        Places where somebody can arrive.
    capacity : tuple of float or None
        Persons that each place can hold.
    tallies : sequence of Tally [K]
        Each run's counts.
    made_by : dict
        What made it.
    observations : tuple of Observation
        The counts of the scenario.

    Examples
    --------
    >>> import crossings as cx
    >>> list(cx.run_many("two-crossings", seeds=[1, 2])["two-crossings"].tables())
    ['flows', 'totals', 'places']
    """

    name: str
    scenario: str
    by: str
    periods: tuple[dt.datetime, ...]
    gates: tuple[tuple[str, str, str], ...]
    cells: tuple[tuple[str, str], ...]
    sites: tuple[str, ...]
    capacity: tuple[float | None, ...]
    tallies: Sequence[Tally]
    made_by: dict[str, Any] = field(default_factory=dict)
    observations: tuple[Observation, ...] = ()

    def __repr__(self) -> str:
        first, last = self.periods[0], self.periods[-1]
        crossings = len({c for c, _, _ in self.gates})
        return (
            f"<Runs of {self.scenario}: {counted(len(self.tallies), 'run')}, {counted(len(self.periods), self.by)} from {first:%Y-%m-%d} to "
            f"{last:%Y-%m-%d}, {counted(crossings, 'crossing')}; tables: flows, totals, places>"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{drawn(self)}{self.totals._repr_html_()}"

    def frame(self, table: str = "flows") -> pl.DataFrame:
        """A table in long form: a row for each number.

        Parameters
        ----------
        table : {"flows", "totals", "places"}
            Which.

        Returns
        -------
        polars.DataFrame
            scenario, the table's keys (``date`` as a date, by hour ``time``), measure, statistic ("mean", "p05", "p50",
            "p95"), value. ``.to_pandas()`` makes it one of pandas.

        Raises
        ------
        KeyError
            For a table that there is not.

        Examples
        --------
        >>> import crossings as cx
        >>> cx.run("two-crossings", seed=1).frame().columns[-3:]
        ['measure', 'statistic', 'value']
        """
        return long_form(self.tables()[table], self.scenario)

    @property
    def seeds(self) -> list[int]:
        """The seeds, in order."""
        return self.tallies.seeds if isinstance(self.tallies, Tallies) else [t.seed for t in self.tallies]

    def counts(self) -> Array:
        """[K, P, G, 5]: see `Tally`. All in memory; `over_seeds` is not."""
        return np.stack([t.counts for t in self.tallies])

    def seen(self) -> Array:
        """[K, O]: what each seed has in the place of each observation; nan where they cannot be compared."""
        return self._column("observations", "simulated", 0, len(self.observations))

    def over_seeds(self, table: str, *columns: str) -> dict[str, Array]:
        """The range over runs of a column, or of the sum of several, by row of a table; in parts, so that memory stays flat.

        Parameters
        ----------
        table : {"flows", "totals", "places"}
            Which.
        *columns : str
            Columns of it.

        Returns
        -------
        dict of str to array
            mean, p05, p50, p95.
        """
        rows = {"flows": len(self.periods) * len(self.gates), "totals": len(self.cells)}
        number = rows[table] if table in rows else len(self.periods) * len(self.sites)
        each = max(1, ROOM // max(1, len(self.tallies)))
        parts = []
        for start in range(0, max(1, number), each):
            stop = min(start + each, number)
            parts.append(band(np.sum([self._column(table, name, start, stop) for name in columns], axis=0)))
        return {name: np.concatenate([part[name] for part in parts]) for name in BAND}

    def _column(self, table: str, name: str, start: int, stop: int) -> Array:
        """[K, stop − start]: a column for every seed."""
        if isinstance(self.tallies, Tallies):
            return self.tallies.column(table, name, start, stop)
        return np.stack([PICKS[table][name](t).ravel()[start:stop] for t in self.tallies])

    def _columns(self, table: str) -> dict[str, Array]:
        return {f"{name}_{b}": values for name in PICKS[table] for b, values in self.over_seeds(table, name).items()}

    def keys(self, table: str) -> dict[str, Any]:
        """The columns that say what a row of a table is about.

        Parameters
        ----------
        table : {"flows", "totals", "places"}
            Which.

        Returns
        -------
        dict
            Column → values.
        """
        p, g, d = len(self.periods), len(self.gates), len(self.sites)
        fmt = "%Y-%m-%d" if self.by == "day" else "%Y-%m-%dT%H:%M"
        when = [period.strftime(fmt) for period in self.periods]
        if table == "flows":
            return {
                "date": np.repeat(when, g),
                "crossing": [c for c, _, _ in self.gates] * p,
                "stream": [s for _, _, s in self.gates] * p,
                "direction": [d for _, d, _ in self.gates] * p,
            }
        if table == "totals":
            return {"stream": [s for s, _ in self.cells], "origin": [o for _, o in self.cells]}
        if table == "places":
            return {"date": np.repeat(when, d), "place": list(self.sites) * p}
        return {"id": [o.id for o in self.observations]}

    @property
    def flows(self) -> pl.DataFrame:
        """Per period, crossing, stream and direction: counts, waits (h) and servers needed, each with its band."""
        return _frame(self.keys("flows"), self._columns("flows"))

    @property
    def totals(self) -> pl.DataFrame:
        """Per stream and origin: travellers created and their states at the horizon, with bands."""
        return _frame(self.keys("totals"), self._columns("totals"))

    @property
    def places(self) -> pl.DataFrame:
        """Per period and place where somebody can arrive: present at the period's end (persons), capacity, over."""
        columns = self._columns("places")
        present = {name: values for name, values in columns.items() if name.startswith("present")}
        over = {name: values for name, values in columns.items() if name.startswith("over")}
        capacity = pl.Series(list(self.capacity) * len(self.periods), dtype=pl.Float64)
        return _frame(self.keys("places"), present | {"capacity": capacity} | over)

    def endings(self, stream: str) -> dict[str, Array]:
        """Where everybody of a group is at the end, run by run.

        Parameters
        ----------
        stream : str
            The group.

        Returns
        -------
        dict of str to array [K]
            By the keys of `crossings.store.endings`.
        """
        mine = [k for k, (s, _) in enumerate(self.cells) if s == stream]
        if not mine or not len(self.tallies):
            return {key: np.zeros(len(self.tallies)) for key in endings(np.zeros(len(STATES)))}
        return endings(np.stack([t.totals[mine].sum(axis=0) for t in self.tallies]).astype(float))

    def ends(self) -> pl.DataFrame:
        """Per stream and ending: travellers at the end of the run, with bands; the endings of a stream add up to `all`."""
        rows = []
        for stream in dict.fromkeys(s for s, _ in self.cells):
            each = self.endings(stream)
            for key, values in {"all": np.sum(list(each.values()), axis=0), **each}.items():
                bands = {f"number_{b}": float(v) for b, v in band(values).items()}
                rows.append({"stream": stream, "ending": key} | bands)
        keys = {"stream": pl.String, "ending": pl.String}
        return pl.DataFrame(rows, schema=keys | {f"number_{b}": pl.Float64 for b in BAND})

    def to_json(self) -> dict[str, Any]:
        """The object that `crossings run --json` prints; rows in which nothing happened are left out."""
        return {
            "scenario": self.scenario,
            "seeds": len(self.tallies),
            "made_by": self.made_by,
            "rows": nested(self.flows.filter(pl.sum_horizontal([f"{name}_mean" for name in COUNTS]) > 0)),
            "totals": nested(self.totals),
            "ends": nested(self.ends(), 6),
            "places": nested(self.places),
        }

    def tables(self) -> dict[str, pl.DataFrame]:
        """All tables by name."""
        return {"flows": self.flows, "totals": self.totals, "places": self.places}


def _frame(keys: dict[str, Any], columns: dict[str, Any]) -> pl.DataFrame:
    """A table of keys, which are text also where there is no row, and numbers; nan to null."""
    return pl.DataFrame(keys | columns, schema_overrides=dict.fromkeys(keys, pl.String)).fill_nan(None)


def nested(table: pl.DataFrame, digits: int = 4) -> list[dict[str, Any]]:
    """Rows as dictionaries, `x_mean, x_p05, ...` gathered to `x: {mean, p05, ...}` and waits to `wait_h`; nan to null."""
    out = []
    for row in table.iter_rows(named=True):
        nested: dict[str, Any] = {}
        for key, value in row.items():
            if isinstance(value, float):
                value = None if not np.isfinite(value) else round(value, digits)
            stem, _, last = key.rpartition("_")
            if last in BAND and stem:
                wait, _, which = stem.removesuffix("_h").partition("_") if stem.startswith("wait_") else ("", "", "")
                target = nested.setdefault("wait_h", {}).setdefault(which, {}) if wait else nested.setdefault(stem, {})
                target[last] = value
            else:
                nested[key] = value
        out.append(nested)
    return out


def write_directory(
    directory: str | Path,
    tables: dict[str, pl.DataFrame],
    made_by: dict[str, Any],
    extra: Sequence[tuple[str, bytes | str]] = (),
    *,
    force: bool = False,
) -> Path:
    """Write Parquet tables, made_by.json and other files to a directory that appears whole or not at all.

    What the same command wrote there before is replaced, and with ``force`` any result of crossings; a directory with
    anything else in it is refused with `InputError`.
    """
    with working_folder(directory, asked={key: made_by.get(key) for key in ASKED}, force=force) as work:
        for name, table in tables.items():
            work.write(f"{name}.parquet", as_parquet(table))
        for name, text in extra:
            work.write(name, text)
        work.publish(made_by)
    return Path(directory)


def as_parquet(table: pl.DataFrame) -> bytes:
    """A table as the bytes of a Parquet file; missing values are written as null, as programs that read such files expect."""
    out = io.BytesIO()
    table.fill_nan(None).write_parquet(out)
    return out.getvalue()
