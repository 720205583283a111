"""Values at which rules go wrong, and distances in units in the last place."""

import itertools

import numpy as np


def spicy(dtype, few=False):
    """Signed zeros, subnormal, tiny, ordinary, tying, huge, infinite and undefined numbers."""
    limits = np.finfo(dtype)
    positive = [0.0, limits.smallest_subnormal, limits.tiny, 1e-9, 0.5, 1.0, 2.0, 2.75, 11.0, 1e5, limits.max, np.inf]
    if few:
        positive = [0.0, limits.tiny, 1.0, limits.max, np.inf]
    return np.array([*positive, *(-each for each in positive), np.nan], dtype)


def combinations(dtype, arity):
    """Arrays of all pairs or triples of spicy values, one array for each operand."""
    values = spicy(dtype, few=arity > 2)
    return [np.array(operand, dtype) for operand in zip(*itertools.product(values, repeat=arity), strict=True)]


def distance(actual, expected):
    """Return how many representable numbers apart two arrays are, element by element; zeros are equal, and NaNs."""
    actual, expected = np.broadcast_arrays(actual, np.asarray(expected, np.asarray(actual).dtype))
    integer = np.int64 if actual.dtype == np.float64 else np.int32
    places = []
    for array in (actual, expected):
        bits = np.ascontiguousarray(array).view(integer).astype(object)
        places.append(np.where(bits < 0, int(np.iinfo(integer).min) - bits, bits))
    apart = np.abs(places[0] - places[1])
    unlike = np.isnan(actual) != np.isnan(expected)
    return np.where(unlike, np.inf, np.where(np.isnan(actual) & np.isnan(expected), 0, apart)).astype(float).reshape(actual.shape)


def assert_close(actual, expected, ulps, what=""):
    """Assert that arrays agree to so many units in the last place, naming the worst element."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape}, expected {expected.shape}"
    if actual.dtype == bool:
        assert np.array_equal(actual, expected), what
        return
    apart = distance(actual, expected)
    if apart.size and not np.all(apart <= ulps):
        worst = np.unravel_index(int(np.argmax(apart)), apart.shape)
        raise AssertionError(f"{what}: {actual[worst]!r} at {worst}, expected {expected[worst]!r}: {apart[worst]:g} ulps, allowed {ulps}")


def same_bits(actual, expected):
    """Whether two arrays have the same bits, where all NaNs count as one."""
    if np.asarray(actual).dtype == bool:
        return np.array_equal(actual, expected)
    actual, expected = (np.where(np.isnan(each), np.nan, each) for each in (actual, expected))
    return actual.dtype == expected.dtype and actual.tobytes() == expected.tobytes()
