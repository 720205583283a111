"""Results of any shape: nested tuples, lists and dictionaries of outputs, taken apart and put together again."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

LEAF, PAIR = "leaf", "pair"
"""One output, or two that are the parts of a complex one."""


class Form(NamedTuple):
    """How outputs are nested: the type, the keys of a dictionary, and the forms of what it holds."""

    kind: Any
    keys: tuple[Any, ...]
    inner: tuple["Form", ...]


ONE, COMPLEX = Form(LEAF, (), ()), Form(PAIR, (), ())


def count(form: Form) -> int:
    """Return how many real outputs there are."""
    return 1 if form.kind == LEAF else 2 if form.kind == PAIR else sum(map(count, form.inner))


def put_together(form: Form, values: Sequence[Any]) -> Any:
    """Return outputs, one after another, in their form."""
    if form.kind == LEAF:
        return values[0]
    if form.kind == PAIR:
        return _complex(*values)
    inner, start = [], 0
    for each in form.inner:
        end = start + count(each)
        inner.append(put_together(each, values[start:end]))
        start = end
    if form.kind is dict:
        return dict(zip(form.keys, inner, strict=True))
    return form.kind(*inner) if hasattr(form.kind, "_fields") else form.kind(inner)


def _complex(real: Any, imaginary: Any) -> Any:
    """Join two arrays, or two tuples of arrays one by one; anything else stays a pair."""
    if isinstance(real, tuple) and hasattr(real, "_make"):
        return real._make(map(_complex, real, imaginary))
    if not isinstance(real, (np.ndarray, np.generic, float)):
        return real, imaginary
    made = np.empty(np.shape(real), np.result_type(real, np.complex64))
    made.real, made.imag = real, imaginary
    return made[()]


def taken_apart(what: str, form: Form, given: Any) -> list[Any]:
    """Return what is nested in a form, one after another; `TypeError` or `ValueError` if it is not.

    Of a complex one, these are the real and the imaginary part of a number that multiplies it as a pair of real numbers.
    """
    if form.kind == LEAF:
        return [given]
    if form.kind == PAIR:
        return [tuple(map(part, given)) if isinstance(given, tuple) else part(given) for part in (np.real, np.imag)]
    if form.kind is dict:
        if not isinstance(given, dict) or given.keys() != set(form.keys):
            raise TypeError(f"{what}: expected a dictionary with {', '.join(map(repr, form.keys))}, as the outputs are")
        given = [given[key] for key in form.keys]
    if not isinstance(given, (tuple, list)):
        raise TypeError(f"{what}: expected a tuple of {len(form.inner)}, as the outputs are, got {type(given).__name__}")
    if len(given) != len(form.inner):
        raise ValueError(f"{what}: expected {len(form.inner)} in a tuple, as the outputs are, got {len(given)}")
    return [each for inner, one in zip(form.inner, given, strict=True) for each in taken_apart(what, inner, one)]
