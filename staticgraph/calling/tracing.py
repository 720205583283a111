"""From a Python function to a compiled function: it is called once, with leaves for its arguments."""

import contextlib
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..nodes.leaves import check_name, leaf
from ..nodes.node import DATA, INPUT, PARAMETER, Node, as_node
from ..running.choice import AUTO
from .compiling import compiled, told
from .function import Function


def function(
    python_function: Any = None, /, *, inputs: Mapping[str, Any] | None = None, parameters: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None, dtype: Any = np.float64, engine: str = AUTO, name: str | None = None,
) -> Callable[[Callable[..., Any]], Function]:  # fmt: skip
    """Compile a Python function by tracing it: the decorated function becomes a `Function`.

    It is written with its leaves' shapes, `@sg.function(inputs={"x": 3})`; without them it cannot decorate.

    Parameters
    ----------
    inputs, parameters, data : mapping of str to shape
        The function's parameters that are varying leaves, uniform leaves, and varying leaves that are data, with their shapes. Every
        other parameter needs a default and stays a Python value.
    dtype, engine, name
        As in `compile`; the name is by default that of the Python function.

    Raises
    ------
    TypeError
        If a parameter is neither declared nor has a default, or the function returns no nodes.
    ValueError
        If a declared name is no parameter, or declared twice.
    """
    if python_function is not None:
        raise TypeError(_misplaced(python_function))
    declared = _declared({INPUT: ("inputs", inputs), PARAMETER: ("parameters", parameters), DATA: ("data", data)})

    def decorate(python_function: Callable[..., Any]) -> Function:
        called, doc = _name_of(python_function)
        leaves = _leaves(called, _parameters(called, python_function), declared)
        outputs = _outputs(called, python_function(**{str(leaf.name): leaf for leaf in leaves}))
        return compiled(outputs, leaves, dtype, engine, name or called, doc)

    return decorate


def _misplaced(given: Any) -> str:
    """Return what to write instead of what decorates without shapes."""
    if not callable(given):
        return f"sg.function: expected keywords such as inputs={{'x': ()}}, got {told(given)}"
    called, _ = _name_of(given)
    shapes = ", ".join(f"{each!r}: ()" for each in _parameters(called, given)) or "'x': ()"
    return f"sg.function needs the leaves' shapes before it decorates {called}: write @sg.function(inputs={{{shapes}}})"


def _name_of(python_function: Any) -> tuple[str, str | None]:
    """Return the name and the docstring of a function, of what `functools.partial` wraps, or of a callable object's class."""
    while isinstance(python_function, functools.partial):
        python_function = python_function.func
    return getattr(python_function, "__name__", type(python_function).__name__), python_function.__doc__


def _parameters(called: str, python_function: Any) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(python_function).parameters
    except (TypeError, ValueError):
        raise TypeError(f"sg.function: {called}: expected a function with known parameters, got {told(python_function)}") from None


def _declared(given: Mapping[str, tuple[str, Any]]) -> dict[str, tuple[str, Any]]:
    """Return the role and the shape of each declared name."""
    declared: dict[str, tuple[str, Any]] = {}
    for role, (keyword, shapes) in given.items():
        if shapes is not None and not isinstance(shapes, Mapping):
            raise TypeError(f'sg.function: {keyword}: expected a mapping of names to shapes such as {{"mu": ()}}, got {told(shapes)}')
        for written, shape in (shapes or {}).items():
            name = check_name(written)
            if name in declared:
                raise ValueError(f"sg.function: {name!r} is declared twice, as {declared[name][0]} and as {role}")
            declared[name] = role, shape
    return declared


def _leaves(called: str, known: Mapping[str, inspect.Parameter], declared: Mapping[str, tuple[str, Any]]) -> list[Node]:
    """Return the leaves for a Python function's parameters, in their order."""
    for name in declared:
        if name not in known:
            raise ValueError(f"{called} has no parameter {name!r}; its parameters are {', '.join(known) or 'none'}")
    leaves = []
    for name, each in known.items():
        if name in declared:
            if each.kind is each.POSITIONAL_ONLY:
                raise TypeError(f"{called}: the parameter {name!r} is positional-only; it must be possible to give it by name")
            leaves.append(leaf(declared[name][0], name, declared[name][1]))
        elif each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            raise TypeError(
                f"{called}: the parameter {name!r} is neither declared nor has a default; declare it in inputs, parameters or data"
                f" of sg.function, such as inputs={{{name!r}: ()}}"
            )
    return leaves


def _outputs(called: str, returned: Any) -> Any:
    """Return the nodes that a traced function returned: one, or a list; `TypeError` saying what to return otherwise."""
    if isinstance(returned, Node):
        return returned
    outputs = list(returned) if isinstance(returned, (tuple, list)) else []
    if any(isinstance(output, Node) for output in outputs) and not any(isinstance(output, (tuple, list)) for output in outputs):
        with contextlib.suppress(TypeError, ValueError):
            return [as_node(output) for output in outputs]
    hint = "is a `return` missing?" if returned is None else "a value that depends on no argument is written sg.constant(value)"
    raise TypeError(f"{called}: expected to return a node, or a flat tuple or list of nodes, but it returned {told(returned)}; {hint}")
