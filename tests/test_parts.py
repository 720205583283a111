"""What rules share is computed once in native code, forward and backward together, and changes no bit; a rule alone stays as it is."""

import numpy as np
import pytest
from engines import assert_same_bytes, both

import staticgraph as sg
from staticgraph.gates.activation import decay, lesser
from staticgraph.gates.hyperbolic import numbers_of_tanh
from staticgraph.gates.registry import find
from staticgraph.lanes.rules import FIRST, Alone, Backward, Forward, OfPart, Ready, Rule
from staticgraph.native.elements import Elements
from staticgraph.native.operations import Operation, Operations
from staticgraph.native.schedule import ordered
from staticgraph.native.templates import template

pytestmark = pytest.mark.usefixtures("own_engine")
DOUBLE = np.dtype(np.float64)

SHARING = {
    # Functions of one argument that share, value by value
    "sin, cos, tan": lambda x: np.sin(x) * np.cos(x) + np.tan(x),
    "sinh, cosh": lambda x: np.sinh(x) + np.cosh(x),
    "sigmoid, softplus": lambda x: sg.sigmoid(x) + sg.softplus(x),
    "softplus, log_expit": lambda x: sg.softplus(-x) + sg.log_expit(x),
    "exp, expm1": lambda x: np.exp(x) + np.expm1(x),
    "log, log2, log10": lambda x: np.log(x) + np.log2(x) + np.log10(x),
    "log, power": lambda x: np.log(x) + x**1.3,
    "power, power": lambda x: x**1.3 + x**2.7,
    "log, entr": lambda x: np.log(x) + sg.entr(x),
    "ndtr, log_ndtr": lambda x: sg.ndtr(x) + sg.log_ndtr(x),
    "erf, erfc": lambda x: sg.erf(x) + sg.erfc(x),
    "lgamma, digamma": lambda x: sg.lgamma(x) + sg.digamma(x),
    # A function and its gradient
    "sin": np.sin, "tanh": np.tanh, "sigmoid": sg.sigmoid, "sinh": np.sinh, "expm1": np.expm1,
    "softplus": sg.softplus, "log_expit": sg.log_expit,
    "power": lambda x: 1.3**x * x**x, "xlogy": lambda x: sg.xlogy(x, x), "entr": sg.entr,
    "erfc": sg.erfc, "ndtr": sg.ndtr, "log_ndtr": sg.log_ndtr,
}  # fmt: skip


class Unshared(Elements):
    """The same operations with all their parts written out."""

    def template(self, rule):
        return super().template(Alone(rule))


def size(kind, function):
    """Return about how many LLVM instructions a function and its gradient take."""
    made = kind(sg.compile(function(sg.input("x"))).program, seeded=False)
    return sum(step.weight for step in ordered(made) if isinstance(step, Operation))


@pytest.mark.parametrize("name", SHARING)
def test_what_functions_share_is_computed_once(name):
    assert size(Elements, SHARING[name]) <= size(Unshared, SHARING[name]) - 20


TOGETHER = [np.exp, np.expm1, np.log, np.log2, lambda x: x**x, sg.entr, sg.ndtr, sg.log_ndtr, sg.log_expit, np.tanh]


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["double", "single"])
def test_sharing_changes_no_bit(dtype):
    """The interpreter shares nothing."""
    x = sg.input("x")
    first, second = both([function(x) for function in TOGETHER], [x], dtype)
    spicy = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-310, 1e-40, 1e-20, 1e30, 800.0, -800.0, 90.0, -90.0]
    given = np.concatenate([spicy, np.random.default_rng(0).lognormal(size=1009)]).astype(dtype)
    upstream = tuple(np.ones(given.size, dtype) for _ in TOGETHER)
    assert_same_bytes(first.vjp(upstream, given), second.vjp(upstream, given))


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "power", "ndtr", "log_ndtr", "sigmoid", "sin"])
def test_a_rule_alone_is_one_operation(name):
    """With the text of the rule with all its parts written out, whichever these are: nothing is called that was not."""
    rule, made = Forward(find(name)), Operations(DOUBLE)
    (result,) = made.apply(rule, ["%a", "%b"][: rule.arity])
    made.join()
    operation = made.operations[made.makers[result]]
    assert template(rule, DOUBLE).needs
    assert operation.what == Alone(rule)
    assert list(operation.operands) == ["%a", "%b"][: rule.arity]
    assert operation.weight == template(Alone(rule), DOUBLE).weight > template(rule, DOUBLE).weight
    assert not template(Alone(rule), DOUBLE).needs


def test_what_nothing_else_asks_for_stays_in_the_rule():
    """The value of an exponential and its gradient, which reads that."""
    made = Elements(sg.compile(np.exp(sg.input("x"))).program, seeded=True)
    rules = [step.what for step in ordered(made) if isinstance(step, Operation) and isinstance(step.what, Rule)]
    assert Alone(Forward(find("exp"))) in rules
    assert not any(isinstance(rule, OfPart) for rule in rules)


def test_what_a_rare_branch_needs_is_not_shared():
    """It would be computed always: `exp` in `sigmoid`, `cosh` in the gradient of `tanh`."""
    assert [need.rule for need in template(Forward(find("sigmoid")), DOUBLE).needs] == [OfPart(lesser)]
    assert [need.rule for need in template(OfPart(lesser), DOUBLE).needs] == [OfPart(decay)]
    assert not template(Backward(find("tanh"), 1, False, (FIRST,)), DOUBLE).needs


def test_rare_branches_use_what_is_there():
    """The gradient of `tanh` beside its value, and not alone."""
    beside, alone = Operations(DOUBLE), Operations(DOUBLE)
    beside.apply(Forward(find("tanh")), ["%a"])
    rule = Backward(find("tanh"), 1, False, (FIRST,))
    found = [made.operations[made.makers[made.apply(rule, ["%g", "%y", "%a"])[0]]] for made in (beside, alone)]
    numbers = OfPart(numbers_of_tanh)
    assert [each.what for each in found] == [Ready(rule, ((numbers, (2,)),)), rule]
    assert beside.shared[template(numbers, DOUBLE), ("%a",)].uses == 2
    assert (template(numbers, DOUBLE), ("%a",)) not in alone.shared


def test_what_a_rule_does_not_use_is_not_asked_for():
    """The logarithm in the gradient of `power`, if the exponent receives none."""
    found = [template(Backward(find("power"), needs, False, sums), DOUBLE).needs for needs, sums in ((1, (FIRST,)), (3, (FIRST, FIRST)))]
    assert [[need.rule for need in needs] for needs in found] == [[], [Forward(find("log"))]]
