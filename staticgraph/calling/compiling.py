"""From nodes to a compiled function."""

import reprlib
from typing import Any

import numpy as np

from ..nodes.graph import Graph, topological
from ..nodes.leaves import check_leaves
from ..nodes.node import LEAVES, Node
from ..running.choice import AUTO, check_engine
from ..tracing.outputs import Form
from .function import Function
from .raising import Guards

DTYPES = (np.dtype(np.float64), np.dtype(np.float32))
_MADE = "nodes are built of leaves that sg.input makes; sg.constant wraps a number, and sg.function traces a Python function"
_short = reprlib.Repr()
_short.maxother = 60


def compile(
    outputs: Any, inputs: Any = None, *, dtype: Any = np.float64, engine: str = AUTO, name: str | None = None, fuse: bool = True
) -> Function:
    """Compile a graph.

    Parameters
    ----------
    outputs : Node, or tuple or list of Node
    inputs : sequence of Node, optional
        The leaves in the order of the arguments; by default those that the outputs use, in the order in which they were made.
    dtype : float64 or float32
        In which everything is computed.
    engine : "auto", "interpreter" or "native"
        What runs the function; the results are the same, bit for bit. The interpreter runs at once. Native code is several times as fast
        and takes some 0.05 s to compile, more for large functions, unless it is found on disk; `"native"` compiles it now. `"auto"` starts
        with the interpreter and compiles in the background when that pays, unless `set_engine` or `STATICGRAPH_ENGINE` says otherwise.
    name : str, optional
        What errors call the function.
    fuse : bool, optional
        Whether known compositions become one gate, more accurate and safe from overflow: `1 / (1 + exp(-x))` the sigmoid,
        `log(sum(exp(x)))` `logsumexp`. Otherwise they stay what was written, in graph, program, pictures and tables.

    Returns
    -------
    Function

    Raises
    ------
    TypeError
        If the outputs or inputs are no nodes.
    ValueError
        If there are no outputs, two leaves have one name, a leaf that the outputs use is missing, or the dtype or the engine is another.

    Warns
    -----
    RuntimeWarning
        If native code cannot be made; the interpreter runs then.
    """
    return compiled(outputs, inputs, dtype, engine, name or "function", None, fuse=fuse)


def compiled(
    outputs: Any, inputs: Any, dtype: Any, engine: str, name: str, doc: str | None, form: Form | None = None,
    guards: Guards | None = None, fuse: bool = True,
) -> Function:  # fmt: skip
    """Return the function of these outputs, checked; see `compile`.

    `form` is how they are nested, where they are not one or a flat tuple, and `guards` the rows that raise.
    """
    check_engine("engine", engine)
    single = isinstance(outputs, Node)
    nodes = _nodes("outputs", [outputs] if single else outputs, _MADE)
    if not nodes:
        raise ValueError("outputs: expected at least one node, got none")
    ordered = topological(nodes)
    used = [node for node in ordered if node.role in LEAVES]
    if inputs is None:
        leaves = sorted(used, key=lambda leaf: leaf.serial)
    else:
        leaves = _nodes("inputs", [inputs] if isinstance(inputs, Node) else inputs, "give leaves that sg.input made, not names")
    check_leaves(leaves, used)
    return Function(Graph(nodes, leaves, ordered), single, _check_dtype(dtype), name, doc, engine, form, guards, bool(fuse))


def told(value: Any) -> str:
    """Return what an error says that it got: a value, shortened, and its type."""
    return f"{_short.repr(value)}, a {type(value).__name__}"


def _nodes(what: str, nodes: Any, advice: str) -> list[Node]:
    if not isinstance(nodes, (tuple, list)):
        raise TypeError(f"{what}: expected a node, or a tuple or list of nodes, got {told(nodes)}; {advice}")
    for node in nodes:
        if not isinstance(node, Node):
            raise TypeError(f"{what}: expected nodes, got {told(node)}; {advice}")
    return list(nodes)


def _check_dtype(dtype: Any) -> np.dtype[Any]:
    for each in DTYPES:
        try:
            if np.dtype(dtype) == each:
                return each
        except TypeError:
            break
    raise ValueError(f"dtype: expected float64 or float32, got {dtype!r}")
