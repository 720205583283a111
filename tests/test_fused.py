"""The fused multiply-add on arrays is the hardware's, bit for bit, and rounds once."""

from fractions import Fraction

import hardware
import numpy as np
import pytest
from ulps import combinations, same_bits

from staticgraph.gates import fused
from staticgraph.gates.primitives import fma
from tools.emit import Emitted

DTYPES = [np.float64, np.float32]


@pytest.fixture(autouse=True)
def emulated(monkeypatch):
    for name, function in hardware.EMULATED.items():
        monkeypatch.setattr(fused, name, function)


def any_bits(dtype, count, generator):
    """Return numbers of all exponents and signs, infinities and NaNs among them."""
    integer = np.int64 if dtype is np.float64 else np.int32
    limits = np.iinfo(integer)
    return generator.integers(limits.min, limits.max, count, integer, endpoint=True).view(dtype)


def operands(dtype, kind):
    generator = np.random.default_rng(0)
    count = 20_000
    if kind == "spicy":
        return combinations(dtype, 3)
    if kind == "any":
        return [any_bits(dtype, count, generator) for _ in range(3)]
    a, b = (generator.normal(size=count).astype(dtype) for _ in range(2))
    if kind == "cancelling":
        return [a, b, -(a * b)]
    limits = np.finfo(dtype)
    scale = np.ldexp(dtype(1), generator.integers(limits.minexp, limits.minexp + 80, count))
    if kind == "subnormal":
        return [a * scale, b, generator.normal(size=count).astype(dtype) * scale]
    tie = a * b + generator.choice([-1, 1], count).astype(dtype) * np.spacing(np.abs(a * b)) / 2
    return [a, b, tie - a * b]


@pytest.mark.parametrize("kind", ["spicy", "any", "cancelling", "subnormal", "near a tie"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_bits_are_those_of_the_hardware(dtype, kind):
    with np.errstate(all="ignore"):
        given = operands(dtype, kind)
    found = fma(*given)
    assert found.dtype == dtype
    assert same_bits(found, Emitted(fma, 3, dtype)(*given))


def test_one_rounding():
    generator = np.random.default_rng(1)
    a, b = generator.normal(size=(2, 2000))
    c = -(a * b) + generator.normal(size=2000) * np.exp2(generator.integers(-110, 0, 2000))
    exact = [float(Fraction(x) * Fraction(y) + Fraction(z)) for x, y, z in zip(a.tolist(), b.tolist(), c.tolist(), strict=True)]
    assert same_bits(fma(a, b, c), np.array(exact))


@pytest.mark.parametrize(("dtype", "a", "b"), [(np.float32, 257, 65281), (np.float64, 321, 28059810762433)])
def test_a_last_bit_decides_a_tie(dtype, a, b):
    """The product is `2**24 + 1` (`2**53 + 1`), in the middle of two numbers."""
    tiny = np.array([2.0**-40, -(2.0**-40), 2.0**-100, -(2.0**-100), 0.0], dtype)
    assert fma(dtype(a), dtype(b), tiny).tolist() == [a * b + 1, a * b - 1, a * b + 1, a * b - 1, a * b - 1]
    assert fma(dtype(-a), dtype(b), tiny).tolist() == [1 - a * b, -1 - a * b, 1 - a * b, -1 - a * b, 1 - a * b]


@pytest.mark.parametrize(("dtype", "a", "b"), [(np.float32, 1549, 10831), (np.float64, 456995, 19709623201)])
def test_a_last_bit_decides_a_tie_that_is_rounded_up(dtype, a, b):
    """The product is `2**24 + 3` (`2**53 + 3`), in the middle of two numbers, of which the larger is even."""
    tiny = np.array([2.0**-40, -(2.0**-40), 2.0**-100, -(2.0**-100), 0.0], dtype)
    assert fma(dtype(a), dtype(b), tiny).tolist() == [a * b + 1, a * b - 1, a * b + 1, a * b - 1, a * b + 1]


def test_numbers_and_arrays():
    assert fma(np.float32(3), 2.0, 1.0).dtype == np.float32
    assert fma(np.array([3.0]), 2.0, np.array([[1.0], [2.0]])).shape == (2, 1)
    assert fma(2.0, 3.0, 4.0) == 10.0
