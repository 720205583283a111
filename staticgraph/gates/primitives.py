"""The handful of operations that gate rules are written in, over every kind of value.

A rule is an ordinary Python function. It runs unchanged on NumPy arrays, on LLVM lanes, on graph nodes and on the abstract
values of `analysis`: those kinds of value answer `__primitive__(name, arguments)`; everything else is NumPy's.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .fused import fused_multiply_add
from .order import on_array
from .sums import two_sum_after, two_sum_of_pairs

Value = Any
"""Whatever a rule runs on: an array, lanes, a node, an abstract value."""


def _primitive(name: str, on_arrays: Callable[..., Value]) -> Callable[..., Value]:
    def call(*arguments: Value) -> Value:
        for argument in arguments:
            if hasattr(argument, "__primitive__"):
                return argument.__primitive__(name, arguments)
        return on_arrays(*arguments)

    call.__name__ = name
    return call


def _total(x: Value) -> Value:
    def add(a: Value, b: Value) -> tuple[Value]:
        return (a + b,)

    return on_array(x, (-0.0,), add, add)[0]


def _total_pair(x: Value) -> Value:
    return on_array(x, (-0.0, 0.0), two_sum_after, two_sum_of_pairs)


def _largest(x: Value) -> Value:
    return np.max(x, axis=1, keepdims=True)


def _smallest(x: Value) -> Value:
    return np.min(x, axis=1, keepdims=True)


where = _primitive("where", np.where)
"""`where(mask, a, b)`: `a` in the lanes where the mask is set, otherwise `b`."""
magnitude = _primitive("magnitude", np.abs)
"""The absolute value."""
square_root = _primitive("square_root", np.sqrt)
"""The correctly rounded square root."""
total = _primitive("total", _total)
"""Sum along the axis of a reduction, in an order that is a promise of bits.

Elements are taken in blocks of 128 consecutive ones, the last block being what is left. Within a block, element `k` goes to partial sum
`k % 8`; a partial sum starts with its first element and adds the others in order. The partial sums are then joined by halves: for `h = 4`,
then 2, then 1, partial sum `j < h` adds partial sum `j + h`, if that exists. The sums of the blocks are joined in a tree: those of blocks 0
and 1, 2 and 3, ...; then those of the neighbours so made, and so on; the last of an odd number stays as it is. The sum of one element is
that element, so that the sum of -0.0 alone is -0.0.

Maxima and minima are taken in the same order. Matrix products have a shorter one: `contract`.
"""
total_pair = _primitive("total_pair", _total_pair)
"""The same sum in the same order, and the sum of its additions' errors."""
largest = _primitive("largest", _largest)
"""Maximum along the axis of a reduction; NaN if any element is."""
smallest = _primitive("smallest", _smallest)
"""Minimum along the axis of a reduction; NaN if any element is."""
contract = _primitive("contract", np.einsum)
"""`contract("ik,kj->ij", a, b)`: sum of products over the index that the result lacks.

Terms are taken in chunks of 32 consecutive ones. A chunk is a chain of `fma`: the first chunk starts from what the sum is added
to (-0.0 where that is nothing), the others from -0.0. The chunks are joined in a tree as the blocks of `total` are. A gradient that is
summed over rows too goes through the vectors of rows one after another, and through all terms of one before the next.

Sums of products along an axis have chains that take turns instead: `gates.order.chains`.
"""


def _stopping(formula: str, a: Value, b: Value) -> Value:
    """Multiply matrices term by term: a zero of the first one contributes zero."""
    terms = a[:, :, None] * b[None, :, :]
    return np.where(a[:, :, None] == 0, 0, terms).sum(axis=1)


def _stopping_both(formula: str, a: Value, b: Value) -> Value:
    """Multiply matrices term by term: a zero of either one contributes zero."""
    zero = (a[:, :, None] == 0) | (b[None, :, :] == 0)
    return np.where(zero, 0, a[:, :, None] * b[None, :, :]).sum(axis=1)


contract_stopping = _primitive("contract", _stopping)
"""The product `"ik,kj->ij"` in which a zero of the first operand contributes zero, whatever it is multiplied by."""
contract_stopping_both = _primitive("contract", _stopping_both)
"""The same with zeros of either operand."""


def _as_bits(x: Value) -> Value:
    floats = np.asarray(x)
    return floats.view(np.int32 if floats.dtype == np.float32 else np.int64)[()]


def _from_bits(x: Value) -> Value:
    whole = np.asarray(x)
    return whole.view(np.float32 if whole.dtype == np.int32 else np.float64)[()]


def _where_any(mask: Value, rare: Callable[[], Value], usual: Value) -> Value:
    if not np.any(mask):
        return usual
    special, single = rare(), not isinstance(usual, tuple)
    pairs = [(special, usual)] if single else zip(special, usual, strict=True)
    chosen = tuple(np.where(mask, np.asarray(a, b.dtype), b) for a, b in pairs)
    return chosen[0] if single else chosen


def _look_up(table: tuple[float, ...], index: Value) -> Value:
    return np.asarray(table, np.float32 if np.asarray(index).dtype == np.int32 else np.float64)[index]


def _of_sixteen(table: tuple[float, ...], index: Value) -> Value:
    return _look_up(table, index & 15)


fma = _primitive("fma", fused_multiply_add)
"""`fma(a, b, c)`: `a * b + c` with one rounding."""
bits = _primitive("bits", _as_bits)
"""The representation of a number as a signed integer of the same width; integers have `+ - & | ^ << >>` and comparisons."""
from_bits = _primitive("from_bits", _from_bits)
"""The number that an integer represents."""
look_up = _primitive("look_up", _look_up)
"""`look_up(table, index)`: the element of a tuple of numbers at an integer within its range."""
of_sixteen = _primitive("of_sixteen", _of_sixteen)
"""`of_sixteen(table, index)`: the element of a tuple of sixteen numbers at the last four bits of an integer; with AVX-512 the table lies in
registers."""
where_any = _primitive("where_any", _where_any)
"""`where_any(mask, rare, usual)`: where the mask is set what the function `rare` gives, which runs only if some lane needs it; otherwise
`usual`. Both may be tuples of values."""


constant_like = _primitive("constant_like", lambda x, number: np.asarray(x).dtype.type(number))
"""`constant_like(x, number)`: a number in the format of a value."""


def is_single(x: Value) -> bool:
    """Whether a rule runs in single precision (a constant of the rule may depend on it)."""
    return getattr(x, "dtype", None) == np.float32
