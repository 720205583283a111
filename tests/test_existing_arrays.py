"""Arrays that nodes are stored in: whatever NumPy's aliases and views do, what is traced does."""

import numpy as np
import pytest
from existing import agrees

import staticgraph as sg

GRID = np.linspace(0.0, 3.0, 4)


def filled(x):
    out = np.zeros(4)
    for k in range(4):
        out[k] = x[k] * k
    out[1:] += x[:3]
    return out


def view_is_written(x):
    a = x[:2]
    a *= 2
    return np.append(x, a[0])


def view_of_a_view(x):
    a = x[1:]
    b = a[::-1]
    b[0] = x[0]
    a[0] = 7.0
    return x.copy()


def whole_is_written_under_a_view(x):
    a = x[1:3]
    x[2] = x[0] * 3
    return a * 2


def reshape_is_a_view(x):
    y = x.reshape(2, 2)
    y[0, 1] = 5.0 * x[0]
    return x


def transpose_is_a_view(x):
    y = x.reshape(2, 2).T
    y[0] = x[2:]
    return x


def flatten_is_a_copy(x):
    y = x.flatten()
    y[0] = 3.0
    return x + y


def ravel_of_a_transpose_is_a_copy(x):
    y = x.reshape(2, 2).T.ravel()
    y[1] *= 4
    return np.concatenate([x, y])


def rows_are_views(x):
    m = np.zeros((2, 2))
    for row, value in zip(m, x, strict=False):
        row[:] = value
    m[1] -= m[0]
    return m


def a_fancy_index_is_a_copy(x):
    y = x[[0, 2]]
    y[0] = 9.0
    x[[1, 3]] = y * x[0]
    return x


def an_alias_is_the_same_array(x):
    y = x
    y += 1.0
    return x * y


def a_copy_is_not(x):
    y = x.copy()
    y += 1.0
    return x * y


def scalars_do_not_alias(x):
    s = x[0]
    s += 5.0
    return x[0] + s


def the_diagonal(x):
    m = np.eye(4) * 2
    np.fill_diagonal(m, x)
    m[0, 1:] = x[1:]
    return m @ x


def like_others(x):
    a, b, c = np.empty_like(x), np.ones_like(x), np.full_like(x, 2.0)
    a[:] = b + c * x
    return a


def arrays_of_nodes(x):
    m = np.array([[x[0], 1.0], [2, x[1] * x[2]]])
    return m @ np.asarray([x[3], x[0]])


def as_arrays(x):
    return np.asarray(x, dtype=float).ravel() + np.array(x).astype(float) + np.atleast_1d(x)


def a_copy_by_array(x):
    y = np.array(x)
    y[0] = 4.0
    z = np.asarray(x)
    z[1] = 2.0 * x[0]
    return x * y


def joined_by_r(x):
    return np.r_[x[:2], 1.0, x[3]] * np.c_[x, x][:, 1]


def out_keyword(x):
    out = np.empty(4)
    np.multiply(x, 2.0, out=out)
    np.add(out, x[0], out=out)
    return out


def where_keyword(x):
    return np.multiply(x, 3.0, out=x * 1.0, where=x > 0)


def a_constant_array_is_not_written(x):
    weights = 2.0 * GRID
    weights[1] += x[0]
    return weights * x


def a_default_is_an_array(x, t=GRID):
    u, v = t.copy(), t * 2
    u[2:] = x[:2]
    v[0] = x[1]
    return u * v


def in_a_loop_of_matrices(x):
    m = np.eye(2)
    for angle in x:
        m = m @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return m


def lists_of_values(x):
    terms = [np.sin(x[k]) * x[k + 1] for k in range(3)]
    return np.sum(terms) + np.max(np.array(terms)) + np.prod(np.stack(terms))


def copied_to(x):
    out = np.ones((2, 4))
    np.copyto(out, x)
    np.copyto(out[1], x[0], where=GRID > 1.5)
    return out


def by_an_index_array(x):
    out = np.zeros(6)
    out[np.array([0, 2, 4, 5])] = x
    out[np.arange(6) % 2 == 1] += 1.0
    return out


def elements_one_by_one(x):
    total = 0.0
    for each in x.tolist():
        total = total + each
    return total * x.item(1)


def an_overlapping_write(x):
    x[1:] += x[:-1]
    x[:-1] = x[1:]
    return x


def one_array_or_another(x):
    y = x
    if x[0] > 0:
        y = x * 2
        y[1] = 5.0
    y[0] = 3.0
    return y + x


def the_other_one_is_written(x):
    y = x if x[0] > 0 else x * 2.0
    x[1] = 7.0
    return y


def returned_or_copied(x):
    def add(value, total):
        total[0] += value
        if value > 0:
            return total
        return total * 2

    total = np.zeros(2)
    first, second = add(x[0], total), add(x[1], total)
    return first + second + total


def a_view_in_a_branch(x):
    y = np.zeros(4)
    v = y[1:3]
    if x[0] > 0:
        v[0] = x[1]
    y[2] = x[2]
    if x[1] > 0:
        v *= 2
        return y
    v += 1
    return y * 2


def the_largest(x):
    best, where = x[0], 0
    for number, value in enumerate(x):
        if value > best:
            best, where = value, number
    return best + where


FUNCTIONS = [
    an_overlapping_write, one_array_or_another, the_other_one_is_written, returned_or_copied, a_view_in_a_branch, the_largest, filled,
    view_is_written, view_of_a_view, whole_is_written_under_a_view, reshape_is_a_view, transpose_is_a_view, flatten_is_a_copy,
    ravel_of_a_transpose_is_a_copy, rows_are_views, a_fancy_index_is_a_copy, an_alias_is_the_same_array, a_copy_is_not,
    scalars_do_not_alias, the_diagonal, like_others, arrays_of_nodes, as_arrays, a_copy_by_array, joined_by_r, out_keyword, where_keyword,
    a_constant_array_is_not_written, a_default_is_an_array, in_a_loop_of_matrices, lists_of_values, copied_to, by_an_index_array,
    elements_one_by_one,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.__name__)
def test_arrays_hold_nodes_as_numpys_hold_numbers(function):
    agrees(function, {"x": 4})
    assert GRID.tolist() == [0.0, 1.0, 2.0, 3.0]


def seir(state, beta):
    rate = np.zeros(4)
    force = beta * state[0] * state[2]
    rate[0] = -force
    rate[1] = force - 0.2 * state[1]
    rate[2] = 0.2 * state[1] - 0.1 * state[2]
    rate[3] = 0.1 * state[2]
    return rate


def seir_by_hand(state, beta):
    force = beta * state[0] * state[2]
    return sg.stack([-force, force - 0.2 * state[1], 0.2 * state[1] - 0.1 * state[2], 0.1 * state[2]])


def smooth(x):
    out = x.copy()
    out[1:-1] = 0.25 * x[:-2] + 0.5 * x[1:-1] + 0.25 * x[2:]
    out[0] *= 2.0
    return out


def smooth_by_hand(x):
    return sg.concatenate([x[:1] * 2.0, 0.25 * x[:-2] + 0.5 * x[1:-1] + 0.25 * x[2:], x[-1:]])


@pytest.mark.parametrize("function, by_hand, inputs", [(seir, seir_by_hand, {"state": 4, "beta": ()}), (smooth, smooth_by_hand, {"x": 6})])
def test_a_filled_array_costs_what_a_stack_does(function, by_hand, inputs):
    leaves = [sg.input(name, shape) for name, shape in inputs.items()]
    assert len(agrees(function, inputs).program) <= 1.1 * len(sg.compile(by_hand(*leaves), leaves).program)


def test_code_that_writes_nothing_makes_the_graph_that_nodes_make():
    def model(x, w):
        y = np.tanh(w @ x[:3]) * x[3] + x.reshape(2, 2).T[0].sum()
        return np.sum(np.where(y > 0, y, x[1:4] ** 2)) + np.concatenate([x, y])[2]

    x, w = sg.input("x", 4), sg.parameter("w", (3, 3))
    traced = sg.function(inputs={"x": 4}, parameters={"w": (3, 3)})(model)
    assert str(traced.graph) == str(sg.compile(model(x, w), [x, w]).graph)
