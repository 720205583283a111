"""Measure again what constants of the package were chosen for: `python -m bench.choices [name ...]`, or `--list`.

Each constant is compared with its neighbours on the case that the reason beside it names: a process for each value (`bench.altered`),
which are asked in turns, so that a slow moment of the machine falls on all of them, and all that again in new processes, since the pages
that a process happens to get are worth up to a tenth. The fewest seconds count. A ratio above 1 is how many times as long the neighbour
takes; the spread is by how much the fewest seconds of the chosen value's own processes differ.

Not here are constants that bound memory, stack or the error of a result, and those that say what is worth starting at all (a thread, a
compilation) from an estimate of the work.
"""

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from . import inputs
from .altered import READY
from .cases import CASES, Case, case
from .machine import conditions
from .scans import PENDULUM, RECURRENT
from .works import Work

PROCESSES, ROUNDS = 3, 7
"""Of each value, one process after another, and rounds of each; compiling has one, which takes as long as all others."""
Number = int | float


def _sum_of(length: int) -> Case:
    """Return the case of a sum along an axis; its arguments stay in a cache, so that sums are what takes time."""
    name = f"sum of {length}"
    return Case(name, lambda library, x: library.sum(x), {"x": (length,)}, inputs.normal(length), full=60_000 // length)


def _products_of(length: int) -> Case:
    """Return the case of a sum of products along an axis."""
    name, shape = f"sum of {length} products", {"x": (length,), "y": (length,)}

    def draw(rows: int, generator: Any) -> inputs.Arguments:
        return generator.normal(size=(rows, length)), generator.normal(size=(rows, length))

    return Case(name, lambda library, x, y: library.sum(x * y), shape, draw, full=60_000 // length)


def _product(length: int) -> Case:
    """Return the case of a square matrix of parameters times one of `length` by 4 in each row."""

    def draw(rows: int, generator: Any) -> inputs.Arguments:
        return generator.normal(size=(rows, length, 4)), generator.normal(size=(length, length))

    return Case(
        f"product of {length} x {length} and {length} x 4", lambda library, x, w: library.sum(library.tanh(w @ x)),
        {"x": (length, 4)}, draw, full=200_000 // length, parameters={"w": (length, length)},
    )  # fmt: skip


TWO = Case("sum of two numbers", lambda library, x, y: x + y, {"x": (), "y": ()}, inputs.uniform((-1.0, 1.0), (-1.0, 1.0)), full=100_000)
TANH = Case("tanh", lambda library, x: library.tanh(x), {"x": ()}, inputs.uniform((-2.0, 2.0)), full=400_000)
POWER = Case("power", lambda library, x, y: library.power(x, y), {"x": (), "y": ()}, inputs.uniform((0.1, 4.0), (-3.0, 3.0)), full=400_000)
WIDE = Case("1,000 elements", lambda library, x: library.maximum(2.0 * x, x - 1.0), {"x": (1000,)}, inputs.normal(1000), full=4_000)
LONGEST = next((each for each in CASES if each.name == "prospero"), case("scene"))
"""The longest program: that of prospero, where its file is (`STATICGRAPH_PROSPERO`)."""


@dataclass(frozen=True)
class Choice:
    """A constant of a module of the package, values beside the chosen one, and what is measured."""

    module: str
    name: str
    neighbours: tuple[Number, ...]
    work: Work

    @property
    def chosen(self) -> Number:
        """The value that the constant has."""
        value: Number = getattr(importlib.import_module(f"staticgraph.{self.module}"), self.name)
        return value

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


CHOICES = (
    Choice("program.program", "TILE_BYTES", (1 << 20, 1 << 21, 1 << 22), Work(LONGEST, "interpreter", rows=16_384)),
    Choice("program.program", "SMALL_TILE_BYTES", (3 << 10, 6 << 10, 24 << 10), Work(TWO, "interpreter", gradient=False)),
    Choice("gates.polynomials", "LONG", (4, 99), Work(TANH, "interpreter", gradient=False)),
    Choice("gates.polynomials", "LONG", (4, 99), Work(POWER, "interpreter", gradient=False)),
    Choice("gates.order", "PARTIALS", (4, 16), Work(_sum_of(100), "interpreter", gradient=False)),
    Choice("gates.order", "PARTIALS", (4, 16), Work(_sum_of(100), "interpreter", gradient=False, dtype="float32")),
    Choice("gates.order", "ROUNDS", (8, 32), Work(_sum_of(1000), "interpreter", gradient=False)),
    Choice("gates.order", "CHUNK", (16, 64), Work(_product(64), "interpreter")),
    Choice("lanes.along", "SHORT", (0,), Work(_sum_of(3), "interpreter", gradient=False)),
    Choice("lanes.along", "SHORT", (8,), Work(_sum_of(7), "interpreter", gradient=False)),
    Choice("lanes.sums_of_products", "BLOCK", (2, 8), Work(_product(64), "interpreter")),
    Choice("lanes.sums_of_products", "PAIR", (1, 4), Work(_product(64), "interpreter")),
    Choice("machine.blocks", "RUN_ROWS", (128, 512, 2048), Work(case("network_by_weights"))),
    Choice("native.schedule", "MOST_ALONE", (4000,), Work(case("lennard_jones"))),
    Choice("native.schedule", "MOST_INSTRUCTIONS", (500, 2000, 4000), Work(LONGEST, rows=16_384)),
    Choice("native.schedule", "MOST_INSTRUCTIONS", (500, 2000, 4000), Work(LONGEST, compiling=True)),
    Choice("native.schedule", "LONG", (10, 300), Work(case("pendulum"))),
    Choice("native.schedule", "MOST_LONG", (0,), Work(case("black_scholes"))),
    Choice("native.schedule", "MOST_LONG", (100_000,), Work(case("pendulum"))),
    Choice("native.parts", "CALL", (2, 16), Work(case("pendulum"))),
    Choice("native.sums_text", "TILE", (16, 20, 26), Work(case("mixture"))),
    Choice("native.recomputing", "MOST_ANEW", (1, 8), Work(case("mixture"))),
    Choice("native.recomputing", "MOST_READ", (0.5, 9), Work(case("scene"))),
    Choice("kinds.inner", "BESIDE", (1, 2, 8), Work(_products_of(30), "interpreter")),
    Choice("native.steps", "MOST_BESIDE", (1, 3, 4), Work(PENDULUM)),
    Choice("native.steps", "MANY_ROWS", (8, 1000), Work(RECURRENT)),
    Choice("program.program", "LOOP_TILE_BYTES", (1 << 20, 1 << 21, 6 << 20), Work(PENDULUM)),
    Choice("program.program", "STEP_BYTES", (32 << 10, 128 << 10, 1 << 20), Work(RECURRENT)),
    Choice("lowering.regions", "KEPT_BYTES", (1 << 14, 1 << 16, 1 << 20), Work(PENDULUM)),
    Choice("native.engine", "SCRATCH_BYTES", (1 << 18, 1 << 21, 1 << 23), Work(LONGEST, rows=16_384)),
    Choice("native.engine", "ARRAY_BYTES", (1 << 16, 1 << 18, 1 << 21), Work(WIDE, gradient=False)),
    Choice("kinds.products", "SMALL", (128,), Work(_product(8))),
    Choice("kinds.products", "SMALL", (1024,), Work(case("network_by_input"))),
    Choice("native.text", "MOST_IN_PLACE", (1, 16), Work(case("logistic_regression"))),
    Choice("native.text", "MOST_IN_PLACE", (1, 16), Work(case("logistic_regression"), compiling=True)),
    Choice("native.text", "AHEAD", (0, 1, 8, 16), Work(case("rosenbrock_10"))),
    Choice("native.running", "STAGED_BYTES", (1 << 12, 1 << 13, 1 << 15, 1 << 16), Work(case("rosenbrock_10"), columns=True)),
    Choice("running.executor", "PIECE_NS", (5e4, 5e6), Work(case("rosenbrock_10"), threads=None)),
    Choice("running.call", "SMALLEST", (2, 32), Work(case("rosenbrock_10"), threads=None, columns=True)),
    Choice("calling.sources", "CONVERTED_BYTES", (1 << 20, 1 << 22, 1 << 25), Work(case("rosenbrock_10"), rows=1_000_000, given="float32")),
)  # fmt: skip


def seconds_of(
    choice: Choice, folder: str, processes: int = PROCESSES, rounds: int = ROUNDS, tiny: bool = False
) -> dict[Number, list[float]]:  # fmt: skip
    """Give the fewest seconds of each process of each value of a choice, the chosen one first.

    What is compiled is kept in the folder; `tiny` measures on a few rows.
    """
    found: dict[Number, list[float]] = {value: [] for value in (choice.chosen, *choice.neighbours)}
    for _ in range(processes):
        with ExitStack() as stack:
            asks = {value: stack.enter_context(_process(choice, value, folder, tiny)) for value in found}
            times = [{value: ask() for value, ask in asks.items()} for _ in range(1 if choice.work.compiling else rounds)]
        for value, fewest in found.items():
            fewest.append(min(each[value] for each in times))
    return found


@contextmanager
def _process(choice: Choice, value: Number, folder: str, tiny: bool) -> Iterator[Callable[[], float]]:
    """Start a process that measures one value; give what asks it for the seconds of a round.

    Raises
    ------
    RuntimeError
        If what is to be measured fails.
    """
    command = [sys.executable, "-m", "bench.altered", str(CHOICES.index(choice)), choice.module, choice.name, repr(value), *["tiny"] * tiny]
    variables = {"STATICGRAPH_CACHE_DIR": folder, "STATICGRAPH_QUIET": "1"}
    with subprocess.Popen(command, env=os.environ | variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None

        def ask() -> float:
            process.stdin.write("\n")
            process.stdin.flush()
            return float(process.stdout.readline())

        if process.stdout.readline().strip() != READY:
            raise RuntimeError(f"{choice} = {value!r} cannot be measured; what its process says of that is above")
        yield ask


def named(names: Sequence[str]) -> list[Choice]:
    """Give the choices that these names mean, with or without a module; all for none. Exit if a name means none."""
    known = {name for each in CHOICES for name in (each.name, str(each))}
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"unknown constant {unknown[0]!r}; python -m bench.choices --list names all")
    return [each for each in CHOICES if not names or each.name in names or str(each) in names]


def rows_of(choice: Choice, folder: str) -> Iterator[str]:
    """Yield a choice's rows of the table, one for each neighbour."""
    (first, took), *others = seconds_of(choice, folder).items()
    spread = max(took) / min(took) - 1.0
    for value, times in others:
        yield f"| `{choice}` | {first:,} | {value:,} | {choice.work} | {min(times) / min(took):.2f} | {spread:.0%} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.choices", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="name", help="constants, with or without their module; all by default")
    parser.add_argument("--list", action="store_true", help="print the constants and what they are measured on, and measure nothing")
    options = parser.parse_args(arguments)
    wanted = named(options.names)
    if options.list:
        for choice in wanted:
            print(f"{choice} = {choice.chosen:,}: {choice.work}")
        return
    print(conditions().replace("Medians", "Fastest"), end="\n\n")
    print("| constant | chosen | neighbour | measured on | neighbour / chosen | spread |", "|---|---|---|---|---|---|", sep="\n")
    with tempfile.TemporaryDirectory() as folder:
        for choice in wanted:
            for row in rows_of(choice, folder):
                print(row, flush=True)


if __name__ == "__main__":
    main()
