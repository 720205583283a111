"""docs/numpy.md says of every function of NumPy and SciPy what nodes do with it, and it is what they do."""

import numpy as np
import pytest

import staticgraph as sg
from tools import function_table
from tools.function_table import CONSTANT, PAGE, REFUSED, linalg_names, numpy_names, row, special_names


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == function_table.page(), "run `python -m tools.function_table --write`"


def test_the_page_has_every_function():
    text = PAGE.read_text(encoding="utf-8")
    classes = {name for name in np.__all__ if isinstance(getattr(np, name), type) or not callable(getattr(np, name))}
    for name in {*np.__all__} - classes | {*linalg_names(), *special_names()}:
        assert f"| `{name}` |" in text, name


@pytest.mark.parametrize("name", [name for name in numpy_names() if row(name, getattr(np, name))[0] == REFUSED])
def test_what_is_refused_is_refused(name):
    """With an error, whatever its other arguments are: ours, or NumPy's own where it takes something else than an array."""
    function, x = getattr(np, name), sg.input("x", 3)
    count = function.nin if isinstance(function, np.ufunc) else 1
    for arguments in ([x] * count, [x, x], [x, 1, 1], [[x, x]]):
        with pytest.raises((TypeError, ValueError, AttributeError)):
            function(*arguments)


def test_functions_of_constants_take_no_node():
    assert row("zeros", np.zeros)[0] == CONSTANT
    assert row("exp", np.exp)[0] == function_table.GATE
    assert row("var", np.var)[0] == function_table.COMPOSED
