"""The functions that the cases call, from each library that can run them."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import scipy.special

NAMES = ["exp", "log", "sqrt", "square", "tanh", "sum", "maximum", "minimum"]


def _library(numpy: Any, erfc: Any) -> SimpleNamespace:
    functions = {name: getattr(numpy, name) for name in NAMES}
    functions["softplus"] = lambda x: numpy.logaddexp(0.0, x)
    functions["ndtr"] = lambda x: 0.5 * erfc(x * -math.sqrt(0.5))
    return SimpleNamespace(**functions)


def plain() -> SimpleNamespace:
    """Give NumPy, with SciPy for the error function."""
    return _library(np, scipy.special.erfc)


def autograd() -> SimpleNamespace:
    """Give `autograd`'s copies of the same functions."""
    import autograd.numpy
    import autograd.scipy.special

    return _library(autograd.numpy, autograd.scipy.special.erfc)
