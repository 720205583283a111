"""Print docs/numpy.md, what becomes of every function of NumPy and SciPy that meets a node, or with `--write` write it.

Everything follows from the tables that nodes themselves look a function up in; only why a function is refused is told here.
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import scipy.special
import scipy.stats

from staticgraph.gates.registry import Gate
from staticgraph.nodes.node import Node
from staticgraph.nodes.numpy_functions import what_nodes_do
from staticgraph.nodes.special_functions import OF_NORMAL

PAGE = Path(__file__).parent.parent / "docs" / "numpy.md"
GATE, COMPOSED, CONSTANT, REFUSED = "a gate", "made of gates", "of constants", "refused"

REASONS = {
    "which elements it takes depends on values, so the layout of the graph would": (
        "argmax argmin argsort argpartition argwhere flatnonzero lexsort nanargmax nanargmin nonzero searchsorted digitize"
        " partition sort_complex unique unique_all unique_counts unique_inverse unique_values in1d isin intersect1d setdiff1d setxor1d"
        " union1d histogram histogram2d histogramdd histogram_bin_edges bincount trim_zeros packbits unpackbits put put_along_axis"
        " place putmask copyto fill_diagonal apply_along_axis apply_over_axes"
    ),
    "for whole numbers": (
        "gcd lcm left_shift right_shift bitwise_left_shift bitwise_right_shift bitwise_count invert bitwise_invert bitwise_not ldexp frexp"
        " base_repr binary_repr"
    ),
    "reads the format of a number, and the compiled function's dtype is not known": "spacing nextafter",
    "iterates until it converges": "roots eig eigh eigvals eigvalsh svd qr matrix_rank tensorinv tensorsolve",
}
"""Why functions are refused, where that is not that nobody has asked for them."""
OPERATORS = {
    "bitwise_and": "&", "bitwise_or": "|", "bitwise_xor": "^", "invert": "~", "bitwise_not": "~", "bitwise_invert": "~", "positive": "+",
}  # fmt: skip
"""NumPy's functions that nodes take for their operators."""


def numpy_names() -> list[str]:
    """Return the names of NumPy's functions: what `numpy.__all__` has that can be called and is no class."""
    return sorted(name for name in np.__all__ if callable(getattr(np, name)) and not inspect.isclass(getattr(np, name)))


def linalg_names() -> list[str]:
    """Return those of `numpy.linalg`."""
    return sorted(name for name in np.linalg.__all__ if not inspect.isclass(getattr(np.linalg, name)))


def special_names() -> list[str]:
    """Return those of `scipy.special` that are ufuncs, or functions that nodes know."""
    names = [name for name in scipy.special.__all__ if callable(getattr(scipy.special, name))]
    return sorted(name for name in names if isinstance(getattr(scipy.special, name), np.ufunc) or known(getattr(scipy.special, name)))


def known(function: Any) -> Any:
    """Return what nodes do with a function, None where they refuse it."""
    return what_nodes_do(function)


def makes_arrays(name: str) -> bool:
    """Whether a function of NumPy takes no arrays, so that it never meets a node: it makes constants, or speaks of NumPy itself."""
    function = getattr(np, name)
    return not isinstance(function, np.ufunc) and not hasattr(function, "_implementation")


def row(name: str, function: Any) -> tuple[str, str]:
    """Return how a function works with nodes, and what there is to say."""
    found = known(function)
    if isinstance(found, Gate):
        return GATE, " ".join(str(found.__doc__).split("\n\n")[0].split())
    if name in OPERATORS:
        return GATE, f"`{OPERATORS[name]}` of truth values"
    if found is not None:
        sentence = (found.__doc__ or "").split("\n\n")[0] if found.__name__ != "<lambda>" else ""
        return COMPOSED, " ".join(sentence.split()) or "says the same of a node as of an array"
    for reason, names in REASONS.items():
        if name in names.split():
            return REFUSED, reason
    if hasattr(np, name) and getattr(np, name) is function and makes_arrays(name):
        return CONSTANT, "takes no nodes"
    return REFUSED, ""


def table(module: str, space: Any, names: list[str]) -> Iterator[str]:
    """Yield a table of functions."""
    yield f"| `{module}.` | with nodes | |"
    yield "|---|---|---|"
    for name in names:
        how, sentence = row(name, getattr(space, name))
        text = sentence.replace("|", "\\|")
        yield f"| `{name}` | {how} | {text} |".replace(" |  |", " | |")


HEAD = """# NumPy and SciPy

What becomes of every function of NumPy and `scipy.special` whose argument is a node. `python -m tools.function_table --write` makes
this page from the tables that nodes look functions up in.

* **a gate**: one operation of the graph; its value and gradient are in the table of gates in [README](../README.md), its accuracy in
  [functions.md](functions.md).
* **made of gates**: NumPy's meaning, with its keywords (`axis`, also a tuple, `keepdims`, `initial`, `where`, `out=None`, a floating-point
  `dtype`).
* **of constants**: takes no array that a node could be: what it makes becomes a constant.
* **refused**: a `TypeError` names the function. Where the table says why, that is why no static graph can have it.

Methods of nodes: METHODS.

Operators: `+ - * / // % ** @`, `divmod`, `abs`, `round`, `math.floor`, `math.ceil`, `math.trunc`, comparisons, and `& | ^ ~` of truth
values. Ufuncs have `reduce`, `accumulate`, `reduceat` and `outer`. Steps such as `floor` have gradient 0; `a % b` has gradient 1 and
`-floor(a / b)`. What would write into an array (`out=`, `+=`) is refused, and so is `where=` of a ufunc.
"""
NORMAL = """
`scipy.stats.norm`: its methods `METHODS` convert their arguments before nodes are asked; traced functions get them, see README."""


def page() -> str:
    """Return the page."""
    methods = sorted(name for name in dir(Node) if not name.startswith("_") and hasattr(np.ndarray, name))
    lines = [HEAD.replace("METHODS", ", ".join(f"`{name}`" for name in methods)), "## NumPy", "", *table("numpy", np, numpy_names())]
    lines += ["", "## Linear algebra", "", *table("numpy.linalg", np.linalg, linalg_names())]
    lines += ["", "## Special functions", "", *table("scipy.special", scipy.special, special_names())]
    lines += [NORMAL.replace("METHODS", " ".join(OF_NORMAL)), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        print(page())
