"""The addresses that a call in Numba's code gives: of arrays where they lie, or of copies that are made before the call or brought back.

An array's rows may lie anywhere, but the elements of a row must follow one another; and what a call writes must not be what it has yet to
read. Arrays for which that is not so are copied, which is found out while the caller runs.
"""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils
from numba.core import types as _types

from ..lanes.decode import integer as number
from ..lanes.types import INT
from ..native.batch import POINTER, Array

types: Any = _types
"""Numba's types, without what it says of them."""
BIT = ir.IntType(1)
NO = ir.Constant(BIT, 0)
MOST_ON_STACK, ALIGNMENT = 1 << 13, 16
"""Bytes of a row that are copied to the stack; more have memory that is freed after the call."""


class Place:
    """An argument or a result as the caller has it.

    Attributes
    ----------
    array : Array
    batched : bool
        Whether there is one for each row of a batch.
    data : llvmlite.ir.Value
        Its address, as bytes.
    step : llvmlite.ir.Value
        Bytes from row to row, 0 where there is one for all.
    moved : llvmlite.ir.Value
        Whether it is to be copied.
    own : llvmlite.ir.Value
        The address of the copy.
    """

    def __init__(self, context: Any, builder: Any, kind: Any, value: Any, array: Array, element: Any) -> None:
        self.builder, self.array, self.element = builder, array, element
        self.batched = kind.ndim > len(array.shape)
        made = context.make_array(kind)(context, builder, value)
        self.data = builder.bitcast(made.data, POINTER)
        self.lengths = cgutils.unpack_tuple(builder, made.shape, kind.ndim)
        self.strides = cgutils.unpack_tuple(builder, made.strides, kind.ndim)
        self.row_bytes = number(array.size * self._itemsize)
        self.step = (self.row_bytes if kind.layout == "C" else self.strides[0]) if self.batched else number(0)
        self.own = self.data
        self.moved = NO if kind.layout == "C" else self._scattered()

    @property
    def _itemsize(self) -> int:
        return 1 if self.array.boolean else 8 if isinstance(self.element, ir.DoubleType) else 4

    def _scattered(self) -> Any:
        """Whether the elements of a row do not follow one another; an axis of one element may have any stride."""
        builder, found, expected = self.builder, NO, self._itemsize
        for length, stride in zip(reversed(self.array.shape), reversed(self.strides), strict=False):
            if length != 1:
                found = builder.or_(found, builder.icmp_signed("!=", stride, number(expected)))
            expected *= length
        return found

    def reach(self) -> tuple[Any, Any]:
        """Return the first byte of all elements, and the one behind the last, as integers."""
        builder = self.builder
        first = last = builder.ptrtoint(self.data, INT)
        for length, stride in zip(self.lengths, self.strides, strict=True):
            way = builder.mul(builder.sub(length, number(1)), stride)
            back = builder.icmp_signed("<", way, number(0))
            first = builder.add(first, builder.select(back, way, number(0)))
            last = builder.add(last, builder.select(back, number(0), way))
        return first, builder.add(last, number(self._itemsize))

    def meets(self, other: "Place") -> Any:
        """Whether the bytes of two arrays may overlap."""
        builder, (first, last), (start, stop) = self.builder, self.reach(), other.reach()
        return builder.and_(builder.icmp_unsigned("<", first, stop), builder.icmp_unsigned("<", start, last))

    def equals(self, other: "Place") -> Any:
        """Whether each row of a batch lies where the row of another array does."""
        builder = self.builder
        if not (self.batched and other.batched and self.array.shape == other.array.shape and self.array.boolean == other.array.boolean):
            return NO
        begins = builder.icmp_unsigned("==", self.data, other.data)
        return builder.and_(begins, builder.icmp_signed("==", self.step, other.step))

    def bytes(self, rows: Any) -> Any:
        """Return how many bytes a copy takes, a multiple of the alignment."""
        whole = self.builder.mul(self.row_bytes, rows if self.batched else number(1))
        return self.builder.and_(self.builder.add(whole, number(ALIGNMENT - 1)), number(-ALIGNMENT))

    def copy(self, memory: Any, inward: bool) -> None:
        """Copy all elements to memory, where they follow one another, or back."""
        builder = self.builder
        memory = builder.bitcast(memory, self.element.as_pointer())
        lengths = [*self.lengths[: int(self.batched)], *map(number, self.array.shape)]
        with cgutils.loop_nest(builder, lengths, INT) as indices:
            flat, offset = number(0), number(0)
            for index, length, stride in zip(indices, lengths, self.strides, strict=True):
                flat = builder.add(builder.mul(flat, length), index)
                offset = builder.add(offset, builder.mul(index, stride))
            there = builder.bitcast(builder.gep(self.data, [offset]), self.element.as_pointer())
            here = builder.gep(memory, [flat])
            builder.store(builder.load(there if inward else here), here if inward else there)


class Copies:
    """The copies of a call: decided on, made, brought back and freed.

    Parameters
    ----------
    context, builder
        Numba's.
    arguments, results : sequence of Place
    rows : llvmlite.ir.Value or None
        Rows of the batch; None for a call of one row.
    """

    def __init__(self, context: Any, builder: Any, arguments: Sequence[Place], results: Sequence[Place], rows: Any) -> None:
        self.context, self.builder = context, builder
        self.arguments, self.results, self.batch = arguments, results, rows is not None
        self.rows = number(1) if rows is None else rows
        self.freed: Any = None

    def keep_apart(self, in_place: bool) -> None:
        """Let arguments be copied whose memory a result takes; not where rows lie on rows, if `in_place` says that these are safe."""
        builder = self.builder
        for argument in self.arguments:
            for result in self.results:
                met = argument.meets(result)
                if in_place:
                    met = builder.and_(met, builder.not_(argument.equals(result)))
                argument.moved = builder.or_(argument.moved, met)

    def addresses(self) -> list[tuple[Any, Any]]:
        """Return for each argument and result the address to give and the bytes from row to row, and fill what is copied."""
        places = [*self.arguments, *self.results]
        short = [not self.batch and each.array.size * 8 <= MOST_ON_STACK for each in places]
        large = [each for each, on_stack in zip(places, short, strict=True) if not on_stack and each.moved is not NO]
        memory = self._allocated(large) if large else None
        made = []
        for each, on_stack in zip(places, short, strict=True):
            if each.moved is NO:
                made.append((each.data, each.step))
                continue
            if on_stack:
                own = cgutils.alloca_once(self.builder, each.element, size=number(max(1, each.array.size)))
                own = self.builder.bitcast(own, POINTER)
            else:
                own = memory
                taken = self.builder.select(each.moved, each.bytes(self.rows), number(0))
                memory = self.builder.gep(memory, [taken])
            if each in self.arguments:
                with self.builder.if_then(each.moved):
                    each.copy(own, inward=True)
            each.own, step = own, each.row_bytes if each.batched else number(0)
            made.append((self.builder.select(each.moved, own, each.data), self.builder.select(each.moved, step, each.step)))
        return made

    def _allocated(self, places: Sequence[Place]) -> Any:
        """Return memory for all copies that are to be made, of no bytes where there are none."""
        builder, whole = self.builder, number(0)
        for each in places:
            whole = builder.add(whole, builder.select(each.moved, each.bytes(self.rows), number(0)))
        held = cgutils.alloca_once_value(builder, ir.Constant(POINTER, None))
        wanted = builder.icmp_signed(">", whole, number(0))
        with builder.if_then(wanted, likely=False):
            memory = self.context.nrt.allocate(builder, whole)
            with builder.if_then(cgutils.is_null(builder, memory), likely=False):
                self.context.call_conv.return_user_exc(builder, MemoryError, ("no memory for copies of arrays",))
            builder.store(memory, held)
        self.freed = builder.load(held)
        return self.freed

    def finish(self) -> None:
        """Bring results back, and free the memory."""
        for each in self.results:
            if each.moved is not NO:
                with self.builder.if_then(each.moved):
                    each.copy(each.own, inward=False)
        if self.freed is not None:
            with self.builder.if_then(cgutils.is_not_null(self.builder, self.freed), likely=False):
                self.context.nrt.free(self.builder, self.freed)
