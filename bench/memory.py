"""Print the peak memory of Rosenbrock-10 with its gradient over many rows, in MB beyond inputs and outputs.

Run as a script, in a new process. Two numbers: counted from before the function was compiled, and from after a first call on a few rows.
"""

import resource
import sys

import numpy as np

from .cases import case


def peak() -> float:
    """Give the largest resident size of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main(rows: int) -> None:
    """Measure, and print."""
    # Filled in place: a temporary array would raise the peak before the measurement.
    x, value, gradient = np.empty((rows, 10)), np.empty(rows), np.empty((rows, 10))
    np.random.default_rng(0).random(out=x)
    value.fill(0.0)
    gradient.fill(0.0)
    before = peak()
    function = case("rosenbrock_10").compile()
    function.value_and_grad(x[:1000], out=(value[:1000], (gradient[:1000],)))
    warm = peak()
    function.value_and_grad(x, out=(value, (gradient,)))
    print(peak() - before, peak() - warm)


if __name__ == "__main__":
    main(int(sys.argv[1]))
