"""Operations on vectors of lanes as LLVM text."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..records.instruction import VECTOR_BYTES


class VectorText:
    """Lines of code on vectors of lanes."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self.width = VECTOR_BYTES // dtype.itemsize
        self.itemsize = dtype.itemsize
        self.element = "double" if dtype == np.float64 else "float"
        self.vector = f"<{self.width} x {self.element}>"
        self.lines: list[str] = []
        self.count = 0

    def fresh(self) -> str:
        """Return a new name."""
        self.count += 1
        return f"%t{self.count}"

    def load(self, base: str, offset: int, aligned: bool, count: int = 0) -> str:
        """Load a vector, or so many elements, at so many bytes from an address."""
        name = self.fresh()
        self.lines.append(f"{name}.p = getelementptr i8, ptr {base}, i64 {offset}")
        self.lines.append(f"{name} = load {self._kind(count)}, ptr {name}.p, align {VECTOR_BYTES if aligned else 1}")
        return name

    def store(self, value: str, base: str, offset: int, aligned: bool, count: int = 0) -> None:
        """Store a vector, or so many elements, at so many bytes from an address."""
        name = self.fresh()
        self.lines.append(f"{name}.p = getelementptr i8, ptr {base}, i64 {offset}")
        self.lines.append(f"store {self._kind(count)} {value}, ptr {name}.p, align {VECTOR_BYTES if aligned else 1}")

    def _kind(self, count: int) -> str:
        """Return the type of so many elements, of a vector for 0."""
        return f"<{count} x {self.element}>" if count else self.vector

    def joined(self, parts: Sequence[str], count: int) -> str:
        """Return a vector that is made of equal parts, of so many elements each."""
        parts = list(parts)
        while len(parts) > 1:
            mask, pairs = ", ".join(f"i32 {lane}" for lane in range(2 * count)), []
            for first, second in zip(parts[::2], parts[1::2], strict=True):
                pairs.append(self.fresh())
                kind = self._kind(count)
                self.lines.append(f"{pairs[-1]} = shufflevector {kind} {first}, {kind} {second}, <{2 * count} x i32> <{mask}>")
            parts, count = pairs, 2 * count
        return parts[0]

    def part(self, value: str, number: int, count: int) -> str:
        """Return one of a vector's equal parts."""
        name, mask = self.fresh(), ", ".join(f"i32 {number * count + lane}" for lane in range(count))
        self.lines.append(f"{name} = shufflevector {self.vector} {value}, {self.vector} poison, <{count} x i32> <{mask}>")
        return name

    def shuffle(self, a: str, b: str, lanes: Sequence[int | None]) -> str:
        """Choose lanes of two vectors; None where any will do."""
        name = self.fresh()
        mask = ", ".join("i32 poison" if lane is None else f"i32 {lane}" for lane in lanes)
        self.lines.append(f"{name} = shufflevector {self.vector} {a}, {self.vector} {b}, <{self.width} x i32> <{mask}>")
        return name

    def spread(self, base: str, offset: int) -> str:
        """Load one element and put it into every lane."""
        place, number, alone, result = (self.fresh() for _ in range(4))
        self.lines.append(f"{place} = getelementptr i8, ptr {base}, i64 {offset}")
        self.lines.append(f"{number} = load {self.element}, ptr {place}")
        self.lines.append(f"{alone} = insertelement {self.vector} poison, {self.element} {number}, i64 0")
        self.lines.append(f"{result} = shufflevector {self.vector} {alone}, {self.vector} poison, <{self.width} x i32> zeroinitializer")
        return result

    def picked(self, sources: Sequence[str], lanes: Sequence[tuple[int, int]]) -> str:
        """Return a vector whose lanes are lanes of several vectors: for each lane the source, and the lane there."""
        order = list(dict.fromkeys(source for source, _ in lanes))
        if len(order) == 1 and [lane for _, lane in lanes] == list(range(self.width)):
            return sources[order[0]]
        result, have = sources[order[0]], [lane if source == order[0] else None for source, lane in lanes]
        for number in order[1:] or order:
            mask = [
                self.width + lane if source == number and here is None else here for (source, lane), here in zip(lanes, have, strict=True)
            ]
            result = self.shuffle(result, sources[number], mask)
            have = [place if mask[place] is not None else None for place in range(self.width)]
        return result

    def square(self, places: Sequence[tuple[str, int]]) -> list[str]:
        """Load as many rows as a vector has lanes, each at so many bytes from an address, and return their columns.

        Halves of rows are loaded into halves of vectors, which spares the last round of exchanges: in the cache Rosenbrock-10 takes
        0.97 of the time.
        """
        half, vectors = self.width // 2, list[str]()
        for side in range(2):
            offset = side * VECTOR_BYTES // 2
            for pair in zip(places[:half], places[half:], strict=True):
                vectors.append(self.joined([self.load(base, first + offset, False, half) for base, first in pair], half))
        return self.transposed(vectors, half)

    def transposed(self, rows: Sequence[str], stop: int = 0) -> list[str]:
        """Return the columns of a square of vectors: in round `s` blocks of `s` by `s` are exchanged across the diagonal.

        Fewer vectors are squares side by side; rounds from `stop` on have been done.
        """
        step, vectors = 1, list(rows)
        while step < (stop or len(vectors)):
            vectors = [self._exchanged(vectors, number, step) for number in range(len(vectors))]
            step *= 2
        return vectors

    def _exchanged(self, vectors: Sequence[str], number: int, step: int) -> str:
        keeps = number & step
        mask = [lane if lane & step == keeps else self.width + (lane ^ step) for lane in range(self.width)]
        return self.shuffle(vectors[number], vectors[number ^ step], mask)
