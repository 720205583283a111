"""Elements along the axis of a reduction: what a rule computes of them, and the loops that fold them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import cgutils

from ..gates.sums import two_sum_after
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
        if name in ("total", "total_pair", "largest", "smallest"):
            return getattr(self.axis, name)(self)
        return self._map(lambda *values: primitive(self.axis.code, name, values), *arguments)


class Axis:
    """A loop over the axis of a reduction."""

    def __init__(self, code: Code, length: Any) -> None:
        self.code = code
        self.length = length

    def fold(self, start: tuple[float, ...], step: Callable[..., Any], x: Along) -> list[Lanes]:
        """Emit a loop that carries values along the axis, in order: `step` takes them and an element, and returns them."""
        builder = self.code.builder
        places = [cgutils.alloca_once(builder, self.code.vector) for _ in start]
        for place, number in zip(places, start, strict=True):
            builder.store(self.code.splat(number), place)
        with cgutils.for_range(builder, self.length, intp=INT) as loop:
            carried = step(*self._loaded(places), x.element(loop.index))
            for place, value in zip(places, carried, strict=True):
                builder.store(self.code.lift(value), place)
        return self._loaded(places)

    def _loaded(self, places: list[Any]) -> list[Lanes]:
        return [Lanes(self.code, self.code.builder.load(place)) for place in places]

    def total(self, x: Along) -> Lanes:
        """Sum in order; -0.0 is where an IEEE sum starts from, since it alone changes nothing."""
        return self.fold((-0.0,), lambda carried, value: (carried + value,), x)[0]

    def total_pair(self, x: Along) -> tuple[Lanes, Lanes]:
        """Sum in order, and the errors of that sum."""
        high, low = self.fold((-0.0, 0.0), two_sum_after, x)
        return high, low

    def largest(self, x: Along) -> Lanes:
        """Maximum, NaN if any element is."""
        return self.fold((-np.inf,), lambda best, value: (self.code.where((value > best) | (value != value), value, best),), x)[0]

    def smallest(self, x: Along) -> Lanes:
        """Minimum, NaN if any element is."""
        return self.fold((np.inf,), lambda best, value: (self.code.where((value < best) | (value != value), value, best),), x)[0]
