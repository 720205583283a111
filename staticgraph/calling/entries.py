"""The calls of a function that code outside Python can make: which program computes each, and what its results are called."""

from collections.abc import Sequence
from itertools import product

from ..embedding.entries import make_entry
from ..native.batch import Entry
from ..nodes.node import PARAMETER, Node
from . import derived
from .evaluation import Evaluation, Names

CALLS = ("value", "grad", "value_and_grad", "jacobian", "hessian")
PRODUCTS = ("jvp", "vjp")
"""Calls with vectors behind the leaves."""


def entry_of(function: Evaluation, call: str, name: str, asked: Sequence[str] | None = None) -> Entry:
    """Return the entry of a call of a function under a symbol, for the derivatives in some leaves (None: all but data).

    `call` is one of `CALLS` or of `PRODUCTS`; `TypeError` where there is no such derivative.
    """
    names = function._default if asked is None else tuple(asked)
    if call == "value":
        return make_entry(name, function._plan(None).executor.program, function.inputs, function.graph.outputs, values_of(function), ())
    if call in PRODUCTS:
        return _product(function, call, name, names)
    if call != "jacobian":
        function._check_scalar(call)
    if call in ("jacobian", "hessian") or function._custom:
        return _by_graph(function, call, name, names)
    program, values = function._plan(names).executor.program, values_of(function) if call == "value_and_grad" else ()
    return make_entry(name, program, function.inputs, function.graph.outputs, values, names)


def entry_for_batches(function: Evaluation, call: str, name: str) -> Entry:
    """Return the entry of a call for batches.

    Raises
    ------
    ValueError
        For an unknown call, and for derivatives that are sums over rows and that code outside cannot make.
    TypeError
        Where there is no such derivative.
    """
    if call not in CALLS:
        raise ValueError(f"{function.__name__}: call {call!r} is unknown; expected one of {', '.join(CALLS)}")
    entry = entry_of(function, call, name)
    if entry.row_only:
        raise ValueError(f"{function.__name__}: {call}: {entry.row_only}")
    return entry


def values_of(function: Evaluation) -> list[str]:
    """Return the names of a function's outputs."""
    count = len(function.graph.outputs)
    return ["value"] if count == 1 else [f"value_{number}" for number in range(count)]


def _by_graph(function: Evaluation, call: str, name: str, names: Names) -> Entry:
    """Return the entry of derivatives that are the values of a graph."""
    valued = call == "value_and_grad"
    made = derived.hessian_of_a_row(function, names) if call == "hessian" else derived.jacobian(function, names, valued)
    summed = [leaf for leaf in names if function.inputs[function._places[leaf]].role == PARAMETER]
    if call == "hessian":
        labels = [f"hessian_{a}_{b}" for a, b in product(names, repeat=2)]
    elif call == "jacobian":
        outputs = values_of(function)
        labels = [f"jacobian{each.removeprefix('value')}_{leaf}" for each, leaf in product(outputs, names)]
    else:
        labels = [*(values_of(function) if valued else ()), *(f"gradient_{leaf}" for leaf in names)]
    return _rowwise(function, made, name, function.inputs, labels, () if call == "jacobian" else summed)


def _product(function: Evaluation, call: str, name: str, names: Names) -> Entry:
    """Return the entry of a product of the Jacobian matrix and vectors."""
    leaves, outputs = function.inputs, function.graph.outputs
    if call == "jvp":
        vectors = derived.vector_leaves(derived.leaves_of(function, names))
        return _rowwise(function, derived.directional(function, names), name, [*leaves, *vectors], values_of(function), ())
    cotangents = [f"cotangent of {each}" for each in values_of(function)]
    if not function._custom:
        return make_entry(name, function._plan(names).executor.program, leaves, outputs, (), names, cotangents)
    made, labels = derived.gradients_of_a_row(function, names), [f"gradient_{leaf}" for leaf in names]
    assert made.rowwise is not None
    summed = [leaf for leaf in names if function.inputs[function._places[leaf]].role == PARAMETER]
    return _rowwise(function, made, name, made.rowwise.inputs, labels, summed)


def _rowwise(
    function: Evaluation, made: derived.Derived, name: str, leaves: Sequence[Node], labels: Sequence[str], summed: Sequence[str]
) -> Entry:
    """Return the entry of derivatives of a row; for a batch it is right unless there are parameters in which they are summed."""
    inner = made.rowwise or derived.evaluation(function, function.graph.outputs, function.inputs)
    entry = make_entry(name, inner._plan(None).executor.program, leaves, inner.graph.outputs, labels, ())
    reason = "" if not summed else (
        f"for a batch the derivatives in the parameters {', '.join(summed)} are sums over rows, which this code does not make; "
        "make them inputs, or ask for the derivatives in inputs alone"
    )  # fmt: skip
    return Entry(entry.name, entry.program, entry.arguments, entry.results, reason)
