"""XLSX and Parquet as rows of text, bounded: what a small file unpacks to, its rows and its columns."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence

import polars as pl

from crossings.errors import suggest
from crossings.io.faults import Faults, clip

__all__ = ["rows_of"]

MAX_UNPACKED = 600_000_000
MAX_CELLS = 30_000_000
MAX_COLUMNS = 2_000


def rows_of(raw: bytes, file: str, tab: str | None, faults: Faults) -> Iterator[tuple[int, Sequence[str]]] | None:
    """(row of the file, cells as text) of each row that is not empty; None, and a fault, where it cannot be read.

    raw: the bytes of a workbook or a Parquet file, whose row 1 is the names of its columns. tab: the sheet, by default the
    first. Dates are text as YYYY-MM-DD, with a time of day where they have one.
    """
    table = _parquet(raw, file, faults) if raw[:4] == b"PAR1" else _workbook(raw, file, tab, faults)
    return None if table is None else _rows(table)


def _rows(table: pl.DataFrame) -> Iterator[tuple[int, Sequence[str]]]:
    for row, cells in enumerate(table.iter_rows(), 1):
        if any(cell and cell.strip() for cell in cells):
            yield row, ["" if cell is None else cell for cell in cells]


def _workbook(raw: bytes, file: str, tab: str | None, faults: Faults) -> pl.DataFrame | None:
    import fastexcel

    if raw[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as parts:
                size = sum(part.file_size for part in parts.infolist())
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            faults.add(file, "this workbook cannot be read", "save it again, or as CSV")
            return None
        if size > MAX_UNPACKED:
            faults.add(file, f"unpacked these are {size / 1e6:,.0f} MB", f"at most {MAX_UNPACKED / 1e6:g} MB are read")
            return None
    try:
        book = fastexcel.read_excel(raw)
        if tab is not None and tab not in book.sheet_names:
            faults.add("--sheet", f"{file} has no sheet {clip(tab)}", suggest(tab, list(book.sheet_names)))
            return None
        sheet = book.load_sheet(tab or 0, header_row=None, skip_rows=0, dtypes="string")
        if not _small(sheet.height, sheet.width, file, faults):
            return None
        return sheet.to_polars()
    except fastexcel.FastExcelError as error:
        said = " ".join(str(error).split()).split(" Context:")[0][:80]
        faults.add(file, f"this workbook cannot be read: {said}", "save it as XLSX or CSV")
    return None


def _parquet(raw: bytes, file: str, faults: Faults) -> pl.DataFrame | None:
    try:
        scan = pl.scan_parquet(io.BytesIO(raw))
        schema = scan.collect_schema()
        height = scan.select(pl.len()).collect().item()
        if not _small(height, len(schema), file, faults):
            return None
        plain = {
            name: kind for name, kind in schema.items() if not kind.is_nested() and kind not in (pl.Binary, pl.Object)
        }
        table = scan.select(_as_text(name, kind) for name, kind in plain.items()).collect()
    except (pl.exceptions.PolarsError, OSError, ValueError, OverflowError) as error:
        faults.add(file, f"this Parquet file cannot be read: {' '.join(str(error).split())[:80]}", "write it again")
        return None
    header = pl.DataFrame([list(plain)], schema=table.schema, orient="row") if plain else table
    return pl.concat([header, table])


def _as_text(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(kind, pl.Datetime):
        return column.dt.to_string("%Y-%m-%dT%H:%M:%S" + ("%:z" if kind.time_zone else ""))
    return column.cast(pl.String)


def _small(rows: int, columns: int, file: str, faults: Faults) -> bool:
    if rows * columns <= MAX_CELLS and columns <= MAX_COLUMNS:
        return True
    faults.add(file, f"{rows:,} rows of {columns:,} columns are too many", f"at most {MAX_CELLS:,} cells are read")
    return False
