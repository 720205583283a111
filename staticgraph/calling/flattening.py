"""A function as solvers want it, of one vector: what is in the vector, and what is fixed."""

from typing import Any

from ..nodes.leaves import normalized
from .arguments import asked_names
from .flat import Flat
from .function import Function


def flatten(f: Function, /, wrt: Any = None, weights: Any = None, **fixed: Any) -> Flat:
    """Return a view of a function as one of a single vector, for optimisers and solvers.

    The vector has the elements of some leaves, raveled and concatenated in the order of the arguments. All other leaves are fixed. Where
    a fixed one is a batch, a varying leaf in the vector has one value for all rows.

    Parameters
    ----------
    f : Function
    wrt : str, Node, or a sequence of them, optional
        The leaves in the vector; by default all that are not fixed.
    weights : scalar or array of shape (N,), optional
        A factor for each row's value; the square root of it for each row's residuals.
    **fixed
        The other leaves' arguments, as in a call of `f`. They are checked and converted now, once, and read where they lie.

    Returns
    -------
    Flat

    Raises
    ------
    TypeError
        If `f` is no function, a leaf is neither in the vector nor fixed, or what is fixed is no leaf or no number.
    ValueError
        If a fixed argument or the weights have a wrong shape, a leaf in `wrt` is unknown, repeated or fixed, or the vector has no leaf.
    """
    if not isinstance(f, Function):
        raise TypeError(f"flatten: expected a compiled function, got {type(f).__name__}; make one with sg.compile or sg.function")
    given = {normalized(name): value for name, value in fixed.items()}
    places = f._places
    for name in given:
        if name not in places:
            raise TypeError(f"flatten: {f.__name__} has no argument {name!r}; its arguments are {', '.join(places) or 'none'}")
    asked = [name for name in places if name not in given] if wrt is None else asked_names(f.__name__, f.inputs, places, wrt)[0]
    for name in places:
        if name in asked and name in given:
            raise ValueError(f"flatten: {name!r} is in wrt and fixed too; leave out one of them")
        if name not in asked and name not in given:
            raise TypeError(f"flatten: the argument {name!r} of {f.__name__} is neither in wrt nor fixed; write {name}=...")
    if not asked:
        raise ValueError(f"flatten: every argument of {f.__name__} is fixed, so that nothing is left for the vector")
    return Flat(f, asked, weights, given)
