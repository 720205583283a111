"""NumPy by hand: values and hand-derived gradients of arrays of rows, one thread but for the products of matrices."""

from collections.abc import Callable, Iterator

import numpy as np
import scipy

from ..cases import Case
from . import numpy_fields, numpy_fitting, numpy_motion
from .constants import with_constants
from .peer import BY_HAND, Arguments, Form, Peer, Result, SkipError, as_rows, columns, outputs

Function = Callable[..., Result]
FUNCTIONS: dict[str, Function] = {
    "xyz": numpy_fields.xyz,
    "rosenbrock_10": numpy_fields.rosenbrock,
    "rosenbrock_100": numpy_fields.rosenbrock,
    "gaussians": numpy_fields.gaussians,
    "lennard_jones": numpy_fields.lennard_jones,
    "black_scholes": numpy_fields.black_scholes,
    "network_by_input": numpy_fitting.network_by_input,
    "network_by_weights": numpy_fitting.network_by_weights,
    "logistic_regression": numpy_fitting.logistic_regression,
    "mixture": numpy_fitting.mixture,
    "arm": numpy_motion.arm,
    "pendulum": numpy_motion.pendulum,
}
BLOCK = 4096  # Few enough rows for temporaries to stay in the caches, enough to make little of the overhead of a call.


def prepare(case: Case, arguments: Arguments) -> Iterator[Form]:
    """Give the forms of a case: both layouts of the inputs, as a whole and in blocks."""
    if case.name not in FUNCTIONS:
        raise SkipError("nobody writes thousands of operations by hand")
    inputs = len(case.inputs)
    yield from _forms("rows", case, arguments, outputs(case, len(arguments[0]), arguments[0].dtype))
    if any(case.inputs.values()):
        value, gradients = outputs(case, len(arguments[0]), arguments[0].dtype)
        turned = tuple(_turned(each) for each in arguments[:inputs]) + arguments[inputs:]
        by_column = tuple(_turned(each) if name in case.inputs else each for name, each in zip(_wanted(case), gradients, strict=True))
        yield from _forms("columns", case, turned, (value, by_column))


def _turned(rows: np.ndarray) -> np.ndarray:
    return as_rows(columns(rows))


def _wanted(case: Case) -> tuple[str, ...]:
    return case.wrt or (*case.inputs, *case.parameters)


def _forms(layout: str, case: Case, arguments: Arguments, out: Result) -> Iterator[Form]:
    function, last = with_constants(FUNCTIONS[case.name], arguments[0].dtype), {}

    def call() -> None:
        last["result"] = function(*arguments)

    yield Form(f"{layout}, whole batch", call, lambda: last["result"])
    yield Form(f"{layout}, blocks", _in_blocks(function, case, arguments, out), lambda: out)


def _in_blocks(function: Function, case: Case, arguments: Arguments, out: Result) -> Callable[[], None]:
    """Give what computes some rows at a time, writes their results to their places, and adds up the sums over rows."""
    inputs, (value, gradients) = len(case.inputs), out
    per_row = [name in case.inputs for name in _wanted(case)]

    def call() -> None:
        for start in range(0, len(value), BLOCK):
            here = slice(start, start + BLOCK)
            value[here], parts = function(*(each[here] for each in arguments[:inputs]), *arguments[inputs:])
            for gradient, part, own in zip(gradients, parts, per_row, strict=True):
                if own:
                    gradient[here] = part
                else:
                    np.add(gradient if start else 0.0, part, out=gradient)

    return call


def _version() -> str:
    return f"scipy {scipy.__version__}"


NUMPY = Peer("numpy", BY_HAND, prepare, _version)
