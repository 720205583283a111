"""Columns as LLVM text: a vector of one is loaded and stored in place, past the caches where the address in the frame is marked for it."""

from ..records.instruction import VECTOR_BYTES
from .marks import marked_base
from .text import AHEAD, FunctionText


def load_column(text: FunctionText, entry: int, number: int) -> str:
    """Load a vector of a column of the array at an entry of the frame."""
    return text.load(_place(text, text.base(entry, VECTOR_BYTES), entry, number), 0, aligned=False)


def store_column(text: FunctionText, value: str, entry: int, number: int | None, streams: bool) -> None:
    """Store a vector of a column, or of the only one (None)."""
    base, past = marked_base(text, entry, VECTOR_BYTES) if streams else (text.base(entry, VECTOR_BYTES), "")
    place = base if number is None else _place(text, base, entry, number)
    if number is None and not streams:  # one run of addresses, which the processor would not ask for before it is written
        text.prefetch(place, AHEAD * VECTOR_BYTES, writes=True)
    text.store_either(past, [(value, 0, text.width)], place)


def _place(text: FunctionText, base: str, entry: int, number: int) -> str:
    """Return the address of a vector of a column: how far the column is from the first one stands in a table."""
    name, offsets = text.fresh(), text.base(entry + 1)
    text.lines.append(f"{name}.p = getelementptr i64, ptr {offsets}, i64 {number}")
    text.lines += [f"{name}.o = load i64, ptr {name}.p", f"{name} = getelementptr i8, ptr {base}, i64 {name}.o"]
    return name
