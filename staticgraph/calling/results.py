"""What a call returns for gradients: a tuple with the leaves' names."""

from collections import namedtuple
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

import numpy as np

from ..nodes.leaves import normalized
from ..records.table import Array

_namedtuple: Any = namedtuple
"""Without its type, which takes literal names only."""


class Gradients(tuple[Array, ...]):
    """Gradients, a named tuple of arrays over the leaves asked for: `grads.x`, `grads["x"]`, or unpacked.

    Its own type, with the names, is made at run time; here is what that can do beside what a named tuple can.
    """

    __slots__ = ()

    _fields: tuple[str, ...]

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Array:
            """Tell type checkers that a leaf's gradient is an array."""

        def _asdict(self) -> dict[str, Array]: ...

        def keys(self) -> tuple[str, ...]:
            """Return the names, which `**` unpacks."""

    @overload
    def __getitem__(self, key: str | SupportsIndex) -> Array: ...

    @overload
    def __getitem__(self, key: slice) -> tuple[Array, ...]: ...

    def __getitem__(self: Any, key: Any) -> Any:
        if not isinstance(key, str):
            return tuple.__getitem__(self, key)
        key = key if key in self._fields else normalized(key)
        if key not in self._fields:
            raise KeyError(f"no gradient of {key!r}; there are {', '.join(self._fields) or 'none'}")
        return getattr(self, key)

    def __array_function__(self: Any, function: Any, types: Any, operands: Any, options: Any) -> Any:
        """Be the tuple that it is, but for what optimisers do first: one gradient is taken alone, several are refused.

        Their own error would speak of shapes that do not match, and not tell what to do.
        """
        if function is np.atleast_1d:
            if len(self) == 1:
                return np.atleast_1d(self[0])
            raise TypeError(
                f"a tuple with the gradients of {', '.join(self._fields) or 'no leaf'} is no array;"
                " name one leaf to get its gradient alone, as an optimiser takes it: lambda x: f.grad(x, wrt='x')"
            )
        return function(*(tuple(each) if isinstance(each, tuple) else each for each in operands), **options)

    def __reduce__(self: Any) -> tuple[Any, ...]:
        return make_gradients, (self._fields, tuple(self))


@lru_cache(maxsize=1024)
def gradients_type(names: tuple[str, ...]) -> Any:
    """Return the type of gradients for these leaves: in the order of the arguments, by name, by position, or unpacked.

    With the method `keys` they are unpacked by `**` too, unless a leaf has that name.
    """
    methods: dict[str, Any] = {"__slots__": ()}
    if "keys" not in names:
        methods["keys"] = lambda self: names
    return type("Gradients", (Gradients, _namedtuple("Gradients", names)), methods)


def make_gradients(names: tuple[str, ...], arrays: Sequence[Any]) -> Any:
    """Return gradients as a named tuple."""
    return gradients_type(names)._make(arrays)
