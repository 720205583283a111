"""Whether a result of a call may share memory with another result or with an argument, as far as the ends of the arrays tell."""

from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any

from numba.core import cgutils

# isort: off
from ..records.table import (
    ADDRESS, BATCH_STRIDE, DISCARDS, END, ENTRY_BYTES, HIGH, LOW, OVERLAP, PARAMETERS, ROWS, SUMS, VALUES, WEIGHTS, WORD_BYTES,
)  # fmt: skip
# isort: on
from .code import Code
from .decode import integer
from .kernels import Kernel
from .moving import word
from .types import INT


@contextmanager
def _arrays(code: Code, call: Any, group: tuple[int, int]) -> Any:
    """Loop over the entries of arrays."""
    builder = code.builder
    first, behind = (word(code, call, each) for each in group)
    count = builder.sdiv(builder.sub(behind, first), integer(ENTRY_BYTES))
    with cgutils.for_range(builder, count, intp=INT) as loop:
        yield builder.add(first, builder.mul(loop.index, integer(ENTRY_BYTES)))


def _reach(code: Code, entry: Any, rows: Any) -> tuple[Any, Any]:
    """Return the first byte of an array and the one behind the last; the same twice if it has none."""
    builder, first, high = code.builder, word(code, entry, ADDRESS), word(code, entry, HIGH)
    batch = builder.mul(builder.sub(rows, integer(1)), word(code, entry, BATCH_STRIDE))
    back, zero = builder.icmp_signed("<", batch, integer(0)), integer(0)
    low = builder.add(word(code, entry, LOW), builder.select(back, batch, zero))
    high_end = builder.add(high, builder.select(back, zero, batch))
    none = builder.or_(builder.icmp_signed("==", rows, zero), builder.icmp_signed("==", high, zero))
    return builder.add(first, builder.select(none, zero, low)), builder.add(first, builder.select(none, zero, high_end))


def _beside(code: Code, call: Any, entry: Any, group: int, behind: int) -> Any:
    """Return whether an entry is of none of these groups, from the first to the one before the last."""
    builder = code.builder
    before = builder.icmp_signed("<", entry, word(code, call, group))
    return builder.or_(before, builder.icmp_signed(">=", entry, word(code, call, behind)))


def compare(code: Code, arguments: Sequence[Any]) -> None:
    """Emit what enters into a call's table whether arrays overlap: `compare(call)`. Results that nobody asked for do not count."""
    call, *_ = arguments
    builder, rows = code.builder, word(code, call, ROWS)
    overlap = builder.inttoptr(builder.add(call, integer(OVERLAP * WORD_BYTES)), INT.as_pointer())
    builder.store(integer(0), overlap)
    with _arrays(code, call, (VALUES, END)) as result, builder.if_then(_beside(code, call, result, DISCARDS, SUMS)):
        low, high = _reach(code, result, rows)
        with _arrays(code, call, (WEIGHTS, END)) as other:
            first, last = _reach(code, other, rows)
            both = builder.and_(builder.icmp_signed("<", low, last), builder.icmp_signed("<", first, high))
            others = builder.and_(builder.icmp_signed("!=", result, other), _beside(code, call, other, DISCARDS, PARAMETERS))
            with builder.if_then(builder.and_(both, others)):
                builder.store(integer(1), overlap)


COMPARE = Kernel("compare", compare)
