"""The command query: kept results asked with SQL."""

from __future__ import annotations

import datetime as dt
import math
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import crossings as cx
from crossings.cli.formatting import print_json, print_line, print_table
from crossings.cli.options import Json
from crossings.errors import InputError

if TYPE_CHECKING:
    import polars as pl


__all__ = ["query"]

MOST_ROWS = 1000


class QueryFormat(str, Enum):  # noqa: UP042  typer prints the values of these
    """How an answer is written."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def query(
    directory: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="A folder written with --out, or one with such folders in it.", show_default=False
        ),
    ],
    sql: Annotated[
        str | None,
        typer.Argument(metavar="SQL", help="One SELECT; without it the tables are listed.", show_default=False),
    ] = None,
    form: Annotated[
        QueryFormat, typer.Option("--format", help="How the answer is written; parquet needs a file or a pipe.")
    ] = QueryFormat.table,
    as_json: Json = False,
) -> None:
    """Ask saved results with SQL (DuckDB's). All runs of the folder are in its tables; the table `runs` says what made them."""
    if form is QueryFormat.parquet and sys.stdout.isatty():
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
    _write(_listed(store) if sql is None else store.ask(sql), QueryFormat.json if as_json else form)


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
    if form is QueryFormat.parquet:
        from crossings.store.results import as_parquet

        sys.stdout.flush()
        sys.stdout.buffer.write(as_parquet(table))
        sys.stdout.buffer.flush()
    elif form is QueryFormat.csv:
        sys.stdout.write(table.write_csv())
    elif form is QueryFormat.json:
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
        f"the first {MOST_ROWS:,} of {table.height:,} rows; --format csv writes all" if table.height > len(rows) else ""
    )
    print_table(f"{table.height:,} row{'' if table.height == 1 else 's'}", columns, rows, note=more, empty="no row")


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
