"""What a question may say, and what it can reach: SELECT at every depth, and the store's own files, which cannot be written.

Two walls, each of which is enough. A question is taken apart by DuckDB's own parser, and every node and every table function in
it must be one of those named here. And DuckDB's own file system is switched off: all that is left is one that knows
the store's files by number, and can only read.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsspec import AbstractFileSystem

from crossings.errors import InputError
from crossings.io.disk import open_regular

if TYPE_CHECKING:
    import duckdb

NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
TABLE_FUNCTIONS = {"generate_series", "json_each", "json_tree", "range", "repeat", "unnest"}
MOST_SQL = 1_000_000


def refuse_all_but_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raise `InputError` for anything but one statement that only selects, also within what it is made of."""
    if len(sql) > MOST_SQL:
        raise InputError("query", "is too long", f"at most {MOST_SQL:,} characters")
    answer = connection.execute("select json_serialize_sql(?)", [sql]).fetchall()
    try:
        parsed = json.loads(answer[0][0])["statements"]
        kinds = [str(kind) for kind in _node_kinds(parsed)]
        functions = sorted(set(_table_functions(parsed)))
    except (IndexError, KeyError, ValueError, TypeError, RecursionError):
        parsed, kinds, functions = [], [], []
    if len(parsed) != 1 or not kinds or set(kinds) - NODES:
        raise InputError("query", "is not one SELECT", "results are only read: write one SELECT ...")
    strange = [name for name in functions if name not in TABLE_FUNCTIONS]
    if strange:
        accepted = ", ".join(sorted(TABLE_FUNCTIONS))
        raise InputError("query", f"the table function {strange[0][:60]} is not for results", f"accepted: {accepted}")


def _dicts(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of a JSON value, however deep."""
    left = [tree]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            yield value
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)


def _node_kinds(tree: Any) -> Iterator[Any]:
    """The kind of each query in a parsed statement: what stands under ``node``, and all that is called a node."""
    for found in _dicts(tree):
        kind = found.get("type")
        if isinstance(kind, str) and kind.endswith("_NODE"):
            yield kind
        node = found.get("node")
        if isinstance(node, dict):
            yield node.get("type")


def _table_functions(tree: Any) -> Iterator[str]:
    for found in _dicts(tree):
        if found.get("type") == "TABLE_FUNCTION":
            called = found["function"]
            schema = called.get("schema") or called.get("catalog")
            yield f"{schema}.{called['function_name']}" if schema else str(called["function_name"]).lower()


class _File:
    """One file, read by several threads at once: each has a place of its own in it."""

    def __init__(self, path: Path) -> None:
        self._file = open_regular(path)
        self._lock = threading.Lock()
        self._at = threading.local()

    def seek(self, at: int, whence: int = os.SEEK_SET) -> int:
        self._at.offset = at if whence == os.SEEK_SET else self.tell() + at
        return int(self._at.offset)

    def tell(self) -> int:
        return int(getattr(self._at, "offset", 0))

    def read(self, size: int = -1) -> bytes:
        with self._lock:
            self._file.seek(self.tell())
            data = self._file.read(size)
        self._at.offset = self.tell() + len(data)
        return data

    def close(self) -> None:
        self._file.close()


class ReadOnlyFiles(AbstractFileSystem):  # type: ignore[misc]
    """A file system for DuckDB that holds the files it was given, by number, and can do nothing but read them."""

    protocol = "store"
    cachable = False

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__()
        self._paths = {f"{number}.parquet": path for number, path in enumerate(paths)}

    def address(self, number: int) -> str:
        """What DuckDB calls a file."""
        return f"{self.protocol}://{number}.parquet"

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        name = str(self._strip_protocol(path))
        if name not in self._paths:
            raise FileNotFoundError(path)
        return {"name": name, "size": self._paths[name].stat().st_size, "type": "file"}

    def exists(self, path: str, **_: Any) -> bool:
        return str(self._strip_protocol(path)) in self._paths

    def glob(self, path: str, **_: Any) -> list[str]:
        return [str(self._strip_protocol(path))] if self.exists(path) else []

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        return [self.info(name) if detail else name for name in self.glob(path)]

    def modified(self, path: str) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._paths[str(self._strip_protocol(path))].stat().st_mtime, dt.UTC)

    def open(self, path: str, mode: str = "rb", **_: Any) -> _File:
        name = str(self._strip_protocol(path))
        if mode != "rb" or name not in self._paths:
            raise PermissionError(f"{path}: results are only read")
        return _File(self._paths[name])

    def _forbidden(self, *_: Any, **__: Any) -> None:
        raise PermissionError("results are only read")

    mkdir = makedirs = rmdir = rm = rm_file = mv = cp_file = touch = created = _forbidden


def closed(files: ReadOnlyFiles, addresses: Sequence[str]) -> duckdb.DuckDBPyConnection:
    """A DuckDB that fetches nothing, keeps nothing, sees no variable of this program, and opens these addresses alone."""
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
            "temp_directory": "",
        },
    )
    connection.register_filesystem(files)
    listed = ", ".join("'" + address.replace("'", "''") + "'" for address in addresses)
    connection.execute(f"set allowed_paths = [{listed}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set disabled_filesystems = 'LocalFileSystem'")
    return connection
