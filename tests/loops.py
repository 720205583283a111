"""Loops, each as a scan and written out, for tests of both engines, derivatives and files."""

from typing import NamedTuple

import numpy as np

import staticgraph as sg


class Both(NamedTuple):
    """The outputs of a loop, and its leaves."""

    outputs: list
    leaves: list


def parts(value):
    """Return the nodes of tuples and dicts, in order."""
    if value is None:
        return []
    if isinstance(value, (tuple, list, dict)):
        return [part for each in (value.values() if isinstance(value, dict) else value) for part in parts(each)]
    return [value]


def _at(xs, k):
    if xs is None:
        return None
    return tuple(_at(each, k) for each in xs) if isinstance(xs, tuple) else xs[k]


def _stacked(ys):
    if ys[0] is None:
        return None
    if isinstance(ys[0], dict):
        return {key: np.stack([y[key] for y in ys]) for key in ys[0]}
    return np.stack(ys)


def run(scan, step, carry, xs=None, length=None):
    """Return what `sg.scan` does, or the steps one after another."""
    if scan:
        return sg.scan(step, carry, xs, length)
    ys = []
    for k in range(length or len(xs[0] if isinstance(xs, tuple) else xs)):
        carry, y = step(carry, _at(xs, k))
        ys.append(y)
    return carry, _stacked(ys)


def pendulum(scan, steps=7):
    """Runge and Kutta's method on a pendulum, whose length is a parameter."""
    x, length = sg.input("x", 2), sg.parameter("length")

    def slope(angle, speed):
        return speed, -9.81 / length * np.sin(angle)

    def step(state, _):
        angle, speed = state
        h = 0.01
        a = slope(angle, speed)
        b = slope(angle + h / 2 * a[0], speed + h / 2 * a[1])
        c = slope(angle + h / 2 * b[0], speed + h / 2 * b[1])
        d = slope(angle + h * c[0], speed + h * c[1])
        return tuple(s + h / 6 * (p + 2 * q + 2 * r + t) for s, p, q, r, t in zip(state, a, b, c, d, strict=True)), None

    angle, speed = run(scan, step, (x[0], x[1]), length=steps)[0]
    return Both([speed**2 / 2 - 9.81 / length * np.cos(angle)], [x, length])


def recurrent(scan):
    """A recurrent network whose matrices are parameters, and its states."""
    xs, h, w, u, b = sg.input("xs", (6, 3)), sg.input("h", 4), sg.parameter("w", (4, 4)), sg.parameter("u", (4, 3)), sg.parameter("b")

    def step(state, x):
        state = np.tanh(w @ state + u @ x + b)
        return state, state[::-1] * 2.0

    return Both(parts(run(scan, step, h, xs)), [xs, h, w, u, b])


def nested(scan):
    """A loop within a loop; both read leaves from outside, and the inner one what the outer one makes."""
    x, w = sg.input("x", 3), sg.parameter("w")

    def step(carry, each):
        half = np.exp(-each)
        carry, inner = run(scan, lambda c, _: (np.sin(c * w) + x[1] * half, c[0]), carry, length=4)
        return carry * each, np.sum(inner)

    return Both(parts(run(scan, step, x, x)), [x, w])


def uniform(scan):
    """A loop over parameters alone."""
    p, x = sg.parameter("p", 4), sg.input("x")
    last, kept = run(scan, lambda c, each: (c * each + np.exp(-c), c), p[0], p)
    return Both([last * x, kept * x], [p, x])


def overlapping(scan):
    """Two operands and the beginning are parts of one node."""
    z = sg.input("z", 8)
    return Both(parts(run(scan, lambda c, s: (c * s[0] + s[1], {"y": c * s[1]}), z[0], (z[:-1], z[1:]))), [z])


def without_carry(scan):
    """Nothing is carried."""
    z, w = sg.input("z", 5), sg.parameter("w")
    return Both(parts(run(scan, lambda _, each: (None, each * each * w), None, z)), [z, w])


def forgetful(scan):
    """The carry does not depend on the one before, or on a slice."""
    z, w = sg.input("z", 5), sg.parameter("w")
    return Both(parts(run(scan, lambda c, each: (w * 2.0, c * each), z[0], z)), [z, w])


def mixed(scan):
    """Dicts, numbers, constants, and carries that receive no gradient."""
    x, p = sg.input("x"), sg.parameter("p", 5)

    def step(carry, each):
        rising = carry["a"] * x * x + each[0]
        return {"a": np.where(each[1] > 4.0, rising, rising * 0.5), "n": carry["n"] + 1.0}, {"u": rising * carry["n"]}

    return Both(parts(run(scan, step, {"a": np.sin(x), "n": sg.constant(0.0)}, (p, np.arange(0.0, 10.0, 2.0)))), [x, p])


CASES = {each.__name__: each for each in (pendulum, recurrent, nested, uniform, overlapping, without_carry, forgetful, mixed)}


def arguments(leaves, rows, seed=0, dtype=np.float64):
    """Return an array for each leaf."""
    rng = np.random.default_rng(seed)
    return [np.asarray(0.5 + rng.random((rows, *leaf.shape) if leaf.varying else leaf.shape), dtype) for leaf in leaves]


def flat(results):
    """Return the arrays of nested tuples."""
    return [np.asarray(results)] if isinstance(results, (np.ndarray, np.generic)) else [part for each in results for part in flat(each)]


def assert_close(first, second, bar=1e-12):
    """Check results against others, by the largest of each array."""
    first, second = flat(first), flat(second)
    assert len(first) == len(second)
    for a, b in zip(first, second, strict=True):
        assert np.max(np.abs(a - b), initial=0.0) <= bar * max(1.0, np.max(np.abs(b), initial=0.0))
