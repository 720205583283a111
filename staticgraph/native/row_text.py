"""A store by rows as LLVM text: a loop over the rows of a vector."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from ..kinds.writing import Operand
from ..records.instruction import VECTOR_BYTES
from .columns import Across, Applied, Columns, Leaf, Shared, StoreRows, Uniform, leaves, varying
from .text import FunctionText

LONG_RUN = 32
"""Up to so many squares side by side the same lines of the next rows are asked for, beyond them the processor foresees by itself what is
written: the Hessian of Rosenbrock-100, out of the cache, takes 2.7 us a row instead of 3.9."""
_COLLECTING = """define internal void @collect(ptr %tile, ptr %offsets, i64 %count, ptr %table) noinline {{
entry:
br label %loop
loop:
%k = phi i64 [ 0, %entry ], [ %next, %loop ]
%from = getelementptr i64, ptr %offsets, i64 %k
%offset = load i64, ptr %from
%source = getelementptr i8, ptr %tile, i64 %offset
%number = load {element}, ptr %source
%target = getelementptr {element}, ptr %table, i64 %k
store {element} %number, ptr %target
%next = add i64 %k, 1
%more = icmp slt i64 %next, %count
br i1 %more, label %loop, label %done
done:
ret void
}}"""


def _after(text: FunctionText, base: str, count: str, step: int) -> str:
    """Return the address so many steps of bytes after another."""
    name = text.fresh()
    text.lines += [f"{name}.o = mul i64 {count}, {step}", f"{name} = getelementptr i8, ptr {base}, i64 {name}.o"]
    return name


@contextmanager
def _over_rows(text: FunctionText) -> Iterator[str]:
    """Write what follows in a loop over the rows of a vector; yield the row's number."""
    row = text.fresh()
    label, before, text.lines, outside = f"{row[1:]}.loop", text.block, [], text.lines
    text.block = label
    yield row
    head = [f"br label %{label}", f"{label}:", f"{row} = phi i64 [ 0, %{before} ], [ {row}.next, %{text.block} ]"]
    end = [f"{row}.next = add i64 {row}, 1", f"{row}.more = icmp slt i64 {row}.next, {text.width}"]
    end += [f"br i1 {row}.more, label %{label}, label %{row[1:]}.done", f"{row[1:]}.done:"]
    text.lines = [*outside, *head, *text.lines, *end]
    text.block = f"{row[1:]}.done"


class RowsText:
    """A store by rows that is being written.

    Parameters
    ----------
    text : FunctionText
    step : StoreRows
    read : callable
        Gives the name of a value, with one row of the batch in each lane.
    apply : callable
        `apply(rule, names)` writes a rule out, and gives the names of what it makes.
    """

    def __init__(
        self, text: FunctionText, step: StoreRows, read: Callable[[Operand], str], apply: Callable[..., list[str]]
    ) -> None:  # fmt: skip
        self.text, self.step, self.read, self.apply = text, step, read, apply
        self.lanes: dict[Operand, int] = {}
        self.rows: dict[Across, int] = {}
        self.uniforms: dict[Uniform, int] = {}
        self.named: dict[Operand | Columns, str] = {}

    def write(self, target: str, past: str, tile: Callable[[], str], offset: Callable[[Operand], int]) -> None:
        """Write the loop: `target` is the array's address, and `offset` gives where in the uniform `tile` a value stands.

        Where `past` holds, whole lines are stored past the caches.
        """
        text, step = self.text, self.step
        self._place()
        memory = text.memory(len(self.lanes) + text.width * len(self.rows))
        for value, slot in self.lanes.items():
            text.store(self.read(value), memory, slot * VECTOR_BYTES, aligned=True)
        for across, slot in self.rows.items():
            for place, vector in enumerate(text.transposed(list(map(self.read, across.values)))):
                text.store(vector, memory, (slot + place) * VECTOR_BYTES, aligned=True)
        table = self._table(tile, offset) if self.uniforms else ""
        with _over_rows(text) as row:
            lane, side = _after(text, memory, row, text.itemsize), _after(text, memory, row, VECTOR_BYTES)
            out = _after(text, target, row, step.size * text.itemsize)
            for first, columns in step.columns:
                made, following = self._made(columns, lane, side, table), (text.width * step.size + first) * text.itemsize
                ask = [partial(text.prefetch, out, following, writes=True)] if len(step.columns) <= LONG_RUN else []
                text.store_either(past, [(made, first * text.itemsize, text.width)], out, *ask)

    def _place(self) -> None:
        """Give what is read in the loop its place in memory: first values whose lanes are spread, then squares."""
        found = dict.fromkeys(leaf for _, columns in self.step.columns for leaf in leaves(columns))
        shared = dict.fromkeys(value for leaf in found if isinstance(leaf, Shared) for value in leaf.values)
        self.lanes = {value: slot for slot, value in enumerate(filter(varying, shared))}
        for value in shared:
            if not varying(value):
                self.named[value] = self.read(value)
        across = [leaf for leaf in found if isinstance(leaf, Across)]
        self.rows = {leaf: len(self.lanes) + self.text.width * place for place, leaf in enumerate(across)}
        uniform = [leaf for leaf in found if isinstance(leaf, Uniform) and not isinstance(leaf.values[0], str)]
        self.uniforms = {leaf: place for place, leaf in enumerate(uniform)}

    def _table(self, tile: Callable[[], str], offset: Callable[[Operand], int]) -> str:
        """Return the address of the uniform columns, which are collected before the first row."""
        text = self.text
        offsets = [f"i64 {offset(value)}" for leaf in self.uniforms for value in leaf.values]
        name, table, kind = f"@offsets{text.fresh()[1:]}", text.memory(len(self.uniforms)), f"[{len(offsets)} x i64]"
        text.definitions[name] = f"{name} = internal constant {kind} [{', '.join(offsets)}]"
        text.definitions["collect"] = _COLLECTING.format(element=text.element)
        text.head.append(f"call void @collect(ptr {tile()}, ptr {name}, i64 {len(offsets)}, ptr {table})")
        return table

    def _made(self, columns: Columns, lane: str, side: str, table: str) -> str:
        """Return the name of columns of one row, each leaf's read once."""
        if isinstance(columns, Applied):
            (made,) = self.apply(columns.rule, [self._made(each, lane, side, table) for each in columns.operands])
            return made
        if columns not in self.named:
            self.named[columns] = self._leaf(columns, lane, side, table)
        return self.named[columns]

    def _leaf(self, columns: Leaf, lane: str, side: str, table: str) -> str:
        text = self.text
        if isinstance(columns, Across):
            return text.load(side, self.rows[columns] * VECTOR_BYTES, aligned=True)
        if isinstance(columns, Uniform):
            if columns in self.uniforms:
                return text.load(table, self.uniforms[columns] * VECTOR_BYTES, aligned=True)
            return f"<{', '.join(str(value)[len('splat (') : -1] for value in columns.values)}>"
        order = dict.fromkeys(columns.values)
        for value in order:
            if value not in self.named:
                self.named[value] = text.spread(lane, self.lanes[value] * VECTOR_BYTES)
        places = {value: place for place, value in enumerate(order)}
        if len(order) == 1:
            return self.named[columns.values[0]]
        return text.picked([self.named[value] for value in order], [(places[value], at) for at, value in enumerate(columns.values)])
