"""Lanes: the value on which a gate's rule becomes vector code, one LLVM vector at a time."""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from ..instruction import VECTOR_BYTES

INT = ir.IntType(64)


class Code:
    """Where lanes are emitted: an LLVM builder and the element type."""

    def __init__(self, builder: Any, dtype: np.dtype[Any]) -> None:
        self.builder = builder
        self.dtype = dtype
        self.element = ir.DoubleType() if dtype == np.float64 else ir.FloatType()
        self.width = VECTOR_BYTES // dtype.itemsize
        self.vector = ir.VectorType(self.element, self.width)

    def at(self, builder: Any) -> "Code":
        """Return the same with another builder."""
        return Code(builder, self.dtype)

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

    def load(self, address: Any) -> "Lanes":
        """Load the lanes at an aligned address."""
        pointer = self.builder.inttoptr(address, self.vector.as_pointer())
        return Lanes(self, self.builder.load(pointer, align=VECTOR_BYTES))

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

    def platform(self, name: str, *operands: Any) -> "Lanes":
        """Call the platform's math library for each lane, by way of one function per name."""
        declared = ir.FunctionType(self.vector, [self.vector] * len(operands))
        c_name = name if self.dtype == np.float64 else f"{name}f"
        function = cgutils.get_or_insert_function(self.builder.module, declared, f"staticgraph.lanes.{c_name}")
        if function.is_declaration:
            self._define_platform(function, c_name)
        return Lanes(self, self.builder.call(function, list(map(self.lift, operands))))

    def _define_platform(self, function: Any, c_name: str) -> None:
        function.linkage = "internal"
        function.attributes.add("noinline")
        scalar_type = ir.FunctionType(self.element, [self.element] * len(function.args))
        scalar = cgutils.get_or_insert_function(self.builder.module, scalar_type, c_name)
        builder = ir.IRBuilder(function.append_basic_block())
        result = ir.Constant(self.vector, ir.Undefined)
        for lane in range(self.width):
            position = ir.Constant(INT, lane)
            value = builder.call(scalar, [builder.extract_element(operand, position) for operand in function.args])
            result = builder.insert_element(result, value, position)
        builder.ret(result)

    def where(self, mask: Any, a: Any, b: Any) -> "Lanes":
        """Choose by lane."""
        return Lanes(self, self.builder.select(mask.value, self.lift(a), self.lift(b)))

    def fma(self, a: Any, b: Any, c: Any) -> "Lanes":
        """`a * b + c` with one rounding."""
        return self.intrinsic("fma", a, b, c)


class Mask:
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

    def __primitive__(self, name: str, arguments: tuple[Any, ...]) -> Any:
        return primitive(self.code, name, arguments)


class Lanes:
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
        if isinstance(other, Along):
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
        if isinstance(other, Along):
            return NotImplemented
        compare = self.code.builder.fcmp_unordered if relation == "!=" else self.code.builder.fcmp_ordered
        return Mask(self.code, compare(relation, self.value, self.code.lift(other)))

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

    def __primitive__(self, name: str, arguments: tuple[Any, ...]) -> Any:
        return primitive(self.code, name, arguments)


_LLVM_NAMES = {"magnitude": "fabs", "square_root": "sqrt", "nearest": "rint"}


def primitive(code: Code, name: str, arguments: tuple[Any, ...]) -> Any:
    """Run a primitive of a rule on lanes; along the axis of a reduction, remember it."""
    along = next((argument for argument in arguments if isinstance(argument, Along)), None)
    if along is not None:
        return along.__primitive__(name, arguments)
    if name in ("where", "platform"):
        return getattr(code, name)(*arguments)
    return code.intrinsic(_LLVM_NAMES[name], *arguments)


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
