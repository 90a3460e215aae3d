"""How the kernel's functions are compiled: once, kept on disk, without holding the interpreter's lock."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from crossings.kernel.core.blocks import PLAIN, PlainTable
from crossings.kernel.core.cache import CompiledOnDisk
from crossings.kernel.core.parts import PartCompiler

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
_PART: dict[str, Any] = {
    **_OPTIONS,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "pipeline_class": PartCompiler,
}


def _kept(**options: Any) -> Callable[[Any], Any]:
    """A decorator that compiles with these options and keeps the result on disk."""

    def decorate(function: Any) -> Any:
        compiled = njit(**options)(function)
        if not PLAIN:
            compiled._cache = CompiledOnDisk(function)
        return compiled

    return decorate


entry: Any = _kept(**_OPTIONS)  # may be called from Python
inner: Any = njit(**_PART)  # only from compiled code: compiles faster
# May be called from Python, and becomes part of each function that calls it: for the innermost loops.
within: Any = _kept(**_OPTIONS, forceinline=True)


def _plainly(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function on tables whose records have attributes, as compiled code sees them; numbers wrap around silently."""

    @functools.wraps(function)
    def run(*given: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*(g.view(PlainTable) if isinstance(g, np.ndarray) else g for g in given))

    return run


if PLAIN:
    entry = _plainly


def numbered(*bounds: int) -> list[np.int64]:
    """``range``, as numbers that numba does not take for literals: else it compiles a function again for each of them."""
    return [np.int64(k) for k in range(*bounds)]
