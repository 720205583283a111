"""What a backward rule does, found by running it on abstract values: what it reads, and what it makes of a zero."""

import math
from functools import cache, lru_cache
from typing import NamedTuple

from .primitives import Value
from .registry import Gate

VALUE = "y"
"""The name under which a contribution reads the gate's own value; operands are read by their position."""


class Contribution(NamedTuple):
    """What one operand receives: the values its rule reads, and whether a zero upstream gradient makes it zero by itself."""

    reads: frozenset[str | int]
    vanishes: bool


ELEMENTARY = "elementary"
"""The name under which a value counts as made by an elementary function, which takes some ten times as long as arithmetic."""


RARE = "rare"
"""The name under which a value counts as made with a branch for rare cases."""


class Abstract:
    """What is known without data: which inputs a value reads, whether it is 0 where the upstream gradient is, and its number if constant.

    A condition vanishes if it does not hold where the upstream gradient is zero.
    """

    __slots__ = ("constant", "reads", "vanishes")

    reads: frozenset[str | int]
    vanishes: bool
    constant: float | None

    def __init__(self, reads: frozenset[str | int] = frozenset(), vanishes: bool = False, constant: float | None = None) -> None:
        self.reads = reads
        self.vanishes = vanishes or constant == 0.0
        self.constant = constant

    def __add__(self, other: Value) -> "Abstract":
        other = _lift(other)
        constant = None if self.constant is None or other.constant is None else self.constant + other.constant
        return Abstract(self.reads | other.reads, self.vanishes and other.vanishes, constant)

    def __neg__(self) -> "Abstract":
        return Abstract(self.reads, self.vanishes, None if self.constant is None else -self.constant)

    def __sub__(self, other: Value) -> "Abstract":
        return self + -_lift(other)

    def __mul__(self, other: Value) -> "Abstract":
        other = _lift(other)
        constant = None if self.constant is None or other.constant is None else self.constant * other.constant
        vanishes = (self.vanishes and _finite(other)) or (other.vanishes and _finite(self))
        return Abstract(self.reads | other.reads, vanishes, constant)

    def __truediv__(self, other: Value) -> "Abstract":
        other = _lift(other)
        if not other.constant or not _finite(other):
            return Abstract(self.reads | other.reads)
        constant = None if self.constant is None else self.constant / other.constant
        return Abstract(self.reads | other.reads, self.vanishes, constant)

    def __rsub__(self, other: Value) -> "Abstract":
        return _lift(other) - self

    def __rtruediv__(self, other: Value) -> "Abstract":
        return _lift(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def _mask(self, *others: Value) -> "Abstract":
        return Abstract(self.reads.union(*(_lift(other).reads for other in others)))

    def __ne__(self, other: Value) -> Value:
        return Abstract(self._mask(other).reads, self.vanishes and _lift(other).constant == 0.0)

    def __and__(self, other: Value) -> "Abstract":
        return Abstract(self._mask(other).reads, self.vanishes or _lift(other).vanishes)

    __lt__ = __le__ = __gt__ = __ge__ = __or__ = __xor__ = __invert__ = __lshift__ = __rshift__ = _mask
    __rand__ = __ror__ = __rxor__ = _mask
    __eq__: Value = _mask
    __hash__: Value = None

    def __primitive__(self, name: str, arguments: tuple[Value, ...]) -> Value:
        if name == "fma":
            return arguments[0] * arguments[1] + arguments[2]
        if name == "constant_like":
            return Abstract(constant=float(arguments[1]))
        if name == "where_any":
            mask = Abstract(_lift(arguments[0]).reads | {RARE}, _lift(arguments[0]).vanishes)
            return _either(mask, arguments[1](), arguments[2])
        values = [_lift(each) for each in arguments if not isinstance(each, str | tuple)]
        reads = frozenset[str | int]([ELEMENTARY] if name == "bits" else []).union(*(value.reads for value in values))
        if name == "total_pair":
            return Abstract(reads), Abstract(reads)
        return Abstract(reads, name == "where" and values[2].vanishes and (values[0].vanishes or values[1].vanishes))

    def __gate__(self, gate: Gate, operands: tuple[Value, ...]) -> "Abstract":
        """Gates within rules are elementary functions: of their values nothing is known."""
        return Abstract(frozenset[str | int]([ELEMENTARY]).union(*(_lift(operand).reads for operand in operands)))


def _either(mask: Value, a: Value, b: Value) -> Value:
    if isinstance(a, tuple):
        return tuple(_either(mask, *each) for each in zip(a, b, strict=True))
    return mask.__primitive__("where", (mask, a, b))


def _lift(x: Value) -> Abstract:
    return x if isinstance(x, Abstract) else Abstract(constant=float(x))


def _finite(x: Abstract) -> bool:
    return x.constant is not None and math.isfinite(x.constant)


@cache
def is_elementary(gate: Gate) -> bool:
    """Whether the gate's value or gradient takes an elementary function."""
    value = gate.forward(*(Abstract() for _ in range(gate.arity)))
    upward = gate.contributions(Abstract(), Abstract(), *(Abstract() for _ in range(gate.arity)))
    return any(ELEMENTARY in each.reads for each in (value, *upward) if each is not None)


@cache
def contributions(gate: Gate) -> tuple[Contribution | None, ...]:
    """Return for each operand of the rule what its contribution reads, None where it receives no gradient."""
    upstream = Abstract(vanishes=True)
    operands = [Abstract(frozenset([position])) for position in range(gate.arity)]
    results = gate.contributions(upstream, Abstract(frozenset([VALUE])), *operands)
    return tuple(None if result is None else Contribution(result.reads, result.vanishes) for result in results)


@lru_cache(maxsize=4096)
def constant_contributions(gate: Gate, upstream: float, operands: tuple[float | None, ...]) -> tuple[float | None, ...]:
    """What each operand receives from a constant upstream gradient, where that is one constant whatever the data."""
    known = [Abstract(constant=operand) for operand in operands]
    results = gate.contributions(Abstract(constant=upstream), Abstract(), *known)
    return tuple(None if result is None else result.constant for result in results)
