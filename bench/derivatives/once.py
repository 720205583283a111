"""What is measured once in a process: how long it takes to prepare a derivative."""

import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np

import staticgraph as sg

from .cases import Derivative, case
from .functions import position_of_tool


def preparing(chosen: Derivative) -> float:
    """Give the seconds from a function to its first matrix, by native code that nothing was kept of."""
    rows = chosen.arguments(1)
    warm_up()
    start = time.perf_counter()
    f = chosen.compile("native")
    getattr(f, chosen.call)(*rows, wrt=chosen.wrt[0])
    return time.perf_counter() - start


def warm_up() -> None:
    """Compile what every function needs."""
    x = sg.input("x", 3)
    sg.compile(np.sum(x * x), engine="native").hessian(np.ones((16, 3)), wrt="x")


def first_jacobian() -> float:
    """Give the fewest seconds from a new arm to its first Jacobian matrix on the interpreter, of arms that differ in a number."""
    found = [_timed(partial(_arm, 1.0 + number / 8.0)) for number in range(6)]
    return min(found[1:])


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _arm(scale: float) -> None:
    angles = sg.input("angles", 7)
    f = sg.compile(position_of_tool(sg, angles * scale), [angles], engine="interpreter")
    f.jacobian(np.ones((16, 7)), wrt="angles")


if __name__ == "__main__":
    print(first_jacobian() if sys.argv[1] == "first_jacobian" else preparing(case(sys.argv[1])))
