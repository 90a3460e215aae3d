"""Each seed's counts in Parquet files, a batch of seeds at a time: written as they come, read without holding them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crossings.errors import InputError
from crossings.io.atomic_folder import Work
from crossings.io.disk import UnreadableError, lies_in, open_regular
from crossings.kernel.agents.tally import COUNTS
from crossings.kernel.core.layout import STATES
from crossings.store.results import PICKS, WAITS, Runs, Tallies, Tally, as_parquet

Array = NDArray[Any]
SEEDS_AT_ONCE, ROWS_AT_ONCE, TRAVELLERS_AT_ONCE = 64, 1_000_000, 20_000_000
LAST = "totals"  # of a batch: the table that is written last
MAKE_AGAIN = "make the folder again with the command that wrote it"


class SeedWriter:
    """Writes tallies to the folder of a `Work`, a batch of seeds a file, and says which seeds are there already.

    empty: the `Runs` of the scenario without any seed, for its names. travellers: how many a seed has, about; a batch is
    small enough that an interruption costs little. What is in a batch never depends on the machine.
    """

    def __init__(self, work: Work, empty: Runs, seeds: Sequence[int], travellers: float = 0.0) -> None:
        self.work = work
        self.empty = empty
        rows = max(1, len(empty.periods) * max(len(empty.gates), len(empty.sites)))
        size = int(min(SEEDS_AT_ONCE, ROWS_AT_ONCE / rows, TRAVELLERS_AT_ONCE / max(travellers, 1.0)))
        size = max(1, size)
        self.batches = [list(seeds[i : i + size]) for i in range(0, len(seeds), size)]
        self._keys = {table: pl.DataFrame(empty.keys(table)) for table in PICKS}

    def missing(self) -> list[int]:
        """Seeds that are still to be run, in order."""
        return [seed for k in self._open() for seed in self.batches[k]]

    def _open(self) -> list[int]:
        return [k for k in range(len(self.batches)) if not self.work.has(_name(LAST, k))]

    def write(self, tallies: Iterable[Tally]) -> SeedFiles:
        """Write the tallies of the `missing` seeds, which come in that order; returns all seeds, read from the files."""
        coming = iter(tallies)
        for k in self._open():
            batch = [next(coming) for _ in self.batches[k]]
            for table in sorted(PICKS, key=lambda name: name == LAST):
                self.work.write(_name(table, k), as_parquet(self._frame(table, batch)))
        for _ in coming:
            raise RuntimeError("more tallies than seeds to write")
        return SeedFiles(self.work, self.empty, self.batches)

    def _frame(self, table: str, batch: Sequence[Tally]) -> pl.DataFrame:
        """A batch's rows: seed by seed, and in each in the order of the table."""
        keys = self._keys[table]
        n = keys.height
        columns: dict[str, Any] = {"seed": np.repeat(np.array([t.seed for t in batch], np.uint64), n)}
        columns |= {name: pl.concat([keys[name]] * len(batch)) for name in keys.columns}
        for name, pick in PICKS[table].items():
            columns[name] = np.concatenate([pick(t).ravel() for t in batch])
        return pl.DataFrame(columns)


def streamed(
    work: Work, travellers: float = 0.0
) -> Callable[[Runs, list[int], Callable[[list[int]], Iterable[Tally]]], SeedFiles]:
    """For `crossings.simulation.ensemble.run_many`, argument ``into``: only seeds not yet written are run, and kept in a folder.

    travellers: how many a seed has, about.
    """

    def into(empty: Runs, seeds: list[int], each: Callable[[list[int]], Iterable[Tally]]) -> SeedFiles:
        writer = SeedWriter(work, empty, seeds, travellers)
        return writer.write(each(writer.missing()))

    return into


class SeedFiles(Tallies):
    """The tallies that a `SeedWriter` wrote. Only a batch of seeds, or a part of a column, is in memory at once."""

    def __init__(self, work: Work, empty: Runs, batches: Sequence[Sequence[int]]) -> None:
        self._work = work
        self._empty = empty
        self._batches = batches
        self._place = [(b, i) for b, batch in enumerate(batches) for i in range(len(batch))]
        self._last: tuple[int, list[Tally]] = (-1, [])

    @property
    def seeds(self) -> list[int]:
        return [seed for batch in self._batches for seed in batch]

    def __len__(self) -> int:
        return len(self._place)

    @overload
    def __getitem__(self, index: int) -> Tally: ...
    @overload
    def __getitem__(self, index: slice) -> list[Tally]: ...
    def __getitem__(self, index: int | slice) -> Tally | list[Tally]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        batch, i = self._place[index]
        if self._last[0] != batch:
            self._last = (batch, list(self._read(batch)))
        return self._last[1][i]

    def column(self, table: str, name: str, start: int, stop: int) -> Array:
        parts = []
        for k, batch in enumerate(self._batches):
            values = _numbers(self._file(table, k, [name])[name])
            parts.append(values.reshape(len(batch), -1)[:, start:stop].copy())
        return np.concatenate(parts)

    def _file(self, table: str, batch: int, columns: list[str]) -> pl.DataFrame:
        path = self._work.path(_name(table, batch))
        return read_table(path, columns)

    def _read(self, batch: int) -> Iterator[Tally]:
        """The tallies of a batch as they were."""
        runs, k = self._empty, len(self._batches[batch])
        p, g, d = len(runs.periods), len(runs.gates), len(runs.sites)

        def block(table: str, names: Sequence[str], *shape: int) -> Array:
            frame = self._file(table, batch, list(names))
            return np.stack([_numbers(frame[name]) for name in names], axis=-1).reshape(k, *shape, len(names))

        counts = block("flows", COUNTS, p, g)
        waits = block("flows", [f"wait_{name}_h" for name in WAITS], p, g)
        servers = block("flows", ["servers_needed"], p, g)[..., 0]
        totals = block("totals", STATES, len(runs.cells))
        present, over = (block("places", [name], p, d)[..., 0] for name in ("present", "over"))
        seen = block("observations", ["simulated"], len(runs.observations))[..., 0]
        for i, seed in enumerate(self._batches[batch]):
            yield Tally(seed, counts[i], waits[i], servers[i], totals[i], present[i], over[i], seen[i])


def read_table(
    path: Path, columns: list[str] | None = None, within: Path | None = None, instead: str = MAKE_AGAIN
) -> pl.DataFrame:
    """A Parquet file that crossings wrote; `InputError`, with what to do ``instead``, where it cannot be read, or lies outside
    ``within``.
    """
    try:
        if within is not None and not lies_in(path, within):
            raise UnreadableError("a link that leaves the directory")
        with open_regular(path) as file:
            return pl.read_parquet(file, columns=columns)
    except (UnreadableError, OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise InputError(str(path), "this table cannot be read", instead) from None


def float_columns(table: pl.DataFrame, names: Sequence[str], *, finite: bool = True) -> NDArray[np.float64]:
    """[rows, names] of a table that somebody else may have written.

    Raises ValueError where it has no row, a column is no number, or (``finite``) a number is none; PolarsError without a column.
    """
    found = table.select(names)
    if not table.height or not all(kind.is_float() for kind in found.dtypes):
        raise ValueError("no row, or a column that is no number")
    out = np.column_stack([np.zeros((table.height, 0)), *(column.to_numpy() for column in found)])
    if finite and not np.isfinite(out).all():
        raise ValueError("a number that is none")
    return np.ascontiguousarray(out, dtype=np.float64)


def _numbers(column: pl.Series) -> Array:
    """A column as it was before it was written: nan where there is no value."""
    return column.fill_null(float("nan")).to_numpy() if column.dtype.is_float() else column.to_numpy()


def _name(table: str, batch: int) -> str:
    return f"seeds/{table}/{batch + 1:06}.parquet"
