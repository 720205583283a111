"""CasADi: the function of one row and its gradient, mapped over the rows, one by one or in threads; interpreted, or as generated C."""

import math
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import staticgraph as sg

from ..cases import Case
from . import objects
from .compiler import compiler
from .peer import LIBRARY, Arguments, Form, Peer, SkipError, outputs, refuse_single

BLOCK = 256  # Rows, at most, of a map within the map.


def _casadi() -> Any:
    try:
        import casadi
    except ImportError:
        raise SkipError("not installed (pip install casadi)") from None
    return casadi


def prepare(case: Case, arguments: Arguments) -> Iterator[Form]:
    """Give the forms of a case."""
    refuse_single(arguments, "computes in float64 only")
    casadi = _casadi()
    row = one_row(casadi, case)
    yield from _mapped("interpreted", case, row, arguments)
    try:
        gcc = compiler()
    except SkipError:
        return
    with tempfile.TemporaryDirectory() as folder:
        library = generated(casadi, row, gcc, Path(folder))
        yield from _mapped("generated C", case, casadi.external(row.name(), str(library)), arguments)


def generated(casadi: Any, row: Any, gcc: str, folder: Path) -> Path:
    """Return the library of a function's generated C."""
    source, library = folder / "row.c", folder / "row.so"
    generator = casadi.CodeGenerator(source.name)
    generator.add(row)
    generator.generate(f"{folder}/")
    subprocess.run([gcc, "-O3", "-march=native", "-shared", "-fPIC", str(source), "-o", str(library), "-lm"], check=True)
    return library


def one_row(casadi: Any, case: Case) -> Any:
    """Return the function of one row: the value, and the gradients asked for."""
    shapes = case.inputs | dict(case.parameters)
    symbols = {name: casadi.SX.sym(name, math.prod(shape)) for name, shape in shapes.items()}
    leaves = [objects.arranged(casadi.vertsplit(symbols[name]), shape) for name, shape in shapes.items()]
    value = objects.trace(case, objects.library(casadi, casadi.fmax, casadi.fmin), leaves)
    gradients = [casadi.gradient(value, symbols[name]) for name in case.wrt or shapes]
    return casadi.Function("row", list(symbols.values()), [value, *gradients], {"cse": True})


def _mapped(name: str, case: Case, row: Any, arguments: Arguments) -> Iterator[Form]:
    """Map over the rows: one by one; or every thread a share of them in order, where the shares are equal."""
    count, threads = len(arguments[0]), sg.get_num_threads()
    for each in sorted({1, threads}):
        if count % each == 0:
            yield _form(f"{name}, {'serial' if each == 1 else 'threads'}", case, _everything(case, row, count, each), arguments)


def _everything(case: Case, row: Any, count: int, threads: int) -> Any:
    """Make a function of the batch; parameters are shared, and their gradients added."""
    shared = list(range(len(case.inputs), len(case.inputs) + len(case.parameters)))
    names = (*case.inputs, *case.parameters)
    added = [1 + place for place, wanted in enumerate(case.wrt or names) if wanted in case.parameters]
    # In blocks: a map repeats the parameters for every row, which took 26 s for 100,000 rows of the network.
    block = next(size for size in range(BLOCK, 0, -1) if count // threads % size == 0)
    share = row.map("block", "serial", block, shared, added).map("share", "serial", count // threads // block, shared, added)
    return share if threads == 1 else share.map("everything", "thread", threads, shared, added)


def _form(name: str, case: Case, everything: Any, arguments: Arguments) -> Form:
    buffer, run = everything.buffer()
    out = outputs(case, len(arguments[0]))
    kept = [np.atleast_1d(np.ascontiguousarray(each)) for each in arguments]
    for place, each in enumerate(kept):
        buffer.set_arg(place, memoryview(each.reshape(-1)))
    for place, each in enumerate((out[0], *out[1])):
        buffer.set_res(place, memoryview(np.atleast_1d(each).reshape(-1)))

    def call(alive: Any = (kept, buffer, everything)) -> None:  # Kept alive as long as their addresses are used.
        run()

    return Form(name, call, lambda: out)


def _version() -> str:
    try:
        return f"casadi {_casadi().__version__}"
    except SkipError:
        return "no casadi"


CASADI = Peer("casadi", LIBRARY, prepare, _version)
