"""Products of tangents and a matrix by the kernel: zeros of either stop, to the bit, where they meet what is not finite and where not."""

import numpy as np
import pytest
from engines import assert_same_bytes, both

import staticgraph as sg

pytestmark = pytest.mark.usefixtures("own_engine")
ROWS = 37


def given(inner):
    """Give a matrix and tangents that meet in every way; all sums are exact."""
    rng = np.random.default_rng(inner)
    matrix, tangents = (rng.integers(-2, 3, shape).astype(float) for shape in ((21, inner), (ROWS, inner)))
    matrix[3], matrix[5, :7], matrix[6, 1], matrix[7, 2] = 0.0, -0.0, np.inf, np.nan
    tangents[1], tangents[2], tangents[4, 3] = 0.0, -0.0, np.inf
    tangents[6, 4:6], tangents[9, 2], tangents[20] = (np.inf, -np.inf), np.nan, np.nan
    matrix[8:14, 2:], matrix[8:14, :2], tangents[11:15, :2] = 0.0, 1.0, 0.0
    tangents[14:16, 0] = tangents[14:16, 1] * -1.0
    return matrix, tangents


@pytest.mark.parametrize(("inner", "dtype"), [(19, np.float64), (70, np.float32)])
def test_both_stop(inner, dtype):
    matrix, tangents = given(inner)
    x, w = sg.input("x", inner), sg.parameter("w", matrix.shape)
    with np.errstate(invalid="ignore"):
        products = matrix * tangents[:, None]
        wanted = np.full((ROWS, len(matrix)), -0.0)
        for k in range(inner):
            stops = (matrix[:, k] == 0) | (tangents[:, k, None] == 0)
            wanted = np.where(stops, wanted, wanted + products[..., k])
    wanted = np.where(np.isnan(wanted), np.nan, wanted).astype(dtype)
    for f in both(w @ x, [x, w], dtype):
        assert_same_bytes(f.jvp(tangents, np.ones((ROWS, inner)), matrix, wrt="x"), wanted)
