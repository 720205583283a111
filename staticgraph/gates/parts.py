"""Parts that the rules of several gates share: in native code equal ones are computed once, forward and backward together.

What a part is made of must be what all its users want always, not in a rare branch alone. A gate that a rule applies to its operands is
shared in the same way and need not be declared: the logarithm in the gradient of a power is that of the graph. Shared are only parts of
equal operands, which a rule is given as they are or by a gate: `sigmoid(negative(a))`, not `sigmoid(-a)`.
"""

from collections.abc import Callable
from typing import Any

from .primitives import Value


class Part:
    """A function of a rule's values whose results several rules share.

    It runs on every kind of value as any function does; values that know parts answer `__part__(part, operands)`.

    Parameters
    ----------
    function : callable
        Operands to a tuple of numbers.
    """

    def __init__(self, function: Callable[..., tuple[Value, ...]]) -> None:
        self.function = function
        self.name = function.__name__
        self.arity = function.__code__.co_argcount
        self.__doc__ = function.__doc__

    def __call__(self, *operands: Value) -> Any:
        """Compute the part."""
        for operand in operands:
            if hasattr(operand, "__part__"):
                return operand.__part__(self, operands)
        return self.function(*operands)

    def __repr__(self) -> str:
        return f"<part {self.name}>"
