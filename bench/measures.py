"""The measures that `bench.show` prints, one function each, which gives the rows: what, what is asked, what was measured."""

import os
import statistics
import tempfile
import timeit
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import staticgraph as sg

from . import libraries
from .cases import case
from .peers.numpy_fields import rosenbrock
from .timing import in_new_process, interleaved, seconds

Row = tuple[str, str, str]


def instruction_rows(function: sg.Function) -> int:
    """Count the rows of all instructions: elements computed per row of the batch, forward and backward."""
    each = function.program.instructions
    work = each["rows"].astype(np.int64) * np.maximum(each["length"], 1) * np.maximum(each["columns"], 1)
    return int(work.sum() + work[each["backward"] != 0].sum())


def _with_autograd(function: Callable[..., Any], x: np.ndarray) -> Callable[[], Any]:
    from autograd import make_vjp

    library = libraries.autograd()
    traced = make_vjp(lambda argument: function(library, argument))

    def call() -> Any:
        pullback, value = traced(x)
        return value, pullback(np.ones_like(value))

    return call


def against_peers() -> Iterator[Row]:
    """Rosenbrock-10 by this package, by hand and by `autograd`."""
    chosen = case("rosenbrock_10")
    function, (x,) = chosen.compile(engine="interpreter"), chosen.arguments(chosen.full)
    out = function.value_and_grad(x, threads=1)
    times = interleaved(
        {
            "this": lambda: function.value_and_grad(x, threads=1),
            "out": lambda: function.value_and_grad(x, out=out, threads=1),
            "hand": lambda: rosenbrock(x),
            "autograd": _with_autograd(chosen.function, x),
        }
    )
    each = {name: f"{time / len(x) * 1e9:.0f} ns" for name, time in times.items()}
    for peer, asked in (("hand", "2.5x faster"), ("autograd", "8x faster")):
        ratio, reused = times[peer] / times["this"], times[peer] / times["out"]
        what = "the same written in NumPy by hand" if peer == "hand" else "`autograd`"
        measured = f"{ratio:.1f}x ({each['this']} a row against {each[peer]}); {reused:.1f}x with `out` ({each['out']})"
        yield f"Rosenbrock-10, rows {x.shape}, value and gradient, 1 thread, against {what}", asked, measured


def per_instruction() -> Iterator[Row]:
    """Rosenbrock-100, time over rows and instructions."""
    chosen = case("rosenbrock_100")
    function, (x,) = chosen.compile(engine="interpreter"), chosen.arguments(chosen.full)
    out = function.value_and_grad(x, threads=2)
    times = interleaved(
        {
            "fresh": lambda: function.value_and_grad(x, threads=2),
            "out": lambda: function.value_and_grad(x, out=out, threads=2),
        }
    )
    count = instruction_rows(function)
    fresh, reused = (times[name] / len(x) / count * 1e9 for name in ("fresh", "out"))
    what = f"Rosenbrock-100, rows {x.shape}, value and gradient, 2 threads, per row and instruction ({count} counted)"
    yield what, "0.25 ns", f"{fresh:.3f} ns; {reused:.3f} ns with `out`"


SCALED = ("rosenbrock_10", "rosenbrock_100", "gaussians", "lennard_jones", "black_scholes", "network_by_input", "network_by_weights")


def two_threads() -> Iterator[Row]:
    """Two threads against one, on each larger case."""
    ratios = []
    for name in SCALED:
        chosen = case(name)
        function, arguments = chosen.compile(engine="interpreter"), chosen.arguments(chosen.full)
        result = function.value_and_grad(*arguments, wrt=chosen.wrt)

        def call(threads: int, function: Any = function, arguments: Any = arguments, wrt: Any = chosen.wrt, out: Any = result) -> Any:
            return function.value_and_grad(*arguments, wrt=wrt, out=out, threads=threads)

        times = interleaved({"one": lambda call=call: call(1), "two": lambda call=call: call(2)}, repeats=25)
        ratios.append((times["one"] / times["two"], name, times["one"] / chosen.full * 1e9))
    measured = ", ".join(f"{name} {ratio:.2f}x ({time:.0f} ns a row on 1)" for ratio, name, time in ratios)
    yield "2 threads against 1, value and gradient with `out`", "1.8x", f"{min(ratios)[0]:.2f}x to {max(ratios)[0]:.2f}x: {measured}"


def prospero() -> Iterator[Row]:
    """Build a picture of 512 x 512 pixels from a file of 7,866 lines."""
    what = "prospero, build, compile and first gradient of 4,096 pixels in a warm process", "1 s"
    path = os.environ.get("STATICGRAPH_PROSPERO")
    if not path:
        yield *what, "not measured: STATICGRAPH_PROSPERO is not set"
        return
    case("rosenbrock_10").compile().value_and_grad(np.zeros((100, 10)))
    from .cases import Case
    from .expression import pixels, read_expression

    def first() -> sg.Function:
        chosen = Case("prospero", read_expression(path), {"x": (), "y": ()}, pixels, full=512 * 512)
        function = chosen.compile()
        function.value_and_grad(*chosen.arguments(4096))
        return function

    times = [seconds(first) for _ in range(3)]
    yield *what, f"{times[0]:.2f} s (again: {times[1]:.2f} s, {times[2]:.2f} s)"
    x, y = pixels(512 * 512, np.random.default_rng(0))
    for engine, asked in (("interpreter", "2.5 µs"), ("native", "1.0 µs")):
        function = Case("prospero", read_expression(path), {"x": (), "y": ()}, pixels, full=512 * 512).compile(engine=engine)
        out = function.value_and_grad(x, y)
        calls = {
            str(threads): lambda threads=threads, function=function, out=out: function.value_and_grad(x, y, out=out, threads=threads)
            for threads in (1, 2)
        }
        one, two = (time / len(x) * 1e6 for time in interleaved(calls, repeats=5).values())
        measured = f"{two:.2f} µs ({one:.2f} µs on 1 thread; {len(function.program)} instructions)"
        yield f"prospero, 512 x 512 pixels, value and gradient per pixel, 2 threads, {engine}", asked, measured


def engines() -> Iterator[Row]:
    """Native code against the interpreter, on each larger case."""
    ratios = []
    for name in ("xyz", *SCALED, "logistic_regression"):
        chosen = case(name)
        arguments, calls = chosen.arguments(chosen.full), {}
        for engine in ("interpreter", "native"):
            function = chosen.compile(engine=engine)
            out = function.value_and_grad(*arguments, wrt=chosen.wrt)
            calls[engine] = lambda function=function, arguments=arguments, wrt=chosen.wrt, out=out: function.value_and_grad(
                *arguments, wrt=wrt, out=out
            )
        times = interleaved(calls, repeats=25)
        each = [times[engine] / chosen.full * 1e9 for engine in calls]
        ratios.append((each[0] / each[1], f"{name} {each[0] / each[1]:.1f}x ({each[1]:.3g} ns a row)"))
    measured = f"{min(ratios)[0]:.1f}x to {max(ratios)[0]:.1f}x: " + ", ".join(text for _, text in ratios)
    yield "native code against the interpreter, value and gradient with `out`, all threads", "", measured


def mixed(instructions: int) -> sg.Function:
    """Give a random graph of so many instructions over eight inputs: sums, products, squares, maxima, and some functions."""
    generator = np.random.default_rng(0)
    values = list(sg.inputs("a b c d e f g h"))
    leaves = list(values)
    rules: list[Callable[[Any, Any], Any]] = [
        lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: np.square(a), lambda a, b: np.maximum(a, b),
        lambda a, b: np.sqrt(a + 1.5), lambda a, b: np.exp(-a), lambda a, b: np.sin(a),
    ]  # fmt: skip
    while len(values) < instructions - 40:
        first, second = (values[number] for number in generator.integers(max(0, len(values) - 40), len(values), 2))
        values.append(rules[generator.integers(len(rules))](first, second))
    return sg.compile(sum(values[-40:]), leaves, engine="interpreter")


def compile_time() -> Iterator[Row]:
    """Compile to native code, and load it in another process."""
    for instructions, asked in ((100, "0.1 s; 0.05 s"), (1000, "0.7 s; 0.05 s"), (10_000, "7 s; 0.05 s")):
        with tempfile.TemporaryDirectory() as folder:
            times = [in_new_process("bench.compile_time", str(instructions), STATICGRAPH_CACHE_DIR=folder)[0] for _ in range(4)]
        measured = f"{times[0]:.2f} s; {statistics.median(times[1:]) * 1e3:.0f} ms"
        yield f"native code for {instructions:,} instructions, value and gradient: compile; load from the disk", asked, measured


def startup() -> Iterator[Row]:
    """From import to the first gradient, with an empty cache and with a filled one."""
    with tempfile.TemporaryDirectory() as cache:
        first, *later = (in_new_process("bench.startup", NUMBA_CACHE_DIR=cache)[0] for _ in range(6))
    yield "import to first gradient in a new process: first time", "8 s", f"{first:.2f} s"
    measured = f"{statistics.median(later):.2f} s (at most {max(later):.2f} s)"
    yield "import to first gradient in a new process: later times", "0.8 s", measured


def _chain(gates: int) -> sg.Function:
    x, y = sg.inputs("x y")
    value = x
    for number in range(gates // 2):
        value = value * y + float(number % 7 - 3)
    return sg.compile(value, inputs=[x, y])


def _tree(gates: int) -> sg.Function:
    x = sg.input("x")
    values = [x * (1.0 + number / gates) for number in range(gates // 2)]
    while len(values) > 1:
        odd = values[len(values) & ~1 :]
        values = [left + right for left, right in zip(values[::2], values[1::2], strict=False)] + odd
    return sg.compile(values[0])


def many_gates() -> Iterator[Row]:
    """Compile graphs of 200,000 gates."""
    for name, build in (("chain", _chain), ("tree", _tree)):
        small, large = (seconds(lambda build=build, count=count: build(count).program) for count in (20_000, 200_000))
        measured = f"{large:.2f} s; {large / small:.1f}x the time of 20,000 gates ({small:.2f} s)"
        yield f"{name} of 200,000 scalar gates: trace and compile; growth from 20,000", "6 s; 10x (linear)", measured


def memory() -> Iterator[Row]:
    """Peak memory of a large batch."""
    whole, call = in_new_process("bench.memory", "5000000")
    measured = f"{call:.0f} MB; {whole:.0f} MB with the interpreter's code, loaded once a process"
    yield "five million rows of Rosenbrock-10 with `out`: peak memory beyond inputs and outputs", "64 MB", measured


def one_call() -> Iterator[Row]:
    """Overhead of a call on three Python floats."""
    function = case("xyz").compile()
    number = 2000
    times = timeit.repeat(lambda: function.value_and_grad(-2.0, 5.0, -4.0), number=number, repeat=9)
    yield "`value_and_grad` of `(x + y) * z` on three Python floats", "10 µs", f"{statistics.median(times) / number * 1e6:.1f} µs"


MEASURES = (
    against_peers, per_instruction, two_threads, engines, compile_time, prospero, startup, many_gates, memory, one_call,
)  # fmt: skip
