"""The calls of a function that code outside Python can make: which program computes each, and what its results are called."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from ..embedding.entries import make_entry
from ..native.batch import Entry
from . import derived, in_one
from .evaluation import Evaluation, Names
from .in_one import InOne

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


def entry_by_name(function: Evaluation, call: str, name: str) -> Entry:
    """Return the entry of a call; `ValueError` if there is no such call, `TypeError` if there is no such derivative."""
    if call not in CALLS:
        raise ValueError(f"{function.__name__}: call {call!r} is unknown; expected one of {', '.join(CALLS)}")
    return entry_of(function, call, name)


def values_of(function: Evaluation) -> list[str]:
    """Return the names of a function's outputs."""
    count = len(function.graph.outputs)
    return ["value"] if count == 1 else [f"value_{number}" for number in range(count)]


def _by_graph(function: Evaluation, call: str, name: str, names: Names) -> Entry:
    """Return the entry of derivatives that are the values of a graph."""
    valued = call == "value_and_grad"
    if call == "hessian":
        labels = [f"hessian_{a}_{b}" for a, b in product(names, repeat=2)]
        return _of_one(in_one.hessian(function, names), name, labels)
    if call == "jacobian":
        outputs = values_of(function)
        labels = [f"jacobian{each.removeprefix('value')}_{leaf}" for each, leaf in product(outputs, names)]
    else:
        labels = [*(values_of(function) if valued else ()), *(f"gradient_{leaf}" for leaf in names)]
    return _of_one(in_one.jacobian(function, names, valued, sums=call != "jacobian"), name, labels)


def _product(function: Evaluation, call: str, name: str, names: Names) -> Entry:
    """Return the entry of a product of the Jacobian matrix and vectors."""
    leaves, outputs, values = function.inputs, function.graph.outputs, values_of(function)
    if call == "jvp":
        inner = derived.directional(function, names).rowwise
        assert inner is not None
        return make_entry(name, inner._plan(None).executor.program, inner.inputs, inner.graph.outputs, values, ())
    if function._custom:
        return _of_one(in_one.gradients(function, names), name, [f"gradient_{leaf}" for leaf in names])
    return make_entry(name, function._plan(names).executor.program, leaves, outputs, (), names, [f"cotangent of {each}" for each in values])


def _of_one(made: InOne, name: str, labels: Sequence[str]) -> Entry:
    """Return the entry of derivatives, some of which may be summed over rows."""
    inner, values = made.inner, [label for label, summed in zip(labels, made.summed, strict=True) if not summed]
    program = inner._plan(inner._default or None).executor.program
    entry = make_entry(name, program, inner.inputs, inner.graph.outputs, values, inner._default)
    alone, sums = iter(entry.results[: len(values)]), iter(entry.results[len(values) :])
    results = [replace(next(sums), name=label) if summed else next(alone) for label, summed in zip(labels, made.summed, strict=True)]
    return replace(entry, arguments=entry.arguments[: len(made.given)], results=tuple(results))
