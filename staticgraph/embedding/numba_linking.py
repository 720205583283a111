"""Calls of entries in the code that Numba writes: the entry's module is linked, so that no address is in it and LLVM can inline it."""

from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils
from numba.core import types as _types
from numba.extending import intrinsic

from ..lanes.types import INT
from ..native.batch import POINTER, STATUS, STRIDED, Array, Entry, Written, library, write
from .numba_memory import Copies, Place

types: Any = _types
"""Numba's types, without what it says of them."""


def calling(entry: Entry, batch: bool, apart: bool) -> Any:
    """Return a function for Numba's code, `call(rows, leaves, results)`, which returns the results for which `None` stands there.

    Leaves are numbers or arrays, of any strides. `apart` tells that arrays of results are new.
    """

    @intrinsic  # type: ignore[untyped-decorator]  # Numba has no types
    def call(typing: Any, rows: Any, leaves: Any, results: Any) -> Any:
        number = types.float64 if entry.program.dtype.itemsize == 8 else types.float32
        missing = [array for array, each in zip(entry.results, results, strict=True) if isinstance(each, types.NoneType)]
        returned = types.Tuple([types.boolean if array.boolean else number for array in missing])

        def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            given = _Given(context, builder, entry, number, batch)
            for kinds, values, arrays in ((leaves, args[1], entry.arguments), (results, args[2], entry.results)):
                for place, (kind, array) in enumerate(zip(kinds, arrays, strict=True)):
                    given.add(kind, builder.extract_value(values, place), array)
            given.call(args[0] if batch else None, apart)
            made = [given.loaded(number) for number, each in enumerate(results) if isinstance(each, types.NoneType)]
            return context.make_tuple(builder, returned, made)

        return returned(types.intp, leaves, results), emit

    return call


class _Given:
    """The arguments and results of a call of an entry."""

    def __init__(self, context: Any, builder: Any, entry: Entry, number: Any, batch: bool) -> None:
        self.context, self.builder, self.entry, self.number, self.batch = context, builder, entry, number, batch
        self.element = ir.DoubleType() if number == types.float64 else ir.FloatType()
        self.held: list[Any] = []
        self.places: list[Place] = []

    def add(self, kind: Any, value: Any, array: Array) -> None:
        """Add an argument or a result of a type of Numba's."""
        if isinstance(kind, types.Array):
            place = Place(self.context, self.builder, kind, value, array, self._element(array))
            self.places.append(place)
            self.held.append(place)
        else:
            self.held.append(self._number(kind, value, array))

    def _element(self, array: Array) -> Any:
        return ir.IntType(8) if array.boolean else self.element

    def _number(self, kind: Any, value: Any, array: Array) -> Any:
        """Return memory that holds a number; for a result, memory for it."""
        memory = cgutils.alloca_once(self.builder, self._element(array))
        if not isinstance(kind, types.NoneType):
            self.builder.store(self.context.cast(self.builder, value, types.unliteral(kind), self.number), memory)
        return memory

    def call(self, rows: Any, apart: bool) -> None:
        """Call the entry, for a batch or, if `rows` is None, for one row; `apart` tells that results are known to lie nowhere else."""
        count = sum(isinstance(each, Place) for each in self.held[: len(self.entry.arguments)])
        copies = Copies(self.context, self.builder, self.places[:count], self.places[count:], rows)
        written = write(self.entry)
        if not apart:
            whole = not written.cut
            if self.batch or not whole:
                copies.keep_apart(in_place=whole)
        made = dict(zip(map(id, self.places), copies.addresses(), strict=True))
        pairs = [made[id(each)] if isinstance(each, Place) else (each, ir.Constant(INT, 0)) for each in self.held]
        given = [self.builder.bitcast(address, POINTER) for address, _ in pairs]
        given += [] if rows is None else [*(step for _, step in pairs), rows]
        name = f"{self.entry.name}_{'row' if rows is None else STRIDED}"
        declared = ir.FunctionType(STATUS, [each.type for each in given])
        self._link(written)
        self.builder.call(cgutils.get_or_insert_function(self.builder.module, declared, name), given)
        copies.finish()

    def _link(self, written: Written) -> None:
        """Link the entry's module to the caller's."""
        linked = self.context.codegen().create_library(f"staticgraph.{self.entry.name}")
        module = llvm.parse_assembly(library([written]))
        module.triple, module.data_layout = llvm.get_process_triple(), self.context.codegen()._data_layout
        linked.add_llvm_module(module)
        linked.finalize()
        self.context.active_code_library.add_linking_library(linked)

    def loaded(self, number: int) -> Any:
        """Return a result that is a number."""
        array = self.entry.results[number]
        value = self.builder.load(self.held[len(self.entry.arguments) + number])
        return self.builder.trunc(value, ir.IntType(1)) if array.boolean else value
