"""XLSX and Parquet as rows of text, bounded: what a small file unpacks to, its rows and its columns."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence

import polars as pl

from crossings.errors import suggest
from crossings.io.disk import UnreadableError
from crossings.io.faults import clip, counted

MAX_UNPACKED = 600_000_000
MAX_CELLS = 30_000_000
MAX_COLUMNS = 2_000


def rows_of(raw: bytes, tab: str | None) -> Iterator[tuple[int, Sequence[str]]]:
    """(row of the file, cells as text) of each row that is not empty; raises UnreadableError where it cannot be read.

    raw: the bytes of a workbook or a Parquet file, whose row 1 is the names of its columns. tab: the sheet, by default the
    first. Dates are text as YYYY-MM-DD, with a time of day where they have one.
    """
    table = _parquet(raw) if raw[:4] == b"PAR1" else _workbook(raw, tab)
    for row, cells in enumerate(table.iter_rows(), 1):
        if any(cell and cell.strip() for cell in cells):
            yield row, ["" if cell is None else cell for cell in cells]


def _workbook(raw: bytes, tab: str | None) -> pl.DataFrame:
    import fastexcel

    if raw[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as parts:
                size = sum(part.file_size for part in parts.infolist())
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            raise UnreadableError("this is a compressed file, and no workbook", "save it as XLSX or CSV") from None
        if size > MAX_UNPACKED:
            raise UnreadableError("the file is too large", f"at most {MAX_UNPACKED / 1e6:g} MB are read, unpacked")
    try:
        book = fastexcel.read_excel(raw)
        if tab is not None and tab not in book.sheet_names:
            raise UnreadableError(f"there is no sheet {clip(tab)}", suggest(tab, list(book.sheet_names)))
        sheet = book.load_sheet(tab or 0, header_row=None, skip_rows=0, dtypes="string")
        _refuse_large(sheet.height, sheet.width)
        return sheet.to_polars()
    except fastexcel.FastExcelError:
        raise UnreadableError("this is a compressed file, and no workbook", "save it as XLSX or CSV") from None


def _parquet(raw: bytes) -> pl.DataFrame:
    try:
        scan = pl.scan_parquet(io.BytesIO(raw))
        schema = scan.collect_schema()
        _refuse_large(scan.select(pl.len()).collect().item(), len(schema))
        plain = {n: kind for n, kind in schema.items() if not kind.is_nested() and kind not in (pl.Binary, pl.Object)}
        table = scan.select(_as_text(name, kind) for name, kind in plain.items()).collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, OverflowError) as error:
        said = " ".join(str(error).split())[:80]
        raise UnreadableError(f"this Parquet file cannot be read: {said}", "write it again") from None
    header = pl.DataFrame([list(plain)], schema=table.schema, orient="row") if plain else table
    return pl.concat([header, table])


def _as_text(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(kind, pl.Datetime):
        return column.dt.to_string("%Y-%m-%dT%H:%M:%S" + ("%:z" if kind.time_zone else ""))
    return column.cast(pl.String)


def _refuse_large(rows: int, columns: int) -> None:
    if rows * columns > MAX_CELLS or columns > MAX_COLUMNS:
        what = f"{counted(rows, 'row')} of {counted(columns, 'column')}: too many"
        raise UnreadableError(what, f"at most {MAX_CELLS:,} cells in {MAX_COLUMNS:,} columns are read")
