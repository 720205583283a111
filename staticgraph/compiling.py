"""From nodes, or from a Python function, to a compiled function."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .function import Function
from .graph import Graph, topological
from .leaves import input, parameter
from .native.choice import AUTO, check_engine
from .node import INPUT, PARAMETER, Node, as_node

DTYPES = (np.dtype(np.float64), np.dtype(np.float32))


def compile(outputs: Any, inputs: Any = None, *, dtype: Any = np.float64, engine: str = AUTO, name: str | None = None) -> Function:
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
    return _compiled(outputs, inputs, dtype, engine, name or "function", None)


def _compiled(outputs: Any, inputs: Any, dtype: Any, engine: str, name: str, doc: str | None) -> Function:
    check_engine("engine", engine)
    single = isinstance(outputs, Node)
    nodes = _nodes("outputs", [outputs] if single else outputs)
    if not nodes:
        raise ValueError("outputs: expected at least one node, got none")
    ordered = topological(nodes)
    used = [node for node in ordered if node.role in (INPUT, PARAMETER)]
    if inputs is None:
        leaves = sorted(used, key=lambda leaf: leaf.serial)
    else:
        leaves = _nodes("inputs", [inputs] if isinstance(inputs, Node) else inputs)
    _check_leaves(leaves, used)
    return Function(Graph(nodes, leaves, ordered), single, _check_dtype(dtype), name, doc, engine)


def _nodes(what: str, nodes: Any) -> list[Node]:
    if not isinstance(nodes, (tuple, list)):
        raise TypeError(f"{what}: expected a node, or a tuple or list of nodes, got {type(nodes).__name__}")
    for node in nodes:
        if not isinstance(node, Node):
            raise TypeError(f"{what}: expected nodes, got {node!r}; wrap a number or an array with sg.constant")
    return list(nodes)


def _check_leaves(leaves: Sequence[Node], used: Sequence[Node]) -> None:
    for number, leaf in enumerate(leaves):
        if leaf.role not in (INPUT, PARAMETER):
            raise ValueError(f"inputs: {leaf!r} is no leaf; only what sg.input and sg.parameter make can be an argument")
        if any(leaf is other for other in leaves[:number]):
            raise ValueError(f"inputs: the leaf {leaf.name!r} stands twice")
        if any(leaf.name == other.name for other in leaves[:number]):
            raise ValueError(f"inputs: two leaves have the name {leaf.name!r}; names are unique within a function")
    listed = {id(leaf) for leaf in leaves}
    for leaf in used:
        if id(leaf) not in listed:
            raise ValueError(f"inputs: the outputs use the leaf {leaf.name!r}, which is missing; add it")


def _check_dtype(dtype: Any) -> np.dtype[Any]:
    for each in DTYPES:
        try:
            if np.dtype(dtype) == each:
                return each
        except TypeError:
            break
    raise ValueError(f"dtype: expected float64 or float32, got {dtype!r}")


def function(
    *, inputs: Mapping[str, Any] | None = None, parameters: Mapping[str, Any] | None = None, dtype: Any = np.float64,
    engine: str = AUTO, name: str | None = None,
) -> Callable[[Callable[..., Any]], Function]:  # fmt: skip
    """Compile a Python function by tracing it: the decorated function becomes a `Function`.

    Parameters
    ----------
    inputs, parameters : mapping of str to shape
        The function's parameters that are varying leaves, and those that are uniform leaves, with their shapes. Every other parameter
        needs a default and stays a Python value.
    dtype, engine, name
        As in `compile`; the name is by default that of the Python function.

    Raises
    ------
    TypeError
        If a parameter is neither declared nor has a default, or the function returns no nodes.
    ValueError
        If a declared name is no parameter, or declared twice.
    """
    varying, uniform = dict(inputs or {}), dict(parameters or {})

    def decorate(python_function: Callable[..., Any]) -> Function:
        called = python_function.__name__
        leaves = _leaves(python_function, varying, uniform)
        outputs = python_function(**{str(leaf.name): leaf for leaf in leaves})
        outputs = [as_node(output) for output in outputs] if isinstance(outputs, (tuple, list)) else as_node(outputs)
        return _compiled(outputs, leaves, dtype, engine, name or called, python_function.__doc__)

    return decorate


def _leaves(python_function: Callable[..., Any], varying: Mapping[str, Any], uniform: Mapping[str, Any]) -> list[Node]:
    """Return the leaves for a Python function's parameters, in their order."""
    called = python_function.__name__
    known = inspect.signature(python_function).parameters
    for name in (*varying, *uniform):
        if name not in known:
            raise ValueError(f"{called} has no parameter {name!r}; its parameters are {', '.join(known) or 'none'}")
        if name in varying and name in uniform:
            raise ValueError(f"{called}: {name!r} is declared as an input and as a parameter")
    leaves = []
    for name, each in known.items():
        if name in varying or name in uniform:
            if each.kind is each.POSITIONAL_ONLY:
                raise TypeError(f"{called}: the parameter {name!r} is positional-only; it must be possible to give it by name")
            leaves.append(input(name, varying[name]) if name in varying else parameter(name, uniform[name]))
        elif each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            raise TypeError(f"{called}: the parameter {name!r} is neither declared as input or parameter nor has a default")
    return leaves
