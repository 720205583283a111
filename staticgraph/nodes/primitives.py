"""What the primitives of gates' rules do with nodes: NumPy's functions, which nodes answer for, make the graph of a derivative."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..gates.arithmetic import stop_gradient

_CONTRACTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "ik,kj->ij": lambda a, b: a @ b,
    "ij,kj->ik": lambda g, b: g @ np.transpose(b),
    "ik,ij->kj": lambda a, g: np.transpose(a) @ g,
}


def _either(mask: Any, a: Any, b: Any) -> Any:
    if isinstance(b, tuple):
        return tuple([np.where(mask, *each) for each in zip(a, b, strict=True)])
    return np.where(mask, a, b)


PRIMITIVES: dict[str, Callable[..., Any]] = {
    "where": lambda mask, a, b: np.where(mask, a, b),
    "where_any": lambda mask, rare, usual: _either(mask, rare(), usual),
    "magnitude": np.abs,
    "square_root": np.sqrt,
    "total": lambda x: np.sum(x, axis=1, keepdims=True),
    # No derivative depends on which extremum a rule of a reduction takes out.
    "largest": lambda x: stop_gradient(np.max(x, axis=1, keepdims=True)),
    "smallest": lambda x: stop_gradient(np.min(x, axis=1, keepdims=True)),
    "constant_like": lambda x, number: number,
    "contract": lambda formula, a, b: _CONTRACTIONS[formula](a, b),
}
