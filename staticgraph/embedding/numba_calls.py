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

MakeEntry = Callable[[str, str, Any], tuple[Entry, Any, bool]]
"""Of a call, a symbol and the leaves asked for: the entry, the type of the gradients, and whether one was asked for alone."""
METHODS = {"__call__": "value", "grad": "grad", "value_and_grad": "value_and_grad", "jacobian": "jacobian", "hessian": "hessian"}


class Argument(NamedTuple):
    """A leaf as a caller gives it: its name, its shape, its Numba type, and whether that is of a batch."""

    name: str
    shape: tuple[int, ...]
    kind: Any
    batched: bool


def methods(content: Content, make_entry: MakeEntry) -> dict[str, Callable[..., Any]]:
    """Return the methods of a function by their names, for `overload_method`."""
    names = ", ".join(name for name, _, _ in content.leaves)
    made = {}
    for method in METHODS:
        options = "out=None" if method == "__call__" else "wrt=None, out=None"
        asked = "None" if method == "__call__" else "wrt"
        head = f"_self, {names}, {options}" if names else f"_self, {options}"
        source = f"def overload({head}):\n    return _build({method!r}, [{names}], {asked}, out)\n"

        def build(method: str, kinds: list[Any], wrt: Any, out: Any, head: str = head) -> Any:
            return _implementation(content, make_entry, method, kinds, wrt, out, head)

        space: dict[str, Any] = {"_build": build}
        exec(source, space)
        made[method] = space["overload"]
    return made


def _implementation(content: Content, make_entry: MakeEntry, method: str, kinds: list[Any], wrt: Any, out: Any, head: str) -> Any:
    """Return the Python function that Numba compiles for these types."""
    arguments = [_argument(content, leaf, kind) for leaf, kind in zip(content.leaves, kinds, strict=True)]
    batch = any(each.batched for each in arguments)
    names = _asked(content, wrt)
    try:
        entry, gradients, alone = make_entry(METHODS[method], f"staticgraph_{content.key[:24]}_{_label(content, method, names)}", names)
    except (TypeError, ValueError) as error:
        raise TypingError(str(error)) from None
    if batch and entry.row_only:
        raise TypingError(f"{content.name}.{method}: {entry.row_only}")
    form = _form(method, entry, gradients, alone)
    places = _places(content, entry, form, out, batch)
    lines = [*_checks(content, arguments), *_results(content, entry, places, batch)]
    given = "".join(f"{each.name}, " for each in arguments)
    lines.append(f"_made = _call(_rows, ({given}), ({''.join(f'_r{number}, ' for number in range(len(entry.results)))}))")
    numbers = frozenset() if places is not None else frozenset(_missing(entry, batch))
    lines += [f"_v{number} = _made[{order}]" for order, number in enumerate(sorted(numbers))]
    lines.append(f"return {'out' if places is not None else _returned(form, numbers)}")
    space = {"_call": calling(entry, batch, places is None), "_Gradients": gradients, "_Error": ValueError}
    space |= {"_empty": np.empty, "_bool": np.bool_, "_dtype": np.dtype(content.dtype)}
    body = "\n".join(f"    {line}" for line in lines)
    exec(f"def implementation({head}):\n    _rows = 1\n{body}\n", space)
    return space["implementation"]


def _label(content: Content, method: str, names: Any) -> str:
    """Return what a symbol says of a call: leaves by their numbers, since names may hold what symbols do not."""
    order = [name for name, _, _ in content.leaves]
    asked = () if names is None else (names,) if isinstance(names, str) else names
    return "_".join([METHODS[method], *(str(order.index(name)) for name in asked if name in order)])


def _argument(content: Content, leaf: tuple[str, tuple[int, ...], bool], kind: Any) -> Argument:
    """Return a leaf as it is given; `TypingError` that names it for another type."""
    name, shape, varying = leaf
    kind = types.unliteral(kind) if isinstance(kind, types.Literal) else kind
    own, what = types.float64 if content.dtype == "float64" else types.float32, f"shape {shape}"
    if isinstance(kind, types.Array) and kind.dtype == own and (kind.ndim == len(shape) or (varying and kind.ndim == len(shape) + 1)):
        return Argument(name, shape, kind, kind.ndim > len(shape))
    if not shape and isinstance(kind, types.Float | types.Integer | types.Boolean):
        return Argument(name, shape, kind, False)
    expected = f"an array of {content.dtype} of {what}" if shape else f"a number, or an array of {content.dtype} of shape ()"
    raise TypingError(f"{content.name}: leaf {name!r}: expected {expected}{f' or (N, *{shape})' if varying else ''}, got {kind}")


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


def _form(method: str, entry: Entry, gradients: Any, alone: bool) -> Form:
    """Return how a method's results are arranged: the values, then the derivatives in one leaf after another."""
    numbers = list(range(len(entry.results)))
    leaves = 1 if alone else len(gradients._fields)
    values = {"__call__": len(numbers), "value_and_grad": 1}.get(method, 0)
    value: Form = tuple(numbers[:values]) if values != 1 else 0
    rows: list[Form] = [numbers[first : first + leaves] for first in range(values, len(numbers), leaves or 1)]
    rows = [row[0] for row in rows] if alone else rows
    if method == "__call__":
        return value
    if method == "hessian" and not alone:
        return rows
    found: Form = (rows[0] if rows else []) if len(rows) <= 1 else tuple(rows)
    return (value, found) if method == "value_and_grad" else found


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
            shape = f"{each.name}.shape[1:]" if each.batched else f"{each.name}.shape"
            if each.shape:
                expected = f"(N, *{each.shape})" if each.batched else str(each.shape)
                message = f"{content.name}: leaf {each.name!r}: expected shape {expected}"
                lines.append(f"if {shape} != {each.shape}: raise _Error({message!r})")
            if each.batched:
                message = f"{content.name}: leaf {each.name!r}: its batch is not as large as those before it"
                differs = f"if {each.name}.shape[0] != _rows: raise _Error({message!r})"
                lines.append(f"_rows = {each.name}.shape[0]" if first else differs)
                first = False
    return lines


def _results(content: Content, entry: Entry, places: list[tuple[str, Any]] | None, batch: bool) -> list[str]:
    """Return the statements that name each result's array: those of `out`, new ones, or none for a number."""
    lines = []
    for number, array in enumerate(entry.results):
        batched = batch and array.varying
        if places is not None:
            text, kind = places[number]
            shape = f"(_rows, *{array.shape})" if batched else str(array.shape)
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
