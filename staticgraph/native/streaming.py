"""Results that stream past the caches: a vector of rows is put together in the first-level cache, and leaves it line by line.

A line that is written in the ordinary way is first read from memory; stores past the caches (non-temporal ones) spare that. They must write
whole lines, one after another, but rows end within lines, and an array may begin within one. So what lies before the first whole line and
behind the last one is written in the ordinary way, since the rest of these lines is not ours, and what lies behind the last whole line of a
vector of rows waits for the next vector. Which results may stream is decided here; whether they do, in each call (see `driver`): then
the address in the frame is marked.
"""

from collections.abc import Collection, Sequence
from platform import machine

from ..program.program import Program
from ..records.compiled import STREAMING
from ..records.instruction import VECTOR_BYTES
from .columns import StoreRows
from .frame import entry
from .operations import Store
from .schedule import Part, weigh
from .text import MOST_IN_PLACE, FunctionText

MOST_WEIGHT = 40
"""LLVM instructions that a program may have for each line that it writes. With fewer it waits for memory: out of the cache the Hessian of
Rosenbrock-10 (5 a line) takes 30 ns a row instead of 80, logistic regression with its gradient (17) 62 instead of 110, Rosenbrock-100 with
its gradient (31) 0.85 times as long. With more only the copy is felt."""
MOST_WEIGHT_IN_COLUMNS, FEW = 120, 16
"""The same where nothing is copied, for more than a few columns, as so many runs of addresses the processor does not foresee by itself:
Lennard-Jones (40 columns of 110) takes 110 ns a row instead of 148, on two threads 66 instead of 78; Black-Scholes (6 of 110) 15.4 instead
of 14.8."""
MOST = 256
"""Lines of a vector of rows that are put together: they stay in half of the first-level cache. The Jacobian of a layer (1,024) took as long
as in place, and so did few columns: 10 took 1.15 times as long."""
_COPYING = """define internal void @{name}(ptr %from, ptr %to, i64 %first, i64 %last) noinline {{
entry:
br label %test
test:
%at = phi i64 [ %first, %entry ], [ %next, %loop ]
%more = icmp slt i64 %at, %last
br i1 %more, label %loop, label %done
loop:
%source = getelementptr i8, ptr %from, i64 %at
%target = getelementptr i8, ptr %to, i64 %at
%piece = load {piece}, ptr %source, align {step}
store {piece} %piece, ptr %target, align {step}{how}
%next = add i64 %at, {step}
br label %test
done:
ret void
}}"""
_STREAMING = """define internal void @stream(ptr %rows, ptr %to, i64 %phase, i64 %vector, i64 %bytes) noinline {{
entry:
%begins = icmp eq i64 %vector, 0
%apart = icmp ne i64 %phase, 0
%parted = and i1 %begins, %apart
br i1 %parted, label %before, label %whole
before:
call void @copy_elements(ptr %rows, ptr %to, i64 %phase, i64 {line})
br label %whole
whole:
%first = phi i64 [ 0, %entry ], [ {line}, %before ]
call void @copy_lines(ptr %rows, ptr %to, i64 %first, i64 %bytes)
%behind = getelementptr i8, ptr %rows, i64 %bytes
%waiting = load {vector}, ptr %behind, align {line}
store {vector} %waiting, ptr %rows, align {line}
ret void
}}"""


def streamed(program: Program, parts: Sequence[Part], columns: Collection[int]) -> list[tuple[int, int]]:
    """Return the results that may stream: their kinds and numbers. A program of several functions has none, as these share its columns.

    Results in columns, some of which have only one, stream where all others do: beside rows that do not they take longer (Rosenbrock-10
    8.5 ns a row instead of 7.5), as nothing else is spared.
    """
    if len(parts) > 1 or machine().lower() not in ("x86_64", "amd64"):  # where it has been measured
        return []
    steps = parts[0].steps
    sizes = {(step.array, step.number): step.size for step in steps if isinstance(step, Store | StoreRows)}
    in_rows = [result for result, size in sizes.items() if size > 1 and entry(program, *result) not in columns]
    lines = sum(sizes.values())
    most = MOST_WEIGHT if in_rows or lines <= FEW else MOST_WEIGHT_IN_COLUMNS
    if sum(weigh(step, called=()) for step in steps) > most * lines:
        return []
    rows = [result for result in in_rows if MOST_IN_PLACE * program.width < sizes[result] <= MOST]
    return list(sizes) if len(rows) == len(in_rows) else rows


class Streaming:
    """The results of a function that may stream.

    Parameters
    ----------
    text : FunctionText
        The function that is being written.
    """

    def __init__(self, text: FunctionText) -> None:
        self.text = text
        self.places: dict[int, str] = {}

    def place(self, entry: int, size: int) -> str:
        """Return where a vector of rows of a result is written: in place, or in memory from which it is streamed."""
        if entry not in self.places:
            self.places[entry] = self._begin(entry, size * VECTOR_BYTES)
        return self.places[entry]

    def _begin(self, entry: int, size: int) -> str:
        """Write what is done before the loop, in each turn, and after the loop; `size` is in bytes."""
        text, given, memory, s = self.text, self.text.base(entry), self.text.memory(size // VECTOR_BYTES + 1), f"s{entry}"
        text.definitions |= _definitions(text)
        text.head += [
            f"%{s}.given = ptrtoint ptr {given} to i64", f"%{s} = icmp slt i64 %{s}.given, 0",
            f"%{s}.mark = select i1 %{s}, i64 {STREAMING}, i64 0", f"%{s}.address = sub i64 %{s}.given, %{s}.mark",
            f"%{s}.phase = and i64 %{s}.address, {VECTOR_BYTES - 1}", f"%{s}.line = sub i64 %{s}.address, %{s}.phase",
            f"%{s}.rows = getelementptr i8, ptr {memory}, i64 %{s}.phase",
        ]  # fmt: skip
        text.head_of_loop += [
            f"%{s}.offset = mul i64 %vector, {size}", f"%{s}.at = add i64 %{s}.line, %{s}.offset",
            f"%{s}.to = inttoptr i64 %{s}.at to ptr", f"%{s}.here = getelementptr i8, ptr %{s}.to, i64 %{s}.phase",
            f"%{s}.place = select i1 %{s}, ptr %{s}.rows, ptr %{s}.here",
        ]  # fmt: skip
        text.end_of_loop.append((f"%{s}", f"{s}.turn", [
            f"call void @stream(ptr {memory}, ptr %{s}.to, i64 %{s}.phase, i64 %vector, i64 {size})",
        ]))  # fmt: skip
        text.end.append((f"%{s}", f"{s}.end", [
            f"%{s}.bytes = mul i64 {text.turns}, {size}", f"%{s}.after = add i64 %{s}.line, %{s}.bytes",
            f"%{s}.next = inttoptr i64 %{s}.after to ptr",
            f"call void @copy_elements(ptr {memory}, ptr %{s}.next, i64 0, i64 %{s}.phase)",
            "call void @llvm.x86.sse.sfence()",
        ]))  # fmt: skip
        return f"%{s}.place"


def _definitions(text: FunctionText) -> dict[str, str]:
    lines = _COPYING.format(name="copy_lines", piece=text.vector, step=VECTOR_BYTES, how=", !nontemporal !{i32 1}")
    elements = _COPYING.format(name="copy_elements", piece=text.element, step=text.itemsize, how="")
    streaming = _STREAMING.format(vector=text.vector, line=VECTOR_BYTES)
    fence = "declare void @llvm.x86.sse.sfence()"
    return {"copy_lines": lines, "copy_elements": elements, "stream": streaming, "llvm.x86.sse.sfence": fence}
