"""Compiled code kept on disk: in a folder that nobody else can write, checked when it is read, and never needed.

numba's own cache is an index that is unpickled, so whoever can write there has their code run here, and a damaged file in it
ends every later start. Here a file holds one compiled function behind a checksum; what does not fit is thrown away and
compiled again, and where nothing can be kept, everything works, slower.

A changed function is not noticed by those who call it from another file, so the folder is named by a hash of all sources
of the kernel, numba's version and Python's; ``KERNEL_HASH`` is recorded in what made a result.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
import pickle
import stat
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.compiler import CompileResult
from numba.core.environment import Environment, lookup_environment
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps

from crossings.errors import InputError
from crossings.io.disk import UnreadableError, read_bytes, write_file

KERNEL = Path(__file__).resolve().parent.parent
CHECK = 32
MAX_BYTES = 100_000_000
SLOWER = "compiled code cannot be kept (%s): crossings works, and compiles again at each start, about half a minute"


def _hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(KERNEL.rglob("*.py")):
        digest.update(path.relative_to(KERNEL).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    digest.update(f"{numba.__version__} {sys.version}".encode())
    return digest.hexdigest()[:16]


KERNEL_HASH = _hash()


@cache
def cache_folder() -> Path | None:
    """Where compiled code is kept, None where there is no place of this user's own.

    The user's cache folder, or a folder among the temporary ones; each is made for this user alone, and one that belongs
    to somebody else, is a link, or can be written by others, is not used.
    """
    name = f"kernel-{KERNEL_HASH}"
    homes = []
    with contextlib.suppress(RuntimeError):
        homes.append(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crossings")
    homes.append(Path(tempfile.gettempdir()) / f"crossings-{os.getuid() if hasattr(os, 'getuid') else 0}")
    for home in homes:
        if _own(home) and _own(home / name):
            return home / name
    _say_once("no folder of one's own can be written")
    return None


def _own(folder: Path) -> bool:
    """Make a folder that only this user can use, or see that it is one."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not hasattr(os, "getuid"):  # Windows, where such folders are the user's own
            return os.access(folder, os.W_OK)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            return False
        if stat.S_IMODE(found.st_mode) != 0o700:
            folder.chmod(0o700)
        return os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        return False


@cache
def _say_once(why: str) -> None:
    logging.getLogger("crossings").warning(SLOWER, why)


def is_compiled(what: str = "runs") -> bool:
    """Whether runs, expected ``flows`` or ``likelihoods`` would find their compiled code ready."""
    entries = {"flows": "expected.expect_flows", "likelihoods": "likelihoods.log_likelihoods"}
    name = entries.get(what, "journey.simulate")
    folder = cache_folder()
    return folder is not None and any(folder.glob(f"{name}.*"))


class _Unpickler(pickle.Unpickler):
    """Reads a compiled function without the modules of numba's own functions that are within it, which only compiling needs."""

    def find_class(self, module: str, name: str) -> Any:
        """As pickle does it, but for one function."""
        return _environment if name == "_rebuild_env" else super().find_class(module, name)


def _environment(module: str, constants: list[Any], name: str) -> Environment:
    """What numba keeps beside a function: constants, and the names of its module, which compiled code does not look up."""
    found = lookup_environment(name)
    if found is None:
        found = Environment(vars(sys.modules[module]) if module in sys.modules else {"__name__": module})
        found.consts[:], found.env_name = constants, name
        Environment._memo[name] = found
    return found


class CompiledOnDisk:
    """What numba asks for a function's compiled code, a file for each signature."""

    def __init__(self, function: Any) -> None:
        self._name = f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"
        self._where = f"{function.__module__}:{function.__code__.co_firstlineno}"

    @property
    def cache_path(self) -> str:
        """numba's name for the folder."""
        return str(cache_folder() or "")

    def load_overload(self, signature: Any, context: Any) -> Any:
        """The compiled function; None where there is none that is whole."""
        path = self._path(signature, context.codegen())
        if path is None:
            return None
        try:
            raw = read_bytes(path, MAX_BYTES)
            rtsys.initialize(context)  # all that a compiled function needs; to compile one, numba itself loads the rest
            if hashlib.blake2b(raw[CHECK:], digest_size=CHECK).digest() != raw[:CHECK]:
                raise ValueError("damaged")
            return CompileResult._rebuild(context, *_Unpickler(io.BytesIO(raw[CHECK:])).load())
        except UnreadableError as error:
            if not error.missing:
                _discard(path)
        except Exception:  # whatever a file in this folder holds, it is no reason to stop
            _discard(path)
        return None

    def save_overload(self, signature: Any, found: Any) -> None:
        """Keep a compiled function, where there is room."""
        path = self._path(signature, found.codegen)
        if path is None:
            return
        content = dumps(found._reduce())
        try:
            write_file(path, hashlib.blake2b(content, digest_size=CHECK).digest() + content)
        except InputError as error:
            _say_once(getattr(error.__cause__, "strerror", None) or "it cannot be written")

    def flush(self) -> None:
        """Nothing is held back."""

    def _path(self, signature: Any, codegen: Any) -> Path | None:
        folder = cache_folder()
        key = f"{self._where} {signature} {codegen.magic_tuple()}"
        return folder and folder / f"{self._name}.{hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}"


def _discard(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
