"""Elements along the axis of a reduction: what a rule computes of them, and the loops that fold them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import cgutils

from .value import INT, Code, Lanes, primitive


class Along:
    """The elements along a reduction's axis: what a rule computes of them is emitted anew in every loop over the axis."""

    def __init__(self, axis: "Axis", element: Callable[[Any], Any]) -> None:
        self.axis = axis
        self.element = element

    def _map(self, function: Callable[..., Any], *arguments: Any) -> "Along":
        def element(position: Any) -> Any:
            return function(*(each.element(position) if isinstance(each, Along) else each for each in arguments))

        return Along(self.axis, element)

    def __sub__(self, other: Any) -> "Along":
        return self._map(lambda a, b: a - b, self, other)

    def __mul__(self, other: Any) -> "Along":
        return self._map(lambda a, b: a * b, self, other)

    def __rmul__(self, other: Any) -> "Along":
        return self._map(lambda a, b: a * b, other, self)

    def __truediv__(self, other: Any) -> "Along":
        return self._map(lambda a, b: a / b, self, other)

    def __eq__(self, other: Any) -> Any:
        return self._map(lambda a, b: a == b, self, other)

    __hash__: Any = None

    def __gate__(self, gate: Any, operands: tuple[Any, ...]) -> "Along":
        return self._map(gate, *operands)

    def __primitive__(self, name: str, arguments: tuple[Any, ...]) -> Any:
        if name in ("total", "largest", "smallest"):
            return getattr(self.axis, name)(self)
        return self._map(lambda *values: primitive(self.axis.code, name, values), *arguments)


class Axis:
    """A loop over the axis of a reduction."""

    def __init__(self, code: Code, length: Any) -> None:
        self.code = code
        self.length = length

    def fold(self, start: float, step: Callable[[Lanes, Lanes], Lanes], x: Along) -> Lanes:
        """Emit a loop that carries one value along the axis, in order."""
        builder = self.code.builder
        carried = cgutils.alloca_once(builder, self.code.vector)
        builder.store(self.code.splat(start), carried)
        with cgutils.for_range(builder, self.length, intp=INT) as loop:
            value = step(Lanes(self.code, builder.load(carried)), x.element(loop.index))
            builder.store(self.code.lift(value), carried)
        return Lanes(self.code, builder.load(carried))

    def total(self, x: Along) -> Lanes:
        """Sum in order; -0.0 is where an IEEE sum starts from, since it alone changes nothing."""
        return self.fold(-0.0, lambda carried, value: carried + value, x)

    def largest(self, x: Along) -> Lanes:
        """Maximum, NaN if any element is."""
        return self.fold(-np.inf, lambda carried, value: self.code.where((value > carried) | (value != value), value, carried), x)

    def smallest(self, x: Along) -> Lanes:
        """Minimum, NaN if any element is."""
        return self.fold(np.inf, lambda carried, value: self.code.where((value < carried) | (value != value), value, carried), x)
