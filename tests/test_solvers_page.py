"""docs/solvers.md: every recipe runs, and finds what it should."""

import re
from pathlib import Path

import numpy as np
import pytest

import staticgraph as sg

PAGE = (Path(__file__).parent.parent / "docs" / "solvers.md").read_text(encoding="utf-8")
RECIPES = {
    title: re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    for title, text in (section.split("\n", 1) for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:])
}
DERIVATIVES = pytest.mark.skipif(not hasattr(sg.Function, "jacobian"), reason="functions have no Jacobian matrices yet")


def near(found, expected, rtol=2e-2):
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol)


def check_minimize(names):
    best = names["best"]
    near([best.rate, best.scale, np.exp(best.log_sigma)], [0.7, 3.0, 0.1])


def check_second_order(names):
    check_minimize(names)
    for each in ("exact", "product"):
        near(names[each].x, names["found"].x, 1e-4)
    near(names["errors"][2], 1 / np.sqrt(2 * 10_000), 1e-2)


def check_constraints(names):
    length, difference = names["inside"].residuals(names["found"].x)
    near(length, 1.0)
    assert difference > -1e-6


def check_least_squares(names):
    near(names["flat"].leaves(names["found"].x).center, [-2.0, 0.0, 3.0])
    near(names["sparse"].x, names["found"].x, 1e-5)


def check_root(names):
    assert names["found"].success
    assert abs(names["flat"].residuals(names["found"].x)).max() < 1e-9


def check_solve_ivp(names):
    for solution in (names["dense_solution"], names["sparse_solution"]):
        assert solution.success and solution.njev > 0
    near(names["dense_solution"].y[:, -1], names["sparse_solution"].y[:, -1], 1e-6)
    near(names["dense_solution"].y[:, -1].sum(), 1.0, 1e-8)


def check_curve_fit(names):
    near(names["found"], [2.0, 0.5], 1e-6)


def check_emcee(names):
    near(names["sampler"].get_chain(discard=200, flat=True).mean(axis=0), [1.5, -0.5], 0.1)


def check_iminuit(names):
    minuit = names["minuit"]
    assert minuit.valid and minuit.ngrad > 0
    near([minuit.values["mean"], minuit.errors["mean"]], [1.0, 0.02], 5e-2)


def check_lmfit(names):
    near([names["result"].params["a"].value, names["result"].params["b"].value], [2.0, 0.5], 1e-6)


CHECKS = {
    "minimize": check_second_order, "Constraints": check_constraints, "least_squares": check_least_squares, "root": check_root,
    "solve_ivp": check_solve_ivp, "curve_fit": check_curve_fit, "emcee": check_emcee, "iminuit": check_iminuit, "lmfit": check_lmfit,
}  # fmt: skip
WITHOUT_DERIVATIVES = ("emcee", "iminuit", "lmfit")


def run(blocks):
    names = {"__name__": "recipe"}
    for block in blocks:
        exec(compile(block, "docs/solvers.md", "exec"), names)
    return names


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("title", [each if each in WITHOUT_DERIVATIVES else pytest.param(each, marks=DERIVATIVES) for each in CHECKS])
def test_a_recipe(title):
    if title in WITHOUT_DERIVATIVES:
        pytest.importorskip(title)
    CHECKS[title](run(RECIPES[title]))


def test_the_first_of_the_recipes_of_minimize():
    check_minimize(run(RECIPES["minimize"][:1]))


def test_every_recipe_is_tested():
    assert set(RECIPES) == set(CHECKS)
