"""The command query: kept results asked with SQL."""

from __future__ import annotations

import datetime as dt
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import crossings as cx
from crossings.cli.formatting import print_json, print_line, print_table
from crossings.cli.options import Json, argument, setting
from crossings.errors import InputError
from crossings.io.faults import counted

if TYPE_CHECKING:
    import polars as pl


MOST_ROWS = 1000


QueryFormat = Literal["table", "csv", "json", "parquet"]


def query(
    directory: Annotated[Path, argument("DIR", "A folder written with --out, or one with such folders in it.")],
    sql: Annotated[str | None, argument("SQL", "One SELECT; without it the tables are listed.")] = None,
    form: Annotated[
        QueryFormat, setting("--format", "How the answer is written; parquet needs a file or a pipe.")
    ] = "table",
    as_json: Json = False,
) -> None:
    """Ask saved results with SQL (DuckDB's). All runs of the folder are in its tables; the table `runs` says what made them."""
    if form == "parquet" and sys.stdout.isatty():
        raise InputError("--format", "parquet is not for a terminal", "add: > answer.parquet")
    if sql is not None and not directory.is_dir() and Path(sql[:1000]).is_dir():
        raise InputError(
            "DIR",
            f"there is no folder '{str(directory)[:40]}'",
            f'the folder comes first: crossings query {sql} "SELECT ..."',
        )
    store = cx.Store(directory)
    for name in store.unfinished:
        sys.stderr.write(f"{directory / name}: warning: unfinished, left out\n")
    _write(_listed(store) if sql is None else store.ask(sql), "json" if as_json else form)


def _listed(store: cx.Store) -> pl.DataFrame:
    """A row a table: how many rows and columns it has, and what it is about."""
    import polars as pl

    from crossings.store.schema import TABLES

    rows = []
    for name in store.tables():
        number = store.ask(f'select count(*) from "{name}"').item()
        columns = store.ask(f'select * from "{name}" limit 0').width
        about = TABLES[name].about if name in TABLES else ""
        rows.append({"table": name, "rows": number, "columns": columns, "about": about})
    return pl.DataFrame(rows)


def _write(table: pl.DataFrame, form: QueryFormat) -> None:
    if form == "parquet":
        from crossings.store.results import as_parquet

        sys.stdout.flush()
        sys.stdout.buffer.write(as_parquet(table))
        sys.stdout.buffer.flush()
    elif form == "csv":
        sys.stdout.write(table.write_csv())
    elif form == "json":
        print_json([{name: _plain(value) for name, value in row.items()} for row in table.iter_rows(named=True)])
    else:
        _print(table)


def _print(table: pl.DataFrame) -> None:
    if not table.width:
        print_line("no column")
        return
    columns = [(name, kind.is_numeric()) for name, kind in table.schema.items()]
    rows = [[_shown(value) for value in row] for row in table.head(MOST_ROWS).iter_rows()]
    more = (
        f"the first {MOST_ROWS:,} of {counted(table.height, 'row')}; --format csv writes all"
        if table.height > len(rows)
        else ""
    )
    print_table(counted(table.height, "row"), columns, rows, note=more, empty="no row")


def _shown(value: Any) -> str:
    """A cell: numbers with up to six significant digits, '-' where there is no value."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1e5 and math.isfinite(value) else f"{value:,.6g}"
    return str(value)


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else value
