"""Loops as the user writes them: a step is traced once."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..gates.arithmetic import stop_gradient
from .declaring import public
from .loops import carry_leaf, closed, flat, node_of, parts_of, slice_leaf
from .node import Node, as_node, window
from .structures import LEAF, NOTHING, TUPLE, Part, Structure, put_together, taken_apart


@public
def scan(step: Callable[[Any, Any], Any], carry: Any, xs: Any = None, length: int | None = None) -> tuple[Any, Any]:
    """Repeat a step: `carry, y = step(carry, x)` for each slice `x` of `xs` along the first axis.

    The step is traced once, and program, compile time and memory do not grow with the number of steps. The values have the bits of the
    loop written out.

    Parameters
    ----------
    step : callable
        Takes the carry and a slice and returns the next carry, of the same structure and shapes, and what is to be kept of the step. It
        may use any other node.
    carry : nodes, numbers, arrays, tuples, lists or dicts of them, or None
        What the first step takes.
    xs : the same, optional
        What is sliced: all of one length. With None the step gets None.
    length : int, optional
        The number of steps, if there is no `xs` to tell it.

    Returns
    -------
    carry
        Of the last step.
    ys
        What the steps returned, along a new first axis.

    Raises
    ------
    TypeError
        If the step does not return a pair, or something else than nodes.
    ValueError
        If the carry changes its structure, a shape or whether it is boolean; if lengths disagree, or there are no steps.
    """
    if not callable(step):
        raise TypeError(f"scan: step: expected a function of (carry, x), got {type(step).__name__}")
    initial, structure = taken_apart("carry", carry)
    arrays, sliced = taken_apart("xs", xs)
    steps = _length("scan", arrays, length)
    return _scan("scan", step, (initial, structure), (arrays, sliced), steps)


@public
def fori(start: int, stop: int, body: Callable[[Any, Any], Any], carry: Any) -> Any:
    """Repeat `carry = body(k, carry)` for `k` from `start` to `stop - 1`; see `scan`.

    Parameters
    ----------
    start, stop : int
        Known when the graph is built; there is at least one step.
    body : callable
        Takes the number of the step, a node, and the carry, and returns the next carry.
    carry : nodes, numbers, arrays, tuples, lists or dicts of them, or None
        What the first step takes.

    Returns
    -------
    carry
        Of the last step.

    Raises
    ------
    TypeError, ValueError
        As `scan`.
    """
    if not callable(body):
        raise TypeError(f"fori: body: expected a function of (k, carry), got {type(body).__name__}")
    first, last = (_whole("fori", name, value) for name, value in (("start", start), ("stop", stop)))
    if last <= first:
        raise ValueError(f"fori: there must be at least one step, but start is {first} and stop is {last}")
    initial, structure = taken_apart("carry", carry)

    def step(counted: Any, _: Any) -> tuple[Any, Any]:
        number = stop_gradient(counted[0])
        return (number + 1.0, body(number, counted[1])), None

    counted = [Part(as_node(float(first)), "k"), *initial], Structure(TUPLE, (Structure(LEAF), structure))
    (_, found), _ = _scan("fori", step, counted, ([], Structure(NOTHING)), last - first)
    return found


def _whole(called: str, name: str, value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{called}: {name}: expected an int, known when the graph is built, got {value!r}") from None


def _length(called: str, arrays: Sequence[Part], length: Any) -> int:
    """Return the number of steps."""
    for node, where in arrays:
        if not node.shape:
            raise ValueError(f"{called}: {where} has shape () and no axis to be sliced along")
    found = {where: node.shape[0] for node, where in arrays}
    if length is not None:
        found["length"] = _whole(called, "length", length)
    if not found:
        raise ValueError(f"{called}: without xs the number of steps is not known: give length")
    if len(set(found.values())) > 1:
        told = ", ".join(f"{where} has {count}" if where != "length" else f"length is {count}" for where, count in found.items())
        raise ValueError(f"{called}: the numbers of steps disagree: {told}")
    (count,) = set(found.values())
    if count < 1:
        raise ValueError(f"{called}: there must be at least one step, got a length of {count}")
    return count


def _scan(
    called: str, step: Any, given: tuple[Sequence[Part], Structure], sliced: tuple[Sequence[Part], Structure], length: int
) -> tuple[Any, Any]:  # fmt: skip
    """Trace a step once; return the last carry and the results of all steps."""
    (initial, structure), (arrays, form) = given, sliced
    carry = carry_leaf(sum(part.node.size for part in initial))
    slices = [slice_leaf(number, part.node.shape[1:]) for number, part in enumerate(arrays)]
    starts = np.cumsum([0, *(part.node.size for part in initial)]).tolist()
    carried = [_as(window(carry, start, node.shape), node.boolean) for start, (node, _) in zip(starts, initial, strict=False)]
    returned = step(put_together(structure, carried), put_together(form, [
        _as(leaf, part.node.boolean) for leaf, part in zip(slices, arrays, strict=True)
    ]))  # fmt: skip
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise TypeError(f"{called}: step must return a pair (carry, y), got {_short(returned)}; y may be None")
    after, kept = taken_apart("the step's carry", returned[0]), taken_apart("the step's y", returned[1])
    _check_carry(called, (initial, structure), after)
    nodes = [part.node for part in after[0]], [part.node for part in kept[0]]
    operands = flat([part.node for part in initial]) if initial else as_node(np.zeros(0))
    outputs = [flat(nodes[0]) if initial else as_node(np.zeros(0)), *nodes[1]]
    made = node_of(*closed(outputs, carry, slices, operands, [part.node for part in arrays], length))
    last, *results = parts_of(made)
    final = [_as(window(last, start, node.shape), node.boolean) for start, node in zip(starts, nodes[0], strict=False)]
    found = [_as(each, node.boolean) for each, node in zip(results, nodes[1], strict=True)]
    return put_together(structure, final), put_together(kept[1], found)


def _as(node: Node, boolean: bool) -> Node:
    """Return a number, or the truth value that it stands for."""
    truth: Node = node != 0.0
    return truth if boolean else node


def _short(value: Any) -> str:
    text = repr(value)
    return f"{text if len(text) < 80 else text[:77] + '...'}, a {type(value).__name__}"


def _check_carry(called: str, before: tuple[Sequence[Part], Structure], after: tuple[Sequence[Part], Structure]) -> None:
    """Raise `ValueError` unless a step returns a carry like the one that it takes."""
    if before[1] != after[1]:
        raise ValueError(f"{called}: the step changes the carry's structure, from {before[1]} to {after[1]}")
    for (given, where), (made, _) in zip(before[0], after[0], strict=True):
        if given.shape != made.shape:
            change = f"from {given.shape} to {made.shape}"
            raise ValueError(f"{called}: the step changes the shape of {where} {change}; begin with the shape that it has later")
        if given.boolean != made.boolean:
            names = [str(node.dtype) for node in (given, made)]
            raise ValueError(f"{called}: the step changes {where} from {names[0]} to {names[1]}; begin with the kind that it has later")
