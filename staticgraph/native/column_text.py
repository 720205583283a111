"""Columns as LLVM text: a vector of one is loaded and stored in place, past the caches where the address in the frame is marked for it."""

from ..records.compiled import STREAMING
from ..records.instruction import VECTOR_BYTES
from .text import AHEAD, FunctionText


def load_column(text: FunctionText, entry: int, number: int) -> str:
    """Load a vector of a column of the array at an entry of the frame."""
    return text.load(_place(text, text.base(entry, VECTOR_BYTES), entry, number), 0, aligned=False)


def store_column(text: FunctionText, value: str, entry: int, number: int | None, streams: bool) -> None:
    """Store a vector of a column, or of the only one (None).

    A column that may stream is stored in either of two ways, between which a branch decides: so one function serves small batches and large
    ones. Rosenbrock-10 took as long by branches as without any; put together in the cache and copied from there, 1.3 times as long.
    """
    base = _streaming(text, entry) if streams else text.base(entry, VECTOR_BYTES)
    place = base if number is None else _place(text, base, entry, number)
    if not streams:
        if number is None:  # one run of addresses, which the processor would not ask for before it is written
            text.prefetch(place, AHEAD * VECTOR_BYTES, writes=True)
        text.store(value, place, 0, aligned=False)
        return
    name = text.fresh()[1:]
    text.lines += [f"br i1 %s{entry}, label %{name}.past, label %{name}.in", f"{name}.past:"]
    text.lines.append(f"store {text.vector} {value}, ptr {place}, align {VECTOR_BYTES}, !nontemporal !{{i32 1}}")
    text.lines += [f"br label %{name}", f"{name}.in:"]
    text.store(value, place, 0, aligned=False)
    text.lines += [f"br label %{name}", f"{name}:"]
    text.block = name


def _place(text: FunctionText, base: str, entry: int, number: int) -> str:
    """Return the address of a vector of a column: how far the column is from the first one stands in a table."""
    name, offsets = text.fresh(), text.base(entry + 1)
    text.lines.append(f"{name}.p = getelementptr i64, ptr {offsets}, i64 {number}")
    text.lines += [f"{name}.o = load i64, ptr {name}.p", f"{name} = getelementptr i8, ptr {base}, i64 {name}.o"]
    return name


def _streaming(text: FunctionText, entry: int) -> str:
    """Return the address of a vector of the first column; `%sENTRY` tells whether to stream: the address is marked, and a line's begin."""
    key, s = (entry, -1), f"%s{entry}"
    if key not in text.known:
        given, text.known[key] = text.base(entry), f"{s}.place"
        text.head += [
            f"{s}.given = ptrtoint ptr {given} to i64", f"{s}.marked = icmp slt i64 {s}.given, 0",
            f"{s}.mark = select i1 {s}.marked, i64 {STREAMING}, i64 0", f"{s}.address = sub i64 {s}.given, {s}.mark",
            f"{s}.phase = and i64 {s}.address, {VECTOR_BYTES - 1}", f"{s}.begins = icmp eq i64 {s}.phase, 0",
            f"{s} = and i1 {s}.marked, {s}.begins",
        ]  # fmt: skip
        text.head_of_loop += [
            f"{s}.offset = mul i64 %vector, {VECTOR_BYTES}", f"{s}.at = add i64 {s}.address, {s}.offset",
            f"{s}.place = inttoptr i64 {s}.at to ptr",
        ]  # fmt: skip
        text.definitions["llvm.x86.sse.sfence"] = "declare void @llvm.x86.sse.sfence()"
        text.end.append((s, f"{s[1:]}.end", ["call void @llvm.x86.sse.sfence()"]))
    return text.known[key]
