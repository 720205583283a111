"""From a Python function to a compiled function: it is traced with leaves for its arguments."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..nodes.leaves import check_name, leaf
from ..nodes.node import DATA, INPUT, PARAMETER, Node
from ..running.choice import AUTO
from ..running.threads import check_positive
from ..tracing.outputs import ONE, Form, put_together
from ..tracing.state import UNROLL, Limits
from ..tracing.trace import nested, outputs_of, traced
from .compiling import compiled, told
from .function import Function
from .raising import Guards


def function(
    python_function: Any = None, /, *, inputs: Mapping[str, Any] | None = None, parameters: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None, dtype: Any = np.float64, engine: str = AUTO, name: str | None = None,
    fuse: bool = True, batch_style: bool = False, paths: int = 64, iterations: int = 64, truncate: bool = False, unroll: int = UNROLL,
) -> Callable[[Callable[..., Any]], Function]:  # fmt: skip
    """Compile a Python function by tracing it: the decorated function becomes a `Function`.

    It is written for one row, with NumPy, SciPy's special functions, `math` and Python's own functions, with arrays that are filled, with
    masks, branches and loops. It is written with its leaves' shapes, `@sg.function(inputs={"x": 3})`; without them it cannot decorate.

    Parameters
    ----------
    inputs, parameters, data : mapping of str to shape
        The function's parameters that are varying leaves, uniform leaves, and varying leaves that are data, with their shapes. Every
        other parameter needs a default and stays a Python value. `*args` is one leaf, unpacked along its first axis; a name that is no
        parameter goes to `**kwargs`, as do those of a mapping under the name of `**kwargs`.
    dtype, engine, name, fuse
        As in `compile`; the name is by default that of the Python function.
    batch_style : bool, optional
        Whether the function is written for a batch: it is traced with a batch of one row, the first axis of its inputs and outputs.
    paths : int, optional
        How many ways through one function's branches are traced, where both sides cannot be joined in place.
    iterations : int, optional
        How often a loop is unrolled that ends on a condition on values.
    truncate : bool, optional
        Whether rows that would go on keep the values of the last iteration; otherwise they are NaN, and calls raise `RuntimeError`.
    unroll : int, optional
        From how many steps on `for k in range(n)` becomes a loop of the program, as `scan` makes one, if its steps differ in values alone;
        shorter loops are written out. The values have the same bits.

    Raises
    ------
    TypeError
        If a parameter is neither declared nor has a default, or the function returns no nodes; for a limit that is no int.
    ValueError
        If a declared name is no parameter, or declared twice; for a limit below 1.
    UntraceableError
        Both of these kinds, in the user's file and line, for what a static graph cannot have.
    """
    if python_function is not None:
        raise TypeError(_misplaced(python_function))
    declared = _declared({INPUT: ("inputs", inputs), PARAMETER: ("parameters", parameters), DATA: ("data", data)})
    limits = _limits(paths, iterations, truncate, unroll)

    def decorate(python_function: Callable[..., Any]) -> Function:
        called, doc = _name_of(python_function)
        leaves, found = _traced(python_function, declared, limits, batch_style)
        return compiled(found.given, leaves, dtype, engine, name or called, doc, found.form, found.guards, fuse)

    return decorate


def trace(
    python_function: Callable[..., Any], /, *, inputs: Mapping[str, Any] | None = None, parameters: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None, batch_style: bool = False, paths: int = 64, iterations: int = 64, truncate: bool = False,
    unroll: int = UNROLL,
) -> Any:  # fmt: skip
    """Trace a Python function without compiling it.

    Parameters and errors are those of `function`.

    Returns
    -------
    Node, or tuple, list or dict of Node
        What the function returns; of complex values a tuple of the real and the imaginary part.
    """
    declared = _declared({INPUT: ("inputs", inputs), PARAMETER: ("parameters", parameters), DATA: ("data", data)})
    _, found = _traced(python_function, declared, _limits(paths, iterations, truncate, unroll), batch_style)
    return put_together(found.returned, found.outputs)


def _limits(paths: Any, iterations: Any, truncate: Any, unroll: Any) -> Limits:
    """Return the limits of a trace, checked."""
    return Limits(
        check_positive("paths", paths), check_positive("iterations", iterations), bool(truncate), check_positive("unroll", unroll)
    )  # fmt: skip


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


class _Found(NamedTuple):
    """What tracing has found: the outputs, their form as returned and, unless they are a flat tuple, as results; the rows that raise."""

    outputs: list[Node]
    returned: Form
    form: Form | None
    guards: Guards | None

    @property
    def given(self) -> Any:
        """The outputs as `compiled` takes them: one alone, or a list."""
        return self.outputs[0] if self.returned == ONE else self.outputs


def _traced(
    python_function: Callable[..., Any], declared: Mapping[str, tuple[str, Any]], limits: Limits, batch_style: bool
) -> tuple[list[Node], _Found]:
    """Return the leaves of a Python function, and what it makes of them."""
    called, _ = _name_of(python_function)
    known = _parameters(called, python_function)
    leaves = _leaves(called, known, declared)
    given = {str(each.name): _as_batch(each) if batch_style and each.role != PARAMETER else each for each in leaves}
    args, options = _arguments(known, given)
    state, returned = traced(python_function, args, options, limits)
    _check_returned(called, returned)
    try:
        found = outputs_of(state, returned)
    except (TypeError, ValueError):
        raise _wrong_return(called, returned) from None
    outputs = [_of_one_row(called, each) for each in found.outputs] if batch_style else found.outputs
    flat = found.form.kind in (tuple, list) and all(each == ONE for each in found.form.inner)
    guards = Guards.of([*found.raising, *found.cut], leaves)
    return leaves, _Found(outputs, found.form, None if flat or found.form == ONE else found.form, guards)


def _as_batch(leaf: Node) -> Node:
    """Return a leaf as a batch of one row."""
    batch: Node = leaf.reshape((1, *leaf.shape))
    return batch


def _of_one_row(called: str, output: Node) -> Node:
    """Return the only row of an output of a function that is written for a batch."""
    if output.shape[:1] != (1,):
        raise ValueError(
            f"{called}: with batch_style=True it is traced for a batch of one row, and each output has that as its first axis, "
            f"but one has shape {output.shape}"
        )
    return output[0]


def _leaves(called: str, known: Mapping[str, inspect.Parameter], declared: Mapping[str, tuple[str, Any]]) -> list[Node]:
    """Return the leaves for a Python function's parameters, in their order; then those for its `**kwargs`."""
    keywords = next((name for name, each in known.items() if each.kind is each.VAR_KEYWORD), None)
    further = [name for name in declared if name not in known]
    if further and keywords is None:
        raise ValueError(f"{called} has no parameter {further[0]!r}; its parameters are {', '.join(known) or 'none'}")
    leaves = []
    for name, each in known.items():
        if name in declared and name != keywords:
            leaves.append(leaf(declared[name][0], name, declared[name][1]))
            if each.kind is each.VAR_POSITIONAL and not leaves[-1].shape:
                raise ValueError(f"{called}: *{name} is unpacked along its first axis, so its shape is not (): {name!r}: (2,) gives two")
        elif each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            raise TypeError(
                f"{called}: the parameter {name!r} is neither declared nor has a default; declare it in inputs, parameters or data"
                f" of sg.function, such as inputs={{{name!r}: ()}}"
            )
    leaves += [leaf(declared[name][0], name, declared[name][1]) for name in further]
    if keywords is not None and keywords in declared:
        role, shapes = declared[keywords]
        if not isinstance(shapes, Mapping):
            raise TypeError(f"{called}: **{keywords} is declared by a mapping of its names to shapes, got {told(shapes)}")
        leaves += [leaf(role, name, shape) for name, shape in shapes.items()]
    return leaves


def _arguments(known: Mapping[str, inspect.Parameter], given: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments of the call that is traced: by name, but for what only a position reaches."""
    by_position = any(name in given and each.kind in (each.VAR_POSITIONAL, each.POSITIONAL_ONLY) for name, each in known.items())
    args: list[Any] = []
    options = dict(given)
    for name, each in known.items() if by_position else ():
        if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD):
            args.append(options.pop(name, each.default))
        elif each.kind is each.VAR_POSITIONAL and name in options:
            args.extend(options.pop(name))
    return args, options


def _check_returned(called: str, returned: Any) -> None:
    """Raise `TypeError` unless a traced function returned a node, or something with nodes in it."""
    flat, _ = nested(returned)
    if not any(isinstance(each, Node) for each in flat):
        raise _wrong_return(called, returned)


def _wrong_return(called: str, returned: Any) -> TypeError:
    hint = "is a `return` missing?" if returned is None else "a value that depends on no argument is written sg.constant(value)"
    return TypeError(
        f"{called}: expected to return a node, or tuples, lists and dictionaries of nodes, but it returned {told(returned)}; {hint}"
    )
