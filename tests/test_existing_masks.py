"""Masks that depend on leaves: what is stored under them, and what is computed of what they select."""

import numpy as np
import pytest
from existing import agrees

import staticgraph as sg
from staticgraph.tracing.errors import UntraceableError


def power_law(x):
    flux = np.zeros_like(x)
    low = x < 0.5
    flux[low] = np.exp(x[low]) * 2
    flux[~low] = x[~low] ** 2
    return flux


def limited(x):
    y = 1.0 * x
    y[y < 0.1] = 0.1
    y[np.where(y > 1.0)] = 1.0
    y[(x > 0.3) & (x < 0.6)] *= 3.0
    return y


def sums(x):
    small = np.abs(x) <= 1.0
    return np.sum(0.5 * x[small] ** 2) + np.sum(np.abs(x[~small]) - 0.5) + np.sum(small) * x[0] + np.count_nonzero(x > 0) * x[1]


def statistics(x):
    chosen = x[x < 3.0]
    return np.array([chosen.mean(), chosen.max(), chosen.min(), chosen.sum(), np.any(chosen > 1.0), np.all(chosen > -3.0), chosen.size])


def moments(x):
    return x[x > -1.5].var() + np.std(x[x > -1.5])


def same_mask_twice(x):
    return (x[x > 0] * np.sqrt(x[x > 0])).sum()


def placed(x):
    y = x * 1.0
    np.place(y, y > 1.0, [1.0])
    np.putmask(y, y < -1.0, 0.5 * x)
    y[np.isnan(y)] = 0.0
    return y


def piecewise(x):
    return np.piecewise(x, [x < 0, (x >= 0) & (x < 1)], [0.0, lambda t: t * t * (3 - 2 * t), 1.0])


def rows_by_mask(x):
    m = x.reshape(3, 2) * 1.0
    m[m[:, 0] > 0] = 0.0
    m[m[:, 1] > 0, 1] = 5.0
    return m


def mask_of_a_part(x):
    y = x.copy()
    y[1:4][y[1:4] > 0] = x[0]
    return y


def of_no_rank(x):
    x = np.asarray(x)
    y = np.zeros_like(x)
    y[x > 0] = 2.0
    return y * x.sum()


def length(x):
    return len(x[x > 0]) * x[0] + x[x > 0].shape[0]


def masks_within_masks(x):
    chosen = x[x > -1.9]
    return chosen[chosen > 0].sum() + np.where(np.any(chosen > 1), chosen[(chosen > 0) & (chosen < 1.9)].max(), 3.0)


def what_was_selected_stays(x):
    y = x * 1.0
    mask = y > 0
    first, positions = y[mask], np.where(mask)[0]
    y[0] = 5.0
    second = y[mask]
    mask[1] = False
    return np.array([first.sum(), second.sum(), y[mask].sum(), y[positions].sum()])


def selections_are_written(x):
    chosen = x[x > 0]
    same, copied, positive = chosen, chosen.copy(), +chosen
    chosen += 1.0
    chosen[chosen > 2] = 2.0
    chosen[chosen < 1.2] *= 3
    return np.array([chosen.sum(), same.sum(), copied.sum(), positive.sum(), x[x > 0].sum()])


def logarithm_of_the_large(x):
    given = np.asarray(x[x > 0], float)
    made = np.full_like(given, np.nan)
    small = given <= 1
    made[~small] = np.log(given[~small])
    made[small] = given[small] - 1
    y = np.zeros_like(x)
    y[x > 0] = made
    return y


def half_of_the_large(chosen):
    if chosen.sum() > 2:
        chosen[chosen > 1] = 0.5
    return chosen.max()


def selections_in_branches(x):
    chosen = x[x > -9]
    if x[0] > 0:
        chosen[chosen > 1] = 1.0
    else:
        chosen *= 2
    return half_of_the_large(chosen) + chosen.sum()


def selected_rows(x):
    m = x.reshape(3, 2)
    chosen = m[m[:, 0] > 0] * np.array([1.0, 2.0])
    chosen[chosen > 1] = 0.0
    return chosen.sum()


def arrays_of_one_element(x):
    y, scale, positive = np.zeros(6), np.array([2.0]), x > 0
    y[positive] = scale * x[positive] + [0.5]
    y[~positive] = scale
    return y


FUNCTIONS = [
    power_law, limited, sums, moments, same_mask_twice, placed, piecewise, rows_by_mask, mask_of_a_part, length, masks_within_masks,
    what_was_selected_stays, selections_are_written, logarithm_of_the_large, selections_in_branches, selected_rows, arrays_of_one_element,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.__name__)
def test_masks(function):
    agrees(function, {"x": 6})


def test_truth_values_and_counts_of_a_selection():
    agrees(statistics, {"x": 6})


def test_a_scalar_as_an_array_takes_a_mask():
    agrees(of_no_rank, {"x": ()})


def test_an_empty_selection_is_empty():
    traced = sg.function(inputs={"x": 3})(lambda x: (x[x > 0].sum(), x[x > 0].mean()))
    total, mean = traced(-np.ones((1, 3)))
    assert total == 0.0
    assert np.isnan(mean)


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x[x > 0][0],
        lambda x: sum(v for v in x[x > 0]),
        lambda x: x[x > 0] + x[x < 0],
        lambda x: x[x > 0] * np.ones(3),
        lambda x: np.sort(x[x > 0]),
        lambda x: np.array([x[x > 0], 1.0]),
        lambda x: np.where(x > 0)[0] + 1,
    ],
)
def test_what_needs_the_selection_itself_says_so(use):
    with pytest.raises(UntraceableError, match=r"selects differs from row to row.*np\.where"):
        sg.function(inputs={"x": 3})(use)
