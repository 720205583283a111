"""The pendulum as a scan is the pendulum of the cases."""

import numpy as np

from .cases import case
from .scans import PENDULUM


def test_the_scan_has_the_bits_of_the_loop_written_out() -> None:
    """And its gradients to 1e-12."""
    arguments = PENDULUM.arguments(10)
    value, gradients = PENDULUM.compile(engine="interpreter").value_and_grad(*arguments)
    expected, others = case("pendulum").compile(engine="interpreter").value_and_grad(*arguments)
    assert value.tobytes() == expected.tobytes()
    for one, other in zip(gradients, others, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12 * np.abs(other).max())
