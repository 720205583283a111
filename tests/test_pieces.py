"""Functions of float32 in sixteen pieces, where one piece ends and the next begins."""

import numpy as np
import pytest

import staticgraph as sg
from tools.pieces import ADDED, ENDS


@pytest.mark.parametrize("name", ["arctan", "arcsinh", "tanh"])
def test_numbers_beside_the_end_of_a_piece(name):
    """What is added to find the piece rounds 0.125 less its last place to the beginning of the next one."""
    ends = (np.array(ENDS) - ADDED).astype(np.float32)
    near = np.concatenate([ends + np.spacing(ends) * np.float32(step) for step in range(-4, 5)]).astype(np.float32)
    exact = getattr(np, name)(near.astype(float))
    computed = getattr(sg, name)(near)
    assert computed.dtype == np.float32
    assert np.all(np.abs(computed - exact) <= np.spacing(np.abs(exact).astype(np.float32)))
