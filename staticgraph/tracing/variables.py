"""What rewritten code reads and writes: attributes, items, operations in place, comparisons in a row."""

import functools
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..nodes.messages import NO_SETTING
from ..nodes.node import Node
from .array import HOOKS, Deferred, Traced
from .creating import load
from .errors import NO_INTEGERS, OUTSIDE, UnrepeatableError, UntraceableError
from .lookups import call, is_traced
from .numbered import Numbered, is_numbered, numbered_in, settled, steps_of
from .operations import found
from .state import current


def attribute(value: Any, name: str) -> Any:
    """Return `value.name`; a property of one of the user's classes is followed."""
    found = None if isinstance(value, types.ModuleType) else getattr(type(value), name, None)
    if type(found) is property and type(found.fget) is types.FunctionType and type(value) is not Traced:
        return call(found.fget, value)
    return load(getattr(value, name))


def formatted(text: str, values: Any) -> str:
    """Return `text % values`, which is part of a message: values of the trace have no digits."""
    return f"{text} of {values}" if found((Traced, Deferred, Node), values) else text % values


def store(value: Any, array: Any, key: Any) -> None:
    """Do `array[key] = value`."""
    if type(array) is not Traced and not issubclass(type(array), Deferred):
        trace = current()
        if trace.trials:
            raise UnrepeatableError("a step stores in a list, a dictionary or an array of integers")
        if isinstance(array, np.ndarray) and is_traced(value) and not (type(value) is Traced and not value.symbolic):
            raise UntraceableError(OUTSIDE if array.dtype.kind not in "iu" else NO_INTEGERS)
        if trace.joins:
            trace.restart(trace.forked, trace.joins[-1])
    array[key] = value



def item(array: Any, key: Any) -> Any:
    """Return `array[key]`, for a key that may differ from step to step of a loop."""
    if type(array) not in (Traced, Numbered) and is_numbered(key):
        trial = numbered_in(key)[0].trial
        return settled(trial, [load(array)[each] for each in steps_of(key, trial.count)])
    return array[key]


def update(operation: str, array: Any, key: Any, value: Any) -> None:
    """Do `array[key] operation= value`."""
    if isinstance(array, Node):
        raise TypeError(NO_SETTING)
    store(augmented(operation, array[key], value), array, key)


def augmented(operation: str, old: Any, value: Any) -> Any:
    """Return what `old operation= value` leaves in the variable."""
    if type(value) is Numbered and type(old) is Traced:
        value = value.sliced
    if type(old) is np.ndarray and is_traced(value):
        return getattr(operator, operation[1:] if operation[1:] not in ("and", "or") else operation[1:] + "_")(old, value)
    return getattr(operator, operation)(old, value)


def chain(names: tuple[str, ...], first: Any, *others: Callable[[], Any]) -> Any:
    """Return `first < others[0]() < ...`."""
    left = first

    def one(number: int) -> Any:
        nonlocal left
        right = others[number]()
        compared = getattr(operator, names[number])(left, right)
        left = right
        return compared

    return HOOKS["both"](one(0), *(functools.partial(one, number) for number in range(1, len(names))))
