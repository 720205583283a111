"""Tables of sixteen numbers that lie in registers: a permutation takes one for each lane, where loads take one after another."""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from .processor import processor_name

AVX512, AVX2 = "avx512f", "avx2"
"""The features that have such permutations, of 64 bytes and of 32."""
BYTES = {AVX512: 64, AVX2: 32}
NAMES = {(AVX512, 4): "avx512.permvar.sf.512", (AVX512, 8): "avx512.vpermi2var.pd.512", (AVX2, 4): "avx2.permps"}
"""What LLVM calls the permutations, by the size of an element. AVX2 has none of four doubles by numbers in registers."""


def best() -> str:
    """Return the best of these features that this processor has, nothing if it has none."""
    features = processor_name()[1].split(",")
    return next((each for each in BYTES if f"+{each}" in features), "")


def permuted(builder: Any, feature: str, vector: Any, table: Sequence[float], index: Any) -> Any:
    """Return the elements of a table of sixteen at numbers below 16, for one vector or two; None where no instruction does it."""
    size, count = index.type.element.width // 8, vector.count
    if (feature, size) not in NAMES or count * size not in (BYTES[AVX512], 2 * BYTES[AVX512]):
        return None
    if count * size > BYTES[AVX512]:
        half = ir.VectorType(vector.element, count // 2)
        parts = [_lanes(builder, index, range(start, start + half.count)) for start in (0, half.count)]
        return builder.shuffle_vector(*(permuted(builder, feature, half, table, part) for part in parts), _places(range(count)))
    width = BYTES[feature] // size
    registers = [_constant(vector.element, table[place : place + width]) for place in range(0, 16, width)]
    if feature == AVX512:
        return _call(builder, NAMES[feature, size], registers[0].type, [registers[0], index, *registers[1:]])
    halves = []
    for start in (0, width):
        places = _lanes(builder, index, range(start, start + width))
        low, high = (_call(builder, NAMES[feature, size], register.type, [register, places]) for register in registers)
        second = builder.icmp_signed(">", places, ir.Constant(places.type, [places.type.element(width - 1)] * width))
        halves.append(builder.select(second, high, low))
    return builder.shuffle_vector(*halves, _places(range(2 * width)))


def _constant(element: Any, numbers: Sequence[float]) -> Any:
    return ir.Constant(ir.VectorType(element, len(numbers)), [ir.Constant(element, float(number)) for number in numbers])


def _call(builder: Any, name: str, result: Any, operands: list[Any]) -> Any:
    declared = ir.FunctionType(result, [operand.type for operand in operands])
    return builder.call(cgutils.get_or_insert_function(builder.module, declared, f"llvm.x86.{name}"), operands)


def _places(numbers: Sequence[int]) -> Any:
    return ir.Constant(ir.VectorType(ir.IntType(32), len(numbers)), [ir.IntType(32)(number) for number in numbers])


def _lanes(builder: Any, x: Any, numbers: Sequence[int]) -> Any:
    return builder.shuffle_vector(x, ir.Constant(x.type, ir.Undefined), _places(numbers))
