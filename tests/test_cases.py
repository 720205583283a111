"""The benchmarks' cases, at their tiny size: what is measured is right."""

import math

import numpy as np
import pytest

from bench import libraries
from bench.cases import CASES

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each_case
def test_values_are_those_of_numpy(case):
    arguments = case.arguments(case.tiny)
    expected = case.function(libraries.plain(), *arguments)
    np.testing.assert_allclose(case.compile()(*arguments), expected, rtol=1e-12, atol=1e-13 * np.abs(expected).max())


@each_case
def test_gradients_are_those_of_autograd(case):
    autograd = pytest.importorskip("autograd")
    arguments = case.arguments(case.tiny)
    library = libraries.autograd()
    _, gradients = case.compile().value_and_grad(*arguments)
    for position, gradient in enumerate(gradients):
        expected = autograd.grad(lambda *given: library.sum(case.function(library, *given)), position)(*arguments)
        np.testing.assert_allclose(gradient, expected, rtol=1e-11, atol=1e-12 * np.abs(expected).max())


@each_case
def test_bits_do_not_depend_on_threads(case):
    function = case.compile()
    side = math.isqrt(3 * function.program.lanes) + 1
    arguments = case.arguments(side * side)  # three tiles and a part of one, and a square picture
    results = [function.value_and_grad(*arguments, threads=threads) for threads in (1, 2, 3, 8)]
    for value, gradients in results[1:]:
        assert value.tobytes() == results[0][0].tobytes()
        assert [each.tobytes() for each in gradients] == [each.tobytes() for each in results[0][1]]


@each_case
def test_single_precision_is_near_double(case):
    arguments = case.arguments(case.tiny)
    double, single = (case.compile(dtype).value_and_grad(*arguments) for dtype in (np.float64, np.float32))
    for exact, rounded in zip((double[0], *double[1]), (single[0], *single[1]), strict=True):
        assert rounded.dtype == np.float32
        np.testing.assert_allclose(rounded, exact, rtol=2e-3, atol=2e-4 * np.abs(exact).max())
