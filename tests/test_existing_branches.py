"""Branches and loops whose conditions are on values: every path is traced, and rows get the path that they take."""

import inspect
import math
import pickle
import textwrap
import warnings

import numpy as np
import pytest
from existing import agrees

import staticgraph as sg
from staticgraph.tracing.errors import LoopError, UntraceableError


def bernoulli(x):
    if abs(x) < 1e-4:
        return 1 - x / 2 + x * x / 12
    return x / (np.exp(x) - 1)


def regimes(x):
    if x < -0.5:
        return 64.0 / x
    elif x < 0.5:
        return 0.0278 + x * 1e-2
    return 0.3 / x**2


def ten_in_a_row(x):
    total = 0.0
    for k in range(10):
        if x > k * 0.1:
            total += k * x
        else:
            total -= x
    return total


def nested(x, y):
    if x > 0:
        if y > 0:
            r = 1 + x
        elif y > -1:
            r = x * y
        else:
            r = y
        q = r * 2
    else:
        r, q = 3.0, x
    return r + q


def logic(x, y):
    if (x > 0 and y > 0) or not x < 1:
        return x
    return -1.0 * y if -1 < x < y < 2 else 2.0 * x


def values_of_and_or(x, y):
    return (x > 0 and y) + (x > 1 or 3.0) + (not x) * 1.0


def of_several_kinds(x, y, options=None, default=()):
    if x > 0 and options and y > 1:
        return y
    if not (y > 0 or default):
        return x
    return (1.0 if x and options is None and y else 2.0) + sum(v for v in (1.0, 2.0) if v and default is not None and x)


def compared_by_identity(x, y):
    positive = bool(x > 0)
    if positive is True:
        return y
    return x if (y > 0) is not False else 2.0 * (x is None) + (positive is False)


def the_first_that_is_given(x, y, options=None):
    given = x > 0 and options
    return x if given is None else y


def swapped(x, y):
    if x > y:
        x, y = y, x
    return np.array([x, y * 2])


def stored_in_a_branch(x, y):
    out = np.zeros(3)
    part = out[1:]
    if x > 0:
        out[0] = y
        part[:] = x
    elif y > 0:
        part += x * y
    return out


def a_list_in_a_branch(x, y):
    chosen = []
    if x > 0:
        chosen.append(y)
    else:
        chosen.append(x * 2)
    return chosen[0]


def a_dictionary_in_a_branch(x, y):
    found = {"best": 0.0}
    if x > y:
        found["best"] = x
    found["best"] += 1
    return found["best"]


def an_outer_variable(x, y):
    total = 0.0

    def add(value):
        nonlocal total
        if value > 0:
            total += value * 2
        return total

    add(x)
    return add(y)


def helper(value):
    if value > 0:
        return value * 2
    return -value


def calls_of_a_helper(x, y):
    return sum(helper(x + k * y) for k in range(10))


def handled(x, y):
    try:
        if x < 0:
            raise ValueError("negative")
        root = math.sqrt(x)
    except ValueError:
        root = -1.0
    return root * y


def returned_from_a_loop(x, y):
    for k in range(4):
        if x < k - 1:
            return x + k
    return y


def continues_and_breaks(x, y):
    total = 0.0
    for value in (x, y, x * y, x - y):
        if value < 0:
            continue
        if value > 1.5:
            break
        total += value
    else:
        total += 100.0
    return total


def kepler(x, y):
    e = abs(y) / 4
    anomaly = x
    for _ in range(30):
        step = (anomaly - e * np.sin(anomaly) - x) / (1 - e * np.cos(anomaly))
        anomaly = anomaly - step
        if abs(step) < 1e-14:
            break
    return anomaly


def kepler_by_hand(x, y):
    e = abs(y) / 4
    anomaly, done = x, None
    for _ in range(30):
        step = (anomaly - e * np.sin(anomaly) - x) / (1 - e * np.cos(anomaly))
        new, small = anomaly - step, abs(step) < 1e-14
        anomaly = new if done is None else np.where(done, anomaly, new)
        done = small if done is None else np.logical_or(done, small)
    return anomaly


def the_turn_at_which_it_ends(x, y):
    for k in range(5):  # noqa: B007 - it is used after the loop
        x = x / 2
        if abs(x) < 0.3:
            break
    return x + k


def halved(x, y):
    n = 0
    while abs(x) > 0.1:
        x = x / 2
        n += 1
    return x + n * y


def square_root(x, y):
    root, error = 1.0, 1.0
    while error > 1e-12:
        new = 0.5 * (root + (abs(x) + 0.1) / root)
        error = abs(new - root)
        root = new
    return root * y


def forever_until(x, y):
    k = 0
    while True:
        x = x * 0.5
        k = k + 1
        if abs(x) < 0.05 or k >= 8:
            break
    return x + k


def loops_in_loops(x, y):
    total = 0.0
    for i in range(2):
        for j in range(3):
            if (x + i) * (y + j) < 0:
                break
            total += x * (j + 1)
    return total


def ends_without_a_break(x, y):
    total, size = 0.0, abs(x)
    while size > 0.4:
        size = size / 2
        total += 1
        for k in range(3):
            if k * size > 0.5:
                break
        else:
            total += y
            continue
        if total > 2:
            break
    else:
        total -= 100
    return size + total


def an_else_breaks_the_outer_loop(x, y):
    total = 0.0
    for i in range(4):
        for j in range(3):
            if j * x > i - 1:
                break
        else:
            total += 10
            break
        total += y
    return total


def the_last_condition_settles_the_others(x, y):
    return (x > 0 and (y > 1 or 3 > 2)) * 2.0 + (x > 1 or (y > 0 and 3 < 2))


def with_a_context(x, y):
    with np.errstate(all="ignore"):
        if x > 0:
            r = np.log(x)
        elif x > -1:
            r = y
        else:
            r = x
    return r


def a_walrus(x, y):
    if (double := x * 2) > 1:
        return double
    return y


def a_conditional_array(x, y):
    point = np.array([x, y])
    return (point if x > 0 else -point) + (point.max() if point.any() else 0.0)


FUNCTIONS = [
    regimes, ten_in_a_row, nested, logic, values_of_and_or, swapped, stored_in_a_branch, a_list_in_a_branch, a_dictionary_in_a_branch,
    an_outer_variable, calls_of_a_helper, handled, returned_from_a_loop, continues_and_breaks, kepler, the_turn_at_which_it_ends, halved,
    square_root, forever_until, loops_in_loops, ends_without_a_break, an_else_breaks_the_outer_loop,
    the_last_condition_settles_the_others, of_several_kinds, the_first_that_is_given, compared_by_identity, with_a_context, a_walrus,
    a_conditional_array, bernoulli,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.__name__)
def test_rows_get_the_path_that_they_take(function):
    inputs = {"x": ()} if function in (bernoulli, regimes, ten_in_a_row) else {"x": (), "y": ()}
    with np.errstate(all="ignore"):
        agrees(function, inputs)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.__name__)
def test_without_source_branches_are_paths(function):
    """As at a prompt: the same code, compiled by itself, has no source."""
    if function in (ten_in_a_row, calls_of_a_helper, ends_without_a_break, an_else_breaks_the_outer_loop, compared_by_identity):
        return  # hundreds of paths, and identity is Python's own
    space = dict(globals())
    exec(compile(_text_of(function), "<no source>", "exec"), space)
    inputs = {"x": ()} if function in (bernoulli, regimes) else {"x": (), "y": ()}
    with np.errstate(all="ignore"):
        agrees(space[function.__name__], inputs, derivative=False)


def _text_of(function):
    return textwrap.dedent(inspect.getsource(function))


def test_an_unrolled_loop_costs_what_it_does_by_hand():
    traced = sg.function(inputs={"x": (), "y": ()})(kepler)
    x, y = sg.inputs("x y")
    assert len(traced.program) <= 1.02 * len(sg.compile(kepler_by_hand(x, y)).program)


def test_simple_branches_are_joined_in_place():
    traced = sg.function(inputs={"x": ()}, paths=1)(ten_in_a_row)
    x = sg.input("x")
    total = 0.0
    for k in range(10):
        total = np.where(x > k * 0.1, total + k * x, total - x)
    assert len(traced.program) <= 1.1 * len(sg.compile(total).program)


def many(x):
    chosen = []
    for each in x:
        if each > 0:
            chosen.append(each)
    return sum(chosen)


def test_paths_that_multiply_are_an_error_that_names_the_line():
    line = many.__code__.co_firstlineno + 3
    with pytest.raises(UntraceableError, match=rf"64 paths.*test_existing_branches\.py:{line}.*np\.where"):
        sg.function(inputs={"x": 7})(many)
    traced = sg.function(inputs={"x": 7}, paths=128)(many)
    assert traced(np.arange(7.0) - 3) == 6.0
    assert sg.function(inputs={"x": 3}, paths=8)(many)([1.0, -1.0, 2.0]) == 3.0


def guarded(x, y):
    if x < 0:
        raise ValueError("negative: %g, %s" % (x, y) if y < 9 else f"negative: {x:.3f}")  # noqa: UP031 - as people write
    assert y > -1, "too small"
    if y > 1.5:
        raise OverflowError("too large")
    return np.sqrt(x) * y


def test_a_path_that_raises_is_nan_and_listed():
    traced = sg.function(inputs={"x": (), "y": ()}, engine="interpreter")(guarded)
    x, y = np.array([1.0, -1.0, 4.0, 9.0, -1.0]), np.array([1.0, 1.0, -2.0, 2.0, 2.0])
    value, gradient = traced.value_and_grad(x, y)
    assert value[0] == 1.0
    assert gradient.x[0] == 0.5
    assert np.isnan(value[1:]).all()
    for report in (traced.raises(x, y), pickle.loads(pickle.dumps(traced)).raises(x, y)):
        assert [(type(each.exception), each.rows.tolist()) for each in report] == [
            (ValueError, [1, 4]), (AssertionError, [2]), (OverflowError, [3]),
        ]  # fmt: skip
        assert len(report) == 3
        assert "test_existing_branches.py" in report[0].line
        assert "too large" in str(report)
    assert len(traced.raises(1.0, 1.0)) == 0
    assert traced.raises(-1.0, 1.0)[0].rows.tolist() == [0]
    assert len(sg.function(inputs={"value": ()})(helper).raises(np.ones(3))) == 0


def raised_on_a_path(x):
    k = []
    if x > 1:
        k.append(1)
        raise KeyError("large")
    elif x < -1:
        return x * 2
    k.append(2)
    return x * 3


def test_a_path_that_warns_does_not_while_it_is_traced():
    def careful(x):
        if x < 0:
            warnings.warn("negative", stacklevel=2)
        return x * 2

    assert sg.function(inputs={"x": ()}, engine="interpreter")(careful)(3.0) == 6.0


def test_exceptions_of_any_path():
    traced = sg.function(inputs={"x": ()}, engine="interpreter")(raised_on_a_path)
    np.testing.assert_array_equal(traced([2.0, -2.0, 0.5]), [np.nan, -4.0, 1.5])
    (entry,) = traced.raises([2.0, -2.0, 0.5])
    assert isinstance(entry.exception, KeyError)
    assert entry.rows.tolist() == [0]


def test_a_function_that_always_raises_raises():
    def always(x):
        raise KeyError("always")

    with pytest.raises(KeyError, match="always"):
        sg.function(inputs={"x": ()})(always)


def test_a_loop_is_unrolled_so_far_and_says_so():
    traced = sg.function(inputs={"x": (), "y": ()}, iterations=4, engine="interpreter")(halved)
    assert traced(1.0, 0.0) == 0.0625
    with pytest.raises(LoopError, match=r"test_existing_branches\.py.*iterations=4.*truncate=True.*rows \[1\]"):
        traced([1.0, 100.0], [0.0, 0.0])
    assert [each.rows.tolist() for each in traced.raises([1.0, 100.0], [0.0, 0.0])] == [[1]]


def test_a_loop_can_be_cut():
    traced = sg.function(inputs={"x": (), "y": ()}, iterations=4, truncate=True, engine="interpreter")(halved)
    assert traced(1.0, 0.0) == 0.0625
    with pytest.warns(RuntimeWarning, match=r"iterations=4.*rows \[1\]"):
        assert traced([1.0, 100.0], [0.0, 0.0])[1] == 100.0 / 16


def test_a_loop_without_end_ends():
    def endless(x):
        while x > -1e300:
            x = x + 1.0
        return x

    with pytest.raises(LoopError):
        sg.function(inputs={"x": ()}, engine="interpreter")(endless)(1.0)


def test_paths_of_different_kinds_are_an_error():
    def differs(x):
        if x[0] > 0:
            return x
        return None

    with pytest.raises(UntraceableError, match=r"different kinds.*shape.*NoneType"):
        sg.function(inputs={"x": 2})(differs)


def test_outside_of_a_trace_nodes_are_strict():
    x = sg.input("x", 2)
    for call in (lambda: bool(x[0] > 0), lambda: np.array([x[0], x[1]]), lambda: x.__setitem__(0, 1.0), lambda: float(x[0])):
        with pytest.raises(TypeError):
            call()
