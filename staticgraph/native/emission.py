"""Code generation: each function of a schedule as LLVM text, a module of its own, so that the compiler's lock is held only briefly."""

from collections.abc import Callable, Collection, Mapping, Sequence

from ..gates.order import CHUNK
from ..kinds.products import Block
from ..kinds.writing import Operand
from ..lanes.rules import Rule
from ..lanes.sums_of_products import VARIANTS, Variant
from ..program.program import Program
from ..records.compiled import ACCUMULATORS, ELEMENTS, KERNEL, SCRATCH, UNIFORMS
from ..records.instruction import VECTOR_BYTES
from .adding import Adding
from .column_text import load_column, store_column
from .columns import StoreRows
from .frame import entry
from .kernel_text import kernel_call
from .line_text import store_lines
from .marks import marked_base
from .operations import Keep, Load, Multiplication, Operation, Rereading, Start, Store
from .parts import Step
from .places import Places
from .row_text import RowsText
from .schedule import Schedule
from .square_text import load_columns, store_columns
from .streaming import Streaming, is_copied, streamed
from .sums_text import sums_text
from .templates import Template
from .text import FunctionText


def emit(
    program: Program, schedule: Schedule, columns: Collection[int], pitch: int, number: int, name: str, called: Mapping[Template, str]
) -> str:  # fmt: skip
    """Return the module of a function.

    Parameters
    ----------
    program : Program
    schedule : Schedule
    columns : set of int
        The entries of the frame whose arrays are in columns.
    pitch : int
        Bytes from one row of scratch memory to the next.
    number : int
        Which function it is.
    name : str
        Its symbol.
    called : dict
        The symbols of rules that are called, which `rules_text` defines.
    """
    part, places = schedule.parts[number], schedule.places
    if part.multiplies:
        (step,) = part.steps
        assert isinstance(step, Operation)
        return _multiplication(program, places, pitch, step, name)
    if part.adds:

        def begin(name: str) -> tuple[FunctionText, Callable[[Operand], str]]:
            body = _Body(program, schedule, columns, pitch, FunctionText(name, program.dtype, called, is_long(schedule)))
            return body.text, body.read

        return sums_text(name, begin, [step for step in part.steps if isinstance(step, Adding)], schedule.template)
    body = _Body(program, schedule, columns, pitch, FunctionText(name, program.dtype, called, is_long(schedule)))
    for step in part.steps:
        body.write(step)
        body.text.pause()
    for value, row in places.copies.get(number, ()):
        body.keep(body.read(value), row)
    return body.text.module()


def called_rules(schedule: Schedule) -> list[Template]:
    """Return the rules that are called, in the order in which they first are."""
    applied = (step.what for part in schedule.parts for step in part.steps if isinstance(step, Operation))
    return list(dict.fromkeys(schedule.template(rule) for rule in applied if isinstance(rule, Rule) and rule in schedule.called))


def is_long(schedule: Schedule) -> bool:
    """Whether a program is cut since it is long, and not around products of matrices."""
    return len(schedule.parts) > 1 and not any(part.multiplies for part in schedule.parts)


class _Body:
    """The body of a function: the names of the values that it has made or read."""

    def __init__(
        self, program: Program, schedule: Schedule, columns: Collection[int], pitch: int, text: FunctionText
    ) -> None:  # fmt: skip
        self.program, self.schedule, self.places, self.columns, self.pitch, self.text = (
            program, schedule, schedule.places, columns, pitch, text
        )  # fmt: skip
        self.names: dict[Operand, str] = {}
        self.waiting: dict[int, dict[int, str]] = {}
        self.streamed, self.streaming = streamed(program, schedule.parts, columns), Streaming(text)

    def read(self, value: Operand) -> str:
        """Return the name of a value; one of another function is loaded or made anew, a row of the uniform tile is loaded."""
        if isinstance(value, str):
            return value
        if value not in self.names and value in self.schedule.anew:
            self.write(self.schedule.anew[value])
        elif value not in self.names:
            if ~value >= self.program.uniforms:
                self.names[value] = self.text.spread(self.text.base(UNIFORMS), self._offset(value))
            elif value < 0:
                self.names[value] = self.text.spread(self.text.base(ELEMENTS), ~value * self.text.itemsize)
            else:
                self.names[value] = self.text.load(self._scratch(), self.places.of[value] * self.pitch, aligned=True)
        return self.names[value]

    def _offset(self, value: Operand) -> int:
        """Return where a uniform value stands in the uniform tile."""
        assert isinstance(value, int)
        packed = ~value - self.program.uniforms
        return packed * self.text.itemsize if packed >= 0 else ~value * VECTOR_BYTES

    def keep(self, name: str, row: int) -> None:
        """Store a value in scratch memory."""
        self.text.store(name, self._scratch(), row * self.pitch, aligned=True)

    def _scratch(self) -> str:
        return self.text.base(SCRATCH, VECTOR_BYTES)

    def _array(self, step: Load | Store | StoreRows) -> str:
        return self.text.base(entry(self.program, step.array, step.number), step.size * VECTOR_BYTES)

    def _load(self, what: Load) -> list[str]:
        at = entry(self.program, what.array, what.number)
        if at in self.columns:
            return [load_column(self.text, at, what.first)]
        return load_columns(self.text, self._array(what), what.size, what.first, what.last)

    def _store(self, step: Store) -> None:
        at, values = entry(self.program, step.array, step.number), list(map(self.read, step.values))
        if at in self.columns or step.size == 1:
            number = step.first if step.size > 1 else None
            store_column(self.text, values[0], at, number, (step.array, step.number) in self.streamed)
        else:
            base, past = self._result(step)
            if not past or step.size <= self.program.width or step.size % self.program.width == 0:
                store_columns(self.text, values, base, step.size, step.first, past)
                return
            known = self.waiting.setdefault(at, {})
            known.update(enumerate(values, step.first))
            if len(known) == step.size:
                store_lines(self.text, [known[column] for column in range(step.size)], base, past)

    def _result(self, step: Store | StoreRows) -> tuple[str, str]:
        """Return the address of a vector of rows of a result, and what tells whether its lines are stored past the caches."""
        at = entry(self.program, step.array, step.number)
        if (step.array, step.number) not in self.streamed:
            return self._array(step), ""
        if is_copied(step.size, self.program.width, len(self.schedule.parts) > 1):
            return self.streaming.place(at, step.size)
        return marked_base(self.text, at, step.size * VECTOR_BYTES)

    def write(self, step: Step) -> None:
        """Write a step out."""
        if isinstance(step, Keep):
            self.text.store(self.read(step.value), self.text.base(ACCUMULATORS), step.slot * VECTOR_BYTES, aligned=True)
        elif isinstance(step, Store):
            self._store(step)
        elif isinstance(step, StoreRows):
            RowsText(self.text, step, self.read, self._apply).write(*self._result(step), lambda: self.text.base(UNIFORMS), self._offset)
        elif isinstance(step, Operation):
            for value, name in enumerate(self._made(step), step.first):
                self.names[value] = name
                if value in self.places.of:
                    self.keep(name, self.places.of[value])

    def _made(self, step: Operation) -> list[str]:
        if isinstance(step.what, Load):
            return self._load(step.what)
        if isinstance(step.what, Rereading):
            return self._reread(step.what, list(map(self.read, step.operands)))
        if isinstance(step.what, Start):
            return [self.text.load(self.text.base(ACCUMULATORS), step.what.slot * VECTOR_BYTES, aligned=True)]
        assert not isinstance(step.what, Multiplication)
        return self._apply(step.what, list(map(self.read, step.operands)))

    def _apply(self, rule: Rule, operands: Sequence[str]) -> list[str]:
        write = self.text.call if rule in self.schedule.called else self.text.apply
        return write(self.schedule.template(rule), operands)

    def _reread(self, what: Rereading, carried: list[str]) -> list[str]:
        """Write out a rule whose rare branch begins with reading columns."""

        def read() -> list[str]:
            windows = {load: self._load(load) for load, _ in what.columns}
            return [*carried, *(windows[load][place] for load, place in what.columns)]

        return self.text.apply_reading(self.schedule.template(what.rule), read)


def kernel_of(step: Step) -> int:
    """Return the number of the kernel that a product runs."""
    assert isinstance(step, Operation) and isinstance(step.what, Multiplication)
    what = step.what
    product, over_lanes = what.product, what.product.target.row < 0
    return VARIANTS.index(Variant(what.stopping, over_lanes, product.lengths[-1] > CHUNK, product.p.row < 0 and not over_lanes))


def _multiplication(program: Program, places: Places, pitch: int, step: Operation, name: str) -> str:
    """Return the module of a function that runs the kernel of a product of matrices."""
    assert isinstance(step.what, Multiplication)
    product, blocks = step.what.product, places.blocks[step]

    def rows(block: Block, which: str) -> tuple[int, int, int, int]:
        """Return the entry of the base, the offset, and the steps between rows and between vectors."""
        if block.row < 0:
            step = program.dtype.itemsize
            return UNIFORMS if block.packed else ELEMENTS, ~block.row * step, step, 0
        return SCRATCH, blocks[which] * pitch, pitch, VECTOR_BYTES

    slot = ~product.target.row
    target = rows(product.target, "target") if slot < 0 else (ACCUMULATORS, slot * VECTOR_BYTES, VECTOR_BYTES, 0)
    over_lanes = product.target.row < 0
    source = target if step.what.given or over_lanes else None
    steps = (*product.target_steps, *product.p_steps, *product.q_steps, *product.lengths)
    sources = [source, target, rows(product.p, "p"), rows(product.q, "q")]
    return kernel_call(name, program.dtype, KERNEL + kernel_of(step), sources, steps)
