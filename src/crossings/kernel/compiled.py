"""How the kernel's functions are compiled: once, kept on disk, without holding the interpreter's lock."""

from __future__ import annotations

from typing import Any

from numba import njit

__all__ = ["entry", "inner"]

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}
_WITHIN: dict[str, Any] = {**_OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
entry: Any = njit(**_OPTIONS)  # may be called from Python
inner: Any = njit(**_WITHIN)  # only from compiled code: compiles faster
