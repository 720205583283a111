"""C by hand: AVX-512 registers of 8 rows, glibc's vector functions and an inlined `exp`, one thread a core; results past the caches."""

import ctypes
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

import staticgraph as sg

from ..cases import Case
from ..models import CENTRES, COMPONENTS, CONSTANT, WIDTHS
from .compiler import compiled, gcc_version, pointers
from .peer import BY_HAND, Arguments, Form, Peer, aligned, outputs, refuse_generated, refuse_single

FILES = {"xyz": "separate", "black_scholes": "separate", "rosenbrock_10": "rosenbrock", "rosenbrock_100": "rosenbrock"}
# Numbers of a thread's sums: the parameters', each array padded to whole registers; of a mixture, whole registers yet to be added up.
SUMS = {"network_by_weights": 1640, "logistic_regression": 72, "mixture": COMPONENTS * 66 * 8}


def prepare(case: Case, arguments: Arguments) -> Iterator[Form]:
    """Compile a case, and give its forms."""
    refuse_generated(case)
    refuse_single(arguments, "written for registers of 8 doubles")
    value, gradients = out = outputs(case, len(arguments[0]))
    file = FILES.get(case.name, case.name.split("_by_")[0])
    library = compiled(Path(__file__).with_name("c").joinpath(f"{file}.c").read_text())
    yield Form("rows", _caller(library, case.name, [*arguments, value, *gradients, *_extra(case)], len(value)), lambda: out)
    if len(case.inputs) == 1 and not case.parameters:
        yield _by_columns(library, case, arguments[0])


def _extra(case: Case) -> list[np.ndarray]:
    """Give the constants and the memory that a case needs."""
    constants = {"gaussians": [np.ascontiguousarray(CENTRES), WIDTHS**-2.0], "mixture": [np.array(CONSTANT)]}
    sums = [aligned((sg.get_num_threads(), SUMS[case.name]))] if case.name in SUMS else []
    return [*constants.get(case.name, []), *sums]


def _by_columns(library: ctypes.CDLL, case: Case, rows: np.ndarray) -> Form:
    count, width = len(rows), math.prod(rows.shape[1:])
    # Columns of whole registers, so that each starts at a cache line.
    turned, slopes = aligned((width, -(-count // 8) * 8)), aligned((width, -(-count // 8) * 8))
    turned[:, :count] = rows.reshape(count, width).T
    value = aligned((count,))
    call = _caller(library, f"{case.name}_columns", [turned, value, slopes, *_extra(case)], count)
    return Form("columns", call, lambda: (value, (slopes[:, :count].T.reshape(rows.shape),)))


def _caller(library: ctypes.CDLL, name: str, arrays: list[np.ndarray], count: int) -> Callable[[], None]:
    function = getattr(library, f"run_{name}")
    function.restype, function.argtypes = None, [ctypes.c_void_p, ctypes.c_long, ctypes.c_int]
    given = [np.ascontiguousarray(each) for each in arrays]
    addresses, threads = pointers(given), sg.get_num_threads()

    def call(kept: list[np.ndarray] = given) -> None:  # `kept`: the arrays live as long as their addresses are used.
        function(addresses, count, threads)

    return call


C = Peer("C", BY_HAND, prepare, lambda: f"{gcc_version()} with AVX-512 and libmvec")
