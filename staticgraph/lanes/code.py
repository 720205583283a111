"""Code: where the vector code of a rule is emitted, and what its primitives become."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from ..gates import Gate
from ..gates.parts import Part
from ..records.instruction import VECTOR_BYTES
from .permuting import best, permuted
from .types import INT
from .value import Bits, Lanes, Mask


class Code:
    """Where lanes are emitted: an LLVM builder, the element type, and how many vectors are computed side by side."""

    permutations: str | None = None
    """Which permutations of registers the code may use, nothing for none; None for those of the processor that it is made on."""

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

    def load(self, address: Any) -> Lanes:
        """Load the lanes at an aligned address."""
        pointer = self.builder.inttoptr(address, self.vector.as_pointer())
        return Lanes(self, self.builder.load(pointer, align=VECTOR_BYTES))

    def spread(self, address: Any) -> Lanes:
        """Load one element and put it into every lane."""
        return self.broadcast(self.builder.load(self.builder.inttoptr(address, self.element.as_pointer()), align=self.dtype.itemsize))

    def broadcast(self, number: Any) -> Lanes:
        """Put one element into every lane."""
        alone = self.builder.insert_element(ir.Constant(self.vector, ir.Undefined), number, ir.Constant(INT, 0))
        return Lanes(self, self.builder.shuffle_vector(alone, alone, ir.Constant(ir.VectorType(ir.IntType(32), self.width), None)))

    def store(self, x: Any, address: Any) -> None:
        """Store lanes at an aligned address."""
        pointer = self.builder.inttoptr(address, self.vector.as_pointer())
        self.builder.store(self.lift(x), pointer, align=VECTOR_BYTES)

    def intrinsic(self, name: str, *operands: Any) -> Lanes:
        """Call an LLVM intrinsic on vectors."""
        declared = ir.FunctionType(self.vector, [self.vector] * len(operands))
        function = cgutils.get_or_insert_function(self.builder.module, declared, f"llvm.{name}.{self.suffix()}")
        return Lanes(self, self.builder.call(function, list(map(self.lift, operands))))

    def suffix(self) -> str:
        """Return the end of the name of an intrinsic on vectors."""
        return f"v{self.width}f{self.dtype.itemsize * 8}"

    def any_lane(self, mask: Mask) -> Any:
        """Return whether a mask holds in any lane."""
        together = self.builder.bitcast(mask.value, ir.IntType(self.width))
        return self.builder.icmp_unsigned("!=", together, ir.Constant(ir.IntType(self.width), 0))

    def call(self, gate: Gate, operands: Sequence[Any]) -> Lanes:
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

    def guarded(self, guard: Mask, value: Any, otherwise: Any) -> Any:
        """Return what a zero upstream gradient, where `guard` does not hold, may have made NaN."""
        return self.where(guard, value, otherwise)

    def where_any(self, mask: Mask, rare: Callable[[], Any], usual: Any) -> Any:
        """Choose by lane, and branch around what is rarely needed."""
        builder = self.builder
        before, single = builder.block, not isinstance(usual, tuple)
        usual = [self.lift(each) for each in ([usual] if single else usual)]
        with builder.if_then(self.any_lane(mask), likely=False):
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

    def bits(self, x: Any) -> Bits:
        """Return the representations of numbers."""
        return Bits(self, self.builder.bitcast(self.lift(x), self.whole))

    def from_bits(self, x: Bits) -> Lanes:
        """Return the numbers that integers represent."""
        return Lanes(self, self.builder.bitcast(x.value, self.vector))

    def look_up(self, table: Sequence[float], index: Bits) -> Lanes:
        """Load an element of a constant table for each lane."""
        builder, stored = self.builder, self.constant_table(table)
        result, zero = ir.Constant(self.vector, ir.Undefined), ir.Constant(INT, 0)
        for lane in range(self.width):
            position = ir.Constant(INT, lane)
            place = builder.gep(stored, [zero, builder.extract_element(index.value, position)])
            result = builder.insert_element(result, builder.load(place), position)
        return Lanes(self, result)

    def of_sixteen(self, table: Sequence[float], index: Bits) -> Lanes:
        """Take an element of a table of sixteen numbers for each lane, out of registers where the processor can."""
        index = index & 15
        feature = best() if self.permutations is None else self.permutations
        chosen = permuted(self.builder, feature, self.vector, table, index.value) if feature else None
        return self.look_up(table, index) if chosen is None else Lanes(self, chosen)

    def constant_table(self, table: Sequence[float]) -> Any:
        """Return a constant table, which a module has once."""
        module = self.builder.module
        stored = ir.Constant(ir.ArrayType(self.element, len(table)), [ir.Constant(self.element, each) for each in table])
        name = f"staticgraph.table.{self.dtype}.{sha256(str(stored).encode()).hexdigest()[:16]}"
        if name not in module.globals:
            made = ir.GlobalVariable(module, stored.type, name)
            made.linkage, made.global_constant, made.initializer = "internal", True, stored
        return module.globals[name]

    def constant_like(self, x: Any, number: float) -> Lanes:
        """A number in every lane."""
        return Lanes(self, self.splat(number))

    def fma(self, a: Any, b: Any, c: Any) -> Lanes:
        """`a * b + c` with one rounding."""
        return self.intrinsic("fma", a, b, c)
