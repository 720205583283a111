"""Functions over a batch without a machine beside them: the stages of a program of one lane, and loops around them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from llvmlite import ir
from numba.core import cgutils

from ..lanes.decode import integer as number
from ..lanes.types import INT
from ..program.program import Program
from .alone import Alone, alone
from .frame import SEEDS, SUMS, TOTALS
from .size import TooLargeError
from .summing import Sums
from .whole import ALL, BODY, CLOSE, OPEN, SUMMED, UNIFORM, Whole

STAGES = {ALL: "row", OPEN: "open", BODY: "body", CLOSE: "close"}
MOST_SLOTS, MOST_HELD = 1 << 13, 1 << 16
"""Accumulators, and uniform values that wait in memory: they lie on the caller's stack, 128 and 8 bytes each."""
BYTE, STATUS = ir.IntType(8), ir.IntType(32)
POINTER = BYTE.as_pointer()
DONE, NEGATIVE_ROWS, NO_ADDRESS = range(3)
"""What a function returns."""


@dataclass(frozen=True)
class Array:
    """An argument or a result of a function over a batch.

    Attributes
    ----------
    name : str
    shape : tuple of int
        Of a row.
    varying : bool
        Whether there are such for each row.
    place : tuple of (int, int) or None
        Its kind and number in the program (see `frame`); None for an argument that nothing reads, and for a result that is 0.
    boolean : bool
        Whether an element is a byte.
    """

    name: str
    shape: tuple[int, ...]
    varying: bool
    place: tuple[int, int] | None
    boolean: bool = False

    @property
    def size(self) -> int:
        """Elements of a row."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Entry:
    """A function to be made: a program with its arguments and results in the caller's order.

    A parameter that is no argument may have any value: what is asked for does not follow from it.
    """

    name: str
    program: Program
    arguments: tuple[Array, ...]
    results: tuple[Array, ...]

    @property
    def arrays(self) -> tuple[Array, ...]:
        """The arguments and then the results."""
        return self.arguments + self.results

    @property
    def seeded(self) -> bool:
        """Whether upstream gradients are among the arguments."""
        return any(each.place is not None and each.place[0] == SEEDS for each in self.arguments)

    @property
    def summing(self) -> bool:
        """Whether a result is a sum over rows."""
        return any(each.place is not None and each.place[0] == SUMS for each in self.results)


STRIDED = "strided"
"""What the function is called that is given the bytes from row to row of every array, behind their addresses."""


class Written(NamedTuple):
    """An entry with the functions of its stages."""

    entry: Entry
    row: Alone
    batch: tuple[Alone, Alone, Alone]

    @property
    def stages(self) -> list[Alone]:
        """All functions."""
        return [self.row, *self.batch]

    @property
    def cut(self) -> bool:
        """Whether what reads a row is cut, so that some of it is read when some of its results have been written."""
        return self.row.cut or self.batch[1].cut


def write(entry: Entry) -> Written:
    """Return an entry's functions; `TooLargeError` if a program has too many operations, or more sums than a stack should hold."""
    check(entry)
    row, opening, body, closing = (alone(entry.program, entry.seeded, stage, f"{entry.name}.{name}") for stage, name in STAGES.items())
    return Written(entry, row, (opening, body, closing))


def library(entries: Sequence[Written], adapt: Callable[[ir.Module], None] | None = None) -> str:
    """Return the module of entries.

    Each has `NAME`, for a batch, `NAME_row`, for one row, `NAME_table`, for a batch by tables of addresses, and `NAME_strided`, for arrays
    whose rows lie any number of bytes apart.

    Parameters
    ----------
    entries : sequence of Written
    adapt : callable, optional
        Writes further functions into the module.
    """
    module, stages = ir.Module(), [stage for each in entries for stage in each.stages]
    definitions: dict[str, str] = {}
    for entry, row, batch in entries:
        _row(module, entry, row)
        _strided(module, entry, *batch)
        _batch(module, entry)
        _table(module, entry)
    if adapt is not None:
        adapt(module)
    for each in stages:
        definitions.update(each.definitions)
    written = [each.functions for each in stages]
    return "\n".join([*definitions.values(), *written, _without_declarations(str(module), [each.name for each in stages])])


def _without_declarations(text: str, names: Sequence[str]) -> str:
    """Return a module's text without its head, and without declarations of functions that stand beside it."""
    declared = tuple(f'@"{name}"' for name in names)
    lines = [line for line in text.splitlines() if not line.startswith("target ")]
    return "\n".join(line for line in lines if not (line.startswith("declare") and any(name in line for name in declared)))


def check(entry: Entry) -> None:
    """Raise `TooLargeError` for an entry that cannot run without a machine beside it."""
    program = entry.program
    held = len(Whole(program, False, OPEN).held)
    if (entry.summing and program.slots > MOST_SLOTS) or held > MOST_HELD:
        raise TooLargeError(
            f"the function has {program.slots} sums over rows (at most {MOST_SLOTS}) and {held} values computed of parameters alone (at "
            f"most {MOST_HELD}): code without a machine beside it keeps them on the stack"
        )
    slots = [slot for each in program.instructions[program.prologue :] for slot in (each["to_a"], each["to_b"]) if slot < 0]
    if entry.summing and len(set(slots)) < len(slots):
        raise TooLargeError("a parameter is a factor of several matrix products: their sums over rows need the machine's tiles")


class _Driver:
    """A function that is being written, with the addresses that it is given."""

    def __init__(self, module: ir.Module, entry: Entry, name: str, others: Sequence[Any]) -> None:
        self.entry, self.program = entry, entry.program
        self.element = ir.DoubleType() if self.program.dtype.itemsize == 8 else ir.FloatType()
        types = [POINTER] * len(entry.arrays) + list(others)
        self.function = ir.Function(module, ir.FunctionType(STATUS, types), name)
        self.builder = ir.IRBuilder(self.function.append_basic_block())
        self.addresses = list(self.function.args[: len(entry.arrays)])
        self.rest = list(self.function.args[len(entry.arrays) :])

    def refuse(self, condition: Any, status: int) -> None:
        """Return a status where a condition holds."""
        with self.builder.if_then(condition):
            self.builder.ret(ir.Constant(STATUS, status))

    def refuse_nowhere(self) -> None:
        """Refuse arrays without an address."""
        for address in self.addresses:
            self.refuse(self.builder.icmp_unsigned("==", address, ir.Constant(POINTER, None)), NO_ADDRESS)

    def bytes_of(self, array: Array) -> int:
        """Return how many bytes a row of an array takes."""
        return array.size * (1 if array.boolean else self.program.dtype.itemsize)

    def call(self, stage: Alone, row: Any, uniform: Any = None, summed: Any = None, totals: Any = None) -> None:
        """Call a stage for a row of the batch."""
        builder, given = self.builder, []
        steps = self.rest or [number(0)] * len(self.addresses)
        where = {array.place: place for array, *place in zip(self.entry.arrays, self.addresses, steps, strict=False)}
        for place in stage.arrays:
            if place[0] == TOTALS:
                given.append(totals)
            elif place in where:
                address, step = where[place]
                given.append(builder.gep(address, [builder.mul(row, step)]))
            else:
                given.append(self.nowhere(place))
        given += [{UNIFORM: uniform, SUMMED: summed}[other] for other in stage.others]
        declared = ir.FunctionType(ir.VoidType(), [POINTER] * len(given))
        function = cgutils.get_or_insert_function(builder.module, declared, stage.name)
        builder.call(function, [builder.bitcast(each, POINTER) for each in given])

    def nowhere(self, place: tuple[int, int]) -> Any:
        """Return memory for what nobody asked for, or gave."""
        program = self.program
        inputs, parameters = ([leaf.size for leaf in leaves] for leaves in (program.inputs, program.parameters))
        sizes = [inputs, [], [each.size for each in program.outputs], inputs, parameters, parameters]
        with self.builder.goto_entry_block():
            return self.builder.bitcast(self.builder.alloca(self.element, sizes[place[0]][place[1]]), POINTER)

    def memory(self, count: int) -> Any:
        """Return memory for so many numbers."""
        return self.builder.alloca(self.element, number(max(1, count)))

    def zero_fill(self, rows: Any) -> None:
        """Fill the results that are 0 whatever the data."""
        builder, first = self.builder, len(self.entry.arguments)
        for order, array in enumerate(self.entry.results, first):
            if array.place is None:
                with cgutils.for_range(builder, rows if array.varying else number(1), intp=INT) as row:
                    begin = builder.mul(row.index, self.rest[order] if self.rest else number(0))
                    with cgutils.for_range(builder, number(self.bytes_of(array)), intp=INT) as loop:
                        builder.store(ir.Constant(BYTE, 0), builder.gep(self.addresses[order], [builder.add(begin, loop.index)]))


def _row(module: ir.Module, entry: Entry, row: Alone) -> None:
    """Write the function for one row."""
    driver = _Driver(module, entry, f"{entry.name}_row", [])
    driver.refuse_nowhere()
    driver.call(row, number(0))
    driver.zero_fill(number(1))
    driver.builder.ret(ir.Constant(STATUS, DONE))


def _batch(module: ir.Module, entry: Entry) -> None:
    """Write the function for rows that lie one after another."""
    driver = _Driver(module, entry, entry.name, [INT])
    builder, (rows,) = driver.builder, driver.rest
    driver.refuse(builder.icmp_signed("<", rows, number(0)), NEGATIVE_ROWS)
    driver.refuse_nowhere()
    steps = [number(driver.bytes_of(array) if array.varying else 0) for array in entry.arrays]
    builder.ret(builder.call(module.globals[f"{entry.name}_{STRIDED}"], [*driver.addresses, *steps, rows]))


def _strided(module: ir.Module, entry: Entry, opening: Alone, body: Alone, closing: Alone) -> None:
    """Write the function for a batch whose rows lie any number of bytes apart."""
    driver = _Driver(module, entry, f"{entry.name}_{STRIDED}", [INT] * (len(entry.arrays) + 1))
    builder, (*driver.rest, rows) = driver.builder, driver.rest
    uniform = driver.memory(len(Whole(entry.program, False, OPEN).held))
    driver.call(opening, number(0), uniform=uniform)
    if entry.summing:
        sums = Sums(
            builder, driver.element, entry.program.slots, entry.program.width, rows,
            lambda row, lane: driver.call(body, row, uniform=uniform, summed=lane),
        )  # fmt: skip
        totals = sums.total()
        driver.call(closing, number(0), uniform=uniform, totals=totals)
    else:
        unused = driver.memory(entry.program.slots * entry.program.width)
        with cgutils.for_range(builder, rows, intp=INT) as loop:
            driver.call(body, loop.index, uniform=uniform, summed=unused)
    driver.zero_fill(rows)
    builder.ret(ir.Constant(STATUS, DONE))


def _table(module: ir.Module, entry: Entry) -> None:
    """Write the function that takes tables of the arguments' and the results' addresses."""
    declared = ir.FunctionType(STATUS, [POINTER.as_pointer(), POINTER.as_pointer(), INT])
    function = ir.Function(module, declared, f"{entry.name}_table")
    builder = ir.IRBuilder(function.append_basic_block())
    arguments, results, rows = function.args
    for table in (arguments, results):
        with builder.if_then(builder.icmp_unsigned("==", table, ir.Constant(table.type, None))):
            builder.ret(ir.Constant(STATUS, NO_ADDRESS))
    given = [builder.load(builder.gep(arguments, [number(place)])) for place in range(len(entry.arguments))]
    given += [builder.load(builder.gep(results, [number(place)])) for place in range(len(entry.results))]
    builder.ret(builder.call(module.globals[entry.name], [*given, rows]))
