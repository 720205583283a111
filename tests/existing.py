"""Shared by the tests of existing code: a plain function, and the same one traced, agree in values and derivatives."""

import zlib

import numpy as np

import staticgraph as sg

ROWS = 6
STEP = 1e-6


def drawn(inputs, low=-2.0, high=2.0, rows=ROWS, seed=0):
    """Return random arguments, by name."""
    rng = np.random.default_rng(seed)
    shapes = {name: shape if isinstance(shape, tuple) else (shape,) for name, shape in inputs.items()}
    return {name: rng.uniform(low, high, (rows, *shape)) for name, shape in shapes.items()}


def row(arguments, number):
    """Return one row's arguments as plain code gets them."""
    return [each[number].copy() if each.ndim > 1 else float(each[number]) for each in arguments.values()]


def flat(result):
    """Return all numbers of a result along one axis; the parts of complex ones."""
    if isinstance(result, dict):
        result = tuple(result.values())
    if isinstance(result, (tuple, list)):
        return np.concatenate([flat(each) for each in result])
    array = np.atleast_1d(np.asarray(result)).ravel()
    return np.concatenate([array.real, array.imag]) if array.dtype.kind == "c" else array.astype(float)


def picked(result, number):
    """Return one row of a batch's result."""
    if isinstance(result, dict):
        return {key: picked(each, number) for key, each in result.items()}
    return tuple(picked(each, number) for each in result) if isinstance(result, tuple) else result[number]


def agrees(function, inputs, low=-2.0, high=2.0, rtol=1e-12, derivative=True, **options):
    """Trace a function, compare it with itself row by row, and its derivative with differences; return what was traced."""
    seed = zlib.crc32(getattr(function, "__name__", type(function).__name__).encode())
    arguments = drawn(inputs, low, high, seed=seed)
    traced = sg.function(inputs=inputs, engine="interpreter", **options)(function)
    values = traced(**arguments)
    for number in range(ROWS):
        np.testing.assert_allclose(flat(picked(values, number)), flat(function(*row(arguments, number))), rtol=rtol, atol=1e-300)
    if derivative:
        _derivative_agrees(function, traced, arguments, seed)
    return traced


def _derivative_agrees(function, traced, arguments, seed):
    outputs = traced.graph.outputs
    rng = np.random.default_rng(seed + 1)
    cotangents = [rng.uniform(0.5, 1.5, (ROWS, *each.shape)) for each in outputs]
    directions = {name: rng.uniform(0.5, 1.5, each.shape) for name, each in arguments.items()}
    gradients = _vjp(traced, cotangents, arguments)
    for number in range(ROWS):
        moved = [row({name: each + sign * STEP * directions[name] for name, each in arguments.items()}, number) for sign in (1, -1)]
        slope = (flat(function(*moved[0])) - flat(function(*moved[1]))) / (2 * STEP)
        expected = sum(slope * np.concatenate([each[number].ravel() for each in cotangents]))
        got = sum(np.sum(gradients[name][number] * directions[name][number]) for name in arguments)
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def _vjp(traced, cotangents, arguments):
    if traced._form is None:
        return traced.vjp(cotangents[0] if traced._single else tuple(cotangents), **arguments)
    return sg.compile(list(traced._source.outputs), traced.inputs, engine="interpreter").vjp(tuple(cotangents), **arguments)
