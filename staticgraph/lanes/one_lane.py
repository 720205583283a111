"""Code for one row at a time: the same rules on numbers instead of vectors of lanes, with the same bits."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from .code import Code
from .types import INT
from .value import Bits, Lanes, Mask


class OneLane(Code):
    """Where numbers are emitted: what is a vector elsewhere is an element here."""

    def __init__(self, builder: Any, dtype: np.dtype[Any]) -> None:
        super().__init__(builder, dtype)
        self.width, self.vector, self.whole = 1, self.element, ir.IntType(8 * dtype.itemsize)

    def splat(self, number: float) -> Any:
        """Return a number."""
        return ir.Constant(self.element, float(number))

    def lift_bits(self, x: Any) -> Any:
        """Return an integer."""
        return x.value if isinstance(x, Bits) else ir.Constant(self.whole, int(x))

    def any_lane(self, mask: Mask) -> Any:
        """Return whether a mask holds."""
        return mask.value

    def suffix(self) -> str:
        """Return the end of the name of an intrinsic."""
        return f"f{self.dtype.itemsize * 8}"

    def look_up(self, table: Sequence[float], index: Bits) -> Lanes:
        """Load an element of a constant table."""
        place = self.builder.gep(self.constant_table(table), [ir.Constant(INT, 0), index.value])
        return Lanes(self, self.builder.load(place))
