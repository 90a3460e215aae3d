"""Many tables behind one address, so that compiled functions pass a single word.

numba counts references to every array of a tuple at every call, atomically; with two dozen tables that took nine tenths
of a run and would tie threads to one another. A `Block` is a header of addresses and lengths instead: ``model.gates``
in compiled code is a bare view, which owns nothing: it can be indexed (``model.gates[g].near``, no slices, no negative
or checked indices) and has ``size`` (1 axis) or ``rows`` (the first axis). The Python object keeps the arrays.
"""

from __future__ import annotations

import operator
import sys
from typing import Any, ClassVar, Self

import numpy as np
from llvmlite import ir
from numba import config, from_dtype, types
from numba.core import cgutils
from numba.core.imputils import lower_builtin, lower_getattr_generic
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import NativeValue, intrinsic, models, register_model, typeof_impl, unbox

PLAIN = bool(config.DISABLE_JIT)
"""Whether the kernel runs as plain Python (NUMBA_DISABLE_JIT=1), for a debugger and for coverage."""


class PlainRecord:
    """A record of a table in plain Python: its fields are attributes, as in compiled code."""

    __slots__ = ("_record",)

    def __init__(self, record: np.void) -> None:
        object.__setattr__(self, "_record", record)

    def __getattr__(self, name: str) -> Any:
        return self._record[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self._record[name] = value

    def __getitem__(self, name: str) -> Any:
        return self._record[name]


class PlainTable(np.ndarray[Any, Any]):
    """A table in plain Python: the same words as of a `View` in compiled code."""

    @property
    def rows(self) -> int:
        """Length of the first axis."""
        return int(self.shape[0])

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return PlainRecord(found) if isinstance(found, np.void) else found

    def __setitem__(self, at: Any, value: Any) -> None:
        super().__setitem__(at, value._record if isinstance(value, PlainRecord) else value)


class Block:
    """Arrays and whole numbers of one kind, by name, as compiled code finds them.

    arrays: name → array (C order, of the declared dtype and number of axes); numbers: name → int.
    """

    __slots__ = ("_held", "address", "header")
    tables: ClassVar[dict[str, Any]] = {}  # name → dtype, or (dtype, axes); one axis by default
    numbers: ClassVar[tuple[str, ...]] = ()
    fields: ClassVar[dict[str, tuple[np.dtype[Any], int]]] = {}

    def __init_subclass__(cls) -> None:
        pairs = {key: value if isinstance(value, tuple) else (value, 1) for key, value in cls.tables.items()}
        cls.fields = {key: (np.dtype(dtype), axes) for key, (dtype, axes) in pairs.items()}
        at: dict[str, int] = {}
        words = 0
        for key, (_, axes) in cls.fields.items():
            at[key] = words
            words += 1 + axes
        for key in cls.numbers:
            at[key] = words
            words += 1
        views = {key: View(from_dtype(dtype), axes) for key, (dtype, axes) in cls.fields.items()}
        _teach(cls, cls.__name__, at, views)

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
            self._held[name] = array.view(PlainTable) if PLAIN else array
            words += [array.ctypes.data, *array.shape]
        words += [int(given[name]) for name in self.numbers]
        self.header = np.array(words, np.int64)
        self.address = int(self.header.ctypes.data)

    def replace(self, **changed: Any) -> Self:
        """The same block but for these tables and numbers; the others are shared, not copied."""
        return type(self)(**self.__getstate__() | changed)

    def copy(self) -> Self:
        """The same block with arrays of its own."""
        return self.replace(**{name: self._held[name].copy() for name in self.fields})

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
        type(self).__init__(self, **state)


class View(types.Type):  # type: ignore[misc]
    """The compiled type of a table: an address and the length of each axis (C order)."""

    def __init__(self, dtype: Any, ndim: int) -> None:
        self.dtype, self.ndim = dtype, ndim
        super().__init__(name=f"View[{dtype}, {ndim}]")


@register_model(View)
class _ViewModel(models.StructModel):  # type: ignore[misc]
    def __init__(self, manager: Any, view: Any) -> None:
        super().__init__(manager, view, [("data", types.int64), *((f"n{k}", types.int64) for k in range(view.ndim))])


def _indices(view: Any, index: Any) -> bool:
    whole = index if isinstance(index, types.BaseTuple) else (index,)
    return len(whole) == view.ndim and all(isinstance(i, types.Integer) for i in whole)


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], View) and _indices(*args):
            return signature(args[0].dtype, *args)
        return None


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], View) and _indices(*args[:2]):
            return signature(types.none, args[0], args[1], args[0].dtype)
        return None


def _item(context: Any, builder: Any, view: Any, index: Any, value: Any, at: Any) -> Any:
    """The pointer to one record or number of a view."""
    whole = index if isinstance(index, types.BaseTuple) else (index,)
    parts = cgutils.unpack_tuple(builder, at) if isinstance(index, types.BaseTuple) else [at]
    parts = [context.cast(builder, part, its, types.int64) for part, its in zip(parts, whole, strict=True)]
    table = cgutils.create_struct_proxy(view)(context, builder, value)
    number = parts[0]
    for axis in range(1, view.ndim):
        number = builder.add(builder.mul(number, getattr(table, f"n{axis}")), parts[axis])
    base = builder.inttoptr(table.data, context.get_data_type(view.dtype).as_pointer())
    return builder.gep(base, [number], inbounds=True)


@lower_builtin(operator.getitem, View, types.Any)  # type: ignore[misc]
def _get(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return context.unpack_value(builder, sig.args[0].dtype, _item(context, builder, *sig.args, *args))


@lower_builtin(operator.setitem, View, types.Any, types.Any)  # type: ignore[misc]
def _set(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    context.pack_value(builder, sig.args[2], args[2], _item(context, builder, *sig.args[:2], *args[:2]))
    return context.get_dummy_value()


@infer_getattr
class _ViewAttributes(AttributeTemplate):  # type: ignore[misc]
    key = View

    def generic_resolve(self, view: Any, attribute: str) -> Any:
        return types.int64 if attribute == "rows" or (attribute == "size" and view.ndim == 1) else None


@lower_getattr_generic(View)  # type: ignore[misc]
def _view_attribute(context: Any, builder: Any, view: Any, value: Any, attribute: str) -> Any:
    return cgutils.create_struct_proxy(view)(context, builder, value).n0


@intrinsic  # type: ignore[misc]
def prefetch(typingctx: Any, view: Any, i: Any) -> Any:
    """Ask the processor to fetch record i of a view, all of it, which will be needed soon."""
    size = view.dtype.size
    ends = (0,) if 64 % size == 0 else (0, size - 1)  # a size that does not divide a cache line may lie across two

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = builder.bitcast(_item(context, builder, *sig.args, *args), cgutils.voidptr_t)
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, word, word, word])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        for end in ends:
            at = builder.gep(pointer, [ir.Constant(word, end)])
            builder.call(function, [at, ir.Constant(word, 1), ir.Constant(word, 3), ir.Constant(word, 1)])
        return context.get_dummy_value()

    return types.void(view, types.int64), generate


@intrinsic  # type: ignore[misc]
def bare(typingctx: Any, array: Any) -> Any:
    """A bare view of an array that compiled code made itself. The array must be used again later, else it is freed."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        given = context.make_array(sig.args[0])(context, builder, args[0])
        out = cgutils.create_struct_proxy(sig.return_type)(context, builder)
        out.data = builder.ptrtoint(given.data, ir.IntType(64))
        for axis, length in enumerate(cgutils.unpack_tuple(builder, given.shape)):
            setattr(out, f"n{axis}", length)
        return out._getvalue()

    return View(array.dtype, array.ndim)(array), generate


if PLAIN:

    def prefetch(view: Any, i: Any) -> None:
        """Nothing: plain Python need not ask ahead."""

    def bare(array: Any) -> Any:
        """The array, with the words of a table."""
        return array.view(PlainTable)


def _teach(kind: type[Block], name: str, at: dict[str, int], arrays: dict[str, Any]) -> None:
    """Tell numba of a kind of block: a word that holds an address; attributes are read from the header behind it."""

    class Kind(types.Type):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name=f"Block[{name}]")

    Kind.__name__ = Kind.__qualname__ = f"{name}Type"
    # The disk cache finds it by name, in a process too that has not imported its module yet: one function may have been
    # compiled for the world and for expected flows.
    setattr(sys.modules[kind.__module__], Kind.__name__, Kind)
    Kind.__module__ = kind.__module__
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
            found = builder.load(builder.gep(header, [ir.Constant(word, at[attribute] + k)]))
            found.set_metadata("invariant.load", builder.module.add_metadata([]))  # what is written to tables leaves it
            return found

        if attribute not in arrays:
            return read(0)
        out = cgutils.create_struct_proxy(arrays[attribute])(context, builder)
        out.data = read(0)
        for axis in range(arrays[attribute].ndim):
            setattr(out, f"n{axis}", read(1 + axis))
        return out._getvalue()
