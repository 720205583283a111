"""Addresses in the frame that are marked where a result streams past the caches, as LLVM text.

So one function serves small batches and large ones: branches decide in which of two ways it stores. Rosenbrock-10 in columns took as long
by branches as without any; put together in the cache and copied from there, 1.3 times as long. The fence behind all is the driver's: one
after each of many functions would wait for memory.
"""

from ..records.compiled import STREAMING
from ..records.instruction import VECTOR_BYTES
from .text import FunctionText


def unmarked(text: FunctionText, entry: int) -> str:
    """Read the address at an entry of the frame: return `s`, which tells whether it is marked, and the begin of a line.

    `s.marked`, `s.address`, the `s.phase` within a line and whether it is `s.within` one follow from it.
    """
    given, s = text.base(entry), f"%s{entry}"
    text.head += [
        f"{s}.given = ptrtoint ptr {given} to i64", f"{s}.marked = icmp slt i64 {s}.given, 0",
        f"{s}.mark = select i1 {s}.marked, i64 {STREAMING}, i64 0", f"{s}.address = sub i64 {s}.given, {s}.mark",
        f"{s}.phase = and i64 {s}.address, {VECTOR_BYTES - 1}", f"{s}.within = icmp ne i64 {s}.phase, 0",
        f"{s}.begins = icmp eq i64 {s}.phase, 0", f"{s} = and i1 {s}.marked, {s}.begins",
    ]  # fmt: skip
    return s


def marked_base(text: FunctionText, entry: int, vector_step: int) -> tuple[str, str]:
    """Return the address that an entry of the frame holds, advanced by so many bytes for each vector, and what tells whether to stream."""
    key, s = (entry, -1), f"%s{entry}"
    if key not in text.known:
        text.known[key] = f"{unmarked(text, entry)}.place"
        text.head_of_loop += [
            f"{s}.offset = mul i64 %vector, {vector_step}", f"{s}.at = add i64 {s}.address, {s}.offset",
            f"{s}.place = inttoptr i64 {s}.at to ptr",
        ]  # fmt: skip
    return text.known[key], s
