"""`math`, Python's own functions of numbers, questions of type, and complex numbers."""

import cmath
import functools
import math
import numbers
from math import sqrt as root

import numpy as np
import pytest
from existing import agrees

import staticgraph as sg
from staticgraph.nodes.numpy_functions import what_nodes_do


def scalars(x, y):
    return math.sqrt(x) * math.exp(-y) + math.atan2(y, x) + math.pow(x, 3) + math.log(x, 10) + math.hypot(x, y) + root(y) + math.pi


def more_of_math(x, y):
    near = math.isclose(x, y, rel_tol=0.5)
    return math.fabs(-x) + math.log1p(y) + math.fsum([x, y, 1.0]) + math.prod([x, y]) + math.dist([x, 0.0], [y, 1.0]) + near


def error_functions(x, y):
    return math.erf(x) + math.erfc(y) + math.lgamma(x)


def limits(x, y):
    return max(x, y, 0.7) * min(x, 1.2) + max([x, y]) - min(v * 2 for v in (x, y)) + abs(-x) + pow(y, 2) + sum([x, y], 1.0)


def truths(x, y):
    return any([x > 1, y > 1]) * 2.0 + all(v > 0.5 for v in (x, y)) + bool(x > y)


def reduced(x, y):
    return functools.reduce(max, [x, y, 1.0]) + sum(map(math.exp, [x, y])) + sum(map(float, (x, y)))


def kinds(x, y):
    point = np.array([x, y])
    found = [
        isinstance(x, float), isinstance(x, numbers.Real), np.isscalar(x), np.ndim(x) == 0, np.shape(x) == (),
        isinstance(point, np.ndarray),
        point.ndim == 1, np.size(point) == 2, len(point) == 2, point.dtype == float, not isinstance(x, np.ndarray), np.shape(point) == (2,),
        not isinstance(point, (list, tuple, float)), hasattr(point, "shape"), isinstance(point[0], float),
        type(point) is np.ndarray, np.iterable(point), not np.iterable(x), not np.iscomplexobj(x), isinstance(point.sum(), float),
    ]  # fmt: skip
    return x * sum(found) + float(np.all(found))


def converted(x, y):
    whole = np.float64([x, y]) + np.int64(np.array([x, 2 * y])) + np.bool_(np.array([x, y]))
    return float(x) + np.float64(y) * 2 + float("1.5") + np.asarray(x).item() + (np.atleast_1d(y) * 2)[0] + whole.sum()


def arrays_of_no_rank(x, y):
    hue = np.where(x > y, x, y)
    hue[np.asarray(hue > 1)] -= 1
    again = np.select([x > 1], [x], y) if x > 0.8 else np.where(y > 1, x, 2.0)
    again[...] += 1
    return hue + again


def conditions_as_numbers(x, y):
    return (x > y) * x + (x > 0.5) + np.logical_xor(x > 1, y > 1)


@pytest.mark.parametrize(
    "function",
    [scalars, more_of_math, error_functions, limits, truths, reduced, kinds, converted, arrays_of_no_rank, conditions_as_numbers],
    ids=lambda each: each.__name__,
)
def test_functions_of_numbers(function):
    agrees(function, {"x": (), "y": ()}, low=0.3, high=1.8)


def steps(x, y):
    return int(x) * y + math.floor(x) + round(y) + x // 0.4 + y % 0.3


def counted(x, y):
    total = 0.0
    for k in range(int(x * 3)):
        total += k * y
    return total


@pytest.mark.skipif(what_nodes_do(np.trunc) is None, reason="nodes have no steps")
@pytest.mark.parametrize("function", [steps, counted])
def test_steps(function):
    agrees(function, {"x": (), "y": ()}, low=0.3, high=1.8)


def impedance(x, y):
    omega = np.array([1.0, 3.0, 10.0])
    z = 0.2 + x / (1 + 1j * omega * x * y)
    return np.sum((z.real - 0.5) ** 2 + (z.imag + 0.3) ** 2)


def powers(x, y):
    admittance = np.array([[10 - 30j, -5 + 15j], [-5 + 15j, 8 - 25j]])
    voltage = x * np.exp(1j * np.array([0.0, y]))
    power = voltage * np.conj(admittance @ voltage)
    return np.concatenate([power.real, power.imag])


def characteristic(x, y):
    u = np.array([0.5, 1.5, 3.0])
    return np.sum(np.real(np.exp(-1j * u * 0.1) * (1 - 1j * u * x * y + 0.5 * x**2 * y * u**2) ** (-1.0 / y)))


def elementary(x, y):
    z = complex(x, y)
    w = np.sqrt(z) + np.log(z) + np.sin(z) * np.cos(z) + np.tan(z) + np.tanh(z) + z**3 + z**-2 + 1 / z + z**0.3 + 2.0**z
    return w.real + abs(w) + np.angle(w) + np.abs(z.conjugate() - w) ** 2


def inverses(x, y):
    z = (x - 1) + 1j * (y - 1)
    w = np.arcsin(z) + np.arccos(z / 2) + np.arctan(z) + np.arcsinh(z) - np.arccosh(z) + np.arctanh(z)
    return w.real + w.imag * 2


def turns_complex(x, y):
    z = np.lib.scimath.sqrt(x - 1) + np.lib.scimath.arcsin(np.array([y]))[0]
    return abs(z) + np.allclose(z, z + 1e-12) + np.isclose(z, 2j + z)


def by_cmath(x, y):
    z = cmath.exp(1j * x) + cmath.sqrt(-y)
    return abs(z) + cmath.phase(z)


def stored(x, y):
    z = np.zeros(3, dtype=complex)
    z[0] = x + 1j * y
    z[1:] = np.exp(1j * x)
    z.imag[2] = y
    z *= 2j
    return z.real * z.imag + np.abs(z).sum()


def chosen(x, y):
    z = x + 1j * y
    w = np.where(x > 1, z, np.conj(z)) * (z if y > 1 else 1j)
    return w.imag + (z * np.conj(z)).real + np.array([z, w]).sum().real


def complex_results(x, y):
    return np.array([x + 1j * y, 1j * x]), x * y


@pytest.mark.parametrize(
    "function",
    [impedance, powers, characteristic, elementary, inverses, turns_complex, by_cmath, stored, chosen, complex_results],
    ids=lambda each: each.__name__,
)
def test_complex_numbers_are_pairs(function):
    agrees(function, {"x": (), "y": ()}, low=0.3, high=1.8, rtol=1e-11)


@pytest.mark.parametrize("name", ["sqrt", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh"])
def test_branch_cuts_are_on_the_side_that_the_sign_of_zero_says(name):
    function = getattr(np, name)
    traced = sg.function(inputs={"x": (), "y": ()}, engine="interpreter")(lambda x, y: function(x + 1j * y))
    x, y = (each.ravel() for each in np.meshgrid([-2.5, -0.5, 0.0, 0.5, 2.5], [0.0, -0.0, 1.5]))
    z = np.empty(x.size, complex)
    z.real, z.imag = x, y
    np.testing.assert_allclose(traced(x, y), function(z), rtol=1e-14, atol=1e-15)


def test_complex_outputs():
    traced = sg.function(inputs={"x": ()}, engine="interpreter")(lambda x: np.exp(1j * x))
    value = traced(np.arange(3.0))
    assert value.dtype == np.complex128
    np.testing.assert_allclose(value, np.exp(1j * np.arange(3.0)), rtol=1e-14)
    assert isinstance(traced(0.0), complex)
    np.testing.assert_allclose(traced.vjp(1.0 + 2.0j, 0.5).x, -np.sin(0.5) + 2 * np.cos(0.5))
    single = sg.function(inputs={"x": ()}, dtype=np.float32, engine="interpreter")(lambda x: x * 1j)
    assert single(np.ones(2)).dtype == np.complex64


def test_parts_that_are_zero_cost_nothing():
    traced = sg.function(inputs={"x": ()})(lambda x: (np.exp(1j * x) * 2.0).real)
    x = sg.input("x")
    assert len(traced.program) == len(sg.compile(np.cos(x) * 2.0).program)
