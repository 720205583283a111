"""How a batch is cut into tiles, spread over threads, and summed."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .cost import work_per_row
from .instruction import FIELD_OFFSETS, VECTOR_BYTES
from .interpreter import BACKWARD, BOOLEAN, FORWARD, GRADIENT, GUARDED, REAL, run_tiles
from .native.arrays import reach
from .native.choice import Choice
from .native.running import Running
from .native.specialization import Specialization
from .program import Leaf, Program
from .threads import Stop, get_num_threads, share
from .transfers import NO_OFFSETS, NO_SEEDS, NO_TRANSFERS, Array, Transfers

PIECE_NS = 5e5
"""A kernel runs for about this long, and then its thread takes the next piece: with 5 ms a piece 2 threads were 1.65 to 1.9 times as fast
as one, since one waits for the other's last piece. Between pieces Python answers Ctrl-C."""
LEAST_NATIVE_NS = 2e4
"""Below this much work compiled code does not pay: preparing its call takes about as long."""
NATIVE_SPEED = 4.0
"""About how many times as fast as the interpreter compiled code is."""
PARALLEL_NS = 1e5
"""Below this much work the threads' start (about 50 us) does not pay."""
Scratch = tuple[Array, Array, Array]
"""A tile, accumulators for the sums over its rows, and totals over a block of tiles. Adding each tile's sums to totals makes the error of
a sum of a million equal float32 numbers 8e-7 instead of 9e-6; it costs 7 % on a network of 1,633 parameters."""
MOST_BLOCKS = 64
BLOCK_BYTES = 1 << 25
"""Partial sums of parameter gradients: at most so many, and at most so much memory for all of them."""


@dataclass
class Call:
    """One evaluation: arrays of the program's dtype, each with a batch axis or with none where it is the same for every row.

    Attributes
    ----------
    rows : int
        The batch size.
    inputs, parameters : sequence of (array, batched)
        For each of the program's inputs and parameters.
    values : sequence of arrays
        Where the outputs go, `(rows, *shape)` each; none where they are not asked for.
    gradients : sequence of arrays, or None
        Where the gradients of the program's inputs and parameters go, `(rows, *shape)` and `shape`; None for no backward pass.
    cotangents : sequence of (array, batched), or None
        Upstream gradients of the outputs; None for 1.
    weights : (array, batched), or None
        What multiplies each row's upstream gradient.
    """

    rows: int
    inputs: Sequence[tuple[Array, bool]]
    parameters: Sequence[tuple[Array, bool]]
    values: Sequence[Array]
    gradients: Sequence[Array | None] | None
    cotangents: Sequence[tuple[Array, bool]] | None
    weights: tuple[Array, bool] | None
    threads: int | None


def aligned(size: int, dtype: np.dtype[Any]) -> Array:
    """Return uninitialised memory that starts at a vector's boundary."""
    memory = np.empty(size * dtype.itemsize + VECTOR_BYTES, np.uint8)
    start = -memory.ctypes.data % VECTOR_BYTES
    return memory[start : start + size * dtype.itemsize].view(dtype)


def count_tiles(rows: int, lanes: int, width: int) -> int:
    """Return how many tiles a batch has: those of its whole vectors, and one of the rows beyond them.

    So the zeros that fill a vector are in a tile of one vector, and only it pays for guarding against them.
    """
    whole, beyond = divmod(rows, width)
    return -(-whole * width // lanes) + (beyond > 0)


class Executor:
    """Runs one program; may be used by many threads at once, unless the interpreter is to count its ticks (see `run_tiles`)."""

    def __init__(self, program: Program, choice: Choice, name: str, laps: int = 0) -> None:
        self.program = program
        self.laps = laps
        self.native = Specialization(program, choice, name)
        self.dtype = program.dtype
        self.width = program.width
        self.work = work_per_row(program)
        self.words = program.instructions.view(np.int32).reshape(-1, len(FIELD_OFFSETS))
        self.tiles: list[Scratch] = []
        self.uniform_tiles: list[Array] = []
        self.receivers = np.concatenate([np.zeros(0, np.intp), *(np.arange(site.size) + site.gradient for site in program.shared)])
        self.entries = _runs(np.unique(self.receivers))
        self.one = np.ones((), self.dtype)
        self.nothing = np.zeros(0, self.dtype)

    def run(self, call: Call) -> None:
        """Evaluate the program, forward and, where gradients are asked for, backward."""
        backward = call.gradients is not None
        uniforms = self.take_uniforms()
        try:
            self._prologue(call, uniforms)
            total = self._body(call, uniforms, backward)
            if backward:
                self._finish(call, uniforms, total)
        finally:
            self.uniform_tiles.append(uniforms)

    def take_uniforms(self) -> Array:
        """Return a uniform tile that holds the constants; scratch is kept for the next call."""
        try:
            return self.uniform_tiles.pop()
        except IndexError:
            made = aligned(self.program.uniforms * self.width, self.dtype)
            count = len(self.program.constants)
            made.reshape(-1, self.width)[:count] = self.program.constants[:, None]
            return made

    def take_tile(self) -> Scratch:
        """Return a tile, accumulators for a tile's sums and for a block's, perhaps those of an earlier call."""
        try:
            return self.tiles.pop()
        except IndexError:
            rows, slots = self.program.rows * self.program.lanes, self.program.slots * self.width
            return aligned(rows, self.dtype), aligned(slots, self.dtype), aligned(slots, self.dtype)

    def _prologue(self, call: Call, uniforms: Array) -> None:
        """Bring the parameters into the uniform tile and compute what follows from them."""
        rows = uniforms.reshape(-1, self.width)
        for leaf, (array, _) in zip(self.program.parameters, call.parameters, strict=True):
            rows[leaf.row : leaf.row + leaf.size] = array.reshape(-1, 1)
        if self.program.prologue:
            self._run_prologue(uniforms, FORWARD)

    def _run_prologue(self, uniforms: Array, what: int) -> None:
        program = self.program
        run_tiles(
            self.words, 0, program.prologue, program.table, uniforms, uniforms, self.nothing, self.nothing,
            NO_TRANSFERS, NO_TRANSFERS, NO_SEEDS, NO_TRANSFERS, NO_OFFSETS, self.width, 0, 1, self.width, what, self.laps,
        )  # fmt: skip

    def tables(self, call: Call) -> tuple[Array, ...]:
        """Return the tables of what is read, written and seeded, and the elements' offsets."""
        program, transfers = self.program, Transfers()
        for leaf, (array, batched) in zip(program.inputs, call.inputs, strict=True):
            transfers.add(array, batched, leaf.row)
        reads = transfers.table()
        for output, array in zip(program.outputs, call.values, strict=False):
            transfers.add(array, True, output.row, BOOLEAN if output.boolean else REAL)
        values = transfers.table()
        if call.gradients is None:
            return reads, values, NO_SEEDS, NO_TRANSFERS, transfers.all_offsets()
        transfers.add(*(call.weights or (self.one, False)), 0)
        for number, output in enumerate(program.outputs):
            if output.gradient is not None:
                transfers.add(*(call.cotangents[number] if call.cotangents else (self.one, False)), output.gradient)
        seeds = transfers.table()
        for leaf, gradient in zip(program.inputs, call.gradients, strict=False):
            if leaf.gradient is not None and gradient is not None:
                transfers.add(gradient, True, leaf.gradient, GRADIENT)
        return reads, values, seeds, transfers.table(), transfers.all_offsets()

    def _compiled(self, call: Call, uniforms: Array) -> Running | None:
        """Return compiled code for the whole vectors of the batch; None if the interpreter is to run them."""
        program, rows = self.program, call.rows // self.width * self.width
        if self.work * rows < LEAST_NATIVE_NS:
            return None
        seeded = call.cotangents is not None or call.weights is not None
        code = self.native.code(seeded, self.work * rows)
        if code is None:
            return None
        seeds = (call.cotangents or [(self.one, False)] * len(program.outputs)) if seeded else None
        weights = call.weights or (self.one, False)
        arrays = reach(program, code, call.rows, call.inputs, call.values, call.gradients, seeds, weights)
        return Running(program, code, arrays, uniforms, rows, aligned)

    def _body(self, call: Call, uniforms: Array, backward: bool) -> Array:
        """Run all tiles; return the sums over rows, one for each accumulator."""
        program, compiled = self.program, self._compiled(call, uniforms)
        tiles = count_tiles(call.rows, program.lanes, self.width)
        whole = 0 if compiled is None else tiles - (call.rows % self.width > 0)
        summing = backward and program.slots > 0
        row_ns = self.work if compiled is None else self.work / NATIVE_SPEED
        piece = max(1, int(PIECE_NS / (row_ns * program.lanes)))
        threads = (call.threads or get_num_threads()) if call.rows * row_ns > PARALLEL_NS else 1
        if summing:
            blocks = max(1, min(tiles, MOST_BLOCKS, BLOCK_BYTES // (program.slots * self.dtype.itemsize)))
        else:
            blocks = max(1, min(tiles, max(-(-tiles // piece), 4 * threads)))
        sums = np.zeros((blocks if summing else 1, program.slots), self.dtype)
        interpret = self._interpreter(call, uniforms, backward) if tiles > whole else None

        def work(numbers: Iterator[int], stop: Stop) -> None:
            scratch = self.take_tile()
            _, accumulators, totals = scratch
            run = None if compiled is None else compiled.worker(accumulators, totals)
            for block in numbers:
                first, last = block * tiles // blocks, (block + 1) * tiles // blocks
                totals.fill(-0.0)
                for start in range(first, last, piece):
                    if stop.requested:
                        return
                    end = min(start + piece, last)
                    if run is not None and start < whole:
                        run(start, min(end, whole))
                    if interpret is not None and end > whole:
                        interpret(scratch, max(start, whole), end)
                if summing:
                    sums[block] = _sum_lanes(totals.reshape(-1, self.width))
            self.tiles.append(scratch)

        if tiles:
            share(work, blocks, threads)
        return _sum_blocks(sums) if summing else sums[0]

    def _interpreter(self, call: Call, uniforms: Array, backward: bool) -> Callable[[Scratch, int, int], None]:
        """Return what interprets the program over tiles from a first to a last one."""
        program = self.program
        guarded = GUARDED if call.weights is not None or call.cotangents is not None else 0
        what = FORWARD | (BACKWARD | guarded if backward else 0)
        reads, values, seeds, gradients, offsets = self.tables(call)

        def interpret(scratch: Scratch, first: int, last: int) -> None:
            tile, accumulators, totals = scratch
            run_tiles(
                self.words, program.prologue, len(program), program.table, tile, uniforms, accumulators, totals,
                reads, values, seeds, gradients, offsets, call.rows, first, last, program.lanes, what, self.laps,
            )  # fmt: skip

        return interpret

    def _finish(self, call: Call, uniforms: Array, total: Array) -> None:
        """Bring the sums through the prologue's backward pass, and write the gradients that the tiles did not."""
        program, rows = self.program, uniforms.reshape(-1, self.width)
        assert call.gradients is not None
        if program.slots:
            entered = np.full(program.uniforms, -0.0, self.dtype)
            with np.errstate(all="ignore"):
                np.add.at(entered, self.receivers, total)  # one after another, in the order of the accumulators
            for first, last in self.entries:
                rows[first:last] = entered[first:last, None]
        if program.prologue:
            self._run_prologue(uniforms, BACKWARD | GUARDED)
        found = _cleaned(rows[:, 0]) if program.parameters else self.nothing
        leaves: tuple[Leaf, ...] = (*program.inputs, *program.parameters)
        for number, (leaf, gradient) in enumerate(zip(leaves, call.gradients, strict=True)):
            if gradient is None:
                continue
            if leaf.gradient is None:
                gradient[...] = 0
            elif number >= len(program.inputs):
                gradient[...] = found[leaf.gradient : leaf.gradient + leaf.size].reshape(gradient.shape)


def _cleaned(found: Array) -> Array:
    """Return numbers as tiles are stored: without -0.0, and with one NaN."""
    with np.errstate(all="ignore"):
        cleaned: Array = found + 0
    cleaned[np.isnan(cleaned)] = np.nan
    return cleaned


def _runs(numbers: Array) -> list[tuple[int, int]]:
    """Return where runs of consecutive numbers begin and end: to copy slices, at a third of the time of copying by the numbers."""
    parts = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    return [(int(part[0]), int(part[-1]) + 1) for part in parts if len(part)]


def _sum_lanes(accumulators: Array) -> Array:
    """Return the sum over the lanes, halves added to halves; with the lanes in front, as 1,633 sums of 8 took 24 us otherwise, not 9."""
    sums = np.ascontiguousarray(accumulators.T)
    with np.errstate(all="ignore"):
        while len(sums) > 1:
            half = len(sums) // 2
            sums = sums[:half] + sums[half:]
    total: Array = sums[0]
    return total


def _sum_blocks(sums: Array) -> Array:
    """Return the sum over the blocks, halves added to halves: a shape that no thread count changes."""
    with np.errstate(all="ignore"):
        while len(sums) > 1:
            half = math.ceil(len(sums) / 2)
            sums[: len(sums) - half] += sums[half:]
            sums = sums[:half]
    total: Array = sums[0]
    return total
