"""Many tables behind one address, so that compiled functions pass a single word.

numba counts references to every array of a tuple at every call, atomically; with two dozen tables that took nine tenths
of a run and would tie threads to one another. A `Block` is a header of addresses and lengths instead: ``model.gates``
in compiled code makes a view on the fly, which owns nothing and costs two loads. The Python object keeps the arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, types
from numba.core import cgutils
from numba.extending import (
    NativeValue,
    intrinsic,
    models,
    overload_attribute,
    register_model,
    typeof_impl,
    unbox,
)
from numpy.typing import NDArray

__all__ = ["Block", "declare"]


class Block:
    """Arrays and whole numbers of one kind, by name, as compiled code finds them.

    arrays: name → array (C order, of the declared dtype and number of axes); numbers: name → int.
    """

    __slots__ = ("_held", "address", "header")
    fields: dict[str, tuple[np.dtype[Any], int]] = {}
    numbers: tuple[str, ...] = ()

    def __init__(self, **given: Any) -> None:
        wanted = [*self.fields, *self.numbers]
        if set(given) != set(wanted):
            raise TypeError(f"{type(self).__name__}: expected {sorted(wanted)}, got {sorted(given)}")
        self._held = {}
        words: list[int] = []
        for name, (dtype, axes) in self.fields.items():
            array = np.ascontiguousarray(given[name], dtype)
            if array.ndim != axes:
                raise TypeError(f"{name}: {axes} axes expected, got {array.ndim}")
            self._held[name] = array
            words += [array.ctypes.data, *array.shape]
        words += [int(given[name]) for name in self.numbers]
        self.header = np.array(words, np.int64)
        self.address = int(self.header.ctypes.data)

    def __getattr__(self, name: str) -> Any:
        if name in type(self).fields:
            return self._held[name]
        if name in type(self).numbers:
            at = sum(1 + axes for _, axes in self.fields.values()) + self.numbers.index(name)
            return int(self.header[at])
        raise AttributeError(name)

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in (*self.fields, *self.numbers)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]


@intrinsic  # type: ignore[misc]
def _word(typingctx: Any, block: Any, k: Any) -> Any:
    """Word k of a block's header."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        base = builder.inttoptr(args[0], ir.IntType(64).as_pointer())
        return builder.load(builder.gep(base, [args[1]]))

    return types.int64(block, types.int64), generate


@intrinsic  # type: ignore[misc]
def _pointer(typingctx: Any, address: Any) -> Any:
    """An address as a pointer."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), generate


def declare(name: str, *, numbers: tuple[str, ...] = (), **fields: Any) -> type[Block]:
    """A kind of block, known to the compiler. fields: name=dtype or name=(dtype, axes); one axis by default."""
    layout = {key: value if isinstance(value, tuple) else (value, 1) for key, value in fields.items()}
    layout = {key: (np.dtype(dtype), axes) for key, (dtype, axes) in layout.items()}
    kind = type(name, (Block,), {"__slots__": (), "fields": layout, "numbers": numbers})

    class Kind(types.Type):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name=f"Block[{name}]")

    Kind.__name__ = Kind.__qualname__ = f"{name}Type"
    the_type = Kind()

    @register_model(Kind)
    class KindModel(models.PrimitiveModel):  # type: ignore[misc]
        def __init__(self, manager: Any, its_type: Any) -> None:
            super().__init__(manager, its_type, ir.IntType(64))

    @typeof_impl.register(kind)
    def _typeof(value: Any, context: Any) -> Any:
        return the_type

    @unbox(Kind)
    def _unbox(its_type: Any, value: Any, c: Any) -> Any:
        found = c.pyapi.object_getattr_string(value, "address")
        native = NativeValue(c.pyapi.long_as_longlong(found), is_error=cgutils.is_not_null(c.builder, c.pyapi.err_occurred()))
        c.pyapi.decref(found)
        return native

    at = 0
    for key, (dtype, axes) in layout.items():
        _declare_table(Kind, key, at, dtype, axes)
        at += 1 + axes
    for key in numbers:
        _declare_number(Kind, key, at)
        at += 1
    return kind


def _declare_table(kind: Any, key: str, at: int, dtype: np.dtype[Any], axes: int) -> None:
    def one(block: Any) -> Any:
        def get(block: Any) -> NDArray[Any]:
            return carray(_pointer(_word(block, at)), (_word(block, at + 1),), dtype)  # type: ignore[no-any-return]

        return get

    def two(block: Any) -> Any:
        def get(block: Any) -> NDArray[Any]:
            return carray(_pointer(_word(block, at)), (_word(block, at + 1), _word(block, at + 2)), dtype)  # type: ignore[no-any-return]

        return get

    def three(block: Any) -> Any:
        def get(block: Any) -> NDArray[Any]:
            shape = (_word(block, at + 1), _word(block, at + 2), _word(block, at + 3))
            return carray(_pointer(_word(block, at)), shape, dtype)  # type: ignore[no-any-return]

        return get

    overload_attribute(kind, key)((one, two, three)[axes - 1])


def _declare_number(kind: Any, key: str, at: int) -> None:
    def read(block: Any) -> Any:
        def get(block: Any) -> int:
            return _word(block, at)  # type: ignore[no-any-return]

        return get

    overload_attribute(kind, key)(read)
