"""Local derivatives of elementwise gates as gates of their own, made of the gates' backward rules.

Each rule is linear in its upstream gradient, so what it gives for 1 is the local derivative. As a gate it is one instruction, in the
format of the function, and branches around what is rare; on nodes it would be up to forty. Its own backward rule is the same rule on dual
numbers, so there are slopes of slopes, to any order, and no second list of rules.
"""

from collections.abc import Callable, Sequence
from typing import Any

from .analysis import RARE, VALUE, Abstract, contributions
from .custom import custom
from .dual import Dual
from .primitives import Value, constant_like
from .registry import ELEMENTWISE, GATES, Gate, declared
from .scan import scan

APART: dict[str, Gate] = {each.name: each for each in (custom, scan)}
"""Gates whose rules are the graphs that their nodes have."""
SLOPES: dict[str, Gate] = {}
"""Those that have been used, by name; their opcodes follow from the order of their first use in this process."""
MOST_OPERANDS = 3
"""Of an instruction."""
OPERANDS = ("0", "1", "2")
MOST_ORDERS = 4
"""Derivatives of derivatives that a name may ask for: names also come from files, and each order takes several times as long."""
_ARITIES: dict[int, Callable[[Callable[..., Any]], Callable[..., Any]]] = {
    1: lambda f: lambda a: f(a),
    2: lambda f: lambda a, b: f(a, b),
    3: lambda f: lambda a, b, c: f(a, b, c),
    4: lambda f: lambda a, b, c, d: f(a, b, c, d),
    5: lambda f: lambda a, b, c, d, e: f(a, b, c, d, e),
}


def slope(gate: Gate, number: int) -> Gate:
    """Return the gate of the derivative in an operand; its own operands are those that `slope_reads` names."""
    if number in gate.slopes:
        return gate.slopes[number]
    name = f"{gate.name}.{number}"
    return SLOPES[name] if name in SLOPES else _made(gate, number, name)


def find(name: str) -> Gate:
    """Return the gate of that name, made anew if it is a slope that this process has not used; `KeyError` if there is none."""
    for table in (GATES, APART, SLOPES):
        if name in table:
            return table[name]
    parent, dot, number = name.rpartition(".")
    if not dot or number not in OPERANDS or name.count(".") > MOST_ORDERS:
        raise KeyError(name)
    gate, position = find(parent), int(number)
    if gate.rule is None or gate.kind != ELEMENTWISE or position >= gate.arity or contributions(gate)[position] is None:
        raise KeyError(name)
    return slope(gate, position)


def slope_reads(gate: Gate, number: int) -> tuple[str | int, ...]:
    """Return what the derivative in an operand reads: `VALUE` for the gate's own value, and the operands by position."""
    if number in gate.slopes:
        return tuple(range(gate.arity))
    found = contributions(gate)[number]
    assert found is not None, "an operand that never receives a gradient has no slope"
    positions = sorted(each for each in found.reads if isinstance(each, int))
    if VALUE not in found.reads:
        return tuple(positions)
    return tuple(range(gate.arity)) if len(positions) == MOST_OPERANDS else (VALUE, *positions)


def _made(gate: Gate, number: int, name: str) -> Gate:
    reads = slope_reads(gate, number)
    contribution = contributions(gate)[number]
    owned = contribution is not None and VALUE in contribution.reads

    def derivative(*read: Value) -> Value:
        """Run the rule for an upstream gradient of 1 on what it reads."""
        values: dict[str | int, Value] = dict(zip(reads, read, strict=True))
        operands = [values.get(position, read[0]) for position in range(gate.arity)]
        y = values.get(VALUE, read[0]) if VALUE in values or not owned else gate.forward(*operands)
        found = gate.contributions(constant_like(read[0], 1.0), y, *operands)[number]
        return constant_like(read[0], 0.0) if found is None else found

    def backward(g: Value, y: Value, *read: Value) -> tuple[Value, ...]:
        return tuple(None if tangent is None else g * tangent for tangent in _tangents(derivative, read, changing))

    if number in gate.slope_rules:
        return _declared(gate, number, derivative, gate.slope_rules[number], len(reads), name)
    changing = tuple(map(_changes, _tangents(derivative, [Abstract() for _ in reads], (True,) * len(reads))))
    return _declared(gate, number, derivative, backward if any(changing) else None, len(reads), name)


def _declared(
    gate: Gate, number: int, derivative: Callable[..., Value], rule: Callable[..., Value] | None, count: int, name: str
) -> Gate:
    """Return the gate of a derivative; without a rule it is flat."""
    forward = _ARITIES[count](derivative)
    forward.__name__, forward.__doc__ = name, f"Derivative of `{gate.name}` in operand {number}."
    made = Gate(forward, public=False, differentiable=rule is not None)
    if rule is not None:
        made.backward(_ARITIES[count + 2](rule))
    return declared(made, SLOPES)


def _tangents(derivative: Callable[..., Value], read: Sequence[Value], wanted: Sequence[bool]) -> list[Value]:
    """Return the derivatives of a rule in each of the values that it reads, None where it has none."""
    found = []
    for number in range(len(read)):
        duals = [Dual(value, constant_like(value, 1.0) if place == number else None) for place, value in enumerate(read)]
        result = derivative(*duals) if wanted[number] else None
        found.append(result.tangent if isinstance(result, Dual) else None)
    return found


def _changes(tangent: Value) -> bool:
    """Whether a tangent found without data can differ from 0: that of a choice between constants does not."""
    return tangent is not None and not (isinstance(tangent, Abstract) and tangent.constant == 0.0)


def _within_a_rule(gate: Gate, number: int, y: Value, operands: Sequence[Value]) -> Value:
    """Return a local derivative; one with branches of its own is called, or the rules of high orders would grow without end."""
    contribution = contributions(gate)[number]
    if contribution is None:
        return None
    if RARE not in contribution.reads or isinstance(y, Abstract):  # without data nothing is called
        return gate.contributions(constant_like(operands[0], 1.0), y, *operands)[number]
    values: dict[str | int, Value] = {VALUE: y, **dict(enumerate(operands))}
    return slope(gate, number)(*(values[each] for each in slope_reads(gate, number)))


Dual.slope_of = staticmethod(_within_a_rule)
