"""Numba by hand: fused parallel loops with hand-written gradients, writing to arrays that are there already."""

import math
from collections.abc import Iterator

import numba
import numba.core.config

from ..cases import Case
from . import numba_motion, numba_network, numba_sums, numba_tiles
from .peer import BY_HAND, Arguments, Form, Peer, as_rows, columns, outputs, refuse_generated, refuse_single

TILES = {
    "rosenbrock_10": numba_tiles.rosenbrock,
    "rosenbrock_100": numba_tiles.rosenbrock,
    "gaussians": numba_tiles.gaussians,
    "lennard_jones": numba_tiles.lennard_jones,
}
# Cases of one form, named after the layout of their inputs.
SINGLE = {
    "xyz": ("columns", numba_tiles.xyz),
    "black_scholes": ("columns", numba_tiles.black_scholes),
    "logistic_regression": ("rows", numba_sums.logistic_regression),
    "mixture": ("rows", numba_sums.mixture),
    "arm": ("rows", numba_motion.arm),
    "pendulum": ("columns", numba_motion.pendulum),
}


def prepare(case: Case, arguments: Arguments) -> Iterator[Form]:
    """Give the forms of a case."""
    refuse_generated(case)
    refuse_single(arguments, "the loops' literals are float64, and Numba computes in float64 with them")
    value, gradients = out = outputs(case, len(arguments[0]))
    if case.name in SINGLE:
        layout, run = SINGLE[case.name]
        yield Form(layout, lambda: run(*arguments, value, *gradients), lambda: out)
    elif case.parameters:
        call = numba_network.runner(arguments[0], arguments[1:], value, gradients, case.wrt == ("x",))
        yield Form("NumPy in threads", call, lambda: out)
    else:
        yield from _tiled(case, arguments)


def _tiled(case: Case, arguments: Arguments) -> Iterator[Form]:
    count, shape = len(arguments[0]), arguments[0].shape
    width = math.prod(shape[1:])
    rows = arguments[0].reshape(count, width)
    value, (gradient,) = outputs(case, count)
    flat = gradient.reshape(count, width)
    by_rows = numba_tiles.over_rows(TILES[case.name], width)
    yield Form("rows", lambda: by_rows(rows, value, flat), lambda: (value, (gradient,)))
    if case.name.startswith("rosenbrock"):
        along = outputs(case, count)
        yield Form("within rows", lambda: numba_tiles.rosenbrock_within_rows(rows, along[0], along[1][0]), lambda: along)
    turned, slopes, values = columns(rows), columns(flat), outputs(case, count)[0]
    by_columns = numba_tiles.over_columns(TILES[case.name])
    yield Form("columns", lambda: by_columns(turned, values, slopes), lambda: (values, (as_rows(slopes).reshape(shape),)))


def _version() -> str:
    return f"numba {numba.__version__} ({'with' if numba.core.config.USING_SVML else 'without'} SVML)"


NUMBA = Peer("numba", BY_HAND, prepare, _version)
