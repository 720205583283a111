"""Moving elements between the caller's arrays and memory of ours: a tile, where lanes lie side by side, or staging memory, where rows do.

Users have rows `(N, d)`, where the elements of a row lie side by side. A square block of as many rows as a vector has lanes is loaded,
transposed by `log2(width)` rounds of shuffles, and stored: 0.2 ns per element, where moving them one by one takes 0.9 ns.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from ..records.instruction import VECTOR_BYTES

# isort: off
from ..records.table import (
    ADDRESS, BATCH_STRIDE, BOOLEAN, COLUMNS, GRADIENT, KIND, MODE, PACKED, PLACES, ROW, SCATTER_BOOLEAN, SIZE, STAGED_ROW, STAGED_STEP,
    STEP, WEIGH, WORD_BYTES,
)  # fmt: skip
# isort: on
from .code import Code
from .decode import integer
from .kernels import Kernel
from .types import INT

BYTE = ir.IntType(8)


def word(code: Code, table: Any, index: int) -> Any:
    """Load a word of a table at an address."""
    place = code.builder.add(table, integer(index * WORD_BYTES))
    return code.builder.load(code.builder.inttoptr(place, INT.as_pointer()))


class Entry:
    """An array's row of the table of a call."""

    def __init__(self, code: Code, address: Any) -> None:
        self.code = code
        self.columns = [word(code, address, column) for column in range(COLUMNS)]

    def __getitem__(self, column: int) -> Any:
        return self.columns[column]

    def holds(self, column: int, value: Any) -> Any:
        """Return whether a column has this value."""
        return self.code.builder.icmp_signed("==", self[column], value)

    def row_of_batch(self, row: Any) -> Any:
        """Return the address of a row of the batch."""
        return self.code.builder.add(self[ADDRESS], self.code.builder.mul(row, self[BATCH_STRIDE]))

    def offset(self, offsets: Any, position: Any) -> Any:
        """Return how many bytes an element lies behind the first one of its row of the batch."""
        builder, places = self.code.builder, self[PLACES]
        regular = builder.icmp_signed("<", places, integer(0))
        # Where offsets are regular, any one is read, as memory of the table's is what stands there.
        listed = builder.add(offsets, builder.mul(builder.select(regular, integer(0), builder.add(places, position)), integer(WORD_BYTES)))
        stored = builder.load(builder.inttoptr(listed, INT.as_pointer()))
        return builder.select(regular, builder.mul(position, self[STEP]), stored)


def _element(code: Code, address: Any) -> Any:
    return code.builder.load(code.builder.inttoptr(address, code.element.as_pointer()), align=1)


def _put_element(code: Code, value: Any, address: Any) -> None:
    code.builder.store(value, code.builder.inttoptr(address, value.type.as_pointer()), align=1)


def _vector(code: Code, address: Any) -> Any:
    return code.builder.load(code.builder.inttoptr(address, code.vector.as_pointer()), align=1)


def _put_vector(code: Code, value: Any, address: Any) -> None:
    code.builder.store(value, code.builder.inttoptr(address, code.vector.as_pointer()), align=1)


def _after(code: Code, address: Any, count: Any, step: Any) -> Any:
    """Return the address so many steps after another."""
    return code.builder.add(address, code.builder.mul(count, step))


def _loop(code: Code, count: Any, first: Any = None) -> Any:
    return cgutils.for_range(code.builder, count, first, INT)


def _bytes(code: Code) -> Any:
    return integer(code.dtype.itemsize)


def _transposed(code: Code, rows: list[Any]) -> list[Any]:
    """Return the columns of a square of vectors: in round `s` blocks of `s` by `s` are exchanged across the diagonal."""
    width, step = code.width, 1
    while step < width:
        exchanged = []
        for number, row in enumerate(rows):
            other = rows[number ^ step]
            keeps = number & step
            mask = [lane if lane & step == keeps else width + (lane ^ step) for lane in range(width)]
            lanes = ir.Constant(ir.VectorType(ir.IntType(32), width), mask)
            exchanged.append(code.builder.shuffle_vector(row, other, lanes))
        rows, step = exchanged, 2 * step
    return rows


def _cleaned(code: Code, value: Any, is_gradient: Any) -> Any:
    """Return what is written for a vector or an element: a gradient loses the sign of zero, and any NaN becomes NumPy's `nan`.

    Which operand's sign and payload the NaN of two has depends on the order in which the compiler takes them. The choice costs less
    than can be measured: `-x` took 0.22 ns a row in float64 and 0.11 in float32, with it and without.
    """

    def number(each: float) -> Any:
        return code.splat(each) if value.type == code.vector else ir.Constant(code.element, each)

    builder = code.builder
    sum_with_zero = builder.fadd(value, builder.select(is_gradient, number(0.0), number(-0.0)))
    return builder.select(builder.fcmp_unordered("uno", sum_with_zero, sum_with_zero), number(np.nan), sum_with_zero)


def _move_block(code: Code, change: Callable[[Any], Any], source: Any, source_step: Any, target: Any, target_step: Any) -> None:
    """Transpose a square block: `width` vectors at `source`, each `source_step` bytes after the last, to as many at `target`."""
    places = [integer(number) for number in range(code.width)]
    rows = [_vector(code, _after(code, source, place, source_step)) for place in places]
    for place, column in zip(places, _transposed(code, rows), strict=True):
        _put_vector(code, change(column), _after(code, target, place, target_step))


def _move_blocks(code: Code, entry: Entry, tile: Any, lanes: Any, start: Any, blocks: Any, change: Callable[[Any], Any] | None) -> None:
    """Transpose elements that lie side by side into the rows of the tile, or, changed, out of them; the last block may overlap another."""
    builder, size, width = code.builder, entry[SIZE], integer(code.width)
    pitch, first_row = builder.mul(lanes, _bytes(code)), _after(code, tile, builder.mul(entry[ROW], lanes), _bytes(code))
    squares = builder.udiv(builder.add(size, integer(code.width - 1)), width)
    with _loop(code, blocks) as block, _loop(code, squares) as square:
        outside = entry.row_of_batch(builder.add(start, builder.mul(block.index, width)))
        inside = _after(code, first_row, block.index, integer(VECTOR_BYTES))
        first, last = builder.mul(square.index, width), builder.sub(size, width)
        first = builder.select(builder.icmp_signed("<", first, last), first, last)
        here, there = _after(code, outside, first, _bytes(code)), _after(code, inside, first, pitch)
        if change is None:
            _move_block(code, lambda value: value, here, entry[BATCH_STRIDE], there, pitch)
        else:
            _move_block(code, change, there, pitch, here, entry[BATCH_STRIDE])


def _move_run(code: Code, change: Callable[[Any], Any], source: Any, target: Any, vectors: Any) -> None:
    """Copy vectors that lie side by side."""
    with _loop(code, vectors) as loop:
        offset = code.builder.mul(loop.index, integer(VECTOR_BYTES))
        _put_vector(code, change(_vector(code, code.builder.add(source, offset))), code.builder.add(target, offset))


def _dense(code: Code, entry: Entry) -> Any:
    """Return whether the elements of a row of the batch lie side by side, and fill a vector at least."""
    builder = code.builder
    return builder.and_(entry.holds(STEP, _bytes(code)), builder.icmp_signed(">=", entry[SIZE], integer(code.width)))


def load(code: Code, arguments: Sequence[Any]) -> None:
    """Emit what brings rows of the batch into the tile; the lanes beyond them repeat the last one. A packed parameter has one lane."""
    address, offsets, tile, *range_ = arguments
    builder, entry, width, step = code.builder, Entry(code, address), integer(code.width), _bytes(code)
    packed = entry.holds(KIND, integer(PACKED))
    lanes, start, active = (builder.select(packed, integer(one), each) for one, each in zip((1, 0, 1), range_, strict=True))
    stride, blocks = entry[BATCH_STRIDE], builder.udiv(active, width)
    dense = builder.and_(_dense(code, entry), builder.icmp_signed("!=", stride, integer(0)))
    with builder.if_then(dense):
        _move_blocks(code, entry, tile, lanes, start, blocks, None)
    in_runs = builder.icmp_signed("==", stride, step)
    all_alike = builder.and_(builder.icmp_signed("==", stride, integer(0)), builder.icmp_signed(">=", lanes, width))
    whole = builder.mul(blocks, width)
    done = builder.select(builder.or_(dense, in_runs), whole, builder.select(all_alike, active, integer(0)))
    first_element, last_lane = entry.row_of_batch(start), builder.sub(active, integer(1))
    with _loop(code, entry[SIZE]) as position:
        source = builder.add(first_element, entry.offset(offsets, position.index))
        row = _after(code, tile, builder.mul(builder.add(entry[ROW], position.index), lanes), step)
        with builder.if_then(in_runs):
            _move_run(code, lambda value: value, source, row, blocks)
        with builder.if_then(all_alike):
            _fill_run(code, _element(code, source), row, builder.udiv(lanes, width))
        with _loop(code, active, done) as lane:
            _put_element(code, _element(code, _after(code, source, lane.index, stride)), _after(code, row, lane.index, step))
        with _loop(code, lanes, active) as lane:
            _put_element(code, _element(code, _after(code, row, last_lane, step)), _after(code, row, lane.index, step))


def _fill_run(code: Code, number: Any, target: Any, vectors: Any) -> None:
    """Fill vectors that lie side by side with one number."""
    filled = code.broadcast(number).value
    with _loop(code, vectors) as loop:
        _put_vector(code, filled, _after(code, target, loop.index, integer(VECTOR_BYTES)))


def store(code: Code, arguments: Sequence[Any]) -> None:
    """Emit what brings rows of the tile to where the caller wants them."""
    address, offsets, tile, lanes, start, active = arguments
    builder, entry, width, step = code.builder, Entry(code, address), integer(code.width), _bytes(code)
    stride, blocks = entry[BATCH_STRIDE], builder.udiv(active, width)
    is_boolean, is_gradient = entry.holds(KIND, integer(BOOLEAN)), entry.holds(KIND, integer(GRADIENT))
    numbers = builder.not_(is_boolean)

    def cleaned(value: Any) -> Any:
        return _cleaned(code, value, is_gradient)

    dense = builder.and_(_dense(code, entry), numbers)
    with builder.if_then(dense):
        _move_blocks(code, entry, tile, lanes, start, blocks, cleaned)
    in_runs = builder.and_(builder.icmp_signed("==", stride, step), numbers)
    done = builder.select(builder.or_(dense, in_runs), builder.mul(blocks, width), integer(0))
    first_element = entry.row_of_batch(start)
    with _loop(code, entry[SIZE]) as position:
        target = builder.add(first_element, entry.offset(offsets, position.index))
        row = _after(code, tile, builder.mul(builder.add(entry[ROW], position.index), lanes), step)
        with builder.if_then(in_runs):
            _move_run(code, cleaned, row, target, blocks)
        with _loop(code, active, done) as lane:
            value, place = _element(code, _after(code, row, lane.index, step)), _after(code, target, lane.index, stride)
            _put_number_or_boolean(code, value, place, is_boolean, cleaned)


def _put_number_or_boolean(code: Code, value: Any, place: Any, is_boolean: Any, cleaned: Callable[[Any], Any]) -> None:
    builder = code.builder
    with builder.if_else(is_boolean) as (boolean, number):
        with boolean:
            _put_element(code, builder.zext(builder.fcmp_unordered("une", value, ir.Constant(code.element, 0.0)), BYTE), place)
        with number:
            _put_element(code, cleaned(value), place)


def weigh(code: Code, arguments: Sequence[Any]) -> None:
    """Emit what multiplies upstream gradients by the weights of their rows; the lanes beyond the batch get none."""
    address, weights_address, tile, lanes, start, active = arguments
    builder, entry, weights, step = code.builder, Entry(code, address), Entry(code, weights_address), _bytes(code)
    stride, first = weights[BATCH_STRIDE], weights.row_of_batch(start)
    is_one = builder.fcmp_ordered("==", _element(code, first), ir.Constant(code.element, 1.0))
    all_one = builder.and_(builder.icmp_signed("==", stride, integer(0)), is_one)
    weighed = builder.select(all_one, integer(0), active)
    with _loop(code, entry[SIZE]) as position:
        row = _after(code, tile, builder.mul(builder.add(entry[ROW], position.index), lanes), step)
        with _loop(code, weighed) as lane:
            place = _after(code, row, lane.index, step)
            _put_element(code, builder.fmul(_element(code, place), _element(code, _after(code, first, lane.index, stride))), place)
        with _loop(code, lanes, active) as lane:
            _put_element(code, ir.Constant(code.element, 0.0), _after(code, row, lane.index, step))


def _move_elements(
    code: Code, entry: Entry, offsets: Any, staging: Any, start: Any, count: Any, move: Callable[[Any, Any, Any], None]
) -> None:  # fmt: skip
    """Loop over the elements of rows of the batch; `move` is given the row, the caller's address, and the one in staging memory.

    Single columns are moved by one loop: five columns of a table of rows take 3 ns a row so, within two loops 7.5.
    """
    builder, size, first = code.builder, entry[SIZE], entry.row_of_batch(start)

    def element(row: Any, column: Any, staged: Any) -> None:
        there, here = _after(code, column, row, entry[BATCH_STRIDE]), _after(code, staged, row, entry[STAGED_ROW])
        move(builder.add(start, row), there, here)

    with builder.if_else(entry.holds(SIZE, integer(1))) as (alone, several):
        with alone, _loop(code, count) as row:
            element(row.index, first, staging)
        with several, _loop(code, count) as row, _loop(code, size) as position:
            column = builder.add(first, entry.offset(offsets, position.index))
            element(row.index, column, _after(code, staging, position.index, entry[STAGED_STEP]))


def gather(code: Code, arguments: Sequence[Any]) -> None:
    """Emit what brings rows of the batch into staging memory, perhaps weighed."""
    address, weights_address, offsets, staging, start, count = arguments
    builder, entry, weights = code.builder, Entry(code, address), Entry(code, weights_address)
    weighs = entry.holds(MODE, integer(WEIGH))

    def move(row: Any, place: Any, staged: Any) -> None:
        _put_element(code, _element(code, place), staged)
        with builder.if_then(weighs):
            _put_element(code, builder.fmul(_element(code, staged), _element(code, weights.row_of_batch(row))), staged)

    _move_elements(code, entry, offsets, staging, start, count, move)


def scatter(code: Code, arguments: Sequence[Any]) -> None:
    """Emit what brings rows from staging memory to where the caller wants them; compiled code has cleaned them."""
    address, offsets, staging, start, count, _ = arguments
    entry = Entry(code, address)
    is_boolean = entry.holds(MODE, integer(SCATTER_BOOLEAN))

    def move(_: Any, place: Any, staged: Any) -> None:
        _put_number_or_boolean(code, _element(code, staged), place, is_boolean, lambda value: value)

    _move_elements(code, entry, offsets, staging, start, count, move)


LOAD, STORE, WEIGHING, GATHERING, SCATTERING = (
    Kernel(each.__name__, each, unrolled=True) for each in (load, store, weigh, gather, scatter)
)
