"""Results asked with SQL: every table of every run below a folder, in DuckDB, which can read those files and nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from polars.exceptions import PanicException

from crossings.errors import InputError
from crossings.io.atomic_folder import MADE_BY, UNFINISHED
from crossings.io.disk import UnreadableError, inside, lies_in, open_regular, read_json, resolved
from crossings.io.faults import counted

if TYPE_CHECKING:
    import duckdb

BY_SEED, RUNS = "_by_seed", "runs"
# Column of `runs` -> key of made_by.json; `by` is a word of SQL's own.
SAID = {name: name for name in ("command", "scenario", "scenario_hash", "seeds")} | {"period": "by"}
SAID |= {name: name for name in ("fit", "version", "kernel", "python", "machine")}
PLAIN = {"BOOLEAN", "FLOAT", "DOUBLE", "VARCHAR", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "HUGEINT"}
DATED = {"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}
PLAIN |= {f"{sign}{size}" for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")}


@dataclass(frozen=True)
class ResultFolder:
    """One whole folder of results: its name within the store, what made it, and its tables' files."""

    name: str
    made_by: dict[str, Any]
    tables: dict[str, list[Path]]


class Store:
    """The results in a folder: those of one run, or of every run in the folders below it.

    Parameters
    ----------
    directory : str or path
        A folder that `run_to` or ``crossings run --out`` wrote, or one that holds such folders.

    Attributes
    ----------
    unfinished : list of str
        Folders in which work was interrupted; they are left out.

    Raises
    ------
    InputError
        Where there is nothing to ask.

    Examples
    --------
    >>> import crossings as cx
    >>> folder = cx.run_to("kept", "two-crossings", seeds=[1])
    >>> cx.Store("kept").tables()
    ['runs', 'flows', 'flows_by_seed', 'observations_by_seed', 'places', 'places_by_seed', 'totals', 'totals_by_seed']
    """

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory)
        self.unfinished: list[str] = []
        self.kept = list(self._find())
        if not self.kept:
            held = "unfinished work only" if self.unfinished else "no results of crossings"
            instead = (
                "give the command that wrote it again to resume"
                if self.unfinished
                else "name a folder that was written with --out, or one with such folders in it"
            )
            raise InputError(str(directory)[:200], f"holds {held}", instead)

    def _find(self) -> Iterator[ResultFolder]:
        try:
            walk = sorted(os.walk(self.directory)) if not (self.directory / MADE_BY).is_file() else []
        except ValueError:
            walk = []
        if (self.directory / MADE_BY).is_file():
            yield _kept(self.directory, resolved(self.directory).name)
        for here, folders, files in walk:
            name = Path(here).relative_to(self.directory).as_posix()
            if UNFINISHED in Path(here).parts:
                continue
            if MADE_BY in files:
                yield _kept(Path(here), name)
            elif UNFINISHED in folders:
                self.unfinished.append(name)

    def __repr__(self) -> str:
        return f"<Store of {counted(len(self.kept), 'result')}; tables: {', '.join(self.tables())}>"

    def tables(self) -> list[str]:
        """Names of what can be asked, `runs` first."""
        return [RUNS, *sorted({name for kept in self.kept for name in kept.tables})]

    def ask(self, sql: str) -> pl.DataFrame:
        """The answer to one SELECT.

        Parameters
        ----------
        sql : str
            Each table has the columns ``run`` (its folder) and ``scenario`` before its own; ``runs`` says what made each.

        Returns
        -------
        polars.DataFrame
            Lists and other composed values come as text.

        Raises
        ------
        InputError
            In one line, for anything but one SELECT, and for what DuckDB finds wrong.
        """
        import duckdb

        from crossings.store.sandbox import refuse_all_but_select

        with self._connected() as connection:
            try:
                statements = duckdb.extract_statements(sql)
                refuse_all_but_select(connection, sql)
                return _frame(connection.sql(statements[0].query))
            except duckdb.CatalogException as error:
                raise _wrong(error, f"tables: {', '.join(self.tables())}") from None
            except duckdb.Error as error:
                raise _wrong(error) from None
            except (UnicodeError, TypeError):  # half a character
                raise InputError("query", "is not text", "write it in UTF-8") from None

    def _connected(self) -> duckdb.DuckDBPyConnection:
        """DuckDB with the tables as views over their files, which can be read and nothing else; nothing can be set."""
        from crossings.store.sandbox import ReadOnlyFiles, closed

        paths = [path for kept in self.kept for found in kept.tables.values() for path in found]
        files = ReadOnlyFiles(paths)
        address = {path: files.address(number) for number, path in enumerate(paths)}
        connection = closed(files, list(address.values()))
        columns = ("run", *SAID, "made_by")
        connection.execute(f"create table {RUNS} ({', '.join(f'{name} varchar' for name in columns)})")
        connection.executemany(f"insert into {RUNS} values ({', '.join('?' * len(columns))})", self._made())
        for table in self.tables()[1:]:
            parts = [_select(kept, kept.tables[table], address) for kept in self.kept if table in kept.tables]
            connection.execute(f"create view {_name(table)} as " + " union all by name ".join(parts))
        connection.execute("set lock_configuration = true")
        return connection

    def _made(self) -> list[list[str | None]]:
        """A row a run: its name, what made it, and all of `made_by.json` as text."""
        rows: list[list[str | None]] = []
        for kept in self.kept:
            said = [kept.made_by.get(key) for key in SAID.values()]
            rest = {key: value for key, value in kept.made_by.items() if key not in ("files", "plan")}
            texts = [v if v is None or isinstance(v, str) else json.dumps(v) for v in said]
            rows.append([kept.name, *texts, json.dumps(rest, ensure_ascii=False)])
        return rows


def ask(directory: str | Path, sql: str) -> pl.DataFrame:
    """Ask the results in a folder with one SELECT of SQL (DuckDB). Nothing can be written, loaded or fetched.

    Parameters
    ----------
    directory : str or Path
        A folder written with `run_to` or ``--out``, or one that holds such folders.
    sql : str
        One SELECT; tables are described in the reference page "Tables of results".

    Returns
    -------
    polars.DataFrame
        The answer.

    Raises
    ------
    InputError
        For a folder without results, or a statement that is no SELECT or fails.

    Examples
    --------
    >>> import crossings as cx, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     runs = cx.run_to(f"{folder}/out", cx.Model(cx.Scenario.read("two-crossings")), seeds=range(1, 4))
    ...     cx.ask(f"{folder}/out", "select count(distinct seed) as seeds from flows_by_seed").item()
    3
    """
    return Store(directory).ask(sql)


def _kept(folder: Path, name: str) -> ResultFolder:
    note = folder / MADE_BY
    try:
        made = read_json(note)
        files = sorted(map(str, made["files"]))
    except (UnreadableError, KeyError, TypeError):
        raise InputError(
            str(note), "cannot be read", "it should say what made these results; make them again"
        ) from None
    tables: dict[str, list[Path]] = {}
    for file in files:
        path = inside(folder, file)
        if path is None or not file.endswith(".parquet"):
            continue
        if lies_in(path, folder) and not path.is_symlink():
            parts = path.relative_to(folder).parts
            table = f"{parts[-2]}{BY_SEED}" if parts[0] == "seeds" and len(parts) == 3 else path.stem
            tables.setdefault(table, []).append(path)
    return ResultFolder(name, made, tables)


def _select(kept: ResultFolder, paths: list[Path], address: dict[Path, str]) -> str:
    """The rows of one table of one run: where they come from first."""
    try:
        with open_regular(paths[0]) as file:
            schema = pl.read_parquet_schema(file)
    except (UnreadableError, OSError, pl.exceptions.PolarsError, PanicException):
        raise InputError(str(paths[0]), "cannot be read", "it should hold a table; make the results again") from None
    said = {"run": kept.name, "scenario": str(kept.made_by.get("scenario", ""))}
    first = [f"{_text(value)} as {name}" for name, value in said.items() if name not in schema]
    own = [_name(name) for name in schema]
    read = f"read_parquet([{', '.join(_text(address[path]) for path in paths)}])"
    return f"select {', '.join(first + own)} from {read}"


def _frame(found: duckdb.DuckDBPyRelation | None) -> pl.DataFrame:
    """An answer as a table of plain columns."""
    if found is None:
        raise InputError("query", "has no answer", "write a SELECT")
    twice = {name for name in found.columns if found.columns.count(name) > 1}
    if twice:
        raise InputError("query", f"two columns are called '{min(twice)}'", "name them with AS")
    shown = [_column(name, str(kind)) for name, kind in zip(found.columns, found.types, strict=True)]
    frame = pl.DataFrame(found.project(", ".join(shown)))
    return frame.with_columns(_whole(frame[name]) for name, kind in frame.schema.items() if kind.is_decimal())


def _column(name: str, kind: str) -> str:
    """A column as a plain one: composed values become text, and days beyond the calendar an error."""
    own = _name(name)
    if kind.startswith("DECIMAL"):
        return f"{own}::double as {own}"
    if kind not in PLAIN:
        return f"{own}::varchar as {own}"
    if kind in DATED:
        first, last = (f"'{year}'::{kind.lower()}" for year in ("0001-01-02", "9999-12-30"))
        said = _text(f"column {name[:60]} holds a date before the year 1 or after 9999; write {name[:60]}::varchar")
        return f"case when {own} is null or {own} between {first} and {last} then {own} else error({said}) end as {own}"
    return own


def _whole(column: pl.Series) -> pl.Series:
    """Sums of whole numbers are of 128 bits in DuckDB: they become 64 bits where that holds them."""
    narrow = column.cast(pl.Int64, strict=False)
    return narrow if narrow.null_count() == column.null_count() else column.cast(pl.Float64)


def _name(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _text(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"


def _wrong(error: Exception, instead: str = "") -> InputError:
    """DuckDB's complaint as one line: what is wrong, and its hint if there is one."""
    lines = [line.strip() for line in str(error).split("\n\nLINE")[0].splitlines()]
    what, *more = [line for line in lines if line and not line.startswith(("LINE ", "^"))] or ["cannot be answered"]
    what = what.split(" Error: ", 1)[-1].rstrip("!.")
    return InputError("query", what[:1].lower() + what[1:], instead or " ".join(more))
