"""Dual numbers: a rule that runs on them gives its own derivative, over any kind of value.

Source: R. E. Wengert, "A simple automatic derivative evaluation program" (1964). A zero partial stops, whatever the tangent.
"""

from collections.abc import Callable, Sequence
from typing import Any

from .primitives import Value, constant_like, fma, magnitude, square_root, where, where_any
from .registry import Gate


class Dual:
    """A value with its derivative in one operand of a rule, or a mask.

    Attributes
    ----------
    value
    tangent
        The derivative; None where it is 0 whatever the data.
    """

    __slots__ = ("tangent", "value")

    slope_of: Callable[[Gate, int, Value, Sequence[Value]], Value]
    """The local derivative of a gate within a rule, given its value and operands; `slopes` says how it is had."""

    def __init__(self, value: Value, tangent: Value = None) -> None:
        self.value = value
        self.tangent = tangent

    @property
    def dtype(self) -> Any:
        """The format of the value."""
        return getattr(self.value, "dtype", None)

    def __add__(self, other: Value) -> "Dual":
        other = lifted(other)
        return Dual(self.value + other.value, _sum(self.tangent, other.tangent))

    def __sub__(self, other: Value) -> "Dual":
        return self + -lifted(other)

    def __neg__(self) -> "Dual":
        return Dual(-self.value, None if self.tangent is None else -self.tangent)

    def __mul__(self, other: Value) -> "Dual":
        other = lifted(other)
        return Dual(self.value * other.value, _sum(_times(other.value, self.tangent), _times(self.value, other.tangent)))

    def __truediv__(self, other: Value) -> "Dual":
        other = lifted(other)
        quotient = self.value / other.value
        above = None if self.tangent is None else self.tangent / other.value
        return Dual(quotient, _sum(above, None if other.tangent is None else _times(-(quotient / other.value), other.tangent)))

    def __rsub__(self, other: Value) -> "Dual":
        return lifted(other) - self

    def __rtruediv__(self, other: Value) -> "Dual":
        return lifted(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def __lt__(self, other: Value) -> "Dual":
        return Dual(self.value < lifted(other).value)

    def __le__(self, other: Value) -> "Dual":
        return Dual(self.value <= lifted(other).value)

    def __gt__(self, other: Value) -> "Dual":
        return Dual(self.value > lifted(other).value)

    def __ge__(self, other: Value) -> "Dual":
        return Dual(self.value >= lifted(other).value)

    def __eq__(self, other: Value) -> Any:
        return Dual(self.value == lifted(other).value)

    def __ne__(self, other: Value) -> Any:
        return Dual(self.value != lifted(other).value)

    def __and__(self, other: "Dual") -> "Dual":
        return Dual(self.value & other.value)

    def __or__(self, other: "Dual") -> "Dual":
        return Dual(self.value | other.value)

    def __invert__(self) -> "Dual":
        return Dual(~self.value)

    __hash__: Any = None

    def __primitive__(self, name: str, arguments: tuple[Value, ...]) -> Any:
        return PRIMITIVES[name](*arguments)

    def __gate__(self, gate: Gate, operands: tuple[Value, ...]) -> "Dual":
        """Apply a gate within a rule: its tangent is by its own backward rule, which is linear in the upstream gradient."""
        duals = [lifted(operand) for operand in operands]
        values = [constant_like(self.value, dual.value) if isinstance(dual.value, int | float) else dual.value for dual in duals]
        y = gate(*values)
        tangent = None
        if any(dual.tangent is not None for dual in duals):
            for number, dual in enumerate(duals):
                if dual.tangent is not None:
                    tangent = _sum(tangent, _times(self.slope_of(gate, number, y, values), dual.tangent))
        return Dual(y, tangent)


def lifted(x: Value) -> Dual:
    """Return a number as a dual that does not change."""
    return x if isinstance(x, Dual) else Dual(x)


def _sum(a: Value, b: Value) -> Value:
    if a is None or b is None:
        return b if a is None else a
    return a + b


def _times(partial: Value, tangent: Value) -> Value:
    """Return their product; a zero partial stops."""
    if partial is None or tangent is None or (isinstance(partial, int | float) and partial == 0):
        return None
    if isinstance(partial, int | float):
        return tangent if partial == 1 else partial * tangent
    return where(partial == 0, constant_like(partial, 0.0), partial * tangent)


def _where(mask: Dual, a: Value, b: Value) -> Dual:
    a, b = lifted(a), lifted(b)
    value = where(mask.value, a.value, b.value)
    if a.tangent is None and b.tangent is None:
        return Dual(value)
    return Dual(value, where(mask.value, _or_zero(a.tangent), _or_zero(b.tangent)))


def _or_zero(tangent: Value) -> Value:
    return 0.0 if tangent is None else tangent


def _magnitude(a: Dual) -> Dual:
    tangent = None if a.tangent is None else where(a.value > 0, a.tangent, where(a.value < 0, -a.tangent, 0.0 * a.tangent))
    return Dual(magnitude(a.value), tangent)


def _square_root(a: Dual) -> Dual:
    root = square_root(a.value)
    return Dual(root, None if a.tangent is None else a.tangent / (root + root))


def _fma(a: Value, b: Value, c: Value) -> Dual:
    a, b, c = lifted(a), lifted(b), lifted(c)
    return Dual(fma(a.value, b.value, c.value), (a * b + c).tangent)


def _where_any(mask: Dual, rare: Callable[[], Value], usual: Value) -> Any:
    """Choose values and tangents together: a tangent that neither way has stays absent."""
    single = not isinstance(usual, tuple)
    ordinary = [lifted(each) for each in ([usual] if single else usual)]
    absent = [dual.tangent is None for dual in ordinary]

    def both(duals: list[Dual]) -> tuple[Value, ...]:
        zeros = [constant_like(dual.value, 0.0) if dual.tangent is None else dual.tangent for dual in duals]
        return (*(dual.value for dual in duals), *zeros)

    def rarely() -> tuple[Value, ...]:
        found = rare()
        duals = [lifted(each) for each in ([found] if single else found)]
        absent[:] = [each and dual.tangent is None for each, dual in zip(absent, duals, strict=True)]
        return both(duals)

    chosen = where_any(mask.value, rarely, both(ordinary))
    count = len(ordinary)
    made = tuple(Dual(chosen[k], None if absent[k] else chosen[count + k]) for k in range(count))
    return made[0] if single else made


PRIMITIVES: dict[str, Callable[..., Any]] = {
    "where": _where, "where_any": _where_any, "magnitude": _magnitude, "square_root": _square_root, "fma": _fma,
    "constant_like": lambda x, number: Dual(constant_like(x.value, number)),
}  # fmt: skip
"""What rules of derivatives are written in."""
