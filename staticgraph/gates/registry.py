"""What a gate is, and the table of all gates.

A gate is declared once: its forward rule, and beside it its backward rule. The public function, the NumPy dispatch, the opcode,
kernels, native code, the listing, the reference evaluator, the documentation row and the test cases all follow from the table.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .primitives import Value

Example = tuple[tuple[Any, ...], Any, tuple[Any, ...]]
"""Operands, value, and the gradient of each operand for an upstream gradient of 1: numbers, or lists where a gate takes arrays."""

ELEMENTWISE, REDUCTION, CONTRACTION, LAYOUT, CUSTOM = "elementwise", "reduction", "contraction", "layout", "custom"


def ends(left: tuple[float, float], right: tuple[float, float]) -> list[Example]:
    """Return the examples of a gate of one operand at minus and plus infinity: the value and the gradient at each."""
    return [((end,), value, (slope,)) for end, (value, slope) in ((-np.inf, left), (np.inf, right))]


class Gate:
    """An operation of the graph, with its local derivative.

    Parameters
    ----------
    forward
        The forward rule: operands to value.
    kind
        The name of its kind (see `kinds`): `"elementwise"` (a value per element), `"reduction"` (along one axis), `"contraction"` (a sum
        of products), `"layout"` (moves elements, computes nothing), ...
    symbol
        How the listing writes it; the name by default.
    ufuncs
        NumPy's functions of the same meaning.
    commutative
        Whether the order of two operands is immaterial.
    boolean
        `"never"`, `"always"` (a predicate), `"operands"` (where all operands are) or `"choices"` (where all but the first are, which only
        chooses).
    examples
        Exact points, also at kinks.
    kinks
        A predicate of the operands: true where the gate is not differentiable, so that finite differences stay away. Of a reduction, a
        predicate of element and value: it is not differentiable where several elements fulfil it.
    domain
        For each operand the interval to sample for finite differences.
    differentiable
        False if nothing flows back although the value is a number; then there is no backward rule.
    public
        Whether users write it; otherwise only passes and functions do.
    zeros_stop
        Of a contraction: the operands whose zeros contribute zero, whatever they are multiplied by.
    """

    def __init__(
        self,
        forward: Callable[..., Value],
        *,
        kind: str = ELEMENTWISE,
        symbol: str | None = None,
        ufuncs: Sequence[Any] = (),
        commutative: bool = False,
        boolean: str = "never",
        examples: Sequence[Example] = (),
        kinks: Callable[..., Value] | None = None,
        domain: Sequence[tuple[float, float]] = (),
        differentiable: bool = True,
        public: bool = True,
        zeros_stop: Sequence[int] = (),
    ) -> None:
        self.name = forward.__name__.rstrip("_")
        self.__name__ = self.name
        self.__doc__ = forward.__doc__
        self.forward = forward
        self.kind = kind
        self.symbol = symbol or self.name
        self.ufuncs = tuple(ufuncs)
        self.arity = forward.__code__.co_argcount
        self.commutative = commutative
        self.boolean = boolean
        self.examples = tuple(examples)
        self.kinks = kinks
        self.domain = tuple(domain) or ((-3.0, 3.0),) * self.arity
        self.differentiable = differentiable and boolean != "always" and kind != LAYOUT
        self.public = public
        self.zeros_stop = tuple(zeros_stop)
        self.rule: Callable[..., Value] | None = None
        self.slopes: dict[int, Gate] = {}
        self.slope_rules: dict[int, Callable[..., Value]] = {}
        self.opcode = 0

    def backward(self, rule: Callable[..., Value]) -> Callable[..., Value]:
        """Declare the backward rule: upstream gradient, own value and operands to one contribution for each operand."""
        if self.rule is not None:
            raise TypeError(f"gate {self.name!r} has a backward rule already: declare it once")
        if rule.__code__.co_argcount != self.arity + 2:
            raise TypeError(f"the backward rule of gate {self.name!r} must take (g, y, *operands), {self.arity + 2} arguments in all")
        self.rule = rule
        return rule

    def closed_form(self, number: int) -> "Callable[[Gate], Gate]":
        """Declare a derivative as a gate of all operands, where its own rule is simpler than one derived from this gate's."""

        def declare(made: Gate) -> Gate:
            self.slopes[number] = made
            return made

        return declare

    def slope_backward(self, number: int) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
        """Declare the backward rule of a derivative, where it is simpler than what follows from this gate's.

        It takes `(g, slope, *read)`, what `slopes.slope_reads` names. The gate's own value among these receives None: it follows from the
        operands, which receive all.
        """

        def declare(rule: Callable[..., Value]) -> Callable[..., Value]:
            self.slope_rules[number] = rule
            return rule

        return declare

    def contributions(self, g: Value, y: Value, *operands: Value) -> tuple[Value, ...]:
        """Run the backward rule: what each operand receives, None where it never receives anything."""
        if self.rule is None:
            return (None,) * len(operands)
        result = self.rule(g, y, *operands)
        return result if isinstance(result, tuple) else (result,)

    def __call__(self, *operands: Value) -> Value:
        """Apply the gate: to nodes (a new node), to lanes (code), to arrays and numbers (their values)."""
        for operand in operands:
            if hasattr(operand, "__gate__"):
                return operand.__gate__(self, operands)
        if len(operands) != self.arity:
            raise TypeError(f"{self.name} takes {self.arity} operand(s), got {len(operands)}")
        return self._on_arrays(operands)

    def _on_arrays(self, operands: tuple[Any, ...]) -> Any:
        values = [operand if type(operand) in (int, float) else np.asarray(operand) for operand in operands]
        dtype = np.float32 if np.result_type(*values) in (np.float32, np.float16) else np.float64
        with np.errstate(all="ignore"):
            return np.asarray(self.forward(*(np.asarray(value, dtype) for value in values)))[()]

    def __repr__(self) -> str:
        return f"<gate {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return find, (self.name,)


GATES: dict[str, Gate] = {}
"""Every gate by name, in the order of the opcodes."""
BY_OPCODE: list[Gate | None] = [None]
"""The same by opcode; opcode 0 is no gate's."""


def check_rules() -> None:
    """Raise `TypeError` for a gate whose backward rule is missing: it would pass for one whose gradient is 0."""
    for each in GATES.values():
        if each.differentiable and each.rule is None:
            raise TypeError(f"gate {each.name!r} has no backward rule: declare one with @{each.name}.backward, or differentiable=False")


def find(name: str) -> Gate:
    """Return the gate of that name."""
    return GATES[name]


def declared(made: Gate, table: dict[str, Gate] = GATES) -> Gate:
    """Give a gate its opcode and enter it into a table; return the one that has its name if another thread was first."""
    BY_OPCODE.append(made)
    made.opcode = BY_OPCODE.index(made)
    return table.setdefault(made.name, made)


def gate(**properties: Any) -> Callable[[Callable[..., Value]], Gate]:
    """Declare a gate: decorate its forward rule, then its backward rule with the `backward` of the result."""

    def declare(forward: Callable[..., Value]) -> Gate:
        made = Gate(forward, **properties)
        if made.name in GATES:
            raise TypeError(f"gate {made.name!r} is declared twice")
        return declared(made)

    return declare
