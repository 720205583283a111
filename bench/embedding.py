"""Print what calls from outside Python cost, beside the same by hand and from C: `python -m bench.embedding`, in two minutes."""

import ctypes
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
from numba import njit
from numba.core.runtime import _nrt_python, rtsys

import staticgraph as sg

from .cases import Case, case
from .peers.casadi_peer import generated, one_row
from .rows_by_hand import BY_HAND, traced
from .timing import Call, in_new_process, interleaved, seconds

ROWS, BATCH, WORK = 64, 1000, 20e-3
FLAGS = ["-std=c99", "-O2", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC"]


@njit
def loop(call, leaves, outs, count):
    """Call for one row after another; the sum of the values keeps the calls from being left out."""
    total = 0.0
    for number in range(count):
        call(leaves, number % ROWS, outs)
        total += outs[0][()]
    return total


@njit(cache=True)
def kept(f, x, value, slope):
    """What a second process loads from disk."""
    f.value_and_grad(x, out=(value, (slope,)))
    return value[()]


def outs_of(each: Case) -> tuple[np.ndarray, ...]:
    """Return arrays for the value and the gradients of a row."""
    leaves = each.inputs if each.wrt is None else {name: each.inputs[name] for name in each.wrt}
    return (np.zeros(()), *(np.zeros(shape) for shape in leaves.values()))


def per_row(call: Any, leaves: Any, outs: Any) -> tuple[Call, int]:
    """Return a loop of about `WORK` seconds, and its calls."""
    loop(call, leaves, outs, ROWS)
    count = max(ROWS, int(ROWS * WORK / seconds(lambda: loop(call, leaves, outs, ROWS))))
    return (lambda: loop(call, leaves, outs, count)), count


def rows_in_numba() -> Iterator[str]:
    """Time one row after another: from the traced model, and by hand."""
    yield "| value and gradient of a row in Numba, ns | traced | by hand | by hand / traced | largest difference |\n|---|---|---|---|---|"
    ratios = []
    for name, by_hand in BY_HAND.items():
        each = case(name)
        leaves, found, calls, counts = each.arguments(ROWS), {}, {}, {}
        for kind, call in {"traced": traced(name, each.compile()), "by hand": by_hand}.items():
            outs = outs_of(each)
            calls[kind], counts[kind] = per_row(call, leaves, outs)
            loop(call, leaves, outs, 1)
            found[kind] = [np.array(out) for out in outs]
        worst = max(float(np.max(abs(a - b) / (abs(b).max() + 1e-300))) for a, b in zip(*found.values(), strict=True))
        took = {kind: 1e9 * time / counts[kind] for kind, time in interleaved(calls, 15).items()}
        ratios.append(took["by hand"] / took["traced"])
        yield f"| {name} | {took['traced']:.1f} | {took['by hand']:.1f} | {ratios[-1]:.2f} | {worst:.0e} |"
    yield f"\nGeometric mean {statistics.geometric_mean(ratios):.2f}, worst {min(ratios):.2f}."


@njit
def pointer_loop(call, arguments, steps, moved, results, integers, numbers, value, count):
    """Call C that takes tables of addresses, for one row after another."""
    total = 0.0
    for number in range(count):
        for place in range(len(moved)):
            moved[place] = arguments[place] + number % ROWS * steps[place]
        call(moved.ctypes, results.ctypes, integers.ctypes, numbers.ctypes, 0)
        total += value[()]
    return total


def rows_of_casadi() -> Iterator[str]:
    """Time one row after another: from the traced model, and from CasADi's generated C by pointer."""
    compiler = which("gcc") or which("cc")
    try:
        import casadi
    except ImportError:
        compiler = None
    if compiler is None:
        return
    yield "\n| value and gradient of a row, ns | traced | CasADi's C | CasADi / traced | largest difference |\n|---|---|---|---|---|"
    ratios = []
    for name in BY_HAND:
        each = case(name)
        leaves, ours, theirs = each.arguments(ROWS), outs_of(each), outs_of(each)
        with tempfile.TemporaryDirectory() as folder:
            row = one_row(casadi, each)
            call = ctypes.CDLL(str(generated(casadi, row, compiler, Path(folder)))).row
        call.argtypes, call.restype = [ctypes.c_void_p] * 4 + [ctypes.c_int], ctypes.c_int
        kept = [np.ascontiguousarray(leaf) for leaf in leaves]
        steps = np.array([leaf.strides[0] if place < len(each.inputs) else 0 for place, leaf in enumerate(kept)])
        addresses, results = (np.array([array.ctypes.data for array in group]) for group in (kept, theirs))
        work = np.zeros(row.sz_iw() + 1, np.int64), np.zeros(row.sz_w() + 1)
        moved = np.zeros(max(row.sz_arg(), len(kept)), np.int64)
        given = (call, addresses, steps, moved[: len(kept)], np.append(results, np.zeros(row.sz_res(), np.int64)), *work, theirs[0])
        counted, count = per_row(traced(name, each.compile()), leaves, ours)
        loop(traced(name, each.compile()), leaves, ours, 1)
        pointer_loop(*given, 1)
        worst = max(float(np.max(abs(a - b) / (abs(b).max() + 1e-300))) for a, b in zip(ours, theirs, strict=True))
        took = interleaved({"traced": counted, "CasADi": lambda given=given, count=count: pointer_loop(*given, count)}, 15)
        ratios.append(took["CasADi"] / took["traced"])
        yield f"| {name} | {1e9 * took['traced'] / count:.1f} | {1e9 * took['CasADi'] / count:.1f} | {ratios[-1]:.2f} | {worst:.0e} |"
    yield f"\nGeometric mean {statistics.geometric_mean(ratios):.2f}, worst {min(ratios):.2f}."


def rows_in_c() -> Iterator[str]:
    """Time batches of the exported C as gcc compiles it, and of the code at an address."""
    compiler = which("gcc") or which("cc")
    if compiler is None:
        return
    yield f"\n| value and gradients of {BATCH} rows, ns a row | at an address | exported C by gcc -O2 | C / address |\n|---|---|---|---|"
    for name in BY_HAND:
        f = case(name).compile()
        with tempfile.TemporaryDirectory() as folder:
            sg.export_c(f, folder, calls="value_and_grad", name="model")
            library = str(Path(folder) / "model.so")
            subprocess.run([compiler, *FLAGS, str(Path(folder) / "model.c"), "-o", library, "-lm"], check=True)
            c = ctypes.CDLL(library).model_value_and_grad
        arguments = [np.asarray(given, order="C") for given in case(name).arguments(BATCH)]
        value, slopes = f.value_and_grad(*arguments)
        addresses = [ctypes.c_void_p(array.ctypes.data) for array in (*arguments, value, *slopes)]
        tables = [(ctypes.c_void_p * len(part))(*(each.value for each in part)) for part in _split(addresses, len(arguments))]
        ours, theirs = _calls(f.ctypes(), tables), _calls(c, addresses)
        took = {kind: 1e9 * time / BATCH for kind, time in interleaved({"address": ours, "C": theirs}, 51).items()}
        yield f"| {name} | {took['address']:.1f} | {took['C']:.1f} | {took['C'] / took['address']:.2f} |"


def _split(items: list[Any], count: int) -> tuple[list[Any], list[Any]]:
    return items[:count], items[count:]


def _calls(function: Any, given: list[Any]) -> Call:
    return lambda: function(*given, ctypes.c_int64(BATCH))


def costs() -> Iterator[str]:
    """Count allocations, and time a second process and `quad`."""
    from scipy.integrate import quad

    each = case("rosenbrock_10")
    call, leaves, outs = traced(each.name, each.compile()), each.arguments(ROWS), outs_of(each)
    _nrt_python.memsys_enable_stats()
    counts = []
    for count in (1, 1_000_001):
        loop(call, leaves, outs, count)  # compiles, the first time
        before = rtsys.get_allocation_stats().alloc
        loop(call, leaves, outs, count)
        counts.append(rtsys.get_allocation_stats().alloc - before)  # handing an array over counts as one
    yield f"\n- allocations in a million calls with `out`: {counts[1] - counts[0]}"
    with tempfile.TemporaryDirectory() as folder:
        first, second = (in_new_process("bench.embedding", "second", NUMBA_CACHE_DIR=folder)[0] for _ in range(2))
    yield f"- a caller with `cache=True`: first process {1e3 * first:.0f} ms, second {1e3 * second:.1f} ms"
    x = sg.input("x")
    f = sg.compile(np.exp(-(x**2)) * np.sin(3 * x) ** 2)
    low = f.low_level_callable()
    took = interleaved({"address": lambda: quad(low, 0.0, 3.0), "Python": lambda: quad(lambda t: f(t), 0.0, 3.0)}, 101)
    yield (
        f"- `quad` through an address {1e6 * took['address']:.1f} us, through a callback that calls the function from Python "
        f"{1e6 * took['Python']:.0f} us: {took['Python'] / took['address']:.0f} times"
    )


def second() -> None:
    """Print the seconds of the first call of a kept caller, once Numba itself has been used."""
    f = case("rosenbrock_10").compile()
    njit(lambda x: x + 1.0)(1.0)
    given = (np.zeros(10), np.zeros(()), np.zeros(10))
    print(seconds(lambda: kept(f, *given)))


def main() -> None:
    """Print all tables."""
    os.environ.setdefault("STATICGRAPH_QUIET", "1")
    for part in (rows_in_numba(), rows_of_casadi(), rows_in_c(), costs()):
        for line in part:
            print(line, flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["second"]:
        second()
    else:
        main()
