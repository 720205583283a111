"""Lanes: the value on which a gate's rule becomes vector code, one LLVM vector at a time; `code` says where that is emitted."""

from typing import Any

import numpy as np

from ..gates import Gate
from ..gates.parts import Part


class CodeValue:
    """What a rule computes with: a value in LLVM code, which knows the primitives."""

    __slots__ = ()

    code: Any

    def __primitive__(self, name: str, arguments: tuple[Any, ...]) -> Any:
        return primitive(self.code, name, arguments)


class Compared(CodeValue):
    """What can be compared, lane by lane."""

    __slots__ = ()

    def _compare(self, relation: str, other: Any) -> Any:
        raise AssertionError("a class with comparisons says how")

    def __lt__(self, other: Any) -> Any:
        return self._compare("<", other)

    def __le__(self, other: Any) -> Any:
        return self._compare("<=", other)

    def __gt__(self, other: Any) -> Any:
        return self._compare(">", other)

    def __ge__(self, other: Any) -> Any:
        return self._compare(">=", other)

    def __eq__(self, other: Any) -> Any:
        return self._compare("==", other)

    def __ne__(self, other: Any) -> Any:
        return self._compare("!=", other)

    __hash__: Any = None


class Mask(CodeValue):
    """The outcome of a comparison, lane by lane."""

    def __init__(self, code: Any, value: Any) -> None:
        self.code = code
        self.value = value

    def __and__(self, other: "Mask") -> "Mask":
        return Mask(self.code, self.code.builder.and_(self.value, other.value))

    def __or__(self, other: "Mask") -> "Mask":
        return Mask(self.code, self.code.builder.or_(self.value, other.value))

    def __invert__(self) -> "Mask":
        return Mask(self.code, self.code.builder.not_(self.value))


class Bits(Compared):
    """Integers as wide as the lanes: the representations of numbers."""

    def __init__(self, code: Any, value: Any) -> None:
        self.code = code
        self.value = value

    def _with(self, operation: str, other: Any, swapped: bool = False) -> "Bits":
        operands = [self.value, self.code.lift_bits(other)]
        return Bits(self.code, getattr(self.code.builder, operation)(*(operands[::-1] if swapped else operands)))

    def __add__(self, other: Any) -> "Bits":
        return self._with("add", other)

    def __sub__(self, other: Any) -> "Bits":
        return self._with("sub", other)

    def __rsub__(self, other: Any) -> "Bits":
        return self._with("sub", other, swapped=True)

    def __and__(self, other: Any) -> "Bits":
        return self._with("and_", other)

    def __or__(self, other: Any) -> "Bits":
        return self._with("or_", other)

    def __xor__(self, other: Any) -> "Bits":
        return self._with("xor", other)

    def __lshift__(self, other: Any) -> "Bits":
        return self._with("shl", other)

    def __rshift__(self, other: Any) -> "Bits":
        return self._with("ashr", other)

    __radd__, __rand__, __ror__, __rxor__ = __add__, __and__, __or__, __xor__

    def _compare(self, relation: str, other: Any) -> Mask:
        return Mask(self.code, self.code.builder.icmp_signed(relation, self.value, self.code.lift_bits(other)))


class Lanes(Compared):
    """One vector of a row. A product remembers its factors, so that adding it into a gradient is one `fma`."""

    __slots__ = ("code", "factors", "value")

    def __init__(self, code: Any, value: Any, factors: tuple["Lanes", "Lanes"] | None = None) -> None:
        self.code = code
        self.value = value
        self.factors = factors

    @property
    def dtype(self) -> np.dtype[Any]:
        """The element type."""
        found: np.dtype[Any] = self.code.dtype
        return found

    def _with(self, operation: str, other: Any, swapped: bool = False) -> Any:
        if hasattr(other, "axis"):  # elements along an axis do it themselves
            return NotImplemented
        operands = [self.value, self.code.lift(other)]
        return Lanes(self.code, getattr(self.code.builder, operation)(*(operands[::-1] if swapped else operands)))

    def __add__(self, other: Any) -> Any:
        return self._with("fadd", other)

    def __sub__(self, other: Any) -> Any:
        return self._with("fsub", other)

    def __mul__(self, other: Any) -> Any:
        product = self._with("fmul", other)
        if product is not NotImplemented:
            product.factors = (self, other if isinstance(other, Lanes) else Lanes(self.code, self.code.lift(other)))
        return product

    def __truediv__(self, other: Any) -> Any:
        return self._with("fdiv", other)

    def __radd__(self, other: Any) -> Any:
        return self._with("fadd", other, swapped=True)

    def __rsub__(self, other: Any) -> Any:
        return self._with("fsub", other, swapped=True)

    def __rtruediv__(self, other: Any) -> Any:
        return self._with("fdiv", other, swapped=True)

    __rmul__ = __mul__

    def __neg__(self) -> "Lanes":
        factors = self.factors and (-self.factors[0], self.factors[1])
        return Lanes(self.code, self.code.builder.fneg(self.value), factors)

    def _compare(self, relation: str, other: Any) -> Any:
        if hasattr(other, "axis"):  # elements along an axis do it themselves
            return NotImplemented
        compare = self.code.builder.fcmp_unordered if relation == "!=" else self.code.builder.fcmp_ordered
        return Mask(self.code, compare(relation, self.value, self.code.lift(other)))

    def __part__(self, part: Part, operands: tuple[Any, ...]) -> Any:
        return self.code.part(part, operands)

    def __gate__(self, gate: Gate, operands: tuple[Any, ...]) -> Any:
        along = next((operand for operand in operands if hasattr(operand, "axis")), None)
        return self.code.call(gate, operands) if along is None else along.__gate__(gate, operands)


_LLVM_NAMES = {"magnitude": "fabs", "square_root": "sqrt"}


def primitive(code: Any, name: str, arguments: tuple[Any, ...]) -> Any:
    """Run a primitive of a rule on lanes; along the axis of a reduction, it is remembered there."""
    along = next((argument for argument in arguments if hasattr(argument, "axis")), None)
    if along is not None:
        return along.__primitive__(name, arguments)
    return code.intrinsic(_LLVM_NAMES[name], *arguments) if name in _LLVM_NAMES else getattr(code, name)(*arguments)
