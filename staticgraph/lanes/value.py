"""Lanes: the value on which a gate's rule becomes vector code, one LLVM vector at a time."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from ..gates import Gate
from ..gates.parts import Part
from ..instruction import VECTOR_BYTES
from .types import INT


class Code:
    """Where lanes are emitted: an LLVM builder, the element type, and how many vectors are computed side by side."""

    def __init__(self, builder: Any, dtype: np.dtype[Any], vectors: int = 1) -> None:
        self.builder = builder
        self.dtype = dtype
        self.vectors = vectors
        self.element = ir.DoubleType() if dtype == np.float64 else ir.FloatType()
        self.width = vectors * VECTOR_BYTES // dtype.itemsize
        self.vector = ir.VectorType(self.element, self.width)
        self.whole = ir.VectorType(ir.IntType(8 * dtype.itemsize), self.width)

    def at(self, builder: Any) -> "Code":
        """Return the same with another builder."""
        return Code(builder, self.dtype, self.vectors)

    def one_vector(self) -> "Code":
        """Return the same for one vector at a time."""
        return Code(self.builder, self.dtype)

    def splat(self, number: float) -> Any:
        """Return the same number in every lane."""
        return ir.Constant(self.vector, [ir.Constant(self.element, float(number))] * self.width)

    def lift(self, x: Any) -> Any:
        """Return the LLVM vector of lanes, a mask (as 0 and 1) or a number."""
        if isinstance(x, Lanes):
            return x.value
        if isinstance(x, Mask):
            return self.builder.uitofp(x.value, self.vector)
        return self.splat(x)

    def lift_bits(self, x: Any) -> Any:
        """Return the LLVM vector of integers, or of an integer in every lane."""
        return x.value if isinstance(x, Bits) else ir.Constant(self.whole, [ir.Constant(self.whole.element, int(x))] * self.width)

    def load(self, address: Any) -> "Lanes":
        """Load the lanes at an aligned address."""
        pointer = self.builder.inttoptr(address, self.vector.as_pointer())
        return Lanes(self, self.builder.load(pointer, align=VECTOR_BYTES))

    def spread(self, address: Any) -> "Lanes":
        """Load one element and put it into every lane."""
        return self.broadcast(self.builder.load(self.builder.inttoptr(address, self.element.as_pointer()), align=self.dtype.itemsize))

    def broadcast(self, number: Any) -> "Lanes":
        """Put one element into every lane."""
        alone = self.builder.insert_element(ir.Constant(self.vector, ir.Undefined), number, ir.Constant(INT, 0))
        return Lanes(self, self.builder.shuffle_vector(alone, alone, ir.Constant(ir.VectorType(ir.IntType(32), self.width), None)))

    def store(self, x: Any, address: Any) -> None:
        """Store lanes at an aligned address."""
        pointer = self.builder.inttoptr(address, self.vector.as_pointer())
        self.builder.store(self.lift(x), pointer, align=VECTOR_BYTES)

    def intrinsic(self, name: str, *operands: Any) -> "Lanes":
        """Call an LLVM intrinsic on vectors."""
        declared = ir.FunctionType(self.vector, [self.vector] * len(operands))
        suffix = f"v{self.width}f{self.dtype.itemsize * 8}"
        function = cgutils.get_or_insert_function(self.builder.module, declared, f"llvm.{name}.{suffix}")
        return Lanes(self, self.builder.call(function, list(map(self.lift, operands))))

    def call(self, gate: Gate, operands: Sequence[Any]) -> "Lanes":
        """Call a gate from the rule of another one: there is one function for each gate, which the compiler may inline."""
        declared = ir.FunctionType(self.vector, [self.vector] * len(operands))
        name = f"staticgraph.gate.{gate.name}.{self.dtype}.{self.width}"
        function = cgutils.get_or_insert_function(self.builder.module, declared, name)
        if function.is_declaration:
            function.linkage = "internal"
            code = self.at(ir.IRBuilder(function.append_basic_block()))
            value = gate.forward(*(Lanes(code, argument) for argument in function.args))
            code.builder.ret(code.lift(value))
        return Lanes(self, self.builder.call(function, list(map(self.lift, operands))))

    def part(self, part: Part, operands: Sequence[Any]) -> Any:
        """Compute a part of a rule; here it is shared with nothing."""
        return part.function(*operands)

    def where(self, mask: Any, a: Any, b: Any) -> Any:
        """Choose by lane."""
        if isinstance(a, Bits) or isinstance(b, Bits):
            return Bits(self, self.builder.select(mask.value, self.lift_bits(a), self.lift_bits(b)))
        return Lanes(self, self.builder.select(mask.value, self.lift(a), self.lift(b)))

    def where_any(self, mask: "Mask", rare: Callable[[], Any], usual: Any) -> Any:
        """Choose by lane, and branch around what is rarely needed."""
        builder = self.builder
        together = builder.bitcast(mask.value, ir.IntType(self.width))
        before, single = builder.block, not isinstance(usual, tuple)
        usual = [self.lift(each) for each in ([usual] if single else usual)]
        with builder.if_then(builder.icmp_unsigned("!=", together, ir.Constant(ir.IntType(self.width), 0)), likely=False):
            special = rare()
            special = [self.lift(each) for each in ([special] if single else special)]
            chosen = [builder.select(mask.value, a, b) for a, b in zip(special, usual, strict=True)]
            inside = builder.block
        results = []
        for a, b in zip(chosen, usual, strict=True):
            result = builder.phi(self.vector)
            result.add_incoming(a, inside)
            result.add_incoming(b, before)
            results.append(Lanes(self, result))
        return results[0] if single else tuple(results)

    def bits(self, x: Any) -> "Bits":
        """Return the representations of numbers."""
        return Bits(self, self.builder.bitcast(self.lift(x), self.whole))

    def from_bits(self, x: "Bits") -> "Lanes":
        """Return the numbers that integers represent."""
        return Lanes(self, self.builder.bitcast(x.value, self.vector))

    def look_up(self, table: Sequence[float], index: "Bits") -> "Lanes":
        """Load an element of a constant table for each lane."""
        builder, module = self.builder, self.builder.module
        stored = ir.Constant(ir.ArrayType(self.element, len(table)), [ir.Constant(self.element, each) for each in table])
        name = f"staticgraph.table.{self.dtype}.{sha256(str(stored).encode()).hexdigest()[:16]}"
        if name not in module.globals:
            made = ir.GlobalVariable(module, stored.type, name)
            made.linkage, made.global_constant, made.initializer = "internal", True, stored
        result, zero = ir.Constant(self.vector, ir.Undefined), ir.Constant(INT, 0)
        for lane in range(self.width):
            position = ir.Constant(INT, lane)
            place = builder.gep(module.globals[name], [zero, builder.extract_element(index.value, position)])
            result = builder.insert_element(result, builder.load(place), position)
        return Lanes(self, result)

    def constant_like(self, x: Any, number: float) -> "Lanes":
        """A number in every lane."""
        return Lanes(self, self.splat(number))

    def fma(self, a: Any, b: Any, c: Any) -> "Lanes":
        """`a * b + c` with one rounding."""
        return self.intrinsic("fma", a, b, c)


class CodeValue:
    """What a rule computes with: a value in LLVM code, which knows the primitives."""

    __slots__ = ()

    code: Code

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

    def __init__(self, code: Code, value: Any) -> None:
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

    def __init__(self, code: Code, value: Any) -> None:
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

    def __init__(self, code: Code, value: Any, factors: tuple["Lanes", "Lanes"] | None = None) -> None:
        self.code = code
        self.value = value
        self.factors = factors

    @property
    def dtype(self) -> np.dtype[Any]:
        """The element type."""
        return self.code.dtype

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


def primitive(code: Code, name: str, arguments: tuple[Any, ...]) -> Any:
    """Run a primitive of a rule on lanes; along the axis of a reduction, it is remembered there."""
    along = next((argument for argument in arguments if hasattr(argument, "axis")), None)
    if along is not None:
        return along.__primitive__(name, arguments)
    return code.intrinsic(_LLVM_NAMES[name], *arguments) if name in _LLVM_NAMES else getattr(code, name)(*arguments)
