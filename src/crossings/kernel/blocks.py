"""Many tables behind one address, so that compiled functions pass a single word.

numba counts references to every array of a tuple at every call, atomically; with two dozen tables that took nine tenths
of a run and would tie threads to one another. A `Block` is a header of addresses and lengths instead: ``model.gates``
in compiled code makes a view on the fly, which owns nothing and costs two loads. The Python object keeps the arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import from_dtype, types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import NativeValue, models, register_model, typeof_impl, unbox
from numba.np.arrayobj import populate_array
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


def declare(name: str, *, numbers: tuple[str, ...] = (), **fields: Any) -> type[Block]:
    """A kind of block, known to the compiler. fields: name=dtype or name=(dtype, axes); one axis by default."""
    layout = {key: value if isinstance(value, tuple) else (value, 1) for key, value in fields.items()}
    layout = {key: (np.dtype(dtype), axes) for key, (dtype, axes) in layout.items()}
    kind = type(name, (Block,), {"__slots__": (), "fields": layout, "numbers": numbers})
    at: dict[str, int] = {}
    words = 0
    for key, (_, axes) in layout.items():
        at[key] = words
        words += 1 + axes
    for key in numbers:
        at[key] = words
        words += 1
    arrays = {key: types.Array(from_dtype(dtype), axes, "C") for key, (dtype, axes) in layout.items()}
    _teach(kind, name, at, arrays)
    return kind


def _teach(kind: type[Block], name: str, at: dict[str, int], arrays: dict[str, Any]) -> None:
    """Tell numba of a kind of block: a word that holds an address; attributes are read from the header behind it."""

    class Kind(types.Type):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name=f"Block[{name}]")

    Kind.__name__ = Kind.__qualname__ = f"{name}Type"
    globals()[Kind.__name__] = Kind  # so that the disk cache finds it by name
    Kind.__module__ = __name__
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
        failed = cgutils.is_not_null(c.builder, c.pyapi.err_occurred())
        native = NativeValue(c.pyapi.long_as_longlong(found), is_error=failed)
        c.pyapi.decref(found)
        return native

    @infer_getattr
    class KindAttributes(AttributeTemplate):  # type: ignore[misc]
        key = Kind

        def generic_resolve(self, value: Any, attribute: str) -> Any:
            if attribute in arrays:
                return arrays[attribute]
            return types.int64 if attribute in at else None

    @lower_getattr_generic(Kind)
    def _lower(context: Any, builder: Any, its_type: Any, value: Any, attribute: str) -> Any:
        word = ir.IntType(64)
        header = builder.inttoptr(value, word.as_pointer())

        def read(k: int) -> Any:
            return builder.load(builder.gep(header, [ir.Constant(word, at[attribute] + k)]))

        if attribute not in arrays:
            return read(0)
        the_array = arrays[attribute]
        out = context.make_array(the_array)(context, builder)
        itemsize = context.get_abi_sizeof(context.get_data_type(the_array.dtype))
        shape = [read(1 + axis) for axis in range(the_array.ndim)]
        strides = [ir.Constant(word, itemsize)]
        for length in reversed(shape[1:]):
            strides.insert(0, builder.mul(length, strides[0]))
        data = builder.inttoptr(read(0), context.get_data_type(the_array.dtype).as_pointer())
        populate_array(out, data, shape, strides, ir.Constant(word, itemsize), meminfo=None)
        return out._getvalue()
