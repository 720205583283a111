"""Code for one row at a time: the same rules on numbers instead of vectors of lanes, or on few numbers, with the same bits."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir

from .code import Code
from .types import INT
from .value import Bits, Lanes, Mask


class OneLane(Code):
    """Where numbers are emitted: what is a vector elsewhere is an element here."""

    permutations = ""

    def __init__(self, builder: Any, dtype: np.dtype[Any]) -> None:
        super().__init__(builder, dtype)
        self.width, self.vector, self.whole = 1, self.element, ir.IntType(8 * dtype.itemsize)

    def at(self, builder: Any) -> Code:
        """Return the same with another builder."""
        return OneLane(builder, self.dtype)

    def splat(self, number: float) -> Any:
        """Return a number."""
        return ir.Constant(self.element, float(number))

    def lift_bits(self, x: Any) -> Any:
        """Return an integer."""
        return x.value if isinstance(x, Bits) else ir.Constant(self.whole, int(x))

    def any_lane(self, mask: Mask) -> Any:
        """Return whether a mask holds."""
        return mask.value

    def guarded(self, guard: Mask, value: Any, otherwise: Any) -> Any:
        """Return a gradient that a zero upstream one may have made NaN, and otherwise made a zero: a branch takes less than to choose.

        The zero's sign may not be that of `where`, but no gradient shows it.
        """
        return self.where_any(value != value, lambda: self.where(guard, value, otherwise), value)

    def suffix(self) -> str:
        """Return the end of the name of an intrinsic."""
        return f"f{self.dtype.itemsize * 8}"

    def look_up(self, table: Sequence[float], index: Bits) -> Lanes:
        """Load an element of a constant table."""
        place = self.builder.gep(self.constant_table(table), [ir.Constant(INT, 0), index.value])
        return Lanes(self, self.builder.load(place))


class SeveralLanes(Code):
    """Where as many numbers are emitted as a class says, side by side: equal operations of one row."""

    lanes: int
    permutations = ""

    def __init__(self, builder: Any, dtype: np.dtype[Any]) -> None:
        super().__init__(builder, dtype)
        self.width = self.lanes
        self.vector, self.whole = ir.VectorType(self.element, self.width), ir.VectorType(self.whole.element, self.width)

    def at(self, builder: Any) -> Code:
        """Return the same with another builder."""
        return several_lanes(self.lanes)(builder, self.dtype)


@cache
def several_lanes(lanes: int) -> type[SeveralLanes]:
    """Return the class for so many lanes."""
    return type("SeveralLanes", (SeveralLanes,), {"lanes": lanes})
