"""The calls of a function that code outside Python can make: which program computes each, and what its results are called."""

from collections.abc import Sequence
from itertools import product

from ..embedding.entries import make_entry
from ..native.batch import Entry
from ..nodes.node import PARAMETER
from . import derived
from .evaluation import Evaluation, Names

CALLS = ("value", "grad", "value_and_grad", "jacobian", "hessian")


def entry_of(function: Evaluation, call: str, name: str, asked: Sequence[str] | None = None) -> Entry:
    """Return the entry of a call of a function under a symbol, for the derivatives in some leaves (None: all but data).

    Raises
    ------
    ValueError
        For an unknown call.
    TypeError
        Where there is no such derivative.
    """
    if call not in CALLS:
        raise ValueError(f"{function.__name__}: call {call!r} is unknown; expected one of {', '.join(CALLS)}")
    names = function._default if asked is None else tuple(asked)
    if call == "value":
        return make_entry(name, function._plan(None).executor.program, function.inputs, function.graph.outputs, values_of(function), ())
    if call != "jacobian":
        function._check_scalar(call)
    if call in ("jacobian", "hessian") or function._custom:
        return _by_graph(function, call, name, names)
    program, values = function._plan(names).executor.program, values_of(function) if call == "value_and_grad" else ()
    return make_entry(name, program, function.inputs, function.graph.outputs, values, names)


def entry_for_batches(function: Evaluation, call: str, name: str) -> Entry:
    """Return the entry of a call for batches; `ValueError` for derivatives that are sums over rows and that code outside cannot make."""
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
    inner = made.rowwise or derived.evaluation(function, function.graph.outputs, function.inputs)
    entry = make_entry(name, inner._plan(None).executor.program, function.inputs, inner.graph.outputs, labels, ())
    reason = "" if call == "jacobian" or not summed else (
        f"for a batch the derivatives in the parameters {', '.join(summed)} are sums over rows, which this code does not make; "
        "make them inputs, or ask for the derivatives in inputs alone"
    )  # fmt: skip
    return Entry(entry.name, entry.program, entry.arguments, entry.results, reason)
