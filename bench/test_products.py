"""The measurement of products runs."""

import numpy as np

from . import products


def test_the_measurement_runs() -> None:
    """And says how fast each of four calls is."""
    found = products.measure(8, np.float64, operations=1e4)
    assert list(found) == ["product", "product, BLAS", "gradients", "gradients, BLAS"]
    assert min(found.values()) > 0.0
