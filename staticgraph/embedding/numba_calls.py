"""What a compiled function's methods are in Numba's functions: checked when a caller is compiled, written out for the caller's types."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numba.core import types as _types
from numba.core.errors import TypingError

from ..native.batch import Array, Entry
from .numba_linking import calling
from .numba_types import Content

types: Any = _types
"""Numba's types, without what it says of them."""

MakeEntry = Callable[[str, str, Any], tuple[Entry, Any, bool, bool]]
"""Of a call, a symbol and the leaves asked for: the entry, the type of the gradients, whether one was asked for alone, and whether the
output is no tuple."""
METHODS = {
    "__call__": "value", "grad": "grad", "value_and_grad": "value_and_grad", "jvp": "jvp", "vjp": "vjp", "jacobian": "jacobian",
    "hessian": "hessian",
}  # fmt: skip
VECTORS = {"jvp": "tangents", "vjp": "cotangent"}
"""What a method takes before the leaves."""


class Argument(NamedTuple):
    """A leaf, or a vector beside it, as a caller gives it.

    Attributes
    ----------
    text : str
        Its expression in the function that is written.
    label : str
        What messages call it.
    shape : tuple of int
    kind : Any
        Its Numba type.
    batched : bool
        Whether that is of a batch.
    """

    text: str
    label: str
    shape: tuple[int, ...]
    kind: Any
    batched: bool


def methods(content: Content, make_entry: MakeEntry) -> dict[str, Callable[..., Any]]:
    """Return the methods of a function by their names, for `overload_method`."""
    names = [name for name, _, _ in content.leaves]
    made = {}
    for method in METHODS:
        asked, vectors = "None" if method == "__call__" else "wrt", ["_vectors"] if method in VECTORS else []
        head = ", ".join(["_self", *vectors, *names, "_more=None", *(["wrt=None"] if asked == "wrt" else []), "out=None"])
        given = f"[{', '.join(names)}], {vectors[0] if vectors else None}, {asked}, out"
        source = f"def overload({head}):\n    _check(_more)\n    return _build({method!r}, {given})\n"

        def check(more: Any) -> None:
            if more is not None and not isinstance(more, types.Omitted):
                raise TypingError(f"{content.name}: expected at most {len(names)} arguments by position; wrt and out are given by name")

        def build(method: str, kinds: list[Any], vectors: Any, wrt: Any, out: Any, head: str = head) -> Any:
            return _implementation(content, make_entry, method, kinds, vectors, wrt, out, head)

        space: dict[str, Any] = {"_build": build, "_check": check}
        exec(source, space)
        made[method] = space["overload"]
    return made


def _implementation(
    content: Content, make_entry: MakeEntry, method: str, kinds: list[Any], vectors: Any, wrt: Any, out: Any, head: str
) -> Any:
    """Return the Python function that Numba compiles for these types."""
    leaves = zip(content.leaves, kinds, strict=True)
    arguments = [_argument(content, name, f"leaf {name!r}", shape, varying, kind) for (name, shape, varying), kind in leaves]
    names = _asked(content, wrt)
    try:
        symbol = f"staticgraph_{content.key[:24]}_{_label(content, method, names)}"
        entry, gradients, alone, single = make_entry(METHODS[method], symbol, names)
    except (TypeError, ValueError) as error:
        raise TypingError(str(error)) from None
    batch = any(each.batched for each in arguments)
    if method in VECTORS:
        one = alone or not isinstance(vectors, types.BaseTuple) if method == "jvp" else single
        arguments += _vectors(content, method, entry.arguments[len(arguments) :], vectors, one, batch)
        batch = any(each.batched for each in arguments)
    form = _form(method, entry, gradients, alone, single)
    places = _places(content, entry, form, out, batch)
    lines = [*_checks(content, arguments), *_results(content, entry, places, batch)]
    given = "".join(f"{each.text}, " for each in arguments)
    lines.append(f"_made = _call(_rows, ({given}), ({''.join(f'_r{number}, ' for number in range(len(entry.results)))}))")
    numbers = frozenset() if places is not None else frozenset(_missing(entry, batch))
    lines += [f"_v{number} = _made[{order}]" for order, number in enumerate(sorted(numbers))]
    lines.append(f"return {'out' if places is not None else _returned(form, numbers)}")
    space = {"_call": calling(entry, batch, places is None), "_Gradients": gradients, "_Error": ValueError}
    space |= {"_empty": np.empty, "_bool": np.bool_, "_dtype": np.dtype(content.dtype)}
    body = "\n".join(f"    {line}" for line in lines)
    exec(f"def implementation({head}):\n    _rows = 1\n{body}\n", space)
    return space["implementation"]


def _vectors(content: Content, method: str, arrays: Sequence[Array], vectors: Any, one: bool, batch: bool) -> list[Argument]:
    """Return the vectors of a product as they are given: one, or a tuple of them."""
    what = VECTORS[method]
    kinds = [vectors] if one else list(vectors) if isinstance(vectors, types.BaseTuple) else None
    if kinds is None or len(kinds) != len(arrays):
        raise TypingError(f"{content.name}.{method}: {what}: expected {'one' if one else f'a tuple of {len(arrays)}'}, got {vectors}")
    made = []
    for number, (array, kind) in enumerate(zip(arrays, kinds, strict=True)):
        text, label = "_vectors" if one else f"_vectors[{number}]", what if one else f"{what}, number {number}"
        made.append(_argument(content, text, label, array.shape, array.varying, kind))
        if method == "vjp" and made[-1].batched != batch:
            wanted = "a batch" if batch else "no batch"
            raise TypingError(f"{content.name}.vjp: {label}: expected {wanted}, as the arguments are, got {kind}")
    return made


def _label(content: Content, method: str, names: Any) -> str:
    """Return what a symbol says of a call: leaves by their numbers, since names may hold what symbols do not."""
    order = [name for name, _, _ in content.leaves]
    asked = () if names is None else (names,) if isinstance(names, str) else names
    return "_".join([METHODS[method], *(str(order.index(name)) for name in asked if name in order)])


def _argument(content: Content, text: str, label: str, shape: tuple[int, ...], varying: bool, kind: Any) -> Argument:
    """Return a leaf or a vector as it is given; `TypingError` that names it for another type."""
    kind = types.unliteral(kind) if isinstance(kind, types.Literal) else kind
    own, what = types.float64 if content.dtype == "float64" else types.float32, f"shape {shape}"
    if isinstance(kind, types.Array) and kind.dtype == own and (kind.ndim == len(shape) or (varying and kind.ndim == len(shape) + 1)):
        return Argument(text, label, shape, kind, kind.ndim > len(shape))
    if not shape and isinstance(kind, types.Float | types.Integer | types.Boolean):
        return Argument(text, label, shape, kind, False)
    expected = f"an array of {content.dtype} of {what}" if shape else f"a number, or an array of {content.dtype} of shape ()"
    raise TypingError(f"{content.name}: {label}: expected {expected}{f' or (N, *{shape})' if varying else ''}, got {kind}")


def _asked(content: Content, wrt: Any) -> Any:
    """Return the names in `wrt`, None for the default; `TypingError` unless they are literal."""
    if wrt is None or isinstance(wrt, types.NoneType) or (isinstance(wrt, types.Omitted) and wrt.value is None):
        return None
    if isinstance(wrt, types.StringLiteral):
        return wrt.literal_value
    if isinstance(wrt, types.BaseTuple) and all(isinstance(each, types.StringLiteral) for each in wrt):
        return tuple(each.literal_value for each in wrt)
    raise TypingError(f"{content.name}: wrt must be a literal string or a tuple of literal strings, got {wrt}")


Form = Any
"""How results are arranged: a number for each, or a tuple of such; of gradients a list."""


def _form(method: str, entry: Entry, gradients: Any, alone: bool, single: bool) -> Form:
    """Return how a method's results are arranged: the values, then the derivatives in one leaf after another."""
    numbers = list(range(len(entry.results)))
    if method in ("__call__", "jvp"):
        return 0 if single else tuple(numbers)
    leaves = 1 if alone else len(gradients._fields)
    values = int(method == "value_and_grad")
    rows: list[Form] = [numbers[first : first + leaves] for first in range(values, len(numbers), leaves or 1)]
    rows = [row[0] for row in rows] if alone else rows
    if method == "hessian" and not alone:
        return rows
    found: Form = (rows[0] if rows else []) if len(rows) <= 1 else tuple(rows)
    return (0, found) if method == "value_and_grad" else found


def _returned(form: Form, numbers: frozenset[int]) -> str:
    """Return the expression of results without `out`, some of which are numbers."""
    if isinstance(form, int):
        return f"_v{form}" if form in numbers else f"_r{form}"
    inner = "".join(f"{_returned(each, numbers)}, " for each in form)
    return f"_Gradients({inner})" if isinstance(form, list) else f"({inner})"


def _places(content: Content, entry: Entry, form: Form, out: Any, batch: bool) -> list[tuple[str, Any]] | None:
    """Return for each result the expression of its array in `out` and that array's type, None where there is no `out`."""
    if out is None or isinstance(out, types.NoneType) or (isinstance(out, types.Omitted) and out.value is None):
        return None
    found: list[tuple[str, Any]] = []

    def walk(part: Form, kind: Any, text: str) -> None:
        if isinstance(part, int):
            found.append((text, _writable(content, entry.results[part], kind, batch)))
        elif not isinstance(kind, types.BaseTuple) or len(kind) != len(part):
            raise TypingError(f"{content.name}: {text}: expected a tuple of {len(part)}, got {kind}")
        else:
            for number, (each, inner) in enumerate(zip(part, kind, strict=True)):
                walk(each, inner, f"{text}[{number}]")

    walk(form, out, "out")
    return found


def _writable(content: Content, array: Array, kind: Any, batch: bool) -> Any:
    """Return the type of an array of `out`; `TypingError` unless it can take a result."""
    own = types.boolean if array.boolean else types.float64 if content.dtype == "float64" else types.float32
    axes = len(array.shape) + (batch and array.varying)
    if not isinstance(kind, types.Array) or kind.dtype != own or kind.ndim != axes or not kind.mutable:
        raise TypingError(f"{content.name}: out for {array.name}: expected a writable array of {own} of {axes} axes, got {kind}")
    return kind


def _checks(content: Content, arguments: Sequence[Argument]) -> list[str]:
    """Return the statements that check the shapes of the leaves and find the number of rows."""
    lines, first = [], True
    for each in arguments:
        if isinstance(each.kind, types.Array) and each.kind.ndim:
            shape = f"{each.text}.shape[1:]" if each.batched else f"{each.text}.shape"
            if each.shape:
                expected = f"(N, *{each.shape})" if each.batched else str(each.shape)
                message = f"{content.name}: {each.label}: expected shape {expected}"
                lines.append(f"if {shape} != {each.shape}: raise _Error({message!r})")
            if each.batched:
                message = f"{content.name}: {each.label}: its batch is not as large as those before it"
                differs = f"if {each.text}.shape[0] != _rows: raise _Error({message!r})"
                lines.append(f"_rows = {each.text}.shape[0]" if first else differs)
                first = False
    return lines


def _results(content: Content, entry: Entry, places: list[tuple[str, Any]] | None, batch: bool) -> list[str]:
    """Return the statements that name each result's array: those of `out`, new ones, or none for a number."""
    lines = []
    for number, array in enumerate(entry.results):
        batched = batch and array.varying
        if places is not None:
            text, kind = places[number]
            shape = f"(N, *{array.shape})" if batched else str(array.shape)
            lines.append(f"_r{number} = {text}")
            if kind.ndim:
                whole = f"(_rows,) + {array.shape}" if batched else str(array.shape)
                message = f"{content.name}: out for {array.name}: expected shape {shape}"
                lines.append(f"if _r{number}.shape != {whole}: raise _Error({message!r})")
        elif array.shape or batched:
            whole = f"(_rows,) + {array.shape}" if batched else str(array.shape)
            lines.append(f"_r{number} = _empty({whole}, {'_bool' if array.boolean else '_dtype'})")
        else:
            lines.append(f"_r{number} = None")
    return lines


def _missing(entry: Entry, batch: bool) -> list[int]:
    """Return the results that are numbers, which need no array."""
    return [number for number, array in enumerate(entry.results) if not array.shape and not (batch and array.varying)]
