"""How many operations of arithmetic a row takes: counted in what native code consists of."""

import math
import re
from functools import cache

import staticgraph as sg
from staticgraph.lanes.rules import Rule
from staticgraph.native.elements import Elements
from staticgraph.native.operations import Multiplication, Operation
from staticgraph.native.schedule import plan
from staticgraph.native.templates import template

_LABEL = re.compile(r"^(\{p\}[\w.]+):\n", re.MULTILINE)
_RARE = re.compile(r"br i1 [^,]+, label %(\{p\}[\w.]+), label [^,]+, !prof")
_ONE = re.compile(r"= f(?:add|sub|mul|div) |@llvm\.(?:sqrt|rint|roundeven|floor)\.")
_TWO = re.compile(r"@llvm\.fma\.")


@cache
def _of_rule(text: str) -> int:
    """Count the additions, multiplications, divisions and roots of a rule, but for its blocks for rare cases."""
    first, *others = _LABEL.split(text)
    rare = set(_RARE.findall(text))
    usual = first + "".join(block for label, block in zip(others[::2], others[1::2], strict=True) if label not in rare)
    return len(_ONE.findall(usual)) + 2 * len(_TWO.findall(usual))


def flops_per_row(function: sg.Function, wrt: tuple[str, ...] | None, gradient: bool) -> int:
    """Count the floating-point operations that a row of the batch takes, those that move or compare numbers aside.

    A fused multiplication and addition is two. What is computed once a call is not counted.

    Parameters
    ----------
    function : staticgraph.Function
        It must be small enough for native code.
    wrt : tuple of str or None
        The leaves whose gradients are counted; None for all but data.
    gradient : bool
        Whether to count the backward pass at all.
    """
    program = (function._asked(wrt)[0] if gradient else function._plan(None)).executor.program
    steps = [step for part in plan(Elements(program, seeded=False)).parts for step in part.steps if isinstance(step, Operation)]
    rules = sum(_of_rule(template(step.what, program.dtype).text) for step in steps if isinstance(step.what, Rule))
    products = [step.what.product for step in steps if isinstance(step.what, Multiplication)]
    return rules + sum(2 * math.prod(each.lengths) for each in products)
