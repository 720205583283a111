"""What a call returns for gradients: a tuple with the leaves' names."""

from collections import namedtuple
from collections.abc import Sequence
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1024)
def gradients_type(names: tuple[str, ...]) -> Any:
    """Return the named tuple type of gradients for these leaves."""
    base = namedtuple("Gradients", names)  # type: ignore[misc]

    class Gradients(base):
        """Gradients, in the order of the arguments: by name, by position, or unpacked."""

        __slots__ = ()

        def __getitem__(self, key: Any) -> Any:
            if isinstance(key, str):
                if key not in names:
                    raise KeyError(f"no gradient of {key!r}; there are {', '.join(names) or 'none'}")
                return getattr(self, key)
            return tuple.__getitem__(self, key)

        def __reduce__(self) -> tuple[Any, ...]:
            return make_gradients, (names, tuple(self))

    return Gradients


def make_gradients(names: tuple[str, ...], arrays: Sequence[Any]) -> Any:
    """Return gradients as a named tuple."""
    return gradients_type(names)._make(arrays)

