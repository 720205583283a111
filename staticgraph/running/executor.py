"""How a call is cut into pieces, spread over threads, and summed."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..machine.blocks import BLOCK_ROWS, RUN_ROWS
from ..machine.dispatch import COMPARERS, common, dispatch, enter
from ..machine.interpreter import DONE, OVERLAPPING, run_machine, run_summing
from ..native.loops import StepsCode
from ..native.running import Running
from ..program.program import Program

# isort: off
from ..records.table import (
    ACCUMULATORS, APART, BODY, CLOSE, GATHERING, GROUP, JOIN, KERNEL_COUNT, LAYOUT, OPEN, RUNS, STEP_COUNT, STEPS, Array,
)  # fmt: skip
# isort: on
from .binding import Binding, Form
from .call import Call, parts
from .choice import Choice
from .cost import work_per_row
from .lazily import Lazily
from .looping import beside_loops, replaced
from .overlap import some_overlap
from .repetition import Repetition
from .scratch import Scratch, address_of, aligned
from .specialization import Code, Specialization
from .threads import Stop, get_num_threads, share

PIECE_NS = 5e5
"""About how long a thread runs before it takes the next piece. The others wait for the last piece of the slowest, which takes about half a
millisecond: with 5 ms two threads were only 1.65 to 1.9 times as fast as one (`bench.choices`). Between pieces Python answers Ctrl-C."""
NATIVE_SPEED = 4.0
"""About how many times as fast as the interpreter compiled code is."""
PARALLEL_NS = 1e5
"""Below this much work the threads' start (about 50 us) does not pay."""
MOST_GROUPS = 64
GROUP_BYTES = 1 << 25
"""Partial sums of parameter gradients that wait for each other: at most so many, and at most so much memory for all of them."""


Engine = Callable[[int, int, int, int], int]
"""Runs stages of a call over rows: the address of a thread's own memory, the first row, the last one, the stages; it returns the status."""


class Executor:
    """Runs one program; may be used by many threads at once, unless the interpreter is to count its ticks (see `run_machine`)."""

    def __init__(self, program: Program, choice: Choice, name: str, laps: int = 0) -> None:
        self.program = program
        self.native = Specialization(program, choice, name)
        self.dtype = program.dtype
        self.width = program.width
        self.work = work_per_row(program)
        self.known = frozenset(map(id, (program.dtype, np.dtype(bool))))
        self.scratch: list[Scratch] = []
        self.uniforms: list[tuple[Array, int]] = []
        self.laps = laps
        self.summing = program.slots > 0
        self.stepping: dict[StepsCode, tuple[Array, ...]] = {}
        self.closing = CLOSE if any(leaf.gradient is not None for leaf in program.parameters) else 0

    @Lazily
    def kernels(self) -> tuple[Array, Array]:
        """Room for the addresses of each instruction's kernels, and of those that belong to none: entered when first needed."""
        return np.zeros((len(self.program), STEP_COUNT), np.int64), np.zeros(KERNEL_COUNT, np.int64)

    @Lazily
    def interpret(self) -> Callable[..., int]:
        """The machine that runs stages of a call by kernels; the first time these are compiled."""
        enter(self.program, self.kernels[1], common(self.program, native=False))
        dispatch(self.program, self.kernels[0])
        return run_summing if self.summing or self.closing else run_machine

    @Lazily
    def opening_apart(self) -> int:
        """The stages that begin a call whose arrays are compared; the first time the kernel for that is compiled."""
        enter(self.program, self.kernels[1], COMPARERS)
        return OPEN | APART

    @Lazily
    def layout(self) -> tuple[Array, ...]:
        """The layout table, with what loops need beside it."""
        return beside_loops(self.program, self.kernels[0], self.laps)

    @Lazily
    def arrays(self) -> tuple[Array, ...]:
        """The arrays whose addresses are in the header of every call's table."""
        program = self.program
        receivers = np.concatenate([np.zeros(0, np.int64), *(np.arange(site.size) + site.gradient for site in program.shared)])
        return program.instructions, *self.kernels, self.layout[0], receivers, np.unique(receivers)

    @Lazily
    def header(self) -> tuple[int, ...]:
        """The header of every call's table (see `table`)."""
        program, entered = self.program, self.arrays[-1]
        instructions, steps, kernels, table, receivers, entering = map(address_of, self.arrays)
        return (
            0, 0, 0, 0, program.lanes, self.width, self.dtype.itemsize, instructions, program.prologue, program.main, steps, kernels, table,
            0, self.laps, program.slots, receivers, entering, len(entered), 1, 0, 0,
        )  # fmt: skip

    def run(self, call: Call) -> bool:
        """Evaluate the program, forward and, where gradients are asked for, backward.

        Returns False, with nothing computed, if a result may share memory with another array, unless the call knows better.
        """
        form, rows = call.form, call.rows
        binding = form.take(call.key, call.arrays, self.header)
        uniforms = self.uniforms.pop() if self.uniforms else self._uniform_tile()
        binding.set(call.arrays, rows, uniforms[1])
        code = self.native.code(binding.build, self.work * rows, rows < self.width)
        engine = self._engine(binding, code)
        row_ns = self.work if code is None else self.work / NATIVE_SPEED
        whole = rows and call.sums is None and (row_ns * rows <= PARALLEL_NS or (call.threads == 1 and row_ns * rows <= PIECE_NS))
        run = partial(self._run_whole, rows) if whole else partial(self._run_in_parts, call, row_ns)
        status = run(binding, engine, OPEN if call.apart else self.opening_apart)
        if status == OVERLAPPING and not some_overlap(binding.call):
            status = run(binding, engine, OPEN)
        self.uniforms.append(uniforms)
        form.give_back(call.key, binding)
        return status == DONE

    def repetition(self, call: Call) -> Repetition | None:
        """Return what makes a call again that has been made, if it is one for a single thread."""
        if self.work * call.rows > PARALLEL_NS or any(id(array.dtype) not in self.known for array in call.arrays):
            return None
        return Repetition(call.form, call.arrays, self.header, call.rows, call.apart)

    def repeat(self, again: Repetition, arrays: Sequence[Any]) -> bool:
        """Make a call again, on these objects; return False, with nothing computed, unless they are arrays of its signature, and apart."""
        uniforms = self.uniforms.pop() if self.uniforms else self._uniform_tile()
        again.binding.set(arrays, again.rows, uniforms[1])
        engine = self._engine(again.binding, self.native.code(again.binding.build, self.work * again.rows, again.rows < self.width))
        status = self._run_whole(again.rows, again.binding, engine, OPEN if again.apart else self.opening_apart)
        self.uniforms.append(uniforms)
        return status == DONE

    def _run_whole(self, rows: int, binding: Binding, engine: Engine, opening: int) -> int:
        """Run the whole batch at once, with all stages in one call; return the status."""
        scratch = self._take((rows - 1) // BLOCK_ROWS + 1, binding)
        status = engine(scratch.address, 0, rows, opening | BODY | self.closing)
        self.scratch.append(scratch)
        return status

    def run_row(self, form: Form, arrays: Sequence[Array]) -> Callable[[], Any]:
        """Return what evaluates one row of these arrays again and again; one thread at a time may call it."""
        binding, uniforms, scratch = Binding(form, arrays, self.header), self._uniform_tile(), self._scratch()
        binding.set(arrays, 1, uniforms[1])
        return partial(self._run_row, binding, scratch, (uniforms, arrays), OPEN | BODY | self.closing)

    def _run_row(self, binding: Binding, scratch: Scratch, _: Any, stages: int) -> None:
        """Evaluate the first row; what is not used is what the table has the addresses of."""
        self._engine(binding, self.native.code(binding.build, self.work, few=True))(scratch.address, 0, 1, stages)

    def _run_in_parts(self, call: Call, row_ns: float, binding: Binding, engine: Engine, opening: int) -> int:
        """Run the stages one after another, the body in parts; return the status."""
        scratch = self._take(1, binding)
        if engine(scratch.address, 0, 0, opening) == OVERLAPPING:
            self.scratch.append(scratch)
            return OVERLAPPING
        threads = (call.threads or get_num_threads()) if call.rows * row_ns > PARALLEL_NS else 1
        by_runs, piece = self._by_runs(call.rows, threads), max(1, int(PIECE_NS / (row_ns * self.program.lanes))) * self.program.lanes
        sums = (self._share_runs if by_runs else self._share)(call.rows, binding, engine, piece, threads)
        if self.closing:
            levels = (-(-call.rows // BLOCK_ROWS) - 1).bit_length() if by_runs else 0
            stack = np.empty((levels + 2, self.program.slots), self.dtype) if by_runs else sums
            own = Scratch(scratch.tile, sums if by_runs else scratch.accumulators, scratch.totals, stack)
            self._close(own, engine, RUNS if by_runs else JOIN, call)
        self.scratch.append(scratch)
        return DONE

    def _close(self, scratch: Scratch, engine: Engine, joining: int, call: Call) -> None:
        """Join the sums of groups or runs, and bring them through the prologue, unless the call is on a part of a batch or ends one."""
        if call.sums is None:
            engine(scratch.address, 0, 0, self.closing | joining)
        elif call.rows:
            engine(scratch.address, 0, 0, joining)
            call.sums[:] = scratch.stack[-1]
        else:
            scratch.stack[-1] = call.sums
            engine(scratch.address, 0, 0, self.closing)

    def _by_runs(self, rows: int, threads: int) -> bool:
        """Whether blocks are so few that threads share their runs, whose accumulators then wait to be added in order.

        10,000 rows are a block and a fifth of one: two threads took 1.5 times as long as with runs (mixture).
        """
        runs, vector = -(-rows // RUN_ROWS) + 1, self.program.slots * self.width * self.dtype.itemsize
        return self.summing and threads > 1 and rows < BLOCK_ROWS * 4 * threads and runs * vector <= GROUP_BYTES

    def _share(self, rows: int, binding: Binding, engine: Engine, piece: int, threads: int) -> Array:
        """Let threads run the body; return the sums over rows of groups of blocks, with a row more."""
        bounds = self._groups(binding, rows) if self.summing else parts(rows, self.program.lanes, self.width, piece, threads)
        group = int(binding.call[GROUP])
        sums = np.zeros((len(bounds), self.program.slots), self.dtype)

        def work(numbers: Iterator[int], stop: Stop) -> None:
            scratch = self._take(group, binding)
            for number in numbers:
                if not _run_rows(engine, scratch, bounds[number], bounds[number + 1], piece, stop):
                    return
                sums[number] = scratch.stack[-1]
            self.scratch.append(scratch)

        share(work, len(bounds) - 1, threads)
        return sums

    def _share_runs(self, rows: int, binding: Binding, engine: Engine, piece: int, threads: int) -> Array:
        """Let threads run the body; return the accumulators of each run, and of the rows beyond the whole vectors."""
        whole = rows // self.width * self.width
        bounds = [*range(0, whole, RUN_ROWS), *([whole] if whole < rows else []), rows]
        runs = aligned((len(bounds) - 1) * self.program.slots * self.width, self.dtype).reshape(len(bounds) - 1, -1)
        binding.call[GROUP] = 0

        def work(numbers: Iterator[int], stop: Stop) -> None:
            scratch = self._take(0, binding)
            own = Scratch(scratch.tile, runs, scratch.totals, scratch.stack)
            first, pitch = int(own.table[ACCUMULATORS]), runs.strides[0]
            for number in numbers:
                own.table[ACCUMULATORS] = first + number * pitch
                if not _run_rows(engine, own, bounds[number], bounds[number + 1], piece, stop):
                    return
            self.scratch.append(scratch)

        share(work, len(bounds) - 1, threads)
        return runs

    def _groups(self, binding: Binding, rows: int) -> list[int]:
        """Return where groups of blocks begin, and where the last one ends: nodes of one level of the tree of blocks."""
        blocks = -(-rows // BLOCK_ROWS)
        most = max(1, min(MOST_GROUPS, GROUP_BYTES // (self.program.slots * self.dtype.itemsize)))
        group = 1
        while -(-blocks // group) > most:
            group *= 2
        binding.call[GROUP] = group
        return [*range(0, rows, group * BLOCK_ROWS), rows]

    def _engine(self, binding: Binding, code: Code | None) -> Engine:
        """Return what runs stages for the arrays of a binding, which remembers it: compiled code, or the interpreter if there is none."""
        if code is None or isinstance(code, StepsCode):
            if binding.interpreted is None:
                binding.interpreted = partial(self.interpret, binding.address)
            if code is not None:
                self._place(code, binding)
            return binding.interpreted
        if binding.running is None or binding.running.code is not code:
            if not self.kernels[1][GATHERING]:  # the kernels that compiled code needs beside it are entered when it first runs
                dispatch(self.program, self.kernels[0][: self.program.prologue])
                enter(self.program, self.kernels[1], common(self.program, native=True))
            binding.running = Running(self.program, code, binding.call, aligned)
        return binding.running.run

    def _place(self, code: StepsCode, binding: Binding) -> None:
        """Let the interpreter find compiled code in the place of kernels."""
        program, kernels = self.program, self.kernels[0]
        if code not in self.stepping:
            made = beside_loops(program, kernels, self.laps, code) if program.loops else replaced(kernels, code)
            self.stepping.setdefault(code, made)
        binding.call[LAYOUT if program.loops else STEPS] = address_of(self.stepping[code][0])

    def _uniform_tile(self) -> tuple[Array, int]:
        """Return a uniform tile that holds the constants, with room for one element a row behind it, and its address."""
        rows = self.program.uniforms
        made = aligned(rows * self.width + rows, self.dtype)
        packed, constants, first = self.program.packed, self.program.constants, self.program.packed_rows
        made[: len(packed)] = packed
        made[: rows * self.width].reshape(-1, self.width)[first : first + len(constants)] = constants[:, None]
        return made, made.ctypes.data

    def _take(self, group: int, binding: Binding) -> Scratch:
        """Return memory for a thread that sums groups of so many blocks, perhaps that of an earlier call."""
        binding.call[GROUP] = group
        levels = (group - 1).bit_length()
        scratch = self.scratch.pop() if self.scratch else self._scratch()
        if len(scratch.stack) < levels + 2:
            stack = np.empty((levels + 2, self.program.slots), self.dtype)
            scratch = Scratch(scratch.tile, scratch.accumulators, scratch.totals, stack)
        return scratch

    def _scratch(self) -> Scratch:
        rows, slots = self.program.rows * self.program.lanes, self.program.slots * self.width
        stack = np.empty((2, self.program.slots), self.dtype)
        return Scratch(aligned(rows, self.dtype), aligned(slots, self.dtype), aligned(slots, self.dtype), stack)


def _run_rows(engine: Engine, scratch: Scratch, first: int, last: int, piece: int, stop: Stop) -> bool:
    """Run rows from `first` to `last` piece by piece; return whether all have been run."""
    for start in range(first, last, piece):
        if stop.requested:
            return False
        engine(scratch.address, start, min(start + piece, last), BODY)
    return True
