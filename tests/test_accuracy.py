"""Every elementwise function within its bar of the exact values, on a sample of what `python -m tools.accuracy` draws."""

import re
from pathlib import Path

import numpy as np
import pytest
from mpmath import mp, mpf

from staticgraph.gates.accuracy import BARS
from staticgraph.gates.accuracy import CANCELLING as CANCELLING_VALUES
from tools.accuracy import DTYPES, NAMES, SCALES, errors, gradient_error, value_error
from tools.exact import BITS, DERIVATIVES, VALUES, exact
from tools.samples import draw, draw_tame

SAMPLES = {"value": 400, "gradient": 250}
"""And the hard cases: mpmath takes 10 to 200 us for one."""
GRADIENT_BAR = 4.5
pytestmark = pytest.mark.usefixtures("one_engine")  # `test_gates` runs every gate on both, with the same bits
CANCELLING = {"softmax", "sinc", "erfcx", "entr", "gamma", "i0e", "i1e"}
"""Functions whose derivative is a difference that cancels somewhere."""


def test_what_is_measured_has_a_bar():
    assert set(BARS) == set(NAMES)
    assert set(SCALES) == CANCELLING_VALUES


def test_the_page_has_the_bars():
    page = (Path(__file__).parent.parent / "docs" / "functions.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `(\w+)` \|.*\| ([\d.]+) \|$", page.split("## Time")[0].split("Gradients, at")[0], re.MULTILINE)) == {
        name: str(bar) for name, bar in BARS.items()
    }


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_value(name, dtype):
    worst = value_error(name, DTYPES[dtype], SAMPLES["value"])
    assert worst.ulps <= BARS[name], f"{worst.ulps:.3f} ulps at {worst.arguments}, allowed {BARS[name]}"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [name for name in NAMES if name not in CANCELLING])
def test_gradient(name, dtype):
    """The derivatives, too, where `1 - y` of a value `y` near 1 would lose all; those of a softmax are differences that cancel."""
    worst = gradient_error(name, DTYPES[dtype], SAMPLES["gradient"])
    assert worst.ulps <= GRADIENT_BAR, f"{worst.ulps:.3f} ulps at {worst.arguments}"


def single(name, *arguments):
    """Return the head and the tail of a function's exact value."""
    ((head, tail),) = exact(name, [np.array([float(each)]) for each in arguments])
    return head, tail


@pytest.mark.parametrize(
    ("computed", "name", "argument", "ulps"),
    [
        (np.e, "exp", 1.0, 0.3255), (np.nextafter(np.e, 3), "exp", 1.0, 0.6745), (np.float32(np.e), "exp", 1.0, 0.3459),
        (5e-324, "exp", -744.4400719213813, 0.0), (0.0, "exp", -744.4400719213813, 1.0), (np.inf, "exp", 710.0, 0.0),
        (np.finfo(float).max, "exp", 710.0, np.inf), (np.inf, "exp", 709.0, np.inf), (np.nan, "log", -1.0, 0.0), (0.0, "log", -1.0, np.inf),
        (np.nan, "log", 2.0, np.inf), (np.float32(np.inf), "exp", 89.0, 0.0), (-np.inf, "log", 0.0, 0.0),
    ],
)  # fmt: skip
def test_errors_in_ulps(computed, name, argument, ulps):
    assert errors(np.array([computed]), *single(name, argument)) == pytest.approx(ulps, abs=1e-3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES.values())
def test_samples_are_seeded_and_mostly_where_something_happens(name, dtype):
    columns = draw(name, dtype, 120, np.random.default_rng(0))
    again = draw(name, dtype, 120, np.random.default_rng(0))
    assert all(np.array_equal(one, other) and one.dtype == dtype for one, other in zip(columns, again, strict=True))
    assert all(len(column) >= 120 and np.all(np.isfinite(column)) for column in columns)
    with np.errstate(over="ignore"):
        ((head, _),) = exact(name, [column.astype(float) for column in columns]).astype(dtype)
    assert np.mean(np.isfinite(head) & (head != 0) & (np.abs(head) != 1)) > 0.5


@pytest.mark.parametrize("name", NAMES)
def test_exact_derivatives_are_those_of_the_exact_values(name):
    columns = draw_tame(name, np.float64, 5, np.random.default_rng(1))
    with mp.workprec(BITS):
        step = mpf(2) ** -50
        for row in zip(*(map(mpf, column.tolist()) for column in columns), strict=True):
            slopes = DERIVATIVES[name](*row)
            for place, slope in enumerate(slopes if isinstance(slopes, tuple) else (slopes,)):
                after, before = ([*row[:place], row[place] + change, *row[place + 1 :]] for change in (step, -step))
                difference = (VALUES[name](*after) - VALUES[name](*before)) / (2 * step)
                assert abs(difference - slope) < mpf(2) ** -70 * (1 + abs(slope))
