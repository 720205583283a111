"""Loops over `range` in traced code: long ones become scans with the bits of the loop written out, or are written out as they are."""

import math

import numpy as np
import pytest

import staticgraph as sg
from staticgraph.nodes.graph import topological
from staticgraph.nodes.loops import is_scan

STEPS = 12
NEVER = 10**9


def volatility(x, omega, alpha, beta):
    s = np.zeros(STEPS)
    s[0], total = omega, 0.0
    for t in range(1, STEPS):
        s[t] = omega + alpha * x[t - 1] ** 2 + beta * s[t - 1]
        total += np.log(s[t]) + x[t] ** 2 / s[t]
    return total, s


def pendulum(angle, speed):
    h = 0.01
    for _ in range(STEPS):
        first = -np.sin(angle)
        middle = speed + h / 2 * first
        second = -np.sin(angle + h / 2 * speed)
        angle, speed = angle + h * middle, speed + h / 2 * (first + second)
    return angle * speed


def driven(x, w):
    t, h = 0.0, 0.05
    for _ in range(STEPS):
        x = x + h * np.cos(w * t) * np.exp(-t)
        t += h
    return x * t


def counted(x):
    total, i = 0.0, 0
    for _ in range(STEPS):
        total = total + x[i] * math.sqrt(i + 1)
        i += 1
    return total + i


def path(y, a):
    p = np.zeros((STEPS + 1, 2))
    p[0] = y[:2]
    for i in range(STEPS):
        p[i + 1] = p[i] + 0.1 * np.array([p[i, 1], -a * p[i, 0]])
    return p


def two_earlier(x):
    f = np.empty(STEPS)
    f[0], f[1] = x[0], x[1]
    for k in range(2, STEPS):
        f[k] = f[k - 1] * x[k] + np.sin(f[k - 2])
    return f


def in_place(y, a):
    z = y
    for _ in range(STEPS):
        y += 0.1 * a * np.sin(y)
    return y, z


def windows(x):
    total = 0.0
    for k in range(STEPS - 3):
        total = total + np.sum(x[k : k + 3] * np.array([1.0, 2.0, 3.0])) * k
    return total


def branches(angle, speed):
    for k in range(STEPS):
        if angle > speed:
            angle = angle - speed * 0.5
        else:
            speed, angle = speed * 0.9 + k * 0.001, angle + 0.01
    return angle, speed


def skipping(x, w):
    total = w
    for k in range(STEPS):
        if x < 0.8:
            continue
        total = total + x * k
    return total


WEIGHTS, SHIFTS = [0.1 * k for k in range(STEPS)], np.arange(STEPS)[::-1]


def tables(x, w):
    for k in range(STEPS):
        x = x * WEIGHTS[k] + w / (1 + SHIFTS[k])
    return x


def tuples(angle, speed):
    state, kept = (angle, {"v": speed}), None
    for k in range(STEPS):
        state = (state[0] + 0.1 * state[1]["v"], {"v": state[1]["v"] - 0.1 * state[0]})
        kept = k * 0.5
    return state[0] * state[1]["v"] + kept


def slope(y, a):
    return np.array([y[1], -a * y[0], np.tanh(y[2])])


def called(y, a):
    for _ in range(STEPS):
        k1 = slope(y, a)
        k2 = slope(y + 0.05 * k1, a)
        y = y + 0.1 * k2
    return y


def filled_by_loops_within(x):
    table = np.zeros((3, STEPS))
    for i in range(3):
        table[i, 0] = x[i]
        for k in range(1, STEPS):
            table[i, k] = table[i, k - 1] * x[k]
    return table


def last_values_matter(x):
    a = b = x[0]
    for k in range(STEPS):
        b = a * x[k]
        a = b + 1.5
    return a, b, k


SCANS = {
    volatility: 1, pendulum: 1, driven: 1, counted: 1, path: 1, two_earlier: 1, in_place: 1, windows: 1, branches: 1, skipping: 1,
    tables: 1, tuples: 1, called: 1, filled_by_loops_within: 3, last_values_matter: 1,
}  # fmt: skip


def powers(x, w):
    total = w
    for k in range(STEPS):
        total = total + x**k
    return total


def near_one(x, w):
    total = w
    for k in range(-3, STEPS - 3):
        total = total + np.log(x + k * k)
    return total


def softly(x, w):
    for _ in range(STEPS):
        w = np.exp(np.log(1.0 + w) * x)
    return w


def every_other(x, w):
    for k in range(STEPS):
        if k % 2:
            x, w = x + w, w * 0.5
        else:
            x = x * 1.1
    return x


def appended(x, w):
    found = []
    for _ in range(STEPS):
        x = np.sin(x) * w
        found.append(x)
    return np.array(found)


def stored_in_a_list(x, w):
    found = [0.0] * STEPS
    for k in range(STEPS):
        x = np.sin(x) * w
        found[k] = x
    return found[3] + found[-1]


def noting(x, notes):
    notes.append(x)
    return np.sin(x)


def noted(x, w):
    notes = [w]
    for _ in range(STEPS):
        x = noting(x, notes)
    return x + len(notes) + notes[5]


class Counter:
    """Counts its calls."""

    count = 0

    def __call__(self, x):
        self.count += 1
        return x * self.count


def counting_calls(x, w):
    counter = Counter()
    for _ in range(STEPS):
        x = counter(x) * 0.3
    return x * w


def drawn(x, w):
    generator = np.random.default_rng(3)
    for _ in range(STEPS):
        x = x * w + generator.normal()
    return x


def drained(x, w):
    numbers = iter(range(100))
    for _ in range(STEPS):
        x = x * w + next(numbers)
    return x


def attempted(x, w):
    count = 0
    for _ in range(STEPS):
        x, count = tried(x, count), count + 1
    return x * w


def tried(x, count):
    try:
        return x * WEIGHTS[int(count)] + 1.0
    except TypeError:
        return x


def named_twice(y, a):
    other = y
    for k in range(STEPS):
        y[k % 2] = y[k % 3] + a
    return y, other


def another_name(y, a):
    for _ in range(STEPS):
        other = y
        y = y * a
        other += 1.0
    return y


def remembers(x, w):
    before = None
    for _ in range(STEPS):
        x = x * w if before is None else x + before
        before = x
    return x


def read_far(x):
    f = np.array([x[0]] * STEPS)
    for k in range(1, STEPS):
        f[k] = f[k // 2] + x[k]
    return f


def changing_shape(x, w):
    found = np.array([x])
    for _ in range(STEPS):
        found = np.concatenate([found, found[-1:] * w])
    return found


def ending(x, w):
    for k in range(STEPS):
        if x > 0.9:
            break
        x = x + w * k * 0.01
    return x


def complex_steps(x, w):
    z = x + 1j * w
    for _ in range(STEPS):
        z = z * z * 0.5 + 0.1
    return z.real + z.imag


def summed_product(y, w):
    """Written out, the product is only summed in all steps but the last: there its sum is a contraction."""
    for _ in range(STEPS):
        product = y * w
        y = np.sin(y) + 0.01 * np.sum(product)
    return y * product


def summed_later(y, w):
    late, earlier = y, y
    for _ in range(STEPS):
        y = np.sin(y) + 0.01 * np.sum(late)
        late, earlier = earlier, y * y * w
    return y


def summed_from_an_array(y):
    kept = np.zeros((STEPS + 1, 3))
    total = 0.0
    for k in range(STEPS):
        y = np.sin(y + total)
        kept[k + 1] = y * y
        total = total + np.sum(kept[k])
    return total


WRITTEN_OUT = (
    powers, near_one, softly, every_other, appended, stored_in_a_list, noted, counting_calls, drawn, drained, attempted, named_twice,
    read_far, changing_shape, ending, complex_steps, summed_product, summed_later, summed_from_an_array,
)  # fmt: skip
EITHER = (another_name, remembers)
SHAPES = {"x": (), "y": 3, "angle": (), "speed": (), "w": (), "a": (), "omega": (), "alpha": (), "beta": ()}


def _leaves(function):
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    return {name: STEPS if name == "x" and (len(names) == 1 or function is volatility) else SHAPES[name] for name in names}


def _flat(value):
    return [part for each in value for part in _flat(each)] if isinstance(value, tuple) else [np.asarray(value)]


def _both(function):
    """Return the results of a loop as it is compiled and written out, and the number of scans."""
    leaves = _leaves(function)
    rng = np.random.default_rng(5)
    arguments = [0.5 + rng.random((4, *np.zeros(shape).shape)) for shape in leaves.values()]
    made = [sg.function(inputs=leaves, engine="interpreter", unroll=unroll)(function) for unroll in (4, NEVER)]
    scans = sum(map(is_scan, topological(made[0].graph.outputs)))
    return scans, *(_flat(each(*arguments)) for each in made), made, arguments


@pytest.mark.parametrize("function", [*SCANS, *WRITTEN_OUT, *EITHER], ids=lambda each: each.__name__)
def test_values_have_the_bits_of_the_loop_written_out(function):
    scans, first, second, made, arguments = _both(function)
    assert function in EITHER or scans == SCANS.get(function, 0)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
    if scans:
        cotangent = tuple(map(np.ones_like, first)) if len(first) > 1 else np.ones_like(first[0])
        for a, b in zip(*(each.vjp(cotangent, *arguments) for each in made), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_short_loops_are_written_out_and_long_ones_are_no_longer_than_their_body():
    def made(unroll, steps=200):
        def total(x):
            for _ in range(steps):
                x = x * 0.9 + np.sin(x)
            return x

        return sg.function(inputs={"x": ()}, engine="interpreter", unroll=unroll)(total)

    assert len(made(NEVER).program) > 400 and len(made(200).program) < 10 < len(made(201).program)
    assert len(made(200, 100_000).program) < 10
    assert sg.trace(lambda x: [x := x * 2.0 for _ in range(3)][-1], inputs={"x": ()}, unroll=2).shape == ()


def test_errors_of_the_loop_written_out_stay():
    def too_far(x):
        for k in range(STEPS + 1):
            x[k] = x[k] * 2.0
        return x

    def negative(x):
        for k in range(STEPS):
            if x[k] < 0:
                raise ValueError("negative")
            x[k] = np.sqrt(x[k])
        return x

    with pytest.raises(IndexError, match="test_existing_loops"):
        sg.function(inputs={"x": STEPS}, unroll=4)(too_far)
    raising = sg.function(inputs={"x": STEPS}, engine="interpreter", unroll=4)(negative)
    assert len(raising.raises(np.where(np.arange(STEPS) == 7, -1.0, np.ones((2, STEPS))))) == 1


def test_what_is_tried_leaves_no_trace():
    held = []

    def holding(x):
        for k in range(STEPS):
            x = keep(x, k)
        return x

    def keep(x, k):
        held.append(k)
        return x * 0.5

    sg.function(inputs={"x": ()}, engine="interpreter", unroll=4)(holding)
    assert held == list(range(STEPS))


@pytest.mark.parametrize("name", ["paths", "iterations", "unroll"])
@pytest.mark.parametrize(("given", "kind"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), ("many", TypeError)])
def test_limits_are_positive_numbers(name, given, kind):
    with pytest.raises(kind, match=f"{name}: expected a positive int, got {given!r}"):
        sg.trace(lambda x: x, inputs={"x": 2}, **{name: given})
    with pytest.raises(kind, match=name):
        sg.function(inputs={"x": 2}, **{name: given})
