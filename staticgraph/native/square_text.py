"""Columns of rows that lie one after another as LLVM text: squares of rows are transposed on their way in and out."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..records.instruction import VECTOR_BYTES
from .text import MOST_IN_PLACE, PAST, FunctionText
from .vector_text import VectorText


def narrow_runs(size: int, width: int) -> list[tuple[int, int]]:
    """Return the runs of columns in which rows shorter than a vector are transposed; none if it takes fewer shuffles to pick each element.

    Runs are powers of two, and may overlap. One of `n` columns takes `n log2 n` shuffles, and what joins parts of rows to vectors; picking
    takes one for each line and each column but one. Rosenbrock-7 takes 5.5 ns a row instead of 7.3, the arm, of 7 angles, 20.9 instead of
    24.6, and in float32 Rosenbrock-10 4.7 instead of 8.4.
    """
    if size == 0:
        return []
    first = 1 << (size.bit_length() - 1)
    last = max(2, 1 << (size - first - 1).bit_length()) if size > first else 0
    runs = [(0, first), *([(size - last, size)] if last else [])]
    shuffles = sum((stop - start) * ((stop - start).bit_length() - 1) + width - (stop - start) for start, stop in runs)
    return runs if shuffles <= size * (size - 1) else []


def load_columns(text: FunctionText, base: str, size: int, first: int, last: int) -> list[str]:
    """Load columns `first` to `last` of rows of `size` elements that lie one after another: as many rows as a vector has lanes."""
    text.asked.update({(base, offset): False for offset in text.lines_ahead(size, first)})
    if size < text.width:
        runs = narrow_runs(size, text.width)
        if runs:
            found = {column: name for run in runs for column, name in enumerate(_columns_in_place(text, base, size, *run), run[0])}
            return [found[column] for column in range(first, last)]
        lines = [text.load(base, number * VECTOR_BYTES, aligned=False) for number in range(size)]
        elements = [[row * size + column for row in range(text.width)] for column in range(first, last)]
        return [text.picked(lines, [divmod(element, text.width) for element in each]) for each in elements]
    if size <= MOST_IN_PLACE * text.width:
        return _columns_in_place(text, base, size, first, last)
    square = _call_transposing(text, "in", base, size, first)
    return [text.load(square, number * VECTOR_BYTES, aligned=True) for number in range(text.width)]


def _columns_in_place(text: FunctionText, base: str, size: int, first: int, last: int) -> list[str]:
    """Load columns, a power of two, and transpose them here."""
    count, places = last - first, [(base, (row * size + first) * text.itemsize) for row in range(text.width)]
    if count == text.width:
        return text.square(places)
    rows = [text.load(*place, False, count) for place in places]
    return text.transposed([text.joined(rows[number::count], count) for number in range(count)])


def store_columns(text: FunctionText, values: Sequence[str], base: str, size: int, first: int, past: str = "") -> None:
    """Store columns from `first` on of rows of `size` elements that lie one after another, past the caches where `past` holds."""
    ask = text.before_writing(base, size, first, past)
    if size < text.width:
        text.either(past, lambda: _store_lines(text, values, base, PAST), lambda: _store_few(text, values, base, ask))
    elif size <= MOST_IN_PLACE * text.width:
        text.store_either(past, _pieces(text, values, size, first), base, ask)
    else:
        square = text.memory(text.width)
        for number, value in enumerate(values):
            text.store(value, square, number * VECTOR_BYTES, aligned=True)
        stream, store = (partial(_call_transposing, text, way, base, size, first, square) for way in ("past", "out"))
        text.either(past, stream, lambda: [ask(), store()])


def _store_few(text: FunctionText, values: Sequence[str], base: str, ask: Callable[[], object]) -> None:
    """Store all columns of rows shorter than a vector: in runs, or line by line."""
    ask()
    runs = narrow_runs(len(values), text.width)
    for first, last in runs:
        for value, offset, count in _pieces(text, values[first:last], len(values), first):
            text.store(value, base, offset, False, count)
    if not runs:
        _store_lines(text, values, base)


def _store_lines(text: FunctionText, values: Sequence[str], base: str, how: str = "") -> None:
    """Store all columns of rows shorter than a vector as lines, each of which has a part of several rows."""
    size = len(values)
    for number in range(size):
        places = [divmod(number * text.width + lane, size) for lane in range(text.width)]
        line = text.picked(values, [(column, row) for row, column in places])
        text.store(line, base, number * VECTOR_BYTES, aligned=bool(how))
        text.lines[-1] += how


def _pieces(text: FunctionText, values: Sequence[str], size: int, first: int) -> list[tuple[str, int, int]]:
    """Return the parts of rows that columns are, a power of two, from `first` on: each with its offset in bytes and its elements."""
    count, pieces = len(values), []
    for number, vector in enumerate(text.transposed(values)):
        for part, row in enumerate(range(number, text.width, count)):
            value = vector if count == text.width else text.part(vector, part, count)
            pieces.append((value, (row * size + first) * text.itemsize, count))
    return pieces


def _call_transposing(text: FunctionText, direction: str, base: str, size: int, first: int, square: str = "") -> str:
    """Transpose columns of rows into a square of vectors, or out of it (`past` the caches), by a function that a module has once."""
    square, place = square or text.memory(text.width), text.fresh()
    text.definitions[f"transpose_{direction}"] = _transposing(text.dtype, direction)
    text.lines.append(f"{place} = getelementptr i8, ptr {base}, i64 {first * text.itemsize}")
    text.lines.append(f"call void @transpose_{direction}(ptr {place}, i64 {size * text.itemsize}, ptr {square})")
    return square


def _transposing(dtype: np.dtype[Any], direction: str) -> str:
    """Return the function that transposes a square: its rows lie so many bytes apart, its columns are vectors side by side."""
    text, inward = VectorText(dtype), direction == "in"
    places = [(f"%r{row}", 0) for row in range(text.width)]
    text.lines += [
        line for row in range(text.width)
        for line in (f"%o{row} = mul i64 %step, {row}", f"%r{row} = getelementptr i8, ptr %rows, i64 %o{row}")
    ]  # fmt: skip
    squares = [("%square", number * VECTOR_BYTES) for number in range(text.width)]
    targets = squares if inward else places
    columns = text.square(places) if inward else text.transposed([text.load(*place, aligned=True) for place in squares])
    for vector, place in zip(columns, targets, strict=True):
        text.store(vector, *place, aligned=direction != "out")
        text.lines[-1] += PAST if direction == "past" else ""
    header = f"define internal void @transpose_{direction}(ptr %rows, i64 %step, ptr %square) noinline {{"
    return "\n".join([header, *text.lines, "ret void", "}"])
