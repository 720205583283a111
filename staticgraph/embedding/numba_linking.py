"""Calls of entries in the code that Numba writes: the entry's module is linked, so that no address is in it and LLVM can inline it."""

from collections.abc import Sequence
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils
from numba.core import types as _types
from numba.extending import intrinsic

from ..native.batch import POINTER, STATUS, STRIDED, Array, Entry, library

types: Any = _types
"""Numba's types, without what it says of them."""
INT = ir.IntType(64)


def calling(entry: Entry, batch: bool) -> Any:
    """Return a function for Numba's code, `call(rows, leaves, results)`, which returns the results for which `None` stands there.

    Leaves are numbers or arrays. In a batch arrays are C-contiguous, those of a row more may have any strides.
    """

    @intrinsic  # type: ignore[untyped-decorator]
    def call(typing: Any, rows: Any, leaves: Any, results: Any) -> Any:
        number = types.float64 if entry.program.dtype.itemsize == 8 else types.float32
        missing = [array for array, each in zip(entry.results, results, strict=True) if isinstance(each, types.NoneType)]
        returned = types.Tuple([types.boolean if array.boolean else number for array in missing])

        def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            given = _Given(context, builder, entry, number)
            for kinds, values, arrays in ((leaves, args[1], entry.arguments), (results, args[2], entry.results)):
                for place, (kind, array) in enumerate(zip(kinds, arrays, strict=True)):
                    given.add(kind, builder.extract_value(values, place), array, batch)
            given.call(args[0] if batch else None)
            made = [given.loaded(number) for number, each in enumerate(results) if isinstance(each, types.NoneType)]
            return context.make_tuple(builder, returned, made)

        return returned(types.intp, leaves, results), emit

    return call


class _Given:
    """The addresses that a call of an entry is given."""

    def __init__(self, context: Any, builder: Any, entry: Entry, number: Any) -> None:
        self.context, self.builder, self.entry, self.number = context, builder, entry, number
        self.element = ir.DoubleType() if number == types.float64 else ir.FloatType()
        self.addresses: list[Any] = []
        self.steps: list[Any] = []
        self.back: list[tuple[Any, Any, Any]] = []

    def add(self, kind: Any, value: Any, array: Array, batch: bool) -> None:
        """Add an argument or a result of a type of Numba's."""
        size = array.size * (1 if array.boolean else self.entry.program.dtype.itemsize)
        step = 0
        if isinstance(kind, types.Array):
            batched = kind.ndim > len(array.shape)
            made = self.context.make_array(kind)(self.context, self.builder, value)
            step = size if batched else 0
            address = made.data if kind.layout == "C" or not kind.ndim else self._gathered(kind, made, array)
        else:
            address = self._held(kind, value, array)
        self.addresses.append(self.builder.bitcast(address, POINTER))
        self.steps.append(ir.Constant(INT, step))

    def _element(self, array: Array) -> Any:
        return ir.IntType(8) if array.boolean else self.element

    def _held(self, kind: Any, value: Any, array: Array) -> Any:
        """Return memory that holds a number; for a result, memory for it."""
        memory = cgutils.alloca_once(self.builder, self._element(array))
        if not isinstance(kind, types.NoneType):
            self.builder.store(self.context.cast(self.builder, value, types.unliteral(kind), self.number), memory)
        return memory

    def _gathered(self, kind: Any, made: Any, array: Array) -> Any:
        """Return memory that holds the elements of a row one after another; those of a result are brought back after the call."""
        builder = self.builder
        memory = cgutils.alloca_once(builder, self._element(array), size=ir.Constant(INT, max(1, array.size)))
        strides = cgutils.unpack_tuple(builder, made.strides, kind.ndim)
        if array in self.entry.results:
            self.back.append((memory, (made.data, strides), array))
        else:
            self._move(memory, made.data, strides, array, inward=True)
        return memory

    def _move(self, memory: Any, data: Any, strides: Sequence[Any], array: Array, inward: bool) -> None:
        builder, element = self.builder, self._element(array)
        with cgutils.loop_nest(builder, [ir.Constant(INT, length) for length in array.shape], INT) as indices:
            flat, offset = ir.Constant(INT, 0), ir.Constant(INT, 0)
            for index, length, stride in zip(indices, array.shape, strides, strict=True):
                flat = builder.add(builder.mul(flat, ir.Constant(INT, length)), index)
                offset = builder.add(offset, builder.mul(index, stride))
            there = builder.bitcast(builder.gep(builder.bitcast(data, POINTER), [offset]), element.as_pointer())
            here = builder.gep(memory, [flat])
            builder.store(builder.load(there if inward else here), here if inward else there)

    def call(self, rows: Any) -> None:
        """Call the entry, for one row or for a batch."""
        linked = self.context.codegen().create_library(f"staticgraph.{self.entry.name}")
        module = llvm.parse_assembly(library([self.entry]))
        module.triple, module.data_layout = llvm.get_process_triple(), self.context.codegen()._data_layout
        linked.add_llvm_module(module)
        linked.finalize()
        self.context.active_code_library.add_linking_library(linked)
        given = self.addresses + ([] if rows is None else [*self.steps, rows])
        declared = ir.FunctionType(STATUS, [each.type for each in given])
        name = f"{self.entry.name}_{'row' if rows is None else STRIDED}"
        self.builder.call(cgutils.get_or_insert_function(self.builder.module, declared, name), given)
        for memory, (data, strides), array in self.back:
            self._move(memory, data, strides, array, inward=False)

    def loaded(self, number: int) -> Any:
        """Return a result that is a number."""
        array = self.entry.results[number]
        address = self.addresses[len(self.entry.arguments) + number]
        value = self.builder.load(self.builder.bitcast(address, self._element(array).as_pointer()))
        return self.builder.trunc(value, ir.IntType(1)) if array.boolean else value
