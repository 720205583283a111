"""Results that stream past the caches, and those of which a vector of rows is put together in memory first, which it leaves line by line.

A line that is written in the ordinary way is first read from memory; stores past the caches (non-temporal ones) spare that. They must write
whole lines, one after another, but rows end within lines, and an array may begin within one. So what lies before the first whole line and
behind the last one is written in the ordinary way, since the rest of these lines is not ours, and what lies behind the last whole line of a
vector of rows waits for the next vector. Which results may stream is decided here; whether they do, in each call (see `driver`): then
the address in the frame is marked.
"""

from collections.abc import Collection, Sequence

from ..lanes.processor import stores_past_caches
from ..program.program import Program
from ..records.instruction import VECTOR_BYTES
from .columns import StoreRows
from .frame import entry
from .marks import unmarked
from .operations import Load, Operation, Store
from .parts import Part, Step, weigh
from .text import MOST_IN_PLACE, PAST, FunctionText

MOST_WEIGHT = 40
"""LLVM instructions that a program may have for each line that it writes. With fewer it waits for memory: out of the cache the Hessian of
Rosenbrock-10 (5 a line) takes 30 ns a row instead of 80, logistic regression with its gradient (17) 62 instead of 110, Rosenbrock-100 with
its gradient (31) 0.85 times as long. With more only the copy is felt."""
MOST_WEIGHT_IN_PLACE, FEW = 120, 16
"""The same where nothing is copied, for more than a few lines, as so many runs of addresses the processor does not foresee by itself:
Lennard-Jones in columns (40 of 110) takes 110 ns a row instead of 148, on two threads 66 instead of 78; Black-Scholes (6 of 110) 15.4
instead of 14.8."""
MOST = 2048
"""Lines of a vector of rows that are put together, in an eighth of the second-level cache: the Hessians of Rosenbrock-18, 30 and 45 (2,025)
take 98, 256 and 601 ns a row instead of 196, 511 and 1,090, on two threads 57, 161 and 341 instead of 273, 397 and 686."""
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


def is_copied(size: int, width: int, several: bool) -> bool:
    """Whether rows of so many elements are put together and copied, of a program of several functions or of one.

    Whole lines are only copied where the array begins within one. Out of the cache the Hessian of Rosenbrock-100 takes 1.1 us a row instead
    of 6.4 in place, the Jacobian of a layer (32 x 32) 0.20 instead of 0.41, and 1,000 maxima of two numbers 0.53 instead of 1.15.
    """
    return not several and MOST_IN_PLACE * width < size <= MOST


def in_whole_lines(size: int, width: int, several: bool) -> bool:
    """Whether rows of so many elements are stored as whole lines, if the first one begins with one.

    Those of few elements are if one function makes all; of others each is if a line is a part of a row.
    """
    return size < width or size % width == 0 or (size <= MOST_IN_PLACE * width and not several)


def streamed(program: Program, parts: Sequence[Part], columns: Collection[int]) -> list[tuple[int, int]]:
    """Return the results that may stream: their kinds and numbers.

    Results in columns, some of which have only one, stream where all others do: beside rows that do not they take longer (Rosenbrock-10
    8.5 ns a row instead of 7.5), as nothing else is spared.
    """
    if not stores_past_caches():
        return []
    steps = [step for part in parts for step in part.steps]
    sizes = {(step.array, step.number): step.size for step in steps if isinstance(step, Store | StoreRows)}
    in_rows = [result for result, size in sizes.items() if size > 1 and entry(program, *result) not in columns]
    several, lines = len(parts) > 1, sum(sizes.values())
    directly = [result for result in in_rows if in_whole_lines(sizes[result], program.width, several)]
    copied = [result for result in in_rows if result not in directly and is_copied(sizes[result], program.width, several)]
    most = MOST_WEIGHT if copied or lines <= FEW else MOST_WEIGHT_IN_PLACE
    if sum(weigh(step, called=()) for step in steps) > most * lines:
        return []
    return list(sizes) if len(directly) + len(copied) == len(in_rows) else [*directly, *copied]


def streamed_along(program: Program, steps: Sequence[Step]) -> list[tuple[int, int]]:
    """Return the results of a function that runs row after row which may stream: those of whole lines.

    Out of the cache 1,000 maxima of two numbers take 0.43 us a row instead of 0.51, on two threads 0.58 instead of 1.0, Rosenbrock-40 with
    its gradient 21.7 ns instead of 24.2, on two threads 16 instead of 24. Others would be copied: that took 1.05 to 1.3 times as long.
    """
    if not stores_past_caches():
        return []
    sizes = {(step.array, step.number): step.size for step in steps if isinstance(step, Store)}
    long = {result: size for result, size in sizes.items() if size > program.width and size % program.width == 0}
    weight = sum(step.weight for step in steps if isinstance(step, Operation) and not isinstance(step.what, Load))
    return list(long) if weight * program.width <= MOST_WEIGHT_IN_PLACE * sum(long.values()) else []


class Streaming:
    """The results of a function that may stream.

    Parameters
    ----------
    text : FunctionText
        The function that is being written.
    """

    def __init__(self, text: FunctionText) -> None:
        self.text = text
        self.places: dict[int, tuple[str, str]] = {}

    def place(self, entry: int, size: int) -> tuple[str, str]:
        """Return where a vector of rows of a result is written, and what tells whether its lines are stored past the caches.

        It is written in place, or in memory from which it is streamed, which lines that are whole need not be.
        """
        if entry not in self.places:
            self.places[entry] = self._begin(entry, size * VECTOR_BYTES, size % self.text.width == 0)
        return self.places[entry]

    def _begin(self, entry: int, size: int, whole: bool) -> tuple[str, str]:
        """Write what is done before the loop, in each turn, and after the loop; `size` is in bytes."""
        text, memory, s = self.text, self.text.memory(size // VECTOR_BYTES + 1), unmarked(self.text, entry)[1:]
        text.definitions |= _definitions(text)
        text.head += [
            f"%{s}.line = sub i64 %{s}.address, %{s}.phase", f"%{s}.rows = getelementptr i8, ptr {memory}, i64 %{s}.phase",
            f"%{s}.copies = and i1 %{s}.marked, {f'%{s}.within' if whole else 'true'}",
        ]  # fmt: skip
        text.head_of_loop += [
            f"%{s}.offset = mul i64 %vector, {size}", f"%{s}.at = add i64 %{s}.line, %{s}.offset",
            f"%{s}.to = inttoptr i64 %{s}.at to ptr", f"%{s}.here = getelementptr i8, ptr %{s}.to, i64 %{s}.phase",
            f"%{s}.place = select i1 %{s}.copies, ptr %{s}.rows, ptr %{s}.here",
        ]  # fmt: skip
        text.end_of_loop.append((f"%{s}.copies", f"{s}.turn", [
            f"call void @stream(ptr {memory}, ptr %{s}.to, i64 %{s}.phase, i64 %vector, i64 {size})",
        ]))  # fmt: skip
        text.end.append((f"%{s}.copies", f"{s}.end", [
            f"%{s}.bytes = mul i64 {text.turns}, {size}", f"%{s}.after = add i64 %{s}.line, %{s}.bytes",
            f"%{s}.next = inttoptr i64 %{s}.after to ptr",
            f"call void @copy_elements(ptr {memory}, ptr %{s}.next, i64 0, i64 %{s}.phase)",
        ]))  # fmt: skip
        return f"%{s}.place", f"%{s}" if whole else ""


def _definitions(text: FunctionText) -> dict[str, str]:
    lines = _COPYING.format(name="copy_lines", piece=text.vector, step=VECTOR_BYTES, how=PAST)
    elements = _COPYING.format(name="copy_elements", piece=text.element, step=text.itemsize, how="")
    streaming = _STREAMING.format(vector=text.vector, line=VECTOR_BYTES)
    return {"copy_lines": lines, "copy_elements": elements, "stream": streaming}
